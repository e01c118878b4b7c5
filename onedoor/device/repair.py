"""What `onedoor repair` does on every box: a list of small steps, named first, done after a person's yes.

Policy. Nothing is destroyed: what a program had put aside, and what stands in a program's way, moves to `evidence/`
under the next number; rows that can still be read and that this box's journal has not are taken over from there. A copy
of what a person wrote (configuration, catalogue) is put back only if the file that is there cannot be used. What no
command can do (free room that is not there, bring a dead card back) is said in words, and counts as not repaired.
"""

import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from onedoor.device.aside import ASIDE, EVIDENCE, WHY, aside_code, aside_folders, next_folder
from onedoor.device.ballast import FILE as BALLAST
from onedoor.device.card import BESIDE, ROOM, SHELF, free_bytes, owner_trusted, shelf_of, spoilt
from onedoor.device.config import ConfigError, DeviceConfig, load
from onedoor.device.good import CONFIG, GOOD, named
from onedoor.device.joining import rescue, take_over
from onedoor.device.journal import FLAG, JOURNAL, JournalError, SqliteJournal
from onedoor.device.small_file import MOST, copy_plain, is_odd, read_plain, replace_file

Make = Callable[[Path, str, str], SqliteJournal]
KINDS = {
    **dict.fromkeys(("kivy", "printers", "mosquitto", "alarms", ASIDE, EVIDENCE, GOOD), stat.S_ISDIR),
    **dict.fromkeys(("control", "denied.sock"), stat.S_ISSOCK),
    **dict.fromkeys(("clock.json", "standing.json", "seal.key", "running", BALLAST), stat.S_ISREG),
}
"""What is what in a box's folder; the journal and the log are looked at for themselves."""
OF_FILES = ("printers", "alarms", GOOD)
"""Folders of a box that hold files and nothing else."""
LEFT_OVER = (".part", ".tmp", ".new")
LARGEST = 5
AS_ROOT = "Run it again as root: sudo onedoor repair --config FILE"


@dataclass(slots=True)
class Step:
    """Something to do: what a person reads, and how it is done. `do` gives back what came of it, for people."""

    told: str
    do: Callable[[], str]


@dataclass(slots=True)
class Plan:
    """What is wrong with a box's files. `cannot`: what only a person can do."""

    steps: list[Step] = field(default_factory=list)
    cannot: list[str] = field(default_factory=list)

    def step(self, told: str, do: Callable[[], str]) -> None:
        """One more."""
        self.steps.append(Step(told, do))


# -- what a person wrote ----------------------------------------------------------------------------


def look_at_config(plan: Plan, path: Path, data: Path) -> DeviceConfig | None:
    """The box's own file; one that cannot be used is put back from the copy of its last good start."""
    try:
        return load(path, DeviceConfig)
    except ConfigError as wrong:
        copy, text = data / GOOD / CONFIG, str(wrong)
    try:
        config = load(copy, DeviceConfig)
    except ConfigError:
        plan.cannot.append(
            f"{text}\nThere is no good copy of it in {copy.parent}. Mend the lines above, or copy the box's file again"
            " from where `onedoor config write` has put it."
        )
        return None
    plan.step(f"{text}\n  -> put the copy of the last good start back ({copy})", lambda: put_back(path, copy, data))
    return config


def look_at_catalogue(plan: Plan, config: DeviceConfig, usable: Callable[[], None]) -> None:
    """The catalogue's files; `usable` raises ConfigError if they cannot be used."""
    try:
        usable()
    except ConfigError as wrong:
        text = str(wrong)
    else:
        return
    data = Path(config.data)
    found = {name: path for name, path in named(config).items() if (data / GOOD / name).exists()}
    changed = {n: p for n, p in found.items() if _bytes(p) != _bytes(data / GOOD / n)}
    if not changed:
        plan.cannot.append(f"{text}\nThere is no other copy of it in {data / GOOD}. Take both files from their source.")
    for name, path in changed.items():
        plan.step(
            f"{text}\n  -> put the copy of the last good start back: {path}",
            partial(put_back, path, data / GOOD / name, data),
        )


def _set_aside(path: Path) -> Path:
    """What is no plain file, or of a size that may not fit on the card, stays where it is under another name."""
    number = next(n for n in range(1, 10_000) if not os.path.lexists(path.with_name(f"{path.name}.{n}")))
    return path.rename(path.with_name(f"{path.name}.{number}"))


def put_back(path: Path, copy: Path, data: Path) -> str:
    """What stands there moves to the evidence, the copy takes its place, with the same rights."""
    mode, was = 0o640, ""
    owner = path.lstat() if os.path.lexists(path) else None
    if owner is not None:
        if path.is_dir():
            place = evidence(data, [path])
        elif path.is_file() and path.stat().st_size <= MOST:
            mode = stat.S_IMODE(owner.st_mode)
            place = evidence(data, [path], copied=True)
        else:
            place = _set_aside(path)
        was = f"; what was there is in {place}"
    replace_file(path, read_plain(copy), mode)
    if owner is not None and os.geteuid() == 0:
        os.chown(path, owner.st_uid, owner.st_gid)
    return f"{path}: put back{was}"


