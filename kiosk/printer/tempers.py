"""What can be the matter with the virtual printer, and the tempers that printers are known to have (pure).

A fault is something that happens to a printer; a temper is how it was built: it answers half of the questions, talks
without being asked, takes one connection, has a small buffer. Both are switched in the same way.
"""

from dataclasses import dataclass
from typing import Any

BUFFER_BYTES = 256 * 1024
EVERY = (1, 2, 3, 4)
ASB_WELL, ASB_NEAR_END = b"\x14\x00\x00\x0f", b"\x14\x00\x03\x0f"
"""Automatic status, four bytes that nobody asked for: all well; paper runs low."""


@dataclass(slots=True)
class Faults:
    """What is wrong with the printer just now, and how it was built."""

    paper_out: bool = False
    near_end: bool = False
    cover_open: bool = False
    cutter: bool = False
    hot: bool = False
    offline: bool = False
    mute: bool = False
    garbled: bool = False
    doubled: bool = False
    refuse: bool = False
    """No line to it: unplugged, or no device at all; a line that is open breaks."""
    power_off: bool = False
    """The same, and what it had in its buffer is gone."""
    no_process_id: bool = False
    die_after: int = 0
    bytes_a_second: int = 0
    """0: as fast as the line."""
    answers: tuple[int, ...] | list[int] = EVERY
    """To which DLE EOT it has an answer."""
    mute_after: int = 0
    """It falls silent after so many answers."""
    mute_when_stopped: bool = False
    """It says nothing while it cannot print."""
    asb: bool = False
    """It tells its status unasked: when the line opens, and behind every answer."""
    greeting: str = ""
    """What it says when the line opens, in Latin 1."""
    single: bool = False
    """It refuses a connection while it has one, and for half a second after."""
    buffer_bytes: int = BUFFER_BYTES
    zeros: bool = False
    """It answers 00 to everything."""
    says_offline: bool = False
    """It says "offline" for ever, and prints."""
    near_end_flickers: bool = False
    """The near-end sensor sits on its edge."""
    asleep_s: float = 0.0
    """It wakes up so long after the next question, once."""
    echo_late_s: float = 0.0
    """It echoes a job so long after its end."""

    @property
    def stopped(self) -> bool:
        """Whether it cannot print now."""
        return self.paper_out or self.cover_open or self.cutter or self.hot or self.offline

    @property
    def gone(self) -> bool:
        """Whether nobody can talk to it."""
        return self.refuse or self.power_off

    @property
    def silent(self) -> bool:
        """Whether it says nothing now."""
        return self.mute or (self.mute_when_stopped and self.stopped)

    def status(self, n: int) -> bytes:
        """The answer to DLE EOT n; none if it has none."""
        if n not in self.answers:
            return b""
        if self.zeros:
            return b"\x00"
        bits = 0x12
        if n == 1 and (self.stopped or self.says_offline):
            bits |= 0x08
        if n == 2:
            bits |= (0x04 if self.cover_open else 0) | (0x20 if self.paper_out else 0)
        if n == 3:
            bits |= (0x08 if self.cutter else 0) | (0x40 if self.hot else 0)
        if n == 4:
            near = self.near_end or self.paper_out
            bits |= (0x0C if near else 0) | (0x60 if self.paper_out else 0)
            if self.near_end_flickers:
                self.near_end = not self.near_end
        said = bytes((0xA5 ^ n if self.garbled else bits,))
        return said * 2 if self.doubled else said

    def unasked(self) -> bytes:
        """Status bytes that nobody asked for."""
        return (ASB_NEAR_END if self.near_end else ASB_WELL) if self.asb else b""


TEMPERS: dict[str, dict[str, Any]] = {
    "slow": {"bytes_a_second": 2_000},
    "mute after yes": {"mute_after": 6},
    "mute when it cannot print": {"mute_when_stopped": True},
    "partial": {"answers": [1, 4], "no_process_id": True},
    "answers one question": {"answers": [1], "no_process_id": True},
    "echo alone": {"answers": []},
    "unasked status": {"asb": True},
    "greets": {"greeting": "Ready\r\n\x11"},
    "one connection": {"single": True},
    "buffer of 4 kB": {"buffer_bytes": 4_096},
    "answers 00": {"zeros": True},
    "wakes late": {"asleep_s": 2.5},
    "late echo": {"echo_late_s": 1.1},
    "sensor on its edge": {"near_end_flickers": True},
    "offline for ever": {"says_offline": True},
}
"""By name; `onedoor printer --temper NAME` is born with it."""
