"""Clocks that lie, are missing, or come late: what happens at the counters, as a clerk would tell it."""

from pathlib import Path

import msgspec
import pytest
from conftest_center import Center
from laos import day_of, local_time, minute_ms, spelled_minute

from broker.marks import mark_of
from broker.news import waiting_news
from broker.telling import TellTime
from display.asking import AnswerDay, TakeBack
from display.hall_voice import volume_at
from display.menu import WHICH_DAY, Beside, BookIn, Go, Promise, tiles
from display.panel import Panel
from display.presses import Press
from display.time_page import SayTime
from onedoor.device.clock import VirtualClock
from onedoor.device.config import HallConfig, VoiceTime
from onedoor.device.sender import Sender
from onedoor.hall import desk
from onedoor.hall.center_time import SURELY_EARLIER_MS
from onedoor.hall.desk import At
from onedoor.hall.refusals import Refusal
from onedoor.hall.rules import Hours, Rules
from onedoor.hall.visit import Phase
from reports.verify import verify

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
TEN = 1_795_230_000_000
"""Saturday 21 November 2026, 10:00 in the center."""
YEARS = 10 * 365 * DAY
OPEN = Hours(week=(((480, 720), (780, 960)),) * 7)


class Office:
    """A center in which every box has a clock of its own. `real_ms` is what a wrist watch says; no box reads it."""

    def __init__(self, folder: Path, *, at_ms: int = TEN, known: bool = True, hours: Hours | None = None) -> None:
        self.center = Center(folder, clock=VirtualClock(at_ms), rules=Rules(hours=hours or Hours()))
        self.boots = 0
        self.queues: dict[int, tuple[str, ...]] = {}
        for dev in ("hub", "k1", "k2", "c1", "c2"):
            self.center.own_clock(dev, off_ms=-YEARS)
        if known:
            self.network("hub")
        self.center.start_hub()

    @property
    def real_ms(self) -> int:
        return self.center.clock.wall_ms()

    @property
    def hall(self):
        return self.center.hub.ledger.hall

    def network(self, dev: str, off_ms: int = 0) -> None:
        """Network time arrives at this box."""
        clock = self.center.clocks[dev]
        clock.step(self.real_ms + off_ms - clock.wall_ms())
        clock.is_trusted = True

    def panel(self, n: int, queues: tuple[str, ...] = ("id", "land")) -> Panel:
        self.queues[n] = queues
        panel = self.center.panel(n, queues)
        panel.show = lambda _: None
        panel._show()
        return panel

    def power_cut(self, ms: int, *, but: tuple[str, ...] = (), clean: bool = False) -> None:
        """Everything goes dark for so long but these boxes; their wall clocks stand at the moment of the cut."""
        center = self.center
        dark = [dev for dev in center.boxes if dev != "hub" and dev not in but]
        for dev in dark:
            center.stop(dev, clean=clean)
        if "hub" not in but:
            center.kill_hub()
        center.advance(ms)
        self.boots += 1
        for dev in [*dark, *([] if "hub" in but else ["hub"])]:
            clock = center.clocks[dev]
            clock.is_trusted = False
            clock.reboot(f"{dev}-again-{self.boots}")
            clock.step(-ms)

    def on(self, *devs: str) -> list[Panel]:
        """The hub is switched on, then these boxes."""
        if self.center.hub is None:
            self.center.start_hub()
        boxes = [self.center.kiosk() if d == "k1" else self.panel(int(d[1:]), self.queues[int(d[1:])]) for d in devs]
        self.wait(31 * SECOND)
        return boxes

    def wait(self, ms: int) -> None:
        self.center.pass_ms(ms, 1_000)

    def touch(self, count: int = 1, every_ms: int = MINUTE) -> list[str]:
        kiosk = self.center.boxes.get("k1") or self.center.kiosk()
        labels = []
        for _ in range(count):
            labels.append(self.center.touch(kiosk))
            self.wait(every_ms)
        return labels

    def next(self, panel: Panel) -> str:
        """NEXT, and the answer of the hub: whom it gives."""
        self.center.do(panel, Press.NEXT)
        self.wait(6 * SECOND)
        return panel.me.label

    def call_all(self, panel: Panel, most: int = 12) -> list[str]:
        called = []
        while len(called) < most and (label := panel.me.label or self.next(panel)):
            called.append(label)
            self.center.do(panel, Press.START)
            self.wait(SECOND)
            self.center.do(panel, Press.END)
        return called

    def rows(self, *kinds: str):
        self.center.hub.flush()
        return [row for row in self.center.hub.store.rows() if row.kind in kinds]

    def expired(self) -> dict[str, str]:
        """Who expired, and why."""
        return {self.hall.tickets[r.body["ticket"]].label: r.body["reason"] for r in self.rows("expired")}

    def whole(self) -> None:
        """A stranger finds every decision as the published rule wants it."""
        self.center.hub.flush()
        told = verify(list(self.center.hub.store.rows()))
        assert told.misfit is None, told.misfit


