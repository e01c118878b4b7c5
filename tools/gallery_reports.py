"""Pictures of every report in Lao and English (`make gallery`): out of a made-up log, through the shipped commands."""

import subprocess
import sys
from pathlib import Path

from demo.history import Plan, Trouble, history
from onedoor.device.catalogue import load_book
from onedoor.device.center_rules import rules_of
from onedoor.wire.chain import line_of

NAMES = {"lo": "ສູນບໍລິການຜ່ານປະຕູດຽວ ເມືອງໄຊເສດຖາ", "en": "One Door Service Center · Saysettha"}
TROUBLES = (
    Trouble(1, "hub", 540, 560), Trouble(2, "kiosk", 600, 630, "k2"), Trouble(3, "poor_clock", 600, 620, "k1"),
    Trouble(3, "printer", 840, 870, "k1"), Trouble(4, "clock", 700, 701, "k1"),
)  # fmt: skip
REPORTS = {
    "day-with-troubles": ("2026-10-06", []), "day-quiet": ("2026-10-14", []), "week": ("2026-W41", []),
    "month": ("2026-10", ["--full", "--head"]), "year": ("2026", ["--full"]), "range": ("2026-10-05..2026-10-20", []),
    "empty": ("2026-08", []),
}  # fmt: skip
DOTS = 100


def a_log(path: Path) -> None:
    """Two months of one center."""
    book = load_book()
    plan = Plan("2026-10-01", 40, 330, 2, 6, TROUBLES)
    with open(path, "wb") as file:
        prefixes = {s.id: s.prefix for s in book.catalogue.services}
        history(plan, rules_of(book), prefixes, 3, lambda row: file.write(line_of(row) + b"\n"))


def onedoor(*argv: str) -> None:
    """One command, as a manager types it."""
    subprocess.run([sys.executable, "-m", "onedoor", *argv], check=True, stdout=subprocess.DEVNULL)


def pictures(pdf: Path) -> None:
    """The pages of a PDF as PNG, then without the PDF."""
    subprocess.run(["pdftoppm", "-r", str(DOTS), "-png", str(pdf), str(pdf.with_suffix(""))], check=True)
    pdf.unlink()


def main() -> int:
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    log = out / "log.jsonl"
    a_log(log)
    for lang, center in NAMES.items():
        for name, (period, more) in REPORTS.items():
            pdf = out / f"report-{name}-{lang}.pdf"
            argv = ["report", str(log), "--period", period, "--lang", lang, "--center", center]
            onedoor(*argv, "--format", "pdf", "--out", str(pdf), *more)
            pictures(pdf)
            if name == "month":
                onedoor(*argv, "--format", "table", "--out", str(out / f"report-month-{lang}.txt"))
                onedoor(*argv, "--format", "html", "--out", str(out / f"report-month-{lang}.html"))
        pdf = out / f"visit-{lang}.pdf"
        onedoor("walk", str(log), "--period", "2026-10-12..2026-10-13", "--lang", lang, "--out", str(pdf))
        pictures(pdf)
    log.unlink()
    print(f"{len(list(out.glob('*.png')))} pictures in {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
