"""`python -m torture.cards [kiosk|counter|hall|hub ...]`: each stored file of each role in each bad state.

Real programs under Xvfb, each box on a small file system of its own (ext4 in a loop device, or tmpfs). A box is ended,
one of its files is spoilt (or its whole card), and it is started again. Measured: how long until a person sees something
on its screen (or, for a hub, on a counter's), what that is, whether numbers stay unique, whether everything is well after
one `onedoor repair`. At the end every number that anybody got must be in the hub's log once. Prints a table; 1 if a
promise was broken. Needs root, for the mounts.
"""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from demo import people
from demo.app import write_boxes
from demo.processes import Center, DemoError, free_ports
from onedoor.device.clock import SystemClock, pause
from onedoor.device.control import Hand
from reports.source import rows_of
from reports.verify_app import check

SCREEN_S = 10.0
NOBODY = 65_534
CARD_MB = 24
PROGRAMS = {"k1": "kiosk", "c1": "counter", "h1": "hall", "hub": "hub"}
KEPT = ("clock.json", "running", "ballast", "alarms/onedoor-x.json", "kivy/config.ini", "good/device.toml")
FILES = {
    "k1": ("journal.db", "printers/P.json", "printers/P.open", *KEPT),
    "c1": ("journal.db", *KEPT),
    "h1": KEPT,
    "hub": (
        "center.db", "standing.json", "seal.key", "clock.json", "running", "ballast", "alarms/onedoor-x.json", "control",
        "denied.sock", "mosquitto/mosquitto.conf", "mosquitto/acl.conf", "good/device.toml",
    ),
}  # fmt: skip
OUTSIDE = ("device.toml", "national.toml", "national.toml.sig", "local.toml")
SPOILT = ("damaged", "cut", "empty", "missing", "foreign", "wrong kind")
CARD = ("full", "read-only", "foreign", "missing")


def damaged(path: Path) -> None:
    """Every fourth block of sixteen bytes is noise."""
    data = bytearray(path.read_bytes())
    for at in range(16 if len(data) > 64 else 0, max(1, len(data)), 64):
        data[at : at + 16] = os.urandom(16)
    path.write_bytes(bytes(data))


def wrong_kind(path: Path) -> None:
    """A folder in a file's place."""
    path.unlink()
    path.mkdir()


