"""A pack of clips: one language's voice in a folder, and what makes it fit to be used.

    PACK/pack.toml      language, speaker, licence
    PACK/TOKEN.wav      one clip a token: 16 bit, mono, one rate, trimmed, equally loud

Policy: a pack that is not whole is still used; where a clip is missing a tone is played, never another language's word.
Loudness is the root mean square of the clip against full scale; the standard's gating (ITU-R BS.1770) would change
little for clips of a second, and is not claimed.
"""

import math
import wave
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from onedoor.device.config import ConfigError, Finding, Language, load
from onedoor.device.small_file import open_plain

RATES = (16_000, 22_050)
PEAK_DB = -1.0
EDGE_MS = 60
SPREAD_DB = 8.0
LONGEST_S = 8.0
QUIET = 0.01


class PackFile(Struct, frozen=True):
    """pack.toml."""

    language: Language
    speaker: Annotated[str, Meta(min_length=1, max_length=80)]
    licence: Annotated[str, Meta(min_length=1, max_length=80)]
    consent: str = ""
    """When and to whom the speaker gave leave; empty for a machine's voice."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip's sound: samples of 16 bits, mono."""

    rate: int
    samples: "array[int]"

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / self.rate

    @property
    def peak_db(self) -> float:
        """Its loudest sample against full scale."""
        return _db(max(map(abs, self.samples), default=0) / 32768)

    @property
    def loud_db(self) -> float:
        """Its loudness: root mean square against full scale, of what is not silence."""
        heard = [s for s in self.samples if abs(s) > QUIET * 32768]
        return _db(math.sqrt(sum(s * s for s in heard) / len(heard)) / 32768) if heard else -96.0

    def edges_ms(self) -> tuple[float, float]:
        """Silence before and after."""
        floor = QUIET * 32768
        loud = [i for i, s in enumerate(self.samples) if abs(s) > floor]
        if not loud:
            return 1000 * self.seconds, 0.0
        return 1000 * loud[0] / self.rate, 1000 * (len(self.samples) - 1 - loud[-1]) / self.rate


def _db(ratio: float) -> float:
    return 20 * math.log10(ratio) if ratio > 0 else -96.0


def read_clip(path: Path) -> Clip:
    """A clip; ValueError says what is wrong with the file."""
    try:
        with open_plain(path) as raw, wave.open(raw) as file:
            if (file.getnchannels(), file.getsampwidth()) != (1, 2) or file.getframerate() not in RATES:
                raise ValueError("must be mono, 16 bit, 16000 or 22050 Hz")
            return Clip(file.getframerate(), array("h", file.readframes(file.getnframes())))
    except (OSError, EOFError, wave.Error) as wrong:
        raise ValueError(f"cannot be read ({wrong})") from None


def spoilt(packs: Path) -> list[Path]:
    """What of a folder of packs cannot be said, looked at quickly as a program starts: no pack at all, a pack.toml that
    cannot be read, clips that are cut or no sound. `onedoor voice check` tells more.
    """
    try:
        heads = sorted(packs.glob("*/pack.toml"))
        clips = sorted(packs.glob("*/*.wav"))
    except OSError:
        heads, clips = [], []
    found = [] if heads else [packs]
    for head in heads:
        try:
            load(head, PackFile)
        except ConfigError:
            found.append(head)
    return found + [clip for clip in clips if not _is_sound(clip)]


def _is_sound(clip: Path) -> bool:
    try:
        with open_plain(clip) as raw, wave.open(raw) as file:
            said: int = file.getnframes() * file.getsampwidth() * file.getnchannels()
            return 0 < said <= clip.stat().st_size
    except (OSError, EOFError, wave.Error):
        return False


