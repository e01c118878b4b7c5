"""What a clerk can do at one counter, each as a value; what it does stands in `onedoor.hall.desk`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Open:
    """The counter takes people; `clerk` is the pseudonym under which its clerk has signed in."""

    clerk: str = ""


@dataclass(frozen=True, slots=True)
class Close:
    """The counter takes nobody any more. `then`: what becomes of the person who is there ("done", "no_show")."""

    then: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """Away for a while, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Back again."""


@dataclass(frozen=True, slots=True)
class Next:
    """Ends the current service, if there is one, and calls the next person. While somebody walks, it is Start."""


@dataclass(frozen=True, slots=True)
class NextOnRoll:
    """The same with the paper roll: whoever has the next number."""


@dataclass(frozen=True, slots=True)
class SetRoll:
    """A new roll begins with this number."""

    number: int


@dataclass(frozen=True, slots=True)
class CallLabel:
    """That very person: out of order (with a reason), parked, or back after a no-show."""

    label: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Requeue:
    """A no-show is here now and waits again."""

    label: str


@dataclass(frozen=True, slots=True)
class Recall:
    """The number once more."""


@dataclass(frozen=True, slots=True)
class Start:
    """The person stands here."""


@dataclass(frozen=True, slots=True)
class End:
    """The service here is over; `promised` is the day (YYYY-MM-DD) on which the result will be ready."""

    outcome: str = "done"
    reason: str = ""
    promised: str = ""


@dataclass(frozen=True, slots=True)
class NoShow:
    """Called, and nobody came."""


@dataclass(frozen=True, slots=True)
class Park:
    """The person comes back later: when called by number, or after `minutes` into the line again."""

    minutes: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """To another queue, to one counter (`counter/3`) or one clerk (`clerk/x`)."""

    queue: str
    place: str = "keep"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WalkIn:
    """Somebody without a ticket, or with a paper (`paper`) that nobody knows."""

    service: str
    paper: str = ""


@dataclass(frozen=True, slots=True)
class Undo:
    """The last action did not happen."""


@dataclass(frozen=True, slots=True)
class Note:
    """A word to the head."""

    text: str


@dataclass(frozen=True, slots=True)
class CountOutside:
    """So many stood before the door at opening."""

    count: int


@dataclass(frozen=True, slots=True)
class Book:
    """An appointment for somebody, under a code on a slip of paper."""

    code: str
    service: str
    at_ms: int


Action = (
    Open | Close | Pause | Resume | Next | NextOnRoll | SetRoll | CallLabel | Requeue | Recall | Start | End | NoShow
    | Park | Transfer | WalkIn | Undo | Note | CountOutside | Book
)  # fmt: skip
