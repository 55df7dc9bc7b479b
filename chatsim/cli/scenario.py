"""`chatsim scenario`: the scenarios that there are, whether a file is one, and what is behind each value."""

from __future__ import annotations

import shutil
import sys
from typing import Any

import click

PIPE_WIDTH = 160


@click.group("scenario", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """List the scenarios that come with chatsim; check a file of your own, or explain every value.

    \b
    Examples:
      chatsim scenario check mine.toml
      chatsim scenario explain india-2018
    """  # noqa: D301 - click takes the control character itself as "leave these lines alone"
    from chatsim.study.scenario_files import load_scenario, packaged_scenarios

    if context.invoked_subcommand is not None:
        return
    names = packaged_scenarios()
    width = max(map(len, names))
    for name in names:
        click.echo(f"{name:{width}}  {load_scenario(name).title}")
    click.echo("A scenario of your own is a TOML file. More of one: chatsim scenario explain NAME")


@command.command("check")
@click.argument("scenario", metavar="NAME_OR_FILE")
def check(scenario: str) -> None:
    """Say whether a file is a scenario that a study can play, and what it would play.

    Exit status 2 with one sentence for whatever cannot be used: an unknown or contradictory key, a value without its
    unit, an impossible law, a policy that the scenario cannot enforce.
    """
    chosen, policies = _resolved(scenario)
    from chatsim.study.populations import people_of, spec_of_run
    from chatsim.study.scenario import Stored
    from chatsim.study.sentences import counted
    from chatsim.units import duration_text

    people = chosen.population
    users = people_of(spec_of_run(chosen, 0)).users if isinstance(people, Stored) else people.users
    originators = chosen.originators_among(users)
    click.echo(
        f"{scenario} can be played: {counted(len(chosen.contents), 'content')}, {counted(users, 'user')}, "
        f"{counted(originators, 'originator')} of each, {duration_text(chosen.duration_seconds)}, "
        f"{counted(chosen.runs, 'run')}, policies {', '.join(policy.name for policy in policies)}."
    )


@command.command("explain")
@click.argument("scenario", metavar="NAME_OR_FILE", default="default")
@click.option("--json", "as_json", is_flag=True, help="Print the values as JSON.")
def explain(scenario: str, *, as_json: bool) -> None:
    """Print every value of a scenario with its plausible range and its source, or none."""
    from chatsim.study.scenario_sources import explained

    chosen, policies = _resolved(scenario)
    rows = explained(chosen, policies)
    if as_json:
        from chatsim.study.json_values import to_json

        click.echo(to_json(rows), nl=False)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold" if sys.stdout.isatty() else "")
    for heading in ("value", "is", "plausible", "source"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(row.key, row.value, row.plausible, row.source)
    width = shutil.get_terminal_size((PIPE_WIDTH, 24)).columns
    Console(width=width, highlight=False).print(table)
    assumed = sum(row.assumed for row in rows)
    click.echo(f"{assumed} of {len(rows)} values have no source: nobody has measured them.")


def _resolved(name: str) -> tuple[Any, Any]:
    from chatsim.policy.presets import resolve
    from chatsim.study.scenario import compared
    from chatsim.study.scenario_checks import check as check_scenario
    from chatsim.study.scenario_files import load_scenario

    chosen = load_scenario(name)
    policies = compared(chosen, [resolve(policy) for policy in chosen.policies])
    check_scenario(chosen, policies)
    return chosen, policies
