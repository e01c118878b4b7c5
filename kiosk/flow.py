"""The citizen's way over the screens, as one table.

    starting --sure--> welcome

    welcome --begin--> services --choose--> printing --printed--> issued --done--> welcome
                          |  ^
                     code v  | code, back
                          code  (of an appointment)

Every screen falls back to `welcome` when nobody touches it for a while, except `printing`, which
ends when the printer has answered, and `fault`, from which only a restart leads.
"""

from enum import StrEnum


class Screen(StrEnum):
    """What the kiosk shows."""

    STARTING = "starting"
    WELCOME = "welcome"
    SERVICES = "services"
    CODE = "code"
    PRINTING = "printing"
    ISSUED = "issued"
    FAULT = "fault"


class Act(StrEnum):
    """What moves it on."""

    SURE = "sure"
    BEGIN = "begin"
    BACK = "back"
    CHOOSE = "choose"
    CODE = "code"
    PRINTED = "printed"
    DONE = "done"
    IDLE = "idle"
    BREAK = "break"


TABLE: dict[Screen, dict[Act, Screen]] = {
    Screen.STARTING: {Act.SURE: Screen.WELCOME, Act.BREAK: Screen.FAULT},
    Screen.WELCOME: {Act.BEGIN: Screen.SERVICES, Act.IDLE: Screen.WELCOME, Act.BREAK: Screen.FAULT},
    Screen.SERVICES: {
        Act.CHOOSE: Screen.PRINTING,
        Act.CODE: Screen.CODE,
        Act.BACK: Screen.WELCOME,
        Act.IDLE: Screen.WELCOME,
        Act.BREAK: Screen.FAULT,
    },
    Screen.CODE: {
        Act.CODE: Screen.SERVICES,
        Act.BACK: Screen.SERVICES,
        Act.IDLE: Screen.WELCOME,
        Act.BREAK: Screen.FAULT,
    },
    Screen.PRINTING: {Act.PRINTED: Screen.ISSUED, Act.BREAK: Screen.FAULT},
    Screen.ISSUED: {Act.DONE: Screen.WELCOME, Act.IDLE: Screen.WELCOME, Act.BREAK: Screen.FAULT},
    Screen.FAULT: {},
}

STAYS_MS: dict[Screen, int] = {Screen.SERVICES: 60_000, Screen.CODE: 60_000, Screen.ISSUED: 10_000}
"""How long a screen waits for somebody; the others wait for ever."""

FAILED_STAYS_MS = 20_000
"""A number without paper stands at least this long."""


def step(screen: Screen, act: Act) -> Screen | None:
    """The next screen, or None if this act means nothing here: a touch during a transition."""
    return TABLE[screen].get(act)
