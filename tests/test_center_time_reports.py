"""What reports say where the date is unknown, said or late, and where a clerk forgot to press: as a manager reads it."""

import csv
import json
import subprocess
import sys
from xml.etree import ElementTree as ET

import duckdb
import pytest
from conftest_center import Center
from conftest_clocks import HOUR, MINUTE, MORNING, WEEK, FaultyDay
from laos import local_time

from display.asking import AnswerDay, TakeBack
from display.panel import SayTime
from display.presses import Press
from onedoor.device.clock import VirtualClock
from onedoor.hall.rules import Hours, Rules
from reports import evaluator_verify as stranger
from reports.center_clock import CenterClock
from reports.durations import FAR_S, At, Verdict, lasted, verdict
from reports.entries import Body, Entry, entries_of
from reports.export_app import main_export
from reports.figures import facts_together, figures
from reports.legs import fold
from reports.log_app import main_explain, main_log
from reports.pack_app import main_pack
from reports.reading import days_of
from reports.reading_acts import KINDS
from reports.report_app import main_facts, main_report
from reports.source import rows_of
from reports.verify import verify

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize(
    ("a", "b", "seconds"),
    [
        (At(100), At(160), 60),
        (At(100, 2), At(160, 2), 60),
        (At(100, 1), At(160, 2), None),
        (At(100), At(160, 2), None),
        (At(100, 1, "c1/a", 5), At(9_000_000, 2, "c1/a", 65), 60),
        (At(100, 0, "c1/a", 5), At(160, 0, "c1/b", 5), 60),
        (At(100, 0, "c1/a", 5), At(160, 0, "c2/a", 900), 60),
        (At(FAR_S + 7, 1), At(FAR_S + 9, 1), 2),
        (At(100), At(40), -60),
    ],
)
def test_how_long_something_took(a, b, seconds):
    assert lasted(a, b) == seconds


def test_what_a_duration_is_worth():
    assert [verdict(s) for s in (None, -1, 0, 57_600, 57_601)] == [
        Verdict.UNKNOWN, Verdict.NEGATIVE, Verdict.GOOD, Verdict.GOOD, Verdict.LONG,
    ]  # fmt: skip
    assert verdict(14_401, 14_400) is Verdict.LONG


def served(center, panel, service_ms=60_000):
    center.do(panel, Press.NEXT)
    center.pass_ms(10_000, 1_000)
    center.do(panel, Press.START)
    center.pass_ms(service_ms, 1_000)
    center.do(panel, Press.END)
    center.pass_ms(2_000, 500)


def closed(center):
    center.pass_ms(5_000, 500)
    center.hub.flush()
    center.hub.store.close()


def figures_of(folder):
    return json.loads(json.dumps(figures(facts_together(entries_of(folder, KINDS)), 1500)))


@pytest.fixture(scope="module")
def timeless(tmp_path_factory):
    """A day that everybody knew, and then, after a power cut, a morning that nobody ever dated."""
    day = FaultyDay(tmp_path_factory.mktemp("timeless") / "hub", 3)
    center = day.center
    for clock in center.clocks.values():
        clock.is_trusted = False
    day.network("hub")
    center.start_hub()
    kiosk, panel = center.kiosk(), center.panel()
    for _ in range(6):
        center.touch(kiosk)
        served(center, panel)
    center.kill_hub()
    center.stop("k1")
    center.stop("c1")
    for dev in ("hub", "k1", "c1"):
        center.clocks[dev].reboot(f"{dev}-again")
        center.clocks[dev].is_trusted = False
        center.clocks[dev].step(-400 * 24 * HOUR)
    center.start_hub()
    kiosk, panel = center.kiosk(), center.panel()
    center.pass_ms(62_000, 1_000)
    for _ in range(7):
        center.touch(kiosk)
        center.pass_ms(5 * MINUTE, 10_000)
        served(center, panel)
    closed(center)
    return day.folder


