"""What comes to the hub's door: extreme rows, sizes that every box must be able to hear, budgets."""

import json
import random
from collections import Counter as Tally

import pytest
from conftest_center import Center
from door_rows import DEVICE, EXTREMES, HUB, NOW_MS, RUN, YEAR_9999_MS, spoiled

from broker import door
from broker import intake as intake_module
from broker.budget import ALLOWED, Allowance, Budgets
from broker.door import FIELDS, Wrong
from broker.intake import Intake
from broker.news import NEWS
from display.presses import Press
from onedoor.device.catalogue import load_book
from onedoor.device.center_rules import rules_of
from onedoor.device.link import Arrived
from onedoor.hall import places
from onedoor.hall.kinds import HUB_KINDS, KINDS, ROLE_KINDS
from onedoor.wire import limits
from onedoor.wire import messages as msg
from onedoor.wire.errors import WireError
from onedoor.wire.rows import event_of
from reports.verify import verify

NO_LIMIT = Budgets({what: Allowance(10**9, 10**9) for what in ALLOWED})
RULES = rules_of(load_book())


class Forger:
    """Whoever holds a box's key: rows of any shape, each in its right place."""

    def __init__(self, center: Center, dev: str, run: str = "f" * 16):
        self.center, self.dev, self.run, self.seq = center, dev, run, 0

    def row(self, kind: str, body: object, /, **envelope) -> dict:
        self.seq += 1
        now = self.center.clock.mono_ms()
        plain = {"run": self.run, "seq": self.seq, "kind": kind, "body": body, "boot_id": "b", "mono_ms": now}
        return plain | envelope

    def send(self, *rows: dict, flush: bool = True, **envelope) -> None:
        batch = {"v": 1, "rows": rows, "boot_id": "b", "mono_now_ms": self.center.clock.mono_ms()} | envelope
        hub = self.center.hub
        hub.on_news(Arrived(self.center.topics.batch(self.dev), json.dumps(batch).encode()))
        if flush:
            hub.flush()

    def say(self, kind: str, body: object, **envelope) -> None:
        self.send(self.row(kind, body, **envelope))

    @property
    def taken(self) -> bool:
        """Whether the hub has dealt with the last row."""
        return self.center.hub.ledger.covers(self.dev, self.run, self.seq)


@pytest.fixture
def center(tmp_path):
    center = Center(tmp_path, rules=RULES)
    center.start_hub()
    center.hub.budgets = NO_LIMIT
    yield center
    if center.hub is not None:
        center.hub.store.close()


def sender_of(kind: str) -> str:
    return "k1" if kind in ROLE_KINDS["kiosk"] else "c1"


def last_rows(center: Center, after: int) -> list[tuple[str, str]]:
    rows = center.hub.store.rows(after)
    return [(row.kind, row.body["code"] if row.kind == "fact_refused" else "") for row in rows]


def heard(center: Center) -> None:
    """Everything that is retained can be read by every box."""
    kinds = {"beacon": msg.Beacon, "mark": msg.Mark, "info": msg.Info, "presence": msg.Presence, "seal": msg.Seal}
    news = {"waiting": msg.Waiting, "called": msg.CalledNews, "counters": msg.CountersNews, "day": msg.DayNews}
    for topic, payload in center.broker.retained.items():
        about = center.topics.parse(topic)
        msg.decode(payload, news[about.name] if about.what == "state" else kinds[about.what])


def all_told(center: Center) -> None:
    center.hub._dirty = {"waiting", "called", "counters", "day"}
    center.hub._told_line = -1
    center.hub._to_mark = dict.fromkeys(center.hub.peers, ("", 0))
    center.hub.flush()
    heard(center)


def test_the_table_knows_every_field_of_every_kind_that_a_box_may_send():
    sent = {kind for role, kinds in ROLE_KINDS.items() if role != "hub" for kind in kinds}
    assert set(FIELDS) == sent == set(DEVICE)
    assert set(HUB) == set(HUB_KINDS) - {"clock_stepped"}
    for kind, cls in KINDS.items():
        fields = set(cls.__dataclass_fields__)
        assert fields == set((DEVICE | HUB)[kind]), kind
        if kind in FIELDS:
            assert set(FIELDS[kind]) == fields, kind


@pytest.mark.parametrize("kind", DEVICE)
def test_a_good_row_of_every_kind_is_taken(center, kind):
    box = Forger(center, sender_of(kind))
    before = center.hub.store.hub_seq
    box.say(kind, DEVICE[kind])
    assert last_rows(center, before)[0][0] == kind


