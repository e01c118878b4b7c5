"""Data outlives code: today's programs on what earlier releases left on their disks."""

import random
import shutil
from pathlib import Path

import pytest
from conftest_center import Center

from broker.sqlite_store import SqliteStore
from display.presses import Press
from onedoor.device.clock import VirtualClock
from reports.rows import of_log
from reports.verify import verify

RELEASES = Path(__file__).parent / "data" / "releases"
LATER_MS = 1_795_300_000_000


@pytest.fixture(params=sorted(p.name for p in RELEASES.iterdir() if p.is_dir()))
def folder(request, tmp_path):
    """A copy of one release's folder."""
    shutil.copytree(RELEASES / request.param, tmp_path / "hub")
    return tmp_path / "hub"


def test_an_old_log_holds_together_row_by_row_under_its_own_rules(folder):
    rows = list(SqliteStore(folder).rows())
    assert verify(rows).misfit is None
    assert all(row.stretch == 0 for row in rows), "a log of before there were stretches"


def test_the_figures_of_an_old_log_are_what_they_were(folder):
    indicators = of_log(SqliteStore(folder).rows())["indicators"]
    assert indicators["tickets_issued"] == 22
    assert indicators["abandonment"]["expired"] == 6


def test_a_hub_with_an_old_log_leads_and_the_day_goes_on(folder):
    center = Center(folder, clock=VirtualClock(LATER_MS), chance=random.Random(99))
    hub = center.start_hub()
    kiosk, panel = center.kiosk(2), center.panel(3)
    label = center.touch(kiosk)
    center.pass_ms(61_000, 1_000)
    center.do(panel, Press.NEXT)
    assert panel.me.label == label, "who waited on the old days has expired"
    hub.flush()
    assert verify(list(hub.store.rows())).misfit is None
