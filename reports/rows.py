"""Figures of whole rows that are in memory already: for those who have read them to check them."""

from collections.abc import Iterable
from typing import Any

import msgspec

from onedoor.wire.rows import LogRow
from reports.center_clock import CenterClock, clock_of_rows
from reports.entries import Body, Entries, Entry
from reports.facts import merged
from reports.figures import STANDARD_S, facts_by_day, figures


def of_log(rows: Iterable[LogRow], standard_s: int = STANDARD_S, clock: CenterClock | None = None) -> dict[str, Any]:
    """The figures of rows. `clock`: what the whole log says of the time; without it all rows are held in memory."""
    return figures(merged(facts_by_day(entries_from(rows, clock))), standard_s)


def entries_from(rows: Iterable[LogRow], clock: CenterClock | None = None) -> Entries:
    """The same of whole rows."""
    found: Iterable[Entry] = map(_entry, rows)
    if clock is None:
        found = list(found)
        clock = clock_of_rows(found)
    return Entries(([entry] for entry in found), clock)


def _entry(row: LogRow) -> Entry:
    body = msgspec.convert(row.body | {"rules": msgspec.Raw(b"")}, Body)
    if "rules" in row.body:
        body.rules = msgspec.Raw(msgspec.json.encode(row.body["rules"]))
    return Entry(
        row.hub_seq, row.dev, row.run, row.seq, row.kind, row.t_event, row.t_recv, row.quality, body, row.boot,
        row.mono, row.stretch,
    )  # fmt: skip
