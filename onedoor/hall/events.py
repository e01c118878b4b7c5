"""Every fact the center's log can hold, one frozen class a kind.

Policy: a fact is named in the past tense and carries only what cannot be derived from the rows before it. A device's
facts come first, the hub's own decisions after them. How a kind is spelled stands in `onedoor.hall.kinds`.
"""

from dataclasses import dataclass

from onedoor.hall.door_facts import BoxOverstepped as BoxOverstepped
from onedoor.hall.door_facts import FactRefused as FactRefused
from onedoor.hall.ids import HUB as HUB
from onedoor.hall.ids import RowId as RowId
from onedoor.hall.ids import row_id as row_id
from onedoor.hall.kiosk_facts import BackInService as BackInService
from onedoor.hall.kiosk_facts import HelpAsked as HelpAsked
from onedoor.hall.kiosk_facts import HelpEnded as HelpEnded
from onedoor.hall.kiosk_facts import Issued as Issued
from onedoor.hall.kiosk_facts import KioskFact
from onedoor.hall.kiosk_facts import ListGiven as ListGiven
from onedoor.hall.kiosk_facts import NotHere as NotHere
from onedoor.hall.kiosk_facts import NumbersBegun as NumbersBegun
from onedoor.hall.kiosk_facts import OutOfService as OutOfService
from onedoor.hall.kiosk_facts import PaperChanged as PaperChanged
from onedoor.hall.kiosk_facts import Printed as Printed
from onedoor.hall.kiosk_facts import PrinterChanged as PrinterChanged
from onedoor.hall.kiosk_facts import PrintFailed as PrintFailed
from onedoor.hall.kiosk_facts import PrintUnknown as PrintUnknown
from onedoor.hall.kiosk_facts import Reprinted as Reprinted
from onedoor.hall.kiosk_facts import Skipped as Skipped
from onedoor.hall.kiosk_facts import SlipGiven as SlipGiven
from onedoor.hall.kiosk_facts import StaffCame as StaffCame
from onedoor.hall.kiosk_facts import StaffLeft as StaffLeft
from onedoor.hall.proof_facts import CatalogueSet as CatalogueSet
from onedoor.hall.proof_facts import DayClosed as DayClosed
from onedoor.hall.proof_facts import EpochBegan as EpochBegan
from onedoor.hall.proof_facts import FactsKept as FactsKept
from onedoor.hall.proof_facts import KeyChanged as KeyChanged
from onedoor.hall.proof_facts import ProofFact
from onedoor.hall.proof_facts import RowsCut as RowsCut
from onedoor.hall.proof_facts import TagKeySet as TagKeySet
from onedoor.hall.rules import Rules
from onedoor.hall.time_facts import DayAnswered as DayAnswered
from onedoor.hall.time_facts import DayBegan as DayBegan
from onedoor.hall.time_facts import LineMinded as LineMinded
from onedoor.hall.time_facts import LineSaid as LineSaid
from onedoor.hall.time_facts import Restored as Restored
from onedoor.hall.time_facts import StretchBegan as StretchBegan
from onedoor.hall.time_facts import TimeDoubted as TimeDoubted
from onedoor.hall.time_facts import TimeKnown as TimeKnown
from onedoor.hall.time_facts import TimeSaid as TimeSaid
from onedoor.hall.time_facts import TimeTold as TimeTold
from onedoor.hall.time_facts import TimeWithdrawn as TimeWithdrawn

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


# -- facts of a counter panel -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CounterOpened:
    """The counter takes people from these queues from now on. `clerk` is a pseudonym."""

    counter: str
    queues: tuple[str, ...]
    clerk: str = ""


@dataclass(frozen=True, slots=True)
class CounterClosed:
    """The counter takes nobody until it opens again."""

    counter: str


@dataclass(frozen=True, slots=True)
class CallRequested:
    """The clerk pressed NEXT. Its row id is the command id; it gets exactly one closing row.

    With a `label` it asks for that very ticket: out of order, back from a pause, or back after a no-show; `reason` says
    why. With `roll` it asks for the next number of the paper roll.
    """

    counter: str
    queues: tuple[str, ...]
    label: str = ""
    reason: str = ""
    roll: bool = False
    clerk: str = ""


@dataclass(frozen=True, slots=True)
class RequeueRequested:
    """A wish like NEXT: somebody who was called in vain is here now and waits again."""

    label: str


@dataclass(frozen=True, slots=True)
class UndoRequested:
    """A wish like NEXT: this counter's last action did not happen."""


@dataclass(frozen=True, slots=True)
class RollSet:
    """A new paper roll: this number is called next."""

    number: int


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
class UndoShown:
    """Closing row of an undo: the person is at this counter again (`here`), being served or on the way, or is here no
    more because the call was undone. Said by the counter, so that it stays true when the hub has forgotten its word.
    """

    command: RowId
    ticket: RowId
    here: bool
    serving: bool = False


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
    """The service at this counter is over. `auto`: NEXT closed it, nobody pressed END. `outcome`: done, incomplete
    (with a `reason`), withdrawn. `promised` is the day on which the result will be ready.
    """

    ticket: RowId
    auto: bool = False
    outcome: str = "done"
    reason: str = ""
    promised: str = ""


