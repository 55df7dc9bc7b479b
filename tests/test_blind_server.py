"""Scripts at a real server of blind tokens: within the caps and over them, after a broken connection and a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import trio

from chatsim.client import Chat, connect, converse, group
from chatsim.device import Device
from chatsim.errors import RunError
from chatsim.model import ALLOWED, Enforcement, Reason, Verdict
from chatsim.policy.presets import resolve
from chatsim.relay.roster import OpenRoster
from chatsim.store.location import StoreLocation
from tests.bench import Groups
from tests.serving import Running, until
from tests.stores import load

BLIND = Enforcement.BLIND
LATEST = resolve("whatsapp-latest")
ROSTER = Groups(20, [[0, 1, 2], [1, 3, 4], [1, 5, 6]])
UNAVAILABLE = Verdict(Reason.UNAVAILABLE)
PATIENCE = 60.0
NEVER = 10**9
DEVICES, FORWARDS = 2, 40
CAP = 5
"""Chats that the policy grants for a copy of an original, until it is fresh again."""


def over(limit: int) -> Verdict:
    return Verdict(Reason.CHATS_PER_ACTION, limit)


@asynccontextmanager
async def session(running: Running, who: int | Device, **options) -> AsyncIterator[Chat]:
    stream = await running.kind.stream(running.port)
    device = Device(who) if isinstance(who, int) else who
    async with converse(stream, device=device, enforcement=BLIND, **options) as chat:
        yield chat


@asynccontextmanager
async def sessions(running: Running, *users: int, **options) -> AsyncIterator[list[Chat]]:
    with trio.fail_after(PATIENCE):
        async with AsyncExitStack() as stack:
            yield [
                await stack.enter_async_context(session(running, user, **options)) for user in users
            ]


async def held(chat: Chat, copy, tokens: int) -> None:
    """Wait until so many tokens are there."""
    purse = chat.device.purse
    assert purse is not None
    await until(lambda: purse.held(copy.stamp) == tokens)


@pytest.mark.parametrize("ahead", [0, 2, CAP, 25])
async def test_forwards_pass_up_to_the_cap_and_are_refused_over_it_with_what_is_left(
    nursery, plain_server, ahead
):
    await plain_server.start(enforcement=BLIND, policy=LATEST, roster=ROSTER, refill_ticks=NEVER)
    async with sessions(plain_server, 0, 1, 3, tokens_ahead=ahead) as (one, two, three):
        assert await one.send("rumour", to=[1]) == ALLOWED
        copy = await anext(two)
        assert await two.forward(copy, to=[3, 4, 5, 6, 7, 8]) == over(CAP)
        assert await two.forward(copy, to=[3, 4, 5]) == ALLOWED
        assert await two.forward(copy, to=[6, 7, 8]) == over(2)
        assert await two.forward(copy, to=[6, 7]) == ALLOWED
        assert await two.forward(copy, to=[8]) == over(0)
        assert three.text(await anext(three)) == b"rumour"


async def test_number_of_forwards_and_label_are_the_relays(nursery, plain_server):
    await plain_server.start(enforcement=BLIND, policy=LATEST, roster=ROSTER)
    async with sessions(plain_server, *range(8)) as chats:
        assert await chats[0].send("rumour", to=[1]) == ALLOWED
        found = []
        for at in range(1, 7):
            copy = await anext(chats[at])
            found.append((copy.hop, copy.label, copy.body))
            assert await chats[at].forward(copy, to=[at + 1]) == ALLOWED
        assert await chats[6].forward(copy, to=[8, 9]) == over(0)
        hops = [(hop, (hop >= 1) + (hop >= 5), b"rumour") for hop in range(6)]
        assert found == hops


async def test_a_second_action_is_granted_when_the_caps_are_fresh_again(
    nursery, plain_server, mock_clock
):
    await plain_server.start(enforcement=BLIND, policy=LATEST, roster=ROSTER, refill_ticks=15)
    async with session(plain_server, 0) as one, session(plain_server, 1) as two:
        assert await one.send("rumour", to=[1]) == ALLOWED
        copy = await anext(two)
        assert await two.forward(copy, to=[3, 4, 5, 6, 7]) == ALLOWED
        assert await two.forward(copy, to=[8]) == over(0)
        mock_clock.jump(15)
        assert await two.forward(copy, to=[3, 4, 5, 6, 7]) == ALLOWED


async def test_groups_are_capped_by_tokens_that_pay_for_any_chat(nursery, plain_server):
    await plain_server.start(enforcement=BLIND, policy=LATEST, roster=ROSTER, refill_ticks=NEVER)
    async with sessions(plain_server, 0, 1, 3, 7) as (one, two, three, seven):
        assert await one.send("rumour", to=[group(0)]) == ALLOWED
        assert await seven.send("gossip", to=[3]) == ALLOWED
        copy = await anext(two)
        assert await two.forward(copy, to=[group(1), group(2), 8]) == ALLOWED  # no cap on groups
        copies = {three.text(copy): copy for copy in [await anext(three), await anext(three)]}
        rumour = copies[b"rumour"]
        assert (rumour.hop, rumour.group) == (1, 1)
        assert await three.forward(rumour, to=[group(1), group(1)]) == Verdict(
            Reason.GROUPS_PER_ACTION, 1
        )
        assert await three.forward(rumour, to=[8, group(1), 9]) == ALLOWED
        assert await three.forward(rumour, to=[group(1)]) == Verdict(Reason.GROUPS_PER_ACTION, 0)
        assert await three.forward(rumour, to=[8, 9]) == ALLOWED


async def test_tokens_of_one_copy_pay_for_another_with_as_many_forwards_and_for_no_other(
    nursery, plain_server
):
    await plain_server.start(enforcement=BLIND, policy=LATEST, roster=ROSTER, refill_ticks=NEVER)
    async with sessions(plain_server, 0, 1, 3) as (one, two, three):
        assert await one.send("rumour", to=[1]) == ALLOWED
        assert await one.send("news", to=[group(0)]) == ALLOWED
        rumour, news = await anext(two), await anext(two)
        await held(two, news, CAP)
        assert await two.forward(rumour._replace(stamp=news.stamp), to=[3]) == ALLOWED
        await held(two, news, CAP - 1)
        await held(two, rumour, CAP)
        once = await anext(three)
        assert once.hop == 1
        assert await two.forward(news._replace(hop=1), to=[4]) == UNAVAILABLE
        assert await two.forward(news, to=[4]) == ALLOWED


async def test_a_ticket_is_good_for_nobody_but_the_recipient(nursery, plain_server):
    await plain_server.start(enforcement=BLIND, policy=LATEST, roster=ROSTER)
    async with sessions(plain_server, 0, 1, 3, tokens_ahead=0) as (one, two, three):
        assert await one.send("rumour", to=[1]) == ALLOWED
        copy = await anext(two)
        assert await three.forward(copy, to=[4]) == over(0)
        forged = bytes([copy.stamp[0] ^ 1]) + copy.stamp[1:]
        assert await two.forward(copy._replace(stamp=forged), to=[4]) == over(0)
        assert await two.forward(copy, to=[4]) == ALLOWED


async def test_without_caps_a_forward_to_many_chats_passes(nursery, plain_server):
    await plain_server.start(enforcement=BLIND, roster=OpenRoster(100))
    async with sessions(plain_server, 0, 1) as (one, two):
        assert await one.send("rumour", to=[1]) == ALLOWED
        copy = await anext(two)
        assert await two.forward(copy, to=range(10, 60)) == ALLOWED
        assert await two.forward(copy, to=[7]) == ALLOWED


async def test_of_many_forwards_at_once_from_two_devices_exactly_the_cap_is_admitted(
    nursery, plain_server
):
    await plain_server.start(
        enforcement=BLIND, policy=LATEST, roster=OpenRoster(1_000), refill_ticks=NEVER
    )
    verdicts: list[Verdict] = []

    async def forward(chat: Chat, copy, to: int) -> None:
        verdicts.append(await chat.forward(copy, to=[to]))

    async with AsyncExitStack() as stack:
        devices = [
            await stack.enter_async_context(session(plain_server, Device(7, number)))
            for number in range(DEVICES)
        ]
        async with session(plain_server, 1) as sender:
            assert await sender.send("rumour", to=[7]) == ALLOWED
        with trio.fail_after(PATIENCE):
            copies = [await anext(chat) for chat in devices]
            async with trio.open_nursery() as racing:
                for turn in range(FORWARDS):
                    place = turn % DEVICES
                    racing.start_soon(forward, devices[place], copies[place], 100 + turn)
    assert verdicts.count(ALLOWED) == CAP
    assert verdicts.count(over(0)) == FORWARDS - CAP


class Cut(trio.abc.Stream):
    """A connection that breaks when a test says so: as what is sent next leaves, or before its answer arrives."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.breaks = ""
        self._stream = stream

    async def send_all(self, data) -> None:
        if self.breaks == "act":
            await trio.aclose_forcefully(self._stream)
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes=None) -> bytes:
        data = await self._stream.receive_some(max_bytes)
        return b"" if self.breaks == "verdict" else data

    async def aclose(self) -> None:
        await trio.aclose_forcefully(self._stream)


