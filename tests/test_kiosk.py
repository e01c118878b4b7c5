"""The kiosk as its people meet it: the way over the screens, help, voice, pace, lamps, staff; no window, no printer."""

import pytest
from conftest_center import Center
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk import wishes as w
from kiosk.flow import STAYS_MS, TABLE, Act, Screen, step
from kiosk.pace import Pace, gave, hold
from kiosk.session import Session, entries, pages, tiles, touched
from kiosk.wiring import Wiring
from onedoor.device.catalogue import Category, Service, load_catalogue
from onedoor.device.clock import VirtualClock
from onedoor.device.config import KioskPins
from onedoor.device.pin import fits, hashed
from onedoor.device.runner import StartAgain
from onedoor.hall.hours import promised_day
from onedoor.hall.rules import ALWAYS_OPEN, Hours
from onedoor.hall.tickets import receipt_of
from onedoor.wire import tag

CATALOGUE = load_catalogue()
COMMON = [s for s in CATALOGUE.services if s.common]


@pytest.fixture
def hall(tmp_path):
    center = Center(tmp_path)
    center.start_hub()
    center.views = []
    center.one = center.kiosk()
    center.one.show = center.views.append
    return center


def rows(center, kind):
    return [row.body for row in center.hub.store.rows(0, 10_000) if row.kind == kind]


# -- the way over the screens ---------------------------------------------------------------------------


def test_from_every_screen_but_the_failsafe_a_way_leads_home():
    for screen in Screen:
        seen, edge = {screen}, {screen}
        while edge:
            edge = {after for s in edge for act, after in TABLE[s].items() if act is not Act.BREAK} - seen
            seen |= edge
        assert Screen.WELCOME in seen or screen is Screen.FAULT, screen
        assert screen is Screen.FAULT or step(screen, Act.BREAK) is Screen.FAULT


def test_no_screen_waits_for_ever_but_those_that_may():
    waits = {s for s in Screen if s not in STAYS_MS}
    assert waits == {
        Screen.STARTING, Screen.WELCOME, Screen.PRINTING, Screen.LISTING, Screen.CLOSED, Screen.FAULT,
    }  # fmt: skip


@pytest.mark.parametrize("service", COMMON, ids=lambda s: s.id)
@pytest.mark.parametrize("lang", ["lo", "en", "hmn", "kjg", "vi", "zh", "th"])
def test_three_touches_give_a_number_in_every_language(hall, service, lang):
    touches = [w.Speak(lang), w.Choose(service.id), w.Take()]
    hall.do(hall.one, *touches)
    hall.pass_ms(400)
    assert len(touches) <= 3
    [issued] = rows(hall, "issued")
    assert (issued["lang"], issued["service"]) == (lang, service.id)
    assert hall.views[-1].label == issued["label"]


def test_every_service_is_reached_over_the_tiles():
    for service in CATALOGUE.services:
        session, touches = touched(Session(), w.Begin(), CATALOGUE), 1
        while service not in tiles(CATALOGUE, session):
            group = next(e for e in tiles(CATALOGUE, session) if isinstance(e, Category) and _leads(e, service))
            session = touched(session, w.Open(group.id), CATALOGUE)
            touches += 1
        session = touched(session, w.Choose(service.id), CATALOGUE)
        assert session.screen is Screen.CONFIRM and touches <= 3, service.id


def _leads(category, service):
    from kiosk.session import within

    return within(CATALOGUE, service, category.id)


def test_a_long_catalogue_has_pages_and_every_entry_is_on_one():
    from msgspec import structs

    many = [structs.replace(CATALOGUE.services[0], id=f"s{i}", common=True) for i in range(20)]
    catalogue = structs.replace(CATALOGUE, services=many)
    count = pages(catalogue, "")
    seen = [e.id for page in range(count) for e in tiles(catalogue, Session(Screen.SERVICES, page=page))]
    assert seen == [e.id for e in entries(catalogue, "")]
    assert all(isinstance(e, Service) for e in entries(catalogue, "")[:20])
    turned = Session(Screen.SERVICES)
    for _ in range(count):
        turned = touched(turned, w.Page(), catalogue)
    assert turned.page == 0, "after the last page comes the first"


