"""A center anywhere: its day is one day, its hours are what its own clock shows, and its log is read on its own calendar.

New York sets its clocks back on Sunday 1 November 2026 (a day of 25 hours) and ahead on Sunday 14 March 2027 (23 hours).
Lima is five hours behind UTC all year, and twelve behind Laos.
"""

import argparse
import json
from dataclasses import replace

import pytest
from conftest_center import Center
from conftest_clocks import FaultyDay
from conftest_history import book
from hypothesis import given
from hypothesis import strategies as st
from test_exports import by_sql, differences, exported

from demo.history import Plan, history
from display.presses import Press
from display.screen.clock import shown_time
from display.time_page import Told
from firmware_config.center import check_center, device_files
from kiosk.ticket import written
from onedoor.device.center_rules import rules_of
from onedoor.device.clock import VirtualClock
from onedoor.hall.admission import refusal
from onedoor.hall.hours import (
    closes_ms,
    is_open,
    midnight_ms,
    minute_ms,
    next_opening,
    open_ms,
    spelled_minute,
    windows,
)
from onedoor.hall.rules import Hours, Rules
from onedoor.hall.zone import LAOS, NoZone, at_clock, day_of, days_after, moment_of, zone_of
from onedoor.wire.chain import line_of
from reports import evaluator_verify as stranger
from reports import pack
from reports.center_days import ALWAYS, CenterDays, days_by
from reports.dates import LINE_S, day_number, local_s
from reports.entries import clock_of, entries_of
from reports.explain import explain
from reports.figures import facts_by_day, facts_together, figures
from reports.files import log_file
from reports.indicators import compute, further
from reports.legs import fold
from reports.pack_app import main_pack
from reports.reading import days_of
from reports.reading_acts import KINDS
from reports.source import rows_of
from reports.story import visits
from reports.tables import STEP_COLUMNS, step_table
from reports.verify import verify

pytestmark = pytest.mark.filterwarnings("ignore")
NEW_YORK, LIMA, NEPAL = "America/New_York", "America/Lima", "Asia/Kathmandu"
ZONES = (LAOS, NEW_YORK, LIMA, NEPAL, "UTC", "Pacific/Apia", "Australia/Lord_Howe")
HOUR, MINUTE = 3_600_000, 60_000
BACK, AHEAD = "2026-11-01", "2027-03-14"
ALL_WEEK = Hours(week=(((480, 720), (780, 960)),) * 7, zone=NEW_YORK)


# -- the hall's clock


@pytest.mark.parametrize(("day", "hours"), [(BACK, 25), (AHEAD, 23), ("2026-11-02", 24)])
def test_a_day_is_as_long_as_it_is(day, hours):
    begin, end = midnight_ms(day, NEW_YORK), midnight_ms(days_after(day, 1), NEW_YORK)
    assert end - begin == hours * HOUR
    assert day_of(begin, NEW_YORK) == day_of(end - 1, NEW_YORK) == day != day_of(end, NEW_YORK)
    assert windows(Hours(zone=NEW_YORK), day) == [(begin, end)], "a center without hours is open all of it"
    assert open_ms(Hours(zone=NEW_YORK), begin - HOUR, end + HOUR) == (hours + 2) * HOUR


@pytest.mark.parametrize(("day", "utc"), [("2026-10-31", 12), (BACK, 13), (AHEAD, 12), ("2027-03-13", 13)])
def test_the_doors_open_at_eight_by_the_clock_on_the_wall(day, utc):
    eight = windows(ALL_WEEK, day)[0][0]
    assert spelled_minute(eight, NEW_YORK) == f"{day} 08:00" and spelled_minute(eight, "UTC") == f"{day} {utc}:00"
    assert is_open(ALL_WEEK, eight) and not is_open(ALL_WEEK, eight - 1)
    assert next_opening(ALL_WEEK, midnight_ms(day, NEW_YORK)) == eight
    assert spelled_minute(closes_ms(ALL_WEEK, day), NEW_YORK) == f"{day} 16:00"
    assert minute_ms(f"{day} 08:00", NEW_YORK) == eight
    assert refusal(ALL_WEEK, ((480, 500),), 0, 0, eight, 0) is None, "a service's own hours are the wall's, too"
    assert refusal(ALL_WEEK, ((480, 500),), 0, 0, eight + 20 * MINUTE, 0) is not None


def test_hours_that_no_clock_shows_and_hours_that_it_shows_twice():
    assert spelled_minute(at_clock(AHEAD, 150, NEW_YORK), NEW_YORK) == f"{AHEAD} 03:30"
    first = at_clock(BACK, 90, NEW_YORK)
    assert spelled_minute(first, NEW_YORK) == spelled_minute(first + HOUR, NEW_YORK) == f"{BACK} 01:30"


