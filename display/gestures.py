"""What fingers on a counter's buttons mean (pure): edges in, presses out. Times are monotonic milliseconds.

    idle --down--> held --up for OPEN_MS, soon--> pressed   (a contact has to be away LOCK_OUT_MS to count again)
                    |------ LONG_MS -----> held long    (a button that has a meaning for that)
                    |------ STUCK_MS ----> stuck        (a coin in the slot, a folder: nothing until it is released)

Policy. A press counts when the finger comes down, at once: a clerk should never have to learn how long to press; only a
button with a second meaning waits for the release. Contacts bounce when they close, when they open, and worn ones in
the middle: a finger is away only when the contact has been open for OPEN_MS, so a long press survives. NEXT twice
within AGAIN_MS is a finger that made sure, and one NEXT. Two different buttons within TOGETHER_MS are a hand on the
box: only the first one counts. While a wish is open nothing but what needs no answer counts (the caller says so with
`busy`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

LOCK_OUT_MS = 300
OPEN_MS = 80
AGAIN_MS = 1_500
DOUBLE_MS = 400
TOGETHER_MS = 150
LONG_MS = 1_200
STUCK_MS = 8_000


class Button(StrEnum):
    """The buttons of a box; not every box has all of them."""

    NEXT = "next"
    RECALL = "recall"
    NO_SHOW = "no_show"
    PAUSE = "pause"
    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True)
class Edge:
    """A contact closed (`down`) or opened."""

    button: Button
    down: bool
    at_ms: int


@dataclass(frozen=True, slots=True)
class Face:
    """A face of the feedback box was pressed: 1 is the worst of `of`."""

    score: int
    of: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button was pressed; `long`: and held."""

    button: Button
    long: bool = False


@dataclass(frozen=True, slots=True)
class Stuck:
    """A button does not come up (`stuck`), or has come up at last."""

    button: Button
    stuck: bool


Meant = Pressed | Stuck
WAITS = frozenset({Button.PAUSE})
"""Buttons with a second meaning when held: PAUSE, held, closes the counter."""
ANSWERED = frozenset({Button.NEXT})
"""Buttons whose press is answered by the hub: a second one before the answer is a finger that could not wait."""


@dataclass(slots=True)
class Held:
    """One button: whether a finger is on it and since when, since when its contact is open all the same, when it was
    last down or up, when it last counted, and what it has said already.
    """

    down_ms: int | None = None
    open_ms: int | None = None
    last_ms: int | None = None
    counted_ms: int | None = None
    said: bool = False
    stuck: bool = False


