"""What a day's steps say of the day as a whole: how long it lived, who forgot to close, what nobody dated (pure)."""

from collections.abc import Callable

from msgspec.structs import replace

from reports.durations import dated
from reports.steps import HOLD, Day, Span, Step


def lived(day: Day) -> tuple[list[Span], Span]:
    """From the first to the last step of a day, what came after midnight not being in it; and its visits' first and
    last step, whenever they were: a word about time that is taken back may move the end of a visit before its day.
    """
    a, b = day.window
    stamps = [step.t for steps in day.visits.values() for step in steps]
    first, last = min(stamps, default=a), max(stamps, default=a)
    if not dated(last):
        last = max((t for t in stamps if dated(t)), default=a)
    stamps += [step.t for step in day.counters]
    begin, end = min(stamps, default=a), max(stamps, default=a)
    if begin < a or end >= b:
        inside = [t for t in stamps if a <= t < b]
        return ([(min(inside), max(inside))] if inside else []), (first, last)
    return ([(begin, end)] if stamps else []), (first, last)


def undated_s(day: Day) -> int:
    """From the first to the last step of visits that nobody could date, in each stretch."""
    found: dict[int, list[int]] = {}
    for ticket in day.left_out.get("undated", ()):
        for step in day.unused[ticket]:
            if not dated(step.t):
                found.setdefault(step.stretch, []).append(step.t)
    return sum(max(stamps) - min(stamps) for stamps in found.values())


def by_number(told: list[Step], day_of: Callable[[int], int]) -> list[Step]:
    """The states of numbers, from what boxes said, in time. A number that two boxes had on one day (while the hub was
    away nobody could hold it for one) is open as long as one of them is: what the other says does not close it.
    """
    stand: dict[str, tuple[str, int, str]] = {}
    found = []
    for step in told:
        box, at = step.boot.partition("/")[0], (step.counter, day_of(step.t))
        stand[box] = (*at, step.e)
        others = {e for other, (*where, e) in stand.items() if other != box and tuple(where) == at and e != "close"}
        now = "open" if "open" in others else min(others) if others and step.e == "close" else step.e
        found.append(step if now == step.e else replace(step, e=now))
    return found


def left_open(day: Day, told: list[Step], left: set[str]) -> list[Step]:
    """What counters said on this day. One that was left open on an earlier day was closed by that day, and is open
    again from its first use on, if it does not say so itself before.
    """
    said: dict[str, int] = {}
    for step in told:
        said.setdefault(step.counter, step.t)
    first: dict[str, Step] = {}
    for steps in day.visits.values() if left else ():
        for step in steps:
            if step.counter in left and step.e in HOLD and day.window[0] <= step.t < day.window[1]:
                old = first.get(step.counter)
                first[step.counter] = step if old is None or (step.t, step.seq) < (old.t, old.seq) else old
    again = [
        Step(step.t, "open", "", counter, note="left open", seq=step.seq, stretch=step.stretch)
        for counter, step in first.items()
        if counter not in said or step.t < said[counter]
    ]
    return sorted([*again, *told], key=lambda step: (step.t, step.seq)) if again else told
