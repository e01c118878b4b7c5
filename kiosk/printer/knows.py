"""What is known of a printer, and kept: which questions it answers, and whether a job may still be open inside of it.

Policy: a yes is never forgotten because of one silence; it is forgotten only when the staff prints a test sheet, which
is what a technician does after another printer was fitted. An open job is on disk before its first byte: a program that
dies inside a band leaves a printer that waits for the rest, and the next start has to know. A disk that takes nothing
costs a blank piece of paper at the next start, never a ticket.
"""

import json
import logging
import os
import re
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from onedoor.device.aside import put_aside
from onedoor.device.journal import JournalError
from onedoor.device.small_file import is_odd, plain_json, read_words, replace_file

log = logging.getLogger("onedoor.printer")

NOTHING_OPEN, UNKNOWN = 0, -1
MARK_BYTES = 9
BAUDS = (9600, 19200, 38400, 57600, 115200)
"""Speeds of serial lines; another one was never found, whatever a file says."""


@dataclass(frozen=True, slots=True)
class Knows:
    """What one printer can do. `answers`: which DLE EOT it has ever answered (none: it does not speak of itself);
    `echoes`: whether it echoes jobs (None: nobody knows yet); `pause`: whether it wants a rest between connections;
    `baud`: at which speed of a serial line it answered, if not at that of its profile (0).
    """

    answers: tuple[int, ...] = ()
    echoes: bool | None = None
    pause: bool = False
    baud: int = 0

    @property
    def speaks(self) -> bool:
        """Whether it has ever answered anything: then silence is a fault."""
        return bool(self.answers) or bool(self.echoes)

    def heard(self, *, answers: tuple[int, ...] = (), echoed: bool = False) -> "Knows":
        """The same with what was heard just now: a yes stays a yes."""
        every = tuple(sorted({*self.answers, *answers}))
        return replace(self, answers=every, echoes=True if echoed else self.echoes)


class Memory(Protocol):
    """Where it is kept."""

    def load(self) -> Knows:
        """What is known."""
        ...

    def save(self, knows: Knows) -> None:
        """Keep it."""
        ...

    def opened(self) -> int:
        """How many bytes a row of the open job has; NOTHING_OPEN, or UNKNOWN."""
        ...

    def open_job(self, row_bytes: int) -> None:
        """On disk when this returns: a job is open (or, with NOTHING_OPEN, no more)."""
        ...


class ShortMemory:
    """For as long as the program runs."""

    def __init__(self) -> None:
        self._knows, self._opened = Knows(), UNKNOWN

    def load(self) -> Knows:
        """What is known."""
        return self._knows

    def save(self, knows: Knows) -> None:
        """Keep it."""
        self._knows = knows

    def opened(self) -> int:
        """Bytes a row of the open job."""
        return self._opened

    def open_job(self, row_bytes: int) -> None:
        """Remember it."""
        self._opened = row_bytes


class FileMemory(ShortMemory):
    """On the box's own card: two small files for each printer, named after its address."""

    def __init__(self, folder: Path, address: str) -> None:
        super().__init__()
        name = re.sub(r"[^a-z0-9]+", "-", address.lower()).strip("-")
        self._file, self._mark = folder / f"{name}.json", folder / f"{name}.open"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as wrong:
            log.warning("what is learned of the printer cannot be kept: %s", wrong)
        for file in (self._file, self._mark):
            if is_odd(file):
                with suppress(JournalError):  # it stays, and what is learned is not kept
                    put_aside(folder.parent, [file], "card_damaged")
        self._knows = _read(self._file)
        self._opened = _opened(self._mark)

    def save(self, knows: Knows) -> None:
        """Keep it, whole or not at all."""
        super().save(knows)
        try:
            replace_file(self._file, json.dumps(asdict(knows)).encode("ascii"), 0o644)
        except OSError as wrong:
            log.warning("what is learned of the printer cannot be kept: %s", wrong)

    def open_job(self, row_bytes: int) -> None:
        """One number in one small file, overwritten in place: a single flush."""
        super().open_job(row_bytes)
        try:
            file = os.open(self._mark, os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK | os.O_NOFOLLOW, 0o644)
            try:
                os.pwrite(file, b"%-8d\n" % row_bytes, 0)
                if os.fstat(file).st_size > MARK_BYTES:
                    os.ftruncate(file, MARK_BYTES)
                # That a job has ended may be forgotten: it costs a blank piece of paper.
                if row_bytes != NOTHING_OPEN:
                    os.fdatasync(file)
            finally:
                os.close(file)
        except OSError as wrong:
            log.warning("the open job cannot be kept: %s", wrong)


def _read(path: Path) -> Knows:
    """What a file says; nothing if it is not there, cut, or of another time."""
    try:
        said: Any = plain_json(read_words(path, "ascii"))
        baud, numbers = said["baud"], [*said["answers"], said["baud"]]
        if not all(type(n) is int for n in numbers) or baud not in (0, *BAUDS):
            raise ValueError("numbers that cannot be")
        answers = tuple(sorted({n for n in said["answers"] if n in (1, 2, 3, 4)}))
        echoes = said["echoes"] if isinstance(said["echoes"], bool) else None
        return Knows(answers, echoes, said["pause"] is True, baud)
    except FileNotFoundError:
        return Knows()
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as wrong:
        log.warning("%s cannot be read (%s): the printer is asked anew", path, wrong)
        return Knows()


def _opened(path: Path) -> int:
    try:
        opened = int(read_words(path, "ascii"))
    except (OSError, ValueError, OverflowError):
        return UNKNOWN
    return opened if 0 <= opened < 256 else UNKNOWN
