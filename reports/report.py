"""A report: facts put into words, in one language, for one kind of reader (pure).

Policy. The data-honesty banner comes first and is made of the same facts. Every figure stands beside its standard or
beside nothing. Groups of fewer than five people are not published; figures of single counters, which are figures of
single clerks, go to the head alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from onedoor.look.texts import LANGUAGES, date, say
from reports import indicators as ind
from reports.dates import Period, weekday
from reports.facts import LEAST_SHOWN, Facts, Group, mean, n, percentile, plus, total_of
from reports.tables import Kind
from reports.words import NONE, count, duration, minutes, number, percent

FIRST_SHEET = 8
"""So many services fit on the first sheet; the busiest are on it."""
STANDARD_SHARE = 0.8
"""Of first legs called within the standard: what most administrations with a published standard ask for."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for. `names`, `ministries`, `standards`: of each service; `head`: the reader is the center's head."""

    lang: str
    period: Period
    center: str
    standard_s: int = 25 * 60
    head: bool = False
    names: dict[str, str] = field(default_factory=dict)
    ministries: dict[str, str] = field(default_factory=dict)
    standards: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    missing: int = 0
    head_hash: str = ""

    def say(self, text: str, *values: object) -> str:
        """A text in the reader's language."""
        told = say(self.lang, text)
        return told.format(*values) if values else told


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what it is, its value in words, what stands small below it, and whether it is good, bad or neither."""

    name: str
    value: str
    note: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of a report: its title, the names of its columns, its rows; `small`: how many groups were not shown."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    small: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """A share of a whole each: name, share of one, what is written beside it."""

    title: str
    parts: tuple[tuple[str, float, str], ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """The day by half hours: beginning, people who came on a mean day, counters open on the mean, mean wait in minutes."""

    halves: tuple[tuple[str, float, float, float | None], ...]
    worst: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A report, ready to be put on a page, a screen or a terminal."""

    title: str
    center: str
    period: str
    lang: str
    honest: str
    """good, warn or bad: how far the data can be trusted."""
    banner: tuple[Figure, ...]
    headline: tuple[Figure, ...]
    figures: tuple[Figure, ...]
    profile: Profile
    time_goes: Bars
    sheets: tuple[Sheet, ...]
    details: tuple[Sheet, ...]
    foot: tuple[str, ...]
    empty: str = ""


def report_of(facts: Facts, ask: Ask) -> Report:
    """The report of these facts."""
    titles = {"day": "Waiting and service: day", "week": "Waiting and service: week", "month": "Waiting and service: month",
              "year": "Waiting and service: year", "range": "Waiting and service"}  # fmt: skip
    banner = tuple(banner_of(facts, ask))
    states = [item.state for item in banner]
    nobody = facts.group().legs == 0
    return Report(
        title=ask.say(titles[ask.period.kind]),
        center=ask.center,
        period=_period(ask),
        lang=ask.lang,
        honest="bad" if "bad" in states else "warn" if "warn" in states else "good",
        banner=banner,
        headline=tuple(_headline(facts, ask)),
        figures=tuple(_figures(facts, ask)),
        profile=_profile(facts, ask),
        time_goes=_time_goes(facts, ask),
        sheets=tuple(_sheets(facts, ask)),
        details=tuple(_details(facts, ask)),
        foot=tuple(_foot(facts, ask)),
        empty=ask.say("Nobody came in this time, or the log does not have it.") if nobody else "",
    )


def _period(ask: Ask) -> str:
    first, last = date(ask.period.first, ask.lang), date(ask.period.last, ask.lang)
    if ask.period.kind == "month":
        year, month = ask.period.first.split("-")[:2]
        return f"{year}年{int(month)}月" if ask.lang == "zh" else f"{month}/{year}"
    if ask.period.kind == "year":
        return ask.period.first[:4]
    return first if first == last else f"{first} – {last}"


# -- the banner


