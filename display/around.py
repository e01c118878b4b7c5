"""What a panel knows of the boxes around it: which numbers other counters have, where people can be sent, who needs a
hand (pure, but for what is handed in).
"""

from onedoor.device.box import Box
from onedoor.hall.desk import Desk, Place
from onedoor.hall.renumber import gives_up
from onedoor.look.alarms import whose
from onedoor.wire import limits

BECOMES = "becomes"
"""A box tells all others with this which number its counter is to get, until it has it."""
AT, CLERK = "counter/", "clerk/"
UNSERVED = "unserved"


def becomes(number: str) -> str:
    """The code that tells it; "" for a number too long to be told."""
    code = f"{BECOMES}:{AT}{number}"
    return code if len(code) <= limits.WORD else ""


def tell(box: Box, me: Desk, counter: str) -> None:
    """Let everybody know whether this counter waits for its number."""
    if code := becomes(counter):
        box.needs.set(code, needed=me.open and (me.aside or me.counter not in ("", counter)))


def also(box: Box, label: str, own: str) -> tuple[str, ...]:
    """The other counters that hold the person who is here."""
    day = box.hall.day
    found = next((c for name, c in day.collided if name == label), []) if day and label else []
    return tuple(c for c in found if c != own)


def _wanted(box: Box) -> dict[str, str]:
    """The numbers that boxes are to get and have not yet, by box."""
    start = f"{BECOMES}:{AT}"
    told = {dev: next((c for c in codes if c.startswith(start)), "") for dev, codes in box.hall.alarms.items()}
    return {dev: code[len(start) :] for dev, code in told.items() if code and dev != box.dev}


def alarms(box: Box) -> tuple[tuple[str, str], ...]:
    """What boxes need a hand for; this one's own is known without the bus."""
    told = box.hall.alarms | {box.dev: tuple(box.all_alarms)}
    found = dict.fromkeys(whose(dev, code) for dev, codes in sorted(told.items()) for code in codes)
    waiting = box.hall.waiting
    if waiting is None or waiting.alone is None:
        return tuple(found)
    # The list itself has more room for them than the hub's alarms.
    others = [alarm for alarm in found if not alarm[1].startswith(UNSERVED)]
    more = [(f"+{waiting.alone_more}", f"{UNSERVED}_more")] if waiting.alone_more else []
    return (*others, *((queue, UNSERVED) for queue in waiting.alone), *more)


def reach(box: Box, ours: tuple[str, ...], clerks: tuple[str, ...]) -> tuple[tuple[str, bool], ...]:
    """The other counters and clerks to whom people can be sent on, as queues, and whether somebody calls from there."""
    told = box.hall.waiting
    if told is None or told.places is None or told.served is None:
        return ()
    known = {*told.places, *(q for q in told.served if q.startswith(CLERK)), *(CLERK + who for who in clerks)}
    return tuple((q, q in told.served) for q in sorted(known - {*ours}, key=_in_order))


def _in_order(queue: str) -> tuple[str, int, str]:
    """Numbers as numbers, names behind them."""
    kind, _, name = queue.partition("/")
    return kind, int(name) if name.isascii() and name.isdigit() and len(name) < limits.NAME else 10**limits.NAME, name


def place_of(box: Box, me: Desk, place: Place, clerks: tuple[str, ...]) -> Place:
    """The counter of the configuration, with what the hub said of the others."""
    told = box.hall.waiting  # of a hub that was never heard no counter is known
    known = () if told is None else None if None in (told.served, told.places) else (*told.served, *told.places)  # type: ignore[misc]
    others = None if known is None else frozenset((*known, *(CLERK + who for who in clerks)))
    if told is None or not box.fresh:
        return Place(place.counter, place.queues, place.services, place.all_queues, others, taken=None)
    at = {dev: number for dev, number in (told.at or {}).items() if dev != box.dev}
    gone = bool(me.counter) and gives_up(box.dev, me.counter, place.counter, at, _wanted(box))
    return Place(
        place.counter, place.queues, place.services, place.all_queues, others, frozenset(at.values()), gives_up=gone
    )
