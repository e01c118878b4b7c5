"""The published definitions: each indicator's docstring, as a page."""

import inspect
from collections.abc import Iterator

from reports import facts, indicators
from reports.reading_acts import ACTS, STEPS

NAMES = (
    "wait_first", "wait_all_legs", "wait_last_call", "wait_open_hours", "service_level", "abandonment", "patience",
    "service_time", "service_to_next", "told_late",
    "walk_time", "hold_time", "time_in_system", "counters", "throughput", "arrivals",
    "worst_half_hour", "where_time_goes", "fairness", "priority_ratio", "incomplete", "feedback",
    "questions", "promises", "passages", "little", "undated", "level_to_start", "integrity_figures",
)  # fmt: skip


FROM_ROWS = """Rows are read in the order of `hub_seq`. A step's time is the row's `t_event`, put on the center's clock
by the word about its `stretch` (the last one that was not withdrawn; `time.md`), corrected by
`clock_corrected`, and floored to whole seconds. Kinds that are not here make nothing.

**The counter has the person** if, going back from here through the visit's steps to where its queue began, a
`call`, `resume`, `walk_in` or `start` at this counter comes before an `end` or `leave`. If it has not (counters
that were cut off from each other both called the person, and the other one ended it), the act only makes the
counter free: `freed`, which is in no duration.

**A leg** begins with `issue`, `walk_in` or `transfer`, and ends with `end` (served), `noshow`, `leave`, `expire` or
the next `transfer` (served too, from the last call on). First call: the first `call` of the leg. Last call: the
last `call`, or the `resume` of somebody who was asked to come back before the `start`. Start: the first `start`
behind the last call. Parked: from `park` to `resume`; what of it lies before the start belongs to no service.

**A visit** belongs to the day of its first step. It is left out of every figure, and counted, if a step of it has
quality C (a clock that nobody can date), if nobody knows whether it has a paper and its holder did not come, or if
it has no date. A number of the roll whose own row no log has begins with its first step.

**A counter** is in the state of its last `open`, `pause`, `break` or `close`; it is busy from a `call`, `resume` or
`walk_in` to the `park`, `transfer`, `end`, `noshow`, `leave`, `expire` or `freed` of that person there.
"""


def rows_md() -> Iterator[str]:
    """What each kind of row makes, in Markdown: from the function that makes it."""
    yield "| kind of row | what it makes |\n|---|---|"
    for kind in sorted({*STEPS, *ACTS}):
        step = STEPS.get(kind)
        told = inspect.getdoc(ACTS[kind]) if step is None else TOLD[step]
        yield f"| `{kind}` | {' '.join((told or '').split())} |"


TOLD = {
    "call": "`call` at the counter of the box named in `dev`; `resume` if the person was asked to come back; with a "
    "`requeue` before it if he had not come. An `expire` that stands last is taken away.",
    "recall": "`recall`: in no duration.",
    "start": "`start` at the box's counter.",
    "reprint": "`reprint`: counted, in no duration.",
}
"""Kinds that are nothing but a step."""


def page() -> str:
    """All definitions, in Markdown."""
    lines = ["# Indicators: the published definitions\n", (indicators.__doc__ or "").strip() + "\n"]
    for name in NAMES:
        lines += [f"## {name}\n", (inspect.getdoc(getattr(indicators, name)) or "") + "\n"]
    lines += ["## From rows to steps\n", FROM_ROWS, *rows_md(), ""]
    lines += ["## Percentiles\n", inspect.getdoc(facts.percentile) or "", ""]
    return "\n".join(lines)
