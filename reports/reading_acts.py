"""What each kind of row means to whoever reads the log for its figures (pure): one function a kind."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from onedoor.hall.rules import Hours
from onedoor.hall.tickets import receipt_of
from onedoor.hall.zone import LAOS
from reports.balance import ISSUED
from reports.center_clock import far
from reports.dates import day_number, local_s
from reports.durations import FAR_S, dated
from reports.legs import is_earlier
from reports.reading_undo import CALLS, Counted, count, last_act, restore, take_away, undo
from reports.steps import ENTRIES, FIRST, FREES, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reports.entries import Body, Entry
    from reports.reading import Reading

POOR = "C"
WORKS = ("near_end", "ok")
"""States in which a printer prints."""


def step_of(
    row: Entry, t: int, e: str, ticket: str, counter: str = "", svc: str = "", note: str = "", auto: bool = False
) -> Step:
    """The step that a row says, with what its time can be compared."""
    boot = "" if row.dev == "hub" else f"{row.dev}/{row.boot}"
    return Step(
        t, e, ticket, counter, svc, "N", "", "", note, auto, row.hub_seq, row.t_event % 1000, row.stretch, boot,
        row.mono // 1000, row.quality,
    )  # fmt: skip


def _issued(on: Reading, row: Entry, body: Body, t: int) -> None:
    """The visit begins: `issue`, at the row's event time. Its name is the row's id, dev.run.seq; service, class,
    language and purpose are its own. `offline`: counted as given without the hub.
    """
    ticket = row.id
    step = Step(
        t, "issue", ticket, "", body.service, body.cls, body.lang, body.intent, "alone" if body.offline else "",
        seq=row.hub_seq, ms=row.t_event % 1000, stretch=row.stretch, boot=f"{row.dev}/{row.boot}",
        mono=row.mono // 1000, quality=row.quality,
    )  # fmt: skip
    if body.receipt and body.intent == "collect":
        on.collects[ticket] = body.receipt
    on.begin(step)
    on.note(t).count(ISSUED)
    if body.offline:
        honesty = on.note(t).honesty
        honesty.alone[row.dev] = honesty.alone.get(row.dev, 0) + 1
        if row.quality != POOR and row.stretch == row.recv_stretch and dated(t):
            on.spans.alone.setdefault(row.dev, []).append((t, local_s(row.t_recv)))


def _called_locally(on: Reading, row: Entry, body: Body, t: int) -> None:
    """A call without the hub: as `called`, by the box itself. An `expire` that stands last is taken away: the hub let
    the person expire and could not know.
    """
    on.note(t).honesty.local_calls += 1
    if row.quality != POOR and row.stretch == row.recv_stretch and dated(t):
        on.spans.local.setdefault(on.here(row.dev), []).append((t, local_s(row.t_recv)))
    on.not_expired(body.ticket, row.hub_seq)
    e = on.back(row, t) if body.ticket in on.away else "call"
    on.add(row, t, e, body.ticket, on.here(row.dev), note="alone")


def _given_back(on: Reading, _: Entry, body: Body, __: int) -> None:
    """Takes away the last `call` or `resume` of this ticket at that counter as `undone` does: nobody saw it. `void`: a
    number of the roll that nobody saw; its `walk_in` goes. If `command` names an undo, only what that took from this
    visit stands again, behind the others.
    """
    if body.command in on.undone:
        restore(on, body.ticket, body.command)
        return
    steps, counter = on.visits.find(body.ticket) or [], on.here(body.dev)
    called = CALLS | {"walk_in"} if body.void else CALLS
    for i in range(len(steps) - 1, -1, -1):
        if steps[i].e in called and steps[i].counter == counter:
            take_away(on, body.ticket, i)
            return
    if not steps:
        on.visits.pop(body.ticket)


def _walked_in(on: Reading, row: Entry, body: Body, t: int) -> None:
    """A visit without a number of ours begins at the counter, named after this row: `walk_in`, and `start` at once."""
    came = step_of(row, t, "walk_in", row.id, on.here(row.dev), body.service)
    came.cls = body.cls
    on.begin(came)
    on.add(row, t, "start", row.id, came.counter)


def _roll_called(on: Reading, row: Entry, body: Body, t: int) -> None:
    """A visit with a number of the paper roll begins, named after `command`: `walk_in` at that counter, no `start`."""
    on.begin(step_of(row, t, "walk_in", body.command, on.here(body.dev)))


def _opened(on: Reading, row: Entry, body: Body, t: int) -> None:
    """`open`; from now on this box is the counter of that number, and steps at it bear it."""
    on.counters[row.dev] = body.counter
    on.counter_step(row, t, "open")


def _resumed(on: Reading, row: Entry, body: Body, t: int) -> None:
    """`open`. `undone`: the `pause` or `break` before it did not happen, and goes."""
    steps, here = on.counter_steps, on.here(row.dev)
    last = next((i for i in range(len(steps) - 1, -1, -1) if steps[i].counter == here), -1)
    if body.undone and last >= 0 and steps[last].e in ("pause", "break"):
        del steps[last]
    else:
        on.counter_step(row, t, "open")


def _paused(on: Reading, row: Entry, body: Body, t: int) -> None:
    """`break` if the reason is "break", else `pause`."""
    on.counter_step(row, t, "break" if body.reason == "break" else "pause")


def _handed_on(on: Reading, row: Entry, body: Body, t: int) -> None:
    """`transfer` into `queue`: the next leg begins."""
    on.away.pop(body.ticket, None)  # whoever sent him away: he stands in a queue now
    on.add(row, t, "transfer", body.ticket, "", body.queue)


def _transferred(on: Reading, row: Entry, body: Body, t: int) -> None:
    """`transfer` into `queue`, if the counter has the person (above); else `freed`."""
    if on.frees(row, t):
        on.away.pop(body.ticket, None)
        on.add(row, t, "transfer", body.ticket, on.here(row.dev), body.queue)


def _ended(on: Reading, row: Entry, body: Body, t: int) -> None:
    """`leave` if the outcome is "withdrawn", else `end`, if the counter has the person; else `freed`. `auto`: the next
    call ended it. Promises and unfinished services are counted from it, as long as nobody undoes it.
    """
    outcome = body.outcome
    promise: tuple[str, int | None, int | None] = ("", None, None)
    if body.promised:
        with suppress(ValueError):  # a box may have written anything there
            code = receipt_of(body.ticket)
            promise = code, on.promised.get(code), day_number(body.promised)
    what = [f"incomplete/{body.reason}"] if outcome == "incomplete" else []
    if body.ticket in on.collects and outcome != "withdrawn":
        day = on.promised.get(on.collects[body.ticket])
        if day is not None and on.day_number(t) >= day:
            what.append("promise/kept" if outcome == "done" else "promise/broken")
    e, note = "leave" if outcome == "withdrawn" else "end", "" if outcome == "done" else outcome
    count(on, row.dev, row.kind, Counted(row.hub_seq, t, promise=promise))
    if on.frees(row, t):
        count(on, row.dev, "outcome", Counted(row.hub_seq, t, what))
        on.add(row, t, e, body.ticket, on.here(row.dev), "", note, body.auto)


def _no_show(on: Reading, row: Entry, body: Body, t: int) -> None:
    """`noshow`, if the counter has the person; else `freed`. After a `noshow` the next call of this ticket brings a
    `requeue` before it.
    """
    if on.frees(row, t):
        on.away[body.ticket] = "noshow"
        if body.ticket in on.unknown:
            on.no_paper.add(body.ticket)
        on.add(row, t, "noshow", body.ticket, on.here(row.dev))


def _parked(on: Reading, row: Entry, body: Body, t: int) -> None:
    """`park`, if the counter has the person; else `freed`. After a `park` the ticket's next call is a `resume`."""
    if on.frees(row, t):
        on.away[body.ticket] = "park"
        on.add(row, t, "park", body.ticket, on.here(row.dev))


