"""Whoever plays the runs of a study: the protocol that threads, processes, servers and clusters keep."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Protocol

from chatsim.policy import Policy
from chatsim.study.backend import Carried, RunPlan
from chatsim.study.partial import Partial
from chatsim.study.playing import Job, Played
from chatsim.study.scenario import Scenario


class Player(Protocol):
    """Plays jobs, in this process or in several, on one thread or on several."""

    @property
    def workers(self) -> int: ...

    @property
    def threads(self) -> int: ...

    def play(
        self, jobs: Sequence[Job], partial: Partial | None
    ) -> Generator[Played, None, None]: ...

    def carried(self, policy: str) -> Carried | None:
        """What a server carried for one policy; None where none ran."""
        ...

    def jobs(
        self,
        scenario: Scenario,
        policies: Sequence[Policy],
        plans: Sequence[RunPlan],
        *,
        tree: bool,
    ) -> list[Job]:
        """The runs, grouped as this player plays them best."""
        ...


class Progress(Protocol):
    """Whoever watches a study."""

    def stage(self, title: str, runs: int) -> None:
        """A stage of `runs` runs begins."""
        ...

    def finished(self, runs: int) -> None:
        """More runs are finished."""
        ...
