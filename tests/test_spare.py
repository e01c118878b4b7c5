"""The spare on real SQLite files: copying, the hub that lost its tail, promotion, branches."""

import json
import shutil
import sqlite3
import tracemalloc

import msgspec
import pytest
from conftest_center import Center
from conftest_history import a_hubs_log

from broker.copying import next_rows
from broker.spare import Promote
from broker.sqlite_store import SqliteStore
from broker.store import NOWHERE, BranchPart
from display.presses import Press
from onedoor.device.link import Arrived
from onedoor.device.runner import StartAgain
from onedoor.device.systemd import Alive
from onedoor.hall import events as ev
from onedoor.wire import messages as msg
from onedoor.wire.chain import row_of
from reports.verify import verify
from reports.verify_app import check


@pytest.fixture
def pair(tmp_path):
    """A hub and its spare, and a kiosk."""
    center = Center(tmp_path / "hub")
    center.start_hub(spare="s1")
    spare = center.start_spare(tmp_path / "s1")
    kiosk = center.kiosk()
    center.pass_ms(1_500)
    return center, spare, kiosk


def hashes(store):
    return [row.hash for row in store.rows()]


def promoted(center, spare, folder):
    """A person promotes the spare: it starts again as the hub."""
    with pytest.raises(StartAgain):
        spare.on_wish(Promote())
    del center.boxes["copy of s1"]
    spare.link.cut()
    spare.store.close()
    return center.start_hub(spare="hub", folder=folder)


def test_the_spare_has_every_row_as_soon_as_it_is_committed(pair):
    center, spare, kiosk = pair
    for _ in range(5):
        center.touch(kiosk)
        assert hashes(spare.store) == hashes(center.hub.store)
    assert spare.ledger.hall.line.count("id") == 5


def test_a_fresh_spare_copies_the_whole_log(tmp_path):
    center = Center(tmp_path / "hub")
    center.start_hub(spare="s1")
    center.pass_ms(10_500)
    kiosk = center.kiosk()
    for _ in range(40):
        center.touch(kiosk)
    spare = center.start_spare(tmp_path / "s1")
    center.pass_ms(2_000)
    assert hashes(spare.store) == hashes(center.hub.store)
    spare.store.close()
    SqliteStore(tmp_path / "s1").open_ledger()


def test_a_hub_whose_disk_is_new_gets_its_log_from_the_spare(pair, tmp_path):
    center, spare, kiosk = pair
    for _ in range(30):
        center.touch(kiosk)
    before = hashes(center.hub.store)
    center.kill_hub()
    shutil.rmtree(tmp_path / "hub")
    center.start_hub(spare="s1")
    center.pass_ms(3_000)
    assert hashes(center.hub.store)[: len(before)] == before
    assert center.hub.start.incarnation == 2
    assert center.touch(kiosk) == "A1-031"


def test_a_hub_alone_serves_after_ten_seconds(tmp_path):
    center = Center(tmp_path / "hub")
    center.start_hub(spare="s1")
    center.use_card("k1")
    kiosk = center.kiosk()
    center.pass_ms(9_000)
    assert not center.hub.leads
    assert center.touch(kiosk) == "A1-001"
    center.pass_ms(4_000)
    assert center.hub.leads
    assert kiosk.sender.unsent == 0


def test_after_the_promotion_everything_goes_on_and_the_old_hub_follows(pair, tmp_path):
    center, spare, kiosk = pair
    panel = center.panel()
    center.touch(kiosk)
    center.touch(kiosk)
    center.do(panel, Press.NEXT)
    center.kill_hub()
    center.touch(kiosk)
    hub = promoted(center, spare, tmp_path / "s1")
    assert (hub.start.epoch, hub.leads) == (1, True)
    center.pass_ms(30_000)
    assert kiosk.sender.unsent == 0
    center.do(panel, Press.START, Press.NEXT)
    assert panel.me.label == "A1-002"
    old = center.start_spare(tmp_path / "hub", dev="hub")
    center.pass_ms(3_000)
    assert hashes(old.store) == hashes(hub.store)
    hub.store.close()
    assert not isinstance(check(tmp_path / "s1"), str)


