"""One box that makes things up: what it may make in the hub's state has a share, and everybody else keeps theirs."""

from pathlib import Path

import pytest
from conftest_center import Center
from door_rows import DEVICE, NOW_MS
from test_doors import NO_LIMIT, RULES, Forger, all_told

from broker.budget import Budgets
from display.presses import Press
from onedoor.hall import desk, places
from onedoor.hall.rules import ANY_COUNTER
from onedoor.wire import limits
from onedoor.wire import messages as msg

SMALL = {
    "TICKETS": 200, "TICKETS_OF_ONE": 150, "TICKETS_OF_COUNTERS": 120, "TICKETS_OF_COUNTER": 80,
    "OPEN_OF_COUNTERS": 60, "OPEN_OF_COUNTER": 40, "WAITING": 120, "WAITING_OF_ONE": 100,
    "APPOINTMENTS": 50, "APPOINTMENTS_OF_ONE": 30,
}  # fmt: skip


@pytest.fixture
def center(tmp_path, monkeypatch):
    for name, most in SMALL.items():
        monkeypatch.setattr(limits, name, most)
    monkeypatch.setattr(places, "QUEUES_OF_ONE", 20)
    monkeypatch.setattr(places, "QUEUES_OF_ALL", 50)
    center = Center(tmp_path, rules=RULES)
    center.start_hub()
    center.hub.budgets = NO_LIMIT
    yield center
    if center.hub is not None:
        center.hub.store.close()


def codes(center: Center) -> set[str]:
    return {row.body["code"] for row in center.hub.store.rows() if row.kind == "fact_refused"}


def walked(box: Forger, service: str = "id") -> tuple[dict, str]:
    row = box.row("walked_in", DEVICE["walked_in"] | {"service": service, "queue": service})
    return row, f"{box.dev}.{box.run}.{row['seq']}"


def transferred(box: Forger) -> list[dict]:
    row, ticket = walked(box)
    return [row, box.row("transferred", DEVICE["transferred"] | {"ticket": ticket, "queue": "land"})]


def parked(box: Forger) -> list[dict]:
    row, ticket = walked(box)
    return [row, box.row("parked", DEVICE["parked"] | {"ticket": ticket, "minutes": 1})]


def routed(box: Forger) -> list[dict]:
    row, ticket = walked(box, "land")
    return [row, box.row("ended", DEVICE["ended"] | {"ticket": ticket, "promised": ""})]


def untold(box: Forger) -> list[dict]:
    return [box.row("called_locally", DEVICE["called_locally"] | {"ticket": f"k1.{'b' * 16}.{box.seq + 1}"})]


def rolled(box: Forger) -> list[dict]:
    asked = box.row("call_requested", DEVICE["call_requested"] | {"roll": True})
    ticket = f"{box.dev}.{box.run}.{asked['seq']}"
    return [asked, box.row("shown", {"command": ticket, "ticket": ticket})]


def ended(box: Forger) -> list[dict]:
    row, ticket = walked(box)
    return [row, box.row("ended", DEVICE["ended"] | {"ticket": ticket, "promised": ""})]


@pytest.mark.parametrize("way", [transferred, parked, routed, untold, rolled, ended])
def test_no_counter_takes_the_room_of_the_others(center, way):
    """By whatever way visits can be made up at a counter, and whichever brings them into the line."""
    kiosk, honest, bad = center.kiosk(), center.panel(2), Forger(center, "c1")
    bad.say("counter_opened", DEVICE["counter_opened"])
    for _ in range(200):
        bad.send(*way(bad), flush=False)
    center.pass_ms(70_000, 1_000)
    hall = center.hub.ledger.hall
    assert "full" in codes(center)
    assert "row_refused:c1" in center.hub.complaints.alarms(center.clock.mono_ms())
    assert len(hall.line) <= limits.OPEN_OF_COUNTER
    assert len(hall.tickets) <= limits.TICKETS_OF_COUNTER
    label = center.touch(kiosk)
    center.settle()
    assert label in [t.label for t in hall.waiting()]
    center.do(honest, desk.WalkIn("id"))
    center.settle()
    assert hall.counters["c2"].ticket == honest.me.ticket, "another counter has its own share"


