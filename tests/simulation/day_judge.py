"""Time, judged by real time alone: whoever is called is of today, nobody expires before his day is over, papers say the
right date or none, numbers are given once a day and begin at 1, and what is published as a duration is one.

Nobody can do better than those who tell him the time. Where the log or a box believed a time that was wrong, and
somebody whose word counts had told just that time, it is excused, and nothing else is.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from laos import day_of

from onedoor.hall import events as ev
from onedoor.hall.center_time import OWN_WORD, SURELY_EARLIER_MS, SURELY_TODAY_MS
from onedoor.hall.days import groups_in_doubt
from onedoor.hall.events import RowId
from onedoor.hall.hours import closes_ms
from onedoor.hall.visit import Phase
from onedoor.wire.rows import LogRow
from simulation.day import Day, Node
from simulation.plans import MINUTE
from simulation.truth import DRIFT, Truth, near_midnight

MIDNIGHT_MS = 3 * MINUTE
"""Around midnight a call may reach its counter, and an expiry its row, on the other side."""
TOLD = 2


def judge_days(day: Day, hub: Node) -> list[str]:
    """Everything that is wrong with the time of a run."""
    truth = Truth(day, hub)
    told = Told(truth)
    found = [*_called(truth, told), *_expired(truth, told), *_left(truth, told), *_waits(truth), *_believed(truth)]
    return [*found, *day.papers_wrong[:TOLD]]


@dataclass
class Told:
    """What the log says about each moment: who had said whose day it is, whether the date was known, and how wrong."""

    truth: Truth

    def __post_init__(self) -> None:
        self.yes: set[RowId] = set()
        self.no: set[RowId] = set()
        self.mixed: set[RowId] = set()
        """In one answer with people of another day, or answered wrongly by a clerk who errs in this run."""
        self.of_a_lie: set[RowId] = set()
        """Of today, said a clerk, or shown and asked back by one, while the hub went by a wrong date that was told it."""
        errs = bool(self.truth.day.tally["wrong answers"])
        self.issues: dict[RowId, LogRow] = {}
        self.seen_ms: dict[RowId, int] = {}
        """When a clerk last said of somebody that he is of today, or saw him come back."""
        group: set[RowId] = set()
        last: tuple[int, str, bool] | None = None
        for row in self.truth.hub.disk.log:  # type: ignore[union-attr]
            if isinstance(row.event, ev.Issued | ev.WalkedIn):
                self.issues[RowId(f"{row.dev}.{row.run}.{row.seq}")] = row
            elif isinstance(row.event, ev.RollCalled):
                self.issues[row.event.command] = row
            self._here(row)
            if isinstance(row.event, ev.LineSaid) and row.event.today:
                self.seen_ms |= dict.fromkeys(row.event.tickets, self.truth.real_ms(row) or 0)
            elif isinstance(row.event, ev.Requeued):
                self.seen_ms[row.event.ticket] = self.truth.real_ms(row) or 0
            if not isinstance(row.event, ev.LineSaid):
                continue
            (self.yes if row.event.today else self.no).update(row.event.tickets)
            follows = last is not None and (row.hub_seq - 1, row.event.dev, row.event.today) == last
            group = (group if follows else set()) | set(row.event.tickets)  # a row names so many people at most
            last = row.hub_seq, row.event.dev, row.event.today
            days = {day_of(at) for t in group if (at := self.truth.issued_ms(t)) is not None}
            if errs or len(days) > 1:
                self.mixed.update(group)

    def _here(self, row: LogRow) -> None:
        """Who is here by this row is of the day that the hub believes then."""
        event, real = row.event, self.truth.real_ms(row)
        if isinstance(event, ev.LineSaid) and event.today:
            tickets: tuple[RowId, ...] = event.tickets
        elif isinstance(event, ev.Requeued | ev.Shown | ev.CalledLocally):
            tickets = (event.ticket,)
        else:
            return
        if real is not None and self.misled(row, real):
            self.of_a_lie.update(tickets)

    def label(self, ticket: RowId) -> str:
        """What stands on somebody's paper."""
        row = self.issues.get(ticket)
        return getattr(row.event, "label", "") if row is not None else ""

    def at(self, hub_seq: int) -> tuple[int, int | None]:
        """The stretch of a row of the log, and the offset that was known then."""
        found: tuple[int, int | None] = (0, None)
        for seq, stretch, offset in self.truth.known:
            if seq > hub_seq:
                break
            found = stretch, offset
        return found

    def misled(self, row: LogRow, real_ms: int) -> bool:
        """Whether the hub went by a wrong time just then, or just before, that somebody had told it."""
        _, offset = self.at(row.hub_seq)
        if offset is None:
            return False
        return self._lied(row.t_recv + offset - real_ms)

    def of_a_wrong_day(self, hub_seq: int) -> bool:
        """Whether the day that the hub went by began by a wrong time that somebody had told it: a start that knows no
        time goes on with that day until it hears better.
        """
        began = [row for row in self.truth.hub.disk.log if isinstance(row.event, ev.DayBegan)]  # type: ignore[union-attr]
        last = next((row for row in reversed(began) if row.hub_seq < hub_seq), None)
        real = self.truth.real_ms(last) if last is not None else None
        return last is not None and real is not None and self.misled(last, real)

    def misdated(self, ticket: RowId) -> bool:
        """Whether the log dates the ticket by a wrong time that somebody had told, and nobody could take back."""
        if ticket in self.of_a_lie:
            return True
        row, issued = self.issues.get(ticket), self.truth.issued_ms(ticket)
        said = self.truth.center_ms(row) if row is not None else None
        return said is not None and issued is not None and self._lied(said - issued)

    def _lied(self, error: int) -> bool:
        return abs(error) > self.truth.faithful_ms() and self.truth.excused(error)


