"""A script's tokens under `blind`, at a relay in memory: when they are asked for, who waits, what becomes of them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from trio.testing import wait_all_tasks_blocked

from chatsim.client import Chat, connect, group
from chatsim.device import Device
from chatsim.errors import ConfigurationError, RunError
from chatsim.model import ALLOWED, ONE_DAY, TOKENS_MAX, Enforcement, Reason, Verdict
from chatsim.provenance import blind
from chatsim.provenance.blind import Grant, Issuer, Payment, Pays, read_payment
from chatsim.provenance.edwards import point_of
from chatsim.provenance.purse import KeyBook, Purse
from chatsim.wire.messages import Act, Complain, Decided, Issued, TopUp, Welcome
from tests.talking import COPY, Relay, Session

BLIND = Enforcement.BLIND
DAY, HOP = 3, 1
HEAD = bytes([HOP]) + (DAY * ONE_DAY).to_bytes(8, "big")
TICKET, OTHER = HEAD + bytes(range(48)), HEAD + bytes(range(48))[::-1]
COPY_1 = COPY._replace(stamp=TICKET, hop=HOP)
COPY_2 = COPY._replace(stamp=OTHER, hop=HOP, counter=2)
ISSUER = Issuer(b"r" * 32)
LIMIT = Verdict(Reason.CHATS_PER_ACTION, 2)


@pytest.fixture
async def session(nursery):
    session = Session(nursery)
    yield session
    await session.end()


def answer(request, contacts: int = 0, granted: int | None = None, issuer: Issuer = ISSUER):
    """Tokens for so many of the points asked for; the last ones for contacts alone."""
    assert isinstance(request, TopUp)
    points = blind.split(request.points)[:granted]
    for_any = len(points) - contacts
    any_chat = issuer.issue(DAY, HOP, Pays.ANY, points[:for_any])
    return Issued(
        request.number, DAY, any_chat, issuer.issue(DAY, HOP, Pays.CONTACT, points[for_any:])
    )


def asked_for(request) -> int:
    assert isinstance(request, TopUp)
    assert request.ticket in {TICKET, OTHER}
    return len(blind.split(request.points))


def paid(act) -> Payment:
    """What an act brings, all of it genuine."""
    assert isinstance(act, Act)
    payment = read_payment(act.stamp)
    assert payment is not None
    assert payment.hop == HOP
    assert all(ISSUER.is_genuine(token, HOP, act.chats) for token in payment.tokens)
    return payment


class Forwarding:
    """Forwards in tasks of their own, and what came of them."""

    def __init__(self, nursery, chat: Chat) -> None:
        self._nursery, self._chat = nursery, chat
        self.verdicts: list[Verdict | str] = []

    def start(self, to, copy=COPY_1) -> None:
        self._nursery.start_soon(self._run, to, copy)

    async def _run(self, to, copy) -> None:
        try:
            self.verdicts.append(await self._chat.forward(copy, to))
        except RunError as error:
            self.verdicts.append(str(error))


async def taken(session, relay_says=(COPY_1,), **who) -> tuple[Chat, Relay]:
    """A session that has taken copies."""
    chat, relay = await session.begin(**({"user": 7, "enforcement": BLIND} | who))
    await relay.say(*relay_says)
    for copy in relay_says:
        assert await anext(chat) == copy
    return chat, relay


# Ahead of use.


async def test_for_every_copy_taken_tokens_are_asked_for_while_the_script_goes_on(session):
    _, relay = await taken(session, (COPY_1, COPY_2))
    first, second = await relay.hear(), await relay.hear()
    assert (first.number, first.ticket, asked_for(first)) == (1, TICKET, 5)
    assert (second.number, second.ticket, asked_for(second)) == (2, OTHER, 5)


async def test_a_copy_that_comes_again_is_asked_for_what_is_missing(session):
    chat, relay = await taken(session)
    await relay.say(answer(await relay.hear(), granted=3), COPY_1)
    await anext(chat)
    assert asked_for(await relay.hear()) == 2


async def test_copies_of_one_act_in_two_chats_share_their_tokens(session, nursery):
    elsewhere = COPY_1._replace(stamp=TICKET[:9] + bytes(8) + TICKET[17:-16] + bytes(16), group=4)
    chat, relay = await taken(session, (COPY_1, elsewhere))
    Forwarding(nursery, chat).start([8, 9], elsewhere)
    request = await relay.hear()
    assert (request.ticket, asked_for(request)) == (TICKET, 5)
    await relay.say(answer(request))
    assert len(paid(await relay.hear()).tokens) == 2


@pytest.mark.parametrize("stamp", [None, b""])
async def test_nothing_is_asked_for_a_copy_without_a_ticket(session, nursery, stamp):
    chat, relay = await taken(session, (COPY_1._replace(stamp=None),))
    Forwarding(nursery, chat).start([8], COPY_1._replace(stamp=stamp))
    act = await relay.hear()
    assert isinstance(act, Act)
    assert not act.stamp


@pytest.mark.parametrize("ahead", [-1, TOKENS_MAX + 1])
async def test_a_number_of_tokens_that_no_request_takes_is_refused(session, ahead):
    with pytest.raises(ConfigurationError, match="from 0 to 25"):
        await taken(session, tokens_ahead=ahead)


# Forwarding.


async def test_a_forward_waits_for_the_running_request_and_brings_a_token_for_each_chat(
    session, nursery
):
    chat, relay = await taken(session)
    forwards = Forwarding(nursery, chat)
    forwards.start([8, group(2)])
    request = await relay.hear()
    await wait_all_tasks_blocked()
    assert chat.device.counter == 0
    await relay.say(answer(request))
    act = await relay.hear()
    assert (act.chats, len(paid(act).tokens), chat.device.purse.held(TICKET)) == ((8, -3), 2, 3)
    await relay.say(Decided(1, ALLOWED))
    await wait_all_tasks_blocked()
    assert forwards.verdicts == [ALLOWED]
    assert chat.device.purse.held(TICKET) == 3


async def test_tokens_of_a_refused_forward_are_held_again(session, nursery):
    chat, relay = await taken(session)
    Forwarding(nursery, chat).start([8, 9])
    await relay.say(answer(await relay.hear()))
    await relay.hear()
    await relay.say(Decided(1, LIMIT))
    await wait_all_tasks_blocked()
    assert chat.device.purse.held(TICKET) == 5


async def test_what_is_missing_is_asked_for_just_before(session, nursery):
    chat, relay = await taken(session, tokens_ahead=2)
    await relay.say(answer(await relay.hear()))
    Forwarding(nursery, chat).start([8, 9, 10, 11])
    request = await relay.hear()
    assert asked_for(request) == 2
    await relay.say(answer(request))
    assert len(paid(await relay.hear()).tokens) == 4


async def test_without_tokens_ahead_all_are_asked_for_when_they_are_used(session, nursery):
    chat, relay = await taken(session, tokens_ahead=0)
    await wait_all_tasks_blocked()
    Forwarding(nursery, chat).start([8, 9])
    request = await relay.hear()
    assert asked_for(request) == 2
    await relay.say(answer(request))
    assert len(paid(await relay.hear()).tokens) == 2


async def test_a_token_for_contacts_pays_for_no_group(session, nursery):
    chat, relay = await taken(session, tokens_ahead=3)
    await relay.say(answer(await relay.hear(), contacts=2))
    Forwarding(nursery, chat).start([group(1), group(2), 8])
    request = await relay.hear()
    assert asked_for(request) == 1
    await relay.say(answer(request))
    payment = paid(await relay.hear())
    assert sorted(token.pays for token in payment.tokens) == [Pays.ANY, Pays.ANY, Pays.CONTACT]


async def test_two_forwards_of_a_copy_at_once_get_tokens_of_their_own(session, nursery):
    chat, relay = await taken(session, tokens_ahead=0)
    forwards = Forwarding(nursery, chat)
    forwards.start([8, 9])
    forwards.start([10, 11])
    seeds = set()
    for counter in (1, 2):
        request = await relay.hear()
        assert asked_for(request) == 2
        await relay.say(answer(request))
        seeds |= {token.seed for token in paid(await relay.hear()).tokens}
        await relay.say(Decided(counter, ALLOWED))
    await wait_all_tasks_blocked()
    assert (len(seeds), forwards.verdicts) == (4, [ALLOWED, ALLOWED])


async def test_an_act_never_brings_more_tokens_than_one_may(session, nursery):
    chat, relay = await taken(session)
    await relay.say(answer(await relay.hear()))
    Forwarding(nursery, chat).start(range(100, 140))
    request = await relay.hear()
    assert asked_for(request) == TOKENS_MAX - 5
    await relay.say(answer(request))
    assert len(paid(await relay.hear()).tokens) == TOKENS_MAX


async def test_of_too_many_tokens_an_act_brings_those_that_pay_for_any_chat(session, nursery):
    chat, relay = await taken(session)
    await relay.say(answer(await relay.hear(), contacts=5))
    Forwarding(nursery, chat).start([group(number) for number in range(40)])
    await relay.say(answer(await relay.hear()))
    payment = paid(await relay.hear())
    assert [token.pays for token in payment.tokens] == [Pays.ANY] * TOKENS_MAX


async def test_a_complaint_brings_the_ticket(session, nursery):
    chat, relay = await taken(session, tokens_ahead=0)
    nursery.start_soon(chat.complain, COPY_1)
    assert await relay.hear() == Complain(1, 1, TICKET, COPY.body)
    await relay.say(Decided(1, Verdict(Reason.NOT_HEARD)))


# Answers that prove nothing.


def _another_key(request):
    return answer(request, issuer=Issuer(b"s" * 32))


def _no_proof(request):
    honest = answer(request)
    return honest._replace(any_chat=(*honest.any_chat[:2], bytes(64)))


def _too_many(request):
    honest = answer(request)
    key, products, proof = honest.any_chat
    return honest._replace(any_chat=(key, products + products[:32], proof))


def _no_points(request):
    honest = answer(request)
    return honest._replace(any_chat=(b"", bytes(len(honest.any_chat[1])), b""))


def _no_day(request):
    return answer(request)._replace(day=1 << 40)


@pytest.mark.parametrize("lie", [_another_key, _no_proof, _too_many, _no_points, _no_day])
async def test_an_answer_that_proves_nothing_is_dropped_and_counted_and_the_relay_refuses(
    session, nursery, lie
):
    book = KeyBook()
    grant = ISSUER.issue(DAY, HOP, Pays.ANY, [point_of(bytes(16))])
    assert book.is_known(DAY, HOP, Pays.ANY, grant.key)
    chat, relay = await taken(session, user=None, device=Device(7, purse=Purse(book)))
    forwards = Forwarding(nursery, chat)
    forwards.start([8])
    await relay.say(lie(await relay.hear()))
    await relay.say(lie(await relay.hear()))  # what was missing, asked for just before
    assert paid(await relay.hear()).tokens == ()
    await relay.say(Decided(1, LIMIT))
    await wait_all_tasks_blocked()
    assert forwards.verdicts == [LIMIT]
    assert (chat.device.purse.unproven, chat.device.purse.held(TICKET)) == (2, 0)


async def test_an_answer_to_nothing_is_dropped(session, nursery):
    chat, relay = await taken(session)
    request = await relay.hear()
    stranger = answer(request)._replace(number=9)
    await relay.say(stranger, answer(request), answer(request))
    await wait_all_tasks_blocked()
    assert chat.device.purse.held(TICKET) == 5


# Sessions that end.


async def test_nobody_waits_for_tokens_when_the_session_is_over(session, nursery):
    chat, relay = await taken(session)
    forwards = Forwarding(nursery, chat)
    forwards.start([8])
    forwards.start([9])
    forwards.start([8], COPY_2)
    await relay.hear()
    await relay.stream.aclose()
    await wait_all_tasks_blocked()
    assert len(forwards.verdicts) == 3
    assert all("the session of user 7 is over" in text for text in forwards.verdicts)
    with pytest.raises(RunError, match="the session of user 7 is over"):
        await chat.forward(COPY_1, to=[8])
    assert chat.device.unanswered == {}


async def test_a_copy_that_is_taken_when_the_session_is_over_is_asked_for_by_its_forward(
    session, nursery
):
    chat, relay = await session.begin(user=7, enforcement=BLIND)
    await relay.say(COPY_1)
    await relay.stream.aclose()
    await wait_all_tasks_blocked()
    assert await anext(chat) == COPY_1
    again, relay = await session.begin(Welcome(1, 0, 0), device=chat.device, enforcement=BLIND)
    Forwarding(nursery, again).start([8])
    assert asked_for(await relay.hear()) == 1


async def test_tokens_and_what_an_act_brought_outlive_the_session_with_the_device(session, nursery):
    chat, relay = await taken(session)
    Forwarding(nursery, chat).start([8, 9])
    await relay.say(answer(await relay.hear()))
    act = await relay.hear()
    await relay.stream.aclose()
    await wait_all_tasks_blocked()
    again, relay = await session.begin(Welcome(1, 0, 0), device=chat.device, enforcement=BLIND)
    assert await relay.hear() == act
    assert again.device.purse.held(TICKET) == 3
    await relay.say(Decided(1, LIMIT))
    assert await again.verdict_on(1) == LIMIT
    assert again.device.purse.held(TICKET) == 5
    Forwarding(nursery, again).start([8, 9, 10, 11, 12])
    assert len(paid(await relay.hear()).tokens) == 5


async def test_a_request_of_a_lost_session_is_answered_by_nobody(session):
    chat, relay = await taken(session)
    lost = answer(await relay.hear())
    await relay.stream.aclose()
    again, relay = await session.begin(Welcome(1, 0, 0), device=chat.device, enforcement=BLIND)
    await relay.say(lost)
    await wait_all_tasks_blocked()
    assert again.device.purse.held(TICKET) == 0


def test_a_purse_keeps_tokens_of_the_copies_that_came_last(monkeypatch):
    monkeypatch.setattr("chatsim.provenance.purse._ACTS_KEPT", 2)
    purse, tickets = Purse(), [HEAD + bytes([number]) * 48 for number in range(3)]
    for ticket in tickets:
        request = purse.ask(ticket, HOP, 1)
        issued = answer(TopUp(request.number, ticket, request.points))
        assert purse.take(request.number, DAY, Grant(*issued.any_chat), Grant())
    assert [purse.held(ticket) for ticket in tickets] == [0, 1, 1]


# Without the extra.


async def test_without_pynacl_connect_says_what_to_install_before_it_calls_anybody(monkeypatch):
    monkeypatch.delitem(sys.modules, "chatsim.chat.paying", raising=False)
    monkeypatch.delitem(sys.modules, "chatsim.provenance.blind")
    monkeypatch.delitem(sys.modules, "chatsim.provenance.purse")
    monkeypatch.delitem(sys.modules, "chatsim.provenance.edwards")
    monkeypatch.setitem(sys.modules, "nacl", None)
    monkeypatch.setitem(sys.modules, "nacl.bindings", None)
    with pytest.raises(ConfigurationError, match=r"enforcement blind takes .*chatsim\[e2ee\]"):
        async with connect("127.0.0.1", 1, user=7, enforcement=BLIND):
            pass


def test_a_script_without_blind_imports_nothing_of_pynacl():
    program = "import sys, chatsim.client; sys.exit('nacl' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
