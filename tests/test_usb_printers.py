"""Printers on USB: end points of every maker, a pulled plug, no reset for a question. The real driver and the real pyusb
on a bus made of software.
"""

import queue

import pytest
import usb.core
from test_printer import picture
from usb.backend import IBackend

from kiosk.layout import Layout
from kiosk.paperwork import Fitted, PrintWorker
from kiosk.printer.driver import printer_for
from kiosk.printer.port import Fault, Outcome
from kiosk.printer.simulator_usb import UsbBus
from kiosk.printer.tempers import TEMPERS, Faults

SMALL = picture(100, 384)
ADDRESS = "usb://0416:5011"


class Backend(IBackend):
    """pyusb wants a backend of its own kind."""

    __module__ = "software.libusb1"

    def __init__(self, bus):
        self.bus = bus

    def __getattribute__(self, name):
        if name in ("bus", "__class__", "_finalize_object", "_do_finalize_object", "_finalizer", "__dict__"):
            return object.__getattribute__(self, name)
        return getattr(object.__getattribute__(self, "bus"), name)


@pytest.fixture
def plug(monkeypatch):
    real = usb.core.find

    def put(bus):
        bus.gone = lambda number, text: usb.core.USBError(text, -4, number)
        bus.late = lambda text: usb.core.USBTimeoutError(text, -7, 110)
        backend = Backend(bus)

        def find(**wanted):
            return next(iter(real(find_all=True, backend=backend, **wanted)), None)

        monkeypatch.setattr(usb.core, "find", find)
        return printer_for(ADDRESS)

    return put


@pytest.mark.parametrize(
    "ends", [(0x01, 0x82), (0x03, 0x81), (0x02, 0x81), (0x01, 0x81), (0x82, 0x02), (0x81, 0x03), (0x81, 0x82, 0x03)]
)
def test_end_points_are_found(plug, ends):
    bus = UsbBus(ends)
    driver = plug(bus)
    assert driver.status().state == "ok"
    assert driver.print(SMALL, 1).level == "A"
    assert bus.decoder.papers[0].image.crop((0, 0, 384, 100)).tobytes() == SMALL.tobytes()


def test_a_printer_without_a_way_back_prints_and_no_more_is_known(plug):
    bus = UsbBus((0x02,))
    assert plug(bus).print(SMALL, 1) == Outcome("C", sent=True)


@pytest.mark.parametrize("ends", [(), (0x81,)])
def test_a_device_that_takes_no_data_is_no_printer(plug, ends):
    assert plug(UsbBus(ends)).print(SMALL, 1) == Outcome(fault=Fault.UNREACHABLE)


def test_whose_class_is_the_makers_own_prints_too(plug):
    assert plug(UsbBus((0x03, 0x81), interface_class=255)).print(SMALL, 1).level == "A"


def test_nothing_is_reset_in_order_to_ask(plug):
    bus = UsbBus()
    driver = plug(bus)
    for _ in range(6):
        assert driver.status().fault is None
    assert driver.print(SMALL, 1).level == "A"
    assert bus.calls["reset_device"] == bus.calls["set_configuration"] == 0
    assert bus.calls["detach"] == 1
    assert bus.calls["open"] == bus.calls["close_device"] == 7, "what is opened is given back"


def test_a_printer_without_a_configuration_gets_one_once(plug):
    bus = UsbBus(configured=False)
    driver = plug(bus)
    for _ in range(3):
        driver.status()
    assert bus.calls["set_configuration"] == 1


def test_a_plug_that_is_pulled_is_a_fault_and_comes_back(plug):
    bus = UsbBus()
    driver = plug(bus)
    assert driver.print(SMALL, 1).level == "A"
    bus.pulled_after = bus._sent + 3_000
    assert driver.print(picture(), 2) == Outcome(fault=Fault.BROKE_OFF, sent=True)
    assert driver.status().state == "unreachable"
    assert driver.print(SMALL, 3) == Outcome(fault=Fault.UNREACHABLE)
    bus.plug_in()
    assert driver.print(SMALL, 4).level == "A"
    assert bus.decoder.papers[-1].image.crop((0, 0, 384, 100)).tobytes() == SMALL.tobytes()


@pytest.mark.parametrize("temper", ["partial", "unasked status", "answers 00", "echo alone"])
def test_tempers_on_usb(plug, temper):
    bus = UsbBus(faults=Faults(**TEMPERS[temper]))
    driver = plug(bus)
    assert driver.print(SMALL, 1).fault is None
    assert driver.print(SMALL, 2).fault is None
    assert len(bus.decoder.papers) >= 2


def test_without_libusb_it_is_a_fault_that_says_so(plug, monkeypatch, caplog):
    driver = plug(UsbBus())

    def none(**wanted):
        raise usb.core.NoBackendError("No backend available")

    monkeypatch.setattr(usb.core, "find", none)
    assert driver.status().fault is Fault.UNREACHABLE
    assert "USB cannot be used" in caplog.text


def test_the_worker_lives_on_with_a_printer_of_any_make(plug):
    said = queue.Queue()
    worker = PrintWorker([Fitted(plug(UsbBus((0x03, 0x81))))], Layout("test", "ສູນ", "Center"), said.put, watch_s=0.05)
    worker.start()
    try:
        assert [said.get(timeout=20).state for _ in range(3)] == ["ok"] * 3
    finally:  # a thread that outlives its bus would ask the real one, even while the interpreter ends
        worker.worker.close()
        worker.worker.let_go()
    assert not worker.worker.alive
