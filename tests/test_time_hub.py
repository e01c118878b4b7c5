"""Clocks that lie, are missing, or come late: what the hub does, as people in the hall would tell it."""

from pathlib import Path

import pytest
from conftest_center import Center
from laos import day_of

from display.presses import Press
from kiosk.core import Kiosk
from onedoor.device.clock import VirtualClock
from onedoor.hall import events as ev
from onedoor.hall.rules import Hours, Rules
from onedoor.hall.visit import Phase
from reports.verify import verify

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
MORNING = 1_795_222_800_000
"""Saturday 21 November 2026, 08:00 in the center."""
YEARS = 10 * 365 * DAY
WEEK = Hours(week=(((480, 720), (780, 960)),) * 7)


class Town:
    """A center whose boxes have no battery clocks. `real_ms` is what a wrist watch says; no box ever reads it."""

    def __init__(self, folder: Path, hub_off_ms: int = 0, *, hours: Hours | None = None, kiosks: int = 1) -> None:
        self.center = Center(folder, clock=VirtualClock(MORNING), rules=Rules(hours=hours or Hours()))
        self.boots = 0
        for dev in ("hub", *(f"k{i + 1}" for i in range(kiosks)), "c1", "c2", "s1"):
            self.center.own_clock(dev, off_ms=hub_off_ms if dev == "hub" else -YEARS)
        self.center.start_hub()

    @property
    def real_ms(self) -> int:
        return self.center.clock.wall_ms()

    def network(self, *devs: str, off_ms: int = 0) -> None:
        """Network time arrives at these boxes."""
        for dev in devs:
            clock = self.center.clocks[dev]
            clock.step(self.real_ms + off_ms - clock.wall_ms())
            clock.is_trusted = True
        self.center.pass_ms(61_000, 1_000)

    def boot_hub(self, *, off_ms: int | None = None, after_ms: int = 0, trusted: bool = False) -> None:
        """Its plug is pulled for a while; then its clock stands at the moment of the cut, or is off by so much."""
        center = self.center
        clock = center.clocks["hub"]
        center.kill_hub()
        center.advance(after_ms)
        self.boots += 1
        clock.reboot(f"hub-again-{self.boots}")
        clock.step(-after_ms if off_ms is None else self.real_ms + off_ms - clock.wall_ms())
        clock.is_trusted = trusted
        center.start_hub()
        center.pass_ms(30_000, 1_000)

    def touch(self, kiosk: Kiosk) -> str:
        label = self.center.touch(kiosk)
        self.center.pass_ms(60_000, 1_000)
        return label

    def call_all(self, n: int, most: int = 12) -> list[str]:
        """A counter opens and calls until nobody waits."""
        panel = self.center.boxes.get(f"c{n}") or self.center.panel(n)
        called = []
        for _ in range(most):
            self.center.do(panel, Press.NEXT)
            self.center.pass_ms(6_000, 1_000)
            if not panel.me.ticket:
                break
            called.append(panel.me.label)
            self.center.do(panel, Press.START, Press.END)
            self.center.pass_ms(1_000)
        return called

    @property
    def hall(self):
        return self.center.hub.ledger.hall

    def rows(self, *kinds: str):
        self.center.hub.flush()
        return [row for row in self.center.hub.store.rows() if not kinds or row.kind in kinds]

    def whole(self) -> None:
        """The log holds together, and no time in it or in the state is from a wrong clock."""
        assert verify(self.rows()).misfit is None
        for row in self.rows():
            assert row.t_event < self.real_ms + 2 * DAY and row.t_recv < self.real_ms + 2 * DAY, row
        assert all((t.issued_ms or 0) < self.real_ms + 2 * DAY for t in self.hall.tickets.values())


@pytest.mark.parametrize("off", [YEARS, DAY, -DAY])
def test_one_ticket_under_a_clock_that_is_ahead_costs_nobody_the_turn(tmp_path, off):
    town = Town(tmp_path / "hub", off)
    kiosk = town.center.kiosk()
    labels = [town.touch(kiosk)]
    town.network("hub")
    labels += [town.touch(kiosk) for _ in range(3)]
    town.boot_hub(after_ms=MINUTE, trusted=True, off_ms=0)
    assert town.rows("expired") == []
    assert town.call_all(1) == labels
    town.center.advance(DAY)
    town.center.pass_ms(61_000, 1_000)
    town.network("k1")
    assert town.hall.day == day_of(town.real_ms)
    tomorrow = town.touch(kiosk)
    assert town.call_all(1) == [tomorrow]
    assert town.rows("expired") == []
    town.whole()


@pytest.mark.parametrize("off", [12 * HOUR, -6 * HOUR])
def test_who_came_first_is_called_first_although_the_clock_was_half_a_day_wrong(tmp_path, off):
    town = Town(tmp_path / "hub", off)
    kiosk = town.center.kiosk()
    first = town.touch(kiosk)
    town.network("hub")
    second = town.touch(kiosk)
    assert town.call_all(1) == [first, second]
    for ticket in town.hall.tickets.values():
        assert ticket.first_wait_ms is not None and 0 <= ticket.first_wait_ms < 10 * MINUTE
    town.whole()


