"""What people are assumed to do, and what they pass on, as frozen values."""

from __future__ import annotations

import enum
import math
from typing import Any

from attrs import Attribute, field, frozen

from chatsim.errors import ConfigurationError
from chatsim.model import ONE_DAY, ONE_HOUR, ONE_MINUTE

ROUNDS_MAX = 1 << 16
"""Rounds of a person, and contents where there are rounds: both share one 32-bit word of a draw's counter."""


class Kind(enum.StrEnum):
    """What a content is; it decides how many bytes a copy's body has."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"


class Audience(enum.StrEnum):
    """How the chats that a person wants to forward to come about."""

    PICK = "pick"
    EACH = "each"
    REPEAT = "repeat"


class DelayForm(enum.StrEnum):
    """The family that a delay's law comes from."""

    LOGNORMAL = "lognormal"
    EXPONENTIAL = "exponential"


class FirstSend(enum.StrEnum):
    """Whether the forward caps hold for the originators' first post."""

    FREE = "free"
    CAPPED = "capped"


class Cheat(enum.IntEnum):
    """What somebody's app does against the rules. The order is that in which people are drawn (`Behaviour.cheats`)."""

    HONEST = 0
    RELABEL = 1
    """Asks for everything at once; claims no forwards where the counter is the client's word."""
    INFLATE = 2
    """Asks for everything at once; claims as many forwards as a counter holds."""
    PASTE = 3
    """Sends everything at once, and as a text of its own."""
    REENCODE = 4
    """The same, with other bytes."""
    FRAME = 5
    """Honest, but for what it tells traceability: somebody else is to be blamed."""
    CUT = 6
    """Honest, but for what it tells traceability: a forward looks like a text of its own."""


PASTING = (Cheat.PASTE, Cheat.REENCODE)
GREEDY = (Cheat.RELABEL, Cheat.INFLATE, *PASTING)
"""Whose app asks for everything at once."""


def _chance(instance: object, attribute: Attribute[Any], value: float) -> None:
    if not 0.0 <= value <= 1.0:
        message = f"{attribute.name} is {value}; it takes a share from 0 to 1 (0 % to 100 %)"
        raise ConfigurationError(message)


def _positive(instance: object, attribute: Attribute[Any], value: float | None) -> None:
    if value is not None and not 0 < value < float("inf"):
        message = f"{attribute.name} is {value}; it takes a number above 0"
        raise ConfigurationError(message)


def _not_negative(instance: object, attribute: Attribute[Any], value: float) -> None:
    if not 0 <= value < float("inf"):
        message = f"{attribute.name} is {value}; it takes a number from 0 up"
        raise ConfigurationError(message)


AUDIENCE_SHAPE_MIN = 0.02
"""Below, the law's tail ends beyond every float."""
SIGMA_MAX = 20.0
ROUNDING = 1e-9
"""By which shares may exceed 1 together."""


def _shape(instance: object, attribute: Attribute[Any], value: float) -> None:
    if not AUDIENCE_SHAPE_MIN <= value < float("inf"):
        message = f"{attribute.name} is {value}; it takes a number from {AUDIENCE_SHAPE_MIN} up"
        raise ConfigurationError(message)


def _sigma(instance: object, attribute: Attribute[Any], value: float) -> None:
    if not 0 <= value <= SIGMA_MAX:
        message = f"{attribute.name} is {value}; it takes a number from 0 to {SIGMA_MAX:g}"
        raise ConfigurationError(message)


@frozen
class Content:
    """One thing that is passed on: a rumour, a joke, a warning."""

    name: str
    share_probability: float = field(default=0.4, validator=_chance)
    half_life_seconds: float | None = field(default=float(ONE_DAY), validator=_positive)
    """None: it never goes stale."""
    harmful: bool = True
    kind: Kind = Kind.TEXT
    body_bytes: int = field(default=200, validator=_positive)


@frozen
class DelayLaw:
    """A delay by its median."""

    median_seconds: float = field(default=900.0, validator=_not_negative)
    sigma: float = field(default=1.5, validator=_sigma)
    """Of the lognormal form; 0 gives the median always."""
    form: DelayForm = DelayForm.LOGNORMAL


@frozen
class Behaviour:
    """How people read, decide, pick and go on when held back. All shares are per person or per draw, 0 to 1."""

    audience: Audience = Audience.PICK
    audience_shape: float = field(default=1.5, validator=_shape)
    """Wanted chats: 1 + floor(Lomax(shape)), P(W > k) = (1 + k)^-shape."""
    group_chance: float = field(default=0.2, validator=_chance)
    persistence: float = field(default=0.5, validator=_chance)
    redo_seconds: int = field(default=15, validator=_positive)
    paste_probability: float = field(default=0.03, validator=_chance)
    modified_clients: float = field(default=0.01, validator=_chance)
    """The share of people whose app relabels (`Cheat`); the next five are those of the other cheats."""
    inflating_clients: float = field(default=0.0, validator=_chance)
    pasting_clients: float = field(default=0.0, validator=_chance)
    reencoding_clients: float = field(default=0.0, validator=_chance)
    framing_clients: float = field(default=0.0, validator=_chance)
    cutting_clients: float = field(default=0.0, validator=_chance)
    reading_delay: DelayLaw = DelayLaw()
    lookahead_seconds: int = field(default=ONE_MINUTE, validator=_positive)
    night: bool = True
    """Whether readings between midnight and 07:00 wait for the morning."""
    susceptibility_shape: float | None = field(default=0.5, validator=_positive)
    """Gamma with mean 1; None: everybody is alike."""
    label_factor_forwarded: float = field(default=1.0, validator=_chance)
    label_factor_many_times: float = field(default=0.9, validator=_chance)
    first_send: FirstSend = FirstSend.FREE
    chat_delay: DelayLaw = DelayLaw()
    """`each` only: how long after receipt a chat is sent."""
    recovery: DelayLaw | None = None
    """`each` only: a chat is sent only if its delay is shorter; None: always."""
    interval_seconds: int = field(default=ONE_HOUR, validator=_positive)
    """`repeat` only: from one round to the next."""
    round_recovery: float = field(default=0.0, validator=_chance)
    """`repeat` only: the chance that a round is a person's last."""
    complaint_probability: float = field(default=0.002, validator=_chance)
    """That a reader of a harmful content complains instead of passing it on, where the policy hears complaints."""
    complaint_probability_harmless: float = field(default=0.0002, validator=_chance)
    """The same of a harmless content: a mistake, or malice."""

    def __attrs_post_init__(self) -> None:
        together = math.fsum(self.cheats)
        if together > 1.0 + ROUNDING:
            shares = ", ".join(f"{share:g}" for share in self.cheats)
            message = (
                f"modified, inflating, pasting, reencoding, framing and cutting clients are {shares}, together "
                f"{together:g}; they take 1 or less (100 %), because nobody has two of these apps"
            )
            raise ConfigurationError(message)

    @property
    def cheats(self) -> tuple[float, ...]:
        """The share of people with each cheat, in the order of `Cheat`, without the honest."""
        return (
            self.modified_clients,
            self.inflating_clients,
            self.pasting_clients,
            self.reencoding_clients,
            self.framing_clients,
            self.cutting_clients,
        )

    @property
    def pause_seconds(self) -> int:
        """The shortest pause between two actions of an honest person on one copy."""
        match self.audience:
            case Audience.PICK:
                return self.redo_seconds
            case Audience.EACH:
                return 1
            case Audience.REPEAT:
                return self.interval_seconds
