"""When did it happen? The time of a fact in center time, and how well it is known.

| quality | when                                  | time of the fact                    | error          |
| ------- | ------------------------------------- | ----------------------------------- | -------------- |
| B       | row and message from the same boot    | received - (mono now - mono of row) | last round trip |
| A       | the device knew the center's time     | its estimate                        | half its round trip + drift |
| C       | neither                               | received; bounded by its neighbors  | unknown        |
| D       | the hub itself has no trusted time    | as B or A, on a clock nobody trusts | unknown        |

No row is rewritten when more becomes known: a correction is a row of its own.
"""

from dataclasses import dataclass

UNKNOWN_ERR_MS = 2**40
"""The error of a time nobody can vouch for."""


@dataclass(frozen=True, slots=True)
class Dated:
    """Times in milliseconds since 1970: of the fact, and of its arrival; quality and error bound."""

    event_ms: int
    recv_ms: int
    quality: str
    err_ms: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a message tells about its sender's clock when it arrives at the hub."""

    recv_ms: int
    boot_id: str
    mono_now_ms: int
    rtt_ms: int = 0
    trusted: bool = True


def date(boot_id: str, mono_ms: int, hub_est_ms: int | None, arrival: Arrival) -> Dated:
    """Date one row by the message it came in."""
    if boot_id == arrival.boot_id and mono_ms <= arrival.mono_now_ms:
        event, quality, err = arrival.recv_ms - (arrival.mono_now_ms - mono_ms), "B", arrival.rtt_ms
    elif hub_est_ms is not None:
        event, quality, err = hub_est_ms, "A", 1000
    else:
        event, quality, err = arrival.recv_ms, "C", UNKNOWN_ERR_MS
    if not arrival.trusted and quality != "C":
        quality, err = "D", UNKNOWN_ERR_MS
    return Dated(event, arrival.recv_ms, quality, err)