def test_no_extreme_row_ends_the_hub_and_all_are_dealt_with(center):
    counts = Tally()
    kiosk, panel, board = center.kiosk(), center.panel(), center.board()
    boxes = {dev: Forger(center, dev) for dev in ("k1", "c1")}
    for kind, body in DEVICE.items():
        box = boxes[sender_of(kind)]
        for name, value, bad in spoiled(body):
            before = center.hub.store.hub_seq
            box.say(kind, bad)
            assert box.taken, (kind, name, value)
            [(taken, code), *_] = last_rows(center, before)
            assert taken in (kind, "fact_refused"), (kind, name, value)
            counts[code or "taken"] += 1
            if taken == kind:
                all_told(center)
            if isinstance(value, int) and not isinstance(value, bool) and name == "at_ms":
                assert code, (kind, name, value)
        all_told(center)
        center.settle()
    print(json.dumps(counts))
    assert counts["broke"] == 0, "the checks come first"
    assert counts["malformed"] > 500
    assert set(counts) - {"taken"} <= {v for k, v in vars(Wrong).items() if k.isupper()}
    works(center, kiosk, panel)
    assert not board.box.refused, "the board understood every word"
    assert not panel.box.refused
    assert not kiosk.box.refused
    center.kill_hub()
    center.start_hub()
    works(center, kiosk, panel)
    assert verify(center.hub.store.rows()).misfit is None


def works(center: Center, kiosk, panel) -> None:
    label = center.touch(kiosk)
    for _ in range(40):
        center.do(panel, Press.NEXT)
        center.pass_ms(2_500, 500)
        if panel.me.label == label:
            return
    raise AssertionError(f"{label} was never called")


ENVELOPES = [
    ({name: value}, {})
    for name in ("mono_ms", "hub_est_ms", "boot_id", "kind", "body", "before")
    for value in (0, -1, 2**31, 2**53 - 1, 2**53, 2**70, YEAR_9999_MS, "x" * 80, "a\x00b", "\u202e", None, 1.5, [], {}, True)
] + [
    ({}, {name: value})
    for name in ("mono_now_ms", "boot_id", "rtt_ms", "unsent", "seen", "v")
    for value in (0, -1, 2**31, 2**53 - 1, 2**53, 2**70, "x" * 80, "a\x00b", None, 1.5, [], {}, True)
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(ENVELOPES)))
def test_no_extreme_envelope_ends_the_hub(center, number):
    of_row, of_batch = ENVELOPES[number]
    box = Forger(center, "k1")
    box.send(box.row("booted", DEVICE["booted"], **of_row), **of_batch)
    assert box.taken or of_batch or "before" in of_row, "a row with a place in its journal is dealt with"
    if not box.taken:
        assert center.hub.complaints.alarms(center.clock.mono_ms()) in ([], ["box_floods:k1"])
    if box.taken:
        box.say("staff_left", {})
        assert box.taken
    all_told(center)
    center.kill_hub()
    center.start_hub()
    assert verify(center.hub.store.rows()).misfit is None


def test_a_row_behind_its_own_boot_and_a_date_behind_its_receipt(center):
    box = Forger(center, "k1")
    box.say("booted", DEVICE["booted"], mono_ms=center.clock.mono_ms() + 1)
    assert last_rows(center, center.hub.store.hub_seq - 1) == [("fact_refused", "mono")]
    now = center.clock.wall_ms()
    for est in (now + 1_001, now - 61 * 86_400_000, 0, YEAR_9999_MS):
        box.say("staff_left", {}, boot_id="earlier", hub_est_ms=est)
        [row] = center.hub.store.rows(center.hub.store.hub_seq - 1)
        assert (row.kind, row.quality) == ("staff_left", "C")
        assert row.t_event == row.t_recv
    box.say("staff_left", {}, boot_id="earlier", hub_est_ms=now - 5_000)
    [row] = center.hub.store.rows(center.hub.store.hub_seq - 1)
    assert (row.quality, row.t_event) == ("A", now - 5_000)


def test_names_labels_slots_and_codes(center):
    kiosk, panel = Forger(center, "k1"), Forger(center, "c1")
    issued = DEVICE["issued"]
    for change, code in (
        ({"label": "A2-007"}, "label"), ({"label": "A1-008"}, "label"), ({"label": "x"}, "label"),
        ({"slot": 2, "label": "A2-007"}, "slot"), ({"service": "g old"}, "unknown_name"),
        ({"queue": "counter/"}, "unknown_name"), ({"cls": "QQ"}, "unknown_name"), ({"lang": "french"}, "unknown_name"),
        ({"day": "2026-02-30"}, "time"), ({"intent": "steal"}, "out_of_bounds"),
    ):  # fmt: skip
        kiosk.say("issued", issued | change)
        assert last_rows(center, center.hub.store.hub_seq - 1) == [("fact_refused", code)], change
    for _ in range(2):
        panel.say("booked", DEVICE["booked"])
    assert last_rows(center, center.hub.store.hub_seq - 1) == [("fact_refused", "code_taken")]
    panel.say("booked", DEVICE["booked"] | {"code": "54321", "at_ms": NOW_MS + 401 * 86_400_000})
    assert last_rows(center, center.hub.store.hub_seq - 1) == [("fact_refused", "time")]
    panel.say("parked", DEVICE["parked"] | {"minutes": 24 * 60 + 1})
    assert last_rows(center, center.hub.store.hub_seq - 1) == [("fact_refused", "out_of_bounds")]


