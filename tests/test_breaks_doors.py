"""What was broken at the doors and beside the devices, each as the shortest way to it."""

import json
import logging
import random
import subprocess

import pytest
from conftest_center import Center
from door_rows import DEVICE, NOW_MS
from test_broker_doors import wait
from test_doors import NO_LIMIT, RULES, Forger, all_told

from broker import mosquitto
from broker.budget import Budgets, Overstepped
from broker.intake import Intake, Peer
from broker.spare import Spare
from broker.sqlite_store import SqliteStore
from broker.store import chained
from demo.processes import free_ports
from display.booking import CODE_DIGITS, Codes, place_of
from display.menu import BookIn, Go
from firmware_config.center import code_places
from kiosk.session import APPOINTMENT_DIGITS
from onedoor.device.clock import SystemClock
from onedoor.device.config import BrokerConfig
from onedoor.device.link import Arrived, MemoryLink
from onedoor.device.quiet import Quiet
from onedoor.hall import events as ev
from onedoor.hall.dating import UNDATED_MS
from onedoor.wire import limits
from onedoor.wire import messages as msg
from onedoor.wire.rows import LogRow


@pytest.fixture
def center(tmp_path):
    center = Center(tmp_path, rules=RULES)
    center.start_hub()
    center.hub.budgets = NO_LIMIT
    yield center
    if center.hub is not None:
        center.hub.store.close()


def rows(center: Center, kind: str) -> list:
    return [row for row in center.hub.store.rows() if row.kind == kind]


# -- codes of appointments ---------------------------------------------------------------------------


def test_codes_of_two_counters_differ_whatever_chance_draws(center):
    one, two = center.panel(1), center.panel(2)
    one.codes = two.codes = Codes(draw=lambda _: 4_821_306)
    for panel in (one, two):
        center.do(panel, BookIn("id", 30))
    center.settle()
    assert [row.body["code"] for row in rows(center, "booked")] == ["4821306001", "4821306002"]
    assert not rows(center, "fact_refused")


def test_a_counter_gives_no_code_twice_while_somebody_may_come_with_it(center):
    panel = center.panel()
    drawn = iter([7, 7, 7, 8])
    panel.codes = Codes(draw=lambda _: next(drawn))
    center.do(panel, BookIn("id", 30))
    center.do(panel, BookIn("id", 30))
    center.settle()
    assert [row.body["code"] for row in rows(center, "booked")] == ["0000007001", "0000008001"]


def test_nobody_guesses_one_of_a_thousand_open_codes_in_ten_tries():
    assert APPOINTMENT_DIGITS == CODE_DIGITS == 10
    chance, given = random.Random(3), set()
    for n in range(1_000):
        given.add(Codes(draw=chance.randrange).new(str(n % 10 + 1), given))
    stranger = random.Random(4)
    hits = sum(Codes(draw=stranger.randrange).new("1", ()) in given for _ in range(10_000))
    assert hits <= 2, "who even knows how codes are made hits one in a hundred thousand tries"


def test_counters_with_letters_give_codes_that_differ_whatever_stands_over_them(center):
    """A and B draw the same seven digits: their codes are two."""
    made = set()
    for n, name in enumerate(("A", "B", "ຫ້ອງ3"), 1):
        panel = center.panel(n)
        panel.counter, panel.codes = name, Codes(draw=lambda _: 4_821_306)
        center.do(panel, BookIn("id", 60))
        made.add(panel.booked[0])
    assert len(made) == 3
    assert len({place_of(f"c{n}") for n in range(1, 1_000)}) == 999


def test_every_counter_has_a_place_of_its_own_whatever_it_is_called():
    places = code_places(["1", "01", "A", "999", "12345", "ກ", "7"])
    assert (places["1"], places["999"], places["7"]) == (1, 999, 7)
    assert len(set(places.values())) == 7
    assert code_places(["7", "8", "1"])["7"] == code_places(["1", "7"])["7"] == 7


