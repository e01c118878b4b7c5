"""Day facts: exact counts that add up (pure).

A day of a center is folded into groups: all visits, those of a service, a queue, a counter, a class, a language, an
intent, a half hour. Each group counts values in whole seconds: how many legs waited so long, were served so long.
Counts of two days, or of two centers, are added; so a month, a year, a province are sums, and every percentile of
them is a value somebody had. A mean of percentiles, which would be wrong, cannot be formed: there is nothing to form
it from.
"""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from operator import attrgetter
from typing import Any

from msgspec import Struct, field, structs

from reports.balance import fates_of
from reports.dates import day_text, weekday
from reports.durations import LONGEST_S, Verdict, dated, verdict
from reports.honesty import Honesty
from reports.integrity import Integrity, integrity_of
from reports.integrity import told_apart as counters_apart
from reports.legs import Leg, Records, clipped, fold, overlaps
from reports.measures import (
    COUNTED_APART,
    DOUBTS,
    FORGOTTEN,
    NEGATIVE,
    NO_START,
    Measures,
    by_visit,
    listed,
    measured,
    stay_of,
)
from reports.reading import LogDay
from reports.stats import area, overtakes, ratio
from reports.steps import Day, Span

LEAST_SHOWN = 5
"""A cell of fewer people is a record of them, and is not published."""
LEAST_FOR_P90 = 10

Counts = dict[int, int]
"""How often each value in whole seconds occurred."""


class Group(Struct):
    """The counts of some legs. Durations in whole seconds.

    `waits`: first call - entry. `last_waits`: last call - entry. `open_waits`: the part of a wait inside the opening
    hours. `missed`: the waits of those who did not come when called. `left`, `expired`: time waited by those never
    called. `services`: served and ended by hand; `to_next`: ended by the next call; `walks`, `holds`: on the way, and
    parked. `outcomes` counts how legs ended; "open" have not. `negative`: waits below zero, a clock fault, in no
    duration; `told_late`: starts pressed when the service was over; `uncounted`: durations that are in no mean, by what
    they are and why ("walk/too long", "wait/unknown").
    """

    waits: Counts = field(default_factory=dict)
    last_waits: Counts = field(default_factory=dict)
    open_waits: Counts = field(default_factory=dict)
    missed: Counts = field(default_factory=dict)
    left: Counts = field(default_factory=dict)
    expired: Counts = field(default_factory=dict)
    services: Counts = field(default_factory=dict)
    to_next: Counts = field(default_factory=dict)
    walks: Counts = field(default_factory=dict)
    holds: Counts = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    negative: int = 0
    forgotten: int = 0
    no_start: int = 0
    walk_ins: int = 0
    told_late: int = 0
    uncounted: dict[str, int] = field(default_factory=dict)

    @property
    def called(self) -> int:
        """How many legs had a call: also those whose wait is in no mean."""
        odd = sum(many for name, many in self.uncounted.items() if name.startswith("wait/"))
        return n(self.waits) + self.negative + odd + self.walk_ins

    @property
    def legs(self) -> int:
        """How many legs there are."""
        return sum(self.outcomes.values())


class CounterTime(Struct):
    """Seconds of one counter, clipped to the day: open, in pause, in break, busy; and legs served with their end
    inside.
    """

    open_s: int = 0
    pause_s: int = 0
    break_s: int = 0
    busy_s: int = 0
    served: int = 0


