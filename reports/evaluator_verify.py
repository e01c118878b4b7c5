"""Checks an evaluator's pack, and computes its headline indicators again. Needs Python 3.9 or newer, and nothing else.

    python3 verify.py [FOLDER]

What is checked: that no file of the pack was changed (MANIFEST.sha256), that every row of log.jsonl is in its one
spelling, continues the row before it by its hash and its number, that the seals are genuine and hold, and that
results.json is what the log gives. This file was written apart from the program that wrote the pack and uses none of
it; the definitions are in definitions.md. What it cannot check: whether each call followed the published order.
`onedoor verify` does.
"""

import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo
from fractions import Fraction
from pathlib import Path
from typing import Any

VIENTIANE, VIENTIANE_S = "Asia/Vientiane", 7 * 3600
"""The zone of a center whose rules name none; Laos sets no clock to summer."""
DAY_S = 86_400
FORGOTTEN_S = 4 * 3600
LATE_WALK_S, LATE_ACT_S = 60, 5
LONGEST_S = 16 * 3600
NOWHERE_S = DAY_S * 10**9
"""Times that nobody dated are put here, each stretch of the hub by itself."""
Row = dict[str, Any]

# -- Ed25519 signatures, after RFC 8032, section 5.1 -------------------------------------------------------------------

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def add(a: Point, b: Point) -> Point:
    """The sum of two points in extended coordinates."""
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return i * j % P, k * m % P, j * k % P, i * m % P


def times(n: int, point: Point) -> Point:
    """A point, n times."""
    total: Point = (0, 1, 1, 0)
    while n:
        if n & 1:
            total = add(total, point)
        point, n = add(point, point), n >> 1
    return total


