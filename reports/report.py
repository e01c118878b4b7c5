"""A report: facts put into words, in one language, for one kind of reader (pure).

Policy. The data-honesty banner comes first and is made of the same facts. Every figure stands beside its standard or
beside nothing. Groups of fewer than five people are not published; figures of single counters, which are figures of
single clerks, go to the head alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from onedoor.look.texts import LANGUAGES, date
from reports import indicators as ind
from reports.banner import banner_of
from reports.dates import NO_PERIOD, weekday
from reports.facts import LEAST_SHOWN, Facts, Group, mean, n, nine_of_ten, percentile, plus
from reports.integrity_page import begun_in_time, integrity_sheet
from reports.model import Ask, Bars, Figure, Profile, Report, Sheet
from reports.stats import wilson
from reports.suppression import Published, published_facts
from reports.words import NONE, count, duration, minutes, number, percent, share

FIRST_SHEET = 8
"""So many services fit on the first sheet; the busiest are on it."""
STANDARD_SHARE = 0.8
"""Of first legs called within the standard: what most administrations with a published standard ask for."""


TITLES = {
    "day": "Waiting and service: day",
    "week": "Waiting and service: week",
    "month": "Waiting and service: month",
    "year": "Waiting and service: year",
    "range": "Waiting and service",
}


def report_of(facts: Facts, ask: Ask) -> Report:
    """The report of these facts."""
    banner = tuple(banner_of(facts, ask))
    states = [item.state for item in banner]
    nobody = facts.group().legs == 0
    shown = published_facts(facts, head=ask.head)
    return Report(
        title=ask.say(TITLES[ask.period.kind]),
        center=ask.center,
        period=_period(ask),
        lang=ask.lang,
        honest="bad" if "bad" in states else "warn" if "warn" in states or nobody else "good",
        banner=banner,
        headline=tuple(_headline(facts, ask)),
        figures=tuple(_figures(facts, ask)),
        profile=_profile(shown.facts, ask),
        time_goes=_time_goes(facts, ask),
        sheets=tuple(_sheets(shown, ask)),
        details=tuple(_details(shown, ask)),
        foot=tuple(_foot(ask)),
        integrity=integrity_sheet(facts, ask),
        empty=ask.say("Nobody came in this time, or the log does not have it.") if nobody else "",
    )


def _period(ask: Ask) -> str:
    if ask.period == NO_PERIOD:
        return NONE
    first, last = date(ask.period.first, ask.lang), date(ask.period.last, ask.lang)
    if ask.period.kind == "month":
        year, month = ask.period.first.split("-")[:2]
        return f"{year}年{int(month)}月" if ask.lang == "zh" else f"{month}/{year}"
    if ask.period.kind == "year":
        return ask.period.first[:4]
    return first if first == last else f"{first} {NONE} {last}"


# -- figures


def within(facts: Facts, ask: Ask) -> tuple[int, int]:
    """(within, of): first legs called within the standard of their own service; sums of what each service has."""
    found = [
        ind.service_level(facts.group("service", s), ask.standards.get(s, ask.standard_s))
        for s in facts.values("service")
    ]
    return sum(level["within"] for level in found), sum(level["den"] for level in found)


def _headline(facts: Facts, ask: Ask) -> Iterator[Figure]:
    lang, t, first = ask.lang, ask.say, facts.group()
    good, of = within(facts, ask)
    reached = good / of if of else None
    state = (
        "" if reached is None else "weak" if _too_little(facts, of) else "good" if reached >= STANDARD_SHARE else "bad"
    )
    standards = {ask.standards.get(s, ask.standard_s) for s in facts.values("service")} or {ask.standard_s}
    limit = minutes(lang, standards.pop()) if len(standards) == 1 else t("the standard of the service")
    yield Figure(t("Visits"), count(lang, first.legs), t("{} days", count(lang, len(facts.days))))
    yield Figure(
        t("Called within {}", limit), percent(lang, reached, 1) if of >= LEAST_SHOWN else NONE,
        _beside(facts, ask, good, of), state,
    )  # fmt: skip
    yield Figure(t("Half waited at most"), duration(lang, percentile(first.waits, 50)), t("median"))
    high = nine_of_ten(first.waits)
    longest = t("longest {}", duration(lang, max(first.waits, default=None)))
    yield Figure(t("Nine of ten waited at most"), duration(lang, high), longest)


LEAST_TO_JUDGE = 30
"""Of fewer people a share is neither good nor bad."""


def _too_little(facts: Facts, of: int) -> bool:
    """Whether too little is left of a period for its figures to be called good or bad: few people, or less than half of
    the opening time, or of the people, that should be in them.
    """
    h = facts.honesty
    gone = h.poor_clock + h.undated + h.paper_unknown + sum(h.dropped.values())
    lost_s = h.hub_out_s + sum(h.silent.values())
    return of < LEAST_TO_JUDGE or gone > h.visits or (h.expected_s > 0 and lost_s * 2 > h.expected_s)


def _beside(facts: Facts, ask: Ask, good: int, of: int) -> str:
    """What stands below the share called in time: its interval, of how many, what is asked for, and begun in time."""
    t, lang = ask.say, ask.lang
    told = t("asked for: {}; begun in time: {}", percent(lang, STANDARD_SHARE), begun_in_time(facts, ask))
    interval = wilson(good, of)
    if interval is None or of < LEAST_SHOWN:
        return told
    low, high = (number(lang, bound * 100, 1) for bound in interval)
    return t("{} to {} %, of {}", low, high, count(lang, of)) + "; " + told


def _figures(facts: Facts, ask: Ask) -> Iterator[Figure]:
    lang, t, first, later = ask.lang, ask.say, facts.group(leg=1), facts.group(leg=2)
    figures = ind.compute(facts, ask.standard_s)
    gone, beside = figures["abandonment"], ind.further(facts)
    yield Figure(t("Mean wait"), duration(lang, figures["wait_first"]["mean"]), _open_hours(facts, ask))
    services = plus(first.services, later.services)
    yield Figure(
        t("Mean service"), duration(lang, _known(mean(services))), t("{} ended by hand", count(lang, n(services)))
    )
    yield Figure(
        t("Time in the center"), duration(lang, figures["time_in_system"]["mean"]),
        t("{} visits completed", count(lang, figures["time_in_system"]["n"])),
    )  # fmt: skip
    yield Figure(
        t("Did not come when called"), share(lang, gone["no_show"], first.called, 1), count(lang, gone["no_show"])
    )
    not_served = t("{} left, {} at closing time", count(lang, gone["left"]), count(lang, gone["expired"]))
    yield Figure(t("Not served"), count(lang, gone["left"] + gone["expired"]), not_served)
    yield Figure(
        t("Counters busy"), percent(lang, figures["occupancy_all"]),
        t("{} served an hour", number(lang, figures["throughput_legs_per_open_hour"], 1)),
    )  # fmt: skip
    changes = beside["order_changes"]
    reasons = ", ".join(f"{t(CAUSES.get(cause, cause))} {count(lang, of['n'])}" for cause, of in changes.items())
    yield Figure(t("Called out of order"), count(lang, sum(of["n"] for of in changes.values())), reasons)
    told = beside["feedback"]
    rate = t("{} answered: {}", percent(lang, told["response_rate"]), count(lang, told["answers"]))
    yield Figure(t("Satisfied"), percent(lang, told["satisfied"] if told["answers"] >= LEAST_SHOWN else None), rate)


def _open_hours(facts: Facts, ask: Ask) -> str:
    value = ind.wait_open_hours(facts.group())["mean"]
    return ask.say("{} in opening hours", duration(ask.lang, value)) if value is not None else ""


def _known(value: Any) -> float | None:
    return None if value is None else float(value)


CAUSES = {
    "priority": "priority class", "appointment": "appointment", "transferred_first": "sent on first",
    "out_of_order": "clerk's choice", "parked": "came back", "returned": "missed and back", "guard": "waited too long",
    "rule": "rule",
}  # fmt: skip


def _profile(facts: Facts, ask: Ask) -> Profile:
    days = max(1, len(facts.days))
    halves = sorted({*facts.arrivals, *(half for half, s in facts.opened.items() if s)})
    found = []
    for half in range(halves[0], halves[-1] + 1) if halves else ():
        waits = facts.group("half", str(half)).waits
        average = mean(waits) if n(waits) >= LEAST_SHOWN else None
        opened = facts.opened.get(half, 0) / 1800 / days
        wait_min = None if average is None else float(average) / 60
        found.append((ind.half_hour(half), facts.arrivals.get(half, 0) / days, opened, wait_min))
    worst = ind.worst_half_hour(facts)
    told = ""
    if worst["half_hour"]:
        told = ask.say("The worst half hour begins at {}: {} on the average", worst["half_hour"],
                       duration(ask.lang, worst["mean"]))  # fmt: skip
    return Profile(tuple(found), told)


def _time_goes(facts: Facts, ask: Ask) -> Bars:
    spent = ind.where_time_goes(facts)
    whole = sum(spent.values()) or 1
    names = {
        "wait_s": "waiting in line",
        "walk_s": "on the way to the counter",
        "service_s": "being served",
        "hold_s": "asked to come back",
    }
    visits = max(1, facts.group().legs)
    return Bars(
        ask.say("Where a visit's time goes"),
        tuple((ask.say(names[k]), s / whole, duration(ask.lang, s / visits)) for k, s in spent.items()),
    )


# -- tables


def _row(facts: Facts, ask: Ask, facet: str, value: str, standard_s: int | None) -> tuple[str, ...]:
    """One group's figures."""
    first, later = ind.legs_at(facts, facet, value)
    people = first.legs or later.legs
    waits = first.waits if n(first.waits) >= LEAST_SHOWN else plus(first.waits, later.waits)
    group = Group(waits=waits, left=first.left, expired=first.expired)
    level = ind.service_level(group, standard_s or ask.standard_s)
    services = plus(first.services, later.services)
    lang = ask.lang
    return (
        count(lang, people),
        share(lang, level["within"], level["den"]),
        duration(lang, percentile(waits, 50)),
        duration(lang, nine_of_ten(waits)),
        duration(lang, _known(mean(services)) if n(services) >= LEAST_SHOWN else None),
    )


