"""The tree beside the chain: one hash over the whole log, of which every row can be proved with twenty hashes (pure).

Policy. The tree is that of RFC 6962, section 2.1, so that strangers' programs can read it: SHA-256; a leaf is
H(0x00, data), a node H(0x01, left, right); a tree of more than one leaf is cut at the greatest power of two below its
size; nothing is padded. The data of a leaf are the 32 bytes of a row's `hash`: leaf i, counted from 0, is row i + 1.
So whoever holds a row's number and hash can have it proved, and rows may be cut and stay provable.

A tree is never kept. Perfect subtrees of 256, 65,536 ... leaves may be, to be quicker: they never change.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

STEP = 8
"""Subtrees of 2**8, 2**16 ... leaves are worth keeping."""
DEEPEST = 62
"""No log has 2**62 rows; so no proof has more hashes than these."""
EMPTY = sha256(b"").digest()

Leaves = Callable[[int, int], Sequence[bytes]]
"""The data of so many leaves from one on."""
Kept = Callable[[int, int], bytes | None]
"""The root of perfect subtree (level, n), if somebody has kept it: that of leaves n * 2**level on."""


def leaf(data: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\x00" + data).digest()


def pair(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return sha256(b"\x01" + left + right).digest()


def nothing_kept(_level: int, _n: int) -> bytes | None:
    """No subtree is kept."""
    return None


class Tree:
    """The tree over some leaves, computed as far as somebody asks."""

    def __init__(self, leaves: Leaves, kept: Kept = nothing_kept) -> None:
        """`leaves`: where data come from; `kept`: subtrees that need not be computed again."""
        self._leaves, self._kept = leaves, kept
        self._at: dict[tuple[int, int], bytes] = {}

    def node(self, level: int, n: int) -> bytes:
        """The root of leaves n * 2**level to (n + 1) * 2**level, not counting the last."""
        known = self._at.get((level, n))
        if known is None and level and level % STEP == 0:
            known = self._kept(level, n)
        if known is None:
            known = (
                self._block(n, level)
                if level <= STEP
                else pair(self.node(level - 1, 2 * n), self.node(level - 1, 2 * n + 1))
            )
        if level >= STEP:
            self._at[level, n] = known
        return known

    def _block(self, n: int, level: int) -> bytes:
        hashes = [leaf(data) for data in self._leaves(n << level, 1 << level)]
        if len(hashes) != 1 << level:
            raise ValueError(f"leaves from {n << level} on are missing")
        while len(hashes) > 1:
            hashes = [pair(a, b) for a, b in zip(hashes[::2], hashes[1::2], strict=True)]
        return hashes[0]

    def span(self, first: int, last: int) -> bytes:
        """The root of leaves `first` to `last`, not counting that one, as it stands in a tree that is cut there."""
        return joined([self.node(level, n) for level, n in perfect(first, last)])

    def root(self, size: int) -> bytes:
        """The root of the first so many leaves."""
        return self.span(0, size)

    def edge(self, size: int) -> list[bytes]:
        """The roots of the perfect subtrees of the first so many leaves, greatest first: from there one can go on."""
        return [self.node(level, n) for level, n in perfect(0, size)]

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """That a leaf is in the tree of this size: the hashes beside its way up, lowest first."""
        if not 0 <= index < size:
            raise ValueError(f"leaf {index} is not in a tree of {size}")
        found, first, last = list[bytes](), 0, size
        while last - first > 1:
            middle = first + below(last - first)
            if index < middle:
                found.append(self.span(middle, last))
                last = middle
            else:
                found.append(self.span(first, middle))
                first = middle
        return found[::-1]

    def consistency(self, old: int, new: int) -> list[bytes]:
        """That the tree of `new` leaves continues that of `old`."""
        if not 0 <= old <= new:
            raise ValueError(f"a tree of {new} does not continue one of {old}")
        found, first, last = list[bytes](), 0, new
        while 0 < old < last:
            middle = first + below(last - first)
            if old <= middle:
                found.append(self.span(middle, last))
                last = middle
            else:
                found.append(self.span(first, middle))
                first = middle
        if first and old:
            found.append(self.span(first, last))
        return found[::-1]


def below(size: int) -> int:
    """The greatest power of two below a size of two or more."""
    return 1 << (size - 1).bit_length() - 1


def perfect(first: int, last: int) -> Iterator[tuple[int, int]]:
    """The perfect subtrees (level, n) of which leaves `first` to `last` are made, from left to right."""
    while first < last:
        level = (last - first).bit_length() - 1
        yield level, first >> level
        first += 1 << level


def joined(hashes: Sequence[bytes]) -> bytes:
    """The root of perfect subtrees that stand side by side, the greatest first."""
    if not hashes:
        return EMPTY
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = pair(left, root)
    return root


class Edge:
    """A tree of which only the right edge is known: it can grow, and has a root."""

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """`hashes`: as `Tree.edge` gives them. ValueError if a tree of this size has another number of them."""
        if len(hashes) != size.bit_count() or any(len(one) != len(EMPTY) for one in hashes):
            raise ValueError(f"a tree of {size} leaves has an edge of {size.bit_count()} hashes")
        self.size, self.hashes = size, list(hashes)

    def push(self, data: bytes) -> None:
        """One more leaf."""
        one, ends = leaf(data), self.size
        while ends & 1:
            one, ends = pair(self.hashes.pop(), one), ends >> 1
        self.hashes.append(one)
        self.size += 1

    def root(self) -> bytes:
        """The root as it is now."""
        return joined(self.hashes)


def included(index: int, size: int, data: bytes, proof: Sequence[bytes]) -> bytes | None:
    """The root that follows from a proof of inclusion; None if it is none for such a tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or any(len(one) != len(EMPTY) for one in proof):
        return None
    at, last, root = index, size - 1, leaf(data)
    for one in proof:
        if not last:
            return None
        if at & 1 or at == last:
            root = pair(one, root)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            root = pair(root, one)
        at, last = at >> 1, last >> 1
    return root if not last else None


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that one tree continues the other (RFC 9162, 2.1.4.2). An empty old tree proves nothing:
    it is continued by every one, without a proof.
    """
    if any(len(one) != len(EMPTY) for one in proof) or not 0 <= old <= new:
        return False
    if old in (0, new):
        return not proof and old_root == (new_root if old else EMPTY)
    hashes = [old_root, *proof] if not old & (old - 1) else list(proof)
    if not hashes:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    was = now = hashes[0]
    for one in hashes[1:]:
        if not last:
            return False
        if at & 1 or at == last:
            was, now = pair(one, was), pair(one, now)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            now = pair(now, one)
        at, last = at >> 1, last >> 1
    return not last and was == old_root and now == new_root
