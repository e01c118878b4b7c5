"""The virtual printer: a network printer made of software, with the outside world's verbs.

It ships with the product: demo, training and tests print on it. Faults are switched as people and
the weather switch them: tear the paper out, open the cover, pull the plug. While it cannot print it
takes bytes until its buffer is full and then stops reading, like the real thing; status questions
are answered all the while. Finished papers go to `on_paper`.
"""

import contextlib
import logging
import re
import select
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kiosk.printer.decode import Decoder, Paper
from kiosk.printer.tempers import Faults
from onedoor.device.clock import boot_ms

log = logging.getLogger("onedoor.virtual-printer")

WINDOW_BYTES = 2_048
"""What its network card holds: little, as in real ones."""
REST_MS = 500
"""A printer for one connection wants this long between two."""
_QUESTION = re.compile(rb"\x10\x04[\x01-\x04]")


@dataclass(slots=True)
class VirtualPrinter:
    """Listens on loopback; one client at a time, as cheap network printers do."""

    on_paper: Callable[[Paper], None]
    width: int = 576
    port: int = 0
    faults: Faults = field(default_factory=Faults)
    plan: tuple[int, dict[str, Any]] | None = None
    """After so many bytes of one connection these faults happen, once: what goes wrong in the middle of a ticket.
    "flap": the line breaks and is there again; "dip": the same, and its buffer is lost; "vanish": there is no printer
    any more."""
    decoder: Decoder = field(init=False)
    _server: socket.socket = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _repaired: threading.Event = field(default_factory=threading.Event, init=False)
    _client: threading.Thread | None = field(default=None, init=False)
    _closed_ms: int = field(default=-REST_MS, init=False)
    _said: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.decoder = Decoder(self.width)
        self._server = socket.socket()
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW_BYTES)
        try:
            self._server.bind(("127.0.0.1", self.port))
        except OSError:
            self._server.close()
            raise
        self._server.listen()
        self.port = self._server.getsockname()[1]

    def start(self) -> None:
        """Serve in a thread that ends with the program."""
        threading.Thread(target=self._serve, daemon=True, name="virtual-printer").start()

    def stop(self) -> None:
        """Take it away: nobody listens there any more."""
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def repair(self) -> None:
        """New paper, cover shut: what waits in the buffer is printed now."""
        with self._lock:
            self.faults, self._said = Faults(), 0
            self._work()
        self._repaired.set()
        self._repaired.clear()

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._server.accept()
            except OSError:
                return
            rested = boot_ms() - self._closed_ms >= REST_MS
            if self.faults.single and (not rested or (self._client is not None and self._client.is_alive())):
                _reset(sock)
                sock.close()
                continue
            if self._client is not None:
                self._client.join()
            self._client = threading.Thread(target=self._take_client, args=(sock,), daemon=True)
            self._client.start()

    def _take_client(self, sock: socket.socket) -> None:
        try:
            self._talk(sock)
        except OSError as wrong:
            log.info("client gone: %s", wrong)
        finally:
            self._closed_ms = boot_ms()
            sock.close()

    def _talk(self, sock: socket.socket) -> None:
        if self.faults.gone:
            _reset(sock)
            return
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(self.faults.greeting.encode("latin-1") + self.faults.unasked())
        tail, total = b"", 0
        while True:
            data = self._receive(sock)
            if not data:
                return
            data, gone = self._go_by_plan(data, total)
            total += len(data)
            with self._lock:
                if self.faults.die_after and total >= self.faults.die_after:
                    self.faults.power_off = True
                tail, answers = self._take(tail + data)
                answers += self._in_time(self._work(), sock)
                if self.faults.power_off:
                    self.decoder.power_cut()
                if self.faults.gone or gone:
                    _reset(sock)
                    return
            if answers and not self.faults.silent:
                if self.faults.asleep_s:
                    asleep_s, self.faults.asleep_s = self.faults.asleep_s, 0.0
                    self._repaired.wait(asleep_s)
                sock.sendall(answers)

    def _in_time(self, echoes: bytes, sock: socket.socket) -> bytes:
        """The echoes, if they are to be sent now."""
        if not echoes or not self.faults.echo_late_s:
            return echoes

        def say() -> None:
            with contextlib.suppress(OSError):
                sock.sendall(echoes)

        later = threading.Timer(self.faults.echo_late_s, say)
        later.daemon = True
        later.start()
        return b""

    def _receive(self, sock: socket.socket) -> bytes:
        """The next bytes, as fast as it takes them. With its buffer full it only looks for questions of the moment;
        what a client that hangs up had still to say is lost.
        """
        faults, gone = self.faults, select.poll()
        gone.register(sock, select.POLLRDHUP | select.POLLHUP)
        while faults.stopped and self.decoder.pending >= faults.buffer_bytes:
            ahead = sock.recv(3, socket.MSG_PEEK)
            if not ahead or _QUESTION.fullmatch(ahead):
                return sock.recv(3)
            if gone.poll(0):
                return b""
            self._repaired.wait(0.1)
            faults = self.faults
        rate = faults.bytes_a_second
        most = min(65_536, max(1, rate // 20)) if rate else 65_536
        if faults.stopped:
            most = min(most, max(3, faults.buffer_bytes - self.decoder.pending))
        data = sock.recv(most)
        if rate and data:
            self._repaired.wait(len(data) / rate)
        return data

    def _go_by_plan(self, data: bytes, before: int) -> tuple[bytes, bool]:
        """What of the data arrives before the plan's moment; whether the line breaks there for good."""
        if self.plan is None or before + len(data) < self.plan[0]:
            return data, False
        at, faults = self.plan
        self.plan = None
        for name, value in faults.items():
            if name == "vanish":
                self.stop()
            elif name == "dip":
                self.decoder.power_cut()
            elif name != "flap":
                setattr(self.faults, name, value)
        broken = bool({"flap", "dip", "vanish"} & faults.keys()) or self.faults.gone
        return (data[: max(0, at - before)], True) if broken else (data, False)

    def _take(self, data: bytes) -> tuple[bytes, bytes]:
        """Answer status questions at once, wherever they stand; a cut-off question waits."""
        keep = next((data[-n:] for n in (2, 1) if data.endswith(b"\x10\x04"[:n])), b"")
        data = data[: len(data) - len(keep)]
        asked = (data[at.start() + 2] for at in _QUESTION.finditer(data))
        self.decoder.feed(data)
        return keep, b"".join(map(self._answer, asked))

    def _answer(self, n: int) -> bytes:
        said = self.faults.status(n)
        if not said or self.faults.silent:
            return b""
        self._said += 1
        if 0 < self.faults.mute_after < self._said:
            self.faults.mute = True
        return said + self.faults.unasked()

    def _work(self) -> bytes:
        """Print what is complete, if it can print."""
        if self.faults.stopped:
            return b""
        self.decoder.run()
        for paper in self.decoder.papers:
            self.on_paper(paper)
        self.decoder.papers.clear()
        answers = bytes(self.decoder.answers) if not self.faults.no_process_id else b""
        self.decoder.answers.clear()
        return answers


def _reset(sock: socket.socket) -> None:
    """Break the connection the hard way, as a power cut does."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
