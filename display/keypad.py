"""A USB keypad as a button box: the kernel's input events become edges.

The events are `struct input_event` of a 64-bit kernel (two times, type, code, value), read from the keypad's own file
under /dev/input/by-id. The keypad is grabbed, so that nothing typed on it reaches a console. It may be pulled and
plugged in again at any time: the file is opened again, later and later, at the most every 10 s; a key that was down
then is released, because nobody will ever tell that it came up.
"""

import fcntl
import logging
import struct
import threading
from collections.abc import Callable
from pathlib import Path

from display.gestures import Button, Edge
from onedoor.device.clock import Clock, pause

log = logging.getLogger("onedoor.keypad")

EVENT = struct.Struct("=qqHHi")
EV_KEY = 1
EVIOCGRAB = 0x40044590
RETRY_S = (0.5, 1, 2, 5, 10)
CODES: dict[int, Button] = {
    79: Button.NEXT, 28: Button.NEXT, 96: Button.NEXT, 80: Button.RECALL, 81: Button.NO_SHOW,
    75: Button.START, 76: Button.END, 82: Button.PAUSE,
}  # fmt: skip
"""Keys 1 and Enter: NEXT; 2 RECALL; 3 NO-SHOW; 4 START; 5 END; 0 PAUSE (on the number pad)."""


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


def listen(path: Path, clock: Clock, post: Callable[[object], None]) -> threading.Thread:
    """Hear the keypad, for ever, in a thread of its own."""
    thread = threading.Thread(target=_listen, args=(path, clock, post), daemon=True, name="keypad")
    thread.start()
    return thread


def _listen(path: Path, clock: Clock, post: Callable[[object], None]) -> None:
    tries = 0
    down: set[Button] = set()
    while True:
        try:
            with open(path, "rb", buffering=0) as keypad:
                try:
                    fcntl.ioctl(keypad, EVIOCGRAB, 1)
                except OSError:
                    log.info("%s cannot be grabbed: not an input device", path)
                tries = 0
                while data := keypad.read(EVENT.size * 16):
                    for edge in edges(data, clock.mono_ms()):
                        (down.add if edge.down else down.discard)(edge.button)
                        post(edge)
        except OSError as wrong:
            log.warning("keypad: %s", wrong)
        for button in sorted(down):
            post(Edge(button, False, clock.mono_ms()))
        down.clear()
        pause(RETRY_S[min(tries, len(RETRY_S) - 1)])
        tries += 1
