"""What a device's row may say, field by field (pure).

Policy. A row is checked here before it touches the state: times in their window, names that are names, a label that
fits its kiosk, sizes that can be told to every box, a share for every box (`onedoor.wire.limits`). A name that the
rules in force do not know refuses nobody: the hall has a place for it, and a person is told. Every field of every kind
that a device may send stands in `FIELDS`; a kind that is missing there is refused, and a test names it. What is refused
is a row of its own in the log, with a code of this module, and the watermark goes on: no row can be sent for ever.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from onedoor import BUILT_MS
from onedoor.hall import events as ev
from onedoor.hall.center_time import SAID, CenterTime
from onedoor.hall.days import FINAL
from onedoor.hall.desk import OUTCOMES, PLACES, REASON
from onedoor.hall.door_facts import RAW_MOST
from onedoor.hall.hours import is_day
from onedoor.hall.ids import RowId
from onedoor.hall.kinds import kind_of
from onedoor.hall.ledger import Fact
from onedoor.hall.rules import ANY_COUNTER, Rules
from onedoor.hall.state import HallState
from onedoor.hall.zone import LAOS, day_of
from onedoor.wire import limits

DAY_MS = 86_400_000
AHEAD_MS = 400 * DAY_MS
UNKNOWN_AHEAD_MS = 20 * 365 * DAY_MS
"""While the hub itself does not know the time, only what lies this far behind the release is absurd."""
CLASS = re.compile(r"[A-Z]\Z")
LANG = re.compile(r"[a-z]{2,3}\Z")
NAME = re.compile(r"[a-z][a-z0-9-]{0,31}\Z")
OWN_QUEUE = re.compile(r"(counter|clerk)/[\w.-]{1,32}\Z")
TICKET_LABEL = re.compile(r"([A-Z])([0-9]{0,3})-([0-9]{3,6})\Z")
CODE = re.compile(r"[A-Z0-9]{4,12}\Z")
ROW = re.compile(r"[a-z][a-z0-9-]{0,31}\.[0-9a-f]{16}\.[1-9][0-9]{0,15}\Z")
DIGITS = re.compile(r"[0-9]{0,12}\Z")


class Wrong:
    """Why a row is refused: codes that never change."""

    ROLE = "not_for_role"
    FORM = "malformed"
    FIELD = "out_of_bounds"
    TIME = "time"
    MONO = "mono"
    SLOT = "slot"
    LABEL = "label"
    NAME = "unknown_name"
    """It is no name at all; one that is only not known refuses nobody."""
    CODE = "code_taken"
    FULL = "full"
    BROKE = "broke"


@dataclass(frozen=True, slots=True)
class Window:
    """Between which moments a row's own times may lie, in milliseconds since 1970."""

    first_ms: int
    last_ms: int
    booked_ms: int = 0
    """The last moment for which an appointment may be (0: none, while nobody ever knew the day)."""
    zone: str = LAOS

    def day_may_be(self, day: str) -> bool:
        """Whether this day of the center may be named."""
        return day_of(self.first_ms, self.zone) <= day <= day_of(self.last_ms, self.zone)


def window(now_ms: int, time: CenterTime) -> Window:
    """What a row may name that is received now, at `now_ms` as well as that is known.

    A wrong word about time is withdrawn by a word that lies far off it, so such a word must come in; but an appointment
    is kept. It is bounded by the newest day that was ever known, or, in a center that never knew one, by what a person
    said.
    """
    word = time.word
    if word.known:
        return Window(BUILT_MS, now_ms + AHEAD_MS, now_ms + AHEAD_MS, time.zone)
    newest_ms = time.floor_ms if time.floor_ms > BUILT_MS else now_ms if word.word == SAID else 0
    last_ms = max(now_ms, BUILT_MS) + UNKNOWN_AHEAD_MS
    return Window(BUILT_MS, last_ms, newest_ms + AHEAD_MS if newest_ms else 0, time.zone)


@dataclass(frozen=True, slots=True)
class Names:
    """The names that rules give; none, and every name is known: a center without a catalogue."""

    services: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()


