"""The driver for real printers: on the network, on a serial line, on USB, or the kernel's printer file.

It opens the transport for each job and closes it again: an unplugged USB printer, a rebooted network printer and a
serial line that hung up all come back that way, and a printer that takes one connection only has it free between two
jobs. It asks before (status), proves after (echo of the job, else status), and turns every exception of every transport
into one named fault. It does not draw, and it does not decide what the citizen sees.

Policy. What a printer can do is found out once, in a few seconds, and kept. A printer that has ever answered and now
stays silent is at fault: silence never becomes "printed". One slow answer changes nothing that is known. Slow is not
dead: a time-out means that no byte moved. A job that may be open inside of the printer is on disk before its first
byte, and what is open is filled with white and cut off before the next job.
"""

import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from kiosk.printer import escpos_bytes as esc
from kiosk.printer.knows import BAUDS, NOTHING_OPEN, UNKNOWN, Knows, Memory, ShortMemory
from kiosk.printer.lines import PLAIN, NetworkLine, PrinterFile, SerialLine
from kiosk.printer.port import Fault, NoPrinter, Outcome, Printer, Status
from kiosk.printer.talk import QUICK_S, Talk
from kiosk.printer.usb_line import UsbLine
from onedoor.device.clock import SystemClock, pause
from onedoor.device.config import PrinterProfile

log = logging.getLogger("onedoor.printer")

TIMEOUT_S = 2.0
"""How long a transport may take to open, and to answer a question that it is known to answer. It is asked twice."""
FIRST_S = 1.0
"""How long somebody who never answered yet is given for the first answer."""
PROOF_S = 10.0
"""A printer that answers and has no fault may need this long for a ticket of which it holds every byte."""
NEW_ECHO_S = 1.0
"""How long an echo is waited for that has never been heard, while somebody waits for the ticket."""
IDLE_S = 3.0
"""How long who has never answered, and an echo that has never been heard, are waited for while nobody waits."""
SLICE_S = 1.0
RESTS_S = (0.25, 0.6, 1.0)
"""Growing pauses before a line that was refused is opened again; some printers want half a second between two."""
REST_S = 0.6
"""A refusal sooner than this after a connection is a printer's wish for rest."""
SLOWEST = 900
"""Bytes a second on the slowest line that there is: 9600 baud."""


@dataclass(frozen=True, slots=True)
class Transport:
    """A way to a printer: `open` (seconds) gives a line with `_raw` (bytes), `read` (seconds) and `close`."""

    open: Callable[[float], Any]


