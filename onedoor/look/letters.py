"""Which letters our fonts have: what a center types itself is drawn by them, and a letter that is missing is a box."""

import unicodedata
from functools import cache

from fontTools.ttLib import TTFont

from onedoor.look.theme import font

UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
"""Spaces, and signs that only say where a line may break: nothing is drawn for them."""


@cache
def _drawn(path: str) -> frozenset[int]:
    with TTFont(path, lazy=True) as file:
        return frozenset(file.getBestCmap())


def missing_letters(text: str) -> str:
    """The letters of a text that its font does not have, each once, as they come ("": all are there)."""
    have = _drawn(font(text=text))
    lost = (c for c in text if ord(c) not in have and unicodedata.category(c) not in UNSEEN)
    return "".join(dict.fromkeys(lost))
