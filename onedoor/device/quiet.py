"""A program's log under a flood: a line that comes again and again is written a few times a minute, and counted.

Policy. A stranger who sends nonsense must not fill the journal, wear out a card, or push out the lines that explain it.
Lines are of one kind if they stand in the same place of the code; errors of the program itself are few, and pass.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

A_MINUTE = 20
MINUTE_MS = 60_000


@dataclass(slots=True)
class _Kind:
    since_ms: int
    told: int = 0
    held: int = 0


@dataclass(slots=True)
class Quiet:
    """A filter for a handler of `logging`. `now_ms`: a clock that only runs forward."""

    now_ms: Callable[[], int]
    most: int = A_MINUTE
    _kinds: dict[tuple[str, int], _Kind] = field(default_factory=dict)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this line is written; the first one of a new minute says how many were not."""
        now = self.now_ms()
        kind = self._kinds.setdefault((record.pathname, record.lineno), _Kind(now))
        if now - kind.since_ms >= MINUTE_MS:
            if kind.held:
                record.msg, record.args = f"{record.getMessage()} (and {kind.held} lines like this before)", ()
            kind.since_ms, kind.told, kind.held = now, 0, 0
        if kind.told >= self.most:
            kind.held += 1
            return False
        kind.told += 1
        return True


def log_quietly(now_ms: Callable[[], int]) -> None:
    """How every program of a box logs: to its error output, which systemd keeps."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    for handler in logging.getLogger().handlers:
        handler.addFilter(Quiet(now_ms).filter)
