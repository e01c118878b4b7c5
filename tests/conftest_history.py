"""Logs of made-up months, written by the hall's own rules (demo/history.py)."""

from functools import cache
from pathlib import Path

from broker.sqlite_store import SqliteStore
from demo.history import Plan, Trouble, history
from onedoor.device.catalogue import load_book
from onedoor.device.center_rules import rules_of
from onedoor.wire.chain import line_of

TROUBLES = (
    Trouble(1, "hub", 540, 560),
    Trouble(2, "kiosk", 600, 630, "k2"),
    Trouble(3, "poor_clock", 600, 620, "k1"),
    Trouble(3, "printer", 840, 870, "k1"),
    Trouble(4, "clock", 700, 701, "k1"),
)
"""A hub outage of 20 minutes, a kiosk alone for 30, one without a clock for 20, a dead printer for 30, a wrong clock."""


@cache
def book():
    return load_book()


def a_log(path: Path, days: int, tickets: int, kiosks: int = 2, counters: int = 6, troubles=(), seed: int = 3) -> Path:
    """Write a log; days are the working days from 1 October 2026 on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    plan = Plan("2026-10-01", days, tickets, kiosks, counters, tuple(troubles))
    prefixes = {s.id: s.prefix for s in book().catalogue.services}
    with open(path, "wb") as file:
        history(plan, rules_of(book()), prefixes, seed, lambda row: file.write(line_of(row) + b"\n"))
    return path


def a_hubs_log(folder: Path, days: int, tickets: int, kiosks: int = 2, counters: int = 6, seed: int = 3) -> int:
    """The same as the database of a hub; its rows."""
    store, batch = SqliteStore(folder), []

    def write(row) -> None:
        batch.append(row)
        if len(batch) == 5_000:
            store.commit(batch, {})
            batch.clear()

    prefixes = {s.id: s.prefix for s in book().catalogue.services}
    history(Plan("2026-10-01", days, tickets, kiosks, counters), rules_of(book()), prefixes, seed, write)
    store.commit(batch, {})
    store.close()
    store = SqliteStore(folder)
    store.open_ledger()
    rows = store._db.execute("SELECT count(*) FROM log").fetchone()[0]
    store.close()
    return rows
