"""Threads beside a device: whatever happens to one, a person hears of it and the work goes on."""

import os
import queue
import socket
import subprocess
import sys
import termios
import threading
from types import SimpleNamespace
from unittest import mock

import pytest
from PIL import Image

from broker.mosquitto import finish
from display import around as around_box
from display.app import Around
from display.gestures import Button
from display.hall_voice import Spoken, VoiceProcess
from display.keypad import Keypad, spelled
from display.presses import Press
from display.sign import Sign
from display.sign_led import LedSign, RecordedBus
from kiosk import wishes as w
from kiosk.jobs import ListJob, SlipJob
from kiosk.layout import Layout
from kiosk.paperwork import WAITING, Fitted, PrintWorker
from kiosk.printer.port import Outcome, Status
from onedoor.device.catalogue import load_catalogue
from onedoor.device.clock import SystemClock, VirtualClock, pause
from onedoor.device.config import CounterConfig, HallConfig
from onedoor.device.link import LinkDown, PahoLink
from onedoor.device.worker import ABANDONED, Worker, Workers, WorkerSays
from onedoor.voice import speaker as loud

LAYOUT = Layout("test", "ສູນ", "Center")
LIST = ListJob(load_catalogue().services[0], "lo", 1_795_000_000_000)


def until(what, seconds=20.0):
    """Wait for something that another thread does."""
    clock = SystemClock()
    end_ms = clock.mono_ms() + int(seconds * 1000)
    while not what():
        assert clock.mono_ms() < end_ms, "it never came"
        pause(0.005)


# -- the worker itself ---------------------------------------------------------------------------------------------


class Supervised:
    """A worker with its supervisor, on a clock of the test's own."""

    def __init__(self, step, **how):
        self.clock, self.posted = VirtualClock(), []
        self.worker = Worker("thing", step, again_s=(0.3,), **how)
        self.workers = Workers(self.posted.append, [self.worker])
        self.worker.start()

    def look(self, ms=1_000):
        self.clock.advance(ms)
        self.workers.look(self.clock.mono_ms())
        return [said.fault for said in self.posted]


@pytest.mark.parametrize("how", [ValueError, OSError, SystemExit, KeyboardInterrupt, MemoryError, termios.error])
def test_a_worker_that_dies_is_told_and_goes_on(how):
    steps = queue.Queue()

    def step():
        steps.put(1)
        if broken.is_set():
            raise how("it is gone")
        threading.Event().wait(0.01)

    broken = threading.Event()
    broken.set()
    under = Supervised(step, patience_s=10**6)
    until(lambda: under.look() == ["failed"])
    broken.clear()
    until(lambda: under.look() == ["failed", ""])
    before = steps.qsize()
    until(lambda: steps.qsize() > before + 3)
    under.workers.close()


def the_dead_are_raised():
    """A thread that has ended, however: the supervisor starts it again and tells it."""
    done = queue.Queue()
    under = Supervised(lambda: (done.put(1), threading.Event().wait(0.01)), patience_s=10**6)
    until(lambda: done.qsize() > 2)
    under.worker._turn += 1  # as if its thread had been ended from outside
    until(lambda: not under.worker.alive)
    before = done.qsize()
    assert under.look() == ["died"]
    until(lambda: done.qsize() > before + 2)
    assert under.look() == ["died", ""]
    under.workers.close()


def test_a_thread_that_ended_is_started_again():
    the_dead_are_raised()


@pytest.mark.parametrize("mutant", ["_try_to_begin", "look"])
def test_a_supervisor_that_raises_no_dead_is_noticed(mutant):
    quick = mock.patch.dict(globals(), until=lambda what, seconds=20.0, real=until: real(what, 1.0))
    with mock.patch.object(Worker, mutant, lambda *_: ""), quick, pytest.raises(AssertionError):
        the_dead_are_raised()


def test_a_hung_worker_is_told_left_behind_and_replaced():
    hold, done = threading.Event(), queue.Queue()
    calls = iter(range(1_000_000))

    def step():
        if next(calls) == 0:
            hold.wait(30)
        done.put(1)
        threading.Event().wait(0.01)

    under = Supervised(step, patience_s=5)
    for _ in range(6):
        assert under.look() == [], "not before its patience is over"
    until(lambda: "hung" in under.look())
    until(lambda: done.qsize() > 2)
    until(lambda: under.look()[-1] == "")
    hold.set()
    until(lambda: under.worker._left == 0)
    under.workers.close()


