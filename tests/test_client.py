"""The trio client: verdicts, copies, and when it acknowledges. The server's side is a stream in memory."""

from __future__ import annotations

import pytest
import trio
from trio.testing import memory_stream_pair, wait_all_tasks_blocked

from chatsim.chat.line import ACKNOWLEDGE_SECONDS
from chatsim.client import connect, converse, group
from chatsim.device import ACKNOWLEDGE_AFTER, Device
from chatsim.errors import RunError
from chatsim.model import ALLOWED, Reason, Verdict
from chatsim.wire.encoding import encode
from chatsim.wire.framing import head_of
from chatsim.wire.messages import (
    Acknowledge,
    Act,
    Complain,
    Copy,
    Decided,
    Go,
    Hello,
    Leave,
    Refusal,
    Welcome,
)
from tests.talking import COPY, Relay, Session


@pytest.fixture
async def session(nursery):
    session = Session(nursery)
    yield session
    await session.end()


async def test_a_verdict_comes_back_as_a_value(session, nursery):
    chat, relay = await session.begin()
    verdicts = []

    async def act():
        verdicts.append(await chat.send("hello", to=[8, group(3)]))
        verdicts.append(await chat.forward(COPY, to=[9]))

    nursery.start_soon(act)
    assert await relay.hear() == Act(0, 1, (8, -4), None, None, 0, b"hello")
    await relay.say(Decided(1, ALLOWED))
    assert await relay.hear() == Act(0, 2, (9,), COPY.stamp, None, 0, b"rumour")
    refused = Verdict(Reason.CHATS_PER_ACTION, 5)
    await relay.say(Decided(2, refused))
    await wait_all_tasks_blocked()
    assert verdicts == [ALLOWED, refused]


async def test_a_complaint_brings_stamp_and_body_of_the_copy_and_has_a_verdict(session, nursery):
    chat, relay = await session.begin()
    verdicts = []

    async def complain():
        verdicts.append(await chat.complain(COPY))

    nursery.start_soon(complain)
    assert await relay.hear() == Complain(0, 1, COPY.stamp, COPY.body)
    assert list(chat.device.unanswered) == [1]
    await relay.say(Decided(1, Verdict(Reason.NOT_HEARD)))
    await wait_all_tasks_blocked()
    assert verdicts == [Verdict(Reason.NOT_HEARD)]
    assert not chat.device.unanswered


@pytest.mark.parametrize("to", [[], ["family"], [True], [8, None]])
async def test_what_is_no_chat_is_refused_here_and_the_session_goes_on(session, nursery, to):
    chat, relay = await session.begin()
    with pytest.raises(TypeError, match="it takes chats"):
        await chat.send("hello", to=to)
    nursery.start_soon(chat.send, "hello", [8])
    assert await relay.hear() == Act(0, 1, (8,), None, None, 0, b"hello")
    await relay.say(Decided(1, ALLOWED))


async def test_each_of_many_acts_gets_its_own_verdict(session, nursery):
    chat, relay = await session.begin()
    verdicts = {}

    async def act(chat_number):
        verdicts[chat_number] = await chat.send(b"", to=[chat_number])

    for number in range(5):
        nursery.start_soon(act, number)
    acts = [await relay.hear() for _ in range(5)]
    for act in reversed(acts):
        assert isinstance(act, Act)
        await relay.say(Decided(act.counter, Verdict(Reason.CHATS_IN_TOTAL, act.chats[0])))
    await wait_all_tasks_blocked()
    assert {number: verdict.limit for number, verdict in verdicts.items()} == dict(
        zip(range(5), range(5), strict=True)
    )


async def test_copies_come_in_order_and_before_they_are_asked_for(session):
    chat, relay = await session.begin()
    copies = [COPY._replace(counter=counter) for counter in range(1, 4)]
    await relay.say(*copies)
    assert [await anext(chat) for _ in copies] == copies


async def test_an_acknowledgement_goes_after_sixteen_copies(session):
    chat, relay = await session.begin()
    await relay.say(*[COPY] * (ACKNOWLEDGE_AFTER + 1))
    for _ in range(ACKNOWLEDGE_AFTER):
        await anext(chat)
    assert await relay.hear() == Acknowledge(ACKNOWLEDGE_AFTER)


async def test_an_acknowledgement_goes_after_a_fifth_of_a_second(session, autojump_clock):
    chat, relay = await session.begin()
    await relay.say(COPY, COPY)
    await anext(chat)
    start = trio.current_time()
    assert await relay.hear() == Acknowledge(1)
    assert trio.current_time() - start == pytest.approx(ACKNOWLEDGE_SECONDS)


