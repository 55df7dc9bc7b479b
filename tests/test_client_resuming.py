"""The trio client over several sessions, and its notices: nothing lost, nothing twice."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from chatsim.chat.line import KEEP_ALIVE_SECONDS
from chatsim.chat.verdicts import UNANSWERED_MAX
from chatsim.client import DELIVERED, READ
from chatsim.device import Device
from chatsim.errors import RunError
from chatsim.model import ALLOWED, Reason, Verdict
from chatsim.wire.messages import (
    Acknowledge,
    Act,
    Decided,
    Hello,
    Leave,
    Notice,
    Notify,
    Presence,
    Resume,
    Subscribe,
    Welcome,
)
from tests.talking import COPY, Session

FULL = Verdict(Reason.MAILBOX_FULL)
ASKING = COPY._replace(notices=DELIVERED | READ)


@pytest.fixture
async def session(nursery):
    session = Session(nursery)
    yield session
    await session.end()


# Resuming.


async def test_a_device_says_how_much_it_has_received_and_a_user_does_not(session):
    await session.begin(Welcome(9, 4, 0), device=Device(7, counter=4, received=9))
    assert session.first == Resume(7, 0, None, 9)
    await session.begin(Welcome(9, 4, 0), user=7)
    assert session.first == Hello(7, 0, None)


async def test_acts_in_flight_are_sent_again_and_their_verdicts_reach_whoever_asks(
    session, nursery
):
    chat, relay = await session.begin()
    broken = []

    async def act(body):
        try:
            await chat.send(body, to=[8])
        except RunError as error:
            broken.append(str(error))

    for body in (b"first", b"second"):
        nursery.start_soon(act, body)
        await relay.hear()
    await relay.stream.aclose()
    await wait_all_tasks_blocked()
    assert len(broken) == 2

    again, relay = await session.begin(Welcome(0, 1, 0), device=chat.device)
    assert [await relay.hear(), await relay.hear()] == [
        Act(0, 1, (8,), body=b"first"),
        Act(0, 2, (8,), body=b"second"),
    ]
    assert again.resent == (1, 2)
    await relay.say(Decided(1, ALLOWED), Decided(2, FULL))
    assert [await again.verdict_on(counter) for counter in again.resent] == [ALLOWED, FULL]
    assert again.device.unanswered == {}
    with pytest.raises(ValueError, match=r"act 3 was not sent again; those that were: \[1, 2\]"):
        await again.verdict_on(3)


async def test_a_verdict_on_an_act_sent_again_can_be_lost_again(session, nursery):
    device = Device(7)
    device.act((8,), b"body")
    chat, relay = await session.begin(device=device)
    await relay.stream.aclose()
    with pytest.raises(RunError, match="user 7 is over"):
        await chat.verdict_on(1)
    assert list(device.unanswered) == [1]


async def test_a_copy_that_was_not_taken_comes_again_and_one_that_was_does_not(session):
    chat, relay = await session.begin()
    copies = [COPY._replace(counter=counter) for counter in (1, 2, 3)]
    await relay.say(*copies)
    await anext(chat)
    await relay.stream.aclose()
    again, relay = await session.begin(Welcome(1, 0, 0), device=chat.device)
    assert session.first == Resume(7, 0, None, 1)
    await relay.say(*copies[1:])
    assert [await anext(again), await anext(again)] == copies[1:]


async def test_what_the_relay_no_longer_has_is_counted(session):
    chat, _ = await session.begin(Welcome(5, 0, 0), device=Device(7, received=2))
    assert (chat.device.expired, chat.device.received) == (3, 5)


async def test_a_relay_that_lost_its_memory_is_an_error_that_says_so(session):
    device = Device(7, counter=4)
    with pytest.RaisesGroup(pytest.RaisesExc(RunError, match="answered this device up to 4")):
        async with trio.open_nursery() as own:
            await Session(own).begin(Welcome(0, 1, 0), device=device)


async def test_no_more_than_256_acts_wait_for_their_verdicts(session, nursery):
    chat, relay = await session.begin()
    for _ in range(UNANSWERED_MAX + 1):
        nursery.start_soon(chat.send, b"", [8])
    await wait_all_tasks_blocked()
    assert len(chat.device.unanswered) == UNANSWERED_MAX
    for counter in range(1, UNANSWERED_MAX + 2):
        assert isinstance(await relay.hear(), Act)
        await relay.say(Decided(counter, ALLOWED))
    await wait_all_tasks_blocked()
    assert chat.device.unanswered == {}


# Staying.


async def test_a_client_that_is_silent_says_every_minute_that_it_is_there(session, autojump_clock):
    start = trio.current_time()
    _, relay = await session.begin()
    assert [await relay.hear(), await relay.hear()] == [Acknowledge(0)] * 2
    assert trio.current_time() - start == pytest.approx(2 * KEEP_ALIVE_SECONDS)


async def test_a_client_that_speaks_needs_no_keep_alive(session, nursery, autojump_clock):
    chat, relay = await session.begin()
    await trio.sleep(KEEP_ALIVE_SECONDS - 1)
    nursery.start_soon(chat.send, b"", [8])
    assert isinstance(await relay.hear(), Act)
    spoken = trio.current_time()
    await relay.say(Decided(1, ALLOWED))
    assert await relay.hear() == Acknowledge(0)
    assert trio.current_time() - spoken == pytest.approx(KEEP_ALIVE_SECONDS)


# Notices and presence.


async def test_whoever_asks_hears_what_became_of_a_message(session, nursery):
    chat, relay = await session.begin()
    nursery.start_soon(lambda: chat.send(b"hello", to=[8], notices=DELIVERED | READ))
    act = await relay.hear()
    assert isinstance(act, Act)
    assert act.notices == 3
    notices = [Notice(DELIVERED, 8, 1), Notice(READ, 8, 1)]
    await relay.say(Decided(1, ALLOWED), *notices)
    assert [await chat.notices.receive() for _ in notices] == notices


async def test_a_delivery_is_noticed_when_the_copy_is_taken_and_a_reading_when_the_script_says_so(
    session,
):
    chat, relay = await session.begin()
    await relay.say(ASKING, COPY)
    copy = await anext(chat)
    assert await relay.hear() == Notify(1, DELIVERED, 8, 0, 1)
    await chat.read(copy)
    assert await relay.hear() == Notify(1, READ, 8, 0, 1)
    await chat.read(await anext(chat))
    await session.end()
    assert await relay.hear() == Leave(2)


async def test_a_notice_is_acknowledged_only_with_the_copies_before_it(session):
    chat, relay = await session.begin(Welcome(0, 1, 0))
    await relay.say(Notice(READ, 8, 1), COPY, Notice(READ, 9, 1), Notice(READ, 7, 1), COPY)
    await wait_all_tasks_blocked()
    assert chat.device.received == 1
    await anext(chat)
    assert chat.device.received == 4
    await anext(chat)
    assert chat.device.received == 5


async def test_a_notice_about_what_was_never_sent_is_not_told(session):
    chat, relay = await session.begin()
    await relay.say(Notice(READ, 8, 1))
    await wait_all_tasks_blocked()
    with pytest.raises(trio.WouldBlock):
        chat.notices.receive_nowait()
    assert chat.device.received == 1


async def test_a_notice_alone_is_acknowledged_in_time(session, autojump_clock):
    _, relay = await session.begin(Welcome(0, 1, 0))
    await relay.say(Notice(READ, 8, 1))
    assert await relay.hear() == Acknowledge(1)


async def test_contacts_come_and_go(session):
    chat, relay = await session.begin()
    await chat.watch([8, 9])
    assert await relay.hear() == Subscribe((8, 9))
    told = [Presence(8, True), Presence(9, False)]
    await relay.say(*told)
    await relay.stream.aclose()
    assert [presence async for presence in chat.presences] == told
