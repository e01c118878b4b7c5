"""Ends a Mosquitto whose wrapper was killed, and only that one.

Policy. A child is told by the kernel to end with its parent; but Mosquitto gives up being root, and Linux forgets the
wish then. So a wrapper holds a lock as long as it lives, and who gets the lock looks for a process that was started
with exactly its own command line, which names a file in its own folder. Nothing is kept that a stranger could be
mistaken for: no process number is ever written down.
"""

import fcntl
import os
import select
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

PROC = Path("/proc")


@contextmanager
def only_one(lock: Path) -> Iterator[bool]:
    """Holds a lock for as long as this process lives; False: somebody else has it."""
    with open(os.open(lock, os.O_RDWR | os.O_CREAT, 0o600), "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def end(argv: Sequence[str], patience_s: float) -> int:
    """End every process with this very command line, gently first; how many there were."""
    line, found = b"\0".join(os.fsencode(word) for word in argv) + b"\0", 0
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):
            if (folder / "cmdline").read_bytes() == line:
                found += _end_one(int(folder.name), line, patience_s)
    return found


def _end_one(number: int, line: bytes, patience_s: float) -> bool:
    """By a handle: if it has ended meanwhile and its number is somebody else's, the line is not the same."""
    handle = os.pidfd_open(number)
    try:
        if (PROC / str(number) / "cmdline").read_bytes() != line:
            return False
        for how in (signal.SIGTERM, signal.SIGKILL):
            signal.pidfd_send_signal(handle, how)
            if select.select([handle], [], [], patience_s)[0]:
                break
    finally:
        os.close(handle)
    return True