SPOIL: dict[str, Callable[[Path], object]] = {
    "damaged": damaged,
    "cut": lambda path: os.truncate(path, path.stat().st_size // 2),
    "empty": lambda path: os.truncate(path, 0),
    "missing": lambda path: path.unlink(),
    "foreign": lambda path: (os.chown(path, NOBODY, NOBODY), path.chmod(0o600)),
    "wrong kind": wrong_kind,
}


@dataclass
class Result:
    """What came of one case."""

    role: str
    what: str
    state: str
    screen_s: float = -1.0
    shows: str = ""
    told: list[str] = field(default_factory=list)
    repaired: str = ""
    wrong: list[str] = field(default_factory=list)

    def line(self) -> str:
        """As one row of a table."""
        wrong = "; ".join(self.wrong) or "-"
        told = ", ".join(self.told) or "-"
        return (
            f"| {self.role} | {self.what} | {self.state} | {self.screen_s:.1f} | {self.shows} | {told} |"
            f" {self.repaired} | {wrong} |"
        )


@dataclass
class Bench:
    """One center, each box on a card of its own."""

    folder: Path
    center: Center
    boxes: Path = Path()
    labels: list[str] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)

    # -- boxes ----------------------------------------------------------------------------------

    def data(self, dev: str) -> Path:
        return self.folder / "cards" / dev / "data"

    def config(self, dev: str) -> Path:
        return self.boxes / dev / "device.toml"

    def start(self, dev: str) -> None:
        self.center.again(dev)

    def end(self, dev: str) -> None:
        """As systemd does; one that is gone is gone."""
        process = self.center.running.pop(dev, None)
        if process is None:
            return
        process.terminate()
        try:
            process.wait(25)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def view(self, dev: str) -> dict[str, object]:
        with contextlib.suppress(OSError, ConnectionError, ValueError, DemoError):
            hand = Hand(self.center._sockets / dev, 5.0)
            try:
                return hand.ask("view")
            finally:
                hand.close()
        return {}

    def until(self, seconds: float, true: Callable[[], bool]) -> float:
        """How long it took; -1: it never was."""
        begun = self.center.clock.mono_ms()
        while not true():
            if self.center.clock.mono_ms() - begun > seconds * 1000:
                return -1.0
            pause(0.05)
        return (self.center.clock.mono_ms() - begun) / 1000

    def alarms(self) -> set[tuple[str, str]]:
        return {(dev, code) for dev, code in self.view("c1").get("alarms", [])}  # type: ignore[attr-defined]

    # -- what people do -----------------------------------------------------------------------------

    def ticket(self) -> str:
        """A citizen takes a number: what is wrong with it, or nothing."""
        hand = self.center.hand("k1")
        try:
            self.until(75, lambda: hand.do("view").get("screen") != "starting")
            for _ in range(3):
                if hand.do("view").get("screen") in ("issued", "listed"):
                    hand.do("touch", name="done")
                    pause(0.3)
            people.touch(self.center.clock, hand, "begin")
            people.touch(self.center.clock, hand, "service-id")
            people.touch(self.center.clock, hand, "take")
            label = str(people.wait_for(self.center.clock, hand, "ticket", screen="issued")["label"])
            people.touch(self.center.clock, hand, "done")
        except (people.Stuck, RuntimeError, OSError) as wrong:
            return f"no number ({wrong})"
        finally:
            hand.close()
        twice = label in self.labels
        self.labels.append(label)
        return f"{label} twice" if twice else ""

    def sent(self) -> bool:
        return self.until(40, lambda: self.view("k1").get("unsent") == 0) >= 0

    def repair(self, dev: str, *more: str) -> tuple[int, str]:
        argv = ["repair", "--config", str(self.config(dev)), "--yes", "--data", str(self.data(dev)), *more]
        done = subprocess.run([sys.executable, "-m", "onedoor", *argv], capture_output=True, text=True, check=False)
        if os.environ.get("SAY"):
            print(done.stdout, done.stderr, file=sys.stderr)
        return done.returncode, done.stdout + done.stderr

    # -- one case -----------------------------------------------------------------------------------

    def case(self, dev: str, what: str, state: str) -> None:
        """Spoil, start, look, repair, look."""
        result = Result(PROGRAMS[dev], what, state)
        self.results.append(result)
        if dev != "hub" and self.until(60, lambda: bool(self.view(dev).get("fresh"))) < 0:
            result.wrong.append("was not well before")
        if dev == "k1" and not self.sent():
            result.wrong.append("rows were not sent before")
        self.end(dev)
        if dev == "hub":
            self.until(10, lambda: not self.view("c1").get("fresh"))
        broker = dev == "hub" and what.startswith(("mosquitto/", "card"))
        if broker:  # it writes its files at its start
            self.end("broker")
        undo = self._spoil(dev, what, state)
        if broker:
            self.start("broker")
        self.start(dev)
        self._see(dev, result)
        self._mend(dev, result, undo)
        print(result.line(), flush=True)

    def _spoil(self, dev: str, what: str, state: str) -> Callable[[], None]:
        data = self.data(dev)
        if what == "card":
            return self._spoil_card(data, state)
        path = self.boxes / dev / what if what in OUTSIDE else data / what
        if what.startswith("printers/"):
            path = next(iter(data.glob(f"printers/*{path.suffix}")), path)
        if not os.path.lexists(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text('{"x": 1}')
        if path.is_socket():
            path.unlink()
            path.write_text("no socket")
        SPOIL[state](path)
        return lambda: None

    def _spoil_card(self, data: Path, state: str) -> Callable[[], None]:
        mount = data.parent
        if state == "full":
            (data / "ballast").unlink(missing_ok=True)
            with open(mount / "filler", "ab", buffering=0) as filler, contextlib.suppress(OSError):
                while True:
                    filler.write(b"x" * 1024)
            return (mount / "filler").unlink
        if state == "read-only":
            subprocess.run(["mount", "-o", "remount,ro", str(mount)], check=True)
        elif state == "foreign":
            os.chown(data, NOBODY, NOBODY)
        else:
            shutil.rmtree(data)
        return lambda: None

    def _see(self, dev: str, result: Result) -> None:
        before = self.center.clock.mono_ms()
        if dev == "hub":
            self._see_hub(result, before)
            return
        result.screen_s = self.until(40, lambda: bool(self.view(dev)))
        if not 0 <= result.screen_s <= SCREEN_S:
            result.wrong.append("no screen in time")
        view = self.view(dev)
        if view.get("screen") == "trouble":
            result.shows = "says: " + str(view["fault"]).split(": ", 1)[-1].replace("\n", " ")[:70]
            return
        result.shows = "runs"
        if dev == "k1":
            wrong = self.ticket()
            result.wrong += [wrong] if wrong else []
        elif self.until(40, lambda: bool(self.view(dev).get("fresh"))) < 0:
            result.wrong.append("does not work")
        pause(1.2)
        result.told = sorted(code for who, code in self.alarms() if who == dev)

    def _see_hub(self, result: Result, before: int) -> None:
        """A hub has no screen: a counter's panel shows that it leads, or why not."""

        def seen() -> bool:
            if self.center.running["hub"].poll() is not None:
                return True
            return bool(self.view("c1").get("fresh")) or any(who == "hub" for who, _ in self.alarms() - old)

        old: set[tuple[str, str]] = set()
        took = self.until(40, seen)
        result.screen_s = took if took < 0 else (self.center.clock.mono_ms() - before) / 1000
        if not 0 <= result.screen_s <= SCREEN_S:
            result.wrong.append("nothing on a panel in time")
        if self.center.running["hub"].poll() is not None:
            self.center.running.pop("hub")
            result.shows = "ends, says: " + self.center.last_words("hub").strip().splitlines()[-1].strip()[:60]
            return
        fresh = self.until(1.5, lambda: bool(self.view("c1").get("fresh"))) >= 0
        result.shows = "leads" if fresh else "does not lead"
        wrong = self.ticket()
        result.wrong += [wrong] if wrong else []
        result.told = sorted(code for who, code in self.alarms() if who == "hub")
        if not fresh and not result.told:
            result.wrong.append("nobody is told")

    def _mend(self, dev: str, result: Result, undo: Callable[[], None]) -> None:
        by_hand = result.what == "card" and result.state == "full"
        if dev != "hub":
            self.end(dev)
        if by_hand:
            code, said = self.repair(dev)
            if code != 1 or "filler" not in said:
                result.wrong.append(f"repair does not name what is large ({code})")
            undo()
        code, said = self.repair(dev)
        result.repaired = "nothing to do" if "Nothing is wrong" in said else f"repaired ({code})"
        if by_hand:
            result.repaired += ", after the file that it named was moved"
        if code:
            result.wrong.append(f"repair: {said.strip().splitlines()[-1][:80] if said.strip() else code}")
        if "hub" in self.center.running and self.center.running["hub"].poll() is not None:
            self.end("hub")
        if dev not in self.center.running:
            self.start(dev)
        if self.until(60, lambda: bool(self.view("c1" if dev == "hub" else dev).get("fresh"))) < 0:
            result.wrong.append("not well after the repair")
        wrong = self.ticket() if dev in ("k1", "hub") else ""
        result.wrong += [wrong] if wrong else []
        left = {code for who, code in self.alarms() if who == dev and code.startswith(("card", "log", "stand", "seal"))}
        if left and self.until(35, lambda: not {c for w, c in self.alarms() if w == dev} & left) < 0:
            result.wrong.append(f"still told: {sorted(left)}")

    def judge(self) -> list[str]:
        """Every number that anybody got is in the log, once."""
        self.sent()
        self.end("hub")
        found = [str(row.body["label"]) for row in rows_of(self.data("hub")) if row.kind == "issued"]
        wrong = [f"{label}: {found.count(label)} times in the log" for label in self.labels if found.count(label) != 1]
        wrong += [f"{label} twice" for label in set(self.labels) if self.labels.count(label) > 1]
        verdict = check(self.data("hub"))
        return wrong + ([verdict] if isinstance(verdict, str) else [])


def mount_card(folder: Path, name: str) -> str:
    """A small file system of its own; which kind."""
    place, image = folder / "cards" / name, folder / "cards" / f"{name}.img"
    place.mkdir(parents=True)
    with open(image, "wb") as file:
        file.truncate(CARD_MB * 1024 * 1024)
    made = subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], capture_output=True, check=False).returncode == 0
    if made and not subprocess.run(["mount", "-o", "loop", str(image), str(place)], capture_output=True).returncode:
        kind = "ext4"
    else:
        image.unlink()
        argv = ["mount", "-t", "tmpfs", "-o", f"size={CARD_MB}m,mode=755", "tmpfs", str(place)]
        subprocess.run(argv, check=True)
        kind = "tmpfs"
    (place / "data").mkdir()
    return kind


