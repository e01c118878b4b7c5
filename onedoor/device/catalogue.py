"""The services of a center, as data: nothing of them is in code.

Two files. The national one is the same everywhere: versioned, signed with Ed25519, read and never written by a center.
The center's own file stands on top: what it adds, what it switches off, its hours. It can never change a fee or
anything else that the law says. What ships is SAMPLE data, and every figure in it says where it comes from.
"""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, structs

from onedoor.device.config import Checked, ConfigError, Finding, Name, check
from onedoor.device.sealing import signed_by
from onedoor.device.small_file import read_plain, read_words
from onedoor.look.texts import INSTEAD

LETTERS = "ABCDEFHJLNPRTUY"
"""Letters that a seven-segment digit can show, some of them small, and that cannot be taken for a digit."""

Prefix = Annotated[str, Meta(pattern=f"^[{LETTERS}]$", description=f"One of {' '.join(LETTERS)}.")]
Amount = Annotated[int, Meta(ge=0, le=10**12, description="A whole number, 0 or more.")]
Minutes = Annotated[int, Meta(ge=0, le=600, description="Minutes, 0 to 600.")]
Window = Annotated[
    str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d$", description="For example 08:00-12:00.")
]
Source = Annotated[str, Meta(min_length=1, description='Where the figure comes from, or "SAMPLE".')]
Intent = Literal["submit", "ask", "collect"]
ClassLetter = Annotated[str, Meta(pattern="^[A-Z]$", description="One capital letter.")]


class Text(Struct, frozen=True):
    """One text, in Lao and English always, in the others where somebody has written it."""

    lo: str
    en: str
    vi: str = ""
    zh: str = ""
    th: str = ""
    hmn: str = ""
    kjg: str = ""

    def of(self, lang: str) -> str:
        """The text in a language; where it has not been written, in one that its readers can read, or English."""
        return getattr(self, lang, "") or getattr(self, INSTEAD.get(lang, "en"), "") or self.en


class Fee(Struct, frozen=True):
    """One line of what is to be paid. `rate_day`: the day of the rate at which a foreign amount is collected in kip."""

    amount: Amount
    name: Text
    source: Source
    currency: Literal["LAK", "USD", "THB"] = "LAK"
    rate_day: str = ""


class Ministry(Struct, frozen=True):
    """Who owns services; names change, ids do not."""

    id: Name
    name: Text


class Category(Struct, frozen=True):
    """A group of services, or of groups."""

    id: Name
    name: Text
    pictogram: Name
    parent: str = ""


class Queue(Struct, frozen=True):
    """A queue that is a later step of some service."""

    id: Name
    name: Text


class PriorityClass(Struct, frozen=True):
    """A class of people and its credit in minutes."""

    id: ClassLetter
    credit_min: Minutes
    name: Text


class Service(Struct, frozen=True):
    """One service. Fees per line, `days` until the result is promised, the wait and the service time it is judged by.

    `route` names the queues of its legs; without one it has a single leg in the queue of its own name. `windows`, if
    any, are the times of day at which tickets are given; `cut_off_min` ends that so long before each window does.
    `priority` names the classes that count here (none: all of them). A `common` one stands on the kiosk's first page.
    """

    id: Name
    prefix: Prefix
    pictogram: Name
    name: Text
    papers: list[Text] = []
    fees: list[Fee] = []
    days: Annotated[int, Meta(ge=0, le=3650)] = 0
    instrument: str = ""
    ministry: str = ""
    category: str = ""
    standard_wait_min: Annotated[int, Meta(ge=1, le=600)] = 25
    standard_service_min: Annotated[int, Meta(ge=1, le=600)] = 8
    route: list[Name] = []
    intents: list[Intent] = msgspec.field(default_factory=lambda: ["submit", "ask", "collect"])
    windows: list[Window] = []
    daily_limit: Annotated[int, Meta(ge=0, le=100_000)] = 0
    cut_off_min: Minutes = 0
    priority: list[ClassLetter] = []
    common: bool = False
    source: str = ""

    @property
    def queue(self) -> str:
        """The queue of its first leg."""
        return self.route[0] if self.route else self.id

    @property
    def fee_kip(self) -> int:
        """What is to be paid in kip; amounts in other currencies are listed one by one."""
        return sum(fee.amount for fee in self.fees if fee.currency == "LAK")


class Catalogue(Struct, frozen=True):
    """All services of a center, in the order of the kiosk's tiles."""

    version: str
    services: Annotated[list[Service], Meta(min_length=1, max_length=60)]
    ministries: list[Ministry] = []
    categories: list[Category] = []
    queues: list[Queue] = []
    classes: list[PriorityClass] = []

    def get(self, service_id: str) -> Service | None:
        """A service by its id."""
        return next((s for s in self.services if s.id == service_id), None)

    def all_queues(self) -> frozenset[str]:
        """Every queue of every service."""
        return frozenset(q for s in self.services for q in (s.route or [s.id]))

    def queue_name(self, queue: str, lang: str) -> str:
        """What a queue is called: by its own name, or as the service that begins in it."""
        own = next((q.name for q in self.queues if q.id == queue), None)
        service = next((s.name for s in self.services if s.queue == queue), None)
        text = own or service
        return text.of(lang) if text else queue


class Switch(Struct, frozen=True):
    """What a center may choose for a national service."""

    windows: list[Window] | None = None
    daily_limit: Annotated[int, Meta(ge=0, le=100_000)] | None = None
    cut_off_min: Minutes | None = None
    standard_wait_min: Annotated[int, Meta(ge=1, le=600)] | None = None
    standard_service_min: Annotated[int, Meta(ge=1, le=600)] | None = None


