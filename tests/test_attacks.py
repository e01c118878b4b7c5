"""Twenty ways to lie with a log, and what each meets: nobody outside, one paper, a closing slip, a district.

A center of three days, an operator who has its box and its key, and readers who hold one thing each. `PROVED` is never
said of what was changed after somebody outside held it. The numbers are those of the table in docs/proved.md.
"""

import json
import shutil
from dataclasses import dataclass

import pytest
from conftest_center import Center
from msgspec import structs

from broker.memory_store import MemoryStore
from kiosk.layout import Layout
from kiosk.ticket import qr_text
from onedoor.device.sealing import Signer, log_key, qr_of
from onedoor.wire.chain import GENESIS, sealed
from onedoor.wire.notes import added, checkpoint_of, note_of
from onedoor.wire.tag import read
from onedoor.wire.tree import Tree
from reports import witness
from reports.export_app import main_export
from reports.pack_app import main_pack
from reports.seals import seals_in, write_seals
from reports.source import export, rows_of
from reports.verify_app import main_verify

PROVED, NOT_PROVED, FALSE = 0, 10, 20
KEY = bytes(range(32))
LAYOUT = Layout("test", "ສູນ", "Center", 576, key=KEY)
HOUR_MS = 3_600_000


@dataclass
class World:
    """The honest center, and what people outside hold of it."""

    folder: object
    rows: list
    seals: list
    papers: list
    key: str
    register: object
    district: object


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Two days with eight tickets each; a seal at noon or a start, and one at closing; a district that signs it all."""
    folder = tmp_path_factory.mktemp("world")
    center = Center(folder / "hub")
    hub = center.start_hub()
    hub.sign, hub.closing_min = Signer(folder / "hub").seal, 24 * 60
    kiosk, jobs = center.kiosk(), []
    usual = kiosk.print_
    kiosk.print_ = lambda job: (jobs.append(job), usual(job))
    for _ in range(2):
        for _ in range(8):
            center.touch(kiosk)
            center.pass_ms(300_000, step=60_000)
        center.pass_ms(24 * HOUR_MS - 8 * 300_000, step=600_000)
    hub._seal(hub.ledger.hall.day, closing=True)
    hub.store.close()
    out = folder / "honest"
    out.mkdir()
    assert main_export([str(folder / "hub"), "--out", str(out / "log.jsonl")]) == 0
    rows, seals = list(rows_of(out)), seals_in(out / "seals.jsonl")
    key = (folder / "hub" / "seal.pub").read_text()
    papers = [qr_text(job, LAYOUT) for job in jobs if hasattr(job, "own")]
    district = folder / "district"
    name = witness.new(district, "onedoor.example/witness/d7")
    origin = checkpoint_of(note_of(seals[0].note).text).origin
    witness.trust(district, str(log_key(origin, key)))
    register = folder / "register.txt"
    register.write_text(f"log {log_key(origin, key)}\nwitness d7 {name}\n")
    made = World(folder, rows, seals, papers, key, register, district)
    cosign(made, rows, seals, out)
    return made


def cosign(world, rows, seals, out):
    """The district signs each head as it comes."""
    one, size = witness.Witness(world.district), 0
    whole = Tree(lambda first, n: [bytes.fromhex(row.hash) for row in rows[first : first + n]])
    texts = []
    for at_s, seal in enumerate(seals, 1_795_000_000):
        body = added(size, whole.consistency(size, seal.hub_seq), note_of(seal.note))
        texts.append(seal.note + one.look(body, at_s))
        size = seal.hub_seq
    (out / "checkpoints.txt").write_text("\n".join(texts))


# -- what an operator does ----------------------------------------------------------------------------------------------


def chained(rows):
    head, found = GENESIS, []
    for number, row in enumerate(rows, 1):
        found.append(sealed(structs.replace(row, hub_seq=number, prev_hash=head)))
        head = found[-1].hash
    return found


def issue(world, n):
    """The index of the n-th issue."""
    return [i for i, row in enumerate(world.rows) if row.kind == "issued"][n]


def moved(world, n, ms=60_000):
    rows = list(world.rows)
    i = issue(world, n)
    rows[i] = structs.replace(rows[i], t_event=rows[i].t_event - ms)
    return chained(rows)


def resealed(world, rows, signer, seals=None):
    """Seals over the same rows, made anew."""
    store = MemoryStore(rows)
    return [
        signer.seal("test", seal.day, seal.epoch, seal.hub_seq, rows[seal.hub_seq - 1].hash, store.root(seal.hub_seq))
        for seal in (world.seals if seals is None else seals)
        if seal.hub_seq <= len(rows)
    ]


def own(world):
    return Signer(world.folder / "hub")


def strange_key(world, tmp):
    """1: the second day signed with another key."""
    rows, first = moved(world, 12), world.seals[0]
    second = resealed(world, rows, Signer(tmp / "other"))
    return rows, [seal for seal in world.seals if seal.hub_seq <= first.hub_seq] + second[1:]


def no_seals(world, _):
    """2: a pack without any."""
    return world.rows, []


def dropped_seals(world, _):
    """3: the day rewritten, the seals behind the change left out."""
    rows = moved(world, 9)
    return rows, [seal for seal in world.seals if seal.hub_seq <= issue(world, 9)]


def signed_again(world, _):
    """7: a past day rewritten and signed again with the center's own key."""
    rows = moved(world, 3)
    return rows, resealed(world, rows, own(world))


