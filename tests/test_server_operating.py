"""A running server as its operators see it."""

from __future__ import annotations

import http.client
import io
import json
from pathlib import Path

import pytest
import trio

from chatsim.errors import ConfigurationError
from chatsim.server.admin_socket import admin_listener, call
from chatsim.server.listening import listen
from chatsim.server.logs import Log, LogFormat, LogLevel
from chatsim.server.operating import OperatedServer, Operations
from chatsim.server.readings import Readings, read
from chatsim.server.server import Serving
from chatsim.server.timings import Timings
from chatsim.wire.messages import Hello
from tests.serving import UNCAPPED, Running, Workbench, greets


class Desk:
    """An operated server, its doors and its log."""

    def __init__(self, serving: Serving, nursery: trio.Nursery) -> None:
        self.file = io.StringIO()
        log = Log(self.file, LogFormat.JSON, LogLevel.DEBUG)
        self.server = OperatedServer(serving, UNCAPPED, log, Timings())
        self._nursery = nursery
        self.doors: dict[str, str] = {}

    async def open(self, **operations) -> None:
        self.doors = await self._nursery.start(self.server.open_doors, Operations(**operations))

    async def page(self, path: str) -> tuple[int, str]:
        def get() -> tuple[int, str]:
            host, _, port = self.doors["metrics"].rpartition(":")
            connection = http.client.HTTPConnection(host, int(port), timeout=10)
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()

        return await trio.to_thread.run_sync(get)

    async def ask(self, **request: str) -> dict:
        return await trio.to_thread.run_sync(call, Path(self.doors["admin"]), request)

    @property
    def events(self) -> list[str]:
        return [json.loads(line)["event"] for line in self.file.getvalue().splitlines()]


class Handle:
    """A server that stops when a test says so."""

    def __init__(self, workbench: Workbench) -> None:
        self.hurried = 0
        exchange = workbench.exchange
        self.serving = Serving("127.0.0.1:1", 10, exchange.over.set, self._hurry, exchange)

    def _hurry(self) -> None:
        self.hurried += 1


async def test_what_was_carried_is_on_the_metrics_page_and_in_the_status(
    server: Running, nursery, tmp_path
):
    await server.start()
    assert server.handle is not None
    desk = Desk(server.handle, nursery)
    await desk.open(metrics_port=0, admin=tmp_path / "admin")
    async with server.chat(0) as one, server.chat(1) as other:
        await greets(one, other)
        status, text = await desk.page("/metrics")
        readings = (await desk.ask(do="status"))["readings"]
    assert status == 200
    assert "\nchatsim_acts_accepted_total 1.0\n" in text
    assert '\nchatsim_copies_delivered_total{act="original"} 1.0\n' in text
    assert "\nchatsim_sessions 2.0\n" in text
    assert "\nchatsim_process_cpu_seconds_total" in text
    assert (readings["acts_accepted"], readings["sessions"], readings["logins"]) == (1, 2, 2)
    assert readings["received_bytes"] > 0
    nursery.cancel_scope.cancel()


async def test_a_policy_is_changed_while_people_are_served(server: Running, nursery, tmp_path):
    await server.start()
    assert server.handle is not None
    desk = Desk(server.handle, nursery)
    await desk.open(admin=tmp_path / "admin")
    async with server.chat(0) as one, server.chat(1) as other, server.chat(2) as third:
        await greets(one, other)
        assert (await one.send("again", to=[1])).allowed
        copy = await anext(other)
        assert (await other.forward(copy, to=[2])).allowed
        answer = await desk.ask(do="policy", policy="cap-0")
        with pytest.raises(ConfigurationError, match="cap-x"):
            await desk.ask(do="policy", policy="cap-x")
        assert not (await other.forward(copy, to=[2])).allowed
        assert (await anext(third)).body == b"again"
        status = await desk.ask(do="status")
    assert (status["policy"], status["version"]) == ("cap-0", answer["version"])
    assert status["readings"]["acts_refused"]["chats_per_action"] == 1
    nursery.cancel_scope.cancel()


async def test_a_server_is_ready_until_it_drains_and_alive_as_long_as_it_answers(
    workbench: Workbench, nursery
):
    await workbench.start()
    desk = Desk(Handle(workbench).serving, nursery)
    await desk.open(metrics_port=0)
    assert await desk.page("/ready") == (200, "serving\n")
    desk.server.drain()
    assert await desk.page("/ready") == (503, "draining\n")
    assert await desk.page("/health") == (200, "alive\n")
    assert desk.events.count("page_asked") == 3
    nursery.cancel_scope.cancel()


async def test_a_server_whose_store_failed_is_not_ready(workbench: Workbench, nursery):
    await workbench.start()
    desk = Desk(Handle(workbench).serving, nursery)
    workbench.exchange.fail("the disk is full")
    assert desk.server.state == "failed"
    nursery.cancel_scope.cancel()


async def test_asked_to_drain_twice_a_server_stops_at_once(workbench: Workbench, nursery):
    await workbench.start()
    handle = Handle(workbench)
    desk = Desk(handle.serving, nursery)
    desk.server.drain()
    assert workbench.exchange.over.is_set()
    assert handle.hurried == 0
    desk.server.drain()
    assert handle.hurried == 1
    assert desk.events == ["drain_started", "drain_cut_short"]
    nursery.cancel_scope.cancel()


async def test_a_file_that_cannot_be_used_leaves_the_former_policy(
    workbench: Workbench, nursery, tmp_path
):
    await workbench.start()
    desk = Desk(Handle(workbench).serving, nursery)
    path = tmp_path / "strict.toml"
    path.write_text("[[tiers]]\nchats = 2\n")
    desk.server.reload(str(path))
    path.write_text("[[tiers]]\nchats = soon\n")
    desk.server.reload(str(path))
    assert desk.server.status().policy == "strict"
    assert desk.events == ["policy_changed", "policy_kept"]
    nursery.cancel_scope.cancel()


async def test_doors_that_cannot_be_opened_are_one_sentence(
    workbench: Workbench, nursery, tmp_path
):
    await workbench.start()
    desk = Desk(Handle(workbench).serving, nursery)
    with admin_listener(tmp_path / "admin"), listen("127.0.0.1", 0) as listener:
        with pytest.RaisesGroup(ConfigurationError):
            await desk.open(admin=tmp_path / "admin")
        with pytest.RaisesGroup(ConfigurationError):
            await desk.open(metrics_port=listener.getsockname()[1])
    nursery.cancel_scope.cancel()


async def test_sessions_are_connections_that_are_logged_in(server: Running):
    def connected(readings: Readings) -> tuple[int, int]:
        return readings.connections, readings.sessions

    await server.start()
    assert server.handle is not None
    exchange = server.handle.exchange
    stranger, known = await server.peer(), await server.logged_in(3)
    assert connected(read(exchange)) == (2, 1)
    await stranger.say(Hello(4, 0))
    await stranger.hear()
    assert connected(read(exchange)) == (2, 2)
    for peer in (stranger, known):
        await peer.gone()
    await server.until(lambda exchange: connected(read(exchange)) == (0, 0))
    assert read(exchange).sessions_ended["lost"] == 2
    await server.stop()
