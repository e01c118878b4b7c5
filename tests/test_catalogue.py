"""The catalogue: twenty mistakes at once, a forged signature, a fee that somebody would like to change."""

import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from onedoor.device.catalogue import Catalogue, load_book, load_catalogue
from onedoor.device.catalogue_check import national_findings
from onedoor.device.center_rules import rules_of
from onedoor.device.config import ConfigError, check

SHIPPED = Path(str(files("onedoor").joinpath("data", "national.toml")))

MISTAKES = """\
version = "x"
ministries = [{ id = "land", name = { lo = "a", en = "a" } }]
categories = [
  { id = "a", name = { lo = "a", en = "a" }, pictogram = "land", parent = "b" },
  { id = "b", name = { lo = "b", en = "b" }, pictogram = "lnad", parent = "a" },
  { id = "c", name = { lo = "c", en = "c" }, pictogram = "land", parent = "nowhere" },
]
classes = [
  { id = "P", credit_min = 20, name = { lo = "p", en = "p" } },
  { id = "P", credit_min = 30, name = { lo = "p", en = "p" } },
]

[[services]]
id = "one"
prefix = "A"
pictogram = "land"
name = { lo = "", en = "One" }
ministry = "lnd"
category = "z"
fees = [
  { amount = 40, name = { lo = "x", en = "x" }, source = "SAMPLE", currency = "USD" },
  { amount = 1234, name = { lo = "x", en = "x" }, source = "SAMPLE" },
]
days = 3
route = ["one", "cash", "one"]
windows = ["12:00-08:00"]
priority = ["Q"]

[[services]]
id = "one"
prefix = "A"
pictogram = "no-such-picture"
name = { lo = "x", en = "y" }
papers = [{ lo = "x", en = " " }]
intents = ["ask", "ask"]
windows = ["08:00-12:00", "11:00-16:00"]
cut_off_min = 300
source = "SAMPLE"
"""


def test_twenty_kinds_of_mistakes_are_twenty_findings_with_line_and_suggestion():
    checked = check(MISTAKES, Catalogue)
    assert checked.findings == []
    found = national_findings(checked.value, MISTAKES)
    text = MISTAKES.splitlines()
    for finding in found:
        assert finding.line > 0, finding
        assert finding.problem, finding
        assert finding.fix, finding
    kinds = {
        ("categories.1.parent", "leads back"), ("categories.2.parent", "leads back"),
        ("categories.2.pictogram", "no picture 'lnad'"), ("categories.3.parent", "no category 'nowhere'"),
        ("classes.2.id", "used twice"), ("services.1.name.lo", "is empty"), ("services.1.ministry", "no ministry 'lnd'"),
        ("services.1.category", "no category 'z'"), ("services.1.fees.1.rate_day", "needs the day of its rate"),
        ("services.1.fees.2.amount", "cannot be paid"), ("services.1.source", "is missing"),
        ("services.1.route", "no queue 'cash'"), ("services.1.route", "stands in it twice"),
        ("services.1.windows", "ends before it begins"), ("services.1.priority", "no class 'Q'"),
        ("services.2.id", "used twice"), ("services.2.prefix", "used twice"),
        ("services.2.pictogram", "no picture 'no-such-picture'"), ("services.2.papers.1.en", "is empty"),
        ("services.2.intents", "names something twice"), ("services.2.windows", "overlap"),
        ("services.2.cut_off_min", "as long as a window"),
    }  # fmt: skip
    for key, problem in kinds:
        assert any(f.key == key and problem in f.problem for f in found), (key, problem)
    assert len(kinds) == len(found) >= 20
    fixes = {f.key: f.fix for f in found}
    assert fixes["services.1.ministry"] == "Did you mean 'land'?"
    assert fixes["categories.2.pictogram"] == "Did you mean 'land'?"
    assert "Free: B C" in fixes["services.2.prefix"]
    lines = {f.key: text[f.line - 1] for f in found}
    assert lines["services.1.ministry"] == 'ministry = "lnd"'
    assert lines["services.2.cut_off_min"] == "cut_off_min = 300"


def test_what_ships_is_signed_and_sound_and_every_figure_has_a_source():
    catalogue = load_catalogue()
    assert len(catalogue.services) == 8
    for service in catalogue.services:
        assert service.source
        assert all(fee.source for fee in service.fees)
    assert catalogue.get("land").fee_kip == 95_000
    assert rules_of(load_book()).route("land") == ("land", "cash", "issue")


