"""Indicators to the last digit, and a verifier that notices everything."""

import json
import subprocess
import sys
from collections import Counter as Tally
from fractions import Fraction
from pathlib import Path

import msgspec
import pytest
from conftest_center import a_morning
from hypothesis import given
from hypothesis import strategies as st

from broker.sqlite_store import SqliteStore
from onedoor.wire.chain import GENESIS, line_of, sealed
from onedoor.wire.rows import LogRow
from reports.figures import of_vector
from reports.files import DATABASE, VIEW, NotALog
from reports.rows import of_log
from reports.source import export, rows_of
from reports.stats import area, gini, overtakes, percentile
from reports.verify import verify
from reports.verify_app import check

VECTORS = json.loads((Path(__file__).parent / "data" / "indicator_vectors.json").read_text())["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_vectors_to_the_last_digit(vector):
    found = of_vector(vector)
    assert found == {"id": vector["id"], "indicators": vector["expected"]}


def test_the_command_prints_a_list(tmp_path):
    file = Path(__file__).parent / "data" / "indicator_vectors.json"
    done = subprocess.run(
        [sys.executable, "-m", "onedoor", "indicators", "--events", str(file)], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert [x["indicators"] for x in json.loads(done.stdout)] == [v["expected"] for v in VECTORS]


def vector(events, standard=300, window=("08:00:00", "09:00:00")):
    steps = [dict(zip(("t", "e", "tk", "c", "svc"), e, strict=False)) for e in events]
    steps = [{k: v for k, v in s.items() if v != ""} for s in steps]
    return of_vector({"id": "x", "config": {"standard_s": standard, "window": window}, "events": steps})["indicators"]


def test_stamps_are_floored_once_after_the_clock_was_corrected():
    events = [
        {"t": "08:00:01.200", "e": "issue", "tk": "A", "svc": "X", "dev": "k"},
        {"t": "08:01:00.9", "e": "call", "tk": "A", "c": 1, "dev": "hub"},
    ]
    config = {"standard_s": 300, "window": ["08:00:00", "09:00:00"], "clock_offset_s": {"k": 0.6, "hub": 0.5}}
    found = of_vector({"id": "x", "config": config, "events": events})["indicators"]
    assert found["wait_first"]["mean"] == 60, "08:00:00.6 and 08:01:00.9: an offset of half a second is noise"


def test_an_empty_day_has_no_means():
    found = vector([])
    assert found["wait_first"] == {"n": 0, "mean": None, "max": None, "p50": None, "p90": None}
    assert found["service_level"]["value"] is None
    assert found["gini_individual"] is None
    assert found["occupancy_all"] is None
    assert found["little"]["W_s"] is None


def test_void_leaves_every_count_and_a_reprint_is_no_arrival():
    found = vector(
        [
            ("08:00:00", "issue", "A", "", "X"),
            ("08:00:10", "reprint", "A"),
            ("08:01:00", "issue", "B", "", "X"),
            ("08:02:00", "call", "A", 1),
            ("08:02:30", "call", "B", 2),
            ("08:02:40", "void", "B", 2),
            ("08:04:00", "end", "A", 1),
        ]
    )
    assert (found["tickets_issued"], found["reprints"], found["wait_first"]["n"]) == (1, 1, 1)
    assert found["service_time"]["mean"] == 120, "start missing: from the last call"


def test_parked_time_is_neither_wait_nor_service():
    found = vector(
        [
            ("08:00:00", "open", "", 1),
            ("08:00:00", "issue", "A", "", "X"),
            ("08:01:00", "call", "A", 1),
            ("08:01:00", "start", "A", 1),
            ("08:02:00", "park", "A", 1),
            ("08:12:00", "resume", "A", 1),
            ("08:13:00", "end", "A", 1),
        ]
    )
    assert found["service_time"]["mean"] == 120
    assert found["counters"]["1"]["busy_s"] == 120
    assert found["time_in_system"]["mean"] == 780


def test_a_negative_wait_is_listed_never_clamped():
    found = vector([("08:05:00", "issue", "A", "", "X"), ("08:04:00", "call", "A", 1)])
    assert found["wait_first"]["n"] == 0
    found = vector([("08:05:00", "issue", "A", "", "X"), ("08:05:00", "call", "A", 1), ("08:06:00", "end", "A", 1)])
    assert found["wait_first"]["mean"] == 0, "called at once is a wait of nothing, and counts"


values = st.lists(st.integers(0, 5_000), max_size=40)


@given(values, st.integers(1, 100))
def test_percentile_is_a_value_somebody_had(xs, p):
    found = percentile(xs, p)
    if not xs:
        assert found is None
    else:
        assert found in xs
        assert sum(x <= found for x in xs) * 100 >= p * len(xs)
        assert sum(x < found for x in xs) * 100 < p * len(xs)


@given(values)
def test_gini_by_its_definition(xs):
    found = gini(Tally(xs))
    if xs and sum(xs):
        n, mean = len(xs), Fraction(sum(xs), len(xs))
        assert found == sum(abs(a - b) for a in xs for b in xs) / (2 * n * n * mean)
    else:
        assert found == (0 if xs else None)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=25))
def test_overtakes_by_their_definition(legs):
    pairs = [(a, b) for i, a in enumerate(legs) for b in legs[i + 1 :] if a[0] != b[0]]
    wrong = sum((a[0] < b[0] and b[1] < a[1]) or (b[0] < a[0] and a[1] < b[1]) for a, b in pairs)
    assert overtakes(legs) == (len(pairs), wrong)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 50)), max_size=20))
