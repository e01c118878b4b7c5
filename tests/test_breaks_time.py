"""What people tried against the rule of time and found: each test is one story of the hall."""

import json

import pytest
from conftest_center import Center
from laos import day_of, local_time
from msgspec.structs import replace
from test_time_panel import DAY, HOUR, MINUTE, SECOND, TEN, YEARS, Office
from test_verify_words import chained

from broker.marks import mark_of
from display.asking import AnswerDay
from display.panel import Panel
from display.presses import Press
from display.time_page import SayTime
from onedoor.device.clock import VirtualClock
from onedoor.device.sender import Sender
from onedoor.hall import desk
from onedoor.hall import events as ev
from onedoor.hall.hours import Hours
from onedoor.hall.rules import Rules
from onedoor.wire import messages as msg
from onedoor.wire.rows import plain
from reports.report_app import main_report
from reports.story import visits
from reports.verify import verify


def say_time(office: Office, panel: Panel, off_ms: int = 0) -> None:
    """A clerk reads a watch, which may be wrong, and says so."""
    office.center.do(panel, SayTime(local_time(office.real_ms + off_ms).strftime("%Y-%m-%d %H:%M")))
    office.wait(3 * SECOND)


def served(office: Office, panel: Panel) -> str:
    """NEXT, whom it brings, and the visit is over."""
    office.next(panel)
    ticket = panel.me.ticket
    office.center.do(panel, Press.START)
    office.wait(SECOND)
    office.center.do(panel, Press.END)
    return ticket


# -- a release that is two months old -----------------------------------------------------------------------------


class Slow(VirtualClock):
    """A real one: time passes also while a program reads it."""

    def mono_ms(self) -> int:
        self.now_ms += 1
        return self.now_ms


def test_a_new_hub_believes_network_time_although_starting_takes_it_a_few_milliseconds(tmp_path):
    center = Center(tmp_path, clock=VirtualClock(TEN))
    clock = center.clocks["hub"] = Slow(TEN - YEARS, "hub-boot-1")
    clock.is_trusted = False
    hub = center.start_hub()
    center.pass_ms(10 * SECOND, 1_000)
    clock.step(center.clock.wall_ms() - clock.wall_ms())
    clock.is_trusted = True
    center.pass_ms(61 * SECOND, 1_000)
    assert hub.ledger.hall.time.word.known and not hub.keeper.doubted


def test_a_center_that_never_knew_the_time_believes_it_also_after_a_power_cut(tmp_path):
    office = Office(tmp_path, known=False)
    office.panel(1)
    office.touch(2)
    office.wait(20 * MINUTE)
    office.power_cut(3 * MINUTE)
    kiosk, panel = office.on("k1", "c1")
    office.network("hub")
    office.wait(62 * SECOND)
    office.touch(1)
    assert kiosk.sender.time.now.known and panel.sender.time.now.known
    assert office.center.papers[-1].day == day_of(office.real_ms)


def test_the_second_day_of_a_center_without_network_a_clerk_is_still_believed(tmp_path):
    office = Office(tmp_path, known=False)
    office.panel(1)
    office.wait(2 * HOUR)
    office.power_cut(HOUR)
    office.center.clocks["hub"].advance(MINUTE)  # a slow start, and the next one is a quick one
    office.on("c1")
    office.power_cut(HOUR)
    [panel] = office.on("c1")
    say_time(office, panel)
    assert office.hall.time.word.word == "said" and not office.center.hub.keeper.doubted


# -- old places ---------------------------------------------------------------------------------------------------


def test_half_a_day_wrong_and_everybody_restored_who_came_first_is_called_first(tmp_path):
    office = Office(tmp_path, known=False)
    office.network("hub", 12 * HOUR)
    office.wait(62 * SECOND)
    one, two = office.panel(1), office.panel(2)
    office.touch(3)
    office.wait(2 * HOUR)
    assert len(office.expired()) == 3, "a midnight that was none"
    office.touch(2)
    say_time(office, one)
    say_time(office, two)
    came = sorted(office.hall.tickets.values(), key=lambda t: t.issued_ms)
    assert [served(office, one) for _ in came] == [t.id for t in came]
    office.whole()


@pytest.mark.parametrize("off", [-12 * HOUR, 12 * HOUR])
def test_who_goes_back_into_line_after_a_word_stands_in_the_old_place(tmp_path, off):
    office = Office(tmp_path, known=False)
    panel = office.panel(1)
    say_time(office, panel, off)
    labels = office.touch(3)
    assert office.next(panel) == labels[0]
    office.network("hub")
    office.wait(SECOND)
    office.center.do(panel, desk.Undo())
    office.wait(2 * SECOND)
    assert office.call_all(panel) == labels
    office.whole()