def test_threads_that_hang_for_ever_do_not_pile_up():
    hold, begun = threading.Event(), queue.Queue()

    def step():
        begun.put(1)
        hold.wait(30)

    under = Supervised(step, patience_s=1)
    for _ in range(100):
        under.look()
        pause(0.001)
    assert begun.qsize() == ABANDONED + 1
    assert under.look() == ["hung"], "and it stays told"
    hold.set()
    under.workers.close()


def test_no_room_for_a_thread_ends_no_device():
    worker = Worker("thing", lambda: None)
    with mock.patch.object(threading.Thread, "start", side_effect=RuntimeError("can't start new thread")):
        assert worker.look(0) == ""
        assert worker.look(1_000) == "died"


# -- printing ------------------------------------------------------------------------------------------------------


class Broken:
    """A printer whose driver raises, hangs or prints, as it is told."""

    def __init__(self):
        self.mood, self.printed, self.hold = None, 0, threading.Event()

    def print(self, image, job):
        self._feel()
        self.printed += 1
        return Outcome("A", sent=True)

    def status(self):
        if self.mood != "hang":  # it hangs in the middle of a paper
            self._feel()
        return Status()

    def forget(self):
        pass

    def _feel(self):
        if self.mood == "hang":
            self.hold.wait(30)
        elif self.mood is not None:
            raise self.mood("it is gone")


@pytest.fixture
def office():
    printers, said = [Broken(), Broken()], queue.Queue()
    worker = PrintWorker([Fitted(p) for p in printers], LAYOUT, said.put, watch_s=0.05)
    yield SimpleNamespace(printers=printers, said=said, worker=worker)
    worker.worker.close()
    for printer in printers:
        printer.hold.set()


def ended(office):
    while True:
        thing = office.said.get(timeout=20)
        if isinstance(thing, w.SheetEnded):
            return thing


@pytest.mark.parametrize("how", [termios.error, ValueError, AttributeError, SystemExit])
def test_every_job_is_answered_whatever_a_driver_raises(office, how):
    office.worker.worker._again_s = (0.05,)
    office.worker.start()
    office.printers[0].mood = office.printers[1].mood = how
    office.worker(LIST)
    assert ended(office).fault in ("broke_off", "error")
    office.printers[0].mood = office.printers[1].mood = None
    office.worker(LIST)
    assert ended(office).fault == "", "the next one is printed, without a new start"
    states = {t.state for t in list(office.said.queue) if isinstance(t, w.PrinterSays)}
    assert states <= {"ok", "error", "broke_off"}


def test_a_paper_that_cannot_be_drawn_is_answered_too(office):
    office.worker.worker._again_s = (0.05,)
    office.worker.start()
    with mock.patch.object(PrintWorker, "draw", side_effect=KeyError("no such font")):
        office.worker(LIST)
        assert ended(office).fault == "error"
    office.worker(LIST)
    assert ended(office).fault == ""


def test_a_printer_that_hangs_is_its_own_and_the_other_one_goes_on(office):
    first, second = office.printers
    first.mood = "hang"
    workers, clock, posted = Workers(lambda _: None), VirtualClock(), []
    workers.post = posted.append
    workers.add(office.worker.worker)
    office.worker.start()
    office.worker(LIST)
    until(lambda: office.worker.printers[0].held.locked())

    def told():
        clock.advance(20_000)
        workers.look(clock.mono_ms())
        return WorkerSays("printer", "hung") in posted

    until(told)
    office.worker(SlipJob("test", "en", 0))
    assert ended(office) == w.SheetEnded("test", "") and (first.printed, second.printed) == (0, 1)
    first.hold.set()
    until(lambda: first.printed == 1)


