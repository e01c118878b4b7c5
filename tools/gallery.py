"""Pictures of every screen and paper, in Lao and English, in several sizes (`make gallery`).

Each size is drawn by a process of its own (Kivy has one window a process), off screen.
"""

import subprocess
import sys
from pathlib import Path

from gallery_scenes import SIZES, draw_all

from kiosk.slip import draw_slip
from kiosk.ticket import TicketText, draw
from onedoor.device.catalogue import load_catalogue
from onedoor.device.sealing import KEY_FILE, Signer


def papers(out: Path) -> None:
    """Tickets of every service at both widths."""
    for service in load_catalogue().services:
        for lang in ("lo", "en"):
            for width in (384, 576):
                text = TicketText(
                    "saysettha", "ສູນບໍລິການຜ່ານປະຕູດຽວ ເມືອງໄຊເສດຖາ", "One Door Service Center · Saysettha",
                    f"{service.prefix}1-023", service, lang, "2026-11-21", 1_795_000_000_000, 5,
                )  # fmt: skip
                draw(text, width).save(out / f"ticket-{service.id}-{lang}-{width}.png")
    seal = Signer(out).seal("saysettha", "2026-11-21", 0, 1_234, "ab12" * 16)
    (out / KEY_FILE).unlink()
    for width in (384, 576):
        slip = draw_slip(seal, "ສູນບໍລິການຜ່ານປະຕູດຽວ ເມືອງໄຊເສດຖາ", "One Door Service Center · Saysettha", width)
        slip.save(out / f"closing-slip-{width}.png")


def main() -> int:
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    if len(sys.argv) > 2:
        return draw_all(out, sys.argv[2])
    papers(out)
    codes = [subprocess.run([sys.executable, __file__, str(out), size], check=False).returncode for size in SIZES]
    print(f"{len(list(out.glob('*.png')))} pictures in {out}")
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
