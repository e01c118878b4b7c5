"""Undo: what is taken back did not happen. Each act from each place, on the product's own hub, kiosk, panels and board;
what the hub knows, what the panel shows, what both readers of the log make of it, beside a day on which nobody pressed.
"""

import json

import pytest
from conftest_center import Center

from display.menu import Menu, tiles
from display.presses import Press
from display.screen.panel import HEIGHT, PanelScreen
from onedoor.hall import desk
from onedoor.hall.desk import At
from onedoor.hall.desk_undo import UNDO_MS, WORDS
from onedoor.hall.ledger import Ledger, image, replay
from onedoor.hall.refusals import Refusal
from onedoor.hall.rules import Rules
from onedoor.look.texts import say
from onedoor.screen.pen import Pen
from onedoor.wire.chain import line_of
from reports import evaluator_verify as stranger
from reports import pack
from reports.explain import explain
from reports.figures import facts_together
from reports.reading import Reading
from reports.rows import entries_from, of_log
from reports.shelf import Shelf
from reports.steps import Step
from reports.story import visits as told
from reports.verify import verify

MINUTE = 60_000
RULES = Rules(version="t", credit_min={"N": 0, "P": 20}, guard_min=60, routes={"land": ("land", "cash")})


class Day:
    """A counter for `id` and `land` and one for `cash`. Before the doors open: one person who was parked in the middle
    of his service, one whom nobody saw come, one sent on "first", one expected; then people in line.
    """

    def __init__(self, folder):
        self.center = center = Center(folder, rules=RULES)
        center.start_hub()
        self.kiosk, self.panel, self.cash = center.kiosk(), center.panel(), center.panel(2, ("cash",))
        for panel in (self.panel, self.cash):
            panel.show = lambda _: None
        self.parked, self.missed, self.first = self.take("id"), self.take("id"), self.take("id")
        center.do(self.panel, desk.Next(), desk.Start())
        self.wait(3 * MINUTE)
        center.do(self.panel, desk.Park(30, "copy"), desk.Next())
        self.wait(30_000)
        center.do(self.panel, desk.NoShow(), desk.Next(), desk.Start())
        self.wait(MINUTE)
        center.do(self.panel, desk.Transfer("land", "first"))
        self.wait(MINUTE)
        center.do(self.panel, desk.Book("4821306007", "id", center.clock.wall_ms() + 4 * MINUTE))
        self.plain = self.take("id")
        self.expected = self.take("id", appointment="4821306007")
        self.old, self.last = self.take("land", cls="P"), self.take("id")
        self.wait(20_000)

    def take(self, service, **said):
        label = self.center.touch(self.kiosk, service, **said)
        self.wait(1_000)
        return label

    def wait(self, ms):
        self.center.pass_ms(ms, 1_000)

    @property
    def hall(self):
        return self.center.hub.ledger.hall

    def stands(self):
        """What the hub knows of everybody, and of the counters, the list of calls, the roll and the departures."""
        found = {name: json.loads(json.dumps(plain(value))) for name, value in image(self.center.hub.ledger)}
        for name, value in found.items():
            if name.startswith("ticket/"):
                del value["moves"]
            if name.startswith("counter/"):
                del value["last"]
        found["shown"] = found["shown"][1]
        # Who first named a queue is not taken back: it bounds what a box may make (`onedoor.wire.limits.SHARES`).
        return {n: v for n, v in found.items() if n.partition("/")[0] not in ("have", "calls", "time", "places")}

    def shows(self, panel):
        """What the clerk sees, less the presses that were counted and what can be undone."""
        panel._show()
        view = panel.view
        me = {n: getattr(view.me, n) for n in ("ticket", "parked", "so_far", "so_far_ms", "cls", "leg", "waited_ms")}
        own = (view.mine.served, view.mine.timed, view.mine.service_ms, view.mine.day)
        seen = (view.at, view.label, view.service, view.waited_min, view.line, view.waiting, view.paused, view.also)
        return me, own, seen, view.since_ms if view.at is not At.IDLE else None

    def finish(self):
        """The morning ends: everybody who can be called is called and served."""
        for panel in (self.panel, self.cash, self.panel, self.cash):
            if panel.me.paused:
                self.center.do(panel, desk.Resume())
            for _ in range(12):
                if panel.me.at == At.WALKING:
                    self.wait(5_000)
                    self.center.do(panel, Press.START)
                if panel.me.at == At.SERVING:
                    self.wait(2 * MINUTE)
                    self.center.do(panel, Press.END)
                self.wait(2_000)
                self.center.do(panel, desk.Next())
                if panel.me.at == At.IDLE:
                    break
        self.wait(40 * MINUTE)
        self.center.do(self.panel, Press.CLOSE)
        self.center.do(self.cash, Press.CLOSE)
        self.wait(2_000)
        rows = list(self.center.hub.store.rows())
        assert verify(rows).misfit is None
        assert [row.body for row in rows if row.kind == "fact_misfit"] == []
        return rows


