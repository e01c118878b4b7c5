"""The numbers of one kiosk, on its own card.

Policy: the number is on the card before anything is printed or sent; nobody is asked for it. A card may have forgotten
issues whose paper is out: after an unclean stop, and when the hub knows more than the card, ten numbers of each service
are left out.
"""

import logging
from dataclasses import dataclass, field, replace

import msgspec

from onedoor.device.catalogue import Catalogue
from onedoor.device.clock import Clock
from onedoor.device.sender import Sender
from onedoor.hall import events as ev
from onedoor.hall.tickets import SKIP_NUMBERS, Numbering, Today, day_of, next_number, on_day, used
from onedoor.wire import messages as msg

log = logging.getLogger("onedoor.kiosk")


@dataclass(slots=True)
class Numbers:
    """The series of every service, and the rows that keep them."""

    sender: Sender
    clock: Clock
    catalogue: Catalogue
    slot: int
    numbering: Numbering = field(default_factory=Numbering, init=False)
    _begun: int = field(default=0, init=False)
    _strange: set[str] = field(default_factory=set, init=False)

    def begin(self, booted: ev.Booted) -> None:
        """Read the card and begin a run: its first row, what is left out, what the last run left open."""
        journal = self.sender.journal
        kept = journal.kept("numbering")
        if kept:
            self.numbering = msgspec.json.decode(kept, type=Numbering)
        events: list[ev.Event] = [booted]
        if not booted.clean:
            self.numbering = replace(self.numbering, doubts=self.numbering.doubts + 1)
            if not self.numbering.day:
                self.numbering = on_day(self.numbering, self.today())
            events += self._skips({s.id: next_number(self.numbering, s.id) - 1 for s in self.catalogue.services})
        pending = journal.kept("printing")
        if pending:
            events.append(ev.PrintUnknown(ev.RowId(pending)))
        self.write(*events, clean="no", printing="")
        self._begun = self._count()

    def safe(self, mark: msg.Mark) -> bool:
        """Whether the hub has what this start wrote: then the numbers left out are known even if the card forgets
        them, and the hub has told what it has of this box before.
        """
        run = self.sender.journal.run
        return mark.echo_boot == self.clock.boot_id and mark.have.get(run, 0) >= self._begun

    def today(self) -> Today:
        """Which day it is, and whether anybody knows."""
        now = self.sender.time.now
        return Today(day_of(now.ms) if now.ms is not None else "", trusted=now.known)

    def next(self, service: str) -> int:
        """Use up the next number of a service; it is kept with the next row that is written."""
        self.numbering = on_day(self.numbering, self.today())
        n = next_number(self.numbering, service)
        self.numbering = used(self.numbering, service, n)
        return n

    def next_row(self) -> ev.RowId:
        """The name that the next row will have."""
        journal = self.sender.journal
        return ev.row_id(journal.dev, journal.run, self._count() + 1)

    def _count(self) -> int:
        """The rows of this run."""
        journal = self.sender.journal
        return next((s.count for s in journal.spans if s.run == journal.run), 0)

    def issue(self, issued: ev.Issued) -> ev.RowId:
        """The number is on the card when this returns; and that it has no paper yet."""
        rid = self.next_row()
        self.write(issued, printing=rid)
        return rid

    def trust_higher(self, mark: msg.Mark) -> None:
        """The hub knows higher numbers of this slot than the card, or a run that the card does not: the card has
        forgotten some, and perhaps more than the hub has got.
        """
        known = mark.highest.get(self.numbering.day, {})
        strange = set(mark.have) - {span.run for span in self.sender.journal.spans} - self._strange
        if strange and len(self.sender.journal.spans) > 1:
            self._strange |= strange
            log.warning("the hub has runs that this card has forgotten: %s", sorted(strange))
            counted = {s.id: next_number(self.numbering, s.id) - 1 for s in self.catalogue.services}
            self.write(*self._skips({s: max(n, known.get(s, 0)) for s, n in counted.items()}))
            return
        behind = {service: n for service, n in known.items() if n > self.numbering.last.get(service, 0)}
        if behind:
            log.warning("the hub knows higher numbers than this card: %s", behind)
            self.write(*self._skips(behind))

    def write(self, *events: ev.Event, **keep: str) -> None:
        """Rows and what is kept beside them, in one commit; the numbering with them."""
        numbering = msgspec.json.encode(self.numbering).decode()
        self.sender.append(*events, keep={"numbering": numbering, **keep})

    def _skips(self, last: dict[str, int]) -> list[ev.Skipped]:
        """Leave ten numbers out behind these."""
        if not self.numbering.day:
            return []
        skips = []
        for service, n in last.items():
            self.numbering = used(self.numbering, service, n + SKIP_NUMBERS)
            skips.append(ev.Skipped(service, self.slot, n + SKIP_NUMBERS, self.numbering.day))
        return skips