def names_of(rules: Rules) -> Names:
    """What a row may name under these rules."""
    queues = frozenset(queue for service in rules.services for queue in rules.route(service))
    classes = frozenset(rules.credit_min) if rules.services else frozenset[str]()
    return Names(frozenset(rules.services), queues, classes, frozenset(rules.languages))


@dataclass(frozen=True, slots=True)
class Sight:
    """What a check may look at: the hall before the row, the window, the slots of the row's kiosk."""

    hall: HallState
    window: Window
    slots: tuple[int | None, ...] = ()


Check = Callable[[Sight, Any], str]
"""A check of one field: the code that refuses it, or ""."""


def _when(good: Callable[[Sight, Any], bool], code: str = Wrong.FIELD) -> Check:
    return lambda at, value: "" if good(at, value) else code


def _text(most: int) -> Check:
    return _when(lambda _, v: len(v) <= most)


def _number(least: int, most: int) -> Check:
    return _when(lambda _, v: v is None or least <= v <= most)


def _like(pattern: re.Pattern[str], *, empty: bool = False) -> Check:
    return _when(lambda _, v: bool(pattern.match(v)) or (empty and not v))


def _one_of(*words: str) -> Check:
    return _when(lambda _, v: v in words)


def _queue(name: str) -> bool:
    return bool(NAME.match(name) or OWN_QUEUE.match(name))


ANY: Check = lambda _, __: ""  # noqa: E731 - yes or no, or the id of a row, which the wire has checked
WORD, SHORT = _text(limits.WORD), _text(limits.NAME)
SERVICE = _when(lambda _, v: bool(NAME.match(v)), Wrong.NAME)
SERVICE_OR_NONE = _when(lambda _, v: not v or bool(NAME.match(v)), Wrong.NAME)
QUEUE = _when(lambda _, v: _queue(v), Wrong.NAME)
QUEUES = _when(lambda _, v: len(v) <= limits.LIST and all(map(_queue, v)), Wrong.NAME)
CLS = _when(lambda _, v: bool(CLASS.match(v)), Wrong.NAME)
SPOKEN = _when(lambda _, v: bool(LANG.match(v)), Wrong.NAME)
MOMENT = _when(lambda at, v: at.window.first_ms <= v <= at.window.last_ms, Wrong.TIME)
APPOINTED = _when(lambda at, v: at.window.first_ms <= v <= at.window.booked_ms, Wrong.TIME)
CLOCK = _when(lambda at, v: 0 <= v <= at.window.last_ms, Wrong.TIME)
"""What a clock said that may have been wrong: a box without a battery begins in 1970."""
COUNTED = _when(lambda _, v: not v or is_day(v), Wrong.TIME)
"""The day that a kiosk believes in, if in any. It may be wrong, and nobody who has a number is refused for that."""
DAY = _when(lambda at, v: not v or (is_day(v) and at.window.day_may_be(v)), Wrong.TIME)
SLOT = _when(lambda at, v: v in at.slots, Wrong.SLOT)
WHY = _like(REASON, empty=True)
NUMBER = _number(1, 999_999)
PRINTER = _number(1, 9)
MANY = _number(0, 9_999)
LABEL = _when(lambda _, v: bool(TICKET_LABEL.match(v)) or bool(re.match(r"[0-9]{1,4}\Z", v)), Wrong.LABEL)

