"""Times of foreign tables: what can mean a moment is read, and nothing else is."""

import csv

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.dates import NO_PERIOD, seconds_of
from reports.figure_table import figure_rows
from reports.figures import facts_of_days
from reports.foreign_days import days_from
from reports.foreign_map import BadMap, Map, check_form, check_map
from reports.import_app import EXAMPLE, main_import
from reports.indicators import breakdown, compute
from reports.model import Ask
from reports.moments import moment_of, why_no_moment
from reports.report import report_of
from reports.store import read_facts

RIGHT = seconds_of("2026-10-01T13:05:00", "iso")


@pytest.mark.parametrize(
    ("text", "form", "buddhist"),
    [
        ("2026-10-01T13:05:00", "iso", False),
        ("2026-10-01 13:05", "iso", False),
        ("2026-10-01T06:05:00Z", "iso", False),
        ("01/10/2026 13:05", "%d/%m/%Y %H:%M", False),
        ("01/10/26 01:05 PM", "%d/%m/%y %I:%M %p", False),
        ("01/10/2569 13:05", "%d/%m/%Y %H:%M", True),
        ("2569-10-01 13:05", "iso", True),
        ("46296.5451388889", "excel", False),
    ],
)
def test_a_moment_is_read_however_it_is_written(text, form, buddhist):
    assert why_no_moment(form, buddhist=buddhist) == ""
    assert moment_of(text, form, buddhist=buddhist) == RIGHT


def test_the_29th_of_february_is_in_other_buddhist_years():
    leap = moment_of("29/02/2567 08:00", "%d/%m/%Y %H:%M", buddhist=True)
    assert leap == seconds_of("2024-02-29 08:00", "iso")


@pytest.mark.parametrize(
    ("text", "form", "buddhist", "why"),
    [
        ("2026-10-01", "iso", False, "a day, and says no time"),
        ("20261001", "iso", False, "a day, and says no time"),
        ("01/10/2569 08:01", "%d/%m/%Y %H:%M", False, "Buddhist"),
        ("011025690801", "%d%m%Y%H%M", False, "Buddhist"),
        ("9999-12-31T23:59:59-05:00", "iso", False, "Buddhist"),
        ("9999-12-31T23:59:59-05:00", "iso", True, "Buddhist"),
        ("0001-01-01T00:00:00+09:00", "iso", True, "no Buddhist year"),
        ("0001-01-01T00:00:00+09:00", "iso", False, "before 1970"),
        ("01/10/2026 08:01", "%d/%m/%Y %H:%M", True, "no Buddhist year"),
        ("31/02/2026 08:01", "%d/%m/%Y %H:%M", False, "not a time"),
        ("46296", "excel", False, "not a time"),
        ("1e9", "excel", False, "not a time"),
        ("NaN", "excel", False, "not a time"),
        ("eight", "excel", False, "not a time"),
    ],
)
def test_what_is_no_moment_is_refused_with_the_reason(text, form, buddhist, why):
    with pytest.raises(ValueError, match=why):
        moment_of(text, form, buddhist=buddhist)


@pytest.mark.parametrize(
    ("form", "buddhist", "why"),
    [
        ("%d/%m/%Y %H:%M %p", False, "write %I"),
        ("%d/%m/%Y %I:%M", False, "needs %p"),
        ("%d/%m/%Y", False, "no hour"),
        ("%H:%M:%S", False, "the day"),
        ("%d %H:%M", False, "the month"),
        ("%d/%m %H:%M", False, "the year"),
        ("%d/%m/%y %H:%M", True, "four digits"),
        ("%d/%m/%Y %H:%M %Q", False, "%Q"),
        ("excel", True, "not Buddhist"),
    ],
)
def test_a_form_that_can_mean_no_moment_is_refused_before_anything_is_read(form, buddhist, why):
    assert why in why_no_moment(form, buddhist=buddhist)
    times = {"form": form, "years": "buddhist" if buddhist else "christian"}
    with pytest.raises(BadMap, match="form"):
        check_form(msgspec.convert({"columns": {}, "times": times}, Map))


@given(st.integers(30_000, 80_000), st.integers(1, 86_399))
def test_a_spreadsheets_number_is_its_moment_to_the_second(days, seconds):
    text = f"{days + seconds / 86_400:.10f}"
    began = seconds_of("1899-12-30T00:00:00", "iso")
    assert moment_of(text, "excel", buddhist=False) == began + days * 86_400 + seconds


@given(st.text(max_size=30), st.sampled_from(["iso", "excel", "%d/%m/%Y %H:%M"]), st.booleans())
def test_any_text_is_a_moment_or_has_a_reason(text, form, buddhist):
    try:
        assert isinstance(moment_of(text, form, buddhist=buddhist), int)
    except ValueError as wrong:
        assert len(str(wrong)) > 10