def _requeued(on: Reading, row: Entry, body: Body, t: int) -> None:
    """`requeue`: back in the line after a no-show. The wait to the first call does not change."""
    on.away.pop(body.ticket, None)
    on.add(row, t, "requeue", body.ticket)


def shown(on: Reading, row: Entry, body: Body, t: int) -> None:
    """Nothing, if the counter holds the person already (the hub's call stands before it); else this is the call, as in
    `called`. An `expire` that stands last is taken away in any case.
    """
    here = on.here(row.dev)
    on.not_expired(body.ticket, row.hub_seq)
    if not _holds(on.visits.find(body.ticket) or (), here):
        e = on.back(row, t) if body.ticket in on.away else "call"
        on.add(row, t, e, body.ticket, here)


def before_the_park(on: Reading, row: Entry, t: int) -> bool:
    """Whether a call was before the person was asked to come back, although it was told later."""
    steps = on.visits.find(row.body.ticket) or ()
    park = next((step for step in reversed(steps) if step.e == "park"), None)
    return is_earlier(step_of(row, t, "call", row.body.ticket), park)


def _holds(steps: Sequence[Step], counter: str) -> bool:
    """Whether this counter has the person, by the steps so far. What another counter does to somebody whom both have
    frees that one only.
    """
    for step in reversed(steps):
        if step.counter == counter and step.e in ("call", "resume", "walk_in"):
            return True
        if (step.e in FREES and step.counter in (counter, "")) or step.e == "issue":
            return False
    return False


