"""What clerks say they do, each as they would say it; on the product's own hub, kiosk and panels."""

import pytest
from conftest_center import Center
from laos import day_of

from onedoor.hall import desk
from onedoor.hall.desk import At
from onedoor.hall.hours import closes_ms
from onedoor.hall.refusals import TEXTS, Refusal
from onedoor.hall.rules import Hours, Rules
from onedoor.look.texts import say
from reports.explain import explain
from reports.rows import of_log
from reports.verify import verify

MINUTE = 60_000
RULES = Rules(version="test-1", credit_min={"N": 0, "P": 20}, guard_min=60, routes={"land": ("land", "cash", "issue")})


@pytest.fixture
def hall(tmp_path):
    """A center with its rules; at the end its log must verify."""
    center = Center(tmp_path / "hub", rules=RULES)
    center.start_hub()
    center.one = center.kiosk()
    yield center
    center.pass_ms(2_000)
    assert verify(center.hub.store.rows()).misfit is None
    assert kinds(center, "fact_misfit") == []


def kinds(center, kind):
    return [row.body for row in center.hub.store.rows() if row.kind == kind]


def waiting(center):
    return [t.label for t in center.hub.ledger.hall.waiting()]


def test_i_press_next_and_the_person_before_is_finished(hall):
    first, second = hall.touch(hall.one), hall.touch(hall.one)
    panel = hall.panel()
    hall.do(panel, desk.Next(), desk.Start(), desk.Next())
    assert (panel.me.label, panel.me.at) == (second, At.WALKING)
    [ended] = kinds(hall, "ended")
    assert ended["auto"] is True, "marked: nobody pressed Finish"
    assert first not in waiting(hall)


def test_nobody_came_so_i_call_again_but_not_every_second(hall):
    hall.touch(hall.one)
    panel = hall.panel()
    hall.do(panel, desk.Next(), desk.Recall())
    assert panel.refusal is Refusal.TOO_SOON
    for _ in range(2):
        hall.pass_ms(5_000)
        hall.do(panel, desk.Recall())
    assert len(kinds(hall, "recalled")) == 2
    assert next(iter(hall.hub.ledger.hall.tickets.values())).recalls == 2


def test_the_service_is_done_and_the_result_is_promised_for_a_day(hall):
    hall.touch(hall.one)
    panel = hall.panel()
    hall.do(panel, desk.Next(), desk.Start(), desk.End(promised="2026-11-24"))
    assert kinds(hall, "ended")[0]["promised"] == "2026-11-24"
    assert panel.me.at == At.IDLE


def test_a_paper_is_missing_so_this_visit_ends_unfinished(hall):
    hall.touch(hall.one, "land")
    panel = hall.panel()
    hall.do(panel, desk.Next(), desk.Start(), desk.End("incomplete"))
    assert panel.refusal is Refusal.BAD_VALUE, "unfinished needs a reason"
    hall.do(panel, desk.End("incomplete", "paper_missing"))
    assert kinds(hall, "ended")[0]["reason"] == "paper_missing"
    assert kinds(hall, "handed_on") == [], "who lacks a paper does not go on to the cashier"


def test_i_am_done_and_the_person_goes_on_to_the_cashier_with_the_same_number(hall):
    label = hall.touch(hall.one, "land")
    check, cash = hall.panel(), hall.panel(2, ("cash",))
    hall.do(check, desk.Next(), desk.Start(), desk.End())
    assert waiting(hall) == [label]
    hall.do(cash, desk.Next())
    assert (cash.me.label, cash.me.leg) == (label, 2)
    hall.do(cash, desk.Start(), desk.End())
    assert [row["queue"] for row in kinds(hall, "handed_on")] == ["cash", "issue"]
    report = of_log(hall.hub.store.rows())
    assert report["anomalies"] == []


def test_this_belongs_to_another_counter_so_i_send_the_person_there(hall):
    label = hall.touch(hall.one)
    one, three = hall.panel(1, ("id",)), hall.panel(3, ("road",))
    hall.do(one, desk.Next(), desk.Start(), desk.Transfer("counter/3", reason="wrong_office"), desk.Next())
    assert one.me.at == At.IDLE, "nobody else may call this person"
    hall.do(three, desk.Next())
    assert three.me.label == label


def test_only_my_colleague_can_do_this_so_i_send_the_person_to_her(hall):
    label = hall.touch(hall.one)
    one, two = hall.panel(1, ("id",)), hall.panel(2, ("road",))
    hall.do(two, desk.Open("noy"))
    hall.do(one, desk.Next(), desk.Transfer("clerk/noy"))
    hall.do(two, desk.Next())
    assert two.me.label == label


