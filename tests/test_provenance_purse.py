"""An app's tokens: it believes no answer that does not prove itself, and brings no token twice."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatsim.model import ONE_DAY, TOKENS_MAX
from chatsim.provenance import edwards
from chatsim.provenance.blind import (
    Grant,
    Issuer,
    Payment,
    Pays,
    read_payment,
    split,
)
from chatsim.provenance.purse import KeyBook, Purse
from tests.blind_purses import (
    DAY,
    HOP,
    MINT,
    OTHER,
    POINT,
    ROOT,
    TICKET,
    TWIN,
    answer,
    filled,
    paid,
)


@pytest.fixture
def issuer():
    return Issuer(ROOT)


# What an app makes of answers.


def test_an_answer_is_taken_once_and_only_where_something_was_asked(issuer):
    purse = Purse()
    request = purse.ask(TICKET, HOP, 2)
    answered = answer(issuer, request, 2)
    assert not purse.take(request.number + 1, *answered)
    assert purse.take(request.number, *answered)
    assert not purse.take(request.number, *answered)
    assert purse.held(TICKET) == 2
    assert purse.held(OTHER) == 0


def test_answers_may_come_in_another_order(issuer):
    purse = Purse()
    first, second = purse.ask(TICKET, HOP, 2), purse.ask(OTHER, HOP, 3)
    assert purse.take(second.number, *answer(issuer, second, 3))
    assert purse.take(first.number, *answer(issuer, first, 2))
    assert (purse.held(TICKET), purse.held(OTHER)) == (2, 3)


def test_no_request_has_more_points_than_one_may(issuer):
    request = Purse().ask(TICKET, HOP, TOKENS_MAX + 5)
    assert len(request.points) == TOKENS_MAX * POINT


def test_an_answer_for_fewer_than_were_asked_is_taken(issuer):
    purse = Purse()
    request = purse.ask(TICKET, HOP, 5)
    assert purse.take(request.number, *answer(issuer, request, 1, granted=3))
    assert purse.held(TICKET) == 3
    assert [token.pays for token in paid(purse, 7, 8, 9).tokens] == [1, 1, 0]


def test_an_answer_with_more_products_than_were_asked_is_thrown_away(issuer):
    purse, greedy = Purse(), Purse()
    request, more = purse.ask(TICKET, HOP, 2), greedy.ask(TICKET, HOP, 3)
    assert not purse.take(request.number, *answer(issuer, more, 3))
    request = purse.ask(TICKET, HOP, 2)
    _, any_chat, contacts = answer(issuer, request, 2)
    doubled = issuer.issue(DAY, HOP, Pays.CONTACT, split(request.points))
    assert not purse.take(request.number, DAY, any_chat, doubled)
    assert contacts == Grant()
    assert purse.unproven == 2
    assert purse.held(TICKET) == 0


@pytest.mark.parametrize("day", [DAY - 1, DAY + 1, 1 << 40])
def test_a_day_other_than_the_copys_is_not_believed(issuer, day):
    """With a day for one person alone a relay would know their tokens again, whatever its keys."""
    purse = Purse()
    request = purse.ask(TICKET, HOP, 1)
    assert not purse.take(request.number, *answer(issuer, request, 1, day=day))
    assert purse.unproven == 1


@pytest.mark.parametrize("day", [1 << 32, 1 << 40])
def test_a_day_that_no_token_can_name_is_not_believed(issuer, day):
    purse = Purse()
    ticket = MINT.permit(bytes(32), 2, day * ONE_DAY, 7, 5, b"a" * 16)
    request = purse.ask(ticket, HOP, 1)
    assert not purse.take(request.number, *answer(issuer, request, 1, day=day))
    assert read_payment(purse.pay(TICKET, HOP, (7,))) == Payment(HOP, ())


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("place", [0, 31, -1])
def test_an_answer_with_a_changed_byte_is_thrown_away(issuer, part, place):
    purse = Purse()
    request = purse.ask(TICKET, HOP, 2)
    day, any_chat, contacts = answer(issuer, request, 2)
    data = bytearray(any_chat[part])
    data[place] ^= 1
    parts = [*any_chat]
    parts[part] = bytes(data)
    assert not purse.take(request.number, day, Grant(*parts), contacts)
    assert purse.held(TICKET) == 0
    assert filled(issuer, purse=purse).held(TICKET) == 2, "the purse goes on"


ANY_PART = st.one_of(
    st.binary(max_size=130),
    st.integers(0, 4).flatmap(lambda n: st.binary(min_size=32 * n, max_size=32 * n)),
    st.sampled_from([edwards.point_of(b"a"), edwards.point_of(b"b") * 2, bytes(64), b"\xff" * 64]),
)
GRANTS = st.builds(Grant, ANY_PART, ANY_PART, ANY_PART)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.integers(0, 3), st.integers(-1, 1 << 63), GRANTS, GRANTS, st.sampled_from([0, 1, 2, 3, 4])
)
def test_any_bytes_at_all_can_come_as_an_answer(issuer, number, day, any_chat, contacts, honest):
    """Some of its parts may be those of an honest answer."""
    purse = Purse()
    request = purse.ask(TICKET, HOP, 2)
    real = answer(issuer, request, 1)[1:]
    if honest == 1:
        any_chat = real[0]._replace(proof=any_chat.proof)
    elif honest == 2:
        any_chat = real[0]._replace(key=any_chat.key)
    elif honest == 3:
        any_chat = real[0]._replace(products=any_chat.products)
    elif honest == 4:
        contacts = real[1]._replace(proof=contacts.proof)
        any_chat = real[0]
    taken = purse.take(number, day, any_chat, contacts)
    if taken:
        assert purse.held(TICKET) == len(any_chat.products + contacts.products) // POINT
        assert not any_chat.products or any_chat == real[0]
    else:
        assert purse.held(TICKET) == 0
    assert read_payment(purse.pay(TICKET, HOP, (7,))) is not None
    before = purse.held(TICKET)
    assert filled(issuer, purse=purse).held(TICKET) == before + 2, "the purse goes on"


# Keys of somebody's own.


def test_a_relay_with_a_key_for_one_person_is_found_by_comparing(issuer):
    """The proof holds for that key: only that everybody was shown another one tells."""
    book, tagging = KeyBook(), Issuer(b"for one person alone, 32 bytes..")
    filled(issuer, purse=Purse(book))
    marked = Purse(book)
    request = marked.ask(TICKET, HOP, 2)
    tagged = answer(tagging, request, 2)
    assert not marked.take(request.number, *tagged)
    assert (marked.unproven, marked.held(TICKET)) == (1, 0)
    alone = Purse()
    request = alone.ask(TICKET, HOP, 2)
    assert alone.take(request.number, *answer(tagging, request, 2)), "who compares with nobody"


def test_a_relay_that_shows_everybodys_key_and_uses_another_is_found_by_the_proof(issuer):
    tagging = Issuer(b"for one person alone, 32 bytes..")
    purse = Purse()
    request = purse.ask(TICKET, HOP, 2)
    day, any_chat, contacts = answer(tagging, request, 2)
    everybodys = answer(issuer, request, 2)[1].key
    assert not purse.take(request.number, day, any_chat._replace(key=everybodys), contacts)
    assert purse.unproven == 1


def test_a_key_that_nothing_proves_is_not_remembered_as_everybodys(issuer):
    book = KeyBook()
    purse = Purse(book)
    request = purse.ask(TICKET, HOP, 2)
    day, any_chat, contacts = answer(issuer, request, 2)
    wrong = edwards.public_of(edwards.random_scalar())
    assert not purse.take(request.number, day, any_chat._replace(key=wrong), contacts)
    assert filled(issuer, purse=Purse(book)).held(TICKET) == 2


def test_a_relay_that_says_another_number_of_forwards_is_found(issuer):
    """Everybody knows the keys by number of forwards: that of another number is no key of this one."""
    book = KeyBook()
    filled(issuer, purse=Purse(book))
    purse = Purse(book)
    request = purse.ask(TICKET, HOP, 2)
    assert not purse.take(request.number, *answer(issuer, request, 2, hop=HOP + 1))


def test_days_kinds_and_numbers_of_forwards_have_keys_of_their_own(issuer):
    point = [edwards.point_of(b"seed")]
    keys = {
        issuer.issue(day, hop, pays, point).key
        for day in range(3)
        for hop in range(3)
        for pays in Pays
    }
    assert len(keys) == 18


# Paying.


def test_tokens_for_contacts_go_first_and_never_for_groups(issuer):
    purse = filled(issuer, 2, 2)
    assert [token.pays for token in paid(purse, 7).tokens] == [Pays.CONTACT]
    assert [token.pays for token in paid(purse, -1).tokens] == [Pays.ANY]
    assert [token.pays for token in paid(purse, 7, -1).tokens] == [Pays.CONTACT, Pays.ANY]
    assert purse.held(TICKET) == 0


def test_whoever_has_too_few_brings_all_of_them(issuer):
    purse = filled(issuer, 1, 2)
    assert len(paid(purse, 7, 8, 9, 10).tokens) == 3
    purse = filled(issuer, 1, 2)
    assert len(paid(purse, -1, -2).tokens) == 3, "for two groups one token is too few"
    assert paid(Purse(), 7) == Payment(HOP, ())


def test_no_payment_has_more_tokens_than_one_may(issuer):
    purse = filled(issuer, TOKENS_MAX)
    filled(issuer, 3, purse=purse)
    chats = tuple(range(TOKENS_MAX + 10))
    assert len(paid(purse, *chats).tokens) == TOKENS_MAX
    assert purse.held(TICKET) == 3


def test_no_token_is_brought_twice_and_none_for_another_copy(issuer):
    purse = filled(issuer, 4)
    filled(issuer, 2, ticket=OTHER, purse=purse)
    seeds = [token.seed for _ in range(3) for token in paid(purse, 7, 8).tokens]
    assert len(seeds) == len(set(seeds)) == 4
    assert purse.held(OTHER) == 2


def test_copies_of_one_act_share_their_tokens(issuer):
    purse = filled(issuer, 3)
    assert purse.held(TWIN) == 3
    assert len(paid(purse, 7, ticket=TWIN).tokens) == 1
    filled(issuer, 1, ticket=TWIN, purse=purse)
    assert purse.held(TICKET) == 3


def test_a_refused_payment_is_held_again_and_an_allowed_one_is_gone(issuer):
    purse = filled(issuer, 1, 2)
    refused = purse.pay(TICKET, HOP, (7, -1))
    assert purse.held(TICKET) == 1
    purse.decided(refused, allowed=False)
    assert purse.held(TICKET) == 3
    purse.decided(refused, allowed=False)
    assert purse.held(TICKET) == 3, "once"
    allowed = purse.pay(TICKET, HOP, (7, 8, -1))
    purse.decided(allowed, allowed=True)
    purse.decided(allowed, allowed=False)
    assert purse.held(TICKET) == 0
    purse.decided(b"never paid", allowed=False)


def test_what_comes_back_pays_for_other_chats(issuer):
    purse = filled(issuer, 1)
    purse.decided(purse.pay(TICKET, HOP, (7,)), allowed=False)
    (token,) = paid(purse, 8).tokens
    assert issuer.is_genuine(token, HOP, (8,))
    assert not issuer.is_genuine(token, HOP, (7,))
