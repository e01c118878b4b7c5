"""What comes of it: the number, help, "not here", out of service, out of order. Each says what to do next."""

from kiosk import wishes as w
from kiosk.flow import Screen
from kiosk.screen.frame import EDGE, GAP, TOUCH, Frame
from onedoor.look.texts import date, say
from onedoor.look.theme import CHAMPA, LATERITE, LEAF, LEAF_2, MUTED, NIGHT, PAPER, SAND, STALE, WHITE


def issued(f: Frame) -> None:
    """The number is the picture; it stands even if the printer fails."""
    pen, view = f.pen, f.view
    failed, bad = bool(view.fault), bool(view.fault) or view.lost
    pen.box("ground", 0, 0, pen.w, pen.h, PAPER if bad else LEAF_2)
    top = pen.h * 0.12 if f.tall else 24.0
    f.both("your", EDGE, top, pen.w - 2 * EDGE, 96, "Your number", 40, NIGHT)
    top += 102
    width = min(pen.w - 2 * EDGE, 1000.0)
    x = (pen.w - width) / 2
    high = min(290.0, pen.h * 0.36)
    pen.box("card", x, top, width, high, WHITE, radius=44, line=LATERITE if bad else LEAF, line_w=4)
    side = min(190.0, high * 0.66)
    pen.symbol("card/s", x + 50, top + (high - side) / 2, side, view.label)
    pen.text("card/n", x + side + 80, top, width - side - 120, high, view.label, min(205, high * 0.7), NIGHT, bold=True)
    service = f.catalogue.get(view.session.service)
    y = top + high + 10
    if service is not None:
        name, under = service.name.of(f.lang), service.name.of(f.other)
        f.pair("name", EDGE, y, pen.w - 2 * EDGE, 50, name, under, 31, align="center")
    (_remember if failed else _cards)(f, y + 56)
    _state(f)


def _cards(f: Frame, y: float) -> None:
    """How many are before, when it will be ready and with which code: as far as it is known."""
    pen, view = f.pen, f.view
    cards: list[tuple[str, str, str]] = []
    if view.ahead is not None:
        cards.append(("ahead", str(view.ahead), "people before you"))
    if view.unopened:
        cards.append(("open", f.say("Not open yet"), "No counter is open"))
    if view.promised:
        cards.append(("promised", date(view.promised, f.lang), "Ready on"))
    elif view.in_days:
        cards.append(("promised", f"{view.in_days} {f.say('working days')}", "Ready in"))
    if view.receipt:
        cards.append(("code", f"{view.receipt[:3]} {view.receipt[3:]}", "Code for collecting"))
    if not cards:
        return
    width = min(330.0, (pen.w - 2 * EDGE - GAP * (len(cards) - 1)) / len(cards))
    x0 = (pen.w - width * len(cards) - GAP * (len(cards) - 1)) / 2
    for i, (key, value, text) in enumerate(cards):
        x = x0 + i * (width + GAP)
        pen.box(key, x, y, width, 124, WHITE, radius=24)
        pen.text(f"{key}/n", x + 10, y + 6, width - 20, 62, value, 46 if key == "ahead" else 34, NIGHT, bold=True)
        pen.text(f"{key}/t", x + 10, y + 66, width - 20, 30, f.say(text), 21, NIGHT, bold=True)
        pen.text(f"{key}/u", x + 10, y + 94, width - 20, 24, say(f.other, text), 15, MUTED)


def _remember(f: Frame, y: float) -> None:
    """Without paper the number is all that has to be kept: two pictures say how, and the staff helps."""
    pen = f.pen
    width = min(760.0, pen.w - 2 * EDGE)
    x = (pen.w - width) / 2
    pen.box("keep", x, y, width, 124, WHITE, radius=24, line=LATERITE, line_w=3)
    for i, icon in enumerate(("photo", "write")):
        pen.image(f"keep/{icon}", x + 24 + i * 104, y + 22, 80, f"icon-{icon}", NIGHT)
    f.both("keep/t", x + 240, y + 8, width - 256, 108, "Take a photo of the number, or write it down", 28, NIGHT,
           align="left", rows=2, below=NIGHT)  # fmt: skip