def invented(world, _):
    """5: other days altogether, by the same box and key."""
    rows = chained([structs.replace(row, mono=row.mono + 1) for row in world.rows])
    return rows, resealed(world, rows, own(world))


def cut_off(world, _):
    """8: the tail is gone, seals and all."""
    end = issue(world, 13) + 1
    rows = world.rows[:end]
    return rows, [seal for seal in world.seals if seal.hub_seq <= end]


def removed(world, _):
    """11: one row removed, all numbered again."""
    rows = [row for i, row in enumerate(world.rows) if i != issue(world, 3)]
    rows = chained(rows)
    return rows, resealed(world, rows, own(world))


def own_row_changed(world, _):
    """12: one citizen's own row changed."""
    rows = list(world.rows)
    i = issue(world, 15)
    rows[i] = structs.replace(rows[i], body=rows[i].body | {"lang": "en"})
    rows = chained(rows)
    return rows, resealed(world, rows, own(world))


def swapped(world, _):
    """Two neighbors' rows in the other order."""
    rows, i = list(world.rows), issue(world, 4)
    rows[i], rows[i + 1] = rows[i + 1], rows[i]
    rows = chained(rows)
    return rows, resealed(world, rows, own(world))


def doubled(world, _):
    """A ticket told twice."""
    i = issue(world, 4)
    rows = chained([*world.rows[: i + 1], world.rows[i], *world.rows[i + 1 :]])
    return rows, resealed(world, rows, own(world))


def other_epoch(world, _):
    """A history of another epoch, so that no head of the old name contradicts it."""
    rows = chained([structs.replace(row, epoch=5) for row in world.rows])
    store = MemoryStore(rows)
    signer = own(world)
    return rows, [
        signer.seal("test", s.day, 5, s.hub_seq, rows[s.hub_seq - 1].hash, store.root(s.hub_seq)) for s in world.seals
    ]


def other_root(world, _):
    """Honest rows, and a checkpoint of another tree."""
    return world.rows, [own(world).seal("test", s.day, s.epoch, s.hub_seq, s.hash, bytes(32)) for s in world.seals]


def honest(world, _):
    """Nothing."""
    return world.rows, world.seals


