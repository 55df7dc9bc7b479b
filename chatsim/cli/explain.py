"""`chatsim explain`: one person's story."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("explain")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("user")
@click.option("--run", type=click.IntRange(min=0), default=0, show_default=True, help="Which run.")
@click.option("--policy", metavar="NAME", help="Under this policy only. [default: all]")
def command(directory: Path, user: str, run: int, policy: str | None) -> None:
    """Tell what happened to USER in a study: from whom a copy came, when, with which label, and what a cap held back.

    DIR is a study's folder; USER is a number, or the id in the file of contacts or groups.
    """
    from chatsim.study.explain import explain

    click.echo(explain(directory, user, run, policy))
