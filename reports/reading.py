"""The log, read row by row into days: which step a row is depends on where its ticket was.

Policy. One pass, in the order of the log. A row that later was taken back (a call that no counter ever showed, an
action undone) leaves no step: for the citizen it did not happen. What became known later about a clock is added
before a stamp is floored. A ticket whose clock nobody can vouch for, and a no-show whose paper nobody can vouch for,
are left out of the figures and named.
"""

import json
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from onedoor.hall.hours import windows
from onedoor.hall.rules import Hours
from reports.dates import VIENTIANE_S, day_text, local_s
from reports.entries import Body, Entry
from reports.honesty import Honesty, clipped
from reports.legs import FREES
from reports.steps import DAY_S, ENTRIES, FIRST, Day, Span, Step, in_order

HUB = "hub"
POOR = "C"
GOOD = "B"
HOLD = frozenset({"call", "resume", "start", "walk_in"})
"""Steps after which a counter has the person."""
BROKEN = ("near_end", "ok")
"""States in which a printer prints."""


@dataclass(slots=True)
class LogDay:
    """A day out of a log: its steps, and everything else that is counted."""

    day: Day
    honesty: Honesty = field(default_factory=Honesty)
    order: dict[str, list[int]] = field(default_factory=dict)
    """Departures from strict order by cause: how often, how many were passed, seconds that it took."""
    ratings: dict[str, dict[str, int]] = field(default_factory=dict)
    """Answers by question ("" is: how was it), as "score/of"."""
    rated: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)
    """What people asked for without a number, and other things that are only counted."""

    def count(self, what: str, many: int = 1) -> None:
        """One more of these."""
        self.counts[what] = self.counts.get(what, 0) + many


@dataclass(slots=True)
class _Spans:
    """Spells of trouble, in local seconds, while they are read."""

    hub: list[Span] = field(default_factory=list)
    printer: dict[str, list[Span]] = field(default_factory=dict)
    alone: dict[str, list[Span]] = field(default_factory=dict)
    bad_since: dict[str, int] = field(default_factory=dict)


def days_of(entries: Iterable[list[Entry]]) -> list[LogDay]:
    """The days of a log, in order. `entries` come many at a time."""
    reading = _Reading()
    for some in entries:
        reading.take(some)
    return reading.days()


