"""The indicators: each function's docstring is its published definition.

All work on legs and spans in whole seconds; intervals are half open [a, b). A window clips counter
time, queue area and throughput; waits and service times belong to whole tickets. Ratios carry
numerator and denominator, so that months and provinces add up; ratios are never averaged.
"""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from reports.legs import Leg, Records, clipped
from reports.stats import area, gini, mean, overtakes, percentile, ratio, rounded

Figures = dict[str, Any]


def waits(legs: Sequence[Leg]) -> list[int]:
    """Waits of called legs, in seconds. A negative one (a clock fault) is listed, never clamped."""
    return [w for leg in legs if (w := leg.wait_s) is not None and w >= 0]


def wait_first(records: Records) -> Figures:
    """Wait of first legs: first call - issue. Recalls, no-shows and returns do not change it."""
    values = waits(records.first_legs)
    return {
        "n": len(values),
        "mean": rounded(mean(values)),
        "max": max(values, default=None),
        "p50": percentile(values, 50),
        "p90": percentile(values, 90),
    }


def wait_all_legs(records: Records) -> Figures:
    """Wait of all legs: first call - entry into the leg's queue."""
    return _short(waits(records.legs))


def service_time(records: Records) -> Figures:
    """End - start - parked of served legs; start missing: from the last call. No-shows have none."""
    return _short(_known(leg.service_s for leg in records.legs))


def walk_time(records: Records) -> Figures:
    """Start - last call: how long people need to the counter."""
    return _short(_known(leg.walk_s for leg in records.legs))


def _known(values: Any) -> list[int]:
    return [v for v in values if v is not None and v >= 0]


def _short(values: list[int]) -> Figures:
    return {"n": len(values), "mean": rounded(mean(values)), "p90": percentile(values, 90)}


def time_in_system(records: Records) -> Figures:
    """Last end - issue of completed visits (the last leg was served), and the mean of their waits
    over all legs. Others are counted, not averaged.
    """
    visits: dict[str, list[Leg]] = defaultdict(list)
    for leg in records.legs:
        visits[leg.ticket].append(leg)
    done = [legs for legs in visits.values() if legs[-1].outcome == "served"]
    stays = [(legs[-1].end or 0) - legs[0].entry for legs in done]
    totals = [sum(w for leg in legs if (w := leg.wait_s) is not None) for legs in done]
    return {"n": len(done), "mean": rounded(mean(stays)), "total_wait_mean": rounded(mean(totals))}


def service_level(legs: Sequence[Leg], standard_s: int) -> Figures:
    """First legs called within T over all first legs called + those left or expired uncalled after
    more than T. A no-show called within T counts as within: the center kept its side.
    """
    called = waits(legs)
    within = sum(w <= standard_s for w in called)
    gave_up = sum(1 for leg in legs if (leg.gone_s or 0) > standard_s)
    den = len(called) + gave_up
    return {"within": within, "den": den, "value": rounded(ratio(within, den))}


def abandonment(legs: Sequence[Leg]) -> Figures:
    """(No-shows + left) over (issued - void - expired), first legs; and no-shows over called. A
    no-show is one whose final outcome is no-show.
    """
    outcome = Tally(leg.outcome for leg in legs)
    called = sum(leg.first_call is not None for leg in legs)
    gone = outcome["no_show"] + outcome["left"]
    return {
        "no_show": outcome["no_show"],
        "left": outcome["left"],
        "expired": outcome["expired"],
        "rate": rounded(ratio(gone, len(legs) - outcome["expired"])),
        "no_show_rate_of_called": rounded(ratio(outcome["no_show"], called)),
    }


def counters(records: Records) -> dict[str, Figures]:
    """Seconds each counter was open, in pause, in break and busy, clipped to the window.
    Occupancy = busy / open; utilization = busy / (open + pause); a break never counts.
    """
    found = {}
    for name in sorted(records.states.keys() | records.busy.keys()):
        spans = records.states.get(name, {})
        open_s, pause_s, break_s = (clipped(spans.get(k, []), records.window) for k in ("open", "pause", "break"))
        busy_s = clipped(records.busy.get(name, []), records.window)
        found[name] = {
            "open_s": open_s,
            "pause_s": pause_s,
            "break_s": break_s,
            "busy_s": busy_s,
            "occupancy": rounded(ratio(busy_s, open_s)),
            "utilisation": rounded(ratio(busy_s, open_s + pause_s)),
        }
    return found


def throughput(records: Records, open_s: int) -> float | None:
    """Legs served with their end inside the window, per open counter-hour."""
    a, b = records.window
    ended = sum(1 for leg in records.legs if leg.outcome == "served" and a <= (leg.end or 0) < b)
    return rounded(ratio(ended * 3600, open_s))


