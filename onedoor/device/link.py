"""The link to the broker: MQTT carries, it never remembers.

Policy. Callbacks of the MQTT client run in its own thread and only put things into the owner's
inbox. Everything is quality of service 1, and nothing relies on it: a row is safe when the hub's
watermark says so, never when the broker has acknowledged it. TCP_NODELAY is set on our side (the
broker's configuration sets it on the other): without it every answer takes 90 ms. Whoever owns a
link publishes only while it is up, because the client's own queue is memory that dies with it.
"""

import contextlib
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

log = logging.getLogger("onedoor.link")

QUEUED_MESSAGES = 200
LEAVE_S = 3.0
"""So long the client's thread is waited for at the end; it may be looking for a name that nobody answers."""
NEVER_EXPIRES = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class LinkUp:
    """Connected and subscribed; retained messages follow."""


@dataclass(frozen=True, slots=True)
class LinkDown:
    """The connection is gone; it comes back by itself."""

    reason: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message."""

    topic: str
    payload: bytes


LinkNews = LinkUp | LinkDown | Arrived
Inbox = Callable[[LinkNews], None]


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says for us when we are gone."""

    topic: str
    payload: bytes


class Link(Protocol):
    """What a device needs of the network. `will` is what the broker says when the link breaks."""

    will: Will | None

    @property
    def has_others(self) -> bool:
        """Whether there is another broker to try."""
        ...

    def start(self, inbox: Inbox) -> None:
        """Begin to connect; news go to the inbox from now on."""
        ...

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Send; False if that was not possible now."""
        ...

    def elsewhere(self) -> None:
        """This broker has no hub: try the next address, if there is one."""
        ...

    def stop(self, farewell: Will | None = None) -> None:
        """Say a last word and disconnect."""
        ...


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is. With `ca` the connection is TLS with our own certificate."""

    host: str = "127.0.0.1"
    port: int = 1883
    ca: str = ""
    cert: str = ""
    key: str = ""


