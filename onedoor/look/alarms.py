"""What a box can need a hand for: the code that travels, and what to say, in English (pure)."""

ALARMS: dict[str, str] = {
    "help": "Somebody needs help at the kiosk",
    "shut": "The kiosk is out of service",
    "near_end": "Paper is running out",
    "paper_out": "The paper is used up",
    "cover_open": "The printer's cover is open",
    "cutter": "The cutter is stuck",
    "hot": "The printer is too hot",
    "error": "The printer reports an error",
    "offline": "The printer is not ready",
    "unreachable": "The printer cannot be reached",
    "broke_off": "The printer broke off",
    "timeout": "The printer does not answer",
    "clock": "The clocks disagree: say the time",
    "garbled": "The printer answers nonsense",
}
"""By code; a code that is not here is shown as it is."""


def alarm(code: str) -> str:
    """The English text of a code; texts in other languages are found by it."""
    return ALARMS.get(code, code)
