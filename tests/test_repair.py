"""`onedoor repair`, a hub that must not lead, and what it does about its own small files."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys

import pytest
from conftest_center import Center
from conftest_history import a_hubs_log

from broker import app as broker_app
from broker import repair_app
from broker.ailing import Ailing, mended
from broker.disk import check_disk, mind_standing
from broker.sqlite_store import FILE, STANDING_FILE, SqliteStore, read_standing
from broker.waiting import FILE as WAITS
from broker.waiting import Waiting
from onedoor.device.aside import aside_codes
from onedoor.device.clock import VirtualClock
from onedoor.device.config import DeviceConfig, load
from onedoor.device.good import keep_good
from onedoor.device.journal import JournalError, SqliteJournal, Stamp
from onedoor.device.link import MemoryBroker, MemoryLink
from onedoor.device.runner import StartAgain
from onedoor.device.sealing import KEY_FILE, Signer
from onedoor.hall import events as ev
from onedoor.wire import messages as msg
from onedoor.wire.topics import Topics
from reports.source import rows_of

TOPICS = Topics("test")
HUB = 'center = "test"\ndev = "hub"\nrole = "hub"\ndata = "{}"\n[hub.devices.k1]\nrole = "kiosk"\nslot = 1\n'
KIOSK = 'center = "test"\ndev = "k1"\nrole = "kiosk"\ndata = "{}"\n[kiosk]\nslot = 1\nprinter = "none"\n'


def box(tmp_path, text):
    """A box's file and folder."""
    data = tmp_path / "data"
    data.mkdir(exist_ok=True)
    path = tmp_path / "device.toml"
    path.write_text(text.format(data))
    return path, data


def repair(path, *more, data=None):
    return repair_app.main(["--config", str(path), "--yes", "--data", str(data or path.parent / "data"), *more])


def sql(path, *statements):
    db = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        db.execute(statement)
    db.close()


# -- what a person wrote ------------------------------------------------------------------------------------


def test_a_spoilt_configuration_is_put_back_and_kept_as_evidence(tmp_path, capsys):
    path, data = box(tmp_path, KIOSK)
    keep_good(path, load(path, DeviceConfig))
    good = path.read_text()
    path.write_text(good.replace("slot = 1", "slot = = 1"))
    assert repair(path) == 0
    said = capsys.readouterr().out
    assert "line 6" in said and "put the copy" in said
    assert path.read_text() == good
    assert "slot = = 1" in (data / "evidence/1/device.toml").read_text()
    assert stat.S_IMODE((data / "good/device.toml").stat().st_mode) == 0o640


def test_without_a_copy_it_is_said_what_to_do(tmp_path, capsys):
    path, _ = box(tmp_path, KIOSK)
    path.write_text("nonsense")
    assert repair(path) == 1
    assert "onedoor config write" in capsys.readouterr().err
    assert path.read_text() == "nonsense"


def test_who_does_not_say_yes_changes_nothing(tmp_path, monkeypatch, capsys):
    path, data = box(tmp_path, KIOSK)
    keep_good(path, load(path, DeviceConfig))
    path.write_text("nonsense")
    monkeypatch.setattr("builtins.input", lambda _: "no")
    assert repair_app.main(["--config", str(path), "--data", str(data)]) == 1
    assert "Nothing was changed" in capsys.readouterr().out
    assert path.read_text() == "nonsense"


def test_a_program_that_runs_is_to_be_stopped_first(tmp_path, monkeypatch, capsys):
    from onedoor.device import card

    monkeypatch.setattr(card, "HOLD_TRIES", 1)
    monkeypatch.setattr(card, "HOLD_S", 0)
    path, data = box(tmp_path, KIOSK)
    handle = card.hold(data)
    assert repair(path) == 2
    assert "systemctl stop onedoor-kiosk" in capsys.readouterr().err
    os.close(handle)


def test_every_mode_of_a_box_that_is_well_says_so(tmp_path, capsys):
    for text in (KIOSK, HUB):
        path, _ = box(tmp_path, text)
        assert repair(path) == 0
        assert "Nothing is wrong" in capsys.readouterr().out


