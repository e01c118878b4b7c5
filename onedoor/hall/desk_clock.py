"""Since when the person at a counter is being served (pure): the whole service, as the report counts it.

Policy. Who was asked to come back and is here again is still in the same service: it counts from its first START, less
the time he was away. A counter knows that of those whom it has asked itself; whom another counter had asked, it counts
from its own START.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onedoor.hall.desk import Desk

KEPT = 20


def begun_ms(desk: "Desk", now_ms: int) -> int | None:
    """The moment from which the service counts that is started now; None: nobody knows."""
    if desk.so_far_ms == 0:
        return now_ms
    return None if desk.so_far_ms is None or desk.since_ms is None else desk.since_ms - desk.so_far_ms


def put_by(desk: "Desk", now_ms: int) -> None:
    """The person is asked to come back: how long he has been served so far. Changes the desk."""
    started = desk.at == "serving"
    if not started and desk.so_far_ms == 0:
        return
    so_far = 0 if started else desk.so_far_ms
    took = None if desk.since_ms is None or so_far is None else now_ms - desk.since_ms + so_far
    kept = {**desk.so_far, _stay(desk.ticket, desk.leg): took}
    desk.so_far = dict(list(kept.items())[-KEPT:])


def goes_on(desk: "Desk") -> None:
    """Somebody was called here: perhaps one who had been asked to come back. Changes the desk."""
    desk.so_far = dict(desk.so_far)
    desk.so_far_ms = desk.so_far.pop(_stay(desk.ticket, desk.leg), 0)


def _stay(ticket: str, leg: int) -> str:
    return f"{ticket} {leg}"
