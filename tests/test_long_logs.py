"""Whoever reads a log holds a part of it, however long it is; and reads the same as if he held all of it."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tracemalloc
from contextlib import closing
from pathlib import Path

import folding
import pytest
from conftest_history import TROUBLES, a_hubs_log, a_log
from hypothesis import given, settings
from hypothesis import strategies as st

from onedoor.device.sealing import Signer
from onedoor.wire.rows import LogRow
from reports import evaluator_verify as stranger
from reports import pack
from reports.dates import period_of
from reports.entries import clock_of, entries_of
from reports.explain import explain
from reports.figures import facts_of_days
from reports.reading import Reading, days_in
from reports.reading_acts import KINDS
from reports.rows import entries_from
from reports.shelf import PAGE, Shelf
from reports.source import rows_of
from reports.steps import Step
from reports.story import each_visit
from reports.verify import verify
from reports.verify_app import check

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """Six days with every trouble."""
    return a_log(tmp_path_factory.mktemp("log") / "log.jsonl", 6, 150, troubles=TROUBLES)


@pytest.fixture(scope="module")
def short_and_long(tmp_path_factory):
    """A log of some thousand rows, and one of some ten thousand."""
    folder = tmp_path_factory.mktemp("logs")
    return [a_log(folder / name / "log.jsonl", days, 500, counters=11) for name, days in (("a", 1), ("b", 10))]


# -- the shelf --------------------------------------------------------------------------------------------------------

KEYS = st.builds("{}.{:016x}.{}".format, st.sampled_from(["k1", "c1"]), st.integers(1, 2), st.integers(1, 3 * PAGE))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["add", "look", "pop", "tidy"]), KEYS | st.just("odd")), max_size=120))
def test_a_shelf_is_a_dictionary_however_little_is_at_hand(steps):
    shelf, plain = Shelf(list[int], 4), {}
    for number, (what, key) in enumerate(steps):
        match what:
            case "add":
                found = shelf.find(key)
                if found is None:
                    shelf[key] = found = []
                found.append(number)
                plain.setdefault(key, []).append(number)
            case "look":
                assert shelf.find(key) == plain.get(key)
            case "pop":
                shelf.pop(key)
                plain.pop(key, None)
            case _:
                shelf.tidy()
                assert len(shelf.hot) <= 4
    shelf.sort(lambda key, values: None if key == "odd" else (values[0] % 3, values[0]))
    wanted = sorted((values[0] % 3, values[0], key, values) for key, values in plain.items() if key != "odd")
    for _ in range(2):
        assert [(*at, key, values) for at, key, values in shelf.in_order()] == wanted
    assert shelf.count == len(wanted)


def test_a_full_disk_under_the_shelf_is_an_error_and_no_wrong_figure(tmp_path, monkeypatch):
    place = tmp_path / "tmp"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True).returncode:
        pytest.skip("mounting needs root")
    monkeypatch.setattr("tempfile.tempdir", str(place))
    try:
        chance, shelf = random.Random(1), Shelf(bytes, 8)
        with pytest.raises(OSError, match="No space left"):
            for n in range(10_000):
                shelf[f"k1.{'0' * 16}.{n}"] = chance.randbytes(500)
                shelf.tidy()
        del shelf
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


# -- the same figures -------------------------------------------------------------------------------------------------


def days_of_few(entries, at_hand):
    """The days, read with few visits at hand, as values that can be compared."""
    found = days_in(entries, at_hand)
    return [(d.day, d.honesty, d.order, d.ratings, d.counts) for d in found]


def test_a_log_with_every_trouble_is_read_alike_with_few_visits_at_hand(log):
    whole = days_of_few(entries_of(log, KINDS), 10**6)
    assert days_of_few(entries_of(log, KINDS), 20) == whole
    assert sum(len(day.visits) for day, *_ in whole) > 500


@pytest.mark.parametrize("seed", range(1, 13))
def test_a_senseless_log_is_read_alike_with_few_visits_at_hand(seed):
    """Clerks and citizens who press at random, for days: calls, returns, undos, papers that are found."""
    rows = [
        LogRow(n, dev, run, seq, None, kind, body, "b", 0, event_ms, recv_ms, quality, 0, 1, 1, "")
        for n, (dev, run, seq, kind, body, event_ms, recv_ms, quality, *_) in enumerate(folding.some_days(seed), 1)
    ]
    assert days_of_few(entries_from(rows), 3) == days_of_few(entries_from(rows), 10**6)
    assert list(each_visit(rows, 3)) == list(each_visit(rows))


def test_rows_that_come_days_late_still_find_their_visit(log):
    """A kiosk was cut off for the whole time: its rows stand at the log's end."""
    rows = list(rows_of(log))
    late = [row for row in rows if row.dev != "k2"] + [row for row in rows if row.dev == "k2"]
    assert days_of_few(entries_from(late), 10) == days_of_few(entries_from(late), 10**6)
    assert list(each_visit(late, 10)) == list(each_visit(late))


