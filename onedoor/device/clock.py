"""The only place that reads a clock.

Policy: everything else is handed a Clock. Durations come from `mono_ms` (CLOCK_BOOTTIME: it goes
on while the box sleeps and never steps), dates from `wall_ms`, and `trusted` says whether the wall
clock may be believed: network time has arrived in this boot, or the center's settings vouch for it.
"""

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from onedoor.hall.tickets import CENTER_ZONE


class Clock(Protocol):
    """What time it is. Milliseconds everywhere."""

    @property
    def boot_id(self) -> str:
        """Names this boot of the machine; monotonic times of two boots cannot be compared."""
        ...

    def wall_ms(self) -> int:
        """Milliseconds since 1970, UTC, as the box believes."""
        ...

    def mono_ms(self) -> int:
        """Milliseconds since boot; never steps."""
        ...

    def trusted(self) -> bool:
        """Whether the wall clock may be believed."""
        ...


class SystemClock:
    """The clock of this machine."""

    def __init__(self, *, vouched: bool = False) -> None:
        """`vouched`: somebody set this clock and answers for it (a laptop, a good hardware clock)."""
        self._vouched = vouched
        boot = Path("/proc/sys/kernel/random/boot_id")
        self._boot_id = boot.read_text().strip() if boot.exists() else f"start-{os.getpid()}"

    @property
    def boot_id(self) -> str:
        """The kernel's boot id."""
        return self._boot_id

    def wall_ms(self) -> int:
        """CLOCK_REALTIME."""
        return time.time_ns() // 1_000_000

    def mono_ms(self) -> int:
        """CLOCK_BOOTTIME."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

    def trusted(self) -> bool:
        """Vouched for, or set by network time since boot (systemd leaves this file then)."""
        return self._vouched or os.path.exists("/run/systemd/timesync/synchronized")


class VirtualClock:
    """A clock that stands until it is moved: for tests and simulations."""

    def __init__(self, wall_ms: int = 1_795_000_000_000, boot_id: str = "boot-1") -> None:
        self.now_ms = 0
        self.offset_ms = wall_ms
        self.is_trusted = True
        self._boot_id = boot_id

    @property
    def boot_id(self) -> str:
        """Set by `reboot`."""
        return self._boot_id

    def wall_ms(self) -> int:
        """Moves with the clock, and jumps with `step`."""
        return self.offset_ms + self.now_ms

    def mono_ms(self) -> int:
        """Moves with the clock."""
        return self.now_ms

    def trusted(self) -> bool:
        """As set."""
        return self.is_trusted

    def advance(self, ms: int) -> None:
        """Let time pass."""
        self.now_ms += ms

    def step(self, ms: int) -> None:
        """Move the wall clock and nothing else."""
        self.offset_ms += ms

    def reboot(self, boot_id: str) -> None:
        """The machine starts again; the monotonic clock begins at zero, the wall clock goes on."""
        self.offset_ms += self.now_ms
        self.now_ms = 0
        self._boot_id = boot_id


def local_time(wall_ms: int) -> datetime:
    """The date and time in Laos."""
    return datetime.fromtimestamp(wall_ms / 1000, UTC).astimezone(CENTER_ZONE)


def pause(seconds: float) -> None:
    """Wait; only for programs that poll another process, never inside a device."""
    time.sleep(seconds)
