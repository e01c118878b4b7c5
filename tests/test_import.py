"""Foreign tables as they come: other shapes, other zones, rows that are mended, tables of events, and a first guess."""

import csv
import tomllib

import msgspec
import pytest
from conftest_history import TROUBLES, a_log

from reports import import_app
from reports.banner import banner_of
from reports.dates import NO_PERIOD
from reports.entries import entries_of
from reports.export_tables import write_csv
from reports.facts import merged
from reports.figures import facts_of_days
from reports.foreign_days import days_from
from reports.foreign_map import BadMap, Map, check_form, check_map
from reports.guess import guess
from reports.import_app import EXAMPLE, main_import
from reports.indicators import compute
from reports.model import Ask
from reports.reading import days_of
from reports.reading_acts import KINDS
from reports.store import read_facts
from reports.tables import step_table


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return a_log(tmp_path_factory.mktemp("days") / "log.jsonl", 5, 260, troubles=TROUBLES)


def write(path, rows, delimiter=","):
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def facts_from(given, head, *rows):
    """The facts of a table in memory, and the reasons of what was not taken."""
    mapped = msgspec.convert(tomllib.loads(given), Map)
    check_form(mapped)
    check_map(mapped, head)
    taken = days_from([dict(zip(head, row, strict=True)) for row in rows], mapped)
    return facts_of_days(taken.days, "x"), [bad.why for bad in taken.bad]


def brought(tmp_path, rows, given, *, out="out", name="t", center="x"):
    """What the command says, and the facts that are in the folder then."""
    table, about = write(tmp_path / f"{name}.csv", rows), tmp_path / "m.toml"
    about.write_text(given, encoding="utf-8")
    code = main_import(["csv", str(table), "--map", str(about), "--out", str(tmp_path / out), "--center", center])
    return code, merged(read_facts(tmp_path / out))


# -- shapes ---------------------------------------------------------------------------------------------------------------

LONG = """
[columns.entry]
column = "In"
date = "Date"
[columns.call]
column = "Call"
otherwise = ["Call 2"]
empty = ["-", "NULL"]
date = "Date"
[columns.end]
column = "Out"
day = "01/10/2026"
[times]
form = "%d/%m/%Y %H:%M"
"""


def test_days_stand_in_another_column_or_are_one_and_texts_may_stand_for_nothing():
    head = ["Date", "In", "Call", "Call 2", "Out"]
    rows = [
        ("01/10/2026", "08:00", "08:10", "", "08:20"),
        ("01/10/2026", "08:00", "-", "08:15", "08:20"),
        ("01/10/2026", "08:00", "NULL", "-", "08:20"),
    ]
    facts, bad = facts_from(LONG, head, *rows)
    assert bad == [] and facts.days == ["2026-10-01"]
    assert facts.group().waits == {600: 1, 900: 1} and facts.group().left == {1200: 1}


@pytest.mark.parametrize(
    ("unit", "wait", "took"),
    [("minutes", "10", "5.5"), ("seconds", "600", "330"), ("hours", "0,16666667", "0,0916667"),
     ("clock", "0:10:00", "05:30")],
)  # fmt: skip
def test_waits_and_services_may_be_durations(unit, wait, took):
    given = f"""
[columns]
entry = "In"
wait = "Wait"
service_time = "Took"
[times]
durations = "{unit}"
"""
    facts, bad = facts_from(given, ["In", "Wait", "Took"], ("2026-10-01 08:00", wait, took))
    assert bad == []
    assert {round(w, -1) for w in facts.group().waits} == {600} and {round(s, -1) for s in facts.stays} == {930}


def test_when_somebody_came_may_follow_from_call_and_wait():
    given = '[columns]\ncall = "Call"\nwait = "Wait"\n'
    facts, bad = facts_from(given, ["Call", "Wait"], ("2026-10-01 08:10", "10"), ("2026-10-01 08:10", "ten"), ("", "3"))
    assert facts.group().waits == {600: 1} and facts.arrivals == {16: 1}
    assert bad == ["wait: 'ten' is no number of minutes", "there is no time of entry"]


