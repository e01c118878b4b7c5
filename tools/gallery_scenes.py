"""The scenes of the gallery: every state of every screen, with sample data."""

import os
import tempfile
from pathlib import Path
from typing import Any

import kiosk_scenes
from kiosk_scenes import CALLED, WAITING
from PIL import Image, ImageDraw

from display.asking import Given
from display.board import BoardView, DayLine, Line
from display.menu import CLOSING, Menu
from display.not_taken import TODO, Untaken
from display.own import Own
from display.panel_view import PanelView, Seat
from display.time_page import Offer, Told
from onedoor.device.catalogue import load_catalogue
from onedoor.device.clock import VirtualClock
from onedoor.device.config import ScreenConfig
from onedoor.hall.desk import At, Desk
from onedoor.hall.desk_undo import Last, Stood
from onedoor.wire.messages import Asked

SIZES = {
    **kiosk_scenes.SIZES,
    "board-1920x1080": (1920, 1080),
    "board-1080x1920": (1080, 1920),
    "panel-1024x600": (1024, 600),
    "panel-800x480": (800, 480),
}
TITLES = ("ສູນບໍລິການຜ່ານປະຕູດຽວ ເມືອງໄຊເສດຖາ", "One Door Service Center · Saysettha")
NINE = 1_795_228_920_000


def board_scenes() -> dict[str, BoardView]:
    """Every state of the board."""
    known, said = Told(NINE, known=True), Told(NINE)
    lines = tuple(Line(label, counter, 9 - i, 0) for i, (label, counter) in enumerate((*CALLED, ("A2-1022", "12"))))
    many = tuple(Line(f"A{i % 3 + 1}-{40 - i:03d}", str(i + 1), 40 - i, 0, recent=True) for i in range(9))
    day = DayLine(131, 110, 25, (("appointment", 1), ("priority", 2)))
    busy: dict[str, Any] = {"calls": lines, "loud": lines[0], "waiting": WAITING, "newest": 9, "day": day,
                            "sides": (("1", "left"), ("5", "down")), "time": known}  # fmt: skip
    return {
        "empty": BoardView(waiting=tuple((s, 0) for s, _ in WAITING), fresh=True, time=known),
        "said-time": BoardView(**(busy | {"time": said}), fresh=True),
        "no-time": BoardView(**(busy | {"time": Told()}), fresh=True),
        "stale-no-time": BoardView(**(busy | {"time": Told()}), fresh=False, lost_ms=-75_000),
        "busy": BoardView(**busy, fresh=True),
        "stale": BoardView(**busy, fresh=False, lost_ms=-75_000),
        "crowded": BoardView(**(busy | {"calls": many, "loud": many[3]}), fresh=True),
        "words": BoardView(**busy, fresh=True, back=("B2-031",), asked=(("A1-023", ("3", "5")),), ticker=TICKER),
        "unserved": BoardView(**busy, fresh=True, unserved=("land", "shop")),
        "unserved-many": BoardView(
            **busy,
            fresh=True,
            back=("B2-031", "A1-024", "L1-007"),
            asked=(("A1-023", ("3", "5")), ("L1-009", ("1", "2"))),
            unserved=("land", "counter/3", "cash", "clerk/s1", "counter/ຫ້ອງ3", "shop", "house", "id"),
            unserved_more=4,
        ),
        "picture": BoardView(**busy, fresh=True, picture=photo()),
        "night": BoardView(asleep=True, fresh=True, time=known),
        "night-no-time": BoardView(asleep=True, fresh=True),
    }


TICKER = "ວັນສຸກນີ້ ສູນປິດເຄິ່ງມື້ · This Friday the center is open in the morning only"


def photo() -> str:
    """A picture as a center might put into the board's folder."""
    path = Path(tempfile.mkdtemp()) / "welcome.jpg"
    image = Image.new("RGB", (1600, 1000), "#7FA8C9")
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 1000), (500, 380), (820, 700), (1150, 300), (1600, 820), (1600, 1000)], fill="#3F6B4F")
    draw.ellipse([1180, 90, 1360, 270], fill="#F5D76E")
    image.save(path, quality=90)
    return str(path)


REACH = (
    ("clerk/noy", True), *((f"counter/{n}", n % 4 != 0) for n in range(1, 41) if n != 3), ("counter/ຫ້ອງ3", True),
)  # fmt: skip


def undoable(what: str, label: str, **desk: Any) -> Desk:
    """A counter at which this can be taken back."""
    return Desk(open=True, last=Last(what, label, 0, Stood()), **desk)


