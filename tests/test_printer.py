"""Paper: the bytes, the virtual printer, the driver's faults. Nothing is printed twice, nothing vanishes."""

import os
import socket
import threading
import tty

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kiosk.printer import escpos_bytes as esc
from kiosk.printer.decode import Decoder
from kiosk.printer.driver import printer_for
from kiosk.printer.port import Fault, Outcome
from kiosk.printer.simulator import VirtualPrinter


def picture(height=300, width=576):
    image = Image.new("1", (width, height), 1)
    for x in range(0, width, 7):
        for y in range(0, height, 5):
            image.putpixel((x, y), 0)
    return image


def ends(driver, image, job):
    """Level and fault of a job; what else an outcome tells has tests of its own."""
    outcome = driver.print(image, job)
    return Outcome(outcome.level, outcome.fault)


@pytest.fixture
def virtual():
    papers = []
    printer = VirtualPrinter(papers.append)
    printer.start()
    yield printer, papers
    printer.stop()


def test_what_is_printed_is_what_was_drawn(virtual):
    printer, papers = virtual
    image = picture()
    assert ends(printer_for(f"tcp://127.0.0.1:{printer.port}"), image, 7) == Outcome(level="A")
    [paper] = papers
    assert paper.image.crop((0, 0, 576, 300)).tobytes() == image.tobytes()
    assert paper.raw == esc.job_bytes(image)
    assert printer.decoder.errors == []


def test_bands_are_small_enough_for_cheap_printers():
    data = esc.raster(picture(1000))
    decoder = Decoder()
    decoder.feed(data)
    decoder.run()
    assert decoder.events == [f"raster 576x{rows}" for rows in [128] * 7 + [104]]


@settings(max_examples=60)
@given(st.lists(st.integers(1, 5_000), max_size=12))
def test_the_stream_may_be_cut_anywhere(cuts):
    image, decoder = picture(130), Decoder()
    data = esc.job_bytes(image)
    at = 0
    for step in [*cuts, len(data)]:
        decoder.feed(data[at : at + step])
        decoder.run()
        at += step
    decoder.feed(data[at:])
    decoder.run()
    [paper] = decoder.papers
    assert paper.image.crop((0, 0, 576, 130)).tobytes() == image.tobytes()


@given(st.binary(max_size=400))
def test_any_bytes_leave_the_decoder_alive(data):
    decoder = Decoder()
    decoder.feed(data)
    decoder.run()
    decoder.feed(b"\x00" * 2_000)
    decoder.run()


@pytest.mark.parametrize(
    ("fault", "value", "outcome"),
    [
        ("paper_out", True, Outcome(fault=Fault.PAPER_OUT)),
        ("cover_open", True, Outcome(fault=Fault.COVER_OPEN)),
        ("near_end", True, Outcome(level="A")),
        ("refuse", True, Outcome(fault=Fault.UNREACHABLE)),
        ("die_after", 2_000, Outcome(fault=Fault.BROKE_OFF)),
        ("mute", True, Outcome(level="C")),
    ],
)
def test_faults(virtual, fault, value, outcome):
    printer, papers = virtual
    setattr(printer.faults, fault, value)
    driver = printer_for(f"tcp://127.0.0.1:{printer.port}")
    assert ends(driver, picture(1000), 1) == outcome
    if outcome.fault:
        assert papers == []
    printer.repair()
    assert ends(driver, picture(), 2) == Outcome(level="A")
    inked = [paper for paper in papers if paper.image.convert("L").getextrema()[0] == 0]
    assert len(inked) == (1 if outcome.fault else 2), "nothing is printed twice, nothing is lost"


def test_a_printer_that_never_echoes_is_asked_for_its_status_from_then_on(virtual, monkeypatch):
    printer, papers = virtual
    monkeypatch.setattr("kiosk.printer.driver.PROOF_S", 2.0)
    printer.faults.no_process_id = True
    driver = printer_for(f"tcp://127.0.0.1:{printer.port}")
    assert ends(driver, picture(), 1) == Outcome(level="B")
    assert driver._echoes is False
    assert ends(driver, picture(), 2) == Outcome(level="B")


@pytest.mark.parametrize(
    "address",
    ["tcp://127.0.0.1:9", "serial:///dev/ttyNONE", "usb://0123:4567", "file:///dev/usb/no-such-printer", "none"],
)
def test_a_missing_printer_is_a_named_fault(address):
    assert ends(printer_for(address), picture(), 1) == Outcome(fault=Fault.UNREACHABLE)


@pytest.mark.parametrize(
    ("answers", "fault", "near"),
    [
        ({1: 0x12, 2: 0x12, 4: 0x12}, None, False),
        ({1: 0x1A, 2: 0x12, 4: 0x12}, Fault.OFFLINE, False),
        ({1: 0x1A, 2: 0x16, 4: 0x12}, Fault.COVER_OPEN, False),
        ({1: 0x1A, 2: 0x32, 4: 0x7E}, Fault.PAPER_OUT, True),
        ({1: 0x12, 2: 0x12, 4: 0x1E}, None, True),
        ({1: 0x1A, 2: 0x52, 4: 0x12}, Fault.ERROR, False),
    ],
)
def test_status_bits(answers, fault, near):
    status = esc.read_status(answers)
    assert (status.fault, status.near_end, status.answered) == (fault, near, True)
    assert esc.read_status({}).answered is False


def on_a_line(printer):
    """The virtual printer at the end of a serial line: a pseudo terminal's bytes, carried to and fro."""
    master, slave = os.openpty()
    tty.setraw(slave)
    sock = socket.create_connection(("127.0.0.1", printer.port))

    def carry(read, write):
        try:
            while data := read():
                write(data)
        except OSError:
            pass

    threading.Thread(target=carry, args=(lambda: os.read(master, 4096), sock.sendall), daemon=True).start()
    threading.Thread(target=carry, args=(lambda: sock.recv(4096), lambda d: os.write(master, d)), daemon=True).start()
    return os.ttyname(slave), sock


@pytest.mark.parametrize("kind", ["serial", "file"])
def test_serial_lines_and_printer_files_print_and_answer(virtual, kind):
    printer, papers = virtual
    line, sock = on_a_line(printer)
    driver = printer_for(f"{kind}://{line}")
    assert driver.status().state == "ok"
    assert ends(driver, picture(), 3) == Outcome(level="A")
    printer.faults.cover_open = True
    assert driver.status().state == "cover_open"
    assert ends(driver, picture(), 4) == Outcome(fault=Fault.COVER_OPEN)
    printer.repair()
    assert ends(driver, picture(), 5) == Outcome(level="A")
    assert len(papers) == 2
    sock.close()
