"""Texts in the citizen's language. The source of every text is its English wording in the code.

Translators edit `locale/LANG/LC_MESSAGES/onedoor.po`; `make texts` compiles it. A missing
translation shows the English wording, never a hole.
"""

import gettext
from functools import cache
from importlib.resources import files

LANGUAGES = {"lo": "ລາວ", "en": "English"}
"""The languages of this release, each by its own name."""


@cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    folder = str(files("onedoor.look").joinpath("locale"))
    return gettext.translation("onedoor", folder, [lang], fallback=True)


def say(lang: str, text: str) -> str:
    """The text in a language."""
    return _catalogue(lang).gettext(text) if text else ""


def money(amount: int) -> str:
    """An amount as Lao offices write it: 95.000."""
    return f"{amount:,}".replace(",", ".")