def plain(value):
    from broker.store import spelled

    return json.loads(spelled(value))


def figures(rows):
    """Everything the report says; both readers say the same."""
    facts = facts_together(entries_from(rows))
    found = json.loads(json.dumps(stranger.indicators(stranger.read([json.loads(line_of(r)) for r in rows]), 1500)))
    assert stranger.differences(found, json.loads(json.dumps(pack.headline(facts, 1500)))) == []
    return of_log(rows)


def label_of(name):
    return lambda day: desk.CallLabel(getattr(day, name), "frail")


# From where the counter stands, and what is pressed.
FREE = {
    "next": lambda _: desk.Next(), "parked": label_of("parked"), "missed": label_of("missed"),
    "first": label_of("first"), "expected": label_of("expected"), "of a class": label_of("old"),
    "last in line": label_of("last"), "roll": lambda _: desk.NextOnRoll(),
    "without a ticket": lambda _: desk.WalkIn("id"), "a paper": lambda _: desk.WalkIn("id", "A9-123"),
    "pause": lambda _: desk.Pause("meeting"), "break": lambda _: desk.Pause("break"),
}  # fmt: skip
CALLED = {
    "start": lambda _: desk.Start(), "next is start": lambda _: desk.Next(), "no-show": lambda _: desk.NoShow(),
    "park": lambda _: desk.Park(10, "copy"), "send": lambda _: desk.Transfer("cash"),
    "send first": lambda _: desk.Transfer("cash", "first"), "gives up": lambda _: desk.End("withdrawn"),
}  # fmt: skip
SERVED = {
    "end": lambda _: desk.End(), "unfinished": lambda _: desk.End("incomplete", "paper_missing"),
    "promise": lambda _: desk.End(promised="2026-12-24"), "park": lambda _: desk.Park(10, "copy"),
    "send": lambda _: desk.Transfer("cash", "new"),
}  # fmt: skip
WHO = ("next", "parked", "missed", "first", "expected", "of a class", "last in line", "roll", "without a ticket")
CASES = [((), act, FREE[act]) for act in FREE]
CASES += [((who,), act, CALLED[act]) for who in WHO if who != "without a ticket" for act in CALLED]
CASES += [((who, "start"), act, SERVED[act]) for who in WHO for act in SERVED]


def brought_to(day, way):
    """The counter stands as after this way."""
    for press in way:
        if press != "start":
            day.center.do(day.panel, FREE[press](day))
            day.wait(20_000)
        elif day.panel.me.at == At.WALKING:
            day.center.do(day.panel, Press.START)
            day.wait(2 * MINUTE)
    day.wait(11_000)


@pytest.mark.parametrize(("way", "name", "act"), CASES, ids=[" ".join((*w, n)) for w, n, _ in CASES])
def test_an_act_that_is_taken_back_did_not_happen(tmp_path, way, name, act):
    """The hub's state, the panel and, at the end of the morning, every figure are those of a day without the press."""
    day, other = Day(tmp_path / "a"), Day(tmp_path / "b")
    brought_to(day, way)
    brought_to(other, way)
    before, seen = day.stands(), day.shows(day.panel)
    day.center.do(day.panel, act(day))
    assert day.panel.refusal is None, "the act was done"
    assert (day.stands(), day.shows(day.panel)) != (before, seen)
    day.wait(3_000)
    other.wait(3_000)
    day.center.do(day.panel, desk.Undo())
    assert day.panel.refusal is None
    assert day.stands() == before
    assert day.shows(day.panel) == other.shows(other.panel)
    assert [t.label for t in day.hall.waiting()] == [t.label for t in other.hall.waiting()]
    day.center.do(day.panel, desk.Undo())
    assert day.panel.refusal in (Refusal.NOTHING_TO_UNDO, Refusal.PAUSED), "one act, and nothing older by mistake"
    report, plain_day = figures(day.finish()), figures(other.finish())
    apart = report["further"]["without_a_number"].pop("taken_back")
    assert apart == (name in ("roll", "without a ticket", "a paper")), "a visit that never was is counted apart"
    del plain_day["further"]["without_a_number"]["taken_back"]
    differ = [key for key in report if report[key] != plain_day[key]]
    assert differ == []
    assert day.shows(day.panel) == other.shows(other.panel)


