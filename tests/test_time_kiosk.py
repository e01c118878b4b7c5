"""Clocks that lie, are missing or come late: what a kiosk's numbers, papers and staff see of it, as a technician tells it."""

import json
from dataclasses import replace

import pytest
from conftest_center import Center
from hypothesis import given, settings
from hypothesis import strategies as st
from laos import day_of, midnight_ms
from msgspec import structs

from display.presses import Press
from kiosk import wishes as w
from kiosk.flow import Screen
from kiosk.jobs import ListJob, PrintJob, SlipJob
from kiosk.layout import Layout
from kiosk.numbers import remembered
from kiosk.slip import draw_seal, draw_slip
from kiosk.ticket import draw_list, draw_ticket, qr_text
from onedoor import BUILT_MS
from onedoor.device.box_time import BoxTime
from onedoor.device.clock import HardwareClock, VirtualClock
from onedoor.device.sealing import Signer
from onedoor.hall import events as ev
from onedoor.hall.hours import promised_day
from onedoor.hall.rules import ALWAYS_OPEN, Hours
from onedoor.wire.tag import genuine, read

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
MORNING = 1_795_222_800_000
"""Saturday 21 November 2026, 08:00 in the center."""
YEARS = 10 * 365 * DAY
LAYOUT = Layout("test", "ສູນບໍລິການ", "Service Center", key=bytes(32))


class Town:
    """A center in which nobody has network time at first. `real_ms` is what a wrist watch says; no box ever reads it."""

    def __init__(self, folder, *, hardware=False, days_known=False):
        self.center = Center(folder, clock=VirtualClock(MORNING))
        self.boots = 0
        for dev in ("hub", "k1", "c1", "c2"):
            clock = self.center.own_clock(dev, off_ms=-YEARS)
            clock.hardware = (MORNING, True) if hardware else None
        if days_known:
            self.network("hub")

    @property
    def real_ms(self):
        return self.center.clock.wall_ms()

    @property
    def today(self):
        return day_of(self.real_ms)

    def network(self, *devs, off_ms=0):
        """Network time arrives at these boxes; `off_ms`: and is wrong by so much."""
        for dev in devs:
            clock = self.center.clocks[dev]
            clock.step(self.real_ms + off_ms - clock.wall_ms())
            clock.is_trusted = True
        self.center.pass_ms(61_000, 1_000)

    def no_network(self, *devs):
        for dev in devs:
            self.center.clocks[dev].is_trusted = False

    def kiosk(self):
        kiosk = self.center.kiosk()
        kiosk.show = lambda view: setattr(self, "view", view)
        self.center.pass_ms(2_000, 1_000)
        return kiosk

    def power_cut(self, dev, after_ms=0):
        """The plug is pulled; the box is dark for a while. Its wall clock stands where it stood, as without a battery."""
        self.center.kill_hub() if dev == "hub" else self.center.stop(dev)
        self.center.advance(after_ms)
        self.boots += 1
        clock = self.center.clocks[dev]
        clock.reboot(f"{dev}-again-{self.boots}")
        clock.step(-after_ms)

    def touch(self, kiosk, service="land", wait_ms=MINUTE):
        """A citizen takes a ticket: the paper."""
        self.center.touch(kiosk, service)
        self.center.pass_ms(wait_ms, 1_000)
        return self.center.papers[-1]

    def to_morning(self):
        """Until 08:00 of the next day."""
        target = midnight_ms(self.today) + DAY + 8 * HOUR
        self.center.advance(target - self.real_ms - MINUTE)
        self.center.pass_ms(MINUTE, 1_000)

    def call_all(self, panel, most=8):
        called = []
        for _ in range(most):
            self.center.do(panel, Press.NEXT)
            self.center.pass_ms(6_000, 1_000)
            if not panel.me.ticket:
                return called
            called.append(panel.me.label)
            self.center.do(panel, Press.START, Press.END)
            self.center.pass_ms(1_000)
        return called

    def rows(self, *kinds):
        self.center.hub.flush()
        return [row for row in self.center.hub.store.rows() if row.kind in kinds]

    def staff(self, kiosk, *acts):
        """The key, some touches on the staff's page, and the key back; the last note."""
        self.center.do(kiosk, w.Key(on=True), *(w.StaffDo(*act) for act in acts))
        note = kiosk.staff.page.note
        self.center.do(kiosk, w.Key(on=False))
        return note

    def says(self, kiosk, at_ms):
        """A person says the time on the staff's page."""
        day = day_of(at_ms)
        of_day = at_ms - midnight_ms(day)
        hour, minute = f"{of_day // HOUR:02d}", f"{of_day % HOUR // MINUTE // 5 * 5:02d}"
        return self.staff(
            kiosk, ("page", "time"), ("choose", day), ("choose", hour), ("choose", minute), ("say", "")
        )  # fmt: skip