def test_counters_together_leave_kiosks_their_room(center):
    for n in (1, 2, 3):
        box = Forger(center, f"c{n}")
        box.say("counter_opened", DEVICE["counter_opened"] | {"counter": str(n)})
        for _ in range(60):
            box.send(*transferred(box), flush=False)
    assert len(center.hub.ledger.hall.line) == limits.OPEN_OF_COUNTERS
    label = center.touch(center.kiosk())
    center.settle()
    assert label in [t.label for t in center.hub.ledger.hall.waiting()]


def test_a_full_hall_still_calls(center):
    """Who makes tickets up does not stop the calls that would empty the line."""
    bad, panel = Forger(center, "k1"), center.panel(1)
    for n in range(1, 130):
        bad.say("issued", DEVICE["issued"] | {"n": n, "label": f"A1-{n:03d}"})
    assert len(center.hub.ledger.hall.line) == limits.WAITING_OF_ONE
    limits.TICKETS = 10
    center.do(panel, Press.NEXT)
    assert panel.me.label == "A1-001"


def flood_of_queues(center: Center, box: Forger, kind: str) -> None:
    for i in range(60):
        if kind == "renamed":
            box.send(box.row("counter_opened", DEVICE["counter_opened"] | {"counter": f"q{i}", "clerk": ""}))
        row, ticket = walked(box)
        queue = {"clerk": f"clerk/q{i}"}.get(kind, f"counter/q{i}")
        box.send(row, flush=False)
        sent = DEVICE["transferred"] | {"ticket": ticket, "queue": queue}
        box.send(box.row("transferred", sent), flush=False)
    center.hub.flush()


@pytest.mark.parametrize("kind", ["nobody's", "clerk", "renamed"])
def test_no_counter_makes_all_the_queues(center, kind, monkeypatch):
    monkeypatch.setattr(limits, "OPEN_OF_COUNTER", 10_000)
    two, three, bad = Forger(center, "c2"), center.panel(3), Forger(center, "c1")
    two.say("counter_opened", DEVICE["counter_opened"] | {"counter": "2"})
    flood_of_queues(center, bad, kind)
    hall = center.hub.ledger.hall
    made = [q for q in hall.line.names() if q.startswith(("counter/", "clerk/"))]
    assert len(made) == (0 if kind == "nobody's" else places.QUEUES_OF_ONE)
    assert len(hall.line) == 60, "nobody is lost: the others wait where every counter calls"
    assert hall.line.count(ANY_COUNTER) == 60 - len(made)
    assert center.hub.complaints.of("c1") == "box_names"
    all_told(center)
    for queue in ("counter/3", "clerk/noy"):
        row, ticket = walked(two)
        two.send(row, two.row("transferred", DEVICE["transferred"] | {"ticket": ticket, "queue": queue}))
        assert hall.line.count(queue) == 1, "another counter has its own"
    center.do(three, Press.NEXT)
    assert three.me.ticket


def test_queues_in_which_nobody_waits_are_nobody_s_on_another_day(center):
    bad = Forger(center, "c1")
    flood_of_queues(center, bad, "clerk")
    assert len(center.hub.ledger.hall.places) == 20
    for _ in range(2):
        center.pass_night()
        center.pass_ms(120_000, 10_000)
    assert center.hub.ledger.hall.places == {}


def test_no_counter_takes_all_the_appointments(center):
    one, two = Forger(center, "c1"), Forger(center, "c2")
    for i in range(60):
        one.say("booked", DEVICE["booked"] | {"code": f"{i:05d}"})
    assert len(center.hub.ledger.hall.appointments) == 30
    two.say("booked", DEVICE["booked"] | {"code": "77777"})
    assert "77777" in center.hub.ledger.hall.appointments
    for i in range(60):
        two.say("booked", DEVICE["booked"] | {"code": f"9{i:04d}"})
    assert len(center.hub.ledger.hall.appointments) == 50


def test_no_kiosk_fills_the_mark_with_names(center, monkeypatch):
    box = Forger(center, "k1")
    for i in range(700):
        box.send(box.row("skipped", DEVICE["skipped"] | {"service": f"s{i}", "to": 5}), flush=False)
    center.hub.flush()
    all_told(center)
    mark = msg.decode(center.broker.retained[center.topics.mark("k1")], msg.Mark)
    assert sum(map(len, mark.highest.values())) == places.NAMES_OF_ONE


def test_the_shares_outlive_a_restart_of_the_hub(center):
    bad = Forger(center, "c1")
    flood_of_queues(center, bad, "clerk")
    before = dict(center.hub.ledger.hall.places)
    center.kill_hub()
    center.start_hub()
    assert center.hub.ledger.hall.places == before != {}