@pytest.mark.parametrize("who", WHO)
def test_next_with_somebody_here_undo_takes_the_call_back_and_the_service_before_stays_over(tmp_path, who):
    day, other = Day(tmp_path / "a"), Day(tmp_path / "b")
    for one in (day, other):
        brought_to(one, (who, "start"))
    other.center.do(other.panel, desk.End())
    day.center.do(day.panel, desk.Next())
    assert day.panel.me.at == At.WALKING
    day.wait(4_000)
    other.wait(4_000)
    day.center.do(day.panel, desk.Undo())
    assert day.stands() == other.stands()
    assert day.shows(day.panel) == other.shows(other.panel)


@pytest.mark.parametrize("who", ["parked", "missed"])
@pytest.mark.parametrize("how", ["the panel's power fails", "undo"])
def test_a_call_by_number_that_did_not_happen_leaves_everybody_where_he_was(tmp_path, who, how):
    """Not in the line: whom nobody saw come still has to come back, who makes a copy is still away. Both are called by
    their number afterwards without a reason; who was parked for half an hour is back in line by himself.
    """
    day = Day(tmp_path)
    ticket = day.hall.by_label(getattr(day, who))
    was, line = ticket.phase, [t.label for t in day.hall.waiting()]
    if how == "undo":
        day.center.do(day.panel, desk.CallLabel(ticket.label))
        assert (day.panel.me.label, ticket.phase) == (ticket.label, "walking")
        day.center.do(day.panel, desk.Undo())
    else:
        day.panel.on_wish(desk.CallLabel(ticket.label))
        news = [(dev, thing) for dev, thing in day.center.inbox if dev == "hub"]
        day.center.inbox[:] = news
        for _, thing in news:
            day.center.hub.on_news(thing)
        day.center.inbox.clear()
        day.center.hub.flush()  # the hub has called him; the panel never hears of it
        assert ticket.phase == "walking"
        day.center.inbox.clear()
        del day.center.cards["c1"]
        day.center.stop("c1")
        day.panel = day.center.panel()
        day.panel.show = lambda _: None
        day.wait(3_000)
    assert (ticket.phase, [t.label for t in day.hall.waiting()]) == (was, line)
    day.center.do(day.panel, desk.CallLabel(ticket.label))
    assert day.panel.me.label == ticket.label, "no reason is asked: he does not stand in the line"
    day.center.do(day.panel, desk.Undo())
    if who == "parked":
        day.wait(31 * MINUTE)
        assert ticket.phase == "waiting"
    assert verify(day.center.hub.store.rows()).misfit is None


def test_who_came_with_yesterdays_paper_and_was_put_back_has_waited_in_vain_as_before(tmp_path):
    """A paper in the hand beats every clock; if it was the wrong number, the wait is over when the day was."""
    reports = []
    for name in ("a", "b"):
        day = Day(tmp_path / name)
        day.center.pass_night(24 * 60 * MINUTE)
        day.take("id")
        assert day.hall.by_label(day.last).phase == "expired"
        before = day.stands()
        if name == "a":
            day.center.do(day.panel, desk.CallLabel(day.last, "other"))
            assert day.hall.by_label(day.last).phase == "walking"
            day.center.do(day.panel, desk.Undo())
            assert day.stands() == before
        day.wait(1_000)
        reports.append(figures(day.finish()))
    del reports[0]["further"]["without_a_number"], reports[1]["further"]["without_a_number"]
    assert reports[0]["indicators"]["abandonment"]["expired"] > 0
    assert [key for key in reports[0] if reports[0][key] != reports[1][key]] == []


