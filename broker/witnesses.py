"""Who says that another hub leads.

Policy. A hub that was replaced has to stop, and hears of it from the other box itself, or from the boxes that follow
it. One box alone may be broken, or somebody else's: its word ends no lead, and is told to the head. Whoever follows a
higher epoch does not listen to this hub anyway, so nothing is lost until a second one says the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from broker.intake import Peer
from onedoor.wire.messages import Start

REMEMBERED = 8
"""Starts that were named and never seconded; whoever names more forgets the oldest."""


@dataclass(slots=True)
class Witnesses:
    """The boxes that have named a start of another hub."""

    _named: dict[Start, set[str]] = field(default_factory=dict, init=False)

    def enough(self, dev: str, start: Start, peers: Mapping[str, Peer]) -> bool:
        """Whether this is so: a spare says it, or two boxes (where there is only one, that one)."""
        if peers[dev].role == "spare":
            return True
        said = self._named.pop(start, set()) | {dev}
        self._named[start] = said
        while len(self._named) > REMEMBERED:
            del self._named[next(iter(self._named))]
        boxes = sum(peer.role != "spare" for peer in peers.values())
        return len(said) >= min(2, boxes)
