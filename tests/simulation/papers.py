"""What stands on paper: the right date or none, and 1 on the first ticket of a day, where the time is known."""

from dataclasses import dataclass, field

from laos import day_of

from kiosk.jobs import PrintJob
from simulation.day import Day, Node
from simulation.truth import FAITHFUL_MS, MINUTE_MS, near_midnight

NEAR_MS = 3 * 60_000


@dataclass
class Counted:
    """A kiosk's last issue: its real day, whether the time was known then and right, and how often the box had ended
    unclean; the services of that day.
    """

    day: str
    sure: bool
    unclean: int
    services: set[str]
    begins: bool = False
    """Whether this day must begin at 1."""


@dataclass
class Given:
    """The numbers that a kiosk has given in a boot on a day, and whether a later day was known meanwhile."""

    boot: str
    day: str
    labels: set[str] = field(default_factory=set)
    later: bool = False


class Papers:
    """Looks at every paper as it leaves the kiosk."""

    def __init__(self, day: Day) -> None:
        self.day, self.world = day, day.world
        self.last: dict[str, Counted] = {}
        self.given: dict[str, Given] = {}

    def look(self, node: Node, job: PrintJob) -> None:
        """A number has just been taken."""
        real = node.clock.real_ms()
        error = None if job.at_ms is None else job.at_ms - real
        if error is not None and not self._may_err(error):
            self.day.papers_wrong.append(f"{node.dev} prints a date that is {error} ms wrong on {job.label}")
        now = node.device.sender.time.now  # type: ignore[attr-defined]
        if now.known and now.ms is not None and self.world.was_told(now.ms - real):
            self.day.misled.add((self.world.true_day(job.day), node.dev))
        self._number(node, job, real)
        self._once(node, job, real)

    def _once(self, node: Node, job: PrintJob, real: int) -> None:
        """In one boot no number is given twice on a real day, whatever time was known and taken back; only a later day
        that was known begins them again.
        """
        now, today = node.device.sender.time.now, day_of(real)  # type: ignore[attr-defined]
        here = self.given.get(node.dev)
        if here is None or (here.boot, here.day) != (node.clock.boot_id, today):
            here = self.given[node.dev] = Given(node.clock.boot_id, today)
        here.later = here.later or near_midnight(real, NEAR_MS) or bool(now.known and now.ms and day_of(now.ms) > today)
        if job.label in here.labels and not here.later:
            self.day.papers_wrong.append(f"{node.dev} gives {job.label} again on {today}")
        here.labels.add(job.label)

    def _may_err(self, error: int) -> bool:
        """Whether the date is right, to a minute where people said it, or wrong by just what somebody had told."""
        faithful = FAITHFUL_MS + (MINUTE_MS if self.day.tally["times said"] else 0) + 1e-3 * self.world.now_ms
        return abs(error) <= faithful or self.world.was_told(error)

    def _number(self, node: Node, job: PrintJob, real: int) -> None:
        now, today = node.device.sender.time.now, day_of(real)  # type: ignore[attr-defined]
        right = now.known and now.ms is not None and day_of(now.ms) == today and not near_midnight(real, NEAR_MS)
        sure = right and bool(job.day)  # whose day nobody knew goes on with the series before
        sure = sure and not self.world.lies and node.device.sender.time.withdrawn == 0  # type: ignore[attr-defined]
        last = self.last.get(node.dev)
        sure = sure and not any(
            f"('{node.dev}'" in line and ("card" in line or "once" in line) for line in self.day.story
        )
        if last is None or last.day != today:
            begins = last is not None and last.sure and sure and last.unclean == node.unclean
            self.last[node.dev] = Counted(today, sure, node.unclean, set(), begins)
        here = self.last[node.dev]
        here.sure = sure and (here.sure or not here.services)
        n = int(job.label.rpartition("-")[2])
        here.begins = here.begins and here.unclean == node.unclean
        if here.begins and job.service.id not in here.services and n != 1:
            self.day.papers_wrong.append(f"the first {job.service.id} of {today} at {node.dev} is {job.label}")
        here.unclean = node.unclean
        here.services.add(job.service.id)
        self.day.tally["days begun at 1"] += here.begins and n == 1
