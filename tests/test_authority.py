"""Whose word a center goes by stands in its log: keys, catalogues, the epoch that a spare began."""

import json
from dataclasses import replace

from conftest_center import Center
from msgspec import structs

from broker.authority import CODE, PIN, authority
from broker.memory_store import MemoryStore
from broker.sealer import Sealer
from kiosk.layout import Layout
from kiosk.slip import draw_seal
from onedoor.device.aside import aside_codes
from onedoor.device.config import DeviceConfig
from onedoor.device.sealing import Signer
from onedoor.hall import events as ev
from onedoor.wire.messages import Seal
from reports.export_app import main_export
from reports.seals import seals_in
from reports.source import rows_of
from reports.verify import verify
from reports.verify_app import main_verify

CONFIG = DeviceConfig(center="test", dev="hub", role="hub", data="")


def test_the_key_of_the_first_start_is_pinned_and_another_one_is_noted_until_somebody_has_seen_to_it(tmp_path):
    first = authority(CONFIG, tmp_path)
    assert len(first.national) == len(first.key) == 64 and first.local == ""
    assert (tmp_path / PIN).read_text() == first.key and aside_codes(tmp_path) == []
    assert authority(CONFIG, tmp_path) == first and aside_codes(tmp_path) == []
    other = authority(structs.replace(CONFIG, catalogue_key="ab" * 32), tmp_path)
    assert (other.national, other.key) == (first.national, "ab" * 32)
    assert aside_codes(tmp_path) == [CODE]
    (tmp_path / "local.toml").write_text("x = 1\n")
    assert len(authority(structs.replace(CONFIG, catalogue_local=str(tmp_path / "local.toml")), tmp_path).local) == 64


def test_a_start_says_which_key_signs_and_whose_services_these_are(tmp_path, capsys):
    """And the verifier takes these rows as the hub's own words, and names an authority that the reader does not know."""
    store = MemoryStore()
    sealer = Sealer("test", store, lambda _: None, lambda: None)
    sealer.public, sealer.authority = "ab" * 32, ev.CatalogueSet("01" * 32, "", "02" * 32)
    assert list(sealer.words(0)) == [ev.KeyChanged("", "ab" * 32, "first start"), sealer.authority]
    store.log, sealer.witnessed = [], lambda: "d7 2026-11-21 16:05 row 9"
    seal = sealer.seal(Signer(tmp_path / "one").seal, "2026-11-21", 0, 5, closing=True)
    assert (seal.authority, seal.witnessed, seal.closing) == ("02" * 32, "d7 2026-11-21 16:05 row 9", True)
    layout = Layout("test", "ສູນ", "Center", 576)
    bare = structs.replace(seal, authority="", witnessed="")
    assert draw_seal(seal, layout).height > draw_seal(bare, layout).height, "both stand on the slip"
    center = Center(tmp_path / "hub")
    hub = center.start_hub()
    hub.sign, hub.closing_min = Signer(tmp_path / "hub").seal, 0
    center.touch(center.kiosk())
    center.pass_ms(61_000, 1_000)
    for word in (
        ev.KeyChanged("", "ab" * 32, "first start"),
        sealer.authority,
        replace(sealer.authority, key="03" * 32),
    ):
        hub._own(word)
    hub.flush()
    rows = list(hub.store.rows())
    assert verify(rows).misfit is None
    store = MemoryStore(rows)
    store.kept_seals = [Seal(1, "test", "", 0, 1, "0" * 64, "cd" * 32)]
    sealer = Sealer("test", store, lambda _: None, lambda: None)
    sealer.public = "ab" * 32
    began, changed = sealer.words(1)
    assert changed == ev.KeyChanged("cd" * 32, "ab" * 32, "another key signs")
    assert began == ev.EpochBegan("onedoor.example/center/test/0", len(rows), store.root(len(rows)).hex())
    assert list(sealer.words(0)) == [changed]
    hub.store.close()
    (tmp_path / "out").mkdir()
    assert main_export([str(tmp_path / "hub"), "--out", str(tmp_path / "out" / "log.jsonl")]) == 0
    capsys.readouterr()
    assert main_verify([str(tmp_path / "out"), "--national", "02" * 32]) == 10
    told = capsys.readouterr().out
    assert f"services signed with the key {'02' * 32}, from row" in told
    assert f"took its services from another authority, key {'03' * 32}" in told


def test_a_closing_row_counts_what_its_day_has(tmp_path):
    center = Center(tmp_path / "hub")
    hub = center.start_hub()
    hub.sign, hub.closing_min = Signer(tmp_path / "hub").seal, 0
    kiosk = center.kiosk()
    for _ in range(3):
        center.touch(kiosk)
    center.pass_ms(61_000, 1_000)
    hub.store.close()
    (tmp_path / "out").mkdir()
    assert main_export([str(tmp_path / "hub"), "--out", str(tmp_path / "out" / "log.jsonl")]) == 0
    rows = list(rows_of(tmp_path / "out"))
    closed = [row for row in rows if row.kind == "day_closed"]
    assert closed[-1].body["counts"]["issued"] == 3
    assert [seal.hub_seq for seal in seals_in(tmp_path / "out" / "seals.jsonl")] == [row.hub_seq for row in closed]
    assert json.loads(json.dumps(closed[-1].body)) == closed[-1].body
