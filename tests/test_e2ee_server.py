"""Scripts whose bodies are sealed, at a real server with a store: nothing that it hears, keeps or says tells them."""

from __future__ import annotations

from typing import Self

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from chatsim.client import DELIVERED, connect, converse, group
from chatsim.device import Device
from chatsim.model import ALLOWED, Reason, Verdict
from chatsim.sealing import keyring as sealing
from chatsim.sealing.directory import Directory
from chatsim.sealing.keyring import Keyring
from chatsim.store.location import StoreLocation
from chatsim.wire.messages import Copy, Decided, Welcome
from tests.serving import ROSTER, Running
from tests.stores import raw_bytes
from tests.talking import Session

TEXT = b"meet me at the old bridge at nine"


@pytest.fixture
def directory() -> Directory:
    return Directory(ROSTER)


class Noting:
    """A stream that keeps what goes over it."""

    def __init__(self, stream: trio.abc.Stream, seen: bytearray) -> None:
        self._stream, self._seen = stream, seen

    async def send_all(self, data: bytes) -> None:
        self._seen += data
        await self._stream.send_all(data)

    async def receive_some(self, most: int | None = None) -> bytes:
        data = await self._stream.receive_some(most)
        self._seen += data
        return bytes(data)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stream.aclose()


async def test_the_server_hears_keeps_writes_and_says_nothing_that_tells_a_text_or_a_key(
    nursery, plain, tmp_path, directory, monkeypatch
) -> None:
    keys: set[bytes] = {directory.root}
    made = sealing.cipher
    monkeypatch.setattr(sealing, "cipher", lambda key: keys.add(key) or made(key))
    location, seen = StoreLocation(tmp_path / "mail.db"), bytearray()
    rings = [Keyring(user, directory) for user in range(4)]
    first, second = Running(nursery, plain), Running(nursery, plain)

    def session(server: Running, stream: trio.abc.Stream, user: int):
        return converse(Noting(stream, seen), user=user, keyring=rings[user])  # type: ignore[arg-type]

    def kept() -> bytes:
        return raw_bytes(location.path)

    await first.start(store=location, e2ee=True)
    async with session(first, await plain.stream(first.port), 0) as one:
        assert await one.send(TEXT, to=[3, group(0)]) == ALLOWED
    during = kept()
    assert (await first.stop()).failure is None
    await second.start(store=location, e2ee=True)
    for user in (1, 2, 3):
        async with session(second, await plain.stream(second.port), user) as other:
            copy = await anext(other)
            assert (copy.body, copy.key) == (TEXT, None)
            if user == 1:
                assert await other.forward(copy, to=[3]) == ALLOWED
    during += kept()
    served = await second.stop()
    said = "\n".join([*first.said, *second.said, repr(served), repr(second.handle)])
    everything = bytes(seen) + during + kept() + said.encode()
    assert len(keys) >= 8
    # The bodies themselves are there, so the search looks where they would be.
    sealed = [bytes(seen[at : at + 12]) for at in range(len(seen) - 12)]
    assert any(piece in during for piece in sealed)
    for secret in keys | {TEXT, TEXT[8:20]}:
        assert secret not in everything
        assert secret.hex().encode() not in everything


async def test_what_is_not_sealed_is_refused_with_a_reason(nursery, plain) -> None:
    server = Running(nursery, plain)
    await server.start(e2ee=True)
    async with server.chat(0) as one:
        assert await one.send("hello", to=[1]) == Verdict(Reason.NOT_SEALED)
    await server.stop()


async def test_a_script_connects_with_a_keyring(nursery, plain, directory) -> None:
    server = Running(nursery, plain)
    await server.start(e2ee=True)
    where = "127.0.0.1", server.port
    async with (
        connect(*where, user=0, keyring=Keyring(0, directory)) as one,
        connect(*where, user=1, keyring=Keyring(1, directory)) as other,
    ):
        assert await one.send("hello", to=[1], notices=DELIVERED) == ALLOWED
        assert (await anext(other)).body == b"hello"
        assert (await one.notices.receive()).user == 1
    await server.stop()


async def test_all_devices_of_a_user_open_what_is_sent(nursery, plain, directory) -> None:
    server = Running(nursery, plain)
    await server.start(e2ee=True)
    where = "127.0.0.1", server.port
    ring = Keyring(1, directory)
    async with (
        connect(*where, user=0, keyring=Keyring(0, directory)) as one,
        connect(*where, user=1, keyring=ring) as phone,
        connect(*where, device=Device(1, 1), keyring=ring) as laptop,
    ):
        assert await one.send("hello", to=[1]) == ALLOWED
        assert (await anext(phone)).body == (await anext(laptop)).body == b"hello"
        assert await laptop.send("hi", to=[0]) == ALLOWED
        assert (await anext(one)).body == b"hi"
    await server.stop()


async def test_a_copy_that_does_not_open_is_dropped_and_counted(nursery, directory) -> None:
    session = Session(nursery)
    ring = Keyring(7, directory)
    chat, relay = await session.begin(user=7, keyring=ring)
    keys, sealed = Keyring(8, directory).seal((7,), 0, 1, TEXT)
    good = Copy(8, 0, 1, None, 0, 0, 9, body=sealed, key=keys)
    await relay.say(
        good._replace(key=None),
        good._replace(counter=2),
        good._replace(group=3_000_000_000),
        good._replace(body=b""),
        good,
    )
    copy = await anext(chat)
    assert (copy.body, ring.unopened) == (TEXT, 4)
    await wait_all_tasks_blocked()
    assert chat.device.received == 5
    await session.end()


async def test_an_act_that_is_sent_again_opens_with_its_old_number(nursery, directory) -> None:
    session = Session(nursery)
    device, ring = Device(7), Keyring(7, directory)
    chat, relay = await session.begin(device=device, keyring=ring)

    async def send() -> None:
        with pytest.raises(Exception, match="over"):
            await chat.send(TEXT, to=[8])

    nursery.start_soon(send)
    act = await relay.hear()
    await relay.stream.aclose()
    await wait_all_tasks_blocked()
    again, relay = await session.begin(Welcome(0, 0, 0), device=device, keyring=ring)
    resent = await relay.hear()
    assert (resent.keys, resent.body, resent.counter) == (act.keys, act.body, 1)
    copy = Copy(7, 0, 1, None, 0, 0, 9, body=resent.body, key=resent.keys)
    assert Keyring(8, directory).open(copy) == TEXT
    await relay.say(Decided(1, ALLOWED))
    assert await again.verdict_on(1) == ALLOWED
    await session.end()