def test_in_a_table_without_tickets_each_row_is_a_visit(tmp_path, capsys):
    rows = [["In", "Call"], *([f"2026-10-01 08:0{n}", f"2026-10-01 08:1{n}"] for n in range(6))]
    code, facts = brought(tmp_path, rows, '[columns]\nentry = "In"\ncall = "Call"\n')
    assert code == 0 and facts.group().waits == {600: 6}
    assert "each row is a visit of its own" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("zone", "times", "day", "half"),
    [
        ("America/Lima", ("2026-10-02T01:00:00Z", "2026-10-02T01:10:00Z"), "2026-10-01", 40),
        ("-05:00", ("2026-10-02T01:00:00+00:00", "2026-10-02T01:10:00+00:00"), "2026-10-01", 40),
        ("Europe/Berlin", ("2026-10-25T08:00:00", "2026-10-25T07:10:00Z"), "2026-10-25", 16),
        ("Europe/Berlin", ("2026-10-24T08:00:00", "2026-10-24T06:10:00Z"), "2026-10-24", 16),
        ("", ("2026-10-01T01:00:00Z", "2026-10-01T01:10:00Z"), "2026-10-01", 16),
    ],
)
def test_a_table_is_on_the_calendar_of_its_center(zone, times, day, half):
    given = f'[columns]\nentry = "In"\ncall = "Call"\n[times]\nzone = "{zone}"\n'
    facts, bad = facts_from(given, ["In", "Call"], times)
    assert (bad, facts.days, facts.arrivals, facts.group().waits) == ([], [day], {half: 1}, {600: 1})


def test_only_rows_that_are_meant_are_taken():
    given = '[columns]\nentry = "In"\n[only]\nBranch = ["Center"]\n'
    facts, bad = facts_from(given, ["In", "Branch"], ("2026-10-01 08:00", "Center"), ("nonsense", "Elsewhere"))
    assert bad == [] and facts.group().legs == 1 and facts.honesty.dropped == {}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('[columns]\nentry = "In"\n[times]\nzone = "Mars/Olympus"', "is no zone"),
        ('[columns]\nticket = "In"', "entry is needed, or call and wait"),
        ('[columns]\nentry = "In"\ntime = "In"', "time is of tables of events"),
        ('[columns]\nevent = "In"\ntime = "In"\n[events]\nissue = ["a"]', "ticket is needed"),
        ('[columns]\nevent = "In"\nticket = "In"\ntime = "In"', r"\[events\] is needed"),
        ('[columns]\nevent = "In"\nticket = "In"\ntime = "In"\ncall = "In"\n[events]\nissue = ["a"]', "it is an event"),
        ('[columns]\nentry = "In"\n[only]\nBranch = ["x"]', r"\[only\]: the table has no column 'Branch'"),
        ('[columns]\nentry = "In"\n[events]\nsing = ["x"]', r"\[events\] sing: write one of"),
        ('[columns.entry]\ncolumn = "In"\ndate = "Day"', "the table has no column 'Day'"),
    ],
)
def test_a_map_that_means_nothing_is_refused_before_anything_is_read(given, said):
    mapped = msgspec.convert(tomllib.loads(given), Map)
    with pytest.raises(BadMap, match=said):
        check_form(mapped)
        check_map(mapped, ["In"])


# -- rows that are not taken ----------------------------------------------------------------------------------------------

SIMPLE = '[columns]\nticket = "Token"\nentry = "In"\ncall = "Call"\nend = "Out"\n'
HEAD = ["Token", "In", "Call", "Out"]


def row(n, call="08:10", day="01"):
    return [f"A{n}", f"2026-10-{day} 08:00", f"2026-10-{day} {call}", f"2026-10-{day} 08:20"]


