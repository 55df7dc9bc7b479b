"""What a load is asked to be: one frozen value, checked whole before a socket is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
from attrs import field, frozen

from chatsim.errors import ConfigurationError
from chatsim.model import ONE_HOUR, Enforcement, Traceability
from chatsim.study.scenario import Scenario
from chatsim_clients.load.parts import (
    BodySize,
    Burst,
    FixedBody,
    Mix,
    Open,
    Replay,
    Spawn,
    Stage,
    Storm,
    Workload,
    require,
    require_seconds,
    seconds_of,
)

WORKERS_MAX = 64


@frozen
class LoadPlan:
    """A whole load. Raises ConfigurationError, with one sentence, for what cannot be meant.

    Seconds count from the start of the load, when everybody is logged in; the warm-up comes first, under the first
    stage's factor, and is in no histogram.
    """

    workload: Workload = Open(100.0)
    users: int | None = None
    """Users 0 to N-1 of a server without groups; None: the scenario's or the trace's."""
    scenario: Scenario | None = None
    """Whose people the server serves (`--population`)."""
    address: tuple[str, int] | None = None
    spawn: Spawn | None = None
    policy: str = "uncapped"
    """The server's: a spawned one gets it, and the apps of people in a burst go by it."""
    ticks_per_second: float | None = None
    """How fast the server's clock runs; None: an hour a second where there is a burst, otherwise as real time."""
    stages: tuple[Stage, ...] = (Stage(10.0),)
    """Of a replay: none, it lasts as long as the trace."""
    warm_up_seconds: float = 2.0
    drain_seconds: float = 30.0
    """At most so long is waited for what was sent and has not arrived."""
    ramp: float = 1_000.0
    """Logins a second."""
    login_seconds: float = 30.0
    """How long the last ones to log in are waited for."""
    churn: float = 0.0
    """Share of all sessions that is lost and resumed each minute."""
    storms: tuple[Storm, ...] = ()
    mix: Mix = Mix()
    body: BodySize = FixedBody()
    contacts: int = 8
    """Whom each of `users` writes to."""
    burst: Burst | None = None
    workers: int = 1
    """Processes that send and receive."""
    sessions_per_address: int = 20_000
    """Of a loopback source address, which has some 28,000 ports."""
    tls: bool = False
    tls_authority: Path | None = None
    """Certificates to trust; a spawned server has its own."""
    tokens: Path | None = None
    """A file that `chatsim tokens` wrote."""
    enforcement: Enforcement | None = None
    """Who counts forwards at the server; None: as the scenario says, and without one the relay, by records."""
    e2ee: bool = False
    """Bodies are sealed between the users; so they are where the scenario says it."""
    server_pid: int | None = None
    """Whose processor and memory are watched; a spawned server's are in any case."""
    seed: int = field(default=1)

    def __attrs_post_init__(self) -> None:
        self._check_server()
        self._check_numbers()
        self._check_parts()

    def _check_server(self) -> None:
        if (self.address is None) == (self.spawn is None):
            raise ConfigurationError(
                "a load takes the address of a server, or spawn, and exactly one of them"
            )
        given = [self.users is not None, self.scenario is not None]
        if all(given):
            raise ConfigurationError("users and a scenario both say who the users are; give one")
        if not any(given) and not isinstance(self.workload, Replay):
            raise ConfigurationError("nobody says who the users are; give users or a scenario")
        if self.tls_authority is not None and not self.tls:
            raise ConfigurationError("an authority is trusted only over TLS; give tls as well")

    def _check_numbers(self) -> None:
        if self.users is not None:
            require(2 <= self.users <= 1 << 24, "--users", self.users, "a whole number from 2 up")
        require(
            0 <= self.warm_up_seconds < 1e6, "--warm-up", self.warm_up_seconds, "seconds from 0"
        )
        require_seconds("--drain", self.drain_seconds)
        require_seconds("the wait for logins", self.login_seconds)
        require(0 < self.ramp < 1e6, "--ramp", self.ramp, "logins a second above 0")
        require(0 <= self.churn <= 60, "--churn", self.churn, "a share a minute from 0 to 60")
        takes = f"a whole number from 1 to {WORKERS_MAX}"
        require(1 <= self.workers <= WORKERS_MAX, "--workers", self.workers, takes)
        most = self.sessions_per_address
        require(1 <= most <= 28_000, "sessions per address", most, "1 to 28,000")
        require(1 <= self.contacts <= 10_000, "contacts", self.contacts, "1 to 10,000")
        require(0 < self.scale < float("inf"), "ticks a second", self.scale, "a number above 0")
        require(0 <= self.seed < 1 << 64, "--seed", self.seed, "a whole number below 2^64")

    def _check_parts(self) -> None:
        if isinstance(self.workload, Replay):
            if self.mix.groups or self.mix.offline or self.churn or self.storms:
                raise ConfigurationError(
                    "a replay keeps every message and its time; it takes no groups, offline users, "
                    "churn or storms"
                )
        elif not self.stages:
            raise ConfigurationError("a load without stages sends nothing; give at least one")
        if self.mix.groups and self.scenario is None:
            raise ConfigurationError(
                "only the people of a scenario have groups; give a scenario, or no group shares"
            )
        if self.burst is not None and self.scenario is None:
            raise ConfigurationError("a burst needs people who behave; give a scenario")
        if self.scenario is not None and self.scenario.traceability is not Traceability.NONE:
            raise ConfigurationError(
                f"the scenario traces by {self.scenario.traceability}, and nobody in a load brings what that takes; "
                "it takes a scenario whose traceability is none"
            )
        if self.enforced is Enforcement.BLIND:
            what = "the scenario's enforcement" if self.enforcement is None else "--enforcement"
            raise ConfigurationError(
                f"{what} is blind, and nobody in a load asks for the tokens that forwards take; "
                "it takes client, clear or receipt"
            )
        for storm in self.storms:
            _require_within("a storm", storm.at_seconds, self.load_seconds)
        if self.burst is not None and self.stages:
            _require_within("the burst", self.burst.at_seconds, self.load_seconds)

    @property
    def enforced(self) -> Enforcement:
        """Who counts forwards, and so what acts and bodies have to bring."""
        if self.enforcement is None:
            return Enforcement.CLEAR if self.scenario is None else self.scenario.enforcement
        return self.enforcement

    @property
    def sealed(self) -> bool:
        """Whether bodies are sealed."""
        return self.e2ee or (self.scenario is not None and self.scenario.e2ee)

    @property
    def scale(self) -> float:
        """Ticks a second."""
        if self.ticks_per_second is None:
            return 1.0 if self.burst is None else float(ONE_HOUR)
        return self.ticks_per_second

    @property
    def load_seconds(self) -> float:
        """Warm-up and stages."""
        return self.warm_up_seconds + seconds_of(self.stages)


def _require_within(what: str, at: float, end: float) -> None:
    if at >= end:
        message = (
            f"{what} comes at {at:g} s, and the load ends at {end:g} s; it takes a time before"
        )
        raise ConfigurationError(message)


def plan_as_json(plan: LoadPlan) -> dict[str, object]:
    """A plan as JSON values; every part says its kind, because some fields take several."""
    return {field.name: _plain(getattr(plan, field.name)) for field in attrs.fields(LoadPlan)}


def _plain(value: Any) -> object:
    if attrs.has(type(value)):
        named = {each.name: _plain(getattr(value, each.name)) for each in attrs.fields(type(value))}
        return {"kind": type(value).__name__.lower(), **named}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)
