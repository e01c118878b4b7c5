"""Charts as SVG, drawn by matplotlib, in the colors of the house. Letters in charts are figures and clock times alone:
words stand in the page beside them, where Lao is shaped and broken as it should be.
"""

import io
import os
import tempfile
from typing import Any

from onedoor.look import theme
from reports.model import Profile


def profile_svg(profile: Profile, width: float = 7.2, height: float = 1.72) -> str:
    """People who came (bars), counters open (steps) and the mean wait (dots) by half hour; an empty text for
    nothing.
    """
    if not profile.halves:
        return ""
    plt = _pyplot()
    figure, axes = plt.subplots(figsize=(width, height), layout="constrained")
    places = range(len(profile.halves))
    came, opened = [h[1] for h in profile.halves], [h[2] for h in profile.halves]
    axes.bar(places, came, width=0.82, color=theme.LEAF, alpha=0.85, linewidth=0)
    axes.step([-0.5, *(p + 0.5 for p in places)], [opened[0], *opened], where="pre", color=theme.LATERITE, linewidth=2)
    axes.set_xticks([p - 0.5 for p in places][::2], [h[0] for h in profile.halves][::2])
    axes.set_xlim(-0.6, len(profile.halves) - 0.4)
    axes.set_ylim(0, max([*came, *opened, 1]) * 1.12)
    right = axes.twinx()
    waits = [float("nan") if h[3] is None else h[3] for h in profile.halves]  # a gap where nobody waited
    right.plot(places, waits, "o-", color=theme.CHAMPA, markeredgecolor=theme.NIGHT,
               markersize=4.5, linewidth=1.2)  # fmt: skip
    right.set_ylim(0, max([h[3] or 0 for h in profile.halves] + [1]) * 1.25)
    _quiet(axes)
    _quiet(right)
    svg = io.StringIO()
    figure.savefig(svg, format="svg", transparent=True, metadata={"Date": None})
    plt.close(figure)
    text = svg.getvalue()
    return text[text.index("<svg") :]


def _quiet(axes: Any) -> None:
    """No frame, quiet letters."""
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(theme.LINE)
    axes.tick_params(length=0, labelsize=8, colors=theme.MUTED)


def _pyplot() -> Any:
    """matplotlib without a screen, with our font; its cache where anybody may write."""
    os.environ.setdefault("MPLCONFIGDIR", tempfile.gettempdir())
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt
    from matplotlib import font_manager

    font_manager.fontManager.addfont(theme.font())
    mpl.rcParams.update({"font.family": font_manager.FontProperties(fname=theme.font()).get_name(),
                         "svg.hashsalt": "onedoor"})  # fmt: skip
    return plt
