"""A relay that attackers send broken frames to, while others talk to each other and must not notice.

After every step only a refusal may have come out; an exception, a frame that is none, or a bystander who loses a
message, gets one twice, or is disconnected, is a failure of the relay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from attrs import define, field

from chatsim.device import Device
from chatsim.errors import RemoteProtocolError, RunError
from chatsim.model import EVERYBODY
from chatsim.policy import Policy, compile_row
from chatsim.relay.events import (
    Abort,
    Arrived,
    Closed,
    Command,
    Elapsed,
    Hangup,
    Opened,
    Widen,
    Write,
)
from chatsim.relay.relay import Relay
from chatsim.relay.settings import RelaySettings
from chatsim.testing.fuzzing import Attacker, understood
from chatsim.wire.decoding import decode_inbound, decode_outbound
from chatsim.wire.framing import FRAME_MAX, Deframer, header_of
from chatsim.wire.messages import Copy, Decided, Hello, Inbound, Outbound, Refusal, Resume

BYSTANDERS = 4
"""Users 0 to 3; each has a session from the start to the end."""
ATTACKERS = 6
USERS = BYSTANDERS + ATTACKERS
GROUPS = ((0, 1, 4), (4, 5, 6), (2, 3))
SETTINGS = RelaySettings(mailbox_max=200, per_sender_max=50, expiry_ticks=60)
TALK_EVERY = 50
"""Frames of attackers between two messages among bystanders."""
TICK_EVERY = 500
"""Frames to a second of the relay's clock."""
TOKEN = b"what only bystanders know"
GIVE_UP_ONE_IN = 2
"""A connection in the middle of a frame is given up this often, so that lies about lengths do not swallow the rest."""


class FallenError(RunError):
    """The relay did what it must not."""


class Company:
    """Who is there: groups of attackers, of bystanders, and of both."""

    users = USERS
    groups = len(GROUPS)
    parts = EVERYBODY

    def part_of(self, user: int) -> int:
        return 0

    def members(self, group: int) -> Sequence[int]:
        return GROUPS[group]

    def is_member(self, group: int, user: int) -> bool:
        return user in GROUPS[group]

    def is_contact(self, user: int, other: int) -> bool:
        return other != user and 0 <= other < USERS


class Doorkeeper:
    """Attackers log in as any user but the bystanders."""

    def admits(self, user: int, token: bytes | None) -> bool:
        return user >= BYSTANDERS or token == TOKEN


@define(eq=False)
class Bystander:
    """An honest device, and what it heard."""

    device: Device
    session: int
    heard: list[bytes] = field(factory=list)
    """Bodies of the other bystanders' messages since the last look."""
    verdicts: int = 0


@define(eq=False)
class _Line:
    """One attacker's connection."""

    attacker: Attacker
    session: int
    deframer: Deframer