# -- the card ---------------------------------------------------------------------------------------


def look_at_folder(plan: Plan, folder: Path, uid: int, gid: int) -> None:
    """Who owns the box's files; what is of another kind than it has to be; what was left half written."""
    for path in [folder, *sorted(folder.rglob("*"))]:
        parts = path.relative_to(folder).parts
        if EVIDENCE in parts or parts[:-1] == ("mosquitto",) or not os.path.lexists(path):
            continue  # the broker's files are written at each of its starts, and belong to Mosquitto's user
        if path.lstat().st_uid != uid:
            _look_at_owner(plan, path, uid, gid)
        else:
            _look_at_rights(plan, path)
    for name in sorted(os.listdir(folder) if folder.is_dir() else []):
        path, right = folder / name, KINDS.get(name)
        kind = path.lstat().st_mode
        if right is not None and not right(kind):
            plan.step(f"{path} is of the wrong kind -> {EVIDENCE}", partial(_moved, folder, [path]))
        elif name.endswith(LEFT_OVER):
            plan.step(f"{path} was left half written -> {EVIDENCE}", partial(_moved, folder, [path]))
        elif name in OF_FILES and stat.S_ISDIR(kind):
            _look_at_files(plan, folder, path)


def _look_at_files(plan: Plan, folder: Path, inside: Path) -> None:
    """A folder that holds files and nothing else."""
    for path in sorted(inside.iterdir()):
        if is_odd(path):
            plan.step(f"{path} is of the wrong kind -> {EVIDENCE}", partial(_moved, folder, [path]))
        elif path.name.endswith(LEFT_OVER):
            plan.step(f"{path} was left half written -> {EVIDENCE}", partial(_moved, folder, [path]))


def _look_at_rights(plan: Plan, path: Path) -> None:
    """What is the box's own and shut even for itself: root, who repairs, would not notice."""
    mode = path.lstat().st_mode
    needed = 0o700 if stat.S_ISDIR(mode) else 0o600 if stat.S_ISREG(mode) else 0
    if mode & needed == needed:
        return

    def open_it() -> str:
        path.chmod(stat.S_IMODE(mode) | needed)
        return f"{path}: open for the box's own user"

    plan.step(f"{path} is shut for the box's own user -> open it", open_it)


def look_at_readers(plan: Plan, config: DeviceConfig, path: Path, uid: int, gid: int) -> None:
    """What a person wrote lies outside of the box's folder, and is often written by root: the box has to read it."""
    for file in (path, *named(config).values()):
        if os.geteuid() != 0 or not file.is_file():
            continue
        found = file.stat()
        right = 0o400 if found.st_uid == uid else 0o040 if found.st_gid == gid else 0o004
        if uid and not found.st_mode & right:
            plan.step(f"{file} cannot be read by the box's own user -> give it to its group", partial(_lend, file, gid))


def _lend(file: Path, gid: int) -> str:
    os.chown(file, -1, gid)
    file.chmod(stat.S_IMODE(file.stat().st_mode) | 0o440)
    return f"{file}: can be read by the box's own group now"


def _look_at_owner(plan: Plan, path: Path, uid: int, gid: int) -> None:
    if os.geteuid() != 0:
        if path.lstat().st_uid:
            plan.cannot.append(f"{path} belongs to another user. {AS_ROOT}")
        return

    def give() -> str:
        os.chown(path, uid, gid, follow_symlinks=False)
        return f"{path}: belongs to the box's own user now"

    plan.step(f"{path} belongs to user {path.lstat().st_uid} -> give it to user {uid}", give)


def look_at_room(plan: Plan, folder: Path) -> None:
    """No room: the ballast goes; what else is large is named, and left to a person."""
    ballast, free = folder / BALLAST, free_bytes(folder)
    if free >= ROOM:
        return
    if ballast.is_file():

        def throw() -> str:
            ballast.unlink()
            return f"{free_bytes(folder) // 1024} kB are free now. Free more: old exports first."

        plan.step(f"{folder}: {free // 1024} kB are free -> throw the ballast away", throw)
        return
    largest = "\n".join(f"    {size // 1024:>9} kB  {path}" for size, path in _largest(folder))
    plan.cannot.append(
        f"{folder}: only {free // 1024} kB are free, and the ballast is gone already. Move something away from this"
        f" card (never the journal, the log, or {EVIDENCE}). The largest files on it:\n{largest}"
    )


