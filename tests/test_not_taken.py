"""What the hub refuses is no success anywhere: the clerk and the citizen are told, and the hub's word stands."""

import pytest
from conftest_center import Center
from door_rows import DEVICE
from test_doors import RULES, Forger

from broker.door import Wrong
from broker.intake import Intake
from display.not_taken import TOLD_MS, WHAT, Seen
from display.presses import Press
from onedoor.hall import desk
from onedoor.hall import events as ev
from onedoor.hall.desk import At
from onedoor.hall.kinds import KINDS, ROLE_KINDS
from onedoor.hall.visit import Phase
from onedoor.wire import limits


@pytest.fixture
def center(tmp_path):
    center = Center(tmp_path, rules=RULES)
    center.start_hub()
    yield center
    if center.hub is not None:
        center.hub.store.close()


def refuse(monkeypatch, *kinds: type, code: str = Wrong.FULL, times: int = 99) -> None:
    """The hub refuses the next rows of these kinds."""
    real, left = Intake._why_not, [times]

    def why_not(self, fact, peer):
        if isinstance(fact.event, kinds) and left[0] > 0:
            left[0] -= 1
            return code
        return real(self, fact, peer)

    monkeypatch.setattr(Intake, "_why_not", why_not)


def shown(panel) -> object:
    panel.show = lambda _: None
    panel._show()
    return panel.view


def agree(center: Center, panel) -> None:
    """The panel shows what the hub says of its counter."""
    counter = center.hub.ledger.hall.counters.get("c1")
    ticket = center.hub.ledger.hall.tickets.get(counter.ticket) if counter and counter.ticket else None
    assert panel.me.open == bool(counter and counter.open)
    assert panel.me.ticket == (ticket.id if ticket else "")
    assert panel.me.command == ""
    at = At.IDLE if ticket is None else At.SERVING if ticket.phase is Phase.SERVING else At.WALKING
    assert panel.me.at == at
    assert bool(panel.me.paused) == bool(counter and counter.paused)
    if ticket is not None:
        assert panel.me.label == ticket.label
        assert panel.me.service == ticket.service


HERE = [Press.NEXT, Press.START]
DONE = {
    ev.Started: [Press.NEXT, Press.START], ev.Ended: [*HERE, desk.End()], ev.NoShow: [Press.NEXT, Press.NO_SHOW],
    ev.Parked: [*HERE, desk.Park(5)], ev.Transferred: [*HERE, desk.Transfer("land")], ev.WalkedIn: [desk.WalkIn("id")],
    ev.CallRequested: [Press.NEXT], ev.Shown: [Press.NEXT], ev.CounterClosed: [Press.CLOSE],
    ev.CounterPaused: [desk.Pause("break")], ev.CounterResumed: [desk.Pause("break"), desk.Resume()],
    ev.CounterOpened: [Press.CLOSE, Press.OPEN], ev.UndoRequested: [*HERE, desk.Undo()],
    ev.RequeueRequested: [Press.NEXT, Press.NO_SHOW, desk.Requeue("A1-001")], ev.Recalled: [*HERE, Press.RECALL],
    ev.RollSet: [desk.SetRoll(5)], ev.Noted: [desk.Note("x")], ev.QueueOutside: [desk.CountOutside(4)],
}  # fmt: skip


@pytest.mark.parametrize("kind", DONE)
def test_what_the_hub_refuses_is_told_and_taken_back(center, monkeypatch, kind):
    kiosk, panel = center.kiosk(), center.panel()
    center.touch(kiosk)
    center.pass_ms(6_000)
    refuse(monkeypatch, kind)
    for wish in DONE[kind]:
        center.do(panel, wish)
        center.pass_ms(6_000 if wish is Press.START else 500)
    center.pass_ms(3_000)
    assert any(row.kind == "fact_refused" for row in center.hub.store.rows())
    assert shown(panel).not_taken.what == WHAT[kind]
    assert shown(panel).not_taken.todo == "The hub has no room for more of it. Tell the head."
    if kind is not ev.Shown:  # the hub goes on giving him to the counter by its answer
        agree(center, panel)
    monkeypatch.undo()
    center.do(panel, Seen())
    assert shown(panel).not_taken is None


