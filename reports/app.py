"""The report commands: indicators, log, verify, export."""

import argparse
import csv
import json
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from onedoor.device.sealing import fingerprint, from_qr
from onedoor.hall.hours import clock_of
from onedoor.wire.errors import WireError
from onedoor.wire.messages import Seal
from onedoor.wire.rows import LogRow
from reports.explain import NotFound, departures, explain
from reports.indicators import breakdown, compute
from reports.legs import fold
from reports.seals import SEALS, Head, head_on_card, missing, sealed_heads, seals_beside, seals_in, write_seals
from reports.source import BadRow, NotALog, export, log_file, rows_of
from reports.steps import from_log, from_vector
from reports.story import Visit, lines, visits
from reports.verify import verify

STANDARD_S = 25 * 60
PAGE = 20
FORMULA = ("=", "+", "-", "@", "\t", "\r")
BESIDE = "indicators.json"
"""A report that lies beside an exported log; verify recomputes it."""


def of_vector(vector: dict[str, Any]) -> dict[str, Any]:
    """The indicators of one test vector."""
    day = from_vector(vector["events"], vector["config"])
    return {"id": vector["id"], "indicators": compute(fold(day), vector["config"]["standard_s"])}


def of_log(rows: Iterator[LogRow], standard_s: int = STANDARD_S) -> dict[str, Any]:
    """The report of a log: indicators, the breakdown by service and counter, what was left out."""
    log = list(rows)
    day = from_log(log)
    records = fold(day)
    return {
        "standard_s": standard_s,
        "indicators": compute(records, standard_s),
        **breakdown(records, standard_s),
        "order_changes": departures(log),
        "left_out": day.left_out,
        "unknown_tickets": sorted(set(records.orphans)),
        "method": "whole seconds, nearest-rank percentiles; definitions in docs/indicators.md",
    }


