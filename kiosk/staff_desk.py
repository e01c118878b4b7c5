"""What the staff does at a kiosk: the acts behind `kiosk.staff`, and the PIN.

Policy: three wrong PINs close the door for five minutes, whatever is touched or restarted meanwhile. Whatever is chosen
here outlives a restart, because it stands on the card.
"""

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kiosk import wishes as w
from kiosk.flow import Act, Screen
from kiosk.jobs import PrintJob, SlipJob
from kiosk.late_paper import NO_ANSWER, PAPER_MS
from kiosk.session import PIN_DIGITS
from kiosk.staff import REASONS, ROLLS_M, VOLUMES, StaffPage, turned
from kiosk.staff_state import Part, parts
from kiosk.staff_time import StaffTime, written
from onedoor import __version__
from onedoor.device.pin import fits
from onedoor.device.pin_lock import KEPT as PIN_LOCK
from onedoor.device.pin_lock import PinLock
from onedoor.device.runner import StartAgain
from onedoor.hall import events as ev
from onedoor.hall.tickets import receipt_of

if TYPE_CHECKING:
    from kiosk.core import Kiosk

RECENT = 8
WRONG_MS = 3_000


@dataclass(slots=True)
class StaffDesk:
    """The staff's side of one kiosk."""

    kiosk: "Kiosk"
    page: StaffPage = field(default_factory=StaffPage)
    reason: str = ""
    """Why the kiosk is out of service; none: it is not."""
    wrong: bool = False
    volume: int = 2
    lock: PinLock = field(default_factory=PinLock)
    _keyed: bool = False
    """The key was turned while the kiosk began."""
    _slip: SlipJob | None = None
    """The slip that is being printed."""
    _recent: deque[PrintJob] = field(default_factory=lambda: deque(maxlen=RECENT))
    _time: StaffTime = field(init=False)

    def __post_init__(self) -> None:
        self._time = StaffTime(self.kiosk)

    def remember(self) -> None:
        """What was chosen before the last stop."""
        kiosk, kept = self.kiosk, self.kiosk.sender.journal.kept
        self.lock.begin(kept(PIN_LOCK), kiosk.clock, lambda word: kiosk.write(**{PIN_LOCK: word}))
        self._mind_lock()
        self.reason = kept("shut") or ""
        self.volume = int(kept("volume") or "2")
        if self.kiosk.loud is not None:
            self.kiosk.loud(self.volume)
        for part in (kept("paper") or "").split():
            printer, _, meters = part.partition(":")
            if self.kiosk.roll is not None and int(meters) >= 0:
                self.kiosk.roll(int(printer), int(meters))
        languages = (kept("languages") or "").split()
        if languages:
            self.kiosk.languages = tuple(languages)

    def issued(self, job: PrintJob) -> None:
        """A number was given; it may have to be printed again."""
        self._recent.appendleft(job)

    def on_wish(self, wish: w.Key | w.StaffDo) -> None:
        """The key was turned, or something was touched on the page."""
        match wish:
            case w.Key(on=True):
                self._keyed = self.kiosk.screen is Screen.STARTING
                self._come()
            case w.Key():
                self._keyed = False
                self._leave()
            case w.StaffDo(what, value) if self.kiosk.screen is Screen.STAFF:
                after = turned(self.page, what, value)
                if after is not None:
                    self._turn(after)
                else:
                    self._do(what, value)

    def started(self) -> None:
        """The kiosk is ready: a key that was turned while it began is heard now."""
        if self._keyed:
            self._keyed = False
            self._come()

    def typed(self, digits: str) -> None:
        """A PIN, as far as it is typed."""
        kiosk = self.kiosk
        if len(digits) < PIN_DIGITS:
            return
        kiosk.session = replace(kiosk.session, typed="")
        now = kiosk.clock.mono_ms()
        if self.lock.left_ms(now):
            self._mind_lock()
            return
        if fits(kiosk.pin, digits):
            self.lock.was_right()
            if kiosk.go(Act.CODED):
                self._enter("pin")
            return
        self.wrong = True
        kiosk.timers.start("wrong", self.lock.was_wrong(now) or WRONG_MS, self._try_again)

    def printed(self, ended: w.SheetEnded) -> None:
        """A paper of the staff is out, or not."""
        self.kiosk.timers.cancel(f"out {ended.name}")
        note = f"fault_{ended.fault}" if ended.fault else "Printed."
        if ended.name.startswith("copy/"):
            self.kiosk.write(ev.Reprinted(ev.RowId(ended.name.removeprefix("copy/")), ended.fault))
        elif self._slip is not None and self._slip.name == ended.name:
            job, self._slip = self._slip, None
            service = job.service.id if job.service else ""
            self.kiosk.write(ev.SlipGiven(job.kind, job.receipt, service, job.day, ended.fault))
        self.page = replace(self.page, note=note)

    # -- inside -------------------------------------------------------------------------------------

    def _mind_lock(self) -> None:
        """A closed door is shown as one until it opens."""
        left_ms = self.lock.left_ms(self.kiosk.clock.mono_ms())
        if left_ms:
            self.wrong = True
            self.kiosk.timers.start("wrong", left_ms, self._try_again)

    def _try_again(self) -> None:
        self.wrong = False
        self.lock.left_ms(self.kiosk.clock.mono_ms())

    def _enter(self, how: str) -> None:
        self.page = StaffPage(volume=str(self.volume), languages=self.kiosk.languages, shut=bool(self.reason))
        self.kiosk.end_help("staff")
        self.kiosk.write(ev.StaffCame(how))

    def _come(self) -> None:
        if self.kiosk.screen is not Screen.STAFF and self.kiosk.go(Act.KEY):
            self._enter("key")

    def _leave(self) -> None:
        if self.kiosk.go(Act.LEAVE):
            self.kiosk.write(ev.StaffLeft())

    def _turn(self, after: StaffPage) -> None:
        if after.page == "reprint":
            after = replace(after, recent=tuple((job.ticket, job.label) for job in self._recent))
        if after.page == "state":
            after = replace(after, parts=self._parts())
        if after.page == "time":
            after = self._time.time_page(after)
        if after.page == "numbers":
            after = self._time.numbers_page(after)
        self.page = replace(after, volume=str(self.volume), languages=self.kiosk.languages, shut=bool(self.reason))

    def _do(self, what: str, value: str) -> None:
        kiosk = self.kiosk
        match what:
            case "leave":
                self._leave()
            case "help":
                kiosk.end_help("staff")
                self.page = replace(self.page, note="Done")
            case "paper" if value in map(str, ROLLS_M):
                printer = next((n for n, (state, _) in sorted(kiosk.printers.items()) if state != "ok"), 1)
                if kiosk.roll is not None:
                    kiosk.roll(printer, int(value))
                kiosk.write(ev.PaperChanged(printer, int(value)), paper=f"{printer}:{value}")
                self._turn(StaffPage(note="Done"))
            case "test":
                self._print(
                    SlipJob("test", "en", kiosk.now_ms(), facts=tuple(part.line("en") for part in self._parts()))
                )
            case "reprint":
                job = next((job for job in self._recent if job.ticket == value), None)
                if job is not None:
                    copy = replace(kiosk.dated(job), duplicate=True, ahead=None)
                    kiosk.print_(copy)
                    self._wait_for(copy.name)
                    self.page = replace(self.page, note="Printing…")
            case "collect" | "sorry":
                self._dated(what, value)
            case "volume" if value in VOLUMES:
                self.volume = int(value)
                if kiosk.loud is not None:
                    kiosk.loud(self.volume)
                kiosk.write(volume=value)
                self._turn(self.page)
            case "language":
                self._offer(value)
            case "out" if value in REASONS:
                self.reason = value
                kiosk.write(ev.OutOfService(value), ev.StaffLeft(), shut=value)
                kiosk.go(Act.SHUT)
            case "in":
                self.reason = ""
                kiosk.write(ev.BackInService(), shut="")
                self._leave()
            case "say" | "numbers":
                note = self._time.say(self.page) if what == "say" else self._time.begin_numbers(self.page)
                if note:
                    self._turn(StaffPage(note=note))
            case "restart":
                kiosk.write(ev.StaffLeft(), clean=kiosk.starting.clean())
                raise StartAgain("the staff wished so")

    def _print(self, slip: SlipJob) -> None:
        """One slip at a time: the next one may be wished when this one is out, or not."""
        if self._slip is None:
            self._slip = slip
            self._turn(StaffPage(note="Printing…"))
            self.kiosk.print_(slip)
            self._wait_for(slip.name)

    def _wait_for(self, name: str) -> None:
        """The printing part may say nothing at all; then the staff is told that, and can try again."""

        def give_up() -> None:
            self.kiosk.give_up(name)
            self.kiosk.on_wish(w.SheetEnded(name, NO_ANSWER))

        self.kiosk.timers.start(f"out {name}", PAPER_MS, give_up)

    def _dated(self, kind: str, days: str) -> None:
        """A slip with the day on which to come, and the code to come with."""
        kiosk = self.kiosk
        service = kiosk.catalogue.get(self.page.chosen[-1]) if self.page.chosen else None
        if service is None or not days.isdecimal():
            return
        now_ms = kiosk.now_ms()
        receipt = receipt_of(kiosk.numbers.next_row())
        self._print(SlipJob(kind, "lo", now_ms, service, receipt, *kiosk.ready(int(days), now_ms)))

    def _offer(self, lang: str) -> None:
        """Offer a language or not; Lao is always offered."""
        kiosk = self.kiosk
        if lang == "lo":
            return
        offered = kiosk.languages
        kiosk.languages = tuple(x for x in offered if x != lang) if lang in offered else (*offered, lang)
        kiosk.write(languages=" ".join(kiosk.languages))
        self._turn(self.page)

    def _parts(self) -> tuple[Part, ...]:
        kiosk, time = self.kiosk, self.kiosk.sender.time.now
        faults = [*kiosk.box.needs.codes, *kiosk.broken, *filter(None, [kiosk.box.told_off])]
        about = f"{kiosk.box.dev} · {__version__} · {kiosk.catalogue.version} · {kiosk.sender.journal.length}"
        return tuple(parts(
            printers=kiosk.printers, fresh=kiosk.box.fresh, unsent=kiosk.sender.unsent, faults=dict.fromkeys(faults),
            time=written(time.ms, kiosk.sender.time.zone) if time.ms is not None else "", known=time.known, about=about,
        ))  # fmt: skip
