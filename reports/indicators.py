"""The indicators: each function's docstring is its published definition.

All are made of day facts: counts of whole seconds that add up, so one day, a year and a province are computed by the
same lines. Intervals are half open [a, b). A window clips counter time, queue area and throughput; waits and service
times belong to whole tickets, by their day of issue. Ratios carry numerator and denominator; ratios are never
averaged.

How long something took: if both ends happened in one boot of one box, the difference of its monotonic clock; in one
stretch (one boot of the hub), the difference of hall time; in two stretches whose dates are known, the difference of
center time. Otherwise it is unknown: counted, and in no mean. A duration below zero, or longer than 16 hours (a
service: 4, a walk: 1), is listed, and in no mean, sum or share; nothing is set to zero or cut to fit. All stamps are
floored to whole seconds once, on reading.

A stretch is dated by the last word about it that was not withdrawn; a word dates the whole of it. A date that one
person said is shown and marked. Visits whose date nobody ever knew belong to no day: they are in no figure by date,
and shown apart (`undated`).
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from reports.facts import LEAST_SHOWN, Counts, Facts, Group, mean, merged, n, percentile, plus, total_of
from reports.integrity import crowding, level_to_start, signs, up_to
from reports.stats import gini, ratio, rounded
from reports.suppression import PLACES

Figures = dict[str, Any]


def wait_first(group: Group) -> Figures:
    """Wait of first legs: first call - issue. Recalls, no-shows and returns do not change it."""
    counts = group.waits
    return {
        "n": n(counts),
        "mean": rounded(mean(counts)),
        "max": max(counts, default=None),
        "p50": percentile(counts, 50),
        "p90": percentile(counts, 90),
    }


def wait_all_legs(facts: Facts) -> Figures:
    """Wait of all legs: first call - entry into the leg's queue."""
    return _short(plus(facts.group(leg=1).waits, facts.group(leg=2).waits))


def service_time(*groups: Group) -> Figures:
    """End - start - parked of served legs (asked to come back before the start is no part of it); start missing: from
    the last call. No-shows have none. A service that the next call ended, because nobody pressed END, is not in it; nor
    is one of more than four hours.
    """
    return _short(plus(*(group.services for group in groups)))


def told_late(facts: Facts) -> int:
    """Starts that were pressed only when the service was over: START more than 60 s after the last call (or the call
    back of somebody who had been asked to come later), and the next
    act (end, next, send on, park) within 5 s of it. Nobody knows how long such a person walked, or was served: both
    durations are in no mean, and these starts are counted.
    """
    return sum(facts.group(leg=leg).told_late for leg in (1, 2))


def service_to_next(*groups: Group) -> Figures:
    """The same of services that the next call ended: they hold the clerk's idle time too, so they are shown apart."""
    return _short(plus(*(group.to_next for group in groups)))


def walk_time(*groups: Group) -> Figures:
    """Start - last call: how long people need to the counter. Who was asked to come back before START walks from the
    call back.
    """
    return _short(plus(*(group.walks for group in groups)))


def hold_time(*groups: Group) -> Figures:
    """Time between being asked to come back later and being called again; neither wait nor service."""
    return _short(plus(*(group.holds for group in groups)))


def _short(counts: Counts) -> Figures:
    return {"n": n(counts), "mean": rounded(mean(counts)), "p90": percentile(counts, 90)}


def time_in_system(facts: Facts) -> Figures:
    """Last end - issue of completed visits (the last leg was served), walk-ins too, and the mean of their waits over
    all legs, of those who have a number and whose every wait is known and can be. Others are counted, not averaged; so
    are visits with a service that was forgotten (more than four hours) or a whole that cannot be.
    """
    return {
        "n": n(facts.stays), "mean": rounded(mean(facts.stays)), "total_wait_mean": rounded(mean(facts.visit_waits)),
    }  # fmt: skip


def wait_last_call(group: Group) -> Figures:
    """Wait of first legs up to the last `call`: it holds the second waiting time of those who came back after a
    no-show. Published beside the wait to the first call, never mixed with it.
    """
    return _short(group.last_waits)


def wait_open_hours(group: Group) -> Figures:
    """The part of first legs' waits inside the opening hours of the log's rules: a lunch closure is not in it. None
    where the center has not said when it is open. What the citizen lived through is the other one.
    """
    return _short(group.open_waits)


