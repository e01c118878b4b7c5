"""A witness signs what continues what it signed; and every box of the hall is one."""

import base64
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from http.server import HTTPServer

import pytest
from conftest_center import Center
from test_tree import LEAVES, LOG, ROOTS, VECTORS, WITNESS, tree
from torture.bits import a_log

from broker.memory_store import MemoryStore
from onedoor.device.journal import SqliteJournal, Stamp
from onedoor.device.sealing import Signer, fits, log_key
from onedoor.wire.notes import added, added_of, checkpoint_of, newest_witness, note_of, notes_in, signers
from reports import evaluator_verify, witness
from reports.cosign_app import main_cosigned
from reports.export_app import main_export
from reports.prove_app import main_prove
from reports.seals import head_on_card, write_seals
from reports.source import export
from reports.verify_app import main_verify

AT = VECTORS["witness"]["time"]


@pytest.fixture
def one(tmp_path):
    """The witness of the vectors, which knows the log of the vectors."""
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "witness.key").write_text(f"{WITNESS.name} {VECTORS['witness']['seed']}\n")
    witness.trust(tmp_path / "w", str(LOG))
    return witness.Witness(tmp_path / "w")


def head(folder, size, root, origin=LOG.name):
    (folder / "seal.key").write_bytes(bytes.fromhex(VECTORS["log"]["seed"]))
    return Signer(folder).checkpoint(origin, size, root)


def body(folder, old, new, root=None):
    return added(old, tree(LEAVES).consistency(old, new) if old <= new else (), head(folder, new, root or ROOTS[new]))


def code(one, text, branch=False):
    try:
        return 200, one.look(text, AT, branch)
    except witness.Answer as answer:
        return answer.code, answer.text


def test_the_witness_of_the_vectors_signs_to_the_byte(one, tmp_path):
    assert one.key() == str(WITNESS)
    assert code(one, body(tmp_path, 0, 3))[0] == 200
    assert code(one, VECTORS["add"]) == (200, VECTORS["cosigned"].splitlines(keepends=True)[-1])
    assert added_of(VECTORS["add"])[0] == 3 and added(*added_of(VECTORS["add"])) == VECTORS["add"]


def test_the_order_of_answers(one, tmp_path):
    assert code(one, body(tmp_path, 0, 3))[0] == 200
    assert code(one, body(tmp_path, 0, 5)) == (409, "3\n")
    assert code(one, body(tmp_path, 3, 7))[0] == 200
    assert code(one, body(tmp_path, 7, 7, bytes(32)))[0] == 422
    assert code(one, body(tmp_path, 7, 7))[0] == 200
    assert code(one, body(tmp_path, 7, 5))[0] == 400
    assert code(one, "nonsense")[0] == 400
    assert code(one, body(tmp_path, 3, 7).replace("old 3", "old 03"))[0] == 400
    strange = Signer(tmp_path / "other").checkpoint(LOG.name, 7, ROOTS[7])
    assert code(one, added(7, (), strange))[0] == 403
    assert code(one, added(0, (), head(tmp_path, 7, ROOTS[7], "elsewhere.example/center/x/1")))[0] == 404
    assert code(one, body(tmp_path, 7, 7).replace("\n7\n", "\n8\n"))[0] == 403


def test_a_rewritten_log_is_not_signed_and_the_two_heads_are_kept(one, tmp_path):
    assert code(one, body(tmp_path, 0, 3))[0] == 200
    other = [b"another", *LEAVES[1:]]
    proof = tree(other).consistency(3, 7)
    text = added(3, proof, head(tmp_path, 7, tree(other).root(7)))
    assert code(one, text) == (422, "the log of row 7 does not continue that of row 3")
    import sqlite3

    with sqlite3.connect(one.folder / "witness.db") as db:
        assert db.execute("SELECT body FROM refused").fetchall() == [(text,)]
        assert db.execute("SELECT count(*) FROM signed").fetchone() == (1,)
    assert code(one, body(tmp_path, 3, 7))[0] == 200, "and the true one is, as before"


def test_a_new_epoch_continues_the_old_one_unless_a_person_says_that_rows_were_lost(one, tmp_path):
    assert code(one, body(tmp_path, 0, 3))[0] == 200
    assert code(one, body(tmp_path, 3, 5))[0] == 200
    second = head(tmp_path, 7, ROOTS[7], LOG.name[:-1] + "2")
    assert code(one, added(0, (), second)) == (409, "5\n")
    assert code(one, added(3, tree(LEAVES).consistency(3, 7), second)) == (409, "5\n")
    lost = [*LEAVES[:4], b"x", b"y", b"z"]
    branched = head(tmp_path, 7, tree(lost).root(7), LOG.name[:-1] + "3")
    assert code(one, added(5, tree(lost).consistency(5, 7), branched))[0] == 422
    assert code(one, added(3, tree(lost).consistency(3, 7), branched), branch=True)[0] == 200
    assert code(one, added(5, tree(LEAVES).consistency(5, 7), second), branch=True)[0] in (200, 409)


