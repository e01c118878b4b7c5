"""Where somebody waits whose queue, service or language the rules in force do not name (pure).

Policy. A kiosk or a panel with an older or a newer configuration than the hub's must not cost anybody the place in
line, and no box may fill the hall with names that it makes up. So a queue is one that the rules name, or one that a
counter has: its own, its clerk's, or one for which it is open. Of the others each box may make a few, and all boxes
together some more. Whoever is sent anywhere else waits in the queue `ANY_COUNTER`, from which every open counter calls:
a clerk looks at the paper and sends him on.
"""

from onedoor.hall.rules import ANY_COUNTER, Rules
from onedoor.hall.state import HallState, served_by

QUEUES_OF_ONE = 100
"""So many queues that the rules do not name are one box's on one day."""
QUEUES_OF_ALL = 1_200
"""... and all boxes' together."""
NAMES_OF_ONE = 500
"""Of so many services and series one kiosk's highest numbers are kept."""
SERVICES_COUNTED = 500
"""Of so many services the numbers of a day are counted."""


def place_for(state: HallState, dev: str, queue: str, service: str = "") -> str:
    """The queue in which somebody waits whom this box has given a number, or sent on, for that queue. `service`: where
    it is known, its own first queue is nearer than any counter.
    """
    if state.rules.has_queue(queue) or queue in state.places or queue == ANY_COUNTER:
        return queue
    maker = _maker(state, dev, queue)
    if maker and len(state.places) < QUEUES_OF_ALL and _count(state, maker) < QUEUES_OF_ONE:
        state.places[queue] = maker
        state.changed.add("places")
        return queue
    route = state.rules.route(service)[0] if service else ""
    return route if state.rules.has_queue(route) else ANY_COUNTER


def _maker(state: HallState, dev: str, queue: str) -> str:
    """Whose queue this is: the counter's that calls from it, or the box's that names it, where it may; else ""."""
    owners = [c.dev for c in state.counters.values() if queue in served_by(c.counter, c.clerk, c.queues)]
    if owners:
        return min(owners)
    may = queue.startswith("clerk/") or (not state.rules.services and "/" not in queue)
    return dev if may else ""


def _count(state: HallState, dev: str) -> int:
    return sum(maker == dev for maker in state.places.values())


def forget_places(state: HallState) -> None:
    """A new day: queues in which nobody waits any more are nobody's."""
    kept = {queue: dev for queue, dev in state.places.items() if state.line.count(queue)}
    if kept != state.places:
        state.places = kept
        state.changed.add("places")


def language_for(rules: Rules, lang: str) -> str:
    """The language in which somebody is called: his own, or the center's first where the rules do not name it."""
    return lang if not rules.languages or lang in rules.languages else rules.languages[0]
