"""Tokens decide as records do, act by act, for honest apps; others get no more forwards than copies allow."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

import pytest

from chatsim.model import ALLOWED, ONE_DAY, Enforcement, Reason, Verdict
from chatsim.policy import Policy, Tier, compile_row
from chatsim.policy.blindly import tokens_of_an_action
from chatsim.policy.presets import resolve
from chatsim.provenance.blind import Grant, Purse
from chatsim.provenance.edwards import point_of
from chatsim.relay.changes import DayOver, PermitFresh, PermitSpent, Spent, TokenSpent
from chatsim.relay.relay import Relay
from chatsim.store.sqlite import SqliteStore
from chatsim.wire.messages import Issued, TopUp
from tests.parties import MEMBERS, REFILL, ROOT, USERS, Party, same

CLEAR, BLIND = Enforcement.CLEAR, Enforcement.BLIND
DAYS = 3
"""How long copies can be forwarded."""
UNAVAILABLE = Verdict(Reason.UNAVAILABLE)
NOTHING = Grant()
POLICIES = (
    resolve("uncapped"),
    resolve("cap-2"),
    resolve("whatsapp-latest"),
    Policy("groups", tiers=(Tier(chats=4, groups=1), Tier(2, chats=1, groups=1))),
    Policy("no groups", tiers=(Tier(chats=3, groups=0), Tier(2, chats=3, groups=2))),
    Policy("groups alone", tiers=(Tier(groups=2), Tier(1, groups=1), Tier(2, groups=0))),
    Policy("hop", hop_limit=2, tiers=(Tier(chats=3),)),
    Policy("nothing", tiers=(Tier(chats=0),)),
    Policy("hour", cap_hour=5),
    Policy("all", tiers=(Tier(chats=3), Tier(1, chats=2, groups=1)), hop_limit=4, cap_hour=7),
)  # fmt: skip
NAMES = [policy.name for policy in POLICIES]


class Payers(Party):
    """People who pay, each from one purse."""

    def __init__(self, policy, **settings):
        super().__init__(policy, BLIND, **{"expiry_ticks": DAYS * ONE_DAY, **settings})
        self.row = compile_row(policy)
        self.purses = defaultdict(Purse)

    def request(self, user, ticket, points, number=1) -> Issued:
        """What the relay answers."""
        told = self.say(self.sessions[user, 0], TopUp(number, ticket, points))
        (issued,) = [message for message in told if isinstance(message, Issued)]
        assert issued.number == number
        return issued

    def fill(self, user, copy, count=None) -> int:
        """Ask for what an action takes, or so many; how many tokens are held then."""
        purse, ticket = self.purses[user], copy.stamp
        if count is None:
            count = tokens_of_an_action(self.row, copy.hop) - purse.held(ticket)
        if count > 0:
            request = purse.ask(ticket, copy.hop, count)
            issued = self.request(user, ticket, request.points, request.number)
            parts = Grant(*issued.any_chat), Grant(*issued.contacts)
            assert purse.take(issued.number, issued.day, *parts)
        return purse.held(ticket)

    def forward(self, user, copy, *chats, device=0, fill=True) -> Verdict:
        """As an honest app does it."""
        if fill:
            self.fill(user, copy)
        payment = self.purses[user].pay(copy.stamp, copy.hop, chats)
        verdict = self.send(user, *chats, stamp=payment, outer=None, device=device)
        self.purses[user].decided(payment, allowed=verdict.allowed)
        return verdict

    def last(self, user):
        return self.got(user)[-1]


class Recorded(Party):
    """The same people, of whom the relay keeps records."""

    def __init__(self, policy):
        super().__init__(policy, CLEAR, expiry_ticks=DAYS * ONE_DAY)

    def forward(self, user, copy, *chats, device=0):
        return self.send(user, *chats, stamp=copy.stamp, outer=None, device=device)


def act_of(copy):
    return copy.sender, copy.device, copy.counter


def something(drawn, user):
    """Chats to send to; sometimes a group that the user is no member of."""
    mine = [~group for group, members in enumerate(MEMBERS) if user in members]
    others = [each for each in range(USERS) if each != user]
    chats = drawn.choices([*others, *mine, *mine], k=drawn.choice([1, 1, 2, 3, 5]))
    if not drawn.randrange(20):
        chats.append(~drawn.randrange(len(MEMBERS)))
    return chats


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("policy", POLICIES, ids=NAMES)
def test_tokens_and_records_decide_alike_message_by_message(policy, seed):
    """People pause at least as long between two actions with copies of one act as caps take to be fresh again."""
    drawn = random.Random(seed)
    clear, blind = Recorded(policy), Payers(policy)
    clear.now = blind.now = ONE_DAY - 2_000
    forwarded: dict = {}
    refused = Counter()
    for _ in range(120):
        clear.now = blind.now = clear.now + drawn.choice([0, 0, 0, 1, 3, 14, 15, 16, 60, 900])
        user = drawn.randrange(USERS)
        device = drawn.randrange(1 + user % 2)
        chats = something(drawn, user)
        held = [
            (one, other)
            for one, other in zip(clear.got(user), blind.got(user), strict=True)
            if clear.now - forwarded.get((user, act_of(one)), -REFILL) >= REFILL
        ]
        if held and drawn.random() < 0.85:
            one, other = drawn.choice(held[-6:])
            first = clear.forward(user, one, *chats, device=device)
            second = blind.forward(user, other, *chats, device=device)
            if first.allowed:
                forwarded[user, act_of(one)] = clear.now
        else:
            first, second = (each.send(user, *chats, outer=None, device=device) for each in (clear, blind))  # fmt: skip
        assert first == second
        refused[first.reason] += 1
        if not drawn.randrange(10):
            clear.elapse(0)
            blind.elapse(0)
    for key in clear.sessions:
        for one, other in zip(clear.got(*key), blind.got(*key), strict=True):
            assert same(one, other)
    assert refused[Reason.NONE] > 10
    if policy.name != "uncapped":
        assert sum(refused.values()) - refused[Reason.NONE] - refused[Reason.UNAVAILABLE] > 1


# Apps that are not honest.


@pytest.fixture
def party():
    """User 0 has sent a text to user 1 and to the first group; two chats may follow."""
    party = Payers(resolve("cap-2"))
    assert party.send(0, 1, ~0, outer=None) == ALLOWED
    return party


def paid(party, user, copy, *chats):
    """A payment that was never brought."""
    party.fill(user, copy)
    return party.purses[user].pay(copy.stamp, copy.hop, chats)


def brought(party, user, payment, *chats):
    return party.send(user, *chats, stamp=payment, outer=None)


def test_a_token_is_spent_once(party):
    payment = paid(party, 1, party.got(1)[0], 5)
    assert brought(party, 1, payment, 5) == ALLOWED
    assert brought(party, 1, payment, 5) == UNAVAILABLE
    assert brought(party, 7, payment, 5) == UNAVAILABLE


def test_a_token_is_not_brought_twice_in_one_act(party):
    payment = paid(party, 1, party.got(1)[0], 5)
    twice = payment + payment[1:]
    assert brought(party, 1, twice, 5) == UNAVAILABLE
    assert brought(party, 1, payment, 5) == ALLOWED, "that cost nothing"


def test_a_token_pays_for_the_chats_that_it_is_bound_to_alone(party):
    payment = paid(party, 1, party.got(1)[0], 5, 6)
    assert brought(party, 1, payment, 5, 7) == UNAVAILABLE
    assert brought(party, 1, payment, 6, 5) == UNAVAILABLE
    assert brought(party, 1, payment, 5) == UNAVAILABLE
    assert brought(party, 1, payment, 5, 6) == ALLOWED


def test_a_payment_says_no_other_number_of_forwards(party):
    payment = paid(party, 1, party.got(1)[0], 5)
    for hop in (1, 2, 127, 255):
        assert brought(party, 1, bytes([hop]) + payment[1:], 5) == UNAVAILABLE
    assert brought(party, 1, payment, 5) == ALLOWED
    passed_on = paid(party, 5, party.last(5), 6)
    assert passed_on[0] == 1
    assert brought(party, 5, bytes([0]) + passed_on[1:], 6) == UNAVAILABLE
    assert brought(party, 5, passed_on, 6) == ALLOWED
    assert party.last(6).hop == 2


@pytest.mark.parametrize("name", ["cap-2", "uncapped"])
def test_whoever_brings_no_token_forwards_nothing(name):
    party = Payers(resolve(name))
    party.send(0, 1, outer=None)
    before = len(party.got(5))
    assert not brought(party, 1, bytes([0]), 5).allowed
    assert not brought(party, 1, bytes([255]), 5).allowed
    for wrong in (b"\0\0", party.got(1)[0].stamp, bytes(38), b"x" * 1_000):
        assert brought(party, 1, wrong, 5) == UNAVAILABLE
    assert len(party.got(5)) == before


def test_too_few_tokens_are_no_forward_and_are_not_lost(party):
    payment = paid(party, 1, party.got(1)[0], 5)
    few = party.purses[1].pay(party.got(1)[0].stamp, 0, (5, 6))
    assert brought(party, 1, few, 5, 6) == Verdict(Reason.CHATS_PER_ACTION, 1)
    assert brought(party, 1, payment, 5) == ALLOWED
    party.purses[1].decided(few, allowed=False)
    assert party.forward(1, party.got(1)[0], 6, fill=False) == ALLOWED


def test_a_token_for_contacts_pays_for_no_group():
    party = Payers(Policy("contacts", tiers=(Tier(chats=3, groups=0),)))
    party.send(0, 1, outer=None)
    assert party.fill(1, party.last(1)) == 3
    verdict = party.forward(1, party.last(1), ~2, fill=False)
    assert verdict == Verdict(Reason.GROUPS_PER_ACTION, 0)
    assert party.forward(1, party.last(1), 2, 3, 5, fill=False) == ALLOWED


# Tickets.


def points(count=2):
    return b"".join(point_of(bytes([at])) for at in range(count))


def nothing(issued):
    return issued.any_chat == issued.contacts == NOTHING


def test_a_ticket_of_somebody_else_gives_nothing(party):
    contact, group = party.got(1)
    assert nothing(party.request(7, contact.stamp, points())), "a contact's"
    assert nothing(party.request(7, group.stamp, points())), "a group's, to who is in none"
    assert nothing(party.request(0, group.stamp, points())), "one's own, sent to a group"
    assert not nothing(party.request(2, group.stamp, points())), "another member's is the same"


@pytest.mark.parametrize("place", range(57))
def test_a_ticket_with_any_byte_changed_gives_nothing(party, place):
    ticket = bytearray(party.got(1)[0].stamp)
    ticket[place] ^= 1
    assert nothing(party.request(1, bytes(ticket), points()))


@pytest.mark.parametrize("ticket", [b"x", bytes(56), bytes(57), bytes(58), b"\xff" * 57])
def test_anything_else_is_no_ticket(party, ticket):
    assert nothing(party.request(1, ticket, points()))


def test_a_ticket_that_is_too_old_or_from_the_future_gives_nothing(party):
    party.now = 100
    party.send(0, 1, outer=None)
    ticket = party.last(1).stamp
    party.now = 99
    assert nothing(party.request(1, ticket, points()))
    party.now = 100 + DAYS * ONE_DAY
    assert nothing(party.request(1, ticket, points()))
    party.now -= 1
    assert not nothing(party.request(1, ticket, points()))


def test_points_that_are_none_give_nothing_and_cost_nothing(party):
    ticket = party.got(1)[0].stamp
    for wrong in (bytes(32), point_of(b"a") + b"\1" + bytes(31), b"\xff" * 64):
        assert nothing(party.request(1, ticket, wrong))
    assert nothing(party.request(1, ticket, b""))
    assert len(party.relay._counting) == 0
    assert party.fill(1, party.got(1)[0]) == 2


def test_asking_again_gives_no_more_until_the_caps_are_fresh(party):
    contact, group = party.got(1)
    assert party.fill(1, contact, 1) == 1
    assert party.fill(1, group, 5) == 2, "of the same act"
    assert party.fill(1, contact, 5) == 2
    party.now = REFILL - 1
    assert party.fill(1, contact, 5) == 2
    party.now = REFILL
    assert party.fill(1, contact, 5) == 4


def test_a_copy_at_the_end_of_its_way_gives_no_tokens():
    party = Payers(Policy("hop", hop_limit=1))
    party.send(0, 1, outer=None)
    assert party.forward(1, party.last(1), 2) == ALLOWED
    assert party.fill(2, party.last(2), 3) == 0
    assert party.forward(2, party.last(2), 3) == Verdict(Reason.HOP_LIMIT, 0)


def test_tokens_are_of_the_day_of_their_copy_and_are_taken_so_many_days(party):
    copy = party.got(1)[0]
    party.now = ONE_DAY + 5
    assert party.fill(1, copy) == 2
    party.now = DAYS * ONE_DAY - 1
    assert party.forward(1, copy, 5, fill=False) == ALLOWED
    party.now = DAYS * ONE_DAY
    assert party.forward(1, copy, 6, fill=False) == UNAVAILABLE


@pytest.mark.parametrize("enforcement", [CLEAR, Enforcement.CLIENT, Enforcement.RECEIPT])
def test_a_request_where_nobody_makes_tokens_ends_the_session(enforcement):
    party = Party(resolve("cap-2"), enforcement)
    session = party.sessions[1, 0]
    party.say(session, TopUp(1, b"ticket", points()))
    assert "makes none" in party.refusal(session)
    assert party.relay.books.breaches == 1


def test_a_request_before_the_login_ends_the_session(party):
    session = party.open()
    party.say(session, TopUp(1, b"ticket", points()))
    assert session in party.ended


def test_nobody_can_complain_about_a_copy(party):
    assert party.complain_of(1, party.got(1)[0].stamp, b"body") == Verdict(Reason.NOT_HEARD)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_they_do_there_are_no_more_forwards_than_copies_allow(seed):
    """They share one heap of tokens, try every payment again and everybody's tickets, and change what they bring."""
    policy = Policy("caps", tiers=(Tier(chats=2), Tier(1, chats=1)), hop_limit=3)
    caps = {0: 2, 1: 1, 2: 1, 3: 0}
    drawn = random.Random(seed)
    party = Payers(policy, refill_ticks=2 * ONE_DAY)  # one time of refill, for all of it
    heap = Purse()
    for user in range(USERS):
        party.purses[user] = heap
    kept: list[tuple[bytes, tuple[int, ...]]] = []
    admitted = Counter()
    for _ in range(300):
        party.now += drawn.choice([0, 1, 60])
        user = drawn.randrange(USERS)
        whose = range(USERS) if drawn.random() < 0.3 else [user]
        copies = [copy for each in whose for copy in party.got(each)]
        chats = tuple(something(drawn, user)[:2])
        if not party.counters or (copies and drawn.random() < 0.01):
            party.send(user, *chats, outer=None)
            continue
        if not copies:
            continue
        copy = drawn.choice(copies)
        if drawn.random() < 0.7:
            party.fill(user, copy, drawn.randrange(1, 4))
        payment = honest = heap.pay(copy.stamp, copy.hop, chats)
        match drawn.randrange(8):
            case 0 | 1 if kept:
                payment, chats = drawn.choice(kept)
            case 4 if kept:
                payment += drawn.choice(kept)[0][1:]
            case 2:
                payment = bytes([drawn.randrange(5)]) + payment[1:]
            case 3:
                payment += payment[1:]
        allowed = brought(party, user, payment, *chats).allowed
        if allowed:
            admitted[payment[0]] += len(chats)
            kept.append((payment, chats))
        heap.decided(honest, allowed=allowed and payment is honest)
    delivered = Counter(
        hop
        for hop, *_ in {
            (copy.hop, act_of(copy), user) for user in range(USERS) for copy in party.got(user)
        }
    )
    assert admitted[0] > 10
    assert admitted[1] > 3
    for hop, count in admitted.items():
        assert count <= caps[hop] * delivered[hop]


