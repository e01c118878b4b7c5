"""Day facts add up exactly; the log tells each visit step by step."""

import csv
import io
import json
import random
from pathlib import Path

import pytest
from conftest_center import a_morning
from hypothesis import given
from hypothesis import strategies as st

from reports import facts as f
from reports.app import main_log, plain_cell, write_csv
from reports.indicators import compute
from reports.legs import Leg, Records, fold
from reports.source import rows_of
from reports.stats import percentile
from reports.steps import from_log, from_vector
from reports.story import Moment, Visit, spoken, visits

VECTORS = json.loads((Path(__file__).parent / "data" / "indicator_vectors.json").read_text())["vectors"]
CENTERS = st.sampled_from(["p", "q"])


@st.composite
def legs(draw):
    """A leg as the fold makes it, with every kind of end."""
    entry = draw(st.integers(0, 3 * f.DAY_S - 1))
    leg = Leg("t", draw(st.integers(1, 3)), draw(st.sampled_from("XY")), draw(st.sampled_from("NP")), entry)
    kind = draw(st.sampled_from(["served", "no_show", "left", "expired", "open"]))
    wait, walk, service = (draw(st.integers(-2, 4_000)) for _ in range(3))
    if kind in ("served", "no_show"):
        leg.first_call = leg.last_call = entry + wait
    if kind == "served":
        leg.start = entry + wait + abs(walk)
        leg.end = leg.start + abs(service)
    elif kind != "open":
        leg.end = entry + abs(wait) + 10
    leg.outcome = "" if kind == "open" else kind
    return leg


PLACED = st.lists(st.tuples(CENTERS, legs()), max_size=60)


def table(placed):
    return f.merged(f.facts_of(Records((0, 1), [leg for c, leg in placed if c == center]), center) for center in "pq")


@given(PLACED, st.integers(0, 2**60), st.integers(1, 5))
def test_facts_of_a_sum_are_the_sum_of_facts_however_it_is_split(placed, seed, parts):
    chance = random.Random(seed)
    split = [[] for _ in range(parts)]
    for one in placed:
        chance.choice(split).append(one)
    chance.shuffle(split)
    assert f.merged(map(table, split)) == table(placed)


@given(PLACED, st.integers(1, 100))
def test_percentiles_means_and_levels_of_a_sum_are_exact(placed, p):
    whole = f.total(table(placed))
    waits = [leg.wait_s for _, leg in placed if leg.wait_s is not None and leg.wait_s >= 0]
    assert f.percentile(whole.waits, p) == percentile(waits, p)
    assert f.n(whole.waits) == len(waits)
    assert (f.mean(whole.waits) or 0) * len(waits) == sum(waits)
    gone = sum(leg.gone_s is not None and leg.gone_s > 600 for _, leg in placed)
    assert f.service_level(whole, 600) == (sum(w <= 600 for w in waits), len(waits) + gone)
    assert whole.negative == sum(leg.wait_s is not None and leg.wait_s < 0 for _, leg in placed)


def test_the_worked_example_of_two_centers():
    one, other = f.Facts(), f.Facts()
    one.waits.update({0: 50, 300: 40, 900: 10})
    other.waits.update({600: 5})
    assert f.percentile(one.waits, 90) == 300 and f.published(other.waits)["p90"] is None
    one.add(other)
    assert (f.n(one.waits), f.percentile(one.waits, 90)) == (105, 600)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_facts_give_the_published_waits_of_every_vector(vector):
    day = from_vector(vector["events"], vector["config"])
    records, standard = fold(day), vector["config"]["standard_s"]
    first = f.total(f.facts_of(records, "c"), step=1)
    expected = compute(records, standard)
    wanted = expected["wait_first"]
    mean = f.mean(first.waits)
    assert (f.n(first.waits), f.percentile(first.waits, 90)) == (wanted["n"], wanted["p90"])
    assert (None if mean is None else round(float(mean), 6)) == wanted["mean"]
    level = expected["service_level"]
    assert f.service_level(first, standard) == (level["within"], level["den"])


def test_small_cells_are_not_published():
    counts = f.Counts({60: 4})
    assert set(f.published(counts).values()) == {None}
    counts[60] += 1
    assert f.published(counts) == {"n": 5, "mean": 60.0, "p50": 60, "p90": None, "max": 60}


# -- the log, as a person would tell it -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    return a_morning(tmp_path_factory.mktemp("morning"))


def test_every_visit_of_a_morning_is_told_with_its_doubts(hub, capsys):
    told = visits(rows_of(hub))
    assert len(told) == 12
    steps = from_log(rows_of(hub)).steps
    for visit in told.values():
        calls = [m for m in visit.moments if m.what.startswith("called to")]
        assert bool(calls) == any(s.ticket == visit.ticket and s.e == "call" for s in steps)
        assert visit.moments[0].what.startswith(f"took {visit.label}") and visit.moments[0].took_s is None
    doubts = {d for visit in told.values() for m in visit.moments for d in m.doubts}
    assert {"called without the hub", "ended by the next call"} <= doubts
    label = next(v.label for v in told.values() if any(m.what.startswith("service begins") for m in v.moments))
    assert main_log([str(hub), "--ticket", label.lower()]) == 0
    said = capsys.readouterr().out
    assert said.startswith(label) and "service begins at counter" in said and "after" in said
    assert main_log([str(hub), "--ticket", "Z9-999"]) == 1
    assert main_log([str(hub), "--page", "1"]) == 0
    assert main_log([str(hub / "nothing")]) == 2


def test_waits_told_are_the_indicators_waits(hub):
    records = fold(from_log(rows_of(hub)))
    told = visits(rows_of(hub))
    for leg in records.first_legs:
        if leg.wait_s is None or leg.first_call != leg.last_call:
            continue
        moments = told[leg.ticket].moments
        took = next(m for m in moments if m.what.startswith("took"))
        call = next(m for m in moments if m.what.startswith("called to"))
        assert call.at_ms // 1000 - took.at_ms // 1000 == leg.wait_s


@given(st.lists(st.text(max_size=40), min_size=1, max_size=20))
def test_no_cell_of_a_csv_begins_a_formula_and_nothing_is_lost(texts):
    out = io.StringIO(newline="")
    write_csv([Visit("k1.0.1", text, text, "2026-11-25", [Moment(0, text, -5, (text,))]) for text in texts], out)
    back = list(csv.reader(io.StringIO(out.getvalue(), newline="")))[1:]
    assert len(back) == len(texts)
    for row, text in zip(back, texts, strict=True):
        assert row[2] == row[3] == plain_cell(text) and row[5] == "-5"
        assert not any(cell[:1] in ("=", "+", "@", "\t", "\r") for cell in row)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59, "59 s"), (60, "1 min 0 s"), (3_661, "1 h 1 min"), (-5, "-5 s")]
)
def test_durations_as_people_say_them(seconds, words):
    assert spoken(seconds) == words
