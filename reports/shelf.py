"""Visits of a log of any length: those of the last days are at hand, the others lie packed in a file without a name.

Policy. A row may still come for any visit of any year, so nothing is ever declared over: whatever is asked for is
fetched back. What is asked for nearly always came a moment ago; so memory is that of so many visits, however long the
log is, and a log with fewer visits never sees a file. At the end everything is given out in order, as often as one
likes, also by several processes that were forked meanwhile.
"""

import os
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import chain, islice
from typing import IO, Any, Generic, TypeVar

import msgspec

MOST = 32_000
"""So many are at hand."""
PAGE = 256
"""Visits named after so many rows of one box in a row lie together: they are fetched together."""
BLOCK = 64
"""So many in order are read together at the end, of each part that was brought into order by itself."""
QUICK = 1

T = TypeVar("T")
V = TypeVar("V")
Page = tuple[str, int]
Piece = tuple[int, int]
"""Where something lies in the file, and how long it is."""
Sorted = tuple[tuple[int, int], str, V]
"""A visit, and what it is ordered by."""


class Shelf(Generic[V]):
    """Values by the id of their row. `hot` may be read and changed by who knows that what he looks for may lie in the
    file: then `find` has it.
    """

    def __init__(self, kind: Any, most: int = MOST) -> None:
        """`kind`: the type of the values, for msgspec."""
        self.hot: dict[str, V] = {}
        self.most = most
        self._block = max(1, min(BLOCK, most // BLOCK))
        self.count = 0
        """How many there are in order, after `sort`."""
        self._pages: dict[Page, list[Piece]] = {}
        self._file: IO[bytes] | None = None
        self._end = 0
        self._items = msgspec.msgpack.Decoder(list[tuple[str, kind]])
        self._blocks = msgspec.msgpack.Decoder(list[tuple[tuple[int, int], str, kind]])
        self._encode = msgspec.msgpack.Encoder().encode
        self._runs: list[list[Piece]] | None = None
        self._whole: list[Sorted[V]] = []

    def find(self, key: str) -> V | None:
        """The value, wherever it lies."""
        found = self.hot.get(key)
        if found is None and self._pages:
            self._fetch(key)
            found = self.hot.get(key)
        return found

    def __setitem__(self, key: str, value: V) -> None:
        self.find(key)
        self.hot[key] = value

    def pop(self, key: str) -> None:
        """Forget one; nothing happens if there is none."""
        self.find(key)
        self.hot.pop(key, None)

    def tidy(self) -> None:
        """Put the older ones into the file if there are too many; nobody may hold one of them meanwhile."""
        if len(self.hot) > self.most:
            self._put_away(len(self.hot) - self.most // 2)

    def _put_away(self, many: int) -> None:
        pages: dict[Page, list[tuple[str, V]]] = {}
        for key in list(self.hot)[:many]:
            pages.setdefault(_page_of(key), []).append((key, self.hot.pop(key)))
        for page, items in pages.items():
            self._pages.setdefault(page, []).append(self._write(items))

    def _fetch(self, key: str) -> None:
        for piece in self._pages.pop(_page_of(key), ()):
            self.hot.update(self._items.decode(self._read(piece)))

    def _write(self, what: object) -> Piece:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="onedoor-", buffering=0)  # noqa: SIM115 - it ends with the shelf
            weakref.finalize(self, self._file.close)
        data = zlib.compress(self._encode(what), QUICK)
        begin, left = self._end, memoryview(data)
        while left:
            written = os.pwrite(self._file.fileno(), left, self._end)
            left, self._end = left[written:], self._end + written
        return begin, len(data)

    def _read(self, piece: Piece) -> bytes:
        """By its place, not by where the file stands: forked processes share that."""
        assert self._file is not None
        return zlib.decompress(os.pread(self._file.fileno(), piece[1], piece[0]))

    def sort(self, order: Callable[[str, V], tuple[int, int] | None]) -> None:
        """Bring all of them into order, once, after the last one was put here. `order` may change a value, and says
        what it is ordered by; None: it is left out.
        """
        if not self._pages:
            self._whole = self._ordered(self.hot.items(), order)
            self._runs, self.hot = [], {}
        else:
            self._put_away(len(self.hot))
            pieces = sorted(piece for pieces in self._pages.values() for piece in pieces)
            self._pages, self._runs = {}, []
            items = chain.from_iterable(self._items.decode(self._read(piece)) for piece in pieces)
            for some in _some(items, max(1, self.most // 2)):
                run = self._ordered(some, order)
                self._runs.append([self._write(block) for block in _some(run, self._block)])

    def _ordered(self, items: Any, order: Callable[[str, V], tuple[int, int] | None]) -> list[Sorted[V]]:
        found = [(at, key, value) for key, value in items if (at := order(key, value)) is not None]
        found.sort(key=lambda one: one[:2])
        self.count += len(found)
        return found

    def in_order(self) -> Iterator[Sorted[V]]:
        """All of them, after `sort`."""
        assert self._runs is not None
        return merge(self._whole, *map(self._run, self._runs), key=lambda one: one[:2])

    def _run(self, run: list[Piece]) -> Iterator[Sorted[V]]:
        for piece in run:
            yield from self._blocks.decode(self._read(piece))


def _some(items: Iterable[T], many: int) -> Iterator[list[T]]:
    """So many at a time."""
    left = iter(items)
    while some := list(islice(left, many)):
        yield some


def _page_of(key: str) -> Page:
    """What a row is kept with: its box's rows before and after it."""
    run, _, number = key.rpartition(".")
    return (run, int(number) // PAGE) if number.isdecimal() and len(number) < 17 else (key, 0)
