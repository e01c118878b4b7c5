"""One good body of every kind of row, and the extreme values that anybody may write into it."""

from onedoor.hall.rules import Rules
from onedoor.wire.rows import body_of

RUN = "0" * 16
TICKET, COMMAND = f"k1.{RUN}.1", f"c1.{RUN}.1"
NOW_MS = 1_795_000_000_000
YEAR_9999_MS = 253_402_300_799_999
EXTREMES = (
    0, -1, 2**31, 2**53 - 1, 2**63, YEAR_9999_MS, "x" * 80, "ກ" * 64, "no-such-name", "9999-12-31", "", None, True, [],
    ["x" * 80], {}, 1.5,
)  # fmt: skip
DEVICE = {
    "booted": {"software": "0.1.0", "open_command": None, "clean": True, "volatile": False},
    "time_told": {"center_ms": NOW_MS},
    "day_answered": {"first": TICKET, "today": True},
    "clock_stepped": {"old_ms": NOW_MS, "new_ms": NOW_MS + 5_000},
    "issued": {
        "label": "A1-007", "service": "id", "queue": "id", "slot": 1, "n": 7, "day": "2026-11-18", "offline": False,
        "cls": "N", "lang": "lo", "appointment": "", "intent": "submit", "receipt": "", "series": "",
    },
    "printed": {"ticket": TICKET, "level": "A", "ahead": 3, "low": 1, "high": 9, "printer": 1},
    "print_failed": {"ticket": TICKET, "cause": "paper_out"},
    "print_unknown": {"ticket": TICKET},
    "skipped": {"service": "id", "slot": 1, "to": 17, "day": "2026-11-18", "series": TICKET},
    "numbers_begun": {"slot": 1},
    "list_given": {"service": "id", "lang": "lo", "cause": ""},
    "not_here": {"category": "family", "lang": "lo"},
    "help_asked": {"screen": "language", "lang": "lo"},
    "help_ended": {"by": "citizen"},
    "printer_changed": {"printer": 1, "state": "paper_out"},
    "paper_changed": {"printer": 1, "meters": 50},
    "reprinted": {"ticket": TICKET, "cause": ""},
    "slip_given": {"kind": "collect", "receipt": "123456", "service": "id", "day": "2026-11-25", "cause": ""},
    "staff_came": {"how": "pin"},
    "staff_left": {},
    "out_of_service": {"reason": "paper"},
    "back_in_service": {},
    "counter_opened": {"counter": "1", "queues": ["id", "land"], "clerk": "noy"},
    "counter_closed": {"counter": "1"},
    "call_requested": {"counter": "1", "queues": ["id"], "label": "", "reason": "", "roll": False, "clerk": ""},
    "shown": {"command": COMMAND, "ticket": TICKET},
    "none_shown": {"command": COMMAND},
    "undo_shown": {"command": COMMAND, "ticket": TICKET, "here": True, "serving": True},
    "called_locally": {"command": COMMAND, "ticket": TICKET},
    "gave_up": {"command": COMMAND},
    "recalled": {"ticket": TICKET},
    "started": {"ticket": TICKET},
    "ended": {"ticket": TICKET, "auto": False, "outcome": "done", "reason": "", "promised": "2026-11-25"},
    "no_show": {"ticket": TICKET},
    "counter_paused": {"counter": "1", "reason": "break"},
    "counter_resumed": {"counter": "1", "undone": False},
    "requeue_requested": {"label": "A1-007"},
    "undo_requested": {},
    "parked": {"ticket": TICKET, "minutes": 5, "reason": ""},
    "transferred": {"ticket": TICKET, "queue": "land", "place": "keep", "reason": ""},
    "walked_in": {"counter": "1", "service": "id", "queue": "id", "paper": "", "cls": "N"},
    "roll_set": {"number": 7},
    "noted": {"text": "The lamp is broken."},
    "queue_outside": {"count": 12},
    "rated": {"ticket": TICKET, "score": 4, "of": 5, "question": ""},
    "booked": {"code": "12345", "service": "id", "at_ms": NOW_MS + 86_400_000},
}  # fmt: skip
HUB = {
    "stretch_began": {"stretch": 2, "boot": "b", "base_ms": NOW_MS, "floor_ms": NOW_MS},
    "time_known": {"by": "k1", "stretch": 2, "hall_ms": NOW_MS, "center_ms": NOW_MS},
    "time_said": {"by": "k1", "stretch": 2, "hall_ms": NOW_MS, "center_ms": NOW_MS},
    "time_withdrawn": {"by": "k1", "stretch": 2, "hall_ms": NOW_MS, "center_ms": NOW_MS},
    "time_doubted": {"by": "k1", "hall_ms": NOW_MS, "center_ms": NOW_MS},
    "day_began": {"day": "2026-11-18"},
    "line_minded": {},
    "line_said": {"dev": "c1", "tickets": [TICKET], "today": True},
    "restored": {"ticket": TICKET},
    "hub_started": {"software": "0.1.0", "nonce": RUN},
    "called": {"dev": "c1", "command": COMMAND, "ticket": TICKET},
    "call_refused": {"dev": "c1", "command": COMMAND, "reason": "empty"},
    "given_back": {"dev": "c1", "command": COMMAND, "ticket": TICKET, "undone": False, "void": False},
    "call_collided": {"ticket": TICKET, "dev": "c1", "others": ["c2"]},
    "label_repeated": {"label": "A1-007", "ticket": TICKET, "first": TICKET},
    "expired": {"ticket": TICKET, "reason": "new_day"},
    "fact_misfit": {"row": TICKET, "reason": "unknown ticket"},
    "clock_corrected": {"first_seq": 1, "last_seq": 9, "old_ms": NOW_MS, "new_ms": NOW_MS + 5_000},
    "tail_lost": {"dev": "c1", "hub_seq": 9},
    "handed_on": {"ticket": TICKET, "queue": "land"},
    "requeued": {"dev": "c1", "command": COMMAND, "ticket": TICKET},
    "undone": {"dev": "c1", "command": COMMAND, "ticket": TICKET, "void": False},
    "roll_called": {"dev": "c1", "command": COMMAND, "label": "07"},
    "order_changed": {
        "ticket": TICKET, "dev": "c1", "cause": "priority", "reason": "", "passed": [TICKET], "count": 1,
    },
    "order_cost": {"ticket": TICKET, "dev": "c1", "cause": "priority", "cost_ms": 5_000, "count": 1},
    "paper_found": {"ticket": TICKET, "served_as": TICKET},
    "rules_set": {"rules": body_of(Rules())},  # type: ignore[arg-type]
    "center_closed": {"day": "2026-11-18"},
    "park_over": {"ticket": TICKET},
    "head_said": {"text": "Please close the windows."},
    "fact_refused": {"row": f"k1.{RUN}.5", "kind": "issued", "code": "time", "raw": "{}"},
    "box_overstepped": {"dev": "k1", "what": "messages", "count": 5},
    "day_closed": {"day": "2026-11-18", "first_seq": 1, "last_seq": 9, "counts": {"issued": 2}},
    "facts_kept": {"day": "2026-11-18", "last_seq": 9, "sha256": "ab" * 32},
    "epoch_began": {"origin": "onedoor.example/center/c/0", "kept": 9, "root": "ab" * 32, "last": 12, "hash": "cd" * 32},
    "key_changed": {"old": "ab" * 32, "new": "cd" * 32, "why": "new box"},
    "catalogue_set": {"national": "ab" * 32, "local": "", "key": "cd" * 32},
    "tag_key_set": {"sha256": "ab" * 32, "old": "cd" * 32},
    "rows_cut": {"first_seq": 1, "last_seq": 9, "rule": "400 days", "why": "retention"},
}  # fmt: skip


def spoiled(body: dict) -> list[tuple[str, object, dict]]:
    """Every field of a body with every extreme value: (field, value, body)."""
    return [(name, value, body | {name: value}) for name in body for value in EXTREMES]
