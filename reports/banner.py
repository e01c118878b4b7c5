"""The data-honesty banner: what casts doubt on the figures, each with its minutes and counts (pure)."""

from collections.abc import Iterator

from reports.facts import Facts
from reports.foreign import REASONS
from reports.model import Ask, Figure
from reports.words import NONE, count, duration, minutes, percent


def banner_of(facts: Facts, ask: Ask) -> Iterator[Figure]:
    """The data-honesty banner: each thing that casts doubt on the figures, with its minutes and counts."""
    h, lang, t = facts.honesty, ask.lang, ask.say
    dropped = sum(h.dropped.values())
    share = h.complete / (h.visits + dropped) if h.visits else None
    state = "" if share is None else "good" if share >= 0.95 else "warn" if share >= 0.8 else "bad"
    note = t("{} of {} visits have every step", count(lang, h.complete), count(lang, h.visits))
    yield Figure(t("Data complete"), percent(lang, share, 1), note, state)
    if dropped:
        why = ", ".join(f"{t(REASONS[reason])} {count(lang, n)}" for reason, n in sorted(h.dropped.items()))
        yield Figure(t("Rows of the table that were not taken"), count(lang, dropped), why, "warn")
    if ask.missing:
        yield Figure(t("Rows gone from the log"), count(lang, ask.missing), t("the figures cannot be trusted"), "bad")
    if h.doubtful_days:
        yield Figure(
            t("Doubtful days"),
            count(lang, h.doubtful_days),
            t("who came and who left do not add up: rows are missing"),
            "bad",
        )
    if h.hub_out_s:
        yield Figure(t("Without the hub"), minutes(lang, h.hub_out_s), t("of the opening time"), "warn")
    alone = sum(h.alone.values())
    if alone:
        spent = ", ".join(f"{box} {minutes(lang, s)}" for box, s in sorted(h.alone_s.items()))
        spent = spent or t("nobody knows for how long")
        yield Figure(t("Tickets given without the hub"), count(lang, alone), spent, "warn")
    if h.local_calls:
        yield Figure(t("Calls made without the hub"), count(lang, h.local_calls), "", "warn")
    if h.printer_s or h.not_printed:
        spent = ", ".join(f"{box} {minutes(lang, s)}" for box, s in sorted(h.printer_s.items())) or NONE
        note = t("{} tickets without paper", count(lang, sum(h.not_printed.values())))
        yield Figure(t("Printer could not print"), spent, note, "warn")
    if h.shut_s:
        spent = ", ".join(f"{box} {minutes(lang, s)}" for box, s in sorted(h.shut_s.items()))
        yield Figure(t("Kiosk out of service"), spent, t("of the opening time"), "warn")
    yield from _clocks(facts, ask)
    if h.auto_ended:
        yield Figure(
            t("Ended by the next call"), count(lang, h.auto_ended), t("their service times are shown apart"), "warn"
        )
    if h.told_late:
        note = t("pressed when the service was over: in no walking or service time")
        yield Figure(t("Starts told late"), count(lang, h.told_late), note, "warn")
    if h.forgotten:
        yield Figure(
            t("Ends that were forgotten"), count(lang, h.forgotten), t("longer than four hours: left out"), "warn"
        )
    if h.paper_unknown:
        yield Figure(t("Paper unknown and nobody came"), count(lang, h.paper_unknown), t("left out"), "warn")
    if h.misfits or h.overlaps:
        yield Figure(
            t("Rows that somebody must look at"), count(lang, h.misfits + h.overlaps), t("not reviewed"), "warn"
        )


def _clocks(facts: Facts, ask: Ask) -> Iterator[Figure]:
    h, lang, t = facts.honesty, ask.lang, ask.say
    if h.poor_clock:
        yield Figure(t("Tickets of unknown time"), count(lang, h.poor_clock), t("left out of every figure"), "warn")
    if h.undated:
        note = t("on {}; in no figure by date", duration(lang, h.undated_s))
        yield Figure(t("Visits whose date nobody knows"), count(lang, h.undated), note, "warn")
    if h.said:
        yield Figure(t("Visits dated by one person's word"), count(lang, h.said), t("nobody has confirmed it"), "warn")
    unvouched = h.quality.get("D", 0)
    if unvouched:
        yield Figure(t("Rows dated by a clock nobody vouches for"), count(lang, unvouched), "", "warn")
    if h.clock_steps:
        moved = ", ".join(f"{box} {duration(lang, s)}" for box, s in sorted(h.clock_step_s.items()))
        yield Figure(t("Clocks that were wrong"), count(lang, sum(h.clock_steps.values())), moved, "warn")
    if h.negative:
        yield Figure(t("Waits below zero"), count(lang, h.negative), t("a clock fault: left out"), "bad")
    if h.odd:
        yield Figure(t("Durations that cannot be"), count(lang, sum(h.odd.values())), t("listed, and left out"), "warn")
    if h.unknown:
        many = count(lang, sum(h.unknown.values()))
        yield Figure(t("Durations that nobody knows"), many, t("counted, and in no mean"), "warn")
