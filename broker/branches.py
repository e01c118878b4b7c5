"""What a hub had put aside while it followed another, and takes into its own log now that it leads.

Policy. Part by part, because a branch may be a whole log; what cannot be taken now does not stop what stands behind it,
and is tried again. The branch is done when its last row is in the log.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from broker.store import NOWHERE, Place, Store
from onedoor.device.timers import Timers
from onedoor.wire.errors import WireError
from onedoor.wire.rows import LogRow

log = logging.getLogger("onedoor.hub")

AGAIN_MS = 5_000
PART = 500


@dataclass(slots=True)
class OwnBranches:
    """The branches of one hub. `covers` says whether its log has a row (device, run, number in the run); `take` takes
    rows, or raises WireError at the first that nobody can take; `flush` commits them.
    """

    store: Store
    timers: Timers
    covers: Callable[[str, str, int], bool]
    take: Callable[[list[LogRow]], None]
    flush: Callable[[], None]
    _place: Place = field(default=NOWHERE, init=False)
    _clear: bool = field(default=True, init=False)
    """Whether the log had everything so far in this round."""

    def go_on(self) -> None:
        """Take the next part, until everything is taken."""
        part = self.store.branch_part(self.covers, PART, self._place)
        try:
            self.take(part.rows)
        except WireError as wrong:
            log.warning("a row that was put aside cannot be taken: %s: %s", wrong.code, wrong)
        self.flush()
        self._clear = self._clear and not part.rows
        if self._clear and not part.more:
            self.store.branches_done()
            return
        if part.more:
            self._place = part.place
        else:
            self._place, self._clear = NOWHERE, True
        self.timers.start("branches", 1 if part.more else AGAIN_MS, self.go_on)
