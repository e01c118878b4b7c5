"""Whatever lies in a small file's place on a box's card: no program waits for it, none takes it into memory, and one
command puts it right.
"""

import json
import os
import shutil
import socket
import subprocess
import sys

import pytest
from test_repair import KIOSK, box, repair

from broker import repair_app
from broker.disk import mind_standing
from broker.sqlite_store import STANDING_FILE, read_standing
from kiosk.layout import layout_of
from kiosk.printer.knows import FileMemory, Knows
from onedoor.device import card
from onedoor.device.aside import aside_codes
from onedoor.device.ballast import prepare
from onedoor.device.catalogue import load_book
from onedoor.device.clock import HardwareClock, SystemClock
from onedoor.device.config import ConfigError, DeviceConfig, PaperConfig, load
from onedoor.device.good import keep_good
from onedoor.device.journal import JOURNAL
from onedoor.device.link import MemoryBroker, MemoryLink
from onedoor.device.needs import read_alarms, write_alarm
from onedoor.device.runner import MARK, Runner
from onedoor.device.sealing import KEY_FILE, Signer
from onedoor.device.small_file import NoPlainFile, copy_plain, plain_json, read_plain, replace_file
from onedoor.voice import pack as voice_pack
from onedoor.voice.speaker import SHIPPED

TERABYTE = 1 << 40


def pipe(path):
    os.mkfifo(path)


def loop(path):
    path.symlink_to(path.name)


def zeros(path):
    path.symlink_to("/dev/zero")


def huge(path):
    with open(path, "wb") as file:
        file.truncate(TERABYTE)


def deep(path):
    path.write_text("[" * 200_000)


def deep_objects(path):
    path.write_text('{"a":' * 100_000)


def door(path):
    there = os.getcwd()
    os.chdir(path.parent)
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(there)


def folder(path):
    path.mkdir()


ODD = (pipe, loop, zeros, huge, deep, deep_objects, door, folder)
STANDS_S = 8


@pytest.fixture(params=ODD, ids=lambda lay: lay.__name__)
def lay(request):
    """Puts something odd in a file's place. Who waits for it is ended by the clock of the test, not by patience."""
    import signal

    def late(*_):
        raise AssertionError("somebody waits for a file that never ends")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(STANDS_S)
    yield request.param
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def test_what_is_learned_of_a_printer(tmp_path, lay):
    for name in ("tcp-x.json", "tcp-x.open", "tcp-x.json.part"):
        (tmp_path / "printers").mkdir(exist_ok=True)
        lay(tmp_path / "printers" / name)
    memory = FileMemory(tmp_path / "printers", "tcp://x")
    assert memory.load() == Knows()
    memory.open_job(72)
    assert FileMemory(tmp_path / "printers", "tcp://x").opened() == 72, "on disk before its first byte"
    memory.save(Knows((1, 4)))
    kept = FileMemory(tmp_path / "printers", "tcp://x").load()
    assert kept == (Knows() if lay is folder else Knows((1, 4))), "a folder is moved by the repair"
    is_file = lay in (huge, deep, deep_objects)
    assert aside_codes(tmp_path) == ([] if is_file else ["card_damaged"]), "and it is told"


def test_the_note_about_the_hardware_clock(tmp_path, lay):
    lay(tmp_path / "clock.json")
    (tmp_path / "since_epoch").write_text("1800000000")
    clock = HardwareClock(tmp_path / "clock.json", tmp_path)
    assert not clock.is_checked(1)
    clock.note(1_800_000_000_000, "boot")
    assert clock.is_checked(1_800_000_000_001) is (lay is not folder)
    assert SystemClock(folder=tmp_path).words() is not None


def test_where_a_box_stands(tmp_path, lay):
    lay(tmp_path / STANDING_FILE)
    assert read_standing(tmp_path / STANDING_FILE).leads is None
    assert mind_standing(tmp_path)
    assert aside_codes(tmp_path) == ["standing"]


def test_alarms_and_what_lies_aside(tmp_path, lay):
    (tmp_path / "alarms").mkdir()
    lay(tmp_path / "alarms/onedoor-x.json")
    (tmp_path / "aside/1").mkdir(parents=True)
    lay(tmp_path / "aside/1/why")
    assert "restarted" in read_alarms(tmp_path, SystemClock())
    for name in ("onedoor-y.json", "onedoor-y.json.part"):
        lay(tmp_path / "alarms" / name)
    if lay is not folder:
        write_alarm(tmp_path, "onedoor-y.service", "watchdog", SystemClock())
        assert "frozen" in read_alarms(tmp_path, SystemClock())


