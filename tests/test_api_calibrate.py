"""A fit from Python: its scenarios for studies of one's own."""

from __future__ import annotations

import attrs
import pytest

import chatsim
from chatsim.errors import ConfigurationError
from chatsim.study.scenario import Uniform
from tests.calibrations import calibration, fit_by_hand


@pytest.fixture
def fitted():
    return chatsim.Fitted(fit_by_hand())


def test_each_drawn_vector_is_a_scenario_as_often_as_it_was_drawn(fitted) -> None:
    scenarios = fitted.scenarios("rumour")
    assert len(scenarios) == 32
    shares = [each.contents[0].share_probability for each in scenarios]
    assert min(shares) > 0.4
    assert max(shares) < 0.6
    assert {each.behaviour.persistence for each in scenarios} == {
        vector.values[1] for vector in fit_by_hand().vectors if vector.draws
    }


def test_a_scenario_of_ones_own_keeps_what_was_not_fitted(fitted) -> None:
    mine = attrs.evolve(calibration().scenario, population=Uniform(300), runs=3)
    assert {(each.population, each.runs) for each in fitted.scenarios(mine)} == {(Uniform(300), 3)}


def test_the_fit_that_comes_with_chatsim_draws_studies() -> None:
    claims = chatsim.fitted()
    scenarios = claims.scenarios("default")
    assert len(scenarios) == sum(vector.draws for vector in claims.fit.vectors)
    study = chatsim.compare(
        attrs.evolve(scenarios[0], runs=2), users=150, policies=["cap-5"], check_over_tcp=False
    )
    assert study.summary.study.users == 150


def test_no_such_fit_is_one_sentence() -> None:
    with pytest.raises(ConfigurationError, match="nothing holds no calibration"):
        chatsim.fitted("nothing")