@contextlib.contextmanager
def display() -> Iterator[None]:
    """A screen that nobody has."""
    told, tell = os.pipe()
    argv = ["Xvfb", "-displayfd", str(tell), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    server = subprocess.Popen(argv, stderr=subprocess.DEVNULL, pass_fds=[tell])
    os.close(tell)
    with os.fdopen(told) as pipe:
        os.environ["DISPLAY"] = f":{pipe.readline().strip()}"
    try:
        yield
    finally:
        server.terminate()
        server.wait()


@contextlib.contextmanager
def bench(folder: Path) -> Iterator[tuple[Bench, str]]:
    """Hub, broker, a kiosk with its printer, a counter, a board; each on its card, with its catalogue beside it."""
    kind, center = "", Center(folder / "run", SystemClock(vouched=True), headless=False)
    made = Bench(folder, center)
    try:
        for dev in PROGRAMS:
            kind = mount_card(folder, dev)
            (folder / "run/data").mkdir(parents=True, exist_ok=True)
            (folder / "run/data" / dev).symlink_to(made.data(dev))
        ports = free_ports(2)
        made.boxes = write_boxes(center, ports, 1)
        shipped = Path(__file__).resolve().parent.parent.parent / "onedoor/data"
        for dev in PROGRAMS:
            box = made.boxes / dev
            for name in ("national.toml", "national.toml.sig"):
                shutil.copy(shipped / name, box / name)
            (box / "local.toml").write_text('version = "here"\n')
            text = made.config(dev).read_text().splitlines()
            text = [line for line in text if not line.startswith(("catalogue", "ballast_mb"))]
            own = [f'catalogue = "{box}/national.toml"', f'catalogue_local = "{box}/local.toml"', "ballast_mb = 2"]
            made.config(dev).write_text("\n".join(own + text) + "\n")
        hub = str(made.config("hub"))
        center.start("broker", "broker", "--config", hub)
        center.start("hub", "hub", "--config", hub)
        center.start("p1", "printer", "--port", str(ports[1]), "--out", str(folder / "papers"), control=True)
        for dev in ("h1", "k1", "c1"):
            center.start(dev, PROGRAMS[dev], "--config", str(made.config(dev)), control=True)
        for dev in ("h1", "k1", "c1"):
            people.wait_for(center.clock, center.hand(dev), "start", fresh=True)
        yield made, kind
    finally:
        center.stop()
        for dev in PROGRAMS:
            subprocess.run(["umount", "-l", str(folder / "cards" / dev)], capture_output=True, check=False)


def cases(dev: str, only: str) -> list[tuple[str, str]]:
    """Each file in each state, then the whole card."""
    found = [(what, state) for what in (*FILES[dev], *OUTSIDE) for state in SPOILT]
    found += [("card", state) for state in CARD]
    return [(what, state) for what, state in found if any(part in f"{what}/{state}" for part in only.split(","))]


def main() -> int:
    """Play them; the table; 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("devs", nargs="*", default=list(PROGRAMS))
    parser.add_argument("--only", default="", help="parts of FILE/STATE, separated by commas")
    args = parser.parse_args()
    bad = 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for dev in args.devs:
        with tempfile.TemporaryDirectory(prefix="cards-") as folder, display(), bench(Path(folder)) as (made, kind):
            print(f"{dev}: {kind}, {CARD_MB} MB", flush=True)
            made.ticket()
            for what, state in cases(dev, args.only):
                made.case(dev, what, state)
            lost = made.judge()
            times = sorted(r.screen_s for r in made.results)
            wrong = [r for r in made.results if r.wrong]
            print(
                f"{dev}: {len(made.results)} cases, {len(wrong)} wrong; screen after {times[len(times) // 2]:.1f} s in"
                f" the median, {times[-1]:.1f} s at the longest; {len(made.labels)} numbers, lost or doubled: {lost or 0}",
                flush=True,
            )
            bad += len(wrong) + len(lost)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
