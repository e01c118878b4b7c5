"""What a center may choose about its paper: logo, lines above and below (pure data, and loading the logo).

The order of what a ticket says is ours, because people learn it; its head and foot are the center's.
"""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from onedoor.device.config import ConfigError, Finding, PaperConfig
from onedoor.device.small_file import open_plain, read_words
from onedoor.hall.zone import LAOS

LOGO_DOTS = 832
LOGO_ROWS = 160
"""A logo is made to fit this height (20 mm)."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Head and foot of every paper of a center."""

    center: str
    title_lo: str
    title_en: str
    width: int = 576
    header: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    logo: Image.Image | None = None
    key: bytes = b""
    """The key of the tickets' tags."""
    zone: str = LAOS


def layout_of(center: str, titles: tuple[str, str], width: int, paper: PaperConfig, zone: str = LAOS) -> Layout:
    """The layout of a configuration; ConfigError if its logo or key cannot be read."""
    logo = _logo(Path(paper.logo)) if paper.logo else None
    key = _key(Path(paper.tag_key)) if paper.tag_key else b""
    return Layout(center, *titles, width, tuple(paper.header), tuple(paper.footer), logo, key, zone)


def _logo(path: Path) -> Image.Image:
    try:
        with open_plain(path) as file, Image.open(file) as image:
            gray = image.convert("RGBA")
            white = Image.new("RGBA", gray.size, "white")
            white.alpha_composite(gray)
            small = white.convert("L")
            small.thumbnail((LOGO_DOTS, LOGO_ROWS))
            return small.point(lambda v: 255 if v > 140 else 0)
    except (OSError, ValueError) as wrong:
        fix = "A PNG, black on white, at most 832 dots wide."
        raise ConfigError(path, [Finding(0, "logo", f"cannot be read ({wrong}).", fix)]) from None


def _key(path: Path) -> bytes:
    try:
        return bytes.fromhex(read_words(path, "ascii").strip())
    except (OSError, ValueError) as wrong:
        fix = "Make one with `onedoor config tag-key FILE`; hub and kiosks need the same."
        raise ConfigError(path, [Finding(0, "tag_key", f"cannot be read ({wrong}).", fix)]) from None
