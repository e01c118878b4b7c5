"""What comes to a center's doors: a flood, silent sockets, huge payloads, forged tickets.

    python benchmarks/doors.py [--flood 30000] [--seconds 15] [--silent 200] [--tickets 100000]

Prints a Markdown table. Broker and hub are the real programs, each in a memory group with its unit's MemoryMax where this
machine lets us make one (cgroup v1 or v2, as root), else their peak resident memory is told beside it. A box that floods
speaks raw MQTT, as fast as asked; another kiosk's tickets are called by another counter meanwhile, over real links, and
the time from the press's row to the mark that answers it is told. A lost wish is sent again after 3 s, as a panel does.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from demo.app import write_boxes
from demo.processes import Center, free_ports
from onedoor.device.clock import SystemClock
from onedoor.device.link import Arrived, BrokerAddress, LinkUp, PahoLink
from onedoor.hall import events as ev
from onedoor.hall.ledger import Fact
from onedoor.hall.zone import LAOS, day_of
from onedoor.wire import messages as msg
from onedoor.wire.errors import WireError
from onedoor.wire.rows import row_from
from onedoor.wire.topics import Topics

ROOT = Path(__file__).resolve().parent.parent
RESEND_S = 3.0
CENTER = "saysettha"
UNITS = {"broker": "onedoor-broker.service", "hub": "onedoor-hub.service"}


def memory_max(unit: str) -> int:
    """MemoryMax of a unit, in bytes."""
    text = (ROOT / "systemd" / unit).read_text()
    return int(text.split("MemoryMax=")[1].split("M")[0]) << 20


class Group:
    """A memory group with a limit, or none where that cannot be made."""

    def __init__(self, name: str, limit: int) -> None:
        self.path, self.limit = None, limit
        for base, file in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
            path = Path(base) / f"onedoor-{name}-{os.getpid()}"
            try:
                path.mkdir()
                (path / file).write_text(str(limit))
                self.path = path
                return
            except OSError:
                if path.exists():
                    path.rmdir()

    def take(self, pid: int) -> None:
        if self.path is not None:
            (self.path / "cgroup.procs").write_text(str(pid))

    def peak_mb(self) -> float | None:
        for file in ("memory.max_usage_in_bytes", "memory.peak"):
            if self.path is not None and (self.path / file).exists():
                return int((self.path / file).read_text()) / 2**20
        return None

    def close(self) -> None:
        if self.path is not None:
            for _ in range(50):
                try:
                    self.path.rmdir()
                    return
                except OSError:
                    time.sleep(0.1)


def peak_rss_mb(pid: int) -> float:
    """Peak resident memory of a process and its children."""
    total = 0.0
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                status = Path(f"/proc/{name}/status").read_text()
            except OSError:
                continue
            if int(name) == pid or f"PPid:\t{pid}\n" in status:
                total += int(status.split("VmHWM:")[1].split()[0]) / 1024 if "VmHWM:" in status else 0
    return total


class House:
    """Broker and hub, running."""

    def __init__(self, folder: Path) -> None:
        self.center = Center(folder, SystemClock(vouched=True), headless=True)
        ports = free_ports(3)
        self.port = ports[0]
        self.boxes = write_boxes(self.center, ports, 3)
        self.config = str(self.boxes / "hub/device.toml")
        self.groups = {name: Group(name, memory_max(unit)) for name, unit in UNITS.items()}
        for name in UNITS:
            self.start(name)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                time.sleep(0.1)

    def start(self, name: str) -> None:
        self.center.start(name, name, "--config", self.config)
        self.groups[name].take(self.pid(name))

    def pid(self, name: str) -> int:
        return self.center.running[name].pid

    def alive(self, name: str) -> bool:
        return self.center.running[name].poll() is None

    def memory(self, name: str) -> str:
        of = self.groups[name].limit >> 20
        peak = self.groups[name].peak_mb()
        return (
            f"{peak:.0f} of {of} MB (cgroup)"
            if peak is not None
            else f"{peak_rss_mb(self.pid(name)):.0f} of {of} MB (RSS)"
        )

    def close(self) -> None:
        self.center.stop()
        for group in self.groups.values():
            group.close()


class Voice:
    """One box's link, and rows of its own."""

    def __init__(self, port: int, dev: str) -> None:
        self.dev, self.topics, self.clock = dev, Topics(CENTER), SystemClock()
        self.run, self.seq, self.boot = os.urandom(8).hex(), 0, "bench"
        self.up, self.marked = threading.Event(), threading.Condition()
        self.mark: msg.Mark | None = None
        self.alarms: dict[str, list[str]] = {}
        self.link = PahoLink(BrokerAddress(port=port), dev, [self.topics.mark(dev), self.topics.info("hub")])
        self.link.start(self._hear)

    def _hear(self, news: object) -> None:
        if isinstance(news, LinkUp):
            self.up.set()
        if isinstance(news, Arrived) and news.topic.endswith("/info"):
            self.alarms["hub"] = list(msg.decode(news.payload, msg.Info).alarms)
        elif isinstance(news, Arrived):
            with self.marked:
                try:
                    self.mark = msg.decode(news.payload, msg.Mark)
                except WireError:
                    return
                self.marked.notify_all()

    def rows(self, *events: ev.Event) -> bytes:
        facts = []
        for event in events:
            self.seq += 1
            facts.append(Fact(self.dev, self.run, self.seq, None, event, self.boot, self.clock.mono_ms(), None))
        return msg.encode(msg.Batch(msg.VERSION, [row_from(f) for f in facts], self.boot, self.clock.mono_ms()))

    def say(self, *events: ev.Event, within_s: float = 30.0) -> float:
        """Send rows until the hub has them; how long that took, in seconds."""
        payload, begun = self.rows(*events), time.monotonic()
        while True:
            self.link.publish(self.topics.batch(self.dev), payload)
            with self.marked:
                if self.marked.wait_for(
                    lambda: self.mark is not None and self.mark.have.get(self.run, 0) >= self.seq, RESEND_S
                ):
                    return time.monotonic() - begun
            if time.monotonic() - begun > within_s:
                return float("inf")

    def id(self) -> str:
        return f"{self.dev}.{self.run}.{self.seq}"


