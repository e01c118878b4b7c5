"""Exact statistics over whole seconds (pure). An empty set has no mean: the value is None."""

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import sqrt
from typing import Any

DIGITS = 6


def rounded(value: Fraction | int | None) -> float | None:
    """A fraction as published: six decimals."""
    return None if value is None else round(float(value), DIGITS)


def ratio(numerator: int, denominator: int) -> Fraction | None:
    """A share; None when there is nothing to take a share of."""
    return Fraction(numerator, denominator) if denominator else None


Z_95 = 1.959963984540054
"""Of the normal distribution, 95 % lies within so many standard deviations."""


def wilson(numerator: int, denominator: int) -> tuple[float, float] | None:
    """The 95 % interval of a share; None when there is nothing to take a share of. Unlike the usual one it is never
    outside 0 to 1, and holds for few. Source: Wilson, J. Amer. Statist. Assoc. 22 (1927).
    """
    if not denominator:
        return None
    share, z2 = numerator / denominator, Z_95 * Z_95 / denominator
    middle, half = share + z2 / 2, Z_95 * sqrt((share * (1 - share) + z2 / 4) / denominator)
    return max(0.0, (middle - half) / (1 + z2)), min(1.0, (middle + half) / (1 + z2))


def mean(values: Sequence[int]) -> Fraction | None:
    """The arithmetic mean."""
    return ratio(sum(values), len(values))


def percentile(values: Iterable[int], percent: int) -> int | None:
    """Nearest rank: element k = ceil(p n) of the sorted values, counting from 1. A value somebody had.

    In integers, k = (P n + 99) // 100: with floats 0.55 x 100 is more than 55.
    """
    ordered = sorted(values)
    return ordered[(percent * len(ordered) + 99) // 100 - 1] if ordered else None


def gini(counts: Mapping[Any, int]) -> Fraction | None:
    """Mean difference of all ordered pairs over twice the mean; all zero: 0; none: None. `counts`: how often each
    value is.

    Sum |wi - wj| / (2 n^2 mean) = sum (2 i - n - 1) w(i) / (n sum w), i from 1 over sorted values; m equal
    values behind a smaller ones add m (2 a + m - n) w.
    """
    n, total = sum(counts.values()), sum((Fraction(v) * m for v, m in counts.items()), Fraction(0))
    if not n:
        return None
    if total == 0:
        return Fraction(0)
    weighted, smaller = Fraction(0), 0
    for value, many in sorted(counts.items()):
        weighted += many * (2 * smaller + many - n) * value
        smaller += many
    return weighted / (n * total)


def overtakes(legs: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """(pairs, inversions) of (entry, first call): different entry; the later entry called earlier."""
    pairs = inversions = 0
    earlier: list[int] = []
    same: list[int] = []
    last = None
    for entry, call in sorted(legs):
        if entry != last:
            for known in same:
                insort(earlier, known)
            same, last = [], entry
        pairs += len(earlier)
        inversions += len(earlier) - bisect_right(earlier, call)
        same.append(call)
    return pairs, inversions


def area(levels: Mapping[int, int], window: tuple[int, int]) -> int:
    """Area in the window under a number that changes at certain moments: `levels` has by how much."""
    begin, end = window
    total = level = 0
    last = begin
    for t in sorted(levels):
        at = begin if t < begin else end if t > end else t  # noqa: FURB136 - the quicker spelling
        total += level * (at - last)
        level += levels[t]
        last = at
    return total + level * (end - last)
