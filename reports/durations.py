"""How long something took: the one function for every duration in a report (pure).

| both ends                                    | the duration                         |
| -------------------------------------------- | ------------------------------------ |
| in one boot of one box                       | the difference of its monotonic clock |
| in one stretch of the hub                    | the difference of hall time          |
| in stretches whose date is known             | the difference of center time        |
| anything else                                | unknown                              |

A date that one person said is shown, and no duration is made of it: it may be wrong. What is unknown is counted, and in
no mean. What is negative or longer than a limit is listed, and in no mean: neither clamped nor repaired.

Seconds of a step are center time as well as anybody said it. Where nobody did, they are hall time on a line of its own
for each stretch, so far away (`FAR_S`) that no calendar reaches it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

HOUR_S = 3600
FORGOTTEN_S = 4 * HOUR_S
"""A service that lasted longer was forgotten: flagged, counted, outside the means."""
LONGEST_S = 16 * HOUR_S
"""Everything else that lasted longer has a night in it, or a clock fault."""
LONGEST_WALK_S = HOUR_S
LATE_WALK_S, LATE_ACT_S = 60, 5
"""So long after the call, and so soon before the next act, START was pressed only when the service was over."""

DAY_S = 86_400
FAR_S = DAY_S * 10**9
"""Where the time of the first stretch without a date lies, and so far apart are two of them."""


class Stamp(Protocol):
    """When a step happened: seconds `t`; `stretch` 0 if that is known center time, else the stretch in which alone it
    can be compared; `boot` names box and boot ("": not known) whose monotonic clock showed `mono` seconds.
    """

    @property
    def t(self) -> int:
        """Seconds."""
        ...

    @property
    def stretch(self) -> int:
        """Whose time it is."""
        ...

    @property
    def boot(self) -> str:
        """Box and boot."""
        ...

    @property
    def mono(self) -> int:
        """Seconds of the box's monotonic clock."""
        ...


class Verdict(StrEnum):
    """What a duration is worth."""

    GOOD = ""
    UNKNOWN = "unknown"
    NEGATIVE = "negative"
    LONG = "too long"


def lasted(begin: Stamp, end: Stamp) -> int | None:
    """Whole seconds from one step to another; None: nobody knows."""
    if begin.boot and begin.boot == end.boot:
        return end.mono - begin.mono
    return end.t - begin.t if begin.stretch == end.stretch else None


def verdict(seconds: int | None, longest_s: int = LONGEST_S) -> Verdict:
    """Whether a duration may be counted; if not, why not."""
    if seconds is None:
        return Verdict.UNKNOWN
    if seconds < 0:
        return Verdict.NEGATIVE
    return Verdict.LONG if seconds > longest_s else Verdict.GOOD


@dataclass(frozen=True, slots=True)
class At:
    """A stamp by itself."""

    t: int
    stretch: int = 0
    boot: str = ""
    mono: int = 0


def dated(t: int) -> bool:
    """Whether these seconds are on the calendar."""
    return t < FAR_S
