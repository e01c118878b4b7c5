"""Reports as people get them: periods, formats, languages, small groups, day facts in files, foreign tables, one visit."""

import json
import subprocess
import sys
from functools import partial

import pytest
from conftest_history import TROUBLES, a_log
from hypothesis import given
from hypothesis import strategies as st

from onedoor.look.lines import BREAK
from onedoor.look.texts import say
from reports.dates import Period, day_number, period_of, seconds_of
from reports.entries import entries_of
from reports.facts import Facts, Group, merged
from reports.figure_table import figure_rows
from reports.figures import facts_by_day, facts_of_days, facts_together
from reports.foreign_days import days_from
from reports.foreign_map import COLUMNS, BadMap, Map, check_map
from reports.import_app import EXAMPLE, main_import
from reports.legs import fold
from reports.model import Ask
from reports.page import html, walk_html
from reports.reading import days_of
from reports.reading_acts import KINDS
from reports.report import report_of
from reports.report_app import main_facts, main_report, main_walk
from reports.store import NotFacts, read_facts
from reports.walk import NoVisit, walk_of
from reports.words import NONE, duration, number, percent

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return a_log(tmp_path_factory.mktemp("month") / "log.jsonl", 12, 260, troubles=TROUBLES)


@pytest.fixture(scope="module")
def facts(log):
    return merged(facts_by_day(entries_of(log, KINDS), "Test"))


def ask(lang="en", period="2026-10", **more):
    return Ask(lang, period_of(period), "Test", **more)


# -- periods ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first", "last", "kind"),
    [
        ("2026", "2026-01-01", "2026-12-31", "year"),
        ("2026-10", "2026-10-01", "2026-10-31", "month"),
        ("2024-02", "2024-02-01", "2024-02-29", "month"),
        ("2026-12", "2026-12-01", "2026-12-31", "month"),
        ("2026-W01", "2025-12-29", "2026-01-04", "week"),
        ("2026-10-02", "2026-10-02", "2026-10-02", "day"),
        ("2026-10-02..2026-11", "2026-10-02", "2026-11-30", "range"),
    ],
)
def test_periods(text, first, last, kind):
    assert period_of(text) == Period(kind, first, last)


@pytest.mark.parametrize(
    "text", ["", "x", "2026-13", "2026-02-30", "2026-W54", "2026-10..2026-09", "26-10", "2026-1", "2026-10-02 "]
)
def test_a_wrong_period_is_refused_with_words(text):
    with pytest.raises(ValueError):
        period_of(text)


def test_a_period_that_is_not_in_the_log_is_an_empty_report(log, capsys):
    assert main_report([str(log), "--period", "2030-01", "--lang", "en"]) == 0
    assert "Nobody came in this time" in capsys.readouterr().out


# -- words ----------------------------------------------------------------------------------------------------------------


def test_numbers_as_each_language_writes_them():
    assert (number("lo", 1234.5, 1), number("en", 1234.5, 1)) == ("1.234,5", "1,234.5")
    assert (percent("lo", 0.934, 1), percent("en", 0.934, 1)) == ("93,4 %", "93.4 %")
    assert number("lo", None) == percent("en", None) == duration("lo", None) == NONE


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (61, "1 min 1 s"), (599, "9 min 59 s"), (600, "10 min"), (629, "10 min"),
     (630, "11 min"), (5_999, "1 h 40 min"), (7_260, "2 h 1 min")],
)  # fmt: skip
def test_durations_to_the_minute_where_seconds_say_nothing(seconds, told):
    assert duration("en", seconds) == told


# -- every format ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["table", "html", "pdf", "xlsx", "csv", "parquet", "json"])
@pytest.mark.parametrize("lang", ["lo", "en"])
def test_every_format_in_both_languages(log, tmp_path, form, lang):
    out = tmp_path / f"report.{form}"
    assert (
        main_report([str(log), "--period", "2026-10", "--lang", lang, "--format", form, "--out", str(out), "--full"])
        == 0
    )
    assert out.stat().st_size > 1_000


def test_figures_open_in_pandas_with_numbers(log, tmp_path):
    import pandas as pd

    frames = []
    for form, read in (("csv", pd.read_csv), ("parquet", pd.read_parquet), ("xlsx", pd.read_excel)):
        out = tmp_path / f"figures.{form}"
        assert main_report([str(log), "--format", form, "--out", str(out), "--lang", "en"]) == 0
        frame = read(out)
        assert frame["value"].dtype == float and len(frame) > 300
        frames.append(frame)
    for other in frames[1:]:
        assert frames[0]["indicator"].tolist() == other["indicator"].tolist()
        assert frames[0]["value"].tolist() == pytest.approx(other["value"].tolist(), nan_ok=True)


