from __future__ import annotations

from pathlib import Path

import pytest

from chatsim.cli.load import command
from chatsim.cli.load_plan import plan_of
from chatsim.errors import ConfigurationError
from chatsim.model import Enforcement
from chatsim_clients.load.parts import Closed, Open, Replay, Spawn, Stage


def plan(*arguments: str):
    context = command.make_context("load", list(arguments))
    typed = dict(context.params)
    del typed["out"], typed["assertions"]
    return plan_of(typed)


def test_a_spawned_server_alone_is_a_load():
    found = plan("--spawn")
    assert (found.workload, found.users, found.stages) == (Open(100.0), 1_000, (Stage(10.0),))
    assert (found.spawn, found.policy, found.scale) == (Spawn(), "uncapped", 1.0)


def test_every_option_reaches_the_plan():
    found = plan(
        *["--spawn", "--policy", "cap-5", "--users", "2k", "--rate", "500", "--arrivals", "bursty", "--stage", "20s", "--stage", "5s@3x"],
        *["--warm-up", "0s", "--drain", "1min", "--ramp", "50", "--churn", "5%", "--storm", "30%@10s", "--workers", "3", "--seed", "9"],
        *["--mix", "forwards=10%", "--body", "4KB", "--tls", "--tokens", "new", "--enforcement", "receipt", "--serve"],
        "--store 'sqlite:a b'",
    )  # fmt: skip
    assert found.workload == Open(500.0, 0.57)
    assert [stage.factor for stage in found.stages] == [1.0, 3.0]
    assert found.spawn == Spawn(with_tokens=True, arguments=("--store", "sqlite:a b"))
    assert (found.users, found.warm_up_seconds, found.drain_seconds) == (2_000, 0.0, 60.0)
    assert (found.ramp, found.churn, found.workers, found.seed) == (50.0, 0.05, 3, 9)
    assert (found.mix.forwards, found.body.size, found.tls) == (0.1, 4_000, True)
    assert found.enforcement is Enforcement.RECEIPT


def test_a_server_that_runs_already_has_a_policy_that_nobody_told():
    found = plan("--connect", "127.0.0.1:7474", "--server-pid", "12", "--tokens", "file")
    assert (found.address, found.spawn, found.policy) == (("127.0.0.1", 7474), None, "unknown")
    assert (found.server_pid, found.tokens) == (12, Path("file"))


def test_a_replay_has_the_users_and_the_length_of_its_trace():
    found = plan("--spawn", "--replay", "trace.gz", "--speed", "3600")
    assert found.workload == Replay(Path("trace.gz"), 3_600.0)
    assert (found.users, found.stages, found.warm_up_seconds) == (None, (), 0.0)


def test_a_burst_has_people_and_a_clock_of_an_hour_a_second():
    found = plan("--spawn", "--population", "default", "--burst", "5s:3", "--window", "2")
    assert found.scenario.name == "default"
    assert (found.burst.originators, found.scale, found.workload) == (3, 3_600.0, Closed(2))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("--spawn --rate 5 --window 2", "--rate and --window each say what is sent; give one"),
        ("--spawn --window 2 --arrivals bursty", "--arrivals is for an open workload"),
        ("--spawn --speed 5", "--speed is for a replay"),
        ("--spawn --window 2 --find-max lost==0", "it does not go with --window"),
        ("--spawn --users 5 --population default", "--users and --population both say"),
        ("--spawn --tokens file", "has tokens of its own: --tokens new"),
        ("--spawn --tls-authority ca.pem", "has a certificate of its own: --tls"),
        ("--spawn --server-pid 5", "--server-pid is for a server that --connect names"),
        ("--spawn --stage 5s --duration 5s", "--stage and --duration both say"),
        ("--spawn --replay a --duration 5s", "a replay lasts as long as its trace"),
        ("--spawn --burst 5s", "a burst needs people who behave"),
        ("--connect h:1 --scale 5", "--scale is for a server that --spawn starts"),
        ("--connect h:1 --serve x", "--serve is for a server that --spawn starts"),
        ("--connect h:1 --population default --burst 5s", "--burst takes the server's policy"),
    ],
)
def test_options_that_do_not_go_together_are_one_sentence(arguments, sentence):
    with pytest.raises(ConfigurationError) as refusal:
        plan(*arguments.split())
    assert sentence in str(refusal.value)


def test_arguments_for_the_server_have_their_quotes_closed():
    with pytest.raises(ConfigurationError, match="as a shell takes them, quotes closed"):
        plan("--spawn", "--serve", "--store 'sqlite:a b")
