"""What a morning left behind, read back from the outside: papers, log, screens (no devices here)."""

import json
from collections import Counter as Tally
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image

from demo.plan import Hall
from onedoor.device.sealing import NOTE_PREFIX, QR_PREFIX
from onedoor.hall import events as ev
from onedoor.hall.ledger import Ledger, replay
from onedoor.wire.rows import LogRow
from onedoor.wire.tag import read
from reports.report_app import main_report
from reports.rows import of_log
from reports.source import export, rows_of
from reports.stats import percentile
from reports.verify_app import check

SHOWN = (
    "priority", "appointments_checked_in", "later_legs", "transferred", "parked", "no_shows_back", "breaks",
)  # fmt: skip
TICKETS_FOR_ALL = 40
"""A morning of so many tickets shows every rule."""


def gather_papers(trays: list[Path], out: Path) -> list[str]:
    """Read the QR code of every paper as a phone would; keep it under its label. All labels found."""
    out.mkdir(parents=True, exist_ok=True)
    labels = []
    for paper in sorted(p for tray in trays for p in tray.glob("*.png")):
        with Image.open(paper) as image:
            codes = zxingcpp.read_barcodes(image.convert("L"))
        if codes and codes[0].text.startswith((f"{QR_PREFIX}/", f"{NOTE_PREFIX}$")):
            (out.parent / f"seal-{paper.stem}.png").write_bytes(paper.read_bytes())
            continue  # a morning that is played after closing time ends with the day's seal
        said = read(codes[0].text) if codes else None
        label = said.label if said else f"unreadable-{paper.parent.name}-{paper.stem}"
        labels.append(label)
        name = label if not (out / f"{label}.png").exists() else f"{label}-again-{paper.stem}"
        (out / f"{name}.png").write_bytes(paper.read_bytes())
        (out / f"{name}.bin").write_bytes(paper.with_suffix(".bin").read_bytes())
    return labels


def call_orders(rows: list[LogRow]) -> dict[str, list[int]]:
    """The board's order numbers of the hub's calls, by label: recomputed from the log."""
    ledger = Ledger()
    orders: dict[str, list[int]] = {}
    for row in rows:
        event = row.event
        replay(ledger, row.dev, row.run, row.seq, event, row.dated)
        if isinstance(event, ev.Called):
            orders.setdefault(ledger.hall.tickets[event.ticket].label, []).append(ledger.hall.order)
    return orders


def board_delays(rows: list[LogRow], presses: list[tuple[str, int]], shown: list[list[int]]) -> list[int]:
    """Milliseconds from each press of NEXT to the frame of the hall board that shows its call."""
    orders = call_orders(rows)
    local = {_label(rows, r) for r in rows if isinstance(r.event, ev.CalledLocally)}
    delays = []
    for label, at_ms in presses:
        if label in local or not orders.get(label):
            continue
        order = orders[label].pop(0)
        seen = next((t for newest, t in shown if newest >= order), None)
        if seen is not None and at_ms:
            delays.append(seen - at_ms)
    return delays


def _label(rows: list[LogRow], row: LogRow) -> str:
    ticket = row.body["ticket"]
    return next((r.body["label"] for r in rows if r.kind == "issued" and f"{r.dev}.{r.run}.{r.seq}" == ticket), "")


def double_calls(rows: list[LogRow]) -> int:
    """Tickets that the hub called while another counter still held them: must not happen."""
    held: dict[str, set[str]] = {}
    doubled = 0
    for row in rows:
        event = row.event
        match event:
            case ev.Called():
                doubled += bool(held.get(event.ticket, set()) - {event.dev})
                held.setdefault(event.ticket, set()).add(event.dev)
            case ev.UndoShown() if not event.here:
                held.get(event.ticket, set()).discard(row.dev)
            case ev.UndoShown():
                held.setdefault(event.ticket, set()).add(row.dev)
            case ev.GivenBack() | ev.Undone():
                held.get(event.ticket, set()).discard(event.dev)
            case ev.Shown() | ev.CalledLocally():
                held.setdefault(event.ticket, set()).add(row.dev)
            case ev.NoShow() | ev.Ended() | ev.Parked() | ev.Transferred():
                held.get(event.ticket, set()).discard(row.dev)
    return doubled


def summarize(
    out: Path, hub_data: Path, papers: list[str], presses: list[tuple[str, int]], shown: list[list[int]]
) -> dict[str, Any]:
    """Write log, indicators and summary; the summary."""
    export(rows_of(hub_data), out / "log.jsonl")
    rows = list(rows_of(out / "log.jsonl"))
    report = of_log(rows)
    (out / "indicators.json").write_text(json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8")
    for lang, center in (("lo", Hall().title_lo), ("en", Hall().title_en)):
        page = str(out / f"report-{lang}.pdf")
        main_report([str(out / "log.jsonl"), "--lang", lang, "--center", center, "--format", "pdf", "--out", page])
    kinds = Tally(row.kind for row in rows)
    issued = [row.body["label"] for row in rows if row.kind == "issued"]
    verified = check(out)
    delays = board_delays(rows, presses, shown)
    summary = {
        "issued": len(issued),
        "papers": len(papers),
        "print_failures": kinds["print_failed"],
        "print_unknown": kinds["print_unknown"],
        "called": len({row.body["ticket"] for row in rows if row.kind in ("shown", "called_locally")}),
        "called_without_hub": kinds["called_locally"],
        "served": report["indicators"]["service_time"]["n"],
        "ended_by_next": report["honesty"]["auto_ended"],
        "no_show": report["indicators"]["abandonment"]["no_show"],
        "duplicate_numbers": len(issued) - len(set(issued)) + len(papers) - len(set(papers)),
        "double_calls": double_calls(rows),
        "collisions": kinds["call_collided"],
        "given_back": kinds["given_back"],
        "priority": sum(row.body["cls"] == "P" for row in rows if row.kind == "issued"),
        "appointments_checked_in": sum(bool(row.body["appointment"]) for row in rows if row.kind == "issued"),
        "later_legs": kinds["handed_on"],
        "transferred": kinds["transferred"],
        "parked": kinds["parked"],
        "no_shows_back": kinds["requeued"],
        "breaks": kinds["counter_paused"],
        "order_changes": kinds["order_changed"],
        "misfits": kinds["fact_misfit"],
        "hub_starts": kinds["hub_started"],
        "rows": len(rows),
        "rows_verified": 0 if isinstance(verified, str) else verified.rows,
        "verification": verified if isinstance(verified, str) else "good",
        "press_to_board_ms": {"n": len(delays), "p50": percentile(delays, 50), "p99": percentile(delays, 99)},
    }
    (out / "summary.json").write_text(json.dumps(summary, indent=1), encoding="utf-8")
    return summary


def complaints(summary: dict[str, Any]) -> list[str]:
    """What a morning must not show."""
    wrong = [
        f"{name} = {summary[name]}, must be 0"
        for name in ("duplicate_numbers", "double_calls", "misfits")
        if summary[name]
    ]
    if summary["issued"] >= TICKETS_FOR_ALL:
        wrong += [f"{name} = 0: the morning must show one" for name in SHOWN if not summary[name]]
    if summary["rows"] != summary["rows_verified"]:
        wrong.append(f"{summary['rows_verified']} of {summary['rows']} rows verified: {summary['verification']}")
    if summary["issued"] != summary["papers"] + summary["print_failures"]:
        wrong.append("issued is not papers + print failures")
    return wrong
