"""Every message, its limits, and its strict decoding.

Policy: a payload is hostile until it has passed `decode`. Length first, then the version, then
types, patterns and ranges; unknown fields are ignored so that newer senders can say more; unknown
versions and unknown kinds of rows are refused. Nothing here raises anything but WireError.
"""

import re
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from onedoor.hall import events as ev
from onedoor.hall.events import RowId
from onedoor.hall.ledger import Fact
from onedoor.wire.errors import Malformed, Oversized, UnknownVersion, WireError

VERSION = 1
BATCH_ROWS = 20
ROWS_BYTES = 16 * 1024
WAITING_LISTED = 50

BATCH_BYTES = 24 * 1024
SMALL_BYTES = 4 * 1024
LARGE_BYTES = 128 * 1024

Dev = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Run = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$")]
Count = Annotated[int, Meta(ge=0, lt=2**53)]
Ms = Annotated[int, Meta(ge=0, lt=2**53)]
Word = Annotated[str, Meta(max_length=64)]
Id = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}\.[0-9a-f]{16}\.[1-9][0-9]{0,15}$")]
Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]


class Start(Struct, frozen=True, order=True):
    """One start of the hub: ordered by epoch, then incarnation; the nonce tells twins apart."""

    epoch: Count
    incarnation: Count
    nonce: Run


class Seen(Struct, frozen=True):
    """The last word of the hub that a device believed."""

    start: Start
    hub_seq: Count
    hash: Hash


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


class Batch(Struct, frozen=True):
    """Device to hub: consecutive rows, perhaps none; an empty one asks for the mark."""

    v: int
    rows: Annotated[list[WireRow], Meta(max_length=BATCH_ROWS)]
    boot_id: Word
    mono_now_ms: Ms
    unsent: Count = 0
    rtt_ms: Ms = 0
    seen: Seen | None = None


class TicketRef(Struct, frozen=True):
    """A ticket as screens and panels need it."""

    ticket: Id
    label: Word
    service: Word
    queue: Word
    entered_ms: Ms


class Mark(Struct, frozen=True):
    """Hub to device: how far its rows are safe, the answers it waits for, the hub's time.

    `echo_boot` and `echo_mono_ms` repeat the clock of the batch that is answered: a mark may be retained and
    old, and only one that answers this boot tells the time. `highest` is the largest number known of each
    service in this kiosk's slot, by the day its labels carry.
    """

    v: int
    start: Start
    have: dict[Run, Count]
    hub_time_ms: Ms
    trusted: bool
    hub_seq: Count
    hash: Hash
    echo_boot: Word = ""
    echo_mono_ms: Ms = 0
    highest: dict[Word, dict[Word, Count]] = {}
    calls: dict[Id, TicketRef | None] = {}
    holds: list[TicketRef] = []


class Beacon(Struct, frozen=True):
    """Who leads, and the last row it has of everybody."""

    v: int
    start: Start
    hub_time_ms: Ms
    trusted: bool
    hub_seq: Count
    hash: Hash
    heads: dict[Dev, tuple[Run, Count]] = {}


class Waiting(Struct, frozen=True):
    """state/all/waiting: how many wait in each queue, the first of them in order, who is open."""

    v: int
    start: Start
    hub_seq: Count
    at_ms: Ms
    queues: dict[Word, Count]
    line: Annotated[list[TicketRef], Meta(max_length=WAITING_LISTED)]
    open_counters: list[Dev]


class CallLine(Struct, frozen=True):
    """One call on the board. `order` rises with each call and recall."""

    label: Word
    service: Word
    counter: Word
    at_ms: Ms
    order: Count
    recalls: Count = 0


class CalledNews(Struct, frozen=True):
    """state/all/called: the newest calls, newest first."""

    v: int
    start: Start
    hub_seq: Count
    at_ms: Ms
    calls: Annotated[list[CallLine], Meta(max_length=32)]


class CounterLine(Struct, frozen=True):
    """One counter as the hall sees it."""

    counter: Word
    open: bool
    label: Word = ""


class CountersNews(Struct, frozen=True):
    """state/all/counters."""

    v: int
    start: Start
    hub_seq: Count
    at_ms: Ms
    counters: Annotated[list[CounterLine], Meta(max_length=200)]


class Question(Struct, frozen=True):
    """How many are before the ticket of this row?"""

    v: int
    ticket: Id


class Answer(Struct, frozen=True):
    """`ahead` people are called before it, as things stood at `at_ms`; no estimate is None."""

    v: int
    ticket: Id
    ahead: Count
    at_ms: Ms
    low: Count | None = None
    high: Count | None = None