def test_yesterday_is_over_at_the_word_and_not_before(tmp_path):
    town = Town(tmp_path / "hub")
    town.network("hub")
    kiosk = town.center.kiosk()
    left = [town.touch(kiosk) for _ in range(2)]
    town.center.stop("k1")
    town.center.clocks["k1"].reboot("k1-again")
    town.boot_hub(after_ms=24 * HOUR)
    kiosk = town.center.kiosk()
    town.center.pass_ms(62_000, 1_000)
    came = [town.touch(kiosk) for _ in range(3)]
    assert town.rows("expired") == [], "nobody knows yet which day it is"
    town.network("hub")
    expired = {row.body["ticket"] for row in town.rows("expired")}
    assert {town.hall.tickets[t].label for t in expired} == set(left)
    came += [town.touch(kiosk) for _ in range(2)]
    assert town.call_all(1) == came
    town.whole()


def test_a_word_against_known_time_is_doubted_and_two_that_agree_withdraw_it(tmp_path):
    town = Town(tmp_path / "hub", hours=None, kiosks=2)
    town.network("hub", off_ms=3 * DAY)
    kiosk = town.center.kiosk()
    labels = [town.touch(kiosk) for _ in range(2)]
    assert town.hall.day == day_of(town.real_ms + 3 * DAY), "nobody could know better"
    other = town.center.kiosk(2)
    town.center.clocks["k2"].step(town.real_ms - town.center.clocks["k2"].wall_ms())
    town.center.clocks["k2"].is_trusted = True
    labels.append(town.touch(other))
    assert len(town.rows("time_doubted")) == 1
    assert town.center.hub.keeper.doubted
    town.center.clocks["k1"].step(town.real_ms - town.center.clocks["k1"].wall_ms())
    town.center.clocks["k1"].is_trusted = True
    labels.append(town.touch(kiosk))
    assert len(town.rows("time_withdrawn")) == 1
    assert town.hall.time.withdrawn == 1 and town.hall.day == day_of(town.real_ms)
    assert town.call_all(1) == labels
    assert all(t.phase is Phase.DONE for t in town.hall.tickets.values())
    town.whole()


def test_the_spare_whose_clock_is_a_day_behind_takes_over_and_nobody_loses_the_turn(tmp_path):
    town = Town(tmp_path / "hub")
    town.network("hub")
    town.center.kill_hub()
    hub = town.center.start_hub(spare="s1")
    spare = town.center.start_spare(tmp_path / "spare")
    town.center.pass_ms(15_000, 1_000)
    kiosk = town.center.kiosk()
    labels = [town.touch(kiosk) for _ in range(3)]
    assert spare.store.hub_seq == hub.store.hub_seq
    spare.store.close()
    del town.center.boxes["copy of s1"]
    town.center.kill_hub()
    town.center.own_clock("hub", off_ms=-DAY).reboot("the-spares-boot")
    town.center.start_hub(folder=tmp_path / "spare")
    town.center.pass_ms(30_000, 1_000)
    assert town.hall.time.stretch > 1
    assert town.hall.time.word.known, "the kiosk stayed up, and knows"
    labels.append(town.touch(kiosk))
    assert town.call_all(1) == labels
    town.whole()


def test_the_same_boot_goes_on_with_its_hall_time(tmp_path):
    town = Town(tmp_path / "hub")
    town.center.pass_ms(5 * MINUTE, 1_000)
    before, stretch = town.center.hub.keeper.hall_ms, town.hall.time.stretch
    town.center.kill_hub()
    town.center.advance(7_000)
    hub = town.center.start_hub()
    assert hub.keeper.hall_ms == before + 7_000
    assert hub.ledger.hall.time.stretch == stretch
    assert [row.kind for row in town.rows("stretch_began")] == ["stretch_began"]


@pytest.mark.parametrize("field", ["hub_est_ms", "mono_ms"])
@pytest.mark.parametrize("value", [2**53 - 1, 0, 253_402_300_799_000, MORNING - 61 * DAY, MORNING + HOUR])
def test_a_box_that_says_an_absurd_time_is_dated_by_what_can_be(tmp_path, field, value):
    from msgspec import structs

    from onedoor.wire import messages as msg
    from onedoor.wire.rows import row_from

    town = Town(tmp_path / "hub")
    town.network("hub")
    kiosk = town.center.kiosk()
    town.touch(kiosk)
    facts = kiosk.sender.journal.read(0, 20)
    late = ev.HelpEnded("staff")
    fact = facts[-1]
    row = structs.replace(
        row_from(fact), kind="help_ended", body={"by": late.by}, seq=fact.seq + 1, boot_id="another", stretch=0,
        **{field: value},
    )  # fmt: skip
    batch = msg.Batch(msg.VERSION, [row], "another-now", 5_000)
    town.center.hub._hear(town.center.topics.batch("k1"), msg.encode(batch))
    town.center.hub.flush()
    taken = town.rows()[-1]
    assert taken.quality in ("A", "C") if taken.kind == "help_ended" else taken.kind == "fact_refused"
    town.center.pass_ms(61_000, 1_000)
    town.boot_hub(after_ms=MINUTE, trusted=True, off_ms=0)
    town.whole()
