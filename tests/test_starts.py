"""A hub is ready in time whatever an update has changed, and however long its log is."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from conftest_center import Center
from conftest_history import a_hubs_log

from broker import sqlite_store
from broker.sqlite_store import FOLD, SNAPSHOT_ROWS, SqliteStore
from demo.processes import free_ports
from onedoor.device import systemd
from onedoor.device.clock import SystemClock
from onedoor.device.journal import JournalError
from onedoor.device.systemd import Alive
from onedoor.hall.fold_version import FOLD_VERSION
from onedoor.hall.ledger import image

ROOT = Path(__file__).resolve().parent.parent
CLOCK = SystemClock(vouched=True)


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    """A hub's data folder with some ten thousand rows in it, and their number."""
    folder = tmp_path_factory.mktemp("past")
    return folder, a_hubs_log(folder, 8, 600)


@pytest.fixture
def hub(past, tmp_path):
    """A copy of it that may be spoilt."""
    shutil.copytree(past[0], tmp_path / "hub")
    return tmp_path / "hub"


def sql(folder, statement, *values):
    db = sqlite3.connect(folder / "center.db", isolation_level=None)
    try:
        return db.execute(statement, values).fetchall()
    finally:
        db.close()


def other_fold(folder):
    """As a release with another fold has left it."""
    sql(folder, "UPDATE state SET value = ? WHERE name = ?", str(FOLD_VERSION - 1), FOLD)
    sql(folder, "UPDATE fold_snapshots SET fold = ?", FOLD_VERSION - 1)


def pictures(folder):
    return [seq for (seq,) in sql(folder, "SELECT hub_seq FROM fold_snapshots WHERE fold = ? ORDER BY 1", FOLD_VERSION)]


class Reads:
    """A store that counts the rows of the log it has to read."""

    def __init__(self, folder, alive=None):
        self.count, self.store = 0, SqliteStore(folder, alive=alive)
        rows = self.store.rows

        def counting(after=0, limit=-1):
            for row in rows(after, limit):
                self.count += 1
                yield row

        self.store.rows = counting

    def opened(self):
        ledger = self.store.open_ledger()
        self.store.close()
        return ledger


def test_a_start_reads_the_log_from_the_newest_snapshot_on(hub):
    reads = Reads(hub)
    reads.opened()
    assert reads.count == 0


def test_an_update_that_leaves_the_fold_alone_costs_nothing(hub, tmp_path):
    """A comment in the rules' source is not another fold."""
    there = tmp_path / "release"
    shutil.copytree(ROOT, there, ignore=shutil.ignore_patterns(".git", ".venv", "out", "tests"))
    with open(there / "onedoor" / "hall" / "evolve.py", "a", encoding="utf-8") as source:
        source.write("\n# Nothing but a comment.\n")
    script = (
        "import sys; from pathlib import Path; import onedoor.hall.evolve as e; from broker.sqlite_store import SqliteStore\n"
        "s = SqliteStore(Path(sys.argv[1])); n = 0; rows = s.rows\n"
        "def counting(*a):\n    global n\n    for row in rows(*a):\n        n += 1\n        yield row\n"
        "s.rows = counting; s.open_ledger(); print(e.__file__, n)"
    )
    run = [sys.executable, "-c", script, str(hub)]
    said = subprocess.run(run, cwd=there, check=True, capture_output=True, text=True, timeout=60).stdout.split()
    assert Path(said[0]).is_relative_to(there), "it was the changed source that ran"
    assert int(said[1]) == 0


def test_another_fold_folds_everything_once(hub, past):
    before = dict(image(SqliteStore(hub).open_ledger()))
    other_fold(hub)
    first = Reads(hub)
    assert dict(image(first.opened())) == before
    assert first.count == past[1]
    second = Reads(hub)
    second.opened()
    assert second.count == 0
    assert sql(hub, "SELECT value FROM state WHERE name = ?", FOLD) == [(str(FOLD_VERSION),)]


def test_a_release_that_is_taken_back_finds_its_own_snapshots(hub):
    """What the newer release kept is not its own; it goes on from what it had kept itself."""
    sql(hub, "INSERT INTO fold_snapshots SELECT ?, hub_seq, hash, image, digest FROM fold_snapshots", FOLD_VERSION + 1)
    sql(hub, "UPDATE state SET value = ? WHERE name = ?", str(FOLD_VERSION + 1), FOLD)
    back = Reads(hub)
    back.opened()
    assert back.count == 0


