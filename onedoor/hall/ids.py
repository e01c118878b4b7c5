"""Names of rows: of tickets, of commands, of everything in a log."""

from typing import NewType

RowId = NewType("RowId", str)
"""A row of one device's journal, spelled `dev.run.seq`: the key against doubling, and the name of
the ticket (row of its issue) and of the command (row of its call request)."""

HUB = "hub"
"""The device name under which the hub writes its own decisions."""


def row_id(dev: str, run: str, seq: int) -> RowId:
    """Spell the id of a row; `dev` and `run` hold no dot, so the spelling is one to one."""
    return RowId(f"{dev}.{run}.{seq}")