def test_a_promise_that_was_taken_back_is_none(tmp_path):
    """Ended with "result in two days", taken back, ended without: who comes to collect was promised nothing."""
    day = Day(tmp_path)
    day.center.do(day.panel, desk.CallLabel(day.plain, "frail"), Press.START, desk.End(promised="2026-12-24"))
    day.center.do(day.panel, desk.Undo(), Press.END)
    day.wait(1_000)
    reading = Reading(Shelf(list[Step], 1_000))
    for some in entries_from(day.center.hub.store.rows()):
        reading.take(some)
    assert reading.promised == {}


def test_who_was_called_out_of_order_and_put_back_is_in_no_count_of_departures(tmp_path):
    day = Day(tmp_path)
    before = dict(day.hall.departures)
    day.center.do(day.panel, desk.CallLabel(day.last, "frail"))
    assert day.hall.departures == before | {"out_of_order": 1}
    day.center.do(day.panel, desk.Undo())
    assert day.hall.departures == before
    day.center.do(day.panel, desk.CallLabel(day.last, "frail"), Press.START, Press.END, desk.Undo())
    day.wait(7_000)
    day.center.do(day.panel, Press.END)
    report = figures(day.finish())
    once = report["further"]["order_changes"]["out_of_order"]
    assert (once["n"], once["cost_s"]) == (1, 7), "its cost is told once, by the end that counts"


def test_roll_taken_back_within_ten_seconds_is_called_again_by_roll_and_waits_nowhere(tmp_path):
    day = Day(tmp_path)
    day.center.do(day.panel, desk.SetRoll(41), desk.NextOnRoll())
    assert day.panel.me.label == "41"
    day.wait(9_000)
    day.center.do(day.panel, desk.Undo())
    assert (day.panel.me.at, day.hall.roll, day.hall.by_label("41")) == (At.IDLE, 41, None)
    assert "41" not in [t.label for t in day.hall.waiting()]
    day.center.do(day.panel, desk.NextOnRoll())
    assert day.panel.me.label == "41"
    day.wait(UNDO_MS + 1_000)
    day.center.do(day.panel, desk.Undo())
    assert (day.panel.refusal, day.panel.me.label) == (Refusal.UNDO_TOO_LATE, "41")


def test_roll_is_not_taken_back_when_another_counter_has_called_the_next_number(tmp_path):
    day = Day(tmp_path)
    day.center.do(day.panel, desk.SetRoll(41), desk.NextOnRoll())
    day.center.do(day.cash, desk.NextOnRoll())
    day.center.do(day.panel, desk.Undo())
    assert (day.panel.refusal, day.panel.me.label, day.cash.me.label) == (Refusal.CHANGED_SINCE, "41", "42")


def test_a_number_of_the_roll_that_no_counter_ever_showed_is_on_the_roll_again(tmp_path):
    day = Day(tmp_path)
    day.center.do(day.panel, desk.SetRoll(41))
    day.panel.on_wish(desk.NextOnRoll())
    for dev, thing in list(day.center.inbox):
        if dev == "hub":
            day.center.hub.on_news(thing)
    day.center.hub.flush()
    day.center.inbox.clear()
    assert day.hall.by_label("41").phase == "walking"
    del day.center.cards["c1"]
    day.center.stop("c1")
    day.panel = day.center.panel()
    day.wait(2_000)
    assert (day.hall.roll, day.hall.by_label("41")) == (41, None)
    day.center.do(day.panel, desk.NextOnRoll())
    assert day.panel.me.label == "41"
    day.panel.show = lambda _: None
    assert figures(day.finish())["further"]["without_a_number"]["taken_back"] == 0


def test_the_walking_clock_goes_on_from_the_call_when_start_is_taken_back(tmp_path):
    day = Day(tmp_path)
    day.center.do(day.panel, Press.NEXT)
    called = day.panel.view.since_ms
    day.wait(40_000)
    day.center.do(day.panel, Press.START)
    day.wait(5_000)
    assert day.center.clock.mono_ms() - day.panel.view.since_ms == 5_000
    day.center.do(day.panel, desk.Undo())
    assert (day.panel.view.at, day.panel.view.since_ms) == (At.WALKING, called)
    assert day.center.clock.mono_ms() - called == 45_000


