"""One visit, walked through: what happened from the ticket to the last service, as spells of time (pure).

Policy. It is the visit of somebody, so it is anonymous: service, class and times, no number. Spells come from the
steps as they stand in the log, so they add up to the time in the center.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from onedoor.look.texts import say
from reports.center_days import CenterDays
from reports.dates import day_text
from reports.durations import Verdict, dated, lasted, verdict
from reports.reading import LogDay
from reports.steps import Step
from reports.words import duration

BEGINS = {
    "issue": "wait",
    "transfer": "wait",
    "requeue": "wait",
    "call": "walk",
    "resume": "walk",
    "start": "service",
    "walk_in": "service",
    "park": "hold",
    "noshow": "missed",
}
"""Which spell each step begins; the others end one, or change nothing."""
ENDS = ("end", "leave", "expire")
NAMES = {
    "wait": "waiting in line",
    "walk": "on the way to the counter",
    "service": "being served",
    "hold": "asked to come back",
    "missed": "did not come when called",
}
WORDS = {
    "issue": "ticket taken",
    "transfer": "sent on",
    "requeue": "back, waits again",
    "call": "called to counter {}",
    "resume": "called again to counter {}",
    "recall": "called once more to counter {}",
    "start": "service begins",
    "walk_in": "served without a ticket",
    "park": "asked to come back later",
    "noshow": "did not come",
    "end": "service ends",
    "leave": "left",
    "expire": "still waiting at closing time",
    "reprint": "ticket printed again",
    "freed": "counter free",
}


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of a visit: its kind, where it begins and ends, in seconds since the ticket, and how long it is, in
    words.
    """

    kind: str
    begin: int
    end: int
    told: str


@dataclass(frozen=True, slots=True)
class Walk:
    """A visit as it is drawn: spells, the moments between them (clock, what, seconds since the ticket), sums by
    kind.
    """

    lang: str
    title: str
    service: str
    day: str
    spells: tuple[Spell, ...]
    moments: tuple[tuple[str, str, int], ...]
    sums: tuple[tuple[str, str, str], ...]
    seconds: int


class NoVisit(Exception):
    """There is no such visit; the message says what to do."""


def walk_of(days: Iterable[LogDay], ticket: str, lang: str, names: dict[str, str]) -> Walk:
    """The walk of a ticket (its row in the log); of the visit that waited longest of all, if none is named."""
    found = ((day.day, name, steps) for day in days for name, steps in day.day.visits.items())
    if ticket:
        chosen = next((one for one in found if one[1] == ticket), None)
    else:
        chosen = max(found, key=lambda one: _waited(one[2]), default=None)
    if chosen is None:
        raise NoVisit("The log has no such visit. Check the day and the number.")
    day, _, steps = chosen
    first, spells = steps[0], spells_of(steps, lang)
    moments = tuple(
        (_clock(day.calendar, step.t), _told(step, lang, names), max(0, lasted(first, step) or 0)) for step in steps
    )
    sums = tuple(
        (kind, say(lang, NAMES[kind]), duration(lang, total))
        for kind in NAMES
        if (total := sum(s.end - s.begin for s in spells if s.kind == kind))
    )
    whole = max(1, *(s.end for s in spells)) if spells else 1
    title, service = say(lang, "One visit, step by step"), names.get(steps[0].svc, steps[0].svc)
    return Walk(lang, title, service, day_text(day.number), spells, moments, sums, whole)


def spells_of(steps: list[Step], lang: str) -> tuple[Spell, ...]:
    """The spells of a visit, each from a step that begins one to the next that changes it. A spell of which nobody
    knows how long it was is not drawn; the next one begins where it began.
    """
    spells: list[Spell] = []
    kind, since, begun = "", steps[0], 0
    for step in steps:
        if step.e not in BEGINS and step.e not in ENDS:
            continue
        took = lasted(since, step)
        if kind and took is not None and verdict(took) is Verdict.GOOD and took:
            spells.append(Spell(kind, begun, begun + took, duration(lang, took)))
        begun += took if took is not None and took > 0 else 0
        kind, since = BEGINS.get(step.e, ""), step
    return tuple(spells)


def _waited(steps: list[Step]) -> int:
    return sum(s.end - s.begin for s in spells_of(steps, "en") if s.kind == "wait")


def _clock(calendar: CenterDays, t: int) -> str:
    return calendar.texts(t)[1] if dated(t) else "--:--:--"


def _told(step: Step, lang: str, names: dict[str, str]) -> str:
    told = say(lang, WORDS[step.e]).format(step.counter)
    if step.e == "transfer":
        told += f": {names.get(step.svc, step.svc)}"
    return told
