"""Day facts: exact counts that add up (pure).

A day of a center is folded into cells, one for each service, step, class and half hour of issue, and each cell counts
values in whole seconds: how many legs waited so long, were served so long. Counts of two days, or of two centers, are
added; so a month, a year, a province are sums, and every percentile of them is a value somebody had. A mean of
percentiles, which would be wrong, cannot be formed: there is nothing to form it from.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from reports.legs import Leg, Records
from reports.stats import ratio

HALF_HOUR_S = 1800
DAY_S = 86_400
LEAST_SHOWN = 5
"""A cell of fewer people is a record of them, and is not published."""
LEAST_FOR_P90 = 10

Counts = Tally[int]


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """What is counted together. `step` is 1 for the first leg of a visit; `half_hour` that of its entry (0 to 47)."""

    center: str
    day: int
    svc: str
    step: int
    cls: str
    half_hour: int


@dataclass(slots=True)
class Facts:
    """The counts of one cell. Durations in whole seconds; `gone` is the time waited by those who were never called."""

    waits: Counts = field(default_factory=Tally)
    gone: Counts = field(default_factory=Tally)
    services: Counts = field(default_factory=Tally)
    walks: Counts = field(default_factory=Tally)
    outcomes: Tally[str] = field(default_factory=Tally)
    negative: int = 0
    """Waits that came out below zero: a clock fault; counted, in no duration."""

    def add(self, other: "Facts") -> None:
        """Add another cell's counts to this one's."""
        for name in ("waits", "gone", "services", "walks", "outcomes"):
            mine: Tally[object] = getattr(self, name)
            mine.update(getattr(other, name))
        self.negative += other.negative


Table = dict[Cell, Facts]


def facts_of(records: Records, center: str) -> Table:
    """The cells of everything that was folded; a day is the day of entry, in whole days since 1970, local time."""
    table: Table = {}
    for leg in records.legs:
        day, second = divmod(leg.entry, DAY_S)
        cell = Cell(center, day, leg.svc, min(leg.number, 2), leg.cls, second // HALF_HOUR_S)
        _count(table.setdefault(cell, Facts()), leg)
    return table


def _count(facts: Facts, leg: Leg) -> None:
    facts.outcomes[leg.outcome or "open"] += 1
    wait = leg.wait_s
    if wait is not None and wait < 0:
        facts.negative += 1
    elif wait is not None:
        facts.waits[wait] += 1
    for counts, value in ((facts.gone, leg.gone_s), (facts.services, leg.service_s), (facts.walks, leg.walk_s)):
        if value is not None and value >= 0:
            counts[value] += 1


def merged(tables: Iterable[Table]) -> Table:
    """The sum of tables: counts of the same cell are added. Order does not matter."""
    total: Table = {}
    for table in tables:
        for cell, facts in table.items():
            total.setdefault(cell, Facts()).add(facts)
    return total


def total(table: Table, **wanted: object) -> Facts:
    """All cells with these fields in one: `total(table, svc="id", step=1)`."""
    found = Facts()
    for cell, facts in table.items():
        if all(getattr(cell, name) == value for name, value in wanted.items()):
            found.add(facts)
    return found


def n(counts: Counts) -> int:
    """How many."""
    return sum(counts.values())


def mean(counts: Counts) -> Fraction | None:
    """The arithmetic mean; None of nothing."""
    return ratio(sum(value * many for value, many in counts.items()), n(counts))


def percentile(counts: Counts, percent: int) -> int | None:
    """Nearest rank, as in `reports.stats.percentile`, by adding counts up: element k = ceil(p n), counting from 1."""
    k = (percent * n(counts) + 99) // 100
    for value, so_far in _running(counts):
        if so_far >= max(k, 1):
            return value
    return None


def _running(counts: Counts) -> Iterator[tuple[int, int]]:
    so_far = 0
    for value in sorted(counts):
        so_far += counts[value]
        yield value, so_far


def service_level(facts: Facts, standard_s: int) -> tuple[int, int]:
    """(within, of): called within T, over all called and those who left or expired uncalled after more than T."""
    within = sum(many for value, many in facts.waits.items() if value <= standard_s)
    gave_up = sum(many for value, many in facts.gone.items() if value > standard_s)
    return within, n(facts.waits) + gave_up


def published(counts: Counts) -> dict[str, int | float | None]:
    """What may be shown of a cell: nothing of fewer than five people, no 90th percentile of fewer than ten."""
    many = n(counts)
    if many < LEAST_SHOWN:
        return {"n": None, "mean": None, "p50": None, "p90": None, "max": None}
    average = mean(counts)
    assert average is not None
    high = percentile(counts, 90) if many >= LEAST_FOR_P90 else None
    return {"n": many, "mean": round(float(average), 6), "p50": percentile(counts, 50), "p90": high, "max": max(counts)}
