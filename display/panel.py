"""The counter panel itself: one open command at a time, exactly one closing row for each.

What a clerk can do, and when, stands in `onedoor.hall.desk`.

Policy: a wish is on the panel's card before it leaves, a ticket before it is shown. Ten seconds
without an answer (two once it is known that the hub is away) and the panel calls from the last
list it has, taking the share of it that is its own, so that cut-off counters seldom call the same
person. What happened then is judged by the hub when it is back: nothing is ever "released" here.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING
from zlib import crc32

import msgspec

from display.gestures import Edge, Face
from display.menu import AsClerk, BookIn, Go, Menu, MenuWish, Promise, SignIn, after
from display.signing import SignIns
from onedoor import __version__
from onedoor.device.box import Box
from onedoor.device.clock import Clock
from onedoor.device.link import LinkNews, Will
from onedoor.device.sender import Sender
from onedoor.device.timers import Timers
from onedoor.hall import desk
from onedoor.hall import events as ev
from onedoor.hall.desk import At, Desk, Place
from onedoor.hall.events import RowId
from onedoor.hall.refusals import Refusal
from onedoor.hall.state import UNDONE, served_by
from onedoor.hall.tickets import day_of
from onedoor.wire import messages as msg

if TYPE_CHECKING:
    from display.hands import Hands

log = logging.getLogger("onedoor.panel")

PATIENCE_MS = 10_000
PATIENCE_DEGRADED_MS = 2_000
REFUSAL_STAYS_MS = 6_000
REFUSALS = frozenset(refusal.value for refusal in Refusal)


class Press(StrEnum):
    """What a clerk presses, on the screen, on the button box or on a keyboard."""

    NEXT = "next"
    RECALL = "recall"
    START = "start"
    END = "end"
    NO_SHOW = "no_show"
    OPEN = "open"
    CLOSE = "close"


PRESSES: dict[Press, desk.Action] = {
    Press.NEXT: desk.Next(),
    Press.RECALL: desk.Recall(),
    Press.START: desk.Start(),
    Press.END: desk.End(),
    Press.NO_SHOW: desk.NoShow(),
    Press.OPEN: desk.Open(),
    Press.CLOSE: desk.Close(),
}
"""What each button means."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One ticket of the waiting list, as the clerk sees it."""

    label: str
    service: str
    waited_min: int
    cls: str = "N"
    note: str = ""


@dataclass(slots=True)
class Own:
    """The counter's own figures of a day: how many were served, and how long that took in all."""

    day: str = ""
    served: int = 0
    service_ms: int = 0

    @property
    def mean_min(self) -> int:
        """Minutes a service took, rounded; 0 if there was none."""
        return round(self.service_ms / self.served / 60_000) if self.served else 0


@dataclass(frozen=True, slots=True)
class PanelView:
    """What the panel shows now. Times are wall clock milliseconds of this box."""

    counter: str
    queues: tuple[str, ...]
    open: bool = False
    at: At = At.IDLE
    label: str = ""
    service: str = ""
    since_ms: int = 0
    waited_min: int = 0
    line: tuple[Seat, ...] = ()
    waiting: int = 0
    fresh: bool = False
    degraded: bool = False
    nobody: bool = False
    lost_wall_ms: int | None = None
    unsent: int = 0
    pressed: int = 0
    refusal: str = ""
    paused: str = ""
    clerk: str = ""
    cls: str = "N"
    leg: int = 1
    menu: Menu = field(default_factory=Menu)
    me: Desk = field(default_factory=Desk)
    booked: tuple[str, int] | None = None
    alarms: tuple[tuple[str, str], ...] = ()
    """What other boxes need a hand for: box and code."""
    notice: str = ""
    also: tuple[str, ...] = ()
    """The other counters that called this person while they were cut off from each other."""
    clerks: tuple[str, ...] = ()
    mine: Own = field(default_factory=Own)
    question: str = ""
    """What the citizen may be asked just now."""
    told: int = 0
    """Rises with every call and recall here."""

    @property
    def newest(self) -> int:
        """Which call a frame shows, for those who measure."""
        return self.told


