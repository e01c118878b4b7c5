"""The display programs: `onedoor hall` (board) and `onedoor counter` (panel)."""

import argparse
import logging
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from display.board import Board
from display.buttons import KEYS, ButtonBox
from display.panel import Panel, PanelView, Press
from onedoor.device.boxes import make_box, make_screen_box
from onedoor.device.catalogue import load_catalogue
from onedoor.device.clock import SystemClock
from onedoor.device.config import ConfigError, DeviceConfig, for_role
from onedoor.device.journal import JournalError
from onedoor.device.runner import Runner
from onedoor.look.theme import ShapingError

if TYPE_CHECKING:
    from onedoor.screen.stage import Stage


def build_hall(config: DeviceConfig) -> "Stage":
    """The hall board with its real parts."""
    from onedoor.screen.setup import prepare

    prepare(config.screen, "OneDoor hall board", config.data)
    from display.screen.board import HEIGHT, BoardScreen
    from onedoor.screen.stage import Stage

    clock = SystemClock(vouched=config.clock_vouched)
    catalogue = load_catalogue(config.catalogue, config.catalogue_local, config.catalogue_key)
    box = make_screen_box(config, clock)
    board = Board(box, clock, catalogue)
    screen = BoardScreen(catalogue, config.title_lo, config.title_en, clock)

    def verb(_what: dict[str, Any]) -> dict[str, Any]:
        view = stage.view
        return (
            {"calls": [(c.label, c.counter) for c in view.calls], "fresh": view.fresh, "newest": view.newest}
            if view
            else {}
        )

    runner = Runner(board, box.link, clock)
    stage = Stage(runner, clock, screen.draw, HEIGHT, urgent=lambda v: (v.newest, v.fresh), verb=verb)
    board.show = stage.show
    return stage


def build_counter(config: DeviceConfig) -> "Stage":
    """A counter's panel with its real parts."""
    assert config.counter is not None
    from onedoor.screen.setup import prepare

    prepare(config.screen, f"OneDoor counter {config.counter.number}", config.data, pointer=True)
    from display.screen.panel import HEIGHT, PanelScreen
    from onedoor.screen.stage import Stage

    clock = SystemClock(vouched=config.clock_vouched)
    catalogue = load_catalogue(config.catalogue, config.catalogue_local, config.catalogue_key)
    box, sender = make_box(config, clock, secrets.token_hex(8))
    services = {s.id: s.queue for s in catalogue.services}
    panel = Panel(
        box, sender, clock, config.counter.number, tuple(config.counter.queues),
        services=services, all_queues=catalogue.all_queues(),
    )  # fmt: skip
    runner = Runner(panel, box.link, clock)
    buttons = ButtonBox(config.counter.pins, clock, runner.post) if config.counter.buttons else None
    screen = PanelScreen(catalogue, clock, runner.post)

    def verb(what: dict[str, Any]) -> dict[str, Any]:
        if what.get("verb") == "pin" and buttons is not None:
            at_ms = clock.mono_ms()
            buttons.drive(Press(what["press"]), low=bool(what["low"]))
            return {"at_ms": at_ms}
        view = stage.view
        if view is None:
            return {}
        return {
            "open": view.open, "at": view.at.value, "label": view.label, "fresh": view.fresh,
            "degraded": view.degraded, "unsent": view.unsent, "waiting": view.waiting,
            "pressed": view.pressed, "nobody": view.nobody, "refusal": view.refusal, "paused": view.paused,
            "menu": view.menu.page, "typed": view.menu.typed, "leg": view.leg, "cls": view.cls,
            "parked": list(view.me.parked), "booked": view.booked,
            "alarms": list(view.alarms),
        }  # fmt: skip

    def urgent(view: PanelView) -> object:
        return (
            view.open,
            view.at,
            view.label,
            view.fresh,
            view.degraded,
            view.nobody,
            view.menu,
            view.refusal,
            view.paused,
            view.booked,
            view.alarms,
        )

    def key(text: str) -> None:
        if text in KEYS:
            runner.post(KEYS[text])

    stage = Stage(runner, clock, screen.draw, HEIGHT, urgent=urgent, verb=verb, keys=key)
    panel.show = stage.show
    return stage


def _run(argv: list[str], role: str, name: str, build: Callable[[DeviceConfig], "Stage"]) -> int:
    parser = argparse.ArgumentParser(f"onedoor {name}")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--control", type=Path, help="a simulator's hand listens here")
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        stage = build(for_role(args.config, role))
    except (ConfigError, JournalError, ShapingError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    return stage.play(args.control)


def main_hall(argv: list[str]) -> int:
    """`onedoor hall --config FILE`."""
    return _run(argv, "hall", "hall", build_hall)


def main_counter(argv: list[str]) -> int:
    """`onedoor counter --config FILE`."""
    return _run(argv, "counter", "counter", build_counter)
