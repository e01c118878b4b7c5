"""Fingers on a button box: bounce, stuck buttons, two at once, presses while an answer is awaited, faces."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from display.gestures import (
    AGAIN_MS,
    ASK_MS,
    DOUBLE_MS,
    LOCK_OUT_MS,
    LONG_MS,
    OPEN_MS,
    SETTLE_MS,
    STUCK_MS,
    TOGETHER_MS,
    Button,
    Gestures,
    Once,
    Pressed,
    Smileys,
    Stuck,
)

BUTTONS = st.sampled_from(list(Button))
EDGES = st.lists(st.tuples(BUTTONS, st.booleans(), st.integers(0, 2_000)), max_size=80)


def play(edges, *, busy=False, settle=20_000):
    """Edges with the milliseconds before each; timers run when they are due. What was meant, with its time."""
    gestures, now, said = Gestures(), 0, []

    def until(end):
        while (due := gestures.due_ms()) is not None and due <= end:
            said.extend((due, m) for m in gestures.pass_time(due))

    for button, down, wait in edges:
        until(now + wait)
        now += wait
        meant = gestures.down(button, now, busy=busy) if down else gestures.up(button, now)
        said.extend((now, m) for m in meant)
    until(now + settle)
    return said


def pressed(said):
    return [m.button for _, m in said if isinstance(m, Pressed)]


def test_one_press_counts_when_the_finger_comes_down():
    assert play([(Button.NEXT, True, 0)]) == [(0, Pressed(Button.NEXT)), (STUCK_MS, Stuck(Button.NEXT, True))]
    assert play([(Button.NEXT, True, 5), (Button.NEXT, False, 90)]) == [(5, Pressed(Button.NEXT))]


@given(st.lists(st.integers(0, 20), min_size=1, max_size=40))
def test_a_bouncing_contact_is_one_press(gaps):
    edges = [(Button.NEXT, i % 2 == 0, gap) for i, gap in enumerate(gaps)]
    while sum(gap for _, _, gap in edges) >= LOCK_OUT_MS:
        edges.pop()
    assert pressed(play(edges)) == [Button.NEXT] * bool(edges)


@given(EDGES)
def test_presses_of_a_button_are_never_closer_than_the_lock_out(edges):
    times: dict[Button, int] = {}
    for at, meant in play(edges):
        if isinstance(meant, Pressed) and not meant.long:
            assert meant.button is Button.PAUSE or at - times.get(meant.button, -10_000) >= LOCK_OUT_MS
            times[meant.button] = at


@given(EDGES)
def test_no_press_without_a_finger_and_each_finger_means_one_thing_at_most(edges):
    downs = sum(down for _, down, _ in edges)
    assert len(pressed(play(edges))) <= downs


@given(EDGES, st.integers(0, 5))
def test_the_same_fingers_mean_the_same(edges, _again):
    assert play(edges) == play(edges)


@given(BUTTONS, BUTTONS, st.integers(0, TOGETHER_MS - 1))
def test_a_hand_on_two_buttons_is_the_first_of_them(one, other, gap):
    if one is other or Button.PAUSE in (one, other):
        return
    edges = [(one, True, 0), (other, True, gap), (one, False, 400), (other, False, 10)]
    assert pressed(play(edges)) == [one]
    later = [(one, True, 0), (one, False, 60), (other, True, TOGETHER_MS + LOCK_OUT_MS), (other, False, 60)]
    assert pressed(play(later)) == [one, other]


@given(st.sampled_from([b for b in Button if b is not Button.PAUSE]), EDGES)
def test_a_stuck_button_is_told_once_and_stops_all_others(stuck, edges):
    others = [(button, down, wait) for button, down, wait in edges if button is not stuck]
    said = play(
        [(stuck, True, 0), (Button.RECALL if stuck is not Button.RECALL else Button.NEXT, False, STUCK_MS), *others]
    )
    assert [m for _, m in said if isinstance(m, Stuck) and m.button is stuck] == [Stuck(stuck, True)]
    assert pressed(said) == [stuck]
    freed = play([(stuck, True, 0), (stuck, False, STUCK_MS + 5), (Button.PAUSE, True, 900), (Button.PAUSE, False, 50)])
    assert [m for _, m in freed] == [Pressed(stuck), Stuck(stuck, True), Stuck(stuck, False), Pressed(Button.PAUSE)]


@given(st.integers(0, LONG_MS - 1), st.integers(LONG_MS, STUCK_MS - 1))
def test_pause_waits_for_the_release_and_held_means_something_else(short, long):
    assert play([(Button.PAUSE, True, 0), (Button.PAUSE, False, short)]) == [(short + OPEN_MS, Pressed(Button.PAUSE))]
    assert play([(Button.PAUSE, True, 0), (Button.PAUSE, False, long)]) == [(LONG_MS, Pressed(Button.PAUSE, long=True))]


BOUNCES = st.lists(st.integers(0, OPEN_MS - 1), max_size=12).filter(lambda gaps: sum(gaps) < 300)


def bouncing(button, gaps, hold):
    """A finger that holds so long; the contact opens and closes at these times while it closes."""
    edges = [(button, True, 0)]
    for i, gap in enumerate(gaps):
        edges.append((button, i % 2 == 1, gap))
    if len(edges) % 2 == 0:
        edges.append((button, True, 1))
    return [*edges, (button, False, hold)]


@given(BOUNCES, st.integers(0, OPEN_MS - 1), st.integers(0, 5))
def test_a_long_press_survives_every_bounce(gaps, break_ms, breaks):
    edges = bouncing(Button.PAUSE, gaps, 150)
    for _ in range(breaks):
        edges += [(Button.PAUSE, True, break_ms), (Button.PAUSE, False, 200)]
    held = [*edges, (Button.PAUSE, True, break_ms), (Button.PAUSE, False, LONG_MS + 1)]
    said = [m for _, m in play(held)]
    assert said == [Pressed(Button.PAUSE, long=True)], "close, and never a pause before"


@given(BOUNCES)
def test_a_short_press_with_bounces_at_both_ends_is_one(gaps):
    edges = [*bouncing(Button.PAUSE, gaps, 200), (Button.PAUSE, True, 3), (Button.PAUSE, False, 2)]
    assert [m for _, m in play(edges)] == [Pressed(Button.PAUSE)]


@given(st.integers(LOCK_OUT_MS, 3_000), st.booleans())
def test_next_twice_within_a_second_and_a_half_is_one_next(gap, worn):
    """Worn: it opens at once and stays open until the finger comes again."""
    away = 40 if worn else gap - LOCK_OUT_MS
    edges = [
        (Button.NEXT, True, 0),
        (Button.NEXT, False, away),
        (Button.NEXT, True, gap - away),
        (Button.NEXT, False, 90),
    ]
    assert len(pressed(play(edges))) == (1 if gap < AGAIN_MS else 2)
    others = [(Button.RECALL, down, wait) for _, down, wait in edges]
    assert len(pressed(play(others))) == (1 if gap - away < LOCK_OUT_MS else 2), "RECALL may be pressed again"


@given(EDGES)
def test_while_an_answer_is_awaited_next_means_nothing(edges):
    assert Button.NEXT not in pressed(play(edges, busy=True))


FACES = st.lists(st.tuples(st.integers(1, 5), st.integers(0, ASK_MS)), max_size=30)


@given(FACES)
def test_a_visit_has_one_rating_whoever_presses_how_often(presses):
    faces, now = Smileys(), 1_000
    assert not faces.press(3, now), "nobody was served"
    faces.ended("k1.0.1", now)
    counted = []
    for score, wait in presses:
        now += wait
        if faces.press(score, now):
            counted.append((score, now))
    found = faces.take()
    assert faces.take() is None
    if counted:
        assert found == ("k1.0.1", counted[-1][0])
        assert counted[-1][1] - counted[0][1] < SETTLE_MS and counted[-1][1] < 1_000 + ASK_MS
    else:
        assert found is None


# -- fingers on a screen ------------------------------------------------------------------------------------------------


def test_a_double_tap_on_the_screen_is_one_press():
    """She taps Next twice, as on her telephone: the second tap must not send away whom the first one called."""
    once = Once()
    taps = [(0, True), (150, False), (1_400, False), (1_600, True), (1_900, False)]
    assert [once.counts("next", t, answered=True) for t, _ in taps] == [counted for _, counted in taps]
    others = [("start", 2_000, True), ("start", 2_399, False), ("start", 2_401, True), ("end", 2_450, True)]
    assert [once.counts(wish, t) for wish, t, _ in others] == [counted for *_, counted in others]


@given(st.lists(st.tuples(st.sampled_from(["next", "end"]), st.integers(0, 3_000)), max_size=30))
def test_presses_that_count_are_as_far_apart_as_fingers_can_mean_it(taps):
    once, now, counted = Once(), 0, []
    for wish, later in taps:
        now += later
        if once.counts(wish, now, answered=wish == "next"):
            counted.append((wish, now))
    for (one, at), (other, then) in pairwise(counted):
        assert one != other or then - at >= (AGAIN_MS if one == "next" else DOUBLE_MS)
    assert not taps or counted, "the first one always counts"
