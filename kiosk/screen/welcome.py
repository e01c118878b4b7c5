"""The screens before anybody touches: what goes on in the hall, and one thing to do."""

from kiosk import wishes as w
from kiosk.screen.frame import EDGE, TOUCH, Frame
from onedoor.look.texts import LANGUAGES, say
from onedoor.look.theme import CHAMPA, LINE, MUTED, NIGHT, NIGHT_2, PALE, PAPER, SAND, WHITE

FONT_WELCOME = 66


def welcome(f: Frame) -> None:
    """One act in the middle, languages one touch away; who is served and how many wait."""
    pen, view = f.pen, f.view
    main, low = _halves(f)
    offered = [code for code in LANGUAGES if code in view.languages]
    items = [*offered, *(["voice"] if view.can_speak else [])]
    columns = min(4, len(items))
    rows = -(-len(items) // columns)
    width = (main - 2 * EDGE + 14) / columns - 14
    top = low - 36 - rows * (TOUCH + 14) + 14
    notice = _notice(f)
    below = 104.0 if notice else 10.0
    high = top - below - 164
    pen.box("begin", EDGE, 150, main - 2 * EDGE, high, CHAMPA, radius=36, touch=f.touch("begin", w.Begin(), "begin"))
    size = FONT_WELCOME if not f.tall else 54
    text = "Touch to take a ticket"
    pen.text("begin/lo", EDGE + 20, 150 + high * 0.16, main - 2 * EDGE - 40, high * 0.44, f.say(text), size, NIGHT,
             bold=True, rows=2)  # fmt: skip
    pen.text("begin/2", EDGE + 20, 150 + high * 0.6, main - 2 * EDGE - 40, high * 0.24, say(f.other, text),
             size * 0.55, NIGHT)  # fmt: skip
    if notice:
        _told(f, notice, top - below + 8, main - 2 * EDGE, below - 20)
    for i, code in enumerate(items):
        x, y = EDGE + (i % columns) * (width + 14), top + (i // columns) * (TOUCH + 14)
        if code == "voice":
            pen.box("voice", x, y, width, TOUCH, CHAMPA if view.session.voice else WHITE, radius=18,
                    touch=f.touch("voice", w.Mode("voice"), "listen"))  # fmt: skip
            pen.image("voice/i", x + (width - 56) / 2, y + (TOUCH - 56) / 2, 56, "icon-sound", NIGHT)
            continue
        on = code == f.lang
        pen.box(f"lang-{code}", x, y, width, TOUCH, CHAMPA if on else NIGHT_2, radius=18,
                touch=f.touch(f"lang-{code}", w.Speak(code)))  # fmt: skip
        pen.text(f"lang-{code}/t", x + 6, y, width - 12, TOUCH, LANGUAGES[code], 31, NIGHT if on else WHITE, bold=True)


def _told(f: Frame, notice: str, y: float, width: float, high: float) -> None:
    """What is different today, in pictures first: no paper, the number is on the screen; or no connection."""
    pen, icons = f.pen, ("no_paper", "right", "screen") if f.view.paperless else ("warn",)
    pen.box("notice", EDGE, y, width, high, PAPER, radius=20, line=CHAMPA, line_w=3)
    for i, icon in enumerate(icons):
        side = 34 if icon == "right" else 60
        pen.image(f"notice/{i}", EDGE + 16 + i * 60 + (13 if side == 34 else 0), y + (high - side) / 2, side,
                  f"icon-{icon}", NIGHT)  # fmt: skip
    x = EDGE + 28 + 64 * len(icons)
    f.both(
        "notice/t", x, y + 4, width - (x - EDGE) - 16, high - 8, notice, 23, NIGHT, align="left", rows=2, below=NIGHT
    )


def starting(f: Frame) -> None:
    """After a power cut: at most a minute, and what goes on in the hall is shown meanwhile."""
    pen = f.pen
    main, _ = _halves(f)
    big = 54 if not f.tall else 40
    pen.text("wait/lo", 60, 250, main - 120, 110, say("lo", "One moment, please"), big, WHITE, bold=True)
    pen.text("wait/en", 60, 360, main - 120, 60, say("en", "One moment, please"), big * 0.6, PALE)
    until = "The power was gone. Tickets are back within a minute."
    pen.text("wait/why", 60, 470, main - 120, 60, say("lo", until), 24, PALE, rows=2)
    pen.text("wait/why2", 60, 530, main - 120, 40, say("en", until), 18, PALE)


def _notice(f: Frame) -> str:
    if f.view.paperless:
        return "There is no paper now. Your number will stand on the screen."
    if f.view.doubled:
        return "Another box has this kiosk's name. Please tell the staff."
    return "" if f.view.fresh else "The hall is not connected. Your number still counts."


def _halves(f: Frame) -> tuple[float, float]:
    """The dark part with the center's name, and its width and height; beside it, or below, who is served."""
    pen = f.pen
    if f.tall:
        main, low = pen.w, pen.h * 0.66
        pen.box("side", 0, low, pen.w, pen.h - low, PAPER)
        _served(f, 40, low + 10, pen.w * 0.5 - 60)
        _waiting(f, pen.w * 0.5 + 20, low + 10, pen.w * 0.5 - 60, int((pen.h - low - 60) // 58))
    else:
        side = max(380.0, pen.w * 0.32)
        main, low = pen.w - side, pen.h
        pen.box("side", main, 0, side, pen.h, PAPER)
        _served(f, main + 32, 24, side - 64)
        _waiting(f, main + 32, 476, side - 64, int((pen.h - 530) // 58))
    pen.box("dark", 0, 0, main, low, NIGHT)
    pen.image("logo", 36, 36, 88, "logo")
    pen.text("title", 140, 30, main - 170, 56, f.titles[0], 31, WHITE, bold=True, align="left")
    pen.text("title2", 140, 86, main - 170, 34, f.titles[1], 21, PALE, align="left")
    return main, low


def _served(f: Frame, x: float, y: float, width: float) -> None:
    pen, view = f.pen, f.view
    ink = NIGHT if view.fresh else MUTED
    f.both("now", x, y, width, 78, "Now serving", 27, ink, align="left")
    for i, (label, counter) in enumerate(view.called):
        at = y + 92 + i * 112
        pen.box(f"call{i}", x, at, width, 98, WHITE if view.fresh else SAND, radius=18, line=LINE, line_w=2)
        pen.symbol(f"call{i}/s", x + 18, at + 25, 48, label)
        pen.text(f"call{i}/n", x + 80, at, width - 210, 98, label, 44, ink, bold=True, align="left")
        pen.image(f"call{i}/a", x + width - 118, at + 32, 34, "icon-right", ink)
        pen.text(f"call{i}/c", x + width - 78, at, 60, 98, counter, 44, ink, bold=True)
    if not view.called:
        pen.text("none", x, y + 100, width, 60, f.say("Nobody has been called yet"), 22, MUTED, align="left", rows=2)


def _waiting(f: Frame, x: float, y: float, width: float, rows: int) -> None:
    pen, view = f.pen, f.view
    ink = NIGHT if view.fresh else MUTED
    pen.text("wait", x, y, width, 44, f.say("waiting"), 23, ink, bold=True, align="left")
    for i, (service_id, count) in enumerate(sorted(view.waiting, key=lambda item: -item[1])[: max(0, rows)]):
        service = f.catalogue.get(service_id)
        if service is None:
            continue
        at = y + 48 + i * 58
        pen.image(f"w{i}/i", x, at + 8, 40, f"icon-{service.pictogram}", ink)
        name = service.name.of(f.lang)
        pen.text(f"w{i}/n", x + 56, at, width - 136, 56, name, 24, ink, bold=True, align="left")
        told = str(count) if view.fresh else "-"
        pen.text(f"w{i}/c", x + width - 70, at, 70, 56, told, 30, ink, bold=True, align="right")
