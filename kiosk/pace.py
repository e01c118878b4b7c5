"""How fast one kiosk gives numbers (pure).

Policy: never a refusal. After so many tickets in a minute the button has to be held for three seconds: a child who
drums on the screen gets no further, and the next person is not kept waiting.
"""

from dataclasses import dataclass

MINUTE_MS = 60_000
A_MINUTE = 10
HOLD_MS = 3_000


@dataclass(frozen=True, slots=True)
class Pace:
    """When the newest numbers were given, in monotonic milliseconds; `limit` a minute, 0: none."""

    limit: int = A_MINUTE
    given: tuple[int, ...] = ()


def hold(pace: Pace, now_ms: int) -> bool:
    """Whether the next number needs a held button."""
    recent = [at for at in pace.given if now_ms - at < MINUTE_MS]
    return bool(pace.limit) and len(recent) >= pace.limit


def gave(pace: Pace, now_ms: int) -> Pace:
    """The pace after one more number."""
    kept = (*pace.given, now_ms)[-max(1, pace.limit) :]
    return Pace(pace.limit, kept)
