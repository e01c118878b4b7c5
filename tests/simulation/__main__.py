"""`python -m simulation DAYS [FIRST_SEED]`: play days on all cores; 1 if one of them is bad."""

import json
import multiprocessing
import sys
from collections import Counter as Tally

from onedoor.device.clock import SystemClock
from simulation.day import play
from simulation.judge import judge


def one(seed: int) -> tuple[int, list[str], Tally, int, int]:
    day = play(seed)
    return seed, judge(day), day.tally, len(day.store.log), day.world.messages


def main() -> int:
    import logging

    logging.disable(logging.CRITICAL)
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
