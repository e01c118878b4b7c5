"""The virtual printer: a network printer made of software, with the outside world's verbs.

It ships with the product: demo, training and tests print on it. Faults are switched as people and
the weather switch them: tear the paper out, open the cover, pull the plug. While it cannot print it
takes bytes until its buffer is full and then stops reading, like the real thing; status questions
are answered all the while. Finished papers go to `on_paper`.
"""

import contextlib
import logging
import re
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kiosk.printer.decode import Decoder, Paper

log = logging.getLogger("onedoor.virtual-printer")

BUFFER_BYTES = 256 * 1024
ECHO_BYTES = 7
"""Longer answers are echoes of a job, which come once."""
_QUESTION = re.compile(rb"\x10\x04[\x01-\x04]")


@dataclass(slots=True)
class Faults:
    """What is wrong with the printer just now."""

    paper_out: bool = False
    near_end: bool = False
    cover_open: bool = False
    cutter: bool = False
    hot: bool = False
    offline: bool = False
    mute: bool = False
    garbled: bool = False
    doubled: bool = False
    refuse: bool = False
    """No line to it: unplugged, or no device at all; a line that is open breaks."""
    power_off: bool = False
    """The same, and what it had in its buffer is gone."""
    no_process_id: bool = False
    die_after: int = 0
    bytes_a_second: int = 0
    """0: as fast as the line."""

    @property
    def stopped(self) -> bool:
        """Whether it cannot print now."""
        return self.paper_out or self.cover_open or self.cutter or self.hot or self.offline

    @property
    def gone(self) -> bool:
        """Whether nobody can talk to it."""
        return self.refuse or self.power_off

    def status(self, n: int) -> int:
        """The answer to DLE EOT n."""
        bits = 0x12
        if n == 1 and self.stopped:
            bits |= 0x08
        if n == 2:
            bits |= (0x04 if self.cover_open else 0) | (0x20 if self.paper_out else 0)
        if n == 3:
            bits |= (0x08 if self.cutter else 0) | (0x40 if self.hot else 0)
        if n == 4:
            bits |= (0x0C if self.near_end or self.paper_out else 0) | (0x60 if self.paper_out else 0)
        return 0xA5 ^ n if self.garbled else bits


@dataclass(slots=True)
class VirtualPrinter:
    """Listens on loopback; one client at a time, as cheap network printers do."""

    on_paper: Callable[[Paper], None]
    width: int = 576
    port: int = 0
    faults: Faults = field(default_factory=Faults)
    plan: tuple[int, dict[str, Any]] | None = None
    """After so many bytes of one connection these faults happen, once: what goes wrong in the middle of a ticket.
    "flap": the line breaks and is there again; "vanish": there is no printer any more."""
    decoder: Decoder = field(init=False)
    _server: socket.socket = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _repaired: threading.Event = field(default_factory=threading.Event, init=False)

    def __post_init__(self) -> None:
        self.decoder = Decoder(self.width)
        self._server = socket.create_server(("127.0.0.1", self.port))
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
            self.faults = Faults()
            self._work()
        self._repaired.set()
        self._repaired.clear()

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._server.accept()
            except OSError:
                return
            try:
                self._talk(sock)
            except OSError as wrong:
                log.info("client gone: %s", wrong)
            finally:
                sock.close()

    def _talk(self, sock: socket.socket) -> None:
        if self.faults.gone:
            _reset(sock)
            return
        tail, total = b"", 0
        while True:
            while self.decoder.pending > BUFFER_BYTES and self.faults.stopped:
                self._repaired.wait(0.1)
            rate = self.faults.bytes_a_second
            data = sock.recv(min(65_536, rate // 20) if rate else 65_536)
            if not data:
                return
            if rate:
                self._repaired.wait(len(data) / rate)
            data, gone = self._go_by_plan(data, total)
            total += len(data)
            with self._lock:
                if self.faults.die_after and total >= self.faults.die_after:
                    self.faults.power_off = True
                tail, answers = self._take(tail + data)
                answers += self._work()
                if self.faults.power_off:
                    self.decoder.power_cut()
                if self.faults.gone or gone:
                    _reset(sock)
                    return
            if answers and not self.faults.mute:
                sock.sendall(answers * 2 if self.faults.doubled and len(answers) < ECHO_BYTES else answers)

    def _go_by_plan(self, data: bytes, before: int) -> tuple[bytes, bool]:
        """What of the data arrives before the plan's moment; whether the line breaks there for good."""
        if self.plan is None or before + len(data) < self.plan[0]:
            return data, False
        at, faults = self.plan
        self.plan = None
        for name, value in faults.items():
            if name == "vanish":
                self.stop()
            elif name != "flap":
                setattr(self.faults, name, value)
        broken = "flap" in faults or "vanish" in faults or self.faults.gone
        return (data[: max(0, at - before)], True) if broken else (data, False)

    def _take(self, data: bytes) -> tuple[bytes, bytes]:
        """Answer status questions at once, wherever they stand; a cut-off question waits."""
        keep = next((data[-n:] for n in (2, 1) if data.endswith(b"\x10\x04"[:n])), b"")
        data = data[: len(data) - len(keep)]
        asked = (data[at.start() + 2] for at in _QUESTION.finditer(data))
        self.decoder.feed(data)
        return keep, bytes(self.faults.status(n) for n in asked)

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
