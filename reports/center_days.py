"""The center's own calendar, out of its log: on which day a second is, and what the clock on the wall showed (pure).

Policy. Seconds are on one line (`reports.dates.LINE_S`) that never steps, whatever clocks are set to, so durations are
differences. What they are called follows from the time zone of the rules in force (`rules_set`): a log is read on its
own calendar, wherever it is read. With summer and winter a day has 23 or 25 hours; whichever hour clocks show twice is
counted with that hour. Before the first rules the zone of the first holds. Where a center has named another zone, the
new one holds from that row on, and no day begins again that was over by then.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from onedoor.hall.zone import FIRST_S, LAOS, LAST_S, at_clock, moment_of
from reports.dates import LINE_S, day_number, day_text
from reports.durations import DAY_S, dated

HALF_HOUR_S = 1800
QUARTER_S = 900
ALWAYS = -(2**62)

Span = tuple[int, int]


@dataclass(slots=True)
class CenterDays:
    """Zones by the second from which on they are in force; the first of them holds always before, too."""

    pieces: list[tuple[int, str]] = field(default_factory=lambda: [(ALWAYS, LAOS)])
    _starts: list[int] = field(init=False)
    _plain: bool = field(init=False)

    def __post_init__(self) -> None:
        self._starts = [since for since, _ in self.pieces]
        self._plain = all(zone == LAOS for _, zone in self.pieces)

    def zone(self, t: int) -> str:
        """The zone in force at a second of the line."""
        return self.pieces[max(0, bisect_right(self._starts, t) - 1)][1]

    def day(self, t: int) -> int:
        """The number of the day on which a second is."""
        if self._plain or not _has_zones(t):
            return t // DAY_S
        i = max(0, bisect_right(self._starts, t) - 1)
        # No day comes back where the clocks of a new zone are behind: the last second of each zone before counts, too.
        ends = [*(since - 1 for since in self._starts[1 : i + 1]), t]
        return max(_local(end, zone) // DAY_S for end, (_, zone) in zip(ends, self.pieces[: i + 1], strict=True))

    def second(self, t: int) -> int:
        """What the clock on the wall showed, in seconds since midnight."""
        return t % DAY_S if self._plain or not _has_zones(t) else _local(t, self.zone(t)) % DAY_S

    def ahead(self, t: int) -> int | None:
        """By how many seconds its clocks are ahead of UTC; None of a time that no calendar knows."""
        if not dated(t):
            return None
        return LINE_S if self._plain or not _has_zones(t) else _local(t, self.zone(t)) - (t - LINE_S)

    def half_hour(self, t: int) -> int:
        """The half hour of the day, 0 to 47."""
        return self.second(t) // HALF_HOUR_S

    def by_half_hour(self, begin: int, end: int) -> Iterator[tuple[int, int]]:
        """The seconds of a span in each half hour of the day. Whole days are not walked through: a row with a senseless
        time may make a span of a thousand years.
        """
        whole = (end - begin) // DAY_S - 1
        if whole > 0:
            yield from ((half, whole * HALF_HOUR_S) for half in range(DAY_S // HALF_HOUR_S))
            end -= whole * DAY_S
        while begin < end:
            # Clocks are set by whole quarters of an hour, and there are zones that are behind others by one.
            over = min(end, begin + QUARTER_S - begin % QUARTER_S)
            yield self.half_hour(begin), over - begin
            begin = over

    def begin(self, number: int) -> int:
        """The first second of a day; of one that a new zone leaves out, that of the next."""
        if self._plain or not _has_zones(number * DAY_S):
            return number * DAY_S
        for (since, zone), over in zip(self.pieces, [*self._starts[1:], None], strict=True):
            if over is None or self.day(over - 1) >= number:
                return max(since, at_clock(day_text(number), 0, zone) // 1000 + LINE_S)
        raise AssertionError("the last zone holds for ever")

    def window(self, number: int) -> Span:
        """A day: 23, 24 or 25 hours."""
        return self.begin(number), self.begin(number + 1)

    def texts(self, t: int) -> tuple[str, str]:
        """A second as YYYY-MM-DD and HH:MM:SS."""
        second = self.second(t)
        return day_text(self.day(t)), f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def _has_zones(t: int) -> bool:
    """Whether a calendar knows this second, and the day after it."""
    return FIRST_S + DAY_S < t < LAST_S - DAY_S and dated(t)


def _local(t: int, zone: str) -> int:
    at = moment_of((t - LINE_S) * 1000, zone)
    return day_number(at.date().isoformat()) * DAY_S + at.hour * 3600 + at.minute * 60 + at.second


def days_by(zones: Iterable[tuple[int, str]]) -> CenterDays:
    """The calendar of these zones, each with the second at which it was named, in the order of the log."""
    pieces: list[tuple[int, str]] = []
    for t, zone in zones:
        if not pieces:
            pieces.append((ALWAYS, zone))
        elif pieces[-1][1] != zone:
            at = max(t, pieces[-1][0])
            pieces = [piece for piece in pieces if piece[0] < at] + [(at, zone)]
    return CenterDays(pieces) if pieces else CenterDays()


IN_LAOS = CenterDays()
