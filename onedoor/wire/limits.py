"""How large anything may be: one table for who sends and who reads, for rows and for messages.

Policy. Whatever a reader of rows takes must fit into every message that is made of it, or a row that was accepted would
silence a screen. So rows and messages take their limits from here, and `tests/test_doors.py` holds the two against each
other. Sizes are letters, entries or bytes.
"""

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
QUEUES = 2_000
"""So many queues have ever had somebody: those of the rules, and one for each counter and clerk."""
QUEUES_OWN = 1_200
"""... of which counters and clerks may have so many: the others stay for the rules."""
TICKETS = 20_000
"""Visits of two days, which is what the hub's state remembers."""
TICKETS_OF_COUNTERS = 10_000
"""... of which counters may make so many: one that makes visits up leaves kiosks their room."""
APPOINTMENTS = 5_000
OPEN_WISHES = 16
"""Commands of one counter that have no closing row yet."""
SERIES = 8
"""Days for which one kiosk's highest numbers are told."""
RUNS = 20_000
"""Starts of one box, in all its life."""
BOXES = 250

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
