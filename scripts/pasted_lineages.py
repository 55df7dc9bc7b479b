"""The lineages that pasting starts, measured on the first lineage of each originator, and the formula for them.

People are a uniform random network: directed contacts, each a random user, so that a reader hardly ever has whom the
copy came from among their contacts, and that chat takes no place under a cap. Everybody reads 60 s after receipt and
wants all their contacts, as nearly as the audience law allows; nothing goes stale, nobody is more susceptible. Those
who paste ask all contacts, whatever the hop, and hold copies of every hop: the formula's K.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from attrs import define, frozen
from numpy.typing import NDArray

from chatsim.behaviour.values import Behaviour, Content, DelayLaw
from chatsim.cascade.values import NOBODY, ContentRun
from chatsim.engine import Engine
from chatsim.model import ONE_HOUR, Enforcement
from chatsim.policy.values import Policy, Tier
from chatsim.population import uniform
from chatsim.population.values import Population

NOON = 12 * ONE_HOUR
READING_SECONDS = 60
AUDIENCE_SHAPE = 0.02
"""Chance of wanting at least j chats: j^-0.02; 94 % want 20 or more."""

Numbers = NDArray[np.float64]


@frozen
class Row:
    """One row of the table in the notes: g = 1, whose chats are contacts."""

    share: float
    """q: chance that a recipient passes the content on."""
    contacts: int
    """K."""
    cap: int
    """F: chats of a forward."""
    hop_limit: int
    """Copies of this hop are not forwarded."""
    one_chat_from: int | None = None
    """Copies of this hop or more go to one chat."""

    @property
    def policy(self) -> Policy:
        """The caps, without labels."""
        tiers = [Tier(0, self.cap)]
        if self.one_chat_from is not None:
            tiers.append(Tier(self.one_chat_from, 1))
        return Policy("row", tiers=tuple(tiers), hop_limit=self.hop_limit)

    def lineage(self, pasting: float, shape: float = AUDIENCE_SHAPE) -> float:
        """N: the people whom one lineage reaches, where a share of people pastes. `shape` 0: all want all contacts."""
        people = level = wanted(self.contacts, shape)
        for hop in range(self.hop_limit):
            one = self.one_chat_from is not None and hop >= self.one_chat_from
            chats = wanted(1 if one else min(self.cap, self.contacts), shape)
            level *= self.share * (1.0 - pasting) * chats
            people += level
        return people

    def restarts(self, pasting: float, shape: float = AUDIENCE_SHAPE) -> float:
        """R: the lineages that one lineage starts."""
        return self.share * pasting * self.lineage(pasting, shape)

    def critical(self, shape: float = AUDIENCE_SHAPE) -> float:
        """The least share p* at which a lineage starts one; 1 where none does."""
        low, high = 0.0, 1.0
        grid = np.linspace(0.0, 1.0, 1_001)
        above = [each for each in grid if self.restarts(float(each), shape) >= 1.0]
        if not above:
            return 1.0
        high = float(above[0])
        for _ in range(50):
            middle = (low + high) / 2.0
            low, high = (middle, high) if self.restarts(middle, shape) < 1.0 else (low, middle)
        return high


def wanted(chats: int, shape: float) -> float:
    """Mean chats that go out where up to so many may: of min(chats, 1 + Lomax)."""
    return float(sum(j**-shape for j in range(1, chats + 1)))


@define(eq=False, frozen=True)
class Lineages:
    """First lineages at one share of people who paste: a row per run."""

    pasting: float
    started: Numbers
    """Originators."""
    people: Numbers
    """Reached by their lineages."""
    restarts: Numbers
    """Lineages that those people started by pasting."""


def measured(
    row: Row, users: int, shares: Sequence[float], runs: int, originators: int
) -> list[Lineages]:
    """Plays each share with the same luck. The cheats are drawn anew in each run."""
    people = uniform(users, row.contacts, seed=1)
    return [_lineages(row, people, share, runs, originators) for share in shares]


def _lineages(
    row: Row, people: Population, pasting: float, runs: int, originators: int
) -> Lineages:
    behaviour = Behaviour(
        audience_shape=AUDIENCE_SHAPE,
        group_chance=0.0,
        persistence=0.0,
        paste_probability=0.0,
        modified_clients=0.0,
        pasting_clients=pasting,
        reading_delay=DelayLaw(0.0, 0.0),
        lookahead_seconds=READING_SECONDS,
        night=False,
        susceptibility_shape=None,
        label_factor_many_times=1.0,
    )
    content = Content("text", share_probability=row.share, half_life_seconds=None)
    # A lineage's last people decide hop_limit + 1 readings after noon; what later lineages would do is cut off.
    duration = NOON + (row.hop_limit + 1) * READING_SECONDS + 1
    counts = []
    for run in range(runs):
        engine = Engine.of(
            attrs.evolve(people, seed=run + 1),
            (content,),
            behaviour,
            seed=1,
            duration_seconds=duration,
            enforcement=Enforcement.RECEIPT,
        )
        outcome = engine.play(row.policy, run=run, originators=originators, threads=1)
        counts.append(first_lineages(outcome.contents[0]))
    started, reached, restarts = np.array(counts, dtype=np.float64).T
    return Lineages(pasting, started, reached, restarts)


def first_lineages(run: ContentRun) -> tuple[int, int, int]:
    """Originators, the people in their lineages, and how many of those started lineages of their own."""
    copies, deeds = run.first_copies, run.deeds
    begun = copies.user[copies.parent == NOBODY]
    held = np.sort(begun)
    people = 0
    members = [begun]
    for hop in range(int(copies.hop.max()) + 1):
        # An original of an originator has hop 0 like a pasted one; only who sent it tells them apart.
        rows = (copies.hop == hop) & (copies.parent != NOBODY) & np.isin(copies.parent, held)
        held = np.sort(copies.user[rows])
        people += len(held)
        members.append(held)
    inside = np.isin(deeds.user, np.concatenate(members[1:]))
    return len(begun), people, int((inside & (deeds.original_chats > 0)).sum())


def crossing(found: Sequence[Lineages], weights: Numbers) -> Numbers:
    """p*, where a lineage starts one, for each row of weights of the runs: R / p is fitted as exp(a + b p).

    R / p = q N(p) falls slowly and smoothly, so that an exponential between shares around p* is off by far less than
    chance is.
    """
    shares = np.array([each.pasting for each in found])
    per_share = np.stack(
        [(weights @ each.restarts) / (weights @ each.started) / each.pasting for each in found]
    )
    slope, level = np.polyfit(shares, np.log(per_share), 1)
    root = np.full(len(weights), shares.mean())
    for _ in range(50):
        root = np.exp(-level - slope * root)
    return root


def critical(found: Sequence[Lineages], resamples: int = 2_000) -> tuple[float, float, float]:
    """p* with its 95 % interval, from resampled runs."""
    runs = len(found[0].started)
    even = np.full((1, runs), 1.0 / runs)
    weights = np.random.default_rng(1).multinomial(runs, even[0], size=resamples) / runs
    low, high = np.quantile(crossing(found, weights), [0.025, 0.975])
    return float(crossing(found, even)[0]), float(low), float(high)