def arrivals(records: Records) -> dict[str, int]:
    """Tickets issued per half hour, closed on the left."""
    tally = Tally(leg.entry // 1800 for leg in records.first_legs)
    return {f"{k // 2 % 24:02d}:{k % 2 * 30:02d}": tally[k] for k in sorted(tally)}


def fairness(records: Records) -> Figures:
    """Gini of first-leg waits, the same with each wait replaced by its service's mean, the means
    themselves, and overtakes within one service and class.
    """
    by_service: dict[str, list[int]] = defaultdict(list)
    groups: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for leg in records.first_legs:
        if leg.wait_s is not None and leg.wait_s >= 0 and leg.first_call is not None:
            by_service[leg.svc].append(leg.wait_s)
            groups[leg.svc, leg.cls].append((leg.entry, leg.first_call))
    means = {svc: Fraction(sum(v), len(v)) for svc, v in sorted(by_service.items())}
    replaced = [means[svc] for svc, v in by_service.items() for _ in v]
    counted = [overtakes(group) for group in groups.values()]
    return {
        "mean_wait_by_service": {svc: rounded(m) for svc, m in means.items()},
        "gini_individual": rounded(gini([w for v in by_service.values() for w in v])),
        "gini_between_services": rounded(gini(replaced)),
        "overtakes": {"pairs": sum(p for p, _ in counted), "inversions": sum(i for _, i in counted)},
    }


def little(records: Records) -> Figures:
    """Little's law as a check: the area under "number waiting" equals the sum of all waits, exactly,
    if the window begins and ends empty. A difference proves lost or doubled events, or a window
    that cuts a wait (`consistent` is false).
    """
    spans = []
    for leg in records.legs:
        leaves = leg.first_call if leg.first_call is not None else leg.end
        if leaves is not None and leaves >= leg.entry:
            spans.append((leg.entry, leaves))
    a, b = records.window
    under, total = area(spans, records.window), sum(y - x for x, y in spans)
    return {
        "area_s": under,
        "sum_wait_s": total,
        "L": rounded(ratio(under, b - a)),
        "lambda_per_h": rounded(ratio(len(spans) * 3600, b - a)),
        "W_s": rounded(ratio(total, len(spans))),
        "consistent": under == total,
    }


def negative_waits(records: Records) -> list[str]:
    """Tickets whose wait came out negative: a clock fault, listed and left out."""
    return [leg.ticket for leg in records.legs if (leg.wait_s or 0) < 0]


def compute(records: Records, standard_s: int) -> Figures:
    """All indicators of one day, in the published shape."""
    first = records.first_legs
    per_counter = counters(records)
    open_s = sum(c["open_s"] for c in per_counter.values())
    busy_s = sum(c["busy_s"] for c in per_counter.values())
    return {
        "tickets_issued": len(first),
        "reprints": records.tally["reprint"],
        "recalls": records.tally["recall"],
        "legs": len(records.legs),
        "wait_first": wait_first(records),
        "wait_all_legs": wait_all_legs(records),
        "service_time": service_time(records),
        "time_in_system": time_in_system(records),
        "service_level": service_level(first, standard_s),
        "abandonment": abandonment(first),
        "counters": per_counter,
        "occupancy_all": rounded(ratio(busy_s, open_s)),
        "throughput_legs_per_open_hour": throughput(records, open_s),
        "arrivals_by_half_hour": arrivals(records),
        **fairness(records),
        "little": little(records),
        "anomalies_negative_wait": negative_waits(records),
    }


def breakdown(records: Records, standard_s: int) -> Figures:
    """The figures a head asks for, per service and per counter: count, wait, service, walk, share
    within the standard, no-show rate.
    """

    def part(legs: list[Leg]) -> Figures:
        sub = Records(records.window, legs)
        return {
            "tickets": len(sub.first_legs),
            "wait": wait_first(sub),
            "service": service_time(sub) | {"p50": percentile(_known(x.service_s for x in legs), 50)},
            "walk": walk_time(sub) | {"p50": percentile(_known(x.walk_s for x in legs), 50)},
            "service_level": service_level(sub.first_legs, standard_s),
            "no_show_rate": abandonment(sub.first_legs)["no_show_rate_of_called"],
        }

    services = sorted({leg.svc for leg in records.legs})
    places = sorted({leg.counter for leg in records.legs if leg.counter})
    return {
        "all": part(records.legs),
        "by_service": {s: part([x for x in records.legs if x.svc == s]) for s in services},
        "by_counter": {c: part([x for x in records.legs if x.counter == c]) for c in places},
    }
