"""The scenes of the kiosk: every state of every screen, with sample data, in every language (pure)."""

from dataclasses import replace

from kiosk.codes import CodeTold
from kiosk.flow import Screen
from kiosk.hub_word import REASON
from kiosk.screen.confirm import CODES
from kiosk.session import Session
from kiosk.staff import StaffPage
from kiosk.staff_state import parts
from kiosk.staff_time import NOTES, NUMBERS_BY_THEMSELVES, QUESTION, both, long_line
from kiosk.view import KioskView
from onedoor.hall.words import Verdict
from onedoor.look.texts import LANGUAGES

CALLED = (("A1-023", "3"), ("C1-011", "1"), ("P2-007", "5"))
WAITING = (("id", 6), ("family", 0), ("birth", 2), ("home", 1), ("land", 9), ("shop", 0), ("road", 4), ("build", 12))
CLOSED = (("birth", "service_closed"), ("road", "service_full"))
GOOD = tuple(parts(printers={1: ("ok", 62)}, fresh=True, unsent=0, faults=(), time="25/11/2026 08:03", known=True,
                   about="k1 · 0.1.0 · sample-3 · 12034"))  # fmt: skip
BAD = tuple(parts(
    printers={1: ("near_end", 4), 2: ("cover_open", -1)}, fresh=False, unsent=17, faults=("card_full", "row_refused"),
    time="", known=False, about="k1 · 0.1.0 · sample-3 · 12034",
))  # fmt: skip
SIZES = {
    "kiosk-1280x800": (1280, 800),
    "kiosk-1024x600": (1024, 600),
    "kiosk-1920x1080": (1920, 1080),
    "kiosk-800x1280": (800, 1280),
    "kiosk-600x1024": (600, 1024),
    "kiosk-1080x1920": (1080, 1920),
}
TEN = 1_795_230_000_000
SHORT = ("lo", "en")
"""Languages that are drawn at every size in the gallery; the others at the first one. Tests measure all of them."""


def scenes(lang: str) -> dict[str, KioskView]:
    """Every screen of the kiosk in a language."""
    every = tuple(LANGUAGES)
    base = KioskView(
        Session(lang=lang), called=CALLED, waiting=WAITING, fresh=True, languages=every, can_speak=True,
        printers=((1, "ok", 62),),
    )  # fmt: skip

    def at(screen: Screen, **session: object) -> KioskView:
        return replace(base, session=Session(screen=screen, lang=lang, **session))  # type: ignore[arg-type]

    confirm = at(Screen.CONFIRM, service="land")
    issued = replace(at(Screen.ISSUED, service="land"), label="L1-023", ahead=5, receipt="482913",
                     promised="2026-11-26")  # fmt: skip
    found = {
        "starting": at(Screen.STARTING),
        "welcome": base,
        "welcome-empty": replace(base, called=(), waiting=tuple((s, 0) for s, _ in WAITING)),
        "welcome-without-hub": replace(base, fresh=False),
        "welcome-no-paper": replace(base, printers=((1, "paper_out", 0),)),
        "welcome-two-languages": replace(base, languages=("lo", "en"), can_speak=False),
        "services": at(Screen.SERVICES),
        "services-group": at(Screen.SERVICES, place=("people",)),
        "services-closed": replace(at(Screen.SERVICES), closed=CLOSED),
        "services-still-there": replace(at(Screen.SERVICES), countdown=12),
        "confirm": confirm,
        "confirm-first": at(Screen.CONFIRM, service="id", cls="P"),
        "confirm-collect": at(Screen.CONFIRM, service="road", intent="collect", receipt="482913"),
        "confirm-hold": replace(confirm, hold=True),
        "code": at(Screen.CODE, service="id", typed="482"),
        **{
            f"coded-{state or 'asked'}": replace(
                at(Screen.CONFIRM, service="id", appointment="4821306007"), code=CodeTold(state, TEN + 1_200_000)
            )
            for state in CODES
        },
        "receipt": at(Screen.RECEIPT, service="id", typed="48"),
        "printing": replace(issued, session=replace(issued.session, screen=Screen.PRINTING)),
        "issued": issued,
        "issued-without-date": replace(issued, promised="", in_days=10),
        "issued-without-hub": replace(issued, ahead=None, fresh=False),
        "issued-unopened": replace(issued, unopened=True, ahead=0),
        "issued-no-paper": replace(issued, fault="paper_out", label="A12-1234"),
        "issued-still-there": replace(issued, countdown=9),
        "listing": at(Screen.LISTING, service="land"),
        "listed": at(Screen.LISTED, service="land"),
        "listed-no-paper": replace(at(Screen.LISTED, service="build"), fault="cover_open"),
        "not-here": at(Screen.NOT_HERE),
        "help": replace(at(Screen.HELP), help=True),
        "closed": replace(at(Screen.CLOSED), reason="being repaired"),
        "closed-two-boxes": replace(at(Screen.CLOSED), reason=REASON),
        "welcome-two-boxes": replace(base, doubled=True),
        "issued-lost": replace(issued, lost=True),
        "fault": at(Screen.FAULT),
        "large-services": at(Screen.SERVICES, large=True),
        "large-confirm": at(Screen.CONFIRM, service="land", large=True),
        "large-issued": replace(issued, session=replace(issued.session, large=True)),
        "contrast-services": replace(at(Screen.SERVICES, contrast=True), closed=CLOSED),
        "contrast-confirm": at(Screen.CONFIRM, service="land", contrast=True, cls="P"),
        "contrast-issued": replace(issued, session=replace(issued.session, contrast=True)),
        "low-services": at(Screen.SERVICES, low=True),
        "low-confirm": at(Screen.CONFIRM, service="land", low=True),
        "low-code": at(Screen.CODE, service="id", typed="482", low=True),
        "all-modes-confirm": at(Screen.CONFIRM, service="land", low=True, large=True, contrast=True),
    }
    return {f"{name}-{lang}": view for name, view in found.items()}


