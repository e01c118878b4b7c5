"""How large anything may be: one table for who sends and who reads, for rows and for messages.

Policy. Whatever a reader of rows takes must fit into every message that is made of it, or a row that was accepted would
silence a screen. So rows and messages take their limits from here, and `tests/test_doors.py` holds the two against each
other. Sizes are letters, entries or bytes.
"""

from dataclasses import dataclass

from onedoor.hall.places import NAMES_OF_ONE, QUEUES_OF_ALL, QUEUES_OF_ONE

PACKET = 64 * 1024
"""The longest packet that the broker passes on."""
LARGE = 60 * 1024
"""The longest payload: a packet also carries its topic and its properties."""
WORD = 64
"""A name, a code, a reason."""
NAME = 32
"""Names out of the rules, of counters, of clerks."""
NOTE = 80
"""What a clerk writes to the head."""
LIST = 64
RUN_ROWS = 20
"""Rows of a batch."""

WAITING = 5_000
"""So many people wait in one center, at the most."""
WAITING_OF_ONE = 4_000
"""... and of them so many by one kiosk's tickets."""
TICKETS = 20_000
"""Visits of two days, which is what the hub's state remembers."""
TICKETS_OF_ONE = 12_000
"""... of which so many are one kiosk's."""
TICKETS_OF_COUNTERS = 10_000
"""... and so many were made by counters: without a ticket, by a paper roll, by a word about an unknown number."""
TICKETS_OF_COUNTER = 2_500
"""... and so many by one counter."""
OPEN_OF_COUNTERS = 2_000
"""Of these so many may be open at once: in line, parked, or at a counter. So no counter fills the line."""
OPEN_OF_COUNTER = 500
"""... and so many of one counter."""
APPOINTMENTS = 5_000
APPOINTMENTS_OF_ONE = 2_000
OPEN_WISHES = 16
"""Commands of one counter that have no closing row yet."""
SERIES = 8
"""Days for which one kiosk's highest numbers are told."""
RUNS = 20_000
"""Starts of one box, in all its life."""
BOXES = 250
ROWS_A_DAY = 24_000
"""Rows of one box in a day: ten times what a busy counter writes that serves four hundred people."""
ROWS_A_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class Share:
    """How much of one thing a box may make in the hub's state, and all boxes together; `beyond`: what happens then."""

    what: str
    of_one: int
    of_all: int
    beyond: str


REFUSED, LATER = "refused (`full`)", "not taken for a while (`box_floods`)"
SHARES = (
    Share("people in line with a kiosk's tickets", WAITING_OF_ONE, WAITING, REFUSED),
    Share("visits of two days, by a kiosk", TICKETS_OF_ONE, TICKETS, REFUSED),
    Share("visits of two days, made by a counter", TICKETS_OF_COUNTER, TICKETS_OF_COUNTERS, REFUSED),
    Share("of these open at once", OPEN_OF_COUNTER, OPEN_OF_COUNTERS, REFUSED),
    Share("queues that the rules do not name, a day", QUEUES_OF_ONE, QUEUES_OF_ALL, "the queue of every counter"),
    Share("appointments", APPOINTMENTS_OF_ONE, APPOINTMENTS, REFUSED),
    Share("wishes without a closing row", OPEN_WISHES, OPEN_WISHES * BOXES, REFUSED),
    Share("services and series whose highest number is kept", NAMES_OF_ONE, NAMES_OF_ONE * BOXES, "not kept"),
    Share("starts of a box in its life", RUNS, RUNS * BOXES, REFUSED),
    Share("rows a minute", ROWS_A_MINUTE, ROWS_A_MINUTE * BOXES, LATER),
    Share("rows a day", ROWS_A_DAY, ROWS_A_DAY * BOXES, "not taken before the next day (`box_day`)"),
)
"""Everything that a box can make in the hub's state; docs/reliability.md shows it, and a test compares the two."""

EPOCHS = 2**20
"""A person begins each: with 32 bits of incarnations it is one number that every reader of JSON holds."""
MAX_LEAP = 1_000
"""Whoever claims an epoch, or a start, this far ahead is not believed."""
FAR_MS = 2**43
"""A moment, in milliseconds since 1970, that no calendar of a center reaches: the year 2248."""

LINE_TOLD = 50
ROWS_REFUSED_TOLD = 16
CALLS_TOLD = 32
MET_TOLD = 16
COUNTERS_MET = 8
QUEUES_BYTES = 24 * 1024
"""So much of a message may name queues, or services."""
