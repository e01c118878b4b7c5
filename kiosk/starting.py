"""A kiosk's start: from which number on it is sure of itself.

Policy. After a power cut a card may have forgotten up to its last minute, and an empty card may have forgotten
everything: whether it is new or was emptied, it cannot tell. So no number is given before the hub has said what it
knows of this kiosk, or a minute has passed. A start that ends before that, in whatever way, leaves the next one as
unsure. A start after a clean stop leaves out nothing, but waits, too: else the card might forget this very start with
the numbers that it gave, and the next one would take the stop before it for its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kiosk.flow import Act, Screen
from kiosk.hub_word import KEPT
from kiosk.numbers import counted, remembered
from onedoor import __version__
from onedoor.device.joining import NEWEST
from onedoor.device.journal import as_written
from onedoor.hall import events as ev
from onedoor.hall.ledger import Fact
from onedoor.hall.tickets import Numbering

if TYPE_CHECKING:
    from kiosk.core import Kiosk

LIES_MS = 61_000
"""What is older than this, no card forgets. (Cards that do are rejected by the bench test.)"""


@dataclass(slots=True)
class Starting:
    """The start of one kiosk."""

    kiosk: "Kiosk"
    unsure: bool = field(default=False, init=False)
    """No number is given. It is on the card, too."""
    aside: Callable[[], list[Fact]] = field(default=list, init=False)
    """What can be read of the journal before this one, if that was put aside as damaged."""

    def begin(self) -> None:
        """Read the card, close what the last run left open, begin a new run."""
        kiosk, journal = self.kiosk, self.kiosk.sender.journal
        clean = journal.kept("clean") == "yes"
        empty = not journal.length
        new_boot = not empty and journal.read(journal.length - 1, 1)[0].boot_id != kiosk.clock.boot_id
        if new_boot or (not clean and (empty or journal.kept("unsure") == "yes")):
            self.unsure = True
            kiosk.session = replace(kiosk.session, screen=Screen.STARTING)
            kiosk.timers.start("sure", LIES_MS, self._by_time)
        with as_written(journal):
            kept = remembered(journal.kept("numbering")) or self._counted()
            if kept is not None:
                kiosk.numbers.numbering = kept  # whatever is written from now on keeps it
            kiosk.staff.remember()
            kiosk.word.begin(journal.kept(KEPT))
        kiosk.box.needs.start()
        booted = ev.Booted(__version__, clean=clean, volatile=kiosk.box.volatile)
        kiosk.numbers.begin(booted, empty=kept is None, unsure="yes" if self.unsure else "")

    def _counted(self) -> Numbering | None:
        """The card has rows and no numbering, or its rows lie aside: the numbers stand in the rows."""
        journal = self.kiosk.sender.journal
        return counted([*self.aside(), *journal.read(max(0, journal.length - NEWEST), NEWEST)])

    def clean(self) -> str:
        """What a clean end leaves on the card: the next start may go on with the next number, unless this one was
        never sure of its own.
        """
        return "no" if self.unsure else "yes"

    def sure(self) -> None:
        """Numbers are safe to give: the hub has told what it has, or nothing can be forgotten any more."""
        self.kiosk.timers.cancel("sure")
        if self.unsure:
            self.unsure = False
            self.kiosk.write(unsure="")
        if self.kiosk.go(Act.SURE):
            self.kiosk.staff.started()
        self.kiosk.show_now()

    def _by_time(self) -> None:
        """Nobody has told what is known of this kiosk. A card that was empty is not a new one for that."""
        self.kiosk.numbers.nobody_told()
        self.sure()
