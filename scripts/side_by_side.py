"""Contenders side by side: each in a process of its own, taking turns with one of them, so that ratios are paired.

All of a pair run within seconds of each other (A B A B), so what else the machine does hits both alike.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean, median
from typing import IO, Any

from attrs import define, field, frozen

PROGRAM = Path(__file__).with_name("contenders.py")
LOADING = 5
"""Times the limit of one spread that loading the ties may take."""


@frozen
class Entrant:
    """A tool, as it takes part."""

    tool: str
    """As `contenders.py` knows it."""
    name: str
    works: tuple[str, ...]
    package: str | None = None
    """Whose version is told; None: of this checkout."""
    threads: int = 1


@frozen
class Spread:
    """One spread of one contender."""

    seconds: float
    reach: int
    peak_bytes: int | None


@frozen
class Result:
    """What an entrant did with one work and one graph."""

    entrant: Entrant
    spreads: tuple[Spread, ...] = ()
    ratios: tuple[float, ...] = ()
    """Its seconds by those of the first entrant's spread before it; empty where that one is missing."""
    load_seconds: float | None = None
    skipped: str | None = None
    """Why there is no spread."""

    @property
    def seconds(self) -> float:
        return median(spread.seconds for spread in self.spreads)

    @property
    def least_seconds(self) -> float:
        return min(spread.seconds for spread in self.spreads)

    @property
    def reach(self) -> float:
        return fmean(spread.reach for spread in self.spreads)

    @property
    def ratio(self) -> float | None:
        return median(self.ratios) if self.ratios else None

    @property
    def peak_bytes(self) -> int | None:
        return max((s.peak_bytes for s in self.spreads if s.peak_bytes is not None), default=None)


class StoppedError(Exception):
    """A contender that gives no more answers, with the reason."""


@define(eq=False)
class Process:
    """A contender that has loaded the ties and spread once to warm up."""

    child: subprocess.Popen[str]
    errors: IO[str]
    limit_seconds: float
    load_seconds: float = field(default=0.0, init=False)

    @classmethod
    def start(cls, entrant: Entrant, work: str, ties: Path, limit_seconds: float) -> Process:
        """A running contender.

        Raises:
            StoppedError: it is not there, fails, or takes too long.
        """
        errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the process
        child = subprocess.Popen(
            [sys.executable, str(PROGRAM), entrant.tool, work, str(ties), str(entrant.threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        process = cls(child, errors, limit_seconds)
        try:
            process.load_seconds = process._answer(LOADING * limit_seconds)["load_seconds"]
            process.spread(0)
        except BaseException:
            process.close()
            raise
        return process

    def spread(self, seed: int) -> Spread:
        """One spread.

        Raises:
            StoppedError: it fails or takes longer than the limit.
        """
        assert self.child.stdin is not None
        self.child.stdin.write(f"{seed}\n")
        self.child.stdin.flush()
        return Spread(**self._answer(self.limit_seconds))

    def close(self) -> None:
        """End it."""
        self.child.kill()
        self.child.communicate()
        self.errors.close()

    def _answer(self, limit_seconds: float) -> dict[str, Any]:
        assert self.child.stdout is not None
        ready, _, _ = select.select([self.child.stdout], [], [], limit_seconds)
        if not ready:
            raise StoppedError(f"over {limit_seconds:,.0f} s")
        line = self.child.stdout.readline()
        if not line:
            self.child.wait()
            self.errors.seek(0)
            said = self.errors.read().strip().splitlines()
            raise StoppedError(f"failed: {said[-1] if said else f'status {self.child.returncode}'}")
        answer: dict[str, Any] = json.loads(line)
        if "missing" in answer:
            raise StoppedError(f"not here: {answer['missing']}")
        return answer


def compared(
    entrants: Sequence[Entrant], work: str, ties: Path, repeats: int, limit_seconds: float
) -> Iterable[Result]:
    """What each entrant does, in order, the first one last: it takes turns with all others."""
    first, *others = entrants
    try:
        pacer = Process.start(first, work, ties, limit_seconds)
    except StoppedError as stopped:
        yield Result(first, skipped=str(stopped))
        pacer = None
    own: list[Spread] = []
    try:
        for other in others:
            yield _beside(pacer, own, other, work, ties, repeats, limit_seconds)
        if pacer is not None:
            if not own:
                own += [pacer.spread(seed) for seed in range(1, repeats + 1)]
            yield Result(first, tuple(own), load_seconds=pacer.load_seconds)
    finally:
        if pacer is not None:
            pacer.close()


def _beside(
    pacer: Process | None,
    own: list[Spread],
    entrant: Entrant,
    work: str,
    ties: Path,
    repeats: int,
    limit_seconds: float,
) -> Result:
    spreads: list[Spread] = []
    ratios: list[float] = []
    try:
        process = Process.start(entrant, work, ties, limit_seconds)
    except StoppedError as stopped:
        return Result(entrant, skipped=str(stopped))
    try:
        for seed in range(1, repeats + 1):
            if pacer is not None:
                own.append(pacer.spread(seed))
            try:
                spreads.append(process.spread(seed))
            except StoppedError as stopped:
                return Result(entrant, skipped=str(stopped))
            if pacer is not None:
                ratios.append(spreads[-1].seconds / own[-1].seconds)
            if sum(spread.seconds for spread in spreads) > limit_seconds:
                break
    finally:
        process.close()
    return Result(entrant, tuple(spreads), tuple(ratios), process.load_seconds)
