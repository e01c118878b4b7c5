"""`onedoor paper`: draw any paper of a kiosk into a PNG, with the center's own head and foot, without printing it."""

import argparse
import sys
from pathlib import Path

from kiosk.jobs import Job, ListJob, PrintJob, SlipJob
from kiosk.layout import layout_of
from kiosk.paperwork import PrintWorker
from onedoor.device.catalogue import Service, load_book
from onedoor.device.center_rules import rules_of
from onedoor.device.clock import SystemClock
from onedoor.device.config import ConfigError, for_role
from onedoor.hall.events import RowId
from onedoor.hall.hours import promised_day
from onedoor.hall.rules import Hours
from onedoor.hall.tickets import receipt_of
from onedoor.hall.zone import day_of
from onedoor.look.texts import LANGUAGES
from onedoor.look.theme import ShapingError, check_shaping

KINDS = ("ticket", "duplicate", "list", "collect", "sorry", "test")


def sample(kind: str, service: Service, lang: str, now_ms: int, hours: Hours) -> Job:
    """A paper of this kind with made-up number and code."""
    day = day_of(now_ms, hours.zone)
    promised = promised_day(hours, day, max(1, service.days))
    row = RowId("k1.0000000000000000.1")
    if kind == "list":
        return ListJob(service, lang, now_ms)
    if kind in ("collect", "sorry", "test"):
        facts = (("kiosk", "k1"), ("printer 1", "ok, 50 m"))
        return SlipJob(kind, lang, now_ms, service, receipt_of(row), promised, facts=facts if kind == "test" else ())
    return PrintJob(
        row, f"{service.prefix}1-023", service, lang, now_ms, 5, receipt=receipt_of(row) if service.days else "",
        promised=promised if service.days else "", duplicate=kind == "duplicate", zone=hours.zone,
    )  # fmt: skip


def main(argv: list[str]) -> int:
    """`onedoor paper --config FILE --out FILE.png`: what a paper will look like."""
    parser = argparse.ArgumentParser("onedoor paper", description=main.__doc__)
    parser.add_argument("--config", type=Path, required=True, help="the device.toml of a kiosk")
    parser.add_argument("--kind", choices=KINDS, default="ticket")
    parser.add_argument("--service", default="")
    parser.add_argument("--lang", choices=tuple(LANGUAGES), default="lo")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    try:
        check_shaping()
        config = for_role(args.config, "kiosk")
        assert config.kiosk is not None
        own = config.kiosk
        layout = layout_of(config.center, (config.title_lo, config.title_en), own.width_dots, own.paper, config.zone)
        book = load_book(config.catalogue, config.catalogue_local, config.catalogue_key)
        service = book.catalogue.get(args.service) if args.service else book.catalogue.services[0]
        if service is None:
            known = ", ".join(s.id for s in book.catalogue.services)
            print(f"There is no service '{args.service}'. Known: {known}.", file=sys.stderr)
            return 2
        job = sample(
            args.kind, service, args.lang, SystemClock(vouched=True).wall_ms(), rules_of(book, config.zone).hours
        )
        PrintWorker([], layout).draw(job).save(args.out)
    except (ConfigError, ShapingError, OSError, ValueError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    print(args.out)
    return 0
