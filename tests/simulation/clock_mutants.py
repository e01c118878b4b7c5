"""The rule of time with one part taken out; see `simulation.mutants`."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest import mock

from laos import day_of

from broker import hub as hub_module
from broker import intake as intake_module
from broker import timekeeper as timekeeper_module
from broker.hub import Hub
from broker.timekeeper import Timekeeper
from kiosk import numbers as numbers_module
from kiosk.numbers import Numbers
from onedoor.device.box_time import BoxNow, BoxTime
from onedoor.device.journal import Stamp
from onedoor.hall import center_time as center_time_module
from onedoor.hall import days as days_module
from onedoor.hall import decide as decide_module
from onedoor.hall import events as ev
from onedoor.hall import evolve as evolve_module
from onedoor.hall import words as words_module
from onedoor.hall.center_time import DOUBT, EARLIER, KNOWN, CenterTime
from onedoor.hall.tickets import Today
from onedoor.hall.words import HARDWARE, Window, Word
from simulation.clocks import SimClock

Patch = Callable[[], Any]


def wall_clock() -> Any:
    """Hall time follows the wall clock: a wait is a difference of its readings."""

    def hall_ms(self: Timekeeper) -> int:
        clock: Any = self.clock
        begun = clock.__dict__.setdefault("error_at_boot", {}).setdefault(clock.boot_id, clock.wall_error_ms)
        return int(self.base_ms + clock.mono_ms() + clock.wall_error_ms - begun)

    return (mock.patch.object(Timekeeper, "hall_ms", property(hall_ms)),)


def day_by_trust_alone() -> Any:
    """Numbers given without known time are forgotten as soon as the time arrives."""
    real = numbers_module.on_day
    return (mock.patch.object(numbers_module, "on_day", lambda s, t, row: real(replace(s, open=False), t, row)),)


def day_by_wall_clock() -> Any:
    """A kiosk's day is the date of its wall clock."""
    today = lambda self: Today(day_of(max(0, self.clock.wall_ms())), trusted=True)  # noqa: E731
    return (mock.patch.object(Numbers, "today", today),)


def wall_dates() -> Any:
    """A row keeps the date of the clock under which it came: a word dates only what comes after it."""
    real = days_module.redate
    redate = lambda state, _shift, *, begins=False: real(state, 0, begins=begins)  # noqa: E731
    return (mock.patch.object(days_module, "redate", redate),)


def day_ends_at_a_touch() -> Any:
    """Whether a day is over is looked at only when somebody takes a number."""
    real_mind, real_row = Hub._mind_time, Hub._take_row

    def take_row(self: Hub, dev: str, row: Any, peer: Any, arrival: Any) -> Any:
        taken = real_row(self, dev, row, peer, arrival)
        if row.kind == "issued":
            real_mind(self)
        return taken

    return mock.patch.object(Hub, "_mind_time", lambda _: None), mock.patch.object(Hub, "_take_row", take_row)


def doubt_is_called() -> Any:
    """Who may be of yesterday is called."""
    return (mock.patch.object(decide_module, "asked_about", lambda *_: []),)


def doubt_expires() -> Any:
    """Who may be of yesterday expires."""
    real = days_module.of_day

    def of_day(state: Any, ticket: Any, now: Any) -> str:
        found = real(state, ticket, now)
        return EARLIER if found == DOUBT else found

    return (mock.patch.object(days_module, "of_day", of_day),)


def no_ceiling() -> Any:
    """Whatever network time says is believed, years ahead too."""
    return (
        mock.patch.object(Window, "holds", lambda *_: True),
        mock.patch.object(words_module, "CONTRADICTS_MS", 10**15),
    )


def clock_unchecked() -> Any:
    """A battery clock is believed without its check."""
    real = SimClock.words

    def words(self: SimClock) -> list[Word]:
        return [replace(word, by=HARDWARE, how=KNOWN) if not word.how else word for word in real(self)]

    return (mock.patch.object(SimClock, "words", words),)


def saved_clock_is_known() -> Any:
    """The wall clock as it stands after a boot is believed."""
    real = SimClock.words

    def words(self: SimClock) -> list[Word]:
        return [*real(self), Word(self.wall_ms() - self.mono_ms(), HARDWARE)]

    return (mock.patch.object(SimClock, "words", words),)


def one_person_is_enough() -> Any:
    """One person's word makes the hub's time known."""
    return (mock.patch.object(timekeeper_module, "SAID", KNOWN),)


def said_raises_floor() -> Any:
    """One person's word is what surely is past."""
    real = evolve_module.tell_time

    def tell_time(state: Any, event: Any, at_ms: int) -> None:
        real(state, event, at_ms)
        if isinstance(event, ev.TimeSaid):
            state.time.floor_ms = event.center_ms

    return (mock.patch.object(evolve_module, "tell_time", tell_time),)