def offered(panel: Panel):
    """The tiles of the page that is open."""
    view = panel.view
    given = (view.given.asked, view.given.today) if view.given is not None else None
    return tiles(view.menu, view.me, Center.catalogue, Beside(view.clerks, view.offer, view.asks, given))


# -- whose day ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["network", "battery"])
def test_three_left_at_ten_past_four_are_over_before_the_first_next_of_the_morning(tmp_path, source):
    office = Office(tmp_path, at_ms=TEN + 6 * HOUR + 10 * MINUTE)
    office.panel(1)
    left = office.touch(3)
    office.power_cut(15 * HOUR + 30 * MINUTE)
    if source == "network":
        office.network("hub")
    else:
        clock = office.center.clocks["hub"]
        clock.hardware = (office.real_ms - clock.mono_ms(), True)
    [panel] = office.on("c1")
    assert set(office.expired()) == set(left)
    assert office.next(panel) == "" and panel.view.nobody
    assert panel.menu.page == ""
    office.whole()


@pytest.mark.parametrize("today", [True, False])
def test_without_any_clock_the_clerk_says_whose_day_it_is_and_can_take_it_back(tmp_path, today):
    office = Office(tmp_path, at_ms=TEN + 6 * HOUR + 10 * MINUTE)
    office.panel(1)
    left = office.touch(3)
    office.power_cut(15 * HOUR + 30 * MINUTE)
    [panel] = office.on("c1")
    assert office.next(panel) == ""
    assert panel.view.menu.page == WHICH_DAY
    asks = panel.view.asks
    assert (asks.first_label, asks.last_label, asks.count) == (left[0], left[-1], 3)
    assert office.rows("expired") == [], "nobody is lost before she has answered"
    office.center.do(panel, AnswerDay(today))
    office.wait(6 * SECOND)
    if today:
        assert panel.me.label == left[0], "NEXT followed by itself"
        assert office.expired() == {}
        office.center.do(panel, Press.NO_SHOW)
    else:
        assert panel.me.label == "" and panel.view.nobody
        assert set(office.expired()) == set(left)
    assert panel.view.menu.page == "" and panel.view.given_told
    office.wait(MINUTE)
    assert not panel.view.given_told, "above the buttons for a minute, in the menu for longer"
    office.center.do(panel, Go("more"))
    office.center.do(panel, next(t.wish for t in offered(panel) if t.key == "take-back"))
    office.wait(6 * SECOND)
    phases = [t.phase for t in sorted(office.hall.tickets.values(), key=lambda t: t.label)]
    if today:
        assert phases[1:] == [Phase.EXPIRED] * 2, "who was called already is not touched"
    else:
        assert phases == [Phase.WAITING] * 3
        assert office.call_all(panel) == left
    office.whole()


def test_it_is_asked_once_for_the_whole_hall_and_goes_away_where_it_stands(tmp_path):
    office = Office(tmp_path)
    office.panel(1), office.panel(2)
    labels = office.touch(4)
    office.power_cut(3 * MINUTE)
    one, two = office.on("c1", "c2")
    assert office.next(one) == "" and office.next(two) == ""
    assert (one.view.menu.page, two.view.menu.page) == (WHICH_DAY, WHICH_DAY)
    office.center.do(one, AnswerDay(today=True))
    office.wait(6 * SECOND)
    assert one.me.label == labels[0]
    assert two.view.menu.page == "" and two.view.asks is None
    assert office.next(two) == labels[1]
    assert office.expired() == {}
    for panel in (one, two):
        office.center.do(panel, Press.START, Press.END)
    assert office.call_all(one) == labels[2:], "in the order in which they came"
    assert len(office.rows("line_said")) == 1
    office.whole()


