"""Before the number: what it is about, what to bring and to pay, when it is ready; and a way out without one."""

from kiosk import wishes as w
from kiosk.codes import CodeTold
from kiosk.flow import Screen
from kiosk.pace import HOLD_MS
from kiosk.screen.frame import EDGE, GAP, TOUCH, Frame
from onedoor.device.catalogue import Service
from onedoor.device.clock import local_time
from onedoor.hall.checkin import CodeState
from onedoor.look.texts import money, say
from onedoor.look.theme import CHAMPA, LATERITE, LEAF, LEAF_2, LINE, MUTED, NIGHT, SAND, WHITE

INTENTS = {"submit": ("Hand in", "submit", "hand_in"), "collect": ("Collect", "collect", "collect"),
           "ask": ("Ask", "ask", "ask")}  # fmt: skip
SIDE_BY_SIDE = 620.0
"""Lower than this, the two cards of a tall screen stand beside each other."""


def confirm(f: Frame) -> None:
    """The last screen before a number; `listing` and `listed` show the same facts without one."""
    service = f.catalogue.get(f.view.session.service)
    if service is None:
        return
    top = f.head("", (service.name.of(f.lang), service.name.of(f.other)), service.pictogram)
    low = f.foot(back=f.view.screen is not Screen.LISTING)
    if f.view.screen is Screen.CONFIRM:
        top = _about(f, service, top) if f.view.code is None else _code(f, f.view.code, top)
        low = _acts(f, low)
    else:
        low = _told(f, low)
    _facts(f, service, top, low)


CODES: dict[str, str] = {
    "": "We look for your appointment…",
    CodeState.GOOD: "Your appointment at {} is found. You are called as if you had come at that time.",
    CodeState.EARLY: "Your appointment is at {}: you are early. You wait in order, or come back then.",
    CodeState.LATE: "Your appointment was at {}: it is over. You wait in order.",
    CodeState.OTHER_DAY: "Your appointment is on {}. Today you wait in order.",
    CodeState.OTHER_SERVICE: "This code is for another service. Go back and choose that one, or wait in order.",
    CodeState.USED: "This code has been used. You wait in order.",
    CodeState.UNKNOWN: "This code is not known. Type it again, or ask the staff. You wait in order.",
    CodeState.UNSURE: "We cannot look now: your code stands with your number, and the counter sees it.",
}
"""What is said about the code of an appointment."""


def _code(f: Frame, told: CodeTold, top: float) -> float:
    """What the code is worth, as soon as it is typed, in place of the rest; a touch types it again."""
    pen = f.pen
    good, waits = told.state == CodeState.GOOD, told.state == ""
    at = local_time(told.at_ms, told.zone).strftime("%d/%m %H:%M" if told.state == CodeState.OTHER_DAY else "%H:%M")
    fill, icon = (LEAF_2, "check") if good else (SAND, "clock") if waits else (CHAMPA, "warn")
    high = float(TOUCH)
    pen.box(
        "coded", EDGE, top, pen.w - 2 * EDGE, high, fill, radius=22, touch=f.touch("coded", w.Code(), "appointment")
    )
    pen.image("coded/i", EDGE + 18, top + (high - 52) / 2, 52, f"icon-{icon}", NIGHT)
    x, width = EDGE + 90, pen.w - 2 * EDGE - 110
    text = CODES[told.state]
    pen.text("coded/t", x, top + 2, width, 64, f.say(text).format(at), 22, NIGHT, bold=True, align="left", rows=2)
    pen.text("coded/u", x, top + 66, width, high - 68, say(f.other, text).format(at), 14, NIGHT, align="left", rows=2)
    return top + high + GAP


