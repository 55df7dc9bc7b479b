"""Calibration files: units, ranges, and one sentence for whatever cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatsim.errors import ConfigurationError
from chatsim.study.calibration.files import (
    among,
    load_calibration,
    packaged_calibrations,
    read_calibration,
)
from chatsim.study.calibration.settings import SETTINGS
from chatsim.study.calibration.values import Measure, Scale, Use
from chatsim.study.scenario import Scenario, Stored, Uniform

GOOD = """
scenario = "rumour"
users = "2k"

[[parameters]]
name = "half_life"
low = "6 h"
high = "2 d"
scale = "log"

[[parameters]]
name = "persistence"
low = "10 %"
high = 0.5

[[targets]]
name = "less"
use = "fit"
measure = "forwards"
policy = "cap-5"
against = "cap-20"
value = "75 %"
tolerance = 0.03
source = "somebody"
"""


def read(tmp_path: Path, text: str):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return read_calibration(path)


def test_a_file_is_read_with_its_units(tmp_path: Path) -> None:
    made = read(tmp_path, GOOD)
    half_life, persistence = made.parameters
    assert made.name == "mine"
    assert made.scenario.population.users == 2_000
    assert (half_life.low, half_life.high, half_life.scale) == (21_600, 172_800, Scale.LOG)
    assert (persistence.low, persistence.high) == (0.1, 0.5)
    (target,) = made.targets
    assert (target.said, target.use, target.measure) == (0.75, Use.FIT, Measure.FORWARDS)
    assert target.policies == ("cap-5", "cap-20")


def test_what_comes_with_chatsim_can_be_read() -> None:
    assert packaged_calibrations() == ("both-claims", "claims")
    claims, both = load_calibration("claims"), load_calibration("both-claims")
    assert [target.name for target in claims.fitted] == ["claim-2019"]
    assert [target.name for target in both.fitted] == ["claim-2019", "claim-2020"]
    assert claims.parameters == both.parameters
    assert {target.use for target in claims.targets[1:]} == {Use.PREDICT}


def test_a_policy_of_ones_own_lies_beside_the_file(tmp_path: Path) -> None:
    made = read(tmp_path, GOOD)
    (tmp_path / "four.toml").write_text('name = "four"\n[[tiers]]\nchats = "4 chats"\n')
    made = read(tmp_path, GOOD.replace('"cap-5"', '"four.toml"'))
    assert made.policies_of(made.targets[0])[0].name == "four"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"persistence"', '"persistance"', "which no calibration moves.*did you mean persistence"),
        ('low = "10 %"', 'low = "60 %"', r"low is 60 % and high 50 % for persistence"),
        ('low = "6 h"', 'low = "0 s"', "log scale takes a low above 0"),
        ('low = "6 h"', "low = 6", "low is 6; it takes a number with a unit"),
        ('"forwards"', '"likes"', "measure is 'likes'; it takes forwards or copies"),
        ('"cap-20"', '"cap-twenty"', "there is no policy named 'cap-twenty'"),
        ("tolerance = 0.03", "tolerance = 0", "it takes a number above 0"),
        ('use = "fit"', 'use = "predict"', "fits nothing"),
        ('source = "somebody"', "", "source is missing"),
        ('source = "somebody"', 'source = "x"\nsize = 3', "size is not a key of this table"),
        ('source = "somebody"', 'source = "x"\ncontent = "joke"', "content is 'joke' for less"),
        ('users = "2k"', "points = 3", "points is 3; it takes a whole number from 16"),
        ('users = "2k"', "runs = 2", "runs is 2; it takes a whole number from 4"),
        ('name = "persistence"', 'name = "half_life"', "low is '10 %'; it takes a number with a"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_with_the_file(tmp_path, old, new, sentence) -> None:
    assert old in GOOD
    with pytest.raises(ConfigurationError, match=sentence) as refused:
        read(tmp_path, GOOD.replace(old, new, 1))
    assert "mine.toml" in str(refused.value) or "policy" in str(refused.value)


def test_two_of_one_name_are_refused(tmp_path: Path) -> None:
    twice = GOOD + GOOD[GOOD.index("[[targets]]") :]
    with pytest.raises(ConfigurationError, match="two targets named less"):
        read(tmp_path, twice)


def test_an_unknown_name_is_refused_with_the_closest() -> None:
    with pytest.raises(
        ConfigurationError, match=r"no calibration named claim.*did you mean claims"
    ):
        load_calibration("claim")


def test_parameters_of_generated_people_take_generated_people(tmp_path: Path) -> None:
    uniform = tmp_path / "uniform.toml"
    uniform.write_text('[population]\nkind = "uniform"\nusers = 500\n')
    text = GOOD.replace('"rumour"', '"uniform.toml"').replace(
        'name = "persistence"\nlow = "10 %"\nhigh = 0.5', 'name = "groups_mean"\nlow = 2\nhigh = 8'
    )
    with pytest.raises(ConfigurationError, match="groups_mean shapes generated people"):
        read(tmp_path, text)


def test_people_from_files_cannot_be_made_more() -> None:
    with pytest.raises(ConfigurationError, match="the people come from files"):
        among(Scenario(population=Stored(contacts=Path("friends.csv"))), 500)
    assert among(Scenario(population=Uniform()), 500).population.users == 500


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_every_parameter_moves_what_it_names_and_nothing_else(name: str) -> None:
    scenario = Scenario()
    moved = SETTINGS[name].moved(scenario, 0.75)
    assert moved != scenario
    assert SETTINGS[name].moved(moved, 0.75) == moved
