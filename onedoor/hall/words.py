"""Who is believed about the time (pure): one rule for the hub and for every box.

| source                                                              | a box then has |
| ------------------------------------------------------------------- | -------------- |
| network time                                                         | known time     |
| a hardware clock that was set from known time here and kept its power | known time     |
| a clock for which the center vouches by its settings                 | known time     |
| the hub for a box, a box for a hub: what the other one knows         | known time     |
| two sources that agree within ten minutes (people at two boxes; a person and any clock) | known time |
| one person                                                           | said time      |
| a clock that nobody checked, the time of the last shutdown           | nothing        |

A word that lies before the *floor* (what is surely past) or more than a month behind it is not believed (on a card
that has never known the time the floor is the day of the release, and the month three years), nor one that
differs from known time of this boot by more than 50 minutes; both are told. When a second, independent source agrees
with such a word, it is believed after all, and the known time that it contradicts is withdrawn: if two people say so,
or if those who say so are more than those who said what was known. A newer said word replaces an older one. What is
believed holds for the whole boot: the box's monotonic clock carries it on.

All words are spelled as the center time at which the box's monotonic clock was zero.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from onedoor.hall.center_time import HOUR_MS, KNOWN, SAID

AGREE_MS = 10 * 60_000
CEILING_MS = 31 * 24 * HOUR_MS
"""No box of a center lies unused for longer without somebody looking at its time."""
FRESH_CEILING_MS = 3 * 366 * 24 * HOUR_MS
"""No release is put on a new card later than that."""
CONTRADICTS_MS = HOUR_MS - AGREE_MS
"""Clocks are mostly wrong by a whole hour: with a limit right there, a few milliseconds of drift decide whether network
time leads a box astray, and whether it leads it back.
"""
FINER_MS = 500
"""Network time that differs by less says nothing new."""

NETWORK, HARDWARE, VOUCHED, HUB_WORD = "network", "hardware", "vouched", "hub"
GUESS = "guess"
HEARD_BY = "hub by "
"""Before the name of a box that tells what it heard of a hub."""
"""A clock that nobody checked: it is believed only together with a person."""


class Verdict(StrEnum):
    """What came of a word."""

    NOTHING = "nothing"
    BELIEVED = "believed"
    DOUBTED = "doubted"
    WITHDREW = "withdrew"


@dataclass(frozen=True, slots=True)
class Word:
    """Somebody's word: the center time (milliseconds since 1970) at which this boot's monotonic clock was zero."""

    zero_ms: int
    by: str
    how: str = KNOWN
    """`known` or `said` by its source; a guess is neither ("")."""
    by_people: bool = False
    """Whether people brought it up against what was known before."""

    def agrees(self, other: "Word") -> bool:
        """Whether two independent sources say the same. What a hub was told by one person is that person's word still:
        it seconds nobody's.
        """
        echo = HUB_WORD in (self.by, other.by) and self.how == other.how == SAID
        return self.source != other.source and not echo and abs(self.zero_ms - other.zero_ms) <= AGREE_MS

    @property
    def source(self) -> str:
        """Who vouches for it: what a box knows by itself, and what it heard of a hub, is one box's word."""
        return self.by.removeprefix(HEARD_BY)


@dataclass(frozen=True, slots=True)
class Belief:
    """What a box believes in this boot, the newest word of each source that it did not believe, and of each that said
    what is known.
    """

    word: Word | None = None
    doubted: tuple[Word, ...] = ()
    seconds: tuple[Word, ...] = ()

    @property
    def known(self) -> bool:
        """Whether the time is known."""
        return self.word is not None and self.word.how == KNOWN


@dataclass(frozen=True, slots=True)
class Window:
    """Where the time must lie: not before what is surely past, not absurdly far ahead (both less the monotonic clock).

    `at(floor, fresh, mono)` makes one of a floor; `fresh`: the floor is only the day of the release.
    """

    floor_ms: int
    ceiling_ms: int

    @classmethod
    def at(cls, floor_ms: int, mono_ms: int, *, fresh: bool) -> "Window":
        """The window of a floor as it stands when the monotonic clock shows `mono_ms`."""
        return cls(floor_ms - mono_ms, floor_ms - mono_ms + (FRESH_CEILING_MS if fresh else CEILING_MS))

    def holds(self, zero_ms: int) -> bool:
        """Whether this time may be."""
        return self.floor_ms <= zero_ms <= self.ceiling_ms


def weigh(belief: Belief, heard: Word, window: Window) -> tuple[Belief, Verdict]:
    """What a box believes after a word, and what came of it."""
    word = belief.word
    if word is not None and word.how == KNOWN:
        return _against_known(belief, word, heard)
    seconded = _seconded(belief, heard)
    if heard.how == "":
        return (_trust(belief, replace(heard, how=KNOWN)), Verdict.BELIEVED) if seconded else (
            _put_aside(belief, heard), Verdict.NOTHING)  # fmt: skip
    if seconded:
        return _trust(belief, replace(heard, how=KNOWN)), Verdict.BELIEVED
    if not window.holds(heard.zero_ms):
        return _doubt(belief, heard)
    if heard.how == SAID and word is not None and word.by == heard.by and word.zero_ms == heard.zero_ms:
        return belief, Verdict.NOTHING
    return replace(belief, word=heard), Verdict.BELIEVED


