"""The tree over a log that is read once, row by row, in little memory.

Policy. Nobody holds a log: of every 256 rows one hash is kept, and single rows' hashes only where somebody has said
beforehand that a proof will be asked for.
"""

from collections.abc import Sequence

from onedoor.wire.tree import STEP, Edge, Tree

BLOCK = 1 << STEP


class Spine:
    """A tree that grows, and gives proofs of the leaves that were held."""

    def __init__(self) -> None:
        self.size = 0
        self._edge = Edge()
        self._roots: list[bytes] = []
        self._blocks: dict[int, list[bytes]] = {}
        self._wanted: set[int] = set()

    def hold(self, *indexes: int) -> None:
        """Proofs of these leaves, or between trees that end behind them, will be asked for. They have not come yet, or
        are among the newest 256.
        """
        self._wanted |= {index >> STEP for index in indexes}

    def let_go(self) -> None:
        """Proofs of nothing that was held until now will be asked for."""
        self._wanted = set()
        self._blocks = {n: block for n, block in self._blocks.items() if n == self.size >> STEP}

    def push(self, data: bytes) -> None:
        """The next leaf."""
        n = self.size >> STEP
        self._blocks.setdefault(n, []).append(data)
        self._edge.push(data)
        self.size += 1
        if not self.size & BLOCK - 1:
            block = self._blocks[n]
            self._roots.append(Tree(lambda first, count: block[first & BLOCK - 1 :][:count]).node(STEP, n))
            if n not in self._wanted:
                del self._blocks[n]

    def root(self) -> bytes:
        """The root as it is now."""
        return self._edge.root()

    def edge(self) -> list[bytes]:
        """From which one can go on."""
        return list(self._edge.hashes)

    def tree(self) -> Tree:
        """For proofs of what was held. ValueError where a leaf was not."""
        return Tree(self._leaves, lambda level, n: self._roots[n] if level == STEP else None)

    def _leaves(self, first: int, count: int) -> Sequence[bytes]:
        block = self._blocks.get(first >> STEP, [])
        return block[first & BLOCK - 1 :][:count]
