"""What a re-timed or invented log has that no honest one has; and that these are findings, not verdicts."""

import pytest
from msgspec import structs
from simulation.happenings import play
from torture.bits import a_log

from reports.plausible import LOOKS, Findings, findings
from reports.plausible_app import main_findings
from reports.source import export


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return a_log(tmp_path_factory.mktemp("log"), 400)


def checks(rows):
    return [found.check for found in findings(rows)]


@pytest.mark.parametrize("seed", [2, 7, 12])
def test_honest_days_with_every_fault_raise_no_finding(seed):
    """Nine hundred of them: python -m simulation plausible 900."""
    assert set(checks(play(seed).leader().disk.log)) <= set(LOOKS)


def at(log, kind, n=5):
    return [i for i, row in enumerate(log) if row.kind == kind][n]


def changed(log, i, **new):
    return [*log[:i], structs.replace(log[i], **new), *log[i + 1 :]]


def test_each_trace_of_another_hand_is_named_with_its_row(log):
    assert set(checks(log)) <= set(LOOKS)
    i = at(log, "issued")
    row = log[i]
    lies = {
        "before it happened": changed(log, i, t_event=row.t_recv + row.err_ms + 60_000),
        "order of receipt": changed(log, i, t_recv=row.t_recv - 3_600_000),
        "starts": changed(log, i, incarnation=row.incarnation - 1),
        "gap": [*log[:i], *log[i + 1 :]],
        "box's clock": [
            structs.replace(r, mono=r.mono // 2) if i <= n < i + 12 and r.dev == row.dev else r
            for n, r in enumerate(log)
        ],
        "two clocks": changed(log, i, t_event=row.t_event - 3_600_000),
    }
    for check, rows in lies.items():
        found = [one for one in findings(rows) if one.check == check]
        assert found, check
        assert abs(found[0].hub_seq - row.hub_seq) <= 12, check


def test_times_without_noise_and_numbers_without_paper_are_for_a_look(log):
    assert "round times" in checks([structs.replace(row, t_event=row.t_event // 1000 * 1000) for row in log])
    seen = Findings()
    lost = [row for row in log if row.kind not in ("printed", "print_failed", "print_unknown")]
    i = at(lost, "issued", 0)
    again = structs.replace(lost[i], kind="booted", run="f" * 16, seq=1, body={"software": "x"})
    told = [one for row in [lost[i], again, lost[at(lost, "counter_opened", 0)]] for one in seen.take(row)]
    assert "no paper" in [one.check for one in told] and set(LOOKS) == {"no paper", "round times"}


def test_the_command_names_rows_and_accuses_nobody(log, tmp_path, capsys):
    i = at(log, "issued")
    export(iter(changed(log, i, t_event=log[i].t_recv + 60_000)), tmp_path / "log.jsonl")
    assert main_findings([str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert f"row {log[i].hub_seq}: before it happened" in told and "they are no verdict" in told
    assert main_findings([str(tmp_path / "nothing")]) == 2
