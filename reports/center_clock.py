"""The center's clock as the log as a whole tells it: what each stretch of the hub was dated by (pure).

Policy: as in `onedoor.hall.center_time`. A word dates a whole stretch, also what came before the word; a newer word
replaces an older one, and one that was withdrawn leaves nothing. So the words, which are few, are gathered first.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from onedoor.hall import events as ev
from onedoor.hall.kinds import kind_of
from onedoor.hall.zone import LAOS
from onedoor.wire.rows import LogRow
from reports.center_days import ALWAYS, CenterDays, days_by
from reports.dates import local_s
from reports.durations import FAR_S, dated

WORDS = frozenset({"stretch_began", "time_known", "time_said", "time_withdrawn", "rules_set"})
"""The kinds of rows that say something about the time of others, or of the zone whose calendar holds."""


class WordBody(Protocol):
    """What is read of the body of such a row."""

    stretch: int
    hall_ms: int
    center_ms: int


class TimeRow(Protocol):
    """A row, as far as its time goes."""

    hub_seq: int
    kind: str
    t_event: int
    stretch: int
    body: Any


FARTHEST = 90_000
"""So often `FAR_S` fits into 63 bits."""


@dataclass(slots=True)
class CenterClock:
    """Milliseconds to add to hall time by stretch, the stretches whose dates are known (the others that have an offset
    were said), and the rows at which stretches began.
    """

    offsets: dict[int, int] = field(default_factory=dict)
    known: set[int] = field(default_factory=set)
    begins: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    zones: list[tuple[int, int, str]] = field(default_factory=list)
    """Stretch and hall time (milliseconds) at which a zone was named, and the zone."""

    def hear_zone(self, stretch: int, at_ms: int, zone: str) -> None:
        """The rules in force from here on name this zone."""
        if not self.zones or self.zones[-1][2] != zone:
            self.zones.append((stretch, at_ms, zone))

    @property
    def zone(self) -> str:
        """The zone that was named last."""
        return self.zones[-1][2] if self.zones else LAOS

    def calendar(self) -> CenterDays:
        """The center's calendar. A zone that was named when nobody knew the time holds from the one before on."""
        found: list[tuple[int, str]] = []
        for stretch, at_ms, zone in self.zones:
            t = local_s(at_ms + self.shift_ms(stretch))
            found.append((t if dated(t) else found[-1][0] if found else ALWAYS, zone))
        return days_by(found)

    def hear(self, hub_seq: int, kind: str, stretch: int, moved_ms: int) -> None:
        """The next word of the log; `moved_ms`: center time - hall time."""
        if kind == "stretch_began":
            self.begins.append(hub_seq)
            self.numbers.append(stretch)
            moved = None
        else:
            moved = None if kind == "time_withdrawn" else moved_ms
        self.known.discard(stretch)
        self.offsets.pop(stretch, None)
        if moved is not None:
            self.offsets[stretch] = moved
            if kind == "time_known":
                self.known.add(stretch)

    @property
    def words(self) -> dict[str, list[int | bool]]:
        """What holds now, for somebody who goes on from here: by stretch, what to add, and whether that is known."""
        return {str(n): [moved, n in self.known] for n, moved in sorted(self.offsets.items())}

    @classmethod
    def going_on(cls, words: dict[str, list[int | bool]], stretch: int, zone: str = "") -> "CenterClock":
        """The clock of a part of a log: what was said before it, the stretch in which it begins, and the zone."""
        offsets = {int(n): int(moved) for n, (moved, _) in words.items()}
        known = {int(n) for n, (_, sure) in words.items() if sure}
        return cls(offsets, known, [0] if stretch else [], [stretch] if stretch else [], [(0, 0, zone)] if zone else [])

    @property
    def plain(self) -> bool:
        """Whether every time in the log is center time already."""
        return not self.numbers and not self.offsets

    def present(self, hub_seq: int) -> int:
        """The stretch in which the hub took this row (0: a log of before there were any)."""
        i = bisect_right(self.begins, hub_seq)
        return self.numbers[i - 1] if i else 0

    def shift_ms(self, stretch: int) -> int:
        """What to add to a time of this stretch: to center time, or to where no calendar reaches."""
        if stretch == 0:
            return 0
        moved = self.offsets.get(stretch)
        return FAR_S * 1000 * far(stretch) if moved is None else moved

    def apart(self, stretch: int) -> int:
        """0 if times of this stretch are known center time, else the stretch itself."""
        return 0 if stretch == 0 or stretch in self.known else stretch

    def told(self, stretch: int) -> tuple[int, int, bool]:
        """All three of a stretch: what to add, in which stretch alone it can be compared, and that nobody dated it."""
        return self.shift_ms(stretch), self.apart(stretch), self.how(stretch) == "unknown"

    def how(self, stretch: int) -> str:
        """How well the date is known: known, said or unknown."""
        if not self.apart(stretch):
            return "known"
        return "said" if stretch in self.offsets else "unknown"


def hear_event(clock: CenterClock, row: LogRow) -> None:
    """Hear a row of a log that is read whole."""
    match event := row.event:
        case ev.RulesSet():
            clock.hear_zone(row.stretch, row.t_event, event.rules.hours.zone)
        case ev.StretchBegan():
            clock.hear(row.hub_seq, "stretch_began", event.stretch, 0)
        case ev.TimeKnown() | ev.TimeSaid() | ev.TimeWithdrawn():
            clock.hear(row.hub_seq, kind_of(event), event.stretch, event.center_ms - event.hall_ms)


class _Hours(Struct, frozen=True):
    zone: str = LAOS


class _Rules(Struct):
    hours: _Hours = _Hours()


def zone_in(rules: bytes) -> str:
    """The time zone that rules name, spelled as in the log. Whoever reads all of the row says what is wrong with it."""
    try:
        return msgspec.json.decode(rules or b"{}", type=_Rules).hours.zone
    except (msgspec.MsgspecError, UnicodeError):
        return LAOS


def far(stretch: int) -> int:
    """How many times `FAR_S` away the time of a stretch is put: its number, as long as 64 bits hold it."""
    return stretch % FARTHEST or 1


def clock_of_rows(rows: Iterable[TimeRow], before: CenterClock | None = None) -> CenterClock:
    """The clock of rows whose bodies are read: entries of the log. `before`: where they go on."""
    clock = before or CenterClock()
    for row in rows:
        if row.kind == "rules_set":
            clock.hear_zone(row.stretch, row.t_event, zone_in(bytes(row.body.rules)))
        elif row.kind in WORDS:
            body = row.body
            clock.hear(row.hub_seq, row.kind, body.stretch, body.center_ms - body.hall_ms)
    return clock
