"""Whether a log, or an evaluator's pack, holds, and who outside vouches for it: verify.

Policy. The verdict is that of the stranger's file (`reports.evaluator_verify`), by the same rules and with the same
exit codes; what is added is what a stranger cannot see: whether each decision of the hub is the published rule's, and
whether a published report comes out the same when it is made again.
"""

import argparse
import json
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from onedoor.device.config import ConfigError, for_role
from onedoor.device.sealing import fingerprint
from onedoor.wire.chain import GENESIS, line_of
from onedoor.wire.errors import WireError
from onedoor.wire.messages import Seal
from onedoor.wire.rows import LogRow
from reports import evaluator_verify as stranger
from reports.entries import clock_of
from reports.figures import STANDARD_S
from reports.files import BadRow, NotALog, log_file
from reports.rows import of_log
from reports.seals import Head, head_on_card, missing, plain_seal, sealed_heads, seals_beside
from reports.source import rows_of, sound
from reports.verify import verify

BESIDE = "indicators.json"
"""A report that lies beside an exported log; verify recomputes it."""
MANIFEST = "MANIFEST.sha256"
PUBLIC = "seal.pub"


def main_verify(argv: list[str]) -> int:
    """Check a log or a pack. Exit 0: proved, unchanged since somebody outside held it; 10: not proved, something is
    missing; 20: false, and which row; 2: cannot be read.
    """
    parser = argparse.ArgumentParser("onedoor verify", description=main_verify.__doc__)
    parser.add_argument(
        "path", type=Path, nargs="?", help="log.jsonl, a folder with a hub's data or an export, or an evaluator's pack"
    )
    parser.add_argument("--config", type=Path, help="instead of a path: the file of the box whose log it is")
    stranger.bring(parser)
    parser.add_argument("--seals", type=Path, help="a file of seals held elsewhere: JSON, or the texts of slips")
    parser.add_argument("--card", type=Path, action="append", default=[], help="a box's journal.db")
    args = parser.parse_args(argv)
    if (args.path is None) == (args.config is None):
        parser.error("name a log, or a box's file with --config")
    try:
        if args.config is not None:
            args.path = Path(for_role(args.config, "hub").data)
            args.key += [(args.path / PUBLIC).read_text("ascii")] if (args.path / PUBLIC).exists() else []
        args.slip += args.seals.read_text("utf-8").splitlines() if args.seals else []
        if (args.path / MANIFEST).exists():
            return _pack(args)
        judged, since = _log(args)
    except stranger.Wrong as wrong:
        print(f"{args.path}: FALSE: {wrong}")
        return stranger.FALSE
    except (ConfigError, NotALog, OSError, WireError, sqlite3.Error, ValueError, KeyError) as wrong:
        print(wrong, file=sys.stderr)
        return stranger.UNREADABLE
    if args.config is not None:
        judged.told = [line for line in judged.told if not line.startswith("  ")]
    return stranger.verdict(judged, since)


def _log(args: argparse.Namespace) -> tuple[stranger.Judged, list[str]]:
    """A log: what was found. stranger.Wrong: what does not hold."""
    judged, trust, path = stranger.Judged(), stranger.trust_of(args), args.path
    if broken := sound(path):
        raise stranger.Wrong(broken)
    # Seals first: a hub that runs may make one while its rows are read.
    seals = [plain_seal(seal) for seal in seals_beside(log_file(path))]
    notes = stranger.notes_of((path if path.is_dir() else path.parent) / "checkpoints.txt")
    claims = stranger.all_claims(seals, notes, args, trust, judged)
    cards = [head for card in args.card for head in head_on_card(card)]
    papers = stranger.papers_of(args)
    log = stranger.Log({"hub_seq": 0, "hash": GENESIS}, {c.row for c in claims} | {p.row for p in papers})
    log.papers = papers
    try:
        done = verify(_watched(rows_of(path), log), {head.hub_seq for head in cards})
    except BadRow as wrong:
        raise stranger.Wrong(str(wrong)) from None
    if done.misfit:
        raise stranger.Wrong(f"row {done.misfit.hub_seq}: {done.misfit.why}")
    lost = missing(cards, done.hashes, done.rows)
    if lost:
        raise stranger.Wrong(f"row {lost.hub_seq}: {lost.why}")
    if told := _beside(path):
        raise stranger.Wrong(told)
    judged.told.append(f"{path}: {done.rows} rows verified: chain, order, decisions, indicators")
    judged.told += [f"{card} agrees" for card in args.card]
    claims += stranger.by_papers(log, args, judged)
    return judged, stranger.covered(log, claims, trust, stranger.Clock(log.late), judged)


def _watched(rows: Iterator[LogRow], log: stranger.Log) -> Iterator[LogRow]:
    """Rows on their way to the first reader; the stranger's takes each when the first is done with it."""
    for row in rows:
        yield row
        log.take(line_of(row) + b"\n")


def _pack(args: argparse.Namespace) -> int:
    """A pack: as verify.py sees it; then what was published is made again."""
    from reports.pack_app import made_again

    judged, since = stranger.check(args.path, args)
    same, other = made_again(args.path)
    if other:
        raise stranger.Wrong(f"{other}: is not what the log gives")
    judged.missing = [line for line in judged.missing if line.partition(":")[0] not in same]
    judged.told += [f"{name} is what the log gives" for name in same]
    return stranger.verdict(judged, since)


@dataclass(frozen=True, slots=True)
class Checked:
    """A log that holds together: its rows, the heads it was held against, the keys of its seals."""

    rows: int
    heads: int = 0
    keys: tuple[str, ...] = ()


def check(path: Path, held: Sequence[Seal] = (), cards: Sequence[Head] = (), keys: Sequence[str] = ()) -> Checked | str:
    """A log that holds together, or what does not fit. It is read row by row, so its length does not matter. That it
    holds together proves nothing yet: see `main_verify`.
    """
    broken = sound(path)
    if broken:
        return broken
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
    if told := _beside(path):
        return told
    return Checked(done.rows, len(heads) + len(cards), tuple(sorted({fingerprint(seal.key) for seal in seals})))


def _beside(path: Path) -> str:
    """What is wrong with the indicators that lie beside a log; "" if nothing is, or there are none."""
    report = (path if path.is_dir() else path.parent) / BESIDE
    if not report.exists():
        return ""
    kept = json.loads(report.read_text(encoding="utf-8"))
    again = of_log(rows_of(path), kept.get("standard_s", STANDARD_S), clock_of(log_file(path)))
    for name, value in json.loads(json.dumps(again)).items():
        if kept.get(name) != value:
            return f"{report.name}: '{name}' is not what the log gives"
    return ""
