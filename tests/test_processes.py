"""The real programs: a morning with a dead hub in it, a pointer on a real window, a notified systemd."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from demo import people
from demo import practice_app as practice
from demo.app import start
from demo.processes import Center
from onedoor.device.clock import SystemClock, pause
from reports.source import rows_of
from reports.verify_app import check

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def morning(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo") / "out"
    argv = ["--headless", "--out", out, "--seed", 5, "--kiosks", 2, "--counters", 3, "--tickets", 40]
    done = subprocess.run(
        [sys.executable, "-m", "onedoor", "demo", *map(str, argv)], capture_output=True, text=True, timeout=240
    )
    return out, done


def test_a_morning_with_the_hub_and_the_broker_killed(morning):
    out, done = morning
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    summary = json.loads((out / "summary.json").read_text())
    assert summary["issued"] == summary["called"] == 40
    assert summary["issued"] == summary["papers"] + summary["print_failures"]
    assert summary["print_failures"] > 0, "the printer was without paper for a while"
    served = summary["served"] + summary["ended_by_next"]
    assert served >= 40 - summary["no_show"], "a leg each, and more for routes"
    assert summary["later_legs"] > 0
    assert summary["hub_starts"] == 2
    for never in ("duplicate_numbers", "double_calls", "misfits", "print_unknown"):
        assert summary[never] == 0, never
    assert summary["rows"] == summary["rows_verified"] > 200


def test_what_the_morning_leaves_behind(morning):
    out, _ = morning
    labels = {p.stem for p in (out / "tickets").glob("*.png")}
    assert labels == {p.stem for p in (out / "tickets").glob("*.bin")}
    log = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    failed = {r["body"]["ticket"] for r in log if r["kind"] == "print_failed"}
    issued = {r["body"]["label"]: f"{r['dev']}.{r['run']}.{r['seq']}" for r in log if r["kind"] == "issued"}
    assert labels == {label for label, rid in issued.items() if rid not in failed}
    assert any(r["body"].get("offline") for r in log if r["kind"] == "issued"), "kiosks went on without the hub"
    assert len(list((out / "screens").glob("*.png"))) >= 10
    assert check(out).rows == len(log)
    assert json.loads((out / "indicators.json").read_text())["indicators"]["little"]["consistent"]


def test_the_morning_leaves_nothing_running(morning):
    out, _ = morning
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            line = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        assert str(out) not in line or "pytest" in line


@pytest.fixture
def center(tmp_path):
    made = Center(tmp_path / "run", SystemClock(vouched=True), headless=True)
    yield made
    made.stop()


def test_garbage_on_the_bus_stops_nothing(center):
    """Malformed, oversized, unknown-version and foreign messages: refused by name, and life goes on."""
    from onedoor.device.link import BrokerAddress, LinkUp, PahoLink
    from onedoor.wire.topics import Topics

    start(center, 1, 1)
    kiosk, counter, board = center.hand("k1"), center.hand("c1"), center.hand("h1")
    clock = center.clock
    for hand in (kiosk, counter, board):
        people.wait_for(clock, hand, "start", fresh=True)
    port = int((center.folder / "center.toml").read_text().split("port = ")[1].split()[0])
    topics, up = Topics("saysettha"), []
    link = PahoLink(BrokerAddress(port=port), "stranger", [])
    link.start(up.append)
    while not any(isinstance(n, LinkUp) for n in up):
        pause(0.02)
    junk = [
        b"",
        b"\xff\xfe",
        b"{}",
        b'{"v":99}',
        b"[" * 5_000,
        b"x" * 60_000,
        b"x" * 200_000,
        b'{"v":1,"rows":[{"run":"x"}]}',
    ]
    to = [topics.batch("k1"), topics.batch("zz"), topics.ask("c1"), topics.mark("k1"), topics.mark("c1")]
    to += [topics.beacon(), topics.state("called"), topics.state("waiting"), topics.answer("k1")]
    for topic in to:
        for payload in junk:
            link.publish(topic, payload)
    people.touch(clock, kiosk, "begin")
    people.touch(clock, kiosk, "service-id")
    people.touch(clock, kiosk, "take")
    label = people.wait_for(clock, kiosk, "ticket", screen="issued")["label"]
    people.touch(clock, counter, "press-open")
    people.wait_for(clock, counter, "open", open=True)
    people.press(counter, "next")
    people.wait_for(clock, counter, "called", label=label)
    people.wait_for(clock, board, "board", calls=[[label, "1"]])
    link.stop()
    center.check()
    log = (center.folder / "logs" / "hub.log").read_text()
    for code in ("malformed", "oversized", "unknown_version"):
        assert code in log
    assert "Traceback" not in log


def test_a_kiosk_without_a_printer_shows_the_number(center):
    start(center, 1, 1)
    kiosk = center.hand("k1")
    people.wait_for(center.clock, kiosk, "start", fresh=True)
    center.kill("p1")
    people.touch(center.clock, kiosk, "begin")
    people.touch(center.clock, kiosk, "service-land")
    people.touch(center.clock, kiosk, "take")
    view = people.wait_for(center.clock, kiosk, "ticket", screen="issued")
    assert view["label"].startswith("L")
    assert view["fault"] == "unreachable"


def test_a_killed_kiosk_skips_numbers_and_goes_on(center):
    start(center, 1, 1)
    clock, kiosk = center.clock, center.hand("k1")

    def ticket(hand):
        people.touch(clock, hand, "begin")
        people.touch(clock, hand, "service-id")
        people.touch(clock, hand, "take")
        return people.wait_for(clock, hand, "ticket", screen="issued")["label"]

    people.wait_for(clock, kiosk, "start", fresh=True)
    assert ticket(kiosk) == "A-001"
    center.kill("k1")
    center.again("k1")
    kiosk = center.hand("k1")
    people.wait_for(clock, kiosk, "again", fresh=True)
    assert ticket(kiosk) == "A-012", "ten numbers are left out after a power cut"


def test_a_person_at_the_hub_asks_what_time_it_is_and_says_it(center):
    start(center, 1, 1)
    counter = center.hand("c1")
    people.wait_for(center.clock, counter, "start", fresh=True)
    config = str(center.folder / "boxes/hub/device.toml")

    def time(*argv):
        return subprocess.run(
            [sys.executable, "-m", "onedoor", "time", "--config", config, *argv],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    asked = time()
    assert asked.returncode == 0, asked.stderr
    assert "This is known: " in asked.stdout
    wrong = time("2031-01-01 08:00")
    assert "a person at the hub says 2031-01-01 08:0" in wrong.stdout and "not believed" in wrong.stdout
    people.wait_for(center.clock, counter, "alarm", alarms=[["hub", "clock"]])
    for text in ("yesterday", "2026-02-30 08:00", "08:00"):
        typed = time(text)
        assert typed.returncode == 2 and "2026-11-25 08:03" in typed.stderr and "Traceback" not in typed.stderr
    center.kill("hub")
    alone = time()
    assert alone.returncode == 2 and "does not run on this box" in alone.stderr
    told = [row.body["by"] for row in rows_of(center.folder / "data/hub") if row.kind == "time_doubted"]
    assert told == ["hub person"]


def said(*argv):
    return subprocess.run(["xdotool", *argv], capture_output=True, text=True, timeout=10).stdout.split("\n")[:-1]


def find_window(title):
    """The id of a window, as soon as it has its title; ten seconds at most. (By class first: xdotool's own
    search by name does not read the type of title that SDL sets.)
    """
    for _ in range(100):
        for window in said("search", "--onlyvisible", "--class", "python"):
            if said("getwindowname", window)[0:1] == [title]:
                return window
        pause(0.1)
    raise AssertionError(f"no window '{title}'")


def test_a_finger_on_a_real_window(tmp_path):
    """xdotool's pointer on Xvfb: welcome, service, number; three touches to a ticket and back."""
    if not (shutil.which("Xvfb") and shutil.which("xdotool")):
        pytest.skip("Xvfb and xdotool are not installed")
    told, tell = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(tell), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        stderr=subprocess.DEVNULL, pass_fds=[tell],
    )  # fmt: skip
    os.close(tell)
    with os.fdopen(told) as pipe:
        display = pipe.readline().strip()
    center = Center(tmp_path / "run", SystemClock(vouched=True), headless=False)
    old = os.environ.get("DISPLAY")
    os.environ["DISPLAY"] = f":{display}"
    try:
        start(center, 1, 1)
        kiosk = center.hand("k1")
        people.wait_for(center.clock, kiosk, "start", fresh=True)
        steps = (("begin", "services"), ("service-id", "confirm"), ("take", "issued"), ("done", "welcome"))
        for name, screen in steps:
            window = find_window("OneDoor kiosk k1")
            pause(0.4)  # a page that has just changed does not listen yet
            x, y = kiosk.do("targets")["places"][name]
            subprocess.run(["xdotool", "windowraise", window], check=True)
            subprocess.run(["xdotool", "mousemove", "--window", window, str(x), str(y), "click", "1"], check=True)
            people.wait_for(center.clock, kiosk, f"after a touch at {x},{y}", screen=screen)
        counter = center.hand("c1")
        people.touch(center.clock, counter, "press-open")
        window = find_window("OneDoor counter 1")
        said("windowfocus", window, "key", "1")
        people.wait_for(center.clock, counter, "key 1 is NEXT", at="walking", label="A-001")
    finally:
        center.stop()
        server.terminate()
        server.wait(10)
        if old is None:
            del os.environ["DISPLAY"]
        else:
            os.environ["DISPLAY"] = old