def by_hand(wish: ev.CallRequested | None) -> bool:
    """Whether a clerk asked for that very person: a paper in the hand beats every clock."""
    return wish is not None and bool(wish.label or wish.roll)


def _called(truth: Truth, told: Told) -> Iterator[str]:
    """Who is called is of today."""
    log = truth.hub.disk.log  # type: ignore[union-attr]
    wishes = {f"{r.dev}.{r.run}.{r.seq}": r.event for r in log if isinstance(r.event, ev.CallRequested)}
    decided = {r.event.command: r for r in log if isinstance(r.event, ev.Called)}
    asked = {(r.event.label, day_of(truth.real_ms(r) or 0)) for r in log if isinstance(r.event, ev.RequeueRequested)}
    here: dict[RowId, str] = {}
    hands = {  # a paper that was in a clerk's hand, wherever that row stands: a counter may have been cut off
        (r.event.ticket, day_of(truth.real_ms(r) or 0))
        for r in log
        if isinstance(r.event, ev.Called | ev.Shown | ev.CalledLocally) and by_hand(wishes.get(r.event.command))
    }
    for row in log:
        # Whom a clerk sends on or asks to come back stands at the counter, whenever he was called.
        if isinstance(row.event, ev.Requeued | ev.Parked | ev.Transferred | ev.HandedOn) or (
            isinstance(row.event, ev.Called) and by_hand(wishes.get(row.event.command))
        ):
            here[row.event.ticket] = day_of(truth.real_ms(row) or 0)
        if not isinstance(row.event, ev.Shown | ev.CalledLocally):
            continue
        real, issued, ticket = truth.real_ms(row), truth.issued_ms(row.event.ticket), row.event.ticket
        if by_hand(wishes.get(row.event.command)) and real is not None:
            here[ticket] = day_of(real)  # the paper was in a clerk's hand, also where the hub has forgotten its call
        if real is not None and near_midnight(real, MIDNIGHT_MS):
            here[ticket] = day_of(real + MIDNIGHT_MS)  # he stands at a counter at midnight: he is here on both days
        if real is None or issued is None or day_of(real) in (day_of(issued), here.get(ticket)):
            continue
        if (ticket, day_of(real)) in hands:
            continue
        edge = near_midnight(real, MIDNIGHT_MS) or near_midnight(issued, MIDNIGHT_MS)
        back = (told.label(ticket), day_of(real)) in asked  # a clerk saw him, whatever hub's log has the answer
        if edge or back or ticket in told.mixed or told.misdated(ticket):
            continue
        decision = decided.get(row.event.command, row)
        stretch, offset = told.at(decision.hub_seq)
        if offset is None and real - max(issued, told.seen_ms.get(ticket, 0)) < SURELY_TODAY_MS:
            here[ticket] = day_of(real)  # he was called while nobody could know better: from then on he is here
            continue
        if told.misled(decision, real):
            continue
        yield f"{row.dev} calls {ticket} of {day_of(issued)} on {day_of(real)} ({row.kind}, {row.hub_seq})"
        return


