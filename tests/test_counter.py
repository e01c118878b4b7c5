"""What is wired around a counter, end to end: mock pins, a keypad's events, an LED sign's bus, a loudspeaker's process."""

import os
import subprocess
import sys
import threading
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from display.announce import Call, Turn
from display.app import Around
from display.buttons import ButtonBox
from display.gestures import LOCK_OUT_MS, LONG_MS, SETTLE_MS, Button
from display.hall_voice import Spoken, VoiceProcess, utterance
from display.hands import Edge, Hands, Lamp, lamps
from display.keypad import EVENT, edges, listen, spelled
from display.menu import AsClerk, Key, SignIn
from display.own import Left, Own, brought_back, count, own_now
from display.panel import PanelView
from display.presses import Press
from display.sign import BLINK_MS, HALF_MS, Sign, short, sign_of
from display.sign_led import DECODE, DISPLAY_TEST, GLYPHS, SCAN_LIMIT, SHUTDOWN, LedSign, RecordedBus, digits, lit
from display.signing import SignIns
from onedoor.device.config import CounterConfig, HallConfig, PinsConfig, SignConfig
from onedoor.device.pin import hashed
from onedoor.device.pin_lock import LOCKED_MS
from onedoor.hall import desk
from onedoor.hall import events as ev
from onedoor.hall.desk import At
from onedoor.hall.refusals import Refusal
from onedoor.hall.zone import LAOS
from onedoor.voice.pack import chime, read_clip
from onedoor.voice.speaker import SHIPPED

PINS = PinsConfig(next_lamp=17, recall_lamp=27, no_show_lamp=22, pause_lamp=23, smileys=[26, 12, 21])


def events(center, kind):
    return [e for row in center.hub.store.rows() if isinstance(e := row.event, kind)]


@pytest.fixture
def wired(center, monkeypatch):
    """A counter with a button box on mock pins, on the center's virtual clock."""
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    from gpiozero import Device
    from gpiozero.pins.mock import MockFactory

    Device.pin_factory = MockFactory()
    center.start_hub()
    panel = center.panel(1, ("id",))
    panel.hands = Hands(panel.timers, panel.on_wish, panel.rated, center.clock.mono_ms)
    box = ButtonBox(PINS, center.clock, lambda wish: center.do(panel, wish))
    around = Around(CounterConfig("1", ["id"]), center.clock, panel, box, LedSign("matrix", RecordedBus()))
    panel.show = around.show
    center.pass_ms(500)
    yield center, panel, box, around
    box.close()
    Device.pin_factory.reset()


def press(center, box, button, ms=80):
    box.drive(button, low=True)
    center.pass_ms(ms, step=10)
    box.drive(button, low=False)
    center.pass_ms(LOCK_OUT_MS + 50, step=10)


def test_buttons_and_their_lamps_through_a_clerks_day(wired):
    center, panel, box, around = wired
    kiosk = center.kiosk()
    label = center.touch(kiosk)
    assert [b for b in Button if box.lit(b)] == [Button.NEXT]
    press(center, box, Button.NEXT)
    assert (panel.me.label, around.sign.shown.text or label) == (label, label)
    assert [b for b in Button if box.lit(b)] == [Button.NEXT, Button.RECALL, Button.NO_SHOW]
    press(center, box, Button.START)
    press(center, box, Button.END)
    assert panel.view.mine.served == 1
    press(center, box, Button.PAUSE)
    assert panel.me.paused == "break" and box.lit(Button.PAUSE) and not box.lit(Button.NEXT)
    press(center, box, Button.NEXT)
    assert not panel.me.paused, "NEXT ends a pause first"
    press(center, box, Button.PAUSE, ms=LONG_MS + 100)
    assert not panel.me.open
    press(center, box, Button.NEXT)
    assert panel.me.open, "a box without a screen opens by NEXT"


