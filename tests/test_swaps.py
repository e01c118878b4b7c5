"""Two counters change their numbers with each other, or three in a ring, in the middle of everything.

A number is at one desk at a time: nobody is sent to a wrong place, and the open time of each number is what it was.
"""

import json
from collections import defaultdict
from itertools import permutations

import pytest
from conftest_center import Center
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker.attendance import GRACE_MS
from display.panel import Panel
from display.presses import Press
from onedoor.device.clock import VirtualClock
from onedoor.hall import desk
from onedoor.hall.desk import At
from onedoor.hall.renumber import gives_up
from onedoor.wire.chain import line_of
from reports import evaluator_verify as stranger
from reports import pack
from reports.entries import entries_of
from reports.figures import facts_together
from reports.reading_acts import KINDS
from reports.verify import verify

MORNING = 1_795_222_800_000
SOON_MS = 3_000
DEVS = ("c1", "c2", "c3")
NAMES = ("1", "2", "ຫ້ອງ3")
STATES = {"counter_opened": True, "counter_closed": False, "counter_paused": False, "counter_resumed": True}


class Hall:
    """Three counters for everything; the technician writes a file, and starts box by box with what stands in it."""

    def __init__(self, folder):
        self.center = Center(folder, clock=VirtualClock(MORNING))
        self.center.start_hub()
        self.file = dict(zip(DEVS, NAMES, strict=True))
        self.kiosk, self.board = self.center.kiosk(), self.center.board()
        for dev in DEVS:
            self._box(dev)
            self.do(dev, Press.OPEN)

    def _box(self, dev):
        center = self.center
        box, sender = center._box(dev, "counter")
        services = {s.id: s.queue for s in center.catalogue.services}
        panel = Panel(box, sender, center.clock_of(dev), self.file[dev], ("id", "land"), services=services,
                      all_queues=center.catalogue.all_queues())  # fmt: skip
        panel.show = lambda _: None
        panel.on_start()
        center._join(dev, panel, box.link)
        panel._show()

    def start(self, *devs, clean=True):
        """Boxes start again, and read the file."""
        for dev in devs:
            self.center.stop(dev, clean=clean)
        for dev in devs:
            self._box(dev)
        self.soon()

    def do(self, dev, *wishes):
        """A clerk presses."""
        for wish in wishes:
            self.center.do(self.panel(dev), wish)
            self.soon()

    def soon(self):
        """Three seconds."""
        self.center.pass_ms(SOON_MS, 500)

    def panel(self, dev):
        """A counter's panel."""
        return self.center.boxes[dev]

    def shown(self):
        """The number over each open desk."""
        return {dev: self.panel(dev).view.counter for dev in DEVS if self.panel(dev).view.open}

    def check(self):
        """No number is at two desks, and the board sends people to where they are waited for."""
        shown, hall = self.shown(), self.center.hub.ledger.hall
        assert len(set(shown.values())) == len(shown), f"one number at two desks: {shown}"
        assert shown == {dev: c.counter for dev, c in hall.counters.items() if c.open}
        told = {call.label: call.counter for call in self.board.box.hall.called.standing()}
        for dev in DEVS:
            me = self.panel(dev).me
            if me.label and me.at in desk.HERE:
                assert told[me.label] == self.panel(dev).view.counter, "the board sends him to where he is waited for"

    def free(self, dev):
        """Whoever is at this counter is served to the end."""
        self.center.pass_ms(12_000, 1_000)  # an open wish ends by itself
        if self.panel(dev).me.at == At.WALKING:
            self.do(dev, desk.Start())
        if self.panel(dev).me.at == At.SERVING:
            self.do(dev, desk.End())

    def truth(self):
        """How long each number was open at any box, in seconds, out of the log."""
        number, is_open, spent, then = {}, set(), defaultdict(int), 0
        for row in sorted(self.center.hub.store.rows(), key=lambda row: row.t_event):
            for open_now in {number[dev] for dev in is_open}:
                spent[open_now] += row.t_event - then
            then = row.t_event
            if row.kind in STATES:
                number[row.dev] = row.event.counter
                (is_open.add if STATES[row.kind] else is_open.discard)(row.dev)
        assert not is_open, "everybody has closed"
        return {n: ms / 1_000 for n, ms in spent.items()}

    def figures(self):
        """The same, as a report has it."""
        self.center.hub.flush()
        rows = list(self.center.hub.store.rows())
        assert verify(rows).misfit is None
        truth = self.truth()
        self.center.hub.store.close()
        facts = facts_together(entries_of(self.center.folder, KINDS))
        found = json.loads(json.dumps(stranger.indicators(stranger.read([json.loads(line_of(r)) for r in rows]), 1500)))
        assert stranger.differences(found, json.loads(json.dumps(pack.headline(facts, 1500)))) == []
        return truth, {number: time.open_s for number, time in facts.counters.items()}

    def end(self):
        """The day is over: everybody is served, every box has what stands in the file, and the report is right."""
        self.start(*DEVS)
        for dev in DEVS:
            self.free(dev)
        self.soon()
        self.soon()
        self.check()
        for dev, number in self.shown().items():
            assert number == self.file[dev], "as soon as nobody is in the way"
        for dev in DEVS:
            if self.panel(dev).me.paused:
                self.do(dev, desk.Resume())
            if self.panel(dev).me.open:
                self.do(dev, desk.Close())
        assert not [t for t in self.center.hub.ledger.hall.tickets.values() if t.holders]
        truth, told = self.figures()
        for number in truth:
            assert abs(truth[number] - told.get(number, 0)) <= 2, f"open time of {number}"