# What is kept.


def test_what_is_kept_is_by_copy_and_person_and_says_nothing_of_lineages():
    party = Payers(Policy("hour", tiers=(Tier(chats=2),), cap_hour=9), journal=True)
    party.send(0, 1, ~0, outer=None)
    for user in (1, 2, 3):
        party.forward(user, party.last(user), 4)
    kept = [
        change
        for change in party.relay.take_changes()
        if isinstance(change, PermitSpent | TokenSpent | Spent)
    ]
    issued = [change for change in kept if isinstance(change, PermitSpent)]
    spent = [change for change in kept if isinstance(change, TokenSpent)]
    assert len(issued) == len({each.key for each in issued}) == 3
    assert [each.day for each in spent] == [0, 0, 0]
    assert len({each.seed for each in spent}) == 3
    assert len(party.relay._counting) == 6
    tickets = b"".join(copy.stamp for user in range(USERS) for copy in party.got(user))
    for each in (*(each.key for each in issued), *(each.seed for each in spent)):
        assert len(each) == 16
        assert each not in tickets


def test_what_is_kept_is_gone_in_its_time():
    party = Payers(resolve("cap-2"), journal=True)
    party.send(0, 1, outer=None)
    party.forward(1, party.last(1), 4)
    party.relay.take_changes()
    party.elapse(REFILL)
    assert [*map(type, party.relay.take_changes())] == [PermitFresh]
    party.elapse(DAYS * ONE_DAY - 1 - REFILL)
    assert len(party.relay._counting) == 1
    party.relay.take_changes()
    party.elapse(1)
    assert DayOver(0) in party.relay.take_changes()
    assert len(party.relay._counting) == 0


