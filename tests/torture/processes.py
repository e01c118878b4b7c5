"""`python -m torture.processes kills|brokers|failover N`: real processes under traffic, killed again and again.

Mosquitto, hub, spare, kiosks and counters as their own programs on loopback, with SQLite on this disk. After
the last blow the traffic ends, everything that was written must arrive, and every journal, paper and log is
compared: 0 lost, 0 doubled. 1 if not, or if a program was not back at work within five seconds.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter as Tally
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from demo.processes import free_ports
from demo.results import double_calls
from onedoor.device.clock import pause
from onedoor.device.link import BrokerAddress, LinkNews, PahoLink
from onedoor.wire import messages as msg
from onedoor.wire.topics import Topics
from reports.source import rows_of
from reports.verify import verify

BACK_S = 5.0
SETTLE_S = 60.0
TOPICS = Topics("torture")
TESTS = Path(__file__).resolve().parent.parent
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


def center_toml(folder: Path, ports: list[int], kiosks: int, counters: int, *, spare: bool) -> str:
    """The center's file."""
    parts = [
        f'center = "torture"\ndata = "{folder}/data"\nclock_vouched = true\nballast_mb = 1\n[broker]\nport = {ports[0]}'
    ]
    if spare:
        parts.append(f"[spare]\nport = {ports[1]}")
    parts += [f'[[kiosks]]\ndev = "k{i}"\nslot = {i}\nprinter = "none"' for i in range(1, kiosks + 1)]
    queues = '["id", "family", "birth", "home", "land", "shop", "road", "build", "cash", "issue"]'
    parts += [f'[[counters]]\ndev = "c{i}"\nnumber = "{i}"\nqueues = {queues}' for i in range(1, counters + 1)]
    return "\n".join(parts) + "\n"


def wait_for(what: str, seconds: float, true: Callable[[], bool]) -> float:
    """Wait until something is true; how long it took. TimeoutError says what did not happen."""
    begun = time.monotonic()
    while not true():
        if time.monotonic() - begun > seconds:
            raise TimeoutError(what)
        pause(0.01)
    return time.monotonic() - begun


