"""How a clerk says what time it is (pure): seven days that follow what is surely past, the hour, the minute, and the
whole spelled out before it counts. What a hardware clock shows is offered first; the time of the last shutdown never.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from onedoor.device.box_time import BoxTime
from onedoor.hall.hours import minute_ms, spelled_minute, weekday
from onedoor.hall.zone import LAOS, day_of, days_after
from onedoor.look.texts import MONTHS, WEEK, say

DAYS_OFFERED = 7
FARTHEST_DAYS = 1_100
MINUTES = tuple(range(0, 60, 5))
PAGES = ("time", "hour", "minute", "sure")


@dataclass(frozen=True, slots=True)
class Told:
    """What a screen may say about the time: center time when the monotonic clock was zero (None: nobody has said), and
    whether it is known; `zone`: the center's.
    """

    zero_ms: int | None = None
    known: bool = False
    zone: str = LAOS

    def at(self, mono_ms: int) -> int | None:
        """Center time at a moment of this boot."""
        return None if self.zero_ms is None else self.zero_ms + mono_ms


@dataclass(frozen=True, slots=True)
class Offer:
    """What the page offers: the first day that can be (`YYYY-MM-DD`), and what a hardware clock reads ("": none)."""

    first_day: str = "2026-10-01"
    reading: str = ""


NOT_TOLD, NOTHING = Told(), Offer()


def offer_of(time: BoxTime) -> Offer:
    """Days from the one that is surely past on; the reading of a hardware clock, if there is one."""
    window, mono = time.window, time.clock.mono_ms()
    read = next((w.zero_ms for w in time.clock.words() if window.holds(w.zero_ms)), None)
    return Offer(day_of(time.floor_ms, time.zone), spelled_minute(read + mono, time.zone) if read is not None else "")


@dataclass(frozen=True, slots=True)
class Turn:
    """Another page of the same thing, with so much said already."""

    page: str
    typed: str = ""


@dataclass(frozen=True, slots=True)
class SayTime:
    """It is this time now: `2026-11-25 08:03`."""

    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One tile: what it means, and its words: a text to translate, plain words, or both, and what stands below."""

    key: str
    wish: Turn | SayTime
    text: str = ""
    plain: str = ""
    under: str = ""
    on: bool = False


def spoken(lang: str, text: str) -> str:
    """`2026-11-25 08:03`, or only its day, as people say it: Wednesday 25 November, 08:03."""
    name, month = say(lang, WEEK[weekday(text[:10])]), say(lang, MONTHS[int(text[5:7]) - 1])
    return f"{name} {int(text[8:10])} {month}" + (f", {text[11:]}" if text[11:] else "")


def choices(page: str, typed: str, offer: Offer) -> Iterator[Choice]:
    """The tiles of a page; `typed` is what has been said so far (on the first page: how many days ahead it begins)."""
    if page == "time":
        yield from _days(int(typed) if typed.isdigit() else 0, offer)
    elif page == "hour":
        yield from (Choice(f"hour-{h}", Turn("minute", f"{typed} {h:02d}"), plain=f"{h:02d}") for h in range(24))
    elif page == "minute":
        yield from (
            Choice(f"minute-{m}", Turn("sure", f"{typed}:{m:02d}"), plain=f"{typed[11:]}:{m:02d}") for m in MINUTES
        )
    else:
        yield Choice("say", SayTime(typed), "Yes, this is the time", on=True)
        for minutes, name in ((-1, "earlier"), (1, "later")):
            yield Choice(name, Turn("sure", _moved(typed, minutes)), "min", plain=f"{minutes:+d}")


def _days(ahead: int, offer: Offer) -> Iterator[Choice]:
    if offer.reading and not ahead:
        yield Choice("reading", Turn("sure", offer.reading), plain=spoken("lo", offer.reading),
                     under="battery clock", on=True)  # fmt: skip
    for i in range(ahead, ahead + DAYS_OFFERED):
        day = days_after(offer.first_day, i)
        yield Choice(f"day-{day}", Turn("hour", day), plain=spoken("lo", day), under=spoken("en", day))
    if ahead:
        yield Choice("days-first", Turn("time"), "Earlier days")
    if ahead + DAYS_OFFERED < FARTHEST_DAYS:
        yield Choice("days-later", Turn("time", str(ahead + DAYS_OFFERED)), "Later days")
        yield Choice("months-later", Turn("time", str(ahead + 30)), "A month later")


def _moved(text: str, minutes: int) -> str:
    # In a zone without summer time: what is typed is a text still, and becomes a moment only at the end.
    return spelled_minute((minute_ms(text, LAOS) or 0) + minutes * 60_000, LAOS)


def back_from(page: str, typed: str) -> Turn | None:
    """Where "back" leads from a page (None: off these pages)."""
    if page == "hour":
        return Turn("time")
    if page == "minute":
        return Turn("hour", typed[:10])
    return Turn("time") if page == "sure" else None