FIELDS: Mapping[str, Mapping[str, Check]] = {
    "booted": {"software": SHORT, "open_command": ANY, "clean": ANY, "volatile": ANY},
    "time_told": {"center_ms": MOMENT},
    "day_answered": {"first": ANY, "today": ANY},
    "clock_stepped": {"old_ms": CLOCK, "new_ms": CLOCK},
    "issued": {
        "label": LABEL, "service": SERVICE, "queue": QUEUE, "slot": SLOT, "n": NUMBER, "day": COUNTED, "offline": ANY,
        "cls": CLS, "lang": SPOKEN, "appointment": _like(CODE, empty=True),
        "intent": _one_of("submit", "ask", "collect"), "receipt": _like(DIGITS), "series": _like(ROW, empty=True),
    },
    "printed": {
        "ticket": ANY, "level": _one_of("A", "B", "C", ""), "ahead": _number(0, limits.WAITING), "low": MANY,
        "high": MANY, "printer": PRINTER,
    },
    "print_failed": {"ticket": ANY, "cause": SHORT},
    "print_unknown": {"ticket": ANY},
    "skipped": {
        "service": SERVICE, "slot": SLOT, "to": NUMBER, "day": COUNTED, "series": _like(ROW, empty=True),
    },
    "numbers_begun": {"slot": SLOT},
    "list_given": {"service": SERVICE, "lang": SPOKEN, "cause": SHORT},
    "not_here": {"category": SHORT, "lang": SPOKEN},
    "help_asked": {"screen": SHORT, "lang": SPOKEN},
    "help_ended": {"by": SHORT},
    "printer_changed": {"printer": PRINTER, "state": SHORT},
    "paper_changed": {"printer": PRINTER, "meters": MANY},
    "reprinted": {"ticket": ANY, "cause": SHORT},
    "slip_given": {
        "kind": _one_of("collect", "sorry", "test"), "receipt": _like(DIGITS), "service": SERVICE_OR_NONE, "day": DAY,
        "cause": SHORT,
    },
    "staff_came": {"how": SHORT},
    "staff_left": {},
    "out_of_service": {"reason": SHORT},
    "back_in_service": {},
    "counter_opened": {"counter": SHORT, "queues": QUEUES, "clerk": SHORT},
    "counter_closed": {"counter": SHORT},
    "call_requested": {
        "counter": SHORT, "queues": QUEUES, "label": _text(12), "reason": WHY, "roll": ANY, "clerk": SHORT,
    },
    "requeue_requested": {"label": _text(12)},
    "undo_requested": {},
    "roll_set": {"number": MANY},
    "shown": {"command": ANY, "ticket": ANY},
    "none_shown": {"command": ANY},
    "undo_shown": {"command": ANY, "ticket": ANY, "here": ANY, "serving": ANY},
    "called_locally": {"command": ANY, "ticket": ANY},
    "gave_up": {"command": ANY},
    "recalled": {"ticket": ANY},
    "started": {"ticket": ANY},
    "ended": {"ticket": ANY, "auto": ANY, "outcome": _when(lambda _, v: v in OUTCOMES), "reason": WHY, "promised": DAY},
    "no_show": {"ticket": ANY},
    "parked": {"ticket": ANY, "minutes": _number(0, 24 * 60), "reason": WHY},
    "transferred": {"ticket": ANY, "queue": QUEUE, "place": _when(lambda _, v: v in PLACES), "reason": WHY},
    "walked_in": {"counter": SHORT, "service": SERVICE, "queue": QUEUE, "paper": _text(12), "cls": CLS},
    "counter_paused": {"counter": SHORT, "reason": WHY},
    "counter_resumed": {"counter": SHORT, "undone": ANY},
    "noted": {"text": _text(limits.NOTE)},
    "rated": {"ticket": ANY, "score": _number(1, 10), "of": _number(1, 10), "question": WORD},
    "queue_outside": {"count": MANY},
    "booked": {"code": _like(CODE), "service": SERVICE, "at_ms": APPOINTED},
}  # fmt: skip
"""Every field of every kind that a device may send, and what it may say."""


def refused(fact: Fact, at: Sight) -> str:
    """The code that refuses this row, or "" if it may be taken."""
    checks = FIELDS.get(kind_of(fact.event))
    if checks is None:
        return Wrong.FORM
    for name in type(fact.event).__dataclass_fields__:
        check = checks.get(name)
        code = check(at, getattr(fact.event, name)) if check is not None else Wrong.FORM
        if code:
            return code
    return _whole(fact, at)