WISHES = [
    w.Begin(), w.Speak("en"), w.Speak("xx"), w.Open("people"), w.Open("nothing"), w.Page(), w.Choose("id"), w.Choose("no"),
    w.Want("collect"), w.Want("nonsense"), w.SayClass("P"), w.SayClass("Z"), w.Take(), w.Take(held=True), w.Tell(),
    w.Missing(), w.Code(), w.Digit("1"), w.Digit("x"), w.Digit("<"), w.Help(), w.NoHelp(), w.Back(), w.Home(), w.Done(),
    w.More(), w.Mode("large"), w.Mode("voice"), w.Mode("nonsense"), w.AskPin(), w.Key(on=True), w.Key(on=False),
    w.Touched("x", w.Begin(), ("begin",)), w.StaffDo("leave"), w.StaffDo("page", "state"), w.StaffDo("reprint", "x"),
    w.StaffDo("out", "being repaired"), w.StaffDo("sorry", "3"), w.StaffDo("language", "th"), w.PrinterSays(1, "ok", 9),
    w.PrinterSays(1, "paper_out"), w.SheetEnded("list"), w.SheetEnded("test", "hot"), w.Near(here=False),
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(WISHES), max_size=60), st.data())
def test_whatever_is_touched_numbers_are_never_given_twice_and_the_way_home_stays(tmp_path_factory, wishes, data):
    hall = Center(tmp_path_factory.mktemp("hall"))
    hall.start_hub()
    kiosk = hall.kiosk()
    kiosk.pin = "scrypt$" + "0" * 32 + "$" + "0" * 64
    for wish in wishes:
        hall.do(kiosk, wish)
        if data.draw(st.booleans()):
            hall.pass_ms(500, 500)
    labels = [row["label"] for row in rows(hall, "issued")]
    assert len(labels) == len(set(labels)) == len(hall.papers)
    assert kiosk.screen in Screen and kiosk.screen is not Screen.FAULT
    hall.pass_ms(200_000, 1_000)
    assert kiosk.screen in (Screen.WELCOME, Screen.CLOSED)
    hall.hub.store.close()


# -- time ------------------------------------------------------------------------------------------------


def test_the_end_of_a_screen_is_counted_down_and_more_time_is_given(hall):
    hall.do(hall.one, w.Begin())
    hall.pass_ms(44_000, 1_000)
    assert hall.views[-1].countdown is None
    hall.pass_ms(3_000, 500)
    assert 10 <= hall.views[-1].countdown <= 15
    hall.do(hall.one, w.Touched("more_time", w.More()))
    assert hall.views[-1].countdown is None
    hall.pass_ms(50_000, 1_000)
    assert hall.one.screen is Screen.SERVICES, "no limit that cannot be extended"
    hall.pass_ms(20_000, 1_000)
    assert hall.one.screen is Screen.WELCOME


def test_the_next_person_begins_afresh(hall):
    hall.do(hall.one, w.Speak("vi"), w.Mode("large"), w.Choose("id"), w.SayClass("P"), w.Home())
    assert hall.one.session == Session()


# -- pace ------------------------------------------------------------------------------------------------


def test_three_hundred_touches_in_a_minute_give_ten_tickets_and_the_next_person_is_served(hall):
    """A child drums on the place of one service: every touch lands on whatever stands there."""
    drum = [w.Begin(), w.Choose("id"), w.Take(), w.Done()]
    for i in range(300):
        hall.do(hall.one, drum[i % 4])
        hall.pass_ms(200, 200)
    assert len(rows(hall, "issued")) <= 10
    hall.do(hall.one, w.Home(), w.Begin(), w.Choose("land"))
    assert hall.views[-1].hold, "the button says that it wants to be held"
    before = len(rows(hall, "issued"))
    hall.pass_ms(3_000)
    hall.do(hall.one, w.Take(held=True))
    hall.pass_ms(400)
    assert len(rows(hall, "issued")) == before + 1, "never a refusal: three seconds later"


def test_after_a_calm_minute_a_tap_is_enough():
    pace = Pace(3)
    for at in (0, 100, 200):
        assert not hold(pace, at)
        pace = gave(pace, at)
    assert hold(pace, 300)
    assert hold(pace, 59_999)
    assert not hold(pace, 60_100)
    assert not hold(Pace(0), 0)


# -- what is about the number ----------------------------------------------------------------------------


def test_collecting_goes_to_the_last_queue_and_carries_the_code(hall):
    label = hall.touch(hall.one, "land")
    [first] = [row for row in hall.hub.store.rows(0, 999) if row.kind == "issued"]
    code = receipt_of(f"{first.dev}.{first.run}.{first.seq}")
    assert hall.papers[-1].receipt == code
    assert hall.papers[-1].promised == promised_day(ALWAYS_OPEN, first.body["day"], 3)
    hall.do(hall.one, w.Begin(), w.Choose("land"), w.Want("collect"), w.Code(), *map(w.Digit, code), w.Take())
    hall.pass_ms(400)
    issued = rows(hall, "issued")[-1]
    assert (issued["intent"], issued["receipt"], issued["queue"]) == ("collect", code, "issue")
    assert hall.papers[-1].receipt == "", "who collects needs no second code"
    assert label != issued["label"]


