"""The counter panel itself: one open command at a time, exactly one closing row for each.

What a clerk can do, and when, stands in `onedoor.hall.desk`.

Policy: a wish is on the panel's card before it leaves, a ticket before it is shown. Ten seconds without an answer (two
once it is known that the hub is away) and the panel calls from the last list it has, taking the share of it that is its
own, so that cut-off counters seldom call the same person. What happened then is judged by the hub when it is back.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from display import around, booking, not_taken
from display.asking import SURE_MS, TOLD_MS, AnswerDay, Asking, TakeBack
from display.gestures import Edge, Face, Once
from display.last_list import LastList
from display.menu import CLOSING, WHICH_DAY, AsClerk, BookIn, Go, Menu, MenuWish, Promise, SignIn, after
from display.own import Own, after_rows, brought_back, own_now
from display.panel_view import PanelView, minutes_of, seat_of
from display.presses import PRESSES, Press
from display.signing import SignIns
from display.time_page import PAGES, Offer, SayTime, Told, offer_of
from onedoor import __version__
from onedoor.device.box import Box
from onedoor.device.clock import Clock
from onedoor.device.journal import as_written
from onedoor.device.link import LinkNews, Will
from onedoor.device.pin_lock import KEPT as PIN_LOCK
from onedoor.device.sender import Sender
from onedoor.device.timers import Timers
from onedoor.hall import desk
from onedoor.hall import events as ev
from onedoor.hall.desk import At, Desk, Place
from onedoor.hall.desk_undo import left_ms, taken_back, undoable
from onedoor.hall.events import RowId
from onedoor.hall.hours import minute_ms
from onedoor.hall.refusals import Refusal
from onedoor.hall.renumber import move
from onedoor.hall.state import UNDONE, served_by
from onedoor.hall.words import Verdict
from onedoor.hall.zone import day_of, days_after
from onedoor.wire import messages as msg

if TYPE_CHECKING:
    from display.hands import Hands

log = logging.getLogger("onedoor.panel")

PATIENCE_MS = 10_000
PATIENCE_DEGRADED_MS = 2_000
REFUSAL_STAYS_MS = 6_000
ASK_TIME_MS = 3_600_000
ASK_STAYS_MS = 120_000
"""While the time is not known a line says so once an hour, for so long."""
REFUSALS = frozenset(refusal.value for refusal in Refusal)


@dataclass(slots=True)
class Panel:
    """One counter's panel."""

    box: Box
    sender: Sender
    clock: Clock
    counter: str
    queues: tuple[str, ...]
    show: Callable[[PanelView], None] | None = None
    services: dict[str, str] = field(default_factory=dict)
    """Queue of the first leg of every service."""
    all_queues: frozenset[str] = frozenset()
    sign_ins: SignIns = field(default_factory=SignIns)
    questions: tuple[str, ...] = ()
    codes: booking.Codes = field(default_factory=booking.Codes)
    hands: "Hands | None" = None
    me: Desk = field(default_factory=Desk, init=False)
    refusal: Refusal | None = field(default=None, init=False)
    menu: Menu = field(default_factory=Menu, init=False)
    booked: tuple[str, int] | None = field(default=None, init=False)
    """The newest appointment made here: its code, and when."""
    degraded: bool = field(default=False, init=False)
    _nobody: bool = field(default=False, init=False)
    _taken: set[str] = field(default_factory=set, init=False)
    _pressed: int = field(default=0, init=False)
    asking: Asking = field(default_factory=Asking, init=False)
    _own: Own = field(default_factory=Own, init=False)
    _ask_time: bool = field(default=False, init=False)
    _told: int = field(default=0, init=False)
    _untaken: not_taken.NotTaken = field(default_factory=not_taken.NotTaken, init=False)
    _once: Once = field(default_factory=Once, init=False)
    _by: str = field(default="screen", init=False)
    _asked: int = field(default=0, init=False)
    _list: LastList = field(default_factory=LastList, init=False)
    _bookings: booking.Bookings = field(default_factory=booking.Bookings, init=False)
    view: PanelView | None = field(default=None, init=False)
    """What is shown now."""

    @property
    def timers(self) -> Timers:
        """The box's timers."""
        return self.box.timers

    # -- what the runner calls ----------------------------------------------------------------------

    def on_start(self) -> None:
        """Go on where the card says; tell the hub which command is still open."""
        kept = self.sender.journal.kept
        with as_written(self.sender.journal):
            self.me = desk.in_boot(msgspec.json.decode(kept("memory") or "{}", type=Desk), self.clock.boot_id)
            self._own = msgspec.json.decode(kept("own") or "{}", type=Own)
            self._bookings = booking.read(kept(booking.KEPT))
            self._untaken.begin(kept(not_taken.KEPT))
        self.me.boot = self.clock.boot_id
        self.sign_ins.lock.begin(kept(PIN_LOCK), self.clock, lambda word: self._write(**{PIN_LOCK: word}))
        self.box.changed = self._show
        self.box.needs.start()
        command = RowId(self.me.command) if self.me.command else None
        booted = ev.Booted(__version__, command, clean=kept("clean") == "yes", volatile=self.box.volatile)
        self._write(booted, clean="no")
        self._renumber()
        if command:
            self.timers.start("patience", PATIENCE_MS, self._lose_patience)
        self.timers.start("time", ASK_TIME_MS, self._ask_for_time)
        self._show()

    def on_news(self, news: LinkNews) -> None:
        """The link came, went, or brought a message."""
        match self.box.on_news(news):
            case msg.Mark() as mark:
                self.degraded = False
                self._taken.clear()
                if self._bookings.hear(mark.have, mark.not_taken):  # what was not taken stands on the panel now
                    self._write(**booking.kept(self._bookings))
                self._answered(mark)
                self._hear_untaken(mark)
        if self._list.hear(self.box.hall.waiting, self.clock.mono_ms()) and self.asking.look(self._list.waiting):
            self.menu = Menu() if self.menu.page == WHICH_DAY else self.menu
        self._renumber()
        self._show()

    def on_wish(self, wish: object) -> None:
        """A press, or one of the actions of `onedoor.hall.desk`."""
        if isinstance(wish, Edge | Face):
            if self.hands is not None:
                self._by = "contact"
                self.hands.edge(wish, self.view) if isinstance(wish, Edge) else self.hands.face(wish)
            self._by = "screen"
            self._show()
            return
        if self.box.needs.hear(wish):
            self._show()
            return
        self._pressed += 1
        picture = (self.me.at, self.me.label, self.me.open, self.me.paused, self.box.hall.version, self.refusal)
        if isinstance(wish, Press) and not self._once.counts(
            wish, self.clock.mono_ms(), answered=wish is Press.NEXT, picture=picture, by=self._by
        ):
            self._show()
            return
        if isinstance(wish, not_taken.Seen):
            self._forget_untaken()
            return
        if self.menu.page == WHICH_DAY and isinstance(wish, Press):
            wish = self._pressed_answer(wish)
        if wish is Press.OPEN and self.sign_ins.pins:
            wish = Go("clerk")
        if wish is Press.CLOSE and self.me.at in desk.HERE:
            wish = self._closing()
        if isinstance(wish, SignIn):
            wish = self._signed_in(wish)
        if isinstance(wish, MenuWish):
            self.menu = after(self.menu, wish)
            self._show()
            return
        self.menu = Menu()
        if isinstance(wish, AnswerDay | TakeBack):
            self._answer_day(wish)
            return
        if isinstance(wish, SayTime):
            self._say_time(wish)
            return
        self._act(wish)

    def _act(self, wish: object, *before: ev.Event) -> None:
        """Do what the desk can do; the rows stand behind `before`, in one transaction."""
        action = PRESSES.get(wish, wish) if isinstance(wish, Press) else wish
        now_ms = self.sender.time.now.ms
        if isinstance(wish, BookIn | Promise):
            action = self._dated(wish, now_ms) if now_ms is not None else Refusal.NO_DATE
        found: desk.Done | Refusal
        if isinstance(action, Refusal):
            found = action
        else:
            mono, first = self.clock.mono_ms(), len(before)
            found = desk.act(self.me, action, mono, self._place(), lambda i: self._rid_of(first + i))  # type: ignore[arg-type]
        if isinstance(found, Refusal):
            self._write(*before)
            self._refuse(found)
        else:
            was, (self.me, events) = self.me, found
            self._count(was, events)
            self.booked, self.refusal = self.booked if isinstance(wish, BookIn) else None, None
            kept = self._booked(action, before, now_ms) if isinstance(action, desk.Book) else {}
            self._write(*before, *events, **kept)
            if self.me.aside:
                self._refuse(Refusal.NUMBER_TAKEN)
            if isinstance(action, desk.Open) and not self.sender.time.now.known:
                self.menu = Menu("time")
            if self.me.command and not self.timers.running("patience"):
                self._nobody = False
                patience = PATIENCE_DEGRADED_MS if self.degraded else PATIENCE_MS
                self.timers.start("patience", patience, self._lose_patience)
        self._show()

    def on_stop(self) -> Will:
        """A clean end."""
        self._write(clean="yes")
        self.sender.journal.close()
        return self.box.presence("disconnected")

    # -- inside -------------------------------------------------------------------------------------

    def _closing(self) -> object:
        """Close while somebody is there asks first. Once more (a box without a screen has no other answer): whoever is
        being served has been served; whether somebody who walks has come, only START and NO-SHOW say.
        """
        again = self.menu.page == CLOSING and self.me.at == At.SERVING
        if not again:
            self.timers.start("closing", SURE_MS, self._forget_closing)
        return desk.Close("done") if again else Go(CLOSING)

    def _forget_closing(self) -> None:
        self.menu = Menu() if self.menu.page == CLOSING else self.menu
        self._show()

    def _signed_in(self, wish: SignIn) -> object:
        """Who knows the PIN opens the counter under the clerk's pseudonym; else the page stands again."""
        why = self.sign_ins.why_not(wish.who, wish.pin, self.clock.mono_ms())
        if why is None:
            return desk.Open(wish.who)
        self._refuse(why)
        return AsClerk(wish.who) if why is Refusal.WRONG_PIN else Go("")

    def _count(self, before: Desk, events: list[ev.Event]) -> None:
        """Own figures, and the faces of whoever has just been served."""
        self._own = after_rows(self._own_now(), before, events, self.clock.mono_ms())
        for event in events:
            if isinstance(event, ev.Ended) and event.outcome != "withdrawn" and self.hands is not None:
                self.hands.ended(event.ticket)
            if isinstance(event, ev.Recalled):
                self._told += 1

    def rated(self, ticket: str, score: int, of: int) -> None:
        """A citizen said how it was."""
        question = self.questions[self._asked % len(self.questions)] if self.questions else ""
        self._asked += 1
        self._write(ev.Rated(RowId(ticket), score, of, question))
        self._show()

    def _place(self) -> Place:
        own = Place(self.counter, self.queues, self.services, self.all_queues)
        return around.place_of(self.box, self.me, own, tuple(self.sign_ins.pins))

    def _renumber(self) -> None:
        """With nobody here the counter opens under its new number, or for its new queues, as soon as that can be."""
        if self.me.open and not self.me.command and not self.me.ticket and (rows := move(self.me, self._place())):
            self._write(*rows)

    def _rid_of(self, i: int) -> RowId:
        journal = self.sender.journal
        seq = next((s.count for s in journal.spans if s.run == journal.run), 0) + 1 + i
        return ev.row_id(journal.dev, journal.run, seq)

    def _refuse(self, why: Refusal) -> None:
        """Say for a while why nothing happened."""
        self.refusal = why
        self.timers.start("refusal", REFUSAL_STAYS_MS, self._forget_refusal)

    def _dated(self, wish: BookIn | Promise, now_ms: int) -> desk.Book | desk.End:
        """What needs a date: the day on which a result is ready; an appointment."""
        if isinstance(wish, Promise):
            return desk.End(promised=days_after(day_of(now_ms, self.sender.time.zone), wish.days))
        code = self.codes.new(self.box.dev, self._bookings.given)
        return desk.Book(code, wish.service, now_ms + wish.minutes * 60_000)

    def _booked(self, made: desk.Book, before: tuple[ev.Event, ...], now_ms: int | None) -> dict[str, str]:
        """An appointment is made: shown from now on, and remembered until the hub has spoken of it."""
        self.booked = (made.code, made.at_ms)
        new, row = booking.Booking(made.code, made.service, made.at_ms), self._rid_of(len(before))
        self._bookings.book(new, row, now_ms or 0)
        return booking.kept(self._bookings)

    def _own_now(self) -> Own:
        now = self.sender.time.now
        return own_now(
            self._own, self.clock.boot_id, self.clock.mono_ms(), now.ms if now.known else None, self.sender.time.zone
        )

    # -- whose day, and what time it is ---------------------------------------------------------------

    def _pressed_answer(self, press: Press) -> object:
        """What a button means while the hub's question stands: START or RECALL "yes", NO-SHOW "no" when pressed twice.
        The other buttons mean what they always do.
        """
        if press in (Press.START, Press.RECALL):
            return AnswerDay(today=True)
        if press is not Press.NO_SHOW:
            return press
        if self.asking.unsure:
            return AnswerDay(today=False)
        self.asking.unsure = True
        self.timers.start("unsure", SURE_MS, self._forget_unsure)
        return Go(WHICH_DAY)

    def _forget_unsure(self) -> None:
        self.asking.unsure = False
        self._show()

    def _answer_day(self, wish: AnswerDay | TakeBack) -> None:
        """The answer is a row, and NEXT follows it by itself. Taken back: the other answer, and nobody is called."""
        now = self.clock.mono_ms()
        self.timers.start("given", TOLD_MS, self._show)
        if isinstance(wish, TakeBack):
            given = self.asking.take_back(now)
            if given is not None:
                self._write(ev.DayAnswered(RowId(given.asked.first), given.today))
        else:
            asked = self.asking.answer(today=wish.today, now_ms=now)
            said = [ev.DayAnswered(RowId(asked.first), wish.today)] if asked is not None else []
            self._act(Press.NEXT, *said)
        self._show()

    def _say_time(self, wish: SayTime) -> None:
        """A person says what time it is: to this box, and to the hub."""
        center_ms = minute_ms(wish.text, self.sender.time.zone)
        if center_ms is None:
            self._refuse(Refusal.BAD_VALUE)
        else:
            self._ask_time = False
            verdict = self.sender.time.say(center_ms, self.box.dev)
            self._write(ev.TimeTold(center_ms))
            if verdict is Verdict.DOUBTED:
                self._refuse(Refusal.TIME_DOUBTED)
        self._show()

    def _ask_for_time(self) -> None:
        """Once an hour a line asks, while nobody knows the time."""
        self._ask_time = not self._ask_time and self.me.open and not self.sender.time.now.known
        self.timers.start("time", ASK_STAYS_MS if self._ask_time else ASK_TIME_MS, self._ask_for_time)
        self._show()

    def _waited_ms(self, entered_ms: int) -> int | None:
        """How long somebody has waited, by what the hub calls then and now."""
        now = self.sender.hub_ms()
        return max(0, now - entered_ms) if entered_ms and now is not None else None

    def _forget_refusal(self) -> None:
        self.refusal = None
        self._show()

    def _answered(self, mark: msg.Mark) -> None:
        """The mark may answer the open command; answers to closed commands mean nothing."""
        command = RowId(self.me.command)
        if not command or command not in mark.calls:
            return
        self.timers.cancel("patience")
        ticket, code = mark.calls[command], mark.codes.get(command, "")
        if code == UNDONE and (ticket is not None or self.me.ticket):
            self._taken_back(command, ticket)
            return
        if ticket is not None:
            self._take(ticket)
            self._write(ev.Shown(command, RowId(ticket.ticket)))
            return
        if code == Refusal.WHICH_DAY and self.asking.hear(mark):
            self.menu = Menu(WHICH_DAY)
        elif code in REFUSALS and code != Refusal.EMPTY:
            self._refuse(Refusal(code))
        self._nobody = self.me.wish == "Next" and code in ("", Refusal.EMPTY)
        desk.stand(self.me, self.clock.mono_ms())
        self._write(ev.NoneShown(command))

    def _hear_untaken(self, mark: msg.Mark) -> None:
        """What was done here and the hub did not take: the clerk is told, and what the hub says stands on the panel."""
        now, command = self.clock.mono_ms(), self.me.command
        if self._untaken.hear(mark, self.sender.journal):
            self.timers.start("not_taken", not_taken.TOLD_MS, self._forget_untaken)
            closing = [ev.NoneShown(RowId(command))] if command and command in mark.not_taken else []
            if closing:
                self.timers.cancel("patience")
                desk.stand(self.me, now)
            self._write(*closing, **self._untaken.keep())
        if not self.sender.unsent and not self.me.command and self._untaken.settle(self.me, mark, now):
            self._own = brought_back(self._own_now(), self.me.ticket)
            self._write()

    def _forget_untaken(self) -> None:
        self._untaken.told = None
        self._show()

    def _taken_back(self, command: RowId, ticket: msg.TicketRef | None) -> None:
        """As if the act had not been; clocks, list and figures too."""
        back, serving = (RowId(ticket.ticket), ticket.serving) if ticket is not None else (RowId(""), False)
        there = back or RowId(self.me.ticket)
        self._own = brought_back(self._own_now(), back)
        self._close(At.IDLE)
        if not taken_back(self.me, back, serving=serving):
            self._take(ticket) if ticket is not None else desk.taken_away(self.me)
            self.me.last = None
        if self.hands is not None:
            self.hands.not_ended(there)
        self._write(ev.UndoShown(command, there, here=bool(back), serving=serving))

    def _lose_patience(self) -> None:
        if not (command := RowId(self.me.command)):
            return
        self.degraded = True
        mine = self._mine() if self.me.wish in ("", "Next") else None
        if mine is not None:
            self._taken.add(mine.ticket)
            self._take(mine)
            self._write(ev.CalledLocally(command, RowId(mine.ticket)))
        else:
            if self.me.wish in ("", "Next"):
                self._nobody = True
            else:
                self._refuse(Refusal.NO_HUB)
            still = RowId(self.me.ticket) if self.me.wish == "Undo" else RowId("")
            desk.stand(self.me, self.clock.mono_ms())
            # The hub may have undone a call without our hearing of it: what stands here counts.
            here = ev.UndoShown(command, still, here=True, serving=self.me.at == At.SERVING)
            self._write(here if still else ev.GaveUp(command))
        self._show()

    def _mine(self) -> msg.TicketRef | None:
        """The first of my share of the last known list."""
        queues, now = served_by(self._number, self.me.clerk, self.queues), self.sender.time.now
        known_ms, mono = now.ms if now.known else None, self.clock.mono_ms()
        self._list.hear(self.box.hall.waiting, mono)
        return self._list.first(self.box.dev, queues, self._taken, mono, known_ms, self.sender.time.zone)

    def _take(self, ticket: msg.TicketRef) -> None:
        who, what = desk.Person(ticket.ticket, ticket.label, ticket.service, ticket.cls, ticket.leg), self.me.wish
        self._close(At.SERVING if ticket.serving else At.WALKING)
        desk.take(self.me, who, self._waited_ms(ticket.entered_ms), what)
        self._own = replace(self._own, left=None)
        self._told += 1

    def _close(self, at: At) -> None:
        desk.close_wish(self.me, at, self.clock.mono_ms())

    def _write(self, *events: ev.Event, **keep: str) -> None:
        self.sender.append(*events, keep={**self._kept(), **keep})
        around.tell(self.box, self.me, self.counter)

    @property
    def _number(self) -> str:
        return self.me.counter or self.counter

    def _kept(self) -> dict[str, str]:
        return {"memory": msgspec.json.encode(self.me).decode(), "own": msgspec.json.encode(self._own).decode()}

    def _show(self) -> None:
        if self.show is None:
            return
        me, waiting, now = self.me, self.box.hall.waiting, self.clock.mono_ms()
        told = self.sender.time.now
        ours = served_by(self._number, me.clerk, self.queues)
        line = [t for t in waiting.line if t.queue in ours] if waiting else []
        line = [t for t in line if t.ticket not in self._taken and t.ticket != me.ticket]
        count = sum(waiting.queues.get(q, 0) for q in ours) if waiting else 0
        day = self.box.hall.day
        asks = self.questions and self.hands is not None and self.hands.faces.ticket
        if (last := undoable(me, now)) is not None:
            self.timers.start("undo", left_ms(me, now), self._show)
        self.view = PanelView(
            counter=self._number, queues=self.queues, open=me.open and not me.aside, at=At(me.at), label=me.label,
            service=me.service, since_ms=me.since_ms, waited_min=minutes_of(me.waited_ms), line=tuple(seat_of(t,
            self._waited_ms(t.entered_ms)) for t in line[:5]), waiting=max(count, len(line)), fresh=self.box.fresh,
            degraded=self.degraded, nobody=self._nobody, unsent=self.sender.unsent, pressed=self._pressed,
            refusal=self.refusal.value if self.refusal else "", paused=me.paused, clerk=me.clerk, cls=me.cls,
            leg=me.leg, menu=self.menu, booked=self.booked, not_booked=self._bookings.newest_lost,
            not_taken=self._untaken.told, alarms=around.alarms(self.box), reach=around.reach(self.box, ours,
            tuple(self.sign_ins.pins)), me=replace(me, parked=list(me.parked), last=last), notice=day.notice if day
            else "", also=around.also(self.box, me.label, self._number), clerks=tuple(sorted(self.sign_ins.pins)),
            mine=self._own_now(), question=self.questions[self._asked % len(self.questions)] if asks else "",
            told=self._told, time=Told(told.ms - now if told.ms is not None else None, told.known,
            self.sender.time.zone), offer=offer_of(self.sender.time) if self.menu.page in PAGES else Offer(),
            ask_time=self._ask_time and not told.known, asks=self.asking.asks, unsure=self.asking.unsure,
            given=self.asking.can_take_back(now), given_told=self.asking.told(now) is not None,
        )  # fmt: skip
        self.show(self.view)
