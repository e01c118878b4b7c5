"""The kiosk program: the one place that knows the real parts."""

import argparse
import logging
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.core import Kiosk
from kiosk.flow import Screen
from kiosk.layout import Layout, layout_of
from kiosk.pace import Pace
from kiosk.paperwork import Fitted, PrintWorker
from kiosk.printer.driver import printer_for
from kiosk.printer.knows import FileMemory
from kiosk.session import Session
from kiosk.view import KioskView
from kiosk.wiring import Wiring
from onedoor.device.boxes import make_box
from onedoor.device.catalogue import load_book
from onedoor.device.center_rules import rules_of
from onedoor.device.clock import SystemClock
from onedoor.device.config import ConfigError, DeviceConfig, KioskConfig, KioskPins, for_role
from onedoor.device.good import keep_good
from onedoor.device.gpio import Pins, later, missing
from onedoor.device.joining import newest_aside
from onedoor.device.journal import JournalError
from onedoor.device.quiet import log_quietly
from onedoor.device.runner import MARK, Runner
from onedoor.look.theme import ShapingError
from onedoor.voice.pack import spoilt
from onedoor.voice.speaker import SHIPPED, Speaker

log = logging.getLogger("onedoor.kiosk")

if TYPE_CHECKING:
    from onedoor.screen.stage import Stage


def printers_of(config: KioskConfig, data: Path) -> list[Fitted]:
    """The printers that are fitted, the first one first; what is learned of them is kept under `data`."""
    fitted = [(config.printer, config.profile)]
    if config.printer_2 != "none":
        fitted.append((config.printer_2, config.profile_2))
    return [
        Fitted(
            printer_for(address, profile, FileMemory(data / "printers", address)),
            left_mm=config.roll_m * 1000 or None, dpi=profile.dpi,
        )
        for address, profile in fitted
    ]  # fmt: skip


def print_worker(own: KioskConfig, data: Path, layout: Layout) -> PrintWorker:
    """The kiosk's printers, with names for their papers that begin anywhere."""
    return PrintWorker(printers_of(own, data), layout, number=secrets.randbelow(10_000))


def make_kiosk(config: DeviceConfig, clock: SystemClock, worker: PrintWorker) -> Kiosk:
    """The device, with everything its file says."""
    own = config.kiosk
    assert own is not None
    book = load_book(config.catalogue, config.catalogue_local, config.catalogue_key)
    box, sender = make_box(config, clock, secrets.token_hex(8))
    kiosk = Kiosk(box, sender, clock, book.catalogue, own.slot, own.alone, worker)
    kiosk.hours = rules_of(book, config.zone).hours
    kiosk.prints_slip = own.closing_slip
    kiosk.pace = Pace(own.tickets_a_minute)
    kiosk.pin = own.pin
    kiosk.languages = tuple(own.languages)
    kiosk.starting.aside = lambda: newest_aside(Path(config.data), config.dev)
    kiosk.roll, kiosk.give_up = worker.roll, worker.give_up
    return kiosk


def give_voice(kiosk: Kiosk, runner: Runner, own: KioskConfig) -> None:
    """The kiosk's loudspeaker, if one is fitted."""
    if own.speaker == "none":
        return
    packs = Path(own.voice) if own.voice else SHIPPED
    if damaged := spoilt(packs):
        log.error("the voice's recordings: %s", ", ".join(map(str, damaged[:9])))
        kiosk.box.needs.set("voice_pack", needed=True)
    speaker = Speaker(packs, own.speaker, runner.post)
    runner.workers.add(speaker.worker)
    kiosk.speak = lambda clips: speaker.say(clips.lang, clips.tokens)
    kiosk.loud = lambda volume: setattr(speaker, "volume", volume)


def build(config: DeviceConfig) -> "Stage":
    """The kiosk with its real parts."""
    own = config.kiosk
    assert own is not None
    layout = layout_of(config.center, (config.title_lo, config.title_en), own.width_dots, own.paper, config.zone)
    from onedoor.screen.setup import prepare

    prepare(config.screen, f"OneDoor kiosk {config.dev}", config.data)
    from kiosk.screen.draw import HEIGHT, KioskScreen
    from onedoor.screen.stage import Stage

    clock = SystemClock(vouched=config.clock_vouched, folder=Path(config.data))
    worker = print_worker(own, Path(config.data), layout)
    kiosk = make_kiosk(config, clock, worker)
    runner = Runner(kiosk, kiosk.box.link, clock, mark=Path(config.data) / MARK)
    worker.post = runner.post
    worker.start()
    runner.workers.add(worker.worker)
    give_voice(kiosk, runner, own)
    wiring = Wiring(own.pins, clock, runner.post, later)
    kiosk.broken = ("gpio",) if missing() else ()
    if own.pins != KioskPins():
        runner.workers.add(Pins())
    kiosk.lamps = wiring.show
    screen = KioskScreen(kiosk.catalogue, config.title_lo, config.title_en, runner.post)

    def urgent(view: KioskView) -> object:
        return (
            view.session, view.label, view.ahead, view.fault, view.fresh, view.closed, view.hold, view.countdown,
            view.help, view.printers, view.reason, view.staff, view.languages, view.pin_wrong,
        )  # fmt: skip

    def verb(what: dict[str, Any]) -> dict[str, Any]:
        match what:
            case {"verb": "pin", "name": str(name), "low": low}:
                wiring.contacts.drive(name, low=bool(low))
            case {"verb": "lamps"}:
                return {name: wiring.lamps.lit(name) for name in ("attention_lamp", "paper_lamp")}
        view: KioskView | None = stage.view
        return shown(view) if view else {}

    stage = Stage(runner, clock, screen.draw, HEIGHT, urgent=urgent, verb=verb)
    kiosk.show = stage.show
    stage.fault_view = KioskView(Session(screen=Screen.FAULT))
    return stage


def shown(view: KioskView) -> dict[str, Any]:
    """What a simulator's hand may know of the screen."""
    session = view.session
    return {
        "screen": view.screen.value, "lang": view.lang, "label": view.label, "fault": view.fault,
        "unsent": view.unsent, "fresh": view.fresh, "cls": session.cls, "service": session.service,
        "intent": session.intent, "typed": session.typed, "appointment": session.appointment,
        "receipt": session.receipt, "place": list(session.place), "spoken": session.spoken, "hold": view.hold,
        "closed": list(view.closed), "help": view.help, "printers": list(view.printers), "reason": view.reason,
        "countdown": view.countdown, "staff": view.staff.page, "note": view.staff.note,
    }  # fmt: skip


def main(argv: list[str]) -> int:
    """`onedoor kiosk --config FILE`."""
    parser = argparse.ArgumentParser("onedoor kiosk", description=main.__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--control", type=Path, help="a simulator's hand listens here")
    args = parser.parse_args(argv)
    log_quietly(SystemClock().mono_ms)
    config = None
    try:
        config = for_role(args.config, "kiosk")
        stage = build(config)
    except Exception as wrong:
        if not isinstance(wrong, ConfigError | JournalError | ShapingError):
            log.exception("the kiosk cannot start")
        failed = wrong
    else:
        keep_good(args.config, config)
        return stage.play(args.control)
    from onedoor.screen.last import show_last

    return show_last(failed, args.config, config, SystemClock(), args.control)
