"""`chatsim policies`: what can be compared, and where each rule comes from."""

from __future__ import annotations

import click

from chatsim.policy.description import PolicyRow, describe, policy_rows
from chatsim.policy.presets import resolve

HEADINGS = PolicyRow(
    name="name",
    title="title",
    chats="chats at a time",
    groups="groups",
    label="label",
    since="since",
)


@click.group("policies", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """List the preset policies; `chatsim policies show NAME` tells all about one."""
    if context.invoked_subcommand is not None:
        return
    rows = [HEADINGS, *policy_rows()]
    widths = [max(len(row.name) for row in rows), max(len(row.chats) for row in rows)]
    for row in rows:
        click.echo(f"{row.name:{widths[0]}}  {row.chats:{widths[1]}}  {row.title}".rstrip())
    click.echo("A policy of your own is a TOML file. More of one: chatsim policies show NAME")


@command.command("show")
@click.argument("name", metavar="NAME_OR_FILE")
def show(name: str) -> None:
    """Everything about one policy: caps, labels, source, date, what is from memory."""
    click.echo(describe(resolve(name)))
