"""The hall board itself: what is shown is what the hub said last, or it says since when not.

Calls stand in a list, newest first, and are announced one after the other (`display.announce`): the announced one is
large. Nothing that was called is hidden by what came after it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from display.announce import MOST_MS, Announcer, Call, Turn
from display.hall_voice import Spoken
from display.time_page import NOT_TOLD, Told
from onedoor.device.box import Box
from onedoor.device.box_time import BoxTime
from onedoor.device.catalogue import Catalogue
from onedoor.device.clock import Clock, local_time
from onedoor.device.config import HallConfig
from onedoor.device.link import LinkNews, Will
from onedoor.device.timers import Timers
from onedoor.hall.center_time import KNOWN, SAID
from onedoor.wire import messages as msg
from onedoor.wire.messages import CallLine

CALLS_SHOWN = 9
TICK_MS = 10_000
ASLEEP_MS = 30 * 60_000
"""After so long without a call, and with nobody waiting and every counter closed, the board is a clock."""
TOLD_BACK_MS = 60_000
BRIEF = 5
"""More than so many wait for their turn: each is said in one language, without the chime, so that none gets too old."""
UNHEARD = 2
CROWDED = 4
"""So many calls within a minute and the rows become small."""


@dataclass(frozen=True, slots=True)
class Line:
    """One call on the board; `recent`: of the last minute."""

    label: str
    counter: str
    order: int
    recalls: int
    recent: bool = False


@dataclass(frozen=True, slots=True)
class DayLine:
    """The public figures of the day."""

    called: int
    within: int
    standard_min: int
    causes: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class BoardView:
    """What the board shows now. `loud`: the call that is announced; `calls`: all of them, newest first; `back`: numbers
    that were called and have to wait again; `asked`: people whom two counters called, with both counters.
    """

    loud: Line | None = None
    calls: tuple[Line, ...] = ()
    waiting: tuple[tuple[str, int], ...] = ()
    fresh: bool = False
    lost_ms: int | None = None
    """Since when (monotonic clock) the hub is not heard."""
    newest: int = 0
    day: DayLine | None = None
    back: tuple[str, ...] = ()
    asked: tuple[tuple[str, tuple[str, ...]], ...] = ()
    picture: str = ""
    ticker: str = ""
    asleep: bool = False
    sides: tuple[tuple[str, str], ...] = ()
    time: Told = NOT_TOLD
    unserved: tuple[str, ...] = ()
    """Queues in which people wait, and no counter is open for them; `unserved_more` others have no room in the news."""
    unserved_more: int = 0

    @property
    def crowded(self) -> bool:
        """Whether many were called within a minute."""
        return sum(line.recent for line in self.calls) > CROWDED


@dataclass(slots=True)
class Board:
    """One hall board; it has nothing to say, so it has no journal."""

    box: Box
    clock: Clock
    catalogue: Catalogue
    config: HallConfig = field(default_factory=HallConfig)
    show: Callable[[BoardView], None] = lambda _: None
    say: Callable[[dict[str, Any]], bool] = lambda _: False
    plan: Callable[[Turn, int | None, bool], dict[str, Any] | None] = lambda *_: None
    hung: Callable[[], None] = lambda: None
    pictures: Callable[[], list[str]] = list
    announcer: Announcer = field(init=False)
    time: BoxTime = field(init=False)
    """What this board believes: its own clocks, and the hub's pulse, which is never old."""
    _loud: Line | None = field(default=None, init=False)
    _saying: int | None = field(default=None, init=False)
    _beacon: msg.Beacon | None = field(default=None, init=False)
    _called_ms: int = field(default=0, init=False)
    """When the list of calls was heard last (monotonic clock)."""
    _before: dict[str, int] = field(default_factory=dict, init=False)
    _back: dict[str, int] = field(default_factory=dict, init=False)
    _step: int = field(default=0, init=False)
    _unheard: int = field(default=0, init=False)
    _found: list[str] = field(default_factory=list, init=False)
    """The pictures that lay in the folder at the last look."""

    def __post_init__(self) -> None:
        self.time = BoxTime(self.clock)
        self.announcer = Announcer(self.config.repeats, round(self.config.least_s * 1000))
        self.box.changed = self._show

    @property
    def timers(self) -> Timers:
        """The box's timers."""
        return self.box.timers

    def on_start(self) -> None:
        """Nothing is known yet: the board says so."""
        self.box.lost_ms = self.clock.mono_ms()
        self.box.needs.start()
        self._tick()

    def on_news(self, news: LinkNews) -> None:
        """The link came, went, or brought a message."""
        before = self.box.hall.called
        match self.box.on_news(news):
            case msg.Pulse() | msg.Beacon() as told:
                self._hear_time(told)
        if self.box.hall.called is not before:
            self._hear()
        self._show()

    def on_wish(self, wish: object) -> None:
        """A board has no buttons; its voice says when it is done, and how it is."""
        if isinstance(wish, Spoken):
            self._spoken(wish.said)
        self.box.needs.hear(wish)
        if isinstance(wish, Spoken) and wish.number == self._saying:
            self._saying = None
            self._turn()
            self._show()

    def on_stop(self) -> Will:
        """A clean end."""
        return self.box.presence("disconnected")

    # -- inside -------------------------------------------------------------------------------------

    def _hear_time(self, told: msg.Pulse | msg.Beacon) -> None:
        """The hub's time. A pulse is never kept; a beacon may be, so only one that follows another tells the time."""
        if isinstance(told, msg.Beacon):
            fresh = self._beacon is not None and told != self._beacon
            self._beacon = told
            if not fresh:
                return
        how = KNOWN if told.trusted else SAID if told.said else ""
        if told.hub_time_ms:
            withdrawn = told.withdrawn if isinstance(told, msg.Pulse) else self.time.withdrawn
            self.time.hear_hub(told.hub_time_ms, how, 0, 0, withdrawn)

    def _spoken(self, said: bool) -> None:
        """One call that was not heard is an accident; several in a row need a hand."""
        self._unheard = 0 if said else self._unheard + 1
        if said or self._unheard >= UNHEARD:
            self.box.needs.set("voice", needed=not said)

    def _ours(self) -> list[CallLine]:
        """The hub's calls in this board's zone, newest first."""
        called = self.box.hall.called
        zone = self.config.counters
        return [c for c in called.calls if not zone or c.counter in zone] if called else []

    def _hear(self) -> None:
        called = self.box.hall.called
        assert called is not None
        now, calls = self.clock.mono_ms(), self._ours()
        self._called_ms = now
        age = {c.order: max(0, called.at_ms - c.at_ms) for c in calls}
        heard = [(Call(c.label, c.counter, c.order, c.recalls, c.lang), age[c.order]) for c in calls]
        gone = self._before.keys() - {c.label for c in calls}
        oldest = min((c.order for c in calls), default=0)
        for label in gone:
            if self._before[label] > oldest:
                self._back[label] = now + TOLD_BACK_MS
        for c in calls:
            self._back.pop(c.label, None)
        self._before = {c.label: c.order for c in reversed(calls)}
        self.announcer.hear(heard, now)
        self._turn()

    def _turn(self) -> None:
        """Whose turn it is; the voice is told."""
        now = self.clock.mono_ms()
        held = self.announcer.now
        if held is not None and self._saying is not None and now - held.begun_ms >= MOST_MS:
            self._saying = None
            self.hung()
        turn = self.announcer.turn(now, spoken=self._saying is None)
        if turn is not None:
            call = turn.call
            self._loud = Line(call.label, call.counter, call.order, call.recalls)
            at_ms = self.time.now.ms
            at = local_time(at_ms, self.time.zone) if at_ms is not None else None
            brief = len(self.announcer.waiting) > BRIEF
            wish = self.plan(turn, at.hour * 60 + at.minute if at is not None else None, brief)
            heard = wish is not None and not turn.silent and self.say(wish)
            self._saying = wish["id"] if wish is not None and heard else None
        held = self.announcer.now
        if held is not None:
            until = held.begun_ms + (self.announcer.least_ms if self._saying is None else MOST_MS)
            self.timers.start("turn", max(1, until - now), self._turn_and_show)

    def _turn_and_show(self) -> None:
        self._turn()
        self._show()

    def _tick(self) -> None:
        """Pictures and the ticker go on."""
        self._step += 1
        self._found = self.pictures()
        self.timers.start("tick", TICK_MS, self._tick)
        self._show()

    def _show(self) -> None:
        hall, now = self.box.hall, self.clock.mono_ms()
        calls = self._ours()
        at_ms = hall.called.at_ms if hall.called else 0
        queues = hall.waiting.queues if hall.waiting else {}
        zone = self.config.counters
        newest = {c.order for c in hall.called.standing()} if hall.called else set()
        standing = [c for c in calls if c.order in newest][:CALLS_SHOWN]
        lines = tuple(Line(c.label, c.counter, c.order, c.recalls, at_ms - c.at_ms < 60_000) for c in standing)
        alive = {c.label for c in calls}
        loud = self._loud if self._loud is not None and self._loud.label in alive else lines[0] if lines else None
        self._back = {label: until for label, until in self._back.items() if until > now}
        asked = hall.day.collided if hall.day else []
        idle = hall.waiting is not None and not hall.waiting.open_counters and not sum(queues.values())
        told = self.time.now
        quiet = not calls or at_ms - calls[0].at_ms + now - self._called_ms > ASLEEP_MS
        self.show(
            BoardView(
                loud=loud, calls=lines,
                waiting=tuple((s.id, queues.get(s.queue, 0)) for s in self.catalogue.services),
                fresh=self.box.fresh, lost_ms=self.box.lost_ms, newest=calls[0].order if calls else 0,
                day=self._day(), back=tuple(sorted(self._back)),
                asked=tuple((label, tuple(c)) for label, c in asked if not zone or set(c) & set(zone)),
                picture=self._picture(), ticker=self._ticker(), asleep=idle and quiet and self.box.fresh,
                sides=tuple(sorted(self.config.sides.items())),
                time=Told(told.ms - now if told.ms is not None else None, told.known, self.time.zone),
                unserved=tuple(hall.waiting.unserved()) if hall.waiting else (),
                unserved_more=hall.waiting.alone_more if hall.waiting else 0,
            )
        )  # fmt: skip

    def _day(self) -> DayLine | None:
        day = self.box.hall.day
        return DayLine(day.called, day.within, day.standard_min, tuple(sorted(day.causes.items()))) if day else None

    def _picture(self) -> str:
        """One picture, then the list of those who wait, then the next picture."""
        found = self._found
        turn = self._step * TICK_MS // (self.config.picture_s * 1000)
        return found[turn // 2 % len(found)] if found and turn % 2 else ""

    def _ticker(self) -> str:
        lines = self.config.ticker
        return lines[self._step // 2 % len(lines)] if lines else ""
