"""Which rules hold for whom in a run: the rows of a policy, and everybody's part."""

from __future__ import annotations

import functools

from chatsim.cascade.measures import RunMeasures, measure
from chatsim.cascade.values import RunOutcome
from chatsim.policy import Policy, compile_rows
from chatsim.population.parts import NO_PARTS, Partition, Parts, divide
from chatsim.study.populations import spec_of_run
from chatsim.study.scenario import Generated, Scenario


def parts_of(scenario: Scenario, run: int, users: int) -> Parts:
    """The parts of the people who meet in run `run`, of whom there are `users`."""
    partition = scenario.partition
    if len(partition.parts) == 1:
        return NO_PARTS if partition == Partition() else Parts(partition.parts)
    spec = spec_of_run(scenario, run)
    return _divided(partition, users, spec.seed, communities=isinstance(spec, Generated))


@functools.lru_cache(maxsize=2)
def _divided(partition: Partition, users: int, seed: int, *, communities: bool) -> Parts:
    return divide(partition, users, seed, communities=communities)


def measured(
    outcome: RunOutcome, scenario: Scenario, policy: Policy, run: int, *, tree: bool
) -> tuple[RunMeasures, ...]:
    """The measures of a run that was played with its tree, by content."""
    parts = parts_of(scenario, run, len(outcome.contents[0].received))
    rows = compile_rows(policy, parts.parts)
    return tuple(measure(each, rows, parts.of_user, tree=tree) for each in outcome.contents)
