"""Scenarios as TOML files, and the ones that come with chatsim.

A scenario names what differs from the defaults. Lengths of time, shares and counts are written
with their units (`chatsim.units`); paths are relative to the file; unknown keys are refused.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from chatsim.behaviour.values import (
    Audience,
    Behaviour,
    Cheat,
    Content,
    DelayForm,
    DelayLaw,
    FirstSend,
    Kind,
)
from chatsim.errors import ConfigurationError
from chatsim.model import Enforcement
from chatsim.policy.files import PLANNED as PLANNED_RULES
from chatsim.study.scenario import (
    Generated,
    GroupMax,
    PopulationSpec,
    Scenario,
    Stored,
    Uniform,
)
from chatsim.tomlfile import (
    Table,
    meant,
    or_none,
    read_text,
    read_texts,
    read_toml,
    read_truth,
    toml_line,
    word_of,
)
from chatsim.units import (
    above_zero,
    count_text,
    duration_text,
    read_count,
    read_duration,
    read_number,
    read_share,
    read_whole_seconds,
    share_text,
)

PACKAGED = resources.files("chatsim.study") / "scenarios"
SUFFIX = ".toml"
PLANNED = (*PLANNED_RULES, "rollout", "sweep")
"""Keys of studies that are planned and not built; rules of policies stand in nobody's scenario either."""


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
    top = read_toml(path, PLANNED)
    default = Scenario()
    contents = tuple(_content(table) for table in top.tables("contents"))
    population = top.table("population")
    behaviour = top.table("behaviour")
    return top.build(
        Scenario,
        name=top.take("name", read_text, path.stem),
        title=top.take("title", read_text, path.stem),
        population=_population(population, path.parent) if population else default.population,
        contents=contents or default.contents,
        behaviour=_behaviour(behaviour) if behaviour else default.behaviour,
        originators=top.take("originators", _automatic_count, default.originators),
        duration_seconds=top.take(
            "duration", above_zero(read_whole_seconds), default.duration_seconds
        ),
        runs=top.take("runs", read_count, default.runs),
        seed=top.take("seed", read_count, default.seed),
        enforcement=top.take("enforcement", word_of(Enforcement), default.enforcement),
        group_max=top.take("group_max", word_of(GroupMax), default.group_max),
        redraw_population=top.take("redraw_population", read_truth, default.redraw_population),
        precision=top.take("precision", or_none(read_share), default.precision),
        policies=tuple(
            _policy(name, path.parent)
            for name in top.take("policies", read_texts, default.policies)
        ),
    )


def _automatic_count(given: object, name: str) -> int | None:
    if given == "auto":
        return None
    try:
        return read_count(given, name)
    except ConfigurationError as error:
        raise ConfigurationError(f'{error}, or "auto"') from error


def _policy(name: str, folder: Path) -> str:
    return str(folder / name) if name.endswith(SUFFIX) else name


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


def _content(table: Table) -> Content:
    name = table.require("name", read_text)
    default = Content(name)
    return table.build(
        Content,
        name=name,
        share_probability=table.take("share_probability", read_share, default.share_probability),
        half_life_seconds=table.take(
            "half_life", or_none(above_zero(read_duration)), default.half_life_seconds
        ),
        harmful=table.take("harmful", read_truth, default.harmful),
        kind=table.take("kind", word_of(Kind), default.kind),
        body_bytes=table.take("body_bytes", read_count, default.body_bytes),
    )


