"""A relay that goes on from what a store gives back answers everything as the one that went on living."""

from __future__ import annotations

from random import Random

from attrs import define, evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from chatsim.model import ALLOWED, NoticeKind, Part, Reason
from chatsim.policy import Breaker, Local, Policy, Takedown, Tier, compile_rows
from chatsim.policy.presets import resolve
from chatsim.relay.events import Event
from chatsim.relay.relay import Relay
from chatsim.relay.settings import RelaySettings
from chatsim.wire.messages import Complain, Copy, Hello, Notice, Notify, Resume, Subscribe, Welcome
from tests.bench import Bench, Groups
from tests.shelf import Shelf

POLICY = Policy(
    "tight",
    tiers=(Tier(chats=3), Tier(1, chats=2, groups=1)),
    cap_person=3,
    cap_total=8,
    hop_limit=3,
    cap_hour=3,
    breaker=Breaker(copies=6, window_seconds=120, pause_seconds=180),
    takedown=Takedown(complaints=2, review_seconds=30),
)
DEAF = evolve(POLICY, takedown=None)
"""Nobody hears complaints."""
USERS = 5
PARTS = (Part("here"), Part("there"))
ROSTER = Groups(USERS, [[0, 1, 2], [1, 3, 4]], PARTS)
BODIES = (b"a", b"b", b"c", b"d")
SETTINGS = RelaySettings(
    expiry_ticks=400,
    mailbox_max=8,
    per_sender_max=4,
    copies_per_act_max=5,
    devices_max=2,
    journal=True,
)


@define(eq=False)
class Phone:
    """What a session knows of its device."""

    user: int
    device: int
    acknowledged: int
    counter: int
    received: int


class Traffic(Bench):
    """Anybody does anything, drawn from one seed; a second relay, where there is one, must answer the same.

    A store does not know when a notice came, so that the two may let it expire at different times: either there are
    notices, or mail expires.
    """

    def __init__(self, seed: int, *, notices: bool) -> None:
        self.settings = evolve(SETTINGS, expiry_ticks=1 << 40) if notices else SETTINGS
        self.policy = evolve(POLICY, regions=(Local("there", DEAF),)) if seed % 3 else POLICY
        super().__init__(self.policy, ROSTER, self.settings)
        self.notices = notices
        self.draw = Random(seed)
        self.shelf = Shelf()
        self.phones: dict[int, Phone] = {}
        self.stamps: list[bytes] = [bytes(8)]
        self.other: Relay | None = None
        self.compared = 0

    def _handle(self, event: Event) -> None:
        if self.other is not None:
            expected = self.relay.handle(event, self.now)
            assert self.other.handle(event, self.now) == expected
            assert self.other.waiting == self.relay.waiting
            assert self.gauges(self.other) == self.gauges(self.relay)
            # In which order mailboxes expire is nobody's business.
            theirs, ours = self.other.take_changes(), self.relay.take_changes()
            assert sorted(map(repr, theirs)) == sorted(map(repr, ours))
            self.compared += len(expected)
            self.obey(expected)
        else:
            super()._handle(event)

    def gauges(self, relay: Relay) -> tuple[int, int]:
        return relay.contents_paused(self.now), relay.contents_taken_down(self.now)

    def crash(self) -> None:
        """All connections are gone, and another relay begins where the store stands."""
        for session in list(self.phones):
            self.close(session)
        self.phones.clear()
        self.elapse()
        self.shelf.apply(self.relay.take_changes())
        self.other = Relay(ROSTER, compile_rows(self.policy, PARTS), self.settings)
        self.other.restore(self.shelf.saved(self.now))
        assert self.other.waiting == self.relay.waiting

    def step(self) -> None:
        draw = self.draw
        if not self.phones or draw.random() < 0.15:
            self.come()
            return
        session = draw.choice(list(self.phones))
        phone = self.phones[session]
        match draw.randrange(12):
            case 0:
                self.close(session)
                del self.phones[session]
            case 1 | 2:
                phone.acknowledged = draw.randint(phone.acknowledged, phone.received)
                self.acknowledge(session, phone.acknowledged)
            case 3 if self.notices:
                whose = draw.randrange(USERS), draw.randrange(2), draw.randint(0, 5)
                kind = draw.choice(list(NoticeKind))
                self.say(session, Notify(phone.acknowledged, kind, *whose))
            case 4:
                self.say(session, Subscribe(tuple(draw.choices(range(7), k=3))))
            case 5:
                self.elapse(draw.choice([1, 15, 60, 200]))
            case 7:
                phone.counter += 1
                whose = draw.choice(self.stamps[-8:]), draw.choice(BODIES)
                self.say(session, Complain(phone.acknowledged, phone.counter, whose[0]), whose[1])
            case 6 if phone.counter:
                self.send(session, phone, draw.randint(max(1, phone.counter - 3), phone.counter))
            case _:
                phone.counter += 1
                self.send(session, phone, phone.counter)
        self.learn()

    def come(self) -> None:
        user, device = self.draw.randrange(USERS), self.draw.randrange(2)
        session = self.open()
        resumed = Resume(user, device, None, 0)
        told = self.say(session, self.draw.choice([Hello(user, device), resumed]))
        welcome = told[0]
        assert isinstance(welcome, Welcome)
        base = welcome.base
        self.phones[session] = Phone(user, device, base, welcome.counter, base)
        self.learn()

    def send(self, session: int, phone: Phone, counter: int) -> None:
        draw = self.draw
        chats = draw.choices([0, 1, 2, 3, 4, ~0, ~1], k=draw.randint(1, 3))
        stamp = draw.choice([None, *self.stamps[-6:], *self.stamps[-6:]])
        self.act(
            session,
            counter,
            *chats,
            stamp=stamp,
            acknowledged=phone.acknowledged,
            notices=draw.randint(0, 3),
            body=draw.choice(BODIES),
        )

    def learn(self) -> None:
        """What everybody heard since, and whom the relay has dropped."""
        for session, phone in list(self.phones.items()):
            if session in self.ended:
                del self.phones[session]
                continue
            heard = [m for m in self.heard[session] if isinstance(m, Copy | Notice)]
            self.heard[session].clear()
            phone.received += len(heard)
            self.stamps += [m.stamp for m in heard if isinstance(m, Copy) and m.stamp]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 32), st.integers(0, 200), st.booleans())
