"""`chatsim schema`: what a study's files hold."""

from __future__ import annotations

import click


@click.command("schema")
@click.argument("name", metavar="NAME")
def command(name: str) -> None:
    """Print what a file of a study holds: every field or column with its type, unit and meaning.

    NAME is summary, manifest or timing (a JSON schema), or spread, deeds or names (the columns of a Parquet file).

    \b
    Examples:
      chatsim schema summary
      chatsim schema spread
    """  # noqa: D301 - click takes the control character itself as "leave these lines alone"
    from chatsim.study.schema import schema_text

    click.echo(schema_text(name), nl=False)