def number(paper):
    return int(paper.label.rpartition("-")[2])


def no_date(paper: PrintJob):
    """Nothing on this paper, in its code or on the screen is a date."""
    said = read(qr_text(paper, LAYOUT))
    return paper.at_ms is None and paper.promised == "" and said.day == "" and said.ticket == paper.ticket


# -- the scenarios of the protocol ------------------------------------------------------------------------------------


def test_8_no_internet_but_good_hardware_clocks_four_days_and_a_power_cut(tmp_path):
    town = Town(tmp_path, hardware=True)
    town.center.start_hub()
    kiosk = town.kiosk()
    for day in range(4):
        papers = [town.touch(kiosk) for _ in range(3)]
        if day == 1:
            town.power_cut("k1", 20 * MINUTE)
            kiosk = town.kiosk()
            town.center.pass_ms(62_000, 1_000)
            papers.append(town.touch(kiosk))
        assert number(papers[0]) == 1, f"day {day + 1} begins with 1"
        assert len({p.label for p in papers}) == len(papers)
        for paper in papers:
            assert paper.day == town.today
            assert paper.promised == promised_day(ALWAYS_OPEN, town.today, 3)
            assert read(qr_text(paper, LAYOUT)).day == town.today
        town.to_morning()


def test_9_no_internet_no_hardware_clocks_nobody_answers_three_days_switched_on(tmp_path):
    town = Town(tmp_path)
    town.center.start_hub()
    kiosk, panel = town.kiosk(), town.center.panel(1)
    last = 0
    for _ in range(3):
        papers = [town.touch(kiosk) for _ in range(3)]
        assert all(no_date(p) for p in papers)
        assert all(p.receipt and p.in_days == 3 for p in papers), "in three working days"
        assert [number(p) for p in papers] == [last + 1, last + 2, last + 3], "numbers run on"
        last += 3
        town.center.pass_ms(10 * MINUTE, 10_000)
        called = town.call_all(panel)
        assert set(called) <= {p.label for p in papers}, "nobody of yesterday is called"
        town.touch(kiosk)
        last += 1  # one stays over night
        town.to_morning()
    for row in town.rows("issued"):
        assert row.body["day"] == ""


def test_10_two_people_say_the_same_time_and_papers_have_dates_and_numbers_begin_again_tomorrow(tmp_path):
    town = Town(tmp_path)
    town.center.start_hub()
    kiosk = town.kiosk()
    assert no_date(town.touch(kiosk))
    assert town.says(kiosk, town.real_ms) == "Done"
    said = town.touch(kiosk)
    assert said.day == town.today and not kiosk.sender.time.now.known, "one person: printed, and no more than said"
    panel = town.center.panel(1)
    town.center.pass_ms(5_000, 1_000)
    panel.sender.time.say(town.real_ms, "c1")
    panel.sender.append(ev.TimeTold(town.real_ms))
    town.center.pass_ms(10_000, 1_000)
    paper = town.touch(kiosk)
    assert kiosk.sender.time.now.known, "two people at two boxes agree"
    assert paper.day == town.today and number(paper) == 3, "today goes on"
    town.to_morning()
    tomorrow = town.touch(kiosk)
    assert (number(tomorrow), tomorrow.day) == (1, town.today)