def test_a_forged_signature_and_a_changed_byte_are_refused(tmp_path):
    national = tmp_path / "national.toml"
    shutil.copy(SHIPPED, national)
    shutil.copy(f"{SHIPPED}.sig", tmp_path / "national.toml.sig")
    assert load_catalogue(str(national)).version == "sample-3"
    good = national.read_bytes()
    national.write_bytes(good.replace(b"amount = 15000", b"amount = 16000", 1))
    with pytest.raises(ConfigError, match="not signed with the national key"):
        load_catalogue(str(national))
    national.write_bytes(good)
    (tmp_path / "national.toml.sig").write_text("00" * 64)
    with pytest.raises(ConfigError, match="not signed"):
        load_catalogue(str(national))
    (tmp_path / "national.toml.sig").unlink()
    with pytest.raises(ConfigError, match=r"NAME and NAME\.sig"):
        load_catalogue(str(national))


LOCAL = """\
version = "pek-1"
off = ["road"]
credit_min = { P = 30 }

[hours]
monday = ["08:00-12:00", "13:00-16:00"]

[[days]]
date = "14/04/2027"
name = "Pi Mai"

[rules]
guard_min = 45

[switches.birth]
windows = ["08:00-11:00"]
daily_limit = 60

[[services]]
id = "market"
prefix = "N"
pictogram = "shop"
name = { lo = "ຕະຫຼາດ", en = "Market stall" }
source = "SAMPLE"
"""


def test_the_centers_own_file_adds_and_switches(tmp_path):
    local = tmp_path / "local.toml"
    local.write_text(LOCAL)
    book = load_book(local=str(local))
    catalogue, rules = book.catalogue, rules_of(book)
    assert catalogue.get("road") is None
    assert catalogue.get("market") is not None
    assert catalogue.get("birth").daily_limit == 60
    assert catalogue.version == "sample-3+pek-1"
    assert (rules.guard_min, rules.credit_min["P"]) == (45, 30)
    assert rules.hours.week[0] == ((480, 720), (780, 960))
    assert rules.hours.days["2027-04-14"] == ()


def test_the_example_of_a_centers_own_file_is_sound():
    example = Path(__file__).resolve().parent.parent / "firmware_config" / "local.example.toml"
    rules = rules_of(load_book(local=str(example)))
    assert rules.hours.days["2027-07-20"] == ((480, 690),)
    assert rules.hours.week[5:] == ((), ())


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ("daily_limit = 60", "fees = []", "switches.birth.fees", "set by the national catalogue"),
        ("daily_limit = 60", "instrument = 'mine'", "switches.birth.instrument", "set by the national catalogue"),
        ('id = "market"', 'id = "birth"', "services.1.id", "is a national service"),
        ('prefix = "N"', 'prefix = "A"', "services.1.prefix", "belongs to 'id'"),
        ("[switches.birth]", "[switches.brith]", "switches.brith", "no national service"),
        ('off = ["road"]', 'off = ["raod"]', "off.1", "no service 'raod'"),
        ('"14/04/2027"', '"31/04/2027"', "days.1.date", "does not exist"),
        ('"13:00-16:00"', '"11:00-16:00"', "hours.monday", "overlap"),
        ("{ P = 30 }", "{ Z = 30 }", "credit_min.Z", "is no class"),
    ],
)  # fmt: skip
def test_what_a_center_cannot_choose(tmp_path, old, new, key, problem):
    assert old in LOCAL
    local = tmp_path / "local.toml"
    local.write_text(LOCAL.replace(old, new))
    with pytest.raises(ConfigError) as refused:
        load_book(local=str(local))
    found = {f.key: f for f in refused.value.findings}
    assert problem in found[key].problem
    assert found[key].line > 0
    assert found[key].fix
    assert len(found) == 1


def onedoor(*argv):
    return subprocess.run(
        [sys.executable, "-m", "onedoor", "catalogue", *map(str, argv)], capture_output=True, text=True, timeout=60
    )


def test_a_ministry_makes_a_key_signs_and_a_center_reads(tmp_path):
    made = onedoor("keys", tmp_path / "private")
    public = made.stdout.strip()
    assert (tmp_path / "private").stat().st_mode & 0o777 == 0o600
    shutil.copy(SHIPPED, tmp_path / "n.toml")
    assert onedoor("sign", tmp_path / "n.toml", "--private", tmp_path / "private").returncode == 0
    assert "8 services" in onedoor("check", tmp_path / "n.toml", "--key", public).stdout
    refused = onedoor("check", tmp_path / "n.toml")
    assert (refused.returncode, "not signed" in refused.stderr) == (2, True)
    (tmp_path / "bad.toml").write_text(MISTAKES)
    refused = onedoor("check", tmp_path / "bad.toml", "--draft")
    assert (refused.returncode, "22 problems" in refused.stderr, "line 14: services.1.prefix" in refused.stderr) == (
        2, True, False,
    )  # fmt: skip
    refused = onedoor("sign", tmp_path / "bad.toml", "--private", tmp_path / "private")
    assert (refused.returncode, "22 problems" in refused.stderr) == (2, True)
    assert not (tmp_path / "bad.toml.sig").exists(), "what is wrong is not signed"
