"""`chatsim verify`: does this machine compute what it should?"""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from chatsim.report.layout import Block
    from chatsim.testing.verify.values import Row
    from chatsim.testing.verify.verification import Verification

PIPE_WIDTH = 120
LINES = (2, 3, 4, 6, 10)
"""How many lines a cell may take, tried in this order."""
FAILURE = 1
"""The exit status where a check fails; 2 is for what could not be done at all."""


@click.command("verify")
@click.option("--quick", is_flag=True, help="Fewer runs over sockets, and smaller ones elsewhere.")
@click.pass_context
def command(context: click.Context, *, quick: bool) -> None:
    """Check on this machine that all ways of playing a run agree, and agree with theory.

    \b
    (a) real sockets, one process, the engine and a naive twin give identical copies
    (b) so do people in memory, in files, and in a population that is never stored
    (c) so do 1, 2 and 4 threads
    (d) cascades end where bond percolation and a closed formula say
    (e) delays change when people are reached, and who only where time counts
    (f) a star and a chain have the measures that they must have

    Prints a table with deviations in standard errors, and one checksum for all that is exact: two machines that agree
    in it have played the same copies. Exit status 1 if a check fails.
    """  # noqa: D301 - click takes the control character itself as "leave these lines alone"
    from chatsim import api
    from chatsim.cli.terminating import terminable

    with terminable():
        verification = api.verify(quick=quick, watch=_watch if sys.stderr.isatty() else None)
    width = shutil.get_terminal_size((PIPE_WIDTH, 24)).columns
    for line in table(verification, width):
        click.echo(line)
    if not verification.passed:
        context.exit(FAILURE)


def _watch(row: Row) -> None:
    click.echo(f"({row.check}) {row.name}: {'passed' if row.passed else 'FAILED'}", err=True)


def table(verification: Verification, width: int) -> list[str]:
    """The table, the checksum and how many checks passed, as lines of at most `width` characters where that can be."""
    rows = verification.rows
    passed = sum(row.passed for row in rows)
    return [
        *(line.plain for line in _block(rows, width).lines()),
        "",
        f"Checksum of the copies in (a), (b), (c) and (e): {verification.checksum}",
        f"{passed} of {len(rows)} checks passed.",
    ]


def _block(rows: tuple[Row, ...], width: int) -> Block:
    from chatsim.report.layout import GAPS, Block, Entry, Stack

    columns = {
        "": [f"({row.check})" for row in rows],
        "Check": [row.name for row in rows],
        "Compared": [row.compared for row in rows],
        "Expected": [row.expected for row in rows],
        "Found": [row.found for row in rows],
        "Deviation": [deviation(row) for row in rows],
        " ": ["passed" if row.passed else "FAILED" for row in rows],
    }
    stacks = tuple(
        Stack(Entry(heading), tuple(map(Entry, cells)), numeric=False, column=None)
        for heading, cells in columns.items()
    )
    for lines in LINES:
        for gap in GAPS:
            block = Block(stacks, tuple(stack.width_for(lines) for stack in stacks), gap)
            if block.width <= width:
                return block
    return block


def deviation(row: Row) -> str:
    """How far from theory, in standard errors; "exact" where nothing but equality will do."""
    return "exact" if row.deviation is None else f"{row.deviation:+.1f} SE"
