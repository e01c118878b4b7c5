"""What the hub says of words it did not take: rows that cannot be, boxes that say too much or what is not theirs.

Policy: as in `onedoor.hall.events`. A refused row changes nothing but the watermark: it is never asked for again.
"""

from dataclasses import dataclass

from onedoor.hall.ids import RowId

RAW_MOST = 2_000
"""So many letters of a refused row are kept."""


@dataclass(frozen=True, slots=True)
class FactRefused:
    """A device's row that was not taken, in its place in the log: `code` says why (see `broker.door`), `raw` is the row
    as it came, cut after RAW_MOST letters.
    """

    row: RowId
    kind: str
    code: str
    raw: str


@dataclass(frozen=True, slots=True)
class BoxOverstepped:
    """A box said more than its budget allows, or what is not its to say: `what` is messages, bytes, rows, day (rows in
    a day), questions, starts, runs, lost_tails, broken, names (that the rules do not know), denied or twice (another
    box has its name); `count` how often since the last such row.
    """

    dev: str
    what: str
    count: int


def place_of_row(row: RowId) -> tuple[str, str, int]:
    """The device, run and number that a row's id names."""
    dev, run, seq = row.split(".")
    return dev, run, int(seq)
