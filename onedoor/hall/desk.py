"""What a clerk can do at one counter: actions in, facts or a named refusal out (pure).

    closed --open--> idle --next--> asking --answer--> walking --start/next--> serving --end/next--> idle
                      |                                   +-- no_show, park, transfer --> idle
                      +--pause--> paused --resume--> idle

Policy: nobody absent becomes served. Whoever was called and has not been started can only be started, called again,
missed, sent on or asked to come back; NEXT means START then. Closing says what becomes of the person who is there. An
action is refused as a whole or done as a whole; a refusal changes nothing. What only the hub can decide
(whom to call, whether something can still be undone) leaves as a wish, one at a time, and gets exactly one answer.
Everything else is a fact of this counter and works without the hub.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from onedoor.hall import events as ev
from onedoor.hall.acts import Action as Action
from onedoor.hall.acts import Book as Book
from onedoor.hall.acts import CallLabel as CallLabel
from onedoor.hall.acts import Close as Close
from onedoor.hall.acts import CountOutside as CountOutside
from onedoor.hall.acts import End as End
from onedoor.hall.acts import Next as Next
from onedoor.hall.acts import NextOnRoll as NextOnRoll
from onedoor.hall.acts import NoShow as NoShow
from onedoor.hall.acts import Note as Note
from onedoor.hall.acts import Open as Open
from onedoor.hall.acts import Park as Park
from onedoor.hall.acts import Pause as Pause
from onedoor.hall.acts import Recall as Recall
from onedoor.hall.acts import Requeue as Requeue
from onedoor.hall.acts import Resume as Resume
from onedoor.hall.acts import SetRoll as SetRoll
from onedoor.hall.acts import Start as Start
from onedoor.hall.acts import Transfer as Transfer
from onedoor.hall.acts import Undo as Undo
from onedoor.hall.acts import WalkIn as WalkIn
from onedoor.hall.desk_clock import begun_ms, goes_on, put_by
from onedoor.hall.desk_undo import WORDS, Last, long_ago, not_undoable, stood
from onedoor.hall.events import RowId
from onedoor.hall.hours import is_day
from onedoor.hall.refusals import Refusal
from onedoor.hall.renumber import is_free, move, number_of
from onedoor.hall.tickets import LABEL

RECALL_SPACING_MS = 5_000
PARKED_KEPT = 20
ROLL_LABEL = re.compile(r"[0-9]{1,4}\Z")
REASON = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")
OUTCOMES = frozenset({"done", "incomplete", "withdrawn"})
PLACES = frozenset({"keep", "new", "first"})
INCOMPLETE = ("paper_missing", "wrong_office", "official_absent", "system_down", "fee_unpaid", "other")
"""Why a service ends unfinished."""
OUT_OF_ORDER = ("frail", "urgent", "official_request", "mistake", "other")
"""Why somebody is called before others."""
PAUSES = ("break", "meeting", "errand", "system_down", "other")
"""Why a counter pauses."""


class At(StrEnum):
    """Where the counter stands."""

    IDLE = "idle"
    ASKING = "asking"
    WALKING = "walking"
    SERVING = "serving"


@dataclass(slots=True)
class Desk:
    """What a counter must know at start; kept on its card in the transaction of the row that changed it.

    Moments (`since_ms`, `recalled_ms`) are those of the monotonic clock in the boot `boot`: after another boot nobody
    knows how long ago they were (None). `waited_ms`: how long the person here had waited when called, if that is known.
    """

    open: bool = False
    command: str = ""
    ticket: str = ""
    label: str = ""
    service: str = ""
    waited_ms: int | None = None
    at: str = At.IDLE
    since_ms: int | None = None
    paused: str = ""
    clerk: str = ""
    wish: str = ""
    was: str = At.IDLE
    was_ms: int | None = None
    """`since_ms` before the open wish."""
    recalled_ms: int | None = None
    parked: list[str] = field(default_factory=list)
    cls: str = "N"
    leg: int = 1
    boot: str = ""
    counter: str = ""
    queues: tuple[str, ...] = ()
    """As which counter, and for which queues, it was opened; "": not known."""
    aside: bool = False
    """Its number was given up, and the new one is not free yet: nobody is called here meanwhile."""
    last: Last | None = None
    so_far: dict[str, int | None] = field(default_factory=dict)
    """How long those had been served in their leg (`_stay`) whom this counter asked to come back; None: not known."""
    so_far_ms: int | None = 0
    """The same of the person here, when he was called."""


@dataclass(frozen=True, slots=True)
class Place:
    """The counter: its number, the queues it calls from, and what there is in the center."""

    counter: str
    queues: tuple[str, ...]
    services: dict[str, str]
    """Queue of the first leg of every service."""
    all_queues: frozenset[str] = frozenset()
    others: frozenset[str] | None = None
    """The counters and clerks to whom people can be sent, as queues; None: not known."""
    taken: frozenset[str] | None = frozenset()
    """The numbers that other open counters have; None: not known."""
    gives_up: bool = False
    """Whether this counter has to give its number up first (`onedoor.hall.renumber.gives_up`)."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a counter is given."""

    ticket: str
    label: str = ""
    service: str = ""
    cls: str = "N"
    leg: int = 1


