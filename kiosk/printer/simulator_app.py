"""`onedoor printer`: the virtual printer as a program of its own."""

import argparse
import logging
import threading
from pathlib import Path
from typing import Any

from kiosk.printer.decode import Paper
from kiosk.printer.simulator import VirtualPrinter
from kiosk.printer.simulator_serial import SPEEDS, SerialFront
from kiosk.printer.tempers import TEMPERS, Faults
from onedoor.device.control import serve


class Tray:
    """Where papers fall: numbered pictures, and the bytes that made them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, paper: Paper) -> None:
        """Keep one paper."""
        self.count += 1
        (self.folder / f"{self.count:05d}.bin").write_bytes(paper.raw)
        paper.image.save(self.folder / f"{self.count:05d}.tmp", "PNG")
        (self.folder / f"{self.count:05d}.tmp").rename(self.folder / f"{self.count:05d}.png")


def main(argv: list[str]) -> int:
    """`onedoor printer --port N --out DIR`: print on pictures until stopped."""
    parser = argparse.ArgumentParser("onedoor printer", description=main.__doc__)
    parser.add_argument("--port", type=int, default=9100)
    parser.add_argument("--width", type=int, default=576, choices=range(384, 833, 8), metavar="DOTS")
    parser.add_argument("--temper", choices=TEMPERS, metavar="NAME", help=", ".join(TEMPERS))
    parser.add_argument("--serial", action="store_true", help="also at the end of a serial line (a pseudo terminal)")
    parser.add_argument("--baud", type=int, default=9600, choices=SPEEDS)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--control", type=Path)
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO)
    tray = Tray(args.out)
    try:
        printer = VirtualPrinter(tray.take, args.width, args.port)
    except OSError as wrong:
        print(f"Port {args.port} cannot be used ({wrong.strerror}). Choose another with --port.")
        return 2

    def hand(what: dict[str, Any]) -> dict[str, Any]:
        match what:
            case {"verb": "fault", "name": str(name), "value": value} if name in Faults.__dataclass_fields__:
                setattr(printer.faults, name, value)
            case {"verb": "temper", "name": str(name)} if name in TEMPERS:
                printer.faults = Faults(**TEMPERS[name])
            case {"verb": "dip"}:
                printer.plan = (1, {"dip": True})
            case {"verb": "repair"}:
                printer.repair()
            case {"verb": "papers"}:
                pass
            case _:
                raise ValueError("verbs: fault NAME VALUE, temper NAME, dip, repair, papers")
        return {"papers": tray.count, "errors": printer.decoder.errors[-5:]}

    if args.control:
        serve(args.control, hand)
    printer.faults = Faults(**TEMPERS.get(args.temper, {}))
    printer.start()
    print(f"virtual printer on 127.0.0.1:{printer.port}, papers in {args.out}", flush=True)
    if args.serial:
        front = SerialFront(printer.port, args.baud)
        front.start()
        print(f"also on serial://{front.name} with {args.baud} baud", flush=True)
    threading.Event().wait()
    return 0
