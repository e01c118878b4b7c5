"""Lines of text: where Lao and Thai, which have no spaces between words, may be broken (pure).

Policy: the breaks of every text that ships stand in `breaks.txt`, found by ICU's dictionaries when the texts are made
(`make breaks`) and open to correction by anybody who reads the language. Text typed on site, which no dictionary here
has seen, is broken only before a vowel that begins a syllable: that is never inside one.
"""

import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files

BREAK = "\u200b"
"""A place where a line may end, and nothing is seen."""

_RUN = re.compile(r"[\u0e00-\u0eff]+")
_BEFORE = re.compile(r"(?<=[\u0e00-\u0eff])(?=[\u0ec0-\u0ec4\u0e40-\u0e44])(?<![\u0ec0-\u0ec4\u0e40-\u0e44])")
_WIDE = re.compile(r"(?<=[\u3400-\u9fff])(?=[\u3400-\u9fff])")


@cache
def table() -> dict[str, str]:
    """Every shipped text with Lao or Thai in it, and the same with its breaks."""
    text = files("onedoor.look").joinpath("breaks.txt").read_text(encoding="utf-8")
    lines = [line.removesuffix("  # by hand") for line in text.splitlines() if line and not line.startswith("#")]
    return {line.replace("|", ""): line.replace("|", BREAK) for line in lines}


@cache
def breakable(text: str) -> str:
    """The text with a mark wherever a line may end, spaces aside."""
    known = table().get(text)
    if known is not None:
        return known
    return _WIDE.sub(BREAK, _RUN.sub(lambda run: _BEFORE.sub(BREAK, run[0]), text))


def wrap(text: str, width: Callable[[str], float], room: float) -> list[str]:
    """The text in lines no wider than `room`, filled from the first on; a word that is too wide stands alone."""
    lines, line = [], ""
    for word in re.split(f"(?<= )|{BREAK}", breakable(text)):
        if line and width((line + word).rstrip()) > room:
            lines.append(line.rstrip())
            line = word
        else:
            line += word
    return [*lines, line.rstrip()] if line.strip() or not lines else lines
