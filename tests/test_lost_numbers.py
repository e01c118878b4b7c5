"""A kiosk whose card is not as it was written any more never gives a number twice: with no hub to ask, on real cards."""

import json
import os
import sqlite3
from pathlib import Path

import pytest
from conftest_center import Center

from kiosk.core import Kiosk
from kiosk.flow import Screen
from kiosk.numbers import counted
from kiosk.wishes import Begin, Choose, Done, Take
from onedoor.device.box import Box
from onedoor.device.card import open_card
from onedoor.device.joining import newest_aside
from onedoor.device.journal import JOURNAL, SqliteJournal, Stamp
from onedoor.device.repair import Plan, look_at_journal
from onedoor.device.sender import Sender
from onedoor.device.timers import Timers
from onedoor.hall import events as ev
from onedoor.hall.ledger import Fact
from onedoor.hall.tickets import Numbering

STAMP = Stamp("boot", 0, None)


class CardCenter(Center):
    """Kiosks write to files as the program does."""

    def folder_of(self, dev: str) -> Path:
        return self.folder / dev

    def kiosk(self, slot: int = 1) -> Kiosk:
        dev = f"k{slot}"
        clock, link = self.clock_of(dev), self._box(dev, "kiosk")[0].link
        card = open_card(self.folder_of(dev), dev, self.run_id(), self.folder / "shelf")
        self.cards[dev], timers = card, Timers(clock)
        sender = Sender(card.journal, link, clock, self.topics, timers)
        box = Box(dev, "kiosk", link, clock, self.topics, 1, timers, sender)
        link.topics = box.subscriptions()
        kiosk = Kiosk(box, sender, clock, self.catalogue, slot, False, lambda job: self._print(dev, job))
        kiosk.starting.aside = lambda: newest_aside(self.folder_of(dev), dev)
        kiosk.on_start()
        self._join(dev, kiosk, box.link)
        return kiosk

    def takes(self, kiosk: Kiosk, times: int = 1) -> list[str]:
        """So many people take a number, once the kiosk gives some."""
        if kiosk.screen is Screen.STARTING:
            self.pass_ms(61_100, 1_000)
        for _ in range(times):
            self.do(kiosk, Begin(), Choose("id"), Take(held=True))
            self.pass_ms(400)
            self.do(kiosk, Done())
        return [paper.label for paper in self.papers[-times:]]

    def dark(self, dev: str = "k1") -> Path:
        """The power fails; its card."""
        self.stop(dev)
        self.cards.pop(dev).journal.close()
        self.clock._boot_id += "+"
        return self.folder_of(dev) / JOURNAL


def letter_in_kept(path: Path) -> None:
    """One digit of what it keeps of its numbers: the last number of today becomes a smaller one."""
    db = sqlite3.connect(path)
    [(kept,)] = db.execute("SELECT value FROM keep WHERE name = 'numbering'").fetchall()
    last = json.loads(kept)["last"]["id"]
    changed = kept.replace(f'"id":{last}', f'"id":{last - 1}')
    assert changed != kept and len(changed) == len(kept)
    db.close()
    data = path.read_bytes()
    assert kept.encode() in data
    path.write_bytes(data.replace(kept.encode(), changed.encode()))


def letter_in_row(path: Path) -> None:
    """One letter of an old row: it can be read, and is not what was written."""
    data = path.read_bytes()
    assert b"A1-012" in data
    path.write_bytes(data.replace(b"A1-012", b"A1-017"))


def index_page(path: Path) -> None:
    """A page behind the first ones is nothing any more."""
    with open(path, "r+b") as file:
        file.seek(2 * 4096)
        file.write(os.urandom(4096))


@pytest.fixture
def center(tmp_path):
    return CardCenter(tmp_path)


@pytest.mark.parametrize("damage", [letter_in_kept, letter_in_row, index_page])
def test_a_damaged_card_gives_no_number_twice_although_no_hub_is_there(center, damage):
    before = center.takes(center.kiosk(), 5)
    damage(center.dark())
    kiosk = center.kiosk()
    assert center.cards["k1"].codes == ["card_damaged"], "somebody is told"
    after = center.takes(kiosk, 12)
    assert not set(before) & set(after), "two people have one number"
    assert after[0] == f"A1-{int(before[-1][-3:]) + 21:03d}", "ten left out for this stop, ten for what nobody can read"
    center.dark()
    assert not set(before + after) & set(center.takes(center.kiosk(), 12)), "and the next start knows it, too"


def test_a_journal_that_repair_made_new_gives_no_number_twice(center):
    before = center.takes(center.kiosk(), 5)
    path = center.dark()
    letter_in_kept(path)
    plan = Plan()
    look_at_journal(plan, path.parent, "k1", SqliteJournal, center.folder / "shelf")
    for step in plan.steps:
        step.do()
    assert not set(before) & set(center.takes(center.kiosk(), 12))


def test_every_letter_of_what_is_kept_is_guarded(tmp_path):
    """One bit in any byte of a kept value or of a row is seen at the next start."""
    for bit in range(8):
        for name in ("what stands in the keep", "c0ffee-software"):
            folder = tmp_path / f"{bit}{name[0]}"
            journal = open_card(folder, "k1", "a" * 16, tmp_path / "shelf").journal
            journal.append([ev.Booted("c0ffee-software")], STAMP, {"word": "what stands in the keep"})
            journal.close()
            path = folder / JOURNAL
            data = bytearray(path.read_bytes())
            at = data.find(name.encode())
            assert at > 0
            data[at + bit] ^= 1 << (bit % 5)
            path.write_bytes(data)
            assert open_card(folder, "k1", "b" * 16, tmp_path / "shelf").codes == ["card_damaged"]


def facts(*events):
    return [Fact("k1", "r", n, None, event, "boot", n, None) for n, event in enumerate(events, 1)]


def issued(n, series="a", service="id"):
    return ev.Issued(f"A1-{n:03d}", service, "id", 1, n, "2026-08-03", series=series)


def test_the_numbers_stand_in_the_rows_of_the_series_that_was_begun_last():
    assert counted([]) is None and counted(facts(ev.Booted("x"))) is None
    rows = facts(issued(40, "old"), issued(3), issued(2, service="land"), ev.Skipped("land", 1, 12, "", "a"))
    assert counted(rows) == Numbering(open=True, last={"id": 3, "land": 12})
    assert counted([*rows, *facts(ev.NumbersBegun(1), issued(1, "b"))]) == Numbering(open=True, last={"id": 1})
