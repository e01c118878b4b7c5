"""A box that was cut off tells late what it did, and the others had gone on with the person: nobody can say when he waited,
and the check of everybody else's waits still holds and still finds what is missing.
"""

import json

import pytest

from onedoor.hall import events as ev
from onedoor.wire.chain import line_of
from onedoor.wire.rows import LogRow, plain
from reports import evaluator_verify
from reports.facts import facts_of_records
from reports.legs import fold
from reports.reading import days_of
from reports.rows import entries_from
from reports.steps import DAY_S, Day, Step, out_of_order

EIGHT = 8 * 3600
RUN = "a" * 16
NOON = 1_795_237_200_000
"""Saturday 21 November 2026, 12:00 in the center."""


def visit(ticket, *steps):
    """Steps (second after eight, what, counter) in the order of the log."""
    boxes = [f"c{counter}/boot" if counter else "" for _, _, counter in steps]
    return [
        Step(EIGHT + at, what, ticket, counter, "id", seq=n, boot=box)
        for n, ((at, what, counter), box) in enumerate(zip(steps, boxes, strict=True), 1)
    ]


PLAIN = visit("k1.a.1", (0, "issue", ""), (300, "call", "1"), (320, "start", "1"), (900, "end", "1"))
LATE = visit(
    "k1.a.2", (10, "issue", ""), (400, "call", "2"), (430, "start", "2"), (2_900, "call", "3"), (700, "transfer", "2"),
    (2_950, "start", "3"), (3_300, "end", "3"),
)  # fmt: skip


def little(*visits):
    """Both sides of Little's law on a day, and the visits that are in neither."""
    day = Day(0, (0, DAY_S), {steps[0].ticket: steps for steps in visits}, until=DAY_S)
    records = fold(day)
    tally = facts_of_records(records, []).tally
    return tally["area_s"], tally["sum_wait_s"], records.untidy


def test_a_transfer_that_came_after_the_next_call_is_named_and_spoils_nothing():
    assert little(PLAIN, LATE) == (300, 300, {"k1.a.2"})


def test_a_call_that_is_missing_is_still_an_alarm():
    without = [step for step in PLAIN if step.e != "call"]
    area, waits, untidy = little(without, LATE)
    assert (area > waits, untidy) == (True, {"k1.a.2"})


@pytest.mark.parametrize(("late_s", "named"), [(60, False), (61, True)])
def test_a_minute_is_nothing(late_s, named):
    steps = visit("k1.a.3", (0, "issue", ""), (500, "call", "1"), (500 - late_s, "recall", "1"))
    assert out_of_order(steps) is named


def test_an_issue_that_came_late_is_the_beginning_all_the_same():
    assert not out_of_order(visit("k1.a.4", (900, "issue", ""), (300, "call", "1"), (320, "start", "1")))


def test_times_of_two_stretches_that_nobody_dated_are_not_compared():
    steps = visit("k1.a.5", (0, "issue", ""), (9_000, "call", "1"), (100, "start", "1"))
    steps[1].stretch, steps[2].stretch = 4, 7
    assert not out_of_order(steps)


def test_who_was_sent_on_by_one_counter_after_another_had_sent_him_away_is_called_and_not_back():
    ticket = ev.RowId(f"k1.{RUN}.1")
    told = [
        ("k1", ev.Issued("A-001", "id", "id", 1, 1, "2026-11-21", offline=False, cls="N", lang="lo")),
        ("hub", ev.Called("c1", ev.RowId(f"c1.{RUN}.1"), ticket)),
        ("c1", ev.Shown(ev.RowId(f"c1.{RUN}.1"), ticket)),
        ("c3", ev.CalledLocally(ev.RowId(f"c3.{RUN}.1"), ticket)),
        ("c3", ev.Parked(ticket)),
        ("c1", ev.Transferred(ticket, "land")),
        ("hub", ev.Called("c2", ev.RowId(f"c2.{RUN}.1"), ticket)),
    ]
    rows, seqs = [], dict.fromkeys(("k1", "c1", "c2", "c3", "hub"), 0)
    for n, (dev, event) in enumerate(told, 1):
        seqs[dev] += 1
        kind, body = plain(event)
        at = NOON + 60_000 * n
        rows.append(LogRow(n, dev, RUN, seqs[dev], None, kind, body, "b", at - NOON, at, at, "B", 0, 0, 0, "0" * 64))
    (day,) = days_of(entries_from(rows))
    assert [step.e for step in day.day.visits[ticket]][-2:] == ["transfer", "call"]
    stranger = evaluator_verify.read([json.loads(line_of(row)) for row in rows])
    assert [step[2] for step in stranger.visits[ticket]][-2:] == ["transfer", "call"]


def test_who_is_sent_on_while_another_counter_has_him_too_is_in_neither_side():
    both = visit(
        "k1.a.6", (0, "issue", ""), (100, "call", "1"), (130, "call", "3"), (140, "start", "3"), (300, "transfer", "1"),
        (310, "freed", "3"), (320, "start", "3"), (600, "end", "3"),
    )  # fmt: skip
    assert little(PLAIN, both) == (300, 300, {"k1.a.6"})
    one = visit("k1.a.7", (0, "issue", ""), (100, "call", "1"), (300, "transfer", "1"), (500, "call", "3"))
    assert little(one) == (300, 300, set())