def test_the_question_goes_away_although_nobody_was_called_by_the_answer(tmp_path):
    office = Office(tmp_path)
    office.panel(1), office.panel(2)
    labels = office.touch(2)
    office.power_cut(3 * MINUTE)
    one, two = office.on("c1", "c2")
    office.next(one), office.next(two)
    one.box.link.cut()
    office.center.settle()
    office.center.do(one, AnswerDay(today=True))
    office.wait(15 * SECOND)
    assert one.me.label == "" and two.view.menu.page == WHICH_DAY
    one.box.link.start(lambda news: office.center.inbox.append(("c1", news)))
    office.wait(30 * SECOND)
    assert two.view.menu.page == "", "answered, and its own NEXT came too late to call anybody"
    assert office.call_all(two) == labels


def test_people_of_before_the_cut_and_of_before_the_night_are_asked_about_apart(tmp_path):
    office = Office(tmp_path, known=False)
    office.panel(1)
    before = office.touch(2)
    office.power_cut(3 * MINUTE)
    office.on("k1")
    then = office.touch(2)
    office.power_cut(3 * MINUTE)
    [panel] = office.on("c1")
    office.next(panel)
    assert (panel.view.asks.first_label, panel.view.asks.count) == (before[0], 2)
    office.center.do(panel, AnswerDay(today=False))
    office.wait(6 * SECOND)
    assert (panel.view.asks.first_label, panel.view.asks.count) == (then[0], 2), "the second group, by itself"
    office.center.do(panel, AnswerDay(today=True))
    office.wait(6 * SECOND)
    assert office.call_all(panel) == then
    assert set(office.expired()) == set(before)
    office.whole()


def test_a_kiosk_that_stayed_up_knows_and_nobody_is_asked(tmp_path):
    office = Office(tmp_path)
    office.panel(1)
    labels = office.touch(3)
    office.power_cut(3 * MINUTE, but=("k1",))
    [panel] = office.on("c1")
    assert office.hall.time.word.known
    assert office.call_all(panel) == labels
    assert panel.view.menu.page == "" and office.rows("line_said") == []
    office.whole()


def test_an_answer_that_was_given_before_the_one_that_stands_changes_nothing(tmp_path):
    office = Office(tmp_path)
    office.panel(1), office.panel(2)
    labels = office.touch(2)
    office.power_cut(3 * MINUTE)
    one, two = office.on("c1", "c2")
    office.next(one), office.next(two)
    two.box.link.cut()
    office.center.settle()
    office.center.do(two, AnswerDay(today=False))
    office.wait(2 * SECOND)
    office.center.do(one, AnswerDay(today=True))
    office.wait(20 * SECOND)
    two.box.link.start(lambda news: office.center.inbox.append(("c2", news)))
    office.wait(30 * SECOND)
    assert office.expired() == {}
    assert one.me.label == labels[0]
    office.whole()


def test_a_counter_without_a_screen_answers_with_its_buttons(tmp_path):
    from display.gestures import Button
    from display.hands import Lamp, lamps
    from display.sign import sign_of

    office = Office(tmp_path)
    office.panel(1)
    labels = office.touch(2)
    office.power_cut(3 * MINUTE)
    [panel] = office.on("c1")
    office.next(panel)
    assert sign_of(panel.view, "left", None, 0).text == "??"
    assert lamps(panel.view)[Button.RECALL] is Lamp.BLINK and lamps(panel.view)[Button.NO_SHOW] is Lamp.BLINK
    office.center.do(panel, Press.NO_SHOW)
    assert sign_of(panel.view, "left", None, 0).text == "NO?"
    office.wait(11 * SECOND)
    assert sign_of(panel.view, "left", None, 0).text == "??", "one press too few is no answer"
    office.center.do(panel, Press.NO_SHOW)
    office.wait(SECOND)
    assert office.rows("line_said") == []
    office.center.do(panel, Press.NO_SHOW)
    office.wait(6 * SECOND)
    assert set(office.expired()) == set(labels)
    office.center.do(panel, TakeBack())
    office.wait(SECOND)
    office.power_cut(3 * MINUTE)
    [panel] = office.on("c1")
    office.next(panel)
    office.center.do(panel, Press.RECALL)
    office.wait(6 * SECOND)
    assert panel.me.label == labels[0]


