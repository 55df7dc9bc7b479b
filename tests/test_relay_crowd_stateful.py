"""Quotas and presence against a naive model: who finds room, and who knows of whom."""

from __future__ import annotations

from attrs import define, field
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chatsim.model import Reason
from chatsim.policy.presets import resolve
from chatsim.relay.settings import RelaySettings
from chatsim.wire.messages import Hello, Presence, Subscribe
from tests.bench import Bench, Groups

USERS = 5
MEMBERS = [[0, 1, 2], [1, 3]]
MAILBOX, PER_SENDER = 5, 3
PEOPLE = st.integers(0, USERS - 1)
DEVICES = st.integers(0, 1)


class Neighbours(Groups):
    """Contacts are those whose number is next to one's own."""

    def is_contact(self, user: int, other: int) -> bool:
        return 0 <= other < self.users and abs(user - other) == 1


ROSTER = Neighbours(USERS, MEMBERS)


@define(eq=False)
class Phone:
    user: int
    session: int | None = None
    base: int = 0
    mail: list[int] = field(factory=list)
    """Whoever sent each delivery after the base."""
    counter: int = 0
    knows: dict[int, bool] = field(factory=dict)
    """Of each contact watched, what this session heard last."""

    def has_room(self, sender: int, copies: int) -> bool:
        of_sender = self.mail.count(sender)
        return len(self.mail) + copies <= MAILBOX and of_sender + copies <= PER_SENDER


class CrowdMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        relay = RelaySettings(mailbox_max=MAILBOX, per_sender_max=PER_SENDER)
        self.bench = Bench(resolve("uncapped"), ROSTER, relay)
        self.phones: dict[tuple[int, int], Phone] = {}
        self.dropped = 0

    def phones_of(self, user: int) -> list[Phone]:
        if not any(owner == user for owner, _ in self.phones):
            self.phones[user, 0] = Phone(user)
        return [phone for (owner, _), phone in self.phones.items() if owner == user]

    def is_online(self, user: int) -> bool:
        return any(phone.session is not None for phone in self.phones_of(user))

    def connected(self) -> list[Phone]:
        return [phone for phone in self.phones.values() if phone.session is not None]

    def any_phone(self, data) -> tuple[Phone, int]:
        phone = data.draw(st.sampled_from(self.connected()))
        assert phone.session is not None
        return phone, phone.session

    def presences(self, session: int) -> list[Presence]:
        return [one for one in self.bench.heard[session] if isinstance(one, Presence)]

    # What happens.

    @initialize()
    def somebody_is_there(self):
        self.log_in(0, 0)

    @rule(user=PEOPLE, device=DEVICES)
    def log_in(self, user, device):
        phone = self.phones.setdefault((user, device), Phone(user))
        phone.session = self.bench.open()
        phone.knows = {}
        self.bench.say(phone.session, Hello(user, device))

    @precondition(connected)
    @rule(data=st.data())
    def go(self, data):
        phone, session = self.any_phone(data)
        self.bench.close(session)
        phone.session = None

    @precondition(connected)
    @rule(data=st.data(), wanted=st.lists(st.integers(-2, USERS - 1), min_size=1, max_size=4))
    def act(self, data, wanted):
        phone, session = self.any_phone(data)
        sender = phone.user
        chats = [
            chat for chat in wanted if chat != sender and (chat >= 0 or sender in MEMBERS[~chat])
        ]
        if chats:
            fits = all(
                one.has_room(sender, chats.count(chat))
                for chat in chats
                if chat >= 0
                for one in self.phones_of(chat)
            )
            if fits:
                self.deliver(sender, chats)
            phone.counter += 1
            verdict = self.bench.act(session, phone.counter, *chats, acknowledged=phone.base)
            assert verdict.reason is (Reason.NONE if fits else Reason.MAILBOX_FULL)

    def deliver(self, sender: int, chats: list[int]) -> None:
        for index, chat in enumerate(chats):
            members = [chat] if chat >= 0 else [one for one in MEMBERS[~chat] if one != sender]
            for member in members:
                to_come = chats[index + 1 :].count(member) if chat < 0 else 0
                for phone in self.phones_of(member):
                    if phone.has_room(sender, 1 + to_come):
                        phone.mail.append(sender)
                    else:
                        assert chat < 0
                        self.dropped += 1

    @precondition(connected)
    @rule(data=st.data())
    def acknowledge(self, data):
        phone, session = self.any_phone(data)
        count = data.draw(st.integers(0, len(phone.mail)))
        phone.base += count
        del phone.mail[:count]
        self.bench.acknowledge(session, phone.base)

    @precondition(connected)
    @rule(data=st.data(), wanted=st.lists(st.integers(0, USERS), max_size=4, unique=True))
    def subscribe(self, data, wanted):
        phone, session = self.any_phone(data)
        before = len(self.presences(session))
        self.bench.say(session, Subscribe(tuple(wanted)))
        told = self.presences(session)[before:]
        assert [presence.user for presence in told] == wanted
        contacts = [user for user in wanted if ROSTER.is_contact(phone.user, user)]
        phone.knows = {one.user: one.online for one in told if one.user in contacts}
        assert not any(one.online for one in told if one.user not in contacts)

    @rule()
    def elapse(self):
        """Everybody hears of exactly those contacts who are not as they heard last, and of each once."""
        before = {phone.session: len(self.presences(phone.session)) for phone in self.connected()}
        self.bench.elapse()
        for phone in self.connected():
            told = self.presences(phone.session)[before[phone.session] :]
            now = {user: self.is_online(user) for user in phone.knows}
            news = [Presence(user, now[user]) for user in now if now[user] != phone.knows[user]]
            assert sorted(told) == sorted(news)
            phone.knows = now

    # What always holds.

    @invariant()
    def every_mailbox_holds_what_the_model_says(self):
        assert self.bench.relay.waiting == sum(len(phone.mail) for phone in self.phones.values())
        assert self.bench.relay.books.dropped == self.dropped

    @invariant()
    def nobody_hears_of_a_contact_between_two_seconds(self):
        for phone in self.connected():
            last = {one.user: one.online for one in self.presences(phone.session)}
            assert {user: last[user] for user in phone.knows} == phone.knows


CrowdMachine.TestCase.settings = settings(max_examples=80, stateful_step_count=20, deadline=None)
test_the_relay_does_what_the_naive_model_of_a_crowd_says = CrowdMachine.TestCase
