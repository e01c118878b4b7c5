"""The services of a center, as data: nothing of them is in code.

The file that ships is SAMPLE data. Prefix letters are those a seven-segment digit can show.
"""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from onedoor.device.config import Checked, ConfigError, Finding, Name, check

Prefix = Annotated[str, Meta(pattern="^[ACEFHLPU]$", description="One of A C E F H L P U.")]
Amount = Annotated[int, Meta(ge=0, le=10**12)]


class Text(Struct, frozen=True):
    """One text in the center's two first languages."""

    lo: str
    en: str

    def of(self, lang: str) -> str:
        """The text in a language."""
        return self.lo if lang == "lo" else self.en


class Service(Struct, frozen=True):
    """One service. Fee in kip, `days` until the result is promised, the wait it is judged by."""

    id: Name
    prefix: Prefix
    pictogram: Name
    name: Text
    papers: list[Text] = []
    fee_kip: Amount = 0
    days: Annotated[int, Meta(ge=0, le=3650)] = 0
    instrument: str = ""
    standard_wait_min: Annotated[int, Meta(ge=1, le=600)] = 25

    @property
    def queue(self) -> str:
        """The queue of its only leg."""
        return self.id


class Catalogue(Struct, frozen=True):
    """All services of a center, in the order of the kiosk's tiles."""

    version: str
    services: Annotated[list[Service], Meta(min_length=1, max_length=40)]

    def get(self, service_id: str) -> Service | None:
        """A service by its id."""
        return next((s for s in self.services if s.id == service_id), None)


def load_catalogue(path: str = "") -> Catalogue:
    """Read a catalogue (the shipped sample if no path). ConfigError with every problem."""
    where = path or "the shipped catalogue"
    try:
        source = Path(path) if path else files("onedoor").joinpath("data/catalogue.toml")
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as wrong:
        raise ConfigError(where, [Finding(0, "file", f"cannot be read ({wrong}).")]) from None
    checked: Checked[Catalogue] = check(text, Catalogue)
    findings = checked.findings + (twins(checked.value) if checked.value else [])
    if findings or checked.value is None:
        raise ConfigError(where, findings)
    return checked.value


def twins(catalogue: Catalogue) -> list[Finding]:
    """Ids and prefix letters that are used twice."""
    found = []
    for field in ("id", "prefix"):
        seen: set[str] = set()
        for i, service in enumerate(catalogue.services, 1):
            value = getattr(service, field)
            if value in seen:
                found.append(Finding(0, f"services.{i}.{field}", f"'{value}' is used twice."))
            seen.add(value)
    return found