@pytest.fixture
def hall(tmp_path):
    return Hall(tmp_path)


def calls(hall, dev):
    """Somebody comes, and this counter calls him; his number."""
    label = hall.center.touch(hall.kiosk, "id")
    hall.do(dev, Press.NEXT)
    assert hall.panel(dev).me.label == label
    return label


@pytest.mark.parametrize("one_by_one", [False, True])
def test_two_counters_swap_while_one_of_them_serves(hall, one_by_one):
    """I was called to 1. Until I am served nobody else stands under a 1."""
    calls(hall, "c1")
    hall.file |= {"c1": "2", "c2": "1"}
    for devs in (("c2",), ("c1",)) if one_by_one else (("c1", "c2"),):
        hall.start(*devs)
        hall.check()
    assert hall.panel("c1").view.counter == "1"
    hall.do("c1", Press.START, Press.END)
    hall.soon()
    assert {dev: hall.shown()[dev] for dev in ("c1", "c2")} == {"c1": "2", "c2": "1"}, "nobody presses anything for it"
    for dev in ("c1", "c2"):
        calls(hall, dev)
        hall.check()
    hall.end()


def test_two_counters_that_are_never_idle_at_once_swap_all_the_same(hall):
    for _ in range(12):
        hall.center.touch(hall.kiosk, "id")
    hall.do("c1", Press.NEXT, Press.START)
    hall.do("c2", Press.NEXT, Press.START)
    hall.file |= {"c1": "2", "c2": "1"}
    hall.start("c1", "c2")
    for dev in ("c1", "c2", "c1", "c2"):
        hall.do(dev, Press.NEXT)
        hall.check()
        hall.do(dev, Press.START)
    assert {dev: hall.shown()[dev] for dev in ("c1", "c2")} == {"c1": "2", "c2": "1"}
    hall.end()


def test_a_counter_goes_on_under_its_old_number_until_its_new_one_is_free(hall):
    """The technician has only been at one of the two boxes: that counter works on."""
    hall.file |= {"c2": "1"}
    hall.start("c2")
    for _ in range(3):
        calls(hall, "c2")
        hall.check()
        assert hall.shown()["c2"] == "2"
        hall.do("c2", Press.START, Press.END)
    hall.file |= {"c1": "2"}
    hall.start("c1")
    assert hall.shown() == {"c1": "2", "c2": "1", "c3": NAMES[2]}
    hall.end()


