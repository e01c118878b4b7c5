"""Nobody waits for nobody: whoever waits where no open counter calls is told so at once, everywhere."""

import msgspec
import pytest
from conftest_center import Center

from display.presses import Press
from onedoor.device.clock import VirtualClock
from onedoor.hall import desk
from onedoor.hall.refusals import Refusal
from onedoor.wire.messages import Waiting

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