def test_an_appointment_that_the_hub_refuses_is_told_at_once_and_made_again(center):
    panel, kiosk = center.panel(), center.kiosk()
    drawn = iter([5, 5, 6])
    panel.codes = Codes(draw=lambda _: next(drawn))
    center.do(panel, BookIn("id", 30))
    center.settle()
    panel._bookings.given.clear()  # the card was replaced
    center.do(panel, BookIn("land", 30))
    center.settle()
    assert [row.body["code"] for row in rows(center, "fact_refused")] == ["code_taken"]
    panel.show = lambda _: None
    panel._show()
    assert (panel.view.not_booked.code, panel.view.not_booked.service) == ("0000005001", "land")
    center.do(panel, BookIn("land", 30))
    center.settle()
    assert panel.view.not_booked is None
    assert panel.view.booked[0] == "0000006001"
    center.touch(kiosk, "land", appointment="0000006001")
    center.settle()
    assert center.hub.ledger.hall.appointments["0000006001"].ticket is not None


def test_a_hub_that_ended_before_it_told_tells_it_afterwards(center):
    panel = center.panel()
    panel.codes = Codes(draw=lambda _: 5)
    center.do(panel, BookIn("id", 30))
    center.settle()
    panel._bookings.given.clear()
    center.hub.link.cut()  # the row arrives, the answer does not
    center.do(panel, BookIn("land", 30))
    assert not panel._bookings.lost
    center.hub.link.join()
    center.kill_hub()
    center.start_hub()
    center.hub.budgets = NO_LIMIT
    center.pass_ms(30_000)
    assert [lost.service for lost in panel._bookings.lost] == ["land"]


def test_other_pages_and_presses_do_not_lose_what_was_refused(center):
    panel = center.panel()
    panel.codes = Codes(draw=lambda _: 5)
    center.do(panel, BookIn("id", 30))
    center.settle()
    panel._bookings.given.clear()
    center.do(panel, BookIn("land", 30))
    center.settle()
    center.do(panel, Go("more"))
    center.do(panel, Go(""))
    center.settle()
    assert panel._bookings.newest_lost.service == "land"
    assert isinstance(next(reversed(rows(center, "fact_refused"))).event, ev.FactRefused)


# -- words that cost a row each, and claims that nobody hears of -------------------------------------


def test_empty_batches_write_no_log(center):
    center.hub.budgets = Budgets()
    box, before = Forger(center, "k1"), center.hub.store.hub_seq
    for i in range(300):
        box.send(known_ms=NOW_MS + i * 3_600_000, known_by="x", flush=False)
    center.hub.flush()
    assert center.hub.store.hub_seq - before <= 25
    assert center.hub.complaints.of("k1") == "box_floods"


def test_a_claim_that_nobody_can_have_begun_is_told(center):
    start = {"epoch": center.hub.start.epoch, "incarnation": center.hub.start.incarnation + 5_000, "nonce": "a" * 16}
    mine = center.hub.start
    Forger(center, "k1").send(seen={"start": start, "hub_seq": 0, "hash": "0" * 64})
    assert center.hub.start == mine
    assert [(r.body["dev"], r.body["what"]) for r in rows(center, "box_overstepped")] == [("k1", "starts")]
    assert center.hub.complaints.of("k1") == "box_floods"


def test_a_box_that_floods_before_the_hub_leads_is_heard_again(center):
    opened = []
    center.hub.gate, center.hub.leads = opened.append, False
    center.hub.on_wish(Overstepped("k1", "messages"))
    center.pass_ms(11_000)
    assert opened == ["k1"]


def test_a_box_whose_rows_break_costs_no_fold_for_every_try(center, monkeypatch):
    center.hub.budgets = Budgets()
    folds = []
    monkeypatch.setattr("broker.intake.take", lambda *_: 1 / 0)
    monkeypatch.setattr(Intake, "_fold_again", lambda _: folds.append(1))
    box = Forger(center, "k1")
    for _ in range(50):
        box.say("staff_left", {})
        box.seq -= not box.taken
    assert len(folds) <= 4