def test_i_send_the_person_to_another_queue_before_the_others(hall):
    mine = hall.touch(hall.one, "road")
    hall.pass_ms(MINUTE)
    other = hall.touch(hall.one)
    road, ident = hall.panel(1, ("road",)), hall.panel(2, ("id",))
    hall.do(road, desk.Next(), desk.Transfer("id", "first"))
    hall.pass_ms(1_000)
    assert waiting(hall) == [mine, other]
    hall.do(road, desk.Transfer("nowhere"))
    assert road.refusal is Refusal.NOBODY_HERE
    hall.do(ident, desk.Next(), desk.Transfer("nowhere"))
    assert (ident.refusal, ident.me.label) == (Refusal.UNKNOWN_QUEUE, mine)


def test_sent_after_the_others_the_time_begins_anew(hall):
    mine = hall.touch(hall.one, "road")
    hall.pass_ms(MINUTE)
    other = hall.touch(hall.one)
    road = hall.panel(1, ("road",))
    hall.do(road, desk.Next(), desk.Transfer("id", "new"))
    hall.pass_ms(1_000)
    assert waiting(hall) == [other, mine]


def test_the_person_makes_a_copy_and_i_take_the_next_until_he_is_back(hall):
    first, second = hall.touch(hall.one), hall.touch(hall.one)
    panel = hall.panel()
    hall.do(panel, desk.Next(), desk.Start(), desk.Park(reason="copy"), desk.Next())
    assert (panel.me.label, panel.me.parked) == (second, [first])
    hall.do(panel, desk.Start(), desk.End(), desk.CallLabel(first))
    assert (panel.me.label, panel.me.parked) == (first, [])


def test_he_comes_back_in_ten_minutes_the_machine_remembers(hall):
    first = hall.touch(hall.one)
    panel = hall.panel()
    hall.do(panel, desk.Next(), desk.Start(), desk.Park(10))
    hall.touch(hall.one)
    assert first not in waiting(hall)
    hall.pass_ms(11 * MINUTE)
    assert waiting(hall)[0] == first, "in its old place"
    hall.do(panel, desk.Next())
    assert panel.me.label == first


def test_nobody_came_and_then_he_came_after_all(hall):
    label = hall.touch(hall.one)
    panel = hall.panel()
    hall.do(panel, desk.Next(), desk.NoShow())
    assert waiting(hall) == []
    hall.do(panel, desk.Requeue(label))
    hall.pass_ms(1_000)
    assert waiting(hall) == [label]
    hall.do(panel, desk.Requeue(label))
    assert panel.refusal is Refusal.NOT_MISSED


def test_he_stands_here_now_so_i_call_him_at_once(hall):
    label = hall.touch(hall.one)
    panel = hall.panel()
    hall.do(panel, desk.Next(), desk.NoShow(), desk.CallLabel(label))
    assert panel.me.label == label


def test_an_old_woman_cannot_stand_any_longer_so_i_call_her_out_of_order(hall):
    first, second = hall.touch(hall.one), hall.touch(hall.one)
    panel = hall.panel()
    hall.do(panel, desk.CallLabel(second))
    assert panel.refusal is Refusal.REASON_MISSING
    hall.do(panel, desk.CallLabel(second, "frail"))
    assert panel.me.label == second
    [changed] = kinds(hall, "order_changed")
    assert (changed["cause"], changed["reason"], changed["count"]) == ("out_of_order", "frail", 1)
    hall.pass_ms(5 * MINUTE)
    hall.do(panel, desk.Start(), desk.End())
    [cost] = kinds(hall, "order_cost")
    assert 5 * MINUTE <= cost["cost_ms"] < 6 * MINUTE, "so long the one who was passed waited for that"
    hall.do(panel, desk.Next())
    told = explain(hall.hub.store.rows, first)
    assert any("called out of order (frail)" in line and second in line for line in told)


def test_somebody_has_no_ticket_and_is_served_all_the_same(hall):
    panel = hall.panel()
    hall.do(panel, desk.WalkIn("id"))
    assert panel.me.at == At.SERVING
    hall.do(panel, desk.End())
    report = of_log(hall.hub.store.rows())["indicators"]
    assert report["service_time"]["n"] == 1
    assert report["wait_first"]["n"] == 0, "nobody knows how long he waited"


def test_he_shows_a_paper_that_nobody_knows_because_its_kiosk_is_cut_off(hall):
    hall.one.box.link.cut()
    hall.do(hall.one, *touches())
    hall.pass_ms(400)
    label = hall.one._job.label
    panel = hall.panel()
    hall.do(panel, desk.CallLabel(label, "other"))
    assert panel.refusal is Refusal.UNKNOWN_LABEL
    hall.do(panel, desk.WalkIn("id", label), desk.End())
    hall.one.box.link.join()
    hall.pass_ms(60_000)
    [found] = kinds(hall, "paper_found")
    assert waiting(hall) == [], "one visit, not two"
    assert found["served_as"].startswith("c1.")
    assert kinds(hall, "label_repeated") == []


