"""Does a log hold together? Recomputed row by row, the way a stranger would.

Checked, in this order, for every row: its spelling and hash and the chain to the row before; the
strict order of each device's rows; that every decision of the hub is exactly the one the published
rule gives at that point, and that none is missing; that what the hub says of itself about time and day follows from
what the log knew then (`reports.verify_words`). The first row that does not fit is named.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from onedoor.hall.decide import decide
from onedoor.hall.events import HUB, CallRequested, HubEvent, RowId, row_id
from onedoor.hall.kinds import OWN_WORDS
from onedoor.hall.ledger import Ledger, age_of, as_known, replay
from onedoor.wire.chain import GENESIS, sealed
from onedoor.wire.errors import WireError
from onedoor.wire.rows import LogRow, plain
from reports.verify_words import LATE_MS, called_from_before, day_unsaid, wrong_word


@dataclass(frozen=True, slots=True)
class Misfit:
    """The first row that does not fit."""

    hub_seq: int
    why: str


@dataclass(slots=True)
class Verified:
    """How far a log holds together, and the fold up to there."""

    rows: int
    ledger: Ledger
    head: str
    misfit: Misfit | None = None
    hashes: dict[int, str] = field(default_factory=dict)
    """Of the rows that were asked for."""


def verify(rows: Iterable[LogRow], wanted: Collection[int] = ()) -> Verified:
    """Check a log from its first row, one row after the other: none is kept. `wanted`: rows whose hashes are to be
    known afterwards.
    """
    done = Verified(0, Ledger(), GENESIS)
    hub_rows: dict[str, int] = {}
    owed: list[HubEvent] = []
    last: LogRow | None = None
    for row in rows:
        why = _chain(row, done) or _order(row, done.ledger, hub_rows)
        if why is None:
            try:
                owed = _follow(row, done.ledger, owed, last)
            except (_Broken, WireError) as wrong:
                why = str(wrong)
            except Exception as wrong:  # noqa: BLE001 - a senseless row must not end whoever checks it
                why = f"cannot follow the rows before it ({type(wrong).__name__}: {str(wrong)[:100]})"
        if why is not None:
            done.misfit = Misfit(done.rows + 1, why)
            return done
        done.rows, done.head, last = done.rows + 1, row.hash, row
        done.ledger.hall.changed.clear()
        if done.rows in wanted:
            done.hashes[done.rows] = row.hash
    if owed:
        done.misfit = Misfit(done.rows, f"the log ends before the hub's decision '{plain(owed[0])[0]}'")
    return done


class _Broken(Exception):
    """A decision that the rule does not give."""


def _chain(row: LogRow, done: Verified) -> str | None:
    if row.hub_seq != done.rows + 1:
        return f"carries number {row.hub_seq}: rows are missing, doubled or moved"
    if row.prev_hash != done.head:
        return "does not continue the row before it"
    if sealed(row).hash != row.hash:
        return "was changed: its hash is not that of its contents"
    return None


def _order(row: LogRow, ledger: Ledger, hub_rows: dict[str, int]) -> str | None:
    have = hub_rows if row.dev == HUB else ledger.have.get(row.dev, {})
    if row.seq != have.get(row.run, 0) + 1:
        return f"row {row.seq} of {row.dev}'s run {row.run} is not the next of that run"
    if row.before is not None and have.get(row.before[0], 0) < row.before[1]:
        return f"{row.dev}'s run {row.run} follows rows that are not in the log"
    if row.dev == HUB:
        hub_rows[row.run] = row.seq
    return None


def _follow(row: LogRow, ledger: Ledger, owed: list[HubEvent], last: LogRow | None) -> list[HubEvent]:
    """Fold one row; what the hub owes after it."""
    event = row.event
    if row.dev == HUB and row.kind in OWN_WORDS and not owed:
        wrong = wrong_word(ledger.hall, row, event, last)
        if wrong is not None:
            raise _Broken(f"the hub's word '{row.kind}': {wrong}")
        words = decide(ledger.hall, HUB, RowId(""), event, None, *as_known(ledger.hall, row.dated))
        replay(ledger, row.dev, row.run, row.seq, event, row.dated)
        return words
    if row.dev == HUB:
        if not owed:
            raise _Broken(f"the hub decided '{row.kind}' where the rule asks for no decision")
        if owed[0] != event:
            raise _Broken(f"the hub decided '{row.kind}' {row.body}; the rule gives {owed[0]}")
        replay(ledger, row.dev, row.run, row.seq, event, row.dated)
        return owed[1:]
    if owed:
        raise _Broken(f"the hub's decision '{plain(owed[0])[0]}' is missing before this row")
    age = age_of(ledger.hall, row.dated)
    late = day_unsaid(ledger.hall, row) if row.kind == "call_requested" and age is not None and age < LATE_MS else None
    if late is not None:
        raise _Broken(late)
    rid: RowId = row_id(row.dev, row.run, row.seq)
    at_ms, recv_ms = as_known(ledger.hall, row.dated)
    decisions = decide(ledger.hall, row.dev, rid, event, age, at_ms, recv_ms, row.dated.stretch)
    if isinstance(event, CallRequested) and not event.label:
        wrong = called_from_before(ledger.hall, row, decisions)
        if wrong is not None:
            raise _Broken(wrong)
    replay(ledger, row.dev, row.run, row.seq, event, row.dated)
    return decisions
