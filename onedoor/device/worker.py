"""Threads beside a device that are never given up, and that a person hears of when they fail.

Policy. What may block (a printer, a loudspeaker, a keypad, a socket) works in a thread of its own, step by step. A step
that raises is told as a fault, and tried again, later and later; the first step that ends well is told too. A step that
does not end within the worker's patience is told as hung, and another thread goes on in its place; whatever the hung
one holds stays its own until it lets go. A worker that is `vital` and cannot go on ends the watchdog's trust: the box
starts again. A printer is not vital: it may hang for hours, and the numbers still go out on the screen.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

log = logging.getLogger("onedoor.worker")

AGAIN_S = (1.5, 3.0, 5.0, 10.0, 30.0)
"""The first pause is longer than the time between two looks: no failure stays unseen."""
PATIENCE_S = 60.0
ABANDONED = 3
"""So many hung threads of one worker are left behind; then it waits for one of them to come back."""
LOOK_MS = 1_000
LETS_GO_S = 2.0
"""So long the end of a program waits for a worker that is inside a library; a printer may hang for hours."""


@dataclass(frozen=True, slots=True)
class WorkerSays:
    """How a worker is: a fault ("failed", "hung", "died"), or well again ("")."""

    worker: str
    fault: str = ""


@runtime_checkable
class Watched(Protocol):
    """Something beside a device that is looked after by its runner, once a second."""

    name: str
    vital: bool

    def look(self, now_ms: int) -> str:
        """Mend what can be mended; what is wrong now, or ""."""
        ...

    def close(self) -> None:
        """The end."""
        ...


class Worker:
    """One thread that does `step` again and again. A step blocks for a while at most, never for ever by itself."""

    def __init__(
        self, name: str, step: Callable[[], None], *, patience_s: float = PATIENCE_S, vital: bool = False,
        again_s: tuple[float, ...] = AGAIN_S, wake: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        self.name, self.vital = name, vital
        self._step, self._patience_ms, self._again_s = step, int(patience_s * 1000), again_s
        self._wake = wake
        self._thread: threading.Thread | None = None
        self._turn = 0
        self._left = 0
        self._beat = self._seen_beat = 0
        self._seen_ms: int | None = None
        self._failed = self._hung = False
        self._ended = threading.Event()
        self._lock = threading.Lock()

    @property
    def alive(self) -> bool:
        """Whether its thread lives."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Begin, if it has not begun."""
        if not self.alive and not self._ended.is_set():
            self._begin()

    @property
    def closed(self) -> bool:
        """Whether there is no further step."""
        return self._ended.is_set()

    def close(self) -> None:
        """No further step; a step that runs is not waited for. One that only waits is woken, if it said how."""
        self._ended.set()
        if self._wake is not None:
            self._wake()

    def let_go(self) -> None:
        """Behind `close`: a thread that can be woken, and may be inside a library, gets a moment to come out. Libraries
        of C do not bear that the interpreter ends under them.
        """
        if self._wake is not None and self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(LETS_GO_S)

    def look(self, now_ms: int) -> str:
        """Whether it gets on: called by its supervisor, who has the clock. Starts a dead thread again, and leaves a
        hung one behind.
        """
        if self._ended.is_set():
            return ""
        if not self.alive:
            died = self._thread is not None
            self._try_to_begin()
            return "died" if died else ""
        if self._beat != self._seen_beat or self._seen_ms is None:
            self._seen_beat, self._seen_ms, self._hung = self._beat, now_ms, False
        elif now_ms - self._seen_ms > self._patience_ms:
            self._hung = True
            if self._left < ABANDONED:
                log.error("%s hangs: another thread goes on", self.name)
                self._left += 1
                self._seen_ms = now_ms
                self._try_to_begin()
                return "hung"
        return "hung" if self._hung else "failed" if self._failed else ""

    def _try_to_begin(self) -> None:
        try:
            self._begin()
        except RuntimeError as wrong:
            log.error("%s cannot be started: %s", self.name, wrong)  # noqa: TRY400 - tried again in a second

    def _begin(self) -> None:
        with self._lock:
            self._turn += 1
            turn = self._turn
        self._thread = threading.Thread(target=self._run, args=(turn,), daemon=True, name=self.name)
        self._thread.start()

    def _run(self, turn: int) -> None:
        tries = 0
        while not self._ended.is_set():
            try:
                self._step()
            except BaseException:  # even a library that calls exit() ends no worker
                log.exception("%s failed; it goes on in a moment", self.name)
                failed, wait_s = True, self._again_s[min(tries, len(self._again_s) - 1)]
                tries += 1
            else:
                failed, wait_s, tries = False, 0.0, 0
            with self._lock:
                if turn != self._turn:
                    self._left -= 1
                    return
                self._beat += 1
                self._failed = failed
            if wait_s:
                self._ended.wait(wait_s)


@dataclass(slots=True)
class Workers:
    """All workers of one program, looked after by its runner. `post` is told what changes."""

    post: Callable[[object], None]
    all: list[Watched] = field(default_factory=list)
    _looked_ms: int | None = None
    _faults: dict[str, str] = field(default_factory=dict)

    def add(self, worker: Watched) -> None:
        """Look after this one too."""
        self.all.append(worker)

    def look(self, now_ms: int) -> None:
        """See to all of them, once a second."""
        if self._looked_ms is not None and now_ms - self._looked_ms < LOOK_MS:
            return
        self._looked_ms = now_ms
        for worker in self.all:
            fault = worker.look(now_ms)
            if fault != self._faults.get(worker.name, ""):
                self._faults[worker.name] = fault
                (log.error if fault else log.info)("%s: %s", worker.name, fault or "well again")
                self.post(WorkerSays(worker.name, fault))

    def well(self) -> bool:
        """Whether every worker without which the box is of no use gets on."""
        return not any(worker.vital and self._faults.get(worker.name) in ("hung", "died") for worker in self.all)

    def close(self) -> None:
        """The end."""
        for worker in reversed(self.all):
            worker.close()
        for worker in self.all:
            if isinstance(worker, Worker):
                worker.let_go()