def test_only_the_list_takes_no_number(hall):
    hall.do(hall.one, w.Speak("th"), w.Choose("land"), w.Tell())
    assert rows(hall, "issued") == []
    assert rows(hall, "list_given") == [{"service": "land", "lang": "th", "cause": ""}]
    assert hall.one.screen is Screen.LISTED
    hall.printer_fault = "paper_out"
    hall.do(hall.one, w.Back(), w.Tell())
    assert hall.views[-1].fault == "paper_out", "the list stands on the screen then"
    assert rows(hall, "list_given")[-1]["cause"] == "paper_out"


def test_what_is_not_here_is_counted_with_the_place_where_it_was_looked_for(hall):
    hall.do(hall.one, w.Speak("en"), w.Missing(), w.Home(), w.Begin(), w.Open("people"), w.Missing())
    assert rows(hall, "not_here") == [{"category": "", "lang": "en"}, {"category": "people", "lang": "lo"}]


def test_the_promise_counts_open_days():
    week = (((480, 960),),) * 5 + ((), ())
    friday = "2026-11-27"
    assert promised_day(Hours(week), friday, 1) == "2026-11-30"
    assert promised_day(Hours(week, {"2026-11-30": ()}), friday, 1) == "2026-12-01"
    assert promised_day(Hours(week, {"2026-11-28": ((480, 720),)}), friday, 1) == "2026-11-28", "a Saturday made up"
    assert promised_day(ALWAYS_OPEN, friday, 3) == "2026-12-02"


# -- help ------------------------------------------------------------------------------------------------


def test_help_lights_the_lamp_and_shows_on_every_clerks_panel(hall):
    lamps = []
    hall.one.lamps = lambda *lit: lamps.append(lit)
    panel, shown = hall.panel(), []
    panel.show = shown.append
    hall.do(hall.one, w.Speak("hmn"), w.Help())
    assert lamps[-1] == (True, False)
    assert shown[-1].alarms == (("k1", "help"),)
    assert hall.one.screen is Screen.HELP
    hall.do(hall.one, w.NoHelp())
    assert lamps[-1] == (False, False)
    assert shown[-1].alarms == ()
    assert rows(hall, "help_asked") == [{"screen": "services", "lang": "hmn"}]
    assert rows(hall, "help_ended") == [{"by": "citizen"}]


def test_help_works_without_the_hub_and_ends_by_itself(hall):
    panel, shown = hall.panel(), []
    panel.show = shown.append
    hall.kill_hub()
    hall.do(hall.one, w.Help(button=True))
    assert shown[-1].alarms == (("k1", "help"),), "the broker alone carries it"
    hall.pass_ms(301_000, 1_000)
    assert not hall.one.help
    hall.start_hub()
    hall.pass_ms(5_000)
    assert rows(hall, "help_asked")[0]["screen"] == "button"
    assert rows(hall, "help_ended") == [{"by": "time"}]


# -- voice -----------------------------------------------------------------------------------------------


def test_with_the_voice_on_the_first_touch_speaks_and_the_second_acts(hall):
    said = []
    hall.one.speak = said.append
    hall.do(hall.one, w.Touched("begin", w.Begin(), ("begin",)))
    assert said == [] and hall.one.screen is Screen.SERVICES, "nobody asked for a voice"
    hall.do(hall.one, w.Touched("voice", w.Mode("voice"), ("listen",)))
    tile = w.Touched("service-id", w.Choose("id"), ("service_id",))
    other = w.Touched("service-land", w.Choose("land"), ("service_land",))
    hall.do(hall.one, tile, other, tile)
    assert [clip.tokens for clip in said] == [("service_id",), ("service_land",), ("service_id",)]
    assert hall.one.screen is Screen.SERVICES
    hall.do(hall.one, tile)
    assert hall.one.screen is Screen.CONFIRM
    take = w.Touched("take", w.Take(), ("take",))
    hall.do(hall.one, take, take)
    assert said[-1].tokens == ("your_number", "say_a", "say_1", "say_0", "say_0", "say_1")


# -- printers --------------------------------------------------------------------------------------------


