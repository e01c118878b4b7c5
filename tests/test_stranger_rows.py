"""The published definitions are enough: a calculator written from them alone finds every figure from raw rows."""

import ast
import json
import logging
import sys
from pathlib import Path

import identities
import pytest
import stranger_rows
from conftest_clocks import FaultyDay
from simulation.happenings import play

from onedoor.wire.chain import line_of
from reports import evaluator_verify
from reports.balance import balance
from reports.entries import entries_of
from reports.facts import facts_of, merged
from reports.figures import facts_together
from reports.indicators import compute, further, integrity_figures, told_late
from reports.legs import fold
from reports.pack import headline
from reports.reading import days_in
from reports.reading_acts import KINDS
from reports.source import export, rows_of

SEEDS = range(1, 18)
"""Simulated days of the whole center, with every fault."""
VECTORS = json.loads((Path(__file__).parent / "data" / "row_vectors.json").read_text(encoding="utf-8"))["vectors"]


@pytest.fixture(autouse=True)
def _quiet():
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def ours(path, standard_s=1500):
    """The product's figures under the stranger's names."""
    facts = facts_together(entries_of(path, KINDS))
    more = further(facts)
    found = compute(facts, standard_s) | {"told_late": told_late(facts), "undated": facts.honesty.undated}
    found |= {name: more[name] for name in ("wait_p80", "walk_time", "hold_time", "wait_last_call", "service_to_next")}
    found["level_to_start"] = integrity_figures(facts, standard_s)["level_to_start"]
    return plain(found)


def plain(found):
    return json.loads(json.dumps(found))


def differences(strangers, own, where=""):
    """What the stranger finds that the product does not say; in tables also what he does not find."""
    if isinstance(strangers, dict) and isinstance(own, dict):
        more = set(own) - set(strangers) if where in TABLES else ()
        return [f"{where}: {name} by us alone" for name in sorted(more)] + [
            d for name, value in strangers.items() if f"{where}/{name}" != "/time_in_system/p90"
            for d in differences(value, own.get(name), f"{where}/{name}")
        ]  # fmt: skip
    return [] if strangers == own else [f"{where}: {strangers} by the stranger, {own} by us"]


TABLES = ("/counters", "/arrivals_by_half_hour", "/mean_wait_by_service")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_stranger_finds_every_figure_of_a_day_with_every_fault(seed, tmp_path):
    rows, path = list(play(seed).leader().disk.log), tmp_path / "log.jsonl"
    assert export(iter(rows), path) > 1_000
    found = plain(stranger_rows.figures([json.loads(line_of(row)) for row in rows]))
    assert len(found) >= 24 and found["tickets_issued"] > 20
    assert differences(found, ours(path)) == []


@pytest.mark.parametrize("seed", range(4))
def test_and_of_a_day_on_which_clocks_lie(seed, tmp_path):
    played = FaultyDay(tmp_path / "hub", seed, hours=seed % 2 == 1).play()
    rows = [json.loads(line_of(row)) for row in rows_of(played.folder)]
    assert differences(plain(stranger_rows.figures(rows)), ours(played.folder)) == []


def test_a_row_that_is_missing_is_noticed(tmp_path):
    """Otherwise the two could agree about nothing."""
    rows, path = list(play(1).leader().disk.log), tmp_path / "log.jsonl"
    export(iter(rows), path)
    raw = [json.loads(line_of(row)) for row in rows]
    for kind in ("issued", "started", "ended", "counter_opened", "transferred"):
        gone = next(i for i, row in enumerate(raw) if row["kind"] == kind)
        assert differences(plain(stranger_rows.figures(raw[:gone] + raw[gone + 1 :])), ours(path)), kind


def test_the_stranger_uses_nothing_of_ours():
    tree = ast.parse(Path(stranger_rows.__file__).read_text(encoding="utf-8"))
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


# -- raw rows worked by hand


def expected_of(vector):
    return vector["expected"]


@pytest.mark.parametrize("vector", VECTORS, ids=[v["id"] for v in VECTORS])
def test_small_logs_worked_by_hand(vector, tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in vector["rows"]), encoding="utf-8")
    own, strangers = (
        ours(path, vector["standard_s"]),
        plain(stranger_rows.figures(vector["rows"], vector["standard_s"])),
    )
    assert differences(expected_of(vector), own) == [], vector["hand"]
    assert differences(expected_of(vector), strangers) == [], vector["hand"]
    assert differences(strangers, own) == []
    told = evaluator_verify.indicators(evaluator_verify.read(vector["rows"]), vector["standard_s"])
    facts = facts_together(entries_of(path, KINDS))
    assert evaluator_verify.differences(plain(told), plain(headline(facts, vector["standard_s"]))) == []


@pytest.mark.parametrize("seed", range(20, 26))
def test_the_identities_hold_on_days_with_every_fault(seed, tmp_path):
    """`python -m identities DAYS` is the same for as many days as there is time."""
    rows, path = list(play(seed).leader().disk.log), tmp_path / "log.jsonl"
    export(iter(rows), path)
    wrong, facts = identities.broken(entries_of(path, KINDS), [json.loads(line_of(row)) for row in rows])
    assert wrong == [] and balance(facts.tally)["issued"] == sum(row.kind == "issued" for row in rows) > 50


def test_a_visit_that_is_lost_does_not_add_up(tmp_path):
    path = tmp_path / "log.jsonl"
    export(iter(play(20).leader().disk.log), path)
    days = list(days_in(entries_of(path, KINDS)))
    visits = next(found.day.visits for found in days if len(found.day.visits) > 5)
    visits.pop(next(ticket for ticket, steps in visits.items() if steps[0].e == "issue"))
    facts = merged([facts_of(found, fold(found.day), "x") for found in days])
    assert balance(facts.tally)["difference"] == 1
