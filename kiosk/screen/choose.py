"""Choosing: the tiles of services and groups, and the keys of a code."""

from kiosk import wishes as w
from kiosk.flow import Screen
from kiosk.screen.frame import EDGE, GAP, TOUCH, Frame
from kiosk.session import APPOINTMENT_DIGITS, PIN_DIGITS, RECEIPT_DIGITS, can_end, pages, tiles
from onedoor.device.catalogue import Category, Service
from onedoor.hall.refusals import TEXTS, Refusal
from onedoor.look.theme import LATERITE, LEAF, LINE, MUTED, NIGHT, SAND, WHITE

SHORT_CODE = 6
"""Longer codes stand in groups."""


def services(f: Frame) -> None:
    """Up to eight tiles: services, groups, more of them, and "not here"."""
    category = next((c for c in f.catalogue.categories if c.id == f.view.session.category), None)
    plain = (category.name.of(f.lang), category.name.of(f.other)) if category else None
    top = f.head("What do you need today?", plain, category.pictogram if category else "")
    low = f.foot()
    shown = tiles(f.catalogue, f.view.session)
    more = pages(f.catalogue, f.view.session.category) > 1
    count = len(shown) + (2 if more else 1)
    columns = (4 if count > 6 else 3) if not f.tall else 2
    rows = -(-count // columns)
    width = (f.pen.w - 2 * EDGE - GAP * (columns - 1)) / columns
    height = min((low - top - GAP * (rows - 1)) / rows, 300.0)
    places = [
        (EDGE + (i % columns) * (width + GAP), top + (i // columns) * (height + GAP), width, height)
        for i in range(count)
    ]
    closed = dict(f.view.closed)
    for item, place in zip(shown, places, strict=False):
        _tile(f, item, place, closed.get(item.id, "") if isinstance(item, Service) else "")
    if more:
        _odd(f, "more", "More services", "more", w.Page(), places[-2])
    _odd(f, "not_here", "Not here?", "none", w.Missing(), places[-1])


def _tile(f: Frame, item: Service | Category, place: tuple[float, float, float, float], closed: str) -> None:
    pen, (x, y, width, height) = f.pen, place
    group = isinstance(item, Category)
    key = f"{'group' if group else 'service'}-{item.id}"
    wish = w.Open(item.id) if group else w.Choose(item.id)
    pen.box(key, x, y, width, height, SAND if closed else WHITE, radius=26, line=LINE,
            touch=None if closed else f.touch(key, wish, key.replace("-", "_", 1)))  # fmt: skip
    icon = min(108.0, height * 0.44)
    picture = "icon-clock" if closed else f"icon-{item.pictogram}"
    pen.image(f"{key}/i", x + (width - icon) / 2, y + height * 0.07, icon, picture, MUTED if closed else LEAF)
    ink = MUTED if closed else NIGHT
    name = item.name.of(f.lang)
    pen.text(f"{key}/n", x + 12, y + height * 0.53, width - 24, height * 0.29, name, 31, ink, bold=True, rows=2)
    below = f.say(TEXTS[Refusal(closed)]) if closed else item.name.of(f.other)
    pen.text(f"{key}/m", x + 12, y + height * 0.81, width - 24, height * 0.15, below, 20, MUTED)
    if group:
        pen.image(f"{key}/g", x + width - 46, y + 14, 30, "icon-right", MUTED)


def _odd(f: Frame, key: str, text: str, icon: str, wish: object, place: tuple[float, float, float, float]) -> None:
    x, y, width, height = place
    pen = f.pen
    pen.box(key, x, y, width, height, SAND, radius=26, line=LINE, touch=f.touch(key, wish, key))
    side = min(96.0, height * 0.4)
    pen.image(f"{key}/i", x + (width - side) / 2, y + height * 0.09, side, f"icon-{icon}", LEAF)
    f.both(f"{key}/n", x + 12, y + height * 0.54, width - 24, height * 0.42, text, 31, NIGHT, rows=2)


def keypad(f: Frame) -> None:
    """A code: of an appointment, of an earlier visit, or the staff's PIN."""
    pen, view = f.pen, f.view
    asked, digits = {
        Screen.CODE: ("Type the code of your appointment", APPOINTMENT_DIGITS),
        Screen.RECEIPT: ("Type the code on your receipt", RECEIPT_DIGITS),
    }.get(view.screen, ("Type the PIN", PIN_DIGITS))
    top, low = f.head(asked), f.foot()
    pin = view.screen is Screen.PIN
    typed = "•" * len(view.session.typed) if pin else view.session.typed
    shown = " ".join(typed.ljust(digits, "_"))
    if digits > SHORT_CODE:  # in the groups in which it is written down
        shown = "   ".join(" ".join(typed.ljust(digits, "_")[at:to]) for at, to in ((0, 3), (3, 6), (6, digits)))
    wide = not f.tall
    half = pen.w / 2 - EDGE
    if wide:
        pen.text("code", EDGE, top, half - 40, (low - top) * 0.7, shown, 72, NIGHT, bold=True)
    else:
        pen.text("code", EDGE, top, pen.w - 2 * EDGE, 120, shown, 72, NIGHT, bold=True)
        top += 130
    if view.pin_wrong:
        y = top + (low - top) * 0.62 if wide else top - 34
        pen.text("wrong", EDGE, y, half - 40 if wide else pen.w - 80, 60,
                 f.say("Wrong. After three tries wait five minutes."), 24, LATERITE, bold=True, rows=2)  # fmt: skip
    keys = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "<", "0", *(("=",) if can_end(view.session) else ()))
    columns = 4 if wide else 3
    rows = -(-len(keys) // columns)
    across = half if wide else min(560.0, pen.w - 2 * EDGE)
    x0 = pen.w / 2 if wide else (pen.w - across) / 2
    width = (across - GAP * (columns - 1)) / columns
    height = max(TOUCH, min(170.0, (low - top - GAP * (rows - 1)) / rows))
    for i, key in enumerate(keys):
        x, y = x0 + (i % columns) * (width + GAP), top + (i // columns) * (height + GAP)
        clip = {"<": "key_back", "=": "done"}.get(key, f"say_{key}")
        pen.box(f"key-{key}", x, y, width, height, SAND if key == "<" else WHITE, radius=20, line=LINE,
                touch=f.touch(f"key-{key}", w.Digit(key), clip))  # fmt: skip
        pen.text(f"key-{key}/t", x, y, width, height, "OK" if key == "=" else key, 44, NIGHT, bold=True)
