"""A relay on a bench: sessions without sockets, and everything that each of them hears."""

from __future__ import annotations

from collections.abc import Sequence

from chatsim.model import EVERYBODY, Part, Verdict
from chatsim.policy import Policy, compile_rows
from chatsim.relay.admission import Admission, Anybody
from chatsim.relay.events import (
    Abort,
    Arrived,
    Closed,
    Command,
    Elapsed,
    Event,
    Hangup,
    Opened,
    Widen,
    Write,
)
from chatsim.relay.relay import Relay, RelaySettings
from chatsim.wire.decoding import decode_outbound
from chatsim.wire.encoding import encode
from chatsim.wire.framing import header_of
from chatsim.wire.messages import (
    Acknowledge,
    Act,
    Complain,
    Copy,
    Decided,
    Hello,
    Inbound,
    Outbound,
    Refusal,
    Welcome,
)


class Groups:
    """A roster from lists of members; user u lives in part u modulo the number of parts."""

    def __init__(
        self,
        users: int,
        members: Sequence[Sequence[int]] = (),
        parts: Sequence[Part] = EVERYBODY,
    ) -> None:
        self.users = users
        self.parts = parts
        self.groups = len(members)
        self._members = [sorted(one) for one in members]

    def part_of(self, user: int) -> int:
        return user % len(self.parts)

    def members(self, group: int) -> Sequence[int]:
        return self._members[group]

    def is_member(self, group: int, user: int) -> bool:
        return user in self._members[group]

    def is_contact(self, user: int, other: int) -> bool:
        return 0 <= other < self.users and other != user


class Bench:
    """One relay and its sessions, by number."""

    def __init__(
        self,
        policy: Policy,
        roster: Groups | None = None,
        settings: RelaySettings = RelaySettings(),
        admission: Admission = Anybody(),
    ) -> None:
        self.roster = roster or Groups(10)
        self.relay = Relay(
            self.roster,
            compile_rows(policy, self.roster.parts),
            settings,
            admission,
            root=b"r" * 32,
        )
        self.now = 0
        self.heard: dict[int, list[Outbound]] = {}
        self.ended: set[int] = set()
        self.widened: set[int] = set()
        self.aborted: list[str] = []

    def open(self) -> int:
        session = len(self.heard)
        self.heard[session] = []
        self._handle(Opened(session))
        return session

    def close(self, session: int) -> None:
        self._handle(Closed(session))

    def say(self, session: int, message: Inbound, body: bytes = b"") -> list[Outbound]:
        """What the session hears because of it."""
        return self.say_bytes(session, encode(message), body)

    def say_bytes(self, session: int, header: bytes, body: bytes = b"") -> list[Outbound]:
        before = len(self.heard[session])
        self._handle(Arrived(session, header, body))
        return self.heard[session][before:]

    def elapse(self, ticks: int = 1) -> None:
        """Time passes, and the shell says so."""
        self.now += ticks
        self._handle(Elapsed())

    def _handle(self, event: Event) -> None:
        self.obey(self.relay.handle(event, self.now))

    def obey(self, commands: Sequence[Command]) -> None:
        for command in commands:
            match command:
                case Write():
                    assert command.session not in self.ended
                    message = decode_outbound(header_of(command.head), command.body)
                    self.heard[command.session].append(message)
                case Widen():
                    self.widened.add(command.session)
                case Hangup():
                    self.ended.add(command.session)
                case Abort():
                    self.aborted.append(command.text)

    # What devices do.

    def log_in(self, user: int, device: int = 0) -> int:
        session = self.open()
        assert isinstance(self.say(session, Hello(user, device))[0], Welcome)
        return session

    def act(
        self,
        session: int,
        counter: int,
        *chats: int,
        stamp: bytes | None = None,
        acknowledged: int = 0,
        notices: int = 0,
        body: bytes = b"body",
    ) -> Verdict:
        """The verdict on an act, an original where no stamp is given."""
        told = self.say(session, Act(acknowledged, counter, chats, stamp, None, notices), body)
        return self._verdict(told, counter)

    def complain(
        self,
        session: int,
        counter: int,
        stamp: bytes | None,
        acknowledged: int = 0,
        body: bytes = b"body",
    ) -> Verdict:
        """The verdict on a complaint."""
        return self._verdict(
            self.say(session, Complain(acknowledged, counter, stamp), body), counter
        )

    def _verdict(self, told: list[Outbound], counter: int) -> Verdict:
        decided = [message for message in told if isinstance(message, Decided)]
        assert [message.counter for message in decided] == [counter], told
        return decided[0].verdict

    def acknowledge(self, session: int, count: int) -> list[Outbound]:
        return self.say(session, Acknowledge(count))

    def copies(self, session: int) -> list[Copy]:
        return [message for message in self.heard[session] if isinstance(message, Copy)]

    def refusal(self, session: int) -> str:
        """Why the relay ended the session."""
        assert session in self.ended
        last = self.heard[session][-1]
        assert isinstance(last, Refusal)
        return last.text


def received(bench: Bench, session: int) -> Copy:
    """The last copy."""
    return bench.copies(session)[-1]


def stamp_of(bench: Bench, session: int) -> bytes:
    """Of the last copy."""
    stamp = received(bench, session).stamp
    assert stamp is not None
    return stamp