def test_days_may_be_gone_through_again_and_by_several_processes(log, monkeypatch):
    monkeypatch.setattr("reports.figures.WORTH_SHARING", 10)
    monkeypatch.setattr("reports.figures.COUNTED_AT_ONCE", 100)
    days = days_in(entries_of(log, KINDS), 30)
    one = facts_of_days(days, "c")
    assert facts_of_days(days, "c") == one
    assert facts_of_days(days, "c", processes=3) == one
    few = days.between("2026-10-02", "2026-10-05")
    assert [d.day.number for d in few] == [d.day.number for d in few]
    assert len(list(few)) == 2, "a Friday and a Monday"


def test_what_is_explained_needs_no_list(log):
    rows = list(rows_of(log))
    label = next(row.body["label"] for row in reversed(rows) if row.kind == "issued")
    assert explain(lambda: rows_of(log), label) == explain(lambda: rows, label)


# -- memory -----------------------------------------------------------------------------------------------------------


SMALL = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, *sys.argv[1:]], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(child.pid, 0)
print(os.waitstatus_to_exitcode(status), used.ru_maxrss)
"""
"""Linux counts the memory of whoever starts a program as its own peak: so somebody small starts it."""


def peak_mb(*argv):
    """The peak memory of one run of a command."""
    env = dict(os.environ, PYTHONPATH=str(ROOT))
    done = subprocess.run(
        [sys.executable, "-S", "-c", SMALL, *argv], capture_output=True, text=True, env=env, check=False
    )
    code, kilobytes = map(int, done.stdout.split())
    assert code in (0, 10), done.stderr
    return kilobytes / 1024


ASKED = {
    "verify": ["verify", "LOG"],
    "log": ["log", "LOG", "--csv"],
    "explain": ["explain", "LABEL", "LOG"],
    "export log": ["export", "log", "LOG", "--out", "OUT/x.jsonl"],
    "fiware": ["export", "fiware", "LOG", "--out", "OUT/x.json"],
}


@pytest.mark.parametrize("what", ASKED)
def test_the_memory_of_a_command_does_not_grow_with_the_log(what, short_and_long, tmp_path):
    peaks = []
    for log in short_and_long:
        label = next(row.body["label"] for row in rows_of(log) if row.kind == "issued")
        names = {"LOG": str(log), "LABEL": label}
        argv = [names.get(word, word.replace("OUT", str(tmp_path))) for word in ASKED[what]]
        peaks.append(peak_mb("-m", "onedoor", *argv))
    assert peaks[1] < peaks[0] + 16, "ten times the rows; as a list they would be eighty megabytes"


def test_the_memory_of_the_strangers_verifier_is_that_of_steps_not_of_rows(short_and_long, tmp_path):
    peaks = []
    for log in short_and_long:
        out = tmp_path / log.parent.name
        out.mkdir()
        kept = pack.cut(rows_of(log), period_of("2026"), out / "log.jsonl", clock_of(log))
        pack.write_fixed(out)
        pack.write_results(out, pack.results(out / "log.jsonl", kept, 1500))
        pack.seal_up(out)
        peaks.append(peak_mb("-I", "-S", str(out / "verify.py")))
    rows = [log.read_bytes().count(b"\n") for log in short_and_long]
    assert (peaks[1] - peaks[0]) * 2**20 / (rows[1] - rows[0]) < 600, "bytes for each row; a parsed row has 3,000"


def test_reading_holds_the_visits_at_hand_and_no_more(short_and_long):
    _, long = short_and_long
    hot = []
    tidy = Shelf.tidy

    class Counting(Shelf):
        def tidy(self):
            tidy(self)
            hot.append(len(self.hot))

    reading = Reading(Counting(list[Step], 200))
    for some in entries_of(long, KINDS):
        reading.take(some)
    assert max(hot) <= 200
    peaks = []
    for at_hand in (200, 10**6):
        tracemalloc.start()
        for _ in days_in(entries_of(long, KINDS), at_hand):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[0] < peaks[1] / 2


# -- verify -----------------------------------------------------------------------------------------------------------


def test_the_first_thing_that_does_not_fit_is_named_though_the_log_ends_badly(log, tmp_path):
    lines = log.read_bytes().splitlines(keepends=True)
    lines[20] = lines[20].replace(b'"t_recv":1', b'"t_recv":2')
    (tmp_path / "log.jsonl").write_bytes(b"".join([*lines[:-1], b"not a row\n"]))
    assert check(tmp_path).startswith("row 21: was changed")
    (tmp_path / "log.jsonl").write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]) + b"not a row\n")
    assert f"row {len(lines)}: " in check(tmp_path)
    whole = log.read_bytes()
    (tmp_path / "log.jsonl").write_bytes(whole[:-1])
    assert "the last line has no end" in check(tmp_path)


def test_only_the_hashes_that_somebody_knows_are_kept(log):
    rows = list(rows_of(log))
    done = verify(iter(rows), {3, 77, 10**9})
    assert done.hashes == {3: rows[2].hash, 77: rows[76].hash}
    assert done.rows == len(rows)


def test_a_seal_that_is_made_while_the_log_is_read_is_no_misfit(tmp_path):
    """Seals are read before the rows: a hub may go on writing."""
    a_hubs_log(tmp_path, 1, 60)
    signer = Signer(tmp_path)
    with closing(sqlite3.connect(tmp_path / "center.db", isolation_level=None)) as db:
        hub_seq, head = db.execute("SELECT hub_seq, hash FROM log ORDER BY 1 DESC LIMIT 1").fetchone()
        seal = signer.seal("test", "2026-10-01", 0, hub_seq, head)
        text = json.dumps({name: getattr(seal, name) for name in seal.__struct_fields__})
        db.execute("INSERT INTO seals VALUES (?,?,?)", (hub_seq, "2026-10-01", text))
    found = check(tmp_path)
    assert (found.rows, found.heads) == (hub_seq, 1)


def test_verify_looks_through_the_whole_file_of_a_hub(tmp_path):
    """Its index too, which no reader of rows would miss: a start does not look at it when the file is long."""
    folder = tmp_path / "hub"
    a_hubs_log(folder, 1, 300)
    with closing(sqlite3.connect(folder / "center.db")) as db:
        [(root,)] = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_log_1'").fetchall()
        [(size,)] = db.execute("PRAGMA page_size").fetchall()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copytree(folder, tmp_path / "whole")
    with open(folder / "center.db", "r+b") as file:
        file.seek(root * size - size // 8)
        file.write(os.urandom(size // 8))
    assert not isinstance(check(tmp_path / "whole"), str)
    assert "damaged" in check(folder)


def test_the_strangers_verifier_still_takes_rows_that_are_in_memory(log):
    rows = [json.loads(line) for line in log.read_bytes().splitlines()]
    found = stranger.read_log(log, {"hub_seq": 0, "hash": "0" * 64}, {5})
    assert (found.last, found.chain[5]) == (len(rows), rows[4]["hash"])
    again = stranger.indicators(stranger.read(stranger.again(log), found.late), 1500)
    assert again == stranger.indicators(stranger.read(rows), 1500)
