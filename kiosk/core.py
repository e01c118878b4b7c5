"""The kiosk itself: numbers, paper, and what is shown. No screen, no printer, no thread in here.

Policy: the number is on the kiosk's own card before anything is printed or sent; nobody is asked
for it. After a power cut a card may have forgotten up to its last minute, the numbers left out then
included: no number is given until the hub has said what it has of this box, or until a minute has passed
and what this start wrote is safe. The hub is asked how many people are ahead and has 300 ms to answer;
then the ticket is printed without. Each number is printed once: a start that finds one whose end nobody knows says so
and never prints it again. After an unclean stop ten numbers of each service are left out, because
a card may have forgotten issues whose paper is out.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import msgspec

from kiosk.flow import FAILED_STAYS_MS, STAYS_MS, Act, Screen, step
from onedoor import __version__
from onedoor.device.box import Box
from onedoor.device.catalogue import Catalogue, Service
from onedoor.device.center_rules import spans
from onedoor.device.clock import Clock
from onedoor.device.link import LinkNews, Will
from onedoor.device.sealing import genuine
from onedoor.device.sender import Sender
from onedoor.device.timers import Timers
from onedoor.hall import events as ev
from onedoor.hall.admission import refusal
from onedoor.hall.refusals import Refusal
from onedoor.hall.rules import ALWAYS_OPEN, CLASS_ORDINARY, Hours
from onedoor.hall.tickets import SKIP_NUMBERS, Numbering, Today, day_of, label, next_number, on_day, used
from onedoor.wire import messages as msg

log = logging.getLogger("onedoor.kiosk")

SLIP_AGAIN_MS = 60_000
LIES_MS = 61_000
"""What is older than this, no card forgets. (Cards that do are rejected by the bench test.)"""
CODE_LENGTH = 5
ANSWER_MS = 300
"""How long a ticket waits for the number of people ahead."""


@dataclass(frozen=True, slots=True)
class Begin:
    """Somebody touched the welcome screen."""


@dataclass(frozen=True, slots=True)
class Choose:
    """Somebody touched a service; the class they say they belong to, the code of their appointment."""

    service: str
    cls: str = ""
    appointment: str = ""


@dataclass(frozen=True, slots=True)
class SayClass:
    """Somebody says that they belong to a priority class, or not after all ("N")."""

    cls: str


@dataclass(frozen=True, slots=True)
class Appointment:
    """Somebody has an appointment, and has a code to type."""


@dataclass(frozen=True, slots=True)
class Digit:
    """A key of the code; "<" takes the last one back."""

    key: str


@dataclass(frozen=True, slots=True)
class Back:
    """Back, or start over."""


@dataclass(frozen=True, slots=True)
class Done:
    """The citizen has the ticket and leaves."""


@dataclass(frozen=True, slots=True)
class Speak:
    """Another language."""

    lang: str


@dataclass(frozen=True, slots=True)
class PrintEnded:
    """The printer's answer: a level (A, B, C), or a fault code and level ""."""

    ticket: ev.RowId
    level: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class SlipEnded:
    """The closing slip of a day is out, or not."""

    day: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class PrintJob:
    """What a ticket says."""

    ticket: ev.RowId
    label: str
    service: Service
    lang: str
    day: str
    issued_wall_ms: int
    ahead: int | None


@dataclass(frozen=True, slots=True)
class KioskView:
    """What the screen shows now."""

    screen: Screen = Screen.WELCOME
    lang: str = "lo"
    label: str = ""
    service: str = ""
    ahead: int | None = None
    fault: str = ""
    called: tuple[tuple[str, str], ...] = ()
    waiting: tuple[tuple[str, int], ...] = ()
    fresh: bool = False
    unsent: int = 0
    closed: tuple[tuple[str, str], ...] = ()
    """Services of which no number is given now, and the code that says why."""
    cls: str = "N"
    code: str = ""