def test_rows_that_are_not_taken_are_told_in_the_report_by_reason_and_it_is_less_complete(tmp_path):
    rows = [HEAD, *map(row, range(6)), row(6, "nine"), row(7, "08:30"), ["", "2026-10-01 08:00", "", ""]]
    code, facts = brought(tmp_path, rows, SIMPLE + 'start = "Call"\n')
    assert code == 0 and facts.honesty.dropped == {"time": 1, "order": 1, "ticket": 1}
    told = {figure.name: figure for figure in banner_of(facts, Ask("en", NO_PERIOD, "x"))}
    assert told["Data complete"].value == "66.7 %"
    shown = told["Rows of the table that were not taken"]
    assert shown.value == "3" and "times that cannot be read 1" in shown.note


def test_a_row_that_is_not_taken_counts_on_the_day_of_the_row_before_it(tmp_path):
    rows = [HEAD, row(0, "x"), row(1), row(2, "x"), row(3, day="02"), row(4, "x")]
    brought(tmp_path, rows, SIMPLE)
    found = {facts.days[0]: facts.honesty.dropped for facts in read_facts(tmp_path / "out", last="2026-10-01")}
    found |= {facts.days[0]: facts.honesty.dropped for facts in read_facts(tmp_path / "out", first="2026-10-02")}
    assert found == {"2026-10-01": {"time": 2}, "2026-10-02": {"time": 1}}


def test_rows_that_were_mended_are_added_and_the_days_are_as_if_they_had_always_been_right(tmp_path):
    right = [HEAD, *map(row, range(6)), [*row(0)[:1], "2026-10-01 08:21", "2026-10-01 08:31", "2026-10-01 08:40"]]
    wrong = [list(cells) for cells in right]
    wrong[3][2] = wrong[7][2] = "nonsense"
    brought(tmp_path, right, SIMPLE, out="right")
    brought(tmp_path, wrong, SIMPLE)
    rejected = tmp_path / "out/rejected.csv"
    for mended in (["3"], ["7"]):
        with open(rejected, encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file))
        for line in lines[1:]:
            line[2:] = right[int(line[0])] if line[0] in mended else line[2:]
        write(rejected, lines)
        argv = ["csv", str(rejected), "--map", str(tmp_path / "m.toml"), "--out", str(tmp_path / "out")]
        assert main_import(argv) == 0
    assert rejected.read_text(encoding="utf-8").splitlines() == [",".join(["row", "why", *HEAD])]
    assert merged(read_facts(tmp_path / "out")) == merged(read_facts(tmp_path / "right"))
    assert (tmp_path / "out/legs.csv").read_bytes() == (tmp_path / "right/legs.csv").read_bytes()


def test_a_table_that_is_imported_again_replaces_itself_also_the_days_it_has_no_more(tmp_path):
    brought(tmp_path, [HEAD, row(1), row(2, day="02")], SIMPLE)
    code, facts = brought(tmp_path, [HEAD, row(1), row(3)], SIMPLE)
    assert code == 0 and facts.days == ["2026-10-01"] and facts.group().legs == 2


def test_a_day_that_two_tables_share_is_made_of_both(tmp_path):
    brought(tmp_path, [HEAD, row(1), row(2)], SIMPLE, name="october")
    code, facts = brought(tmp_path, [HEAD, row(3), row(4, day="02")], SIMPLE, name="later")
    assert code == 0 and facts.group().legs == 4 and facts.days == ["2026-10-01", "2026-10-02"]


def test_the_same_table_under_another_name_and_a_log_in_its_place_are_refused(tmp_path, capsys):
    brought(tmp_path, [HEAD, row(1)], SIMPLE)
    code, facts = brought(tmp_path, [HEAD, row(1)], SIMPLE, name="copy")
    assert code == 2 and facts.group().legs == 1 and "the same table as 't'" in capsys.readouterr().err
    (tmp_path / "out/tables/days.json").write_text("[]")
    code, facts = brought(tmp_path, [HEAD, row(2)], SIMPLE, name="other")
    assert code == 2 and facts.group().legs == 1 and "from a log" in capsys.readouterr().err