def test_bounce_two_at_once_and_a_stuck_button_on_real_mock_pins(wired):
    center, panel, box, _ = wired
    kiosk = center.kiosk()
    for _ in range(4):
        center.touch(kiosk)
    before = len(events(center, ev.CallRequested))
    for _ in range(8):
        box.drive(Button.NEXT, low=True)
        center.pass_ms(4, step=2)
        box.drive(Button.NEXT, low=False)
        center.pass_ms(4, step=2)
    assert len(events(center, ev.CallRequested)) == before + 1, "eight bounces are one press"
    center.pass_ms(500)
    box.drive(Button.NO_SHOW, low=True)
    box.drive(Button.NEXT, low=True)
    center.pass_ms(60, step=10)
    box.drive(Button.NEXT, low=False)
    box.drive(Button.NO_SHOW, low=False)
    assert len(events(center, ev.NoShow)) == 1 and len(events(center, ev.CallRequested)) == before + 1
    center.pass_ms(500)
    box.drive(Button.RECALL, low=True)
    center.pass_ms(9_000)
    assert panel.hands.stuck == {Button.RECALL}
    press(center, box, Button.NEXT)
    assert len(events(center, ev.CallRequested)) == before + 1, "a box with a stuck button is not trusted"
    box.drive(Button.RECALL, low=False)
    center.pass_ms(500)
    press(center, box, Button.NEXT)
    assert not panel.hands.stuck and len(events(center, ev.CallRequested)) == before + 2


def test_next_while_the_hub_is_silent_is_one_wish(wired):
    center, panel, box, _ = wired
    center.touch(center.kiosk())
    center.kill_hub()
    for _ in range(5):
        press(center, box, Button.NEXT)
    assert panel.me.at == At.ASKING
    assert lamps(panel.view)[Button.NEXT] is Lamp.BLINK
    center.start_hub()
    center.pass_ms(12_000)
    assert len(events(center, ev.CallRequested)) == 1


def test_faces_belong_to_the_visit_that_ended_and_count_once(wired):
    center, panel, box, _ = wired
    panel.questions = ("Was the fee what the list says?",)
    center.touch(center.kiosk())
    box.drive_face(3, low=True)
    box.drive_face(3, low=False)
    center.do(panel, Press.NEXT, Press.START)
    ticket = panel.me.ticket
    center.do(panel, Press.END)
    assert panel.view.question == "Was the fee what the list says?"
    for score in (1, 1, 3, 2):
        box.drive_face(score, low=True)
        box.drive_face(score, low=False)
        center.pass_ms(400)
    center.pass_ms(SETTLE_MS)
    center.pass_ms(1_000)
    assert events(center, ev.Rated) == [ev.Rated(ticket, 2, 3, "Was the fee what the list says?")]
    assert panel.view.question == ""


# -- keypad ------------------------------------------------------------------------------------------------


def test_a_keypads_events_are_edges_and_strangers_are_nothing():
    data = spelled(Button.NEXT, down=True) + EVENT.pack(0, 0, 1, 79, 2) + EVENT.pack(0, 0, 0, 0, 0)
    data += EVENT.pack(0, 0, 1, 30, 1) + spelled(Button.NEXT, down=False) + b"torn"
    assert edges(data, 5) == [Edge(Button.NEXT, True, 5), Edge(Button.NEXT, False, 5)]


def test_a_keypad_may_be_pulled_and_plugged_in_again(tmp_path, center):
    path, heard, two = tmp_path / "event3", [], threading.Event()

    def hear(edge):
        heard.append(edge)
        if len(heard) == 4:
            two.set()

    os.mkfifo(path)
    listen(path, center.clock, hear)
    for button in (Button.NEXT, Button.RECALL):
        with open(path, "wb", buffering=0) as plugged:
            plugged.write(spelled(button, down=True))
    assert two.wait(20)
    for button in (Button.NEXT, Button.RECALL):
        downs = [edge.down for edge in heard if edge.button is button]
        assert downs == [True, False], "who disappears with a key down has let go of it"


# -- sign ------------------------------------------------------------------------------------------------------


def picture(bus: RecordedBus) -> Image.Image:
    """What shines, decoded from the bus alone: eight rows a chip, the farthest chip first, each turned as it is wired."""
    whole = Image.new("1", (32, 8))
    for chip in range(4):
        block = Image.new("1", (8, 8))
        for register, values in bus.rows.items():
            for bit in range(8):
                if values[chip] >> bit & 1:
                    block.putpixel((register - 1, bit), 1)
        whole.paste(block.rotate(90), ((3 - chip) * 8, 0))
    return whole


@pytest.mark.parametrize("label", ["A1-023", "B2-1022", "H-7", "0"])
def test_the_matrix_shines_where_the_sign_says(label):
    bus = RecordedBus()
    sign = LedSign("matrix", bus)
    sign.show(Sign(label, "<"))
    shines = {(x, y) for x in range(32) for y in range(8) if picture(bus).getpixel((x, y))}
    assert shines == set(lit(Sign(label, "<"))) and len(shines) > 10
    sent = len(bus.sent)
    sign.show(Sign(label, "<"))
    assert len(bus.sent) == sent, "nothing is sent when nothing changes"
    assert 8 <= sent - 5 <= 40
    sign.show(Sign())
    assert not any(picture(bus).getdata())


