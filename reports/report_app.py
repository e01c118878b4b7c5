"""Reports from the command line: report, facts."""

import argparse
import json
import sys
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path

import msgspec

from onedoor.device.catalogue import Catalogue, load_catalogue
from onedoor.device.config import ConfigError
from reports.dates import NO_PERIOD, Period, day_number, local_s, period_of, the_day
from reports.durations import dated
from reports.entries import Count, entries_of
from reports.facts import FACETS, Facts, merged, told_apart
from reports.figure_table import FIGURE_COLUMNS, figure_rows
from reports.figures import facts_of_days, figures
from reports.files import BadRow, NotALog
from reports.model import Ask
from reports.published import published_figures
from reports.quick import no_collector
from reports.reading import Days, days_in
from reports.reading_acts import KINDS
from reports.report import report_of
from reports.shares import processors
from reports.source import rows_of
from reports.store import NotFacts, has_facts, read_facts, write_facts
from reports.tables import Table
from reports.walk import NoVisit, walk_of

FORMATS = ("table", "html", "pdf", "xlsx", "csv", "parquet", "json")
WRONG = (NotALog, BadRow, NotFacts, ConfigError, OSError, ValueError)


def main_report(argv: list[str]) -> int:
    """The figures of a day, week, month, year or any range, as a page, a table or a file."""
    parser = argparse.ArgumentParser("onedoor report", description=main_report.__doc__)
    parser.add_argument(
        "path",
        type=Path,
        nargs="+",
        help="log.jsonl, a hub's data folder, or a folder of day facts; several are added up",
    )
    parser.add_argument(
        "--period",
        default="",
        help="2026, 2026-10, 2026-W41, 2026-10-02 or 2026-10-02..2026-10-20; none: all of the log",
    )
    parser.add_argument("--format", choices=FORMATS, default="table")
    parser.add_argument("--out", type=Path, help="the file to write (not for table and json)")
    parser.add_argument("--lang", default="lo", choices=("lo", "en", "vi", "zh", "th"))
    parser.add_argument("--center", default="", help="the name on the page")
    parser.add_argument("--standard-min", type=int, default=25, help="where the catalogue has no standard of its own")
    parser.add_argument("--catalogue", default="", help="the national file of services; the shipped sample if none")
    parser.add_argument("--local", default="", help="the center's own file of services")
    parser.add_argument("--head", action="store_true", help="with figures of single counters: for the head alone")
    parser.add_argument("--full", action="store_true", help="html and pdf: with all tables behind the first sheet")
    args = parser.parse_args(argv)
    if args.format not in ("table", "json") and args.out is None:
        parser.error(f"--format {args.format} needs --out FILE")
    try:
        facts, ask = gathered(args)
        print(_WRITE[args.format](facts, ask, args), file=sys.stderr if args.out is None else sys.stdout)
    except WRONG as wrong:
        print(wrong, file=sys.stderr)
        return 2
    return 0


def gathered(args: argparse.Namespace) -> tuple[Facts, Ask]:
    """The facts that are asked for, and how."""
    period = period_of(args.period) if args.period else None
    counts = list[Count]()
    names = names_of(args.path)
    parts = chain.from_iterable(_parts(path, args.center or names[path], period, counts) for path in args.path)
    many = len(set(names.values())) > 1 and not args.center
    facts = merged(map(told_apart, parts) if many else parts)
    if period is None:
        period = Period("range", facts.days[0], facts.days[-1]) if facts.days else NO_PERIOD
    book = load_catalogue(args.catalogue, args.local)
    return facts, ask_of(book, args, period, facts, counts)


def ask_of(book: Catalogue, args: argparse.Namespace, period: Period, facts: Facts, counts: list[Count]) -> Ask:
    """What is asked for, with the names that the catalogue gives."""
    owners = {ministry.id: ministry.name.of(args.lang) for ministry in book.ministries}
    names = {queue.id: queue.name.of(args.lang) for queue in book.queues}
    return Ask(
        lang=args.lang,
        period=period,
        center=args.center or ", ".join(facts.centers),
        standard_s=args.standard_min * 60,
        head=args.head,
        names=names | {s.id: s.name.of(args.lang) for s in book.services},
        ministries={s.id: owners[s.ministry] for s in book.services if s.ministry in owners},
        standards={s.id: s.standard_wait_min * 60 for s in book.services},
        rows=sum(count.rows for count in counts),
        missing=sum(count.missing for count in counts),
    )


def _bounds(period: Period | None) -> tuple[str, str]:
    return (period.first, period.last) if period else ("", "9")


def names_of(paths: list[Path]) -> dict[Path, str]:
    """What the centers of these logs are called: by their files, and where those have one name, by their folders. The
    same log given twice would count everybody twice: NotALog.
    """
    begins: dict[str, Path] = {}
    for path in paths:
        begin = path.resolve().as_posix() if has_facts(path) else next((row.hash for row in rows_of(path)), "")
        if begin and begin in begins:
            raise NotALog(f"{begins[begin]} and {path} are one log: everybody would be counted twice. Give it once.")
        begins[begin] = path
    stems = Tally(path.resolve().stem for path in paths)
    return {
        path: path.resolve().parent.name if stems[path.resolve().stem] > 1 else path.resolve().stem for path in paths
    }


def _parts(path: Path, center: str, period: Period | None, counts: list[Count]) -> Iterable[Facts]:
    """What a path holds, one after the other: a year of day facts is not in memory at once."""
    if has_facts(path):
        return read_facts(path, *_bounds(period))
    return _from_log(path, center, period, counts)


