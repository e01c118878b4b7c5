"""`onedoor repair`: one command for whatever a screen or a panel says about a box's files."""

import argparse
import io
import os
import pwd
import secrets
import sys
from functools import partial
from pathlib import Path

from broker.mending import look_at_log
from onedoor.device.aside import aside_folders
from onedoor.device.card import hold, open_card, trusted
from onedoor.device.catalogue import load_book
from onedoor.device.config import ConfigError, DeviceConfig
from onedoor.device.journal import JournalError, SqliteJournal
from onedoor.device.repair import (
    Plan,
    look_at_aside,
    look_at_catalogue,
    look_at_config,
    look_at_folder,
    look_at_journal,
    look_at_readers,
    look_at_room,
    owner_of,
)  # fmt: skip

USER = "onedoor"
DATA = Path("/var/lib/onedoor")
REMOUNT = ("mount", "-o", "remount,rw")
ROUNDS = 4
"""What one step repairs may show what the next has to."""
UNITS = {"hub": "onedoor-hub", "spare": "onedoor-hub", "kiosk": "onedoor-kiosk", "hall": "onedoor-hall"}


def main(argv: list[str]) -> int:
    """`onedoor repair --config FILE`: say what is wrong with this box's files, and, after a yes, put it right. Nothing
    is destroyed: what cannot be used moves to the folder `evidence`. 0: all is well; 1: nothing was done, or something
    is left that only a person can do (it is said what); 2: it could not be done.
    """
    parser = argparse.ArgumentParser("onedoor repair", description=main.__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--yes", action="store_true", help="do it without asking")
    parser.add_argument("--data", type=Path, default=DATA, help="where the box's files are, if its file cannot tell")
    parser.add_argument("--without-spare", action="store_true", help="do not wait for the spare's log")
    args = parser.parse_args(argv)
    for stream in (sys.stdout, sys.stderr):  # a name on a card may be none in any language
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _repair(args.config, args.data, yes=args.yes, alone=args.without_spare)
    except PermissionError as wrong:
        print(f"{wrong.filename or args.config}: this belongs to another user. Run it as root:", file=sys.stderr)
        print(f"  sudo onedoor repair --config {args.config}", file=sys.stderr)
        return 2
    except (JournalError, OSError, EOFError) as wrong:
        print(wrong, file=sys.stderr)
        return 2


def _repair(path: Path, data: Path, *, yes: bool, alone: bool) -> int:
    handle: list[int] = []
    try:
        return _rounds(path, data, handle, yes=yes, alone=alone)
    finally:
        for held in handle:
            os.close(held)


def _rounds(path: Path, data: Path, handle: list[int], *, yes: bool, alone: bool) -> int:
    """Look and repair until nothing is left to do; `handle`: what keeps other programs away meanwhile."""
    done = 0
    for _ in range(ROUNDS):
        plan, config = Plan(), None
        config = look_at_config(plan, path, data)
        if config is not None:
            folder = Path(config.data)
            if not handle and config.role not in ("hub", "spare"):
                handle += filter(None, [_hold(folder, config.role)])
            look_at_readers(plan, config, path, *owner_of(folder, _box_user()))
            _look(plan, config, alone=alone)
        if not plan.steps:
            break
        if not _agreed(plan, yes=yes):
            print("Nothing was changed.")
            return 1
        for step in plan.steps:
            print(f"  {step.do()}")
            done += 1
    for text in plan.cannot:
        print(f"This needs a person:\n  {text}", file=sys.stderr)
    if plan.cannot or plan.steps:
        return 1
    print("Repaired: the box's programs go on by themselves." if done else "Nothing is wrong with this box's files.")
    return 0


def _hold(folder: Path, role: str) -> int | None:
    """Nobody may write while files are moved."""
    try:
        return hold(folder)
    except JournalError:
        unit = UNITS.get(role, "onedoor-counter")
        raise JournalError(
            f"The box's own program is running. Stop it, repair, start it again:\n"
            f"  sudo systemctl stop {unit}; sudo onedoor repair --config FILE; sudo systemctl start {unit}"
        ) from None


def _agreed(plan: Plan, *, yes: bool) -> bool:
    print("What will be done:")
    for step in plan.steps:
        print(f"- {step.told}")
    return yes or input("Do it? Type YES: ") == "YES"


def _look(plan: Plan, config: DeviceConfig, *, alone: bool) -> None:
    """Everything that one round can see."""
    folder = Path(config.data)
    look_at_catalogue(plan, config, lambda: _used(config))
    if not folder.exists():
        return
    uid, gid = owner_of(folder, _box_user())
    look_at_folder(plan, folder.resolve(), uid, gid)
    if plan.steps:
        return  # first things first: the rest is looked at in the next round
    if not os.access(folder, os.W_OK):
        _remount(plan, folder)
        return
    if not trusted(folder):
        return
    look_at_room(plan, folder)
    if plan.steps or plan.cannot:
        return
    if config.role in ("hub", "spare"):
        look_at_log(plan, config, alone=alone)
    elif config.role != "hall":
        make = partial(SqliteJournal)
        look_at_journal(plan, folder, config.dev, make)
        if not plan.steps and aside_folders(folder):
            _begin(folder, config.dev)
    if not plan.steps:
        look_at_aside(plan, folder, config.dev, partial(SqliteJournal))


def _begin(folder: Path, dev: str) -> None:
    """There is a journal that rows can be taken over into."""
    open_card(folder, dev, secrets.token_hex(8)).journal.close()


def _used(config: DeviceConfig) -> None:
    load_book(config.catalogue, config.catalogue_local, config.catalogue_key)


def _box_user() -> tuple[int, int] | None:
    try:
        found = pwd.getpwnam(USER)
    except KeyError:
        return None
    return found.pw_uid, found.pw_gid


def _remount(plan: Plan, folder: Path) -> None:
    """A card that the kernel has made read-only is tried once more; one that is dying will not hold."""
    import subprocess

    where = folder.resolve()
    while not os.path.ismount(where):
        where = where.parent
    dying = f"{folder} can only be read."

    def remount() -> str:
        said = subprocess.run([*REMOUNT, str(where)], capture_output=True, text=True, check=False)
        if said.returncode:
            why = said.stderr.strip()
            raise JournalError(f"{dying} It cannot be made writable ({why}). It is dying: replace it, and keep it.")
        return f"{where} can be written again. If this comes back, the card is dying: replace it, and keep it."

    if os.geteuid() != 0:
        plan.cannot.append(f"{dying} Run it again as root: sudo onedoor repair --config FILE")
    else:
        plan.step(f"{dying} -> make {where} writable again", remount)


__all__ = ["ConfigError", "main"]