LIES = {
    "1 strange key from day 2": (strange_key, (NOT_PROVED, FALSE, FALSE, FALSE)),
    "2 no seals": (no_seals, (NOT_PROVED, NOT_PROVED, PROVED, PROVED)),
    "3 seals behind the change dropped": (dropped_seals, (NOT_PROVED, FALSE, FALSE, FALSE)),
    "5 other days altogether": (invented, (NOT_PROVED, FALSE, FALSE, FALSE)),
    "7 rewritten and signed again": (signed_again, (NOT_PROVED, FALSE, FALSE, FALSE)),
    "8 tail cut off": (cut_off, (NOT_PROVED, FALSE, FALSE, FALSE)),
    "11 a row removed": (removed, (FALSE, FALSE, FALSE, FALSE)),
    "12 a citizen's own row changed": (own_row_changed, (NOT_PROVED, FALSE, FALSE, FALSE)),
    "two rows in the other order": (swapped, (FALSE, FALSE, FALSE, FALSE)),
    "a ticket told twice": (doubled, (FALSE, FALSE, FALSE, FALSE)),
    "another epoch's name": (other_epoch, (NOT_PROVED, FALSE, FALSE, FALSE)),
    "a checkpoint of another tree": (other_root, (FALSE, FALSE, FALSE, FALSE)),
}


def written(folder, rows, seals):
    folder.mkdir(parents=True, exist_ok=True)
    export(iter(rows), folder / "log.jsonl")
    write_seals(seals, folder / "seals.jsonl")
    return folder


def readers(world):
    """What each of four readers brings."""
    key = ["--key", world.key]
    paper = [*key, "--paper", world.papers[-1], "--tag-key", KEY.hex()]
    slip = [*key, "--slip", qr_of(world.seals[-1])]
    return key, paper, slip


def asked(world, folder, brought, capsys):
    code = main_verify([str(folder), *brought])
    return code, capsys.readouterr().out


def with_district(world):
    """The district has its own copy of what it signed."""
    return ["--policy", str(world.register), "--held", str(world.folder / "honest" / "checkpoints.txt")]


def test_the_honest_log_is_proved_by_slip_and_district_and_by_a_paper_up_to_its_row(world, tmp_path, capsys):
    folder = written(tmp_path / "log", *honest(world, tmp_path))
    nobody, paper, slip = readers(world)
    assert asked(world, folder, nobody, capsys)[0] == NOT_PROVED
    code, told = asked(world, folder, paper, capsys)
    assert code == NOT_PROVED and "2 of 3 days are held by nobody outside" in told, told
    assert asked(world, folder, slip, capsys)[0] == PROVED
    brought = with_district(world)
    assert asked(world, folder, brought, capsys)[0] == PROVED
    shutil.copy(world.folder / "honest" / "checkpoints.txt", folder / "checkpoints.txt")
    code, told = asked(world, folder, ["--policy", str(world.register)], capsys)
    assert code == PROVED and "d7, " in told


@pytest.mark.parametrize("lie", LIES)
def test_no_lie_is_proved_and_whoever_holds_something_names_it(world, tmp_path, capsys, lie):
    make, wanted = LIES[lie]
    folder = written(tmp_path / "log", *make(world, tmp_path))
    nobody, paper, slip = readers(world)
    brought = with_district(world)
    found = []
    for one in (nobody, paper, slip, brought):
        code, told = asked(world, folder, one, capsys)
        found.append(code)
        line = next((part for part in told.splitlines() if "FALSE" in part), told.splitlines()[-1])
        print(f"{lie} | {code} | {line[-130:]}")
        assert code != PROVED or make is no_seals, "whose rows are honest, and held outside to the last one"
        assert code != FALSE or "row " in line, "a lie is named with its row"
    assert tuple(found) == wanted


def test_4_an_afternoon_that_was_rewritten_before_its_slip_is_proved_since_the_slip_and_no_earlier(
    world, tmp_path, capsys
):
    """And a paper of that afternoon says so all the same."""
    rows = moved(world, 12)
    seals = resealed(world, rows, own(world))
    folder = written(tmp_path / "log", rows, seals)
    slip = ["--key", world.key, "--slip", qr_of(seals[-1])]
    code, told = asked(world, folder, slip, capsys)
    assert code == PROVED and f"(row {seals[-1].hub_seq})" in told.splitlines()[-1]
    code, told = asked(world, folder, [*slip, "--paper", world.papers[-1], "--tag-key", KEY.hex()], capsys)
    assert code == FALSE and f"row {read(world.papers[-1]).row}" in told


