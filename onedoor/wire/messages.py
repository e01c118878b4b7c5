"""Every message, its limits, and its strict decoding.

Policy: a payload is hostile until it has passed `decode`. Length first, then the version, then
types, patterns and ranges; unknown fields are ignored so that newer senders can say more; unknown
versions and unknown kinds of rows are refused. Nothing here raises anything but WireError.
"""

from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from onedoor.hall.events import RowId
from onedoor.wire import limits
from onedoor.wire.errors import Malformed, Oversized, UnknownVersion
from onedoor.wire.rows import BadRow, Count, Dev, Hash, Id, LogRow, Ms, Run, WireRow, Word
from onedoor.wire.seal import Seal as Seal

VERSION = 1
BATCH_ROWS = limits.RUN_ROWS
ROWS_BYTES = 16 * 1024
WAITING_LISTED = limits.LINE_TOLD
COPY_ROWS, COPY_ROWS_MOST = 50, 5_000
"""A copied message holds about so many rows, never half a transaction: a day's first ticket may end many waits."""
BATCH_BYTES = 24 * 1024
SMALL_BYTES = 4 * 1024
LARGE_BYTES = limits.LARGE
COPY_BYTES = 4 * 1024 * 1024
"""Longer than a packet: it travels in pieces."""


class Start(Struct, frozen=True, order=True):
    """One start of the hub: ordered by epoch, then incarnation; the nonce tells twins apart."""

    epoch: Annotated[int, Meta(ge=0, lt=limits.EPOCHS)]
    incarnation: Annotated[int, Meta(ge=0, lt=2**32)]
    nonce: Run


def born(epoch: int, incarnation: int) -> int:
    """A start as one number that rises with every start, whoever leads: the hub's `boot`."""
    return epoch << 32 | incarnation


class Seen(Struct, frozen=True):
    """The last word of the hub that a device believed."""

    start: Start
    hub_seq: Count
    hash: Hash


class Batch(Struct, frozen=True):
    """Device to hub: consecutive rows, perhaps none; an empty one asks for the mark. `known_ms`: center time, if the
    box knows it; `known_by`: from whom; `withdrawn`: of how many words that were taken back it has heard.
    """

    v: int
    rows: Annotated[list[WireRow], Meta(max_length=BATCH_ROWS)]
    boot_id: Word
    mono_now_ms: Ms
    unsent: Count = 0
    rtt_ms: Ms = 0
    seen: Seen | None = None
    known_ms: Ms | None = None
    known_by: Word = ""
    withdrawn: Count = 0


class TicketRef(Struct, frozen=True):
    """A ticket as screens and panels need it. `entered_ms`: when it entered this queue (0: how long ago that was,
    nobody knows); `cls` its class, `leg` which stay this is, `serving` that the person is being served; `note` why it
    stands where it does, if not by its time; `doubt`: whether it is of today has to be asked.
    """

    ticket: Id
    label: Word
    service: Word
    queue: Word
    entered_ms: Ms
    cls: Word = "N"
    leg: Count = 1
    serving: bool = False
    note: Word = ""
    doubt: bool = False


class Asked(Struct, frozen=True):
    """Are these people of today? The group's first and last label and its size; `first` names it in the answer;
    `since_ms`: when the first of them came, center time as well as it is known.
    """

    first: Id
    first_label: Word
    last_label: Word
    count: Count
    since_ms: Ms = 0


class Mark(Struct, frozen=True):
    """Hub to device: how far its rows are safe, the answers it waits for, the hub's time.

    `codes` says what came of a command that gave no ticket, or took one back.
    `echo_boot` and `echo_mono_ms` repeat the clock of the batch that is answered: a mark may be retained and
    old, and only one that answers this boot tells the time. `highest` is the largest number known of each
    service in this kiosk's slot, by the series of its labels (in rows without one: their day). `refused`: what of this
    box is not taken, and why; `not_taken`: the newest of its rows that were refused, each with its code. `paper`: the
    newest row that may stand on a paper, for no failover can lose it, and its hash.

    `hub_time_ms` is center time as well as the hub knows it; `trusted`: it is known, `said`: one person said so.
    `stretch` and `hall_ms` are its hall time; `withdrawn` counts words about time that were taken back; `asks`: a
    question about somebody's day, for the counter whose command was refused with `which_day`.
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
    codes: dict[Id, Word] = {}
    said: bool = False
    stretch: Count = 0
    hall_ms: Ms = 0
    withdrawn: Count = 0
    asks: Asked | None = None
    refused: Word = ""
    not_taken: dict[Id, Word] = {}
    paper: tuple[Count, Hash] | None = None


class Beacon(Struct, frozen=True):
    """Who leads, and the last row it has of everybody. `hub_time_ms`, `trusted` and `said` as in a mark."""

    v: int
    start: Start
    hub_time_ms: Ms
    trusted: bool
    hub_seq: Count
    hash: Hash
    heads: dict[Dev, tuple[Run, Count]] = {}
    said: bool = False
    stretch: Count = 0
    withdrawn: Count = 0


class Waiting(Struct, frozen=True):
    """state/all/waiting: how many wait in each queue, the first of them in order, who is open; how many numbers of each
    service were given on `day`. The first of each group whose day has to be asked: `asked`. `more` queues have people
    too, and no room in the message. `served`: the queues that an open counter calls from; `places`: every counter's own
    (None: not told). `at`: the numbers that open counters have, by box. `alone`: the queues in which people wait and
    that no open counter calls from, the fullest first, and `alone_more` others.
    """

    v: int
    start: Start
    hub_seq: Count
    at_ms: Ms
    queues: dict[Word, Count]
    line: Annotated[list[TicketRef], Meta(max_length=WAITING_LISTED)]
    open_counters: list[Dev]
    day: Word = ""
    issued: dict[Word, Count] = {}
    more: Count = 0
    asked: Annotated[list[Id], Meta(max_length=32)] = []
    served: Annotated[list[Word], Meta(max_length=256)] | None = None
    places: Annotated[list[Word], Meta(max_length=256)] | None = None
    at: dict[Dev, Word] | None = None
    alone: Annotated[list[Word], Meta(max_length=limits.LIST)] | None = None
    alone_more: Count = 0

    def unserved(self) -> list[str]:
        """Queues in which people wait, and no open counter calls from them; an older hub does not name them."""
        old = [] if self.served is None else sorted(self.queues.keys() - set(self.served))
        return old if self.alone is None else self.alone


class CallLine(Struct, frozen=True):
    """One call on the board. `order` rises with each call and recall; `lang` is the citizen's language."""

    label: Word
    service: Word
    counter: Word
    at_ms: Ms
    order: Count
    recalls: Count = 0
    lang: Word = "lo"


