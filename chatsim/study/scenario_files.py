"""Scenarios as TOML files, and the ones that come with chatsim.

A scenario names what differs from the defaults. Lengths of time, shares and counts are written
with their units (`chatsim.units`); paths are relative to the file; unknown keys are refused.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from chatsim.errors import ConfigurationError
from chatsim.model import Enforcement, Traceability
from chatsim.policy.presets import preset
from chatsim.study.behaviour_files import (
    behaviour_lines,
    behaviour_of,
    content_lines,
    content_of,
)
from chatsim.study.partition_files import cohorts_of, partition_lines, regions_of, rollout_of
from chatsim.study.scenario import (
    Generated,
    GroupMax,
    PopulationSpec,
    Scenario,
    Stored,
    Uniform,
)
from chatsim.study.scenario_values import values_of
from chatsim.tomlfile import (
    Reader,
    Table,
    meant,
    or_none,
    read_text,
    read_texts,
    read_toml,
    read_truth,
    toml_line,
    toml_value,
    word_of,
)
from chatsim.units import (
    above_zero,
    count_text,
    duration_text,
    read_count,
    read_number,
    read_share,
    read_whole_seconds,
    share_text,
)

PACKAGED = resources.files("chatsim.study") / "scenarios"
SUFFIX = ".toml"


def packaged_scenarios() -> tuple[str, ...]:
    """The names of the scenarios that come with chatsim."""
    files = (file.name for file in PACKAGED.iterdir() if file.name.endswith(SUFFIX))
    return tuple(sorted(name.removesuffix(SUFFIX) for name in files))


def load_scenario(name_or_path: str | Path) -> Scenario:
    """The packaged scenario of this name, or the one in this file.

    Raises ConfigurationError, naming the file and the key, for whatever cannot be used.
    """
    given = str(name_or_path)
    if given in packaged_scenarios():
        with resources.as_file(PACKAGED / f"{given}{SUFFIX}") as path:
            return read_scenario(path)
    path = Path(name_or_path)
    if path.suffix == SUFFIX or path.exists():
        return read_scenario(path)
    names = packaged_scenarios()
    raise ConfigurationError(
        f"there is no scenario named {given}{meant(given, names)}; "
        f"it takes {', '.join(names)}, or the path of a TOML file"
    )


def read_scenario(path: Path) -> Scenario:
    """The scenario in a TOML file; its name is the file's unless it says another."""
    top = read_toml(path)
    default = Scenario()
    contents = tuple(content_of(table) for table in top.tables("contents"))
    population = top.table("population")
    behaviour = top.table("behaviour")
    scenario = top.build(
        Scenario,
        name=top.take("name", read_text, path.stem),
        title=top.take("title", read_text, path.stem),
        population=_population(population, path.parent) if population else default.population,
        contents=contents or default.contents,
        behaviour=behaviour_of(behaviour) if behaviour else default.behaviour,
        originators=top.take("originators", _automatic_count, default.originators),
        duration_seconds=top.take(
            "duration", above_zero(read_whole_seconds), default.duration_seconds
        ),
        runs=top.take("runs", read_count, default.runs),
        seed=top.take("seed", read_count, default.seed),
        enforcement=top.take("enforcement", word_of(Enforcement), default.enforcement),
        traceability=top.take("traceability", word_of(Traceability), default.traceability),
        e2ee=top.take("e2ee", read_truth, default.e2ee),
        group_max=top.take("group_max", word_of(GroupMax), default.group_max),
        redraw_population=top.take("redraw_population", read_truth, default.redraw_population),
        precision=top.take("precision", or_none(read_share), default.precision),
        policies=top.take("policies", _policies_beside(path.parent), default.policies),
        regions=regions_of(top),
        cohorts=cohorts_of(top),
        rollout=rollout_of(top),
        sources=_sources(top.table("sources")),
    )
    return _require_known(scenario, str(path))


def _sources(table: Table | None) -> tuple[tuple[str, str], ...]:
    if table is None:
        return ()
    found = tuple((key, table.require(key, read_text)) for key in table.unread())
    table.finish()
    return found


def _require_known(scenario: Scenario, where: str) -> Scenario:
    """The scenario, if every source is of a value that it has."""
    known = [value.key for value in values_of(dump_scenario(scenario))]
    for key, _ in scenario.sources:
        if key not in known:
            raise ConfigurationError(
                f"{where}: sources.{key} is no value of this scenario{meant(key, known)}; "
                "chatsim scenario explain lists them"
            )
    return scenario


