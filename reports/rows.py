"""Figures of whole rows that are in memory already: for those who have read them to check them."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from onedoor.wire.rows import LogRow
from reports.entries import Body, Entry
from reports.facts import merged
from reports.figures import STANDARD_S, facts_by_day, figures


def of_log(rows: Iterable[LogRow], standard_s: int = STANDARD_S) -> dict[str, Any]:
    """The figures of a log in memory."""
    return figures(merged(facts_by_day(entries_from(rows))), standard_s)


def entries_from(rows: Iterable[LogRow]) -> Iterator[list[Entry]]:
    """The same of rows that are in memory already."""
    for row in rows:
        body = msgspec.convert(row.body | {"rules": msgspec.Raw(b"")}, Body)
        if "rules" in row.body:
            body.rules = msgspec.Raw(msgspec.json.encode(row.body["rules"]))
        yield [Entry(row.hub_seq, row.dev, row.run, row.seq, row.kind, row.t_event, row.t_recv, row.quality, body)]
