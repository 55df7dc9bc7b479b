"""The assumptions that are varied: the parameters that act, each in its plausible range or in one that the user gives.

Values are rounded to four figures, so that no machine's last digit of an exponential decides what is played.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from attrs import frozen

from chatsim.errors import ConfigurationError
from chatsim.policy import Policy
from chatsim.study.scenario import Scenario
from chatsim.study.sensitivity.parameters import PARAMETERS, Parameter
from chatsim.study.sensitivity.values import FactorRange, Scale
from chatsim.tomlfile import meant

FIGURES = 4
GIVEN = "given by the user"
SEPARATOR = ".."


@frozen
class Factor:
    """A parameter with the range in which it is varied."""

    parameter: Parameter
    low: float
    high: float
    source: str

    @property
    def name(self) -> str:
        """The parameter's name."""
        return self.parameter.name

    def between(self, share: float) -> float:
        """The value at this share of the way from low (0) to high (1), to four figures; the ends exactly."""
        if share in {0.0, 1.0}:
            return self.high if share else self.low
        match self.parameter.scale:
            case Scale.LINEAR:
                value = self.low + share * (self.high - self.low)
            case Scale.LOG:
                value = self.low * (self.high / self.low) ** share
        return _rounded(value)

    def text(self, value: float | None) -> str:
        """A value in words."""
        return self.parameter.unlimited if value is None else self.parameter.unit.text(value)

    def described(self, scenario: Scenario) -> FactorRange:
        """The factor as results list it."""
        base, parameter = self.parameter.value(scenario), self.parameter
        return FactorRange(
            name=self.name,
            title=parameter.title,
            meaning=parameter.meaning,
            scale=parameter.scale,
            base=base,
            low=self.low,
            high=self.high,
            base_text=self.text(base),
            low_text=self.text(self.low),
            high_text=self.text(self.high),
            source=self.source,
        )


def _rounded(value: float) -> float:
    return float(f"{value:.{FIGURES}g}")


def factors_of(
    scenario: Scenario, policies: Sequence[Policy], given: Sequence[str] = ()
) -> tuple[Factor, ...]:
    """What is varied: every parameter that acts, in its plausible range or in the one given as NAME=LOW..HIGH.

    Raises ConfigurationError for a name that is none of them, and for a range that it cannot have.
    """
    acting = [each for each in PARAMETERS if each.acts_in(scenario, policies)]
    ranges = _given_ranges(given, acting)
    factors = []
    for parameter in acting:
        ends, source = parameter.ends, parameter.source
        if ends is None:
            base = parameter.value(scenario)
            assert base is not None
            ends = _rounded(base / 2), _rounded(base * 2)
        if parameter.name in ranges:
            ends, source = _read_range(parameter, scenario, ranges[parameter.name]), GIVEN
        factors.append(Factor(parameter, *ends, source))
    return tuple(factors)


def left_out(factors: Sequence[Factor]) -> tuple[str, ...]:
    """Names of the parameters that are not varied because they do not act."""
    varied = {factor.name for factor in factors}
    return tuple(each.name for each in PARAMETERS if each.name not in varied)


def _given_ranges(given: Sequence[str], acting: Sequence[Parameter]) -> dict[str, str]:
    ranges: dict[str, str] = {}
    names = [parameter.name for parameter in acting]
    for text in given:
        name, equals, ends = (part.strip() for part in text.partition("="))
        if not equals or SEPARATOR not in ends:
            message = (
                f"factor is {text!r}; it takes NAME=LOW..HIGH, such as persistence=0%..50% "
                "or half_life=6h..14d"
            )
            raise ConfigurationError(message)
        if name not in names:
            raise ConfigurationError(_unknown(name, names))
        if name in ranges:
            raise ConfigurationError(f"factor {name} is given twice; it takes one range")
        ranges[name] = ends
    return ranges


def _unknown(name: str, names: Sequence[str]) -> str:
    if name in {parameter.name for parameter in PARAMETERS}:
        return (
            f"factor {name} does not act in this scenario under these policies; "
            f"it takes {', '.join(names)}"
        )
    close = meant(name, names) or meant(name, [each.partition(".")[0] for each in names])
    return f"there is no factor named {name}{close}; it takes {', '.join(names)}"


def _read_range(parameter: Parameter, scenario: Scenario, text: str) -> tuple[float, float]:
    low, high = (
        parameter.unit.read(part.strip(), f"factor {parameter.name}")
        for part in text.split(SEPARATOR, 1)
    )
    if low >= high:
        message = f"factor {parameter.name} goes from {text}; it takes a low end below its high end"
        raise ConfigurationError(message)
    if parameter.scale is Scale.LOG and low == 0:
        message = f"factor {parameter.name} starts at 0; it takes a low end above 0"
        raise ConfigurationError(message)
    for end in (low, high):
        if not math.isfinite(end):
            message = f"factor {parameter.name} goes from {text}; it takes two finite ends"
            raise ConfigurationError(message)
        parameter.at(scenario, end)
    return low, high


def combined(
    scenario: Scenario, factors: Sequence[Factor], values: Sequence[float | None]
) -> Scenario:
    """The scenario with one value for each factor; None keeps what the scenario has."""
    for factor, value in zip(factors, values, strict=True):
        if value is not None:
            scenario = factor.parameter.at(scenario, value)
    return scenario