def test_papers_that_nobody_waits_for_do_not_pile_up_and_are_not_printed_later(office):
    jobs = [ListJob(LIST.service, "lo", i) for i in range(WAITING + 3)]
    for job in (*jobs, jobs[0]):
        office.worker(job)
    assert office.said.qsize() == 4, "what has no room is answered at once; what waits already waits once"
    office.worker.give_up("list")
    office.worker.start()
    until(lambda: not office.worker._jobs)
    office.worker(SlipJob("test", "en", 0))
    until(lambda: office.printers[0].printed)
    assert office.printers[0].printed <= WAITING


# -- keypad, sign, loudspeaker -------------------------------------------------------------------------------------


def test_a_keypad_that_cannot_be_read_is_a_fault_until_it_can(tmp_path):
    heard = []
    under = Supervised(lambda: None)
    under.workers.close()
    keypad = Keypad(tmp_path / "event3", VirtualClock(), heard.append)
    keypad.worker._again_s, keypad.worker._patience_ms = (0.2,), 10**9
    under.workers.all[:] = [keypad.worker]
    keypad.worker.start()
    until(lambda: WorkerSays("keypad", "failed") in under.posted or under.look() is None)
    os.mkfifo(tmp_path / "event3")
    with open(tmp_path / "event3", "wb", buffering=0) as plugged:
        plugged.write(spelled(Button.NEXT, down=True))
        until(lambda: heard)
        until(lambda: under.look()[-1] == "")
        with mock.patch("display.keypad.select.select", side_effect=OSError(19, "No such device")):
            until(lambda: under.look()[-1] == "failed")
    keypad.worker.close()


class Glitch(RecordedBus):
    """A bus whose plug can be pulled."""

    pulled = False

    def data(self, data):
        if self.pulled:
            raise OSError(5, "gone")
        super().data(data)


def test_a_dark_sign_is_told_and_lit_again(center):
    center.start_hub()
    panel = center.panel(1)
    bus = Glitch()
    around = Around(CounterConfig("1", ["id"]), center.clock, panel)
    panel.show = around.show
    around.sign = LedSign("matrix", bus)
    center.do(panel, Press.CLOSE)
    bus.pulled = True
    center.do(panel, Press.OPEN)
    assert ("c1", "sign") in panel.view.alarms or ("c1", "sign") in around_box.alarms(panel.box)
    bus.pulled = False
    center.pass_ms(11_000)
    assert around.sign.shown == Sign(rest="free") and around_box.alarms(panel.box) == ()


def test_a_sign_that_does_not_listen_at_the_start_ends_no_counter(center):
    center.start_hub()
    panel = center.panel(1)
    around = Around(CounterConfig("1", ["id"]), center.clock, panel)
    found = []

    def open_sign():
        if not found:
            raise OSError("no such bus")
        return LedSign("matrix", RecordedBus())

    around.open_sign, panel.show = open_sign, around.show
    center.do(panel, Press.CLOSE)
    assert ("c1", "sign") in around_box.alarms(panel.box)
    found.append(1)
    center.pass_ms(25_000)
    assert around.sign is not None and around_box.alarms(panel.box) == ()


@pytest.mark.parametrize("aplay", ["exit 1", "kill -9 $$", None])
def test_a_loudspeaker_that_cannot_be_heard_is_told(tmp_path, monkeypatch, aplay):
    if aplay is not None:
        script = tmp_path / "aplay"
        script.write_text(
            f"#!/bin/sh\n[ -e {tmp_path}/well ] && {{ cat >/dev/null; exit 0; }}\ncat >/dev/null; {aplay}\n"
        )
        script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin" if aplay else str(tmp_path))
    told = queue.Queue()
    speaker = loud.Speaker(loud.SHIPPED, "alsa", told.put)
    speaker.say("en", ("say_1",))
    if aplay and "kill" in aplay:
        with pytest.raises(queue.Empty):
            told.get(timeout=1)  # a sentence that the next one ended looks the same: that is no fault
    else:
        assert told.get(timeout=20) == WorkerSays("voice", "failed")
    if aplay == "exit 1":
        (tmp_path / "well").touch()
        speaker.say("en", ("say_1",))
        assert told.get(timeout=20) == WorkerSays("voice", "")
    speaker.worker.close()


