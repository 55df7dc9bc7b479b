"""What a client of each server says and understands, sans-I/O: bytes in, bytes out.

A `Talk` is one client's half of one protocol, reduced to what a load needs: log in, send a message to another client,
notice what is delivered and what the server confirms.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from typing import Any

from chatsim.errors import RunError


class Talk(ABC):
    """One client. `out` is what must be sent, `bodies` what was delivered; whoever takes from them empties them."""

    def __init__(self, number: int, *, acknowledged: bool) -> None:
        self.number = number
        self.acknowledged = acknowledged
        """Whether sender and recipient acknowledge, as far as the protocol can."""
        self.ready = False
        """Logged in."""
        self.address = b""
        """What others send to, once ready."""
        self.out: list[bytes] = []
        self.bodies: list[bytes] = []
        self.confirmed = 0
        """Messages that the server has answered for, since login."""
        self.refused = 0
        """Those among them that it will not deliver."""
        self._buffer = bytearray()

    @abstractmethod
    def open(self) -> None:
        """Say the first words, if it is the client who does."""

    @abstractmethod
    def send(self, address: bytes, body: bytes) -> None:
        """Send a message to another client."""

    @abstractmethod
    def receive(self, data: bytes) -> None:
        """Understand what came, wherever the stream was cut."""

    def turn_end(self) -> None:  # noqa: B027 - most protocols acknowledge each message where it is read
        """All that could be read at this moment was: acknowledge now what is acknowledged together."""


def unexpected(server: str, answer: object) -> RunError:
    return RunError(f"{server} answered {answer!r:.200}")


# redis: RESP 3, because a RESP 2 connection cannot publish and be subscribed.


class Redis(Talk):
    """Publish and subscribe, a channel for each client. PUBLISH is always answered with a number of receivers."""

    def open(self) -> None:
        self.address = b"u%d" % self.number
        self.out.append(command(b"HELLO", b"3") + command(b"SUBSCRIBE", self.address))

    def send(self, address: bytes, body: bytes) -> None:
        self.out.append(command(b"PUBLISH", address, body))

    def receive(self, data: bytes) -> None:
        buffer = self._buffer
        buffer += data
        at = 0
        while (read := resp(buffer, at)) is not None:
            answer, at = read
            match answer:
                case [b"message", _, body]:
                    self.bodies.append(body)
                case int():
                    self.confirmed += 1
                case [b"subscribe", *_]:
                    self.ready = True
                case dict():
                    pass
                case _:
                    raise unexpected("redis", answer)
        del buffer[:at]


def command(*words: bytes) -> bytes:
    """A RESP command."""
    parts = [b"*%d\r\n" % len(words), *(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)]
    return b"".join(parts)


def resp(buffer: bytearray, at: int) -> tuple[Any, int] | None:
    """(value, where it ends) of the RESP 3 value at `at`; None while it is incomplete."""
    line_end = buffer.find(b"\r\n", at)
    if line_end < 0:
        return None
    kind, line, at = bytes(buffer[at : at + 1]), bytes(buffer[at + 1 : line_end]), line_end + 2
    if kind == b":":
        return int(line), at
    if kind in {b"+", b"-", b"_"}:
        return kind + line, at
    length = int(line)
    if kind == b"$":
        if length < 0:
            return None, at
        return (
            (bytes(buffer[at : at + length]), at + length + 2)
            if at + length + 2 <= len(buffer)
            else None
        )
    if kind not in {b"*", b">", b"%"}:
        raise unexpected("redis", bytes(buffer[:at]))
    items: list[Any] = []
    for _ in range(2 * length if kind == b"%" else length):
        read = resp(buffer, at)
        if read is None:
            return None
        items.append(read[0])
        at = read[1]
    return (dict(zip(items[::2], items[1::2], strict=True)) if kind == b"%" else items), at


# NATS core.


class Nats(Talk):
    """A subject for each client; no answer to what is published."""

    def open(self) -> None:
        self.address = b"u.%d" % self.number
        options = {"verbose": False, "pedantic": False, "lang": "python", "version": "0"}
        hello = b"CONNECT %b\r\nSUB %b 1\r\nPING\r\n"
        self.out.append(hello % (json.dumps(options).encode(), self.address))

    def send(self, address: bytes, body: bytes) -> None:
        self.out.append(b"PUB %b %d\r\n%b\r\n" % (address, len(body), body))

    def receive(self, data: bytes) -> None:
        buffer = self._buffer
        buffer += data
        at = 0
        while (line_end := buffer.find(b"\r\n", at)) >= 0:
            line = bytes(buffer[at:line_end])
            if line.startswith(b"MSG "):
                body_at = line_end + 2
                body_end = body_at + int(line.rpartition(b" ")[2])
                if body_end + 2 > len(buffer):
                    break
                self.bodies.append(bytes(buffer[body_at:body_end]))
                at = body_end + 2
                continue
            at = line_end + 2
            if line == b"PING":
                self.out.append(b"PONG\r\n")
            elif line == b"PONG":
                self.ready = True
            elif not line.startswith(b"INFO "):
                raise unexpected("nats-server", line)
        del buffer[:at]


# MQTT 3.1.1.

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK = 0x10, 0x20, 0x30, 0x40, 0x82, 0x90
PACKET_NUMBERS = 65_535
"""Packet numbers go from 1 to this."""


class Mqtt(Talk):
    """A topic for each client: QoS 0, or QoS 1 where it is acknowledged."""

    packet = 0

    def open(self) -> None:
        self.address = b"u/%d" % self.number
        about = text(b"MQTT") + b"\x04\x02\x00\x00" + text(b"client-%d" % self.number)
        qos = b"\x01" if self.acknowledged else b"\x00"
        wish = b"\x00\x01" + text(self.address) + qos
        self.out.append(packet(CONNECT, about) + packet(SUBSCRIBE, wish))

    def send(self, address: bytes, body: bytes) -> None:
        if not self.acknowledged:
            self.out.append(packet(PUBLISH, text(address) + body))
            return
        self.packet = self.packet % PACKET_NUMBERS + 1
        number = self.packet.to_bytes(2, "big")
        self.out.append(packet(PUBLISH | 2, text(address) + number + body))

    def receive(self, data: bytes) -> None:
        buffer = self._buffer
        buffer += data
        at = 0
        while (start := packet_start(buffer, at)) is not None:
            body_at, length = start
            if body_at + length > len(buffer):
                break
            self._packet(buffer[at], bytes(buffer[body_at : body_at + length]))
            at = body_at + length
        del buffer[:at]

    def _packet(self, first: int, content: bytes) -> None:
        match first & 0xF0:
            case 0x30:
                topic_end = 2 + int.from_bytes(content[:2], "big")
                if first & 6:
                    self.out.append(packet(PUBACK, content[topic_end : topic_end + 2]))
                    topic_end += 2
                self.bodies.append(content[topic_end:])
            case 0x40:
                self.confirmed += 1
            case 0x20 if content[1] == 0:
                pass
            case 0x90 if content[2] < 0x80:
                self.ready = True
            case _:
                raise unexpected("mosquitto", bytes([first]) + content)


def text(word: bytes) -> bytes:
    """An MQTT string."""
    return len(word).to_bytes(2, "big") + word


def packet(first: int, content: bytes) -> bytes:
    """An MQTT packet: its first byte, its length in sevens of bits, its content."""
    out = bytearray([first])
    length = len(content)
    while length > 0x7F:
        out.append(length & 0x7F | 0x80)
        length >>= 7
    out.append(length)
    return bytes(out) + content


def packet_start(buffer: bytearray, at: int) -> tuple[int, int] | None:
    """(where the content begins, its length) of the packet at `at`; None while that is incomplete."""
    length = 0
    for place in range(4):
        where = at + 1 + place
        if where >= len(buffer):
            return None
        length |= (buffer[where] & 0x7F) << 7 * place
        if buffer[where] < 0x80:
            return where + 1, length
    raise unexpected("mosquitto", bytes(buffer[at : at + 5]))


# XMPP, client to server.

STREAM = (
    b"<?xml version='1.0'?><stream:stream to='localhost' xmlns='jabber:client' "
    b"xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
)
ANONYMOUS = b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>"
BIND = b"<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
ENABLE = b"<enable xmlns='urn:xmpp:sm:3'/>"
ASK = b"<r xmlns='urn:xmpp:sm:3'/>"
ELEMENT = re.compile(
    rb"(?P<failure><stream:error|<failure|<failed|<message\b[^>]*type=['\"]error)"
    rb"|<message\b.*?<body>(?P<body>[^<]*)</body>.*?</message>"
    rb"|<a\b[^>]*?\bh=['\"](?P<handled>\d+)['\"][^>]*>"
    rb"|(?P<asked><r\b[^>]*>)",
    re.DOTALL,
)


class Xmpp(Talk):
    """Anonymous users; where it is acknowledged, stream management (XEP-0198) on both sides, asked for each message."""

    handled = 0
    """Stanzas received since stream management is on."""

    def __init__(self, number: int, *, acknowledged: bool) -> None:
        super().__init__(number, acknowledged=acknowledged)
        self._steps = [
            (re.compile(rb"</stream:features>"), ANONYMOUS),
            (re.compile(rb"<success[^>]*>"), STREAM),
            (re.compile(rb"</stream:features>"), BIND),
            (re.compile(rb"<jid>(?P<jid>[^<]*)</jid>.*?</iq>", re.DOTALL), b"<presence/>"),
            (re.compile(rb"<presence\b.*?(?:/>|</presence>)", re.DOTALL), b""),
        ]
        """What to wait for, and what to say then."""
        if acknowledged:
            self._steps[-1] = (self._steps[-1][0], ENABLE)
            self._steps.append((re.compile(rb"<enabled[^>]*>"), b""))

    def open(self) -> None:
        self.out.append(STREAM)

    def send(self, address: bytes, body: bytes) -> None:
        message = b"<message to='%b' type='chat'><body>%b</body></message>" % (address, body)
        self.out.append(message + ASK if self.acknowledged else message)

    def receive(self, data: bytes) -> None:
        self._buffer += data
        at = self._log_in() if self._steps else 0
        for found in ELEMENT.finditer(self._buffer, at):
            at = found.end()
            _, body, handled, asked = found.groups()
            if body is not None:
                self.bodies.append(bytes(body))
                self.handled += 1
            elif handled is not None:
                self.confirmed = int(handled)
            elif asked is not None:
                self.out.append(b"<a xmlns='urn:xmpp:sm:3' h='%d'/>" % self.handled)
            else:
                raise unexpected("the XMPP server", bytes(self._buffer[found.start() :]))
        del self._buffer[:at]

    def _log_in(self) -> int:
        """Take the steps that the buffer permits; returns where it is read up to."""
        at = 0
        while self._steps and (found := self._steps[0][0].search(self._buffer, at)):
            at = found.end()
            if "jid" in found.groupdict():
                self.address = bytes(found["jid"])
            self.out.append(self._steps.pop(0)[1])
        self.ready = not self._steps
        return at
