"""Rules beyond caps and labels, as frozen values: what a policy may say besides how many chats."""

from __future__ import annotations

from typing import Any

from attrs import Attribute, field, frozen

from chatsim.errors import ConfigurationError
from chatsim.model import HOP_MAX, ONE_MINUTE


def _share(instance: object, attribute: Attribute[Any], value: float) -> None:
    if not 0.0 <= value <= 1.0:
        message = f"{attribute.name} is {value}; it takes a share from 0 to 1 (0 % to 100 %)"
        raise ConfigurationError(message)


def _seconds(instance: object, attribute: Attribute[Any], value: int) -> None:
    if not 0 <= value < 1 << 31:
        message = f"{attribute.name} is {value}; it takes whole seconds from 0 up, below 68 years"
        raise ConfigurationError(message)


def _minutes(instance: object, attribute: Attribute[Any], value: int) -> None:
    if value % ONE_MINUTE or not ONE_MINUTE <= value < 1 << 31:
        message = f"{attribute.name} is {value} s; it takes whole minutes, because counts over people close on them"
        raise ConfigurationError(message)


def _count(instance: object, attribute: Attribute[Any], value: int) -> None:
    if not 1 <= value < 1 << 40:
        message = f"{attribute.name} is {value}; it takes a number from 1 up"
        raise ConfigurationError(message)


def _hop(instance: object, attribute: Attribute[Any], value: int) -> None:
    if not 0 <= value <= HOP_MAX:
        message = f"{attribute.name} is {value}; it takes a number of hops from 0 to {HOP_MAX}"
        raise ConfigurationError(message)


@frozen
class Friction:
    """A prompt before somebody's first forward of a copy held with claimed hop `from_hop` or more."""

    abandon: float = field(default=0.0, validator=_share)
    """The share of people who give up at the prompt."""
    delay_seconds: int = field(default=0, validator=_seconds)
    """How much later the others forward."""
    from_hop: int = field(default=0, validator=_hop)


@frozen
class Education:
    """What teaching people does to how readily they pass a content on."""

    coverage: float = field(default=0.5, validator=_share)
    """The share of people whom it reaches."""
    factor: float = field(default=0.8, validator=_share)
    """On the chance of passing on a harmful content, once reached."""
    harmless_factor: float = field(default=1.0, validator=_share)
    """On a harmless one: education makes people wary of both."""


@frozen
class Breaker:
    """A circuit breaker: a content that is delivered so often in so short a time is paused."""

    copies: int = field(validator=_count)
    """Delivered in the window, originals included, from which it is paused."""
    window_seconds: int = field(validator=_minutes)
    pause_seconds: int = field(validator=_minutes)


@frozen
class Takedown:
    """A grievance officer: after so many complaints and a review nobody can send the content any more.

    Every content with enough complaints is taken down; that the harmless ones among them are taken for harmful is
    what people's mistaken complaints do.
    """

    complaints: int = field(validator=_count)
    """By different people."""
    review_seconds: int = field(validator=_seconds)
