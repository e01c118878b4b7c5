"""What a box should have and has not: pins, the sign's bus, a screen, Kivy's own file. Each is told; nothing is silent."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.sign_led import RecordedBus, lacks, open_bus
from kiosk import wishes as w
from kiosk.wiring import Wiring
from onedoor.device import gpio
from onedoor.device.clock import VirtualClock
from onedoor.device.config import KioskPins, SignConfig
from onedoor.device.worker import Workers, WorkerSays
from onedoor.look.alarms import ALARMS

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def no_pins(monkeypatch):
    """No GPIO device, and nobody asked for mock pins."""
    monkeypatch.delenv(gpio.FACTORY, raising=False)
    monkeypatch.setattr(gpio, "_missing", [])
    real = Path.glob
    monkeypatch.setattr(Path, "glob", lambda self, name: [] if name == "gpiochip*" else real(self, name))
    yield
    os.environ.pop(gpio.FACTORY, None)


def test_a_box_without_pins_says_so(no_pins, caplog):
    wiring = Wiring(KioskPins(attention_lamp=17, staff_key=6), VirtualClock(), lambda _: None)
    assert gpio.missing() == "/dev/gpiochip0"
    assert "/dev/gpiochip0" in caplog.text
    assert not gpio.simulated()
    assert lacks(SignConfig(kind="matrix"))
    assert {"gpio", "spi"} <= set(ALARMS)
    wiring.close()


def test_who_asked_for_mock_pins_is_not_warned(no_pins, monkeypatch, caplog):
    monkeypatch.setenv(gpio.FACTORY, "mock")
    wiring = Wiring(KioskPins(staff_key=6), VirtualClock(), lambda _: None)
    assert (gpio.missing(), gpio.simulated(), caplog.text) == ("", True, "")
    assert isinstance(open_bus(SignConfig(kind="matrix")), RecordedBus)
    assert caplog.text == ""
    wiring.close()


def test_a_missing_device_is_on_the_staffs_panels(center):
    center.start_hub()
    kiosk, panel = center.kiosk(), center.panel()
    panel.show = lambda _: None
    kiosk.broken = ("gpio",)
    center.do(kiosk, w.Begin())
    center.pass_ms(500)
    assert ("k1", "gpio") in panel.view.alarms


class Wait:
    """Waits when it is told to."""

    def __init__(self):
        self.open = {}

    def __call__(self, seconds, action):
        key = object()
        self.open[key] = action
        return lambda: self.open.pop(key, None)

    def pass_(self):
        while self.open:
            self.open.popitem()[1]()


@pytest.mark.parametrize("name", ["staff_key", "presence"])
@given(bounces=st.integers(0, 6), breaks=st.integers(0, 3))
def test_a_key_is_on_while_it_is_on_and_nobody_sees_a_bounce(name, bounces, breaks):
    wait, heard = Wait(), []
    wiring = Wiring(KioskPins(staff_key=6, presence=13), VirtualClock(), heard.append, wait)
    on, off = (w.Key(True), w.Key(False)) if name == "staff_key" else (w.Near(True), w.Near(False))
    try:
        for _ in range(2):
            heard.clear()
            for _ in range(bounces + breaks):
                wiring.contacts.drive(name, low=True)
                wiring.contacts.drive(name, low=False)
            wiring.contacts.drive(name, low=True)
            wait.pass_()
            assert heard == [on]
            for _ in range(bounces):
                wiring.contacts.drive(name, low=False)
                wiring.contacts.drive(name, low=True)
            wiring.contacts.drive(name, low=False)
            wait.pass_()
            assert heard == [on, off]
    finally:
        wiring.close()


@given(st.lists(st.booleans(), max_size=12))
def test_without_waiting_a_key_ends_where_its_contact_is(moves):
    heard = []
    wiring = Wiring(KioskPins(staff_key=6), VirtualClock(), heard.append)
    try:
        for low in moves:
            wiring.contacts.drive("staff_key", low=low)
        assert (heard[-1] if heard else w.Key(False)) == w.Key(bool(moves and moves[-1]))
    finally:
        wiring.close()


def test_waiting_is_real_and_can_be_taken_back():
    done, never = threading.Event(), threading.Event()
    gpio.later(0.01, never.set)()
    gpio.later(0.02, done.set)
    assert done.wait(10)
    assert not never.is_set()


@pytest.mark.parametrize("name", ["staff_key", "presence"])
def test_a_key_that_was_on_before_the_start_is_heard(name, monkeypatch):
    class Held(gpio._library().Button):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.pin.drive_low()

    monkeypatch.setattr(gpio._library(), "Button", Held)
    heard, wait = [], Wait()
    wiring = Wiring(KioskPins(**{name: 6}), VirtualClock(), heard.append, wait)
    try:
        assert heard == [w.Key(True) if name == "staff_key" else w.Near(True)]
        wiring.contacts.drive(name, low=False)
        wait.pass_()
        assert heard[1:] == [w.Key(False) if name == "staff_key" else w.Near(False)]
    finally:
        wiring.close()


def test_a_key_turned_while_the_kiosk_begins_opens_the_staffs_page_when_it_is_ready(center):
    kiosk = center.kiosk()
    center.stop("k1")
    center.clock.reboot("boot-2")
    kiosk = center.kiosk()
    assert kiosk.screen.value == "starting"
    kiosk.on_wish(w.Key(True))
    assert kiosk.screen.value == "starting", "no number before it is sure"
    center.start_hub()
    center.pass_ms(70_000, 500)
    assert kiosk.screen.value == "staff"
    center.do(kiosk, w.Key(False))
    assert kiosk.screen.value == "welcome"


@given(held_ms=st.integers(1, 20_000), bounces=st.integers(0, 8), apart_ms=st.integers(0, 30))
def test_a_button_that_bounces_when_it_opens_is_pressed_once(held_ms, bounces, apart_ms):
    clock, heard = VirtualClock(), []
    wiring = Wiring(KioskPins(help_button=6), clock, heard.append)
    try:
        for _ in range(2):
            wiring.contacts.drive("help_button", low=True)
            clock.advance(held_ms)
            for _ in range(bounces):
                wiring.contacts.drive("help_button", low=False)
                clock.advance(apart_ms)
                wiring.contacts.drive("help_button", low=True)
            wiring.contacts.drive("help_button", low=False)
            clock.advance(gpio.LOCK_OUT_MS)
        assert heard == [w.Help(button=True)] * 2
    finally:
        wiring.close()


def broken_pin(*_, **__):
    raise RuntimeError("GPIO busy")


def test_a_pin_that_somebody_else_has_costs_no_kiosk(no_pins, monkeypatch, caplog):
    monkeypatch.setenv(gpio.FACTORY, "mock")
    monkeypatch.setattr(gpio._library(), "Button", broken_pin)
    monkeypatch.setattr(gpio._library(), "LED", broken_pin)
    wiring = Wiring(KioskPins(attention_lamp=17, staff_key=6), VirtualClock(), lambda _: None)
    wiring.show(True, True)
    assert gpio.missing() == "GPIO 6"
    assert "GPIO busy" in caplog.text
    assert gpio.Pins().look(0) == "failed"
    wiring.close()


def test_a_lamp_that_fails_while_the_box_runs_is_told_and_stops_nobody(no_pins, monkeypatch):
    monkeypatch.setenv(gpio.FACTORY, "mock")
    pins = gpio.Pins()
    lamps = gpio.Lamps({"paper_lamp": 17})
    assert pins.look(0) == ""
    monkeypatch.setattr(lamps._lamps["paper_lamp"], "on", broken_pin)
    monkeypatch.setattr(lamps._lamps["paper_lamp"], "blink", broken_pin)
    lamps.show("paper_lamp", on=True)
    lamps.blink("paper_lamp")
    assert pins.look(1_000) == "failed"
    lamps.close()


def test_pins_that_go_away_while_the_box_runs_are_on_the_staffs_panels(no_pins, monkeypatch, tmp_path):
    monkeypatch.undo()
    monkeypatch.delenv(gpio.FACTORY, raising=False)
    monkeypatch.setattr(gpio, "_missing", [])
    pins, said = gpio.Pins(tmp_path), []
    assert pins.look(0) == "", "nobody knows of any"
    (tmp_path / "gpiochip4").touch()
    workers = Workers(said.append)
    workers.add(pins)
    workers.look(1_000)
    (tmp_path / "gpiochip4").unlink()
    workers.look(2_000)
    (tmp_path / "gpiochip4").touch()
    workers.look(3_000)
    assert said == [WorkerSays("gpio", "failed")], "who was connected to them hears nothing until the box starts again"
    assert workers.well(), "it gives numbers all the same"


START = """
import sys
from onedoor.device.config import ScreenConfig
from onedoor.screen.setup import prepare
prepare(ScreenConfig(800, 480), "x", sys.argv[1])
from kivy.core.window import Window
assert Window is not None
"""


def start(folder, **env):
    clean = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "SDL_VIDEODRIVER")}
    argv = [sys.executable, "-c", START, str(folder)]
    return subprocess.run(argv, cwd=ROOT, env=clean | env, capture_output=True, text=True, timeout=60, check=False)


def test_kivys_own_file_may_be_cut_anywhere(tmp_path):
    assert start(tmp_path).returncode == 0
    file = tmp_path / "kivy" / "config.ini"
    whole = file.read_bytes()
    for cut in (b"", whole[:7], whole[: len(whole) // 3], whole[: len(whole) // 2] + b"\x00" * 40, b"\xff\xfe[kivy"):
        file.write_bytes(cut)
        done = start(tmp_path)
        assert done.returncode == 0, done.stderr
        assert file.with_suffix(".old").read_bytes() == cut, "put aside, for whoever wants to see it"


@pytest.mark.skipif(any(Path("/dev/dri").glob("card*")), reason="there is a screen here")
def test_a_box_without_a_screen_says_what_to_do(tmp_path):
    done = start(tmp_path, ONEDOOR_KMS="1")
    assert "NoScreen" in done.stderr
    assert "vc4-kms-v3d" in done.stderr
