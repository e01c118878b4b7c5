"""Printers that say half of a thing, say it for somebody else, or come back as another one; and what is kept of them."""

import re
import socket
import threading

import pytest
from test_printer import picture

from kiosk.printer import driver as module
from kiosk.printer.answers import Ear
from kiosk.printer.driver import printer_for, transport_for
from kiosk.printer.knows import FileMemory, Knows
from kiosk.printer.port import Fault, Outcome
from kiosk.printer.simulator import VirtualPrinter
from kiosk.printer.simulator_serial import SerialFront
from onedoor.device.config import PrinterProfile

SMALL = picture(100, 384)
ASKED = re.compile(rb"\x10\x04([\x01-\x04])|\x1d\(H\x06\x00\x30\x30(....)", re.DOTALL)


class Speaks:
    """A printer on the network that says what `says` makes of each question: the number of a status, or a name."""

    def __init__(self, says, hello=b""):
        self.says, self.hello = says, hello
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                sock, _ = self._server.accept()
            except OSError:
                return
            with sock:
                try:
                    self._talk(sock)
                except OSError:
                    continue

    def _talk(self, sock):
        sock.sendall(self.hello)
        tail = b""
        while data := sock.recv(65_536):
            tail, end = tail + data, 0
            for found in ASKED.finditer(tail):
                end = found.end()
                sock.sendall(self.says(found[1][0] if found[1] else found[2]))
            tail = tail[max(end, len(tail) - 11) :]

    def close(self):
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


@pytest.fixture
def speaks():
    made = []

    def make(says, hello=b""):
        made.append(Speaks(says, hello))
        return made[-1]

    yield make
    for printer in made:
        printer.close()


def well(asked):
    return b"\x12" if isinstance(asked, int) else b"\x37\x22" + asked + b"\x00"


# -- half of a thing, and things in between ---------------------------------------------------------------


@pytest.mark.parametrize("size", range(2, 7))
@pytest.mark.parametrize("name", [b"0007", b"2626", b"ASKS"])
@pytest.mark.parametrize("answer", [0x12, 0x16, 0x1A, 0x1E])
def test_an_echo_that_was_cut_off_swallows_no_answer(size, name, answer):
    ear = Ear()
    ear.hear((b"\x37\x22" + name + b"\x00")[:size] + bytes([answer]))
    ear.hear(bytes([answer]))
    assert ear.statuses == [answer, answer] and ear.echoes == []


@pytest.mark.parametrize("size", range(2, 7))
def test_an_echo_behind_one_that_was_cut_off_is_heard(size):
    ear = Ear()
    ear.hear((b"\x37\x22" + b"0007\x00")[:size] + b"\x37\x22" + b"0008\x00\x12")
    assert (ear.echoes, ear.statuses) == ([b"0008"], [0x12])


@pytest.mark.parametrize("at", range(8))
@pytest.mark.parametrize("flow", [b"\x11", b"\x13", b"\x13\x11"])
def test_flow_control_may_stand_anywhere(at, flow):
    ear, said = Ear(), b"\x37\x22" + b"0007\x00\x12"
    ear.hear(said[:at] + flow + said[at:])
    assert (ear.echoes, ear.statuses) == ([b"0007"], [0x12])


def test_a_printer_that_only_says_half_of_each_echo_is_believed_by_its_status(speaks):
    printer = speaks(lambda asked: well(asked)[:4])
    driver = printer_for(printer.address)
    assert driver.print(SMALL, 1).level == "B"
    printer.says = lambda asked: b"\x72" if asked == 4 else well(asked)[:4]
    assert driver.print(SMALL, 2) == Outcome(fault=Fault.PAPER_OUT, near_end=False)


def test_flow_control_inside_of_every_echo_costs_nothing(speaks):
    driver = printer_for(speaks(lambda asked: b"\x13\x11".join([well(asked)[:3], well(asked)[3:]])).address)
    assert driver.print(SMALL, 1).level == "A"


# -- what is said for somebody else -------------------------------------------------------------------------


@pytest.mark.parametrize("met", [True, False])
def test_the_echo_of_a_job_before_is_no_proof(speaks, monkeypatch, met):
    """Paper was put in after a restart, and the printer tells that it has printed what the run before had sent."""
    monkeypatch.setattr(module, "PROOF_S", 1.5)
    printer = speaks(lambda asked: well(asked) if asked in (1, 2, 3, 4, b"ASKS") else b"", b'7"0001\x00')
    driver = printer_for(printer.address, PrinterProfile(stall_s=2))
    if met:
        assert driver.status().fault is None
    assert driver.print(SMALL, 1).fault is Fault.TIMEOUT, "its paper is not out"


