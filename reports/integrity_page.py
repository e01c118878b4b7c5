"""The integrity page of a report: signs that figures may have been helped, with what may be an honest reason (pure)."""

from collections.abc import Iterator

from reports.balance import APART, FATES, ISSUED, balance
from reports.facts import LEAST_SHOWN, Facts
from reports.indicators import presses
from reports.integrity import crowding, level_to_start, signs
from reports.model import Ask, Sheet
from reports.words import count, percent, share

WORDS = {
    "slow_start": ("Start more than 3 minutes after the call", "people who walk slowly, a START that was pressed late"),
    "told_late": ("Starts told late", "papers were looked at first, and START pressed when there was time"),
    "short_service": ("Services under 20 seconds", "one question, or one paper handed over"),
    "quick_no_show": ("No-show within 20 seconds of the call", "everybody can see that nobody is waiting"),
    "before_start": ("Sent on or asked back before a start", "the wrong queue, or a paper was missing"),
    "never_called": ("Never called", "closing time, or people who went away"),
    "walk_in": ("Served without a number", "ill or old people, people from another office"),
    "crowding": ("Called in the last minute of the standard", "about half of these two minutes is chance"),
    "presses": ("Answers beyond one a visit", "several people come together"),
}
"""Each sign, as a reader sees it, and what may be an honest reason."""


def begun_in_time(facts: Facts, ask: Ask) -> str:
    """The level to START, which stands beside the published level to the first call."""
    level = level_to_start(facts.integrity, ask.standards, ask.standard_s)
    return percent(ask.lang, level["value"] if (level["den"] or 0) >= LEAST_SHOWN else None, 1)


def integrity_sheet(facts: Facts, ask: Ask) -> Sheet:
    """Each sign as count, of how many, share, and for the head by counter."""
    t, rows = ask.say, []
    for sign, seen, of, by in _all_signs(facts, ask):
        name, honest = WORDS[sign]
        part = share(ask.lang, seen, of, 1) if of >= LEAST_SHOWN else ""
        where = [_where(ask, by)] if ask.head else []
        rows.append((t(name), count(ask.lang, seen), count(ask.lang, of), part, *where, t(honest)))
    level = level_to_start(facts.integrity, ask.standards, ask.standard_s)
    rows.append(_unknown(facts, ask, int(level["unknown"] or 0)))
    heads = [t("Sign"), t("count"), t("of"), t("share"), *([t("Counters")] if ask.head else []), t("May be honest:")]
    told = t("A sign accuses nobody. Look at the counter, and ask.") + _adds_up(facts, ask)
    return Sheet(t("Signs that figures may have been helped"), tuple(heads), tuple(rows), told)


def _adds_up(facts: Facts, ask: Ask) -> str:
    """Where everybody with a number went; nothing of a table of another system, which does not say who got one."""
    line = balance(facts.tally)
    if not line[ISSUED]:
        return ""
    parts = [line[ISSUED], *(line[name] for name in FATES), sum(line[name] for name in APART)]
    return " " + ask.say(ADDS_UP, *(count(ask.lang, many) for many in parts))


ADDS_UP = (
    "Numbers given: {} = {} finished + {} unfinished + {} did not come + {} left + {} at closing time + {} still here"
    " + {} in no figure."
)


def _unknown(facts: Facts, ask: Ask, unknown: int) -> tuple[str, ...]:
    """Visits that are not in the level to START, because nobody knows on which side of the standard they are."""
    t, of = ask.say, facts.group().legs
    part = share(ask.lang, unknown, of, 1) if of >= LEAST_SHOWN else ""
    empty = [""] if ask.head else []
    name, honest = t("Begun in time or not: nobody knows"), t("START was not pressed, or pressed late")
    return name, count(ask.lang, unknown), count(ask.lang, of), part, *empty, honest


def _all_signs(facts: Facts, ask: Ask) -> Iterator[tuple[str, int, int, dict[str, tuple[int, int]]]]:
    yield from signs(facts.integrity)
    services = facts.values("service")
    pairs = [crowding(facts.group("service", s).waits, ask.standards.get(s, ask.standard_s)) for s in services]
    yield "crowding", sum(before for before, _ in pairs), sum(around for _, around in pairs), {}
    yield "presses", *presses(facts), {}


def _where(ask: Ask, by: dict[str, tuple[int, int]]) -> str:
    """The counters at which it was seen, most often first."""
    found = sorted(((seen, of, c) for c, (seen, of) in by.items() if seen), key=lambda one: (-one[0], one[2]))
    return ", ".join(f"{c}: {count(ask.lang, seen)}/{count(ask.lang, of)}" for seen, of, c in found)
