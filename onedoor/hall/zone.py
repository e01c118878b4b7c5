"""The center's time zone: which day and time of day a moment is in the center, and back (pure).

Policy. A zone is a name of the tz database ("America/Lima"), never an offset alone: only the name knows summer and
winter. It is part of the rules (`Hours.zone`), so a log is read on its own calendar. Moments are milliseconds since
1970 and never step; only their names do. An hour that clocks show twice is the first of the two where somebody types
it; one that they leave out is the hour behind it. Laos and UTC are known without the
database.
"""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LAOS = "Asia/Vientiane"
"""Where nothing else is said."""

KNOWN: dict[str, tzinfo] = {LAOS: timezone(timedelta(hours=7), LAOS), "UTC": UTC}
MINUTE_MS = 60_000
FIRST_S = int(datetime(1, 1, 2, tzinfo=UTC).timestamp())
LAST_S = int(datetime(9999, 12, 30, tzinfo=UTC).timestamp())
"""The first and the last second that every calendar knows, in every zone."""


class NoZone(ValueError):
    """There is no time zone of this name on this machine; the message says what to do."""


@cache
def zone_of(name: str) -> tzinfo:
    """The zone of this name. Raises NoZone."""
    if name in KNOWN:
        return KNOWN[name]
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NoZone(
            f"'{name}' is no time zone of this machine. Write a name like {LAOS} or America/Lima; where all names "
            "fail, the table of zones is missing: apt install tzdata."
        ) from None


def is_zone(name: str) -> bool:
    """Whether there is a zone of this name."""
    try:
        zone_of(name)
    except NoZone:
        return False
    return True


def moment_of(at_ms: int, zone: str) -> datetime:
    """The date and time in the center of a moment in milliseconds since 1970. It cannot fail: whatever lies outside the
    years 1 to 9999 counts as their first or last day.
    """
    return datetime.fromtimestamp(min(max(at_ms // 1000, FIRST_S), LAST_S), zone_of(zone))


def day_of(at_ms: int, zone: str) -> str:
    """The calendar day in the center, `YYYY-MM-DD`, of a moment in milliseconds since 1970; for every number."""
    return moment_of(at_ms, zone).date().isoformat()


def minute_of_day(at_ms: int, zone: str) -> int:
    """What the clock on the wall shows, in minutes since midnight."""
    at = moment_of(at_ms, zone)
    return at.hour * 60 + at.minute


def at_clock(day: str, minutes: int, zone: str) -> int:
    """The moment at which the clock on the wall shows so many minutes after midnight; 1440 is the end of the day."""
    begin = datetime.combine(date.fromisoformat(day), datetime.min.time())
    whole, minutes = divmod(minutes, 24 * 60)
    try:
        at = begin + timedelta(days=whole, minutes=minutes)
    except OverflowError:  # the last day there is ends where no calendar reaches
        return int(begin.replace(tzinfo=zone_of(zone)).timestamp() + whole * 86_400) * 1000 + minutes * MINUTE_MS
    return int(at.replace(tzinfo=zone_of(zone)).timestamp()) * 1000


def days_after(day: str, count: int) -> str:
    """The day so many days later."""
    return (date.fromisoformat(day) + timedelta(days=count)).isoformat()
