"""The card: one contract for the real journal and the one in memory, and what only a disk can do."""

import sqlite3

import pytest

from onedoor.device.journal import JournalError, MemoryJournal, SqliteJournal, Stamp, acked_rows, open_database
from onedoor.hall import events as ev

STAMP = Stamp("boot", 5, None)
RUN1, RUN2, RUN3 = "1" * 16, "2" * 16, "3" * 16


class Cards:
    """Makes journals on the same card, one start after the other."""

    def __init__(self, folder, real):
        self.path, self.real, self.last = folder / "journal.db", real, None

    def start(self, run):
        if self.last is not None:
            self.last.close()
        if self.real:
            self.last = SqliteJournal(self.path, "k1", run)
        else:
            self.last = MemoryJournal("k1", run, self.last)
        return self.last


@pytest.fixture(params=["sqlite", "memory"])
def cards(request, tmp_path):
    made = Cards(tmp_path, request.param == "sqlite")
    yield made
    if made.last is not None:
        made.last.close()


def test_rows_are_numbered_without_gaps_and_runs_are_chained(cards):
    journal = cards.start(RUN1)
    one, two = journal.append([ev.Booted("x"), ev.PrintUnknown("k1." + RUN1 + ".1")], STAMP, {})
    assert [(f.seq, f.before) for f in (one, two)] == [(1, None), (2, None)]
    journal = cards.start(RUN2)
    [three] = journal.append([ev.Booted("x")], STAMP, {})
    assert (three.run, three.seq, three.before) == (RUN2, 1, (RUN1, 2))
    assert journal.length == 3
    assert journal.read(0, 10) == [one, two, three]
    assert journal.read(1, 1) == [two]


def test_kept_values_change_with_their_row(cards):
    journal = cards.start(RUN1)
    journal.append([ev.Booted("x")], STAMP, {"numbering": "1"})
    journal.append([], STAMP, {"clean": "yes"})
    journal = cards.start(RUN2)
    assert (journal.kept("numbering"), journal.kept("clean"), journal.kept("other")) == ("1", "yes", None)
    assert journal.length == 1


def test_watermarks_cover_everything_before_the_furthest_row(cards):
    for run, count in ((RUN1, 3), (RUN2, 2), (RUN3, 4)):
        cards.start(run).append([ev.Booted("x")] * count, STAMP, {})
    spans = cards.last.spans
    assert acked_rows(spans, {}) == 0
    assert acked_rows(spans, {RUN1: 2}) == 2
    assert acked_rows(spans, {RUN2: 1}) == 4, "the hub need not name old runs"
    assert acked_rows(spans, {RUN1: 3, RUN2: 2, RUN3: 4}) == 9
    assert acked_rows(spans, {RUN3: 99, "f" * 16: 5}) == 9


def test_rows_never_change(tmp_path):
    journal = SqliteJournal(tmp_path / "j.db", "k1", RUN1)
    journal.append([ev.Booted("x")], STAMP, {})
    journal.close()
    db = sqlite3.connect(tmp_path / "j.db")
    for statement in ("UPDATE rows SET kind = 'x'", "DELETE FROM rows"):
        with pytest.raises(sqlite3.IntegrityError, match="journal rows"):
            db.execute(statement)
    assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    db.close()


def test_a_full_disk_says_so_and_loses_nothing(tmp_path):
    journal = SqliteJournal(tmp_path / "j.db", "k1", RUN1)
    journal.append([ev.Booted("x")], STAMP, {"a": "1"})
    pages = journal._db.execute("PRAGMA page_count").fetchone()[0]
    journal._db.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(JournalError, match="the disk is full"):
        for _ in range(500):
            journal.append([ev.Booted("x" * 70)], STAMP, {"a": "2"})
    rows = journal.length
    journal.close()
    again = SqliteJournal(tmp_path / "j.db", "k1", RUN2)
    assert again.length == rows
    assert len(again.read(0, 10_000)) == rows
    again.close()


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "j.db").write_bytes(b"this is no database at all" * 50)
    with pytest.raises(JournalError, match="damaged"):
        SqliteJournal(tmp_path / "j.db", "k1", RUN1)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="j.db"):
        SqliteJournal(tmp_path / "file" / "j.db", "k1", RUN1)


def test_a_card_that_is_years_old_is_opened_as_quickly_as_a_new_one(tmp_path):
    steps = []

    def counting(path):
        db = open_database(path)
        db.set_progress_handler(lambda: steps.append(1), 100)
        return db

    for run, rows in ((RUN1, 20_000), (RUN2, 1), (RUN3, 20_000)):
        journal = SqliteJournal(tmp_path / "journal.db", "k1", run)
        journal.append([ev.Booted("x")] * rows, STAMP, {})
        journal.close()
    journal = SqliteJournal(tmp_path / "journal.db", "k1", "4" * 16, counting)
    assert [(s.run, s.first, s.count) for s in journal.spans] == [
        (RUN1, 1, 20_000), (RUN2, 20_001, 1), (RUN3, 20_002, 20_000),
    ]  # fmt: skip
    assert len(steps) < 20, "some hundred steps of SQLite's machine, not one for every row"
    journal.close()


def test_a_card_that_has_lost_rows_is_counted_row_by_row(tmp_path):
    for run in (RUN1, RUN2):
        journal = SqliteJournal(tmp_path / "journal.db", "k1", run)
        journal.append([ev.Booted("x")] * 9, STAMP, {})
        journal.close()
    db = sqlite3.connect(tmp_path / "journal.db")
    db.execute("DROP TRIGGER rows_last")
    db.execute("DELETE FROM rows WHERE n IN (3, 10)")
    db.commit()
    db.close()
    journal = SqliteJournal(tmp_path / "journal.db", "k1", RUN3)
    assert [(s.run, s.first, s.count) for s in journal.spans] == [(RUN1, 1, 8), (RUN2, 11, 8)]
    journal.close()