def test_who_was_given_in_a_boot_that_is_over_is_called_in_the_order_of_coming(tmp_path):
    office = Office(tmp_path, known=False)
    office.center.kill_hub()
    office.center.kiosk()
    office.wait(62 * SECOND)
    labels = office.touch(12, 2 * MINUTE)
    office.center.stop("k1")
    office.center.clocks["k1"].reboot("k1-again")
    office.center.kiosk()
    office.wait(62 * SECOND)
    labels += office.touch(2)
    office.center.stop("k1")
    office.center.clocks["k1"].reboot("k1-once-more")
    office.center.kiosk()
    office.on()
    assert [t.label for t in office.hall.waiting()] == labels


def test_who_missed_an_appointment_and_comes_back_late_waits_like_everybody(tmp_path):
    office = Office(tmp_path)
    office.center.kill_hub()
    office.center.rules = Rules(returned_within_min=30, credit_min={"N": 0})
    office.center.start_hub()
    panel = office.panel(1)
    office.center.do(panel, desk.Book("1234500001", "id", TEN + 10 * MINUTE))
    kiosk = office.center.kiosk()
    missed = office.center.touch(kiosk, appointment="1234500001")
    assert office.next(panel) == missed
    office.center.do(panel, Press.NO_SHOW)
    office.wait(40 * MINUTE)
    others = office.touch(3)
    office.center.do(panel, desk.Requeue(missed))
    assert office.call_all(panel) == [*others, missed]
    office.whole()


# -- answers ------------------------------------------------------------------------------------------------------


def test_an_answer_under_a_wrong_word_does_not_shut_the_counter_after_the_next_power_cut(tmp_path):
    office = Office(tmp_path, known=False)
    panel = office.panel(1)
    labels = office.touch(3)
    office.power_cut(3 * MINUTE)
    _, panel = office.on("k1", "c1")
    say_time(office, panel, DAY)
    office.next(panel)
    office.center.do(panel, AnswerDay(today=True))
    office.wait(6 * SECOND)
    assert office.call_all(panel, 1) == labels[:1]
    office.power_cut(3 * MINUTE)
    _, panel = office.on("k1", "c1")
    say_time(office, panel)
    office.next(panel)
    assert panel.asking.asks is not None
    office.center.do(panel, AnswerDay(today=True))
    office.wait(6 * SECOND)
    assert office.call_all(panel) == labels[1:]
    office.whole()


def test_two_boots_of_a_kiosk_with_a_night_between_are_two_questions(tmp_path):
    office = Office(tmp_path)
    panel = office.panel(1)
    office.center.kiosk()
    office.wait(5 * SECOND)
    office.center.kill_hub()
    groups = []
    for boot in (1, 2, 3):
        office.center.stop("k1")
        office.center.clocks["k1"].reboot(f"k1-again-{boot}")
        office.center.kiosk()
        office.wait(62 * SECOND)
        groups.append(office.touch(2))
        office.wait(20 * HOUR if boot == 1 else MINUTE)
    office.on()
    office.next(panel)
    assert (panel.asking.asks.first_label, panel.asking.asks.last_label) == tuple(groups[0])
    office.center.do(panel, AnswerDay(today=False))
    office.wait(6 * SECOND)
    assert (panel.asking.asks.first_label, panel.asking.asks.last_label) == tuple(groups[1])
    office.center.do(panel, AnswerDay(today=True))
    office.wait(6 * SECOND)
    assert office.call_all(panel) == [*groups[1], *groups[2]]
    office.whole()


def test_two_answers_that_arrive_in_one_moment_are_two(tmp_path):
    """Taken back is what one counter said of its people, not what another said of others in the same millisecond."""
    office = Office(tmp_path, known=False)
    office.panel(1)
    groups = [office.touch(2)]
    office.power_cut(MINUTE)
    office.on("k1")
    groups.append(office.touch(2))
    office.power_cut(MINUTE)
    _, panel = office.on("k1", "c1")
    center, hall = office.center, office.hall
    asked = {t.label: t.id for t in hall.tickets.values()}
    for group in groups:
        panel._write(ev.DayAnswered(asked[group[0]], today=False))
    office.wait(SECOND)
    center.hub.flush()
    moments = {hall.tickets[asked[label]].said_ms for group in groups for label in group}
    assert len(moments) == 1, "both arrived in one message"
    panel._write(ev.DayAnswered(asked[groups[0][0]], today=True))
    office.wait(SECOND)
    assert {t.label: t.said for t in hall.tickets.values()} == dict.fromkeys(groups[0], "yes") | dict.fromkeys(
        groups[1], "no"
    )


