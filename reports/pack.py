"""The evaluator's pack: everything a stranger needs to doubt a month, in one folder (or zip).

Policy. The raw rows are in it, never a selection of them; what was computed stands beside what it was computed from.
The verifier in it was written apart from the program, needs nothing of ours, and is the same file that our tests run.
"""

import hashlib
import inspect
import json
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from onedoor.wire.chain import GENESIS, line_of
from onedoor.wire.rows import LogRow
from reports import definitions
from reports.center_clock import WORDS, CenterClock, hear_event
from reports.dates import NO_PERIOD, Period, day_text, local_s
from reports.durations import dated
from reports.entries import entries_of
from reports.facts import Facts
from reports.figures import facts_together
from reports.indicators import compute, further, service_level, told_late
from reports.reading_acts import KINDS
from reports.spine import Spine
from reports.stats import ratio, rounded

README = """This folder holds one month of a One Door Service Center's log, and what was made of it.

To check it (Python 3.9 or newer; nothing else is needed, no network):

    python3 verify.py --key KEY --slip TEXT --standard-min 25

KEY    the center's key: from its wall, or from the district's register. Never from this folder.
TEXT   what a phone reads from the code on a closing slip that somebody outside of the center has kept. The district's
       register (--policy) and notes that you have kept yourself (--held) do as well.

Take your own copy of verify.py, or compare its sum with the one on a closing slip: whoever can change this folder can
change that file too. The last line says PROVED, NOT PROVED or FALSE; what is missing is listed above it.

log.jsonl         every row of the month, each chained to the one before by its hash
seals.jsonl       signed heads of the log, as on the closing slips
checkpoints.txt   the same with what witnesses have signed, if they have
results.json      the headline indicators, and what the first row continues
figures.html      the same for people; verify.py makes it again
definitions.md    what each indicator means, to the letter
recompute.sql     the same indicators in SQL, for DuckDB, out of: onedoor export parquet
verify.py         checks all this; it was written apart from the program
MANIFEST.sha256   the sum of every file

report-*.pdf and steps.csv, if they are here, are covered by nothing but `onedoor verify FOLDER`: it makes them again.

ໂຟນເດີນີ້ມີບັນທຶກໜຶ່ງເດືອນຂອງສູນ. ກວດ: python3 verify.py --key KEY --slip TEXT
"""


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows of a month: where they begin and end in the log, and the row before them."""

    before_seq: int
    before_hash: str
    rows: int
    words: dict[str, list[int | bool]] = field(default_factory=dict)
    """What was said about time before the first row: center time - hall time by stretch, and whether it was known."""
    stretch: int = 0
    """The stretch in which the first row was taken."""
    edge: list[bytes] | None = None
    """The right edge of the tree over the rows before the first."""
    rules: LogRow | None = None
    """The last row before the first that set the center's rules, and that it is in the tree up to the last row."""
    proof: list[bytes] = field(default_factory=list)
    head: str = ""
    """The last row's hash."""
    standards: dict[str, int] = field(default_factory=dict)
    """The services' own standards (minutes), as the last row that set the rules has them."""
    zone: str = ""
    """The time zone that was in force before the first row."""


def cut(rows: Iterator[LogRow], period: Period, path: Path, clock: CenterClock | None = None) -> Slice:
    """Write the rows that arrived in this period; what they continue. Rows are in the order in which they arrived;
    `clock`: when that was, as the whole log knows it (none: a log without stretches). Rows without a date go with those
    before them.
    """
    before_seq, before_hash, count, day = 0, GENESIS, 0, ""
    before, clock = CenterClock(), clock or CenterClock()
    spine, edge, head = Spine(), list[bytes](), GENESIS
    rules: LogRow | None = None
    standards: dict[str, int] = {}
    calendar = clock.calendar()
    with open(path, "wb") as file:
        for row in rows:
            at = local_s(row.t_recv + clock.shift_ms(clock.present(row.hub_seq)))
            day = day_text(calendar.day(at)) if dated(at) else day
            if day > period.last:
                break
            if count or day >= period.first:
                file.write(line_of(row) + b"\n")
                count += 1
            else:
                before_seq, before_hash = row.hub_seq, row.hash
                if row.kind in WORDS:
                    hear_event(before, row)
            head = row.hash
            spine.push(bytes.fromhex(head))
            if not count:
                edge = spine.edge()
            if row.kind == "rules_set":
                standards = row.body["rules"].get("standard_min", {})
                if not count:
                    rules = row
                    spine.let_go()
                    spine.hold(row.hub_seq - 1)
    proof = spine.tree().inclusion(rules.hub_seq - 1, spine.size) if rules is not None and count else []
    time = before.words, before.present(before_seq)
    return Slice(
        before_seq, before_hash, count, *time, edge, rules, proof, head, standards, before.zone if before.zones else ""
    )


