"""Scenarios as TOML."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatsim.behaviour.values import (
    Audience,
    Behaviour,
    Content,
    DelayForm,
    DelayLaw,
    FirstSend,
    Kind,
)
from chatsim.errors import ConfigurationError
from chatsim.model import Enforcement
from chatsim.policy.presets import resolve
from chatsim.population.parts import Cohort, Region, Rollout, Unit
from chatsim.study.scenario import Generated, GroupMax, Scenario, Stored, Uniform
from chatsim.study.scenario_checks import check
from chatsim.study.scenario_files import (
    dump_scenario,
    load_scenario,
    packaged_scenarios,
    read_scenario,
)

FULL = """
name = "campus"
title = "A scare on a campus"
originators = 3
duration = "7 d"
runs = 12
seed = 7
enforcement = "client"
group_max = "policy"
redraw_population = true
policies = ["uncapped", "cap-3", "policies/ours.toml"]

[population]
kind = "stored"
contacts = "ties.csv"
groups = "/elsewhere/groups.csv"
seed = 9

[[contents]]
name = "scare"
share_probability = "70%"
half_life = "12 h"
harmful = true
kind = "video"
body_bytes = "2k"

[[contents]]
name = "thanks"
share_probability = 0.1
half_life = "none"
harmful = false

[behaviour]
audience = "pick"
audience_shape = 2
group_chance = "10 %"
persistence = 0.9
redo = "1 min"
paste_probability = "0 %"
modified_clients = 0
inflating_clients = "2 %"
pasting_clients = "3 %"
reencoding_clients = "4 %"
framing_clients = "5 %"
cutting_clients = "6 %"
reading_delay = { median = "3 m", sigma = 0, form = "exponential" }
lookahead = "2 min"
night = false
susceptibility_shape = "none"
label_factor_forwarded = "95 %"
label_factor_many_times = "70 %"
first_send = "capped"
complaint_probability = "1 %"
complaint_probability_harmless = "0.1 %"

[[regions]]
name = "India"
share = "13 %"
utc_offset = "+05:30"
[[regions]]
name = "elsewhere"
share = "87 %"

[[cohorts]]
name = "testers"
share = "100 %"

[rollout]
unit = "region"
share = "50 %"
seed = 4