@dataclass
class Torture:
    """A center of real processes."""

    folder: Path
    kiosks: int = 2
    counters: int = 3
    spare: bool = False
    every_ms: int = 150
    ports: list[int] = field(default_factory=lambda: free_ports(2))
    commands: dict[str, list[str]] = field(default_factory=dict)
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    marks: dict[int, "list[msg.Mark]"] = field(default_factory=dict)
    links: list[PahoLink] = field(default_factory=list)
    starts: Tally[str] = field(default_factory=Tally)

    def prepare(self) -> None:
        """Write the files, and the command of every program."""
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        toml = center_toml(self.folder, self.ports, self.kiosks, self.counters, spare=self.spare)
        (self.folder / "center.toml").write_text(toml)
        boxes = self.folder / "boxes"
        onedoor = [sys.executable, "-m", "onedoor"]
        subprocess.run([*onedoor, "config", "write", str(self.folder / "center.toml"), "--out", str(boxes)],
                       check=True, capture_output=True)  # fmt: skip
        for dev in ["hub", "s1"] if self.spare else ["hub"]:
            config = str(boxes / dev / "device.toml")
            self.commands[f"{dev}-broker"] = [*onedoor, "broker", "--config", config]
            self.commands[dev] = [*onedoor, "hub", "--config", config]
        for dev in [f"k{i + 1}" for i in range(self.kiosks)] + [f"c{i + 1}" for i in range(self.counters)]:
            self.commands[dev] = [
                sys.executable, "-m", "torture.box", "--config", str(boxes / dev / "device.toml"),
                "--papers", str(self.papers(dev)), "--seed", str(len(self.commands)), "--every-ms", str(self.every_ms),
            ]  # fmt: skip

    def begin(self) -> None:
        """Start everything, and listen at the brokers."""
        self.prepare()
        for number, port in enumerate(self.ports[: 2 if self.spare else 1]):
            self.marks[number] = []
            link = PahoLink(BrokerAddress("127.0.0.1", port), "watcher", [TOPICS.mark("k1").replace("k1", "+")])
            link.start(lambda news, number=number: self._heard(number, news))
            self.links.append(link)
        for name in self.commands:
            self.start(name)
        wait_for("the first marks", 30, lambda: any(self.marks.values()))

    def papers(self, dev: str) -> Path:
        """Where a kiosk's papers are."""
        return self.folder / f"papers-{dev}.txt"

    def _heard(self, number: int, news: LinkNews) -> None:
        payload = getattr(news, "payload", None)
        if payload:
            self.marks[number].append(msg.decode(payload, msg.Mark))

    def start(self, name: str, **env: str) -> None:
        """Start a program (again)."""
        self.starts[name] += 1
        with open(self.folder / "logs" / f"{name}.log", "ab") as log:
            self.running[name] = subprocess.Popen(
                self.commands[name], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=TESTS,
                env=dict(os.environ, PYTHONUNBUFFERED="1", **env), start_new_session=True,
            )  # fmt: skip

    def kill(self, name: str) -> None:
        """SIGKILL, to the whole program."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def signs(self, name: str) -> int:
        """A number that grows when this program works."""
        if name.startswith("k"):
            path = self.papers(name)
            return path.stat().st_size if path.exists() else 0
        if name.startswith("c"):
            return self.rows_on_card(name)
        number = 1 if name.startswith("s1") else 0
        return len(self.marks[number])

    def rows_on_card(self, dev: str) -> int:
        """Rows of a box's journal."""
        with sqlite3.connect(f"file:{self.folder}/data/{dev}/journal.db?mode=ro", uri=True, timeout=5) as db:
            return int(db.execute("SELECT count(*) FROM rows").fetchone()[0])

    def blow(self, name: str, **env: str) -> float:
        """Kill a program and start it again at once; seconds until it works."""
        self.kill(name)
        before = self.signs(name)
        begun = time.monotonic()
        self.start(name, **env)
        wait_for(f"{name} back at work", 20, lambda: self.signs(name) > before)
        return time.monotonic() - begun

    def end_traffic(self) -> None:
        """Nobody touches or presses any more; everything written arrives."""
        for name in self.commands:
            if name[0] in "kc":
                self.running[name].send_signal(signal.SIGUSR1)

        def all_there() -> bool:
            have = self.in_log(self.leader())
            return all(rows <= have for rows in map(self.on_card, self.boxes()))

        wait_for("every row in the log", SETTLE_S, all_there)
        pause(2)  # the last paper's end, and the answer to the last press, are rows too
        wait_for("every row in the log", SETTLE_S, all_there)

    def boxes(self) -> list[str]:
        """Kiosks and counters."""
        return [name for name in self.commands if name[0] in "kc"]

    def leader(self) -> str:
        """The hub's box that leads."""
        standing = {dev: self.folder / "data" / dev / "standing.json" for dev in ("hub", "s1")}
        said = {dev: json.loads(p.read_text()) for dev, p in standing.items() if p.exists()}
        leading = [dev for dev, s in said.items() if s.get("leads")]
        return max(leading or ["hub"], key=lambda dev: said[dev]["epoch"])

    def on_card(self, dev: str) -> set[tuple[str, str, int]]:
        """The rows of a box's journal."""
        with sqlite3.connect(f"file:{self.folder}/data/{dev}/journal.db?mode=ro", uri=True, timeout=5) as db:
            return {(dev, run, seq) for run, seq in db.execute("SELECT run, seq FROM rows")}

    def in_log(self, dev: str) -> set[tuple[str, str, int]]:
        """Devices' rows in a hub's log."""
        try:
            with sqlite3.connect(f"file:{self.folder}/data/{dev}/center.db?mode=ro", uri=True, timeout=5) as db:
                return set(db.execute("SELECT dev, run, seq FROM log WHERE dev != 'hub'"))
        except sqlite3.OperationalError:
            return set()

    def judge(self) -> list[str]:
        """What is wrong at the end."""
        log = list(rows_of(self.folder / "data" / self.leader()))
        done = verify(log)
        wrong = [f"row {done.misfit.hub_seq}: {done.misfit.why}"] if done.misfit else []
        taken = Tally((r.dev, r.run, r.seq) for r in log if r.dev != "hub")
        written = set().union(*(self.on_card(dev) for dev in self.boxes()))
        wrong += [f"{len(written - set(taken))} rows lost"] if written - set(taken) else []
        wrong += [f"{len(set(taken) - written)} rows made up"] if set(taken) - written else []
        wrong += ["rows doubled"] if any(n > 1 for n in taken.values()) else []
        papers = [
            line.split() for dev in self.boxes() if dev[0] == "k" for line in self.papers(dev).read_text().splitlines()
        ]
        numbers = Tally((day, label) for day, label, _, _ in papers)
        wrong += (
            [f"papers with one number: {[k for k, n in numbers.items() if n > 1][:3]}"]
            if max(numbers.values()) > 1
            else []
        )
        issued = {f"{r.dev}.{r.run}.{r.seq}" for r in log if r.kind == "issued"}
        lost = [rid for _, _, rid, _ in papers if rid not in issued]
        wrong += [f"{len(lost)} papers without a row"] if lost else []
        wrong += [f"{double_calls(log)} calls doubled"] if double_calls(log) else []
        self.counts = {
            "rows": len(log),
            "papers": len(papers),
            "collisions": sum(r.kind == "call_collided" for r in log),
        }
        return wrong

    def stop(self) -> None:
        """End everything we started."""
        for link in self.links:
            link.stop()
        for name in list(self.running):
            self.kill(name)


