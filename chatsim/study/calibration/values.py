"""What a calibration asks: parameters with ranges, targets with tolerances, and how much is played."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from typing import Any

from attrs import Attribute, field, frozen

from chatsim.errors import ConfigurationError
from chatsim.policy import Policy
from chatsim.policy.presets import resolve
from chatsim.study.calibration.settings import SETTINGS, Setting
from chatsim.study.scenario import Scenario, first_repeated

POINTS_MIN, POINTS_MAX = 16, 1_000_000
POINTS, RUNS, DRAWS = 384, 12, 64
RUNS_MIN = 4
"""With fewer runs the standard error of a vector is a guess."""


class Scale(enum.StrEnum):
    """How a parameter's range is walked."""

    LINEAR = "linear"
    LOG = "log"


class Use(enum.StrEnum):
    """What a target is for."""

    FIT = "fit"
    """Vectors that miss it are left out."""
    PREDICT = "predict"
    """Out of sample: what the vectors that fit say of it, and whether that holds."""


class Measure(enum.StrEnum):
    """What is measured of a content's runs under one policy."""

    FORWARDS = "forwards"
    COPIES = "copies"
    REACH = "reach"
    FORWARDED = "labelled forwarded"
    MANY_TIMES = "labelled many times"
    """Copies: every reader of a group counts."""
    MANY_TIMES_FORWARDS = "forwards labelled many times"
    """Chats that such a copy was sent to: a group counts once."""
    HELD_BACK = "held back"
    PASTED = "pasted"
    OVER_IN_TWO_DAYS = "over in two days"
    SIZE_EXPONENT = "size exponent"
    TOP_TENTH = "top tenth"
    PRIVATE_SHARE = "private share"

    @property
    def needs_tree(self) -> bool:
        """Whether it looks at single people."""
        return self in {Measure.MANY_TIMES_FORWARDS, Measure.TOP_TENTH, Measure.PRIVATE_SHARE}


SHARES = (Measure.OVER_IN_TWO_DAYS, Measure.TOP_TENTH, Measure.PRIVATE_SHARE)
"""Measures that lie between 0 and 1."""


@frozen
class Parameter:
    """One thing that is not known, and what it may be: every value of the range is equally likely on its scale."""

    name: str
    low: float
    """In the parameter's unit: a share from 0 to 1, seconds, or a plain number."""
    high: float
    scale: Scale = Scale.LINEAR
    source: str | None = None
    """Where the range comes from."""

    def __attrs_post_init__(self) -> None:
        text = self.setting.unit.text
        if not self.low < self.high:
            message = (
                f"low is {text(self.low)} and high {text(self.high)} for {self.name}; "
                "it takes a low below the high"
            )
            raise ConfigurationError(message)
        if self.scale is Scale.LOG and self.low <= 0:
            message = f"low is {text(self.low)} for {self.name}; a log scale takes a low above 0"
            raise ConfigurationError(message)

    @property
    def setting(self) -> Setting:
        """What it moves."""
        return SETTINGS[self.name]

    def at(self, place: float) -> float:
        """The value at a place of the range, 0 to 1."""
        if self.scale is Scale.LINEAR:
            return self.low + (self.high - self.low) * place
        low, high = math.log(self.low), math.log(self.high)
        return math.exp(low + (high - low) * place)

    def place(self, value: float) -> float:
        """The place, 0 to 1, of a value of the range."""
        if self.scale is Scale.LINEAR:
            return (value - self.low) / (self.high - self.low)
        return math.log(value / self.low) / math.log(self.high / self.low)