def relay_from(party, saved):
    relay = Relay(party.roster, party.relay.rows, party.relay.settings, root=ROOT)
    relay.restore(saved)
    return relay


def log_in_again(party):
    for user, device in [*party.sessions]:
        copies = party.got(user, device)
        session = party.sessions[user, device] = party.log_in(user, device)
        party.heard[session] = [*copies]


def test_a_token_that_was_spent_stays_so_when_a_relay_goes_on_from_a_store(tmp_path):
    with_store = SqliteStore.open(tmp_path / "store")
    party = Payers(resolve("cap-2"), journal=True)
    party.relay.restore(with_store.load())
    party.send(0, 1, outer=None)
    copy = party.last(1)
    spent, unspent = paid(party, 1, copy, 5), paid(party, 1, copy, 6)
    assert brought(party, 1, spent, 5) == ALLOWED
    with_store.commit(party.relay.take_changes(), party.now)
    with_store.close()
    again = SqliteStore.open(tmp_path / "store")
    saved = again.load()
    again.close()
    assert len(saved.tokens) == len(saved.permits) == 1
    party.relay = relay_from(party, saved)
    log_in_again(party)
    assert brought(party, 1, spent, 5) == UNAVAILABLE
    assert party.fill(1, copy, 2) == 0, "what was asked for is known as well"
    assert brought(party, 1, unspent, 6) == ALLOWED