def test_the_document_lists_every_share():
    text = (Path(__file__).parent.parent / "docs" / "reliability.md").read_text(encoding="utf-8")
    for share in limits.SHARES:
        assert f"| {share.what} | {share.of_one:,} | {share.of_all:,} | {share.beyond} |" in text


# -- rows of a day -----------------------------------------------------------------------------------


def test_a_box_has_a_budget_for_a_day_that_a_restart_does_not_give_anew(tmp_path):
    center = Center(tmp_path, rules=RULES)
    center.start_hub()
    kiosk, panel = center.kiosk(), center.panel(2)
    bad = Forger(center, "c1")
    flood(center, bad, limits.ROWS_A_DAY + 500)
    taken = rows_of(center, "c1")
    assert limits.ROWS_A_DAY <= taken <= limits.ROWS_A_DAY + 100
    assert center.hub.complaints.of("c1") == "box_day"
    mark = msg.decode(center.broker.retained[center.topics.mark("c1")], msg.Mark)
    assert mark.refused == "box_day"
    assert [r.body["what"] for r in center.hub.store.rows() if r.kind == "box_overstepped"] == ["day"]
    center.pass_ms(1_000)
    assert "box_day:c1" in panel.box.hall.alarms["hub"], "the head's word stands on every panel"
    center.kill_hub()
    center.start_hub()
    bad.seq = center.hub.ledger.have["c1"][bad.run]
    flood(center, bad, 500)
    assert rows_of(center, "c1") <= taken + 100, "not a new day"
    label = center.touch(kiosk)
    center.do(panel, Press.NEXT)
    assert panel.me.label == label, "others are not touched"
    center.advance(24 * 3_600_000)
    center.hub.flush()
    bad.seq = center.hub.ledger.have["c1"][bad.run]
    before = rows_of(center, "c1")
    flood(center, bad, 1_000)
    assert rows_of(center, "c1") == before + 1_000, "a day later there is room again"
    center.hub.store.close()


def rows_of(center: Center, dev: str) -> int:
    return sum(center.hub.ledger.have[dev].values())


def flood(center: Center, box: Forger, many: int) -> None:
    for _ in range(many // 20):
        box.send(*(box.row("noted", {"text": "x"}) for _ in range(20)), flush=False)
        if box.seq % 2_000 == 0:
            center.hub.flush()
            center.clock.advance(4_000)
    center.hub.flush()


def test_a_busy_counter_stays_five_times_below_its_day():
    assert limits.ROWS_A_DAY >= 400 * 6 * 5
    budgets, day_ms = Budgets(), 24 * 3_600_000
    for day in range(10):
        for i in range(400 * 6 * 5):
            assert budgets.spend("c1", "day", 1, day * day_ms + i * 2_000)


# -- appointments ------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [401, 19 * 365])
@pytest.mark.parametrize("ever", [True, False])
def test_no_appointment_lies_years_ahead_of_the_newest_known_day(tmp_path, days, ever):
    center = Center(tmp_path, rules=RULES)
    center.clock.is_trusted = ever
    center.start_hub()
    if ever:
        center.kill_hub()
        center.clock.reboot("boot-2")
        center.clock.is_trusted = False
        center.start_hub()
        assert not center.hub.ledger.hall.time.word.known
    box = Forger(center, "c1")
    box.say("booked", DEVICE["booked"] | {"at_ms": NOW_MS + days * 86_400_000})
    assert codes(center) == {"time"}
    box.say("booked", DEVICE["booked"] | {"code": "54321", "at_ms": NOW_MS + 86_400_000})
    assert ("54321" in center.hub.ledger.hall.appointments) is ever, "where nobody ever knew the day there is none"
    center.hub.store.close()


def test_an_appointment_by_one_person_s_word_where_nobody_knows_the_day(tmp_path):
    center = Center(tmp_path, rules=RULES)
    center.clock.is_trusted = False
    center.start_hub()
    box = Forger(center, "c1")
    box.say("time_told", {"center_ms": NOW_MS})
    box.say("booked", DEVICE["booked"] | {"at_ms": NOW_MS + 86_400_000})
    assert "12345" in center.hub.ledger.hall.appointments
    box.say("booked", DEVICE["booked"] | {"code": "54321", "at_ms": NOW_MS + 401 * 86_400_000})
    assert codes(center) == {"time"}
    center.hub.store.close()
