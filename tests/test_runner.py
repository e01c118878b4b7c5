"""The loop of a box: a bound to every round, a stop that is never lost, and a watchdog that believes only what lives."""

import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest import mock

import pytest

from onedoor.device import runner as loop
from onedoor.device.clock import SystemClock, VirtualClock
from onedoor.device.link import Arrived, LinkDown, LinkUp, MemoryBroker, MemoryLink
from onedoor.device.mail import Flooded, Mail
from onedoor.device.needs import Crashed
from onedoor.device.runner import Ending, NotNow, Runner, StartAgain
from onedoor.device.timers import Timers
from onedoor.device.worker import Workers, WorkerSays


class Enough(Exception):
    """The test has seen what it wanted."""


class Device:
    """A device that writes down what it gets; `each` is called with everything."""

    def __init__(self, clock, each=lambda thing: None):
        self.timers, self.each, self.got = Timers(clock), each, []

    def on_start(self):
        pass

    def on_news(self, news):
        self.got.append(news)
        self.each(news)

    on_wish = on_news

    def on_stop(self):
        return None


def made(clock, each=lambda thing: None, **what):
    device = Device(clock, each)
    return device, Runner(device, MemoryLink(MemoryBroker(), []), clock, **what)


# -- a round has a bound -------------------------------------------------------------------------------------------


THINGS, MS = 256, 200


def flood_is_bounded(ms_each):
    """A flood that never ends: how many things between two commits, and how late the timer is, at the worst."""
    clock, between, late = VirtualClock(), [0], []
    count = 0

    def each(thing):
        nonlocal count
        count += 1
        clock.advance(ms_each)
        runner.post(thing)
        if count >= 3_000:
            raise Enough

    device, runner = made(clock, each, between=lambda: between.append(count))

    def tick():
        late.append(clock.mono_ms() - due[0])
        due[0] = clock.mono_ms() + 100
        device.timers.start("tick", 100, tick)

    due = [clock.mono_ms() + 100]
    device.timers.start("tick", 100, tick)
    for i in range(50):
        runner.post(Arrived("t", b"%d" % i))
    with pytest.raises(Enough):
        runner._loop()
    longest = max(b - a for a, b in zip(between, between[1:] or [10**9], strict=False))
    assert longest <= THINGS, f"{longest} things before a commit"
    assert late and max(late) <= MS + 2 * ms_each, late
    assert len(late) >= count * ms_each // 1_000, "timers run all the time"


@pytest.mark.parametrize("ms_each", [1, 7, 150])
def test_a_flood_starves_neither_the_commit_nor_the_timers(ms_each):
    flood_is_bounded(ms_each)


def test_a_round_that_is_full_takes_nothing_it_does_not_act_on():
    """Presses that wait when a round begins are acted on in the next rounds, each once and in order."""

    def each(thing):
        if thing == 5 * THINGS - 1:
            raise Enough

    device, runner = made(VirtualClock(), each)
    for press in range(5 * THINGS):
        runner.post(press)
    runner.run()
    assert device.got == list(range(5 * THINGS))


@pytest.mark.parametrize("mutant", [{"ROUND_THINGS": 10**9, "ROUND_MS": 10**9}, {"ROUND_MS": 10**9}])
def test_a_loop_without_a_bound_is_noticed(mutant):
    with mock.patch.multiple(loop, **mutant), pytest.raises(AssertionError):
        flood_is_bounded(150)


# -- what waits ----------------------------------------------------------------------------------------------------


def test_what_never_comes_again_is_never_thrown_away():
    mail = Mail(messages=10, late=5)
    for i in range(100):
        mail.put(Arrived(f"topic/{i % 3}", b"%d" % i))
        mail.put(("press", i))
    mail.put(LinkDown("gone"))
    mail.put(LinkUp())
    found = []
    while (thing := mail.poll()) is not None:
        found.append(thing)
    assert [t for t in found if isinstance(t, tuple)] == [("press", i) for i in range(100)]
    news = [t for t in found if isinstance(t, Arrived)]
    assert {n.payload for n in news} >= {b"97", b"98", b"99"}, "the newest word of every topic is there"
    for topic in {n.topic for n in news}:
        order = [int(n.payload) for n in news if n.topic == topic]
        assert order == sorted(order), "and nothing old comes behind something new"
    assert [type(t) for t in found if isinstance(t, LinkUp | LinkDown)] == [LinkDown, LinkUp]
    assert len(news) <= 10 + 3 and mail.replaced == 100 - len(news)