Done = tuple[Desk, list[ev.Event]]
HERE = (At.WALKING, At.SERVING)


def act(desk: Desk, action: Action, now_ms: int, place: Place, rid_of: Callable[[int], RowId]) -> Done | Refusal:
    """What an action does: the desk after it and the facts to write, in one transaction; or why it does not. `now_ms`
    is the monotonic clock's.

    `rid_of(i)` is the id that the i-th of those facts (0, 1, ...) will have.
    """
    if isinstance(action, Next) and desk.at == At.WALKING:
        action = Start()
    if isinstance(action, Undo) and desk.last is not None and desk.last.what == Pause.__name__:
        return _pause_undone(desk, now_ms, place)
    why = _refused(desk, action, now_ms, place)
    if why is not None:
        return why
    after = replace(desk, parked=list(desk.parked))
    events: list[ev.Event] | None = None
    if type(action) in _WISHES:
        moved = [] if desk.ticket else move(after, place)
        events = [*moved, *(() if after.aside else _WISHES[type(action)](after, action, place))]
        if not after.aside:
            after.command = rid_of(len(events) - 1)
            after.wish, after.was, after.was_ms = type(action).__name__, after.at, after.since_ms
            after.at = At.ASKING
    else:
        events = _facts(after, action, now_ms, place, rid_of)
        events += move(after, place) if desk.ticket and not after.ticket else []
    _remember(desk, after, action, now_ms)
    if after.at != desk.at or after.ticket != desk.ticket:
        after.since_ms = begun_ms(desk, now_ms) if isinstance(action, Start) else now_ms
    return after, events


def _remember(desk: Desk, after: Desk, action: Action, now_ms: int) -> None:
    """What can be taken back from now on. A call counts when its answer is there (`take`)."""
    what, label = type(action).__name__, desk.label or after.label
    if isinstance(action, Recall | Note | CountOutside | Undo | CallLabel):
        return
    if isinstance(action, Next | NextOnRoll):
        if not desk.ticket:
            return
        what = End.__name__
    after.last = Last(what, label, now_ms, stood(desk)) if what in WORDS else None


def _pause_undone(desk: Desk, now_ms: int, place: Place) -> Done | Refusal:
    """Nobody's place has changed by a pause: it is taken back without the hub."""
    why = not_undoable(desk, now_ms)
    if why is not None:
        return why
    return replace(desk, paused="", last=None), [ev.CounterResumed(number_of(desk, place), undone=True)]


def _refused(desk: Desk, action: Action, now_ms: int, place: Place) -> Refusal | None:
    """Why this cannot be done here and now."""
    if desk.at == At.ASKING and not isinstance(action, Note | CountOutside):
        return Refusal.BUSY
    if isinstance(action, Open):
        taken = place.taken is not None and place.counter in place.taken
        return Refusal.NUMBER_TAKEN if taken and not desk.counter and not desk.ticket else None
    if not desk.open:
        return Refusal.CLOSED
    if desk.aside and not isinstance(action, Close | Note | CountOutside):
        return Refusal.NUMBER_TAKEN
    if isinstance(action, Undo):
        return not_undoable(desk, now_ms)
    if desk.paused and not isinstance(action, Resume | Close | Note | CountOutside):
        return Refusal.PAUSED
    if isinstance(action, Recall | End | Park | Transfer) and desk.at not in HERE:
        return Refusal.NOBODY_HERE
    if isinstance(action, Start | NoShow) and desk.at != At.WALKING:
        return Refusal.NOBODY_HERE
    if isinstance(action, WalkIn | Pause | CallLabel | NextOnRoll) and desk.at in HERE:
        return Refusal.SOMEBODY_HERE
    if isinstance(action, Close):
        return _not_closing(desk, action)
    if isinstance(action, End) and desk.at == At.WALKING and action.outcome != "withdrawn":
        return Refusal.NOT_STARTED
    if isinstance(action, Recall) and desk.recalled_ms is not None and now_ms - desk.recalled_ms < RECALL_SPACING_MS:
        return Refusal.TOO_SOON
    return _impossible(action, place)