class CalledNews(Struct, frozen=True):
    """state/all/called: the newest calls, newest first."""

    v: int
    start: Start
    hub_seq: Count
    at_ms: Ms
    calls: Annotated[list[CallLine], Meta(max_length=32)]

    def standing(self) -> list[CallLine]:
        """The newest call of each number, newest first: where whoever holds it has to go now. A number that was called
        again, or to another counter, must not stand in two lines of one screen.
        """
        newest = {call.label: call for call in reversed(self.calls)}
        return [call for call in self.calls if newest[call.label] is call]


class CounterLine(Struct, frozen=True):
    """One counter as the hall sees it."""

    counter: Word
    open: bool
    label: Word = ""
    paused: Word = ""


class CountersNews(Struct, frozen=True):
    """state/all/counters."""

    v: int
    start: Start
    hub_seq: Count
    at_ms: Ms
    counters: Annotated[list[CounterLine], Meta(max_length=200)]


class DayNews(Struct, frozen=True):
    """state/all/day: the public figures of the day. Of `called` first calls `within` came in the time that the service
    promises, which is `standard_min` at the most; how often the order was changed, by cause; the head's word to the
    counters; people whom two counters called while they were cut off from each other: label and counters.
    """

    v: int
    start: Start
    hub_seq: Count
    at_ms: Ms
    called: Count
    within: Count
    standard_min: Count = 0
    causes: dict[Word, Count] = {}
    notice: Annotated[str, Meta(max_length=160)] = ""
    collided: Annotated[list[tuple[Word, list[Word]]], Meta(max_length=32)] = []


class Pulse(Struct, frozen=True):
    """The hub lives. Said often and never kept: who hears none for a while shows that its news may be old. So its time
    is never old either: `hub_time_ms` and the rest as in a mark (0: it says nothing about time).
    """

    v: int
    start: Start
    hub_time_ms: Ms = 0
    trusted: bool = False
    said: bool = False
    withdrawn: Count = 0


class Question(Struct, frozen=True):
    """How many are before the ticket of this row? Or, with a `code`: what is it worth for this `service`?"""

    v: int
    ticket: Id
    code: Word = ""
    service: Word = ""


class Answer(Struct, frozen=True):
    """`ahead` people are called before it, as things stood at `at_ms`; no estimate is None. About a `code`: what was
    `found`, and for when the appointment is (0: for nobody to know, or there is none).
    """

    v: int
    ticket: Id
    ahead: Count
    at_ms: Ms
    low: Count | None = None
    high: Count | None = None
    code: Word = ""
    service: Word = ""
    found: Word = ""
    appointed_ms: Ms = 0


class CopyHead(Struct, frozen=True):
    """Spare to hub: the rows it has. `points` are (hub_seq, hash), the newest first, then ever wider apart,
    down to row 0: whatever happened, the hub finds the last row that both logs share.
    """

    v: int
    points: Annotated[list[tuple[Count, Hash]], Meta(min_length=1, max_length=64)]
    seen: Seen | None = None


class CopyRows(Struct, frozen=True):
    """Hub to spare, and at a hub's start spare to hub: the log's rows behind row `after`; `head` is the last one."""

    v: int
    start: Start
    after: Count
    hash: Hash
    head: Count
    rows: Annotated[list[LogRow], Meta(max_length=COPY_ROWS_MOST)]


class Piece(Struct, frozen=True):
    """Part of a message that is longer than a packet: piece `part` (0, 1, ...) of `parts`; `of` begins its SHA-256."""

    v: int
    of: Run
    part: Count
    parts: Annotated[int, Meta(ge=2, le=128)]
    data: bytes


