"""What leaves the house is read by the programs it is for, with the right types, and computes nothing by itself."""

import csv
import json
import random
import subprocess
import sys
import warnings
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
from conftest_history import TROUBLES, a_log

from reports.cells import FORMULA
from reports.entries import entries_of
from reports.export_app import main_export
from reports.export_tables import TooLong, write_csv, write_parquet, write_xlsx
from reports.figures import facts_together
from reports.indicators import compute, further
from reports.reading import days_of
from reports.reading_acts import KINDS
from reports.source import rows_of
from reports.tables import Table, leg_table, step_table

pytestmark = pytest.mark.filterwarnings("ignore")
SQL = Path(__file__).parent.parent / "reports" / "recompute.sql"


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    return a_log(tmp_path_factory.mktemp("week") / "log.jsonl", 6, 150, troubles=TROUBLES)


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    """A quarter million rows."""
    return a_log(tmp_path_factory.mktemp("month") / "log.jsonl", 22, 1370, 4, 30, TROUBLES)


def exported(form, log, out, *more):
    assert main_export([form, str(log), "--out", str(out), *more]) == 0
    return out


# -- the same indicators by a stranger's engine --------------------------------------------------------------------


def by_sql(steps, standard_s=1500):
    db = duckdb.connect()
    db.execute(f"SET VARIABLE steps = '{steps}'; SET VARIABLE standard_s = {standard_s}")
    for statement in SQL.read_text().split(";\n"):
        if statement.strip():
            found = db.execute(statement)
    return dict(zip([column[0] for column in found.description], found.fetchone(), strict=True))


def ours(log):
    facts = facts_together(entries_of(log, KINDS))
    figures = compute(facts, 1500)
    little = {"area_s": figures["little"]["area_s"], "sum_wait_s": figures["little"]["sum_wait_s"]}
    return figures | little | {name: further(facts)[name] for name in ("wait_p80", "told_late")}


def differences(sql, own, where=""):
    if isinstance(sql, dict):
        return [d for key, value in sql.items() for d in differences(value, own.get(key), f"{where}/{key}")]
    return [] if sql == own else [f"{where}: {sql} by SQL, {own} by us"]


def test_a_quarter_million_rows_give_the_same_by_sql_to_the_last_digit(month, tmp_path):
    assert month.read_bytes().count(b"\n") >= 250_000
    found = by_sql(exported("parquet", month, tmp_path / "steps.parquet"))
    assert len(found) == 20
    assert differences(found, ours(month)) == []


def test_the_recomputation_can_fail(week, tmp_path):
    steps = exported("parquet", week, tmp_path / "steps.parquet")
    assert differences(by_sql(steps), ours(week)) == []
    less = tmp_path / "less.parquet"
    duckdb.sql(
        f"COPY (SELECT * FROM read_parquet('{steps}') WHERE log_row <> (SELECT min(log_row) FROM read_parquet('{steps}') "
        f"WHERE step = 'call')) TO '{less}'"
    )
    assert differences(by_sql(less), ours(week))


# -- tables in the programs they are for ----------------------------------------------------------------------------


