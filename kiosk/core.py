"""The kiosk itself: numbers, paper, and what is shown. No screen, no printer, no thread in here.

Policy: the number is on the kiosk's own card before anything is printed or sent; nobody is asked
for it. When a start is sure of its numbers is said in `kiosk.starting`. The hub is asked how many people are ahead and
has 300 ms to answer; then the ticket is printed without. Each number is printed once: a start that finds one whose end
nobody knows says so and never prints it again.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from kiosk import wishes as w
from kiosk.codes import Codes
from kiosk.flow import COUNTED_MS, FAILED_STAYS_MS, STAYS_MS, Act, Screen
from kiosk.hub_word import HubWord
from kiosk.jobs import Job, ListJob, PrintJob
from kiosk.late_paper import NO_ANSWER, PAPER_MS, LatePaper
from kiosk.numbers import Numbers
from kiosk.pace import Pace, gave, hold
from kiosk.session import Session, moved, touched
from kiosk.staff_desk import StaffDesk
from kiosk.starting import Starting
from kiosk.view import KioskView
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
from onedoor.hall.hours import promised_day
from onedoor.hall.refusals import Refusal
from onedoor.hall.rules import ALWAYS_OPEN, CLASS_ORDINARY, Hours
from onedoor.hall.tickets import label, receipt_of
from onedoor.hall.zone import day_of
from onedoor.voice.tokens import label_tokens
from onedoor.wire import messages as msg

log = logging.getLogger("onedoor.kiosk")

SLIP_AGAIN_MS = 60_000
ANSWER_MS = 300
"""How long a ticket waits for the number of people ahead."""
HELP_STAYS_MS = 300_000
"""So long the lamp stays on, unless somebody says that help was given."""
LOOK_MS = 60_000
WELL = ("ok", "near_end")


@dataclass(slots=True)
class Kiosk:
    """One kiosk. `print_` hands a job to the printer, whose answer comes back as a wish."""

    box: Box
    sender: Sender
    clock: Clock
    catalogue: Catalogue
    slot: int
    alone: bool
    print_: Callable[[Job], None]
    show: Callable[[KioskView], None] | None = None
    hours: Hours = ALWAYS_OPEN
    prints_slip: bool = False
    """Whether it prints the day's seal; only one kiosk of a center does."""
    pace: Pace = field(default_factory=Pace)
    speak: Callable[[w.Clips], None] | None = None
    lamps: Callable[[bool, bool], None] | None = None
    """Shows the two lamps: somebody needs help, the printer needs a hand."""
    pin: str = ""
    """The staff's PIN as `kiosk.pin` keeps it; without one only the key opens their page."""
    languages: tuple[str, ...] = ("lo", "en")
    roll: Callable[[int, int], None] | None = None
    """Tells the printers that a roll of so many meters is in one of them."""
    give_up: Callable[[str], None] = lambda _: None
    """Tells the printers that nobody waits for this paper any more."""
    broken: tuple[str, ...] = ()
    """Devices that this box should have and has not, as codes of alarms."""
    loud: Callable[[int], None] | None = None
    """Sets how loud the voice is, 0 to 4."""
    numbers: Numbers = field(init=False)
    staff: StaffDesk = field(init=False)
    late: LatePaper = field(init=False)
    starting: Starting = field(init=False)
    codes: Codes = field(init=False)
    word: HubWord = field(init=False)
    session: Session = field(default_factory=Session, init=False)
    printers: dict[int, tuple[str, int]] = field(default_factory=dict, init=False)
    help: bool = field(default=False, init=False)
    _job: PrintJob | None = field(default=None, init=False)
    _fault: str = field(default="", init=False)
    _seal: msg.Seal | None = field(default=None, init=False)
    _slip: msg.Seal | None = field(default=None, init=False)
    """The seal that is being printed."""
    _countdown: int | None = field(default=None, init=False)
    _lit: tuple[bool, bool] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.numbers = Numbers(self.sender, self.clock, self.catalogue, self.slot)
        self.staff, self.late, self.starting = StaffDesk(self), LatePaper(self), Starting(self)
        self.codes, self.word = Codes(self.box, self._show), HubWord(self)

    @property
    def timers(self) -> Timers:
        """The box's timers."""
        return self.box.timers

    @property
    def screen(self) -> Screen:
        """Which screen is shown."""
        return self.session.screen

    # -- what the runner calls ----------------------------------------------------------------------

    def on_start(self) -> None:
        """Read the card, close what the last run left open, begin a new run."""
        self.starting.begin()
        if self.screen is Screen.WELCOME:
            self.rest()
        self._look()

    def on_news(self, news: LinkNews) -> None:
        """The link came, went, or brought a message."""
        match self.box.on_news(news):
            case msg.Mark() as mark:
                self.numbers.trust_higher(mark)
                self.word.hear(mark)
                if self.numbers.safe(mark):
                    self.starting.sure()
            case msg.Seal() as seal:
                self._seal = seal
                self._closing_slip()
            case msg.Answer() as answer if answer.code:
                self.codes.hear(answer)
            case msg.Answer() as answer:
                if self._job and answer.ticket == self._job.ticket and self.timers.running("ahead"):
                    self._print(answer.ahead)
        self._show()

    def on_wish(self, wish: object) -> None:
        """A touch, a button, or a printer's answer."""
        if isinstance(wish, w.Touched):
            self._touched(wish)
        elif not self.box.needs.hear(wish):
            self._act(wish)
        self._show()

    def on_stop(self) -> Will:
        """A clean stop needs no skipped numbers at the next start."""
        self.write(clean=self.starting.clean())
        self.sender.journal.close()
        return self.box.presence("disconnected")

    # -- for the staff's page -----------------------------------------------------------------------

    def write(self, *events: ev.Event, **keep: str) -> None:
        """Rows of this kiosk, and what is kept beside them."""
        self.numbers.write(*events, **keep)

    def now_ms(self) -> int | None:
        """Center time as somebody knows or says it; None: nothing with a date may be printed."""
        return self.sender.time.now.ms

    def ready(self, days: int, from_ms: int | None) -> tuple[str, int]:
        """When a result is ready that takes so many working days: the day, or, where nobody knows it, the days."""
        return ("", days) if from_ms is None else (promised_day(self.hours, day_of(from_ms, self.hours.zone), days), 0)

    def dated(self, job: PrintJob) -> PrintJob:
        """A ticket of this boot, with the date of its issue as it is known now."""
        now_ms = self.now_ms()
        at_ms = None if now_ms is None else now_ms - (self.clock.mono_ms() - job.mono_ms)
        promised, in_days = self.ready(job.service.days, at_ms) if job.receipt else ("", 0)
        return replace(job, at_ms=at_ms, promised=promised, in_days=in_days)

    def go(self, act: Act) -> bool:
        """Follow the table; False if this act means nothing here."""
        after = moved(self.session, act)
        if after is None:
            return False
        self.session = after
        self._arrived()
        return True

    def rest(self) -> None:
        """The screen that waits for somebody, or says why there is nothing to wait for."""
        self.session = self._resting()
        self._wait()

    def end_help(self, by: str) -> None:
        """Nobody waits for help any more."""
        self.timers.cancel("help")
        if self.help:
            self.help = False
            self.write(ev.HelpEnded(by))

    # -- touches ------------------------------------------------------------------------------------

    def _touched(self, touch: w.Touched) -> None:
        """With the voice on, the first touch speaks and the second acts; without, every touch acts."""
        if self.screen is not Screen.WELCOME and STAYS_MS.get(self.screen):
            self._wait()
        session = self.session
        silent = not session.voice or not touch.clips or self.speak is None or isinstance(touch.wish, w.Mode)
        if not silent and session.spoken != touch.key:
            self.session = replace(session, spoken=touch.key)
            self._say(*touch.clips)
            return
        self._act(touch.wish)

    def _act(self, wish: object) -> None:
        match wish:
            case w.Take(held):
                self._take(held)
            case w.Tell():
                self._tell()
            case w.More():
                self._wait()
            case w.Near(here):
                if not here and self.screen is Screen.WELCOME:
                    self.session = self._resting()
            case w.NoHelp(by):
                self.end_help(by)
                self.go(Act.DONE)
            case w.PrintEnded() | w.SlipEnded() | w.SheetEnded() | w.PrinterSays():
                self._paper(wish)
            case w.Key() | w.StaffDo():
                self.staff.on_wish(wish)
            case w.Digit() if self.screen is Screen.PIN:
                self.session = touched(self.session, wish, self.catalogue) or self.session
                self.staff.typed(self.session.typed)
            case w.AskPin() if not self.pin:
                return
            case _:
                self._step(wish)

    def _step(self, wish: object) -> None:
        """A touch that only leads on; help and a missing service are also written down."""
        if isinstance(wish, w.Choose):
            service = self.catalogue.get(wish.service)
            if service is None or self.refusal(service):
                return
        before = self.session
        after = touched(before, wish, self.catalogue)
        if isinstance(wish, w.Help):
            self._ask_help(before, button=wish.button)
        if after is None:
            return
        self.session = after
        if after.appointment != before.appointment:
            self.codes.ask(after.appointment, after.service)
        if isinstance(wish, w.Missing):
            self.write(ev.NotHere(before.category, before.lang))
        if after.screen is not before.screen:
            self._arrived()

    def _arrived(self) -> None:
        """A new screen: its time begins; at the welcome screen everything of the last person is forgotten."""
        if self.screen is Screen.WELCOME:
            self._job, self._fault = None, ""
            self.session = self._resting()
        self.timers.cancel("paper")
        if self.screen in (Screen.PRINTING, Screen.LISTING):
            self.timers.start("paper", PAPER_MS, self.late.no_answer)
        self._wait()

    def _resting(self) -> Session:
        return Session(screen=Screen.CLOSED if self.staff.reason or self.word.twin else Screen.WELCOME)

    def _ask_help(self, session: Session, *, button: bool) -> None:
        if session.screen in (Screen.STARTING, Screen.FAULT):
            return
        if not self.help:
            self.help = True
            self.write(ev.HelpAsked("button" if button else session.screen.value, session.lang))
        self.timers.start("help", HELP_STAYS_MS, self._help_over)

    def _help_over(self) -> None:
        self.end_help("time")
        self._show()

    # -- time ---------------------------------------------------------------------------------------

    def _wait(self) -> None:
        """The screen's time begins again."""
        self._countdown = None
        self.timers.cancel("idle")
        stays = STAYS_MS.get(self.screen)
        if self.screen is Screen.ISSUED and self._fault:
            stays = FAILED_STAYS_MS
        if stays:
            counted = min(COUNTED_MS, stays // 3)
            self.timers.start("idle", stays - counted, lambda: self._count(counted // 1000))

    def _count(self, seconds: int) -> None:
        """The last seconds of a screen are shown."""
        if seconds <= 0:
            self._countdown = None
            self.go(Act.IDLE)
        else:
            self._countdown = seconds
            self.timers.start("idle", 1_000, lambda: self._count(seconds - 1))
        self._show()

    def _look(self) -> None:
        """Time alone closes services, and clocks may disagree while nobody touches: looked at every minute."""
        self.timers.start("look", LOOK_MS, self._look)
        self._show()

    # -- numbers ------------------------------------------------------------------------------------

    def refusal(self, service: Service) -> Refusal | None:
        """Why there is no number of this service now. What one person said about the time refuses nobody."""
        time, waiting = self.sender.time.now, self.box.hall.waiting
        now = time.ms if time.known else None
        told = waiting is not None and now is not None and waiting.day == day_of(now, self.hours.zone)
        issued = waiting.issued.get(service.id, 0) if told and waiting else None
        times = spans(service.windows)
        return refusal(self.hours, times, service.cut_off_min, service.daily_limit, now, issued)

    def _take(self, held: bool) -> None:
        """The number: on the card first, then the question how many are ahead, then paper."""
        session, service = self.session, self.catalogue.get(self.session.service)
        slow = hold(self.pace, self.clock.mono_ms()) and not held
        if service is None or session.screen is not Screen.CONFIRM or slow or self.refusal(service):
            return
        collects = session.intent == "collect"
        cls = session.cls if not service.priority or session.cls in service.priority else CLASS_ORDINARY
        n = self.numbers.next(service.id)
        offline = self.sender.hub_is_away()
        text = label(service.prefix, self.slot, n, alone=self.alone)
        queue = service.route[-1] if collects and service.route else service.queue
        now_ms = self.now_ms()
        day = day_of(now_ms, self.hours.zone) if now_ms is not None else ""
        issued = ev.Issued(
            text, service.id, queue, self.slot, n, day, offline, cls, session.lang, session.appointment,
            session.intent, session.receipt if collects else "",
            self.numbers.numbering.series,
        )  # fmt: skip
        fact = self.numbers.issue(issued)
        self.pace = gave(self.pace, self.clock.mono_ms())
        hands_in = session.intent == "submit" and service.days > 0
        promised, in_days = self.ready(service.days, now_ms) if hands_in else ("", 0)
        self._job = PrintJob(
            fact, text, service, session.lang, now_ms, None, session.intent, cls,
            receipt_of(fact) if hands_in else "", promised, in_days, mono_ms=self.clock.mono_ms(), own=self.numbers.own,
            zone=self.hours.zone,
        )  # fmt: skip
        self.staff.issued(self._job)
        self._fault = ""
        self.go(Act.TAKE)
        self._say("your_number", *label_tokens(text))
        if offline or not self._ask(fact):
            self._print(None)
        else:
            self.timers.start("ahead", ANSWER_MS, lambda: self._print(None))

    def _ask(self, ticket: ev.RowId) -> bool:
        question = msg.encode(msg.Question(msg.VERSION, ticket))
        return self.box.link.publish(self.box.topics.ask(self.box.dev), question)

    def _print(self, ahead: int | None) -> None:
        self.timers.cancel("ahead")
        if self._job is None:
            return
        self._job = replace(self._job, ahead=ahead, head=self.sender.paper)
        self.print_(self._job)

    # -- paper --------------------------------------------------------------------------------------

    def _tell(self) -> None:
        """The list of what a service needs, without a number."""
        service = self.catalogue.get(self.session.service)
        if service is not None and self.go(Act.TELL):
            self._fault = ""
            self.print_(ListJob(service, self.session.lang, self.now_ms()))

    def _paper(self, ended: object) -> None:
        """A printer's answer."""
        match ended:
            case w.PrintEnded():
                self._printed(ended)
            case w.SheetEnded(name, fault) if name == "list" and self.screen is Screen.LISTING:
                self._fault = fault
                self.write(ev.ListGiven(self.session.service, self.session.lang, fault))
                self.go(Act.PRINTED)
            case w.SheetEnded():
                self.staff.printed(ended)
            case w.SlipEnded(_, fault):
                if fault:
                    self.timers.start("slip", SLIP_AGAIN_MS, self._closing_slip)
                elif self._slip is not None:
                    self.write(slip=self._slip.day, slip_row=str(self._slip.hub_seq))
            case w.PrinterSays(printer, state, meters):
                old = self.printers.get(printer, ("", -1))[0]
                self.printers[printer] = (state, meters)
                if state != old and (old or state != "ok"):
                    self.write(ev.PrinterChanged(printer, state))

    def _printed(self, ended: w.PrintEnded) -> None:
        if not ended.fault:
            self.box.needs.set(NO_ANSWER, needed=False)
        if self._job is None or ended.ticket != self._job.ticket or self.screen is not Screen.PRINTING:
            self.late.printed(ended)
            return
        self._fault = ended.fault
        ahead = self._job.ahead
        event = (
            ev.PrintFailed(ended.ticket, ended.fault)
            if ended.fault
            else ev.Printed(ended.ticket, ended.level, ahead=ahead, printer=ended.printer)
        )
        self.write(event, printing="", paper=self.paper_left())
        self.go(Act.PRINTED)

    @property
    def job(self) -> PrintJob | None:
        """The ticket of whoever stands here."""
        return self._job

    def well_after_all(self) -> None:
        """The paper is out: the screen's time begins again, without the fault."""
        self._fault = ""
        self._wait()

    def paper_left(self) -> str:
        """Meters left by printer, as they are kept on the card."""
        return " ".join(f"{n}:{meters}" for n, (_, meters) in sorted(self.printers.items()))

    def _closing_slip(self) -> None:
        """Print the seal of a day, once, and each seal of a day that nobody knows: whoever keeps the paper can prove a
        later change of the log.
        """
        seal = self._seal
        if not self.prints_slip or seal is None or not seal.closing or not genuine(seal):
            return
        kept = self.sender.journal.kept
        printed = kept("slip") == seal.day if seal.day else kept("slip_row") == str(seal.hub_seq)
        if not printed and not self.timers.running("slip"):
            self.timers.start("slip", SLIP_AGAIN_MS, self._closing_slip)
            self._slip = seal
            self.print_(seal)

    # -- showing ------------------------------------------------------------------------------------

    def _say(self, *tokens: str) -> None:
        if self.speak is not None and self.session.voice:
            self.speak(w.Clips(self.session.lang, tokens))

    def _unopened(self) -> bool:
        """Whether the hub says that no open counter serves what was chosen."""
        waiting, service = self.box.hall.waiting, self.catalogue.get(self.session.service)
        if waiting is None or waiting.served is None or service is None or not self.box.fresh:
            return False
        return service.queue not in waiting.served

    def _light(self) -> None:
        """Lamps, and what the clerks' panels show of this box."""
        wrong = sorted({state for state, _ in self.printers.values() if state != "ok"})
        lit = self.help, bool(wrong)
        if self.lamps is not None and lit != self._lit:
            self.lamps(*lit)
        self._lit = lit
        shut = ["shut"] if self.staff.reason else []
        clock = ["clock"] if self.sender.time.doubted else []
        self.box.say_alarms(
            (["help"] if self.help else []) + self.word.alarms + wrong + shut + clock + list(self.broken)
        )

    def show_now(self) -> None:
        """Show what is."""
        self._show()

    def _show(self) -> None:
        self._light()
        if self.show is None:
            return
        hall, job, shown = self.box.hall, self._job, self.screen
        calls = hall.called.standing()[:3] if hall.called else []
        queues = hall.waiting.queues if hall.waiting else {}
        self.show(KioskView(
            session=self.session, label=job.label if job else "", ahead=job.ahead if job else None, fault=self._fault,
            called=tuple((c.label, c.counter) for c in calls),
            waiting=tuple((s.id, queues.get(s.queue, 0)) for s in self.catalogue.services), unopened=self._unopened(),
            code=self.codes.told if self.session.appointment else None, fresh=self.box.fresh,
            unsent=self.sender.unsent,
            closed=tuple((s.id, why.value) for s in self.catalogue.services if (why := self.refusal(s))),
            hold=shown is Screen.CONFIRM and hold(self.pace, self.clock.mono_ms()), countdown=self._countdown,
            help=self.help,
            printers=tuple((n, state, meters) for n, (state, meters) in sorted(self.printers.items())),
            reason=self.staff.reason or self.word.reason, doubled=self.word.doubled,
            lost=job is not None and job.ticket in self.word.lost, receipt=job.receipt if job else "",
            promised=job.promised if job else "", in_days=job.in_days if job else 0, staff=self.staff.page,
            languages=self.languages, can_speak=self.speak is not None, pin_wrong=self.staff.wrong,
        ))  # fmt: skip