def _about(f: Frame, service: Service, top: float) -> float:
    """Three intents, and who may come first says so himself; nobody is asked to."""
    pen, session = f.pen, f.view.session
    asked = f.catalogue.classes[0] if f.catalogue.classes else None
    if asked is not None and service.priority and asked.id not in service.priority:
        asked = None
    room = pen.w - 2 * EDGE
    across = room if f.tall or asked is None else room * 0.58
    intents = [i for i in INTENTS if i in service.intents]
    width = (across - GAP * (len(intents) - 1)) / max(1, len(intents))
    for i, intent in enumerate(intents):
        text, icon, clip = INTENTS[intent]
        on = intent == session.intent
        icon = "check" if on else icon
        f.button(f"want-{intent}", EDGE + i * (width + GAP), top, width, TOUCH, text, icon, w.Want(intent), clip,
                 fill=LEAF_2 if on else WHITE, line=LEAF if on else LINE)  # fmt: skip
    if asked is None:
        return top + TOUCH + GAP
    x, y, width = (EDGE, top + TOUCH + GAP, room) if f.tall else (EDGE + across + GAP, top, room - across - GAP)
    on = session.cls == asked.id
    pen.box("first", x, y, width, TOUCH, CHAMPA if on else WHITE, radius=22, line=LINE,
            touch=f.touch("first", w.SayClass("N" if on else asked.id), "first"))  # fmt: skip
    pen.image("first/i", x + 20, y + 28, 52, "icon-check" if on else "icon-first", NIGHT)
    ink = NIGHT if on else MUTED
    pen.text("first/a", x + 88, y + 6, width - 100, 32, f.say("You may come first if you are"), 19, ink, align="left")
    pen.text("first/t", x + 88, y + 36, width - 100, 66, asked.name.of(f.lang), 24, NIGHT, bold=True, align="left",
             rows=2)  # fmt: skip
    return y + TOUCH + GAP


def _acts(f: Frame, low: float) -> float:
    """Only the list, or a number."""
    pen, high = f.pen, TOUCH + 8
    y, room = low - high, pen.w - 2 * EDGE
    less = room * 0.34
    f.button("list", EDGE, y, less, high, "Only print this list", "print", w.Tell(), line=LEAF, ink=LEAF)
    x, width = EDGE + less + GAP, room - less - GAP
    hold = HOLD_MS if f.view.hold else 0
    pen.box("take", x, y, width, high, LEAF, radius=26, hold_ms=hold,
            touch=f.touch("take", w.Take(held=bool(hold)), "hold" if hold else "take"))  # fmt: skip
    text = "Press and hold for 3 seconds" if hold else "Take a number"
    pen.text("take/t", x + 20, y + 8, width - 40, 66, f.say(text), 42, WHITE, bold=True)
    pen.text("take/2", x + 20, y + 72, width - 40, 36, say(f.other, text), 22, WHITE)
    return y - GAP


def _told(f: Frame, low: float) -> float:
    """How the list's printing stands."""
    pen, high = f.pen, TOUCH + 8
    y, failed = low - high, bool(f.view.fault)
    if f.view.screen is Screen.LISTING:
        text, ink, icon = "Printing the list…", NIGHT, "print"
    elif failed:
        text, ink, icon = "No paper this time. Please read the list here.", LATERITE, "warn"
    else:
        text, ink, icon = "Please take your list", LEAF, "print"
    done = 0.0 if f.view.screen is Screen.LISTING else 260.0
    pen.image("state/i", EDGE + 10, y + 32, 56, f"icon-{icon}", ink)
    f.both("state", EDGE + 84, y + 10, pen.w - 2 * EDGE - 100 - done, high - 16, text, 30, ink, align="left", rows=2)
    if done:
        f.button("done", pen.w - EDGE - done, y, done, high, "Done", "check", w.Done(), fill=LEAF, ink=WHITE)
    return y - GAP


