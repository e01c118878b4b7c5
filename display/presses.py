"""What a clerk presses, and what each press means at the desk (pure)."""

from enum import StrEnum

from onedoor.hall import desk


class Press(StrEnum):
    """What a clerk presses, on the screen, on the button box or on a keyboard."""

    NEXT = "next"
    RECALL = "recall"
    START = "start"
    END = "end"
    NO_SHOW = "no_show"
    OPEN = "open"
    CLOSE = "close"


PRESSES: dict[Press, desk.Action] = {
    Press.NEXT: desk.Next(),
    Press.RECALL: desk.Recall(),
    Press.START: desk.Start(),
    Press.END: desk.End(),
    Press.NO_SHOW: desk.NoShow(),
    Press.OPEN: desk.Open(),
    Press.CLOSE: desk.Close(),
}
"""What each button means."""

BIG = (Press.NEXT, Press.START, Press.OPEN)
"""What the big button of the screen means in turn: a double tap on it is one press, whatever it has come to mean."""
