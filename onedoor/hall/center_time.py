"""Which date it is in the center, as far as anybody knows (pure).

Three things that are never one here. *How long* is a difference of monotonic clocks. *In which order* is the log's own
order. *Which date* is a word that may come late, be missing, or be wrong.

**Hall time** is the hub's: a base plus its monotonic clock, so it never steps. The time between two power cuts of the
hub is a *stretch*; hall time rises from one to the next, but nobody can say how long the hub was off. Every row of the
log is written in hall time. A word about time (`onedoor.hall.words`) dates a whole stretch, also what came before the
word: center time = hall time + the stretch's offset. So no row is ever rewritten, and a wrong word can be taken back.

The state of the hall is kept in center time as well as it is known: when a word comes, the times of this stretch move
with it (`onedoor.hall.moves.redate`). A stretch without a word has the offset 0; its hall time began at the *floor*,
which is the last moment that was known for certain, so that its times are lower bounds of the real ones.

Only **known** time ends a day, closes the center and expires people. Who waits is *of today*, *of an earlier day*, or
*in doubt*; a person in doubt is neither called nor expired until a clerk has said whose day it is.
"""

from dataclasses import dataclass, field

from onedoor.hall.zone import LAOS, day_of

HOUR_MS = 3_600_000
SURELY_TODAY_MS = 8 * HOUR_MS
"""Without known time: a ticket of this stretch is of today for so long."""
SURELY_EARLIER_MS = 16 * HOUR_MS
"""And of an earlier day from here on; between the two nobody can say."""
GROUP_GAP_MS = 8 * HOUR_MS
"""People between whom nothing happened for so long are not asked about together: a night may lie between them."""
AHEAD_MS = 10 * 60_000
"""A ticket dated so far after now proves that a word was wrong."""
FOREVER_MS = 2**53 - 1

TODAY, EARLIER, DOUBT = "today", "earlier", "doubt"
SAID, KNOWN = "said", "known"
OWN_WORD = 0
"""The stretch of a time that a device knew by itself: it is center time already."""


@dataclass(slots=True)
class Stretch:
    """One boot of a hub. Center time is hall time + `offset_ms`, if the `word` behind it is right; surely it is not
    earlier than hall time + `least_ms`. `by`: whose word it was.
    """

    offset_ms: int = 0
    word: str = ""
    by: str = ""
    least_ms: int = 0

    @property
    def known(self) -> bool:
        """Whether its date is certain."""
        return self.word == KNOWN


@dataclass(slots=True)
class CenterTime:
    """What the log says about time. `stretch` is the present one (0: a log of before there were any), in the boot
    `boot`, whose hall time is `base_ms` at the boot's beginning. `floor_ms`: center time that is surely past;
    `began_floor_ms`: what it was before anybody spoke in this stretch, which began at `began_ms` (hall time).
    `withdrawn` counts words taken back; `zone`: whose calendar the center lives by (the rules say it).
    """

    stretch: int = 0
    boot: str = ""
    base_ms: int = 0
    floor_ms: int = 0
    began_floor_ms: int = 0
    withdrawn: int = 0
    began_ms: int = 0
    words: dict[str, Stretch] = field(default_factory=dict)
    zone: str = LAOS

    @property
    def word(self) -> Stretch:
        """The word about the present stretch."""
        return self.words.get(str(self.stretch)) or Stretch(word=KNOWN)

    def of(self, stretch: int) -> Stretch:
        """The word about a stretch; what a device knew by itself is known."""
        return self.words.get(str(stretch)) or Stretch(word=KNOWN if stretch == OWN_WORD else "")

    def center_ms(self, hall_ms: int, stretch: int) -> int:
        """Center time as well as it is known of a moment in this stretch."""
        return hall_ms + self.of(stretch).offset_ms

    def now(self, hall_ms: int) -> "Now":
        """The present moment, by hall time."""
        word = self.word
        least_ms = hall_ms + (word.offset_ms if word.known else word.least_ms)
        return Now(hall_ms + word.offset_ms, word.known, least_ms, self.zone)

    def now_of(self, center_ms: int) -> "Now":
        """The present moment, by center time as well as it is known."""
        return self.now(center_ms - self.word.offset_ms)

    def after_it_began(self, center_ms: int | None, stretch: int) -> bool:
        """Whether a moment of an earlier stretch is said to be after the present one began: one of the two words is
        wrong, although nobody took it back.
        """
        if center_ms is None or not 0 < stretch < self.stretch or not self.word.known:
            return False
        return center_ms > self.center_ms(self.began_ms, self.stretch) + AHEAD_MS

    def comparable(self, one: int, other: int) -> bool:
        """Whether moments of these two stretches can be subtracted."""
        return one == other or (self.of(one).known and self.of(other).known)


@dataclass(frozen=True, slots=True)
class Now:
    """The present moment: center time as well as it is known, whether it is, and what it surely is not before."""

    ms: int
    known: bool
    least_ms: int
    zone: str = LAOS

    @property
    def day(self) -> str:
        """The day, or "" while nobody knows."""
        return day_of(self.ms, self.zone) if self.known else ""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a visit began: center time as well as it is known, in which stretch, and, where nobody knows, what it was
    surely not before. `seen_ms`, `seen_stretch`: a moment in hall time at which the hub had it already.
    """

    ms: int
    stretch: int
    low_ms: int | None = None
    seen_ms: int = 0
    seen_stretch: int = 0


def bounds(time: CenterTime, at: Moment) -> tuple[int, int]:
    """Center time that a moment was surely not before, and not after (equal: it is known)."""
    word = time.of(at.stretch)
    seen = at.seen_stretch and time.of(at.seen_stretch).known
    latest_ms = time.center_ms(at.seen_ms, at.seen_stretch) if seen else FOREVER_MS
    if at.low_ms is not None:
        return at.low_ms, min(at.ms, latest_ms) if word.known else latest_ms
    if word.known:
        return at.ms, at.ms
    return at.ms - word.offset_ms + word.least_ms, latest_ms


def whose(time: CenterTime, at: Moment, now: Now) -> str:
    """Whether who came then is of today, of an earlier day, or in doubt."""
    if not now.known and at.stretch == time.stretch and at.low_ms is None:
        gone_ms = now.ms - at.ms
        if gone_ms < SURELY_TODAY_MS:
            return TODAY
        return EARLIER if gone_ms > SURELY_EARLIER_MS else DOUBT
    low, high = bounds(time, at)
    if now.known:
        if low > now.ms + AHEAD_MS:
            return DOUBT
        high = min(high, now.ms)
        today, low = day_of(now.ms, time.zone), min(low, high)
        if day_of(high, time.zone) < today:
            return EARLIER
        return TODAY if day_of(low, time.zone) >= today else DOUBT
    before = high < FOREVER_MS and day_of(high, time.zone) < day_of(now.least_ms, time.zone)
    return EARLIER if before else DOUBT
