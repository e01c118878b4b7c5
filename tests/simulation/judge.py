"""What must hold after every simulated day, whatever happened in it."""

from collections import Counter as Tally

from broker.hub import Hub
from broker.spare import Spare
from demo.results import double_calls
from onedoor.device.journal import JournalError
from onedoor.hall import events as ev
from onedoor.hall.desk import At
from onedoor.hall.events import HUB, RowId
from onedoor.hall.kinds import ROLE_KINDS
from onedoor.hall.state import Ticket
from onedoor.hall.visit import Phase
from onedoor.wire.errors import WireError
from onedoor.wire.rows import LogRow
from reports.figures import facts_by_day
from reports.rows import entries_from
from reports.verify import verify
from simulation.day import HUBS, Day, Node
from simulation.day_judge import judge_days
from simulation.truth import Truth
from simulation.word_judge import judge_words

SAID_BY_BOXES = {kind for role, kinds in ROLE_KINDS.items() if role != HUB for kind in kinds}


def judge(day: Day) -> list[str]:
    """Everything that is wrong with a day; an empty list is a good day."""
    sure = [paper for paper in day.papers if (paper[0], paper[2].partition(".")[0]) not in day.misled]
    papers = [paper for paper, n in Tally(paper[:2] for paper in sure).items() if n > 1]
    wrong = [f"two papers with one number: {papers}"] if papers else []
    bare = [label for _, label, rid in day.papers if rid not in day.written]
    wrong += [f"papers whose issue is in no journal: {bare}"] if bare else []
    wrong += [f"{day.without_number} citizens without a number"] if day.without_number else []
    wrong += day.seen_wrong[:2]
    leading = [dev for dev in HUBS if isinstance(day.nodes[dev].device, Hub)]
    if len(leading) != 1:
        return [*wrong, f"{leading} lead"]
    hub = day.nodes[leading[0]]
    wrong += _rows(day, hub) + _log(day, hub) + _copies(day, hub) + _holders(day, hub) + _held(day, hub)
    wrong += _answers(day, hub) + judge_days(day, hub) + judge_words(day, hub)
    for node in day.nodes.values():
        wrong += _own_fold(node)
    return wrong


def _rows(day: Day, hub: Node) -> list[str]:
    """Every row anybody wrote is in the log once and unaltered, unless the last copy of it is gone."""
    rows = [r for r in hub.disk.log if r.dev != HUB]
    taken = Tally(f"{r.dev}.{r.run}.{r.seq}" for r in rows)
    taken += Tally(r.event.row for r in hub.disk.log if isinstance(r.event, ev.FactRefused))
    wrong = [f"row twice in the log: {rid}" for rid, n in taken.items() if n > 1][:3]
    made_up = [rid for rid in taken if rid not in day.written]
    wrong += [f"rows nobody wrote: {made_up[:3]}"] if made_up else []
    lost = [rid for rid in day.written if rid not in taken and rid not in day.excused]
    wrong += [f"{len(lost)} rows lost: {lost[:3]}"] if lost else []
    for row in rows:
        rid = f"{row.dev}.{row.run}.{row.seq}"
        if rid in day.written and day.written[rid][:3] != (row.event, row.mono, row.boot):
            wrong.append(f"row {rid} was altered")
            break
    strange = [f"{r.dev} may not say {r.kind} (row {r.hub_seq})" for r in rows if r.kind not in SAID_BY_BOXES]
    wrong += [*strange[:1], *_dates(Truth(day, hub), rows)]
    for node in day.nodes.values():
        if node.card is None:
            continue
        absent = [f.id for f in node.card.rows if f.id not in taken]
        wrong += [f"{len(absent)} rows of {node.dev} never arrived: {absent[:3]}"] if absent else []
        if node.device.sender.unsent:
            wrong.append(f"{node.dev} believes {node.device.sender.unsent} rows unsent")
    return wrong


def _dates(truth: Truth, rows: list[LogRow]) -> list[str]:
    """A time of quality A or B is true to one way through the network and a bit, or nobody says its date."""
    for row in rows:
        real, said = truth.real_ms(row), truth.center_ms(row)
        if f"{row.dev}.{row.run}.{row.seq}" in truth.day.absurd:
            continue
        if real is not None and said is not None and not truth.excused(said - real):
            return [f"{row.dev}'s {row.kind} is dated {said - real} ms wrong, quality {row.quality}"]
    return []


