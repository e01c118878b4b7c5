"""A day on which much goes wrong: the banner names each trouble with its minutes and counts, and the figures stay right."""

import json

import msgspec
import pytest
from conftest_history import TROUBLES, a_log

from onedoor.wire.chain import line_of
from reports.dates import period_of
from reports.entries import Count, entries_of
from reports.facts import facts_of, merged
from reports.figures import facts_by_day
from reports.honesty import clipped, united
from reports.legs import fold
from reports.model import Ask
from reports.reading import days_of
from reports.reading_acts import KINDS
from reports.report import report_of
from reports.rows import entries_from
from reports.source import rows_of


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return a_log(tmp_path_factory.mktemp("troubles") / "log.jsonl", 6, 300, troubles=TROUBLES)


def day_facts(log):
    return {facts.days[0]: facts for facts in facts_by_day(entries_of(log, KINDS))}


def banner(facts, lang="en", **more):
    ask = Ask(lang, period_of("2026-10"), "Test", **more)
    return {item.name: item for item in report_of(facts, ask).banner}


def test_the_hub_outage_has_its_minutes_and_what_happened_in_it(log):
    facts = day_facts(log)["2026-10-02"]
    honesty = facts.honesty
    assert 20 * 60 - 30 <= honesty.hub_out_s <= 20 * 60 + 30
    rows = [row for row in rows_of(log) if row.kind == "called_locally"]
    assert honesty.local_calls == len(rows) > 3
    offline = [r for r in rows_of(log) if r.kind == "issued" and r.body["offline"] and r.body["day"] == "2026-10-02"]
    assert sum(honesty.alone.values()) == len(offline) > 5
    shown = banner(facts)
    assert shown["Without the hub"].value == "20 min"
    assert shown["Tickets given without the hub"].value == str(len(offline))
    assert "min" in shown["Tickets given without the hub"].note
    assert shown["Calls made without the hub"].value == str(len(rows))


def test_the_kiosk_that_was_alone_has_its_minutes_and_tickets(log):
    facts = day_facts(log)["2026-10-05"]
    offline = [r for r in rows_of(log) if r.kind == "issued" and r.body["offline"] and r.body["day"] == "2026-10-05"]
    assert facts.honesty.alone == {"k2": len(offline)} and offline
    first = min(r.t_event for r in offline)
    assert facts.honesty.alone_s["k2"] == offline[0].t_recv // 1000 - first // 1000
    assert facts.honesty.hub_out_s == 0, "the hub was there"
    item = banner(facts)["Tickets given without the hub"]
    assert item.value == str(len(offline)) and item.note.startswith("k2 ") and item.note.endswith("min")


def test_tickets_without_a_clock_are_left_out_counted_and_named(log):
    facts = day_facts(log)["2026-10-06"]
    poor = [r for r in rows_of(log) if r.kind == "issued" and r.quality == "C"]
    assert facts.honesty.poor_clock == len(poor) > 2
    issued = sum(r.kind == "issued" and r.body["day"] == "2026-10-06" for r in rows_of(log))
    assert facts.group().legs - facts.group().walk_ins == issued - len(poor), "in no figure"
    item = banner(facts)["Tickets of unknown time"]
    assert (item.value, item.note, item.state) == (str(len(poor)), "left out of every figure", "warn")


def test_the_dead_printer_has_its_minutes_and_its_tickets(log):
    facts = day_facts(log)["2026-10-06"]
    failed = sum(r.kind == "print_failed" for r in rows_of(log))
    assert facts.honesty.printer_s == {"k1/1": 30 * 60} and facts.honesty.not_printed == {"k1": failed}
    item = banner(facts)["Printer could not print"]
    assert item.value == "k1/1 30 min" and item.note == f"{failed} tickets without paper"


def test_the_clock_step_is_told_with_its_size(log):
    facts = day_facts(log)["2026-10-07"]
    assert facts.honesty.clock_steps == {"k1": 1} and facts.honesty.clock_step_s == {"k1": 600}
    item = banner(facts)["Clocks that were wrong"]
    assert (item.value, item.note) == ("1", "k1 10 min")


