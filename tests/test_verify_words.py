"""What a hub says about time and day is held against the log: each lie is named at its row."""

from itertools import pairwise

import pytest
from conftest_clocks import HOUR, MINUTE, WEEK, FaultyDay
from msgspec.structs import replace

from display.presses import Press
from onedoor.hall import desk
from onedoor.hall.rules import Rules
from onedoor.wire.chain import GENESIS, sealed
from reports.source import rows_of
from reports.verify import verify


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A day with hours, a person who is parked, closing time, a night, a power cut of the hub, and the next morning."""
    day = FaultyDay(tmp_path_factory.mktemp("words") / "hub", 1)
    center = day.center
    center.rules = Rules(hours=WEEK)
    for dev in ("hub", "k1", "c1"):
        day.network(dev)
    center.start_hub()
    kiosk, panel = center.kiosk(), center.panel()
    for _ in range(3):
        center.touch(kiosk)
    center.do(panel, Press.NEXT)
    center.pass_ms(5_000)
    center.do(panel, Press.START)
    center.pass_ms(60_000, 1_000)
    center.do(panel, desk.Park(10, "paper"))
    center.pass_ms(11 * MINUTE, 10_000)
    for _ in range(15 * 6):
        center.pass_ms(10 * MINUTE, MINUTE)
    center.touch(kiosk)
    center.kill_hub()
    center.pass_night(10 * HOUR)
    center.clocks["hub"].reboot("hub-again")
    center.clocks["hub"].is_trusted = False
    center.start_hub()
    center.pass_ms(40_000, 1_000)
    center.touch(kiosk)
    center.do(panel, Press.NEXT)
    center.pass_ms(5_000)
    center.hub.flush()
    center.hub.store.close()
    return list(rows_of(day.folder))


def chained(rows):
    """The same rows with numbers and hashes computed again, as a liar would."""
    head, found, hub = GENESIS, [], {}
    for number, row in enumerate(rows, 1):
        seq = row.seq
        if row.dev == "hub":
            seq = hub[row.run] = hub.get(row.run, 0) + 1
        found.append(sealed(replace(row, hub_seq=number, seq=seq, prev_hash=head, hash="")))
        head = found[-1].hash
    return found


def changed(rows, kind, which=0, **body):
    """The log with another body in the so-manieth row of a kind, and its number."""
    places = [i for i, row in enumerate(rows) if row.kind == kind]
    i = places[which]
    made = list(rows)
    made[i] = replace(made[i], body=made[i].body | body)
    return chained(made), i + 1


def test_the_log_is_good_and_has_every_word(log):
    assert verify(log).misfit is None
    kinds = {row.kind for row in log}
    assert {"stretch_began", "time_known", "day_began", "line_minded", "center_closed", "park_over"} <= kinds
    assert verify(chained(log)).misfit is None


@pytest.mark.parametrize(
    ("kind", "body", "why"),
    [
        ("day_began", {"day": "2026-12-24"}, "begins on"),
        ("center_closed", {"day": "2026-12-24"}, "closes 2026-12-24, and it is"),
        ("stretch_began", {"stretch": 7}, "does not follow"),
        ("time_known", {"stretch": 9}, "a word about stretch 9"),
        ("time_known", {"hall_ms": 5}, "is not between the row before and this one"),
        ("time_known", {"hall_ms": 2**50}, "is not between the row before and this one"),
    ],
)
def test_a_changed_word_is_named(log, kind, body, why):
    rows, number = changed(log, kind, **body)
    misfit = verify(rows).misfit
    assert misfit is not None and misfit.hub_seq == number and why in misfit.why


def without(rows, kind, which=0):
    i = [i for i, row in enumerate(rows) if row.kind == kind][which]
    return chained([*rows[:i], *rows[i + 1 :]]), i + 1


def test_a_day_that_nobody_knows_cannot_begin(log):
    """All words are gone; the day begins all the same."""
    rows = chained([row for row in log if row.kind != "time_known"])
    misfit = verify(rows).misfit
    assert misfit is not None and "nobody knows which day it is" in misfit.why


def test_a_day_that_was_not_said_is_missed_at_the_next_call(log):
    second = [row for row in log if row.kind == "day_began"][1:]
    gone = [row for row in log if row.kind == "line_minded" or row.body.get("reason") == "new_day"]
    rows = chained([row for row in log if row not in second and row not in gone])
    misfit = verify(rows).misfit
    assert misfit is not None and "had begun, and the hub had not said so" in misfit.why


def doubled(rows, kind):
    """The log in which the hub says a word twice."""
    i = next(i for i, row in enumerate(rows) if row.kind == kind)
    return chained([*rows[: i + 1], rows[i], *rows[i + 1 :]]), i + 2


@pytest.mark.parametrize(
    ("kind", "why"),
    [("day_began", "a second time"), ("park_over", "somebody who is in none"), ("stretch_began", "does not")],
)
def test_a_word_said_twice_is_named(log, kind, why):
    rows, number = doubled(log, kind)
    misfit = verify(rows).misfit
    assert misfit is not None and misfit.hub_seq == number and why in misfit.why


def moved(rows, kind, by):
    """The log in which a word is said earlier than it may be."""
    i = next(i for i, row in enumerate(rows) if row.kind == kind)
    made = list(rows)
    made[i] = replace(made[i], t_event=made[i].t_event - by, t_recv=made[i].t_recv - by)
    return chained(made), i + 1


@pytest.mark.parametrize(("kind", "why"), [("center_closed", "before closing time"), ("park_over", "before its time")])
def test_nothing_ends_before_its_time(log, kind, why):
    rows, number = moved(log, kind, 3 * MINUTE)
    misfit = verify(rows).misfit
    assert misfit is not None and misfit.hub_seq == number and why in misfit.why


def test_looking_through_a_line_from_which_nothing_follows_is_named(log):
    minded = next(row for row in log if row.kind == "line_minded")
    i = next(i for i, (a, b) in enumerate(pairwise(log)) if a.kind == "day_began" and b.dev != "hub" and i)
    here = log[i]
    lie = replace(minded, run=here.run, t_event=here.t_event, t_recv=here.t_recv, stretch=here.stretch, boot=here.boot)
    rows = chained([*log[: i + 1], lie, *log[i + 1 :]])
    misfit = verify(rows).misfit
    assert misfit is not None and misfit.hub_seq == i + 2 and "nothing follows" in misfit.why