def _behaviour(table: Table) -> Behaviour:
    default = Behaviour()
    return table.build(
        Behaviour,
        audience=table.take("audience", word_of(Audience), default.audience),
        audience_shape=table.take("audience_shape", read_number, default.audience_shape),
        group_chance=table.take("group_chance", read_share, default.group_chance),
        persistence=table.take("persistence", read_share, default.persistence),
        redo_seconds=table.take("redo", above_zero(read_whole_seconds), default.redo_seconds),
        paste_probability=table.take("paste_probability", read_share, default.paste_probability),
        modified_clients=table.take("modified_clients", read_share, default.modified_clients),
        cheat=table.take("cheat", word_of(Cheat), default.cheat),
        reading_delay=table.take("reading_delay", _delay_law, default.reading_delay),
        lookahead_seconds=table.take(
            "lookahead", above_zero(read_whole_seconds), default.lookahead_seconds
        ),
        night=table.take("night", read_truth, default.night),
        susceptibility_shape=table.take(
            "susceptibility_shape", or_none(read_number), default.susceptibility_shape
        ),
        label_factor_forwarded=table.take(
            "label_factor_forwarded", read_share, default.label_factor_forwarded
        ),
        label_factor_many_times=table.take(
            "label_factor_many_times", read_share, default.label_factor_many_times
        ),
        first_send=table.take("first_send", word_of(FirstSend), default.first_send),
        chat_delay=table.take("chat_delay", _delay_law, default.chat_delay),
        recovery=table.take("recovery", or_none(_delay_law), default.recovery),
        interval_seconds=table.take(
            "interval", above_zero(read_whole_seconds), default.interval_seconds
        ),
        round_recovery=table.take("round_recovery", read_share, default.round_recovery),
    )


def _delay_law(given: object, name: str) -> DelayLaw:
    if not isinstance(given, dict):
        takes = 'it takes a table such as { median = "15 min", sigma = 1.5 }'
        raise ConfigurationError(f"{name} is {given!r}; {takes}")
    where, _, key = name.rpartition(": ")
    table = Table(given, where, f"{key}.")
    default = DelayLaw()
    return table.build(
        DelayLaw,
        median_seconds=table.take("median", read_duration, default.median_seconds),
        sigma=table.take("sigma", read_number, default.sigma),
        form=table.take("form", word_of(DelayForm), default.form),
    )


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
        lines += ["", "[[contents]]", *_content_lines(content)]
    lines += ["", "[behaviour]", *_behaviour_lines(scenario.behaviour)]
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


def _content_lines(content: Content) -> list[str]:
    return [
        toml_line("name", content.name),
        toml_line("share_probability", share_text(content.share_probability)),
        toml_line("half_life", _duration_or_none(content.half_life_seconds)),
        toml_line("harmful", content.harmful),
        toml_line("kind", content.kind.value),
        toml_line("body_bytes", content.body_bytes),
    ]


def _behaviour_lines(behaviour: Behaviour) -> list[str]:
    shape, recovery = behaviour.susceptibility_shape, behaviour.recovery
    return [
        toml_line("audience", behaviour.audience.value),
        toml_line("audience_shape", behaviour.audience_shape),
        toml_line("group_chance", share_text(behaviour.group_chance)),
        toml_line("persistence", share_text(behaviour.persistence)),
        toml_line("redo", duration_text(behaviour.redo_seconds)),
        toml_line("paste_probability", share_text(behaviour.paste_probability)),
        toml_line("modified_clients", share_text(behaviour.modified_clients)),
        toml_line("cheat", behaviour.cheat.value),
        f"reading_delay = {_delay_table(behaviour.reading_delay)}",
        toml_line("lookahead", duration_text(behaviour.lookahead_seconds)),
        toml_line("night", behaviour.night),
        toml_line("susceptibility_shape", "none" if shape is None else shape),
        toml_line("label_factor_forwarded", share_text(behaviour.label_factor_forwarded)),
        toml_line("label_factor_many_times", share_text(behaviour.label_factor_many_times)),
        toml_line("first_send", behaviour.first_send.value),
        f"chat_delay = {_delay_table(behaviour.chat_delay)}",
        "recovery = " + ('"none"' if recovery is None else _delay_table(recovery)),
        toml_line("interval", duration_text(behaviour.interval_seconds)),
        toml_line("round_recovery", share_text(behaviour.round_recovery)),
    ]


def _duration_or_none(seconds: float | None) -> str:
    return "none" if seconds is None else duration_text(seconds)


def _delay_table(law: DelayLaw) -> str:
    pairs = (
        toml_line("median", duration_text(law.median_seconds)),
        toml_line("sigma", law.sigma),
        toml_line("form", law.form.value),
    )
    return f"{{ {', '.join(pairs)} }}"
