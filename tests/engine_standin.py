"""Stands in for `chatsim.engine` and implicit people where they are not there: the same cascades, by memory."""

from __future__ import annotations

import importlib.util
import sys
import threading
import types
from collections.abc import Sequence
from typing import Any

from attrs import define, field, frozen

from chatsim.cascade.measures import RunMeasures
from chatsim.cascade.values import RunOutcome
from chatsim.policy import Policy
from chatsim.population import generate
from chatsim.population.communities import Communities
from chatsim.study.backend import RunPlan, tallied


@frozen
class Implicit:
    users: int
    seed: int
    law: Communities = Communities()
    names: Sequence[str] | None = None
    notes: tuple[str, ...] = ()
    utc_offset_seconds: int = 0

    @property
    def description(self) -> str:
        return f"{self.users:,} people (generated)"


@define(eq=False)
class Engine:
    relayed: Any
    lock: Any = field(factory=threading.Lock)

    @classmethod
    def of(cls, population, contents, behaviour, *, seed, duration_seconds, enforcement) -> Engine:
        from chatsim_clients.memory import RelayedPeople
        from chatsim_clients.world import Rules, Setting

        if isinstance(population, Implicit):
            population = generate(population.users, seed=population.seed, law=population.law)
        rules = Rules(behaviour, contents, duration_seconds, enforcement, seed)
        return cls(RelayedPeople(Setting.of(rules, population)))

    def play(self, policy: Policy, *, run: int, originators: int, threads: int = 1) -> RunOutcome:
        with self.lock:
            return self.relayed.play(policy, RunPlan(run, originators))

    def tally(
        self, policy: Policy, *, run: int, originators: int, threads: int = 1
    ) -> tuple[RunMeasures, ...]:
        outcome = self.play(policy, run=run, originators=originators, threads=threads)
        return tallied(outcome, policy)


ENGINE_IS_HERE = importlib.util.find_spec("chatsim.engine") is not None
IMPLICIT_IS_HERE = importlib.util.find_spec("chatsim.population.implicit") is not None


def install_where_missing() -> None:
    if not ENGINE_IS_HERE:
        sys.modules["chatsim.engine"] = types.ModuleType("chatsim.engine")
        sys.modules["chatsim.engine"].Engine = Engine  # type: ignore[attr-defined]
    if not IMPLICIT_IS_HERE:
        sys.modules["chatsim.population.implicit"] = types.ModuleType("implicit")
        sys.modules["chatsim.population.implicit"].Implicit = Implicit  # type: ignore[attr-defined]
