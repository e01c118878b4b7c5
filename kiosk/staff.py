"""The kiosk's own page for the staff, behind key or PIN (pure).

Policy: everything a person on site needs, and nothing else: no file, no command, no address can be typed here, and no
way leads from here to a shell. A reprint carries the old number, never a new one. What is done here is logged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kiosk.staff_state import Part
from onedoor.device.catalogue import Catalogue
from onedoor.hall.hours import weekday
from onedoor.hall.zone import days_after
from onedoor.look.texts import spelled

REASONS = ("no paper", "being repaired", "closed for today")
ROLLS_M = (30, 50, 80)
DAYS = (1, 2, 3, 5, 10, 15)
VOLUMES = ("0", "1", "2", "3", "4")


@dataclass(frozen=True, slots=True)
class StaffPage:
    """Where the staff is: a page, what was chosen on the way there, and what came of the last act."""

    page: str = "menu"
    chosen: tuple[str, ...] = ()
    note: str = ""
    parts: tuple[Part, ...] = ()
    """How this kiosk is."""
    recent: tuple[tuple[str, str], ...] = ()
    """The newest tickets: row and number."""
    lines: tuple[tuple[str, str], ...] = ()
    """What stands above the buttons, in Lao and English."""
    since: str = ""
    """The first of the days that are offered for saying the time; later pages begin so many `days` after it."""
    days: int = 0
    clock: str = ""
    """What a clock of this box shows, if it shows a time that can be."""
    volume: str = "2"
    languages: tuple[str, ...] = ()
    shut: bool = False
    """The kiosk is out of service."""
    numbered: bool = False
    """Numbers begin again by themselves."""


@dataclass(frozen=True, slots=True)
class StaffTile:
    """One button: its name for tests, what it does, its English text or a plain one."""

    key: str
    what: str
    value: str = ""
    text: str = ""
    plain: str = ""
    on: bool = False
    under: str = ""
    """The second line, where it is no translation."""


MENU = (
    StaffTile("paper", "page", "paper", "Paper changed"),
    StaffTile("test", "test", "", "Print a test sheet"),
    StaffTile("state", "page", "state", "State of this kiosk"),
    StaffTile("reprint", "page", "reprint", "Print a ticket again"),
    StaffTile("collect", "page", "collect", "Slip for collecting"),
    StaffTile("sorry", "page", "sorry", "Slip: later than promised"),
    StaffTile("help", "help", "", "Help was given"),
    StaffTile("volume", "page", "volume", "Loudness"),
    StaffTile("languages", "page", "languages", "Languages"),
    StaffTile("out", "page", "out", "Out of service"),
    StaffTile("in", "in", "", "In service"),
    StaffTile("time", "page", "time", "Say the time"),
    StaffTile("numbers", "page", "numbers", "Begin numbers again"),
    StaffTile("restart", "page", "restart", "Start again"),
    StaffTile("leave", "leave", "", "Back to the citizens"),
)
_BACK = StaffTile("back", "page", "menu", "Back")
_BEGIN = StaffTile("numbers-yes", "numbers", "", "Yes, begin again with 1")
CLOCK = "clock"
"""Chosen in place of a day: the time is what a clock of this box shows."""
MINUTES_STEP = 5
MOST_DAYS = 3 * 366
DAYS_SHOWN = 7
DAY_MS = 24 * 3_600_000
LATER = (("later", DAYS_SHOWN, "Later days"), ("month", 28, "A month later"))


def tiles(page: StaffPage, catalogue: Catalogue, languages: dict[str, str]) -> Sequence[StaffTile]:
    """The buttons of the page that is open."""
    match page.page:
        case "paper":
            return [*(StaffTile(f"roll-{m}", "paper", str(m), plain=f"{m} m") for m in ROLLS_M), _BACK]
        case "reprint":
            return [*(StaffTile(f"ticket-{label}", "reprint", rid, plain=label) for rid, label in page.recent), _BACK]
        case "collect" | "sorry" as kind:
            return [*_slip(kind, page, catalogue), _BACK]
        case "time":
            return [*_time(page), _BACK]
        case "numbers":
            return [*([] if page.numbered else [_BEGIN]), _BACK]
        case "volume":
            on = page.volume
            return [*(StaffTile(f"volume-{v}", "volume", v, plain=v, on=v == on) for v in VOLUMES), _BACK]
        case "languages":
            offered = (
                StaffTile(f"offer-{code}", "language", code, plain=name, on=code in page.languages)
                for code, name in languages.items()
            )
            return [*offered, _BACK]
        case "out":
            return [*(StaffTile(f"out-{i}", "out", why, why) for i, why in enumerate(REASONS)), _BACK]
        case "restart":
            return [StaffTile("restart-yes", "restart", "", "Yes, start again"), _BACK]
        case "state":
            return [_BACK]
    return [tile for tile in MENU if tile.key != ("out" if page.shut else "in")]


def _slip(kind: str, page: StaffPage, catalogue: Catalogue) -> list[StaffTile]:
    """First the service, then the days until the result is there."""
    if not page.chosen:
        return [StaffTile(f"slip-{s.id}", "choose", s.id, plain=s.name.lo) for s in catalogue.services]
    return [StaffTile(f"days-{d}", kind, str(d), "working days", f"{d}") for d in DAYS]


def _time(page: StaffPage) -> list[StaffTile]:
    """First the day, or what a clock shows, then hour and minute, then the question whether that is right."""
    chosen = page.chosen
    if CLOCK in chosen or len(chosen) == 3:
        return [StaffTile("time-yes", "say", "", "Yes, this is the time")]
    if len(chosen) == 2:
        steps = (f"{m:02d}" for m in range(0, 60, MINUTES_STEP))
        return [StaffTile(f"minute-{m}", "choose", m, plain=f"{chosen[1]}:{m}") for m in steps]
    if len(chosen) == 1:
        return [StaffTile(f"hour-{h:02d}", "choose", f"{h:02d}", plain=f"{h:02d}:…") for h in range(24)]
    if not page.since:
        return []
    clock = [StaffTile("time-clock", "choose", CLOCK, "The clock of this box", page.clock)] if page.clock else []
    days = [days_after(page.since, page.days + i) for i in range(DAYS_SHOWN)]
    ahead = [StaffTile(f"days-{name}", "days", str(page.days + step), text) for name, step, text in LATER]
    back = [StaffTile("days-first", "days", "0", "Earlier days")] if page.days else []
    return [*clock, *(_day(day) for day in days), *ahead, *back]


def _day(day: str) -> StaffTile:
    lo, en = (spelled(day, weekday(day), lang) for lang in ("lo", "en"))
    return StaffTile(f"day-{day}", "choose", day, plain=lo, under=en)


def turned(page: StaffPage, what: str, value: str) -> StaffPage | None:
    """The page after an act that only leads on, or None if the act does something."""
    if what == "page":
        return replace(page, page=value, chosen=(), note="")
    if what == "choose":
        return replace(page, chosen=(*page.chosen, value), note="")
    if what == "days" and value.isdecimal() and int(value) <= MOST_DAYS:
        return replace(page, days=int(value))
    return None