class Facts(Struct):
    """Everything of one day or many that reports are made of. Keys of `groups` are "facet/value/leg", leg being 1 for
    first legs and 2 for later ones; `stays` is the time in center of completed visits, `visit_waits` their waits over
    all legs. `opened`: open counter-seconds by half hour of the day.
    """

    centers: list[str] = field(default_factory=list)
    days: list[str] = field(default_factory=list)
    groups: dict[str, Group] = field(default_factory=dict)
    counters: dict[str, CounterTime] = field(default_factory=dict)
    stays: Counts = field(default_factory=dict)
    visit_waits: Counts = field(default_factory=dict)
    arrivals: Counts = field(default_factory=dict)
    opened: Counts = field(default_factory=dict)
    tally: dict[str, int] = field(default_factory=dict)
    order: dict[str, list[int]] = field(default_factory=dict)
    ratings: dict[str, dict[str, int]] = field(default_factory=dict)
    anomalies: list[str] = field(default_factory=list)
    window_s: int = 0
    undated: Group = field(default_factory=Group)
    honesty: Honesty = field(default_factory=Honesty)
    integrity: Integrity = field(default_factory=Integrity)

    def group(self, facet: str = "all", value: str = "", leg: int = 1) -> Group:
        """One group; an empty one if nobody is in it."""
        return self.groups.get(key_of(facet, value, leg)) or Group()

    def values(self, facet: str) -> list[str]:
        """The values of a facet that occur."""
        return sorted({value for of, value, _ in map(group_of_key, self.groups) if of == facet})


def key_of(facet: str, value: str, leg: int) -> str:
    """The name of a group among `Facts.groups`. A value is a name that people gave, and may have a "/" in it; facets
    and the number of the leg never do.
    """
    return f"{facet}/{value}/{leg}"


def group_of_key(key: str) -> tuple[str, str, int]:
    """Facet, value and leg of a key."""
    facet, _, rest = key.partition("/")
    value, _, leg = rest.rpartition("/")
    return facet, value, int(leg)


FACETS: dict[str, Callable[[Leg], str]] = {
    "all": lambda _: "",
    "service": attrgetter("service"),
    "queue": attrgetter("svc"),
    "counter": attrgetter("counter"),
    "class": attrgetter("cls"),
    "lang": attrgetter("lang"),
    "intent": attrgetter("intent"),
    "half": lambda leg: str(leg.half),
}
"""By what people are counted together; "half" is the half hour of entry, 0 to 47."""


def facts_of(found: LogDay, records: Records, center: str, facets: Iterable[str] = FACETS) -> Facts:
    """The facts of a day that was folded."""
    parts: Parts = defaultdict(list)
    facts = facts_into(parts, found, records, center, facets)
    facts.groups = grouped(parts)
    return facts


def facts_into(parts: "Parts", found: LogDay, records: Records, center: str, facets: Iterable[str] = FACETS) -> Facts:
    """The same without its groups: what they are made of is put into `parts`, where other days may have put theirs.
    So the groups of many days are counted once, and not day by day and then added up.
    """
    facts, measures = _facts_and_measures(parts, records, found.day.hours, facets)
    day = day_text(found.day.number)
    facts.centers, facts.days = [center], [] if found.honesty.silent else [day]
    facts.order, facts.ratings = found.order, found.ratings
    facts.tally |= found.counts | fates_of(records.legs, found.day)
    facts.tally["rated"] = len(found.rated)
    if "all" in facets:
        for facet, value in (("weekday", str(weekday(day))), ("center", center)):
            for leg, measure in zip(records.legs, measures, strict=True):
                parts[facet, value, leg.number == 1].append(measure)
    honesty = facts.honesty = found.honesty
    honesty.visits, honesty.complete = _complete(records.legs)
    honesty.auto_ended = sum(leg.auto for leg in records.legs)
    honesty.negative, honesty.forgotten, honesty.no_start = (
        sum(bool(measure[i]) for measure in measures) for i in (NEGATIVE, FORGOTTEN, NO_START)
    )
    honesty.told_late = sum(leg.told_late for leg in records.legs)
    honesty.overlaps = sum(overlaps(spans) for spans in records.busy.values())
    _count_doubts(facts, records, measures)
    facts.anomalies += [
        f"{day}: counter {c} was busy {of.busy_s} s and open {of.open_s} s"
        for c, of in facts.counters.items() if of.busy_s > of.open_s
    ]  # fmt: skip
    facts.undated = _undated(found.day)
    waiting = any(leg.first_call is None and not leg.outcome for leg in records.legs)
    little_holds = facts.tally["area_s"] == facts.tally["sum_wait_s"]
    doubtful = not little_holds and (records.closed or not waiting)
    honesty.doubtful_days = int(doubtful)
    facts.anomalies += [f"{day}: the number waiting and the waits do not agree"] if doubtful else []
    facts.anomalies += [f"{day}: counters that did not know of each other had {t}" for t in sorted(records.untidy)]
    facts.anomalies += [f"{day}: steps of an unknown ticket {t}" for t in sorted(set(records.orphans))]
    return facts


