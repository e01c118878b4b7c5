"""What a witness has signed comes home: cosigned."""

import argparse
import sqlite3
import sys
from itertools import chain
from pathlib import Path

from onedoor.wire.errors import WireError
from onedoor.wire.notes import notes_in
from reports.cosigned import CHECKPOINTS, joined, kept, write
from reports.files import NotALog, log_file
from reports.seals import seals_beside


def main_cosigned(argv: list[str]) -> int:
    """Keep beside a log what witnesses have signed of it: packs and exports carry it from then on."""
    parser = argparse.ArgumentParser("onedoor cosigned", description=main_cosigned.__doc__)
    parser.add_argument("log", type=Path, help="a folder with a hub's data or an export")
    parser.add_argument("files", type=Path, nargs="+", help="the files that the witness gave back")
    args = parser.parse_args(argv)
    try:
        brought = [notes_in(path.read_text(encoding="utf-8")) for path in args.files]
        folder = log_file(args.log).parent
        notes, strange = joined(chain(kept(folder), *brought), seals_beside(log_file(args.log)))
        count = write(notes, folder)
    except (NotALog, WireError, OSError, UnicodeError, sqlite3.Error) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    print(f"{folder / CHECKPOINTS}: {count} heads that somebody outside has signed")
    if strange:
        print(f"{strange} are not heads of this log, and were left out", file=sys.stderr)
    return 1 if strange else 0