def test_11_one_person_says_tomorrow_and_then_today(tmp_path):
    town = Town(tmp_path)
    town.center.start_hub()
    kiosk, panel = town.kiosk(), town.center.panel(1)
    papers = [town.touch(kiosk)]
    town.says(kiosk, town.real_ms + DAY)
    papers.append(town.touch(kiosk))
    assert papers[-1].day == day_of(town.real_ms + DAY), "it was said, so it is printed"
    town.says(kiosk, town.real_ms)
    papers.append(town.touch(kiosk))
    assert papers[-1].day == town.today, "dates on paper are right again"
    assert [number(p) for p in papers] == [1, 2, 3], "what one person says never begins numbers again"
    assert town.rows("expired") == []
    assert town.call_all(panel) == [p.label for p in papers]
    town.center.do(kiosk, w.Key(on=True), w.StaffDo("page", "reprint"), w.StaffDo("reprint", papers[1].ticket))
    assert town.center.sheets[-1].day == town.today, "and on a copy of the ticket that had the wrong one"


def test_12_a_kiosk_boots_in_1970_alone_then_comes_network_time_then_the_hub(tmp_path):
    town = Town(tmp_path)
    clock = town.center.clocks["k1"]
    clock.step(-clock.wall_ms())
    town.center.use_card("k1")
    kiosk = town.kiosk()
    papers = [town.touch(kiosk) for _ in range(2)]
    assert all(no_date(p) for p in papers)
    real_first = town.real_ms - 2 * MINUTE - 800
    town.network("k1")
    papers.append(town.touch(kiosk))
    assert papers[-1].day == town.today
    town.network("hub")
    town.center.start_hub()
    town.center.pass_ms(30_000, 1_000)
    papers.append(town.touch(kiosk))
    assert [number(p) for p in papers] == [1, 2, 3, 4], "no number twice, none lost"
    rows = town.rows("issued")
    hall = town.center.hub.ledger.hall
    assert [row.quality for row in rows] == ["B"] * 4
    at = [hall.tickets[p.ticket].issued_ms for p in papers]
    assert at == sorted(at) and abs(at[0] - real_first) < 5_000, "dated by the boot in which they were written"
    assert {hall.tickets[p.ticket].day for p in papers} == {town.today}


def test_13_network_time_says_2036_for_a_minute(tmp_path):
    town = Town(tmp_path, days_known=True)
    town.center.start_hub()
    kiosk = town.kiosk()
    town.network("k1")
    papers = [town.touch(kiosk)]
    town.network("k1", off_ms=YEARS)
    papers.append(town.touch(kiosk))
    assert kiosk.box.alarms == ["clock"], "somebody has to look"
    town.network("k1")
    papers.append(town.touch(kiosk))
    assert kiosk.box.alarms == [], "and not any more"
    assert [number(p) for p in papers] == [1, 2, 3] and {p.day for p in papers} == {town.today}
    town.to_morning()
    assert number(town.touch(kiosk)) == 1, "tomorrow begins at 1"


def test_17_a_kiosk_alone_over_night_reboots_and_the_hub_is_back_in_the_morning(tmp_path):
    town = Town(tmp_path)
    town.center.start_hub()
    kiosk, panel = town.kiosk(), town.center.panel(1)
    town.power_cut("hub")
    left = [town.touch(kiosk) for _ in range(2)]
    town.power_cut("k1", 16 * HOUR)
    kiosk = town.kiosk()
    town.center.pass_ms(62_000, 1_000)
    came = [town.touch(kiosk) for _ in range(2)]
    town.network("hub")
    town.center.start_hub()
    town.center.pass_ms(30_000, 1_000)
    town.touch(kiosk)
    labels = {p.label for p in [*left, *came]}
    assert len(labels) == 4
    issued = {f"k1.{r.run}.{r.seq}": r for r in town.rows("issued")}
    assert all(issued[p.ticket].quality in ("A", "C") for p in left), "none is dated by its arrival"
    hall = town.center.hub.ledger.hall
    assert all(hall.tickets[p.ticket].low_ms is not None or hall.tickets[p.ticket].day != town.today for p in left)
    town.center.do(panel, Press.NEXT)
    town.center.pass_ms(4_000, 1_000)
    assert panel.me.label not in {p.label for p in left}, "nobody of yesterday is called before somebody has answered"


# -- words that are taken back ----------------------------------------------------------------------------------------


