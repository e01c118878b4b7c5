"""What a report is made of: a question, figures, tables, shares (pure)."""

from dataclasses import dataclass, field

from onedoor.look.texts import say
from reports.dates import Period


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for. `names`, `ministries`, `standards`: of each service; `head`: the reader is the center's
    head.
    """

    lang: str
    period: Period
    center: str
    standard_s: int = 25 * 60
    head: bool = False
    names: dict[str, str] = field(default_factory=dict)
    ministries: dict[str, str] = field(default_factory=dict)
    standards: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    missing: int = 0
    head_hash: str = ""

    def say(self, text: str, *values: object) -> str:
        """A text in the reader's language."""
        told = say(self.lang, text)
        return told.format(*values) if values else told


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what it is, its value in words, what stands small below it, and whether it is good, bad,
    neither, or "weak": too little is left for it to be called either.
    """

    name: str
    value: str
    note: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of a report: its title, the names of its columns, its rows; `small`: how many groups were not shown."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    small: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """A share of a whole each: name, share of one, what is written beside it."""

    title: str
    parts: tuple[tuple[str, float, str], ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """The day by half hours: beginning, people who came on a mean day, counters open on the mean, mean wait in
    minutes.
    """

    halves: tuple[tuple[str, float, float, float | None], ...]
    worst: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A report, ready to be put on a page, a screen or a terminal."""

    title: str
    center: str
    period: str
    lang: str
    honest: str
    """good, warn or bad: how far the data can be trusted."""
    banner: tuple[Figure, ...]
    headline: tuple[Figure, ...]
    figures: tuple[Figure, ...]
    profile: Profile
    time_goes: Bars
    sheets: tuple[Sheet, ...]
    details: tuple[Sheet, ...]
    foot: tuple[str, ...]
    integrity: Sheet = Sheet("", (), ())
    empty: str = ""
