"""Everything a kiosk can say, as tokens with their English words (pure).

Policy: one clip a token, joined by the program, never by a grammar: numbers are read letter by letter and digit by
digit, which every language can do. Services and groups of the catalogue add tokens of their own.
"""

from onedoor.device.catalogue import Catalogue

FIXED: dict[str, str] = {
    "begin": "Touch here to take a ticket.",
    "listen": "I read aloud what you touch. Touch it again to choose it.",
    "hand_in": "I hand something in.",
    "collect": "I collect something.",
    "ask": "I only want to ask.",
    "first": "I may come first: old age, disability, pregnancy, a small child.",
    "take": "Take a number.",
    "hold": "Press and hold to take a number.",
    "list": "Only print the list of what I need. No number.",
    "appointment": "I have an appointment.",
    "receipt": "I have a code on my receipt.",
    "not_here": "My service is not here.",
    "more": "More services.",
    "back": "Back.",
    "home": "Start over.",
    "larger": "Larger writing.",
    "contrast": "Black and white.",
    "lower": "Everything lower.",
    "help": "I need help.",
    "no_help": "I do not need help any more.",
    "go_on": "Go on.",
    "more_time": "More time.",
    "done": "Done.",
    "your_number": "Your number is",
    "take_paper": "Please take your paper.",
    "no_paper": "There is no paper. Please remember your number.",
    "help_comes": "Somebody is coming to help you.",
    "key_back": "Take the last digit back.",
}
"""Tokens that do not depend on a catalogue."""

NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SPELLED: dict[str, str] = {
    **{f"say_{n}": word for n, word in enumerate(NUMBERS)},
    **{f"say_{letter}": letter.upper() for letter in "abcdefghijklmnopqrstuvwxyz"},
}
"""Digits and letters."""


def tokens(catalogue: Catalogue) -> dict[str, str]:
    """Every token and its English words."""
    services = {f"service_{s.id}": f"{s.name.en}." for s in catalogue.services}
    groups = {f"group_{c.id}": f"{c.name.en}." for c in catalogue.categories}
    return {**FIXED, **SPELLED, **services, **groups}


def label_tokens(text: str) -> tuple[str, ...]:
    """A number as it is spoken: letter by letter, digit by digit."""
    return tuple(f"say_{c.lower()}" for c in text if c.isalnum())