def test_a_hubs_files_of_the_wrong_kind_and_of_others_are_put_right(tmp_path):
    path, data = box(tmp_path, HUB)
    for name in ("control", "seal.key", "clock.json"):
        (data / name).mkdir()
    (data / "alarms").write_text("x")
    (data / "standing.json.part").write_text("x")
    if not os.geteuid():
        os.chown(data / "alarms", 65_534, 65_534)
    assert repair(path) == 0
    assert {p.name for p in data.iterdir()} == {"evidence"}
    assert repair(path) == 0


# -- the log ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    folder = tmp_path_factory.mktemp("past")
    return folder, a_hubs_log(folder, 1, 60)


@pytest.fixture
def hub(past, tmp_path):
    path, data = box(tmp_path, HUB)
    shutil.rmtree(data)
    shutil.copytree(past[0], data)
    return path, data, past[1]


def leads(data):
    store = SqliteStore(data)
    try:
        store.open_ledger()
        return store.hub_seq
    finally:
        store.close()


def test_the_rows_that_prove_themselves_are_kept_and_the_rest_is_evidence(hub, capsys):
    path, data, rows = hub
    before = list(rows_of(data))
    at = rows // 2
    sql(data / FILE, "DROP TRIGGER log_stays", f"UPDATE log SET body = replace(body, '1', '2') WHERE hub_seq = {at}",
        "DELETE FROM fold_snapshots")  # fmt: skip
    changed = list(rows_of(data))
    at = next(n for n, (one, other) in enumerate(zip(before, changed, strict=True)) if one != other)
    with pytest.raises(JournalError, match="onedoor repair") as wrong:
        leads(data)
    assert wrong.value.kind == "damaged"
    assert repair(path) == 0
    said = capsys.readouterr().out
    assert "LOST" in said, "there is no spare"
    assert leads(data) == at
    assert list(rows_of(data)) == before[:at]
    assert (data / "evidence/1" / FILE).exists()
    assert repair(path) == 0


