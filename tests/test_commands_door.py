"""The door for commands: what people tell the center service through a socket, and what else comes there."""

import os
import socket
import stat
import subprocess
import sys
import threading
from contextlib import suppress
from unittest import mock

import pytest
from test_workers import until

from broker import commands
from broker.spare import Promote
from kiosk.jobs import ListJob
from kiosk.layout import Layout
from onedoor.device import control as door
from onedoor.device.catalogue import load_catalogue
from onedoor.device.clock import SystemClock
from onedoor.device.control import Hand, serve
from onedoor.device.link import MemoryBroker, MemoryLink
from onedoor.device.runner import Runner
from onedoor.hall import events as ev

LAYOUT = Layout("test", "ສູນ", "Center")
LIST = ListJob(load_catalogue().services[0], "lo", 1_795_000_000_000)


@pytest.fixture
def deep(tmp_path):
    """A folder whose sockets would have names too long for the system."""
    folder = tmp_path / ("x" * 100) / ("y" * 100)
    folder.mkdir(parents=True)
    return folder


def test_a_door_whose_file_is_taken_away_is_opened_again(deep):
    with mock.patch.object(door, "LOOK_S", 0.05):
        control = serve(deep / "control", lambda what: {"heard": what["verb"]})
        assert stat.S_IMODE(os.stat(deep / "control").st_mode) == 0o600
        assert Hand(deep / "control").ask("a") == {"heard": "a"}
        (deep / "control").unlink()
        until(lambda: (deep / "control").exists())
        until(lambda: _asks(deep) == {"heard": "b"})
        other = socket.socket(socket.AF_UNIX)
        (deep / "control").unlink()
        with door._near(deep / "control") as name:
            other.bind(name)
        other.close()  # a stale file: nobody listens there
        until(lambda: _asks(deep) == {"heard": "b"})
        control.close()
        assert not (deep / "control").exists()


def _asks(folder):
    with suppress(OSError):
        hand = Hand(folder / "control", 2)
        try:
            return hand.ask("b")
        finally:
            hand.close()


def test_a_door_takes_nonsense_and_crowds(deep):
    control = serve(deep / "control", lambda what: {"heard": what["verb"]}, idle_s=5)
    with door._near(deep / "control") as name, socket.socket(socket.AF_UNIX) as sock:
        sock.connect(name)
        sock.settimeout(10)
        for line in (b"nonsense\n", b"[1]\n", b"{}\n", b"\xff\xfe\n", b"x" * 200_000 + b"\n"):
            sock.sendall(line)
            assert b"error" in sock.recv(65_536)
    hands = []
    for _ in range(door.TALKS):
        hands.append(Hand(deep / "control", 5))
        assert hands[-1].ask("x") == {"heard": "x"}
    assert "Too many" in Hand(deep / "control", 5).ask("x")["error"]
    for hand in hands:
        hand.close()
    until(lambda: _asks(deep) == {"heard": "b"})
    control.close()


class Service:
    """A device as the center service is, for what people tell it."""

    def __init__(self, clock):
        from onedoor.device.timers import Timers

        self.timers, self.told = Timers(clock), []

    def on_start(self):
        pass

    def on_news(self, news):
        pass

    def on_wish(self, wish):
        self.told.append(wish)

    def on_stop(self):
        return None


def test_a_stale_number_of_a_process_signals_nobody(tmp_path, capsys):
    """A file with the number of a stranger lies there from long ago; he lives, and hears nothing."""
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    (tmp_path / "hub.pid").write_text(f"{stranger.pid}\n")
    assert commands.tell(tmp_path, "say", text="Good morning") == 2
    assert commands.tell(tmp_path, "promote") == 2
    assert "Is the center service running on this box?" in capsys.readouterr().err
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_what_people_tell_the_center_service(deep, capsys):
    clock = SystemClock()
    service = Service(clock)
    runner = Runner(service, MemoryLink(MemoryBroker(), []), clock)
    control = serve(deep / commands.SOCKET, commands.handler(runner, leads=False))
    running = threading.Thread(target=runner.run, daemon=True)
    running.start()
    assert commands.tell(deep, "say", text="Good morning") == 0
    assert commands.tell(deep, "promote") == 0
    assert service.told == [ev.HeadSaid("Good morning"), Promote()]
    for wrong in ({"text": "x" * 161}, {"text": "two\nlines"}, {"text": 5}, {}):
        assert commands.tell(deep, "say", **wrong) == 2
    assert commands.tell(deep, "nonsense") == 2
    assert len(service.told) == 2
    runner.stop()
    running.join(10)
    control.close()
    assert commands.tell(deep, "say", text="x") == 2


def test_a_hub_that_does_not_lead_yet_and_a_spare_say_why_not(center, tmp_path):
    from onedoor.device.runner import NotNow

    hub = center.start_hub()
    hub.leads = False
    with pytest.raises(NotNow, match="Try again"):
        hub.on_wish(ev.HeadSaid("x"))
    hub.leads = True
    spare = center.start_spare(tmp_path / "s1")
    with pytest.raises(NotNow, match="hub's box"):
        spare.on_wish(ev.HeadSaid("x"))