def _facts(f: Frame, service: Service, top: float, low: float) -> None:
    pen, session = f.pen, f.view.session
    room, coded = pen.w - 2 * EDGE, f.view.screen is Screen.CONFIRM
    high = low - top
    if f.tall and high < SIDE_BY_SIDE:
        half = (room - GAP) / 2
        beside = high - (TOUCH + GAP if coded else 0)
        _papers(f, service, (EDGE, top, half, high))
        _fees(f, service, (EDGE + half + GAP, top, half, beside))
        place = (EDGE + half + GAP, top + beside + GAP, half, TOUCH)
    elif f.tall:
        half = (high - GAP) * 0.52
        _papers(f, service, (EDGE, top, room, half))
        rest = room - (250 + GAP if coded else 0)
        _fees(f, service, (EDGE, top + half + GAP, rest, high - half - GAP))
        place = (EDGE + rest + GAP, top + half + GAP, 250.0, high - half - GAP)
    else:
        left = room * (0.42 if coded else 0.55)
        middle = room * 0.38 if coded else room - left - GAP
        _papers(f, service, (EDGE, top, left, high))
        _fees(f, service, (EDGE + left + GAP, top, middle, high))
        place = (EDGE + left + middle + 2 * GAP, top, room - left - middle - 2 * GAP, high)
    if coded:
        collects = session.intent == "collect"
        known = session.receipt if collects else session.appointment
        key, text = ("receipt", "I have a receipt code") if collects else ("appointment", "Appointment")
        x, y, width, height = place
        height = min(height, 240.0)
        pen.box(key, x, y, width, height, CHAMPA if known else SAND, radius=22, touch=f.touch(key, w.Code(), key))
        side = min(56.0, height * 0.36)
        icon = "icon-ticket" if collects else "icon-clock"
        pen.image(f"{key}/i", x + (width - side) / 2, y + height * 0.08, side, icon, NIGHT)
        pen.text(f"{key}/t", x + 10, y + height * 0.46, width - 20, height * 0.5, known or f.say(text), 24, NIGHT,
                 bold=True, rows=3)  # fmt: skip


def _card(f: Frame, key: str, place: tuple[float, float, float, float], text: str) -> tuple[float, float, float]:
    x, y, width, height = place
    f.pen.box(key, x, y, width, height, WHITE, radius=26, line=LINE)
    f.pair(f"{key}/h", x + 26, y + 8, width - 52, 40, f.say(text), say(f.other, text), 22)
    return x + 26, y + 50, width - 52


def _papers(f: Frame, service: Service, place: tuple[float, float, float, float]) -> None:
    """What to bring, and when it will be ready."""
    pen = f.pen
    x, y, width = _card(f, "papers", place, "Bring these")
    end = place[1] + place[3] - 10 - (54 if service.days else 0)
    step = min(56.0, (end - y) / max(1, len(service.papers)))
    for i, paper in enumerate(service.papers):
        pen.box(f"paper{i}", x, y + (step - 26) / 2, 26, 26, WHITE, radius=6, line=LEAF)
        pen.text(f"paper{i}/t", x + 42, y, width - 42, step, paper.of(f.lang), 25, NIGHT, align="left")
        y += step
    if not service.papers:
        pen.text("papers/none", x, y, width, 50, f.say("Nothing to bring"), 25, MUTED, align="left")
    if service.days:
        pen.box("ready", x - 8, end, width + 16, 48, LEAF_2, radius=14)
        told = f"{service.days} {f.say('working days')}"
        pen.text("ready/t", x + 8, end, width - 16, 48, told, 23, NIGHT, bold=True, align="left")


def _fees(f: Frame, service: Service, place: tuple[float, float, float, float]) -> None:
    """Every line of what is to be paid, and the sum."""
    pen = f.pen
    x, y, width = _card(f, "fees", place, "Fee")
    end = place[1] + place[3] - 12
    if not service.fees:
        pen.text("fees/none", x, y, width, 50, f.say("No fee"), 25, MUTED, align="left")
        return
    step = min(50.0, (end - y - 92) / len(service.fees))
    for i, fee in enumerate(service.fees):
        pen.text(f"fee{i}", x, y, width - 150, step, fee.name.of(f.lang), 24, NIGHT, align="left")
        unit = "" if fee.currency == "LAK" else f" {fee.currency}"
        amount = money(fee.amount, f.lang) + unit
        pen.text(f"fee{i}/n", x + width - 150, y, 150, step, amount, 24, NIGHT, bold=True, align="right")
        y += step
    total = f"{money(service.fee_kip, f.lang)} {f.say('kip')}"
    pen.text("total", x, y, width * 0.4, 56, f.say("Total"), 30, NIGHT, bold=True, align="left")
    pen.text("total/n", x + width * 0.4, y, width * 0.6, 56, total, 34, NIGHT, bold=True, align="right")
    pen.text("legal", x, y + 56, width, 30, service.instrument, 17, MUTED, align="left")
