"""The figures of a log, from the command line: indicators."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from reports.entries import entries_of
from reports.figures import HEADLINE, STANDARD_S, facts_together, figures, of_vector
from reports.files import BadRow, NotALog
from reports.quick import no_collector
from reports.reading_acts import KINDS
from reports.shares import processors


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
            with no_collector():
                together = facts_together(entries_of(args.log, KINDS), HEADLINE, processors())
                result = figures(together, args.standard_min * 60)
    except (NotALog, BadRow, OSError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    except (KeyError, ValueError, TypeError) as wrong:
        print(f"{args.events}: not a file of events ({type(wrong).__name__}: {wrong}).", file=sys.stderr)
        return 2
    print(json.dumps(result, indent=1, ensure_ascii=False))
    return 0