REGISTERS = {SCAN_LIMIT: 7, DECODE: 0, DISPLAY_TEST: 0, SHUTDOWN: 1}


@pytest.mark.parametrize("kind", ["matrix", "segments"])
def test_a_sign_that_a_power_dip_put_out_is_lit_again_in_ten_seconds(center, kind):
    bus = RecordedBus()
    around = Around(
        CounterConfig("1", ["id"], sign=SignConfig(kind=kind)), center.clock, center.panel(1), None, LedSign(kind, bus)
    )
    around.show(PanelView("1", ("id",), open=True, at=At.WALKING, label="A1-023"))
    lit_before = dict(bus.rows)
    for _ in range(3):
        bus.sent.clear()
        bus.rows.clear()  # the chips are asleep, and remember nothing
        center.pass_ms(10_000)
        told = {message[0]: message[1] for message in bus.sent if message[0] in REGISTERS}
        assert told == REGISTERS
        assert bus.rows == lit_before


def test_a_sign_that_could_not_be_written_is_written_later():
    class Loose(RecordedBus):
        broken = False

        def data(self, data):
            if self.broken:
                raise OSError(5, "gone")
            super().data(data)

    bus = Loose()
    sign = LedSign("matrix", bus)
    bus.broken = True
    sign.show(Sign("A1-023", "<"))
    bus.broken = False
    sign.refresh()
    assert sign.shown == Sign("A1-023", "<")


def test_every_letter_and_digit_has_a_shape_of_its_own():
    twins = {}
    for letter, columns in GLYPHS.items():
        twins.setdefault(columns, []).append(letter)
    assert [t for t in twins.values() if len(t) > 1] == []


LABELS = st.builds("{}{}-{:03d}".format, st.sampled_from("ABCLZ"), st.integers(1, 99), st.integers(1, 9_999)).filter(
    lambda label: len(label) <= 8
)


@given(LABELS, LABELS)
@example("A1-1003", "A11-003")
@example("A12-1003", "A13-1003")
def test_two_numbers_never_look_alike_on_a_sign(one, other):
    """A1-1003 is not A11-003, and both know who is called."""
    signs = [(lit(Sign(label, "<")), digits(Sign(label, "<"))) for label in (one, other)]
    assert (one == other) == (signs[0][0] == signs[1][0]) == (signs[0][1] == signs[1][1])
    assert all(0 <= x < 32 and 0 <= y < 8 for points, _ in signs for x, y in points)
    assert len(one) > 7 or {x for x, _ in signs[0][0]} >= set(range(27, 32)), "the arrow has its place"


def test_digits_show_the_number_to_the_right():
    bus = RecordedBus()
    LedSign("segments", bus).show(Sign("A1-023", "<"))
    assert len([r for r in bus.rows.values() if any(r)]) == 6


def test_a_pulled_plug_stops_no_counter():
    class Broken(RecordedBus):
        def data(self, data):
            if len(self.sent) > 12:
                raise OSError(5, "gone")
            super().data(data)

    sign = LedSign("matrix", Broken())
    sign.show(Sign("A1-023", "<"))
    assert sign.shown != Sign("A1-023", "<"), "it is tried again with the next word"


def test_a_new_call_blinks_and_then_stands():
    view = PanelView("1", ("id",), open=True, at=At.WALKING, label="A1-023")
    lit_at = [bool(sign_of(view, "left", 0, t).text) for t in range(0, BLINK_MS + 3_000, HALF_MS)]
    assert lit_at == [True, False] * 6 + [True] * 6
    assert sign_of(PanelView("1", ()), "left", None, 0) == Sign()
    assert sign_of(PanelView("1", (), open=True), "left", None, 0).rest == "free"
    assert [short("B2-1022", n) for n in (8, 6, 5, 4)] == ["B2-1022", "B21022", "B1022", "1022"]


# -- who is signed in, who else is there, what the head says ------------------------------------------------


