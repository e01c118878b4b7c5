"""A day of a log, told again to the real board and panels, at any speed.

Policy. Nothing is decided and nothing is kept: the rows are folded as they stand, and what screens are told is
computed from that fold by the hub's own functions, so a figure on the board is the figure of that moment. Only in
what is told, moments are moved: a wait is as long as it was, and a call is as old as the replay is quick. The topics
are those of a center of its own; no box of the real one hears them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from msgspec import Struct
from msgspec.structs import replace as replaced

from broker.news import NEWS, parts_of
from onedoor import __version__
from onedoor.device.clock import Clock
from onedoor.device.link import Link, LinkNews, LinkUp, Will
from onedoor.device.timers import Timers
from onedoor.hall.events import HUB
from onedoor.hall.ledger import Ledger, changes, replayed
from onedoor.hall.zone import day_of
from onedoor.wire import messages as msg
from onedoor.wire.rows import LogRow
from onedoor.wire.topics import Topics

STEP_MS = 100
PULSE_MS = 1_000
PAUSE_MS = 4_000
"""So long nothing happens before the first row and after the last one."""


class NoSuchDay(Exception):
    """The log has no row of this day."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How moments of the log become moments of now. Milliseconds since 1970."""

    log_ms: int
    now_ms: int
    speed: float

    def now(self, log_ms: int) -> int:
        """When something of the log happens in the replay."""
        return self.now_ms + int((log_ms - self.log_ms) / self.speed)

    def then(self, now_ms: int) -> int:
        """Which moment of the log it is."""
        return self.log_ms + int((now_ms - self.now_ms) * self.speed)

    def moved(self, news: Struct, now_ms: int) -> Struct:
        """What a screen is told, with its moments moved to now."""
        match news:
            case msg.CalledNews():
                calls = [replaced(call, at_ms=self.now(call.at_ms)) for call in news.calls]
                return replaced(news, at_ms=now_ms, calls=calls)
            case msg.Waiting():
                by = now_ms - self.then(now_ms)
                line = [replaced(ref, entered_ms=ref.entered_ms + by) for ref in news.line]
                return replaced(news, at_ms=now_ms, line=line)
            case _:
                return replaced(news, at_ms=now_ms)


@dataclass(slots=True)
class Replay:
    """The device that plays. `ended` is called when the day is over."""

    rows: Iterator[LogRow]
    day: str
    speed: float
    link: Link
    clock: Clock
    topics: Topics
    ended: Callable[[], None] = lambda: None
    timers: Timers = field(init=False)
    ledger: Ledger = field(default_factory=Ledger)
    played: int = 0
    _pace: Pace | None = None
    _next: LogRow | None = None
    _last_seq: int = 0
    _dirty: set[str] = field(default_factory=lambda: set(NEWS))
    _start: msg.Start = field(init=False)

    def __post_init__(self) -> None:
        self.timers = Timers(self.clock)
        self._start = msg.Start(1, 1, f"{self.clock.wall_ms():016x}"[-16:])

    def on_start(self) -> None:
        """Fold everything before the day. NoSuchDay if it is not in the log."""
        for row in self.rows:
            if day_of(row.t_recv, self.ledger.hall.time.zone) == self.day:
                self._next = row
                break
            self._fold(row)
            self.ledger.hall.changed.clear()
        if self._next is None:
            raise NoSuchDay(f"The log has no row of {self.day}.")
        changes(self.ledger)
        self._pace = Pace(self._next.t_recv, self.clock.wall_ms() + PAUSE_MS, self.speed)
        self._step()

    def on_news(self, news: LinkNews) -> None:
        """A new link is told everything; nobody else is listened to."""
        if isinstance(news, LinkUp):
            self.link.publish(self.topics.presence(HUB), self._presence("ready"), retain=True)
            info = msg.Info(msg.VERSION, HUB, __version__, 1)
            self.link.publish(self.topics.info(HUB), msg.encode(info), retain=True)
            self._dirty = set(NEWS)
            self._pulse()

    def on_wish(self, wish: object) -> None:
        """There is nothing to wish for."""

    def on_stop(self) -> Will:
        """Say that this hub leaves."""
        return Will(self.topics.presence(HUB), self._presence("disconnected"))

    def _step(self) -> None:
        """Fold what has happened by now, and tell it."""
        assert self._pace is not None
        now = self.clock.wall_ms()
        while self._next is not None and self._pace.now(self._next.t_recv) <= now:
            self._fold(self._next)
            self.played += 1
            row = next(self.rows, None)
            self._next = row if row is not None and day_of(row.t_recv, self.ledger.hall.time.zone) == self.day else None
        self._dirty |= parts_of(changes(self.ledger))
        stamp = (msg.VERSION, self._start, self._last_seq, self._pace.then(now))
        for name in sorted(self._dirty):
            news = self._pace.moved(NEWS[name](self.ledger.hall, stamp), now)
            self.link.publish(self.topics.state(name), msg.encode(news), retain=True)
        self._dirty = set()
        if self._next is None:
            self.timers.start("end", PAUSE_MS, self.ended)
        else:
            self.timers.start("step", STEP_MS, self._step)

    def _fold(self, row: LogRow) -> None:
        replayed(self.ledger, row.dev, row.run, row.seq, row.event, row.dated)
        self._last_seq = row.hub_seq

    def _pulse(self) -> None:
        beacon = msg.Beacon(msg.VERSION, self._start, self.clock.wall_ms(), True, self._last_seq, "0" * 64, {})
        self.link.publish(self.topics.beacon(), msg.encode(beacon), retain=True)
        self.link.publish(
            self.topics.pulse(), msg.encode(msg.Pulse(msg.VERSION, self._start, self.clock.wall_ms(), trusted=True))
        )
        self._dirty.add("day")
        self.timers.start("pulse", PULSE_MS, self._pulse)

    def _presence(self, state: str) -> bytes:
        return msg.encode(msg.Presence(msg.VERSION, state, 1))