def pdf_pages(path):
    done = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True)
    return int(next(line.split()[1] for line in done.stdout.splitlines() if line.startswith("Pages")))


def pdf_text(path):
    return subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("lang", ["lo", "en", "vi", "th", "zh"])
def test_the_monthly_report_is_one_sheet_in_every_language(log, tmp_path, lang):
    out = tmp_path / "month.pdf"
    assert main_report([str(log), "--period", "2026-10", "--lang", lang, "--format", "pdf", "--out", str(out)]) == 0
    assert pdf_pages(out) == 1
    fonts = subprocess.run(["pdffonts", str(out)], capture_output=True, text=True, check=True).stdout
    used = [line.split()[0] for line in fonts.splitlines()[2:]]
    assert used and all("OneDoor" in name for name in used), "every letter is in our font"
    assert " no " not in " ".join(line[50:70] for line in fonts.splitlines()[2:]), "and embedded"


def test_the_sheet_tells_the_figures_of_the_facts(log, facts, tmp_path):
    out = tmp_path / "month.pdf"
    assert main_report([str(log), "--period", "2026-10", "--lang", "en", "--format", "pdf", "--out", str(out)]) == 0
    text = pdf_text(out)
    assert f"{facts.group().legs:,}" in text and "How far these figures can be trusted" in text
    assert text.index("How far these figures can be trusted") < text.index("Visits")
    report = report_of(facts, ask())
    for figure in (*report.headline, *report.figures):
        assert figure.value in text


def test_lao_in_the_page_may_be_broken_between_words_and_nowhere_else(facts):
    page = html(report_of(facts, ask("lo")))
    told = say(
        "lo",
        "Wait: from the ticket to the first call. Whole seconds; percentiles are values somebody had (nearest rank).",
    )
    assert told not in page and told.replace(" ", "") in page.replace(BREAK, "").replace(" ", "")


def test_the_page_stands_alone_and_runs_nothing(facts):
    page = html(report_of(facts, ask("lo") ), full=True)  # fmt: skip
    assert "<script" not in page and "http://www.w3.org" in page.replace("https", "http")
    outside = [
        part for part in page.split('"') if part.startswith(("http://", "https://", "//")) and "w3.org" not in part
    ]
    assert [link for link in outside if "purl.org" not in link and "creativecommons" not in link] == []


def test_hostile_names_are_text(facts):
    names = dict.fromkeys(facts.values("service"), "<script>alert(1)</script>")
    page = html(report_of(facts, ask(names=names)))
    assert "<script>alert" not in page and "&lt;script&gt;" in page


# -- who may see what ---------------------------------------------------------------------------------------------------


def test_single_counters_are_for_the_head_alone(facts):
    public, head = report_of(facts, ask()), report_of(facts, ask(head=True))
    assert "Counter" not in {sheet.title for sheet in public.details}
    assert "Counter" in {sheet.title for sheet in head.details}
    assert not any(row[0] == "counter" for row in figure_rows(facts, ask()))
    assert any(row[0] == "counter" for row in figure_rows(facts, ask(head=True)))


def test_groups_of_fewer_than_five_people_are_not_shown_nor_what_would_tell_of_them():
    few, some, many = (Group({60: k}, outcomes={"served": k}) for k in (4, 9, 20))
    whole = Group({60: 33}, outcomes={"served": 33})
    groups = {"service/rare/1": few, "service/usual/1": some, "service/most/1": many, "all//1": whole}
    report = report_of(Facts(days=["2026-10-01"], groups=groups), ask())
    assert [row[0] for row in report.sheets[0].rows] == ["most"], "33 less 20 less 9 would be the four"
    assert report.sheets[0].small.startswith("2 groups are not shown")


def test_a_service_is_judged_by_its_own_standard(facts):
    strict = report_of(facts, ask(standards=dict.fromkeys(facts.values("service"), 60)))
    usual = report_of(facts, ask())
    assert float(strict.headline[1].value.split()[0]) < float(usual.headline[1].value.split()[0])
    assert strict.headline[1].state == "bad"


