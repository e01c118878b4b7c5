"""The contract: everything round-trips, and nothing that breaks it gets through."""

import json
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.mosquitto import access_list
from onedoor.hall.kinds import KINDS, ROLE_KINDS
from onedoor.hall.ledger import Fact
from onedoor.hall.rules import Rules
from onedoor.wire import limits
from onedoor.wire import messages as msg
from onedoor.wire.chain import GENESIS, line_of, row_of, sealed
from onedoor.wire.errors import Malformed, Oversized, UnknownVersion, WireError
from onedoor.wire.rows import LogRow, event_from, event_of, fact_from, plain, row_from
from onedoor.wire.topics import BOARD_NAMES, Topics

NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True)
RUNS = st.from_regex(r"[0-9a-f]{16}", fullmatch=True)
BIG = st.integers(0, 2**53 - 1)
WORDS = st.text(st.characters(whitelist_categories=("L", "N")), max_size=20)
IDS = st.builds(lambda d, r, n: f"{d}.{r}.{n}", NAMES, RUNS, st.integers(1, 10**9))
STARTS = st.builds(msg.Start, st.integers(0, limits.EPOCHS - 1), st.integers(0, 2**32 - 1), RUNS)
HASHES = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
REFS = st.builds(msg.TicketRef, IDS, WORDS, WORDS, WORDS, BIG)
V = st.just(msg.VERSION)


def events_like(cls):
    """A strategy for an event class, by the meaning of its fields."""
    by_name = {"ticket": IDS, "command": IDS, "row": IDS, "first": IDS, "open_command": st.none() | IDS}
    by_type = {
        "int": BIG,
        "str": WORDS,
        "dict[str, int]": st.dictionaries(WORDS, BIG, max_size=3),
        "bool": st.booleans(),
        "int | None": st.none() | BIG,
        "tuple[str, ...]": st.lists(WORDS, max_size=5).map(tuple),
        "onedoor.hall.ids.RowId": IDS,
        "tuple[onedoor.hall.ids.RowId, ...]": st.lists(IDS, max_size=5).map(tuple),
        "Rules": st.builds(Rules, routes=st.dictionaries(WORDS, st.lists(WORDS, max_size=3).map(tuple), max_size=3)),
    }
    fields = {}
    for name, kind in cls.__annotations__.items():
        spelled = kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))
        spelled = spelled if spelled in by_type else str(kind)
        fields[name] = by_name[name] if name in by_name else by_type[spelled]
    return st.builds(cls, **fields)