def facts_of_records(records: Records, hours: list[Span], facets: Iterable[str] = FACETS) -> Facts:
    """The facts of legs and counter times alone, as a test vector gives them."""
    parts: Parts = defaultdict(list)
    facts, _ = _facts_and_measures(parts, records, hours, facets)
    facts.groups = grouped(parts)
    return facts


def grouped(parts: "Parts") -> dict[str, Group]:
    """The groups, counted."""
    return {key_of(facet, value, 1 if first else 2): group_of(some) for (facet, value, first), some in parts.items()}


def _facts_and_measures(
    parts: "Parts", records: Records, hours: list[Span], facets: Iterable[str]
) -> "tuple[Facts, list[Measures]]":
    facts, legs = Facts(window_s=records.window[1] - records.window[0]), records.legs
    measures = [measured(leg, hours) for leg in legs]
    first = [leg.number == 1 for leg in legs]
    for facet in facets:
        for value, is_first, measure in zip(map(FACETS[facet], legs), first, measures, strict=True):
            parts[facet, value, is_first].append(measure)
    facts.arrivals = dict(Tally([leg.half for leg in legs if leg.number == 1]))
    facts.integrity = integrity_of(legs)
    _count_visits(facts, records, measures)
    _count_counters(facts, records)
    facts.anomalies += [line for leg, m in zip(legs, measures, strict=True) if m[DOUBTS] for line in listed(leg)]
    queued = [
        waited
        for leg, m in zip(legs, measures, strict=True)
        for waited in (m[0], m[4], m[5])
        if waited is not None and dated(leg.entry) and leg.ticket not in records.untidy
    ]
    pairs, inversions = _overtakes(legs)
    facts.tally = dict(records.tally) | {
        "area_s": area(records.levels, records.spell),
        "sum_wait_s": sum(queued),
        "queued": len(queued),
        "pairs": pairs,
        "inversions": inversions,
    }
    return facts, measures


Parts = defaultdict[tuple[str, str, bool], list[Measures]]
"""What groups are made of, by facet, value, and whether it is a first leg."""


def group_of(measures: list[Measures]) -> Group:
    """The counts of these legs."""
    columns = list(zip(*measures, strict=True))
    counts: list[Any] = [dict(Tally(column)) for column in columns[:11]]
    for count in counts:
        count.pop(None, None)
    flags: list[Any] = [sum(column) for column in columns[NEGATIVE:DOUBTS]]
    return Group(*counts, *flags, uncounted=dict(_doubts(measures)))  # type: ignore[misc]


def _doubts(measures: list[Measures]) -> Tally[str]:
    """Durations that are in no mean; without those that have a count of their own."""
    return Tally(doubt for measure in measures for doubt in measure[-1] if doubt not in COUNTED_APART)


