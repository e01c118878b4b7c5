"""What the log says about time: words, days, and whose day somebody is of. Policy: `onedoor.hall.center_time`."""

from dataclasses import dataclass

from onedoor.hall.ids import RowId


@dataclass(frozen=True, slots=True)
class TimeTold:
    """A person at this box said what time it is, at the moment of this row (milliseconds since 1970)."""

    center_ms: int


@dataclass(frozen=True, slots=True)
class DayAnswered:
    """A clerk said whether the people who came together with this ticket are of today. Said again, it is taken back."""

    first: RowId
    today: bool


@dataclass(frozen=True, slots=True)
class StretchBegan:
    """The hub's box was switched on: hall time goes on from here, after a gap that nobody knows. At the beginning of
    the boot hall time was `base_ms`; center time is not before `floor_ms`.
    """

    stretch: int
    boot: str
    base_ms: int
    floor_ms: int


@dataclass(frozen=True, slots=True)
class TimeKnown:
    """From here on it is known which time it is: in this stretch hall time `hall_ms` was center time `center_ms`."""

    by: str
    stretch: int
    hall_ms: int
    center_ms: int


@dataclass(frozen=True, slots=True)
class TimeSaid:
    """One person said so: shown and printed, and never a reason to end a day."""

    by: str
    stretch: int
    hall_ms: int
    center_ms: int


@dataclass(frozen=True, slots=True)
class TimeWithdrawn:
    """This word about the present stretch was wrong: two sources agree against it."""

    by: str
    stretch: int
    hall_ms: int
    center_ms: int


@dataclass(frozen=True, slots=True)
class TimeDoubted:
    """Somebody's word was not believed: too early, too far ahead, or against what is known."""

    by: str
    hall_ms: int
    center_ms: int


@dataclass(frozen=True, slots=True)
class DayBegan:
    """It is known that the center's day is this one: counts of a day begin again."""

    day: str


@dataclass(frozen=True, slots=True)
class LineMinded:
    """The hub has looked whose day the waiting people are of; what follows from it stands behind this row."""


@dataclass(frozen=True, slots=True)
class LineSaid:
    """By a clerk's answer these tickets are of today, or of an earlier day."""

    dev: str
    tickets: tuple[RowId, ...]
    today: bool


@dataclass(frozen=True, slots=True)
class Restored:
    """This ticket had expired by a word that was wrong: it waits again, in its old place."""

    ticket: RowId
