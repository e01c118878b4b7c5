"""A USB bus made of software, below pyusb: the virtual printer's descriptors, its end points, and a plug.

pyusb asks a backend for descriptors and transfers; this one answers for one printer. What the kiosk does with it is
counted by name in `calls`: nobody who only asks how a printer is resets it.
"""

import array
import re
from collections import Counter
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from kiosk.printer.decode import Decoder
from kiosk.printer.tempers import Faults

_QUESTION = re.compile(rb"\x10\x04([\x01-\x04])")
BULK, PRINTER_CLASS, BOTH_WAYS = 2, 7, 2


class Unplugged(OSError):
    """There is no such device any more."""


class Late(OSError):
    """Nothing came in time."""


@dataclass(slots=True)
class UsbBus:
    """One printer on a bus. `ends`: addresses of its end points, 0x80 and more speak to the computer."""

    ends: tuple[int, ...] = (0x01, 0x82)
    vendor: int = 0x0416
    product: int = 0x5011
    kernel: bool = True
    """Whether the kernel's own driver (usblp) has taken it."""
    configured: bool = True
    interface_class: int = PRINTER_CLASS
    plugged: bool = True
    pulled_after: int = 0
    """The plug is pulled when so many bytes have gone out; 0: never."""
    faults: Faults = field(default_factory=Faults)
    decoder: Decoder = field(default_factory=Decoder)
    calls: Counter[str] = field(default_factory=Counter)
    gone: type[Exception] = Unplugged
    late: type[Exception] = Late
    """What pyusb's own exceptions are, so that nothing here needs pyusb."""
    _sent: int = 0
    _said: bytearray = field(default_factory=bytearray)

    # -- what pyusb asks of a backend -------------------------------------------------------------------

    def enumerate_devices(self) -> list[str]:
        """The devices on the bus."""
        return ["printer"] if self.plugged else []

    def get_parent(self, device: str) -> None:
        """There is no hub."""

    def get_device_descriptor(self, device: str) -> SimpleNamespace:  # noqa: ARG002 - pyusb's port
        """Who it is."""
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0, bDeviceSubClass=0, bDeviceProtocol=0,
            bMaxPacketSize0=64, idVendor=self.vendor, idProduct=self.product, bcdDevice=0x200, iManufacturer=0,
            iProduct=0, iSerialNumber=0, bNumConfigurations=1, address=5, bus=1, port_number=1, port_numbers=(1,),
            speed=2,
        )  # fmt: skip

    def get_configuration_descriptor(self, device: str, config: int) -> SimpleNamespace:  # noqa: ARG002
        """Its only configuration."""
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=1, bConfigurationValue=1, iConfiguration=0,
            bmAttributes=0xC0, bMaxPower=50, extra_descriptors=[],
        )  # fmt: skip

    def get_interface_descriptor(self, device: str, face: int, alt: int, config: int) -> SimpleNamespace:  # noqa: ARG002
        """Its only interface."""
        if face or alt:
            raise IndexError
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=0, bNumEndpoints=len(self.ends),
            bInterfaceClass=self.interface_class, bInterfaceSubClass=1, bInterfaceProtocol=BOTH_WAYS, iInterface=0,
            extra_descriptors=[],
        )  # fmt: skip

    def get_endpoint_descriptor(self, device: str, end: int, *_: int) -> SimpleNamespace:  # noqa: ARG002
        """One of its end points."""
        return SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=self.ends[end], bmAttributes=BULK, wMaxPacketSize=64,
            bInterval=0, bRefresh=0, bSynchAddress=0, extra_descriptors=[],
        )  # fmt: skip

    def open_device(self, device: str) -> str:  # noqa: ARG002
        """A handle."""
        self._plug()
        self.calls["open"] += 1
        return "handle"

    def get_configuration(self, handle: str) -> int:  # noqa: ARG002
        """Which configuration is set."""
        return int(self.configured)

    def set_configuration(self, handle: str, config: int) -> None:  # noqa: ARG002
        """Set one; some printers feed paper at that."""
        self.calls["set_configuration"] += 1
        self.configured = True

    def is_kernel_driver_active(self, handle: str, face: int) -> bool:  # noqa: ARG002
        """Whether usblp has it."""
        return self.kernel

    def detach_kernel_driver(self, handle: str, face: int) -> None:  # noqa: ARG002
        """Take it from usblp."""
        self.calls["detach"] += 1
        self.kernel = False

    def bulk_write(self, handle: str, end: int, face: int, data: Any, timeout: int) -> int:  # noqa: ARG002
        """Bytes to the printer."""
        self._plug()
        assert end in self.ends
        assert end < 0x80
        taken = bytes(data)
        self._sent += len(taken)
        if 0 < self.pulled_after <= self._sent:
            self.plugged = False
            self.decoder.power_cut()
            self._plug()
        for question in _QUESTION.finditer(taken):
            self._said += self.faults.status(question[1][0])
        self.decoder.feed(taken)
        if not self.faults.stopped:
            self.decoder.run()
            self._said += self.decoder.answers if not self.faults.no_process_id else b""
            self.decoder.answers.clear()
        return len(taken)

    def bulk_read(self, handle: str, end: int, face: int, buffer: Any, timeout: int) -> int:  # noqa: ARG002
        """What the printer says."""
        self._plug()
        assert end in self.ends
        assert end >= 0x80
        if not self._said or self.faults.silent:
            raise self.late("nothing came")
        count = min(len(buffer), len(self._said))
        buffer[:count] = array.array("B", self._said[:count])
        del self._said[:count]
        return count

    def __getattr__(self, name: str) -> Any:
        """Everything else a backend has (claim, release, close, reset, ...) is only counted."""
        if name.startswith("_"):
            raise AttributeError(name)

        def count(*_: object) -> None:
            self.calls[name] += 1

        return count

    def plug_in(self) -> None:
        """The plug is in again; the kernel's driver takes the printer."""
        self.plugged, self.kernel, self.pulled_after = True, True, 0

    def _plug(self) -> None:
        if not self.plugged:
            raise self.gone(19, "No such device")