# -- tables ------------------------------------------------------------------------------------------------

MAP = msgspec.convert({"columns": {"ticket": "Token", "entry": "Issued", "service": "Service"}}, Map)


def test_two_columns_of_one_name_are_named_with_their_places():
    with pytest.raises(BadMap, match="columns 2 and 4 are both called 'Issued'"):
        check_map(MAP, ["Token", "Issued", "Service", "Issued"])
    check_map(MAP, ["Token", "Issued", "Service", "Note", "Note"])


def test_a_huge_cell_is_a_finding_and_the_other_rows_are_taken():
    row = {"Token": "A1", "Issued": "2026-10-01 08:00", "Service": "ID"}
    taken = days_from([row | {"Service": "x" * 200_000}, row], MAP)
    assert [(bad.row, bad.why) for bad in taken.bad] == [(1, "'Service' has a cell of 200,000 letters")]
    assert len(taken.days[0].day.visits) == 1


@pytest.mark.parametrize("delimiter", [";;", ""])
def test_a_delimiter_is_one_letter(tmp_path, capsys, delimiter):
    table, about = tmp_path / "t.csv", tmp_path / "m.toml"
    with open(table, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["Token", "Issued"], ["A1", "2026-10-01 08:00"]])
    about.write_text(EXAMPLE.replace('delimiter = ","', f'delimiter = "{delimiter}"'), encoding="utf-8")
    assert main_import(["csv", str(table), "--map", str(about), "--out", str(tmp_path / "out")]) == 2
    assert "write one letter" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


TIMES = {name: ["Date", name] for name in ("Issued", "Called", "Started", "Finished")}
OURS = {"entry": "Issued", "call": "Called", "start": "Started", "end": "Finished"}
FULL = msgspec.convert(
    {
        "columns": {"ticket": "Token", "outcome": "Status"} | {ours: TIMES[theirs] for ours, theirs in OURS.items()},
        "times": {"form": "%d/%m/%Y %H:%M"},
        "outcomes": {"served": ["Done"], "left": ["Left"], "no_show": ["Missed"]},
    },
    Map,
)


def figures_of(*rows):
    """The figures of rows (issued, called, started, finished, status), with one date for all times."""
    names = ("Issued", "Called", "Started", "Finished", "Status")
    table = [
        {"Token": f"A{n}", "Date": "01/10/2026", **dict(zip(names, row, strict=True))} for n, row in enumerate(rows)
    ]
    taken = days_from(table, FULL)
    assert taken.bad == []
    return compute(facts_of_days(taken.days, "x"), 1500)


def test_a_date_that_several_times_share_says_nothing_of_a_time_that_is_not_there():
    """Who left was never called."""
    found = figures_of(("08:00", "08:20", "08:20", "08:25", "Done"), ("08:03", "", "", "08:33", "Left"))
    assert (found["abandonment"]["left"], found["abandonment"]["rate"]) == (1, 0.5)
    assert found["wait_first"]["n"] == 1


def test_an_end_without_a_time_has_no_duration_and_is_an_end_all_the_same():
    found = figures_of(
        ("08:00", "08:20", "08:20", "08:25", "Done"),
        ("08:01", "08:21", "08:21", "", "Done"),
        ("08:02", "", "", "", "Left"),
    )
    assert found["service_time"] == {"n": 1, "mean": 300.0, "p90": 300}
    assert found["time_in_system"]["n"] == 1
    assert (found["wait_first"]["n"], found["abandonment"]["left"]) == (2, 1)
    assert found["little"]["consistent"]


def test_a_table_that_is_imported_again_is_counted_once_and_another_centers_not_at_all(tmp_path, capsys):
    table, about, out = tmp_path / "t.csv", tmp_path / "m.toml", tmp_path / "out"
    with open(table, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["Token", "Issued"], *([f"A{n}", f"2026-10-01 08:{n:02}"] for n in range(12))])
    about.write_text('[columns]\nticket = "Token"\nentry = "Issued"\n', encoding="utf-8")
    argv = ["csv", str(table), "--map", str(about), "--out", str(out), "--center"]
    for _ in range(2):
        assert main_import([*argv, "x"]) == 0
        assert sum(compute(facts, 1500)["tickets_issued"] for facts in read_facts(out)) == 12
    assert main_import([*argv, "y"]) == 2
    assert "Give each center a folder of its own" in capsys.readouterr().err
    assert sum(compute(facts, 1500)["tickets_issued"] for facts in read_facts(out)) == 12


def clock(minutes):
    return f"2026-10-01T{8 + minutes // 60:02d}:{minutes % 60:02d}:00"


