"""Days on which clocks lie, are missing or come late: what the reports say of them is what really happened, or nothing."""

import json
from collections import Counter

import duckdb
import pytest
from conftest_clocks import HOUR, MINUTE, MORNING, FaultyDay
from laos import local_time
from test_exports import by_sql, differences, exported

from display.panel import SayTime
from display.presses import Press
from onedoor.wire.chain import line_of
from reports import evaluator_verify as stranger
from reports import pack
from reports.dates import LINE_S
from reports.durations import dated
from reports.entries import entries_of
from reports.figures import facts_together, figures
from reports.indicators import compute, further
from reports.legs import fold
from reports.reading import days_of
from reports.reading_acts import KINDS
from reports.rows import entries_from
from reports.source import rows_of
from reports.steps import Day
from reports.verify import verify

pytestmark = pytest.mark.filterwarnings("ignore")
EXACT_S = 2
SEEDS = range(24)
EXACT: Counter[object] = Counter()


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    return [FaultyDay(folder / str(seed), seed, hours=seed % 2 == 1).play() for seed in SEEDS]


def legs_of(folder):
    """Every leg of every visit, also of those that no figure counts."""
    for found in days_of(entries_of(folder, KINDS)):
        for visits in (found.day.visits, found.day.unused):
            yield from fold(Day(found.day.number, found.day.window, visits, until=found.day.until)).legs


@pytest.mark.parametrize("seed", SEEDS)
def test_every_duration_is_what_really_happened_or_unknown(days, seed):
    played, found = days[seed], Counter()
    for leg in legs_of(played.folder):
        if leg.number > 1:
            continue
        issue, call, start, end = (played.first(leg.ticket, what) for what in ("issue", "call", "start", "end"))
        poor = any(at is not None and at.quality == "C" for at in (leg.entry_at, leg.first_at))  # in no figure
        for what, seconds, a, b in (("wait", leg.wait_s, issue, call), ("service", leg.service_s, start, end)):
            whole = not any(name in ("park", "sent") for name, _ in played.truth.get(str(leg.ticket), ()))
            if a is None or b is None or seconds is None or poor or (what == "service" and not whole):
                found[what, "unknown"] += 1
                continue
            assert abs(seconds - (b - a) / 1000) <= EXACT_S, (what, leg.ticket, seconds, (b - a) / 1000)
            found[what] += 1
    EXACT.update(found)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_known_date_is_the_right_one(days, seed):
    played = days[seed]
    for leg in legs_of(played.folder):
        issue = played.first(leg.ticket, "issue")
        step = leg.entry_at
        if leg.number == 1 and issue is not None and dated(step.t) and not step.stretch and step.quality != "C":
            assert abs((step.t - LINE_S) - issue / 1000) <= EXACT_S, leg.ticket


