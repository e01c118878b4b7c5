"""Citizens and clerks of the scripted morning: threads with hands on real screens and pins."""

import random
import threading
from dataclasses import dataclass, field

from onedoor.device.clock import Clock, pause
from onedoor.device.control import Hand

SERVICES = ("id", "id", "id", "family", "birth", "birth", "home", "land", "land", "shop", "road", "road", "build")
"""How often each service is asked for, out of these."""
LANGUAGES = ("en", "vi", "zh", "th", "hmn", "kjg")
GROUPS = {"home": "people", "shop": "work", "road": "work", "build": "property"}
"""Where a service is found that does not stand on the first page."""

POLL_S = 0.02
LOCK_OUT_S = 0.32
AGAIN_S = 1.6
PATIENCE_S = 60.0
BIG = ("press-open", "press-next", "press-start", "press-resume")
LOOK_S = 0.45
"""A clerk looks at what the big button has come to mean; sooner than this it is a double tap, which the panel drops."""
LUNCH_S = 5.0
RECALL_S = 5.1
"""A number can be called again after five seconds."""
QUIET_LOOKS = 15
"""A clerk goes home after having seen an empty hall this often, a tenth of a second apart."""


class Stuck(Exception):
    """Something a person waited for did not happen."""


def wait_for(clock: Clock, hand: Hand, what: str, seconds: float = PATIENCE_S, **wanted: object) -> dict[str, object]:
    """Look at a screen until it shows this; a wanted set or range means any of its members."""
    until = clock.mono_ms() + int(seconds * 1000)
    view: dict[str, object] = {}
    while clock.mono_ms() < until:
        view = hand.do("view")
        if all(view.get(k) in v if isinstance(v, set | range) else view.get(k) == v for k, v in wanted.items()):
            return view
        pause(POLL_S)
    raise Stuck(f"{what}: {wanted} did not come; the screen shows {view}")


def touch(clock: Clock, hand: Hand, name: str) -> None:
    """Touch something as soon as it is on the screen; the big button not sooner than a person would, who then needs as
    long to reach another device.
    """
    if name in BIG:
        pause(LOOK_S)
    until = clock.mono_ms() + int(PATIENCE_S * 1000)
    while not hand.do("touch", name=name)["touched"]:
        if clock.mono_ms() > until:
            raise Stuck(f"'{name}' is not on the screen")
        pause(POLL_S)
    if name in BIG:
        pause(LOOK_S)


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
    codes: list[tuple[str, str]] = field(default_factory=list)
    """Appointments that were made, and for what; a citizen who has one takes it out."""
    quiet: dict[int, int] = field(default_factory=dict)
    """How often each clerk has seen nobody, one time after the other."""
    nexts: dict[int, int] = field(default_factory=dict)
    """When NEXT was pressed last, by the hand that pressed it."""
    lunch: threading.Event = field(default_factory=threading.Event)
    errors: list[str] = field(default_factory=list)


def citizens(morning: Morning, hand: Hand, chance: random.Random, count: int) -> None:
    """People at one kiosk, one after the other; some read English, some come first, some have an appointment."""
    try:
        for _ in range(count):
            _one_citizen(morning, hand, chance)
    except (Stuck, RuntimeError, OSError) as wrong:
        morning.errors.append(f"citizen: {wrong}")


