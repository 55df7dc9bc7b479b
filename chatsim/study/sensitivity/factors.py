"""The assumptions that are varied, each with its plausible range: what MODEL's table of parameters calls so.

A factor is named as in a scenario file. Its values are rounded to four figures, so that no machine's last digit of an
exponential decides what is played.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Sequence
from typing import Any

import attrs
from attrs import frozen

from chatsim.behaviour.values import Audience
from chatsim.errors import ConfigurationError
from chatsim.model import ONE_DAY, ONE_HOUR, ONE_MINUTE
from chatsim.policy import Policy
from chatsim.study.scenario import Generated, Scenario
from chatsim.study.search import headline_content
from chatsim.study.sensitivity.values import FactorRange, Scale
from chatsim.tomlfile import meant
from chatsim.units import duration_text, read_duration, read_number, read_share, share_text

FIGURES = 4
ASSUMED = "assumed: nobody has measured it"
REPLIES = "replies in SMS and CollegeMsg: median 3 to 44 min"
IMAGES = (
    "80 % of images are not shared after two days (New Scientist 2019-09-27); 14 d stands for never"
)
DUPLICATES = "duplicates without the flag suggest up to 16 % per hop (Brazil)"
SURVEYS = "small in surveys (UK, N = 1,250, 2024; Tandoc 2022)"
AROUND = "assumed: half to twice what the scenario has"
GIVEN = "given by the user"
SEPARATOR = ".."

PICKS = (Audience.PICK, Audience.REPEAT)
EVERY = tuple(Audience)


class Unit(enum.Enum):
    """How a factor's values are written."""

    SHARE = "share"
    NUMBER = "number"
    DURATION = "duration"

    def text(self, value: float) -> str:
        """The value as a scenario file has it."""
        match self:
            case Unit.SHARE:
                return share_text(value)
            case Unit.NUMBER:
                return f"{value:g}"
            case Unit.DURATION:
                return duration_text(round(value) if value >= ONE_MINUTE else value)

    def read(self, given: str, name: str) -> float:
        """The value that is written so. Raises ConfigurationError."""
        match self:
            case Unit.SHARE:
                return read_share(given, name)
            case Unit.NUMBER:
                return read_number(_number(given), name)
            case Unit.DURATION:
                return read_duration(given, name)


def _number(given: str) -> object:
    try:
        return float(given)
    except ValueError:
        return given


class Place(enum.Enum):
    """Whose field a factor is."""

    CONTENT = "content"
    """The headline's: contents do not act on each other, so that another's field cannot change the ranking."""
    BEHAVIOUR = "behaviour"
    READING_DELAY = "reading_delay"
    CHAT_DELAY = "chat_delay"
    POPULATION = "population"


def _always(policy: Policy) -> bool:
    return True


@frozen
class Parameter:
    """A parameter of scenarios that can be varied, and where it acts."""

    name: str
    title: str
    meaning: str
    """In plain words."""
    place: Place
    field: str
    unit: Unit
    scale: Scale
    ends: tuple[float, float] | None
    """Plausible values; None: half to twice what the scenario has."""
    source: str
    unlimited: str = ""
    """What a value of None means."""
    audiences: tuple[Audience, ...] = EVERY
    """The audience laws under which it acts."""
    acts: Callable[[Policy], bool] = attrs.field(default=_always, eq=False)
    """Whether it acts under a policy."""

    def value(self, scenario: Scenario) -> float | None:
        """What the scenario has."""
        found: float | None = getattr(self._holder(scenario), self.field, None)
        return found

    def _holder(self, scenario: Scenario) -> object:
        match self.place:
            case Place.CONTENT:
                return scenario.contents[headline_content(scenario)]
            case Place.BEHAVIOUR:
                return scenario.behaviour
            case Place.READING_DELAY:
                return scenario.behaviour.reading_delay
            case Place.CHAT_DELAY:
                return scenario.behaviour.chat_delay
            case Place.POPULATION:
                return scenario.population

    def at(self, scenario: Scenario, value: float) -> Scenario:
        """The scenario with another value. Raises ConfigurationError where it cannot have it."""
        holder: Any = self._holder(scenario)
        changed = attrs.evolve(holder, **{self.field: value})
        match self.place:
            case Place.CONTENT:
                headline = headline_content(scenario)
                contents = [
                    changed if i == headline else each for i, each in enumerate(scenario.contents)
                ]
                return attrs.evolve(scenario, contents=tuple(contents))
            case Place.BEHAVIOUR:
                return attrs.evolve(scenario, behaviour=changed)
            case Place.READING_DELAY | Place.CHAT_DELAY:
                behaviour = attrs.evolve(scenario.behaviour, **{self.place.value: changed})
                return attrs.evolve(scenario, behaviour=behaviour)
            case Place.POPULATION:
                return attrs.evolve(scenario, population=changed)

    def acts_in(self, scenario: Scenario, policies: Sequence[Policy]) -> bool:
        """Whether it can change anything."""
        if scenario.behaviour.audience not in self.audiences:
            return False
        if self.place is Place.POPULATION:
            people = scenario.population
            return isinstance(people, Generated) and getattr(people, self.field) > 0
        return any(self.acts(policy) for policy in policies)


