"""The counter panel itself: one open command at a time, exactly one closing row for each.

    idle --NEXT--> open --answer--> walking --START--> serving --END/NEXT--> idle

Policy: a wish is on the panel's card before it leaves, a ticket before it is shown. Ten seconds
without an answer (two once it is known that the hub is away) and the panel calls from the last
list it has, taking the share of it that is its own, so that cut-off counters seldom call the same
person. What happened then is judged by the hub when it is back: nothing is ever "released" here.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from zlib import crc32

import msgspec

from onedoor import __version__
from onedoor.device.box import Box
from onedoor.device.clock import Clock
from onedoor.device.link import LinkNews, Will
from onedoor.device.sender import Sender
from onedoor.device.timers import Timers
from onedoor.hall import events as ev
from onedoor.hall.events import RowId
from onedoor.wire import messages as msg

log = logging.getLogger("onedoor.panel")

PATIENCE_MS = 10_000
PATIENCE_DEGRADED_MS = 2_000


class Press(StrEnum):
    """What a clerk presses, on the screen, on the button box or on a keyboard."""

    NEXT = "next"
    RECALL = "recall"
    START = "start"
    END = "end"
    NO_SHOW = "no_show"
    OPEN = "open"
    CLOSE = "close"


class At(StrEnum):
    """Where the counter stands."""

    IDLE = "idle"
    ASKING = "asking"
    WALKING = "walking"
    SERVING = "serving"


@dataclass(slots=True)
class Memory:
    """What a panel must know at start; kept on its card in the transaction of the row that changed it."""

    open: bool = False
    command: str = ""
    ticket: str = ""
    label: str = ""
    service: str = ""
    entered_ms: int = 0
    at: str = At.IDLE
    since_ms: int = 0
    called_ms: int = 0


@dataclass(frozen=True, slots=True)
class Seat:
    """One ticket of the waiting list, as the clerk sees it."""

    label: str
    service: str
    waited_min: int


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


@dataclass(slots=True)
class Panel:
    """One counter's panel."""

    box: Box
    sender: Sender
    clock: Clock
    counter: str
    queues: tuple[str, ...]
    show: Callable[[PanelView], None] | None = None
    me: Memory = field(default_factory=Memory, init=False)
    degraded: bool = field(default=False, init=False)
    _nobody: bool = field(default=False, init=False)
    _taken: set[str] = field(default_factory=set, init=False)
    _pressed: int = field(default=0, init=False)

    @property
    def timers(self) -> Timers:
        """The box's timers."""
        return self.box.timers

    # -- what the runner calls ----------------------------------------------------------------------

    def on_start(self) -> None:
        """Go on where the card says; tell the hub which command is still open."""
        kept = self.sender.journal.kept("memory")
        if kept:
            self.me = msgspec.json.decode(kept, type=Memory)
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
        """A press."""
        self._pressed += 1
        match wish:
            case Press.OPEN if not self.me.open:
                self.me.open = True
                self._write(ev.CounterOpened(self.counter, self.queues))
            case Press.CLOSE if self.me.open and self.me.at is not At.ASKING:
                self._end(auto=True)
                self.me.open = False
                self._write(ev.CounterClosed(self.counter))
            case Press.NEXT if self.me.open and self.me.at != At.ASKING:
                self._next()
            case Press.RECALL if self.me.at in (At.WALKING, At.SERVING):
                self._write(ev.Recalled(RowId(self.me.ticket)))
            case Press.START if self.me.at == At.WALKING:
                self.me.at, self.me.since_ms = At.SERVING, self.clock.wall_ms()
                self._write(ev.Started(RowId(self.me.ticket)))
            case Press.END if self.me.at in (At.WALKING, At.SERVING):
                self._end(auto=False)
            case Press.NO_SHOW if self.me.at == At.WALKING:
                ticket = self._leave()
                self._write(ev.NoShow(ticket))
        self._show()

    def on_stop(self) -> Will:
        """A clean end."""
        self._write(clean="yes")
        self.sender.journal.close()
        return self.box.presence("disconnected")

    # -- inside -------------------------------------------------------------------------------------

    def _leave(self) -> RowId:
        ticket = RowId(self.me.ticket)
        self.me.ticket = self.me.label = self.me.service = ""
        self.me.at, self.me.since_ms = At.IDLE, self.clock.wall_ms()
        return ticket

    def _end(self, *, auto: bool) -> None:
        if self.me.at in (At.WALKING, At.SERVING):
            self._write(ev.Ended(self._leave(), auto=auto))

    def _next(self) -> None:
        """END of the current one, if any, and the wish, in one transaction."""
        events: list[ev.Event] = []
        if self.me.ticket:
            events.append(ev.Ended(self._leave(), auto=True))
        events.append(ev.CallRequested(self.counter, self.queues))
        journal = self.sender.journal
        seq = next((s.count for s in journal.spans if s.run == journal.run), 0) + len(events)
        self.me.command = ev.row_id(journal.dev, journal.run, seq)
        self.me.at, self.me.since_ms = At.ASKING, self.clock.wall_ms()
        self._nobody = False
        self._write(*events)
        patience = PATIENCE_DEGRADED_MS if self.degraded else PATIENCE_MS
        self.timers.start("patience", patience, self._lose_patience)

    def _answered(self, mark: msg.Mark) -> None:
        """The mark may answer the open command; answers to closed commands mean nothing."""
        command = RowId(self.me.command)
        if not command or command not in mark.calls:
            return
        self.timers.cancel("patience")
        ticket = mark.calls[command]
        if ticket is None:
            self._close(At.IDLE)
            self._nobody = True
            self._write(ev.NoneShown(command))
        else:
            self._take(ticket)
            self._write(ev.Shown(command, RowId(ticket.ticket)))

    def _lose_patience(self) -> None:
        command = RowId(self.me.command)
        if not command:
            return
        self.degraded = True
        mine = self._mine()
        if mine is None:
            self._close(At.IDLE)
            self._nobody = True
            self._write(ev.GaveUp(command))
        else:
            self._taken.add(mine.ticket)
            self._take(mine)
            self._write(ev.CalledLocally(command, RowId(mine.ticket)))
        self._show()

    def _mine(self) -> msg.TicketRef | None:
        """The first of my share of the last known list."""
        waiting = self.box.hall.waiting
        if waiting is None:
            return None
        counters = waiting.open_counters
        place = counters.index(self.box.dev) if self.box.dev in counters else 0
        share = max(1, len(counters))
        for ticket in waiting.line:
            ours = ticket.queue in self.queues and ticket.ticket not in self._taken
            if ours and crc32(ticket.label.encode()) % share == place % share:
                return ticket
        return None

    def _take(self, ticket: msg.TicketRef) -> None:
        self._close(At.WALKING)
        self.me.ticket, self.me.label, self.me.service = ticket.ticket, ticket.label, ticket.service
        self.me.entered_ms, self.me.called_ms = ticket.entered_ms, self.me.since_ms

    def _close(self, at: At) -> None:
        self.me.command, self.me.at, self.me.since_ms = "", at, self.clock.wall_ms()

    def _write(self, *events: ev.Event, **keep: str) -> None:
        self.sender.append(*events, keep={"memory": msgspec.json.encode(self.me).decode(), **keep})

    def _show(self) -> None:
        if self.show is None:
            return
        me, waiting = self.me, self.box.hall.waiting
        now = self.sender.hub_time_ms() or self.clock.wall_ms()
        line = [t for t in waiting.line if t.queue in self.queues] if waiting else []
        line = [t for t in line if t.ticket not in self._taken and t.ticket != me.ticket]
        count = sum(waiting.queues.get(q, 0) for q in self.queues) if waiting else 0
        self.show(
            PanelView(
                counter=self.counter,
                queues=self.queues,
                open=me.open,
                at=At(me.at),
                label=me.label,
                service=me.service,
                since_ms=me.since_ms,
                waited_min=max(0, me.called_ms - me.entered_ms) // 60_000 if me.entered_ms else 0,
                line=tuple(Seat(t.label, t.service, max(0, now - t.entered_ms) // 60_000) for t in line[:5]),
                waiting=max(count, len(line)),
                fresh=self.box.fresh,
                degraded=self.degraded,
                nobody=self._nobody,
                lost_wall_ms=self.box.lost_wall_ms,
                unsent=self.sender.unsent,
                pressed=self._pressed,
            )
        )