def test_the_service_clock_and_the_mean_count_the_whole_service_of_who_was_asked_to_come_back(tmp_path):
    """Three minutes, a copy, then two minutes and the ten seconds of his way back: as the report counts it."""
    day = Day(tmp_path)
    served, took = day.panel._own.served, day.panel._own.service_ms
    day.center.do(day.panel, desk.CallLabel(day.parked))
    day.wait(10_000)
    day.center.do(day.panel, Press.START)
    assert day.center.clock.mono_ms() - day.panel.view.since_ms == 3 * MINUTE + 10_000
    day.wait(2 * MINUTE)
    day.center.do(day.panel, Press.END)
    assert (day.panel._own.served, day.panel._own.service_ms) == (served + 1, took + 5 * MINUTE + 10_000)
    day.wait(1_000)
    services = of_log(day.center.hub.store.rows())["indicators"]["service_time"]
    assert (services["n"], services["mean"]) == (2, (MINUTE // 1_000 + 310) / 2), "with the minute of who was sent on"


def test_who_is_parked_twice_and_taken_back_keeps_the_time_of_both_parts(tmp_path):
    day = Day(tmp_path)
    day.center.do(day.panel, desk.CallLabel(day.parked))
    day.center.do(day.panel, Press.START)
    day.wait(MINUTE)
    day.center.do(day.panel, desk.Park())
    day.wait(5_000)
    day.center.do(day.panel, desk.Undo())
    assert day.center.clock.mono_ms() - day.panel.view.since_ms == 4 * MINUTE + 5_000
    day.center.do(day.panel, desk.Park())
    day.wait(MINUTE)
    day.center.do(day.panel, desk.CallLabel(day.parked))
    day.center.do(day.panel, desk.Undo(), desk.CallLabel(day.parked), Press.START)
    assert day.center.clock.mono_ms() - day.panel.view.since_ms == 4 * MINUTE + 5_000


def test_a_recall_is_passed_over_and_the_call_before_it_goes_with_it(tmp_path):
    day, other = Day(tmp_path / "a"), Day(tmp_path / "b")
    before = day.stands()
    day.center.do(day.panel, desk.Next())
    day.wait(6_000)
    day.center.do(day.panel, desk.Recall())
    assert day.panel.view.me.last.what == "Next", "a recall was heard: nothing of it can be taken back"
    day.wait(2_000)
    other.wait(8_000)
    day.center.do(day.panel, desk.Undo())
    assert (day.stands(), day.panel.refusal) == (before, None)
    report, plain_day = figures(day.finish()), figures(other.finish())
    assert report["indicators"] == plain_day["indicators"]


def test_after_a_recall_alone_undo_is_not_offered(tmp_path):
    day = Day(tmp_path)
    day.center.do(day.panel, desk.Next())
    day.wait(UNDO_MS + 1_000)
    day.center.do(day.panel, desk.Recall())
    assert day.panel.view.me.last is None
    day.center.do(day.panel, desk.Undo())
    assert day.panel.refusal is Refusal.UNDO_TOO_LATE


def test_a_pause_is_taken_back_without_the_hub_and_only_at_once(tmp_path):
    day = Day(tmp_path)
    day.center.kill_hub()
    day.center.do(day.panel, desk.Pause("break"))
    day.wait(4_000)
    day.center.do(day.panel, desk.Undo())
    assert (day.panel.me.paused, day.panel.me.at, day.panel.refusal) == ("", At.IDLE, None)
    day.center.do(day.panel, desk.Pause("break"))
    day.wait(UNDO_MS + 1_000)
    day.center.do(day.panel, desk.Undo())
    assert (day.panel.me.paused, day.panel.refusal) == ("break", Refusal.UNDO_TOO_LATE)
    day.center.do(day.panel, desk.Resume())
    day.center.start_hub()
    day.wait(2_000)
    rows = day.finish()
    counter = figures(rows)["indicators"]["counters"]["1"]
    assert counter["break_s"] == 11, "the break that was one, and no second of the other"


@pytest.mark.parametrize("serving", [False, True])
def test_what_the_panel_says_counts_when_it_never_heard_that_its_undo_was_done(tmp_path, serving):
    """The hub takes a START (or a call) back, and its word is lost: the counter stands as it stood, and so does he."""
    day, other = Day(tmp_path / "a"), Day(tmp_path / "b")
    for one in (day, other):
        one.center.do(one.panel, desk.Next())
        one.wait(4_000)
        one.center.do(one.panel, *([Press.START] if serving else []))
        one.wait(2_000)
    seen, stood = day.shows(day.panel), day.stands()
    day.panel.on_wish(desk.Undo())
    for dev, thing in list(day.center.inbox):
        if dev == "hub":
            day.center.hub.on_news(thing)
    day.center.hub.flush()
    assert day.stands() != stood, "the hub has done it"
    day.center.inbox.clear()
    day.panel._lose_patience()
    day.center.settle()
    day.wait(1_000)
    other.wait(1_000)
    found, stood = day.stands(), other.stands()
    for one in (found, stood):  # a call that stands after all is told once more
        one["shown"] = [{k: v for k, v in call.items() if k not in ("order", "at_ms")} for call in one["shown"]]
    assert found == stood
    assert day.shows(day.panel)[1:3] == seen[1:3]
    report, plain_day = figures(day.finish()), figures(other.finish())
    assert report["indicators"] == plain_day["indicators"]


def test_what_the_hub_forgot_is_taken_back_by_the_word_of_the_counter(tmp_path):
    """The hub's disk loses its word "undone"; the counter's own rows say it."""
    day = Day(tmp_path)
    day.center.do(day.panel, desk.CallLabel(day.first, "frail"), desk.Undo())
    day.center.do(day.panel, desk.WalkIn("id"), desk.Undo())
    day.center.do(day.panel, desk.CallLabel(day.missed), Press.START, desk.Undo())
    day.wait(1_000)
    rows = list(day.center.hub.store.rows())
    ledger = Ledger()
    for row in rows:
        if row.kind != "undone":
            replay(ledger, row.dev, row.run, row.seq, row.event, row.dated)
    hall = ledger.hall
    first, missed = hall.by_label(day.first), hall.by_label(day.missed)
    assert (first.phase, first.first, first.departure, first.holders) == ("waiting", True, None, set())
    assert (missed.phase, missed.holders) == ("walking", {"c1"})
    assert [t for t in hall.tickets.values() if t.walk_in] == []
    kept = [row for row in rows if row.kind != "undone"]
    figures_of = stranger.read([json.loads(line_of(r)) for r in kept])
    steps = {name: [step[2].replace("_", "") for step in found] for name, found in figures_of.visits.items() if found}
    assert not any("walkin" in found for found in steps.values())
    assert "start" not in steps[missed.id]
    figures(kept)
    reading = Reading(Shelf(list[Step], 1_000))
    for some in entries_from(kept):
        reading.take(some)
    assert {n: [step.e for step in found] for n, found in reading.visits.hot.items() if found} == steps


def test_who_was_sent_on_first_and_then_parked_is_before_the_others_again_when_back(tmp_path):
    """docs/rules.md: parked keeps his time, and an appointment or a "first" with it; a call that is undone too."""
    center = Center(tmp_path, rules=RULES)
    center.start_hub()
    kiosk, one, two = center.kiosk(), center.panel(1, ("id",)), center.panel(2, ("land",))
    old = center.touch(kiosk, "land", cls="P")
    mine = center.touch(kiosk, "id")
    center.do(one, Press.NEXT, Press.START, desk.Transfer("land", "first"))
    hall = center.hub.ledger.hall

    def line():
        return [t.label for t in hall.waiting(("land",))]

    assert line() == [mine, old]
    for park in (5, 0):
        center.do(two, desk.Next())
        assert two.me.label == mine
        center.do(two, desk.Undo())
        assert line() == [mine, old], "the place is his again"
        center.do(two, desk.Next(), desk.Park(park), desk.Undo())
        assert (two.me.label, two.me.at, hall.by_label(mine).first) == (mine, At.WALKING, True)
        center.do(two, desk.Park(5))
        assert line() == [old]
        center.pass_ms(6 * MINUTE, 1_000)
        assert line() == [mine, old]
    center.do(two, desk.Next(), Press.START, desk.Transfer("id"))
    assert not hall.by_label(mine).first, "the next leg has no such place"


def drawn(day):
    """What stands on the panel."""
    day.panel._show()
    touched = []
    pen = Pen(1.0, 1024.0, HEIGHT)
    PanelScreen(day.center.catalogue, day.center.clock, touched.append).draw(pen, day.panel.view)
    return pen.pieces, pen


def words(pieces):
    return [part for piece in pieces.values() if piece[0] == "text" for part in piece if isinstance(part, str)]


def test_the_button_says_what_undo_takes_back_and_only_as_long_as_it_does(tmp_path):
    day = Day(tmp_path)
    day.wait(UNDO_MS)
    pieces, pen = drawn(day)
    assert "undo/what" not in pieces
    assert "press-undo" not in pen.targets, "nothing to take back, nothing to touch"
    day.center.do(day.panel, desk.CallLabel(day.missed))
    for press, word in ((None, "Call a number"), (Press.START, "Start"), (Press.END, "Finish")):
        day.center.do(day.panel, *([press] if press else []))
        pieces, pen = drawn(day)
        assert f"Undo {word}" in words(pieces)
        assert f"{say('lo', word)} {day.missed}" in words(pieces)
        assert "press-undo" in pen.targets
        assert pen.overflow == []
        assert list(pieces).index("undo/what") > list(pieces).index("press-undo"), "on the button, not under it"
    offered = [tile.under for tile in tiles(Menu("more"), day.panel.view.me, day.center.catalogue)]
    assert f"Undo: Finish {day.missed}" in offered
    day.wait(UNDO_MS)
    pieces, pen = drawn(day)
    assert "undo/what" not in pieces
    assert "undo" not in [tile.key for tile in tiles(Menu("more"), day.panel.view.me, day.center.catalogue)]


def test_every_act_that_can_be_taken_back_has_its_word_in_the_catalogues():
    assert all(say("lo", word) != word for word in WORDS.values())


@pytest.mark.parametrize(
    "act", [desk.Requeue("A1-002"), desk.SetRoll(7), desk.Resume(), desk.Open(), desk.Book("1234567890", "id", 1)]
)
def test_what_cannot_be_taken_back_ends_undo_and_nothing_older_is_taken_back_by_mistake(tmp_path, act):
    day = Day(tmp_path)
    day.center.do(day.panel, desk.Next(), desk.Start(), desk.End())
    if isinstance(act, desk.Resume):
        day.center.do(day.panel, desk.Pause("break"))
    day.center.do(day.panel, act)
    assert day.panel.view.me.last is None
    day.center.do(day.panel, desk.Undo())
    assert day.panel.refusal is Refusal.NOTHING_TO_UNDO
    assert [row.kind for row in day.center.hub.store.rows()].count("undone") == 0


def test_nobody_is_asked_how_it_was_while_the_end_is_taken_back(tmp_path):
    from display.hands import Hands

    day = Day(tmp_path)
    panel = day.panel
    panel.hands = Hands(panel.timers, panel.on_wish, panel.rated, day.center.clock.mono_ms)
    panel.questions = ("How was it?",)
    day.center.do(panel, desk.Next(), Press.START, Press.END)
    assert panel.view.question == "How was it?"
    day.center.do(panel, desk.Undo())
    assert panel.view.question == ""


def test_a_paper_that_was_found_meanwhile_stays_with_the_visit_it_belongs_to(tmp_path):
    """Without a ticket, under a paper nobody knew; its row comes, and is this visit. It cannot be taken back then."""
    day = Day(tmp_path)
    slot2 = day.center.kiosk(2)
    day.center.boxes["k2"].box.link.cut()
    label = day.center.touch(slot2)
    day.center.do(day.panel, desk.WalkIn("id", label))
    walk_in = day.panel.me.ticket
    day.center.stop("k2")
    day.center.kiosk(2)
    day.center.pass_ms(3_000)
    found = [row.body for row in day.center.hub.store.rows() if row.kind == "paper_found"]
    assert [body["served_as"] for body in found] == [walk_in]
    day.center.do(day.panel, desk.Undo())
    assert (day.panel.refusal, day.panel.me.ticket) == (Refusal.CHANGED_SINCE, walk_in)


def test_the_log_tells_that_something_was_taken_back(tmp_path):
    day = Day(tmp_path)
    day.center.do(day.panel, desk.CallLabel(day.last, "frail"), Press.START, Press.END, desk.Undo())
    day.wait(1_000)
    rows = list(day.center.hub.store.rows())
    visit = told(rows)[day.hall.by_label(day.last).id]
    assert visit.moments[-1].what == "taken back: the act before it did not happen"
    assert explain(lambda: iter(rows), day.last)[-1] == "now: serving"
