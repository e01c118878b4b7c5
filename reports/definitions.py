"""The published definitions: each indicator's docstring, as a page."""

import inspect
from collections.abc import Iterator

from reports import balance, facts, indicators
from reports.reading_acts import ACTS, STEPS

NAMES = (
    "wait_first", "wait_all_legs", "wait_last_call", "wait_open_hours", "service_level", "abandonment", "patience",
    "service_time", "service_to_next", "told_late",
    "walk_time", "hold_time", "time_in_system", "counters", "throughput", "arrivals",
    "worst_half_hour", "where_time_goes", "fairness", "priority_ratio", "incomplete", "feedback",
    "questions", "promises", "passages", "little", "undated", "level_to_start", "integrity_figures",
)  # fmt: skip


FROM_ROWS = """A row is a line of JSON. `hub_seq` counts them; they are read in that order. `dev`, `run`, `seq` say who
wrote it ("hub": the hub itself), and a row's own name is dev.run.seq. `kind` and `body` are what it says; in a body
`ticket` names the visit, `dev` a counter's box, `command` the wish that is answered. `t_event` is when it happened, in
milliseconds since 1970, UTC, on the line of its `stretch` (0, or none: center time); `boot` and `mono` are the boot of
the box and the milliseconds that its own clock had counted; `quality` is A or B (good), D, or C (nobody can vouch for
the clock). Durations between two rows of the hub are never taken from its own clock.

**When.** A step's time is `t_event`, put on the center's clock by the word about its `stretch`: `time_known` and
`time_said` date it (add `center_ms` less `hall_ms`; known, or only said), a later word replaces an earlier one, and
`time_withdrawn` leaves it undated until the next word. It is corrected by `clock_corrected`, and floored to whole
seconds; `mono` is floored for itself. All words of the log are heard before the first step is made. Kinds that are not
here make nothing.

**The center's day** runs from midnight to midnight on its own clocks: in the time zone that the rules name
(`rules_set`, `rules.hours.zone`, a name of the tz database; Asia/Vientiane where there is none), by the rules in force
then; before the first rules of a log, by those. In summer and winter zones a day may have 23 or 25 hours. Where rules
name another zone, no day begins again that was over. Durations are differences of moments, which clocks do not move;
half hours and opening hours are what the clock on the wall shows.

**A counter** bears the number that its box said last (`counter_opened`); before that, the name of its box.

**The counter has the person** if, going back from here through the visit's steps to where its queue began, a
`call`, `resume`, `walk_in` or `start` at this counter comes before an `end` or `leave`. If it has not (counters
that were cut off from each other both called the person, and the other one ended it), the act only makes the
counter free: `freed`, which is in no duration, and changes nothing else of the visit.

**The counter holds the person** if, going back from here through the visit's steps, a `call`, `resume` or `walk_in` at
this counter comes before the number was issued, and before a step that frees this counter, or every one: `park`,
`transfer`, `end`, `noshow`, `leave`, `expire` or `freed` at it or at none.

**A leg** begins with `issue`, `walk_in` or `transfer`, and ends with `end` (served), `noshow`, `leave`, `expire` or the
next `transfer` (served too, from the last call on). Who was served stays served; any other end is replaced by the next
one. First call: the first `call` of the leg, or one that stands behind it and was earlier by a clock that can be
compared (a counter that was cut off told late); a `walk_in` has none, and waited for nothing that anybody knows. Last
call: the last `call` (of a `walk_in` at a counter: itself), or, for the walk, the `resume` of somebody who was asked to
come back before the `start`. Start: the first `start` behind the last `requeue`. Parked: from `park` to `resume`; what
of it lies before the start belongs to no service. A pause that nobody knows, or that would be below zero, makes hold
and service unknown. A `requeue` takes end, outcome, start and what was parked away: the leg goes on.

**A visit** belongs to the day of its first step; `issue` and `walk_in` stand before all others, which stand in the
order of the log. It is left out of every figure, and counted, if a row of a kind below that names it has
quality C (a clock that nobody can date), if nobody knows whether it has a paper and its holder did not come, or if
it has no date. A number of the roll whose own row no log has (it is named after a counter's row) begins with a
`walk_in` at no counter, when its first step is. Any other visit whose first step is not there makes no leg.

**A counter** is in the state of its last `open`, `pause`, `break` or `close`; it is busy from a `call`, `resume` or
`walk_in` to the `park`, `transfer`, `end`, `noshow`, `leave`, `expire` or `freed` of that person there; one at no
counter ends it at all of them. The state is that of each day for itself. What nobody ended lasts to the day's end: one
second behind the last step on that day of its counters and of its own visits; so does being busy over midnight.
"""


def rows_md() -> Iterator[str]:
    """What each kind of row makes, in Markdown: from the function that makes it."""
    yield "| kind of row | what it makes |\n|---|---|"
    for kind in sorted({*STEPS, *ACTS, *WORDS}):
        step = STEPS.get(kind)
        told = WORDS.get(kind) or (inspect.getdoc(ACTS[kind]) if step is None else TOLD[step])
        yield f"| `{kind}` | {' '.join((told or '').split())} |"


TOLD = {
    "call": "`call` at the counter of the box named in `dev`; `resume` if the person was asked to come back, unless "
    "this was before that by a clock that can be compared; with a `requeue` before it if he had not come. An `expire` "
    "that stands last is taken away.",
    "recall": "`recall`: in no duration.",
    "start": "`start` at the box's counter.",
    "reprint": "`reprint`: counted, in no duration.",
}
"""Kinds that are nothing but a step."""

WORDS = {
    "time_known": "Dates its stretch (`stretch`): add `center_ms` less `hall_ms`. Known from now on.",
    "time_said": "The same by one person: dated, and not known; no duration is made of it across stretches.",
    "time_withdrawn": "Nobody dates its stretch, until the next word.",
}
"""Kinds that are heard before all others."""


def page() -> str:
    """All definitions, in Markdown."""
    lines = ["# Indicators: the published definitions\n", (indicators.__doc__ or "").strip() + "\n"]
    for name in NAMES:
        lines += [f"## {name}\n", (inspect.getdoc(getattr(indicators, name)) or "") + "\n"]
    lines += ["## balance\n", (inspect.getdoc(balance.balance) or "") + "\n"]
    lines += ["## From rows to steps\n", FROM_ROWS, *rows_md(), ""]
    lines += ["## Percentiles\n", inspect.getdoc(facts.percentile) or "", ""]
    return "\n".join(lines)
