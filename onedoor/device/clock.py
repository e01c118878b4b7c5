"""The only place that reads a clock.

Policy: everything else is handed a Clock. Durations come from `mono_ms` (CLOCK_BOOTTIME: it goes
on while the box sleeps and never steps). The wall clock is no answer, only a source: `words` tells
what this machine's clocks say and how well they can know it, and `onedoor.hall.words` who is believed.
"""

import ctypes
import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Protocol

from onedoor.device.small_file import plain_json, read_plain, replace_file
from onedoor.hall.center_time import KNOWN
from onedoor.hall.words import AGREE_MS, GUESS, HARDWARE, NETWORK, VOUCHED, Word
from onedoor.hall.zone import moment_of

CLOCK_NOTE = "clock.json"
LOOK_EVERY_MS = 1_000
RIGHT_MS = 5_000
STA_UNSYNC = 0x40
STATUS_LONG = 5
"""Where `status` stands in the kernel's struct timex: an int behind five longs (64-bit)."""


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
        """Whether network time has arrived, or the center vouches for this clock."""
        ...

    def words(self) -> list[Word]:
        """What the clocks of this machine say now, each with how well it can know."""
        ...

    def distrust(self) -> None:
        """The hardware clock was found wrong: it is nobody's word until network time has found it right again."""
        ...


class SystemClock:
    """The clock of this machine."""

    def __init__(self, *, vouched: bool = False, folder: Path | None = None) -> None:
        """`vouched`: somebody set this clock and answers for it (a laptop). `folder`: where it is noted that the
        hardware clock was right; without it none is believed.
        """
        self._vouched = vouched
        self._hardware = HardwareClock(folder / CLOCK_NOTE) if folder is not None else None
        self._heard: tuple[int, list[Word]] = (-LOOK_EVERY_MS, [])
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
        return boot_ms()

    def trusted(self) -> bool:
        """Vouched for, or set by network time since boot (systemd leaves this file then)."""
        return self._vouched or network_time_came()

    def words(self) -> list[Word]:
        """Network time, the center's vouching, and the hardware clock; looked at once a second."""
        mono = self.mono_ms()
        if mono - self._heard[0] >= LOOK_EVERY_MS:
            self._heard = (mono, list(self._look(mono)))
        return self._heard[1]

    def _look(self, mono: int) -> Iterator[Word]:
        wall = self.wall_ms()
        if network_time_came():
            yield Word(wall - mono, NETWORK)
            if self._hardware is not None:
                self._hardware.note(wall, self._boot_id)
        elif self._vouched:
            yield Word(wall - mono, VOUCHED)
        if self._hardware is not None and (read := self._hardware.read_ms()) is not None:
            checked = self._hardware.is_checked(read)
            yield Word(read - mono, HARDWARE if checked else GUESS, KNOWN if checked else "")

    def distrust(self) -> None:
        """Forget that the hardware clock was ever right."""
        if self._hardware is not None:
            self._hardware.distrust()


class HardwareClock:
    """The battery clock of this board. It is believed when a file on this card says that it was right when network time
    was there, and it has not gone back since: one that lost its power begins again years ago.
    """

    def __init__(self, note: Path, place: Path = Path("/sys/class/rtc/rtc0")) -> None:
        """`note`: the file; `place`: the kernel's folder of the clock."""
        self._note, self._place = note, place
        self._noted_boot = ""

    def read_ms(self) -> int | None:
        """Milliseconds since 1970 by this clock; None where there is none, or it says that it lost its power."""
        try:
            return int((self._place / "since_epoch").read_text()) * 1000
        except (OSError, ValueError, OverflowError):
            return None

    def name(self) -> str:
        """Which clock on which board this is."""
        found = []
        for path in (self._place / "name", Path("/etc/machine-id")):
            try:
                found.append(path.read_text().strip())
            except OSError:
                found.append("")
        return " ".join(found)

    def note(self, right_ms: int, boot: str) -> None:
        """Network time is here: write down whether this clock is right, once a boot. One that is wrong is not believed
        any more until it was right again.
        """
        read = self.read_ms()
        if self._noted_boot == boot or read is None:
            return
        if abs(read - right_ms) > RIGHT_MS:
            if abs(read - right_ms) > AGREE_MS:
                with suppress(OSError):
                    self._note.unlink(missing_ok=True)
            return
        self._noted_boot = boot
        with suppress(OSError):
            replace_file(self._note, json.dumps({"clock": self.name(), "right_ms": right_ms}).encode())

    def distrust(self) -> None:
        """Forget that it was ever right."""
        self._noted_boot = ""
        with suppress(OSError):
            self._note.unlink(missing_ok=True)

    def is_checked(self, read_ms: int) -> bool:
        """Whether this reading may be believed."""
        try:
            noted = plain_json(read_plain(self._note))
            return bool(noted["clock"] == self.name() and read_ms >= int(noted["right_ms"]))
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return False


def network_time_came() -> bool:
    """Whether network time has set this machine's clock since boot: timesyncd leaves a file, chrony tells the
    kernel.
    """
    if os.path.exists("/run/systemd/timesync/synchronized"):
        return True
    return os.path.exists("/run/chrony/chronyd.pid") and not _kernel_unsynchronized()


def _kernel_unsynchronized() -> bool:
    """The kernel's own word (adjtimex, bit STA_UNSYNC of its status)."""
    timex = (ctypes.c_long * 64)()
    try:
        ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        return True
    return bool(timex[STATUS_LONG] & STA_UNSYNC)


class VirtualClock:
    """A clock that stands until it is moved: for tests and simulations."""

    def __init__(self, wall_ms: int = 1_795_000_000_000, boot_id: str = "boot-1") -> None:
        self.now_ms = 0
        self.offset_ms = wall_ms
        self.is_trusted = True
        self.hardware: tuple[int, bool] | None = None
        """What the hardware clock shows beside the right time (milliseconds), and whether it was ever checked."""
        self.vouched = False
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

    def words(self) -> list[Word]:
        """Network time if trusted; the hardware clock, which runs on whatever is done to the wall clock."""
        found = []
        if self.is_trusted:
            found.append(Word(self.offset_ms, VOUCHED if self.vouched else NETWORK))
        if self.hardware is not None:
            zero_ms, checked = self.hardware
            found.append(Word(zero_ms, HARDWARE if checked else GUESS, KNOWN if checked else ""))
        return found

    def distrust(self) -> None:
        """The hardware clock is only a guess from now on."""
        self.hardware = (self.hardware[0], False) if self.hardware is not None else None

    def advance(self, ms: int) -> None:
        """Let time pass."""
        self.now_ms += ms

    def step(self, ms: int) -> None:
        """Move the wall clock and nothing else."""
        self.offset_ms += ms

    def reboot(self, boot_id: str) -> None:
        """The machine starts again; the monotonic clock begins at zero, wall and hardware clock go on."""
        self.offset_ms += self.now_ms
        if self.hardware is not None:
            self.hardware = (self.hardware[0] + self.now_ms, self.hardware[1])
        self.now_ms = 0
        self._boot_id = boot_id


def local_time(wall_ms: int, zone: str) -> datetime:
    """The date and time in the center."""
    return moment_of(wall_ms, zone)


def boot_ms() -> int:
    """Milliseconds since boot; only for drivers that wait for a piece of hardware in a thread of their own."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def pause(seconds: float) -> None:
    """Wait; only for programs that poll another process, never inside a device."""
    time.sleep(seconds)