@dataclass(slots=True)
class Panel:
    """One counter's panel."""

    box: Box
    sender: Sender
    clock: Clock
    counter: str
    queues: tuple[str, ...]
    show: Callable[[PanelView], None] | None = None
    services: dict[str, str] = field(default_factory=dict)
    """Queue of the first leg of every service."""
    all_queues: frozenset[str] = frozenset()
    sign_ins: SignIns = field(default_factory=SignIns)
    questions: tuple[str, ...] = ()
    hands: "Hands | None" = None
    me: Desk = field(default_factory=Desk, init=False)
    refusal: Refusal | None = field(default=None, init=False)
    menu: Menu = field(default_factory=Menu, init=False)
    booked: tuple[str, int] | None = field(default=None, init=False)
    """The newest appointment made here: its code, and when."""
    degraded: bool = field(default=False, init=False)
    _nobody: bool = field(default=False, init=False)
    _taken: set[str] = field(default_factory=set, init=False)
    _pressed: int = field(default=0, init=False)
    _own: Own = field(default_factory=Own, init=False)
    _told: int = field(default=0, init=False)
    _asked: int = field(default=0, init=False)
    view: PanelView | None = field(default=None, init=False)
    """What is shown now."""

    @property
    def timers(self) -> Timers:
        """The box's timers."""
        return self.box.timers

    # -- what the runner calls ----------------------------------------------------------------------

    def on_start(self) -> None:
        """Go on where the card says; tell the hub which command is still open."""
        kept = self.sender.journal.kept("memory")
        if kept:
            self.me = msgspec.json.decode(kept, type=Desk)
        own = self.sender.journal.kept("own")
        self._own = msgspec.json.decode(own, type=Own) if own else Own()
        self.box.changed = self._show
        self.box.needs.start()
        command = RowId(self.me.command) if self.me.command else None
        clean = self.sender.journal.length == 0 or self.sender.journal.kept("clean") == "yes"
        self._write(ev.Booted(__version__, command, clean=clean, volatile=self.box.volatile), clean="no")
        if command:
            self.timers.start("patience", PATIENCE_MS, self._lose_patience)
        self._show()

    def on_news(self, news: LinkNews) -> None:
        """The link came, went, or brought a message."""
        match self.box.on_news(news):
            case msg.Mark() as mark:
                self.degraded = False
                self._taken.clear()
                self._answered(mark)
        self._show()

    def on_wish(self, wish: object) -> None:
        """A press, or one of the actions of `onedoor.hall.desk`."""
        if isinstance(wish, Edge | Face):
            if self.hands is not None:
                self.hands.edge(wish, self.view) if isinstance(wish, Edge) else self.hands.face(wish)
            self._show()
            return
        if self.box.needs.hear(wish):
            self._show()
            return
        self._pressed += 1
        if wish is Press.OPEN and self.sign_ins.pins:
            wish = Go("clerk")
        if isinstance(wish, SignIn):
            wish = self._signed_in(wish)
        if isinstance(wish, MenuWish):
            self.menu = after(self.menu, wish)
            self._show()
            return
        self.menu = Menu()
        action = PRESSES.get(wish, wish) if isinstance(wish, Press) else wish
        if isinstance(wish, BookIn):
            action = self._booking(wish)
        elif isinstance(wish, Promise):
            action = desk.End(promised=day_of(self._now_ms() + wish.days * 86_400_000))
        found = desk.act(self.me, action, self.clock.wall_ms(), self._place(), self._rid_of)  # type: ignore[arg-type]
        if isinstance(found, Refusal):
            self._refuse(found)
        else:
            before, (self.me, events) = self.me, found
            self._count(before, events)
            if not isinstance(wish, BookIn):
                self.booked = None
            self.refusal = None
            self._write(*events)
            if self.me.command and not self.timers.running("patience"):
                self._nobody = False
                patience = PATIENCE_DEGRADED_MS if self.degraded else PATIENCE_MS
                self.timers.start("patience", patience, self._lose_patience)
        self._show()

    def on_stop(self) -> Will:
        """A clean end."""
        self._write(clean="yes")
        self.sender.journal.close()
        return self.box.presence("disconnected")

    # -- inside -------------------------------------------------------------------------------------

    def _signed_in(self, wish: SignIn) -> object:
        """Who knows the PIN opens the counter under the clerk's pseudonym; else the page stands again."""
        why = self.sign_ins.why_not(wish.who, wish.pin, self.clock.mono_ms())
        if why is None:
            return desk.Open(wish.who)
        self._refuse(why)
        return AsClerk(wish.who) if why is Refusal.WRONG_PIN else Go("")

    def _count(self, before: Desk, events: list[ev.Event]) -> None:
        """Own figures, and the faces of whoever has just been served."""
        today = day_of(self._now_ms())
        if self._own.day != today:
            self._own = Own(today)
        for event in events:
            if isinstance(event, ev.Ended) and event.outcome != "withdrawn":
                begun = before.since_ms if before.at == At.SERVING else self.clock.wall_ms()
                self._own.served += 1
                self._own.service_ms += max(0, self.clock.wall_ms() - begun)
                if self.hands is not None:
                    self.hands.ended(event.ticket)
            if isinstance(event, ev.Recalled):
                self._told += 1

    def rated(self, ticket: str, score: int, of: int) -> None:
        """A citizen said how it was."""
        question = self.questions[self._asked % len(self.questions)] if self.questions else ""
        self._asked += 1
        self._write(ev.Rated(RowId(ticket), score, of, question))
        self._show()

    def _also(self) -> tuple[str, ...]:
        """The other counters that hold the person who is here."""
        day = self.box.hall.day
        found = next((c for label, c in day.collided if label == self.me.label), []) if day and self.me.label else []
        return tuple(c for c in found if c != self.counter)

    def _alarms(self) -> tuple[tuple[str, str], ...]:
        """What boxes need a hand for; this one's own is known without the bus."""
        told = self.box.hall.alarms | {self.box.dev: tuple(self.box.all_alarms)}
        return tuple((dev, code) for dev, codes in sorted(told.items()) for code in codes)

    def _place(self) -> Place:
        return Place(self.counter, self.queues, self.services, self.all_queues)

    def _rid_of(self, i: int) -> RowId:
        journal = self.sender.journal
        seq = next((s.count for s in journal.spans if s.run == journal.run), 0) + 1 + i
        return ev.row_id(journal.dev, journal.run, seq)

    def _refuse(self, why: Refusal) -> None:
        """Say for a while why nothing happened."""
        self.refusal = why
        self.timers.start("refusal", REFUSAL_STAYS_MS, self._forget_refusal)

    def _booking(self, wish: BookIn) -> desk.Book:
        """An appointment under a code of five digits, which the row's own name gives."""
        now = self._now_ms()
        code = f"{crc32(self._rid_of(0).encode()) % 100_000:05d}"
        self.booked = (code, now + wish.minutes * 60_000)
        return desk.Book(code, wish.service, self.booked[1])

    def _now_ms(self) -> int:
        return self.sender.hub_time_ms() or self.clock.wall_ms()

    def _forget_refusal(self) -> None:
        self.refusal = None
        self._show()

    def _answered(self, mark: msg.Mark) -> None:
        """The mark may answer the open command; answers to closed commands mean nothing."""
        command = RowId(self.me.command)
        if not command or command not in mark.calls:
            return
        self.timers.cancel("patience")
        ticket, code = mark.calls[command], mark.codes.get(command, "")
        if ticket is not None:
            self._take(ticket)
            shown = ev.Shown(command, RowId(ticket.ticket))
            undone = ev.UndoShown(command, shown.ticket, here=True, serving=ticket.serving)
            self._write(undone if code == UNDONE else shown)
            return
        if code == UNDONE and self.me.ticket:
            away = ev.UndoShown(command, RowId(self.me.ticket), here=False)
            desk.taken_away(self.me)
            self._close(At.IDLE)
            self._write(away)
            return
        if code in REFUSALS and code != Refusal.EMPTY:
            self._refuse(Refusal(code))
        self._nobody = self.me.wish == "Next" and code in ("", Refusal.EMPTY)
        self._close(At(self.me.was) if self.me.ticket else At.IDLE)
        self._write(ev.NoneShown(command))

    def _lose_patience(self) -> None:
        command = RowId(self.me.command)
        if not command:
            return
        self.degraded = True
        mine = self._mine() if self.me.wish in ("", "Next") else None
        if mine is not None:
            self._taken.add(mine.ticket)
            self._take(mine)
            self._write(ev.CalledLocally(command, RowId(mine.ticket)))
        else:
            if self.me.wish in ("", "Next"):
                self._nobody = True
            else:
                self._refuse(Refusal.NO_HUB)
            still = RowId(self.me.ticket) if self.me.wish == "Undo" else RowId("")
            self._close(At(self.me.was) if self.me.ticket else At.IDLE)
            # The hub may have undone a call without our hearing of it: what stands here counts.
            here = ev.UndoShown(command, still, here=True, serving=self.me.at == At.SERVING)
            self._write(here if still else ev.GaveUp(command))
        self._show()

    def _mine(self) -> msg.TicketRef | None:
        """The first of my share of the last known list."""
        waiting = self.box.hall.waiting
        if waiting is None:
            return None
        counters = waiting.open_counters
        mine = served_by(self.counter, self.me.clerk, self.queues)
        place = counters.index(self.box.dev) if self.box.dev in counters else 0
        share = max(1, len(counters))
        for ticket in waiting.line:
            ours = ticket.queue in mine and ticket.ticket not in self._taken
            if ours and crc32(ticket.label.encode()) % share == place % share:
                return ticket
        return None

    def _take(self, ticket: msg.TicketRef) -> None:
        self._close(At.SERVING if ticket.serving else At.WALKING)
        desk.take(self.me, RowId(ticket.ticket), ticket.label, ticket.service, ticket.entered_ms)
        self.me.cls, self.me.leg = ticket.cls, ticket.leg
        self._told += 1

    def _close(self, at: At) -> None:
        desk.close_wish(self.me, at, self.clock.wall_ms())

    def _write(self, *events: ev.Event, **keep: str) -> None:
        self.sender.append(*events, keep={**self._kept(), **keep})

    def _kept(self) -> dict[str, str]:
        return {"memory": msgspec.json.encode(self.me).decode(), "own": msgspec.json.encode(self._own).decode()}

    def _show(self) -> None:
        if self.show is None:
            return
        me, waiting = self.me, self.box.hall.waiting
        now = self._now_ms()
        ours = served_by(self.counter, me.clerk, self.queues)
        line = [t for t in waiting.line if t.queue in ours] if waiting else []
        line = [t for t in line if t.ticket not in self._taken and t.ticket != me.ticket]
        count = sum(waiting.queues.get(q, 0) for q in ours) if waiting else 0
        day = self.box.hall.day
        asks = self.questions and self.hands is not None and self.hands.faces.ticket
        self.view = PanelView(
            counter=self.counter,
            queues=self.queues,
            open=me.open,
            at=At(me.at),
            label=me.label,
            service=me.service,
            since_ms=me.since_ms,
            waited_min=max(0, me.called_ms - me.entered_ms) // 60_000 if me.entered_ms else 0,
            line=tuple(Seat(t.label, t.service, max(0, now - t.entered_ms) // 60_000, t.cls, t.note) for t in line[:5]),
            waiting=max(count, len(line)),
            fresh=self.box.fresh,
            degraded=self.degraded,
            nobody=self._nobody,
            lost_wall_ms=self.box.lost_wall_ms,
            unsent=self.sender.unsent,
            pressed=self._pressed,
            refusal=self.refusal.value if self.refusal else "",
            paused=me.paused,
            clerk=me.clerk,
            cls=me.cls,
            leg=me.leg,
            menu=self.menu,
            booked=self.booked,
            alarms=self._alarms(),
            me=replace(me, parked=list(me.parked)),
            notice=day.notice if day else "",
            also=self._also(),
            clerks=tuple(sorted(self.sign_ins.pins)),
            mine=replace(self._own),
            question=self.questions[self._asked % len(self.questions)] if asks else "",
            told=self._told,
        )
        self.show(self.view)