@pytest.mark.parametrize("spoil", ["noise", "cut", "empty", "missing", "state", "body"])
def test_a_log_in_any_bad_state_is_repaired_into_one_that_leads(hub, spoil):
    path, data, rows = hub
    file = data / FILE
    (data / STANDING_FILE).write_text('{"epoch":0,"incarnation":1,"leads":true}')
    match spoil:
        case "noise":
            size = file.stat().st_size
            with open(file, "r+b") as raw:
                raw.seek(size // 2)
                raw.write(os.urandom(20_000))
        case "cut":
            os.truncate(file, file.stat().st_size // 2)
        case "empty":
            os.truncate(file, 0)
        case "missing":
            file.unlink()
        case "state":
            sql(file, "UPDATE state SET value = '{' WHERE name <> 'fold'")
        case "body":
            sql(file, "DROP TRIGGER log_stays", "UPDATE log SET body = '{' WHERE hub_seq = 7",
                "DELETE FROM fold_snapshots")  # fmt: skip
    with pytest.raises(JournalError) as wrong:
        check_disk(data)
        leads(data)
    assert wrong.value.kind == "damaged", wrong.value
    assert repair(path) == 0
    kept = leads(data)
    assert 0 <= kept <= rows
    assert {"state": rows, "body": 6, "empty": 0, "missing": 0}.get(spoil, kept) == kept


def test_with_a_spare_the_hub_waits_for_what_it_has(hub, tmp_path, capsys):
    path, data, _ = hub
    path.write_text(path.read_text() + '[hub.devices.s1]\nrole = "spare"\n')
    spare = tmp_path / "s1"
    shutil.copytree(data, spare)
    os.truncate(data / FILE, 5_000)
    (data / STANDING_FILE).write_text('{"epoch":0,"incarnation":9,"leads":true}')
    assert repair(path) == 0
    assert "the spare gives the rest" in capsys.readouterr().out
    assert (data / WAITS).exists()
    center = Center(data)
    center.start_hub(spare="s1")
    center.hub.waiting = Waiting(data / WAITS)
    center.hub._wait_to_lead()
    center.hub.timers.cancel("lead")
    center.pass_ms(60_000, 1_000)
    assert not center.hub.leads, "it does not lead without the rest"
    assert "log_waits" in center.hub.needs.codes
    center.start_spare(spare)
    center.pass_ms(5_000)
    assert center.hub.leads and not (data / WAITS).exists() and "log_waits" not in center.hub.needs.codes
    was = list(rows_of(spare))
    assert len(was) > 50 and list(rows_of(data))[:50] == was[:50]
    center.hub.store.close()


def test_a_person_may_decide_not_to_wait(hub):
    path, data, _ = hub
    (data / WAITS).touch()
    assert repair(path, "--without-spare") == 0
    assert not (data / WAITS).exists()


def test_a_hub_that_lost_its_log_asks_the_spare_although_it_knows_that_it_led(tmp_path):
    folder = tmp_path / "hub"
    folder.mkdir()
    (folder / STANDING_FILE).write_text('{"epoch":3,"incarnation":2,"leads":true}')
    center = Center(folder)
    center.start_hub(spare="s1")
    assert not center.hub.leads
    center.pass_ms(11_000)
    assert center.hub.leads and center.hub.start.epoch == 3
    center.hub.store.close()


# -- a hub that must not lead -------------------------------------------------------------------------------


def ailing(well=lambda: False):
    broker = MemoryBroker()
    clock = VirtualClock()
    link = MemoryLink(broker, [])
    device = Ailing("hub", "hub", "log_damaged", "why", link, clock, TOPICS, well)
    inbox = []
    device.on_start()
    link.start(inbox.append)
    for news in inbox:
        device.on_news(news)
    return device, broker, clock


def test_it_says_so_on_every_panel_and_looks_for_a_repair():
    repaired = []
    device, broker, clock = ailing(lambda: bool(repaired))
    info = msg.decode(broker.retained[TOPICS.info("hub")], msg.Info)
    assert info.alarms == ["log_damaged"]
    assert TOPICS.presence("hub") not in broker.retained, "nobody takes it for a hub"
    clock.advance(10_000)
    device.timers.run_due()
    repaired.append(1)
    clock.advance(10_000)
    with pytest.raises(StartAgain):
        device.timers.run_due()


def test_what_is_mended_is_seen_by_the_file(tmp_path):
    file = tmp_path / FILE
    file.write_text("x")
    well = mended(tmp_path, "damaged", [file])
    assert not well()
    file.unlink()
    file.write_text("other")
    assert well()
    assert mended(tmp_path, "full", [])(), "there is room"


@pytest.mark.parametrize("spoil", ["noise", "foreign"])
def test_a_hub_is_not_begun_on_a_log_that_cannot_be_trusted(tmp_path, spoil):
    path, data = box(tmp_path, HUB)
    SqliteStore(data).close()
    if spoil == "noise":
        (data / FILE).write_bytes(os.urandom(9_000))
    elif os.geteuid():
        pytest.skip("giving files away needs root")
    else:
        os.chown(data, 65_534, 65_534)
    with pytest.raises(JournalError) as wrong:
        broker_app.build(load(path, DeviceConfig))
    assert wrong.value.kind == ("damaged" if spoil == "noise" else "foreign")
    assert (data / FILE).exists() and aside_codes(data) in ([], ["standing"]), (
        "a log is never moved by a program that starts"
    )


@pytest.mark.parametrize("spoil", ["{", "", "[1]", "missing"])
def test_a_box_that_does_not_know_where_it_stands_says_so(tmp_path, spoil):
    SqliteStore(tmp_path).close()
    file = tmp_path / STANDING_FILE
    if spoil != "missing":
        file.write_text(spoil)
    assert mind_standing(tmp_path)
    assert aside_codes(tmp_path) == ["standing"]
    assert read_standing(file).leads is None


def test_a_new_box_is_not_unsure_where_it_stands(tmp_path):
    assert not mind_standing(tmp_path)
    assert aside_codes(tmp_path) == []


def test_a_hub_that_is_unsure_gives_way_to_another_of_its_epoch(tmp_path):
    center = Center(tmp_path / "hub")
    hub = center.start_hub(spare="s1")
    hub.unsure = True
    other = msg.Beacon(msg.VERSION, msg.Start(hub.start.epoch, 5, "f" * 16), 0, False, 9, "0" * 64, {})
    with pytest.raises(StartAgain):
        hub._hear(TOPICS.beacon(), msg.encode(other))
    hub.store.close()


@pytest.mark.parametrize("spoil", [b"", b"short", bytes(range(33)), bytes(range(32))])
def test_a_key_that_is_none_is_put_aside_and_a_new_one_made(tmp_path, spoil):
    old = Signer(tmp_path).public
    (tmp_path / KEY_FILE).write_bytes(spoil)
    new = Signer(tmp_path)
    assert new.made and new.public != old
    assert aside_codes(tmp_path) == ["seal_key"]
    assert (tmp_path / "aside/1" / KEY_FILE).read_bytes() == spoil
    (tmp_path / KEY_FILE).chmod(0o644)
    assert not Signer(tmp_path).made
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


# -- a kiosk's rows -----------------------------------------------------------------------------------------


def test_rows_of_a_journal_that_was_put_aside_come_back(tmp_path, capsys):
    from onedoor.device.card import open_card

    path, data = box(tmp_path, KIOSK)
    journal = SqliteJournal(data / "journal.db", "k1", "a" * 16)
    journal.append([ev.Booted(str(n)) for n in range(300)], Stamp("b", 1, None), {})
    journal.close()
    sql(data / "journal.db", "DROP TRIGGER rows_stay", "UPDATE rows SET body = '{' WHERE n = 290")
    found = open_card(data, "k1", "b" * 16, tmp_path)
    assert found.codes == ["card_damaged"]
    found.journal.append([ev.Booted("new")], Stamp("b", 1, None), {"numbering": "n"})
    found.journal.close()
    assert repair(path) == 0
    assert "289 rows taken over" in capsys.readouterr().out
    journal = SqliteJournal(data / "journal.db", "k1", "c" * 16)
    assert journal.length == 290 and journal.kept("numbering") == "n"
    journal.close()
    assert aside_codes(data) == [] and (data / "evidence/1/journal.db").exists()


def test_the_command_is_there(tmp_path):
    path, _ = box(tmp_path, KIOSK)
    done = subprocess.run([sys.executable, "-m", "onedoor", "repair", "--config", str(path)], capture_output=True)
    assert done.returncode == 0, done.stderr


def test_a_copy_that_is_none_is_put_aside_and_made_anew(tmp_path):
    path, data = box(tmp_path, KIOSK)
    (data / "good/device.toml").mkdir(parents=True)
    keep_good(path, load(path, DeviceConfig))
    assert (data / "good/device.toml").read_text() == path.read_text()
    assert aside_codes(data) == ["card_damaged"]


@pytest.mark.parametrize("spoil", ["empty", "missing", "nonsense"])
def test_a_centers_own_catalogue_that_was_spoilt_is_put_back(tmp_path, spoil):
    path, _ = box(tmp_path, KIOSK)
    local = tmp_path / "local.toml"
    path.write_text(f'catalogue_local = "{local}"\n' + path.read_text())
    local.write_text('version = "here"\n')
    keep_good(path, load(path, DeviceConfig))
    {"empty": lambda: os.truncate(local, 0), "missing": local.unlink, "nonsense": lambda: local.write_text("=")}[
        spoil
    ]()
    assert repair(path) == 0
    assert local.read_text() == 'version = "here"\n'


def test_a_linked_folder_is_put_right_on_its_card(tmp_path):
    if os.geteuid():
        pytest.skip("giving files away needs root")
    path, data = box(tmp_path, KIOSK)
    data.rename(tmp_path / "card")
    data.symlink_to("card")
    os.chown(tmp_path / "card", 65_534, 65_534)
    assert repair(path) == 0
    assert (tmp_path / "card").stat().st_uid == 0