def test_a_database_of_an_earlier_release_is_taken_over(hub, past):
    sql(hub, "CREATE TABLE snapshots (hub_seq INTEGER PRIMARY KEY, hash TEXT, image TEXT, digest TEXT)")
    sql(hub, "UPDATE state SET name = 'rules', value = 'd0d0d0d0d0d0d0d0' WHERE name = ?", FOLD)
    sql(hub, "DELETE FROM fold_snapshots")
    reads = Reads(hub)
    reads.opened()
    assert reads.count == past[1]
    assert not sql(hub, "SELECT 1 FROM sqlite_master WHERE name = 'snapshots'")
    assert not sql(hub, "SELECT 1 FROM state WHERE name = 'rules'")


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE fold_snapshots SET image = replace(image, 'ticket', 'tocket')",
        "UPDATE fold_snapshots SET image = CAST(x'ff00fe' AS TEXT)",
        "UPDATE fold_snapshots SET digest = ''",
        "UPDATE fold_snapshots SET hash = CAST(x'ff' AS TEXT)",
        "UPDATE fold_snapshots SET hub_seq = hub_seq - 1",
        "UPDATE fold_snapshots SET hub_seq = hub_seq + 1000000",
        "DELETE FROM fold_snapshots",
    ],
)
def test_a_snapshot_that_is_no_good_is_only_slow(hub, past, damage):
    before = dict(image(SqliteStore(hub).open_ledger()))
    sql(hub, damage)
    reads = Reads(hub)
    assert dict(image(reads.opened())) == before
    assert reads.count == past[1]
    again = Reads(hub)
    again.opened()
    assert again.count == 0, "a good one has taken its place"


def test_damaged_snapshots_do_not_crowd_out_the_progress_of_a_long_fold(hub, past, monkeypatch):
    """They stand behind later rows than what is kept on the way."""
    other_fold(hub)
    for back in range(4):
        sql(hub, "INSERT INTO fold_snapshots VALUES (?,?,'x','x','x')", FOLD_VERSION, past[1] - back)
    monkeypatch.setattr(sqlite_store, "SAVE_EVERY_MS", 0)
    killed = Reads(hub, Alive(CLOCK.mono_ms))
    killed.store._take_over = lambda _ledger: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        killed.opened()
    killed.store.close()
    again = Reads(hub)
    again.opened()
    assert again.count <= 2 * sqlite_store.WINDOW


def test_a_snapshot_of_another_branch_is_not_believed(hub, past):
    """The log was put aside from a row on: what was pictured behind that row is gone with it."""
    store = SqliteStore(hub)
    store.open_ledger()
    store.cut_branch(past[1] - 7)
    ledger = store.open_ledger()
    assert [seq for seq in pictures(hub) if seq > past[1] - 7] == []
    assert sql(hub, "SELECT count(*) FROM branch_rows") == [(7,)]
    fresh = SqliteStore(hub)
    sql(hub, "DELETE FROM fold_snapshots")
    assert dict(image(fresh.open_ledger())) == dict(image(ledger))


def test_a_full_disk_keeps_no_hub_from_leading(hub, monkeypatch):
    """There is no room for a picture: the start is slow, and goes on."""
    other_fold(hub)
    store = SqliteStore(hub, alive=Alive(CLOCK.mono_ms))
    store._take_over = lambda _ledger: None
    monkeypatch.setattr(sqlite_store, "SAVE_EVERY_MS", 0)
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    while store._db.execute("PRAGMA freelist_count").fetchone()[0]:
        store._db.execute("CREATE TABLE IF NOT EXISTS filler (x)")
        store._db.execute("INSERT INTO filler VALUES (zeroblob(4000))")
    ledger = store.open_ledger()
    assert ledger.hall.day
    assert not store._db.in_transaction
    assert pictures(hub) == []
    store.close()


