"""The display programs: `onedoor hall` (board with its voice) and `onedoor counter` (panel, buttons, sign)."""

import argparse
import logging
import secrets
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from display.board import Board
from display.booking import Codes
from display.buttons import KEYS, ButtonBox
from display.gestures import Button, Once
from display.hall_voice import VoiceProcess, packs_of, utterance
from display.hands import Hands, lamps
from display.keypad import listen
from display.media import pictures_in
from display.panel import Panel
from display.panel_view import PanelView
from display.presses import BIG, Press
from display.sign import next_change_ms, sign_of
from display.sign_led import REFRESH_MS, LedSign, lacks, open_sign
from display.signing import SignIns
from onedoor.device.boxes import make_box, make_screen_box
from onedoor.device.catalogue import load_catalogue
from onedoor.device.clock import Clock, SystemClock
from onedoor.device.config import ConfigError, CounterConfig, DeviceConfig, HallConfig, for_role
from onedoor.device.control import serve
from onedoor.device.good import keep_good
from onedoor.device.gpio import Pins, missing
from onedoor.device.journal import JournalError
from onedoor.device.quiet import log_quietly
from onedoor.device.runner import MARK, Ending, Runner
from onedoor.device.worker import WorkerSays
from onedoor.hall.desk import At
from onedoor.look.theme import ShapingError
from onedoor.voice.pack import spoilt

if TYPE_CHECKING:
    from onedoor.screen.stage import Stage


log = logging.getLogger("onedoor.display")

SIGN_AGAIN_MS = 10_000


def build_hall(config: DeviceConfig) -> "Stage":
    """The hall board with its real parts."""
    from onedoor.screen.setup import prepare

    prepare(config.screen, "OneDoor hall board", config.data)
    from display.screen.board import HEIGHT, BoardScreen
    from onedoor.screen.stage import Stage

    clock = SystemClock(vouched=config.clock_vouched, folder=Path(config.data))
    catalogue = load_catalogue(config.catalogue, config.catalogue_local, config.catalogue_key)
    box, own = make_screen_box(config, clock), config.hall or HallConfig()
    board = Board(box, clock, catalogue, own, pictures=pictures_in(own.media))
    board.time.zone = config.zone
    screen = BoardScreen(catalogue, config.title_lo, config.title_en, clock)
    runner = Runner(board, box.link, clock, mark=Path(config.data) / MARK)
    if own.speaker != "none":
        if damaged := spoilt(packs_of(own)):
            log.error("the voice's recordings: %s", ", ".join(map(str, damaged[:9])))
            box.needs.set("voice_pack", needed=True)
        voice = VoiceProcess(own, clock.mono_ms, runner.post)
        voice.told = lambda how: runner.post(WorkerSays("voice", how))
        board.say, board.hung = voice.say, voice.hung
        board.plan = lambda turn, minute, brief: utterance(turn, own, packs_of(own), minute, brief=brief)

    def verb(_what: dict[str, Any]) -> dict[str, Any]:
        view, announcer = stage.view, board.announcer
        if view is None:
            return {}
        return {
            "calls": [(c.label, c.counter) for c in view.calls], "fresh": view.fresh, "newest": view.newest,
            "loud": view.loud.label if view.loud else "", "said": announcer.said, "passed": announcer.passed_over,
            "left": len(announcer.waiting), "back": list(view.back), "asked": [label for label, _ in view.asked],
        }  # fmt: skip

    stage = Stage(runner, clock, screen.draw, HEIGHT, urgent=lambda v: (v.newest, v.fresh, v.loud, v.asked), verb=verb)
    board.show = stage.show
    return stage