def test_visits_that_nobody_dated_are_in_no_figure_by_date_and_counted_apart(timeless):
    found = figures_of(timeless)
    assert found["indicators"]["tickets_issued"] == 6 and found["days"] == 1
    assert found["honesty"]["undated"] == 7 and 2_000 < found["honesty"]["undated_s"] < 4_000
    assert found["undated"]["visits"] == 7 and found["undated"]["wait_first"]["n"] == 7
    assert abs(found["undated"]["wait_first"]["mean"] - 300) <= 2
    assert found["undated"]["service_time"]["mean"] == 60


def test_the_banner_says_how_many_visits_on_how_many_hours(timeless, capsys):
    assert main_report([str(timeless), "--format", "json", "--lang", "en"]) == 0
    banner = {item["name"]: item for item in json.loads(capsys.readouterr().out)["report"]["banner"]}
    assert banner["Visits whose date nobody knows"]["value"] == "7"
    assert "min" in banner["Visits whose date nobody knows"]["note"]


def test_day_facts_and_their_report_keep_them(timeless, tmp_path, capsys):
    assert main_facts([str(timeless), "--out", str(tmp_path / "facts"), "--center", "x"]) == 0
    capsys.readouterr()
    assert main_report([str(tmp_path / "facts"), "--format", "json", "--lang", "en"]) == 0
    assert json.loads(capsys.readouterr().out)["undated"]["visits"] == 7


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx", "xes", "ocel"])
def test_exports_make_up_no_date(timeless, tmp_path, form):
    out = tmp_path / f"steps.{form}"
    assert main_export([form, str(timeless), "--out", str(out)]) == 0
    if form == "parquet":
        steps = duckdb.connect().execute(f"SELECT dated, count(*), count(time), count(day) FROM '{out}' GROUP BY dated")
        told = {row[0]: row[1:] for row in steps.fetchall()}
        assert told["unknown"][0] > 20 and told["unknown"][1:] == (0, 0)
        assert told["known"][0] == told["known"][1] == told["known"][2]
    elif form == "csv":
        rows = list(csv.DictReader(out.open(encoding="utf-8")))
        assert {row["time:timestamp"] for row in rows if row["dated"] == "unknown"} == {""}
        assert {row["left_out"] for row in rows if row["dated"] == "unknown"} == {"undated"}
        assert all(row["clock"] != "0" and int(row["clock_s"]) > 0 for row in rows if row["dated"] == "unknown")
    elif form == "xes":
        space = {"x": "http://www.xes-standard.org/"}
        events = ET.parse(out).getroot().findall("x:trace/x:event", space)
        dates = [event.find("x:date[@key='time:timestamp']", space) for event in events]
        assert None in dates and all(date is None or date.get("value", "").startswith("2026-") for date in dates)
    elif form == "ocel":
        events = json.loads(out.read_text(encoding="utf-8"))["events"]
        assert events and all(event["time"].startswith("2026-11-21") for event in events)


def test_the_log_page_shows_dashes_and_durations(timeless, capsys):
    assert main_log([str(timeless)]) == 0
    told = capsys.readouterr().out
    assert "date not known" in told and "--:--:--  service begins at counter 1  after 10 s" in told
    assert main_log([str(timeless), "--csv", "--day", "2026-11-21"]) == 0
    assert all(row["time"] for row in csv.DictReader(capsys.readouterr().out.splitlines()))
    assert main_explain(["A1-006", str(timeless)]) == 0
    assert "called, after" in capsys.readouterr().out


def test_the_log_verifies(timeless):
    assert verify(rows_of(timeless)).misfit is None


def test_a_said_date_is_shown_and_marked(tmp_path, capsys):
    day = FaultyDay(tmp_path / "hub", 5)
    center = day.center
    for clock in center.clocks.values():
        clock.is_trusted = False
    center.start_hub()
    kiosk, panel = center.kiosk(), center.panel()
    center.touch(kiosk)
    center.pass_ms(MINUTE - day.real_ms % MINUTE, 100)
    center.do(panel, SayTime(local_time(day.real_ms).strftime("%Y-%m-%d %H:%M")))
    served(center, panel)
    closed(center)
    found = figures_of(day.folder)
    assert found["indicators"]["arrivals_by_half_hour"] == {"08:00": 1} and found["honesty"]["said"] == 1
    assert main_report([str(day.folder), "--format", "json", "--lang", "en"]) == 0
    assert "Visits dated by one person's word" in capsys.readouterr().out
    assert main_log([str(day.folder)]) == 0
    told = capsys.readouterr().out
    assert "21" in told and "date said by one person" in told and "08:00:00" in told