def _not_closing(desk: Desk, action: Close) -> Refusal | None:
    """Closing never decides what becomes of somebody, and nobody who has not come can have been served."""
    fits = {"": desk.at not in HERE, "done": desk.at == At.SERVING, "no_show": desk.at == At.WALKING}
    if fits.get(action.then, False):
        return None
    return Refusal.SOMEBODY_HERE if desk.at in HERE else Refusal.NOBODY_HERE


def _impossible(action: Action, place: Place) -> Refusal | None:
    """What was typed or chosen cannot be right."""
    match action:
        case CallLabel(label) | Requeue(label):
            bad = not (LABEL.match(label) or ROLL_LABEL.match(label))
        case Transfer(queue, how):
            if not _is_somewhere(queue, place):
                return Refusal.UNKNOWN_QUEUE
            bad = how not in PLACES or len(queue) > 40
        case WalkIn(service, paper):
            if service not in place.services:
                return Refusal.UNKNOWN_SERVICE
            bad = bool(paper) and not LABEL.match(paper)
        case Book(code, service, at_ms):
            if service not in place.services:
                return Refusal.UNKNOWN_SERVICE
            bad = not re.match(r"[A-Z0-9]{4,12}\Z", code) or at_ms < 0
        case End(outcome, reason, promised):
            bad = outcome not in OUTCOMES or not _reason(reason) or not (is_day(promised) or not promised)
            bad = bad or (outcome == "incomplete" and not reason)
        case Park(minutes, reason):
            bad = not 0 <= minutes <= 600 or not _reason(reason)
        case Pause(reason):
            bad = not reason or not _reason(reason)
        case Note(text):
            bad = not 0 < len(text.strip()) <= 80 or not text.isprintable()
        case CountOutside(count) | SetRoll(count):
            bad = not 0 <= count <= 9_999
        case _:
            bad = False
    return Refusal.BAD_VALUE if bad else None


def _is_somewhere(queue: str, place: Place) -> bool:
    """Whether there is such a queue: nobody is sent to where nobody will ever call him."""
    if queue.startswith(("counter/", "clerk/")):
        return place.others is None or queue in place.others
    return queue in place.all_queues


def _reason(text: str) -> bool:
    return not text or REASON.match(text) is not None


# -- wishes ----------------------------------------------------------------------------------------------------


def _next(desk: Desk, action: Action, place: Place) -> list[ev.Event]:
    """END of the current one, if any, and the wish, in one transaction."""
    events: list[ev.Event] = [ev.Ended(_leave(desk), auto=True), *move(desk, place)] if desk.ticket else []
    roll = isinstance(action, NextOnRoll)
    wish = ev.CallRequested(number_of(desk, place), place.queues, roll=roll, clerk=desk.clerk)
    return events if desk.aside else [*events, wish]


def _call_label(desk: Desk, action: CallLabel, place: Place) -> list[ev.Event]:
    return [ev.CallRequested(number_of(desk, place), place.queues, action.label, action.reason, clerk=desk.clerk)]


_WISHES: dict[type, Callable[..., list[ev.Event]]] = {
    Next: _next,
    NextOnRoll: _next,
    CallLabel: _call_label,
    Requeue: lambda _, action, __: [ev.RequeueRequested(action.label)],
    Undo: lambda *_: [ev.UndoRequested()],
}


# -- facts -----------------------------------------------------------------------------------------------------


