"""The fold is pinned by a recorded log; and a hub whose fold is another one is ready in time, whatever befalls it."""

import ast
import inspect
from unittest import mock

import folding
import pytest

from broker.snapshot import pictured, restored
from onedoor.hall import days, moves, undoing
from onedoor.hall import evolve as evolving
from onedoor.hall.kinds import KINDS
from onedoor.hall.ledger import Ledger


@pytest.fixture(scope="module")
def recorded():
    return folding.recorded()


def test_the_fold_of_the_recorded_log_is_the_recorded_one(recorded):
    assert folding.misfit(*recorded) is None, folding.misfit(*recorded)


def test_the_recorded_log_has_every_kind_of_row(recorded):
    assert KINDS.keys() == {row[folding.KIND] for row in recorded[0]}


def test_a_changed_fold_is_named_with_its_row_and_what_to_do(recorded):
    rows, version, pictures = recorded
    with mock.patch.object(evolving, "recall", lambda *_: None):
        found = folding.misfit(rows, version, pictures)
    assert "'recalled'): raise FOLD_VERSION" in found
    assert "make record-fold" in found
    assert "record again" in folding.misfit(rows, version + 1, pictures)


def test_a_new_kind_of_row_has_to_be_recorded_and_changes_no_version(recorded):
    with mock.patch.dict(folding.KINDS, {"brand_new": object}):
        assert "no row of brand_new" in folding.misfit(*recorded)


def test_a_fold_goes_on_from_its_picture_as_if_there_had_been_none(recorded):
    """Whatever two parts of the state share in memory, a picture does not: so nothing may depend on it."""
    rows, _, pictures = recorded
    for at in range(40, len(rows), 83):
        ledger = Ledger()
        for _ in folding.pictures(rows[:at], ledger):
            pass
        again = restored(pictured(ledger, at, ""))
        found = list(folding.pictures(rows[at : at + 160], again))
        wrong = next((n for n, (a, b) in enumerate(zip(found, pictures[at:], strict=False)) if a != b), None)
        assert wrong is None, f"row {at + wrong + 1}, {rows[at + wrong][folding.KIND]}, after a picture behind row {at}"


DECIDER = {"of_day", "minded", "groups_in_doubt", "asked_about", "_source", "answered", "_before_it", "_waits_again", "words_due", "_closes",
           "next_park_over", "closed_now", "fits", "_together"}  # fmt: skip
"""Functions in the fold's modules that only a decider calls."""


@pytest.mark.parametrize("module", [evolving, moves, days, undoing])
def test_the_recorded_log_reaches_nearly_every_line_of_the_fold(recorded, module):
    """What the recorded log never does, it cannot pin."""
    import sys

    file, seen = module.__file__, set()

    def lines(frame, event, _):
        if frame.f_code.co_filename != file:
            return None
        if event == "line":
            seen.add(frame.f_lineno)
        return lines

    sys.settrace(lines)
    try:
        list(folding.pictures(recorded[0]))
    finally:
        sys.settrace(None)
    wanted = {
        node.lineno
        for function in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(function, ast.FunctionDef) and function.name not in DECIDER
        for node in ast.walk(function)
        if isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef)
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    }
    text = inspect.getsource(module).splitlines()
    missed = [f"{n}: {text[n - 1].strip()}" for n in sorted(wanted - seen)]
    assert len(missed) <= len(wanted) // 10, missed
