"""Says tokens: a port, the sound card, and a file that keeps what was said.

Policy: the newest wish is said, what was being said ends; saying never blocks whoever asks. A pack is read when its
language is first spoken; a clip that is missing is a tone.
"""

import logging
import queue
import subprocess
import threading
from array import array
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from onedoor.voice.pack import Clip, joined, read_clip, tone, write_clip

log = logging.getLogger("onedoor.voice")

STEPS_DB = {0: None, 1: -18.0, 2: -10.0, 3: -4.0, 4: 0.0}
"""How much softer than recorded each loudness is; 0 is silence."""


SHIPPED = Path(str(files("onedoor.voice"))) / "packs"


class Speaker:
    """One loudspeaker. `packs`: the folder of packs, one a language; `out`: alsa, or file:PATH."""

    def __init__(self, packs: Path, out: str) -> None:
        self._packs, self._out = packs, out
        self._wishes: queue.Queue[tuple[str, tuple[str, ...]]] = queue.Queue()
        self._playing: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self.volume = 2
        threading.Thread(target=self._work, daemon=True, name="voice").start()

    def say(self, lang: str, tokens: tuple[str, ...]) -> None:
        """Say this now."""
        with self._lock:
            if self._playing is not None:
                self._playing.terminate()
        self._wishes.put((lang, tokens))

    def _work(self) -> None:
        while True:
            lang, tokens = self._wishes.get()
            while not self._wishes.empty():
                lang, tokens = self._wishes.get()
            gain = STEPS_DB.get(self.volume)
            if gain is None:
                continue
            try:
                self._play(louder(spoken(self._packs / lang, tokens), gain))
            except OSError as wrong:
                log.warning("nothing can be said: %s", wrong)

    def _play(self, clip: Clip) -> None:
        if self._out.startswith("file:"):
            path = Path(self._out.removeprefix("file:"))
            write_clip(path.with_suffix(".part"), clip)
            path.with_suffix(".part").replace(path)
            return
        argv = ["aplay", "-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", str(clip.rate), "-"]
        with self._lock:
            self._playing = subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            self._playing.communicate(clip.samples.tobytes())
        finally:
            with self._lock:
                self._playing = None


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
