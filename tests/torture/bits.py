"""`python -m torture.bits [EVERY]`: change bits, drop, swap and chain again rows of a log of 1,000; 1 if it passes.

A changed bit is judged at its own row with the state of the rows before it, by the same code that verifies
a whole log; what passes there is verified whole.
"""

import json
import logging
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
from conftest_center import Center

from display.presses import Press
from onedoor.device.sealing import Signer
from onedoor.hall.ledger import Ledger
from onedoor.wire.chain import line_of, row_of, sealed
from onedoor.wire.errors import WireError
from onedoor.wire.rows import LogRow
from reports.seals import missing, sealed_heads
from reports.verify import Verified, _chain, verify

ROWS = 1_000


def a_log(folder: Path, rows: int = ROWS) -> list[LogRow]:
    """A log of so many rows, by the product's own boxes."""
    center = Center(folder)
    center.start_hub()
    kiosk, panel = center.kiosk(), center.panel()
    while center.hub.store.hub_seq < rows:
        center.touch(kiosk, center.chance.choice(["id", "land"]))
        center.do(panel, Press.NEXT)
        center.pass_ms(1_000)
        center.do(panel, Press.START, Press.END)
    log = list(center.hub.store.rows())
    center.hub.store.close()
    while len(log) > rows or verify(log).misfit:
        log.pop()
    return log


def bits(log: list[LogRow], every: int, first: int = 0) -> Iterator[tuple[int, int]]:
    """Bits (row, bit) whose change nobody notices. Every `every`-th bit is tried, from bit `first` on."""
    lines = [line_of(row) for row in log]
    head, position = "0" * 64, first
    for number, line in enumerate(lines):
        size = 8 * (len(line) + 1)
        state = Verified(number, Ledger(), head)
        while position < size:
            changed = bytearray(line + b"\n")
            changed[position // 8] ^= 1 << position % 8
            if not _noticed(bytes(changed), lines[number + 1 : number + 2], state):
                whole = b"\n".join([*lines[:number], bytes(changed).rstrip(b"\n"), *lines[number + 1 :]])
                if _passes(whole):
                    yield number + 1, position
            position += every
        position -= size
        head = log[number].hash


def _noticed(changed: bytes, following: list[bytes], state: Verified) -> bool:
    """Whether the reader of lines, or the check of one row, refuses it."""
    parts = changed.split(b"\n")
    if parts[-1] != b"":
        parts = [*parts[:-1], parts[-1] + b"".join(following)]
    try:
        row = row_of(parts[0])
    except WireError:
        return True
    return _chain(row, state) is not None


def _passes(data: bytes) -> bool:
    try:
        return verify([row_of(line) for line in data.split(b"\n")]).misfit is None
    except WireError:
        return False


def dropped_and_swapped(log: list[LogRow], every: int) -> Iterator[str]:
    """Dropped rows, and swapped ones, that nobody notices. The last ones need a head: see `rechained`."""
    chance = random.Random(3)
    for i in range(0, len(log) - 1, every):
        if verify(log[max(0, 0) : i] + log[i + 1 : i + 3]).misfit is None:
            yield f"dropped row {i + 1}"
        j = chance.choice([i + 1, chance.randrange(i + 1, len(log))])
        swapped = [*log[:i], log[j], *log[i + 1 : j], log[i], *log[j + 1 :]]
        if verify(swapped[: i + 2]).misfit is None:
            yield f"swapped rows {i + 1} and {j + 1}"


def rechained(log: list[LogRow], every: int, folder: Path) -> Iterator[str]:
    """Logs that were cut, or changed in a row and chained again, and that a seal of the last row does not show."""
    signer, stranger = Signer(folder / "own"), Signer(folder / "strange")
    seal = signer.seal("test", "2026-11-21", 0, len(log), log[-1].hash)
    forged = stranger.seal("test", "2026-11-21", 0, len(log), "0" * 64)
    if not sealed_heads([forged], [signer.public])[1] or not sealed_heads([forged_with(seal, forged)], [])[1]:
        yield "a forged seal"
    heads, _ = sealed_heads([seal], [signer.public])
    for i in range(0, len(log), every):
        again, prev = log[:i], log[i].prev_hash
        for row in log[i:]:
            later = row.t_recv + (1 if row is log[i] else 0)
            again.append(sealed(msgspec.structs.replace(row, prev_hash=prev, t_recv=later)))
            prev = again[-1].hash
        for what, rows in (("cut behind", log[:i]), ("chained again from", again)):
            if missing(heads, {row.hub_seq: row.hash for row in rows}, len(rows)) is None:
                yield f"{what} row {i + 1}"


def forged_with(seal, other):  # type: ignore[no-untyped-def]
    """The words of one seal under the signature of another."""
    return msgspec.structs.replace(seal, hub_seq=seal.hub_seq - 1, signature=other.signature)


def main() -> int:
    logging.disable(logging.CRITICAL)
    every = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    with tempfile.TemporaryDirectory() as place:
        log = a_log(Path(place) / "hub")
        size = sum(8 * (len(line_of(row)) + 1) for row in log)
        unseen = [*bits(log, every), *dropped_and_swapped(log, 1), *rechained(log, 1, Path(place))]
    print(json.dumps({"rows": len(log), "bits tried": size // every, "rows dropped": len(log) - 1,
                      "swapped": len(log) - 1, "cut": len(log), "chained again": len(log),
                      "unnoticed": unseen[:5]}))  # fmt: skip
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
