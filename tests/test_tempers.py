"""Printers as they are: slow lines, half answers, bytes nobody asked for, silence, one connection, small buffers.

Everything runs with the time-outs of the product, against the virtual printer over a socket or a pseudo terminal with a
speed, and on USB against a made-up bus below pyusb.
"""

import subprocess
import sys
import termios
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from test_printer import picture

from kiosk.layout import Layout
from kiosk.paperwork import Fitted, PrintWorker
from kiosk.printer import driver as module
from kiosk.printer import escpos_bytes as esc
from kiosk.printer.answers import Ear
from kiosk.printer.driver import EscposPrinter, Transport, printer_for
from kiosk.printer.knows import UNKNOWN, FileMemory, Knows
from kiosk.printer.lines import PLAIN, SerialLine
from kiosk.printer.near_end import NearEnd
from kiosk.printer.port import Fault, Outcome, Status
from kiosk.printer.simulator import VirtualPrinter
from kiosk.printer.simulator_serial import SerialFront
from kiosk.printer.tempers import TEMPERS, Faults
from onedoor.device.clock import SystemClock
from onedoor.device.config import KioskConfig, PrinterProfile, check

ROOT = Path(__file__).resolve().parent.parent
CLOCK = SystemClock()
SMALL = picture(100, 384)


@pytest.fixture
def virtual():
    papers = []
    printer = VirtualPrinter(papers.append)
    printer.start()
    yield printer, papers
    printer.stop()


def at(printer, profile=PLAIN, memory=None):
    return printer_for(f"tcp://127.0.0.1:{printer.port}", profile, memory)


def timed(act, *args):
    began = CLOCK.mono_ms()
    return act(*args), (CLOCK.mono_ms() - began) / 1_000


def inked(papers):
    return [paper for paper in papers if paper.image.convert("L").getextrema()[0] == 0]


# -- the first ticket ---------------------------------------------------------------------------------


@pytest.mark.parametrize("temper", TEMPERS)
def test_the_first_ticket_of_every_temper_is_there_in_five_seconds_or_its_fault_is_shown(virtual, temper):
    printer, papers = virtual
    printer.faults = Faults(**TEMPERS[temper])
    outcome, took_s = timed(at(printer).print, SMALL, 1)
    assert took_s <= 5
    assert len(inked(papers)) == 1 if outcome.fault is None else outcome.fault in (Fault.OFFLINE, Fault.TIMEOUT)


@pytest.mark.parametrize("answers", [(1,), (1, 4), (1, 2, 4), (2, 3), (4,), (), (1, 2, 3, 4)])
@pytest.mark.parametrize("echoes", [True, False])
def test_half_answers_are_learned_once_and_kept(virtual, tmp_path, answers, echoes):
    printer, papers = virtual
    printer.faults = Faults(answers=answers, no_process_id=not echoes)
    memory = FileMemory(tmp_path, "tcp://x")
    outcome, took_s = timed(at(printer, memory=memory).print, SMALL, 1)
    assert took_s <= 5
    assert outcome.level == ("A" if echoes else "B" if answers else "C")
    printer.faults = Faults(answers=answers, no_process_id=not echoes)
    again = at(printer, memory=FileMemory(tmp_path, "tcp://x"))
    if answers or echoes:
        assert again._knows == Knows(answers, echoes)
        outcome, took_s = timed(again.print, SMALL, 2)
        assert took_s <= 0.6, "the next start asks nothing that was never answered"
        assert outcome.level == ("A" if echoes else "B")
    assert len(inked(papers)) == (2 if answers or echoes else 1)


def test_what_a_printer_can_do_can_be_set(virtual):
    printer, _ = virtual
    printer.faults = Faults(**TEMPERS["partial"])
    outcome, took_s = timed(at(printer, PrinterProfile(answers=[1, 4], echo="no")).print, SMALL, 1)
    assert (outcome.level, took_s <= 0.6) == ("B", True)
    printer.faults = Faults(mute=True)
    outcome, took_s = timed(at(printer, PrinterProfile(answers=[], echo="no")).print, SMALL, 2)
    assert (outcome.level, took_s <= 0.6) == ("C", True)
    printer.faults = Faults(mute=True)
    assert at(printer, PrinterProfile(answers=[1])).print(SMALL, 3).fault is Fault.TIMEOUT, (
        "it was said that it answers"
    )