class Week(Struct, frozen=True):
    """The open windows of each weekday; none: closed."""

    monday: list[Window] = []
    tuesday: list[Window] = []
    wednesday: list[Window] = []
    thursday: list[Window] = []
    friday: list[Window] = []
    saturday: list[Window] = []
    sunday: list[Window] = []


class SpecialDay(Struct, frozen=True):
    """A holiday (no windows), a day with partial staff (fewer), or a weekend day that is made up."""

    date: Annotated[str, Meta(pattern=r"^\d\d/\d\d/\d{4}$", description="As people write it: 14/04/2027.")]
    name: str
    windows: list[Window] = []


class Choice(Struct, frozen=True):
    """The rules that a center may choose; see `onedoor.hall.rules`."""

    guard_min: Minutes = 60
    next_leg: Literal["keep", "new"] = "keep"
    returned: Literal["keep", "new"] = "keep"
    returned_within_min: Minutes = 30
    early_min: Minutes = 30
    late_min: Minutes = 15
    close_after_min: Minutes = 60
    roll: tuple[int, int] = (1, 99)


class LocalFile(Struct, frozen=True):
    """A center's own file."""

    version: str = ""
    off: list[Name] = []
    switches: dict[str, Switch] = {}
    services: list[Service] = []
    categories: list[Category] = []
    queues: list[Queue] = []
    credit_min: dict[str, Minutes] = {}
    hours: Week | None = None
    days: list[SpecialDay] = []
    rules: Choice = Choice()


class CenterBook(Struct, frozen=True):
    """Both files read together: the services as this center gives them, and the center's own choices."""

    catalogue: Catalogue
    local: LocalFile


def load_catalogue(path: str = "", local: str = "", key: str = "") -> Catalogue:
    """Both files as one catalogue; see `load_book`."""
    return load_book(path, local, key).catalogue


def load_book(path: str = "", local: str = "", key: str = "", *, draft: bool = False) -> CenterBook:
    """Read the national file (the shipped sample if no path) and the center's own, if there is one.

    `key` is the public key (hex) under which the national file must be signed; the shipped one for the shipped file.
    A `draft` need not be signed: no program of a center reads one.
    ConfigError with every problem of the first file that has any.
    """
    from onedoor.device.catalogue_check import local_findings

    text, where = (_text(Path(path), path), path) if draft else _signed_text(path, key)
    national = checked_national(text, where)
    if not local:
        return CenterBook(national, LocalFile())
    own_text = _text(Path(local), local)
    if not own_text.strip():
        fix = "A power cut empties files. Without a file of its own, a center leaves catalogue_local out."
        raise ConfigError(local, [Finding(0, "file", "is empty.", fix)])
    own: Checked[LocalFile] = check(own_text, LocalFile)
    findings = local_findings(own_text, _data(own_text), national, own)
    if findings or own.value is None:
        raise ConfigError(local, findings)
    return CenterBook(merged(national, own.value), own.value)


def checked_national(text: str, where: str) -> Catalogue:
    """A national file's contents; ConfigError with every problem."""
    from onedoor.device.catalogue_check import national_findings

    national: Checked[Catalogue] = check(text, Catalogue)
    found = national.findings + (national_findings(national.value, text) if national.value else [])
    if found or national.value is None:
        raise ConfigError(where, found)
    return national.value


def merged(national: Catalogue, local: LocalFile) -> Catalogue:
    """The national services as this center gives them, then its own."""
    services = []
    for service in national.services:
        if service.id in local.off:
            continue
        switch = local.switches.get(service.id, Switch())
        chosen = {name: value for name in Switch.__struct_fields__ if (value := getattr(switch, name)) is not None}
        services.append(structs.replace(service, **chosen))
    classes = [structs.replace(c, credit_min=local.credit_min.get(c.id, c.credit_min)) for c in national.classes]
    return structs.replace(
        national,
        version=f"{national.version}+{local.version}" if local.version else national.version,
        services=[*services, *local.services],
        categories=[*national.categories, *local.categories],
        queues=[*national.queues, *local.queues],
        classes=classes,
    )


def _signed_text(path: str, key: str) -> tuple[str, str]:
    """The national file's text, after its signature was checked; and its name for people."""
    shipped = Path(str(files("onedoor").joinpath("data")))
    where = path or "the shipped catalogue"
    source = Path(path) if path else shipped / "national.toml"
    mark = Path(path + ".sig") if path else shipped / "national.toml.sig"
    try:
        text, signature = read_plain(source), read_words(mark, "ascii").strip()
        key = key or (shipped / "national.pub").read_text(encoding="ascii").strip()
    except (OSError, UnicodeError) as wrong:
        fix = "A national catalogue comes as two files, NAME and NAME.sig."
        raise ConfigError(where, [Finding(0, "file", f"cannot be read ({wrong}).", fix)]) from None
    if not signed_by(key, text, signature):
        problem = "is not signed with the national key: it was changed, or it is another country's."
        raise ConfigError(where, [Finding(0, "signature", problem, "Take the file and its .sig from the same source.")])
    return text.decode("utf-8", "replace"), where


def _text(path: Path, where: str) -> str:
    try:
        return read_words(path)
    except (OSError, UnicodeError) as wrong:
        raise ConfigError(where, [Finding(0, "file", f"cannot be read ({wrong}).")]) from None


def _data(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def plain(catalogue: Catalogue) -> dict[str, object]:
    """The catalogue as plain values, for programs of others."""
    found: dict[str, object] = msgspec.to_builtins(catalogue)
    return found
