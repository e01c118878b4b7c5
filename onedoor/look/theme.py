"""Colors, fonts and pictures.

Named after the champa flower: white petals, a yellow heart, on night blue. Champa yellow marks one
thing a screen; text pairs reach a contrast of 7:1 (a test computes them).
"""

from functools import cache
from importlib.resources import files
from pathlib import Path

from PIL import Image, features

NIGHT, NIGHT_2 = "#0F2440", "#183558"
PAPER, SAND, LINE = "#FFFDF7", "#F3EDDF", "#D9D0BC"
CHAMPA = "#F5B700"
LEAF, LEAF_2 = "#15523F", "#E3F0EA"
LATERITE = "#9E2A12"
MUTED = "#414B5C"
WHITE = "#FFFFFF"
PALE = "#C9D4E5"
STALE = "#B8BEC8"
BLACK, YELLOW = "#000000", "#FFE100"
"""With white, the only colors of the high-contrast way of showing."""

TEXT_PAIRS = [
    (NIGHT, PAPER), (NIGHT, SAND), (NIGHT, CHAMPA), (NIGHT, LEAF_2), (NIGHT, WHITE), (NIGHT, STALE),
    (WHITE, NIGHT), (WHITE, NIGHT_2), (WHITE, LEAF), (WHITE, LATERITE),
    (PALE, NIGHT), (PALE, NIGHT_2), (MUTED, PAPER), (MUTED, SAND), (MUTED, WHITE), (CHAMPA, NIGHT), (LEAF, WHITE),
    (BLACK, YELLOW), (WHITE, BLACK), (YELLOW, BLACK),
]  # fmt: skip
"""Every (text, ground) in use."""

SYMBOLS = {
    "elephant": "#4C6A92",
    "fish": "#1F7A8C",
    "champa": "#C99700",
    "boat": "#9E2A12",
    "peacock": "#0B6E4F",
    "rice": "#7A5C00",
    "house": "#8A4B14",
    "mountain": "#4B5563",
    "sun": "#B45309",
    "leaf": "#15803D",
    "bird": "#6D28D9",
    "pot": "#A0341A",
}
"""The symbols beside numbers, told apart by shape first and color second."""


def symbol_of(label: str) -> str:
    """The symbol of a ticket: the same on paper, board and panel; neighbors differ."""
    prefix, _, number = label.partition("-")
    n = int(number) if number.isdigit() else 0
    return list(SYMBOLS)[(n + 5 * sum(map(ord, prefix))) % len(SYMBOLS)]


def font(weight: str = "Regular", text: str = "") -> str:
    """Path of the font for a text: one file has Lao, Latin, Thai and Vietnamese, another Chinese and Latin."""
    chinese = any("\u2e80" <= c <= "\uffef" for c in text)
    return str(_folder() / "fonts" / f"OneDoorSans{'SC' if chinese else ''}-{weight}.ttf")


def picture(name: str) -> str:
    """Path of a picture: `icon-...`, `symbol-...` or `logo`, white on nothing."""
    return str(_folder() / "png" / f"{name}.png")


@cache
def shape(name: str, size: int) -> Image.Image:
    """The shape of a picture as a mask, `size` pixels square."""
    with Image.open(picture(name)) as image:
        mask: Image.Image = image.convert("RGBA").getchannel("A")
        return mask.resize((size, size), Image.Resampling.LANCZOS)


class ShapingError(Exception):
    """This machine would draw Lao wrongly."""


def check_shaping() -> None:
    """Raises ShapingError unless Pillow can place Lao vowels and tone marks.

    Cause: Pillow's raqm needs the system library FriBiDi. Remedy: apt install libfribidi0.
    """
    if not features.check("raqm"):
        raise ShapingError(
            "Lao text would be drawn with marks out of place: the library FriBiDi is missing."
            " Run: sudo apt install libfribidi0"
        )


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two colors, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@cache
def _folder() -> Path:
    return Path(str(files("onedoor.look")))
