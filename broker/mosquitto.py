"""Finds Mosquitto and runs a private one: own configuration, own port, own folder, no root.

A broker that only this machine can reach needs no certificates. As soon as it listens to a
network, TLS with client certificates is required, and the access list holds each device to the
topics that carry its own name.
"""

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path
from string import Template
from types import FrameType

from broker import denials, left_behind
from onedoor.device.aside import put_aside
from onedoor.device.card import shelf_of, trusted
from onedoor.device.clock import Clock, pause
from onedoor.device.config import BrokerConfig
from onedoor.device.journal import JournalError
from onedoor.device.small_file import replace_file
from onedoor.device.systemd import notify
from onedoor.wire import limits
from onedoor.wire.topics import ROOT

LOOK_S = 0.5
END_S = 10.0
CONNECTIONS = 400
"""Every box of the largest center, twice over, and room: silent sockets of one address are stopped by nftables."""
PR_SET_PDEATHSIG = 1
F_SETPIPE_SZ = 1031
LOOPBACK = ("127.0.0.1", "::1", "localhost")
INSTALL = "Mosquitto is not installed. Run: sudo apt install mosquitto"


class BrokerError(Exception):
    """The broker cannot run; the message says what to do."""


def find() -> str:
    """The path of mosquitto: on PATH, or where Debian puts it; BrokerError if there is none."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise BrokerError(INSTALL)
    return found


def configuration(broker: BrokerConfig, folder: Path) -> str:
    """The text of mosquitto.conf for this center."""
    template = Template(files("broker").joinpath("mosquitto.conf").read_text(encoding="utf-8"))
    if not broker.ca:
        if broker.host not in LOOPBACK:
            raise BrokerError(
                f'[broker] host = "{broker.host}" can be reached from the network, but ca, cert and key are'
                ' missing. Give the three files, or use host = "127.0.0.1".'
            )
        listener, security = f"listener {broker.port} {broker.host}", "allow_anonymous true"
    else:
        # A name may mean another address on this box than on all others; a number means the same everywhere.
        listener = f"listener {broker.port} {broker.host if _is_number(broker.host) else ''}".rstrip()
        security = "\n".join(
            (
                f"cafile {broker.ca}", f"certfile {broker.cert}", f"keyfile {broker.key}",
                "tls_version tlsv1.2", "require_certificate true",
                "# Certificate name = user name = client id.",
                "use_identity_as_username true", "use_username_as_clientid true",
                "allow_anonymous false", f"acl_file {folder / 'acl.conf'}",
            )
        )  # fmt: skip
    listener += f"\nmax_connections {CONNECTIONS}"
    denials = "log_type debug" if broker.ca else ""
    return template.substitute(listener=listener, security=security, packet=limits.PACKET, denials=denials)


def _is_number(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def access_list(center: str, hubs: Sequence[str]) -> str:
    """Who may read and write what; the user name is the device's name. `hubs`: the boxes that may lead."""
    at = f"{ROOT}/{center}"
    return "\n".join(
        (
            *(line for hub in hubs for line in (f"user {hub}", f"topic readwrite {at}/#")),
            f"pattern readwrite {at}/dev/%u/+", f"pattern write {at}/jrn/%u/batch",
            f"pattern read {at}/jrn/%u/mark", f"pattern write {at}/ask/%u", f"pattern read {at}/ans/%u",
            "# No name in these: granted to every device, as meant.",
            f"pattern read {at}/beacon", f"pattern read {at}/seal", f"pattern read {at}/pulse",
            f"pattern read {at}/state/all/+", f"pattern read {at}/dev/hub/state",
            f"pattern read {at}/dev/+/info",
            "",
        )
    )  # fmt: skip


def folder_for(data: Path, dev: str) -> Path:
    """Where the broker's files are written at each start: beside the log, or, if nothing can be written there, in
    memory: boxes still find each other, and hear why the hub is away.
    """
    place = data / "mosquitto"
    try:
        if os.path.lexists(place) and (not place.is_dir() or not trusted(place)):
            put_aside(data, [place], "card_foreign" if place.is_dir() else "card_damaged")
        place.mkdir(parents=True, exist_ok=True)
        if trusted(data):
            with tempfile.TemporaryFile(dir=place) as probe:
                probe.write(b"room")
            return place
    except (OSError, JournalError) as wrong:
        _pass_on(f"{place}: {wrong}. The broker's files are in memory.")
    found = shelf_of(data, f"{dev}-mosquitto", make=True)
    assert found is not None
    if os.geteuid() == 0:
        found.chmod(0o711)  # Mosquitto gives up being root before it reads its access list
    return found


