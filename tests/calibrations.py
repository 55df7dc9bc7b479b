"""A calibration whose answer is known: measures are formulas of the parameters, and no run is played."""

from __future__ import annotations

import functools

import attrs
import numpy as np

from chatsim.api import Silence
from chatsim.cascade.measures import Exposure, RunMeasures
from chatsim.study.calibration.analysis import found
from chatsim.study.calibration.conduct import Search
from chatsim.study.calibration.results import Fit
from chatsim.study.calibration.saving import CalibrationManifest
from chatsim.study.calibration.values import Calibration, Measure, Parameter, Target, Use
from chatsim.study.manifest import Version
from chatsim.study.playing import Job, Played
from chatsim.study.scenario import RUMOUR, Generated, Scenario

NOTHING = np.zeros(0, dtype=np.int64)
HALF = RunMeasures(
    reach=0,
    copies=0,
    busiest_hour=0,
    forwards=0,
    held_back=0,
    denied=0,
    refused=0,
    extra_actions=0,
    pasted=0,
    abandoned=0,
    complaints=0,
    labels=(0, 0, 0),
    wrong_labels=0,
    depth_max=0,
    depth_mean=0.0,
    structural_virality=None,
    breadth=NOTHING,
    exposure=Exposure(NOTHING, NOTHING),
)


class Formulas:
    """Plays by formula. Under cap-5 there are as many forwards as under cap-20, times the share probability; under
    cap-1 people reached are those under cap-5, times the persistence. `noise` is how far runs differ."""

    workers = threads = 1

    def __init__(self, noise: int = 20) -> None:
        self.noise = noise
        self.played: list[tuple[float, str, int]] = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def carried(self, policy):
        return None

    def jobs(self, scenario, policies, plans, *, tree):
        return [Job(scenario, tuple(policies), tuple(plans), tree)]

    def play(self, jobs, partial):
        for job in jobs:
            share = job.scenario.contents[0].share_probability
            for plan in job.plans:
                base = 10_000 + self.noise * (plan.run * 7 % 11)
                for policy in job.policies:
                    self.played.append((share, policy.name, plan.run))
                    forwards = round(base * (share if policy.name == "cap-5" else 1.0))
                    # What differs from run to run differs between the policies as well.
                    forwards += self.noise * (plan.run * 5 % 7) * (policy.name == "cap-5")
                    persistence = job.scenario.behaviour.persistence
                    reach = round(base * (persistence if policy.name == "cap-1" else 1.0))
                    measures = attrs.evolve(HALF, forwards=forwards, reach=reach)
                    yield Played(policy.name, plan, None, (measures,), 0.0, False, point=job.point)


def target(name: str = "less", **changes) -> Target:
    values = {
        "title": "Forwards, 5 chats at a time instead of 20",
        "use": Use.FIT,
        "measure": Measure.FORWARDS,
        "policy": "cap-5",
        "against": "cap-20",
        "said": 0.5,
        "tolerance": 0.05,
        "source": "somebody",
        **changes,
    }
    return Target(name, **values)


PREDICTED = target(
    "reach",
    title="People reached, 1 chat at a time",
    use=Use.PREDICT,
    measure=Measure.REACH,
    policy="cap-1",
    against="cap-5",
    note="To be kept in mind <always>.",
)


def calibration(**changes) -> Calibration:
    values = {
        "title": "A fit by hand",
        "scenario": Scenario(population=Generated(2_000), contents=(RUMOUR,)),
        "parameters": (
            Parameter("share_probability", 0.1, 0.9),
            Parameter("persistence", 0.0, 1.0, source="nobody"),
        ),
        "targets": (target(), PREDICTED),
        "points": 128,
        "runs": 6,
        "draws": 32,
        **changes,
    }
    return Calibration("by-hand", **values)


def fitted(asked: Calibration, player: Formulas | None = None) -> Fit:
    search = Search(asked, player or Formulas(), Silence())
    tried = search.tried()
    return found(asked, tried, search.drawn(tried))


@functools.cache
def fit_by_hand() -> Fit:
    """The fit of `calibration()`, for tests of what is made of it."""
    return fitted(calibration())


@functools.cache
def out_of_reach() -> Fit:
    """A fit whose target no vector meets."""
    return fitted(calibration(targets=(target(said=0.05, tolerance=0.01), PREDICTED)))


MANIFEST = CalibrationManifest.of(
    "chatsim calibrate", 1, 'name = "by-hand"\n', (Version("python", "3"),), None
)
