"""How this kiosk is, for people who know no computers (pure): each part with a sign, in plain words, and what to do.

Policy. A part works, or it needs a hand; what needs a hand says what to do, and stands first. Names that only a
technician reads stand last, in one line.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from onedoor.look.alarms import alarm
from onedoor.look.texts import say


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the kiosk: its name and how it is, both English and keys of their translations; `plain` stands behind
    that and is not translated. `good`: it works (None: there is nothing to judge). `todo`: what to do next.
    """

    name: str
    told: str = ""
    plain: str = ""
    good: bool | None = True
    todo: str = ""
    number: str = ""
    """Which one of several."""

    def line(self, lang: str) -> tuple[str, str]:
        """Name and state in a language."""
        name = " ".join(part for part in (say(lang, self.name), self.number) if part)
        return name, " ".join(part for part in (say(lang, self.told) if self.told else "", self.plain) if part)


TODO: dict[str, str] = {
    "near_end": "Put a new roll beside the kiosk.",
    "paper_out": "Put in a new roll, then touch: Paper changed.",
    "cover_open": "Close the printer's cover.",
    "cutter": "Open the cover, take out what is stuck, close it.",
    "hot": "Wait ten minutes.",
    "error": "Switch the printer off and on again.",
    "offline": "Switch the printer off and on again.",
    "unreachable": "Look whether the printer is on and its cable is in.",
    "broke_off": "Look whether the printer is on and its cable is in.",
    "timeout": "Switch the printer off and on again.",
    "garbled": "Switch the printer off and on again.",
}
"""What to do about a printer, by the code of its state."""
CALL = "Call the technician."


def printer_part(number: int, state: str, meters: int) -> Part:
    """A printer, and how much paper it has left (-1: nobody knows)."""
    left = f"· {meters} m" if meters >= 0 else ""
    if state == "ok":
        return Part("Printer", "works", left, number=str(number))
    return Part("Printer", alarm(state), left, good=False, todo=TODO.get(state, CALL), number=str(number))


def parts(
    *,
    printers: dict[int, tuple[str, int]],
    fresh: bool,
    unsent: int,
    faults: Iterable[str],
    time: str,
    known: bool,
    about: str,
) -> list[Part]:
    """Everything, what needs a hand first. `time`: the time as it is believed ("": nobody has said); `faults`: codes of
    alarms about card, devices and what the hub refuses.
    """
    hub = Part("Center's network", "connected" if fresh else "not connected", good=fresh,
               todo="" if fresh else "Numbers go on. Is the hub on, and are the cables in?")  # fmt: skip
    sent = Part("Tickets the hub has not heard of", plain=str(unsent), good=not unsent or None,
                todo="They are handed over by themselves." if unsent else "")  # fmt: skip
    clock = Part("Time", "" if known else "not sure", time or "--:--", good=known,
                 todo="" if known else "Go back and touch: Say the time.")  # fmt: skip
    own = [Part("This box", alarm(code), good=False, todo="" if "call the technician" in alarm(code) else CALL)
           for code in faults]  # fmt: skip
    card = [] if own else [Part("Memory card", "works")]
    every = [*(printer_part(n, *of) for n, of in sorted(printers.items())), hub, sent, clock, *own, *card]
    return [*sorted(every, key=lambda part: part.good is not False), Part("For the technician", plain=about, good=None)]
