"""The evaluator's pack from the command line: evaluator-pack."""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from onedoor.device.config import ConfigError
from onedoor.wire.errors import WireError
from reports import cosigned, pack
from reports.dates import period_of
from reports.entries import clock_of, entries_of
from reports.export_tables import write_csv
from reports.files import BadRow, NotALog, log_file
from reports.page import drawn_by, pdf
from reports.reading import days_in
from reports.reading_acts import KINDS
from reports.report import report_of
from reports.report_app import gathered
from reports.seals import SEALS, seals_beside, write_seals
from reports.source import rows_of
from reports.tables import step_table

ASKED = "published.json"
"""How the published files were made, so that they can be made again."""


def main_pack(argv: list[str]) -> int:
    """Everything a stranger needs to doubt a month: raw rows, seals, definitions, results, report and a verifier that
    needs nothing of ours.
    """
    parser = argparse.ArgumentParser("onedoor evaluator-pack", description=main_pack.__doc__)
    parser.add_argument("path", type=Path, help="log.jsonl, or a folder with a hub's data or an export")
    parser.add_argument("--month", required=True, help="2026-10 (or any period, as in onedoor report)")
    parser.add_argument("--out", type=Path, required=True, help="a folder, or a file that ends in .zip")
    parser.add_argument("--center", default="center", help="the center's name")
    parser.add_argument("--standard-min", type=int, default=25)
    told = "with the report (PDF) and the table of steps, which verify.py cannot make"
    parser.add_argument("--published", action="store_true", help=told)
    parser.add_argument("--catalogue", default="")
    parser.add_argument("--local", default="")
    args = parser.parse_args(argv)
    try:
        with tempfile.TemporaryDirectory() as there:
            folder = Path(there)
            count = _fill(args, folder)
            if args.out.suffix == ".zip":
                args.out.parent.mkdir(parents=True, exist_ok=True)
                pack.zipped(folder, args.out)
            else:
                shutil.copytree(folder, args.out, dirs_exist_ok=True)
    except (NotALog, BadRow, WireError, ConfigError, OSError, ValueError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    print(f"{args.out}: {count} files. Check it with: python3 verify.py")
    return 0


def _fill(args: argparse.Namespace, folder: Path) -> int:
    """Write every file; how many."""
    period = period_of(args.month)
    log = folder / "log.jsonl"
    kept = pack.cut(rows_of(args.path), period, log, clock_of(log_file(args.path)))
    if not kept.rows:
        raise ValueError(f"The log has no row from {period.first} to {period.last}. Check --month.")
    last = kept.before_seq + kept.rows
    seals = [seal for seal in seals_beside(log_file(args.path)) if kept.before_seq <= seal.hub_seq <= last]
    write_seals(seals, folder / SEALS)
    cosigned.write(cosigned.joined(cosigned.kept(log_file(args.path).parent), seals)[0], folder)
    pack.write_fixed(folder)
    pack.write_results(folder, {"before": pack.before(kept)})
    found = pack.results(log, kept, args.standard_min * 60, period)
    pack.write_results(folder, found)
    pack.write_figures(folder, kept, found)
    if args.published:
        _published(args, folder)
    return pack.seal_up(folder) + 1


def made_again(folder: Path) -> tuple[list[str], str]:
    """Which published files of a pack come out the same from its log, to the byte; and the first that does not. A page
    that another version has drawn may look otherwise: then nothing is said of it.
    """
    asked = json.loads((folder / ASKED).read_text("utf-8")) if (folder / ASKED).exists() else {}
    same = [ASKED] if asked else []
    with tempfile.TemporaryDirectory() as there:
        again = Path(there)
        if asked:
            shutil.copy(folder / "log.jsonl", again / "log.jsonl")
            _published(argparse.Namespace(**asked), again)
        for path in sorted(path for path in again.iterdir() if path.name not in (ASKED, "log.jsonl")):
            found = (folder / path.name).read_bytes() if (folder / path.name).exists() else b""
            if found == path.read_bytes():
                same.append(path.name)
            elif path.suffix != ".pdf" or asked.get("drawn_by") == drawn_by():
                return same, path.name
    return same, ""


def _published(args: argparse.Namespace, folder: Path) -> None:
    """What citizens and managers see: covered by nothing but `onedoor verify`, which makes it again."""
    log = folder / "log.jsonl"
    asked = {name: getattr(args, name) for name in ("month", "center", "standard_min", "catalogue", "local")}
    asked["drawn_by"] = drawn_by()
    (folder / ASKED).write_text(json.dumps(asked, sort_keys=True) + "\n", encoding="utf-8")
    write_csv(step_table(days_in(entries_of(log, KINDS)), args.center), folder / "steps.csv")
    for lang in ("lo", "en"):
        wanted = argparse.Namespace(**asked, path=[log], period=args.month, lang=lang, head=False)
        facts, ask = gathered(wanted)
        pdf(report_of(facts, ask), folder / f"report-{lang}.pdf")