def _labels_forwarded(policy: Policy) -> bool:
    return any(each.label_forwarded_from is not None for each in policy.everywhere)


def _labels_many(policy: Policy) -> bool:
    return any(each.label_many_from is not None for each in policy.everywhere)


PARAMETERS = (
    Parameter(
        "share_probability", "share probability",
        "how many readers pass it on",
         Place.CONTENT, "share_probability",
        Unit.SHARE, Scale.LINEAR, (0.1, 0.8), ASSUMED,
    ),
    Parameter(
        "half_life", "half-life of the content",
        "after so long people are half as ready to pass it on",
         Place.CONTENT, "half_life_seconds",
        Unit.DURATION, Scale.LOG, (6 * ONE_HOUR, 14 * ONE_DAY), IMAGES, unlimited="never stale",
    ),
    Parameter(
        "audience_shape", "wanted audience (shape)",
        "how many chats people want to send it to; a smaller shape means more",
         Place.BEHAVIOUR, "audience_shape",
        Unit.NUMBER, Scale.LINEAR, (1.2, 2.0), ASSUMED, audiences=PICKS,
    ),
    Parameter(
        "group_chance", "group chance per pick",
        "how often a wanted chat is a group",
         Place.BEHAVIOUR, "group_chance",
        Unit.SHARE, Scale.LINEAR, (0.1, 0.4), ASSUMED, audiences=PICKS,
    ),
    Parameter(
        "persistence", "persistence",
        "how often people go on with the chats that a cap held back",
         Place.BEHAVIOUR, "persistence",
        Unit.SHARE, Scale.LINEAR, (0.0, 0.9), ASSUMED, audiences=(Audience.PICK,),
    ),
    Parameter(
        "paste_probability", "paste probability",
        "how often people who do not go on copy and paste it instead",
         Place.BEHAVIOUR, "paste_probability",
        Unit.SHARE, Scale.LINEAR, (0.0, 0.3), DUPLICATES, audiences=(Audience.PICK,),
    ),
    Parameter(
        "modified_clients", "modified clients",
        "people whose app ignores what the policy asks of it",
         Place.BEHAVIOUR, "modified_clients",
        Unit.SHARE, Scale.LINEAR, (0.0, 0.1), ASSUMED,
    ),
    Parameter(
        "reading_delay.median", "median reading delay",
        "half of all copies are read sooner",
         Place.READING_DELAY, "median_seconds",
        Unit.DURATION, Scale.LOG, (3 * ONE_MINUTE, 45 * ONE_MINUTE), REPLIES, audiences=PICKS,
    ),
    Parameter(
        "chat_delay.median", "median delay of a chat",
        "half of all chats are sent to sooner",
         Place.CHAT_DELAY, "median_seconds",
        Unit.DURATION, Scale.LOG, (3 * ONE_MINUTE, 45 * ONE_MINUTE), REPLIES, audiences=(Audience.EACH,),
    ),
    Parameter(
        "susceptibility_shape", "susceptibility (shape)",
        "a smaller shape means that fewer people do most of the forwarding",
         Place.BEHAVIOUR, "susceptibility_shape",
        Unit.NUMBER, Scale.LOG, (0.2, 2.0), ASSUMED, unlimited="everybody alike",
    ),
    Parameter(
        "label_factor_forwarded", "label factor, forwarded",
        "readiness that is left under the label; 100 % means no effect",
         Place.BEHAVIOUR,
        "label_factor_forwarded", Unit.SHARE, Scale.LINEAR, (0.7, 1.0), SURVEYS, acts=_labels_forwarded,
    ),
    Parameter(
        "label_factor_many_times", "label factor, many times",
        "readiness that is left under the label; 100 % means no effect",
         Place.BEHAVIOUR,
        "label_factor_many_times", Unit.SHARE, Scale.LINEAR, (0.7, 1.0), SURVEYS, acts=_labels_many,
    ),
    Parameter(
        "contacts_mean", "contacts per user (mean)",
        "people whom a person writes to",
         Place.POPULATION, "contacts_mean",
        Unit.NUMBER, Scale.LOG, None, AROUND,
    ),
    Parameter(
        "groups_mean", "groups per user (mean)",
        "groups that a person is in",
         Place.POPULATION, "groups_mean",
        Unit.NUMBER, Scale.LOG, None, AROUND,
    ),
)  # fmt: skip
"""In the order of the table of parameters; ranges as there, those of the population as nobody has given any."""


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
