"""Who may say what about time, judged from what people and clocks really said: one person's word is no known time, known
time is not kept from a hub that has it, an answer about whose day it is covers people of one coming, and a row is
dated wrong only by a box that was told so itself.
"""

from collections.abc import Iterator
from itertools import pairwise

from onedoor.hall import events as ev
from onedoor.hall.center_time import GROUP_GAP_MS
from onedoor.hall.events import HUB, RowId
from onedoor.wire.rows import LogRow
from simulation.day import Day, Node
from simulation.plans import MINUTE
from simulation.truth import FAITHFUL_MS, Truth
from simulation.world import World, among

LOOK_MS = 5 * MINUTE
LATE_MS = 30 * MINUTE
"""So much later than the others of a group somebody's row may have been dated."""


def judge_words(day: Day, hub: Node) -> list[str]:
    """Everything that is wrong with words about time."""
    truth = Truth(day, hub)
    return [*_by_one(truth), *_one_coming(truth), *_own_lies(truth), *_costs(truth), *_floors(truth)]


def machine_lied(world: World, error_ms: int | None = None) -> bool:
    """Whether a clock, and no person, told a time that is wrong (by so much)."""
    for dev, lies in world.lies_of.items():
        told = {lie for lie in lies if not among(world.said.get(dev, set()), lie)}
        if among(told, error_ms) if error_ms is not None else told:
            return True
    return False


def _by_one(truth: Truth) -> Iterator[str]:
    """What the hub knows wrongly, two people at two boxes have said, or a clock."""
    world = truth.day.world
    for row in truth.hub.disk.log:  # type: ignore[union-attr]
        event, real = row.event, truth.real_ms(row)
        if not isinstance(event, ev.TimeKnown) or real is None:
            continue
        error = event.center_ms - event.hall_ms + row.t_recv - real
        if abs(error) <= truth.faithful_ms() or machine_lied(world, error):
            continue
        people = [dev for dev, lies in world.said.items() if among(lies, error)]
        if len(people) < 2:
            yield f"time that is {error} ms wrong is known by {event.by}, and only {people} said it (row {row.hub_seq})"
            return


def _one_coming(truth: Truth) -> Iterator[str]:
    """People about whom one question is asked have come without a night between them, and without a power cut."""
    rows = {RowId(f"{r.dev}.{r.run}.{r.seq}"): r for r in truth.hub.disk.log if isinstance(r.event, ev.Issued)}  # type: ignore[union-attr]
    for row in truth.hub.disk.log:  # type: ignore[union-attr]
        if not isinstance(row.event, ev.LineSaid):
            continue
        came = [one for t in row.event.tickets if (one := rows.get(t)) is not None and one.quality in "AB"]
        if len({one.stretch for one in came}) > 1:
            yield f"one answer for people of stretches {sorted({one.stretch for one in came})} (row {row.hub_seq})"
            return
        times = sorted(at for one in came if (at := truth.real_ms(one)) is not None)
        gap = max((b - a for a, b in pairwise(times)), default=0)
        if gap > GROUP_GAP_MS + LATE_MS:
            yield f"one answer for people who came {gap} ms apart (row {row.hub_seq})"
            return


def _own_lies(truth: Truth) -> Iterator[str]:
    """A row that carries center time by its box's own word is wrong only if the box's own clocks or people lied: what a
    hub told it can be taken back.
    """
    nodes = truth.day.nodes.values()
    if truth.day.world.handed_on or any(node.disk is not None and node.disk.branches for node in nodes):
        return  # what was put aside is handed on by center time, whoever told it
    for row in truth.hub.disk.log:  # type: ignore[union-attr]
        real = truth.real_ms(row)
        if row.stretch or row.quality not in "AB" or real is None or _is_absurd(truth, row):
            continue
        error = row.t_event - real
        if abs(error) > truth.faithful_ms() and not among(truth.day.world.lies_of.get(row.dev, set()), error):
            yield f"{row.dev}'s {row.kind} carries a date of its own that is {error} ms wrong (row {row.hub_seq})"
            return


def _costs(truth: Truth) -> Iterator[str]:
    """What a call out of order cost is how long that really took, whatever was said about time meanwhile."""
    changed: dict[tuple[str, str], LogRow] = {}
    fact: LogRow | None = None
    late = 2_000 + 3 * truth.day.slowest_ms
    for row in truth.hub.disk.log:  # type: ignore[union-attr]
        event = row.event
        if row.dev != HUB:
            fact = row
        elif isinstance(event, ev.OrderChanged):
            changed[event.ticket, event.dev] = row
        elif isinstance(event, ev.OrderCost) and fact is not None:
            since = changed.get((event.ticket, event.dev))
            ended, began = truth.real_ms(fact), truth.real_ms(since) if since is not None else None
            if since is None or ended is None or began is None or fact.stretch != since.stretch or fact.quality == "C":
                continue
            wrong = event.cost_ms - max(0, ended - began)
            waited_ms = max(0, fact.t_recv - fact.t_event)  # both clocks drift while a row waits for its line
            if abs(wrong) > late + 1e-3 * (event.cost_ms + waited_ms):
                yield f"the call of {event.ticket} out of order cost {wrong} ms too many (row {row.hub_seq})"
                return


def _floors(truth: Truth) -> Iterator[str]:
    """What is surely past is past: only known time says so, that is a clock, or two people at two boxes. One person's
    word does not, and time goes by once.
    """
    world = truth.day.world
    for row in truth.hub.disk.log:  # type: ignore[union-attr]
        event, real = row.event, truth.real_ms(row)
        if not isinstance(event, ev.StretchBegan) or real is None:
            continue
        ahead = event.floor_ms - real
        if ahead <= truth.faithful_ms() or _vouched(world, ahead - truth.faithful_ms()):
            continue
        yield f"a stretch begins with a floor {ahead} ms ahead of the time (row {row.hub_seq})"
        return


def _vouched(world: World, ahead_ms: float) -> bool:
    """Whether a clock, or two people who agree, told a time that is at least so far ahead."""
    far = {lie for lie in world.lies if lie >= ahead_ms}
    people = (sum(among(lies, lie) for lies in world.said.values()) for lie in far)
    return any(machine_lied(world, lie) for lie in far) or any(count > 1 for count in people)


def _is_absurd(truth: Truth, row: LogRow) -> bool:
    return f"{row.dev}.{row.run}.{row.seq}" in truth.day.absurd


def watch_hub(day: Day, seen: tuple[str, int] = ("", 0)) -> None:
    """A hub that has network time, and to which no clock has lied, knows what time it is; looked at all the time."""
    hub, world = day.leader(), day.world
    now_seen, keeper = ("", 0), getattr(hub.device, "keeper", None)
    clock = hub.clock
    if keeper is not None and hub.device.leads and clock.is_trusted and not clock.wall_error_ms:  # type: ignore[attr-defined]
        now = keeper.now
        error = now.ms - clock.real_ms()
        minute = MINUTE if day.tally["times said"] or day.tally["wrong times said"] else 0
        if not now.known or abs(error) > FAITHFUL_MS + minute + 1e-3 * world.now_ms:
            now_seen = clock.boot_id, seen[1] + 1 if seen[0] == clock.boot_id else 1
    people = sum(bool(lies) for lies in world.said.values())
    if now_seen[1] > 2 and people < 2 and not machine_lied(world):
        day.seen_wrong.append(f"{hub.dev} has network time and does not know what time it is")
    if not day.healing:
        later = world.plan.open_again_ms(world.now_ms + LOOK_MS) - world.now_ms
        world.at(max(LOOK_MS, later), lambda: watch_hub(day, now_seen))
