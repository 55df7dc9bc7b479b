"""`chatsim.compare`, `chatsim.read` and `chatsim.verify`: from Python, the same as from the command line."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import polars as pl
from attrs import define, frozen

from chatsim.cascade.values import RunOutcome
from chatsim.errors import ConfigurationError
from chatsim.model import Enforcement
from chatsim.policy import Policy
from chatsim.policy.presets import preset, resolve
from chatsim.report.drawing import Figure
from chatsim.report.figures import figures
from chatsim.report.page import report_files
from chatsim.study import tables
from chatsim.study.backend import RunPlan
from chatsim.study.conduct import Conduct, Player, Progress, Request
from chatsim.study.manifest import Check, Manifest, Timing
from chatsim.study.partial import Partial
from chatsim.study.playing import BackendMaker, Here, Workers
from chatsim.study.results_files import Study, check_destination, read_study, write_study
from chatsim.study.scenario import (
    Generated,
    GroupMax,
    PopulationSpec,
    Scenario,
    Stored,
    Uniform,
    check,
    is_control,
)
from chatsim.study.scenario_files import load_scenario
from chatsim.study.search import with_share
from chatsim.study.summary import Summary
from chatsim.testing.verify.values import Experiment, Row, Ways

if TYPE_CHECKING:
    from chatsim.testing.verify.verification import Verification

Word = TypeVar("Word", bound=enum.StrEnum)

AUTO = "auto"
CHECK_USERS_MAX = 500
"""People in the small run that `check` relays over sockets, unless the study has fewer."""


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
        """One row per person reached, content, run and policy."""
        return self._study.spread

    @property
    def deeds(self) -> pl.DataFrame:
        """One row per person who passed something on, content, run and policy."""
        return self._study.deeds

    @property
    def table(self) -> pl.DataFrame:
        """The table of policies, one row each, as numbers."""
        return tables.policies_table(self.summary)

    @property
    def figures(self) -> dict[str, Figure]:
        """The report's figures by name; each has its SVG as text."""
        return figures(self.summary)


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
    backend: str = "memory",
    enforcement: str | None = None,
    group_max: str | None = None,
    redraw_population: bool | None = None,
    out: str | Path | None = None,
    check_over_tcp: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
    command: str | None = None,
) -> Comparison:
    """Compare forwarding policies on common random numbers.

    Arguments that are None keep what the scenario says. The first policy is the control; uncapped is put first where
    the policies given do not begin with one that changes nothing. `share` is the share probability of the headline
    content, or "auto". `backend` is "memory" or "tcp" (a server process and real sockets). Several `workers` play by
    memory in as many processes, which a script may ask for below `if __name__ == "__main__":` only.
    With `out`, the study is written there, whole or not at all.

    Raises ConfigurationError for what cannot be used, RunError when a run cannot be finished, StoreError when results
    cannot be kept.
    """
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    changes = {
        "originators": originators,
        "runs": runs,
        "seed": seed,
        "duration_seconds": duration_seconds,
        "enforcement": _word("enforcement", Enforcement, enforcement),
        "group_max": _word("group_max", GroupMax, group_max),
        "redraw_population": redraw_population,
    }
    given: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
    people = _population(chosen.population, contacts, groups, users)
    chosen = attrs.evolve(chosen, population=people, **given)
    if share is not None and share != AUTO:
        chosen = with_share(chosen, float(share))
    resolved = _policies(chosen.policies if policies is None else policies)
    chosen = attrs.evolve(chosen, policies=tuple(policy.name for policy in resolved))
    check(chosen, resolved)
    request = Request(
        scenario=chosen,
        policies=resolved,
        backend=backend,
        command=command or "chatsim.compare(...)",
        search_share=share == AUTO,
    )
    destination = None if out is None else Path(out).absolute()
    if destination is not None:
        check_destination(destination)
    with _player(backend, workers) as player:
        conduct = Conduct(request, player, progress or Silence())
        checker = _checker(resolved) if check_over_tcp else None
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
    for row in verification.checked(_relayed(), extent):
        rows.append(row)
        if watch is not None:
            watch(row)
    return verification.Verification(tuple(rows))