def _one_citizen(morning: Morning, hand: Hand, chance: random.Random) -> None:
    clock, service = morning.clock, chance.choice(SERVICES)
    touch(clock, hand, f"lang-{chance.choice(LANGUAGES)}" if chance.random() < 0.3 else "begin")
    with morning.lock:
        code = morning.codes.pop() if morning.codes else None
    service = code[1] if code is not None else service
    wait_for(clock, hand, "kiosk", screen="services")
    if service in GROUPS:
        touch(clock, hand, f"group-{GROUPS[service]}")
        wait_for(clock, hand, "kiosk", place=[GROUPS[service]])
    touch(clock, hand, f"service-{service}")
    wait_for(clock, hand, "kiosk", screen="confirm")
    if code is not None:
        touch(clock, hand, "appointment")
        wait_for(clock, hand, "kiosk", screen="code")
        for digit in code[0]:
            touch(clock, hand, f"key-{digit}")
        wait_for(clock, hand, "kiosk", screen="confirm", appointment=code[0])
    elif chance.random() < 0.12:
        touch(clock, hand, "first")
        wait_for(clock, hand, "kiosk", cls="P")
    touch(clock, hand, "take")
    view = wait_for(clock, hand, "kiosk", screen="issued")
    with morning.lock:
        morning.labels.append(str(view["label"]))
        morning.faults += bool(view["fault"])
    touch(clock, hand, "done")
    wait_for(clock, hand, "kiosk", screen="welcome")


def clerk(morning: Morning, hand: Hand, chance: random.Random, pace_s: float, number: int = 0) -> None:
    """One clerk at one counter until everybody's hall is empty. The first three people of the first clerk meet what a
    clerk meets: one has to go to another queue, one makes a copy, one comes only after he was called.
    """
    try:
        morning.quiet[number] = 0
        touch(morning.clock, hand, "press-open")
        wait_for(morning.clock, hand, "counter", open=True)
        if number == 0:
            _book(morning, hand)
        special, parked, had_lunch = (["send", "park", "late"] if number == 0 else []), False, False
        while min(morning.quiet.get(n, 0) for n in (*morning.quiet, number)) < QUIET_LOOKS:
            view = hand.do("view")
            if morning.lunch.is_set() and not had_lunch:
                had_lunch = _lunch(morning, hand)
            elif view["waiting"]:
                morning.quiet[number] = 0
                _serve_one(morning, hand, chance, pace_s, special)
                parked = bool(hand.do("view")["parked"])
            elif parked and view["fresh"]:
                parked = not _resume(morning, hand, pace_s)
            else:
                if view["at"] in ("walking", "serving"):
                    _finish(morning, hand)
                morning.quiet[number] += bool(morning.doors_closed.is_set() and view["fresh"])
                pause(0.1)
    except (Stuck, RuntimeError, OSError) as wrong:
        morning.errors.append(f"clerk: {wrong}")


def _menu(morning: Morning, hand: Hand, *tiles: str) -> None:
    """Touch one tile after the other on the panel's second page."""
    for name in ("press-more", *(f"menu-{tile}" for tile in tiles)):
        before = hand.do("view")["pressed"]
        touch(morning.clock, hand, name)
        _noticed(morning, hand, before)


def _noticed(morning: Morning, hand: Hand, before: int) -> None:
    """What was pressed is on the screen."""
    wait_for(morning.clock, hand, "counter", pressed=range(before + 1, before + 100))


def _push(morning: Morning, hand: Hand, button: str) -> int:
    """Press a button and see that the panel has noticed."""
    if button == "next":
        # NEXT twice within a second and a half is one NEXT: a finger that made sure. A clerk who means it waits.
        gone_s = (morning.clock.mono_ms() - morning.nexts.get(id(hand), -1_000_000)) / 1_000
        pause(max(0.0, AGAIN_S - gone_s))
        morning.nexts[id(hand)] = morning.clock.mono_ms()
    before = hand.do("view")["pressed"]
    at_ms = press(hand, button)
    pause(LOCK_OUT_S)
    _noticed(morning, hand, before)
    return at_ms


def _finish(morning: Morning, hand: Hand) -> None:
    """Whoever is there is done; started first, if nobody has pressed that yet."""
    start_who_came(morning.clock, hand)
    _push(morning, hand, "end")


def _book(morning: Morning, hand: Hand) -> None:
    """Two people were promised a time."""
    for service in ("birth", "id"):
        _menu(morning, hand, "book", f"for-{service}", "in-10")
        view = wait_for(morning.clock, hand, "counter", menu="")
        booked = view["booked"]
        assert isinstance(booked, list)
        with morning.lock:
            morning.codes.append((str(booked[0]), service))