def test_an_epoch_is_used_up_when_it_was_heard_of_not_when_it_was_copied(tmp_path):
    """The spare's disk is new and its copy has hardly begun: it must not lead the epoch of the hub that just died."""
    center = Center(tmp_path / "hub")
    spare = center.start_spare(tmp_path / "s1")
    beacon = msg.Beacon(msg.VERSION, msg.Start(3, 7, "a" * 16), 1, True, 900, "b" * 64)
    spare.on_news(Arrived(center.topics.beacon(), msg.encode(beacon)))
    with pytest.raises(StartAgain, match="epoch 4"):
        spare.on_wish(Promote())
    assert spare.store.standing().epoch == 4


def test_a_branch_is_kept_as_evidence_and_its_rows_are_offered(pair, tmp_path):
    center, spare, kiosk = pair
    center.touch(kiosk)
    center.stop("copy of s1")
    for _ in range(3):
        center.touch(kiosk)
    behind = hashes(center.hub.store)
    center.kill_hub()
    center.stop("k1")
    center.cards.pop("k1")
    spare = center.start_spare(tmp_path / "s1")
    hub = promoted(center, spare, tmp_path / "s1")
    known = {row.body.get("label") for row in hub.store.rows()}
    assert "A1-004" not in known
    old = center.start_spare(tmp_path / "hub", dev="hub")
    center.pass_ms(10_000)
    labels = [row.body["label"] for row in hub.store.rows() if row.kind == "issued"]
    assert labels == ["A1-001", "A1-002", "A1-003", "A1-004"], "only the old hub still had three of them"
    center.pass_ms(10_000)
    assert hashes(old.store) == hashes(hub.store)
    kept = old.store._db.execute("SELECT row FROM branch_rows ORDER BY hub_seq").fetchall()
    assert kept
    assert [json.loads(text)["hash"] for (text,) in kept] == behind[-len(kept) :]
    assert old.store._db.execute("SELECT done FROM branches").fetchall() == [(1,)]
    with pytest.raises(sqlite3.IntegrityError, match="never deleted"):
        old.store._db.execute("DELETE FROM log")


def test_a_copied_message_never_ends_between_a_fact_and_its_decisions(tmp_path):
    center = Center(tmp_path / "hub")
    hub = center.start_hub()
    kiosk, panel = center.kiosk(), center.panel()
    for _ in range(70):
        center.touch(kiosk)
    center.pass_night()
    center.touch(kiosk)
    for _ in range(20):
        center.do(panel, Press.NEXT, Press.START, Press.END)
    log, after = list(hub.store.rows()), 0
    assert sum(row.kind == "expired" for row in log) == 70
    while after < len(log):
        part = next_rows(hub.store, hub.start, after)
        after += len(part.rows)
        assert verify(log[:after]).misfit is None, "whoever is promoted now has a whole log"
    assert max(len(next_rows(hub.store, hub.start, n).rows) for n in range(0, len(log), 10)) > 70


def test_an_answer_that_comes_twice_does_not_make_the_hub_lead_too_early(tmp_path):
    center = Center(tmp_path / "hub")
    center.start_hub(spare="s1")
    spare = center.start_spare(tmp_path / "s1")
    center.pass_ms(1_500)
    kiosk = center.kiosk()
    for _ in range(60):
        center.touch(kiosk)
    before = hashes(center.hub.store)
    center.kill_hub()
    shutil.rmtree(tmp_path / "hub")

    def twice(link, message):
        link.receive(message)
        if message.topic.endswith("/tail"):
            link.receive(message)

    center.broker.deliver = twice
    center.start_hub(spare="s1")
    center.pass_ms(12_000, 500)
    assert hashes(center.hub.store)[: len(before)] == before
    assert spare.store.branch_part(lambda *_: False, 50).rows == []
    assert not spare.store._db.execute("SELECT 1 FROM branches").fetchall()


def test_a_long_branch_is_found_wherever_it_begins(tmp_path):
    center = Center(tmp_path / "hub")
    center.start_hub(spare="s1")
    spare = center.start_spare(tmp_path / "s1")
    center.pass_ms(1_500)
    kiosk = center.kiosk()
    for _ in range(64):
        center.touch(kiosk)
    shutil.copytree(tmp_path / "hub", tmp_path / "old")
    for _ in range(36):
        center.touch(kiosk)
    center.kill_hub()
    center.stop("copy of s1")
    shutil.rmtree(tmp_path / "hub")
    shutil.copytree(tmp_path / "old", tmp_path / "hub")
    center.start_hub(spare="s1")
    center.pass_ms(60_000, 1_000)
    spare = center.start_spare(tmp_path / "s1")
    center.pass_ms(30_000, 1_000)
    assert hashes(spare.store) == hashes(center.hub.store)
    assert spare.store._db.execute("SELECT done FROM branches").fetchall() == [(1,)]


