"""The driver for real printers, over python-escpos transports.

Only this file knows python-escpos. It opens the transport for each job and closes it again: an
unplugged USB printer, a rebooted network printer and a serial line that hung up all come back that
way. It asks before (status), proves after (process id, else status), and turns every exception of
every transport into one named fault. It does not draw, and it does not decide what the citizen sees.
"""

import logging
import os
import re
from collections.abc import Callable
from typing import Any

import usb.core
from escpos.exceptions import Error as EscposError
from escpos.printer import File, Network, Serial, Usb
from PIL import Image

from kiosk.printer import escpos_bytes as esc
from kiosk.printer.port import Fault, NoPrinter, Outcome, Printer, Status

log = logging.getLogger("onedoor.printer")

TIMEOUT_S = 2.0
PROOF_S = 8.0
"""A slow printer may need this long for one ticket."""


class EscposPrinter:
    """A printer behind a python-escpos transport; `readable` if it can answer."""

    def __init__(self, open_: Callable[[float], Any], *, readable: bool) -> None:
        self._open, self._readable = open_, readable
        self._echoes = True

    def print(self, image: Image.Image, job: int) -> Outcome:
        """Ask, print, cut, prove."""
        try:
            device = self._open(TIMEOUT_S)
        except (EscposError, OSError, usb.core.USBError, usb.core.NoBackendError) as wrong:
            log.warning("printer cannot be reached: %s", wrong)
            return Outcome(fault=Fault.UNREACHABLE)
        try:
            return self._print(device, image, job)
        except TimeoutError:
            return Outcome(fault=Fault.TIMEOUT)
        except (EscposError, OSError, usb.core.USBError) as wrong:
            log.warning("printer broke off: %s", wrong)
            return Outcome(fault=Fault.BROKE_OFF)
        finally:
            _close(device)

    def _print(self, device: Any, image: Image.Image, job: int) -> Outcome:
        try:
            before = self._status(device)
        except (EscposError, OSError, usb.core.USBError) as wrong:
            log.warning("printer went away before anything was sent: %s", wrong)
            return Outcome(fault=Fault.UNREACHABLE)
        if before.fault is not None:
            return Outcome(fault=before.fault)
        device._raw(esc.job_bytes(image))  # noqa: SLF001 - the transport's own way to send bytes
        if not before.answered:
            return Outcome(level="C")
        if self._echoes:
            device._raw(esc.process_id_query(job))  # noqa: SLF001
            if _await(device, esc.process_id_answer(job), PROOF_S):
                return Outcome(level="A")
        after = self._status(device)
        # A printer that is well but did not echo never will: ask it for its status only.
        self._echoes = self._echoes and after.fault is not None
        if after.fault is not None:
            return Outcome(fault=after.fault)
        return Outcome(level="B" if after.answered else "C")

    def _status(self, device: Any) -> Status:
        if not self._readable:
            return Status(answered=False)
        answers: dict[int, int] = {}
        for n in (1, 2, 4):
            device._raw(esc.status_query(n))  # noqa: SLF001
            byte = _read(device)
            if not byte:
                break
            answers[n] = byte[-1]
        return esc.read_status(answers)


def _read(device: Any) -> bytes:
    try:
        return bytes(device._read() or b"")  # noqa: SLF001
    except (TimeoutError, usb.core.USBTimeoutError):
        return b""


def _await(device: Any, answer: bytes, seconds: float) -> bool:
    """Read until the answer is there; a few reads of TIMEOUT_S each, other bytes are tolerated."""
    got = b""
    for _ in range(int(seconds / TIMEOUT_S)):
        more = _read(device)
        got += more
        if answer in got:
            return True
    return False


def _close(device: Any) -> None:
    try:
        device.close()
    except (EscposError, OSError, usb.core.USBError, AttributeError) as wrong:
        log.info("closing the printer: %s", wrong)


def printer_for(address: str) -> Printer:
    """The printer behind an address of the configuration."""
    tcp = re.fullmatch(r"tcp://([\w.-]+):(\d+)", address)
    if tcp:
        host, port = tcp[1], int(tcp[2])
        return EscposPrinter(lambda s: _opened(Network(host, port, timeout=s)), readable=True)
    usb_id = re.fullmatch(r"usb://([0-9a-f]{4}):([0-9a-f]{4})", address)
    if usb_id:
        vendor, product = int(usb_id[1], 16), int(usb_id[2], 16)
        return EscposPrinter(lambda s: _opened(Usb(vendor, product, timeout=int(s * 1000))), readable=True)
    if address.startswith("serial://"):
        line = address.removeprefix("serial://")
        return EscposPrinter(lambda s: _opened(Serial(line, timeout=s / 10)), readable=True)
    if address.startswith("file://"):
        path = address.removeprefix("file://")
        return EscposPrinter(lambda _: _opened_file(path), readable=False)
    return NoPrinter()


def _opened_file(path: str) -> Any:
    """A printer's device file; python-escpos would create a missing one."""
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    return _opened(File(path))


def _opened(device: Any) -> Any:
    device.open()
    return device