def test_a_cashier_to_whom_people_come_from_another_queue_shows_with_everybodys_wait():
    """Fifty people wait five minutes at the reception and an hour at the cashier; six come to the cashier at once."""
    names = ("Token", "Queue", "In", "Called", "Out")
    stays = [("A", "Reception", n, n + 5, n + 10) for n in range(50)]
    stays += [("A", "Cashier", n + 10, n + 70, n + 75) for n in range(50)]
    stays += [("B", "Cashier", n, n, n + 5) for n in range(6)]
    table = [
        dict(zip(names, (f"{who}{a % 50 if who == 'B' else i % 50}", queue, *map(clock, (a, b, c))), strict=True))
        for i, (who, queue, a, b, c) in enumerate(stays)
    ]
    columns = {"ticket": "Token", "service": "Queue", "entry": "In", "call": "Called", "end": "Out"}
    taken = days_from(table, msgspec.convert({"columns": columns | {"counter": "Queue"}}, Map))
    assert taken.bad == []
    facts = facts_of_days(taken.days, "x")
    ask = Ask("en", NO_PERIOD, "x", 1500, head=True)
    sheets = {sheet.title: {row[0]: row[1:4] for row in sheet.rows} for sheet in report_of(facts, ask).details}
    for sheet in ("Queue", "Counter"):
        assert sheets[sheet]["Cashier"] == ("56", "11 % (5–21)", "60 min")
    rows = {row[:3]: row[3] for row in figure_rows(facts, ask)}
    assert rows["queue", "Cashier", "wait_p50"] == rows["counter", "Cashier", "wait_p50"] == 3600
    assert rows["service", "Reception", "wait_p50"] == 300, "of a service it is the wait for the first call"
    assert breakdown(facts, 1500)["by_counter"]["Cashier"]["tickets"] == 56


@pytest.mark.parametrize(
    ("zone", "days", "first_half"),
    [("-05:00", ["2026-10-01"], 16), ("+07:00", ["2026-10-01"], 16), ("", ["2026-10-01"], 16),
     ("Z", ["2026-10-01"], 30)],
)  # fmt: skip
def test_a_days_work_in_another_zone_is_one_day(zone, days, first_half):
    """From eight in the morning to half past three, written with the zone of a center on the other side of the world."""
    columns = {"ticket": "Token", "entry": "In", "call": "Called", "end": "Out"}
    table = [
        {"Token": f"A{n}"}
        | {name: f"{clock(n * 30 + m)}{zone}" for name, m in (("In", 0), ("Called", 10), ("Out", 20))}
        for n in range(16)
    ]
    taken = days_from(table, msgspec.convert({"columns": columns}, Map))
    assert taken.bad == []
    facts = facts_of_days(taken.days, "x")
    assert facts.days == days and min(facts.arrivals) == first_half
    assert compute(facts, 1500)["wait_first"] == {"n": 16, "mean": 600.0, "max": 600, "p50": 600, "p90": 600}


def test_in_summer_and_in_winter_a_visit_is_on_the_calendar_of_its_own_clock():
    columns = {"ticket": "Token", "entry": "In", "end": "Out"}
    table = [
        {"Token": "A1", "In": "2026-10-24T23:30:00+02:00", "Out": "2026-10-24T23:50:00+02:00"},
        {"Token": "A2", "In": "2026-10-25T23:30:00+01:00", "Out": "2026-10-25T22:50:00Z"},
        {"Token": "A3", "In": "2026-10-25T02:50:00+02:00", "Out": "2026-10-25T02:10:00+01:00"},
    ]
    taken = days_from(table, msgspec.convert({"columns": columns}, Map))
    facts = facts_of_days(taken.days, "x")
    assert (taken.bad, facts.days) == ([], ["2026-10-24", "2026-10-25"])
    assert facts.group().left == {20 * 60: 3}


def test_a_number_that_is_used_again_in_the_afternoon_is_another_visit():
    """And one that is sent on, even if somebody looked for him for a while, is not."""
    columns = {"ticket": "Token", "service": "Queue", "entry": "In", "call": "Called", "end": "Out"}
    times = [("a", 0, 5, 10), ("b", 38, 45, 50), ("a", 400, 405, 410)]
    table = [
        {"Token": "A1", "Queue": queue, "In": clock(a), "Called": clock(b), "Out": clock(c)} for queue, a, b, c in times
    ]
    taken = days_from(table, msgspec.convert({"columns": columns}, Map))
    facts = facts_of_days(taken.days, "x")
    assert taken.bad == [] and facts.stays == {50 * 60: 1, 10 * 60: 1}
    assert (facts.group(leg=1).legs, facts.group(leg=2).legs) == (2, 1)
