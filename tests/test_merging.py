"""Logs and day facts of several centers together: nobody is counted twice, and nobody's day is lost."""

import json
import random

import pytest
from conftest_center import Center

from display.presses import Press
from onedoor.device.clock import VirtualClock
from reports.export_app import main_export
from reports.report_app import main_facts, main_report
from reports.store import read_facts

MORNING = 1_795_222_800_000


@pytest.fixture
def logs(tmp_path):
    """The exported logs of two centers: three people in one, five in the other."""
    found = []
    for name, people in (("north", 3), ("south", 5)):
        center = Center(tmp_path / f"hub-{name}", clock=VirtualClock(MORNING))
        center.chance = random.Random(name)
        center.start_hub()
        kiosk, panel = center.kiosk(), center.panel()
        for _ in range(people):
            center.touch(kiosk)
            center.pass_ms(60_000, 5_000)
            center.do(panel, Press.NEXT, Press.START, Press.END)
        center.hub.flush()
        center.hub.store.close()
        out = tmp_path / name / "log.jsonl"
        assert main_export(["log", str(center.folder), "--out", str(out)]) == 0
        found.append(out)
    return found


def report(capsys, *paths, more=()):
    capsys.readouterr()
    code = main_report([*map(str, paths), "--format", "json", "--lang", "en", *more])
    told = capsys.readouterr()
    return code, (json.loads(told.out) if code == 0 else told.err)


def test_two_centers_whose_files_have_one_name_are_two_centers(logs, capsys):
    code, found = report(capsys, *logs)
    assert code == 0 and found["indicators"]["tickets_issued"] == 8
    assert found["report"]["center"] == "north, south"


def test_counter_1_of_two_centers_is_two_counters(logs, capsys):
    """Else one of them would be open for two working days in one."""
    apart = [report(capsys, log)[1]["indicators"]["counters"]["1"] for log in logs]
    _, found = report(capsys, *logs)
    assert dict(zip(("north: 1", "south: 1"), apart, strict=True)) == found["indicators"]["counters"]
    _, one = report(capsys, *logs, more=("--center", "both"))
    (added,) = one["indicators"]["counters"].values()
    assert added["open_s"] == sum(of["open_s"] for of in apart), "unless one says that these are one center's logs"


@pytest.mark.parametrize("named", [(), ("--center", "north")])
def test_one_log_given_twice_is_refused_and_both_are_named(logs, capsys, tmp_path, named):
    copy = tmp_path / "copy" / "log.jsonl"
    copy.parent.mkdir()
    copy.write_bytes(logs[0].read_bytes())
    code, told = report(capsys, logs[0], copy, more=named)
    assert code == 2 and str(logs[0]) in told and str(copy) in told and "twice" in told


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 0)])
def test_two_logs_in_one_file_are_refused(logs, capsys, tmp_path, order):
    both = tmp_path / "both.jsonl"
    both.write_bytes(b"".join(logs[i].read_bytes() for i in order))
    code, told = report(capsys, both)
    assert code == 2 and "two logs" in told


def test_day_facts_of_another_center_replace_nothing(logs, capsys, tmp_path):
    """I gave the wrong folder: the days of the north stand as they were."""
    folder = tmp_path / "facts"
    assert main_facts([str(logs[0]), "--out", str(folder), "--center", "north"]) == 0
    assert main_facts([str(logs[1]), "--out", str(folder), "--center", "south"]) == 2
    assert "of north, not of south" in capsys.readouterr().err
    [facts] = read_facts(folder)
    assert facts.centers == ["north"] and facts.group().legs == 3
    assert main_facts([str(logs[0]), "--out", str(folder), "--center", "north"]) == 0, (
        "its own days may be written again"
    )
