"""Progress of a study: a bar on a terminal, a line now and then in a pipe; both on stderr."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from chatsim.errors import ChatsimError
from chatsim.study.conduct import Progress

LINES_PER_STAGE = 5


class Lines:
    """Plain lines, a few per stage."""

    def __init__(self) -> None:
        self._title = ""
        self._runs = 0
        self._finished = 0

    def stage(self, title: str, runs: int) -> None:
        self._title, self._runs, self._finished = title, runs, 0

    def finished(self, runs: int) -> None:
        before = self._finished * LINES_PER_STAGE // max(1, self._runs)
        self._finished += runs
        if self._finished * LINES_PER_STAGE // max(1, self._runs) > before:
            click.echo(f"{self._title}: {self._finished:,} of {self._runs:,} runs", err=True)


@contextmanager
def watching(partial: str) -> Iterator[Progress]:
    """Someone who watches; says where finished runs are if the study breaks off."""
    try:
        if sys.stderr.isatty():
            with _bar() as bar:
                yield bar
        else:
            yield Lines()
    except (ChatsimError, KeyboardInterrupt):
        kept = 0
        with contextlib.suppress(OSError):
            kept = sum(1 for _ in Path(partial).glob("*.run"))
        if kept:
            click.echo(
                f"{kept:,} finished runs are kept in {partial}; the same command goes on from there.",
                err=True,
            )
        raise


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bars(
        *columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True
    ) as bars:

        class Bar:
            """One bar per stage."""

            def stage(self, title: str, runs: int) -> None:
                for task in bars.task_ids:
                    bars.remove_task(task)
                bars.add_task(title, total=runs)

            def finished(self, runs: int) -> None:
                bars.advance(bars.task_ids[-1], runs)

        yield Bar()
