"""The plan of a load from what was typed."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from chatsim.cli.load_parts import address, body, burst, burstiness, mix, stage, storm
from chatsim.errors import ConfigurationError
from chatsim.model import Enforcement
from chatsim.study.scenario_files import load_scenario
from chatsim.units import read_number
from chatsim_clients.load.parts import Closed, Mix, Open, Replay, Spawn, Stage, Workload
from chatsim_clients.load.plan import LoadPlan
from chatsim_clients.load.report_words import UNKNOWN

DEFAULT_USERS = 1_000
DEFAULT_RATE = 100.0
DEFAULT_SECONDS = 10.0
NEW_TOKENS = "new"


def plan_of(typed: dict[str, Any]) -> LoadPlan:
    """The plan; ConfigurationError, with one sentence, for options that do not go together."""
    _check_server(typed)
    workload = _workload(typed)
    scenario = None if typed["population"] is None else load_scenario(typed["population"])
    return LoadPlan(
        workload=workload,
        users=_users(typed, workload),
        scenario=scenario,
        address=None if typed["connect"] is None else address(typed["connect"]),
        spawn=_spawn(typed),
        policy=typed["policy"] or ("uncapped" if typed["spawn"] else UNKNOWN),
        ticks_per_second=typed["scale"],
        stages=_stages(typed, workload),
        warm_up_seconds=0.0 if isinstance(workload, Replay) else typed["warm_up"],
        drain_seconds=typed["drain"],
        ramp=typed["ramp"],
        churn=typed["churn"],
        storms=tuple(storm(text) for text in typed["storms"]),
        mix=Mix() if typed["mix"] is None else mix(typed["mix"]),
        body=body(typed["body"]),
        burst=None if typed["burst"] is None else burst(typed["burst"]),
        workers=typed["workers"],
        tls=typed["tls"] or typed["tls_authority"] is not None,
        tls_authority=typed["tls_authority"],
        tokens=_tokens(typed),
        enforcement=None if typed["enforcement"] is None else Enforcement(typed["enforcement"]),
        e2ee=typed["e2ee"],
        server_pid=typed["server_pid"],
        seed=typed["seed"],
    )


def _check_server(typed: dict[str, Any]) -> None:
    if typed["spawn"] and typed["connect"] is not None:
        raise ConfigurationError("--spawn and --connect both say which server is meant; give one")
    if not typed["spawn"] and typed["connect"] is None:
        raise ConfigurationError(
            "a load takes a server: --spawn starts one, --connect HOST:PORT names one that runs"
        )
    if not typed["spawn"]:
        for option, value in (("--scale", typed["scale"]), ("--serve", typed["serve"])):
            if value is not None and not (option == "--scale" and typed["burst"] is not None):
                raise ConfigurationError(f"{option} is for a server that --spawn starts")
        if typed["burst"] is not None and typed["policy"] is None:
            raise ConfigurationError(
                "--burst takes the server's policy, by which people's apps go; give --policy"
            )
    elif typed["server_pid"] is not None:
        raise ConfigurationError("--server-pid is for a server that --connect names")


def _workload(typed: dict[str, Any]) -> Workload:
    given = [name for name in ("rate", "window", "replay") if typed[name] is not None]
    if len(given) > 1:
        options = " and ".join(f"--{name}" for name in given)
        raise ConfigurationError(f"{options} each say what is sent; give one")
    if typed["arrivals"] is not None and given not in ([], ["rate"]):
        raise ConfigurationError("--arrivals is for an open workload; give it with --rate")
    if typed["speed"] is not None and given != ["replay"]:
        raise ConfigurationError("--speed is for a replay; give it with --replay")
    if typed["find_max"] and given not in ([], ["rate"]):
        raise ConfigurationError(f"--find-max looks for a rate; it does not go with --{given[0]}")
    match given:
        case ["window"]:
            return Closed(typed["window"])
        case ["replay"]:
            return Replay(typed["replay"], read_number(typed["speed"] or 1.0, "--speed"))
        case _:
            law = burstiness(typed["arrivals"] or "poisson")
            return Open(typed["rate"] or DEFAULT_RATE, law)


def _users(typed: dict[str, Any], workload: Workload) -> int | None:
    if typed["users"] is not None and typed["population"] is not None:
        raise ConfigurationError("--users and --population both say who the users are; give one")
    if typed["users"] is not None or typed["population"] is not None:
        users: int | None = typed["users"]
        return users
    return None if isinstance(workload, Replay) else DEFAULT_USERS


def _spawn(typed: dict[str, Any]) -> Spawn | None:
    if not typed["spawn"]:
        return None
    with_tokens = typed["tokens"] == NEW_TOKENS
    if typed["tokens"] is not None and not with_tokens:
        raise ConfigurationError("a server that --spawn starts has tokens of its own: --tokens new")
    if typed["tls_authority"] is not None:
        raise ConfigurationError("a server that --spawn starts has a certificate of its own: --tls")
    return Spawn(with_tokens, _arguments(typed["serve"] or ""))


def _arguments(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError:
        raise ConfigurationError(
            f"--serve is {text!r}; it takes arguments of chatsim serve as a shell takes them, "
            "quotes closed"
        ) from None


def _tokens(typed: dict[str, Any]) -> Path | None:
    if typed["spawn"] or typed["tokens"] is None:
        return None
    return Path(typed["tokens"])


def _stages(typed: dict[str, Any], workload: Workload) -> tuple[Stage, ...]:
    if isinstance(workload, Replay):
        if typed["stages"] or typed["duration"] is not None:
            raise ConfigurationError(
                "a replay lasts as long as its trace; it takes no --stage and no --duration"
            )
        return ()
    if typed["stages"] and typed["duration"] is not None:
        raise ConfigurationError("--stage and --duration both say how long it lasts; give one")
    if typed["stages"]:
        return tuple(stage(text) for text in typed["stages"])
    return (Stage(typed["duration"] or DEFAULT_SECONDS),)
