"""`chatsim serve`: a server for scripts, for load and for the `tcp` backend."""

from __future__ import annotations

from pathlib import Path

import click

from chatsim.cli import serve_values as values
from chatsim.cli.manual import ManualCommand
from chatsim.cli.serve_manual import GROUPS, SECTIONS
from chatsim.errors import ConfigurationError
from chatsim.model import Enforcement, Traceability

CLOCKS = ("real", "scaled", "driven")
SHELLS = ("reactor", "portable")
LOG_FORMATS = ("console", "json")
LOG_LEVELS = ("debug", "info", "warning", "error")
A_FILE = click.Path(path_type=Path)


@click.command(
    "serve",
    cls=ManualCommand,
    groups=GROUPS,
    sections=SECTIONS,
    short_help="Serve chats over TCP under a forwarding policy.",
)
@click.option(
    "--users",
    type=int,
    help="Users 0 to N-1, without groups.  [default: as many as --tokens has, "
    f"or {values.DEFAULT_USERS:,}]",
)
@click.option(
    "--population",
    metavar="SCENARIO",
    help="Users and groups of a scenario: a packaged name, a TOML file or a JSON file.",
)
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
    help="Who counts forwards: the relay (clear; receipt: by permits, and without records; blind: by tokens that it "
    "cannot tell apart) or people's apps (client).  [default: clear, or what the scenario says]",
)
@click.option(
    "--traceability",
    type=click.Choice([way.value for way in Traceability]),
    help="What a report of a copy can bring to light; the first line of JSON then has what scripts need for "
    "connect(..., tracing=...). Loads speak to servers with none.  [default: none, or what the scenario says]",
)
@click.option(
    "--e2ee",
    is_flag=True,
    default=None,
    help="Refuse bodies that people's apps have not sealed.  [default: what the scenario says]",
)
@click.option(
    "--refill",
    metavar="DURATION",
    help="When the caps per action are fresh again for the same person and copy.  [default: 15s, "
    "or what the scenario says]",
)
@click.option(
    "--tokens",
    type=A_FILE,
    metavar="FILE.sha256",
    help="Users log in with tokens, whose digests are in this file.",
)
@click.option(
    "--insecure-dev",
    is_flag=True,
    help="Whoever connects may be any user; refused where other machines could.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Without --tokens a loopback address.",
)
@click.option("--port", default=7474, show_default=True, help="0 takes any free port.")
@click.option("--tls-certificate", type=A_FILE, metavar="FILE", help="Speak TLS, and nothing else.")
@click.option("--tls-key", type=A_FILE, metavar="FILE", help="The certificate's key.")
@click.option(
    "--connections-max",
    type=int,
    help="Turn further connections away.  [default: as many as open files permit]",
)
@click.option(
    "--idle",
    default="15 min",
    show_default=True,
    metavar="DURATION",
    help="Disconnect devices that say nothing for so long; none: never.",
)
@click.option(
    "--shell",
    type=click.Choice(SHELLS),
    help="What waits for sockets: one task on epoll, or a task per connection, which runs "
    "everywhere.  [default: reactor where there is epoll]",
)
@click.option("--clock", type=click.Choice(CLOCKS), default="real", show_default=True)
@click.option("--scale", default=3_600.0, show_default=True, help="Ticks a second, scaled.")
@click.option("--drivers", default=1, show_default=True, help="Who moves a driven clock.")
@click.option(
    "--store",
    default="memory",
    show_default=True,
    metavar="STORE",
    help="Where mail is kept: memory, sqlite:PATH or sqlite:PATH?sync=normal (see Mail).",
)
@click.option(
    "--mailbox-max",
    default=10_000,
    show_default=True,
    help="Deliveries that wait for one device; no bound on a driven clock.",
)
@click.option(
    "--per-sender-max",
    default=1_000,
    show_default=True,
    help="The same, of one sender's.",
)
@click.option(
    "--copies-per-act-max",
    default=10_000,
    show_default=True,
    help="Copies that one act may make, all its groups' members counted; no bound on a driven clock.",
)
@click.option(
    "--expiry",
    default="30 d",
    show_default=True,
    metavar="DURATION",
    help="How long, on the server's clock, mail waits and copies can be forwarded.",
)
@click.option(
    "--metrics",
    type=int,
    metavar="PORT",
    help="Metrics, health and readiness over HTTP on this port of 127.0.0.1; 0 takes any free "
    "port.  [default: off]",
)
@click.option(
    "--admin",
    type=A_FILE,
    metavar="PATH",
    help="A socket for chatsim admin, there and for this user alone.  [default: off]",
)
@click.option(
    "--log-format",
    type=click.Choice(LOG_FORMATS),
    default="console",
    show_default=True,
    help="For people, or a JSON object a line.",
)
@click.option(
    "--log-level",
    type=click.Choice(LOG_LEVELS),
    help="What is worth a line.  [default: info; on a driven clock warning]",
)
def command(
    host: str,
    port: int,
    policy_name: str,
    enforcement: str | None,
    traceability: str | None,
    e2ee: bool | None,
    users: int | None,
    population: str | None,
    tokens: Path | None,
    insecure_dev: bool,
    tls_certificate: Path | None,
    tls_key: Path | None,
    idle: str,
    shell: str | None,
    clock: str,
    scale: float,
    drivers: int,
    refill: str | None,
    connections_max: int | None,
    store: str,
    mailbox_max: int,
    per_sender_max: int,
    copies_per_act_max: int,
    expiry: str,
    metrics: int | None,
    admin: Path | None,
    log_format: str,
    log_level: str | None,
) -> int:
    """Serve chats over TCP under a forwarding policy.

    Users log in as one of their devices and send texts and forwards; the relay judges every forward by
    the policy, delivers what it allows to everybody in the chats named, and keeps what a device has not
    acknowledged.

    Who may log in has to be said: --tokens FILE, or --insecure-dev for experiments. A driven clock takes
    neither: its people come from the process that drives it.
    """
    from chatsim.policy.presets import resolve
    from chatsim.server.command import run
    from chatsim.server.logs import LogFormat, LogLevel
    from chatsim.server.operating import Operations
    from chatsim.server.options import BEST_SHELL, ClockKind, ServeOptions, ShellKind
    from chatsim.store.location import parse_store
    from chatsim.units import read_whole_seconds

    driven = clock == ClockKind.DRIVEN
    digests = values.digests(tokens, insecure=insecure_dev, driven=driven)
    scenario = values.scenario(population, users)
    policy = resolve(policy_name)
    if metrics is not None and metrics == port != 0:
        raise ConfigurationError(f"--metrics is {metrics}, the port of the chats; it takes another")
    options = ServeOptions(
        roster=values.roster(scenario, policy, users, digests),
        policy=policy,
        host=host,
        port=port,
        clock=ClockKind(clock),
        scale=scale,
        drivers=drivers,
        secret=values.secret(),
        enforcement=values.enforcement(enforcement, scenario),
        traceability=values.traceability(traceability, scenario),
        root=values.root(),
        e2ee=scenario is not None and scenario.e2ee if e2ee is None else e2ee,
        refill_ticks=values.refill_ticks(refill, scenario),
        connections_max=connections_max,
        admission=values.admission(digests),
        insecure=digests is None,
        store=parse_store(store),
        mailbox_max=mailbox_max,
        per_sender_max=per_sender_max,
        copies_per_act_max=copies_per_act_max,
        expiry_ticks=read_whole_seconds(expiry, "--expiry"),
        shell=BEST_SHELL if shell is None else ShellKind(shell),
        tls=values.tls(tls_certificate, tls_key),
        idle_seconds=None if idle == "none" else read_whole_seconds(idle, "--idle"),
    )
    operations = Operations(
        metrics_port=metrics,
        admin=admin,
        policy_file=values.file_of(policy_name),
        log_format=LogFormat(log_format),
        log_level=LogLevel(log_level or ("warning" if driven else "info")),
    )
    return run(options, operations)
