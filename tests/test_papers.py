"""Every ticket is a witness: a paper in a citizen's hand against a day that was written anew."""

import base64
import json

import pytest
import zxingcpp
from conftest_center import Center
from test_evaluator import relinked_at

from broker.copying import Copier
from broker.memory_store import MemoryStore
from kiosk.layout import Layout
from kiosk.ticket import draw_ticket, qr_text
from onedoor.device.sealing import Signer
from onedoor.wire import messages as msg
from onedoor.wire.tag import genuine, head_letters, own_of, read, signed
from reports.evaluator_verify import Paper
from reports.export_app import main_export
from reports.paper_app import A_MINUTE, CONTRADICTS, GENUINE, UNKNOWN, main_check_paper, may_try
from reports.source import rows_of
from reports.verify_app import main_verify

KEY = bytes(range(32))
LAYOUT = Layout("test", "ສູນ", "Center", 576, key=KEY)


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """A center's day of twelve tickets, its log and the code on each paper."""
    folder = tmp_path_factory.mktemp("day")
    center = Center(folder / "hub")
    hub = center.start_hub()
    hub.sign = Signer(folder / "hub").seal
    kiosk, jobs = center.kiosk(), []
    usual = kiosk.print_
    kiosk.print_ = lambda job: (jobs.append(job), usual(job))
    for _ in range(12):
        center.touch(kiosk)
        center.pass_ms(61_000, 1_000)
    hub.closing_min = 0
    center.pass_ms(61_000, 1_000)
    hub.store.close()
    (folder / "out").mkdir()
    assert main_export([str(folder / "hub"), "--out", str(folder / "out" / "log.jsonl")]) == 0
    tickets = [job for job in jobs if hasattr(job, "own")]
    return folder, tickets, [qr_text(job, LAYOUT) for job in tickets], (folder / "hub" / "seal.pub").read_text()


def check(folder, *argv, capsys=None):
    code = main_check_paper([str(folder), *argv])
    return code, capsys.readouterr().out if capsys else ""


def rewritten(day, tmp_path, kind="issued", after=9, moved_ms=60_000):
    """The log with one row moved by a minute, chained anew, and sealed anew with the same key."""
    folder = day[0]
    out = tmp_path / "rewritten"
    out.mkdir()
    (out / "log.jsonl").write_bytes(relinked_at((folder / "out" / "log.jsonl").read_bytes(), kind, after, moved_ms))
    rows = list(rows_of(out))
    signer, store = Signer(folder / "hub"), MemoryStore(rows)
    seal = signer.seal("test", rows[-1].body.get("day", ""), 0, len(rows), rows[-1].hash, store.root(len(rows)))
    from reports.seals import write_seals

    write_seals([seal], out / "seals.jsonl")
    return out, rows


def test_a_ticket_names_its_own_row_and_the_newest_head_that_its_kiosk_was_given(day):
    folder, jobs, codes, _ = day
    log = {f"{row.dev}.{row.run}.{row.seq}": row for row in rows_of(folder / "out")}
    by_number = {row.hub_seq: row for row in log.values()}
    for job, code in zip(jobs, codes, strict=True):
        said = read(code)
        assert code == code.upper() and len(code) <= 90, "version 4 of a code"
        assert (said.center, said.label, said.day) == ("test", job.label, job.day) and genuine(KEY, code)
        assert said.own == own_of(log[job.ticket])
        if said.row:
            assert said.head == head_letters(by_number[said.row].hash)
    rows = [read(code).row for code in codes]
    assert rows == sorted(rows) and rows[-1] > rows[1] > 0, "each knows more of the log than the one before"


def test_the_paper_carries_it_and_a_phone_reads_it_at_every_width(day):
    _, jobs, codes, _ = day
    for width in (384, 512, 576, 832):
        picture = draw_ticket(jobs[-1], Layout("test", "ສູນ", "Center", width, key=KEY)).convert("L")
        [code] = zxingcpp.read_barcodes(picture)
        assert code.text == codes[-1]


def test_every_honest_paper_is_genuine(day, capsys):
    folder, jobs, codes, _ = day
    for code in codes:
        assert check(folder / "out", code, "--tag-key", KEY.hex())[0] == GENUINE
    capsys.readouterr()
    code, told = check(folder / "hub", codes[-1], capsys=capsys)
    assert code == UNKNOWN and "nobody has checked its tag" in told
    code, told = check(folder / "out", codes[-1], "--tag-key", "ab" * 32, capsys=capsys)
    assert code == UNKNOWN and "its tag is false" in told
    said = read(codes[-1])
    typed = ["--typed", said.label, said.day, str(said.row), f"{said.head[:4]} {said.head[4:8]}"]
    code, told = check(folder / "out", *typed, capsys=capsys)
    assert code == UNKNOWN and "is what it was when this was printed" in told
    assert main_check_paper([str(folder / "out"), "nonsense"]) == 2