def said_restarts() -> Any:
    """One person's word begins a kiosk's numbers again."""
    real = Numbers.today
    return (mock.patch.object(Numbers, "today", lambda self: replace(real(self), trusted=bool(real(self).day))),)


def said_expires() -> Any:
    """One person's word ends the day."""
    real = CenterTime.now

    def now(self: CenterTime, hall_ms: int) -> Any:
        found = real(self, hall_ms)
        return replace(found, known=True, least_ms=found.ms) if self.word.word else found

    return (mock.patch.object(CenterTime, "now", now),)


def withdrawn_restarts() -> Any:
    """A kiosk does not mind that a word was taken back."""
    return (
        mock.patch.object(Numbers, "word_taken_back", lambda _: None),
        mock.patch.object(Numbers, "_own_word_taken_back", lambda _: None),
    )


def paper_guesses() -> Any:
    """A date is printed although nobody knows it."""
    real = BoxTime.now.fget  # type: ignore[attr-defined]

    def now(self: BoxTime) -> BoxNow:
        found = real(self)
        return BoxNow(self._floor_ms + self.clock.mono_ms(), known=False) if found.ms is None else found

    return (mock.patch.object(BoxTime, "now", property(now)),)


def estimate_is_a_date() -> Any:
    """A box keeps the hub's date beside a row instead of the hub's stretch."""
    real = BoxTime.stamp

    def stamp(self: BoxTime) -> Stamp:
        found, now = real(self), self.now
        return found if now.ms is None else replace(found, hub_est_ms=now.ms, stretch=0)

    return (mock.patch.object(BoxTime, "stamp", stamp),)


def late_rows_are_new() -> Any:
    """A row without a time is dated by its arrival."""
    real = hub_module.date if hasattr(hub_module, "date") else intake_module.date
    new = lambda *args: replace(real(*args), low_ms=None)  # noqa: E731
    return (mock.patch.object(intake_module, "date", new),)


def no_elapsed() -> Any:
    """Without known time nobody ever gets old."""
    return (
        mock.patch.object(center_time_module, "SURELY_TODAY_MS", 10**15),
        mock.patch.object(center_time_module, "SURELY_EARLIER_MS", 10**15),
    )


def no_way_back() -> Any:
    """Who expired by a wrong word stays expired."""
    real = days_module.minded
    minded = lambda state, now: [w for w in real(state, now) if not isinstance(w, ev.Restored)]  # noqa: E731
    return mock.patch.object(days_module, "minded", minded), mock.patch.object(decide_module, "minded", minded)


def one_answer_for_all() -> Any:
    """One answer of a clerk counts for everybody in doubt."""
    real = days_module.groups_in_doubt

    def groups(state: Any, now: Any) -> Any:
        found = real(state, now)
        return [[t for group in found for t in group]] if found else []

    return (mock.patch.object(days_module, "groups_in_doubt", groups),)


def departures_shared() -> Any:
    """A word about time moves a departure twice: the ticket before the counter's last act shares it."""
    from onedoor.hall import moves

    real = moves._shift

    def shift(ticket: Any, by: int, *, waits: bool) -> None:
        gone = ticket.departure
        real(ticket, by, waits=waits)
        if gone is not None and ticket.departure is not gone:
            gone.since_ms, ticket.departure = ticket.departure.since_ms, gone

    return (mock.patch.object(moves, "_shift", shift),)


def floor_twice() -> Any:
    """A spare that leads adds the time since its own boot to what it has copied of the center's."""
    real = Timekeeper.begin

    def begin(self: Timekeeper, time: CenterTime, last_recv_ms: int, nonce: str) -> Any:
        if time.stretch and time.boot != self.clock.boot_id:
            time.floor_ms += self.clock.mono_ms()
        return real(self, time, last_recv_ms, nonce)

    return (mock.patch.object(Timekeeper, "begin", begin),)


def late_in_line() -> Any:
    """Who comes back into the line is looked at a minute later."""
    real = Hub._take_row

    def take_row(self: Hub, *args: Any) -> Any:
        taken = real(self, *args)
        self.ledger.hall.late = False
        return taken

    return (mock.patch.object(Hub, "_take_row", take_row),)


CLOCK_MUTANTS: dict[str, Patch] = {
    f.__name__: f
    for f in (
        wall_clock, day_by_trust_alone, day_by_wall_clock, wall_dates, day_ends_at_a_touch, doubt_is_called,
        doubt_expires, no_ceiling, clock_unchecked, saved_clock_is_known, one_person_is_enough, said_raises_floor,
        said_restarts, said_expires, withdrawn_restarts, paper_guesses, estimate_is_a_date, late_rows_are_new,
        no_elapsed, no_way_back, one_answer_for_all, departures_shared, floor_twice, late_in_line,
    )
}  # fmt: skip
