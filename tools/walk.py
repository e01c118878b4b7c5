"""A person's hand on a real window: takes a ticket in every language, with a real pointer (`make gallery` keeps steps).

The kiosk runs as in a center, under Xvfb, with the virtual printer and without hub, broker or network. Its card has
been used in this boot (else a kiosk that no hub answers waits a minute). xdotool moves the pointer and clicks; the
simulator's hand is only asked where things are, and for pictures of the screen.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from onedoor.device.clock import SystemClock, pause
from onedoor.device.config import DeviceConfig, KioskConfig, KioskPins, ScreenConfig
from onedoor.device.control import Hand
from onedoor.device.journal import JOURNAL, SqliteJournal, Stamp
from onedoor.hall.events import Booted
from onedoor.look.texts import LANGUAGES

BIN = Path(sys.executable).parent / "onedoor"
PATIENCE_MS = 40_000


class Stuck(Exception):
    """Something a person waited for did not happen."""


@dataclass
class Place:
    """A screen, a printer and a kiosk, for as long as the block lasts."""

    folder: Path
    size: tuple[int, int] = (1280, 800)
    limit: int = 10
    display: str = ":78"
    programs: list[subprocess.Popen] = field(default_factory=list)
    started_ms: int = 0

    def __enter__(self) -> Self:
        try:
            self._begin()
        except BaseException:
            self.__exit__()  # what has been started does not outlive the block that never began
            raise
        return self

    def _begin(self) -> None:
        from firmware_config.center import toml_of

        self.clock = SystemClock()
        width, height = self.size
        self._run("Xvfb", self.display, "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp")
        self.env = {**os.environ, "DISPLAY": self.display, "ONEDOOR_AT": "0,0", "GPIOZERO_PIN_FACTORY": "mock"}
        self.env.pop("SDL_VIDEODRIVER", None)
        self.wait(lambda: Path(f"/tmp/.X11-unix/X{self.display[1:]}").exists(), "the display")
        printer = self.folder / "printer"
        self._run(str(BIN), "printer", "--port", "0", "--out", str(printer), "--control", str(self.folder / "p.sock"))
        said = self.programs[-1].stdout.readline().decode()
        port = said.partition("127.0.0.1:")[2].partition(",")[0]
        every = list(LANGUAGES)
        own = KioskConfig(
            1, f"tcp://127.0.0.1:{port}", alone=True, languages=every, tickets_a_minute=self.limit, roll_m=80,
            speaker=f"file:{self.folder / 'said.wav'}", pins=KioskPins(17, 27, 5, 6, 13),
        )  # fmt: skip
        config = DeviceConfig(
            "saysettha", "k1", "kiosk", str(self.folder / "k1"), "ສູນບໍລິການຜ່ານປະຕູດຽວ ເມືອງໄຊເສດຖາ",
            "One Door Service Center · Saysettha", clock_vouched=True, ballast_mb=1, kiosk=own,
            screen=ScreenConfig(width, height),
        )  # fmt: skip
        self._use_card(Path(config.data))
        file = self.folder / "device.toml"
        file.write_text(toml_of(config), encoding="utf-8")
        self.started_ms = self.clock.mono_ms()
        sock = self.folder / "k.sock"
        self._run(str(BIN), "kiosk", "--config", str(file), "--control", str(sock))
        self.wait(sock.exists, "the kiosk")
        self.hand, self.printer = Hand(sock), Hand(self.folder / "p.sock")
        self.wait(lambda: self.hand.do("view").get("screen") == "welcome", "the welcome screen")

    def __exit__(self, *_: object) -> None:
        for program in reversed(self.programs):
            program.terminate()
            program.wait(10)
            program.stdout.close()
        for name in ("hand", "printer"):
            if hasattr(self, name):
                getattr(self, name).close()

    @property
    def kiosk(self) -> subprocess.Popen:
        """The kiosk's process."""
        return self.programs[2]

    def _use_card(self, folder: Path) -> None:
        """Stopped as it should be, in this boot of the machine: it need not wait for a hub."""
        folder.mkdir(mode=0o750)
        card = SqliteJournal(folder / JOURNAL, "k1", "0" * 16)
        card.append([Booted("before")], Stamp(SystemClock().boot_id, 1, None), {"clean": "yes"})
        card.close()

    def _run(self, *argv: str) -> None:
        env = getattr(self, "env", os.environ)
        self.programs.append(subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL))

    def wait(self, true: Any, what: str) -> None:
        """Look until it is so."""
        until = self.clock.mono_ms() + PATIENCE_MS
        while not true():
            if self.clock.mono_ms() > until:
                shown = self.hand.do("view") if hasattr(self, "hand") else ""
                raise Stuck(f"{what} did not come; {shown}")
            pause(0.02)

    def until(self, **wanted: object) -> dict[str, Any]:
        """Wait until the screen shows this."""
        self.wait(lambda: all(self.hand.do("view").get(k) == v for k, v in wanted.items()), str(wanted))
        return self.hand.do("view")

    def pointer(self, *argv: str) -> None:
        """One command of xdotool."""
        subprocess.run(["xdotool", *argv], env=self.env, check=True)

    def click(self, name: str) -> None:
        """Move the pointer to something on the screen, and click, as soon as it is there."""
        self.wait(lambda: name in self.hand.do("targets")["places"], name)
        pause(0.3)  # a person sees a page before touching it
        x, y = self.hand.do("targets")["places"][name]
        self.pointer("mousemove", str(x), str(y), "click", "1")

    def picture(self, path: Path) -> None:
        """Keep what the screen shows."""
        pause(0.15)
        self.hand.do("picture", path=str(path))


