from __future__ import annotations

from chatsim.study.assumptions import NOT_MODELLED, assumptions
from chatsim.study.parameters import parameters
from chatsim.study.scenario import Scenario


def test_every_parameter_of_the_scenario_is_an_assumption():
    scenario = Scenario()
    listed = [
        (each.name, each.value, each.source, each.plausible) for each in assumptions(scenario)
    ]
    assert listed == [
        (each.name, each.value, each.source, each.plausible) for each in parameters(scenario)
    ]


def test_what_is_not_modelled_says_which_way_it_bends_the_result():
    assert len(NOT_MODELLED) == 4
    assert all(":" in sentence for sentence in NOT_MODELLED)