def _sheet(
    shown: Published,
    ask: Ask,
    facet: str,
    title: str,
    name: Callable[[str], str],
    standards: dict[str, int] | None = None,
) -> Sheet:
    rows = [
        (name(value), *_row(shown.facts, ask, facet, value, (standards or {}).get(value)))
        for value in shown.facts.values(facet)
    ]
    small = shown.hidden.get(facet, 0)
    t = ask.say
    heads = (t(title), t("people"), t("in time"), t("half within"), t("9 of 10 within"), t("service"))
    told = t("{} groups are not shown: fewer than five people, or they would tell of such", small) if small else ""
    return Sheet(t(title), heads, tuple(rows), told)


def _sheets(shown: Published, ask: Ask) -> Iterator[Sheet]:
    facts = shown.facts
    whole = _sheet(shown, ask, "service", "Service", lambda s: ask.names.get(s, s), ask.standards)
    busiest = sorted(facts.values("service"), key=lambda s: -facts.group("service", s).legs)[:FIRST_SHEET]
    names = {ask.names.get(s, s) for s in busiest}
    rows = tuple(row for row in whole.rows if row[0] in names)
    more = len(whole.rows) - len(rows)
    yield replace(
        whole, rows=rows, small=ask.say("the busiest services; {} more on the next page", more) if more else whole.small
    )


