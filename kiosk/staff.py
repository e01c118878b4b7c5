"""The kiosk's own page for the staff, behind key or PIN (pure).

Policy: everything a person on site needs, and nothing else: no file, no command, no address can be typed here, and no
way leads from here to a shell. A reprint carries the old number, never a new one. What is done here is logged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from onedoor.device.catalogue import Catalogue

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
    facts: tuple[tuple[str, str], ...] = ()
    recent: tuple[tuple[str, str], ...] = ()
    """The newest tickets: row and number."""
    volume: str = "2"
    languages: tuple[str, ...] = ()
    shut: bool = False
    """The kiosk is out of service."""


@dataclass(frozen=True, slots=True)
class StaffTile:
    """One button: its name for tests, what it does, its English text or a plain one."""

    key: str
    what: str
    value: str = ""
    text: str = ""
    plain: str = ""
    on: bool = False


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
    StaffTile("restart", "page", "restart", "Start again"),
    StaffTile("leave", "leave", "", "Back to the citizens"),
)
_BACK = StaffTile("back", "page", "menu", "Back")


def tiles(page: StaffPage, catalogue: Catalogue, languages: dict[str, str]) -> Sequence[StaffTile]:
    """The buttons of the page that is open."""
    match page.page:
        case "paper":
            return [*(StaffTile(f"roll-{m}", "paper", str(m), plain=f"{m} m") for m in ROLLS_M), _BACK]
        case "reprint":
            return [*(StaffTile(f"ticket-{label}", "reprint", rid, plain=label) for rid, label in page.recent), _BACK]
        case "collect" | "sorry" as kind:
            return [*_slip(kind, page, catalogue), _BACK]
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


def turned(page: StaffPage, what: str, value: str) -> StaffPage | None:
    """The page after an act that only leads on, or None if the act does something."""
    if what == "page":
        return replace(page, page=value, chosen=(), note="")
    if what == "choose":
        return replace(page, chosen=(*page.chosen, value), note="")
    return None
