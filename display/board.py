"""The hall board itself: what is shown is what the hub said last, or it says since when not."""

from collections.abc import Callable
from dataclasses import dataclass

from onedoor.device.box import Box
from onedoor.device.catalogue import Catalogue
from onedoor.device.clock import Clock
from onedoor.device.link import LinkNews, Will
from onedoor.device.timers import Timers

CALLS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One call on the board."""

    label: str
    counter: str
    order: int
    recalls: int


@dataclass(frozen=True, slots=True)
class BoardView:
    """What the board shows now."""

    calls: tuple[Line, ...] = ()
    waiting: tuple[tuple[str, int], ...] = ()
    fresh: bool = False
    lost_wall_ms: int | None = None
    newest: int = 0


@dataclass(slots=True)
class Board:
    """One hall board; it has nothing to say, so it has no journal."""

    box: Box
    clock: Clock
    catalogue: Catalogue
    show: Callable[[BoardView], None] = lambda _: None

    @property
    def timers(self) -> Timers:
        """The box's timers."""
        return self.box.timers

    def on_start(self) -> None:
        """Nothing is known yet: the board says so."""
        self.box.lost_wall_ms = self.clock.wall_ms()
        self._show()

    def on_news(self, news: LinkNews) -> None:
        """The link came, went, or brought a message."""
        self.box.on_news(news)
        self._show()

    def on_wish(self, wish: object) -> None:
        """A board has no buttons."""

    def on_stop(self) -> Will:
        """A clean end."""
        return self.box.presence("disconnected")

    def _show(self) -> None:
        hall = self.box.hall
        calls = hall.called.calls if hall.called else []
        queues = hall.waiting.queues if hall.waiting else {}
        self.show(
            BoardView(
                calls=tuple(Line(c.label, c.counter, c.order, c.recalls) for c in calls[:CALLS_SHOWN]),
                waiting=tuple((s.id, queues.get(s.queue, 0)) for s in self.catalogue.services),
                fresh=self.box.fresh,
                lost_wall_ms=self.box.lost_wall_ms,
                newest=calls[0].order if calls else 0,
            )
        )
