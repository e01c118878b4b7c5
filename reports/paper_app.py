"""Is this paper genuine, and does the log still say what it says? check-paper.

Policy. A ticket is a witness: it knows the log up to a row, and its own row. What it contradicts is named before its
tag is looked at, and the tag decides at last whether that is a proof or only somebody's word: whoever has no key can
print such a paper. On a center's own box, which has the key, nobody may try tags without end: ten checks a minute.
"""

import argparse
import re
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from onedoor.device.clock import SystemClock
from onedoor.device.config import ConfigError, for_role
from onedoor.device.small_file import replace_file
from onedoor.hall.hours import clock_of as hours_of
from onedoor.hall.zone import day_of
from onedoor.wire.errors import WireError
from onedoor.wire.rows import LogRow
from onedoor.wire.tag import TYPED_LETTERS, Scanned, genuine, head_letters, own_of, read
from reports.center_clock import CenterClock
from reports.entries import clock_of
from reports.files import BadRow, NotALog, log_file
from reports.source import rows_of

GENUINE, UNKNOWN, CONTRADICTS = 0, 10, 20
A_MINUTE = 10
MINUTE_MS = 60_000
TRIED = "papers-tried"
LATE_MS = 60_000


@dataclass(slots=True)
class Seen:
    """What a log says of a paper's ticket and of the head it knows."""

    last: int = 0
    head: LogRow | None = None
    own: list[LogRow] = field(default_factory=list)
    later: bool = False
    """A later number of the same series is in the log, and none between was left out."""


def main_check_paper(argv: list[str]) -> int:
    """Check a ticket, scanned or typed, against a log. Exit 0: genuine, and it agrees; 10: unknown; 20: it contradicts
    the log, and is genuine.
    """
    parser = argparse.ArgumentParser("onedoor check-paper", description=main_check_paper.__doc__)
    parser.add_argument("path", type=Path, help="log.jsonl, or a folder with a hub's data or an export")
    parser.add_argument("text", nargs="*", help="what a phone reads from the ticket's code")
    parser.add_argument("--typed", nargs=4, metavar=("LABEL", "DAY", "ROW", "LETTERS"),
                        help="instead: what stands on it, for example A1-023 2026-11-21 1234 ABCDEFGH")  # fmt: skip
    parser.add_argument("--at", default="", help="with --typed: the time on it, HH:MM")
    parser.add_argument("--tag-key", default="", help="the key of the month's tags, 64 digits")
    parser.add_argument("--config", type=Path, help="or a box's file that names the key")
    args = parser.parse_args(argv)
    try:
        scanned = [typed(args.typed)] if args.typed else [_read(text) for text in args.text]
        if not scanned:
            parser.error("give what stands in the code, or --typed")
        key = _key(args)
        clock = clock_of(log_file(args.path))
        worst = GENUINE
        texts: Sequence[str] = args.text or [""]
        for text, paper in zip(texts, scanned, strict=True):
            code, told = judged(paper, seen(paper, args.path, clock), clock, args.at, made_here(text, key))
            print("\n".join(told))
            worst = max(worst, code)
    except (NotALog, BadRow, ConfigError, WireError, OSError, ValueError, sqlite3.Error) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    return worst


def _read(text: str) -> Scanned:
    found = read(text.strip())
    if found is None:
        raise ValueError(f"not the code of a ticket: {text[:60]}")
    return found


def typed(parts: Sequence[str]) -> Scanned:
    """A paper as somebody reads it out: its number, day, row, and the eight letters of the head."""
    label, day, row, letters = parts
    letters = re.sub(r"[^A-Z2-7]", "", letters.upper())
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day) or len(letters) != TYPED_LETTERS:
        raise ValueError("typed: LABEL YYYY-MM-DD ROW and eight letters")
    return Scanned("", label.upper(), day, None, "", int(row), letters, "")


def _key(args: argparse.Namespace) -> bytes:
    if args.config is None:
        return bytes.fromhex(args.tag_key)
    config = for_role(args.config, "kiosk")
    assert config.kiosk is not None
    if not may_try(Path(config.data), SystemClock().wall_ms()):
        raise ValueError(f"{A_MINUTE} papers a minute are enough: wait a moment")
    return bytes.fromhex(Path(config.kiosk.paper.tag_key).read_text("ascii").strip())


def may_try(folder: Path, now_ms: int) -> bool:
    """Whether one more paper may be checked on this box now."""
    path = folder / TRIED
    lines = path.read_text("ascii").split() if path.exists() else []
    tried = [int(line) for line in lines if 0 <= now_ms - int(line) < MINUTE_MS]
    if len(tried) >= A_MINUTE:
        return False
    replace_file(path, "\n".join(map(str, [*tried, now_ms])).encode())
    return True