def test_sixteen_alarms_about_boxes_hide_none_of_the_hub_s_own(center):
    for i in range(20):
        center.hub._alarm(f"row_refused:k{i}")
    center.hub.needs.set("verify", needed=True)
    center.pass_ms(1_000)
    info = msg.decode(center.broker.retained[center.topics.info("hub")], msg.Info)
    assert "verify" in info.alarms


def test_a_box_that_was_taken_out_and_still_knocks_is_told(center):
    """Its certificate is good as long as nobody has withdrawn it."""
    center.hub.on_wish(Overstepped("k9", "denied", 3))
    center.hub.flush()
    center.pass_ms(1_000)
    assert [(r.body["dev"], r.body["what"], r.body["count"]) for r in rows(center, "box_overstepped")] == [
        ("k9", "denied", 3)
    ]
    info = msg.decode(center.broker.retained[center.topics.info("hub")], msg.Info)
    assert "denied:k9" in info.alarms
    assert center.topics.mark("k9") not in center.broker.retained


# -- dates of another stretch ------------------------------------------------------------------------


@pytest.mark.parametrize("est", [2**53 - 1, 10**15, 0, 1, NOW_MS - 2 * UNDATED_MS, NOW_MS + 2 * UNDATED_MS])
@pytest.mark.parametrize("stretch", [0, 1])
def test_a_date_that_cannot_be_in_an_earlier_stretch_is_not_believed(center, est, stretch):
    center.kill_hub()
    center.clock.reboot("boot-2")
    center.start_hub()
    center.hub.budgets = NO_LIMIT
    Forger(center, "k1").say("staff_left", {}, boot_id="other", hub_est_ms=est, stretch=stretch)
    [row] = rows(center, "staff_left")
    assert (row.quality, row.t_event) == ("C", row.t_recv)
    all_told(center)


# -- a spare that lies, and a hub that does ----------------------------------------------------------

LIES = [
    {"stretch": 2**70}, {"low_ms": 2**70}, {"low_ms": -(2**70)}, {"t_event": 2**53 - 1}, {"t_event": -(2**53) + 1},
    {"t_recv": 2**53 - 1}, {"mono": -1}, {"quality": "ZZ"}, {"err_ms": -5}, {"stretch": -5}, {"low_ms": 2**53 - 1},
    {"epoch": 2**40},
]  # fmt: skip


def forged(center: Center, **lie) -> LogRow:
    now = center.hub.keeper.hall_ms
    plain = {
        "hub_seq": 1, "dev": "k1", "run": "a" * 16, "seq": 1, "before": None, "kind": "issued",
        "body": DEVICE["issued"], "boot": "b", "mono": 1, "t_event": now, "t_recv": now, "quality": "B", "err_ms": 0,
        "epoch": center.hub.start.epoch, "incarnation": 1, "prev_hash": "0" * 64, "hash": "0" * 64,
    }  # fmt: skip
    return LogRow(**(plain | lie))


@pytest.mark.parametrize("lie", LIES, ids=str)
def test_no_offer_of_a_spare_ends_the_hub(center, lie):
    center.hub.peers["s1"] = Peer("spare")
    offer = msg.CopyOffer(msg.VERSION, [forged(center, **lie)])
    center.hub.on_news(Arrived(center.topics.copy("s1", "offer"), msg.encode(offer)))
    center.hub.flush()
    assert [row.body["code"] for row in rows(center, "fact_refused")] in (["malformed"], ["time"])
    all_told(center)
    center.kill_hub()
    center.start_hub()
    assert center.hub.leads


