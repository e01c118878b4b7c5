"""The rules once more, slow and obvious: every question is answered by looking at every visit.

The product keeps sorted lines, kept times and counts; this keeps a dictionary of plain dictionaries and sorts. Nothing
of `onedoor.hall` is used here but the words of its events and the rules as data.
"""

import copy

from onedoor.hall import events as ev
from onedoor.hall.rules import Rules

MIN = 60_000
OVER = ("done", "no_show", "expired")


def given(visit) -> tuple[str, int]:
    """Of two that came at one time the one whose number was given first."""
    box, _, number = visit["id"].rpartition(".")
    return box, int(number)


class Model:
    """Visits by ticket, counters by device."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.visits: dict[str, dict] = {}
        self.counters: dict[str, dict] = {}
        self.booked: dict[str, dict] = {}
        self.roll = 0
        self.made: set[str] = set()

    # -- questions ------------------------------------------------------------------------------------

    def waiting(self, queues) -> list[dict]:
        return [v for v in self.visits.values() if v["phase"] == "waiting" and v["queue"] in queues]

    def effective(self, visit) -> int:
        if visit["appointed"] is not None:
            return min(visit["appointed"], visit["queued"])
        return visit["queued"] - self.rules.credit_min.get(visit["cls"], 0) * MIN

    def line(self, queues, now) -> list[str]:
        """Everybody who waits here, first one first."""
        guard = self.rules.guard_min * MIN
        here = self.waiting(queues)
        late = sorted((v for v in here if guard and v["queued"] <= now - guard), key=lambda v: (v["queued"], given(v)))
        rest = sorted((v for v in here if v not in late), key=lambda v: (v["order"], given(v)))
        return [v["id"] for v in (*late, *rest)]

    def passed(self, visit, queues) -> list[str]:
        """Who waits here and came before this one."""
        here = [v for v in self.waiting(queues) if (v["queued"], given(v)) < (visit["queued"], given(visit))]
        return [v["id"] for v in sorted(here, key=lambda v: (v["queued"], given(v)))]

    def serves(self, counter) -> list[str]:
        """The queues an open counter calls from: its own, those sent to its number, those sent to its clerk."""
        own = [f"counter/{counter['number']}", *([f"clerk/{counter['clerk']}"] if counter["clerk"] else [])]
        return [*counter["queues"], *own, "any/counter"]

    def place(self, queue, service="") -> str:
        """Where somebody waits who is to wait there: in a queue that the rules name, that a counter has or had today,
        or that is some clerk's; else in the first one of his service; else where every counter calls.
        """
        named = {q for s in self.rules.services for q in self.rules.route(s)}
        if queue in named or queue in self.made or queue == "any/counter":
            return queue
        has = any(queue in self.serves(c) for c in self.counters.values())
        if has or queue.startswith("clerk/") or (not named and "/" not in queue):
            self.made.add(queue)
            return queue
        if not service:
            return "any/counter"
        first = self.rules.route(service)[0]
        return first if first in named else "any/counter"

    def for_nobody(self) -> list[str]:
        """Queues in which people wait and from which no open counter calls; one that pauses is open."""
        here = {v["queue"] for v in self.visits.values() if v["phase"] == "waiting"}
        return sorted(q for q in here if not any(c["open"] and q in self.serves(c) for c in self.counters.values()))

    def by_label(self, label) -> dict | None:
        found = [v for v in self.visits.values() if v["label"] == label]
        return found[-1] if found else None

    def new_day(self) -> None:
        self.made = {q for q in self.made if self.waiting([q])}

    # -- what happens ---------------------------------------------------------------------------------------

    def touch(self, visit) -> None:
        visit["version"] += 1

    def issue(self, rid, label, service, queue, cls, code, now) -> None:
        booked, appointed = self.booked.get(code), None
        if booked and not booked["used"] and booked["service"] == service:
            # Whoever comes too early has not used it: it counts when its time comes.
            booked["used"] = now - booked["at"] >= -self.rules.early_min * MIN
            if booked["used"] and now - booked["at"] <= self.rules.late_min * MIN:
                appointed = booked["at"]
        queue = self.place(queue, service)
        self.visits[rid] = {
            "id": rid, "label": label, "service": service, "queue": queue, "cls": cls, "phase": "waiting",
            "holder": None, "queued": now, "appointed": appointed, "leg": 1, "been": [], "returns": 0, "back": "",
            "first": False, "until": None, "missed": None, "version": 0, "called": None, "cause": None,
        }  # fmt: skip
        self.order(self.visits[rid])

    def order(self, visit) -> None:
        visit["order"] = self.effective(visit)
        if visit["first"]:
            others = [v["order"] for v in self.waiting([visit["queue"]]) if v is not visit]
            visit["order"] = min([visit["order"], *(o - 1 for o in others)])

    def call(self, dev, visit, queues, cause, now) -> tuple[str, int] | None:
        """The counter gets this person; cause and number of those passed, if the strict order was left."""
        passed = self.passed(visit, queues)
        if not cause:
            if visit["first"]:
                cause = "transferred_first"
            elif visit["appointed"] is not None:
                cause = "appointment"
            else:
                cause = "priority" if self.rules.credit_min.get(visit["cls"], 0) else visit["back"] or "rule"
        before = copy.deepcopy(visit)
        visit.update(phase="walking", holder=dev, called=now, back="", until=None)
        visit["cause"] = (cause, len(passed)) if passed else None
        self.touch(visit)
        self.remember(dev, before, now)
        return visit["cause"]

    def call_on_roll(self, dev, rid, queue, now) -> str:
        """Whoever has the next number of the paper roll begins a visit at this counter; the number."""
        first, last = self.rules.roll
        roll, n = self.roll, self.roll if first <= self.roll <= last else first
        label = str(n).zfill(len(str(last)))
        self.issue(rid, label, queue, queue, "N", "", now)
        self.visits[rid].update(phase="walking", holder=dev, called=now)
        if not queue:  # a counter without a queue of its own gives none
            self.visits[rid]["queue"] = ""
        self.roll = n + 1
        self.counters[dev]["last"] = {"id": rid, "before": None, "at": now, "version": 0, "roll": (roll, n + 1)}
        return label

    def walk_in(self, dev, rid, service, queue, now) -> None:
        """Somebody without a ticket is served."""
        self.issue(rid, "", service, queue, "N", "", now)
        self.visits[rid].update(phase="serving", holder=dev, called=now)
        self.counters[dev]["last"] = {"id": rid, "before": None, "at": now, "version": 0, "roll": None}

    def remember(self, dev, before, now) -> None:
        """The last act of the counter, and how the visit was before it."""
        version = self.visits[before["id"]]["version"]
        self.counters[dev]["last"] = {
            "id": before["id"], "before": copy.deepcopy(before), "at": now, "version": version, "roll": None,
        }  # fmt: skip

    def recall(self, dev, visit) -> None:
        """Changes nobody's place; the act before it can still be taken back."""
        mine = self.counters[dev]["last"]
        goes_along = mine is not None and (mine["id"], mine["version"]) == (visit["id"], visit["version"])
        self.touch(visit)
        if goes_along:
            mine["version"] = visit["version"]

    def leg(self, visit, queue, now, *, keep, first=False) -> None:
        visit["been"].append(visit["queue"])
        visit["returns"] += queue in visit["been"]
        visit.update(queue=queue, leg=visit["leg"] + 1, appointed=None, first=first, phase="waiting", holder=None)
        if not keep:
            visit["queued"] = now
        self.order(visit)

    def act(self, dev, event, now) -> None:
        """A clerk does something with the person at the counter."""
        visit = self.visits[event.ticket]
        before = copy.deepcopy(visit)
        match event:
            case ev.Started():
                visit["phase"] = "serving"
            case ev.Ended():
                visit.update(phase="done", holder=None, cause=None)
            case ev.NoShow():
                # A no-show of somebody who is being served does not exist at the desk.
                visit.update(phase="no_show", holder=None, missed=now, cause=None)
            case ev.Parked():
                until = now + event.minutes * MIN if event.minutes else None
                visit.update(phase="parked", holder=None, back="parked", until=until, cause=None)
            case ev.Transferred():
                visit["cause"] = None
                self.leg(visit, self.place(event.queue), now, keep=event.place != "new", first=event.place == "first")
        self.touch(visit)
        self.remember(dev, before, now)
        if isinstance(event, ev.Ended) and event.outcome == "done":
            self.hand_on(dev, visit, now)

    def hand_on(self, dev, visit, now) -> None:
        route = self.rules.route(visit["service"])
        seen = [q for q in [*visit["been"], visit["queue"]] if q in route]
        after = route.index(seen[-1]) + 1 if seen else 0
        if after < len(route):
            self.leg(visit, route[after], now, keep=self.rules.next_leg == "keep")
            self.touch(visit)
            self.counters[dev]["last"]["version"] = visit["version"]

    def undo(self, dev, now) -> str:
        """The code of the answer. What is taken back did not happen: everything is as it was before it."""
        last = self.counters[dev]["last"]
        here = [v["id"] for v in self.visits.values() if v["holder"] == dev]
        if last is None or (here and here != [last["id"]]):
            return "nothing_to_undo"
        if now - last["at"] > 10_000:
            return "undo_too_late"
        visit, before = self.visits[last["id"]], last["before"]
        if visit["version"] != last["version"] or (last["roll"] and self.roll != last["roll"][1]):
            return "changed_since"
        self.counters[dev]["last"] = None
        if before is None:
            del self.visits[last["id"]]
            self.roll = last["roll"][0] if last["roll"] else self.roll
        else:
            self.visits[last["id"]].update(before)
            visit["version"] = last["version"]
            self.touch(visit)
        return "undone"

    def requeue(self, visit, now) -> None:
        if visit["phase"] == "no_show":
            if self.rules.returned != "keep" or now - visit["missed"] > self.rules.returned_within_min * MIN:
                visit.update(queued=now, appointed=None, first=False)  # what he had he has missed
            visit["back"] = "returned"
        visit.update(phase="waiting", until=None)
        self.order(visit)
        self.touch(visit)
