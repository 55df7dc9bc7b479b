"""What a calibration may move: parameters by the names that scenario files have, each with its unit."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

import attrs
from attrs import frozen

from chatsim.errors import ConfigurationError
from chatsim.study.scenario import Generated, Scenario
from chatsim.study.search import headline_content, with_share
from chatsim.study.sentences import percent, rough_duration
from chatsim.tomlfile import meant
from chatsim.units import read_duration, read_number, read_share


class Unit(enum.StrEnum):
    """How a parameter's values are written."""

    SHARE = "share"
    DURATION = "duration"
    NUMBER = "number"

    def read(self, given: object, name: str) -> float:
        """A value as a file has it: 0 to 1, seconds, or a plain number. Raises ConfigurationError."""
        match self:
            case Unit.SHARE:
                return read_share(given, name)
            case Unit.DURATION:
                return read_duration(given, name)
            case Unit.NUMBER:
                return read_number(given, name)

    def text(self, value: float) -> str:
        """A value as people read it."""
        match self:
            case Unit.SHARE:
                return f"{percent(value)} %"
            case Unit.DURATION:
                return rough_duration(value)
            case Unit.NUMBER:
                return f"{value:.3g}"


@frozen
class Setting:
    """One thing that a calibration may move."""

    title: str
    """In words, for tables and figures."""
    unit: Unit
    moved: Callable[[Scenario, float], Scenario]
    """The scenario with another value of it."""


def _of_behaviour(field: str) -> Callable[[Scenario, float], Scenario]:
    def moved(scenario: Scenario, value: float) -> Scenario:
        changed: dict[str, Any] = {field: value}
        return attrs.evolve(scenario, behaviour=attrs.evolve(scenario.behaviour, **changed))

    return moved


def _of_delay(field: str) -> Callable[[Scenario, float], Scenario]:
    def moved(scenario: Scenario, value: float) -> Scenario:
        changed: dict[str, Any] = {field: value}
        law = attrs.evolve(scenario.behaviour.reading_delay, **changed)
        behaviour = attrs.evolve(scenario.behaviour, reading_delay=law)
        return attrs.evolve(scenario, behaviour=behaviour)

    return moved


def _of_people(field: str) -> Callable[[Scenario, float], Scenario]:
    def moved(scenario: Scenario, value: float) -> Scenario:
        people = scenario.population
        if not isinstance(people, Generated):
            message = (
                f"the parameter {field} shapes generated people, and those of {scenario.name} "
                "are not; it takes a scenario with a generated population"
            )
            raise ConfigurationError(message)
        changed: dict[str, Any] = {field: value}
        return attrs.evolve(scenario, population=attrs.evolve(people, **changed))

    return moved


def _half_life(scenario: Scenario, seconds: float) -> Scenario:
    headline = headline_content(scenario)
    contents = tuple(
        attrs.evolve(content, half_life_seconds=seconds) if i == headline else content
        for i, content in enumerate(scenario.contents)
    )
    return attrs.evolve(scenario, contents=contents)


SHARE, DURATION, NUMBER = Unit.SHARE, Unit.DURATION, Unit.NUMBER
SETTINGS = {
    "share_probability": Setting("share probability", SHARE, with_share),
    "half_life": Setting("half-life", DURATION, _half_life),
    "audience_shape": Setting("audience shape", NUMBER, _of_behaviour("audience_shape")),
    "group_chance": Setting("group chance per pick", SHARE, _of_behaviour("group_chance")),
    "persistence": Setting("persistence", SHARE, _of_behaviour("persistence")),
    "paste_probability": Setting("paste probability", SHARE, _of_behaviour("paste_probability")),
    "modified_clients": Setting("modified clients", SHARE, _of_behaviour("modified_clients")),
    "inflating_clients": Setting("inflating clients", SHARE, _of_behaviour("inflating_clients")),
    "pasting_clients": Setting("pasting clients", SHARE, _of_behaviour("pasting_clients")),
    "reencoding_clients": Setting(
        "re-encoding clients", SHARE, _of_behaviour("reencoding_clients")
    ),
    "susceptibility_shape": Setting(
        "susceptibility shape", NUMBER, _of_behaviour("susceptibility_shape")
    ),
    "label_factor_forwarded": Setting(
        "label factor (forwarded)", SHARE, _of_behaviour("label_factor_forwarded")
    ),
    "label_factor_many_times": Setting(
        "label factor (many times)", SHARE, _of_behaviour("label_factor_many_times")
    ),
    "reading_delay_median": Setting(
        "reading delay (median)", DURATION, _of_delay("median_seconds")
    ),
    "reading_delay_sigma": Setting("reading delay (sigma)", NUMBER, _of_delay("sigma")),
    "contacts_mean": Setting("contacts per user (mean)", NUMBER, _of_people("contacts_mean")),
    "contacts_sigma": Setting("contacts per user (sigma)", NUMBER, _of_people("contacts_sigma")),
    "groups_mean": Setting("groups per user (mean)", NUMBER, _of_people("groups_mean")),
}
"""By name. Share probability and half-life are those of the headline content."""


def setting_named(name: str, where: str) -> Setting:
    """The setting of this name; ConfigurationError, which begins with `where`, if there is none."""
    if name not in SETTINGS:
        message = (
            f"{where} is {name!r}, which no calibration moves{meant(name, list(SETTINGS))}; "
            f"it takes {', '.join(SETTINGS)}"
        )
        raise ConfigurationError(message)
    return SETTINGS[name]