def _count_visits(facts: Facts, records: Records, measures: "list[Measures]") -> None:
    """Time in center and waits over all legs of completed visits: those whose last leg was served. Nobody knows how
    long somebody without a ticket of ours has waited; a visit with a service that was forgotten has no time in center.
    """
    stays, waits, begin = list[int](), list[int](), 0
    for mine in by_visit(records.legs):
        theirs = measures[begin : begin + len(mine)]
        begin += len(mine)
        if mine[-1].outcome != "served" or mine[-1].end is None:
            continue
        stay = stay_of(mine)
        if stay is not None and 0 <= stay <= LONGEST_S:
            if not any(bool(m[FORGOTTEN]) for m in theirs):
                stays.append(stay)
        else:
            why = verdict(stay)
            records.doubts[f"time in the center/{why}"] += 1
            if stay is not None:
                facts.anomalies.append(f"{why} time in the center of {mine[0].ticket}: {stay} s")
        if len(mine) == 1:
            if theirs[0][0] is not None:
                waits.append(theirs[0][0])
            elif mine[0].first_call is None and not mine[0].walk_in:
                waits.append(0)
            continue
        known = [leg.first_call is None or m[0] is not None for leg, m in zip(mine, theirs, strict=True)]
        if all(known) and not mine[0].walk_in:
            waits.append(sum(m[0] or 0 for m in theirs))
    facts.stays, facts.visit_waits = dict(Tally(stays)), dict(Tally(waits))


def _count_doubts(facts: Facts, records: Records, measures: "list[Measures]") -> None:
    """Durations that are in no mean, by what they are; those that had their own count before are not in here."""
    for name, many in (_doubts(measures) + records.doubts).items():
        what, _, why = name.partition("/")
        kept = facts.honesty.unknown if why == Verdict.UNKNOWN else facts.honesty.odd
        kept[what] = kept.get(what, 0) + many
    facts.anomalies += records.doubtful


def _undated(day: Day) -> Group:
    """The first legs of visits whose date nobody knows."""
    tickets = day.left_out.get("undated", ())
    if not tickets:
        return Group()
    alone = Day(day.number, (0, 0), {ticket: day.unused[ticket] for ticket in tickets})
    return group_of([measured(leg, []) for leg in fold(alone).legs if leg.number == 1])


def _complete(legs: list[Leg]) -> tuple[int, int]:
    """(visits, those of them whose every leg has its steps: called, begun and ended by hand, or ended in another
    way).
    """
    whole = [all(map(_whole, mine)) for mine in by_visit(legs)]
    return len(whole), sum(whole)


def _whole(leg: Leg) -> bool:
    outcome = leg.outcome
    if outcome == "served":
        return leg.first_call is not None and leg.start is not None and not leg.auto and not leg.told_late
    return outcome in ("left", "expired") or (outcome == "no_show" and leg.first_call is not None)


def _count_counters(facts: Facts, records: Records) -> None:
    a, b = records.window
    for name in sorted(records.states.keys() | records.busy.keys()):
        spans = records.states.get(name, {})
        times = facts.counters[name] = CounterTime()
        times.open_s, times.pause_s, times.break_s = (
            clipped(spans.get(state, ()), records.window) for state in ("open", "pause", "break")
        )
        times.busy_s = clipped(records.busy.get(name, ()), records.window)
        for begin, end in spans.get("open", ()):
            for half, shared in records.calendar.by_half_hour(begin, end):
                facts.opened[half] = facts.opened.get(half, 0) + shared
    for leg in records.legs:
        if leg.outcome == "served" and a <= (leg.end or 0) < b:
            facts.counters.setdefault(leg.counter, CounterTime()).served += 1


def _overtakes(legs: list[Leg]) -> tuple[int, int]:
    groups: defaultdict[tuple[str, str], list[Span]] = defaultdict(list)
    for leg in legs:
        call = leg.first_call
        wait = leg.wait_s if leg.number == 1 and call is not None else None
        if wait is not None and 0 <= wait <= LONGEST_S:
            groups[leg.svc, leg.cls].append((leg.entry, leg.entry + wait))
    counted = [overtakes(group) for group in groups.values()]
    return sum(p for p, _ in counted), sum(i for _, i in counted)


# -- adding up


def merged(parts: Iterable[Facts]) -> Facts:
    """The sum of facts: counts of the same thing are added. Their order does not matter."""
    total = Facts()
    for part in parts:
        _add(total, part)
        if part.days and _is_timeless(part):
            del total.days[-len(part.days) :]
    total.centers, total.days = sorted(set(total.centers)), sorted(set(total.days))
    total.anomalies.sort()
    return total


