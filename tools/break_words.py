"""Finds where lines of our Lao and Thai texts may be broken: `make breaks`, needs ICU (apt: python3-icu).

Run it with the system's Python, which has PyICU; it reads every text that ships and writes onedoor/look/breaks.txt. A
line that somebody has corrected by hand (it ends in "  # by hand") is left as it is.
"""

import re
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOOK = ROOT / "onedoor" / "look"
OUT = LOOK / "breaks.txt"
SEA = re.compile(r"[\u0e00-\u0eff]")
HEAD = """# Where lines of Lao and Thai may be broken: at every bar. Found by ICU's dictionaries; nobody who reads these
# languages has checked them. Correct a line, and put "  # by hand" behind it to keep your correction.
"""


def texts() -> set[str]:
    """Every shipped text with Lao or Thai in it."""
    found: set[str] = set()
    for path in (LOOK / "locale").rglob("*.po"):
        found |= set(re.findall(r'^msgstr "(.+)"$', path.read_text(encoding="utf-8"), re.MULTILINE))
    national = tomllib.loads((ROOT / "onedoor/data/national.toml").read_text(encoding="utf-8"))
    stack: list[object] = [national]
    while stack:
        at = stack.pop()
        if isinstance(at, dict):
            stack += at.values()
        elif isinstance(at, list):
            stack += at
        elif isinstance(at, str):
            found.add(at)
    return {text for text in found if SEA.search(text)}


def broken(text: str) -> str:
    """The text with bars."""
    import icu

    lao = re.search(r"[\u0e80-\u0eff]", text)
    lines = icu.BreakIterator.createLineInstance(icu.Locale("lo" if lao else "th"))
    lines.setText(text)
    cuts = [0, *lines]
    parts = [text[a:b] for a, b in pairwise(cuts)]
    joined = "|".join(parts)
    return joined.replace(" |", " ")


def main() -> int:
    by_hand = {}
    if OUT.exists():
        for line in OUT.read_text(encoding="utf-8").splitlines():
            if line.endswith("  # by hand"):
                by_hand[line.removesuffix("  # by hand").replace("|", "")] = line
    OUT.write_text(HEAD + "\n".join(by_hand.get(t) or broken(t) for t in sorted(texts())) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