def issue(box: Voice, slot: int, n: int) -> ev.Issued:
    return ev.Issued(f"A{slot}-{n:03d}", "id", "id", slot, n, day_of(box.clock.wall_ms(), LAOS))


def calls(port: int, seconds: float) -> tuple[list[float], list[str]]:
    """Calls one after the other, each of somebody who has just taken a number at another kiosk."""
    kiosk, panel = Voice(port, "k2"), Voice(port, "c1")
    kiosk.up.wait(10), panel.up.wait(10)
    kiosk.say(ev.Booted("bench"))
    panel.say(ev.Booted("bench"), ev.CounterOpened("1", ("id",)))
    took, n, begun = [], 0, time.monotonic()
    while time.monotonic() - begun < seconds:
        n += 1
        kiosk.say(issue(kiosk, 2, n))
        took.append(panel.say(ev.CallRequested("1", ("id",))))
        command = ev.RowId(panel.id())
        ref = panel.mark.calls.get(command) if panel.mark else None
        if ref is not None:
            ticket = ev.RowId(ref.ticket)
            panel.say(ev.Shown(command, ticket), ev.Started(ticket), ev.Ended(ticket))
        else:
            panel.say(ev.NoneShown(command))
        time.sleep(0.05)
    alarms = panel.alarms.get("hub", [])
    kiosk.link.stop()
    panel.link.stop()
    return took, alarms


def p(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, (percent * len(values) + 99) // 100 - 1)]


def spread(values: list[float]) -> str:
    return f"{len(values)} calls: median {p(values, 50) * 1000:.0f} ms, p99 {p(values, 99) * 1000:.0f} ms, max {max(values) * 1000:.0f} ms"


def packet(kind: int, body: bytes) -> bytes:
    size, out = len(body), b""
    while True:
        size, digit = size // 128, size % 128
        out += bytes([digit | (0x80 if size else 0)])
        if not size:
            return bytes([kind]) + out + body


def connect(port: int, name: str) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port), 5)
    sock.settimeout(5)
    sock.sendall(packet(0x10, b"\x00\x04MQTT\x04\x02\x00\x3c" + len(name).to_bytes(2, "big") + name.encode()))
    if not sock.recv(4):
        raise OSError("the broker hung up")
    return sock


def publish(topic: str, payload: bytes) -> bytes:
    return packet(0x30, len(topic).to_bytes(2, "big") + topic.encode() + payload)