def _log(day: Day, hub: Node) -> list[str]:
    """Chain, order, decisions, fold; no number twice; nobody called while another counter has him."""
    log, wrong = hub.disk.log, []
    misfit = verify(log).misfit
    wrong += [f"the log does not verify: row {misfit.hub_seq}: {misfit.why}"] if misfit else []
    wrong += ["one label on two tickets"] if any(r.kind == "label_repeated" for r in log) else []
    believed = [r.body for r in log if r.kind == "tail_lost"]
    if believed and not day.tally["rows a hub's disk forgot"] and not day.tally["promotions"]:
        wrong.append(f"somebody saw a head that was never committed: {believed[:2]}")
    doubled = double_calls(log)
    wrong += [f"{doubled} tickets called while another counter held them"] if doubled else []
    return wrong + _little(log, day.excused)


def _little(log: list[LogRow], gone: set[str]) -> list[str]:
    """The area under the number waiting is the sum of all waits, on every day of the log: Little's law, to the second.
    It does not hold, and is right not to, where the last copy of a ticket's issue is gone, or of the word by which a
    hub that another one has replaced had called a number of the roll: for all others it does.
    """
    found = [facts for facts in facts_by_day(entries_from(log)) if facts.honesty.doubtful_days]
    lost = (gone | _roll_forgotten(log)) & {str(row.body.get("ticket", "")) for row in log} if found else set()
    if lost:
        rest = [row for row in log if row.body.get("ticket") not in lost]
        found = [facts for facts in facts_by_day(entries_from(rest)) if facts.honesty.doubtful_days]
    return [f"Little's law does not hold: {found[0].tally}"] if found else []


def _roll_forgotten(log: list[LogRow]) -> set[str]:
    """People with a number of the roll whom a hub called, and no row of any log left says so."""
    called = {row.event.command for row in log if isinstance(row.event, ev.RollCalled)}
    asked = {
        f"{row.dev}.{row.run}.{row.seq}" for row in log if isinstance(row.event, ev.CallRequested) and row.event.roll
    }
    return {rid for rid in asked if RowId(rid) not in called}


def _answers(day: Day, hub: Node) -> list[str]:
    """A counter shows whom the hub gave it for that very press; and whoever holds a person may serve him, as long as
    nobody has ended it. Told from the rows alone, without the product's fold.
    """
    given: dict[str, str] = {}
    holders: dict[str, set[str]] = {}
    ended: set[str] = set()
    rows: dict[str, ev.Event] = {}
    wrong = []
    for row in hub.disk.log:
        event = rows[f"{row.dev}.{row.run}.{row.seq}"] = row.event
        match event:
            case ev.Called():
                given[event.command] = event.ticket
            case ev.Shown() | ev.CalledLocally():
                if isinstance(event, ev.Shown) and given.get(event.command, event.ticket) != event.ticket:
                    wrong.append(f"{row.dev} shows {event.ticket}, it was given {given[event.command]}")
                holders.setdefault(event.ticket, set()).add(row.dev)
            case ev.GivenBack():
                holders.setdefault(event.ticket, set()).discard(event.dev)
            case ev.Ended():
                ended.add(event.ticket)
            case ev.NoShow() | ev.Parked() | ev.Transferred():
                holders.setdefault(event.ticket, set()).discard(row.dev)
            case ev.Undone():
                ended.discard(event.ticket)
                holders.setdefault(event.ticket, set()).discard(event.dev)
            case ev.UndoShown():
                ended.discard(event.ticket)
                here = holders.setdefault(event.ticket, set())
                here.add(row.dev) if event.here else here.discard(row.dev)
            case ev.FactMisfit():
                fact, dev = rows[event.row], event.row.partition(".")[0]
                ticket = getattr(fact, "ticket", "")
                if (
                    isinstance(fact, ev.Started | ev.Recalled)
                    and dev in holders.get(ticket, ())
                    and ticket not in ended
                ):
                    wrong.append(f"{dev} holds {ticket} and may not go on: {event.reason}")
    forgot = day.tally["rows a hub's disk forgot"] or day.tally["promotions"] or day.tally["hub disks that died"]
    return [] if forgot else wrong[:2]


def _copies(day: Day, hub: Node) -> list[str]:
    """Both logs are the same, and the state kept beside each is their fold."""
    wrong = []
    spare = day.nodes[next(d for d in HUBS if d != hub.dev)]
    if not isinstance(spare.device, Spare):
        wrong.append(f"{spare.dev} does not follow")
    elif [r.hash for r in spare.disk.log] != [r.hash for r in hub.disk.log]:
        wrong.append(f"the spare has {len(spare.disk.log)} rows, the hub {len(hub.disk.log)}")
    if spare.disk.branches:
        wrong.append("the rows of a branch are still on offer")
    for node in (hub, spare):
        try:
            node.disk.open_ledger()
        except (JournalError, WireError) as broken:
            wrong.append(f"{node.dev}: {broken}")
    return wrong