def test_a_damaged_row_behind_the_snapshot_still_ends_the_start(hub, past):
    sql(hub, "DELETE FROM fold_snapshots")
    sql(hub, "DROP TRIGGER log_stays")
    sql(hub, "UPDATE log SET t_event = t_event + 1 WHERE hub_seq = ?", past[1] // 2)
    with pytest.raises(JournalError, match=f"row {past[1] // 2} is not as it was written"):
        SqliteStore(hub).open_ledger()


def test_a_long_file_is_not_looked_through_at_a_start(hub, monkeypatch):
    """Only what a start reads; the whole file is the nightly check's."""
    asked, store = [], SqliteStore(hub)
    store._db.set_trace_callback(asked.append)
    store._look_through()
    monkeypatch.setattr(sqlite_store, "LOOKED_THROUGH", 1)
    store._look_through()
    asked = [statement for statement in asked if "quick_check" in statement]
    assert asked[0] == "PRAGMA quick_check"
    assert asked[1:] == [f"PRAGMA quick_check('{table}')" for table in sqlite_store.OPENED]
    assert not [statement for statement in asked[1:] if "'log'" in statement]


def test_hub_and_spare_picture_what_they_take_while_they_run(tmp_path, monkeypatch):
    """A box that runs for months folds no months when it starts."""
    monkeypatch.setattr(sqlite_store, "SNAPSHOT_ROWS", 40)
    center = Center(tmp_path / "hub")
    center.start_hub(spare="s1")
    spare = center.start_spare(tmp_path / "s1")
    center.pass_ms(1_500)
    kiosk = center.kiosk()
    for _ in range(60):
        center.touch(kiosk)
    assert spare.store.hub_seq == center.hub.store.hub_seq > 120
    for folder in (tmp_path / "hub", tmp_path / "s1"):
        reads = Reads(folder)
        reads.opened()
        assert reads.count <= 45
    assert SNAPSHOT_ROWS == 5_000


# -- the real program, and somebody who listens as systemd does ---------------------------------------------------------

QUICK = """
import sys
import broker.sqlite_store as store
import onedoor.device.systemd as systemd
store.SAVE_EVERY_MS, store.WINDOW, systemd.SAY_EVERY_MS = 50, 250, 20
from broker.app import main
sys.exit(main(["--config", sys.argv[1]]))
"""
"""The hub with smaller steps: a log that a test can make is folded in a second."""


class Init:
    """What systemd is to a program: the socket that it tells."""

    def __init__(self, folder):
        self.path, self.heard = folder / "notify", []
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(str(self.path))
        self.sock.settimeout(20)

    def listen(self):
        """The next word, as pairs, and when it came."""
        words = dict(line.split("=", 1) for line in self.sock.recv(4_096).decode().splitlines())
        self.heard.append((CLOCK.mono_ms(), words))
        return words


@pytest.fixture
def started(hub, tmp_path):
    """Starts the real hub on the spoilt folder; ends it."""
    [port] = free_ports(1)
    config, running = tmp_path / "hub.toml", []
    config.write_text(
        f'center = "test"\ndev = "hub"\nrole = "hub"\ndata = "{hub}"\nclock_vouched = true\nballast_mb = 0\n'
        f'[broker]\nhost = "127.0.0.1"\nport = {port}\n[hub.devices.k1]\nrole = "kiosk"\nslot = 1\n'
    )
    init = Init(tmp_path)

    def start():
        with open(tmp_path / "hub.log", "ab") as log:
            env = dict(os.environ, NOTIFY_SOCKET=str(init.path), PYTHONPATH=str(ROOT))
            command = [sys.executable, "-c", QUICK, str(config)]
            running.append(subprocess.Popen(command, stdout=log, stderr=log, env=env, cwd=tmp_path))
        return running[-1]

    yield start, init, tmp_path / "hub.log"
    for process in running:
        if process.poll() is None:
            process.terminate()
            process.wait(15)
    init.sock.close()


def test_a_hub_that_folds_anew_is_kept_alive_and_goes_on_where_it_was_killed(hub, past, started):
    start, init, log = started
    other_fold(hub)
    begun, process = CLOCK.mono_ms(), start()
    while len(pictures(hub)) < 3:
        assert init.listen().get("READY") is None, "it was killed in the middle"
        assert process.poll() is None, log.read_text()
    process.kill()
    process.wait()
    kept = pictures(hub)[-1]
    assert 0 < kept < past[1]
    start()
    while "READY" not in init.listen():
        pass
    assert f"folded rows {kept + 1} to {past[1]} in " in log.read_text(), "nothing that was kept was folded again"
    words = [(at, said) for at, said in init.heard if "EXTEND_TIMEOUT_USEC" in said]
    assert len(words) > 5
    assert {said["EXTEND_TIMEOUT_USEC"] for _, said in words} == {"60000000"}
    assert all(said["WATCHDOG"] == "1" for _, said in words)
    assert f"of {past[1]:,}" in words[0][1]["STATUS"]
    moments = [begun, *(at for at, _ in init.heard)]
    gaps = [b - a for a, b in pairwise(moments)]
    assert max(gaps) < systemd.MORE_S * 1_000 / 4, "each word comes long before the time is over that the last one won"


def test_the_words_come_often_enough_for_the_unit():
    """As they are shipped: sixty words fit into what each of them wins, and into the time of a start."""
    unit = (ROOT / "systemd" / "onedoor-hub.service").read_text()
    start_s = int(next(line for line in unit.splitlines() if line.startswith("TimeoutStartSec")).partition("=")[2])
    assert min(start_s, systemd.MORE_S) * 1_000 >= systemd.SAY_EVERY_MS * 10
    assert "NotifyAccess=main" in unit


def test_a_quick_start_says_nothing_but_ready(hub, started):
    start, init, _ = started
    start()
    assert init.listen() == {"READY": "1"}
