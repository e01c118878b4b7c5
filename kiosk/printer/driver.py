"""The driver for real printers: on the network, on a serial line, on USB (python-escpos), or the kernel's printer file.

It opens the transport for each job and closes it again: an unplugged USB printer, a rebooted network printer and a
serial line that hung up all come back that way. It asks before (status), proves after (process id, else status), and
turns every exception of every transport into one named fault. It does not draw, and it does not decide what the citizen
sees.
"""

import logging
import os
import re
import select
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import serial
from PIL import Image

from kiosk.printer import escpos_bytes as esc
from kiosk.printer.port import Fault, NoPrinter, Outcome, Printer, Status

log = logging.getLogger("onedoor.printer")

TIMEOUT_S = 2.0
"""How long a transport may take to open, to take one band, to answer one question."""
PROOF_S = 10.0
"""A slow printer may need this long for one ticket."""
SLICE_S = 1.0
LATE_S = 0.03
"""Some printers answer twice, or unasked: what comes within this time belongs to the question before."""


@dataclass(frozen=True, slots=True)
class Transport:
    """A way to a printer: `open` (seconds) gives a line with `_raw` (bytes), `read` (seconds) and `close`."""

    open: Callable[[float], Any]


class EscposPrinter:
    """A printer behind a transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._echoes = True
        self._broken = False
        self._silent = False

    def status(self) -> Status:
        """Ask, without printing."""
        try:
            device = self._transport.open(TIMEOUT_S)
        except OSError as wrong:
            log.info("printer cannot be reached: %s", wrong)
            return Status(Fault.UNREACHABLE)
        try:
            return self._status(device)
        except OSError as wrong:
            log.info("printer broke off: %s", wrong)
            return Status(Fault.UNREACHABLE)
        finally:
            _close(device)

    def print(self, image: Image.Image, job: int) -> Outcome:
        """Ask, print, cut, prove."""
        try:
            device = self._transport.open(TIMEOUT_S)
        except OSError as wrong:
            log.warning("printer cannot be reached: %s", wrong)
            return Outcome(fault=Fault.UNREACHABLE)
        try:
            before = self._status(device)
        except OSError as wrong:
            log.warning("printer went away before anything was sent: %s", wrong)
            _close(device)
            return Outcome(fault=Fault.UNREACHABLE)
        if before.fault is not None:
            _close(device)
            return Outcome(fault=before.fault, near_end=before.near_end)
        try:
            return self._print(device, image, job, before)
        except TimeoutError:
            return Outcome(fault=Fault.TIMEOUT, sent=True)
        except OSError as wrong:
            log.warning("printer broke off: %s", wrong)
            return Outcome(fault=Fault.BROKE_OFF, sent=True)
        finally:
            _close(device)

    def _print(self, device: Any, image: Image.Image, job: int, before: Status) -> Outcome:
        whole, self._broken = not self._broken, True
        if not whole:
            device._raw(esc.SCRAP)  # noqa: SLF001 - the transport's own way to send bytes
        for part in esc.job_parts(image):
            device._raw(part)  # noqa: SLF001
        self._broken = False
        if not before.answered:
            return Outcome(level="C", sent=True)
        if self._echoes:
            device._raw(esc.process_id_query(job))  # noqa: SLF001
            proven = self._await(device, esc.process_id_answer(job))
            if proven is not None:
                return Outcome("A" if proven.fault is None else "", proven.fault, True, before.near_end)
        after = self._status(device)
        # A printer that is well but did not echo never will: ask it for its status only.
        self._echoes = self._echoes and after.fault is not None
        level = "" if after.fault else "B" if after.answered else "C"
        return Outcome(level, after.fault, sent=True, near_end=after.near_end)

    def _await(self, device: Any, answer: bytes) -> Status | None:
        """Wait for the proof: well, a fault that stands in its way, or None if neither comes in time."""
        got = b""
        for _ in range(max(1, round(PROOF_S / SLICE_S))):
            got += self._read(device, SLICE_S)
            if answer in got:
                return Status()
            now = self._status(device)
            if now.fault is not None:
                return now
        return None

    def _status(self, device: Any) -> Status:
        answers: dict[int, int] = {}
        for n in esc.ASKED:
            device._raw(esc.status_query(n))  # noqa: SLF001
            # Who did not answer the last time is not waited for long; if he speaks again he is heard.
            said = self._read(device, TIMEOUT_S if n > 1 or not self._silent else LATE_S * 3)
            if n == 1:
                self._silent = not said
            if not said and n == 1:
                break
            if said:
                answers[n] = said[-1]
                self._read(device, LATE_S if len(said) > 1 or n == 1 else 0)
        return esc.read_status(answers)

    def _read(self, device: Any, seconds: float) -> bytes:
        try:
            return bytes(device.read(seconds))
        except (TimeoutError, BlockingIOError):
            return b""


class PrinterFile:
    """/dev/usb/lp0 and its like, opened for reading too, and never waited for without end."""

    def __init__(self, path: str, seconds: float) -> None:
        self._seconds = seconds
        self._file = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)

    def _raw(self, data: bytes) -> None:
        while data:
            if not select.select([], [self._file], [], self._seconds)[1]:
                raise TimeoutError("the printer takes no more")
            data = data[os.write(self._file, data) :]

    def read(self, seconds: float) -> bytes:
        """What has arrived within this time."""
        return os.read(self._file, 64) if select.select([self._file], [], [], seconds)[0] else b""

    def close(self) -> None:
        """Close it."""
        os.close(self._file)


def _close(device: Any) -> None:
    try:
        device.close()
    except OSError as wrong:
        log.info("closing the printer: %s", wrong)


class NetworkLine:
    """A printer on the network."""

    def __init__(self, host: str, port: int, seconds: float) -> None:
        self._sock = socket.create_connection((host, port), seconds)

    def _raw(self, data: bytes) -> None:
        self._sock.settimeout(TIMEOUT_S)
        self._sock.sendall(data)

    def read(self, seconds: float) -> bytes:
        """What arrives within this time."""
        self._sock.settimeout(max(0.001, seconds))
        return self._sock.recv(64)

    def close(self) -> None:
        """Hang up."""
        self._sock.close()


class SerialLine:
    """A printer on a serial line: 9600 8N1, as printers come."""

    def __init__(self, line: str, seconds: float) -> None:
        self._port = serial.Serial(line, 9600, timeout=seconds, write_timeout=seconds, dsrdtr=True)

    def _raw(self, data: bytes) -> None:
        try:
            self._port.write(data)
            self._port.flush()
        except serial.SerialTimeoutException as wrong:
            raise TimeoutError(str(wrong)) from None

    def read(self, seconds: float) -> bytes:
        """What arrives within this time."""
        self._port.timeout = seconds
        first = self._port.read(1)
        return bytes(first + self._port.read(self._port.in_waiting) if first else b"")

    def close(self) -> None:
        """Hang up."""
        self._port.close()


class UsbLine:
    """A printer on USB, through python-escpos, which is imported only where there is one: it is large."""

    def __init__(self, vendor: int, product: int, seconds: float) -> None:
        import usb.core
        from escpos.exceptions import Error as EscposError
        from escpos.printer import Usb

        self._device = Usb(vendor, product, timeout=int(seconds * 1000))
        self._late = usb.core.USBTimeoutError
        try:
            self._device.open()
        except (EscposError, usb.core.NoBackendError) as wrong:
            raise OSError(str(wrong)) from None

    def _raw(self, data: bytes) -> None:
        try:
            self._device._raw(data)  # noqa: SLF001 - the transport's own way to send bytes
        except self._late as wrong:
            raise TimeoutError(str(wrong)) from None

    def read(self, seconds: float) -> bytes:
        """What arrives within this time."""
        try:
            return bytes(self._device.device.read(self._device.in_ep, 64, max(1, int(seconds * 1000))))
        except self._late:
            return b""

    def close(self) -> None:
        """Give the device back, so that it can be found again when it was unplugged."""
        self._device.close()


def transport_for(address: str) -> Transport | None:
    """The way to the printer behind an address of the configuration; None: there is none."""
    tcp = re.fullmatch(r"tcp://([\w.-]+):(\d+)", address)
    if tcp:
        host, port = tcp[1], int(tcp[2])
        return Transport(lambda s: NetworkLine(host, port, s))
    usb_id = re.fullmatch(r"usb://([0-9a-f]{4}):([0-9a-f]{4})", address)
    if usb_id:
        vendor, product = int(usb_id[1], 16), int(usb_id[2], 16)
        return Transport(lambda s: UsbLine(vendor, product, s))
    if address.startswith("serial://"):
        line = address.removeprefix("serial://")
        return Transport(lambda s: SerialLine(line, s))
    if address.startswith("file://"):
        path = address.removeprefix("file://")
        return Transport(lambda s: PrinterFile(path, s))
    return None


def printer_for(address: str) -> Printer:
    """The printer behind an address of the configuration."""
    transport = transport_for(address)
    return EscposPrinter(transport) if transport else NoPrinter()
