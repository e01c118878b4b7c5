"""SIGTERM at any moment under a flooded inbox: one process after the other, each with floods of messages, presses and
timers, is told to stop after a random time. `python -m signals TIMES SEED` prints how they ended, one line of JSON.
"""

import json
import logging
import os
import random
import signal
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from onedoor.device.clock import SystemClock, pause
from onedoor.device.link import Arrived, MemoryBroker, MemoryLink
from onedoor.device.runner import Ending, Runner
from onedoor.device.timers import Timers

BOUND_MS = 5_000
LATEST_S = 0.05


class Press:
    """Something that never comes again, by number."""

    def __init__(self, number: int) -> None:
        self.number = number


class Flooded:
    """A device that has work with everything, and a timer that is always due."""

    def __init__(self, clock: SystemClock) -> None:
        self.timers, self.ticks, self.messages, self.pressed = Timers(clock), 0, 0, []

    def on_start(self) -> None:
        self._tick()

    def _tick(self) -> None:
        self.ticks += 1
        self.timers.start("tick", 1, self._tick)

    def on_news(self, news) -> None:
        self.messages += isinstance(news, Arrived)
        sum(range(2_000))

    def on_wish(self, wish) -> None:
        if isinstance(wish, Press):
            self.pressed.append(wish.number)

    def on_stop(self) -> None:
        return None


def child(told: int, in_thread: bool) -> int:
    """One program; it writes one byte when it is flooded. 0 if nothing that was pressed is lost."""
    logging.disable(logging.CRITICAL)
    ending, clock = Ending(), SystemClock()
    device = Flooded(clock)
    broker = MemoryBroker()
    runner = Runner(device, MemoryLink(broker, []), clock)
    ending.of(runner)
    posted, over = [], threading.Event()

    def flood() -> None:
        message = Arrived("some/topic", b"x" * 200)
        while not over.is_set():
            for _ in range(50):
                runner.post(message)

    def press() -> None:
        while not ending.wished:
            if len(posted) < 5_000:
                runner.post(Press(len(posted)))
                posted.append(len(posted))
            pause(0.000_2)

    for work in (flood, flood, press):
        threading.Thread(target=work, daemon=True).start()
    os.write(told, b"!")
    if in_thread:
        worker = threading.Thread(target=runner.run)
        worker.start()
        ending.wait_for(worker)
    else:
        runner.run()
    over.set()
    # A press may still be on its way when the signal comes; none before the last that was taken may be missing.
    whole = device.pressed == list(range(len(device.pressed))) and len(posted) - len(device.pressed) <= 1
    return 0 if runner.code == 0 and whole else 9


def once(chance: random.Random, in_thread: bool) -> tuple[int, int]:
    """The exit code of one program, and the milliseconds from the signal to its end; -1: it had to be killed."""
    clock = SystemClock()
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 99
        try:
            code = child(write, in_thread)
        finally:
            os._exit(code)
    os.close(write)
    os.read(read, 1)
    os.close(read)
    pause(chance.uniform(0, LATEST_S))
    sent = clock.mono_ms()
    os.kill(pid, signal.SIGTERM)
    while clock.mono_ms() - sent < BOUND_MS:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), clock.mono_ms() - sent
        pause(0.001)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return -1, BOUND_MS


def main(times: int, seed: int) -> int:
    """Play it so many times: half with the loop in the main thread, half beside it, as screens have it."""
    chance = random.Random(seed)
    ends = [once(chance, in_thread=i % 2 == 1) for i in range(times)]
    took = sorted(ms for _, ms in ends)
    bad = [code for code, _ in ends if code]
    print(json.dumps({"times": times, "bad": bad, "median_ms": took[len(took) // 2], "longest_ms": took[-1]}))
    return 1 if bad else 0


if __name__ == "__main__":
    os.chdir(Path(tempfile.mkdtemp()))
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
