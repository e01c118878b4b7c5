"""A box with an older or a newer configuration than the hub's: nobody who has a number waits for nobody."""

import pytest
from conftest_center import Center
from door_rows import DEVICE
from msgspec import structs
from test_doors import NO_LIMIT, RULES, Forger, all_told

from display.presses import Press
from onedoor.hall import desk
from onedoor.hall.rules import ANY_COUNTER
from reports.verify import verify

NEWER = structs.replace(
    Center.catalogue,
    services=[
        structs.replace(s, id="gold", route=[]) if s.id == "id" else s for s in Center.catalogue.services
    ],
)  # fmt: skip
"""The catalogue of a kiosk: one service has another name than in the hub's rules."""


@pytest.fixture
def center(tmp_path):
    center = Center(tmp_path, rules=RULES)
    center.start_hub()
    yield center
    if center.hub is not None:
        assert verify(center.hub.store.rows()).misfit is None
        center.hub.store.close()


def newer_kiosk(center: Center):
    center.catalogue = NEWER
    kiosk = center.kiosk()
    center.catalogue = Center.catalogue
    return kiosk


def refused(center: Center) -> list[str]:
    return [row.body["code"] for row in center.hub.store.rows() if row.kind == "fact_refused"]


def test_who_has_a_number_of_a_service_that_the_hub_does_not_know_is_called_and_it_is_told(center):
    kiosk, panel = newer_kiosk(center), center.panel(1, ("land",))
    label = center.touch(kiosk, "gold")
    center.settle()
    [ticket] = center.hub.ledger.hall.waiting()
    assert (ticket.label, ticket.service, ticket.queue) == (label, "gold", ANY_COUNTER)
    assert refused(center) == []
    center.pass_ms(1_000)
    assert "box_names:k1" in panel.box.hall.alarms["hub"]
    assert kiosk.box.told_off == "box_names"
    assert [r.body["what"] for r in center.hub.store.rows() if r.kind == "box_overstepped"] == ["names"]
    center.do(panel, Press.NEXT)
    assert panel.me.label == label, "every open counter calls him"
    center.do(panel, Press.START, desk.Transfer("birth"))
    assert center.hub.ledger.hall.tickets[ticket.id].queue == "birth"


def test_nobody_waits_unseen_while_no_counter_is_open(center):
    kiosk, panel = newer_kiosk(center), center.panel(1, ("land",))
    center.do(panel, Press.CLOSE)
    center.touch(kiosk, "gold")
    center.pass_ms(3_000)
    assert f"unserved:{ANY_COUNTER}" in panel.box.hall.alarms["hub"]
    center.do(panel, Press.OPEN, Press.NEXT)
    assert panel.me.ticket


def test_without_the_hub_a_counter_calls_him_too(center):
    kiosk, panel = newer_kiosk(center), center.panel(1, ("land",))
    label = center.touch(kiosk, "gold")
    center.pass_ms(1_000)
    center.kill_hub()
    center.do(panel, Press.NEXT)
    center.pass_ms(11_000)
    assert panel.me.label == label
    center.start_hub()


def test_kiosk_and_counter_with_the_new_service_work_before_the_hub_has_it(center):
    kiosk, old, new = newer_kiosk(center), center.panel(1, ("land",)), center.panel(2, ("gold", "land"))
    assert center.hub.ledger.hall.counters["c2"].open
    assert refused(center) == []
    label = center.touch(kiosk, "gold")
    center.do(old, Press.NEXT)
    assert old.me.ticket == "", "who is not his counter does not call him"
    center.do(new, Press.NEXT)
    assert new.me.label == label
    center.do(old, Press.NEXT)
    center.touch(kiosk, "land")
    center.do(old, Press.NEXT, Press.START, desk.End())
    center.kill_hub()
    center.start_hub()
    assert center.hub.ledger.hall.counters["c2"].queues == ("gold", "land")


@pytest.mark.parametrize(
    ("change", "queue", "lang"),
    [
        ({"service": "gold", "queue": "gold"}, ANY_COUNTER, "lo"),
        ({"service": "land", "queue": "gold"}, RULES.route("land")[0], "lo"),
        ({"service": "gold", "queue": "birth"}, "birth", "lo"),
        ({"queue": "counter/9"}, "id", "lo"),
        ({"service": "gold", "queue": "counter/9"}, ANY_COUNTER, "lo"),
        ({"lang": "fr"}, "id", RULES.languages[0]),
        ({"lang": "vi"}, "id", "vi"),
        ({"cls": "Q"}, "id", "lo"),
    ],
)
def test_where_a_ticket_waits_whose_names_the_hub_does_not_know(center, change, queue, lang):
    center.hub.budgets = NO_LIMIT
    panel = center.panel(1, ("land",))
    Forger(center, "k1").say("issued", DEVICE["issued"] | change)
    [ticket] = center.hub.ledger.hall.waiting()
    assert (ticket.queue, ticket.lang) == (queue, lang)
    assert refused(center) == []
    center.do(panel, desk.CallLabel("A1-007", "other"))
    assert panel.me.label == "A1-007"
    all_told(center)


@pytest.mark.parametrize("kind", ["skipped", "list_given", "slip_given", "walked_in", "booked", "transferred"])
def test_no_other_row_is_refused_for_a_name_that_the_hub_does_not_know(center, kind):
    box = Forger(center, "k1" if kind in ("skipped", "list_given", "slip_given") else "c1")
    body = DEVICE[kind] | {name: "gold" for name in ("service", "queue") if name in DEVICE[kind]}
    box.say(kind, body)
    assert refused(center) == []
    assert center.hub.complaints.of(box.dev) == "box_names"


@pytest.mark.parametrize("name", ["", "G", "x" * 33, "a b", "counter/", "any", "a/b", "\u202e", "-"])
def test_what_is_no_name_is_still_refused(center, name):
    body = DEVICE["issued"] | {"service": name, "queue": name}
    Forger(center, "k1").say("issued", body)
    assert refused(center) in (["unknown_name"], ["malformed"]) if name != "any" else refused(center) == []