def _largest(folder: Path) -> list[tuple[int, Path]]:
    """The largest files on the same card."""
    top, device = folder.resolve(), folder.stat().st_dev
    while top.parent != top and top.parent.stat().st_dev == device:
        top = top.parent
    found = []
    for place, folders, files in os.walk(top):
        folders[:] = [name for name in folders if _device(Path(place, name)) == device]
        for name in files:
            path = Path(place, name)
            found.append((path.lstat().st_size, path) if path.exists() else (0, path))
        found = sorted(found, reverse=True)[:LARGEST]
    return found


def _device(path: Path) -> int:
    try:
        return path.lstat().st_dev
    except OSError:
        return -1


def look_at_aside(plan: Plan, folder: Path, dev: str, make: Make) -> None:
    """What programs have put aside: rows of it are taken over, then it is evidence, and its alarm over."""
    for place in aside_folders(folder):
        names = sorted(path.name for path in place.iterdir() if path.name != WHY)
        told = f"{place} ({aside_code(place)}): {', '.join(names) or 'nothing is left of it'}"
        if JOURNAL in names:
            told += " -> take over what rows can be read"
        plan.step(f"{told} -> evidence", partial(_see_to, folder, place, dev, make))


def _see_to(folder: Path, place: Path, dev: str, make: Make) -> str:
    told = ""
    if (place / JOURNAL).is_file() and (place / JOURNAL).stat().st_size:
        told = f"{take_over_rows(folder, place, dev, make)}; "
    target = next_folder(folder / EVIDENCE)
    target.rmdir()
    place.rename(target)
    return f"{told}{place.name} is evidence: {target}"


def take_over_rows(folder: Path, place: Path, dev: str, make: Make) -> str:
    """Rows of a journal that was put aside and that the present one has not: those of whole runs, from their first row
    on. A copy is read, so that the evidence stays as it is.
    """
    copy = place / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(mode=0o700)
    try:
        for beside in BESIDE[:2]:
            if (place / (JOURNAL + beside)).is_file():
                copy_plain(place / (JOURNAL + beside), copy / (JOURNAL + beside))
        old = make(copy / JOURNAL, dev, "0" * 16)
        try:
            journal = make(folder / JOURNAL, dev, "0" * 16)
            try:
                taken = rescue(journal, old)
            finally:
                journal.close()
        finally:
            old.close()
    except (JournalError, OSError) as wrong:
        return f"no row of it can be read ({wrong})"
    finally:
        shutil.rmtree(copy, ignore_errors=True)
    return f"{taken} rows taken over"


def look_at_journal(plan: Plan, folder: Path, dev: str, make: Make, shelf: Path = SHELF) -> None:
    """The journal itself: one that cannot be trusted makes room for a new one; rows in memory come home."""
    path = folder / JOURNAL
    why = spoilt(path)
    if not why and path.exists():
        try:
            journal = make(path, dev, "0" * 16)
            try:
                journal.look_through()
            finally:
                journal.close()
        except JournalError as wrong:
            why = str(wrong)
    if why:
        names = [path.with_name(path.name + beside) for beside in (*BESIDE, FLAG)]

        def renew() -> str:
            place = evidence(folder, names)
            return f"{take_over_rows(folder, place, dev, make)}; the old one is in {place}"

        plan.step(f"{path}: {why} -> evidence; a new one with what rows can be read", renew)
    home = shelf_of(folder, dev, shelf)
    if home is not None and (home / JOURNAL).exists():
        plan.step(f"{home}: rows kept in memory -> the card", lambda: _home(folder, home, dev, make))


def _home(folder: Path, home: Path, dev: str, make: Make) -> str:
    journal = make(folder / JOURNAL, dev, "0" * 16)
    try:
        copy = make(home / JOURNAL, dev, "0" * 16)
        try:
            taken = take_over(journal, copy)
        finally:
            copy.close()
    finally:
        journal.close()
    return f"{taken} rows are on the card now; {_moved(folder, [home / (JOURNAL + b) for b in BESIDE])}"


def evidence(folder: Path, names: list[Path], *, copied: bool = False) -> Path:
    """Move these files (those that are there) to the next folder of the evidence; `copied`: files stay where they
    are, too.
    """
    place = next_folder(folder / EVIDENCE)
    for name in names:
        if os.path.lexists(name):
            if not copied:
                shutil.move(name, place / name.name)
            elif name.is_file():
                shutil.copy2(name, place / name.name)
    return place


def _moved(folder: Path, names: list[Path]) -> str:
    return f"in {evidence(folder, names)}"


def _bytes(path: Path) -> bytes | None:
    try:
        return read_plain(path)
    except OSError:
        return None


def owner_of(folder: Path, user: tuple[int, int] | None) -> tuple[int, int]:
    """Whose the box's files have to be: of the box's own user, where there is one; else of whoever runs this."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    if user is not None:
        return user
    found = folder.stat() if folder.exists() else None
    return (found.st_uid, found.st_gid) if found is not None and owner_trusted(found) else (0, 0)