def test_a_paper_in_the_hand_beats_every_clock(tmp_path):
    office = Office(tmp_path, at_ms=TEN + 6 * HOUR)
    office.panel(1)
    left = office.touch(2)
    office.power_cut(16 * HOUR)
    [panel] = office.on("c1")
    office.center.do(panel, desk.CallLabel(left[1]))
    office.wait(SECOND)
    assert panel.refusal is Refusal.REASON_MISSING, "he passes others: why?"
    office.center.do(panel, desk.CallLabel(left[1], "other"))
    office.wait(SECOND)
    assert panel.me.label == left[1], "in doubt, and here"
    office.center.do(panel, Press.START, Press.END)
    office.network("hub")
    office.wait(2 * MINUTE)
    assert set(office.expired()) == {left[0]}
    office.center.do(panel, Go("number"))
    for letter in left[0]:
        office.center.do(panel, next(t.wish for t in offered(panel) if t.key == f"key-{letter}"))
    office.center.do(panel, next(t.wish for t in offered(panel) if t.key == "call"))
    office.center.do(panel, next(t.wish for t in offered(panel) if t.key == "because-frail"))
    office.wait(SECOND)
    assert panel.me.label == left[0], "expired by day, and here"
    office.whole()


# -- what time it is ------------------------------------------------------------------------------------


def test_two_people_who_say_the_same_time_make_it_known(tmp_path):
    office = Office(tmp_path, known=False)
    [first] = office.touch()
    one = office.panel(1)
    assert one.view.menu.page == "time", "a counter that opens is asked"
    assert one.view.time.zero_ms is None and not one.view.time.known
    office.center.do(one, SayTime(spelled_minute(office.real_ms)))
    office.wait(2 * SECOND)
    assert len(office.rows("time_said")) == 1 and not office.hall.time.word.known
    assert one.view.time.zero_ms is not None and not one.view.time.known, "shown with a question mark"
    assert office.hall.day == "", "one person ends no day"
    two = office.panel(2)
    assert two.view.menu.page == "time"
    office.center.do(two, SayTime(spelled_minute(office.real_ms + 3 * MINUTE)))
    office.wait(40 * SECOND)
    assert office.hall.time.word.known and office.hall.day == day_of(office.real_ms)
    assert one.view.time.known and two.view.time.known
    third = office.center.panel(3)
    third.show = lambda _: None
    third._show()
    assert third.view.menu.page == "", "nobody is asked any more"
    second = office.touch()[0]
    assert office.call_all(one) == [first, second]
    office.center.advance(DAY)
    office.wait(2 * MINUTE)
    assert office.hall.day == day_of(office.real_ms)
    assert office.touch()[0].endswith("-001"), "numbers begin again"
    office.whole()


def test_one_person_is_not_two_although_the_hub_repeats_it(tmp_path):
    office = Office(tmp_path, known=False)
    panel = office.panel(1)
    office.center.do(panel, SayTime(spelled_minute(office.real_ms + DAY)))
    office.touch(3)
    office.center.do(panel, Press.NEXT)
    office.wait(5 * MINUTE)
    assert not panel.sender.time.now.known and not office.hall.time.word.known
    office.center.do(panel, SayTime(spelled_minute(office.real_ms)))
    office.wait(MINUTE)
    assert not office.hall.time.word.known, "the same person again is still one"
    assert abs(office.center.hub.keeper.now.ms - office.real_ms) <= 2 * MINUTE
    assert office.rows("expired") == []


def test_a_battery_clock_is_offered_and_with_a_person_it_is_known(tmp_path):
    office = Office(tmp_path, known=False)
    clock = office.center.clocks["c1"]
    clock.hardware = (office.real_ms - clock.mono_ms(), False)
    panel = office.panel(1)
    assert panel.view.offer.reading == spelled_minute(office.real_ms)
    office.center.do(panel, SayTime(panel.view.offer.reading))
    office.wait(31 * SECOND)
    assert office.hall.time.word.known


def test_the_page_blocks_nothing_and_comes_back_as_a_line(tmp_path):
    office = Office(tmp_path, known=False)
    labels = office.touch(2)
    panel = office.panel(1)
    assert office.next(panel) == labels[0], "NEXT is NEXT, whatever page is open"
    assert panel.view.menu.page == "" and not panel.view.ask_time
    office.center.pass_ms(HOUR, 10_000)
    assert panel.view.ask_time
    office.center.pass_ms(3 * MINUTE, 10_000)
    assert not panel.view.ask_time
    office.center.pass_ms(HOUR - 50 * SECOND, 10_000)
    assert panel.view.ask_time
    office.network("hub")
    office.wait(70 * SECOND)
    assert not panel.view.ask_time and panel.view.time.known


