"""A witness: signs a center's newest head if it continues the one signed last. Needs Python 3.9, and verify.py with it.

    python3 witness.py new FOLDER NAME            make a key; prints it as registers carry it
    python3 witness.py trust FOLDER KEY           a center's log, by its key (a first visit, or the wall)
    python3 witness.py look FOLDER FILE ...       files that a center has brought (or - for standard input)
    python3 witness.py serve FOLDER --port 8080   the same over HTTP: POST /add-checkpoint

Policy. A witness looks at nothing but heads: it says that at this time this was the greatest head of this log that it
saw, and that it continues all that it signed before. So it never signs two histories. What it signed is kept before it
answers, in one transaction. A center whose log begins a new epoch (a spare was promoted) has to continue the last head
of the epoch before; where rows were lost a person has to say so here (`--branch`), and it is told with each answer.
A head that does not continue is kept: two signed heads of one log are a proof by themselves.
"""

import argparse
import base64
import hashlib
import os
import sqlite3
import sys
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

try:
    from reports import evaluator_verify as v
except ImportError:  # alone, with verify.py beside it
    import verify as v  # type: ignore[import-not-found, no-redef]

MOST = 16_384
SCHEMA = """
CREATE TABLE IF NOT EXISTS signed (
    origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, at_s INTEGER NOT NULL, note TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS refused (at_s INTEGER NOT NULL, why TEXT NOT NULL, body TEXT NOT NULL);
"""


