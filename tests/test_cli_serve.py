"""`chatsim serve` as a process: what it prints, how it stops, and strangers who know only the wire."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import chatsim
from chatsim.cli.main import main
from chatsim.model import Reason
from chatsim.server.listening import listen
from chatsim.server.tokens import write_tokens

POLICIES = Path(chatsim.__file__).parent / "study" / "scenarios" / "policies"


@contextmanager
def process(*arguments: str, **environment: str) -> Iterator[subprocess.Popen]:
    command = [sys.executable, "-m", "chatsim", "serve", "--port", "0", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=os.environ | environment, **pipes) as running:
        try:
            yield running
        finally:
            running.kill()


@pytest.mark.parametrize(("root", "why"), [("xyz", "hexadecimal"), ("ab" * 31, "31 bytes")])
def test_a_root_that_a_parent_got_wrong_is_one_sentence_without_the_root(root, why):
    with process("--users", "5", "--insecure-dev", CHATSIM_PROVENANCE_ROOT=root) as running:
        out, err = running.communicate(timeout=30)
    assert running.returncode != 0
    assert why in err
    assert "Traceback" not in err
    assert root not in out + err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_prints_one_line_at_the_start_and_one_at_the_stop(number):
    with process("--users", "5", "--policy", "cap-5", "--insecure-dev") as running:
        assert running.stdout is not None
        start = json.loads(running.stdout.readline())
        assert start.keys() == {"address", "pid", "wire"}
        assert (start["pid"], start["wire"]) == (running.pid, 1)
        running.send_signal(number)
        out, err = running.communicate()
    carried = json.loads(out)["carried"]
    assert carried["copies"] == 0
    assert running.returncode == 0
    started, draining, stopped = err.splitlines()
    assert "server_started" in started
    assert f"address={start['address']}" in started
    assert "policy=cap-5" in started
    assert "drain_started" in draining
    assert "server_stopped" in stopped


STRANGER = """
import socket, struct, sys, msgpack

def say(peer, header, body=b""):
    packed = msgpack.packb(header)
    peer.sendall(struct.pack(">IH", 2 + len(packed) + len(body), len(packed)) + packed + body)

def exactly(peer, count):
    data = b""
    while len(data) < count:
        data += peer.recv(count - len(data))
    return data

def hear(peer):
    length, header = struct.unpack(">IH", exactly(peer, 6))
    rest = exactly(peer, length - 2)
    return msgpack.unpackb(rest[:header]), rest[header:]

peers = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(3)]
for user, peer in enumerate(peers):
    say(peer, [1, 1, user, 0, None])
    hear(peer)
say(peers[0], [2, 0, 1, [1], None, None], b"rumour")
copy, body = hear(peers[1])
say(peers[1], [2, 1, 1, list(range(2, 9)), copy[8], None], body)
print(hear(peers[1])[0])
say(peers[1], [2, 1, 2, [2, 3, 4, 5, 6], copy[8], None], body)
print(hear(peers[1])[0])
print(hear(peers[2])[0][:6])
"""
"""A modified client that knows nothing of chatsim: it asks for more than its cap, then for what is allowed."""


def test_a_stranger_with_sockets_and_msgpack_is_refused_over_its_cap():
    with process("--users", "10", "--policy", "cap-5", "--insecure-dev") as running:
        assert running.stdout is not None
        port = json.loads(running.stdout.readline())["address"].rpartition(":")[2]
        script = [sys.executable, "-c", STRANGER, port]
        told = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    refused, allowed, copy = (
        json.loads(line.replace("None", "null")) for line in told.splitlines()
    )
    assert refused == [66, 1, Reason.CHATS_PER_ACTION, 5]
    assert allowed == [66, 2, Reason.NONE, None]
    assert copy == [65, 1, 0, 2, None, 1]


def test_a_driven_process_reads_its_secret_from_the_environment_alone():
    with process("--clock", "driven") as running:
        _, err = running.communicate()
    assert running.returncode == 2
    assert err == "Error: a driven clock takes a secret from its parent, and none was given\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--insecure-dev", "--host", "0.0.0.0"], "host is '0.0.0.0'"),
        (["--insecure-dev", "--users", "0"], "--users is 0"),
        (
            ["--insecure-dev", "--users", "5", "--population", "default"],
            "--users and --population",
        ),
        (["--insecure-dev", "--policy", "nonsense"], "nonsense"),
        (
            ["--insecure-dev", "--enforcement", "client", "--policy", f"{POLICIES}/breaker.toml"],
            "has breaker under client enforcement",
        ),
        (
            ["--insecure-dev", "--policy", f"{POLICIES}/india-2018.toml"],
            "'India'; the users have no regions",
        ),
        (["--insecure-dev", "--population", "missing.json"], "missing.json"),
        (["--insecure-dev", "--refill", "soon"], "--refill"),
        (["--insecure-dev", "--expiry", "soon"], "--expiry"),
        (["--insecure-dev", "--idle", "0 s"], "idle_seconds is 0"),
        (["--insecure-dev", "--tokens", "x"], "--tokens and --insecure-dev"),
        (["--insecure-dev", "--clock", "driven"], "--clock driven takes neither"),
        (["--insecure-dev", "--tls-key", "x"], "--tls-certificate and --tls-key"),
        (["--insecure-dev", "--metrics", "70000"], "metrics_port is 70000"),
        (["--insecure-dev", "--admin", "missing/admin"], "admin socket missing/admin"),
        (["--insecure-dev", "--port", "7", "--metrics", "7"], "--metrics is 7"),
        (["--insecure-dev", "--store", "disk"], "the store 'disk' is not known"),
        (["--insecure-dev", "--store", "sqlite:missing/mail"], "missing/mail"),
        (["--tokens", "missing.sha256"], "missing.sha256 cannot be read"),
        ([], "nothing says who may log in"),
    ],
)
def test_an_option_that_cannot_be_used_gives_one_sentence_and_status_2(
    arguments, sentence, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--port", "0", "--log-level", "error", *arguments])
    out, err = capsys.readouterr()
    assert ended.value.code == 2
    assert out == ""
    assert sentence in err
    assert err.count("\n") == 1


def test_a_port_that_is_taken_gives_one_sentence_and_status_2():
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with process("--insecure-dev", "--port", str(port)) as running:
            out, err = running.communicate()
    assert (running.returncode, out) == (2, "")
    assert err.startswith(f"Error: cannot listen on 127.0.0.1 port {port}: ")
    assert err.count("\n") == 1


def test_users_beyond_the_tokens_are_refused_since_they_could_never_log_in(tmp_path, capsys):
    digests = write_tokens(3, tmp_path / "tokens")
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--users", "20", "--tokens", str(digests)])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "--users is 20, and --tokens has users below 3 alone" in said


def test_the_tokens_of_the_clients_are_not_taken_for_their_digests(tmp_path, capsys):
    tokens, digests = tmp_path / "tokens", tmp_path / "tokens.sha256"
    digests.touch()
    with pytest.raises(SystemExit, match="2"):
        main(["serve", "--tokens", str(tokens)])
    assert f"a server takes the digests, {digests}" in capsys.readouterr().err
