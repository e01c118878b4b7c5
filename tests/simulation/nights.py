"""Nights: boxes are switched off and on, and time without people passes quickly."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest import mock

from broker import copying
from broker import hub as hub_module
from onedoor.device import sender as sender_module
from simulation.day import HUBS, Day
from simulation.plans import MINUTE, Night

IDLE_MS = 20 * MINUTE
"""How often boxes speak while nobody is there."""
AROUND_MS = IDLE_MS + 5 * MINUTE
"""Long before a window everything has its usual pace again."""
PACES = (
    (hub_module, "BEACON_MS", IDLE_MS),
    (sender_module, "RESEND_LAST_MS", IDLE_MS),
    (sender_module, "RESEND_FIRST_MS", IDLE_MS),
    (copying, "RESEND_MS", IDLE_MS),
)


@contextmanager
def slowly() -> Iterator[None]:
    """The paces of the product may be changed in here, and are what they were afterwards."""
    with ExitStack() as stack:
        for module, name, _ in PACES:
            stack.enter_context(mock.patch.object(module, name, getattr(module, name)))
        yield


def arrange(day: Day) -> None:
    """Everything that happens between the windows."""
    plan, usual = day.world.plan, [getattr(module, name) for module, name, _ in PACES]

    def pace(*, idle: bool) -> None:
        for (module, name, slow), quick in zip(PACES, usual, strict=True):
            setattr(module, name, slow if idle else quick)

    for (_, ends), (begins, _) in zip(plan.windows, plan.windows[1:], strict=False):
        if begins - ends > 3 * AROUND_MS:
            day.world.at(ends + AROUND_MS - day.world.now_ms, lambda: pace(idle=True))
            day.world.at(begins - AROUND_MS - day.world.now_ms, lambda: pace(idle=False))
    for night in plan.nights:
        day.world.at(night.off_ms, lambda night=night: _dark(day, night))


def _dark(day: Day, night: Night) -> None:
    """Switched off: by a person who tells the box, or at the wall."""
    if night.kind == "never":
        return
    day.tell(f"night: {night.kind}, {'shut down' if night.clean else 'at the wall'}")
    if day.world.broker.up:
        day.world.broker.stop()
        day.world.at(night.on_ms - day.world.now_ms, day.world.broker.begin)
    for dev, node in day.nodes.items():
        if (night.kind == "hub only" and dev not in HUBS) or (night.kind == "all but kiosks" and dev[0] == "k"):
            continue
        node.dark_until_ms = night.on_ms + int(day.world.whim.uniform(0, 4 * MINUTE))
        day.tally["boxes switched off at night"] += 1
        if night.clean:
            day.shut_down(dev)
        day.crash(dev, node.dark_until_ms - day.world.now_ms)
        day.world.at(node.dark_until_ms - day.world.now_ms, lambda dev=dev: day.start(dev))
