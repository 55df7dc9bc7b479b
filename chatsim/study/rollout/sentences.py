"""Computed sentences about simulated A/B tests, which table and page share."""

from __future__ import annotations

from chatsim.behaviour.values import Content
from chatsim.study.rollout.analysis import REACHED, replicates_for
from chatsim.study.rollout.values import RolloutFound, Trial
from chatsim.study.scenario import Scenario
from chatsim.study.sentences import counted, percent, readers
from chatsim.study.summary import Estimate
from chatsim.units import duration_text, share_text

FAITHFUL = 0.8
"""The share of the truth from which on a test is called faithful."""
UNITS_FEW = 20
BY = {"user": "person by person", "community": "by communities", "region": "by regions"}


def setting(scenario: Scenario, content: Content, users: int, people: str, share: float) -> str:
    """What was run, in one line."""
    return (
        f"A {content.name} that {readers(content.share_probability)}, {people}, "
        f"{duration_text(scenario.duration_seconds)}; {share_text(share)} of the units get the policy, in "
        f"{counted(scenario.runs, 'replicate')} with an assignment and a cascade of their own"
    )


def change(estimate: Estimate) -> str:
    """A relative difference in words: "12 % fewer (8 to 15 %)"."""
    word = "fewer" if estimate.value < 0 else "more"
    sign = -1 if estimate.value < 0 else 1
    text = f"{percent(sign * estimate.value)} % {word}"
    if estimate.low is None or estimate.high is None:
        return text
    low, high = sorted((sign * estimate.low, sign * estimate.high))
    return f"{text} ({percent(low)} to {percent(high)} %)"


def points(estimate: Estimate) -> str:
    """A bias in percentage points, with its sign and its interval."""
    text = f"{100 * estimate.value:+.1f}"
    if estimate.low is None or estimate.high is None:
        return text
    return f"{text} ({100 * estimate.low:+.1f} to {100 * estimate.high:+.1f})"


def answer(found: RolloutFound) -> tuple[str, ...]:
    """The finding: the truth, what each way to randomise makes of it, and which to choose."""
    trials = found.of(REACHED, found.headline)
    if not trials:
        return (f"Nobody is reached by the {found.headline}, so that a test has nothing to find.",)
    truth = trials[0].truth
    first = (
        f"If everybody got {found.policy_title}, the {found.headline} would reach {change(truth)} people than under "
        f"{found.control_title}."
    )
    if not truth.excludes_zero:
        return (f"{first} The interval holds zero: there is no effect for a test to find.",)
    return (first, *(_by_unit(each, found) for each in trials), *_advice(trials))


def _by_unit(trial: Trial, found: RolloutFound) -> str:
    says = (
        f"Randomised {BY[trial.unit]}, the test says {change(trial.estimate)}: "
        f"it sees {_seen(trial)} of the effect"
    )
    power = trial.power
    if power is None:
        return f"{says}; {counted(trial.units, 'unit')} are too few to test anything."
    finds = f"one test on one {found.headline} finds it in {power.count} of {power.runs}"
    more = replicates_for(power)
    if more is None or more == 1:
        return f"{says}; {finds}."
    return f"{says}; {finds}, and pooling about {more:,} of them would in 8 of 10."


def _seen(trial: Trial) -> str:
    seen = trial.seen
    assert seen is not None
    return "nothing" if seen <= 0 else f"{percent(seen)} %"


def _advice(trials: tuple[Trial, ...]) -> tuple[str, ...]:
    faithful = [each for each in trials if (each.seen or 0) >= FAITHFUL]
    if len(faithful) == len(trials):
        return ("Every way to randomise sees most of the effect.",)
    if not faithful:
        best = max(trials, key=lambda each: each.seen or 0)
        return (
            (
                f"No way to randomise sees most of it: people who have the policy still get the content from people who "
                f"have not. {BY[best.unit].capitalize()} comes closest."
            ),
        )
    named = " or ".join(BY[each.unit] for each in faithful)
    return (
        (
            f"Randomise {named}: where the policy is given out person by person, those who have it still get the content "
            "from those who have not, and both arms look alike."
        ),
    )


def weakness(found: RolloutFound) -> tuple[str, ...]:
    """Why the study says little, and what to try."""
    reasons = []
    few = sorted({each.unit for each in found.tests if each.units < UNITS_FEW})
    for unit in few:
        units = next(each.units for each in found.tests if each.unit == unit)
        reasons.append(
            f"There are only {counted(units, unit).replace('communitys', 'communities')}, so that an arm is a handful "
            "of them; try more users."
        )
    trials = found.of(REACHED, found.headline)
    if trials and not trials[0].truth.excludes_zero:
        reasons.append(
            f"The true effect is not told from zero in {counted(found.replicates, 'replicate')}; try more --runs, or a stricter policy."
        )
    return tuple(reasons)
