"""What a clerk did and the hub did not take (pure but for the card): said in words, and undone on the panel.

Policy. A press is shown as done at once, because it is a fact of this counter; only a row that cannot be, or for which
there is no room, is refused, and then nothing of it happened. Two things follow. The clerk reads what was not taken and
what to do next, until he has touched the line or two minutes are over. And as soon as the hub has spoken of every
row of this card, what stands on the panel is what the hub says: whom the counter has, whether it is open.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from onedoor.device.journal import Journal, fact_at
from onedoor.hall import desk
from onedoor.hall import events as ev
from onedoor.hall.desk import At, Desk
from onedoor.hall.desk_undo import taken_back
from onedoor.hall.events import RowId
from onedoor.wire.limits import ROWS_REFUSED_TOLD
from onedoor.wire.messages import Mark, TicketRef

TOLD_MS = 120_000
KEPT = "not_taken"
WHAT: Mapping[type, str] = {
    ev.CallRequested: "Next", ev.RequeueRequested: "Waits again", ev.UndoRequested: "Undo", ev.RollSet: "New roll",
    ev.Shown: "Next", ev.CalledLocally: "Next", ev.UndoShown: "Undo", ev.Recalled: "Recall", ev.Started: "Start",
    ev.Ended: "Finish", ev.NoShow: "No-show", ev.Parked: "Park", ev.Transferred: "Send on",
    ev.WalkedIn: "Without a ticket", ev.CounterOpened: "Open counter", ev.CounterClosed: "Close counter",
    ev.CounterPaused: "Pause", ev.CounterResumed: "End the pause", ev.Noted: "Note to the head",
    ev.QueueOutside: "Waiting outside", ev.TimeTold: "Time",
}  # fmt: skip
"""What a clerk calls it, by the row that it was. An appointment has a line of its own until it is made again."""
TODO: Mapping[str, str] = {
    "full": "The hub has no room for more of it. Tell the head.",
    "time": "The date cannot be right. Say the time, then do it again.",
}
AGAIN = "Look at what stands here now, and do it again. Tell the head."
TEXT = "The hub did not take this."
_BRINGS = (ev.WalkedIn, ev.Shown, ev.CalledLocally, ev.UndoShown)
"""Rows without which the counter does not have the person that it shows."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The clerk has touched the line."""


class Untaken(msgspec.Struct, frozen=True):
    """What was not taken, as a clerk calls it, and what to do next: English, and keys of the translations."""

    what: str
    todo: str = AGAIN


@dataclass(slots=True)
class NotTaken:
    """The refused rows of this card: those that were heard of, and those whose effect still stands on the panel."""

    heard: list[RowId] = field(default_factory=list)
    told: Untaken | None = None
    _open: dict[RowId, ev.Event] = field(default_factory=dict)

    def begin(self, kept: str | None) -> None:
        """What the card remembers: which refusals were told before this start."""
        self.heard = msgspec.json.decode(kept, type=list[RowId]) if kept else []

    def keep(self) -> dict[str, str]:
        """As the card keeps it, under its name there."""
        return {KEPT: msgspec.json.encode(self.heard).decode()}

    def hear(self, mark: Mark, journal: Journal) -> bool:
        """What a mark says was refused, lately; whether there is something new of this card."""
        new = [RowId(row) for row in mark.not_taken if row not in self.heard]
        found = {row: fact.event for row in new if (fact := fact_at(journal, row)) is not None}
        self.heard = [*self.heard, *found][-2 * ROWS_REFUSED_TOLD :]
        self._open |= found
        for row, event in found.items():
            if (what := WHAT.get(type(event))) is not None:
                self.told = Untaken(what, TODO.get(mark.not_taken[row], AGAIN))
        return bool(found)

    def settle(self, me: Desk, mark: Mark, now_ms: int) -> bool:
        """Nothing is on its way any more: the desk is as the hub says. Changes the desk; whether there was anything."""
        refused, self._open = self._open, {}
        held = mark.holds[0] if mark.holds else None
        for row, event in refused.items():
            _undo(me, row, event, now_ms)
        if refused:
            _as_told(me, refused, held, now_ms)
        return bool(refused)


def _undo(me: Desk, row: RowId, event: ev.Event, now_ms: int) -> None:
    """What the counter itself is, is again as it was before the row."""
    match event:
        case ev.CounterOpened() if not me.ticket:
            me.open, me.counter, me.queues = False, "", ()
        case ev.CounterClosed(counter) if not me.open:
            me.open, me.counter = True, counter
        case ev.CounterPaused():
            me.paused = ""
        case ev.CounterResumed() if me.open:
            me.paused = "other"
        case ev.CallRequested() | ev.RequeueRequested() | ev.UndoRequested() if me.command == row:
            desk.stand(me, now_ms)


def _as_told(me: Desk, refused: Mapping[RowId, ev.Event], held: TicketRef | None, now_ms: int) -> None:
    """Whom the counter has, by the hub's word. Where the hub has nobody here, only he goes whom a refused row brought:
    of a counter that it does not know it says nobody too.
    """
    if held is not None and (held.ticket != me.ticket or (me.at == At.SERVING) is not held.serving):
        if taken_back(me, held.ticket, serving=held.serving):
            return
        if held.ticket != me.ticket:
            desk.take(me, desk.Person(held.ticket, held.label, held.service, held.cls, held.leg), None)
            me.last = None
        me.at, me.since_ms = At.SERVING if held.serving else At.WALKING, now_ms
    elif held is None and me.ticket in set(_brought(refused)):
        desk.taken_away(me)


def _brought(refused: Mapping[RowId, ev.Event]) -> Iterable[str]:
    for row, event in refused.items():
        if isinstance(event, _BRINGS):
            yield getattr(event, "ticket", row)