def kills(t: Torture, count: int, seed: int) -> dict[str, object]:
    """SIGKILL of anything, again and again."""
    chance = random.Random(seed)
    times: dict[str, list[float]] = {}
    for _ in range(count):
        name = chance.choice(["hub", "hub", "hub-broker", *t.boxes()])
        times.setdefault(name.rstrip("0123456789"), []).append(t.blow(name))
    everything = [s for group in times.values() for s in group]
    return {
        "kills": count, "longest_s": round(max(everything), 2), "median_s": round(statistics.median(everything), 2),
        "over_5_s": sum(s > BACK_S for s in everything),
        "by": {name: f"{len(group)}, longest {max(group):.2f} s" for name, group in sorted(times.items())},
    }  # fmt: skip


def brokers(t: Torture, count: int, seed: int) -> dict[str, object]:
    """The broker starts again and again, each time with another idea of what time it is."""
    chance = random.Random(seed)
    times = []
    for _ in range(count):
        env = {}
        if FAKETIME.exists():
            at = chance.choice(["+0", "+7200", "-7200", "@1970-01-02 00:00:00", "@2035-01-01 00:00:00"])
            env = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": at, "DONT_FAKE_MONOTONIC": "1"}
        times.append(t.blow("hub-broker", **env))
    return {
        "restarts": count, "clocks": "two hours off, 1970, 2035" if FAKETIME.exists() else "not tried: no libfaketime",
        "longest_s": round(max(times), 2), "over_5_s": sum(s > BACK_S for s in times),
    }  # fmt: skip


def failover(t: Torture, count: int, seed: int) -> dict[str, object]:
    """The hub's box dies with its broker, a person promotes the other one, the old one comes back as the spare."""
    times, back = [], []
    for _ in range(count):
        old = t.leader()
        new = "s1" if old == "hub" else "hub"
        t.kill(old)
        t.kill(f"{old}-broker")
        begun = time.monotonic()
        config = t.folder / "boxes" / new / "device.toml"
        before = t.signs(new)
        subprocess.run([sys.executable, "-m", "onedoor", "promote", "--plug-is-pulled", "--config", str(config)],
                       check=True, capture_output=True, timeout=30)  # fmt: skip
        wait_for("boxes at the promoted spare", 30, lambda new=new, before=before: t.signs(new) > before + 2)
        times.append(time.monotonic() - begun)
        t.start(f"{old}-broker")
        t.start(old)
        begun = time.monotonic()
        wait_for("the old hub as the spare", 60, lambda old=old, new=new: copies_agree(t, old, new))
        back.append(time.monotonic() - begun)
    epoch = json.loads((t.folder / "data" / t.leader() / "standing.json").read_text())["epoch"]
    return {
        "drills": count, "promotion_to_work_s": f"median {statistics.median(times):.1f}, longest {max(times):.1f}",
        "old_hub_to_copy_s": f"median {statistics.median(back):.1f}, longest {max(back):.1f}", "epoch": epoch,
        "over_5_s": 0,
    }  # fmt: skip


def copies_agree(t: Torture, follower: str, leader: str) -> bool:
    """Whether the follower follows and holds a row that the leader wrote in its epoch."""
    standing = json.loads((t.folder / "data" / follower / "standing.json").read_text())
    if standing["leads"]:
        return False
    heads = []
    for dev in (follower, leader):
        with sqlite3.connect(f"file:{t.folder}/data/{dev}/center.db?mode=ro", uri=True, timeout=5) as db:
            heads.append(db.execute("SELECT max(hub_seq), max(epoch) FROM log").fetchone())
    return heads[0][1] == heads[1][1] and heads[1][0] - heads[0][0] < 30


def torture(what: str, count: int, seed: int = 1, folder: Path | None = None) -> dict[str, object]:
    """One run; its figures, with "wrong" for what must be empty."""
    place = folder or Path(tempfile.mkdtemp(prefix="onedoor-torture-"))
    run = {"kills": kills, "brokers": brokers, "failover": failover}[what]
    t = Torture(place, spare=what == "failover")
    try:
        t.begin()
        figures = run(t, count, seed)
        t.end_traffic()
        wrong = t.judge()
        if what == "failover":
            a, b = ([r.hash for r in rows_of(place / "data" / dev)] for dev in ("hub", "s1"))
            wrong += [] if a[: len(b)] == b or b[: len(a)] == a else ["the two logs differ"]
    finally:
        t.stop()
    if folder is None and not wrong:
        shutil.rmtree(place, ignore_errors=True)
    return {"what": what, **figures, **t.counts, "wrong": wrong}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("kills", "brokers", "failover"))
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    figures = torture(args.what, args.count, args.seed)
    print(json.dumps(figures, indent=1))
    return 1 if figures["wrong"] or figures["over_5_s"] else 0


if __name__ == "__main__":
    sys.exit(main())
