"""The devices that a hub knows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Peer:
    """A device the hub knows: its role (kiosk, counter, hall, spare), a kiosk's slot, and the slots its
    earlier cards had: their rows may still arrive.
    """

    role: str
    slot: int | None = None
    former: tuple[int, ...] = ()
