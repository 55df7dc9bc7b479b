"""`chatsim.trace`: what reports would bring to light under each traceability mode, and what each mode would take."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import attrs
import polars as pl
from attrs import define

from chatsim.api import Silence
from chatsim.api.asking import asked, policy_of, scenario_of, word_of
from chatsim.errors import ConfigurationError
from chatsim.model import Enforcement, Traceability
from chatsim.policy import Policy
from chatsim.report.drawing import Figure
from chatsim.report.trace_figures import trace_figures
from chatsim.report.trace_page import trace_files
from chatsim.study import scenario as scenarios
from chatsim.study import scenario_checks
from chatsim.study.player import Progress
from chatsim.study.populations import require_stored
from chatsim.study.scenario import Generated, Scenario
from chatsim.study.trace.conduct import Conduct
from chatsim.study.trace.files import Results, read_results, write_results
from chatsim.study.trace.request import Request
from chatsim.study.trace.values import FOLDER, CpuFound, TraceFound
from chatsim.study.trace.witness import Witnesses

USERS = 500
"""Of a generated population, unless said: every case is relayed under every mode."""
RUNS = 5
QUERIES = 60
CHEAT_SHARE = 0.05
MESSAGES_PER_DAY = 100e9
"""Stated, without a source: the order of magnitude of a service with two billion users."""
POLICY = "whatsapp-latest"
THRESHOLDS = (3, 10, 30)
"""Beside 1, which is no threshold: 3 is more than one person's word, 10 more than a family's, and 30 is half of
those who report a content, so that it tells whether their copies are of one lineage. A hundred take as many queries.
"""


@define(eq=False)
class Traces:
    """What traces found."""

    _results: Results
    out: Path | None
    """The folder it was written to, as it was given."""

    @property
    def found(self) -> TraceFound:
        """Every figure of the table and the page."""
        return self._results.found

    @property
    def queries(self) -> pl.DataFrame:
        """One row per report: `chatsim.study.trace.files.queries_table`."""
        return self._results.queries

    @property
    def cpu(self) -> CpuFound:
        """Process time per message, which differs from machine to machine."""
        return self._results.cpu

    @property
    def figures(self) -> dict[str, Figure]:
        """The page's figures by name."""
        return trace_figures(self._results.found)


def trace(
    scenario: str | Path | Scenario = "default",
    *,
    policy: str | Path | Policy = POLICY,
    modes: Sequence[str] | None = None,
    enforcement: str | None = None,
    thresholds: Sequence[int] | None = None,
    queries: int = QUERIES,
    runs: int = RUNS,
    users: int | None = None,
    seed: int | None = None,
    cheat_share: float = CHEAT_SHARE,
    messages_per_day: float = MESSAGES_PER_DAY,
    backend: str = "memory",
    out: str | Path | None = None,
    progress: Progress | None = None,
    command: str | None = None,
) -> Traces:
    """Play the same cascades under every traceability mode, have holders report their copies, and judge the answers.

    `modes` are all unless said. `queries` holders of each content report it in each of `runs` runs: with people as the
    scenario has them, with each cheat alone (a share of people as the scenario says, else `cheat_share`), and with ever
    more people who paste. `thresholds`: what if nothing opens before so many people have reported one lineage; 1 alone
    leaves that out. It takes receipt enforcement, under which a scenario with clear enforcement is then played unless
    `enforcement` is given; both decide alike. `messages_per_day` says at which volume a mode's storage is reckoned.

    Raises ConfigurationError for what cannot be used, RunError when a run cannot be finished, StoreError when results
    cannot be kept.
    """
    if backend != "memory":
        message = f"backend is {backend!r}; reports are about bytes and the book of a relay in this process: it takes memory"
        raise ConfigurationError(message)
    chosen = scenario_of(scenario)
    chosen = asked(chosen, users=_users(chosen, users), seed=seed)
    rules = policy_of(policy)
    chosen = attrs.evolve(
        chosen, runs=runs, policies=(rules.name,), precision=None, traceability=Traceability.NONE
    )
    counts = _thresholds(thresholds, queries)
    if enforcement is not None:
        chosen = attrs.evolve(chosen, enforcement=word_of("enforcement", Enforcement, enforcement))
    elif (
        counts
        and chosen.enforcement is Enforcement.CLEAR
        and not scenario_checks.has_officers(rules)
    ):
        chosen = attrs.evolve(chosen, enforcement=Enforcement.RECEIPT)
    request = Request(
        scenario=chosen,
        policy=rules,
        modes=tuple(Traceability)
        if modes is None
        else tuple(dict.fromkeys(word_of("mode", Traceability, each) for each in modes)),
        queries=queries,
        cheat_share=cheat_share,
        messages_per_day=messages_per_day,
        command=command or "chatsim.trace(...)",
        thresholds=counts,
    )
    request.check()
    if thresholds is not None:
        request.check_seeds()
    for mode in request.modes:
        control = () if rules.name == scenarios.UNCAPPED.name else (scenarios.UNCAPPED,)
        scenario_checks.check(attrs.evolve(chosen, traceability=mode), (*control, rules))
    require_stored(chosen.population)
    if isinstance(chosen.population, Generated):
        request.check_users(chosen.population.users)
    destination = None if out is None else Path(out).absolute()
    if destination is not None:
        FOLDER.check_destination(destination)
    results = Results.of(Conduct(request, _witnesses, progress or Silence()).trace())
    if out is None or destination is None:
        return Traces(results, None)
    write_results(destination, results, trace_files(results))
    return Traces(results, Path(out))


def read_trace(directory: str | Path) -> Traces:
    """The results of traces that were written before.

    Raises ConfigurationError if there are none, StoreError if they are damaged or of another version.
    """
    return Traces(read_results(Path(directory)), Path(directory))


def _thresholds(given: Sequence[int] | None, queries: int) -> tuple[int, ...]:
    """From 1 on; empty where nothing is counted. By default no more than can be."""
    installed = importlib.util.find_spec("cryptography") is not None
    if given is None:
        counts = [each for each in THRESHOLDS if each <= queries and installed]
    else:
        counts = sorted({*given} - {1})
    if counts and not installed:
        message = (
            f"threshold {counts[0]} takes the package cryptography, which is not installed; "
            "it comes with the extra: pip install 'chatsim[e2ee]'"
        )
        raise ConfigurationError(message)
    return tuple(sorted({1, *counts})) if counts else ()


def _users(scenario: Scenario, given: int | None) -> int | None:
    return USERS if given is None and isinstance(scenario.population, Generated) else given


def _witnesses(scenario: Scenario) -> Witnesses:
    from chatsim_clients.traced import TracedRuns  # noqa: PLC0415 - people are chosen here

    return TracedRuns(scenario)
