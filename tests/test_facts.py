"""Day facts add up exactly; the log tells each visit step by step."""

import csv
import io
import json
import random
from pathlib import Path

import msgspec
import pytest
from conftest_center import a_morning
from hypothesis import given
from hypothesis import strategies as st

from display.presses import Press
from onedoor.hall import desk
from reports import facts as f
from reports.cells import plain_cell
from reports.day_life import lived
from reports.figures import facts_by_day
from reports.indicators import compute, patience, service_level
from reports.legs import Leg, Records, fold
from reports.log_app import main_log, write_csv
from reports.reading import LogDay, days_of
from reports.rows import entries_from
from reports.source import rows_of
from reports.stats import area, percentile
from reports.steps import DAY_S, Day, Step, from_vector
from reports.story import Moment, Visit, spoken, visits

VECTORS = json.loads((Path(__file__).parent / "data" / "indicator_vectors.json").read_text())["vectors"]
CENTERS = st.sampled_from(["p", "q"])


@st.composite
def visits_of_legs(draw):
    """The legs of one visit."""
    return [draw(legs(number)) for number in range(1, draw(st.integers(1, 3)) + 1)]


@st.composite
def legs(draw, number=1):
    """A leg as the fold makes it, with every kind of end."""
    entry = draw(st.integers(0, DAY_S - 1))
    leg = Leg("t", number, draw(st.sampled_from("XY")), draw(st.sampled_from("NP")), entry)
    leg.service, leg.lang, leg.auto = (
        draw(st.sampled_from("XY")),
        draw(st.sampled_from(["lo", "hmn"])),
        draw(st.booleans()),
    )
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


PLACED = st.lists(st.tuples(CENTERS, st.integers(0, 3), visits_of_legs()), max_size=25)


def by_day(placed):
    """The facts of every day of every center, each folded by itself."""
    found = []
    for center in "pq":
        for day in range(4):
            mine = [leg for c, d, some in placed if (c, d) == (center, day) for leg in some]
            log_day = LogDay(Day(day, (day * DAY_S, (day + 1) * DAY_S)))
            found.append(f.facts_of(log_day, Records(log_day.day.window, mine), center))
    return found


@given(PLACED, st.integers(0, 2**60), st.integers(1, 5))
def test_facts_of_a_sum_are_the_sum_of_facts_however_it_is_split(placed, seed, parts):
    chance, days = random.Random(seed), by_day(placed)
    split = [[] for _ in range(parts)]
    for one in days:
        chance.choice(split).append(one)
    chance.shuffle(split)
    assert f.merged(f.merged(part) for part in split) == f.merged(days)


@given(PLACED, st.integers(1, 100))
def test_percentiles_means_and_levels_of_a_sum_are_exact(placed, p):
    whole = f.merged(by_day(placed)).group()
    first = [leg for _, _, some in placed for leg in some if leg.number == 1]
    waits = [leg.wait_s for leg in first if leg.wait_s is not None and leg.wait_s >= 0]
    assert f.percentile(whole.waits, p) == percentile(waits, p)
    assert f.n(whole.waits) == len(waits)
    assert (f.mean(whole.waits) or 0) * len(waits) == sum(waits)
    gone = sum(leg.gone_s is not None and leg.gone_s > 600 for leg in first)
    level = service_level(whole, 600)
    assert (level["within"], level["den"]) == (sum(w <= 600 for w in waits), len(waits) + gone)
    assert whole.negative == sum(leg.wait_s is not None and leg.wait_s < 0 for leg in first)
    assert whole.legs == len(first)


@given(st.text(max_size=12), st.sampled_from(sorted(f.FACETS)), st.sampled_from([1, 2]), st.booleans())
def test_a_group_is_found_whatever_its_name(value, facet, leg, queue):
    """A counter's own queue is "counter/2", a service "ID / Family book"."""
    value = f"counter/{value}" if queue else value
    facts = f.Facts(groups={f.key_of(facet, value, leg): f.Group({60: 6})})
    assert facts.values(facet) == [value] and f.n(facts.group(facet, value, leg).waits) == 6
    assert f.group_of_key(f.key_of(facet, value, leg)) == (facet, value, leg)


