"""Progress of a study: a bar on a terminal, a line now and then in a pipe; both on stderr."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from chatsim.errors import ChatsimError
from chatsim.model import ONE_DAY, ONE_HOUR, ONE_MINUTE
from chatsim.study.partial import Partial
from chatsim.study.player import Progress
from chatsim.study.sentences import counted

LINES_PER_STAGE = 5
SILENCE_SECONDS_MAX = 30.0
"""Where runs are few and long, every one that ends so late after the last line has a line of its own."""
SHARE_MIN = 0.02
"""Of the runs; before, nothing is said of the time left: the first run may have waited for a compiler."""


class Lines:
    """Plain lines, a few per stage, with an estimate of the time left: at the pace since the last line.

    Not since the stage began: runs that a former try left behind take no time, and the first may wait for a compiler.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._title = ""
        self._runs = 0
        self._finished = 0
        self._said_at = clock()
        self._said = 0

    def stage(self, title: str, runs: int) -> None:
        self._title, self._runs, self._finished = title, runs, 0
        self._said_at, self._said = self._clock(), 0

    def finished(self, runs: int) -> None:
        before = self._finished * LINES_PER_STAGE // max(1, self._runs)
        self._finished += runs
        now = self._clock()
        due = self._finished * LINES_PER_STAGE // max(1, self._runs) > before
        if due or now - self._said_at >= SILENCE_SECONDS_MAX:
            click.echo(f"{self._title}: {self._done()}{self._left(now)}", err=True)
            self._said_at, self._said = now, self._finished

    def _done(self) -> str:
        return f"{self._finished:,} of {counted(self._runs, 'run')}"

    def _left(self, now: float) -> str:
        left = self._runs - self._finished
        if not left or self._finished < SHARE_MIN * self._runs:
            return ""
        pace = (now - self._said_at) / (self._finished - self._said)
        return f", about {about(pace * left)} left"


def about(seconds: float) -> str:
    """A time to wait in one unit, rounded up: 12 -> "12 s", 130 -> "3 min"."""
    for unit, size in (("s", 1), ("min", ONE_MINUTE), ("h", ONE_HOUR)):
        count = max(1, -int(-seconds // size))
        if count < 90:
            return f"{count} {unit}"
    return counted(-int(-seconds // ONE_DAY), "day")


@contextmanager
def watching(partial: str | None = None) -> Iterator[Progress]:
    """Someone who watches; says where finished runs are if a study that keeps any breaks off."""
    try:
        if sys.stderr.isatty():
            with _bar() as bar:
                yield bar
        else:
            yield Lines()
    except (ChatsimError, KeyboardInterrupt):
        kept = 0
        with contextlib.suppress(OSError, ValueError):
            kept = Partial(Path(partial)).kept() if partial is not None else 0
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
