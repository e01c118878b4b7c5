"""`python -m simulation DAYS [FIRST_SEED]`: play days on all cores; 1 if one of them is bad.
`python -m simulation mutants DAYS`: every mutant must be found within so many days; 1 if one is not.
`python -m simulation plausible DAYS`: what checks for forged logs raise on honest days; 1 if one is no mere look.
`python -m simulation story SEED`: tell what happened on a day, with as few faults as still spoil it.
"""

import gc
import json
import logging
import multiprocessing
import sys
from collections import Counter as Tally
from collections.abc import Iterator
from itertools import islice

from onedoor.device.clock import SystemClock
from reports.plausible import LOOKS, findings
from simulation.day import Day, MutantBroken, broke_by_mutant
from simulation.happenings import play
from simulation.judge import judge
from simulation.mutants import MUTANTS, switched_on
from simulation.world import World

STORY_PLAYS = 60
TOLD_EVERY = 100


def one(seed: int) -> tuple[int, list[str], Tally, int, int]:
    """Play and judge a day."""
    day = play(seed)
    wrong = judge(day)
    rows = len(day.leader().disk.log)
    gc.collect()
    return seed, wrong, day.tally, rows, day.world.messages


def quiet() -> None:
    """Devices need not tell what they do in ten thousand days; a day's litter is collected behind it."""
    logging.disable(logging.CRITICAL)
    gc.disable()
    gc.freeze()


def hunt(name: str, days: int, first: int = 1) -> tuple[str, int | None, str]:
    """The first day on which a mutant is found, and what the judge said."""
    for seed in range(first, days + 1):
        day = Day(World(seed))
        with switched_on(name, day):
            try:
                play(seed, day=day)
                wrong = judge(day)
            except MutantBroken as own:
                return name, None, f"the mutant does not fit the code: {own}"
            except Exception as broken:  # noqa: BLE001 - a mutant may break the product's own assertions
                if broke_by_mutant(broken):
                    return name, None, f"the mutant does not fit the code: {broken}"
                return name, seed, f"stopped: {type(broken).__name__}: {str(broken)[:80]}"
        gc.collect()
        if wrong:
            return name, seed, wrong[0][:110]
    return name, None, "not found"


def mutants(days: int) -> int:
    """Hunt them all."""
    with multiprocessing.Pool(initializer=quiet) as pool:
        found = pool.starmap(hunt, [(name, days) for name in MUTANTS], chunksize=1)
    for name, seed, how in found:
        print(f"| {name} | {seed or '-'} | {how} |")
    return 1 if any(seed is None for _, seed, _ in found) else 0


def fewer(seed: int, total: int) -> Iterator[frozenset[int]]:
    """Ever larger sets of faults that the day can do without and still be bad."""
    without: frozenset[int] = frozenset()
    size = max(1, total // 2)
    while size:
        for first in range(0, total, size):
            more = without | set(range(first, min(first + size, total)))
            if more != without and judge(play(seed, more)):
                without = more
            yield without
        size //= 2


def raised(seed: int) -> tuple[int, Tally, str]:
    """What a log of an honest day has that a forged one might have; and the first of it."""
    rows = play(seed).leader().disk.log
    found = list(findings(rows))
    gc.collect()
    return seed, Tally(one.check for one in found), f"{found[0]}" if found else ""


def plausible(days: int, first: int) -> int:
    """How often each check raises its hand on honest days; 1 if one does that is not only for a look."""
    total, on, wrong = Tally(), Tally(), 0
    with multiprocessing.Pool(initializer=quiet) as pool:
        for seed, checks, told in pool.imap_unordered(raised, range(first, first + days), chunksize=4):
            total += checks
            on.update(dict.fromkeys(checks, 1))
            if checks.keys() - set(LOOKS):
                wrong += 1
                print(f"seed {seed}: {dict(checks)}: {told}", flush=True)
    print(json.dumps({"days": days, "days with": dict(on), "rows with": dict(total)}, indent=1))
    return 1 if wrong else 0


def story(seed: int) -> int:
    """Tell a bad day with as few faults as possible."""
    quiet()
    day = play(seed)
    if not judge(day):
        print(f"seed {seed} is a good day")
        return 0
    without = max(islice(fewer(seed, day.tally["faults"]), STORY_PLAYS), key=len, default=frozenset())
    day = play(seed, without)
    print(f"seed {seed}, with {day.tally['faults'] - len(without)} of {day.tally['faults']} faults")
    print(f"  {day.world.weather}")
    for line in day.story:
        print(f"  {line}")
    for line in judge(day):
        print(f"  WRONG: {line}")
    return 1


def main() -> int:
    quiet()
    if sys.argv[1] == "mutants":
        return mutants(int(sys.argv[2]))
    if sys.argv[1] == "plausible":
        return plausible(int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    if sys.argv[1] == "story":
        return story(int(sys.argv[2]))
    days, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    begun = SystemClock().mono_ms()
    total, bad, rows, messages, played = Tally(), {}, 0, 0, 0
    with multiprocessing.Pool() as pool:
        for seed, wrong, tally, log, sent in pool.imap_unordered(one, range(first, first + days), chunksize=4):
            total += tally
            rows, messages, played = rows + log, messages + sent, played + 1
            if played % TOLD_EVERY == 0:
                print(f"{played} days, {len(bad)} bad", file=sys.stderr, flush=True)
            if wrong:
                bad[seed] = wrong
                print(f"seed {seed}: {wrong}", flush=True)
    seconds = (SystemClock().mono_ms() - begun) / 1000
    print(json.dumps({"days": days, "bad days": len(bad), "log rows": rows, "messages": messages, **total,
                      "seconds": round(seconds, 1), "days a second": round(days / seconds, 2)}, indent=1))  # fmt: skip
    for seed in sorted(bad)[:3]:
        story(seed)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