def _holders(day: Day, hub: Node) -> list[str]:
    """A ticket that a counter holds, says the hub, is on that counter's screen; and the other way round."""
    hall, wrong = hub.device.ledger.hall, []
    for dev, node in day.nodes.items():
        if dev[0] != "c":
            continue
        me = node.device.me
        stuck = [c for c, t in hall.calls.get(dev, {}).items() if t.ticket and c != me.command]
        wrong += [f"{dev} has calls open that it closed: {stuck[:2]}"] if stuck else []
        if me.at in (At.WALKING, At.SERVING):
            ticket = hall.tickets.get(me.ticket)
            shown = {
                f.event.ticket
                for f in node.card.rows
                if isinstance(f.event, ev.Shown | ev.CalledLocally | ev.UndoShown)
            }
            shown |= {f.id for f in node.card.rows if isinstance(f.event, ev.WalkedIn)}
            if ticket is None and me.ticket not in day.excused:
                wrong.append(f"{dev} shows {me.label}, the hub does not know it")
            elif ticket is not None and ticket.issued_ms is not None and _stands_in_line(ticket, dev):
                wrong.append(f"{dev} shows {me.label}, the hub believes it waits")
            elif me.ticket not in shown:
                wrong.append(f"{dev} shows {me.label}, its journal does not")
    return wrong


def _stands_in_line(ticket: Ticket, dev: str) -> bool:
    """One whom this counter holds is in nobody's line, wherever another counter has sent him meanwhile."""
    return ticket.phase is Phase.WAITING and dev not in ticket.holders


def _held(day: Day, hub: Node) -> list[str]:
    """Nobody is called or served, says the hub, by counters of which none shows him."""
    panels = {dev: node for dev, node in day.nodes.items() if dev[0] == "c"}
    sure = {dev for dev in panels if not any(line.count(f"('{dev}'") for line in day.story if "card" in line)}
    wrong = []
    for ticket in hub.device.ledger.hall.tickets.values():
        if ticket.phase in (Phase.WALKING, Phase.SERVING) and ticket.holders and ticket.holders <= sure:
            if all(panels[dev].device.me.ticket != ticket.id for dev in ticket.holders):
                wrong.append(f"{ticket.label} is held for {sorted(ticket.holders)}, which show it no more")
    return wrong[:3]


def _own_fold(node: Node) -> list[str]:
    """What a box knows is what its own journal adds up to."""
    if node.card is None or not node.up:
        return []
    if node.dev[0] == "k":
        return _numbers(node)
    me = node.device.me
    ticket, command, opened = "", "", False
    for fact in node.card.rows:
        match fact.event:
            case ev.CallRequested() | ev.RequeueRequested() | ev.UndoRequested():
                command = fact.id
            case ev.WalkedIn():
                ticket = fact.id
            case ev.UndoShown():
                command, ticket = "", fact.event.ticket if fact.event.here else ""
            case ev.Shown() | ev.CalledLocally():
                ticket, command = fact.event.ticket, ""
            case ev.NoneShown() | ev.GaveUp():
                command = ""
            case ev.Ended() | ev.NoShow() | ev.Parked() | ev.Transferred():
                ticket = ""
            case ev.CounterOpened() | ev.CounterClosed():
                opened = isinstance(fact.event, ev.CounterOpened)
    own = (me.ticket, me.command, me.open)
    return [] if own == (ticket, command, opened) else [f"{node.dev} is at {own}, its journal says {ticket, command}"]


def _numbers(node: Node) -> list[str]:
    """A kiosk's last numbers are those of its series."""
    numbering = node.device.numbers.numbering
    present: dict[str, int] = {}
    ever: set[tuple[str, int]] = set()
    for fact in node.card.rows:
        event = fact.event
        if isinstance(event, ev.Issued | ev.Skipped):
            n = event.n if isinstance(event, ev.Issued) else event.to
            ever.add((event.service, n))
            if event.series == numbering.series:
                present[event.service] = max(n, present.get(event.service, 0))
    known = {service: n for service, n in numbering.last.items() if n}
    behind = any(known.get(service, 0) < n for service, n in present.items())
    if behind or not ever >= set(known.items()):
        return [f"{node.dev} counts {known}, its journal says {present}"]
    return []