def _details(shown: Published, ask: Ask) -> Iterator[Sheet]:
    lang, t, facts = ask.lang, ask.say, shown.facts
    if len(facts.values("service")) > FIRST_SHEET:
        yield _sheet(shown, ask, "service", "Service", lambda s: ask.names.get(s, s), ask.standards)
    if len(facts.values("center")) > 1:
        yield _sheet(shown, ask, "center", "Center", lambda c: c)
    if ask.ministries:
        yield _ministries(facts, ask)
    yield _sheet(shown, ask, "queue", "Queue", lambda q: ask.names.get(q, q))
    classes = {"N": t("ordinary"), "P": t("priority class")}
    yield _sheet(shown, ask, "class", "Class", lambda c: classes.get(c, c))
    yield _sheet(shown, ask, "lang", "Language", lambda code: LANGUAGES.get(code, code))
    intents = {"submit": t("hand something in"), "ask": t("ask"), "collect": t("collect")}
    yield _sheet(shown, ask, "intent", "Purpose", lambda i: intents.get(i, i))
    if ask.head:
        yield _sheet(shown, ask, "counter", "Counter", lambda c: c)
    yield _by_weekday(facts, ask)
    unfinished = ind.incomplete(facts)
    rows = tuple((t(INCOMPLETE.get(k, k)), count(lang, many)) for k, many in unfinished["reasons"].items())
    yield Sheet(t("Ended unfinished"), (t("reason"), t("people")), rows)
    patience = ind.patience(facts.group())
    rows = tuple(
        (key.replace("min", t("minutes")), percent(lang, share, 1)) for key, share in patience["gave_up"].items()
    )
    yield Sheet(t("Would have given up after waiting"), (t("after"), t("share")), rows)
    if facts.anomalies and ask.head:
        yield Sheet(t("Listed and left out"), (t("what"),), tuple((a,) for a in facts.anomalies[:40]))


