"""`chatsim tokens`: what users show at login, and what a server needs to check it."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("tokens", short_help="Draw a token for each user of a server.")
@click.option("--users", type=int, required=True, help="Users 0 to N-1.", metavar="N")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="Tokens for the clients; the digests for the server go into FILE.sha256.",
)
def command(users: int, out: Path) -> None:
    """Draw a token for each user: 256 random bits, which are all that a login needs.

    FILE has a line `USER TOKEN` for each user, in hexadecimal, and is for whoever is to log in; FILE.sha256 has the
    SHA-256 of each token and is all that `chatsim serve --tokens` needs, so that who reads it can log in as nobody.
    Only their owner can read them. Files that exist are never written over.

    \b
    Example:
      chatsim tokens --users 1000 --out tokens
      chatsim serve --users 1000 --tokens tokens.sha256
    """  # noqa: D301 - click looks for the backspace itself
    from chatsim.server.tokens import write_tokens

    digests = write_tokens(users, out)
    click.echo(f"{out} has the tokens of {users:,} users, {digests} their digests.")
