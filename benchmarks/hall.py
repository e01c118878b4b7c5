"""The hall with twenty counters, across real processes: presses, twenty at once, a dead hub, a day at sixty times its pace.

    python benchmarks/hall.py [--counters 20] [--screens 2] [--kiosks 3] [--calls 200] [--day 600] [--outage 60]

Counters are the shipped programs: `--screens` of them with a touch screen, the others with button box and LED sign only
(mock pins, a recorded SPI bus). The board is drawn at 1920x1080 by software OpenGL; its voice is a real process whose
loudspeaker is a file. Kiosks have small windows, so that they leave the processor to what is measured. Prints one table and exits 1 if something was doubled, lost or not announced. All programs share
this machine's cores; in the field each screen has a processor of its own.
"""

import argparse
import json
import os
import platform
import random
import sys
import tempfile
import threading
from pathlib import Path

from demo import people, plan
from demo.app import start
from demo.processes import Center
from demo.results import double_calls
from onedoor.device.clock import SystemClock, pause
from onedoor.device.control import Hand
from onedoor.hall.ledger import Ledger, replay
from onedoor.wire.rows import LogRow
from reports.source import rows_of
from reports.stats import percentile

CLOCK = SystemClock(vouched=True)
ROWS: list[tuple[str, str, str]] = []
BAD: list[str] = []


def tell(name: str, figure: str, beside: str = "", *, good: bool = True) -> None:
    ROWS.append((name, figure, beside))
    print(f"| {name} | {figure} | {beside} |", flush=True)
    if not good:
        BAD.append(name)


def spread(values: list[int]) -> str:
    ps = [percentile(values, p) for p in (50, 90, 99)]
    return f"p50 {ps[0]}, p90 {ps[1]}, p99 {ps[2]}, max {max(values, default=0)} ms (n {len(values)})"


def resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