def test_area_equals_the_sum_when_nothing_is_cut(spans):
    spans = [(a, a + d) for a, d in spans]
    levels = Tally(a for a, _ in spans)
    levels.subtract(b for _, b in spans)
    assert area(levels, (0, 1000)) == sum(b - a for a, b in spans)


# -- verify ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    folder = tmp_path_factory.mktemp("log")
    data = a_morning(folder / "hub")
    export(rows_of(data), folder / "log.jsonl")
    report = of_log(rows_of(data))
    (folder / "indicators.json").write_text(json.dumps(report))
    return folder


def test_a_good_log_verifies_as_a_file_and_as_a_folder(log):
    rows = len((log / "log.jsonl").read_bytes().splitlines())
    assert rows > 60
    assert check(log / "log.jsonl").rows == rows
    assert check(log).rows == rows
    assert check(log / "hub").rows == rows


def test_one_changed_byte_anywhere_is_noticed_and_its_row_named(log, tmp_path):
    data = (log / "log.jsonl").read_bytes()
    copy = tmp_path / "log.jsonl"
    for at in range(0, len(data), 7):
        changed = bytearray(data)
        changed[at] ^= 1 << (at % 8)
        copy.write_bytes(changed)
        found = check(copy)
        row = data[:at].count(b"\n") + 1
        assert isinstance(found, str), f"byte {at}"
        named = int(found.split("row ")[1].split(":")[0])
        assert named in (row, row + (data[at : at + 1] == b"\n")), f"byte {at} of row {row}: {found}"


def relinked(rows, start=0):
    """The log with all hashes computed afresh: what a forger with this program would write."""
    done, prev = [], GENESIS
    for i, row in enumerate(rows, 1):
        row = sealed(msgspec.structs.replace(row, hub_seq=i, prev_hash=prev))
        done.append(row)
        prev = row.hash
    return done


def test_dropped_swapped_and_doubled_rows_are_noticed(log):
    rows = list(rows_of(log / "log.jsonl"))
    assert verify(rows).misfit is None
    for i in range(0, len(rows) - 1, 5):
        assert verify(rows[:i] + rows[i + 1 :]).misfit
        assert verify([*rows[:i], rows[i + 1], rows[i], *rows[i + 2 :]]).misfit
        assert verify([*rows[:i], rows[i], *rows[i:]]).misfit


def test_even_with_all_hashes_redone_another_decision_is_noticed(log):
    rows = list(rows_of(log / "log.jsonl"))
    i, called = next((i, r) for i, r in enumerate(rows) if r.kind == "called")
    other = next(r for r in rows if r.kind == "issued" and f"{r.dev}.{r.run}.{r.seq}" != called.body["ticket"])
    body = called.body | {"ticket": f"{other.dev}.{other.run}.{other.seq}"}
    forged = relinked([*rows[:i], msgspec.structs.replace(called, body=body), *rows[i + 1 :]])
    found = verify(forged).misfit
    assert found.hub_seq == i + 1
    assert "the rule gives" in found.why


def test_a_report_that_is_not_the_logs_is_noticed(log, tmp_path):
    (tmp_path / "log.jsonl").write_bytes((log / "log.jsonl").read_bytes())
    report = json.loads((log / "indicators.json").read_text())
    report["indicators"]["wait_first"]["mean"] = 1.0
    (tmp_path / "indicators.json").write_text(json.dumps(report))
    assert "indicators" in check(tmp_path)


def test_the_command_line(log, tmp_path):
    run = [sys.executable, "-m", "onedoor", "verify"]
    good = subprocess.run([*run, str(log / "log.jsonl")], capture_output=True, text=True)
    assert good.returncode == 10
    assert "rows verified" in good.stdout
    bad = tmp_path / "log.jsonl"
    bad.write_bytes((log / "log.jsonl").read_bytes().replace(b'"issued"', b'"isSued"', 1))
    done = subprocess.run([*run, str(bad)], capture_output=True, text=True)
    assert done.returncode == 20
    assert "row " in done.stdout
    none = subprocess.run([*run, str(tmp_path / "nothing")], capture_output=True, text=True)
    assert none.returncode == 2
    assert "Traceback" not in none.stderr


def test_the_hubs_view_is_the_documented_one(log):
    import sqlite3

    db = sqlite3.connect(log / "hub" / DATABASE)
    columns = [c[0] for c in db.execute(f"SELECT * FROM {VIEW} LIMIT 0").description]
    db.close()
    assert columns == list(LogRow.__struct_fields__)
    with pytest.raises(NotALog):
        list(rows_of(Path(__file__).parent))


def test_the_store_refuses_a_log_that_was_changed(tmp_path):
    from onedoor.device.journal import JournalError

    data = a_morning(tmp_path / "hub")
    import sqlite3

    db = sqlite3.connect(data / DATABASE)
    db.execute("DROP TRIGGER log_stays")
    db.execute("UPDATE log SET t_event = t_event + 60000 WHERE kind = 'issued' AND hub_seq > 10")
    db.commit()
    db.close()
    with pytest.raises(JournalError, match="not as it was written"):
        SqliteStore(data).open_ledger()


def test_the_store_refuses_a_state_that_is_not_the_fold(tmp_path):
    from onedoor.device.journal import JournalError

    data = a_morning(tmp_path / "hub")
    import sqlite3

    db = sqlite3.connect(data / DATABASE)
    db.execute("UPDATE state SET value = '0' WHERE name LIKE 'highest/%'")
    db.commit()
    db.close()
    with pytest.raises(JournalError, match="not what the log adds up to"):
        SqliteStore(data).open_ledger()


def test_line_spelling_is_stable(log):
    row = next(iter(rows_of(log / "log.jsonl")))
    assert line_of(row) + b"\n" == (log / "log.jsonl").read_bytes().splitlines(keepends=True)[0]
