"""What a box does about a disk that fills up.

Policy. A file without meaning, the ballast, lies beside the journal. When the disk is full, the journal
says so and the program ends; its next start throws the ballast away and has room for months of rows
while somebody cleans up. What happens when there is no ballast any more, or when the card can only be
read, is in `onedoor.device.card`. A hub never leads from memory.
"""

import logging
import os
import shutil
from pathlib import Path

from onedoor.device.small_file import is_odd

log = logging.getLogger("onedoor.disk")

FILE = "ballast"
LOW_SHARE = 0.2
"""Below this share of free space somebody should be told."""


def prepare(folder: Path, size_mb: int) -> int:
    """Lay the ballast out, or throw it away if the disk is full. Percent of the disk that is free."""
    size, ballast = size_mb * 1024 * 1024, folder / FILE
    try:
        os.makedirs(os.path.realpath(folder), exist_ok=True)
        free = shutil.disk_usage(folder).free
        if is_odd(ballast) and not ballast.is_dir():
            ballast.unlink()  # a pipe would be waited for
        if ballast.exists() and free < size // 8:
            ballast.unlink()
            log.error("%s: the disk is full; the ballast was thrown away. Free some space: old exports first.", folder)
        elif size and free > 4 * size and not whole(ballast, size):
            with open(ballast, "wb") as file:
                os.posix_fallocate(file.fileno(), 0, size)
    except OSError as wrong:
        log.warning("%s: no ballast: %s", folder, wrong)
    return free_percent(folder)


def whole(ballast: Path, size: int) -> bool:
    """Whether the ballast holds the room it should hold; one that was cut holds none."""
    return ballast.exists() and ballast.stat().st_blocks * 512 >= size


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
