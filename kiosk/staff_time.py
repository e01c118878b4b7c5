"""The staff's page about time: what this kiosk believes, saying the time, and beginning numbers again by hand.

Policy: what one person says is printed and shown, and ends no day; a second source that agrees makes it known. A clock
of this box is offered to be looked at; the time of the last shutdown is nobody's word. Numbers begin again by hand only
while the day is not known: otherwise they do so by themselves.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kiosk.staff import CLOCK, StaffPage
from onedoor.device.clock import local_time
from onedoor.hall import events as ev
from onedoor.hall.hours import weekday
from onedoor.hall.words import GUESS, HARDWARE, HUB_WORD, NETWORK, VOUCHED, Verdict, Word
from onedoor.hall.zone import at_clock, day_of
from onedoor.look.texts import say, spelled

if TYPE_CHECKING:
    from kiosk.core import Kiosk

BY = {
    NETWORK: "Network time",
    HARDWARE: "The clock of this box",
    VOUCHED: "The center vouches for this clock",
    HUB_WORD: "The hub",
}
NOTES = {
    Verdict.BELIEVED: "Done",
    Verdict.NOTHING: "Done",
    Verdict.WITHDREW: "Done",
    Verdict.DOUBTED: "Not believed: ask a second person.",
}
NUMBERS_BY_THEMSELVES = "The day is known: numbers begin again by themselves."
UNREADABLE = "This clock cannot be read."
QUESTION = "Are all tickets of before called? Their numbers will be given again."


@dataclass(slots=True)
class StaffTime:
    """Time and numbers of one kiosk, as its staff sees them."""

    kiosk: "Kiosk"

    def time_page(self, page: StaffPage) -> StaffPage:
        """The page with what is believed now, what a clock shows, and the days that can be."""
        chosen = page.chosen
        if CLOCK in chosen or len(chosen) == 3:
            return replace(page, lines=(both("Is this the time now?"), self._chosen_line(chosen)))
        if chosen:
            return replace(page, lines=(long_line(chosen[0], f"{chosen[1]}:…" if chosen[1:] else ""),))
        word = self._clock()
        mono = self.kiosk.clock.mono_ms()
        since = day_of(self.kiosk.sender.time.floor_ms, self._zone)
        clock = written(word.zero_ms + mono, self._zone) if word is not None else ""
        return replace(page, lines=self._believed(), since=since, clock=clock)

    def say(self, page: StaffPage) -> str:
        """The time that was chosen is said; what to tell about it."""
        kiosk, chosen = self.kiosk, page.chosen
        if page.page != "time" or not (CLOCK in chosen or len(chosen) == 3):
            return ""
        center_ms = self._chosen_ms(chosen)
        if center_ms is None:
            return UNREADABLE
        verdict = kiosk.sender.time.say(center_ms, kiosk.box.dev)
        kiosk.write(ev.TimeTold(center_ms))
        return NOTES[verdict]

    def numbers_page(self, page: StaffPage) -> StaffPage:
        """The question that has to be answered before numbers begin again."""
        if self.kiosk.sender.time.now.known:
            return replace(page, numbered=True, lines=(both(NUMBERS_BY_THEMSELVES),))
        waiting = self.kiosk.box.hall.waiting
        count = sum(waiting.queues.values()) if waiting is not None and self.kiosk.box.fresh else None
        line = (both("waiting", str(count)),) if count else ()
        return replace(page, lines=(both(QUESTION), *line))

    def begin_numbers(self, page: StaffPage) -> str:
        """Numbers begin again, if the question was asked and the day is still not known; what to tell about it."""
        if page.page != "numbers":
            return ""
        if self.kiosk.sender.time.now.known:
            return "The time is known"
        self.kiosk.numbers.begin_again()
        return "Done"

    # -- inside -------------------------------------------------------------------------------------

    @property
    def _zone(self) -> str:
        return self.kiosk.sender.time.zone

    def _believed(self) -> tuple[tuple[str, str], ...]:
        time = self.kiosk.sender.time
        now = time.now
        if now.ms is None:
            return (both("Nobody has said which time it is"),)
        how = "The time is known" if now.known else "Somebody has said the time"
        by = time.by
        return both(how, written(now.ms, self._zone)), both(BY.get(by, ""), "" if by in BY else by)

    def _clock(self) -> Word | None:
        """What the hardware clock says, if it can be."""
        time = self.kiosk.sender.time
        words = (w for w in self.kiosk.clock.words() if w.by in (GUESS, HARDWARE))
        return next((w for w in words if time.window.holds(w.zero_ms)), None)

    def _chosen_ms(self, chosen: tuple[str, ...]) -> int | None:
        if CLOCK in chosen:
            word = self._clock()
            return None if word is None else word.zero_ms + self.kiosk.clock.mono_ms()
        day, hour, minute = chosen
        return at_clock(day, int(hour) * 60 + int(minute), self._zone)

    def _chosen_line(self, chosen: tuple[str, ...]) -> tuple[str, str]:
        at_ms = self._chosen_ms(chosen)
        if at_ms is None:
            return both(UNREADABLE)
        return long_line(day_of(at_ms, self._zone), local_time(at_ms, self._zone).strftime("%H:%M"))


def written(at_ms: int, zone: str) -> str:
    """A moment as people write it."""
    return local_time(at_ms, zone).strftime("%d/%m/%Y %H:%M")


def both(text: str, value: str = "") -> tuple[str, str]:
    """A text in Lao and English, and what belongs to it."""
    lo, en = (" ".join(part for part in (say(lang, text), value) if part) for lang in ("lo", "en"))
    return lo, en


def long_line(day: str, hour: str) -> tuple[str, str]:
    """A day and an hour, to be looked at once more: Wednesday 25 November 2026, 08:03."""
    lo, en = (spelled(day, weekday(day), lang) + (f", {hour}" if hour else "") for lang in ("lo", "en"))
    return lo, en