def write_clip(path: Path, clip: Clip) -> None:
    """Write a clip."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(clip.rate)
        file.writeframes(clip.samples.tobytes())


def trimmed(clip: Clip, loud_db: float = -20.0) -> Clip:
    """The clip without silence at its edges, as loud as all the others."""
    floor = QUIET * 32768
    loud = [i for i, s in enumerate(clip.samples) if abs(s) > floor]
    if not loud:
        return clip
    margin = clip.rate // 50
    part = clip.samples[max(0, loud[0] - margin) : loud[-1] + 1 + margin]
    gain = 10 ** ((loud_db - clip.loud_db) / 20)
    peak = max(map(abs, part)) or 1
    gain = min(gain, 10 ** (PEAK_DB / 20) * 32767 / peak)
    return Clip(clip.rate, array("h", (int(s * gain) for s in part)))


def slower(clip: Clip, rate: int = RATES[0]) -> Clip:
    """The clip at a lower rate, by straight lines between its samples: enough for speech, and a third smaller."""
    if clip.rate <= rate:
        return clip
    step, last = clip.rate / rate, len(clip.samples) - 1
    points = (i * step for i in range(int(len(clip.samples) / step)))
    return Clip(rate, array("h", (_between(clip.samples, at, last) for at in points)))


def _between(samples: "array[int]", at: float, last: int) -> int:
    i = int(at)
    return round(samples[i] + (samples[min(i + 1, last)] - samples[i]) * (at - i))


def tone(rate: int = 16_000) -> Clip:
    """What is heard where no clip is: two short soft notes."""

    def note(hertz: float) -> Iterator[int]:
        length = rate // 8
        for i in range(length):
            fade = min(1.0, i / 200, (length - i) / 200)
            yield int(6_000 * fade * math.sin(2 * math.pi * hertz * i / rate))

    return Clip(rate, array("h", [*note(660), *note(880)]))


def chime(rate: int = 16_000) -> Clip:
    """Before every call: a third, falling, like a door bell far away."""

    def note(hertz: float, length: int) -> Iterator[int]:
        for i in range(length):
            fade = min(1.0, i / 100) * math.exp(-3.5 * i / length)
            yield int(9_000 * fade * math.sin(2 * math.pi * hertz * i / rate))

    return Clip(rate, array("h", [*note(784, rate // 3), *note(622, rate // 2)]))


def joined(clips: Iterable[Clip], gap_ms: int = 90) -> Clip:
    """Clips one after the other, with a short silence between them. All have one rate."""
    out: array[int] = array("h")
    rate = RATES[0]
    for clip in clips:
        rate = clip.rate
        if out:
            out.extend([0] * (rate * gap_ms // 1000))
        out.extend(clip.samples)
    return Clip(rate, out)


def check(folder: Path, wanted: Iterable[str]) -> list[Finding]:
    """Everything that is wrong with a pack, clip by clip; ConfigError if its pack.toml is."""
    load(folder / "pack.toml", PackFile)
    findings, clips = [], {}
    for token in sorted(wanted):
        path = folder / f"{token}.wav"
        if not path.exists():
            findings.append(Finding(0, token, "is missing.", "A tone is heard instead."))
            continue
        try:
            clips[token] = read_clip(path)
        except ValueError as wrong:
            findings.append(Finding(0, token, f"{wrong}.", "Record it again."))
    if not clips:
        return findings
    rates = {clip.rate for clip in clips.values()}
    if len(rates) > 1:
        findings.append(Finding(0, "rate", f"clips have {sorted(rates)} Hz.", "All need the same."))
    middle = sorted(clip.loud_db for clip in clips.values())[len(clips) // 2]
    for token, clip in sorted(clips.items()):
        findings += _clip_findings(token, clip, middle)
    return findings


def _clip_findings(token: str, clip: Clip, middle_db: float) -> Iterator[Finding]:
    before, after = clip.edges_ms()
    fix = "Run `onedoor voice build` again."
    if clip.seconds > LONGEST_S or clip.seconds < 0.05:
        yield Finding(0, token, f"is {clip.seconds:.1f} s long.", "Say it in one breath.")
    if clip.peak_db > PEAK_DB + 0.05:
        yield Finding(0, token, f"peaks at {clip.peak_db:.1f} dB.", fix)
    if before > EDGE_MS or after > EDGE_MS:
        yield Finding(0, token, f"has silence at its edges ({before:.0f} and {after:.0f} ms).", fix)
    if abs(clip.loud_db - middle_db) > SPREAD_DB:
        yield Finding(0, token, f"is {clip.loud_db - middle_db:+.1f} dB from the others.", fix)