def test_a_withdrawn_word_leaves_the_series_open_in_the_same_commit_as_the_count(tmp_path):
    """The card is cut right behind the commit: either it knows nothing of it, or both."""
    town = Town(tmp_path)
    town.network("hub", off_ms=3 * DAY)
    town.center.start_hub()
    kiosk = town.kiosk()
    first = town.touch(kiosk)
    assert first.day == day_of(town.real_ms + 3 * DAY)
    journal = kiosk.sender.journal
    commits, real = [], journal.append

    def append(events, stamp, keep):
        commits.append(dict(keep))
        return real(events, stamp, keep)

    journal.append = append
    panel = town.center.panel(1)
    panel.sender.append(ev.TimeTold(town.real_ms))
    town.network("hub")
    town.center.pass_ms(5_000, 1_000)
    kiosk.sender.on_link(up=True)
    kiosk.sender._ask()
    town.center.settle()
    assert town.center.hub.ledger.hall.time.withdrawn == 1
    told = [keep for keep in commits if json.loads(keep.get("floor", "[0,0,0,0]"))[3] == 1]
    assert told and json.loads(told[0]["numbering"])["open"] is True
    assert not any(json.loads(k["numbering"])["open"] for k in commits[: commits.index(told[0])])
    again = town.touch(kiosk)
    assert number(again) == 2 and again.day == town.today, "a day that a word has moved is no new one"


def test_a_box_that_finds_its_own_word_wrong_counts_on_as_well(tmp_path):
    """Its hardware clock was checked and yet wrong by a day; network and hub agree against it."""
    town = Town(tmp_path, days_known=True)
    clock = town.center.clocks["k1"]
    clock.hardware = (clock.offset_ms + town.real_ms - clock.wall_ms() - DAY, True)
    town.center.use_card("k1")
    kiosk = town.kiosk()
    kiosk.numbers.numbering = replace(kiosk.numbers.numbering, day=day_of(town.real_ms - 2 * DAY))
    papers = [town.touch(kiosk) for _ in range(3)]
    assert papers[0].day == day_of(town.real_ms - DAY)
    town.network("k1")
    town.center.start_hub()
    town.center.pass_ms(10_000, 1_000)
    kiosk.sender._ask()
    town.center.pass_ms(5_000, 1_000)
    assert kiosk.sender.time.now.known
    paper = town.touch(kiosk)
    assert paper.day == town.today
    assert number(paper) == 4, "these may be numbers of today already"


# -- cards that forget ------------------------------------------------------------------------------------------------


def snapshot(center, dev="k1"):
    card = center.cards[dev]
    return list(card.rows), dict(card.keep), [type(s)(s.run, s.first, s.count) for s in card.spans]


def test_a_card_that_forgot_its_newest_series_repeats_no_number(tmp_path):
    town = Town(tmp_path, hardware=True)
    town.center.start_hub()
    kiosk = town.kiosk()
    for _ in range(3):
        town.touch(kiosk)
    kept = snapshot(town.center)
    town.to_morning()
    papers = [town.touch(kiosk, wait_ms=2_000) for _ in range(25)]
    assert number(papers[0]) == 1
    town.power_cut("k1", MINUTE)
    card = town.center.cards["k1"]
    card.rows, card.keep, card.spans = kept
    kiosk = town.kiosk()
    after = [town.touch(kiosk) for _ in range(3)]
    assert not {p.label for p in after} & {p.label for p in papers}
    assert number(after[0]) == 36, "ten behind what the hub knows"
    town.to_morning()
    assert number(town.touch(kiosk)) == 1, "and the next day begins at 1 again"


def test_the_numbering_of_an_earlier_release_goes_on(tmp_path):
    old = '{"day":"2026-11-21","last":{"id":7},"untrusted":true,"doubts":1,"floor":0}'
    numbering = remembered(old)
    assert (numbering.open, numbering.last, numbering.doubts, numbering.day) == (True, {"id": 7}, 1, "2026-11-21")


WORDS = st.one_of(
    st.tuples(st.just("network"), st.just(0)),
    st.tuples(st.just("said"), st.sampled_from([-DAY, 0, DAY, 7 * HOUR])),
    st.tuples(st.just("hub wrong"), st.sampled_from([-DAY, DAY, 2 * DAY])),
    st.tuples(st.just("hub right"), st.just(0)),
)
HISTORY = st.lists(
    st.one_of(
        st.tuples(st.just("touch"), st.integers(1, 3)),
        st.tuples(st.just("hours"), st.sampled_from([1, 6, 16, 24])),
        st.tuples(st.just("cut"), st.sampled_from([MINUTE, 9 * HOUR])),
        st.tuples(st.just("restart"), st.just(0)),
        st.tuples(st.just("night"), st.sampled_from([HOUR, 15 * HOUR])),
        st.tuples(st.just("forgets"), st.just(0)),
        WORDS,
    ),
    max_size=25,
)


