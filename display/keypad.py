"""A USB keypad as a button box: the kernel's input events become edges.

The events are `struct input_event` of a 64-bit kernel (two times, type, code, value), read from the keypad's own file
under /dev/input/by-id. The keypad is grabbed, so that nothing typed on it reaches a console. It may be pulled and
plugged in again at any time: the file is opened again, later and later, at the most every 10 s; a key that was down
then is released, because nobody will ever tell that it came up.
"""

import fcntl
import io
import logging
import os
import select
import struct
from collections.abc import Callable
from pathlib import Path

from display.gestures import Button, Edge
from onedoor.device.clock import Clock
from onedoor.device.worker import Worker

log = logging.getLogger("onedoor.keypad")

EVENT = struct.Struct("=qqHHi")
EV_KEY = 1
EVIOCGRAB = 0x40044590
RETRY_S = (1.5, 2, 5, 10)
QUIET_S = 5.0
CODES: dict[int, Button] = {
    79: Button.NEXT, 28: Button.NEXT, 96: Button.NEXT, 80: Button.RECALL, 81: Button.START,
    75: Button.END, 76: Button.NO_SHOW, 82: Button.PAUSE,
}  # fmt: skip
"""Keys of the number pad. 1 and Enter: NEXT; 2 RECALL; 3 START; 4 END; 5 NO-SHOW, as on a keyboard
(`display.buttons.KEYS`); 0 PAUSE.
"""


def edges(data: bytes, now_ms: int) -> list[Edge]:
    """What a run of whole events says; a key that repeats itself (value 2) is still the same press."""
    found = []
    for at in range(0, len(data) - len(data) % EVENT.size, EVENT.size):
        _s, _us, kind, code, value = EVENT.unpack_from(data, at)
        if kind == EV_KEY and code in CODES and value in (0, 1):
            found.append(Edge(CODES[code], value == 1, now_ms))
    return found


def spelled(button: Button, *, down: bool) -> bytes:
    """Simulator's verb: the event that a real keypad sends for this button."""
    code = next(code for code, of in CODES.items() if of is button)
    return EVENT.pack(0, 0, EV_KEY, code, int(down))


class Keypad:
    """One keypad, heard by a worker: a file that is not there, or that cannot be read, is a fault which people see."""

    def __init__(self, path: Path, clock: Clock, post: Callable[[object], None]) -> None:
        self._path, self._clock, self._post = path, clock, post
        self._file: io.FileIO | None = None
        self._down: set[Button] = set()
        self.worker = Worker("keypad", self._step, patience_s=30, again_s=RETRY_S)

    def _step(self) -> None:
        """Open it, or hear what comes within a while. OSError if it is not there."""
        if self._file is None:
            self._file = self._open()
        try:
            if not select.select([self._file], [], [], QUIET_S)[0]:
                return
            data = self._file.read(EVENT.size * 16)
            if data is None:
                return
            if not data:
                raise OSError(f"{self._path} has ended")
        except OSError:
            self._file.close()
            self._file = None
            self._let_go()
            raise
        for edge in edges(data, self._clock.mono_ms()):
            (self._down.add if edge.down else self._down.discard)(edge.button)
            self._post(edge)

    def _let_go(self) -> None:
        """What is gone presses nothing any more."""
        for button in sorted(self._down):
            self._post(Edge(button, False, self._clock.mono_ms()))
        self._down.clear()

    def _open(self) -> io.FileIO:
        # Whatever stands at that place, opening it waits for nobody.
        keypad = io.FileIO(os.open(self._path, os.O_RDONLY | os.O_NONBLOCK), "rb")
        try:
            fcntl.ioctl(keypad, EVIOCGRAB, 1)
        except OSError:
            log.info("%s cannot be grabbed: not an input device", self._path)
        return keypad


def listen(path: Path, clock: Clock, post: Callable[[object], None]) -> Keypad:
    """Hear the keypad, for ever, in a thread of its own."""
    keypad = Keypad(path, clock, post)
    keypad.worker.start()
    return keypad
