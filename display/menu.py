"""The panel's second page: everything that is not part of the common day (pure).

A page is a list of tiles; each tile means another page, a key typed, or an action of `onedoor.hall.desk`. What a page
offers follows from what the counter is doing: nothing is offered that would be refused at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from display.asking import AnswerDay, TakeBack, names
from display.names import queue_name
from display.time_page import NOTHING, PAGES, Offer, SayTime, Turn, back_from, choices
from onedoor.device.catalogue import Catalogue
from onedoor.hall import desk
from onedoor.hall.desk import HERE, INCOMPLETE, OUT_OF_ORDER, PAUSES, Action, At, Desk
from onedoor.hall.desk_undo import WORDS, Last
from onedoor.look.texts import say
from onedoor.wire.messages import Asked

MINUTES = (0, 5, 10, 15, 30)
UNITS = (("days", 1_440), ("hours", 60), ("min", 1))
AHEAD_MIN = (10, 20, 30, 60, 120, 180, 1_440, 2_880)
PROMISED_DAYS = (1, 3, 5, 7, 15, 30)
OUTSIDE = (0, 5, 10, 15, 20, 30, 40, 60, 80)
NOTES = (
    "Paper is running out", "The printer does not work", "The computer system does not work",
    "I need help at my counter", "Too many people are waiting", "Somebody complained",
)  # fmt: skip
SEND_TO = {"send_counter": ("counter/", "To a counter"), "send_clerk": ("clerk/", "To a clerk")}
"""The pages on which one counter, or one clerk, is chosen; with what their queues begin."""
SENDS = ("send", *SEND_TO)
TYPED_MOST = 10
WHICH_DAY = "which_day"
CLOSING = "closing"
"""The page that asks what becomes of the person at a counter that is to close."""
PIN_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Menu:
    """Which page is open ("": none) and what has been typed on it."""

    page: str = ""
    typed: str = ""
    first: bool = False
    who: str = ""
    """Which clerk is signing in."""


@dataclass(frozen=True, slots=True)
class Go:
    """Open a page."""

    page: str


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the page on which a number is typed; "<" takes the last one back."""

    key: str


@dataclass(frozen=True, slots=True)
class First:
    """Send on before the others, or not."""


@dataclass(frozen=True, slots=True)
class ForService:
    """An appointment for this service."""

    service: str


@dataclass(frozen=True, slots=True)
class BookIn:
    """An appointment so many minutes from now; the panel makes its code."""

    service: str
    minutes: int


@dataclass(frozen=True, slots=True)
class AsClerk:
    """This clerk wants to sign in."""

    who: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """With this PIN."""

    who: str
    pin: str


@dataclass(frozen=True, slots=True)
class Promise:
    """Done, and the result is ready in so many days; the panel makes a date of it."""

    days: int


MenuWish = Go | Key | First | ForService | AsClerk | Turn


@dataclass(frozen=True, slots=True)
class Tile:
    """Something to touch. `text` is English and the key of its translation; `plain` is not translated, and `under`
    stands below it.
    """

    key: str
    wish: MenuWish | BookIn | Promise | SignIn | AnswerDay | TakeBack | SayTime | Action
    text: str = ""
    plain: str = ""
    under: str = ""
    on: bool = False


def after(menu: Menu, wish: MenuWish) -> Menu:
    """The menu after a touch."""
    match wish:
        case Go(page):
            return Menu(page, menu.typed if page == "why" else "", first=menu.first and page in SENDS)
        case Turn(page, typed):
            return Menu(page, typed)
        case ForService(service):
            return Menu("book_at", service)
        case First():
            return replace(menu, first=not menu.first)
        case AsClerk(who):
            return Menu("pin", who=who)
        case Key("<"):
            return replace(menu, typed=menu.typed[:-1])
        case Key(key):
            return replace(menu, typed=(menu.typed + key)[:TYPED_MOST])
    raise TypeError(wish)


@dataclass(frozen=True, slots=True)
class Beside:
    """What a page may need besides the counter itself: who may sign in, what can be said about the time, whose day is
    asked about, the answer that can be taken back (about whom, and whether it was "of today"), and the counters and
    clerks to whom people can be sent (as queues; whether somebody calls from there).
    """

    clerks: tuple[str, ...] = ()
    time: Offer = NOTHING
    asks: Asked | None = None
    given: tuple[Asked, bool] | None = None
    reach: tuple[tuple[str, bool], ...] = ()