def write(broker: BrokerConfig, center: str, hubs: Sequence[str], folder: Path) -> Path:
    """Write configuration and access list into a folder; the path of the configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("acl.conf", access_list(center, hubs)), ("mosquitto.conf", configuration(broker, folder))):
        if (folder / name).is_dir():
            put_aside(folder.parent, [folder / name], "card_damaged")
        replace_file(folder / name, text.encode(), 0o600)
        if os.geteuid() == 0:
            # Mosquitto gives up being root before it reads its access list.
            with suppress(LookupError):
                shutil.chown(folder / name, "mosquitto")
    return folder / "mosquitto.conf"


def check_port(broker: BrokerConfig) -> None:
    """BrokerError if something else listens there already."""
    with socket.socket(socket.AF_INET6 if ":" in broker.host else socket.AF_INET) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((broker.host, broker.port))
        except OSError as wrong:
            raise BrokerError(
                f"Port {broker.port} on {broker.host} cannot be used ({wrong.strerror}). Another broker may be"
                " running: stop it, or choose another [broker] port for all boxes of the center."
            ) from None


def command(config_file: Path) -> Sequence[str]:
    """The command line of the private broker."""
    return [find(), "-c", str(config_file)]


def run(broker: BrokerConfig, center: str, hubs: Sequence[str], folder: Path, clock: Clock) -> int:
    """Run the broker of this center until somebody ends it; the exit code."""
    with _alone(folder):
        return _run(broker, command(write(broker, center, hubs, folder)), folder, clock)


def _run(broker: BrokerConfig, argv: Sequence[str], folder: Path, clock: Clock) -> int:
    end_left_behind(argv)
    check_port(broker)
    child, ended = _start(argv, folder, clock), False

    def end(_number: int, _frame: FrameType | None) -> None:
        nonlocal ended
        ended = True
        child.terminate()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    while child.poll() is None:
        if _listens(broker):
            notify("READY=1")
            break
        pause(0.05)
    while child.poll() is None and not ended:
        pause(LOOK_S)  # never a wait without end: a signal just before it would be heard only behind it
    if ended:
        finish(child)
        return 0
    return _told(child)


def run_while_leading(
    broker: BrokerConfig, center: str, hubs: Sequence[str], folder: Path, clock: Clock, leads: Callable[[], bool]
) -> int:
    """Run the broker only while this box leads: boxes would stay with a broker that has no hub."""
    with _alone(folder):
        argv = command(write(broker, center, hubs, folder))
        end_left_behind(argv)
        notify("READY=1")
        while True:
            while not leads():
                pause(LOOK_S)
            check_port(broker)
            child = _start(argv, folder, clock)
            while leads() and child.poll() is None:
                pause(LOOK_S)
            if child.poll() is not None:
                return _told(child)
            finish(child)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """BrokerError if this center's broker runs already."""
    folder.mkdir(parents=True, exist_ok=True)
    with left_behind.only_one(folder / "lock") as alone:
        if not alone:
            raise BrokerError("This center's broker is running already. Look: systemctl status onedoor-broker")
        yield


def end_left_behind(argv: Sequence[str]) -> None:
    """A Mosquitto of ours whose wrapper was killed holds the port."""
    if left_behind.end(argv, END_S):
        _pass_on("A Mosquitto was left behind by a broker that was killed; it was ended.")


def _told(child: "subprocess.Popen[bytes]") -> int:
    """It ended by itself: how, in words, and as a code that is never 0."""
    how = f"signal {-child.returncode}" if child.returncode < 0 else f"code {child.returncode}"
    _pass_on(f"Mosquitto ended by itself with {how}.")
    return child.returncode or 1


def finish(child: "subprocess.Popen[bytes]") -> None:
    """End it, gently first; one that does not listen is ended all the same."""
    child.terminate()
    try:
        child.wait(END_S)
    except subprocess.TimeoutExpired:
        _pass_on(f"Mosquitto did not end within {END_S:.0f} s and was killed.")
        child.kill()
        child.wait()


def _start(argv: Sequence[str], folder: Path, clock: Clock) -> "subprocess.Popen[bytes]":
    """Mosquitto as a child that ends with us; its log goes through our hands."""
    env = {name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"}
    child = subprocess.Popen(
        list(argv), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env,
        preexec_fn=_die_with_parent,  # noqa: PLW1509 - what runs in it takes no lock
    )  # fmt: skip
    assert child.stderr is not None
    pipe = os.dup(child.stderr.fileno())
    child.stderr.close()
    with suppress(OSError):
        fcntl.fcntl(pipe, F_SETPIPE_SZ, 1 << 20)

    def follow() -> None:
        """A pipe that nobody reads would hold Mosquitto itself: whatever happens here, it is read on."""
        while child.poll() is None:
            try:
                denials.follow(pipe, folder.parent, clock.mono_ms, _pass_on)
                return
            except Exception as wrong:  # noqa: BLE001 - told, and read on
                _pass_on(f"the broker's log cannot be read: {wrong}")
                pause(LOOK_S)

    threading.Thread(target=follow, daemon=True).start()
    return child


def _pass_on(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _listens(broker: BrokerConfig) -> bool:
    with suppress(OSError), socket.create_connection((broker.host, broker.port), 1):
        return True
    return False


def _die_with_parent() -> None:
    """A killed parent takes its broker with it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
