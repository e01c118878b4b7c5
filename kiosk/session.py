"""One citizen at the kiosk: where he is, and what every touch changes (pure).

Policy: `touched` takes a session and a wish and gives the next session, or None when the wish means nothing on this
screen. Nothing in here gives a number, prints, or knows the time; that is the kiosk's part. A new person begins with a
fresh session: language, modes and answers of the one before are forgotten.
"""

from dataclasses import dataclass, replace

from kiosk import wishes as w
from kiosk.flow import Act, Screen, step
from onedoor.device.catalogue import Catalogue, Category, Service
from onedoor.hall.rules import CLASS_ORDINARY
from onedoor.look.texts import LANGUAGES

APPOINTMENT_DIGITS = 10
FORMER_DIGITS = 5
"""Codes of appointments were once so short; whoever holds one says so by the last key, when it is typed."""
RECEIPT_DIGITS = 6
PIN_DIGITS = 6
KEYS = frozenset("0123456789<=")
TILES = 8
"""Places on one page; the last one is always "not here"."""


@dataclass(frozen=True, slots=True)
class Session:
    """Where one citizen is."""

    screen: Screen = Screen.WELCOME
    lang: str = "lo"
    place: tuple[str, ...] = ()
    page: int = 0
    service: str = ""
    intent: str = "submit"
    cls: str = CLASS_ORDINARY
    typed: str = ""
    appointment: str = ""
    receipt: str = ""
    large: bool = False
    contrast: bool = False
    low: bool = False
    voice: bool = False
    spoken: str = ""
    """What the voice named last: touched again, it acts."""

    @property
    def category(self) -> str:
        """The group whose services are shown; none on the first page."""
        return self.place[-1] if self.place else ""


def moved(session: Session, act: Act) -> Session | None:
    """The session after an act of the table, or None if it means nothing here."""
    after = step(session.screen, act)
    if after is None:
        return None
    if after is Screen.WELCOME:
        return Session()
    return replace(session, screen=after, typed="", spoken="")


def touched(session: Session, wish: object, catalogue: Catalogue) -> Session | None:
    """The session after a touch that only leads on, or None."""
    match wish:
        case w.Speak(lang) if lang in LANGUAGES:
            spoken = replace(session, lang=lang)
            return moved(spoken, Act.BEGIN) if session.screen is Screen.WELCOME else spoken
        case w.Begin():
            return moved(session, Act.BEGIN)
        case w.Mode(name) if name in ("large", "contrast", "low", "voice"):
            return _switched(session, name)
        case w.Home():
            return moved(session, Act.HOME)
        case w.Done():
            return moved(session, Act.DONE)
        case w.AskPin():
            return moved(session, Act.PIN)
        case w.Missing():
            return moved(session, Act.MISSING)
        case w.Help():
            return moved(session, Act.HELP)
        case w.Code():
            return moved(session, Act.RECEIPT if session.intent == "collect" else Act.CODE)
        case w.Digit(key):
            return _typed(session, key)
        case w.Back():
            return _back(session)
        case w.Open(category) if any(c.id == category for c in catalogue.categories):
            opened = moved(session, Act.OPEN)
            return replace(opened, place=(*session.place, category), page=0) if opened else None
        case w.Page() if session.screen is Screen.SERVICES:
            return replace(session, page=(session.page + 1) % pages(catalogue, session.category), spoken="")
    return _chosen(session, wish, catalogue)


def _switched(session: Session, mode: str) -> Session:
    """One way of showing on, or off."""
    return replace(
        session,
        spoken="",
        large=session.large != (mode == "large"),
        contrast=session.contrast != (mode == "contrast"),
        low=session.low != (mode == "low"),
        voice=session.voice != (mode == "voice"),
    )