def patience(group: Group) -> Figures:
    """How long people wait before they give up: the Kaplan-Meier estimate of first legs, in seconds. Those who left
    uncalled gave up when they left; those who did not come when called had given up by then, and count at their call,
    which makes patience look longer, never shorter. Whoever was called and came, and whoever still waited at closing
    time, only shows that patience lasted so long. `median`: the first wait by which half would have given up; none if
    the estimate never falls so far. `gave_up`: by minutes 5, 10, 20, 40, 60, the share that would have given up.
    Source: Kaplan and Meier, J. Amer. Statist. Assoc. 53 (1958).
    """
    gave_up = plus(group.left, group.missed)
    at_risk, alive, median = n(group.waits) + n(group.left) + n(group.expired), Fraction(1), None
    shares: dict[str, float | None] = {}
    marks = [5 * 60, 10 * 60, 20 * 60, 40 * 60, 60 * 60]
    everybody = plus(group.waits, group.left, group.expired)
    for value in sorted(everybody):
        while marks and value > marks[0]:
            shares[f"{marks.pop(0) // 60} min"] = rounded(1 - alive)
        if value in gave_up:
            # An exact product of thousands of fractions grows without bound; thirty digits are kept.
            alive = (alive * (1 - Fraction(gave_up[value], at_risk))).limit_denominator(10**30)
        at_risk -= everybody[value]
        median = value if median is None and alive <= Fraction(1, 2) else median
    shares |= {f"{mark // 60} min": None for mark in marks}
    return {"n": n(everybody), "events": n(gave_up), "median": median, "gave_up": shares}


def service_level(group: Group, standard_s: int) -> Figures:
    """First legs called within T over all first legs called + those left or expired uncalled after more than T. A
    no-show called within T counts as within: the center kept its side.
    """
    within = up_to(group.waits, standard_s)
    gave_up = sum(
        many for counts in (group.left, group.expired) for value, many in counts.items() if value > standard_s
    )
    den = n(group.waits) + gave_up
    return {"within": within, "den": den, "value": rounded(ratio(within, den))}


def abandonment(group: Group) -> Figures:
    """(No-shows + left) over (issued - void - expired), first legs; and no-shows over called. A no-show is one whose
    final outcome is no-show. Who still waited when the center closed is expired; found out later (the next morning,
    or by a clerk who knows whose day it is), the wait was over at closing time of its own day, or at midnight where
    there are no hours or the person came after them. Who expired by a word that was wrong, and was restored, is one
    visit that waited on.
    """
    outcome = group.outcomes
    called = group.called
    gone = outcome.get("no_show", 0) + outcome.get("left", 0)
    return {
        "no_show": outcome.get("no_show", 0),
        "left": outcome.get("left", 0),
        "expired": outcome.get("expired", 0),
        "rate": rounded(ratio(gone, group.legs - outcome.get("expired", 0))),
        "no_show_rate_of_called": rounded(ratio(outcome.get("no_show", 0), called)),
    }


def counters(facts: Facts) -> dict[str, Figures]:
    """Seconds each counter was open, in pause, in break and busy, clipped to the window, which is the day. Busy is the
    sum of call to end, no-show or park, and resume to end. Occupancy = busy / open; utilization = busy / (open +
    pause); a break never counts. A counter that nobody closed is closed by the day, at its last step; used again on a
    later day without having been opened, it is open from that use on. Busy with somebody over midnight ends with the
    day too. A number that two boxes had on one day is as open as the one of them that is.
    """
    return {
        name: {
            "open_s": of.open_s,
            "pause_s": of.pause_s,
            "break_s": of.break_s,
            "busy_s": of.busy_s,
            "occupancy": rounded(ratio(of.busy_s, of.open_s)),
            "utilisation": rounded(ratio(of.busy_s, of.open_s + of.pause_s)),
        }
        for name, of in sorted(facts.counters.items())
        if of.open_s or of.pause_s or of.break_s or of.busy_s
    }


def throughput(facts: Facts) -> float | None:
    """Legs served with their end inside the window (the day of the visit), per open counter-hour."""
    ended = sum(of.served for of in facts.counters.values())
    return rounded(ratio(ended * 3600, sum(of.open_s for of in facts.counters.values())))