@given(st.sampled_from(ZONES), st.integers(-(2**62), 2**62))
def test_every_number_has_a_day_in_every_zone(zone, at_ms):
    day = day_of(at_ms, zone)
    assert len(day) == 10 and moment_of(at_ms, zone).year >= 1
    assert windows(Hours(zone=zone), day)


def test_a_name_that_is_no_zone_is_named_with_what_to_do():
    for name in ("Mars/Olympus", "", "../../etc/passwd", "America"):
        with pytest.raises(NoZone, match="apt install tzdata"):
            zone_of(name)


# -- the calendar of a log


MOMENTS = st.integers(0, 2_500_000_000).map(lambda s: s + LINE_S)


@given(MOMENTS, st.sampled_from(ZONES))
def test_a_second_is_in_its_day_and_days_follow_each_other(t, zone):
    days = days_by([(0, zone)])
    number = days.day(t)
    begin, end = days.window(number)
    assert begin <= t < end == days.begin(number + 1) and end - begin >= 3600
    assert days.texts(t) == tuple(moment_of((t - LINE_S) * 1000, zone).strftime("%Y-%m-%d %H:%M:%S").split())
    assert sum(seconds for _, seconds in days.by_half_hour(begin, end)) == end - begin


@given(MOMENTS, st.lists(st.tuples(MOMENTS, st.sampled_from(ZONES)), min_size=1, max_size=4))
def test_a_center_that_names_another_zone_has_no_day_twice(t, named):
    days = days_by(sorted(named))
    strangers = stranger.Calendar([(since - LINE_S, zone) for since, zone in days.pieces])
    for moment in (t, *(since for since, _ in named)):
        number = days.day(moment)
        begin, end = days.window(number)
        assert begin <= moment < end and days.day(moment + 3600) >= number
        assert strangers.day(moment - LINE_S) == number
        assert strangers.window(number) == (begin - LINE_S, end - LINE_S)
        assert strangers.half_hour(moment - LINE_S) == days.half_hour(moment)


def test_the_first_zone_of_a_log_holds_before_it_too():
    assert days_by([(500, LIMA), (900, LIMA)]).pieces == [(ALWAYS, LIMA)]
    assert days_by([]).pieces == CenterDays().pieces == [(ALWAYS, LAOS)]


# -- whole logs


def a_log(path, zone, first="2026-10-30", days=4):
    """Days of a center that is open every day, over the night in which New York sets its clocks."""
    plan = Plan(first, days, 60, 2, 4, hours=replace(ALL_WEEK, zone=zone))
    path.parent.mkdir(parents=True, exist_ok=True)
    prefixes = {s.id: s.prefix for s in book().catalogue.services}
    with open(path, "wb") as file:
        history(plan, rules_of(book()), prefixes, 5, lambda row: file.write(line_of(row) + b"\n"))
    return path


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("zones")
    return {zone: a_log(folder / zone.replace("/", "-") / "log.jsonl", zone) for zone in (LAOS, NEW_YORK, LIMA)}


def plain(facts):
    """All but Little's law, which is of a day of 25 hours in New York."""
    found = json.loads(json.dumps(figures(facts, 1500)))
    assert found["indicators"].pop("little")["consistent"]
    return found


@pytest.mark.parametrize("zone", [NEW_YORK, LIMA])
def test_the_same_days_anywhere_give_the_same_figures(logs, zone):
    """Played by the clock on the wall: whatever is counted by day, half hour and opening time must come out alike."""
    here, there = (facts_together(entries_of(logs[z], KINDS)) for z in (LAOS, zone))
    assert plain(there) == plain(here)
    assert there.days == ["2026-10-30", "2026-10-31", "2026-11-01", "2026-11-02"] and len(there.arrivals) > 10
    assert there.opened == here.opened and there.honesty.expected_s == here.honesty.expected_s
    one, other = ([f.arrivals for f in facts_by_day(entries_of(logs[z], KINDS))] for z in (LAOS, zone))
    assert one == other


@pytest.mark.parametrize("zone", [NEW_YORK, LIMA])
def test_the_evaluators_reader_and_the_sql_find_the_same(logs, zone, tmp_path):
    rows = [json.loads(line) for line in logs[zone].read_text(encoding="utf-8").splitlines()]
    told = json.loads(json.dumps(stranger.indicators(stranger.read(rows), 1500)))
    facts = facts_together(entries_of(logs[zone], KINDS))
    assert stranger.differences(told, json.loads(json.dumps(pack.headline(facts, 1500)))) == []
    own = compute(facts, 1500) | {name: further(facts)[name] for name in ("wait_p80", "told_late")}
    own |= {"area_s": own["little"]["area_s"], "sum_wait_s": own["little"]["sum_wait_s"]}
    assert differences(by_sql(exported("parquet", logs[zone], tmp_path / "steps.parquet")), own) == []


