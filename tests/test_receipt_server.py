"""Scripts at a real server of receipts: budgets hold in a race and over a kill, and permits outlive it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import trio

from chatsim.client import Chat, connect, converse, group
from chatsim.device import Device
from chatsim.model import ALLOWED, Enforcement, Reason, Verdict
from chatsim.policy.presets import resolve
from chatsim.relay.roster import OpenRoster
from chatsim.server.options import ShellKind
from tests.serving import Running
from tests.stores import load

RECEIPT = Enforcement.RECEIPT
PATIENCE = 60.0
CAP = 5
"""Chats that the policy grants for a copy of an original, until it is fresh again."""
SPENT = Verdict(Reason.CHATS_PER_ACTION, 0)
DEVICES, FORWARDS = 4, 256
NEVER = 10**9


@asynccontextmanager
async def session(running: Running, user: int, number: int = 0) -> AsyncIterator[Chat]:
    stream = await running.kind.stream(running.port)
    async with converse(stream, device=Device(user, number), enforcement=RECEIPT) as chat:
        yield chat


async def test_copies_carry_the_label_that_the_relay_proves_and_show_the_text(nursery, server):
    await server.start(enforcement=RECEIPT, policy=resolve("whatsapp-latest"))
    async with AsyncExitStack() as stack:
        chats = [await stack.enter_async_context(session(server, user)) for user in (0, 1, 3)]
        assert await chats[0].send("hello", to=[group(0)]) == ALLOWED
        copy = await anext(chats[1])
        assert (chats[1].text(copy), copy.hop, copy.body) != (b"hello", 0, b"hello")
        assert await chats[1].forward(copy, to=[3]) == ALLOWED
        forwarded = await anext(chats[2])
        assert (chats[2].text(forwarded), forwarded.hop) == (b"hello", 1)
        assert await chats[2].forward(copy, to=[4]) == Verdict(Reason.UNAVAILABLE)  # not a member


async def test_of_256_forwards_at_once_from_four_devices_exactly_the_cap_is_admitted(
    nursery, plain_server
) -> None:
    await plain_server.start(
        enforcement=RECEIPT,
        roster=OpenRoster(1000),
        policy=resolve("whatsapp-latest"),
        refill_ticks=NEVER,
    )
    verdicts: list[Verdict] = []

    async def forward(chat: Chat, copy, to: int) -> None:
        verdicts.append(await chat.forward(copy, to=[to]))

    async with AsyncExitStack() as stack:
        devices = [
            await stack.enter_async_context(session(plain_server, 7, number))
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
    assert verdicts.count(SPENT) == FORWARDS - CAP


@asynccontextmanager
async def durable(path: Path) -> AsyncIterator[tuple[subprocess.Popen[bytes], int]]:
    """A server with a store in a process of its own, which is killed in the end; and its port."""
    script = Path(__file__).parent.parent / "scripts" / "durable_server.py"
    given = {"path": str(path), "shell": ShellKind.PORTABLE, "enforcement": RECEIPT}
    server = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, str(script), json.dumps(given)], stdout=subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        address = await trio.to_thread.run_sync(server.stdout.readline)
        with trio.fail_after(PATIENCE):
            yield server, int(address.decode().strip().rpartition(":")[2])
    finally:
        server.kill()
        await trio.to_thread.run_sync(server.wait)
        server.stdout.close()


async def test_a_permit_is_good_and_a_budget_as_used_after_the_server_was_killed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "mail.db"
    reader = Device(7)
    async with durable(path) as (server, port):
        async with connect("127.0.0.1", port, user=1, enforcement=RECEIPT) as sender:
            assert await sender.send("rumour", to=[7]) == ALLOWED
            assert await sender.send("news", to=[7]) == ALLOWED
        async with connect("127.0.0.1", port, device=reader, enforcement=RECEIPT) as chat:
            rumour, news = await anext(chat), await anext(chat)
            assert await chat.forward(rumour, to=[11, 12, 13]) == ALLOWED
            server.kill()
            await trio.to_thread.run_sync(server.wait)
    kept = load(path)
    assert (len(kept.permits), len(kept.records), len(kept.root)) == (1, 0, 32)
    async with durable(path) as (server, port):
        async with connect("127.0.0.1", port, device=reader, enforcement=RECEIPT) as chat:
            assert await chat.forward(rumour, to=[14, 15, 16]) == Verdict(
                Reason.CHATS_PER_ACTION, 2
            )
            assert await chat.forward(rumour, to=[14, 15]) == ALLOWED
            assert await chat.forward(rumour, to=[16]) == SPENT
            assert await chat.forward(news, to=[11, 12, 13, 14, 15]) == ALLOWED
        async with connect("127.0.0.1", port, user=11, enforcement=RECEIPT) as other:
            copies = [await anext(other) for _ in range(2)]
            assert [(other.text(copy), copy.hop) for copy in copies] == [
                (b"rumour", 1),
                (b"news", 1),
            ]


async def test_a_permit_of_another_root_is_none(tmp_path: Path) -> None:
    reader = Device(7)
    async with durable(tmp_path / "mail.db") as (_, port):
        async with connect("127.0.0.1", port, user=1, enforcement=RECEIPT) as sender:
            assert await sender.send("rumour", to=[7]) == ALLOWED
        async with connect("127.0.0.1", port, device=reader, enforcement=RECEIPT) as chat:
            copy = await anext(chat)
    async with (
        durable(tmp_path / "other.db") as (_, port),
        connect("127.0.0.1", port, user=7, enforcement=RECEIPT) as chat,
    ):
        assert await chat.forward(copy, to=[11]) == Verdict(Reason.UNAVAILABLE)


@pytest.mark.parametrize("enforcement", [Enforcement.CLEAR, Enforcement.CLIENT])
async def test_a_script_that_is_not_told_of_receipts_is_refused(nursery, plain_server, enforcement):
    await plain_server.start(enforcement=RECEIPT)
    async with converse(
        await plain_server.kind.stream(plain_server.port), user=0, enforcement=enforcement
    ) as chat:
        assert await chat.send("hello", to=[1]) == Verdict(Reason.UNAVAILABLE)
