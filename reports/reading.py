"""The log, read row by row into days: which step a row is depends on where its ticket was.

Policy. One pass, in the order of the log. A row that later was taken back (a call that no counter ever showed, an
action undone) leaves no step: for the citizen it did not happen. What became known later about a clock is added
before a stamp is floored. A ticket whose clock nobody can vouch for, and a no-show whose paper nobody can vouch for,
are left out of the figures and named; so is a visit whose date nobody knows: it is counted apart, with the day behind
which it stands in the log.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import groupby

from msgspec.structs import replace

from onedoor.hall.hours import windows
from onedoor.hall.rules import Hours
from reports.calendar import left_open_at_the_end, missing_days, without_kiosks
from reports.center_days import IN_LAOS, CenterDays
from reports.dates import LINE_S, day_text, local_s
from reports.day_life import by_number, left_open, lived, undated_s
from reports.durations import FAR_S, dated
from reports.entries import Body, Entries, Entry
from reports.honesty import Honesty, clipped
from reports.reading_acts import ACTS, POOR, STEPS, before_the_park, hub_started, shown, step_of, stretch_began
from reports.reading_undo import Counted, TakenBack
from reports.shelf import MOST, Shelf
from reports.steps import ENTRIES, FIRST, HOLD, Day, Span, Step, in_order

HUB = "hub"
GOOD = "B"


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
    shut: dict[str, list[Span]] = field(default_factory=dict)
    alone: dict[str, list[Span]] = field(default_factory=dict)
    local: dict[str, list[Span]] = field(default_factory=dict)
    bad_since: dict[str, int] = field(default_factory=dict)
    shut_since: dict[str, int] = field(default_factory=dict)


def days_of(entries: Iterable[list[Entry]]) -> list[LogDay]:
    """The days of a short log, in order. `entries` come many at a time."""
    return list(days_in(entries))


def days_in(entries: Iterable[list[Entry]], at_hand: int = MOST) -> "Days":
    """The same of a log of any length: a day is made when it is its turn. Memory holds `at_hand` visits meanwhile."""
    reading = Reading(Shelf(list[Step], at_hand), entries.calendar if isinstance(entries, Entries) else IN_LAOS)
    for some in entries:
        reading.take(some)
    return Days(reading)


class Days:
    """The days of a log that was read, in order, as often as they are wanted; also by forked processes."""

    def __init__(self, reading: "Reading", first: str = "", last: str = "") -> None:
        self._reading, self._bounds = reading, (first, last)
        if reading.numbers is None:
            reading.sort()
        self.visits = reading.visits.count

    def between(self, first: str, last: str) -> "Days":
        """Only those from `first` to `last` (YYYY-MM-DD; empty: no bound) on which anything happened."""
        return Days(self._reading, first or "0", last)

    def __iter__(self) -> Iterator[LogDay]:
        first, last = self._bounds
        if not first and not last:
            return self._reading.days()
        return (
            found
            for found in self._reading.days(first, last or "9")
            if found.day.visits or found.day.unused or found.day.counters or found.honesty.silent
        )


@dataclass(slots=True)
class Reading:
    """What is known while the rows go by."""

    visits: Shelf[list[Step]]
    calendar: CenterDays = field(default_factory=lambda: IN_LAOS)
    counter_steps: list[Step] = field(default_factory=list)
    found: dict[int, LogDay] = field(default_factory=dict)
    counters: dict[str, str] = field(default_factory=dict)
    away: dict[str, str] = field(default_factory=dict)
    poor: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    no_paper: set[str] = field(default_factory=set)
    corrections: list[Body] = field(default_factory=list)
    hours: list[tuple[int, Hours]] = field(default_factory=list)
    """Opening hours by the day number from which on they are in force."""
    spans: _Spans = field(default_factory=_Spans)
    quality: dict[str, Tally[int]] = field(default_factory=dict)
    """Rows whose time is not of the best kind, by day."""
    last: Entry | None = None
    fact: Entry | None = None
    void: set[str] = field(default_factory=set)
    undone: dict[str, TakenBack] = field(default_factory=dict)
    counted: dict[tuple[str, str], Counted] = field(default_factory=dict)
    """The last row of each kind at each box that was counted as something; an undo takes it back."""
    expiries: dict[str, tuple[int, Step]] = field(default_factory=dict)
    """Who was called although he had expired: by which row, and the step that did not happen."""
    promised: dict[str, int] = field(default_factory=dict)
    """The day on which the result of a visit was promised, by the code with which it is collected."""
    collects: dict[str, str] = field(default_factory=dict)
    """The code with which a ticket's holder came to collect."""
    answered: set[tuple[str, str]] = field(default_factory=set)
    """Visits and the questions to which they have answered."""
    disordered: set[str] = field(default_factory=set)
    anchors: dict[int, int] = field(default_factory=dict)
    """For each stretch of the hub, the day behind which it stands in the log, if nobody should date it."""
    numbers: list[int] | None = None
    """The days there are, as soon as everything is in order."""

    def take(self, entries: list[Entry]) -> None:
        """Add what these rows say. The loop that a month of a quarter million rows goes through; hence its plainness:
        the steps that are nothing but a step are made here, everything else has a function of its own.
        """
        acts, last, fact, visits, counters = ACTS, self.last, self.fact, self.visits.hot, self.counters
        find = self.visits.find
        for row in entries:
            kind = row.kind
            e, act = STEPS.get(kind), acts.get(kind)
            if e is not None or act is not None:
                at_ms, body, dev = row.t_event, row.body, row.dev
                t = at_ms // 1000 + LINE_S
                if row.quality != GOOD and act is not stretch_began:
                    self._doubt(row)
                if dev != HUB:
                    fact = row
                if e is not None:
                    dev = body.dev or dev
                    ticket, at = body.ticket, counters.get(dev, dev)
                    steps = visits.get(ticket) or find(ticket)
                    if e == "call":
                        if steps and steps[-1].e == "expire":
                            self.not_expired(ticket, row.hub_seq)
                            steps = visits.get(ticket)
                        if ticket in self.away:
                            e = self.back(row, t)
                            steps = visits.get(ticket)
                    step = Step(
                        t, e, ticket, at, "", "N", "", "", "", False, row.hub_seq, at_ms % 1000, row.stretch,
                        "" if row.dev == HUB else f"{row.dev}/{row.boot}", row.mono // 1000, row.quality,
                    )  # fmt: skip
                    if steps:
                        step.ticket = steps[0].ticket
                        steps.append(step)
                    else:
                        visits[ticket] = [step]
                elif act is shown:
                    # Nearly always the hub's call stands right before it, and nothing is to be done.
                    steps = visits.get(body.ticket) or find(body.ticket)
                    if not steps or steps[-1].e != "call" or steps[-1].counter != counters.get(dev, dev):
                        shown(self, row, body, t)
                elif act is not None:
                    self.fact = fact
                    if act is stretch_began:
                        self.last = last
                        act(self, row, body, t)
                        continue  # when the hub was heard last is told by the row before
                    if act is hub_started and last is not None:
                        self._was_away(last, row)
                    act(self, row, body, t)
            last = row
        self.last, self.fact = last, fact
        self.visits.tidy()

    def _was_away(self, last: Entry, row: Entry) -> None:
        """The hub began anew: so long it was away, if anybody knows."""
        begin, end = local_s(last.t_recv), local_s(row.t_recv)
        if last.recv_stretch != row.recv_stretch:
            unknown = self.note(begin if dated(begin) else end).honesty.unknown
            unknown["hub away"] = unknown.get("hub away", 0) + 1
        elif dated(begin):
            self.spans.hub.append((begin, end))

    def _doubt(self, row: Entry) -> None:
        """A row whose time is not of the best kind."""
        self.quality.setdefault(row.quality, Tally())[self.day_number(local_s(row.t_event))] += 1
        if row.quality == POOR and (row.kind == "issued" or row.body.ticket):
            self.poor.add(row.id if row.kind == "issued" else row.body.ticket)

    def back(self, row: Entry, t: int) -> str:
        """Who was parked is called to go on; who was missed is back."""
        ticket = row.body.ticket
        if self.away[ticket] == "park" and before_the_park(self, row, t):
            return "call"
        was = self.away.pop(ticket)
        if was == "noshow":
            self.add(row, t, "requeue", ticket)
        return "resume" if was == "park" else "call"

    def day_number(self, t: int) -> int:
        """The day of a moment; of one without a date, the day behind which it stands in the log."""
        return self.calendar.day(t) if dated(t) else self.anchors.get(t // FAR_S, 0)

    def note(self, t: int) -> LogDay:
        """The day of a moment, to count on."""
        return self.day_of(self.day_number(t))

    def day_of(self, number: int) -> LogDay:
        """The day of this number."""
        day = self.found.get(number)
        if day is None:
            day = self.found[number] = LogDay(Day(number, self.calendar.window(number), calendar=self.calendar))
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
        self.steps_of(ticket).append(step_of(row, t, e, ticket, counter, svc, note, auto))

    def hours_on(self, day: int) -> Hours | None:
        """The hours in force on a day; None if the center has not said any for it."""
        known = [hours for since, hours in self.hours if since <= day] or [hours for _, hours in self.hours[:1]]
        if known and (known[-1].week or day_text(day) in known[-1].days):
            return known[-1]
        return None

    def opened_on(self, day: int) -> list[Span]:
        """When the center should be open on a day, in local seconds; nothing if it has not said."""
        hours = self.hours_on(day)
        return [(local_s(a), local_s(b)) for a, b in windows(hours, day_text(day))] if hours is not None else []

    def closing(self, t: int) -> int:
        """When the wait of somebody who came then is over at the latest: at closing time, or with the day."""
        day = self.calendar.day(t)
        end = self.calendar.begin(day + 1) - 1
        spans = self.opened_on(day)
        closes = spans[-1][1] if spans else end
        return min(end, closes) if closes >= t else end

    def _close_waits(self, steps: list[Step]) -> None:
        """A clock that was found out later moved entries, too: no wait is over later than its own day."""
        entered = steps[0]
        for step in steps:
            if step.e in ENTRIES:
                entered = step
            elif step.e == "expire" and step.note in ("new_day", "said") and dated(entered.t):
                over = self.closing(entered.t)
                if step.t > over:
                    step.t, step.ms = over, 0

    def steps_of(self, ticket: str) -> list[Step]:
        """The steps of a visit, to add to."""
        steps = self.visits.find(ticket)
        if steps is None:
            steps = self.visits.hot[ticket] = []
        return steps

    def begin(self, step: Step) -> None:
        """The first step of a visit; others may have come before it in the log."""
        steps = self.steps_of(step.ticket)
        if steps:
            self.disordered.add(step.ticket)
        steps.append(step)

    def not_expired(self, ticket: str, row: int = 0) -> None:
        """A counter had called this person (in this row) while the hub, which could not know, let him expire: that did
        not happen.
        """
        steps = self.visits.find(ticket)
        if steps and steps[-1].e == "expire":
            self.expiries[ticket] = row, steps.pop()
            if not steps:
                self.visits.pop(ticket)

    def frees(self, row: Entry, t: int) -> bool:
        """Whether what a counter does to a person counts: it called him, in this leg, and nobody has ended it
        meanwhile. If not (counters that were cut off from each other called one person), it only is free again.
        """
        counter, ticket, called = self.here(row.dev), row.body.ticket, False
        for step in reversed(self.visits.find(ticket) or ()):
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

    def here(self, dev: str) -> str:
        """The number of the counter that a box stands at."""
        return self.counters.get(dev, dev)

    def counter_step(self, row: Entry, t: int, e: str) -> None:
        """A step of a counter."""
        self.counter_steps.append(step_of(row, t, e, "", self.here(row.dev), note=row.body.reason))

    # -- the end of the log

    def sort(self) -> None:
        """Everything in order, day by day; to be called once, after the last row."""
        for correction in self.corrections:
            for step in self.counter_steps:
                _correct(step, correction)
        told = sorted(self.counter_steps, key=lambda s: (s.t, s.seq))
        self.counter_steps = by_number(told, self.calendar.day)
        self.visits.sort(self._placed)
        self.counter_steps = [step for step in self.counter_steps if dated(step.t)]
        for step in self.counter_steps:
            self.note(step.t)
        for tally in self.quality.values():
            for number in tally:
                self.day_of(number)
        for number in missing_days(self.found):
            if expected_s := sum(b - a for a, b in self.opened_on(number)):
                self.day_of(number).honesty.silent = {day_text(number): expected_s}
        self.numbers = sorted(self.found)

    def _placed(self, ticket: str, steps: list[Step]) -> tuple[int, int] | None:
        """Bring a visit into order; its day, and its place in it."""
        for correction in self.corrections:
            for step in steps:
                _correct(step, correction)
        if self.corrections:
            self._close_waits(steps)
        if ticket.partition(".")[0] in self.counters and all(step.e not in FIRST for step in steps):
            # A number of the paper roll whose row a disk has forgotten: it is named after a counter's row.
            came = replace(steps[0], e="walk_in", ticket=ticket, counter="", note="", auto=False)
            steps.insert(0, came)
        if ticket in self.disordered:
            in_order(steps)
        day = self.note(steps[0].t)
        if ticket in self.void:
            day.count("fate/void")
            return None
        return self.day_number(steps[0].t), min(step.seq for step in steps)

    def days(self, first: str = "", last: str = "9") -> Iterator[LogDay]:
        """The days, after `sort`, from `first` to `last`; each is whole when it comes, and forgotten when it goes."""
        assert self.numbers is not None
        visits = groupby(self.visits.in_order(), key=lambda one: one[0][0])
        mine = next(visits, None)
        counters = {
            number: list(some) for number, some in groupby(self.counter_steps, key=lambda s: self.calendar.day(s.t))
        }
        left: dict[str, str] = {}
        # A wrong clock may have made days behind the one on which the log ends: people may still wait in that one.
        ends_on = self.day_number(local_s(self.last.t_recv)) if self.last is not None else 0
        for i, number in enumerate(self.numbers):
            found = deepcopy(self.found[number])
            wanted = first <= day_text(number) <= last
            if mine is not None and mine[0] == number:
                for _, ticket, steps in mine[1] if wanted else ():
                    self._sorted_in(found.day, ticket, steps)
                mine = next(visits, None)
            told = counters.get(number, [])
            open_still = {counter for counter, e in left.items() if e != "close"}
            left |= {step.counter: step.e for step in told}
            if not wanted:
                continue
            found.day.counters = left_open(found.day, told, open_still)
            for quality, tally in self.quality.items():
                if number in tally:
                    found.honesty.quality[quality] = tally[number]
            found.day.closed = len(self.numbers) - i > 2 and number != ends_on
            if number < ends_on:
                found.honesty.never_closed = left_open_at_the_end(told)
            self._finish(found)
            yield found

    def _sorted_in(self, day: Day, ticket: str, steps: list[Step]) -> None:
        """A visit into its day: into what is counted, or with a reason into what is not."""
        if ticket in self.poor or ticket in self.no_paper:
            reason = "poor_clock" if ticket in self.poor else "print_unknown_no_show"
        else:
            reason = "" if dated(steps[0].t) else "undated"
        if reason:
            day.left_out.setdefault(reason, []).append(ticket)
            day.unused[ticket] = steps
        else:
            day.visits[ticket] = steps

    def _finish(self, found: LogDay) -> None:
        """Hours of the day, and how much of each trouble fell into them."""
        day, honesty = found.day, found.honesty
        day.hours = self.opened_on(day.number)
        honesty.expected_s = sum(b - a for a, b in day.hours)
        honesty.no_kiosk_s = without_kiosks(day)
        honesty.poor_clock = len(day.left_out.get("poor_clock", ()))
        honesty.paper_unknown = len(day.left_out.get("print_unknown_no_show", ()))
        honesty.said = sum(steps[0].stretch != 0 for steps in day.visits.values())
        honesty.undated = len(day.left_out.get("undated", ()))
        honesty.undated_s = undated_s(day)
        whole, (first, last) = lived(day)
        day.until = whole[-1][1] + 1 if whole else day.window[0]
        day.spell = (min(day.window[0], first), max(day.window[1], last + 1))
        open_hours = day.hours or whole
        if not open_hours:
            return
        honesty.hub_out_s = clipped(self.spans.hub, open_hours)
        for spent, ended, since in (
            (honesty.printer_s, self.spans.printer, self.spans.bad_since),
            (honesty.shut_s, self.spans.shut, self.spans.shut_since),
        ):
            for box in {*ended, *since}:
                lasts = [(since[box], day.window[1])] if box in since else []
                if seconds := clipped([*ended.get(box, ()), *lasts], open_hours):
                    spent[box] = seconds
        for cut, spent in ((self.spans.alone, honesty.alone_s), (self.spans.local, honesty.local_s)):
            for box, spans in cut.items():
                if seconds := clipped(spans, open_hours):
                    spent[box] = seconds


def _correct(step: Step, found: Body) -> None:
    """Move a step whose clock was found out later; the difference is added before the stamp is floored. A step that
    nobody ever dated lies on a line of its own.
    """
    if found.first_seq <= step.seq <= found.last_seq and dated(step.t):
        at_ms = (step.t - LINE_S) * 1000 + step.ms + found.new_ms - found.old_ms
        step.t, step.ms = local_s(at_ms), at_ms % 1000
