"""What leaves the house: the raw log, tables, process-mining logs, how things stand; export."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from onedoor.wire.errors import WireError
from reports.entries import entries_of
from reports.files import BadRow, NotALog, log_file
from reports.quick import no_collector
from reports.reading import Days, days_in
from reports.reading_acts import KINDS
from reports.tables import step_table, table_of

TABLES = ("csv", "parquet", "xlsx")
MINING = ("xes", "ocel")
LIVE = ("fiware", "openmetrics")
FORMATS = ("log", *TABLES, *MINING, *LIVE)


class Nothing(Exception):
    """There is nothing to write; the message says why."""


def main_export(argv: list[str]) -> int:
    """Write a center's log in a format that others read: the raw rows (log), a table (csv, parquet, xlsx), a
    process-mining log (xes, ocel), or how things stand at its end (fiware, openmetrics).
    """
    parser = argparse.ArgumentParser("onedoor export", description=main_export.__doc__)
    parser.add_argument("format", choices=FORMATS, help="what to write")
    parser.add_argument("path", type=Path, help="log.jsonl, or a folder with a hub's data or an export")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--table", choices=("steps", "legs"), default="steps", help="of csv, parquet, xlsx")
    parser.add_argument("--center", default="center", help="the center's name in the tables")
    parser.add_argument("--from", dest="first", default="", help="first day, YYYY-MM-DD")
    parser.add_argument("--to", dest="last", default="", help="last day, YYYY-MM-DD")
    args = parser.parse_args(argv if argv[:1] and argv[0] in FORMATS else ["log", *argv] if argv else argv)
    from reports.export_tables import TooLong

    try:
        print(f"{args.out}: {_write(args)}")
    except (NotALog, BadRow, WireError, Nothing, TooLong, OSError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    return 0


def _write(args: argparse.Namespace) -> str:
    args.out.parent.mkdir(parents=True, exist_ok=True)
    if args.format == "log":
        return _raw(args.path, args.out)
    if args.format in LIVE:
        return _live(args)
    with no_collector():
        days = days_in(entries_of(args.path, KINDS)).between(args.first, args.last)
        if next(iter(days), None) is None:
            raise Nothing("The log has no day in this range. Check --from and --to.")
        return _WRITE[args.format](args, days)


def _raw(path: Path, out: Path) -> str:
    from reports import cosigned
    from reports.seals import SEALS, seals_beside, write_seals
    from reports.source import export, rows_of

    count = export(rows_of(path), out)
    write_seals(seals_beside(log_file(path)), out.parent / SEALS)
    cosigned.write(cosigned.kept(log_file(path).parent), out.parent)
    return f"{count} rows"


def _table(args: argparse.Namespace, days: Days) -> str:
    from reports.export_tables import WRITERS

    count = WRITERS[args.format](table_of(args.table, days, args.center), args.out)
    return f"{count} {args.table}"


def _xes(args: argparse.Namespace, days: Days) -> str:
    from reports.export_mining import write_xes

    return f"{write_xes(step_table(days, args.center), args.out)} traces"


def _ocel(args: argparse.Namespace, days: Days) -> str:
    from reports.export_mining import write_ocel

    return f"{write_ocel(lambda: step_table(days, args.center), args.out)} events"


def _live(args: argparse.Namespace) -> str:
    from reports.export_live import FACETS, hall_of, open_metrics, queue_monitors
    from reports.figures import facts_together
    from reports.source import rows_of

    hall, at_ms, last = hall_of(rows_of(args.path))
    if args.format == "fiware":
        found = queue_monitors(hall, at_ms, last, args.center)
        args.out.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return f"{len(found)} services"
    text = open_metrics(facts_together(entries_of(args.path, KINDS), FACETS), hall, args.center)
    args.out.write_text(text, encoding="utf-8")
    return f"{len(text.splitlines())} lines"


_WRITE: dict[str, Callable[[argparse.Namespace, Days], str]] = {
    **dict.fromkeys(TABLES, _table), "xes": _xes, "ocel": _ocel,
}  # fmt: skip
