"""The banner knows the hours and days that should have been there, and no figure is called good of too little."""

import pytest
from conftest_history import a_log
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from scipy.stats import binomtest

from reports.banner import banner_of
from reports.calendar import left_open_at_the_end, missing_days, without_kiosks
from reports.dates import NO_PERIOD
from reports.entries import entries_of
from reports.facts import Facts, Group, facts_of, merged
from reports.honesty import Honesty
from reports.legs import fold
from reports.model import Ask
from reports.reading import days_of
from reports.reading_acts import KINDS
from reports.report import report_of
from reports.stats import wilson
from reports.steps import Day, Step
from reports.store import read_facts, write_facts
from reports.words import share

ASK = Ask("en", NO_PERIOD, "x", 1500)
TEN, HOUR = 10 * 3600, 3600


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return a_log(tmp_path_factory.mktemp("days") / "log.jsonl", 6, 60)


def banner(facts, ask=ASK):
    return {figure.name: figure for figure in banner_of(facts, ask)}


def test_a_working_day_of_which_the_log_has_nothing_is_told_and_a_closed_one_is_not(log, tmp_path):
    """A week whose third day is gone from the log: the hub was off, and nobody could take a number."""
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
    whole = days_of(entries_of(log, KINDS))
    gone = whole[2].day
    rows = {step.seq for steps in gone.visits.values() for step in steps} | {step.seq for step in gone.counters}
    first, last = min(rows), max(rows)
    kept = [line for i, line in enumerate(lines, 1) if not first <= i <= last]
    path = tmp_path / "log.jsonl"
    path.write_text("".join(kept), encoding="utf-8")
    found = [facts_of(day, fold(day.day), "x") for day in days_of(entries_of(path, KINDS))]
    facts = merged(found)
    shown = banner(facts)["Working days of which the log has nothing"]
    assert (shown.value, shown.state) == ("1", "bad") and len(facts.days) == len(whole) - 1
    assert (
        list(facts.honesty.silent.values()) == [gone.hours[0][1] - gone.hours[0][0]] if len(gone.hours) == 1 else True
    )
    assert "opening hours" in banner(facts)["Opening time in the log"].note
    write_facts(found, tmp_path / "facts")
    assert merged(read_facts(tmp_path / "facts")).honesty == facts.honesty
    assert "Working days of which the log has nothing" not in banner(
        merged(facts_of(d, fold(d.day), "x") for d in whole)
    )


def test_nobody_is_expected_over_a_gap_of_months():
    assert [*missing_days([10, 13, 14, 400])] == [11, 12]


def a_day(*visits, hours=((8 * HOUR, 16 * HOUR),)):
    steps = {f"v{i}": [Step(t, e, f"v{i}")] for i, (t, e) in enumerate(visits)}
    return Day(0, (0, 24 * HOUR), steps, hours=list(hours))


def test_people_who_are_taken_without_a_number_while_no_kiosk_gives_one_are_a_silent_kiosk():
    numbers = [(8 * HOUR + n * 60, "issue") for n in range(10)]
    without = [(12 * HOUR + n * 600, "walk_in") for n in range(3)]
    assert without_kiosks(a_day(*numbers)) == 0, "a quiet afternoon"
    assert without_kiosks(a_day(*numbers, *without)) == 8 * HOUR - 9 * 60
    assert without_kiosks(a_day(*numbers, *without[:2])) == 0, "two are no sign"
    assert without_kiosks(a_day(*without, hours=())) == 0, "nobody said when it is open"
    shown = banner(Facts(honesty=Honesty(visits=13, complete=13, no_kiosk_s=7 * HOUR)))["No kiosk gave a number"]
    assert shown.value == "7 h 0 min"


def test_a_counter_whose_last_word_is_not_that_it_closes_was_left_open():
    told = [Step(1, "open", "", "1"), Step(2, "close", "", "1"), Step(1, "open", "", "2"), Step(3, "pause", "", "3")]
    assert left_open_at_the_end(told) == {"2": 1, "3": 1}
    facts = Facts(honesty=Honesty(visits=1, complete=1, never_closed={"2": 4, "3": 1}))
    assert banner(facts)["Counters that nobody closed"].note == "closed by the day, at their last step"
    assert banner(facts, replace_ask(head=True))["Counters that nobody closed"].note == "2 4, 3 1"


def replace_ask(**more):
    from dataclasses import replace as of

    return of(ASK, **more)


def level(n, **honesty):
    group = Group(waits={60: n}, outcomes={"served": n})
    facts = Facts(days=["2026-10-01"], groups={"all//1": group, "service/id/1": group})
    facts.honesty = replace(Honesty(visits=n, complete=n), **honesty)
    [shown] = [f for f in report_of(facts, ASK).headline if f.name.startswith("Called within")]
    return shown


def test_a_share_of_too_little_is_neither_good_nor_bad_but_gray_with_its_n():
    assert level(200).state == "good" and level(200).note.startswith("98.1 to 100.0 %, of 200")
    assert level(20).state == "weak" and "of 20;" in level(20).note
    assert level(4).value == "–", "of four people no percentage is said"
    assert level(200, poor_clock=201).state == "weak", "more were left out than are in it"
    assert level(200, dropped={"time": 150, "order": 60}).state == "weak"
    assert level(200, expected_s=8 * HOUR, hub_out_s=5 * HOUR).state == "weak"
    assert level(200, expected_s=8 * HOUR, hub_out_s=3 * HOUR).state == "good"
    assert level(200, expected_s=8 * HOUR, silent={"2026-10-02": 8 * HOUR, "2026-10-03": 8 * HOUR}).state == "weak"


def test_survivors_of_a_bad_clock_are_called_so():
    few = Facts(honesty=Honesty(visits=100, complete=100, poor_clock=10))
    many = Facts(honesty=Honesty(visits=100, complete=100, poor_clock=40))
    assert banner(few)["Tickets of unknown time"].state == "warn"
    assert banner(many)["Tickets of unknown time"].state == "bad"
    assert "may not be like them" in banner(many)["Tickets of unknown time"].note


@given(st.integers(1, 5_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_the_one_that_scipy_computes(kn):
    k, n = kn
    ours, theirs = wilson(k, n), binomtest(k, n).proportion_ci(method="wilson")
    assert ours == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_beside_every_share_stands_its_interval_and_of_fewer_than_five_there_is_none():
    assert share("en", 84, 100) == "84 % (76–90)"
    assert share("en", 4, 4) == share("en", 0, 0) == "–"
