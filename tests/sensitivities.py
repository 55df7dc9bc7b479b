"""Sensitivity analyses whose outcome is known: a player that gives what a function says, and results to show."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import evolve

from chatsim.api import Silence
from chatsim.cascade.measures import measure
from chatsim.policy import Policy, Tier, compile_row
from chatsim.study.playing import Job, Played
from chatsim.study.scenario import Generated, Scenario
from chatsim.study.scenario_files import load_scenario
from chatsim.study.sensitivity.conduct import Analysis, Conduct, Request
from chatsim.study.sensitivity.factors import Factor
from chatsim.study.sensitivity.files import Results
from chatsim.study.sensitivity.parameters import PARAMETERS
from chatsim.study.sensitivity.values import Method
from tests.cascades import run_of

LAX = Policy("lax", "Lax rule", tiers=(Tier(0, 9),), label_forwarded_from=1)
STRICT = Policy("strict", "Strict rule", tiers=(Tier(0, 2),))
RUMOUR = evolve(load_scenario("rumour"), population=Generated(users=400))
MEASURES = measure(run_of([None, 0]), [compile_row(LAX)])

Reach = Callable[[Scenario, str, int], float]
"""People reached in a scenario, under a policy, in a run."""


class Computed:
    """A player that computes who is reached, and plays nothing."""

    workers = threads = 1

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self.played: list[tuple[str, int]] = []

    def jobs(
        self, scenario: Scenario, policies: Sequence[Policy], plans, *, tree: bool
    ) -> list[Job]:
        return [Job(scenario, tuple(policies), tuple(plans), tree)]

    def carried(self, policy: str) -> None:
        pass

    def play(self, jobs: Sequence[Job], partial):
        for job in jobs:
            for plan in job.plans:
                for policy in job.policies:
                    self.played.append((policy.name, plan.run))
                    people = self.reach(job.scenario, policy.name, plan.run)
                    each = evolve(MEASURES, reach=round(people))
                    measures = (each,) * len(job.scenario.contents)
                    yield Played(
                        policy.name, plan, None, measures, 0.0, resumed=False, point=job.point
                    )


def factor(name: str, low: float | None = None, high: float | None = None) -> Factor:
    parameter = next(each for each in PARAMETERS if each.name == name)
    ends = parameter.ends or (1.0, 2.0)
    return Factor(
        parameter, ends[0] if low is None else low, ends[1] if high is None else high, "a test"
    )


def request_of(*factors: Factor, **changes) -> Request:
    request = Request(
        scenario=RUMOUR,
        first=LAX,
        second=STRICT,
        factors=factors,
        method=Method.MORRIS,
        size=10,
        runs=6,
        backend="engine",
        command="chatsim sensitivity rumour",
    )
    return evolve(request, **changes)


def analysed(request: Request, reach: Reach) -> Analysis:
    return Conduct(request, Computed(reach), Silence()).analyse(None)


def by_persistence(scenario: Scenario, policy: str, run: int) -> float:
    """Strict is the stricter one where people do not persist, lax where they do; runs differ a little."""
    kept = {"uncapped": 1.0, "lax": 0.8, "strict": 0.6 + 0.35 * scenario.behaviour.persistence}
    return (300 + 5 * (run % 3)) * kept[policy] * scenario.contents[0].share_probability


def always_strict(scenario: Scenario, policy: str, run: int) -> float:
    """Strict reaches fewer people, the more so the less people persist."""
    kept = {"uncapped": 1.0, "lax": 0.8, "strict": 0.7 - 0.2 * scenario.behaviour.persistence}
    return (300 + 5 * (run % 3)) * kept[policy]


def results_of(request: Request | None = None, reach: Reach = always_strict) -> Results:
    factors = (factor("persistence"), factor("half_life"), factor("share_probability", 0.5, 0.9))
    return Results.of(analysed(request or request_of(*factors), reach))
