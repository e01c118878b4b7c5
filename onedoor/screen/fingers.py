"""What fingers mean (pure): one at a time, on one page, on one button.

Policy: a touch counts when the same finger goes up on the button on which it came down, on the same page. A second
finger means nothing while the first is down; a finger that slides off means nothing; a finger (or a hand, a sleeve, a
drop of water) that stays for ten seconds is forgotten, so that others can go on. Right after a page has changed nothing
counts, because that touch was meant for the page before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from onedoor.screen.pen import DEAF_MS, Target

STUCK_MS = 10_000


@dataclass(slots=True)
class Fingers:
    """The finger that counts, if there is one. Times are monotonic milliseconds."""

    finger: Any = None
    down: str | None = None
    since_ms: int = 0
    page: str = ""
    deaf_until_ms: int = 0
    done: bool = False

    def turned(self, page: str, now_ms: int, deaf_ms: int = DEAF_MS) -> None:
        """Another page is on the screen."""
        if page != self.page:
            self.page, self.down = page, None
            self.deaf_until_ms = now_ms + deaf_ms

    def press(self, finger: Any, at: tuple[float, float], now_ms: int, targets: Mapping[str, Target]) -> bool:
        """A finger comes down; whether it counts."""
        stuck = self.finger is not None and now_ms - self.since_ms >= STUCK_MS
        if self.finger is not None and not stuck:
            return False
        self.finger, self.since_ms, self.done = finger, now_ms, False
        self.down = None
        if now_ms >= self.deaf_until_ms:
            self.down = next((k for k, t in reversed(list(targets.items())) if t.hit(*at)), None)
        return self.down is not None

    def slide(self, finger: Any, at: tuple[float, float], targets: Mapping[str, Target]) -> None:
        """A finger moves; off its button it means nothing any more."""
        target = targets.get(self.down) if self.down else None
        if finger == self.finger and (target is None or not target.hit(*at)):
            self.down = None

    def lift(self, finger: Any, at: tuple[float, float], targets: Mapping[str, Target]) -> str | None:
        """A finger goes up: the button that was touched, if one was."""
        if finger != self.finger:
            return None
        down, self.finger, self.down = self.down, None, None
        target = targets.get(down) if down else None
        return down if target is not None and not target.hold_ms and target.hit(*at) else None

    def held(self, now_ms: int, targets: Mapping[str, Target]) -> str | None:
        """The button that has been held for as long as it wants, told once."""
        if self.done or self.part(now_ms, targets) < 1:
            return None
        self.done = True
        return self.down

    def part(self, now_ms: int, targets: Mapping[str, Target]) -> float:
        """How much of the time a held button wants has passed, 0 to 1."""
        target = targets.get(self.down) if self.down else None
        if target is None or not target.hold_ms:
            return 0.0
        return min(1.0, (now_ms - self.since_ms) / target.hold_ms)