def main_indicators(argv: list[str]) -> int:
    """Indicators of test vectors (--events) or of a log."""
    parser = argparse.ArgumentParser("onedoor indicators", description=main_indicators.__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--events", type=Path, help="a file of test vectors")
    what.add_argument("--log", type=Path, help="log.jsonl or a hub's data folder")
    parser.add_argument("--standard-min", type=int, default=STANDARD_S // 60)
    args = parser.parse_args(argv)
    try:
        if args.events:
            given = json.loads(args.events.read_text(encoding="utf-8"))
            vectors = given.get("vectors", [given]) if isinstance(given, dict) else given
            result: Any = [of_vector(vector) for vector in vectors]
        else:
            result = of_log(rows_of(args.log), args.standard_min * 60)
    except (NotALog, BadRow, OSError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    except (KeyError, ValueError, TypeError) as wrong:
        print(f"{args.events}: not a file of events ({type(wrong).__name__}: {wrong}).", file=sys.stderr)
        return 2
    print(json.dumps(result, indent=1, ensure_ascii=False))
    return 0


def main_verify(argv: list[str]) -> int:
    """Check a log: exit 0 and the number of rows, or 1 and the first row that does not fit."""
    parser = argparse.ArgumentParser("onedoor verify", description=main_verify.__doc__)
    parser.add_argument("path", type=Path, help="log.jsonl, or a folder with a hub's data or an export")
    parser.add_argument("--key", action="append", default=[], help="the center's public key (onedoor key); repeatable")
    parser.add_argument("--seal", action="append", default=[], help="the text of a closing slip's QR code")
    parser.add_argument("--seals", type=Path, help="a file of seals held elsewhere")
    parser.add_argument("--card", type=Path, action="append", default=[], help="a box's journal.db")
    args = parser.parse_args(argv)
    try:
        held = [from_qr(text) for text in args.seal] + (seals_in(args.seals) if args.seals else [])
        cards = [head for card in args.card for head in head_on_card(card)]
        found = check(args.path, held, cards, [key.replace(" ", "") for key in args.key])
    except (NotALog, OSError, WireError, sqlite3.Error) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    if isinstance(found, str):
        print(f"{args.path}: {found}")
        return 1
    heads = f", {found.heads} heads held elsewhere or sealed" if found.heads else "; no seal was given"
    print(f"{args.path}: {found.rows} rows verified: chain, order, decisions, indicators{heads}")
    if found.keys and not args.key:
        print(f"sealed with {', '.join(found.keys)}: compare with the key you know, or give it with --key")
    return 0


@dataclass(frozen=True, slots=True)
class Checked:
    """A log that holds together: its rows, the heads it was held against, the keys of its seals."""

    rows: int
    heads: int = 0
    keys: tuple[str, ...] = ()


def check(path: Path, held: Sequence[Seal] = (), cards: Sequence[Head] = (), keys: Sequence[str] = ()) -> Checked | str:
    """A log that holds together, or what does not fit."""
    try:
        rows = list(rows_of(path))
    except BadRow as wrong:
        return str(wrong)
    done = verify(rows)
    if done.misfit:
        return f"row {done.misfit.hub_seq}: {done.misfit.why}"
    seals = [*held, *seals_beside(log_file(path))]
    heads, wrong_seals = sealed_heads(seals, keys)
    if wrong_seals:
        return wrong_seals[0]
    lost = missing([*heads, *cards], {row.hub_seq: row.hash for row in rows}, done.rows)
    if lost:
        return f"row {lost.hub_seq}: {lost.why}"
    folder = path if path.is_dir() else path.parent
    report = folder / BESIDE
    if report.exists():
        kept = json.loads(report.read_text(encoding="utf-8"))
        again = of_log(iter(rows), kept.get("standard_s", STANDARD_S))
        for name, value in json.loads(json.dumps(again)).items():
            if kept.get(name) != value:
                return f"{report.name}: '{name}' is not what the log gives"
    return Checked(done.rows, len(heads) + len(cards), tuple(sorted({fingerprint(seal.key) for seal in seals})))


def main_explain(argv: list[str]) -> int:
    """Why a ticket waited, and who went before it."""
    parser = argparse.ArgumentParser("onedoor explain", description=main_explain.__doc__)
    parser.add_argument("label", help="the number on the paper, for example A1-023")
    parser.add_argument("path", type=Path, help="log.jsonl or a hub's data folder")
    parser.add_argument("--day", default="", help="YYYY-MM-DD; the newest day with this number if none")
    args = parser.parse_args(argv)
    try:
        print("\n".join(explain(rows_of(args.path), args.label.upper(), args.day)))
    except (NotALog, BadRow, NotFound, OSError, ValueError) as wrong:
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
        found = [
            visit
            for visit in visits(rows_of(args.path)).values()
            if args.day in ("", visit.day)
            and args.ticket.upper() in ("", visit.label)
            and args.service in ("", visit.service)
        ]
    except (NotALog, BadRow, OSError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    if not found:
        print("The log has no such visit. Check the day and the number.", file=sys.stderr)
        return 1
    if args.page:
        found = found[PAGE * (args.page - 1) : PAGE * args.page]
    if args.csv:
        write_csv(found, sys.stdout)
    else:
        print("\n\n".join("\n".join(lines(visit)) for visit in found))
    return 0


def write_csv(found: Sequence[Visit], out: TextIO) -> None:
    """A line a step; no cell can be taken for a formula by a table program."""
    table = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    table.writerow(("day", "time", "ticket", "service", "step", "after_s", "doubts"))
    for visit in found:
        for moment in visit.moments:
            row = (
                visit.day, clock_of(moment.at_ms), visit.label, visit.service, moment.what,
                "" if moment.took_s is None else moment.took_s, "; ".join(moment.doubts),
            )  # fmt: skip
            table.writerow(cell if isinstance(cell, int) else plain_cell(cell) for cell in row)


def plain_cell(text: str) -> str:
    """Text that a table program shows and does not compute: what could begin a formula gets an apostrophe before it."""
    return f"'{text}" if text[:1] in FORMULA else text


def main_export(argv: list[str]) -> int:
    """Write a hub's log as JSON lines."""
    parser = argparse.ArgumentParser("onedoor export", description=main_export.__doc__)
    parser.add_argument("path", type=Path, help="a hub's data folder")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    try:
        count = export(rows_of(args.path), args.out)
        write_seals(seals_beside(log_file(args.path)), args.out.parent / SEALS)
    except (NotALog, BadRow, OSError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    print(f"{args.out}: {count} rows")
    return 0
