"""`python -m torture.partition SECONDS`: real programs in network namespaces, cut off from each other and lossy.

Hub and broker, a kiosk and a counter, each in a namespace of its own on one virtual switch, TLS with client
certificates between them. Each box in turn is cut off, then loses every tenth or third packet each way. A paper
must come out within two seconds of the one before all the time; ten seconds after healing every row is there.
Needs root and `ip`; loss also needs `nft`.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from onedoor.device.clock import pause
from torture.processes import Torture, wait_for

PAPER_S = 2.0
HEALED_S = 10.0
HUB_IP = "10.77.0.1"


def ip(*words: str) -> None:
    """An `ip` command."""
    subprocess.run(["ip", *words], check=True, capture_output=True)


def possible() -> str:
    """Why this machine cannot do it; "" if it can."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return "network namespaces need root and ip"
    try:
        with lan(["probe"], "probe"):
            return ""
    except (subprocess.CalledProcessError, OSError) as wrong:
        return f"no network namespaces here: {wrong}"


@contextlib.contextmanager
def lan(names: list[str], tag: str) -> Iterator[dict[str, str]]:
    """A switch and a namespace for each name; addresses 10.77.0.1 and on. Everything is gone afterwards."""
    spaces = {name: f"od-{tag}-{name}" for name in names}
    switch = f"od-{tag}-lan"
    made = []
    try:
        for space in (switch, *spaces.values()):
            ip("netns", "add", space)
            made.append(space)
            ip("-n", space, "link", "set", "lo", "up")
        ip("-n", switch, "link", "add", "br0", "type", "bridge")
        ip("-n", switch, "link", "set", "br0", "up")
        for number, (name, space) in enumerate(spaces.items(), 1):
            ip("-n", switch, "link", "add", f"p{name}", "type", "veth", "peer", "name", "eth0", "netns", space)
            ip("-n", switch, "link", "set", f"p{name}", "master", "br0", "up")
            ip("-n", space, "addr", "add", f"10.77.0.{number}/24", "dev", "eth0")
            ip("-n", space, "link", "set", "eth0", "up")
        yield spaces | {"": switch}
    finally:
        for space in reversed(made):
            subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)


def certificates(folder: Path, names: list[str]) -> None:
    """A center's authority, and a certificate for each box."""
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    root = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "center")])

    def signed(subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, authority: bool) -> x509.Certificate:
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        made = made.not_valid_after(now + timedelta(days=2))
        made = made.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        if not authority:
            places = [x509.IPAddress(ip_address(HUB_IP))]
            made = made.add_extension(x509.SubjectAlternativeName(places), critical=False)
        return made.sign(root, hashes.SHA256())

    (folder / "ca.pem").write_bytes(signed(issuer, root, authority=True).public_bytes(serialization.Encoding.PEM))
    for name in names:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        (folder / f"{name}.pem").write_bytes(
            signed(subject, key, authority=False).public_bytes(serialization.Encoding.PEM)
        )
        (folder / f"{name}.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )


class Islands(Torture):
    """The same center, a namespace for each box."""

    def lay(self, spaces: dict[str, str]) -> None:
        """Every box's file says the hub's address and its own certificate; every command runs in its namespace."""
        self.spaces = spaces
        certs = self.folder / "certs"
        certificates(certs, [name for name in spaces if name])
        for dev in [name for name in spaces if name]:
            path = self.folder / "boxes" / dev / "device.toml"
            text = path.read_text().replace('host = "127.0.0.1"', f'host = "{HUB_IP}"')
            for what, value in (("ca", "ca.pem"), ("cert", f"{dev}.pem"), ("key", f"{dev}.key")):
                text = text.replace(f'\n{what} = ""', f'\n{what} = "{certs}/{value}"')
            path.write_text(text)
        for path in certs.iterdir():
            path.chmod(0o644)
        for name, command in self.commands.items():
            self.commands[name] = ["ip", "netns", "exec", spaces[name.split("-")[0]], *command]

    def cut(self, dev: str, *, off: bool) -> None:
        """Pull this box's cable out of the switch, or put it back."""
        ip("-n", self.spaces[""], "link", "set", f"p{dev}", "down" if off else "up")

    def lose(self, dev: str, percent: int) -> None:
        """This box's network loses packets each way; 0: it is good again."""
        nft = ["ip", "netns", "exec", self.spaces[dev], "nft"]
        subprocess.run([*nft, "flush", "ruleset"], check=True)
        if percent:
            chains = (
                f"chain {hook} {{\n type filter hook {hook} priority 0;\n numgen random mod 100 < {percent} drop\n}}\n"
                for hook in ("input", "output")
            )
            rules = "table inet bad {\n" + "".join(chains) + "}\n"
            subprocess.run([*nft, "-f", "-"], input=rules.encode(), check=True)

    def slowest_paper(self, since_ms: int) -> float:
        """The longest time between two papers since then, in seconds."""
        times = [int(line.split()[3]) for line in self.papers("k1").read_text().splitlines()]
        times = [since_ms, *(t for t in times if t >= since_ms), int(time.clock_gettime(time.CLOCK_BOOTTIME) * 1000)]
        return max(b - a for a, b in pairwise(times)) / 1000


def torture(seconds: float, folder: Path) -> dict[str, object]:
    """Cut off and lossy, box by box; the figures."""
    folder.chmod(0o755)  # Mosquitto runs as its own user
    t = Islands(folder, kiosks=1, counters=1, every_ms=300)
    figures: dict[str, object] = {}
    losses = (10, 30) if shutil.which("nft") else ()
    with lan(["hub", "k1", "c1"], str(os.getpid())) as spaces:
        try:
            t.prepare()
            t.lay(spaces)
            for name in t.commands:
                t.start(name)
            wait_for("rows of both boxes", 60, lambda: {"k1", "c1"} <= {dev for dev, _, _ in t.in_log("hub")})
            for dev in ("k1", "c1", "hub"):
                for trouble in ("cut off", *losses):
                    begun = int(time.clock_gettime(time.CLOCK_BOOTTIME) * 1000)
                    t.cut(dev, off=True) if trouble == "cut off" else t.lose(dev, int(trouble))
                    pause(seconds)
                    paper = t.slowest_paper(begun)
                    t.cut(dev, off=False) if trouble == "cut off" else t.lose(dev, 0)
                    written = t.on_card("k1") | t.on_card("c1")
                    healed = wait_for(f"rows after {dev} {trouble}", 60, lambda w=written: w <= t.in_log("hub"))  # type: ignore[misc]
                    what = f"{dev} {trouble}" if trouble == "cut off" else f"{dev} loses {trouble} %"
                    figures[what] = {"slowest_paper_s": round(paper, 2), "all_there_after_s": round(healed, 2)}
            t.end_traffic()
            wrong = t.judge()
        finally:
            t.stop()
    wrong += [f"{what}: {f}" for what, f in figures.items()
              if f["slowest_paper_s"] > PAPER_S or f["all_there_after_s"] > HEALED_S]  # type: ignore[index]  # fmt: skip
    return {**figures, "loss": "tried" if losses else "not tried: no nft", **t.counts, "wrong": wrong}


def main() -> int:
    why = possible()
    if why:
        print(f"skipped: {why}")
        return 0
    place = Path(tempfile.mkdtemp(prefix="onedoor-islands-"))
    figures = torture(float(sys.argv[1]), place)
    print(json.dumps(figures, indent=1))
    if not figures["wrong"]:
        shutil.rmtree(place, ignore_errors=True)
    return 1 if figures["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