def _whole(fact: Fact, at: Sight) -> str:
    """What only the whole row can show, and whether there is still room for it."""
    hall, event = at.hall, fact.event
    match event:
        case ev.Issued():
            if not _fits_slot(event):
                return Wrong.LABEL
            return Wrong.FULL if fact.id not in hall.tickets and _full_for_kiosk(hall, fact.dev) else ""
        case ev.WalkedIn():
            return Wrong.FULL if _full_for_counter(hall, fact.dev) else ""
        case ev.Shown() | ev.CalledLocally() | ev.UndoShown() if event.ticket not in hall.tickets:
            return Wrong.FULL if _full_for_counter(hall, fact.dev) else ""
        case ev.CallRequested() | ev.RequeueRequested() | ev.UndoRequested():
            roll = isinstance(event, ev.CallRequested) and event.roll
            many = len(hall.calls.get(fact.dev, ())) >= limits.OPEN_WISHES
            return Wrong.FULL if many or (roll and _full_for_counter(hall, fact.dev)) else ""
        case ev.Booked():
            if event.code in hall.appointments:
                return Wrong.CODE
            return Wrong.FULL if _full_of_appointments(hall, fact.dev) else ""
        case ev.Rated():
            return Wrong.FIELD if event.score > event.of else ""
    return ""


def _fits_slot(event: ev.Issued) -> bool:
    """A label says its slot (none if the kiosk is alone) and its number."""
    found = TICKET_LABEL.match(event.label)
    return found is not None and found[2] in ("", str(event.slot)) and int(found[3]) == event.n


def _full_for_kiosk(hall: HallState, dev: str) -> bool:
    """Whether there is no room for another visit, or for another one of this kiosk: one that makes tickets up locks no
    other out. Visits are only counted where there are as many at all.
    """
    if len(hall.line) >= limits.WAITING or hall.line.of_box(dev) >= limits.WAITING_OF_ONE:
        return True
    many = len(hall.tickets)
    if many >= limits.TICKETS:
        return True
    return many >= limits.TICKETS_OF_ONE and sum(t.maker == dev for t in hall.tickets.values()) >= limits.TICKETS_OF_ONE


def _full_for_counter(hall: HallState, dev: str) -> bool:
    """Whether counters have made so many visits, or this one has, that kiosks and other counters would have no room. By
    what is still open no counter fills the line: sent on, parked, or by a service's own route.
    """
    if len(hall.tickets) < min(limits.OPEN_OF_COUNTER, limits.TICKETS_OF_COUNTER):
        return False
    made = [t for t in hall.tickets.values() if t.walk_in or t.by]
    mine = [t for t in made if t.maker == dev]
    if len(made) >= limits.TICKETS_OF_COUNTERS or len(mine) >= limits.TICKETS_OF_COUNTER:
        return True
    is_open = [t.maker for t in made if t.phase not in FINAL]
    return len(is_open) >= limits.OPEN_OF_COUNTERS or is_open.count(dev) >= limits.OPEN_OF_COUNTER


def _full_of_appointments(hall: HallState, dev: str) -> bool:
    """Whether there is no room for another appointment, or for another one of this box."""
    many = len(hall.appointments)
    if many < limits.APPOINTMENTS_OF_ONE:
        return False
    return many >= limits.APPOINTMENTS or sum(a.dev == dev for a in hall.appointments.values()) >= (
        limits.APPOINTMENTS_OF_ONE
    )


def strange(event: ev.Event, names: Names) -> bool:
    """Whether a row that was taken names a service, a queue, a class or a language that the rules in force do not: then
    the box has another configuration than the hub, which a person has to see to. What becomes of it stands in
    `onedoor.hall.places`.
    """
    known = {"service": names.services, "queue": names.queues, "cls": names.classes, "lang": names.languages}
    for field, some in known.items():
        named = getattr(event, field, "")
        if named and some and named not in some and not OWN_QUEUE.match(named):
            return True
    opened = getattr(event, "queues", ())
    return bool(names.queues) and any(q not in names.queues and not OWN_QUEUE.match(q) for q in opened)


def elsewhere(event: ev.Event, ticket: RowId, hall: HallState) -> bool:
    """Whether somebody was sent to a queue that there is not, and waits now where every counter calls."""
    queue, found = getattr(event, "queue", ""), hall.tickets.get(ticket)
    return bool(queue) and queue != ANY_COUNTER and found is not None and found.queue == ANY_COUNTER


def raw_of(row: bytes) -> str:
    """A refused row as it came, as far as it is kept."""
    return row.decode("utf-8", "backslashreplace")[:RAW_MOST]