@dataclass(slots=True)
class PahoLink:
    """The link over a real broker. `others` are tried in turn when one cannot be reached or has no hub."""

    address: BrokerAddress
    client_id: str
    topics: list[str]
    will: Will | None = None
    others: tuple[BrokerAddress, ...] = ()
    former: tuple[str, ...] = ()
    """Topics of an earlier start, which the broker may still hold for this client."""
    connected: bool = field(default=False, init=False)
    _inbox: Inbox | None = field(default=None, init=False)
    _client: Any = field(default=None, init=False)
    _stopped: bool = field(default=False, init=False)
    _listing: threading.Lock = field(default_factory=threading.Lock, init=False)
    """One box is ignored by the client's thread while another is heard again by the owner's."""
    name = "link"
    vital = False
    """A box without a link goes on; it must not start again and again for it."""

    @property
    def has_others(self) -> bool:
        """Whether there is another broker to try."""
        return bool(self.others)

    def start(self, inbox: Inbox) -> None:
        """Connect in the background, again and again, at most five seconds apart."""
        self._inbox = inbox
        self._begin()

    def look(self, now_ms: int) -> str:  # noqa: ARG002 - every worker is asked so
        """The client's thread ends when its library raises what nobody expected; then there is another client."""
        if self._client is None or self._stopped or self._client._thread is not None:  # noqa: SLF001 - no other way
            return ""
        was, self.connected = self.connected, False
        if was:
            self._put(LinkDown("the client's thread has died"))
        self._begin()
        return "died"

    def close(self) -> None:
        """Nothing but what `stop` does."""

    def _begin(self) -> None:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=self.client_id, protocol=MQTTProtocolVersion.MQTTv5)
        client.suppress_exceptions = True
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_socket_open = _no_delay
        client.max_queued_messages_set(QUEUED_MESSAGES)
        client.max_inflight_messages_set(50)
        client.reconnect_delay_set(1, 5)
        if self.will is not None:
            client.will_set(self.will.topic, self.will.payload, qos=1, retain=True)
        if self.address.ca:
            client.tls_set(self.address.ca, self.address.cert, self.address.key, tls_version=ssl.PROTOCOL_TLS_CLIENT)
        client.on_connect_fail = lambda *_: self._next_address()
        self._client = client
        self._aim()
        client.loop_start()

    def _aim(self) -> None:
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        session.SessionExpiryInterval = NEVER_EXPIRES
        at = self.address
        self._client.connect_async(at.host, at.port, keepalive=15, clean_start=False, properties=session)

    def _next_address(self) -> None:
        if self.others:
            self.address, self.others = self.others[0], (*self.others[1:], self.address)
            self._aim()

    def elsewhere(self) -> None:
        """Break this connection and try the next address, if there is one."""
        if not self.others or not self.connected:
            return
        log.warning("no hub at %s:%d; trying %s:%d", self.address.host, self.address.port,
                    self.others[0].host, self.others[0].port)  # fmt: skip
        broken = self._client.socket()
        self._next_address()
        if broken is not None:
            with contextlib.suppress(OSError):
                broken.shutdown(socket.SHUT_RDWR)

    def ignore(self, topics: Iterable[str]) -> None:
        """Hear nothing more on these topics, also after the next connect."""
        gone = list(topics)
        with self._listing:
            self.topics = [topic for topic in self.topics if topic not in gone]
            self.former = (*self.former, *gone)
        if self._client is not None and self.connected:
            self._client.unsubscribe(gone)

    def hear(self, topics: Iterable[str]) -> None:
        """Hear these topics from now on."""
        new = list(topics)
        with self._listing:
            self.topics = [*self.topics, *(topic for topic in new if topic not in self.topics)]
            self.former = tuple(topic for topic in self.former if topic not in new)
        if self._client is not None and self.connected:
            self._client.subscribe([(topic, 1) for topic in new])

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Hand a message to the client, if the link is up."""
        if not self.connected:
            return False
        info = self._client.publish(topic, payload, qos=1, retain=retain)
        return bool(info.rc == mqtt.MQTT_ERR_SUCCESS)

    def stop(self, farewell: Will | None = None) -> None:
        """Publish the farewell, wait at most a second for it, disconnect."""
        self._stopped = True
        if self._client is None:
            return
        if farewell is not None and self.connected:
            info = self._client.publish(farewell.topic, farewell.payload, qos=1, retain=True)
            try:
                info.wait_for_publish(1.0)
            except (RuntimeError, ValueError):
                log.info("the broker did not take the farewell")
        self._client.disconnect()
        leaving = threading.Thread(target=self._client.loop_stop, daemon=True)
        leaving.start()
        leaving.join(LEAVE_S)

    def _put(self, news: LinkNews) -> None:
        assert self._inbox is not None
        try:
            self._inbox(news)
        except Exception:
            log.exception("inbox refused %s", type(news).__name__)

    def _on_connect(self, client: Any, _data: object, _flags: object, reason: Any, _properties: object) -> None:
        if reason.is_failure:
            log.warning("broker refused the connection: %s", reason)
            return
        if self.connected:
            # The old connection was left for another broker; the client does not tell of its end then.
            self._put(LinkDown("elsewhere"))
        if self.former:
            client.unsubscribe(list(self.former))
        if self.topics:
            client.subscribe([(topic, 1) for topic in self.topics])
        self.connected = True
        self._put(LinkUp())

    def _on_disconnect(self, _c: object, _data: object, _flags: object, reason: Any, _properties: object) -> None:
        was, self.connected = self.connected, False
        if was:
            self._put(LinkDown(str(reason)))

    def _on_message(self, _client: object, _data: object, message: Any) -> None:
        self._put(Arrived(message.topic, bytes(message.payload)))


def _no_delay(_client: object, _data: object, sock: Any) -> None:
    inner = getattr(sock, "_sock", sock)
    if getattr(inner, "family", None) in (socket.AF_INET, socket.AF_INET6):
        inner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


# -- the same without a network --------------------------------------------------------------------


@dataclass(slots=True)
class MemoryBroker:
    """A broker inside one program: retained messages, wills, subscriptions with + and #.

    Ships with the library for simulations and tests; `deliver` may be replaced to lose, repeat,
    delay or reorder (it gets the receiving link and the message, and calls `link.receive`).
    """

    retained: dict[str, bytes] = field(default_factory=dict)
    links: list["MemoryLink"] = field(default_factory=list)
    up: bool = True
    _listeners: dict[str, list["MemoryLink"]] = field(default_factory=dict)
    deliver: Callable[["MemoryLink", Arrived], None] = field(default=lambda link, message: link.receive(message))

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Give a message to everybody who listens."""
        if retain:
            self.retained[topic] = payload
        listeners = self._listeners.get(topic)
        if listeners is None:
            listeners = self._listeners[topic] = [link for link in self.links if link.wants(topic)]
        for link in listeners:
            self.deliver(link, Arrived(topic, payload))

    def come_or_go(self, link: "MemoryLink", *, here: bool) -> None:
        """A link connects or is gone."""
        self.links = [*self.links, link] if here else [other for other in self.links if other is not link]
        self._listeners = {}

    def stop(self) -> None:
        """The broker dies: everything retained is forgotten, every link goes down."""
        self.up = False
        self.retained.clear()
        for link in list(self.links):
            link.cut(say_will=False)

    def begin(self) -> None:
        """The broker is back, knowing nothing."""
        self.up = True


