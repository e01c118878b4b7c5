"""The life of a visit's leg, as one table.

A leg is one stay in one queue. It waits until a counter calls it, walks until the person stands
at the counter, is served until the service ends. Each state is named by the time it measures.

    waiting --call--> walking --start--> serving --end--> done --hand_on--> waiting (next leg)
       |               |   |                |
       |expire         |   +--no_show--> no_show --return--> waiting
       v               +--give_back--> waiting
    expired            +--transfer--> waiting (next leg), also from serving
                       +--park--> parked --call--> walking, also from serving

Two things make the table larger than that picture, and both are facts of the world, not errors:

* A clerk may press END without START; then the service counts from the call.
* Counters that were cut off from each other may call one ticket. It is one person: the first
  START wins, and what the other counter reports afterwards changes nothing. Those moves stand in
  the table as "stay".

* A visit is over when its last leg is; who was called in vain may come back, and a paper whose row comes late may
  have been served without it.

Everything that is not in the table is an illegal move: it raises and changes nothing.
"""

from enum import StrEnum


class Phase(StrEnum):
    """Where a leg stands; the last three are final."""

    WAITING = "waiting"
    WALKING = "walking"
    SERVING = "serving"
    PARKED = "parked"
    DONE = "done"
    NO_SHOW = "no_show"
    EXPIRED = "expired"


class Move(StrEnum):
    """What can happen to a leg."""

    CALL = "call"
    RECALL = "recall"
    START = "start"
    END = "end"
    NO_SHOW = "no_show"
    GIVE_BACK = "give_back"
    EXPIRE = "expire"
    TRANSFER = "transfer"
    PARK = "park"
    RETURN = "return"
    HAND_ON = "hand_on"
    MERGE = "merge"


class IllegalMove(Exception):
    """This move does not exist in this state."""

    def __init__(self, phase: Phase, move: Move) -> None:
        super().__init__(f"{move.value} while {phase.value}")
        self.phase, self.move = phase, move


TABLE: dict[Phase, dict[Move, Phase]] = {
    Phase.WAITING: {
        Move.CALL: Phase.WALKING,
        Move.EXPIRE: Phase.EXPIRED,
        Move.MERGE: Phase.DONE,  # the holder of this paper was served before its row arrived
    },
    Phase.WALKING: {
        Move.CALL: Phase.WALKING,  # a second, cut-off counter
        Move.RECALL: Phase.WALKING,
        Move.GIVE_BACK: Phase.WAITING,
        Move.START: Phase.SERVING,
        Move.END: Phase.DONE,  # START was not pressed
        Move.NO_SHOW: Phase.NO_SHOW,
        Move.TRANSFER: Phase.WAITING,
        Move.PARK: Phase.PARKED,
    },
    Phase.SERVING: {
        Move.CALL: Phase.SERVING,  # a cut-off counter calls who already sits elsewhere
        Move.RECALL: Phase.SERVING,
        Move.START: Phase.SERVING,
        Move.GIVE_BACK: Phase.SERVING,
        Move.NO_SHOW: Phase.SERVING,  # the other counter of a collision waited in vain
        Move.END: Phase.DONE,
        Move.TRANSFER: Phase.WAITING,
        Move.PARK: Phase.PARKED,
    },
    Phase.PARKED: {
        Move.CALL: Phase.WALKING,
        Move.RETURN: Phase.WAITING,
        Move.EXPIRE: Phase.EXPIRED,
        Move.GIVE_BACK: Phase.PARKED,
    },
    Phase.DONE: {
        Move.CALL: Phase.DONE,
        Move.RECALL: Phase.DONE,
        Move.START: Phase.DONE,
        Move.GIVE_BACK: Phase.DONE,
        Move.NO_SHOW: Phase.DONE,
        Move.END: Phase.DONE,
        Move.TRANSFER: Phase.DONE,  # the other counter of a collision has ended it
        Move.PARK: Phase.DONE,
        Move.HAND_ON: Phase.WAITING,
    },
    Phase.NO_SHOW: {
        Move.CALL: Phase.WALKING,  # a cut-off counter, or the person came back
        Move.GIVE_BACK: Phase.NO_SHOW,
        Move.NO_SHOW: Phase.NO_SHOW,
        Move.START: Phase.SERVING,
        Move.END: Phase.DONE,
        Move.RETURN: Phase.WAITING,
    },
    Phase.EXPIRED: {
        Move.CALL: Phase.WALKING,  # a cut-off counter's report from before the day ended, or the paper in a hand
        Move.RETURN: Phase.WAITING,  # the word that ended the day was wrong
        Move.GIVE_BACK: Phase.EXPIRED,
    },
}

FINAL = frozenset({Phase.DONE, Phase.NO_SHOW, Phase.EXPIRED})


def move(phase: Phase, what: Move) -> Phase:
    """The state after a move.

    Raises IllegalMove when the table has no such move; nothing has changed then.
    """
    try:
        return TABLE[phase][what]
    except KeyError:
        raise IllegalMove(phase, what) from None
