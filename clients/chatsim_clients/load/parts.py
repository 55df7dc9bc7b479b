"""The parts of a load's plan: what is sent, when, to whom, how long, each a frozen value that is checked by itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from chatsim.errors import ConfigurationError
from chatsim.wire.framing import FRAME_MAX
from chatsim_clients.load.bodies import HEADER_BYTES

WINDOW_MAX = 200
"""Acts of one client without a verdict: the relay remembers 256."""
BODY_MAX = FRAME_MAX - 4_096
BURSTINESS_MAX = 0.95


def require(holds: bool, name: str, value: object, takes: str) -> None:
    """Raise ConfigurationError with what was given and what it takes, unless it holds."""
    if not holds:
        raise ConfigurationError(f"{name} is {value}; it takes {takes}")


def require_share(name: str, value: float) -> None:
    """The same for a share."""
    require(0 <= value <= 1, name, value, "a share from 0 to 1")


def require_seconds(name: str, value: float) -> None:
    """The same for a length of time."""
    require(0 < value < float("inf"), name, value, "a number of seconds above 0")


@frozen
class Stage:
    """A part of the run: how long, and how many times the plan's rate or window."""

    seconds: float
    factor: float = 1.0
    name: str = "steady"

    def __attrs_post_init__(self) -> None:
        require_seconds("a stage's seconds", self.seconds)
        require(0 <= self.factor < 1e6, "a stage's factor", self.factor, "a number from 0 up")


def seconds_of(stages: Sequence[Stage]) -> float:
    """How long they last together."""
    return sum(stage.seconds for stage in stages)


@frozen
class Open:
    """Messages come at a rate, whatever becomes of them; each user sends on their own.

    `burstiness` B = (sd - mean) / (sd + mean) of one user's gaps: 0 is Poisson; 0.57 (SMS) and 0.68 (private messages)
    were measured (Sapiezynski et al. 2019; Panzarasa et al. 2009).
    """

    rate: float
    """Messages a second of all users."""
    burstiness: float = 0.0

    def __attrs_post_init__(self) -> None:
        require(0 < self.rate < 1e9, "rate", self.rate, "messages a second above 0")
        takes = f"a number from 0 (Poisson) to {BURSTINESS_MAX}"
        require(0 <= self.burstiness <= BURSTINESS_MAX, "burstiness", self.burstiness, takes)


@frozen
class Closed:
    """Every client keeps `window` messages in flight: the next goes out when the relay answers one."""

    window: int = 1

    def __attrs_post_init__(self) -> None:
        takes = f"a whole number from 1 to {WINDOW_MAX}"
        require(1 <= self.window <= WINDOW_MAX, "window", self.window, takes)


@frozen
class Replay:
    """Every message of a trace at its own time, `speed` times as fast."""

    path: Path
    speed: float = 1.0

    def __attrs_post_init__(self) -> None:
        require(0 < self.speed < float("inf"), "speed", self.speed, "a number above 0")


Workload = Open | Closed | Replay


@frozen
class GroupShare:
    """This share of all messages goes to groups of so many members; who has none of them writes to a contact."""

    share: float
    members_min: int = 2
    members_max: int = 1 << 31

    def __attrs_post_init__(self) -> None:
        require_share("a group share", self.share)
        size = f"{self.members_min} to {self.members_max}"
        require(1 <= self.members_min <= self.members_max, "a group size", size, "a rising range")


@frozen
class Mix:
    """Who writes to whom, and what."""

    groups: tuple[GroupShare, ...] = ()
    forwards: float = 0.0
    """Share of messages that forward the copy received last."""
    notices: float = 0.0
    """Share of messages whose sender asks when they are read."""
    offline: float = 0.0
    """Share of users who leave as the load begins and come back in the second half."""

    def __attrs_post_init__(self) -> None:
        for name in ("forwards", "notices", "offline"):
            require_share(name, getattr(self, name))
        total = sum(share.share for share in self.groups)
        require(total <= 1, "the sum of all group shares", total, "at most 1")
        require(self.offline < 1, "offline", self.offline, "a share below 1: somebody must send")


@frozen
class FixedBody:
    """Every body has the same size."""

    size: int = 200

    def __attrs_post_init__(self) -> None:
        takes = f"bytes from {HEADER_BYTES} to {BODY_MAX:,}"
        require(HEADER_BYTES <= self.size <= BODY_MAX, "a body's size", self.size, takes)


@frozen
class LognormalBody:
    """Sizes with a median and the standard deviation of their logarithm, at least the header's."""

    median: float = 200.0
    sigma: float = 1.0

    def __attrs_post_init__(self) -> None:
        takes = f"bytes from {HEADER_BYTES} to {BODY_MAX:,}"
        require(HEADER_BYTES <= self.median <= BODY_MAX, "the median size", self.median, takes)
        require(0 <= self.sigma <= 4, "sigma of the sizes", self.sigma, "a number from 0 to 4")


@frozen
class ListedBody:
    """One of these sizes, each as likely as the others."""

    sizes: tuple[int, ...]

    def __attrs_post_init__(self) -> None:
        require(bool(self.sizes), "the list of sizes", "empty", "at least one size")
        for size in self.sizes:
            FixedBody(size)


BodySize = FixedBody | LognormalBody | ListedBody


@frozen
class Storm:
    """At `at_seconds` a share of all sessions is lost at once; they come back within `within_seconds`."""

    at_seconds: float
    share: float
    within_seconds: float = 5.0

    def __attrs_post_init__(self) -> None:
        takes = "seconds from 0 up"
        require(0 <= self.at_seconds < float("inf"), "a storm's time", self.at_seconds, takes)
        require_share("a storm's share", self.share)
        require_seconds("a storm's return", self.within_seconds)


@frozen
class Burst:
    """People of the scenario spread its contents, as they would, on top of everything else."""

    at_seconds: float
    originators: int | None = None
    """Of each content; None: as the scenario says."""

    def __attrs_post_init__(self) -> None:
        takes = "seconds from 0 up"
        require(0 <= self.at_seconds < float("inf"), "the burst's time", self.at_seconds, takes)
        number = self.originators
        takes = "a whole number from 1 up"
        require(number is None or number >= 1, "the burst's originators", number, takes)


@frozen
class Spawn:
    """A server of the load's own: `chatsim serve` with these further arguments, ended with the load."""

    with_tokens: bool = False
    """Users get tokens, which the server checks."""
    arguments: tuple[str, ...] = ()