class Answer(Exception):
    """What is answered: a code as HTTP has them, and words or lines."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


def sign(seed: bytes, words: bytes) -> bytes:
    """An Ed25519 signature, after RFC 8032, section 5.1.6."""
    whole = hashlib.sha512(seed).digest()
    a = int.from_bytes(whole[:32], "little") & (1 << 254) - 8 | 1 << 254
    public = pressed(v.times(a, base()))
    r = int.from_bytes(hashlib.sha512(whole[32:] + words).digest(), "little") % v.Q
    point = pressed(v.times(r, base()))
    h = int.from_bytes(hashlib.sha512(point + public + words).digest(), "little") % v.Q
    return point + ((r + h * a) % v.Q).to_bytes(32, "little")


def public_of(seed: bytes) -> bytes:
    """The public half of a key."""
    whole = hashlib.sha512(seed).digest()
    return pressed(v.times(int.from_bytes(whole[:32], "little") & (1 << 254) - 8 | 1 << 254, base()))


def base() -> v.Point:
    """The point from which everything is counted."""
    assert v.BASE is not None
    return v.BASE


def pressed(point: v.Point) -> bytes:
    """A point as 32 bytes."""
    inverse = pow(point[2], v.P - 2, v.P)
    x, y = point[0] * inverse % v.P, point[1] * inverse % v.P
    return (y | (x & 1) << 255).to_bytes(32, "little")


class Witness:
    """One witness, in its folder: key, register of the logs that it knows, what it has signed."""

    def __init__(self, folder: Path) -> None:
        name, seed = (folder / "witness.key").read_text("ascii").split()
        self.folder, self.name, self.seed = folder, name, bytes.fromhex(seed)
        self.public = public_of(self.seed)

    def key(self) -> str:
        """The key as registers carry it."""
        return named(self.name, 4, self.public)

    def logs(self) -> "dict[str, list[bytes]]":
        """The keys of each log that this witness knows, by origin without its epoch."""
        found: dict[str, list[bytes]] = {}
        path = self.folder / "register.txt"
        for line in path.read_text("utf-8").splitlines() if path.exists() else []:
            words = line.split("#")[0].split()
            if words[:1] == ["log"]:
                origin, _, public = v.named_key(words[1])
                found.setdefault(center_of(origin), []).append(public)
        return found

    def look(self, body: str, at_s: int, branch: bool = False) -> str:
        """The line for a head that continues what was signed; Answer for every other one."""
        old, proof, note = taken_apart(body)
        keys = self.logs().get(center_of(note.origin))
        if keys is None:
            raise Answer(404, f"the log {note.origin} is not in the register")
        try:
            good = any(note.signed_by(note.origin, 1, public) is not None for public in keys)
        except v.Wrong as wrong:
            raise Answer(403, str(wrong)) from None
        if not good:
            raise Answer(403, f"not signed with the key of {note.origin} that is in the register")
        if old > note.size:
            raise Answer(400, "the old size is greater than the new one")
        with closing(sqlite3.connect(self.folder / "witness.db", isolation_level=None)) as db:
            db.executescript(SCHEMA)
            db.execute("PRAGMA synchronous = FULL")
            db.execute("BEGIN IMMEDIATE")
            try:
                self._continues(db, old, proof, note, branch)
            except Answer as answer:
                if answer.code == 422:
                    db.execute("INSERT INTO refused VALUES (?,?,?)", (at_s, answer.text, body))
                db.execute("COMMIT")
                raise
            line = self.line(note, at_s)
            whole = v.str_of(note) + line
            db.execute("INSERT INTO signed VALUES (?,?,?,?,?)", (note.origin, note.size, note.root, at_s, whole))
            db.execute("COMMIT")
        return line

    def _continues(self, db: Any, old: int, proof: "list[bytes]", note: "v.Note", branch: bool) -> None:
        """Answer unless this head continues the last one."""
        last = db.execute(
            "SELECT size, root FROM signed WHERE origin = ? ORDER BY size DESC LIMIT 1", (note.origin,)
        ).fetchone()
        if last is None:
            last = self._before(db, old, note, branch)
        size, root = last
        if old != size:
            raise Answer(409, f"{size}\n")
        if size == note.size and root != note.root:
            raise Answer(422, f"two heads of row {size} of {note.origin}, both signed")
        if size and not v.continues(size, note.size, root, note.root, proof):
            raise Answer(422, f"the log of row {note.size} does not continue that of row {size}")
        if not size and proof:
            raise Answer(422, "nothing continues an empty log with a proof")

    def _before(self, db: Any, old: int, note: "v.Note", branch: bool) -> "tuple[int, bytes]":
        """Where a log that is new to this witness has to begin: at the last head of the epoch before, if any."""
        like = f"{center_of(note.origin)}/"
        known = db.execute(
            "SELECT size, root FROM signed WHERE substr(origin, 1, ?) = ? ORDER BY size DESC", (len(like), like)
        ).fetchall()
        if not known:
            return 0, b""
        if branch:  # a person has said that the end of the old epoch was lost: from a head that both have
            known = [one for one in known if one[0] == old] or known
        size, root = known[0]
        return int(size), bytes(root)

    def line(self, note: "v.Note", at_s: int) -> str:
        """The cosignature."""
        words = f"cosignature/v1\ntime {at_s}\n{note.text}".encode()
        made = v.key_number(self.name, 4, self.public) + at_s.to_bytes(8, "big") + sign(self.seed, words)
        return f"\u2014 {self.name} {base64.b64encode(made).decode()}\n"


def center_of(origin: str) -> str:
    """A log's name without its epoch."""
    return origin.rpartition("/")[0]


def named(name: str, kind: int, public: bytes) -> str:
    """A key as registers carry it."""
    number = v.key_number(name, kind, public).hex()
    return f"{name}+{number}+{base64.b64encode(bytes([kind]) + public).decode()}"


def taken_apart(body: str) -> "tuple[int, list[bytes], v.Note]":
    """Old size, proof and note of what a center brings; Answer 400 if it is nothing of the kind."""
    try:
        above, _, note = body.partition("\n\n")
        first, *lines = above.split("\n")
        word, _, size = first.partition(" ")
        if len(body) > MOST or word != "old" or str(int(size)) != size or len(lines) > 63:
            raise ValueError(first)
        return int(size), [v.plain64(line) for line in lines], v.Note(note)
    except ValueError:
        raise Answer(400, "not a checkpoint for a witness") from None


