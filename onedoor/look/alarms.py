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
    "gpio": "Buttons and lamps are not connected",
    "spi": "The sign is not connected",
    "row_refused": "The hub refused what this box wrote. Tell the head",
    "box_floods": "This box sends too much. Tell the head",
    "denied": "This box said what is not its to say. Tell the head",
    "not_said": "The hub cannot show everything. Tell the head",
}
"""By code; a code that is not here is shown as it is."""


def whose(dev: str, code: str) -> tuple[str, str]:
    """Which box an alarm is about, and its code: the hub also complains of others, as `code:dev`."""
    code, _, other = code.partition(":")
    return other or dev, code


def alarm(code: str) -> str:
    """The English text of a code; texts in other languages are found by it."""
    return ALARMS.get(code, code)