def _from_log(path: Path, center: str, period: Period | None, counts: list[Count]) -> list[Facts]:
    counts.append(Count())
    if sys.stderr.isatty():
        print(f"Reading {path} ...", file=sys.stderr)
    with no_collector():
        days = days_in(entries_of(path, KINDS, counts[-1])).between(*_bounds(period))
        found = [facts_of_days(days, center, FACETS, processors())]
    if counts[-1].missing < 0:
        raise NotALog(f"{path}: row numbers begin again in the middle: these are two logs. Give each its own file.")
    return found


def _show(facts: Facts, ask: Ask, args: argparse.Namespace) -> str:
    from reports.terminal import show

    show(report_of(facts, ask), args.out)
    return str(args.out or "")


def _json(facts: Facts, ask: Ask, args: argparse.Namespace) -> str:
    report = msgspec.to_builtins(report_of(facts, ask))
    found = published_figures(facts, ask.standard_s, figures(facts, ask.standard_s), head=ask.head)
    text = json.dumps({"report": report, **found}, ensure_ascii=False, indent=1)
    if args.out:
        args.out.write_text(text + "\n", encoding="utf-8")
        return str(args.out)
    print(text)
    return ""


def _html(facts: Facts, ask: Ask, args: argparse.Namespace) -> str:
    from reports.page import html

    args.out.write_text(html(report_of(facts, ask), full=args.full), encoding="utf-8")
    return str(args.out)


def _pdf(facts: Facts, ask: Ask, args: argparse.Namespace) -> str:
    from reports.page import pdf

    pdf(report_of(facts, ask), args.out, full=args.full)
    return str(args.out)


def _table(facts: Facts, ask: Ask, args: argparse.Namespace) -> str:
    from reports.export_tables import WRITERS

    rows = (
        (ask.center, the_day(day_number(ask.period.first)), the_day(day_number(ask.period.last)), *row)
        for row in figure_rows(facts, ask)
    )
    count = WRITERS[args.format](Table("figures", FIGURE_COLUMNS, rows), args.out)
    return f"{args.out}: {count} figures"


_WRITE: dict[str, Callable[[Facts, Ask, argparse.Namespace], str]] = {
    "table": _show, "json": _json, "html": _html, "pdf": _pdf, "csv": _table, "parquet": _table, "xlsx": _table,
}  # fmt: skip


def main_facts(argv: list[str]) -> int:
    """Write the day facts of a log: one file a day, from which reports are made in no time and provinces are added
    up.
    """
    parser = argparse.ArgumentParser("onedoor facts", description=main_facts.__doc__)
    parser.add_argument("path", type=Path, help="log.jsonl or a hub's data folder")
    parser.add_argument("--out", type=Path, required=True, help="a folder")
    parser.add_argument("--center", required=True, help="the center's name: days of one center are told apart by it")
    parser.add_argument("--period", default="", help="as in onedoor report; none: all of the log")
    args = parser.parse_args(argv)
    try:
        period = period_of(args.period) if args.period else None
        with no_collector():
            days = days_in(entries_of(args.path, KINDS)).between(*_bounds(period))
            count = write_facts(_each(days, args.center), args.out)
    except WRONG as wrong:
        print(wrong, file=sys.stderr)
        return 2
    print(f"{args.out}: {count} days")
    return 0


def _each(days: Days, center: str) -> Iterator[Facts]:
    return (facts_of_days([found], center) for found in days)


def main_walk(argv: list[str]) -> int:
    """One visit, walked through, as a picture: where its time went. It is anonymous."""
    parser = argparse.ArgumentParser("onedoor walk", description=main_walk.__doc__)
    parser.add_argument("path", type=Path, help="log.jsonl or a hub's data folder")
    parser.add_argument("--ticket", default="", help="the number on the paper; the visit that waited longest if none")
    parser.add_argument("--period", default="", help="as in onedoor report")
    parser.add_argument("--lang", default="lo", choices=("lo", "en", "vi", "zh", "th"))
    parser.add_argument("--catalogue", default="")
    parser.add_argument("--local", default="")
    parser.add_argument("--out", type=Path, required=True, help="a file that ends in .pdf or .html")
    args = parser.parse_args(argv)
    try:
        bounds = _bounds(period_of(args.period) if args.period else None)
        days = days_in(entries_of(args.path, KINDS)).between(*bounds)
        book = load_catalogue(args.catalogue, args.local)
        names = {q.id: q.name.of(args.lang) for q in book.queues} | {s.id: s.name.of(args.lang) for s in book.services}
        walk = walk_of(days, _named(args.path, args.ticket.upper(), bounds) if args.ticket else "", args.lang, names)
    except (*WRONG, NoVisit) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    from reports.page import walk_html, walk_pdf

    if args.out.suffix == ".pdf":
        walk_pdf(walk, args.out)
    else:
        args.out.write_text(walk_html(walk), encoding="utf-8")
    print(args.out)
    return 0


def _named(path: Path, label: str, bounds: tuple[str, str]) -> str:
    """The row of the newest ticket with this number. NoVisit if there is none."""
    found, entries = "", entries_of(path, ("issued",))
    for row in (row for some in entries for row in some if row.kind == "issued" and row.body.label == label):
        at = local_s(row.t_event)
        if bounds == ("", "9") or (dated(at) and bounds[0] <= entries.calendar.texts(at)[0] <= bounds[1]):
            found = row.id
    if not found:
        raise NoVisit(f"The log has no ticket {label}. Check the number and --period.")
    return found
