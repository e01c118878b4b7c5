"""All figures of a log, of day facts, of a test vector: what every report and the verifier are made of (pure)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from reports.entries import Entry
from reports.facts import FACETS, Facts, Parts, facts_into, facts_of, facts_of_records, grouped, merged
from reports.indicators import breakdown, compute, further
from reports.legs import fold
from reports.reading import LogDay, days_of
from reports.steps import from_vector

STANDARD_S = 25 * 60
WORTH_SHARING = 10_000
"""Visits from which on a second process is quicker than none."""
HEADLINE = ("all", "service", "counter")
"""The facets that the printed figures need."""


def of_vector(vector: dict[str, Any]) -> dict[str, Any]:
    """The indicators of one test vector."""
    day = from_vector(vector["events"], vector["config"])
    facts = facts_of_records(fold(day), [])
    return {"id": vector["id"], "indicators": compute(facts, vector["config"]["standard_s"])}


def facts_together(entries: Iterable[list[Entry]], facets: Iterable[str] = FACETS, processes: int = 1) -> Facts:
    """The facts of all days of a log in one."""
    return facts_of_days(days_of(entries), "", facets, processes)


def facts_of_days(days: list[LogDay], center: str, facets: Iterable[str] = FACETS, processes: int = 1) -> Facts:
    """The facts of these days in one. Days know nothing of each other and facts add up, so with several processes each
    takes its share of the days.
    """
    facets = tuple(facets)
    if processes < 2 or sum(len(found.day.visits) for found in days) < WORTH_SHARING:
        return _share(days, center, facets)
    from multiprocessing import get_context

    fork, others = get_context("fork"), []
    for i in range(1, processes):
        mine, theirs = fork.Pipe(duplex=False)
        process = fork.Process(target=_tell, args=(theirs, days[i::processes], center, facets), daemon=True)
        process.start()
        theirs.close()
        others.append((mine, process))
    shares = [_share(days[::processes], center, facets)]
    for mine, process in others:
        shares.append(mine.recv())
        process.join()
    return merged(shares)


def _tell(pipe: Any, days: list[LogDay], center: str, facets: tuple[str, ...]) -> None:
    pipe.send(_share(days, center, facets))


def _share(days: list[LogDay], center: str, facets: tuple[str, ...]) -> Facts:
    parts: Parts = defaultdict(list)
    together = merged(facts_into(parts, found, fold(found.day), center, facets) for found in days)
    together.groups = grouped(parts)
    return together


def facts_by_day(entries: Iterable[list[Entry]], center: str = "", facets: Iterable[str] = FACETS) -> Iterator[Facts]:
    """The facts of each day of a log."""
    for found in days_of(entries):
        yield facts_of(found, fold(found.day), center, facets)


def figures(facts: Facts, standard_s: int) -> dict[str, Any]:
    """All figures: the headline, what stands beside it, by service and by counter, and how honest the data are."""
    return {
        "standard_s": standard_s,
        "days": len(facts.days),
        "indicators": compute(facts, standard_s),
        "further": further(facts),
        **breakdown(facts, standard_s),
        "honesty": msgspec.to_builtins(facts.honesty),
        "anomalies": facts.anomalies,
        "method": "whole seconds, nearest-rank percentiles; definitions in docs/indicators.md",
    }