def following(epoch, nonce="9" * 16):
    """What a box says that follows another hub."""
    return msg.Batch(msg.VERSION, [], "boot-1", 5, seen=msg.Seen(msg.Start(epoch, 1, nonce), 5, "a" * 64))


def test_a_hub_that_meets_a_higher_epoch_stops_leading(pair):
    center, _, _ = pair
    center.hub.on_news(arrived(center, "k1", following(3)))
    with pytest.raises(StartAgain):
        center.hub.on_news(arrived(center, "c1", following(3)))
    assert center.hub.store.standing().leads is False


def test_one_box_that_is_broken_or_not_ours_ends_no_lead(pair):
    center, _, kiosk = pair
    for epoch in (1, 2, 3, 3, 3):
        center.hub.on_news(arrived(center, "k1", following(epoch)))
        center.hub.on_news(arrived(center, "k1", following(epoch, nonce=f"{epoch:016x}")))
    for n in range(20):
        center.hub.on_news(arrived(center, "c1", following(4, nonce=f"{n:016x}")))
    assert center.hub.leads
    assert center.hub.store.standing().leads
    assert center.touch(kiosk) == "A1-001"


def test_in_a_center_of_one_box_that_box_is_believed(tmp_path):
    center = Center(tmp_path / "hub")
    hub = center.start_hub(kiosks=1, counters=0, spare="s1")
    hub.peers.pop("h1")
    center.start_spare(tmp_path / "s1")
    center.pass_ms(1_500)
    with pytest.raises(StartAgain):
        hub.on_news(arrived(center, "k1", following(3)))


def test_without_a_spare_nobodys_word_ends_the_lead(tmp_path):
    center = Center(tmp_path / "hub")
    hub = center.start_hub()
    seen = msg.Seen(msg.Start(3, 1, "9" * 16), 5, "a" * 64)
    hub.on_news(arrived(center, "k1", msg.Batch(msg.VERSION, [], "boot-1", 5, seen=seen)))
    assert hub.leads
    assert hub.store.standing().leads


def arrived(center, dev, message):
    return Arrived(center.topics.batch(dev), msg.encode(message))


def test_rows_that_do_not_continue_the_copy_are_refused(pair):
    center, spare, kiosk = pair
    center.touch(kiosk)
    rows = list(center.hub.store.rows())
    forged = msg.CopyRows(
        msg.VERSION, center.hub.start, rows[-1].hub_seq, rows[-1].hash, 99,
        [msgspec.structs.replace(rows[-1], hub_seq=rows[-1].hub_seq + 1)],
    )  # fmt: skip
    before = hashes(spare.store)
    spare.on_news(Arrived(center.topics.copy("s1", "rows"), msg.encode(forged)))
    assert hashes(spare.store) == before


def test_a_branch_is_offered_as_fast_as_the_hub_takes_it(tmp_path):
    """The pause between two offers grows only while nothing of them comes back in the copy."""
    from broker.spare import OFFER_MS, Spare

    spare = Spare.__new__(Spare)
    spare._offer_ms, spare._offered, spare._branch, said, pauses = OFFER_MS, None, NOWHERE, [], []

    class Row:
        def __init__(self, seq):
            self.dev, self.run, self.seq = "k1", "a" * 16, seq

    class Parts:
        rows = (Row(1), Row(2), Row(3))
        taken = 0

        def branch_part(self, covers, most, after):
            return BranchPart([row for row in self.rows if not covers(row.dev, row.run, row.seq)], after, after, False)

        def covers(self, _dev, _run, seq):
            return seq <= self.taken

        def start(self, _name, ms, _act):
            pauses.append(ms)

        def publish(self, _topic, payload):
            said.append(payload)

        def copy(self, dev, what):
            return f"{dev}/{what}"

    parts = Parts()
    spare.store = spare.ledger = spare.timers = spare.link = spare.topics = parts
    spare.dev = "s1"
    from unittest import mock

    with (
        mock.patch("broker.spare.msg.CopyOffer", lambda _v, rows: rows), mock.patch("broker.spare.msg.encode", len),
        mock.patch("broker.spare.pieces", lambda size: [size]),
    ):  # fmt: skip
        for taken in (0, 0, 0, 1, 1):
            parts.taken = taken
            spare._offer()
    assert pauses[0] < pauses[1] < pauses[2], "nothing came back"
    assert pauses[3] == OFFER_MS < pauses[4], "it did: at once again"


