"""Three wrong PINs, and nobody is let in for five minutes.

Policy. The count is on the box's card before anybody hears that a PIN was wrong, so neither a restart nor a pulled plug
begins it anew. The five minutes run from the third wrong PIN: what is typed meanwhile is not looked at, and does not
make them longer. After a restart of the whole box nobody knows how much of them is over: they begin again, once. That
they are over is on the card as soon as somebody looks.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from onedoor.device.clock import Clock

TRIES = 3
LOCKED_MS = 300_000
KEPT = "pin_lock"


@dataclass(slots=True)
class PinLock:
    """The door of one box."""

    _boot: str = field(default="", init=False)
    _write: Callable[[str], None] = field(default=lambda _: None, init=False)
    _wrong: int = field(default=0, init=False)
    _until_ms: int = field(default=0, init=False)

    def begin(self, kept: str | None, clock: Clock, write: Callable[[str], None]) -> None:
        """Go on where the card says (a word that cannot be read is a locked door); `write` keeps a word on it, and
        returns when it is there.
        """
        self._boot, self._write = clock.boot_id, write
        if not kept:
            return
        now = clock.mono_ms()
        try:
            wrong, until_ms, boot = kept.split()
            self._wrong, self._until_ms = min(TRIES, max(0, int(wrong))), int(until_ms)
        except (ValueError, TypeError, OverflowError):
            self._wrong, boot = TRIES, ""
        if self._wrong >= TRIES and (boot != self._boot or self._until_ms > now + LOCKED_MS):
            self._until_ms = now + LOCKED_MS
            self._keep()

    def left_ms(self, now_ms: int) -> int:
        """How long nobody is let in yet."""
        if self._wrong < TRIES:
            return 0
        if now_ms >= self._until_ms:
            self._wrong = 0
            self._keep()  # else the next start of the box would not know that it is over
            return 0
        return self._until_ms - now_ms

    def was_wrong(self, now_ms: int) -> int:
        """One more wrong PIN; how long nobody is let in now."""
        self._wrong += 1
        if self._wrong >= TRIES:
            self._until_ms = now_ms + LOCKED_MS
        self._keep()
        return self.left_ms(now_ms)

    def was_right(self) -> None:
        """Somebody knows the PIN: counting begins anew."""
        if self._wrong:
            self._wrong = 0
            self._keep()

    def _keep(self) -> None:
        self._write(f"{self._wrong} {self._until_ms} {self._boot}")
