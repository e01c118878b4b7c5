"""What the hub says, and when: marks, beacon, screens, alarms, its pulse. All of it is computed from the state.

Policy. Nothing is said before what it tells of is committed (`Hub.flush`). A start says everything, so no memory of
what was said before is needed.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from msgspec import Struct

from broker.attendance import Attendance
from broker.copying import Copier
from broker.intake import Intake
from broker.marks import Head, beacon_of, mark_of, pulse_of, said
from broker.news import NEWS, UNSERVED_TOLD, unserved_alarms
from broker.questions import Questions
from onedoor import __version__
from onedoor.hall.events import HUB
from onedoor.wire import messages as msg
from onedoor.wire.topics import BOARD_NAMES

log = logging.getLogger("onedoor.hub")

ALARMS = 16
"""So many a message about a box has room for."""


@dataclass(slots=True)
class Speaker(Intake):
    """What a hub needs to speak."""

    leads: bool = field(default=False, init=False)
    pulse_ms: int = field(default=0, init=False)
    """How often to say that the hub lives (0: never)."""
    attendance: Attendance = field(init=False)
    copier: Copier = field(init=False)
    _boot: int = field(default=0, init=False)
    _questions: Questions = field(default_factory=Questions, init=False)
    _dirty: set[str] = field(default_factory=set, init=False)
    _said: dict[str, Struct | None] = field(default_factory=dict, init=False)
    """The newest of each part of the news."""
    _say_beacon: bool = field(default=False, init=False)
    _told_alarms: list[str] | None = field(default=None, init=False)

    def flush(self) -> None:
        """The hub's: commit, then speak."""
        raise NotImplementedError

    def _has_twin(self) -> bool:
        """Whether another box may have been promoted; without one nobody's word can end this hub's lead."""
        return any(peer.role == "spare" for peer in self.peers.values())

    def _say_everything(self) -> None:
        self.link.publish(self.topics.presence(HUB), self._presence("ready"), retain=True)
        self._say_info(again=True)
        self._say_beacon = True
        self._say_seal()
        self._dirty, self._told_line = set(BOARD_NAMES), -1
        self._to_mark.update(dict.fromkeys(self.ledger.have, ("", 0)))

    def _say_info(self, *, again: bool = False) -> None:
        """What the hub is, and what needs a hand; a clock that is doubted above all."""
        first = [*self.needs.codes, *(["clock"] if self.keeper.doubted else [])][: ALARMS - UNSERVED_TOLD]
        last = self.complaints.alarms(self.clock.mono_ms())
        alone = unserved_alarms(self._said.get("waiting"), ALARMS - len(first) - len(last))
        alarms = [*first, *alone, *last][:ALARMS]
        if again or alarms != self._told_alarms:
            self._told_alarms = alarms
            info = msg.Info(msg.VERSION, HUB, __version__, self._boot, alarms=alarms)
            self.link.publish(self.topics.info(HUB), msg.encode(info), retain=True)

    def _say(self, topic: str, make: Callable[[], Struct]) -> Struct | None:
        """Publish a retained message. One that cannot be made, or that no reader would take, silences nothing else."""
        try:
            message = make()
            self.link.publish(topic, said(message), retain=True)
        except Exception:
            log.exception("nothing is said on %s", topic)
            self._alarm("not_said")
            return None
        return message

    def _speak(self) -> None:
        if self._say_beacon:
            self._say_beacon = False
            self._say(self.topics.beacon(), lambda: beacon_of(self._head(), self.ledger, self.peers))
        for dev, echo in self._to_mark.items():
            peer = self.peers.get(dev)
            told = (self._head(), self.ledger, dev, peer.slot if peer else None, echo, *self.complaints.about(dev))
            self._say(self.topics.mark(dev), partial(mark_of, *told))
        self._to_mark = {}
        if self._dirty:
            self._say_state()
        for dev, answer in self._questions.answers(self.ledger.hall, self.clock.mono_ms(), self._now_ms()):
            self.link.publish(self.topics.answer(dev), msg.encode(answer))

    def _head(self) -> Head:
        """What every mark and beacon begins with."""
        own = self.start, self.store.hub_seq, self.store.hash, self.keeper.hall_ms
        return Head(*own, self.copier.safe(spare=self._has_twin()))

    def _say_state(self) -> None:
        stamp = (msg.VERSION, self.start, self.store.hub_seq, self._now_ms())
        hall = self.ledger.hall
        if hall.line_changes == self._told_line:
            self._dirty.discard("waiting")
        self._told_line = hall.line_changes
        day = self._said.get("day")
        if isinstance(day, msg.DayNews) and day.collided and "counters" in self._dirty:
            self._dirty.add("day")
        for name in sorted(self._dirty):
            live = [self.attendance.there] if name == "waiting" else []
            self._said[name] = self._say(self.topics.state(name), partial(NEWS[name], hall, stamp, *live))
        self._dirty = set()
        self._say_info()

    def _pulse(self) -> None:
        self.link.publish(self.topics.pulse(), msg.encode(pulse_of(self._head(), self.ledger)))
        self.timers.start("pulse", self.pulse_ms, self._pulse)

    def _say_who_is_there(self) -> None:
        """A counter's box is gone, or back: who waits for it is told."""
        self._dirty, self._told_line = self._dirty | {"waiting"}, -1
        if self.leads:
            self.flush()

    def _say_seal(self) -> None:
        if (seal := self.store.last_seal()) is not None:
            self.link.publish(self.topics.seal(), msg.encode(seal), retain=True)

    def _presence(self, state: str) -> bytes:
        return msg.encode(msg.Presence(msg.VERSION, state, self._boot))
