"""Rules taken out of the product's own source, one at a time: its tests must notice each.

    python -m torture.edits [WORD ...]        (in tests/; only those whose name has one of the words)

Where the simulation cannot take a rule out by patching (`simulation.mutants`, `test_card_mutants`), a line or two of a copy of the
tree are changed, and the tests that are named run on it. A change that does not fit the source any more is an error: it would
find nothing.
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Edit:
    """A rule, where it stands, what becomes of it, and the tests that have to fail then."""

    name: str
    path: str
    old: str
    new: str
    tests: str


EDITS = (
    Edit("a worker that died stays dead", "onedoor/device/worker.py",
         "died = self._thread is not None\n            self._try_to_begin()\n", "died = self._thread is not None\n",
         "test_workers.py"),
    Edit("the watchdog's word does not cover workers", "onedoor/device/runner.py", " and self.workers.well():", ":",
         "test_workers.py test_runner.py"),
    Edit("a round of the runner has no bound", "onedoor/device/runner.py",
         "things >= ROUND_THINGS or self.clock.mono_ms() >= until", "False", "test_runner.py"),
    Edit("boxes have no budget", "broker/budget.py", "        if bucket.left < many:\n            return False\n", "",
         "test_doors.py test_broker_doors.py"),
    Edit("a folder that does not let us in is our own", "onedoor/device/card.py",
         " and os.access(folder, os.R_OK | os.X_OK)", "", "test_cards.py"),
    Edit("which answer is older follows from dates", "onedoor/hall/days.py",
         "return (stretch, at_ms) < (first.said_stretch, first.said_ms)", "return at_ms < first.said_ms",
         "test_breaks_nights.py"),
    Edit("a hub that says otherwise does not count against the one before", "onedoor/hall/words.py",
         " and (d.by != word.by or d.by == HUB_WORD)", " and d.by != word.by", "test_words.py"),
    Edit("silence is printed", "kiosk/printer/driver.py",
         "return Outcome(fault=self._silence(talk).fault, sent=True)", 'return Outcome("C", sent=True)', "test_tempers.py"),
    Edit("one answer that stays away is unlearned", "kiosk/printer/driver.py",
         "        return self._silence(talk) if answers is None else self._read(answers)\n\n    @staticmethod",
         "        if answers is None:\n            self._learn(Knows())\n            return Status(answered=False)\n"
         "        return self._read(answers)\n\n    @staticmethod", "test_tempers.py test_printer.py"),
    Edit("contacts are not debounced", "display/gestures.py", "OPEN_MS = 80\n", "OPEN_MS = 0\n", "test_gestures.py"),
    Edit("mock pins are taken silently", "onedoor/device/gpio.py", '_missing[:] = ["/dev/gpiochip0"]', "pass",
         "test_missing_devices.py"),
    Edit("a button pressed twice is two", "display/gestures.py", "        return not again\n", "        return True\n",
         "test_gestures.py"),
    Edit("small cells are shown", "reports/suppression.py", "if many < LEAST_SHOWN or value in nameless", "if value in nameless",
         "test_suppression.py"),
    Edit("one small cell is hidden alone", "reports/suppression.py",
         "while among and 0 < sum(people[value] for value in hidden) < LEAST_SHOWN:", "while False:", "test_suppression.py"),
)  # fmt: skip


def copied(to: Path) -> None:
    """The tree as it is committed and changed, without what git ignores."""
    names = (
        subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    )
    for name in filter(None, names):
        place = to / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes((ROOT / name).read_bytes())


def noticed(edit: Edit, tree: Path) -> str:
    """The first test that fails without the rule; "" if none does."""
    path = tree / edit.path
    source = path.read_text(encoding="utf-8")
    if source.count(edit.old) != 1:
        raise SystemExit(f"{edit.name}: does not fit {edit.path} any more")
    path.write_text(source.replace(edit.old, edit.new), encoding="utf-8")
    try:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *edit.tests.split()]
        # The copy goes before whatever is installed: else the tests would run on the tree that was not changed.
        here = os.environ | {"PYTHONPATH": f"{tree}{os.pathsep}{tree / 'tests'}"}
        told = subprocess.run(
            command, cwd=tree / "tests", env=here, capture_output=True, text=True, timeout=600, check=False
        )
    finally:
        path.write_text(source, encoding="utf-8")
    failed = [line for line in told.stdout.splitlines() if line.startswith(("FAILED ", "ERROR ")) and "::" in line]
    return failed[0].split(" - ")[0].split(" ", 1)[1] if failed else ""


def main() -> int:
    wanted = [edit for edit in EDITS if not sys.argv[1:] or any(word in edit.name for word in sys.argv[1:])]
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        copied(Path(folder))
        for edit in wanted:
            found = noticed(edit, Path(folder))
            missed += not found
            print(f"{edit.name}: {found or 'NOT NOTICED'}", flush=True)
    print(f"{len(wanted)} rules taken out, {missed} not noticed")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
