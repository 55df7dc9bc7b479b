"""`chatsim serve`: a server for scripts, for load and for the `tcp` backend."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatsim.errors import ConfigurationError
from chatsim.model import Enforcement

if TYPE_CHECKING:
    from chatsim.policy import Policy
    from chatsim.relay.roster import Roster
    from chatsim.study.scenario import Scenario

DRIVE_SECRET = "CHATSIM_DRIVE_SECRET"  # noqa: S105 - a variable's name
DEFAULT_USERS = 1_000
CLOCKS = ("real", "scaled", "driven")


@click.command("serve", short_help="Serve chats over TCP under a forwarding policy.")
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address.")
@click.option("--port", default=7474, show_default=True, help="0 takes any free port.")
@click.option(
    "--policy",
    "policy_name",
    default="whatsapp-latest",
    show_default=True,
    metavar="NAME_OR_FILE",
    help="A preset (see chatsim policies), cap-N, or a TOML file.",
)
@click.option(
    "--enforcement",
    type=click.Choice([way.value for way in Enforcement]),
    help="Who counts forwards: the relay (clear) or people's apps (client).  [default: clear, "
    "or what the scenario says]",
)
@click.option(
    "--users", type=int, help=f"Users 0 to N-1, without groups.  [default: {DEFAULT_USERS}]"
)
@click.option(
    "--population",
    metavar="SCENARIO",
    help="Users and groups of a scenario: a packaged name, a TOML file or a JSON file.",
)
@click.option("--clock", type=click.Choice(CLOCKS), default="real", show_default=True)
@click.option(
    "--scale",
    default=3_600.0,
    show_default=True,
    help="Ticks a second of the scaled clock: at 3600 an hour takes a second.",
)
@click.option("--drivers", default=1, show_default=True, help="Who moves a driven clock.")
@click.option(
    "--refill",
    metavar="DURATION",
    help="When the caps per action are fresh again for the same person and copy.  [default: 15s, "
    "or what the scenario says]",
)
@click.option(
    "--connections-max",
    type=int,
    help="Turn further connections away.  [default: as many as open files permit]",
)
def command(
    host: str,
    port: int,
    policy_name: str,
    enforcement: str | None,
    users: int | None,
    population: str | None,
    clock: str,
    scale: float,
    drivers: int,
    refill: str | None,
    connections_max: int | None,
) -> int:
    """Serve chats over TCP under a forwarding policy.

    Users log in as one of their devices and send texts and forwards; the relay judges every forward by
    the policy, delivers what it allows to everybody in the chats named, and keeps what a device has not
    acknowledged. There is no login yet that proves who somebody is, so only loopback addresses are
    served.

    \b
    Standard output has two lines of JSON for programs:
      at the start  {"address": "127.0.0.1:7474", "pid": 4711, "wire": 1}
      at the stop   {"carried": {"copies": ..., "cpu_seconds": ..., ...}}
    Everything for people goes to standard error.

    \b
    Clocks decide what "15 seconds" means to a cap, never how long a login may take:
      real    a tick is a second since the start
      scaled  SCALE ticks a second
      driven  a driver moves the clock when every copy of a tick has been
              delivered; it must know the secret that this process finds in
              the environment variable CHATSIM_DRIVE_SECRET. A driven
              server stops when its last driver leaves.

    SIGTERM and SIGINT stop the server once everything written has left. Exit status: 0; 1 when a driven
    run could not go on; 2 for an option that cannot be used.

    \b
    Examples:
      chatsim serve --users 50 --policy cap-5
      chatsim serve --population default --clock scaled --scale 3600
    """  # noqa: D301 - click looks for the backspace itself
    from chatsim.policy.presets import resolve
    from chatsim.server.command import run
    from chatsim.server.options import ClockKind, ServeOptions

    scenario = _scenario(population, users)
    policy = resolve(policy_name)
    options = ServeOptions(
        roster=_roster(scenario, policy, users),
        policy=policy,
        host=host,
        port=port,
        clock=ClockKind(clock),
        scale=scale,
        drivers=drivers,
        secret=os.environ.pop(DRIVE_SECRET, "").encode(),
        enforcement=_enforcement(enforcement, scenario),
        refill_ticks=_refill_ticks(refill, scenario),
        connections_max=connections_max,
    )
    return run(options)


def _scenario(population: str | None, users: int | None) -> Scenario | None:
    from chatsim.study.scenario_files import load_scenario
    from chatsim.study.scenario_json import scenario_from_json

    if population is None:
        return None
    if users is not None:
        raise ConfigurationError("--users and --population both say who the users are; give one")
    path = Path(population)
    if path.suffix != ".json":
        return load_scenario(population)
    try:
        return scenario_from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read {path}: {error}") from error


def _roster(scenario: Scenario | None, policy: Policy, users: int | None) -> Roster:
    from chatsim.relay.roster import OpenRoster

    if scenario is None:
        count = DEFAULT_USERS if users is None else users
        if count < 1:
            raise ConfigurationError(f"--users is {count}; it takes a number from 1 up")
        return OpenRoster(count)
    from chatsim.population.roster import PopulationRoster
    from chatsim.study.populations import build_population, under_policy

    return PopulationRoster(under_policy(build_population(scenario.population), scenario, policy))


def _enforcement(given: str | None, scenario: Scenario | None) -> Enforcement:
    if given is not None:
        return Enforcement(given)
    return Enforcement.CLEAR if scenario is None else scenario.enforcement


def _refill_ticks(given: str | None, scenario: Scenario | None) -> int:
    from chatsim.behaviour.values import Behaviour
    from chatsim.units import read_whole_seconds

    if given is not None:
        return read_whole_seconds(given, "--refill")
    behaviour = Behaviour() if scenario is None else scenario.behaviour
    return behaviour.pause_seconds
