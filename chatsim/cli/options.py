"""Option values with units, as the scenario files have them."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from chatsim.errors import ConfigurationError
from chatsim.units import read_count, read_share, read_whole_seconds


class Quantity(click.ParamType):  # type: ignore[type-arg]
    """A number with a unit; what cannot be read is a sentence that says what is accepted."""

    def __init__(self, name: str, read: Callable[[object, str], Any], *words: str) -> None:
        self.name = name
        self._read = read
        self._words = words

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str) or value in self._words:
            return value
        option = param.opts[0] if param is not None else self.name
        try:
            return self._read(value, option)
        except ConfigurationError as error:
            words = "".join(f", or {word}" for word in self._words)
            message = f"{error}{words}"
            raise ConfigurationError(message) from None


def _counts(given: object, option: str) -> tuple[int, ...]:
    return tuple(read_count(each, option) for each in str(given).split(","))


COUNT = Quantity("number", read_count)
COUNTS = Quantity("numbers", _counts)
"""One or more, with commas between them and no others."""
DURATION = Quantity("duration", read_whole_seconds)
SHARE = Quantity("share", read_share, "auto")
PRECISION = Quantity("share", read_share)

on_option = click.option(
    "--on", default="local", show_default=True, metavar="local|dask|dask://HOST:PORT",
    help="Where runs are played: by this process, by a Dask cluster of worker processes that is started on this machine, "
    "or by one that runs already. Same results. [extra: cluster]",
)  # fmt: skip
"""Every command that plays many runs has it."""

backend_option = click.option(
    "--backend", type=click.Choice(["engine", "memory", "tcp"]), default="engine", show_default=True,
    help="engine: compiled loops. memory: relay and people in one process. tcp: a server process and real sockets. "
    "Same results.",
)  # fmt: skip
seed_option = click.option("--seed", type=click.IntRange(min=0), help="The seed of all runs.")
users_option = click.option(
    "--users", type=COUNT, help="People in a generated population, such as 2000 or 10k."
)


def out_option(default: Path, holds: str, former: str) -> Callable[[Any], Any]:
    """Where a command writes: what `holds` says, in place of a `former` folder of its own."""
    return click.option(
        "--out", type=click.Path(path_type=Path), default=default, show_default=True, metavar="DIR",
        help=f"Where {holds} and the data go; a former {former} there is replaced.",
    )  # fmt: skip


def as_typed() -> str:
    """The whole command line, to repeat it."""
    return shlex.join(["chatsim", *click.get_current_context().obj])
