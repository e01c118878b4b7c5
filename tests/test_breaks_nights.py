"""Whom a night must not bring back: found on simulated days, each told as one story of the hall."""

import pytest
from laos import day_of
from test_time_panel import DAY, HOUR, MINUTE, SECOND, TEN, Office

from display.panel import Panel
from display.presses import Press
from onedoor.hall import desk
from onedoor.hall import events as ev
from onedoor.hall.days import answered, asked_about, minded
from onedoor.hall.evolve import evolve
from onedoor.hall.state import HallState


def test_who_was_to_come_back_in_five_minutes_is_not_here_because_five_minutes_are_over(tmp_path):
    """The hub counts the minutes, and nobody has seen him since the night: it has to be asked whose day he is of."""
    office = Office(tmp_path, known=False)
    panel = office.panel(1)
    [label] = office.touch()
    office.next(panel)
    office.center.do(panel, Press.START, desk.Park(5))
    office.wait(SECOND)
    office.power_cut(10 * HOUR)
    [panel] = office.on("c1")
    office.wait(6 * MINUTE)
    assert [t.label for t in office.hall.waiting()] == [label]
    office.next(panel)
    assert panel.me.label == "" and panel.asking.asks.first_label == label


@pytest.mark.parametrize("known", [True, False])
def test_an_answer_that_a_night_kept_from_its_counter_calls_nobody_in_the_morning(tmp_path, monkeypatch, known):
    """The hub has called him, power fails before the counter shows it; three nights later his day is long over."""
    office = Office(tmp_path, known=known)
    panel = office.panel(1)
    [label] = office.touch()
    with monkeypatch.context() as deaf:
        deaf.setattr(Panel, "_answered", lambda *_: None)
        office.center.do(panel, Press.NEXT)
        assert panel.me.label == "" and office.hall.calls["c1"], "called, and not shown"
        office.power_cut(60 * HOUR)
    if known:
        office.network("hub")
    [panel] = office.on("c1")
    office.wait(20 * SECOND)
    assert (panel.me.label, panel.me.at) == ("", "idle")
    ticket = next(t for t in office.hall.tickets.values() if t.label == label)
    assert ticket.phase.value == ("expired" if known else "waiting")
    if not known:
        office.next(panel)
        assert panel.asking.asks.first_label == label
    office.whole()


@pytest.mark.parametrize(("low_ms", "said"), [(0, ""), (None, "yes")])
def test_a_call_that_a_box_tells_after_a_night_says_nothing_of_today(low_ms, said):
    """Nobody knows when that call was; he may have gone home yesterday."""
    state = HallState()
    visit, wish = ev.row_id("k2", "a" * 16, 1), ev.row_id("c3", "b" * 16, 1)
    for dev, rid, event, low in (
        ("hub", ev.row_id("hub", "c" * 16, 1), ev.StretchBegan(1, "hub-2", TEN, TEN), None),
        ("hub", ev.row_id("hub", "c" * 16, 2), ev.TimeKnown("network", 1, TEN, TEN), None),
        ("hub", ev.row_id("hub", "c" * 16, 3), ev.DayBegan(day_of(TEN)), None),
        ("k2", visit, ev.Issued("A1-001", "id", "id", 1, 1, "2026-11-20"), 0),
        ("c3", ev.row_id("c3", "b" * 16, 2), ev.Shown(wish, visit), low_ms),
    ):
        state.row_stretch, state.row_low_ms = 1, low
        evolve(state, dev, rid, event, TEN)
    assert state.tickets[visit].said == said


