"""A stranger's calculator: the figures of a log from its raw rows, written from docs/indicators.md and nothing else.

It imports nothing of the product, and was written without looking at how the product reads a log. Where the two differ,
the page decides; where the page does not say, the page is mended (`tests/test_stranger_rows.py`).
"""

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import ceil
from pathlib import Path
from zoneinfo import ZoneInfo

HOUR = 3600
MOST, MOST_SERVICE, MOST_WALK = 16 * HOUR, 4 * HOUR, HOUR
PAGE = Path(__file__).resolve().parent.parent / "docs" / "indicators.md"
LAOS = "Asia/Vientiane"
NOWHERE = 10**13
FREES = ("park", "transfer", "end", "noshow", "leave", "expire", "freed")
TOLD = frozenset(re.findall(r"^\| `([a-z_]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
"""The kinds of the page's table."""
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001


class Step:
    """One step: what, where, when, and with what its time can be compared."""

    def __init__(self, row, second, line, what, counter="", queue="", note=""):
        self.row, self.t, self.line, self.what = row["hub_seq"], second, line, what
        self.counter, self.queue, self.note = counter, queue, note
        self.box = "" if row["dev"] == "hub" else f"{row['dev']}/{row['boot']}"
        self.own, self.quality = row["mono"] // 1000, row["quality"]


def lasted(a, b):
    """Seconds between two steps; None if nobody knows."""
    if a is None or b is None:
        return None
    if a.box and a.box == b.box:
        return b.own - a.own
    return b.t - a.t if a.line == b.line else None


def good(seconds, most=MOST):
    return seconds is not None and 0 <= seconds <= most


class Days:
    """The center's calendar: the zones that rules named, each from its row on."""

    def __init__(self, named):
        self.named = named or [(None, LAOS)]

    def _at(self, t):
        zone = self.named[0][1]
        for since, name in self.named[1:]:
            if since <= t:
                zone = name
        return datetime.fromtimestamp(t, UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)

    def day(self, t):
        before = [self._at(since - 1).date() for since, _ in self.named[1:] if since <= t]
        return max([self._at(t).date(), *before])

    def half_hour(self, t):
        at = self._at(t)
        return f"{at.hour:02d}:{at.minute // 30 * 30:02d}"

    def over(self, day):
        """The first second behind a day."""
        t = int((datetime.combine(day, datetime.min.time()) - EPOCH).total_seconds()) + 4 * 24 * HOUR
        low = t - 8 * 24 * HOUR
        while low < t:
            middle = (low + t) // 2
            if self.day(middle) > day:
                t = middle
            else:
                low = middle + 1
        return t

    def begin(self, day):
        return self.over(day - timedelta(days=1))

    def clock(self, day, minutes, zone):
        """When a clock of this zone shows so many minutes after midnight of a day."""
        wall = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes)
        return int(wall.replace(tzinfo=ZoneInfo(zone)).timestamp())


class Log:
    """All rows, read once for what dates them, and once for what happened."""

    def __init__(self, rows):
        self.visits, self.counters, self.number = defaultdict(list), [], {}
        self.kept_away, self.undone, self.left_out, self.doubted_paper = {}, {}, {}, set()
        self.expiries = {}
        self.hours, self.facts, self.last_fact = [], {}, None
        self.issued, self.ratings = {}, defaultdict(int)
        self._words(rows)
        for row in rows:
            self._row(row)
        self._finish()

    # -- time

    def _words(self, rows):
        self.words, self.corrections, zones, self.last = {0: (0, True)}, [], [], None
        for row in rows:
            kind, body = row["kind"], row["body"]
            if kind in ("time_known", "time_said"):
                self.words[body["stretch"]] = (body["center_ms"] - body["hall_ms"], kind == "time_known")
            elif kind == "time_withdrawn":
                self.words.pop(body["stretch"], None)
            elif kind == "clock_corrected":
                self.corrections.append(body)
            elif kind == "rules_set":
                zones.append((row, (body["rules"].get("hours") or {}).get("zone", LAOS)))
        named = []
        for row, zone in zones:
            if not named or named[-1][1] != zone:
                t = self._moment(row, corrected=False)
                named.append((t if t is not None else named[-1][0] if named else None, zone))
        self.days = Days(named)

    def _moment(self, row, *, corrected=True):
        """The second of a row, UTC; None if nobody dated it."""
        stretch = row.get("stretch", 0)
        if stretch not in self.words:
            return None
        moved = self.words[stretch][0]
        for c in self.corrections if corrected else ():
            if c["first_seq"] <= row["hub_seq"] <= c["last_seq"]:
                moved += c["new_ms"] - c["old_ms"]
        return (row["t_event"] + moved) // 1000

    def _step(self, row, what, counter="", queue="", note=""):
        stretch, second = row.get("stretch", 0), self._moment(row)
        known = self.words.get(stretch, (0, False))[1]
        line = 0 if known else stretch
        nowhere = row["t_event"] // 1000 + NOWHERE * max(1, stretch)
        step = Step(row, nowhere if second is None else second, line, what, counter, queue, note)
        step.dated = second is not None
        return step

    # -- rows

    def _here(self, dev):
        return self.number.get(dev, dev)

    def _has(self, visit, counter):
        """Whether the counter has the person."""
        found = False
        for step in reversed(self.visits[visit]):
            if step.what in ("end", "leave"):
                return False
            found = found or (step.counter == counter and step.what in ("call", "resume", "walk_in", "start"))
            if step.what in ("issue", "transfer"):
                break
        return found

    def _holds(self, visit, counter):
        """Whether the counter holds the person now."""
        for step in reversed(self.visits[visit]):
            if step.counter == counter and step.what in ("call", "resume", "walk_in"):
                return True
            if (step.what in FREES and step.counter in (counter, "")) or step.what == "issue":
                return False
        return False

    def _call(self, row, counter):
        visit = row["body"]["ticket"]
        self._unexpire(visit, row["hub_seq"])
        away = self.kept_away.get(visit, "")
        park = next((s for s in reversed(self.visits[visit]) if s.what == "park"), None)
        if away == "park" and (lasted(park, self._step(row, "call")) or 0) < 0:
            away = ""
        else:
            self.kept_away.pop(visit, None)
        if away == "noshow":
            self.visits[visit].append(self._step(row, "requeue"))
        self.visits[visit].append(self._step(row, "resume" if away == "park" else "call", counter))

    def _unexpire(self, visit, row=0):
        steps = self.visits[visit]
        if steps and steps[-1].what == "expire":
            self.expiries[visit] = row, steps.pop()

    def _row(self, row):
        kind, body, dev = row["kind"], row["body"], row["dev"]
        visit, own, here = body.get("ticket", ""), f"{dev}.{row['run']}.{row['seq']}", self._here(dev)
        if dev != "hub":
            self.last_fact = row
        steps = self.visits[visit] if visit else []
        add = lambda what, counter="", **more: steps.append(self._step(row, what, counter, **more))  # noqa: E731
        if row["quality"] == "C" and kind in TOLD and (visit or kind == "issued"):
            self.left_out[own if kind == "issued" else visit] = "poor clock"
        match kind:
            case "issued":
                self.visits[own].append(self._step(row, "issue", "", body["service"]))
                self.issued[own] = body
            case "walked_in":
                came = self._step(row, "walk_in", here, body["service"])
                self.visits[own] += [came, self._step(row, "start", here)]
                self.issued[own] = body
            case "roll_called":
                self.visits[body["command"]].append(self._step(row, "walk_in", self._here(body["dev"])))
            case "called":
                self._call(row, self._here(body["dev"]))
            case "called_locally":
                self._call(row, here)
            case "shown":
                self._unexpire(visit, row["hub_seq"])
                if not self._holds(visit, here):
                    self._call(row, here)
            case "given_back":
                self._given_back(body, visit)
            case "undone":
                self._undone(body, visit)
            case "undo_shown":
                self._undo_shown(row, body, visit, here)
            case "fact_misfit":
                self._misfit()
            case "started" | "recalled" | "reprinted":
                add({"started": "start", "recalled": "recall", "reprinted": "reprint"}[kind], here)
            case "requeued":
                self.kept_away.pop(visit, None)
                add("requeue")
            case "restored":
                self._unexpire(visit)
            case "expired":
                self._expired(row, body, visit)
            case "handed_on":
                self.kept_away.pop(visit, None)
                add("transfer", queue=body["queue"])
            case "transferred" | "ended" | "no_show" | "parked":
                self._act(row, kind, body, visit, here)
            case "print_unknown":
                self.doubted_paper.add(visit)
            case "paper_found":
                self.left_out[visit] = "void"
            case "rated":
                self.ratings[visit] += 1
            case "rules_set":
                self._rules(row, body)
            case "counter_opened":
                self.number[dev] = body["counter"]
                self.counters.append(self._step(row, "open", body["counter"]))
            case "counter_resumed" if body.get("undone") and self._unpause(here):
                pass
            case "counter_closed" | "counter_resumed":
                self.counters.append(self._step(row, "close" if kind == "counter_closed" else "open", here))
            case "counter_paused":
                self.counters.append(self._step(row, "break" if body.get("reason") == "break" else "pause", here))

    def _unpause(self, here):
        """Whether a pause of this counter was there to be taken back."""
        last = next((i for i in range(len(self.counters) - 1, -1, -1) if self.counters[i].counter == here), None)
        if last is None or self.counters[last].what not in ("pause", "break"):
            return False
        del self.counters[last]
        return True

    def _act(self, row, kind, body, visit, here):
        """What a counter does to a person."""
        steps = self.visits[visit]
        if not self._has(visit, here):
            steps.append(self._step(row, "freed", here))
        elif kind == "transferred":
            self.kept_away.pop(visit, None)
            steps.append(self._step(row, "transfer", here, body["queue"]))
        elif kind == "ended":
            what = "leave" if body.get("outcome") == "withdrawn" else "end"
            steps.append(self._step(row, what, here, note="auto" if body.get("auto") else ""))
        else:
            what = {"no_show": "noshow", "parked": "park"}[kind]
            self.kept_away[visit] = what
            if what == "noshow" and visit in self.doubted_paper:
                self.left_out[visit] = "paper unknown"
            steps.append(self._step(row, what, here))

    def _given_back(self, body, visit):
        if body["command"] in self.undone:
            self._stand_again(visit, body["command"])
            return
        steps, counter = self.visits[visit], self._here(body["dev"])
        called = ("call", "resume", "walk_in") if body.get("void") else ("call", "resume")
        for i in range(len(steps) - 1, -1, -1):
            if steps[i].what in called and steps[i].counter == counter:
                self._take_away(visit, i)
                return

    def _undone(self, body, visit):
        taken = self._take_back(visit, self._here(body["dev"]), void=body.get("void", False))
        self.undone[body["command"]] = (visit, taken)

    def _last_act(self, visit, counter):
        """Where the last act of this counter stands, or of any."""
        steps = self.visits[visit]
        acts = [i for i, step in enumerate(steps) if step.counter and step.what != "recall"]
        own = [i for i in acts if steps[i].counter == counter]
        return (own or acts or [len(steps) - 1])[-1]

    def _take_back(self, visit, counter, *, void=False):
        steps = self.visits[visit]
        self.kept_away.pop(visit, None)
        if not void and len(steps) == 1 and steps[0].what == "walk_in":
            steps[0].counter = ""
            return []
        return self._take_away(visit, self._last_act(visit, counter)) if steps else []

    def _take_away(self, visit, at):
        """All of one act; what it had ended stands again."""
        steps = self.visits[visit]
        act, gone, stay = steps[at], [], []
        takes = act.what in ("call", "resume", "walk_in")
        for i, step in enumerate(steps):
            goes = i == at or step.row == act.row or (i == at + 1 and (act.what, step.what) == ("end", "transfer"))
            goes = goes or (takes and i > at and step.what == "recall" and step.counter == act.counter)
            (gone if goes else stay).append(step)
        if act.what in ("call", "resume"):
            if any(step.what == "requeue" for step in gone):
                self.kept_away[visit] = "noshow"
            elif act.what == "resume":
                self.kept_away[visit] = "park"
            row, expiry = self.expiries.pop(visit, (0, None))
            if expiry is not None and row == act.row:
                stay.insert(min(at, len(stay)), expiry)
        if any(step.what == "noshow" for step in gone) and self.left_out.get(visit) == "paper unknown":
            del self.left_out[visit]
        steps[:] = stay
        return gone

    def _stand_again(self, visit, command):
        of, steps = self.undone.pop(command)
        if of != visit or not steps:
            return False
        kinds = {step.what for step in steps}
        if kinds & {"call", "resume"}:
            self.kept_away.pop(visit, None)
            self._unexpire(visit, next(step.row for step in steps if step.what in ("call", "resume")))
        for what in ("noshow", "park"):
            if what in kinds:
                self.kept_away[visit] = what
        if "noshow" in kinds and visit in self.doubted_paper:
            self.left_out[visit] = "paper unknown"
        self.visits[visit] += steps
        return True

    def _undo_shown(self, row, body, visit, here):
        held, steps = self._holds(visit, here), self.visits[visit]
        if body["here"] and held:
            act = steps[self._last_act(visit, here)]
            alone = sum(step.row == act.row for step in steps) == 1
            taken = [step.what for step in self.undone.get(body["command"], ("", []))[1]]
            if not body["serving"] and (act.what, act.counter, alone) == ("start", here, True):
                self._take_back(visit, here)
            elif body["serving"] and taken == ["start"]:
                self._stand_again(visit, body["command"])
        elif body["here"]:
            if body["command"] in self.undone and self._stand_again(visit, body["command"]):
                return
            own = next((s.what for s in reversed(steps) if s.counter == here), "")
            if own in FREES:
                self._take_back(visit, here)
            else:
                steps.append(self._step(row, "call", here))
        elif held:
            self._take_back(visit, here)

    def _misfit(self):
        if self.last_fact is not None:
            for steps in self.visits.values():
                steps[:] = [s for s in steps if s.row != self.last_fact["hub_seq"]]

    def _rules(self, row, body):
        moment = self._moment(row)
        day = self.days.day(moment) if moment is not None else self.hours[-1][0] if self.hours else None
        self.hours.append((day, body["rules"].get("hours") or {}))

    def _expired(self, row, body, visit):
        step, steps = self._step(row, "expire"), self.visits[visit]
        entry = next((s for s in reversed(steps) if s.what in ("issue", "walk_in", "transfer")), None)
        steps.append(step)
        if body["reason"] in ("new_day", "said") and entry is not None and entry.dated:
            day = self.days.day(entry.t)
            closes = self._closing(day)
            if closes is None or closes < entry.t:
                closes = self.days.over(day) - 1
            if step.line != entry.line or step.t > closes:
                step.t, step.line = closes, entry.line

    def _closing(self, day):
        """Closing time of a day, if the center has said when it is open."""
        known = [hours for since, hours in self.hours if since is None or since <= day] or [
            h for _, h in self.hours[:1]
        ]
        if not known:
            return None
        week, name = known[-1].get("week") or [[]] * 7, day.isoformat()
        spans = known[-1].get("days", {}).get(name, week[day.weekday()])
        return self.days.clock(day, spans[-1][1], known[-1].get("zone", LAOS)) if spans else None

    # -- the end of the log

    def _finish(self):
        for visit, steps in self.visits.items():
            if steps and all(s.what not in ("issue", "walk_in") for s in steps) and visit.split(".")[0] in self.number:
                first = steps[0]
                came = Step.__new__(Step)
                came.__dict__ |= first.__dict__ | {"what": "walk_in", "counter": "", "queue": "", "note": ""}
                steps.insert(0, came)
            steps.sort(key=lambda s: (s.what not in ("issue", "walk_in"), s.row))


class Leg:
    """A stay in one queue."""

    def __init__(self, visit, number, queue, step):
        self.visit, self.number, self.queue, self.entry = visit, number, queue, step
        self.walk_in = step.what == "walk_in"
        self.first = self.last = self.called = self.start = self.end = self.park = None
        self.outcome, self.counter, self.parked, self.held, self.unsure = "", "", 0, 0, False
        self.auto = self.late = False
        self.recalls = 0

    def wait(self):
        return None if self.walk_in else lasted(self.entry, self.first)

    def service(self):
        if self.outcome != "served" or self.unsure or self.late:
            return None
        whole = lasted(self.start or self.last, self.end)
        return None if whole is None else whole - self.parked

    def walk(self):
        return None if self.walk_in or self.late or self.start is None else lasted(self.called or self.last, self.start)


def legs_of(visit, steps, service):
    """The legs of a visit."""
    legs = []
    for step in steps:
        what = step.what
        if what in ("issue", "walk_in"):
            legs.append(Leg(visit, 1, service or step.queue, step))
            if what == "walk_in" and step.counter:
                legs[-1].last, legs[-1].counter = step, step.counter
            continue
        if not legs:
            return []
        leg = legs[-1]
        _follow(leg, step)
        if what == "transfer":
            legs.append(Leg(visit, leg.number + 1, step.queue, step))
    return legs


def _follow(leg, step):
    what = step.what
    if what == "call":
        earlier = leg.first is not None and (lasted(leg.first, step) or 0) < 0
        if leg.first is None or earlier:
            leg.first = step
        leg.last = leg.called = step
        leg.counter = step.counter
    elif what == "resume":
        away = lasted(leg.park, step) if leg.park else 0
        away = None if away is not None and away < 0 else away
        leg.unsure, leg.park = leg.unsure or away is None, None
        leg.parked, leg.held = leg.parked + (away or 0), leg.held + (away or 0)
        if leg.start is None:
            leg.called = step
    elif what == "start":
        if leg.start is None:
            leg.start, leg.parked = step, 0
    elif what == "requeue":
        leg.outcome, leg.end, leg.start, leg.parked, leg.late = "", None, None, 0, False
    elif what == "recall":
        leg.recalls += 1
    if what in ("end", "noshow", "leave", "expire", "transfer", "park"):
        if leg.start is not None and leg.called is not None and not leg.walk_in:
            walk, rest = lasted(leg.called, leg.start), lasted(leg.start, step)
            leg.late = leg.late or (walk is not None and walk > 60 and rest is not None and 0 <= rest <= 5)
        if what == "park":
            leg.park = step
        elif leg.outcome != "served":
            leg.end = step
            leg.outcome = {"end": "served", "transfer": "served", "noshow": "no_show", "leave": "left"}.get(
                what, "expired"
            )
            if leg.outcome == "served":
                leg.auto, leg.counter = step.note == "auto", step.counter or leg.counter


def rank(values, percent):
    return sorted(values)[ceil(Fraction(percent * len(values), 100)) - 1] if values else None


def share(a, b):
    return round(float(Fraction(a, b)), 6) if b else None


def spread(values):
    return {"n": len(values), "mean": share(sum(values), len(values)), "p90": rank(values, 90)}


class Figures:
    """Every figure of a log."""

    def __init__(self, rows, standard_s=1500):
        self.log, self.standard = Log(rows), standard_s
        self.days, self.of_day, self.undated = self.log.days, defaultdict(list), 0
        for visit, steps in self.log.visits.items():
            if not steps or visit in self.log.left_out:
                continue
            if not steps[0].dated:
                self.undated += 1
                continue
            self.of_day[self.days.day(steps[0].t)].append((visit, steps))
        self.visits = []
        for day, found in sorted(self.of_day.items()):
            for visit, steps in found:
                body = self.log.issued.get(visit, {})
                if legs := legs_of(visit, steps, body.get("queue", "")):
                    self.visits.append((day, visit, legs))
        self._lasts()

    def _lasts(self):
        """Until when what nobody ended lasts: the last step of the day, and the second of it."""
        self.until = {}
        stamps = [(day, s.t) for day, found in self.of_day.items() for _, steps in found for s in steps if s.dated]
        stamps += [(self.days.day(s.t), s.t) for s in self.log.counters if s.dated]
        for day, t in stamps:
            if self.days.begin(day) <= t < self.days.over(day):
                self.until[day] = max(self.until.get(day, 0), t + 1)

    def _clip(self, span, day):
        return max(0, min(span[1], self.days.over(day)) - max(span[0], self.days.begin(day)))

    def _busy(self):
        busy, anybody = Counter(), set()
        for day, found in self.of_day.items():
            until = self.until.get(day, self.days.begin(day))
            over = self.days.over(day)
            for _, steps in found:
                holding = {}
                for s in steps:
                    if s.what in ("call", "resume") or (s.what == "walk_in" and s.counter):
                        holding.setdefault(s.counter, s)
                    elif s.what in ("park", "transfer", "end", "noshow", "leave", "expire", "freed"):
                        for counter in [s.counter] if s.counter else list(holding):
                            since = holding.pop(counter, None)
                            seconds = lasted(since, s)
                            if good(seconds):
                                end = since.t + seconds
                                if since.t < over < end:  # over midnight
                                    end = max(since.t, until)
                                busy[counter] += self._clip((since.t, end), day)
                                anybody.add(counter)
                for counter, since in holding.items():
                    if since.dated:
                        busy[counter] += self._clip((since.t, max(since.t, until)), day)
                        anybody.add(counter)
        return busy, anybody

    def _states(self):
        spent, said, state = defaultdict(Counter), defaultdict(list), {}
        for s in sorted(self.log.counters, key=lambda s: (s.t, s.row)):
            if s.dated:
                said[self.days.day(s.t)].append(s)
        for day in sorted({*said, *self.of_day}):
            mine, until, over = said[day], self.until.get(day, self.days.begin(day)), self.days.over(day)
            begun = []
            for counter in [c for c, was in state.items() if was != "close"]:
                uses = [
                    s for _, steps in self.of_day.get(day, ()) for s in steps
                    if s.counter == counter and s.what in ("call", "resume", "start", "walk_in")
                    and s.dated and self.days.begin(day) <= s.t < over
                ]  # fmt: skip
                first = min(uses, key=lambda s: (s.t, s.row), default=None)
                own = [s.t for s in mine if s.counter == counter]
                if first is not None and (not own or first.t < own[0]):
                    opened = Step.__new__(Step)
                    opened.__dict__ |= first.__dict__ | {"what": "open", "box": ""}
                    begun.append(opened)
            state |= {s.counter: s.what for s in mine}
            now = {}
            for s in sorted([*begun, *mine], key=lambda s: (s.t, s.row)):
                since = now.pop(s.counter, None)
                if since is not None and good(seconds := lasted(since, s)):
                    spent[s.counter][since.what] += self._clip((since.t, since.t + seconds), day)
                if s.what != "close":
                    now[s.counter] = s
            for counter, since in now.items():
                spent[counter][since.what] += self._clip((since.t, max(since.t, until)), day)
        return spent

    def _counters(self):
        (busy, anybody), spent = self._busy(), self._states()
        found = {
            c: {
                "open_s": spent[c]["open"],
                "pause_s": spent[c]["pause"],
                "break_s": spent[c]["break"],
                "busy_s": busy[c],
            }
            for c in sorted({*spent, *anybody})
        }
        found = {c: of for c, of in found.items() if any(of.values())}
        opened = sum(of["open_s"] for of in found.values())
        served = sum(
            leg.outcome == "served" and self.days.begin(day) <= leg.end.t < self.days.over(day)
            for day, _, legs in self.visits for leg in legs
        )  # fmt: skip
        return {
            "counters": found, "occupancy_all": share(sum(of["busy_s"] for of in found.values()), opened),
            "throughput_legs_per_open_hour": share(served * HOUR, opened),
        }  # fmt: skip

    def _level_to_start(self):
        """Of visits: who began within T of the number; unknown where nobody knows on which side it was."""
        within = late = unknown = 0
        for _, _, legs in self.visits:
            span, went = ((None, None), False) if legs[0].walk_in else self._began(legs)
            if not all(map(good, span)):
                continue
            if span[0] > self.standard:
                late += 1
            elif not went and span[1] <= self.standard:
                within += 1
            else:
                unknown += not went
        return {"within": within, "den": within + late, "unknown": unknown}

    @staticmethod
    def _began(legs):
        """How long after the number the service began, at least and at most; and whether the visit went without one."""
        entry = legs[0].entry
        for leg in legs:
            if leg.start is not None and not leg.late:
                return (lasted(entry, leg.start),) * 2, False
            if leg.late or (leg.outcome == "served" and leg.end.what == "end"):
                return (lasted(entry, leg.last), lasted(entry, leg.start or leg.end)), False
        if legs[-1].outcome in ("left", "expired", "no_show"):
            return (lasted(entry, legs[-1].end),) * 2, True
        return (None, None), False

    def all(self):
        firsts = [legs[0] for _, _, legs in self.visits]
        every = [leg for _, _, legs in self.visits for leg in legs]
        waits = [w for leg in firsts if good(w := leg.wait())]
        gone = [
            w for leg in firsts
            if leg.first is None and not leg.walk_in and leg.outcome in ("left", "expired")
            and good(w := lasted(leg.entry, leg.end))
        ]  # fmt: skip
        within, den = sum(w <= self.standard for w in waits), len(waits) + sum(g > self.standard for g in gone)
        services = [(leg, s) for leg in every if good(s := leg.service(), MOST_SERVICE)]
        outcomes = Counter(leg.outcome for leg in firsts)
        done = [legs for _, _, legs in self.visits if legs[-1].outcome == "served"]
        sure = [legs for legs in done if all((leg.service() or 0) <= MOST_SERVICE for leg in legs)]
        stays = [s for legs in sure if good(s := lasted(legs[0].entry, legs[-1].end))]
        sums = []
        for legs in done:
            mine = [leg.wait() for leg in legs if leg.first is not None and not leg.walk_in]
            if not legs[0].walk_in and all(good(w) for w in mine):
                sums.append(sum(mine))
        half = Counter(self.days.half_hour(leg.entry.t) for leg in firsts)
        by_service = defaultdict(list)
        for _, visit, legs in self.visits:
            if good(w := legs[0].wait()):
                by_service[self.log.issued.get(visit, {}).get("service", "")].append(w)
        return {
            "tickets_issued": len(firsts), "legs": len(every), "recalls": sum(leg.recalls for leg in every),
            "told_late": sum(leg.late for leg in every),
            "wait_first": spread(waits) | {"p50": rank(waits, 50), "max": max(waits, default=None)},
            "wait_p80": rank(waits, 80),
            "wait_all_legs": spread([w for leg in every if good(w := leg.wait())]),
            "wait_last_call": spread([w for leg in firsts if not leg.walk_in and good(w := lasted(leg.entry, leg.last))]),
            "service_time": spread([s for leg, s in services if not leg.auto]),
            "service_to_next": spread([s for leg, s in services if leg.auto]),
            "walk_time": spread([w for leg in every if good(w := leg.walk(), MOST_WALK)]),
            "hold_time": spread([leg.held for leg in every if leg.held and not leg.unsure and good(leg.held)]),
            "time_in_system": spread(stays) | {"total_wait_mean": share(sum(sums), len(sums))},
            "service_level": {"within": within, "den": den, "value": share(within, den)},
            "abandonment": {
                "no_show": outcomes["no_show"], "left": outcomes["left"], "expired": outcomes["expired"],
                "rate": share(outcomes["no_show"] + outcomes["left"], len(firsts) - outcomes["expired"]),
            },
            "arrivals_by_half_hour": dict(sorted(half.items())),
            "mean_wait_by_service": {s: share(sum(w), len(w)) for s, w in sorted(by_service.items())},
            "gini_individual": self._gini(waits), "overtakes": self._overtakes(), "undated": self.undated,
            "level_to_start": self._level_to_start(),
        } | self._counters()  # fmt: skip

    @staticmethod
    def _gini(waits):
        if not waits:
            return None
        apart = sum(abs(a - b) for a in waits for b in waits)
        return share(apart, 2 * len(waits) * sum(waits)) if sum(waits) else 0.0

    def _overtakes(self):
        """Of one day, service and class: who was called against the order in which they came."""
        groups, pairs, against = defaultdict(list), 0, 0
        for day, visit, legs in self.visits:
            leg, body = legs[0], self.log.issued.get(visit, {})
            if good(wait := leg.wait()):
                groups[day, body.get("service", ""), body.get("cls", "N")].append((leg.entry.t, leg.entry.t + wait))
        for group in groups.values():
            for i, (entry, call) in enumerate(group):
                for other, later in group[i + 1 :]:
                    if entry != other:
                        pairs += 1
                        against += (entry < other and later < call) or (other < entry and call < later)
        return {"pairs": pairs, "inversions": against}


def figures(rows, standard_s=1500):
    """All figures of raw rows, in the order of the log."""
    return Figures(rows, standard_s).all()
