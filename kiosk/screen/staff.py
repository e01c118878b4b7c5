"""The staff's page: large buttons, Lao and English, nothing to type but the PIN that led here."""

from kiosk import wishes as w
from kiosk.screen.frame import EDGE, GAP, TOUCH, Frame
from kiosk.staff import StaffTile, tiles
from kiosk.staff_state import Part
from onedoor.look.alarms import alarm
from onedoor.look.texts import LANGUAGES, say
from onedoor.look.theme import CHAMPA, LATERITE, LEAF, LINE, MUTED, NIGHT, PAPER, SAND, WHITE


def staff(f: Frame) -> None:
    """The page that is open."""
    pen, page = f.pen, f.view.staff
    pen.box("ground", 0, 0, pen.w, pen.h, PAPER)
    pen.image("head/i", EDGE, 26, 84, "icon-key", LEAF)
    f.both("ask", EDGE + 104, 18, pen.w * 0.5 - EDGE - 104, 104, "For the staff", 38, NIGHT, align="left")
    note = alarm(page.note.removeprefix("fault_")) if page.note else ""
    if note:
        pen.box("note", pen.w * 0.52, 24, pen.w * 0.48 - EDGE, 90, CHAMPA, radius=18)
        pen.text("note/t", pen.w * 0.52 + 16, 28, pen.w * 0.48 - EDGE - 32, 48, say("lo", note), 25, NIGHT, bold=True)
        pen.text("note/u", pen.w * 0.52 + 16, 76, pen.w * 0.48 - EDGE - 32, 32, note, 18, NIGHT)
    offered = tiles(page, f.catalogue, LANGUAGES)
    top = 140.0
    if page.page == "state":
        _state(f, page.parts, top, pen.h - TOUCH - 40)
        top = pen.h - TOUCH - 30
    for i, (lo, en) in enumerate(page.lines):
        _line(f, i, lo, en, top)
        top += 92
    columns = _columns(len(offered), tall=f.tall)
    rows = -(-len(offered) // columns)
    width = (pen.w - 2 * EDGE - GAP * (columns - 1)) / columns
    height = max(TOUCH, min(170.0, (pen.h - top - 20 - GAP * (rows - 1)) / rows))
    for i, tile in enumerate(offered):
        x, y = EDGE + (i % columns) * (width + GAP), top + (i // columns) * (height + GAP)
        _tile(f, tile, x, y, width, height)


def _state(f: Frame, parts: tuple[Part, ...], top: float, low: float) -> None:
    """Each part with a sign, how it is, and what to do; in two columns where there is room."""
    pen, across = f.pen, 1 if f.tall else 2
    rows = -(-len(parts) // across)
    width, high = (pen.w - 2 * EDGE - GAP * (across - 1)) / across, min(108.0, (low - top) / max(1, rows) - 8)
    for i, part in enumerate(parts):
        x, y = EDGE + i // rows * (width + GAP), top + i % rows * (high + 8)
        fill, line = {True: (WHITE, LEAF), False: (CHAMPA, LATERITE), None: (PAPER, LINE)}[part.good]
        pen.box(f"part{i}", x, y, width, high, fill, radius=16, line=line)
        if part.good is not None:
            ink = LEAF if part.good else LATERITE
            pen.image(f"part{i}/i", x + 14, y + (high - 44) / 2, 44, "icon-check" if part.good else "icon-warn", ink)
        left, room = x + 72, width - 84
        (name, told), (name_en, told_en) = part.line("lo"), part.line("en")
        lines = 3 if part.todo else 2
        tall = high / lines
        first = f"{name}: {told}" if told else name
        pen.text(f"part{i}/t", left, y, room, tall * 1.1, first, 21, NIGHT, bold=True, align="left")
        under = f"{name_en}: {told_en}" if told_en else name_en
        pen.text(f"part{i}/u", left, y + tall * 1.1, room, tall * 0.8, under, 14, NIGHT, align="left")
        if part.todo:
            todo = f"{say('lo', part.todo)} · {part.todo}"
            pen.image(f"part{i}/a", left, y + tall * 2.2, 20, "icon-right", NIGHT)
            at = y + tall * 1.95
            pen.text(f"part{i}/d", left + 28, at, room - 28, tall, todo, 16, NIGHT, bold=True, align="left", rows=2)


def _columns(count: int, *, tall: bool) -> int:
    if tall:
        return 4 if count > 16 else 2
    return 7 if count > 16 else 4 if count > 9 else 3


def _line(f: Frame, i: int, lo: str, en: str, y: float) -> None:
    """A text above the buttons, in Lao and English."""
    pen, room = f.pen, f.pen.w - 2 * EDGE
    pen.text(f"line{i}", EDGE, y, room, 54, lo, 32, NIGHT, bold=True, align="left")
    if en != lo:
        pen.text(f"line{i}/u", EDGE, y + 54, room, 30, en, 20, MUTED, align="left")


def _tile(f: Frame, tile: StaffTile, x: float, y: float, width: float, height: float) -> None:
    pen = f.pen
    fill = CHAMPA if tile.on else SAND if tile.key in ("back", "leave") else WHITE
    key = f"staff-{tile.key}"
    pen.box(key, x, y, width, height, fill, radius=20, line=LINE,
            touch=f.touch(key, w.StaffDo(tile.what, tile.value)))  # fmt: skip
    first = " ".join(part for part in (tile.plain, say("lo", tile.text)) if part)
    under = tile.under or " ".join(part for part in (tile.plain if tile.text else "", tile.text) if part)
    pen.text(f"{key}/t", x + 12, y + height * 0.12, width - 24, height * 0.48, first, 28, NIGHT, bold=True, rows=2)
    pen.text(f"{key}/u", x + 12, y + height * 0.62, width - 24, height * 0.28, under, 18, MUTED)