def touches():
    from kiosk.wishes import Begin, Choose, Take

    return Begin(), Choose("id"), Take()


def test_we_have_no_kiosk_only_a_roll_of_numbers(hall):
    one, two = hall.panel(), hall.panel(2)
    hall.do(one, desk.SetRoll(98), desk.NextOnRoll())
    hall.do(two, desk.NextOnRoll())
    assert (one.me.label, two.me.label) == ("98", "99")
    hall.do(one, desk.Start(), desk.End(), desk.NextOnRoll())
    assert one.me.label == "01", "after the last number comes the first"
    assert hall.hub.ledger.hall.shown[0].label == "01", "the hall sees it"


def test_oh_that_was_the_wrong_button(hall):
    first, second = hall.touch(hall.one), hall.touch(hall.one)
    panel = hall.panel()
    hall.do(panel, desk.Next(), desk.Start(), desk.End(), desk.Undo())
    assert (panel.me.label, panel.me.at) == (first, At.SERVING)
    hall.do(panel, desk.NoShow())
    assert panel.refusal is Refusal.NOBODY_HERE, "who is being served is no no-show"
    hall.do(panel, desk.End(), desk.Next(), desk.Undo())
    hall.pass_ms(1_000)
    assert (panel.me.at, waiting(hall)) == (At.IDLE, [second]), "the call did not happen"
    hall.do(panel, desk.Next(), desk.NoShow())
    hall.pass_ms(11_000)
    hall.do(panel, desk.Undo())
    assert panel.refusal is Refusal.UNDO_TOO_LATE
    assert len(kinds(hall, "undone")) == 2


def test_undo_comes_too_late_when_the_cashier_has_called(hall):
    label = hall.touch(hall.one, "land")
    check, cash = hall.panel(), hall.panel(2, ("cash",))
    hall.do(check, desk.Next(), desk.Start(), desk.End())
    hall.do(cash, desk.Next())
    hall.do(check, desk.Undo())
    assert check.refusal is Refusal.CHANGED_SINCE
    assert cash.me.label == label


def test_without_the_hub_undo_says_so_and_next_goes_on(hall):
    hall.touch(hall.one)
    panel = hall.panel()
    hall.do(panel, desk.Next(), desk.Start(), desk.End())
    hall.kill_hub()
    hall.do(panel, desk.Undo())
    hall.pass_ms(11_000)
    assert panel.refusal is Refusal.NO_HUB
    assert panel.me.at == At.IDLE
    hall.start_hub()
    hall.pass_ms(1_000)


def test_i_write_a_word_to_the_head(hall):
    panel = hall.panel()
    hall.do(panel, desk.Note("Paper for the printer of kiosk 2 is nearly gone"))
    assert kinds(hall, "noted")[0]["text"].startswith("Paper for")
    hall.do(panel, desk.Note(" "))
    assert panel.refusal is Refusal.BAD_VALUE


def test_i_pause_say_why_and_nobody_is_called_to_me(hall):
    hall.touch(hall.one)
    panel = hall.panel()
    hall.do(panel, desk.Pause(""))
    assert panel.refusal is Refusal.BAD_VALUE
    hall.do(panel, desk.Pause("errand"), desk.Next())
    assert (panel.refusal, panel.me.at) == (Refusal.PAUSED, At.IDLE)
    hall.pass_ms(1_000)
    assert hall.hub.ledger.hall.open_counters() == []
    hall.do(panel, desk.Resume(), desk.Next())
    assert panel.me.at == At.WALKING


def test_i_open_and_close_and_count_who_stood_before_the_door(hall):
    panel = hall.panel()
    hall.do(panel, desk.CountOutside(14), desk.Close(), desk.Next())
    assert panel.refusal is Refusal.CLOSED
    assert kinds(hall, "queue_outside") == [{"count": 14}]


def test_priority_goes_first_by_twenty_minutes_and_no_more(hall):
    first = hall.touch(hall.one)
    hall.pass_ms(19 * MINUTE)
    old = hall.touch(hall.one, cls="P")
    hall.pass_ms(2 * MINUTE)
    late = hall.touch(hall.one, cls="P")
    assert waiting(hall) == [old, first, late]


def test_who_has_waited_an_hour_is_before_every_credit(hall):
    first = hall.touch(hall.one)
    hall.pass_ms(10 * MINUTE)
    hall.touch(hall.one, cls="P")
    hall.pass_ms(51 * MINUTE)
    panel = hall.panel()
    hall.do(panel, desk.Next())
    assert panel.me.label == first


