"""The door: who is let in, who is told why not, and what happens when no file is left."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio

from chatsim.server.accepting import (
    PAUSE_SECONDS,
    QUIET_SECONDS,
    STRANGERS_MIN,
    TURNED_AWAY_AT_ONCE,
    Bounds,
    Door,
)
from chatsim.server.listening import listen
from chatsim.server.options import ShellKind
from chatsim.wire.messages import Act, Decided, Hello, Welcome
from tests.serving import Peer

FULL = "this server has no room for a connection now"


@pytest.mark.parametrize(
    ("connections", "strangers"),
    [(1, 1), (8, 8), (2 * STRANGERS_MIN, STRANGERS_MIN), (1_000, 250)],
)
def test_a_quarter_of_the_connections_may_be_without_a_login(connections, strangers):
    assert Bounds(connections).strangers_max == strangers


async def connected(port: int) -> Peer:
    return Peer(await trio.open_tcp_stream("127.0.0.1", port))


async def welcomed(port: int, user: int) -> Peer:
    peer = await connected(port)
    await peer.say(Hello(user, 0))
    assert isinstance(await peer.hear(), Welcome)
    return peer


async def test_a_crowd_at_a_full_server_is_told_so_one_and_all(workbench, nursery):
    await workbench.start()
    with listen("127.0.0.1", 0) as listener:
        door = Door(listener, workbench.exchange, Bounds(3), workbench.said.append)
        nursery.start_soon(door.accept_forever)
        port = listener.getsockname()[1]
        inside = [await welcomed(port, user) for user in range(3)]
        crowd = [await connected(port) for _ in range(2 * TURNED_AWAY_AT_ONCE)]
        for one in crowd:
            assert await one.refusal() == "this server takes 3 connections, and has them"
        assert workbench.exchange.books.refused_connections == len(crowd)
        for one in inside:
            await one.gone()


class NoFiles:
    """A listening socket for which there is never a file left."""

    def __init__(self, fileno: int) -> None:
        self._fileno = fileno
        self.asked = 0

    def fileno(self) -> int:
        return self._fileno

    def accept(self):
        self.asked += 1
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


async def test_a_door_that_cannot_even_say_so_waits_and_does_not_spin(
    workbench, nursery, autojump_clock
):
    await workbench.start()
    with listen("127.0.0.1", 0) as listener:
        poor = NoFiles(listener.fileno())
        door = Door(poor, workbench.exchange, Bounds(3), workbench.said.append)
        nursery.start_soon(door.accept_forever)
        waiting = await connected(listener.getsockname()[1])
        await trio.sleep(10 * QUIET_SECONDS)
        assert 100 <= poor.asked <= 20 * QUIET_SECONDS / PAUSE_SECONDS + 2
        assert 9 <= len(workbench.said) <= 11
        assert "cannot take a connection now: Too many open files" in workbench.said
        await waiting.gone()


SERVER = """
import resource, sys
from chatsim.relay.roster import OpenRoster
from chatsim.policy.presets import resolve
from chatsim.server import listening
from chatsim.server.command import run
from chatsim.server.options import ServeOptions, ShellKind
listening.FILES_RESERVED = -1_000  # believes that it may open more files than it may
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
sys.exit(run(ServeOptions(OpenRoster(100), resolve("uncapped"), shell=ShellKind(sys.argv[1]))))
"""


@contextmanager
def server_with_few_files(shell: ShellKind):
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, shell.value],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            address = json.loads(process.stdout.readline())["address"]
            yield process, int(address.rpartition(":")[2])
        finally:
            process.terminate()
            process.communicate()


def cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


async def test_at_the_limit_on_open_files_peers_are_told_so_and_others_are_served(shell):
    with server_with_few_files(shell) as (process, port):
        inside = []
        while True:
            peer = await connected(port)
            await peer.say(Hello(len(inside), 0))
            heard = await peer.hear()
            if not isinstance(heard, Welcome):
                break
            inside.append(peer)
        assert heard.text == FULL
        assert 10 <= len(inside) < 40
        await peer.gone()
        before = cpu_ticks(process.pid)
        for _ in range(5):
            assert await (await connected(port)).refusal() == FULL
        assert cpu_ticks(process.pid) - before < 0.5 * os.sysconf("SC_CLK_TCK")
        await inside[0].say(Act(0, 1, (1,)), b"hello")
        assert isinstance(await inside[0].hear(), Decided)
        await inside.pop().gone()
        with trio.fail_after(5):
            while (later := await connected(port)) is not None:
                await later.say(Hello(99, 0))
                if isinstance(await later.hear(), Welcome):
                    break
                await later.gone()
        for one in (*inside, later):
            await one.gone()
