"""Who is next: one number a leg carries, and the smallest wins.

    effective time = queue time - credit of its class
    effective time of an appointment = its appointed time, or when he came if that is earlier

The queue time is when the leg entered its queue; a later leg of a route and a no-show who came back keep the visit's
first time or take a new one, as the center's rules say. A credit of fifteen minutes means "as if you had come fifteen
minutes earlier".

Why nobody starves. Nobody whose queue time is later by more than B is ever called before me, where B is the largest of
the credits and the lateness that an appointment may have: my effective time is at most my queue time, theirs at least
their queue time less B. So only those can pass me who came within B after me, and they are as many as came. The guard
bounds even that: who has waited `guard_min` minutes goes before everybody with a later queue time, credit or not.
Only a clerk's own word (out of order) can put somebody before that, and each such word is a row with its reason.

It fits on a poster, and it costs O(log n). Equal times are settled by the ticket's row, as a number, so that every
reader of the log finds the same order.
"""

from bisect import bisect_left, insort
from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import merge
from itertools import chain, islice, takewhile

from onedoor.hall.events import RowId
from onedoor.hall.rules import Rules

MINUTE_MS = 60_000
Entry = tuple[int, str]


def effective_ms(queued_ms: int, cls: str, rules: Rules, appointed_ms: int | None = None) -> int:
    """The effective time of a leg (milliseconds since 1970); a class that the rules do not name has no credit.

    `appointed_ms` is given only for an appointment that counts, see `appointment_counts`.
    """
    if appointed_ms is not None:
        return min(appointed_ms, queued_ms)
    return queued_ms - rules.credit_min.get(cls, 0) * MINUTE_MS


def appointment_counts(appointed_ms: int, came_ms: int, rules: Rules) -> bool:
    """Whether who came then is in time for his appointment. Earlier or later he waits like everybody who came then:
    an appointment never makes anybody wait longer than having none.
    """
    return appointed_ms - rules.early_min * MINUTE_MS <= came_ms <= appointed_ms + rules.late_min * MINUTE_MS


DIGITS = 12


def in_row_order(ticket: RowId) -> str:
    """A row's id as text by which rows of one run are in the order of their numbers: 2 before 10."""
    box, _, number = ticket.rpartition(".")
    return f"{box}.{number:0>{DIGITS}}"


def _ticket(key: str) -> RowId:
    """The row's id again."""
    box, _, number = key.rpartition(".")
    return RowId(f"{box}.{number.lstrip('0') or '0'}")


@dataclass(slots=True)
class _Queue:
    """One queue twice: by effective time, and in strict order, by queue time alone."""

    by_rule: list[Entry] = field(default_factory=list)
    strict: list[Entry] = field(default_factory=list)


class WaitingLine:
    """The legs that wait, per queue, in order of their effective time."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}
        self._of_box: Tally[str] = Tally()

    def add(self, queue: str, at_ms: int, ticket: RowId, queued_ms: int | None = None) -> None:
        """Let a leg wait from its effective time on; its queue time is the same unless given."""
        self._of_box[ticket.partition(".")[0]] += 1
        line = self._queues.setdefault(queue, _Queue())
        key = in_row_order(ticket)
        insort(line.by_rule, (at_ms, key))
        insort(line.strict, (at_ms if queued_ms is None else queued_ms, key))

    def remove(self, queue: str, at_ms: int, ticket: RowId, queued_ms: int | None = None) -> None:
        """Take a leg out; it must be there, with the same times."""
        line = self._queues[queue]
        self._of_box[ticket.partition(".")[0]] -= 1
        for entries, at in ((line.by_rule, at_ms), (line.strict, at_ms if queued_ms is None else queued_ms)):
            i = bisect_left(entries, (at, in_row_order(ticket)))
            assert entries[i] == (at, in_row_order(ticket))
            del entries[i]
        if not line.by_rule:
            del self._queues[queue]

    def first(self, queues: Iterable[str], overdue_ms: int | None = None) -> RowId | None:
        """The leg that is next for a counter which serves these queues. A leg with a queue time up to `overdue_ms` goes
        before every credit.
        """
        lines = self._some(queues)
        if overdue_ms is not None:
            oldest = min((line.strict[0] for line in lines), default=None)
            if oldest is not None and oldest[0] <= overdue_ms:
                return _ticket(oldest[1])
        first = min((line.by_rule[0] for line in lines), default=None)
        return None if first is None else _ticket(first[1])

    def in_order(self, queues: Iterable[str] | None = None, overdue_ms: int | None = None) -> Iterator[RowId]:
        """Every waiting leg of these queues (of all, if None), first one first."""
        lines = self._some(self._queues if queues is None else queues)
        by_rule = (_ticket(key) for _, key in merge(*(line.by_rule for line in lines)))
        if overdue_ms is None:
            return by_rule
        late = takewhile(lambda entry: entry[0] <= overdue_ms, merge(*(line.strict for line in lines)))
        before = [_ticket(key) for _, key in late]
        known = set(before)
        return chain(before, (ticket for ticket in by_rule if ticket not in known))

    def passed_by(self, queues: Iterable[str], queued_ms: int, ticket: RowId, told: int) -> tuple[int, list[RowId]]:
        """Who came before somebody with this queue time and still waits: how many, and the first few of them."""
        lines = self._some(queues)
        count = sum(bisect_left(line.strict, (queued_ms, in_row_order(ticket))) for line in lines)
        first = islice(merge(*(line.strict for line in lines)), min(told, count)) if count else ()
        return count, [_ticket(key) for _, key in first]

    def head_ms(self, queue: str) -> int | None:
        """The effective time of the first in a queue."""
        line = self._queues.get(queue)
        return line.by_rule[0][0] if line and line.by_rule else None

    def ahead(self, queue: str, at_ms: int, ticket: RowId) -> int:
        """How many legs of this queue are called before this one, as things stand."""
        line = self._queues.get(queue)
        return bisect_left(line.by_rule, (at_ms, in_row_order(ticket))) if line else 0

    def count(self, queue: str) -> int:
        """How many wait in this queue."""
        line = self._queues.get(queue)
        return len(line.by_rule) if line else 0

    def names(self) -> list[str]:
        """Every queue in which somebody waits."""
        return list(self._queues)

    def of_box(self, dev: str) -> int:
        """How many wait with a ticket that this box gave."""
        return self._of_box[dev]

    def __len__(self) -> int:
        return self._of_box.total()

    def _some(self, queues: Iterable[str]) -> list[_Queue]:
        return [line for q in set(queues) if (line := self._queues.get(q)) and line.by_rule]