class EscposPrinter:
    """A printer behind a transport."""

    def __init__(self, transport: Transport, profile: PrinterProfile = PLAIN, memory: Memory | None = None) -> None:
        self._transport, self._profile = transport, profile
        self._memory = memory or ShortMemory()
        self._clock = SystemClock()
        self._knows = self._as_set(self._memory.load())
        self._met = False
        """Whether it was asked everything since this start."""
        self._anew = False
        """Whether what is known may be of another printer."""
        self._mute = False
        """Whether it was asked everything and said nothing, and never has."""
        self._down = False
        self._sought = False
        """Whether its other speeds were tried since it fell silent."""
        self._closed_ms: int | None = None
        self._one = threading.Lock()

    @property
    def _echoes(self) -> bool | None:
        return self._knows.echoes

    def forget(self) -> None:
        """Another printer may be fitted: everything is asked anew. (If nobody answers, what was known stays.)"""
        self._met = self._mute = self._down = False
        self._anew = True

    def status(self) -> Status:
        """Ask, without printing."""
        status: Status = self._guarded(self._look, Status)
        return status

    def print(self, image: Image.Image, job: int) -> Outcome:
        """Ask, print, cut, prove."""
        outcome: Outcome = self._guarded(lambda: self._job(image, job), lambda fault: Outcome(fault=fault))
        return outcome

    def _guarded(self, act: Callable[[], Any], failed: Callable[[Fault], Any]) -> Any:
        """One connection at a time; and no exception of any library leaves: it becomes a fault."""
        if not self._one.acquire(timeout=TIMEOUT_S):
            return failed(Fault.TIMEOUT)
        try:
            ended = act()
        except Exception as wrong:
            log.warning("printer cannot be reached: %s", wrong, exc_info=not isinstance(wrong, OSError))
            ended = failed(Fault.UNREACHABLE)
        finally:
            self._one.release()
        self._down = ended.fault in (Fault.TIMEOUT, Fault.UNREACHABLE)
        return ended

    # -- what is known --------------------------------------------------------------------------------

    def _as_set(self, knows: Knows) -> Knows:
        """What the profile says goes before what was found out."""
        profile = self._profile
        if profile.answers is not None:
            knows = replace(knows, answers=tuple(sorted(set(profile.answers))))
        return knows if profile.echo == "auto" else replace(knows, echoes=profile.echo == "yes")

    def _learn(self, knows: Knows) -> None:
        knows = self._as_set(knows)
        if knows != self._knows:
            log.info("learned of the printer: %s", knows)
            self._knows = knows
            self._memory.save(knows)

    def _read(self, answers: dict[int, int]) -> Status:
        return esc.read_status(answers, believe_offline=self._profile.offline == "believe")

    # -- before a job ---------------------------------------------------------------------------------

    def _look(self) -> Status:
        talk, status = self._begin(looking=True)
        try:
            if status.fault is Fault.TIMEOUT:
                return self._at_another_speed(talk, status)
            self._sought = False
            return status
        finally:
            self._close(talk)

    def _at_another_speed(self, talk: Talk, silent: Status) -> Status:
        """Who used to answer on a serial line and is silent may have begun anew with another speed: a power cut, a
        switch. That is tried once for each silence: to a printer that only holds its tongue it is noise.
        """
        if self._sought:
            return silent
        self._sought = True
        baud = talk.other_speed(BAUDS)
        if not baud:
            return silent
        self._sought = False
        self._learn(replace(self._knows, baud=baud))
        return self._ask(talk, looking=False)

    def _begin(self, *, looking: bool = False) -> tuple[Talk, Status]:
        """An open line, and how the printer is. Nothing of a job was sent yet, so all of this may be tried again:
        somebody slow may just wake up, somebody who takes one connection may want a rest.
        """
        since_s, refused = self._since_s(), False
        rests: list[float] = [0.0] if self._down else [0.0, *RESTS_S]
        if self._knows.pause:
            rests[0] = max(0.0, REST_S - since_s)
        silent = 0
        for rest in rests:
            pause(rest)
            began_ms = self._clock.mono_ms()
            talk: Talk | None = None
            try:
                talk = self._talk()
                status = self._ask(talk, looking=looking)
            except OSError as wrong:
                self._close(talk)
                slow = self._clock.mono_ms() - began_ms > QUICK_S * 1_000
                if rest is rests[-1] or slow:
                    raise
                log.info("printer: %s; once more", wrong)
                refused = True
                continue
            silent += status.fault is Fault.TIMEOUT
            if status.fault is not Fault.TIMEOUT or silent > 1 or rest is rests[-1]:
                if refused and status.fault is None and since_s < REST_S:
                    self._learn(replace(self._knows, pause=True))
                return talk, status
            self._close(talk)
        raise AssertionError("the last try returns or raises")

    def _talk(self) -> Talk:
        talk = Talk(self._transport.open(TIMEOUT_S), self._clock)
        if self._knows.baud and not self._anew and hasattr(talk.line, "speed"):
            talk.line.speed(self._knows.baud)
        return talk

    def _since_s(self) -> float:
        """How long ago the last connection ended."""
        return float("inf") if self._closed_ms is None else (self._clock.mono_ms() - self._closed_ms) / 1_000

    def _close(self, talk: Talk | None) -> None:
        if talk is None:
            return
        self._closed_ms = self._clock.mono_ms()
        try:
            talk.close()
        except Exception as wrong:  # noqa: BLE001 - some libraries cannot close what is gone
            log.info("closing the printer: %s", wrong)

    def _ask(self, talk: Talk, *, looking: bool) -> Status:
        """How the printer is; found out first what it can say of itself, if nobody knows."""
        knows = self._knows
        asks_all = self._profile.answers is None and not self._met and not self._mute
        if asks_all and (looking or self._anew or not knows.speaks):
            return self._meet(talk, IDLE_S if looking else 0.0)
        if not knows.answers:
            return self._sign_of_life(talk)
        answers = talk.ask_all(knows.answers, TIMEOUT_S)
        return self._silence(talk) if answers is None else self._read(answers)

    @staticmethod
    def _silence(talk: Talk) -> Status:
        """Somebody who has ever answered does not, or says nothing that means anything."""
        return Status(Fault.GARBLED if talk.strange else Fault.TIMEOUT)

    def _sign_of_life(self, talk: Talk) -> Status:
        """A printer that never says how it is: if it echoes, that; if it never said anything, it is listened to."""
        if self._knows.echoes:
            talk.ask_echo(esc.PROBE)
            return Status(answered=False) if talk.wait_for(esc.PROBE, TIMEOUT_S) else Status(Fault.TIMEOUT)
        if self._profile.answers is None and talk.ask(esc.ASKED[0], QUICK_S) is not None:
            self._mute = False
            return self._meet(talk, 0.0)
        return Status(answered=False)

    def _meet(self, talk: Talk, patience_s: float) -> Status:
        """Ask everything. Who is awake answers in a moment; who has not spoken yet is given time, once. `patience_s`:
        how much longer a first answer, and an echo that nobody has heard yet, may take.
        """
        knows = self._as_set(Knows(pause=self._knows.pause)) if self._anew else self._knows
        heard = self._interview(talk, knows, max(FIRST_S, patience_s))
        if heard is None:
            return self._silence(talk)
        if not heard and not talk.echoed and (baud := talk.other_speed(BAUDS)):
            knows = replace(knows, baud=baud)
            heard = self._interview(talk, knows, FIRST_S) or {}
        waits = bool(heard) and not knows.echoes and self._profile.echo != "no" and patience_s > 0
        if waits and not talk.wait_for(esc.PROBE, patience_s):
            knows = replace(knows, echoes=False)
        echoed = bool(talk.echoed)
        if not heard and not echoed and self._knows.speaks:
            return self._silence(talk)
        self._mute = not heard and not echoed
        self._met, self._anew = not self._mute, False
        self._learn(knows.heard(answers=tuple(heard), echoed=echoed))
        if echoed and self._memory.opened() == UNKNOWN:
            self._memory.open_job(NOTHING_OPEN)
        return self._read(heard)

    def _interview(self, talk: Talk, knows: Knows, first_s: float) -> dict[int, int] | None:
        """All questions, and their answers; None if one stayed away that used to come."""
        if self._profile.echo != "no":
            talk.ask_echo(esc.PROBE)
        heard: dict[int, int] = {}
        for n in esc.ASKED:
            known = n in knows.answers
            first = n == esc.ASKED[0] and not known
            wait = TIMEOUT_S if known else first_s if first else talk.quick_s
            said = talk.ask(n, wait, or_echo=first)
            if said is None and known:
                return None
            if said is not None and not heard and not first and not known:
                # It may only just have woken up, and this may be the answer to the first question.
                one = talk.ask(esc.ASKED[0], talk.quick_s)
                heard.update({} if one is None else {esc.ASKED[0]: one})
                said = talk.ask(n, talk.quick_s) if one is not None else said
            if said is None:
                talk.give_up()
            else:
                heard[n] = said
        return heard

    # -- a job ----------------------------------------------------------------------------------------

    def _job(self, image: Image.Image, job: int) -> Outcome:
        talk, before = self._begin()
        if before.fault is not None:
            self._close(talk)
            return Outcome(fault=before.fault, near_end=before.near_end)
        try:
            outcome = self._put(talk, image, job)
        except TimeoutError as wrong:
            log.warning("printer: %s", wrong)
            outcome = Outcome(fault=Fault.TIMEOUT, sent=True)
        except Exception as wrong:
            log.warning("printer broke off: %s", wrong, exc_info=not isinstance(wrong, OSError))
            outcome = Outcome(fault=Fault.BROKE_OFF, sent=True)
        finally:
            self._close(talk)
        if talk.echoed:
            self._learn(self._knows.heard(echoed=True))
        if outcome.fault is Fault.TIMEOUT:
            outcome = replace(outcome, fault=self._cause())
        return replace(outcome, near_end=outcome.near_end or before.near_end)

    def _cause(self) -> Fault:
        """Why a printer takes nothing more: some tell it on a new line."""
        talk: Talk | None = None
        try:
            pause(RESTS_S[0])
            talk = self._talk()
            answers = talk.ask_all(self._knows.answers, talk.quick_s)
            return (self._read(answers).fault if answers else None) or Fault.TIMEOUT
        except OSError:
            return Fault.TIMEOUT
        finally:
            self._close(talk)

    def _put(self, talk: Talk, image: Image.Image, job: int) -> Outcome:
        """Everything on its way, then the proof. Whatever breaks off leaves the job open."""
        row_bytes = image.width // 8
        left_open = self._left_open(talk)
        self._memory.open_job(row_bytes)
        if left_open:
            talk.send(esc.scrap(max(left_open, row_bytes)))
        began_ms, size = self._clock.mono_ms(), image.height * row_bytes
        for part in esc.job_parts(image):
            talk.send(part)
        outcome = self._prove(talk, job, size, began_ms + self._at_least_ms(talk, size))
        if outcome.fault not in (Fault.TIMEOUT, Fault.GARBLED):
            self._memory.open_job(NOTHING_OPEN)
        return outcome

    def _left_open(self, talk: Talk) -> int:
        """Bytes a row of what an earlier job left open; 0: nothing. Inside of a band no printer hears a question for
        an echo, so an echo tells that nothing is open.
        """
        opened = self._memory.opened()
        if opened != UNKNOWN or talk.echoed:
            return max(opened, NOTHING_OPEN)
        if self._knows.echoes:
            talk.ask_echo(esc.PROBE)
            talk.wait_for(esc.PROBE, TIMEOUT_S)
        elif self._knows.echoes is None and self._profile.echo != "no":
            talk.wait_for(esc.PROBE, talk.quick_s)
        return NOTHING_OPEN if talk.echoed else 1

    def _prove(self, talk: Talk, job: int, size: int, soonest_ms: int) -> Outcome:
        """Wait for the echo for as long as there is life; without one, a clean status; without that, a fault, but not
        before the line can have brought everything (`soonest_ms`).
        """
        name, asks = esc.job_name(job), self._profile.echo != "no"
        listens_s = SLICE_S if asks and self._knows.echoes is not False and self._knows.speaks else 0
        talk.moved()
        began_ms = heard_ms = self._clock.mono_ms()
        done_ms = None
        while True:
            if asks:
                talk.ask_echo(name)
            if talk.wait_for(name, listens_s):
                return Outcome("A", sent=True)
            answers = talk.ask_all(self._knows.answers, SLICE_S)
            after = self._read(answers) if answers else None
            if after is not None and after.fault is not None:
                return Outcome(fault=after.fault, sent=True, near_end=after.near_end)
            now_ms = self._clock.mono_ms()
            if done_ms is None and talk.delivered():
                done_ms = now_ms
            if done_ms is None:
                heard_ms = talk.moved_ms
            elif after is not None:
                heard_ms = now_ms
            held_s = 0.0 if done_ms is None else (now_ms - done_ms) / 1_000
            if done_ms is not None and not self._knows.speaks:
                return Outcome("A" if talk.wait_for(name, QUICK_S) else "C", sent=True)
            if done_ms is not None and after is not None and self._settled(talk, held_s):
                return Outcome("B", sent=True, near_end=after.near_end)
            hidden_s, longest_s = self._hidden_s(talk), size / SLOWEST
            silence_s = (self._profile.stall_s if self._knows.answers else PROOF_S) + hidden_s
            quiet_s, all_s = (now_ms - heard_ms) / 1_000, (now_ms - began_ms) / 1_000
            if now_ms < soonest_ms + 1_000 * silence_s:
                continue
            if quiet_s > silence_s or held_s > PROOF_S + hidden_s or all_s > PROOF_S + longest_s + silence_s:
                return Outcome(fault=self._silence(talk).fault, sent=True)

    def _settled(self, talk: Talk, held_s: float) -> bool:
        """Whether no echo is to be expected of a printer that is well and has everything: then its status must do.
        (A yes that is missing is no reason to believe so.)
        """
        if self._knows.echoes is None and held_s >= min(NEW_ECHO_S, PROOF_S) and not talk.echoed:
            self._learn(replace(self._knows, echoes=False))
            self._met = False  # somebody waited for this ticket: the next look has more patience
        return self._knows.echoes is False

    @staticmethod
    def _at_least_ms(talk: Talk, size: int) -> int:
        """How long so many bytes need on a line of known speed, however much of them the kernel and adapters hide."""
        return size * 1_000 // int(talk.line.bytes_a_second) if hasattr(talk.line, "speed") else 0

    @staticmethod
    def _hidden_s(talk: Talk) -> float:
        """How long it takes until the printer has what neither side sees: adapters and its own buffer hold it."""
        hidden: int = getattr(talk.line, "hidden_bytes", 0)
        return hidden / int(getattr(talk.line, "bytes_a_second", 1)) if hidden else 0.0