def test_6_figures_standards_and_published_pages_that_were_replaced(world, tmp_path, capsys):
    folder = written(tmp_path / "log", *honest(world, tmp_path))
    days = sorted({seal.day for seal in world.seals if seal.day})
    period = f"{days[0]}..{days[-1]}"
    from reports.pack import seal_up

    def packed(name, *more):
        assert main_pack([str(folder), "--month", period, "--out", str(tmp_path / name), *more]) == 0
        return tmp_path / name

    brought = ["--key", world.key, "--slip", qr_of(world.seals[-1]), "--standard-min", "25"]
    good = packed("good", "--published")
    code, told = asked(world, good, brought, capsys)
    assert code == PROVED, told
    for name in ("report-en.pdf", "report-lo.pdf", "steps.csv", "figures.html"):
        bad = shutil.copytree(good, tmp_path / f"bad-{name}")
        (bad / name).write_bytes((bad / name).read_bytes().replace(b"1", b"2"))
        seal_up(bad)
        code, told = asked(world, bad, brought, capsys)
        assert code == FALSE and name in told, told
    results = json.loads((good / "results.json").read_text())
    results["indicators"]["wait_first"]["p90"] = 1
    bad = shutil.copytree(good, tmp_path / "bad-results")
    (bad / "results.json").write_text(json.dumps(results))
    seal_up(bad)
    assert asked(world, bad, brought, capsys)[0] == FALSE
    other = packed("other", "--standard-min", "90")
    assert asked(world, other, brought, capsys)[0] == FALSE, "the standard is the reader's"
    assert asked(world, other, brought[:-2], capsys)[0] == NOT_PROVED


def test_9_a_split_view_has_a_line_of_the_district_in_one_history_only(world, tmp_path, capsys):
    rows = moved(world, 3)
    folder = written(tmp_path / "log", rows, resealed(world, rows, own(world)))
    register = ["--policy", str(world.register)]
    code, told = asked(world, folder, register, capsys)
    assert code == NOT_PROVED and "held by nobody outside" in told
    shutil.copy(world.folder / "honest" / "checkpoints.txt", folder / "checkpoints.txt")
    assert asked(world, folder, register, capsys)[0] == FALSE


def test_13_another_verifier_in_the_pack_is_not_this_one(world, tmp_path, capsys):
    from reports.pack import seal_up

    folder = written(tmp_path / "log", *honest(world, tmp_path))
    day = next(seal.day for seal in world.seals if seal.day)
    assert main_pack([str(folder), "--month", day, "--out", str(tmp_path / "p")]) == 0
    (tmp_path / "p" / "verify.py").write_text("print('PROVED')\n")
    seal_up(tmp_path / "p")
    code, told = asked(world, tmp_path / "p", ["--key", world.key, "--slip", qr_of(world.seals[-1])], capsys)
    assert code == NOT_PROVED and "another program than this one" in told


def test_14_a_false_paper_accuses_nobody(world, tmp_path, capsys):
    folder = written(tmp_path / "log", *honest(world, tmp_path))
    parts = world.papers[-1].split(".")
    false = ".".join([*parts[:4], "A" * 16, *parts[5:]])
    brought = ["--key", world.key, "--slip", qr_of(world.seals[-1]), "--tag-key", KEY.hex(), "--paper", false]
    code, told = asked(world, folder, brought, capsys)
    assert code == NOT_PROVED and "anybody can print such a paper" in told


def test_16_what_was_invented_from_the_first_minute_is_unchanged_and_nothing_more(world, tmp_path, capsys):
    folder = written(tmp_path / "log", *honest(world, tmp_path))
    code, told = asked(world, folder, readers(world)[2], capsys)
    assert (
        code == PROVED
        and "cannot" not in told
        and "What nobody can prove from a log: that what was logged happened" in told
    )
