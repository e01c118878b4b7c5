"""Nobody waits for nobody: whoever waits where no open counter calls is told so at once, everywhere."""

import msgspec
import pytest
from conftest_center import Center

from broker.attendance import GRACE_MS, UNHEARD_MS
from broker.news import unserved_alarms
from display.around import reach
from display.board import BoardView
from display.menu import Beside, First, Go, Menu, tiles
from display.presses import Press
from display.screen.board import BoardScreen
from onedoor.device.clock import VirtualClock
from onedoor.hall import desk
from onedoor.hall.refusals import Refusal
from onedoor.look.texts import say
from onedoor.screen.pen import Pen
from onedoor.wire.messages import Start, Waiting

SOON_MS = 3_000
MORNING = 1_795_222_800_000


@pytest.fixture
def center(tmp_path):
    made = Center(tmp_path, clock=VirtualClock(MORNING))
    made.start_hub()
    yield made
    made.hub.store.close()


def told(center, board, panel) -> set[str]:
    """For which queues board, panel and the hub's own word (the head's) say that nobody is there: they agree."""
    center.pass_ms(SOON_MS)
    said = {code.partition(":")[2] for code in panel.box.hall.alarms.get("hub", ()) if code.startswith("unserved:")}
    assert said == {dev for dev, code in panel.view.alarms if code == "unserved"}
    assert said == set(board.box.hall.waiting.unserved())
    return said


def everybody(center):
    kiosk, panel, board = center.kiosk(), center.panel(1, ("id",)), center.board()
    panel.show = lambda _: None
    panel._show()
    return kiosk, panel, board


def test_a_service_that_no_counter_has_is_said_and_goes_away_when_one_opens(center):
    kiosk, panel, board = everybody(center)
    center.touch(kiosk, "id")
    assert told(center, board, panel) == set()
    center.touch(kiosk, "land")
    assert told(center, board, panel) == {"land"}
    views = []
    board.show = views.append
    board._show()
    assert views[-1].unserved == ("land",)
    other = center.panel(2, ("land",))
    assert told(center, board, panel) == set()
    center.do(other, Press.CLOSE)
    assert told(center, board, panel) == {"land"}
    center.do(other, Press.OPEN, Press.NEXT)
    assert told(center, board, panel) == set()


def test_a_counter_in_a_pause_comes_back(center):
    kiosk, panel, board = everybody(center)
    center.touch(kiosk, "id")
    center.do(panel, desk.Pause("break"))
    assert told(center, board, panel) == set()


def test_the_profile_of_the_only_counter_changes_while_people_wait(center):
    kiosk, panel, board = everybody(center)
    two = center.panel(2, ("land",))
    center.touch(kiosk, "land")
    assert told(center, board, panel) == set()
    center.do(two, Press.CLOSE)
    center.stop("c2", clean=True)
    center.panel(2, ("id",))
    assert told(center, board, panel) == {"land"}


def test_a_ticket_says_that_nobody_is_there_yet(center):
    kiosk, _, _ = everybody(center)
    views = []
    kiosk.show = views.append
    center.touch(kiosk, "land")
    assert any(view.unopened for view in views if view.label)
    views.clear()
    center.touch(kiosk, "id")
    assert not any(view.unopened for view in views if view.label)


@pytest.mark.parametrize("where", ["counter/99", "clerk/nobody", "nowhere", "counter/"])
def test_nobody_is_sent_to_where_nobody_will_call_him(center, where):
    kiosk, panel, _ = everybody(center)
    center.touch(kiosk, "id")
    center.do(panel, Press.NEXT, Press.START, desk.Transfer(where))
    assert (panel.refusal, panel.me.at) == (Refusal.UNKNOWN_QUEUE, "serving")


def test_who_was_sent_to_a_counter_that_closes_then_is_not_forgotten(center):
    kiosk, panel, board = everybody(center)
    two = center.panel(2, ("land",))
    label = center.touch(kiosk, "id")
    center.do(panel, Press.NEXT, Press.START, desk.Transfer("counter/2"))
    assert told(center, board, panel) == set()
    center.do(two, Press.CLOSE)
    assert told(center, board, panel) == {"counter/2"}
    center.do(two, Press.OPEN, Press.NEXT)
    assert (two.me.label, told(center, board, panel)) == (label, set())


