"""What a trace is asked for, and what it cannot be asked for."""

from __future__ import annotations

from attrs import frozen

from chatsim.errors import ConfigurationError
from chatsim.model import Traceability
from chatsim.policy import Policy
from chatsim.provenance.threshold_claims import has_seed
from chatsim.study.scenario import Scenario

USERS_MAX = 100_000
QUERIES_MAX = 10_000
THRESHOLD_MAX = 1_000
"""To interpolate takes the square of it: a fraction of a second a lineage at the most."""


@frozen
class Request:
    """What to trace."""

    scenario: Scenario
    policy: Policy
    modes: tuple[Traceability, ...]
    """Without repetition; `none` is played in any case."""
    queries: int
    """Reports of each content in each run."""
    cheat_share: float
    messages_per_day: float
    command: str
    thresholds: tuple[int, ...] = ()
    """So many people report before anything opens: rising, from 1 on, for comparison; empty: not asked."""

    @property
    def tallied(self) -> tuple[Traceability, ...]:
        """The modes that a threshold can go around."""
        if not self.thresholds:
            return ()
        enforcement = self.scenario.enforcement
        return tuple(mode for mode in self.modes if has_seed(enforcement, mode))

    def check(self) -> None:
        """Raise ConfigurationError for what cannot be traced."""
        if not 1 <= self.queries <= QUERIES_MAX:
            message = f"queries is {self.queries:,}; a trace takes from 1 to {QUERIES_MAX:,} reports of each content in each run"
            raise ConfigurationError(message)
        if not self.modes:
            raise ConfigurationError("no mode is given; a trace takes at least one, such as tag")
        if not 0 < self.cheat_share <= 1:
            message = (
                f"cheat_share is {self.cheat_share:g}; it takes a share above 0 and up to 1 (100 %)"
            )
            raise ConfigurationError(message)
        if not 0 < self.messages_per_day < float("inf"):
            message = f"messages_per_day is {self.messages_per_day:g}; it takes a number above 0"
            raise ConfigurationError(message)
        if self.scenario.redraw_population:
            message = "redraw_population is true; a trace takes the same people in every run"
            raise ConfigurationError(message)
        for each in self.thresholds:
            self._check_threshold(each)

    def _check_threshold(self, threshold: int) -> None:
        if not 1 <= threshold <= THRESHOLD_MAX:
            message = f"threshold is {threshold:,}; it takes from 1 to {THRESHOLD_MAX:,} people"
            raise ConfigurationError(message)
        if threshold > self.queries:
            message = (
                f"threshold is {threshold:,}, and {self.queries:,} people report each content, so that nothing would "
                "open; it takes no more people than queries"
            )
            raise ConfigurationError(message)

    def check_seeds(self) -> None:
        """Raise ConfigurationError where a threshold was asked for that cannot go around every mode."""
        without = [mode.value for mode in self.modes if mode not in self.tallied]
        if self.thresholds and without:
            message = (
                f"threshold is {self.thresholds[-1]:,}, and under {self.scenario.enforcement.value} enforcement the copies "
                f"of one lineage share no secret with mode {' or '.join(without)}; it takes receipt enforcement, or "
                "signed-origin as the only mode"
            )
            raise ConfigurationError(message)

    def check_users(self, users: int) -> None:
        """Raise ConfigurationError for more people than one process can relay for, many times over."""
        if users > USERS_MAX:
            message = (
                f"users is {users:,}; a trace relays every message of every case in this process's memory, "
                f"and takes at most {USERS_MAX:,}"
            )
            raise ConfigurationError(message)
