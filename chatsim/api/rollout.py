"""`chatsim.rollout`: the A/B test that a platform would run, and the truth that only a simulator knows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs
from attrs import define

from chatsim.api import Silence
from chatsim.api.asking import asked, policy_of, scenario_of, word_of
from chatsim.api.players import ENGINE, player_of
from chatsim.policy import Policy
from chatsim.population.parts import Unit
from chatsim.report.drawing import Figure
from chatsim.report.rollout_figure import estimates_figure
from chatsim.report.rollout_page import rollout_files
from chatsim.study import scenario as scenarios
from chatsim.study import scenario_checks
from chatsim.study.partial import Partial
from chatsim.study.player import Progress
from chatsim.study.populations import require_stored
from chatsim.study.rollout.conduct import Conduct, Request, units_of
from chatsim.study.rollout.conduct import check as check_request
from chatsim.study.rollout.values import FOLDER, RolloutFound
from chatsim.study.scenario import Generated, Scenario

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
    chosen = scenario_of(scenario)
    chosen = asked(chosen, users=_users(chosen, users), seed=seed)
    treated = policy_of(chosen.policies[-1] if policy is None else policy)
    untreated = policy_of(control)
    runs = chosen.runs if runs is None else runs
    chosen = attrs.evolve(chosen, runs=runs, policies=(untreated.name, treated.name))
    request = Request(
        scenario=chosen,
        control=untreated,
        policy=treated,
        units=units_of(chosen)
        if units is None
        else tuple(word_of("unit", Unit, each) for each in units),
        share=share,
        backend=backend,
        command=command or "chatsim.rollout(...)",
    )
    check_request(request)
    for each in (treated, untreated):
        rules = () if each.name == scenarios.UNCAPPED.name else (scenarios.UNCAPPED, each)
        scenario_checks.check(chosen, rules)
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


def read_rollout(directory: str | Path) -> Rollouts:
    """The results of simulated A/B tests that were written before.

    Raises ConfigurationError if there are none, StoreError if they are damaged or of another version.
    """
    return Rollouts(FOLDER.read(Path(directory)), Path(directory))


def _users(scenario: Scenario, given: int | None) -> int | None:
    people = scenario.population
    return max(people.users, USERS) if given is None and isinstance(people, Generated) else given