[sources]
"contents.scare.share_probability" = "a poll of 30 students"
"""


@pytest.fixture
def scenario_of(tmp_path):
    def read(text):
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return load_scenario(path)

    return read


def test_every_key_is_read_and_paths_are_relative_to_the_file(scenario_of, tmp_path):
    assert scenario_of(FULL) == Scenario(
        name="campus",
        title="A scare on a campus",
        originators=3,
        duration_seconds=7 * 86_400,
        runs=12,
        seed=7,
        enforcement=Enforcement.CLIENT,
        group_max=GroupMax.POLICY,
        redraw_population=True,
        policies=("uncapped", "cap-3", str(tmp_path / "policies" / "ours.toml")),
        population=Stored(tmp_path / "ties.csv", Path("/elsewhere/groups.csv"), seed=9),
        contents=(
            Content("scare", 0.7, 43_200.0, harmful=True, kind=Kind.VIDEO, body_bytes=2_000),
            Content("thanks", 0.1, None, harmful=False),
        ),
        behaviour=Behaviour(
            audience=Audience.PICK,
            audience_shape=2.0,
            group_chance=0.1,
            persistence=0.9,
            redo_seconds=60,
            paste_probability=0.0,
            modified_clients=0.0,
            inflating_clients=0.02,
            pasting_clients=0.03,
            reencoding_clients=0.04,
            framing_clients=0.05,
            cutting_clients=0.06,
            reading_delay=DelayLaw(180.0, 0.0, DelayForm.EXPONENTIAL),
            lookahead_seconds=120,
            night=False,
            susceptibility_shape=None,
            label_factor_forwarded=0.95,
            label_factor_many_times=0.7,
            first_send=FirstSend.CAPPED,
            complaint_probability=0.01,
            complaint_probability_harmless=0.001,
        ),
        regions=(Region("India", 0.13, 19_800), Region("elsewhere", 0.87)),
        cohorts=(Cohort("testers", 1.0),),
        rollout=Rollout(Unit.REGION, 0.5, seed=4),
        sources=(("contents.scare.share_probability", "a poll of 30 students"),),
    )


def test_each_law_has_keys_of_its_own(scenario_of):
    each = scenario_of(
        """
        [behaviour]
        audience = "each"
        chat_delay = { median = "45 min" }
        recovery = { median = "1 d", sigma = 1 }
        """
    )
    assert each.behaviour == Behaviour(
        audience=Audience.EACH,
        chat_delay=DelayLaw(2_700.0, 1.5),
        recovery=DelayLaw(86_400.0, 1.0),
    )
    repeat = scenario_of(
        """
        [behaviour]
        audience = "repeat"
        interval = "20 min"
        round_recovery = "15 %"
        """
    )
    assert repeat.behaviour == Behaviour(
        audience=Audience.REPEAT, interval_seconds=1_200, round_recovery=0.15
    )


def test_what_is_left_out_is_the_default(scenario_of):
    assert scenario_of("") == Scenario(name="mine", title="mine")
    assert scenario_of("[population]\nkind = 'uniform'").population == Uniform()
    assert scenario_of("[population]\nusers = '1.5B'").population == Generated(1_500_000_000)
    assert scenario_of("originators = 'auto'").originators is None


def test_the_packaged_default_is_the_default_value():
    assert load_scenario("default") == Scenario()


@pytest.mark.parametrize("name", packaged_scenarios())
def test_a_packaged_scenario_loads_and_its_policies_are_known(name):
    scenario = load_scenario(name)
    assert scenario.name == name
    assert scenario.title
    check(scenario, [resolve(policy) for policy in scenario.policies])


def test_an_unknown_name_is_told_with_the_packaged_ones():
    with pytest.raises(ConfigurationError) as refusal:
        load_scenario("defalt")
    assert str(refusal.value) == (
        "there is no scenario named defalt (did you mean default?); "
        f"it takes {', '.join(packaged_scenarios())}, or the path of a TOML file"
    )


def test_a_missing_file_is_told_as_a_file(tmp_path):
    with pytest.raises(ConfigurationError, match=r"none\.toml cannot be read: No such file"):
        load_scenario(tmp_path / "none.toml")


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(),
        Scenario(population=Stored(contacts=Path("/ties.csv")), originators=3),
        Scenario(population=Stored(groups=Path("/groups.csv"))),
        Scenario(
            regions=(Region("India", 0.2, 19_800), Region("elsewhere", 0.8)),
            cohorts=(Cohort("testers", 0.01), Cohort("others", 0.99)),
            rollout=Rollout(Unit.COMMUNITY, 0.25, seed=7),
        ),
        Scenario(
            regions=(Region("India", 0.2, -19_800), Region("elsewhere", 0.8)),
            rollout=Rollout(regions=("India",)),
        ),
        Scenario(
            name="uniform",
            population=Uniform(500, 7, seed=3),
            contents=(Content('a "quoted" name', 0.123456, 3_601.5, kind=Kind.IMAGE),),
            behaviour=Behaviour(
                audience=Audience.EACH,
                recovery=DelayLaw(7.25, 0.5),
                susceptibility_shape=None,
                night=False,
            ),
        ),
        Scenario(
            name="rounds",
            behaviour=Behaviour(
                Audience.REPEAT,
                reading_delay=DelayLaw(600.0, form=DelayForm.EXPONENTIAL),
                interval_seconds=5_400,
                round_recovery=0.125,
            ),
        ),
    ],
    ids=["default", "contacts", "groups", "parts", "places", "uniform", "rounds"],
)
def test_a_written_scenario_reads_back_as_itself(scenario, tmp_path):
    path = tmp_path / "copy.toml"
    path.write_text(dump_scenario(scenario), encoding="utf-8")
    assert read_scenario(path) == scenario