def _relayed() -> Ways:
    """The ways to play an experiment through a relay."""

    def way(make: BackendMaker) -> Callable[[Experiment], RunOutcome]:
        def play(experiment: Experiment) -> RunOutcome:
            with make(experiment.scenario) as backend:
                plan = RunPlan(experiment.run, experiment.originators)
                return backend.play(experiment.policy, plan)

        return play

    return {"memory": way(_memory()), "tcp": way(_tcp())}


def _word(name: str, words: type[Word], given: str | None) -> Word | None:
    if given is None:
        return None
    try:
        return words(given)
    except ValueError:
        message = f"{name} is {given!r}; it takes {' or '.join(words)}"
        raise ConfigurationError(message) from None


def _population(
    spec: PopulationSpec,
    contacts: str | Path | None,
    groups: str | Path | None,
    users: int | None,
) -> PopulationSpec:
    if contacts is None and groups is None:
        if users is None:
            return spec
        if isinstance(spec, Stored):
            message = f"users is {users:,}, but the people come from files, which say how many"
            raise ConfigurationError(message)
        return attrs.evolve(spec, users=users)
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


def _policies(given: Sequence[str | Path | Policy]) -> tuple[Policy, ...]:
    policies = tuple(each if isinstance(each, Policy) else resolve(str(each)) for each in given)
    if policies and is_control(policies[0]):
        return policies
    return (preset("uncapped"), *(each for each in policies if each.name != "uncapped"))


def _player(backend: str, workers: int) -> AbstractContextManager[Player]:
    match backend:
        case "memory":
            return Here(_memory()) if workers == 1 else Workers(_memory(), workers)
        case "tcp":
            return Here(_tcp())
        case _:
            message = f"backend is {backend!r}; it takes memory or tcp"
            raise ConfigurationError(message)


def _memory() -> BackendMaker:
    from chatsim_clients.memory import MemoryBackend  # noqa: PLC0415 - people are chosen here

    return MemoryBackend


def _tcp() -> BackendMaker:
    from chatsim_clients.tcp import TcpBackend  # noqa: PLC0415

    return TcpBackend


def small(scenario: Scenario) -> Scenario:
    """The scenario with few enough people for a quick run over sockets."""
    spec = scenario.population
    if isinstance(spec, (Generated, Uniform)) and spec.users > CHECK_USERS_MAX:
        scenario = attrs.evolve(
            scenario, population=attrs.evolve(spec, users=CHECK_USERS_MAX), originators=None
        )
    return scenario


def _checker(policies: Sequence[Policy]) -> Callable[[Scenario], Check]:
    def checked(scenario: Scenario) -> Check:
        return verify_over_tcp(small(scenario), policies[-1])

    return checked


def verify_over_tcp(scenario: Scenario, policy: Policy, run: int = 0) -> Check:
    """One run by memory and once more over real sockets: how many copies were identical, and do the books balance."""
    with _memory()(scenario) as here:
        spec_users = len(here.play(policy, RunPlan(run, 1)).contents[0].received)
        plan = RunPlan(run, scenario.originators_among(spec_users))
        expected = here.play(policy, plan)
    with _tcp()(scenario) as there:
        relayed = there.play(policy, plan)
    carried = there.carried
    copies = sum(int(content.received.sum()) for content in relayed.contents)
    imbalances = []
    if carried is not None and carried.copies != copies:
        imbalances.append(
            f"the server carried {carried.copies:,} copies, people received {copies:,}"
        )
    return Check(copies, identical_copies(expected, relayed), tuple(imbalances))


def identical_copies(one: RunOutcome, other: RunOutcome) -> int:
    """Copies delivered to people for whom two runs agree in everything: first copy, deeds and number of copies."""
    return sum(
        mine.identical_copies(theirs)
        for mine, theirs in zip(one.contents, other.contents, strict=True)
    )