def transport_for(address: str, profile: PrinterProfile = PLAIN) -> Transport | None:
    """The way to the printer behind an address of the configuration; None: there is none."""
    tcp = re.fullmatch(r"tcp://([\w.-]+):(\d+)", address)
    if tcp:
        host, port = tcp[1], int(tcp[2])

        def dial(seconds: float) -> NetworkLine:
            line = NetworkLine(host, port, seconds)
            line.stall_s = profile.stall_s
            line.hidden_bytes = max(0, profile.buffer_bytes - PLAIN.buffer_bytes)
            return line

        return Transport(dial)
    usb_id = re.fullmatch(r"usb://([0-9a-f]{4}):([0-9a-f]{4})", address)
    if usb_id:
        vendor, product = int(usb_id[1], 16), int(usb_id[2], 16)
        return Transport(lambda s: UsbLine(vendor, product, s, profile))
    if address.startswith("serial://"):
        line = address.removeprefix("serial://")
        return Transport(lambda s: SerialLine(line, s, profile))
    if address.startswith("file://"):
        path = address.removeprefix("file://")
        return Transport(lambda s: PrinterFile(path, s, profile))
    return None


def printer_for(address: str, profile: PrinterProfile = PLAIN, memory: Memory | None = None) -> Printer:
    """The printer behind an address of the configuration."""
    transport = transport_for(address, profile)
    return EscposPrinter(transport, profile, memory) if transport else NoPrinter()