def test_a_whole_log_is_put_aside_and_taken_back_without_holding_it(tmp_path, monkeypatch):
    """A spare that belonged to another center, or led for a year: neither its memory nor its patience depends on it."""
    folder = tmp_path / "s1"
    rows = a_hubs_log(folder, 3, 500)
    monkeypatch.setattr("broker.sqlite_store.BRANCH_LOOK", 1_000)
    words = []
    now = iter(range(0, 10**9, 1_000))
    store = SqliteStore(folder, alive=Alive(lambda: next(now), words.append))
    store.open_ledger()
    tracemalloc.start()
    store.cut_branch(0)
    _, peak = tracemalloc.get_traced_memory()
    assert peak < 4_000_000, f"{rows} rows were put aside"
    ledger = store.open_ledger()
    assert store.hub_seq == 0
    assert ledger.have == {}
    assert any("WATCHDOG=1" in word and "putting rows aside" in word for word in words)
    found, place, more = [], NOWHERE, True
    tracemalloc.reset_peak()
    while more:
        part = store.branch_part(lambda *_: False, 100, place)
        assert len(part.rows) <= 100
        found += [row.hub_seq for row in part.rows]
        place, more = part.place, part.more
    tracemalloc.stop()
    devices = [row.hub_seq for row in rows_of_branch(store) if row.dev != "hub"]
    assert found == devices == sorted(devices)
    known = set(devices[:-3])
    seqs = {(row.dev, row.run, row.seq): row.hub_seq for row in rows_of_branch(store)}
    part, looks = store.branch_part(lambda *row: seqs[row] in known, 100), 1
    while part.more and not part.rows:
        part, looks = store.branch_part(lambda *row: seqs[row] in known, 100, part.clear), looks + 1
    found = [row.hub_seq for row in part.rows]
    while part.more:
        part, looks = store.branch_part(lambda *row: seqs[row] in known, 100, part.place), looks + 1
        found += [row.hub_seq for row in part.rows]
    assert found == devices[-3:]
    assert looks == 1 + rows // 1_000, "each look is at so many rows, and none is looked at again"
    store.close()


def rows_of_branch(store):
    return (row_of(text.encode()) for (text,) in store._db.execute("SELECT row FROM branch_rows ORDER BY hub_seq"))


def rows_put_aside(center, folder):
    """The hub again, half a minute after all but its first twenty rows became a branch; the kiosk and its card are
    gone.
    """
    center.kill_hub()
    center.stop("k1")
    center.cards.pop("k1")
    store = SqliteStore(folder)
    store.open_ledger()
    store.cut_branch(20)
    store.close()
    hub = center.start_hub()
    center.pass_ms(30_000, 1_000)
    return hub


def test_a_hub_takes_back_what_it_had_put_aside_part_by_part(pair, tmp_path, monkeypatch):
    """Also when some of it cannot be taken: what comes behind it is not forgotten."""
    monkeypatch.setattr("broker.branches.PART", 7)
    center, spare, kiosk = pair
    center.stop("copy of s1")
    for _ in range(30):
        center.touch(kiosk)
    hub = rows_put_aside(center, tmp_path / "hub")
    labels = [row.body["label"] for row in hub.store.rows() if row.kind == "issued"]
    assert labels == [f"A1-{n:03d}" for n in range(1, 31)]
    assert hub.store._db.execute("SELECT done FROM branches").fetchall() == [(1,)]


def test_a_row_that_was_refused_in_a_branch_is_no_gap_behind_which_everything_is_lost(pair, tmp_path):
    """The kiosk's card is gone; what its hub had taken, and refused, is in the branch alone. It stays refused, and what
    came behind it is taken.
    """
    center, spare, kiosk = pair
    center.stop("copy of s1")
    for n in range(20):
        center.touch(kiosk)
        if n == 12:
            kiosk.write(ev.TimeTold(10**14))
            center.settle()
    refused = [row.body for row in center.hub.store.rows() if row.kind == "fact_refused"]
    assert len(refused) == 1
    hub = rows_put_aside(center, tmp_path / "hub")
    rows = list(hub.store.rows())
    assert [row.body["label"] for row in rows if row.kind == "issued"] == [f"A1-{n:03d}" for n in range(1, 21)]
    assert [row.body for row in rows if row.kind == "fact_refused"] == refused
    assert hub.store._db.execute("SELECT done FROM branches").fetchall() == [(1,)]
