"""Any order of rows, however senseless, is read without a crash, and alike by both readers."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onedoor.wire.chain import line_of
from onedoor.wire.rows import LogRow
from reports import evaluator_verify as stranger
from reports import pack
from reports.entries import entries_of
from reports.figures import facts_by_day, facts_together, figures
from reports.files import BadRow
from reports.indicators import incomplete
from reports.reading import days_of
from reports.reading_acts import KINDS
from reports.rows import entries_from

DAY_MS = 1_790_812_800_000
"""1 October 2026, midnight in the center."""
RUN = "0" * 16
TICKETS = [f"k1.{RUN}.{n}" for n in (1, 2, 3)] + [f"c1.{RUN}.7"]
COUNTERS = ["c1", "c2", "c3"]

ticket, counter = st.sampled_from(TICKETS), st.sampled_from(COUNTERS)
command = st.integers(1, 6).map(lambda n: f"c1.{RUN}.{n}")
word = st.fixed_dictionaries(
    {
        "by": st.just("network"),
        "stretch": st.integers(1, 3),
        "hall_ms": st.just(DAY_MS),
        "center_ms": st.sampled_from([DAY_MS, DAY_MS + 3_600_000, DAY_MS + 86_400_000, DAY_MS - 60_123]),
    }
)
BODIES = {
    "issued": st.fixed_dictionaries({
        "label": st.just("A-001"), "service": st.sampled_from(["id", "land"]), "queue": st.just("id"), "slot": st.just(1),
        "n": st.just(1), "day": st.just("2026-10-01"), "offline": st.booleans(), "cls": st.sampled_from("NP"),
        "lang": st.just("lo"), "appointment": st.just(""), "intent": st.just("submit"), "receipt": st.just("")}),
    "called": st.fixed_dictionaries({"dev": counter, "command": command, "ticket": ticket}),
    "called_locally": st.fixed_dictionaries({"command": command, "ticket": ticket}),
    "shown": st.fixed_dictionaries({"command": command, "ticket": ticket}),
    "given_back": st.fixed_dictionaries({"dev": counter, "command": command, "ticket": ticket, "void": st.booleans()}),
    "undone": st.fixed_dictionaries({"dev": counter, "command": command, "ticket": ticket, "void": st.booleans()}),
    "undo_shown": st.fixed_dictionaries(
        {"command": command, "ticket": ticket, "here": st.booleans(), "serving": st.booleans()}),
    "recalled": st.fixed_dictionaries({"ticket": ticket}),
    "started": st.fixed_dictionaries({"ticket": ticket}),
    "ended": st.fixed_dictionaries({
        "ticket": ticket, "auto": st.booleans(), "outcome": st.sampled_from(["done", "incomplete", "withdrawn"]),
        "reason": st.just("paper_missing"), "promised": st.sampled_from(["", "2026-10-05", "x"])}),
    "no_show": st.fixed_dictionaries({"ticket": ticket}),
    "parked": st.fixed_dictionaries({"ticket": ticket, "minutes": st.just(0), "reason": st.just("")}),
    "transferred": st.fixed_dictionaries(
        {"ticket": ticket, "queue": st.sampled_from(["cash", "counter/1"]), "place": st.just("keep"), "reason": st.just("")}),
    "handed_on": st.fixed_dictionaries({"ticket": ticket, "queue": st.just("cash")}),
    "requeued": st.fixed_dictionaries({"dev": counter, "command": command, "ticket": ticket}),
    "expired": st.fixed_dictionaries({"ticket": ticket, "reason": st.sampled_from(["new_day", "closing", "said"])}),
    "walked_in": st.fixed_dictionaries(
        {"counter": st.just("1"), "service": st.just("id"), "queue": st.just("id"), "paper": st.just(""), "cls": st.just("N")}),
    "roll_called": st.fixed_dictionaries({"dev": counter, "command": st.just(TICKETS[3]), "label": st.just("07")}),
    "counter_opened": st.fixed_dictionaries({"counter": st.sampled_from(["1", "2"]), "queues": st.just(["id"]), "clerk": st.just("")}),
    "counter_closed": st.fixed_dictionaries({"counter": st.just("1")}),
    "counter_paused": st.fixed_dictionaries({"counter": st.just("1"), "reason": st.sampled_from(["break", "phone"])}),
    "counter_resumed": st.fixed_dictionaries({"counter": st.just("1"), "undone": st.booleans()}),
    "paper_found": st.fixed_dictionaries({"ticket": ticket, "served_as": ticket}),
    "print_unknown": st.fixed_dictionaries({"ticket": ticket}),
    "fact_misfit": st.fixed_dictionaries({"row": ticket, "reason": st.just("x")}),
    "hub_started": st.fixed_dictionaries({"software": st.just("x"), "nonce": st.just(RUN)}),
    "clock_corrected": st.fixed_dictionaries(
        {"first_seq": st.integers(1, 8), "last_seq": st.integers(8, 30), "old_ms": st.just(0), "new_ms": st.integers(0, 9 * 10**6)}),
    "printer_changed": st.fixed_dictionaries({"printer": st.just(1), "state": st.sampled_from(["ok", "paper_out"])}),
    "restored": st.fixed_dictionaries({"ticket": ticket}),
    "stretch_began": st.fixed_dictionaries(
        {"stretch": st.integers(1, 3), "boot": st.just("b"), "base_ms": st.just(0), "floor_ms": st.just(DAY_MS)}),
    "time_known": word,
    "time_said": word,
    "time_withdrawn": word,
    "rules_set": st.fixed_dictionaries({"rules": st.fixed_dictionaries({"hours": st.sampled_from([
        {}, {"week": [[[480, 720], [780, 960]]] * 5 + [[], []]}, {"days": {"2026-10-01": [[500, 600]]}}])})}),
    "rated": st.fixed_dictionaries({"ticket": ticket, "score": st.just(4), "of": st.just(5), "question": st.just("")}),
}  # fmt: skip
HUBS = {"called", "given_back", "undone", "handed_on", "requeued", "expired", "roll_called", "paper_found", "fact_misfit",
        "hub_started", "clock_corrected", "restored", "stretch_began", "time_known", "time_said", "time_withdrawn",
        "rules_set"}  # fmt: skip


@st.composite
def logs(draw):
    """Up to forty rows, each of any kind, dated by a clock that mostly goes forward, or by nobody."""
    rows, at, issued = [], DAY_MS + 8 * 3_600_000, 0
    stretches, jump = draw(st.sampled_from([[0], [1], [0, 1], [1, 2, 3]])), draw(st.sampled_from([0, 0, 0, 40_000_000]))
    for seq in range(1, draw(st.integers(1, 40)) + 1):
        kind = draw(st.sampled_from(sorted(BODIES)))
        if kind == "roll_called" and any(row.kind == kind for row in rows):
            continue  # a command has one answer, as a ticket has one issue
        at += draw(st.integers(-20_000, 90_000)) + (jump if seq == 9 else 0)
        if kind == "issued":
            issued += 1
            if issued > 3:
                continue
            dev, own = "k1", issued
        else:
            dev, own = "hub" if kind in HUBS else draw(counter), 1_000 + seq
        boot, mono = draw(st.sampled_from("ab")), max(0, at - DAY_MS + draw(st.sampled_from([0, 0, 0, 2_345])))
        rows.append(LogRow(len(rows) + 1, dev, RUN, own, None, kind, draw(BODIES[kind]), boot, mono, at, at + 50,
                           draw(st.sampled_from("BBBBBAC")), 0, 1, 1, "0" * 64, "0" * 64,
                           draw(st.sampled_from(stretches))))  # fmt: skip
    return rows


@settings(max_examples=400, deadline=None)
@given(logs())
def test_senseless_logs_are_read_alike_by_both_readers(rows):
    found = json.loads(json.dumps(stranger.indicators(stranger.read([json.loads(line_of(r)) for r in rows]), 1500)))
    facts = facts_together(entries_from(rows))
    figures(facts, 1500)
    assert stranger.differences(found, json.loads(json.dumps(pack.headline(facts, 1500)))) == []


@settings(max_examples=200, deadline=None)
@given(logs())
def test_every_visit_is_counted_once_or_named(rows):
    days = days_of(entries_from(rows))
    seen = [ticket for d in days for ticket in (*d.day.visits, *d.day.unused)]
    assert len(seen) == len(set(seen))
    total = sum(f.group().legs for f in facts_by_day(entries_from(rows)))
    assert sum(f.undated.legs for f in facts_by_day(entries_from(rows))) <= sum(
        len(d.day.left_out.get("undated", ())) for d in days
    )
    named = {a.split()[-1] for f in facts_by_day(entries_from(rows)) for a in f.anomalies if "unknown ticket" in a}
    assert total + len(named) == sum(len(d.day.visits) for d in days)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"hub_seq":1}',
        b'{"hub_seq":"1","dev":1}',
        b"\xff\xfe",
        b'{"hub_seq":1,"dev":"k1"',
        b"\x00" * 40,
    ],
)
def test_a_line_that_is_no_row_is_named_with_its_number(tmp_path, line):
    good = line_of(LogRow(1, "hub", RUN, 1, None, "hub_started", {}, "b", 1, 1, 1, "B", 0, 1, 1, "0" * 64, "0" * 64))
    path = tmp_path / "log.jsonl"
    path.write_bytes(good + b"\n" + good + b"\n" + line + b"\n" + good + b"\n")
    if not line:
        return  # an empty line between rows is no row
    with pytest.raises(BadRow) as wrong:
        list(entries_of(path, KINDS))
    assert wrong.value.number == 3
    path.write_bytes(good + b"\n" + good)
    with pytest.raises(BadRow, match="has no end"):
        list(entries_of(path, KINDS))


def test_an_empty_log_is_an_empty_report(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"")
    facts = facts_together(entries_of(path, KINDS))
    assert msgspec.to_builtins(facts.groups) == {} and figures(facts, 1500)["indicators"]["tickets_issued"] == 0


def issue(n):
    return {"label": f"A-{n:03d}", "service": "id", "queue": "id", "slot": 1, "n": n, "day": "2026-10-01", "offline": False,
            "cls": "N", "lang": "lo", "appointment": "", "intent": "submit", "receipt": ""}  # fmt: skip


def told(*rows):
    """Rows as (device, kind, body, seconds after eight o'clock); a device's row has its own number."""
    found = []
    for n, (dev, kind, body, s) in enumerate(rows, 1):
        at = DAY_MS + 8 * 3_600_000 + s * 1000
        own = body["n"] if kind == "issued" else 1_000 + n
        found.append(
            LogRow(n, dev, RUN, own, None, kind, body, "a", s * 1000, at, at, "B", 0, 1, 1, "0" * 64, "0" * 64)
        )
    return found


def test_an_undo_at_a_counter_holds_although_another_counter_has_parked_the_same_person():
    """Two counters that did not know of each other have one person. What the one does does not free the other: its
    undone transfer stands no more, so nobody waits in the next queue until the evening.
    """
    one, word, undo = TICKETS[0], f"c2.{RUN}.5", f"c2.{RUN}.9"
    rows = told(
        ("k1", "issued", issue(1), 0),
        ("hub", "called", {"dev": "c2", "command": word, "ticket": one}, 100),
        ("c2", "shown", {"command": word, "ticket": one}, 101),
        ("c2", "started", {"ticket": one}, 130),
        ("c1", "called_locally", {"command": f"c1.{RUN}.3", "ticket": one}, 200),
        ("c1", "parked", {"ticket": one, "minutes": 0, "reason": ""}, 300),
        ("c2", "transferred", {"ticket": one, "queue": "cash", "place": "keep", "reason": ""}, 400),
        ("hub", "undone", {"dev": "c2", "command": undo, "ticket": one}, 410),
        ("c2", "undo_shown", {"command": undo, "ticket": one, "here": True, "serving": True}, 411),
        ("c2", "ended", {"ticket": one, "auto": False, "outcome": "done", "reason": "", "promised": ""}, 500),
    )
    (facts,) = facts_by_day(entries_from(rows))
    assert facts.tally.get("transferred", 0) == 0
    assert (facts.tally["area_s"], facts.tally["sum_wait_s"], facts.honesty.doubtful_days) == (100, 100, 0)
    steps = stranger.read(list(map(json.loads, map(line_of, rows)))).visits[one]
    assert "transfer" not in [step[2] for step in steps]
    assert steps[-1][2] == "end"


def test_what_was_undone_is_counted_nowhere():
    """Sent on, then taken back; ended for lack of a paper, then taken back, and the paper was there after all."""
    one, word = TICKETS[0], f"c2.{RUN}.5"
    here = {"ticket": one, "here": True, "serving": True}
    lacking = {"ticket": one, "auto": False, "outcome": "incomplete", "reason": "paper_missing", "promised": ""}
    rows = [
        ("k1", "issued", issue(1), 0),
        ("hub", "called", {"dev": "c2", "command": word, "ticket": one}, 100),
        ("c2", "shown", {"command": word, "ticket": one}, 101),
        ("c2", "started", {"ticket": one}, 130),
        ("c2", "transferred", {"ticket": one, "queue": "cash", "place": "keep", "reason": ""}, 400),
        ("hub", "undone", {"dev": "c2", "command": f"c2.{RUN}.8", "ticket": one}, 410),
        ("c2", "undo_shown", here | {"command": f"c2.{RUN}.8"}, 411),
        ("c2", "ended", lacking, 450),
    ]
    taken_back = [
        ("hub", "undone", {"dev": "c2", "command": f"c2.{RUN}.9", "ticket": one}, 455),
        ("c2", "undo_shown", here | {"command": f"c2.{RUN}.9"}, 456),
        ("c2", "ended", lacking | {"outcome": "done", "reason": ""}, 500),
    ]
    never_shown = [*taken_back[:1], ("hub", "given_back", {"dev": "c2", "command": f"c2.{RUN}.9", "ticket": one}, 470)]
    for more, reasons in (([], {"paper_missing": 1}), (taken_back, {}), (never_shown, {"paper_missing": 1})):
        (facts,) = facts_by_day(entries_from(told(*rows, *more)))
        assert facts.tally.get("transferred", 0) == 0
        assert incomplete(facts)["reasons"] == reasons


def test_a_no_show_that_was_taken_back_is_none_for_either_reader_whatever_its_paper():
    """Nobody knows whether his paper was printed; he was missed, that was taken back, and he was served. Or: nobody
    heard that it was taken back, so he was missed, and came back.
    """
    one, word, undo = TICKETS[0], f"c2.{RUN}.5", f"c2.{RUN}.9"
    missed = [
        ("k1", "issued", issue(1), 0),
        ("k1", "print_unknown", {"ticket": one}, 1),
        ("hub", "called", {"dev": "c2", "command": word, "ticket": one}, 100),
        ("c2", "shown", {"command": word, "ticket": one}, 101),
        ("c2", "no_show", {"ticket": one}, 130),
        ("hub", "undone", {"dev": "c2", "command": undo, "ticket": one, "void": False}, 135),
    ]
    served = [
        ("c2", "started", {"ticket": one}, 150),
        ("c2", "ended", {"ticket": one, "auto": False, "outcome": "done", "reason": "", "promised": ""}, 200),
    ]
    taken_back = [("c2", "undo_shown", {"command": undo, "ticket": one, "here": True, "serving": False}, 136), *served]
    unheard = [
        ("hub", "given_back", {"dev": "c2", "command": undo, "ticket": one, "undone": True, "void": False}, 136),
        ("hub", "called", {"dev": "c2", "command": f"c2.{RUN}.11", "ticket": one}, 140),
        ("c2", "shown", {"command": f"c2.{RUN}.11", "ticket": one}, 141),
        *served,
    ]
    for more, kinds in (
        (taken_back, ["issue", "call", "start", "end"]),
        (unheard, ["issue", "call", "no_show", "requeue", "call", "start", "end"]),
    ):
        rows = told(*missed, *more)
        steps = stranger.read([json.loads(line_of(r)) for r in rows]).visits[one]
        assert [step[2] for step in steps] == kinds
        found = json.loads(json.dumps(stranger.indicators(stranger.read([json.loads(line_of(r)) for r in rows]), 1500)))
        facts = facts_together(entries_from(rows))
        assert stranger.differences(found, json.loads(json.dumps(pack.headline(facts, 1500)))) == []
        assert facts.group().outcomes == ({"served": 1} if more is taken_back else {})


def test_who_waits_where_the_log_ends_is_no_doubt_although_a_wrong_clock_has_made_days_behind_it():
    """The hub's clock was two days ahead, then it was set back: people of the day that goes on may still wait."""
    ahead = [("k1", "issued", issue(n), n * 86_400) for n in (1, 2)]
    rows = told(*ahead, ("k1", "issued", issue(3), 600))
    doubts = {day: facts.honesty.doubtful_days for facts in facts_by_day(entries_from(rows)) for day in facts.days}
    assert doubts["2026-10-01"] == 0
    further = told(("k1", "issued", issue(1), 0), *(("k1", "issued", issue(n), n * 86_400) for n in (2, 3)))
    assert [facts.honesty.doubtful_days for facts in facts_by_day(entries_from(further))] == [1, 0, 0]