def _state(f: Frame) -> None:
    """How the paper stands, and the way out."""
    pen, view = f.pen, f.view
    y = pen.h - TOUCH - 26
    if view.lost:
        text, ink, icon = "This number is in no line. Please show it to the staff.", LATERITE, "warn"
    elif view.fault:
        text, ink, icon = "No paper this time. Your number is valid: remember it.", LATERITE, "warn"
    elif view.screen is Screen.PRINTING:
        text, ink, icon = "Printing, please wait for your ticket", NIGHT, "print"
    else:
        text, ink, icon = "Please take your ticket", LEAF, "print"
    over = view.screen is Screen.ISSUED
    room = pen.w - 2 * EDGE - (520 if over and not f.tall else 0)
    at = y - TOUCH - GAP if f.tall else y
    pen.image("state/i", EDGE, at + 26, 56, f"icon-{icon}", ink)
    f.both("state", EDGE + 74, at, room - 84, TOUCH, text, 28, ink, align="left", rows=2,
           below=NIGHT if view.fault or view.lost else MUTED)  # fmt: skip
    if over:
        # Without paper the main button is the one that brings somebody.
        side = 330.0 if view.fault else 240.0
        f.button("help", pen.w - EDGE - 510, y, side, TOUCH, "Help", "help", w.Help(), fill=CHAMPA,
                 line=NIGHT if view.fault else CHAMPA)  # fmt: skip
        done, quiet = 510 - side - 14, bool(view.fault)
        f.button("done", pen.w - EDGE - done, y, done, TOUCH, "Done", "check", w.Done(), fill=SAND if quiet else LEAF,
                 ink=NIGHT if quiet else WHITE)  # fmt: skip


def not_here(f: Frame) -> None:
    """A wish was counted; people go on to a person."""
    top, low = f.head("My service is not here"), f.foot()
    text = "We have counted your wish. Please ask a member of staff."
    _message(f, top, low - TOUCH - GAP, "none", text, NIGHT)
    third = (f.pen.w - 2 * EDGE - GAP) / 2
    y = low - TOUCH
    f.button("help2", EDGE, y, third, TOUCH, "Help", "help", w.Help(), "help", fill=CHAMPA)
    f.button("done", EDGE + third + GAP, y, third, TOUCH, "Done", "check", w.Done(), fill=LEAF, ink=WHITE)


def helped(f: Frame) -> None:
    """Somebody is coming; meanwhile one can go on."""
    top, low = f.head("Help"), f.foot(back=False)
    _message(f, top, low - (2 if f.tall else 1) * (TOUCH + GAP), "help", "Somebody is coming to help you", LEAF,
             "Please wait here, or go on by yourself.")  # fmt: skip
    y, room = low - TOUCH, f.pen.w - 2 * EDGE
    side = 180.0
    width = (room - side - 2 * GAP) / 2
    wide = room if f.tall else width
    x, above = (EDGE, y - TOUCH - GAP) if f.tall else (EDGE + width + GAP, y)
    f.button("go_on", EDGE, y, room - side - GAP if f.tall else width, TOUCH, "Go on", "right", w.Back(), fill=LEAF,
             ink=WHITE)  # fmt: skip
    f.button("no_help", x, above, wide, TOUCH, "I do not need help any more", "check", w.NoHelp())
    f.button("staff", EDGE + room - side, y, side, TOUCH, "Staff", "key", w.AskPin(), fill=SAND)


def closed(f: Frame) -> None:
    """The staff has taken this kiosk out of service."""
    pen = f.pen
    pen.box("ground", 0, 0, pen.w, pen.h, STALE)
    pen.image("closed/i", pen.w / 2 - 70, pen.h * 0.16, 140, "icon-none", NIGHT)
    f.both("closed", 60, pen.h * 0.38, pen.w - 120, 130, "This kiosk is out of service", 48, NIGHT, below=NIGHT)
    f.both("why", 60, pen.h * 0.56, pen.w - 120, 90, f.view.reason, 34, NIGHT, below=NIGHT)
    f.both("next", 60, pen.h * 0.69, pen.w - 120, 90, "Please use another kiosk or ask the staff.", 30, NIGHT,
           rows=2, below=NIGHT)  # fmt: skip
    f.button("staff", EDGE, pen.h - TOUCH - 20, 200, TOUCH, "Staff", "key", w.AskPin(), fill=SAND)


def fault(f: Frame) -> None:
    """The failsafe."""
    pen = f.pen
    pen.box("ground", 0, 0, pen.w, pen.h, STALE)
    pen.image("fault/i", pen.w / 2 - 80, pen.h * 0.22, 160, "icon-warn", LATERITE)
    f.both("fault", 60, pen.h * 0.5, pen.w - 120, 150, "This kiosk is out of order. Please ask the staff.", 44, NIGHT,
           rows=2, below=NIGHT)  # fmt: skip


def _message(f: Frame, top: float, low: float, icon: str, text: str, ink: str, more: str = "") -> None:
    pen, high = f.pen, low - top
    side = min(150.0, high * 0.3)
    pen.image("message/i", (pen.w - side) / 2, top + high * 0.05, side, f"icon-{icon}", ink)
    f.both("message", 60, top + high * 0.4, pen.w - 120, high * 0.34, text, 42, NIGHT, rows=2)
    if more:
        pen.text("message/m", 60, top + high * 0.78, pen.w - 120, high * 0.16, f.say(more), 28, NIGHT, rows=2)
