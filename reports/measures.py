"""What one leg adds to the facts of its day: every duration of it, measured once, and judged (pure)."""

from collections.abc import Iterator

from reports.durations import FORGOTTEN_S, LONGEST_S, LONGEST_WALK_S, Verdict, dated, lasted, verdict
from reports.legs import Leg, clipped
from reports.steps import Span

Measures = tuple[int | None, int | None, int | None, int | None, int | None, int | None, int | None, int | None,
                 int | None, int | None, str, bool, bool, bool, bool, bool, tuple[str, ...]]  # fmt: skip
"""What one leg adds to each count of its groups, in the order of their fields; None: nothing. Last: its durations that
are in no mean, and why.
"""
SERVICE, TO_NEXT, WALK, HELD = 6, 7, 8, 9
NEGATIVE, FORGOTTEN, NO_START, TOLD_LATE, DOUBTS = 11, 12, 13, 15, 16


def measured(leg: Leg, hours: list[Span]) -> Measures:
    """Every duration of a leg, once."""
    wait, outcome, gone = leg.wait_s, leg.outcome, leg.gone_s
    last = missed = open_wait = None
    doubts: list[str] = []
    if leg.first_call is not None and not leg.walk_in:
        wait = wait if _fine(wait) else worth(doubts, "wait", wait)
    elif leg.unseen:
        gone = worth(doubts, "time waited", gone)
    if wait is not None:
        last = wait if leg.last_at is leg.first_at else worth(doubts, "wait to the last call", leg.last_wait_s)
        missed = wait if outcome == "no_show" else None
        open_wait = inside(hours, leg.entry, leg.entry + wait) if dated(leg.entry) else None
    service, walk = leg.service_s, leg.walk_s
    if outcome == "served" and not leg.told_late and (leg.start is not None or leg.last_call is not None):
        service = service if _fine(service, FORGOTTEN_S) else worth(doubts, "service", service, FORGOTTEN_S)
    if leg.start is not None and leg.last_call is not None and not leg.walk_in and not leg.told_late:
        walk = walk if _fine(walk, LONGEST_WALK_S) else worth(doubts, "walk", walk, LONGEST_WALK_S)
    negative, forgotten = WAIT_NEGATIVE in doubts, SERVICE_LONG in doubts
    no_start = outcome == "served" and leg.start is None and (service is not None or forgotten)
    held = leg.held_s or None
    if held or leg.hold_unknown:
        held = worth(doubts, "hold", None if leg.hold_unknown else held)
    return (
        wait, last, open_wait, missed, gone if outcome == "left" else None, gone if outcome == "expired" else None,
        None if leg.auto else service, service if leg.auto else None, walk, held, outcome or "open",
        negative, forgotten, no_start, leg.walk_in, leg.told_late, tuple(doubts),
    )  # fmt: skip


def _fine(seconds: int | None, longest_s: int = LONGEST_S) -> bool:
    """Nearly every duration is; `verdict` says what is wrong with the others."""
    return seconds is not None and 0 <= seconds <= longest_s


WAIT_NEGATIVE, SERVICE_LONG = f"wait/{Verdict.NEGATIVE}", f"service/{Verdict.LONG}"
COUNTED_APART = frozenset({WAIT_NEGATIVE, SERVICE_LONG})
"""These had their own count before there was one for all."""


def worth(doubts: list[str], what: str, seconds: int | None, longest_s: int = LONGEST_S) -> int | None:
    """A duration, if it may be counted."""
    why = verdict(seconds, longest_s)
    if why is Verdict.GOOD:
        return seconds
    doubts.append(f"{what}/{why}")
    return None


def listed(leg: Leg) -> Iterator[str]:
    """Durations of a leg that cannot be, as they are listed. What is only unknown is counted, there is nothing to
    list.
    """
    for what, seconds, longest in (
        ("wait", leg.wait_s, LONGEST_S), ("time waited", leg.gone_s, LONGEST_S),
        ("service", leg.service_s, FORGOTTEN_S), ("walk", leg.walk_s, LONGEST_WALK_S), ("hold", leg.held_s, LONGEST_S),
    ):  # fmt: skip
        if seconds is not None and (why := verdict(seconds, longest)) is not Verdict.GOOD:
            yield f"{why} {what} of {leg.ticket}" + ("" if why is Verdict.NEGATIVE else f": {seconds} s")


def inside(hours: list[Span], begin: int, end: int) -> int | None:
    """Seconds of a wait inside the opening hours; None if nobody knows them."""
    if not hours:
        return None
    for a, b in hours:
        if a <= begin and end <= b:
            return end - begin
    return clipped(hours, (begin, end))


def by_visit(legs: list[Leg]) -> Iterator[list[Leg]]:
    """The legs of each visit: they stand together, by their number."""
    begin = 0
    for end, leg in enumerate(legs):
        if leg.number == 1 and end:
            yield legs[begin:end]
            begin = end
    if legs:
        yield legs[begin:]


def stay_of(legs: list[Leg]) -> int | None:
    """From the ticket to the last end; None: nobody knows."""
    first, last = legs[0], legs[-1]
    if first.entry_at is not None and last.end_at is not None:
        return lasted(first.entry_at, last.end_at)
    return None if last.end is None else last.end - first.entry
