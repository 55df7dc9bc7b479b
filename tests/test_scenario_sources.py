"""Every value of a scenario is explained: with its source, or none."""

from __future__ import annotations

import pytest

from chatsim.policy.presets import preset, resolve
from chatsim.study.scenario import Scenario, compared
from chatsim.study.scenario_checks import check
from chatsim.study.scenario_files import dump_scenario, load_scenario, packaged_scenarios
from chatsim.study.scenario_sources import NO_SOURCE, explained
from chatsim.study.scenario_values import values_of


def by_key(scenario: Scenario, *policies: str):
    rows = explained(scenario, [preset(name) for name in policies])
    assert len({row.key for row in rows}) == len(rows)
    return {row.key: row for row in rows}


def test_every_value_of_the_file_has_a_row_and_so_has_every_policy():
    rows = by_key(Scenario(), "uncapped", "cap-5")
    written = {value.key for value in values_of(dump_scenario(Scenario()))} - {"policies"}
    assert set(rows) == written | {"policies.uncapped", "policies.cap-5"}
    assert all(row.source for row in rows.values())


def test_what_nobody_measured_says_so_and_what_somebody_did_names_them():
    rows = by_key(Scenario(), "whatsapp-2019-01")
    assert rows["contents.rumour.share_probability"].source == NO_SOURCE
    assert rows["contents.rumour.share_probability"].plausible == "10 % to 80 %"
    assert rows["behaviour.persistence"].assumed
    assert "Doerr" in rows["behaviour.reading_delay.median"].source
    assert rows["policies.whatsapp-2019-01"].source == "Deccan Herald 2019-01-21; 2019-01-21"
    assert not rows["runs"].assumed


def test_what_the_file_says_of_a_value_comes_first():
    scenario = Scenario(sources=(("contents.rumour.share_probability", "a poll"),))
    assert by_key(scenario)["contents.rumour.share_probability"].source == "a poll"


@pytest.mark.parametrize("name", packaged_scenarios())
def test_every_scenario_that_comes_with_chatsim_can_be_played_and_explained(name):
    scenario = load_scenario(name)
    policies = compared(scenario, [resolve(policy) for policy in scenario.policies])
    check(scenario, policies)
    assert len(explained(scenario, policies)) > 30
