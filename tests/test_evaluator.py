"""The evaluator's pack: a stranger's Python checks it, and every lie in it is named. Two readers of the log agree."""

import hashlib
import json
import logging
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from conftest_history import TROUBLES, a_log
from hypothesis import given, settings
from hypothesis import strategies as st
from simulation.happenings import play

from onedoor.device.sealing import Signer, qr_of
from onedoor.wire.chain import GENESIS, line_of, sealed
from reports import evaluator_verify as stranger
from reports import pack
from reports.figures import facts_together
from reports.pack_app import main_pack
from reports.rows import entries_from
from reports.seals import seals_in, write_seals
from reports.source import rows_of
from reports.spine import Spine

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """Six days over two months' worth of packs, with a seal each evening."""
    folder = tmp_path_factory.mktemp("sealed")
    path = a_log(folder / "log.jsonl", 6, 120, troubles=TROUBLES)
    rows, signer = list(rows_of(path)), Signer(folder)
    closing = [row for row in rows if row.kind == "center_closed"]
    write_seals(
        [signer.seal("test", row.body["day"], 1, row.hub_seq, row.hash) for row in closing], folder / "seals.jsonl"
    )
    return path


@pytest.fixture(scope="module")
def key(log):
    return Signer(log.parent).public


@pytest.fixture(scope="module")
def slip(log):
    """What a phone read from the closing slip of the last day."""
    return next(qr_of(seal) for seal in seals_in(log.parent / "seals.jsonl") if seal.day == "2026-10-07")


@pytest.fixture(scope="module")
def packed(log, tmp_path_factory):
    out = tmp_path_factory.mktemp("pack") / "october"
    assert main_pack([str(log), "--month", "2026-10-02..2026-10-07", "--out", str(out), "--center", "Test"]) == 0
    return out


