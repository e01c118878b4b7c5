"""A row, a ticket, a later head: proved in a few hundred bytes, and checked by the stranger's file alone."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest_center import Center
from test_tree import MANY, VECTORS, tree, unhex
from torture.bits import a_log

from broker.memory_store import MemoryStore
from onedoor.device.sealing import Signer, fingerprint, qr_of
from onedoor.wire.tree import Edge
from reports import evaluator_verify as stranger
from reports.prove_app import main_prove
from reports.seals import seals_beside, write_seals
from reports.source import export
from reports.spine import Spine

VERIFIER = Path(stranger.__file__)


def verified(*argv):
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(VERIFIER), *map(str, argv)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    folder = tmp_path_factory.mktemp("log")
    rows, signer = a_log(folder / "hub", 700), Signer(folder)
    export(iter(rows), folder / "log.jsonl")
    store = MemoryStore(rows)
    seals = [signer.seal("test", "2026-11-21", 1, n, rows[n - 1].hash, store.root(n)) for n in (300, len(rows))]
    write_seals(seals, folder / "seals.jsonl")
    return folder, rows, seals, signer.public


def test_the_strangers_tree_is_ours():
    ours = tree(MANY)
    for size in (1, 2, 3, 7, 8, 100, 129):
        for index in range(size):
            assert stranger.climbed(index, size, MANY[index], ours.inclusion(index, size)) == ours.root(size)
            assert stranger.climbed(index, size, MANY[index], [*ours.inclusion(index, size), b""]) is None
        for old in range(1, size + 1):
            proof = ours.consistency(old, size)
            assert stranger.continues(old, size, ours.root(old), ours.root(size), proof)
            assert not stranger.continues(old, size, ours.root(old), ours.root(size), [*proof, b"x" * 32])
            assert not stranger.continues(old, size, ours.root(old - 1), ours.root(size), proof)
    mine, own = stranger.Edge(0, []), Edge()
    for data in MANY[:300]:
        mine.push(data)
        own.push(data)
        assert mine.root() == own.root() and mine.hashes == own.hashes


def test_a_spine_proves_what_was_held_and_knows_the_rest_as_hashes():
    ours, spine = tree(MANY), Spine()
    spine.hold(5, 300)
    for data in MANY[:2_000]:
        spine.push(data)
    assert spine.root() == ours.root(2_000) and spine.edge() == ours.edge(2_000)
    for index in (5, 0, 255, 300, 1_999):
        assert spine.tree().inclusion(index, 2_000) == ours.inclusion(index, 2_000)
    assert spine.tree().consistency(301, 2_000) == ours.consistency(301, 2_000)
    with pytest.raises(ValueError, match="missing"):
        spine.tree().inclusion(600, 2_000)


def test_a_row_is_proved_and_a_changed_one_is_not(log, tmp_path):
    folder, rows, seals, public = log
    assert main_prove(["row", "257", str(folder), "--out", str(tmp_path)]) == 0
    file = tmp_path / "row-257.tlog-proof"
    assert file.stat().st_size < 1_000
    code, told = verified("--proof", file)
    assert code == 10 and "not signed with a key that you named" in told
    code, told = verified("--proof", file, "--key", public)
    assert code == 10 and "held by nobody outside" in told and "row 257 is in the log" in told
    code, told = verified("--proof", file, "--key", public, "--slip", qr_of(seals[1]))
    assert code == 0 and "PROVED: unchanged since the slip of 2026-11-21" in told.splitlines()[-1]
    row = tmp_path / "row-257.json"
    row.write_bytes(row.read_bytes().replace(b'"seq":', b'"seq":1', 1))
    code, told = verified("--proof", file, "--key", public, "--slip", qr_of(seals[1]))
    assert code == 20 and "is not row 257" in told
    assert main_prove(["row", "9999", str(folder), "--out", str(tmp_path)]) == 2


def test_a_later_head_continues_the_one_that_somebody_kept_and_a_rewritten_log_does_not(log, tmp_path):
    folder, rows, seals, public = log
    assert main_prove(["consistency", "300", str(folder), "--out", str(tmp_path)]) == 0
    file = next(tmp_path.glob("from-300-to-*.txt"))
    assert file.stat().st_size < 1_500
    (tmp_path / "kept.txt").write_text(seals[0].note)
    for held in (["--held", tmp_path / "kept.txt"], ["--slip", qr_of(seals[0])]):
        code, told = verified("--proof", file, "--key", public, *held)
        assert code == 10 and f"the log up to row {len(rows)} continues" in told, told
    other = Signer(folder).seal("test", "2026-11-20", 1, 300, rows[299].hash, bytes(32))
    code, told = verified("--proof", file, "--key", public, "--slip", qr_of(other))
    assert code == 20 and "does not continue the slip of 2026-11-20, row 300" in told
    code, told = verified("--proof", file, "--key", public)
    assert code == 10 and "nothing that you hold knows row 300" in told


def test_a_ticket_is_proved_out_of_a_hubs_own_database(tmp_path, capsys):
    center = Center(tmp_path / "hub")
    hub = center.start_hub()
    hub.sign, hub.closing_min = Signer(tmp_path / "hub").seal, 0
    label = center.touch(center.kiosk())
    assert main_prove(["ticket", label, str(tmp_path / "hub"), "--out", str(tmp_path)]) == 2
    assert "No checkpoint covers row" in capsys.readouterr().err
    center.pass_ms(61_000, 1_000)
    hub.store.close()
    assert main_prove(["ticket", label, str(tmp_path / "hub"), "--out", str(tmp_path)]) == 0
    [seal] = seals_beside(tmp_path / "hub" / "center.db")
    proofs = sorted(tmp_path.glob("*.tlog-proof"))
    kinds = {json.loads(p.with_suffix(".json").read_text())["kind"] for p in proofs}
    assert {"issued", "printed"} <= kinds
    key = (tmp_path / "hub" / "seal.pub").read_text()
    for file in proofs:
        code, told = verified("--proof", file, "--key", key, "--slip", qr_of(seal))
        assert code == 0, told
    assert fingerprint(key) and unhex(VECTORS["roots"])
