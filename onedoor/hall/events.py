"""Every fact the center's log can hold, one frozen class a kind.

Policy: a fact is named in the past tense and carries only what cannot be derived from the rows
before it. A device's facts come first, the hub's own decisions after them. The kind that is
written to disk and sent is the text in `KINDS`; it never changes once released. New kinds are
added, old ones are kept for ever, because logs outlive programs.
"""

from dataclasses import dataclass
from typing import NewType

RowId = NewType("RowId", str)
"""A row of one device's journal, spelled `dev.run.seq`: the key against doubling, and the name of
the ticket (row of its issue) and of the command (row of its call request)."""

HUB = "hub"
"""The device name under which the hub writes its own decisions."""


def row_id(dev: str, run: str, seq: int) -> RowId:
    """Spell the id of a row; `dev` and `run` hold no dot, so the spelling is one to one."""
    return RowId(f"{dev}.{run}.{seq}")


# -- facts of any device ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Booted:
    """First row of every run. A panel names the command it still waits for. `volatile`: the card can only be
    read, this run's rows are in memory until the hub has them.
    """

    software: str
    open_command: RowId | None = None
    clean: bool = True
    volatile: bool = False


@dataclass(frozen=True, slots=True)
class ClockStepped:
    """The wall clock of the device moved by more than half a second (milliseconds since 1970)."""

    old_ms: int
    new_ms: int


# -- facts of a kiosk ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Issued:
    """A citizen has a number. Committed before anything is printed."""

    label: str
    service: str
    queue: str
    slot: int
    n: int
    day: str
    offline: bool = False
    cls: str = "N"
    lang: str = "lo"


@dataclass(frozen=True, slots=True)
class Printed:
    """Paper came out. `level`: A the printer echoed the job, B status clean before and after,
    C bytes written and no more. `ahead`, `low`, `high` are what the paper says, if it says it.
    """

    ticket: RowId
    level: str
    ahead: int | None = None
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class PrintFailed:
    """No paper; the number stood large on the screen and is valid. `cause` is a printer fault code."""

    ticket: RowId
    cause: str


@dataclass(frozen=True, slots=True)
class PrintUnknown:
    """The kiosk stopped between issue and end of print: nobody knows whether there is paper."""

    ticket: RowId


@dataclass(frozen=True, slots=True)
class Skipped:
    """Numbers up to `to` of this service, slot and day may have been used: they are never given again."""

    service: str
    slot: int
    to: int
    day: str


# -- facts of a counter panel -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CounterOpened:
    """The counter takes people from these queues from now on."""

    counter: str
    queues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CounterClosed:
    """The counter takes nobody until it opens again."""

    counter: str


@dataclass(frozen=True, slots=True)
class CallRequested:
    """The clerk pressed NEXT. Its row id is the command id; it gets exactly one closing row."""

    counter: str
    queues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """Closing row: the panel shows the ticket the hub gave for this command."""

    command: RowId
    ticket: RowId


@dataclass(frozen=True, slots=True)
class NoneShown:
    """Closing row: the hub had nobody for this command."""

    command: RowId


@dataclass(frozen=True, slots=True)
class CalledLocally:
    """Closing row: without the hub, the panel called from its last known list."""

    command: RowId
    ticket: RowId


@dataclass(frozen=True, slots=True)
class GaveUp:
    """Closing row: without the hub, the panel had nobody in its own list either."""

    command: RowId


@dataclass(frozen=True, slots=True)
class Recalled:
    """The announcement of the ticket was repeated."""

    ticket: RowId


@dataclass(frozen=True, slots=True)
class Started:
    """The person stands at the counter."""

    ticket: RowId


@dataclass(frozen=True, slots=True)
class Ended:
    """The service is over. `auto`: NEXT closed it, nobody pressed END."""

    ticket: RowId
    auto: bool = False


@dataclass(frozen=True, slots=True)
class NoShow:
    """Called, and nobody came."""

    ticket: RowId


# -- decisions of the hub -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HubStarted:
    """One start of the center service; the first word it says."""

    software: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Called:
    """The hub gave this ticket to this device for this command."""

    dev: str
    command: RowId
    ticket: RowId


