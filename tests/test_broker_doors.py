"""The broker's doors, with the real Mosquitto, the real kernel and real processes: limits, floods, denials, pieces."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections import Counter as Tally

import paho.mqtt.client as mqtt
import pytest
from conftest_center import Center
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from broker import denials, mosquitto
from broker.budget import Allowance, Budgets, Complaints, Overstepped
from broker.denials import Reader
from broker.gate import Gate
from broker.pieces import Together, pieces
from demo.processes import free_ports
from firmware_config.firewall import CONNECTIONS, rules
from onedoor.device.clock import SystemClock, VirtualClock, pause
from onedoor.device.config import BrokerConfig, DeviceConfig, HubConfig
from onedoor.device.link import Arrived, BrokerAddress, LinkUp, PahoLink
from onedoor.look.alarms import whose
from onedoor.wire import limits
from onedoor.wire.topics import Topics

TOPICS = Topics("test")


def wait(until, seconds=10.0):
    for _ in range(int(seconds * 50)):
        if until():
            return True
        pause(0.02)
    return False


@pytest.fixture
def net(tmp_path):
    port = free_ports(1)[0]
    config = BrokerConfig(port=port)
    argv = mosquitto.command(mosquitto.write(config, "test", ["hub"], tmp_path))
    child = subprocess.Popen(argv, stderr=subprocess.DEVNULL)
    assert wait(lambda: mosquitto._listens(config))
    yield port
    child.terminate()
    child.wait()


def link(port, name, topics, inbox):
    made = PahoLink(BrokerAddress(port=port), name, topics)
    made.start(inbox)
    return made


def test_buckets_fill_at_an_even_rate():
    budgets = Budgets({"messages": Allowance(10, 60)})
    assert all(budgets.spend("k1", "messages", 1, 0) for _ in range(10))
    assert not budgets.spend("k1", "messages", 1, 0)
    assert budgets.spend("k2", "messages", 10, 0), "each box has its own"
    assert budgets.spend("k1", "messages", 1, 1_000)
    assert not budgets.spend("k1", "messages", 1, 1_000)
    assert not budgets.spend("k1", "messages", 11, 10**9), "never more than the bucket holds"


def test_a_complaint_is_a_row_now_and_then_and_an_alarm_for_a_while():
    told = Complaints()
    assert told.note("k1", "messages", 5, 0) == 5
    assert told.note("k1", "messages", 7, 1_000) == 0
    assert told.note("k1", "messages", 1, 600_001) == 8
    told.raise_alarm("box_floods:k1", 0)
    assert told.alarms(1) == ["box_floods:k1"]
    assert told.of("k1") == "box_floods"
    assert told.alarms(600_001) == []


def test_a_flood_is_cut_off_at_the_broker_and_others_are_heard(net):
    clock, heard, words = SystemClock(), Tally(), []
    boxes = ["k1", "k2", "c1"]
    own = PahoLink(BrokerAddress(port=net), "hub", TOPICS.for_hub_of(boxes, []), former=tuple(TOPICS.for_hub()))
    gate = Gate(own, clock, TOPICS, words.append)
    gate.start(lambda news: heard.update([TOPICS.parse(news.topic).name] if isinstance(news, Arrived) else ["up"]))
    assert wait(lambda: heard["up"])
    bad, good = link(net, "k1", [], lambda _: None), link(net, "k2", [], lambda _: None)
    assert wait(lambda: bad.connected and good.connected)
    for _ in range(40):
        for _ in range(100):
            bad._client.publish(TOPICS.batch("k1"), b"{}", qos=0)
        good.publish(TOPICS.batch("k2"), b"{}")
        pause(0.01)
    assert wait(lambda: heard["k2"] == 40)
    assert words == [Overstepped("k1", "messages")]
    assert 900 <= heard["k1"] < 2_000, "the bucket, and nothing more"
    gate.open("k1")
    gate.budgets = Budgets()
    before = heard["k1"]
    pause(0.2)
    bad.publish(TOPICS.batch("k1"), b"{}")
    assert wait(lambda: heard["k1"] == before + 1), "and heard again later"
    for one in (bad, good, gate):
        one.stop()


def test_without_a_budget_all_of_the_flood_is_heard():
    """The mutant: no budget. The gate passes everything."""
    memory, heard = VirtualClock(), []
    gate = Gate(None, memory, TOPICS)
    gate.budgets = Budgets({what: Allowance(10**9, 10**9) for what in ("messages", "bytes")})
    for _ in range(5_000):
        gate._pass(Arrived(TOPICS.batch("k1"), b"{}"), heard.append)
    assert len(heard) == 5_000
    assert gate.shut == set()


def test_a_packet_of_more_than_64_kb_is_cut_off(net):
    ups, heard = [], []
    reader = link(net, "hub", [TOPICS.batch("k1")], heard.append)
    sender = link(net, "k1", [], ups.append)
    assert wait(lambda: reader.connected and sender.connected)
    sender.publish(TOPICS.batch("k1"), b"x" * limits.LARGE)
    assert wait(lambda: any(isinstance(n, Arrived) for n in heard))
    sender.publish(TOPICS.batch("k1"), b"x" * 2**20)
    assert wait(lambda: len([n for n in ups if not isinstance(n, LinkUp)]) > 0), "the sender is thrown out"
    assert len([n for n in heard if isinstance(n, Arrived)]) == 1
    for one in (reader, sender):
        one.stop()


def test_two_hundred_silent_sockets_lock_nobody_out(net):
    silent = [socket.create_connection(("127.0.0.1", net), 2) for _ in range(200)]
    ups = []
    box = link(net, "k1", [], ups.append)
    assert wait(lambda: ups, 2.0)
    box.stop()
    for sock in silent:
        sock.close()


def test_the_configuration_binds_an_address_and_bounds_everything(tmp_path):
    text = mosquitto.configuration(BrokerConfig(host="10.0.0.2", port=8883, ca="a", cert="b", key="c"), tmp_path)
    assert "listener 8883 10.0.0.2\nmax_connections 400" in text
    assert f"max_packet_size {limits.PACKET}" in text
    assert "max_queued_bytes 4194304" in text
    assert "log_type debug" in text
    named = mosquitto.configuration(BrokerConfig(host="hub.local", port=8883, ca="a", cert="b", key="c"), tmp_path)
    assert "listener 8883\nmax_connections" in named
    assert "debug" not in mosquitto.configuration(BrokerConfig(), tmp_path)


def test_denials_are_counted_wherever_a_lump_is_cut_and_nobody_can_forge_one():
    log = (
        b"1795000000: Received PUBLISH from k1 (d0, q0, r0, m0, 'a', ... (5 bytes))\n"
        b"1795000000: Denied PUBLISH from k1 (d0, q0, r0, m0, 'onedoor/v1/x/jrn/c1/batch', ... (5 bytes))\n"
        b"1795000001: Received PUBLISH from k2 (d0, q0, r0, m0, 'Denied PUBLISH from c1 (', ... (5 bytes))\n"
        b"1795000001: Warning: something is wrong \xff\n"
        b"1795000001: Denied PUBLISH from k3 (d0, q1, r0, m7, 'x', ... (5 bytes))\n"
        b"1795000002: Client k2 already connected, closing old connection.\n"
    )
    for size in (1, 7, 64, 10_000):
        passed: list[str] = []
        reader = Reader(passed.append)
        for at in range(0, len(log), size):
            reader.feed(log[at : at + size], 5)
        assert reader.found == {("k1", "denied"): 1, ("k3", "denied"): 1, ("k2", "twice"): 1}
        assert passed == ["1795000001: Warning: something is wrong \\xff"]
    reader = Reader(passed.append)
    passed.clear()
    for _ in range(1_000):
        reader.feed(b"Error: again\n", 5)
    assert len(passed) == denials.PASSED_A_SECOND


def test_a_denial_reaches_the_hub(tmp_path):
    told: list[tuple[str, int]] = []
    threading.Thread(target=denials.listen, args=(tmp_path, lambda *word: told.append(word)), daemon=True).start()
    assert wait(lambda: (tmp_path / denials.SOCKET).exists())
    reading, writing = os.pipe()
    threading.Thread(target=denials.follow, args=(reading, tmp_path, SystemClock().mono_ms, print), daemon=True).start()
    os.write(writing, b"Denied PUBLISH from k1 (d0)\nDenied PUBLISH from k1 (d0)\n")
    assert wait(lambda: told == [("k1", 2, "denied")])
    os.close(writing)


def test_the_real_brokers_denial_is_heard(tmp_path):
    port, told = free_ports(1)[0], []
    (tmp_path / "mosquitto").mkdir()
    (tmp_path / "acl").write_text("topic read allowed/#\n")
    (tmp_path / "acl").chmod(0o644)
    conf = tmp_path / "mosquitto" / "mosquitto.conf"
    conf.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nacl_file {tmp_path / 'acl'}\n"
        "log_dest stderr\nlog_type error\nlog_type warning\nlog_type debug\n"
    )
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    threading.Thread(target=denials.listen, args=(tmp_path, lambda *word: told.append(word)), daemon=True).start()
    clock = SystemClock()
    with mosquitto._start(mosquitto.command(conf), tmp_path / "mosquitto", clock) as child:
        assert wait(lambda: mosquitto._listens(BrokerConfig(port=port)))
        thief = link(port, "k1", [], lambda _: None)
        assert wait(lambda: thief.connected)
        thief.publish("onedoor/v1/test/jrn/c1/batch", b"{}")
        assert wait(lambda: told == [("k1", 1, "denied")]), told
        thief.stop()
        child.terminate()


def test_two_boxes_with_one_name_are_found_in_the_real_brokers_log(tmp_path):
    port, told = free_ports(1)[0], []
    (tmp_path / "mosquitto").mkdir()
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    conf = mosquitto.write(BrokerConfig(port=port), "test", ["hub"], tmp_path / "mosquitto")
    threading.Thread(target=denials.listen, args=(tmp_path, lambda *word: told.append(word)), daemon=True).start()
    with mosquitto._start(mosquitto.command(conf), tmp_path / "mosquitto", SystemClock()) as child:
        assert wait(lambda: mosquitto._listens(BrokerConfig(port=port)))
        twins = [link(port, "k1", [], lambda _: None) for _ in range(2)]
        assert wait(lambda: sum(count for dev, count, what in told if (dev, what) == ("k1", "twice")) >= 3), told
        for twin in twins:
            twin.stop()
        child.terminate()


def test_both_boxes_with_one_name_hear_of_it_and_a_bad_cable_is_not_taken_for_that(tmp_path):
    center = Center(tmp_path)
    center.start_hub()
    panel = center.panel()
    center.hub.on_wish(Overstepped("c1", "twice", 2))
    center.pass_ms(1_000)
    assert panel.box.told_off == "" and "hub" not in panel.box.hall.alarms
    for _ in range(5):
        center.hub.on_wish(Overstepped("c1", "twice", 1))
    center.pass_ms(1_000)
    assert panel.box.told_off == "two_boxes", "by its mark, which both get whenever they are let in"
    assert panel.box.hall.alarms["hub"] == ("two_boxes:c1",)
    assert ("c1", "two_boxes") in [whose("hub", code) for code in panel.box.hall.alarms["hub"]]
    center.hub.store.close()


def test_a_denial_is_a_row_and_an_alarm(tmp_path):
    center = Center(tmp_path)
    center.start_hub()
    panel = center.panel()
    for _ in range(3):
        center.hub.on_wish(Overstepped("k1", "denied", 4))
    center.hub.on_wish(Overstepped("stranger", "denied", 4))
    center.pass_ms(1_000)
    rows = [row.body for row in center.hub.store.rows() if row.kind == "box_overstepped"]
    assert {(row["dev"], row["what"], row["count"]) for row in rows} == {("k1", "denied", 4), ("stranger", "denied", 4)}
    assert sorted(panel.box.hall.alarms["hub"]) == ["denied:k1", "denied:stranger"]
    center.hub.store.close()


def test_a_long_copy_travels_in_pieces_and_a_lost_piece_loses_it_all():
    whole = os.urandom(300_000)
    cut = pieces(whole)
    assert len(cut) == 8
    assert max(map(len, cut)) <= limits.LARGE
    together = Together()
    assert [together.take(piece) for piece in cut] == [None] * 7 + [whole]
    assert together.take(cut[0]) is None
    assert [together.take(piece) for piece in (*cut[2:], cut[0])] == [None] * 7
    assert [together.take(piece) for piece in cut] == [None] * 7 + [whole], "sent again"
    assert pieces(b"short") == [b"short"]
    assert together.take(b"short") == b"short"


def hub_config(role="hub"):
    return DeviceConfig("test", "hub", role, "/tmp", broker=BrokerConfig(host="10.9.0.1", port=8883), hub=HubConfig({}))


def run(*argv, **kind):
    return subprocess.run(argv, capture_output=True, text=True, check=False, **kind)


@pytest.fixture
def two_hosts(tmp_path):
    """Two network namespaces with a cable between them, the hub's behind its rules."""
    if os.geteuid() or not (shutil.which("nft") and shutil.which("ip")):
        pytest.skip("needs root, nft and ip")
    hub, box = f"odh{os.getpid()}", f"odb{os.getpid()}"
    if run("ip", "netns", "add", hub).returncode:
        pytest.skip("network namespaces cannot be made here")
    try:
        for line in (
            f"netns add {box}", f"link add {hub[:12]}x netns {hub} type veth peer name eth0 netns {box}",
            f"-n {hub} addr add 10.9.0.1/24 dev {hub[:12]}x", f"-n {box} addr add 10.9.0.2/24 dev eth0",
            f"-n {box} addr add 10.9.0.3/24 dev eth0",
            f"-n {hub} link set {hub[:12]}x up", f"-n {box} link set eth0 up", f"-n {hub} link set lo up",
        ):  # fmt: skip
            if run("ip", *line.split()).returncode:
                pytest.skip(f"ip {line}: not possible here")
        file = tmp_path / "nftables.conf"
        file.write_text(rules(hub_config()))
        for _ in range(2):
            loaded = run("ip", "netns", "exec", hub, "nft", "-f", str(file))
            if "not supported" in loaded.stderr or "No such file" in loaded.stderr:
                pytest.skip(f"this kernel has not all of nftables: {loaded.stderr[:200]}")
            assert loaded.returncode == 0, loaded.stderr
        yield hub, box
    finally:
        for name in (hub, box):
            run("ip", "netns", "del", name)