def test_who_waited_for_one_counter_has_a_row(center):
    """Six people were sent on to counter 2: the report says how long they waited there."""
    center.start_hub()
    kiosk, one, two = center.kiosk(), center.panel(1, ("id",)), center.panel(2, ("land",))
    for _ in range(6):
        center.touch(kiosk)
        center.do(one, Press.NEXT, Press.START, desk.Transfer("counter/2"))
        center.pass_ms(60_000, step=1_000)
        center.do(two, Press.NEXT, Press.START, Press.END)
    facts = f.merged(facts_by_day(entries_from(list(center.hub.store.rows()))))
    assert facts.values("queue") == ["counter/2", "id"]
    assert [facts.group("queue", "counter/2", 2).legs, facts.group("queue", "id", 1).legs] == [6, 6]


@given(PLACED)
def test_every_facet_counts_everybody_once(placed):
    whole = f.merged(by_day(placed))
    for facet in f.FACETS:
        for leg in (1, 2):
            parts = [whole.group(facet, value, leg) for value in whole.values(facet)]
            assert f.merged([f.Facts(groups={"x": part}) for part in parts]).groups.get("x", f.Group()) == whole.group(
                leg=leg
            )


def test_the_worked_example_of_two_centers():
    one, other = f.Facts(groups={"all//1": f.Group({0: 50, 300: 40, 900: 10})}), f.Facts()
    other.groups["all//1"] = f.Group({600: 5})
    assert f.percentile(one.group().waits, 90) == 300 and f.published(other.group().waits)["p90"] is None
    both = f.merged([one, other]).group().waits
    assert (f.n(both), f.percentile(both, 90)) == (105, 600)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_facts_survive_their_file(vector):
    day = from_vector(vector["events"], vector["config"])
    facts = f.facts_of_records(fold(day), [])
    again = msgspec.json.decode(msgspec.json.encode(facts), type=f.Facts)
    assert compute(again, 300) == compute(facts, 300)


def test_patience_by_a_worked_example():
    """Kaplan and Meier by hand: 10 at risk; 1 of 10 leaves at 60, 1 of 8 at 120, then half of 2 at 300."""
    group = f.Group({30: 0, 100: 1, 200: 5}, left={60: 1, 120: 1, 300: 1}, expired={400: 1})
    group.waits.pop(30)
    found = patience(group)
    assert (found["n"], found["events"]) == (10, 3)
    share = 1 - (9 / 10) * (7 / 8)
    assert found["gave_up"]["5 min"] == round(1 - (9 / 10) * (7 / 8) * (1 / 2), 6)
    assert round(share, 6) == round(1 - 0.7875, 6)
    assert found["median"] == 300
    assert found["gave_up"]["10 min"] is None, "nobody was watched for so long"


def test_small_cells_are_not_published():
    counts = {60: 4}
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
    steps = [step for found in days_of(entries_from(rows_of(hub))) for step in found.day.steps()]
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
    records = fold(days_of(entries_from(rows_of(hub)))[-1].day)
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


def test_a_wait_that_a_word_about_time_moved_before_its_day_is_in_both_sides():
    """The number was given under a wrong date; by the right one its second wait lies half a day before that day."""
    steps = [(3_600, "issue", 1), (3_700, "call", 1), (-50_000, "transfer", 2), (-49_339, "call", 2)]
    day = Day(0, (0, DAY_S))
    day.visits["x"] = [Step(t, e, "x", "1", "id", stretch=s, seq=i) for i, (t, e, s) in enumerate(steps, 1)]
    _, (first, last) = lived(day)
    day.spell = (min(0, first), max(DAY_S, last + 1))
    records = fold(day)
    assert [leg.wait_s for leg in records.legs] == [100, 661] and area(records.levels, records.spell) == 761