def test_who_echoes_another_name_does_not_echo(speaks):
    driver = printer_for(speaks(lambda asked: well(asked if isinstance(asked, int) else b"0000")).address)
    assert driver.print(SMALL, 1).level == "B"
    assert driver._knows.echoes is False


# -- who comes back as another one --------------------------------------------------------------------------


def test_a_printer_that_comes_back_with_another_speed_is_found_by_the_next_look():
    papers = []
    printer = VirtualPrinter(papers.append)
    printer.start()
    first = SerialFront(printer.port, 38_400)
    first.start()
    profile = PrinterProfile(baud=38_400)
    driver = printer_for(f"serial://{first.name}", profile)
    assert driver.print(SMALL, 1).level == "A"
    printer.plan = (2_000, {"dip": True})
    assert driver.print(picture(300), 2).fault is not None
    first.pull()
    second = SerialFront(printer.port, 9_600)
    second.start()
    driver._transport = transport_for(f"serial://{second.name}", profile)
    assert driver.print(SMALL, 3).fault is not None, "nobody knows yet"
    assert driver.status().fault is None
    assert driver.print(SMALL, 4).level == "A"
    second.pull()
    printer.stop()


def test_other_speeds_are_tried_once_for_each_silence():
    printer = VirtualPrinter(lambda paper: None)
    printer.start()
    front = SerialFront(printer.port, 115_200)
    front.start()
    driver = printer_for(f"serial://{front.name}", PrinterProfile(baud=115_200))
    assert driver.status().fault is None
    tried, real = [], module.Talk.other_speed
    module.Talk.other_speed = lambda talk, bauds: tried.append(1) or real(talk, bauds)
    try:
        printer.faults.mute = True
        assert [driver.status().fault for _ in range(3)] == [Fault.TIMEOUT] * 3
        assert len(tried) == 1, "to a printer that only holds its tongue it is noise"
        printer.repair()
        assert driver.status().fault is None
        printer.faults.mute = True
        assert driver.status().fault is Fault.TIMEOUT
        assert len(tried) == 2
    finally:
        module.Talk.other_speed = real
    front.pull()
    printer.stop()


def test_a_plain_file_in_a_printers_place_is_none(tmp_path):
    """Written by root while the printer was unplugged: it takes everything."""
    file = tmp_path / "lp0"
    file.write_bytes(b"")
    driver = printer_for(f"file://{file}", PrinterProfile(answers=[], echo="no"))
    assert driver.print(SMALL, 1) == Outcome(fault=Fault.UNREACHABLE), "nothing was sent: another printer may have it"
    assert driver.status().fault is Fault.UNREACHABLE
    assert file.stat().st_size == 0


# -- what is kept -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answers", ["[1.0, 4.0]", "[true]", '["1"]', "[[1]]"])
@pytest.mark.parametrize("baud", ["9600", "-5", "1", "1e30", "true", "115200.0"])
def test_absurd_words_in_a_printers_memory_cost_no_ticket(tmp_path, answers, baud):
    papers = []
    printer = VirtualPrinter(papers.append)
    printer.start()
    address = f"tcp://127.0.0.1:{printer.port}"
    FileMemory(tmp_path, address).save(Knows())
    [file] = tmp_path.glob("*.json")
    file.write_text(f'{{"answers": {answers}, "echoes": true, "pause": false, "baud": {baud}}}')
    driver = printer_for(address, PrinterProfile(), FileMemory(tmp_path, address))
    assert driver.status().fault is None
    assert driver.print(SMALL, 1).level == "A"
    assert len(papers) == 1
    printer.stop()


def test_two_starts_of_a_kiosk_call_their_papers_differently(tmp_path, monkeypatch):
    from kiosk import app
    from onedoor.device.config import DeviceConfig, check

    said = f'center = "t"\ndev = "k1"\nrole = "kiosk"\ndata = "{tmp_path}"\n[kiosk]\nslot = 1\nprinter = "none"\n'
    config = check(said, DeviceConfig).value
    begun = {app.print_worker(config.kiosk, tmp_path, None).number for _ in range(20)}
    assert len(begun) > 1, "what the run before left in a printer is echoed by its own name"
