"""The course of a load in time: warm-up, stages, end; seconds from when everybody is logged in."""

from __future__ import annotations

import attrs
from attrs import frozen

from chatsim_clients.load.parts import Replay, Stage, seconds_of
from chatsim_clients.load.plan import LoadPlan
from chatsim_clients.load.traces import Trace

WARM_UP, DRAIN, LOGIN, BURST = "warm-up", "drain", "login", "burst"


@frozen
class Course:
    """What happens when."""

    stages: tuple[Stage, ...]
    """With the warm-up."""
    measured_from: float
    end: float
    """Of the stages; from here on the load only waits."""

    @classmethod
    def of(cls, plan: LoadPlan, trace: Trace | None) -> Course:
        if isinstance(plan.workload, Replay):
            assert trace is not None
            stage = Stage(trace.seconds / plan.workload.speed + 1e-3, name="replay")
            return cls((stage,), 0.0, stage.seconds)
        warm_up: tuple[Stage, ...] = ()
        if plan.warm_up_seconds:
            warm_up = (attrs.evolve(plan.stages[0], seconds=plan.warm_up_seconds, name=WARM_UP),)
        stages = (*warm_up, *plan.stages)
        return cls(stages, plan.warm_up_seconds, seconds_of(stages))

    def stage_at(self, seconds: float) -> Stage | None:
        """None before the load and after it."""
        if seconds < 0:
            return None
        for stage in self.stages:
            if seconds < stage.seconds:
                return stage
            seconds -= stage.seconds
        return None

    def name_at(self, seconds: float) -> str:
        stage = self.stage_at(seconds)
        if stage is None:
            return LOGIN if seconds < 0 else DRAIN
        return stage.name

    def starts(self) -> list[float]:
        """When each stage begins."""
        return [seconds_of(self.stages[:index]) for index in range(len(self.stages))]
