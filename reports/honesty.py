"""What a report must say about its own data before it says anything else: the data-honesty banner (pure).

Every report carries it. Nothing here changes a figure; it tells how far the figures can be trusted: rows that are gone,
clocks nobody vouches for, minutes without the hub, tickets given by a kiosk that was alone, ends that nobody pressed.
"""

from collections.abc import Iterable

from msgspec import Struct, field

from reports.steps import Span

Places = dict[str, int]


class Honesty(Struct):
    """Counts and seconds of one day or of many; all of them add up. Keys of the dictionaries name boxes.

    `visits` and `complete`: of all visits, those whose chain of steps has no gap. `quality`: rows by class of their
    clock, without the good ones (see onedoor.hall.dating). `poor_clock`, `paper_unknown`: tickets left out of every
    figure. `hub_out_s`: opening time between the last row a hub took and the next start, `hub_starts` how often.
    `alone`: tickets given without the hub; `alone_s`: opening time for which a kiosk's tickets were not known to the
    hub. `printer_s`: opening time with a printer that could not print; `not_printed`: tickets without paper. `shut_s`:
    opening time for which the staff had taken a kiosk out of service. `clock_steps`: how often a box found its clock
    wrong, and `clock_step_s` by how much at the most. `auto_ended`: services that the next call ended; `told_late`:
    starts that were pressed only when the service was over, so that walk and service are not known; `forgotten`: of
    more than four hours; `no_start`: nobody pressed START; `negative`: waits below zero. `odd`: other durations that
    cannot be (below zero, or too long), by what they are, and `unknown` those that nobody knows. `undated`: visits on
    `undated_s` seconds of a hub whose date nobody ever knew, left out of every figure by date; `said`: visits that are
    dated by one person's word. `expected_s`: opening time that there should have been, by the center's own hours, from
    the first to the last day; `silent`: of days on which it should have been open and of which the log has nothing, by
    day, their opening time. `no_kiosk_s`: opening time in which no kiosk gave a number for two hours and more, while
    counters took people without one. `never_closed`: days on which a counter was left open, by counter. `local_calls`:
    calls made without the hub, and `local_s` the opening time over which they were not known to it; `collisions`: one
    ticket, two counters. `misfits`: rows that fit nothing and that somebody should look at. `overlaps`: a counter busy
    with two people. `doubtful_days`: days on which Little's law does not hold. `dropped`: rows of a foreign table that
    could not be taken, by why (`reports.foreign.REASONS`).
    """

    visits: int = 0
    complete: int = 0
    quality: Places = field(default_factory=dict)
    poor_clock: int = 0
    paper_unknown: int = 0
    hub_out_s: int = 0
    hub_starts: int = 0
    alone: Places = field(default_factory=dict)
    alone_s: Places = field(default_factory=dict)
    printer_s: Places = field(default_factory=dict)
    not_printed: Places = field(default_factory=dict)
    shut_s: Places = field(default_factory=dict)
    clock_steps: Places = field(default_factory=dict)
    clock_step_s: Places = field(default_factory=dict)
    auto_ended: int = 0
    told_late: int = 0
    forgotten: int = 0
    no_start: int = 0
    negative: int = 0
    odd: Places = field(default_factory=dict)
    unknown: Places = field(default_factory=dict)
    undated: int = 0
    undated_s: int = 0
    said: int = 0
    local_calls: int = 0
    collisions: int = 0
    misfits: int = 0
    overlaps: int = 0
    doubtful_days: int = 0
    expected_s: int = 0
    silent: Places = field(default_factory=dict)
    no_kiosk_s: int = 0
    never_closed: Places = field(default_factory=dict)
    local_s: Places = field(default_factory=dict)
    dropped: Places = field(default_factory=dict)


def clipped(spans: Iterable[Span], windows: Iterable[Span]) -> int:
    """Seconds of these spans inside the windows; what two spans share is counted once."""
    windows = list(windows)
    total = 0
    for a, b in united(spans):
        total += sum(max(0, min(b, d) - max(a, c)) for c, d in windows)
    return total


def united(spans: Iterable[Span]) -> list[Span]:
    """The same time in spans that do not touch each other."""
    found: list[Span] = []
    for a, b in sorted(spans):
        if found and a <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], b))
        elif a < b:
            found.append((a, b))
    return found