@dataclass(slots=True)
class _Reading:
    """What is known while the rows go by."""

    visits: dict[str, list[Step]] = field(default_factory=dict)
    counter_steps: list[Step] = field(default_factory=list)
    found: dict[int, LogDay] = field(default_factory=dict)
    counters: dict[str, str] = field(default_factory=dict)
    away: dict[str, str] = field(default_factory=dict)
    poor: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    no_paper: set[str] = field(default_factory=set)
    corrections: list[Body] = field(default_factory=list)
    hours: Hours = field(default_factory=Hours)
    spans: _Spans = field(default_factory=_Spans)
    quality: dict[str, list[int]] = field(default_factory=dict)
    last: Entry | None = None
    fact: Entry | None = None
    void: set[str] = field(default_factory=set)
    undone: dict[str, list[Step]] = field(default_factory=dict)
    disordered: set[str] = field(default_factory=set)

    def take(self, entries: list[Entry]) -> None:
        """Add what these rows say. The loop that a month of a quarter million rows goes through; hence its plainness:
        the steps that are nothing but a step are made here, everything else has a function of its own.
        """
        acts, last, visits, counters = _ACTS, self.last, self.visits, self.counters
        for row in entries:
            kind = row.kind
            if row.dev != HUB:
                self.fact = row
            e = _STEPS.get(kind)
            act = None if e is not None else acts.get(kind)
            if e is not None or act is not None:
                t, body = row.t_event // 1000 + VIENTIANE_S, row.body
                if row.quality != GOOD:
                    self._doubt(row)
                if e is not None:
                    dev = body.dev or row.dev
                    ticket, at = body.ticket, counters.get(dev, dev)
                    steps = visits.get(ticket)
                    if e == "call" and ticket in self.away:
                        e = self.back(row, t)
                        steps = visits[ticket]
                    step = Step(t, e, ticket, at, "", "N", "", "", "", False, row.hub_seq, row.t_event % 1000)
                    if steps is None:
                        visits[ticket] = [step]
                    else:
                        step.ticket = steps[0].ticket
                        steps.append(step)
                elif act is not None:
                    if act is _hub_started and last is not None:
                        self.spans.hub.append((local_s(last.t_recv), local_s(row.t_recv)))
                    act(self, row, body, t)
            last = row
        self.last = last

    def _doubt(self, row: Entry) -> None:
        """A row whose time is not of the best kind."""
        self.quality.setdefault(row.quality, []).append(row.t_event)
        if row.quality == POOR and (row.kind == "issued" or row.body.ticket):
            self.poor.add(row.id if row.kind == "issued" else row.body.ticket)

    def back(self, row: Entry, t: int) -> str:
        """Who was parked is called to go on; who was missed is back."""
        ticket = row.body.ticket
        was = self.away.pop(ticket)
        if was == "noshow":
            self.add(row, t, "requeue", ticket)
        return "resume" if was == "park" else "call"

    def note(self, t: int) -> LogDay:
        """The day of a moment, to count on."""
        number = t // DAY_S
        day = self.found.get(number)
        if day is None:
            begin = number * DAY_S
            day = self.found[number] = LogDay(Day(number, (begin, begin + DAY_S)))
        return day

    def add(
        self,
        row: Entry,
        t: int,
        e: str,
        ticket: str,
        counter: str = "",
        svc: str = "",
        note: str = "",
        auto: bool = False,
    ) -> None:
        """A step of a visit."""
        step = Step(t, e, ticket, counter, svc, "N", "", "", note, auto, row.hub_seq, row.t_event % 1000)
        steps = self.visits.get(ticket)
        if steps is None:
            self.visits[ticket] = [step]
        else:
            steps.append(step)

    def frees(self, row: Entry, t: int) -> bool:
        """Whether what a counter does to a person counts: it called him, in this leg, and nobody has ended it
        meanwhile. If not (counters that were cut off from each other called one person), it only is free again.
        """
        counter, ticket, called = self.here(row.dev), row.body.ticket, False
        for step in reversed(self.visits.get(ticket, ())):
            if step.e in ("end", "leave"):
                called = False
                break
            called = called or (step.counter == counter and step.e in HOLD)
            if step.e in ENTRIES:
                break
        if called:
            return True
        self.add(row, t, "freed", ticket, counter)
        return False

    def undo(self, ticket: str) -> list[Step]:
        """What was undone did not happen: its step goes, and the next leg that had begun with it; these steps.
        Somebody with a number of the paper roll is there all the same, only at no counter.
        """
        steps = self.visits.get(ticket, [])
        self.away.pop(ticket, None)
        if len(steps) == 1 and steps[0].e == "walk_in":
            steps[0].counter = ""
            return []
        two = len(steps) > 1 and steps[-1].e == "transfer" and steps[-2].e == "end"
        gone = steps[-2 if two else -1 :]
        del steps[-2 if two else -1 :]
        if not steps:
            self.visits.pop(ticket, None)
        return gone

    def here(self, dev: str) -> str:
        """The number of the counter that a box stands at."""
        return self.counters.get(dev, dev)

    def counter_step(self, row: Entry, t: int, e: str) -> None:
        """A step of a counter."""
        step = Step(t, e, "", self.here(row.dev), note=row.body.reason, seq=row.hub_seq, ms=row.t_event % 1000)
        self.counter_steps.append(step)

    # -- the end of the log

    def days(self) -> list[LogDay]:
        """Everything sorted into days."""
        for correction in self.corrections:
            self._correct(correction)
        for ticket, steps in self.visits.items():
            # A number of the paper roll whose row a disk has forgotten: it is named after a counter's row.
            if steps[0].e not in FIRST and ticket.partition(".")[0] in self.counters:
                steps.insert(0, Step(steps[0].t, "walk_in", ticket, seq=steps[0].seq))
        for ticket in self.disordered & self.visits.keys():
            in_order(self.visits[ticket])
        left_out = (
            ("", self.void), ("poor_clock", self.poor), ("print_unknown_no_show", self.no_paper),
        )  # fmt: skip
        for ticket, steps in self.visits.items():
            day = self.note(steps[0].t).day
            reason = next((reason for reason, tickets in left_out if tickets and ticket in tickets), None)
            if reason is None:
                day.visits[ticket] = steps
            elif reason:
                day.left_out.setdefault(reason, []).append(ticket)
                day.unused[ticket] = steps
        for step in sorted(self.counter_steps, key=lambda s: (s.t, s.seq)):
            self.note(step.t).day.counters.append(step)
        for quality, stamps in self.quality.items():
            for number, many in Tally(local_s(at) // DAY_S for at in stamps).items():
                self.note(number * DAY_S).honesty.quality[quality] = many
        days = [self.found[number] for number in sorted(self.found)]
        for i, found in enumerate(days):
            found.day.closed = len(days) - i > 2
            self._finish(found)
        return days

    def _correct(self, found: Body) -> None:
        """Move the steps whose clock was found out later; the difference is added before the stamp is floored."""
        for steps in (*self.visits.values(), self.counter_steps):
            for step in steps:
                if found.first_seq <= step.seq <= found.last_seq:
                    at_ms = (step.t - VIENTIANE_S) * 1000 + step.ms + found.new_ms - found.old_ms
                    step.t, step.ms = local_s(at_ms), at_ms % 1000

    def _finish(self, found: LogDay) -> None:
        """Hours of the day, and how much of each trouble fell into them."""
        day, honesty = found.day, found.honesty
        text = day_text(day.number)
        if self.hours.week or text in self.hours.days:
            day.hours = [(local_s(a), local_s(b)) for a, b in windows(self.hours, text)]
        honesty.poor_clock = len(day.left_out.get("poor_clock", ()))
        honesty.paper_unknown = len(day.left_out.get("print_unknown_no_show", ()))
        lived = _lived(day)
        day.until = lived[-1][1] + 1 if lived else day.window[0]
        day.spell = (day.window[0], max(day.window[1], day.until))
        open_hours = day.hours or lived
        if not open_hours:
            return
        honesty.hub_out_s = clipped(self.spans.hub, open_hours)
        still = {box: [(since, day.window[1])] for box, since in self.spans.bad_since.items()}
        for box in {*self.spans.printer, *still}:
            spans = [*self.spans.printer.get(box, ()), *still.get(box, ())]
            if seconds := clipped(spans, open_hours):
                honesty.printer_s[box] = seconds
        for box, spans in self.spans.alone.items():
            if seconds := clipped(spans, open_hours):
                honesty.alone_s[box] = seconds


def _lived(day: Day) -> list[Span]:
    """From the first to the last step of a day without known hours."""
    stamps = [step.t for steps in (*day.visits.values(), day.counters) for step in steps]
    return [(min(stamps), max(stamps))] if stamps else []


# -- what each kind of row means


def _issued(on: _Reading, row: Entry, body: Body, t: int) -> None:
    ticket = row.id
    step = Step(
        t, "issue", ticket, "", body.service, body.cls, body.lang, body.intent, "alone" if body.offline else "",
        seq=row.hub_seq, ms=row.t_event % 1000,
    )  # fmt: skip
    steps = on.visits.setdefault(ticket, [])
    if steps:
        on.disordered.add(ticket)
    steps.append(step)
    if body.offline:
        honesty = on.note(t).honesty
        honesty.alone[row.dev] = honesty.alone.get(row.dev, 0) + 1
        if row.quality != POOR:
            on.spans.alone.setdefault(row.dev, []).append((t, local_s(row.t_recv)))


def _called_locally(on: _Reading, row: Entry, body: Body, t: int) -> None:
    """A call without the hub. If the hub had let the person expire meanwhile, it did not know: that did not happen."""
    on.note(t).honesty.local_calls += 1
    steps = on.visits.get(body.ticket)
    if steps and steps[-1].e == "expire":
        del steps[-1]
    e = on.back(row, t) if body.ticket in on.away else "call"
    on.add(row, t, e, body.ticket, on.here(row.dev), note="alone")


def _given_back(on: _Reading, _: Entry, body: Body, __: int) -> None:
    """A call that no counter ever showed: nobody saw it. Or an undo: then what was undone stands."""
    if body.command in on.undone:
        on.visits.setdefault(body.ticket, []).extend(on.undone.pop(body.command))
        on.disordered.add(body.ticket)
        return
    steps, counter = on.visits.get(body.ticket, []), on.here(body.dev)
    for i in range(len(steps) - 1, -1, -1):
        if steps[i].e in ("call", "resume") and steps[i].counter == counter:
            if steps[i].e == "resume":
                on.away[body.ticket] = "park"
            del steps[i]
            break
    if not steps:
        on.visits.pop(body.ticket, None)


def _walked_in(on: _Reading, row: Entry, body: Body, t: int) -> None:
    ticket, counter = row.id, on.here(row.dev)
    ms = row.t_event % 1000
    step = Step(t, "walk_in", ticket, counter, body.service, body.cls, seq=row.hub_seq, ms=ms)
    on.visits[ticket] = [step, Step(t, "start", ticket, counter, seq=row.hub_seq, ms=ms)]


def _roll_called(on: _Reading, row: Entry, body: Body, t: int) -> None:
    on.visits[body.command] = [Step(t, "walk_in", body.command, on.here(body.dev), seq=row.hub_seq)]


def _opened(on: _Reading, row: Entry, body: Body, t: int) -> None:
    on.counters[row.dev] = body.counter
    on.counter_step(row, t, "open")


def _paused(on: _Reading, row: Entry, body: Body, t: int) -> None:
    on.counter_step(row, t, "break" if body.reason == "break" else "pause")


def _handed_on(on: _Reading, row: Entry, body: Body, t: int) -> None:
    on.add(row, t, "transfer", body.ticket, "", body.queue)


def _transferred(on: _Reading, row: Entry, body: Body, t: int) -> None:
    if on.frees(row, t):
        on.note(t).count("transferred")
        on.add(row, t, "transfer", body.ticket, on.here(row.dev), body.queue)


def _ended(on: _Reading, row: Entry, body: Body, t: int) -> None:
    outcome = body.outcome
    if outcome == "incomplete":
        on.note(t).count(f"incomplete/{body.reason}")
    e, note = "leave" if outcome == "withdrawn" else "end", "" if outcome == "done" else outcome
    if on.frees(row, t):
        on.add(row, t, e, body.ticket, on.here(row.dev), "", note, body.auto)


def _no_show(on: _Reading, row: Entry, body: Body, t: int) -> None:
    if on.frees(row, t):
        on.away[body.ticket] = "noshow"
        if body.ticket in on.unknown:
            on.no_paper.add(body.ticket)
        on.add(row, t, "noshow", body.ticket, on.here(row.dev))


def _parked(on: _Reading, row: Entry, body: Body, t: int) -> None:
    if on.frees(row, t):
        on.away[body.ticket] = "park"
        on.add(row, t, "park", body.ticket, on.here(row.dev))


def _requeued(on: _Reading, row: Entry, body: Body, t: int) -> None:
    on.away.pop(body.ticket, None)
    on.add(row, t, "requeue", body.ticket)


def _shown(on: _Reading, row: Entry, body: Body, t: int) -> None:
    """A counter shows somebody. The hub's word about it stands before; if a disk has forgotten that, this is the
    call.
    """
    here = on.here(row.dev)
    if not _holds(on.visits.get(body.ticket, ()), here):
        e = on.back(row, t) if body.ticket in on.away else "call"
        on.add(row, t, e, body.ticket, here)


def _holds(steps: Sequence[Step], counter: str) -> bool:
    """Whether this counter has the person, by the steps so far."""
    for step in reversed(steps):
        if step.counter == counter and step.e in ("call", "resume", "walk_in"):
            return True
        if step.e in FREES or step.e == "issue":
            return False
    return False


def _undo_shown(on: _Reading, row: Entry, body: Body, t: int) -> None:
    """What stands at the counter after an undo counts, whatever the hub has said or forgotten: the person is there,
    or not.
    """
    here, steps = on.here(row.dev), on.visits.get(body.ticket, [])
    if _holds(steps, here) == body.here:
        return
    taken = on.undone.pop(body.command, None)
    if body.here and taken:
        on.visits.setdefault(body.ticket, []).extend(taken)
        on.disordered.add(body.ticket)
    elif not body.here or (steps and steps[-1].e in FREES):
        on.undo(body.ticket)
    else:
        on.add(row, t, "call", body.ticket, here)


def _misfit_fact(on: _Reading, row: Entry, body: Body, t: int) -> None:
    """The fact before this decision has no effect: the hub could not fit it to the visit."""
    _misfit(on, row, body, t)
    fact = on.fact
    steps = on.visits.get(fact.body.ticket, []) if fact is not None else []
    for i in range(len(steps) - 1, -1, -1):
        if fact is not None and steps[i].seq == fact.hub_seq and steps[i].e not in FIRST:
            del steps[i]
    if fact is not None and not steps:
        on.visits.pop(fact.body.ticket, None)


def _undone(on: _Reading, _: Entry, body: Body, __: int) -> None:
    on.undone[body.command] = on.undo(body.ticket)


def _paper_found(on: _Reading, _: Entry, body: Body, __: int) -> None:
    on.void.add(body.ticket)


def _expired(on: _Reading, row: Entry, body: Body, t: int) -> None:
    """Still waiting when the day ended; found out in the next morning, it ended with its own day."""
    steps = on.visits.get(body.ticket)
    if body.reason == "new_day" and steps:
        entered = max(step.t for step in steps if step.e in ENTRIES or step is steps[0])
        t = min(t, (entered // DAY_S + 1) * DAY_S - 1)
    on.add(row, t, "expire", body.ticket, note=body.reason)


def _rated(on: _Reading, _: Entry, body: Body, t: int) -> None:
    day = on.note(t)
    day.rated.add(body.ticket)
    answers = day.ratings.setdefault(body.question, {})
    answers[f"{body.score}/{body.of}"] = answers.get(f"{body.score}/{body.of}", 0) + 1


def _order_changed(on: _Reading, _: Entry, body: Body, t: int) -> None:
    of = on.note(t).order.setdefault(body.cause, [0, 0, 0])
    of[0] += 1
    of[1] += body.count


def _order_cost(on: _Reading, _: Entry, body: Body, t: int) -> None:
    on.note(t).order.setdefault(body.cause, [0, 0, 0])[2] += body.cost_ms // 1000


def _hub_started(on: _Reading, _: Entry, __: Body, t: int) -> None:
    on.note(t).honesty.hub_starts += 1


def _printer_changed(on: _Reading, row: Entry, body: Body, t: int) -> None:
    box = f"{row.dev}/{body.printer}"
    since = on.spans.bad_since.pop(box, None)
    if since is not None:
        on.spans.printer.setdefault(box, []).append((since, t))
    if body.state not in BROKEN:
        on.spans.bad_since[box] = t


def _print_failed(on: _Reading, row: Entry, _: Body, t: int) -> None:
    honesty = on.note(t).honesty
    honesty.not_printed[row.dev] = honesty.not_printed.get(row.dev, 0) + 1


def _clock_stepped(on: _Reading, row: Entry, body: Body, t: int) -> None:
    honesty = on.note(t).honesty
    honesty.clock_steps[row.dev] = honesty.clock_steps.get(row.dev, 0) + 1
    by = abs(body.new_ms - body.old_ms) // 1000
    honesty.clock_step_s[row.dev] = honesty.clock_step_s.get(row.dev, 0) + by


def _misfit(on: _Reading, row: Entry, _: Body, t: int) -> None:
    honesty = on.note(t).honesty
    honesty.misfits += 1
    honesty.collisions += row.kind == "call_collided"


def _rules_set(on: _Reading, _: Entry, body: Body, __: int) -> None:
    given = json.loads(bytes(body.rules) or b"{}").get("hours", {})
    week = tuple(tuple((a, b) for a, b in day) for day in given.get("week", ()))
    days = {day: tuple((a, b) for a, b in spans) for day, spans in given.get("days", {}).items()}
    on.hours = Hours(week, days)


def _correction(on: _Reading, _: Entry, body: Body, __: int) -> None:
    on.corrections.append(body)


def _counter(e: str) -> Callable[[_Reading, Entry, Body, int], None]:
    def act(on: _Reading, row: Entry, _: Body, t: int) -> None:
        on.counter_step(row, t, e)

    return act


def _counted(what: str) -> Callable[[_Reading, Entry, Body, int], None]:
    def act(on: _Reading, _: Entry, __: Body, t: int) -> None:
        on.note(t).count(what)

    return act


def _outside(on: _Reading, _: Entry, body: Body, t: int) -> None:
    on.note(t).count("outside_at_opening", body.count)


def _unknown_paper(on: _Reading, _: Entry, body: Body, __: int) -> None:
    on.unknown.add(body.ticket)


_STEPS = {"called": "call", "recalled": "recall", "started": "start", "reprinted": "reprint"}
"""Kinds that are nothing but a step."""

_ACTS: dict[str, Callable[[_Reading, Entry, Body, int], None]] = {
    "issued": _issued,
    "called_locally": _called_locally,
    "given_back": _given_back,
    "walked_in": _walked_in,
    "roll_called": _roll_called,
    "counter_opened": _opened,
    "counter_closed": _counter("close"),
    "counter_paused": _paused,
    "counter_resumed": _counter("open"),
    "handed_on": _handed_on,
    "transferred": _transferred,
    "ended": _ended,
    "no_show": _no_show,
    "parked": _parked,
    "requeued": _requeued,
    "undone": _undone,
    "paper_found": _paper_found,
    "expired": _expired,
    "rated": _rated,
    "order_changed": _order_changed,
    "order_cost": _order_cost,
    "hub_started": _hub_started,
    "printer_changed": _printer_changed,
    "print_failed": _print_failed,
    "print_unknown": _unknown_paper,
    "clock_stepped": _clock_stepped,
    "fact_misfit": _misfit_fact,
    "shown": _shown,
    "undo_shown": _undo_shown,
    "call_collided": _misfit,
    "label_repeated": _misfit,
    "tail_lost": _misfit,
    "rules_set": _rules_set,
    "clock_corrected": _correction,
    "list_given": _counted("lists_given"),
    "not_here": _counted("service_not_here"),
    "help_asked": _counted("help_asked"),
    "booked": _counted("booked"),
    "queue_outside": _outside,
}

KINDS = frozenset({*_STEPS, *_ACTS})
"""The kinds that say something; nothing is lost by not reading the others."""
