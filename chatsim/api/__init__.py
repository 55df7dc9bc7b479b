"""`chatsim.compare`, `chatsim.read` and `chatsim.verify`: from Python, the same as from the command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import polars as pl
from attrs import define, frozen

from chatsim.api.asking import Word, policy_of, scenario_of, word_of
from chatsim.api.players import (
    ENGINE,
    engine_backend,
    memory_backend,
    player_of,
    tcp_backend,
)
from chatsim.cascade.values import RunOutcome
from chatsim.errors import ConfigurationError
from chatsim.model import Enforcement, Traceability
from chatsim.policy import Policy
from chatsim.relay.counters import require_installed
from chatsim.report.drawing import Figure
from chatsim.report.figures import figures
from chatsim.report.page import report_files
from chatsim.study import tables
from chatsim.study.backend import RunPlan
from chatsim.study.checking import checked, small
from chatsim.study.conduct import Checker, Conduct, Request
from chatsim.study.manifest import Check, Manifest, Timing
from chatsim.study.partial import Partial
from chatsim.study.player import Progress
from chatsim.study.playing import BackendMaker
from chatsim.study.populations import people_of, require_group_max, require_stored
from chatsim.study.precision import RUNS_MAX
from chatsim.study.results_files import Study, check_destination, kept, read_study, write_study
from chatsim.study.scenario import (
    GroupMax,
    PopulationSpec,
    Scenario,
    Stored,
    among,
    compared,
)
from chatsim.study.scenario_checks import check, require_no_bytes
from chatsim.study.search import with_share
from chatsim.study.summary import Summary
from chatsim.testing.verify.values import Experiment, Row, Way, Ways

if TYPE_CHECKING:
    from chatsim.testing.verify.verification import Verification

AUTO = "auto"


@frozen
class Silence:
    """Nobody watches."""

    def stage(self, title: str, runs: int) -> None:
        pass

    def finished(self, runs: int) -> None:
        pass


@define(eq=False)
class Comparison:
    """A study's results."""

    _study: Study
    out: Path | None
    """The folder it was written to, as it was given."""

    @property
    def summary(self) -> Summary:
        """Every figure of the table and the report."""
        return self._study.summary

    @property
    def manifest(self) -> Manifest:
        """How it was made."""
        return self._study.manifest

    @property
    def timing(self) -> Timing:
        """What may differ between two equal runs."""
        return self._study.timing

    @property
    def spread(self) -> pl.DataFrame:
        """One row per person reached, content, run and policy; ConfigurationError where no tree was kept."""
        return kept(self._study.spread)

    @property
    def deeds(self) -> pl.DataFrame:
        """One row per person who passed something on, content, run and policy; like `spread`, only with a tree."""
        return kept(self._study.deeds)

    @property
    def table(self) -> pl.DataFrame:
        """The table of policies, one row each, as numbers."""
        return tables.policies_table(self.summary)

    @property
    def figures(self) -> dict[str, Figure]:
        """The report's figures by name; each has its SVG as text and gives its PNG as bytes."""
        return figures(self.summary, self._study.spread)


