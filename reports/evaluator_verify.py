"""Checks an evaluator's pack, and computes its headline indicators again. Needs Python 3.9 or newer, and nothing else.

    python3 verify.py [FOLDER] --key KEY --slip TEXT ...

What is checked: that every row of log.jsonl is in its one spelling and continues the row before it by its hash and its
number; that the center's seals are genuine and hold; that whatever you hold of this log (a slip, a note that a witness
has signed) agrees with it; and that figures.html and results.json are what the log gives. The key is yours to give: it
stands on the center's wall and in the district's register, and is never taken from the pack.

The last line is the verdict, and the exit code says the same:
  0   PROVED       unchanged since a moment at which somebody outside held it
  10  NOT PROVED   nothing contradicts, but something is missing: it is listed
  20  FALSE        two things that are both genuine cannot both be true
  2                cannot be read

This file was written apart from the program that wrote the pack and uses none of it; the definitions are in
definitions.md. What it cannot check: whether each call followed the published order (`onedoor verify` does), and
whether what was logged happened. Nobody can, who did not stand at the door and count.
"""

import argparse
import base64
import binascii
import hashlib
import hmac
import html
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo
from fractions import Fraction
from pathlib import Path
from typing import Any

VIENTIANE, VIENTIANE_S = "Asia/Vientiane", 7 * 3600
"""The zone of a center whose rules name none; Laos sets no clock to summer."""
DAY_S = 86_400
FORGOTTEN_S = 4 * 3600
LATE_WALK_S, LATE_ACT_S = 60, 5
LONGEST_S = 16 * 3600
NOWHERE_S = DAY_S * 10**9
"""Times that nobody dated are put here, each stretch of the hub by itself."""
PROVED, UNREADABLE, NOT_PROVED, FALSE = 0, 2, 10, 20
Row = dict[str, Any]

# -- Ed25519 signatures, after RFC 8032, section 5.1 -------------------------------------------------------------------

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def add(a: Point, b: Point) -> Point:
    """The sum of two points in extended coordinates."""
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return i * j % P, k * m % P, j * k % P, i * m % P


def times(n: int, point: Point) -> Point:
    """A point, n times."""
    total: Point = (0, 1, 1, 0)
    while n:
        if n & 1:
            total = add(total, point)
        point, n = add(point, point), n >> 1
    return total


