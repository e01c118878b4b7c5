"""Who is believed about the time, whose day somebody is of, and a fold that stays whole whatever is said."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laos import day_of

from broker.snapshot import pictured, restored
from onedoor.hall import events as ev
from onedoor.hall.center_time import DOUBT, EARLIER, TODAY, CenterTime, Moment, Stretch, whose
from onedoor.hall.dating import Dated
from onedoor.hall.days import of_day, words_due
from onedoor.hall.ledger import Fact, Ledger, image, replay, say, take
from onedoor.hall.moves import place_of
from onedoor.hall.visit import Phase
from onedoor.hall.words import (
    AGREE_MS,
    CEILING_MS,
    CONTRADICTS_MS,
    FINER_MS,
    GUESS,
    HARDWARE,
    HUB_WORD,
    NETWORK,
    Belief,
    Verdict,
    Window,
    Word,
    weigh,
)

HOUR, DAY = 3_600_000, 86_400_000
NOON = 1_795_237_200_000
"""Saturday 21 November 2026, 12:00 in the center."""
FLOOR = NOON - 2 * HOUR
WINDOW = Window.at(FLOOR, 0, fresh=False)


def hear(*words, window=WINDOW):
    belief, verdicts = Belief(), []
    for word in words:
        belief, verdict = weigh(belief, word, window)
        verdicts.append(verdict)
    return belief, verdicts


def person(zero, who="c1"):
    return Word(zero, who, "said")


BELIEVED, DOUBTED, NOTHING, WITHDREW = Verdict.BELIEVED, Verdict.DOUBTED, Verdict.NOTHING, Verdict.WITHDREW


@pytest.mark.parametrize(
    ("words", "verdicts", "zero", "how"),
    [
        ([Word(NOON, NETWORK)], [BELIEVED], NOON, "known"),
        ([Word(NOON, HARDWARE)], [BELIEVED], NOON, "known"),
        ([Word(NOON, GUESS, "")], [NOTHING], None, None),
        ([Word(NOON + 10 * 365 * DAY, NETWORK)], [DOUBTED], None, None),
        ([Word(FLOOR + CEILING_MS, NETWORK)], [BELIEVED], FLOOR + CEILING_MS, "known"),
        ([Word(FLOOR + CEILING_MS + 1, NETWORK)], [DOUBTED], None, None),
        ([Word(FLOOR - 1, NETWORK)], [DOUBTED], None, None),
        ([person(NOON)], [BELIEVED], NOON, "said"),
        ([person(NOON), person(NOON)], [BELIEVED, NOTHING], NOON, "said"),
        ([person(NOON), person(NOON + HOUR)], [BELIEVED, BELIEVED], NOON + HOUR, "said"),
        ([person(NOON), person(NOON + AGREE_MS, "c2")], [BELIEVED, BELIEVED], NOON + AGREE_MS, "known"),
        ([person(NOON), person(NOON + AGREE_MS + 1, "c2")], [BELIEVED, BELIEVED], NOON + AGREE_MS + 1, "said"),
        ([Word(NOON, GUESS, ""), person(NOON + 60_000)], [NOTHING, BELIEVED], NOON + 60_000, "known"),
        ([person(NOON), Word(NOON + 60_000, GUESS, "")], [BELIEVED, BELIEVED], NOON + 60_000, "known"),
        # after a long rest in a store: the network alone is not believed, with a person it is
        ([Word(NOON + 90 * DAY, NETWORK), person(NOON + 90 * DAY)], [DOUBTED, BELIEVED], NOON + 90 * DAY, "known"),
        ([person(NOON + 90 * DAY), Word(NOON + 90 * DAY, NETWORK)], [DOUBTED, BELIEVED], NOON + 90 * DAY, "known"),
        # two guesses are still nobody's word
        ([Word(NOON, GUESS, ""), Word(NOON, "other guess", "")], [NOTHING, NOTHING], None, None),
        # known time stands; the network makes it finer
        ([Word(NOON, HARDWARE), Word(NOON + 5_000, NETWORK)], [BELIEVED, BELIEVED], NOON + 5_000, "known"),
        ([Word(NOON, NETWORK), Word(NOON + 5_000, HARDWARE)], [BELIEVED, NOTHING], NOON, "known"),
        ([Word(NOON, NETWORK), Word(NOON + 100, NETWORK)], [BELIEVED, NOTHING], NOON, "known"),
        ([Word(NOON, NETWORK), Word(NOON + CONTRADICTS_MS + 1, NETWORK)], [BELIEVED, DOUBTED], NOON, "known"),
        ([Word(NOON, NETWORK), *[Word(NOON + DAY, NETWORK)] * 3], [BELIEVED, DOUBTED, NOTHING, NOTHING], NOON, "known"),
        ([Word(NOON, NETWORK), person(NOON + DAY)], [BELIEVED, DOUBTED], NOON, "known"),
        (
            [Word(NOON + DAY, HARDWARE), Word(NOON, NETWORK), person(NOON + 1)],
            [BELIEVED, DOUBTED, WITHDREW], NOON + 1, "known",
        ),
        # as many boxes against it as for it: what is known stands, and is not taken from each other in turn
        (
            [Word(NOON, NETWORK), Word(NOON, "k1"), Word(NOON + DAY, "k2"), Word(NOON + DAY, "c1")],
            [BELIEVED, NOTHING, DOUBTED, DOUBTED], NOON, "known",
        ),
        # more boxes against it than for it
        (
            [Word(NOON + DAY, NETWORK), Word(NOON + DAY, "k1"), Word(NOON, "k2"), Word(NOON, "c1"), Word(NOON, "c2")],
            [BELIEVED, NOTHING, DOUBTED, DOUBTED, WITHDREW], NOON, "known",
        ),
        # who has said otherwise since does not count any more
        (
            [Word(NOON, NETWORK), Word(NOON, "k1"), Word(NOON + DAY, "k1"), Word(NOON + DAY, "c1")],
            [BELIEVED, NOTHING, DOUBTED, WITHDREW], NOON + DAY, "known",
        ),
        # two people are enough, and what they took back no box brings up again
        (
            [Word(NOON + DAY, NETWORK), Word(NOON + DAY, "k1"), Word(NOON + DAY, "k2"), person(NOON), person(NOON, "c2"),
             *[Word(NOON + DAY, who) for who in (NETWORK, "k1", "k2", "c3")]],
            [BELIEVED, NOTHING, NOTHING, DOUBTED, WITHDREW, NOTHING, NOTHING, NOTHING, DOUBTED], NOON, "known",
        ),
        # who is contradicted is no second source against himself
        (
            [Word(NOON, NETWORK), Word(NOON + DAY, NETWORK), person(NOON + DAY)],
            [BELIEVED, DOUBTED, DOUBTED], NOON, "known",
        ),
    ],
)  # fmt: skip
def test_who_is_believed(words, verdicts, zero, how):
    belief, said = hear(*words)
    assert said == verdicts
    assert (belief.word and belief.word.zero_ms, belief.word and belief.word.how) == (zero, how)


def test_a_fresh_card_believes_more_and_not_everything():
    window = Window.at(FLOOR, 0, fresh=True)
    assert hear(Word(NOON + 300 * DAY, NETWORK), window=window)[0].known
    assert not hear(Word(NOON + 10 * 365 * DAY, NETWORK), window=window)[0].known
    assert not hear(Word(FLOOR - 1, NETWORK), window=window)[0].known


WORDS = st.builds(
    Word,
    st.sampled_from([NOON + d * HOUR for d in (-48, -3, 0, 1, 2, 24, 24 * 40, 24 * 4000)]),
    st.sampled_from([NETWORK, HARDWARE, GUESS, "c1", "c2", "k1"]),
    st.sampled_from(["known", "said", ""]),
)


@given(st.lists(WORDS, max_size=12))
def test_known_time_never_moves_by_one_source_alone(words):
    belief = Belief()
    for word in words:
        before = belief.word
        belief, verdict = weigh(belief, word, WINDOW)
        if before is not None and before.how == "known" and belief.word != before:
            near = abs(belief.word.zero_ms - before.zero_ms) <= CONTRADICTS_MS
            assert near or verdict is WITHDREW
        if verdict is WITHDREW:
            assert any(w.agrees(word) for w in words if w.by != before.by)
        if belief.known and not WINDOW.holds(belief.word.zero_ms):
            assert any(w.agrees(belief.word) for w in words), "nobody alone is believed outside of the window"
        assert len({d.by for d in belief.doubted}) == len(belief.doubted)
        assert belief.word is None or all(abs(s.zero_ms - belief.word.zero_ms) <= AGREE_MS for s in belief.seconds)
        assert len({w.by for w in (*belief.seconds, *filter(None, [belief.word]))}) == len(belief.seconds) + (
            belief.word is not None
        ), "each source counts once among those who say it"


@pytest.mark.parametrize("last", [HUB_WORD, NETWORK])
def test_a_hub_that_says_otherwise_than_the_one_before_counts_against_it_whoever_speaks_last(last):
    """A hub with a wrong clock was believed and died; the next one is right, and then network time comes. A box that has
    nothing to send does not hear the hub again, and would print the wrong date on its next paper.
    """
    wrong, right = NOON + 14 * HOUR, {HUB_WORD: Word(NOON, HUB_WORD), NETWORK: Word(NOON + 90, NETWORK)}
    first = HUB_WORD if last == NETWORK else NETWORK
    belief, verdicts = hear(Word(wrong, HUB_WORD), right[first], right[last])
    assert verdicts == [BELIEVED, DOUBTED, WITHDREW]
    assert belief.word is not None and abs(belief.word.zero_ms - NOON) <= 90 and belief.known


def test_who_says_it_was_half_an_hour_later_does_not_stand_by_it():
    """Network time that lied at every box is taken back by two who agree, though it had been refined meanwhile."""
    lied = NOON - 2 * HOUR
    belief, _ = hear(Word(lied, NETWORK), Word(lied + HOUR // 2, "c1"), Word(lied + HOUR // 2, "c2"))
    assert belief.seconds == ()
    belief, verdict = weigh(belief, Word(NOON, "c3"), WINDOW)
    belief, verdict = weigh(belief, Word(NOON, "k1"), WINDOW)
    assert (verdict, belief.word.zero_ms) == (WITHDREW, NOON)


# -- whose day --------------------------------------------------------------------------------------------------------


def hub_time(*words):
    """Stretches 1, 2, ... with these words; hall time is center time, and the floor an hour behind it."""
    return CenterTime(len(words), words={str(n): Stretch(0, w, least_ms=-HOUR) for n, w in enumerate(words, 1)})


MIDNIGHT = NOON + 12 * HOUR


@pytest.mark.parametrize(
    ("words", "moment", "now", "day"),
    [
        (["known"], Moment(NOON, 1), NOON + HOUR, TODAY),
        (["known"], Moment(NOON, 1), MIDNIGHT - 1_000, TODAY),
        (["known"], Moment(MIDNIGHT - 1_000, 1), MIDNIGHT, EARLIER),
        (["known"], Moment(NOON + 5 * 60_000, 1), NOON, TODAY),
        (["known"], Moment(NOON + 11 * 60_000, 1), NOON, DOUBT),
        (["known"], Moment(NOON, 0), NOON + HOUR, TODAY),
        (["known"], Moment(NOON, 1, NOON - 5 * HOUR), NOON + HOUR, TODAY),
        (["known"], Moment(NOON, 1, NOON - 20 * HOUR), NOON + HOUR, DOUBT),
        (["known"], Moment(NOON, 1, NOON - 20 * HOUR), NOON + DAY, EARLIER),
        ([""], Moment(NOON, 1), NOON + 8 * HOUR - 1, TODAY),
        ([""], Moment(NOON, 1), NOON + 8 * HOUR, DOUBT),
        ([""], Moment(NOON, 1), NOON + 16 * HOUR + 1, EARLIER),
        (["said"], Moment(NOON, 1), NOON + 20 * HOUR, EARLIER),
        (["said"], Moment(MIDNIGHT - 1_000, 1), MIDNIGHT + HOUR, TODAY),
        (["known", ""], Moment(NOON, 1), NOON + HOUR, DOUBT),
        (["known", ""], Moment(NOON, 1), MIDNIGHT + HOUR, EARLIER),
        (["", ""], Moment(NOON, 1), MIDNIGHT + DAY, DOUBT),
        (["", "known"], Moment(NOON, 1), NOON + HOUR, DOUBT),
        (["", "known"], Moment(NOON + HOUR, 1), NOON + HOUR, TODAY),
        (["known", "known"], Moment(NOON, 1), MIDNIGHT + HOUR, EARLIER),
    ],
)
def test_whose_day(words, moment, now, day):
    time = hub_time(*words)
    if words == ["", "known"] and day is DOUBT:
        moment = Moment(NOON - 11 * HOUR - 30 * 60_000, 1)
    assert whose(time, moment, time.now(now)) == day


# -- the fold ---------------------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("touch"), st.integers(0, 2)),
        st.tuples(st.just("late"), st.sampled_from([1, 5, 30])),
        st.tuples(st.just("next"), st.integers(1, 2)),
        st.tuples(st.just("park"), st.integers(0, 20)),
        st.tuples(st.just("pass"), st.sampled_from([1, 60, 600, 1_500])),
        st.tuples(st.just("known"), st.sampled_from([0, 1, 15, 24, -3])),
        st.tuples(st.just("said"), st.sampled_from([0, 24])),
        st.tuples(st.just("withdrawn"), st.just(0)),
        st.tuples(st.just("boot"), st.just(0)),
        st.tuples(st.just("answer"), st.booleans()),
    ),
    max_size=30,
)


class Story:
    """A hub's fold, told by rows alone."""

    def __init__(self):
        self.ledger, self.rows, self.seqs = Ledger(), [], {}
        self.now, self.stretch = NOON, 0
        self.boot()

    @property
    def hall(self):
        return self.ledger.hall

    def dated(self, ago=0):
        return Dated(self.now - ago, self.now, "B", 0, self.stretch)

    def own(self, word):
        self._log(say(self.ledger, word, self.dated()))

    def row(self, dev, event, ago=0):
        seq = self.seqs[dev] = self.seqs.get(dev, 0) + 1
        fact = Fact(dev, "a" * 16, seq, None, event, "b", 0, None)
        self._log(take(self.ledger, fact, self.dated(ago)))
        return fact.id

    def _log(self, steps):
        for step in steps:
            fact = step.fact
            self.rows.append((fact.dev if fact else "hub", fact.run if fact else "", fact.seq if fact else 0, step))

    def boot(self):
        self.stretch += 1
        self.now += 1
        self.own(ev.StretchBegan(self.stretch, f"b{self.stretch}", self.now, max(self.now, self.hall.time.floor_ms)))

    def mind(self):
        for _ in range(6):
            found = list(words_due(self.hall, self.hall.time.now(self.now)))
            if not found:
                return
            for word in found:
                self.own(word)
        raise AssertionError("what is due by time never ends")

    def do(self, what, n):
        time = self.hall.time
        match what:
            case "touch" | "late":
                k = self.seqs.get("k1", 0) + 1
                ago = n * 60_000 if what == "late" else 0
                self.row("k1", ev.Issued(f"A1-{k:03d}", "id", f"q{n % 2}", 1, k, "", series="s"), ago)
            case "next":
                dev = f"c{n}"
                held = self.hall.counters[dev].ticket if dev in self.hall.counters else None
                if dev not in self.hall.counters:
                    self.row(dev, ev.CounterOpened(dev, ("q0", "q1")))
                if held:
                    self.row(dev, ev.Ended(held))
                wish = self.row(dev, ev.CallRequested(dev, ("q0", "q1")))
                answer = self.hall.calls[dev][wish]
                self.row(dev, ev.Shown(wish, answer.ticket) if answer.ticket else ev.NoneShown(wish))
            case "park":
                held = self.hall.counters["c1"].ticket if "c1" in self.hall.counters else None
                if held:
                    self.row("c1", ev.Parked(held, n))
            case "pass":
                self.now += n * 60_000
            case "known" if not time.word.known:
                self.own(ev.TimeKnown("network", self.stretch, self.now, self.now + n * HOUR))
            case "said" if not time.word.known:
                self.own(ev.TimeSaid("c1", self.stretch, self.now, self.now + n * HOUR))
            case "withdrawn" if time.word.known:
                offset = time.word.offset_ms
                self.own(ev.TimeWithdrawn(time.word.by, self.stretch, self.now, self.now + offset))
                self.own(ev.TimeKnown("two", self.stretch, self.now, self.now))
            case "boot":
                self.boot()
            case "answer":
                line = list(self.hall.waiting())
                if line:
                    self.row("c1", ev.DayAnswered(line[0].id, n))
        self.mind()