def test_what_needs_a_date_is_refused_while_nobody_knows_it(tmp_path):
    office = Office(tmp_path, known=False)
    office.touch(1)
    panel = office.panel(1)
    office.center.do(panel, BookIn("id", 30))
    assert panel.refusal is Refusal.NO_DATE and office.rows("booked") == []
    office.next(panel)
    office.center.do(panel, Press.START, Promise(3))
    assert panel.refusal is Refusal.NO_DATE and panel.me.at == At.SERVING
    office.center.do(panel, SayTime(spelled_minute(office.real_ms)), Promise(3))
    office.wait(SECOND)
    assert [r.body["promised"] for r in office.rows("ended")] == [day_of(office.real_ms + 3 * DAY)]


def test_a_time_that_cannot_be_is_doubted_and_said_so_on_every_panel(tmp_path):
    office = Office(tmp_path)
    panel = office.panel(1)
    office.wait(31 * SECOND)
    office.center.do(panel, Go("time"), SayTime(spelled_minute(office.real_ms + 3 * DAY)))
    office.wait(SECOND)
    assert panel.refusal is Refusal.TIME_DOUBTED
    assert office.hall.time.word.known and office.hall.day == day_of(office.real_ms)
    assert ("hub", "clock") in panel.view.alarms
    office.center.do(panel, SayTime(spelled_minute(office.real_ms)))
    office.wait(SECOND)
    assert ("hub", "clock") not in panel.view.alarms, "who says the right time does not say the wrong one any more"


@pytest.mark.parametrize("text", ["2026-11-25", "2026-11-25 24:00", "2026-02-30 08:00", "", "x", "0001-01-01 00:00"])
def test_what_is_no_moment_is_no_moment(text):
    assert minute_ms(text) is None


# -- a row of yesterday's hub, midnight, wrong words --------------------------------------------------------


@pytest.mark.parametrize("off", [5 * HOUR, -30 * MINUTE, 2 * DAY])
def test_a_row_that_carries_the_time_of_a_hub_that_was_wrong_is_dated_by_its_stretch(tmp_path, off):
    office = Office(tmp_path, known=False)
    panel = office.panel(1)
    [other] = office.touch()
    office.center.do(panel, SayTime(spelled_minute(office.real_ms + off)))
    office.wait(2 * MINUTE)
    kiosk = office.center.boxes["k1"]
    office.center.touch(kiosk)
    kiosk.box.link.cut()
    came_ms = office.real_ms
    label = office.center.touch(kiosk)
    office.wait(MINUTE)
    office.power_cut(2 * MINUTE, but=("c1", "hub"))
    office.network("hub")
    office.wait(2 * MINUTE)
    issued = {t.label: t.issued_ms for t in office.hall.tickets.values()}
    office.on("k1")
    office.wait(MINUTE)
    [row] = [r for r in office.rows("issued") if r.body["label"] == label]
    assert row.quality == "A", "its box was switched off meanwhile: only what it had heard of the hub dates it"
    dated = {t.label: t.issued_ms for t in office.hall.tickets.values()}
    assert abs(dated[label] - came_ms) <= 2 * SECOND
    assert {known: dated[known] for known in issued} == issued, "nobody else is touched"
    assert office.call_all(panel)[0] == other and office.expired() == {}
    office.whole()


@pytest.mark.parametrize("hours", [None, OPEN], ids=["no hours", "hours"])
@pytest.mark.parametrize("day", [TEN, 1_798_686_000_000], ids=["november", "into a new year"])
def test_at_midnight_who_waits_is_over_before_any_touch_and_who_is_served_is_ended_normally(tmp_path, hours, day):
    office = Office(tmp_path, at_ms=day + 13 * HOUR + 50 * MINUTE, hours=hours)
    panel = office.panel(1)
    served, *waiting = office.touch(3, every_ms=10 * SECOND)
    assert office.next(panel) == served
    office.center.do(panel, Press.START)
    began = office.center.clocks["c1"].mono_ms()
    office.center.pass_ms(20 * MINUTE, 5_000)
    assert local_time(office.real_ms).hour == 0
    assert set(office.expired()) == set(waiting)
    assert panel.view.label == served and panel.view.since_ms == began
    office.center.do(panel, Press.END)
    office.wait(SECOND)
    [ended] = office.rows("ended")
    assert not ended.body.get("auto")
    assert office.hall.tickets[ended.body["ticket"]].phase is Phase.DONE
    assert office.next(panel) == ""
    office.whole()