def arrivals(facts: Facts) -> dict[str, int]:
    """People who came per half hour, with a number or without, closed on the left; walk-ins when they are taken."""
    return {half_hour(k): facts.arrivals[k] for k in sorted(facts.arrivals)}


def half_hour(number: int) -> str:
    """The beginning of a half hour of the day, 0 to 47."""
    return f"{number // 2:02d}:{number % 2 * 30:02d}"


def fairness(facts: Facts) -> Figures:
    """Gini of first-leg waits, the same with each wait replaced by its service's mean, the means themselves, and
    overtakes within one service and class: pairs of first legs called on one day, and those of them that were called
    against the order in which they came.
    """
    groups = {svc: facts.group("service", svc).waits for svc in facts.values("service")}
    means = {svc: Fraction(total_of(counts), n(counts)) for svc, counts in groups.items() if counts}
    replaced: dict[Fraction, int] = {}
    for svc, value in means.items():
        replaced[value] = replaced.get(value, 0) + n(groups[svc])
    return {
        "mean_wait_by_service": {svc: rounded(m) for svc, m in means.items()},
        "gini_individual": rounded(gini(facts.group().waits)),
        "gini_between_services": rounded(gini(replaced)),
        "overtakes": {"pairs": facts.tally.get("pairs", 0), "inversions": facts.tally.get("inversions", 0)},
    }


def little(facts: Facts) -> Figures:
    """Little's law as a check: the area under "number waiting" equals the sum of all waits, exactly, if the window
    begins and ends empty. The area is counted from the steps, the sum from the legs. A difference proves lost or
    doubled events, or a window that cuts a wait (`consistent` is false). In neither side are visits whose steps
    behind the first go back by more than a minute in the order of the log, and those that were sent on while another
    counter had the person too (they are listed): boxes that were cut off did not know of each other, and nobody can
    say when such a person waited.
    """
    tally, window_s = facts.tally, facts.window_s
    return {
        "area_s": tally.get("area_s", 0),
        "sum_wait_s": tally.get("sum_wait_s", 0),
        "L": rounded(ratio(tally.get("area_s", 0), window_s)),
        "lambda_per_h": rounded(ratio(tally.get("queued", 0) * 3600, window_s)),
        "W_s": rounded(ratio(tally.get("sum_wait_s", 0), tally.get("queued", 0))),
        "consistent": tally.get("area_s", 0) == tally.get("sum_wait_s", 0),
    }


def priority_ratio(facts: Facts) -> Figures:
    """Priority share: first legs of another class than the ordinary one, over all. Wait ratio: their mean wait over
    that of the ordinary class.
    """
    ordinary = facts.group("class", "N")
    others = [facts.group("class", cls) for cls in facts.values("class") if cls != "N"]
    special = plus(*(group.waits for group in others))
    a, b = mean(special), mean(ordinary.waits)
    many = sum(group.legs for group in others)
    return {
        "n": many,
        "share": rounded(ratio(many, facts.group().legs)),
        "wait_ratio": rounded(a / b) if a is not None and b else None,
    }


def incomplete(facts: Facts) -> Figures:
    """Services that ended unfinished, by reason, over all ended services; and visits completed: those whose last leg
    was served over all visits that ended.
    """
    counted = {key.partition("/"): many for key, many in sorted(facts.tally.items()) if many}
    reasons = {why: many for (what, _, why), many in counted.items() if what == "incomplete"}
    served = sum(facts.group(leg=leg).outcomes.get("served", 0) for leg in (1, 2))
    return {"n": sum(reasons.values()), "of": served, "reasons": reasons, "visits_completed": n(facts.stays)}


def feedback(facts: Facts) -> Figures:
    """Answers to "how was it", on the scale of the box: how many, the share in the upper two fifths, and the response
    rate: visits with an answer over completed visits. Never published without the rate. The first answer of a visit
    counts; others are presses (`integrity_figures`).
    """
    answers = facts.ratings.get("", {})
    many = sum(answers.values())
    good = sum(count for key, count in answers.items() if _upper(key))
    rated = facts.tally.get("rated", 0)
    return {
        "answers": many,
        "satisfied": rounded(ratio(good, many)),
        "visits": rated,
        "response_rate": rounded(ratio(rated, n(facts.stays))),
    }