def test_a_clerk_signs_in_by_a_pin_under_a_pseudonym(center):
    center.start_hub()
    panel = center.panel(1)
    center.do(panel, Press.CLOSE)
    panel.sign_ins = SignIns({"lotus": hashed("314159", bytes(16)), "champa": hashed("271828", bytes(16))})
    center.do(panel, Press.OPEN)
    assert (panel.menu.page, panel.me.open) == ("clerk", False)
    center.do(panel, AsClerk("lotus"), *map(Key, "31415"))
    assert panel.menu.typed == "31415"
    center.do(panel, SignIn("lotus", "271828"))
    assert panel.refusal is Refusal.WRONG_PIN and (panel.menu.page, panel.menu.typed) == ("pin", "")
    center.do(panel, SignIn("lotus", "314159"))
    assert panel.me.open and panel.me.clerk == "lotus"
    assert events(center, ev.CounterOpened)[-1].clerk == "lotus"
    center.do(panel, Press.CLOSE)
    for _ in range(3):
        center.do(panel, SignIn("lotus", "000000"))
    assert panel.refusal is Refusal.PIN_LOCKED
    center.do(panel, SignIn("lotus", "314159"))
    assert not panel.me.open, "locked"
    center.clock.advance(LOCKED_MS)
    center.do(panel, SignIn("lotus", "314159"))
    assert panel.me.open
    said = repr(list(center.hub.store.rows()))
    assert not any(pin in said for pin in ("314159", "271828")), "a PIN is in no row"


def test_own_figures_last_a_restart_and_end_with_the_day(center):
    center.start_hub()
    kiosk, panel = center.kiosk(), center.panel(1, ("id",))
    panel.show = lambda _: None
    for _ in range(2):
        center.touch(kiosk)
        center.do(panel, Press.NEXT, Press.START)
        center.pass_ms(6 * 60_000, step=5_000)
        center.do(panel, Press.END)
    assert (panel.view.mine.served, panel.view.mine.mean_min) == (2, 6)
    center.stop("c1")
    again = center.panel(1, ("id",))
    again.show = lambda _: None
    again._show()
    assert again.view.mine.served == 2