@pytest.mark.parametrize("kind", [ev.Ended, ev.NoShow, ev.Parked, ev.Transferred])
def test_the_same_press_again_is_done_then_and_counted_once(center, monkeypatch, kind):
    kiosk, panel = center.kiosk(), center.panel()
    center.touch(kiosk)
    refuse(monkeypatch, kind, times=1)
    for _ in range(2):
        for wish in DONE[kind] if not panel.me.ticket else DONE[kind][-1:]:
            center.do(panel, wish)
        center.pass_ms(2_000)
    agree(center, panel)
    assert panel.me.ticket == ""
    assert panel._own_now().served == (kind is ev.Ended)


def test_next_of_somebody_whose_end_was_refused_is_not_lost(center, monkeypatch):
    """END and NEXT leave together; the end is refused, and the hub has called the next person already."""
    kiosk, panel = center.kiosk(), center.panel()
    for _ in range(2):
        center.touch(kiosk)
    for wish in HERE:
        center.do(panel, wish)
    center.pass_ms(6_000)
    refuse(monkeypatch, ev.Ended, times=1)
    center.do(panel, Press.NEXT)
    center.pass_ms(5_000)
    assert shown(panel).not_taken.what == "Finish"
    agree(center, panel)


def test_what_was_refused_while_the_panel_was_off_is_told_when_it_is_back_and_only_once(center, monkeypatch):
    kiosk, panel = center.kiosk(), center.panel()
    center.touch(kiosk)
    for wish in HERE:
        center.do(panel, wish)
    refuse(monkeypatch, ev.Ended, times=1)
    center.boxes["c1"].box.link.cut()
    panel.on_wish(desk.End())
    center.stop("c1")
    panel = center.panel()
    center.pass_ms(3_000)
    assert shown(panel).not_taken.what == "Finish"
    agree(center, panel)
    assert panel.me.ticket
    center.stop("c1", clean=True)
    panel = center.panel()
    center.pass_ms(3_000)
    assert shown(panel).not_taken is None


def test_it_stands_for_two_minutes_where_nobody_can_touch(center, monkeypatch):
    panel = center.panel()
    refuse(monkeypatch, ev.WalkedIn)
    center.do(panel, desk.WalkIn("id"))
    center.pass_ms(TOLD_MS - 5_000, 1_000)
    assert shown(panel).not_taken
    center.pass_ms(10_000, 1_000)
    assert shown(panel).not_taken is None


def test_a_real_refusal_of_the_door_is_told(center, monkeypatch):
    monkeypatch.setattr(limits, "OPEN_OF_COUNTER", 1)
    panel = center.panel()
    for _ in range(2):
        center.do(panel, desk.WalkIn("id"), desk.Transfer("land"))
        center.pass_ms(1_000)
    assert (shown(panel).not_taken.what, panel.me.ticket) == ("Without a ticket", "")
    agree(center, panel)


def test_rows_of_another_box_under_this_name_say_nothing_of_this_one(center):
    panel = center.panel()
    Forger(center, "c1").say("walked_in", DEVICE["walked_in"] | {"service": "?"})
    center.pass_ms(2_000)
    assert shown(panel).not_taken is None
    agree(center, panel)


def test_every_row_of_a_clerk_has_words():
    clerks = {KINDS[kind] for kind in ROLE_KINDS["counter"]}
    rest = clerks - WHAT.keys()
    assert rest == {
        ev.Booted, ev.ClockStepped, ev.DayAnswered, ev.NoneShown, ev.GaveUp, ev.Rated, ev.Booked,
    }  # fmt: skip