def test_who_came_later_than_now_is_asked_about_and_not_called_as_if_that_were_nothing():
    """The battery clock was half a day ahead in two boots. The word about the second is taken back, the first stays."""
    state, ahead = HallState(), TEN + 12 * HOUR
    visit = ev.row_id("k2", "a" * 16, 1)
    for stretch, dev, rid, event, at_ms in (
        (1, "hub", ev.row_id("hub", "c" * 16, 1), ev.StretchBegan(1, "hub-1", TEN, TEN), TEN),
        (1, "hub", ev.row_id("hub", "c" * 16, 2), ev.TimeKnown("hardware", 1, TEN, ahead), TEN),
        (1, "hub", ev.row_id("hub", "c" * 16, 3), ev.DayBegan(day_of(ahead)), ahead),
        (1, "k2", visit, ev.Issued("A1-001", "id", "id", 1, 1, day_of(ahead)), ahead + MINUTE),
        (2, "hub", ev.row_id("hub", "d" * 16, 1), ev.StretchBegan(2, "hub-2", TEN + HOUR, TEN), TEN + HOUR),
        (2, "hub", ev.row_id("hub", "d" * 16, 2), ev.TimeKnown("hardware", 2, TEN + HOUR, ahead + HOUR), TEN + HOUR),
        (2, "hub", ev.row_id("hub", "d" * 16, 3), ev.TimeWithdrawn("network", 2, TEN + HOUR, TEN + HOUR), TEN + HOUR),
        (2, "hub", ev.row_id("hub", "d" * 16, 4), ev.TimeKnown("network", 2, TEN + HOUR, TEN + HOUR), TEN + HOUR),
    ):
        state.row_stretch = stretch
        evolve(state, dev, rid, event, at_ms)
    assert [t.id for t in asked_about(state, ("id",), state.time.now(TEN + HOUR))] == [visit]


def test_an_answer_of_today_stands_although_the_one_before_it_is_dated_by_a_clock_that_was_ahead():
    """Else the clerk is asked again at each call, answers each time, and nobody is ever called."""
    state, ahead = HallState(), TEN + 12 * HOUR
    visit = ev.row_id("k2", "a" * 16, 1)
    for stretch, dev, rid, event, at_ms in (
        (1, "hub", ev.row_id("hub", "c" * 16, 1), ev.StretchBegan(1, "hub-1", TEN, TEN), TEN),
        (1, "hub", ev.row_id("hub", "c" * 16, 2), ev.TimeKnown("hardware", 1, TEN, ahead), TEN),
        (1, "hub", ev.row_id("hub", "c" * 16, 3), ev.DayBegan(day_of(ahead)), ahead),
        (1, "k2", visit, ev.Issued("A1-001", "id", "id", 1, 1, day_of(ahead)), ahead + MINUTE),
        (1, "hub", ev.row_id("hub", "c" * 16, 4), ev.LineSaid("c1", (visit,), today=True), ahead + 2 * MINUTE),
        (2, "hub", ev.row_id("hub", "d" * 16, 1), ev.StretchBegan(2, "hub-2", TEN + HOUR, TEN), TEN + HOUR),
        (2, "hub", ev.row_id("hub", "d" * 16, 2), ev.TimeKnown("network", 2, TEN + HOUR, TEN + HOUR), TEN + HOUR),
    ):
        state.row_stretch = stretch
        evolve(state, dev, rid, event, at_ms)
    at_ms = TEN + HOUR + MINUTE
    now = state.time.now(at_ms)
    assert [t.id for t in asked_about(state, ("id",), now)] == [visit]
    said = [*answered(state, ev.DayAnswered(visit, today=True), "c1", now, at_ms, 2)]
    assert said == [ev.LineSaid("c1", (visit,), today=True)]
    state.row_stretch = 2
    evolve(state, "hub", ev.row_id("hub", "d" * 16, 3), said[0], at_ms)
    assert asked_about(state, ("id",), now) == []
    older = ev.DayAnswered(visit, today=False)
    assert [*answered(state, older, "c2", now, ahead + HOUR, 1)] == [], "given in the stretch before, told only now"


