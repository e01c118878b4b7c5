"""Foreign logs from the command line: import."""

import argparse
import csv
import sys
import tomllib
from pathlib import Path

import msgspec

from reports.cells import plain_cell
from reports.figures import facts_of_days
from reports.foreign import BadMap, Map, Taken, check_form, check_map, days_from, rejected_rows
from reports.store import NotFacts, write_facts
from reports.tables import leg_table

EXAMPLE = """# What a foreign table means. Copy, and change what stands at the right of each =.
delimiter = ","                       # ";" or "\\t" in others
[columns]
ticket = "Token"                      # needed
entry = ["Date", "Issued"]            # needed; several columns are put together with a blank
service = "Service"
call = "Called"
start = "Started"
end = "Finished"
counter = "Desk"
class = "Priority"
outcome = "Status"
[times]
form = "%d/%m/%Y %H:%M:%S"            # or "iso", "excel", "%d/%m/%Y %I:%M %p"
years = "christian"                   # or "buddhist": 2569 for 2026
[outcomes]                            # ours = theirs
served = ["Completed"]
no_show = ["No show"]
left = ["Left"]
[classes]
P = ["yes"]
"""

CELL_READ_MOST = 16_000_000
"""Letters of one cell: more than this is not held in memory."""


def main_import(argv: list[str]) -> int:
    """Read a foreign table into day facts, so that it gets the same indicators as our own log: onedoor report OUT.
    Rows that cannot be right are written to rejected.csv with the reason.
    """
    parser = argparse.ArgumentParser("onedoor import", description=main_import.__doc__)
    parser.add_argument(
        "kind", choices=("csv", "example"), help="csv: read a table; example: print a map to begin with"
    )
    parser.add_argument("path", type=Path, nargs="?", help="the table")
    parser.add_argument("--map", type=Path, help="what its columns mean")
    parser.add_argument("--out", type=Path, help="a folder for day facts, legs.csv and rejected.csv")
    parser.add_argument("--center", default="", help="the center's name; the file's, if none")
    args = parser.parse_args(argv)
    if args.kind == "example":
        print(EXAMPLE, end="")
        return 0
    if args.path is None or args.map is None or args.out is None:
        parser.error("onedoor import csv TABLE --map MAP --out FOLDER; onedoor import example prints a map")
    try:
        taken = _read(args)
    except (
        BadMap,
        NotFacts,
        OSError,
        msgspec.MsgspecError,
        tomllib.TOMLDecodeError,
        UnicodeError,
        LookupError,
        csv.Error,
    ) as wrong:
        of_map = isinstance(wrong, BadMap | msgspec.MsgspecError | tomllib.TOMLDecodeError)
        print(f"{args.map if of_map else args.path}: {wrong}", file=sys.stderr)
        return 2
    good = taken.rows - len(taken.bad)
    print(f"{args.out}: {good} of {taken.rows} rows taken, {len(taken.days)} days")
    for bad in sorted(taken.bad, key=lambda bad: bad.row)[:10]:
        print(f"  row {bad.row}: {bad.why}")
    if taken.bad:
        print(f"All {len(taken.bad)} rows that were not taken: {args.out / 'rejected.csv'}")
    return 0 if good else 1


def _read(args: argparse.Namespace) -> Taken:
    given = msgspec.convert(tomllib.loads(args.map.read_text(encoding="utf-8")), Map)
    check_form(given)
    csv.field_size_limit(CELL_READ_MOST)
    with open(args.path, encoding=given.encoding, newline="") as file:
        table = csv.reader(file, delimiter=given.delimiter)
        head = next(table, [])
        check_map(given, head)
        rows = list(table)
    taken = days_from((dict(zip(head, row, strict=False)) for row in rows), given)
    center = args.center or args.path.stem
    write_facts((facts_of_days([found], center) for found in taken.days), args.out)
    args.out.mkdir(parents=True, exist_ok=True)
    from reports.export_tables import write_csv

    write_csv(leg_table(taken.days, center), args.out / "legs.csv")
    with open(args.out / "rejected.csv", "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\r\n")
        out.writerow(["row", "why", *head])
        known = dict(enumerate(rows, 1))
        out.writerows([plain_cell(cell) for cell in row] for row in rejected_rows(taken, known))
    return taken