@pytest.mark.parametrize("hours", [True, False])
@pytest.mark.parametrize("off", [True, False], ids=["hub off", "hub on"])
def test_who_waits_over_night_has_waited_until_closing(tmp_path, hours, off):
    """Also where nobody was there to say so, because the main switch was off at closing time."""
    rules = Rules(hours=WEEK if hours else Hours())
    center = Center(tmp_path / "hub", clock=VirtualClock(MORNING + 7 * HOUR), rules=rules)
    center.start_hub()
    center.touch(center.kiosk())
    center.pass_ms(40 * MINUTE, MINUTE)
    if off:
        center.kill_hub()
        center.advance(16 * HOUR)
        center.clock.reboot("again")
        center.start_hub()
    else:
        for _ in range(16):
            center.pass_ms(HOUR, MINUTE)
    closed(center)
    facts = facts_together(entries_of(center.folder, KINDS))
    assert facts.group().outcomes == {"expired": 1}
    waited = next(iter(facts.group().expired))
    closes = {(True, True): 1, (True, False): 2, (False, True): 9, (False, False): 9}[hours, off]
    assert abs(waited - closes * 3600) <= 90, waited


def test_a_visit_that_was_restored_is_one_visit_and_its_wait_is_whole(tmp_path):
    day = FaultyDay(tmp_path / "hub", 7)
    center = day.center
    for clock in center.clocks.values():
        clock.is_trusted = False
    day.network("hub")
    center.start_hub()
    kiosk, panel = center.kiosk(), center.panel()
    center.touch(kiosk)
    center.stop("k1")
    center.stop("c1")
    center.kill_hub()
    center.advance(MINUTE)
    for dev in ("hub", "k1", "c1"):
        center.clocks[dev].reboot(f"{dev}-again")
        center.clocks[dev].is_trusted = False
    center.start_hub()
    panel = center.panel()
    center.pass_ms(30_000, 1_000)
    center.do(panel, Press.NEXT)
    center.pass_ms(3_000, 500)
    assert panel.asking.asks is not None
    center.do(panel, AnswerDay(today=False))
    center.pass_ms(3_000, 500)
    center.do(panel, TakeBack())
    center.pass_ms(3_000, 500)
    day.network("hub")
    center.pass_ms(62_000, 1_000)
    served(center, panel)
    closed(center)
    kinds = [row.kind for row in rows_of(day.folder)]
    assert "expired" in kinds and "restored" in kinds
    (found,) = [d for d in days_of(entries_of(day.folder, KINDS)) if d.day.visits]
    (leg,) = fold(found.day).legs
    assert leg.outcome == "served" and 150 < leg.wait_s < 200 and leg.service_s == 60
    assert verify(rows_of(day.folder)).misfit is None


def test_a_counter_left_open_over_night_is_closed_by_the_day_and_open_again_when_it_is_used(tmp_path):
    center = Center(tmp_path / "hub", clock=VirtualClock(MORNING))
    center.start_hub()
    kiosk, panel = center.kiosk(), center.panel()
    for _ in range(3):
        for _ in range(4):
            center.touch(kiosk)
            served(center, panel, 5 * MINUTE)
        center.pass_night(24 * HOUR - (center.clock.wall_ms() - MORNING) % (24 * HOUR))
    closed(center)
    days = [fold(d.day) for d in days_of(entries_of(center.folder, KINDS)) if d.day.visits]
    assert len(days) == 3
    for records in days:
        (open_,) = records.states["1"]["open"]
        busy = sum(b - a for a, b in records.busy["1"])
        assert busy <= open_[1] - open_[0] < 2 * 3600