async def test_an_acknowledgement_rides_on_the_next_act_and_does_not_go_twice(
    session, nursery, autojump_clock
):
    chat, relay = await session.begin()
    await relay.say(COPY)
    copy = await anext(chat)
    nursery.start_soon(chat.forward, copy, [9])
    act = await relay.hear()
    assert isinstance(act, Act)
    assert act.acknowledged == 1
    await trio.sleep(10 * ACKNOWLEDGE_SECONDS)
    await relay.say(Decided(1, ALLOWED), COPY)
    await anext(chat)
    assert await relay.hear() == Acknowledge(2)


async def test_only_what_the_script_took_counts_as_received(session):
    chat, relay = await session.begin()
    await relay.say(COPY, COPY, COPY)
    await anext(chat)
    await session.end()
    assert await relay.hear() == Leave(1)


async def test_a_device_goes_on_counting_on_its_next_session(session):
    device = Device(7, counter=4, received=9, acknowledged=6)
    chat, _ = await session.begin(Welcome(9, 4, 0), device=device)
    assert chat.device is device
    assert (device.received, device.acknowledged, device.counter) == (9, 9, 4)


async def test_a_user_takes_over_the_relays_counts(session):
    chat, _ = await session.begin(Welcome(6, 3, 0), user=7)
    assert (chat.device.received, chat.device.counter) == (6, 3)


async def test_copies_that_come_with_the_welcome_are_not_lost():
    ours, theirs = memory_stream_pair()
    relay = Relay(theirs)
    both = [Welcome(0, 0, 0), COPY]
    frames = [head_of(encode(m), len(m.body) if isinstance(m, Copy) else 0) for m in both]
    await theirs.send_all(b"".join(frames) + COPY.body)
    async with converse(ours, user=7) as chat:
        assert await anext(chat) == COPY
    assert [type(await relay.hear()) for _ in range(2)] == [Hello, Leave]


async def test_a_refused_login_says_why():
    ours, theirs = memory_stream_pair()
    await Relay(theirs).say(Refusal("user 7 is unknown"))
    with pytest.raises(RunError, match="the session of user 7 is over: user 7 is unknown"):
        async with converse(ours, user=7):
            pass


async def test_a_server_that_is_gone_before_the_welcome_is_an_error():
    ours, theirs = memory_stream_pair()
    await theirs.aclose()
    with pytest.raises(RunError, match="user 7 is over"):
        async with converse(ours, user=7):
            pass


async def test_an_orderly_end_by_the_server_ends_the_iteration(session):
    chat, relay = await session.begin()
    await relay.say(COPY)
    await relay.stream.send_eof()
    assert [copy async for copy in chat] == [COPY]
    with pytest.raises(RunError, match="the server closed the connection"):
        await chat.send("too late", to=[8])


@pytest.mark.parametrize(
    ("last", "why"),
    [
        (head_of(encode(Refusal("the server stops")), 0), "the server stops"),
        (head_of(encode(Go(3)), 0), "the server said go to a device"),
        (head_of(encode(Decided(99, ALLOWED)), 0), "a verdict on act 99"),
        (b"\xff" * 10, "a frame of 4294967295 bytes"),
        (b"\x00", "the connection broke off"),
    ],
)
async def test_any_other_end_is_an_error_that_says_why(session, nursery, last, why):
    chat, relay = await session.begin()
    failures = []

    async def act():
        with pytest.raises(RunError) as caught:
            await chat.send("hello", to=[8])
        failures.append(str(caught.value))

    nursery.start_soon(act)
    await relay.hear()
    await relay.stream.send_all(last)
    await relay.stream.send_eof()
    with pytest.raises(RunError, match=why):
        await anext(chat)
    await wait_all_tasks_blocked()
    assert len(failures) == 1
    assert why in failures[0]


async def test_what_a_script_raises_comes_out_as_it_is():
    ours, theirs = memory_stream_pair()
    relay = Relay(theirs)
    await relay.say(Welcome(0, 0, 0))
    with pytest.raises(ZeroDivisionError):
        async with converse(ours, user=7):
            raise ZeroDivisionError
    assert [type(await relay.hear()) for _ in range(2)] == [Hello, Leave]


async def test_a_user_or_a_device_says_who_it_is():
    for who in ({}, {"user": 7, "device": Device(7)}):
        with pytest.raises(TypeError, match="a user or a device"):
            async with connect("127.0.0.1", 1, **who):
                pass


async def test_nobody_listening_gives_one_sentence():
    with pytest.raises(RunError, match=r"nobody serves at 127\.0\.0\.1 port 1: "):
        async with connect("127.0.0.1", 1, user=7):
            pass
