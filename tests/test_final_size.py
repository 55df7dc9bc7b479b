"""How far a cascade goes in the end, against theory: percolation on random graphs, and a closed formula."""

from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve

from chatsim.behaviour.values import Audience, Behaviour, Content, DelayLaw
from chatsim.engine import Engine
from chatsim.model import ONE_DAY
from chatsim.policy.presets import preset
from chatsim.study.scenario import Scenario, Uniform
from chatsim.testing.oracles import DegreeLaw, Deviation, percolated, uniform_share
from chatsim.testing.stub_graphs import configuration_model
from tests.runs import assert_large_enough, played, reach, with_behaviour

UNCAPPED = preset("uncapped")
FRESH = Content("rumour", half_life_seconds=None)
CERTAIN = Behaviour(
    audience=Audience.EACH, susceptibility_shape=None, modified_clients=0.0, night=False
)
ENDLESS = Scenario(behaviour=CERTAIN, duration_seconds=120 * ONE_DAY)
"""People who are alike, and long enough for every cascade to end by itself."""


GRAPH_USERS, GRAPHS, SEEDS = 20_000, 8, 200


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
        engine = Engine.of(
            configuration_model(degrees, number),
            scenario.contents,
            scenario.behaviour,
            seed=scenario.seed,
            duration_seconds=scenario.duration_seconds,
            enforcement=scenario.enforcement,
        )
        (run,) = engine.play(UNCAPPED, run=number, originators=SEEDS).contents
        assert_large_enough([run], capped=False)
        reached.append(len(run.first_copies.user) / GRAPH_USERS)
    theory = percolated(DegreeLaw.of(degrees), transmission, SEEDS / GRAPH_USERS)
    assert 0.3 < theory < 0.8
    assert abs(Deviation.of(reached, theory).standard_errors) < 4
    assert abs(np.mean(reached) - theory) < 0.01


def test_final_size_among_uniform_people_is_the_closed_formulas() -> None:
    share, contacts, users = 0.15, 10, 20_000
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
    theory = uniform_share(contacts, share, SEEDS / users)
    assert 0.3 < theory < 0.8
    assert abs(Deviation.of(reached, theory).standard_errors) < 4
    assert abs(np.mean(reached) - theory) < 0.01