ANY_EVENT = st.one_of([events_like(cls) for cls in set(KINDS.values())])
ROWS = st.builds(
    lambda run, seq, event, boot, mono, est: row_from(Fact("k1", run, seq, None, event, boot, mono, est)),
    RUNS, st.integers(1, 10**6), ANY_EVENT, WORDS, BIG, st.none() | BIG,
)  # fmt: skip
LOG_ROWS = st.builds(
    lambda seq, run, event, at, mark: LogRow(
        seq, "k1", run, seq, None, *plain(event), "boot", at, at, at, "B", 5, 0, 1, mark, mark
    ),
    st.integers(1, 10**6), RUNS, ANY_EVENT, BIG, HASHES,
)  # fmt: skip
MESSAGES = {
    msg.Batch: st.builds(
        msg.Batch, V, st.lists(ROWS, max_size=3), WORDS, BIG, BIG, BIG,
        st.none() | st.builds(msg.Seen, STARTS, BIG, HASHES),
    ),
    msg.Mark: st.builds(
        msg.Mark, V, STARTS, st.dictionaries(RUNS, BIG, max_size=3), BIG, st.booleans(), BIG, HASHES, WORDS, BIG,
        st.dictionaries(WORDS, st.dictionaries(WORDS, BIG, max_size=2), max_size=2), st.dictionaries(IDS, st.none() | REFS, max_size=3),
        st.lists(REFS, max_size=2),
    ),
    msg.Beacon: st.builds(
        msg.Beacon, V, STARTS, BIG, st.booleans(), BIG, HASHES, st.dictionaries(NAMES, st.tuples(RUNS, BIG), max_size=3)
    ),
    msg.Waiting: st.builds(
        msg.Waiting, V, STARTS, BIG, BIG, st.dictionaries(WORDS, BIG, max_size=3), st.lists(REFS, max_size=3),
        st.lists(NAMES, max_size=3),
    ),
    msg.CalledNews: st.builds(
        msg.CalledNews, V, STARTS, BIG, BIG, st.lists(st.builds(msg.CallLine, WORDS, WORDS, WORDS, BIG, BIG, BIG), max_size=3)
    ),
    msg.CountersNews: st.builds(
        msg.CountersNews, V, STARTS, BIG, BIG, st.lists(st.builds(msg.CounterLine, WORDS, st.booleans(), WORDS), max_size=3)
    ),
    msg.DayNews: st.builds(
        msg.DayNews, V, STARTS, BIG, BIG, BIG, BIG, BIG, st.dictionaries(WORDS, BIG, max_size=3), WORDS,
        st.lists(st.tuples(WORDS, st.lists(WORDS, max_size=3)), max_size=2),
    ),
    msg.Pulse: st.builds(msg.Pulse, V, STARTS),
    msg.Question: st.builds(msg.Question, V, IDS),
    msg.Answer: st.builds(msg.Answer, V, IDS, BIG, BIG, st.none() | BIG, st.none() | BIG),
    msg.Presence: st.builds(msg.Presence, V, st.sampled_from(["init", "ready", "disconnected", "lost"]), BIG),
    msg.Info: st.builds(msg.Info, V, WORDS, WORDS, BIG, st.integers(0, 100), st.booleans(), st.lists(WORDS, max_size=3)),
    msg.CopyHead: st.builds(
        msg.CopyHead, V, st.lists(st.tuples(BIG, HASHES), min_size=1, max_size=3),
        st.none() | st.builds(msg.Seen, STARTS, BIG, HASHES),
    ),
    msg.CopyRows: st.builds(msg.CopyRows, V, STARTS, BIG, HASHES, BIG, st.lists(LOG_ROWS, max_size=2)),
    msg.Piece: st.builds(msg.Piece, V, RUNS, BIG, st.integers(2, 128), st.binary(max_size=100)),
    msg.CopyWanted: st.builds(msg.CopyWanted, V, st.lists(st.tuples(BIG, HASHES), min_size=1, max_size=3)),
    msg.Seal: st.builds(
        msg.Seal, V, WORDS, st.just("2026-11-21"), BIG, BIG, HASHES, HASHES, st.just("") | st.just("ab" * 64)
    ),
    msg.CopyOffer: st.builds(msg.CopyOffer, V, st.lists(LOG_ROWS, max_size=2)),
}  # fmt: skip


def test_every_message_has_a_limit_and_a_round_trip_here():
    assert set(MESSAGES) == set(msg.LIMITS) == set(get_args(msg.Message))


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda k: k.__name__)
def test_round_trip(kind):
    @given(MESSAGES[kind])
    def check(message):
        assert msg.decode(msg.encode(message), kind) == message

    check()


@given(ANY_EVENT)
def test_events_round_trip(event):
    kind, body = plain(event)
    again = json.loads(msgspec.json.encode(body))
    assert event_of(kind, again) == event


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_by_name_or_understood(data):
    for kind in msg.LIMITS:
        try:
            msg.decode(data, kind)
        except WireError as wrong:
            assert wrong.code in ("oversized", "malformed", "unknown_version")


@given(MESSAGES[msg.Batch], st.data())
def test_damaged_batches_never_crash_the_reader(batch, data):
    payload = bytearray(msg.encode(batch))
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    try:
        for row in msg.decode(bytes(payload), msg.Batch).rows:
            fact_from("k1", row, ROLE_KINDS["kiosk"])
    except WireError:
        pass


def test_oversized_unknown_version_and_unknown_fields():
    with pytest.raises(Oversized):
        msg.decode(b" " * (msg.BATCH_BYTES + 1), msg.Batch)
    with pytest.raises(UnknownVersion):
        msg.decode(b'{"v":2}', msg.Question)
    ticket = "k1." + "0" * 16 + ".1"
    assert msg.decode(json.dumps({"v": 1, "ticket": ticket, "later": 1}).encode(), msg.Question).ticket == ticket


