"""A remote hand for simulators: touch this, press that, show me the screen.

Only with `--control PATH` does a program open this Unix socket (mode 0600, in a folder of its own
user). It speaks one JSON object a line, each answered by one. The verbs are those of the outside
world; what they do is up to the program. Demo, training and end-to-end tests use it; a device in
the field never opens it.
"""

import json
import logging
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

log = logging.getLogger("onedoor.control")

Handler = Callable[[dict[str, Any]], dict[str, Any]]


def serve(path: Path, handler: Handler) -> None:
    """Answer one client after the other, in a thread that ends with the program."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    old = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(old)
    listener.listen(4)
    threading.Thread(target=_accept, args=(listener, handler), daemon=True, name="control").start()


def _accept(listener: socket.socket, handler: Handler) -> None:
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=_talk, args=(sock, handler), daemon=True).start()


def _talk(sock: socket.socket, handler: Handler) -> None:
    with sock, sock.makefile("rwb") as stream:
        for line in stream:
            try:
                answer = handler(json.loads(line))
            except Exception as wrong:  # noqa: BLE001 - the hand is told what it did wrong
                answer = {"error": f"{type(wrong).__name__}: {wrong}"}
            stream.write(json.dumps(answer).encode() + b"\n")
            stream.flush()


class Hand:
    """The other end: the demo's and the tests' hand on one program."""

    def __init__(self, path: Path, timeout_s: float = 30.0) -> None:
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._sock.settimeout(timeout_s)
        self._sock.connect(str(path))
        self._stream = self._sock.makefile("rwb")

    def do(self, verb: str, **what: Any) -> dict[str, Any]:
        """Do something; RuntimeError if the program could not, ConnectionError if it is gone."""
        self._stream.write(json.dumps({"verb": verb, **what}).encode() + b"\n")
        self._stream.flush()
        line = self._stream.readline()
        if not line:
            raise ConnectionError(f"{verb}: the program is gone")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"{verb} {what}: {answer['error']}")
        return answer

    def close(self) -> None:
        """Let go."""
        self._stream.close()
        self._sock.close()
