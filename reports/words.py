"""Numbers, durations and shares as people in each language write them (pure)."""

from onedoor.look.texts import COMMAS, money, say
from reports.stats import wilson

NONE = "\u2013"


def number(lang: str, value: float | None, digits: int = 0) -> str:
    """A number: 1.234,5 in Lao, 1,234.5 in English; a dash for none."""
    if value is None:
        return NONE
    text = f"{value:,.{digits}f}"
    return text if lang in COMMAS else text.translate(str.maketrans(",.", ".,"))


def percent(lang: str, share: float | None, digits: int = 0) -> str:
    """A share of one in percent."""
    if share is None:
        return NONE
    return f"{number(lang, share * 100, digits)} %" if lang != "zh" else f"{number(lang, share * 100, digits)}%"


LEAST_FOR_SHARE = 5
"""A share of fewer is no share, but a few people."""


def share(lang: str, numerator: int, denominator: int, digits: int = 0) -> str:
    """A share in percent with its 95 % interval, 84 % (79\u201388); a dash if it is one of fewer than five."""
    interval = wilson(numerator, denominator)
    if interval is None or denominator < LEAST_FOR_SHARE:
        return NONE
    low, high = (number(lang, bound * 100, digits) for bound in interval)
    return f"{percent(lang, numerator / denominator, digits)} ({low}{NONE}{high})"


def duration(lang: str, seconds: float | None) -> str:
    """Seconds as people say them: to the minute from ten minutes on, with hours from a hundred minutes on."""
    if seconds is None:
        return NONE
    whole = round(seconds)
    if whole < 60:
        return say(lang, "{} s").format(whole)
    if whole < 600:
        return say(lang, "{} min {} s").format(whole // 60, whole % 60) if whole % 60 else minutes(lang, whole)
    return minutes(lang, whole)


def minutes(lang: str, seconds: int) -> str:
    """Seconds to the nearest minute."""
    whole = (seconds + 30) // 60
    if whole < 100:
        return say(lang, "{} min").format(whole)
    return say(lang, "{} h {} min").format(whole // 60, whole % 60)


def count(lang: str, value: int) -> str:
    """A whole number."""
    return money(value, lang)
