"""Signs that the figures may have been helped, and a level that such help does not move (pure).

Policy. A sign accuses nobody: each is a count of so many, with what an honest reason may be beside it. Whoever is paid
or praised for the published level can raise it without serving anybody sooner: call early and let people stand, end a
call at once as a no-show, send people on or ask them to come back before their service has begun. All of that moves the
first call, and none of it the beginning of a service; so the level to START stands beside the published one.

| sign              | counted                                                  | of                                  |
| ----------------- | -------------------------------------------------------- | ----------------------------------- |
| slow_start        | more than three minutes from the last call to START      | starts that say when                |
| told_late         | START pressed when the service was over                  | starts                              |
| short_service     | services of less than 20 s, whoever or whatever ended them | services that say how long        |
| quick_no_show     | no-show within 20 s of the call, also of who came later  | times that somebody did not come    |
| before_start      | sent on, or asked to come back, before a START           | people called, in each queue        |
| never_called      | left or expired without a call                           | visits                              |
| walk_in           | people served without a number                           | visits                              |
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from reports.durations import LONGEST_S, lasted
from reports.legs import Leg, between
from reports.measures import by_visit

SLOW_START_S = 180
SHORT_S = 20
JUST_BEFORE_S = 60
"""Crowding: calls in the last minute before the standard is over, beside those in the minute behind it."""

SIGNS = ("slow_start", "told_late", "short_service", "quick_no_show", "before_start", "never_called", "walk_in")

Counts = dict[int, int]


class Integrity(Struct):
    """Counts of one day or of many; all of them add up.

    `seen` and `of`: each sign by counter ("": none), and of how many. `begun`: by service, from the number to START,
    in seconds; `not_begun`: from the number to the end of visits without any START that were never served. Where nobody
    knows when the service began (no START, or one that was told late), it was not before `not_before` and not behind
    `not_after`, which are counted apart from each other.
    """

    seen: dict[str, dict[str, int]] = field(default_factory=dict)
    of: dict[str, dict[str, int]] = field(default_factory=dict)
    begun: dict[str, Counts] = field(default_factory=dict)
    not_begun: dict[str, Counts] = field(default_factory=dict)
    not_before: dict[str, Counts] = field(default_factory=dict)
    not_after: dict[str, Counts] = field(default_factory=dict)

    def tell(self, sign: str, counter: str, *, shown: bool) -> None:
        """One more of which this sign could be shown."""
        of = self.of.setdefault(sign, {})
        of[counter] = of.get(counter, 0) + 1
        if shown:
            seen = self.seen.setdefault(sign, {})
            seen[counter] = seen.get(counter, 0) + 1


def integrity_of(legs: list[Leg]) -> Integrity:
    """Everything about these legs, which stand together by visit."""
    found = Integrity()
    for mine in by_visit(legs):
        found.tell("walk_in", mine[0].counter, shown=mine[0].walk_in)
        if not mine[0].walk_in:
            found.tell("never_called", "", shown=mine[0].unseen)
            _begins(found, mine)
        for leg in mine:
            _acts(found, leg)
    return found


def _acts(found: Integrity, leg: Leg) -> None:
    """What a counter did with somebody."""
    counter, by_hand = leg.counter, leg.end_at is not None and leg.end_at.e == "end"
    if leg.walk_in or leg.first_call is None:
        return
    if leg.start is not None:
        found.tell("told_late", counter, shown=leg.told_late)
        if _fine(leg.walk_s):
            found.tell("slow_start", counter, shown=(leg.walk_s or 0) > SLOW_START_S)
        if by_hand and _fine(leg.service_s):
            found.tell("short_service", counter, shown=(leg.service_s or 0) < SHORT_S)
    for by, seconds in leg.missed:
        found.tell("quick_no_show", by, shown=_fine(seconds) and (seconds or 0) < SHORT_S)
    sent_on = leg.end_at is not None and leg.end_at.e == "transfer"
    held = leg.held_s > (0 if leg.start is None else leg.parked_s)
    away = held or (leg.start is None and (leg.parked_at is not None or sent_on))
    found.tell("before_start", counter, shown=away)


def _begins(found: Integrity, mine: list[Leg]) -> None:
    """When the first service of a visit began, counted from the number."""
    first = mine[0]
    for leg in mine:
        by_hand = leg.end_at is not None and leg.end_at.e == "end"
        if leg.start is not None and not leg.told_late:
            _count(found.begun, first, between(first.entry_at, first.entry, leg.start_at, leg.start))
            return
        if leg.told_late or (leg.outcome == "served" and by_hand):
            low = between(first.entry_at, first.entry, leg.last_at, leg.last_call)
            high = between(first.entry_at, first.entry, leg.start_at or leg.end_at, leg.start or leg.end)
            if _fine(low) and _fine(high):
                _count(found.not_before, first, low)
                _count(found.not_after, first, high)
            return
    last = mine[-1]
    if last.outcome in ("left", "expired", "no_show") and last.end_at is not None and first.entry_at is not None:
        _count(found.not_begun, first, lasted(first.entry_at, last.end_at))


def _count(counts: dict[str, Counts], first: Leg, seconds: int | None) -> None:
    if seconds is not None and 0 <= seconds <= LONGEST_S:
        mine = counts.setdefault(first.service or first.svc, {})
        mine[seconds] = mine.get(seconds, 0) + 1


def _fine(seconds: int | None) -> bool:
    return seconds is not None and 0 <= seconds <= LONGEST_S


def level_to_start(of: Integrity, standards: Mapping[str, int], standard_s: int) -> dict[str, int | float | None]:
    """Visits whose service began (START) within T of the number, over all whose service began, and those who went
    without any service after more than T: no-shows, who left, who expired. Who is sent on or asked to come back before
    a START waits on. `unknown`: visits in neither, because nobody knows on which side of T their service began.

    The first leg that says so tells: one with a START that was not told late, at that; one whose START was told late,
    or that ended with `end` without any, between its last call and that START or end. All of it counts from the number;
    of walk-ins nobody knows it.
    """
    within = late = unknown = 0
    for service in {*of.begun, *of.not_begun, *of.not_after}:
        limit = standards.get(service, standard_s)
        begun, high, low = (counts.get(service, {}) for counts in (of.begun, of.not_after, of.not_before))
        surely = up_to(begun, limit) + up_to(high, limit)
        surely_late = sum(map(_many, (begun, low))) - up_to(begun, limit) - up_to(low, limit)
        gone = of.not_begun.get(service, {})
        within, late = within + surely, late + surely_late + _many(gone) - up_to(gone, limit)
        unknown += _many(begun) + _many(high) - surely - surely_late
    den = within + late
    return {"within": within, "den": den, "value": round(within / den, 6) if den else None, "unknown": unknown}


def crowding(waits: Counts, limit_s: int) -> tuple[int, int]:
    """(first calls in the last minute of the standard, the same and those in the minute behind it). Half of them, more
    or less, where nobody looks at the clock.
    """
    before = up_to(waits, limit_s) - up_to(waits, limit_s - JUST_BEFORE_S)
    return before, up_to(waits, limit_s + JUST_BEFORE_S) - up_to(waits, limit_s - JUST_BEFORE_S)


def _many(counts: Mapping[Any, int]) -> int:
    return sum(counts.values())


def up_to(counts: Counts, limit: int) -> int:
    """How many of these values are at most the limit."""
    return sum(many for value, many in counts.items() if value <= limit)


def signs(of: Integrity) -> Iterator[tuple[str, int, int, dict[str, tuple[int, int]]]]:
    """(sign, seen, of, the same by counter) of every sign."""
    for sign in SIGNS:
        seen, some = of.seen.get(sign, {}), of.of.get(sign, {})
        yield sign, _many(seen), _many(some), {c: (seen.get(c, 0), many) for c, many in sorted(some.items()) if c}


def told_apart(of: Integrity, center: str) -> Integrity:
    """The same, each counter with the name of its center."""

    def named(by: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
        return {s: {f"{center}: {c}" if c else "": many for c, many in some.items()} for s, some in by.items()}

    return Integrity(named(of.seen), named(of.of), of.begun, of.not_begun, of.not_before, of.not_after)
