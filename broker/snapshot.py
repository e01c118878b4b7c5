"""The fold as one text, and back again: so that a start need not fold years (pure).

A snapshot is believed only when its digest fits, the row it stands behind is still in the log with
the same hash, and what follows, folded on top, gives exactly the state that is kept beside the log.
"""

from collections import deque
from hashlib import sha256
from typing import Any

import msgspec

from broker.store import Snapshot
from onedoor.hall.center_time import CenterTime
from onedoor.hall.events import RowId
from onedoor.hall.ledger import Ledger, image
from onedoor.hall.moves import place_of
from onedoor.hall.rules import Rules
from onedoor.hall.state import CALLS_KEPT, Announcement, Answer, Appointment, Counter, Ticket

PLAIN: dict[str, tuple[str, Any]] = {
    "day": ("day", str),
    "center_rules": ("rules", Rules),
    "issued": ("issued", dict[str, int]),
    "places": ("places", dict[str, str]),
    "departures": ("departures", dict[str, int]),
    "notice": ("notice", tuple[str, str]),
    "roll": ("roll", int),
    "closed": ("closed_day", str),
    "time": ("time", CenterTime),
    "put_by": ("put_by", dict[str, dict[str, int]]),
    "forgot": ("forgot_ms", int),
}
"""Parts of the image that are one field of the hall."""


def pictured(ledger: Ledger, hub_seq: int, hash_: str) -> Snapshot:
    """The whole fold, in its own order: the order of runs and tickets means something."""
    text = msgspec.json.encode(list(image(ledger)))
    return Snapshot(hub_seq, hash_, text.decode(), sha256(text).hexdigest())


def intact(snapshot: Snapshot) -> bool:
    """Whether the text is as it was written."""
    return sha256(snapshot.image.encode()).hexdigest() == snapshot.digest


def restored(snapshot: Snapshot) -> Ledger:
    """The ledger of a snapshot; msgspec.ValidationError if the text is none."""
    ledger = Ledger()
    hall = ledger.hall
    for name, value in msgspec.json.decode(snapshot.image, type=list[tuple[str, msgspec.Raw]]):
        part, _, key = name.partition("/")
        match part:
            case _ if part in PLAIN:
                field, kind = PLAIN[part]
                setattr(hall, field, msgspec.json.decode(value, type=kind))
            case "shown":
                hall.order, calls = msgspec.json.decode(value, type=tuple[int, list[Announcement]])
                hall.shown = deque(calls, maxlen=CALLS_KEPT)
            case "ticket":
                ticket = msgspec.json.decode(value, type=Ticket)
                hall.tickets[ticket.id] = ticket
                if ticket.issued_ms is not None:
                    hall.index(ticket)
                place = place_of(ticket)
                if place is not None:
                    hall.line.add(place[0], place[1], ticket.id, place[2])
            case "appointment":
                hall.appointments[key] = msgspec.json.decode(value, type=Appointment)
            case "calls":
                hall.calls[key] = msgspec.json.decode(value, type=dict[RowId, Answer])
            case "counter":
                hall.counters[key] = msgspec.json.decode(value, type=Counter)
            case "highest":
                hall.highest[key] = msgspec.json.decode(value, type=int)
            case "have":
                dev, _, run = key.partition("/")
                ledger.have.setdefault(dev, {})[run] = msgspec.json.decode(value, type=int)
            case _:
                raise AssertionError(f"'{part}' is in the image and cannot be read back")
    return ledger
