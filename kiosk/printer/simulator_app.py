"""`onedoor printer`: the virtual printer as a program of its own."""

import argparse
import logging
import threading
from pathlib import Path
from typing import Any

from kiosk.printer.decode import Paper
from kiosk.printer.simulator import Faults, VirtualPrinter
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
    parser.add_argument("--width", type=int, default=576, choices=(384, 512, 576))
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
            case {"verb": "repair"}:
                printer.repair()
            case {"verb": "papers"}:
                pass
            case _:
                raise ValueError("verbs: fault NAME VALUE, repair, papers")
        return {"papers": tray.count, "errors": printer.decoder.errors[-5:]}

    if args.control:
        serve(args.control, hand)
    printer.start()
    print(f"virtual printer on 127.0.0.1:{printer.port}, papers in {args.out}", flush=True)
    threading.Event().wait()
    return 0
