"""A center log written by the hall's own rules, without boxes: whoever says facts here gets the rows a hub would write.

Policy: nothing is decided here. Facts go through `onedoor.hall.ledger.take`, so the log verifies like a real one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from onedoor.hall import events as ev
from onedoor.hall.dating import Dated
from onedoor.hall.events import HUB, RowId
from onedoor.hall.ledger import Fact, Ledger, Step, say, take
from onedoor.wire.chain import GENESIS, sealed
from onedoor.wire.rows import LogRow, plain


@dataclass(slots=True)
class Books:
    """The log of one center while it is written. `write` gets every row, in order."""

    write: Callable[[LogRow], None]
    ledger: Ledger = field(default_factory=Ledger)
    head: str = GENESIS
    hub_seq: int = 0
    incarnation: int = 0
    _hub_run: str = ""
    _hub_rows: int = 0
    _runs: dict[str, tuple[str, int, tuple[str, int] | None]] = field(default_factory=dict)

    def hub_starts(self, at_ms: int) -> None:
        """The hub begins another incarnation."""
        self.incarnation += 1
        self._hub_run, self._hub_rows = f"{self.incarnation:016x}", 0
        self.say(ev.HubStarted("made-up", self._hub_run), at_ms)

    def say(self, word: ev.HubEvent, at_ms: int) -> None:
        """A word of the hub's own."""
        for step in say(self.ledger, word, Dated(at_ms, at_ms, "B", 0)):
            self._row(step, "hub-boot", at_ms)

    def boots(self, dev: str, at_ms: int) -> Fact:
        """A box begins another run; its first row, not yet taken."""
        old = self._runs.get(dev)
        before = (old[0], old[1]) if old else None
        number = int(old[0][:8], 16) + 1 if old else 1
        self._runs[dev] = (f"{number:08x}{sum(dev.encode()):08x}", 0, before)
        return self.fact(dev, ev.Booted("made-up", clean=False), at_ms)

    def fact(self, dev: str, event: ev.Event, at_ms: int) -> Fact:
        """The next row of a box, not yet taken."""
        run, seq, before = self._runs[dev]
        self._runs[dev] = (run, seq + 1, before)
        return Fact(dev, run, seq + 1, before if seq == 0 else None, event, f"{dev}-{run[:8]}", at_ms, at_ms)

    def take(self, fact: Fact, at_ms: int, recv_ms: int, quality: str = "B") -> None:
        """A box's row reaches the hub."""
        assert self.ledger.is_next(fact)
        dated = Dated(recv_ms if quality == "C" else at_ms, recv_ms, quality, 2**40 if quality in "CD" else 20)
        for step in take(self.ledger, fact, dated):
            self._row(step, "hub-boot", recv_ms)

    def answer(self, dev: str, command: RowId) -> RowId | None:
        """The ticket that the hub gave for a command."""
        answer = self.ledger.hall.calls.get(dev, {}).get(command)
        return answer.ticket if answer else None

    def _row(self, step: Step, boot: str, now_ms: int) -> None:
        kind, body = plain(step.event)
        fact, dated = step.fact, step.dated
        self.hub_seq += 1
        if fact is None:
            self._hub_rows += 1
        row = sealed(
            LogRow(
                hub_seq=self.hub_seq,
                dev=fact.dev if fact else HUB,
                run=fact.run if fact else self._hub_run,
                seq=fact.seq if fact else self._hub_rows,
                before=fact.before if fact else None,
                kind=kind,
                body=body,
                boot=fact.boot_id if fact else boot,
                mono=fact.mono_ms if fact else now_ms,
                t_event=dated.event_ms,
                t_recv=dated.recv_ms,
                quality=dated.quality,
                err_ms=dated.err_ms,
                epoch=1,
                incarnation=self.incarnation,
                prev_hash=self.head,
            )
        )
        self.head = row.hash
        self.write(row)
