"""A counter is not its number: whoever renumbers it in the middle of a day sends nobody to a wrong place."""

from conftest_center import Center
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from display.panel import Panel
from display.presses import Press
from onedoor.device.clock import VirtualClock
from onedoor.hall import desk
from reports.facts import merged
from reports.figures import facts_by_day
from reports.rows import entries_from
from reports.verify import verify

MORNING = 1_764_212_400_000


def renamed(center: Center, number: str, queues: tuple[str, ...] = ("id", "land")) -> Panel:
    """The box at counter 1 gets another number, or other services, and is started again."""
    center.stop("c1", clean=True)
    box, sender = center._box("c1", "counter")
    services = {s.id: s.queue for s in center.catalogue.services}
    panel = Panel(box, sender, center.clock_of("c1"), number, queues, services=services,
                  all_queues=center.catalogue.all_queues())  # fmt: skip
    panel.show = lambda _: None
    panel.on_start()
    center._join("c1", panel, box.link)
    return panel


def facts_of(center: Center):
    center.hub.flush()
    rows = list(center.hub.store.rows())
    assert verify(rows).misfit is None
    return merged(facts_by_day(entries_from(rows)))


def test_an_open_counter_with_another_number_calls_to_that_number(center):
    """Nobody has to press Open again, and the board shows where to go."""
    center.start_hub()
    kiosk, _, board = center.kiosk(), center.panel(1), center.board()
    panel = renamed(center, "7", ("land",))
    center.touch(kiosk, "id")
    label = center.touch(kiosk, "land")
    center.do(panel, Press.NEXT)
    assert panel.me.label == label, "its services are those of its configuration"
    assert [(call.label, call.counter) for call in board.box.hall.called.calls] == [(label, "7")]
    assert (panel.view.counter, center.hub.ledger.hall.counters["c1"].counter) == ("7", "7")


def test_who_was_called_to_the_old_number_is_served_to_the_end_there(center):
    """I was at her table when the technician came; my service is one, at the counter that called me."""
    center.start_hub()
    kiosk, panel = center.kiosk(), center.panel(1)
    center.touch(kiosk)
    center.touch(kiosk)
    center.do(panel, Press.NEXT, Press.START)
    center.pass_ms(60_000, 1_000)
    panel = renamed(center, "12")
    assert (panel.view.counter, panel.me.at) == ("1", "serving")
    center.do(panel, Press.OPEN)
    center.pass_ms(60_000, 1_000)
    center.do(panel, Press.END, Press.NEXT)
    assert (panel.view.counter, panel.me.at) == ("12", "walking")
    center.do(panel, Press.START)
    center.pass_ms(60_000, 1_000)
    center.do(panel, Press.END, Press.CLOSE)
    facts = facts_of(center)
    assert facts.values("counter") == ["1", "12"]
    assert [facts.group("counter", c).outcomes for c in ("1", "12")] == [{"served": 1}] * 2
    assert {c: sum(s * n for s, n in facts.group("counter", c).services.items()) for c in ("1", "12")} == {
        "1": 120,
        "12": 60,
    }


ACTS = st.one_of(
    st.sampled_from([Press.NEXT, Press.START, Press.END, Press.NO_SHOW, Press.OPEN, Press.CLOSE]),
    st.sampled_from([desk.Park(), desk.Transfer("land"), desk.Pause("break"), desk.Resume(), desk.WalkIn("id")]),
    st.tuples(st.sampled_from(["1", "7", "11", "A/2", "ຫ້ອງ3"]), st.sampled_from([("id",), ("land",), ("id", "land")])),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ACTS, max_size=30))
def test_whenever_a_counter_is_renumbered_nobody_is_sent_to_a_wrong_place_and_no_end_is_lost(tmp_path_factory, acts):
    center = Center(tmp_path_factory.mktemp("hall"), clock=VirtualClock(MORNING))
    center.start_hub()
    kiosk, panel, board = center.kiosk(), center.panel(1), center.board()
    panel.show = lambda _: None
    for act in acts:
        center.touch(kiosk, "id")
        if isinstance(act, tuple):
            panel = renamed(center, *act)
        else:
            center.do(panel, act)
        center.pass_ms(2_000, 500)
        if panel.me.ticket and panel.me.label:
            told = {call.label: call.counter for call in board.box.hall.called.standing()}
            assert told[panel.me.label] == panel.view.counter, "what the board says is what stands over the desk"
    if panel.me.ticket:
        center.do(panel, Press.START, Press.END)
    center.pass_ms(5_000, 500)
    facts = facts_of(center)
    hall = center.hub.ledger.hall
    open_still = [t for t in hall.tickets.values() if t.holders]
    assert not open_still, "everybody's service has an end"
    ends = sum(row.kind in ("ended", "transferred") for row in center.hub.store.rows())
    legs = [facts.group("counter", value, leg) for value in facts.values("counter") for leg in (1, 2)]
    assert sum(group.outcomes.get("served", 0) for group in legs) == ends
    center.hub.store.close()
