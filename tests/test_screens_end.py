"""A kiosk's screens end by time, whatever its printer does: the number is always there to be read."""

from types import SimpleNamespace

import pytest

from display import around
from kiosk import wishes as w
from kiosk.flow import Screen
from kiosk.jobs import ListJob
from kiosk.late_paper import PAPER_MS
from kiosk.layout import Layout
from onedoor.device.catalogue import load_catalogue
from onedoor.device.worker import WorkerSays
from onedoor.hall import events as ev

LAYOUT = Layout("test", "ສູນ", "Center")
LIST = ListJob(load_catalogue().services[0], "lo", 1_795_000_000_000)


@pytest.fixture
def silent(center):
    """A kiosk whose printing part never answers."""
    center.start_hub()
    kiosk, views, jobs, given_up = center.kiosk(), [], [], []
    kiosk.print_, kiosk.show, kiosk.give_up = jobs.append, views.append, given_up.append
    return SimpleNamespace(center=center, kiosk=kiosk, views=views, jobs=jobs, given_up=given_up)


def take(silent):
    silent.center.do(silent.kiosk, w.Begin(), w.Choose("id"), w.Take(held=True))
    silent.center.pass_ms(400)
    return silent.jobs[-1]


def test_printing_ends_by_time_with_the_number_on_the_screen(silent):
    job = take(silent)
    assert silent.views[-1].screen is Screen.PRINTING
    silent.center.pass_ms(PAPER_MS + 1_000)
    view = silent.views[-1]
    assert (view.screen, view.label, view.fault) == (Screen.ISSUED, job.label, "timeout")
    assert silent.given_up == [job.ticket]
    rows = [r.event for r in silent.center.hub.store.rows() if isinstance(r.event, ev.PrintFailed)]
    assert rows == [ev.PrintFailed(job.ticket, "timeout")]
    panel = silent.center.panel(1)
    assert ("k1", "timeout") in around.alarms(panel.box), "a clerk sees it"
    silent.center.do(silent.kiosk, w.Done())
    assert silent.views[-1].screen is Screen.WELCOME


def test_a_paper_that_comes_after_all_is_told_to_whoever_stands_there_and_to_the_log(silent):
    job = take(silent)
    silent.center.pass_ms(PAPER_MS + 1_000)
    silent.center.do(silent.kiosk, w.PrintEnded(job.ticket, "A"))
    assert (silent.views[-1].screen, silent.views[-1].fault) == (Screen.ISSUED, "")
    silent.center.do(silent.kiosk, w.PrintEnded(job.ticket, "A"))
    rows = [r.event for r in silent.center.hub.store.rows() if isinstance(r.event, ev.Printed)]
    assert rows == [ev.Printed(job.ticket, "A")]
    assert silent.kiosk.box.all_alarms == []


def test_the_list_and_the_staffs_papers_end_by_time_too(silent):
    center, kiosk = silent.center, silent.kiosk
    center.do(kiosk, w.Begin(), w.Choose("id"), w.Tell())
    assert silent.views[-1].screen is Screen.LISTING
    center.pass_ms(PAPER_MS + 1_000)
    assert (silent.views[-1].screen, silent.views[-1].fault) == (Screen.LISTED, "timeout")
    center.do(kiosk, w.Done(), w.Key(on=True), w.StaffDo("test"))
    center.pass_ms(PAPER_MS + 1_000, step=1_000)
    assert kiosk.staff.page.note == "fault_timeout"
    before = len(silent.jobs)
    center.do(kiosk, w.StaffDo("test"))
    assert len(silent.jobs) == before + 1, "the next slip may be wished"


def test_a_worker_that_fails_is_on_every_panel_until_it_is_well(silent):
    panel = silent.center.panel(1)
    silent.center.do(silent.kiosk, WorkerSays("printer", "hung"))
    assert ("k1", "printer") in around.alarms(panel.box)
    silent.center.do(silent.kiosk, WorkerSays("printer", ""))
    assert around.alarms(panel.box) == ()
