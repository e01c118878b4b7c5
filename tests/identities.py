"""What must be true of every day's figures, whatever happened on it: A3 and A7 of the manager's issue.

    cd tests && python -m identities DAYS [FIRST_SEED]     # simulated days with every fault, one after the other
    cd tests && python -m identities LOG                   # an exported log, or a hub's data

A3: in every leg the first call comes before the start, and the start before the end, by every clock that can be
compared, else in the log; what a clock says otherwise is listed. A counter is not longer busy than open, or it is
named. What is counted by service, queue, counter, class, language and half hour is the whole again. A7: numbers given
are finished + unfinished + no-show + left + expired + still here + void + left out. And the evaluator's own reader,
which shares nothing with ours, finds the same figures.
"""

import gc
import json
import logging
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

from onedoor.wire.chain import line_of
from reports import evaluator_verify as stranger
from reports import pack
from reports.balance import balance
from reports.durations import lasted
from reports.entries import entries_of
from reports.facts import facts_of, merged
from reports.legs import fold
from reports.measures import by_visit
from reports.reading import days_in
from reports.reading_acts import KINDS
from reports.rows import entries_from

APART_S = 2
"""By so much the times of two boxes may differ that are both known: one way through the network, and the flooring."""
WHOLE = ("service", "queue", "counter", "class", "lang", "half")


def broken(entries, rows=None):
    """Everything that is not so in a log."""
    wrong, every = [], []
    for found in days_in(entries):
        records = fold(found.day)
        facts = facts_of(found, records, "x")
        every.append(facts)
        name = f"day {found.day.number}: "
        wrong += [name + one for one in (*_orders(records), *_busy(facts), *_parts(facts, records))]
    facts = merged(every)
    if (line := balance(facts.tally))["difference"]:
        wrong.append(f"numbers given do not add up: {line}")
    if rows is not None:
        wrong += _readers(facts, rows)
    return wrong, facts


def _orders(records):
    """First call, start, end: in this order, or listed."""
    for mine in by_visit(records.legs):
        for leg in mine:
            steps = [s for s in (leg.first_at, leg.start_at, leg.end_at if leg.outcome == "served" else None) if s]
            for a, b in pairwise(steps):
                seconds = lasted(a, b)
                if seconds is None and a.seq > b.seq:
                    yield f"{leg.ticket}: {a.e} (row {a.seq}) stands behind {b.e} (row {b.seq})"
                if seconds is not None and seconds < -(a.boot != b.boot) * APART_S and not _known_odd(leg):
                    yield f"{leg.ticket}: {b.e} is {-seconds} s before {a.e}, and nothing is listed"


def _known_odd(leg):
    """Whether a duration of this leg is listed as one that cannot be, or is in no mean."""
    return any(s is None or s < 0 for s in (leg.walk_s, leg.service_s, leg.wait_s)) or leg.told_late


def _busy(facts):
    """No counter is longer busy than open, unless it is named."""
    for counter, of in facts.counters.items():
        if of.busy_s > of.open_s and not any(f"counter {counter} was busy" in line for line in facts.anomalies):
            yield f"counter {counter} was busy {of.busy_s} s and open {of.open_s} s, and is not named"


def _parts(facts, records):
    """Parts are the whole."""
    for number in (1, 2):
        whole = facts.group(leg=number)
        for facet in WHOLE:
            groups = [facts.group(facet, value, number) for value in facts.values(facet)]
            for name in ("waits", "services", "to_next", "walks", "holds", "left", "expired", "outcomes"):
                total = Counter()
                for group in groups:
                    total.update(getattr(group, name))
                if +total != +Counter(getattr(whole, name)):
                    yield f"{name} of leg {number} by {facet} are not the whole"
            if sum(group.legs for group in groups) != whole.legs:
                yield f"legs {number} by {facet}: {sum(g.legs for g in groups)} of {whole.legs}"
    if sum(facts.arrivals.values()) != len(records.first_legs):
        yield "arrivals by half hour are not everybody"


def _readers(facts, rows):
    """The evaluator's reader, which shares nothing with ours, finds the same."""
    told = stranger.indicators(stranger.read(rows), 1500)
    plain = lambda found: json.loads(json.dumps(found))  # noqa: E731
    return [f"readers: {d}" for d in stranger.differences(plain(told), plain(pack.headline(facts, 1500)))[:3]]


def main():
    if not sys.argv[1].isdigit():
        wrong, facts = broken(entries_of(Path(sys.argv[1]), KINDS))
        print("\n".join(wrong) or f"all identities hold on {len(facts.days)} days: {balance(facts.tally)}")
        return 1 if wrong else 0
    from simulation.happenings import play

    logging.disable(logging.CRITICAL)
    days, first, bad, total = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1, 0, Counter()
    for seed in range(first, first + days):
        day = play(seed)
        log = list(day.leader().disk.log)
        wrong, facts = broken(entries_from(log), [json.loads(line_of(row)) for row in log])
        total.update(balance(facts.tally))
        bad += bool(wrong)
        if wrong:
            print(f"seed {seed}: {wrong[:4]}", flush=True)
        elif (seed - first) % 50 == 49:
            print(f"{seed - first + 1} days, {bad} bad", flush=True)
        gc.collect()
    print(json.dumps({"days": days, "bad days": bad, **total}))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
