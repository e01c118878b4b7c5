"""The staff's page: how this kiosk is, for people who know no computers."""

import pytest

from kiosk.printer.port import Fault
from kiosk.staff_state import CALL, parts
from onedoor.look.alarms import ALARMS
from onedoor.look.texts import say


def page(**other):
    known = {"printers": {1: ("ok", 62)}, "fresh": True, "unsent": 0, "faults": (), "time": "25/11/2026 08:03",
             "known": True, "about": "k1"}  # fmt: skip
    return parts(**(known | other))


def test_where_everything_works_nothing_asks_for_a_hand():
    assert not [part for part in page() if part.good is False or part.todo]


@pytest.mark.parametrize("state", [fault.value for fault in Fault])
def test_every_fault_of_a_printer_stands_first_and_says_what_to_do(state):
    first = page(printers={1: ("ok", 62), 2: (state, -1)})[0]
    assert (first.name, first.number, first.good) == ("Printer", "2", False) and first.todo


@pytest.mark.parametrize("code", sorted(ALARMS))
def test_every_alarm_of_the_box_is_said_and_has_somebody_to_turn_to(code):
    first = page(faults=(code,))[0]
    assert first.good is False and (first.todo or "call the technician" in first.told)


def test_every_word_has_a_lao_draft():
    shown = page(fresh=False, known=False, unsent=3, faults=("gpio",), printers={1: ("cutter", 3)})
    for part in shown:
        for text in filter(None, (part.name, part.told, part.todo)):
            assert say("lo", text) != text, text
    assert say("lo", CALL) != CALL