@dataclass(slots=True)
class Around:
    """What is wired around a counter's panel: it sees every view."""

    own: CounterConfig
    clock: Clock
    panel: Panel
    buttons: ButtonBox | None = None
    sign: LedSign | None = None
    open_sign: Callable[[], LedSign] | None = None
    """Finds the sign, if one is fitted."""
    also: Callable[[PanelView], None] = lambda _: None
    shown: list[tuple[int, int]] = field(default_factory=list)
    """When the sign had a new call: how many calls there were, and the monotonic time."""
    _told: int = 0
    _called_ms: int | None = None
    _missed_ms: int | None = None

    def show(self, view: PanelView) -> None:
        """Screen, lamps and sign."""
        self.also(view)
        if self.buttons is not None:
            stuck = self.panel.hands.stuck if self.panel.hands else set()
            self.buttons.show(lamps(view, frozenset(stuck)))
        if view.told != self._told:
            self._told, self._called_ms = view.told, self.clock.mono_ms()
        if self.sign is not None or self.open_sign is not None:
            self._light(view)

    def _find(self, now: int) -> LedSign | None:
        """The sign; one that is not there, or would not be opened, is tried again."""
        if self.sign is None and self.open_sign is not None:
            if self._missed_ms is not None and now - self._missed_ms < SIGN_AGAIN_MS:
                return None
            try:
                self.sign = self.open_sign()
            except OSError as wrong:
                log.warning("the sign: %s", wrong)
                self._missed_ms = now
        return self.sign

    def _light(self, view: PanelView) -> None:
        now = self.clock.mono_ms()
        sign = self._find(now)
        if sign is None:
            self._dark(view, dark=True)
            return
        before = sign.shown
        sign.show(sign_of(view, self.own.sign.side, self._called_ms, now))
        if view.label and sign.shown.text and sign.shown != before:
            self.shown.append((view.told, self.clock.mono_ms()))
            del self.shown[:-2_000]
        self._dark(view, dark=sign.dark)
        self.panel.timers.start_if_idle("sign", REFRESH_MS, self._refresh)
        wait = next_change_ms(self._called_ms, now)
        if wait is not None:
            self.panel.timers.start("blink", max(1, wait), lambda: self._light(self.panel.view or view))

    def _dark(self, view: PanelView, *, dark: bool) -> None:
        """A sign that stays dark sends people to the wrong place: it is told, and tried again."""
        self.panel.box.needs.set("sign", needed=dark)
        if dark:
            again = lambda: self._light(self.panel.view or view)  # noqa: E731
            self.panel.timers.start("sign again", SIGN_AGAIN_MS, again)

    def _refresh(self) -> None:
        """Whatever a dip of the power has put out is lit again."""
        if self.sign is not None:
            self.sign.refresh()
            self.panel.box.needs.set("sign", needed=self.sign.dark)
            self.panel.timers.start("sign", REFRESH_MS, self._refresh)


def make_counter(config: DeviceConfig, clock: SystemClock) -> tuple[Panel, Runner, Around]:
    """A counter with everything but its screen."""
    own = config.counter
    assert own is not None
    catalogue = load_catalogue(config.catalogue, config.catalogue_local, config.catalogue_key)
    box, sender = make_box(config, clock, secrets.token_hex(8))
    services = {s.id: s.queue for s in catalogue.services}
    panel = Panel(
        box, sender, clock, own.number, tuple(own.queues), services=services, all_queues=catalogue.all_queues(),
        sign_ins=SignIns(dict(own.clerks)), questions=tuple(own.questions),
        codes=Codes(own.code_place),
    )  # fmt: skip
    runner = Runner(panel, box.link, clock, mark=Path(config.data) / MARK)
    panel.hands = Hands(panel.timers, panel.on_wish, panel.rated, clock.mono_ms)
    around = Around(own, clock, panel)
    if own.buttons:
        around.buttons = ButtonBox(own.pins, clock, runner.post)
        runner.workers.add(Pins())
    if own.keypad:
        runner.workers.add(listen(Path(own.keypad), clock, runner.post).worker)
    if own.sign.kind != "none":
        around.open_sign = lambda: open_sign(own.sign)
    broken = (["gpio"] if missing() else []) + (["spi"] if own.sign.kind != "none" and lacks(own.sign) else [])
    if broken:
        # On this panel at once, whether there is a broker or not; on the others by the box's info.
        box.alarms = broken
        box.hall.alarms[box.dev] = tuple(box.all_alarms)
    panel.show = around.show
    return panel, runner, around


def verbs(panel: Panel, around: Around) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A simulator's hand on a counter: it presses pins and faces, and sees what is shown."""

    def verb(what: dict[str, Any]) -> dict[str, Any]:
        match what:
            case {"verb": "pin", "press": str(name), "low": low} if around.buttons is not None:
                at_ms = around.clock.mono_ms()
                around.buttons.drive(Button(name), low=bool(low))
                return {"at_ms": at_ms}
            case {"verb": "face", "score": int(score), "low": low} if around.buttons is not None:
                around.buttons.drive_face(score, low=bool(low))
                return {}
            case {"verb": "lit"} if around.buttons is not None:
                return {button.value: around.buttons.lit(button) for button in Button}
            case {"verb": "sign"}:
                sign = around.sign.shown if around.sign else None
                return {"text": sign.text, "rest": sign.rest, "shown": list(around.shown)} if sign else {}
        view = panel.view
        return shown(view) if view else {}

    return verb


