"""`chatsim.sensitivity`: which assumption decides between two policies, and whether their ranking flips."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs
import polars as pl
from attrs import define

from chatsim.api import Silence
from chatsim.api.asking import policy_of, scenario_of, word_of
from chatsim.api.players import ENGINE, player_of
from chatsim.errors import ConfigurationError
from chatsim.policy import Policy
from chatsim.report.drawing import Figure
from chatsim.report.sensitivity_figures import sensitivity_figures
from chatsim.report.sensitivity_page import sensitivity_files
from chatsim.study.partial import Partial
from chatsim.study.player import Progress
from chatsim.study.populations import require_group_max, require_stored
from chatsim.study.scenario import Scenario, is_control
from chatsim.study.sensitivity.conduct import Conduct, Request, same_rules
from chatsim.study.sensitivity.factors import factors_of
from chatsim.study.sensitivity.files import FOLDER, Results, read_results, write_results
from chatsim.study.sensitivity.values import Method, Sensitivity

TRAJECTORIES = 20
SAMPLES = 64
RUNS = 20


@define(eq=False)
class Sensitivities:
    """What an analysis found."""

    _results: Results
    out: Path | None
    """The folder it was written to, as it was given."""

    @property
    def found(self) -> Sensitivity:
        """Every figure of the table and the page."""
        return self._results.found

    @property
    def points(self) -> pl.DataFrame:
        """One row per combination and policy: `chatsim.study.sensitivity.files.points_table`."""
        return self._results.points

    @property
    def figures(self) -> dict[str, Figure]:
        """The page's figures by name; each has its SVG as text, and a PNG."""
        return sensitivity_figures(self._results)


def sensitivity(
    scenario: str | Path | Scenario = "default",
    *,
    policies: Sequence[str | Path | Policy] | None = None,
    method: str = Method.MORRIS.value,
    trajectories: int | None = None,
    samples: int | None = None,
    runs: int = RUNS,
    users: int | None = None,
    seed: int | None = None,
    factors: Sequence[str] = (),
    backend: str = ENGINE,
    on: str = "local",
    workers: int | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
    command: str | None = None,
) -> Sensitivities:
    """Vary every assumption of a scenario in its plausible range: does the ranking of two policies hold?

    `policies` are two that differ, by default the scenario's last two that do. `method` is "morris", which takes
    `trajectories`, or "sobol", which takes `samples` (a power of two). `factors` give ranges of their own, such as
    "persistence=0%..50%". `runs` are played in every combination, `on` this machine or a cluster as for `compare`.
    With `out`, the results are written there, whole or not at all; finished runs are kept beside it, and the same
    call goes on from there.

    Raises ConfigurationError for what cannot be used, RunError when a run cannot be finished, StoreError when results
    cannot be kept.
    """
    chosen = scenario_of(scenario, users=users, seed=seed)
    first, second = _two(chosen, policies)
    chosen = attrs.evolve(chosen, policies=("uncapped", first.name, second.name), runs=runs)
    which = word_of("method", Method, method)
    request = Request(
        scenario=chosen,
        first=first,
        second=second,
        factors=factors_of(chosen, (first, second), factors),
        method=which,
        size=_size(which, trajectories, samples),
        runs=runs,
        backend=backend,
        command=command or "chatsim.sensitivity(...)",
    )
    request.check()
    if backend == ENGINE:
        require_group_max(chosen)
    else:
        require_stored(chosen.population)
    destination = None if out is None else Path(out).absolute()
    if destination is not None:
        FOLDER.check_destination(destination)
    with player_of(backend, workers, on) as player:
        analysis = Conduct(request, player, progress or Silence()).analyse(destination)
    results = Results.of(analysis)
    if out is None or destination is None:
        return Sensitivities(results, None)
    write_results(destination, results, sensitivity_files(results))
    Partial.beside(destination).discard()
    return Sensitivities(results, Path(out))


def read_sensitivity(directory: str | Path) -> Sensitivities:
    """The results of an analysis that was written before."""
    return Sensitivities(read_results(Path(directory)), Path(directory))


def _size(method: Method, trajectories: int | None, samples: int | None) -> int:
    match method:
        case Method.MORRIS:
            if samples is not None:
                raise ConfigurationError(
                    f"samples is {samples:,}, but the method is morris; it takes trajectories"
                )
            return TRAJECTORIES if trajectories is None else trajectories
        case Method.SOBOL:
            if trajectories is not None:
                raise ConfigurationError(
                    f"trajectories is {trajectories:,}, but the method is sobol; it takes samples"
                )
            return SAMPLES if samples is None else samples


def _two(scenario: Scenario, given: Sequence[str | Path | Policy] | None) -> tuple[Policy, Policy]:
    if given is None:
        return _last_two(scenario)
    policies = [policy_of(each) for each in given]
    if len(policies) != 2:
        named = ", ".join(each.name for each in policies) or "none"
        message = (
            f"policies are {named}; sensitivity takes exactly two, such as --policy cap-5 --policy "
            "whatsapp-latest, and plays uncapped as well"
        )
        raise ConfigurationError(message)
    return policies[0], policies[1]


def _last_two(scenario: Scenario) -> tuple[Policy, Policy]:
    policies = [policy_of(name) for name in scenario.policies]
    second = policies[-1]
    for first in reversed(policies[:-1]):
        if not same_rules(first, second) and not is_control(first):
            return first, second
    message = (
        f"scenario {scenario.name} has no two policies that differ; "
        "sensitivity takes two, such as --policy cap-5 --policy whatsapp-latest"
    )
    raise ConfigurationError(message)
