"""Who is next, with many waiting: time per call through the whole rule, and memory.

The rule is asked through the decider, as the hub asks it, with guard, classes and the ledger of order; beside it the
raw limit: Python's own heap popping and pushing the same number of entries, which can do none of that.

    python benchmarks/order.py [--waiting 1000,10000,100000]
"""

import argparse
import heapq
import random
import sys
import tracemalloc
from collections.abc import Callable
from time import perf_counter_ns

from onedoor.hall import events as ev
from onedoor.hall.dating import Dated
from onedoor.hall.events import row_id
from onedoor.hall.ledger import Fact, Ledger, say, take
from onedoor.hall.rules import Rules

RUN = "a" * 16
START_MS = 1_795_222_800_000
QUEUES = tuple(f"q{i}" for i in range(8))
CALLS = 2_000
RULES = Rules(version="bench", credit_min={"N": 0, "P": 20}, guard_min=60)


def filled(waiting: int) -> Ledger:
    """A hall with so many waiting, one in ten of them with priority."""
    ledger, chance = Ledger(), random.Random(waiting)
    say(ledger, ev.RulesSet(RULES), Dated(START_MS, START_MS, "B", 0))
    for n in range(1, waiting + 1):
        queue = chance.choice(QUEUES)
        event = ev.Issued(f"A1-{n:03d}", queue, queue, 1, n, "2026-11-21", cls="P" if n % 10 == 0 else "N")
        at = START_MS + n
        take(ledger, Fact("k1", RUN, n, None, event, "b", 0, None), Dated(at, at, "B", 0))
    ledger.hall.changed.clear()
    return ledger


def call_times_ns(ledger: Ledger, waiting: int) -> list[int]:
    """Time of each NEXT: the answer decided and folded."""
    times, at = [], START_MS + waiting
    for n in range(1, min(CALLS, waiting // 2) + 1):
        at += 1_000
        event = ev.CallRequested("1", QUEUES)
        fact = Fact("c1", RUN, 2 * n - 1, None, event, "b", 0, None)
        begun = perf_counter_ns()
        steps = take(ledger, fact, Dated(at, at, "B", 0))
        times.append(perf_counter_ns() - begun)
        called = steps[1].event
        assert isinstance(called, ev.Called)
        ended = ev.Shown(row_id("c1", RUN, 2 * n - 1), called.ticket)
        take(ledger, Fact("c1", RUN, 2 * n, None, ended, "b", 0, None), Dated(at, at, "B", 0))
        ledger.hall.changed.clear()
    return times


def heap_times_ns(waiting: int) -> list[int]:
    """The raw limit: a heap, one pop and one push a call."""
    chance = random.Random(waiting)
    heap = [(chance.random(), f"k1.{RUN}.{n}") for n in range(waiting)]
    heapq.heapify(heap)
    times = []
    for n in range(min(CALLS, waiting // 2)):
        begun = perf_counter_ns()
        heapq.heappop(heap)
        heapq.heappush(heap, (1 + n, "x"))
        times.append(perf_counter_ns() - begun)
    return times


def measured(make: Callable[[], object]) -> tuple[object, int]:
    """What was made, and the bytes it takes."""
    tracemalloc.start()
    made = make()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return made, size


def at(times: list[int], percent: float) -> float:
    """A percentile, nearest rank, in microseconds."""
    ranked = sorted(times)
    return ranked[max(0, -(-len(ranked) * percent // 100).__int__() - 1)] / 1_000


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--waiting", default="1000,10000,100000,200000")
    args = parser.parse_args()
    print("| waiting | next p50 µs | p99 µs | max µs | heap alone p50 µs | ratio | bytes a ticket |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for waiting in (int(n) for n in args.waiting.split(",")):
        _, size = measured(lambda n=waiting: filled(n))  # type: ignore[misc]
        times, raw = call_times_ns(filled(waiting), waiting), heap_times_ns(waiting)
        p50, limit = at(times, 50), at(raw, 50)
        print(f"| {waiting:,} | {p50:.0f} | {at(times, 99):.0f} | {max(times) / 1000:.0f} "
              f"| {limit:.1f} | {p50 / limit:.0f} | {size // waiting} |")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
