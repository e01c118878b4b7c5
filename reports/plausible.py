"""Would a log that was made up, or whose times were moved afterwards, look like this? (pure)

Policy. These are findings and never verdicts: a careful forger keeps every one of them, and nothing here changes what
is proved. What they say is where to look first: the row, and why. A check that has raised its hand on a single one of
the honest simulated days is not a finding but stands under "for a look" (`LOOKS`); the rates are in docs/proved.md and
held by `python -m simulation plausible DAYS`.

A row happens before it is received (within its own error); rows are received in the order of the log; a box's rows are
gapless, and its monotonic clock does not run backwards; in one boot the clock of a box and the hall's run side by side,
but for crystals and waiting (500 millionths and 5 s); starts of a hub are counted upwards; every number ends with paper
or with the reason why not; and times have noise.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from onedoor.hall.door_facts import place_of_row
from onedoor.hall.events import HUB
from onedoor.wire.rows import LogRow

APART_MS = 5_000
DRIFT = 500e-6
NOISE_LEAST = 60
"""Of fewer rows nothing is said about their noise."""
ROUND_SHARE = 0.5
PAPER_ENDS = {"printed", "print_failed", "print_unknown"}


@dataclass(frozen=True, slots=True)
class Finding:
    """Where to look, and why."""

    hub_seq: int
    check: str
    why: str


LOOKS = ("no paper", "round times")
"""Checks that are for a look only: an honest log may have them."""


@dataclass(slots=True)
class Findings:
    """What a log has raised, as it is read row by row."""

    stretch: int = 0
    received_ms: int = -1
    start: tuple[int, int] = (0, 0)
    runs: dict[tuple[str, str], tuple[int, int, str]] = field(default_factory=dict)
    boots: dict[tuple[str, str, int, int, int], tuple[int, int, int]] = field(default_factory=dict)
    back: set[tuple[str, str]] = field(default_factory=set)
    """Runs whose last row was behind one before it."""
    open: dict[str, int] = field(default_factory=dict)
    waits: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    ends: Tally[int] = field(default_factory=Tally)
    steps: set[int] = field(default_factory=set)

    def take(self, row: LogRow) -> Iterator[Finding]:
        """The next row; what is odd about it."""
        if row.kind == "stretch_began":
            self.stretch, self.received_ms = row.body["stretch"], -1
        yield from self._received(row)
        if row.dev != HUB:
            yield from self._box(row)
            yield from self._beside(row)
            self.ends[row.t_event % 1_000] += 1
        elif row.kind == "fact_refused":  # it stands in the place of a box's row
            dev, run, seq = place_of_row(row.body["row"])
            _, mono, boot = self.runs.get((dev, run), (0, 0, ""))
            self.runs[dev, run] = seq, mono, boot
        yield from self._papers(row)

    def _received(self, row: LogRow) -> Iterator[Finding]:
        here = row.stretch == self.stretch
        if here and row.quality != "C" and row.t_event > row.t_recv + row.err_ms:
            yield Finding(
                row.hub_seq, "before it happened", f"received {row.t_event - row.t_recv} ms before it happened"
            )
        if row.t_recv < self.received_ms:
            yield Finding(
                row.hub_seq, "order of receipt", f"received {self.received_ms - row.t_recv} ms before the row before it"
            )
        self.received_ms = max(self.received_ms, row.t_recv)
        start = row.epoch, row.incarnation
        if start < self.start:
            yield Finding(
                row.hub_seq, "starts", f"of start {start[0]}.{start[1]}, and {self.start[0]}.{self.start[1]} had begun"
            )
        self.start = max(self.start, start)

    def _box(self, row: LogRow) -> Iterator[Finding]:
        """A box's own numbers and its own clock."""
        last = self.runs.get((row.dev, row.run))
        if row.seq != (last[0] + 1 if last else 1):
            yield Finding(
                row.hub_seq, "gap", f"row {row.seq} of {row.dev} follows row {last[0] if last else 0} of its run"
            )
        back = last is not None and last[2] == row.boot and row.mono < last[1]
        if last and back:
            # One absurd row is a box's mistake, and happens; a clock that stays behind is another's.
            if (row.dev, row.run) in self.back:
                why = f"the clock of {row.dev} ran {last[1] - row.mono} ms backwards"
                yield Finding(row.hub_seq, "box's clock", why)
            self.back.add((row.dev, row.run))
            self.runs[row.dev, row.run] = row.seq, last[1], row.boot
            return
        self.back.discard((row.dev, row.run))
        self.runs[row.dev, row.run] = row.seq, row.mono, row.boot

    def _beside(self, row: LogRow) -> Iterator[Finding]:
        """Two rows of one boot: as far apart by the box's clock as by the hall's, but for crystals and waiting."""
        if row.quality != "B" or row.stretch != self.stretch:
            return
        key = row.dev, row.boot, row.epoch, row.incarnation, row.stretch
        last = self.boots.get(key)
        self.boots[key] = row.mono, row.t_event, row.err_ms
        if last is None or row.mono < last[0]:
            return
        own, hall = row.mono - last[0], row.t_event - last[1]
        room = row.err_ms + last[2] + APART_MS + own * DRIFT
        if abs(own - hall) > room:
            yield Finding(
                row.hub_seq, "two clocks", f"{hall} ms after its last row by the hall's clock, {own} by {row.dev}'s own"
            )

    def _papers(self, row: LogRow) -> Iterator[Finding]:
        """A number without any word about its paper, though its kiosk has written its next start since."""
        ticket = str(row.body.get("ticket", ""))
        if row.kind == "issued":
            self.open[f"{row.dev}.{row.run}.{row.seq}"] = row.hub_seq
        elif row.kind in PAPER_ENDS:
            self.open.pop(ticket, None)
        elif row.kind == "booted":
            begun = [
                one
                for one in self.open
                if one.startswith(f"{row.dev}.") and not one.startswith(f"{row.dev}.{row.run}.")
            ]
            self.waits[row.dev, row.run] = begun
        elif row.kind in ("counter_opened", "center_closed"):
            for key, begun in list(self.waits.items()):
                for one in begun:
                    if (hub_seq := self.open.pop(one, None)) is not None:
                        yield Finding(hub_seq, "no paper", f"nothing says what became of the paper of {one}")
                del self.waits[key]

    def over(self) -> Iterator[Finding]:
        """What only the whole tells."""
        total = sum(self.ends.values())
        whole = sum(n for end, n in self.ends.items() if end % 100 == 0)
        if total >= NOISE_LEAST and whole > total * ROUND_SHARE:
            yield Finding(0, "round times", f"{whole} of {total} rows of boxes happened at whole tenths of a second")


def findings(rows: Iterable[LogRow]) -> Iterator[Finding]:
    """What to look at in a log, in its order."""
    found = Findings()
    for row in rows:
        yield from found.take(row)
    yield from found.over()