@pytest.mark.parametrize("boxes", [("k1", "c1"), ("c1", "c2")])
def test_who_expired_by_a_wrong_word_waits_again_in_the_old_place(tmp_path, boxes):
    office = Office(tmp_path)
    office.panel(1), office.panel(2)
    labels = office.touch(3)
    assert office.hall.issued == {"id": 3}
    office.power_cut(3 * MINUTE)
    office.network("hub", DAY)
    office.on("k1", "c1", "c2")
    assert set(office.expired()) == set(labels) and office.hall.day == day_of(office.real_ms + DAY)
    office.wait(5 * MINUTE)
    for dev in boxes:
        office.network(dev)
    labels += office.touch(1)
    for n in (1, 2):
        office.center.do(office.center.boxes[f"c{n}"], desk.Note("Paper is running out"))
    office.wait(MINUTE)
    assert len(office.rows("time_withdrawn")) == 1 and office.hall.day == day_of(office.real_ms)
    assert len(office.rows("restored")) == 3
    assert office.hall.issued == {"id": 4}, "the day counts all four"
    panel = office.center.boxes["c1"]
    assert office.call_all(panel) == labels, "in the old places"
    assert panel.view.menu.page == "" and panel.view.time.known
    office.whole()


# -- how long -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
@pytest.mark.parametrize("dev", ["hub", "c1"])
def test_a_wall_clock_that_jumps_an_hour_changes_no_duration(tmp_path, dev, jump):
    office = Office(tmp_path)
    clock = office.center.clocks[dev]
    panel = office.panel(1)
    labels = office.touch(3)
    clock.step(jump)
    office.wait(MINUTE)
    assert office.next(panel) == labels[0]
    assert panel.view.waited_min == 4
    office.center.do(panel, Press.RECALL)
    clock.step(-jump)
    office.wait(SECOND)
    office.center.do(panel, Press.RECALL)
    assert panel.refusal is Refusal.TOO_SOON
    office.wait(5 * SECOND)
    office.center.do(panel, Press.RECALL)
    assert panel.refusal is None, "five seconds are five seconds"
    clock.step(jump)
    office.center.do(panel, Press.START)
    office.wait(2 * MINUTE)
    clock.step(-jump)
    office.center.do(panel, Press.END)
    assert (panel.view.mine.served, panel.view.mine.service_ms) == (1, 2 * MINUTE)
    clock.step(jump)
    office.wait(9 * SECOND)
    office.center.do(panel, desk.Undo())
    office.wait(SECOND)
    assert panel.me.label == labels[0] and panel.me.at == At.SERVING
    office.center.do(panel, desk.Park(5))
    clock.step(-jump)
    office.center.pass_ms(4 * MINUTE, 1_000)
    assert office.hall.tickets[office.rows("parked")[0].body["ticket"]].phase is Phase.PARKED
    office.center.pass_ms(2 * MINUTE, 1_000)
    assert office.hall.tickets[office.rows("parked")[0].body["ticket"]].phase is Phase.WAITING
    office.center.do(panel, Press.NEXT)
    office.wait(11 * SECOND)
    clock.step(-jump)
    office.center.do(panel, desk.Undo())
    office.wait(SECOND)
    assert panel.refusal is Refusal.UNDO_TOO_LATE
    office.whole()


def test_nothing_is_undone_over_a_power_cut_of_the_hub(tmp_path):
    office = Office(tmp_path)
    panel = office.panel(1)
    office.touch(1)
    office.next(panel)
    office.center.do(panel, Press.START, Press.END)
    office.wait(SECOND)
    office.power_cut(2 * SECOND, but=("c1", "k1"))
    office.center.start_hub()
    office.wait(2 * SECOND)
    office.center.do(panel, desk.Undo())
    office.wait(SECOND)
    assert panel.refusal is Refusal.UNDO_TOO_LATE, "nobody knows how long the hub was off"


def test_a_restart_of_the_program_keeps_how_long_and_a_restart_of_the_box_does_not(tmp_path):
    office = Office(tmp_path)
    panel = office.panel(1)
    labels = office.touch(2)
    assert office.next(panel) == labels[0]
    office.center.do(panel, Press.START)
    began = panel.view.since_ms
    office.center.stop("c1")
    office.wait(MINUTE)
    panel = office.panel(1)
    assert (panel.view.since_ms, panel.view.waited_min) == (began, 2)
    office.center.do(panel, Press.END)
    assert (panel.view.mine.served, panel.view.mine.mean_min) == (1, 1)
    office.next(panel)
    office.center.do(panel, Press.START)
    office.power_cut(MINUTE, but=("hub", "k1"))
    [panel] = office.on("c1")
    assert panel.view.label == labels[1] and panel.view.since_ms is None, "nobody knows, and nothing is made up"
    office.center.do(panel, Press.END)
    assert (panel.view.mine.served, panel.view.mine.timed, panel.view.mine.mean_min) == (2, 1, 1)


