"""Whole days of a center from seeds, on the product's own code; `make simulate` plays more of them."""

import multiprocessing
import random
from itertools import islice
from unittest import mock

import pytest
from simulation.__main__ import fewer, hunt, one, quiet
from simulation.clock_faults import ABSURD, TIMES, untimely
from simulation.day import Day
from simulation.happenings import play
from simulation.judge import judge
from simulation.mutants import FALLS_ON, MUTANTS, NOT_MET
from simulation.world import WEEK_MS, World

from onedoor.hall import events as ev
from onedoor.hall import moves
from onedoor.hall.kinds import KINDS, kind_of

DAYS = 200


def test_two_hundred_days_with_every_fault_leave_nothing_wrong():
    with multiprocessing.get_context("spawn").Pool(initializer=quiet) as pool:
        found = pool.map(one, range(1, DAYS + 1), chunksize=5)
    assert {seed: wrong for seed, wrong, *_ in found if wrong} == {}
    total = sum((tally for _, _, tally, *_ in found), start=type(found[0][2])())
    for fault in ("crashes", "hubs that died", "promotions", "rows a card forgot", "rows a hub's disk forgot",
                  "cards that died", "hub disks that died", "commits refused"):  # fmt: skip
        assert total[fault] > 0, f"{fault}: never happened"


def test_the_same_seed_is_the_same_day():
    one_day, again = play(7), play(7)
    assert [r.hash for r in one_day.leader().disk.log] == [r.hash for r in again.leader().disk.log]
    assert one_day.papers == again.papers


@pytest.mark.parametrize("seed", [1, 4, 10, 12])
def test_whatever_wall_clocks_show_the_same_people_are_called_in_the_same_order(seed):
    """A wall clock that nobody has set is nobody's word; and a center is the same some weeks later."""
    ahead, behind, later = (
        [r.event.ticket for r in play(seed, day=Day(world)).leader().disk.log if isinstance(r.event, ev.Called)]
        for world in (World(seed, shift_ms=3 * WEEK_MS), World(seed, shift_ms=50 * WEEK_MS),
                      World(seed, shift_ms=3 * WEEK_MS, weeks=1))
    )  # fmt: skip
    assert ahead == behind == later != []


def test_every_rule_is_hunted_or_said_not_to_be_met():
    assert set(MUTANTS) == set(FALLS_ON) | NOT_MET
    assert not set(FALLS_ON) & NOT_MET


def test_a_mutant_that_does_not_fit_the_code_is_not_found(monkeypatch):
    """Its own error ends the hub, and no judge has noticed anything."""
    monkeypatch.setitem(MUTANTS, "old", lambda: (mock.patch.object(moves, "_shift", lambda ticket: None),))
    _, seed, how = hunt("old", 4, first=4)
    assert seed is None
    assert "does not fit the code" in how


def test_a_row_of_every_kind_with_times_in_it_is_absurd_some_day():
    drawn = [untimely(random.Random(n)) for n in range(400)]
    assert {kind_of(row) for row in drawn} == set(TIMES)
    assert {"booked", "time_told", "clock_stepped", "stretch_began", "order_cost"} <= set(TIMES) <= set(KINDS)
    assert all(getattr(row, name) in ABSURD for row in drawn for name in TIMES[kind_of(row)])


@pytest.mark.parametrize("name", FALLS_ON)
def test_the_judge_notices_when_a_rule_is_taken_out(name):
    """From the day on which the whole hunt (`make mutants`) found it last: any change of the product moves that day."""
    first = FALLS_ON[name]
    _, seed, how = hunt(name, first + 150, first=first)
    assert seed is not None, how


def test_a_bad_day_is_told_with_fewer_faults():
    from simulation.mutants import switched_on

    seed = hunt("no_skip", 30)[1]
    day = Day(World(seed))
    with switched_on("no_skip", day):
        total = play(seed, day=day).tally["faults"]
        without = max(islice(fewer(seed, total), 60), key=len)
        assert judge(play(seed, without)), "what is left of the story still spoils the day"
    assert len(without) > total // 2