def test_a_row_with_open_quotes_is_named_and_a_quote_that_is_never_closed_is_refused(tmp_path, capsys):
    table, about = tmp_path / "t.csv", tmp_path / "m.toml"
    about.write_text(SIMPLE)
    good, bad = ",".join(row(1)), 'A2,"2026-10-01" 08:00,,\n'
    argv = ["csv", str(table), "--map", str(about), "--out", str(tmp_path / "out")]
    table.write_text(f"{','.join(HEAD)}\n{bad}{good}\n")
    assert main_import(argv) == 0
    assert "1 of 2 rows taken" in (told := capsys.readouterr().out) and "row 1: quotes in lines 2 to 2" in told
    table.write_text(f'{",".join(HEAD)}\n"A0,2026-10-01 08:00,,\n{good}\n')
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert main_import(argv) == 2
    assert "opened in line 2 is never closed" in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}


def test_classes_that_the_map_does_not_know_are_named(tmp_path, capsys):
    rows = [["In", "Who"], *(["2026-10-01 08:00", who] for who in ("yes", "no", "VIP", "VIP", ""))]
    brought(tmp_path, rows, '[columns]\nentry = "In"\nclass = "Who"\n[classes]\nP = ["yes"]\n')
    assert "class 'VIP' is not in [classes]: 2 rows count as normal" in (told := capsys.readouterr().out)
    assert "'no'" not in told


def test_days_that_are_shared_among_processes_are_the_same(tmp_path, monkeypatch):
    rows = [HEAD, row(9, "x"), *(row(n, day=f"{d:02d}") for d in range(1, 8) for n in range(5)), row(3)]
    brought(tmp_path, rows, SIMPLE, out="alone")
    monkeypatch.setattr(import_app, "WORTH_SHARING", 1)
    monkeypatch.setattr(import_app, "processors", lambda: 3)
    brought(tmp_path, rows, SIMPLE, out="shared")
    for path in (tmp_path / "alone").glob("*.*"):
        assert path.read_bytes() == (tmp_path / "shared" / path.name).read_bytes(), path.name
    assert merged(read_facts(tmp_path / "shared")).honesty.dropped == {"time": 1, "twice": 1}


# -- tables of events -----------------------------------------------------------------------------------------------------

EVENTS = """
[columns]
ticket = "case:concept:name"
event = "step"
time = "time:timestamp"
service = "queue"
counter = "org:resource"
class = "class"
ended_by_next = "ended_by_next"
[classes]
P = ["P"]
[only]
left_out = [""]
[events]
"""


def test_our_own_steps_come_back_as_the_same_figures(log, tmp_path):
    ours = days_of(entries_of(log, KINDS))
    write_csv(step_table(ours, "x"), tmp_path / "steps.csv")
    steps = sorted({step.e for found in ours for step in found.day.steps()})
    given = EVENTS + "".join(f'{step} = ["{step}"]\n' for step in steps)
    (tmp_path / "m.toml").write_text(given)
    argv = ["csv", str(tmp_path / "steps.csv"), "--map", str(tmp_path / "m.toml"), "--out", str(tmp_path / "out")]
    assert main_import(argv) == 0
    theirs, mine = merged(read_facts(tmp_path / "out")), facts_of_days(ours, "x")
    found, right = (compute(facts, 1500) for facts in (theirs, mine))
    names = ("tickets_issued", "wait_first", "wait_last", "service_time", "time_in_system", "abandonment", "hold_time")
    assert {name: found[name] for name in names if name in right} == {n: right[n] for n in names if n in right}
    assert theirs.counters.keys() == mine.counters.keys()
    assert theirs.group().legs == mine.group().legs > 1_000


