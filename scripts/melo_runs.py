"""The runs of `reproduce_melo_2019.py`: SEI and SEIR as a scenario says them, played until nobody is left to reach.

Every iteration is an hour. Everybody who got the content becomes a sharer with the chance alpha in every iteration,
as an exponential reading delay whose share within one iteration is alpha, and at least one iteration long; from then
on they send once an iteration, to as many of all their chats as the cap allows, chosen anew. With recovery each of
these iterations may be a person's last.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

from attrs import define, evolve, frozen

from chatsim.behaviour.values import (
    AUDIENCE_SHAPE_MIN,
    Audience,
    Behaviour,
    Content,
    DelayForm,
    DelayLaw,
    FirstSend,
)
from chatsim.cascade.measures import RunMeasures, seconds_to_reach
from chatsim.engine import Engine
from chatsim.model import ONE_DAY, ONE_HOUR, Enforcement
from chatsim.policy.presets import resolve
from chatsim.population.values import Population
from chatsim.study.playing import workers_here
from melo_groups import Reading
from melo_theory import growth

ITERATION = ONE_HOUR
ALL_CHATS = AUDIENCE_SHAPE_MIN
"""The shape of a wanted audience of all of 90 chats in 91 rounds of 100, and of more than 5 in 96."""
ONE_CHAT = 1e4
"""The shape of a wanted audience of one: under a cap of one the same copies as a wider one, with fewer picks."""
REACHED = 0.9
"""A run without recovery ends when so many are reached, because sharers never stop."""
LONGER = 1.25
"""Times as long a run is played again that has not ended: later iterations cost most, so short tries cost little."""
MARGIN = 1.08
"""Times as long as the first run all runs are played at first."""
ENDED_ITERATIONS = 400
"""With recovery runs end by themselves: that all shares that matter have, by then, is checked."""

CONTENT = (Content("message", share_probability=1.0, half_life_seconds=None),)
"""Everybody who got it passes it on in the end: alpha is how soon."""


@frozen
class Case:
    """One point of the study."""

    reading: Reading
    alpha: float
    """The chance, in every iteration, that somebody who got the content begins to share it."""
    cap: int
    recovery: float = 0.0
    """The chance, in every iteration, that somebody who shares it stops."""


@define(eq=False, frozen=True)
class Played:
    """A case, and its runs in their order."""

    case: Case
    users: int
    runs: tuple[RunMeasures, ...]

    def iterations(self, share: float) -> list[float]:
        """How long each run took to reach this share of everybody; infinite where it never did."""
        goal = math.ceil(share * self.users)
        times = (seconds_to_reach(run.exposure, goal) for run in self.runs)
        return [math.inf if time is None else time / ITERATION for time in times]

    @property
    def reach(self) -> list[float]:
        """The share of everybody that each run reached."""
        return [run.reach / self.users for run in self.runs]


def behaviour(alpha: float, cap: int, recovery: float) -> Behaviour:
    """SEI as chatsim says it; with `recovery` SEIR."""
    median = 0.0 if alpha >= 1.0 else ITERATION * math.log(2.0) / -math.log1p(-alpha)
    return Behaviour(
        audience=Audience.REPEAT,
        audience_shape=ONE_CHAT if cap == 1 else ALL_CHATS,
        group_chance=1.0,
        paste_probability=0.0,
        modified_clients=0.0,
        reading_delay=DelayLaw(median, 0.0, DelayForm.EXPONENTIAL),
        lookahead_seconds=ITERATION,
        night=False,
        susceptibility_shape=None,
        label_factor_many_times=1.0,
        first_send=FirstSend.CAPPED,
        interval_seconds=ITERATION,
        round_recovery=recovery,
    )


def played(case: Case, people: Population, runs: int, until: float = REACHED) -> Played:
    """So many runs from one originator each; run i has the same originator and coins in every case.

    Without recovery all of them reach at least the share `until`.
    """
    if case.recovery:
        return Played(case, people.users, _tallies(case, people, runs, ENDED_ITERATIONS))
    iterations, tried = _shortest(case, people), 1
    while True:
        found = Played(case, people.users, _tallies(case, people, tried, iterations))
        if min(found.reach) < until:
            iterations = math.ceil(iterations * LONGER)
        elif tried == runs:
            return found
        else:
            iterations, tried = math.ceil(iterations * MARGIN), runs


def _shortest(case: Case, people: Population) -> int:
    """Iterations in which a spread of which half is lost on people who have it would not be over."""
    rate = math.log(growth(case.alpha, min(case.cap, 100)))
    return math.ceil(0.6 * math.log(people.users) / rate)


def _tallies(case: Case, people: Population, runs: int, iterations: int) -> tuple[RunMeasures, ...]:
    engine = Engine.of(
        people,
        CONTENT,
        behaviour(case.alpha, case.cap, case.recovery),
        seed=1,
        duration_seconds=ONE_DAY // 2 + iterations * ITERATION,
        enforcement=Enforcement.CLEAR,
    )
    policy = resolve(f"cap-{case.cap}")

    def tally(run: int) -> RunMeasures:
        (measures,) = engine.tally(policy, run=run, originators=1)
        return evolve(measures, exposure=measures.exposure.thinned())

    with ThreadPoolExecutor(workers_here()) as pool:
        return tuple(pool.map(tally, range(runs)))