class OneKiosk:
    """A kiosk and what a hub would tell it, without the hub: any word at any time."""

    def __init__(self, tmp):
        self.center = Center(tmp, clock=VirtualClock(MORNING))
        self.center.own_clock("k1", off_ms=-YEARS)
        self.kiosk = self.center.kiosk()
        self.withdrawn, self.boots = 0, 0
        self.given: set[tuple[str, int]] = set()
        self.known_days: set[str] = set()
        self.lost = None
        """What the card remembers if it forgets its newest minute."""

    @property
    def clock(self):
        return self.center.clocks["k1"]

    @property
    def real_ms(self):
        return self.center.clock.wall_ms()

    def hears(self, off_ms, how, withdrawn):
        sender = self.kiosk.sender
        if sender.time.hear_hub(self.real_ms + off_ms, how, 0, 0, withdrawn):
            sender.taken_back()

    def touch(self):
        today, before = day_of(self.real_ms), self.kiosk.numbers.numbering
        n = self.kiosk.numbers.next("id")
        self.kiosk.numbers.write()
        assert (today, n) not in self.given, (today, n)
        first = not any(day == today for day, _ in self.given)
        sure = before.day < today and before.day in self.known_days and not before.open and not before.doubts
        now = self.kiosk.sender.time.now
        if now.known and day_of(now.ms) == today:
            self.known_days.add(today)
            if first and sure:
                assert n == 1, "known on both days: the first number is 1"
        self.given.add((today, n))


@settings(max_examples=250, deadline=None)
@given(HISTORY)
def test_no_number_twice_on_one_real_day_whatever_words_withdrawals_and_boots_there_are(tmp_path_factory, history):
    """Known time may be wrong for a while; as the protocol says, it is taken back before a number is given by it."""
    one = OneKiosk(tmp_path_factory.mktemp("k"))
    wrong = False
    for what, value in history:
        match what:
            case "touch":
                one.lost = snapshot(one.center)
                for _ in range(value):
                    if wrong:  # before anybody is given a number by it, the wrong word is withdrawn
                        one.withdrawn += 1
                        one.hears(0, "known", one.withdrawn)
                        wrong = False
                    one.touch()
            case "hours":
                one.lost = None  # what is older than a minute no card forgets
                one.center.advance(value * HOUR)
            case "cut" | "restart" | "night":
                one.center.stop("k1", clean=what != "cut")
                one.lost = one.lost if what == "cut" else None
                one.center.advance(value)
                if what != "restart":
                    one.boots += 1
                    one.clock.reboot(f"again-{one.boots}")
                    one.clock.is_trusted = False
                one.kiosk = one.center.kiosk()
            case "forgets" if one.lost is not None:
                one.center.stop("k1")
                card = one.center.cards["k1"]
                card.rows, card.keep, card.spans = one.lost
                one.lost = None
                one.boots += 1
                one.clock.reboot(f"again-{one.boots}")
                one.kiosk = one.center.kiosk()
            case "network":
                one.clock.step(one.real_ms - one.clock.wall_ms())
                one.clock.is_trusted = True
            case "said":
                one.kiosk.sender.time.say(one.real_ms + value, "k1")
            case "hub wrong":
                if not one.kiosk.sender.time.now.known:
                    one.hears(value, "known", one.withdrawn)
                    wrong = one.kiosk.sender.time.now.known
            case "hub right":
                if not wrong:
                    one.hears(0, "known", one.withdrawn)


# -- paper and screen -------------------------------------------------------------------------------------------------


