"""Option values with units, as the scenario files have them."""

from __future__ import annotations

from collections.abc import Callable
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


COUNT = Quantity("number", read_count)
DURATION = Quantity("duration", read_whole_seconds)
SHARE = Quantity("share", read_share, "auto")
PRECISION = Quantity("share", read_share)

on_option = click.option(
    "--on", default="local", show_default=True, metavar="local|dask|dask://HOST:PORT",
    help="Where runs are played: by this process, by a Dask cluster of worker processes that is started on this machine, "
    "or by one that runs already. Same results. [extra: cluster]",
)  # fmt: skip
"""Every command that plays many runs has it."""