@dataclass(frozen=True, slots=True)
class Parked:
    """The person comes back to this service later: when called, or after `minutes` into the line again (0: never)."""

    ticket: RowId
    minutes: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Transferred:
    """The person goes to another queue (`counter/3` and `clerk/x` are those of one counter and one clerk) and keeps
    the number. `place`: keep the time, new (from now), first (before the others).
    """

    ticket: RowId
    queue: str
    place: str = "keep"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WalkedIn:
    """Somebody is served who has no ticket of ours, or (`paper`) one that nobody knows. This row is the ticket."""

    counter: str
    service: str
    queue: str
    paper: str = ""
    cls: str = "N"


@dataclass(frozen=True, slots=True)
class NoShow:
    """Called, and nobody came."""

    ticket: RowId


@dataclass(frozen=True, slots=True)
class CounterPaused:
    """The counter is open, but its clerk is away."""

    counter: str
    reason: str


@dataclass(frozen=True, slots=True)
class CounterResumed:
    """The clerk is back. `undone`: the pause before it did not happen, Pause was pressed by mistake."""

    counter: str
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Noted:
    """A word to the head of the center."""

    text: str


@dataclass(frozen=True, slots=True)
class Rated:
    """A citizen's word on a service that has just ended here: `score` of `of` (1 is the worst), and to which question
    (empty: how it was in all). It belongs to the visit, never to a name.
    """

    ticket: RowId
    score: int
    of: int
    question: str = ""


@dataclass(frozen=True, slots=True)
class QueueOutside:
    """So many stood before the door when it opened."""

    count: int


@dataclass(frozen=True, slots=True)
class Booked:
    """An appointment: whoever checks in with this code is expected at `at_ms`."""

    code: str
    service: str
    at_ms: int


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
    """The hub did not do what this command asks for. `reason`: a code of `onedoor.hall.refusals`."""

    dev: str
    command: RowId
    reason: str


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A ticket that was called for a device which never showed it goes back to its old place. `undone`: it had come to
    the device by an action that was taken back, and nobody there knows of it: what was taken back stands again. `void`:
    a number of the paper roll, which is on the roll again.
    """

    dev: str
    command: RowId
    ticket: RowId
    undone: bool = False
    void: bool = False


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
    """The ticket still waits, and its day is over (`reason` new_day), the center has closed (closing), or a clerk said
    that it is of an earlier day (said).
    """

    ticket: RowId
    reason: str = "new_day"


@dataclass(frozen=True, slots=True)
class HandedOn:
    """The service's route goes on: the person waits in its next queue, with the same number."""

    ticket: RowId
    queue: str


@dataclass(frozen=True, slots=True)
class Requeued:
    """Who was called in vain waits again."""

    dev: str
    command: RowId
    ticket: RowId


@dataclass(frozen=True, slots=True)
class Undone:
    """The last action of this counter is taken back: the ticket is as it was before. `void`: there was no such visit
    before (somebody without a ticket, a number of the paper roll), so there is none now.
    """

    dev: str
    command: RowId
    ticket: RowId
    void: bool = False


@dataclass(frozen=True, slots=True)
class RollCalled:
    """The next number of the paper roll; the command's id is its ticket."""

    dev: str
    command: RowId
    label: str


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """This ticket was called before `count` others who came earlier; the first ten of them are `passed`."""

    ticket: RowId
    dev: str
    cause: str
    reason: str
    passed: tuple[RowId, ...]
    count: int


@dataclass(frozen=True, slots=True)
class HeadSaid:
    """The head's word to every counter; an empty one takes it away. It is gone with the day."""

    text: str


@dataclass(frozen=True, slots=True)
class OrderCost:
    """What that took: the counter was with this ticket for so long while those passed still waited."""

    ticket: RowId
    dev: str
    cause: str
    cost_ms: int
    count: int


@dataclass(frozen=True, slots=True)
class PaperFound:
    """The row of a paper arrived after its holder had been served without it: one visit, not two."""

    ticket: RowId
    served_as: RowId


@dataclass(frozen=True, slots=True)
class RulesSet:
    """The rules of the center from here on."""

    rules: Rules


@dataclass(frozen=True, slots=True)
class CenterClosed:
    """The day is over: nobody who still waits is called any more."""

    day: str


@dataclass(frozen=True, slots=True)
class ParkOver:
    """The time for which this ticket was parked is over: it waits again in its old place."""

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
    Booted | ClockStepped | TimeTold | DayAnswered | KioskFact
    | CounterOpened | CounterClosed | CounterPaused | CounterResumed
    | CallRequested | RequeueRequested | UndoRequested | Shown | NoneShown | UndoShown | CalledLocally | GaveUp
    | Recalled | Started | Ended | NoShow | Parked | Transferred | WalkedIn | RollSet | Noted | Rated | QueueOutside
    | Booked
)  # fmt: skip
HubEvent = (
    HubStarted | ClockStepped | Called | CallRefused | GivenBack | CallCollided
    | LabelRepeated | Expired | FactMisfit | ClockCorrected | TailLost | HandedOn | Requeued | Undone | RollCalled
    | HeadSaid | OrderChanged | OrderCost | PaperFound | RulesSet | CenterClosed | ParkOver
    | StretchBegan | TimeKnown | TimeSaid | TimeWithdrawn | TimeDoubted | DayBegan | LineMinded | LineSaid | Restored
    | FactRefused | BoxOverstepped | ProofFact
)  # fmt: skip
Event = DeviceEvent | HubEvent