def _upper(key: str) -> bool:
    score, of = map(int, key.split("/"))
    return of > 0 and score * 5 > of * 3


def promises(facts: Facts) -> Figures:
    """Promised dates kept: of those who came, on or after the day that was promised to them, to collect with the code
    on their paper, the share whose result was there. Whoever comes too early is not counted.
    """
    kept, broken = facts.tally.get("promise/kept", 0), facts.tally.get("promise/broken", 0)
    return {"kept": kept, "of": kept + broken, "share": rounded(ratio(kept, kept + broken))}


def passages(facts: Facts) -> Figures:
    """How smoothly visits passed: steps (legs) a visit, calls repeated, people sent on by a clerk, people back after a
    no-show, calls of people who had been asked to come back.
    """
    first, later = facts.group(leg=1).legs, facts.group(leg=2).legs
    tally = facts.tally
    return {
        "legs_a_visit": rounded(ratio(first + later, first)),
        "recalls": tally.get("recall", 0),
        "sent_on": tally.get("transferred", 0),
        "returns": tally.get("requeue", 0),
        "resumed": tally.get("resume", 0),
    }


def questions(facts: Facts) -> Figures:
    """Answers to each further question of the feedback box: how many, and the share in the upper two fifths of its
    scale. Fewer than five answers are not shown.
    """
    found = {}
    for question, answers in sorted(facts.ratings.items()):
        many = sum(answers.values())
        if question and many >= LEAST_SHOWN:
            good = sum(count for key, count in answers.items() if _upper(key))
            found[question] = {"answers": many, "satisfied": rounded(ratio(good, many))}
    return found


def where_time_goes(facts: Facts) -> Figures:
    """Seconds of all legs together, waiting, walking to the counter, being served, asked to come back later."""
    both = [facts.group(leg=1), facts.group(leg=2)]
    return {
        "wait_s": sum(total_of(group.waits) for group in both),
        "walk_s": sum(total_of(group.walks) for group in both),
        "service_s": sum(total_of(group.services) + total_of(group.to_next) for group in both),
        "hold_s": sum(total_of(group.holds) for group in both),
    }


def worst_half_hour(facts: Facts) -> Figures:
    """The half hour of issue whose people waited longest on the average; of those with at least five people."""
    found = {int(half): facts.group("half", half).waits for half in facts.values("half")}
    known = {half: m for half, counts in found.items() if n(counts) >= 5 and (m := mean(counts)) is not None}
    if not known:
        return {"half_hour": None, "mean": None, "n": 0}
    worst = max(known, key=lambda half: (known[half], -half))
    return {"half_hour": half_hour(worst), "mean": rounded(known[worst]), "n": n(found[worst])}


def compute(facts: Facts, standard_s: int) -> Figures:
    """The headline indicators, in the published shape."""
    first, later = facts.group(leg=1), facts.group(leg=2)
    times = facts.counters.values()
    return {
        "tickets_issued": first.legs,
        "reprints": facts.tally.get("reprint", 0),
        "recalls": facts.tally.get("recall", 0),
        "legs": first.legs + later.legs,
        "wait_first": wait_first(first),
        "wait_all_legs": wait_all_legs(facts),
        "service_time": service_time(first, later),
        "time_in_system": time_in_system(facts),
        "service_level": service_level(first, standard_s),
        "abandonment": abandonment(first),
        "counters": counters(facts),
        "occupancy_all": rounded(ratio(sum(c.busy_s for c in times), sum(c.open_s for c in times))),
        "throughput_legs_per_open_hour": throughput(facts),
        "arrivals_by_half_hour": arrivals(facts),
        **fairness(facts),
        "little": little(facts),
        "anomalies_negative_wait": [a.split()[-1] for a in facts.anomalies if a.startswith("negative wait of ")],
    }


