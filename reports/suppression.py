"""What of the facts may be published: no figure of fewer than five people, in no table of any format (pure).

Policy. Hiding happens once, in the data, before anything is written; so no format can forget it. A cell of fewer than
five people is hidden, and with it the next smallest ones of its table until at least five people are hidden: else the
whole minus what is shown would tell their waits. The same holds for each duration of a cell that is shown: ten visits
of which three waited show no wait. And of two tables that were drawn from the same people, no cell is shown that leaves
less than five out of a cell of the other. Source: complementary cell suppression, as in A. Hundepool et al.,
Statistical Disclosure Control (2012), chapter 4. What several reports of overlapping periods tell together is beyond
this: an office publishes whole months.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from msgspec import structs

from reports.facts import LEAST_SHOWN, Counts, Facts, Group, group_of_key, key_of, n

DURATIONS = ("waits", "last_waits", "open_waits", "missed", "left", "expired", "services", "to_next", "walks", "holds")
"""The fields of a group that tell how long something took."""
PLACES = frozenset({"queue", "counter"})
"""Facets in which whoever came counts, with a first leg or a later one."""


@dataclass(frozen=True, slots=True)
class Published:
    """Facts of which only what may be shown is left, and how many cells of each facet are hidden."""

    facts: Facts
    hidden: dict[str, int] = field(default_factory=dict)


def published_facts(facts: Facts, *, head: bool) -> Published:
    """What of these facts may be published; for the center's head with figures of single counters."""
    cells: dict[str, dict[str, tuple[Group, Group]]] = {}
    for key in facts.groups:
        facet, value, _ = group_of_key(key)
        cells.setdefault(facet, {})[value] = facts.group(facet, value, 1), facts.group(facet, value, 2)
    hidden = {}
    for facet, mine in cells.items():
        if facet == "all":
            continue
        if facet == "counter" and not head:
            mine.clear()
            continue
        people = {value: people_of(facet, *groups) for value, groups in mine.items()}
        # Who was never at a counter is no secret to the head, whose own log it is.
        of = {value: many for value, many in people.items() if value} if facet == "counter" else people
        small = too_small(of, nameless=("",)) | ({""} & mine.keys())
        hidden[facet] = len(small - {""})
        gone = [mine.pop(value) for value in small]
        cells[facet] = dict(zip(mine, _without_few(list(mine.values()), gone), strict=True))
    _mind_other_tables(cells)
    groups = {
        key_of(facet, value, leg): group
        for facet, mine in cells.items()
        for value, both in mine.items()
        for leg, group in zip((1, 2), both, strict=True)
        if key_of(facet, value, leg) in facts.groups
    }
    return Published(structs.replace(facts, groups=groups), hidden)


def people_of(facet: str, first: Group, later: Group) -> int:
    """How many people a cell is made of."""
    return first.legs + later.legs if facet in PLACES else first.legs or later.legs


def too_small(people: Mapping[str, int], nameless: Iterable[str] = ()) -> set[str]:
    """Which cells of one table are hidden. `nameless`: those that are in no table anyway."""
    hidden = {value for value, many in people.items() if many < LEAST_SHOWN or value in nameless}
    among = sorted((value for value in people if value not in hidden), key=lambda value: (people[value], value))
    while among and 0 < sum(people[value] for value in hidden) < LEAST_SHOWN:
        hidden.add(among.pop(0))
    return hidden


def _without_few(cells: list[tuple[Group, Group]], gone: list[tuple[Group, Group]]) -> list[tuple[Group, Group]]:
    """The same cells without durations that fewer than five people had, and without those that would give them away,
    or what is hidden of `gone`.
    """
    for leg in (0, 1):
        for name in DURATIONS:
            counts = {str(i): n(getattr(both[leg], name)) for i, both in enumerate(cells)}
            hidden = {f"gone {i}": n(getattr(both[leg], name)) for i, both in enumerate(gone)}
            few = too_small({i: many for i, many in (counts | hidden).items() if many}, nameless=hidden)
            cells = [
                _put(both, leg, structs.replace(both[leg], **{name: {}})) if str(i) in few else both
                for i, both in enumerate(cells)
            ]
    return cells


def _put(both: tuple[Group, Group], leg: int, group: Group) -> tuple[Group, Group]:
    return (group, both[1]) if leg == 0 else (both[0], group)


def _mind_other_tables(cells: dict[str, dict[str, tuple[Group, Group]]]) -> None:
    """Hide durations of a cell that are all but a few of another table's cell."""
    for name in ("waits", "services"):
        known = [(facet, value, leg, getattr(both[leg], name)) for facet, value, leg, both in _each(cells)]
        known = sorted((one for one in known if one[3]), key=lambda one: n(one[3]))
        for i, (facet, value, leg, counts) in enumerate(known):
            for other, _, _, larger in known[i + 1 :]:
                left = n(larger) - n(counts)
                if left >= LEAST_SHOWN:
                    break
                if facet not in (other, "all") and left and _holds(larger, counts):
                    both = cells[facet][value]
                    cells[facet][value] = _put(both, leg, structs.replace(both[leg], **{name: {}}))
                    break


def _each(cells: dict[str, dict[str, tuple[Group, Group]]]) -> Iterator[tuple[str, str, int, tuple[Group, Group]]]:
    return (
        (facet, value, leg, both) for facet, mine in cells.items() for value, both in mine.items() for leg in (0, 1)
    )


def _holds(larger: Counts, counts: Counts) -> bool:
    """Whether all of these values may be among those."""
    get: Callable[[int, int], int] = larger.get
    return all(get(value, 0) >= many for value, many in counts.items())
