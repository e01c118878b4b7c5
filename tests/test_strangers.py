"""Programs that others wrote read our trees, proofs and notes, and we read theirs: on the vectors and on a real log.

Go's golang.org/x/mod/sumdb is Debian's (golang-go, golang-golang-x-mod-dev); tlog-scales comes from the package index.
Where one is missing its tests are skipped, and say so; CI has both.
"""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from test_tree import LEAVES, LOG, ROOTS, VECTORS, WITNESS, tree, unhex
from torture.bits import a_log

from onedoor.device.sealing import Signer, fits
from onedoor.wire.notes import checkpoint_of, key_of, note_of, proof_of, signers
from onedoor.wire.tree import consistent, included
from reports import evaluator_verify as stranger
from reports.prove_app import main_prove
from reports.seals import write_seals
from reports.source import export, rows_of

GO_PATH = Path("/usr/share/gocode")
CASES = [tuple(map(int, where.split("/"))) for where in VECTORS["inclusion"]]
STEPS = [tuple(map(int, where.split("-"))) for where in VECTORS["consistency"] if not where.startswith("0-")]


@pytest.fixture(scope="module")
def go(tmp_path_factory):
    """Asks the Go program."""
    if shutil.which("go") is None or not (GO_PATH / "src/golang.org/x/mod").exists():
        pytest.skip("Go is missing: apt install golang-go golang-golang-x-mod-dev")
    folder = tmp_path_factory.mktemp("go")
    source = Path(__file__).parent / "strangers" / "main.go"
    env = {**os.environ, "GO111MODULE": "off", "GOPATH": str(GO_PATH), "GOCACHE": str(folder), "GOFLAGS": "-p=1"}
    subprocess.run(["go", "build", "-o", str(folder / "tool"), str(source)], check=True, env=env, cwd=folder)

    def ask(**asked):
        done = subprocess.run([folder / "tool"], input=json.dumps(asked), capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    return ask


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A log of the product with two seals, as an exported file; and its rows."""
    folder = tmp_path_factory.mktemp("log")
    rows, signer = a_log(folder / "hub", 700), Signer(folder, "onedoor.example")
    ours = tree([bytes.fromhex(row.hash) for row in rows])
    export(iter(rows), folder / "log.jsonl")
    ends = (300, len(rows))
    seals = [signer.seal("test", "2026-11-21", 1, n, rows[n - 1].hash, ours.root(n)) for n in ends]
    write_seals(seals, folder / "seals.jsonl")
    return folder, rows, seals, str(key_of_log(signer))


def key_of_log(signer):
    from onedoor.device.sealing import log_key

    return log_key("onedoor.example/center/test/1", signer.public)


def proof(a, b, hashes, **more):
    return {"A": a, "B": b, "Hashes": [one if isinstance(one, str) else one.hex() for one in hashes]} | more


def test_go_has_our_roots_and_proofs_and_takes_each_of_ours(go):
    told = go(
        Leaves=[leaf.hex() for leaf in LEAVES],
        Inclusion=[
            proof(i, n, VECTORS["inclusion"][f"{i}/{n}"], Leaf=LEAVES[i].hex(), RootB=ROOTS[n].hex()) for i, n in CASES
        ],
        Consistency=[
            proof(a, b, VECTORS["consistency"][f"{a}-{b}"], RootA=ROOTS[a].hex(), RootB=ROOTS[b].hex())
            for a, b in STEPS
        ],
    )
    assert told["Roots"] == [root.hex() for root in ROOTS[1:]]
    assert all(told["Inclusion"]) and len(told["Inclusion"]) == 28
    assert all(told["Consistency"]) and len(told["Consistency"]) == 28
    for p in told["OwnIn"]:
        assert included(p["A"], p["B"], LEAVES[p["A"]], unhex(p["Hashes"])) == ROOTS[p["B"]]
        assert stranger.climbed(p["A"], p["B"], LEAVES[p["A"]], unhex(p["Hashes"])) == ROOTS[p["B"]]
    for p in told["OwnCon"]:
        roots = ROOTS[p["A"]], ROOTS[p["B"]]
        assert consistent(p["A"], p["B"], *roots, unhex(p["Hashes"]))
        assert stranger.continues(p["A"], p["B"], *roots, unhex(p["Hashes"]))


def test_go_and_both_of_ours_refuse_whatever_must_be_refused(go):
    bad = VECTORS["refuse"]
    inside = [
        proof(c["index"], c["size"], c["proof"], Leaf=LEAVES[4].hex(), RootB=ROOTS[7].hex()) for c in bad["inclusion"]
    ]
    after = [
        proof(c["old"], c["new"], c["proof"], RootA=c["old_root"], RootB=c["new_root"]) for c in bad["consistency"]
    ]
    known = {"Vkey": str(LOG), "Witness": WITNESS.public.hex(), "WitnessName": WITNESS.name,
             "WitnessHash": int.from_bytes(WITNESS.number, "big")}  # fmt: skip
    told = go(Leaves=[], Inclusion=inside, Consistency=after, Notes=[c["note"] for c in bad["notes"]], **known)
    assert not any(told["Inclusion"]) and not any(told["Consistency"])
    # A leading zero is a matter of checkpoints, which a reader of notes does not know: that one is genuinely signed.
    assert told["Notes"] == [-1, -1, -1, -1, 1] and "leading zero" in bad["notes"][-1]["what"]
    for c in bad["inclusion"]:
        assert stranger.climbed(c["index"], c["size"], LEAVES[4], unhex(c["proof"])) != ROOTS[7]
    for c in bad["consistency"]:
        roots = bytes.fromhex(c["old_root"]), bytes.fromhex(c["new_root"])
        assert not stranger.continues(c["old"], c["new"], *roots, unhex(c["proof"]))
    for c in bad["notes"]:
        with pytest.raises((ValueError, stranger.Wrong)):
            stranger.Note(c["note"]).signed_by(LOG.name, 1, LOG.public)


def test_go_opens_our_notes_and_signs_the_same_to_the_byte(go):
    seed, public = bytes.fromhex(VECTORS["log"]["seed"]), LOG.public
    skey = f"PRIVATE+KEY+{LOG.name}+{LOG.number.hex()}+{base64.b64encode(bytes([1]) + seed).decode()}"
    text = note_of(VECTORS["signed"]).text
    told = go(
        Leaves=[], Notes=[VECTORS["signed"], VECTORS["cosigned"]], Vkey=str(LOG), Skey=skey, Text=text,
        Witness=WITNESS.public.hex(), WitnessName=WITNESS.name, WitnessHash=int.from_bytes(WITNESS.number, "big"),
    )  # fmt: skip
    assert told["Notes"] == [1, 2] and told["Signed"] == VECTORS["signed"]
    assert len(signers(note_of(told["Signed"]), [LOG], fits)) == 1 and public == LOG.public


def test_go_takes_what_the_product_proves_of_a_log(go, log, tmp_path):
    folder, rows, seals, vkey = log
    numbers = [1, 2, 255, 256, 257, 299, 300, len(rows)]
    for number in numbers:
        assert main_prove(["row", str(number), str(folder), "--out", str(tmp_path)]) == 0
    assert main_prove(["consistency", "300", str(folder), "--out", str(tmp_path)]) == 0
    made = [proof_of((tmp_path / f"row-{n}.tlog-proof").read_text()) for n in numbers]
    roots = [checkpoint_of(note_of(seal.note).text).root for seal in seals]
    old, *hashes = (tmp_path / f"from-300-to-{len(rows)}.txt").read_text().split("\n\n")[0].split("\n")
    told = go(
        Leaves=[row.hash for row in rows],
        Inclusion=[
            proof(p.index, len(rows), p.hashes, Leaf=rows[p.index].hash, RootB=roots[1].hex()) for p in made
        ],
        Consistency=[
            proof(300, len(rows), [base64.b64decode(h).hex() for h in hashes], RootA=roots[0].hex(), RootB=roots[1].hex())
        ],
        Notes=[seal.note for seal in seals], Vkey=vkey,
    )  # fmt: skip
    assert old == "old 300" and [told["Roots"][299], told["Roots"][-1]] == [root.hex() for root in roots]
    assert all(told["Inclusion"]) and told["Consistency"] == [True] and told["Notes"] == [1, 1]
    assert [p["Hashes"] for p in told["OwnIn"]] == [[one.hex() for one in p.hashes] for p in made]


# -- tlog-scales --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scales():
    return pytest.importorskip("tlog_scales.tlog", reason="tlog-scales is missing: pip install tlog-scales")


def test_scales_takes_all_our_proofs_and_none_that_must_be_refused(scales):
    digest = [__import__("hashlib").sha256(b"\0" + leaf).digest() for leaf in LEAVES]
    for i, n in CASES:
        scales.InclusionProof(i, n, unhex(VECTORS["inclusion"][f"{i}/{n}"])).check(digest[i], ROOTS[n])
    for a, b in STEPS:
        scales.ConsistencyProof(a, b, unhex(VECTORS["consistency"][f"{a}-{b}"])).check(ROOTS[a], ROOTS[b])
    for c in VECTORS["refuse"]["inclusion"]:
        with pytest.raises(scales.InclusionProofInvalid):
            scales.InclusionProof(c["index"], c["size"], unhex(c["proof"])).check(digest[4], ROOTS[7])
    for c in VECTORS["refuse"]["consistency"]:
        with pytest.raises(scales.ConsistencyProofInvalid):
            scales.ConsistencyProof(c["old"], c["new"], unhex(c["proof"])).check(
                bytes.fromhex(c["old_root"]), bytes.fromhex(c["new_root"])
            )


def test_scales_verifies_our_note_and_our_witness(scales):
    from tlog_scales.signing import Vkey, VkeySet

    found = scales.Checkpoint.from_text(VECTORS["cosigned"])
    assert (found.origin, found.size, found.root_hash) == (LOG.name, 7, ROOTS[7])
    known = VkeySet(Vkey.from_string(str(LOG)), Vkey.from_string(str(WITNESS)))
    assert len(known.verify(found.signatures, found)) == 2


def test_a_log_that_scales_wrote_is_read_by_both_of_ours(scales, log, tmp_path):
    """Its own tiles and note, over the rows of a log of the product."""
    from tlog_scales.signing import PlainEd25519Signer
    from tlog_scales.writer import TilesWriter

    _, rows, _, _ = log
    theirs = PlainEd25519Signer("strangers.example/log", bytes(range(32)))
    writer = TilesWriter.create(tmp_path / "tiles", "strangers.example/log")
    for row in rows[:300]:
        writer.add_leaf(bytes.fromhex(row.hash))
    writer.commit([theirs])
    note = note_of((tmp_path / "tiles" / "checkpoint").read_text("utf-8"))
    ours = tree([bytes.fromhex(row.hash) for row in rows])
    assert checkpoint_of(note.text).root == ours.root(300)
    assert len(signers(note, [key_of(theirs.vkey.serialize())], fits)) == 1
    read = stranger.Note(str(note))
    assert read.size == 300 and read.signed_by("strangers.example/log", 1, theirs.vkey.pubkey) == 0
    for index in (0, 255, 256, 299):
        theirs_says = writer.reader.get_inclusion_proof(index, 300).node_hashes
        assert theirs_says == ours.inclusion(index, 300)
    assert writer.reader.get_consistency_proof(100, 300).node_hashes == ours.consistency(100, 300)
    assert next(rows_of(log[0])).hash == rows[0].hash
