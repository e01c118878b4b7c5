"""A printer on USB: where it listens and speaks is found in its descriptors, and every byte has a limit of time."""

from typing import Any

from kiosk.printer.lines import PLAIN
from onedoor.device.clock import pause
from onedoor.device.config import PrinterProfile

USB_PRINTER = 7
USB_BYTES = 1_024
"""One transfer on USB; it has to be taken as a whole within the time of a stall."""


class UsbLine:
    """A printer on USB, through pyusb, which is imported only where there is one.

    End points are found in the descriptors (they differ from maker to maker), a configuration that is set stays set,
    and nothing is ever reset: some printers print a line, or forget their paper, at a reset.
    """

    hidden_bytes = 0

    def __init__(self, vendor: int, product: int, seconds: float, profile: PrinterProfile = PLAIN) -> None:
        import usb.core
        import usb.util

        self._usb, self._late = usb.util, usb.core.USBTimeoutError
        self._open_s, self.stall_s = seconds, profile.stall_s
        try:
            self._device = usb.core.find(idVendor=vendor, idProduct=product)
        except (usb.core.NoBackendError, ValueError) as wrong:
            raise OSError(f"USB cannot be used: {wrong}") from None
        if self._device is None:
            raise OSError(f"no USB device {vendor:04x}:{product:04x}")
        try:
            self._face, self._out, self._in = self._find()
            if self._device.is_kernel_driver_active(self._face.bInterfaceNumber):
                self._device.detach_kernel_driver(self._face.bInterfaceNumber)
            self._usb.claim_interface(self._device, self._face.bInterfaceNumber)
            if self._face.bAlternateSetting:
                self._face.set_altsetting()
        except (NotImplementedError, ValueError, IndexError) as wrong:
            self.close()
            raise OSError(f"USB printer {vendor:04x}:{product:04x}: {wrong}") from None
        except OSError:
            self.close()
            raise

    def _find(self) -> tuple[Any, Any, Any]:
        """The printer's interface, where it listens, and where it speaks (None: it never does)."""
        try:
            setting = self._device.get_active_configuration()
        except OSError:
            self._device.set_configuration()
            setting = self._device.get_active_configuration()
        found = []
        for face in setting:
            bulk = [end for end in face if self._usb.endpoint_type(end.bmAttributes) == self._usb.ENDPOINT_TYPE_BULK]
            inward = [end for end in bulk if self._usb.endpoint_direction(end.bEndpointAddress)]
            outward = [end for end in bulk if end not in inward]
            if outward:
                is_printer = face.bInterfaceClass == USB_PRINTER
                rank = (not is_printer, not inward, face.bInterfaceNumber, face.bAlternateSetting)
                found.append((rank, face, outward[0], inward[0] if inward else None))
        if not found:
            raise OSError("this USB device has no end point that takes data")
        _, face, out, inward_end = min(found, key=lambda each: each[0])
        return face, out, inward_end

    def _raw(self, data: bytes) -> None:
        for at in range(0, len(data), USB_BYTES):
            try:
                self._out.write(data[at : at + USB_BYTES], int(self.stall_s * 1_000))
            except self._late as wrong:
                raise TimeoutError(f"no byte moved for {self.stall_s:g} s: {wrong}") from None

    def pending(self) -> int:
        """A write ends when the printer has the bytes."""
        return 0

    def read(self, seconds: float) -> bytes:
        """What arrives within this time."""
        if self._in is None:
            pause(seconds)
            return b""
        try:
            return bytes(self._in.read(max(64, self._in.wMaxPacketSize), max(1, int(seconds * 1_000))))
        except self._late:
            return b""

    def close(self) -> None:
        """Give the device back, so that it can be found again when it was unplugged."""
        self._usb.dispose_resources(self._device)
