"""Commands whose help reads like a manual page: options in groups, then sections of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click


class ManualCommand(click.Command):
    """A command with `groups`, from a heading to the names of its options, and `sections` from a heading to text."""

    def __init__(
        self,
        *arguments: Any,
        groups: Mapping[str, Sequence[str]],
        sections: Mapping[str, str],
        **named: Any,
    ) -> None:
        super().__init__(*arguments, **named)
        self.groups = groups
        self.sections = sections

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options by group; those that no group has come last."""
        lines = {
            str(option.name): line
            for option in self.get_params(ctx)
            if (line := option.get_help_record(ctx)) is not None
        }
        for heading, names in self.groups.items():
            with formatter.section(heading):
                formatter.write_dl([lines.pop(name) for name in names])
        with formatter.section("Other"):
            formatter.write_dl(list(lines.values()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for heading, text in self.sections.items():
            with formatter.section(heading):
                formatter.write_text(text)