def point_of(data: bytes) -> "Point | None":
    """The point that these 32 bytes name, if there is one."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = point_of(BASE_Y.to_bytes(32, "little"))


def genuine(key: bytes, words: bytes, signature: bytes) -> bool:
    """Whether this signature of these words was made with the key's other half."""
    a, r, s = point_of(key), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or BASE is None or len(signature) != 64 or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + words).digest(), "little") % Q
    left, right = times(s, BASE), add(r, times(h, a))
    return not ((left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P)


# -- the tree beside the chain (RFC 6962) and signed notes (C2SP) ------------------------------------------------------


class Wrong(Exception):
    """Something does not hold; the message says what and where."""


def leaf(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\0" + data).digest()


def pair(left: bytes, right: bytes) -> bytes:
    """The hash of two trees side by side."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Edge:
    """A growing tree of which only the perfect subtrees are kept, the greatest first."""

    def __init__(self, size: int, hashes: "list[bytes]") -> None:
        if sum(size >> i & 1 for i in range(64)) != len(hashes) or any(len(one) != 32 for one in hashes):
            raise ValueError("these are not the edge of a tree of this size")
        self.size, self.hashes = size, list(hashes)

    def push(self, data: bytes) -> None:
        """One more leaf."""
        one, n = leaf(data), self.size
        while n % 2:
            one, n = pair(self.hashes.pop(), one), n // 2
        self.hashes.append(one)
        self.size += 1

    def root(self) -> bytes:
        """The hash over everything."""
        if not self.hashes:
            return hashlib.sha256(b"").digest()
        root = self.hashes[-1]
        for one in self.hashes[-2::-1]:
            root = pair(one, root)
        return root


def climbed(index: int, size: int, data: bytes, proof: "list[bytes]") -> "bytes | None":
    """The root that a proof of inclusion leads to; None if it has too many hashes or too few."""
    if not 0 <= index < size:
        return None
    ways, n = [], size
    low = 0
    while n > 1:  # from the top down: on which side the leaf lies
        half = 1 << (n - 1).bit_length() - 1
        right = index - low >= half
        ways.append(right)
        low, n = (low + half, n - half) if right else (low, half)
    if len(ways) != len(proof):
        return None
    root = leaf(data)
    for right, one in zip(reversed(ways), proof):  # noqa: B905 - Python 3.9
        root = pair(one, root) if right else pair(root, one)
    return root


def continues(old: int, new: int, old_root: bytes, new_root: bytes, proof: "list[bytes]") -> bool:
    """Whether a proof shows that the tree of `new` leaves begins with that of `old`."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    rest = list(proof)

    def both(m: int, n: int, whole: bool) -> "tuple[bytes, bytes]":
        """The roots of the first m leaves and of all n, out of what is left of the proof, whose end is the top."""
        if m == n:
            one = old_root if whole else rest.pop()
            return one, one
        half = 1 << (n - 1).bit_length() - 1
        beside = rest.pop()
        if m <= half:
            was, now = both(m, half, whole)
            return was, pair(now, beside)
        was, now = both(m - half, n - half, False)
        return pair(beside, was), pair(beside, now)

    try:
        was, now = both(old, new, True)
    except IndexError:
        return False
    return not rest and was == old_root and now == new_root


def plain64(text: str) -> bytes:
    """Bytes out of base 64, in their one spelling. ValueError: it is none."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("not the one spelling")
    return data


def key_number(name: str, kind: int, public: bytes) -> bytes:
    """The four bytes that name a key in a note."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def named_key(text: str) -> "tuple[str, int, bytes]":
    """Name, kind (1: log, 4: witness) and public key out of `name+number+base64`. ValueError: it is none."""
    name, number, rest = text.strip().split("+", 2)
    data = plain64(rest)
    if len(data) != 33 or data[0] not in (1, 4) or key_number(name, data[0], data[1:]).hex() != number:
        raise ValueError(f"not a key: {text[:60]}")
    return name, data[0], data[1:]


class Note:
    """A checkpoint as it was received: its text, and (name, number, signature) of each line under it."""

    def __init__(self, text: str) -> None:
        if len(text) > 16_384 or any(ord(c) < 32 and c != "\n" for c in text):
            raise ValueError("not a signed note")
        body, blank, below = text.rpartition("\n\n")
        self.text = body + "\n"
        lines = below.split("\n")
        if not blank or lines.pop() or not 0 < len(lines) <= 32:
            raise ValueError("not a signed note")
        self.lines: list[tuple[str, bytes, bytes]] = []
        for line in lines:
            dash, name, rest = line.split(" ")
            data = plain64(rest)
            if dash != "\u2014" or not name or "+" in name or len(data) < 5:
                raise ValueError("not the line of a signature")
            self.lines.append((name, data[:4], data[4:]))
        parts = self.text.split("\n")
        if len(parts) != 4 or not parts[0] or " " in parts[0] or "+" in parts[0]:
            raise ValueError("not a checkpoint of three lines")
        if not parts[1].isascii() or not parts[1].isdigit() or str(int(parts[1])) != parts[1]:
            raise ValueError("not a checkpoint: no size")
        self.origin, self.size, self.root = parts[0], int(parts[1]), plain64(parts[2])
        if len(self.root) != 32:
            raise ValueError("not a checkpoint: no root")

    def signed_by(self, name: str, kind: int, public: bytes) -> "int | None":
        """When this key signed it (a log: 0); None if it did not. Wrong: the line is of this key and does not fit."""
        for named, number, made in self.lines:
            if named != name or number != key_number(name, kind, public):
                continue
            at, words = 0, self.text.encode()
            if kind == 4:
                at = int.from_bytes(made[:8], "big")
                words = f"cosignature/v1\ntime {at}\n".encode() + words
            if not genuine(public, words, made[8:] if kind == 4 else made):
                raise Wrong(f"a signature of {name} under the log up to row {self.size} does not fit")
            return at
        return None


def notes_in(text: str) -> "list[Note]":
    """The notes of a text, one behind the other."""
    found, lines = list[Note](), list[str]()
    for line in text.splitlines():
        if lines and lines[-1].startswith("\u2014 ") and not line.startswith("\u2014 "):
            found.append(Note("\n".join(lines) + "\n"))
            lines = []
        if line or lines:
            lines.append(line)
    return found + ([Note("\n".join(lines).rstrip("\n") + "\n")] if lines else [])


# -- what somebody knows of this log -----------------------------------------------------------------------------------


class Trust:
    """What the reader brings: keys of the center (whole, or their first digits), witnesses, how many it needs."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.witnesses: dict[str, tuple[str, bytes]] = {}
        self.groups: dict[str, tuple[int, list[str]]] = {}
        self.quorum = ""
        self.national = ""

    def key(self, text: str) -> None:
        """A key of the center: 64 digits, at least 16 of them as a slip shows them, or as a register has it."""
        if "+" in text:
            _, kind, public = named_key(text)
            if kind != 1:
                raise ValueError("this is the key of a witness, not of a center")
            self.keys.append(public.hex())
            return
        digits = "".join(text.lower().split())
        if not 16 <= len(digits) <= 64 or set(digits) - set("0123456789abcdef"):
            raise ValueError(f"not a key: {text[:60]} (at least 16 digits)")
        self.keys.append(digits)

    def policy(self, text: str) -> None:
        """A register: lines `log KEY`, `witness NAME KEY`, `group NAME k|any|all NAMES`, `quorum NAME|none`."""
        for line in text.splitlines():
            words = line.split("#")[0].split()
            if words[:1] == ["log"]:
                self.key(words[1])
            elif words[:1] == ["witness"]:
                name, kind, public = named_key(words[2])
                if kind != 4:
                    raise ValueError(f"{words[1]} is no witness")
                self.witnesses[words[1]] = (name, public)
            elif words[:1] == ["group"]:
                many = {"any": 1, "all": len(words) - 3}.get(words[2]) or int(words[2])
                self.groups[words[1]] = (many, words[3:])
            elif words[:1] == ["quorum"]:
                self.quorum = words[1]

    def knows(self, key: str) -> bool:
        """Whether the reader has named this key."""
        return any(key.startswith(known) for known in self.keys)

    def enough(self, signed: "set[str]", name: str = "") -> bool:
        """Whether these witnesses are as many as the register asks for; without one any of them is enough."""
        name = name or self.quorum
        if name in self.groups:
            many, members = self.groups[name]
            return sum(self.enough(signed, member) for member in members) >= many
        return name in signed if name not in ("", "none") else bool(signed)


class Claim:
    """Somebody knows the log up to `row`: its hash in the chain, or the root of the tree, or both."""

    def __init__(self, row: int, said: str, key: str = "", chain: str = "", root: bytes = b"", day: str = "",
                 outside: bool = False) -> None:  # fmt: skip
        self.row, self.said, self.key, self.chain, self.root, self.day = row, said, key, chain, root, day
        self.outside = outside


class Paper:
    """A ticket's code: CENTER.WHEN.LABEL.N.HEAD.OWN.TAG, all in capitals. ValueError: it is none that says anything."""

    def __init__(self, text: str) -> None:
        parts = text.strip().split(".")
        if len(parts) not in (6, 7) or not all(parts):
            raise ValueError("not the code of a ticket that witnesses anything (earlier papers do not)")
        _, self.when, self.label, row, head, self.own = parts[:6]
        self.row, self.said, self.mark = int(row), ".".join(parts[:6]), "".join(parts[6:])
        self.head = base64.b32decode(head).hex() if self.row else ""
        self.day = f"{self.when[:4]}-{self.when[4:6]}-{self.when[6:]}" if self.when.isdigit() else ""
        self.found: int | None = None

    def genuine(self, keys: "Iterable[bytes]") -> bool:
        """Whether the center made it: its tag is of one of these keys."""
        tags = [base64.b32encode(hmac.digest(key, self.said.encode(), "sha256")).decode()[:8] for key in keys]
        return any(hmac.compare_digest(tag.encode(), self.mark.encode()) for tag in tags)

    def same(self, row: Row) -> bool:
        """Whether this row of the log is its own."""
        fact = {name: row[name] for name in ("before", "body", "boot", "dev", "kind", "mono", "run", "seq")}
        digest = hashlib.sha256(b"onedoor-fact-1\n" + spelled(fact)).digest()
        return base64.b32encode(digest).decode()[:12] == self.own

    def names(self, row: Row, day: str) -> bool:
        """Whether this row is of the ticket of this paper."""
        if not self.day:
            return f"{row['dev']}/{row['run']}/{row['seq']}".upper() == self.when
        return row["body"]["label"].upper() == self.label and self.day in (row["body"].get("day", ""), day)


def from_slip(text: str) -> Row:
    """The seal, or the note, that the code on a slip is. ValueError: it is none."""

    def b32(part: str) -> bytes:
        return base64.b32decode(part + "=" * (-len(part) % 8))

    text = text.strip()
    if text.startswith("{"):
        seal: Row = json.loads(text)
        return seal
    if text.startswith("ODQ1/"):
        _, center, day, epoch, row, *parts = text.split("/")
        chain, key, signature = (b32(part).hex() for part in parts)
        day = f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else ""
        return {"center": center.lower(), "day": day, "epoch": int(epoch), "hub_seq": int(row), "hash": chain,
                "key": key, "signature": signature}  # fmt: skip
    word, day, origin, size, root, *lines = text.split("$")
    if word != "ODQ2":
        raise ValueError("not the code of a slip")
    origin = origin.lower()
    note = f"{origin}\n{int(size)}\n{base64.b64encode(b32(root)).decode()}\n\n"
    for i, line in enumerate(lines):  # the center's own signature; then name and signature of witnesses
        name, _, made = line.rpartition("*")
        note += f"\u2014 {name.lower() if i else origin} {base64.b64encode(b32(made)).decode()}\n"
    return {"day": f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else "", "note": note}


def claims_of(seal: Row, trust: Trust, candidates: "Iterable[str]", held: str = "") -> "list[Claim]":
    """What a seal says; `held`: who holds it, if that is somebody outside. Wrong: it is forged."""
    found, name = [], held or f"the seal of {seal.get('day') or 'a day that nobody knows'}"
    if "hash" in seal:
        words = f"onedoor-seal-1|{seal['center']}|{seal['day']}|{seal['epoch']}|{seal['hub_seq']}|{seal['hash']}"
        if not genuine(bytes.fromhex(seal["key"]), words.encode(), bytes.fromhex(seal["signature"])):
            raise Wrong(f"{name} is forged: its signature does not fit")
        found.append(Claim(seal["hub_seq"], name, seal["key"], seal["hash"], b"", seal["day"], outside=bool(held)))
    if seal.get("note"):
        keys = [seal["key"]] if "key" in seal else [*candidates]
        found += claims_in(Note(seal["note"]), trust, keys, name, seal.get("day", ""), outside=bool(held))
    return found


def claims_in(
    note: Note, trust: Trust, candidates: "Iterable[str]", name: str, day: str = "", outside: bool = False
) -> "list[Claim]":
    """What a checkpoint says: by the center's key, if that is one of these; and by witnesses whom the reader knows."""
    found, signed = [], {}
    own = [key for key in candidates if note.signed_by(note.origin, 1, bytes.fromhex(key)) is not None]
    found += [Claim(note.size, name, key, "", note.root, day, outside) for key in own]
    for witness, (named, public) in trust.witnesses.items():
        at = note.signed_by(named, 4, public)
        if at is not None:
            signed[witness] = at
    # A witness signs what a center has signed; of which center it was, the center's own key says.
    if signed and any(trust.knows(claim.key) for claim in found) and trust.enough(set(signed)):
        at = max(signed.values())
        said = f"{', '.join(sorted(signed))}, {clock_of(at)} UTC"
        found.append(Claim(note.size, said, "", "", note.root, day_name(at // DAY_S), outside=True))
    return found


def clock_of(second: int) -> str:
    """A second on the center's clock, as people write it."""
    return f"{day_name(second // DAY_S)} {second % DAY_S // 3600:02d}:{second % 3600 // 60:02d}"


# -- the chain ---------------------------------------------------------------------------------------------------------


class Day:
    """The rows of one day: those from the hub's word that it began to the next such word."""

    def __init__(self, name: str, first: int) -> None:
        self.name, self.first, self.last, self.head = name, first, first, ""


class Log:
    """What is kept of a log while it is read row by row: hashes and roots of the rows that somebody knows, its days."""

    def __init__(self, before: Row, wanted: "set[int]") -> None:
        self.first = self.last = before["hub_seq"]
        self.until = "9999"
        """Up to this day it is said to be whole; "" says nothing."""
        self.head, self.wanted = before["hash"], wanted
        self.chain, self.roots = {self.last: self.head}, {}
        edge = before.get("edge", [] if not self.last else None)
        self.edge = None if edge is None else Edge(self.last, [bytes.fromhex(one) for one in edge])
        if self.edge is not None:
            self.roots[self.last] = self.edge.root()
        self.late: list[Row] = []
        self.days: list[Day] = []
        self.at: dict[int, tuple[int, int]] = {}
        self.standards: dict[str, int] = {}
        self.papers: list[Paper] = []
        self.tag_keys: set[bytes] = set()
        """Keys of tags that were told when their month was over, and whose sums stood in the log before."""
        self._promised: set[str] = set()
        self.national: dict[str, int] = {}
        """Keys under which the center took its services, and the row that says so first."""
        self._day, self._stretch = "", int(before.get("stretch", 0))
        self._calendar = Calendar([(0, before.get("zone", VIENTIANE))])

    def take(self, line: bytes) -> None:
        """The next row; Wrong if it is not."""
        where = f"log.jsonl, row {self.last + 1}"
        try:
            row = json.loads(line)
        except ValueError:
            raise Wrong(f"{where}: cannot be read") from None
        if not isinstance(row, dict) or spelled(row) + b"\n" != line:
            raise Wrong(f"{where}: is not in its one spelling")
        if row["hub_seq"] != self.last + 1:
            raise Wrong(f"{where}: carries number {row['hub_seq']}: rows are missing, doubled or moved")
        if row["prev_hash"] != self.head:
            raise Wrong(f"{where}: does not continue the row before it")
        bare = {name: value for name, value in row.items() if name != "hash"}
        digest = hashlib.sha256(bytes.fromhex(self.head) + spelled(bare))
        if row.get("hash") != digest.hexdigest():
            raise Wrong(f"{where}: was changed: its hash is not that of its contents")
        self.last, self.head = self.last + 1, digest.hexdigest()
        if self.edge is not None:
            self.edge.push(digest.digest())
        self._follow(row)
        if self.last in self.wanted:
            self.chain[self.last] = self.head
            self.at[self.last] = (row["t_recv"], self._stretch)
            if self.edge is not None:
                self.roots[self.last] = self.edge.root()

    def _follow(self, row: Row) -> None:
        kind, body = row["kind"], row["body"]
        if kind in TELLING:
            self.late.append(row)
        if kind == "stretch_began":
            self._stretch, self._day = body["stretch"], ""
        elif kind == "day_began":
            self._day = body["day"]
        elif not self._stretch:
            self._day = day_name(self._calendar.day(row["t_recv"] // 1000))
        if kind == "issued":
            for paper in self.papers:
                if paper.names(row, self._day) and (paper.found is None or paper.same(row)):
                    paper.found = self.last if paper.same(row) else -self.last
        elif kind == "catalogue_set" and body["key"] not in self.national:
            self.national[body["key"]] = self.last
        elif kind == "tag_key_set":
            old = str(body.get("old", ""))
            key = bytes.fromhex(old) if len(old) == 64 and not set(old) - set("0123456789abcdef") else b""
            self.tag_keys |= {key} if key and hashlib.sha256(key).hexdigest() in self._promised else set()
            self._promised.add(str(body.get("sha256")))
        if kind == "rules_set":
            self.standards = body["rules"].get("standard_min", {})
            self._calendar = Calendar([(0, zone_in(body))])
        if not self.days or (self._day and self.days[-1].name not in ("", self._day)):
            self.days.append(Day(self._day, self.last))
        self.days[-1].name = self.days[-1].name or self._day
        self.days[-1].last, self.days[-1].head = self.last, self.head


def spelled(row: Row) -> bytes:
    """The one spelling of a row: JSON, keys in order, no blanks, UTF-8."""
    return json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def read_log(path: Path, before: Row, wanted: "set[int]", papers: "Iterable[Paper]" = ()) -> Log:
    """The log, each row checked against the one before; `before` is the number and hash they continue. Rows are not
    kept, for a log may be long.
    """
    log = Log(before, wanted)
    log.papers = list(papers)
    with open(path, "rb") as file:
        for line in file:
            log.take(line)
    return log


def again(path: Path) -> Iterator[Row]:
    """The rows of a log that was checked, one after the other."""
    with open(path, "rb") as file:
        for line in file:
            yield json.loads(line)


def seals_of(path: Path) -> list[Row]:
    """The seals beside the log."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def agrees(claim: Claim, log: Log) -> "bool | None":
    """Whether the log is what a claim knows of it; None if that cannot be seen here. Wrong: it is not."""
    if claim.row > log.last:
        if not claim.outside or (claim.day or "9998") <= max(log.until, log.days[-1].name if log.days else ""):
            raise Wrong(f"row {log.last + 1} is missing: {claim.said} knows the log up to row {claim.row}")
        return None
    if claim.row not in log.chain or (claim.root and not claim.chain and claim.row not in log.roots):
        return None
    same = log.chain[claim.row].startswith(claim.chain) and (
        not claim.root or claim.row not in log.roots or log.roots[claim.row] == claim.root
    )
    if not same:
        raise Wrong(f"row {claim.row} is not the one of {claim.said}: the log was computed again up to here")
    return True


# -- from rows to visits -----------------------------------------------------------------------------------------------


TELLING = ("clock_corrected", "stretch_began", "time_known", "time_said", "time_withdrawn", "rules_set")


def zone_of(name: str) -> "tzinfo | None":
    """The time zone of this name, as this computer knows it; None: that of Vientiane. Wrong, if there is none."""
    if name == VIENTIANE:
        return None
    try:
        from zoneinfo import ZoneInfo

        return ZoneInfo(name)
    except Exception:  # noqa: BLE001 - whatever is missing, the reader has to be told the same
        raise Wrong(f"this computer knows no time zone '{name}': pip install tzdata, or another computer") from None


def zone_in(body: Row) -> str:
    """The time zone that a row with the center's rules names."""
    found: str = (body["rules"].get("hours") or {}).get("zone", VIENTIANE)
    return found


class Calendar:
    """Which day it was in the center, and what its clocks showed, by the zones that its rules named; seconds: UTC."""

    def __init__(self, zones: "list[tuple[int, str]]") -> None:
        self.since = [since for since, _ in zones][1:]
        self.zones = [zone_of(name) for _, name in zones] or [None]
        self.begun: dict[int, int] = {}

    def ahead(self, t: int, number: int) -> int:
        """By how many seconds the clocks of a zone are ahead of UTC."""
        zone = self.zones[number]
        if zone is None:
            return VIENTIANE_S
        try:
            offset = datetime.fromtimestamp(t, zone).utcoffset()
        except (OverflowError, ValueError, OSError):  # in no year that a calendar has
            return VIENTIANE_S
        return int(offset.total_seconds()) if offset is not None else 0

    def here(self, t: int) -> int:
        """The number of the zone in force."""
        return sum(since <= t for since in self.since)

    def day(self, t: int) -> int:
        """The number of the day, from 1970 on. A day that was over does not come back with another zone."""
        now = self.here(t)
        ends = [*(since - 1 for since in self.since[:now]), t]
        return max((end + self.ahead(end, number)) // DAY_S for number, end in enumerate(ends))

    def half_hour(self, t: int) -> int:
        """The half hour of the day that the clock on the wall showed, from 0 on."""
        return (t + self.ahead(t, self.here(t))) % DAY_S // 1800

    def begin(self, day: int) -> int:
        """The first second of a day: the earliest that is not of a day before."""
        if day not in self.begun:
            low, high = (day - 3) * DAY_S, (day + 3) * DAY_S
            while low < high:
                middle = (low + high) // 2
                low, high = (low, middle) if self.day(middle) >= day else (middle + 1, high)
            self.begun[day] = low
        return self.begun[day]

    def window(self, day: int) -> "tuple[int, int]":
        """From the beginning of a day to that of the next."""
        return self.begin(day), self.begin(day + 1)


def at_clock(day: int, minutes: int, name: str) -> int:
    """The moment at which a clock of this zone shows so many minutes after midnight."""
    zone = zone_of(name)
    if zone is None:
        return day * DAY_S + minutes * 60 - VIENTIANE_S
    return int((datetime(1970, 1, 1) + timedelta(days=day, minutes=minutes)).replace(tzinfo=zone).timestamp())  # noqa: DTZ001


class Clock:
    """When rows happened. Hall time of a stretch (one boot of the hub) is dated by the last word about it that was not
    withdrawn; a row of stretch 0 carries center time. `corrections` are those of releases before there were stretches.
    """

    def __init__(
        self, telling: Iterable[Row], known_before: "dict[str, list[Any]] | None" = None, zone_before: str = ""
    ) -> None:
        self.words: dict[int, tuple[int, bool]] = {0: (0, True)}
        self.words |= {int(n): (int(moved), bool(sure)) for n, (moved, sure) in (known_before or {}).items()}
        self.corrections = []
        named: list[tuple[Row, str]] = [({}, zone_before)] if zone_before else []
        for row in telling:
            kind, body = row["kind"], row["body"]
            if kind == "clock_corrected":
                self.corrections.append(body)
            elif kind == "rules_set":
                zone = zone_in(body)
                if not named or named[-1][1] != zone:
                    named.append((row, zone))
            elif kind in ("time_known", "time_said"):
                self.words[body["stretch"]] = (body["center_ms"] - body["hall_ms"], kind == "time_known")
            else:
                self.words.pop(body["stretch"], None)
        zones: list[tuple[int, str]] = []
        for row, zone in named:
            t = self.moved(row) if row else 0
            t = max(t if t < NOWHERE_S else 0, zones[-1][0] if zones else -NOWHERE_S)
            zones = [one for one in zones if one[0] < t or one is zones[0]] + [(t, zone)]
        self.calendar = Calendar(zones)

    def moved(self, row: Row) -> int:
        """The second, UTC, of a row of the hub."""
        n = row.get("stretch", 0)
        return int(row["t_event"] + self.words[n][0]) // 1000 if n in self.words else NOWHERE_S

    def second(self, row: Row) -> int:
        """The second since 1970, UTC; far away if nobody ever dated it."""
        n, number = row.get("stretch", 0), row["hub_seq"]
        by = sum(c["new_ms"] - c["old_ms"] for c in self.corrections if c["first_seq"] <= number <= c["last_seq"])
        if n in self.words:
            return int(row["t_event"] + by + self.words[n][0]) // 1000
        return int(row["t_event"]) // 1000 + NOWHERE_S * int(max(1, n))

    def line(self, row: Row) -> int:
        """On which line of time it lies: 0 is known center time, any other number only comparable with itself."""
        n: int = row.get("stretch", 0)
        return 0 if self.words.get(n, (0, False))[1] else n


def day_name(day: int) -> str:
    """The date of a day since 1970, YYYY-MM-DD, by the rule of leap years."""
    era, of_era = divmod(day + 719_468, 146_097)  # 400 years, from a first of March on
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    date = of_year - (153 * month + 2) // 5 + 1
    month += 3 if month < 10 else -9
    return f"{year + era * 400 + (month <= 2):04d}-{month:02d}-{date:02d}"


def took(a: list[Any], b: list[Any]) -> Any:
    """Seconds from one step to another; None if nobody can know. One box's own clock in one boot knows best."""
    if a[BOX] and a[BOX] == b[BOX]:
        return b[OWN] - a[OWN]
    return b[0] - a[0] if a[LINE] == b[LINE] else None


def good(seconds: Any, most: int = LONGEST_S) -> bool:
    """Whether a duration may be counted: known, not below zero, not longer than can be."""
    return seconds is not None and 0 <= seconds <= most


LINE, BOX, OWN = 6, 7, 8


class Reading:
    """What has been read: the steps of each visit, as (second, order, what, counter, queue, note, line of time, box and
    boot, its own clock), and of counters.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.hours: list[tuple[int, Row]] = []
        self.visits: dict[str, list[list[Any]]] = defaultdict(list)
        self.counters: list[list[Any]] = []
        self.number: dict[str, str] = {}
        self.away: dict[str, str] = {}
        self.out: set[str] = set()
        self.undone: dict[str, tuple[str, list[list[Any]]]] = {}
        self.expiries: dict[str, tuple[int, list[Any]]] = {}
        self.fact: Row = {}
        self.unknown_paper: set[str] = set()
        self.no_paper: set[str] = set()

    def step(self, row: Row, t: int, what: str, visit: str, counter: str = "", queue: str = "") -> None:
        """One step of a visit."""
        self.visits[visit].append(self.made(row, t, what, counter, sys.intern(queue), note_of(row)))

    def made(self, row: Row, t: int, what: str, counter: str, queue: str = "", note: str = "") -> list[Any]:
        """A step with what its time can be compared."""
        box = "" if row["dev"] == "hub" else sys.intern(f"{row['dev']} {row['boot']}")
        return [t, row["hub_seq"], what, counter, queue, note, self.clock.line(row), box, row["mono"] // 1000]

    def call(self, row: Row, t: int, counter: str) -> None:
        """A call, or the return of somebody who was away."""
        visit = row["body"]["ticket"]
        was = self.away.get(visit, "")
        parked = [step for step in self.visits[visit] if step[2] == "park"]
        if was == "parked" and parked and before(self.made(row, t, "call", counter), parked[-1]):
            was = ""  # told late: he had not been asked to come back yet
        else:
            self.away.pop(visit, None)
        if was == "no_show":
            self.step(row, t, "requeue", visit)
        self.step(row, t, "resume" if was == "parked" else "call", visit, counter)

    def take(self, row: Row, t: int) -> None:
        """One row."""
        kind, body, dev = row["kind"], row["body"], str(row["dev"])
        self.fact = row if dev != "hub" else self.fact
        visit, own, other = str(body.get("ticket", "")), f"{dev}.{row['run']}.{row['seq']}", str(body.get("dev", ""))
        here, there = self.number.get(dev, dev), self.number.get(other, other)
        if row["quality"] == "C" and (visit or kind == "issued") and kind in COUNTED:
            self.out.add(own if kind == "issued" else visit)
        if kind == "issued":
            self.step(row, t, "issue", own, "", body["service"])
        elif kind == "walked_in":
            self.step(row, t, "walk_in", own, here, body["service"])
            self.step(row, t, "start", own, here)
        elif kind == "roll_called":
            self.step(row, t, "walk_in", body["command"], there)
        elif kind in ("called", "called_locally"):
            self.not_expired(visit, row["hub_seq"])
            self.call(row, t, there if kind == "called" else here)
        elif kind == "given_back" and body["command"] in self.undone:
            self.restore(visit, body["command"])  # an undo that nobody showed
        elif kind == "given_back":
            self.take_back(visit, there, void=body.get("void", False))
        elif kind == "undone":
            self.undone[body["command"]] = (visit, self.undo(visit, there, void=body.get("void", False)))
        elif kind in ("transferred", "ended", "no_show", "parked") and not self.counts(visit, here):
            self.step(row, t, "freed", visit, here)
        elif kind in ("handed_on", "transferred"):
            self.away.pop(visit, None)
            self.step(row, t, "transfer", visit, here if kind == "transferred" else "", body["queue"])
        elif kind == "expired":
            self.expired(row, t, visit)
        else:
            self.take_rest(row, t, visit, here)

    def take_rest(self, row: Row, t: int, visit: str, here: str) -> None:
        """One row of a kind that is rarer, or plainer."""
        kind, body = row["kind"], row["body"]
        if kind == "restored":
            self.not_expired(visit)
        elif kind == "rules_set":
            hours = body["rules"].get("hours") or {}
            before = self.hours[-1][0] if self.hours else 0
            self.hours.append((self.clock.calendar.day(t) if t < NOWHERE_S else before, hours))
        elif kind == "shown":
            self.not_expired(visit, row["hub_seq"])
            if not self.holds(visit, here):
                self.call(row, t, here)
        elif kind == "undo_shown":
            self.undo_shown(row, t, here)
        elif kind == "fact_misfit":
            steps = self.visits[self.fact.get("body", {}).get("ticket", "")]
            steps[:] = [s for s in steps if s[1] != self.fact["hub_seq"] or s[2] in ("issue", "walk_in")]
        elif kind == "paper_found":
            self.out.add(visit)
        elif kind == "print_unknown":
            self.unknown_paper.add(visit)
        elif kind in PLAIN:
            if kind == "no_show" and visit in self.unknown_paper:
                self.no_paper.add(visit)
            if kind in ("no_show", "parked"):
                self.away[visit] = kind
            elif kind == "requeued":
                self.away.pop(visit, None)
            self.step(row, t, PLAIN[kind], visit, "" if kind == "requeued" else here)
        elif kind in STATES:
            if kind == "counter_opened":
                self.number[row["dev"]] = here = body["counter"]
            own = [step for step in self.counters if step[3] == here] if body.get("undone") else []
            if own and own[-1][2] in ("pause", "break"):  # Pause was pressed by mistake
                self.counters = [step for step in self.counters if step is not own[-1]]
                return
            state = "break" if kind == "counter_paused" and body["reason"] == "break" else STATES[kind]
            self.counters.append(self.made(row, t, state, here))

    def not_expired(self, visit: str, row: int = 0) -> None:
        """The hub let somebody expire and did not know that he was being served: that did not happen; unless the call
        of this row is taken back.
        """
        steps = self.visits[visit]
        if steps and steps[-1][2] == "expire":
            self.expiries[visit] = (row, steps.pop())

    def expired(self, row: Row, t: int, visit: str) -> None:
        """Still waiting when the center closed; found out later, the wait ended at closing time of its own day."""
        self.step(row, t, "expire", visit)
        steps = self.visits[visit]
        entry = [s for i, s in enumerate(steps) if not i or s[2] in ("issue", "transfer")][-1]
        if row["body"]["reason"] == "closing" or entry[0] >= NOWHERE_S or entry is steps[-1]:
            return
        closes = self.closes(entry[0])
        if entry[LINE] != steps[-1][LINE] or t > closes:
            steps[-1][0], steps[-1][LINE] = closes, entry[LINE]

    def closes(self, t: int) -> int:
        """Closing time of this day; its last second, if there is none or it is past already."""
        day = self.clock.calendar.day(t)
        last, name = self.clock.calendar.begin(day + 1) - 1, day_name(day)
        known = [hours for since, hours in self.hours if since <= day] or [hours for _, hours in self.hours[:1]]
        hours = known[-1] if known else {}
        week = hours.get("week") or [[]] * 7
        spans = hours.get("days", {}).get(name, week[(day + 3) % 7])
        at = at_clock(day, spans[-1][1], hours.get("zone", VIENTIANE)) if spans else last
        return min(at, last) if at >= t else last

    def take_back(self, visit: str, counter: str, *, void: bool) -> None:
        """A call that no counter ever showed did not happen; nor did one of a number of the roll (`void`)."""
        steps = self.visits[visit]
        for i in range(len(steps) - 1, -1, -1):
            if (steps[i][2] in ("call", "resume") or (void and steps[i][2] == "walk_in")) and steps[i][3] == counter:
                self.without(visit, i)
                return

    def undo(self, visit: str, counter: str, *, void: bool = False) -> list[list[Any]]:
        """The counter's last act did not happen, nor the leg that it began; its steps. A number of the paper roll
        stays, at no counter, unless the log says that there is no such visit.
        """
        steps = self.visits[visit]
        self.away.pop(visit, None)
        if not void and len(steps) == 1 and steps[0][2] == "walk_in":
            steps[0][3] = ""
            return []
        return self.without(visit, self.last_act(visit, counter))

    def last_act(self, visit: str, counter: str) -> int:
        """Where the last act of this counter stands, or of any, if the counter has another number by now."""
        acts = [i for i, step in enumerate(self.visits[visit]) if step[3] and step[2] != "recall"]
        own = [i for i in acts if self.visits[visit][i][3] == counter]
        return (own or acts or [max(0, len(self.visits[visit]) - 1)])[-1]

    def without(self, visit: str, at: int) -> list[list[Any]]:
        """All steps of the act that this step belongs to go; what it had ended stands again."""
        steps = self.visits[visit]
        if not steps:
            return []
        act, gone, rest = steps[at], list[list[Any]](), list[list[Any]]()
        ended = act[2] == "end" and act[5] != "withdrawn"
        for i, step in enumerate(steps):
            its = step[1] == act[1] or (ended and i == at + 1 and step[2] == "transfer")
            later_recall = i > at and step[2] == "recall" and step[3] == act[3]
            its = its or (act[2] in ("call", "resume", "walk_in") and later_recall)
            (gone if its else rest).append(step)
        kinds = [step[2] for step in gone]
        if act[2] in ("call", "resume"):
            if "requeue" in kinds:
                self.away[visit] = "no_show"
            elif act[2] == "resume":
                self.away[visit] = "parked"
            row, expiry = self.expiries.pop(visit, (0, []))
            if expiry and row == act[1]:
                rest.insert(min(at, len(rest)), expiry)
        if "no_show" in kinds:
            self.no_paper.discard(visit)
        steps[:] = rest
        return gone

    def undo_shown(self, row: Row, t: int, here: str) -> None:
        """What stands at the counter counts, whatever the hub has said or forgotten."""
        visit, command, there = row["body"]["ticket"], row["body"]["command"], row["body"]["here"]
        steps, held = self.visits[visit], self.holds(row["body"]["ticket"], here)
        if held and there:
            act, serving = steps[self.last_act(visit, here)], row["body"].get("serving", False)
            start = act[2] == "start" and act[3] == here and len([s for s in steps if s[1] == act[1]]) == 1
            if start and not serving:
                self.undo(visit, here)
            elif serving and [step[2] for step in self.undone.get(command, ("", []))[1]] == ["start"]:
                self.restore(visit, command)
        if held == there:
            return
        if there and self.restore(visit, command):
            return
        own = [step[2] for step in steps if step[3] == here]
        if not there or (own and own[-1] in FREE):
            self.undo(visit, here)
        else:
            self.step(row, t, "call", visit, here)

    def restore(self, visit: str, command: str) -> bool:
        """Put back what an undo took away from this visit, if it did."""
        of, taken = self.undone.pop(command, ("", []))
        if of != visit or not taken:
            return False
        kinds = {step[2] for step in taken}
        if kinds & {"call", "resume"}:
            self.away.pop(visit, None)
            self.not_expired(visit, next(step[1] for step in taken if step[2] in ("call", "resume")))
        for what, was in (("no_show", "no_show"), ("park", "parked")):
            if what in kinds:
                self.away[visit] = was
        if "no_show" in kinds and visit in self.unknown_paper:
            self.no_paper.add(visit)
        self.visits[visit].extend(taken)
        return True

    def holds(self, visit: str, counter: str) -> bool:
        """Whether this counter has the person, by the steps so far."""
        for step in reversed(self.visits[visit]):
            if step[3] == counter and step[2] in ("call", "resume", "walk_in"):
                return True
            if (step[2] in FREE and step[3] in (counter, "")) or step[2] == "issue":
                return False
        return False

    def counts(self, visit: str, counter: str) -> bool:
        """Whether this counter called the person in this leg, and nobody has ended it meanwhile."""
        called = False
        for step in reversed(self.visits[visit]):
            if step[2] == "end":
                return False
            called = called or (step[3] == counter and step[2] in ("call", "resume", "start", "walk_in"))
            if step[2] in ("issue", "transfer"):
                break
        return called


def note_of(row: Row) -> str:
    """All that is needed later of the row behind a step: a class where a visit begins, how it ended where it ends."""
    body = row["body"]
    if row["kind"] == "ended":
        return "withdrawn" if body["outcome"] == "withdrawn" else "auto" if body["auto"] else ""
    return sys.intern(body.get("cls", "N"))


PLAIN = {"recalled": "recall", "started": "start", "ended": "end", "no_show": "no_show", "parked": "park",
         "requeued": "requeue", "reprinted": "reprint"}  # fmt: skip
STATES = {"counter_opened": "open", "counter_closed": "close", "counter_paused": "pause", "counter_resumed": "open"}
COUNTED = {
    *PLAIN, "shown", "undo_shown", "issued", "called", "called_locally", "given_back", "undone", "handed_on",
    "transferred", "expired", "paper_found", "print_unknown", "rated", "order_changed", "order_cost", "print_failed",
    "fact_misfit",
    "call_collided", "label_repeated", "restored",
}  # fmt: skip
FREE = ("end", "no_show", "park", "transfer", "leave", "expire", "freed")


def read(
    rows: Iterable[Row], telling: "list[Row] | None" = None, words: "dict[str, list[Any]] | None" = None, zone: str = ""
) -> Reading:
    """All rows, in the time that they together tell. `telling`: those that tell it; `words`, `zone`: what was told
    before.
    """
    if telling is None:
        rows = list(rows)
        telling = [row for row in rows if row["kind"] in TELLING]
    clock = Clock(telling, words, zone)
    reading = Reading(clock)
    for row in rows:
        reading.take(row, clock.second(row))
    for visit, steps in reading.visits.items():
        if steps and all(s[2] not in ("issue", "walk_in") for s in steps) and visit.partition(".")[0] in reading.number:
            steps.insert(0, [*steps[0][:2], "walk_in", "", "", "N", *steps[0][LINE:]])  # of the paper roll
        steps.sort(key=lambda s: (s[2] not in ("issue", "walk_in"), s[1]))
    return reading


def legs_of(steps: list[list[Any]], busy: "dict[str, list[tuple[int, int]]]", over: int, until: int) -> list[Row]:
    """The legs of one visit, their moments being steps; the time it kept counters busy is added to `busy`. `over`: when
    its day was.
    """
    legs: list[Row] = []
    holding: dict[str, list[Any]] = {}
    for step in steps:
        _, _, named, counter, queue, note = step[:LINE]
        what = "leave" if named == "end" and note == "withdrawn" else named
        if what in ("issue", "walk_in"):
            legs.append({"entry": step, "service": queue, "queue": queue, "class": note, "parked": 0})
            if what == "walk_in":
                legs[-1] |= {"walk_in": True} | ({"last": step} if counter else {})
                if counter:
                    holding[counter] = step
            continue
        if not legs:
            return []
        leg = legs[-1]
        if what in ("call", "resume"):
            holding.setdefault(counter, step)
        elif what in FREE:
            for name in [counter] if counter else list(holding):
                if name in holding:
                    since = holding.pop(name)
                    if good(seconds := took(since, step)):
                        busy[name].append(within((since[0], since[0] + seconds), over, until))
        follow(leg, what, step)
        if what == "transfer":
            legs.append({"entry": step, "service": leg["service"], "queue": queue, "class": leg["class"], "parked": 0})
    for name, since in holding.items():
        if since[0] < NOWHERE_S:
            busy[name].append((since[0], max(since[0], until)))
    return legs


def within(span: "tuple[int, int]", over: int, until: int) -> "tuple[int, int]":
    """A counter is busy with somebody until the day is over at the latest."""
    return (span[0], max(span[0], until)) if span[0] < over < span[1] else span


def before(step: list[Any], other: list[Any]) -> bool:
    """Whether a step that was told later happened earlier, as far as anybody can say."""
    apart = took(other, step)
    return apart is not None and apart < 0


def follow(leg: Row, what: str, step: list[Any]) -> None:
    """What one step does to a leg."""
    if what == "call":
        if "call" not in leg or ("walk_in" not in leg and before(step, leg["call"])):
            leg["call"] = step
        leg["last"] = leg["called"] = step
    elif what == "start":
        if "start" not in leg:
            leg |= {"start": step, "parked": 0}  # who was asked back before it is not asked back during the service
    elif what == "park":
        leg["away"] = step
    elif what == "resume":
        away = took(leg.pop("away", step), step)
        away = None if away is not None and away < 0 else away
        leg["parked"] += away or 0
        leg["pause_unknown"] = leg.get("pause_unknown", False) or away is None
        if "start" not in leg:
            leg["called"] = step
    elif what == "requeue":
        for name in ("end", "outcome", "start", "told_late"):
            leg.pop(name, None)
        leg["parked"] = 0
    elif what == "recall":
        leg["recalls"] = leg.get("recalls", 0) + 1
    if what in ("end", "transfer", "no_show", "leave", "expire", "park") and "start" in leg and "walk_in" not in leg:
        walk, rest = took(leg["called"] if "called" in leg else leg["start"], leg["start"]), took(leg["start"], step)
        if walk is not None and rest is not None and walk > LATE_WALK_S and 0 <= rest <= LATE_ACT_S:
            leg["told_late"] = True
    if what in ("end", "transfer", "no_show", "leave", "expire") and leg.get("outcome") != "served":
        outcome = {"end": "served", "transfer": "served", "leave": "left", "expire": "expired"}.get(what, what)
        leg |= {"end": step, "outcome": outcome, "auto": what == "end" and step[5] == "auto"}


# -- indicators --------------------------------------------------------------------------------------------------------


def rounded(value: Any) -> Any:
    """Six decimals; none of nothing."""
    return None if value is None else round(float(value), 6)


def ratio(a: int, b: int) -> Any:
    """A share of something."""
    return rounded(Fraction(a, b)) if b else None


def nearest_rank(values: list[int], percent: int) -> Any:
    """Element k = ceil(p n) of the sorted values, counting from 1."""
    return sorted(values)[(percent * len(values) + 99) // 100 - 1] if values else None


def spread(values: list[int]) -> dict[str, Any]:
    """How many, their mean, their 90th percentile."""
    return {"n": len(values), "mean": ratio(sum(values), len(values)), "p90": nearest_rank(values, 90)}


def indicators(reading: Reading, standard_s: int, standards: "dict[str, int] | None" = None) -> dict[str, Any]:
    """The headline indicators of all days; `standards`: of services that have their own (seconds). A visit whose date
    nobody knows is in none of them, and counted.
    """
    days: dict[int, list[list[list[Any]]]] = defaultdict(list)
    last: dict[int, int] = defaultdict(int)
    latest: dict[int, int] = defaultdict(int)
    earliest: dict[int, int] = {}
    undated, calendar = 0, reading.clock.calendar
    for name, steps in reading.visits.items():
        if not steps or name in reading.out or name in reading.no_paper:
            continue
        if steps[0][0] >= NOWHERE_S:
            undated += 1
            continue
        first = calendar.day(steps[0][0])
        days[first].append(steps)
        last[first] = max(last[first], *(s[0] + 1 for s in steps if calendar.day(s[0]) == first))
        latest[first] = max(latest[first], *(s[0] + 1 for s in steps if s[0] < NOWHERE_S))
        earliest[first] = min(earliest.get(first, calendar.begin(first)), *(s[0] for s in steps))
    for t, *_ in reading.counters:
        if t < NOWHERE_S:
            last[calendar.day(t)] = max(last[calendar.day(t)], t + 1)
    visits, levels = [], 0
    busy_s: dict[str, int] = defaultdict(int)
    for day, found in days.items():
        busy: dict[str, list[tuple[int, int]]] = defaultdict(list)
        of_day = [legs for steps in found if (legs := legs_of(steps, busy, calendar.begin(day + 1), last[day]))]
        visits += [(day, legs) for legs in of_day]
        levels += area(found, (earliest[day], max(calendar.begin(day + 1), latest[day])))
        for counter, spans in busy.items():
            busy_s[counter] += clipped(spans, calendar.window(day))
    told = figures(visits, standard_s, standards or {}, calendar) | counters(reading, days, last, busy_s, visits)
    return told | {"area_s": levels, "undated": undated}


def goes_back(steps: list[list[Any]]) -> bool:
    """Whether a step behind the beginning is more than a minute earlier than one that stands before it: told late. Or
    somebody was sent on while another counter had him too.
    """
    later = [step for step in steps if step[2] not in ("issue", "walk_in")]
    having: set[str] = set()
    for _, _, what, counter, *_ in steps:
        if counter and what in ("call", "resume", "walk_in"):
            having.add(counter)
        elif what in ("park", "transfer", "end", "no_show", "leave", "expire", "freed"):
            having.discard(counter)
            if what == "transfer" and having:
                return True
    return any(a[LINE] == b[LINE] and a[0] > b[0] + 60 for n, b in enumerate(later) for a in later[:n])


def area(visits: list[list[list[Any]]], window: "tuple[int, int]") -> int:
    """The area under the number of people waiting in one day, from its steps alone. A wait that cannot be counted is in
    neither side, nor is a visit whose steps go back in time.
    """
    changes: dict[int, int] = defaultdict(int)
    for steps in visits:
        if goes_back(steps):
            continue
        waits, entered = steps[0][2] not in ("issue", "walk_in"), steps[0]
        called: Any = None
        for step in steps:
            t, what = step[0], step[2]
            leaves = what == "end" and step[5] == "withdrawn"
            if what in ("issue", "transfer"):
                changes[t] += 0 if waits else 1
                waits, entered, called = True, step, None
            if what == "call" and called and before(step, called):
                seconds = took(entered, called)
                changes[entered[0] + seconds if good(seconds) else entered[0]] += 1
                waits = True
            if waits and (what in ("call", "expire") or leaves):
                waits, seconds, called = False, took(entered, step), step if what == "call" else None
                changes[entered[0] + seconds if good(seconds) else entered[0]] -= 1
    total = level = 0
    at = window[0]
    for t in sorted(changes):
        here = min(max(t, window[0]), window[1])
        total, level, at = total + level * (here - at), level + changes[t], here
    return total + level * (window[1] - at)


def clipped(spans: "list[tuple[int, int]]", day: "tuple[int, int]") -> int:
    """Seconds of these spans on this day."""
    return sum(max(0, min(b, day[1]) - max(a, day[0])) for a, b in spans)


def gini(values: list[int]) -> Any:
    """Mean difference of all pairs over twice the mean: 0 if all are zero, none if there are none."""
    n, total = len(values), sum(values)
    spread_out = sum((2 * i - n - 1) * w for i, w in enumerate(sorted(values), 1))
    return ratio(spread_out, n * total) if total else (0.0 if n else None)


def waits(legs: list[dict[str, Any]]) -> list[int]:
    """First call - entry of those who were called and had a ticket; none that cannot be."""
    called = [took(leg["entry"], leg["call"]) for leg in legs if "call" in leg and "walk_in" not in leg]
    return [wait for wait in called if good(wait)]


def service(leg: dict[str, Any]) -> Any:
    """End - start - parked of a served leg; without a start from the last call. None if there is none, or unknown."""
    begun = leg.get("start", leg.get("last"))
    if leg.get("outcome") != "served" or begun is None or leg.get("pause_unknown") or leg.get("told_late"):
        return None
    whole = took(begun, leg["end"])
    return None if whole is None else whole - leg["parked"]


def level(first: "list[dict[str, Any]]", standard_s: int, standards: "dict[str, int]") -> dict[str, Any]:
    """First legs called within the standard, of all called and of those who gave up after longer."""
    within = den = 0
    for leg in first:
        most = standards.get(leg["service"], standard_s)
        called = waits([leg])
        gone = [took(leg["entry"], leg["end"])] if gave_up(leg) else []
        within += sum(w <= most for w in called)
        den += len(called) + sum(g > most for g in gone if good(g))
    return {"within": within, "den": den, "value": ratio(within, den)}


def gave_up(leg: "dict[str, Any]") -> bool:
    """Whether somebody waited and was never called."""
    return "call" not in leg and "walk_in" not in leg and leg.get("outcome") in ("left", "expired")


def figures(
    visits: "list[tuple[int, list[dict[str, Any]]]]", standard_s: int, standards: "dict[str, int]", calendar: Calendar
) -> dict[str, Any]:
    """Everything that is made of legs."""
    first = [legs[0] for _, legs in visits]
    every = [leg for _, legs in visits for leg in legs]
    services = [s for leg in every if not leg.get("auto") and good(s := service(leg), FORGOTTEN_S)]
    done = [legs for _, legs in visits if legs[-1].get("outcome") == "served"]
    sure = [legs for legs in done if all((service(leg) or 0) <= FORGOTTEN_S for leg in legs)]
    stays = [stay for legs in sure if good(stay := took(legs[0]["entry"], legs[-1]["end"]))]
    waited = [
        sum(waits(legs)) for legs in done
        if "walk_in" not in legs[0] and len(waits(legs)) == sum("call" in leg for leg in legs)
    ]  # fmt: skip
    outcome: dict[str, int] = defaultdict(int)
    for leg in first:
        outcome[leg.get("outcome", "open")] += 1
    own = waits(first)
    half: dict[str, int] = defaultdict(int)
    by_service: dict[str, list[int]] = defaultdict(list)
    for leg in first:
        at = calendar.half_hour(leg["entry"][0])
        half[f"{at // 2:02d}:{at % 2 * 30:02d}"] += 1
        by_service[leg["service"]] += waits([leg])
    return {
        "tickets_issued": len(first),
        "recalls": sum(leg.get("recalls", 0) for leg in every),
        "told_late": sum("told_late" in leg for leg in every),
        "legs": len(every),
        "wait_first": spread(own) | {"max": max(own, default=None), "p50": nearest_rank(own, 50)},
        "wait_p80": nearest_rank(own, 80),
        "wait_all_legs": spread(waits(every)),
        "service_time": spread(services),
        "time_in_system": {
            "n": len(stays), "mean": ratio(sum(stays), len(stays)),
            "total_wait_mean": ratio(sum(waited), len(waited)),
        },
        "service_level": level(first, standard_s, {}),
        "service_level_own": level(first, standard_s, standards),
        "abandonment": {
            "no_show": outcome["no_show"], "left": outcome["left"], "expired": outcome["expired"],
            "rate": ratio(outcome["no_show"] + outcome["left"], len(first) - outcome["expired"]),
        },
        "arrivals_by_half_hour": dict(sorted(half.items())),
        "mean_wait_by_service": {s: ratio(sum(w), len(w)) for s, w in sorted(by_service.items()) if w},
        "gini_individual": gini(own),
        "overtakes": overtakes(visits),
    }  # fmt: skip


def overtakes(visits: "list[tuple[int, list[dict[str, Any]]]]") -> dict[str, int]:
    """Pairs of first legs of one day, service and class, and those called against the order in which they came."""
    groups: dict[Any, list[tuple[int, int]]] = defaultdict(list)
    for day, legs in visits:
        leg = legs[0]
        for wait in waits([leg]):
            groups[day, leg["queue"], leg["class"]].append((leg["entry"][0], leg["entry"][0] + wait))
    pairs = inversions = 0
    for group in groups.values():
        group.sort()
        for i, (entry, call) in enumerate(group):
            for other, later in group[i + 1 :]:
                if other > entry:
                    pairs += 1
                    inversions += later < call
    return {"pairs": pairs, "inversions": inversions}


def counters(
    reading: Reading, days: "dict[int, list[Any]]", last: dict[int, int], busy_s: dict[str, int],
    visits: "list[tuple[int, list[dict[str, Any]]]]",
) -> dict[str, Any]:  # fmt: skip
    """Open time of each counter, the share of it that was busy, and what it served."""
    calendar = reading.clock.calendar
    spent: dict[str, dict[str, int]] = defaultdict(lambda: {"open_s": 0, "pause_s": 0, "break_s": 0})
    now: dict[tuple[str, int], list[Any]] = {}
    for step in said_by_counters(reading, days):
        state, counter, day = step[2], step[3], calendar.day(step[0])
        if (counter, day) in now:
            since = now.pop((counter, day))
            if good(seconds := took(since, step)):
                spent[counter][f"{since[2]}_s"] += clipped([(since[0], since[0] + seconds)], calendar.window(day))
        if state != "close":
            now[counter, day] = step
    for (counter, day), since in now.items():
        spent[counter][f"{since[2]}_s"] += max(0, min(last[day], calendar.begin(day + 1)) - since[0])
    for counter in busy_s:
        spent[counter]["open_s"] += 0  # busy and never opened: an anomaly, and shown
    open_s = sum(of["open_s"] for of in spent.values())
    served = sum(
        leg.get("outcome") == "served" and calendar.day(leg["end"][0]) == day for day, legs in visits for leg in legs
    )
    return {
        "counters": {
            c: of | {"busy_s": busy_s.get(c, 0)} for c, of in sorted(spent.items()) if any(of.values()) or busy_s.get(c)
        },
        "occupancy_all": ratio(sum(busy_s.values()), open_s),
        "throughput_legs_per_open_hour": ratio(served * 3600, open_s),
    }


def said_by_counters(reading: Reading, days: "dict[int, list[Any]]") -> list[list[Any]]:
    """The steps of counters by time. A counter that was left open on an earlier day was closed by that day; it is open
    again from its first use on, if it does not say so itself before.
    """
    told: dict[int, list[list[Any]]] = defaultdict(list)
    having: dict[tuple[str, int], dict[str, str]] = defaultdict(dict)  # the boxes that have a number on a day
    calendar = reading.clock.calendar
    for step in sorted(reading.counters, key=lambda s: s[:2]):
        day, box = calendar.day(step[0]), step[BOX].partition(" ")[0]
        for boxes in having.values():
            boxes.pop(box, None)
        boxes = having[step[3], day]
        others = sorted(boxes.values())  # "break", "open", "pause"
        boxes.update({box: step[2]} if step[2] != "close" else {})
        stands = "open" if "open" in others else others[0] if others and step[2] == "close" else step[2]
        if step[0] < NOWHERE_S:
            told[day].append([*step[:2], stands, *step[3:]])
    state: dict[str, str] = {}
    for day in sorted({*told, *days}):
        mine = list(told[day])
        for counter in [c for c, was in state.items() if was != "close"]:
            uses = [
                s for steps in days.get(day, ()) for s in steps
                if s[3] == counter and s[2] in ("call", "resume", "start", "walk_in") and calendar.day(s[0]) == day
            ]  # fmt: skip
            first = min(uses, key=lambda s: s[:2], default=None)
            own = [s[0] for s in mine if s[3] == counter]
            if first is not None and (not own or first[0] < own[0]):
                told[day].append([*first[:2], "open", counter, "", "", first[LINE], "", 0])
        state |= {step[3]: step[2] for step in mine}
    return sorted((step for steps in told.values() for step in steps), key=lambda s: s[:2])


# -- the pack ----------------------------------------------------------------------------------------------------------


TEXTS = {
    "README.txt": "cfc7e367e9b9d52b67fa0fe399e6761f2a8dc33d4c82a865ebf1054c9a2bb5ef",
    "definitions.md": "e98b85627941d057f074aa839ea46e1d438f881ad88d44967d4cfafd3c1fddc6",
    "recompute.sql": "96f5bcd4db1a203bb72812cc7438b84fc7d6418f1e30f9c97ae687a937b7c22d",
}
"""What is the same in every pack of this release: SHA-256, written here by `make docs`."""
OURS = {"verify.py", "MANIFEST.sha256", "log.jsonl", "seals.jsonl", "checkpoints.txt", "results.json", "figures.html"}
SAYS_NOTHING = (
    "What nobody can prove from a log: that what was logged happened. That shows who counts at the door.\n"
    "ສິ່ງທີ່ບັນທຶກພິສູດບໍ່ໄດ້: ວ່າສິ່ງທີ່ບັນທຶກໄວ້ໄດ້ເກີດຂຶ້ນແທ້."
)


def differences(found: Any, kept: Any, where: str = "") -> list[str]:
    """Where two results differ."""
    if isinstance(found, dict) and isinstance(kept, dict):
        return [
            d
            for name in sorted({*found, *kept})
            for d in differences(found.get(name), kept.get(name), f"{where}/{name}")
        ]
    return [] if found == kept else [f"{where[1:]}: results.json says {kept}, the log gives {found}"]


def sum_of(path: Path) -> str:
    """The SHA-256 of a file."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while some := file.read(1 << 20):
            digest.update(some)
    return digest.hexdigest()


def told_s(seconds: Any) -> str:
    """A duration, as minutes and seconds."""
    if seconds is None:
        return "–"
    whole = int(seconds + 0.5)
    return (
        f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
        if whole >= 3600
        else f"{whole // 60}:{whole % 60:02d}"
    )


def share(value: Any) -> str:
    """A share in percent."""
    return "–" if value is None else f"{100 * value:.1f} %"


def sheet(found: Row, standard_s: int) -> "list[tuple[str, str, str]]":
    """The headline figures: in English, in Lao, and as they are."""
    wait, level, gone, own = (found[k] for k in ("wait_first", "service_level", "abandonment", "service_level_own"))
    return [
        ("Visits", "ຈຳນວນຄັ້ງ", str(found["tickets_issued"])),
        ("Called within the standard of the service", "ຖືກເອີ້ນພາຍໃນມາດຕະຖານຂອງບໍລິການ",
         f"{share(own['value'])} ({own['within']}/{own['den']})"),
        (f"Called within {standard_s // 60} minutes", f"ຖືກເອີ້ນພາຍໃນ {standard_s // 60} ນາທີ",
         f"{share(level['value'])} ({level['within']}/{level['den']})"),
        ("Half waited at most", "ເຄິ່ງໜຶ່ງລໍຖ້າບໍ່ເກີນ", told_s(wait["p50"])),
        ("Nine of ten waited at most", "ເກົ້າໃນສິບລໍຖ້າບໍ່ເກີນ", told_s(wait["p90"])),
        ("Longest wait", "ລໍຖ້າດົນທີ່ສຸດ", told_s(wait["max"])),
        ("Mean wait", "ລໍຖ້າສະເລ່ຍ", told_s(wait["mean"])),
        ("Mean service", "ບໍລິການສະເລ່ຍ", told_s(found["service_time"]["mean"])),
        ("Time in the center", "ເວລາຢູ່ສູນ", told_s(found["time_in_system"]["mean"])),
        ("Did not come when called", "ຖືກເອີ້ນແຕ່ບໍ່ມາ", str(gone["no_show"])),
        ("Not served", "ບໍ່ໄດ້ຮັບບໍລິການ", str(gone["left"] + gone["expired"])),
        ("Counters busy", "ຊ່ອງບໍລິການບໍ່ຫວ່າງ", share(found["occupancy_all"])),
    ]  # fmt: skip


def page(found: Row, standard_s: int, log: "tuple[int, int, str]") -> str:
    """figures.html: the headline figures for people, made of nothing but the log (`log`: first row, last, its hash)."""
    rows = "".join(
        f"<tr><td>{html.escape(lao)}<br>{html.escape(english)}<td>{html.escape(value)}\n"
        for english, lao, value in sheet(found, standard_s)
    )
    return (
        '<!DOCTYPE html>\n<html lang="lo"><meta charset="utf-8"><title>OneDoor Queue</title>\n<style>'
        "body{font:16px sans-serif;margin:2em;max-width:40em}td{padding:.3em 1em .3em 0;border-bottom:1px solid #ccc}"
        "td+td{font-weight:bold;text-align:right}</style>\n"
        f"<table>\n{rows}</table>\n<p>rows {log[0]}–{log[1]}, {log[2][:16]}\n</html>\n"
    )


def dated_at(log: Log, row: int, clock: Clock) -> str:
    """When a row was taken, on the center's clock."""
    received, stretch = log.at[row]
    second = clock.second({"t_event": received, "stretch": stretch, "hub_seq": row})
    if second >= NOWHERE_S:
        return "at a time that nobody knows"
    return clock_of(second + clock.calendar.ahead(second, clock.calendar.here(second)))


class Judged:
    """What was found: lines for people, what is missing for a proof."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.missing: list[str] = []


def check_files(folder: Path, judged: Judged) -> None:
    """That files are as they were packed, and what covers each. Wrong: one is another."""
    listed = (folder / "MANIFEST.sha256").read_text(encoding="utf-8").splitlines()
    names = {}
    for line in listed:
        digest, _, name = line.partition("  ")
        names[name] = digest
        if Path(name).name != name or sum_of(folder / name) != digest:
            raise Wrong(f"{name}: is not the file that was packed")
    judged.told.append(f"{len(listed)} files as they were packed")
    mine = sum_of(Path(__file__))
    judged.told.append(f"this verify.py is {mine[:32]} ...: compare with a closing slip, or take your own copy")
    if names.get("verify.py", mine) != mine:
        judged.missing.append("the pack's verify.py is another program than this one")
    for path in sorted(folder.iterdir()):
        if path.name in TEXTS:
            if sum_of(path) != TEXTS[path.name]:
                judged.missing.append(f"{path.name} is not the text of this release")
        elif path.name not in OURS:
            judged.missing.append(f"{path.name}: nothing here covers it (`onedoor verify` makes a report again)")


def check_figures(folder: Path, results: Row, log: Log, standard_min: "int | None", judged: Judged) -> None:
    """That the figures are what the log gives. Wrong: they are not."""
    standards = log.standards or standards_of(results, log, judged)
    standard_s = results["standard_s"] if standard_min is None else standard_min * 60
    if standard_s != results["standard_s"]:
        raise Wrong(f"the figures are for a standard of {results['standard_s'] // 60} minutes, not {standard_min}")
    if standard_min is None:
        judged.missing.append(
            f"the standard of {standard_s // 60} minutes is the pack's own word: give the published one, --standard-min"
        )
    before = results["before"]
    reading = read(again(folder / "log.jsonl"), log.late, before.get("words"), before.get("zone", ""))
    found = indicators(reading, standard_s, {service: 60 * minutes for service, minutes in standards.items()})
    wrong = differences(json.loads(json.dumps(found)), results["indicators"])
    if wrong:
        raise Wrong("\n".join(wrong))
    judged.told.append(f"{len(found)} headline indicators are what the log gives")
    if (folder / "figures.html").exists():
        text = page(found, standard_s, (log.first + 1, log.last, log.head))
        if (folder / "figures.html").read_bytes() != text.encode():
            raise Wrong("figures.html: is not what the log gives")
    for english, _, value in sheet(found, standard_s):
        judged.told.append(f"    {english}: {value}")


def standards_of(results: Row, log: Log, judged: Judged) -> "dict[str, int]":
    """The services' own standards, out of a row that lies before the pack, if it is proved to be in the log."""
    kept = results.get("rules")
    if not kept:
        return {}
    row = kept["row"]
    bare = {name: value for name, value in row.items() if name != "hash"}
    data = hashlib.sha256(bytes.fromhex(row["prev_hash"]) + spelled(bare)).digest()
    root = climbed(row["hub_seq"] - 1, log.last, data, [bytes.fromhex(one) for one in kept["proof"]])
    if row["kind"] != "rules_set":
        raise Wrong("results.json: what it gives as the center's rules is another row")
    if log.edge is None or root != log.edge.root():
        judged.missing.append("the row with the services' standards is not proved to be in the log")
        return {}
    found: dict[str, int] = row["body"]["rules"].get("standard_min", {})
    return found


def covered(log: Log, claims: "list[Claim]", trust: Trust, clock: Clock, judged: Judged) -> "list[str]":
    """Days, each with its seal and who outside holds it; since when each is unchanged. What is missing is added."""
    judged.told += [f"your key: {key}" for key in trust.keys]
    own = [claim for claim in claims if not claim.outside and agrees(claim, log)]
    outside = [claim for claim in claims if claim.outside and agrees(claim, log)]
    for claim in claims:
        if claim.outside and claim not in outside:
            judged.missing.append(
                f"{claim.said} knows row {claim.row}: behind the end of this pack, or before its first row"
            )
    since, unsealed, unheld = [], [], []
    for day in log.days:
        # A slip that the reader holds is a seal too: the center's own key stands under it.
        sealed = [claim for claim in (*own, *outside) if claim.row >= day.last and claim.key]
        ours = [claim for claim in sealed if trust.knows(claim.key)]
        seal = f"sealed by row {min(c.row for c in ours)}" if ours else "NOT SEALED"
        if not ours and sealed:
            seal = f"sealed with {sealed[0].key[:16]}" if not trust.keys else f"OTHER KEY {sealed[0].key}"
        if not ours:
            unsealed.append(day)
        holders = sorted((c for c in outside if c.row >= day.last), key=lambda c: c.row)
        held = f"held outside: {holders[0].said}" if holders else "held by nobody outside"
        if holders:
            since.append(f"{dated_at(log, holders[0].row, clock)}, {holders[0].said} (row {holders[0].row})")
        else:
            unheld.append(day)
        name = day.name or "(day unknown)"
        judged.told.append(f"  {name:12} rows {day.first}-{day.last}, {day.head[:16]}, {seal}, {held}")
    keys = sorted({claim.key for claim in own if claim.key})
    for key in keys:
        if not trust.knows(key):
            whose = "compare it with the wall, and give it with --key" if not trust.keys else "another key than yours"
            judged.missing.append(f"seals of the key {key}: {whose}")
    if not trust.keys:
        judged.missing.append("no key was given: --key, from the center's wall, the district's register, or a slip")
    judged.told += [f"services signed with the key {key}, from row {row} on" for key, row in log.national.items()]
    for key, row in log.national.items():
        if trust.national and not key.startswith(trust.national):
            judged.missing.append(f"row {row}: the center took its services from another authority, key {key}")
    for days, what in ((unsealed, "not under a seal of your key"), (unheld, "held by nobody outside")):
        if days:
            names = ", ".join(day.name or "(day unknown)" for day in days[:5]) + (" ..." if len(days) > 5 else "")
            judged.missing.append(f"{len(days)} of {len(log.days)} days are {what}: {names}")
    return since


def outside_claims(args: argparse.Namespace, trust: Trust, keys: "list[str]", judged: Judged) -> "list[Claim]":
    """What the reader holds of the log. A slip of a key that he did not name is no proof of anything."""
    found: list[Claim] = []
    told = [(from_slip(text), "the slip") for text in args.slip]
    for path in args.held:
        named = f"the note in {path.name}"
        told += [({"note": str_of(note)}, named) for note in notes_in(path.read_text("utf-8"))]
    for seal, held in told:
        name = f"{held} of {seal['day']}" if seal.get("day") else held
        try:
            made = [c for c in claims_of(seal, trust, keys, name) if not c.key or trust.knows(c.key)]
        except Wrong as wrong:
            judged.missing.append(f"{wrong}: read it once more; nothing follows from it")
            continue
        if not made:
            judged.missing.append(f"{name} is not signed with a key that you named")
        found += made
    return found


def check_proof(args: argparse.Namespace) -> "tuple[Judged, list[str]]":
    """A proof by itself: that a row is in a log, or that one head continues another. Wrong: it does not show that."""
    judged, trust, text = Judged(), trust_of(args), args.proof.read_text("utf-8")
    above, _, below = text.partition("\n\n")
    lines, note = above.split("\n"), Note(below)
    keys = [key for key in trust.keys if len(key) == 64]
    claims = claims_in(note, trust, keys, f"the checkpoint of row {note.size}")
    if not any(trust.knows(claim.key) for claim in claims):
        judged.missing.append("the checkpoint is not signed with a key that you named (whole, 64 digits)")
    outside = outside_claims(args, trust, keys, judged)
    if lines[0] == "c2sp.org/tlog-proof@v1":
        row_proved(lines[2 if lines[1].startswith("extra ") else 1 :], note, args, judged)
    else:
        old, proof = int(lines[0].partition("old ")[2]), [plain64(line) for line in lines[1:]]
        earlier = [claim for claim in outside if claim.row == old and claim.root]
        if not earlier:
            judged.missing.append(f"nothing that you hold knows row {old}: give the note or the slip, --held or --slip")
        for claim in earlier:
            if not continues(old, note.size, claim.root, note.root, proof):
                raise Wrong(f"the log of row {note.size} does not continue {claim.said}, row {old}")
            judged.told.append(f"the log up to row {note.size} continues {claim.said}, row {old}")
    for claim in outside:
        if claim.row == note.size and claim.root and claim.root != note.root:
            raise Wrong(f"row {claim.row} is not the one of {claim.said}: two heads of one row")
    held = [claim for claim in (*claims, *outside) if claim.outside and claim.row == note.size and claim.root]
    if not held:
        judged.missing.append(f"the head of row {note.size} is held by nobody outside")
    return judged, [f"{claim.said} (row {claim.row})" for claim in held]


def row_proved(lines: "list[str]", note: Note, args: argparse.Namespace, judged: Judged) -> None:
    """That the row in the file beside a proof is where the proof says. Wrong: it is not."""
    index, proof = int(lines[0].partition("index ")[2]), [plain64(line) for line in lines[1:]]
    path = args.row or args.proof.with_suffix(".json")
    row = json.loads(path.read_bytes())
    bare = {name: value for name, value in row.items() if name != "hash"}
    data = hashlib.sha256(bytes.fromhex(row["prev_hash"]) + spelled(bare)).digest()
    if row["hub_seq"] != index + 1 or climbed(index, note.size, data, proof) != note.root:
        raise Wrong(f"row {row['hub_seq']} of {path.name} is not row {index + 1} of the log of {note.origin}")
    judged.told.append(f"row {index + 1} is in the log of {note.origin}: {spelled(bare).decode()}")


def str_of(note: Note) -> str:
    """A note as it travels."""
    lines = [f"\u2014 {n} {base64.b64encode(number + made).decode()}\n" for n, number, made in note.lines]
    return note.text + "\n" + "".join(lines)


def trust_of(args: argparse.Namespace) -> Trust:
    """What the reader brings, of keys."""
    trust = Trust()
    for key in args.key:
        trust.key(key)
    for text in args.witness:
        name, _, public = named_key(text)
        trust.witnesses[name] = (name, public)
    trust.national = "".join((args.national or "").lower().split())
    if args.policy:
        trust.policy(args.policy.read_text("utf-8"))
    return trust


def all_claims(
    seals: "list[Row]", notes: "list[Note]", args: argparse.Namespace, trust: Trust, judged: Judged
) -> "list[Claim]":
    """What the center's seals and notes say, and what the reader holds. Wrong: one is forged, or two are of one row."""
    own = {seal["key"] for seal in seals}
    keys = sorted(own | {key for key in trust.keys if len(key) == 64})
    claims = [claim for seal in seals for claim in claims_of(seal, trust, own)]
    for note in notes:
        claims += claims_in(note, trust, keys, f"the checkpoint of row {note.size}")
    claims += outside_claims(args, trust, keys, judged)
    same: dict[int, Claim] = {}
    for claim in claims:
        other = same.setdefault(claim.row, claim) if claim.root else claim
        if other.root != claim.root:
            raise Wrong(f"two heads of row {claim.row}, both signed: {other.said}, {claim.said}")
    return claims


def papers_of(args: argparse.Namespace) -> "list[Paper]":
    """The tickets that the reader holds."""
    return [Paper(text) for text in args.paper]


def by_papers(log: Log, args: argparse.Namespace, judged: Judged) -> "list[Claim]":
    """What tickets in citizens' hands know of the log. Wrong: a genuine one contradicts it; of one whose tag cannot be
    checked nothing follows, for anybody can print it.
    """
    keys = {bytes.fromhex(key) for key in args.tag_key} | log.tag_keys
    found = []
    for paper in log.papers:
        name, genuine_ = f"the paper {paper.label} of {paper.day or 'an unknown day'}", paper.genuine(keys)
        head = log.chain.get(paper.row, "") if log.first < paper.row <= log.last else ""
        why = ""
        if paper.row and head and not head.startswith(paper.head):
            why = f"row {paper.row} is not the one of {name}: the log was computed again up to here"
        elif paper.row > log.last and (not paper.day or paper.day <= max(log.until, log.days[-1].name)):
            why = f"row {log.last + 1} is missing: {name} knows the log up to row {paper.row}"
        elif paper.found is not None and paper.found < 0:
            why = f"row {-paper.found} is not the one of {name}: its own row was changed"
        if why and genuine_:
            raise Wrong(why)
        if why:
            judged.missing.append(
                f"{why}; but its tag cannot be checked, and anybody can print such a paper: --tag-key"
            )
        elif not genuine_:
            judged.missing.append(f"the tag of {name} cannot be checked, or is false: --tag-key")
        elif paper.found is None:
            judged.missing.append(
                f"the row of {name} is not in the log: its kiosk's card may have died before it was sent"
            )
        else:
            judged.told.append(f"{name} is genuine, and row {paper.found} is its own")
            if head:
                found.append(Claim(paper.row, name, "", paper.head, b"", paper.day, outside=True))
    return found


def notes_of(path: Path) -> "list[Note]":
    """The notes of a file, none if there is no such file."""
    return notes_in(path.read_text("utf-8")) if path.exists() else []


def check(folder: Path, args: argparse.Namespace) -> "tuple[Judged, list[str]]":
    """Everything; what was found, and since when each day is unchanged. Wrong: what does not hold."""
    judged, trust = Judged(), trust_of(args)
    check_files(folder, judged)
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    seals, notes = seals_of(folder / "seals.jsonl"), notes_of(folder / "checkpoints.txt")
    claims = all_claims(seals, notes, args, trust, judged)
    papers = papers_of(args)
    log = read_log(folder / "log.jsonl", results["before"], {c.row for c in claims} | {p.row for p in papers}, papers)
    log.until = str(results.get("period", ["", ""])[1])
    if log.last - log.first != results["rows"]:
        raise Wrong(f"log.jsonl: {log.last - log.first} rows, results.json was made of {results['rows']}")
    judged.told.append(f"{results['rows']} rows, {log.first + 1} to {log.last}, each continuing the one before")
    claims += by_papers(log, args, judged)
    since = covered(log, claims, trust, Clock(log.late, results["before"].get("words")), judged)
    if log.edge is None:
        judged.missing.append("the pack does not say what comes before it: its tree cannot be computed")
    check_figures(folder, results, log, args.standard_min, judged)
    return judged, since


def bring(parser: argparse.ArgumentParser) -> None:
    """What a reader can bring."""
    parser.add_argument("--key", action="append", default=[], help="the center's key; its first 16 digits are enough")
    parser.add_argument("--slip", "--seal", action="append", default=[], help="the text of the code on a closing slip")
    parser.add_argument("--held", action="append", default=[], type=Path, help="a file of notes that you have kept")
    parser.add_argument("--paper", action="append", default=[], help="the text of the code on a ticket")
    parser.add_argument("--tag-key", action="append", default=[], help="the key of the month's tags, from the district")
    parser.add_argument("--witness", action="append", default=[], help="the key of a witness that you trust")
    parser.add_argument("--policy", type=Path, help="the district's register: its logs, witnesses, quorum")
    parser.add_argument("--proof", type=Path, help="instead of a pack: one proof, with its row in a file beside it")
    parser.add_argument("--row", type=Path, help="the row of --proof, if it lies elsewhere")
    parser.add_argument("--national", help="the key under which the country signs its services")
    parser.add_argument("--standard-min", type=int, help="the published standard, for services without their own")


def asked() -> argparse.Namespace:
    """What the reader brings."""
    parser = argparse.ArgumentParser("verify.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path(__file__).resolve().parent)
    bring(parser)
    return parser.parse_args()


def verdict(judged: Judged, since: "list[str]") -> int:
    """Say what was found; the exit code."""
    print("\n".join([*judged.told, SAYS_NOTHING, *(f"missing: {line}" for line in judged.missing)]))
    if judged.missing:
        print("NOT PROVED: nothing contradicts, and something is missing.")
        return NOT_PROVED
    for line in dict.fromkeys(since):
        print(f"unchanged since {line}")
    print(f"PROVED: unchanged since {since[-1] if since else 'ever: it is empty'}.")
    return PROVED


def main() -> int:
    """Check the pack that is named, or the one around this file."""
    args = asked()
    try:
        judged, since = check_proof(args) if args.proof else check(args.folder, args)
    except Wrong as wrong:
        print(f"FALSE: {wrong}")
        return FALSE
    except (OSError, KeyError, ValueError, TypeError, IndexError, AttributeError, binascii.Error) as wrong:
        print(f"CANNOT BE READ: {type(wrong).__name__}: {wrong}")
        return UNREADABLE
    return verdict(judged, since)


if __name__ == "__main__":
    sys.exit(main())
