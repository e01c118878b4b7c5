"""One contract for the link over a real Mosquitto and the one in memory."""

import queue
import subprocess
import threading

import pytest

from broker import mosquitto
from demo.processes import free_ports
from onedoor.device.clock import SystemClock
from onedoor.device.config import BrokerConfig
from onedoor.device.link import Arrived, BrokerAddress, LinkDown, LinkUp, MemoryBroker, MemoryLink, PahoLink, Will


class MemoryNet:
    def __init__(self):
        self.broker = MemoryBroker()

    def link(self, name, topics, will=None):
        return MemoryLink(self.broker, topics, will)

    def cut(self, link):
        link.cut()

    def close(self):
        pass


class RealNet:
    def __init__(self, folder):
        self.config = BrokerConfig(port=free_ports(1)[0])
        argv = mosquitto.command(mosquitto.write(self.config, "test", ["hub"], folder))
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.links = []

    def link(self, name, topics, will=None):
        link = PahoLink(BrokerAddress(port=self.config.port), name, topics, will)
        self.links.append(link)
        return link

    def cut(self, link):
        """The socket dies under the client, as when a cable is pulled and put back."""
        link._client._sock.shutdown(2)

    def close(self):
        for link in self.links:
            link.stop()
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture(params=["memory", pytest.param("mosquitto", marks=pytest.mark.processes)])
def net(request, tmp_path):
    made = MemoryNet() if request.param == "memory" else RealNet(tmp_path)
    yield made
    made.close()


class Ear:
    """Collects news; the first LinkUp has been waited for."""

    def __init__(self, link):
        self.news, self.link = queue.Queue(), link
        link.start(self.news.put)
        assert isinstance(self.next(), LinkUp)

    def next(self):
        return self.news.get(timeout=10)


def test_messages_arrive_and_retained_ones_wait_for_late_comers(net):
    early = Ear(net.link("early", ["a/+"]))
    assert early.link.publish("a/1", b"x")
    assert early.next() == Arrived("a/1", b"x")
    early.link.publish("a/keep", b"kept", retain=True)
    assert early.next() == Arrived("a/keep", b"kept")
    late = Ear(net.link("late", ["a/keep"]))
    assert late.next() == Arrived("a/keep", b"kept")


def test_the_will_speaks_for_the_dead_and_a_farewell_for_those_who_leave(net):
    ear = Ear(net.link("ear", ["p/+"]))
    Ear(net.link("one", [], Will("p/one", b"lost"))).link.stop(Will("p/one", b"bye"))
    assert ear.next() == Arrived("p/one", b"bye")
    two = Ear(net.link("two", [], Will("p/two", b"lost")))
    net.cut(two.link)
    assert isinstance(two.next(), LinkDown)
    assert ear.next() == Arrived("p/two", b"lost")


def test_nothing_is_sent_while_the_link_is_down(net):
    link = net.link("one", [])
    assert link.publish("a", b"x") is False


@pytest.mark.processes
def test_an_inbox_that_raises_does_not_end_the_network_thread(tmp_path):
    net = RealNet(tmp_path)
    got = threading.Event()
    heard = []

    def inbox(news):
        heard.append(news)
        if news == Arrived("a", b"bad"):
            raise ValueError("boom")
        if news == Arrived("a", b"good"):
            got.set()

    link = net.link("one", ["a"])
    link.start(inbox)
    other = Ear(net.link("two", ["b"]))
    other.link.publish("b", b"ping")
    other.next()
    until = SystemClock().mono_ms() + 10_000
    while not any(isinstance(n, LinkUp) for n in list(heard)) and SystemClock().mono_ms() < until:
        threading.Event().wait(0.01)
    other.link.publish("a", b"bad")
    other.link.publish("a", b"good")
    assert got.wait(10)
    net.close()


@pytest.mark.processes
def test_the_links_socket_has_no_delay(tmp_path):
    import socket

    net = RealNet(tmp_path)
    ear = Ear(net.link("one", []))
    assert ear.link._client._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert "set_tcp_nodelay true" in mosquitto.configuration(net.config, tmp_path)
    net.close()


def test_a_broker_on_the_network_needs_certificates(tmp_path):
    with pytest.raises(mosquitto.BrokerError, match="certificate|ca, cert and key"):
        mosquitto.configuration(BrokerConfig(host="0.0.0.0"), tmp_path)
    text = mosquitto.configuration(BrokerConfig(host="0.0.0.0", ca="a", cert="b", key="c"), tmp_path)
    for line in ("require_certificate true", "use_username_as_clientid true", "allow_anonymous false"):
        assert line in text
    assert "pattern write onedoor/v1/here/jrn/%u/batch" in mosquitto.access_list("here", ["hub", "s1"])


def test_a_busy_port_is_named():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(mosquitto.BrokerError, match=f"Port {port}.*cannot be used"):
            mosquitto.check_port(BrokerConfig(port=port))


@pytest.mark.processes
def test_a_box_finds_the_broker_that_has_the_hub(tmp_path):
    """Nobody listens at the first address; and a broker that runs without a hub is left for the next one."""
    here, there = RealNet(tmp_path / "a"), RealNet(tmp_path / "b")
    nowhere = BrokerAddress(port=free_ports(1)[0])
    others = (BrokerAddress(port=here.config.port), BrokerAddress(port=there.config.port))
    link = PahoLink(nowhere, "c1", [], others=others)
    ear = Ear(link)
    assert link.address == others[0]
    link.elsewhere()
    assert isinstance(ear.next(), LinkDown)
    assert isinstance(ear.next(), LinkUp)
    assert link.address == others[1]
    link.stop()
    here.close()
    there.close()