INCOMPLETE = {
    "paper_missing": "a paper was missing", "wrong_office": "wrong office",
    "official_absent": "the official was absent", "system_down": "the system was down",
}  # fmt: skip


def _ministries(facts: Facts, ask: Ask) -> Sheet:
    """Services added up by the ministry that owns them."""
    t, lang = ask.say, ask.lang
    owners: dict[str, list[str]] = {}
    for service in facts.values("service"):
        owners.setdefault(ask.ministries.get(service, NONE), []).append(service)
    rows = []
    for owner, services in sorted(owners.items()):
        groups = [facts.group("service", s) for s in services]
        waits = plus(*(group.waits for group in groups))
        levels = [
            ind.service_level(g, ask.standards.get(s, ask.standard_s)) for s, g in zip(services, groups, strict=True)
        ]
        den = sum(level["den"] for level in levels)
        rows.append(
            (
                owner, count(lang, sum(group.legs for group in groups)),
                share(lang, sum(level["within"] for level in levels), den),
                duration(lang, percentile(waits, 50)),
                duration(lang, nine_of_ten(waits)),
            )
        )  # fmt: skip
    heads = (t("Ministry"), t("people"), t("in time"), t("half within"), t("9 of 10 within"))
    return Sheet(t("Ministry"), heads, tuple(rows))


DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _by_weekday(facts: Facts, ask: Ask) -> Sheet:
    t, lang = ask.say, ask.lang
    rows = []
    for i, name in enumerate(DAYS):
        group = facts.groups.get(f"weekday/{i}/1")
        if group is None:
            continue
        level = ind.service_level(group, ask.standard_s)
        days = sum(weekday(day) == i for day in facts.days)
        rows.append(
            (
                t(name), number(lang, group.legs / max(1, days), 1),
                share(lang, level["within"], level["den"]),
                duration(lang, percentile(group.waits, 50)),
                duration(lang, nine_of_ten(group.waits)),
            )
        )  # fmt: skip
    heads = (t("Weekday"), t("people a day"), t("in time"), t("half within"), t("9 of 10 within"))
    return Sheet(t("Weekday"), heads, tuple(rows))


def _foot(ask: Ask) -> Iterator[str]:
    t, lang = ask.say, ask.lang
    yield t(
        "Wait: from the ticket to the first call. Whole seconds; percentiles are values somebody had (nearest rank)."
    )
    yield t(
        "In time: called within the standard, of all called and those who gave up after longer. Who did not come when "
        "called in time counts as in time."
    )
    if ask.rows:
        yield t("From {} rows of the log.", count(lang, ask.rows)) + (f" {ask.head_hash[:16]}" if ask.head_hash else "")
    yield t(
        "Nobody has checked this page. Proved is only what somebody checks with the center's key and a closing slip."
    )
    yield t("Made by OneDoor Queue. Anyone with the log can compute every figure again: onedoor verify.")
