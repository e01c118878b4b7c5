"""A program's door for commands: a Unix socket in a folder of its own user, mode 0600.

It speaks one JSON object a line (`{"verb": ...}`), each answered by one: what came of it, or `{"error": why}`. Two
kinds of people stand before it. In the field `onedoor say` and `onedoor promote` tell the center service something
(its socket lies beside its journal): who connects has found the very program that listens, never a stranger with its
old number. In demo, training and tests a simulator's hand touches and presses (`--control PATH`); a device in the
field has no such door. A door whose file has been taken away is opened again within seconds.
"""

import contextlib
import json
import logging
import os
import select
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from onedoor.device.worker import Worker

log = logging.getLogger("onedoor.control")

Handler = Callable[[dict[str, Any]], dict[str, Any]]
LOOK_S = 2.0
LONGEST = 65_536
TALKS = 16
"""So many may talk at the same time; who comes later is told so."""


class Control:
    """One door. It is looked after like any other worker (`onedoor.device.worker.Watched`)."""

    name, vital = "control", False

    def __init__(self, path: Path, handler: Handler, idle_s: float | None = None) -> None:
        """`idle_s`: who says nothing for so long is not waited for any more."""
        self._path, self._handler, self._idle_s = path, handler, idle_s
        self._worker = Worker(self.name, self._step, patience_s=30)
        self._listener: socket.socket | None = None
        self._known: tuple[int, int] | None = None
        self._talks = threading.BoundedSemaphore(TALKS)

    def start(self) -> None:
        """Open the door."""
        try:
            self._open()
        except OSError as wrong:
            log.error("%s cannot be opened: %s", self._path, wrong)  # noqa: TRY400 - tried again by the worker
        self._worker.start()

    def look(self, now_ms: int) -> str:
        """What is wrong with it, or ""."""
        return self._worker.look(now_ms)

    def close(self) -> None:
        """Close it; what is just being said is said to the end."""
        self._worker.close()
        if self._known is not None and self._there() == self._known:
            self._path.unlink(missing_ok=True)

    def _step(self) -> None:
        if self._listener is None or self._there() != self._known:
            self._open()
        assert self._listener is not None
        if select.select([self._listener], [], [], LOOK_S)[0]:
            sock, _ = self._listener.accept()
            threading.Thread(target=self._talk, args=(sock,), daemon=True, name="control talk").start()

    def _open(self) -> None:
        if self._listener is not None:
            self._listener.close()
        self._listener = None
        self._path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        os.fchmod(listener.fileno(), 0o600)  # before it has a name: nobody else ever sees it open
        with _near(self._path) as name:
            listener.bind(name)
        listener.listen(4)
        self._listener, self._known = listener, self._there()

    def _there(self) -> tuple[int, int] | None:
        """Which file stands at the door's place."""
        try:
            found = os.lstat(self._path)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _talk(self, sock: socket.socket) -> None:
        with sock, contextlib.suppress(OSError), sock.makefile("rwb") as stream:
            sock.settimeout(self._idle_s)
            if not self._talks.acquire(blocking=False):
                sock.settimeout(LOOK_S)
                stream.readline(LONGEST)  # whoever has not finished speaking hears no answer
                stream.write(b'{"error": "Too many commands at once. Try again in a moment."}\n')
                return
            try:
                while line := stream.readline(LONGEST):
                    stream.write(json.dumps(self._answer(line)).encode() + b"\n")
                    stream.flush()
            finally:
                self._talks.release()

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            return self._handler(json.loads(line))
        except Exception as wrong:  # noqa: BLE001 - the hand is told what it did wrong
            return {"error": f"{type(wrong).__name__}: {wrong}"}


def serve(path: Path, handler: Handler, idle_s: float | None = None) -> Control:
    """Open a door that answers until the program ends."""
    control = Control(path, handler, idle_s)
    control.start()
    return control


@contextlib.contextmanager
def _near(path: Path) -> Iterator[str]:
    """The same place by a name that is short enough: a socket's may have 107 bytes, its folder may lie deeper."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


class Hand:
    """The other end: a person's, the demo's or a test's hand on one program."""

    def __init__(self, path: Path, timeout_s: float = 30.0) -> None:
        """OSError if nobody listens there."""
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._sock.settimeout(timeout_s)
        try:
            with _near(path) as name:
                self._sock.connect(name)
        except OSError:
            self._sock.close()
            raise
        self._stream = self._sock.makefile("rwb")

    def ask(self, verb: str, **what: Any) -> dict[str, Any]:
        """What the program answers, a refusal too; ConnectionError if it is gone."""
        self._stream.write(json.dumps({"verb": verb, **what}).encode() + b"\n")
        self._stream.flush()
        line = self._stream.readline()
        if not line:
            raise ConnectionError(f"{verb}: the program is gone")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def do(self, verb: str, **what: Any) -> dict[str, Any]:
        """Do something; RuntimeError if the program could not, ConnectionError if it is gone."""
        answer = self.ask(verb, **what)
        if "error" in answer:
            raise RuntimeError(f"{verb} {what}: {answer['error']}")
        return answer

    def close(self) -> None:
        """Let go."""
        self._stream.close()
        self._sock.close()
