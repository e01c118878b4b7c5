"""What people see of every fault: a real center, one fault after the other, pictures of its screens (`make gallery`).

Hub, broker, kiosk, board and counter run as in the field, off screen. Each fault is made for real (a printer that
hangs, a killed hub, a loudspeaker that is not there, a check of the night that failed), then the three screens are
taken as they stand. Nothing is drawn for the picture. What a clerk's panel says is printed too.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from demo import people
from demo.app import write_boxes
from demo.plan import Hall
from demo.processes import Center, free_ports
from onedoor.device.clock import SystemClock, pause
from onedoor.device.link import BrokerAddress, LinkUp, PahoLink
from onedoor.look.alarms import ranked, turn
from onedoor.wire.topics import Topics

SCREENS = {"k1": "kiosk", "c1": "panel", "h1": "board"}
SETTLES_S = 0.4


@dataclass
class Hallway:
    """One center with a hand on each of its screens."""

    out: Path
    center: Center
    boxes: Path
    port: int
    taken: int = field(default=0)

    def take(self, name: str, *devs: str) -> None:
        """Pictures of these screens, under a number and a name."""
        self.taken += 1
        pause(SETTLES_S)
        for dev in devs:
            path = self.out / f"{self.taken:02d}-{name}-{SCREENS[dev]}.png"
            self.center.hand(dev).do("picture", path=str(path))
        print(f"{self.taken:02d} {name}: {self.center.hand('c1').do('view').get('alarms')}")

    def ticket(self, *, wait: bool = True) -> None:
        """A citizen takes a number."""
        clock, kiosk = self.center.clock, self.center.hand("k1")
        if kiosk.do("view")["screen"] in ("issued", "listed"):
            people.touch(clock, kiosk, "done")
        people.touch(clock, kiosk, "begin")
        people.touch(clock, kiosk, "service-land")
        people.touch(clock, kiosk, "take")
        if wait:
            people.wait_for(clock, kiosk, "ticket", screen="issued")

    def call(self) -> None:
        """The clerk is done with whoever is here, and calls the next one."""
        clock, panel = self.center.clock, self.center.hand("c1")
        people.start_who_came(clock, panel)
        if panel.do("view")["at"] != "idle":
            people.touch(clock, panel, "press-end")
            people.wait_for(clock, panel, "ended", at="idle")
        people.touch(clock, panel, "press-next")
        people.wait_for(clock, panel, "called", at="walking")

    def _alarms(self) -> tuple[tuple[str, str], ...]:
        return tuple((dev, code) for dev, code in self.center.hand("c1").do("view")["alarms"])

    def told(self, dev: str, code: str) -> None:
        """Wait until the clerk sees it."""
        until = self.center.clock.mono_ms() + 60_000
        while (dev, code) not in ranked(self._alarms()):
            if self.center.clock.mono_ms() > until:
                raise people.Stuck(f"nobody is told of {dev}: {code}")
            pause(0.1)

    def see(self, dev: str, code: str) -> None:
        """Wait until it is this alarm's turn on the panel."""
        self.told(dev, code)
        clock = self.center.clock
        while True:
            alarms = self._alarms()
            if turn(alarms, clock.wall_ms())[1:] == (dev, code) == turn(alarms, clock.wall_ms() + 2_500)[1:]:
                pause(1.1)  # the panel draws once a second
                return
            pause(0.1)

    def once_more(self, dev: str) -> None:
        """End a program as a crash does, and start it as systemd does."""
        self.center.kill(dev)
        self.center.again(dev)


@contextmanager
def hallway(out: Path, folder: Path) -> Iterator[Hallway]:
    """A center whose counter has a keypad that is not plugged in, and whose board has no loudspeaker."""
    center = Center(folder, SystemClock(vouched=True), headless=True)
    ports = free_ports(2)
    boxes = write_boxes(center, ports, 1, Hall(speaker="file:/nonexistent/loudspeaker"))
    counter = boxes / "c1/device.toml"
    text = counter.read_text(encoding="utf-8")
    counter.write_text(text.replace('keypad = ""', f'keypad = "{folder}/keypad"'), encoding="utf-8")
    os.mkfifo(folder / "keypad")
    keypad = os.open(folder / "keypad", os.O_RDWR | os.O_NONBLOCK)
    try:
        center.start("broker", "broker", "--config", str(boxes / "hub/device.toml"))
        center.start("hub", "hub", "--config", str(boxes / "hub/device.toml"))
        center.start("p1", "printer", "--port", str(ports[1]), "--out", str(folder / "papers"), control=True)
        for dev, program in (("h1", "hall"), ("k1", "kiosk"), ("c1", "counter")):
            center.start(dev, program, "--config", str(boxes / f"{dev}/device.toml"), control=True)
        for dev in SCREENS:
            people.wait_for(center.clock, center.hand(dev), "start", fresh=True)
        people.touch(center.clock, center.hand("c1"), "press-open")
        yield Hallway(out, center, boxes, ports[0])
    finally:
        os.close(keypad)
        center.stop()