def test_who_was_left_at_a_counter_over_night_and_is_sent_on_in_the_morning_may_be_called(tmp_path):
    """Nobody knows the time, and the hub looks through the line once a minute: the clerk has just seen him."""
    office = Office(tmp_path, at_ms=TEN + 13 * HOUR + 50 * MINUTE)
    panel = office.panel(1)
    [label] = office.touch()
    office.next(panel)
    office.center.do(panel, Press.START)
    office.wait(5 * SECOND)
    office.power_cut(9 * HOUR)
    [panel] = office.on("c1")
    office.wait(14 * MINUTE)  # midnight is past, whatever the time is
    office.center.do(panel, desk.Transfer("counter/1"), Press.NEXT)
    office.wait(SECOND)
    assert panel.me.label == label
    office.center.hub.flush()
    assert verify(list(office.center.hub.store.rows())).misfit is None


# -- papers of the day before -------------------------------------------------------------------------------------


def test_who_came_back_with_an_old_paper_and_waits_again_is_over_at_midnight_in_the_log_too(tmp_path):
    office = Office(tmp_path)
    panel = office.panel(1)
    [label] = office.touch()
    office.wait(24 * HOUR)
    office.center.do(panel, desk.CallLabel(label, "other"))
    office.wait(6 * SECOND)
    office.center.do(panel, Press.START)
    office.wait(SECOND)
    office.center.do(panel, desk.Transfer("land"))
    office.wait(24 * HOUR)
    [ticket] = office.hall.tickets.values()
    assert [row.body["ticket"] for row in office.rows("expired")] == [ticket.id, ticket.id]
    office.wait(24 * HOUR)
    assert not office.hall.tickets, "two days later nothing speaks of it any more"
    office.whole()


def test_an_old_paper_that_is_served_over_midnight_is_ended_normally(tmp_path):
    office = Office(tmp_path)
    panel = office.panel(1)
    [label] = office.touch()
    office.wait(24 * HOUR)
    office.center.do(panel, desk.CallLabel(label, "other"))
    office.wait(6 * SECOND)
    office.center.do(panel, Press.START)
    office.wait(24 * HOUR)
    office.center.do(panel, Press.END)
    office.wait(2 * SECOND)
    assert office.rows("ended") and not office.rows("fact_misfit")
    office.whole()


# -- a hub that lies ----------------------------------------------------------------------------------------------


def test_a_hub_that_calls_people_of_yesterday_by_looking_away_is_named(tmp_path):
    office = Office(tmp_path)
    panel = office.panel(1)
    [label] = office.touch()
    office.wait(24 * HOUR)
    assert office.expired() == {label: "new_day"}
    office.next(panel)
    office.center.hub.flush()
    rows = list(office.center.hub.store.rows())
    silent = [row for row in rows if row.kind not in ("line_minded", "expired")]
    at = next(i for i, row in enumerate(silent) if row.kind == "call_refused")
    ticket = next(t.id for t in office.hall.tickets.values())
    word = plain(ev.Called("c1", ev.RowId(silent[at].body["command"]), ticket))
    silent[at] = replace(silent[at], kind=word[0], body=word[1])
    misfit = verify(chained(silent)).misfit
    assert misfit is not None and misfit.hub_seq == at and "of an earlier day" in misfit.why


