"""Says tokens: a port, the sound card, and a file that keeps what was said.

Policy: the newest wish is said, what was being said ends; saying never blocks whoever asks. A pack is read when its
language is first spoken; a clip that is missing is a tone.
"""

import logging
import queue
import subprocess
import threading
from array import array
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from onedoor.device.worker import Worker, WorkerSays
from onedoor.voice.pack import Clip, joined, read_clip, tone, write_clip

log = logging.getLogger("onedoor.voice")

STEPS_DB = {0: None, 1: -18.0, 2: -10.0, 3: -4.0, 4: 0.0}
"""How much softer than recorded each loudness is; 0 is silence."""


SHIPPED = Path(str(files("onedoor.voice"))) / "packs"


LONGEST_S = 30.0
"""A loudspeaker that has not said it all by then hangs."""
QUIET_S = 5.0


class Speaker:
    """One loudspeaker. `packs`: the folder of packs, one a language; `out`: alsa, or file:PATH. `post` is told when it
    cannot be heard, and when it can again.
    """

    def __init__(self, packs: Path, out: str, post: Callable[[object], None] = lambda _: None) -> None:
        self._packs, self._out, self._post = packs, out, post
        self._wishes: queue.Queue[tuple[str, tuple[str, ...]]] = queue.Queue()
        self._playing: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._fault = ""
        self.volume = 2
        self.worker = Worker("voice", self._step, patience_s=2 * LONGEST_S)
        self.worker.start()

    def say(self, lang: str, tokens: tuple[str, ...]) -> None:
        """Say this now."""
        with self._lock:
            if self._playing is not None:
                self._playing.terminate()
        self._wishes.put((lang, tokens))

    def _step(self) -> None:
        try:
            lang, tokens = self._wishes.get(timeout=QUIET_S)
        except queue.Empty:
            return
        while not self._wishes.empty():
            lang, tokens = self._wishes.get()
        gain = STEPS_DB.get(self.volume)
        if gain is None:
            return
        try:
            self._play(louder(spoken(self._packs / lang, tokens), gain))
        except (OSError, subprocess.SubprocessError) as wrong:
            log.warning("nothing can be said: %s", wrong)
            self._tell("failed")
        else:
            self._tell("")

    def _tell(self, fault: str) -> None:
        if fault != self._fault:
            self._fault = fault
            self._post(WorkerSays("voice", fault))

    def _play(self, clip: Clip) -> None:
        if self._out.startswith("file:"):
            path = Path(self._out.removeprefix("file:"))
            write_clip(path.with_suffix(".part"), clip)
            path.with_suffix(".part").replace(path)
            return
        argv = ["aplay", "-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", str(clip.rate), "-"]
        with self._lock:
            self._playing = playing = subprocess.Popen(argv, stdin=subprocess.PIPE)
        try:
            playing.communicate(clip.samples.tobytes(), LONGEST_S)
            if playing.returncode > 0:  # below zero: the next sentence ended this one
                raise OSError(f"aplay ended with code {playing.returncode}")
        finally:
            with self._lock:
                self._playing = None
            playing.kill()
            playing.wait(LONGEST_S)


@lru_cache(maxsize=256)
def _clip(path: Path) -> Clip | None:
    """A clip, once read; None if there is none."""
    try:
        return read_clip(path)
    except ValueError:
        return None


def spoken(pack: Path, tokens: tuple[str, ...]) -> Clip:
    """Tokens as one clip; a tone for each that the pack does not have."""
    found = [_clip(pack / f"{token}.wav") for token in tokens]
    rate = next((clip.rate for clip in found if clip), 16_000)
    return joined(clip or tone(rate) for clip in found)


def louder(clip: Clip, gain_db: float) -> Clip:
    """The same, so much louder (or softer)."""
    gain = 10 ** (gain_db / 20)
    return Clip(clip.rate, array("h", (max(-32768, min(32767, int(s * gain))) for s in clip.samples)))