def compare(
    scenario: str | Path | Scenario = "default",
    *,
    policies: Sequence[str | Path | Policy] | None = None,
    contacts: str | Path | None = None,
    groups: str | Path | None = None,
    users: int | None = None,
    originators: int | None = None,
    share: float | str | None = None,
    runs: int | None = None,
    seed: int | None = None,
    duration_seconds: int | None = None,
    backend: str = ENGINE,
    on: str = "local",
    enforcement: str | None = None,
    traceability: str | None = None,
    e2ee: bool | None = None,
    group_max: str | None = None,
    redraw_population: bool | None = None,
    tree: bool | None = None,
    precision: float | None = None,
    runs_max: int | None = None,
    persistence: bool | None = None,
    out: str | Path | None = None,
    check_over_tcp: bool | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    command: str | None = None,
) -> Comparison:
    """Compare forwarding policies on common random numbers.

    Arguments that are None keep what the scenario says. The first policy is the control; uncapped is put first where
    the policies given do not begin with one that changes nothing. `share` is the share probability of the headline
    content, or "auto". `backend` is "engine" (compiled loops), "memory" (relay and people in one process) or "tcp" (a
    server process and real sockets). `check_over_tcp` relays one small run over sockets as well and counts identical
    copies; None does so with the engine. With a `tree`, `spread` and `deeds` say who was reached by whom and what they
    did; None keeps it unless it is large. A `precision` of 0.02 adds runs until the main difference is known within 2
    percentage points, or there are `runs_max` (2,000). `persistence` says whether to play the answer at other
    persistence as well; None does unless it is large. `workers` are the engine's threads, by default one per core, or
    as many processes that play by memory, which a script may ask for below `if __name__ == "__main__":` only.
    `on` is "local", "dask" (so many worker processes on this machine, asked for in the same way) or "dask://HOST:PORT".
    With `out`, the study is written there, whole or not at all.

    Raises ConfigurationError for what cannot be used, RunError when a run cannot be finished, StoreError when results
    cannot be kept.
    """
    chosen = scenario_of(scenario)
    if runs is not None and precision is not None:
        message = (
            f"runs is {runs:,} together with a precision of {precision}, which says how many runs it takes; "
            "give one of the two"
        )
        raise ConfigurationError(message)
    if runs is not None:
        chosen = attrs.evolve(chosen, precision=None)
    if runs_max is not None and precision is None and chosen.precision is None:
        message = f"runs_max is {runs_max:,} without a precision; give one, such as 2 %, or runs"
        raise ConfigurationError(message)
    changes = {
        "originators": originators,
        "runs": runs,
        "precision": precision,
        "seed": seed,
        "duration_seconds": duration_seconds,
        "enforcement": _word("enforcement", Enforcement, enforcement),
        "traceability": _word("traceability", Traceability, traceability),
        "e2ee": e2ee,
        "group_max": _word("group_max", GroupMax, group_max),
        "redraw_population": redraw_population,
    }
    given: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
    people = _population(chosen.population, contacts, groups, users)
    chosen = attrs.evolve(chosen, population=people, **given)
    if share is not None and share != AUTO:
        chosen = with_share(chosen, float(share))
    given_policies = chosen.policies if policies is None else policies
    resolved = compared(chosen, [policy_of(each) for each in given_policies])
    chosen = attrs.evolve(chosen, policies=tuple(policy.name for policy in resolved))
    check(chosen, resolved)
    if backend == ENGINE:
        require_no_bytes(chosen, resolved)
        require_group_max(chosen)
    else:
        require_stored(chosen.population)
    wanted = backend == ENGINE if check_over_tcp is None else check_over_tcp
    if wanted or backend != ENGINE:  # before anything is played, and not after
        require_installed(chosen.enforcement)
    request = Request(
        scenario=chosen,
        policies=resolved,
        backend=backend,
        command=command or "chatsim.compare(...)",
        search_share=share == AUTO,
        tree=tree,
        persistence=persistence,
        runs_max=RUNS_MAX if runs_max is None else runs_max,
    )
    destination = None if out is None else Path(out).absolute()
    if destination is not None:
        check_destination(destination)
    with player_of(backend, workers, on) as player:
        conduct = Conduct(request, player, progress or Silence())
        checker = _checker(resolved[-1], backend) if wanted else None
        study = conduct.study(destination, checker)
    if out is None or destination is None:
        return Comparison(study, None)
    study = write_study(destination, study, report_files)
    Partial.beside(destination).discard()
    return Comparison(study, Path(out))


def read(directory: str | Path) -> Comparison:
    """The results of a study that was written before."""
    return Comparison(read_study(Path(directory)), Path(directory))


def verify(*, quick: bool = False, watch: Callable[[Row], None] | None = None) -> Verification:
    """Check that this machine computes what it should: see `chatsim verify`.

    `quick` takes fewer runs over sockets and smaller ones elsewhere. `watch` hears of every row as it comes.
    """
    # Most of what imports this module never needs the engine.
    from chatsim.testing.verify import verification  # noqa: PLC0415

    extent = verification.QUICK if quick else verification.WHOLE
    rows = []
    for row in verification.checked(relayed_ways(), extent):
        rows.append(row)
        if watch is not None:
            watch(row)
    return verification.Verification(tuple(rows))


def relayed_ways() -> Ways:
    """The ways to play an experiment through a relay."""
    return {"memory": _way(memory_backend()), "tcp": _way(tcp_backend())}


def _way(make: BackendMaker) -> Way:
    def play(experiment: Experiment) -> RunOutcome:
        with make(experiment.scenario) as backend:
            plan = RunPlan(experiment.run, experiment.originators)
            return backend.play(experiment.policy, plan)

    return play


def _word(name: str, words: type[Word], given: str | None) -> Word | None:
    return None if given is None else word_of(name, words, given)


def _population(
    spec: PopulationSpec,
    contacts: str | Path | None,
    groups: str | Path | None,
    users: int | None,
) -> PopulationSpec:
    if contacts is None and groups is None:
        return spec if users is None else among(spec, users)
    if users is not None:
        message = (
            f"users is {users:,} together with a file of contacts or groups, "
            "which says how many people there are; give one of the two"
        )
        raise ConfigurationError(message)
    former = spec if isinstance(spec, Stored) else Stored(contacts=Path(), seed=spec.seed)
    return attrs.evolve(
        former,
        contacts=Path(contacts) if contacts is not None else None,
        groups=Path(groups) if groups is not None else None,
    )


def verify_over_tcp(
    scenario: Scenario, policy: Policy, run: int = 0, *, backend: str = ENGINE
) -> Check:
    """One run by `backend` (engine or memory) and once more over real sockets: how many copies were identical."""
    here = memory_backend()(scenario) if backend == "memory" else engine_backend()(scenario, 1)
    people = people_of(scenario.population)
    plan = RunPlan(run, scenario.originators_among(people.users))
    return checked(here, tcp_backend()(scenario), policy, plan, backend)


def _checker(policy: Policy, backend: str) -> Checker:
    # Over sockets already, a study is checked against the engine.
    other = "memory" if backend == "memory" else ENGINE

    def check_small(scenario: Scenario, users: int) -> Check:
        return verify_over_tcp(small(scenario, users), policy, backend=other)

    return check_small
