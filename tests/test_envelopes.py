"""What a script's app puts around a text under each enforcement, and which copies it gives out."""

from __future__ import annotations

import pytest
from trio.testing import wait_all_tasks_blocked

from chatsim.envelopes import Envelopes
from chatsim.model import ALLOWED, Enforcement
from chatsim.provenance.enforcing import COMMITMENT_BYTES, SECRET_BYTES
from chatsim.provenance.receipt import commitment, enclosed, opened
from chatsim.wire.messages import Act, Copy, Decided
from tests.talking import COPY, Session

TEXT = b"meet me at the old bridge"
RECEIPT = Enforcement.RECEIPT


@pytest.fixture
async def session(nursery):
    session = Session(nursery)
    yield session
    await session.end()


def committed(body: bytes, outer: bytes) -> Copy:
    return COPY._replace(body=body, outer=outer, stamp=bytes(57))


@pytest.mark.parametrize("enforcement", [Enforcement.CLIENT, Enforcement.CLEAR])
@pytest.mark.parametrize("outer", [None, b"whatever"])
def test_without_receipts_a_text_is_a_body_and_every_copy_is_shown(enforcement, outer):
    envelopes = Envelopes(enforcement, None)
    assert envelopes.original(TEXT) == (TEXT, None)
    copy = committed(TEXT, b"")._replace(outer=outer)
    assert envelopes.open(copy) is copy
    assert envelopes.text(copy) == TEXT
    assert envelopes.forward(copy, None) == (TEXT, None)
    assert envelopes.forward(copy, b"\1" + TEXT) == (b"\1" + TEXT, None)


@pytest.mark.parametrize("text", [TEXT, b""])
def test_under_receipt_a_fresh_secret_is_in_front_and_the_commitment_beside(text):
    envelopes = Envelopes(RECEIPT, None)
    body, outer = envelopes.original(text)
    secret = body[:SECRET_BYTES]
    assert body == secret + text
    assert outer == commitment(secret, text)
    assert len(outer) == COMMITMENT_BYTES
    assert envelopes.original(text).body != body
    copy = committed(body, outer)
    assert envelopes.open(copy) is copy
    assert envelopes.text(copy) == text
    assert envelopes.forward(copy, None) == (body, outer)


@pytest.mark.parametrize(
    "change",
    [
        lambda copy: copy._replace(body=copy.body[:-1] + b"?"),
        lambda copy: copy._replace(body=bytes(1) + copy.body[1:]),
        lambda copy: copy._replace(outer=opened(enclosed(TEXT))),
        lambda copy: copy._replace(outer=None),
        lambda copy: copy._replace(body=b""),
    ],
)
def test_a_copy_that_brings_another_text_than_the_one_committed_to_is_dropped_and_counted(change):
    body = enclosed(TEXT)
    envelopes = Envelopes(RECEIPT, None)
    assert envelopes.open(change(committed(body, opened(body)))) is None
    assert envelopes.mislabelled == 1


def test_a_forward_with_another_text_is_one_that_nobody_shows():
    body = enclosed(TEXT)
    cheat, reader = Envelopes(RECEIPT, None), Envelopes(RECEIPT, None)
    forwarded = cheat.forward(committed(body, opened(body)), b"another")
    assert forwarded == (body[:SECRET_BYTES] + b"another", opened(body))
    assert reader.open(committed(*forwarded)) is None
    assert reader.mislabelled == 1


async def test_a_session_commits_brings_permits_back_and_counts_what_it_drops(session, nursery):
    chat, relay = await session.begin(user=7, enforcement=RECEIPT)
    verdicts = []

    async def act():
        verdicts.append(await chat.send(TEXT, to=[8]))
        verdicts.append(await chat.forward(await anext(chat), to=[9]))

    nursery.start_soon(act)
    sent = await relay.hear()
    assert isinstance(sent, Act)
    assert sent.outer == opened(sent.body)
    body = enclosed(b"rumour")
    good = committed(body, opened(body))
    await relay.say(Decided(1, ALLOWED), good._replace(body=body + b"!"), good)
    forward = await relay.hear()
    assert forward == Act(2, 2, (9,), good.stamp, good.outer, 0, body)
    await relay.say(Decided(2, ALLOWED))
    await wait_all_tasks_blocked()
    assert verdicts == [ALLOWED, ALLOWED]
    assert chat.envelopes.mislabelled == 1
    assert chat.text(good) == b"rumour"
