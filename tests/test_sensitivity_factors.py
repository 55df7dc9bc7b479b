"""The assumptions: their plausible ranges, where they act, and ranges of the user's own."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatsim.behaviour.values import Audience
from chatsim.errors import ConfigurationError
from chatsim.policy.presets import resolve
from chatsim.study.scenario import Stored, Uniform
from chatsim.study.scenario_files import dump_scenario, load_scenario
from chatsim.study.sensitivity.factors import GIVEN, combined, factors_of, left_out
from chatsim.study.sensitivity.values import Scale
from tests.runs import with_behaviour
from tests.sensitivities import factor

RUMOUR = load_scenario("rumour")
LABELLED = (resolve("whatsapp-2020-04"), resolve("whatsapp-latest"))


def ranges(*given: str, scenario=RUMOUR, policies=LABELLED):
    return {each.name: each for each in factors_of(scenario, policies, given)}


@pytest.mark.parametrize(
    ("name", "low", "high", "scale"),
    [
        ("share_probability", "10 %", "80 %", Scale.LINEAR),
        ("audience_shape", "1.2", "2", Scale.LINEAR),
        ("group_chance", "10 %", "40 %", Scale.LINEAR),
        ("persistence", "0 %", "90 %", Scale.LINEAR),
        ("paste_probability", "0 %", "30 %", Scale.LINEAR),
        ("modified_clients", "0 %", "10 %", Scale.LINEAR),
        ("reading_delay.median", "3 min", "45 min", Scale.LOG),
        ("half_life", "6 h", "14 d", Scale.LOG),
        ("susceptibility_shape", "0.2", "2", Scale.LOG),
        ("label_factor_forwarded", "70 %", "100 %", Scale.LINEAR),
        ("label_factor_many_times", "70 %", "100 %", Scale.LINEAR),
        ("contacts_mean", "17.5", "70", Scale.LOG),
        ("groups_mean", "2.35", "9.4", Scale.LOG),
    ],
)
def test_each_assumption_has_its_plausible_range(name, low, high, scale):
    described = ranges()[name].described(RUMOUR)
    assert (described.low_text, described.high_text, described.scale) == (low, high, scale)
    assert described.source


def test_every_assumption_is_named_as_in_a_scenario_file():
    text = dump_scenario(RUMOUR)
    for name in ranges():
        assert f"\n{name.partition('.')[0]} = " in text


def test_every_assumption_changes_the_scenario_and_nothing_else():
    before = dump_scenario(RUMOUR).splitlines()
    for each in ranges().values():
        after = dump_scenario(each.parameter.at(RUMOUR, each.high)).splitlines()
        changed = [line for old, line in zip(before, after, strict=True) if old != line]
        base = each.parameter.value(RUMOUR)
        assert len(changed) == (base != each.high)
        assert all(line.startswith(each.name.partition(".")[0]) for line in changed)


def test_what_does_not_act_under_the_audience_law_is_left_out():
    one_by_one = set(ranges(scenario=with_behaviour(RUMOUR, audience=Audience.EACH)))
    assert "chat_delay.median" in one_by_one
    assert not one_by_one & {"persistence", "paste_probability", "audience_shape", "group_chance"}
    repeating = with_behaviour(RUMOUR, audience=Audience.REPEAT, interval_seconds=3600)
    assert not set(ranges(scenario=repeating)) & {"persistence", "chat_delay.median"}


def test_label_factors_are_left_out_where_nothing_is_labelled():
    caps = (resolve("cap-1"), resolve("cap-5"))
    factors = factors_of(RUMOUR, caps)
    assert "label_factor_many_times" in left_out(factors)
    assert "label_factor_forwarded" not in {each.name for each in factors}


@pytest.mark.parametrize("people", [Uniform(), Stored(contacts="friends.csv")])
def test_people_who_are_not_generated_have_no_laws_to_vary(people):
    assert "contacts_mean" not in ranges(scenario=evolve(RUMOUR, population=people))


def test_values_lie_evenly_between_the_ends_or_evenly_in_ratio():
    half_life = factor("half_life", 3600, 4 * 3600)
    assert [half_life.between(share) for share in (0.0, 0.5, 1.0)] == [3600, 7200, 14400]
    assert factor("persistence").between(1 / 3) == 0.3


def test_values_have_four_figures_and_ends_are_exact():
    odd = factor("share_probability", 0.123456, 0.7)
    assert odd.between(0.0) == 0.123456
    assert odd.between(1 / 3) == 0.3156


def test_a_combination_has_all_values_and_none_keeps_the_scenarios():
    scenario = combined(
        evolve(RUMOUR, contents=(evolve(RUMOUR.contents[0], half_life_seconds=None),)),
        (factor("persistence"), factor("half_life")),
        (0.7, None),
    )
    assert scenario.behaviour.persistence == 0.7
    assert scenario.contents[0].half_life_seconds is None


def test_a_content_that_never_goes_stale_is_said_to():
    lasting = load_scenario("lasting")
    assert ranges(scenario=lasting)["half_life"].described(lasting).base_text == "never stale"


def test_a_range_of_the_users_own_is_read_with_its_units():
    found = ranges("persistence = 10%..0.5", "half_life=90 min..2d", "susceptibility_shape=1..1.5")
    assert (found["persistence"].low, found["persistence"].high) == (0.1, 0.5)
    assert (found["half_life"].low, found["half_life"].high) == (5_400, 172_800)
    assert found["susceptibility_shape"].high == 1.5
    assert found["persistence"].source == GIVEN
    assert found["group_chance"].source != GIVEN


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("persistance=0%..50%", r"no factor named persistance \(did you mean persistence\?\)"),
        ("reading_delay=3min..5min", r"did you mean reading_delay"),
        ("chat_delay.median=3min..5min", "does not act in this scenario"),
        ("persistence", "takes NAME=LOW..HIGH"),
        ("persistence=50%", "takes NAME=LOW..HIGH"),
        ("persistence=0%..150%", "takes a share"),
        ("persistence=50%..50%", "a low end below its high end"),
        ("persistence=60%..50%", "a low end below its high end"),
        ("half_life=6..14", "a number with a unit"),
        ("half_life=0 s..2 d", "a low end above 0"),
        ("audience_shape=0..2", "a number from 0.02 up"),
        ("audience_shape=wide..2", "a number from 0 up"),
        ("audience_shape=1..inf", "a number from 0 up"),
    ],
)
def test_a_range_that_cannot_be_is_one_sentence(given, said):
    with pytest.raises(ConfigurationError, match=said):
        ranges(given)


def test_a_range_is_given_once():
    with pytest.raises(ConfigurationError, match="given twice"):
        ranges("persistence=0%..50%", "persistence=0%..60%")
