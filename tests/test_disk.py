"""Disks that fill up or can only be read, and clocks that are put right later."""

import subprocess

import pytest
from conftest_center import Center

from onedoor.device.ballast import FILE, journal_place, prepare
from onedoor.device.journal import SqliteJournal, Stamp
from onedoor.hall import events as ev
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


def test_a_card_that_can_only_be_read_is_copied_into_memory(card, tmp_path):
    path, volatile = journal_place(card, "k1", tmp_path)
    assert (path, volatile) == (card / "journal.db", False)
    journal = SqliteJournal(path, "k1", "a" * 16)
    journal.append([ev.Booted("one"), ev.Booted("two")], Stamp("b", 1, None), {"numbering": "n"})
    journal.close()
    subprocess.run(["mount", "-o", "remount,ro", str(card)], check=True)
    path, volatile = journal_place(card, "k1", tmp_path)
    assert volatile
    in_memory = SqliteJournal(path, "k1", "b" * 16)
    assert (in_memory.length, in_memory.kept("numbering")) == (2, "n")
    [fact] = in_memory.append([ev.Booted("three", volatile=True)], Stamp("b", 2, None), {})
    assert fact.before == ("a" * 16, 2)
    in_memory.close()
    again, _ = journal_place(card, "k1", tmp_path)
    assert SqliteJournal(again, "k1", "c" * 16).length == 3, "a new start goes on where memory is"


def test_times_of_a_hub_without_a_clock_are_dated_by_a_row_of_their_own(tmp_path):
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
    assert 60_000 <= second.t_event - first.t_event <= 70_000, "a minute between them, not a day"
    assert first.stretch == second.stretch == known.stretch, "one word dates both"
    tickets = center.hub.ledger.hall.tickets.values()
    assert {t.day for t in tickets} == {center.hub.ledger.hall.day}
    center.hub.store.close()