@frozen
class Target:
    """One figure that the world is said to show."""

    name: str
    title: str
    use: Use
    measure: Measure
    policy: str
    """A name for `chatsim.policy.presets.resolve`."""
    said: float
    """What the source says."""
    tolerance: float
    """How far from it still counts as met; chance between runs comes on top."""
    source: str
    against: str | None = None
    """The target is the ratio to the same measure under this policy; None: it is a level."""
    content: str | None = None
    """None: the scenario's headline content."""
    originators: int | None = None
    """None: the scenario's."""
    runs: int | None = None
    """None: the calibration's."""
    note: str = ""
    """What to keep in mind when it is compared with a simulation."""

    def __attrs_post_init__(self) -> None:
        if self.tolerance <= 0:
            message = f"tolerance is {self.tolerance:g} for {self.name}; it takes a number above 0"
            raise ConfigurationError(message)

    @property
    def is_share(self) -> bool:
        """Whether it lies between 0 and 1."""
        return self.against is None and self.measure in SHARES

    @property
    def policies(self) -> tuple[str, ...]:
        """Which policies have to be played for it."""
        return (self.policy,) if self.against is None else (self.policy, self.against)


def _between(low: int, high: int) -> Callable[[Any, Attribute[int], int], None]:
    def validate(instance: object, attribute: Attribute[int], value: int) -> None:
        if not low <= value <= high:
            message = (
                f"{attribute.name} is {value:,}; it takes a whole number from {low:,} to {high:,}"
            )
            raise ConfigurationError(message)

    return validate


@frozen
class Calibration:
    """Which parameters are fitted to what, and how much is played for it."""

    name: str
    title: str
    scenario: Scenario
    parameters: tuple[Parameter, ...]
    targets: tuple[Target, ...]
    points: int = field(default=POINTS, validator=_between(POINTS_MIN, POINTS_MAX))
    """Vectors of parameters that are played."""
    runs: int = field(default=RUNS, validator=_between(RUNS_MIN, POINTS_MAX))
    """Runs of each vector under each policy."""
    draws: int = field(default=DRAWS, validator=_between(2, 10_000))
    """Vectors drawn from those that fit, for predictions and for studies of one's own."""

    def __attrs_post_init__(self) -> None:
        if not self.parameters:
            message = f"calibration {self.name} has no parameters; it takes at least one"
            raise ConfigurationError(message)
        if not self.fitted:
            message = f'calibration {self.name} fits nothing; it takes at least one target with use = "fit"'
            raise ConfigurationError(message)
        for what, names in (
            ("parameters", [each.name for each in self.parameters]),
            ("targets", [each.name for each in self.targets]),
        ):
            twice = first_repeated(names)
            if twice is not None:
                message = (
                    f"calibration {self.name} has two {what} named {twice}; "
                    "each takes a name of its own"
                )
                raise ConfigurationError(message)
        for target in self.targets:
            self.content_of(target)
            self.policies_of(target)
        self.scenario_at((0.5,) * len(self.parameters))

    @property
    def fitted(self) -> tuple[Target, ...]:
        """The targets that decide which vectors fit."""
        return tuple(target for target in self.targets if target.use is Use.FIT)

    def content_of(self, target: Target) -> int | None:
        """The number of a target's content; None for the headline. ConfigurationError if there is none."""
        if target.content is None:
            return None
        names = [content.name for content in self.scenario.contents]
        if target.content not in names:
            message = (
                f"content is {target.content!r} for {target.name}; "
                f"it takes one of the scenario's: {', '.join(names)}"
            )
            raise ConfigurationError(message)
        return names.index(target.content)

    def policies_of(self, target: Target) -> tuple[Policy, ...]:
        """The policies of a target. Raises ConfigurationError."""
        return tuple(resolve(name) for name in target.policies)

    def scenario_at(self, places: tuple[float, ...]) -> Scenario:
        """The scenario at one place of each parameter's range. Raises ConfigurationError."""
        values = [
            parameter.at(place) for parameter, place in zip(self.parameters, places, strict=True)
        ]
        return self.scenario_with(tuple(values))

    def scenario_with(self, values: tuple[float, ...]) -> Scenario:
        """The scenario with one value for each parameter."""
        scenario = self.scenario
        for parameter, value in zip(self.parameters, values, strict=True):
            scenario = parameter.setting.moved(scenario, value)
        return scenario