def _against_known(belief: Belief, word: Word, heard: Word) -> tuple[Belief, Verdict]:
    """Known time stands; network makes it finer, and two who agree against it withdraw it."""
    apart_ms = abs(heard.zero_ms - word.zero_ms)
    if apart_ms <= CONTRADICTS_MS:
        finer = heard.by == NETWORK or heard.by == word.by == HUB_WORD
        if finer and heard.how == KNOWN and apart_ms > FINER_MS:
            return _finer(belief, heard), Verdict.BELIEVED
        return _taken_back(belief, heard), Verdict.NOTHING
    if heard.how == "":
        return _put_aside(belief, heard), Verdict.NOTHING
    if _outweighs(belief, word, heard):
        return _turned(belief, word, heard), Verdict.WITHDREW
    return _doubt(belief, heard)


def _outweighs(belief: Belief, word: Word, heard: Word) -> bool:
    """Whether those who contradict what is known are two at least, and more than those who say it; two people who agree
    are enough, and what they took back only people bring up again. Else two boxes with one fault and two without it
    would take the time from each other in turn.
    """
    # Who is contradicted is no second source against himself; but a hub that says otherwise now is another hub, or has
    # another clock, and counts whether it or the other source is heard last.
    others = (d for d in belief.doubted if heard.agrees(d) and (d.by != word.by or d.by == HUB_WORD))
    against = {heard.source, *(d.source for d in others)}
    if len(against) < 2 or heard.how == SAID:
        return len(against) > 1
    away = {heard.source, *(d.source for d in belief.doubted)}
    stands = {word.source, *(s.source for s in belief.seconds)} - away
    return not word.by_people and len(against) > len(stands)


def _turned(belief: Belief, word: Word, heard: Word) -> Belief:
    """What was known is doubted from now on, and so is everybody who said it."""
    doubted = {d.by: d for d in (word, *belief.seconds, *belief.doubted)}
    near = {by: abs(d.zero_ms - heard.zero_ms) <= AGREE_MS for by, d in doubted.items() if by != heard.by}
    return Belief(
        replace(heard, how=KNOWN, by_people=heard.how == SAID),
        tuple(doubted[by] for by, is_near in near.items() if not is_near),
        tuple(doubted[by] for by, is_near in near.items() if is_near),
    )


def _seconded(belief: Belief, heard: Word) -> bool:
    """Whether another source says the same: one of the two is a person or vouches for what it says."""
    others = [*belief.doubted, *([belief.word] if belief.word is not None else [])]
    return any(heard.agrees(other) and (heard.how or other.how) for other in others)


def _trust(belief: Belief, word: Word) -> Belief:
    """From now on this is known; who said otherwise is remembered, and who agreed."""
    others = [d for d in (*belief.doubted, *filter(None, [belief.word])) if d.by != word.by]
    near = [abs(d.zero_ms - word.zero_ms) <= AGREE_MS for d in others]
    return Belief(
        word,
        tuple(d for d, is_near in zip(others, near, strict=True) if not is_near and d in belief.doubted),
        tuple(d for d, is_near in zip(others, near, strict=True) if is_near and d.how),
    )


def _taken_back(belief: Belief, heard: Word) -> Belief:
    """Who now says what is known does not say otherwise any more."""
    doubted = tuple(d for d in belief.doubted if d.by != heard.by)
    if heard.how == "" or belief.word is None or heard.by == belief.word.by:
        return replace(belief, doubted=doubted)
    seconds = tuple(s for s in belief.seconds if s.by != heard.by)
    near = abs(heard.zero_ms - belief.word.zero_ms) <= AGREE_MS
    return replace(belief, doubted=doubted, seconds=(*seconds, heard) if near else seconds)


def _finer(belief: Belief, heard: Word) -> Belief:
    """A better word in place of what is known: who said the old one stands by it only where it is nearly the same."""
    others = [d for d in belief.doubted if d.by != heard.by]
    seconds = [s for s in belief.seconds if s.by != heard.by and abs(s.zero_ms - heard.zero_ms) <= AGREE_MS]
    return Belief(heard, tuple(others), tuple(seconds))


def _put_aside(belief: Belief, heard: Word) -> Belief:
    doubted = (*(d for d in belief.doubted if d.by != heard.by), heard)
    return replace(belief, doubted=doubted, seconds=tuple(s for s in belief.seconds if s.by != heard.by))


def _doubt(belief: Belief, heard: Word) -> tuple[Belief, Verdict]:
    """Not believed. It is told once: the same word again says nothing new."""
    known = any(d.by == heard.by and abs(d.zero_ms - heard.zero_ms) <= AGREE_MS for d in belief.doubted)
    return _put_aside(belief, heard), Verdict.NOTHING if known else Verdict.DOUBTED
