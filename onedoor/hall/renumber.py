"""A counter gets another number, or other queues, while it is open (pure).

Policy. A counter is a box, not its number; but a number stands over one desk at a time, for people are sent to numbers.
Whoever was called to the old number is served to the end under it. As soon as nobody is there the counter opens under
its new one by itself, unless another counter has that number still: until then it goes on under the old one. Where
counters wait for each other's numbers in a ring (two were swapped), one of them has to begin: the first that has nobody
gives its number up, is closed, and opens under the new one as soon as that is free; the others follow by themselves.
What is not known (no hub) moves no number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from onedoor.hall import events as ev

if TYPE_CHECKING:
    from collections.abc import Mapping

    from onedoor.hall.desk import Desk, Place


def number_of(desk: Desk, place: Place) -> str:
    """The number to which people are called: that under which the counter was opened."""
    return desk.counter or place.counter


def is_free(place: Place) -> bool:
    """Whether nobody else is known to have the number of the configuration."""
    return place.taken is not None and place.counter not in place.taken


def move(desk: Desk, place: Place) -> list[ev.Event]:
    """What a counter with nobody there writes because its number or its queues are others now; nothing, if they are
    not. Opened anew it has no other rights than its configuration gives. Changes the desk.
    """
    if not desk.open:
        return []
    if desk.aside:
        return _open(desk, place, place.counter) if is_free(place) else []
    was = desk.counter
    if not was:
        return []
    number = place.counter if is_free(place) else was
    if number == was and place.gives_up:
        desk.aside, desk.counter, desk.queues = True, "", ()
        return [ev.CounterClosed(was)]
    if (was, desk.queues) == (number, place.queues):
        return []
    return [ev.CounterClosed(was), *_open(desk, place, number)]


def _open(desk: Desk, place: Place, number: str) -> list[ev.Event]:
    desk.counter, desk.queues, desk.aside = number, place.queues, False
    again: list[ev.Event] = [ev.CounterOpened(number, place.queues, desk.clerk)]
    return [*again, ev.CounterPaused(number, desk.paused)] if desk.paused else again


def gives_up(dev: str, own: str, wants: str, at: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether this counter has to give up its number `own`, once nobody is there. `at`: the numbers that other boxes
    have, `wanted`: those that boxes are to get.

    Either it closes a ring of counters that wait for each other, or another one has the same number (a box that was
    dark is back, or two boxes were given one number) and a better right to it: it is that one's own, or its name comes
    first.
    """
    for other in sorted(box for box, number in at.items() if number == own):
        mine, theirs = own == wants, other not in wanted
        if theirs > mine or (theirs == mine and other < dev):
            return True
    holder = {number: box for box, number in at.items()}
    number, passed = wants, {own} if own == wants else set[str]()
    while number not in passed and number in holder and holder[number] in wanted:
        passed.add(number)
        number = wanted[holder[number]]
        if number == own:
            return True
    return False