def test_own_figures_count_what_was_undone_once_and_from_its_beginning(center):
    """I pressed Finish too early, took it back, and finished two minutes later: that is one service of three minutes."""
    center.start_hub()
    kiosk, panel = center.kiosk(), center.panel(1, ("id",))
    panel.show = lambda _: None
    for _ in range(2):
        center.touch(kiosk)
    center.do(panel, Press.NEXT, Press.START)
    center.pass_ms(60_000, step=1_000)
    center.do(panel, Press.END)
    assert (panel._own.served, panel._own.service_ms // 1_000) == (1, 60)
    center.pass_ms(3_000)
    center.do(panel, desk.Undo())
    assert (panel._own.served, panel._own.service_ms) == (0, 0)
    center.pass_ms(117_000, step=1_000)
    center.do(panel, Press.END)
    assert (panel._own.served, panel._own.service_ms // 1_000) == (1, 180)
    # Who was sent on and taken back was not counted; a call that is undone leaves the service before it as it was.
    center.do(panel, Press.NEXT, Press.START)
    center.pass_ms(60_000, step=1_000)
    center.do(panel, desk.Transfer("land"))
    center.pass_ms(3_000)
    center.do(panel, desk.Undo())
    center.pass_ms(57_000, step=1_000)
    center.touch(kiosk)
    center.do(panel, Press.NEXT)
    assert (panel._own.served, panel._own.service_ms // 1_000) == (2, 300)
    center.do(panel, desk.Undo())
    assert panel.me.at == "idle"
    assert (panel._own.served, panel._own.service_ms // 1_000) == (2, 300)


def test_two_counters_that_hold_one_person_are_told_in_words(center):
    center.start_hub()
    kiosk, one, two = center.kiosk(), center.panel(1, ("id",)), center.panel(2, ("id",))
    board = center.board()
    views = []
    board.show = views.append
    for panel in (one, two):
        panel.show = lambda _: None
    labels = [center.touch(kiosk) for _ in range(3)]
    center.kill_hub()
    for panel in (one, two):  # each believes that it is alone
        panel.box.hall.waiting = panel.box.hall.waiting.__class__(
            **{f: getattr(panel.box.hall.waiting, f) for f in panel.box.hall.waiting.__struct_fields__}
            | {"open_counters": [panel.box.dev]}
        )
        center.do(panel, Press.NEXT)
    center.pass_ms(11_000)
    assert one.me.label == two.me.label == labels[0], "logged as a collision below"
    center.start_hub()
    center.pass_ms(20_000)
    assert len(events(center, ev.CallCollided)) == 1
    assert (one.view.also, two.view.also) == (("2",), ("1",))
    assert views[-1].asked == ((labels[0], ("1", "2")),)
    center.do(two, Press.NO_SHOW)
    center.do(one, Press.START)
    assert one.view.also == () and views[-1].asked == ()


def test_the_heads_word_is_on_every_panel_until_the_day_ends(center):
    hub = center.start_hub()
    panel = center.panel(1)
    panel.show = lambda _: None
    hub.on_wish(ev.HeadSaid("Short meeting after closing"))
    center.touch(center.kiosk(2))  # the first ticket begins the day, and does not end what was said in it
    assert panel.view.notice == "Short meeting after closing"
    center.kill_hub()
    center.start_hub()
    center.settle()
    assert panel.view.notice == "Short meeting after closing"
    center.clock.advance(86_400_000)
    center.touch(center.kiosk())
    assert panel.view.notice == ""


# -- voice -----------------------------------------------------------------------------------------------------


class Voice:
    """A real loudspeaker process that keeps its samples in a file."""

    def __init__(self, folder):
        self.file = folder / "said.raw"
        self.config = HallConfig(speaker=f"file:{self.file}", languages=["en"], volume=4)
        self.now, self.heard, self.woken = 0, [], threading.Condition()
        self.process = VoiceProcess(self.config, lambda: self.now, self.hear)

    def hear(self, spoken):
        with self.woken:
            self.heard.append(spoken)
            self.woken.notify_all()

    def say(self, call):
        return self.process.say(utterance(Turn(call, 0, 0), self.config, SHIPPED, 600))

    def until(self, count):
        with self.woken:
            assert self.woken.wait_for(lambda: len(self.heard) >= count, 30)


def test_the_very_samples_of_a_call_reach_the_loudspeaker(tmp_path):
    voice = Voice(tmp_path)
    assert voice.say(Call("A1-023", "2", 1, lang="en")) and voice.say(Call("B1-001", "4", 2, lang="vi"))
    voice.until(2)
    voice.process.close()
    assert voice.heard == [Spoken(10, True), Spoken(20, True)]
    tokens = [("call_number", *"a1023", "call_counter", "2"), ("call_number", *"b1001", "call_counter", "4")]
    names = [[t if t.startswith("call") else f"say_{t}" for t in one] for one in tokens]
    wanted = sum(
        len(chime().samples) + 16_000 * 250 // 1000 + sum(len(read_clip(SHIPPED / "en" / f"{n}.wav").samples) for n in one)
        + (len(one) - 1) * 16_000 * 90 // 1000 for one in names
    )  # fmt: skip
    assert voice.file.stat().st_size == 2 * wanted
    assert len((tmp_path / "said.raw.said").read_text().splitlines()) == 2


def test_a_dead_voice_is_started_again_later_and_stops_nobody(tmp_path):
    voice = Voice(tmp_path)
    voice.say(Call("A1-001", "1", 1, lang="en"))
    voice.until(1)
    os.kill(voice.process.pid, 9)
    voice.process._child.wait(10)
    assert not voice.say(Call("A1-002", "1", 2, lang="en")), "not before a second has passed"
    voice.now = 1_500
    assert voice.say(Call("A1-003", "1", 3, lang="en"))
    voice.until(2)
    voice.process.close()
    assert [s.number for s in voice.heard] == [10, 30]


def test_a_loudspeaker_that_is_not_there_is_an_answer_not_an_end():
    argv = [sys.executable, "-m", "onedoor", "voice", "play", str(SHIPPED), "--out", "file:/nonexistent/x"]
    wishes = 'nonsense\n{"id": 5, "parts": [["en", ["say_1"]]], "volume": 2}\n{"id": 6, "parts": [], "volume": 0}\n'
    done = subprocess.run(argv, input=wishes, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == [
        '{"id": 0, "said": false}',
        '{"id": 5, "said": false}',
        '{"id": 6, "said": false}',
    ]


@pytest.mark.parametrize("known_ms", [None, 1_795_230_005_000])
def test_what_is_undone_behind_a_power_cut_was_never_served(known_ms):
    """The panel's power failed between END and UNDO: nobody knows the time yet, or it is known again."""
    ten = 1_795_230_000_000
    own = replace(count(own_now(Own(), "a", 0, ten, LAOS), 60_000), left=Left("t", counted=True, took_ms=60_000))
    back = brought_back(own_now(own, "b", 5, known_ms, LAOS), "t")
    after = own_now(back, "b", 10, ten + 6_000, LAOS)
    assert (after.served, after.service_ms, after.timed) == (0, 0, 0)
    assert own_now(own_now(own, "b", 5, known_ms, LAOS), "b", 10, ten + 6_000, LAOS).served == 1, (
        "and if it is not undone it stays"
    )