def panel_scenes() -> dict[str, PanelView]:
    """Every state of the panel."""
    first = Seat("A2-030", "id", 4, "P")
    seats = first, *(Seat(n, "id", m) for n, m in (("A1-024", 16), ("L1-009", 14), ("A2-025", 11), ("A1-026", 9)))
    at = {
        "counter": "3",
        "queues": ("id", "family", "land"),
        "open": True,
        "fresh": True,
        "since_ms": -252_000,
        "time": Told(NINE, known=True),
    }
    who = at | {"label": "A1-023", "service": "land", "line": seats, "waiting": 14, "waited_min": 18}
    unknown, said = at | {"time": Told()}, at | {"time": Told(NINE)}
    before = Asked("k1." + "a" * 16 + ".31", "A1-031", "A1-033", 3)
    unsure = tuple(Seat(s.label, s.service, None, s.cls, "of today?") for s in seats)
    return {
        "closed": PanelView("3", ("id", "family"), fresh=True),
        "free": PanelView(**at, line=seats, waiting=14),
        "nobody": PanelView(**at, nobody=True),
        "asking": PanelView(**at, at=At.ASKING, line=seats, waiting=14),
        "walking": PanelView(**who, at=At.WALKING),
        "serving": PanelView(**who, at=At.SERVING),
        "undo-call": PanelView(**who, at=At.WALKING, me=undoable("CallLabel", "A10-1023")),
        "undo-park": PanelView(**at, line=seats, waiting=14, me=undoable("WalkIn", "A10-1023")),
        "undo-pause": PanelView(**at, paused="break", line=seats, waiting=14, me=undoable("Pause", "")),
        "undo-more": PanelView(**who, menu=Menu("more"), me=undoable("Start", "A1-023", at=At.SERVING)),
        "closing": PanelView(**who, at=At.SERVING, menu=Menu(CLOSING), me=Desk(open=True, at=At.SERVING)),
        "closing-walking": PanelView(**who, at=At.WALKING, menu=Menu(CLOSING), me=Desk(open=True, at=At.WALKING)),
        "not-taken": PanelView(**who, at=At.SERVING, not_taken=Untaken("Finish")),
        "not-taken-full": PanelView(**at, line=seats, waiting=14, not_taken=Untaken("Without a ticket", TODO["full"])),
        "not-taken-time": PanelView(**who, at=At.SERVING, not_taken=Untaken("Note to the head", TODO["time"])),
        "number-lost": PanelView(**at, line=seats, waiting=14, alarms=(("k1", "lost:A1-027"),)),
        "any-counter": PanelView(**at, alarms=(("hub", "unserved:any/counter"), ("hub", "box_names:k1"))),
        "not-started": PanelView(**who, at=At.WALKING, refusal="not_started"),
        "code-used": PanelView(**at, line=(Seat("A1-024", "id", 16, note="code used before"), *seats[1:]), waiting=14),
        "unserved": PanelView(**at, line=seats, waiting=14, alarms=(("land", "unserved"), ("counter/7", "unserved"))),
        "unserved-more": PanelView(**at, line=seats, waiting=14, alarms=(("+7", "unserved_more"),)),
        "renumbered": PanelView(**at, line=seats, waiting=14, alarms=(("counter/ຫ້ອງ3", "becomes"),)),
        "aside": PanelView(**(at | {"open": False}), refusal="number_taken", me=Desk(open=True, aside=True)),
        "refused": PanelView(**at, refusal="reason_missing", line=seats, waiting=14),
        "paused": PanelView(**at, paused="break", line=seats, waiting=14),
        "more-free": PanelView(**at, menu=Menu("more"), me=Desk(open=True)),
        "more": PanelView(**who, menu=Menu("more"), me=Desk(open=True, at=At.SERVING)),
        "send": PanelView(**who, menu=Menu("send", first=True), me=Desk(open=True, at=At.SERVING), reach=REACH),
        "send-counter": PanelView(**who, menu=Menu("send_counter"), me=Desk(open=True, at=At.SERVING), reach=REACH),
        "park": PanelView(**who, menu=Menu("park"), me=Desk(open=True, at=At.SERVING)),
        "unfinished": PanelView(**who, menu=Menu("unfinished"), me=Desk(open=True, at=At.SERVING)),
        "number": PanelView(**at, menu=Menu("number", "A1-02"), me=Desk(open=True, parked=["L1-004"])),
        "why": PanelView(**at, menu=Menu("why", "A1-023"), me=Desk(open=True)),
        "walk-in": PanelView(**at, menu=Menu("walk_in"), me=Desk(open=True)),
        "booked": PanelView(**at, booked=("4821306007", NINE + 1_200_000), line=seats, waiting=14),
        "book-at": PanelView(**at, menu=Menu("book_at", "id"), me=Desk(open=True)),
        "promise": PanelView(**who, menu=Menu("promise"), me=Desk(open=True, at=At.SERVING, service="land")),
        "note": PanelView(**at, menu=Menu("note"), me=Desk(open=True)),
        "outside": PanelView(**at, menu=Menu("outside"), me=Desk(open=True)),
        "pause": PanelView(**at, menu=Menu("pause"), me=Desk(open=True)),
        "alarm": PanelView(**at, line=seats, waiting=14, alarms=(("k1", "help"), ("k1", "paper_out"))),
        "degraded": PanelView(**(who | {"fresh": False}), at=At.SERVING, degraded=True),
        "clerk": PanelView("3", ("id", "family"), fresh=True, menu=Menu("clerk"), clerks=("bee", "champa", "lotus")),
        "pin": PanelView("3", ("id",), fresh=True, menu=Menu("pin", "123", who="champa"), clerks=("champa",)),
        "pin-wrong": PanelView("3", ("id",), fresh=True, menu=Menu("pin", who="champa"), refusal="wrong_pin"),
        "own": PanelView(**who, at=At.SERVING, clerk="champa", mine=Own("2026-11-21", 31, 31 * 372_000, 31)),
        "notice": PanelView(**who, at=At.SERVING, notice="ປະຊຸມສັ້ນຫຼັງປິດຮັບ · Short meeting after closing"),
        "also": PanelView(**who, at=At.WALKING, also=("5",)),
        "restarted": PanelView(**(who | {"since_ms": None, "waited_min": None}), at=At.SERVING),
        "which-day": PanelView(**at, menu=Menu("which_day"), asks=before),
        "which-day-sure": PanelView(**at, menu=Menu("which_day"), asks=before, unsure=True),
        "answered": PanelView(**who, at=At.WALKING, given=Given(before, False, 0), given_told=True),
        "time-day": PanelView(**unknown, menu=Menu("time"), offer=Offer("2026-11-21", "2026-11-25 08:03")),
        "time-day-none": PanelView(**unknown, menu=Menu("time"), offer=Offer("2026-11-21")),
        "time-day-later": PanelView(**unknown, menu=Menu("time", "7"), offer=Offer("2026-11-21")),
        "time-said": PanelView(**said, menu=Menu("time"), offer=Offer("2026-11-21")),
        "time-hour": PanelView(**unknown, menu=Menu("hour", "2026-11-25")),
        "time-minute": PanelView(**unknown, menu=Menu("minute", "2026-11-25 08")),
        "time-sure": PanelView(**unknown, menu=Menu("sure", "2026-11-25 08:03")),
        "time-asked": PanelView(**unknown, ask_time=True, line=seats, waiting=14),
        "time-asked-again": PanelView(**said, ask_time=True, line=unsure, waiting=14),
        "time-clock": PanelView(**at, line=seats, waiting=14, alarms=(("hub", "clock"),)),
        "question": PanelView(**at, line=seats, waiting=14, question="Was the fee what the list says?"),
    }