def tiles(menu: Menu, me: Desk, catalogue: Catalogue, beside: Beside | None = None) -> list[Tile]:
    """What the open page offers; its last tile leads back."""
    beside = beside or Beside()
    if menu.page in PAGES:
        picks = choices(menu.page, menu.typed, beside.time)
        turn = back_from(menu.page, menu.typed)
        last = Tile("back", turn, "Back") if turn is not None else Tile("back", Go(""), "Later")
        return [*(Tile(c.key, c.wish, c.text, c.plain, c.under, c.on) for c in picks), last]
    if menu.page == WHICH_DAY:
        yes = Tile("yes", AnswerDay(today=True), "Yes, of today")
        no = Tile("no", AnswerDay(today=False), "No, not of today")
        return [yes, no, Tile("back", Go(""), "Back")]
    if menu.page == "clerk":
        return [*(Tile(f"clerk-{who}", AsClerk(who), plain=who) for who in beside.clerks), Tile("back", Go(""), "Back")]
    if menu.page in SEND_TO:
        return [*_send_to(menu, catalogue, beside), Tile("back", Go("send"), "Back")]
    found = {
        "more": _more, "send": _send, "park": _park, "unfinished": _unfinished, "number": _number, "why": _why,
        "walk_in": _walk_in, "pause": _pause, "book": _book, "book_at": _book_at,
        "promise": _promise, "note": _note, "outside": _outside, "pin": _pin, CLOSING: _closing,
    }[menu.page](menu, me, catalogue)  # fmt: skip
    back = {"more": "", CLOSING: "", "why": "number", "book_at": "book", "pin": "clerk"}.get(menu.page, "more")
    more = _also_more(beside) if menu.page == "more" else _also_send(beside) if menu.page == "send" else ()
    return [*found, *more, Tile("back", Go(back), "Back")]


def _also_more(beside: Beside) -> Iterator[Tile]:
    yield Tile("time", Go("time"), "Time")
    if beside.given is not None:
        yield Tile("take-back", TakeBack(), "Take back", plain=f"{names(beside.given[0])}:")


def _also_send(beside: Beside) -> Iterator[Tile]:
    for page, (start, text) in SEND_TO.items():
        if any(queue.startswith(start) for queue, _ in beside.reach):
            yield Tile(page, Go(page), text)


def _more(_menu: Menu, me: Desk, _catalogue: Catalogue) -> Iterator[Tile]:
    if me.at in HERE:
        yield Tile("send", Go("send"), "Send on")
        yield Tile("park", Go("park"), "Park")
        if me.at == At.SERVING:
            yield Tile("unfinished", Go("unfinished"), "Unfinished")
            yield Tile("promise", Go("promise"), "Finish, result later")
    elif not me.paused:
        yield Tile("number", Go("number"), "Call a number")
        yield Tile("walk_in", Go("walk_in"), "Without a ticket")
        yield Tile("roll", desk.NextOnRoll(), "Roll")
        yield Tile("book", Go("book"), "Appointment")
        yield Tile("pause", Go("pause"), "Pause")
        yield Tile("outside", Go("outside"), "Waiting outside")
    yield Tile("note", Go("note"), "Note to the head")
    if me.last is not None:
        lao = f"{say('lo', 'Undo')}: {undo_text(me.last, 'lo')}"
        yield Tile("undo", desk.Undo(), plain=lao, under=f"Undo: {undo_text(me.last)}")


def undo_text(last: Last, lang: str = "") -> str:
    """What Undo takes back, in a few words: the button that was pressed, and whom it was about."""
    word = WORDS[last.what]
    return " ".join(part for part in (say(lang, word) if lang else word, last.label) if part)


def _closing(_menu: Menu, me: Desk, _catalogue: Catalogue) -> Iterator[Tile]:
    """Nobody is lost by closing: who is being served has been served then, who never came is missed."""
    if me.at == At.SERVING:
        yield Tile("close-done", desk.Close("done"), "Finish and close")
    elif me.at == At.WALKING:
        yield Tile("close-no_show", desk.Close("no_show"), "Nobody came: no-show and close")
        yield Tile("close-start", desk.Start(), "The person is here: Start")
    else:
        yield Tile("close", desk.Close(), "Close counter")
    yield Tile("send", Go("send"), "Send on")


