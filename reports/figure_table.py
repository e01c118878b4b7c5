"""Every published figure of a report as a row of a table (pure): for spreadsheets, and for those who compute on."""

from collections.abc import Iterator
from typing import Any

from reports import indicators as ind
from reports.facts import LEAST_SHOWN, Facts, Group, mean, n, nine_of_ten, percentile, plus, total_of
from reports.model import Ask
from reports.published import intervals
from reports.suppression import published_facts
from reports.tables import Kind

FIGURE_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("center", "text"), ("first_day", "day"), ("last_day", "day"), ("facet", "text"), ("group", "text"),
    ("indicator", "text"), ("value", "number"), ("unit", "text"), ("of", "whole"),
)  # fmt: skip


def figure_rows(facts: Facts, ask: Ask) -> Iterator[tuple[str, str, str, float | None, str, int]]:
    """Every published figure as (facet, group, indicator, value, unit, of how many); small groups are left out."""
    facts = published_facts(facts, head=ask.head).facts
    facets = ["all", "service", "queue", "class", "lang", "intent", "half", "weekday", "center"] + (
        ["counter"] if ask.head else []
    )
    for facet in facets:
        for value in facts.values(facet):
            first, later = ind.legs_at(facts, facet, value)
            standard_s = ask.standards.get(value, ask.standard_s) if facet == "service" else ask.standard_s
            for name, figure, unit, of in _group_figures(first, later, standard_s):
                yield facet, ind.half_hour(int(value)) if facet == "half" else value, name, figure, unit, of
    honesty = facts.honesty
    for name in (
        "visits",
        "complete",
        "poor_clock",
        "hub_out_s",
        "auto_ended",
        "told_late",
        "negative",
        "misfits",
        "doubtful_days",
    ):
        yield "honesty", "", name, getattr(honesty, name), "s" if name.endswith("_s") else "", honesty.visits


def _group_figures(first: Group, later: Group, standard_s: int) -> Iterator[tuple[str, float | None, str, int]]:
    waits, services = first.waits, plus(first.services, later.services)
    level, gone = ind.service_level(first, standard_s), ind.abandonment(first)
    yield "visits", first.legs, "", first.legs
    yield "legs", first.legs + later.legs, "", first.legs + later.legs
    yield "wait_mean", _rounded(mean(waits)), "s", n(waits)
    for name, value in (("p50", percentile(waits, 50)), ("p80", percentile(waits, 80)), ("p90", nine_of_ten(waits))):
        yield f"wait_{name}", value, "s", n(waits)
    yield "wait_max", max(waits, default=None), "s", n(waits)
    yield "wait_open_hours_mean", _rounded(mean(first.open_waits)), "s", n(first.open_waits)
    yield "wait_last_call_mean", _rounded(mean(first.last_waits)), "s", n(first.last_waits)
    yield (
        f"called_within_{standard_s}_s",
        level["value"] if level["den"] >= LEAST_SHOWN else None,
        "share",
        level["den"],
    )
    for bound, value in zip(
        ("low", "high"), intervals(first, standard_s)["service_level"] or (None, None), strict=True
    ):
        yield f"called_within_{standard_s}_s_{bound}", value, "share", level["den"]
    yield "no_show_share_of_called", gone["no_show_rate_of_called"], "share", n(waits)
    yield "left", gone["left"], "", first.legs
    yield "expired", gone["expired"], "", first.legs
    yield "service_mean", _rounded(mean(services)), "s", n(services)
    yield "service_p90", nine_of_ten(services), "s", n(services)
    yield "service_total", total_of(services), "s", n(services)


def _rounded(value: Any) -> float | None:
    return None if value is None else round(float(value), 6)
