"""The rules against a slow model of them: random clerks, citizens and clocks, one step after the other.

`STEPS=50000 pytest -s tests/test_rules.py` plays the long version and says how many steps it was; `make test` a short
one.
"""

import json
import os
from collections import Counter
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from laos import day_of
from rules_model import MIN, Model

from broker.news import waiting_news
from broker.store import spelled
from onedoor.hall import desk
from onedoor.hall import events as ev
from onedoor.hall.dating import Dated
from onedoor.hall.days import words_due
from onedoor.hall.desk_undo import WORDS, stood, taken_back
from onedoor.hall.events import RowId, row_id
from onedoor.hall.ledger import Fact, Ledger, image, replay, say, take
from onedoor.hall.refusals import Refusal
from onedoor.hall.renumber import move
from onedoor.hall.rules import Rules

STEPS = int(os.environ.get("STEPS", "4000"))
A_RUN = 80
RUN = "a" * 16
MORNING = 1_795_222_800_000
COUNTERS = {"c1": ("id", "check"), "c2": ("land", "cash"), "c3": ("id", "land", "check", "cash", "issue")}
SERVICES = {"id": "id", "land": "check"}
QUEUES = frozenset({"id", "land", "check", "cash", "issue", "gold"})
REASONS = st.sampled_from(["", "frail", "other"])
DEVS = st.sampled_from(sorted(COUNTERS))
NUMBERS = st.sampled_from(["c1", "c2", "12", "1/2", "ກ", "A-1003"])
PROFILES = st.sampled_from([*COUNTERS.values(), ("cash",), ("issue", "id"), ()])

RULES = st.builds(
    Rules,
    version=st.just("t"),
    credit_min=st.just({"N": 0, "P": 20, "V": 5}),
    guard_min=st.sampled_from([0, 30, 60]),
    routes=st.sampled_from(
        [{"land": ("check", "cash", "issue")}, {"land": ("check", "issue")}, {"land": ("check",), "id": ("id", "cash")}]
    ),
    next_leg=st.sampled_from(["keep", "new"]),
    returned=st.sampled_from(["keep", "new"]),
    returned_within_min=st.just(15),
    services=st.sampled_from([(), ("id", "land")]),
    languages=st.just(("lo", "en")),
)