def test_events_make_visits_and_what_fits_nowhere_is_named(tmp_path):
    given = """
[columns]
ticket = "Case"
event = "What"
time = "When"
[events]
issue = ["Arrived"]
call = ["Called"]
end = ["Done"]
"" = ["Ping"]
"""
    what = [("A", "Arrived", 0), ("A", "Called", 5), ("B", "Called", 6), ("A", "Ping", 7), ("A", "Done", 9),
            ("A", "Arrived", 30), ("A", "Called", 50), ("C", "Sang", 51)]  # fmt: skip
    rows = [["Case", "What", "When"], *([case, event, f"2026-10-01 08:{m:02d}"] for case, event, m in what)]
    code, facts = brought(tmp_path, rows, given)
    assert code == 0 and facts.group().waits == {300: 1, 1200: 1} and facts.group().legs == 2
    assert facts.honesty.dropped == {"entry": 1, "word": 1}


# -- a first guess --------------------------------------------------------------------------------------------------------

SHAPES = {
    "moments": (["Token", "Service", "Issued", "Called", "Started", "Finished", "Desk", "Status"],
                lambda d, *t: [*(f"{d} {clock}" for clock in t)], "%d/%m/%Y"),
    "iso": (["Ticket Number", "Queue", "Arrival", "Call Time", "Start", "End", "Counter", "Outcome"],
            lambda d, *t: [*(f"{d}T{clock}" for clock in t)], "%Y-%m-%d"),
    "american": (["Queue No", "Department", "Created", "Called at", "Service Start", "Service End", "Window", "Result"],
                 lambda d, *t: [*(f"{d} {clock}" for clock in t)], "%m/%d/%Y"),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_guess_is_a_map_that_reads_the_table(tmp_path, shape, delimiter):
    from reports.dates import the_day

    head, put, form = SHAPES[shape]
    day = the_day(20_745).strftime(form)  # the 19th of a month: only one order of day and month can be
    rows = [
        [
            f"A{n}",
            "ID",
            *put(day, f"08:{n:02d}:00", f"08:{n + 10}:00", f"08:{n + 11}:30", f"08:{n + 20}:00"),
            "1",
            status,
        ]
        for n, status in enumerate(("Completed", "Completed", "No show", "Completed") * 5)
    ]
    write(tmp_path / "t.csv", [head, *rows], delimiter)
    proposed = guess(tmp_path / "t.csv")
    assert "# 10: A9" in proposed and "NOT TAKEN" not in proposed
    (tmp_path / "m.toml").write_text(proposed, encoding="utf-8")
    argv = ["csv", str(tmp_path / "t.csv"), "--map", str(tmp_path / "m.toml"), "--out", str(tmp_path / "out")]
    assert main_import(argv) == 0
    facts = merged(read_facts(tmp_path / "out"))
    assert facts.days == ["2026-10-19"] and facts.group().waits == {600: 20}
    assert facts.group().outcomes == {"served": 15, "no_show": 5}


def test_a_guess_says_what_is_doubtful_and_shows_how_rows_are_read(tmp_path, capsys):
    rows = [["No", "When", "Wait"], *([n, "03/04/2026 08:00", n] for n in range(1, 20))]
    write(tmp_path / "t.csv", rows)
    assert main_import(["--guess", str(tmp_path / "t.csv")]) == 0
    told = capsys.readouterr().out
    assert "'%m/%d/%Y %H:%M' fits as well" in told and "minutes, seconds or hours?" in told
    assert "each row would be a visit" in told and "came 2026-04-03 08:00:00  called 2026-04-03 08:01:00" in told
    assert tomllib.loads(told)["times"]["form"] == "%d/%m/%Y %H:%M"


def test_a_guess_at_nothing_says_so(tmp_path, capsys):
    (tmp_path / "t.csv").write_text("")
    assert main_import(["--guess", str(tmp_path / "t.csv")]) == 2
    assert main_import(["--guess", str(tmp_path / "none.csv")]) == 2
    (tmp_path / "t.csv").write_text("only one column\n1\n")
    assert main_import(["--guess", str(tmp_path / "t.csv")]) == 2
    assert "Is the first line the names of its columns?" in capsys.readouterr().err


def test_the_example_is_a_map():
    check_form(msgspec.convert(tomllib.loads(EXAMPLE), Map))