def banner_of(facts: Facts, ask: Ask) -> Iterator[Figure]:
    """The data-honesty banner: each thing that casts doubt on the figures, with its minutes and counts."""
    h, lang, t = facts.honesty, ask.lang, ask.say
    share = h.complete / h.visits if h.visits else None
    state = "" if share is None else "good" if share >= 0.95 else "warn" if share >= 0.8 else "bad"
    note = t("{} of {} visits have every step", count(lang, h.complete), count(lang, h.visits))
    yield Figure(t("Data complete"), percent(lang, share, 1), note, state)
    if ask.missing:
        yield Figure(t("Rows gone from the log"), count(lang, ask.missing), t("the figures cannot be trusted"), "bad")
    if h.doubtful_days:
        yield Figure(
            t("Doubtful days"), count(lang, h.doubtful_days), t("who came and who left do not add up: rows are missing"), "bad"
        )
    if h.hub_out_s:
        yield Figure(t("Without the hub"), minutes(lang, h.hub_out_s), t("of the opening time"), "warn")
    alone = sum(h.alone.values())
    if alone:
        spent = ", ".join(f"{box} {minutes(lang, s)}" for box, s in sorted(h.alone_s.items())) or NONE
        yield Figure(t("Tickets given without the hub"), count(lang, alone), spent, "warn")
    if h.local_calls:
        yield Figure(t("Calls made without the hub"), count(lang, h.local_calls), "", "warn")
    if h.printer_s or h.not_printed:
        spent = ", ".join(f"{box} {minutes(lang, s)}" for box, s in sorted(h.printer_s.items())) or NONE
        note = t("{} tickets without paper", count(lang, sum(h.not_printed.values())))
        yield Figure(t("Printer could not print"), spent, note, "warn")
    yield from _clocks(facts, ask)
    if h.auto_ended:
        yield Figure(t("Ended by the next call"), count(lang, h.auto_ended), t("their service times are shown apart"), "warn")
    if h.forgotten:
        yield Figure(t("Ends that were forgotten"), count(lang, h.forgotten), t("longer than four hours: left out"), "warn")
    if h.paper_unknown:
        yield Figure(t("Paper unknown and nobody came"), count(lang, h.paper_unknown), t("left out"), "warn")
    if h.misfits or h.overlaps:
        yield Figure(t("Rows that somebody must look at"), count(lang, h.misfits + h.overlaps), t("not reviewed"), "warn")


def _clocks(facts: Facts, ask: Ask) -> Iterator[Figure]:
    h, lang, t = facts.honesty, ask.lang, ask.say
    if h.poor_clock:
        yield Figure(t("Tickets of unknown time"), count(lang, h.poor_clock), t("left out of every figure"), "warn")
    unvouched = h.quality.get("D", 0)
    if unvouched:
        yield Figure(t("Rows dated by a clock nobody vouches for"), count(lang, unvouched), "", "warn")
    if h.clock_steps:
        moved = ", ".join(f"{box} {duration(lang, s)}" for box, s in sorted(h.clock_step_s.items()))
        yield Figure(t("Clocks that were wrong"), count(lang, sum(h.clock_steps.values())), moved, "warn")
    if h.negative:
        yield Figure(t("Waits below zero"), count(lang, h.negative), t("a clock fault: left out"), "bad")


# -- figures


def within(facts: Facts, ask: Ask) -> tuple[int, int]:
    """(within, of): first legs called within the standard of their own service; sums of what each service has."""
    found = [
        ind.service_level(facts.group("service", s), ask.standards.get(s, ask.standard_s)) for s in facts.values("service")
    ]
    return sum(level["within"] for level in found), sum(level["den"] for level in found)


def _headline(facts: Facts, ask: Ask) -> Iterator[Figure]:
    lang, t, first = ask.lang, ask.say, facts.group()
    good, of = within(facts, ask)
    share = good / of if of else None
    state = "" if share is None else "good" if share >= STANDARD_SHARE else "bad"
    standards = {ask.standards.get(s, ask.standard_s) for s in facts.values("service")} or {ask.standard_s}
    limit = minutes(lang, standards.pop()) if len(standards) == 1 else t("the standard of the service")
    yield Figure(t("Visits"), count(lang, first.legs), t("{} days", count(lang, len(facts.days))))
    yield Figure(
        t("Called within {}", limit), percent(lang, share, 1), t("asked for: {}", percent(lang, STANDARD_SHARE)), state
    )
    yield Figure(t("Half waited at most"), duration(lang, percentile(first.waits, 50)), t("median"))
    high = percentile(first.waits, 90) if n(first.waits) >= 10 else None
    longest = t("longest {}", duration(lang, max(first.waits, default=None)))
    yield Figure(t("Nine of ten waited at most"), duration(lang, high), longest)