def shown(view: PanelView) -> dict[str, Any]:
    """What a simulator's hand may know of a panel; never what is typed of a PIN."""
    return {
        "open": view.open, "at": view.at.value, "label": view.label, "fresh": view.fresh,
        "degraded": view.degraded, "unsent": view.unsent, "waiting": view.waiting,
        "pressed": view.pressed, "nobody": view.nobody, "refusal": view.refusal, "paused": view.paused,
        "menu": view.menu.page, "typed": "" if view.menu.page == "pin" else view.menu.typed, "leg": view.leg,
        "cls": view.cls, "parked": list(view.me.parked), "booked": view.booked, "clerk": view.clerk,
        "alarms": list(view.alarms), "notice": view.notice, "also": list(view.also), "served": view.mine.served,
        "question": view.question, "asks": view.asks.first_label if view.asks else "", "time": view.time.zero_ms,
    }  # fmt: skip


def build_counter(config: DeviceConfig) -> "Stage":
    """A counter's panel with its real parts."""
    assert config.counter is not None
    from onedoor.screen.setup import prepare

    prepare(config.screen, f"OneDoor counter {config.counter.number}", config.data, pointer=True)
    from display.screen.panel import HEIGHT, PanelScreen
    from onedoor.screen.stage import Stage

    clock = SystemClock(vouched=config.clock_vouched, folder=Path(config.data))
    panel, runner, around = make_counter(config, clock)
    catalogue = load_catalogue(config.catalogue, config.catalogue_local, config.catalogue_key)
    once = Once()

    def post(wish: object, *, touched: bool = True) -> None:
        place = BIG if touched and wish in BIG else wish
        if not isinstance(wish, Press) or once.counts(place, clock.mono_ms()):
            runner.post(wish)

    screen = PanelScreen(catalogue, clock, post)

    def urgent(view: PanelView) -> object:
        if view.at is At.ASKING:
            return None  # the answer is here before a frame is drawn; "calling" is for the case that it is not
        return (
            view.open, view.at, view.label, view.fresh, view.degraded, view.nobody, view.menu, view.refusal,
            view.paused, view.booked, view.not_booked, view.alarms, view.notice, view.also, view.question, view.told,
            view.given_told, view.ask_time, view.unsure,
        )  # fmt: skip

    def key(text: str) -> None:
        if text in KEYS:
            post(KEYS[text], touched=False)

    stage = Stage(runner, clock, screen.draw, HEIGHT, urgent=urgent, verb=verbs(panel, around), keys=key)
    around.also = stage.show
    return stage


def play_counter(config: DeviceConfig, good: Callable[[], None], control: Path | None) -> int:
    """A counter without a touch screen: buttons, lamps and sign."""
    ending = Ending()
    panel, runner, around = make_counter(config, SystemClock(vouched=config.clock_vouched, folder=Path(config.data)))
    good()
    if control is not None:
        runner.workers.add(serve(control, verbs(panel, around)))
    ending.of(runner)
    worker = threading.Thread(target=runner.run, name="device")
    worker.start()
    ending.wait_for(worker)
    if runner.failed:
        print(runner.failed, file=sys.stderr)
    return runner.code


def _run(
    argv: list[str], role: str, name: str, play: Callable[[DeviceConfig, Callable[[], None], Path | None], int]
) -> int:
    """`play` is told whom to call when everything that the configuration names was found to be good."""
    parser = argparse.ArgumentParser(f"onedoor {name}")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--control", type=Path, help="a simulator's hand listens here")
    args = parser.parse_args(argv)
    log_quietly(SystemClock().mono_ms)
    config: DeviceConfig | None = None
    try:
        config = for_role(args.config, role)
        return play(config, partial(keep_good, args.config, config), args.control)
    except Exception as error:  # noqa: BLE001 - whatever it is, a person has to see it
        wrong = error
    if not isinstance(wrong, ConfigError | JournalError | ShapingError):
        log.error("%s cannot start", name, exc_info=wrong)
    if config is not None and config.counter is not None and not config.counter.panel:
        print(wrong, file=sys.stderr)
        return 2
    from onedoor.screen.last import show_last

    return show_last(wrong, args.config, config, SystemClock(), args.control)


def main_hall(argv: list[str]) -> int:
    """`onedoor hall --config FILE`."""

    def play(config: DeviceConfig, good: Callable[[], None], control: Path | None) -> int:
        stage = build_hall(config)
        good()
        return stage.play(control)

    return _run(argv, "hall", "hall", play)


def main_counter(argv: list[str]) -> int:
    """`onedoor counter --config FILE`."""

    def play(config: DeviceConfig, good: Callable[[], None], control: Path | None) -> int:
        if config.counter is not None and not config.counter.panel:
            return play_counter(config, good, control)
        stage = build_counter(config)
        good()
        return stage.play(control)

    return _run(argv, "counter", "counter", play)
