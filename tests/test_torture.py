"""Short versions of `make torture`: power cuts, lost tails, kills, failover, partitions, mutated payloads."""

import logging
import os
import random
import shutil

import pytest
from fuzz.__main__ import one_hub
from fuzz.target import mutated, read, seeds
from powercut.__main__ import NORMAL, STORIES
from powercut.__main__ import torture as cut_power
from torture import cards, partition, tails
from torture.processes import FAKETIME
from torture.processes import torture as of_processes

from onedoor.device.journal import PRAGMAS


@pytest.fixture(autouse=True)
def quiet():
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("what", STORIES)
def test_power_cuts_lose_nothing_with_our_settings_and_something_with_the_control(what):
    _, tried, bad = cut_power(what, PRAGMAS, 500, 1)
    assert bad == {}
    assert tried >= 400
    assert cut_power(what, NORMAL, 200, 1)[2].get("lost"), "a test that cannot see a loss is worth nothing"


def test_tails_that_a_hubs_disk_forgot_come_back():
    figures = tails.torture(18)
    assert figures["wrong"] == []


@pytest.mark.processes
@pytest.mark.parametrize(
    ("dev", "only"),
    [("k1", "journal.db/damaged,journal.db/missing,device.toml/damaged,card/read-only"), ("hub", "center.db/cut")],
)
def test_a_spoilt_file_is_shown_told_and_repaired(tmp_path, dev, only):
    """Real programs under Xvfb, on small file systems of their own."""
    if os.geteuid() or not shutil.which("Xvfb"):
        pytest.skip("needs root, for the mounts, and Xvfb")
    with cards.display(), cards.bench(tmp_path) as (made, _):
        assert made.ticket() == ""
        for what, state in cards.cases(dev, only):
            made.case(dev, what, state)
        assert {f"{r.what}/{r.state}": r.wrong for r in made.results if r.wrong} == {}
        assert len(made.results) == len(only.split(",")) + only.count("device.toml")
        assert made.judge() == []


@pytest.mark.processes
def test_killed_programs_lose_nothing_and_are_back(tmp_path):
    figures = of_processes("kills", 12, seed=3, folder=tmp_path)
    assert figures["wrong"] == []
    assert figures["over_5_s"] == 0


@pytest.mark.processes
def test_a_broker_that_does_not_know_the_time(tmp_path):
    figures = of_processes("brokers", 4, seed=3, folder=tmp_path)
    assert figures["wrong"] == []
    if not FAKETIME.exists():
        pytest.skip("restarts were fine; clock jumps need libfaketime (apt install faketime)")


@pytest.mark.processes
def test_the_spare_takes_over_and_the_old_hub_follows(tmp_path):
    figures = of_processes("failover", 2, seed=3, folder=tmp_path)
    assert figures["wrong"] == []
    assert figures["epoch"] == 2


@pytest.mark.processes
def test_islands(tmp_path_factory):
    import tempfile
    from pathlib import Path

    why = partition.possible()
    if why:
        pytest.skip(why)
    with tempfile.TemporaryDirectory(prefix="onedoor-islands-") as place:
        figures = partition.torture(3, Path(place))
    assert figures["wrong"] == []


def test_mutated_payloads_crash_no_reader():
    chance, good = random.Random(1), seeds()
    for _ in range(20_000):
        read(bytes([chance.randrange(256)]) + mutated(chance.choice(good)[1], chance))


def test_mutated_payloads_change_no_hub():
    assert one_hub((1, 1_500)) == 1_500