def paper_and_sound(hall: Hallway) -> None:
    """The printer hangs, and is gone; the loudspeaker is silent. What heals is healed before the next."""
    center = hall.center
    hall.ticket()
    hall.call()
    hall.take("well", *SCREENS)

    center.running["p1"].send_signal(signal.SIGSTOP)
    hall.ticket(wait=False)
    hall.take("printer-hangs-meanwhile", "k1")
    people.wait_for(center.clock, center.hand("k1"), "it ends", screen="issued")
    hall.take("printer-hangs", "k1", "c1")
    center.running["p1"].send_signal(signal.SIGCONT)
    center.kill("p1")
    hall.ticket()
    hall.see("k1", "unreachable")
    hall.take("printer-gone", "k1", "c1")
    center.again("p1")
    hall.ticket()

    hall.call()
    hall.ticket()
    hall.call()
    hall.see("h1", "voice")
    hall.take("loudspeaker-silent", "c1", "h1")


def crashes(hall: Hallway) -> None:
    """A keypad is pulled, programs end by themselves, the night's check finds something, nonsense arrives."""
    center = hall.center
    (center.folder / "keypad").unlink()
    (center.folder / "keypad").mkdir()
    hall.once_more("c1")
    people.wait_for(center.clock, center.hand("c1"), "again", fresh=True)
    hall.see("c1", "keypad")
    hall.take("keypad-pulled-and-panel-crashed", "c1")

    (center.folder / "keypad").rmdir()
    os.mkfifo(center.folder / "keypad")

    hall.once_more("k1")
    hall.see("k1", "restarted")
    hall.take("kiosk-crashed", "k1", "c1")

    tell = [sys.executable, "-m", "onedoor", "tell", "--config", str(hall.boxes / "hub/device.toml")]
    subprocess.run([*tell, "--result", "exit-code", "onedoor-verify.service"], check=True)
    subprocess.run([*tell, "--result", "watchdog", "onedoor-hub.service"], check=True)
    hall.see("hub", "verify")
    hall.take("nightly-check-failed", "c1")

    up: list[object] = []
    stranger = PahoLink(BrokerAddress(port=hall.port), "stranger", [])
    stranger.start(up.append)
    while not any(isinstance(news, LinkUp) for news in up):
        pause(0.02)
    stranger.publish(Topics("saysettha").batch("k1"), b"nonsense")
    hall.see("k1", "box_floods")
    stranger.stop()
    hall.take("nonsense-on-the-bus", "c1")


def alone(hall: Hallway) -> None:
    """Without the hub, without the broker, and with a card that refuses to be written."""
    center = hall.center
    tell = [sys.executable, "-m", "onedoor", "tell", "--config", str(hall.boxes / "hub/device.toml")]
    center.kill("hub")
    for dev in ("c1", "h1"):
        people.wait_for(center.clock, center.hand(dev), "without hub", fresh=False)
    hall.ticket()
    hall.take("hub-killed", *SCREENS)
    center.again("hub")
    for dev in SCREENS:
        people.wait_for(center.clock, center.hand(dev), "with hub", fresh=True)
    hall.see("hub", "restarted")
    hall.take("hub-again", *SCREENS)

    subprocess.run([*tell, "--result", "success", "onedoor-verify.service"], check=True)
    broker = center.running.pop("broker")
    broker.terminate()  # gently: whoever kills the program that minds Mosquitto leaves it alone, as root at least
    broker.wait(20)
    for dev in ("c1", "h1"):
        people.wait_for(center.clock, center.hand(dev), "without broker", fresh=False)
    hall.take("broker-killed", *SCREENS)

    for dev, names, shows in (
        ("c1", ("press-close", "press-open"), "trouble"),
        ("k1", ("done", "begin", "service-land", "take"), "fault"),
    ):  # fmt: skip
        # Hardly any file of this program may grow any more: soon a row cannot be written.
        subprocess.run(["prlimit", "--pid", str(center.running[dev].pid), "--fsize=16000:"], check=True)
        until = center.clock.mono_ms() + 30_000
        while center.hand(dev).do("view").get("screen") != shows and center.clock.mono_ms() < until:
            for name in names:
                center.hand(dev).do("touch", name=name)
                pause(0.2)
        people.wait_for(center.clock, center.hand(dev), "the card refuses", screen=shows)
        subprocess.run(["prlimit", "--pid", str(center.running[dev].pid), "--fsize=unlimited:"], check=True)
        pause(SETTLES_S)
        center.hand(dev).do("picture", path=str(hall.out / f"{hall.taken + 1:02d}-card-refuses-{SCREENS[dev]}.png"))


