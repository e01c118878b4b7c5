"""Every reason why a command is not carried out: a code that never changes, and what to do next.

Policy: a refusal changes nothing, anywhere. The texts here are English and the keys of the translations.
"""

from enum import StrEnum


class Refusal(StrEnum):
    """The code, as it stands in logs and messages."""

    EMPTY = "empty"
    TOO_OLD = "too_old"
    UNKNOWN_LABEL = "unknown_label"
    OVER = "over"
    HELD = "held"
    NOT_YET_HERE = "not_yet_here"
    REASON_MISSING = "reason_missing"
    NOT_MISSED = "not_missed"
    NOTHING_TO_UNDO = "nothing_to_undo"
    UNDO_TOO_LATE = "undo_too_late"
    CHANGED_SINCE = "changed_since"
    CLOSED = "closed"
    PAUSED = "paused"
    BUSY = "busy"
    NOBODY_HERE = "nobody_here"
    SOMEBODY_HERE = "somebody_here"
    NOT_STARTED = "not_started"
    TOO_SOON = "too_soon"
    UNKNOWN_QUEUE = "unknown_queue"
    UNKNOWN_SERVICE = "unknown_service"
    NO_HUB = "no_hub"
    BAD_VALUE = "bad_value"
    SERVICE_CLOSED = "service_closed"
    SERVICE_FULL = "service_full"
    CENTER_CLOSED = "center_closed"
    WRONG_PIN = "wrong_pin"
    PIN_LOCKED = "pin_locked"
    WHICH_DAY = "which_day"
    NO_DATE = "no_date"
    TIME_DOUBTED = "time_doubted"
    NUMBER_TAKEN = "number_taken"


TEXTS: dict[Refusal, str] = {
    Refusal.EMPTY: "Nobody is waiting.",
    Refusal.TOO_OLD: "The answer took too long. Press again.",
    Refusal.UNKNOWN_LABEL: "This number is not known today. Check it, or serve the paper without a record.",
    Refusal.OVER: "This visit is over. Take a new ticket.",
    Refusal.HELD: "Another counter has this person.",
    Refusal.NOT_YET_HERE: "This ticket has not arrived from its kiosk yet. Try again in a moment.",
    Refusal.REASON_MISSING: "A call out of order needs a reason.",
    Refusal.NOT_MISSED: "Only a no-show can wait again.",
    Refusal.NOTHING_TO_UNDO: "There is nothing to undo.",
    Refusal.UNDO_TOO_LATE: "Too late to undo: more than ten seconds have passed.",
    Refusal.CHANGED_SINCE: "Too late to undo: another counter has gone on.",
    Refusal.CLOSED: "Open the counter first.",
    Refusal.PAUSED: "The counter is paused. End the pause first.",
    Refusal.BUSY: "The last press is still on its way.",
    Refusal.NOBODY_HERE: "Nobody is at this counter.",
    Refusal.SOMEBODY_HERE: "Finish with the person at the counter first.",
    Refusal.NOT_STARTED: "Is the person here? Press Start first. If nobody came, press No-show.",
    Refusal.TOO_SOON: "The number has just been called. Wait a few seconds.",
    Refusal.UNKNOWN_QUEUE: "There is no such queue.",
    Refusal.UNKNOWN_SERVICE: "There is no such service.",
    Refusal.NO_HUB: "No connection to the hub: this cannot be done now. Go on with Next.",
    Refusal.BAD_VALUE: "This cannot be right. Check what you typed.",
    Refusal.SERVICE_CLOSED: "This service is closed now.",
    Refusal.SERVICE_FULL: "No more tickets for this service today.",
    Refusal.CENTER_CLOSED: "The center is closed now.",
    Refusal.WRONG_PIN: "This PIN is not right. Try again.",
    Refusal.WHICH_DAY: "First say whether the people who came before the power cut are of today.",
    Refusal.NO_DATE: "Nobody knows the date here. Say the time first: More, Time.",
    Refusal.TIME_DOUBTED: "This does not fit what is known. If it is right, say it at a second counter too.",
    Refusal.NUMBER_TAKEN: "Another counter has this number still. Wait until it is free.",
    Refusal.PIN_LOCKED: "Too many wrong PINs. Wait five minutes, or ask the head.",
}
"""What to say, in English."""
