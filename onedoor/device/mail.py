"""What waits for a device: its inbox.

Policy. Two kinds of things wait here. What happens at the box itself (a touch, a press, a paper that is out, a worker
that failed) never comes again and is never thrown away. What comes over the bus is repeated, or replaced by newer news
of the same topic: when a flood of it waits, only the newest message of each topic is kept behind what waits already.
`stop` takes no lock and writes no log, so that a signal handler may call it at any moment, whatever the thread that it
interrupts is holding.
"""

import queue
import threading
from dataclasses import dataclass

from onedoor.device.link import Arrived, LinkDown, LinkNews, LinkUp

MESSAGES = 2_000
"""So many messages wait in order; of later ones only the newest of each topic is kept."""
LATE = 2_000
"""Of so many topics."""
OWN = 20_000
"""Nobody touches so often while a device looks away: behind this, a contact is broken."""


@dataclass(frozen=True, slots=True)
class Flooded:
    """More came than could be read: messages that newer ones replaced, things of the box that had no room."""

    replaced: int
    lost: int


class Mail:
    """One device's inbox, filled from any thread and emptied by one."""

    def __init__(self, messages: int = MESSAGES, late: int = LATE, own: int = OWN) -> None:
        self._most, self._most_late, self._most_own = messages, late, own
        self._queue: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._late: dict[object, LinkNews] = {}
        self._messages = self._own = 0
        self.stopped = False
        self.replaced = 0
        """Messages that a newer one of the same topic made needless, or that nobody had room for."""
        self.lost = 0
        """Things of the box itself that had no room; more than zero means a contact that never rests."""

    def put(self, thing: object) -> None:
        """Let something wait, from any thread; never from a signal handler."""
        with self._lock:
            if isinstance(thing, LinkUp | LinkDown | Arrived):
                if not self.stopped:  # who stops in a flood would never come to its end
                    self._put_news(thing)
            elif self._own < self._most_own:
                self._own += 1
                self._queue.put(thing)
            else:
                self.lost += 1

    def stop(self) -> None:
        """Wake whoever waits, and let him see `stopped`; from any thread and from a signal handler."""
        self.stopped = True
        self._queue.put(None)  # this queue's put may interrupt itself: it has no lock of Python's

    def next(self, wait_s: float) -> object | None:
        """The next thing, waited for; None: nothing came, or it is time to stop."""
        try:
            return self._taken(self._queue.get(timeout=max(0.0, wait_s)))
        except queue.Empty:
            return None

    def poll(self) -> object | None:
        """The next thing, if there is one."""
        try:
            return self._taken(self._queue.get_nowait())
        except queue.Empty:
            return None

    def rest(self) -> list[object]:
        """At the end: what happened at the box itself and was not acted on. What came over the bus comes again."""
        found = []
        for _ in range(self._queue.qsize() + self._most_late):
            if self._queue.empty():
                break
            thing = self.poll()
            if thing is not None and not isinstance(thing, LinkUp | LinkDown | Arrived):
                found.append(thing)
        return found

    def _put_news(self, news: LinkNews) -> None:
        if not self._late and self._messages < self._most:
            self._messages += 1
            self._queue.put(news)
            return
        key: object = news.topic if isinstance(news, Arrived) else type(news)
        if self._late.pop(key, None) is not None:
            self.replaced += 1
        elif len(self._late) >= self._most_late and isinstance(news, Arrived):
            self.replaced += 1
            return
        self._late[key] = news

    def _taken(self, thing: object) -> object | None:
        if thing is None:
            return None
        with self._lock:
            if not isinstance(thing, LinkUp | LinkDown | Arrived):
                self._own -= 1
                return thing
            self._messages -= 1
            if not self._messages:
                for key in list(self._late)[: self._most]:
                    self._queue.put(self._late.pop(key))
                    self._messages += 1
        return thing