@given(STEPS)
@settings(max_examples=300, deadline=None)
def test_whatever_is_said_the_fold_is_whole_and_comes_back_from_log_and_picture(steps):
    story = Story()
    for what, n in steps:
        story.do(what, n)
        hall = story.hall
        in_line = [t for t in hall.tickets.values() if place_of(t)]
        assert sorted(hall.line.in_order()) == sorted(t.id for t in in_line)
        now = hall.time.now(story.now)
        for ticket in hall.tickets.values():
            if ticket.waits or ticket.phase is Phase.PARKED:
                assert of_day(hall, ticket, now) != EARLIER, "who is of an earlier day has expired"
        if now.known:
            assert hall.day == day_of(now.ms)
    again = Ledger()
    for dev, run, seq, step in story.rows:
        replay(again, dev, run, seq, step.event, step.dated)
    assert list(image(again)) == list(image(story.ledger))
    back = restored(pictured(story.ledger, 1, "a" * 64))
    assert list(image(back)) == list(image(story.ledger))
    assert back.hall.labels == story.hall.labels and back.hall.unsure == story.hall.unsure
    assert list(back.hall.line.in_order()) == list(story.hall.line.in_order())


def test_network_time_that_is_a_whole_hour_wrong_for_a_while_changes_nothing_after_any_drift():
    """Wrong by a whole hour, as clocks are, then right again, while the box's own clock drifts a little."""
    for hour, drift in itertools.product((-HOUR, HOUR), (-4_000, -85, 0, 85, 4_000)):
        belief, verdicts = hear(Word(NOON, NETWORK), Word(NOON + hour + drift, NETWORK), Word(NOON + drift, NETWORK))
        assert verdicts[1] is DOUBTED
        assert belief.word is not None
        assert abs(belief.word.zero_ms - (NOON + drift)) <= FINER_MS