def test_parquet_has_types_in_duckdb_and_pandas(week, tmp_path):
    import pandas as pd

    path = exported("parquet", week, tmp_path / "legs.parquet", "--table", "legs")
    types = dict(duckdb.sql(f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM '{path}')").fetchall())
    assert (types["day"], types["entry"], types["wait_s"]) == ("DATE", "TIMESTAMP WITH TIME ZONE", "BIGINT")
    assert (types["walk_in"], types["outcome"]) == ("BOOLEAN", "VARCHAR")
    frame = pd.read_parquet(path)
    legs = list(leg_table(days_of(entries_of(week, KINDS)), "center").rows)
    assert len(frame) == len(legs) > 900
    assert str(frame["entry"].dtype).startswith("datetime64[") and str(frame["entry"].dt.tz) == "UTC"
    waits = [row[16] for row in legs if row[16] is not None]
    assert int(frame["wait_s"].sum()) == sum(waits)


def test_csv_has_types_in_duckdb_and_pandas(week, tmp_path):
    import pandas as pd

    path = exported("csv", week, tmp_path / "steps.csv")
    types = dict(
        duckdb.sql(f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_csv('{path}'))").fetchall()
    )
    assert types["time:timestamp"].startswith("TIMESTAMP") and types["log_row"] == types["leg"] == "BIGINT"
    assert types["day"] == "DATE"
    frame = pd.read_csv(path, parse_dates=["time:timestamp"])
    assert str(frame["time:timestamp"].dt.tz) == "UTC"
    assert list(frame.columns[:5]) == ["center", "day", "case:concept:name", "leg", "concept:name"]


def test_xlsx_has_types_in_pandas_and_libreoffice(week, tmp_path):
    import pandas as pd

    path = exported("xlsx", week, tmp_path / "legs.xlsx", "--table", "legs")
    frame = pd.read_excel(path)
    legs = list(leg_table(days_of(entries_of(week, KINDS)), "center").rows)
    assert len(frame) == len(legs)
    assert str(frame["entry (UTC)"].dtype).startswith("datetime64") and frame["walk_in"].dtype == bool
    assert int(frame["wait_s"].sum()) == sum(row[16] or 0 for row in legs)
    rows = by_libreoffice(path, tmp_path)
    assert len(rows) == len(legs) + 1
    first = dict(zip(rows[0], rows[1], strict=True))
    assert first["entry (UTC)"] == legs[0][10].strftime("%Y-%m-%d %H:%M:%S") and first["day"] == "2026-10-01"


def by_libreoffice(path, folder):
    """The table as LibreOffice reads it, formulas computed, back as rows."""
    done = subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{folder}/office", "--headless", "--convert-to",
         "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false", "--outdir", str(folder / "read"), str(path)],
        capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with open(folder / "read" / f"{path.stem}.csv", encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


# -- hostile texts ----------------------------------------------------------------------------------------------------

SEEDS = (
    "=1+1", "=cmd|'/c calc'!A1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", '=HYPERLINK("http://x","y")', "'=1+1", "\n=1",
    "=", "-", "{=1+1}", '=DDE("a";"b";"c")', "<b>&amp;</b>", "</string>", "]]>", "\x00=1", "\x0b", "\ufffe", "\u202e=1+1",
    "ບັດ=1", "http://example.org/", "file:///etc/passwd", "mailto:x", "1e9", "007", "true", "#REF!", "a,b;c\td\"e'f", "\\", "%s%n",
)  # fmt: skip


def hostile(count, seed=1):
    chance = random.Random(seed)
    alphabet = "=+-@\t\r\n'\"<>&;,|{}()!\x00\x0b\x1f\ufffe\u200b\u202eAa19 ກຂ中😀"
    for i in range(count):
        if i < len(SEEDS):
            yield SEEDS[i]
        else:
            yield chance.choice(SEEDS) * chance.randrange(2) + "".join(
                chance.choices(alphabet, k=chance.randrange(1, 24))
            )


@pytest.fixture(scope="module")
def texts():
    return list(hostile(10_000))


def table(texts):
    at = datetime(2026, 10, 1, 1, 2, 3, tzinfo=UTC)
    columns = (("first", "text"), ("n", "whole"), ("second", "text"), ("at", "moment"), ("day", "day"))
    return Table("hostile", columns, ((text, i, text[::-1], at, date(2026, 10, 1)) for i, text in enumerate(texts)))


def test_no_cell_of_ten_thousand_hostile_texts_is_a_formula_in_csv(texts, tmp_path):
    path = tmp_path / "hostile.csv"
    assert write_csv(table(texts), path) == 10_000
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    assert len(rows) == 10_000
    for row, text in zip(rows, texts, strict=True):
        assert not row[0].startswith(FORMULA) and not row[2].startswith(FORMULA)
        assert row[0].removeprefix("'") == text.removeprefix("'"), "nothing is lost"
        assert row[3:] == ["2026-10-01T01:02:03Z", "2026-10-01"], "and nothing moved into other cells"


def test_no_cell_of_ten_thousand_hostile_texts_is_a_formula_in_xlsx(texts, tmp_path):
    from openpyxl import load_workbook

    path = tmp_path / "hostile.xlsx"
    assert write_xlsx(table(texts), path) == 10_000
    book = load_workbook(path, read_only=True)
    sheet = book["hostile"]
    kinds = set()
    for i, row in enumerate(sheet.iter_rows(min_row=2)):
        kinds |= {cell.data_type for cell in row}
        assert row[1].value == i
        assert not str(row[0].value or "").startswith(FORMULA)
    assert "f" not in kinds and i == 9_999
    rows = by_libreoffice(path, tmp_path)
    assert sum(row[3:] == ["2026-10-01 01:02:03", "2026-10-01"] for row in rows) == 10_000
    assert not any(cell.startswith(FORMULA) or (cell.startswith(("#REF", "Err:")) and "#REF!" not in texts)
                   for row in rows for cell in row[:1])  # fmt: skip
    assert next(row[0] for row in rows[1:] if row[1] == "0") == "'=1+1", "LibreOffice shows it and does not compute it"
    book.close()


def test_parquet_keeps_ten_thousand_hostile_texts_as_they_are(texts, tmp_path):
    path = tmp_path / "hostile.parquet"
    assert write_parquet(table(texts), path) == 10_000
    assert [row[0] for row in duckdb.sql(f"SELECT first FROM '{path}' ORDER BY n").fetchall()] == texts


def test_a_spreadsheet_that_would_be_cut_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("reports.export_tables.XLSX_ROWS", 3)
    with pytest.raises(TooLong, match="parquet or csv"):
        write_xlsx(table(["a"] * 4), tmp_path / "x.xlsx")


# -- process miners, dashboards -----------------------------------------------------------------------------------------


def miner():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pm4py
    return pm4py


def test_pm4py_reads_the_xes_and_discovers_the_route(week, tmp_path):
    pm4py = miner()
    frame = pm4py.read_xes(str(exported("xes", week, tmp_path / "log.xes")))
    days = days_of(entries_of(week, KINDS))
    visits = sum(len(d.day.visits) + len(d.day.unused) for d in days)
    assert frame["case:concept:name"].nunique() == visits
    assert set(frame["lifecycle:transition"]) >= {
        "schedule",
        "assign",
        "start",
        "complete",
        "ate_abort",
        "suspend",
        "resume",
    }
    done = frame[frame["lifecycle:transition"] == "complete"]
    land = done[done["case:onedoor:service"] == "land"]
    graph, starts, ends = pm4py.discover_dfg(land)
    assert graph[("land", "cash")] > 50 and graph[("cash", "issue")] > 50, "reception, cashier, issue of papers"
    assert starts["land"] > 50 and ends["issue"] > 50


def test_pm4py_reads_the_csv(week, tmp_path):
    import pandas as pd

    pm4py = miner()
    frame = pd.read_csv(exported("csv", week, tmp_path / "steps.csv"), parse_dates=["time:timestamp"])
    frame = frame[frame["case:concept:name"].notna()]
    net, _, _ = pm4py.discover_petri_net_inductive(
        pm4py.format_dataframe(frame[frame["lifecycle:transition"] == "complete"])
    )
    assert {t.label for t in net.transitions if t.label} >= {"id", "land", "cash", "issue"}


def test_pm4py_reads_the_ocel(week, tmp_path):
    pm4py = miner()
    path = exported("ocel", week, tmp_path / "log.json")
    ocel = pm4py.read_ocel2_json(str(path))
    steps = list(step_table(days_of(entries_of(week, KINDS)), "center").rows)
    assert len(ocel.events) == len(steps)
    assert set(pm4py.ocel_get_object_types(ocel)) == {"visit", "counter", "service", "queue"}
    call = json.loads(path.read_text())["events"]
    one = next(event for event in call if event["type"] == "call")
    assert {r["qualifier"] for r in one["relationships"]} == {"of", "at", "for", "in"}, "one call touches them all"


@pytest.mark.parametrize("form", ["xes", "ocel"])
def test_hostile_texts_do_not_break_the_miners_files(form, week, tmp_path):
    from reports.export_mining import write_ocel, write_xes

    pm4py = miner()
    rows = list(step_table(days_of(entries_of(week, KINDS)), "center").rows)[:400]
    rows = [(*row[:4], text, *row[5:14], text, *row[15:]) for row, text in zip(rows, hostile(400, 7), strict=True)]
    path = tmp_path / ("x.xes" if form == "xes" else "x.json")
    made = Table("steps", step_table([], "c").columns, rows)
    assert write_xes(made, path) if form == "xes" else write_ocel(lambda: made, path)
    read = pm4py.read_xes(str(path)) if form == "xes" else pm4py.read_ocel2_json(str(path)).events
    assert len(read) == 400


def test_prometheus_reads_the_metrics(week, tmp_path):
    from prometheus_client.openmetrics.parser import text_string_to_metric_families

    text = exported("openmetrics", week, tmp_path / "metrics.txt").read_text()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    issued = sum(s.value for s in families["onedoor_tickets_issued"].samples)
    facts = facts_together(entries_of(week, KINDS))
    assert issued == facts.group().legs
    assert families["onedoor_wait_seconds"].unit == "seconds" and families["onedoor_wait_seconds"].type == "histogram"
    labels = {key for family in families.values() for sample in family.samples for key in sample.labels}
    assert labels <= {"center", "service", "outcome", "le", "printer", "kiosk", "cause", "queue"}, "never a ticket"


def test_fiware_tells_the_present(week, tmp_path):
    shown = json.loads(exported("fiware", week, tmp_path / "monitor.json", "--center", "saysettha").read_text())
    assert {entity["type"] for entity in shown} == {"QueueMonitor"}
    kinds = {
        "id": str, "type": str, "dateObserved": str, "officeName": str, "serviceId": str, "serviceStatus": str,
        "queueLine": str, "linePriority": int, "lastTicketIssued": int, "lastTicketIssuedLabel": str,
        "ticketServed": int, "ticketServedLabel": str, "ticketsToServe": int,
    }  # fmt: skip
    for entity in shown:
        assert {name: type(value) for name, value in entity.items()} == kinds, "as QueueMonitor/schema.json has it"
        assert entity["serviceStatus"] in ("Open", "Closed", "Suspended")
        for name in ("lastTicketIssued", "ticketServed"):
            assert entity[f"{name}Label"].endswith(f"-{entity[name]:03d}")


def test_a_noon_is_open_and_has_people_waiting(week, tmp_path):
    rows = list(rows_of(week))
    noon = next(i for i, row in enumerate(rows) if row.t_recv > rows[0].t_recv + 3 * 3_600_000)
    from onedoor.wire.chain import line_of

    cut = tmp_path / "log.jsonl"
    cut.write_bytes(b"".join(line_of(row) + b"\n" for row in rows[:noon]))
    shown = json.loads(exported("fiware", cut, tmp_path / "monitor.json").read_text())
    assert {e["serviceStatus"] for e in shown} == {"Open"}


def test_nothing_to_export_is_said(week, tmp_path, capsys):
    assert main_export(["csv", str(week), "--out", str(tmp_path / "x.csv"), "--from", "2030-01-01"]) == 2
    assert "Check --from" in capsys.readouterr().err
    assert main_export(["csv", str(tmp_path / "none"), "--out", str(tmp_path / "x.csv")]) == 2


def test_the_old_way_of_exporting_still_works(week, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "onedoor", "export", str(week), "--out", str(tmp_path / "log.jsonl")],
        capture_output=True,
    )
    assert done.returncode == 0 and (tmp_path / "log.jsonl").read_bytes() == week.read_bytes()