def test_the_key_of_the_seals(tmp_path, lay):
    lay(tmp_path / KEY_FILE)
    if lay is not folder:
        lay(tmp_path / "seal.pub")
    assert Signer(tmp_path).made
    assert not Signer(tmp_path).made
    assert aside_codes(tmp_path) == ["seal_key"]


def test_the_ballast(tmp_path, lay):
    lay(tmp_path / "ballast")
    prepare(tmp_path, 1)
    assert lay is folder or (tmp_path / "ballast").stat().st_blocks * 512 >= 1024 * 1024


def test_the_mark_of_a_run(tmp_path, lay):
    lay(tmp_path / MARK)
    runner = Runner(None, MemoryLink(MemoryBroker(), []), SystemClock(), mark=tmp_path / MARK)
    runner._look_back()
    assert (tmp_path / MARK).is_file() is (lay is not folder)


def test_the_journal(tmp_path, lay):
    for name in (JOURNAL, f"{JOURNAL}-wal", f"{JOURNAL}-shm"):
        (tmp_path / name).mkdir(exist_ok=True, parents=True)
        (tmp_path / name / "data").mkdir()
        lay(tmp_path / name / "data" / name)
        found = card.open_card(tmp_path / name / "data", "k1", "a" * 16, tmp_path)
        assert not found.volatile
        assert found.codes == ([] if name != JOURNAL and lay in (huge, deep, deep_objects) else ["card_damaged"]) or (
            name.endswith("-wal") and found.codes == ["card_damaged"]
        )
        found.journal.close()


@pytest.mark.parametrize("name", ["good", "good/device.toml", "good/device.toml.part"])
def test_the_copies_of_what_is_good(tmp_path, lay, name):
    path, data = box(tmp_path, KIOSK)
    (data / name).parent.mkdir(exist_ok=True)
    lay(data / name)
    keep_good(path, load(path, DeviceConfig))
    if not (lay is folder and name != "good"):
        assert name == "good" or read_plain(data / "good/device.toml") == path.read_bytes()
    assert repair(path) == 0
    keep_good(path, load(path, DeviceConfig))
    assert read_plain(data / "good/device.toml") == path.read_bytes()


def test_a_configuration_is_an_error_that_is_shown_and_repaired(tmp_path, lay):
    path, data = box(tmp_path, KIOSK)
    keep_good(path, load(path, DeviceConfig))
    good = path.read_bytes()
    path.unlink()
    lay(path)
    with pytest.raises(ConfigError, match=r"device\.toml"):
        load(path, DeviceConfig)
    assert repair(path) == 0
    assert read_plain(path) == good
    assert sum(found.stat().st_blocks for found in data.rglob("*") if found.is_file()) * 512 < 2_000_000, "no zeros"


def test_brackets_without_end_in_a_configuration_are_a_mistake_in_it(tmp_path):
    path, _ = box(tmp_path, KIOSK)
    path.write_text("x = " + "[" * 100_000)
    with pytest.raises(ConfigError):
        load(path, DeviceConfig)


def test_a_catalogue(tmp_path, lay):
    lay(tmp_path / "national.toml")
    with pytest.raises(ConfigError):
        load_book(str(tmp_path / "national.toml"), "", "")
    lay(tmp_path / "local.toml")
    with pytest.raises(ConfigError):
        load_book("", str(tmp_path / "local.toml"), "")


@pytest.mark.parametrize(
    "name", ["a.part", "clock.json", "printers/x.json", "alarms/x.json", "good/x.part", "aside/1/why"]
)
def test_one_command_puts_it_right(tmp_path, lay, name):
    path, data = box(tmp_path, KIOSK)
    (data / name).parent.mkdir(parents=True, exist_ok=True)
    lay(data / name)
    odd = lay in (pipe, loop, zeros, door, folder)
    assert repair(path) == 0
    assert not odd or not os.path.lexists(data / name)
    assert repair(path) == 0


