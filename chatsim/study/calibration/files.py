"""Calibrations as TOML files, and the ones that come with chatsim.

A file says the scenario, the parameters with their ranges and the targets with their tolerances; quantities have
units, as in scenario files, and unknown keys are refused.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import attrs

from chatsim.errors import ConfigurationError
from chatsim.study.calibration.settings import setting_named
from chatsim.study.calibration.values import (
    DRAWS,
    POINTS,
    RUNS,
    Calibration,
    Measure,
    Parameter,
    Scale,
    Target,
    Use,
)
from chatsim.study.scenario import Scenario, Stored
from chatsim.study.scenario_files import load_scenario
from chatsim.tomlfile import Table, meant, read_text, read_toml, word_of
from chatsim.units import above_zero, read_count, read_number, read_share

PACKAGED = resources.files("chatsim.study") / "calibrations"
SUFFIX = ".toml"


def packaged_calibrations() -> tuple[str, ...]:
    """The names of the calibrations that come with chatsim."""
    files = (file.name for file in PACKAGED.iterdir() if file.name.endswith(SUFFIX))
    return tuple(sorted(name.removesuffix(SUFFIX) for name in files))


def load_calibration(name_or_path: str | Path) -> Calibration:
    """The packaged calibration of this name, or the one in this file.

    Raises ConfigurationError, naming the file and the key, for whatever cannot be used.
    """
    given = str(name_or_path)
    if given in packaged_calibrations():
        with resources.as_file(PACKAGED / f"{given}{SUFFIX}") as path:
            return read_calibration(path)
    path = Path(name_or_path)
    if path.suffix == SUFFIX or path.exists():
        return read_calibration(path)
    names = packaged_calibrations()
    raise ConfigurationError(
        f"there is no calibration named {given}{meant(given, names)}; "
        f"it takes {', '.join(names)}, or the path of a TOML file"
    )


def read_calibration(path: Path) -> Calibration:
    """The calibration in a TOML file; its name is the file's unless it says another."""
    top = read_toml(path)
    scenario = load_scenario(_beside(top.require("scenario", read_text), path.parent))
    users = top.take("users", read_count, None)
    return top.build(
        Calibration,
        name=top.take("name", read_text, path.stem),
        title=top.take("title", read_text, path.stem),
        scenario=scenario if users is None else among(scenario, users),
        parameters=tuple(_parameter(table) for table in top.tables("parameters")),
        targets=tuple(_target(table, path.parent) for table in top.tables("targets")),
        points=top.take("points", read_count, POINTS),
        runs=top.take("runs", read_count, RUNS),
        draws=top.take("draws", read_count, DRAWS),
    )


def among(scenario: Scenario, users: int) -> Scenario:
    """The scenario among so many people. Raises ConfigurationError where files say how many."""
    if isinstance(scenario.population, Stored):
        message = f"users is {users:,}, but the people come from files, which say how many"
        raise ConfigurationError(message)
    return attrs.evolve(scenario, population=attrs.evolve(scenario.population, users=users))


def _beside(name: str, folder: Path) -> str:
    return str(folder / name) if name.endswith(SUFFIX) else name


def _parameter(table: Table) -> Parameter:
    name = table.require("name", read_text)
    read = setting_named(name, table.name("name")).unit.read
    return table.build(
        Parameter,
        name=name,
        low=table.require("low", read),
        high=table.require("high", read),
        scale=table.take("scale", word_of(Scale), Scale.LINEAR),
        source=table.take("source", read_text, None),
    )


def _target(table: Table, folder: Path) -> Target:
    name = table.require("name", read_text)
    against = table.take("against", read_text, None)
    return table.build(
        Target,
        name=name,
        title=table.take("title", read_text, name),
        use=table.require("use", word_of(Use)),
        measure=table.require("measure", word_of(Measure)),
        policy=_beside(table.require("policy", read_text), folder),
        against=None if against is None else _beside(against, folder),
        content=table.take("content", read_text, None),
        originators=table.take("originators", read_count, None),
        runs=table.take("runs", above_zero(read_count), None),
        said=table.require("value", _read_figure),
        tolerance=table.require("tolerance", _read_figure),
        source=table.require("source", read_text),
        note=table.take("note", read_text, ""),
    )


def _read_figure(given: object, name: str) -> float:
    # A ratio or a share may be written in per cent, a level is a plain number.
    return read_share(given, name) if isinstance(given, str) else read_number(given, name)