def _expired(truth: Truth, told: Told) -> Iterator[str]:
    """Who expires is of an earlier day, or the center has closed, or a clerk has said so."""
    hours = truth.day.world.plan.hours
    for row in truth.hub.disk.log:  # type: ignore[union-attr]
        event = row.event
        if not isinstance(event, ev.Expired):
            continue
        real, issued = truth.real_ms(row), truth.issued_ms(event.ticket)
        if real is None or issued is None or told.misled(row, real) or day_of(issued) < day_of(real):
            continue
        unknown = told.at(row.hub_seq)[1] is None
        if told.misdated(event.ticket) or (unknown and real - issued > SURELY_EARLIER_MS * (1 - DRIFT)):
            continue
        if unknown and event.reason == "new_day" and told.of_a_wrong_day(row.hub_seq):
            continue
        if event.reason == "said":
            ok = event.ticket in told.no and event.ticket in told.mixed
        elif event.reason == "closing":
            closes = closes_ms(hours, day_of(real)) if hours.week else None
            ok = hours.week != () and (closes is None or real > closes + 14 * MINUTE)
        else:
            ok = near_midnight(real, MIDNIGHT_MS) or near_midnight(issued, MIDNIGHT_MS)
        if not ok:
            yield f"{event.ticket} of today expires ({event.reason}) in row {row.hub_seq}"
            return


def _left(truth: Truth, told: Told) -> Iterator[str]:
    """In a healed center with known time nobody is in doubt, nobody of today has expired by a day, and nobody of an
    earlier day waits.
    """
    hub = truth.hub.device
    hall, now, real = hub.ledger.hall, hub.keeper.now, truth.hub.clock.real_ms()  # type: ignore[attr-defined]
    if not now.known or abs(now.ms - real) > truth.faithful_ms():
        yield f"the healed hub believes a time that is {now.ms - real} ms wrong (known: {now.known})"
        return
    doubted = groups_in_doubt(hall, now)
    if doubted:
        yield f"{sum(map(len, doubted))} people are still in doubt: {[t.label for t in doubted[0][:3]]}"
    for ticket in hall.tickets.values():
        issued = truth.issued_ms(ticket.id)
        if issued is None or near_midnight(issued, MIDNIGHT_MS) or ticket.id in told.mixed or told.misdated(ticket.id):
            continue
        today = day_of(issued) == day_of(real)
        if today and ticket.phase is Phase.EXPIRED and hall.closed_day != now.day:
            yield f"{ticket.label} of today has expired for good"
            return
        if not today and ticket.waits and not near_midnight(real, MIDNIGHT_MS) and ticket.said != "yes":
            yield f"{ticket.label} of {day_of(issued)} still waits on {day_of(real)}"
            return


def _waits(truth: Truth) -> Iterator[str]:
    """The wait that the hub publishes is the real one, to one of the calls, or none."""
    called: dict[RowId, list[int]] = {}
    for row in truth.hub.disk.log:  # type: ignore[union-attr]
        if isinstance(row.event, ev.Called | ev.CalledLocally | ev.Shown) and (real := truth.real_ms(row)) is not None:
            called.setdefault(row.event.ticket, []).append(real)
    minute = 2 * MINUTE if truth.day.tally["times said"] else 0
    late = 2_000 + 3 * truth.day.slowest_ms + minute
    for ticket in truth.hub.device.ledger.hall.tickets.values():  # type: ignore[union-attr]
        issued, waited = truth.issued_ms(ticket.id), ticket.first_wait_ms
        if waited is None or issued is None or not called.get(ticket.id):
            continue
        if truth.day.world.handed_on and ticket.stretch == OWN_WORD:
            continue  # handed on from a branch by center time, whoever told it
        wrong = [waited - (at - issued) for at in called[ticket.id]]
        least = min(map(abs, wrong))
        if least > late + 1e-3 * waited and not any(map(truth.excused_between, wrong)):
            yield f"{ticket.label} is said to have waited {waited} ms, {least} ms wrong"
            return


def _believed(truth: Truth) -> Iterator[str]:
    """In a healed center every box knows the time."""
    for dev, node in truth.day.nodes.items():
        if dev[0] not in "kc" or not node.up:
            continue
        now = node.device.sender.time.now  # type: ignore[attr-defined]
        if now.ms is None or not now.known or abs(now.ms - node.clock.real_ms()) > truth.faithful_ms():
            error = None if now.ms is None else now.ms - node.clock.real_ms()
            yield f"the healed {dev} believes a time that is {error} ms wrong (known: {now.known})"
            return
