"""What should have been there: the center's own hours against what the log has (pure).

Policy. A log cannot tell of a day of which it has nothing; its calendar can. Nobody is expected where the center has
not said when it is open, and not beyond a gap of two months, which is a log that was begun again or a wrong clock.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from reports.honesty import clipped
from reports.steps import Day, Span, Step

LONGEST_GAP_DAYS = 62
QUIET_S = 2 * 3600
"""So long no kiosk gives a number, and counters have people without one: it is not a quiet hour."""
LEAST_WALK_INS = 3


def missing_days(known: Iterable[int]) -> Iterator[int]:
    """The days between those that a log has."""
    for a, b in pairwise(sorted(known)):
        if b - a <= LONGEST_GAP_DAYS:
            yield from range(a + 1, b)


def without_kiosks(day: Day) -> int:
    """Seconds of opening time in which no kiosk gave a number although people came, who were taken without one."""
    firsts = sorted((steps[0].t, steps[0].e) for steps in day.visits.values())
    given = [t for t, e in firsts if e == "issue"]
    taken = [t for t, e in firsts if e == "walk_in"]
    total = 0
    for a, b in day.hours:
        marks = [a, *(t for t in given if a <= t < b), b]
        quiet: list[Span] = [
            (c, d) for c, d in pairwise(marks)
            if d - c >= QUIET_S and sum(c <= t < d for t in taken) >= LEAST_WALK_INS
        ]  # fmt: skip
        total += clipped(quiet, [(a, b)])
    return total


def left_open_at_the_end(told: Iterable[Step]) -> dict[str, int]:
    """Counters whose last word of a day is not that they close."""
    last = {step.counter: step.e for step in told}
    return {counter: 1 for counter, e in last.items() if e != "close"}
