"""The rules: the visit's table, who is next, numbers and days."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onedoor.hall import events as ev
from onedoor.hall.dating import UNKNOWN_ERR_MS, Arrival, date
from onedoor.hall.decide import decide
from onedoor.hall.events import RowId
from onedoor.hall.evolve import evolve
from onedoor.hall.order import WaitingLine, effective_ms
from onedoor.hall.rules import Rules
from onedoor.hall.state import HallState
from onedoor.hall.tickets import Numbering, Today, begun, label, next_number, on_day, used
from onedoor.hall.visit import FINAL, TABLE, IllegalMove, Move, Phase, move


def test_a_visit_is_called_started_and_ended():
    phase = Phase.WAITING
    for what, after in ((Move.CALL, Phase.WALKING), (Move.START, Phase.SERVING), (Move.END, Phase.DONE)):
        phase = move(phase, what)
        assert phase is after


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("what", Move)
def test_what_is_not_in_the_table_is_illegal(phase, what):
    if what in TABLE[phase]:
        assert move(phase, what) is TABLE[phase][what]
    else:
        with pytest.raises(IllegalMove, match=f"{what.value} while {phase.value}"):
            move(phase, what)


def test_service_cannot_be_undone():
    assert {after for what, after in TABLE[Phase.DONE].items() if what is not Move.HAND_ON} == {Phase.DONE}
    assert all(phase in TABLE for phase in Phase)
    assert Phase.WAITING not in FINAL


@given(st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 50)), max_size=60), st.integers(0, 60))
def test_who_is_next_agrees_with_sorting(entries, gone):
    line, plain = WaitingLine(), []
    for i, (queue, t) in enumerate(entries):
        ticket = RowId(f"k.r.{i}")
        line.add(queue, t, ticket)
        plain.append((t, i, ticket, queue))
    for t, _, ticket, queue in plain[:gone]:
        line.remove(queue, t, ticket)
    left = sorted(plain[gone:])
    for queues in (("A",), ("B",), ("A", "B")):
        mine = [ticket for _, _, ticket, q in left if q in queues]
        assert line.first(queues) == (mine[0] if mine else None)
        assert list(line.in_order(queues)) == mine
    for t, _, ticket, queue in left:
        assert line.ahead(queue, t, ticket) == [x for _, _, x, q in left if q == queue].index(ticket)
    assert len(line) == len(left)


def test_a_class_without_credit_waits_from_its_entry():
    assert effective_ms(5_000, "N", Rules()) == effective_ms(5_000, "unheard of", Rules()) == 5_000


def test_labels():
    assert label("A", 1, 23) == "A1-023"
    assert label("A", 1, 23, alone=True) == "A-023"
    assert label("A", 2, 1000) == "A2-1000"


DAY1, DAY2 = "2026-11-21", "2026-11-22"


@pytest.mark.parametrize(
    ("state", "today", "day", "first"),
    [
        (Numbering(DAY1, {"id": 7}), Today(DAY1, True), DAY1, 8),
        (Numbering(DAY1, {"id": 7}), Today(DAY2, True), DAY2, 1),
        (Numbering(DAY1, {"id": 7}), Today(DAY2, False), DAY1, 8),
        (Numbering(DAY1, {"id": 7}), Today("", False), DAY1, 8),
        (Numbering(DAY1, {"id": 7}, open=True), Today(DAY2, True), DAY2, 8),
        (Numbering(DAY2, {"id": 7}), Today(DAY1, True), DAY1, 8),
        (Numbering(), Today(DAY1, False), "", 1),
        (Numbering(), Today(DAY1, True), DAY1, 1),
        (Numbering(DAY1, {"id": 7}, doubts=1), Today(DAY2, True), DAY2, 11),
        (Numbering(DAY1, {"id": 7}, doubts=2), Today(DAY2, True), DAY2, 21),
        (Numbering(DAY1, {"id": 7}, doubts=1), Today(DAY1, True), DAY1, 8),
        (on_day(Numbering(DAY1, {"id": 7}, doubts=1), Today(DAY1, True), "x"), Today(DAY2, True), DAY2, 1),
        (begun(Numbering(DAY1, {"id": 7}), "x"), Today("", False), "", 1),
        (begun(Numbering(DAY1, {"id": 7}, doubts=1), "x"), Today("", False), "", 11),
    ],
)
def test_day_change(state, today, day, first):
    after = on_day(state, today, "row")
    assert (after.day, next_number(after, "id")) == (day, first)
    assert after.open is not today.trusted


def test_a_series_is_named_by_the_row_that_began_it_and_by_no_date():
    first = on_day(Numbering(), Today("", False), "row 1")
    assert first.series == "row 1"
    assert on_day(first, Today(DAY1, True), "row 2").series == "row 1", "a day that a word moved is no new one"
    second = on_day(on_day(first, Today(DAY1, True), "row 2"), Today(DAY2, True), "row 3")
    assert (second.series, second.day) == ("row 3", DAY2)


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(1, 3)), max_size=40))
def test_no_number_twice_on_a_real_day_however_wrong_the_clock(history):
    """A real day passes; somebody says some day, or the real one is known."""
    numbering, given_out, real = Numbering(), set(), 0
    for believed, trusted, touches in history:
        real = max(real, believed) if trusted else real
        day = real if trusted else believed
        for _ in range(touches):
            numbering = on_day(numbering, Today(f"2026-11-{10 + day:02d}", trusted), "row")
            n = next_number(numbering, "id")
            numbering = used(numbering, "id", n)
            assert (real, n) not in given_out
            given_out.add((real, n))


AT = 1_795_222_800_000
"""08:00 in the center on DAY1."""
A_DAY = 24 * 3_600_000


def issue(state, n, service="id", day=DAY1, at=None):
    rid = RowId(f"k1.{'a' * 16}.{n}")
    event = ev.Issued(f"A1-{n:03d}", service, service, 1, n, day)
    at = at if at is not None else AT + n * 1000
    decisions = decide(state, "k1", rid, event, 0, at)
    evolve(state, "k1", rid, event, at)
    for decision in decisions:
        evolve(state, "hub", RowId(""), decision, at)
    return rid, decisions


def call(state, dev, n, age=0):
    rid = RowId(f"{dev}.{'b' * 16}.{n}")
    event = ev.CallRequested(dev[1:], ("id", "land"))
    [answer] = decide(state, dev, rid, event, age, AT)
    evolve(state, dev, rid, event, 0)
    evolve(state, "hub", RowId(""), answer, 0)
    return rid, answer


def test_first_come_first_called_and_an_old_wish_is_refused():
    state = HallState()
    first, _ = issue(state, 1)
    issue(state, 2)
    assert call(state, "c1", 1)[1].ticket == first
    assert call(state, "c2", 1, age=10_001)[1] == ev.CallRefused("c2", RowId(f"c2.{'b' * 16}.1"), "too_old")
    assert call(state, "c2", 2, age=None)[1].reason == "too_old"
    assert call(state, "c2", 3, age=10_000)[1].ticket.endswith(".2")
    assert call(state, "c2", 4)[1].reason == "empty"


def test_what_a_panel_did_not_show_goes_back_to_its_old_place():
    state = HallState()
    first, _ = issue(state, 1)
    second, _ = issue(state, 2)
    command, _ = call(state, "c1", 1)
    event = ev.CalledLocally(command, second)
    assert decide(state, "c1", RowId("x"), event, 0, AT) == [ev.GivenBack("c1", command, first)]
    evolve(state, "c1", RowId("x"), event, 0)
    evolve(state, "hub", RowId(""), ev.GivenBack("c1", command, first), 0)
    assert [t.id for t in state.waiting()] == [first]
    assert state.tickets[second].phase is Phase.WALKING


def test_a_call_may_arrive_before_the_issue():
    state = HallState()
    rid = RowId(f"k1.{'a' * 16}.1")
    evolve(state, "c1", RowId("y"), ev.CalledLocally(RowId("z"), rid), 500)
    issue(state, 1)
    ticket = state.tickets[rid]
    assert (ticket.phase, ticket.label, ticket.issued_ms) == (Phase.WALKING, "A1-001", AT + 1000)
    assert list(state.waiting()) == []


def test_one_holders_no_show_is_not_the_persons_when_another_serves():
    state = HallState()
    rid, _ = issue(state, 1)
    for dev in ("c1", "c2"):
        evolve(state, dev, RowId("r"), ev.CalledLocally(RowId("q"), rid), 0)
    evolve(state, "c1", RowId("r"), ev.NoShow(rid), 0)
    assert state.tickets[rid].phase is Phase.WALKING
    evolve(state, "c2", RowId("r"), ev.Started(rid), 0)
    evolve(state, "c2", RowId("r"), ev.Ended(rid), 0)
    assert state.tickets[rid].phase is Phase.DONE


def test_a_fact_that_does_not_fit_is_listed_and_changes_nothing():
    state = HallState()
    rid, _ = issue(state, 1)
    for event in (ev.Started(rid), ev.Ended(rid), ev.NoShow(rid), ev.Recalled(rid)):
        [misfit] = decide(state, "c1", RowId("r"), event, 0, AT)
        assert isinstance(misfit, ev.FactMisfit)
        evolve(state, "c1", RowId("r"), event, 0)
        assert state.tickets[rid].phase is Phase.WAITING
        assert [t.id for t in state.waiting()] == [rid]
    assert decide(state, "c1", RowId("r"), ev.Ended(RowId("k9.x.1")), 0, AT)[0].reason == "unknown ticket"


def test_two_issues_of_one_label_are_both_kept_and_reported():
    state = HallState()
    first, _ = issue(state, 1)
    other = RowId(f"k2.{'c' * 16}.1")
    event = ev.Issued("A1-001", "id", "id", 1, 1, DAY1)
    assert decide(state, "k2", other, event, 0, AT) == [ev.LabelRepeated("A1-001", other, first)]
    evolve(state, "k2", other, event, 2000)
    assert len(list(state.waiting())) == 2


def test_the_state_remembers_two_days_and_no_more():
    state = HallState()
    issue(state, 1, at=AT - A_DAY)
    _, decisions = issue(state, 2, at=AT)
    assert [type(d) for d in decisions] == [ev.Expired]
    assert len(state.tickets) == 2
    issue(state, 3, at=AT + A_DAY)
    assert sorted(t.day for t in state.tickets.values()) == [DAY1, DAY2]


def test_a_kiosk_with_a_wrong_date_ends_nobodys_waiting():
    state = HallState()
    first, _ = issue(state, 1)
    _, decisions = issue(state, 2, day="2031-01-01")
    assert decisions == []
    assert first in [t.id for t in state.waiting()]


def test_a_ticket_that_arrives_a_day_late_has_waited_in_vain():
    state = HallState()
    issue(state, 2)
    late, decisions = issue(state, 1, at=AT - A_DAY)
    assert decisions == [ev.Expired(late)]
    assert state.tickets[late].phase is Phase.EXPIRED


T = 1_795_000_000_000
ARRIVAL = Arrival(recv_ms=T + 9_000_000, boot_id="b1", mono_now_ms=50_000, rtt_ms=7, stretch=3, offset_ms=None)
KNOWN = replace(ARRIVAL, offset_ms=1_000_000)
UNKNOWN = (T + 8_950_000, "C", UNKNOWN_ERR_MS, 3)
"""Before the present boot of the box began; nothing else is known."""


@pytest.mark.parametrize(
    ("boot", "mono", "est", "arrival", "wanted", "low"),
    [
        ("b1", 48_000, (None, 0), ARRIVAL, (T + 8_998_000, "B", 7, 3), None),
        ("b1", 48_000, (5, 2), ARRIVAL, (T + 8_998_000, "B", 7, 3), None),
        ("b0", 48_000, (T + 8_900_000, 3), ARRIVAL, (T + 8_900_000, "A", 1000, 3), None),
        ("b0", 48_000, (T + 9_900_000, 2), ARRIVAL, (T + 9_900_000, "A", 1000, 2), None),
        ("b0", 48_000, (T + 9_900_000, 0), KNOWN, (T + 9_900_000, "A", 1000, 0), None),
        ("b0", 48_000, (None, 0), ARRIVAL, UNKNOWN, 0),
        ("b0", 48_000, (T + 7_000_000, -1), KNOWN, UNKNOWN, T + 7_000_000),
        # what cannot be is not believed: after the receipt, from a stretch that has not been, two months ago
        ("b0", 48_000, (T + 9_002_000, 3), ARRIVAL, UNKNOWN, 0),
        ("b0", 48_000, (T + 10_002_000, 0), KNOWN, UNKNOWN, 0),
        ("b0", 48_000, (T + 9_000_000, 4), ARRIVAL, UNKNOWN, 0),
        ("b0", 48_000, (T + 10_002_000, -1), KNOWN, UNKNOWN, 0),
        ("b1", 51_000, (None, 0), ARRIVAL, (T + 9_000_000, "C", UNKNOWN_ERR_MS, 3), 0),
    ],
)
def test_dating(boot, mono, est, arrival, wanted, low):
    dated = date(boot, mono, *est, arrival)
    assert (dated.event_ms, dated.quality, dated.err_ms, dated.stretch) == wanted
    assert dated.low_ms == low


def test_what_a_forgotten_paper_may_have_is_left_out_of_both_series():
    """Power failed on a morning whose day nobody knew yet. The card has forgotten a paper: it was one of the first of
    the new day, or it went on behind yesterday's. The kiosk left out 13 to 22 of yesterday's series.
    """
    numbering, given = begun(Numbering(DAY1, {"id": 22}, doubts=1), "x"), []
    for _ in range(4):
        given.append(next_number(numbering, "id"))
        numbering = used(numbering, "id", given[-1])
    assert given == [11, 12, 23, 24]
    assert next_number(numbering, "land") == 11