NOBODY = 65_534


def spoil_noise(path: Path) -> None:
    """Not as it was written any more."""
    with open(path, "r+b") as file:
        file.write(os.urandom(8_192))


def cards(hall: Hallway) -> None:
    """Each stored file that people can see something of, damaged, empty, foreign or gone; and repaired."""
    center, data = hall.center, hall.center.folder / "data"
    programs = {"k1": "kiosk", "c1": "counter", "h1": "hall"}

    def spoilt(dev: str, name: str, what: Callable[[], object], alarm: str = "") -> None:
        """End it, spoil it, start it, look; then repair it, and go on."""
        center.running.pop(dev).terminate()
        pause(2)
        what()
        center.again(dev)
        view = center.hand(dev).do("view")
        until = center.clock.mono_ms() + 20_000
        while not view and center.clock.mono_ms() < until:
            pause(0.2)
            view = center.hand(dev).do("view")
        if alarm:
            people.wait_for(center.clock, center.hand(dev), "runs", fresh=True)
            hall.see(dev, alarm)
        hall.take(name, *dict.fromkeys((dev, "c1") if alarm else (dev,)))
        center.running.pop(dev).terminate()
        pause(2)
        repaired = subprocess.run(
            [sys.executable, "-m", "onedoor", "repair", "--yes", "--config", str(hall.boxes / f"{dev}/device.toml"),
             "--data", str(data / dev)], capture_output=True, text=True, check=False,
        )  # fmt: skip
        print(f"   {programs[dev]}: {repaired.stdout.strip().splitlines()[-1:]}")
        center.again(dev)
        people.wait_for(center.clock, center.hand(dev), "repaired", fresh=True)

    for dev in ("k1", "c1"):
        spoilt(dev, f"journal-damaged-{dev}", lambda dev=dev: spoil_noise(data / dev / "journal.db"), "card_damaged")
        spoilt(dev, f"journal-gone-{dev}", lambda dev=dev: (data / dev / "journal.db").unlink(), "card_lost")
        if not os.geteuid():
            foreign = lambda dev=dev: os.chown(data / dev, NOBODY, NOBODY)  # noqa: E731
            spoilt(dev, f"folder-foreign-{dev}", foreign, "card_foreign")
    for dev in ("k1", "c1", "h1"):
        file = hall.boxes / f"{dev}/device.toml"
        wrong = file.read_text(encoding="utf-8").replace('role = "', 'role = = "')
        spoilt(dev, f"configuration-wrong-{dev}", lambda file=file, wrong=wrong: file.write_text(wrong, "utf-8"))
        spoilt(dev, f"configuration-empty-{dev}", lambda file=file: os.truncate(file, 0))
        spoilt(dev, f"kivy-noise-{dev}", lambda dev=dev: (data / dev / "kivy/config.ini").write_bytes(os.urandom(999)))
    center.running.pop("hub").terminate()
    pause(2)
    spoil_noise(data / "hub/center.db")
    center.again("hub")
    hall.see("hub", "log_damaged")
    hall.take("hubs-log-damaged", *SCREENS)
    subprocess.run(
        [sys.executable, "-m", "onedoor", "repair", "--yes", "--config", str(hall.boxes / "hub/device.toml")],
        check=True,
    )
    for dev in SCREENS:
        people.wait_for(center.clock, center.hand(dev), "with hub", fresh=True)
    hall.take("hubs-log-repaired", *SCREENS)


def main() -> int:
    """Take them all, or the parts that are named."""
    out = Path(sys.argv[1])
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder, hallway(out, Path(folder) / "run") as hall:
        for part in (paper_and_sound, crashes, cards, alone):
            if not sys.argv[2:] or part.__name__ in sys.argv[2:]:
                part(hall)
    print(f"{len(list(out.glob('*.png')))} pictures in {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