class CopyWanted(Struct, frozen=True):
    """A hub that starts asks the spare: what do you have behind these points?"""

    v: int
    points: Annotated[list[tuple[Count, Hash]], Meta(min_length=1, max_length=64)]


class CopyOffer(Struct, frozen=True):
    """Spare to hub: devices' rows of a branch that was put aside; known ones mean nothing."""

    v: int
    rows: Annotated[list[LogRow], Meta(max_length=COPY_ROWS)]


class Presence(Struct, frozen=True):
    """Homie's words: init, ready, disconnected, lost. `boot` counts the starts of this device."""

    v: int
    state: Annotated[str, Meta(pattern="^(init|ready|disconnected|lost)$")]
    boot: Count


class Info(Struct, frozen=True):
    """Birth: what a device is and runs, how much of its disk is free (percent), whether its card is dying; and what
    needs a hand just now: help, shut, near_end, or a printer fault code.
    """

    v: int
    role: Word
    software: Word
    boot: Count
    disk_free: Annotated[int, Meta(ge=0, le=100)] = 100
    volatile: bool = False
    alarms: Annotated[list[Word], Meta(max_length=16)] = []


Message = (
    Batch | Mark | Beacon | Waiting | CalledNews | CountersNews | Question | Answer | Presence | Info
    | DayNews | Pulse
    | CopyHead | CopyRows | Piece | CopyWanted | CopyOffer | Seal
)  # fmt: skip

LIMITS: dict[type, int] = {
    Batch: BATCH_BYTES,
    Mark: LARGE_BYTES,
    Beacon: LARGE_BYTES,
    Waiting: LARGE_BYTES,
    CalledNews: LARGE_BYTES,
    CountersNews: LARGE_BYTES,
    DayNews: LARGE_BYTES,
    Pulse: SMALL_BYTES,
    Question: SMALL_BYTES,
    Answer: SMALL_BYTES,
    Presence: SMALL_BYTES,
    Info: SMALL_BYTES,
    CopyHead: LARGE_BYTES,
    CopyRows: COPY_BYTES,
    Piece: LARGE_BYTES,
    CopyWanted: LARGE_BYTES,
    CopyOffer: COPY_BYTES,
    Seal: SMALL_BYTES,
}
"""The longest payload of each message, in bytes."""

M = TypeVar("M", bound=Struct)

_DECODERS: dict[type, Any] = {kind: msgspec.json.Decoder(kind) for kind in LIMITS}
_UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError)


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
        message = _DECODERS[kind].decode(payload)
        version = message.v
    except _UNREADABLE as wrong:
        message, version, why = None, _version(payload), str(wrong)[:200]
    if version not in (None, VERSION):
        raise UnknownVersion(f"{kind.__name__} of version {version}; this software speaks {VERSION}")
    if message is None:
        raise Malformed(f"{kind.__name__}: {why}")
    return message  # type: ignore[no-any-return]


class _Placed(Struct):
    """Of a row, no more than where it stands."""

    run: Run
    seq: Annotated[int, Meta(ge=1, lt=2**53)]
    before: tuple[Run, Count] | None = None


class Taken(Struct, frozen=True):
    """A batch as the hub takes it: `batch` without its rows; a row that cannot be read does not hold up the others."""

    batch: Batch
    rows: list[WireRow | BadRow]


def _loosely(name: str, kind: object) -> object:
    return Annotated[list[msgspec.Raw], Meta(max_length=BATCH_ROWS)] if name == "rows" else kind


_LOOSE: Any = msgspec.json.Decoder(
    msgspec.defstruct(
        "_Loose",
        [
            (f.name, _loosely(f.name, f.type)) if f.required else (f.name, f.type, f.default)
            for f in msgspec.structs.fields(Batch)
        ],
    )
)
_ROW = msgspec.json.Decoder(WireRow)
_PLACE = msgspec.json.Decoder(_Placed)


def batch_of(payload: bytes) -> Taken:
    """A batch, row by row. Raises as `decode` does; a row that has a place in its journal, and is none, is a BadRow."""
    try:
        batch = decode(payload, Batch)
        return Taken(batch, list(batch.rows))
    except Malformed as wrong:
        why = wrong
    try:
        loose = _LOOSE.decode(payload)
        rows = [_read_row(bytes(raw)) for raw in loose.rows]
    except _UNREADABLE:
        raise why from None
    kept = {name: getattr(loose, name) for name in Batch.__struct_fields__ if name != "rows"}
    return Taken(Batch(rows=[], **kept), rows)


def _read_row(raw: bytes) -> WireRow | BadRow:
    try:
        return _ROW.decode(raw)
    except _UNREADABLE:
        named = _PLACE.decode(raw)
        return BadRow(named.run, named.seq, named.before, raw=raw)


def _version(payload: bytes) -> int | None:
    """The version of a message that cannot be read otherwise."""
    try:
        return msgspec.json.decode(payload, type=_Envelope).v
    except _UNREADABLE:
        return None


def as_id(text: str) -> RowId:
    """A row id out of a checked message."""
    return RowId(text)