def test_the_months_banner_adds_them_all_up(log):
    shown = banner(merged(day_facts(log).values()))
    assert set(shown) >= {
        "Data complete", "Without the hub", "Tickets given without the hub", "Calls made without the hub",
        "Printer could not print", "Tickets of unknown time", "Clocks that were wrong", "Ended by the next call",
    }  # fmt: skip
    in_lao = banner(merged(day_facts(log).values()), "lo")
    assert len(in_lao) == len(shown) and not set(in_lao) & set(shown)


def test_a_day_without_trouble_has_a_short_banner(log):
    quiet = merged(f for day, f in day_facts(log).items() if day == "2026-10-01")
    assert set(banner(quiet)) <= {"Data complete", "Ended by the next call", "Rows that somebody must look at"}


def test_a_report_on_trouble_is_not_called_good(log):
    facts = merged(day_facts(log).values())
    assert report_of(facts, Ask("en", period_of("2026-10"), "Test")).honest == "warn"
    assert report_of(facts, Ask("en", period_of("2026-10"), "Test", missing=1)).honest == "bad"


# -- a row that is gone ---------------------------------------------------------------------------------------------


def test_littles_law_holds_on_every_day_and_a_deleted_row_is_an_alarm(log, tmp_path):
    assert all(not facts.honesty.doubtful_days for facts in day_facts(log).values())
    rows = list(rows_of(log))
    day_of = {facts.days[0] for facts in day_facts(log).values()}
    for kind in ("issued", "called"):
        gone = [i for i, row in enumerate(rows) if row.kind == kind and row.quality == "B"][40:400:60]
        for i in gone:
            # The counter's own word would stand in for the hub's: without it too, nobody knows of the call.
            shown = next(
                (r for r in rows[i:] if r.kind == "shown" and r.body["command"] == rows[i].body.get("command")), None
            )
            left = [row for j, row in enumerate(rows) if j != i and row is not shown]
            facts = merged(facts_by_day(entries_from(left)))
            assert facts.honesty.doubtful_days == 1, (kind, i)
            assert any("do not agree" in a for a in facts.anomalies)
            assert banner(facts)["Doubtful days"].state == "bad"
    assert len(day_of) == 6


def test_rows_that_are_gone_are_counted(log, tmp_path):
    rows = list(rows_of(log))
    cut = tmp_path / "log.jsonl"
    cut.write_bytes(b"".join(line_of(row) + b"\n" for i, row in enumerate(rows) if i not in (100, 500, 501)))
    count = Count()
    for _ in entries_of(cut, KINDS, count):
        pass
    assert count.missing == 3
    shown = banner(merged(day_facts(cut).values()), missing=count.missing)
    assert shown["Rows gone from the log"].value == "3" and shown["Rows gone from the log"].state == "bad"


def test_a_part_of_a_log_is_not_called_incomplete(log, tmp_path):
    rows = list(rows_of(log))[4_000:]
    cut = tmp_path / "log.jsonl"
    cut.write_bytes(b"".join(line_of(row) + b"\n" for row in rows))
    count = Count()
    for _ in entries_of(cut, KINDS, count):
        pass
    assert (count.rows, count.missing) == (len(rows), 0)


def test_what_the_last_day_still_has_waiting_is_no_alarm(log):
    rows = list(rows_of(log))
    noon = next(i for i, row in enumerate(rows) if row.t_recv > rows[0].t_recv + 3 * 3_600_000)
    facts = merged(facts_by_day(entries_from(rows[:noon])))
    assert facts.group().outcomes.get("open") and not facts.honesty.doubtful_days


def test_hours_count_from_the_day_on_which_they_are_in_force():
    from laos import midnight_ms

    from onedoor.hall import events as ev
    from onedoor.hall.rules import Hours, Rules
    from onedoor.wire.rows import LogRow, plain

    rows = []

    def say(event, day, minute, dev="hub"):
        kind, body = plain(event)
        at = midnight_ms(day) + minute * 60_000
        rows.append(
            LogRow(len(rows) + 1, dev, "0" * 16, len(rows) + 1, None, kind, body, "b", at, at, at, "B", 0, 1, 1, "")
        )

    morning, all_day = Hours(week=(((480, 720),),) * 7), Hours(week=(((480, 960),),) * 7)
    for day, hours in (("2026-10-01", morning), ("2026-10-02", all_day)):
        say(ev.RulesSet(Rules(hours=hours)), day, 400)
        say(ev.Issued("A-001", "id", "id", 1, 1, day), day, 710, "k1")
    days = {d.day.number: d.day.hours for d in days_of(entries_from(rows))}
    assert [[b - a for a, b in hours] for _, hours in sorted(days.items())] == [[4 * 3600], [8 * 3600]]