def test_a_printer_that_changes_is_logged_lit_and_shown_to_the_clerks(hall):
    lamps, shown = [], []
    hall.one.lamps = lambda *lit: lamps.append(lit)
    panel = hall.panel()
    panel.show = shown.append
    hall.do(hall.one, w.PrinterSays(1, "ok", 40), w.PrinterSays(1, "ok", 39), w.PrinterSays(1, "near_end", 3))
    assert rows(hall, "printer_changed") == [{"printer": 1, "state": "near_end"}]
    assert lamps[-1] == (False, True)
    hall.do(hall.one, w.PrinterSays(1, "paper_out", 0))
    assert shown[-1].alarms == (("k1", "paper_out"),)
    assert hall.views[-1].paperless
    hall.do(hall.one, w.PrinterSays(2, "ok", 50))
    assert not hall.views[-1].paperless, "the second one can"
    hall.do(hall.one, w.PrinterSays(1, "ok", 50))
    assert lamps[-1] == (False, False)


# -- staff -----------------------------------------------------------------------------------------------

PIN = "482913"


def enter(hall):
    hall.one.pin = hashed(PIN, bytes(16))
    hall.do(hall.one, w.Help(), w.AskPin(), *map(w.Digit, PIN))
    assert hall.one.screen is Screen.STAFF


def test_the_pin_opens_the_staffs_page_and_wrong_ones_close_the_door(hall):
    hall.one.pin = hashed(PIN, bytes(16))
    hall.do(hall.one, w.Help(), w.AskPin())
    for _ in range(3):
        hall.do(hall.one, *map(w.Digit, "111111"))
        assert hall.one.screen is Screen.PIN and hall.views[-1].pin_wrong
    hall.do(hall.one, *map(w.Digit, PIN))
    assert hall.one.screen is Screen.PIN, "after three tries five minutes"
    hall.pass_ms(301_000, 1_000)
    hall.do(hall.one, w.Help(), w.AskPin(), *map(w.Digit, PIN))
    assert hall.one.screen is Screen.STAFF
    assert rows(hall, "staff_came") == [{"how": "pin"}]


def test_without_a_pin_only_the_key_opens_it(hall):
    hall.do(hall.one, w.Help(), w.AskPin())
    assert hall.one.screen is Screen.HELP
    hall.do(hall.one, w.Key(on=True))
    assert hall.one.screen is Screen.STAFF
    hall.do(hall.one, w.Key(on=False))
    assert hall.one.screen is Screen.WELCOME
    assert rows(hall, "staff_came") == [{"how": "key"}] and rows(hall, "staff_left") == [{}]
    assert not hall.one.help, "who came has helped"


def test_a_reprint_is_a_marked_copy_and_never_a_new_number(hall):
    label = hall.touch(hall.one)
    enter(hall)
    hall.do(hall.one, w.StaffDo("page", "reprint"))
    [(rid, told)] = hall.views[-1].staff.recent
    hall.do(hall.one, w.StaffDo("reprint", rid))
    assert told == label
    [copy] = hall.sheets
    assert copy.duplicate and copy.label == label
    assert rows(hall, "reprinted") == [{"ticket": rid, "cause": ""}]
    assert len(rows(hall, "issued")) == 1


def test_out_of_service_outlives_a_restart_and_shows_on_the_panels(hall):
    enter(hall)
    hall.do(hall.one, w.StaffDo("out", "being repaired"))
    assert hall.one.screen is Screen.CLOSED
    hall.do(hall.one, w.Begin(), w.Choose("id"), w.Take())
    assert rows(hall, "issued") == []
    hall.stop("k1", clean=True)
    again = hall.kiosk()
    assert again.screen is Screen.CLOSED
    panel = hall.panel()
    assert panel.box.hall.alarms["k1"] == ("shut",)
    hall.do(again, w.Key(on=True), w.StaffDo("in"))
    assert again.screen is Screen.WELCOME
    assert rows(hall, "out_of_service") == [{"reason": "being repaired"}] and rows(hall, "back_in_service") == [{}]
    assert panel.box.hall.alarms["k1"] == ()


