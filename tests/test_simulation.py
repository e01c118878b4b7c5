"""Whole days of a center from seeds, on the product's own code; `make simulate` plays more of them."""

import logging

import pytest
from simulation.__main__ import hunt
from simulation.happenings import play
from simulation.judge import judge
from simulation.mutants import MUTANTS


@pytest.fixture(autouse=True)
def quiet():
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("seed", range(1, 31))
def test_a_day_with_every_fault_leaves_nothing_wrong(seed):
    assert judge(play(seed)) == []


def test_the_same_seed_is_the_same_day():
    one, two = play(7), play(7)
    assert [r.hash for r in one.leader().disk.log] == [r.hash for r in two.leader().disk.log]
    assert one.papers == two.papers


@pytest.mark.parametrize("name", MUTANTS)
def test_the_judge_notices_when_a_rule_is_taken_out(name):
    _, seed, how = hunt(name, 40)
    assert seed is not None, how
