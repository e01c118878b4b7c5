"""What people say about time and days: right, wrong once, wrong and taken back, or nothing at all."""

import random

from laos import day_of, spelled_minute

from display.asking import AnswerDay, TakeBack
from display.panel import Panel
from display.presses import Press
from display.time_page import SayTime
from onedoor.device.box_time import BoxNow
from onedoor.hall.days import groups_in_doubt
from simulation.day import Day, Node

HOUR, DAY = 3_600_000, 86_400_000
MANNERS = ("right", "right", "silent", "wrong once", "takes it back")
"""How the people of a run are."""
FAR_AWAY = ("silent", "right", "one errs", "one errs", "one errs")
"""The same in a center without a good clock: there, one clerk may have a wrong watch."""
ERRS_TIMES = 4
OLD_LEAF = 1 / 3
"""So many centers without a good clock have a wall calendar that nobody has turned: everybody says yesterday's date, until
somebody notices.
"""
WRONG = (DAY, -DAY, 5 * HOUR, -2 * HOUR, 40 * DAY)
SEEN_MS = 10 * 60_000
"""A clock that is so wrong is noticed by somebody who looks at it."""
ROUND_MS, ROUNDS = 45_000, 22
"""In a healed center people go round so often, until nothing is doubted any more."""


class Watches:
    """The clerks' watches, and what they make of questions."""

    def __init__(self, day: Day) -> None:
        self.day, self.world = day, day.world
        self.chance = random.Random(day.world.seed ^ 0x3A7C4)
        self.manner = self.chance.choice(FAR_AWAY if day.world.plan.lonely else MANNERS)
        self.wrong_left = 1 if self.manner in ("wrong once", "takes it back") else 0
        self.wrong_answers_left = self.wrong_left
        self.turned_ms = 0
        leaf = random.Random(f"{day.world.seed} calendar")  # its own dice: other runs are as they were
        if day.world.plan.lonely and leaf.random() < OLD_LEAF:
            self.manner = "old leaf"
            self.turned_ms = int(day.world.plan.moment(leaf.uniform(0.1, 0.4)))
        self.errs, self.errs_by = self.chance.choice(["c1", "c2", "c3"]), self.chance.choice(WRONG)

    def look(self, node: Node) -> bool:
        """A clerk looks at the panel: where the time is not known, or plainly wrong, he may say it; False if it is dark
        then.
        """
        if self.manner == "silent" or self.chance.random() < 0.5:
            return True
        now = node.device.sender.time.now
        if now.known and now.ms is not None and abs(now.ms - node.clock.real_ms()) < SEEN_MS:
            return True
        if self.manner == "one errs" and not self.day.healing:
            return self._one_errs(node, now)
        if self.manner == "old leaf" and self.world.now_ms < self.turned_ms:
            return self.say(node, -DAY) if now.ms is None or not now.known else True
        error_ms = 0
        if self.wrong_left and not self.day.healing:
            self.wrong_left, error_ms = 0, self.chance.choice(WRONG)
            if self.manner == "takes it back":
                self.world.at(self.chance.uniform(60_000, 600_000), lambda: self.say(node) if node.up else None)
        return self.say(node, error_ms)

    def _one_errs(self, node: Node, now: BoxNow) -> bool:
        """In this center one clerk has a wrong watch, and the others say nothing until theirs shows another time."""
        if node.dev == self.errs and self.day.tally["wrong times said"] < ERRS_TIMES:
            return self.say(node, self.errs_by)
        return self.say(node) if now.ms is not None and node.dev != self.errs else True

    def say(self, node: Node, error_ms: int = 0) -> bool:
        """A person says what time it is."""
        self.day.tally["wrong times said" if error_ms else "times said"] += 1
        self.world.told(error_ms, node.dev, by_person=True)
        if error_ms:
            self.day.tell(f"{node.dev}: somebody says a time {error_ms / HOUR:+.0f} h wrong")
        return self.day.wish(node, SayTime(spelled_minute(node.clock.real_ms() + error_ms)))

    def answer(self, node: Node) -> bool:
        """Whose day are these people of? False if it is dark then."""
        panel, day = node.device, self.day
        asks = panel.asking.asks
        if asks is None or (self.manner == "silent" and not day.healing):
            return True
        written = day.written.get(asks.first)
        today = written is not None and day_of(self.world.began_ms + written[3]) == day_of(node.clock.real_ms())
        day.tally["days asked"] += 1
        if self.wrong_answers_left and not day.healing:
            self.wrong_answers_left, today = 0, not today
            day.tally["wrong answers"] += 1
            day.tell(f"{node.dev}: somebody answers wrongly whose day {asks.first} is of")
            if self.manner == "takes it back":
                self.world.at(self.chance.uniform(20_000, 300_000), lambda: self.take_back(node, panel))
        return day.wish(node, AnswerDay(today=today))

    def take_back(self, node: Node, panel: Panel) -> None:
        """The answer was wrong."""
        if node.device is panel:
            self.day.tally["answers taken back"] += 1
            self.day.wish(node, TakeBack())

    def make_sure(self, rounds: int = ROUNDS) -> None:
        """In a healed center somebody goes round: says the time where it is wrong, answers what is asked."""
        hub = self.day.leader()
        for dev, node in self.day.nodes.items():
            if dev[0] != "c" or not node.up or node.medium.refused:
                continue
            now = node.device.sender.time.now
            wrong = not now.known or now.ms is None or abs(now.ms - node.clock.real_ms()) > SEEN_MS
            if wrong and not self.say(node):
                continue
            if node.device.asking.asks is not None:
                self.answer(node)
            elif hub.up and self._in_doubt(hub):
                self.day.wish(node, Press.NEXT)
        if rounds:
            self.world.at(ROUND_MS, lambda: self.make_sure(rounds - 1))

    def _in_doubt(self, hub: Node) -> bool:
        device = hub.device
        return hasattr(device, "keeper") and bool(groups_in_doubt(device.ledger.hall, device.keeper.now))
