"""Who may open a counter: clerks by their pseudonyms, each with a PIN.

Policy. The log holds the pseudonym that the center's file gives, never a name. Three wrong PINs and nobody signs in for
five minutes, whatever is restarted meanwhile (`onedoor.device.pin_lock`).
"""

from dataclasses import dataclass, field

from onedoor.device.pin import fits
from onedoor.device.pin_lock import PinLock
from onedoor.hall.refusals import Refusal


@dataclass(slots=True)
class SignIns:
    """The clerks of a center, with their PINs as `onedoor config pin` spells them. No clerks: anybody opens."""

    pins: dict[str, str] = field(default_factory=dict)
    lock: PinLock = field(default_factory=PinLock)

    def why_not(self, who: str, pin: str, now_ms: int) -> Refusal | None:
        """Why this clerk does not sign in with this PIN; None: welcome."""
        if self.lock.left_ms(now_ms):
            return Refusal.PIN_LOCKED
        if fits(self.pins.get(who, ""), pin):
            self.lock.was_right()
            return None
        return Refusal.PIN_LOCKED if self.lock.was_wrong(now_ms) else Refusal.WRONG_PIN