def test_the_rule_is_followed_and_the_day_has_25_hours(logs):
    rows = list(rows_of(logs[NEW_YORK]))
    assert verify(rows).misfit is None
    found = {d.day.number: d.day for d in days_of(entries_of(logs[NEW_YORK], KINDS))}
    day = found[day_number(BACK)]
    assert day.window[1] - day.window[0] == 25 * 3600 and day.visits
    assert [b - a for a, b in day.hours] == [4 * 3600, 3 * 3600]


def test_an_export_says_in_utc_when_and_on_whose_day(logs):
    names = [name for name, _ in STEP_COLUMNS]
    rows = [
        dict(zip(names, row, strict=True)) for row in step_table(days_of(entries_of(logs[NEW_YORK], KINDS)), "x").rows
    ]
    for row in rows:
        assert row["day_from"] <= row["time"] < row["day_to"]
        local = moment_of(int(row["time"].timestamp() * 1000), NEW_YORK)
        assert (str(row["day"]), row["zone_s"]) == (local.date().isoformat(), local.utcoffset().total_seconds())
        assert int(row["time"].timestamp()) == row["clock_s"]
    assert {row["zone_s"] for row in rows} == {-4 * 3600, -5 * 3600}


def test_a_month_out_of_a_log_keeps_the_zone_of_what_was_before(logs, tmp_path, capsys):
    whole = facts_together(entries_of(logs[LIMA], KINDS))
    out = tmp_path / "pack"
    assert main_pack([str(logs[LIMA]), "--month", "2026-11", "--out", str(out), "--center", "x"]) == 0
    assert json.loads((out / "results.json").read_text())["before"]["zone"] == LIMA
    part = facts_together(entries_of(out, KINDS))
    assert part.days == [d for d in whole.days if d >= "2026-11"]
    reader = argparse.ArgumentParser()
    stranger.bring(reader)
    judged, _ = stranger.check(out, reader.parse_args([]))
    assert any(line.endswith("headline indicators are what the log gives") for line in judged.told)


def test_a_visit_is_told_by_the_clock_on_the_wall(logs):
    for visit in visits(rows_of(logs[LIMA])).values():
        assert visit.day == moment_of(visit.moments[0].at_ms, LIMA).date().isoformat() and visit.zone == LIMA
    label, day = next((v.label, v.day) for v in visits(rows_of(logs[LIMA])).values() if v.label)
    told = explain(lambda: rows_of(logs[LIMA]), label, day)
    assert "/".join(reversed(day.split("-"))) in told[0]
    assert any("in line since 0" in line or "in line since 1" in line for line in told)


# -- the product's own boxes


def served(center, panel, service_ms=60_000):
    center.do(panel, Press.NEXT)
    center.pass_ms(10_000, 1_000)
    center.do(panel, Press.START)
    center.pass_ms(service_ms, 5_000)
    center.do(panel, Press.END)
    center.pass_ms(1_000, 500)


@pytest.mark.parametrize(("zone", "day"), [(NEW_YORK, BACK), (NEW_YORK, AHEAD), (LIMA, BACK), ("Pacific/Apia", BACK)])
def test_numbers_begin_again_at_the_centers_own_midnight_and_nothing_is_longer_than_it_was(tmp_path, zone, day):
    midnight = midnight_ms(day, zone)
    center = Center(tmp_path / "hub", clock=VirtualClock(midnight - 10 * MINUTE), rules=Rules(hours=Hours(zone=zone)))
    center.start_hub()
    kiosk, panel = center.kiosk(), center.panel()
    first = [center.touch(kiosk) for _ in range(2)]
    for _ in first:
        served(center, panel)
    center.pass_ms(midnight + 2 * MINUTE - center.clock.wall_ms(), 10_000)
    again = [center.touch(kiosk) for _ in range(2)]
    assert first == again, "another day, the same numbers"
    assert [paper.day for paper in center.papers] == [days_after(day, -1)] * 2 + [day] * 2
    assert center.hub.ledger.hall.day == day
    served(center, panel)
    center.pass_ms(midnight + 58 * MINUTE - center.clock.wall_ms(), 10_000)
    center.do(panel, Press.NEXT)
    center.do(panel, Press.START)
    center.pass_ms(2 * HOUR, 30_000)  # over the hour in which clocks are set
    center.do(panel, Press.END)
    center.pass_ms(2_000, 500)
    center.hub.flush()
    center.hub.store.close()
    found = days_of(entries_of(center.folder, KINDS))
    by_day = {d.day.number: fold(d.day).legs for d in found if d.day.visits}
    assert {number: len(legs) for number, legs in by_day.items()} == {day_number(day) - 1: 2, day_number(day): 2}
    slept = by_day[day_number(day)][1]
    assert 7_195 <= slept.service_s <= 7_205 and 3_300 <= slept.wait_s <= 3_600
    told = stranger.read([json.loads(line_of(row)) for row in rows_of(center.folder)])
    assert stranger.indicators(told, 1500)["tickets_issued"] == 4
    facts = facts_together(entries_of(center.folder, KINDS))
    assert (
        stranger.differences(
            json.loads(json.dumps(stranger.indicators(told, 1500))), json.loads(json.dumps(pack.headline(facts, 1500)))
        )
        == []
    )
    assert verify(rows_of(center.folder)).misfit is None


