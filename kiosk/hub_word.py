"""What the hub says about this very kiosk: numbers that it did not take, and another box with this one's name.

Policy. A number that the hub refused stands in no line, and its holder has a paper: he is told while he stands here,
and every clerk's panel names the number for an hour. Two boxes with one name give the same numbers. That the broker
threw one out for the other may also be a bad cable, so a kiosk says it and goes on; but where the hub has, at the same
time, new rows under its name that it has not written, there is another one, and it gives no number until that is over.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from kiosk.flow import Screen
from onedoor.device.journal import fact_at
from onedoor.hall import events as ev
from onedoor.hall.events import RowId
from onedoor.wire.limits import ROWS_REFUSED_TOLD
from onedoor.wire.messages import Mark

if TYPE_CHECKING:
    from kiosk.core import Kiosk

LOST_MS = 3_600_000
TWIN_MS = 180_000
"""So long after the last sign of another box it is over: the hub says it again with every mark, and each minute."""
KEPT = "not_taken"
TWO_BOXES = "two_boxes"
REASON = "Another box has this kiosk's name: call the technician."
SAFE = (Screen.WELCOME, Screen.SERVICES, Screen.CONFIRM, Screen.CODE, Screen.RECEIPT, Screen.NOT_HERE)
"""From these the screen goes at once: nothing is being printed, and nobody of the staff is at work."""


@dataclass(slots=True)
class HubWord:
    """The hub's word about one kiosk. `lost`: the numbers that are in no line, by row."""

    kiosk: "Kiosk"
    lost: dict[RowId, str] = field(default_factory=dict)
    doubled: bool = False
    """The broker let another box in under this name, and threw this one out, or the other way round."""
    twin: bool = False
    """There is another box under this name, and it writes."""
    _written: bool = False
    """Rows under this name came to the hub that this card did not write."""
    _heard: list[RowId] = field(default_factory=list)
    _others: dict[str, int] | None = None
    """Rows of runs that this card does not have, as the hub named them last."""

    def begin(self, kept: str | None) -> None:
        """What the card remembers: which refusals were told before this start."""
        self._heard = msgspec.json.decode(kept, type=list[RowId]) if kept else []

    def hear(self, mark: Mark) -> None:
        """A mark for this kiosk."""
        self._hear_refused(mark)
        others, before = self._runs_of_others(mark), self._others
        grown = before is not None and any(n > before.get(run, 0) for run, n in others.items())
        self._others = {**(before or {}), **others}
        self._written = self._written or grown
        if grown or mark.refused == TWO_BOXES:
            self.kiosk.timers.start("twin", TWIN_MS, self._over)
        self.doubled = self.doubled or mark.refused == TWO_BOXES
        if self.doubled and self._written and not self.twin:
            self.twin = True
            if self.kiosk.screen in SAFE:
                self.kiosk.rest()

    def _over(self) -> None:
        self.doubled = self.twin = self._written = False
        if self.kiosk.screen is Screen.CLOSED:
            self.kiosk.rest()
        self.kiosk.show_now()

    def _runs_of_others(self, mark: Mark) -> dict[str, int]:
        own = {span.run for span in self.kiosk.sender.journal.spans}
        return {run: n for run, n in mark.have.items() if run not in own}

    def _hear_refused(self, mark: Mark) -> None:
        kiosk = self.kiosk
        new = [RowId(row) for row in mark.not_taken if row not in self._heard]
        facts = [fact for row in new if (fact := fact_at(kiosk.sender.journal, row)) is not None]
        if not facts:
            return
        self._heard = [*self._heard, *(fact.id for fact in facts)][-2 * ROWS_REFUSED_TOLD :]
        for fact in facts:
            if isinstance(fact.event, ev.Issued):
                self.lost[fact.id] = fact.event.label
                kiosk.timers.start(f"lost {fact.id}", LOST_MS, lambda row=fact.id: self._forget(row))  # type: ignore[misc]
        kiosk.write(**{KEPT: msgspec.json.encode(self._heard).decode()})

    def _forget(self, row: RowId) -> None:
        self.lost.pop(row, None)
        self.kiosk.show_now()

    @property
    def alarms(self) -> list[str]:
        """What every clerk's panel shows: each number that is in no line."""
        return [f"lost:{label}" for label in list(self.lost.values())[-ROWS_REFUSED_TOLD // 2 :]]

    @property
    def reason(self) -> str:
        """Why this kiosk gives no numbers just now; "": it does."""
        return REASON if self.twin else ""