def test_it_runs_alone_in_plain_python_and_over_http(tmp_path):
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(witness.__file__, alone / "witness.py")
    shutil.copy(evaluator_verify.__file__, alone / "verify.py")

    def run(*argv, **more):
        command = [sys.executable, "-S", "-E", str(alone / "witness.py"), *map(str, argv)]
        return subprocess.run(command, capture_output=True, text=True, cwd=alone, check=False, **more)

    made = run("new", tmp_path / "w", "onedoor.example/witness/here")
    assert made.returncode == 0 and (tmp_path / "w" / "witness.key").stat().st_mode & 0o777 == 0o600
    assert run("new", tmp_path / "w", "x").returncode == 2, "a key is never written over"
    assert run("trust", tmp_path / "w", str(LOG)).returncode == 0
    first, second = tmp_path / "first.txt", tmp_path / "second.txt"
    first.write_text(body(tmp_path, 0, 3))
    second.write_text(body(tmp_path, 0, 7))
    assert run("look", tmp_path / "w", first).returncode == 0
    done = run("look", tmp_path / "w", second)
    assert done.returncode == 10 and "onedoor prove consistency 3 LOG" in done.stderr
    done = run("look", tmp_path / "w", "-", input=body(tmp_path, 3, 7))
    assert done.returncode == 0
    key = evaluator_verify.named_key(made.stdout)
    assert evaluator_verify.Note(done.stdout).signed_by(*key) > 0
    from onedoor.wire.notes import key_of

    assert len(signers(note_of(done.stdout), [key_of(made.stdout)], fits)) == 1
    served = HTTPServer(("127.0.0.1", 0), witness.handler(witness.Witness(tmp_path / "w"), lambda: AT))
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    try:
        where = f"http://127.0.0.1:{served.server_port}/add-checkpoint"
        with urllib.request.urlopen(where, data=body(tmp_path, 7, 7).encode(), timeout=10) as answer:
            assert answer.status == 200 and answer.read().decode().startswith("\u2014 onedoor.example/witness/here ")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(where, data=body(tmp_path, 3, 7).encode(), timeout=10)
        assert refused.value.code == 409 and refused.value.headers["Content-Type"] == "text/x.tlog.size"
        assert refused.value.read() == b"7\n"
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(where[:-5], data=b"x", timeout=10)
        assert refused.value.code == 404
    finally:
        served.shutdown()
        served.server_close()


# -- the whole way, on files ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """An exported log with two checkpoints."""
    folder = tmp_path_factory.mktemp("log")
    rows, signer = a_log(folder / "hub", 400), Signer(folder / "key")
    (folder / "out").mkdir()
    export(iter(rows), folder / "out" / "log.jsonl")
    store = MemoryStore(rows)
    seals = [signer.seal("test", "2026-11-21", 0, n, rows[n - 1].hash, store.root(n)) for n in (200, len(rows))]
    write_seals(seals, folder / "out" / "seals.jsonl")
    return folder / "out", signer.public, seals