def told_apart(part: Facts) -> Facts:
    """The same, every counter with the name of its center: counter 1 of two centers is two counters. For facts that are
    about to be added to those of other centers.
    """
    center = ", ".join(part.centers)
    counters = {f"{center}: {name}": of for name, of in part.counters.items()}
    groups = {}
    for key, group in part.groups.items():
        facet, value, leg = group_of_key(key)
        groups[key_of(facet, f"{center}: {value}", leg) if facet == "counter" and value else key] = group
    apart = counters_apart(part.integrity, center)
    return structs.replace(part, counters=counters, groups=groups, integrity=apart)


def _is_timeless(part: Facts) -> bool:
    """Whether a part is no day of anybody's calendar: there is nothing in it but visits before the first date of a log,
    which stand behind the day of the release.
    """
    return part.honesty.undated > 0 and not part.honesty.visits and not part.counters


def _add(mine: Struct, other: Struct) -> None:
    for name in mine.__struct_fields__:
        old, new = getattr(mine, name), getattr(other, name)
        if isinstance(new, dict):
            _add_dict(old, new)
        elif isinstance(new, Struct):
            _add(old, new)
        else:
            setattr(mine, name, old + new)


def _add_dict(mine: dict, other: dict) -> None:  # type: ignore[type-arg]
    if other and type(next(iter(other.values()))) is int:  # all of them are
        if mine:
            get = mine.get
            for key, value in other.items():
                mine[key] = get(key, 0) + value
        else:
            mine.update(other)
        return
    for key, value in other.items():
        old = mine.get(key)
        if isinstance(value, Struct):
            if old is None:
                old = mine[key] = type(value)()
            _add(old, value)
        elif isinstance(value, dict):
            _add_dict(mine.setdefault(key, {}), value)
        elif isinstance(value, list):
            mine[key] = [a + b for a, b in zip(old, value, strict=True)] if old else list(value)
        else:
            mine[key] = value if old is None else old + value


# -- what counts say


def n(counts: Counts) -> int:
    """How many."""
    return sum(counts.values())


def total_of(counts: Counts) -> int:
    """The sum of all values, in seconds."""
    return sum(value * many for value, many in counts.items())


def mean(counts: Counts) -> Fraction | None:
    """The arithmetic mean; None of nothing."""
    return ratio(total_of(counts), n(counts))


def percentile(counts: Counts, percent: int) -> int | None:
    """Nearest rank, as in `reports.stats.percentile`, by adding counts up: element k = ceil(p n), counting from 1."""
    k = (percent * n(counts) + 99) // 100
    for value, so_far in running(counts):
        if so_far >= max(k, 1):
            return value
    return None


def nine_of_ten(counts: Counts) -> int | None:
    """The 90th percentile as it may be shown: none of fewer than ten values."""
    return percentile(counts, 90) if n(counts) >= LEAST_FOR_P90 else None


def running(counts: Counts) -> Iterator[tuple[int, int]]:
    """(value, how many had at most this), by rising value."""
    so_far = 0
    for value in sorted(counts):
        so_far += counts[value]
        yield value, so_far


def plus(*counts: Counts) -> Counts:
    """The sum of counts."""
    found: Counts = {}
    for one in counts:
        _add_dict(found, one)
    return found


def published(counts: Counts) -> dict[str, int | float | None]:
    """What may be shown of a cell: nothing of fewer than five people, no 90th percentile of fewer than ten."""
    many = n(counts)
    if many < LEAST_SHOWN:
        return {"n": None, "mean": None, "p50": None, "p90": None, "max": None}
    average = mean(counts)
    assert average is not None
    middle, high = percentile(counts, 50), nine_of_ten(counts)
    return {"n": many, "mean": round(float(average), 6), "p50": middle, "p90": high, "max": max(counts)}
