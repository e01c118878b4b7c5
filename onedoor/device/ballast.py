"""What a box does about a disk that fills up or can only be read.

Policy. A file without meaning, the ballast, lies beside the journal. When the disk is full, the journal
says so and the program ends; its next start throws the ballast away and has room for months of rows
while somebody cleans up. A card that can only be read any more is dying: a kiosk or counter goes on
with a copy of its journal in memory; its rows are marked as volatile and are safe as soon as the hub
has them. A hub never leads from memory.
"""

import logging
import os
import shutil
from pathlib import Path

log = logging.getLogger("onedoor.disk")

FILE = "ballast"
LOW_SHARE = 0.2
"""Below this share of free space somebody should be told."""
SHELF = Path("/dev/shm")  # noqa: S108 - memory, in a folder only this user can read
JOURNAL = "journal.db"


def prepare(folder: Path, size_mb: int) -> int:
    """Lay the ballast out, or throw it away if the disk is full. Percent of the disk that is free."""
    size, ballast = size_mb * 1024 * 1024, folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        if ballast.exists() and free < size // 8:
            ballast.unlink()
            log.error("%s: the disk is full; the ballast was thrown away. Free some space: old exports first.", folder)
        elif size and not ballast.exists() and free > 4 * size:
            with open(ballast, "wb") as file:
                os.posix_fallocate(file.fileno(), 0, size)
    except OSError as wrong:
        log.warning("%s: no ballast: %s", folder, wrong)
    return free_percent(folder)


def free_percent(folder: Path) -> int:
    """How much of the disk is free; a warning is logged below a fifth. 100 if nobody can say."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return 100
    percent = usage.free * 100 // max(1, usage.total)
    if percent < LOW_SHARE * 100:
        log.warning("%s: only %d %% of the disk is free", folder, percent)
    return percent


def journal_place(folder: Path, dev: str, shelf: Path = SHELF) -> tuple[Path, bool]:
    """Where the journal is written: on the card, or, if that can only be read, a copy of it in memory (True)."""
    if not folder.exists() or os.access(folder, os.W_OK):
        return folder / JOURNAL, False
    place = shelf / f"onedoor-{os.getuid()}-{dev}"
    if not (place / JOURNAL).exists():
        place.mkdir(mode=0o700, exist_ok=True)
        for name in (f"{JOURNAL}-wal", JOURNAL):
            if (folder / name).exists():
                shutil.copyfile(folder / name, place / name)
    log.error("%s can only be read: the card is dying. Going on in memory; replace the card.", folder)
    return place / JOURNAL, True