NESTED = {"counters": ("open_s", "pause_s", "break_s", "busy_s"), "abandonment": ("no_show", "left", "expired", "rate")}
HEADLINE = (
    "tickets_issued", "recalls", "legs", "wait_first", "wait_all_legs", "service_time", "time_in_system",
    "service_level", "abandonment", "counters", "occupancy_all", "throughput_legs_per_open_hour",
    "arrivals_by_half_hour", "mean_wait_by_service", "gini_individual", "overtakes",
)  # fmt: skip


def headline(facts: Facts, standard_s: int, standards: Mapping[str, int] | None = None) -> dict[str, Any]:
    """The indicators that the verifier computes again. `standards`: services' own, in minutes."""
    found = compute(facts, standard_s)
    kept = {name: found[name] for name in HEADLINE}
    kept["counters"] = {c: {k: of[k] for k in NESTED["counters"]} for c, of in kept["counters"].items()}
    kept["abandonment"] = {k: kept["abandonment"][k] for k in NESTED["abandonment"]}
    kept["wait_p80"], kept["told_late"] = further(facts)["wait_p80"], told_late(facts)
    kept["area_s"] = found["little"]["area_s"]
    kept["undated"] = facts.honesty.undated
    kept["service_level_own"] = _own_level(facts, standard_s, standards or {})
    return kept


def _own_level(facts: Facts, standard_s: int, standards: Mapping[str, int]) -> dict[str, Any]:
    """First legs called within the standard of their own service."""
    levels = [
        service_level(facts.group("service", s), standards[s] * 60 if s in standards else standard_s)
        for s in facts.values("service")
    ]
    within, den = sum(level["within"] for level in levels), sum(level["den"] for level in levels)
    return {"within": within, "den": den, "value": rounded(ratio(within, den))}


def before(kept: Slice) -> dict[str, Any]:
    """What the first row continues; of time and zone, only if there is anything to say."""
    time = {"words": kept.words, "stretch": kept.stretch} if kept.stretch else {}
    edge = {} if kept.edge is None else {"edge": [one.hex() for one in kept.edge]}
    zone = {"zone": kept.zone} if kept.zone else {}
    return {"hub_seq": kept.before_seq, "hash": kept.before_hash} | edge | time | zone


def results(log: Path, kept: Slice, standard_s: int, period: Period = NO_PERIOD) -> dict[str, Any]:
    """results.json: the indicators of the rows in the pack, which are all of the period, and what the first row
    continues.
    """
    facts = facts_together(entries_of(log, KINDS), ("all", "service", "counter"))
    rules = (
        {}
        if kept.rules is None
        else {"rules": {"row": json.loads(line_of(kept.rules)), "proof": [one.hex() for one in kept.proof]}}
    )
    return {
        "standard_s": standard_s,
        "before": before(kept),
        "rows": kept.rows,
        "period": [period.first, period.last],
        "indicators": headline(facts, standard_s, kept.standards),
        "method": "whole seconds, nearest-rank percentiles; definitions.md",
    } | rules


def write_figures(folder: Path, kept: Slice, found: dict[str, Any]) -> None:
    """figures.html: the headline figures for people, as the verifier makes them."""
    from reports.evaluator_verify import page

    rows = kept.before_seq + 1, kept.before_seq + kept.rows, kept.head
    (folder / "figures.html").write_text(page(found["indicators"], found["standard_s"], rows), encoding="utf-8")


def write_fixed(folder: Path) -> None:
    """The files that are the same in every pack."""
    from reports import evaluator_verify

    (folder / "verify.py").write_text(inspect.getsource(evaluator_verify), encoding="utf-8")
    (folder / "README.txt").write_text(README, encoding="utf-8")
    (folder / "definitions.md").write_text(definitions.page(), encoding="utf-8")
    (folder / "recompute.sql").write_text(
        (files("reports") / "recompute.sql").read_text(encoding="utf-8"), encoding="utf-8"
    )


def write_results(folder: Path, found: dict[str, Any]) -> None:
    """results.json."""
    (folder / "results.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def seal_up(folder: Path) -> int:
    """The sums of all files; how many there are."""
    names = sorted(p.name for p in folder.iterdir() if p.name != "MANIFEST.sha256")
    sums = [f"{_sum_of(folder / name)}  {name}" for name in names]
    (folder / "MANIFEST.sha256").write_text("\n".join(sums) + "\n", encoding="utf-8")
    return len(names)


def _sum_of(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def zipped(folder: Path, path: Path) -> None:
    """The folder as a zip; its times say nothing, so the same month gives the same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for file in sorted(folder.iterdir()):
            info = zipfile.ZipInfo(f"{path.stem}/{file.name}", (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            info.file_size = file.stat().st_size
            with open(file, "rb") as whole, out.open(info, "w") as packed:
                shutil.copyfileobj(whole, packed, 1 << 20)