def test_the_halls_voice_that_dies_or_is_not_heard_is_told(center, tmp_path):
    config, told = HallConfig(speaker=f"file:{tmp_path}/said", languages=["en"]), queue.Queue()
    voice = VoiceProcess(config, lambda: 0, told=told.put)
    assert voice.say({"id": 1, "parts": [], "volume": 0})
    os.kill(voice.pid, 9)
    assert told.get(timeout=20) == "died", "at once, not with the next call"
    voice.close()
    with mock.patch("display.hall_voice.subprocess.Popen", side_effect=OSError("no memory")):
        again = VoiceProcess(config, lambda: 0, told=told.put)
        assert not again.say({"id": 2, "parts": [], "volume": 0})
        assert told.get(timeout=1) == "failed"
    center.start_hub()
    board = center.board()
    center.do(board, WorkerSays("voice", "died"))
    assert board.box.all_alarms == ["voice"]
    center.do(board, Spoken(5, said=True))
    assert board.box.all_alarms == []
    center.do(board, Spoken(6, said=False))
    assert board.box.all_alarms == [], "one call that was not heard is an accident"
    center.do(board, Spoken(7, said=False))
    panel = center.panel(1)
    assert ("h1", "voice") in around_box.alarms(panel.box)


# -- link, broker --------------------------------------------------------------------------------------------------


def test_a_link_whose_thread_dies_has_another_one():
    """A host name that no encoder takes ends the client's thread with a ValueError."""
    from onedoor.device.link import BrokerAddress

    with socket.create_server(("127.0.0.1", 0)) as server:
        news = []
        link = PahoLink(BrokerAddress(port=server.getsockname()[1]), "c", [])
        with mock.patch("paho.mqtt.client.Client.reconnect", side_effect=UnicodeError("label empty")):
            hooked = mock.patch("threading.excepthook", lambda args: None)
            with hooked:
                link.start(news.append)
                until(lambda: link._client._thread is None)
            link.connected = True
        assert link.look(0) == "died"
        assert [type(n) for n in news] == [LinkDown]
        assert link.look(1_000) == "", "and it tries again"
        server.settimeout(20)
        server.accept()[0].close()
        link.stop()
        assert link.look(2_000) == ""


def test_a_broker_that_does_not_listen_is_ended_all_the_same(capsys):
    argv = [sys.executable, "-c", "import signal,time; signal.signal(15, 1); print(1, flush=True); time.sleep(60)"]
    child = subprocess.Popen(argv, stdout=subprocess.PIPE)
    child.stdout.readline()
    with mock.patch("broker.mosquitto.END_S", 0.2):
        finish(child)
    assert child.poll() == -9 and "was killed" in capsys.readouterr().err
    child.stdout.close()


def test_pictures_are_drawn_by_the_printers_thread(office):
    assert isinstance(office.worker.draw(LIST), Image.Image)


def test_the_end_of_a_program_waits_for_no_idle_printer_and_a_moment_for_one_that_is_asked(office):
    """A thread inside libusb while the interpreter ends is a crash, and a crash is an alarm."""
    asked, answer = threading.Event(), threading.Event()

    def status():
        asked.set()
        assert answer.wait(20)
        return Status()

    office.worker.watch_s = 3_600
    office.worker.start()
    assert office.said.get(timeout=20).state == "ok"
    workers = Workers(office.said.put)
    workers.add(office.worker.worker)
    workers.close()
    assert not office.worker.worker.alive, "it waited for an hour to pass, and was woken"

    other = PrintWorker([Fitted(office.printers[0])], LAYOUT, watch_s=3_600)
    office.printers[0].status = status
    other.start()
    assert asked.wait(20)
    ends = threading.Thread(target=other.worker.close)
    ends.start()
    ends.join(20)
    assert other.worker.alive, "nothing is cut off"
    answer.set()
    other.worker.let_go()
    assert not other.worker.alive


def test_a_printer_that_hangs_does_not_hold_up_the_end(office, monkeypatch):
    monkeypatch.setattr("onedoor.device.worker.LETS_GO_S", 0.05)
    asked = threading.Event()
    office.printers[0].status = lambda: asked.set() or (office.printers[0].hold.wait(20) and Status())
    office.worker.start()
    assert asked.wait(20)
    workers = Workers(office.said.put)
    workers.add(office.worker.worker)
    workers.close()
    assert office.worker.worker.alive