def test_slips_paper_volume_languages_and_restart(hall):
    rolls, loud = [], []
    hall.one.roll, hall.one.loud = lambda *roll: rolls.append(roll), loud.append
    enter(hall)
    hall.do(hall.one, w.StaffDo("page", "sorry"), w.StaffDo("choose", "land"), w.StaffDo("sorry", "5"))
    [slip] = rows(hall, "slip_given")
    assert (slip["kind"], slip["service"], len(slip["receipt"])) == ("sorry", "land", 6)
    assert (hall.sheets[-1].day, hall.sheets[-1].receipt) == (slip["day"], slip["receipt"])
    hall.do(hall.one, w.StaffDo("paper", "80"), w.StaffDo("volume", "4"), w.StaffDo("language", "zh"))
    assert rolls == [(1, 80)] and loud == [4]
    assert rows(hall, "paper_changed") == [{"printer": 1, "meters": 80}]
    assert hall.one.languages == ("lo", "en", "zh")
    hall.do(hall.one, w.StaffDo("language", "lo"))
    assert "lo" in hall.one.languages, "Lao is always offered"
    with pytest.raises(StartAgain):
        hall.one.on_wish(w.StaffDo("restart"))
    hall.stop("k1")
    again = hall.kiosk()
    assert again.languages == ("lo", "en", "zh") and again.staff.volume == 4


def test_the_staffs_page_does_nothing_that_is_not_on_it(hall):
    hall.do(hall.one, w.StaffDo("out", "being repaired"))
    assert hall.one.screen is Screen.WELCOME, "nobody is behind it"
    enter(hall)
    for what, value in (("out", "; reboot"), ("paper", "9999"), ("volume", "11"), ("reprint", "k9.x.1"), ("shell", "")):
        hall.do(hall.one, w.StaffDo(what, value))
    assert hall.one.screen is Screen.STAFF and hall.sheets == []


def test_a_pin_is_kept_as_a_slow_hash():
    kept = hashed(PIN, bytes(16))
    assert PIN not in kept
    assert fits(kept, PIN) and not fits(kept, "482914") and not fits("", PIN) and not fits("x", "")
    with pytest.raises(ValueError, match="six digits"):
        hashed("12", bytes(16))


# -- wiring ----------------------------------------------------------------------------------------------


def test_key_button_sensor_and_lamps_on_pins():
    heard, clock = [], VirtualClock()
    pins = KioskPins(attention_lamp=17, paper_lamp=27, help_button=5, staff_key=6, presence=13)
    wiring = Wiring(pins, clock, heard.append)
    try:
        for name in ("help_button", "staff_key", "presence"):
            clock.advance(1_000)
            wiring.contacts.drive(name, low=True)
            wiring.contacts.drive(name, low=False)
        assert heard == [
            w.Help(button=True), w.Key(on=True), w.Key(on=False), w.Near(here=True), w.Near(here=False),
        ]  # fmt: skip
        wiring.show(True, False)
        assert (wiring.lamps.lit("attention_lamp"), wiring.lamps.lit("paper_lamp")) == (True, False)
        wiring.show(False, True)
        assert (wiring.lamps.lit("attention_lamp"), wiring.lamps.lit("paper_lamp")) == (False, True)
    finally:
        wiring.close()


def test_what_is_not_wired_is_not_there():
    wiring = Wiring(KioskPins(), VirtualClock(), lambda _: None)
    wiring.show(True, True)
    assert not wiring.lamps.lit("attention_lamp")
    wiring.close()


# -- tags ------------------------------------------------------------------------------------------------


@settings(max_examples=300)
@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=8, max_size=8))
def test_nobody_makes_up_a_ticket(guess):
    key = bytes(range(32))
    real = tag.signed(key, "saysettha", "20261121", "A1-023")
    assert tag.genuine(key, real)
    assert not tag.genuine(key, real[:-8] + guess) or guess == real[-8:]
    assert not tag.genuine(key, real.replace("A1-023", "A1-024"))
    assert not tag.genuine(b"", real) and not tag.genuine(key, "nonsense")


# -- found by the simulation -----------------------------------------------------------------------------


def test_a_start_is_sure_only_when_the_hub_has_its_rows(hall):
    """A card that forgets its newest seconds forgets what was left out too; the hub must know of it first."""
    from onedoor.wire import messages as msg

    hall.touch(hall.one)
    hall.stop("k1")
    kiosk = hall.kiosk()
    run = kiosk.sender.journal.run
    told = msg.Mark(1, msg.Start(0, 1, "0" * 16), {run: 1}, 0, True, 0, "0" * 64, echo_boot=hall.clock.boot_id)
    assert not kiosk.numbers.safe(told), "it has the start, not what was left out"
    assert kiosk.numbers.safe(msg.Mark(1, told.start, {run: 99}, 0, True, 0, "0" * 64, echo_boot=hall.clock.boot_id))