def test_many_services_stay_on_one_sheet(tmp_path):
    from reports.page import pdf

    groups = {f"service/s{i}/1": Group({60: 10 + i}, outcomes={"served": 10 + i}) for i in range(40)}
    groups["all//1"] = Group({60: 500}, outcomes={"served": 500})
    report = report_of(Facts(days=["2026-10-01"], groups=groups), ask())
    assert report.sheets[0].rows[0][0] in {f"s{i}" for i in range(32, 40)}
    assert len(report.sheets[0].rows) == 8 and "32 more" in report.sheets[0].small
    pdf(report, tmp_path / "many.pdf")
    assert pdf_pages(tmp_path / "many.pdf") == 1


# -- day facts in files ---------------------------------------------------------------------------------------------------


def test_a_report_from_day_facts_is_the_report_from_the_log(log, facts, tmp_path):
    assert main_facts([str(log), "--center", "Test", "--out", str(tmp_path)]) == 0
    assert merged(read_facts(tmp_path)) == facts
    part = merged(read_facts(tmp_path, "2026-10-05", "2026-10-09"))
    days = [
        d
        for d in days_of(entries_of(log, KINDS))
        if day_number("2026-10-05") <= d.day.number <= day_number("2026-10-09")
    ]
    assert part == facts_of_days(days, "Test") and len(part.days) == 5
    few = merged(read_facts(tmp_path, facets=("all", "service")))
    assert few.group() == facts.group() and not few.values("counter")


def test_writing_the_facts_again_gives_the_same_bytes(log, tmp_path):
    kept = {}
    for _ in range(2):
        assert main_facts([str(log), "--center", "Test", "--out", str(tmp_path)]) == 0
        files = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
        assert not kept or kept == files
        kept = files
    assert {"2026-10.sum.json", "2026.sum.json", "2026-10-01.facts.json"} <= set(kept)


