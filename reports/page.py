"""A report as a page: HTML that stands alone, and the same page as PDF.

Policy. One template for both. Every text goes through `breakable`, because a browser does not know where Lao lines
may end, and Jinja escapes it. Nothing is fetched from anywhere: fonts and pictures are in the file (Chinese letters
only in a PDF: their font is large).
"""

import base64
from functools import cache
from importlib import metadata
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from onedoor.look import theme
from onedoor.look.lines import breakable
from onedoor.look.texts import date, say
from reports.charts import profile_svg
from reports.model import Report
from reports.walk import Walk
from reports.words import duration


def html(report: Report, *, full: bool = False, linked: bool = False) -> str:
    """The page. `full`: with the tables behind the first sheet; `linked`: fonts by their path, not inside (for PDF)."""
    chart = Markup(profile_svg(report.profile))  # noqa: S704 - drawn by us, out of numbers
    tints = (theme.CHAMPA, theme.STALE, theme.LEAF, theme.LINE)
    return _rendered("report.html", report.lang, linked=linked, r=report, full=full, chart=chart, tints=tints)


def walk_html(walk: Walk, *, linked: bool = False) -> str:
    """One visit's page."""
    whole, day = duration(walk.lang, walk.seconds), date(walk.day, walk.lang)
    return _rendered("walk.html", walk.lang, linked=linked, w=walk, whole=whole, day=day)


def _rendered(template: str, lang: str, *, linked: bool, **values: object) -> str:
    environment = Environment(
        loader=PackageLoader("reports", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["b"] = breakable
    return environment.get_template(template).render(
        t=lambda text: breakable(say(lang, text)),
        logo=Markup((files("onedoor.look") / "svg/logo.svg").read_text(encoding="utf-8")),  # noqa: S704 - ours
        fonts={weight: _font(weight, lang, linked=linked) for weight in ("Regular", "Bold")},
        chinese=Path(theme.font("Regular", "\u4e2d")).as_uri() if linked else "",
        c=theme,
        **values,
    )


@cache
def _font(weight: str, lang: str, *, linked: bool) -> str:
    path = Path(theme.font(weight, "中" if lang == "zh" else ""))
    if linked:
        return path.as_uri()
    return "data:font/ttf;base64," + base64.b64encode(path.read_bytes()).decode()


def pdf(report: Report, path: Path, *, full: bool = False) -> None:
    """The page as PDF: fonts embedded, text that can be searched."""
    _write_pdf(html(report, full=full, linked=True), path)


def walk_pdf(walk: Walk, path: Path) -> None:
    """One visit's page as PDF."""
    _write_pdf(walk_html(walk, linked=True), path)


def _write_pdf(page: str, path: Path) -> None:
    import weasyprint

    weasyprint.HTML(string=page).write_pdf(path)


def drawn_by() -> str:
    """The versions that a PDF's bytes depend on."""
    return ", ".join(f"{name} {metadata.version(name)}" for name in ("onedoor-queue", "weasyprint", "fonttools"))