def draw_all(out: Path, size: str) -> int:
    """Draw every scene of one size; 1 if a text had to shrink too much."""
    width, height = SIZES[size]
    from onedoor.screen.setup import prepare

    os.environ.pop("DISPLAY", None)
    prepare(ScreenConfig(width=width, height=height), "gallery", tempfile.mkdtemp())
    kind = size.partition("-")[0]
    clock = VirtualClock(NINE)
    catalogue = load_catalogue()
    screen: Any
    scenes: Any
    if kind == "kiosk":
        from kiosk.screen.draw import HEIGHT, KioskScreen

        screen, design = KioskScreen(catalogue, *TITLES, lambda _: None), HEIGHT
        scenes = kiosk_scenes.for_size(size)
    elif kind == "board":
        from display.screen.board import HEIGHT, BoardScreen

        screen, scenes, design = BoardScreen(catalogue, *TITLES, clock), board_scenes(), HEIGHT
    else:
        from display.screen.panel import HEIGHT, PanelScreen

        screen, scenes, design = PanelScreen(catalogue, clock, lambda _: None), panel_scenes(), HEIGHT
    return _shoot(out, size, screen.draw, scenes, design)


def _shoot(out: Path, size: str, draw: Any, scenes: Any, design: float) -> int:
    from kivy.base import EventLoop
    from kivy.core.window import Window

    from onedoor.screen.sheet import Sheet
    from onedoor.screen.stage import picture

    sheet = Sheet(draw, design)
    EventLoop.ensure_window()
    Window.add_widget(sheet)
    cut = 0
    for name, view in scenes.items():
        sheet.size = Window.size
        sheet.show(view)
        Window.canvas.ask_update()
        EventLoop.idle()
        EventLoop.idle()
        picture(str(out / f"{size}-{name}.png"))()
        for text in sheet.overflow:
            print(f"{size} {name}: too small to read: {text}")
            cut = 1
    return cut
