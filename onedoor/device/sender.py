"""From the journal to the hub: rows are sent until the hub's watermark covers them.

Policy. The device believes one start of the hub at a time. A newer start (higher epoch, or same
epoch and higher incarnation) is followed, and what it has is counted afresh, down as well as up,
because a hub that lost its tail must get it back. An older start, or a twin with another nonce, is
not believed; it is told what was seen, at most once a second. Nothing is sent again before three
seconds have passed, and the next rows at once only if the watermark moved: both ends would
otherwise answer each other as fast as they can.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from onedoor.device.box_time import KEPT, BoxTime
from onedoor.device.clock import Clock
from onedoor.device.journal import HEAD, TIDY_MS, Journal, acked_rows, as_written
from onedoor.device.link import Link
from onedoor.device.timers import Timers
from onedoor.hall.center_time import KNOWN, SAID
from onedoor.hall.events import Event
from onedoor.hall.ledger import Fact
from onedoor.hall.words import AGREE_MS
from onedoor.wire.messages import BATCH_ROWS, ROWS_BYTES, VERSION, Batch, Beacon, Mark, Seen, Start, encode
from onedoor.wire.rows import WireRow, row_from
from onedoor.wire.topics import Topics

log = logging.getLogger("onedoor.sender")

RESEND_FIRST_MS = 3_000
RESEND_FACTOR = 1.7
RESEND_LAST_MS = 20_000
TELL_EVERY_MS = 1_000
OLD_ANSWER_MS = 10_000
"""An answer that took longer than this tells no time."""
HUB_SILENT_MS = 130_000
"""Two beacons and a bit: after that the hub counts as away even if the broker is there."""


@dataclass(slots=True)
class Sender:
    """The one way of a device's rows: commit, then send, then wait for the mark."""

    journal: Journal
    link: Link
    clock: Clock
    topics: Topics
    timers: Timers
    seen: Seen | None = field(default=None, init=False)
    acked: int = field(default=0, init=False)
    paper: tuple[int, str] | None = field(default=None, init=False)
    """The newest row of the center's log that may stand on a paper, and its hash; None: no hub was heard yet."""
    rtt_ms: int = field(default=0, init=False)
    hub_how: str | None = field(default=None, init=False)
    """How well the hub knew the time when it answered last in this boot: `known`, `said`, ""; None: not heard yet."""
    time: BoxTime = field(init=False)
    taken_back: Callable[[], None] = lambda: None
    """Told when a word about time was withdrawn of which this box had not heard."""
    _delay_ms: float = field(default=RESEND_FIRST_MS, init=False)
    _told_ms: int = field(default=-TELL_EVERY_MS, init=False)
    _heard_ms: int | None = field(default=None, init=False)
    _hub_zero_ms: int = field(default=0, init=False)
    _word: tuple[int, bool, bool, int] | None = field(default=None, init=False)
    """What the hub's mark said about its time when that was learned last."""
    _told_word: tuple[tuple[int, bool, bool, int], int] | None = field(default=None, init=False)
    """The same with center time less hall time, learned, or asked for once because an old mark told of it."""
    _up: bool = field(default=False, init=False)
    _fresh: bool = field(default=True, init=False)
    _before: Seen | None = field(default=None, init=False)
    """What an earlier start said last: the new one is told, because its log may have lost it."""

    def __post_init__(self) -> None:
        with as_written(self.journal):
            self.time = BoxTime(self.clock, self.journal.kept(KEPT))

    def append(self, *events: Event, keep: Mapping[str, str] | None = None) -> list[Fact]:
        """Commit rows, and the log's head as it was seen last, then send them. Returns when they are on the card.

        Raises JournalError if the card refuses; the process must end then.
        """
        head = {HEAD: f"{self.seen.hub_seq} {self.seen.hash}"} if self.seen is not None else {}
        facts = self.journal.append(events, self.time.stamp(), head | self.time.keep() | dict(keep or {}))
        if self.journal.tidies:
            self.timers.start("tidy", TIDY_MS, self.journal.tidy)
        if self.seen is not None:
            self._transmit()
            self._arm(RESEND_FIRST_MS)
        return facts

    @property
    def unsent(self) -> int:
        """Rows the hub is not known to have."""
        return self.journal.length - self.acked

    def hub_time_ms(self) -> int | None:
        """The center's time as this device believes it, if anybody has said it in this boot."""
        return self.time.now.ms

    def hub_ms(self) -> int | None:
        """What the hub calls the present moment, whether it is right or not: only for differences with other times that
        it told (None: it was not heard in this boot).
        """
        return None if self.hub_how is None else self._hub_zero_ms + self.clock.mono_ms()

    def hub_is_away(self) -> bool:
        """Whether waiting for an answer is known to be in vain."""
        if not self._up or self._heard_ms is None:
            return True
        return self.clock.mono_ms() - self._heard_ms > HUB_SILENT_MS

    def on_link(self, *, up: bool) -> None:
        """The link came or went. On coming: send what is unsent, or ask for the mark."""
        self._up = up
        if up:
            self._ask() if self.seen is None else self._transmit()
            self._arm(RESEND_FIRST_MS)

    def on_hub_gone(self) -> None:
        """The broker said that the hub is lost."""
        self._heard_ms = None

    def on_beacon(self, beacon: Beacon) -> None:
        """A beacon: ask for the mark if it tells of a newer start, another last row than ours, or if the hub's word
        about time is another one than this box has heard (the mark that told of it may have been lost), or than this
        box knows: the hub has to hear of that, too.
        """
        if not self._believe(beacon.start, beacon.hub_seq, beacon.hash):
            return
        word = beacon.stretch, beacon.trusted, beacon.said, beacon.withdrawn
        known = self.time.known_to_tell()
        better = beacon.trusted and known is not None and abs(known[0] - beacon.hub_time_ms) > AGREE_MS
        behind = self._position(beacon.heads.get(self.journal.dev)) != self.acked
        if self._fresh or word != self._word or better or behind:
            self._ask()

    def on_mark(self, mark: Mark) -> bool:
        """The hub's watermark. False: it is from a start we do not believe, ignore all of it."""
        if not self._believe(mark.start, mark.hub_seq, mark.hash):
            return False
        self._before, self.paper = None, mark.paper or self.paper
        self._learn_time(mark)
        before = self.acked
        self.acked = max(before, acked_rows(self.journal.spans, mark.have))
        if self.unsent and (self.acked > before or self._fresh):
            self._delay_ms = RESEND_FIRST_MS
            self._transmit()
        self._fresh = False
        self._arm(RESEND_FIRST_MS)
        return True

    # -- inside -------------------------------------------------------------------------------------

    def _position(self, head: tuple[str, int] | None) -> int | None:
        """Where a row of ours stands, counted over all runs; None if this card does not know it."""
        if head is None:
            return 0
        spans = self.journal.spans
        return next((s.first + head[1] - 1 for s in spans if s.run == head[0]), None)

    def _believe(self, start: Start, hub_seq: int, hash_: str) -> bool:
        seen = self.seen
        if seen is None or (start.epoch, start.incarnation) > (seen.start.epoch, seen.start.incarnation):
            log.info("following hub start %s.%s", start.epoch, start.incarnation)
            self.acked, self._fresh = 0, True
            self._before = self._before or seen
            self.seen = Seen(start, hub_seq, hash_)
        elif start != seen.start:
            self._tell()
            return False
        elif hub_seq > seen.hub_seq:
            self.seen = Seen(start, hub_seq, hash_)
        self._heard_ms = self.clock.mono_ms()
        return True

    def _tell(self) -> None:
        """Let an older start, or a twin, know what was seen; at most once a second."""
        now = self.clock.mono_ms()
        if now - self._told_ms >= TELL_EVERY_MS:
            self._told_ms = now
            self._ask()

    def _learn_time(self, mark: Mark) -> None:
        """The center's time, from a mark that answers a batch of this boot; any other may be old, and is only a reason
        to ask if the hub believes something else now.
        """
        word, offset_ms = (mark.stretch, mark.trusted, mark.said, mark.withdrawn), mark.hub_time_ms - mark.hall_ms
        rtt_ms = self.clock.mono_ms() - mark.echo_mono_ms
        if mark.echo_boot == self.clock.boot_id and 0 <= rtt_ms < OLD_ANSWER_MS:
            self.rtt_ms = rtt_ms
            half = rtt_ms // 2
            how = KNOWN if mark.trusted else SAID if mark.said else ""
            self._word, self._told_word, self.hub_how = word, (word, offset_ms), how
            self._hub_zero_ms = mark.hub_time_ms + half - self.clock.mono_ms()
            if self.time.hear_hub(mark.hub_time_ms + half, how, mark.hall_ms + half, mark.stretch, mark.withdrawn):
                self.taken_back()
        elif (word, offset_ms) != self._told_word:
            self._told_word = word, offset_ms  # asked once; if the answer is lost, the next beacon asks again
            self._ask()

    def _ask(self) -> None:
        self._send([])

    def _transmit(self) -> None:
        self._send(window(self.journal.read(self.acked, BATCH_ROWS)))

    def _send(self, rows: list[WireRow]) -> None:
        if not self._up:
            return
        known = self.time.known_to_tell()
        batch = Batch(
            v=VERSION,
            rows=rows,
            boot_id=self.clock.boot_id,
            mono_now_ms=self.clock.mono_ms(),
            unsent=self.unsent,
            rtt_ms=self.rtt_ms,
            seen=self._before or self.seen,
            known_ms=known[0] if known else None,
            known_by=known[1] if known else "",
            withdrawn=self.time.withdrawn,
        )
        self.link.publish(self.topics.batch(self.journal.dev), encode(batch))

    def _arm(self, delay_ms: float) -> None:
        if self.unsent or self.seen is None:
            self.timers.start_if_idle("resend", int(delay_ms), self._resend)
        else:
            self.timers.cancel("resend")
            self._delay_ms = RESEND_FIRST_MS

    def _resend(self) -> None:
        if not self.unsent and self.seen is not None:
            return
        if self.seen is None:
            self._ask()
        else:
            self._transmit()
        self._delay_ms = min(self._delay_ms * RESEND_FACTOR, RESEND_LAST_MS)
        self._arm(self._delay_ms)


def window(facts: list[Fact]) -> list[WireRow]:
    """As many of these rows as one batch may carry, at least one."""
    rows: list[WireRow] = []
    size = 0
    for fact in facts:
        row = row_from(fact)
        size += len(encode(row))
        if rows and size > ROWS_BYTES:
            break
        rows.append(row)
    return rows
