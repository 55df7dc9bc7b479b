"""What a scenario assumes, in words, with sources."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from chatsim.behaviour.values import Audience, Behaviour, Content, DelayForm, DelayLaw
from chatsim.study.parameters import parameters
from chatsim.study.scenario import Scenario, Stored, Uniform


def by_name(scenario):
    found = parameters(scenario)
    names = [parameter.name for parameter in found]
    assert len(set(names)) == len(names)
    return {parameter.name: parameter for parameter in found}


def test_the_defaults_are_those_of_the_table():
    found = by_name(Scenario())
    values = {name: parameter.value for name, parameter in found.items()}
    assert values["share probability, rumour"] == "40 %"
    assert values["share probability, family joke"] == "25 %"
    assert values["half-life, rumour"] == "1 d"
    assert values["persistence, redo"] == "50 %, after 15 s"
    assert values["paste probability"] == "3 %"
    assert values["reading delay"] == "lognormal, median 15 min, sigma 1.5"
    assert values["contacts per user"] == "lognormal, mean 35, sigma 0.8"


def test_what_nobody_has_measured_has_no_source():
    without = {name for name, parameter in by_name(Scenario()).items() if parameter.source is None}
    assert {
        "share probability, rumour",
        "wanted audience",
        "persistence, redo",
        "susceptibility",
    } <= without
    assert not {"half-life, rumour", "reading delay", "paste probability"} & without


@pytest.mark.parametrize(
    ("change", "name", "value"),
    [
        ({"persistence": 0.9}, "persistence, redo", "90 %, after 15 s"),
        ({"susceptibility_shape": None}, "susceptibility", "everybody alike"),
        ({"night": False}, "night", "read at night too"),
        ({"audience": Audience.EACH}, "recovery", "never"),
        (
            {"audience": Audience.EACH, "recovery": DelayLaw(60.0, 1.0)},
            "recovery",
            "lognormal, median 1 min, sigma 1",
        ),
        (
            {"reading_delay": DelayLaw(600.0, form=DelayForm.EXPONENTIAL)},
            "reading delay",
            "exponential, median 10 min",
        ),
        ({"audience": Audience.REPEAT}, "rounds", "every 1 h, without end"),
        (
            {"audience": Audience.REPEAT, "interval_seconds": 60, "round_recovery": 0.2},
            "rounds",
            "every 1 min, each the last with a chance of 20 %",
        ),
    ],
)
def test_a_changed_parameter_shows_its_value(change, name, value):
    assert by_name(Scenario(behaviour=Behaviour(**change)))[name].value == value


def test_whoever_repeats_reads_and_picks_and_neither_goes_on_nor_pastes():
    found = by_name(Scenario(behaviour=Behaviour(Audience.REPEAT)))
    assert {"reading delay", "wanted audience", "group chance per pick", "rounds"} <= set(found)
    assert not {"persistence, redo", "paste probability", "recovery"} & set(found)


def test_a_source_for_the_lognormal_form_is_none_for_another():
    other = Behaviour(reading_delay=DelayLaw(form=DelayForm.EXPONENTIAL))
    source = by_name(Scenario(behaviour=other))["reading delay"].source
    assert source is not None
    assert "lognormal" not in source


def test_a_single_content_needs_no_name_and_may_never_go_stale():
    found = by_name(Scenario(contents=(Content("rumour", half_life_seconds=None),)))
    assert found["half-life"].value == "never stale"


def test_a_network_from_files_is_its_own_source():
    found = by_name(evolve(Scenario(), population=Stored(contacts=Path("ties.csv"))))
    assert found["network"].source == "the files given"
    assert "group sizes" not in found


def test_the_uniform_population_says_what_it_is():
    found = by_name(evolve(Scenario(), population=Uniform(contacts_per_user=7)))
    assert found["contacts per user"].value == "7, each a random user"
