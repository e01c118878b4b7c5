"""A near-end sensor that sits on its edge says yes and no hundreds of times an hour; people get one message (pure).

Policy: the first yes is believed at once. A no is believed when it is repeated, and the more often it was wrong, the
more often it has to be repeated. What a person did (new paper, cover opened) begins anew.
"""

from dataclasses import dataclass

NOES, MOST_NOES = 2, 64
CALM = 360
"""So many noes in a row (an hour of them) and the sensor is trusted again."""


@dataclass(slots=True)
class NearEnd:
    """One sensor, and how much it is trusted."""

    on: bool = False
    noes: int = 0
    needed: int = NOES

    def says(self, near: bool) -> bool:
        """What to show after this reading."""
        if near:
            self.on, self.noes = True, 0
            return True
        self.noes += 1
        if self.on and self.noes >= self.needed:
            self.on = False
            self.needed = min(MOST_NOES, self.needed * 2)
        elif not self.on and self.noes >= CALM:
            self.needed = NOES
        return self.on

    def anew(self) -> None:
        """Somebody had a hand in the printer."""
        self.on, self.noes = False, 0
