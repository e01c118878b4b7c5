"""Rows that were put aside, taken by another log: their stretches are not that log's."""

import pytest

from broker.memory_store import MemoryStore
from broker.sqlite_store import SqliteStore
from broker.timekeeper import next_stretch
from onedoor.hall import events as ev
from onedoor.wire.chain import GENESIS, sealed
from onedoor.wire.rows import LogRow, plain

DAY_MS = 86_400_000
NOON = 1_795_237_200_000
"""Saturday 21 November 2026, 12:00 in the center."""
ISSUED = ev.Issued("A1-001", "id", "id", 1, 1, "2026-11-21", offline=False, cls="N", lang="lo")


def log_of(*told):
    """A log of rows (device, event, time, stretch), chained."""
    rows, before = [], GENESIS
    for n, (dev, event, at, stretch) in enumerate(told, 1):
        kind, body = plain(event)
        row = LogRow(n, dev, "a" * 16, n, None, kind, body, "b", n, at, at, "B", 0, 0, 0, before, "", stretch)
        rows.append(sealed(row))
        before = rows[-1].hash
    return rows


def branch(*words):
    """A hub's log that another one did not get: its stretch 300, what was said of it, and a ticket."""
    began = ("hub", ev.StretchBegan(300, "boot", NOON - DAY_MS, NOON - 9 * DAY_MS), NOON - DAY_MS, 300)
    return log_of(
        began, *(("hub", word, word.hall_ms, 300) for word in words), ("k1", ISSUED, NOON - DAY_MS + 5_000, 300)
    )


KNOWN = ev.TimeKnown("network", 300, NOON - DAY_MS + 9_000, NOON + 9_000)


@pytest.fixture(params=["memory", "disk"])
def store(request, tmp_path):
    return MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "hub")


def offered(store, rows):
    """When the branch's ticket was taken, by the row that is offered: time, stretch and quality."""
    store.commit(rows, {})
    store.cut_branch(0)
    (row,) = store.branch_part(lambda *_: False, 10).rows
    return row.t_event, row.stretch, row.quality


def test_where_the_branch_knew_the_time_its_rows_have_it_everywhere(store):
    assert offered(store, branch(KNOWN)) == (NOON + 5_000, 0, "A")


WITHDRAWN = ev.TimeWithdrawn("network", 300, KNOWN.hall_ms, KNOWN.center_ms)
SAID = ev.TimeSaid("c1", 300, KNOWN.hall_ms, KNOWN.center_ms)


@pytest.mark.parametrize("words", [(), (SAID,), (KNOWN, WITHDRAWN)], ids=["nobody", "one person", "taken back"])
def test_where_it_did_not_nobody_makes_up_a_date(store, words):
    assert offered(store, branch(*words)) == (NOON - DAY_MS + 5_000, 300, "B")


def test_a_stretch_that_the_log_has_too_is_left_to_it(store):
    rows = [("k1", ISSUED, NOON, 7)]
    assert offered(store, log_of(*rows)) == (NOON, 7, "B")


def test_two_hubs_behind_the_same_row_do_not_give_one_number_to_two_stretches():
    """But by chance: each start draws a word of its own."""
    numbers = {next_stretch(7, f"{start:016x}") for start in range(0, 2**64, 2**56)}
    assert len(numbers) == 256
    assert min(numbers) == 8
