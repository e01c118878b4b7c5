"""All figures of a log, of day facts, of a test vector: what every report and the verifier are made of (pure)."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any

import msgspec

from reports.balance import balance
from reports.entries import Entry
from reports.facts import FACETS, Facts, Parts, facts_into, facts_of, facts_of_records, grouped, merged
from reports.indicators import breakdown, compute, further, integrity_figures, undated
from reports.legs import fold
from reports.published import intervals
from reports.reading import Days, LogDay, days_in
from reports.shares import in_processes
from reports.steps import from_vector

STANDARD_S = 25 * 60
WORTH_SHARING = 10_000
"""Visits from which on a second process is quicker than none."""
COUNTED_AT_ONCE = 10_000
"""Visits whose durations are collected before they are counted."""
HEADLINE = ("all", "service", "counter")
"""The facets that the printed figures need."""


def of_vector(vector: dict[str, Any]) -> dict[str, Any]:
    """The indicators of one test vector."""
    day = from_vector(vector["events"], vector["config"])
    facts = facts_of_records(fold(day), [])
    return {"id": vector["id"], "indicators": compute(facts, vector["config"]["standard_s"])}


def facts_together(entries: Iterable[list[Entry]], facets: Iterable[str] = FACETS, processes: int = 1) -> Facts:
    """The facts of all days of a log in one."""
    return facts_of_days(days_in(entries), "", facets, processes)


def facts_of_days(days: Iterable[LogDay], center: str, facets: Iterable[str] = FACETS, processes: int = 1) -> Facts:
    """The facts of these days in one, taken one by one. Days know nothing of each other and facts add up, so with
    several processes each takes its share of the days of a log.
    """
    facets = tuple(facets)
    if processes < 2 or not isinstance(days, Days) or days.visits < WORTH_SHARING:
        return _share(days, center, facets)
    return merged(in_processes([
        partial(_share, islice(days, i, None, processes), center, facets) for i in range(processes)
    ]))  # fmt: skip


def _share(days: Iterable[LogDay], center: str, facets: tuple[str, ...]) -> Facts:
    """Groups are counted for many visits at once, which is quicker than day by day, and then added up, so that no more
    than these are in memory.
    """
    return merged(_sums(days, center, facets))


def _sums(days: Iterable[LogDay], center: str, facets: tuple[str, ...]) -> Iterator[Facts]:
    parts, visits = Parts(list), 0
    for found in days:
        yield facts_into(parts, found, fold(found.day), center, facets)
        visits += len(found.day.visits)
        if visits >= COUNTED_AT_ONCE:
            yield Facts(groups=grouped(parts))
            parts, visits = Parts(list), 0
    yield Facts(groups=grouped(parts))


def facts_by_day(entries: Iterable[list[Entry]], center: str = "", facets: Iterable[str] = FACETS) -> Iterator[Facts]:
    """The facts of each day of a log."""
    for found in days_in(entries):
        yield facts_of(found, fold(found.day), center, facets)


def figures(facts: Facts, standard_s: int) -> dict[str, Any]:
    """All figures: the headline, what stands beside it, by service and by counter, and how honest the data are."""
    return {
        "standard_s": standard_s,
        "days": len(facts.days),
        "indicators": compute(facts, standard_s),
        "further": further(facts),
        **breakdown(facts, standard_s),
        "undated": undated(facts, standard_s),
        "balance": balance(facts.tally),
        "intervals": intervals(facts.group(), standard_s),
        "integrity": integrity_figures(facts, standard_s),
        "honesty": msgspec.to_builtins(facts.honesty),
        "anomalies": facts.anomalies,
        "method": "whole seconds, nearest-rank percentiles; definitions in docs/indicators.md",
    }
