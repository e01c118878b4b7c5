"""What a box with a journal believes about the time: its own clocks, the hub's word, and what is surely past.

Policy: as in `onedoor.hall.words`. What is believed holds for this boot, carried on by the monotonic clock; a wall
clock that steps changes nothing. The floor (the last time that was known) is kept on the card, with the rows. A box
without any word knows no date: it prints none, and its rows say only what they were surely not before.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from onedoor import BUILT_MS
from onedoor.device.clock import Clock
from onedoor.device.journal import Stamp
from onedoor.hall.center_time import KNOWN, SAID
from onedoor.hall.dating import FLOOR_ONLY
from onedoor.hall.words import AGREE_MS, HARDWARE, HUB_WORD, Belief, Verdict, Window, Word, weigh
from onedoor.hall.zone import LAOS

FLOOR_EVERY_MS = 60_000
KEPT = "floor"


@dataclass(frozen=True, slots=True)
class BoxNow:
    """Center time in milliseconds since 1970 (None: nobody has said), and whether it is known or only said."""

    ms: int | None
    known: bool


@dataclass(slots=True)
class BoxTime:
    """The time of one box. `kept`: what `keep` gave to the card in an earlier run; `zone`: the
    center's.
    """

    clock: Clock
    kept: str | None = None
    zone: str = LAOS
    belief: Belief = field(default_factory=Belief, init=False)
    withdrawn: int = field(default=0, init=False)
    """How many withdrawn words this box has heard of, on its card."""
    withdrew: Callable[[], None] = field(default=lambda: None, init=False)
    """Told when this box itself finds that its known time was wrong: two sources agree against it."""
    _floor_ms: int = field(default=BUILT_MS, init=False)
    """Surely past when this boot began."""
    _hall: tuple[int, int] | None = field(default=None, init=False)
    """The hub's stretch, and hall time when this box's monotonic clock was zero, if the hub was heard in this boot."""
    _told_ms: int = field(default=0, init=False)
    _told: tuple[int, Word | None] = field(default=(0, None), init=False)
    """What the card has: words withdrawn, and the word that is believed."""

    def __post_init__(self) -> None:
        if self.kept:
            self._floor_ms, boot, mono_ms, self.withdrawn, *word = json.loads(self.kept)
            if boot == self.clock.boot_id:
                self._floor_ms -= mono_ms
                self.belief = Belief(Word(*word) if word else None)
            self._floor_ms = max(BUILT_MS, self._floor_ms)
        self._told_ms = self._floor_ms

    # -- hearing ------------------------------------------------------------------------------------

    def look(self) -> None:
        """Hear the machine's own clocks."""
        for word in self.clock.words():
            self._hear(word)

    def hear_hub(self, center_ms: int, how: str, hall_ms: int, stretch: int, withdrawn: int) -> bool:
        """The hub's mark as it stands now (a moment ago, with half the round trip added). Whether a word was taken back
        since this box heard of one last; what is surely past may have been that word's too.
        """
        mono = self.clock.mono_ms()
        if stretch:
            self._hall = (stretch, hall_ms - mono)
        taken_back = withdrawn != self.withdrawn
        if taken_back:
            self.withdrawn = withdrawn
            if self.belief.word is None or self.belief.word.by == HUB_WORD:
                self.belief = Belief(None, self.belief.doubted)
                self._floor_ms = BUILT_MS
        if how:
            self._hear(Word(center_ms - mono, HUB_WORD, how))
        elif not self.belief.known and self.belief.word is not None and self.belief.word.by == HUB_WORD:
            self.belief = Belief(None, self.belief.doubted)
        return taken_back

    def say(self, center_ms: int, who: str) -> Verdict:
        """A person at this box says what time it is."""
        return self._hear(Word(center_ms - self.clock.mono_ms(), who, SAID))

    def _hear(self, word: Word) -> Verdict:
        before = self.belief.word
        self.belief, verdict = weigh(self.belief, word, self.window)
        if verdict is Verdict.WITHDREW:
            if before is not None and before.by == HARDWARE:
                self.clock.distrust()
            self.withdrew()
        return verdict

    # -- telling ------------------------------------------------------------------------------------

    @property
    def window(self) -> Window:
        """Where the time must lie."""
        return Window.at(self._floor_ms, 0, fresh=self._floor_ms == BUILT_MS)

    @property
    def now(self) -> BoxNow:
        """Center time as this box believes it."""
        self.look()
        word = self.belief.word
        return BoxNow(None, False) if word is None else BoxNow(word.zero_ms + self.clock.mono_ms(), self.belief.known)

    def known_to_tell(self) -> tuple[int, str] | None:
        """Center time and whose word it is, for the hub to weigh: what this box's own clocks know, believed here or
        not; else what it heard.
        """
        mono, now = self.clock.mono_ms(), self.now
        own = next((word for word in self.clock.words() if word.how == KNOWN and word.zero_ms + mono >= 0), None)
        if own is not None:
            return own.zero_ms + mono, own.by
        return (now.ms, self.by) if now.known and now.ms is not None else None

    @property
    def by(self) -> str:
        """Whose word it believes."""
        return self.belief.word.by if self.belief.word is not None else ""

    @property
    def doubted(self) -> bool:
        """Whether somebody vouches for a time that is not believed: a person has to look at the clocks."""
        word = self.belief.word
        told = [d for d in self.belief.doubted if d.how]
        return any(word is None or abs(d.zero_ms - word.zero_ms) > AGREE_MS for d in told)

    @property
    def floor_ms(self) -> int:
        """Center time that is surely past."""
        now = self.now
        if now.known and now.ms is not None:
            return now.ms
        return self._floor_ms + self.clock.mono_ms()

    def stamp(self) -> Stamp:
        """How a row of this moment is dated: by the hub's hall time, by the box's own word, or not before its floor."""
        mono, now = self.clock.mono_ms(), self.now
        if self._hall is not None:
            stretch, zero_ms = self._hall
            return Stamp(self.clock.boot_id, mono, zero_ms + mono, stretch)
        if now.known:
            return Stamp(self.clock.boot_id, mono, now.ms, 0)
        return Stamp(self.clock.boot_id, mono, self.floor_ms, FLOOR_ONLY)

    def keep(self) -> dict[str, str]:
        """What the card has to remember with the next row, if it is not there yet."""
        # Where nobody ever knew the time it stays the day of the release: hours without a word are no reason to
        # believe less after the next power cut.
        floor_ms = self.floor_ms if self.now.known or self._floor_ms > BUILT_MS else BUILT_MS
        told = (self.withdrawn, self.belief.word)
        if self.kept is not None and floor_ms - self._told_ms < FLOOR_EVERY_MS and told == self._told:
            return {}
        self._told_ms, self._told = floor_ms, told
        word = self.belief.word
        said = [word.zero_ms, word.by, word.how] if word is not None else []
        self.kept = json.dumps([floor_ms, self.clock.boot_id, self.clock.mono_ms(), self.withdrawn, *said])
        return {KEPT: self.kept}
