"""Ways to a printer that are a file descriptor: network, serial line, the kernel's printer file.

Policy: slow is not dead. A line takes bytes for as long as bytes move, at 9600 baud or over a radio link of 2 kB/s; it
gives up when *no byte moved* for `stall_s`. What the kernel still holds counts too: its queue is looked at, so a queue
that gets shorter is movement. A line that the other end closed is an error at once, never a silence. Nothing here waits
without end: not for a plug that was pulled (`tcdrain` would), not for a window that stays shut.
"""

import contextlib
import fcntl
import os
import select
import socket
import stat
import struct
import termios
from collections.abc import Callable
from typing import Any

import serial

from onedoor.device.clock import boot_ms
from onedoor.device.config import PrinterProfile

TICK_S = 0.1
BITS_A_BYTE = 10
PLAIN = PrinterProfile()
SEND_BYTES = 16_384
"""How much of a ticket the kernel may hold for a network printer: little, so that what still waits can be seen."""
_PARITY = {"none": serial.PARITY_NONE, "even": serial.PARITY_EVEN, "odd": serial.PARITY_ODD}


def in_queue(file: int) -> int:
    """Bytes that the kernel still holds for this line; 0 if it does not tell."""
    return int(struct.unpack("i", fcntl.ioctl(file, termios.TIOCOUTQ, b"\0\0\0\0"))[0])


def push(file: int, data: bytes, write: Callable[[bytes], int], pending: Callable[[], int], stall_s: float) -> None:
    """Write all of it, for as long as bytes move; TimeoutError if none moved for `stall_s`."""
    moved, held = boot_ms(), pending()
    while data:
        if select.select([], [file], [], TICK_S)[1]:
            data = data[write(data) :]
            moved, held = boot_ms(), pending()
            continue
        now = pending()
        if now < held:
            moved = boot_ms()
        held = now
        if boot_ms() - moved > stall_s * 1_000:
            raise TimeoutError(f"no byte moved for {stall_s:g} s")


def pull(file: int, seconds: float, read: Callable[[int], bytes]) -> bytes:
    """What arrives within this time, as soon as something does; an error if nothing will any more."""
    if not select.select([file], [], [], max(0.0, seconds))[0]:
        return b""
    said = read(4_096)
    if not said:
        raise ConnectionResetError("the printer closed the line")
    return said


class NetworkLine:
    """A printer on the network. What a print server holds is not seen, and is given on at `bytes_a_second`."""

    bytes_a_second = 2_000

    def __init__(self, host: str, port: int, seconds: float) -> None:
        self.stall_s, self.hidden_bytes = PLAIN.stall_s, 0
        self._sock = socket.create_connection((host, port), seconds)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)
        self._sock.setblocking(False)

    def _raw(self, data: bytes) -> None:
        push(self._sock.fileno(), data, self._sock.send, self.pending, self.stall_s)

    def pending(self) -> int:
        """Bytes that the printer has not taken yet."""
        return in_queue(self._sock.fileno())

    def read(self, seconds: float) -> bytes:
        """What arrives within this time."""
        return pull(self._sock.fileno(), seconds, self._sock.recv)

    def close(self) -> None:
        """Hang up. What the printer does not take is dropped: the kernel would go on offering it for minutes, and a
        printer for one connection would be taken for as long.
        """
        with contextlib.suppress(OSError):
            if self.pending():
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()


class SerialLine:
    """A printer on a serial line, at the speed, parity and flow control of its profile."""

    def __init__(self, line: str, seconds: float, profile: PrinterProfile = PLAIN) -> None:  # noqa: ARG002 - as the others
        # Whoever sits between (an adapter, the printer's own buffer) may hold this much, and give it on at line speed.
        self.hidden_bytes = profile.buffer_bytes
        self.bytes_a_second = profile.baud // BITS_A_BYTE
        self.stall_s = profile.stall_s
        try:
            self._port: Any = serial.Serial(
                line, profile.baud, parity=_PARITY[profile.parity], timeout=0, write_timeout=0,
                xonxoff=profile.flow == "software", rtscts=profile.flow == "hardware",
            )  # fmt: skip
        except (termios.error, ValueError) as wrong:
            raise OSError(f"{line}: {wrong}") from None

    def _raw(self, data: bytes) -> None:
        try:
            push(self._port.fileno(), data, self._port.write, self.pending, self.stall_s)
        except TimeoutError:
            # The kernel would wait for half a minute at the close for what will never leave.
            with contextlib.suppress(termios.error):
                termios.tcflush(self._port.fileno(), termios.TCOFLUSH)
            raise
        self.pending()  # a line whose plug was pulled says so here, and not only at the next band

    @property
    def baud(self) -> int:
        """How fast the line is, in bits a second."""
        return int(self._port.baudrate)

    def speed(self, baud: int) -> None:
        """Go on at another speed."""
        try:
            self._port.baudrate = baud
        except (termios.error, ValueError) as wrong:
            raise OSError(str(wrong)) from None
        self.bytes_a_second = baud // BITS_A_BYTE

    def pending(self) -> int:
        """Bytes that have not left the box."""
        return in_queue(self._port.fileno())

    def read(self, seconds: float) -> bytes:
        """What arrives within this time."""
        return pull(self._port.fileno(), seconds, lambda most: os.read(self._port.fileno(), most))

    def close(self) -> None:
        """Hang up."""
        self._port.close()


class PrinterFile:
    """/dev/usb/lp0 and its like, opened for reading too, and never waited for without end."""

    hidden_bytes = 0

    def __init__(self, path: str, seconds: float, profile: PrinterProfile = PLAIN) -> None:  # noqa: ARG002 - as the others
        self.stall_s = profile.stall_s
        self._file = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
        if stat.S_ISREG(os.fstat(self._file).st_mode):
            os.close(self._file)
            raise OSError(f"{path} is a plain file, no printer: remove it, and plug the printer in again")

    def _raw(self, data: bytes) -> None:
        push(self._file, data, lambda rest: os.write(self._file, rest), lambda: 0, self.stall_s)

    def pending(self) -> int:
        """The kernel does not tell."""
        return 0

    def read(self, seconds: float) -> bytes:
        """What has arrived within this time."""
        try:
            return pull(self._file, seconds, lambda most: os.read(self._file, most))
        except BlockingIOError:
            return b""

    def close(self) -> None:
        """Close it."""
        os.close(self._file)
