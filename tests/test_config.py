"""Configuration: every problem at once, with line and suggestion; boxes' files are the same every time."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_config.app import read, write
from firmware_config.boot import BEGIN, END, block, with_block
from firmware_config.center import check_center, device_files, toml_of
from onedoor.device.catalogue import load_catalogue
from onedoor.device.config import ConfigError, DeviceConfig, check, for_role, line_of
from onedoor.look.letters import missing_letters

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "firmware_config" / "center.example.toml"
SERVICES = load_catalogue().all_queues()

BAD = """\
center = "Bad Name"
kiosk = 3
[broker]
port = 99999
[[kiosks]]
dev = "k1"
slot = "one"
printr = "tcp://x:1"
[[counters]]
dev = "c1"
number = "1"
queues = ["id"]
screen = { width = 10 }
"""


def findings(text):
    return {f.key: f for f in check_center(text, SERVICES).findings}


def test_every_problem_at_once_with_line_and_suggestion():
    found = findings(BAD)
    assert set(found) == {
        "center", "kiosk", "broker.port", "kiosks.1.slot", "kiosks.1.printer", "kiosks.1.printr",
        "counters.1.screen.width",
    }  # fmt: skip
    assert {k: found[k].line for k in ("center", "kiosk", "broker.port", "kiosks.1.slot", "kiosks.1.printr")} == {
        "center": 1, "kiosk": 2, "broker.port": 4, "kiosks.1.slot": 7, "kiosks.1.printr": 8,
    }  # fmt: skip
    assert found["kiosk"].fix == "Did you mean 'kiosks'?"
    assert found["kiosks.1.printr"].fix == "Did you mean 'printer'?"
    assert "1 to 65535" in found["broker.port"].fix


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ('dev = "c2"', 'dev = "c1"', "counters.2.dev", "already given to counters.1.dev"),
        ('number = "2"', 'number = "1"', "counters.2.number", "already given"),
        ('"land", "shop"', '"land", "shop", "shopp"', "counters.2.queues", "no queue"),
        ('"build", "cash"', '"build"', "counters", "no counter serves 'cash'"),
        ('dev = "h1"', 'dev = "hub"', "halls.1.dev", "already given to hub.dev"),
        ('dev = "c2"', 'dev = "c2"\npins = { next = 6 }', "counters.2.pins.recall", "already next"),
    ],
)
def test_what_only_the_whole_shows(old, new, key, problem):
    text = EXAMPLE.read_text()
    assert old in text
    found = findings(text.replace(old, new))
    assert problem in found[key].problem
    assert found[key].line > 0


def test_a_file_that_is_no_toml_names_the_line():
    [finding] = check("center = ", DeviceConfig).findings
    assert finding.line == 1
    assert finding.key == "syntax"


@given(st.text(max_size=200))
def test_any_text_is_checked_without_a_crash(text):
    check(text, DeviceConfig)
    line_of(text, ("a", "b"))


def test_the_example_is_good_and_its_boxes_files_load_again(tmp_path):
    center = read(EXAMPLE)
    written = write(center, tmp_path)
    first = {path: path.read_bytes() for path in written}
    write(center, tmp_path)
    assert {path: path.read_bytes() for path in written} == first, "twice the same bytes"
    for dev, config in device_files(center).items():
        assert for_role(tmp_path / dev / "device.toml", config.role) == config
    assert "alone = true" in toml_of(device_files(center)["k1"]), "one kiosk prints A-023"


def test_the_wrong_boxes_file_is_refused(tmp_path):
    write(read(EXAMPLE), tmp_path)
    with pytest.raises(ConfigError, match="is 'kiosk', this program is 'hub'"):
        for_role(tmp_path / "k1" / "device.toml", "hub")


def test_config_txt_keeps_what_stands_around_our_block():
    config = device_files(read(EXAMPLE))["c1"]
    mine = "# my own line\ndtparam=spi=on\n"
    once = with_block(mine, block(config))
    assert once.startswith(mine)
    assert with_block(once + "# after\n", block(config)) == once + "# after\n"
    assert "gpio=5,6,13,16,19,20=ip,pu" in once
    lines = once.splitlines()
    assert lines.index(BEGIN) < lines.index(END)
    assert lines[lines.index(END) - 1] == "[all]", "what follows is not caught in a filter"
    assert all(len(line) <= 98 for line in lines)


def onedoor(*argv):
    return subprocess.run(
        [sys.executable, "-m", "onedoor", *map(str, argv)], capture_output=True, text=True, timeout=60
    )


def says(*argv, until, seconds=40):
    """Start a box's program, which goes on whatever its files are like; what it said until it named the trouble."""
    said = []
    with subprocess.Popen(
        [sys.executable, "-m", "onedoor", *map(str, argv)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as program:
        stop = threading.Timer(seconds, program.kill)
        stop.start()
        for line in program.stdout:
            said.append(line)
            if until in line:
                program.terminate()
        stop.cancel()
    return "".join(said)


def test_a_box_whose_file_cannot_be_read_says_so_and_shows_it(tmp_path):
    said = says("kiosk", "--config", tmp_path / "none.toml", until="cannot be read")
    assert "cannot be read" in said
    assert "onedoor repair" in said
    assert "Traceback" not in said


def test_the_command_line_never_shows_a_traceback(tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text(BAD)
    for argv, words in (
        (("config", "check", bad), "7 problems"),
        (("config", "check", tmp_path / "none.toml"), "cannot be read"),
        (("hub", "--config", bad), "problems"),
        (("counter", "--config", bad), "problems"),
        (("broker", "--config", bad), "problems"),
        (("indicators", "--events", tmp_path / "none"), "none"),
        (("indicators", "--events", bad), "not a file of events"),
        (("export", tmp_path, "--out", tmp_path / "x"), "neither"),
        (("nonsense",), "there is no command 'nonsense'"),
    ):
        done = onedoor(*argv)
        assert done.returncode == 2, argv
        assert words in done.stdout + done.stderr, argv
        assert "Traceback" not in done.stderr, argv
    assert onedoor("--help").returncode == 0


def box(tmp_path, dev, **change):
    center = EXAMPLE.read_text().replace("[broker]\n", f'data = "{tmp_path}/data"\n[broker]\n')
    for old, new in change.items():
        center = center.replace(old, new)
    file = tmp_path / "center.toml"
    file.write_text(center.replace("data =", "data =", 1))
    write(read(file), tmp_path / "boxes")
    return tmp_path / "boxes" / dev / "device.toml"


def test_a_busy_port_is_named_and_the_broker_ends_with_2(tmp_path):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        file = box(tmp_path, "hub")
        file.write_text(file.read_text().replace("port = 1883", f"port = {port}"))
        done = onedoor("broker", "--config", file)
    assert done.returncode == 2
    assert f"Port {port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_damaged_card_is_named_and_the_hub_does_not_lead(tmp_path):
    file = box(tmp_path, "hub")
    data = tmp_path / "data" / "hub"
    data.mkdir(parents=True)
    (data / "center.db").write_bytes(b"no database" * 500)
    said = says("hub", "--config", file, until="damaged")
    assert "damaged" in said
    assert "Traceback" not in said


def test_a_card_that_cannot_be_written_is_named_and_the_box_goes_on(tmp_path):
    file = box(tmp_path, "k1")
    (tmp_path / "data").write_text("a file where a folder should be")
    said = says("kiosk", "--config", file, until=str(tmp_path / "data"))
    assert str(tmp_path / "data") in said


def test_units_are_sound_and_start_the_demos_entry_points(tmp_path):
    import re
    import shutil

    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    from onedoor.__main__ import COMMANDS

    units = sorted((ROOT / "systemd").glob("onedoor*"))
    assert len(units) == 10
    for unit in units:
        text = unit.read_text()
        if unit.suffix == ".service" and "Type=oneshot" not in text:
            command = re.search(r"bin/onedoor (\w+) --config", text)
            assert command[1] in COMMANDS
            for line in ("Type=notify", "Restart=always", "StartLimitIntervalSec=0", "User=onedoor"):
                assert line in text, (unit.name, line)
            assert "WatchdogSec=" in text or command[1] == "broker"
        if unit.suffix == ".service" and unit.name != "onedoor-tell@.service":
            # A unit that is started again at once never fails for systemd: only its end itself can tell.
            assert re.search(r"^ExecStopPost=-\S+/onedoor tell --config \S+ %N$", text, re.MULTILINE), unit.name
            assert "OnFailure=onedoor-tell@%N.service" in text, unit.name
        text = text.replace("/opt/onedoor/bin/onedoor", "/bin/true").replace("/usr/bin/cage", "/bin/true")
        (tmp_path / unit.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, tmp_path.glob("onedoor*"))], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr.strip()) == (0, "")


SPARE = """
center = "here"
[broker]
host = "192.168.8.10"
ca = "ca"
[spare]
host = "192.168.8.11"
[[kiosks]]
dev = "k1"
slot = 2
former_slots = [1]
printer = "none"
[[counters]]
dev = "c1"
number = "1"
queues = ["id"]
"""


def test_a_center_with_a_spare():
    from firmware_config.center import check_center, device_files
    from onedoor.device.boxes import addresses

    center = check_center(SPARE, {"id"}).value
    files = device_files(center)
    assert (files["hub"].role, files["s1"].role) == ("hub", "spare")
    assert files["hub"].hub.devices["s1"].role == files["s1"].hub.devices["hub"].role == "spare"
    assert files["hub"].hub.devices["k1"].former_slots == [1]
    assert [(a.host, a.port) for a in addresses(files["c1"].broker)] == [("192.168.8.10", 1883), ("192.168.8.11", 1883)]
    assert not files["k1"].kiosk.alone, "labels without a slot would repeat those of the old card"
    assert files["k1"].kiosk.closing_slip


def test_names_and_slots_of_a_spare_and_of_old_cards_are_not_given_twice():
    from firmware_config.center import check_center

    twice = check_center(
        SPARE.replace("[spare]", '[spare]\ndev = "k1"').replace("former_slots = [1]", "former_slots = [2]"), {"id"}
    )
    assert [f.key for f in twice.findings] == ["kiosks.1.former_slots", "spare.dev"]


def test_promote_says_what_is_missing(tmp_path, capsys):
    from msgspec import structs

    from broker.app import main_promote
    from firmware_config.center import check_center, device_files, toml_of

    center = check_center(SPARE, {"id"}).value
    for dev in ("hub", "s1"):
        config = structs.replace(device_files(center)[dev], data=str(tmp_path / dev))
        (tmp_path / f"{dev}.toml").write_text(toml_of(config))
    assert main_promote(["--config", str(tmp_path / "hub.toml")]) == 0
    assert "leads already" in capsys.readouterr().out
    assert main_promote(["--config", str(tmp_path / "s1.toml"), "--plug-is-pulled"]) == 2
    assert "Is the center service running" in capsys.readouterr().err


def test_letters_that_no_font_has_are_found_before_anybody_prints_them():
    text = (
        'center = "a"\ntitle_lo = "ສູນ សួស្តី"\ntitle_en = "Center ☎"\n[paper]\nfooter = ["Tel. 021", "萬象縣辦事處"]\n'
        '[[kiosks]]\ndev = "k1"\nslot = 1\nprinter = "none"\n[[counters]]\ndev = "c1"\nnumber = "1"\nqueues = ["id"]\n'
    )
    found = check_center(text, frozenset({"id"})).findings
    assert [(f.line, f.key) for f in found] == [(2, "title_lo"), (3, "title_en"), (5, "paper.footer")]
    assert "☎" in str(found[1]) and "ស" in str(found[0])


@pytest.mark.parametrize(
    "text", ["ຽຼໞໟໆ ນ້ຳໜຶ່ງ", "ĐẶNG THỊ Ỷ ữ ở", "น้ำกั๊ก", "Hmoob ŋ", "œŒÉç«»", "的一是在不了", "a\u200bb\u00a0c"]
)
def test_what_our_fonts_have_is_no_finding(text):
    assert missing_letters(text) == ""
