"""The clocks of a box: monotonic since its boot, with a drift; a wall clock that may show anything; a battery clock.

Nobody is believed for a wall clock that only goes on from where it stood. What counts as known is network time while it
is there, and a battery clock that was right when network time was there and has not gone back since: both may lie.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from onedoor import BUILT_MS
from onedoor.device.clock import RIGHT_MS
from onedoor.hall.center_time import KNOWN
from onedoor.hall.words import GUESS, HARDWARE, NETWORK, Word

if TYPE_CHECKING:
    from simulation.world import World

DAY = 86_400_000
HOUR = 3_600_000
YEAR = 365 * DAY
WALLS = ("saved", "1970", "2000", "built", "2036", "+1 day", "-1 day", "+12 h", "-12 h", "right", "-1 min")
"""What a wall clock shows after a power cut, on a box that nobody has told the time."""
BATTERIES = ("none", "none", "good", "good", "reset", "2036", "drifting", "12 h wrong")
YEAR_2036_MS = 2_082_758_400_000
YEAR_2000_MS = 946_684_800_000
DRIFTS = 40 / HOUR
"""Of a bad crystal: so many milliseconds a millisecond."""


@dataclass
class SimClock:
    """One box's clocks."""

    world: "World"
    drift: float
    name: str = ""
    battery: str = "none"
    off: bool = True
    is_trusted: bool = False
    """Whether network time has set the wall clock in this boot."""
    wall_error_ms: int = 0
    booted_ms: int = 0
    boots: int = 0
    boot_id: str = ""
    went_off_ms: int = 0
    noted_ms: int | None = None
    """What the battery clock showed when network time was last there and agreed with it."""

    def real_ms(self) -> int:
        """What nobody in the center can know for sure."""
        return self.world.began_ms + self.world.now_ms

    def wall_ms(self) -> int:
        return self.real_ms() + self.wall_error_ms

    def mono_ms(self) -> int:
        return int((self.world.now_ms - self.booted_ms) * self.drift)

    def trusted(self) -> bool:
        return self.is_trusted

    def words(self) -> list[Word]:
        """Network time if it is there, and the battery clock."""
        found, mono, read = [], self.mono_ms(), self.battery_ms()
        if self.is_trusted:
            found.append(Word(self.wall_ms() - mono, NETWORK))
            self.world.told(self.wall_error_ms, self.name)
            if read is not None and abs(read - self.wall_ms()) <= RIGHT_MS:
                self.noted_ms = read
        if read is not None:
            checked = self.noted_ms is not None and read >= self.noted_ms
            found.append(Word(read - mono, HARDWARE if checked else GUESS, KNOWN if checked else ""))
            if checked:
                self.world.told(read - self.real_ms(), self.name)
        return found

    def distrust(self) -> None:
        """The battery clock was found wrong."""
        self.noted_ms = None

    def battery_ms(self) -> int | None:
        """What the battery clock shows; None where there is none. No two of them are wrong by the same."""
        real, own = self.real_ms(), (7 * ord(self.name[0]) + ord(self.name[1])) % 29 * 11 * 60_000
        match self.battery:
            case "none":
                return None
            case "reset":
                return YEAR_2000_MS + own + self.world.now_ms if self.boots > 1 else real
            case "2036":
                return YEAR_2036_MS + own + self.world.now_ms
            case "drifting":
                return real + int(self.world.now_ms * DRIFTS)
            case "12 h wrong":
                return real + 12 * HOUR + own
            case _:
                return real

    def power_off(self) -> None:
        """Power is gone; what the wall clock shows when it is back is drawn in `wake`."""
        self.went_off_ms, self.off, self.is_trusted = self.world.now_ms, True, False

    def wake(self) -> None:
        """Power is back."""
        self.booted_ms, self.boots, self.off = self.world.now_ms, self.boots + 1, False
        self.boot_id = f"{self.name}-{self.boots}"
        self.wall_error_ms = self._after(self.world.whim.choice(WALLS)) + self.world.shift_ms

    def set_by_network(self) -> None:
        """Network time is there."""
        if not self.off:
            self.is_trusted, self.wall_error_ms = True, 0

    def _after(self, how: str) -> int:
        """How wrong the wall clock is after a boot."""
        real = self.real_ms()
        return {
            "saved": self.wall_error_ms - (self.world.now_ms - self.went_off_ms),
            "1970": -real,
            "2000": YEAR_2000_MS - real,
            "built": BUILT_MS - real,
            "2036": YEAR_2036_MS - real,
            "+1 day": DAY,
            "-1 day": -DAY,
            "+12 h": 12 * HOUR,
            "-12 h": -12 * HOUR,
            "-1 min": -60_000,
        }.get(how, 0)
