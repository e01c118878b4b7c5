"""Where everybody with a number went: a line that must add up, or rows are missing (pure).

Policy. The left side is counted from the rows that gave numbers, the right side from the visits as they were folded; so
the line can fail. Walk-ins have no number and stand apart. A visit is counted once, by how its last leg ended.
"""

from collections import Counter as Tally
from collections.abc import Mapping

from reports.legs import Leg
from reports.measures import by_visit
from reports.steps import Day

FATES = ("finished", "unfinished", "no_show", "left", "expired", "here")
APART = ("void", "left_out")
ISSUED = "issued"


def fates_of(legs: list[Leg], day: Day) -> dict[str, int]:
    """How many visits with a number ended in each way on a day, and how many are in no figure."""
    found = Tally(f"fate/{_fate(mine[-1])}" for mine in by_visit(legs) if not mine[0].walk_in)
    found["fate/left_out"] = sum(any(step.e == "issue" for step in steps) for steps in day.unused.values())
    return {name: many for name, many in found.items() if many}


def _fate(last: Leg) -> str:
    if last.outcome == "served":
        return "unfinished" if last.note == "incomplete" else "finished"
    return last.outcome or "here"


def balance(tally: Mapping[str, int]) -> dict[str, int]:
    """Numbers given = finished + unfinished + did not come + left + still waiting at closing time (expired) + still
    here + void (given again, nobody has the paper) + left out (clock, paper or date not known). Each visit once, by how
    its last leg ended; without walk-ins. `difference` is not 0 where rows are missing, or a visit's number was given on
    another day than its first step.
    """
    parts = {name: tally.get(f"fate/{name}", 0) for name in (*FATES, *APART)}
    issued = tally.get(ISSUED, 0)
    return {ISSUED: issued, **parts, "difference": issued - sum(parts.values())}