def point_of(data: bytes) -> "Point | None":
    """The point that these 32 bytes name, if there is one."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = point_of(BASE_Y.to_bytes(32, "little"))


def genuine(key: bytes, words: bytes, signature: bytes) -> bool:
    """Whether this signature of these words was made with the key's other half."""
    a, r, s = point_of(key), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or BASE is None or len(signature) != 64 or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + words).digest(), "little") % Q
    left, right = times(s, BASE), add(r, times(h, a))
    return not ((left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P)


# -- the chain and the seals -------------------------------------------------------------------------------------------


class Wrong(Exception):
    """Something does not hold; the message says what and where."""


def spelled(row: Row) -> bytes:
    """The one spelling of a row: JSON, keys in order, no blanks, UTF-8."""
    return json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def read_log(path: Path, before: Row, wanted: "set[int]") -> "tuple[int, dict[int, str], list[Row]]":
    """How many rows the log has, each checked against the one before; `before` is the number and hash they continue.
    Rows are not kept, for a log may be long: only the hashes of the wanted ones, and the few that tell the time.
    """
    number, head = before["hub_seq"], before["hash"]
    heads, late = {number: head}, []
    with open(path, "rb") as file:
        for line in file:
            number += 1
            where = f"log.jsonl, row {number}"
            try:
                row = json.loads(line)
            except ValueError:
                raise Wrong(f"{where}: cannot be read") from None
            if spelled(row) + b"\n" != line:
                raise Wrong(f"{where}: is not in its one spelling")
            if row["hub_seq"] != number:
                raise Wrong(f"{where}: carries number {row['hub_seq']}: rows are missing, doubled or moved")
            if row["prev_hash"] != head:
                raise Wrong(f"{where}: does not continue the row before it")
            bare = {name: value for name, value in row.items() if name != "hash"}
            head = hashlib.sha256(bytes.fromhex(head) + spelled(bare)).hexdigest()
            if row.get("hash") != head:
                raise Wrong(f"{where}: was changed: its hash is not that of its contents")
            if number in wanted:
                heads[number] = head
            if row["kind"] in TELLING:
                late.append(row)
    return number - before["hub_seq"], heads, late


def again(path: Path) -> Iterator[Row]:
    """The rows of a log that was checked, one after the other."""
    with open(path, "rb") as file:
        for line in file:
            yield json.loads(line)


def seals_of(path: Path) -> list[Row]:
    """The seals beside the log."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def check_seals(seals: list[Row], heads: "dict[int, str]", last: int) -> "tuple[int, set[str]]":
    """How many seals hold, and the keys they were made with. `heads`: hashes of rows; `last`: the last row's number."""
    held, keys = 0, set()
    for seal in seals:
        words = f"onedoor-seal-1|{seal['center']}|{seal['day']}|{seal['epoch']}|{seal['hub_seq']}|{seal['hash']}"
        if not genuine(bytes.fromhex(seal["key"]), words.encode(), bytes.fromhex(seal["signature"])):
            raise Wrong(f"the seal of {seal['day']} is forged: its signature does not fit")
        if seal["hub_seq"] > last:
            raise Wrong(f"the seal of {seal['day']} knows the log up to row {seal['hub_seq']}: its end was cut off")
        if seal["hub_seq"] in heads:
            if heads[seal["hub_seq"]] != seal["hash"]:
                raise Wrong(
                    f"the seal of {seal['day']} knows another row {seal['hub_seq']}: the log was computed again"
                )
            held += 1
            keys.add(seal["key"])
    return held, keys


# -- from rows to visits -----------------------------------------------------------------------------------------------


TELLING = ("clock_corrected", "stretch_began", "time_known", "time_said", "time_withdrawn", "rules_set")


def zone_of(name: str) -> "tzinfo | None":
    """The time zone of this name, as this computer knows it; None: that of Vientiane. Wrong, if there is none."""
    if name == VIENTIANE:
        return None
    try:
        from zoneinfo import ZoneInfo

        return ZoneInfo(name)
    except Exception:  # noqa: BLE001 - whatever is missing, the reader has to be told the same
        raise Wrong(f"this computer knows no time zone '{name}': pip install tzdata, or another computer") from None


class Calendar:
    """Which day it was in the center, and what its clocks showed, by the zones that its rules named; seconds: UTC."""

    def __init__(self, zones: "list[tuple[int, str]]") -> None:
        self.since = [since for since, _ in zones][1:]
        self.zones = [zone_of(name) for _, name in zones] or [None]
        self.begun: dict[int, int] = {}

    def ahead(self, t: int, number: int) -> int:
        """By how many seconds the clocks of a zone are ahead of UTC."""
        zone = self.zones[number]
        if zone is None:
            return VIENTIANE_S
        try:
            offset = datetime.fromtimestamp(t, zone).utcoffset()
        except (OverflowError, ValueError, OSError):  # in no year that a calendar has
            return VIENTIANE_S
        return int(offset.total_seconds()) if offset is not None else 0

    def here(self, t: int) -> int:
        """The number of the zone in force."""
        return sum(since <= t for since in self.since)

    def day(self, t: int) -> int:
        """The number of the day, from 1970 on. A day that was over does not come back with another zone."""
        now = self.here(t)
        ends = [*(since - 1 for since in self.since[:now]), t]
        return max((end + self.ahead(end, number)) // DAY_S for number, end in enumerate(ends))

    def half_hour(self, t: int) -> int:
        """The half hour of the day that the clock on the wall showed, from 0 on."""
        return (t + self.ahead(t, self.here(t))) % DAY_S // 1800

    def begin(self, day: int) -> int:
        """The first second of a day: the earliest that is not of a day before."""
        if day not in self.begun:
            low, high = (day - 3) * DAY_S, (day + 3) * DAY_S
            while low < high:
                middle = (low + high) // 2
                low, high = (low, middle) if self.day(middle) >= day else (middle + 1, high)
            self.begun[day] = low
        return self.begun[day]

    def window(self, day: int) -> "tuple[int, int]":
        """From the beginning of a day to that of the next."""
        return self.begin(day), self.begin(day + 1)


def at_clock(day: int, minutes: int, name: str) -> int:
    """The moment at which a clock of this zone shows so many minutes after midnight."""
    zone = zone_of(name)
    if zone is None:
        return day * DAY_S + minutes * 60 - VIENTIANE_S
    return int((datetime(1970, 1, 1) + timedelta(days=day, minutes=minutes)).replace(tzinfo=zone).timestamp())  # noqa: DTZ001


class Clock:
    """When rows happened. Hall time of a stretch (one boot of the hub) is dated by the last word about it that was not
    withdrawn; a row of stretch 0 carries center time. `corrections` are those of releases before there were stretches.
    """

    def __init__(
        self, telling: Iterable[Row], known_before: "dict[str, list[Any]] | None" = None, zone_before: str = ""
    ) -> None:
        self.words: dict[int, tuple[int, bool]] = {0: (0, True)}
        self.words |= {int(n): (int(moved), bool(sure)) for n, (moved, sure) in (known_before or {}).items()}
        self.corrections = []
        named: list[tuple[Row, str]] = [({}, zone_before)] if zone_before else []
        for row in telling:
            kind, body = row["kind"], row["body"]
            if kind == "clock_corrected":
                self.corrections.append(body)
            elif kind == "rules_set":
                zone = (body["rules"].get("hours") or {}).get("zone", VIENTIANE)
                if not named or named[-1][1] != zone:
                    named.append((row, zone))
            elif kind in ("time_known", "time_said"):
                self.words[body["stretch"]] = (body["center_ms"] - body["hall_ms"], kind == "time_known")
            else:
                self.words.pop(body["stretch"], None)
        zones: list[tuple[int, str]] = []
        for row, zone in named:
            t = self.moved(row) if row else 0
            t = max(t if t < NOWHERE_S else 0, zones[-1][0] if zones else -NOWHERE_S)
            zones = [one for one in zones if one[0] < t or one is zones[0]] + [(t, zone)]
        self.calendar = Calendar(zones)

    def moved(self, row: Row) -> int:
        """The second, UTC, of a row of the hub."""
        n = row.get("stretch", 0)
        return int(row["t_event"] + self.words[n][0]) // 1000 if n in self.words else NOWHERE_S

    def second(self, row: Row) -> int:
        """The second since 1970, UTC; far away if nobody ever dated it."""
        n, number = row.get("stretch", 0), row["hub_seq"]
        by = sum(c["new_ms"] - c["old_ms"] for c in self.corrections if c["first_seq"] <= number <= c["last_seq"])
        if n in self.words:
            return int(row["t_event"] + by + self.words[n][0]) // 1000
        return int(row["t_event"]) // 1000 + NOWHERE_S * int(max(1, n))

    def line(self, row: Row) -> int:
        """On which line of time it lies: 0 is known center time, any other number only comparable with itself."""
        n: int = row.get("stretch", 0)
        return 0 if self.words.get(n, (0, False))[1] else n


def day_name(day: int) -> str:
    """The date of a day since 1970, YYYY-MM-DD, by the rule of leap years."""
    era, of_era = divmod(day + 719_468, 146_097)  # 400 years, from a first of March on
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    date = of_year - (153 * month + 2) // 5 + 1
    month += 3 if month < 10 else -9
    return f"{year + era * 400 + (month <= 2):04d}-{month:02d}-{date:02d}"


def took(a: list[Any], b: list[Any]) -> Any:
    """Seconds from one step to another; None if nobody can know. One box's own clock in one boot knows best."""
    if a[BOX] and a[BOX] == b[BOX]:
        return b[OWN] - a[OWN]
    return b[0] - a[0] if a[LINE] == b[LINE] else None


def good(seconds: Any, most: int = LONGEST_S) -> bool:
    """Whether a duration may be counted: known, not below zero, not longer than can be."""
    return seconds is not None and 0 <= seconds <= most


LINE, BOX, OWN = 6, 7, 8


class Reading:
    """What has been read: the steps of each visit, as (second, order, what, counter, queue, note, line of time, box and
    boot, its own clock), and of counters.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.hours: list[tuple[int, Row]] = []
        self.visits: dict[str, list[list[Any]]] = defaultdict(list)
        self.counters: list[list[Any]] = []
        self.number: dict[str, str] = {}
        self.away: dict[str, str] = {}
        self.out: set[str] = set()
        self.undone: dict[str, tuple[str, list[list[Any]]]] = {}
        self.fact: Row = {}
        self.unknown_paper: set[str] = set()

    def step(self, row: Row, t: int, what: str, visit: str, counter: str = "", queue: str = "") -> None:
        """One step of a visit."""
        self.visits[visit].append(self.made(row, t, what, counter, sys.intern(queue), note_of(row)))

    def made(self, row: Row, t: int, what: str, counter: str, queue: str = "", note: str = "") -> list[Any]:
        """A step with what its time can be compared."""
        box = "" if row["dev"] == "hub" else sys.intern(f"{row['dev']} {row['boot']}")
        return [t, row["hub_seq"], what, counter, queue, note, self.clock.line(row), box, row["mono"] // 1000]

    def call(self, row: Row, t: int, counter: str) -> None:
        """A call, or the return of somebody who was away."""
        visit = row["body"]["ticket"]
        was = self.away.get(visit, "")
        parked = [step for step in self.visits[visit] if step[2] == "park"]
        if was == "parked" and parked and before(self.made(row, t, "call", counter), parked[-1]):
            was = ""  # told late: he had not been asked to come back yet
        else:
            self.away.pop(visit, None)
        if was == "no_show":
            self.step(row, t, "requeue", visit)
        self.step(row, t, "resume" if was == "parked" else "call", visit, counter)

    def take(self, row: Row, t: int) -> None:
        """One row."""
        kind, body, dev = row["kind"], row["body"], str(row["dev"])
        self.fact = row if dev != "hub" else self.fact
        visit, own, other = str(body.get("ticket", "")), f"{dev}.{row['run']}.{row['seq']}", str(body.get("dev", ""))
        here, there = self.number.get(dev, dev), self.number.get(other, other)
        if row["quality"] == "C" and (visit or kind == "issued") and kind in COUNTED:
            self.out.add(own if kind == "issued" else visit)
        if kind == "issued":
            self.step(row, t, "issue", own, "", body["service"])
        elif kind == "walked_in":
            self.step(row, t, "walk_in", own, here, body["service"])
            self.step(row, t, "start", own, here)
        elif kind == "roll_called":
            self.step(row, t, "walk_in", body["command"], there)
        elif kind in ("called", "called_locally"):
            self.not_expired(visit)
            self.call(row, t, there if kind == "called" else here)
        elif kind == "given_back" and body["command"] in self.undone:
            self.restore(visit, body["command"])  # an undo that nobody showed
        elif kind == "given_back":
            self.take_back(visit, there)
        elif kind == "undone":
            self.undone[body["command"]] = (visit, self.undo(visit, there))
        elif kind in ("transferred", "ended", "no_show", "parked") and not self.counts(visit, here):
            self.step(row, t, "freed", visit, here)
        elif kind in ("handed_on", "transferred"):
            self.away.pop(visit, None)
            self.step(row, t, "transfer", visit, here if kind == "transferred" else "", body["queue"])
        elif kind == "expired":
            self.expired(row, t, visit)
        else:
            self.take_rest(row, t, visit, here)

    def take_rest(self, row: Row, t: int, visit: str, here: str) -> None:
        """One row of a kind that is rarer, or plainer."""
        kind, body = row["kind"], row["body"]
        if kind == "restored":
            self.not_expired(visit)
        elif kind == "rules_set":
            hours = body["rules"].get("hours") or {}
            before = self.hours[-1][0] if self.hours else 0
            self.hours.append((self.clock.calendar.day(t) if t < NOWHERE_S else before, hours))
        elif kind == "shown":
            self.not_expired(visit)
            if not self.holds(visit, here):
                self.call(row, t, here)
        elif kind == "undo_shown":
            self.undo_shown(row, t, here)
        elif kind == "fact_misfit":
            steps = self.visits[self.fact.get("body", {}).get("ticket", "")]
            steps[:] = [s for s in steps if s[1] != self.fact["hub_seq"] or s[2] in ("issue", "walk_in")]
        elif kind == "paper_found":
            self.out.add(visit)
        elif kind == "print_unknown":
            self.unknown_paper.add(visit)
        elif kind in PLAIN:
            if kind == "no_show" and visit in self.unknown_paper:
                self.out.add(visit)
            if kind in ("no_show", "parked"):
                self.away[visit] = kind
            elif kind == "requeued":
                self.away.pop(visit, None)
            self.step(row, t, PLAIN[kind], visit, "" if kind == "requeued" else here)
        elif kind in STATES:
            if kind == "counter_opened":
                self.number[row["dev"]] = here = body["counter"]
            state = "break" if kind == "counter_paused" and body["reason"] == "break" else STATES[kind]
            self.counters.append(self.made(row, t, state, here))

    def not_expired(self, visit: str) -> None:
        """The hub let somebody expire and did not know that he was being served: that did not happen."""
        steps = self.visits[visit]
        if steps and steps[-1][2] == "expire":
            del steps[-1]

    def expired(self, row: Row, t: int, visit: str) -> None:
        """Still waiting when the center closed; found out later, the wait ended at closing time of its own day."""
        self.step(row, t, "expire", visit)
        steps = self.visits[visit]
        entry = [s for i, s in enumerate(steps) if not i or s[2] in ("issue", "transfer")][-1]
        if row["body"]["reason"] == "closing" or entry[0] >= NOWHERE_S or entry is steps[-1]:
            return
        closes = self.closes(entry[0])
        if entry[LINE] != steps[-1][LINE] or t > closes:
            steps[-1][0], steps[-1][LINE] = closes, entry[LINE]

    def closes(self, t: int) -> int:
        """Closing time of this day; its last second, if there is none or it is past already."""
        day = self.clock.calendar.day(t)
        last, name = self.clock.calendar.begin(day + 1) - 1, day_name(day)
        known = [hours for since, hours in self.hours if since <= day] or [hours for _, hours in self.hours[:1]]
        hours = known[-1] if known else {}
        week = hours.get("week") or [[]] * 7
        spans = hours.get("days", {}).get(name, week[(day + 3) % 7])
        at = at_clock(day, spans[-1][1], hours.get("zone", VIENTIANE)) if spans else last
        return min(at, last) if at >= t else last

    def take_back(self, visit: str, counter: str) -> None:
        """A call that no counter ever showed did not happen."""
        steps = self.visits[visit]
        for i in range(len(steps) - 1, -1, -1):
            if steps[i][2] in ("call", "resume") and steps[i][3] == counter:
                if steps[i][2] == "resume":
                    self.away[visit] = "parked"
                del steps[i]
                return

    def undo(self, visit: str, counter: str) -> list[list[Any]]:
        """The counter's last step did not happen, nor the leg that it began; these. A number of the paper roll stays,
        at no counter.
        """
        steps = self.visits[visit]
        self.away.pop(visit, None)
        if len(steps) == 1 and steps[0][2] == "walk_in":
            steps[0][3] = ""
            return []
        own = [i for i, step in enumerate(steps) if step[3] == counter] or [max(0, len(steps) - 1)]
        last = own[-1]
        two = len(steps) > last + 1 and steps[last][2] == "end" and steps[last + 1][2] == "transfer"
        gone = steps[last : last + 1 + two]
        del steps[last : last + 1 + two]
        if gone and gone[0][2] == "resume":
            self.away[visit] = "parked"
        return gone

    def undo_shown(self, row: Row, t: int, here: str) -> None:
        """What stands at the counter counts, whatever the hub has said or forgotten."""
        visit, there = row["body"]["ticket"], row["body"]["here"]
        if self.holds(visit, here) == there:
            return
        steps = self.visits[visit]
        if there and self.restore(visit, row["body"]["command"]):
            return
        own = [step[2] for step in steps if step[3] == here]
        if not there or (own and own[-1] in FREE):
            self.undo(visit, here)
        else:
            self.step(row, t, "call", visit, here)

    def restore(self, visit: str, command: str) -> bool:
        """Put back what an undo took away from this visit, if it did."""
        of, taken = self.undone.pop(command, ("", []))
        if of == visit and taken:
            self.visits[visit].extend(taken)
            again = {"park": "parked", "no_show": "no_show"}.get(taken[-1][2])
            if again:
                self.away[visit] = again
            elif taken[-1][2] == "resume":
                self.away.pop(visit, None)
        return of == visit and bool(taken)

    def holds(self, visit: str, counter: str) -> bool:
        """Whether this counter has the person, by the steps so far."""
        for step in reversed(self.visits[visit]):
            if step[3] == counter and step[2] in ("call", "resume", "walk_in"):
                return True
            if (step[2] in FREE and step[3] in (counter, "")) or step[2] == "issue":
                return False
        return False

    def counts(self, visit: str, counter: str) -> bool:
        """Whether this counter called the person in this leg, and nobody has ended it meanwhile."""
        called = False
        for step in reversed(self.visits[visit]):
            if step[2] == "end":
                return False
            called = called or (step[3] == counter and step[2] in ("call", "resume", "start", "walk_in"))
            if step[2] in ("issue", "transfer"):
                break
        return called


def note_of(row: Row) -> str:
    """All that is needed later of the row behind a step: a class where a visit begins, how it ended where it ends."""
    body = row["body"]
    if row["kind"] == "ended":
        return "withdrawn" if body["outcome"] == "withdrawn" else "auto" if body["auto"] else ""
    return sys.intern(body.get("cls", "N"))


PLAIN = {"recalled": "recall", "started": "start", "ended": "end", "no_show": "no_show", "parked": "park",
         "requeued": "requeue", "reprinted": "reprint"}  # fmt: skip
STATES = {"counter_opened": "open", "counter_closed": "close", "counter_paused": "pause", "counter_resumed": "open"}
COUNTED = {
    *PLAIN, "shown", "undo_shown", "issued", "called", "called_locally", "given_back", "undone", "handed_on",
    "transferred", "expired", "paper_found", "print_unknown", "rated", "order_changed", "order_cost", "print_failed",
    "fact_misfit",
    "call_collided", "label_repeated", "restored",
}  # fmt: skip
FREE = ("end", "no_show", "park", "transfer", "leave", "expire", "freed")


def read(
    rows: Iterable[Row], telling: "list[Row] | None" = None, words: "dict[str, list[Any]] | None" = None, zone: str = ""
) -> Reading:
    """All rows, in the time that they together tell. `telling`: those that tell it; `words`, `zone`: what was told
    before.
    """
    if telling is None:
        rows = list(rows)
        telling = [row for row in rows if row["kind"] in TELLING]
    clock = Clock(telling, words, zone)
    reading = Reading(clock)
    for row in rows:
        reading.take(row, clock.second(row))
    for visit, steps in reading.visits.items():
        if steps and all(s[2] not in ("issue", "walk_in") for s in steps) and visit.partition(".")[0] in reading.number:
            steps.insert(0, [*steps[0][:2], "walk_in", "", "", "N", *steps[0][LINE:]])  # of the paper roll
        steps.sort(key=lambda s: (s[2] not in ("issue", "walk_in"), s[1]))
    return reading


def legs_of(steps: list[list[Any]], busy: "dict[str, list[tuple[int, int]]]", over: int, until: int) -> list[Row]:
    """The legs of one visit, their moments being steps; the time it kept counters busy is added to `busy`. `over`: when
    its day was.
    """
    legs: list[Row] = []
    holding: dict[str, list[Any]] = {}
    for step in steps:
        _, _, named, counter, queue, note = step[:LINE]
        what = "leave" if named == "end" and note == "withdrawn" else named
        if what in ("issue", "walk_in"):
            legs.append({"entry": step, "service": queue, "queue": queue, "class": note, "parked": 0})
            if what == "walk_in":
                legs[-1] |= {"walk_in": True} | ({"last": step} if counter else {})
                if counter:
                    holding[counter] = step
            continue
        if not legs:
            return []
        leg = legs[-1]
        if what in ("call", "resume"):
            holding.setdefault(counter, step)
        elif what in FREE:
            for name in [counter] if counter else list(holding):
                if name in holding:
                    since = holding.pop(name)
                    if good(seconds := took(since, step)):
                        busy[name].append(within((since[0], since[0] + seconds), over, until))
        follow(leg, what, step)
        if what == "transfer":
            legs.append({"entry": step, "service": leg["service"], "queue": queue, "class": leg["class"], "parked": 0})
    for name, since in holding.items():
        if since[0] < NOWHERE_S:
            busy[name].append((since[0], max(since[0], until)))
    return legs


def within(span: "tuple[int, int]", over: int, until: int) -> "tuple[int, int]":
    """A counter is busy with somebody until the day is over at the latest."""
    return (span[0], max(span[0], until)) if span[0] < over < span[1] else span


def before(step: list[Any], other: list[Any]) -> bool:
    """Whether a step that was told later happened earlier, as far as anybody can say."""
    apart = took(other, step)
    return apart is not None and apart < 0


def follow(leg: Row, what: str, step: list[Any]) -> None:
    """What one step does to a leg."""
    if what == "call":
        if "call" not in leg or ("walk_in" not in leg and before(step, leg["call"])):
            leg["call"] = step
        leg["last"] = leg["called"] = step
    elif what == "start":
        if "start" not in leg:
            leg |= {"start": step, "parked": 0}  # who was asked back before it is not asked back during the service
    elif what == "park":
        leg["away"] = step
    elif what == "resume":
        away = took(leg.pop("away", step), step)
        away = None if away is not None and away < 0 else away
        leg["parked"] += away or 0
        leg["pause_unknown"] = leg.get("pause_unknown", False) or away is None
        if "start" not in leg:
            leg["called"] = step
    elif what == "requeue":
        for name in ("end", "outcome", "start", "told_late"):
            leg.pop(name, None)
        leg["parked"] = 0
    elif what == "recall":
        leg["recalls"] = leg.get("recalls", 0) + 1
    if what in ("end", "transfer", "no_show", "leave", "expire", "park") and "start" in leg and "walk_in" not in leg:
        walk, rest = took(leg["called"] if "called" in leg else leg["start"], leg["start"]), took(leg["start"], step)
        if walk is not None and rest is not None and walk > LATE_WALK_S and 0 <= rest <= LATE_ACT_S:
            leg["told_late"] = True
    if what in ("end", "transfer", "no_show", "leave", "expire") and leg.get("outcome") != "served":
        outcome = {"end": "served", "transfer": "served", "leave": "left", "expire": "expired"}.get(what, what)
        leg |= {"end": step, "outcome": outcome, "auto": what == "end" and step[5] == "auto"}


# -- indicators --------------------------------------------------------------------------------------------------------


def rounded(value: Any) -> Any:
    """Six decimals; none of nothing."""
    return None if value is None else round(float(value), 6)


def ratio(a: int, b: int) -> Any:
    """A share of something."""
    return rounded(Fraction(a, b)) if b else None


def nearest_rank(values: list[int], percent: int) -> Any:
    """Element k = ceil(p n) of the sorted values, counting from 1."""
    return sorted(values)[(percent * len(values) + 99) // 100 - 1] if values else None


def spread(values: list[int]) -> dict[str, Any]:
    """How many, their mean, their 90th percentile."""
    return {"n": len(values), "mean": ratio(sum(values), len(values)), "p90": nearest_rank(values, 90)}


def indicators(reading: Reading, standard_s: int) -> dict[str, Any]:
    """The headline indicators of all days. A visit whose date nobody knows is in none of them, and counted."""
    days: dict[int, list[list[list[Any]]]] = defaultdict(list)
    last: dict[int, int] = defaultdict(int)
    latest: dict[int, int] = defaultdict(int)
    earliest: dict[int, int] = {}
    undated, calendar = 0, reading.clock.calendar
    for name, steps in reading.visits.items():
        if not steps or name in reading.out:
            continue
        if steps[0][0] >= NOWHERE_S:
            undated += 1
            continue
        first = calendar.day(steps[0][0])
        days[first].append(steps)
        last[first] = max(last[first], *(s[0] + 1 for s in steps if calendar.day(s[0]) == first))
        latest[first] = max(latest[first], *(s[0] + 1 for s in steps if s[0] < NOWHERE_S))
        earliest[first] = min(earliest.get(first, calendar.begin(first)), *(s[0] for s in steps))
    for t, *_ in reading.counters:
        if t < NOWHERE_S:
            last[calendar.day(t)] = max(last[calendar.day(t)], t + 1)
    visits, levels = [], 0
    busy_s: dict[str, int] = defaultdict(int)
    for day, found in days.items():
        busy: dict[str, list[tuple[int, int]]] = defaultdict(list)
        of_day = [legs for steps in found if (legs := legs_of(steps, busy, calendar.begin(day + 1), last[day]))]
        visits += [(day, legs) for legs in of_day]
        levels += area(found, (earliest[day], max(calendar.begin(day + 1), latest[day])))
        for counter, spans in busy.items():
            busy_s[counter] += clipped(spans, calendar.window(day))
    told = figures(visits, standard_s, calendar) | counters(reading, days, last, busy_s, visits)
    return told | {"area_s": levels, "undated": undated}


def goes_back(steps: list[list[Any]]) -> bool:
    """Whether a step behind the beginning is more than a minute earlier than one that stands before it: told late. Or
    somebody was sent on while another counter had him too.
    """
    later = [step for step in steps if step[2] not in ("issue", "walk_in")]
    having: set[str] = set()
    for _, _, what, counter, *_ in steps:
        if counter and what in ("call", "resume", "walk_in"):
            having.add(counter)
        elif what in ("park", "transfer", "end", "no_show", "leave", "expire", "freed"):
            having.discard(counter)
            if what == "transfer" and having:
                return True
    return any(a[LINE] == b[LINE] and a[0] > b[0] + 60 for n, b in enumerate(later) for a in later[:n])


def area(visits: list[list[list[Any]]], window: "tuple[int, int]") -> int:
    """The area under the number of people waiting in one day, from its steps alone. A wait that cannot be counted is in
    neither side, nor is a visit whose steps go back in time.
    """
    changes: dict[int, int] = defaultdict(int)
    for steps in visits:
        if goes_back(steps):
            continue
        waits, entered = steps[0][2] not in ("issue", "walk_in"), steps[0]
        called: Any = None
        for step in steps:
            t, what = step[0], step[2]
            leaves = what == "end" and step[5] == "withdrawn"
            if what in ("issue", "transfer"):
                changes[t] += 0 if waits else 1
                waits, entered, called = True, step, None
            if what == "call" and called and before(step, called):
                seconds = took(entered, called)
                changes[entered[0] + seconds if good(seconds) else entered[0]] += 1
                waits = True
            if waits and (what in ("call", "expire") or leaves):
                waits, seconds, called = False, took(entered, step), step if what == "call" else None
                changes[entered[0] + seconds if good(seconds) else entered[0]] -= 1
    total = level = 0
    at = window[0]
    for t in sorted(changes):
        here = min(max(t, window[0]), window[1])
        total, level, at = total + level * (here - at), level + changes[t], here
    return total + level * (window[1] - at)


def clipped(spans: "list[tuple[int, int]]", day: "tuple[int, int]") -> int:
    """Seconds of these spans on this day."""
    return sum(max(0, min(b, day[1]) - max(a, day[0])) for a, b in spans)


def gini(values: list[int]) -> Any:
    """Mean difference of all pairs over twice the mean: 0 if all are zero, none if there are none."""
    n, total = len(values), sum(values)
    spread_out = sum((2 * i - n - 1) * w for i, w in enumerate(sorted(values), 1))
    return ratio(spread_out, n * total) if total else (0.0 if n else None)


def waits(legs: list[dict[str, Any]]) -> list[int]:
    """First call - entry of those who were called and had a ticket; none that cannot be."""
    called = [took(leg["entry"], leg["call"]) for leg in legs if "call" in leg and "walk_in" not in leg]
    return [wait for wait in called if good(wait)]


def service(leg: dict[str, Any]) -> Any:
    """End - start - parked of a served leg; without a start from the last call. None if there is none, or unknown."""
    begun = leg.get("start", leg.get("last"))
    if leg.get("outcome") != "served" or begun is None or leg.get("pause_unknown") or leg.get("told_late"):
        return None
    whole = took(begun, leg["end"])
    return None if whole is None else whole - leg["parked"]


def figures(visits: "list[tuple[int, list[dict[str, Any]]]]", standard_s: int, calendar: Calendar) -> dict[str, Any]:
    """Everything that is made of legs."""
    first = [legs[0] for _, legs in visits]
    every = [leg for _, legs in visits for leg in legs]
    uncalled = [
        took(leg["entry"], leg["end"]) for leg in first
        if "call" not in leg and "walk_in" not in leg and leg.get("outcome") in ("left", "expired")
    ]  # fmt: skip
    gone = [seconds for seconds in uncalled if good(seconds)]
    services = [s for leg in every if not leg.get("auto") and good(s := service(leg), FORGOTTEN_S)]
    done = [legs for _, legs in visits if legs[-1].get("outcome") == "served"]
    sure = [legs for legs in done if all((service(leg) or 0) <= FORGOTTEN_S for leg in legs)]
    stays = [stay for legs in sure if good(stay := took(legs[0]["entry"], legs[-1]["end"]))]
    waited = [
        sum(waits(legs)) for legs in done
        if "walk_in" not in legs[0] and len(waits(legs)) == sum("call" in leg for leg in legs)
    ]  # fmt: skip
    outcome: dict[str, int] = defaultdict(int)
    for leg in first:
        outcome[leg.get("outcome", "open")] += 1
    own = waits(first)
    within, den = sum(w <= standard_s for w in own), len(own) + sum(g > standard_s for g in gone)
    half: dict[str, int] = defaultdict(int)
    by_service: dict[str, list[int]] = defaultdict(list)
    for leg in first:
        at = calendar.half_hour(leg["entry"][0])
        half[f"{at // 2:02d}:{at % 2 * 30:02d}"] += 1
        by_service[leg["service"]] += waits([leg])
    return {
        "tickets_issued": len(first),
        "recalls": sum(leg.get("recalls", 0) for leg in every),
        "told_late": sum("told_late" in leg for leg in every),
        "legs": len(every),
        "wait_first": spread(own) | {"max": max(own, default=None), "p50": nearest_rank(own, 50)},
        "wait_p80": nearest_rank(own, 80),
        "wait_all_legs": spread(waits(every)),
        "service_time": spread(services),
        "time_in_system": {
            "n": len(stays), "mean": ratio(sum(stays), len(stays)),
            "total_wait_mean": ratio(sum(waited), len(waited)),
        },
        "service_level": {"within": within, "den": den, "value": ratio(within, den)},
        "abandonment": {
            "no_show": outcome["no_show"], "left": outcome["left"], "expired": outcome["expired"],
            "rate": ratio(outcome["no_show"] + outcome["left"], len(first) - outcome["expired"]),
        },
        "arrivals_by_half_hour": dict(sorted(half.items())),
        "mean_wait_by_service": {s: ratio(sum(w), len(w)) for s, w in sorted(by_service.items()) if w},
        "gini_individual": gini(own),
        "overtakes": overtakes(visits),
    }  # fmt: skip


def overtakes(visits: "list[tuple[int, list[dict[str, Any]]]]") -> dict[str, int]:
    """Pairs of first legs of one day, service and class, and those called against the order in which they came."""
    groups: dict[Any, list[tuple[int, int]]] = defaultdict(list)
    for day, legs in visits:
        leg = legs[0]
        for wait in waits([leg]):
            groups[day, leg["queue"], leg["class"]].append((leg["entry"][0], leg["entry"][0] + wait))
    pairs = inversions = 0
    for group in groups.values():
        group.sort()
        for i, (entry, call) in enumerate(group):
            for other, later in group[i + 1 :]:
                if other > entry:
                    pairs += 1
                    inversions += later < call
    return {"pairs": pairs, "inversions": inversions}


def counters(
    reading: Reading, days: "dict[int, list[Any]]", last: dict[int, int], busy_s: dict[str, int],
    visits: "list[tuple[int, list[dict[str, Any]]]]",
) -> dict[str, Any]:  # fmt: skip
    """Open time of each counter, the share of it that was busy, and what it served."""
    calendar = reading.clock.calendar
    spent: dict[str, dict[str, int]] = defaultdict(lambda: {"open_s": 0, "pause_s": 0, "break_s": 0})
    now: dict[tuple[str, int], list[Any]] = {}
    for step in said_by_counters(reading, days):
        state, counter, day = step[2], step[3], calendar.day(step[0])
        if (counter, day) in now:
            since = now.pop((counter, day))
            if good(seconds := took(since, step)):
                spent[counter][f"{since[2]}_s"] += clipped([(since[0], since[0] + seconds)], calendar.window(day))
        if state != "close":
            now[counter, day] = step
    for (counter, day), since in now.items():
        spent[counter][f"{since[2]}_s"] += max(0, min(last[day], calendar.begin(day + 1)) - since[0])
    for counter in busy_s:
        spent[counter]["open_s"] += 0  # busy and never opened: an anomaly, and shown
    open_s = sum(of["open_s"] for of in spent.values())
    served = sum(
        leg.get("outcome") == "served" and calendar.day(leg["end"][0]) == day for day, legs in visits for leg in legs
    )
    return {
        "counters": {
            c: of | {"busy_s": busy_s.get(c, 0)} for c, of in sorted(spent.items()) if any(of.values()) or busy_s.get(c)
        },
        "occupancy_all": ratio(sum(busy_s.values()), open_s),
        "throughput_legs_per_open_hour": ratio(served * 3600, open_s),
    }


def said_by_counters(reading: Reading, days: "dict[int, list[Any]]") -> list[list[Any]]:
    """The steps of counters by time. A counter that was left open on an earlier day was closed by that day; it is open
    again from its first use on, if it does not say so itself before.
    """
    told: dict[int, list[list[Any]]] = defaultdict(list)
    calendar = reading.clock.calendar
    for step in sorted(reading.counters, key=lambda s: s[:2]):
        if step[0] < NOWHERE_S:
            told[calendar.day(step[0])].append(step)
    state: dict[str, str] = {}
    for day in sorted({*told, *days}):
        mine = list(told[day])
        for counter in [c for c, was in state.items() if was != "close"]:
            uses = [
                s for steps in days.get(day, ()) for s in steps
                if s[3] == counter and s[2] in ("call", "resume", "start", "walk_in") and calendar.day(s[0]) == day
            ]  # fmt: skip
            first = min(uses, key=lambda s: s[:2], default=None)
            own = [s[0] for s in mine if s[3] == counter]
            if first is not None and (not own or first[0] < own[0]):
                told[day].append([*first[:2], "open", counter, "", "", first[LINE], "", 0])
        state |= {step[3]: step[2] for step in mine}
    return sorted((step for steps in told.values() for step in steps), key=lambda s: s[:2])


# -- the pack ----------------------------------------------------------------------------------------------------------


def differences(found: Any, kept: Any, where: str = "") -> list[str]:
    """Where two results differ."""
    if isinstance(found, dict) and isinstance(kept, dict):
        return [
            d
            for name in sorted({*found, *kept})
            for d in differences(found.get(name), kept.get(name), f"{where}/{name}")
        ]
    return [] if found == kept else [f"{where[1:]}: results.json says {kept}, the log gives {found}"]


def sum_of(path: Path) -> str:
    """The SHA-256 of a file."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while some := file.read(1 << 20):
            digest.update(some)
    return digest.hexdigest()


def check(folder: Path) -> list[str]:
    """What was found, line by line. Wrong: what does not hold."""
    told = []
    listed = (folder / "MANIFEST.sha256").read_text(encoding="utf-8").splitlines()
    for line in listed:
        digest, _, name = line.partition("  ")
        if sum_of(folder / name) != digest:
            raise Wrong(f"{name}: is not the file that was packed")
    told.append(f"{len(listed)} files as they were packed")
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    log, before, seals = folder / "log.jsonl", results["before"], seals_of(folder / "seals.jsonl")
    rows, heads, late = read_log(log, before, {seal["hub_seq"] for seal in seals})
    if rows != results["rows"]:
        raise Wrong(f"log.jsonl: {rows} rows, results.json was made of {results['rows']}")
    told.append(f"{rows} rows, each continuing the one before")
    held, keys = check_seals(seals, heads, before["hub_seq"] + rows)
    told.append(f"{held} seals genuine and held" + (f", key {', '.join(sorted(keys))[:40]}" if held else ""))
    found = indicators(read(again(log), late, before.get("words"), before.get("zone", "")), results["standard_s"])
    wrong = differences(json.loads(json.dumps(found)), results["indicators"])
    if wrong:
        raise Wrong("\n".join(wrong))
    told.append(f"{len(found)} headline indicators are what the log gives")
    return told


def main() -> int:
    """Check the pack that is named, or the one around this file."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    try:
        print("\n".join(check(folder)))
    except (Wrong, OSError, KeyError, ValueError) as wrong:
        print(
            f"DOES NOT HOLD: {wrong}"
            if isinstance(wrong, Wrong)
            else f"CANNOT BE CHECKED: {type(wrong).__name__}: {wrong}"
        )
        return 1
    print("Everything holds.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
