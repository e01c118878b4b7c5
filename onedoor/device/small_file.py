"""Small files on a box's card, read and written so that no file in their place can stop the box.

Policy. A card can hold anything under any name: a pipe that nobody writes to, a socket, a file of a terabyte with
nothing in it, ten thousand brackets. Whoever waits for such a thing, or takes it into memory, is a black screen. So
whatever is kept in small files is read here: what is no plain file, or too large, is an OSError like any other, at
once; and JSON that no decoder can follow is a ValueError like any other.
"""

import errno
import json
import os
import shutil
import stat
from pathlib import Path
from typing import Any, BinaryIO

PRIVATE = 0o640
MOST = 4 * 1024 * 1024
"""Bytes: many times the largest catalogue."""


class NoPlainFile(OSError):
    """What lies there is no file of a size that somebody wrote."""


def open_plain(path: Path) -> BinaryIO:
    """The file, to be read. OSError if it cannot be, or is no plain file."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise NoPlainFile(errno.EINVAL, "is no plain file", str(path))
    return os.fdopen(handle, "rb")


def read_plain(path: Path, most: int = MOST) -> bytes:
    """The whole file. OSError if it cannot be read, is no plain file, or is longer than `most` bytes."""
    with open_plain(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise NoPlainFile(errno.EFBIG, "is larger than any file of this kind", str(path))
    return data


def read_words(path: Path, encoding: str = "utf-8") -> str:
    """The same as text, its line ends as in every text file. UnicodeError if it is none."""
    return read_plain(path).decode(encoding).replace("\r\n", "\n").replace("\r", "\n")


def plain_json(text: str | bytes) -> Any:
    """What a JSON text says; ValueError if nobody can follow it."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("brackets without end") from None


def is_odd(path: Path) -> bool:
    """Whether something lies there that is no plain file."""
    try:
        return not stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def replace_file(path: Path, data: bytes, mode: int = PRIVATE) -> None:
    """A whole file or the old one, whatever happens meanwhile, readable for the box's own group. OSError if not."""
    part = path.with_name(path.name + ".part")
    if is_odd(part) and not part.is_dir():
        part.unlink()  # a pipe, a socket, a link: it holds nothing, and would be waited for
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
    with open(os.open(part, flags, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def copy_plain(source: Path, target: Path) -> None:
    """A copy, if there is room for it: a file may be said to be larger than its whole card. OSError if not."""
    if is_odd(source) or source.stat().st_size > shutil.disk_usage(target.parent).free:
        raise NoPlainFile(errno.EFBIG, "there is no room for a copy of it", str(source))
    shutil.copyfile(source, target)