def _send(menu: Menu, _me: Desk, catalogue: Catalogue) -> Iterator[Tile]:
    place = "first" if menu.first else "keep"
    for queue in sorted(catalogue.all_queues()):
        name, under = (catalogue.queue_name(queue, lang) for lang in ("lo", "en"))
        yield Tile(f"queue-{queue}", desk.Transfer(queue, place), plain=name, under=under)
    yield Tile("first", First(), "first", on=menu.first)


def _send_to(menu: Menu, catalogue: Catalogue, beside: Beside) -> Iterator[Tile]:
    """One counter, or one clerk. Who is sent to a closed one waits until it opens."""
    start, place = SEND_TO[menu.page][0], "first" if menu.first else "keep"
    for queue, is_open in beside.reach:
        if queue.startswith(start):
            lao, english = queue_name(catalogue, queue)
            if not is_open:
                lao, english = f"{lao} · {say('lo', 'closed')}", f"{english} · closed"
            yield Tile(f"queue-{queue}", desk.Transfer(queue, place), plain=lao, under=english)
    yield Tile("first", First(), "first", on=menu.first)


def _park(*_: object) -> Iterator[Tile]:
    for minutes in MINUTES:
        until = ("min", str(minutes)) if minutes else ("until called by number", "")
        yield Tile(f"park-{minutes}", desk.Park(minutes), *until)


def _unfinished(*_: object) -> Iterator[Tile]:
    yield from (Tile(f"because-{why}", desk.End("incomplete", why), why) for why in INCOMPLETE)


def _number(menu: Menu, me: Desk, catalogue: Catalogue) -> Iterator[Tile]:
    for label in me.parked[-4:]:
        yield Tile(f"parked-{label}", desk.CallLabel(label), plain=label)
    letters = sorted({s.prefix for s in catalogue.services})
    for key in (*letters, *"1234567890", "-", "<"):
        yield Tile(f"key-{key}", Key(key), plain=key)
    if menu.typed:
        yield Tile("call", Go("why"), "Call a number", on=True)
        yield Tile("requeue", desk.Requeue(menu.typed), "Waits again", on=True)
    if menu.typed.isdigit():
        yield Tile("set-roll", desk.SetRoll(int(menu.typed)), "New roll", on=True)


def _pin(menu: Menu, *_: object) -> Iterator[Tile]:
    for key in "1234567890<":
        full = len(menu.typed) == PIN_DIGITS - 1 and key != "<"
        yield Tile(f"key-{key}", SignIn(menu.who, menu.typed + key) if full else Key(key), plain=key)


def _why(menu: Menu, *_: object) -> Iterator[Tile]:
    yield Tile("because-back", desk.CallLabel(menu.typed), "returned")
    yield from (Tile(f"because-{why}", desk.CallLabel(menu.typed, why), why) for why in OUT_OF_ORDER)


def _walk_in(menu: Menu, _me: Desk, catalogue: Catalogue) -> Iterator[Tile]:
    for service in catalogue.services:
        yield Tile(
            f"for-{service.id}", desk.WalkIn(service.id, menu.typed), plain=service.name.lo, under=service.name.en
        )


def _book(_menu: Menu, _me: Desk, catalogue: Catalogue) -> Iterator[Tile]:
    for service in catalogue.services:
        yield Tile(f"for-{service.id}", ForService(service.id), plain=service.name.lo, under=service.name.en)


def _book_at(menu: Menu, *_: object) -> Iterator[Tile]:
    for minutes in AHEAD_MIN:
        unit, of = next((unit, of) for unit, of in UNITS if minutes >= of)
        yield Tile(f"in-{minutes}", BookIn(menu.typed, minutes), unit, str(minutes // of))


def _promise(_menu: Menu, me: Desk, catalogue: Catalogue) -> Iterator[Tile]:
    service = catalogue.get(me.service)
    usual = service.days if service else 0
    for days in sorted({*PROMISED_DAYS, usual} - {0}):
        yield Tile(f"days-{days}", Promise(days), "days", str(days), on=days == usual)


def _note(*_: object) -> Iterator[Tile]:
    yield from (Tile(f"note-{i}", desk.Note(text), text) for i, text in enumerate(NOTES, 1))


def _outside(*_: object) -> Iterator[Tile]:
    yield from (Tile(f"outside-{count}", desk.CountOutside(count), plain=str(count)) for count in OUTSIDE)


def _pause(*_: object) -> Iterator[Tile]:
    yield from (Tile(f"because-{why}", desk.Pause(why), why) for why in PAUSES)