def test_a_row_that_raises_is_refused_and_leaves_no_half_applied_state(center, monkeypatch):
    kiosk, box = center.kiosk(), Forger(center, "c1")
    label = center.touch(kiosk)
    center.hub.flush()
    real = intake_module.take

    def breaks(ledger, fact, dated):
        steps = real(ledger, fact, dated)
        if fact.dev == "c1" and fact.seq in (2, 3):
            ledger.hall.tickets.clear()
            raise RuntimeError("half way")
        return steps

    monkeypatch.setattr(intake_module, "take", breaks)
    opened = box.row("counter_opened", DEVICE["counter_opened"])
    box.send(opened, *(box.row("noted", {"text": "x"}) for _ in range(2)), box.row("noted", {"text": "y"}))
    rows = last_rows(center, 0)
    assert rows[-4:] == [("counter_opened", ""), ("fact_refused", "broke"), ("fact_refused", "broke"), ("noted", "")]
    assert center.hub.ledger.hall.by_label(label) is not None
    assert center.hub.complaints.alarms(center.clock.mono_ms()) == ["row_refused:c1"]
    monkeypatch.undo()
    center.kill_hub()
    center.start_hub()
    assert center.hub.ledger.hall.by_label(label) is not None
    assert verify(center.hub.store.rows()).misfit is None


def test_a_row_that_cannot_be_read_does_not_hold_up_those_behind_it(center):
    box = Forger(center, "k1")
    bad = box.row("booted", DEVICE["booted"], mono_ms=-1)
    box.send(bad, box.row("staff_left", {}))
    assert last_rows(center, center.hub.store.hub_seq - 2) == [("fact_refused", "malformed"), ("staff_left", "")]
    row = next(r for r in center.hub.store.rows() if r.kind == "fact_refused")
    assert json.loads(row.body["raw"]) == bad
    assert row.body["row"] == f"k1.{'f' * 16}.1"
    before = center.hub.store.hub_seq
    box.send(bad)
    assert center.hub.store.hub_seq == before, "resent for ever, and asked for no more"


def test_every_panel_is_told_and_the_alarm_goes_out_again(center):
    panel, box = center.panel(), Forger(center, "k1")
    box.say("staff_came", {"how": 5})
    center.pass_ms(1_000)
    assert panel.box.hall.alarms["hub"] == ("row_refused:k1",)
    mark = msg.decode(center.broker.retained[center.topics.mark("k1")], msg.Mark)
    assert mark.refused == "row_refused"
    center.pass_ms(11 * 60_000, 5_000)
    assert panel.box.hall.alarms["hub"] == ()


def test_without_the_door_extreme_rows_are_taken(center, monkeypatch):
    """The checks are what refuses them, not luck."""
    monkeypatch.setattr(Intake, "_why_not", lambda *_: "")
    box = Forger(center, "c1")
    box.say("booked", DEVICE["booked"] | {"at_ms": YEAR_9999_MS})
    assert last_rows(center, center.hub.store.hub_seq - 1) == [("booked", "")]


def test_every_kind_of_good_body_reads_back():
    for kind, body in (DEVICE | HUB).items():
        event_of(kind, body)
    with pytest.raises(WireError):
        event_of("nonsense", {})
    assert door.Wrong.TIME == "time"
    assert len(RUN) == 16


