"""Work in shares: each by a process of its own, forked, so that nothing has to be handed over but what came out.

Policy. The first share is done here; an error of any share is raised here.
"""

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


def processors() -> int:
    """How many processors this program may use."""
    return len(os.sched_getaffinity(0))


def in_processes(shares: Sequence[Callable[[], T]]) -> list[T]:
    """What comes of each share, in their order."""
    from multiprocessing import get_context

    fork, others = get_context("fork"), []
    for share in shares[1:]:
        mine, theirs = fork.Pipe(duplex=False)
        process = fork.Process(target=_tell, args=(theirs, share), daemon=True)
        process.start()
        theirs.close()
        others.append((mine, process))
    found = [shares[0]()]
    for mine, process in others:
        what = mine.recv()
        process.join()
        if isinstance(what, Exception):
            raise what
        found.append(what)
    return found


def _tell(pipe: Any, share: Callable[[], object]) -> None:
    try:
        pipe.send(share())
    except Exception as wrong:  # noqa: BLE001 - whatever it is, it is raised again where somebody looks
        pipe.send(wrong)