def test_a_flood_of_topics_and_a_contact_that_never_rests_have_a_bound_too():
    mail = Mail(messages=10, late=5, own=20)
    for i in range(1_000):
        mail.put(Arrived(f"topic/{i}", b""))
        mail.put(("press", i))
    found = []
    while (thing := mail.poll()) is not None:
        found.append(thing)
    assert (len(found), mail.replaced, mail.lost) == (35, 985, 980)
    mail.put("press")
    assert mail.poll() == "press", "and then it is as before"


def test_a_flood_is_told_while_it_lasts():
    clock = VirtualClock()
    device, runner = made(clock)
    runner._mail = Mail(messages=10, late=5)
    for i in range(1_000):
        runner.post(Arrived(f"t/{i}", b""))
    runner._round(runner._mail.next(0))
    runner._round(runner._mail.next(0))
    assert [t for t in device.got if isinstance(t, Flooded)] == [Flooded(985, 0)]


def test_what_happened_at_the_box_is_acted_on_before_it_stops():
    clock = VirtualClock()
    device, runner = made(clock)
    for _ in range(5_000):
        runner.post(Arrived("t", b""))
    runner.post("paper is out")
    runner.stop()
    assert runner.run() == 0
    assert "paper is out" in device.got
    assert len(device.got) < 500, "messages come again: they are not waited for"


def test_a_flood_of_touches_does_not_hold_a_stop_for_ever():
    clock = VirtualClock()
    device, runner = made(clock, lambda _: clock.advance(100))
    for i in range(1_000):
        runner.post(i)
    runner.stop()
    assert runner.run() == 0
    assert 0 < len(device.got) <= loop.LAST_MS // 100 + 1


# -- stop ----------------------------------------------------------------------------------------------------------


def test_stop_takes_no_lock():
    """A handler interrupts its own thread: whatever lock that thread holds, it would hold for ever."""
    clock = SystemClock()
    _, runner = made(clock)
    with runner._mail._lock:
        ended = threading.Thread(target=runner.stop, daemon=True)
        ended.start()
        ended.join(5)
        assert not ended.is_alive()
    assert runner._mail.stopped


@pytest.mark.processes
def test_sigterm_at_any_moment_under_a_flood_ends_every_time():
    argv = [sys.executable, "-m", "signals", "200", "7"]
    here = Path(__file__).parent
    env = dict(os.environ, PYTHONPATH=f"{here}:{here.parent}")
    done = subprocess.run(argv, capture_output=True, text=True, timeout=400, env=env, cwd=here)
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert (said["times"], said["bad"]) == (200, [])
    assert said["longest_ms"] < 5_000


def test_a_signal_between_two_starts_is_not_lost():
    with kept_handlers():
        ending = Ending()
        ending._handle()
        _, runner = made(VirtualClock())
        ending.of(runner)
        assert runner.run() == 0


@contextmanager
def kept_handlers():
    import signal

    old = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


# -- whoever asks hears how it went --------------------------------------------------------------------------------


def asked(each):
    clock = SystemClock()
    committed = []
    _, runner = made(clock, each, between=lambda: committed.append(1))
    worker = threading.Thread(target=runner.run, daemon=True)
    worker.start()
    why = runner.ask("please")
    runner.stop()
    worker.join(10)
    return why, len(committed), runner


def test_whoever_asks_hears_that_it_is_done_and_committed():
    why, commits, _ = asked(lambda _: None)
    assert why == "" and commits


def test_whoever_asks_hears_why_not():
    def refuse(thing):
        if thing == "please":
            raise NotNow("not on a Sunday")

    assert asked(refuse)[0] == "not on a Sunday"