def any_row(chance: random.Random, dev: str) -> tuple[str, dict]:
    """A row as nobody would write it: any kind of this box, some fields good, some of another row, some extreme."""
    kind = chance.choice([k for k in DEVICE if k in ROLE_KINDS["kiosk" if dev == "k1" else "counter"]])
    body = dict(DEVICE[kind])
    for name in body:
        match chance.randrange(8):
            case 0:
                body[name] = chance.choice(EXTREMES)
            case 1:
                body[name] = chance.choice([other[name] for other in DEVICE.values() if name in other])
            case 2 if isinstance(body[name], int):
                body[name] = chance.randrange(12)
            case 3 if isinstance(body[name], str):
                body[name] = "".join(chance.choices("abc/-0ກ😀", k=chance.choice((1, 8, 32, 64))))
            case 4 if name in ("ticket", "command", "first"):
                body[name] = f"{chance.choice(('k1', 'c1', 'zz'))}.{'f' * 16}.{chance.randrange(1, 400)}"
    if kind == "issued" and chance.random() < 0.8:
        n = chance.randrange(1, 999)
        body |= {"n": n, "label": f"A1-{n:03d}", "slot": 1}
    return kind, body


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_taken_can_be_said_to_every_box(center, seed):
    chance = random.Random(seed)
    boxes = [Forger(center, dev) for dev in ("k1", "c1", "c2")]
    for number in range(900):
        box = chance.choice(boxes)
        box.send(box.row(*any_row(chance, box.dev)))
        assert box.taken
        if number % 10 == 0:
            all_told(center)
        if number % 100 == 0:
            center.clock.advance(chance.choice((1_000, 60_000, 3_600_000)))
    rows = Tally(row.kind for row in center.hub.store.rows())
    assert sum(rows[kind] for kind in DEVICE) > 200
    assert not any(row.body["code"] == "broke" for row in center.hub.store.rows() if row.kind == "fact_refused")
    center.kill_hub()
    center.start_hub()
    all_told(center)
    assert verify(center.hub.store.rows()).misfit is None


def test_the_fullest_hall_fits_into_every_message(tmp_path, monkeypatch):
    center = Center(tmp_path)
    counters = 200
    center.start_hub(kiosks=2, counters=counters)
    hub = center.hub
    hub.budgets = NO_LIMIT
    queues = [f"q{n:04d}{'w' * 27}" for n in range(2_050)]
    monkeypatch.setattr(places, "QUEUES_OF_ONE", 1_100)
    monkeypatch.setattr(places, "QUEUES_OF_ALL", 2_000)
    for slot in (1, 2):
        kiosk, rows = Forger(center, f"k{slot}"), []
        kiosk.say("booted", DEVICE["booted"])
        for n in range(1, limits.WAITING_OF_ONE + 100):
            body = {
                "n": n,
                "label": f"Z{slot}-{n:06d}",
                "queue": queues[n % len(queues) * (1 if slot == 1 else -1)],
                "service": "x" * 32,
                "slot": slot,
            }
            rows.append(kiosk.row("issued", DEVICE["issued"] | body))
            if len(rows) == 20:
                kiosk.send(*rows, flush=n % 500 == 0)
                rows = []
        waits = len(hub.ledger.hall.line)
        assert waits == (limits.WAITING_OF_ONE if slot == 1 else limits.WAITING), "one kiosk locks no other out"
    assert len(hub.ledger.hall.line.names()) == 2_001, "and the one of every counter"
    for n in range(1, counters + 1):
        box = Forger(center, f"c{n}")
        rows = [box.row("booted", DEVICE["booted"])]
        opened = {"counter": f"{n:03d}{'ກ' * 29}", "queues": queues[:60], "clerk": "ກ" * 32}
        rows.append(box.row("counter_opened", opened))
        rows.append(box.row("counter_paused", {"counter": opened["counter"], "reason": "r" * 32}))
        wish = DEVICE["call_requested"] | {"counter": opened["counter"], "queues": queues[:60]}
        rows += [box.row("call_requested", wish) for _ in range(limits.OPEN_WISHES + 1)]
        for at in range(0, len(rows), 5):
            box.send(*rows[at : at + 5], flush=n % 50 == 0)
        assert box.taken
    for n in range(1, counters + 1):
        held = next(iter(hub.ledger.hall.tickets))
        box = Forger(center, f"c{n}", "e" * 16)
        box.say("shown", {"command": f"c{n}.{'e' * 16}.1", "ticket": held})
    all_told(center)
    sizes = {topic.rpartition("/")[2]: len(payload) for topic, payload in center.broker.retained.items()}
    print(sizes)
    assert max(sizes.values()) <= limits.LARGE
    waiting = msg.decode(center.broker.retained[center.topics.state("waiting")], msg.Waiting)
    assert waiting.more + len(waiting.queues) == sum(
        1 for q in hub.ledger.hall.line.names() if hub.ledger.hall.line.count(q)
    )
    assert hub.complaints.alarms(center.clock.mono_ms())
    assert "not_said" not in hub.complaints.alarms(center.clock.mono_ms())
    assert len(hub.ledger.hall.calls["c1"]) <= limits.OPEN_WISHES
    hub.store.close()


def test_a_message_that_no_reader_would_take_silences_nothing_else(center, monkeypatch):
    def broken(*_):
        raise RuntimeError("cannot be said")

    monkeypatch.setitem(NEWS, "waiting", broken)
    kiosk, panel = center.kiosk(), center.panel()
    center.touch(kiosk)
    center.pass_ms(1_000)
    assert panel.box.hall.alarms["hub"] == ("not_said",)
    center.do(panel, Press.NEXT)
    center.pass_ms(1_000)
    assert panel.me.label