def test_systemd_is_told_when_the_hub_is_ready(tmp_path):
    center = Center(tmp_path / "run", SystemClock(vouched=True), headless=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(20)
        os.environ["NOTIFY_SOCKET"] = str(tmp_path / "notify")
        try:
            start(center, 1, 1)
            said = {listener.recv(100)}
            while said != {b"READY=1", b"WATCHDOG=1"}:
                said.add(listener.recv(100))
        finally:
            del os.environ["NOTIFY_SOCKET"]
            center.stop()


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of eight megabytes."""
    place = tmp_path / "card"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)], capture_output=True)
    if done.returncode:
        pytest.skip("mounting needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.parametrize("dev", ["hub", "k1"])
def test_a_full_disk_ends_with_2_a_clear_word_and_every_row(center, small_disk, dev):
    from onedoor.device.journal import SqliteJournal
    from reports.source import rows_of

    data = center.folder / "data"
    data.mkdir(parents=True)
    (data / dev).symlink_to(small_disk)
    start(center, 1, 1)
    clock, kiosk = center.clock, center.hand("k1")
    people.wait_for(clock, kiosk, "start", fresh=True)

    def ticket():
        people.touch(clock, kiosk, "begin")
        people.touch(clock, kiosk, "service-id")
        people.touch(clock, kiosk, "take")
        view = people.wait_for(clock, kiosk, "ticket or fault", screen={"issued", "fault"})
        if view["screen"] == "issued":
            people.touch(clock, kiosk, "done")
        return view

    assert ticket()["label"] == "A-001"
    with open(small_disk / "filler", "wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(b"x" * 4096)
    last = {}
    for _ in range(60):
        if center.running[dev].poll() is not None or last.get("screen") == "fault":
            break
        last = ticket()
    assert center.running[dev].wait(40) == 2
    log = center.last_words(dev)
    assert "the disk is full" in log
    assert "Traceback" not in log
    (small_disk / "filler").unlink()
    if dev == "hub":
        assert next(r.body["label"] for r in rows_of(data / "hub") if r.kind == "issued") == "A-001"
        assert not isinstance(check(data / "hub"), str)
        center.again("hub")
        people.wait_for(clock, kiosk, "handed over", unsent=0, fresh=True)
    else:
        assert last["screen"] == "fault", "the citizen is told to ask the staff"
        journal = SqliteJournal(small_disk / "journal.db", "k1", "f" * 16)
        assert any(getattr(f.event, "label", "") == "A-001" for f in journal.read(0, 1000))
        journal.close()


def test_a_practice_is_marked_and_ends_when_the_clerk_closes(tmp_path, capsys):
    center = Center(tmp_path / "run", SystemClock(vouched=True), headless=True, hidden=frozenset({"k1", "h1"}))
    try:
        practice.begin(center)
        panel = center.hand("c1")
        ended = []
        args = SimpleNamespace(citizens=4, every=1.0)
        playing = threading.Thread(target=lambda: ended.append(practice.play(center, args)))
        playing.start()
        people.wait_for(center.clock, panel, "marked", notice=practice.MARK, fresh=True, waiting=range(4, 9))
        people.touch(center.clock, panel, "press-open")
        people.wait_for(center.clock, panel, "open", open=True)
        people.touch(center.clock, panel, "press-next")
        people.wait_for(center.clock, panel, "called", at="walking")
        people.touch(center.clock, panel, "press-start")
        people.wait_for(center.clock, panel, "started", at="serving")
        people.touch(center.clock, panel, "press-end")
        people.wait_for(center.clock, panel, "served", served=1)
        people.touch(center.clock, panel, "press-close")
        playing.join(60)
        assert ended == [0] and "You served 1 of 4 people" in capsys.readouterr().out
    finally:
        center.stop()
    rows = list(rows_of(tmp_path / "run/data/hub"))
    assert [row.event.text for row in rows if row.kind == "head_said"] == [practice.MARK]
    assert check(tmp_path / "run/data/hub").rows == len(rows)
