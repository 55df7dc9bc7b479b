"""What `chatsim compare` prints on stdout once a study is done."""

from __future__ import annotations

import shutil
import sys

import click
from rich.console import Console

from chatsim.api import Comparison
from chatsim.errors import RunError
from chatsim.policy.presets import ALIASES, alias_meaning
from chatsim.report.page import FILE
from chatsim.report.table import plain, table
from chatsim.study.json_values import to_json
from chatsim.study.manifest import Check
from chatsim.study.summary import Summary

PIPE_WIDTH = 100


def print_results(comparison: Comparison, *, as_json: bool, wide: bool) -> None:
    """The table with its sentences, or the summary as JSON.

    Raises RunError where a check over sockets found a difference.
    """
    summary, check = comparison.summary, comparison.manifest.check
    if as_json:
        click.echo(to_json(summary), nl=False)
    else:
        width = shutil.get_terminal_size((PIPE_WIDTH, 24)).columns
        timing = comparison.timing
        if sys.stdout.isatty():
            Console().print(table(summary, width=width, wide=wide, timing=timing))
        else:
            click.echo(plain(summary, width=width, wide=wide, timing=timing), nl=False)
        for policy in summary.policies:
            if policy.name in ALIASES:
                click.echo(f"{alias_meaning(policy.name)}.")
        if not comparison.manifest.tree:
            click.echo(reach_only_line(summary))
        if check is not None:
            click.echo(check_line(check))
        if comparison.out is not None:
            click.echo(f"Report: {comparison.out / FILE}")
    if check is not None and not check.passed:
        wrong = "; ".join(check.imbalances) or (
            f"{check.backend} and tcp agree on {check.identical:,} of {check.copies:,} copies"
        )
        message = f"the check over TCP failed: {wrong}"
        raise RunError(message)


def check_line(check: Check) -> str:
    """What relaying one small run over sockets gave."""
    return f"checked: {check.identical:,} of {check.copies:,} copies identical over TCP."


def reach_only_line(summary: Summary) -> str:
    """That no tree was kept, and how large it could have been."""
    study, policies = summary.study, len(summary.policies)
    rows = study.users * len(study.contents) * (study.runs + study.outbreak_runs) * policies
    return f"Reach only: trees of up to {rows:,} rows were not kept; --tree keeps them."
