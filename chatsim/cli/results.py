"""What `chatsim compare` prints on stdout once a study is done."""

from __future__ import annotations

import shutil
import sys

import click

from chatsim.api import REPORT_FILE, Comparison
from chatsim.report.table import lines
from chatsim.study.json_values import to_json

PIPE_WIDTH = 100


def print_results(comparison: Comparison, *, as_json: bool, wide: bool) -> None:
    """The table with its sentences, or the summary as JSON."""
    if as_json:
        click.echo(to_json(comparison.summary), nl=False)
        return
    width = shutil.get_terminal_size((PIPE_WIDTH, 24)).columns
    for line in lines(
        comparison.summary, comparison.timing, comparison.manifest.check, width=width, wide=wide
    ):
        click.echo(line, color=sys.stdout.isatty())
    if comparison.out is not None:
        click.echo(f"Report: {comparison.out / REPORT_FILE}")