class Hall(RuleBasedStateMachine):
    """The product's ledger and desks on one side, the model on the other."""

    played = 0
    undone: ClassVar[Counter[str]] = Counter()
    """How often each act was taken back with nothing between, and everything compared."""

    @initialize(rules=RULES)
    def begin(self, rules):
        self.ledger, self.model, self.rules = Ledger(), Model(rules), rules
        self.now, self.rows, self.seqs, self.numbers = MORNING, [], {}, {}
        self.desks, self.stood, self.left = {dev: desk.Desk() for dev in COUNTERS}, None, None
        self.at = {dev: (dev, queues) for dev, queues in COUNTERS.items()}
        self._log(say(self.ledger, ev.RulesSet(rules), self._dated()))
        self._log(say(self.ledger, ev.StretchBegan(1, "b", MORNING, MORNING), self._dated()))
        self._log(say(self.ledger, ev.TimeKnown("network", 1, MORNING, MORNING), self._dated()))
        self._log(say(self.ledger, ev.DayBegan(day_of(MORNING)), self._dated()))

    def _time(self):
        return self.ledger.hall.time.now(self.now)

    def _dated(self):
        return Dated(self.now, self.now, "B", 0, 1)

    # -- the hub ------------------------------------------------------------------------------------------

    def _log(self, steps):
        for step in steps:
            fact = step.fact
            self.rows.append((fact.dev if fact else "hub", fact.run if fact else "", fact.seq if fact else 0, step))
        return steps

    def _write(self, dev, event):
        seq = self.seqs[dev] = self.seqs.get(dev, 0) + 1
        fact = Fact(dev, RUN, seq, None, event, "b", 0, None)
        assert self.ledger.is_next(fact)
        steps = self._log(take(self.ledger, fact, self._dated()))
        return [step.event for step in steps[1:]]

    def _act(self, dev, action):
        """A clerk does something; the events it became, or the refusal, after which nothing has changed."""
        self._moves(dev)
        before, kept = spelled(self.desks[dev]), spelled(dict(image(self.ledger)))
        place = self._place(dev)
        seq = self.seqs.get(dev, 0)
        found = desk.act(self.desks[dev], action, self.now, place, lambda i: row_id(dev, RUN, seq + 1 + i))
        if isinstance(found, Refusal):
            assert spelled(self.desks[dev]) == before
            assert spelled(dict(image(self.ledger))) == kept
            return found
        if not isinstance(action, desk.Undo):
            self.stood, self.left = (dev, action, self._picture(dev), len(self.rows)), None
        self.desks[dev], events = found
        return events

    def _picture(self, dev):
        """All there is: the hub's state, its indices, the counter. Not in it: how far the rows have come, the open
        commands, which act was last, and the two counts that only tell what is new.
        """
        hall = self.ledger.hall
        found = {name: json.loads(spelled(value)) for name, value in image(self.ledger)}
        for name, value in found.items():
            if name.startswith("ticket/"):
                del value["moves"]
            if name.startswith("counter/"):
                del value["last"], value["counter"], value["queues"], value["clerk"]  # its file may have changed
        found["shown"] = found["shown"][1]
        found["indices"] = [hall.labels, {k: sorted(v) for k, v in hall.papers.items()}, sorted(hall.unsure)]
        found["here"] = stood(self.desks[dev])
        return {k: v for k, v in found.items() if k.partition("/")[0] not in ("have", "calls", "time", "places")}

    def _taken_back(self, dev, what):
        """An act and its undo, and nothing between: nothing has happened."""
        of, action, before, rows = (self.left if what != "End" else None) or self.stood or ("", None, None, 0)
        between = [row for row in self.rows[rows:] if isinstance(row[3].fact, Fact) and row[3].fact.dev != dev]
        # A Next that found nobody, at a counter where nobody was, took no act's place: the one before it was undone.
        other = what == "End" and isinstance(action, desk.Next | desk.NextOnRoll) and not before["here"].ticket
        if of == dev and not between and not other:
            now = self._picture(dev)
            now["here"].since_ms = before["here"].since_ms = None if now["here"].at == "idle" else now["here"].since_ms
            assert now == before, action
            Hall.undone[what] += 1
        self.stood = self.left = None

    def _place(self, dev):
        return desk.Place(*self.at[dev], SERVICES, QUEUES)

    def _moves(self, dev):
        """What the panel does by itself as soon as nobody is there: it opens under its new number and profile."""
        if self.desks[dev].at == desk.At.IDLE and (events := move(self.desks[dev], self._place(dev))):
            for event in events:
                self._moved(dev, event)

    def _moved(self, dev, event):
        """A row of a counter that goes on under another number; whether it is one."""
        if not isinstance(event, ev.CounterClosed | ev.CounterOpened | ev.CounterPaused):
            return False
        self._write(dev, event)
        if isinstance(event, ev.CounterOpened):
            assert (event.counter, event.queues) == self.at[dev]
            self.model.counters[dev].update(number=event.counter, queues=event.queues)
        return True

    def _close(self, dev, command):
        """The panel takes the answer; its code."""
        answer, mine = self.ledger.hall.calls[dev][command], self.desks[dev]
        ticket = self.ledger.hall.tickets.get(answer.ticket) if answer.ticket else None
        if answer.code == "undone":
            here, serving = answer.ticket or "", ticket is not None and ticket.phase == "serving"
            there = here or mine.ticket
            desk.close_wish(mine, desk.At.IDLE, self.now)
            assert taken_back(mine, here, serving=serving), "the counter knows how it stood"
            assert self._write(dev, ev.UndoShown(command, RowId(there), bool(here), serving)) == []
        elif ticket is not None:
            who, wish = desk.Person(ticket.id, ticket.label, ticket.service, ticket.cls, ticket.leg), mine.wish
            desk.close_wish(mine, desk.At.WALKING, self.now)
            desk.take(mine, who, self.now - (ticket.entered_ms or 0), wish)
            assert self._write(dev, ev.Shown(command, ticket.id)) == []
        else:
            desk.stand(mine, self.now)
            assert self._write(dev, ev.NoneShown(command)) == []
        return answer.code

    # -- people and time -----------------------------------------------------------------------------------

    def _day_over(self, expired):
        """Midnight: whoever waits or is parked expires, and nobody else."""
        left = [v for v in self.model.visits.values() if v["phase"] in ("waiting", "parked")]
        assert {v["id"] for v in left} == expired
        for visit in left:
            visit["phase"] = "expired"

    @rule(ms=st.sampled_from([1, 4_000, 9_000, 60_000, 5 * MIN, 12 * MIN, 40 * MIN]))
    def time_passes(self, ms):
        self.now += ms
        if ms >= 10_000 or list(words_due(self.ledger.hall, self._time())):
            self.stood = self.left = None
        while found := list(words_due(self.ledger.hall, self._time())):
            for word in found:
                if isinstance(word, ev.DayBegan):
                    self.model.new_day()
                steps = self._log(say(self.ledger, word, self._dated()))
                if isinstance(word, ev.LineMinded):
                    self._day_over({step.event.ticket for step in steps[1:]})
        due = [v for v in self.model.visits.values() if v["phase"] == "parked" and v["until"] is not None]
        for visit in due:
            if visit["until"] <= self.now:
                self.model.requeue(visit, self.now)

    @rule(
        service=st.sampled_from([*sorted(SERVICES) * 2, "gold"]),
        queue=st.sampled_from(["", "", "gold", "counter/99"]),
        cls=st.sampled_from("NNPVQ"),
        lang=st.sampled_from(["lo", "en", "fr"]),
        code=st.sampled_from(["", "AAAA", "BBBB"]),
    )
    def a_citizen(self, service, queue, cls, lang, code):
        """Some kiosks have an older or a newer configuration than the hub."""
        n = self.numbers[service] = self.numbers.get(service, 0) + 1
        label = f"{service[0].upper()}1-{n:03d}"
        queue = queue or SERVICES.get(service, service)
        event = ev.Issued(label, service, queue, 1, n, "2026-11-21", cls=cls, lang=lang, appointment=code)
        assert self._write("k1", event) == []
        rid = row_id("k1", RUN, self.seqs["k1"])
        self.model.issue(rid, label, service, queue, cls, code, self.now)
        assert self.ledger.hall.tickets[rid].lang == ("lo" if lang == "fr" else lang)

    @rule(
        dev=DEVS,
        code=st.sampled_from(["AAAA", "BBBB"]),
        minutes=st.integers(-20, 60),
        service=st.sampled_from(["id", "land"]),
    )
    def an_appointment(self, dev, code, minutes, service):
        at = self.now + minutes * MIN
        events = self._act(dev, desk.Book(code, service, at))
        if not isinstance(events, Refusal):
            self._write(dev, events[0])
            self.model.booked[code] = {"service": service, "at": at, "used": False}

    @rule(dev=DEVS, clerk=st.sampled_from(["", "noy"]))
    def opens(self, dev, clerk):
        events = self._act(dev, desk.Open(clerk))
        self._write(dev, events[0])
        known = self.model.counters.get(dev, {})
        last = known.get("last")
        if any(v["holder"] == dev for v in self.model.visits.values()):
            number, queues = known["number"], known["queues"]  # to the end under the old ones: only the clerk changes
        else:
            number, queues = self.at[dev]
        self.model.counters[dev] = {"clerk": clerk, "open": True, "last": last, "number": number, "queues": queues}

    @rule(dev=DEVS, then=st.sampled_from(["", "", "done", "no_show"]))
    def closes(self, dev, then):
        """Closing asks what becomes of whoever is there, and takes no answer that cannot be true."""
        mine = self.desks[dev]
        there = {desk.At.WALKING: "no_show", desk.At.SERVING: "done"}.get(mine.at, "")
        fits, can = then == there, mine.open and mine.at != desk.At.ASKING
        events = self._act(dev, desk.Close(then))
        assert isinstance(events, Refusal) == (not (fits and can))
        if isinstance(events, Refusal):
            return
        self._end_first(dev, events)
        self._write(dev, events[-1])
        assert isinstance(events[-1], ev.CounterClosed)
        self.model.counters[dev]["open"] = False

    @rule(dev=DEVS, number=NUMBERS, queues=PROFILES)
    def gets_another_number_and_profile(self, dev, number, queues):
        """The center's file changes in the middle of the day."""
        self.at[dev] = (number, queues)
        self._moves(dev)
        self.stood = self.left = None

    @rule(rules=RULES)
    def other_rules(self, rules):
        """They hold from now on; where somebody stands who waits already stays as it was."""
        self.rules = self.model.rules = rules
        self.stood = self.left = None
        self._log(say(self.ledger, ev.RulesSet(rules), self._dated()))

    @rule(dev=DEVS, pause=st.booleans())
    def pauses(self, dev, pause):
        events = self._act(dev, desk.Pause("break") if pause else desk.Resume())
        if not isinstance(events, Refusal):
            self._write(dev, events[0])
            assert (dev in self.ledger.hall.open_counters()) is (not pause)

    # -- calls -------------------------------------------------------------------------------------------------

    def _queues(self, dev):
        return self.model.serves(self.model.counters[dev])

    def _end_first(self, dev, events):
        for event in events[:-1]:
            if not self._moved(dev, event):
                self._write(dev, event)
                self.model.act(dev, event, self.now)
        if events[:-1] and isinstance(events[-1], ev.CallRequested):  # the end before it stays, when a call is undone
            before = self._picture(dev)
            before["here"].at = desk.At.IDLE
            self.left = (dev, desk.Next(), before, len(self.rows))

    @rule(dev=DEVS)
    def next_one(self, dev):
        events = self._act(dev, desk.Next())
        if isinstance(events, Refusal):
            return
        if isinstance(events[0], ev.Started):  # whoever walks is started by the same button
            self._write(dev, events[0])
            self.model.act(dev, events[0], self.now)
            return
        self._end_first(dev, events)
        expected = self.model.line(self._queues(dev), self.now)
        decided = self._write(dev, events[-1])
        command = row_id(dev, RUN, self.seqs[dev])
        if not expected:
            assert decided == [ev.CallRefused(dev, command, Refusal.EMPTY)]
            self._close(dev, command)
            return
        visit = self.model.visits[expected[0]]
        self._nobody_starves(visit, self._queues(dev))
        changed = self.model.call(dev, visit, self._queues(dev), "", self.now)
        self._was_called(dev, command, visit, decided, changed)

    def _was_called(self, dev, command, visit, decided, changed):
        assert decided[0] == ev.Called(dev, command, visit["id"])
        told = [(d.cause, d.count) for d in decided[1:]]
        assert told == ([changed] if changed else [])
        assert self._close(dev, command) == ""

    def _nobody_starves(self, visit, queues):
        """Who came more than B earlier is never passed by rule; within a class it is first come, first served."""
        bound = max(*self.rules.credit_min.values(), self.rules.late_min) * MIN
        for other in self.model.waiting(queues):
            if other is visit or visit["first"]:
                continue
            assert visit["queued"] - other["queued"] <= bound
            plain = all(v["appointed"] is None and not v["first"] for v in (visit, other))
            if plain and other["cls"] == visit["cls"]:
                assert visit["queued"] <= other["queued"]

    @rule(dev=DEVS, pick=st.integers(0, 30), reason=REASONS)
    def that_one(self, dev, pick, reason):
        labels = [v["label"] for v in self.model.visits.values() if v["label"]] or ["X9-999"]
        label = labels[pick % len(labels)] if pick else "X9-999"
        events = self._act(dev, desk.CallLabel(label, reason))
        if isinstance(events, Refusal):
            return
        decided = self._write(dev, events[0])
        command = row_id(dev, RUN, self.seqs[dev])
        visit = self.model.by_label(label)
        why = None
        if visit is None:
            why = "unknown_label"
        elif visit["holder"]:
            why = "held"
        elif visit["phase"] in ("done", "expired"):
            why = "over"
        elif visit["phase"] == "waiting" and not reason:
            why = "reason_missing"
        if why:
            assert decided == [ev.CallRefused(dev, command, why)]
            assert self._close(dev, command) == why
            return
        cause = {"parked": "parked", "no_show": "returned"}.get(visit["phase"], "out_of_order")
        changed = self.model.call(dev, visit, {*self._queues(dev), visit["queue"]}, cause, self.now)
        self._was_called(dev, command, visit, decided, changed)

    @rule(dev=DEVS, pick=st.integers(0, 30))
    def waits_again(self, dev, pick):
        labels = [v["label"] for v in self.model.visits.values() if v["phase"] == "no_show" and v["label"]] or [
            "X9-999"
        ]
        events = self._act(dev, desk.Requeue(labels[pick % len(labels)]))
        if isinstance(events, Refusal):
            return
        self._write(dev, events[0])
        command = row_id(dev, RUN, self.seqs[dev])
        visit = self.model.by_label(labels[pick % len(labels)])
        missed = visit is not None and visit["phase"] == "no_show"  # the newest of that number: a roll may begin again
        if missed:
            self.model.requeue(visit, self.now)
        why = "requeued" if missed else "unknown_label" if visit is None else "not_missed"
        assert self._close(dev, command) == why

    @rule(dev=DEVS)
    def next_on_roll(self, dev):
        events = self._act(dev, desk.NextOnRoll())
        if isinstance(events, Refusal):
            return
        self._end_first(dev, events)
        decided = self._write(dev, events[-1])
        command = row_id(dev, RUN, self.seqs[dev])
        queues = self.at[dev][1]
        label = self.model.call_on_roll(dev, command, queues[0] if queues else "", self.now)
        assert decided == [ev.RollCalled(dev, command, label)]
        assert self._close(dev, command) == ""

    @rule(dev=DEVS, number=st.sampled_from([1, 7, 98]))
    def a_new_roll(self, dev, number):
        events = self._act(dev, desk.SetRoll(number))
        if not isinstance(events, Refusal):
            self._write(dev, events[0])
            self.model.roll = number

    @rule(dev=DEVS)
    def undoes(self, dev):
        self._undo(dev)

    @rule(dev=DEVS, data=st.data(), ms=st.sampled_from([0, 1_000, 9_000]))
    def somebody_comes_and_the_act_is_taken_back(self, dev, data, ms):
        """Nearly every act is followed by an undo here, from wherever the counter stands."""
        acts = {
            desk.At.IDLE: ("next", "that", "roll", "walk_in", "pause"),
            desk.At.WALKING: ("start", "missed", "recall", "park", "send", "left"),
            desk.At.SERVING: ("next", "roll", "end", "park", "send", "unfinished"),
        }
        mine = self.desks[dev]
        act = data.draw(st.sampled_from(acts.get(mine.at, ("next",))))
        places = st.sampled_from(["keep", "new", "first"])
        with_person = {
            "start": desk.Start(), "missed": desk.NoShow(), "recall": desk.Recall(), "park": desk.Park(10, "copy"),
            "left": desk.End("withdrawn"), "end": desk.End(), "unfinished": desk.End("incomplete", "paper_missing"),
        }  # fmt: skip
        match act:
            case "next":
                self.next_one(dev)
            case "that":
                self.that_one(dev, data.draw(st.integers(1, 30)), "frail")
            case "roll":
                self.next_on_roll(dev)
            case "walk_in":
                self.walks_in(dev, "id")
            case "pause":
                self.pauses(dev, True)
            case "send":
                self.with_the_person(dev, desk.Transfer("cash", data.draw(places)))
            case _:
                self.with_the_person(dev, with_person[act])
        self.time_passes(ms)
        self._undo(dev)

    def _undo(self, dev):
        """What was undone, if the desk asked the hub; what the hub says is what the model says."""
        last, events = self.desks[dev].last, self._act(dev, desk.Undo())
        if isinstance(events, Refusal):
            return ""
        if isinstance(events[0], ev.CounterResumed):
            self._write(dev, events[0])
            assert dev in self.ledger.hall.open_counters()
            self._taken_back(dev, last.what)
            return ""
        for event in events[:-1]:
            self._moved(dev, event)
        code = self.model.undo(dev, self.now)
        self._write(dev, events[-1])
        assert self._close(dev, row_id(dev, RUN, self.seqs[dev])) == code
        if code == "undone":
            self._taken_back(dev, last.what)
        return code

    # -- with the person ----------------------------------------------------------------------------------------

    @rule(
        dev=DEVS,
        action=st.sampled_from(
            [desk.Start(), desk.Start(), desk.End(), desk.End(), desk.End("incomplete", "paper_missing"), desk.NoShow(),
             desk.Recall(), desk.Park(), desk.Park(10, "copy"), desk.End("withdrawn"), desk.End("incomplete"),
             desk.Transfer("id"), desk.Transfer("cash", "new"), desk.Transfer("land", "first"),
             desk.Transfer("counter/c3"), desk.Transfer("clerk/noy", "first"), desk.Transfer("nowhere"),
             desk.Transfer("gold"), desk.Transfer("counter/99", "new")]
        ),
    )  # fmt: skip
    def with_the_person(self, dev, action):
        events = self._act(dev, action)
        if isinstance(events, Refusal):
            return
        for event in events:
            if self._moved(dev, event):
                continue
            visit = self.model.visits[event.ticket]
            cause = visit["cause"]
            decided = self._write(dev, event)
            if isinstance(event, ev.Recalled | ev.Started):
                assert decided == []
            else:
                costs = [d for d in decided if isinstance(d, ev.OrderCost)]
                assert [(d.cause, d.count, d.cost_ms) for d in costs] == (
                    [(*cause, self.now - visit["called"])] if cause else []
                )
            if isinstance(event, ev.Recalled):
                self.model.recall(dev, visit)
            else:
                self.model.act(dev, event, self.now)

    @rule(dev=DEVS, service=st.sampled_from(["id", "land", "nothing"]))
    def walks_in(self, dev, service):
        events = self._act(dev, desk.WalkIn(service))
        if isinstance(events, Refusal):
            return
        self._write(dev, events[0])
        rid = row_id(dev, RUN, self.seqs[dev])
        self.model.walk_in(dev, rid, service, SERVICES[service], self.now)

    @rule(dev=DEVS, pick=st.integers(0, 30))
    def a_stray_fact(self, dev, pick):
        """Something about a ticket that this counter does not have: listed, without effect."""
        idle = [v for v in self.model.visits.values() if v["phase"] in ("waiting", "expired")]
        if not idle:
            return
        kept = dict(image(self.ledger))
        kept = {name: spelled(value) for name, value in kept.items() if name.startswith("ticket/")}
        decided = self._write(dev, ev.Started(RowId(idle[pick % len(idle)]["id"])))
        assert [type(d) for d in decided] == [ev.FactMisfit]
        now = {n: spelled(v) for n, v in image(self.ledger) if n.startswith("ticket/")}
        assert now == kept

    # -- always ---------------------------------------------------------------------------------------------------

    @invariant()
    def both_say_the_same(self):
        Hall.played += 1
        hall = self.ledger.hall
        assert hall.tickets.keys() == self.model.visits.keys()
        for rid, visit in self.model.visits.items():
            ticket = hall.tickets[rid]
            holders = {visit["holder"]} - {None}
            ours = (ticket.phase, ticket.queue, ticket.holders, ticket.leg, ticket.returns, ticket.queued_ms)
            assert ours == (visit["phase"], visit["queue"], holders, visit["leg"], visit["returns"], visit["queued"])
            whys = (ticket.first, ticket.appointed_ms, ticket.back, ticket.until_ms, ticket.order_ms)
            assert whys == (visit["first"], visit["appointed"], visit["back"], visit["until"], visit["order"])
            cost = (ticket.departure.cause, ticket.departure.count) if ticket.departure else None
            assert cost == visit["cause"]
        assert hall.roll == self.model.roll
        for queues in (None, *COUNTERS.values()):
            everybody = {v["queue"] for v in self.model.visits.values()} if queues is None else queues
            assert [t.id for t in hall.waiting(queues, self.now)] == self.model.line(everybody, self.now)

    @invariant()
    def who_waits_for_nobody_is_named(self):
        waiting = waiting_news(self.ledger.hall, (1, "start", 1, self.now))
        alone = waiting.unserved()
        assert sorted(alone) == self.model.for_nobody()
        counts = [waiting.queues[queue] for queue in alone]
        assert counts == sorted(counts, reverse=True), "the fullest first"

    @invariant()
    def a_counter_has_at_most_one(self):
        for dev, mine in self.desks.items():
            held = [t.id for t in self.ledger.hall.tickets.values() if dev in t.holders]
            assert held == ([mine.ticket] if mine.ticket else [])
            counter = self.ledger.hall.counters.get(dev)
            assert (counter.ticket if counter else None) == (mine.ticket or None)

    def teardown(self):
        """The log, folded once more, is the state."""
        if not hasattr(self, "ledger"):
            return
        again = Ledger()
        for dev, run, seq, step in self.rows:
            replay(again, dev, run, seq, step.event, step.dated)
        assert spelled(list(image(again))) == spelled(list(image(self.ledger)))


TestHall = Hall.TestCase
TestHall.settings = settings(max_examples=max(1, 3 * STEPS // (2 * A_RUN)), stateful_step_count=A_RUN, deadline=None)


def test_that_was_as_many_steps_as_were_asked_for(record_property):
    record_property("steps", Hall.played)
    print(f"{Hall.played} steps")
    assert Hall.played >= STEPS
    print("taken back:", dict(Hall.undone))
    assert STEPS < 20_000 or set(WORDS) <= set(Hall.undone), (
        "each act that can be taken back was, and nothing was left of it"
    )
