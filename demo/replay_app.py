"""`onedoor replay`: a day of a log on the real hall board (and a counter's panel), at any speed.

Policy. The board and the panel are the shipped programs in a center of its own, called `replay`: its topics carry
that name, its title on the board says which day is shown, its broker listens on loopback alone. The log is only read.
"""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from demo import people
from demo.app import write_boxes
from demo.plan import Hall
from demo.processes import Center, DemoError, free_ports
from onedoor.device.clock import SystemClock, pause
from onedoor.hall.events import RulesSet
from onedoor.hall.hours import is_day, spelled_day
from onedoor.hall.zone import LAOS, day_of
from onedoor.wire.rows import LogRow
from reports.dates import day_text
from reports.entries import entries_of
from reports.files import BadRow, NotALog
from reports.reading import days_in
from reports.reading_acts import KINDS
from reports.source import export, rows_of


def main(argv: list[str]) -> int:
    """Show a day of a log on the hall board as if it happened now."""
    parser = argparse.ArgumentParser("onedoor replay", description=main.__doc__)
    parser.add_argument("path", type=Path, help="log.jsonl, or a hub's data folder")
    parser.add_argument("--day", default="", help="YYYY-MM-DD; the last day of the log if none")
    parser.add_argument(
        "--speed", type=float, default=60, help="so many times quicker than it was (60: a minute a second)"
    )
    parser.add_argument("--panel", action="store_true", help="a counter's panel beside the board")
    parser.add_argument("--headless", action="store_true", help="off screen")
    parser.add_argument("--pictures", type=Path, help="keep a picture of the board here every few seconds")
    args = parser.parse_args(argv)
    if not args.headless and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        print(
            "There is no screen here. Start it on a machine with one, or with --headless --pictures FOLDER.",
            file=sys.stderr,
        )
        return 2
    if not 0 < args.speed <= 3600:
        print("--speed: from just above 0 to 3600.", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        day = _day(args)
    except (NotALog, BadRow, ValueError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="onedoor-replay-") as folder:
        center = Center(Path(folder), SystemClock(vouched=True), args.headless)
        try:
            begin(center, args, day)
            return _watch(center, args, day)
        except KeyboardInterrupt:
            return 0
        except (DemoError, people.Stuck, OSError, RuntimeError) as wrong:
            print(f"The replay cannot go on: {wrong}", file=sys.stderr)
            return 2
        finally:
            center.stop()


def _day(args: argparse.Namespace) -> str:
    """The day to show. ValueError if the log does not have it."""
    if args.day and not is_day(args.day):
        raise ValueError(f"{args.day}: write a day as 2026-10-02.")
    known = [day_text(found.day.number) for found in days_in(entries_of(args.path, KINDS)) if found.day.visits]
    if not known or (args.day and args.day not in known):
        raise ValueError(
            f"The log has no visit on {args.day or 'any day'}. It has: {', '.join(known[-5:]) or 'nothing'}."
        )
    return args.day or known[-1]


def begin(center: Center, args: argparse.Namespace, day: str) -> None:
    """Start broker, board (and panel), then the hub that plays."""
    told = f"{spelled_day(day)} · {args.speed:g}×"  # noqa: RUF001 - as it is written
    hall = Hall("replay", f"ສາຍຄືນ {told}", f"Replay of {told} · not now")
    boxes = write_boxes(center, free_ports(2), 1, hall)
    center.start("broker", "broker", "--config", str(boxes / "hub/device.toml"))
    center.start("h1", "hall", "--config", str(boxes / "h1/device.toml"), control=True)
    if args.panel:
        center.start("c1", "counter", "--config", str(boxes / "c1/device.toml"), control=True)
    center.hand("h1")
    log = center.folder / "log.jsonl"
    export(_until(rows_of(args.path), day), log)
    center.start("hub", "replay-hub", "--config", str(boxes / "hub/device.toml"), "--log", str(log),
                 "--day", day, "--speed", str(args.speed))  # fmt: skip


def _until(rows: Iterator[LogRow], day: str) -> Iterator[LogRow]:
    """The rows up to the end of a day: the fold needs what was before."""
    zone = LAOS
    for row in rows:
        if isinstance(row.event, RulesSet):
            zone = row.event.rules.hours.zone
        if day_of(row.t_recv, zone) > day:
            return
        yield row


def _watch(center: Center, args: argparse.Namespace, day: str) -> int:
    """Until the day is over."""
    board, shown = center.hand("h1"), 0
    people.wait_for(center.clock, board, "start", fresh=True)
    print(f"{spelled_day(day)}, {args.speed:g} times its pace. Ctrl-C ends it.", flush=True)
    at = center.clock.mono_ms()
    while center.running["hub"].poll() is None:
        pause(0.25)
        if args.pictures and center.clock.mono_ms() - at >= 2_000:
            args.pictures.mkdir(parents=True, exist_ok=True)
            board.do("picture", path=str((args.pictures / f"board-{shown:03d}.png").resolve()))
            shown, at = shown + 1, center.clock.mono_ms()
    code = center.running.pop("hub").returncode
    if code:
        raise DemoError(f"the replay ended with code {code}.{center.last_words('hub')}")
    print("The day is over.")
    return 0
