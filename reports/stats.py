"""Exact statistics over whole seconds (pure). An empty set has no mean: the value is None."""

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from fractions import Fraction

DIGITS = 6


def rounded(value: Fraction | int | None) -> float | None:
    """A fraction as published: six decimals."""
    return None if value is None else round(float(value), DIGITS)


def ratio(numerator: int, denominator: int) -> Fraction | None:
    """A share; None when there is nothing to take a share of."""
    return Fraction(numerator, denominator) if denominator else None


def mean(values: Sequence[int]) -> Fraction | None:
    """The arithmetic mean."""
    return ratio(sum(values), len(values))


def percentile(values: Iterable[int], percent: int) -> int | None:
    """Nearest rank: element k = ceil(p n) of the sorted values, counting from 1. A value somebody had.

    In integers, k = (P n + 99) // 100: with floats 0.55 x 100 is more than 55.
    """
    ordered = sorted(values)
    return ordered[(percent * len(ordered) + 99) // 100 - 1] if ordered else None


def gini(values: Sequence[Fraction | int]) -> Fraction | None:
    """Mean difference of all ordered pairs over twice the mean; all zero: 0; none: None.

    Sum |wi - wj| / (2 n^2 mean) = sum (2 i - n - 1) w(i) / (n sum w), i from 1 over sorted values.
    """
    n, total = len(values), sum(values)
    if not n:
        return None
    if total == 0:
        return Fraction(0)
    weighted = sum((2 * i - n - 1) * w for i, w in enumerate(sorted(values), 1))
    return Fraction(weighted) / (n * total)


def overtakes(legs: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """(pairs, inversions) of (entry, first call): different entry; the later entry called earlier."""
    by_entry: dict[int, list[int]] = {}
    for entry, call in legs:
        by_entry.setdefault(entry, []).append(call)
    pairs = inversions = 0
    earlier: list[int] = []
    for entry in sorted(by_entry):
        calls = by_entry[entry]
        pairs += len(calls) * len(earlier)
        inversions += sum(len(earlier) - bisect_right(earlier, call) for call in calls)
        for call in calls:
            insort(earlier, call)
    return pairs, inversions


def area(spans: Iterable[tuple[int, int]], window: tuple[int, int]) -> int:
    """Area under the number present in the window, from its +1/-1 steps (not from the spans' sum)."""
    steps: dict[int, int] = {}
    for a, b in spans:
        begin, end = max(a, window[0]), min(b, window[1])
        if begin < end:
            steps[begin] = steps.get(begin, 0) + 1
            steps[end] = steps.get(end, 0) - 1
    total = level = 0
    last = window[0]
    for t in sorted(steps):
        total += level * (t - last)
        level, last = level + steps[t], t
    return total
