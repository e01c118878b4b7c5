"""The data-honesty banner: what casts doubt on the figures, each with its minutes and counts (pure)."""

from collections.abc import Iterator

from onedoor.look.texts import date
from reports.balance import balance
from reports.facts import Facts
from reports.foreign import REASONS
from reports.model import Ask, Figure
from reports.words import NONE, count, duration, minutes, number, percent


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
    if gone := balance(facts.tally)["difference"]:
        yield Figure(t("Numbers that do not add up"), count(lang, abs(gone)), t("the figures cannot be trusted"), "bad")
    if h.doubtful_days:
        yield Figure(
            t("Doubtful days"),
            count(lang, h.doubtful_days),
            t("who came and who left do not add up: rows are missing"),
            "bad",
        )
    yield from _calendar(facts, ask)
    if h.hub_out_s:
        yield Figure(t("Without the hub"), minutes(lang, h.hub_out_s), t("of the opening time"), "warn")
    alone = sum(h.alone.values())
    if alone:
        spent = ", ".join(f"{box} {minutes(lang, s)}" for box, s in sorted(h.alone_s.items()))
        spent = spent or t("nobody knows for how long")
        yield Figure(t("Tickets given without the hub"), count(lang, alone), spent, "warn")
    if h.local_calls:
        spent = duration(lang, sum(h.local_s.values())) if h.local_s else ""
        yield Figure(t("Calls made without the hub"), count(lang, h.local_calls), spent, "warn")
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


DAYS_TOLD = 6
SURVIVORS = 5
"""If every fifth person is left out, the others may be others."""


def _calendar(facts: Facts, ask: Ask) -> Iterator[Figure]:
    """What should have been there, by the center's own hours, and is not."""
    h, lang, t = facts.honesty, ask.lang, ask.say
    if h.silent:
        days = [date(day, lang) for day in sorted(h.silent)]
        told = ", ".join(days[:DAYS_TOLD]) + (" …" if len(days) > DAYS_TOLD else "")
        yield Figure(t("Working days of which the log has nothing"), count(lang, len(days)), told, "bad")
    if h.silent:
        there = max(0, h.expected_s - h.hub_out_s)
        whole = h.expected_s + sum(h.silent.values())
        note = t("{} of {} opening hours", number(lang, there / 3600), number(lang, whole / 3600))
        yield Figure(t("Opening time in the log"), percent(lang, there / whole), note, "bad")
    if h.no_kiosk_s:
        note = t("people were taken without a number")
        yield Figure(t("No kiosk gave a number"), minutes(lang, h.no_kiosk_s), note, "warn")
    if h.never_closed:
        some = ", ".join(f"{c} {count(lang, n)}" for c, n in sorted(h.never_closed.items())) if ask.head else ""
        note = some or t("closed by the day, at their last step")
        yield Figure(t("Counters that nobody closed"), count(lang, sum(h.never_closed.values())), note, "warn")


def _clocks(facts: Facts, ask: Ask) -> Iterator[Figure]:
    h, lang, t = facts.honesty, ask.lang, ask.say
    if h.poor_clock:
        survivors = h.poor_clock * SURVIVORS > h.visits + h.poor_clock
        note = t(
            "left out of every figure; who is left may not be like them" if survivors else "left out of every figure"
        )
        yield Figure(t("Tickets of unknown time"), count(lang, h.poor_clock), note, "bad" if survivors else "warn")
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