def test_a_printer_that_says_offline_for_ever_is_believed_unless_it_is_set(virtual):
    printer, papers = virtual
    printer.faults = Faults(says_offline=True)
    assert at(printer).print(SMALL, 1) == Outcome(fault=Fault.OFFLINE)
    driver = at(printer, PrinterProfile(offline="ignore"))
    assert driver.print(SMALL, 2).level == "A"
    printer.faults.cover_open = True
    assert driver.print(SMALL, 3).fault is Fault.COVER_OPEN, "what has a cause is still believed"
    assert len(papers) == 1


# -- silence ------------------------------------------------------------------------------------------


def silent_after_yes(printer, papers):
    """Well, then silent from the middle of a ticket on, then well again."""
    driver = at(printer)
    assert driver.print(SMALL, 1).level == "A"
    printer.plan = (2_000, {"mute": True})
    hung = driver.print(SMALL, 2)
    assert (hung.level, hung.fault, hung.sent) == ("", Fault.TIMEOUT, True), "silence never becomes printed"
    assert driver.print(SMALL, 3) == Outcome(fault=Fault.TIMEOUT)
    assert driver.status() == Status(Fault.TIMEOUT)
    printer.repair()
    assert driver.print(SMALL, 4).level == "A", "and it is asked again"


def one_late_answer(printer, papers):
    """One answer that comes after two and a half seconds."""
    driver = at(printer)
    assert driver.print(SMALL, 1).level == "A"
    knew = driver._knows
    printer.faults.asleep_s = 2.5
    assert driver.status().fault is None
    printer.faults.asleep_s = 2.5
    assert driver.print(SMALL, 2).level == "A"
    assert driver._knows == knew, "nothing is unlearned from one slow answer"
    assert len(inked(papers)) == 2


def no_more_echoes(printer, papers):
    """It answers, all is well, but the echo that came once stays away."""
    driver = at(printer)
    assert driver.print(SMALL, 1).level == "A"
    printer.faults.no_process_id = True
    assert driver.print(SMALL, 2).fault is Fault.TIMEOUT
    assert driver._echoes is True
    driver.forget()  # another printer was fitted: the staff prints a test sheet
    assert driver.print(SMALL, 3).level == "B"
    assert driver._echoes is False


def test_silence_of_a_printer_that_used_to_answer_is_a_fault(virtual):
    silent_after_yes(*virtual)


def test_nothing_is_unlearned_from_one_slow_answer(virtual):
    one_late_answer(*virtual)


def test_an_echo_that_came_once_and_stays_away_is_a_fault_although_all_is_well(virtual, monkeypatch):
    monkeypatch.setattr(module, "PROOF_S", 1.5)
    no_more_echoes(*virtual)


