"""The wait-time log, told: log and explain."""

import argparse
import csv
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

from onedoor.hall.hours import clock_of
from onedoor.wire.errors import WireError
from reports.cells import plain_cell
from reports.explain import NotFound, explain
from reports.files import BadRow, NotALog
from reports.source import rows_of
from reports.story import Visit, each_visit, lines

PAGE = 20


def main_explain(argv: list[str]) -> int:
    """Why a ticket waited, and who went before it."""
    parser = argparse.ArgumentParser("onedoor explain", description=main_explain.__doc__)
    parser.add_argument("label", help="the number on the paper, for example A1-023")
    parser.add_argument("path", type=Path, help="log.jsonl or a hub's data folder")
    parser.add_argument("--day", default="", help="YYYY-MM-DD; the newest day with this number if none")
    args = parser.parse_args(argv)
    try:
        print("\n".join(explain(partial(rows_of, args.path), args.label.upper(), args.day)))
    except (NotALog, BadRow, NotFound, WireError, OSError, ValueError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    return 0


def main_log(argv: list[str]) -> int:
    """The wait-time log, visit by visit, as a person would tell it; or as CSV, a line a step."""
    parser = argparse.ArgumentParser("onedoor log", description=main_log.__doc__)
    parser.add_argument("path", type=Path, help="log.jsonl or a hub's data folder")
    parser.add_argument("--day", default="", help="YYYY-MM-DD")
    parser.add_argument("--ticket", default="", help="the number on the paper, for example A1-023")
    parser.add_argument("--service", default="")
    parser.add_argument("--csv", action="store_true")
    parser.add_argument("--page", type=int, default=0, help=f"{PAGE} visits a page, from 1 (0: all)")
    args = parser.parse_args(argv)
    try:
        return _printed(args)
    except (NotALog, BadRow, WireError, OSError) as wrong:
        print(wrong, file=sys.stderr)
        return 2


def _printed(args: argparse.Namespace) -> int:
    found = _asked(args)
    first = next(found, None)
    if first is None:
        print("The log has no such visit. Check the day and the number.", file=sys.stderr)
        return 1
    found = chain([first], found)
    if args.page:
        found = islice(found, PAGE * (args.page - 1), PAGE * args.page)
    if args.csv:
        write_csv(found, sys.stdout)
    else:
        for number, visit in enumerate(found):
            print("\n" * bool(number) + "\n".join(lines(visit)))
    return 0


def _asked(args: argparse.Namespace) -> Iterator[Visit]:
    return (
        visit
        for visit in each_visit(rows_of(args.path))
        if args.day in ("", visit.day)
        and args.ticket.upper() in ("", visit.label)
        and args.service in ("", visit.service)
    )


def write_csv(found: Iterable[Visit], out: TextIO) -> None:
    """A line a step; no cell can be taken for a formula by a table program."""
    table = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    table.writerow(("day", "time", "ticket", "service", "step", "after_s", "doubts"))
    for visit in found:
        for moment in visit.moments:
            row = (
                visit.day, "" if moment.at_ms is None else clock_of(moment.at_ms, visit.zone), visit.label,
                visit.service, moment.what, "" if moment.took_s is None else moment.took_s, "; ".join(moment.doubts),
            )  # fmt: skip
            table.writerow(cell if isinstance(cell, int) else plain_cell(cell) for cell in row)
