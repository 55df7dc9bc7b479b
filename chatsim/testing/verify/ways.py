"""The naive twin as a way to play, and any way as a way to measure."""

from __future__ import annotations

from attrs import frozen

from chatsim.cascade.measures import RunMeasures, measure
from chatsim.cascade.values import RunOutcome
from chatsim.policy import compile_row
from chatsim.testing import twin
from chatsim.testing.verify.values import Experiment, Way


def by_twin(experiment: Experiment) -> RunOutcome:
    """Played by the naive twin, which knows people held in memory only."""
    return twin.play(
        experiment.held,
        experiment.contents,
        experiment.behaviour,
        experiment.policy,
        seed=experiment.seed,
        run=experiment.run,
        originators=experiment.originators,
        duration_seconds=experiment.duration_seconds,
        enforcement=experiment.enforcement,
    )


@frozen
class Measured:
    """The measures of the copies that a way gives."""

    way: Way

    def __call__(self, experiment: Experiment) -> tuple[RunMeasures, ...]:
        row = compile_row(experiment.policy)
        return tuple(measure(run, [row]) for run in self.way(experiment).contents)
