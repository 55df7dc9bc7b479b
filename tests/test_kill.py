"""A server that is killed under load loses nothing, repeats nothing, and forgets no verdict and no budget."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
import trio

from chatsim.client import connect
from chatsim.device import Device
from chatsim.model import ALLOWED, Reason, Verdict
from chatsim.server.options import ShellKind
from chatsim.wire.messages import Act
from tests.stores import load, raw_bytes, tells_of_pair

PATIENCE = 30.0
ONE, OTHER = 3_000_000_001, 3_000_000_002
BODY = b"meet me at the old bridge " * 8


@pytest.fixture
def scripts(checkout: Path, monkeypatch) -> Path:
    monkeypatch.syspath_prepend(str(checkout / "scripts"))
    return checkout / "scripts"


@pytest.fixture
def soaking(scripts: Path):
    return importlib.import_module("kill_soak")


def test_a_server_killed_at_three_bad_moments_delivers_everything_once_and_in_order(
    soaking, tmp_path: Path
) -> None:
    tally = soaking.soak(tmp_path, kills=len(soaking.DEATHS))
    assert tally.faults == []
    assert tally.deaths == dict.fromkeys(soaking.DEATHS, 1)
    assert tally.acknowledged > 100
    assert tally.refused > 10
    assert tally.asked_again > 100


def test_a_server_that_only_says_that_it_committed_is_found_out(soaking, tmp_path: Path) -> None:
    tally = soaking.soak(tmp_path, kills=1, patience=0.1, careless=True)
    assert any("deliveries; it was sent 0" in fault for fault in tally.faults)
    assert any("acts without a verdict" in fault for fault in tally.faults)


def crowd(soaking, *received: tuple[int, int]):
    """User 0 has sent two messages to user 1, who received what is given as (sender, counter)."""
    sender, reader = (soaking.Person(Device(user), Random(user)) for user in (0, 1))
    for counter in (1, 2):
        sender.sent[counter] = Act(0, counter, (1,))
        sender._judged(counter, ALLOWED)
    reader.received += received
    return sender, reader


@pytest.mark.parametrize(
    ("received", "faults"),
    [
        ([(0, 1), (0, 2)], []),
        ([(0, 1)], ["user 1: 1 lost, 0 duplicated or never sent"]),
        ([(0, 1), (0, 2), (0, 2)], ["user 1: 0 lost, 1 duplicated or never sent"]),
        ([(0, 1), (0, 2), (0, 3)], ["user 1: 0 lost, 1 duplicated or never sent"]),
        ([(0, 2), (0, 1)], ["user 1: act 1 of 0 is out of order"]),
    ],
)
def test_a_soak_finds_what_is_lost_repeated_or_out_of_order(soaking, received, faults) -> None:
    assert soaking.check([*crowd(soaking, *received)]).faults == faults


def test_a_soak_finds_verdicts_and_budgets_that_were_forgotten(soaking) -> None:
    sender, reader = crowd(soaking, (0, 1), (0, 2))
    over = Verdict(Reason.CHATS_PER_ACTION, 0)
    sender._judged(2, over)
    sender.forwards += [3, 4]
    for counter in (3, 4):
        sender.sent[counter] = Act(0, counter, ())
        sender._judged(counter, ALLOWED)
    found = soaking.check([sender, reader]).faults
    assert found == [f"user 0: act 2: {ALLOWED}, and later {over}", f"user 0: forward 1: {ALLOWED}"]


@pytest.mark.parametrize(
    "options",
    [{"enforcement": "client"}, {"enforcement": "clear", "expiry_ticks": 1}],
    ids=["client", "clear, after expiry"],
)
async def test_the_files_of_a_running_server_tell_of_no_pair_once_mail_is_delivered(
    scripts: Path, tmp_path: Path, options: dict
) -> None:
    path = tmp_path / "mail.db"
    given = {"path": str(path), "shell": ShellKind.PORTABLE, **options}
    command = [sys.executable, str(scripts / "durable_server.py"), json.dumps(given)]
    with (tmp_path / "stderr").open("wb") as stderr:
        server = subprocess.Popen(  # noqa: ASYNC220
            command, stdout=subprocess.PIPE, stderr=stderr
        )
    try:
        assert server.stdout is not None
        address = await trio.to_thread.run_sync(server.stdout.readline)
        host, _, port = address.decode().strip().rpartition(":")
        with trio.fail_after(PATIENCE):
            async with connect(host, int(port), user=ONE) as one:
                assert (await one.send(BODY, to=[OTHER])).allowed
                assert traces(path) == {"body", "pair"}
                async with connect(host, int(port), user=OTHER) as other:
                    assert (await anext(other)).body == BODY
            while traces(path):  # noqa: ASYNC110 - until the server's disk is idle
                await trio.sleep(0.05)
        said = (tmp_path / "stderr").read_text()
        assert not any(str(user) in said for user in (ONE, OTHER))
        server.terminate()
        assert await trio.to_thread.run_sync(server.wait) == 0
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    assert load(path).devices != []


def traces(path: Path) -> set[str]:
    """What the files tell: the body, and two numbers in one row."""
    content = raw_bytes(path)
    found = {"body"} if b"old bridge" in content else set()
    if tells_of_pair(content, (ONE, OTHER)):
        found.add("pair")
    return found
