"""The hub's time: hall time that never steps, and what the hub says when somebody tells it the date.

Policy: as in `onedoor.hall.center_time` and `onedoor.hall.words`. Hall time is a base plus the monotonic clock; the
base is fixed when the box is switched on, by a row of the log, and a new start of the program in the same boot goes on
with it. It is what was surely past then, never before the log's last row. Wall clocks are only listened to.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from onedoor import BUILT_MS
from onedoor.device.clock import Clock
from onedoor.hall import events as ev
from onedoor.hall.center_time import SAID, CenterTime, Now
from onedoor.hall.words import HARDWARE, HUB_WORD, Belief, Verdict, Window, Word, weigh


def next_stretch(last: int, nonce: str) -> int:
    """The number of a new stretch. It is a name, and boxes keep times in it: so a hub that follows the same row as
    another one, or whose disk has forgotten its last start, does not give the same (but by one chance in 256).
    """
    return last + 1 + int(nonce[:2], 16)


@dataclass(slots=True)
class Timekeeper:
    """Hall time and belief of one hub. `time` is the fold's word about time, which only rows change."""

    clock: Clock
    time: CenterTime = field(default_factory=CenterTime)
    belief: Belief = field(default_factory=Belief)
    base_ms: int = 0

    def begin(self, time: CenterTime, last_recv_ms: int, nonce: str) -> Iterator[ev.HubEvent]:
        """Go on in this boot, or begin a stretch: its row is what comes out. `last_recv_ms`: of the log's last row;
        `nonce`: the random word of this start.
        """
        self.time = time
        mono = self.clock.mono_ms()
        if time.stretch and time.boot == self.clock.boot_id:
            word = time.word
            self.base_ms = time.base_ms
            self.belief = Belief(Word(self.base_ms + word.offset_ms, word.by, word.word) if word.word else None)
            return
        # No more is past than that: who followed another hub has copied its floor in this very boot. Where nobody ever
        # knew the time it is the day of the release and not a moment more: that tells it from a floor that was known.
        floor_ms = max(BUILT_MS, time.floor_ms if time.stretch else last_recv_ms)
        known = self._first_word(Window.at(floor_ms, mono, fresh=floor_ms == BUILT_MS))
        self.base_ms = max(known if known is not None else floor_ms - mono, BUILT_MS, last_recv_ms + 1 - mono)
        self.belief = Belief()
        yield ev.StretchBegan(next_stretch(time.stretch, nonce), self.clock.boot_id, self.base_ms, floor_ms)

    def _first_word(self, window: Window) -> int | None:
        """What is known already when the box is switched on: then hall time is center time."""
        belief = Belief()
        for word in self.clock.words():
            belief, _ = weigh(belief, word, window)
        return belief.word.zero_ms if belief.word is not None and belief.known else None

    @property
    def hall_ms(self) -> int:
        """Hall time."""
        return self.base_ms + self.clock.mono_ms()

    @property
    def now(self) -> Now:
        """The present moment."""
        return self.time.now(self.hall_ms)

    @property
    def window(self) -> Window:
        """Where the time of this boot must lie."""
        floor_ms = self.base_ms + self.time.word.least_ms
        return Window.at(floor_ms, 0, fresh=self.time.began_floor_ms == BUILT_MS)

    # -- listening ----------------------------------------------------------------------------------

    def look(self) -> Iterator[ev.HubEvent]:
        """Hear this box's own clocks; what the hub has to say about it."""
        for word in self.clock.words():
            yield from self.hear(word)

    def told(self, center_ms: int, hall_ms: int, dev: str) -> Iterator[ev.HubEvent]:
        """A person at a box said that it was this time at that moment of this stretch."""
        yield from self.hear(Word(self.base_ms + center_ms - hall_ms, dev, SAID))

    def told_by_box(self, known_ms: int, known_by: str, withdrawn: int, dev: str) -> Iterator[ev.HubEvent]:
        """A box knows the time. One that has not heard of a word that was taken back may still go by it, and one that
        has its time from a hub is no second source.
        """
        if withdrawn != self.time.withdrawn or (known_by == HUB_WORD and self.belief.known):
            return
        by = dev if known_by != HUB_WORD else f"{HUB_WORD} by {dev}"
        yield from self.hear(Word(known_ms - self.clock.mono_ms(), by))

    def hear(self, word: Word) -> Iterator[ev.HubEvent]:
        """One word. The rows that follow from it must be folded before the next one is heard."""
        before = self.belief.word
        self.belief, verdict = weigh(self.belief, word, self.window)
        hall_ms = self.hall_ms
        center_ms = word.zero_ms - self.base_ms + hall_ms
        match verdict:
            case Verdict.WITHDREW if before is not None:
                if before.by == HARDWARE:
                    self.clock.distrust()
                yield ev.TimeWithdrawn(before.by, self.time.stretch, hall_ms, before.zero_ms - self.base_ms + hall_ms)
                yield ev.TimeKnown(word.by, self.time.stretch, hall_ms, center_ms)
            case Verdict.BELIEVED:
                kind = ev.TimeKnown if self.belief.known else ev.TimeSaid
                yield kind(word.by, self.time.stretch, hall_ms, center_ms)
            case Verdict.DOUBTED:
                yield ev.TimeDoubted(word.by, hall_ms, max(0, center_ms))

    @property
    def doubted(self) -> bool:
        """Whether somebody vouches for a time that is not believed."""
        return any(word.how for word in self.belief.doubted)