def _facts(desk: Desk, action: Action, now_ms: int, place: Place, rid_of: Callable[[int], RowId]) -> list[ev.Event]:
    """What happens at this counter without anybody's word; changes the desk."""
    match action:
        case Open(clerk):
            desk.open, desk.paused, desk.clerk, desk.aside = True, "", clerk, False
            if not desk.ticket or not desk.counter:
                was, number = desk.counter, place.counter if is_free(place) else number_of(desk, place)
                left: list[ev.Event] = [ev.CounterClosed(was)] if was and was != number else []
                desk.counter, desk.queues = number, place.queues
                return [*left, ev.CounterOpened(number, place.queues, clerk)]
            return [ev.CounterOpened(desk.counter, desk.queues, clerk)]
        case Close(then):
            events: list[ev.Event] = (
                [_with_person(desk, NoShow() if then == "no_show" else End(), now_ms)] if then else []
            )
            closed = [] if desk.aside else [ev.CounterClosed(number_of(desk, place))]
            desk.open, desk.paused, desk.counter, desk.queues, desk.aside = False, "", "", (), False
            return [*events, *closed]
        case Pause(reason):
            desk.paused = reason
            return [ev.CounterPaused(number_of(desk, place), reason)]
        case Resume():
            desk.paused = ""
            return [ev.CounterResumed(number_of(desk, place))]
        case WalkIn(service, paper):
            _take_walk_in(desk, service, paper, rid_of(0))
            return [ev.WalkedIn(number_of(desk, place), service, place.services[service], paper)]
        case SetRoll(number):
            return [ev.RollSet(number)]
        case Note(text):
            return [ev.Noted(text.strip())]
        case CountOutside(count):
            return [ev.QueueOutside(count)]
        case Book(code, service, at_ms):
            return [ev.Booked(code, service, at_ms)]
        case _:
            return [_with_person(desk, action, now_ms)]


def _with_person(desk: Desk, action: Action, now_ms: int) -> ev.Event:
    """What is done with the person at the counter; changes the desk."""
    match action:
        case Recall():
            desk.recalled_ms = now_ms
            return ev.Recalled(RowId(desk.ticket))
        case Start():
            desk.at = At.SERVING
            return ev.Started(RowId(desk.ticket))
        case End(outcome, reason, promised):
            return ev.Ended(_leave(desk), outcome=outcome, reason=reason, promised=promised)
        case NoShow():
            return ev.NoShow(_leave(desk))
        case Park(minutes, reason):
            put_by(desk, now_ms)
            desk.parked = [*desk.parked, desk.label][-PARKED_KEPT:] if desk.label else desk.parked
            return ev.Parked(_leave(desk), minutes, reason)
        case Transfer(queue, how, reason):
            return ev.Transferred(_leave(desk), queue, how, reason)
    raise TypeError(action)


def _leave(desk: Desk) -> RowId:
    """Nobody is at the counter any more."""
    ticket = RowId(desk.ticket)
    desk.ticket = desk.label = desk.service = ""
    desk.at = At.IDLE
    return ticket


def close_wish(desk: Desk, at: str, now_ms: int) -> None:
    """The open command is closed; the counter stands there now. Changes the desk."""
    desk.command = desk.wish = ""
    desk.at, desk.since_ms = at, now_ms


def in_boot(desk: Desk, boot: str) -> Desk:
    """The kept desk at a start. Moments of another boot of the machine cannot be compared with those of this one."""
    if desk.boot == boot:
        return desk
    return replace(desk, boot=boot, since_ms=None, was_ms=None, recalled_ms=None, last=long_ago(desk.last))


def stand(desk: Desk, now_ms: int) -> None:
    """The open command came to nothing: who was here is here since then. What could not be taken back is not offered
    again. Changes the desk.
    """
    desk.last = None if desk.wish == Undo.__name__ else desk.last
    if desk.ticket:
        was, since_ms = desk.was, desk.was_ms
        close_wish(desk, was, now_ms)
        desk.since_ms = since_ms
    else:
        close_wish(desk, At.IDLE, now_ms)


def take(desk: Desk, called: Person, waited_ms: int | None, what: str = "Next") -> None:
    """The hub, or the list, gave this person, who had waited so long, to the counter, by that wish (`what`). Changes
    the desk.
    """
    before = stood(desk)
    before.at = At.IDLE
    desk.ticket, desk.label, desk.service, desk.waited_ms = called.ticket, called.label, called.service, waited_ms
    desk.parked = [parked for parked in desk.parked if parked != called.label]
    desk.cls, desk.leg, desk.recalled_ms = called.cls, called.leg, desk.since_ms
    goes_on(desk)
    desk.last = Last(what if what in WORDS else "Next", called.label, desk.since_ms, before)


def taken_away(desk: Desk) -> None:
    """An undone call: nobody is here any more. Changes the desk."""
    _leave(desk)
    desk.last = None


def _take_walk_in(desk: Desk, service: str, paper: str, ticket: RowId) -> None:
    desk.ticket, desk.label, desk.service, desk.at = ticket, paper, service, At.SERVING
    desk.waited_ms = desk.so_far_ms = 0
    desk.cls, desk.leg = "N", 1