@pytest.mark.parametrize("policy", POLICIES, ids=NAMES)
def test_a_relay_goes_on_after_a_crash_as_if_there_had_been_none(policy, tmp_path):
    store = SqliteStore.open(tmp_path / "store")
    drawn = random.Random(7)
    whole, broken = Payers(policy), Payers(policy, journal=True)
    broken.relay.restore(store.load())
    for step in range(60):
        whole.now = broken.now = whole.now + drawn.choice([0, 0, 1, 14, 60, 20_000])
        user = drawn.randrange(USERS)
        chats = something(drawn, user)
        held = list(zip(whole.got(user), broken.got(user), strict=True))
        if held and drawn.random() < 0.85:
            pair = drawn.choice(held[-4:])
            verdicts = [
                party.forward(user, copy, *chats)
                for party, copy in zip((whole, broken), pair, strict=True)
            ]
        else:
            verdicts = [party.send(user, *chats, outer=None) for party in (whole, broken)]
        assert verdicts[0] == verdicts[1]
        whole.elapse(0)
        broken.elapse(0)
        store.commit(broken.relay.take_changes(), broken.now)
        if step % 20 == 19:
            assert len(whole.relay._counting) == len(broken.relay._counting)
            store.close()
            store = SqliteStore.open(tmp_path / "store")
            broken.relay = relay_from(broken, store.load())
            assert len(whole.relay._counting) == len(broken.relay._counting)
            log_in_again(broken)
    store.close()