def _figures(facts: Facts, ask: Ask) -> Iterator[Figure]:
    lang, t, first, later = ask.lang, ask.say, facts.group(leg=1), facts.group(leg=2)
    figures = ind.compute(facts, ask.standard_s)
    gone, beside = figures["abandonment"], ind.further(facts)
    yield Figure(t("Mean wait"), duration(lang, figures["wait_first"]["mean"]), _open_hours(facts, ask))
    services = plus(first.services, later.services)
    yield Figure(t("Mean service"), duration(lang, _known(mean(services))), t("{} ended by hand", count(lang, n(services))))
    yield Figure(
        t("Time in the center"), duration(lang, figures["time_in_system"]["mean"]),
        t("{} visits completed", count(lang, figures["time_in_system"]["n"])),
    )  # fmt: skip
    yield Figure(
        t("Did not come when called"), percent(lang, gone["no_show_rate_of_called"], 1), count(lang, gone["no_show"])
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
    names = {"wait_s": "waiting in line", "walk_s": "on the way to the counter", "service_s": "being served", "hold_s": "asked to come back"}
    visits = max(1, facts.group().legs)
    return Bars(
        ask.say("Where a visit's time goes"),
        tuple((ask.say(names[k]), s / whole, duration(ask.lang, s / visits)) for k, s in spent.items()),
    )


# -- tables


def _row(facts: Facts, ask: Ask, facet: str, value: str, standard_s: int | None) -> tuple[str, ...] | None:
    """One group's figures; None: it is too small to be shown."""
    first, later = facts.group(facet, value, 1), facts.group(facet, value, 2)
    people = first.legs or later.legs
    if people < LEAST_SHOWN:
        return None
    waits = first.waits if n(first.waits) >= LEAST_SHOWN else plus(first.waits, later.waits)
    group = Group(waits=waits, left=first.left, expired=first.expired)
    level = ind.service_level(group, standard_s or ask.standard_s)
    services = plus(first.services, later.services)
    lang = ask.lang
    return (
        count(lang, people),
        percent(lang, level["within"] / level["den"] if level["den"] else None),
        duration(lang, percentile(waits, 50)),
        duration(lang, percentile(waits, 90) if n(waits) >= 10 else None),
        duration(lang, _known(mean(services)) if n(services) >= LEAST_SHOWN else None),
    )


def _sheet(
    facts: Facts, ask: Ask, facet: str, title: str, name: Callable[[str], str], standards: dict[str, int] | None = None
) -> Sheet:
    rows, small = [], 0
    for value in facts.values(facet):
        if not value:
            continue
        row = _row(facts, ask, facet, value, (standards or {}).get(value))
        small += row is None
        rows += [(name(value), *row)] if row else []
    t = ask.say
    heads = (t(title), t("people"), t("in time"), t("half within"), t("9 of 10 within"), t("service"))
    told = t("{} groups of fewer than five people are not shown", small) if small else ""
    return Sheet(t(title), heads, tuple(rows), told)


def _sheets(facts: Facts, ask: Ask) -> Iterator[Sheet]:
    whole = _sheet(facts, ask, "service", "Service", lambda s: ask.names.get(s, s), ask.standards)
    busiest = sorted(facts.values("service"), key=lambda s: -facts.group("service", s).legs)[:FIRST_SHEET]
    names = {ask.names.get(s, s) for s in busiest}
    rows = tuple(row for row in whole.rows if row[0] in names)
    more = len(whole.rows) - len(rows)
    yield replace(whole, rows=rows, small=ask.say("the busiest services; {} more on the next page", more) if more else whole.small)


def _details(facts: Facts, ask: Ask) -> Iterator[Sheet]:
    lang, t = ask.lang, ask.say
    if len(facts.values("service")) > FIRST_SHEET:
        yield _sheet(facts, ask, "service", "Service", lambda s: ask.names.get(s, s), ask.standards)
    if ask.ministries:
        yield _ministries(facts, ask)
    yield _sheet(facts, ask, "queue", "Queue", lambda q: ask.names.get(q, q))
    classes = {"N": t("ordinary"), "P": t("priority class")}
    yield _sheet(facts, ask, "class", "Class", lambda c: classes.get(c, c))
    yield _sheet(facts, ask, "lang", "Language", lambda code: LANGUAGES.get(code, code))
    intents = {"submit": t("hand something in"), "ask": t("ask"), "collect": t("collect")}
    yield _sheet(facts, ask, "intent", "Purpose", lambda i: intents.get(i, i))
    if ask.head:
        yield _sheet(facts, ask, "counter", "Counter", lambda c: c)
    yield _by_weekday(facts, ask)
    unfinished = ind.incomplete(facts)
    rows = tuple((t(INCOMPLETE.get(k, k)), count(lang, many)) for k, many in unfinished["reasons"].items())
    yield Sheet(t("Ended unfinished"), (t("reason"), t("people")), rows)
    patience = ind.patience(facts.group())
    rows = tuple((key.replace("min", t("minutes")), percent(lang, share, 1)) for key, share in patience["gave_up"].items())
    yield Sheet(t("Would have given up after waiting"), (t("after"), t("share")), rows)
    if facts.anomalies:
        yield Sheet(t("Listed and left out"), (t("what"),), tuple((a,) for a in facts.anomalies[:40]))


INCOMPLETE = {
    "paper_missing": "a paper was missing", "wrong_office": "wrong office", "official_absent": "the official was absent",
    "system_down": "the system was down",
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
        levels = [ind.service_level(g, ask.standards.get(s, ask.standard_s)) for s, g in zip(services, groups, strict=True)]
        den = sum(level["den"] for level in levels)
        if sum(group.legs for group in groups) < LEAST_SHOWN:
            continue
        rows.append(
            (
                owner, count(lang, sum(group.legs for group in groups)),
                percent(lang, sum(level["within"] for level in levels) / den if den else None),
                duration(lang, percentile(waits, 50)),
                duration(lang, percentile(waits, 90) if n(waits) >= 10 else None),
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
        if group is None or group.legs < LEAST_SHOWN:
            continue
        level = ind.service_level(group, ask.standard_s)
        days = sum(weekday(day) == i for day in facts.days)
        rows.append(
            (
                t(name), number(lang, group.legs / max(1, days), 1),
                percent(lang, level["within"] / level["den"] if level["den"] else None),
                duration(lang, percentile(group.waits, 50)),
                duration(lang, percentile(group.waits, 90) if n(group.waits) >= 10 else None),
            )
        )  # fmt: skip
    heads = (t("Weekday"), t("people a day"), t("in time"), t("half within"), t("9 of 10 within"))
    return Sheet(t("Weekday"), heads, tuple(rows))


def _foot(facts: Facts, ask: Ask) -> Iterator[str]:
    t, lang = ask.say, ask.lang
    yield t("Wait: from the ticket to the first call. Whole seconds; percentiles are values somebody had (nearest rank).")
    yield t(
        "In time: called within the standard, of all called and those who gave up after longer. Who did not come when "
        "called in time counts as in time."
    )
    if ask.rows:
        yield t("From {} rows of the log.", count(lang, ask.rows)) + (f" {ask.head_hash[:16]}" if ask.head_hash else "")
    yield t("Made by OneDoor Queue. Anyone with the log can compute every figure again: onedoor verify.")


# -- the figures as a table


FIGURE_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("center", "text"), ("first_day", "day"), ("last_day", "day"), ("facet", "text"), ("group", "text"),
    ("indicator", "text"), ("value", "number"), ("unit", "text"), ("of", "whole"),
)  # fmt: skip


def figure_rows(facts: Facts, ask: Ask) -> Iterator[tuple[str, str, str, float | None, str, int]]:
    """Every published figure as (facet, group, indicator, value, unit, of how many); small groups are left out."""
    facets = ["all", "service", "queue", "class", "lang", "intent", "half", "weekday"] + (["counter"] if ask.head else [])
    for facet in facets:
        for value in facts.values(facet):
            first, later = facts.group(facet, value, 1), facts.group(facet, value, 2)
            if facet != "all" and max(first.legs, later.legs) < LEAST_SHOWN:
                continue
            standard_s = ask.standards.get(value, ask.standard_s) if facet == "service" else ask.standard_s
            for name, figure, unit, of in _group_figures(first, later, standard_s):
                yield facet, ind.half_hour(int(value)) if facet == "half" else value, name, figure, unit, of
    honesty = facts.honesty
    for name in ("visits", "complete", "poor_clock", "hub_out_s", "auto_ended", "negative", "misfits", "doubtful_days"):
        yield "honesty", "", name, getattr(honesty, name), "s" if name.endswith("_s") else "", honesty.visits


def _group_figures(first: Group, later: Group, standard_s: int) -> Iterator[tuple[str, float | None, str, int]]:
    waits, services = first.waits, plus(first.services, later.services)
    level, gone = ind.service_level(first, standard_s), ind.abandonment(first)
    yield "visits", first.legs, "", first.legs
    yield "legs", first.legs + later.legs, "", first.legs + later.legs
    yield "wait_mean", _rounded(mean(waits)), "s", n(waits)
    for p in (50, 80, 90):
        yield f"wait_p{p}", percentile(waits, p) if p < 90 or n(waits) >= 10 else None, "s", n(waits)
    yield "wait_max", max(waits, default=None), "s", n(waits)
    yield "wait_open_hours_mean", _rounded(mean(first.open_waits)), "s", n(first.open_waits)
    yield "wait_last_call_mean", _rounded(mean(first.last_waits)), "s", n(first.last_waits)
    yield f"called_within_{standard_s}_s", level["value"], "share", level["den"]
    yield "no_show_share_of_called", gone["no_show_rate_of_called"], "share", n(waits)
    yield "left", gone["left"], "", first.legs
    yield "expired", gone["expired"], "", first.legs
    yield "service_mean", _rounded(mean(services)), "s", n(services)
    yield "service_p90", percentile(services, 90) if n(services) >= 10 else None, "s", n(services)
    yield "service_total", total_of(services), "s", n(services)


def _rounded(value: Any) -> float | None:
    return None if value is None else round(float(value), 6)
