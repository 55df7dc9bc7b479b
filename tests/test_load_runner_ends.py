"""Loads that cannot begin, loads whose server goes, and loads that somebody ends."""

from __future__ import annotations

import os
import signal
import threading

import attrs
import psutil
import pytest

from chatsim.errors import ConfigurationError, RunError
from chatsim.server.tokens import write_tokens
from chatsim_clients.load import reaching
from chatsim_clients.load.parts import Open, Spawn, Stage
from chatsim_clients.load.plan import LoadPlan
from chatsim_clients.load.runner import run_load
from chatsim_clients.load.spawning import Served
from tests.load_faults import FaultyProxy
from tests.load_plays import QUICK, conserved, play


@pytest.mark.parametrize(
    ("tokens", "sentence"),
    [(None, "tokens cannot be read: No such file"), (3, "users below 3 alone, and the load has 9")],
)
def test_tokens_that_will_not_do_are_known_before_anybody_connects(tmp_path, tokens, sentence):
    path = tmp_path / "tokens"
    if tokens is not None:
        write_tokens(tokens, path)
    with pytest.raises(ConfigurationError, match=sentence):
        run_load(LoadPlan(Open(1.0), users=9, address=("127.0.0.1", 1), tokens=path, **QUICK))


def test_over_tls_nobody_logs_in_at_a_server_without():
    plan = LoadPlan(users=3, spawn=Spawn(), workload=Open(10.0))
    with Served(plan, 3) as served:
        there = attrs.evolve(plan, spawn=None, address=served.address, tls=True, login_seconds=0.5)
        with pytest.raises(RunError, match="it does not speak TLS"):
            run_load(there)


def test_a_server_that_ends_ends_the_load_which_is_kept_with_its_last_words():
    plan = LoadPlan(users=10, spawn=Spawn(), workload=Open(200.0), stages=(Stage(60.0),))

    def kill(second):
        if second.second == 0:
            for child in psutil.Process().children():
                if "serve" in child.cmdline():
                    child.kill()

    result = run_load(plan, on_second=kill)
    assert result.server_lost == "the server ended in the middle of the load: SIGKILL ended it"
    assert result.warnings[0] == f"T{result.server_lost[1:]}."
    assert result.measured_seconds < 30
    assert result.accounts.delivered > 50


class Gate:
    """Passes bytes on to a server until it is shut; then nobody can connect."""

    def __init__(self, server):
        self.proxy = FaultyProxy(server)

    def shut(self, second):
        if second.second == 0:
            self.proxy.__exit__()


@pytest.mark.parametrize("absence", [0.5, 60.0])
def test_what_never_left_its_device_is_counted_and_a_server_that_is_gone_ends_the_drain(
    monkeypatch, absence
):
    monkeypatch.setattr(reaching, "GONE_SECONDS", absence)
    plan = LoadPlan(users=6, spawn=Spawn(), workload=Open(200.0), **QUICK)
    with Served(plan, 6) as served:
        gate = Gate(served.address)
        gate.proxy.__enter__()
        there = attrs.evolve(
            plan,
            spawn=None,
            address=gate.proxy.address,
            stages=(Stage(1.5),),
            drain_seconds=60.0 if absence < 1 else 1.0,
        )
        result = run_load(there, on_second=gate.shut)
    accounts = result.accounts
    assert accounts.unsent > 50
    offered = sum(second.offered for second in result.seconds)
    # What was offered between the last look and the end is in the accounts, and in no second.
    assert offered <= accounts.sent + accounts.unsent <= offered + 2
    assert "nobody has a session any more at 127.0.0.1" in result.server_lost
    assert "Connection refused" in result.server_lost


def test_a_user_whom_the_server_does_not_know_ends_the_load_before_it_begins():
    plan = LoadPlan(users=6, spawn=Spawn(), workload=Open(200.0), login_seconds=60.0, **QUICK)
    with Served(plan, 6) as served:
        there = attrs.evolve(plan, users=9, workers=2, spawn=None, address=served.address)
        with pytest.raises(
            RunError, match=r"the server refused the login of user [678]: login refused"
        ):
            run_load(there)


def test_nobody_listens_at_the_address():
    plan = LoadPlan(users=3, address=("127.0.0.1", 1), workload=Open(10.0))
    with pytest.raises(
        RunError, match=r"nobody could log in at 127\.0\.0\.1 port 1: Connection refused"
    ):
        run_load(attrs.evolve(plan, login_seconds=0.5))


def test_a_keyboard_interrupt_ends_the_stages_and_still_gives_a_result():
    plan = LoadPlan(users=20, spawn=Spawn(), workload=Open(200.0), stages=(Stage(60.0),))

    def interrupt(second):
        if second.second == 0:
            threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()

    result = run_load(plan, on_second=interrupt)
    assert conserved(result)
    assert result.accounts.sent < 2_000
    assert any("interrupted after" in warning for warning in result.warnings)


def test_whoever_watches_can_end_the_stages_too():
    def watch(second):
        if second.second == 0:
            raise KeyboardInterrupt

    result = play(stages=(Stage(60.0),), warm_up_seconds=0.0, users=5, on_second=watch)
    assert conserved(result)
    assert result.measured_seconds < 30