def test_a_card_of_an_earlier_release_is_read_and_its_wall_clock_times_mean_nothing():
    old = b'{"open":true,"ticket":"k1.aaaaaaaaaaaaaaaa.1","label":"A1-001","service":"id","entered_ms":1795222800000,'
    old += b'"at":"serving","since_ms":1795222860000,"called_ms":1795222850000,"recalled_ms":1795222850000}'
    kept = desk.in_boot(msgspec.json.decode(old, type=desk.Desk), "boot-7")
    assert (kept.label, kept.at, kept.boot) == ("A1-001", At.SERVING, "boot-7")
    assert (kept.since_ms, kept.recalled_ms, kept.waited_ms) == (None, None, None)


def test_own_figures_of_another_boot_wait_until_the_day_is_known(tmp_path):
    office = Office(tmp_path)
    panel = office.panel(1)
    office.touch(2)
    office.next(panel)
    office.center.do(panel, Press.START, Press.END)
    assert panel.view.mine.served == 1
    office.power_cut(MINUTE)
    office.center.clocks["hub"].is_trusted = False
    [panel] = office.on("c1")
    assert (panel.view.mine.served, panel.view.mine.day) == (0, "")
    office.next(panel)
    office.center.do(panel, AnswerDay(today=True))
    office.wait(6 * SECOND)
    office.center.do(panel, Press.START, Press.END)
    assert (panel.view.mine.served, panel.view.mine.day) == (1, "")
    office.network("hub")
    office.wait(2 * MINUTE)
    assert (panel.view.mine.served, panel.view.mine.day) == (2, day_of(office.real_ms))


@pytest.mark.parametrize("known", [True, False])
def test_nobody_is_called_from_a_list_that_may_be_yesterdays(tmp_path, known):
    office = Office(tmp_path, known=known)
    panel = office.panel(1)
    labels = office.touch(2)
    office.center.kill_hub()
    assert office.next(panel) == "" and panel.me.at == At.ASKING
    office.wait(6 * SECOND)
    assert panel.me.label == labels[0], "without the hub, from the last list"
    office.center.do(panel, Press.START, Press.END)
    office.center.pass_ms(16 * HOUR, 60_000)
    office.center.do(panel, Press.NEXT)
    office.wait(12 * SECOND)
    assert panel.me.label == "" and panel.view.nobody


def test_who_has_come_into_doubt_since_the_list_was_told_is_not_called_from_it(tmp_path):
    """The list is a minute old, and he has stood in it for eight hours: the hub would ask by now."""
    office = Office(tmp_path, known=False)
    panel = office.panel(1)
    office.touch(1)
    office.center.pass_ms(8 * HOUR - 2 * MINUTE, 60_000)
    [late] = office.touch(1)
    office.center.kill_hub()
    office.center.pass_ms(3 * MINUTE, 1_000)
    office.next(panel)
    office.wait(6 * SECOND)
    assert panel.me.label == late


def test_nobody_whose_day_is_in_doubt_is_called_without_the_hub(tmp_path):
    office = Office(tmp_path)
    office.panel(1)
    labels = office.touch(2)
    office.power_cut(3 * MINUTE)
    [panel] = office.on("c1")
    office.next(panel)
    office.center.do(panel, Go(""))
    assert {seat.note for seat in panel.view.line} == {"of today?"}
    assert [seat.waited_min for seat in panel.view.line] == [None, None], "nobody knows how long the power was gone"
    office.center.kill_hub()
    office.center.do(panel, Press.NEXT)
    office.wait(12 * SECOND)
    assert panel.me.label == ""
    office.center.start_hub()
    office.wait(31 * SECOND)
    office.next(panel)
    office.center.do(panel, AnswerDay(today=True))
    office.wait(6 * SECOND)
    assert panel.me.label == labels[0]


# -- the hub's own person -----------------------------------------------------------------------------------