def test_a_restored_relay_answers_every_further_event_as_the_one_before(seed, before, notices):
    traffic = Traffic(seed, notices=notices)
    for _ in range(before):
        traffic.step()
        if traffic.draw.random() < 0.2:
            traffic.shelf.apply(traffic.relay.take_changes())
    traffic.crash()
    for _ in range(100):
        traffic.step()
    assert traffic.compared > 20


def test_the_traffic_meets_every_verdict_and_every_loss_that_a_store_must_remember():
    reasons: set[Reason] = set()
    expired = dropped = notices = heard = unheard = 0
    for seed in range(12):
        traffic = Traffic(seed, notices=seed % 2 == 0)
        for _ in range(300):
            traffic.step()
        books = traffic.relay.books
        reasons |= books.refused_by_reason.keys()
        expired, dropped = expired + books.expired, dropped + books.dropped
        notices += books.notices
        heard, unheard = heard + books.complaints, unheard + books.complaints_refused
    assert reasons == set(Reason) - {Reason.NONE, Reason.NOT_HEARD, Reason.NOT_SEALED}
    assert min(expired, dropped, notices, heard, unheard) > 0


def test_a_device_that_has_never_received_or_sent_anything_still_gets_its_mail():
    bench = Bench(resolve("uncapped"), settings=RelaySettings(journal=True))
    bench.log_in(1, 7)
    shelf = Shelf()
    shelf.apply(bench.relay.take_changes())
    bench.relay = Relay(Groups(10), bench.relay.rows, RelaySettings())
    bench.relay.restore(shelf.saved(0))
    assert bench.act(bench.log_in(0), 1, 1) == ALLOWED
    assert len(bench.copies(bench.log_in(1, 7))) == 1
    assert bench.copies(bench.log_in(1, 0)) == []


def test_a_relay_without_a_journal_notes_nothing():
    bench = Bench(resolve("uncapped"))
    bench.act(bench.log_in(0), 1, 1)
    assert bench.relay.take_changes() == []


def test_changes_are_handed_over_once():
    bench = Bench(resolve("uncapped"), settings=RelaySettings(journal=True))
    bench.act(bench.log_in(0), 1, 1, 2)
    assert len(bench.relay.take_changes()) == 7
    assert bench.relay.take_changes() == []
