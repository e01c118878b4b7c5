"""Which counters' boxes are there: by what each says of itself, and by what the broker says of one that is gone.

Policy. A counter that its log says is open calls nobody while its box is dark, and nobody can close it then. So whoever
waits there waits for nobody. The log cannot know that, and whether a counter is open or whom it has does not change by
it: this is kept beside the fold, is of this moment only, and no decision hangs on it, only what is said.

A box that is gone for a moment is no news. A program that ended is back within ten seconds (`RestartSec=2`, and its
start), a connection that broke within six (paho tries every five); `GRACE_MS` is twice that. A box that lost its power
is missed by the broker after one and a half keep-alives (22 s), so it is told at the latest 43 s after the cut. A box
that is back serves at once.

Who has not been heard yet is believed to be there: a hub that starts, or whose broker did, does not know. A broker that
was started has forgotten who was there (`persistence false`); whoever lives comes back and says so within seconds, and
after a power cut of the whole house within the minute that a Raspberry Pi takes to boot. After `UNHEARD_MS` silence
means that a box is not there. A counter that is no more part of the center is not there either.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from onedoor.device.clock import Clock
from onedoor.device.timers import Timers
from onedoor.wire import messages as msg

GRACE_MS = 20_000
UNHEARD_MS = 60_000
READY = "ready"
TIMER = "attendance"


@dataclass(slots=True)
class Attendance:
    """Who is there of these boxes. `changed` is called when that becomes another answer, also by time alone."""

    boxes: Collection[str]
    clock: Clock
    timers: Timers
    changed: Callable[[], None]
    _boots: dict[str, int] = field(default_factory=dict)
    _gone_ms: dict[str, int] = field(default_factory=dict)
    """Since when, by somebody's word, a box is not there (monotonic clock)."""
    _up_ms: int | None = None
    """Since when the broker is there, and the boxes had time to say that they are; None: it is not."""
    _told: frozenset[str] = frozenset()

    def link(self, *, up: bool) -> None:
        """The broker came or went. Nobody's word holds over that, but that somebody is gone, until he is back."""
        self._up_ms = self.clock.mono_ms() if up else None
        self._boots = {dev: boot for dev, boot in self._boots.items() if dev in self._gone_ms}
        self._look()

    def hear(self, dev: str, payload: bytes) -> None:
        """A box's word, or its last will; WireError if it breaks the contract. The will of a start before the one that
        has said it is ready means nothing.
        """
        said = msg.decode(payload, msg.Presence)
        if said.state == READY:
            self._gone_ms.pop(dev, None)
        elif said.boot < self._boots.get(dev, 0):
            return
        else:
            self._gone_ms.setdefault(dev, self.clock.mono_ms())
        self._boots[dev] = said.boot
        self._look()

    def there(self, dev: str) -> bool:
        """Whether this box serves, as far as anybody knows."""
        until = self._until(dev)
        return until is None or self.clock.mono_ms() < until

    def _until(self, dev: str) -> int | None:
        """Up to when a box counts as being there, as things stand; None: without an end."""
        if dev not in self.boxes:
            return 0
        if dev in self._gone_ms:
            return self._gone_ms[dev] + GRACE_MS
        return None if dev in self._boots or self._up_ms is None else self._up_ms + UNHEARD_MS

    def _look(self) -> None:
        """Tell what is new, and look again when that will be another answer."""
        away = frozenset(dev for dev in self.boxes if not self.there(dev))
        ends = [until for dev in self.boxes if dev not in away and (until := self._until(dev)) is not None]
        self.timers.cancel(TIMER)
        if ends:
            self.timers.start(TIMER, max(1, min(ends) - self.clock.mono_ms()), self._look)
        if away != self._told:
            self._told = away
            self.changed()
