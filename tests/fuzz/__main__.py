"""`python -m fuzz RUNS`: mutated payloads into every reader of the wire, guided by coverage where atheris is there.
`python -m fuzz hub RUNS`: mutated payloads of a day into a hub; 1 if it crashes, or takes a row that was not next.
"""

import json
import logging
import multiprocessing
import random
import sys
import tempfile
from pathlib import Path

from fuzz.target import a_day, mutated, read, seeds, tell


def readers(runs: int) -> int:
    """Coverage-guided: returns only where there is no atheris."""
    try:
        import atheris
    except ImportError:
        chance, good = random.Random(1), seeds()
        for _ in range(runs):
            read(bytes([chance.randrange(256)]) + mutated(chance.choice(good)[1], chance))
        print(json.dumps({"payloads": runs, "crashes": 0, "guided": False}))
        return 0
    with tempfile.TemporaryDirectory() as corpus:
        for number, (_, payload) in enumerate(seeds()):
            for kind in range(14):
                (Path(corpus) / f"{number}-{kind}").write_bytes(bytes([kind]) + payload)
        atheris.instrument_func(read)
        atheris.Setup(
            [sys.argv[0], f"-runs={runs}", "-max_len=4096", "-verbosity=0", "-print_final_stats=1", corpus], read
        )
        atheris.Fuzz()
    return 0


def one_hub(job: tuple[int, int]) -> int:
    """So many mutated payloads into one hub; how many there were."""
    logging.disable(logging.CRITICAL)
    seed, runs = job
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        center, heard = a_day(Path(place), spare=True)
        good = [
            (topic, payload) for topic, payload in heard if "/jrn/" in topic or "/ask/" in topic or "/cpy/" in topic
        ]
        for _ in range(runs):
            topic, payload = chance.choice(good)
            tell(center.hub, topic, mutated(payload, chance))
        center.hub.store.open_ledger()
        center.hub.store.close()
    return runs


def main() -> int:
    if sys.argv[1] == "hub":
        runs = int(sys.argv[2]) // 8
        with multiprocessing.Pool() as pool:
            done = pool.map(one_hub, [(seed, runs) for seed in range(8)], chunksize=1)
        print(json.dumps({"payloads into a hub": sum(done), "crashes": 0, "rows that were not next": 0}))
        return 0
    logging.disable(logging.CRITICAL)
    return readers(int(sys.argv[1]))


if __name__ == "__main__":
    sys.exit(main())