def _undo_shown(on: Reading, row: Entry, body: Body, t: int) -> None:
    """What stands at the counter after an undo counts. `here`, and the counter does not hold the person: what the undo
    of this `command` took from this visit stands again, behind the others; if there is nothing, the counter's last act
    is undone if its last step frees, else this is a `call`. Not `here`, and it does: its last act is undone. `here`,
    and it does: without `serving` its last act is undone if that is a `start` alone; with it a `start` alone that the
    undo of this `command` took stands again.
    """
    here, steps = on.here(row.dev), on.visits.find(body.ticket) or []
    held = _holds(steps, here)
    if held and body.here:
        act, undone = steps[last_act(steps, here)], on.undone.get(body.command)
        alone = sum(step.seq == act.seq for step in steps) == 1
        if not body.serving and act.e == "start" and act.counter == here and alone:
            undo(on, body.ticket, here, t)
        elif body.serving and undone is not None and [step.e for step in undone.steps] == ["start"]:
            restore(on, body.ticket, body.command)
    if held == body.here:
        return
    if body.here and restore(on, body.ticket, body.command):
        return
    own = next((step.e for step in reversed(steps) if step.counter == here), "")
    if not body.here or own in FREES:
        undo(on, body.ticket, here, t)
    else:
        on.add(row, t, "call", body.ticket, here)


def _misfit_fact(on: Reading, row: Entry, body: Body, t: int) -> None:
    """Takes away the steps of the device's row before it, but for the beginning of a visit: the hub could not fit that
    fact to the visit.
    """
    _misfit(on, row, body, t)
    fact = on.fact
    steps = on.visits.find(fact.body.ticket) or [] if fact is not None else []
    for i in range(len(steps) - 1, -1, -1):
        if fact is not None and steps[i].seq == fact.hub_seq and steps[i].e not in FIRST:
            del steps[i]
    if fact is not None and not steps:
        on.visits.pop(fact.body.ticket)


def _undone(on: Reading, _: Entry, body: Body, t: int) -> None:
    """Takes away the last act of this ticket at that counter (of any, if it has none): the last step there that is no
    `recall`, with all steps of its row, the `transfer` behind an `end`, and its counter's recalls behind a `call`,
    `resume` or `walk_in`. What that had ended stands again: after a `resume` the person is asked to come back still,
    after a call with a `requeue` the no-show, after a call out of an `expire` that. After an undone `park` or `noshow`
    the next call is a plain one. `void`: the visit began with it, and is none; a visit that is nothing but a `walk_in`
    keeps it otherwise, at no counter.
    """
    on.undone[body.command] = undo(on, body.ticket, on.here(body.dev), t, void=body.void)


def _paper_found(on: Reading, _: Entry, body: Body, __: int) -> None:
    """The visit is void: the number was given again, and nobody has it."""
    on.void.add(body.ticket)