def test_a_journal_of_a_terabyte_that_lies_aside_does_not_fill_the_card(tmp_path, capsys):
    path, data = box(tmp_path, KIOSK)
    (data / "aside/1").mkdir(parents=True)
    huge(data / "aside/1" / JOURNAL)
    assert repair(path) == 0
    assert "no room" in capsys.readouterr().out
    assert (data / "evidence/1" / JOURNAL).stat().st_size == TERABYTE
    assert aside_codes(data) == []


def test_names_in_no_language_are_told_all_the_same(tmp_path):
    path, data = box(tmp_path, KIOSK)
    os.close(os.open(os.fsencode(data) + b"/\xe9t\xe9.part", os.O_CREAT))
    argv = [sys.executable, "-m", "onedoor", "repair", "--config", str(path), "--yes"]
    strict = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}
    done = subprocess.run(argv, capture_output=True, env=strict, check=False)
    assert done.returncode == 0, done.stderr
    assert b"\\udce9" in done.stdout


def test_small_files_themselves(tmp_path):
    file = tmp_path / "x"
    replace_file(file, b"a\r\nb")
    assert read_plain(file) == b"a\r\nb"
    with pytest.raises(NoPlainFile, match="larger"):
        read_plain(file, 3)
    with pytest.raises(FileNotFoundError):
        read_plain(tmp_path / "y")
    copy_plain(file, tmp_path / "z")
    assert json.loads("[1]") == plain_json(b"[1]")


def test_recordings_a_logo_and_a_key_of_tags(tmp_path, lay):
    shutil.copytree(SHIPPED / "en", tmp_path / "packs/en")
    clip = sorted((tmp_path / "packs/en").glob("*.wav"))[3]
    clip.unlink()
    lay(clip)
    assert voice_pack.spoilt(tmp_path / "packs") == [clip]
    with pytest.raises(ValueError, match="cannot be read"):
        voice_pack.read_clip(clip)
    lay(tmp_path / "x")
    for paper in (PaperConfig(logo=str(tmp_path / "x")), PaperConfig(tag_key=str(tmp_path / "x"))):
        with pytest.raises(ConfigError, match="cannot be read"):
            layout_of("c", ("l", "e"), 576, paper)


def test_a_picture_for_the_board(tmp_path, lay):
    from onedoor.screen.sheet import _photo

    lay(tmp_path / "x.png")
    assert _photo(str(tmp_path / "x.png"), 100, 100) is None


NOBODY = 65_534


@pytest.fixture
def box_user(monkeypatch):
    if os.geteuid():
        pytest.skip("giving files away needs root")
    monkeypatch.setattr(repair_app, "_box_user", lambda: (NOBODY, NOBODY))


def give(*paths):
    for path in paths:
        os.chown(path, NOBODY, NOBODY)


@pytest.mark.parametrize("name", [JOURNAL, "printers", "clock.json", ""])
def test_what_is_shut_for_the_boxs_own_user_is_opened(tmp_path, box_user, name, capsys):
    """Root, who repairs, could read it all the time."""
    path, data = box(tmp_path, KIOSK)
    card.open_card(data, "k1", "a" * 16, tmp_path).journal.close()
    (data / "printers").mkdir()
    (data / "clock.json").write_text("{}")
    give(data, *data.iterdir(), path)
    (data / name).chmod(0)
    assert repair(path) == 0
    assert "is shut" in capsys.readouterr().out
    wanted = 0o700 if (data / name).is_dir() else 0o600
    assert (data / name).stat().st_mode & 0o777 == wanted
    assert repair(path) == 0
    assert "Nothing is wrong" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["device.toml", "local.toml"])
def test_a_configuration_that_root_alone_can_read_is_lent_to_the_box(tmp_path, box_user, name, capsys):
    """Edited with sudo: the kiosk shows that it cannot be read, and names this command."""
    path, data = box(tmp_path, KIOSK)
    path.write_text(f'catalogue_local = "{tmp_path}/local.toml"\n' + path.read_text())
    (tmp_path / "local.toml").write_text('version = "here"\n')
    give(data)
    (tmp_path / "device.toml").chmod(0o644)
    (tmp_path / "local.toml").chmod(0o644)
    (tmp_path / name).chmod(0o600)
    assert repair(path) == 0
    assert f"{name} cannot be read" in capsys.readouterr().out
    found = (tmp_path / name).stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (0, NOBODY, 0o640)
    assert repair(path) == 0
    assert "Nothing is wrong" in capsys.readouterr().out
