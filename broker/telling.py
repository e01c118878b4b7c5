"""What a person on the hub's own box hears about the time, and says (pure).

A person who stands before the hub is one source like a person at a counter: what is said so is believed, shown and
printed; it becomes known when a second source agrees.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from broker.timekeeper import Timekeeper
from onedoor.hall.hours import spelled_minute
from onedoor.hall.words import Word

PERSON = "hub person"


@dataclass(slots=True)
class TellTime:
    """Say what the hub believes; before that, if a time is given, hear it (center time, milliseconds since 1970).
    `answer` takes the lines, then `done` is called.
    """

    center_ms: int | None = None
    done: Callable[[], None] = lambda: None
    answer: list[str] = field(default_factory=list)


def lines(keeper: Timekeeper) -> Iterator[str]:
    """What is believed about the time, by whose word, and who says otherwise."""
    mono, word, time = keeper.clock.mono_ms(), keeper.belief.word, keeper.time
    at = partial(_at, mono_ms=mono, zone=time.zone)
    hours, minutes = divmod(mono // 60_000, 60)
    yield f"This box is on for {hours} h {minutes:02d} min (stretch {time.stretch} of the log)."
    if word is None:
        surely = spelled_minute(max(0, keeper.now.least_ms), time.zone)
        yield f"Nobody knows the time. It is surely after {surely}."
        yield "Say it here, or at a counter (More, Time); two who agree make it known."
    elif keeper.belief.known:
        yield f"It is {at(word)}. This is known: {_by(word)}."
    else:
        yield f"It is {at(word)}. One person said so: {_by(word)}. When a second one agrees, it is known."
    for other in keeper.belief.doubted:
        why = "not believed" if other.how else "a clock that nobody has checked"
        yield f"{_by(other)} says {at(other)} ({why})."
    if keeper.doubted:
        yield "If that is the right time, say it at a second counter, or here: two who agree are believed."
    if time.withdrawn:
        yield f"Words that were taken back so far: {time.withdrawn}."


def _at(word: Word, mono_ms: int, zone: str) -> str:
    return spelled_minute(max(0, word.zero_ms + mono_ms), zone)


def _by(word: Word) -> str:
    names = {
        "network": "network time", "hardware": "the battery clock of the hub", "vouched": "the center's settings",
        "guess": "the battery clock of the hub", "hub": "the hub", PERSON: "a person at the hub",
    }  # fmt: skip
    return names.get(word.by, word.by)
