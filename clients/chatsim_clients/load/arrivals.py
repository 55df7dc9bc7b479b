"""When an open load intends its messages: a renewal process per user, on time that runs as fast as the rate.

Every user sends on their own, with gaps that have mean 1 in *operational time*; that time passes quicker where a stage
asks for a higher rate. Gaps are exponential (then all users together are Poisson) or lognormal with the burstiness
asked for. The first gap is that of a process that has always been running, so that no crowd meets at the start.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from chatsim_clients.load.keyed import GAP, Integers, draws, normal, unit
from chatsim_clients.load.parts import Stage

Times = NDArray[np.float64]


@define(eq=False)
class Timeline:
    """Seconds of the load and messages intended of one user until then, piece by piece linear."""

    seconds: Times
    messages: Times

    @classmethod
    def of(cls, stages: Sequence[Stage], rate_of_one: float) -> Timeline:
        lengths = np.array([stage.seconds for stage in stages])
        factors = np.array([stage.factor for stage in stages])
        seconds = np.concatenate([[0.0], np.cumsum(lengths)])
        messages = np.concatenate([[0.0], np.cumsum(lengths * factors * rate_of_one)])
        return cls(seconds, messages)

    def messages_by(self, seconds: float) -> float:
        return float(np.interp(seconds, self.seconds, self.messages))

    def times_of(self, messages: Times) -> Times:
        """When so many messages are reached; where the rate is 0, at its end."""
        last = len(self.messages) - 1
        piece = np.clip(np.searchsorted(self.messages, messages, side="right") - 1, 0, last - 1)
        begin, slope = self.messages[piece], np.diff(self.messages)[piece]
        share = np.divide(messages - begin, slope, out=np.ones_like(messages), where=slope > 0)
        return np.asarray(self.seconds[piece] + share * np.diff(self.seconds)[piece])


@define(eq=False)
class Gaps:
    """Gaps with mean 1: exponential, or lognormal with the burstiness (sd - mean) / (sd + mean)."""

    seed: int
    burstiness: float

    def first(self, users: Integers) -> Times:
        """From any moment to the next message of a process in equilibrium."""
        w0, w1, _, _ = draws(self.seed, users, GAP, np.zeros_like(users))
        if not self.burstiness:
            return -np.log(unit(w0))
        # The gap that covers a moment is longer than others, by its own length; the moment is anywhere in it.
        sigma = self._sigma
        return np.asarray(unit(w1) * np.exp(sigma * normal(w0) + sigma * sigma / 2))

    def following(self, users: Integers, indices: Integers) -> Times:
        """Between message `index - 1` and message `index` of each user."""
        w0, _, _, _ = draws(self.seed, users, GAP, indices)
        if not self.burstiness:
            return -np.log(unit(w0))
        sigma = self._sigma
        return np.asarray(np.exp(sigma * normal(w0) - sigma * sigma / 2))

    @property
    def _sigma(self) -> float:
        variation = (1 + self.burstiness) / (1 - self.burstiness)
        return math.sqrt(math.log1p(variation * variation))


@define(eq=False)
class Arrivals:
    """The messages of some users in the order of their times, slice by slice."""

    users: Integers
    gaps: Gaps
    timeline: Timeline
    _next: Times = field(init=False)
    _indices: Integers = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._next = self.gaps.first(self.users)
        self._indices = np.zeros_like(self.users)

    def until(self, seconds: float) -> tuple[Times, Integers, Integers]:
        """(time, user, index) of all messages intended before `seconds` and not handed out yet."""
        bound = self.timeline.messages_by(seconds)
        found: list[tuple[Times, Integers, Integers]] = []
        due = np.flatnonzero(self._next < bound)
        while len(due):
            users = self.users[due]
            found.append((self._next[due], users, self._indices[due].copy()))
            self._indices[due] += 1
            self._next[due] += self.gaps.following(users, self._indices[due])
            due = due[self._next[due] < bound]
        if not found:
            nothing = np.zeros(0, dtype=np.int64)
            return np.zeros(0), nothing, nothing
        messages, users, indices = (np.concatenate(column) for column in zip(*found, strict=True))
        order = np.lexsort((users, messages))
        return self.timeline.times_of(messages[order]), users[order], indices[order]
