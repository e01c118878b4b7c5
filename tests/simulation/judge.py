"""What must hold after every simulated day, whatever happened in it."""

from collections import Counter as Tally

from demo.results import double_calls
from display.panel import At
from onedoor.device.journal import JournalError
from onedoor.hall.events import kind_of
from onedoor.hall.visit import Phase
from reports.verify import verify
from simulation.day import Day


def judge(day: Day) -> list[str]:
    """Everything that is wrong with a day; an empty list is a good day."""
    rows = day.store.log
    taken = Tally(f"{r.dev}.{r.run}.{r.seq}" for r in rows if r.dev != "hub")
    said = {f"{r.dev}.{r.run}.{r.seq}": (r.kind, r.mono, r.boot) for r in rows if r.dev != "hub"}
    wrong = []
    papers = [paper for paper, n in Tally(day.papers).items() if n > 1]
    wrong += [f"two papers with one number: {papers}"] if papers else []
    wrong += [f"{day.without_number} citizens without a number"] if day.without_number else []
    wrong += [f"row twice in the log: {rid}" for rid, n in taken.items() if n > 1][:3]
    for node in day.nodes.values():
        if node.card is None:
            continue
        lost = [f.id for f in node.card.rows if said.get(f.id) != (kind_of(f.event), f.mono_ms, f.boot_id)]
        wrong += [f"{len(lost)} rows of {node.dev} never arrived: {lost[:3]}"] if lost else []
        if node.device.sender.unsent:
            wrong.append(f"{node.dev} believes {node.device.sender.unsent} rows unsent")
    known = day.forgotten | {f.id for n in day.nodes.values() if n.card for f in n.card.rows}
    made_up = [rid for rid in taken if rid not in known]
    wrong += [f"rows nobody wrote: {made_up[:3]}"] if made_up else []
    wrong += _log(day) + _holders(day)
    return wrong


def _log(day: Day) -> list[str]:
    """Chain, order, decisions, fold; no number twice; nobody called while another counter has him."""
    wrong = []
    misfit = verify(day.store.log).misfit
    wrong += [f"the log does not verify: row {misfit.hub_seq}: {misfit.why}"] if misfit else []
    try:
        day.store.open_ledger()
    except JournalError as broken:
        wrong.append(str(broken))
    wrong += ["one label on two tickets"] if any(r.kind == "label_repeated" for r in day.store.log) else []
    expired = sum(r.kind == "expired" for r in day.store.log)
    wrong += [f"{expired} tickets expired on a day without midnight"] if expired else []
    doubled = double_calls(day.store.log)
    wrong += [f"{doubled} tickets called while another counter held them"] if doubled else []
    return wrong


def _holders(day: Day) -> list[str]:
    """A ticket that a counter holds, says the hub, is on that counter's screen; and the other way round."""
    hall, wrong = day.nodes["hub"].device.ledger.hall, []
    for dev, node in day.nodes.items():
        if dev[0] != "c":
            continue
        me = node.device.me
        stuck = [c for c, t in hall.calls.get(dev, {}).items() if t and c != me.command]
        wrong += [f"{dev} has calls open that it closed: {stuck[:2]}"] if stuck else []
        if me.at in (At.WALKING, At.SERVING) and not any(i.startswith(f"{dev}.") for i in day.forgotten):
            ticket = hall.tickets.get(me.ticket)
            if ticket is None or (ticket.phase is Phase.WAITING and ticket.issued_ms is not None):
                wrong.append(f"{dev} shows {me.label}, the hub believes it waits")
    return wrong