def test_a_hub_of_an_older_release_says_nothing_of_it():
    old = msgspec.json.decode(
        b'{"v":1,"start":{"epoch":0,"incarnation":1,"nonce":"0000000000000000"},"hub_seq":1,"at_ms":1,'
        b'"queues":{"id":1},"line":[],"open_counters":[]}',
        type=Waiting,
    )
    assert old.unserved() == []


# -- a counter whose box is dark --------------------------------------------------------------------------------------


def queue_of_two(center):
    """Counter 2 alone has "land", and somebody waits for it."""
    kiosk, panel, board = everybody(center)
    center.panel(2, ("land",))
    center.touch(kiosk, "land")
    assert told(center, board, panel) == set()
    return kiosk, panel, board


def back(center, n, queues):
    """The box has power again: it reads its card, and its counter is open as it was."""
    panel = center.panel(n, queues)
    assert panel.me.open
    return panel


@pytest.mark.parametrize("clean", [False, True])
def test_the_only_counter_of_a_queue_loses_its_power_and_comes_back(center, clean):
    """Its counter is open in the log, and nobody is there: nobody calls, and nobody can close it."""
    kiosk, panel, board = queue_of_two(center)
    center.stop("c2", clean=clean)
    center.pass_ms(GRACE_MS - SOON_MS - 100)
    assert told(center, board, panel) == set(), "a box that only starts again is no news"
    assert told(center, board, panel) == {"land"}
    assert center.hub.ledger.hall.counters["c2"].open, "no fact of the log"
    views = []
    kiosk.show = views.append
    center.touch(kiosk, "land")
    assert any(view.unopened for view in views if view.label), "who takes a number now is told, too"
    two = back(center, 2, ("land",))
    center.settle()
    assert board.box.hall.waiting.unserved() == [], "it serves at once"
    center.do(two, Press.NEXT)
    assert two.me.label == "L1-001"


def test_a_box_that_blinks_again_and_again_is_never_said_to_be_gone(center):
    _, panel, board = queue_of_two(center)
    for _ in range(5):
        center.stop("c2")
        center.pass_ms(GRACE_MS - 1_000)
        assert board.box.hall.waiting.unserved() == []
        back(center, 2, ("land",))
    assert told(center, board, panel) == set()


def test_a_hub_that_has_just_started_does_not_say_that_every_counter_is_dead(center):
    """The broker has every box's word; before it comes, nobody is believed to be gone."""
    _, panel, board = queue_of_two(center)
    said = []
    center.broker.deliver = lambda link, message: (said.append(message), link.receive(message))
    center.kill_hub()
    center.advance(60_000)
    center.start_hub()
    center.pass_ms(2 * UNHEARD_MS, 1_000)
    waits = [msgspec.json.decode(m.payload, type=Waiting) for m in said if m.topic == center.topics.state("waiting")]
    assert waits
    assert {tuple(news.unserved()) for news in waits} == {()}
    assert told(center, board, panel) == set()


def test_a_hub_that_has_just_started_learns_who_is_gone(center):
    _, panel, board = queue_of_two(center)
    center.stop("c2")
    center.kill_hub()
    center.start_hub()
    center.pass_ms(GRACE_MS)
    assert told(center, board, panel) == {"land"}


def test_power_comes_back_to_the_house_and_one_counter_stays_dark(center):
    """The broker has forgotten everybody: who is there says so again, and who does not is not there."""
    _, panel, board = queue_of_two(center)
    center.broker.stop()
    center.settle()
    del center.boxes["c2"]
    center.pass_ms(5_000)
    center.broker.begin()
    for box in (center.hub, panel.box, board.box):
        box.link.join()
    center.settle()
    center.pass_ms(UNHEARD_MS - SOON_MS - 100)
    assert told(center, board, panel) == set()
    assert told(center, board, panel) == {"land"}