@dataclass(frozen=True, slots=True)
class CallRefused:
    """The hub has nobody for this command. `reason`: empty, too_old."""

    dev: str
    command: RowId
    reason: str


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A ticket that was called for a device which never showed it goes back to its old place."""

    dev: str
    command: RowId
    ticket: RowId


@dataclass(frozen=True, slots=True)
class CallCollided:
    """Counters that were cut off from each other called the same ticket."""

    ticket: RowId
    dev: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LabelRepeated:
    """Two issues carry one label: should be impossible; both stay, and somebody must look."""

    label: str
    ticket: RowId
    first: RowId


@dataclass(frozen=True, slots=True)
class Expired:
    """The ticket was still waiting when a new day began."""

    ticket: RowId


@dataclass(frozen=True, slots=True)
class FactMisfit:
    """A device's fact that does not fit the visit's state: kept, listed, without effect."""

    row: RowId
    reason: str


@dataclass(frozen=True, slots=True)
class ClockCorrected:
    """Rows `first_seq` to `last_seq` were dated by a clock nobody could vouch for; as it turned out, what it called
    `old_ms` was `new_ms`. No row is rewritten; whoever computes with them adds the difference.
    """

    first_seq: int
    last_seq: int
    old_ms: int
    new_ms: int


@dataclass(frozen=True, slots=True)
class TailLost:
    """A device has seen a head of this log that the log no longer holds."""

    dev: str
    hub_seq: int


DeviceEvent = (
    Booted | ClockStepped
    | Issued | Printed | PrintFailed | PrintUnknown | Skipped
    | CounterOpened | CounterClosed | CallRequested | Shown | NoneShown | CalledLocally | GaveUp
    | Recalled | Started | Ended | NoShow
)  # fmt: skip
HubEvent = (
    HubStarted | ClockStepped | Called | CallRefused | GivenBack | CallCollided
    | LabelRepeated | Expired | FactMisfit | ClockCorrected | TailLost
)  # fmt: skip
Event = DeviceEvent | HubEvent

ANY_DEVICE: dict[str, type] = {"booted": Booted, "clock_stepped": ClockStepped}
KIOSK: dict[str, type] = {
    "issued": Issued,
    "printed": Printed,
    "print_failed": PrintFailed,
    "print_unknown": PrintUnknown,
    "skipped": Skipped,
}
PANEL: dict[str, type] = {
    "counter_opened": CounterOpened,
    "counter_closed": CounterClosed,
    "call_requested": CallRequested,
    "shown": Shown,
    "none_shown": NoneShown,
    "called_locally": CalledLocally,
    "gave_up": GaveUp,
    "recalled": Recalled,
    "started": Started,
    "ended": Ended,
    "no_show": NoShow,
}
HUB_KINDS: dict[str, type] = {
    "hub_started": HubStarted,
    "clock_stepped": ClockStepped,
    "called": Called,
    "call_refused": CallRefused,
    "given_back": GivenBack,
    "call_collided": CallCollided,
    "label_repeated": LabelRepeated,
    "expired": Expired,
    "fact_misfit": FactMisfit,
    "clock_corrected": ClockCorrected,
    "tail_lost": TailLost,
}
OWN_WORDS = frozenset({"hub_started", "clock_stepped", "clock_corrected", "tail_lost"})
"""What a hub says of itself. Its other rows are decisions, and belong to the device's row before them."""

KINDS: dict[str, type] = {**ANY_DEVICE, **KIOSK, **PANEL, **HUB_KINDS}
"""Every kind by its spelling on disk and on the wire."""

ROLE_KINDS: dict[str, dict[str, type]] = {
    "kiosk": {**ANY_DEVICE, **KIOSK},
    "counter": {**ANY_DEVICE, **PANEL},
    "hall": ANY_DEVICE,
    "spare": {},
    HUB: HUB_KINDS,
}
"""The kinds a device of each role may send: a kiosk's call request is refused by the hub."""

_SPELLING = {cls: kind for kind, cls in KINDS.items()}


def kind_of(event: Event) -> str:
    """The spelling of an event's kind."""
    return _SPELLING[type(event)]
