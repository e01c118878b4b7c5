"""`python -m simulation DAYS [FIRST_SEED]`: play days on all cores; 1 if one of them is bad.
`python -m simulation mutants DAYS`: every mutant must be found within so many days; 1 if one is not.
"""

import json
import logging
import multiprocessing
import sys
from collections import Counter as Tally

from onedoor.device.clock import SystemClock
from simulation.day import Day, play
from simulation.judge import judge
from simulation.mutants import MUTANTS, switched_on
from simulation.world import World


def one(seed: int) -> tuple[int, list[str], Tally, int, int]:
    day = play(seed)
    return seed, judge(day), day.tally, len(day.store.log), day.world.messages


def hunt(name: str, days: int) -> tuple[str, int | None, str]:
    """The first day on which a mutant is found, and what the judge said."""
    logging.disable(logging.CRITICAL)
    for seed in range(1, days + 1):
        day = Day(World(seed))
        with switched_on(name, day):
            try:
                day.play()
            except Exception as broken:  # noqa: BLE001 - a mutant may break the product's own assertions
                return name, seed, f"stopped: {type(broken).__name__}: {str(broken)[:80]}"
        wrong = judge(day)
        if wrong:
            return name, seed, wrong[0][:110]
    return name, None, "not found"


def mutants(days: int) -> int:
    """Hunt them all."""
    with multiprocessing.Pool() as pool:
        found = pool.starmap(hunt, [(name, days) for name in MUTANTS], chunksize=1)
    for name, seed, how in found:
        print(f"| {name} | {seed or '-'} | {how} |")
    return 1 if any(seed is None for _, seed, _ in found) else 0


def main() -> int:
    logging.disable(logging.CRITICAL)
    if sys.argv[1] == "mutants":
        return mutants(int(sys.argv[2]))
    days, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    begun = SystemClock().mono_ms()
    total, bad, rows, messages = Tally(), {}, 0, 0
    with multiprocessing.Pool() as pool:
        for seed, wrong, tally, log, sent in pool.imap_unordered(one, range(first, first + days), chunksize=2):
            total += tally
            rows, messages = rows + log, messages + sent
            if wrong:
                bad[seed] = wrong
                print(f"seed {seed}: {wrong}", flush=True)
    seconds = (SystemClock().mono_ms() - begun) / 1000
    print(json.dumps({"days": days, "bad days": len(bad), "log rows": rows, "messages": messages, **total,
                      "seconds": round(seconds, 1), "days a second": round(days / seconds, 2)}, indent=1))  # fmt: skip
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