class Siege:
    """`send` frames, then `check_peace`."""

    def __init__(self, policy: Policy, seed: int) -> None:
        self.relay = Relay(Company(), (compile_row(policy),), SETTINGS, Doorkeeper())
        self.outcomes: Counter[tuple[str, str]] = Counter()
        """How often (what was wrong with a frame, what became of it)."""
        self.frames = 0
        self._session = 0
        self._now = 0
        self._lines: list[_Line] = []
        self._by_session: dict[int, _Line | Bystander] = {}
        self._devices: set[tuple[int, int]] = set()
        self.bystanders: list[Bystander] = []
        for user in range(BYSTANDERS):
            bystander = Bystander(Device(user), self._open())
            self.bystanders.append(bystander)
            self._by_session[bystander.session] = bystander
            self._say(bystander, bystander.device.hello(TOKEN))
        for number in range(ATTACKERS):
            attacker = Attacker(seed * ATTACKERS + number, BYSTANDERS + number, USERS, len(GROUPS))
            self._lines.append(self._line(attacker))

    def send(self, frames: int) -> None:
        """So many broken frames, from all attackers in turn.

        Raises FallenError where the relay does what it must not.
        """
        for _ in range(frames):
            self.frames += 1
            self._attack(self._lines[self.frames % ATTACKERS])
            if self.frames % TALK_EVERY == 0:
                self._talk(self.frames // TALK_EVERY)
            if self.frames % TICK_EVERY == 0:
                self._now += 1
                self._follow(self.relay.handle(Elapsed(), self._now))

    def check_peace(self) -> None:
        """Everybody fetches their mail: nothing may be left, and bystanders have all that was said to them.

        Raises FallenError.
        """
        for line in self._lines:
            self._follow(self.relay.handle(Closed(line.session), self._now))
            del self._by_session[line.session]
        self._lines.clear()
        for bystander in self.bystanders:
            if bystander.heard:
                raise FallenError(f"user {bystander.device.user} heard something twice")
            self._say(bystander, bystander.device.acknowledge())
        strangers = {(user, 0) for user in range(BYSTANDERS, USERS)} | self._devices
        for user, number in sorted(strangers - {(user, 0) for user in range(BYSTANDERS)}):
            self._fetch(Device(user, number))
        if self.relay.waiting:
            raise FallenError(f"{self.relay.waiting} deliveries are left that nobody can fetch")

    def _attack(self, line: _Line) -> None:
        if line.session not in self._by_session:  # another attacker logged in as the same device
            self._renew(line)
        wrong, data = line.attacker.next()
        logins, refused = self.relay.books.logins, self.relay.books.refused
        outcome = "incomplete, waits for more"
        try:
            for header, body in line.deframer.feed(data):
                outcome = "taken"
                self._follow(self.relay.handle(Arrived(line.session, header, body), self._now))
                if self.relay.books.logins > logins:
                    self._note(decode_inbound(header, body))
                if line.session not in self._by_session:
                    break
        except RemoteProtocolError:
            outcome = "no frame, session ended"
            self._renew(line)
        if self.relay.books.logins > logins:
            outcome = "logged in"
        elif self.relay.books.refused > refused:
            outcome = "act refused"
        if line.session not in self._by_session:
            outcome = "refused, session ended"
            self._renew(line)
        elif line.deframer.waiting and self.frames % GIVE_UP_ONE_IN == 0:
            self._renew(line)
        self.outcomes[wrong, outcome] += 1

    def _note(self, message: Inbound) -> None:
        """Somebody logged in: that device has a mailbox from now on."""
        if isinstance(message, Hello | Resume):
            self._devices.add((message.user, message.device))

    def _talk(self, number: int) -> None:
        """One bystander tells another something."""
        sender, to = number % BYSTANDERS, (number + 1 + number // BYSTANDERS % 3) % BYSTANDERS
        body = b"message %d" % number
        one, other = self.bystanders[sender], self.bystanders[to]
        verdicts = one.verdicts
        for each in self.bystanders:
            self._say(each, each.device.acknowledge())
        _, head = one.device.act((to,), body)
        self._say(one, head + body)
        self._say(other, other.device.acknowledge())
        if one.verdicts != verdicts + 1 or other.heard != [body]:
            raise FallenError(f"message {number} between bystanders did not arrive once")
        other.heard.clear()

    def _fetch(self, device: Device) -> None:
        """Log in, take all mail, acknowledge it and leave."""
        bystander = Bystander(device, self._open())
        self._by_session[bystander.session] = bystander
        self._say(bystander, device.hello())
        self._say(bystander, device.leave())

    def _open(self) -> int:
        self._session += 1
        self._follow(self.relay.handle(Opened(self._session), self._now))
        return self._session

    def _line(self, attacker: Attacker) -> _Line:
        attacker.connected()
        line = _Line(attacker, self._open(), Deframer())
        self._by_session[line.session] = line
        return line

    def _renew(self, line: _Line) -> None:
        """The attacker connects again."""
        if self._by_session.pop(line.session, None) is not None:
            self._follow(self.relay.handle(Closed(line.session), self._now))
        line.attacker.connected()
        line.session = self._open()
        line.deframer = Deframer()
        self._by_session[line.session] = line

    def _say(self, bystander: Bystander, frames: bytes) -> None:
        """Bystanders' frames are whole and right."""
        for header, body in Deframer(FRAME_MAX).feed(frames):
            arrived = Arrived(bystander.session, header, body)
            self._follow(self.relay.handle(arrived, self._now))

    def _follow(self, commands: Sequence[Command]) -> None:
        for command in commands:
            if isinstance(command, Abort):
                raise FallenError(command.text)
            whose = self._by_session.get(command.session)
            match command:
                case Write() if isinstance(whose, Bystander):
                    self._hear(whose, decode_outbound(header_of(command.head), command.body))
                case Write() if isinstance(whose, _Line):
                    if not understood(whose.attacker, header_of(command.head), command.body):
                        raise FallenError("the relay sent what is no frame")
                case Widen() if isinstance(whose, _Line):
                    whose.deframer.frame_max = FRAME_MAX
                case Hangup():
                    self._by_session.pop(command.session, None)
                case _:
                    pass

    def _hear(self, bystander: Bystander, message: Outbound) -> None:
        bystander.device.receive(message)
        match message:
            case Copy() if message.sender < BYSTANDERS and message.body.startswith(b"message "):
                bystander.heard.append(message.body)
            case Decided():
                bystander.verdicts += 1
            case Refusal():
                raise FallenError(f"user {bystander.device.user} lost the session: {message.text}")
            case _:
                pass
