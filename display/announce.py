"""Which call is announced now, and which ones wait for their turn (pure). Times are monotonic milliseconds.

Policy. Every call and every recall the hub tells is announced, in the hub's order, once for each time that the center
wishes to hear it; two calls at one instant come one after the other and never hide each other. A call that is older
than STALE_MS when its turn comes is only shown, not spoken, and counted: a voice that is a minute late sends people to
counters that have moved on. What is announced stays for MIN_MS at least, or until the
voice has said it. A call that the hub takes back (given back, undone) loses its turn.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

STALE_MS = 60_000
MIN_MS = 1_500
MOST_MS = 20_000
"""A voice that has not answered after so long is not waited for."""
HEARD_KEPT = 64
FIRST_LOOK_MS = 60_000
"""Calls older than this when a board starts are history."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the hub tells it. `order` rises with each call and recall; `lang` is the citizen's language."""

    label: str
    counter: str
    order: int
    recalls: int = 0
    lang: str = "lo"


@dataclass(frozen=True, slots=True)
class Turn:
    """A call whose turn it is: which repetition (0 is the first), when it came in and began; `silent`: only to be
    seen.
    """

    call: Call
    repeat: int
    heard_ms: int
    begun_ms: int = 0
    silent: bool = False


@dataclass(slots=True)
class Announcer:
    """The queue of announcements of one board. `repeats`: how often each is said again after the first
    time; `least_ms`: how long each has its turn at the least.
    """

    repeats: int = 0
    least_ms: int = MIN_MS
    now: Turn | None = None
    newest: int = 0
    waiting: deque[Turn] = field(default_factory=deque)
    passed_over: int = 0
    said: int = 0
    _begun: bool = False
    _heard: dict[int, tuple[str, str, int]] = field(default_factory=dict)
    """Which calls were taken up lately: when a hub has forgotten, the same one is the same, whatever its order is."""

    def hear(self, calls: Iterable[tuple[Call, int]], now_ms: int) -> None:
        """The hub's list of calls, newest first, each with its age in milliseconds."""
        known = list(calls)
        alive = {call.order for call, _ in known}
        oldest = min(alive, default=0)
        top = max(known, key=lambda k: k[0].order)[0] if known else None
        forgot = top is not None and top.order < self.newest and self._heard.get(top.order) != _same(top)
        if forgot:
            self.newest = oldest - 1  # the hub forgot the end of its log and counts from there again
        here = {_same(call) for call, _ in known}
        self.waiting = deque(t for t in self.waiting if _same(t.call) in here or t.call.order < oldest or forgot)
        for call, age_ms in sorted(known, key=lambda k: k[0].order):
            if call.order <= self.newest:
                continue
            self.newest = call.order
            heard = forgot and _same(call) in self._heard.values()
            self._heard[call.order] = _same(call)
            if heard or (not self._begun and age_ms > FIRST_LOOK_MS):
                continue
            # A recall takes the place of what was still to be said to the same person at the same counter.
            same = [t for t in self.waiting if (t.call.label, t.call.counter) == (call.label, call.counter)]
            for turn in same:
                self.waiting.remove(turn)
            self.waiting.append(Turn(call, 0, now_ms))
        self._begun = True
        self._heard = {order: same for order, same in self._heard.items() if order > self.newest - HEARD_KEPT}

    def turn(self, now_ms: int, *, spoken: bool) -> Turn | None:
        """The next announcement if the present one is over; `spoken`: the voice has said it, or there is none."""
        if self.now is not None:
            stood = now_ms - self.now.begun_ms
            if stood < self.least_ms or not (spoken or stood >= MOST_MS):
                return None
            if self.now.repeat < self.repeats:
                again = replace(self.now, repeat=self.now.repeat + 1, heard_ms=now_ms)
                self.waiting.append(again)
            self.now = None
        while self.waiting:
            turn = self.waiting.popleft()
            silent = now_ms - turn.heard_ms > STALE_MS
            if silent and turn.repeat:
                continue
            self.passed_over += silent
            self.now = replace(turn, begun_ms=now_ms, silent=silent)
            self.said += 1
            return self.now
        return None


def _same(call: Call) -> tuple[str, str, int]:
    """What a call is, but for its place in the hub's count."""
    return call.label, call.counter, call.recalls