def integrity_figures(facts: Facts, standard_s: int) -> Figures:
    """The level to START, and signs that figures may have been helped: each as count, of how many, and by counter;
    see `reports.integrity`. `crowding`: first calls in the last minute of the standard, of those in that minute and the
    next one. `presses`: answers to "how was it" beyond the first of a visit: they are counted as presses, never as
    visits.
    """
    before, around = crowding(facts.group().waits, standard_s)
    return {
        "level_to_start": level_to_start(facts.integrity, {}, standard_s),
        "signs": {
            sign: {"n": seen, "of": of, "by_counter": {c: list(pair) for c, pair in by.items()}}
            for sign, seen, of, by in signs(facts.integrity)
        },
        "crowding": {"n": before, "of": around},
        "presses": dict(zip(("n", "of"), presses(facts), strict=True)),
    }


def presses(facts: Facts) -> tuple[int, int]:
    """(answers to "how was it" beyond the first of a visit, all answers)."""
    again = facts.tally.get("pressed_again", 0)
    return again, again + sum(facts.ratings.get("", {}).values())


def undated(facts: Facts, standard_s: int) -> Figures:
    """Visits that stand in the log behind a day and whose own date nobody knows: the hub's box had no time from its
    switching on to the next power cut. How long everything took is known all the same. They are in no other figure.
    """
    group = facts.undated
    return {
        "visits": group.legs,
        "hall_time_s": facts.honesty.undated_s,
        "wait_first": wait_first(group),
        "service_time": service_time(group),
        "service_level": service_level(group, standard_s),
        "abandonment": abandonment(group),
    }


def further(facts: Facts) -> Figures:
    """The indicators beside the headline."""
    first, later = facts.group(leg=1), facts.group(leg=2)
    return {
        "wait_p80": percentile(first.waits, 80),
        "wait_last_call": wait_last_call(first),
        "wait_open_hours": wait_open_hours(first),
        "patience": patience(first),
        "told_late": told_late(facts),
        "service_to_next": service_to_next(first, later),
        "walk_time": walk_time(first, later),
        "hold_time": hold_time(first, later),
        "not_completed_by_leg": {
            str(leg): {k: v for k, v in sorted(facts.group(leg=leg).outcomes.items()) if k not in ("served", "open")}
            for leg in (1, 2)
        },
        "priority": priority_ratio(facts),
        "incomplete": incomplete(facts),
        "feedback": feedback(facts),
        "questions": questions(facts),
        "promises": promises(facts),
        "passages": passages(facts),
        "where_time_goes": where_time_goes(facts),
        "worst_half_hour": worst_half_hour(facts),
        "order_changes": {
            cause: {"n": of[0], "passed": of[1], "cost_s": of[2]} for cause, of in sorted(facts.order.items())
        },
        "without_a_number": {
            name: facts.tally.get(name, 0)
            for name in (
                "lists_given",
                "service_not_here",
                "help_asked",
                "booked",
                "outside_at_opening",
                "walk_in",
                "taken_back",
            )
        },
    }


def legs_at(facts: Facts, facet: str, value: str) -> tuple[Group, Group]:
    """First and later legs of a group as its figures are made of them: of a service, a class or a language the waits of
    first legs are published; of a queue or a counter those of everybody who came there, all as the first. Else the
    cashier, to whom people come from another queue, would never show.
    """
    first, later = facts.group(facet, value, 1), facts.group(facet, value, 2)
    if facet not in PLACES:
        return first, later
    both = merged([Facts(groups={"": first}), Facts(groups={"": later})])
    return both.groups[""], Group()


def breakdown(facts: Facts, standard_s: int, facets: Iterable[str] = ("service", "counter")) -> Figures:
    """The figures a head asks for, in all and by facet: count, wait, service, walk, share within the standard,
    no-shows.
    """

    def part(facet: str, value: str) -> Figures:
        first, later = legs_at(facts, facet, value)
        services, walks = plus(first.services, later.services), plus(first.walks, later.walks)
        return {
            "tickets": first.legs,
            "wait": wait_first(first),
            "service": service_time(first, later) | {"p50": percentile(services, 50)},
            "walk": walk_time(first, later) | {"p50": percentile(walks, 50)},
            "service_level": service_level(first, standard_s),
            "no_show_rate": abandonment(first)["no_show_rate_of_called"],
        }

    return {
        "all": part("all", ""),
        **{f"by_{facet}": {v: part(facet, v) for v in facts.values(facet) if v} for facet in facets},
    }
