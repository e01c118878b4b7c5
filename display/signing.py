"""Who may open a counter: clerks by their pseudonyms, each with a PIN.

Policy. The log holds the pseudonym that the center's file gives, never a name. Three wrong PINs and nobody signs in for
five minutes; the count is forgotten with a restart, which takes longer than the PIN of six digits would last anyway.
"""

from dataclasses import dataclass, field

from onedoor.device.pin import fits
from onedoor.hall.refusals import Refusal

TRIES = 3
LOCKED_MS = 300_000


@dataclass(slots=True)
class SignIns:
    """The clerks of a center, with their PINs as `onedoor config pin` spells them. No clerks: anybody opens."""

    pins: dict[str, str] = field(default_factory=dict)
    wrong: int = 0
    locked_until_ms: int = 0

    def why_not(self, who: str, pin: str, now_ms: int) -> Refusal | None:
        """Why this clerk does not sign in with this PIN; None: welcome."""
        if now_ms < self.locked_until_ms:
            return Refusal.PIN_LOCKED
        if fits(self.pins.get(who, ""), pin):
            self.wrong = 0
            return None
        self.wrong += 1
        if self.wrong >= TRIES:
            self.wrong, self.locked_until_ms = 0, now_ms + LOCKED_MS
            return Refusal.PIN_LOCKED
        return Refusal.WRONG_PIN