@pytest.mark.parametrize("seed", range(8))
def test_days_on_which_clocks_lie_are_read_alike_in_other_zones(tmp_path, seed):
    zone, morning = [(NEW_YORK, midnight_ms(BACK, NEW_YORK)), (LIMA, minute_ms("2026-11-21 20:30", LIMA))][seed % 2]
    played = FaultyDay(tmp_path / "hub", seed, hours=seed % 4 > 1, zone=zone, morning=morning).play()
    rows = list(rows_of(played.folder))
    assert verify(rows).misfit is None
    told = json.loads(json.dumps(stranger.indicators(stranger.read([json.loads(line_of(r)) for r in rows]), 1500)))
    facts = facts_together(entries_of(played.folder, KINDS))
    assert stranger.differences(told, json.loads(json.dumps(pack.headline(facts, 1500)))) == []
    own = compute(facts, 1500) | {name: further(facts)[name] for name in ("wait_p80", "told_late")}
    own |= {"area_s": own["little"]["area_s"], "sum_wait_s": own["little"]["sum_wait_s"]}
    assert differences(by_sql(exported("parquet", played.folder, tmp_path / "steps.parquet")), own) == []


def test_a_center_that_finds_its_zone_wrong_goes_on_with_the_right_one(tmp_path):
    """Set up as if in Laos, it is put right: what was before stays on its days, what comes is on the right ones."""
    start = minute_ms("2026-11-23 10:00", LIMA)
    center = Center(tmp_path / "hub", clock=VirtualClock(start), rules=Rules("1"))
    center.start_hub()
    kiosk = center.kiosk()
    center.touch(kiosk)
    assert center.hub.ledger.hall.day == day_of(start, LAOS) == "2026-11-23"
    center.kill_hub()
    center.stop("k1")
    center.rules = Rules("1", hours=Hours(zone=LIMA))
    center.start_hub()
    kiosk = center.kiosk()
    center.pass_ms(10 * HOUR, 60_000)  # 20:00 in Lima; in Laos it is another day for hours already
    center.touch(kiosk)
    assert center.hub.ledger.hall.day == center.papers[-1].day == "2026-11-23"
    center.hub.flush()
    center.hub.store.close()
    assert [zone for _, zone in clock_of(log_file(center.folder)).calendar().pieces] == [LAOS, LIMA]
    assert facts_together(entries_of(center.folder, KINDS)).days == ["2026-11-23"]
    assert verify(rows_of(center.folder)).misfit is None


def test_paper_and_screens_show_the_clock_on_the_wall():
    at = minute_ms("2026-11-25 08:03", LIMA)
    assert written(at, LIMA) == "25/11/2026 08:03" and written(at, LAOS) == "25/11/2026 20:03"
    assert shown_time(Told(at, known=True, zone=LIMA), 0) == ("08:03", "25/11/2026")
    assert local_s(at) - LINE_S == at // 1000


# -- the setting

CENTER = """center = "lima"
zone = "America/Lima"
kiosks = []
counters = []
"""


def test_the_zone_is_a_line_of_the_centers_file_and_every_box_has_it():
    checked = check_center(CENTER, frozenset())
    assert checked.findings == []
    assert {config.zone for config in device_files(checked.value).values()} == {LIMA}
    assert rules_of(book(), LIMA).hours.zone == LIMA
    assert check_center(CENTER.replace('zone = "America/Lima"\n', ""), frozenset()).value.zone == LAOS


@pytest.mark.parametrize("zone", ["America/Lama", "-05:00", "Lima", "../Lima"])
def test_a_zone_that_is_none_is_found_in_its_line(zone):
    (finding,) = check_center(CENTER.replace("America/Lima", zone), frozenset()).findings
    assert finding.line == 2 and finding.key == "zone" and "America/Lima" in finding.fix
