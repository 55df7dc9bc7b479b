"""`chatsim.calibrate` and `chatsim.fitted`: parameters fitted to targets, from Python."""

from __future__ import annotations

from pathlib import Path

import attrs
import polars as pl
from attrs import define

from chatsim.api import Silence
from chatsim.api.asking import asked, scenario_of
from chatsim.api.players import ENGINE, player_of
from chatsim.errors import ConfigurationError
from chatsim.report.calibration_figures import calibration_figures
from chatsim.report.calibration_page import calibration_files
from chatsim.report.drawing import Figure
from chatsim.study.calibration.analysis import found
from chatsim.study.calibration.conduct import Search
from chatsim.study.calibration.files import load_calibration
from chatsim.study.calibration.results import Fit
from chatsim.study.calibration.saving import (
    FOLDER,
    CalibrationManifest,
    load_fit,
    vectors_table,
    write_calibration,
)
from chatsim.study.calibration.settings import SETTINGS
from chatsim.study.calibration.values import Calibration
from chatsim.study.manifest import commit, versions
from chatsim.study.partial import Partial, plan_fingerprint
from chatsim.study.player import Progress
from chatsim.study.scenario import Scenario
from chatsim.study.scenario_files import dump_scenario
from chatsim.study.scenario_json import scenario_to_json


@define(eq=False, frozen=True)
class Fitted:
    """Vectors of parameters that fit, and what they predict."""

    fit: Fit
    """Every figure of the table and the page."""
    out: Path | None = None
    """The folder it was written to, as it was given."""
    resumed: int = 0
    """Vectors taken over from a former, broken-off try."""

    @property
    def answer(self) -> tuple[str, ...]:
        """What was found, in sentences."""
        return self.fit.answer

    @property
    def reached(self) -> bool:
        """Whether any vector fits."""
        return bool(self.fit.vectors)

    @property
    def table(self) -> pl.DataFrame:
        """The vectors that fit, one row each, as numbers."""
        return vectors_table(self.fit)

    @property
    def figures(self) -> dict[str, Figure]:
        """The page's figures by name."""
        return calibration_figures(self.fit)

    def scenarios(self, scenario: str | Path | Scenario = "rumour") -> tuple[Scenario, ...]:
        """A scenario with the parameters of each drawn vector, as often as it was drawn.

        A figure's range over their studies holds what the targets leave open. Raises ConfigurationError where the
        scenario has no such parameters.
        """
        base = scenario_of(scenario)
        made: list[Scenario] = []
        for vector in self.fit.vectors:
            moved = base
            for parameter, value in zip(self.fit.parameters, vector.values, strict=True):
                moved = SETTINGS[parameter.name].moved(moved, value)
            made += [moved] * vector.draws
        return tuple(made)


def calibrate(
    calibration: str | Path | Calibration = "claims",
    *,
    points: int | None = None,
    runs: int | None = None,
    users: int | None = None,
    seed: int | None = None,
    on: str = "local",
    workers: int | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
    command: str | None = None,
) -> Fitted:
    """The vectors of parameters that fit a calibration's targets, and what they predict of its other targets.

    `calibration` is a packaged name or a TOML file. Arguments that are None keep what it says: `points` vectors are
    played, `runs` runs of each under each policy, among `users` people, `on` this machine or a cluster as for
    `chatsim.compare`. With `out` the result is written there, whole or not at all; where nothing fits, that is the
    result, and `reached` is False.

    Raises ConfigurationError for what cannot be used, RunError when a run cannot be finished, StoreError when results
    cannot be kept.
    """
    chosen = calibration if isinstance(calibration, Calibration) else load_calibration(calibration)
    scenario = asked(chosen.scenario, users=users, seed=seed)
    chosen = attrs.evolve(
        chosen,
        scenario=scenario,
        points=chosen.points if points is None else points,
        runs=chosen.runs if runs is None else runs,
    )
    destination = None if out is None else Path(out).absolute()
    partial = None
    if destination is not None:
        FOLDER.check_destination(destination)
        partial = Partial.open(destination, _fingerprint(chosen))
    with player_of(ENGINE, workers, on) as player:
        search = Search(chosen, player, progress or Silence(), partial)
        tried = search.tried()
        fit = found(chosen, tried, search.drawn(tried))
    if out is None or destination is None or partial is None:
        return Fitted(fit)
    manifest = CalibrationManifest.of(
        command or "chatsim.calibrate(...)",
        scenario.seed,
        dump_scenario(scenario),
        versions(),
        commit(),
    )
    write_calibration(destination, fit, manifest, calibration_files(fit, manifest))
    partial.discard()
    return Fitted(fit, Path(out), search.resumed)


def fitted(name_or_folder: str | Path = "claims") -> Fitted:
    """The fit that comes with chatsim under this name, or the one in a folder that `chatsim calibrate` wrote."""
    return Fitted(load_fit(name_or_folder))


def _fingerprint(calibration: Calibration) -> str:
    # Targets and parameters as they are written; policies by their rules, because a file of that name may change.
    rules = [policy for target in calibration.targets for policy in calibration.policies_of(target)]
    asked = (calibration.parameters, calibration.targets, calibration.points, calibration.runs)
    return plan_fingerprint(
        "calibration",
        scenario_to_json(calibration.scenario),
        repr(asked),
        repr(calibration.draws),
        repr(rules),
        repr(versions()),
        commit() or "",
    )


def require_reached(fitted: Fitted) -> None:
    """Raise ConfigurationError, with the nearest vector, where the targets are out of reach."""
    if not fitted.reached:
        raise ConfigurationError(fitted.answer[0])
