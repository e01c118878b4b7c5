r"""The citizen's way over the screens, as one table.

    welcome --begin--> services --choose--> confirm --take--> printing --printed--> issued --done--> welcome
                        |  ^  |                |  \--tell--> listing --printed--> listed (no number)
                open, up|__|  |--missing-->    |--code--> code (of an appointment)
                                 not_here      |--receipt--> receipt (code of an earlier visit)

Help, start over and the staff's key lead out of every screen on which nothing is being printed. Every screen falls
back to `welcome` when nobody touches it for a while, except `printing` and `listing`, which end when the printer has
answered, and `fault`, the failsafe: whatever goes wrong inside ends there, and only a restart leads out of it.
"""

from enum import StrEnum


class Screen(StrEnum):
    """What the kiosk shows."""

    STARTING = "starting"
    WELCOME = "welcome"
    SERVICES = "services"
    CONFIRM = "confirm"
    CODE = "code"
    RECEIPT = "receipt"
    PRINTING = "printing"
    ISSUED = "issued"
    LISTING = "listing"
    LISTED = "listed"
    NOT_HERE = "not_here"
    HELP = "help"
    PIN = "pin"
    STAFF = "staff"
    CLOSED = "closed"
    FAULT = "fault"


class Act(StrEnum):
    """What moves it on."""

    SURE = "sure"
    BEGIN = "begin"
    BACK = "back"
    HOME = "home"
    OPEN = "open"
    CHOOSE = "choose"
    TAKE = "take"
    TELL = "tell"
    CODE = "code"
    RECEIPT = "receipt"
    CODED = "coded"
    MISSING = "missing"
    HELP = "help"
    PRINTED = "printed"
    DONE = "done"
    IDLE = "idle"
    PIN = "pin"
    KEY = "key"
    LEAVE = "leave"
    SHUT = "shut"
    BREAK = "break"


_OUT = {Act.HOME: Screen.WELCOME, Act.IDLE: Screen.WELCOME, Act.HELP: Screen.HELP, Act.KEY: Screen.STAFF}
_END = {Act.DONE: Screen.WELCOME, **_OUT}

TABLE: dict[Screen, dict[Act, Screen]] = {
    Screen.STARTING: {Act.SURE: Screen.WELCOME},
    Screen.WELCOME: {**_OUT, Act.BEGIN: Screen.SERVICES},
    Screen.SERVICES: {
        **_OUT,
        Act.OPEN: Screen.SERVICES,
        Act.CHOOSE: Screen.CONFIRM,
        Act.MISSING: Screen.NOT_HERE,
        Act.BACK: Screen.WELCOME,
    },
    Screen.CONFIRM: {
        **_OUT,
        Act.TAKE: Screen.PRINTING,
        Act.TELL: Screen.LISTING,
        Act.CODE: Screen.CODE,
        Act.RECEIPT: Screen.RECEIPT,
        Act.BACK: Screen.SERVICES,
    },
    Screen.CODE: {**_OUT, Act.CODED: Screen.CONFIRM, Act.BACK: Screen.CONFIRM},
    Screen.RECEIPT: {**_OUT, Act.CODED: Screen.CONFIRM, Act.BACK: Screen.CONFIRM},
    Screen.PRINTING: {Act.PRINTED: Screen.ISSUED},
    Screen.ISSUED: _END,
    Screen.LISTING: {Act.PRINTED: Screen.LISTED},
    Screen.LISTED: {**_END, Act.BACK: Screen.CONFIRM},
    Screen.NOT_HERE: {**_END, Act.BACK: Screen.SERVICES},
    Screen.HELP: {**_END, Act.BACK: Screen.SERVICES, Act.PIN: Screen.PIN},
    Screen.PIN: {**_OUT, Act.CODED: Screen.STAFF, Act.BACK: Screen.WELCOME},
    Screen.STAFF: {Act.LEAVE: Screen.WELCOME, Act.IDLE: Screen.WELCOME, Act.SHUT: Screen.CLOSED},
    Screen.CLOSED: {Act.KEY: Screen.STAFF, Act.PIN: Screen.PIN},
    Screen.FAULT: {},
}
for _screen, _row in TABLE.items():
    if _screen is not Screen.FAULT:
        _row[Act.BREAK] = Screen.FAULT

STAYS_MS: dict[Screen, int] = {
    Screen.SERVICES: 60_000,
    Screen.CONFIRM: 90_000,
    Screen.CODE: 60_000,
    Screen.RECEIPT: 60_000,
    Screen.ISSUED: 24_000,
    Screen.LISTED: 30_000,
    Screen.NOT_HERE: 30_000,
    Screen.HELP: 120_000,
    Screen.PIN: 30_000,
    Screen.STAFF: 180_000,
}
"""How long a screen waits for somebody; the others wait for ever. Every touch begins the time again."""

COUNTED_MS = 15_000
"""So long before the end (or for the last third) a count-down is on the screen, with a button for more time."""

FAILED_STAYS_MS = 45_000
"""A number without paper stands at least this long."""


def step(screen: Screen, act: Act) -> Screen | None:
    """The next screen, or None if this act means nothing here: a touch during a transition."""
    return TABLE[screen].get(act)