@dataclass(slots=True)
class MemoryLink:
    """A link over a MemoryBroker."""

    broker: MemoryBroker
    topics: list[str]
    will: Will | None = None
    connected: bool = field(default=False, init=False)
    _inbox: Inbox | None = field(default=None, init=False)

    @property
    def has_others(self) -> bool:
        """There is one broker in memory."""
        return False

    def wants(self, topic: str) -> bool:
        """Whether this link listens to a topic."""
        return _wanted(tuple(self.topics), topic)

    def start(self, inbox: Inbox) -> None:
        """Connect if the broker is up."""
        self._inbox = inbox
        self.join()

    def join(self) -> None:
        """Connect (again): retained messages come first."""
        if not self.broker.up or self.connected:
            return
        self.connected = True
        self.broker.come_or_go(self, here=True)
        self.receive(LinkUp())
        for topic, payload in list(self.broker.retained.items()):
            if self.wants(topic):
                self.broker.deliver(self, Arrived(topic, payload))

    def cut(self, *, say_will: bool = True) -> None:
        """The connection breaks; the broker says the will."""
        if not self.connected:
            return
        self.connected = False
        self.broker.come_or_go(self, here=False)
        self.receive(LinkDown("cut"))
        if say_will and self.will is not None:
            self.broker.publish(self.will.topic, self.will.payload, retain=True)

    def elsewhere(self) -> None:
        """There is nowhere else."""

    def receive(self, news: LinkNews) -> None:
        """Pass news on to the owner."""
        if self._inbox is not None:
            self._inbox(news)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Send, if connected."""
        if self.connected:
            self.broker.publish(topic, payload, retain=retain)
        return self.connected

    def stop(self, farewell: Will | None = None) -> None:
        """Say a last word and leave."""
        if farewell is not None:
            self.publish(farewell.topic, farewell.payload, retain=True)
        self.cut(say_will=False)


@lru_cache(maxsize=65_536)
def _wanted(patterns: tuple[str, ...], topic: str) -> bool:
    return any(matches(pattern, topic) for pattern in patterns)


def matches(pattern: str, topic: str) -> bool:
    """Whether an MQTT subscription covers a topic."""
    return bool(mqtt.topic_matches_sub(pattern, topic))