SERVE = """
import socket, threading
s = socket.create_server(("0.0.0.0", 8883), backlog=512)
held = []
print("ready", flush=True)
while True:
    c, _ = s.accept()
    held.append(c)
"""
OPEN = """
import socket, sys
ok, held = 0, []
for _ in range(int(sys.argv[2])):
    s = socket.socket()
    s.settimeout(0.2)
    s.bind((sys.argv[1], 0))
    try:
        s.connect(("10.9.0.1", 8883))
        ok += 1
        held.append(s)
    except OSError:
        pass
print(ok, flush=True)
if len(sys.argv) > 3:
    sys.stdin.read()
"""


def test_the_firewall_stops_silent_sockets_of_one_address_only(two_hosts):
    hub, box = two_hosts
    inside, outside = (
        ("ip", "netns", "exec", hub, sys.executable, "-c"),
        ("ip", "netns", "exec", box, sys.executable, "-c"),
    )
    piped = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([*inside, SERVE], **piped) as server:
        assert server.stdout.readline() == "ready\n"
        with subprocess.Popen([*outside, OPEN, "10.9.0.2", "60", "stay"], **piped) as thief:
            assert int(thief.stdout.readline()) <= CONNECTIONS
            assert run(*outside, OPEN, "10.9.0.3", "3").stdout.strip() == "3", "another address is not touched"
            thief.kill()
        server.kill()