@dataclass(slots=True)
class Kiosk:
    """One kiosk. `print_` hands a job to the printer, whose answer comes back as PrintEnded."""

    box: Box
    sender: Sender
    clock: Clock
    catalogue: Catalogue
    slot: int
    alone: bool
    print_: Callable[[PrintJob], None]
    show: Callable[[KioskView], None] | None = None
    hours: Hours = ALWAYS_OPEN
    print_slip: Callable[[msg.Seal], None] | None = None
    """Prints the day's seal; only one kiosk of a center has this."""
    numbering: Numbering = field(default_factory=Numbering, init=False)
    screen: Screen = field(default=Screen.WELCOME, init=False)
    lang: str = field(default="lo", init=False)
    cls: str = field(default=CLASS_ORDINARY, init=False)
    code: str = field(default="", init=False)
    _job: PrintJob | None = field(default=None, init=False)
    _fault: str = field(default="", init=False)
    _seal: msg.Seal | None = field(default=None, init=False)
    _strange: set[str] = field(default_factory=set, init=False)

    @property
    def timers(self) -> Timers:
        """The box's timers."""
        return self.box.timers

    # -- what the runner calls ----------------------------------------------------------------------

    def on_start(self) -> None:
        """Read the card, close what the last run left open, begin a new run."""
        journal = self.sender.journal
        kept = journal.kept("numbering")
        if kept:
            self.numbering = msgspec.json.decode(kept, type=Numbering)
        clean = journal.length == 0 or journal.kept("clean") == "yes"
        same_boot = bool(journal.length) and journal.read(journal.length - 1, 1)[0].boot_id == self.clock.boot_id
        if not clean and not same_boot:
            self.screen = Screen.STARTING
            self.timers.start("sure", LIES_MS, self._sure)
        events: list[ev.Event] = [ev.Booted(__version__, clean=clean, volatile=self.box.volatile)]
        if not clean:
            self.numbering = replace(self.numbering, doubt=True)
            if not self.numbering.day:
                self.numbering = on_day(self.numbering, self._today())
            events += self._skips({s.id: next_number(self.numbering, s.id) - 1 for s in self.catalogue.services})
        pending = journal.kept("printing")
        if pending:
            events.append(ev.PrintUnknown(ev.RowId(pending)))
        self._write(*events, clean="no", printing="")
        self._show()

    def on_news(self, news: LinkNews) -> None:
        """The link came, went, or brought a message."""
        match self.box.on_news(news):
            case msg.Mark() as mark:
                self._trust_higher(mark)
                if mark.echo_boot == self.clock.boot_id:
                    self._sure()
            case msg.Seal() as seal:
                self._seal = seal
                self._closing_slip()
            case msg.Answer() as answer:
                if self._job and answer.ticket == self._job.ticket and self.timers.running("ahead"):
                    self._print(answer.ahead)
        self._show()

    def on_wish(self, wish: object) -> None:
        """A touch, or the printer's answer."""
        match wish:
            case Begin():
                self._go(Act.BEGIN)
            case Back():
                self._go(Act.BACK)
            case Done():
                self._go(Act.DONE)
            case Speak(lang):
                self.lang = lang
            case Appointment():
                self.code = ""
                self._go(Act.CODE)
            case Digit(key) if self.screen is Screen.CODE:
                self.code = self.code[:-1] if key == "<" else (self.code + key)[:CODE_LENGTH]
                if len(self.code) == CODE_LENGTH:
                    self._go(Act.CODE)
            case SayClass(cls):
                self.cls = cls if any(c.id == cls for c in self.catalogue.classes) else CLASS_ORDINARY
            case Choose():
                self._choose(wish)
            case PrintEnded():
                self._printed(wish)
            case SlipEnded(day, fault):
                if fault:
                    self.timers.start("slip", SLIP_AGAIN_MS, self._closing_slip)
                else:
                    self._write(slip=day)
        self._show()

    def on_stop(self) -> Will:
        """A clean stop needs no skipped numbers at the next start."""
        self._write(clean="yes")
        self.sender.journal.close()
        return self.box.presence("disconnected")

    # -- inside -------------------------------------------------------------------------------------

    def _go(self, act: Act) -> bool:
        after = step(self.screen, act)
        if after is None:
            return False
        self.screen = after
        self.timers.cancel("idle")
        stays = FAILED_STAYS_MS if after is Screen.ISSUED and self._fault else STAYS_MS.get(after)
        if stays:
            self.timers.start("idle", stays, self._idle)
        if after is Screen.WELCOME:
            self._job, self._fault, self.lang, self.cls, self.code = None, "", "lo", CLASS_ORDINARY, ""
        return True

    def _sure(self) -> None:
        """Numbers are safe to give: the hub has told what it has, or nothing can be forgotten any more."""
        self.timers.cancel("sure")
        self._go(Act.SURE)
        self._show()

    def _idle(self) -> None:
        self._go(Act.IDLE)
        self._show()

    def _today(self) -> Today:
        if self.clock.trusted():
            return Today(day_of(self.clock.wall_ms()), trusted=True)
        hub_ms = self.sender.hub_time_ms()
        if hub_ms is not None and self.sender.hub_time_trusted():
            return Today(day_of(hub_ms), trusted=True)
        return Today(day_of(self.clock.wall_ms()), trusted=False)

    def _refusal(self, service: Service) -> Refusal | None:
        """Why there is no number of this service now."""
        today, waiting = self._today(), self.box.hall.waiting
        now = (self.sender.hub_time_ms() or self.clock.wall_ms()) if today.trusted else None
        told = waiting is not None and waiting.day == today.day
        issued = waiting.issued.get(service.id, 0) if told and waiting else None
        times = spans(service.windows)
        return refusal(self.hours, times, service.cut_off_min, service.daily_limit, now, issued)

    def _choose(self, wish: Choose) -> None:
        service = self.catalogue.get(wish.service)
        if service is None or step(self.screen, Act.CHOOSE) is None or self._refusal(service):
            return
        cls = wish.cls or self.cls
        cls = cls if not service.priority or cls in service.priority else CLASS_ORDINARY
        self.numbering = on_day(self.numbering, self._today())
        n = next_number(self.numbering, service.id)
        self.numbering = used(self.numbering, service.id, n)
        offline = self.sender.hub_is_away()
        text = label(service.prefix, self.slot, n, alone=self.alone)
        issued = ev.Issued(
            text,
            service.id,
            service.queue,
            self.slot,
            n,
            self.numbering.day,
            offline,
            cls,
            self.lang,
            wish.appointment or self.code,
        )
        fact = self._issue(issued)
        self._job = PrintJob(fact, text, service, self.lang, self.numbering.day, self.clock.wall_ms(), None)
        self._go(Act.CHOOSE)
        if offline or not self._ask(fact):
            self._print(None)
        else:
            self.timers.start("ahead", ANSWER_MS, lambda: self._print(None))

    def _issue(self, issued: ev.Issued) -> ev.RowId:
        """The number is on the card when this returns; and that it has no paper yet."""
        journal = self.sender.journal
        seq = next((s.count for s in journal.spans if s.run == journal.run), 0) + 1
        rid = ev.row_id(journal.dev, journal.run, seq)
        self._write(issued, printing=rid)
        return rid

    def _ask(self, ticket: ev.RowId) -> bool:
        question = msg.encode(msg.Question(msg.VERSION, ticket))
        return self.box.link.publish(self.box.topics.ask(self.box.dev), question)

    def _print(self, ahead: int | None) -> None:
        self.timers.cancel("ahead")
        if self._job is None:
            return
        self._job = replace(self._job, ahead=ahead)
        self.print_(self._job)

    def _printed(self, ended: PrintEnded) -> None:
        if self._job is None or ended.ticket != self._job.ticket or self.screen is not Screen.PRINTING:
            return
        self._fault = ended.fault
        event = (
            ev.PrintFailed(ended.ticket, ended.fault)
            if ended.fault
            else ev.Printed(ended.ticket, ended.level, ahead=self._job.ahead)
        )
        self._write(event, printing="")
        self._go(Act.PRINTED)

    def _closing_slip(self) -> None:
        """Print the seal of a day, once: whoever keeps the paper can prove a later change of the log."""
        seal = self._seal
        if self.print_slip is None or seal is None or not genuine(seal):
            return
        if seal.day > (self.sender.journal.kept("slip") or "") and not self.timers.running("slip"):
            self.timers.start("slip", SLIP_AGAIN_MS, self._closing_slip)
            self.print_slip(seal)

    def _trust_higher(self, mark: msg.Mark) -> None:
        """The hub knows higher numbers of this slot than the card, or a run that the card does not: the card has
        forgotten some, and perhaps more than the hub has got.
        """
        known = mark.highest.get(self.numbering.day, {})
        strange = set(mark.have) - {span.run for span in self.sender.journal.spans} - self._strange
        if strange and len(self.sender.journal.spans) > 1:
            self._strange |= strange
            log.warning("the hub has runs that this card has forgotten: %s", sorted(strange))
            counted = {s.id: next_number(self.numbering, s.id) - 1 for s in self.catalogue.services}
            self._write(*self._skips({s: max(n, known.get(s, 0)) for s, n in counted.items()}))
            return
        behind = {service: n for service, n in known.items() if n > self.numbering.last.get(service, 0)}
        if behind:
            log.warning("the hub knows higher numbers than this card: %s", behind)
            self._write(*self._skips(behind))

    def _skips(self, last: dict[str, int]) -> list[ev.Skipped]:
        """Leave ten numbers out behind these."""
        if not self.numbering.day:
            return []
        skips = []
        for service, n in last.items():
            self.numbering = used(self.numbering, service, n + SKIP_NUMBERS)
            skips.append(ev.Skipped(service, self.slot, n + SKIP_NUMBERS, self.numbering.day))
        return skips

    def _write(self, *events: ev.Event, **keep: str) -> None:
        numbering = msgspec.json.encode(self.numbering).decode()
        self.sender.append(*events, keep={"numbering": numbering, **keep})

    def _show(self) -> None:
        if self.show is None:
            return
        hall = self.box.hall
        job = self._job
        calls = hall.called.calls[:3] if hall.called else []
        queues = hall.waiting.queues if hall.waiting else {}
        self.show(
            KioskView(
                screen=self.screen,
                lang=self.lang,
                label=job.label if job else "",
                service=job.service.id if job else "",
                ahead=job.ahead if job else None,
                fault=self._fault,
                called=tuple((c.label, c.counter) for c in calls),
                waiting=tuple((s.id, queues.get(s.queue, 0)) for s in self.catalogue.services),
                fresh=self.box.fresh,
                unsent=self.sender.unsent,
                closed=tuple((s.id, why.value) for s in self.catalogue.services if (why := self._refusal(s))),
                cls=self.cls,
                code=self.code,
            )
        )