def test_without_a_date_papers_are_whole_and_say_in_how_many_days(tmp_path):
    town = Town(tmp_path)
    town.center.start_hub()
    kiosk = town.kiosk()
    town.center.do(kiosk, w.Begin(), w.Choose("land"), w.Take(held=True))
    town.center.pass_ms(400)
    assert (town.view.screen, town.view.in_days, town.view.promised) == (Screen.ISSUED, 3, "")
    ticket = town.center.papers[-1]
    dated = replace(ticket, at_ms=MORNING, promised="2026-11-26", in_days=0)
    assert draw_ticket(ticket, LAYOUT).tobytes() != draw_ticket(dated, LAYOUT).tobytes()
    town.center.do(kiosk, w.Done(), w.Begin(), w.Choose("land"), w.Tell())
    told = town.center.sheets[-1]
    assert isinstance(told, ListJob) and told.at_ms is None
    assert draw_list(told, LAYOUT).height < draw_list(replace(told, at_ms=MORNING), LAYOUT).height
    for kind in ("collect", "sorry"):
        town.staff(kiosk, ("page", kind), ("choose", "land"), (kind, "5"))
        slip = town.center.sheets[-1]
        assert isinstance(slip, SlipJob) and (slip.day, slip.in_days, slip.at_ms) == ("", 5, None)
        draw_slip(slip, LAYOUT)
    assert [row.body["day"] for row in town.rows("slip_given")] == ["", ""]


def test_a_code_without_a_day_names_the_ticket_and_is_proved_like_the_others():
    job = PrintJob("k1.00000000000000ab.7", "A1-007", None, "lo", None, None)
    text = qr_text(job, LAYOUT)
    assert genuine(LAYOUT.key, text)
    said = read(text)
    assert (said.center, said.label, said.day, said.ticket) == ("test", "A1-007", "", job.ticket)
    assert not genuine(LAYOUT.key, text.replace("_7.", "_8."))
    dated = read(qr_text(replace(job, at_ms=MORNING), LAYOUT))
    assert (dated.day, dated.ticket) == ("2026-11-21", None)
    for nonsense in ("", "a.b", "a.20261121", "a.2026.x.y.z", "x" * 400, "t.k1_zz_1.A1-007", "t..A1-007"):
        assert read(nonsense) is None, nonsense


def test_a_service_is_refused_by_hours_only_when_the_time_is_known(tmp_path):
    town = Town(tmp_path)
    town.center.start_hub()
    kiosk = town.kiosk()
    kiosk.hours = Hours((((480, 720),),) * 7)
    service = kiosk.catalogue.get("id")
    town.says(kiosk, town.real_ms + 14 * HOUR)
    assert kiosk.sender.time.now.ms is not None and kiosk.refusal(service) is None, "one person closes nothing"
    town.network("hub")
    town.center.advance(14 * HOUR)
    town.center.pass_ms(61_000, 1_000)
    assert kiosk.sender.time.now.known and kiosk.refusal(service) == "center_closed"


def test_the_seal_of_a_day_nobody_knows_is_printed_once_for_each_of_its_rows(tmp_path):
    town = Town(tmp_path)
    town.center.start_hub()
    kiosk = town.kiosk()
    kiosk.prints_slip = True
    signer = Signer(tmp_path / "key")

    def seal(day, row):
        said = structs.replace(signer.seal("test", day, 1, row, "0" * 64), closing=True)
        kiosk._seal = said
        kiosk._closing_slip()
        town.center.settle()
        town.center.pass_ms(61_000, 1_000)
        return sum(getattr(sheet, "hub_seq", None) == row for sheet in town.center.sheets)

    assert [seal("", 5), seal("", 5), seal("", 9)] == [1, 1, 1]
    assert seal("2036-02-07", 20) == 1
    assert seal("2026-11-21", 30) == 1, "a day that was wrong does not end the printing until it comes"
    assert seal("2026-11-21", 31) == 0, "one slip a day"
    assert draw_seal(signer.seal("test", "", 1, 5, "0" * 64), LAYOUT).height > 300


# -- the staff's page -------------------------------------------------------------------------------------------------


