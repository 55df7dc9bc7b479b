"""`chatsim serve` in other hands: its log, its signals, tokens and the commands that speak to it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio

from chatsim.client import connect
from chatsim.errors import RunError
from chatsim.server.tokens import read_table
from chatsim.wire.encoding import encode
from chatsim.wire.framing import head_of
from chatsim.wire.messages import Act, Hello


class Served:
    """A server process, what it said first, and its log so far."""

    def __init__(self, process: subprocess.Popen, log: Path) -> None:
        self.process = process
        self._log = log
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, log.read_text()
        self.start = json.loads(line)
        self.port = int(self.start["address"].rpartition(":")[2])

    @property
    def lines(self) -> list[str]:
        return self._log.read_text().splitlines()

    @property
    def events(self) -> list[dict]:
        return [json.loads(line) for line in self.lines]

    def until(self, event: str, count: int = 1) -> dict:
        """Wait for an event in the log."""
        for _ in range(1_000):
            found = [one for one in self.events if one["event"] == event]
            if len(found) >= count:
                return found[-1]
            trio.run(trio.sleep, 0.01)
        raise AssertionError(f"no {event} in {self.lines}")

    def stop(self) -> dict:
        """What it carried."""
        self.process.terminate()
        out, _ = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, self.lines
        return json.loads(out)["carried"]


@contextmanager
def served(folder: Path, *arguments: str) -> Iterator[Served]:
    log = folder / "log"
    command = [sys.executable, "-m", "chatsim", "serve", "--port", "0", "--log-format", "json"]
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            [*command, *arguments], stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=folder
        ) as process,
    ):
        try:
            yield Served(process, log)
        finally:
            process.kill()


def chatsim(*arguments: str, folder: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "chatsim", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


SENDER, RECIPIENT, STRANGER = 718_281, 828_459, 904_523
CONTENT = "pride and prejudice"


def test_no_line_of_the_log_names_two_people_or_says_what_was_said(tmp_path):
    addresses: list[str] = []

    async def traffic(port: int) -> None:
        async with (
            connect("127.0.0.1", port, user=SENDER) as one,
            connect("127.0.0.1", port, user=RECIPIENT) as other,
        ):
            assert (await one.send(CONTENT, to=[RECIPIENT])).allowed
            copy = await anext(other)
            for _ in range(3):
                assert not (await other.forward(copy, to=[SENDER])).allowed
        with pytest.raises(RunError):
            async with connect("127.0.0.1", port, user=STRANGER):
                pass
        for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\0" * 100):
            async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
                addresses.append("{}:{}".format(*stream.socket.getsockname()))
                await stream.send_all(garbage)
                await stream.receive_some()

    options = ["--insecure-dev", "--users", "900000", "--policy", "cap-0", "--log-level", "debug"]
    with served(tmp_path, *options, "--admin", "admin") as server:
        trio.run(traffic, server.port)
        chatsim("admin", "admin", "status", folder=tmp_path)
        server.stop()
        # What peers did is said at the latest when the server stops.
        told = {(one["event"], one.get("cause") or one.get("reason")) for one in server.events}
        lines = server.lines
    assert ("acts_refused", "chats_per_action") in told
    assert {("sessions_ended", "left"), ("sessions_ended", "breach")} <= told
    for line in lines:
        assert not any(str(user) in line for user in (SENDER, RECIPIENT, STRANGER)), line
        assert CONTENT not in line
        assert not any(address in line for address in addresses), line


def test_users_log_in_with_tokens_alone_and_no_token_is_in_the_log(tmp_path):
    assert chatsim("tokens", "--users", "3", "--out", "tokens", folder=tmp_path).returncode == 0
    tokens = read_table(tmp_path / "tokens")

    async def traffic(port: int) -> None:
        async with connect("127.0.0.1", port, user=2, token=tokens[2]) as one:
            assert (await one.send("hello", to=[0])).allowed
        for user, token in ((2, None), (2, tokens[1]), (0, tokens[1])):
            with pytest.raises(RunError):
                async with connect("127.0.0.1", port, user=user, token=token):
                    pass

    with served(tmp_path, "--tokens", "tokens.sha256", "--log-level", "debug") as server:
        assert server.until("server_started")["users"] == 3
        trio.run(traffic, server.port)
        server.stop()
        assert server.until("logins_refused")["count"] == 3
        text = "".join(server.lines)
    assert not any(token.hex() in text for token in tokens.values())


def test_the_commands_for_operators_change_a_running_server(tmp_path):
    (tmp_path / "strict.toml").write_text("[[tiers]]\nchats = 2\n")
    with served(tmp_path, "--insecure-dev", "--admin", "admin", "--metrics", "0") as server:
        assert server.start.keys() == {"address", "pid", "wire", "admin", "metrics"}
        assert server.start["admin"] == "admin"
        answer = chatsim("admin", "admin", "policy", "strict.toml", folder=tmp_path)
        assert json.loads(answer.stdout)["policy"] == "strict"
        refused = chatsim("admin", "admin", "policy", "loose.toml", folder=tmp_path)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "loose.toml" in refused.stderr
        chatsim("admin", "admin", "log-level", "debug", folder=tmp_path)
        status = json.loads(chatsim("admin", "admin", "status", folder=tmp_path).stdout)
        assert (status["policy"], status["log_level"]) == ("strict", "debug")
        drained = chatsim("admin", "admin", "drain", folder=tmp_path)
        assert json.loads(drained.stdout) == {"state": "draining"}
        assert server.process.wait(30) == 0
        assert not (tmp_path / "admin").exists()


def test_sighup_reads_the_policy_again_and_a_bad_file_changes_nothing(tmp_path):
    policy = tmp_path / "strict.toml"
    policy.write_text("[[tiers]]\nchats = 2\n")
    with served(tmp_path, "--insecure-dev", "--policy", "strict.toml") as server:
        first = server.until("server_started")["version"]
        policy.write_text("[[tiers]]\nchats = many\n")
        server.process.send_signal(signal.SIGHUP)
        kept = server.until("policy_kept")
        assert kept["version"] == first
        assert "strict.toml" in kept["error"]
        policy.write_text("[[tiers]]\nchats = 3\n")
        server.process.send_signal(signal.SIGHUP)
        changed = server.until("policy_changed")
        assert changed["former"] == first != changed["version"]
        server.stop()


def test_a_second_signal_stops_a_server_that_waits_for_a_slow_reader(tmp_path):
    async def leave_mail(port: int) -> None:
        async with connect("127.0.0.1", port, user=0) as chat:
            for _ in range(60):
                await chat.send("x" * 200_000, to=[1])

    with served(tmp_path, "--insecure-dev", "--users", "2") as server:
        trio.run(leave_mail, server.port)
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            slow.connect(("127.0.0.1", server.port))
            slow.sendall(head_of(encode(Hello(1, 0)), 0))
            slow.recv(1)
            server.process.terminate()
            assert server.until("drain_started")["waiting_bytes"] > 0
            server.process.send_signal(signal.SIGINT)
            assert server.process.wait(30) == 0
        assert server.until("drain_cut_short")["sessions"] >= 1


def test_a_flood_of_refusals_does_not_fill_the_log(tmp_path):
    with served(tmp_path, "--insecure-dev", "--users", "2") as server:
        with socket.create_connection(("127.0.0.1", server.port)) as peer:
            peer.sendall(head_of(encode(Hello(0, 0)), 0))
            acts = [head_of(encode(Act(0, i, (9,))), 0) for i in range(1, 5_001)]
            heard = 0
            for start in range(0, 5_000, 100):
                peer.sendall(b"".join(acts[start : start + 100]))
                heard += len(peer.recv(65_536))
            assert heard
        server.until("server_started")
        carried = server.stop()
        refused = sum(one["count"] for one in server.events if one["event"] == "acts_refused")
        assert carried["refused"] == refused > 1_000
        assert len(server.lines) < 20
        assert (tmp_path / "log").stat().st_size < 10_000