@dataclass(slots=True)
class Gestures:
    """All buttons of one box."""

    held: dict[Button, Held] = field(default_factory=dict)
    first_ms: int | None = None
    first: Button | None = None

    def down(self, button: Button, now_ms: int, *, busy: bool = False) -> Iterator[Meant]:
        """A contact closed."""
        mine = self.held.setdefault(button, Held())
        if mine.down_ms is not None and mine.open_ms is not None and now_ms - mine.open_ms >= OPEN_MS:
            yield from self._release(button, mine)
        if mine.down_ms is not None:
            mine.open_ms = None  # the same finger: the contact bounced, or is worn
            return
        bounced = mine.last_ms is not None and now_ms - mine.last_ms < LOCK_OUT_MS
        again = button in ANSWERED and mine.counted_ms is not None and now_ms - mine.counted_ms < AGAIN_MS
        mine.down_ms, mine.last_ms, mine.said = now_ms, now_ms, bounced or again
        if mine.said:
            return
        together = self.first_ms is not None and self.first is not button and now_ms - self.first_ms < TOGETHER_MS
        if together or any(other.stuck for other in self.held.values()) or (busy and button in ANSWERED):
            mine.said = True
            return
        self.first, self.first_ms = button, now_ms
        mine.counted_ms = now_ms
        if button not in WAITS:
            mine.said = True
            yield Pressed(button)

    def up(self, button: Button, now_ms: int) -> Iterator[Meant]:
        """A contact opened: whether the finger is away is seen when it has stayed open."""
        mine = self.held.setdefault(button, Held())
        if mine.down_ms is not None and mine.open_ms is None:
            mine.open_ms = now_ms
        yield from ()

    def _release(self, button: Button, mine: Held) -> Iterator[Meant]:
        """The finger is away."""
        if mine.stuck:
            yield Stuck(button, stuck=False)
        elif not mine.said:
            yield Pressed(button)
        mine.last_ms = mine.open_ms
        mine.down_ms = mine.open_ms = None
        mine.said = mine.stuck = False

    def pass_time(self, now_ms: int) -> Iterator[Meant]:
        """Time passed: a finger is away, somebody has held a button long, or it is stuck."""
        for button, mine in self.held.items():
            if mine.down_ms is None:
                continue
            if mine.open_ms is not None:
                if now_ms - mine.open_ms >= OPEN_MS:
                    yield from self._release(button, mine)
            elif not mine.stuck and now_ms - mine.down_ms >= STUCK_MS:
                mine.said = mine.stuck = True
                yield Stuck(button, stuck=True)
            elif not mine.said and now_ms - mine.down_ms >= LONG_MS:
                mine.said = True
                yield Pressed(button, long=True)

    def due_ms(self) -> int | None:
        """When `pass_time` has something to say next."""
        due = []
        for mine in self.held.values():
            if mine.open_ms is not None:
                due.append(mine.open_ms + OPEN_MS)
            elif mine.down_ms is not None and not mine.stuck:
                due.append(mine.down_ms + (STUCK_MS if mine.said else LONG_MS))
        return min(due, default=None)


@dataclass(slots=True)
class Once:
    """Fingers on a screen, on a keyboard and on a box: whoever presses a button twice to make sure has pressed it once,
    also if it has come to mean something else in between.
    """

    last: object = None
    last_ms: int = 0
    picture: object = None
    by: object = None

    def counts(
        self, wish: object, now_ms: int, *, answered: bool = False, picture: object = None, by: object = None
    ) -> bool:
        """Whether this press counts. `answered`: it is answered by the hub, and people wait for that; as long as they
        see the same `picture`, they press again. `by`: the device; two of one counter that are pressed together are one
        hand, whatever is pressed.
        """
        waits = answered and picture == self.picture
        same = wish == self.last or by != self.by
        limit_ms = AGAIN_MS if waits and wish == self.last else DOUBLE_MS
        again = self.last is not None and same and now_ms - self.last_ms < limit_ms
        if not again:
            self.last, self.last_ms, self.picture, self.by = wish, now_ms, picture, by
        return not again


@dataclass(slots=True)
class Smileys:
    """A citizen's word on the service that has just ended: one a visit, the last face pressed within SETTLE_MS.

    People press twice to be sure, children press all of them: what is pressed while an answer settles replaces it, and
    what comes after it has settled, or belongs to no visit, is nothing.
    """

    ticket: str = ""
    until_ms: int = 0
    chosen: int | None = None
    settles_ms: int | None = None

    def ended(self, ticket: str, now_ms: int) -> None:
        """A service ended: from now on, and for a while, people may say how it was."""
        self.ticket, self.until_ms, self.chosen, self.settles_ms = ticket, now_ms + ASK_MS, None, None

    def press(self, score: int, now_ms: int) -> bool:
        """A face was pressed; whether it counts (so far)."""
        if not self.ticket or now_ms >= self.until_ms:
            return False
        self.settles_ms = self.settles_ms if self.settles_ms is not None else now_ms + SETTLE_MS
        if now_ms >= self.settles_ms:
            return False
        self.chosen = score
        return True

    def take(self) -> tuple[str, int] | None:
        """The answer when it has settled (or somebody else is called): visit and score. It is given once."""
        found = (self.ticket, self.chosen) if self.ticket and self.chosen is not None else None
        self.ticket, self.chosen, self.settles_ms = "", None, None
        return found


SETTLE_MS = 3_000
ASK_MS = 90_000
