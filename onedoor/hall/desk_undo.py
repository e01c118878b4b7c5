"""What a counter did last, and how it stood before (pure): all that Undo needs at the counter itself.

Policy. Undo takes back one act, the last one, for UNDO_MS; the counter says which one before it is pressed. Then it
stands as if the act had not been: the same person, the same clocks, the same list. A recall, a note and a count outside
change nobody's place and are passed over. What cannot be taken back ends it: nothing older is taken back by mistake.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

from onedoor.hall.refusals import Refusal

if TYPE_CHECKING:
    from onedoor.hall.desk import Desk

UNDO_MS = 10_000
"""So long the last action of a counter can be taken back."""

WORDS: Mapping[str, str] = {
    "Next": "Next", "NextOnRoll": "Roll", "CallLabel": "Call a number", "Start": "Start", "End": "Finish",
    "NoShow": "No-show", "Park": "Park", "Transfer": "Send on", "WalkIn": "Without a ticket", "Pause": "Pause",
}  # fmt: skip
"""What can be taken back, with the word of its button. NEXT stands for the call; the end before it is an End."""


@dataclass(slots=True)
class Stood:
    """How a counter stood: its fields of these names in `onedoor.hall.desk.Desk`."""

    ticket: str = ""
    label: str = ""
    service: str = ""
    waited_ms: int | None = None
    at: str = "idle"
    since_ms: int | None = None
    recalled_ms: int | None = None
    parked: list[str] = field(default_factory=list)
    so_far: dict[str, int | None] = field(default_factory=dict)
    so_far_ms: int | None = 0
    cls: str = "N"
    leg: int = 1


@dataclass(slots=True)
class Last:
    """The last act here (`what`, of WORDS), about whom, at which moment of this boot's monotonic clock (None: of
    another boot), and how the counter stood before.
    """

    what: str
    label: str
    at_ms: int | None
    before: Stood


def stood(desk: "Desk") -> Stood:
    """How the counter stands."""
    found = Stood(**{one.name: getattr(desk, one.name) for one in fields(Stood)})
    found.parked, found.so_far = list(desk.parked), dict(desk.so_far)
    return found


def stand_again(desk: "Desk", before: Stood) -> None:
    """It stands as before. Changes the desk."""
    for one in fields(Stood):
        setattr(desk, one.name, getattr(before, one.name))
    desk.last = None


def long_ago(last: Last | None) -> Last | None:
    """The last act, seen from another boot of the machine: its moments cannot be compared with those of this one."""
    if last is None:
        return None
    return replace(last, at_ms=None, before=replace(last.before, since_ms=None, recalled_ms=None))


def left_ms(desk: "Desk", now_ms: int) -> int:
    """For how long the last act can still be taken back; 0: there is none, or it is too late."""
    if desk.last is None or desk.last.at_ms is None or not desk.open:
        return 0
    return max(0, desk.last.at_ms + UNDO_MS - now_ms)


def undoable(desk: "Desk", now_ms: int) -> Last | None:
    """What Undo would take back now."""
    return desk.last if left_ms(desk, now_ms) and not_undoable(desk, now_ms) is None else None


def not_undoable(desk: "Desk", now_ms: int) -> Refusal | None:
    """Why nothing can be taken back here and now, as far as the counter knows."""
    if desk.paused and (desk.last is None or desk.last.what != "Pause"):
        return Refusal.PAUSED
    if desk.last is None:
        return Refusal.NOTHING_TO_UNDO
    return None if left_ms(desk, now_ms) else Refusal.UNDO_TOO_LATE


def taken_back(desk: "Desk", ticket: str, *, serving: bool) -> bool:
    """The hub has taken the last act back: this person is here again ("" nobody), being served or on the way. Whether
    the counter knows how it stood before; then it stands so again. Changes the desk.
    """
    last = desk.last
    if last is None or (last.before.ticket, last.before.at == "serving") != (ticket, serving):
        return False
    stand_again(desk, last.before)
    return True
