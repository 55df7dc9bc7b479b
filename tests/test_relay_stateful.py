"""The relay against a naive model: any order of logins, breaks, acts, repeats and acknowledgements.

The model keeps the whole history and looks everything up in it; it shares no code with the relay.
"""

from __future__ import annotations

from random import Random

from attrs import define, field, frozen
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chatsim.model import Reason, Verdict
from chatsim.policy.values import Policy, Tier
from chatsim.relay.relay import RelaySettings
from chatsim.wire.messages import (
    Copy,
    Hello,
    Leave,
    Welcome,
)
from tests.bench import Bench, Groups

USERS = 5
MEMBERS = [[0, 1, 2], [1, 3, 4], [2]]
REFILL, EXPIRY = 15, 400
CHATS_HOP_0, CHATS_LATER, GROUPS_LATER = 3, 2, 1
CAP_PERSON, CAP_TOTAL, HOP_LIMIT = 5, 8, 3
POLICY = Policy(
    "tight",
    tiers=(Tier(chats=CHATS_HOP_0), Tier(1, chats=CHATS_LATER, groups=GROUPS_LATER)),
    cap_person=CAP_PERSON,
    cap_total=CAP_TOTAL,
    hop_limit=HOP_LIMIT,
)
PEOPLE = st.integers(0, USERS - 1)
DEVICES = st.integers(0, 1)
ANY_CHATS = st.lists(st.integers(-4, USERS), min_size=1, max_size=5).map(tuple)


@frozen
class Past:
    """An act that was allowed."""

    sender: int
    chats: tuple[int, ...]
    tick: int
    hop: int
    lineage: int
    forwards: int | None
    """The number in history of what it forwards."""


@define(eq=False)
class Phone:
    """A device as the model sees it."""

    user: int
    device: int
    session: int | None = None
    base: int = 0
    mail: list[tuple[int, int | None]] = field(factory=list)
    """(number in history, group) after the base."""
    counter: int = 0
    verdicts: dict[int, Verdict] = field(factory=dict)


class RelayMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        relay = RelaySettings(refill_ticks=REFILL, expiry_ticks=EXPIRY)
        self.bench = Bench(POLICY, Groups(USERS, MEMBERS), relay)
        self.phones: dict[tuple[int, int], Phone] = {}
        self.history: list[Past] = []
        self.expected: dict[int, list[tuple[int, int | None]]] = {}
        """(number in history, group) of the copies that each session was to hear."""

    # What the model says.

    def phones_of(self, user: int) -> list[Phone]:
        if not any(owner == user for owner, _ in self.phones):
            self.phones[user, 0] = Phone(user, 0)
        return [phone for (owner, _), phone in self.phones.items() if owner == user]

    def has_received(self, user: int, number: int) -> bool:
        past = self.history[number]
        groups = [~chat for chat in past.chats if chat < 0]
        return user in past.chats or (
            user != past.sender and any(user in MEMBERS[group] for group in groups)
        )

    def can_write(self, user: int, chat: int) -> bool:
        if chat < 0:
            return ~chat < len(MEMBERS) and user in MEMBERS[~chat]
        return chat < USERS and chat != user

    def verdict(self, user: int, chats: tuple[int, ...], stamp: int | None) -> Verdict:
        if not all(self.can_write(user, chat) for chat in chats):
            return Verdict(Reason.UNAVAILABLE)
        if stamp is None:
            return Verdict(Reason.NONE)
        known = 0 <= stamp < len(self.history) and stamp not in self.expired()
        if not known or not self.has_received(user, stamp):
            return Verdict(Reason.UNAVAILABLE)
        return self.verdict_on_forward(user, chats, stamp)

    def verdict_on_forward(self, user: int, chats: tuple[int, ...], stamp: int) -> Verdict:
        now = self.bench.now
        held = self.history[stamp]
        lineage = [past for past in self.history if past.lineage == held.lineage]
        forwards = [past for past in lineage if past.forwards is not None]
        if held.hop + 1 > HOP_LIMIT:
            return Verdict(Reason.HOP_LIMIT, 0)
        of_this_copy = [past for past in forwards if (past.sender, past.forwards) == (user, stamp)]
        recent = self.since_refill(of_this_copy, now)
        at_once = CHATS_HOP_0 if held.hop == 0 else CHATS_LATER
        left = at_once - sum(len(past.chats) for past in recent)
        if len(chats) > left:
            return Verdict(Reason.CHATS_PER_ACTION, left)
        groups = sum(chat < 0 for chat in chats)
        used = sum(chat < 0 for past in recent for chat in past.chats)
        if held.hop > 0 and groups > GROUPS_LATER - used:
            return Verdict(Reason.GROUPS_PER_ACTION, GROUPS_LATER - used)
        mine = sum(len(past.chats) for past in forwards if past.sender == user)
        if len(chats) > CAP_PERSON - mine:
            return Verdict(Reason.CHATS_PER_PERSON, CAP_PERSON - mine)
        closed = sum(len(past.chats) for past in forwards if past.tick // 60 < now // 60)
        if len(chats) > CAP_TOTAL - closed:
            return Verdict(Reason.CHATS_IN_TOTAL, max(0, CAP_TOTAL - closed))
        return Verdict(Reason.NONE)

    def since_refill(self, acts: list[Past], now: int) -> list[Past]:
        recent: list[Past] = []
        for past in acts:
            if recent and past.tick - recent[0].tick >= REFILL:
                recent = []
            recent.append(past)
        return [] if recent and now - recent[0].tick >= REFILL else recent

    def expired(self) -> set[int]:
        now = self.bench.now
        return {n for n, past in enumerate(self.history) if now - past.tick >= EXPIRY}

    def deliver(self, user: int, chats: tuple[int, ...], stamp: int | None) -> None:
        number = len(self.history)
        if stamp is None:
            past = Past(user, chats, self.bench.now, 0, number, None)
        else:
            held = self.history[stamp]
            past = Past(user, chats, self.bench.now, held.hop + 1, held.lineage, stamp)
        self.history.append(past)
        for chat in chats:
            group = ~chat if chat < 0 else None
            recipients = [chat] if group is None else MEMBERS[group]
            for recipient in recipients:
                if recipient == user:
                    continue
                for phone in self.phones_of(recipient):
                    phone.mail.append((number, group))
                    if phone.session is not None:
                        self.expected[phone.session].append((number, group))

    # What happens.

    @initialize()
    def everybody_comes(self):
        for user in range(USERS):
            self.log_in(user, 0)
        self.act(self.phones[0, 0], (1, 2, ~0), None)

    @rule(user=PEOPLE, device=DEVICES)
    def log_in(self, user, device):
        phone = self.phones.setdefault((user, device), Phone(user, device))
        session = self.bench.open()
        told = self.bench.say(session, Hello(user, device))
        assert told[0] == Welcome(phone.base, phone.counter, self.bench.now)
        if phone.session is not None:
            assert phone.session in self.bench.ended
        phone.session = session
        self.expected[session] = list(phone.mail)

    def connected(self) -> list[Phone]:
        return [phone for phone in self.phones.values() if phone.session is not None]

    def any_phone(self, data) -> tuple[Phone, int]:
        phone = data.draw(st.sampled_from(self.connected()))
        assert phone.session is not None
        return phone, phone.session

    @precondition(connected)
    @rule(data=st.data(), orderly=st.booleans())
    def go(self, data, orderly):
        phone, session = self.any_phone(data)
        if orderly:
            self.bench.say(session, Leave(phone.base))
            assert session in self.bench.ended
        self.bench.close(session)
        phone.session = None

    @precondition(connected)
    @rule(data=st.data())
    def post(self, data):
        phone, _ = self.any_phone(data)
        chats = st.lists(st.sampled_from(self.reachable(phone.user)), min_size=1, max_size=3)
        self.act(phone, tuple(data.draw(chats)), None)

    @rule(seed=st.integers(0, 1 << 32))
    def forward(self, seed):
        """A burst of forwards within a lineage, drawn evenly, which Hypothesis would not do, so that caps are met."""
        draw = Random(seed)
        lineage = draw.choice(self.history).lineage
        for _ in range(12):
            held = [
                (phone, number)
                for phone in self.connected()
                for number, past in enumerate(self.history)
                if past.lineage == lineage and self.has_received(phone.user, number)
            ]
            own = [(phone, n) for phone, n in self.mine() if draw.random() < 0.1]
            if held or own:
                phone, stamp = draw.choice(held + own)
                chats = draw.choices(self.reachable(phone.user), k=draw.randint(1, 2))
                self.act(phone, tuple(chats), stamp)
            self.bench.now += draw.choice([0, 0, 1, 7, 15, 30])

    def mine(self) -> list[tuple[Phone, int]]:
        """What people sent themselves, which is not theirs to forward."""
        return [
            (phone, number)
            for phone in self.connected()
            for number, past in enumerate(self.history)
            if past.sender == phone.user
        ]

    @precondition(connected)
    @rule(data=st.data(), chats=ANY_CHATS, stamp=st.none() | st.integers(0, 30))
    def probe(self, data, chats, stamp):
        phone, _ = self.any_phone(data)
        self.act(phone, chats, stamp)

    def reachable(self, user: int) -> list[int]:
        return [chat for chat in range(-3, USERS) if self.can_write(user, chat)]

    def act(self, phone: Phone, chats: tuple[int, ...], stamp: int | None) -> None:
        assert phone.session is not None
        expected = self.verdict(phone.user, chats, stamp)
        phone.counter += 1
        phone.verdicts[phone.counter] = expected
        if expected.allowed:
            self.deliver(phone.user, chats, stamp)
        wire = None if stamp is None else (stamp + 1).to_bytes(8, "big")
        given = self.bench.act(
            phone.session, phone.counter, *chats, stamp=wire, acknowledged=phone.base
        )
        assert given == expected or (given.allowed and expected.allowed)

    @precondition(connected)
    @rule(data=st.data(), chats=ANY_CHATS)
    def act_again(self, data, chats):
        phone, session = self.any_phone(data)
        if phone.verdicts:
            counter = data.draw(st.sampled_from(sorted(phone.verdicts)))
            given = self.bench.act(session, counter, *chats, acknowledged=phone.base)
            assert given.reason == phone.verdicts[counter].reason

    @precondition(connected)
    @rule(data=st.data())
    def acknowledge(self, data):
        phone, session = self.any_phone(data)
        count = data.draw(st.integers(0, len(phone.mail)))
        assert self.bench.acknowledge(session, phone.base + count) == []
        phone.base += count
        del phone.mail[:count]

    @rule(ticks=st.sampled_from([1, 7, 15, 30, 60, 400]))
    def wait(self, ticks):
        self.bench.now += ticks

    # What always holds.

    @invariant()
    def every_session_heard_its_copies_in_order_and_nothing_else(self):
        for session, numbers in self.expected.items():
            assert [
                (int.from_bytes(copy.stamp or b"", "big") - 1, copy.group)
                for copy in self.bench.copies(session)
            ] == numbers

    @invariant()
    def copies_say_who_sent_them_and_how_often_they_were_forwarded(self):
        for session in self.expected:
            for copy in self.bench.copies(session)[-3:]:
                self.check(copy)

    def check(self, copy: Copy) -> None:
        past = self.history[int.from_bytes(copy.stamp or b"", "big") - 1]
        assert (copy.sender, copy.hop, copy.tick) == (past.sender, past.hop, past.tick)


RelayMachine.TestCase.settings = settings(max_examples=80, stateful_step_count=12, deadline=None)
test_the_relay_does_what_the_naive_model_says = RelayMachine.TestCase