def _expired(on: Reading, row: Entry, body: Body, t: int) -> None:
    """`expire`, at no counter. By reason "new_day" or "said" it is not later than the closing time of the day on which
    the person entered the queue (`issue`, `walk_in` or `transfer`); where there are no hours, or closing time was
    before that, than the last second of the day. If the row is of another stretch, it is just then, and on the line of
    that step.
    """
    steps, step = on.steps_of(body.ticket), step_of(row, t, "expire", body.ticket, note=body.reason)
    if steps and body.reason in ("new_day", "said"):
        entered = [one for one in steps if one.e in ENTRIES or one is steps[0]][-1]
        if dated(entered.t):
            over = on.closing(entered.t)
            if entered.stretch != row.stretch or t > over:
                step.t, step.ms, step.stretch = over, 0, entered.stretch
    steps.append(step)


def _restored(on: Reading, _: Entry, body: Body, __: int) -> None:
    """Takes the last `expire` away: it was by a word that was wrong."""
    on.not_expired(body.ticket)


def stretch_began(on: Reading, _: Entry, body: Body, __: int) -> None:
    """The hub was switched on. If nobody ever dates that, it stands behind the day of the row before; in a log without
    any day, with the day that is surely past.
    """
    last = on.last
    number = None
    if last is not None:
        at = local_s(last.t_recv)
        number = on.calendar.day(at) if dated(at) else on.anchors.get(at // FAR_S)
    on.anchors[far(body.stretch)] = on.calendar.day(local_s(body.floor_ms)) if number is None else number


def _rated(on: Reading, _: Entry, body: Body, t: int) -> None:
    """Nothing in the visit; an answer, counted on its day: the first of a visit to each question, others as presses."""
    day = on.note(t)
    day.rated.add(body.ticket)
    if (body.ticket, body.question) in on.answered:
        if not body.question:
            day.count("pressed_again")
        return
    on.answered.add((body.ticket, body.question))
    answers = day.ratings.setdefault(body.question, {})
    answers[f"{body.score}/{body.of}"] = answers.get(f"{body.score}/{body.of}", 0) + 1


def _order_changed(on: Reading, row: Entry, body: Body, t: int) -> None:
    """Nothing in the visit; a departure from strict order, by its cause, with the call before it."""
    count(on, body.dev, row.kind, Counted(row.hub_seq - 1, t, order=(body.cause, 1, body.count, 0)))


def _order_cost(on: Reading, row: Entry, body: Body, t: int) -> None:
    """Nothing in the visit; how long the departure cost those who were passed, with the act before it."""
    count(on, body.dev, row.kind, Counted(row.hub_seq - 1, t, order=(body.cause, 0, 0, body.cost_ms // 1000)))


def hub_started(on: Reading, _: Entry, __: Body, t: int) -> None:
    """Nothing in the visit; the hub was away since the row before this start."""
    on.note(t).honesty.hub_starts += 1


def _printer_changed(on: Reading, row: Entry, body: Body, t: int) -> None:
    """Nothing in the visit; the time with a printer that could not print."""
    box = f"{row.dev}/{body.printer}"
    since = on.spans.bad_since.pop(box, None)
    if since is not None and dated(t) and dated(since):
        on.spans.printer.setdefault(box, []).append((since, t))
    if body.state not in WORKS:
        on.spans.bad_since[box] = t


def _out_of_service(on: Reading, row: Entry, _: Body, t: int) -> None:
    """Nothing in the visit; a kiosk is out of service from here."""
    on.spans.shut_since.setdefault(row.dev, t)


def _in_service(on: Reading, row: Entry, _: Body, t: int) -> None:
    """Nothing in the visit; it is in service again."""
    since = on.spans.shut_since.pop(row.dev, None)
    if since is not None and dated(t) and dated(since):
        on.spans.shut.setdefault(row.dev, []).append((since, t))


def _print_failed(on: Reading, row: Entry, _: Body, t: int) -> None:
    """Nothing in the visit; a ticket without paper."""
    honesty = on.note(t).honesty
    honesty.not_printed[row.dev] = honesty.not_printed.get(row.dev, 0) + 1


def _clock_stepped(on: Reading, row: Entry, body: Body, t: int) -> None:
    """Nothing in the visit; a clock was wrong by so much. Durations are not measured by it."""
    honesty = on.note(t).honesty
    honesty.clock_steps[row.dev] = honesty.clock_steps.get(row.dev, 0) + 1
    by = abs(body.new_ms - body.old_ms) // 1000
    honesty.clock_step_s[row.dev] = honesty.clock_step_s.get(row.dev, 0) + by


def _misfit(on: Reading, row: Entry, _: Body, t: int) -> None:
    """Nothing in the visit; a row that somebody should look at."""
    honesty = on.note(t).honesty
    honesty.misfits += 1
    honesty.collisions += row.kind == "call_collided"


def _rules_set(on: Reading, _: Entry, body: Body, t: int) -> None:
    """The opening hours in force from that day on (of the first rules: before them, too); and the zone (`hours.zone`,
    Asia/Vientiane where none is named) whose calendar the center lives by, from this row on.
    """
    given = json.loads(bytes(body.rules) or b"{}").get("hours", {})
    week = tuple(tuple((a, b) for a, b in day) for day in given.get("week", ()))
    days = {day: tuple((a, b) for a, b in spans) for day, spans in given.get("days", {}).items()}
    before = on.hours[-1][0] if on.hours else 0
    on.hours.append((on.calendar.day(t) if dated(t) else before, Hours(week, days, zone=given.get("zone", LAOS))))


def _correction(on: Reading, _: Entry, body: Body, __: int) -> None:
    """Moves steps of the rows `first_seq` to `last_seq` by `new_ms` less `old_ms`, before they are floored."""
    on.corrections.append(body)


def _counter(e: str) -> Callable[[Reading, Entry, Body, int], None]:
    def act(on: Reading, row: Entry, _: Body, t: int) -> None:
        on.counter_step(row, t, e)

    act.__doc__ = f"`{e}` of the counter."
    return act


def _counted(what: str) -> Callable[[Reading, Entry, Body, int], None]:
    def act(on: Reading, _: Entry, __: Body, t: int) -> None:
        on.note(t).count(what)

    act.__doc__ = "Nothing in a visit; counted on its day."
    return act


def _outside(on: Reading, _: Entry, body: Body, t: int) -> None:
    """Nothing in the visit; people outside at opening time."""
    on.note(t).count("outside_at_opening", body.count)


def _unknown_paper(on: Reading, _: Entry, body: Body, __: int) -> None:
    """Nobody knows whether this ticket has a paper. If its holder does not come, it is left out of every figure."""
    on.unknown.add(body.ticket)


STEPS = {"called": "call", "recalled": "recall", "started": "start", "reprinted": "reprint"}
"""Kinds that are nothing but a step."""

ACTS: dict[str, Callable[[Reading, Entry, Body, int], None]] = {
    "issued": _issued,
    "called_locally": _called_locally,
    "given_back": _given_back,
    "walked_in": _walked_in,
    "roll_called": _roll_called,
    "counter_opened": _opened,
    "counter_closed": _counter("close"),
    "counter_paused": _paused,
    "counter_resumed": _resumed,
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
    "hub_started": hub_started,
    "printer_changed": _printer_changed,
    "print_failed": _print_failed,
    "out_of_service": _out_of_service,
    "back_in_service": _in_service,
    "print_unknown": _unknown_paper,
    "clock_stepped": _clock_stepped,
    "fact_misfit": _misfit_fact,
    "shown": shown,
    "undo_shown": _undo_shown,
    "call_collided": _misfit,
    "label_repeated": _misfit,
    "tail_lost": _misfit,
    "fact_refused": _misfit,
    "restored": _restored,
    "stretch_began": stretch_began,
    "rules_set": _rules_set,
    "clock_corrected": _correction,
    "list_given": _counted("lists_given"),
    "not_here": _counted("service_not_here"),
    "help_asked": _counted("help_asked"),
    "booked": _counted("booked"),
    "queue_outside": _outside,
}

KINDS = frozenset({*STEPS, *ACTS})
"""The kinds that say something; nothing is lost by not reading the others."""