@pytest.mark.parametrize("other", [CLEAR, Enforcement.CLIENT, Enforcement.RECEIPT])
def test_what_tokens_left_in_a_store_expires_under_another_enforcement_and_back(other, tmp_path):
    path, policy = tmp_path / "store", Policy("capped", tiers=(Tier(chats=3),))
    counts = []
    late = DAYS * ONE_DAY
    for enforcement, tick in ((BLIND, 0), (other, 10), (other, late), (BLIND, late + 10)):
        store = SqliteStore.open(path)
        made = Payers(policy, journal=True) if enforcement is BLIND else Party(
            policy, enforcement, journal=True, expiry_ticks=late
        )  # fmt: skip
        made.relay = relay_from(made, store.load())
        made.sessions = {(user, 0): made.log_in(user, 0) for user in range(USERS)}
        made.now = tick
        made.elapse(0)
        if tick == 0:
            made.send(0, 1, outer=None)
            made.forward(1, made.last(1), 4)
        elif tick == 10:
            outer = bytes(32) if other is Enforcement.RECEIPT else None
            made.send(2, 3, outer=outer)
            assert made.send(3, 5, stamp=made.permit(3), outer=outer) == ALLOWED
        store.commit(made.relay.take_changes(), made.now)
        store.close()
        store = SqliteStore.open(path)
        saved = store.load()
        store.close()
        counts.append((len(saved.tokens), len(saved.permits)))
    others = int(other is Enforcement.RECEIPT)
    assert counts == [(1, 1), (1, 1 + others), (0, 0), (0, 0)]
    assert not saved.records


def test_another_run_takes_no_token_and_no_ticket_of_before(party):
    payment, ticket = paid(party, 1, party.got(1)[0], 5), party.got(1)[0].stamp
    party.relay._counting.clear()
    assert len(party.relay._counting) == 0
    assert brought(party, 1, payment, 5) == UNAVAILABLE
    assert nothing(party.request(1, ticket, points()))