def flood(port: int, dev: str, rate: int, seconds: float) -> int:
    """As a program of its own: so many messages a second; how many went out."""
    payload = json.dumps({"v": 1, "rows": [], "boot_id": "b", "mono_now_ms": 5}).encode()
    lump = publish(f"onedoor/v1/{CENTER}/jrn/{dev}/batch", payload) * 100
    sock = connect(port, f"flood-{dev}")
    begun, sent = time.monotonic(), 0
    while (now := time.monotonic() - begun) < seconds:
        if sent < now * rate:
            sock.sendall(lump)
            sent += 100
        else:
            time.sleep(0.001)
    print(sent)
    return sent


def flooded(house: House, rate: int, seconds: float) -> None:
    quiet, _ = calls(house.port, seconds)
    print(f"| calls of c1, nobody floods | {spread(quiet)} |", flush=True)
    argv = [sys.executable, __file__, "--be-flood", str(house.port), str(rate), str(seconds + 4)]
    other = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    took, alarms = calls(house.port, seconds)
    sent = int((other.communicate()[0] or "0").split()[-1])
    print(f"| calls of c1 while k1 sends {sent / (seconds + 4):.0f} messages/s | {spread(took)} |")
    print(f"| alarms on every panel | {', '.join(alarms) or 'none'} |")
    print(f"| broker, hub after it | {house.memory('broker')}, {house.memory('hub')}; {lives(house)} |", flush=True)


def lives(house: House) -> str:
    dead = [name for name in UNITS if not house.alive(name)]
    return f"dead: {', '.join(dead)}" if dead else "both live"


def silent(house: House, count: int) -> None:
    socks = []
    for _ in range(count):
        try:
            socks.append(socket.create_connection(("127.0.0.1", house.port), 2))
        except OSError:
            break
    time.sleep(1)
    begun, ok = time.monotonic(), 0
    for n in range(5):
        try:
            connect(house.port, f"honest-{n}").close()
            ok += 1
        except OSError:
            pass
    print(
        f"| {len(socks)} silent sockets | {ok} of 5 boxes got in, {(time.monotonic() - begun) * 200:.0f} ms each |",
        flush=True,
    )
    for sock in socks:
        sock.close()


def huge(house: House) -> None:
    told = []
    for n in range(50):
        try:
            sock = connect(house.port, f"huge-{n}")
            sock.sendall(publish(f"onedoor/v1/{CENTER}/jrn/k1/batch", b" " * 2**20))
            told.append(sock)
        except OSError:
            pass
    time.sleep(2)
    for sock in told:
        sock.close()
    print(f"| 50 payloads of 1 MB | {house.memory('broker')}, {house.memory('hub')}; {lives(house)} |", flush=True)


def forged(house: House, tickets: int) -> None:
    kiosk, n, begun = Voice(house.port, "k1"), 0, time.monotonic()
    kiosk.up.wait(10)
    kiosk.say(ev.Booted("forged"))
    while n < tickets and time.monotonic() - begun < 240:
        batch = [issue(kiosk, 1, n + i) for i in range(1, 21)]
        n += 20
        if kiosk.say(*batch, within_s=60) == float("inf"):
            break
    spent = time.monotonic() - begun
    kiosk.link.stop()
    print(
        f"| {n} forged tickets of k1 in {spent:.0f} s | {house.memory('broker')}, {house.memory('hub')}; {lives(house)} |"
    )
    took, alarms = calls(house.port, 10)
    print(f"| calls of c1 after that | {spread(took)}; alarms: {', '.join(alarms) or 'none'} |", flush=True)
    began = time.monotonic()
    house.center.kill("hub")
    house.start("hub")
    kiosk = Voice(house.port, "k2")
    kiosk.up.wait(10)
    kiosk.say(ev.Booted("after"), within_s=120)
    kiosk.link.stop()
    print(
        f"| the hub killed and started again | serves after {time.monotonic() - began:.1f} s, {house.memory('hub')} |",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flood", type=int, default=30_000)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--silent", type=int, default=200)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--be-flood", nargs=3)
    args = parser.parse_args()
    if args.be_flood:
        flood(int(args.be_flood[0]), "k1", int(args.be_flood[1]), float(args.be_flood[2]))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print("| what | figure |\n|---|---|", flush=True)
    parts = (
        lambda house: flooded(house, args.flood, args.seconds), lambda house: silent(house, args.silent), huge,
        lambda house: forged(house, args.tickets),
    )  # fmt: skip
    for part in parts:
        with tempfile.TemporaryDirectory() as folder:
            house = House(Path(folder))
            try:
                part(house)
            finally:
                house.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
