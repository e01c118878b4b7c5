"""That a row is in the log, or that one head continues another, in a few hundred bytes: prove.

Policy. A proof is made of the log and of a seal that covers it, in the forms that strangers' programs read; the row's
own line travels beside it. It is checked by anybody: `python3 verify.py --proof FILE`, or a third party's tool.
"""

import argparse
import sqlite3
import sys
from collections.abc import Iterable
from pathlib import Path

from onedoor.wire import notes
from onedoor.wire.chain import line_of
from onedoor.wire.errors import WireError
from reports.explain import NotFound
from reports.files import BadRow, NotALog, log_file
from reports.log_tree import tree_of
from reports.seals import seals_beside
from reports.source import rows_of
from reports.story import each_visit


class Unsealed(Exception):
    """No seal covers what is to be proved; the message says so."""


def main_prove(argv: list[str]) -> int:
    """Prove that a row, or all rows of a ticket, are in the log that a seal covers; or that one head continues another.
    Each proof is a file of its own, with the row's line beside it.
    """
    parser = argparse.ArgumentParser("onedoor prove", description=main_prove.__doc__)
    parts = parser.add_subparsers(dest="what", required=True)
    row = parts.add_parser("row", help="that a row is in the log")
    row.add_argument("number", type=int, help="its number, hub_seq")
    ticket = parts.add_parser("ticket", help="that each row of a ticket is in the log")
    ticket.add_argument("label", help="the number on the paper, for example A1-023")
    ticket.add_argument("--day", default="", help="YYYY-MM-DD; the newest day with this number if none")
    consistency = parts.add_parser("consistency", help="that a later head continues an earlier one")
    consistency.add_argument("old", type=int, help="the row of the earlier head")
    consistency.add_argument("--new", type=int, help="the row of the later head: a seal's; the newest if none")
    for part in (row, ticket, consistency):
        part.add_argument("path", type=Path, help="log.jsonl, or a folder with a hub's data or an export")
        part.add_argument("--out", type=Path, default=Path(), help="a folder for the files; this one if none")
    args = parser.parse_args(argv)
    try:
        made = _WAYS[args.what](args)
    except (NotALog, BadRow, NotFound, WireError, Unsealed, OSError, ValueError, sqlite3.Error) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    args.out.mkdir(parents=True, exist_ok=True)
    for name, data in made.items():
        (args.out / name).write_bytes(data)
        print(f"{args.out / name}: {len(data)} bytes")
    return 0


def _row(args: argparse.Namespace) -> dict[str, bytes]:
    return proofs(args.path, [args.number])


def _ticket(args: argparse.Namespace) -> dict[str, bytes]:
    found = [
        visit
        for visit in each_visit(rows_of(args.path))
        if visit.label == args.label.upper() and args.day in ("", visit.day)
    ]
    if not found:
        raise NotFound(f"The log has no ticket {args.label.upper()}. Check the number and --day.")
    return proofs(args.path, _rows_of(args.path, found[-1].ticket))


def _rows_of(path: Path, ticket: str) -> list[int]:
    """The numbers of all rows that speak of a ticket."""
    return [
        row.hub_seq
        for row in rows_of(path)
        if ticket in (f"{row.dev}.{row.run}.{row.seq}", row.body.get("ticket"), row.body.get("row"))
    ]


def proofs(path: Path, numbers: Iterable[int]) -> dict[str, bytes]:
    """A proof of each of these rows, and its line, by the names of their files."""
    wanted = set(numbers)
    note = _note(path, max(wanted))
    size = notes.checkpoint_of(note.text).size
    with tree_of(path, wanted | {size}) as grown:
        made = {}
        for number in sorted(wanted):
            if number not in grown.rows:
                raise NotFound(f"The log has no row {number}.")
            proof = notes.Proved(number - 1, tuple(grown.tree.inclusion(number - 1, size)), note)
            made[f"row-{number}.tlog-proof"] = str(proof).encode()
            made[f"row-{number}.json"] = line_of(grown.rows[number]) + b"\n"
    return made


def _consistency(args: argparse.Namespace) -> dict[str, bytes]:
    note = _note(args.path, args.old if args.new is None else args.new, exact=args.new is not None)
    new = notes.checkpoint_of(note.text).size
    with tree_of(args.path, {args.old, new}) as grown:
        body = notes.added(args.old, grown.tree.consistency(args.old, new), note)
    return {f"from-{args.old}-to-{new}.txt": body.encode()}


def _note(path: Path, row: int, *, exact: bool = False) -> notes.Note:
    """The newest checkpoint that covers a row; `exact`: the one of that very row. Unsealed if there is none."""
    sealed = [seal for seal in seals_beside(log_file(path)) if seal.note]
    found = [s for s in sealed if (s.hub_seq == row if exact else s.hub_seq >= row)]
    if not found:
        raise Unsealed(f"No checkpoint covers row {row} yet: seals are made at a start, at noon and at closing time.")
    return notes.note_of(found[-1].note)


_WAYS = {"row": _row, "ticket": _ticket, "consistency": _consistency}
