"""Texts in the citizen's language. The source of every text is its English wording in the code.

Translators edit `locale/LANG/LC_MESSAGES/onedoor.po`; `make texts` compiles it. A missing
translation shows the language that most readers of the missing one can read, then English, never a hole.
"""

import gettext
from functools import cache
from importlib.resources import files

LANGUAGES = {
    "lo": "ລາວ", "en": "English", "hmn": "Hmoob", "kjg": "ກຶມມຸ", "vi": "Tiếng Việt", "zh": "中文", "th": "ไทย",
}  # fmt: skip
"""The languages of this release, each by its own name, in the order of the kiosk's buttons."""

INSTEAD = {"kjg": "lo"}
"""Whose words stand in where a language has none yet: most readers of Khmu learned to read in Lao."""
COMMAS = frozenset({"en", "zh", "th"})
"""Languages that group digits by commas; in Laos and Vietnam it is points."""


@cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    folder = str(files("onedoor.look").joinpath("locale"))
    found = gettext.translation("onedoor", folder, [lang], fallback=True)
    if lang in INSTEAD:
        found.add_fallback(_catalogue(INSTEAD[lang]))
    return found


def say(lang: str, text: str) -> str:
    """The text in a language."""
    return _catalogue(lang).gettext(text) if text else ""


def second(lang: str) -> str:
    """The language that stands smaller below: Lao, or English below Lao."""
    return "en" if lang == "lo" else "lo"


def money(amount: int, lang: str = "lo") -> str:
    """An amount as people write it: 95.000 in Lao, 95,000 in English."""
    grouped = f"{amount:,}"
    return grouped if lang in COMMAS else grouped.replace(",", ".")


WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def spelled(day: str, weekday: int, lang: str = "lo") -> str:
    """A day (YYYY-MM-DD, `weekday` 0 is Monday) as people say it: Wednesday 25 November 2026."""
    year, month, of = map(int, day.split("-"))
    return f"{say(lang, WEEK[weekday])} {of} {say(lang, MONTHS[month - 1])} {year}"


def date(day: str, lang: str = "lo") -> str:
    """A day (YYYY-MM-DD) as people in Laos write it: 26/11/2026; in Chinese 2026年11月26日."""
    year, month, of = day.split("-")
    return f"{int(year)}年{int(month)}月{int(of)}日" if lang == "zh" else f"{of}/{month}/{year}"
