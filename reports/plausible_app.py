"""Where to look first, if a log is doubted: findings."""

import argparse
import sys
from collections import Counter as Tally
from pathlib import Path

from onedoor.wire.errors import WireError
from reports.files import BadRow, NotALog
from reports.plausible import LOOKS, findings
from reports.source import rows_of

SHOWN = 20


def main_findings(argv: list[str]) -> int:
    """What in a log would be odd if it were honest: row and reason. Findings, never verdicts: see onedoor verify."""
    parser = argparse.ArgumentParser("onedoor findings", description=main_findings.__doc__)
    parser.add_argument("path", type=Path, help="log.jsonl, or a folder with a hub's data or an export")
    parser.add_argument("--all", action="store_true", help="every one, not the first twenty of each kind")
    args = parser.parse_args(argv)
    seen: Tally[str] = Tally()
    try:
        for found in findings(rows_of(args.path)):
            seen[found.check] += 1
            if args.all or seen[found.check] <= SHOWN:
                look = " (for a look: honest logs have it too)" if found.check in LOOKS else ""
                print(f"row {found.hub_seq}: {found.check}: {found.why}{look}")
    except (NotALog, BadRow, WireError, OSError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    told = ", ".join(f"{n} {check}" for check, n in sorted(seen.items())) or "nothing"
    print(f"{args.path}: {told}. A careful forger leaves none of these; they are no verdict.")
    return 0