@pytest.mark.parametrize("breaks", ["act", "verdict"])
async def test_a_forward_is_sent_again_with_its_tokens_and_spends_them_once(
    nursery, plain_server, breaks
):
    await plain_server.start(enforcement=BLIND, policy=LATEST, roster=ROSTER, refill_ticks=NEVER)
    device = Device(1)
    async with session(plain_server, 0) as one, session(plain_server, 3) as three:
        stream = Cut(await plain_server.kind.stream(plain_server.port))
        async with converse(stream, device=device, enforcement=BLIND) as two:
            assert await one.send("rumour", to=[1]) == ALLOWED
            copy = await anext(two)
            await held(two, copy, CAP)
            stream.breaks = breaks
            with pytest.raises(RunError, match="the session of user 1 is over"):
                await two.forward(copy, to=[3, 4])
        brought = device.unanswered[1].stamp
        async with session(plain_server, device) as two:
            assert two.resent == (1,)
            assert await two.verdict_on(1) == ALLOWED
            assert (await anext(three)).body == b"rumour"
            await held(two, copy, CAP - 2)
            assert await two.forward(copy, to=[4, 5, 6, 7]) == over(3)
            assert await two.forward(copy, to=[3, 4, 5]) == ALLOWED
            again = await anext(three)
            assert (again.counter, again.stamp != brought) == (3, True)


