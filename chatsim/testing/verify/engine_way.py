"""The engine as a way to play and to measure."""

from __future__ import annotations

from attrs import frozen

from chatsim.cascade.measures import RunMeasures
from chatsim.cascade.values import RunOutcome
from chatsim.engine import Engine
from chatsim.testing.verify.values import Experiment


@frozen
class ByEngine:
    """Played by the engine on so many threads."""

    threads: int = 1

    def __call__(self, experiment: Experiment) -> RunOutcome:
        return _engine(experiment).play(
            experiment.policy,
            run=experiment.run,
            originators=experiment.originators,
            threads=self.threads,
        )

    def tally(self, experiment: Experiment) -> tuple[RunMeasures, ...]:
        """The measures as the engine counts them on the go, without the copies."""
        return _engine(experiment).tally(
            experiment.policy,
            run=experiment.run,
            originators=experiment.originators,
            threads=self.threads,
        )


def _engine(experiment: Experiment) -> Engine:
    return Engine.of(
        experiment.population,
        experiment.contents,
        experiment.behaviour,
        seed=experiment.seed,
        duration_seconds=experiment.duration_seconds,
        enforcement=experiment.enforcement,
    )