def staff_scenes() -> dict[str, KioskView]:
    """The staff's page."""
    base = KioskView(Session(screen=Screen.STAFF), languages=("lo", "en"), fresh=True)
    pages = {
        "menu": StaffPage(),
        "paper": StaffPage("paper", note="Printing…"),
        "fault": StaffPage(note="fault_cover_open"),
        "state": StaffPage("state", parts=GOOD),
        "state-faults": StaffPage("state", parts=BAD),
        "reprint": StaffPage("reprint", recent=tuple((f"k1.x.{i}", f"A1-{i:03d}") for i in range(8))),
        "slip": StaffPage("collect"),
        "slip-days": StaffPage("sorry", chosen=("id",)),
        "volume": StaffPage("volume"),
        "languages": StaffPage("languages", languages=("lo", "en")),
        "out": StaffPage("out"),
        "restart": StaffPage("restart"),
        "time": StaffPage(
            "time",
            lines=(both("Somebody has said the time", "25/11/2026 08:03"), ("c1", "c1")),
            since="2026-11-25",
            clock="25/11/2026 08:07",
        ),
        "time-later": StaffPage("time", lines=(both("Nobody has said which time it is"),), since="2026-11-25", days=28),
        "time-hour": StaffPage("time", chosen=("2026-11-25",), lines=(long_line("2026-11-25", ""),)),
        "time-minute": StaffPage("time", chosen=("2026-11-25", "08"), lines=(long_line("2026-11-25", "08:…"),)),
        "time-question": StaffPage(
            "time", chosen=("clock",), lines=(both("Is this the time now?"), long_line("2026-11-25", "08:03"))
        ),
        "time-doubted": StaffPage(note=NOTES[Verdict.DOUBTED]),
        "numbers": StaffPage("numbers", lines=(both(QUESTION), both("waiting", "12"))),
        "numbers-known": StaffPage("numbers", numbered=True, lines=(both(NUMBERS_BY_THEMSELVES),)),
    }
    pin = replace(base, session=Session(screen=Screen.PIN, typed="123"), pin_wrong=True)
    return {f"staff-{name}": replace(base, staff=page) for name, page in pages.items()} | {"pin": pin}


def for_size(size: str) -> dict[str, KioskView]:
    """What the gallery draws at this size."""
    langs = LANGUAGES if size == "kiosk-1280x800" else SHORT
    found = {name: view for lang in langs for name, view in scenes(lang).items()}
    return found | staff_scenes()