def test_who_was_sent_to_a_number_is_called_by_the_desk_that_has_it(hall):
    """He was told "counter 2", and 2 is still where it was, whatever stands in the file."""
    label = calls(hall, "c3")
    hall.file |= {"c2": "1"}
    hall.start("c2")
    hall.do("c3", Press.START, desk.Transfer("counter/2"))
    hall.do("c1", Press.NEXT)
    assert hall.panel("c1").me.label == ""
    hall.do("c2", Press.NEXT)
    assert (hall.panel("c2").me.label, hall.panel("c2").view.counter) == (label, "2")
    hall.check()


def test_nobody_opens_a_counter_under_a_number_that_another_one_has(hall):
    """Two boxes were given one number by mistake: the second says so, and sends nobody there."""
    hall.do("c2", Press.CLOSE)
    hall.file |= {"c2": "1"}
    hall.start("c2")
    hall.do("c2", Press.OPEN)
    assert (hall.panel("c2").view.open, hall.panel("c2").refusal) == (False, "number_taken")
    hall.do("c1", Press.CLOSE)
    hall.do("c2", Press.OPEN)
    assert hall.shown()["c2"] == "1"
    hall.file |= {"c1": "2"}
    hall.end()


@pytest.mark.parametrize("busy", range(8))
def test_three_counters_in_a_ring(hall, busy):
    for i, dev in enumerate(DEVS):
        if busy >> i & 1:
            calls(hall, dev)
    hall.file = dict(zip(DEVS, (*NAMES[1:], NAMES[0]), strict=True))
    for dev in DEVS:
        hall.start(dev)
        hall.check()
    for dev in DEVS:
        hall.free(dev)
        hall.soon()
        hall.check()
    hall.soon()
    assert hall.shown() == hall.file
    hall.end()


def test_a_box_that_was_dark_comes_back_and_its_number_is_another_ones(hall):
    """Nobody was at the dark counter 1, and 2 became 1 meanwhile: there is one desk with a 1, not two."""
    hall.file |= {"c2": "1", "c1": "2"}
    hall.center.stop("c1")
    hall.center.pass_ms(GRACE_MS + SOON_MS, 500)
    hall.start("c2")
    assert hall.panel("c2").view.counter == "1"
    hall._box("c1")
    hall.soon()
    hall.check()
    assert hall.shown()["c1"] == "2"
    hall.end()


@pytest.mark.parametrize("turned", [False, True])
def test_two_boxes_with_one_number_one_of_which_was_dark(hall, turned):
    """The file is wrong. Whoever's name comes first has the number; the other one says that it waits for it."""
    dark, other = ("c2", "c1") if turned else ("c1", "c2")
    hall.file |= {dark: "2" if turned else "1"}
    hall.file[other] = hall.file[dark]
    hall.center.stop(dark)
    hall.center.pass_ms(GRACE_MS + SOON_MS, 500)
    hall.start(other)
    hall._box(dark)
    hall.soon()
    hall.soon()
    hall.check()
    assert set(hall.shown()) == {"c1", "c3"}
    assert (f"counter/{hall.file['c2']}", "becomes") in hall.panel("c3").view.alarms
    hall.do("c2", Press.NEXT)
    assert hall.panel("c2").refusal == "number_taken"
    hall.file |= {"c1": "1", "c2": "2"}
    hall.end()


def test_the_number_of_a_dark_counter_with_somebody_at_it_is_not_given_to_another(hall):
    """Her screen is dark; I sit before her all the same, and others look for a 1."""
    calls(hall, "c1")
    hall.file |= {"c2": "1", "c1": "2"}
    hall.center.stop("c1")
    hall.center.pass_ms(2 * GRACE_MS, 500)
    hall.start("c2")
    assert hall.panel("c2").view.counter == "2"
    hall._box("c1")
    hall.soon()
    hall.check()
    hall.end()