def _lunch(morning: Morning, hand: Hand) -> bool:
    """Everybody eats; the kiosks go on."""
    if hand.do("view")["at"] in ("walking", "serving"):
        _finish(morning, hand)
        wait_for(morning.clock, hand, "counter", at="idle")
    _menu(morning, hand, "pause", "because-break")
    wait_for(morning.clock, hand, "counter", paused="break")
    pause(LUNCH_S)
    touch(morning.clock, hand, "press-resume")
    wait_for(morning.clock, hand, "counter", paused="")
    return True


def _resume(morning: Morning, hand: Hand, pace_s: float) -> bool:
    """Call back who was asked to come again; True if nobody is left."""
    view = hand.do("view")
    if view["at"] in ("walking", "serving"):
        _finish(morning, hand)
        view = wait_for(morning.clock, hand, "counter", at="idle")
    labels = view["parked"]
    assert isinstance(labels, list)
    if labels:
        _menu(morning, hand, "number", f"parked-{labels[-1]}")
        view = wait_for(morning.clock, hand, "counter", 40.0, at={"walking", "idle"})
        if view["at"] == "idle":
            return view["refusal"] == "over"
        _note_call(morning, view, 0)
        _push(morning, hand, "start")
        pause(0.3 * pace_s)
        _push(morning, hand, "end")
        wait_for(morning.clock, hand, "counter", at="idle")
    return len(labels) < 2


def _note_call(morning: Morning, view: dict[str, object], at_ms: int) -> None:
    with morning.lock:
        morning.presses.append((str(view["label"]), at_ms))


def _serve_one(morning: Morning, hand: Hand, chance: random.Random, pace_s: float, special: list[str]) -> None:
    start_who_came(morning.clock, hand)
    at_ms = _push(morning, hand, "next")
    view = wait_for(morning.clock, hand, "counter", 40.0, at={"walking", "idle"})
    if view["at"] == "idle":
        return
    _note_call(morning, view, at_ms)
    if chance.random() < 0.1:
        pause(RECALL_S)
        _push(morning, hand, "recall")
    planned = bool(special)
    what = special.pop(0) if special else "late" if chance.random() < 0.08 else ""
    if what == "late":
        came = _miss(morning, hand, str(view["label"]), comes=planned or chance.random() < 0.5)
        if planned and not came:
            special.append(what)
        return
    if chance.random() < 0.9 or what:
        _push(morning, hand, "start")
        pause(chance.uniform(0.3, 1.0) * pace_s)
    if what == "send":
        _menu(morning, hand, "send", "queue-id")
        wait_for(morning.clock, hand, "counter", at="idle")
    elif what == "park":
        _menu(morning, hand, "park", "park-0")
        wait_for(morning.clock, hand, "counter", at="idle")
    elif chance.random() < 0.7:
        _finish(morning, hand)
        wait_for(morning.clock, hand, "counter", at="idle")


def _miss(morning: Morning, hand: Hand, label: str, *, comes: bool) -> bool:
    """Nobody came; perhaps he comes a little later and waits again. Whether he does."""
    _push(morning, hand, "no_show")
    view = wait_for(morning.clock, hand, "counter", at="idle")
    if comes and view["fresh"]:
        _menu(morning, hand, "number", *(f"key-{key}" for key in label), "requeue")
        view = wait_for(morning.clock, hand, "counter", 40.0, at="idle", menu="")
        return not view["refusal"]
    return False


def start_who_came(clock: Clock, hand: Hand) -> None:
    """Whoever still walks to this counter has come: from now on NEXT means the next one, not START."""
    if hand.do("view")["at"] == "walking":
        press(hand, "start")
        pause(LOCK_OUT_S)
        wait_for(clock, hand, "counter", at="serving")


def press(hand: Hand, button: str) -> int:
    """Push and release a button of the box; when, in monotonic milliseconds."""
    at = hand.do("pin", press=button, low=True)["at_ms"]
    hand.do("pin", press=button, low=False)
    return int(at)