# -- what a manager reads -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("known", "period", "days"), [(True, "21/11/2026", 1), (False, "–", 0)])
def test_a_report_names_no_day_on_which_nobody_knows_that_it_was(tmp_path, capsys, known, period, days):
    """The first hours of a new center have no date; the day of the release is none of its days."""
    office = Office(tmp_path, known=False)
    panel = office.panel(1)
    office.touch(3)
    office.call_all(panel)
    office.power_cut(HOUR)
    _, panel = office.on("k1", "c1")
    if known:
        office.network("hub")
        office.wait(62 * SECOND)
    office.touch(2)
    office.call_all(panel)
    office.center.hub.flush()
    office.center.hub.store.close()
    assert main_report([str(tmp_path), "--format", "json", "--lang", "en"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["report"]["period"], told["days"]) == (period, days)
    assert told["undated"]["visits"] == (3 if known else 5)


# -- doubt ends by itself -----------------------------------------------------------------------------------------


def test_who_came_before_a_day_that_is_known_is_of_an_earlier_day_on_the_next(tmp_path):
    """Nobody answered and nobody dated the first hours; but the hub had these people before it knew the time."""
    office = Office(tmp_path, known=False)
    panel = office.panel(1)
    labels = office.touch(3)
    assert office.next(panel) == labels[0]
    office.center.do(panel, Press.START)
    office.wait(SECOND)
    office.center.do(panel, desk.Park(0, "paper"))
    office.power_cut(3 * MINUTE)
    _, panel = office.on("k1", "c1")
    office.network("hub")
    office.wait(62 * SECOND)
    office.next(panel)
    assert panel.asking.asks is not None and not office.expired(), "today nobody can say"
    office.wait(24 * HOUR)
    assert office.expired() == dict.fromkeys(labels, "new_day"), "the parked one too"
    assert office.next(panel) == "" and panel.me.at is desk.At.IDLE
    office.whole()


def test_a_day_that_was_a_wrong_word_proves_nothing_about_who_came_before(tmp_path):
    office = Office(tmp_path, known=False)
    office.panel(1)
    labels = office.touch(3)
    office.power_cut(3 * MINUTE)
    _, one = office.on("k1", "c1")
    two = office.panel(2)
    office.network("hub", 12 * HOUR)
    office.wait(2 * HOUR)
    assert len(office.expired()) == 3, "a midnight that was none"
    say_time(office, one)
    say_time(office, two)
    office.next(one)
    office.center.do(one, AnswerDay(today=True))
    office.wait(6 * SECOND)
    assert office.call_all(one) == labels
    office.whole()


def test_what_a_box_did_in_a_boot_that_is_over_tells_no_duration(tmp_path):
    office = Office(tmp_path)
    panel = office.panel(1)
    office.touch(1)
    office.call_all(panel)
    office.center.hub.flush()
    rows = [replace(r, quality="C") if r.kind == "started" else r for r in office.center.hub.store.rows()]
    [visit] = visits(rows).values()
    told = {moment.what: moment.took_s for moment in visit.moments}
    assert told["called to counter 1"] is not None and told["service begins at counter 1"] is None


# -- a battery clock that is twelve hours ahead ---------------------------------------------------------------------


def test_who_may_be_of_today_and_went_home_by_a_closing_time_that_was_none_waits_again(tmp_path):
    """They came before the power cut, nobody knew when; by a wrong battery clock the office had closed."""
    hours = Hours(week=(((8 * 60, 16 * 60),),) * 7)
    office = Office(tmp_path, known=False, hours=hours)
    waiting = office.touch(3)
    office.power_cut(5 * MINUTE)
    office.center.clocks["hub"].hardware = (office.real_ms + 12 * HOUR - office.center.clocks["hub"].mono_ms(), True)
    office.on("k1")
    office.wait(61 * MINUTE)
    assert office.expired() == dict.fromkeys(waiting, "closing")
    for dev in ("hub", "k1"):  # network time alone could lie; a box that agrees with it makes two
        office.network(dev)
    office.wait(61 * SECOND)
    assert [row.kind for row in office.rows("restored")] == ["restored"] * 3
    assert sorted(t.label for t in office.hall.waiting()) == sorted(waiting)
    assert not verify(list(office.center.hub.store.rows())).misfit


# -- what is told late, and what is told and lost -------------------------------------------------------------------


def test_a_box_whose_question_about_the_time_was_lost_asks_again_at_the_next_beacon(tmp_path, monkeypatch):
    """It has nothing to send until the first citizen comes: her paper had no date, and numbers went on from yesterday."""
    office = Office(tmp_path, known=False)
    panel, hub = office.panel(1), office.center.hub
    office.wait(31 * SECOND)
    asked = []
    monkeypatch.setattr(Sender, "_ask", lambda self: asked.append(self))
    old = replace(mark_of(hub._head(), hub.ledger, "c1", None, ("", 0)), trusted=True, echo_boot="another")
    heads = {dev: max(runs.items(), key=lambda run: run[1]) for dev, runs in hub.ledger.have.items() if runs}
    beacon = msg.Beacon(
        msg.VERSION, old.start, old.hub_time_ms, True, old.hub_seq, old.hash, heads, stretch=old.stretch,
        withdrawn=old.withdrawn,
    )  # fmt: skip
    panel.sender.on_mark(old)
    panel.sender.on_mark(old)
    assert len(asked) == 1, "one question for one old mark"
    panel.sender.on_beacon(beacon)
    assert len(asked) == 2 and not panel.sender.time.now.known
