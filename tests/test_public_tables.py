"""Public logs of other fields, imported: every figure is the one that pandas computes from the same file."""

from pathlib import Path

import pandas as pd
import pytest

from reports.dates import NO_PERIOD
from reports.durations import LONGEST_S
from reports.facts import merged, percentile
from reports.import_app import main_import
from reports.indicators import compute
from reports.model import Ask
from reports.report import report_of
from reports.stats import percentile as nearest_rank
from reports.store import read_facts

TABLES = Path(__file__).parent / "data/tables"

HOSPITAL = """
delimiter = ";"
[columns]
ticket = "Case ID"
event = "Activity"
time = "Complete Timestamp"
counter = "org:group"
[times]
form = "%Y/%m/%d %H:%M:%S.%f"
[events]
issue = ["ER Registration"]
call = ["ER Triage"]
start = ["ER Sepsis Triage"]
end = ["Release A", "Release B", "Release C", "Release D", "Release E"]
"" = ["Leucocytes"]
"""

FLIGHTS = """
[columns]
counter = "OP_CARRIER"
service = "DEST"
outcome = "CANCELLED"
[columns.entry]
column = "CRS_DEP_TIME"
date = "FL_DATE"
[columns.call]
column = "DEP_TIME"
date = "FL_DATE"
[times]
form = "%m/%d/%Y %H%M"
[outcomes]
served = ["0"]
left = ["1"]
"""

REQUESTS = """
[columns]
ticket = "case_enquiry_id"
entry = "open_dt"
end = "closed_dt"
service = "department"
outcome = "case_status"
[outcomes]
served = ["Closed"]
"" = ["Open"]
"""


def brought(tmp_path, name, given):
    """The facts of a table, as the command makes them."""
    (tmp_path / "m.toml").write_text(given, encoding="utf-8")
    argv = ["csv", str(TABLES / f"{name}.csv"), "--map", str(tmp_path / "m.toml"), "--out", str(tmp_path / "out")]
    assert main_import(argv) == 0
    facts = merged(read_facts(tmp_path / "out"))
    assert report_of(facts, Ask("en", NO_PERIOD, name, 1500)).banner
    return facts


def same(counts, series):
    """Whether counts are these values: number, mean, median, ninth decile, largest."""
    seconds = sorted(int(s) for s in series)
    assert sum(counts.values()) == len(seconds) > 0
    assert (
        sum(value * many for value, many in counts.items())
        == sum(seconds)
        == pytest.approx(series.mean() * len(series))
    )
    assert (
        percentile(counts, 50)
        == nearest_rank(seconds, 50)
        == series.quantile(0.5, "higher" if len(series) % 2 else "lower")
    )
    assert percentile(counts, 90) == nearest_rank(seconds, 90)
    assert max(counts) == series.max()


def test_a_hospitals_events(tmp_path):
    facts = brought(tmp_path, "hospital", HOSPITAL)
    table = pd.read_csv(TABLES / "hospital.csv", sep=";", keep_default_na=False)  # one case is called "NA"
    table["t"] = pd.to_datetime(table["Complete Timestamp"], format="%Y/%m/%d %H:%M:%S.%f").dt.floor("s")
    came = table[table.Activity == "ER Registration"].groupby("Case ID").t.min()
    steps = table[table.Activity != "Leucocytes"].join(came.rename("came"), on="Case ID")
    before = steps[steps.t < steps.came]
    called = steps[(steps.Activity == "ER Triage") & (steps.t >= steps.came)].groupby("Case ID").t.min()
    same(facts.group().waits, (called - came).dt.total_seconds().dropna())
    assert facts.group().legs == len(came) == 120
    assert facts.honesty.dropped == {"entry": len(before)}, "what was before a registration is told"


def test_flights_that_left_late_early_or_not_at_all(tmp_path):
    facts = brought(tmp_path, "flights", FLIGHTS)
    table = pd.read_csv(TABLES / "flights.csv", dtype=str)
    for column in ("CRS_DEP_TIME", "DEP_TIME"):
        clock = table[column].str.zfill(4)
        table[column] = pd.to_datetime(table.FL_DATE + " " + clock, format="%m/%d/%Y %H%M", errors="coerce")
    late = (table.DEP_TIME - table.CRS_DEP_TIME).dt.total_seconds().dropna()
    same(facts.group().waits, late[late >= 0])
    assert facts.group().negative == (late < 0).sum() > 0, "who was called before he came is listed"
    assert facts.group().outcomes == {
        "served": int((table.CANCELLED == "0").sum()),
        "left": int((table.CANCELLED == "1").sum()),
    }
    by_place = table.assign(late=late).groupby("DEST").late.apply(lambda s: int((s >= 0).sum()))
    assert {place: sum(facts.group("service", place).waits.values()) for place in by_place.index} == by_place.to_dict()


def test_requests_to_a_city(tmp_path):
    facts = brought(tmp_path, "requests", REQUESTS)
    table = pd.read_csv(TABLES / "requests.csv", parse_dates=["open_dt", "closed_dt"])
    stays = (table.closed_dt - table.open_dt).dt.total_seconds()
    longer = stays > 86_400
    closed = stays[(table.case_status == "Closed") & ~longer]
    same(facts.stays, closed[closed <= LONGEST_S])
    assert facts.honesty.odd == {"time in the center": int((closed > LONGEST_S).sum())}
    assert facts.honesty.dropped == {"order": int(longer.sum())}
    assert facts.group().outcomes["open"] == int(((table.case_status == "Open") & ~longer).sum())
    assert compute(facts, 1500)["tickets_issued"] == len(table) - longer.sum()
