"""How much each box may say: a bucket for every kind of word, filled at an even rate (pure).

Policy. An honest box that has caught up after days without the hub stays far below; whoever is above is told, and what
he says is dropped until his bucket fills again. Nothing is lost by that: rows stay in their journal and come again.
Time is a monotonic clock's, in milliseconds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from onedoor.hall.door_facts import FactRefused
from onedoor.hall.events import RowId
from onedoor.wire import limits
from onedoor.wire.rows import LogRow


@dataclass(frozen=True, slots=True)
class Allowance:
    """A bucket: so many at once, and so many more each minute."""

    most: int
    a_minute: int


ALLOWED: Mapping[str, Allowance] = {
    "messages": Allowance(1_000, 6_000),
    "bytes": Allowance(16 << 20, 60 << 20),
    "rows": Allowance(20_000, limits.ROWS_A_MINUTE),
    "day": Allowance(limits.ROWS_A_DAY, limits.ROWS_A_DAY // 1_440),
    "questions": Allowance(120, 240),
    "starts": Allowance(5, 1),
    "lost_tails": Allowance(5, 1),
    "runs": Allowance(60, 4),
    "times": Allowance(20, 2),
    "broken": Allowance(3, 1),
    "refused": Allowance(200, 60),
    "twice": Allowance(5, 1),
}
"""By what is said. messages, bytes and rows: a box that was cut off for days catches up in minutes. day: rows
of a day; what a hub had taken before it started again counts. starts: claims that
the hub has forgotten a start. runs: starts of the box itself. times: words about time
that are new. broken: rows that raised an error, each of which costs
the hub a fold of the log's end. refused: rows that were refused by name. twice: connections that threw out
an older one of the same name, as a bad cable also makes."""


MUTE_MS = 10_000
"""So long nothing is heard of a box that has sent too much."""
OVERSTEPS = {"denied": "denied", "twice": "two_boxes", "names": "box_names", "day": "box_day"}
"""The alarms of what has one of its own; everything else is too much said."""
GATED = ("messages", "bytes")
"""What is counted before the hub looks at a message at all."""


@dataclass(frozen=True, slots=True)
class Overstepped:
    """A box said more than its budget, or what is not its to say, so many times."""

    dev: str
    what: str
    count: int = 1


@dataclass(slots=True)
class _Bucket:
    left: float
    at_ms: int


@dataclass(slots=True)
class Budgets:
    """What is left to each box."""

    allowed: Mapping[str, Allowance] = field(default_factory=lambda: ALLOWED)
    _buckets: dict[tuple[str, str], _Bucket] = field(default_factory=dict)

    def left(self, dev: str, what: str, now_ms: int) -> bool:
        """Whether a box may say this once more; nothing is taken."""
        return self.spend(dev, what, 0, now_ms) and self._buckets[dev, what].left >= 1

    def spend(self, dev: str, what: str, many: int, now_ms: int) -> bool:
        """Take so many out of a box's bucket; False, and nothing is taken, if they are not there."""
        allowance = self.allowed[what]
        bucket = self._buckets.get((dev, what))
        if bucket is None:
            bucket = self._buckets[dev, what] = _Bucket(allowance.most, now_ms)
        gained = max(0, now_ms - bucket.at_ms) * allowance.a_minute / 60_000
        bucket.left, bucket.at_ms = min(allowance.most, bucket.left + gained), now_ms
        if bucket.left < many:
            return False
        bucket.left -= many
        return True


ROWS_BACK = 500
ROW_EVERY_MS = 600_000
ALARM_MS = 600_000
"""So long an alarm stays after what it was raised for has happened last."""


@dataclass(slots=True)
class Complaints:
    """What boxes did wrong: how often since the last row about it, and the alarms that are on."""

    _counts: dict[tuple[str, str], int] = field(default_factory=dict)
    _told_ms: dict[tuple[str, str], int] = field(default_factory=dict)
    _on: dict[str, int] = field(default_factory=dict)
    rows: dict[str, dict[RowId, str]] = field(default_factory=dict)
    """The newest refused rows of each box, and why: who wrote one hears of it."""

    def row(self, row: RowId, code: str) -> None:
        """This row of a box was refused."""
        known = self.rows.setdefault(row.partition(".")[0], {})
        known[row] = code
        for old in list(known)[: -limits.ROWS_REFUSED_TOLD]:
            del known[old]

    def remember(self, rows: Iterable[LogRow]) -> None:
        """What a hub that ended had refused, and perhaps not told any more: the log's last rows."""
        for row in rows:
            if isinstance(event := row.event, FactRefused):
                self.row(event.row, event.code)

    def raise_alarm(self, code: str, now_ms: int) -> None:
        """This alarm is on from now on."""
        self._on[code] = now_ms

    def note(self, dev: str, what: str, many: int, now_ms: int) -> int:
        """A box overstepped; how often that is since the last row about it if another one is due now, else 0."""
        key = (dev, what)
        self._counts[key] = self._counts.get(key, 0) + many
        if key in self._told_ms and now_ms - self._told_ms[key] < ROW_EVERY_MS:
            return 0
        self._told_ms[key] = now_ms
        return self._counts.pop(key)

    def alarms(self, now_ms: int) -> list[str]:
        """The alarms that are on, by name."""
        self._on = {code: at for code, at in self._on.items() if now_ms - at < ALARM_MS}
        return sorted(self._on)

    def about(self, dev: str) -> tuple[str, dict[RowId, str]]:
        """The alarm about this box, and its rows that were refused lately."""
        return self.of(dev), self.rows.get(dev, {})

    def of(self, dev: str) -> str:
        """The alarm about this box, without its name."""
        return next((code.partition(":")[0] for code in sorted(self._on) if code.endswith(f":{dev}")), "")
