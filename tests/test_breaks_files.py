"""What breakers found in stored files and in one box's word: a bit, a number without bounds, a source that is two."""

import json
import sqlite3

import pytest
from conftest_center import Center
from test_words import DAY, DOUBTED, NOON, hear

from broker.sqlite_store import SqliteStore
from kiosk.printer.knows import FileMemory, Knows
from onedoor.device.card import open_card
from onedoor.device.clock import SystemClock
from onedoor.device.journal import JournalError
from onedoor.device.needs import read_alarms
from onedoor.hall.words import HEARD_BY, Word
from reports.evaluator_verify import FALSE
from reports.export_app import main_export
from reports.log_app import main_explain, main_log
from reports.report_app import main_report
from reports.verify_app import main_verify


@pytest.mark.parametrize("words", [("k1", f"{HEARD_BY}k1"), (f"{HEARD_BY}k1", "k1")])
def test_one_box_is_one_source_whether_it_tells_of_its_own_clock_or_of_what_it_heard(words):
    """Else a single box makes any date known at the hub, and the hub's own network time cannot take it back."""
    far = NOON + 4_000 * DAY
    belief, verdicts = hear(*(Word(far, by) for by in words))
    assert verdicts == [DOUBTED, DOUBTED] and belief.word is None
    known, verdicts = hear(Word(NOON, "network"), *(Word(far, by) for by in words))
    assert verdicts[1:] == [DOUBTED, DOUBTED] and known.word.zero_ms == NOON


@pytest.mark.parametrize("role", ["box", "hub"])
def test_a_bit_in_the_text_of_the_tables_is_damage_and_no_error_of_the_program(tmp_path, role):
    """SQLite's message about it is no text either."""
    if role == "box":
        open_card(tmp_path, "k1", "a" * 16, tmp_path / "shelf").journal.close()
        path = tmp_path / "journal.db"
    else:
        SqliteStore(tmp_path).close()
        path = tmp_path / "center.db"
    data = bytearray(path.read_bytes())
    data[data.find(b"CREATE TABLE") + 2] |= 0x80
    path.write_bytes(data)
    if role == "box":
        assert open_card(tmp_path, "k1", "b" * 16, tmp_path / "shelf").codes == ["card_damaged"]
    else:
        with pytest.raises(JournalError):
            SqliteStore(tmp_path)


@pytest.fixture
def spoilt(tmp_path):
    """A hub's folder in which somebody has changed a byte of one row, past all triggers."""
    center = Center(tmp_path)
    center.start_hub()
    kiosk = center.kiosk()
    for _ in range(3):
        center.touch(kiosk)
    center.hub.store.close()
    db = sqlite3.connect(tmp_path / "center.db", isolation_level=None)
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    return tmp_path, db


@pytest.mark.parametrize("change", ["body = replace(body, '{', '[')", "body = '[]'", "before = '{'", "kind = 'sung'"])
def test_a_row_that_cannot_be_read_is_named_and_ends_no_command_with_an_error(spoilt, capsys, tmp_path, change):
    folder, db = spoilt
    db.execute(f"UPDATE log SET {change} WHERE hub_seq = (SELECT max(hub_seq) FROM log WHERE kind = 'issued')")
    db.close()
    assert main_verify([str(folder)]) == FALSE
    assert "row " in capsys.readouterr().out
    for command in (
        lambda: main_log([str(folder)]), lambda: main_explain(["A1-001", str(folder)]), lambda: main_report([str(folder)]),
        lambda: main_export(["csv", str(folder), "--out", str(tmp_path / "x.csv")]),
        lambda: main_export(["log", str(folder), "--out", str(tmp_path / "x.jsonl")]),
    ):  # fmt: skip
        assert command() in (0, 1, 2)


def test_a_number_without_bounds_in_a_small_file_is_a_file_that_cannot_be_read(tmp_path):
    clock = SystemClock(vouched=True)
    (tmp_path / "alarms").mkdir()
    alarm = {"code": "died", "result": "x", "stays": False, "boot": clock.boot_id, "mono_ms": 77_777}
    (tmp_path / "alarms/onedoor-x.json").write_text(json.dumps(alarm).replace("77777", "1e999"))
    assert "restarted" in read_alarms(tmp_path, clock)
    FileMemory(tmp_path, "x").save(Knows(answers=(1,), echoes=True, baud=9600))
    [learned] = [path for path in tmp_path.rglob("*.json") if "9600" in path.read_text()]
    learned.write_text(learned.read_text().replace("9600", "1e999"))
    assert FileMemory(tmp_path, "x").load() == Knows()
