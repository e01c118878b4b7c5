"""A box that was cut off tells late what it did, and the others had gone on with the person: nobody can say when he waited,
and the check of everybody else's waits still holds and still finds what is missing.
"""

import pytest

from reports.facts import facts_of_records
from reports.legs import fold
from reports.steps import DAY_S, Day, Step, out_of_order

EIGHT = 8 * 3600


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
