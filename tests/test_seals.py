"""Seals: the signed head of a day, on paper and in files, against logs that were cut or computed again."""

import sqlite3
from datetime import datetime

import pytest
import zxingcpp
from conftest_center import Center
from msgspec import structs
from torture.bits import a_log, bits, dropped_and_swapped, rechained

from broker.memory_store import MemoryStore
from broker.sealer import day_to_seal
from broker.snapshot import pictured, restored
from display.presses import Press
from kiosk.layout import Layout
from kiosk.slip import draw_seal
from kiosk.wishes import SlipEnded
from onedoor.device.journal import SqliteJournal, Stamp
from onedoor.device.sealing import Signer, fingerprint, from_qr, genuine, log_key, note_in_qr, qr_of
from onedoor.hall import desk
from onedoor.hall import events as ev
from onedoor.hall.center_time import Now
from onedoor.hall.ledger import image
from onedoor.hall.rules import Rules
from onedoor.hall.state import Counter, HallState
from onedoor.hall.zone import LAOS, zone_of
from onedoor.wire import messages as msg
from onedoor.wire.chain import line_of
from onedoor.wire.errors import Malformed
from onedoor.wire.messages import Seal
from reports.evaluator_verify import FALSE, NOT_PROVED, PROVED, UNREADABLE, from_slip
from reports.export_app import main_export
from reports.seals import write_seals
from reports.source import rows_of
from reports.verify_app import main_verify


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return a_log(tmp_path_factory.mktemp("log"), 200)


def at(day, clock):
    return int(datetime.fromisoformat(f"{day}T{clock}:00").replace(tzinfo=zone_of(LAOS)).timestamp() * 1000)


def hall(day, *, opened):
    state = HallState(day=day)
    state.counters["c1"] = Counter("c1", "1", open=opened)
    return state


SEALED = msg.Seal(1, "c", "2026-11-20", 0, 9, "a" * 64, "b" * 64, closing=True)


HOUR = 3_600_000