class Hall:
    """The running center, with a hand on everything."""

    def __init__(
        self, folder: Path, counters: int, screens: int, kiosks: int, size: tuple[int, int], least_s: float
    ) -> None:
        self.folder, self.screens = folder, screens
        self.center = Center(folder, CLOCK, headless=True)
        self.voice = folder / "voice.raw"
        start(
            self.center,
            kiosks,
            counters,
            plan.Hall(
                bare=counters - screens, speaker=f"file:{self.voice}", size=size, kiosk_size=(640, 400), least_s=least_s
            ),
        )
        self.board, self.kiosks = self.center.hand("h1"), [self.center.hand(f"k{i}") for i in range(1, kiosks + 1)]
        self.counters = [self.center.hand(f"c{i}") for i in range(1, counters + 1)]
        for hand in (self.board, *self.kiosks, *self.counters):
            people.wait_for(CLOCK, hand, "start", fresh=True)
        self.morning = people.Morning(CLOCK)
        for hand in self.counters:
            self.open(hand)
        self.chance = random.Random(1)

    def open(self, hand: Hand) -> None:
        if not hand.do("view")["open"]:
            people.press(hand, "next")
            people.wait_for(CLOCK, hand, "opened", open=True)
            pause(people.LOCK_OUT_S)

    def issue(self, count: int) -> None:
        """So many citizens, shared out among the kiosks."""
        share = [count // len(self.kiosks) + (i < count % len(self.kiosks)) for i in range(len(self.kiosks))]
        crowds = [
            threading.Thread(
                target=people.citizens,
                args=(self.morning, kiosk, random.Random(self.chance.random()), many),
                daemon=True,
            )
            for kiosk, many in zip(self.kiosks, share, strict=True)
        ]
        for crowd in crowds:
            crowd.start()
        for crowd in crowds:
            crowd.join()
        if self.morning.errors:
            raise SystemExit(self.morning.errors[0])

    def said(self) -> list[int]:
        """What the loudspeaker has played: the orders of the calls."""
        kept = Path(f"{self.voice}.said")
        return [json.loads(line)["id"] // 10 for line in kept.read_text().splitlines()] if kept.exists() else []

    def empty(self) -> bool:
        return not any(hand.do("view")["waiting"] for hand in self.counters)

    def shown_here(self, i: int, at_ms: int) -> int | None:
        """When counter i's own display had the call that was pressed for at `at_ms`."""
        screen = i < self.screens
        seen = self.counters[i].do("shown" if screen else "sign")["shown"]
        told = max((n for n, t in seen if t >= at_ms), default=0)
        return min((t for n, t in seen if n == told and t >= at_ms), default=None)


def calls_of(rows: list[LogRow]) -> list[tuple[str, int, int]]:
    """Every call of the hub: its label, its order on the board, and when it was decided (monotonic)."""
    ledger, found = Ledger(), []
    for row in rows:
        replay(ledger, row.dev, row.run, row.seq, row.event, row.dated)
        if row.kind == "called":
            found.append((ledger.hall.tickets[row.body["ticket"]].label, ledger.hall.order, row.mono))
    return found


def press_and_wait(hand: Hand, button: str = "next") -> tuple[int, dict[str, object], bool]:
    """Press, and wait until the counter has its answer: when, what it shows then, and whether somebody was called."""
    before = hand.do("view")
    at_ms = people.press(hand, button)
    counted = range(int(before["pressed"]) + 1, 1_000_000)
    view = people.wait_for(CLOCK, hand, "answer", pressed=counted, at={"walking", "idle", "serving"})
    return at_ms, view, view["at"] == "walking"


def presses(hall: Hall, calls: int, per_second: float) -> None:
    """Clerks press one after the other, as a busy hall does."""
    hall.issue(calls)
    own: dict[bool, list[int]] = {False: [], True: []}
    pressed: list[tuple[str, int]] = []
    last = [0] * len(hall.counters)
    for _ in range(calls):
        pause(hall.chance.expovariate(per_second))
        busy = [c for c in range(len(hall.counters)) if hall.counters[c].do("view")["waiting"]]
        if not busy:
            break
        i = hall.chance.choice(busy)
        people.start_who_came(CLOCK, hall.counters[i])
        pause(max(0.0, (last[i] - CLOCK.mono_ms()) / 1000 + people.AGAIN_S))
        at_ms, view, called = press_and_wait(hall.counters[i])
        last[i] = at_ms
        if called:
            pressed.append((str(view["label"]), at_ms))
            pause(0.15)
            seen = hall.shown_here(i, at_ms)
            if seen is None:
                BAD.append(f"{view['label']} not on its own display")
            else:
                own[i < hall.screens].append(seen - at_ms)
    pause(2)
    calls_made = calls_of(list(rows_of(hall.folder / "data/hub")))
    shown = hall.board.do("shown")["shown"]
    board, hub = [], []
    for label, at in pressed:
        order, decided = next((o, mono) for name, o, mono in calls_made if name == label and mono >= at)
        board.append(min((t for n, t in shown if n >= order and t >= at), default=at + 99_999) - at)
        hub.append(decided - at)
    tell("  of it: press -> the hub has decided", spread(hub))
    for kind, name in ((False, "sign"), (True, "touch panel, which draws on the same cores as the board")):
        if own[kind]:
            good = (percentile(own[kind], 99) or 0) <= 50
            tell(f"press -> own display: {name}", spread(own[kind]), "50 ms asked for, p99", good=good)
    good = (percentile(board, 99) or 101) <= 100
    tell("press -> hall board", spread(board), "100 ms asked for, p99", good=good)


def at_once(hall: Hall, rounds: int) -> None:
    """Every counter presses NEXT at the same instant."""
    many = len(hall.counters)
    hall.issue(many * rounds)
    apart: list[int] = []
    fewest = many
    for _ in range(rounds):
        for hand in hall.counters:
            people.start_who_came(CLOCK, hand)
        pause(0.5)
        barrier, pressed = threading.Barrier(many), [0] * many

        def press(i: int, barrier: threading.Barrier = barrier, pressed: list[int] = pressed) -> None:
            barrier.wait()
            pressed[i] = people.press(hall.counters[i], "next")

        threads = [threading.Thread(target=press, args=(i,)) for i in range(many)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        apart.append(max(pressed) - min(pressed))
        pause(1)
        views = [people.wait_for(CLOCK, hand, "called", at={"walking", "idle"}) for hand in hall.counters]
        labels = [str(v["label"]) for v in views if v["at"] == "walking"]
        fewest = min(fewest, len(labels))
        wait_said(hall)
        if len(set(labels)) != len(labels):
            BAD.append("one ticket at two counters")
    wait_said(hall)
    twice = double_calls(list(rows_of(hall.folder / "data/hub")))
    tell(
        f"{many} counters press NEXT together, {rounds} times",
        f"at least {fewest} counters got somebody each time, each somebody else; called twice: {twice}",
        f"presses at most {max(apart)} ms apart", good=not twice,
    )  # fmt: skip


def wait_said(hall: Hall, seconds: float = 150) -> None:
    """Until the board has nothing left to announce."""
    until = CLOCK.mono_ms() + int(seconds * 1000)
    while CLOCK.mono_ms() < until and hall.board.do("view")["left"]:
        pause(0.2)
    pause(1)


def announcements(hall: Hall, name: str) -> None:
    """Every call of the log was on the board's turn, and the loudspeaker said each once, in order."""
    wait_said(hall)
    view, said = hall.board.do("view"), hall.said()
    orders = sorted(order for _, order, _ in calls_of(list(rows_of(hall.folder / "data/hub"))))
    missing = set(orders) - set(said)
    good = said == sorted(said) and len(set(said)) == len(said) and not missing
    tell(
        f"announced {name}", f"{len(said)} of {len(orders)} calls said, each once, in the hub's order: {said == sorted(said)}",
        f"{view['passed']} passed over as older than a minute", good=good and not view["passed"],
    )  # fmt: skip


def outage(hall: Hall, seconds: int) -> None:
    """The hub and the broker are killed while people wait; clerks go on."""
    many = len(hall.counters)
    hall.issue(many * 3)
    pause(2)
    hall.center.kill("hub", "broker")
    killed = CLOCK.mono_ms()
    while CLOCK.mono_ms() - killed < seconds * 1000:
        for hand in hall.counters:
            view = hand.do("view")
            people.start_who_came(CLOCK, hand)
            if view["at"] != "asking" and view["waiting"]:
                people.press(hand, "next")
        pause(1)
    hall.center.again("broker")
    hall.center.again("hub")
    healed = CLOCK.mono_ms()
    people.wait_for(CLOCK, hall.board, "healed", fresh=True)
    for hand in hall.counters:
        people.wait_for(CLOCK, hand, "healed", fresh=True, unsent=0)
    took = CLOCK.mono_ms() - healed
    pause(3)
    rows = list(rows_of(hall.folder / "data/hub"))
    local = sum(row.kind == "called_locally" for row in rows)
    twice = double_calls(rows)
    collided = sum(row.kind == "call_collided" for row in rows)
    tell(
        f"hub and broker dead for {seconds} s, {many} counters",
        f"{local} called from the last list; {collided} logged as collisions; {twice} twice otherwise",
        f"board and every counter back {took / 1000:.1f} s after the start (10 s asked for)",
        good=twice == 0 and took <= 10_000 and local > 0,
    )  # fmt: skip


def say_one(hall: Hall) -> int:
    """Have one call said, so that the voice is there: its process."""
    hall.issue(1)
    hand = next(hand for hand in hall.counters if people.wait_for(CLOCK, hand, "list", fresh=True)["waiting"])
    people.start_who_came(CLOCK, hand)
    press_and_wait(hand)
    wait_said(hall)
    voice = subprocess_of(hall.center.running["h1"].pid)
    if voice is None:
        raise SystemExit("the board has no voice")
    return voice


def day(hall: Hall, tickets: int, seconds: int) -> None:
    """A day of so many tickets in so many seconds as the day has minutes: people come, are called, served and gone."""
    pids = {"board": hall.center.running["h1"].pid, "voice": say_one(hall)}
    if hall.screens:
        pids["panel"] = hall.center.running["c1"].pid
    memory: dict[str, list[float]] = {name: [] for name in pids}
    crowd = threading.Thread(target=hall.issue, args=(tickets,), daemon=True)
    begun = CLOCK.mono_ms()
    crowd.start()
    at = 0
    while crowd.is_alive() or not hall.empty():
        hand = hall.counters[at % len(hall.counters)]
        at += 1
        view = hand.do("view")
        if view["at"] == "walking":
            people.press(hand, "start")
        elif view["waiting"]:
            people.press(hand, "next")
        pause(0.1)
        if at % 10 == 0:
            for name, pid in pids.items():
                memory[name].append(resident_mb(pid))
    took = (CLOCK.mono_ms() - begun) / 1000
    tell(
        f"{tickets} tickets of a day of 600 in 8 hours, played in {took:.0f} s", f"{8 * 3600 * tickets / 600 / took:.0f} times its pace",
        f"{seconds} s asked for", good=took <= seconds,
    )  # fmt: skip
    for name, values in memory.items():
        tenth = max(1, len(values) // 10)
        first, last = sorted(values[tenth : 2 * tenth])[tenth // 2], sorted(values[-tenth:])[tenth // 2]
        grown = last / first - 1
        tell(
            f"{name}: resident memory over {tickets} tickets", f"{first:.0f} -> {last:.0f} MB, {grown:+.1%}",
            f"medians of the second and the last tenth; highest {max(values):.0f} MB; +5 % asked for", good=grown < 0.05,
        )  # fmt: skip


def subprocess_of(pid: int) -> int | None:
    """The first child of a process."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    mine = [p for t in Path(f"/proc/{pid}/task").iterdir() for p in (t / "children").read_text().split()]
    return int(mine[0]) if children.exists() and mine else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counters", type=int, default=20)
    parser.add_argument("--screens", type=int, default=2)
    parser.add_argument("--kiosks", type=int, default=3)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--per-second", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--outage", type=int, default=60)
    parser.add_argument("--day", type=int, default=600)
    parser.add_argument(
        "--seconds", type=int, default=480, help="what the day may take: 8 hours at 60 times their pace"
    )
    parser.add_argument(
        "--least", type=float, default=1.5, help="seconds a call stands large; 0.025 at sixty times the pace"
    )
    parser.add_argument("--board", default="1920x1080", help="a small one leaves the processor to the panels")
    args = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )
    width, _, height = args.board.partition("x")
    size = int(width), int(height)
    folder = Path(tempfile.mkdtemp(prefix="onedoor-hall-"))
    hall = Hall(folder, args.counters, args.screens, args.kiosks, size, args.least)
    try:
        if args.calls:
            presses(hall, args.calls, args.per_second)
        if args.rounds:
            at_once(hall, args.rounds)
            announcements(hall, "so far")
        if args.day:
            day(hall, args.day, args.seconds)
            announcements(hall, "in all")
        if args.outage:
            outage(hall, args.outage)
    finally:
        hall.center.stop()
    for name in BAD:
        print(f"NOT: {name}")
    return 1 if BAD else 0


if __name__ == "__main__":
    sys.exit(main())