def test_whoever_asks_for_another_part_hears_it_before_the_start():
    def again(thing):
        if thing == "please":
            raise StartAgain("promoted")

    why, _, runner = asked(again)
    assert (why, runner.code) == ("", loop.START_AGAIN)


def test_whoever_asks_hears_of_an_error_and_the_program_ends():
    def fail(thing):
        if thing == "please":
            raise ValueError("out of order")

    why, _, runner = asked(fail)
    assert "out of order" in why and runner.code == 1


# -- the watchdog --------------------------------------------------------------------------------------------------


class Stuck:
    """A worker as its supervisor sees it."""

    def __init__(self, name, *, vital, fault=""):
        self.name, self.vital, self.fault = name, vital, fault

    def look(self, now_ms):
        return self.fault

    def close(self):
        pass


def fed(tmp_path, healthy=True, workers=()):
    """How often systemd hears of a program within half a minute."""
    clock = VirtualClock()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        place = tmp_path / f"notify-{len(list(tmp_path.iterdir()))}"
        systemd.bind(str(place))
        systemd.setblocking(False)
        with mock.patch.dict(os.environ, NOTIFY_SOCKET=str(place)):
            _, runner = made(clock)
            runner.healthy = lambda: healthy
            runner.workers.all += list(workers)
            said = []
            for _ in range(30):
                clock.advance(1_000)
                runner._round(None)
                with suppress(BlockingIOError):
                    said.append(systemd.recv(100))
    return said.count(b"WATCHDOG=1")


def the_watchdog_sees(tmp_path):
    assert fed(tmp_path) >= 8
    assert fed(tmp_path, workers=[Stuck("printer", vital=False, fault="hung")]) >= 8, "a printer starts no box again"
    assert fed(tmp_path, healthy=False) == 0, "a frozen screen"
    assert fed(tmp_path, workers=[Stuck("x", vital=True, fault="hung")]) <= 1, "a worker without which nothing goes"
    assert fed(tmp_path, workers=[Stuck("x", vital=True, fault="failed")]) >= 8, "one that is trying again"


def test_the_watchdog_is_fed_only_while_screen_and_vital_workers_get_on(tmp_path):
    the_watchdog_sees(tmp_path)


@pytest.mark.parametrize(
    ("owner", "name", "blind"),
    [
        (Workers, "well", lambda self: True),
        (Workers, "look", lambda self, now_ms: None),
        (Runner, "_feed", lambda self: loop.notify("WATCHDOG=1")),
    ],
)
def test_a_blind_watchdog_is_noticed(tmp_path, owner, name, blind):
    with mock.patch.object(owner, name, blind), pytest.raises(AssertionError):
        the_watchdog_sees(tmp_path)


def test_a_worker_is_told_once_and_again_when_it_is_well():
    clock, posted = VirtualClock(), []
    worker = Stuck("voice", vital=False)
    workers = Workers(posted.append, [worker])
    for fault in ("", "failed", "failed", "hung", "", ""):
        worker.fault = fault
        clock.advance(1_000)
        workers.look(clock.mono_ms())
        workers.look(clock.mono_ms())
    assert posted == [WorkerSays("voice", "failed"), WorkerSays("voice", "hung"), WorkerSays("voice", "")]


# -- the run before this one ---------------------------------------------------------------------------------------


def test_a_run_that_crashed_is_told_by_the_next_one_of_the_same_boot(tmp_path):
    clock = VirtualClock()

    def run(crash):
        def each(thing):
            if crash and thing == "go":
                raise ValueError

        device, runner = made(clock, each, mark=tmp_path / "running")
        runner.post("go")
        if not crash:
            runner.post("stop")
            device.each = lambda thing: runner.stop() if thing == "stop" else None
        code = runner.run()
        return code, any(isinstance(t, Crashed) for t in device.got)

    assert run(crash=False) == (0, False)
    assert run(crash=True) == (1, False)
    assert run(crash=False) == (0, True), "told once"
    assert run(crash=False) == (0, False)
    run(crash=True)
    clock.reboot("boot-2")
    assert run(crash=False) == (0, False), "a power cut is no crash"
