"""Draws onedoor/look/svg/*.svg into onedoor/look/png/*.png (`make look`).

The devices get pictures, not a renderer: white shapes on nothing, tinted by whoever shows them.
"""

from pathlib import Path

import cairosvg

LOOK = Path(__file__).resolve().parent.parent / "onedoor" / "look"
SIZE = 256

for svg in sorted((LOOK / "svg").glob("*.svg")):
    cairosvg.svg2png(
        url=str(svg), write_to=str(LOOK / "png" / f"{svg.stem}.png"), output_width=SIZE, output_height=SIZE
    )
