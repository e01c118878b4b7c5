"""A report as a page: HTML that stands alone, and the same page as PDF.

Policy. One template for both. Every text goes through `breakable`, because a browser does not know where Lao lines may
end, and Jinja escapes it. Nothing is fetched from anywhere: fonts and pictures are in the file.
"""

import base64
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from onedoor.look import theme
from onedoor.look.lines import breakable
from onedoor.look.texts import say
from reports.charts import profile_svg
from reports.model import Report


def html(report: Report, *, full: bool = False, linked: bool = False) -> str:
    """The page. `full`: with the tables behind the first sheet; `linked`: fonts by their path, not inside (for PDF)."""
    environment = Environment(
        loader=PackageLoader("reports", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["b"] = breakable
    page = environment.get_template("report.html")
    return page.render(
        r=report,
        t=lambda text: breakable(say(report.lang, text)),
        full=full,
        chart=Markup(profile_svg(report.profile)),  # noqa: S704 - drawn by us, out of numbers
        logo=Markup((files("onedoor.look") / "svg/logo.svg").read_text(encoding="utf-8")),  # noqa: S704 - ours
        fonts={weight: _font(weight, report.lang, linked=linked) for weight in ("Regular", "Bold")},
        c=theme,
        tints=(theme.CHAMPA, theme.STALE, theme.LEAF, theme.LINE),
    )


@cache
def _font(weight: str, lang: str, *, linked: bool) -> str:
    path = Path(theme.font(weight, "中" if lang == "zh" else ""))
    if linked:
        return path.as_uri()
    return "data:font/ttf;base64," + base64.b64encode(path.read_bytes()).decode()


def pdf(report: Report, path: Path, *, full: bool = False) -> None:
    """The page as PDF: fonts embedded, text that can be searched."""
    import weasyprint

    weasyprint.HTML(string=html(report, full=full, linked=True)).write_pdf(path)
