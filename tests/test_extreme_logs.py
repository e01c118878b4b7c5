"""A log that an older hub wrote, with any value in any field: reports, log pages, exports and the stranger's reader live."""

import json
from io import StringIO

import pytest
from door_rows import DEVICE, HUB, NOW_MS, RUN, YEAR_9999_MS, spoiled

from onedoor.wire.chain import GENESIS, line_of, sealed
from onedoor.wire.errors import WireError
from onedoor.wire.rows import LogRow, body_of, event_of
from reports import evaluator_verify as stranger
from reports.explain import explain
from reports.export_app import FORMATS, main_export
from reports.log_app import main_explain, main_log, write_csv
from reports.report_app import main_report
from reports.story import lines, visits
from reports.verify import verify

TIMES = (0, -1, 2**31, 2**53 - 1, YEAR_9999_MS, -(2**53))


class Log:
    """Rows, chained."""

    def __init__(self):
        self.rows: list[LogRow] = []
        self.seq = {}

    def add(self, dev: str, kind: str, body: dict, at_ms: int = NOW_MS, recv_ms: int | None = None) -> None:
        seq = self.seq[dev] = self.seq.get(dev, 0) + 1
        last = self.rows[-1].hash if self.rows else GENESIS
        row = LogRow(
            len(self.rows) + 1, dev, RUN, seq, None, kind, body, "b", 5, at_ms, at_ms if recv_ms is None else recv_ms,
            "B", 0, 0, 1, last,
        )  # fmt: skip
        self.rows.append(sealed(row))

    def write(self, folder) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "log.jsonl").write_bytes(b"".join(line_of(row) + b"\n" for row in self.rows))


def of(kind: str) -> str:
    return "hub" if kind in HUB else "k1" if kind in list(DEVICE)[:19] else "c1"


def extreme_log() -> Log:
    """Good rows, every field of every kind with every value that its type lets through, and every time."""
    log = Log()
    log.add("k1", "issued", DEVICE["issued"])
    for kind, body in (DEVICE | HUB).items():
        log.add(of(kind), kind, body)
    for kind, body in (DEVICE | HUB).items():
        for _, _, bad in spoiled(body):
            try:
                log.add(of(kind), kind, body_of(event_of(kind, bad)))
            except WireError:
                continue
        for at_ms in TIMES:
            log.add(of(kind), kind, body, at_ms)
            log.add(of(kind), kind, body, NOW_MS, at_ms)
    return log


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("extreme")
    log = extreme_log()
    log.write(place)
    assert len(log.rows) > 900
    return place


@pytest.mark.parametrize("how", [["--format", "json"], ["--format", "table"], ["--format", "html", "--full", "--head"],
                                 ["--format", "csv"], ["--format", "xlsx"], ["--period", "2026-11"], ["--period", "9999"]])  # fmt: skip
def test_a_report_of_it_is_made(folder, tmp_path, how, capsys):
    out = [] if how[1] in ("json", "table") or how[0] == "--period" else ["--out", str(tmp_path / f"r.{how[1]}")]
    code = main_report([str(folder), *how, *out])
    assert code in (0, 1), capsys.readouterr().err


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("table", ["steps", "legs"])
def test_every_export_is_written(folder, tmp_path, form, table, capsys):
    code = main_export([form, str(folder), "--out", str(tmp_path / f"x.{form}"), "--table", table])
    assert code == 0, capsys.readouterr().err


def test_the_log_is_told(folder, capsys):
    assert main_log([str(folder)]) == 0
    assert main_log([str(folder), "--csv"]) == 0
    assert main_explain(["A1-007", str(folder)]) in (0, 2)
    capsys.readouterr()
    told = visits(extreme_log().rows)
    write_csv(list(told.values()), StringIO())
    for visit in told.values():
        list(lines(visit))


def test_a_ticket_is_explained():
    log = Log()
    log.add("k1", "issued", DEVICE["issued"], YEAR_9999_MS)
    log.add("k1", "issued", DEVICE["issued"], -1)
    assert explain(lambda: log.rows, "A1-007")
    log.add("hub", "handed_on", HUB["handed_on"])
    assert explain(lambda: log.rows, "A1-007")[-1].startswith("row 3 cannot follow")
    assert verify(log.rows).misfit is not None


def test_the_strangers_reader_lives(folder):
    log = stranger.read_log(folder / "log.jsonl", {"hub_seq": 0, "hash": GENESIS}, set())
    rows = stranger.again(folder / "log.jsonl")
    found = stranger.indicators(stranger.read(rows, log.late), 25 * 60)
    assert log.last > 900
    assert json.loads(json.dumps(found))["tickets_issued"] > 0


def test_verification_names_the_first_row_that_cannot_be(folder):
    assert verify(extreme_log().rows).misfit is not None