class Presence(Struct, frozen=True):
    """Homie's words: init, ready, disconnected, lost. `boot` counts the starts of this device."""

    v: int
    state: Annotated[str, Meta(pattern="^(init|ready|disconnected|lost)$")]
    boot: Count


class Info(Struct, frozen=True):
    """Birth: what a device is and runs."""

    v: int
    role: Word
    software: Word
    boot: Count


Message = (
    Batch | Mark | Beacon | Waiting | CalledNews | CountersNews | Question | Answer | Presence | Info
)  # fmt: skip

LIMITS: dict[type, int] = {
    Batch: BATCH_BYTES,
    Mark: LARGE_BYTES,
    Beacon: LARGE_BYTES,
    Waiting: LARGE_BYTES,
    CalledNews: LARGE_BYTES,
    CountersNews: LARGE_BYTES,
    Question: SMALL_BYTES,
    Answer: SMALL_BYTES,
    Presence: SMALL_BYTES,
    Info: SMALL_BYTES,
}
"""The longest payload of each message, in bytes."""

M = TypeVar("M", bound=Struct)


class _Envelope(Struct):
    v: int


def encode(message: Struct) -> bytes:
    """A message as it travels."""
    return msgspec.json.encode(message)


def decode(payload: bytes, kind: type[M]) -> M:
    """A message that came from outside, checked.

    Raises Oversized, UnknownVersion or Malformed; nothing else, whatever the bytes are.
    """
    if len(payload) > LIMITS[kind]:
        raise Oversized(f"{kind.__name__} of {len(payload)} bytes; {LIMITS[kind]} are allowed")
    try:
        version = msgspec.json.decode(payload, type=_Envelope).v
        if version != VERSION:
            raise UnknownVersion(f"{kind.__name__} of version {version}; this software speaks {VERSION}")
        return msgspec.json.decode(payload, type=kind)
    except WireError:
        raise
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError) as wrong:
        raise Malformed(f"{kind.__name__}: {str(wrong)[:200]}") from None


# -- rows -----------------------------------------------------------------------------------------


def body_of(event: ev.Event) -> dict[str, Any]:
    """The body of a row, as plain JSON values."""
    body = msgspec.to_builtins(event)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in body.items()}


def event_from(kind: str, body: dict[str, Any], kinds: dict[str, type] = ev.KINDS) -> ev.Event:
    """The event of a row, checked. `kinds` are those its sender may use; Malformed otherwise."""
    cls = kinds.get(kind)
    if cls is None:
        raise Malformed(f"rows of kind {kind[:40]!r} are not for this sender")
    try:
        event: ev.Event = msgspec.convert(body, type=cls)
    except (msgspec.MsgspecError, ValueError) as wrong:
        raise Malformed(f"{kind}: {str(wrong)[:200]}") from None
    _within_limits(msgspec.to_builtins(event), kind)
    return event


_ID = re.compile(r"[a-z][a-z0-9-]{0,31}\.[0-9a-f]{16}\.[1-9][0-9]{0,15}\Z")
_ID_FIELDS = frozenset({"ticket", "command", "open_command", "row", "first"})


def _within_limits(value: object, where: str) -> None:
    """Texts short, lists short, numbers exact in every JSON reader."""
    match value:
        case bool() | None:
            pass
        case int() if not 0 <= value < 2**53:
            raise Malformed(f"{where}: number out of range")
        case str() if len(value) > 80 or not value.isprintable():
            raise Malformed(f"{where}: text too long or not printable")
        case dict():
            for key, inner in value.items():
                if key in _ID_FIELDS and inner and not _ID.match(str(inner)):
                    raise Malformed(f"{where}.{key}: not a row id")
                _within_limits(inner, f"{where}.{key}")
        case list() | tuple():
            if len(value) > 64:
                raise Malformed(f"{where}: list too long")
            for inner in value:
                _within_limits(inner, where)


def row_from(fact: Fact) -> WireRow:
    """A journal row, ready to travel."""
    return WireRow(
        run=fact.run,
        seq=fact.seq,
        kind=ev.kind_of(fact.event),
        body=body_of(fact.event),
        boot_id=fact.boot_id,
        mono_ms=fact.mono_ms,
        before=fact.before,
        hub_est_ms=fact.hub_est_ms,
    )


def fact_from(dev: str, row: WireRow, kinds: dict[str, type]) -> Fact:
    """A row that arrived from `dev`; Malformed if that device may not send such a row."""
    event = event_from(row.kind, row.body, kinds)
    return Fact(dev, row.run, row.seq, row.before, event, row.boot_id, row.mono_ms, row.hub_est_ms)


def as_id(text: str) -> RowId:
    """A row id out of a checked message."""
    return RowId(text)