def test_the_broker_alone_starts_again_and_nobody_is_said_to_be_gone(center):
    _, panel, board = queue_of_two(center)
    center.broker.stop()
    center.settle()
    center.broker.begin()
    for device in list(center.boxes.values()):
        getattr(device, "box", device).link.join()
    center.settle()
    for _ in range(30):
        assert told(center, board, panel) == set()


def test_a_counter_that_was_open_when_it_was_taken_out_of_the_center_serves_nobody(center):
    _, panel, board = queue_of_two(center)
    center.kill_hub()
    center.start_hub(counters=1)
    assert told(center, board, panel) == {"land"}


def test_the_late_will_of_an_earlier_start_says_nothing_about_the_box_that_is_there(center):
    _, panel, board = queue_of_two(center)
    will = center.boxes["c2"].box.link.will
    center.stop("c2")
    back(center, 2, ("land",))
    center.broker.publish(will.topic, will.payload, retain=False)
    center.settle()
    for _ in range(10):
        assert told(center, board, panel) == set()


def test_words_of_boxes_that_break_the_contract_change_nothing_and_end_nothing(center):
    _, panel, board = queue_of_two(center)
    for payload in (
        b"",
        b"{}",
        b'{"v":1,"state":"away","boot":1}',
        b'{"v":2,"state":"lost","boot":9}',
        b"\xff" * 9_000,
    ):
        center.broker.publish(center.topics.presence("c2"), payload, retain=True)
        center.settle()
    center.pass_ms(GRACE_MS)
    assert told(center, board, panel) == set()


# -- all of them, everywhere ------------------------------------------------------------------------------------------


def drawn(center, view) -> list[str]:
    """Every text of the board."""
    pen = Pen(1.0, 1920.0, 1080.0)
    BoardScreen(center.catalogue, "", "", center.clock).draw(pen, view)
    assert pen.overflow == []
    return [piece[2] for piece in pen.pieces.values() if piece[0] == "text"]


def sent(center, kiosk, panel, *where):
    """Somebody is sent to each of these places."""
    for queue in where:
        center.touch(kiosk, "id")
        center.do(panel, Press.NEXT, Press.START, desk.Transfer(queue))
        assert panel.refusal is None, queue


def test_counters_and_second_steps_to_which_people_were_sent_are_named_on_the_board(center):
    """I was sent to counter 2, and to the cashier after that. Both are closed: the board says so to me."""
    kiosk, panel, board = everybody(center)
    two = center.panel(2, ("land",))
    second = next(q.id for q in center.catalogue.queues if all(s.queue != q.id for s in center.catalogue.services))
    views = []
    board.show = views.append
    sent(center, kiosk, panel, "counter/2", second)
    center.do(two, Press.CLOSE)
    assert told(center, board, panel) == {"counter/2", second}
    said = drawn(center, views[-1])
    line = next(text for text in said if f"{say('lo', 'Counter')} 2" in text)
    assert center.catalogue.queue_name(second, "lo") in line


def test_who_waits_for_nobody_is_not_hidden_by_whatever_else_the_board_says(center):
    back = ("A1-001", "A1-002", "A1-003")
    view = BoardView(fresh=True, back=back, asked=(("A1-009", ("1", "2")),), unserved=("land",), unserved_more=2)
    said = drawn(center, view)
    for text in ("no counter is open for this yet", "was called at two counters: go to either one"):
        assert text in said
    assert any("A1-001 · A1-002 · +1" in text for text in said)
    assert any(text.endswith(" · +2") for text in said)


def test_many_queues_without_a_counter_are_all_told(center):
    """Every queue of the house, and the hub's own word says how many it has no room to name."""
    kiosk, panel, board = everybody(center)
    queues = sorted(center.catalogue.all_queues() - {"id"})
    center.do(panel, Press.CLOSE)
    center.stop("c1", clean=True)
    panel = center.panel(1, ("id",))
    panel.show = lambda _: None
    closed = [f"counter/{n}" for n in (2, 3)]
    for n in (2, 3):
        center.do(center.panel(n, ("id",)), Press.CLOSE)
    sent(center, kiosk, panel, *queues, *closed)
    center.hub._alarm("row_refused:k1")
    center.pass_ms(SOON_MS)
    alone = {*queues, *closed}
    assert set(board.box.hall.waiting.unserved()) == alone
    assert {dev for dev, code in panel.view.alarms if code == "unserved"} == alone
    codes = panel.box.hall.alarms["hub"]
    named = {code.partition(":")[2] for code in codes if code.startswith("unserved:")}
    more = sum(int(code.partition("+")[2]) for code in codes if code.startswith("unserved_more:"))
    assert named <= alone
    assert len(named) + more == len(alone)
    assert "row_refused:k1" in codes