def test_a_number_of_yesterday_that_is_told_today_is_looked_at_before_the_next_call():
    """The kiosk was cut off before midnight, and dated by the hub before the present one, which began meanwhile."""
    state, midnight = HallState(), TEN + 14 * HOUR
    for stretch, rid, event, at_ms in (
        (1, ev.row_id("hub", "c" * 16, 1), ev.StretchBegan(1, "hub-1", TEN, TEN), TEN),
        (1, ev.row_id("hub", "c" * 16, 2), ev.TimeKnown("network", 1, TEN, TEN), TEN),
        (1, ev.row_id("hub", "c" * 16, 3), ev.DayBegan(day_of(TEN)), TEN),
        (1, ev.row_id("k2", "f" * 16, 1), ev.Issued("B1-001", "id", "id", 1, 1, day_of(TEN)), TEN),
        (2, ev.row_id("hub", "d" * 16, 1), ev.StretchBegan(2, "hub-2", midnight - HOUR, TEN), midnight - HOUR),
        (2, ev.row_id("hub", "d" * 16, 2), ev.TimeKnown("k2", 2, midnight - HOUR, midnight - HOUR), midnight - HOUR),
        (2, ev.row_id("hub", "d" * 16, 3), ev.DayBegan(day_of(midnight)), midnight),
    ):
        state.row_stretch = stretch
        evolve(state, rid.partition(".")[0], rid, event, at_ms)
    state.late, state.row_stretch = False, 1
    visit = ev.row_id("k1", "a" * 16, 1)
    evolve(state, "k1", visit, ev.Issued("A1-001", "id", "id", 1, 1, day_of(TEN), offline=True), midnight - 10 * MINUTE)
    assert state.late and state.tickets[visit].day == day_of(TEN) < day_of(midnight)


def test_no_wait_is_made_of_a_first_call_that_nobody_dates_because_a_second_one_is_dated():
    """The call was made under a hub whose log is gone, another counter had him too, and his own row came last."""
    state = HallState()
    visit, wish, other = ev.row_id("k2", "a" * 16, 1), ev.row_id("c3", "b" * 16, 1), ev.row_id("c2", "e" * 16, 1)
    for stretch, rid, event, at_ms in (
        (1, ev.row_id("hub", "c" * 16, 1), ev.StretchBegan(1, "hub-1", TEN, TEN), TEN),
        (1, ev.row_id("hub", "c" * 16, 2), ev.TimeKnown("network", 1, TEN, TEN), TEN),
        (1, ev.row_id("k1", "f" * 16, 1), ev.Issued("B1-001", "id", "id", 1, 1, day_of(TEN)), TEN),
        (3, ev.row_id("hub", "d" * 16, 1), ev.StretchBegan(3, "hub-3", TEN + HOUR, TEN), TEN + HOUR),
        (3, ev.row_id("hub", "d" * 16, 2), ev.TimeKnown("network", 3, TEN + HOUR, TEN + HOUR), TEN + HOUR),
        (2, ev.row_id("c3", "b" * 16, 2), ev.Shown(wish, visit), TEN + 4 * MINUTE),
        (3, ev.row_id("c2", "e" * 16, 2), ev.Shown(other, visit), TEN + 65 * MINUTE),
        (1, visit, ev.Issued("A1-001", "id", "id", 1, 1, day_of(TEN)), TEN + MINUTE),
    ):
        state.row_stretch, state.row_low_ms = stretch, None
        evolve(state, rid.partition(".")[0], rid, event, at_ms)
    assert state.tickets[visit].first_wait_ms is None


def test_a_word_that_turns_two_papers_of_one_number_round_is_the_same_after_a_restart():
    """Which of two papers with one number is the newer one follows from what is known now, not from what was known."""
    state, later = HallState(), TEN + DAY
    first, second = (ev.row_id("k1", "a" * 16, n) for n in (1, 2))
    for stretch, rid, event, at_ms in (
        (1, ev.row_id("hub", "c" * 16, 1), ev.StretchBegan(1, "hub-1", TEN, TEN), TEN),
        (1, ev.row_id("hub", "c" * 16, 2), ev.TimeKnown("network", 1, TEN, TEN), TEN),
        (1, first, ev.Issued("A1-001", "id", "id", 1, 1, day_of(TEN), series="s.1"), TEN + HOUR),
        (2, ev.row_id("hub", "d" * 16, 1), ev.StretchBegan(2, "hub-2", later, TEN), later),
        (2, ev.row_id("hub", "d" * 16, 2), ev.TimeKnown("network", 2, later, later), later),
        (2, second, ev.Issued("A1-001", "id", "id", 1, 1, day_of(later), series="s.2"), later + MINUTE),
        (2, ev.row_id("hub", "d" * 16, 3), ev.TimeWithdrawn("network", 2, later, later), later),
        (2, ev.row_id("hub", "d" * 16, 4), ev.TimeKnown("c1", 2, later, TEN), later),
    ):
        state.row_stretch = stretch
        evolve(state, rid.partition(".")[0], rid, event, at_ms)
    again = HallState(tickets=state.tickets, time=state.time)
    for ticket in state.tickets.values():
        again.index(ticket)
    assert state.by_label("A1-001").id == again.by_label("A1-001").id == first


