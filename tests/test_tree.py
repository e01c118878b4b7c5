"""The tree beside the chain: vectors, every proof up to 130 leaves, and a store that grows, forgets and goes back."""

import json
from pathlib import Path

import pytest
from conftest_center import Center
from msgspec import structs
from torture.bits import a_log

from broker.memory_store import MemoryStore
from broker.sqlite_store import SqliteStore
from onedoor.device.sealing import Signer, fits, log_key
from onedoor.hall.ledger import Ledger, changes
from onedoor.wire import notes
from onedoor.wire.chain import line_of, row_of
from onedoor.wire.errors import Malformed
from onedoor.wire.notes import checkpoint_of, key_of, note_of, proof_of, signers
from onedoor.wire.tree import EMPTY, Edge, Tree, consistent, included
from reports.source import rows_of
from reports.verify import verify

VECTORS = json.loads((Path(__file__).parent / "data" / "proof_vectors.json").read_text(encoding="utf-8"))
LEAVES = [text.encode() for text in VECTORS["leaves"]]
ROOTS = [bytes.fromhex(root) for root in VECTORS["roots"]]
MANY = [bytes([n % 251, n // 251]) * 16 for n in range(4_000)]


def tree(leaves):
    return Tree(lambda first, count: leaves[first : first + count])


def unhex(hashes):
    return [bytes.fromhex(one) for one in hashes]


def test_roots_and_proofs_are_those_of_the_vectors():
    ours = tree(LEAVES)
    assert [ours.root(n) for n in range(8)] == ROOTS and ROOTS[0] == EMPTY
    for where, proof in VECTORS["inclusion"].items():
        index, size = map(int, where.split("/"))
        assert ours.inclusion(index, size) == unhex(proof)
        assert included(index, size, LEAVES[index], unhex(proof)) == ROOTS[size]
    for where, proof in VECTORS["consistency"].items():
        old, new = map(int, where.split("-"))
        assert ours.consistency(old, new) == unhex(proof)
        assert consistent(old, new, ROOTS[old], ROOTS[new], unhex(proof))
    reference = [bytes.fromhex(one) for one in VECTORS["ct"]["leaves"]]
    assert [tree(reference).root(n).hex() for n in range(9)] == VECTORS["ct"]["roots"]


def test_the_tree_over_rows_is_over_the_hashes_of_their_chain():
    rows = [row_of(line.encode()) for line in VECTORS["rows"]]
    assert tree([bytes.fromhex(row.hash) for row in rows]).root(3).hex() == VECTORS["rows_root"]


@pytest.mark.parametrize("case", VECTORS["refuse"]["inclusion"], ids=lambda case: case["what"])
def test_a_false_inclusion_is_refused(case):
    found = included(case["index"], case["size"], LEAVES[4], unhex(case["proof"]))
    assert found != ROOTS[7]


@pytest.mark.parametrize("case", VECTORS["refuse"]["consistency"], ids=lambda case: case["what"])
def test_a_false_consistency_is_refused(case):
    roots = bytes.fromhex(case["old_root"]), bytes.fromhex(case["new_root"])
    assert not consistent(case["old"], case["new"], *roots, unhex(case["proof"]))


def test_every_proof_up_to_130_leaves_holds_and_none_of_another_length_does():
    ours = tree(MANY)
    roots = [ours.root(n) for n in range(131)]
    for size in range(1, 131):
        for index in range(size):
            proof = ours.inclusion(index, size)
            assert included(index, size, MANY[index], proof) == roots[size]
            assert included(index, size, MANY[index], [*proof, EMPTY]) is None
            assert not proof or included(index, size, MANY[index], proof[:-1]) != roots[size]
            proof = ours.consistency(index + 1, size)
            assert consistent(index + 1, size, roots[index + 1], roots[size], proof)
            assert not consistent(index + 1, size, roots[index + 1], roots[size], [*proof, EMPTY])
            assert index + 1 == size or not consistent(index + 1, size, roots[index], roots[size], proof)


def test_an_edge_grows_like_the_tree():
    ours, edge = tree(MANY), Edge()
    for n, data in enumerate(MANY[:3_000], 1):
        edge.push(data)
        if n % 101 == 0:
            assert edge.root() == ours.root(n) and edge.hashes == ours.edge(n)
            again = Edge(n, edge.hashes)
            again.push(MANY[n])
            assert again.root() == ours.root(n + 1)
    with pytest.raises(ValueError, match="edge of 2"):
        Edge(3, [EMPTY])


# -- notes --------------------------------------------------------------------------------------------------------------


LOG, WITNESS = key_of(VECTORS["log"]["vkey"]), key_of(VECTORS["witness"]["vkey"])


def test_notes_are_those_of_the_vectors_to_the_byte(tmp_path):
    note = note_of(VECTORS["cosigned"])
    assert str(note) == VECTORS["cosigned"] and str(LOG) == VECTORS["log"]["vkey"]
    assert [(s.key, s.at_s) for s in signers(note, [LOG, WITNESS], fits)] == [
        (LOG, None), (WITNESS, VECTORS["witness"]["time"]),
    ]  # fmt: skip
    (tmp_path / "seal.key").write_bytes(bytes.fromhex(VECTORS["log"]["seed"]))
    mine = Signer(tmp_path).checkpoint(LOG.name, 7, ROOTS[7])
    assert str(mine) == VECTORS["signed"] and checkpoint_of(mine.text).root == ROOTS[7]
    proof = proof_of(VECTORS["proof"])
    assert str(proof) == VECTORS["proof"] and included(4, 7, LEAVES[4], proof.hashes) == ROOTS[7]


@pytest.mark.parametrize("case", VECTORS["refuse"]["notes"], ids=lambda case: case["what"])
def test_a_false_note_is_refused(case):
    with pytest.raises(Malformed):
        note = note_of(case["note"])
        checkpoint_of(note.text)
        signers(note, [LOG, WITNESS], fits)


def test_a_strangers_line_says_nothing_and_a_known_one_that_is_wrong_spoils_the_note():
    note = note_of(VECTORS["cosigned"])
    stranger = notes.Line("Ünbekannt", b"abcd", b"x" * 64)
    more = note_of(str(changed_note(note, lines=(stranger, *note.lines))))
    assert len(signers(more, [LOG], fits)) == 1
    assert signers(more, [], fits) == []
    bad = changed_note(note, lines=(note.lines[0], notes.Line(WITNESS.name, WITNESS.number, b"y" * 72)))
    with pytest.raises(Malformed, match="does not fit"):
        signers(bad, [LOG, WITNESS], fits)
    with pytest.raises(Malformed, match="too many"):
        note_of(note.text + "\n" + f"{stranger}\n" * 33)


def changed_note(note, **changes):
    return notes.Note(**({"text": note.text, "lines": note.lines} | changes))


# -- stores -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return a_log(tmp_path_factory.mktemp("log"), 700)


def filled(store, rows):
    for row in rows:
        store.adopt(row)
    store.commit(list(rows), changes(Ledger()))
    return store


def test_a_store_has_the_root_of_its_rows_keeps_full_subtrees_and_forgets_them_with_a_branch(tmp_path, log):
    ours, store = tree([bytes.fromhex(row.hash) for row in log]), filled(SqliteStore(tmp_path), log)
    assert len(log) > 600
    for size in (0, 1, 255, 256, 257, len(log)):
        assert store.root(size) == ours.root(size) == MemoryStore(log).root(size)
    kept = "SELECT level, n, hash FROM tree ORDER BY n"
    assert [tuple(row) for row in store._db.execute(kept)] == [(8, n, ours.node(8, n)) for n in range(len(log) // 256)]
    store._db.execute("UPDATE tree SET hash = zeroblob(32) WHERE n = 0")
    assert store.root(300) != ours.root(300), "what is kept is used"
    store.cut_branch(511)
    assert [row[:2] for row in store._db.execute(kept)] == [(8, 0)]
    store._db.execute("DELETE FROM tree")
    assert store.root(511) == ours.root(511)
    assert store.kinds(1, 511) == MemoryStore(log[:511]).kinds(1, 511)
    store.close()


def test_hashes_that_cannot_be_read_cost_the_checkpoint_and_not_the_hub(tmp_path, log):
    store = filled(SqliteStore(tmp_path), log)
    store._db.execute("DROP TRIGGER log_stays")
    store._db.execute("UPDATE log SET hash = 'x' WHERE hub_seq = 3")
    assert store.root(len(log)) == b""
    seal = Signer(tmp_path).seal("test", "2026-11-21", 0, len(log), log[-1].hash, b"")
    assert seal.note == ""
    store.close()


def test_every_row_of_a_hub_may_have_salt_and_its_hash_covers_it(tmp_path):
    """The leaf of a neighbor, or of a row that was cut, cannot be guessed by trying kinds and times."""
    center = Center(tmp_path / "hub")
    hub = center.start_hub()
    drawn = iter(range(10_000))
    hub.salt = lambda: f"SALT{next(drawn):012d}"
    center.touch(center.kiosk())
    hub.store.close()
    rows = list(rows_of(tmp_path / "hub"))
    salted = [row for row in rows if row.salt]
    assert len(salted) == 3 and len({row.salt for row in salted}) == len(salted)
    assert verify(rows).misfit is None
    bare = [structs.replace(row, salt="") if row is salted[0] else row for row in rows]
    assert verify(bare).misfit.hub_seq == salted[0].hub_seq
    assert b'"salt":"SALT' in line_of(salted[0]) and b"salt" not in line_of(rows[0])


def test_a_seal_carries_a_checkpoint_of_its_epoch_under_the_same_key(tmp_path, log):
    signer = Signer(tmp_path, "onedoor.example")
    root = MemoryStore(log).root(len(log))
    note = note_of(signer.seal("vte-01", "2026-11-21", 3, len(log), log[-1].hash, root).note)
    found = checkpoint_of(note.text)
    assert (found.origin, found.size, found.root) == ("onedoor.example/center/vte-01/3", len(log), root)
    assert len(signers(note, [log_key(found.origin, signer.public)], fits)) == 1
    assert structs.replace(signer.seal("c", "", 0, 1, "ab" * 32)).note == ""