def test_the_staff_says_the_time_by_day_hour_and_minute_and_looks_at_it_once_more(tmp_path):
    town = Town(tmp_path)
    town.center.start_hub()
    kiosk = town.kiosk()
    page = lambda: kiosk.staff.page  # noqa: E731
    town.center.do(kiosk, w.Key(on=True), w.StaffDo("page", "time"))
    assert page().lines[0][1] == "Nobody has said which time it is"
    assert (page().since, page().clock) == (day_of(BUILT_MS), ""), "the last shutdown's time is never offered"
    town.center.do(kiosk, w.StaffDo("days", "21"), w.StaffDo("choose", "2026-11-25"))
    assert page().lines[0][1] == "Wednesday 25 November 2026"
    town.center.do(kiosk, w.StaffDo("choose", "08"), w.StaffDo("choose", "05"))
    assert page().lines[1][1] == "Wednesday 25 November 2026, 08:05"
    town.center.do(kiosk, w.StaffDo("say", ""))
    assert page().note == "Done"
    [told] = town.rows("time_told")
    assert told.body["center_ms"] == midnight_ms("2026-11-25") + 8 * HOUR + 5 * MINUTE
    town.center.pass_ms(3_000, 1_000)
    assert town.rows("time_said")[0].body["by"] == "k1"
    assert (kiosk.sender.time.now.known, town.rows("time_known")) == (False, []), "its echo is no second person"
    town.center.do(kiosk, w.StaffDo("page", "time"))
    assert page().lines[0][1].startswith("Somebody has said the time 25/11/2026 08:05")


def test_a_clock_of_the_box_is_offered_and_a_person_who_agrees_makes_it_known(tmp_path):
    town = Town(tmp_path)
    town.center.start_hub()
    clock = town.center.clocks["k1"]
    clock.hardware = (town.real_ms - clock.now_ms, False)
    kiosk = town.kiosk()
    assert kiosk.sender.time.now.ms is None, "a clock that nobody checked is no word"
    town.center.do(kiosk, w.Key(on=True), w.StaffDo("page", "time"))
    assert kiosk.staff.page.clock == "21/11/2026 08:00"
    town.center.do(kiosk, w.StaffDo("choose", "clock"), w.StaffDo("say", ""), w.Key(on=False))
    assert kiosk.sender.time.now.known
    assert town.touch(kiosk).day == town.today
    clock.hardware = (0, False)
    town.center.do(kiosk, w.Key(on=True), w.StaffDo("page", "time"))
    assert kiosk.staff.page.clock == "", "one that lost its power shows nothing that can be"


def test_a_time_that_cannot_be_is_not_believed_and_said_so(tmp_path):
    town = Town(tmp_path, days_known=True)
    town.center.start_hub()
    kiosk = town.kiosk()
    before = kiosk.sender.time.now.ms
    assert town.says(kiosk, town.real_ms + 3 * DAY) == "Not believed: ask a second person."
    assert abs(kiosk.sender.time.now.ms - before) < 5_000
    for acts in (
        (("say", ""),),
        (("page", "time"), ("say", "")),
        (("page", "time"), ("choose", "2026-11-25"), ("say", "")),
    ):
        assert town.staff(kiosk, *acts) == ""
    assert len(town.rows("time_told")) == 1


def test_numbers_begin_again_by_hand_only_where_nobody_knows_the_day(tmp_path):
    town = Town(tmp_path)
    town.center.start_hub()
    kiosk = town.kiosk()
    papers = [town.touch(kiosk) for _ in range(3)]
    town.center.do(kiosk, w.Key(on=True), w.StaffDo("numbers", ""))
    assert town.rows("numbers_begun") == [], "not without the question"
    town.center.do(kiosk, w.StaffDo("page", "numbers"))
    lines = [en for _, en in kiosk.staff.page.lines]
    assert lines == ["Are all tickets of before called? Their numbers will be given again.", "waiting 3"]
    town.center.do(kiosk, w.StaffDo("numbers", ""), w.Key(on=False))
    [row] = town.rows("numbers_begun")
    again = town.touch(kiosk)
    assert number(again) == 1
    issued = town.rows("issued")[-1]
    assert issued.body["series"] == f"k1.{row.run}.{row.seq}", "the row names the series"
    assert town.rows("label_repeated") == [], "another series: the same label is another ticket"
    assert len({p.ticket for p in [*papers, again]}) == 4
    town.network("hub")
    town.center.do(kiosk, w.Key(on=True), w.StaffDo("page", "numbers"))
    assert kiosk.staff.page.numbered
    town.center.do(kiosk, w.StaffDo("numbers", ""), w.Key(on=False))
    assert len(town.rows("numbers_begun")) == 1, "now they begin again by themselves"
    assert number(town.touch(kiosk)) == 2


# -- the hardware clock -----------------------------------------------------------------------------------------------


