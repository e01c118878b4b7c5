"""The virtual printer at the end of a serial line: a pseudo terminal that is as slow as a real line.

A pseudo terminal has no speed of its own, so the far end takes and gives bytes at the speed that the printer is set to.
It knows with which speed the kiosk has opened the line: if they differ, both sides hear noise, as on copper. (A pseudo
terminal knows no parity.)
"""

import contextlib
import os
import select
import socket
import termios
import threading
import tty
from collections.abc import Callable
from dataclasses import dataclass, field

from onedoor.device.clock import boot_ms, pause

SPEEDS = {
    9600: termios.B9600, 19200: termios.B19200, 38400: termios.B38400, 57600: termios.B57600, 115200: termios.B115200,
}  # fmt: skip
BITS_A_BYTE = 10
NOISE = bytes((i * 37 + 11) & 0xFF | 0x80 for i in range(256))
"""What a byte sounds like at another speed: never what was meant."""


@dataclass(slots=True)
class SerialFront:
    """A line to a printer that listens on a port of this machine. `name` is the device file that a kiosk opens."""

    port: int
    baud: int = 9600
    name: str = field(init=False)
    _master: int = field(init=False)
    _slave: int = field(init=False)
    _pulled: bool = field(default=False, init=False)
    _threads: list[threading.Thread] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.name = os.ttyname(self._slave)

    def start(self) -> None:
        """Carry bytes to and fro, in threads that end when the plug is pulled."""
        sock = socket.create_connection(("127.0.0.1", self.port))
        self._threads = [
            threading.Thread(target=self._carry, args=(self._from_kiosk, sock.sendall, sock), daemon=True),
            threading.Thread(target=self._carry, args=(lambda: sock.recv(256), self._to_kiosk, sock), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def pull(self) -> None:
        """The adapter is pulled: the line hangs up."""
        self._pulled = True
        for thread in self._threads[:1]:
            thread.join()
        os.close(self._master)
        os.close(self._slave)

    def _carry(self, read: Callable[[], bytes | None], write: Callable[[bytes], object], sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while not self._pulled:
                data = read()
                if data is None:
                    continue
                if not data:
                    break
                began = boot_ms()
                write(data if self._same() else data.translate(NOISE))
                gone = (boot_ms() - began) / 1_000
                pause(max(0.0, len(data) * BITS_A_BYTE / self.baud - gone))
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
        if read == self._from_kiosk:
            sock.close()

    def _from_kiosk(self) -> bytes | None:
        return os.read(self._master, 64) if select.select([self._master], [], [], 0.05)[0] else None

    def _to_kiosk(self, data: bytes) -> None:
        os.write(self._master, data)

    def _same(self) -> bool:
        """Whether the kiosk has opened the line as the printer is set."""
        return bool(termios.tcgetattr(self._master)[4] == SPEEDS[self.baud])