@pytest.mark.parametrize(("low_ms", "wait_ms"), [(0, None), (None, 5 * MINUTE)])
def test_no_wait_is_made_of_a_call_of_which_nobody_knows_when_it_was(low_ms, wait_ms):
    """A counter tells after a night whom it had called; the kiosk tells later still that it had given that number."""
    state, visit = HallState(), ev.row_id("k2", "a" * 16, 1)
    for dev, rid, event, low, at_ms in (
        ("hub", ev.row_id("hub", "c" * 16, 1), ev.StretchBegan(1, "hub-1", TEN, TEN), None, TEN),
        ("hub", ev.row_id("hub", "c" * 16, 2), ev.TimeKnown("network", 1, TEN, TEN), None, TEN),
        ("c3", ev.row_id("c3", "b" * 16, 2), ev.Shown(ev.row_id("c3", "b" * 16, 1), visit), low_ms, TEN + 6 * MINUTE),
        ("k2", visit, ev.Issued("A1-001", "id", "id", 1, 1, day_of(TEN)), None, TEN + MINUTE),
    ):
        state.row_stretch, state.row_low_ms = 1, low
        evolve(state, dev, rid, event, at_ms)
    assert state.tickets[visit].first_wait_ms == wait_ms


def a_row(n: int) -> ev.RowId:
    return ev.row_id("hub", "c" * 16, n)


def told(state: HallState, *rows: tuple[str, ev.RowId, ev.Event], at_ms: int) -> None:
    for dev, rid, event in rows:
        state.row_stretch = 1
        evolve(state, dev, rid, event, at_ms)


def test_who_stands_at_a_counter_does_not_expire_because_another_one_asks_him_to_come_back():
    """Two counters called one person while they did not know of each other, and kept him over the night. In the morning
    one of them asks him to come back; the other one, that has no network just then, goes on with him.
    """
    state = HallState()
    visit, wishes = ev.row_id("k2", "a" * 16, 1), [ev.row_id(c, "b" * 16, 1) for c in ("c1", "c3")]
    told(
        state,
        ("hub", a_row(1), ev.StretchBegan(1, "hub-1", TEN, TEN)),
        ("hub", a_row(2), ev.TimeKnown("network", 1, TEN, TEN)),
        ("hub", a_row(3), ev.DayBegan(day_of(TEN))),
        ("k2", visit, ev.Issued("A1-001", "id", "id", 1, 1, day_of(TEN))),
        ("c1", ev.row_id("c1", "b" * 16, 2), ev.CalledLocally(wishes[0], visit)),
        ("c3", ev.row_id("c3", "b" * 16, 2), ev.CalledLocally(wishes[1], visit)),
        at_ms=TEN,
    )
    morning = TEN + DAY
    told(
        state,
        ("hub", a_row(4), ev.DayBegan(day_of(morning))),
        ("c3", ev.row_id("c3", "b" * 16, 3), ev.Parked(visit, 5)),
        at_ms=morning,
    )
    assert state.tickets[visit].holders == {"c1"}
    assert minded(state, state.time.now(morning)) == []
    told(state, ("c1", ev.row_id("c1", "b" * 16, 3), ev.Parked(visit, 5)), at_ms=morning)
    assert minded(state, state.time.now(morning)) == [ev.Expired(visit, "new_day")]


def test_over_a_weekend_fridays_people_are_known_until_the_day_after(tmp_path):
    """A counter that was cut off on Friday tells on Monday what it did. A day behind that nobody has to know them."""
    office = Office(tmp_path, known=True)
    panel = office.panel(1)
    office.touch()
    [friday] = office.hall.tickets
    office.next(panel)
    office.center.do(panel, Press.NO_SHOW)
    for days, known in ((3, True), (1, False)):
        office.center.advance(days * DAY)
        office.wait(61 * SECOND)
        office.touch()
        assert (friday in office.hall.tickets) == known