def test_a_paper_against_a_rewritten_day(day, tmp_path, capsys):
    """The operator holds the key, rewrites the afternoon and seals it anew: the papers behind it contradict."""
    _, jobs, codes, public = day
    out, rows = rewritten(day, tmp_path)
    moved = next(row.hub_seq for row in rows if row.kind == "issued" and row.hub_seq > 10)
    assert main_verify([str(out), "--key", public]) == 10, "nobody outside: the seal alone cannot know"
    against = []
    for job, code in zip(jobs, codes, strict=True):
        found, told = check(out, code, "--tag-key", KEY.hex(), capsys=capsys)
        assert (found == CONTRADICTS) == (read(code).row >= moved), told
        against += [job.label] if found == CONTRADICTS else []
    assert 5 < len(against) < len(jobs)
    capsys.readouterr()
    paper = codes[-1]
    assert main_verify([str(out), "--key", public, "--paper", paper, "--tag-key", KEY.hex()]) == 20
    told = capsys.readouterr().out
    assert f"row {read(paper).row} is not the one of the paper {jobs[-1].label}" in told
    assert main_verify([str(out), "--key", public, "--paper", paper]) == 10
    assert "anybody can print such a paper" in capsys.readouterr().out
    early = next(code for code in codes if read(code).row and read(code).row < moved)
    assert main_verify([str(out), "--key", public, "--paper", early, "--tag-key", KEY.hex()]) == 10, (
        "it knows nothing of it"
    )


def test_a_changed_or_missing_own_row_is_named(day, tmp_path, capsys):
    folder, jobs, codes, public = day
    out = tmp_path / "changed"
    out.mkdir()
    text = (folder / "out" / "log.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    mine = next(line for line in lines if f"{line['dev']}.{line['run']}.{line['seq']}" == jobs[5].ticket)
    changed = text.replace(json.dumps(mine["body"], sort_keys=True, separators=(",", ":")),
                           json.dumps(mine["body"] | {"lang": "en"}, sort_keys=True, separators=(",", ":")))  # fmt: skip
    assert changed != text
    (out / "log.jsonl").write_bytes(relinked_at(changed.encode(), "issued", 0, 0))
    code, told = check(out, codes[5], "--tag-key", KEY.hex(), capsys=capsys)
    assert code == CONTRADICTS and "is not what was printed: it was changed" in told
    without = [json.loads(line) for line in text.splitlines() if json.loads(line) != mine]
    kept = "\n".join(json.dumps(line, sort_keys=True, separators=(",", ":")) for line in without) + "\n"
    (out / "log.jsonl").write_text(kept)
    code, told = check(out, codes[5], "--tag-key", KEY.hex(), capsys=capsys)
    assert code == CONTRADICTS and "its own row is not in the log, and a later number of" in told
    assert public


def test_a_tag_covers_every_part_and_papers_of_before_stay_good():
    head = (1_234_567, "ab" * 32)
    code = signed(KEY, "saysettha", "20261121", "A1-023", head, "A" * 12)
    assert genuine(KEY, code) and len(code) == 72
    parts = code.split(".")
    for i, other in enumerate(("OTHER", "20261122", "A1-024", "1234568", "B" * 16, "B" * 12, "B" * 8)):
        swapped = ".".join([*parts[:i], other, *parts[i + 1 :]])
        assert not genuine(KEY, swapped), swapped
    for wrong in (code[:-9] + ".", code.replace("1234567", "0"), code.replace("A" * 12, "A" * 11), code.lower()):
        assert read(wrong) is None or not genuine(KEY, wrong)
    named = signed(KEY, "test", "k1_00000000000000ab_7", "A1-007", None, "C" * 12)
    assert read(named).ticket == "k1.00000000000000ab.7" and read(named).row == 0 and genuine(KEY, named)
    old = signed(KEY, "saysettha", "20261121", "A1-023")
    assert old.count(".") == 3 and old.startswith("saysettha.") and genuine(KEY, old) and read(old).own == ""
    with pytest.raises(ValueError, match="not the code of a ticket that witnesses"):
        Paper(old)
    assert Paper(code).genuine([KEY]) and not Paper(code).genuine([b"x" * 32])
    assert base64.b32encode(bytes.fromhex(Paper(code).head)).decode() == parts[4]


def test_ten_papers_a_minute_are_enough(tmp_path):
    now = 1_795_000_000_000
    assert all(may_try(tmp_path, now + i) for i in range(A_MINUTE))
    assert not may_try(tmp_path, now + 500)
    assert may_try(tmp_path, now + 60_001)


def test_a_head_goes_on_paper_only_when_the_spare_has_it_too():
    """Else an honest failover would make liars of citizens' papers."""
    store = MemoryStore()
    store.hub_seq, store.hash = 9, "9" * 64
    hashes = {5: "5" * 64, 9: "9" * 64}
    store.hash_at = hashes.get
    copier = Copier(store, None, None, None, msg.Start(0, 1, "0" * 16))
    assert copier.safe(spare=False) == (9, "9" * 64)
    assert copier.safe(spare=True) is None
    from broker.copying import Copy

    copier.copies["s1"] = Copy(5)
    assert copier.safe(spare=True) == (5, "5" * 64)
    copier.copies["s1"].common = 9
    assert copier.safe(spare=True) == (9, "9" * 64)
