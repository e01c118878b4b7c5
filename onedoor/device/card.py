"""A box's card at a start: whatever it is like, the box runs, says what is wrong, and destroys nothing.

Policy. A journal that is not as it was written (cut, overwritten, somebody else's, of another kind) is put aside as
evidence, and a new one begins: its numbers are unsure until the hub has told what it knows. Where nothing can be
written (no room, a card that has died into reading only, a folder of another user) the box goes on with a copy in
memory, in a folder that this user alone can read, and its rows go to the hub at once; the next start finds them there
and brings them home. Each of these is a code on every clerk's panel until `onedoor repair` has been run, or the card is
well again. Nothing is ever thrown away here but the copy whose rows are on the card.
"""

import fcntl
import logging
import os
import shutil
import stat
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

from onedoor.device.aside import note, put_aside
from onedoor.device.clock import pause
from onedoor.device.joining import take_over
from onedoor.device.journal import (
    DAMAGED,
    FLAG,
    FOREIGN,
    FULL,
    JOURNAL,
    LOCKED,
    READ_ONLY,
    JournalError,
    SqliteJournal,
    explain,
    refused,
)  # fmt: skip
from onedoor.device.small_file import copy_plain

log = logging.getLogger("onedoor.card")

SHELF = Path("/dev/shm")  # noqa: S108 - memory, in a folder only this user can read
SHELVES = 9
"""So many folders of others may stand in the way of ours in memory."""
ROOM = 1024 * 1024
"""Bytes: with less room a card is full, even if the next row would still find its place."""
BESIDE = ("", "-wal", "-shm")
HOLD_TRIES, HOLD_S = 25, 0.2


@dataclass(slots=True)
class Card:
    """Where this run of a box is written; `codes`: what a hand is needed for."""

    journal: SqliteJournal
    volatile: bool = False
    codes: list[str] = field(default_factory=list)


def owner_trusted(found: os.stat_result) -> bool:
    """Whether what lies there is ours, or the system's. Anybody may have written what belongs to somebody else."""
    return found.st_uid in (os.geteuid(), 0)


def trusted(folder: Path) -> bool:
    """Whether the box's folder (or, while it is not there, what it will be in) is its own, and lets it in: one of root
    may be closed to the box's user.
    """
    try:
        return owner_trusted(folder.stat()) and os.access(folder, os.R_OK | os.X_OK)
    except FileNotFoundError:
        return folder == folder.parent or trusted(folder.parent)
    except OSError:
        return False


def hold(folder: Path) -> int | None:
    """Keep other programs of ours away from this folder as long as this process lives. JournalError if one has it."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return None  # there is nothing that two could write to
    for _ in range(HOLD_TRIES):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pause(HOLD_S)  # the run before this one may be just ending
        else:
            return handle
    os.close(handle)
    raise JournalError(
        f"{folder}: another program has this box's files open. Stop it first; only one may write.", LOCKED
    )


def open_card(folder: Path, dev: str, run: str, shelf: Path = SHELF) -> Card:
    """The journal of this run, wherever it can be written. JournalError: another program has it, or nothing at all can
    be written, not even in memory.
    """
    codes: list[str] = []
    if trusted(folder):
        try:
            return Card(_on_card(folder, dev, run, shelf, codes), codes=codes)
        except JournalError as wrong:
            if wrong.kind == LOCKED:
                raise
            why = state_of(folder) or wrong.kind
            log.error("%s", wrong)  # noqa: TRY400 - the message is for a technician, not a traceback
    else:
        why = FOREIGN
    code = f"card_{why if why in (FULL, FOREIGN, DAMAGED) else READ_ONLY}"
    log.error("%s: %s. Going on in memory. %s", folder, code, "Run: onedoor repair --config FILE")
    journal = _in_memory(folder, dev, run, shelf, codes)
    return Card(journal, True, list(dict.fromkeys([code, *codes])))


def state_of(folder: Path) -> str:
    """READ_ONLY or FULL, if that is what keeps everybody from writing there; else ""."""
    try:
        if os.statvfs(folder).f_flag & os.ST_RDONLY:
            return READ_ONLY
    except OSError:
        return ""
    return FULL if free_bytes(folder) < ROOM else ""


def free_bytes(folder: Path) -> int:
    """Room for this user on the card; as much as anybody can wish if nobody can say."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 1 << 62


# -- on the card ------------------------------------------------------------------------------------


def _on_card(folder: Path, dev: str, run: str, shelf: Path, codes: list[str]) -> SqliteJournal:
    path = folder / JOURNAL
    try:
        os.makedirs(os.path.realpath(folder), exist_ok=True)  # a link to where nothing is any more is followed, too
    except OSError as wrong:
        raise refused(wrong, folder) from wrong
    why = spoilt(path)
    if why:
        _put_aside(path, why, codes)
    elif not path.exists() and any((folder / name).exists() for name in ("running", "good")):
        note(folder, "card_lost")
        codes.append("card_lost")
    try:
        journal = _checked(path, dev, run)
    except JournalError as wrong:
        if wrong.kind != DAMAGED:
            raise
        log.error("%s", wrong)  # noqa: TRY400
        _put_aside(path, "card_damaged", codes)
        journal = _checked(path, dev, run)
    try:
        if free_bytes(folder) < ROOM:
            raise JournalError(explain(OSError(28, "No space left on device"), path), FULL)
        journal.begin()
        _bring_home(journal, folder, shelf)
    except JournalError:
        journal.close()
        raise
    return journal