def _automatic_count(given: object, name: str) -> int | None:
    if given == "auto":
        return None
    try:
        return read_count(given, name)
    except ConfigurationError as error:
        raise ConfigurationError(f'{error}, or "auto"') from error


def _policies_beside(folder: Path) -> Reader[tuple[str, ...]]:
    """A reader of policies: their names, and paths relative to `folder`."""

    def read(given: object, name: str) -> tuple[str, ...]:
        texts = enumerate(read_texts(given, name))
        return tuple(_policy(text, folder, f"{name}[{i}]") for i, text in texts)

    return read


def _policy(given: str, folder: Path, name: str) -> str:
    if given.endswith(SUFFIX):
        return str(folder / given)
    try:
        preset(given)
    except ConfigurationError as error:
        if not Path(given).is_file():
            raise ConfigurationError(f"{name}: {error}") from error
    return given


def _population(table: Table, folder: Path) -> PopulationSpec:
    kind = table.take("kind", _population_kind, "generated")
    if kind == "stored":

        def read_path(given: object, name: str) -> Path | None:
            return folder / read_text(given, name)

        return table.build(
            Stored,
            contacts=table.take("contacts", read_path, None),
            groups=table.take("groups", read_path, None),
            seed=table.take("seed", read_count, 1),
        )
    if kind == "uniform":
        uniform = Uniform()
        return table.build(
            Uniform,
            users=table.take("users", read_count, uniform.users),
            contacts_per_user=table.take(
                "contacts_per_user", read_count, uniform.contacts_per_user
            ),
            seed=table.take("seed", read_count, uniform.seed),
        )
    generated = Generated()
    return table.build(
        Generated,
        users=table.take("users", read_count, generated.users),
        seed=table.take("seed", read_count, generated.seed),
        contacts_mean=table.take("contacts_mean", read_number, generated.contacts_mean),
        contacts_sigma=table.take("contacts_sigma", read_number, generated.contacts_sigma),
        groups_mean=table.take("groups_mean", read_number, generated.groups_mean),
    )


def _population_kind(given: object, name: str) -> str:
    kinds = ("generated", "stored", "uniform")
    if isinstance(given, str) and given in kinds:
        return given
    raise ConfigurationError(f"{name} is {given!r}; it takes {' or '.join(kinds)}")


def dump_scenario(scenario: Scenario) -> str:
    """The scenario as TOML with every key written out; `read_scenario` gives it back.

    Paths are written as they are, so that the file belongs where the scenario's paths start.
    """
    lines = [
        toml_line("name", scenario.name),
        toml_line("title", scenario.title),
        toml_line("originators", scenario.originators or "auto"),
        toml_line("duration", duration_text(scenario.duration_seconds)),
        toml_line("runs", scenario.runs),
        toml_line("seed", scenario.seed),
        toml_line("enforcement", scenario.enforcement.value),
        toml_line("traceability", scenario.traceability.value),
        toml_line("e2ee", scenario.e2ee),
        toml_line("group_max", scenario.group_max.value),
        toml_line("redraw_population", scenario.redraw_population),
        toml_line(
            "precision", "none" if scenario.precision is None else share_text(scenario.precision)
        ),
        toml_line("policies", scenario.policies),
        "",
        "[population]",
        *_population_lines(scenario.population),
    ]
    for content in scenario.contents:
        lines += ["", "[[contents]]", *content_lines(content)]
    lines += ["", "[behaviour]", *behaviour_lines(scenario.behaviour)]
    lines += partition_lines(scenario.partition)
    if scenario.sources:
        lines += ["", "[sources]"]
        lines += [f"{toml_value(key)} = {toml_value(text)}" for key, text in scenario.sources]
    return "\n".join(lines) + "\n"


def _population_lines(population: PopulationSpec) -> list[str]:
    match population:
        case Generated():
            own = [
                toml_line("kind", "generated"),
                toml_line("users", count_text(population.users)),
                toml_line("contacts_mean", population.contacts_mean),
                toml_line("contacts_sigma", population.contacts_sigma),
                toml_line("groups_mean", population.groups_mean),
            ]
        case Stored():
            files = {"contacts": population.contacts, "groups": population.groups}
            named = [toml_line(key, str(path)) for key, path in files.items() if path is not None]
            own = [toml_line("kind", "stored"), *named]
        case Uniform():
            own = [
                toml_line("kind", "uniform"),
                toml_line("users", count_text(population.users)),
                toml_line("contacts_per_user", population.contacts_per_user),
            ]
    return [*own, toml_line("seed", population.seed)]
