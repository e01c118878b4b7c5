"""What happens when the printing part says nothing, and when it says so after all.

Policy: "printing" is shown for PAPER_MS at most, whatever printers and their threads do: the number is valid without
paper, and the screen says so. A paper that comes out later is still told, to the log and to whoever stands there.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kiosk import wishes as w
from kiosk.flow import Screen
from onedoor.hall import events as ev

if TYPE_CHECKING:
    from kiosk.core import Kiosk

PAPER_MS = 90_000
"""A ticket takes 68 seconds on a serial line of 9600 baud, and that is no fault."""
NO_ANSWER = "timeout"


@dataclass(slots=True)
class LatePaper:
    """The papers of one kiosk that did not come in time."""

    kiosk: "Kiosk"
    _unanswered: deque[ev.RowId] = field(default_factory=lambda: deque(maxlen=50))
    """Tickets whose paper nobody waited for to the end; it may have come out all the same."""

    def no_answer(self) -> None:
        """The screen goes on, and says that there is no paper."""
        kiosk = self.kiosk
        job = kiosk.job
        if kiosk.screen is Screen.PRINTING and job is not None:
            kiosk.give_up(job.ticket)
            self._unanswered.append(job.ticket)
            kiosk.on_wish(w.PrintEnded(job.ticket, "", NO_ANSWER))
        elif kiosk.screen is Screen.LISTING:
            kiosk.give_up("list")
            kiosk.on_wish(w.SheetEnded("list", NO_ANSWER))
        kiosk.box.needs.set(NO_ANSWER, needed=True)

    def printed(self, ended: w.PrintEnded) -> None:
        """A paper came out after all: the log is told, and whoever still stands there is told to take it."""
        kiosk = self.kiosk
        if ended.fault or ended.ticket not in self._unanswered:
            return
        self._unanswered.remove(ended.ticket)
        kiosk.write(ev.Printed(ended.ticket, ended.level, printer=ended.printer), paper=kiosk.paper_left())
        job = kiosk.job
        if job is not None and job.ticket == ended.ticket and kiosk.screen is Screen.ISSUED:
            kiosk.well_after_all()
