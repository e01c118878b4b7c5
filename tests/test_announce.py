"""Calls are announced one after the other, none hides another; what the voice says of them."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.announce import MIN_MS, MOST_MS, STALE_MS, Announcer, Call, Turn
from display.board import Board
from display.hall_voice import Spoken, utterance, volume_at
from display.presses import Press
from onedoor.device.config import HallConfig, VoiceTime
from onedoor.hall import desk
from onedoor.voice import calls
from onedoor.voice.pack import read_clip
from onedoor.voice.speaker import SHIPPED


def call(order, label=None, counter="1", **more):
    return Call(label or f"A1-{order:03d}", counter, order, **more)


def run(announcer, steps, *, speak_ms=3_000, end_ms=400_000):
    """Calls by time; the voice needs `speak_ms` for each. What was announced, in order."""
    said, busy_until, pending = [], 0, sorted(steps, key=lambda s: s[0])
    known = []
    for now in range(0, end_ms, 50):
        while pending and pending[0][0] <= now:
            known = ([(pending[0][1], now), *known])[:32]
            pending.pop(0)
            announcer.hear([(c, now - at) for c, at in known], now)
        turn = announcer.turn(now, spoken=now >= busy_until)
        if turn is not None:
            said.append(turn)
            busy_until = now + speak_ms
    return said


@given(st.lists(st.integers(0, 50_000), min_size=1, max_size=15))
def test_every_call_is_announced_once_in_the_hubs_order(times):
    steps = [(at, call(i)) for i, at in enumerate(sorted(times), 1)]
    said = run(Announcer(), steps, speak_ms=2_000)
    assert [t.call.order for t in said] == list(range(1, len(times) + 1))


def test_two_calls_within_fifty_milliseconds_are_both_announced():
    said = run(Announcer(), [(1_000, call(1)), (1_040, call(2, counter="2"))])
    assert [(t.call.order, t.begun_ms) for t in said] == [(1, 1_000), (2, 4_000)]


def test_twenty_at_one_instant():
    said = run(Announcer(), [(0, call(i, counter=str(i))) for i in range(1, 21)], speak_ms=2_900)
    assert [t.call.order for t in said] == list(range(1, 21)), "at 2.9 s each the last one is 58 s old"


def test_what_is_older_than_a_minute_is_shown_and_not_spoken_any_more():
    announcer = Announcer()
    turns = run(announcer, [(0, call(i, counter=str(i))) for i in range(1, 31)], speak_ms=4_000)
    assert [t.call.order for t in turns] == list(range(1, 31)), "each has its turn on the board"
    spoken = [t for t in turns if not t.silent]
    assert len(spoken) == 16 and announcer.passed_over == 14
    assert all((t.begun_ms - t.heard_ms <= STALE_MS) is not t.silent for t in turns)


def test_repeats_come_after_what_waits():
    said = run(Announcer(repeats=1), [(0, call(1)), (100, call(2))], speak_ms=2_000)
    assert [(t.call.order, t.repeat) for t in said] == [(1, 0), (2, 0), (1, 1), (2, 1)]


def test_a_recall_is_announced_again_and_replaces_what_was_not_said_yet():
    first, again = call(1, "A1-001"), call(3, "A1-001", recalls=1)
    announcer = Announcer()
    announcer.hear([(call(2, "B1-001", "2"), 0), (first, 0)], 0)
    assert announcer.turn(0, spoken=True).call == first
    announcer.hear([(again, 0), (call(2, "B1-001", "2"), 0)], 100)
    assert announcer.turn(MIN_MS, spoken=True).call.order == 2
    assert announcer.turn(2 * MIN_MS, spoken=True).call == again
    assert announcer.turn(9 * MIN_MS, spoken=True) is None


def test_a_call_that_was_taken_back_loses_its_turn():
    announcer = Announcer()
    announcer.hear([(call(2), 0), (call(1), 0)], 0)
    assert announcer.turn(0, spoken=True).call.order == 1
    announcer.hear([(call(1), 0)], 10)
    assert announcer.turn(MOST_MS, spoken=True) is None


def test_a_hub_that_forgot_its_end_is_heard_all_the_same_and_nothing_is_said_twice():
    announcer = Announcer()
    announcer.hear([(call(8, "A1-008"), 0), (call(7, "A1-007"), 0)], 0)
    announcer.hear([(call(6, "A1-009"), 0), (call(5, "A1-007"), 3_000)], 3_000)
    assert [t.call.label for t in announcer.waiting] == ["A1-007", "A1-008", "A1-009"]


def test_a_person_who_comes_back_is_announced_again():
    announcer = Announcer()
    announcer.hear([(call(1, "A1-001"), 0)], 0)
    assert announcer.turn(0, spoken=True).call.order == 1
    announcer.hear([(call(2, "A1-001"), 0), (call(1, "A1-001"), 60_000)], 60_000)
    assert announcer.turn(60_000, spoken=True).call.order == 2


def test_a_board_that_starts_does_not_announce_the_past():
    announcer = Announcer()
    announcer.hear([(call(9), 5_000), (call(8), 61_000), (call(7), 3_600_000)], 0)
    assert [t.call.order for t in announcer.waiting] == [9]


def test_a_dead_voice_holds_nobody_up():
    announcer = Announcer()
    announcer.hear([(call(2), 0), (call(1), 0)], 0)
    announcer.turn(0, spoken=True)
    assert announcer.turn(MOST_MS - 1, spoken=False) is None
    assert announcer.turn(MOST_MS, spoken=False).call.order == 2


# -- what is said --------------------------------------------------------------------------------------

WORDS = {
    "lo": {11: "ສິບເອັດ", 20: "ຊາວ", 21: "ຊາວເອັດ", 31: "ສາມສິບເອັດ", 100: "ໜຶ່ງຮ້ອຍ", 123: "ໜຶ່ງຮ້ອຍຊາວສາມ", 105: "ໜຶ່ງຮ້ອຍຫ້າ"},
    "th": {11: "สิบเอ็ด", 21: "ยี่สิบเอ็ด", 30: "สามสิบ"},
    "vi": {10: "mười", 11: "mười một", 15: "mười lăm", 21: "hai mươi mốt", 25: "hai mươi lăm", 105: "một trăm lẻ năm"},
    "zh": {11: "十一", 20: "二十", 21: "二十一", 105: "一百零五", 123: "一百二十三"},
    "hmn": {11: "kaum ib", 20: "nees nkaum", 21: "nees nkaum ib", 30: "peb caug", 45: "plaub caug tsib"},
    "en": {7: "seven", 12: "twelve", 20: "twenty", 21: "twenty one", 123: "one hundred twenty three"},
}


@pytest.mark.parametrize("lang", WORDS)
def test_numbers_as_people_say_them(lang):
    words = calls.tokens(lang)
    join = "" if lang in ("lo", "th", "zh") else " "
    assert {n: join.join(words[t] for t in calls.number(lang, n)) for n in WORDS[lang]} == WORDS[lang]


@pytest.mark.parametrize("lang", calls.PHRASES)
def test_every_number_can_be_told_apart_and_has_its_clips(lang):
    said = {n: tuple(calls.number(lang, n)) for n in range(1_000)}
    assert len(set(said.values())) == 1_000
    assert set(itertools.chain.from_iterable(said.values())) <= set(calls.tokens(lang))


def test_digit_by_digit_is_the_sturdy_way():
    assert calls.call("en", "A1-023", "12") == (
        "call_number", "say_a", "say_1", "say_0", "say_2", "say_3", "call_counter", "say_1", "say_2",
    )  # fmt: skip
    assert calls.call("lo", "B2-021", "3", again=True, whole=True) == (
        "call_again", "call_number", "say_b", "say_2", "n20", "n1_last", "call_counter", "say_3",
    )  # fmt: skip


def test_the_citizens_language_first_then_the_centers_and_no_language_without_its_pack(tmp_path):
    for lang in ("lo", "vi"):
        (tmp_path / lang).mkdir()
        (tmp_path / lang / "pack.toml").write_text("")
    config = HallConfig()
    said = utterance(Turn(call(7, lang="vi"), 1, 0), config, tmp_path, 600)
    assert [lang for lang, _ in said["parts"]] == ["vi", "lo"] and said["id"] == 71
    assert said["parts"][0][1][0] == "call_again"
    assert [lang for lang, _ in utterance(Turn(call(7, lang="th"), 0, 0), config, tmp_path, 600)["parts"]] == ["lo"]
    assert utterance(Turn(call(7, lang="hmn"), 0, 0), config, SHIPPED, 600)["parts"] == [], (
        "a chime, never invented Lao"
    )


def test_when_many_wait_each_call_is_short(tmp_path):
    for lang in ("lo", "vi"):
        (tmp_path / lang).mkdir()
        (tmp_path / lang / "pack.toml").write_text("")
    said = utterance(Turn(call(7, lang="vi"), 0, 0), HallConfig(), tmp_path, 600, brief=True)
    assert [lang for lang, _ in said["parts"]] == ["vi"] and not said["chime"]
    assert said["parts"][0][1] == ["say_a", "say_1", "say_0", "say_0", "say_7", "call_to", "say_1"]
    long, short = (
        sum(read_clip(SHIPPED / "en" / f"{t}.wav").seconds for t in calls.call("en", "A1-107", "3", brief=brief))
        for brief in (False, True)
    )
    assert short < 0.8 * long


def test_quiet_hours_and_loudness_by_the_time_of_day():
    config = HallConfig(volume=3, times=[VoiceTime("12:00", "13:00", 1), VoiceTime("22:00", "06:00", 0)])
    assert [volume_at(config, h * 60) for h in (0, 5, 6, 11, 12, 13, 21, 22, 23)] == [0, 0, 3, 3, 1, 3, 3, 0, 0]
    assert utterance(Turn(call(1), 0, 0), config, SHIPPED, 23 * 60) is None


# -- the board -------------------------------------------------------------------------------------------


def watched(center, config=None, *, voice=False):
    board = center.board(config)
    views, wishes = [], []
    board.show = views.append
    if voice:
        board.plan = lambda turn, _minute, _brief: {"id": turn.call.order * 10 + turn.repeat}
        board.say = lambda wish: wishes.append(wish["id"]) or True
    return board, views, wishes


def test_the_announced_call_is_large_and_all_of_them_stand_in_rows(center):
    center.start_hub()
    board, views, wishes = watched(center, voice=True)
    kiosk, panels = center.kiosk(), [center.panel(n, ("id",)) for n in (1, 2, 3)]
    labels = [center.touch(kiosk) for _ in range(3)]
    for panel in panels:
        center.do(panel, Press.NEXT)
    assert [line.label for line in views[-1].calls] == labels[::-1]
    assert views[-1].loud.label == labels[0], "the first is still being said"
    for i in range(3):
        assert len(wishes) == i + 1
        center.pass_ms(2_000)
        board.on_wish(Spoken(wishes[-1], said=True))
        assert views[-1].loud.label == labels[min(i + 1, 2)]
    assert board.announcer.said == 3


def test_a_voice_that_hangs_is_ended_and_the_next_call_has_its_turn(center):
    center.start_hub()
    board, views, wishes = watched(center, voice=True)
    ended = []
    board.hung = lambda: ended.append(1)
    kiosk, panels = center.kiosk(), [center.panel(n, ("id",)) for n in (1, 2)]
    labels = [center.touch(kiosk) for _ in range(2)]
    for panel in panels:
        center.do(panel, Press.NEXT)
    center.pass_ms(MOST_MS + 200)
    assert ended == [1] and views[-1].loud.label == labels[1]


def test_a_zone_shows_and_announces_its_own_counters_only(center):
    center.start_hub()
    board, views, _ = watched(center, HallConfig(counters=["2"]))
    kiosk, panels = center.kiosk(), [center.panel(n, ("id",)) for n in (1, 2)]
    labels = [center.touch(kiosk) for _ in range(2)]
    for panel in panels:
        center.do(panel, Press.NEXT)
    assert [line.label for line in views[-1].calls] == [labels[1]]
    assert board.announcer.said == 1


@pytest.mark.parametrize("zone", [[], ["1"]])
def test_who_is_called_to_another_counter_stands_in_one_line_of_each_screen(center, zone):
    """He was sent on: the line of the first counter would send him, or whoever reads with him, to the wrong place."""
    center.start_hub()
    _, views, _ = watched(center, HallConfig(counters=zone))
    kiosk, first, second = center.kiosk(), center.panel(1, ("id",)), center.panel(2, ("land",))
    seen = []
    kiosk.show = seen.append
    label, other = center.touch(kiosk), center.touch(kiosk)
    center.do(first, Press.NEXT, Press.START, desk.Transfer("land"), Press.NEXT)
    center.do(second, Press.NEXT)
    center.pass_ms(2_000)
    both = [(label, "2"), (other, "1")]
    assert list(seen[-1].called) == both
    assert [(line.label, line.counter) for line in views[-1].calls] == both[len(zone) :]


def test_the_public_figures_of_the_day(center):
    center.start_hub()
    _, views, _ = watched(center)
    kiosk, panel = center.kiosk(), center.panel(1, ("id",))
    center.touch(kiosk)
    center.pass_ms(30 * 60_000, step=10_000)
    center.touch(kiosk)
    center.do(panel, Press.NEXT, Press.START, Press.NEXT)
    center.pass_ms(61_000, step=1_000)
    day = views[-1].day
    assert (day.called, day.within) == (2, 1), "one of them waited for half an hour"


def test_a_number_that_is_taken_back_is_told_to_wait(center):
    center.start_hub()
    _, views, _ = watched(center)
    kiosk, panel = center.kiosk(), center.panel(1, ("id",))
    label = center.touch(kiosk)
    center.do(panel, Press.NEXT)

    center.do(panel, desk.Undo())
    assert views[-1].back == (label,) and views[-1].calls == ()
    center.pass_ms(61_000, step=1_000)
    assert views[-1].back == ()


def test_stale_within_three_seconds_of_a_silent_hub_and_fresh_again(center):
    hub = center.start_hub()
    hub.pulse_ms = 1_000
    hub._pulse()
    _, views, _ = watched(center)
    panel = center.panel(1)
    panel.show = lambda _: None
    center.pass_ms(5_000)
    assert views[-1].fresh and panel.view.fresh
    hub.pulse_ms = 10**9  # it hangs: nothing more is heard, and no will is published
    hub.timers.cancel("pulse")
    lost = center.clock.mono_ms()
    while views[-1].fresh:
        center.pass_ms(100)
    assert center.clock.mono_ms() - lost <= 3_000
    assert not panel.view.fresh and views[-1].lost_ms is not None
    hub.pulse_ms = 1_000
    hub._pulse()
    center.settle()
    assert views[-1].fresh and views[-1].lost_ms is None


def test_a_closed_center_is_a_clock_and_pictures_take_turns(center):
    center.start_hub()
    board, views, _ = watched(center, HallConfig(ticker=["one", "two"], picture_s=10))
    board.pictures = lambda: ["/a.jpg", "/b.jpg"]
    center.panel(1)
    seen = set()
    for _ in range(8):
        center.pass_ms(10_000)
        seen.add((views[-1].picture, views[-1].ticker))
    assert {picture for picture, _ in seen} == {"", "/a.jpg", "/b.jpg"} and {t for _, t in seen} == {"one", "two"}
    assert not views[-1].asleep
    center.do(center.boxes["c1"], Press.CLOSE)
    center.pass_ms(11_000)
    assert views[-1].asleep and isinstance(board, Board)
