"""The numbers of one kiosk, on its own card.

Policy: the number is on the card before anything is printed or sent; nobody is asked for it. A card may have forgotten
issues whose paper is out: after an unclean stop, and when the hub knows more than the card, ten numbers of each service
are left out. Where the card has forgotten a whole series, counting goes on behind it. An empty card is either a new one
or has forgotten everything: the hub's word decides, and without one ten numbers are left out.
"""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import msgspec

from onedoor.device.catalogue import Catalogue
from onedoor.device.clock import Clock
from onedoor.device.sender import Sender
from onedoor.hall import events as ev
from onedoor.hall.ledger import Fact
from onedoor.hall.tickets import SKIP_NUMBERS, Numbering, Today, begun, joined, next_number, on_day, used
from onedoor.hall.zone import day_of
from onedoor.wire import messages as msg
from onedoor.wire.tag import own_of

log = logging.getLogger("onedoor.kiosk")


@dataclass(slots=True)
class Numbers:
    """The series of every service, and the rows that keep them."""

    sender: Sender
    clock: Clock
    catalogue: Catalogue
    slot: int
    numbering: Numbering = field(default_factory=Numbering, init=False)
    own: str = field(default="", init=False)
    """The bits of the newest ticket's row that its paper carries."""
    _begun: int = field(default=0, init=False)
    _empty: bool = field(default=False, init=False)
    """The card had nothing on it, and nobody has told yet what that means."""
    _strange: set[str] = field(default_factory=set, init=False)
    """Runs that the hub has and the card has not, as far as that was noticed; kept, because it is noticed once."""

    def begin(self, booted: ev.Booted, *, empty: bool, unsure: str) -> None:
        """Begin a run behind the numbering as the card has kept it (`empty`: it has kept none): its first row, what is
        left out, what the last run left open, and whether it is unsure of its numbers.
        """
        journal = self.sender.journal
        self._empty = empty
        self._strange = set((journal.kept("strange") or "").split())
        self.sender.taken_back = self.word_taken_back
        self.sender.time.withdrew = self._own_word_taken_back
        events: list[ev.Event] = [booted]
        if not booted.clean and not self._empty:
            # An empty card that was taken for a forgetful one may have forgotten that too: ten left out, and what came
            # behind them.
            times = 1 if self.numbering.series else 2
            self.numbering = replace(self.numbering, doubts=self.numbering.doubts + times)
            if not self.numbering.series:
                self.numbering = on_day(self.numbering, self.today(), self.next_row())
            last = {s.id: next_number(self.numbering, s.id) - 1 for s in self.catalogue.services}
            events += self._skips(last, times)
        pending = journal.kept("printing")
        if pending:
            events.append(ev.PrintUnknown(ev.RowId(pending)))
        self.write(*events, clean="no", printing="", unsure=unsure)
        self._begun = self._count()

    def nobody_told(self) -> None:
        """A minute is over and the hub was not heard: an empty card is taken for one that has forgotten."""
        if not self._empty:
            return
        self._empty = False
        self.numbering = on_day(self.numbering, self.today(), self.next_row())
        if self.numbering.open:
            self.numbering = replace(self.numbering, doubts=self.numbering.doubts + 1)
        self.write(*self._skips({s.id: next_number(self.numbering, s.id) - 1 for s in self.catalogue.services}))

    def safe(self, mark: msg.Mark) -> bool:
        """Whether the hub has what this start wrote: then the numbers left out are known even if the card forgets
        them, and the hub has told what it has of this box before.
        """
        run = self.sender.journal.run
        return mark.echo_boot == self.clock.boot_id and mark.have.get(run, 0) >= self._begun

    def today(self) -> Today:
        """Which day it is, and whether anybody knows."""
        now = self.sender.time.now
        return Today(day_of(now.ms, self.sender.time.zone) if now.ms is not None else "", trusted=now.known)

    def next(self, service: str) -> int:
        """Use up the next number of a service; it is kept with the next row that is written."""
        today = self.today()
        self.numbering = on_day(self.numbering, today, self.next_row())
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
        [fact] = self.write(issued, printing=rid)
        self.own = own_of(fact)
        return rid

    def begin_again(self) -> None:
        """The staff says that all tickets of before are called, where nobody knows the day: numbers begin again."""
        self.numbering = begun(self.numbering, self.next_row())
        self.write(ev.NumbersBegun(self.slot))

    def word_taken_back(self) -> None:
        """A word about time was wrong of which this card had not heard: of which day its numbers are is not certain
        any more. Both are on the card when this returns.
        """
        self.numbering = replace(self.numbering, open=True)
        self.write()

    def _own_word_taken_back(self) -> None:
        """The same, noticed by the box itself, perhaps while a row is being written: it is kept right after it."""
        self.numbering = replace(self.numbering, open=True)
        self.sender.timers.start("open", 0, self._write_it)

    def trust_higher(self, mark: msg.Mark) -> None:
        """The hub knows higher numbers of this slot than the card, or a run or a series that the card does not: the
        card has forgotten some, and perhaps more than the hub has got.
        """
        spans = self.sender.journal.spans
        runs = set(mark.have) - {span.run for span in spans} - self._strange if len(spans) > 1 else set()
        series = {name for name in mark.highest if self._is_forgotten(name)}
        if series:
            log.warning("the hub has series that this card has forgotten: %s", sorted(series))
        if series or runs:
            if not self.numbering.series:
                self.numbering = on_day(self.numbering, self.today(), self.next_row())
            self.numbering = joined(self.numbering, series)
        known = self._known(mark)
        if runs:
            self._strange = (self._strange & set(mark.have)) | runs
            log.warning("the hub has runs that this card has forgotten: %s", sorted(runs))
            counted = {s.id: next_number(self.numbering, s.id) - 1 for s in self.catalogue.services}
            known = {s: max(n, known.get(s, 0)) for s, n in counted.items()}
        behind = {s: n for s, n in known.items() if runs or n > self.numbering.last.get(s, 0)}
        if behind:
            log.warning("numbers are left out behind what the hub knows: %s", behind)
        if behind or series or runs:
            self.write(*self._skips(behind), strange=" ".join(sorted(self._strange)))

    def _is_forgotten(self, series: str) -> bool:
        """Whether the row that began this series was written by this kiosk and is not on its card any more."""
        if series in self.numbering.others or "." not in series:
            return False
        run, seq = series.rsplit(".", 2)[1:]
        return not any(s.run == run and int(seq) <= s.count for s in self.sender.journal.spans)

    def _known(self, mark: msg.Mark) -> dict[str, int]:
        """The highest numbers that the hub knows of the present series, and of those that are counted with it."""
        numbering = self.numbering
        with_it = {name for name, series in numbering.others.items() if series == numbering.series}
        found: dict[str, int] = {}
        for name in ({numbering.series} if numbering.series else {numbering.day}) | with_it:
            for service, n in mark.highest.get(name, {}).items():
                found[service] = max(n, found.get(service, 0))
        return found

    def write(self, *events: ev.Event, **keep: str) -> list[Fact]:
        """Rows and what is kept beside them, in one commit; the numbering with them."""
        self.sender.time.look()
        numbering = msgspec.json.encode(self.numbering).decode()
        return self.sender.append(*events, keep={"numbering": numbering, **keep})

    def _write_it(self) -> None:
        self.write()

    def _skips(self, last: dict[str, int], times: int = 1) -> list[ev.Skipped]:
        """Leave ten numbers out behind these, so many times."""
        now = self.numbering
        skips = []
        for service, n in last.items():
            to = n + SKIP_NUMBERS * times
            self.numbering = used(self.numbering, service, to)
            skips.append(ev.Skipped(service, self.slot, to, now.day, now.series))
        return skips


def counted(rows: Iterable[Fact]) -> Numbering | None:
    """The numbering as far as a kiosk's own rows tell it, for a card whose kept one is lost: the highest numbers of the
    series that was begun last. Nobody can say whether there were rows behind these: the series is open. None: no number
    stands in them.
    """
    series, last = "", dict[str, int]()
    for event in (fact.event for fact in rows):
        if isinstance(event, ev.NumbersBegun):
            last = {}
        if isinstance(event, ev.Issued | ev.Skipped):
            if event.series != series:
                series, last = event.series, {}
            n = event.n if isinstance(event, ev.Issued) else event.to
            last[event.service] = max(n, last.get(event.service, 0))
    return Numbering(open=True, last=last) if last else None


def remembered(kept: str | None) -> Numbering | None:
    """The numbering as the card has it (None: it has none); an earlier release had another name for an open series."""
    if not kept:
        return None
    found = json.loads(kept)
    if "untrusted" in found:
        found["open"] = found.pop("untrusted")
    return msgspec.convert(found, type=Numbering)
