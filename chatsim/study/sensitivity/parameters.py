"""The parameters of scenarios that can be varied, each with its plausible range: what MODEL's table calls so.

A parameter is named as in a scenario file.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import Any

import attrs
from attrs import frozen

from chatsim.behaviour.values import Audience
from chatsim.model import ONE_DAY, ONE_HOUR, ONE_MINUTE
from chatsim.policy import Policy
from chatsim.study.scenario import Generated, Scenario
from chatsim.study.search import headline_content
from chatsim.study.sensitivity.values import Scale
from chatsim.units import duration_text, read_duration, read_number, read_share, share_text

ASSUMED = "assumed: nobody has measured it"
REPLIES = "replies in SMS and CollegeMsg: median 3 to 44 min"
IMAGES = (
    "80 % of images are not shared after two days (New Scientist 2019-09-27); 14 d stands for never"
)
DUPLICATES = "duplicates without the flag suggest up to 16 % per hop (Brazil)"
SURVEYS = "small in surveys (UK, N = 1,250, 2024; Tandoc 2022)"
AROUND = "assumed: half to twice what the scenario has"

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
