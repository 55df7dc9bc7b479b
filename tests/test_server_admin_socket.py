"""The admin socket: who reaches it, and what a caller can do to it."""

from __future__ import annotations

import json
import os
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from chatsim.errors import ConfigurationError, RunError
from chatsim.server.admin_socket import (
    CALLERS_AT_ONCE,
    REQUEST_BYTES,
    REQUEST_SECONDS,
    AdminDoor,
    admin_listener,
    call,
)


def echo(line: bytes) -> bytes:
    return json.dumps({"ok": True, "heard": line.decode()}).encode() + b"\n"


@asynccontextmanager
async def door(path: Path) -> AsyncIterator[None]:
    with admin_listener(path) as listener:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(AdminDoor(echo).serve, listener)
            yield
            nursery.cancel_scope.cancel()


@pytest.mark.parametrize("mask", [0, 0o777])
def test_only_its_owner_reaches_it_whatever_the_mask_which_stays(tmp_path, mask):
    path = tmp_path / "admin"
    former = os.umask(mask)
    try:
        with admin_listener(path):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert os.umask(mask) == mask
    finally:
        os.umask(former)
    assert not path.exists()


def test_what_a_dead_server_left_is_replaced(tmp_path):
    path = tmp_path / "admin"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert path.is_socket()
    with admin_listener(path) as listener, socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(path))
        listener.accept()[0].close()


def test_a_living_server_keeps_its_socket(tmp_path):
    path = tmp_path / "admin"
    with admin_listener(path) as listener:
        with pytest.raises(ConfigurationError, match="alive"), admin_listener(path):
            pass
        assert path.is_socket()
        listener.accept()[0].close()


def test_another_file_is_never_removed(tmp_path):
    path = tmp_path / "admin"
    path.write_text("precious")
    with pytest.raises(ConfigurationError, match="no socket"), admin_listener(path):
        pass
    assert path.read_text() == "precious"


def test_another_servers_socket_stays_when_ours_goes(tmp_path):
    path = tmp_path / "admin"
    with admin_listener(path), socket.socket(socket.AF_UNIX) as other:
        path.unlink()
        other.bind(str(path))
    assert path.is_socket()


@pytest.mark.parametrize("name", ["missing/admin", "x" * 200])
def test_a_path_that_cannot_be_had_is_one_sentence(tmp_path, name):
    with pytest.raises(ConfigurationError, match="admin socket"), admin_listener(tmp_path / name):
        pass


async def test_a_caller_gets_its_answers_line_by_line(tmp_path):
    path = tmp_path / "admin"
    async with door(path):
        assert await trio.to_thread.run_sync(call, path, {"do": "status"}) == {
            "heard": '{"do": "status"}'
        }
        async with await trio.open_unix_socket(path) as stream:
            await stream.send_all(b"one\ntwo\n")
            heard = b""
            while heard.count(b"\n") < 2:
                heard += await stream.receive_some()
    assert [json.loads(line)["heard"] for line in heard.splitlines()] == ["one", "two"]


async def test_a_request_without_end_is_refused_and_ends_the_call(tmp_path):
    path = tmp_path / "admin"
    async with door(path), await trio.open_unix_socket(path) as stream:
        await stream.send_all(b"x" * (REQUEST_BYTES + 1))
        assert b"at most 65,536 bytes" in await stream.receive_some()
        assert await stream.receive_some() == b""


async def test_a_silent_caller_is_cut_off_and_too_many_are_turned_away(tmp_path, autojump_clock):
    path = tmp_path / "admin"
    async with door(path):
        silent = [await trio.open_unix_socket(path) for _ in range(CALLERS_AT_ONCE + 1)]
        start = trio.current_time()
        assert await silent[-1].receive_some() == b""
        assert trio.current_time() == start
        for stream in silent[:-1]:
            assert await stream.receive_some() == b""
        assert trio.current_time() - start == pytest.approx(REQUEST_SECONDS, abs=0.5)
        async with await trio.open_unix_socket(path) as stream:
            await stream.send_all(b"hello\n")
            assert b"hello" in await stream.receive_some()
        for stream in silent:
            await stream.aclose()


def test_calling_where_nobody_answers_is_one_sentence(tmp_path):
    with pytest.raises(ConfigurationError, match="no server answers at"):
        call(tmp_path / "admin", {"do": "status"})


async def test_a_server_that_goes_in_the_middle_is_one_sentence(tmp_path):
    with admin_listener(tmp_path / "admin") as listener:
        async with trio.open_nursery() as nursery:

            async def hang_up() -> None:
                await trio.lowlevel.wait_readable(listener)
                listener.accept()[0].close()

            nursery.start_soon(hang_up)
            with pytest.raises(RunError, match="did not answer"):
                await trio.to_thread.run_sync(call, tmp_path / "admin", {"do": "status"})