def made_here(text: str, key: bytes) -> bool | None:
    """Whether the tag is of this key; None: nobody can say."""
    if not text or not key or not _read(text).mark:
        return None
    return genuine(key, text.strip())


def seen(paper: Scanned, path: Path, clock: CenterClock) -> Seen:
    """What the log says, read once."""
    found, skipped, series = Seen(), 0, paper.label.rpartition("-")
    number = int(series[2]) if series[2].isdigit() else 0
    for row in rows_of(path):
        found.last = row.hub_seq
        if row.hub_seq == paper.row:
            found.head = row
        if row.kind == "issued":
            day = row.body.get("day") or _day(row, clock)
            if paper.ticket is not None:
                if f"{row.dev}.{row.run}.{row.seq}" == paper.ticket:
                    found.own.append(row)
            elif row.body["label"].upper() == paper.label.upper() and paper.day in (day, _day(row, clock)):
                found.own.append(row)
            elif day == paper.day and row.body["label"].upper().startswith(f"{series[0].upper()}-"):
                found.later = found.later or (row.body["n"] > number and not skipped >= number)
        elif row.kind == "skipped":
            skipped = row.body["to"]
    return found


def _day(row: LogRow, clock: CenterClock) -> str:
    return day_of(row.t_event + clock.shift_ms(row.stretch), clock.zone) if _dated(row, clock) else ""


def _dated(row: LogRow, clock: CenterClock) -> bool:
    return row.stretch == 0 or row.stretch in clock.offsets


def judged(paper: Scanned, log: Seen, clock: CenterClock, at: str, made: bool | None) -> tuple[int, list[str]]:
    """The answer, and why, for people."""
    told, against = list[str](), list[str]()
    same = [row for row in log.own if not paper.own or own_of(row) == paper.own]
    if log.head is not None:
        letters = head_letters(log.head.hash)
        if letters.startswith(paper.head):
            told.append(
                f"the log up to row {paper.row} ({_when(log.head, clock)}) is what it was when this was printed"
            )
        else:
            against.append(
                f"row {paper.row} is not the one that this paper knows: the log was computed again up to here"
            )
    elif paper.row:
        against.append(f"the log ends with row {log.last}, and this paper knows row {paper.row}")
    else:
        told.append("its kiosk had not heard of the log: it vouches for its own row alone")
    if same:
        told.append(f"its own row is row {same[0].hub_seq}, {_when(same[0], clock)}")
        if at and not _near(same[0], clock, at):
            against.append(f"it says {at}, and its row {_when(same[0], clock)}")
    elif log.own:
        against.append(f"row {log.own[0].hub_seq} is of this number, and is not what was printed: it was changed")
    elif log.later:
        against.append(f"its own row is not in the log, and a later number of {paper.day} is")
    else:
        told.append("its own row is not in the log: perhaps its kiosk's card died before it was sent")
    return _verdict(told, against, made, complete=bool(same))


def _verdict(told: list[str], against: list[str], made: bool | None, *, complete: bool) -> tuple[int, list[str]]:
    """The tag is looked at last: it says whose word this is."""
    if against and made:
        return CONTRADICTS, [*told, *against, "CONTRADICTS: this paper is genuine, and the log is not what it was."]
    if against:
        why = "its tag is false" if made is False else "nobody has checked its tag"
        return UNKNOWN, [
            *told,
            *against,
            f"UNKNOWN: it contradicts the log, but {why}: anybody can print such a paper.",
        ]
    if made is False:
        return UNKNOWN, [*told, "UNKNOWN: its tag is false, or of another month's key."]
    if made is None or not complete:
        return UNKNOWN, [
            *told,
            "UNKNOWN: nothing contradicts; " + ("nobody has checked its tag." if complete else "its row is missing."),
        ]
    return GENUINE, [*told, "GENUINE: the center has made this paper, and the log says what it says."]


def _when(row: LogRow, clock: CenterClock) -> str:
    if not _dated(row, clock):
        return "at a time that nobody knows"
    at_ms = row.t_event + clock.shift_ms(row.stretch)
    return f"{day_of(at_ms, clock.zone)} {hours_of(at_ms, clock.zone)}"


def _near(row: LogRow, clock: CenterClock, at: str) -> bool:
    """Whether the printed time is that of the row, within the clock's error and a minute."""
    if not _dated(row, clock):
        return True
    at_ms = row.t_event + clock.shift_ms(row.stretch)
    hours, minutes = map(int, at.split(":"))
    real = hours_of(at_ms, clock.zone).split(":")
    apart = abs((hours * 60 + minutes) - (int(real[0]) * 60 + int(real[1]))) * MINUTE_MS
    return apart <= row.err_ms + LATE_MS + MINUTE_MS
