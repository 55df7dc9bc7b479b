"""How far a cascade goes in the end, against theory: percolation on random graphs, and a closed formula."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from attrs import evolve

from chatsim.behaviour.values import Audience, Behaviour, Content, DelayLaw
from chatsim.model import ONE_DAY
from chatsim.policy.presets import preset
from chatsim.population.values import Population
from chatsim.study.backend import RunPlan
from chatsim.study.scenario import Scenario, Uniform
from chatsim_clients.memory import RelayedPeople
from chatsim_clients.scenes import rules_of
from chatsim_clients.world import Setting
from tests.runs import assert_large_enough, played, reach, with_behaviour

UNCAPPED = preset("uncapped")
FRESH = Content("rumour", half_life_seconds=None)
CERTAIN = Behaviour(
    audience=Audience.EACH, susceptibility_shape=None, modified_clients=0.0, night=False
)
ENDLESS = Scenario(behaviour=CERTAIN, duration_seconds=120 * ONE_DAY)
"""People who are alike, and long enough for every cascade to end by itself."""


def configuration_model(degrees: np.ndarray, seed: int) -> Population:
    """Stubs paired at random; ties to oneself and repeats, a few in a thousand, are left out."""
    stubs = np.repeat(np.arange(len(degrees)), degrees)
    np.random.default_rng(seed).shuffle(stubs)
    rows: list[set[int]] = [set() for _ in degrees]
    for a, b in stubs[: len(stubs) // 2 * 2].reshape(-1, 2).tolist():
        if a != b:
            rows[a].add(b)
            rows[b].add(a)
    offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    nobody = np.zeros(0, dtype=np.int32)
    return Population(
        users=len(rows),
        contact_offsets=offsets,
        contacts=np.array([user for row in rows for user in sorted(row)], dtype=np.int32),
        group_offsets=np.zeros(len(rows) + 1, dtype=np.int64),
        groups=nobody,
        member_offsets=np.zeros(1, dtype=np.int64),
        members=nobody,
        seed=seed,
        description="a configuration model",
    )


def percolated(degrees: np.ndarray, transmission: float, originators: int) -> float:
    """The share that bond percolation connects to random originators, by generating functions.

    v, the chance that a tie brings nothing, solves v = 1 - T + T (1 - rho) G1(v); reached is 1 - (1 - rho) G0(v), with
    G0 the generating function of degrees and G1 that of the ties left at a tie's end (Newman 2002).
    """
    values, counts = np.unique(degrees, return_counts=True)
    weights = counts / counts.sum()
    passive = 1.0 - originators / len(degrees)
    v = 0.0
    for _ in range(1_000):
        onward = float((weights * values * v ** (values - 1)).sum() / (weights * values).sum())
        v = 1.0 - transmission + transmission * passive * onward
    return 1.0 - passive * float((weights * v**values).sum())


def standard_errors_apart(sample: Sequence[float], theory: float) -> float:
    values = np.asarray(sample)
    return float(abs(values.mean() - theory) / (values.std(ddof=1) / np.sqrt(len(values))))


GRAPH_USERS, GRAPHS, SEEDS = 3_000, 8, 30


@pytest.mark.parametrize(
    ("share", "recovery", "transmission"),
    [
        pytest.param(0.35, None, 0.35, id="independent cascade"),
        # A delay is shorter than its own law's median in half of the draws.
        pytest.param(0.7, DelayLaw(900.0, 0.0), 0.35, id="constant recovery"),
    ],
)
def test_final_size_is_that_of_bond_percolation_on_a_configuration_model(
    share: float, recovery: DelayLaw | None, transmission: float
) -> None:
    degrees = np.random.default_rng(3).choice([1, 3, 10], GRAPH_USERS, p=[0.3, 0.5, 0.2])
    scenario = evolve(
        with_behaviour(ENDLESS, recovery=recovery),
        contents=(evolve(FRESH, share_probability=share),),
    )
    reached = []
    for number in range(GRAPHS):
        people = RelayedPeople(Setting.of(rules_of(scenario), configuration_model(degrees, number)))
        (run,) = people.play(UNCAPPED, RunPlan(number, SEEDS)).contents
        assert_large_enough([run], capped=False)
        reached.append(len(run.first_copies.user) / GRAPH_USERS)
    theory = percolated(degrees, transmission, SEEDS)
    assert 0.3 < theory < 0.8
    assert standard_errors_apart(reached, theory) < 4
    assert abs(np.mean(reached) - theory) < 0.02


def test_final_size_among_uniform_people_is_the_closed_formulas() -> None:
    share, contacts, users = 0.15, 10, 3_000
    content = evolve(FRESH, share_probability=share)
    reached = []
    for number in range(GRAPHS):
        spec = Uniform(users=users, contacts_per_user=contacts, seed=number)
        scenario = evolve(
            ENDLESS, population=spec, contents=(content,), originators=SEEDS, seed=number
        )
        (outcome,) = played(scenario, UNCAPPED, 1)
        assert_large_enough(outcome.contents, capped=False)
        reached.append(reach([outcome])[0] / users)
    # 1 - s = exp(-p d s), with the originators' part taken out of those who can still be reached.
    s = 1.0
    for _ in range(1_000):
        s = 1.0 - (1.0 - SEEDS / users) * np.exp(-share * contacts * s)
    assert 0.3 < s < 0.8
    assert standard_errors_apart(reached, s) < 4
    assert abs(np.mean(reached) - s) < 0.02
