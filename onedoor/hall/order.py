"""Who is next: one number a leg carries, and the smallest wins.

    effective time = when the leg entered the queue - credit of its class

A credit of fifteen minutes means "as if you had come fifteen minutes earlier". Nobody starves:
whoever waits longer than the largest credit is before everybody who comes later. It fits on a
poster, and it costs O(log n). Equal times are settled by the ticket's id, so that every reader of
the log finds the same order.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from heapq import merge

from onedoor.hall.events import RowId

CREDIT_MIN: dict[str, int] = {"N": 0}
"""Credit in minutes of each class; a center's rules will add theirs."""


def effective_ms(entered_ms: int, cls: str) -> int:
    """The effective queue time of a leg (milliseconds since 1970); an unknown class has no credit."""
    return entered_ms - CREDIT_MIN.get(cls, 0) * 60_000


class WaitingLine:
    """The legs that wait, per queue, in order of their effective time."""

    def __init__(self) -> None:
        self._queues: dict[str, list[tuple[int, RowId]]] = {}

    def add(self, queue: str, at_ms: int, ticket: RowId) -> None:
        """Let a leg wait from its effective time on."""
        insort(self._queues.setdefault(queue, []), (at_ms, ticket))

    def remove(self, queue: str, at_ms: int, ticket: RowId) -> None:
        """Take a leg out; it must be there, with the same effective time."""
        line = self._queues[queue]
        i = bisect_left(line, (at_ms, ticket))
        assert line[i] == (at_ms, ticket)
        del line[i]

    def first(self, queues: Iterable[str]) -> RowId | None:
        """The leg that is next for a counter which serves these queues."""
        heads = [line[0] for q in set(queues) if (line := self._queues.get(q))]
        return min(heads)[1] if heads else None

    def in_order(self, queues: Iterable[str] | None = None) -> Iterator[RowId]:
        """Every waiting leg of these queues (of all, if None), first one first."""
        names = self._queues if queues is None else set(queues)
        return (ticket for _, ticket in merge(*(self._queues.get(q, []) for q in names)))

    def ahead(self, queue: str, at_ms: int, ticket: RowId) -> int:
        """How many legs of this queue are called before this one, as things stand."""
        return bisect_left(self._queues.get(queue, []), (at_ms, ticket))

    def count(self, queue: str) -> int:
        """How many wait in this queue."""
        return len(self._queues.get(queue, ()))

    def names(self) -> list[str]:
        """Every queue that has ever had somebody."""
        return list(self._queues)

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))
