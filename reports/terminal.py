"""A report on a terminal, by rich."""

from pathlib import Path

from rich import box
from rich.columns import Columns
from rich.console import Console
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text

from reports.model import Figure, Report, Sheet

STYLE = {"good": "bold green", "bad": "bold red", "warn": "bold yellow", "weak": "bold bright_black"}


def show(report: Report, path: Path | None = None) -> None:
    """Print it, the banner first; or write it into a file, as plain text."""
    if path is not None:
        with open(path, "w", encoding="utf-8") as file:
            _show(report, Console(file=file, width=100))
    else:
        _show(report, Console())


def _show(report: Report, out: Console) -> None:
    out.print(Text(f"{report.title} · {report.center} · {report.period}", style="bold"))
    told = Text("\n").join(_line(item) for item in report.banner)
    out.print(Panel(told, border_style=STYLE[report.honest], expand=False))
    if report.empty:
        out.print(report.empty)
        return
    out.print(Columns([_box(f) for f in report.headline], equal=True))
    figures = RichTable(box=None, show_header=False, pad_edge=False)
    for f in report.figures:
        figures.add_row(Text(f.name), Text(f.value, style="bold"), Text(f.note, style="dim"))
    out.print(figures)
    if report.profile.worst:
        out.print(Text(report.profile.worst))
    for sheet in (*report.sheets, *report.details, report.integrity):
        if sheet.rows:
            out.print(_table(sheet))
    for line in report.foot:
        out.print(Text(line, style="dim"))


def _line(item: Figure) -> Text:
    line = Text(f"{item.name}: ")
    line.append(item.value, style=STYLE.get(item.state, "bold"))
    return line.append(f" ({item.note})" if item.note else "", style="dim")


def _box(f: Figure) -> Panel:
    body = Text(f.name + "\n")
    body.append(f.value, style=STYLE.get(f.state, "bold"))
    return Panel(body.append(f"\n{f.note}", style="dim"), box=box.ROUNDED)


def _table(sheet: Sheet) -> RichTable:
    table = RichTable(title=Text(sheet.title), box=box.SIMPLE_HEAD, title_justify="left", caption=Text(sheet.small))
    for i, name in enumerate(sheet.columns):
        table.add_column(Text(name), justify="right" if i else "left", overflow="fold")
    for row in sheet.rows:
        table.add_row(*(Text(cell) for cell in row))
    return table