def new(folder: Path, name: str) -> str:
    """A new witness; its key as registers carry it."""
    folder.mkdir(parents=True, exist_ok=True)
    seed = os.urandom(32)
    with open(os.open(folder / "witness.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{name} {seed.hex()}\n")
    return named(name, 4, public_of(seed))


def trust(folder: Path, key: str) -> None:
    """One more log; ValueError if that is no key of one."""
    if v.named_key(key)[1] != 1:
        raise ValueError("this is the key of a witness, not of a center's log")
    with open(folder / "register.txt", "a", encoding="utf-8") as file:
        file.write(f"log {key.strip()}\n")


def handler(witness: Witness, now_s: Any) -> type:
    """What answers over HTTP."""

    class Handler(BaseHTTPRequestHandler):
        """POST /add-checkpoint."""

        timeout = 10

        def do_POST(self) -> None:
            """One head."""
            size = int(self.headers.get("Content-Length") or 0)
            if self.path != "/add-checkpoint" or not 0 < size <= MOST:
                self.answered(404 if size <= MOST else 413, "", "text/plain")
                return
            try:
                line = witness.look(self.rfile.read(size).decode("utf-8", "replace"), now_s())
                self.answered(200, line, "text/plain")
            except Answer as answer:
                kind = "text/x.tlog.size" if answer.code == 409 else "text/plain"
                self.answered(answer.code, answer.text, kind)

        def answered(self, code: int, text: str, kind: str) -> None:
            """Send it."""
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *said: object) -> None:
            """Nothing of a stranger goes to the terminal."""

    return Handler


def looked_through(witness: Witness, paths: "list[str]", at_s: int, branch: bool) -> int:
    """Files that a center has brought: beside each the same note with this witness's line; 0 if all were signed."""
    worst = 0
    for path in paths:
        body = sys.stdin.read() if path == "-" else Path(path).read_text("utf-8")
        try:
            line = witness.look(body, at_s, branch)
            whole = v.str_of(taken_apart(body)[2]) + line
            if path == "-":
                sys.stdout.write(whole)
            else:
                out = Path(path).with_suffix(".cosigned.txt")
                out.write_text(whole, encoding="utf-8")
                print(f"{path}: signed, {out}")
        except Answer as answer:
            worst = 20 if answer.code == 422 else max(worst, 10)
            said = f"signed last: row {answer.text.strip()}; bring: onedoor prove consistency {answer.text.strip()} LOG"
            print(f"{path}: NOT SIGNED ({answer.code}): {said if answer.code == 409 else answer.text}", file=sys.stderr)
    return worst


def main(argv: "list[str] | None" = None) -> int:
    """A witness. Exit 0: signed; 10: not signed; 20: not signed, because it contradicts what was signed before."""
    parser = argparse.ArgumentParser("witness", description=main.__doc__)
    parts = parser.add_subparsers(dest="what", required=True)
    for name in ("new", "trust", "look", "serve"):
        parts.add_parser(name).add_argument("folder", type=Path)
    parts.choices["new"].add_argument("name", help="for example onedoor.example/witness/district-7")
    parts.choices["trust"].add_argument("key", help="onedoor key --log, or from the center's wall")
    parts.choices["look"].add_argument("files", nargs="+")
    parts.choices["look"].add_argument("--branch", action="store_true", help="rows of an earlier epoch were lost")
    parts.choices["serve"].add_argument("--port", type=int, default=8080)
    args = parser.parse_args(argv)
    try:
        if args.what == "new":
            print(new(args.folder, args.name))
            return 0
        if args.what == "trust":
            trust(args.folder, args.key)
            return 0
        witness = Witness(args.folder)
        if args.what == "look":
            return looked_through(witness, args.files, int(time.time()), args.branch)
        HTTPServer(("", args.port), handler(witness, lambda: int(time.time()))).serve_forever()
    except (OSError, ValueError, KeyError, sqlite3.Error) as wrong:
        print(f"{type(wrong).__name__}: {wrong}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
