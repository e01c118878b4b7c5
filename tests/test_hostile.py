"""Old, repeated and forged messages change nothing."""

import msgspec
import pytest
from fuzz.target import a_day

from onedoor.device.link import Arrived
from onedoor.wire import messages as msg


@pytest.fixture
def day(tmp_path):
    """A center with a day behind it, and everything that was said."""
    center, heard = a_day(tmp_path)
    center.pass_ms(15_000, 1_000)
    yield center, list(heard)
    center.hub.store.close()


def of_boxes(heard):
    return [(topic, payload) for topic, payload in heard if topic.endswith("/batch") or "/ask/" in topic]


def picture(center):
    hub = center.hub
    return hub.store.hub_seq, hub.store.hash, hub.start, [t.phase for t in hub.ledger.hall.tickets.values()]


def test_a_day_that_is_played_again_changes_nothing(day):
    center, heard = day
    before = picture(center)
    for topic, payload in of_boxes(heard):
        center.hub.on_news(Arrived(topic, payload))
        center.hub.flush()
    assert picture(center) == before


def test_rows_under_a_strange_name_or_of_another_role_are_refused(day):
    center, heard = day
    before = picture(center)
    topics = center.topics
    for topic, payload in of_boxes(heard):
        if not topic.endswith("/batch") or not msg.decode(payload, msg.Batch).rows:
            continue
        for name in ("zz", "hub", "h1", "c2" if "/k1/" in topic else "k2"):
            center.hub.on_news(Arrived(topics.batch(name), payload))
            center.hub.flush()
    taken = [row for row in center.hub.store.rows(before[0]) if row.kind not in ("booted", "clock_stepped")]
    assert {row.kind for row in taken} == {"fact_refused"}
    assert {row.body["code"] for row in taken} == {"not_for_role"}
    assert picture(center)[3] == before[3], "nobody's visit is touched"
    assert center.hub.refused["malformed"] > 20


def test_numbers_in_another_kiosks_slot_are_refused(day):
    center, _ = day
    card = center.cards["k1"]
    from onedoor.hall.ledger import Fact
    from onedoor.wire.rows import row_from

    issued = next(f for f in card.rows if type(f.event).__name__ == "Issued")
    forged = row_from(Fact("k2", "e" * 16, 1, None, issued.event, "boot", 1, None))
    batch = msg.encode(msg.Batch(msg.VERSION, [forged], "boot", 5))
    before = picture(center)
    center.hub.on_news(Arrived(center.topics.batch("k2"), batch))
    center.hub.flush()
    [row] = center.hub.store.rows(before[0])
    assert (row.kind, row.body["code"]) == ("fact_refused", "slot")
    assert picture(center)[3] == before[3]
    assert center.hub.ledger.have["k2"]["e" * 16] == 1, "it is not asked for again"


def test_words_of_an_old_start_move_no_box(day):
    center, heard = day
    kiosk, panel = center.boxes["k1"], center.boxes["c1"]
    old = [(topic, payload) for topic, payload in heard if topic.endswith(("/mark", "/beacon"))]
    center.kill_hub()
    center.start_hub()
    center.pass_ms(5_000, 500)

    def known():
        return [(b.sender.acked, b.sender.seen.start, b.sender.journal.length) for b in (kiosk, panel)], panel.me.ticket

    before = known()
    for topic, payload in old:
        for box in (kiosk, panel):
            if box.box.dev in topic or topic.endswith("beacon"):
                box.on_news(Arrived(topic, payload))
    assert known() == before


def test_a_twin_with_another_nonce_is_not_believed(day):
    center, heard = day
    kiosk = center.boxes["k1"]
    topic, payload = next((t, p) for t, p in reversed(heard) if t == center.topics.mark("k1"))
    mark = msg.decode(payload, msg.Mark)
    twin = msgspec.structs.replace(mark, start=msgspec.structs.replace(mark.start, nonce="d" * 16), have={})
    before = kiosk.sender.acked, kiosk.sender.seen
    kiosk.on_news(Arrived(topic, msg.encode(twin)))
    assert (kiosk.sender.acked, kiosk.sender.seen) == before


def test_a_claimed_start_far_ahead_is_not_believed(day):
    center, _ = day
    seen = msg.Seen(msg.Start(0, 10**12, "9" * 16), 5, "a" * 64)
    head = center.hub.store.hub_seq
    center.hub.on_news(Arrived(center.topics.batch("k1"), msg.encode(msg.Batch(msg.VERSION, [], "b", 5, seen=seen))))
    center.hub.flush()
    told = [row.kind for row in center.hub.store.rows(head)]
    assert told in ([], ["box_overstepped"]), "no new start; its box is named"
