"""The report commands: indicators, verify, export."""

import argparse
import json
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onedoor.device.sealing import fingerprint, from_qr
from onedoor.wire.errors import WireError
from onedoor.wire.messages import Seal
from onedoor.wire.rows import LogRow
from reports.explain import NotFound, departures, explain
from reports.indicators import breakdown, compute
from reports.legs import fold
from reports.seals import SEALS, Head, head_on_card, missing, sealed_heads, seals_beside, seals_in, write_seals
from reports.source import BadRow, NotALog, export, log_file, rows_of
from reports.steps import from_log, from_vector
from reports.verify import verify

STANDARD_S = 25 * 60
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