def test_a_counter_that_gave_its_number_up_can_be_closed_and_is_not_lost_without_the_hub(hall):
    calls(hall, "c1")
    calls(hall, "c2")
    hall.file |= {"c1": "2", "c2": "1"}
    hall.start("c1", "c2")
    hall.do("c1", Press.START, Press.END)
    assert (hall.panel("c1").me.aside, hall.panel("c1").view.open) == (True, False)
    hall.do("c1", desk.Close())
    assert not hall.panel("c1").me.open
    hall.do("c1", desk.Open())
    assert hall.panel("c1").refusal == "number_taken"
    hall.center.kill_hub()
    hall.do("c1", desk.Open())
    assert hall.shown()["c1"] == "2", "nobody can be asked: the clerk's word counts"
    hall.center.start_hub()
    hall.soon()
    hall.free("c2")
    hall.end()


def test_numbers_that_change_while_the_hub_is_away_lose_no_open_time(hall):
    """For a while two boxes had the 2; the 2 was open all the time, and one of them closes it at the end."""
    began = hall.center.clock.mono_ms()
    hall.center.kill_hub()
    hall.file |= {"c1": "2", "c2": "1"}
    hall.do("c1", desk.Close())
    hall.start("c1")
    hall.do("c1", desk.Open())
    hall.do("c2", desk.Close())
    hall.start("c2")
    hall.center.pass_ms(60_000, 1_000)
    hall.center.start_hub()
    hall.soon()
    hall.center.pass_ms(60_000, 1_000)
    spent_s = (hall.center.clock.mono_ms() - began) / 1_000
    hall.do("c1", desk.Close())
    hall.do("c3", desk.Close())
    hall.do("c2", desk.Close())
    truth, told = hall.figures()
    assert abs(truth["2"] - told["2"]) <= 1
    assert told["2"] >= spent_s


def test_what_a_ring_is():
    at = {"c2": "2", "c3": "3"}
    assert gives_up("c1", "1", "2", at, {"c2": "1"})
    assert gives_up("c1", "1", "2", at, {"c2": "3", "c3": "1"})
    assert not gives_up("c1", "1", "2", at, {"c2": "3"}), "3 stays where it is"
    assert not gives_up("c1", "1", "2", at, {"c2": "3", "c3": "2"}), "their ring, not this one's"
    assert not gives_up("c1", "1", "2", at, {})
    assert not gives_up("c1", "1", "1", at, {"c2": "1", "c3": "1"}), "it has what it should have"


ACTS = st.one_of(
    st.tuples(st.sampled_from(DEVS), st.sampled_from(
        [*Press, desk.Close("done"), desk.Close("no_show"), desk.Park(), desk.Transfer("land"), desk.Pause("break"),
         desk.Resume(), desk.WalkIn("id"), desk.Undo()]
    )),
    st.tuples(st.just("touch"), st.sampled_from(["id", "land"])),
    st.tuples(st.just("file"), st.sampled_from(list(permutations(NAMES)))),
    st.tuples(st.just("start"), st.lists(st.sampled_from(DEVS), min_size=1, unique=True), st.booleans()),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ACTS, max_size=30))
def test_whoever_swaps_whatever_at_any_moment(tmp_path_factory, acts):
    hall = Hall(tmp_path_factory.mktemp("hall"))
    for act in acts:
        match act:
            case ("touch", service):
                hall.center.touch(hall.kiosk, service)
            case ("file", names):
                hall.file = dict(zip(DEVS, names, strict=True))
            case ("start", devs, clean):
                hall.start(*devs, clean=clean)
            case (dev, wish):
                hall.do(dev, wish)
        hall.soon()
        hall.check()
    hall.end()
