"""When did it happen? The time of a fact in hall time, and how well it is known.

| quality | when                                   | time of the fact                     | error               |
| ------- | -------------------------------------- | ------------------------------------ | ------------------- |
| B       | row and message are of the same boot   | received - (mono now - mono of row)  | last round trip     |
| A       | the box had heard the hub in that boot | its stretch, and hall time in it     | half its round trip |
| A       | the box knew the time by itself        | center time (stretch 0)              | its clock's         |
| C       | neither                                | the beginning of the box's present   | unknown             |
|         |                                        | boot: it was before that, and not    |                     |
|         |                                        | before the box's floor               |                     |

A stretch that nobody ever dates leaves the date of its rows unknown (D), and their differences exact. Logs of before
there were stretches have rows of quality D of their own: dated by a clock that nobody trusted.

No row is rewritten when more becomes known: a word about time is a row of its own.
"""

from dataclasses import dataclass

UNKNOWN_ERR_MS = 2**40
"""The error of a time nobody can vouch for."""
FLOOR_ONLY = -1
"""In place of a stretch: the box knew no time, only what it surely was not before."""
ROUND_TRIP_MS = 1_000
"""A time that a box knew may be ahead of its receipt by so little without being absurd."""
UNDATED_MS = 20 * 365 * 24 * 3_600_000
"""Where moments cannot be compared, nothing that a box reports is further away than this."""
OLDEST_MS = 60 * 24 * 3_600_000
"""Nothing that a box reports is older than this."""


@dataclass(frozen=True, slots=True)
class Dated:
    """Times in milliseconds since 1970: of the fact, in hall time of its `stretch` (0: center time), and of its
    arrival, in hall time of the present one; quality and error bound. `low_ms`: center time that it was surely not
    before, if that is all that is known.
    """

    event_ms: int
    recv_ms: int
    quality: str
    err_ms: int
    stretch: int = 0
    low_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a message tells about its sender's clock when it arrives at the hub: hall time in the present `stretch`; its
    offset to center time, None while that is not known.
    """

    recv_ms: int
    boot_id: str
    mono_now_ms: int
    rtt_ms: int = 0
    stretch: int = 0
    offset_ms: int | None = 0


def date(boot_id: str, mono_ms: int, est_ms: int | None, est_stretch: int, arrival: Arrival) -> Dated:
    """Date one row by the message it came in. `est_ms`: what the box believed, in `est_stretch`: hall time of that
    stretch, center time by its own word (0), or its floor (-1).

    What cannot be (after its receipt, or two months old) is not believed: the row is dated by what is left.
    """
    recv = arrival.recv_ms
    if boot_id == arrival.boot_id and 0 <= arrival.mono_now_ms - mono_ms <= OLDEST_MS:
        return Dated(recv - (arrival.mono_now_ms - mono_ms), recv, "B", arrival.rtt_ms, arrival.stretch)
    if est_ms is not None and est_stretch != FLOOR_ONLY and _can_be(est_ms, est_stretch, arrival):
        return Dated(est_ms, recv, "A", ROUND_TRIP_MS, est_stretch)
    low = est_ms if est_stretch == FLOOR_ONLY and est_ms is not None and _can_be(est_ms, 0, arrival) else 0
    # An earlier boot is over when this one begins: so who came in it stands before who came in this one.
    since_ms = arrival.mono_now_ms if 0 <= arrival.mono_now_ms <= OLDEST_MS and boot_id != arrival.boot_id else 0
    return Dated(recv - since_ms, recv, "C", UNKNOWN_ERR_MS, arrival.stretch, low)


def _can_be(est_ms: int, stretch: int, arrival: Arrival) -> bool:
    """Whether a fact can have happened then. Hall times of two stretches cannot be compared; center times only if the
    center's time is known.
    """
    if stretch == arrival.stretch:
        now_ms = arrival.recv_ms
    elif stretch == 0 and arrival.offset_ms is not None:
        now_ms = arrival.recv_ms + arrival.offset_ms
    elif 0 <= stretch < arrival.stretch or arrival.stretch == 0:
        # How long the hub was off nobody knows, and a new hub may be behind the one before; but no box is so old.
        return abs(est_ms - arrival.recv_ms) <= UNDATED_MS
    else:
        return False
    return now_ms - OLDEST_MS <= est_ms <= now_ms + ROUND_TRIP_MS