def test_two_centers_add_up_to_a_province(log, facts, tmp_path, capsys):
    for name in ("a", "b"):
        assert main_facts([str(log), "--center", name, "--out", str(tmp_path / name)]) == 0
    capsys.readouterr()
    assert main_report([str(tmp_path / "a"), str(tmp_path / "b"), "--format", "json", "--lang", "en"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["indicators"]["tickets_issued"] == 2 * facts.group().legs
    assert found["indicators"]["wait_first"]["p90"] == report_p90(facts)


def report_p90(facts):
    from reports.facts import percentile

    return percentile(facts.group().waits, 90)


@pytest.mark.parametrize(
    "data", [b"", b"{}\n", b'{"version":1}\n', b'{"version":99,"facts":{}}\n', b"not json\n", b"\xff\n"]
)
def test_a_file_that_is_no_facts_is_named(tmp_path, data, capsys):
    (tmp_path / "2026-10-01.facts.json").write_bytes(data)
    with pytest.raises(NotFacts, match="2026-10-01"):
        list(read_facts(tmp_path))
    assert main_report([str(tmp_path)]) == 2
    assert "onedoor facts" in capsys.readouterr().err


def test_several_processes_give_the_same_facts(log, monkeypatch):
    monkeypatch.setattr("reports.figures.WORTH_SHARING", 10)
    one = facts_together(entries_of(log, KINDS), processes=1)
    assert facts_together(entries_of(log, KINDS), processes=3) == one


# -- foreign tables ---------------------------------------------------------------------------------------------------------


def own_legs_as_a_foreign_table(log, path):
    """Our own first legs as another system would have written them."""
    import csv

    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, delimiter=";")
        out.writerow(["Nummer", "Tag", "Kommt", "Ruf", "Anfang", "Ende", "Platz", "Dienst", "Wie"])
        legs = [
            leg
            for d in days_of(entries_of(log, KINDS))
            for leg in fold(d.day).legs
            if leg.number == 1 and not leg.walk_in
        ]
        kept = []
        for i, leg in enumerate(legs):
            if leg.outcome not in ("served", "no_show") or leg.first_call != leg.last_call or leg.held_s or leg.auto:
                continue
            kept.append(leg)
            times = [leg.entry, leg.first_call, leg.start, leg.end]
            day = f"{leg.entry // 86400}"
            from reports.dates import the_day

            date = the_day(leg.entry // 86400).strftime("%d.%m.%Y")
            clock = ["" if t is None else f"{t % 86400 // 3600:02d}:{t // 60 % 60:02d}:{t % 60:02d}" for t in times]
            full = [f"{date} {c}" if c else "" for c in clock[1:]]
            out.writerow([f"{day}-{i}", date, clock[0], *full, leg.counter, leg.service, leg.outcome])
    return kept


MAP = """
delimiter = ";"
[columns]
ticket = "Nummer"
entry = ["Tag", "Kommt"]
call = "Ruf"
start = "Anfang"
end = "Ende"
counter = "Platz"
service = "Dienst"
outcome = "Wie"
[times]
form = "%d.%m.%Y %H:%M:%S"
[outcomes]
served = ["served"]
no_show = ["no_show"]
"""


def test_a_foreign_table_gets_the_same_indicators_as_our_own_log(log, tmp_path, capsys):
    kept = own_legs_as_a_foreign_table(log, tmp_path / "table.csv")
    (tmp_path / "map.toml").write_text(MAP)
    assert (
        main_import(
            ["csv", str(tmp_path / "table.csv"), "--map", str(tmp_path / "map.toml"), "--out", str(tmp_path / "f")]
        )
        == 0
    )
    assert f"{len(kept)} of {len(kept)} rows taken" in capsys.readouterr().out
    found = merged(read_facts(tmp_path / "f")).group()
    waits = sorted(leg.wait_s for leg in kept)
    assert sorted(w for w, n in found.waits.items() for _ in range(n)) == waits and len(waits) > 1_000
    services = sorted(leg.service_s for leg in kept if leg.service_s is not None)
    assert sorted(s for s, n in found.services.items() for _ in range(n)) == services
    assert found.outcomes["no_show"] == sum(leg.outcome == "no_show" for leg in kept)
    assert main_report([str(tmp_path / "f"), "--lang", "en"]) == 0


def test_bad_rows_are_listed_with_the_reason_and_good_ones_kept(tmp_path, capsys):
    (tmp_path / "map.toml").write_text(EXAMPLE)
    rows = [
        "Date,Token,Issued,Called,Started,Finished,Desk,Service,Priority,Status",
        "01/10/2026,T1,08:00:00,01/10/2026 08:05:00,01/10/2026 08:05:30,01/10/2026 08:10:00,1,Passport,no,Completed",
        "01/10/2026,T2,08:00:00,nonsense,,,1,Passport,no,Completed",
        "01/10/2026,,08:00:00,,,,1,Passport,no,Left",
        "01/10/2026,T4,,,,,1,Passport,no,Left",
        "01/10/2026,T5,08:00:00,01/10/2026 08:10:00,01/10/2026 08:09:00,01/10/2026 08:20:00,1,Passport,no,Completed",
        "01/10/2026,T6,08:00:00,,,01/10/2026 08:30:00,,Passport,yes,Left",
        "01/10/2026,T7,08:00:00,01/10/2026 08:10:00,,,1,Passport,no,Vanished",
        "01/10/2026,T8,08:00:00,01/12/2026 08:10:00,,,1,Passport,no,Completed",
        "01/10/2026,=T9,08:10:00,01/10/2026 08:09:00,01/10/2026 08:12:00,01/10/2026 08:20:00,1,Passport,no,Completed",
    ]
    (tmp_path / "t.csv").write_text("\n".join(rows) + "\n")
    argv = ["csv", str(tmp_path / "t.csv"), "--map", str(tmp_path / "map.toml"), "--out", str(tmp_path / "f")]
    assert main_import(argv) == 0
    told = capsys.readouterr().out
    assert "3 of 9 rows taken" in told and "row 5: start is before call" in told
    rejected = (tmp_path / "f/rejected.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in rejected[1:]] == ["2", "3", "4", "5", "7", "8"]
    facts = merged(read_facts(tmp_path / "f"))
    assert (facts.group().waits, facts.group().left, facts.group().negative) == ({300: 1}, {1800: 1}, 1)
    assert facts.values("class") == ["N", "P"], "a clock fault is kept and listed, never repaired"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ('ticket = "Token"', None), ('call = "Called"', None), ("[outcomes]", None),
        ('start = "Started"', None), ('entry = ["Date", "Issued"]', "entry is needed"),
    ],
)  # fmt: skip
def test_a_map_says_what_is_wrong_with_it(tmp_path, change, said):
    given = Map({"ticket": "Token", "entry": ["Date", "Issued"], "call": "Called", "start": "Started"})
    head = ["Token", "Date", "Issued", "Called", "Started"]
    check_map(given, head)
    name = change.split()[0]
    if said:
        del given.columns[name]
        with pytest.raises(BadMap, match=said):
            check_map(given, head)
    with pytest.raises(BadMap, match="has no column 'Nowhere'"):
        check_map(Map({"ticket": "Nowhere", "entry": "Date"}), head)
    with pytest.raises(BadMap, match="there is no such column with us"):
        check_map(Map({"ticket": "Token", "entry": "Date", "tikcet": "Date"}), head)


CELLS = st.text(alphabet="0123456789:/ -T.Zx=+\x00ກ", max_size=22)


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(COLUMNS, CELLS)), max_size=8))
def test_no_table_breaks_the_import_and_no_row_is_lost(rows):
    taken = days_from(rows, Map({name: name for name in COLUMNS}))
    good = sum(len({s.seq for s in steps}) for d in taken.days for steps in d.day.visits.values())
    assert good + len(taken.bad) == len(rows) == taken.rows


