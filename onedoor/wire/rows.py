"""The rows of journals and of the center log: their types, their limits, their events.

Policy: a row that comes from outside is hostile until `fact_from` has passed it. One that stands
in a log or on a card was checked when it arrived, and has its hash or its card to vouch for it.
"""

import re
import typing
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from onedoor.hall import events as ev
from onedoor.hall.dating import Dated
from onedoor.hall.kinds import KINDS, kind_of
from onedoor.hall.ledger import Fact
from onedoor.wire import limits
from onedoor.wire.errors import Malformed

Dev = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Run = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$")]
Count = Annotated[int, Meta(ge=0, lt=2**53)]
Ms = Annotated[int, Meta(ge=0, lt=2**53)]
Word = Annotated[str, Meta(max_length=limits.WORD)]
Id = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}\.[0-9a-f]{16}\.[1-9][0-9]{0,15}$")]
Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]


class WireRow(Struct, frozen=True):
    """One journal row on its way."""

    run: Run
    seq: Annotated[int, Meta(ge=1, lt=2**53)]
    kind: Word
    body: dict[str, Any]
    boot_id: Word
    mono_ms: Ms
    before: tuple[Run, Count] | None = None
    hub_est_ms: Ms | None = None
    stretch: Annotated[int, Meta(ge=-1, lt=2**31)] = 0


class BadRow(Struct, frozen=True):
    """A row that has its place in its journal, and is otherwise none: `raw` is all of it, as it came."""

    run: Run
    seq: Annotated[int, Meta(ge=1, lt=2**53)]
    before: tuple[Run, Count] | None = None
    kind: str = ""
    raw: bytes = b""


class LogRow(Struct, frozen=True, omit_defaults=True):
    """One row of the center log. `t_recv` is hall time in the present stretch of the log, `t_event` hall time in
    `stretch` (0: center time), both in milliseconds (see onedoor.hall.center_time); `mono` is the device's monotonic
    clock; `err_ms` bounds the error of `t_event`; `low_ms`: center time that it was surely not before, where nothing
    else is known; see onedoor.hall.dating for `quality`. `salt`: 80 random bits, so that nobody can guess a row from
    its hash, which neighbors' proofs and rows that were cut leave behind.
    """

    hub_seq: int
    dev: Dev
    run: Run
    seq: int
    before: tuple[Run, Count] | None
    kind: str
    body: dict[str, Any]
    boot: str
    mono: int
    t_event: int
    t_recv: int
    quality: str
    err_ms: int
    epoch: int
    incarnation: int
    prev_hash: str
    hash: str = ""
    stretch: int = 0
    low_ms: int | None = None
    salt: str = ""

    @property
    def dated(self) -> Dated:
        """When it happened and when it was taken."""
        return Dated(self.t_event, self.t_recv, self.quality, self.err_ms, self.stretch, self.low_ms)

    @property
    def event(self) -> ev.Event:
        """The row's fact or decision; Malformed if the body is not one."""
        return event_of(self.kind, self.body)


def plain(event: ev.Event) -> tuple[str, dict[str, Any]]:
    """Kind and body of an event, for a row."""
    return kind_of(event), body_of(event)


def body_of(event: ev.Event) -> dict[str, Any]:
    """The body of a row, as plain JSON values."""
    body = msgspec.to_builtins(event)
    return {name: _listed(value) for name, value in body.items()}


def _listed(value: object) -> object:
    """Lists for tuples, all the way down: as JSON will have it."""
    if isinstance(value, list | tuple):
        return [_listed(inner) for inner in value]
    if isinstance(value, dict):
        return {key: _listed(inner) for key, inner in value.items()}
    return value


def event_from(kind: str, body: dict[str, Any], kinds: dict[str, type]) -> ev.Event:
    """The event of a stranger's row, checked. `kinds` are those its sender may use; Malformed otherwise."""
    if kind not in kinds:
        raise Malformed(f"rows of kind {kind[:40]!r} are not for this sender")
    _within_limits(body, kind)
    return event_of(kind, body)


