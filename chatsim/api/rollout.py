"""`chatsim.rollout`: the A/B test that a platform would run, and the truth that only a simulator knows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs
from attrs import define

from chatsim.api import Silence
from chatsim.api.players import ENGINE, player_of
from chatsim.errors import ConfigurationError
from chatsim.policy import Policy
from chatsim.policy.presets import resolve
from chatsim.population.parts import Unit
from chatsim.report.drawing import Figure
from chatsim.report.rollout_figure import estimates_figure
from chatsim.report.rollout_page import rollout_files
from chatsim.study import scenario as scenarios
from chatsim.study.partial import Partial
from chatsim.study.player import Progress
from chatsim.study.populations import require_stored
from chatsim.study.rollout.conduct import Conduct, Request, units_of
from chatsim.study.rollout.conduct import check as check_request
from chatsim.study.rollout.values import FOLDER, RolloutFound
from chatsim.study.scenario import Generated, Scenario
from chatsim.study.scenario_files import load_scenario

USERS = 20_000
"""Of a generated population, unless said: a test by communities takes some twenty of them."""
SHARE = 0.5


@define(eq=False)
class Rollouts:
    """What simulated A/B tests found."""

    found: RolloutFound
    """Every figure of the table and the page."""
    out: Path | None

    @property
    def figures(self) -> dict[str, Figure]:
        """The page's figures by name."""
        return {"estimates": estimates_figure(self.found)}


def rollout(
    scenario: str | Path | Scenario = "rumour",
    *,
    policy: str | Path | Policy | None = None,
    control: str | Path | Policy = "uncapped",
    units: Sequence[str] | None = None,
    share: float = SHARE,
    runs: int | None = None,
    users: int | None = None,
    seed: int | None = None,
    backend: str = ENGINE,
    workers: int | None = None,
    on: str = "local",
    out: str | Path | None = None,
    progress: Progress | None = None,
    command: str | None = None,
) -> Rollouts:
    """Run the A/B test of a policy many times over, and compare what it says with the truth.

    `policy` is the scenario's last one unless said; `units` are "user", "community", "region", by default all that the
    scenario allows; `share` of them are treated. `runs` replicates have a cascade and an assignment of their own; `on`
    says where they are played, as in `chatsim.compare`. With `out`, the results are written there, whole or not at all;
    the same call goes on from what is kept beside it.

    Raises ConfigurationError for what cannot be used, RunError when a run cannot be finished, StoreError when results
    cannot be kept.
    """
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    chosen = attrs.evolve(
        chosen,
        runs=chosen.runs if runs is None else runs,
        seed=chosen.seed if seed is None else seed,
        population=_population(chosen, users),
    )
    treated, untreated = (
        each if isinstance(each, Policy) else resolve(str(each))
        for each in (chosen.policies[-1] if policy is None else policy, control)
    )
    chosen = attrs.evolve(chosen, policies=(untreated.name, treated.name))
    scenarios.check(chosen, (scenarios.UNCAPPED, treated))
    scenarios.check(chosen, (scenarios.UNCAPPED, untreated) if untreated.name != "uncapped" else ())
    request = Request(
        scenario=chosen,
        control=untreated,
        policy=treated,
        units=units_of(chosen) if units is None else tuple(_unit(each) for each in units),
        share=share,
        backend=backend,
        command=command or "chatsim.rollout(...)",
    )
    check_request(request)
    require_stored(chosen.population)
    destination = None if out is None else Path(out).absolute()
    if destination is not None:
        FOLDER.check_destination(destination)
    with player_of(backend, workers, on) as player:
        found = Conduct(request, player, progress or Silence()).study(destination)
    if out is None or destination is None:
        return Rollouts(found, None)
    FOLDER.write(destination, found, rollout_files(found))
    Partial.beside(destination).discard()
    return Rollouts(found, Path(out))


def _population(scenario: Scenario, users: int | None) -> scenarios.PopulationSpec:
    people = scenario.population
    if isinstance(people, scenarios.Stored):
        if users is not None:
            message = f"users is {users:,}, but the people come from files, which say how many"
            raise ConfigurationError(message)
        return people
    if users is None and isinstance(people, Generated):
        users = max(people.users, USERS)
    return people if users is None else attrs.evolve(people, users=users)


def _unit(given: str) -> Unit:
    try:
        return Unit(given)
    except ValueError:
        raise ConfigurationError(f"units has {given!r}; it takes {', '.join(Unit)}") from None
