"""The published definitions: each indicator's docstring, as a page."""

import inspect

from reports import facts, indicators

NAMES = (
    "wait_first", "wait_all_legs", "wait_last_call", "wait_open_hours", "service_level", "abandonment", "patience",
    "service_time", "service_to_next", "told_late",
    "walk_time", "hold_time", "time_in_system", "counters", "throughput", "arrivals",
    "worst_half_hour", "where_time_goes", "fairness", "priority_ratio", "incomplete", "feedback",
    "questions", "promises", "passages", "little", "undated", "level_to_start", "integrity_figures",
)  # fmt: skip


def page() -> str:
    """All definitions, in Markdown."""
    lines = ["# Indicators: the published definitions\n", (indicators.__doc__ or "").strip() + "\n"]
    for name in NAMES:
        lines += [f"## {name}\n", (inspect.getdoc(getattr(indicators, name)) or "") + "\n"]
    lines += ["## Percentiles\n", inspect.getdoc(facts.percentile) or "", ""]
    return "\n".join(lines)