@pytest.fixture
def battery(tmp_path):
    """The kernel's folder of a hardware clock, made up."""
    place = tmp_path / "rtc0"
    place.mkdir()
    (place / "name").write_text("rtc-ds1307 1-0068\n")

    def shows(at_ms):
        (place / "since_epoch").write_text(f"{at_ms // 1000}\n")
        return HardwareClock(tmp_path / "clock.json", place)

    shows.place = place
    return shows


def test_a_hardware_clock_is_believed_only_after_it_was_seen_right(battery):
    assert not battery(MORNING).is_checked(MORNING), "nobody has ever looked"
    battery(MORNING).note(MORNING + 2_000, "boot-1")
    again = battery(MORNING + DAY)
    assert again.read_ms() == MORNING + DAY and again.is_checked(MORNING + DAY)


def test_a_hardware_clock_that_was_wrong_or_lost_its_power_is_not_believed(battery):
    battery(MORNING).note(MORNING + HOUR, "boot-1")
    assert not battery(MORNING).is_checked(MORNING), "it was an hour wrong when network time was there"
    battery(MORNING).note(MORNING, "boot-1")
    assert not battery(946_684_800_000).is_checked(946_684_800_000), "it began again in the year 2000"
    (battery.place / "name").write_text("another clock")
    assert not battery(MORNING + DAY).is_checked(MORNING + DAY), "this is not the clock that was seen"


def test_no_hardware_clock_or_one_that_says_that_it_stopped(battery, tmp_path):
    clock = battery(MORNING)
    (battery.place / "since_epoch").write_text("")
    assert clock.read_ms() is None
    (battery.place / "since_epoch").unlink()
    assert clock.read_ms() is None
    clock.note(MORNING, "boot-1")
    (tmp_path / "clock.json").write_text("{cut")
    assert not clock.is_checked(MORNING)


# -- what the card keeps ----------------------------------------------------------------------------------------------


def test_a_program_that_starts_again_in_the_same_boot_still_knows_the_time(tmp_path):
    town = Town(tmp_path, days_known=True)
    town.center.start_hub()
    kiosk = town.kiosk()
    town.touch(kiosk)
    town.power_cut("hub")
    town.center.stop("k1", clean=True)
    kiosk = town.kiosk()
    paper = town.touch(kiosk)
    assert paper.day == town.today and kiosk.sender.time.now.known
    town.power_cut("k1")
    kiosk = town.kiosk()
    town.center.pass_ms(62_000, 1_000)
    assert no_date(town.touch(kiosk)), "another boot: nobody can say how long it was dark"


def test_a_withdrawn_word_takes_the_floor_with_it(tmp_path):
    """The card thinks that a day ahead is surely past; the right time is believed all the same."""
    clock = VirtualClock(0, "one")
    clock.is_trusted = False
    box = BoxTime(clock)
    box.hear_hub(MORNING + DAY, "known", 0, 0, 0)
    kept = box.keep()["floor"]
    clock.reboot("two")
    again = BoxTime(clock, kept)
    assert not again.window.holds(MORNING)
    assert again.hear_hub(MORNING, "known", 0, 0, 1)
    assert again.now.known and abs(again.now.ms - MORNING) < 10


def test_what_one_person_says_begins_no_numbers_even_where_the_day_before_was_known(tmp_path):
    town = Town(tmp_path)
    town.network("k1")
    kiosk = town.kiosk()
    assert [number(town.touch(kiosk)) for _ in range(3)] == [1, 2, 3]
    town.center.stop("k1", clean=True)
    town.center.clocks["k1"].reboot("k1-again")
    town.no_network("k1")
    kiosk = town.kiosk()
    town.center.pass_ms(62_000, 1_000)
    town.says(kiosk, town.real_ms + DAY)
    paper = town.touch(kiosk)
    assert paper.day == day_of(town.real_ms + DAY) and not kiosk.sender.time.now.known
    assert number(paper) == 4, "it may be wrong, and then these are numbers of today"


def test_clocks_that_disagree_are_noticed_while_nobody_touches(tmp_path):
    town = Town(tmp_path)
    town.network("k1")
    kiosk = town.kiosk()
    assert kiosk.sender.time.now.known and kiosk.box.alarms == []
    town.network("k1", off_ms=YEARS)
    assert kiosk.box.alarms == ["clock"]
    town.network("k1")
    assert kiosk.box.alarms == []
