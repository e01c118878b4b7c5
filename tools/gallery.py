"""Pictures of every screen and paper, in Lao and English, in several sizes (`make gallery`).

Each size is drawn by a process of its own (Kivy has one window a process), off screen.
"""

import subprocess
import sys
from pathlib import Path

from gallery_scenes import SIZES, TITLES, draw_all, panel_scenes
from PIL import Image, ImageDraw

from display.gestures import Button
from display.hands import Lamp, lamps
from display.sign import Sign
from display.sign_led import BLOCKS, lit
from kiosk.layout import Layout
from kiosk.paperwork import PrintWorker
from kiosk.preview_app import sample
from onedoor.device.catalogue import load_catalogue
from onedoor.device.sealing import KEY_FILE, Signer
from onedoor.hall.rules import ALWAYS_OPEN
from onedoor.look.texts import LANGUAGES


def papers(out: Path) -> None:
    """Tickets of every service in Lao and English, one in every language; slips; at both widths."""
    catalogue, noon = load_catalogue(), 1_795_000_000_000
    signer = Signer(out)
    seal = signer.seal("saysettha", "2026-11-21", 0, 1_234, "ab12" * 16)
    (out / KEY_FILE).unlink()
    for width in (384, 576):
        worker = PrintWorker([], Layout("saysettha", *TITLES, width, footer=("Tel. 021 000 000",), key=bytes(32)))
        for service in catalogue.services:
            for lang in LANGUAGES if service.id in ("land", "road") else ("lo", "en"):
                job = sample("ticket", service, lang, noon, ALWAYS_OPEN)
                worker.draw(job).save(out / f"ticket-{service.id}-{lang}-{width}.png")
        for kind in ("duplicate", "list", "collect", "sorry", "test"):
            job = sample(kind, catalogue.services[4], "lo", noon, ALWAYS_OPEN)
            worker.draw(job).save(out / f"paper-{kind}-{width}.png")
        worker.draw(seal).save(out / f"paper-seal-{width}.png")


def signs(out: Path) -> None:
    """LED signs in their states, as the points that shine."""
    side, gap = 16, 4
    shown = {
        "called": Sign("A1-023", "<"), "long": Sign("B2-1022", "v"), "free": Sign(rest="free"),
        "paused": Sign(rest="paused"), "closed": Sign(), "closing": Sign("END?"),
    }  # fmt: skip
    for name, sign in shown.items():
        image = Image.new("RGB", (8 * BLOCKS * (side + gap) + gap, 8 * (side + gap) + gap), "#111111")
        draw = ImageDraw.Draw(image)
        on = set(lit(sign))
        for x in range(8 * BLOCKS):
            for y in range(8):
                at = (gap + x * (side + gap), gap + y * (side + gap))
                draw.ellipse((*at, at[0] + side, at[1] + side), fill="#FF3B1F" if (x, y) in on else "#2A1512")
        image.save(out / f"sign-{name}.png")


LAMPS = ("closed", "free", "asking", "walking", "serving", "paused", "degraded", "closing-walking", "closing")
"""States of a counter in which the lamps of its button box differ."""
SHINES = {Lamp.ON: "#FFC400", Lamp.OFF: "#3A3A3A", Lamp.BLINK: "#FF8A00", Lamp.WINK: "#4FC3F7"}


def box_lamps(out: Path) -> None:
    """The lamps of a button box in each state: steady yellow, blinking orange, winking blue, dark."""
    scenes, row, column = panel_scenes(), 46, 130
    image = Image.new("RGB", (190 + column * len(Button), row * (len(LAMPS) + 1)), "#111111")
    draw = ImageDraw.Draw(image)
    for x, button in enumerate(Button):
        draw.text((190 + x * column, 14), button.value, fill="white", font_size=18)
    for y, name in enumerate(LAMPS, 1):
        draw.text((10, y * row + 12), name, fill="white", font_size=18)
        for x, (_, lamp) in enumerate(
            sorted(lamps(scenes[name]).items(), key=lambda found: list(Button).index(found[0]))
        ):
            at = (190 + x * column, y * row + 8)
            draw.ellipse((*at, at[0] + 30, at[1] + 30), fill=SHINES[lamp])
            draw.text((at[0] + 38, at[1] + 4), lamp.value, fill="#AAAAAA", font_size=16)
    image.save(out / "lamps.png")


def main() -> int:
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    if len(sys.argv) > 2:
        return draw_all(out, sys.argv[2])
    papers(out)
    signs(out)
    box_lamps(out)
    codes = [subprocess.run([sys.executable, __file__, str(out), size], check=False).returncode for size in SIZES]
    print(f"{len(list(out.glob('*.png')))} pictures in {out}")
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
