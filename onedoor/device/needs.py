"""What a box needs a hand for: one short code each, as `onedoor.look.alarms` spells them out.

Policy. What nobody hears is no alarm. Whatever fails in a program, beside it (a worker, a loudspeaker, a sign) or
before it (the run of it that crashed, the nightly check) becomes a code here, travels in the box's retained info, and
stands on every clerk's panel until it is over. What a program cannot say itself, because it is dead, lies as a file in
the folder `alarms` beside its journal: written by `onedoor tell`, which systemd calls, and read here every half
minute.
"""

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from onedoor.device.aside import aside_codes, note, put_aside
from onedoor.device.clock import Clock
from onedoor.device.journal import JournalError
from onedoor.device.mail import Flooded
from onedoor.device.small_file import plain_json, read_plain, replace_file
from onedoor.device.timers import Timers
from onedoor.device.worker import WorkerSays
from onedoor.wire.errors import WireError

log = logging.getLogger("onedoor.needs")

FOLDER = "alarms"
READ_MS = 30_000
STAYS_MS = 900_000
"""So long it is told that a program ended by itself, or that messages came which nobody can read."""
LONGEST = 4_096
STAYING = {"onedoor-verify": "verify"}
"""Units whose failure stands until they have been well once; that of any other unit stands for STAYS_MS."""
CODES = {"onedoor-broker": "broker"}


def code_of(unit: str, result: str) -> str:
    """What is told when a unit of systemd ended with this result."""
    name = unit.removesuffix(".service")
    return STAYING.get(name) or CODES.get(name) or ("frozen" if result == "watchdog" else "restarted")


def write_alarm(data: Path, unit: str, result: str, clock: Clock) -> None:
    """Keep, beside the journal, that a unit failed; `success` takes a failure that stays back. OSError if the card will
    not.
    """
    folder, name = data / FOLDER, unit.removesuffix(".service")
    path = folder / f"{name}.json"
    if result == "success":
        if name in STAYING:
            path.unlink(missing_ok=True)
        return
    if folder.exists() and not folder.is_dir():
        put_aside(data, [folder], "restarted")
    folder.mkdir(parents=True, exist_ok=True)
    said = {
        "code": code_of(unit, result), "result": result, "stays": name in STAYING, "boot": clock.boot_id,
        "mono_ms": clock.mono_ms(),
    }  # fmt: skip
    replace_file(path, json.dumps(said).encode())


def read_alarms(data: Path, clock: Clock) -> list[str]:
    """The codes that lie there and still hold. A file that cannot be read is a failure too: it was written by one."""
    found = []
    try:
        paths = sorted((data / FOLDER).glob("*.json"))
    except OSError:
        return []  # a folder that does not let us in: its own code says so
    for path in paths:
        try:
            said = plain_json(read_plain(path, LONGEST))
            if _holds(said, clock):
                found.append(str(said["code"])[:32])
            else:
                with suppress(OSError):  # a card that can only be read keeps it; it holds no longer all the same
                    path.unlink(missing_ok=True)
        except (OSError, ValueError, TypeError, KeyError, OverflowError) as wrong:
            log.warning("%s cannot be read: %s", path, wrong)
            found.append("restarted")
            with suppress(JournalError):
                put_aside(data, [path], "restarted")
    return list(dict.fromkeys([*found, *aside_codes(data)]))


def _holds(said: dict[str, Any], clock: Clock) -> bool:
    fresh = said["boot"] == clock.boot_id and 0 <= clock.mono_ms() - int(said["mono_ms"]) < STAYS_MS
    return bool(said["stays"]) or fresh


@dataclass(frozen=True, slots=True)
class Crashed:
    """The program's run before this one, since the box was switched on, did not end well."""


@dataclass(slots=True)
class Needs:
    """The needs of one box. `changed` is told when there is another one, or one less."""

    timers: Timers
    clock: Clock
    data: Path | None = None
    """Where the folder of alarms is; None: nowhere."""
    changed: Callable[[], None] = lambda: None
    _now: dict[str, None] = field(default_factory=dict)
    _read: list[str] = field(default_factory=list)

    @property
    def codes(self) -> list[str]:
        """What is needed now, oldest first."""
        return list(dict.fromkeys([*self._read, *self._now]))

    def start(self) -> None:
        """Read what lies there, again and again."""
        if self.data is None:
            return
        before, self._read = self.codes, read_alarms(self.data, self.clock)
        if before != self.codes:
            self.changed()
        self.timers.start("needs", READ_MS, self.start)

    def set(self, code: str, *, needed: bool) -> None:
        """This is needed now, or not any more."""
        if needed == (code in self._now):
            return
        if needed:
            self._now[code] = None
        else:
            del self._now[code]
        self.changed()

    def forgotten(self, *, keep: bool) -> None:
        """The card has forgotten everything; `keep`: the card itself can remember that until somebody sees to it."""
        if keep and self.data is not None:
            note(self.data, "card_lost")
            self.start()
        else:
            self.set("card_lost", needed=True)

    def for_a_while(self, code: str, stays_ms: int = STAYS_MS) -> None:
        """Something happened that is over already, and that a person is to hear of."""
        self.set(code, needed=True)
        self.timers.start(f"need {code}", stays_ms, lambda: self.set(code, needed=False))

    def refused(self, topic: str, wrong: WireError) -> None:
        """A message broke the contract: it is dropped, and whoever looks after the boxes hears of it."""
        log.warning("refused a message on %s: %s: %s", topic[:80], wrong.code, wrong)
        self.for_a_while("refused")

    def hear(self, wish: object) -> bool:
        """What a worker, or the inbox itself, says of itself; False: it is something else."""
        match wish:
            case WorkerSays(worker, fault):
                self.set(worker, needed=bool(fault))
            case Crashed():
                self.for_a_while("restarted")
            case Flooded():
                self.for_a_while("flooded")
            case _:
                return False
        return True
