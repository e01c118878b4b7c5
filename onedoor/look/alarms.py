"""What a box can need a hand for: the code that travels, and what to say, in English (pure).

What comes first in the table is shown first: people, then paper, then what a technician has to see to.
"""

import re

ALARMS: dict[str, str] = {
    "help": "Somebody needs help at the kiosk",
    "lost": "The hub did not take this number: serve it without a ticket",
    "unserved": "People wait, and no counter is open for this",
    "unserved_more": "more queues in which people wait, and no counter is open",
    "becomes": "This number comes to another counter, as soon as nobody is in the way",
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
    "log_damaged": "The hub's log is damaged: call the technician (onedoor repair)",
    "log_full": "The hub's disk is full: call the technician (onedoor repair)",
    "log_read_only": "The hub's card can only be read: call the technician (onedoor repair)",
    "log_foreign": "The hub's files belong to somebody else: call the technician (onedoor repair)",
    "log_waits": "The hub waits for the spare's log: is the spare on?",
    "hub_catalogue": "The hub cannot read its catalogue: call the technician (onedoor repair)",
    "card_damaged": "A file on the card was damaged and is put aside: call the technician (onedoor repair)",
    "card_lost": "The card has forgotten everything: call the technician (onedoor repair)",
    "card_full": "The card is full: call the technician (onedoor repair)",
    "card_read_only": "The card can only be read: call the technician (onedoor repair)",
    "card_foreign": "The card's folder belongs to somebody else: call the technician (onedoor repair)",
    "standing": "Which box leads was forgotten: call the technician (onedoor repair)",
    "seal_key": "The key under the daily seals is a new one: call the technician (onedoor repair)",
    "national_key": "The key of the national catalogue is another one: call the technician (onedoor repair)",
    "garbled": "The printer answers nonsense",
    "printer": "Printing has failed and is started again: numbers stand on the screen",
    "sign": "The counter's sign stays dark: call the number aloud",
    "keypad": "The keypad cannot be heard: is it plugged in?",
    "voice": "The loudspeaker is silent: call the number aloud",
    "voice_pack": "The voice's recordings are damaged: call the technician (onedoor voice check)",
    "verify": "The night's check of the log found something: call the technician",
    "broker": "The center's network service ended and was started again",
    "frozen": "This box was frozen and has started again",
    "restarted": "This box ended by itself and has started again",
    "link": "The connection to the hub was started again",
    "control": "Commands on this box are not heard just now",
    "flooded": "More messages arrive than can be read: call the technician",
    "refused": "Messages arrive that nobody can read: call the technician",
    "denials": "What the network service refuses is not heard: call the technician",
    "gpio": "Buttons and lamps are not connected",
    "spi": "The sign is not connected",
    "row_refused": "The hub refused what this box wrote. Tell the head",
    "box_floods": "This box sends too much. Tell the head",
    "box_day": "This box has written more than a day can hold. Tell the head",
    "box_names": "This box has other services than the hub: call the technician",
    "two_boxes": "Another box has this box's name: call the technician",
    "denied": "This box said what is not its to say. Tell the head",
    "not_said": "The hub cannot show everything. Tell the head",
}
"""By code; a code that is not here is shown as it is."""

WHERE = {
    "k": "Kiosk", "c": "Counter", "h": "Hall board", "s": "Spare", "counter/": "Counter", "clerk/": "Clerk",
}  # fmt: skip
RANK = {code: i for i, code in enumerate(ALARMS)}


def is_of_card(code: str) -> bool:
    """Whether a code is about what a box keeps."""
    return code.startswith(("card_", "log_")) or code in ("standing", "seal_key", "national_key")


def whose(dev: str, code: str) -> tuple[str, str]:
    """Which box an alarm is about, and its code: the hub also complains of others, as `code:dev`."""
    code, _, other = code.partition(":")
    return other or dev, code


def alarm(code: str) -> str:
    """The English text of a code; texts in other languages are found by it."""
    return ALARMS.get(code, code)


def where(dev: str) -> tuple[str, str]:
    """A box, or a counter or clerk to whom people were sent, as people call it: a word to translate, and its number. A
    name of another kind stays as it is.
    """
    if dev == "hub":
        return "Hub", ""
    if dev == "any/counter":
        return "Any counter", ""
    known = re.fullmatch(r"([kchs])(\d+)", dev) or re.fullmatch(r"(counter/|clerk/)(.+)", dev)
    return (WHERE[known[1]], known[2]) if known else ("", dev)


def ranked(alarms: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Alarms (box, code), the most pressing first."""
    return sorted((whose(*one) for one in alarms), key=lambda alarm: (RANK.get(alarm[1], len(RANK)), alarm[0]))


TURN_MS = 4_000


def turn(alarms: tuple[tuple[str, str], ...], wall_ms: int) -> tuple[int, str, str]:
    """Which of several alarms a panel shows now: each for a while, in turn; but as long as somebody needs help, that
    alone. Its place among them (from 0), its box, its code.
    """
    order = ranked(alarms)
    i = 0 if order[0][1] == "help" else wall_ms // TURN_MS % len(order)
    return i, *order[i]