def checked(folder, *brought):
    """The verifier in a Python that knows nothing of us: isolated, without site packages, elsewhere."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(folder / "verify.py"), *brought],
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_pack_has_everything_and_a_stranger_verifies_it(packed, key, slip):
    names = {path.name for path in packed.iterdir()}
    assert names == {
        "log.jsonl", "seals.jsonl", "results.json", "figures.html", "definitions.md", "recompute.sql", "verify.py",
        "README.txt", "MANIFEST.sha256",
    }  # fmt: skip
    rows = (packed / "log.jsonl").read_bytes().count(b"\n")
    code, told = checked(packed, "--key", key, "--slip", slip, "--standard-min", "25")
    assert code == 0, told
    assert ", each continuing the one before" in told and rows > 3_000
    assert told.count("sealed by row") == told.count("held outside: the slip of 2026-10-07") == 4
    assert "21 headline indicators" in told and told.splitlines()[-1].startswith("PROVED: unchanged since 2026-10-07 ")
    code, told = checked(packed)
    assert code == 10 and "no key was given" in told and "NOT PROVED" in told.splitlines()[-1]


def test_the_verifier_uses_nothing_but_the_standard_library():
    import ast

    source = Path(stranger.__file__).read_text()
    names = {a.name.split(".")[0] for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module.split(".")[0] for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ImportFrom)}
    assert names <= sys.stdlib_module_names


def spoiled(packed, tmp_path, name, change):
    """A copy of the pack with one file changed by somebody who also mends the manifest."""
    copy = tmp_path / "copy"
    shutil.copytree(packed, copy)
    file = copy / name
    file.write_bytes(change(file.read_bytes()))
    sums = [line.split("  ")[1] for line in (copy / "MANIFEST.sha256").read_text().splitlines()]
    lines = [f"{hashlib.sha256((copy / n).read_bytes()).hexdigest()}  {n}" for n in sums]
    (copy / "MANIFEST.sha256").write_text("\n".join(lines) + "\n")
    return checked(copy)


def lines_without(i):
    def change(data):
        lines = data.splitlines(keepends=True)
        return b"".join(line for k, line in enumerate(lines) if k != i % len(lines))

    return change


def nicer(data):
    results = json.loads(data)
    results["indicators"]["service_level"]["within"] += 1
    return json.dumps(results).encode()


def relinked(data):
    """The log with a later issue, and all hashes computed afresh."""
    return relinked_at(data, "issued", 50)


def relinked_at(data, kind, after, moved_ms=60_000):
    rows = [msgspec.json.decode(line, type=pack.LogRow) for line in data.splitlines()]
    i = next(i for i, row in enumerate(rows) if row.kind == kind and i > after)
    rows[i] = msgspec.structs.replace(rows[i], t_event=rows[i].t_event + moved_ms)
    head = rows[0].prev_hash
    for k, row in enumerate(rows):
        rows[k] = sealed(msgspec.structs.replace(row, prev_hash=head))
        head = rows[k].hash
    return b"".join(line_of(row) + b"\n" for row in rows)


def forged_seal(data):
    lines = data.splitlines()
    seal = json.loads(lines[-1])
    seal["hub_seq"] += 1
    return b"\n".join([*lines[:-1], json.dumps(seal).encode()]) + b"\n"


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("log.jsonl", lines_without(100), "rows are missing, doubled or moved"),
        ("log.jsonl", lambda data: data.replace(b'"lang":"lo"', b'"lang":"en"', 1), "its hash is not that of its contents"),
        ("log.jsonl", lambda data: data.replace(b'{"before"', b'{ "before"', 1).replace(b'{"body"', b'{ "body"', 1), "one spelling"),
        ("log.jsonl", relinked, "the log was computed again"),
        ("log.jsonl", lines_without(-1), "results.json was made of"),
        ("log.jsonl", lambda data: b"".join(data.splitlines(keepends=True)[:-400]), "results.json was made of"),
        ("results.json", nicer, "service_level/within: results.json says"),
        ("seals.jsonl", forged_seal, "is forged"),
    ],
    ids=["row gone", "byte changed", "spelling", "chain redone", "last row gone", "end cut", "result", "seal"],
)  # fmt: skip
def test_every_lie_is_named_even_with_a_mended_manifest(packed, tmp_path, name, change, said):
    code, told = spoiled(packed, tmp_path, name, change)
    assert code == 20 and said in told, told


def test_a_cut_end_is_known_by_the_seal_even_if_the_results_are_made_again(packed, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(packed, copy)
    lines = (copy / "log.jsonl").read_bytes().splitlines(keepends=True)[:-400]
    (copy / "log.jsonl").write_bytes(b"".join(lines))
    before = json.loads((copy / "results.json").read_text())["before"]
    kept = pack.Slice(before["hub_seq"], before["hash"], len(lines))
    pack.write_results(copy, pack.results(copy / "log.jsonl", kept, 1500))
    pack.seal_up(copy)
    code, told = checked(copy)
    assert code == 20 and "is missing: the seal of 2026-10-07 knows the log up to row" in told


def test_a_changed_file_is_named_by_the_manifest(packed, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(packed, copy)
    (copy / "figures.html").write_bytes(b"another")
    code, told = checked(copy)
    assert code == 20 and "figures.html: is not the file that was packed" in told


def test_a_missing_file_is_said_without_a_traceback(packed, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(packed, copy)
    (copy / "log.jsonl").unlink()
    code, told = checked(copy)
    assert code == 2 and "CANNOT BE READ" in told and "Traceback" not in told


def test_a_month_in_the_middle_names_what_it_continues(log, tmp_path):
    assert main_pack([str(log), "--month", "2026-10-05..2026-10-06", "--out", str(tmp_path / "p")]) == 0
    results = json.loads((tmp_path / "p/results.json").read_text())
    before = results["before"]
    row = next(row for row in rows_of(log) if row.hub_seq == before["hub_seq"])
    assert row.hash == before["hash"] != GENESIS
    assert checked(tmp_path / "p")[0] == 10
    assert before["edge"] == [one.hex() for one in spine_of(log, before["hub_seq"]).edge()]


def test_the_same_month_gives_the_same_zip(log, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        assert main_pack([str(log), "--month", "2026-10-02", "--out", str(tmp_path / name / "pack.zip")]) == 0
    import zipfile

    contents = []
    for name in ("a", "b"):
        with zipfile.ZipFile(tmp_path / name / "pack.zip") as file:
            contents.append({n: file.read(n) for n in file.namelist()})
    assert contents[0] == contents[1] and len(contents[0]) == 9


def spine_of(log, size):
    spine = Spine()
    for row in rows_of(log):
        if row.hub_seq <= size:
            spine.push(bytes.fromhex(row.hash))
    return spine


def test_a_month_that_is_not_in_the_log_is_said(log, tmp_path, capsys):
    assert main_pack([str(log), "--month", "2030-01", "--out", str(tmp_path / "p")]) == 2
    assert "Check --month" in capsys.readouterr().err
    assert main_pack([str(log), "--month", "nonsense", "--out", str(tmp_path / "p")]) == 2


# -- two readers, written apart ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [8, 11, 12, 47, 138, 151, 174, 198, 236, 273, 300, 349, 367])
def test_both_readers_agree_on_a_day_with_every_fault(seed):
    logging.disable(logging.CRITICAL)
    try:
        log = play(seed).leader().disk.log
    finally:
        logging.disable(logging.NOTSET)
    rows = [json.loads(line_of(row)) for row in log]
    found = json.loads(json.dumps(stranger.indicators(stranger.read(rows), 1500)))
    ours = json.loads(json.dumps(pack.headline(facts_together(entries_from(log)), 1500)))
    assert stranger.differences(found, ours) == []
    assert ours["legs"] > 20


@settings(max_examples=60)
@given(st.binary(min_size=1, max_size=200))
def test_its_signatures_are_those_of_the_library(words):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(words).digest())
    public, signature = key.public_key().public_bytes_raw(), key.sign(words)
    assert stranger.genuine(public, words, signature)
    assert not stranger.genuine(public, words + b"x", signature)
    bad = bytearray(signature)
    bad[len(words) % 64] ^= 1
    assert not stranger.genuine(public, words, bytes(bad))
    assert not stranger.genuine(bytes(32), words, signature)


def test_the_services_standards_of_a_month_in_the_middle_are_a_row_that_is_proved(packed, tmp_path, key, slip):
    """Rules are a row of months ago; who writes other standards into results.json has no proof of them."""
    results = json.loads((packed / "results.json").read_text())
    row = results["rules"]["row"]
    assert row["hub_seq"] <= results["before"]["hub_seq"] and row["body"]["rules"]["standard_min"]
    brought = ["--key", key, "--slip", slip, "--standard-min", "25"]
    assert checked(packed, *brought)[0] == 0
    easy = json.loads(json.dumps(results))
    easy["rules"]["row"]["body"]["rules"]["standard_min"] = dict.fromkeys(row["body"]["rules"]["standard_min"], 900)
    short = results | {"rules": results["rules"] | {"proof": results["rules"]["proof"][:-1]}}
    edge = results | {"before": results["before"] | {"edge": ["ab" * 32] * len(results["before"]["edge"])}}
    for name, change in (("easy", easy), ("short", short), ("edge", edge)):
        copy = tmp_path / name
        shutil.copytree(packed, copy)
        (copy / "figures.html").unlink()
        change["indicators"]["service_level_own"] = change["indicators"]["service_level"]
        pack.write_results(copy, change)
        pack.seal_up(copy)
        code, told = checked(copy, *brought)
        assert code == 10 and "the row with the services' standards is not proved to be in the log" in told, told