def test_a_stick_goes_to_the_district_and_comes_back(sealed, tmp_path, capsys):
    source, public, seals = sealed
    folder = tmp_path / "out"
    shutil.copytree(source, folder)
    district = tmp_path / "district"
    key = witness.new(district, "onedoor.example/witness/d7")
    origin = checkpoint_of(note_of(seals[0].note).text).origin
    witness.trust(district, str(log_key(origin, public)))
    brought = ["--key", public, "--witness", key]
    assert main_prove(["consistency", "0", str(folder), "--new", "200", "--out", str(tmp_path)]) == 0
    assert witness.main(["look", str(district), str(tmp_path / "from-0-to-200.txt")]) == 0
    assert main_cosigned([str(folder), str(tmp_path / "from-0-to-200.cosigned.txt")]) == 0
    assert main_verify([str(folder), *brought]) == 10
    assert "1 of 1 days are held by nobody outside" in capsys.readouterr().out, "only its first 200 rows are"
    assert main_prove(["consistency", "200", str(folder), "--out", str(tmp_path)]) == 0
    [body_file] = tmp_path.glob("from-200-to-*.txt")
    assert witness.main(["look", str(district), str(body_file)]) == 0
    assert main_cosigned([str(folder), str(body_file.with_suffix(".cosigned.txt"))]) == 0
    capsys.readouterr()
    assert main_verify([str(folder), *brought]) == 0
    told = capsys.readouterr().out
    assert "held outside: onedoor.example/witness/d7, " in told and "PROVED: unchanged since" in told
    other = witness.new(tmp_path / "another", "onedoor.example/witness/d8")
    assert main_verify([str(folder), "--key", public, "--witness", other]) == 10, "his line is unknown here"
    register = tmp_path / "register.txt"
    register.write_text(
        f"log {log_key(origin, public)}\nwitness d7 {key}\nwitness d8 {other}\ngroup both all d7 d8\nquorum both\n"
    )
    assert main_verify([str(folder), "--policy", str(register)]) == 10, "two were asked for"
    register.write_text(register.read_text().replace("group both all", "group both any"))
    assert main_verify([str(folder), "--policy", str(register)]) == 0
    assert main_export([str(folder), "--out", str(tmp_path / "again" / "log.jsonl")]) == 0
    assert [len(note.lines) for note in notes_in((tmp_path / "again" / "checkpoints.txt").read_text())] == [2, 2]
    assert newest_witness(notes_in((folder / "checkpoints.txt").read_text()))[0] == "onedoor.example/witness/d7"


def test_a_note_of_another_log_is_not_kept_and_a_spoiled_line_is_a_lie(sealed, tmp_path, capsys):
    source, public, seals = sealed
    folder = tmp_path / "out"
    shutil.copytree(source, folder)
    strange = tmp_path / "strange.txt"
    strange.write_text(VECTORS["cosigned"])
    assert main_cosigned([str(folder), str(strange)]) == 1
    assert "not heads of this log" in capsys.readouterr().err and not (folder / "checkpoints.txt").exists()
    district = tmp_path / "d"
    key = witness.new(district, "onedoor.example/witness/d7")
    line = witness.Witness(district).line(evaluator_verify.Note(seals[1].note), AT)
    data = base64.b64decode(line.split()[2])
    bad = f"\u2014 onedoor.example/witness/d7 {base64.b64encode(data[:-1] + b'x').decode()}\n"
    (folder / "checkpoints.txt").write_text(seals[1].note + bad)
    assert main_verify([str(folder), "--key", public, "--witness", key]) == 20
    assert "does not fit" in capsys.readouterr().out


# -- boxes ---------------------------------------------------------------------------------------------------------------


def test_a_box_keeps_the_heads_that_it_saw_one_a_minute_for_ever(tmp_path):
    card = SqliteJournal(tmp_path / "journal.db", "k1", "a" * 16)
    for minute, mono in enumerate((1_000, 30_000, 61_000, 200_000), 1):
        card.append([], Stamp("b", mono, None), {"head": f"{minute} {minute:064x}"})
    card.append([], Stamp("c", 200_000, None), {})
    card.close()
    found = head_on_card(tmp_path / "journal.db")
    assert {head.hub_seq for head in found} == {1, 3, 4}
    again = SqliteJournal(tmp_path / "journal.db", "k1", "b" * 16)
    again.append([], Stamp("d", 1, None), {"head": f"9 {9:064x}"})
    again.close()
    assert {head.hub_seq for head in head_on_card(tmp_path / "journal.db")} == {1, 3, 4, 9}


def test_the_heads_on_a_kiosks_card_and_on_the_spares_disk_contradict_a_rewritten_log(tmp_path, capsys):
    center = Center(tmp_path / "hub")
    hub = center.start_hub()
    kiosk = center.kiosk()
    for _ in range(6):
        center.touch(kiosk)
        center.pass_ms(61_000, 1_000)
    hub.store.close()
    shutil.copytree(tmp_path / "hub", tmp_path / "spare")
    out = tmp_path / "out"
    out.mkdir()
    assert main_export([str(tmp_path / "hub"), "--out", str(out / "log.jsonl")]) == 0
    assert main_verify([str(out), "--card", str(tmp_path / "spare" / "center.db")]) == 10
    from test_evaluator import relinked_at

    (out / "log.jsonl").write_bytes(relinked_at((out / "log.jsonl").read_bytes(), "issued", 3))
    capsys.readouterr()
    assert main_verify([str(out), "--card", str(tmp_path / "spare" / "center.db")]) == 20
    assert "the copy" in capsys.readouterr().out