def say_rows(*said):
    """Rows of boxes, each as (event, day, minute, box)."""
    from laos import midnight_ms

    from onedoor.wire.rows import LogRow, plain

    rows = []
    for event, day, minute, dev in said:
        kind, body = plain(event)
        at = midnight_ms(day) + minute * 60_000
        seq = len(rows) + 1
        rows.append(LogRow(seq, dev, "0" * 16, seq, None, kind, body, "b", at, at, at, "B", 0, 1, 1, ""))
    return rows


def test_a_kiosk_that_the_staff_took_out_of_service_has_its_minutes():
    from onedoor.hall import events as ev
    from onedoor.hall.rules import Hours, Rules

    rows = say_rows(
        (ev.RulesSet(Rules(hours=Hours(week=(((480, 720),),) * 7))), "2026-10-01", 400, "hub"),
        (ev.Issued("A-001", "id", "id", 1, 1, "2026-10-01"), "2026-10-01", 500, "k1"),
        (ev.OutOfService("cleaning"), "2026-10-01", 510, "k1"),
        (ev.BackInService(), "2026-10-01", 525, "k1"),
        (ev.OutOfService("broken"), "2026-10-01", 700, "k2"),
    )
    facts = merged(facts_by_day(entries_from(rows)))
    assert facts.honesty.shut_s == {"k1": 15 * 60, "k2": 20 * 60}, "until the doors close, if nobody put it back"
    assert banner(facts)["Kiosk out of service"].value == "k1 15 min, k2 20 min"


def test_promised_dates_are_kept_or_not():
    from onedoor.hall import events as ev
    from onedoor.hall.tickets import receipt_of
    from reports.indicators import promises

    said, kiosk = [], "k1.0000000000000000"
    for n, (day, promised) in enumerate(
        (("2026-10-01", "2026-10-05"), ("2026-10-01", "2026-10-05"), ("2026-10-01", "2026-10-09"))
    ):
        seq = len(said) + 1
        said += [
            (ev.Issued(f"A-00{n}", "id", "id", 1, n, day), day, 500 + n, "k1"),
            (ev.CalledLocally("c1.0.1", f"{kiosk}.{seq}"), day, 510 + n, "c1"),
            (ev.Ended(f"{kiosk}.{seq}", promised=promised), day, 520 + n, "c1"),
        ]
    for n, (of, outcome) in enumerate(((1, "done"), (4, "incomplete"), (7, "done"))):
        seq = len(said) + 1
        code = receipt_of(f"{kiosk}.{of}")
        said += [
            (
                ev.Issued(f"B-00{n}", "id", "id", 1, n, "2026-10-06", intent="collect", receipt=code),
                "2026-10-06",
                500,
                "k1",
            ),
            (ev.CalledLocally("c1.0.1", f"{kiosk}.{seq}"), "2026-10-06", 505, "c1"),
            (ev.Ended(f"{kiosk}.{seq}", outcome=outcome, reason="official_absent"), "2026-10-06", 510, "c1"),
        ]
    found = promises(merged(facts_by_day(entries_from(say_rows(*said)))))
    assert found == {"kept": 1, "of": 2, "share": 0.5}, "the third came three days too early"


def test_lengths_of_trouble_are_counted_once_and_in_opening_hours_alone():
    assert united([(0, 10), (5, 20), (30, 30), (20, 25)]) == [(0, 25)]
    assert clipped([(0, 100), (50, 150)], [(40, 60), (140, 200)]) == 20 + 10
    assert clipped([], [(0, 10)]) == 0


def test_both_ends_of_the_log_give_the_same_facts(log):
    """Rows in memory and entries of the file are read alike."""
    one = [facts_of(d, fold(d.day), "c") for d in days_of(entries_of(log, KINDS))]
    other = [facts_of(d, fold(d.day), "c") for d in days_of(entries_from(rows_of(log)))]
    assert json.dumps(msgspec.to_builtins(one, str_keys=True)) == json.dumps(msgspec.to_builtins(other, str_keys=True))
