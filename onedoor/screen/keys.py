"""Which keys of a keyboard are down (pure): a key that is held is one press, however often its keyboard says so."""

from dataclasses import dataclass, field

GONE_MS = 1_000
"""A keyboard repeats a held key several times a second: one that has not been heard for so long was let go unseen (the
window had lost the keyboard).
"""


@dataclass(slots=True)
class Held:
    """The keys that are down, and when each was last heard of. Times are monotonic milliseconds."""

    _heard: dict[int, int] = field(default_factory=dict)

    def down(self, key: int, now_ms: int) -> bool:
        """A key is down, says the keyboard: whether it was pressed just now."""
        before = self._heard.get(key)
        self._heard[key] = now_ms
        return before is None or now_ms - before > GONE_MS

    def up(self, key: int) -> None:
        """It was let go."""
        self._heard.pop(key, None)
