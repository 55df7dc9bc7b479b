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
    ("text", "says"),
    [
        ("run = 3", "run is not a key of this table; it takes contents, population,"),
        ("[behaviour]\npersistance = 0", "behaviour.persistance is not a key of this table"),
        (
            "[population]\ncontacts = 'a'",
            "population.contacts is not a key of this table; it takes kind, users",
        ),
        ("[[contents]]\nname = 'a'\nshare = 1", "contents[0].share is not a key of this table"),
        ("[[contents]]\nkind = 'text'", "contents[0].name is missing"),
        (
            "[[contents]]\nname = 'a'\nshare_probability = 2",
            "contents[0].share_probability is 2; it takes a share",
        ),
        (
            "[[contents]]\nname = 'a'\nhalf_life = '0 s'",
            "contents[0].half_life is '0 s'; it takes more than 0",
        ),
        (
            "[[contents]]\nname = 'a'\nkind = 'song'",
            "contents[0].kind is 'song'; it takes text or image or video",
        ),
        (
            "[[contents]]\nname = 'a'\nbody_bytes = 0",
            "contents[0].body_bytes is 0; it takes a number above 0",
        ),
        (
            "[[contents]]\nname='a'\n[[contents]]\nname='a'",
            "scenario mine has two contents named a",
        ),
        (
            "[population]\nkind = 'real'",
            "population.kind is 'real'; it takes generated or stored or uniform",
        ),
        ("[population]\nkind = 'stored'", "a stored population names no file"),
        ("[population]\nusers = 1", "population.users is 1; it takes a whole number from 2"),
        (
            "[population]\nusers = '20 parsecs'",
            "population.users is '20 parsecs'; it takes a whole number",
        ),
        ("duration = '0 s'", "duration is '0 s'; it takes more than 0"),
        ("duration = 14", "duration is 14; it takes a number with a unit"),
        ("duration = '2 fortnights'", "duration is '2 fortnights'; it takes a number with a unit"),
        ("runs = 0", "runs is 0; it takes a whole number from 1"),
        ("originators = 'few'", "originators is 'few'; it takes a whole number"),
        ("originators = 2001", "originators is 2,001; it takes at most"),
        ("enforcement = 'blind'", "enforcement is 'blind'; it takes clear or client"),
        ("policies = 'uncapped'", "policies is 'uncapped'; it takes a list of texts"),
        ("policies = []", "scenario mine has no policies"),
        (
            "policies = ['cap-5', 'uncaped']",
            "policies[1]: there is no policy named 'uncaped' (did you mean uncapped?); it takes",
        ),
        (
            "[behaviour]\nredo = '1.5 s'",
            "behaviour.redo is '1.5 s'; it takes a whole number of seconds",
        ),
        (
            "[behaviour]\nreading_delay = '3 m'",
            "behaviour.reading_delay is '3 m'; it takes a table such as",
        ),
        (
            "[behaviour]\nreading_delay = { mean = '3 m' }",
            "behaviour.reading_delay.mean is not a key of this table; it takes median, sigma, form",
        ),
        (
            "[behaviour]\nreading_delay = { form = 'gamma' }",
            "behaviour.reading_delay.form is 'gamma'; it takes lognormal or exponential",
        ),
        (
            "[behaviour]\naudience = 'repeat'\ninterval = '0.5 s'",
            "behaviour.interval is '0.5 s'; it takes a whole number of seconds",
        ),
        (
            "[behaviour]\ninterval = '5 s'",
            "behaviour.interval acts under audience repeat only, and the audience is pick",
        ),
        (
            "[behaviour]\naudience = 'each'\npersistence = 0.5",
            "behaviour.persistence acts under audience pick only, and the audience is each",
        ),
        (
            "[[regions]]\nname = 'a'\nshare = '30 %'",
            "the shares of the regions are 0.3 together; they take 1",
        ),
        (
            "[[regions]]\nname = 'a'\nshare = 1\nutc_offset = '5 h'",
            "regions[0].utc_offset is '5 h'; it takes hours and minutes east of UTC",
        ),
        ("[sources]\nrun = 'me'", "sources.run is no value of this scenario (did you mean runs?)"),
        (
            "[behaviour]\naudience = 'repeat'\ninterval = '1 s'",
            "a round every 1 s gives more than 65,536 rounds in 14 d",
        ),
        (
            "[behaviour]\naudience_shape = 0",
            "behaviour.audience_shape is 0.0; it takes a number from 0.02 up",
        ),
    ],
)
def test_what_cannot_be_used_is_told_with_file_key_and_what_it_takes(
    scenario_of, tmp_path, text, says
):
    with pytest.raises(ConfigurationError) as refusal:
        scenario_of(text)
    assert str(refusal.value).startswith(f"{tmp_path / 'mine.toml'}: {says}")


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