@pytest.mark.parametrize(
    "body",
    [
        {"ticket": "../../etc"},
        {"ticket": "k1." + "0" * 16 + ".0"},
        {"ticket": 5},
        {},
        {"ticket": "k1." + "0" * 16 + ".1", "auto": "yes"},
    ],
)
def test_bad_rows_are_refused(body):
    with pytest.raises(Malformed):
        event_from("ended", body, KINDS)


def test_numbers_no_json_reader_keeps_and_texts_that_poison_logs_are_refused():
    good = {"label": "A1-001", "service": "id", "queue": "id", "slot": 1, "n": 1, "day": "2026-11-21"}
    event_from("issued", good, KINDS)
    for change in ({"n": 2**53}, {"n": -1}, {"label": "x" * 81}, {"service": "a\x1b[2J"}, {"n": 1.5}):
        with pytest.raises(Malformed):
            event_from("issued", good | change, KINDS)


def test_a_role_may_send_its_own_kinds_only():
    with pytest.raises(Malformed, match="not for this sender"):
        event_from("call_requested", {"counter": "1", "queues": []}, ROLE_KINDS["kiosk"])
    with pytest.raises(Malformed):
        event_from("called", {}, ROLE_KINDS["counter"])


@given(NAMES, NAMES)
def test_topics_round_trip(center, dev):
    topics = Topics(center)
    for what, topic in {
        "presence": topics.presence(dev), "info": topics.info(dev), "batch": topics.batch(dev),
        "mark": topics.mark(dev), "ask": topics.ask(dev), "ans": topics.answer(dev),
    }.items():  # fmt: skip
        parsed = topics.parse(topic)
        assert (parsed.what, parsed.name) == (what, dev)
        with pytest.raises(Malformed):
            Topics(center + "x").parse(topic)
    assert topics.parse(topics.beacon()).what == "beacon"
    for name in BOARD_NAMES:
        assert topics.parse(topics.state(name)).name == name


@pytest.mark.parametrize("name", ["", "+", "#", "a/b", "A", "k1\n", "1k", "a" * 33, "é"])
def test_names_that_could_mean_other_topics_are_refused(name):
    with pytest.raises(Malformed):
        Topics("test").batch(name)
    with pytest.raises(Malformed):
        Topics("test").parse(f"onedoor/v1/test/jrn/{name}/batch")


def log_row(**change):
    row = LogRow(
        1, "k1", "a" * 16, 1, None, "booted", {"software": "x", "open_command": None, "clean": True}, "b", 5, 6, 7,
        "B", 0, 0, 1, GENESIS,
    )  # fmt: skip
    return sealed(msgspec.structs.replace(row, **change))


def test_a_log_line_has_one_spelling():
    line = line_of(log_row())
    assert row_of(line) == log_row()
    for other in (line.replace(b'"B"', b'"\\u0042"'), line + b" ", line.replace(b",", b", ", 1), line[:-1]):
        with pytest.raises(Malformed):
            row_of(other)


def test_the_hash_covers_every_field():
    base = log_row()
    for name in LogRow.__struct_fields__:
        if name != "hash":
            value = getattr(base, name)
            other = {int: 99, str: "f" * 64}.get(type(value), {"x": 1} if name == "body" else ("b" * 16, 3))
            assert log_row(**{name: other}).hash != base.hash, name


@pytest.mark.parametrize("role", ["kiosk", "counter", "hall"])
def test_the_access_list_lets_every_box_hear_what_it_listens_to_and_no_more(role):
    lines = access_list("test", ["hub"]).splitlines()
    granted = [line.split(" ", 2) for line in lines if line.startswith("pattern")]
    readable = {topic.replace("%u", "x1") for _, how, topic in granted if how in ("read", "readwrite")}
    topics = Topics("test")
    heard = {*topics.for_screen(role), *topics.for_device("x1"), *([topics.seal()] if role == "kiosk" else [])}

    def covers(granted: str, wanted: str) -> bool:
        pairs = list(zip(granted.split("/"), wanted.split("/"), strict=False))
        return granted.count("/") == wanted.count("/") and all(g in ("+", w) for g, w in pairs)

    assert [topic for topic in heard if not any(covers(g, topic) for g in readable)] == []
    assert not any(covers(g, topics.batch("x2")) or covers(g, topics.mark("x2")) for g in readable)