@pytest.mark.parametrize(
    ("opened", "clock", "last", "since", "head", "due"),
    [
        (False, "15:59", None, HOUR, 5, None),
        (False, "16:00", None, HOUR, 5, ("2026-11-20", True)),
        (True, "16:00", None, HOUR, 5, None),
        (True, "12:00", SEALED, 3 * HOUR, 12, ("2026-11-20", False)),
        (True, "12:20", SEALED, HOUR // 4, 12, None),
        (True, "11:59", SEALED, 3 * HOUR, 12, None),
        (True, "23:30", None, HOUR, 5, ("2026-11-20", True)),
        (False, "16:30", SEALED, HOUR // 2, 9, None),
        (False, "16:30", SEALED, HOUR // 2, 12, None),
        (False, "23:30", SEALED, 7 * HOUR, 12, ("2026-11-20", True)),
        (True, "09:00", SEALED, None, 12, ("2026-11-20", False)),
        (True, "09:00", SEALED, 24 * HOUR, 12, ("2026-11-20", False)),
        (True, "09:00", structs.replace(SEALED, day="2026-11-19"), HOUR, 12, ("2026-11-20", False)),
    ],
)
def test_a_day_is_sealed_when_it_is_over_and_at_every_start(opened, clock, last, since, head, due):
    now = Now(at("2026-11-20", clock), True, 0)
    assert day_to_seal(hall("2026-11-20", opened=opened), now, 16 * 60, last, since, head) == due


def test_where_nobody_knows_the_day_the_head_is_sealed_once_in_24_hours():
    now = Now(at("2026-11-20", "23:50"), False, 0)
    for since, due in ((HOUR, None), (24 * HOUR, ("", True)), (None, ("", True))):
        assert day_to_seal(hall("", opened=False), now, 960, SEALED, since, 12) == due


def test_the_slip_carries_the_seal_at_every_width(tmp_path):
    seal = Signer(tmp_path).seal("saysettha", "2026-11-21", 2, 123_456, "0f" * 32)
    checkpoint = Signer(tmp_path).seal("saysettha", "2026-11-21", 2, 123_456, "0f" * 32, b"r" * 32)
    assert genuine(seal) and genuine(checkpoint)
    for width in (384, 512, 576):
        layout = Layout("test", "ສູນບໍລິການຜ່ານປະຕູດຽວ", "One Door Service Center", width)
        [code] = zxingcpp.read_barcodes(draw_seal(seal, layout).convert("L"))
        assert from_qr(code.text) == seal
        [code] = zxingcpp.read_barcodes(draw_seal(checkpoint, layout).convert("L"))
        day, note = note_in_qr(code.text)
        assert (day, str(note)) == ("2026-11-21", checkpoint.note) and len(code.text) < 221, "version 8"
        assert from_slip(code.text) == {"day": day, "note": checkpoint.note}, "the stranger reads it too"
    for wrong in ("ODQ2$", "ODQ2$x$y", code.text[:-9] + "!", code.text.replace("123456", "x")):
        with pytest.raises(Malformed):
            note_in_qr(wrong)
    assert Signer(tmp_path).public == seal.key
    assert (tmp_path / "seal.key").stat().st_mode & 0o777 == 0o600
    for wrong in ("", "ODQ1/x", qr_of(seal)[:-9], "ODQ9" + qr_of(seal)[4:], qr_of(seal).replace("123456", "x")):
        with pytest.raises(Malformed):
            from_qr(wrong)


def test_the_hub_seals_the_day_and_one_kiosk_prints_it_once(tmp_path):
    center = Center(tmp_path / "hub")
    hub = center.start_hub()
    hub.sign = Signer(tmp_path / "hub").seal
    kiosk, panel, slips = center.kiosk(), center.panel(), []
    kiosk.prints_slip = True
    kiosk.print_ = lambda job: slips.append(job) if isinstance(job, Seal) else center._print("k1", job)
    center.touch(kiosk)
    center.do(panel, Press.NEXT, Press.START, Press.END)
    hub.closing_min = 0
    center.pass_ms(61_000, 1_000)
    assert slips == [], "a counter is still open"
    center.do(panel, Press.CLOSE)
    center.pass_ms(61_000, 1_000)
    assert [s.day for s in slips] == [hub.ledger.hall.day]
    assert genuine(slips[0])
    assert hub.store.hash_at(slips[0].hub_seq) == slips[0].hash
    center.do(kiosk, SlipEnded(slips[0].day, "paper_out"))
    center.pass_ms(61_000, 1_000)
    assert len(slips) == 2
    center.do(kiosk, SlipEnded(slips[0].day))
    center.pass_ms(200_000, 1_000)
    assert len(slips) == 2
    center.kill_hub()
    again = center.start_hub()
    assert again.store.open_ledger().hall.day == hub.ledger.hall.day, "the start took the seal's snapshot"


def written(folder, log):
    path = folder / "log.jsonl"
    path.write_bytes(b"".join(line_of(row) + b"\n" for row in log))
    return str(path)


def last_of_whole(log):
    """The last row but one that begins something: a log may end before it."""
    end = len(log) - 1
    while log[end - 1].dev == "hub" or log[end].dev == "hub":
        end -= 1
    return end


def test_verify_with_a_slip_and_a_key_from_the_wall(tmp_path, log, capsys):
    signer = Signer(tmp_path / "key")
    seal = signer.seal("test", "2026-11-21", 0, len(log), log[-1].hash, MemoryStore(log).root(len(log)))
    whole, slip = written(tmp_path, log), qr_of(seal)
    write_seals([seal], tmp_path / "seals.jsonl")
    assert main_verify([whole]) == NOT_PROVED
    told = capsys.readouterr().out
    assert "no key was given" in told and signer.public in told and told.endswith("something is missing.\n")
    for key in (
        signer.public,
        fingerprint(signer.public),
        str(log_key("onedoor.example/center/test/0", signer.public)),
    ):
        assert main_verify([whole, "--slip", slip, "--key", key]) == PROVED
    told = capsys.readouterr().out
    assert (
        f"rows 1-{len(log)}, {log[-1].hash[:16]}, sealed by row {len(log)}, held outside: the slip of 2026-11-21"
        in told
    )
    assert f"the slip of 2026-11-21 (row {len(log)})" in told.splitlines()[-1]
    assert main_verify([whole, "--key", signer.public]) == NOT_PROVED
    assert "held by nobody outside" in capsys.readouterr().out
    assert main_verify([whole, "--slip", slip, "--key", "ab" * 32]) == NOT_PROVED
    told = capsys.readouterr().out
    assert f"OTHER KEY {signer.public}" in told and "not signed with a key that you named" in told
    assert main_verify([whole, "--slip", "nonsense"]) == UNREADABLE
    assert main_verify([whole, "--key", "abcd"]) == UNREADABLE
    assert main_verify([whole, "--slip", slip[:-4] + "AAAA", "--key", signer.public]) == NOT_PROVED
    assert "read it once more" in capsys.readouterr().out


def test_a_cut_end_is_seen_by_whoever_holds_it(tmp_path, log, capsys):
    signer = Signer(tmp_path / "key")
    seal = signer.seal("test", "2026-11-21", 0, len(log), log[-1].hash)
    end = last_of_whole(log)
    cut = written(tmp_path, log[:end])
    assert main_verify([cut, "--key", signer.public]) == NOT_PROVED, "the chain alone cannot know"
    capsys.readouterr()
    assert main_verify([cut, "--slip", qr_of(seal), "--key", signer.public]) == FALSE
    assert f"row {end + 1} is missing: the slip of 2026-11-21 knows" in capsys.readouterr().out
    write_seals([seal], tmp_path / "seals.jsonl")
    assert main_verify([cut]) == FALSE, "a seal beside it contradicts, whoever's it is"


def test_a_boxs_card_knows_a_head_too(tmp_path, log, capsys):
    card = SqliteJournal(tmp_path / "journal.db", "k1", "a" * 16)
    card.append([], Stamp("b", 1, None), {"head": f"{len(log)} {log[-1].hash}"})
    card.close()
    assert main_verify([written(tmp_path, log), "--card", str(tmp_path / "journal.db")]) == NOT_PROVED
    end = last_of_whole(log)
    assert main_verify([written(tmp_path, log[:end]), "--card", str(tmp_path / "journal.db")]) == FALSE
    assert "the card" in capsys.readouterr().out


def test_an_export_brings_its_seals(tmp_path, capsys):
    center = Center(tmp_path / "hub")
    hub = center.start_hub()
    hub.sign, hub.closing_min = Signer(tmp_path / "hub").seal, 0
    center.touch(center.kiosk())
    center.pass_ms(61_000, 1_000)
    hub.store.close()
    (tmp_path / "out").mkdir()
    assert main_export([str(tmp_path / "hub"), "--out", str(tmp_path / "out" / "log.jsonl")]) == 0
    key = (tmp_path / "hub" / "seal.pub").read_text()
    assert main_verify([str(tmp_path / "out"), "--key", key]) == NOT_PROVED
    told = capsys.readouterr().out
    assert "sealed by row" in told and "NOT SEALED" not in told
    last = list(rows_of(tmp_path / "out"))[-1]
    assert last.kind == "day_closed" and last.body["last_seq"] == last.hub_seq - 1
    assert sum(last.body["counts"].values()) == last.body["last_seq"] - last.body["first_seq"] + 1
    with sqlite3.connect(tmp_path / "hub" / "center.db") as db:
        db.execute("UPDATE seals SET seal = replace(seal, '\"epoch\":0', '\"epoch\":1')")
    assert main_verify([str(tmp_path / "hub")]) == FALSE
    assert "forged" in capsys.readouterr().out


def test_changed_bits_dropped_swapped_and_rechained_rows_are_noticed(tmp_path, log):
    assert list(bits(log, 97)) == []
    assert list(dropped_and_swapped(log, 7)) == []
    assert list(rechained(log, 11, tmp_path)) == []


def test_a_snapshot_holds_everything_that_a_fold_is(center):
    center.rules = Rules(credit_min={"N": 0, "P": 60})
    hub = center.start_hub()
    kiosk, panel = center.kiosk(), center.panel(1, ("id",))
    for cls in ("", "P", ""):
        center.touch(kiosk, cls=cls)
        center.pass_ms(60_000, step=10_000)
    hub.on_wish(ev.HeadSaid("Short meeting"))
    center.do(panel, desk.SetRoll(7), desk.Book("AB12", "id", center.clock.wall_ms()), Press.NEXT)
    hall = hub.ledger.hall
    assert hall.departures and hall.notice and hall.roll and hall.appointments and hall.issued and hall.shown
    hall.closed_day, hall.forgot_ms, hall.put_by = "2026-11-20", 7, {"2026-11-19": {"priority": 2}}
    again = restored(pictured(hub.ledger, 1, "ab"))
    assert list(image(again)) == list(image(hub.ledger))
    untouched = {n for n in HallState.__dataclass_fields__ if getattr(HallState(), n) == getattr(hall, n)}
    derived = {"changed", "labels", "papers", "unsure", "late", "row_stretch", "row_low_ms"}
    assert untouched <= derived, "a field that is nowhere in this test may be nowhere in the image"
