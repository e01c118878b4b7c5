"""Two rules taken out, one at a time: the judge that passes the product must notice each."""

import subprocess
from contextlib import nullcontext
from unittest import mock

import pytest
from conftest_center import Center

from kiosk import wishes as w
from kiosk.flow import Screen
from kiosk.starting import LIES_MS
from onedoor.device.card import open_card
from onedoor.device.journal import MemoryJournal, Stamp
from onedoor.hall import events as ev


def empty_is_clean():
    """A card with nothing on it counts as one that was switched off as it should be."""
    real = MemoryJournal.kept

    def kept(self, name):
        return "yes" if name == "clean" and not self.rows else real(self, name)

    return mock.patch.object(MemoryJournal, "kept", kept)


def copy_ignored():
    """The rows in memory are not looked for when the card can be written again."""
    return mock.patch("onedoor.device.card._bring_home")


def given_twice(folder):
    """A kiosk's card is emptied while the hub is away: the numbers that people hold twice."""
    center = Center(folder, empty_cards=True)
    center.start_hub()
    kiosk = center.kiosk()
    center.pass_ms(200)
    labels = [center.touch(kiosk) for _ in range(4)]
    center.kill_hub()
    center.boxes.pop("k1").box.link.cut()
    center.cards.clear()
    center.broker.retained.clear()  # hub and broker are one box
    kiosk = center.kiosk()
    for _ in range(LIES_MS // 1_000 + 2):
        center.do(kiosk, w.Begin(), w.Choose("id"), w.Take(held=True))
        center.pass_ms(1_000)
        if kiosk.screen is Screen.ISSUED:
            labels.append(kiosk.job.label)
            break
    return sorted({label for label in labels if labels.count(label) > 1})


def rows_missing(card, shelf):
    """A card can only be read for one start, then written again: how many rows are not found."""
    for number, how in enumerate(("rw", "ro", "rw"), 1):
        subprocess.run(["mount", "-o", f"remount,{how}", str(card)], check=True)
        found = open_card(card / "data", "k1", f"{number:016x}", shelf)
        found.journal.append([ev.Booted("x")] * 5, Stamp("b", 1, None), {})
        length = found.journal.length
        found.journal.close()
    return 15 - length


@pytest.fixture
def card(tmp_path):
    """A real file system that can be made read-only."""
    place = tmp_path / "card"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)], capture_output=True).returncode:
        pytest.skip("mounting needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.parametrize(("mutant", "falls"), [(nullcontext, False), (empty_is_clean, True)])
def test_an_empty_card_that_counts_as_clean_is_noticed(tmp_path, mutant, falls):
    with mutant():
        assert bool(given_twice(tmp_path / "hub")) is falls


@pytest.mark.parametrize(("mutant", "falls"), [(nullcontext, False), (copy_ignored, True)])
def test_a_copy_in_memory_that_is_ignored_is_noticed(card, tmp_path, mutant, falls):
    (tmp_path / "shelf").mkdir()
    with mutant():
        assert bool(rows_missing(card, tmp_path / "shelf")) is falls
