"""The relay against a naive model: any order of logins, breaks, resumptions, acts, complaints, repeats, notices."""

from __future__ import annotations

from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chatsim.model import NoticeKind, Reason, Verdict
from chatsim.wire.messages import (
    Copy,
    Hello,
    Leave,
    Notice,
    Notify,
    Resume,
    Welcome,
)
from tests.relay_model import (
    BODIES,
    EXPIRY,
    TAKEDOWN,
    USERS,
    Phone,
    RelayModel,
    mail_of,
)

PEOPLE = st.integers(0, USERS - 1)
DEVICES = st.integers(0, 1)
ANY_CHATS = st.lists(st.integers(-4, USERS), min_size=1, max_size=5).map(tuple)


class RelayMachine(RelayModel, RuleBasedStateMachine):
    # What happens.

    @initialize()
    def everybody_comes(self):
        for user in range(USERS):
            self.log_in(user, 0)
        self.act(self.phones[0, 0], (1, 2, ~0), None)

    @rule(user=PEOPLE, device=DEVICES)
    def log_in(self, user, device):
        self.come(self.phones.setdefault((user, device), Phone(user, device)), 0)

    @rule(data=st.data(), beyond=st.integers(0, 2))
    def resume(self, data, beyond):
        phone = data.draw(st.sampled_from(list(self.phones.values())))
        received = data.draw(st.integers(0, len(phone.mail)))
        if beyond:
            session = self.bench.open()
            too_many = phone.base + len(phone.mail) + beyond
            self.bench.say(session, Resume(phone.user, phone.device, None, too_many))
            assert "deliveries" in self.bench.refusal(session)
        self.come(phone, received)

    def come(self, phone: Phone, received: int) -> None:
        """Log in; with `received` deliveries that were on their way when the last session broke."""
        user, device = phone.user, phone.device
        session = self.bench.open()
        resuming = Resume(user, device, None, phone.base + received)
        phone.base += received
        del phone.mail[:received]
        told = self.bench.say(session, resuming if received else Hello(user, device))
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
        """An original of one of few bodies, or a forward of what was held."""
        assert phone.session is not None
        is_known = stamp is not None and 0 <= stamp < len(self.history)
        body = self.history[stamp].body if is_known else BODIES[phone.counter % len(BODIES)]
        expected = self.verdict(phone.user, chats, stamp, body)
        phone.counter += 1
        phone.verdicts[phone.counter] = expected
        if expected.allowed:
            self.deliver(phone.user, chats, stamp, body)
        wire = None if stamp is None else (stamp + 1).to_bytes(8, "big")
        given = self.bench.act(
            phone.session,
            phone.counter,
            *chats,
            stamp=wire,
            acknowledged=phone.base,
            body=body,
        )
        assert given == expected or (given.allowed and expected.allowed)

    @precondition(connected)
    @rule(data=st.data(), number=st.integers(0, 30), body=st.sampled_from(BODIES))
    def complain(self, data, number, body):
        phone, session = self.any_phone(data)
        stamp = number % len(self.history)
        is_its = self.is_held(phone.user, stamp) and self.history[stamp].body == body
        phone.counter += 1
        verdict = Verdict(Reason.NONE if is_its else Reason.UNAVAILABLE)
        phone.verdicts[phone.counter] = verdict
        if is_its:
            now, about = self.bench.now, (body, phone.user)
            kept = [
                user
                for (other, user), at in self.complaints.items()
                if other == body and now - at < EXPIRY
            ]
            if phone.user not in kept and len(kept) < TAKEDOWN.complaints:
                self.complaints.pop(about, None)
                self.complaints[about] = now
        wire = (stamp + 1).to_bytes(8, "big")
        given = self.bench.complain(session, phone.counter, wire, phone.base, body)
        assert given.reason == verdict.reason

    @precondition(connected)
    @rule(data=st.data(), chats=ANY_CHATS)
    def act_again(self, data, chats):
        phone, session = self.any_phone(data)
        if phone.verdicts:
            counter = data.draw(st.sampled_from(sorted(phone.verdicts)))
            given = self.bench.act(session, counter, *chats, acknowledged=phone.base)
            assert given.reason == phone.verdicts[counter].reason

    @precondition(connected)
    @rule(data=st.data(), kind=st.sampled_from(NoticeKind), user=PEOPLE, device=DEVICES)
    def notify(self, data, kind, user, device):
        phone, session = self.any_phone(data)
        if (user, device) in self.phones:
            self.put(self.phones[user, device], Notice(kind, phone.user, 3))
        self.bench.say(session, Notify(phone.base, kind, user, device, 3))
        assert session not in self.bench.ended

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
    def every_session_heard_its_mail_in_order_and_nothing_else(self):
        for session, expected in self.expected.items():
            heard = [mail_of(message) for message in self.bench.heard[session]]
            assert [mail for mail in heard if mail is not None] == expected

    @invariant()
    def what_waits_is_what_nobody_acknowledged(self):
        waiting = sum(len(phone.mail) for phone in self.phones.values())
        assert self.bench.relay.waiting == waiting

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