def _checked(path: Path, dev: str, run: str) -> SqliteJournal:
    journal = SqliteJournal(path, dev, run)
    try:
        journal.look_through()
    except JournalError:
        journal.close()
        raise
    return journal


def spoilt(path: Path) -> str:
    """Why the journal's files cannot be trusted before anybody has opened them: the code, or ""."""
    for beside in BESIDE:
        name = path.with_name(path.name + beside)
        try:
            found = name.lstat()
        except OSError:
            continue
        if not stat.S_ISREG(found.st_mode):
            return "card_damaged"
        if not owner_trusted(found) or (found.st_uid != os.geteuid() and not os.access(name, os.R_OK)):
            return "card_foreign"
    if path.with_name(path.name + FLAG).exists():
        return "card_damaged"
    wal = path.with_name(path.name + "-wal")
    if path.exists() and not path.stat().st_size:
        return "card_damaged"  # even a new journal has a first page
    if not path.exists() and wal.exists() and wal.stat().st_size:
        return "card_damaged"  # SQLite would throw away what belongs to no journal
    return ""


def _put_aside(path: Path, code: str, codes: list[str]) -> None:
    names = [path.with_name(path.name + beside) for beside in (*BESIDE, FLAG)]
    put_aside(path.parent, names, code)
    codes.append(code)


# -- in memory --------------------------------------------------------------------------------------


def shelf_of(folder: Path, dev: str, shelf: Path = SHELF, *, make: bool = False) -> Path | None:
    """This box's folder in memory: a real one, of this user, closed to all others. What another user has put there
    under its name is left alone, and the next name taken.
    """
    name = f"onedoor-{os.geteuid()}-{dev}-{crc32(os.fsencode(os.path.abspath(folder))):08x}"
    for number in range(1, SHELVES + 1):
        place = shelf / (name if number == 1 else f"{name}-{number}")
        if make:
            try:
                place.mkdir(mode=0o700)
            except FileExistsError:
                pass
            except OSError as wrong:
                raise refused(wrong, place) from wrong
        try:
            found = place.lstat()
        except OSError:
            return None
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022:
            return place
        log.error("%s is not ours: it is not believed, and left alone", place)
    if make:
        raise JournalError(f"{shelf}: folders of other users stand in the way of this box's. Remove them.", FOREIGN)
    return None


def _in_memory(folder: Path, dev: str, run: str, shelf: Path, codes: list[str]) -> SqliteJournal:
    place = shelf_of(folder, dev, shelf, make=True)
    assert place is not None
    path = place / JOURNAL
    if not path.exists() and trusted(folder) and not spoilt(folder / JOURNAL):
        _copy(folder, place)
    try:
        journal = _checked(path, dev, run)
    except JournalError as wrong:
        if wrong.kind != DAMAGED:
            raise
        _put_aside(path, "card_damaged", codes)
        journal = _checked(path, dev, run)
    journal.begin()
    return journal


def _copy(folder: Path, place: Path) -> None:
    """The card's journal into memory, whole or not at all."""
    try:
        for beside in ("-wal", ""):
            name = JOURNAL + beside
            if (folder / name).exists():
                copy_plain(folder / name, place / f"{name}.part")
                os.chmod(place / f"{name}.part", 0o600)
                os.replace(place / f"{name}.part", place / name)
    except OSError as wrong:
        log.error("%s cannot be copied into memory: %s", folder / JOURNAL, wrong)  # noqa: TRY400
        for beside in ("-wal", ""):
            (place / (JOURNAL + beside)).unlink(missing_ok=True)


def _bring_home(journal: SqliteJournal, folder: Path, shelf: Path) -> None:
    """What was written in memory while the card could not be. The copy goes when all of it is on the card."""
    place = shelf_of(folder, journal.dev, shelf)
    if place is None or not (place / JOURNAL).exists():
        return
    try:
        copy = _checked(place / JOURNAL, journal.dev, journal.run)
        try:
            taken = take_over(journal, copy)
        finally:
            copy.close()
    except JournalError as wrong:
        if wrong.kind != DAMAGED:
            raise
        log.error("%s", wrong)  # noqa: TRY400
        put_aside(folder, [place / (JOURNAL + beside) for beside in BESIDE], "card_damaged")
        return
    log.warning("%d rows that were kept in memory are on the card now", taken)
    for beside in BESIDE:
        (place / (JOURNAL + beside)).unlink(missing_ok=True)
