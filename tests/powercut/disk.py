"""A disk that remembers every write and flush, and what may be on it when the power goes in between.

Between two flushes a disk may have written any of the waiting 512-byte sectors, in any order, whole or
torn; a new file's name is on the disk with the file's first flush. Files are kept by inode, so that a
name given to another file does not drag the old one's sectors along.
"""

import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import apsw

SECTOR = 512


@dataclass
class Inode:
    """A file's bytes, as the program sees them."""

    number: int
    data: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True)
class Op:
    """One thing that the program did to the disk: write, truncate, sync, name, unname; or a word it gave."""

    what: str
    inode: int = 0
    offset: int = 0
    data: bytes = b""
    name: str = ""


class Disk:
    """The files, and everything that was done to them, in order."""

    def __init__(self) -> None:
        self.names: dict[str, Inode] = {}
        self.ops: list[Op] = []
        self.count = 0

    def open(self, name: str, *, create: bool) -> Inode:
        if name not in self.names:
            if not create:
                raise apsw.CantOpenError(name)
            self.count += 1
            self.names[name] = Inode(self.count)
            self.ops.append(Op("name", self.count, name=name))
        return self.names[name]

    def promise(self, what: str) -> None:
        """The program tells somebody that something is safe."""
        self.ops.append(Op("promise", name=what))


class File:
    """An open file, as SQLite uses it."""

    def __init__(self, disk: Disk, inode: Inode) -> None:
        self.disk, self.inode = disk, inode

    def xRead(self, amount, offset):
        return bytes(self.inode.data[offset : offset + amount])

    def xWrite(self, data, offset):
        have = self.inode.data
        if len(have) < offset:
            have.extend(bytes(offset - len(have)))
        have[offset : offset + len(data)] = data
        self.disk.ops.append(Op("write", self.inode.number, offset, bytes(data)))

    def xTruncate(self, size):
        del self.inode.data[size:]
        self.disk.ops.append(Op("truncate", self.inode.number, size))

    def xSync(self, _flags):
        self.disk.ops.append(Op("sync", self.inode.number))

    def xFileSize(self):
        return len(self.inode.data)

    def xSectorSize(self):
        return SECTOR

    def xDeviceCharacteristics(self):
        return 0

    def xFileControl(self, _op, _pointer):
        return False

    def xLock(self, _level):
        pass

    def xUnlock(self, _level):
        pass

    def xCheckReservedLock(self):
        return False

    def xClose(self):
        pass


class Layer(apsw.VFS):
    """SQLite's way to the recorded disk."""

    def __init__(self, name: str, disk: Disk) -> None:
        self.disk = disk
        super().__init__(name, base="unix")

    def xFullPathname(self, name):
        return str(name)

    def xOpen(self, name, flags):
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        flags[1] = flags[0]
        return File(self.disk, self.disk.open(path, create=bool(flags[0] & apsw.SQLITE_OPEN_CREATE)))

    def xAccess(self, name, _flags):
        return name in self.disk.names

    def xDelete(self, name, _sync):
        if self.disk.names.pop(name, None) is not None:
            self.disk.ops.append(Op("unname", name=name))


class Database:
    """An apsw connection with the words of Python's own sqlite3, as far as the product uses them."""

    def __init__(self, path: Path, layer: str, pragmas: tuple[str, ...]) -> None:
        self._db = apsw.Connection(str(path), vfs=layer)
        # Shared memory is not for file layers written in Python; with it held by one connection, the writes and
        # flushes are the same.
        for pragma in ("PRAGMA locking_mode=EXCLUSIVE", *pragmas):
            self.execute(pragma)

    def execute(self, sql, values=()):
        try:
            return self._db.execute(sql, values)
        except apsw.Error as wrong:
            raise sqlite3.OperationalError(str(wrong)) from wrong

    def executemany(self, sql, rows):
        try:
            return self._db.executemany(sql, rows)
        except apsw.Error as wrong:
            raise sqlite3.OperationalError(str(wrong)) from wrong

    executescript = execute

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self._db.in_transaction:
            self.execute("ROLLBACK" if kind else "COMMIT")

    def close(self):
        self._db.close()


def cuts(ops: list[Op], disks: int, chance: random.Random) -> Iterator[tuple[int, set[str], dict[str, bytes]]]:
    """For every moment: what had been promised by then, and files that may be found afterwards, `disks` times."""
    safe: dict[int, bytearray] = {}
    waiting: dict[int, list[Op]] = {}
    names: dict[str, int] = {}
    unsure: list[Op] = []
    promised: set[str] = set()
    for moment, op in enumerate(ops):
        match op.what:
            case "write" | "truncate":
                waiting.setdefault(op.inode, []).append(op)
            case "sync":
                for done in waiting.pop(op.inode, []):
                    _apply(safe.setdefault(op.inode, bytearray()), done)
                for entry in [e for e in unsure if e.inode == op.inode]:
                    names[entry.name] = entry.inode
                    unsure.remove(entry)
            case "name":
                unsure.append(op)
            case "unname":
                names.pop(op.name, None)
                unsure = [e for e in unsure if e.name != op.name]
            case "promise":
                promised = promised | {op.name}
        for _ in range(disks):
            found = dict(names) | {e.name: e.inode for e in unsure if chance.random() < 0.5}
            yield (
                moment,
                promised,
                {
                    name: _after_a_cut(safe.get(inode, bytearray()), waiting.get(inode, []), chance)
                    for name, inode in found.items()
                },
            )


def _apply(data: bytearray, op: Op) -> None:
    if op.what == "truncate":
        del data[op.offset :]
        return
    if len(data) < op.offset:
        data.extend(bytes(op.offset - len(data)))
    data[op.offset : op.offset + len(op.data)] = op.data


def _after_a_cut(safe: bytearray, waiting: list[Op], chance: random.Random) -> bytes:
    """Some of the waiting sectors, in any order, some of them torn."""
    if not waiting:
        return bytes(safe)
    data = bytearray(safe)
    share = chance.choice([0.0, 0.3, 0.7, 1.0])
    parts: list[Op] = []
    for op in waiting:
        if op.what == "truncate":
            parts.append(op)
            continue
        first = op.offset - op.offset % SECTOR
        for at in range(first, op.offset + len(op.data), SECTOR):
            low, high = max(at, op.offset), min(at + SECTOR, op.offset + len(op.data))
            parts.append(Op("write", op.inode, low, op.data[low - op.offset : high - op.offset]))
    kept = [part for part in parts if chance.random() < share]
    if chance.random() < 0.3:
        chance.shuffle(kept)
    for part in kept:
        if part.what == "write" and chance.random() < 0.03:
            part = Op("write", part.inode, part.offset, part.data[: chance.randint(0, len(part.data))])
        _apply(data, part)
    return bytes(data)
