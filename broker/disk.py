"""What a hub's disk is like before anybody opens its log; what may be put aside, and what may not.

Policy. The log is never moved by a program that starts: whatever is left of it may be all there is, so a hub that finds
it spoilt does not lead, and `onedoor repair` sees to it. Where this box stands is less: a file that does not say so is
put aside, and the box believes whoever leads.
"""

import errno
import os
import stat
from pathlib import Path

import msgspec

from broker.sqlite_store import FILE, STANDING_FILE, standing_in
from onedoor.device.aside import note, put_aside
from onedoor.device.card import owner_trusted, spoilt, state_of, trusted
from onedoor.device.journal import DAMAGED, FOREIGN, FULL, REPAIR, JournalError, refused
from onedoor.device.small_file import NoPlainFile, read_plain


def check_disk(folder: Path) -> None:
    """JournalError, before anybody has opened the log, if it cannot be trusted: the folder or a file of it is another
    user's or of another kind, or it was emptied. Nothing is moved: whatever is left of it may be all there is.
    """
    path = folder / FILE
    if not trusted(folder):
        raise JournalError(f"{folder}: belongs to another user. {REPAIR}", FOREIGN)
    why = spoilt(path)
    if why:
        foreign = why == "card_foreign"
        told = "belongs to another user" if foreign else "the file is damaged (it is empty, or none)"
        raise JournalError(f"{path}: {told}. {REPAIR}", FOREIGN if foreign else DAMAGED)
    if not path.exists() and (folder / STANDING_FILE).exists():
        raise JournalError(f"{path}: the log is gone, and this box had one. {REPAIR}", DAMAGED)


def check_room(folder: Path) -> None:
    """JournalError if the disk has no room for a log to grow, or takes nothing at all."""
    state = state_of(folder)
    if state:
        number = errno.ENOSPC if state == FULL else errno.EROFS
        raise refused(OSError(number, os.strerror(number)), folder)


def mind_standing(folder: Path) -> bool:
    """Put a file aside that does not say where this box stands, and tell whether that is not known: it was spoilt, or
    there is a log without it.
    """
    path = folder / STANDING_FILE
    try:
        found = path.lstat()
        if stat.S_ISREG(found.st_mode) and owner_trusted(found):
            standing_in(read_plain(path))
            return False
    except FileNotFoundError:
        known = not (folder / FILE).exists()
        if not known:
            note(folder, "standing")
        return not known
    except (msgspec.MsgspecError, ValueError, NoPlainFile):
        pass
    except OSError as wrong:
        raise refused(wrong, path) from wrong
    put_aside(folder, [path], "standing")
    return True
