"""The question whose day some people are of, as one counter meets it (pure).

Policy. The hub asks a counter that pressed NEXT, once a group in the whole hall. The answer is the counter's row, and
NEXT follows by itself. Another counter may have answered meanwhile: then the question goes away. An answer can be taken
back by whoever gave it, as long as the machine runs. Without a screen "yes" is one press (nobody is lost by it), "no"
is the same press twice.
"""

from dataclasses import dataclass, field

from onedoor.wire.messages import Asked, Mark, Waiting

SURE_MS = 10_000
"""So long a first NO-SHOW waits for the second one."""
TOLD_MS = 60_000
"""So long an answer stands above the buttons, with a tile to take it back."""
KEPT_MS = 8 * 3_600_000
"""So long it can be taken back in the menu."""


@dataclass(frozen=True, slots=True)
class AnswerDay:
    """These people are of today, or not."""

    today: bool


@dataclass(frozen=True, slots=True)
class TakeBack:
    """The last answer was wrong."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that was given here, at a moment of this boot."""

    asked: Asked
    today: bool
    at_ms: int


def names(asked: Asked) -> str:
    """Whom a question is about: one number, or the first and the last."""
    return asked.first_label if asked.count == 1 else f"{asked.first_label} … {asked.last_label}"


@dataclass(slots=True)
class Asking:
    """The open question (`asks`) and the newest answer (`given`). `unsure`: "no" was pressed once."""

    asks: Asked | None = None
    given: Given | None = None
    unsure: bool = False
    _heard: tuple[int, int, int] = field(default=(0, 0, 0), init=False)

    def hear(self, mark: Mark) -> bool:
        """The hub refused NEXT with a question; whether it says about whom."""
        self.asks, self.unsure = mark.asks, False
        self._heard = (mark.start.epoch, mark.start.incarnation, mark.hub_seq)
        return self.asks is not None

    def look(self, waiting: Waiting | None) -> bool:
        """News of the line: whether the question has been answered elsewhere, or has answered itself."""
        if self.asks is None or waiting is None:
            return False
        newer = (waiting.start.epoch, waiting.start.incarnation, waiting.hub_seq) > self._heard
        if not newer or self.asks.first in waiting.asked:
            return False
        self.asks = None
        return True

    def answer(self, *, today: bool, now_ms: int) -> Asked | None:
        """The answer is given; about whom (None: nobody asks any more)."""
        asked, self.asks, self.unsure = self.asks, None, False
        if asked is not None:
            self.given = Given(asked, today, now_ms)
        return asked

    def take_back(self, now_ms: int) -> Given | None:
        """The newest answer turned round (None: there is none)."""
        given = self.can_take_back(now_ms)
        if given is not None:
            self.given = Given(given.asked, not given.today, now_ms)
        return self.given if given is not None else None

    def can_take_back(self, now_ms: int) -> Given | None:
        """The answer that can still be taken back."""
        given = self.given
        return given if given is not None and now_ms - given.at_ms < KEPT_MS else None

    def told(self, now_ms: int) -> Given | None:
        """The answer that is so new that it stands above the buttons."""
        given = self.given
        return given if given is not None and now_ms - given.at_ms < TOLD_MS else None