@pytest.mark.parametrize("many", [1, 8, 9, 15, 16, 17, 80])
@pytest.mark.parametrize("others", [0, 3, 8, 16])
def test_the_hubs_word_names_as_many_as_it_can_and_counts_the_rest(many, others):
    news = Waiting(1, Start(0, 1, "0" * 16), 1, 1, {}, [], [], alone=[f"q{i}" for i in range(min(many, 64))],
                   alone_more=max(0, many - 64))  # fmt: skip
    codes = unserved_alarms(news, 16 - others)
    named = [code for code in codes if code.startswith("unserved:")]
    more = sum(int(code.partition("+")[2]) for code in codes if code.startswith("unserved_more:"))
    assert len(named) + more == many
    assert len(codes) <= max(8, 16 - others)
    assert len(named) >= min(many, 7)


# -- whom somebody can be sent to -------------------------------------------------------------------------------------


def offered(panel) -> dict[str, object]:
    """The tiles of the open page: what each means."""
    view = panel.view
    found = tiles(view.menu, view.me, Center.catalogue, Beside(view.clerks, view.offer, reach=view.reach))
    return {tile.key: tile.wish for tile in found}


def test_send_on_offers_every_counter_and_every_clerk(center):
    """He has to see my colleague at 2, or whoever signs as "noy": I touch that, and nobody else calls him."""
    kiosk, panel, board = everybody(center)
    two, three = center.panel(2, ("land",)), center.panel(3, ("land",))
    center.do(two, desk.Close(), desk.Open("noy"))
    center.do(three, desk.Close())
    first = center.touch(kiosk, "id")
    center.do(panel, Press.NEXT, Press.START, Go("send"), Go("send_counter"))
    assert [key for key in offered(panel) if key.startswith("queue-")] == ["queue-counter/2", "queue-counter/3"]
    center.do(panel, First())
    assert offered(panel)["queue-counter/2"] == desk.Transfer("counter/2", "first")
    center.do(panel, offered(panel)["queue-counter/2"])
    assert panel.me.label == ""
    second = center.touch(kiosk, "id")
    center.do(panel, Press.NEXT, Press.START, Go("send"), Go("send_clerk"))
    center.do(panel, offered(panel)["queue-clerk/noy"])
    center.do(panel, Press.NEXT)
    assert panel.me.label == "", "they are another's"
    for label in (first, second):
        center.do(two, Press.NEXT)
        assert two.me.label == label
        center.do(two, Press.START, Press.END)


def test_a_closed_counter_says_so_on_its_tile_and_without_the_hubs_word_none_is_offered(center):
    _, panel, _ = everybody(center)
    center.do(center.panel(2, ("land",)), desk.Close())
    assert panel.view.reach == (("counter/2", False),)
    page = tiles(Menu("send_counter"), panel.view.me, center.catalogue, Beside(reach=panel.view.reach))
    assert next(tile for tile in page if tile.key == "queue-counter/2").under == "Counter 2 · closed"
    keys = [tile.key for tile in tiles(Menu("send"), panel.view.me, center.catalogue, Beside())]
    assert not {"send_counter", "send_clerk"} & {*keys}


def test_numbers_of_counters_stand_as_numbers(center):
    _, panel, _ = everybody(center)
    news = panel.box.hall.waiting
    panel.box.hall.waiting = msgspec.structs.replace(news, places=[f"counter/{n}" for n in ("10", "9", "A/2", "1")])
    assert [q for q, _ in reach(panel.box, ("counter/1",), ("b", "a"))] == [
        "clerk/a", "clerk/b", "counter/9", "counter/10", "counter/A/2",
    ]  # fmt: skip
