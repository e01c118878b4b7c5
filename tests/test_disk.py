"""Disks that fill up or can only be read, and clocks that are put right later."""

import subprocess

import pytest
from conftest_center import Center

from onedoor.device.ballast import FILE, prepare
from onedoor.device.journal import SqliteJournal, Stamp
from onedoor.hall import events as ev
from reports.reading import days_of
from reports.rows import entries_from
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


def test_what_happened_before_the_time_was_known_is_dated_by_the_word_that_came_later(tmp_path):
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
    [known] = [row.event for row in log if row.kind == "time_known"]
    first, second = [row for row in log if row.kind == "issued"]
    assert (first.quality, second.quality) == ("B", "B")
    assert first.stretch == second.stretch == known.stretch
    now_ms = center.clock.wall_ms()
    assert 66_000 <= now_ms - (first.t_event + known.center_ms - known.hall_ms) <= 67_500, "dated by the later word"
    steps = [
        step.t for step in (s for found in days_of(entries_from(log)) for s in found.day.steps()) if step.e == "issue"
    ]
    assert 60 <= steps[1] - steps[0] <= 70, "a minute between them, not a day"
    center.hub.store.close()
