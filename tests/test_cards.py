"""Whatever a stored file is like, the box runs, tells it, gives no number twice, and one command puts it right."""

import contextlib
import os
import shutil
import sqlite3
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

from broker.repair_app import main as repair_command
from onedoor.device.aside import aside_codes, aside_folders
from onedoor.device.card import hold, open_card, shelf_of
from onedoor.device.clock import SystemClock
from onedoor.device.joining import rescue, take_over
from onedoor.device.journal import JOURNAL, JournalError, SqliteJournal, Stamp
from onedoor.device.needs import read_alarms
from onedoor.hall import events as ev
from onedoor.voice import pack as voice_pack
from onedoor.voice.speaker import SHIPPED

STAMP = Stamp("b", 1, None)
RUN = "{:016x}".format


@pytest.fixture
def shelf(tmp_path):
    place = tmp_path / "shelf"
    place.mkdir()
    return place


@pytest.fixture
def card(tmp_path):
    """A real file system of eight megabytes."""
    place = tmp_path / "card"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)], capture_output=True).returncode:
        pytest.skip("mounting needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def remount(card, how):
    subprocess.run(["mount", "-o", f"remount,{how}", str(card)], check=True)


def fill(card):
    with open(card / "filler", "ab", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(b"x" * 4096)


def written(folder, shelf, run, *texts, **keep):
    """One start of a box that writes these rows; what it was."""
    found = open_card(folder, "k1", RUN(run), shelf)
    found.journal.append([ev.Booted(text) for text in texts], STAMP, keep)
    found.journal.close()
    return found


def texts_of(folder):
    journal = SqliteJournal(folder / JOURNAL, "k1", RUN(0))
    found = [fact.event.software for fact in journal.read(0, 1_000)]
    journal.close()
    return found


def spoil_page(path):
    with open(path, "r+b") as file:
        file.seek(4096)
        file.write(os.urandom(4096))


def spoil_row(path):
    db = sqlite3.connect(path)
    db.execute("DROP TRIGGER rows_stay")
    db.execute("UPDATE rows SET body = '{\"soft' WHERE n = 2")
    db.commit()
    db.close()


DAMAGES = {
    "cut": lambda path: os.truncate(path, 5_000),
    "text": lambda path: path.write_text("not a database"),
    "zeros": lambda path: path.write_bytes(bytes(20_000)),
    "emptied": lambda path: path.write_bytes(b""),
    "page": spoil_page,
    "row": spoil_row,
    "folder": lambda path: (path.unlink(), path.mkdir()),
    "link": lambda path: (path.rename(path.with_name("other")), path.symlink_to("other")),
    "another database": lambda path: (path.unlink(), sqlite3.connect(path).execute("CREATE TABLE rows (x)")),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_journal_is_put_aside_and_a_new_one_begins(tmp_path, shelf, damage):
    folder = tmp_path / "data"
    written(folder, shelf, 1, *"abcdefgh", numbering="n")
    DAMAGES[damage](folder / JOURNAL)
    found = written(folder, shelf, 2, "new")
    assert found.codes == ["card_damaged"] and not found.volatile
    assert texts_of(folder) == ["new"]
    [place] = aside_folders(folder)
    assert (place / JOURNAL).exists() or (place / JOURNAL).is_symlink()
    assert aside_codes(folder) == ["card_damaged"], "told until somebody has seen to it"
    assert written(folder, shelf, 3).codes == [], "the new journal is well"


def test_a_row_that_cannot_be_read_while_the_box_runs_is_seen_by_the_next_start(tmp_path, shelf):
    folder = tmp_path / "data"
    written(folder, shelf, 1, "a", "b")
    journal = SqliteJournal(folder / JOURNAL, "k1", RUN(2))
    spoil_row(folder / JOURNAL)
    with pytest.raises(JournalError, match="onedoor repair"):
        journal.read(0, 10)
    journal.close()
    assert written(folder, shelf, 3).codes == ["card_damaged"]


def test_a_write_ahead_log_whose_database_is_gone_is_not_thrown_away(tmp_path, shelf):
    folder = tmp_path / "data"
    journal = SqliteJournal(folder / JOURNAL, "k1", RUN(1))
    journal.append([ev.Booted("a")], STAMP, {})
    shutil.copy(folder / f"{JOURNAL}-wal", tmp_path / "wal")
    journal.close()
    (folder / JOURNAL).unlink()
    shutil.copy(tmp_path / "wal", folder / f"{JOURNAL}-wal")
    assert written(folder, shelf, 2).codes == ["card_damaged"]
    assert (aside_folders(folder)[0] / f"{JOURNAL}-wal").read_bytes() == (tmp_path / "wal").read_bytes()


def test_a_journal_that_is_gone_is_told(tmp_path, shelf):
    folder = tmp_path / "data"
    assert written(folder, shelf, 1).codes == [], "a new card is no alarm"
    (folder / "running").touch()
    (folder / JOURNAL).unlink()
    assert written(folder, shelf, 2).codes == ["card_lost"]


def test_a_card_that_can_only_be_read_and_comes_back(card, shelf):
    folder = card / "data"
    written(folder, shelf, 1, "one", "two", numbering="n2")
    remount(card, "ro")
    found = open_card(folder, "k1", RUN(2), shelf)
    assert found.volatile and found.codes == ["card_read_only"]
    [fact] = found.journal.append([ev.Booted("three")], STAMP, {"numbering": "n3"})
    assert fact.before == (RUN(1), 2)
    found.journal.close()
    again = written(folder, shelf, 3, "four", numbering="n4")
    assert again.volatile and again.journal.length == 4, "a new start goes on where memory is"
    remount(card, "rw")
    back = open_card(folder, "k1", RUN(4), shelf)
    assert (back.volatile, back.codes, back.journal.length, back.journal.kept("numbering")) == (False, [], 4, "n4")
    assert [(s.run, s.count) for s in back.journal.spans] == [(RUN(1), 2), (RUN(2), 1), (RUN(3), 1)]
    back.journal.append([ev.Booted("five")], STAMP, {"numbering": "n5"})
    back.journal.close()
    assert not (shelf_of(folder, "k1", shelf) / JOURNAL).exists(), "what is on the card needs no copy"
    last = open_card(folder, "k1", RUN(5), shelf)
    assert last.journal.kept("numbering") == "n5" and last.journal.length == 5
    last.journal.close()
    remount(card, "ro")
    dead = open_card(folder, "k1", RUN(6), shelf)
    assert dead.journal.length == 5, "a second time everything is copied afresh"
    dead.journal.close()
    remount(card, "rw")


def test_a_full_card_and_room_again(card, shelf):
    folder = card / "data"
    written(folder, shelf, 1, "one", clean="yes")
    fill(card)
    found = written(folder, shelf, 2, "two", clean="no")
    assert found.volatile and found.codes == ["card_full"]
    (card / "filler").unlink()
    back = written(folder, shelf, 3, "three")
    assert not back.volatile and texts_of(folder) == ["one", "two", "three"]


def test_a_damaged_journal_on_a_card_that_can_only_be_read(card, shelf):
    folder = card / "data"
    written(folder, shelf, 1, "one")
    (folder / JOURNAL).write_text("nothing")
    remount(card, "ro")
    found = written(folder, shelf, 2, "two")
    assert found.volatile and set(found.codes) == {"card_read_only", "card_damaged"}
    remount(card, "rw")
    assert (folder / JOURNAL).read_text() == "nothing", "the evidence is where it was"
    back = written(folder, shelf, 3, "three")
    assert texts_of(folder) == ["two", "three"], "what memory kept is found, though the card's own rows are not"
    assert back.codes == ["card_damaged"]


NOBODY = 65_534


def as_root():
    if os.geteuid():
        pytest.skip("giving files away needs root")


@pytest.mark.parametrize("what", [JOURNAL, f"{JOURNAL}-wal"])
def test_a_file_of_another_user_is_put_aside(tmp_path, shelf, what):
    as_root()
    folder = tmp_path / "data"
    written(folder, shelf, 1, "one")
    (folder / what).touch()
    os.chown(folder / what, NOBODY, NOBODY)
    found = written(folder, shelf, 2, "two")
    assert found.codes == ["card_foreign"] and texts_of(folder) == ["two"]


def test_a_folder_of_another_user_is_not_believed(tmp_path, shelf):
    as_root()
    folder = tmp_path / "data"
    written(folder, shelf, 1, "forged")
    os.chown(folder, NOBODY, NOBODY)
    found = written(folder, shelf, 2, "two")
    assert found.volatile and found.codes == ["card_foreign"] and found.journal.length == 1
    assert texts_of(folder) == ["forged"], "nothing was written there"


def test_folders_in_memory_that_are_not_ours_are_passed_by(tmp_path, shelf):
    as_root()
    folder = tmp_path / "data"
    first = shelf_of(folder, "k1", shelf, make=True)
    assert stat.S_IMODE(first.stat().st_mode) == 0o700
    for spoil in (lambda: os.chown(first, NOBODY, NOBODY), lambda: (first.rmdir(), first.symlink_to("/tmp"))):
        spoil()
        second = shelf_of(folder, "k1", shelf, make=True)
        assert second.name == f"{first.name}-2"
        second.rmdir()
    first.unlink()
    first.mkdir(mode=0o700)
    first.chmod(0o777)
    assert shelf_of(folder, "k1", shelf, make=True) != first, "everybody can write there"


def test_what_is_kept_is_for_this_box_alone(tmp_path, shelf):
    folder = tmp_path / "data"
    old = os.umask(0)
    try:
        found = open_card(folder, "k1", RUN(1), shelf)
        found.journal.append([ev.Booted("x")], STAMP, {})
        for name in (JOURNAL, f"{JOURNAL}-wal", f"{JOURNAL}-shm"):
            assert stat.S_IMODE((folder / name).stat().st_mode) == 0o640, name
        found.journal.close()
        (folder / JOURNAL).chmod(0o666)
        written(folder, shelf, 2)
        assert stat.S_IMODE((folder / JOURNAL).stat().st_mode) == 0o640, "an earlier release's file, too"
    finally:
        os.umask(old)


def test_two_programs_do_not_share_a_box(tmp_path, monkeypatch):
    monkeypatch.setattr("onedoor.device.card.HOLD_TRIES", 1)
    monkeypatch.setattr("onedoor.device.card.HOLD_S", 0)
    handle = hold(tmp_path)
    with pytest.raises(JournalError, match="another program"):
        hold(tmp_path)
    os.close(handle)
    os.close(hold(tmp_path))


def test_rows_that_can_still_be_read_are_taken_over(tmp_path):
    old = SqliteJournal(tmp_path / "old.db", "k1", RUN(1))
    old.append([ev.Booted(str(n)) for n in range(5)], STAMP, {})
    old.run = RUN(2)
    old.append([ev.Booted(str(n)) for n in range(5, 10)], STAMP, {})
    old.close()
    db = sqlite3.connect(tmp_path / "old.db")
    db.execute("DROP TRIGGER rows_stay")
    db.execute("UPDATE rows SET body = '{' WHERE n = 8")
    db.commit()
    db.close()
    old = SqliteJournal(tmp_path / "old.db", "k1", RUN(3))
    new = SqliteJournal(tmp_path / "new.db", "k1", RUN(4))
    new.append([ev.Booted("new")], STAMP, {})
    assert rescue(new, old) == 7
    assert [f.event.software for f in new.read(0, 100)] == ["new", "0", "1", "2", "3", "4", "5", "6"]
    assert rescue(new, old) == 0, "a second time there is nothing new"
    assert [(s.run, s.count) for s in new.spans] == [(RUN(4), 1), (RUN(1), 5), (RUN(2), 2)]
    new.run = RUN(5)
    [row] = new.append([ev.Booted("more")], STAMP, {})
    assert (row.run, row.before) == (RUN(5), (RUN(2), 2))


def test_a_copy_that_is_older_than_the_card_changes_nothing(tmp_path):
    card = SqliteJournal(tmp_path / "card.db", "k1", RUN(1))
    card.append([ev.Booted("one")], STAMP, {"numbering": "old"})
    shutil.copy(tmp_path / "card.db", tmp_path / "memory.db")
    shutil.copy(tmp_path / "card.db-wal", tmp_path / "memory.db-wal")
    card.run = RUN(2)
    card.append([ev.Booted("two")], STAMP, {"numbering": "new"})
    memory = SqliteJournal(tmp_path / "memory.db", "k1", RUN(3))
    assert take_over(card, memory) == 0 and card.kept("numbering") == "new"


@pytest.mark.parametrize("spoil", ["cut", "noise", "empty", "head", "gone"])
def test_recordings_that_cannot_be_said_are_found_at_the_start(tmp_path, spoil):
    packs = tmp_path / "packs"
    shutil.copytree(SHIPPED / "en", packs / "en")
    assert voice_pack.spoilt(packs) == [] == voice_pack.spoilt(SHIPPED)
    clip = sorted((packs / "en").glob("*.wav"))[3]
    match spoil:
        case "cut":
            os.truncate(clip, clip.stat().st_size // 2)
        case "noise":
            clip.write_bytes(os.urandom(400))
        case "empty":
            clip.write_bytes(b"")
        case "head":
            clip = packs / "en/pack.toml"
            clip.write_text("= nonsense")
        case "gone":
            shutil.rmtree(packs)
            clip = packs
    assert voice_pack.spoilt(packs) == [clip]


def test_a_link_to_a_folder_that_is_gone_is_followed(tmp_path, shelf):
    (tmp_path / "data").symlink_to("gone/data")
    found = written(tmp_path / "data", shelf, 1, "a")
    assert not found.volatile and (tmp_path / "gone/data" / JOURNAL).exists()


def test_a_file_where_a_folder_should_be_is_named_and_the_box_goes_on(tmp_path, shelf, caplog):
    (tmp_path / "data").write_text("a file")
    found = written(tmp_path / "data/k1", shelf, 1, "a")
    assert found.volatile and found.codes == ["card_foreign"]
    assert str(tmp_path / "data/k1") in caplog.text and "onedoor repair" in caplog.text


def by_nobody(what):
    """What this gives when another user does it, as a unit's own user would."""
    mine, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        try:
            said = repr(what())
        except BaseException as wrong:  # noqa: BLE001 - told in the test
            said = f"{type(wrong).__name__}: {wrong}"
        os.write(theirs, said.encode()[:4_000])
        os._exit(0)
    os.close(theirs)
    with open(mine, "rb") as file:
        said = file.read().decode()
    os.waitpid(child, 0)
    return said


@pytest.mark.parametrize("mode", [0o700, 0o755])
def test_a_folder_of_root_that_does_not_let_the_boxs_user_in_is_told_and_the_box_runs(mode):
    """Restored by a technician with sudo: whoever runs as root never sees it."""
    as_root()
    with tempfile.TemporaryDirectory() as top:
        os.chmod(top, 0o755)
        folder, place = Path(top, "data"), Path(top, "shelf")
        written(folder, place, 1, "one")
        (folder / "alarms").mkdir()
        folder.chmod(mode)
        place.mkdir(exist_ok=True)
        os.chown(place, NOBODY, NOBODY)
        clock = SystemClock(vouched=True)
        assert by_nobody(lambda: open_card(folder, "k1", RUN(2), place).codes) == "['card_foreign']"
        assert by_nobody(lambda: open_card(folder, "k1", RUN(2), place).volatile) == "True"
        assert by_nobody(lambda: read_alarms(folder, clock)) == "[]"
        told = by_nobody(
            lambda: repair_command(["--config", str(Path(top, "kiosk.toml")), "--data", str(folder), "--yes"])
        )
        assert told in ("1", "2"), "not an error of the program"