@pytest.mark.parametrize("lie", LIES, ids=str)
def test_no_copied_row_ends_the_spare(center, lie, tmp_path):
    def start() -> Spare:
        spare = Spare("s1", SqliteStore(tmp_path / "s1"), MemoryLink(center.broker, []), center.clock, center.topics)
        spare.on_start()
        return spare

    spare, store = start(), center.hub.store
    known = list(store.rows())
    last = chained(store, forged(center, **lie))
    copied = msg.CopyRows(msg.VERSION, center.hub.start, 0, spare.store.hash, last.hub_seq, [*known, last])
    spare.on_news(Arrived(center.topics.copy("s1", "rows"), msg.encode(copied)))
    assert spare.store.hub_seq in (0, len(known))
    assert spare.needs.codes == ["refused"]
    spare.store.close()
    start().store.close()


def test_moments_that_are_copied_lie_in_a_calendar():
    assert limits.FAR_MS > NOW_MS + 100 * 365 * 86_400_000
    assert json.dumps(limits.FAR_MS)


# -- what is left behind -----------------------------------------------------------------------------


def test_a_broker_starts_again_though_a_killed_one_left_its_mosquitto_behind(tmp_path):
    """As root Mosquitto changes its user, and the kernel forgets that it was to end with its parent."""
    [port] = free_ports(1)
    argv = mosquitto.command(mosquitto.write(BrokerConfig(port=port), "test", ["hub"], tmp_path / "mosquitto"))
    orphan = subprocess.Popen(argv, stderr=subprocess.DEVNULL)
    stranger = subprocess.Popen(["sleep", "60"])
    assert wait(lambda: mosquitto._listens(BrokerConfig(port=port)))
    try:
        mosquitto.end_left_behind(argv)
        assert orphan.wait(5) is not None
        mosquitto.check_port(BrokerConfig(port=port))
        assert stranger.poll() is None
    finally:
        for child in (orphan, stranger):
            child.kill()
            child.wait()


def test_the_broker_of_a_center_runs_once(tmp_path):
    with mosquitto._alone(tmp_path / "mosquitto"), pytest.raises(mosquitto.BrokerError, match="already"):
        mosquitto.run(BrokerConfig(port=1), "test", ["hub"], tmp_path / "mosquitto", SystemClock())
    with mosquitto._alone(tmp_path / "mosquitto"):
        pass


# -- epochs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("epoch", [limits.MAX_LEAP + 1, 2**21, 2**53 - 1])
def test_no_beacon_makes_a_spare_use_up_all_epochs(center, tmp_path, epoch):
    spare = Spare("s1", SqliteStore(tmp_path / "s1"), MemoryLink(center.broker, []), center.clock, center.topics)
    spare.on_start()
    beacon = msg.Beacon(msg.VERSION, msg.Start(epoch, 1, "a" * 16), 1, True, 900, "b" * 64)
    for what, on in ((spare, spare.store), (center.hub, center.hub.store)):
        what.on_news(Arrived(center.topics.beacon(), msg.encode(beacon)))
        assert on.standing().epoch == 0


def test_every_start_that_can_be_read_is_a_number_that_can_be_read():
    last = msg.Start(limits.EPOCHS - 1, 2**32 - 1, "a" * 16)
    msg.decode(msg.encode(msg.Presence(msg.VERSION, "ready", msg.born(last.epoch, last.incarnation))), msg.Presence)


# -- what a flood does to the log of a program -------------------------------------------------------


def test_a_flood_of_nonsense_fills_no_journal(center, caplog):
    now = [0]
    caplog.handler.addFilter(Quiet(lambda: now[0]).filter)
    try:
        for minute in range(2):
            now[0] = minute * 60_000
            for _ in range(500):
                center.hub.on_news(Arrived(center.topics.batch("k1"), b"nonsense"))
            logging.getLogger("onedoor.other").warning("something else in minute %d", minute)
    finally:
        caplog.handler.filters.clear()
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) <= 2 * 25
    assert sum("something else" in line for line in lines) == 2
    assert any("and 480 lines like this before" in line for line in lines)