def event_of(kind: str, body: dict[str, Any]) -> ev.Event:
    """The event of a row that was checked when it arrived; Malformed if it is none."""
    cls = KINDS.get(kind)
    if cls is None:
        raise Malformed(f"there is no kind of row {kind[:40]!r}")
    try:
        event: ev.Event = msgspec.convert(body, type=cls)
    except (msgspec.MsgspecError, ValueError) as wrong:
        raise Malformed(f"{kind}: {str(wrong)[:200]}") from None
    return event


DEEPEST = 4
QUALITIES = frozenset("ABCD")
_ID = re.compile(r"[a-z][a-z0-9-]{0,31}\.[0-9a-f]{16}\.[1-9][0-9]{0,15}\Z")
_ID_FIELDS = frozenset({"ticket", "command", "open_command", "row", "first", "series"})


def _within_limits(value: object, where: str, depth: int = 0) -> None:
    """Texts short, lists short, numbers exact in every JSON reader."""
    kind = type(value)
    if depth > DEEPEST:
        raise Malformed(f"{where}: nested too deep")
    if kind is str:
        text = typing.cast("str", value)
        if len(text) > (limits.NOTE if where == "text" else limits.WORD) or not text.isprintable():
            raise Malformed(f"{where}: text too long or not printable")
    elif kind is int:
        if not 0 <= typing.cast("int", value) < 2**53:
            raise Malformed(f"{where}: number out of range")
    elif kind is dict:
        for key, inner in typing.cast("dict[str, object]", value).items():
            if key in _ID_FIELDS and inner and not _ID.match(str(inner)):
                raise Malformed(f"{where}.{key}: not a row id")
            _within_limits(inner, key, depth + 1)
    elif kind is list or kind is tuple:
        items = typing.cast("list[object]", value)
        if len(items) > limits.LIST:
            raise Malformed(f"{where}: list too long")
        for inner in items:
            _within_limits(inner, where, depth + 1)
    elif kind is float:
        raise Malformed(f"{where}: not a whole number")


def row_from(fact: Fact) -> WireRow:
    """A journal row, ready to travel."""
    return WireRow(
        run=fact.run,
        seq=fact.seq,
        kind=kind_of(fact.event),
        body=body_of(fact.event),
        boot_id=fact.boot_id,
        mono_ms=fact.mono_ms,
        before=fact.before,
        hub_est_ms=fact.hub_est_ms,
        stretch=fact.stretch,
    )


def fact_of_copy(row: LogRow, kinds: dict[str, type]) -> Fact:
    """A device's row out of another box's log; Malformed if that device may not have sent such a row."""
    event = event_from(row.kind, row.body, kinds)
    sound(row)
    return Fact(row.dev, row.run, row.seq, row.before, event, row.boot, row.mono, None)


def sound(row: LogRow) -> None:
    """Malformed unless the row's own numbers and texts are such as a hub writes."""
    numbers = (row.hub_seq, row.seq, row.mono, row.err_ms, row.incarnation, row.stretch + 1)
    times = (row.t_event, row.t_recv, row.low_ms or 0)
    texts = (row.boot, row.kind, row.quality, row.salt)
    good = (
        all(0 <= n < 2**53 for n in numbers)
        and all(abs(t) < limits.FAR_MS for t in times)
        and all(len(t) <= limits.WORD and t.isprintable() for t in texts)
        and row.quality in QUALITIES
        and 0 <= row.epoch < limits.EPOCHS
    )
    if not good:
        raise Malformed(f"row {str(row.hub_seq)[:20]}: a number or a text that no hub writes")


def fact_from(dev: str, row: WireRow | BadRow, kinds: dict[str, type]) -> Fact:
    """A row that arrived from `dev`; Malformed if that device may not send such a row."""
    if isinstance(row, BadRow):
        raise Malformed("not a row")
    event = event_from(row.kind, row.body, kinds)
    if not row.boot_id.isprintable():
        raise Malformed("boot_id: not printable")
    return Fact(dev, row.run, row.seq, row.before, event, row.boot_id, row.mono_ms, row.hub_est_ms, row.stretch)
