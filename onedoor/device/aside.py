"""What is not as it was written is put aside, and stays as evidence.

Policy. A file that a program cannot use stands in its way, and may be all that is left of somebody's rows. So it moves
into a folder of its own, `aside/1`, `aside/2` ... in the box's data folder (counted, because a box that lost its card
seldom knows the date), with a word that says why. As long as anything lies there the word is a code on every clerk's
panel. `onedoor repair` moves what it has seen to on to `evidence/`; nothing ever deletes it.
"""

import logging
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from onedoor.device.journal import refused
from onedoor.device.small_file import read_words

log = logging.getLogger("onedoor.aside")

ASIDE, EVIDENCE, WHY = "aside", "evidence", "why"
LONGEST = 40


def put_aside(folder: Path, names: Sequence[Path], code: str) -> Path | None:
    """Move these files (those that are there) into a new folder under `aside`; None if none is there. JournalError if
    the card does not let anybody move them.
    """
    there = [name for name in names if os.path.lexists(name)]
    if not there:
        return None
    try:
        place = next_folder(folder / ASIDE)
        with open(place / WHY, "w", encoding="ascii") as file:
            file.write(code)
        for name in there:
            shutil.move(name, place / name.name)  # within one card this is a rename
        log.error("%s put aside as evidence: %s", ", ".join(map(str, there)), place)
    except OSError as wrong:
        raise refused(wrong, there[0]) from wrong
    return place


def note(folder: Path, code: str) -> None:
    """Nothing is left to put aside; the word alone stays until somebody has seen to it."""
    if code not in aside_codes(folder):
        with suppress(OSError), open(next_folder(folder / ASIDE) / WHY, "w", encoding="ascii") as file:
            file.write(code)


def next_folder(parent: Path) -> Path:
    """A new folder in this one, by the next free number."""
    if parent.exists() and not parent.is_dir():
        parent.rename(parent.with_name(f"{parent.name}.file"))
    parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    numbers = [int(path.name) for path in parent.iterdir() if path.name.isdecimal()]
    place = parent / str(max(numbers, default=0) + 1)
    place.mkdir(mode=0o750)
    return place


def aside_folders(folder: Path) -> list[Path]:
    """What lies aside and has not been seen to, oldest first."""
    try:
        found = [path for path in (folder / ASIDE).iterdir() if path.name.isdecimal()]
    except OSError:
        return []
    return sorted(found, key=lambda path: int(path.name))


def aside_code(place: Path) -> str:
    """Why something was put there."""
    try:
        return read_words(place / WHY, "ascii")[:LONGEST].strip() or "card_damaged"
    except (OSError, UnicodeError):
        return "card_damaged"


def aside_codes(folder: Path) -> list[str]:
    """The codes of what lies aside."""
    return list(dict.fromkeys(aside_code(place) for place in aside_folders(folder)))
