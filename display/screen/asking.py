"""Pages of the counter panel on which the center asks its clerk: whose day some people are of, and what time it is."""

from collections.abc import Callable

from display.asking import names
from display.menu import Tile
from display.panel_view import PanelView
from display.time_page import spoken
from onedoor.hall.hours import spelled_minute
from onedoor.look.texts import say
from onedoor.look.theme import CHAMPA, LATERITE, LEAF, LINE, MUTED, NIGHT, SAND, WHITE
from onedoor.screen.pen import Pen

ASK = "Nobody knows the time. Touch here to say it."
WHOSE = "Did these people come today?"
BEFORE = "They have numbers from before the power cut. Ask the hall; nobody is lost by Yes."
TWICE = "No-show again means: not of today."
STEPS = {
    "time": "Which day is it?", "hour": "Which hour is it?", "minute": "Which minute is it?",
}  # fmt: skip


def draw_question(pen: Pen, view: PanelView, offered: list[Tile], press: Callable[[object], None]) -> None:
    """Are these people of today? Who they are stands large, the two answers are as large as NEXT."""
    asks, w = view.asks, pen.w - 36
    if asks is not None:
        people = say("lo", "person" if asks.count == 1 else "people")
        pen.box("ask", 18, 76, w, 206, WHITE, radius=22, line=LINE)
        pen.text("ask/n", 38, 84, w - 40, 84, names(asks), 58, NIGHT, bold=True)
        pen.text("ask/c", 38, 166, w - 40, 34, f"{asks.count} {people} · {say('lo', WHOSE)}", 22, NIGHT, bold=True)
        hint = TWICE if view.unsure else BEFORE
        ink = LATERITE if view.unsure else MUTED
        pen.text("ask/h", 38, 202, w - 40, 36, say("lo", hint), 18, ink, bold=view.unsure)
        pen.text("ask/i", 38, 240, w - 40, 30, hint if view.unsure else f"{WHOSE} {hint}", 15, ink)
    half = (w - 12) / 2
    for i, tile in enumerate(offered[:2]):
        x, yes = 18 + i * (half + 12), i == 0
        pen.box(f"menu-{tile.key}", x, 296, half, 190, LEAF if yes else CHAMPA, radius=22,
                touch=lambda wish=tile.wish: press(wish))  # type: ignore[misc]  # fmt: skip
        ink = WHITE if yes else NIGHT
        pen.text(f"menu/{i}/t", x + 12, 312, half - 24, 96, say("lo", tile.text), 44, ink, bold=True)
        pen.text(f"menu/{i}/u", x + 12, 412, half - 24, 48, tile.text, 22, ink)
    back = offered[-1]
    pen.box("menu-back", 18, 500, w, 84, SAND, radius=18, line=LINE, touch=lambda: press(back.wish))
    pen.text("menu/b/t", 24, 504, w - 12, 46, say("lo", back.text), 22, NIGHT, bold=True)
    pen.text("menu/b/u", 24, 548, w - 12, 28, back.text, 14, MUTED)


def draw_heading(pen: Pen, view: PanelView, mono_ms: int, top: float) -> float:
    """Above the tiles on which the time is said: what is believed, and what is asked; where the tiles begin."""
    w, menu = pen.w - 36, view.menu
    if menu.page == "sure":
        pen.text("step", 18, top, w, 72, f"{spoken('lo', menu.typed)}?", 46, NIGHT, bold=True)
        pen.text("step/e", 18, top + 72, w, 42, f"{spoken('en', menu.typed)}?", 26, NIGHT)
        return top + 124
    said = {"hour": spoken, "minute": lambda lang, day: f"{spoken(lang, day[:10])}, {day[11:]}:…"}.get(menu.page)
    for lang, y, h, size in (("lo", top, 44, 28), ("en", top + 42, 30, 17)):
        step = say(lang, STEPS[menu.page])
        begun = f"{said(lang, menu.typed)} · " if said is not None else _believed(view, mono_ms, lang)
        ink = NIGHT if lang == "lo" else MUTED
        pen.text(f"step/{lang}", 18, y, w, h, begun + step, size, ink, bold=lang == "lo")
    return top + 80


def _believed(view: PanelView, mono_ms: int, lang: str) -> str:
    """What is known about the time, in words."""
    at_ms = view.time.at(mono_ms)
    if at_ms is None:
        return f"{say(lang, 'Nobody knows the time.')} "
    how = "This is known:" if view.time.known else "One person said:"
    return f"{say(lang, how)} {spoken(lang, spelled_minute(at_ms, view.time.zone))}. "
