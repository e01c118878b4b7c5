"""Whether a log holds together, and its copies: verify and the raw export."""

import argparse
import json
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from onedoor.device.config import ConfigError, for_role
from onedoor.device.sealing import fingerprint, from_qr
from onedoor.wire.errors import WireError
from onedoor.wire.messages import Seal
from reports.entries import clock_of
from reports.figures import STANDARD_S
from reports.files import BadRow, NotALog, log_file
from reports.rows import of_log
from reports.seals import Head, head_on_card, missing, sealed_heads, seals_beside, seals_in
from reports.source import rows_of, sound
from reports.verify import verify

BESIDE = "indicators.json"
"""A report that lies beside an exported log; verify recomputes it."""


def main_verify(argv: list[str]) -> int:
    """Check a log: exit 0 and the number of rows, or 1 and the first row that does not fit."""
    parser = argparse.ArgumentParser("onedoor verify", description=main_verify.__doc__)
    parser.add_argument("path", type=Path, nargs="?", help="log.jsonl, or a folder with a hub's data or an export")
    parser.add_argument("--config", type=Path, help="instead of a path: the file of the box whose log it is")
    parser.add_argument("--key", action="append", default=[], help="the center's public key (onedoor key); repeatable")
    parser.add_argument("--seal", action="append", default=[], help="the text of a closing slip's QR code")
    parser.add_argument("--seals", type=Path, help="a file of seals held elsewhere")
    parser.add_argument("--card", type=Path, action="append", default=[], help="a box's journal.db")
    args = parser.parse_args(argv)
    if (args.path is None) == (args.config is None):
        parser.error("name a log, or a box's file with --config")
    try:
        if args.config is not None:
            args.path = Path(for_role(args.config, "hub").data)
        held = [from_qr(text) for text in args.seal] + (seals_in(args.seals) if args.seals else [])
        cards = [head for card in args.card for head in head_on_card(card)]
        found = check(args.path, held, cards, [key.replace(" ", "") for key in args.key])
    except (ConfigError, NotALog, OSError, WireError, sqlite3.Error) as wrong:
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
    """A log that holds together, or what does not fit. It is read row by row, so its length does not matter."""
    broken = sound(path)
    if broken:
        return broken
    # Seals first: a hub that runs may make one while its rows are read.
    seals = [*held, *seals_beside(log_file(path))]
    heads, wrong_seals = sealed_heads(seals, keys)
    try:
        done = verify(rows_of(path), {head.hub_seq for head in (*heads, *cards)})
    except BadRow as wrong:
        return str(wrong)
    if done.misfit:
        return f"row {done.misfit.hub_seq}: {done.misfit.why}"
    if wrong_seals:
        return wrong_seals[0]
    lost = missing([*heads, *cards], done.hashes, done.rows)
    if lost:
        return f"row {lost.hub_seq}: {lost.why}"
    folder = path if path.is_dir() else path.parent
    report = folder / BESIDE
    if report.exists():
        kept = json.loads(report.read_text(encoding="utf-8"))
        again = of_log(rows_of(path), kept.get("standard_s", STANDARD_S), clock_of(log_file(path)))
        for name, value in json.loads(json.dumps(again)).items():
            if kept.get(name) != value:
                return f"{report.name}: '{name}' is not what the log gives"
    return Checked(done.rows, len(heads) + len(cards), tuple(sorted({fingerprint(seal.key) for seal in seals})))
