"""Starts the programs of a center as separate processes, and ends every one of them."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from demo.plan import window_place
from onedoor.device.clock import Clock, pause
from onedoor.device.control import Hand

START_S = 60.0


class DemoError(Exception):
    """The demo cannot go on; the message says why."""


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody uses just now."""
    socks = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [sock.getsockname()[1] for sock in socks]
    for sock in socks:
        sock.close()
    return ports


@dataclass(slots=True)
class Center:
    """The running programs, by name; logs and sockets lie in `folder`."""

    folder: Path
    clock: Clock
    headless: bool
    hidden: frozenset[str] = frozenset()
    """Programs that draw off screen although there is one."""
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    commands: dict[str, list[str]] = field(default_factory=dict)
    _sockets: Path = field(init=False)

    def __post_init__(self) -> None:
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        # A Unix socket's path may have 107 bytes; the demo's folder may be deeper than that.
        self._sockets = Path(tempfile.mkdtemp(prefix="onedoor-"))

    def start(self, name: str, *argv: str, control: bool = False) -> None:
        """Start `onedoor ARGV...` under a name."""
        command = [sys.executable, "-m", "onedoor", *argv]
        if name[0] in "kc" and shutil.which("nice"):
            # In the field each screen has a processor of its own. Where a dozen share one, the hub and the
            # board, which everybody looks at, go first.
            command = ["nice", "-n", "5", *command]
        if control:
            command += ["--control", str(self._sockets / name)]
        self.commands[name] = command
        self.again(name)

    def again(self, name: str) -> None:
        """Start it (again) as it was started before."""
        env = dict(os.environ, GPIOZERO_PIN_FACTORY="mock", PYTHONUNBUFFERED="1")
        if place := window_place(name):
            env["ONEDOOR_AT"] = place
        if self.headless or name in self.hidden:
            env |= {"SDL_VIDEODRIVER": "offscreen"}
            env.pop("DISPLAY", None)
        with open(self.folder / "logs" / f"{name}.log", "ab") as log:
            self.running[name] = subprocess.Popen(
                self.commands[name], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env,
                start_new_session=True,
            )  # fmt: skip

    def kill(self, *names: str) -> None:
        """SIGKILL, as if the power was cut."""
        for name in names:
            self.running[name].kill()
        for name in names:
            self.running.pop(name).wait()

    def hand(self, name: str) -> Hand:
        """A hand on a program, as soon as it is there."""
        until = self.clock.mono_ms() + START_S * 1000
        while self.clock.mono_ms() < until:
            self.check()
            with contextlib.suppress(OSError):
                return Hand(self._sockets / name)
            pause(0.05)
        raise DemoError(f"{name} did not start within {START_S:.0f} s.{self.last_words(name)}")

    def check(self) -> None:
        """DemoError if a program ended by itself."""
        for name, process in self.running.items():
            if process.poll() is not None:
                raise DemoError(f"{name} ended with code {process.returncode}.{self.last_words(name)}")

    def last_words(self, name: str) -> str:
        """The end of a program's log."""
        log = self.folder / "logs" / f"{name}.log"
        lines = log.read_text(errors="replace").splitlines()[-4:] if log.exists() else []
        return "".join(f"\n    {line}" for line in lines)

    def stop(self) -> list[str]:
        """End everything, screens first, the hub and the broker last; names of those that had to be killed."""
        order = sorted(self.running, key=lambda n: {"hub": 1, "broker": 2}.get(n, 0))
        stuck = []
        for group in ([n for n in order if n not in ("hub", "broker")], ["hub"], ["broker"]):
            for name in group:
                if name in self.running:
                    with contextlib.suppress(ProcessLookupError):
                        self.running[name].send_signal(signal.SIGTERM)
            for name in group:
                process = self.running.pop(name, None)
                if process is None:
                    continue
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    stuck.append(name)
                    process.kill()
                    process.wait()
        shutil.rmtree(self._sockets, ignore_errors=True)
        return stuck
