"""Nobody's wait can be told from what is published: not from a cell, not from the whole less the others."""

import csv
import json
from itertools import combinations

import pytest
from conftest_history import TROUBLES, a_log
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.entries import entries_of
from reports.facts import Facts, Group, facts_of, group_of_key, key_of, merged, n
from reports.legs import fold
from reports.reading import days_of
from reports.reading_acts import KINDS
from reports.report_app import main_report
from reports.suppression import DURATIONS, PLACES, people_of, published_facts, too_small

FACETS = ("service", "queue", "class", "lang", "intent", "half", "weekday", "counter")


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return a_log(tmp_path_factory.mktemp("days") / "log.jsonl", 3, 60, troubles=TROUBLES)


@given(st.lists(st.integers(0, 30), max_size=8))
def test_what_is_hidden_of_a_table_is_nobody_or_at_least_five(people):
    hidden = too_small({str(i): many for i, many in enumerate(people)})
    shown = [many for i, many in enumerate(people) if str(i) not in hidden]
    assert all(many >= 5 for many in shown)
    left = sum(people) - sum(shown)
    assert left == 0 or left >= 5 or not shown


def groups_of(*parts):
    """Facts of people who are each (service, class, half, wait)."""
    groups = {}
    for service, cls, half, wait in parts:
        for facet, value in (("all", ""), ("service", service), ("class", cls), ("half", half)):
            group = groups.setdefault(key_of(facet, value, 1), Group())
            group.waits[wait] = group.waits.get(wait, 0) + 1
            group.outcomes["served"] = group.outcomes.get("served", 0) + 1
    return Facts(days=["2026-10-01"], groups=groups)


PEOPLE = st.lists(
    st.tuples(st.sampled_from("abcde"), st.sampled_from("NP"), st.sampled_from(["16", "17", "18"]), st.integers(0, 60)),
    min_size=1, max_size=80,
)  # fmt: skip


@settings(max_examples=200)
@given(PEOPLE)
def test_no_difference_of_cells_is_of_one_to_four_people(people):
    facts = groups_of(*people)
    shown = published_facts(facts, head=True).facts
    waits = {key: group.waits for key, group in shown.groups.items() if group.waits}
    for facet in ("service", "class", "half"):
        mine = [counts for key, counts in waits.items() if group_of_key(key)[0] == facet]
        assert all(n(counts) >= 5 for counts in mine)
        left = len(people) - sum(map(n, mine))
        assert not mine or left == 0 or left >= 5
    for (a, one), (b, other) in combinations(waits.items(), 2):
        if group_of_key(a)[0] != group_of_key(b)[0] and "all" not in (group_of_key(a)[0], group_of_key(b)[0]):
            less, more = sorted((one, other), key=n)
            inside = all(more.get(value, 0) >= many for value, many in less.items())
            assert not inside or n(more) - n(less) not in range(1, 5)


def test_a_month_with_troubles_shows_no_few_in_any_measure(log):
    for facts in [
        *(found := [facts_of(day, fold(day.day), "x") for day in days_of(entries_of(log, KINDS))]),
        merged(found),
    ]:
        shown = published_facts(facts, head=True).facts
        for facet in FACETS:
            cells = [(facts.group(facet, v, 1), facts.group(facet, v, 2)) for v in shown.values(facet)]
            assert all(people_of(facet, *both) >= 5 for both in cells)
            for leg in (1, 2):
                for name in DURATIONS:
                    of = [n(getattr(shown.group(facet, v, leg), name)) for v in shown.values(facet)]
                    whole = sum(n(getattr(facts.group(facet, v, leg), name)) for v in facts.values(facet))
                    assert all(many == 0 or many >= 5 for many in of)
                    if facet not in PLACES and sum(of):
                        assert whole - sum(of) == 0 or whole - sum(of) >= 5


@pytest.mark.parametrize("head", [False, True])
def test_no_format_tells_of_few_people_and_only_the_head_sees_single_counters(log, tmp_path, head):
    more = ["--head"] if head else []
    argv = [str(log), "--lang", "en", *more]
    assert main_report([*argv, "--format", "json", "--out", str(tmp_path / "r.json")]) == 0
    found = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert ("by_counter" in found) == head
    assert all(("by_counter" in sign) == head for sign in found["integrity"]["signs"].values())
    for facet in ("by_service", *(["by_counter"] if head else [])):
        for cell in found[facet].values():
            assert all(cell[name]["n"] not in range(1, 5) for name in ("wait", "service", "walk"))
    assert all(found["by_service"][s]["wait"]["n"] for s in found["indicators"]["mean_wait_by_service"])
    assert main_report([*argv, "--format", "csv", "--out", str(tmp_path / "r.csv")]) == 0
    with open(tmp_path / "r.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["facet"] not in ("all", "honesty")]
    assert {"counter" for row in rows if row["facet"] == "counter"} == ({"counter"} if head else set())
    timed = [row for row in rows if row["unit"] == "s"]
    assert timed and all(int(row["of"]) not in range(1, 5) for row in timed)
    assert main_report([*argv, "--full", "--format", "html", "--out", str(tmp_path / "r.html")]) == 0
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert ("Listed and left out" in page) == (head and bool(found["anomalies"]))
