"""Citizens and clerks of the scripted morning: threads with hands on real screens and pins."""

import random
import threading
from dataclasses import dataclass, field

from onedoor.device.clock import Clock, pause
from onedoor.device.control import Hand

SERVICES = ("id", "id", "id", "family", "birth", "birth", "home", "land", "shop", "road", "road")
"""How often each service is asked for, out of these."""

POLL_S = 0.02
LOCK_OUT_S = 0.32
PATIENCE_S = 60.0
QUIET_LOOKS = 15
"""A clerk goes home after having seen an empty hall this often, a tenth of a second apart."""


class Stuck(Exception):
    """Something a person waited for did not happen."""


def wait_for(clock: Clock, hand: Hand, what: str, seconds: float = PATIENCE_S, **wanted: object) -> dict[str, object]:
    """Look at a screen until it shows this; a wanted set means any of its members."""
    until = clock.mono_ms() + int(seconds * 1000)
    view: dict[str, object] = {}
    while clock.mono_ms() < until:
        view = hand.do("view")
        if all(view.get(k) in v if isinstance(v, set) else view.get(k) == v for k, v in wanted.items()):
            return view
        pause(POLL_S)
    raise Stuck(f"{what}: {wanted} did not come; the screen shows {view}")


def touch(clock: Clock, hand: Hand, name: str) -> None:
    """Touch something as soon as it is on the screen."""
    until = clock.mono_ms() + int(PATIENCE_S * 1000)
    while not hand.do("touch", name=name)["touched"]:
        if clock.mono_ms() > until:
            raise Stuck(f"'{name}' is not on the screen")
        pause(POLL_S)


@dataclass(slots=True)
class Morning:
    """What the people of one morning share."""

    clock: Clock
    doors_closed: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    labels: list[str] = field(default_factory=list)
    presses: list[tuple[str, int]] = field(default_factory=list)
    faults: int = 0
    outage_ms: tuple[int, int] = (0, 0)
    errors: list[str] = field(default_factory=list)


def citizens(morning: Morning, hand: Hand, chance: random.Random, count: int) -> None:
    """People at one kiosk, one after the other; some read English."""
    try:
        for _ in range(count):
            if chance.random() < 0.2:
                touch(morning.clock, hand, "lang-en")
            touch(morning.clock, hand, "begin")
            touch(morning.clock, hand, f"service-{chance.choice(SERVICES)}")
            view = wait_for(morning.clock, hand, "kiosk", screen="issued")
            with morning.lock:
                morning.labels.append(str(view["label"]))
                morning.faults += bool(view["fault"])
            touch(morning.clock, hand, "done")
            wait_for(morning.clock, hand, "kiosk", screen="welcome")
    except (Stuck, RuntimeError, OSError) as wrong:
        morning.errors.append(f"citizen: {wrong}")


def clerk(morning: Morning, hand: Hand, chance: random.Random, pace_s: float) -> None:
    """One clerk at one counter, with the button box, until the hall is empty."""
    try:
        touch(morning.clock, hand, "press-open")
        wait_for(morning.clock, hand, "counter", open=True)
        quiet = 0
        while quiet < QUIET_LOOKS:
            view = hand.do("view")
            if view["waiting"]:
                quiet = 0
                _serve_one(morning, hand, chance, pace_s)
            else:
                quiet = quiet + 1 if morning.doors_closed.is_set() and view["fresh"] else 0
                pause(0.1)
        if hand.do("view")["at"] != "idle":
            press(hand, "end")
    except (Stuck, RuntimeError, OSError) as wrong:
        morning.errors.append(f"clerk: {wrong}")


def _serve_one(morning: Morning, hand: Hand, chance: random.Random, pace_s: float) -> None:
    at_ms = press(hand, "next")
    pause(LOCK_OUT_S)
    view = wait_for(morning.clock, hand, "counter", 40.0, at={"walking", "idle"})
    if view["at"] == "idle":
        return
    with morning.lock:
        morning.presses.append((str(view["label"]), at_ms))
    if chance.random() < 0.1:
        press(hand, "recall")
    if chance.random() < 0.08:
        press(hand, "no_show")
        wait_for(morning.clock, hand, "counter", at="idle")
        return
    if chance.random() < 0.9:
        press(hand, "start")
        pause(chance.uniform(0.3, 1.0) * pace_s)
    if chance.random() < 0.7:
        press(hand, "end")
        wait_for(morning.clock, hand, "counter", at="idle")


def press(hand: Hand, button: str) -> int:
    """Push and release a button of the box; when, in monotonic milliseconds."""
    at = hand.do("pin", press=button, low=True)["at_ms"]
    hand.do("pin", press=button, low=False)
    return int(at)