@pytest.mark.parametrize("seed", SEEDS)
def test_three_readers_agree(days, seed, tmp_path):
    folder = days[seed].folder
    rows = list(rows_of(folder))
    told = json.loads(json.dumps(stranger.indicators(stranger.read([json.loads(line_of(r)) for r in rows]), 1500)))
    facts = facts_together(entries_of(folder, KINDS))
    assert stranger.differences(told, json.loads(json.dumps(pack.headline(facts, 1500)))) == []
    own = compute(facts, 1500) | {name: further(facts)[name] for name in ("wait_p80", "told_late")}
    own |= {"area_s": own["little"]["area_s"], "sum_wait_s": own["little"]["sum_wait_s"]}
    assert differences(by_sql(exported("parquet", folder, tmp_path / "steps.parquet")), own) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_the_log_holds_together_and_is_read_alike_from_file_and_memory(days, seed):
    rows = list(rows_of(days[seed].folder))
    assert verify(rows).misfit is None
    assert figures(facts_together(entries_from(rows)), 1500) == figures(
        facts_together(entries_of(days[seed].folder, KINDS)), 1500
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_every_visit_is_counted_once_or_named_and_nothing_is_negative(days, seed, tmp_path):
    folder = days[seed].folder
    found = days_of(entries_of(folder, KINDS))
    issued = {f"{r.dev}.{r.run}.{r.seq}" for r in rows_of(folder) if r.kind == "issued"}
    seen = Counter(ticket for d in found for ticket in (*d.day.visits, *d.day.unused))
    assert issued <= set(seen) and set(seen.values()) <= {1}
    facts = facts_together(entries_of(folder, KINDS))
    assert facts.group().legs + facts.undated.legs + facts.honesty.poor_clock + facts.honesty.paper_unknown >= len(
        issued
    )
    for group in (*facts.groups.values(), facts.undated):
        for counts in (group.waits, group.services, group.walks, group.holds, group.left, group.expired):
            assert all(value >= 0 for value in counts)
    assert all(value >= 0 for value in facts.stays)
    for counter in facts.counters.values():
        assert counter.busy_s >= 0 and counter.open_s >= 0
    legs = exported("parquet", folder, tmp_path / "legs.parquet", "--table", "legs")
    columns = ("wait_s", "wait_last_call_s", "wait_open_hours_s", "walk_s", "service_s", "hold_s")
    for column in columns:
        assert duckdb.connect().execute(f"SELECT count(*) FROM '{legs}' WHERE {column} < 0").fetchone() == (0,)


def test_the_days_have_what_they_are_for(days):
    """Otherwise the tests above prove nothing."""
    kinds = Counter(row.kind for played in days for row in rows_of(played.folder))
    for kind in ("stretch_began", "time_known", "time_said", "time_doubted", "day_began", "expired",
                 "line_minded", "line_said", "called_locally", "parked"):  # fmt: skip
        assert kinds[kind], kind
    facts = [facts_together(entries_of(played.folder, KINDS)) for played in days]
    assert sum(f.honesty.undated for f in facts) > 5 and sum(f.honesty.said for f in facts) > 5
    assert sum(sum(f.honesty.unknown.values()) for f in facts) > 5
    assert sum(f.group().legs for f in facts) > 100


def test_a_word_that_was_withdrawn_leaves_nothing_of_itself(tmp_path):
    """The hub's clock was set by somebody who erred by three hours; two clerks say so. Nobody's wait shows it."""
    day = FaultyDay(tmp_path / "hub", 0)
    center, hub = day.center, day.center.clocks["hub"]
    hub.is_trusted = False
    hub.hardware = (MORNING + 3 * HOUR, True)
    center.start_hub()
    kiosk, one, other = center.kiosk(), center.panel(1), center.panel(2)
    labels = [center.touch(kiosk) for _ in range(2)]
    center.pass_ms(10 * MINUTE, 10_000)
    center.do(one, Press.NEXT)
    center.pass_ms(20_000, 1_000)
    center.do(one, Press.START)
    center.pass_ms(5 * MINUTE - day.real_ms % MINUTE, 100)
    said = SayTime(local_time(day.real_ms).strftime("%Y-%m-%d %H:%M"))
    center.do(one, said)
    center.do(other, said)
    center.pass_ms(2 * MINUTE, 1_000)
    center.do(one, Press.END)
    center.do(other, Press.NEXT)
    center.pass_ms(3_000, 500)
    center.do(other, Press.START, Press.END)
    center.pass_ms(5_000, 500)
    center.hub.store.close()
    assert [r.kind for r in rows_of(day.folder) if r.kind == "time_withdrawn"] == ["time_withdrawn"]
    assert verify(rows_of(day.folder)).misfit is None
    legs = list(legs_of(day.folder))
    assert len(legs) == len(labels) == 2
    assert [leg.entry - LINE_S - MORNING // 1000 for leg in legs] == [0, 0]
    assert abs(legs[0].wait_s - 601) <= 2 and 600 <= legs[1].wait_s - legs[0].wait_s + 200 <= 800
    assert abs(legs[0].service_s - (300 - 20 + 120)) <= 62
    told = stranger.indicators(stranger.read([json.loads(line_of(r)) for r in rows_of(day.folder)]), 1500)
    assert told["wait_first"]["n"] == 2 and told["arrivals_by_half_hour"] == {"08:00": 2}
