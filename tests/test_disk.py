"""Disks that fill up or can only be read, and clocks that are put right later."""

import subprocess

import pytest
from conftest_center import Center

from onedoor.device.ballast import FILE, prepare
from onedoor.device.journal import SqliteJournal, Stamp
from onedoor.hall import events as ev
from reports.reading import days_of
from reports.rows import entries_from
from reports.story import correction_ms
from reports.verify import verify


@pytest.fixture
def card(tmp_path):
    """A real file system of forty megabytes."""
    place = tmp_path / "card"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(place)], capture_output=True).returncode:
        pytest.skip("mounting needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_the_ballast_is_thrown_away_when_the_disk_is_full(card):
    assert prepare(card, 4) > 80
    assert (card / FILE).stat().st_size == 4 * 1024 * 1024
    with open(card / "filler", "wb", buffering=0) as filler:
        try:
            while True:
                filler.write(b"x" * 65536)
        except OSError:
            pass
    assert prepare(card, 4) > 5
    assert not (card / FILE).exists()
    journal = SqliteJournal(card / "journal.db", "k1", "a" * 16)
    for n in range(400):
        journal.append([ev.Booted("x" * 60)], Stamp("b", n, None), {})
    assert journal.length == 400
    journal.close()


def test_a_disk_without_room_gets_no_ballast(card):
    prepare(card, 16)
    assert not (card / FILE).exists()


def test_times_of_a_hub_without_a_clock_are_corrected_by_a_row_of_their_own(tmp_path):
    center = Center(tmp_path / "hub")
    center.clock.is_trusted = False
    center.clock.step(-86_400_000)
    center.start_hub()
    kiosk = center.kiosk()
    center.touch(kiosk)
    center.pass_ms(5_000)
    center.clock.step(86_400_000)
    center.clock.is_trusted = True
    center.pass_ms(61_000, 1_000)
    center.touch(kiosk)
    log = list(center.hub.store.rows())
    assert verify(log).misfit is None
    [fixed] = [row.event for row in log if row.kind == "clock_corrected"]
    first, second = [row for row in log if row.kind == "issued"]
    assert fixed.new_ms - fixed.old_ms == 86_400_000
    assert first.quality == "D"
    assert correction_ms(first.hub_seq, [fixed]) == 86_400_000
    assert correction_ms(second.hub_seq, [fixed]) == 0
    steps = [
        step.t for step in (s for found in days_of(entries_from(log)) for s in found.day.steps()) if step.e == "issue"
    ]
    assert 60 <= steps[1] - steps[0] <= 70, "a minute between them, not a day"
    center.hub.store.close()