def test_an_appointment_counts_when_he_comes_in_time(hall):
    panel = hall.panel()
    now = hall.clock.wall_ms()
    hall.do(panel, desk.Book("4821200001", "id", now + 10 * MINUTE), desk.Book("3412700001", "id", now + 10 * MINUTE))
    hall.pass_ms(12 * MINUTE)
    walk_in = hall.touch(hall.one)
    hall.pass_ms(MINUTE)
    in_time = hall.touch(hall.one, appointment="4821200001")
    hall.pass_ms(13 * MINUTE)
    late = hall.touch(hall.one, appointment="3412700001")
    assert waiting(hall) == [in_time, walk_in, late]


def test_at_closing_time_those_who_wait_are_served_for_an_hour_then_it_is_over(tmp_path):
    hours = Hours(week=(((480, 720), (780, 960)),) * 7)
    center = Center(tmp_path / "hub", rules=Rules(hours=hours))
    center.clock.step(-6 * 60 * MINUTE)
    center.start_hub()
    kiosk = center.kiosk()
    label = center.touch(kiosk)
    center.pass_ms(closes_ms(hours, day_of(center.clock.wall_ms())) - center.clock.wall_ms() + 30 * MINUTE, 1_000)
    assert waiting(center) == [label]
    center.pass_ms(31 * MINUTE, 1_000)
    assert waiting(center) == []
    assert kinds(center, "expired")[0]["reason"] == "closing"
    report = of_log(center.hub.store.rows())["indicators"]
    assert report["abandonment"]["expired"] == 1, report["abandonment"]
    assert verify(center.hub.store.rows()).misfit is None


@pytest.mark.parametrize("refusal", Refusal)
def test_every_refusal_says_what_to_do_in_every_language(refusal):
    assert TEXTS[refusal]
    assert say("lo", TEXTS[refusal]) != TEXTS[refusal]


def test_every_tile_of_every_page_means_something_that_can_be_done(hall):
    """Touch everything once: a page, or an action that is done or refused by name."""
    from display.menu import Go, Menu, after, tiles

    panel = hall.panel()
    seen, pages = set(), ["more"]
    for here in (False, True):
        if here:
            hall.touch(hall.one)
            hall.do(panel, desk.Next(), desk.Start())
        pages, seen = ["more"], set()
        while pages:
            page = pages.pop()
            seen.add(page)
            menu = Menu(page, "A1-001" if page in ("number", "why") else "id")
            for tile in tiles(menu, panel.me, hall.catalogue):
                if isinstance(tile.wish, Go) and tile.wish.page and tile.wish.page not in (*seen, *pages):
                    pages.append(tile.wish.page)
                assert tile.text or tile.plain
                assert not tile.text or say("lo", tile.text) != tile.text, f"no Lao draft for {tile.text!r}"
                assert isinstance(after(menu, tile.wish), Menu) if isinstance(tile.wish, Go) else True
        assert len(seen) >= 5


def test_the_result_will_be_ready_in_three_days(hall):
    from display.menu import Promise

    hall.touch(hall.one)
    panel = hall.panel()
    hall.do(panel, desk.Next(), desk.Start(), Promise(3))
    [ended] = kinds(hall, "ended")
    assert ended["promised"] == day_of(hall.clock.wall_ms() + 3 * 24 * 60 * MINUTE)


def test_order_changes_are_in_the_report(hall):
    hall.touch(hall.one)
    second = hall.touch(hall.one)
    panel = hall.panel()
    hall.do(panel, desk.CallLabel(second, "frail"))
    hall.pass_ms(3 * MINUTE)
    hall.do(panel, desk.Start(), desk.End())
    assert of_log(hall.hub.store.rows())["further"]["order_changes"]["out_of_order"]["cost_s"] >= 180


def test_a_late_walk_in_does_not_take_the_person_from_who_holds_him(hall):
    """Another counter's word may reach the hub before the walk-in's own row."""
    from onedoor.hall import events as ev
    from onedoor.hall.evolve import evolve
    from onedoor.hall.state import HallState

    state = HallState()
    walk_in = ev.row_id("c3", "a" * 16, 1)
    for dev in ("c2", "c3"):
        evolve(state, dev, ev.row_id(dev, "b" * 16, 1), ev.CounterOpened(dev[1:], ("id",)), 1_000)
    evolve(state, "c2", ev.row_id("c2", "b" * 16, 3), ev.Shown(ev.row_id("c2", "b" * 16, 2), walk_in), 2_000)
    evolve(state, "c3", walk_in, ev.WalkedIn("3", "id", "id", "", "N"), 1_500)
    assert state.tickets[walk_in].holders == {"c2", "c3"}
    assert not state.tickets[walk_in].waits
