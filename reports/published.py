"""Of all figures, those that may be published, and how sure they are (pure)."""

from typing import Any

from reports import indicators as ind
from reports.facts import LEAST_SHOWN, Facts, Group
from reports.stats import wilson
from reports.suppression import published_facts

Figures = dict[str, Any]


def intervals(group: Group, standard_s: int) -> Figures:
    """The 95 % interval of each share of first legs: how far it may lie from what it would be in the long run.
    None of fewer than five. Source: Wilson, J. Amer. Statist. Assoc. 22 (1927).
    """
    level, missed = ind.service_level(group, standard_s), group.outcomes.get("no_show", 0)
    shares = {"service_level": (level["within"], level["den"]), "no_show_rate_of_called": (missed, group.called)}
    return {
        name: [round(bound, 6) for bound in wilson(k, of) or ()] if of >= LEAST_SHOWN else None
        for name, (k, of) in shares.items()
    }


def published_figures(facts: Facts, standard_s: int, found: Figures, *, head: bool) -> Figures:
    """Of all figures `found` those that may be published: cells of fewer than five people are hidden, with what would
    give them away (`reports.suppression`). How people wait and are served at single counters, that is by single clerks,
    is for the head; when a counter was open and busy everybody in the hall can see.
    """
    shown = published_facts(facts, head=head)
    few = {svc: mean_s for svc, mean_s in found["indicators"]["mean_wait_by_service"].items()
           if shown.facts.group("service", svc).waits}  # fmt: skip
    indicators, integrity = found["indicators"] | {"mean_wait_by_service": few}, found["integrity"]
    honesty = found["honesty"]
    if not head:
        honesty = honesty | {name: {"": sum(honesty[name].values())} for name in ("never_closed", "local_s")}
        signs = {sign: {k: v for k, v in of.items() if k != "by_counter"} for sign, of in integrity["signs"].items()}
        integrity = integrity | {"signs": signs}
    kept = {k: v for k, v in found.items() if k != "by_counter"}
    return kept | ind.breakdown(shown.facts, standard_s, ("service", *(("counter",) if head else ()))) | {
        "indicators": indicators,
        "integrity": integrity,
        "honesty": honesty,
        "hidden_groups": shown.hidden,
    }  # fmt: skip
