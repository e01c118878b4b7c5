"""The code of an appointment: whoever types one reads at once what it is worth, and the clerk sees why it did not count."""

import itertools
import random

import pytest
from conftest_center import Center

from display import booking
from display.menu import BookIn
from kiosk import wishes as w
from kiosk.codes import ANSWER_MS
from kiosk.screen.confirm import CODES
from onedoor.device.clock import VirtualClock
from onedoor.hall import desk
from onedoor.hall import events as ev
from onedoor.hall.checkin import HINTS, CodeState
from onedoor.look.texts import say

TEN = 1_795_230_000_000
MIN = 60_000
CODE = "1234567001"


@pytest.fixture
def center(tmp_path):
    made = Center(tmp_path, clock=VirtualClock(TEN))
    made.start_hub()
    yield made
    made.hub.store.close()


def types(center, kiosk, code: str, service: str = "id"):
    """Choose a service, type a code; what the screen says of it."""
    views = []
    kiosk.show = views.append
    center.do(kiosk, w.Begin(), w.Choose(service), w.Code(), *map(w.Digit, code))
    center.pass_ms(400)
    return views[-1].code


def take(center, kiosk) -> str:
    center.do(kiosk, w.Take(held=True))
    center.pass_ms(400)
    label = kiosk._job.label
    center.do(kiosk, w.Done())
    return label


@pytest.mark.parametrize(
    ("booked", "in_min", "asks", "state"),
    [
        ("id", 10, "id", CodeState.GOOD),
        ("id", -10, "id", CodeState.GOOD),
        ("id", 90, "id", CodeState.EARLY),
        ("id", -40, "id", CodeState.LATE),
        ("id", 2 * 1_440, "id", CodeState.OTHER_DAY),
        ("land", 10, "id", CodeState.OTHER_SERVICE),
        ("", 0, "id", CodeState.UNKNOWN),
    ],
)
def test_he_reads_what_his_code_is_worth_and_the_clerk_sees_why_it_did_not_count(center, booked, in_min, asks, state):
    kiosk, panel = center.kiosk(), center.panel(1)
    if booked:
        center.do(panel, desk.Book(CODE, booked, center.clock.wall_ms() + in_min * MIN))
    told = types(center, kiosk, CODE, asks)
    assert told.state == state
    label = take(center, kiosk)
    ticket = center.hub.ledger.hall.by_label(label)
    assert (ticket.code_state, ticket.appointed_ms is not None) == (state, state == CodeState.GOOD)
    seat = next(t for t in panel.box.hall.waiting.line if t.label == label)
    assert seat.note == ("appointment" if state == CodeState.GOOD else HINTS[state])


def test_a_code_counts_once(center):
    kiosk, panel = center.kiosk(), center.panel(1)
    center.do(panel, desk.Book(CODE, "id", center.clock.wall_ms() + 10 * MIN))
    assert types(center, kiosk, CODE).state == CodeState.GOOD
    take(center, kiosk)
    assert types(center, kiosk, CODE).state == CodeState.USED


def test_nobody_waits_for_an_answer_and_the_code_goes_along(center):
    kiosk, panel = center.kiosk(), center.panel(1)
    center.do(panel, desk.Book(CODE, "id", center.clock.wall_ms() + 10 * MIN))
    center.kill_hub()
    views = []
    kiosk.show = views.append
    center.do(kiosk, w.Begin(), w.Choose("id"), w.Code(), *map(w.Digit, CODE))
    center.pass_ms(ANSWER_MS + 500)
    assert views[-1].code.state == CodeState.UNSURE
    label = take(center, kiosk)
    center.start_hub()
    center.pass_ms(20_000)
    assert center.hub.ledger.hall.by_label(label).appointed_ms is not None


def test_another_service_chosen_forgets_the_code(center):
    kiosk, panel = center.kiosk(), center.panel(1)
    center.do(panel, desk.Book(CODE, "id", center.clock.wall_ms() + 10 * MIN))
    types(center, kiosk, CODE, "land")
    views = []
    kiosk.show = views.append
    center.do(kiosk, w.Back(), w.Choose("id"))
    assert views[-1].code is None and views[-1].session.appointment == ""


def test_every_sentence_has_its_lao_and_fits_its_place():
    for text in CODES.values():
        assert say("lo", text) != text
        assert text.count("{}") == say("lo", text).count("{}") <= 1


def test_a_thousand_open_appointments_have_a_thousand_codes_and_ten_tries_find_none(center):
    """Three counters book a thousand; no code twice, none found by ten tries a citizen makes, whatever their order."""
    chance = random.Random(2026)
    panels = [center.panel(n) for n in (1, 2, 3)]
    for panel in panels:
        panel.codes = booking.Codes(draw=chance.randrange)
    for panel, i in zip(itertools.cycle(panels), range(1_000)):
        center.do(panel, BookIn("id", 10 + i % 300))
    center.pass_ms(60_000)
    codes = [row.body["code"] for row in center.hub.store.rows() if row.kind == "booked"]
    assert len(codes) == len(set(codes)) == len(center.hub.ledger.hall.appointments) == 1_000
    tries = [f"{chance.randrange(10**10):010d}" for _ in range(5)] + [f"{int(codes[0]) + d:010d}" for d in range(1, 6)]
    assert not set(tries) & set(codes)
    kiosk = center.kiosk()
    for code in tries:
        assert types(center, kiosk, code).state == CodeState.UNKNOWN
        center.do(kiosk, w.Home())


def test_a_code_is_booked_once(center):
    one, two = center.panel(1), center.panel(2)
    for panel in (one, two):
        center.do(panel, desk.Book(CODE, "id", center.clock.wall_ms() + 10 * MIN))
    center.pass_ms(1_000)
    assert [row.event.code for row in center.hub.store.rows() if isinstance(row.event, ev.FactRefused)] == [
        "code_taken"
    ]
    assert two.view is None or two.view.not_booked is not None
