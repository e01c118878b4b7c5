"""A serial line on which the kernel, an adapter and the printer hide what was sent: slow is not dead. In virtual time."""

import re

import pytest
from test_printer import picture

from kiosk.printer.driver import EscposPrinter, Transport
from kiosk.printer.port import Fault, Outcome
from onedoor.device.clock import VirtualClock

RATE = 960
"""Bytes a second of a line with 9600 baud."""
QUESTION = re.compile(rb"\x10\x04[\x01-\x04]|\x1d\(H\x06\x00\x30\x30(....)", re.DOTALL)


class Line:
    """Takes everything at once and brings it at the speed of the line; answers when a question has arrived."""

    hidden_bytes, bytes_a_second, stall_s, baud = 8_192, RATE, 5.0, 9_600

    def __init__(self, clock, dies_at=None):
        self.clock, self.dies_at = clock, dies_at
        self.arrived_ms, self.taken, self.answers = 0.0, 0, []

    def _raw(self, data):
        started = max(self.arrived_ms, self.clock.mono_ms())
        for found in QUESTION.finditer(data):
            at = started + 1_000 * found.end() / RATE
            self.answers.append((at, b"\x12" if found[1] is None else b"\x37\x22" + found[1] + b"\x00"))
        self.arrived_ms = started + 1_000 * len(data) / RATE
        self.taken += len(data)

    def read(self, seconds):
        until = self.clock.mono_ms() + max(1, int(1_000 * seconds))
        due = [answer for answer in self.answers if answer[0] <= until]
        alive = not self.dies_at or self.taken < self.dies_at
        if not due or not alive:
            self.clock.advance(until - self.clock.mono_ms())
            return b""
        self.clock.advance(max(0, int(due[0][0] + 1) - self.clock.mono_ms()))
        self.answers.remove(due[0])
        return due[0][1]

    def pending(self):
        return 0

    def speed(self, baud):
        raise AssertionError("it answers at its own speed")

    def close(self):
        pass


def printed(dies_at=None):
    clock = VirtualClock()
    line = Line(clock, dies_at)
    driver = EscposPrinter(Transport(lambda _: line))
    driver._clock = clock
    outcome = driver.print(picture(900), 7)
    return outcome, clock.mono_ms() / 1_000


def test_a_ticket_of_a_minute_is_proved_whoever_hides_its_bytes():
    outcome, seconds = printed()
    assert outcome == Outcome("A", sent=True)
    assert seconds == pytest.approx(900 * 72 / RATE, rel=0.1)


def test_a_printer_that_dies_meanwhile_is_a_fault_soon_after_everything_could_have_been_there():
    outcome, seconds = printed(dies_at=30_000)
    assert outcome.fault is Fault.TIMEOUT
    assert seconds < 900 * 72 / RATE + 40