async def test_tickets_and_tokens_outlive_a_server_and_spent_ones_stay_spent(
    nursery, plain, tmp_path: Path
):
    path = tmp_path / "mail.db"
    given = {
        "enforcement": BLIND,
        "policy": LATEST,
        "roster": ROSTER,
        "refill_ticks": NEVER,
        "store": StoreLocation(path),
    }
    device, first, second = Device(1), Running(nursery, plain), Running(nursery, plain)
    await first.start(**given)
    async with session(first, 0) as one, session(first, device) as two:
        for text in ("rumour", "news"):
            assert await one.send(text, to=[1]) == ALLOWED
        rumour, news = await anext(two), await anext(two)
        await held(two, rumour, CAP)
        assert await two.forward(rumour, to=[3, 4, 5]) == ALLOWED
        assert await two.forward(news, to=[3]) == ALLOWED
        spent = device.purse
        await held(two, news, CAP - 1)
    assert (await first.stop()).failure is None
    kept = load(path)
    assert (len(kept.tokens), len(kept.permits), len(kept.records)) == (4, 2, 0)
    await second.start(**given)
    async with session(second, device) as two:
        assert device.purse is spent
        assert await two.forward(rumour, to=[6, 7, 8]) == over(2)
        assert await two.forward(rumour, to=[6, 7]) == ALLOWED
        assert await two.forward(rumour, to=[8]) == over(0)
    forgetful = Device(1, 1)
    async with session(second, forgetful) as two:  # the ticket is good, and the caps are used
        assert await two.forward(news, to=[8]) == over(0)
    await second.stop()


@pytest.mark.parametrize("enforcement", [Enforcement.CLEAR, Enforcement.CLIENT])
async def test_a_script_that_is_not_told_of_tokens_can_forward_nothing(
    nursery, plain_server, enforcement
):
    await plain_server.start(enforcement=BLIND)
    stream = await plain_server.kind.stream(plain_server.port)
    async with (
        converse(stream, user=1, enforcement=enforcement) as chat,
        session(plain_server, 0) as one,
    ):
        assert await one.send("rumour", to=[1]) == ALLOWED
        assert await chat.forward(await anext(chat), to=[2]) == UNAVAILABLE


async def test_at_a_server_that_makes_no_tokens_the_session_says_so(nursery, plain_server):
    await plain_server.start()
    async with (
        session(plain_server, 0) as one,
        connect("127.0.0.1", plain_server.port, user=1, enforcement=BLIND) as chat,
    ):
        assert await one.send("rumour", to=[1]) == ALLOWED
        copy = await anext(chat)
        with pytest.raises(RunError, match="this relay makes none"):
            await chat.forward(copy, to=[2])
