"""`chatsim admin`: ask a running server how it is, change its policy, or have it stop."""

from __future__ import annotations

import json
from pathlib import Path

import click

LEVELS = ("debug", "info", "warning", "error")


@click.group("admin", short_help="Ask a running server, change its policy, or have it stop.")
@click.argument("path", metavar="PATH", type=click.Path(path_type=Path))
@click.pass_context
def command(context: click.Context, path: Path) -> None:
    """Speak to the server that was started with `chatsim serve --admin PATH`.

    Every command prints one line of JSON.

    \b
    Examples:
      chatsim admin /run/chatsim.sock status
      chatsim admin /run/chatsim.sock policy whatsapp-2018-07
      chatsim admin /run/chatsim.sock policy strict.toml
    """  # noqa: D301 - click looks for the backspace itself
    context.obj = path


@command.command("status")
@click.pass_obj
def status(path: Path) -> None:
    """Its state, its policy, and what it has carried."""
    _ask(path, {"do": "status"})


@command.command("policy")
@click.argument("policy", metavar="NAME_OR_FILE")
@click.pass_obj
def policy(path: Path, policy: str) -> None:
    """Judge every later act by another policy.

    NAME_OR_FILE is a preset, cap-N or a TOML file. A policy is taken whole, between two messages; one that cannot be
    used leaves the former in force. The answer has the version of the policy in force. Groups that are larger than
    the new policy permits stay as they are.
    """
    from chatsim.policy.files import dump_policy
    from chatsim.policy.presets import resolve

    _ask(path, {"do": "policy", "policy": dump_policy(resolve(policy))})


@command.command("log-level")
@click.argument("level", type=click.Choice(LEVELS))
@click.pass_obj
def log_level(path: Path, level: str) -> None:
    """Write more lines into the log, or fewer."""
    _ask(path, {"do": "log-level", "level": level})


@command.command("examine")
@click.argument("evidence", metavar="HEX")
@click.pass_obj
def examine(path: Path, evidence: str) -> None:
    """Say what a report brings to light, under the server's traceability.

    HEX is what a person hands over who reports a copy (in a script: chat.evidence(copy).hex()). The answer names
    nobody, the finding null, where the mode finds nobody or the evidence is not genuine.
    """
    _ask(path, {"do": "examine", "evidence": evidence})


@command.command("drain")
@click.pass_obj
def drain(path: Path) -> None:
    """Stop, once everything written has left; SIGTERM does the same."""
    _ask(path, {"do": "drain"})


def _ask(path: Path, request: dict[str, str]) -> None:
    from chatsim.server.admin_socket import call

    click.echo(json.dumps(call(path, request)))
