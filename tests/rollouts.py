"""Findings of simulated A/B tests, made by hand."""

from __future__ import annotations

from attrs import evolve

from chatsim.study.manifest import Version
from chatsim.study.rollout import sentences
from chatsim.study.rollout.analysis import FORWARDS, REACHED
from chatsim.study.rollout.values import RolloutFound, Trial
from chatsim.study.summary import FORMAT_VERSION, Chance, Estimate

TRUTH = Estimate(-0.20, -0.23, -0.17)


def trial(unit: str = "user", outcome: str = REACHED, **changes) -> Trial:
    """A test by single people that sees a tenth of the effect."""
    values = {
        "units": 20_000,
        "content": "rumour",
        "estimate": Estimate(-0.02, -0.04, -0.01),
        "truth": TRUTH,
        "bias": Estimate(0.18, 0.14, 0.21),
        "power": Chance(9, 30, 0.16, 0.48),
        "false_alarms": Chance(1, 30, 0.01, 0.17),
        **changes,
    }
    return Trial(unit=unit, outcome=outcome, **values)


BY_COMMUNITY = trial("community", units=40, estimate=Estimate(-0.17, -0.21, -0.13))


def rollout_found(*trials: Trial, **changes) -> RolloutFound:
    """What tests by single people and by communities found, with its sentences."""
    given = trials or (
        trial(),
        BY_COMMUNITY,
        trial(outcome=FORWARDS),
        trial("community", FORWARDS, units=40),
    )
    found = RolloutFound(
        format_version=FORMAT_VERSION,
        title="What would an A/B test of 1 chat at a time have said?",
        setting="A rumour that 4 readers in 10 forward, 20,000 people (generated), 14 d",
        policy="cap-1",
        policy_title="1 chat at a time",
        control_title="Uncapped",
        headline="rumour",
        share=0.5,
        users=20_000,
        replicates=30,
        tests=given,
        answer=(),
        weakness=(),
        command="chatsim rollout rumour --policy cap-1",
        seed=1,
        backend="engine",
        versions=(Version("python", "3"),),
    )
    found = evolve(found, **changes)
    return evolve(found, answer=sentences.answer(found), weakness=sentences.weakness(found))