def test_a_person_at_the_hub_is_one_source_and_hears_who_said_what(tmp_path):
    office = Office(tmp_path, known=False)
    hub = office.center.hub
    asked = TellTime()
    hub.on_wish(asked)
    assert any("Nobody knows the time" in line for line in asked.answer)
    said = TellTime(minute_ms(spelled_minute(office.real_ms)))
    hub.on_wish(said)
    office.center.settle()
    assert any("One person said so: a person at the hub" in line for line in said.answer)
    assert [row.body["by"] for row in office.rows("time_said")] == ["hub person"]
    panel = office.panel(1)
    assert panel.view.time.zero_ms is not None and not panel.view.time.known
    office.center.do(panel, SayTime(spelled_minute(office.real_ms + 2 * MINUTE)))
    office.wait(SECOND)
    wrong = TellTime(minute_ms(spelled_minute(office.real_ms + 3 * DAY)))
    hub.on_wish(wrong)
    assert any("This is known: c1" in line for line in wrong.answer)
    assert any("a person at the hub says" in line and "not believed" in line for line in wrong.answer)
    assert hub.keeper.doubted


# -- what is shown --------------------------------------------------------------------------------------


def test_the_board_shows_a_time_only_when_somebody_knows_it(tmp_path):
    office = Office(tmp_path, known=False)
    office.center.own_clock("h1", off_ms=-YEARS)
    office.center.hub.pulse_ms = 1_000
    office.center.hub._pulse()
    board = office.center.board()
    views = []
    board.show = views.append
    office.wait(12 * SECOND)
    assert views[-1].time.zero_ms is None
    panel = office.panel(1)
    office.center.do(panel, SayTime(spelled_minute(office.real_ms)))
    office.wait(12 * SECOND)
    shown = views[-1].time
    assert shown.zero_ms is not None and not shown.known
    office.network("hub")
    office.wait(80 * SECOND)
    shown = views[-1].time
    assert shown.known and abs(shown.at(board.clock.mono_ms()) - office.real_ms) < SECOND
    office.center.clocks["h1"].step(HOUR)
    office.center.kill_hub()
    office.wait(2 * HOUR)
    shown = views[-1].time
    assert abs(shown.at(board.clock.mono_ms()) - office.real_ms) < SECOND, "its own monotonic clock carries it on"
    assert board.clock.mono_ms() - views[-1].lost_ms >= 2 * HOUR - 5 * SECOND


def test_while_nobody_knows_the_time_the_voice_is_as_loud_as_by_day():
    config = HallConfig(volume=80, times=[VoiceTime("12:00", "13:00", 0), VoiceTime("18:00", "07:00", 20)])
    assert [volume_at(config, m) for m in (10 * 60, 12 * 60 + 30, 23 * 60, 5 * 60)] == [80, 0, 20, 20]
    assert volume_at(config, None) == 80


def test_a_beacon_that_was_kept_tells_no_time(tmp_path):
    office = Office(tmp_path)
    office.wait(2 * MINUTE)
    office.center.kill_hub()
    office.center.advance(HOUR)
    office.center.own_clock("h1", off_ms=-YEARS)
    board = office.center.board()
    views = []
    board.show = views.append
    office.wait(12 * SECOND)
    assert views[-1].time.zero_ms is None


@pytest.mark.parametrize(("finer_ms", "asks"), [(0, 0), (-50 * MINUTE, 1)])
def test_a_box_asks_when_an_old_mark_tells_that_the_hubs_time_became_finer(tmp_path, monkeypatch, finer_ms, asks):
    office = Office(tmp_path)
    panel, hub = office.panel(1), office.center.hub
    office.wait(31 * SECOND)
    mark = mark_of(hub._head(), hub.ledger, "c1", None, ("", 0))
    asked = []
    monkeypatch.setattr(Sender, "_ask", lambda self: asked.append(self))
    panel.sender.on_mark(msgspec.structs.replace(mark, hub_time_ms=mark.hub_time_ms + finer_ms))
    panel.sender.on_mark(msgspec.structs.replace(mark, hub_time_ms=mark.hub_time_ms + finer_ms))
    assert len(asked) == asks


def test_in_the_minute_before_a_person_of_yesterday_expires_nobody_calls_him(tmp_path):
    office = Office(tmp_path, known=False)
    panel, hub = office.panel(1), office.center.hub
    office.touch(1, every_ms=0)
    office.center.advance(SURELY_EARLIER_MS + SECOND)
    told = waiting_news(office.hall, (1, hub.start, 0, hub._now_ms()))
    assert [(ticket.label, ticket.doubt) for ticket in told.line] == [("A1-001", True)], "no counter calls him alone"
    office.center.do(panel, Press.NEXT)
    assert panel.me.label == ""
    assert office.expired() == {"A1-001": "new_day"}