MUTANTS = {
    "silence before a ticket is no fault": (silent_after_yes, "_silence", staticmethod(lambda talk: Status())),
    "no echo means that it never echoes": (no_more_echoes, "_settled", lambda self, talk, held_s: True),
    "who is silent once is mute": (
        one_late_answer, "_learn", lambda self, knows: setattr(self, "_knows", Knows()),
    ),
    "who is silent is forgotten": (
        silent_after_yes, "_silence",
        staticmethod(lambda talk: Status(answered=False)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS)
def test_each_mutant_is_noticed(virtual, monkeypatch, mutant):
    check_, name, wrong = MUTANTS[mutant]
    monkeypatch.setattr(module, "PROOF_S", 1.5)
    monkeypatch.setattr(EscposPrinter, name, wrong)
    with pytest.raises(AssertionError):
        check_(*virtual)


def test_mute_with_the_cover_open_is_not_printed(virtual):
    printer, papers = virtual
    printer.faults = Faults(mute_when_stopped=True, no_process_id=True)
    driver = at(printer)
    assert driver.print(SMALL, 1).level == "B"
    printer.faults.cover_open = True
    for job in (2, 3):
        outcome, took_s = timed(driver.print, SMALL, job)
        assert outcome == Outcome(fault=Fault.TIMEOUT)
        assert took_s <= 5
        assert driver.status().state == "timeout"
    printer.faults.cover_open = False
    assert driver.print(SMALL, 4).level == "B"
    assert len(inked(papers)) == 2


@pytest.mark.parametrize("late_s", [0.0, 0.3, 0.9, 1.0, 1.05, 1.1, 1.2, 1.8])
def test_an_echo_is_found_whenever_it_comes(virtual, late_s):
    printer, _ = virtual
    printer.faults.echo_late_s = late_s
    outcome, took_s = timed(at(printer).print, SMALL, 7)
    assert outcome.level == "A"
    assert took_s <= 5


@pytest.mark.parametrize("late_s", [2.3, 2.7])
def test_an_echo_that_was_too_late_for_the_first_ticket_is_found_by_the_next_look(virtual, late_s):
    printer, _ = virtual
    printer.faults.echo_late_s = late_s
    driver = at(printer)
    outcome, took_s = timed(driver.print, SMALL, 1)
    assert (outcome.level, took_s <= 5) in (("A", True), ("B", True))
    assert driver.status().fault is None
    assert driver._echoes is True
    assert driver.print(SMALL, 2).level == "A"


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_one_lost_answer_changes_nothing(virtual, n):
    """While the ticket is proved one answer is lost, and comes late as if to another question."""
    printer, _ = virtual
    driver = at(printer)
    assert driver.print(SMALL, 1).level == "A"
    knew, real = driver._knows, Faults.status
    lost = []

    def status(faults, asked):
        if asked == n and not lost:
            lost.append(n)
            return b""
        return real(faults, asked)

    Faults.status = status
    try:
        printer.faults.echo_late_s = 1.1
        assert driver.print(SMALL, 2).level == "A"
    finally:
        Faults.status = real
    assert lost == [n]
    assert driver._knows == knew


def test_a_print_server_that_hides_everything_is_given_the_time_of_its_profile(virtual):
    printer, papers = virtual
    driver = at(printer, PrinterProfile(buffer_bytes=32_768))
    assert driver.print(SMALL, 1).level == "A"
    printer.faults.echo_late_s = 7.0
    printer.plan = (2_000, {"answers": ()})
    assert driver.print(SMALL, 2).level == "A"
    assert len(inked(papers)) == 2


def test_a_test_sheet_asks_anew_and_silence_then_is_no_new_printer(virtual):
    printer, _ = virtual
    driver = at(printer)
    assert driver.print(SMALL, 1).level == "A"
    printer.faults.mute = True
    driver.forget()
    assert driver.print(SMALL, 2).fault is Fault.TIMEOUT
    assert driver._knows.answers == (1, 2, 3, 4)


# -- bytes that nobody asked for ------------------------------------------------------------------------

ASB = st.tuples(
    st.sampled_from([0x10, 0x14, 0x18, 0x1C, 0x34, 0x70]), *[st.sampled_from([0x00, 0x03, 0x0C, 0x0F, 0x20, 0x60])] * 3
).map(bytes)
UNASKED = st.one_of(ASB, st.sampled_from([b"\x11", b"\x13", b"\x00", b"Ready\r\n", b"POS-58 v2.6\n", b"\x0d\x0a"]))
ANSWER = st.sampled_from([b"\x12", b"\x1a", b"\x16", b"\x1e", b"\x7e", b"\x32", b"\x52"])
ECHO = st.sampled_from([b'7"0026\x00', b'7"2626\x00', b'7"ASKS\x00'])


@given(st.lists(st.one_of(UNASKED, ANSWER, ECHO), max_size=12), st.data())
def test_what_was_asked_for_is_heard_through_everything_else(said, data):
    wanted = [b for part in said if len(part) == 1 and part[0] & 0x93 == 0x12 for b in part]
    ear, stream, ends = Ear(), b"", set()
    for part in said:
        stream += part + (b"\x00" if part[-1:].isalnum() or len(part) == 1 else b"")
        ends.add(len(stream))
    cuts = sorted(data.draw(st.sets(st.sampled_from(sorted(ends)))) if ends else [])
    for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        ear.hear(stream[a:b])
    assert ear.statuses == wanted
    assert ear.echoes == [part[2:-1] for part in said if part.startswith(b'7"')]


@given(st.binary(max_size=200))
def test_any_noise_leaves_the_ear_alive(noise):
    ear = Ear()
    ear.hear(noise)
    ear.hear(b"\x00" * 20 + b"\x12")
    assert ear.statuses[-1] == 0x12


@pytest.mark.parametrize(
    "temper", [{"asb": True}, {"asb": True, "near_end": True}, {"greeting": "Ready\r\n"}, {"greeting": "\x11\x00"},
               {"asb": True, "doubled": True}, {"doubled": True}, {"greeting": "\x14\x00\x00\x0f" * 2}],
)  # fmt: skip
def test_unasked_bytes_change_nothing(virtual, temper):
    printer, papers = virtual
    printer.faults = Faults(**temper)
    driver = at(printer)
    for job in (1, 2):
        assert driver.print(SMALL, job).level == "A"
        assert driver.status().fault is None
    printer.faults.cover_open = True
    assert driver.print(SMALL, 3).fault is Fault.COVER_OPEN
    assert len(papers) == 2


# -- slow lines -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("baud", "rows"), [(9600, 100), (19200, 200), (38400, 400), (57600, 400), (115200, 900)])
def test_a_serial_line_of_every_speed_prints(virtual, baud, rows):
    printer, papers = virtual
    front = SerialFront(printer.port, baud)
    front.start()
    driver = printer_for(f"serial://{front.name}", PrinterProfile(baud=baud))
    image = picture(rows)
    outcome, took_s = timed(driver.print, image, 1)
    assert outcome.level == "A"
    assert took_s >= rows * 72 / (baud / 10) * 0.9, "the line is as slow as it says"
    assert papers[0].image.crop((0, 0, 576, rows)).tobytes() == image.tobytes()
    front.pull()


@pytest.mark.parametrize(("parity", "flow"), [("none", "none"), ("even", "hardware"), ("odd", "software")])
def test_parity_and_flow_control_are_those_of_the_profile(virtual, parity, flow):
    front = SerialFront(virtual[0].port)
    line = SerialLine(front.name, 1.0, PrinterProfile(parity=parity, flow=flow))
    port = line._port
    assert (port.parity, port.rtscts, port.xonxoff) == (parity[0].upper(), flow == "hardware", flow == "software")
    assert port.timeout == port.write_timeout == 0
    line.close()
    front.pull()


def test_another_speed_is_found_and_kept(virtual, tmp_path):
    printer, papers = virtual
    front = SerialFront(printer.port, 38400)
    front.start()
    address = f"serial://{front.name}"
    driver = printer_for(address, memory=FileMemory(tmp_path, address))
    assert driver.status().state == "ok"
    assert FileMemory(tmp_path, address).load().baud == 38400
    assert printer_for(address, memory=FileMemory(tmp_path, address)).print(SMALL, 1).level == "A"
    assert len(inked(papers)) == 1
    front.pull()


@pytest.mark.parametrize("moment", ["before", "in a band"])
def test_a_pulled_adapter_is_a_fault_and_comes_back(virtual, moment, monkeypatch):
    printer, papers = virtual
    front = SerialFront(printer.port, 115200)
    front.start()
    name = front.name
    lines = {"now": name}
    profile = PrinterProfile(baud=115200)
    driver = EscposPrinter(Transport(lambda s: SerialLine(lines["now"], s, profile)), profile)
    assert driver.print(SMALL, 1).level == "A"
    if moment == "before":
        front.pull()
        assert driver.print(SMALL, 2).fault is Fault.UNREACHABLE
    else:
        push = SerialLine._raw

        def pulled(line, data):
            push(line, data)
            if len(data) > 5_000:
                front.pull()

        monkeypatch.setattr(SerialLine, "_raw", pulled)
        assert driver.print(picture(300), 2) == Outcome(fault=Fault.BROKE_OFF, sent=True)
        monkeypatch.setattr(SerialLine, "_raw", push)
    again = SerialFront(printer.port, 115200)
    again.start()
    lines["now"] = again.name
    assert driver.print(SMALL, 3).level == "A"
    assert papers[-1].image.crop((0, 0, 384, 100)).tobytes() == SMALL.tobytes(), "the next ticket is whole"
    again.pull()


@pytest.mark.parametrize("rate", [2_000, 5_000, 20_000])
def test_a_slow_network_prints(virtual, rate):
    printer, papers = virtual
    printer.faults.bytes_a_second = rate
    image = picture(max(100, rate // 20), 384)
    outcome, took_s = timed(at(printer).print, image, 1)
    assert outcome.level == "A"
    assert took_s >= image.height * 48 / rate * 0.8
    assert len(papers) == 1


def test_a_queue_that_gets_shorter_is_movement(virtual):
    """The kernel has room again only after seconds, longer than a stall may be; but its queue gets shorter meanwhile."""
    printer, papers = virtual
    printer.faults.bytes_a_second = 2_500
    assert at(printer, PrinterProfile(stall_s=3)).print(picture(700), 1).level == "A"
    assert len(papers) == 1


def test_a_printer_that_takes_nothing_more_names_its_cause(virtual):
    printer, papers = virtual
    driver = at(printer, PrinterProfile(stall_s=3))
    assert driver.print(SMALL, 1).level == "A"
    printer.faults.buffer_bytes = 4_096
    printer.plan = (10_000, {"paper_out": True})
    outcome, took_s = timed(driver.print, picture(900), 2)
    assert (outcome.fault, outcome.sent) == (Fault.PAPER_OUT, True)
    assert took_s <= 5
    printer.repair()
    assert driver.print(SMALL, 3).level == "A"
    assert papers[-1].image.crop((0, 0, 384, 100)).tobytes() == SMALL.tobytes()


# -- connections ----------------------------------------------------------------------------------------


def test_a_printer_for_one_connection_is_given_its_rest_and_that_is_kept(virtual, tmp_path):
    printer, papers = virtual
    printer.faults.single = True
    driver = at(printer, memory=FileMemory(tmp_path, "tcp://x"))
    for job in range(1, 5):
        assert driver.print(SMALL, job).level == "A"
        assert driver.status().state == "ok"
    assert len(papers) == 4
    assert FileMemory(tmp_path, "tcp://x").load().pause is True


def test_two_threads_have_one_connection(virtual):
    printer, _ = virtual
    driver = at(printer)
    with driver._one:
        assert driver.status() == Status(Fault.TIMEOUT)


@pytest.mark.parametrize("wrong", [RuntimeError("x"), ValueError("x"), termios.error(5, "x"), KeyError("x")])
@pytest.mark.parametrize("where", ["open", "_raw", "read", "close"])
def test_no_exception_of_any_library_leaves_the_driver(wrong, where):
    class Line:
        def _raw(self, data):
            self.may("_raw")

        def read(self, seconds):
            self.may("read")
            return b"\x12"

        def close(self):
            self.may("close")

        def may(self, what):
            if what == where:
                raise wrong

    def open_(seconds):
        if where == "open":
            raise wrong
        return Line()

    driver = EscposPrinter(Transport(open_), PrinterProfile(answers=[1], echo="no"))
    expected = None if where == "close" else Fault.UNREACHABLE
    assert driver.status().fault is expected
    assert driver.print(SMALL, 1).fault is expected


# -- a job that stays open ------------------------------------------------------------------------------

DIES = """
import os, sys
from pathlib import Path
from PIL import Image
from kiosk.printer.driver import printer_for
from kiosk.printer.knows import FileMemory
from kiosk.printer.lines import NetworkLine
printer = printer_for(sys.argv[1], memory=FileMemory(Path(sys.argv[2]), "tcp://x"))
assert printer.status().state == "ok"
push, bands = NetworkLine._raw, []
def dies(line, data):
    if len(data) > 9_000:
        bands.append(data)
    if len(bands) == 3:
        push(line, data[:5_000])
        os.kill(os.getpid(), 9)
    push(line, data)
NetworkLine._raw = dies
printer.print(Image.new("1", (576, 900), 0), 1)
"""


@pytest.mark.parametrize("kept", [True, False])
def test_a_program_that_dies_inside_a_band_leaves_the_next_ticket_whole(virtual, tmp_path, kept):
    printer, papers = virtual
    argv = [sys.executable, "-c", DIES, f"tcp://127.0.0.1:{printer.port}", str(tmp_path)]
    assert subprocess.run(argv, cwd=ROOT, check=False, timeout=60).returncode == -9
    assert FileMemory(tmp_path, "tcp://x").opened() == 72, "it was on disk before its first byte"
    memory = FileMemory(tmp_path if kept else tmp_path / "other", "tcp://x")
    assert at(printer, memory=memory).print(SMALL, 2).level == "A"
    assert papers[-1].image.crop((0, 0, 384, 100)).tobytes() == SMALL.tobytes()
    assert printer.decoder.errors == []
    assert "text" not in printer.decoder.events
    assert memory.opened() == 0


@pytest.mark.parametrize(
    "text", ["", "{", '{"answers": 3}', '{"answers": [1], "echoes": 1, "pause": 0, "baud": "x"}', "[]", "\x00" * 40]
)
def test_a_cut_memory_is_asked_anew(tmp_path, text):
    memory = FileMemory(tmp_path, "usb://04b8:0e15")
    memory.save(Knows((1, 4), echoes=True))
    memory.open_job(72)
    [file] = tmp_path.glob("*.json")
    file.write_text(text)
    [mark] = tmp_path.glob("*.open")
    mark.write_text(text)
    again = FileMemory(tmp_path, "usb://04b8:0e15")
    assert again.load() == Knows()
    assert again.opened() == UNKNOWN


def test_a_card_that_takes_nothing_costs_no_ticket(virtual, tmp_path):
    (tmp_path / "file").write_text("")
    printer, papers = virtual
    assert at(printer, memory=FileMemory(tmp_path / "file", "tcp://x")).print(SMALL, 1).level == "A"
    assert len(inked(papers)) == 1


# -- the worker -----------------------------------------------------------------------------------------


class Told:
    """A printer that says what it is told to say."""

    def __init__(self):
        self.now, self.asked, self.forgotten = Status(), 0, 0

    def status(self):
        self.asked += 1
        return self.now

    def print(self, image, job):
        return Outcome("A", near_end=self.now.near_end)

    def forget(self):
        self.forgotten += 1


def test_a_sensor_on_its_edge_is_one_message_an_hour():
    said = []
    worker = PrintWorker([Fitted(Told())], Layout("test", "ສູນ", "Center"), said.append)
    for i in range(360):
        worker.printers[0].printer.now = Status(near_end=i % 2 == 0)
        worker.watch()
    states = [says.state for says in said]
    assert sum(a != b for a, b in pairwise(states)) <= 1


@given(st.lists(st.booleans(), min_size=360, max_size=360))
def test_hysteresis_of_any_sensor(readings):
    sensor = NearEnd()
    said = [sensor.says(near) for near in readings]
    assert sum(a != b for a, b in zip([False, *said], said, strict=False)) <= 14
    assert all(shown for near, shown in zip(readings, said, strict=True) if near), "a yes is shown at once"
    sensor.anew()
    assert sensor.says(near=False) is False


def test_polls_back_off_while_all_is_well_and_return_with_a_fault():
    told = Told()
    worker = PrintWorker([Fitted(told)], Layout("test", "ສູນ", "Center"))
    calms = []
    for fault in [None, None, None, None, Fault.PAPER_OUT, Fault.PAPER_OUT, None]:
        told.now = Status(fault)
        worker.watch()
        calms.append(worker._calm)
    assert calms == [1, 2, 2, 2, 0, 0, 1]


@pytest.mark.parametrize(
    ("width", "dpi", "mm"),
    [(576, 0, 127), (384, 0, 127), (832, 0, 127), (512, 0, 142), (512, 203, 127), (576, 180, 142), (832, 300, 91)],
)
def test_paper_is_counted_by_its_length(width, dpi, mm):
    assert esc.paper_mm(Image.new("1", (width, 900), 1), dpi) == mm


def test_a_profile_is_checked_like_everything_else():
    good = 'slot = 1\nprinter = "serial:///dev/ttyUSB0"\nwidth_dots = 832\n'
    assert check(good + '[profile]\nbaud = 115200\nparity = "even"\nflow = "hardware"', KioskConfig).findings == []
    for wrong in ("baud = 14400", 'parity = "odd1"', "answers = [5]", "stall_s = 0", "dpi = 200", "bauds = 9600"):
        [finding] = check(f"{good}[profile]\n{wrong}", KioskConfig).findings
        assert finding.key.startswith("profile."), wrong
    [finding] = check(good.replace("832", "577"), KioskConfig).findings
    assert finding.key == "width_dots"
