"""What a mutated payload meets: every reader of the wire, and a hub with a day behind it."""

import random
import tempfile
from pathlib import Path

from conftest_center import Center

from broker.hub import Hub
from display.presses import Press
from onedoor.device.link import Arrived, MemoryBroker
from onedoor.device.runner import StartAgain
from onedoor.hall.events import HUB
from onedoor.hall.kinds import ROLE_KINDS
from onedoor.hall.ledger import Place
from onedoor.wire import messages as msg
from onedoor.wire.errors import WireError
from onedoor.wire.rows import fact_from

KINDS = list(msg.LIMITS)


class Recorder(MemoryBroker):
    """A broker that remembers what was published."""

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        self.heard.append((topic, payload))
        super().publish(topic, payload, retain=retain)

    @property
    def heard(self) -> list[tuple[str, bytes]]:
        return self.__dict__.setdefault("_heard", [])


def a_day(place: Path, spare: bool = False) -> tuple[Center, list[tuple[str, bytes]]]:
    """A center with a day behind it, and everything that was said on its bus."""
    broker = Recorder()
    center = Center(place / "hub", broker=broker)
    center.start_hub(spare="s1" if spare else "")
    if spare:
        center.start_spare(place / "s1")
        center.pass_ms(1_500)
    kiosk, panel = center.kiosk(), center.panel()
    for _ in range(6):
        center.touch(kiosk)
        center.do(panel, Press.NEXT)
        center.pass_ms(2_000)
        center.do(panel, Press.START, Press.END)
    return center, broker.heard


def read(data: bytes) -> None:
    """Every reader of the wire gets it, by its first byte; only WireError is allowed."""
    if not data:
        return
    kind, payload = KINDS[data[0] % len(KINDS)], data[1:]
    try:
        message = msg.decode(payload, kind)
        if isinstance(message, msg.Batch):
            for row in message.rows:
                fact_from("k1", row, ROLE_KINDS[("kiosk", "counter")[data[0] & 1]])
        if isinstance(message, msg.CopyRows | msg.CopyOffer):
            for log_row in message.rows:
                _ = log_row.event
    except WireError:
        pass


WORDS = frozenset(
    {"box_overstepped", "time_doubted", "time_known", "time_said", "time_withdrawn", "day_began", "line_minded"}
)
"""What a hub says without any row: of a box that says too much, and of what it is told about the time."""


def tell(hub: Hub, topic: str, payload: bytes) -> None:
    """The hub hears it; AssertionError if that changed the log without a row that was really next, or if the hub gave way
    to nobody: it does only to a box that has seen a higher epoch.
    """
    before = hub.store.hub_seq
    next_ones = _next_rows(hub, topic, payload)
    try:
        hub.on_news(Arrived(topic, payload))
        hub.flush()
    except StartAgain:
        assert next_ones, f"gave way to {payload[:200]!r}"
    own = [row for row in hub.store.rows(before) if row.dev == HUB and row.kind in WORDS]
    grew = hub.store.hub_seq - before - len(own)
    assert grew == 0 or next_ones, f"{grew} rows out of {payload[:200]!r}"


def _next_rows(hub: Hub, topic: str, payload: bytes) -> bool:
    """Whether this is a well-formed batch or offer with a next row, or tells of a start the hub must outdo."""
    try:
        about = hub.topics.parse(topic)
        if about.what == "batch":
            taken = msg.batch_of(payload)
            seen = taken.batch.seen
            told = seen is not None and seen.start != hub.start
            places = [Place(about.name, row.run, row.seq, row.before) for row in taken.rows]
            return about.name in hub.peers and (told or any(map(hub.ledger.is_next, places)))
        if about.what == "head":
            head = msg.decode(payload, msg.CopyHead)
            return head.seen is not None and head.seen.start != hub.start
        return about.what == "offer"
    except (WireError, KeyError):
        return False


def mutated(seed: bytes, chance: random.Random) -> bytes:
    """A payload with a few bytes changed, cut, doubled or made up."""
    data = bytearray(seed)
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(5):
            case 0 if data:
                data[at % len(data)] ^= 1 << chance.randrange(8)
            case 1:
                data[at:at] = chance.randbytes(chance.randrange(4))
            case 2:
                del data[at : at + chance.randrange(8)]
            case 3:
                data[at:at] = data[at : at + 16]
            case _:
                data[at : at + 1] = chance.choice((b"-1", b"9" * 17, b"null", b"[]", b"{}", b'"', b"1.5", b"\xff"))
    return bytes(data)


def seeds() -> list[tuple[str, bytes]]:
    """Good payloads of every kind of message, with their topics."""
    with tempfile.TemporaryDirectory() as place:
        center, heard = a_day(Path(place), spare=True)
        found = {(topic, len(payload) // 200): payload for topic, payload in heard}
        center.hub.store.close()
    return [(topic, payload) for (topic, _), payload in found.items()]
