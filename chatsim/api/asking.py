"""What the functions of the Python face are asked for in the same way: a scenario, policies, words, a folder."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TypeVar

import attrs

from chatsim.errors import ConfigurationError
from chatsim.policy import Policy
from chatsim.policy.presets import resolve
from chatsim.study.scenario import Scenario, among
from chatsim.study.scenario_files import load_scenario

Word = TypeVar("Word", bound=enum.StrEnum)


def scenario_of(
    given: str | Path | Scenario, *, users: int | None = None, seed: int | None = None
) -> Scenario:
    """A scenario by name, file or value, among so many people and with this seed where they are given.

    Raises ConfigurationError.
    """
    scenario = given if isinstance(given, Scenario) else load_scenario(given)
    return asked(scenario, users=users, seed=seed)


def asked(scenario: Scenario, *, users: int | None, seed: int | None) -> Scenario:
    """The scenario among so many people and with this seed; None keeps what it says. Raises ConfigurationError."""
    if seed is not None:
        scenario = attrs.evolve(scenario, seed=seed)
    if users is None:
        return scenario
    return attrs.evolve(scenario, population=among(scenario.population, users))


def policy_of(given: str | Path | Policy) -> Policy:
    """A policy by name, file or value. Raises ConfigurationError."""
    return given if isinstance(given, Policy) else resolve(str(given))


def word_of(name: str, words: type[Word], given: str) -> Word:
    """One of the words that an argument takes; ConfigurationError, which begins with its name, for any other."""
    try:
        return words(given)
    except ValueError:
        message = f"{name} is {given!r}; it takes {' or '.join(words)}"
        raise ConfigurationError(message) from None