def test_a_service_left_running_over_night_is_listed_and_in_no_mean(tmp_path):
    center = Center(tmp_path / "hub", clock=VirtualClock(MORNING + 8 * HOUR))
    center.start_hub()
    kiosk, panel = center.kiosk(), center.panel()
    center.touch(kiosk)
    center.do(panel, Press.NEXT)
    center.pass_ms(10_000, 1_000)
    center.do(panel, Press.START)
    center.pass_night(15 * HOUR)
    center.touch(kiosk)
    served(center, panel)
    closed(center)
    found = figures_of(center.folder)
    assert found["indicators"]["time_in_system"]["n"] == 1 and found["indicators"]["time_in_system"]["mean"] < 120
    assert found["indicators"]["service_time"]["n"] == 1 and found["honesty"]["forgotten"] == 1
    assert any("service" in line for line in found["anomalies"])
    counter = found["indicators"]["counters"]["1"]
    assert 0 < counter["busy_s"] <= counter["open_s"] < 600


def test_a_pack_of_a_month_in_the_middle_of_a_stretch_knows_its_time(tmp_path):
    """The hub was switched on, and heard the time, long before the first row of the pack."""
    center = Center(tmp_path / "hub", clock=VirtualClock(MORNING))
    center.clock.is_trusted = False
    center.clock.hardware = (MORNING - 40 * MINUTE, True)
    center.start_hub()
    center.clock.is_trusted = True
    center.pass_ms(61_000, 1_000)
    kiosk, panel = center.kiosk(), center.panel()
    for _ in range(3):
        for _ in range(5):
            center.touch(kiosk)
            served(center, panel)
        center.pass_night(24 * HOUR)
    closed(center)
    assert main_pack([str(center.folder), "--month", "2026-11-22", "--out", str(tmp_path / "p"), "--published"]) == 0
    results = json.loads((tmp_path / "p" / "results.json").read_text(encoding="utf-8"))
    assert results["indicators"]["tickets_issued"] == 5 and results["indicators"]["undated"] == 0
    assert list(results["before"]["words"]) == [str(results["before"]["stretch"])]
    told = subprocess.run(
        [sys.executable, "-I", "-S", str(tmp_path / "p" / "verify.py")], capture_output=True, text=True, check=False
    )
    assert told.returncode == 10, told.stdout  # nobody has sealed it
    assert "headline indicators are what the log gives" in told.stdout
    assert "2026-11-22" in (tmp_path / "p" / "steps.csv").read_text(encoding="utf-8")


def test_a_word_dates_a_whole_stretch_and_one_that_was_withdrawn_dates_nothing():
    words = [("stretch_began", 0), ("time_said", 5_000), ("time_known", 60_000)]
    clock, telling = CenterClock(), []
    for number, (kind, moved) in enumerate([*words, ("time_withdrawn", 60_000)], 1):
        body = {"stretch": 1, "hall_ms": 1_000, "center_ms": 1_000 + moved}
        telling.append({"kind": kind, "hub_seq": number, "body": body})
        clock.hear(number, kind, 1, moved)
        row = {"hub_seq": 9, "t_event": 7_000, "stretch": 1}
        theirs = stranger.Clock(telling)
        how = ["unknown", "said", "known", "unknown"][number - 1]
        assert clock.how(1) == how and clock.apart(1) == theirs.line(row) == (0 if how == "known" else 1)
        assert (clock.shift_ms(1) == moved) == (how in ("said", "known"))
        assert (theirs.second(row) == (7_000 + moved) // 1000) == (how in ("said", "known"))
    assert clock.how(0) == "known" and clock.shift_ms(0) == 0
    assert CenterClock.going_on({"1": [60_000, True], "2": [5, False]}, 2).told(1) == (60_000, 0, False)


def test_who_was_restored_and_not_called_yet_waits_and_is_not_expired():
    at = MORNING
    rows = [
        entry(1, "k1", "issued", at, Body(service="id", queue="id")),
        entry(2, "hub", "expired", at + MINUTE, Body(ticket="k1.r.1", reason="said")),
        entry(3, "hub", "restored", at + 2 * MINUTE, Body(ticket="k1.r.1")),
    ]
    (leg,) = fold(days_of([rows])[0].day).legs
    assert leg.outcome == "" and leg.end is None


def entry(seq, dev, kind, at, body):
    return Entry(seq, dev, "r", seq, kind, at, at, "B", body)