def take_ticket(place: Place, lang: str, out: Path, service: str = "id") -> str:
    """Three touches, and a picture before each; the number."""
    for i, (name, after) in enumerate(
        ((f"lang-{lang}", "services"), (f"service-{service}", "confirm"), ("take", None))
    ):
        place.picture(out / f"{lang}-{i + 1}.png")
        place.click(name)
        if after:
            place.until(screen=after, lang=lang)
    view = place.until(screen="issued", lang=lang, fault="")
    place.picture(out / f"{lang}-4.png")
    place.click("done")
    place.until(screen="welcome")
    return str(view["label"])


def drum(place: Place, touches: int = 300, seconds: int = 60) -> tuple[int, int, int]:
    """A child drums on the places of one service, five touches a second; then somebody comes and wants a ticket.

    How many tickets there were, how many the printer printed, and how long the next person's press took (ms).
    """
    spots, names = [], ("begin", "service-id", "take", "done")
    for name in names:
        place.wait(lambda name=name: name in place.hand.do("targets")["places"], name)
        spots.append(place.hand.do("targets")["places"][name])
        place.click(name)
    place.until(screen="welcome")
    begun = place.clock.mono_ms()
    for i in range(touches):
        x, y = spots[i % len(spots)]
        place.pointer("mousemove", str(x), str(y), "click", "1")
        pause(max(0.0, (begun + (i + 1) * seconds * 1000 / touches - place.clock.mono_ms()) / 1000))
    given = place.printer.do("papers")["papers"]
    if place.hand.do("view")["screen"] != "welcome":
        place.click("done" if "done" in place.hand.do("targets")["places"] else "home")
        place.until(screen="welcome")
    place.click("begin")
    place.click("service-land")
    place.until(screen="confirm")
    pause(0.5)
    x, y = place.hand.do("targets")["places"]["take"]
    pressed, held = place.clock.mono_ms(), place.hand.do("view")["hold"]
    place.pointer("mousemove", str(x), str(y), "mousedown", "1", *([] if held else ["mouseup", "1"]))
    place.wait(lambda: place.hand.do("view")["label"], "the next person's number")
    took = place.clock.mono_ms() - pressed
    place.pointer("mouseup", "1")
    place.until(screen="issued")
    return given, place.printer.do("papers")["papers"], took


def main() -> int:
    """Every language; the pictures of each step. `walk.py drum`: three hundred touches in a minute."""
    if sys.argv[1] == "drum":
        with tempfile.TemporaryDirectory() as folder, Place(Path(folder)) as place:
            given, papers, took = drum(place)
        print(f"300 touches in 60 s: {given} tickets; the next person has one {took} ms after pressing, paper {papers}")
        return int(given > 11 or took > 5_000)
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for tool in ("Xvfb", "xdotool"):
        if not shutil.which(tool):
            print(f"{tool} is missing: sudo apt install xvfb xdotool")
            return 2
    with tempfile.TemporaryDirectory() as folder, Place(Path(folder)) as place:
        for lang in LANGUAGES:
            print(f"{lang}: {take_ticket(place, lang, out)} in 3 touches")
    return 0


if __name__ == "__main__":
    sys.exit(main())