def test_times_are_local_unless_they_name_a_zone():
    assert seconds_of("2026-10-01T08:00:00", "iso") == seconds_of("2026-10-01T01:00:00+00:00", "iso")
    assert seconds_of("01/10/2026 08:00", "%d/%m/%Y %H:%M") == seconds_of("2026-10-01T08:00:00", "iso")


# -- one visit ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["lo", "en"])
def test_a_walk_adds_up_to_the_time_in_the_center_and_names_nobody(log, lang, tmp_path):
    days = days_of(entries_of(log, KINDS))
    walk = walk_of(days, "", lang, {})
    assert sum(s.end - s.begin for s in walk.spells) == walk.seconds == walk.moments[-1][2]
    assert all(a.end == b.begin for a, b in zip(walk.spells, walk.spells[1:], strict=False))
    page = walk_html(walk)
    assert not any(letter in page for letter in ("A1-0", "B1-0", "C1-0")), "no number of a ticket"
    with pytest.raises(NoVisit):
        walk_of(days, "k9.0.1", lang, {})


def test_a_walk_by_its_number(log, tmp_path, capsys):
    out = tmp_path / "walk.pdf"
    assert main_walk([str(log), "--ticket", "a1-003", "--lang", "lo", "--out", str(out)]) == 0
    assert pdf_pages(out) == 1
    assert main_walk([str(log), "--ticket", "Z9-999", "--out", str(out)]) == 2
    assert "no ticket Z9-999" in capsys.readouterr().err


# -- a day again on the board --------------------------------------------------------------------------------------------


@pytest.mark.processes
def test_a_day_is_played_again_on_the_real_board(log, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "onedoor", "replay", str(log), "--day", "2026-10-01", "--speed", "3000", "--headless",
         "--pictures", str(tmp_path)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "The day is over." in done.stdout and len(list(tmp_path.glob("board-*.png"))) >= 3


def test_a_replay_tells_what_the_hub_told(log):
    """The figures on the board at the end of a replay are those of the day, whatever the speed."""
    from broker.replay import Replay
    from onedoor.device.clock import VirtualClock
    from onedoor.device.link import LinkUp, MemoryBroker, MemoryLink
    from onedoor.wire import messages as msg
    from onedoor.wire.topics import Topics
    from reports.source import rows_of

    for speed in (60, 3_000):
        clock, broker, topics = VirtualClock(), MemoryBroker(), Topics("replay")
        link, over = MemoryLink(broker, []), []
        device = Replay(rows_of(log), "2026-10-02", speed, link, clock, topics, partial(over.append, 1))
        device.on_start()
        link.start(lambda _: None)
        device.on_news(LinkUp())
        while not over:
            clock.advance(100)
            device.timers.run_due()
        day = msg.decode(broker.retained[topics.state("day")], msg.DayNews)
        facts = next(f for f in facts_by_day(entries_of(log, KINDS)) if f.days == ["2026-10-02"])
        own = [n for w, n in facts.group().waits.items() if w <= 1500]
        assert abs(day.called - sum(facts.group().waits.values())) <= facts.group().walk_ins + 2
        assert abs(day.within - sum(own)) <= 3
        waiting = msg.decode(broker.retained[topics.state("waiting")], msg.Waiting)
        assert waiting.queues == {} and waiting.open_counters == []
