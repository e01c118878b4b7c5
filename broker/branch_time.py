"""When rows happened that were put aside, told so that another log can read it (pure).

Policy. A branch's hub counted hall time in stretches of its own, of which the log that won knows nothing. Center time
says the same everywhere: so where the branch knew it in the end, its rows are handed on by it, as those of a box that
knew the time by itself; elsewhere the number of the stretch stays, and the date of its rows unknown. What was put
aside stays as it is: it is evidence.
"""

from collections.abc import Iterable, Mapping

from msgspec import structs

from onedoor.hall import events as ev
from onedoor.wire.rows import LogRow

ABOUT_TIME = frozenset({"stretch_began", "time_known", "time_said", "time_withdrawn"})
"""The kinds of rows that are needed for it."""


def known_offsets(words: Iterable[ev.Event]) -> dict[int, int]:
    """What is to be added to hall time of each stretch that begins among these words, to have center time; those that
    are not known in the end are not there.
    """
    found: dict[int, int | None] = {}
    for word in words:
        match word:
            case ev.StretchBegan():
                found[word.stretch] = None
            case ev.TimeKnown() if word.stretch in found:
                found[word.stretch] = word.center_ms - word.hall_ms
            case ev.TimeSaid() | ev.TimeWithdrawn() if word.stretch in found:
                found[word.stretch] = None
            case _:
                pass
    return {stretch: moved_ms for stretch, moved_ms in found.items() if moved_ms is not None}


def by_center_time(row: LogRow, offsets: Mapping[int, int]) -> LogRow:
    """A row of a branch as another log can read it."""
    moved_ms = offsets.get(row.stretch)
    if moved_ms is None:
        return row
    quality = "A" if row.quality == "B" else row.quality
    return structs.replace(row, t_event=row.t_event + moved_ms, stretch=0, quality=quality)