def _chosen(session: Session, wish: object, catalogue: Catalogue) -> Session | None:
    """A service, and what is said about it."""
    match wish:
        case w.Choose(name) if (service := catalogue.get(name)) is not None:
            chosen = moved(session, Act.CHOOSE)
            intent = service.intents[0] if service.intents else "submit"
            return replace(chosen, service=name, intent=intent, receipt="", appointment="") if chosen else None
        case w.Want(intent) if session.screen is Screen.CONFIRM:
            service = catalogue.get(session.service)
            known = service is not None and intent in service.intents
            return replace(session, intent=intent, spoken="") if known else None
        case w.SayClass(cls) if session.screen in (Screen.CONFIRM, Screen.SERVICES):
            known = any(c.id == cls for c in catalogue.classes)
            return replace(session, cls=cls if known else CLASS_ORDINARY, spoken="")
    return None


def can_end(session: Session) -> bool:
    """Whether what is typed may be a whole code of before."""
    return session.screen is Screen.CODE and FORMER_DIGITS <= len(session.typed) < APPOINTMENT_DIGITS


def _typed(session: Session, key: str) -> Session | None:
    """A key of a code; the last one leads on."""
    room = {Screen.CODE: APPOINTMENT_DIGITS, Screen.RECEIPT: RECEIPT_DIGITS, Screen.PIN: PIN_DIGITS}.get(session.screen)
    if room is None or key not in KEYS:
        return None
    if key == "=":
        typed, whole = session.typed, can_end(session)
    else:
        typed = session.typed[:-1] if key == "<" else (session.typed + key)[:room]
        whole = len(typed) == room
    if not whole or session.screen is Screen.PIN:
        return replace(session, typed=typed, spoken="")
    coded = moved(session, Act.CODED)
    if coded is None:
        return None
    return replace(coded, appointment=typed) if session.screen is Screen.CODE else replace(coded, receipt=typed)


def _back(session: Session) -> Session | None:
    """One screen back; among the services, one level up first."""
    if session.screen is Screen.SERVICES and session.place:
        return replace(session, place=session.place[:-1], page=0, spoken="")
    if session.screen is Screen.SERVICES and session.page:
        return replace(session, page=0, spoken="")
    return moved(session, Act.BACK)


# -- what the tiles of a page are -----------------------------------------------------------------------


def entries(catalogue: Catalogue, category: str) -> list[Service | Category]:
    """What stands on a page of services, in the catalogue's order.

    On the first page: all services if they fit; else the common ones, then the groups that hold others.
    """
    if category:
        below: list[Service | Category] = [s for s in catalogue.services if s.category == category]
        return below + [c for c in catalogue.categories if c.parent == category and holds(catalogue, c.id)]
    if len(catalogue.services) < TILES:
        return list(catalogue.services)
    common = [s for s in catalogue.services if s.common]
    rest = [s for s in catalogue.services if not s.common]
    groups = [c for c in catalogue.categories if not c.parent and any(within(catalogue, s, c.id) for s in rest)]
    loose = [s for s in rest if not any(within(catalogue, s, c.id) for c in groups)]
    return [*common, *loose, *groups]


def within(catalogue: Catalogue, service: Service, category: str) -> bool:
    """Whether a service belongs to a group, or to a group inside it."""
    parents = {c.id: c.parent for c in catalogue.categories}
    at = service.category
    for _ in range(len(parents) + 1):
        if at == category:
            return True
        at = parents.get(at, "")
    return False


def holds(catalogue: Catalogue, category: str) -> bool:
    """Whether there is any service in a group."""
    return any(within(catalogue, s, category) for s in catalogue.services)


def pages(catalogue: Catalogue, category: str) -> int:
    """How many pages of tiles there are; one place a page is for "not here", one for "more" if there are several."""
    count = len(entries(catalogue, category))
    return 1 if count < TILES else -(-count // (TILES - 2))


def tiles(catalogue: Catalogue, session: Session) -> list[Service | Category]:
    """The tiles of the page that is shown."""
    found = entries(catalogue, session.category)
    if pages(catalogue, session.category) == 1:
        return found
    first = session.page * (TILES - 2)
    return found[first : first + TILES - 2]