def test_the_rules_name_the_port_and_leave_loopback_free():
    text = rules(hub_config())
    assert "tcp dport != 8883 accept" in text
    assert text.index('iifname "lo" accept') < text.index("ct count over 8")
    assert "policy accept" in text
    assert rules(hub_config("spare")).count("1883") == 1


def known(port, name, topics=(), inbox=lambda *_: None, will=None):
    """A box as the broker knows it by its certificate: its name is its user's name."""
    box = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5)
    box.username_pw_set(name)
    box.on_message = lambda _client, _data, message: inbox((message.topic, message.payload))
    if will is not None:
        box.will_set(*will, qos=1, retain=True)
    box.connect("127.0.0.1", port)
    box.loop_start()
    assert wait(box.is_connected)
    if topics:
        box.subscribe([(topic, 1) for topic in topics])
    return box


def test_the_hub_hears_a_box_come_and_lose_its_power_and_no_box_speaks_for_another(tmp_path):
    """The center's own access list on the real broker."""
    port, heard, stolen = free_ports(1)[0], [], []
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    acl, conf = tmp_path / "acl", tmp_path / "mosquitto.conf"
    acl.write_text(mosquitto.access_list("test", ["hub"]))
    acl.chmod(0o644)
    conf.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nacl_file {acl}\n")
    child = subprocess.Popen(mosquitto.command(conf), stderr=subprocess.DEVNULL)
    assert wait(lambda: mosquitto._listens(BrokerConfig(port=port)))
    at = TOPICS.presence("c1")
    hub = known(port, "hub", TOPICS.for_hub_of(["c1", "c2"], []), heard.append)
    two = known(port, "c2", [at], stolen.append)
    one = known(port, "c1", will=(at, b"lost"))
    one.publish(at, b"ready", qos=1, retain=True)
    assert wait(lambda: heard == [(at, b"ready")])
    two.publish(at, b"forged", qos=1, retain=True).wait_for_publish(5)
    one.socket().shutdown(socket.SHUT_RDWR)
    assert wait(lambda: heard[1:2] == [(at, b"lost")]), heard
    assert not stolen, "who is there is for the hub to know"
    for box in (hub, one, two):
        box.loop_stop()
    child.terminate()
    child.wait()
