from __future__ import annotations

import attrs
import pytest

from chatsim.errors import ConfigurationError
from chatsim.population.values import Population
from chatsim.study.populations import (
    NATIONAL_USERS,
    STORED_USERS_MAX,
    build_population,
    description_of,
    people_of,
    require_group_max,
    users_of,
)
from chatsim.study.scenario import Generated, GroupMax, Scenario, Stored, Uniform
from tests.studies import population_of_nobody

MANY = Generated(users=STORED_USERS_MAX + 1)


def test_many_generated_people_are_not_stored():
    assert not isinstance(people_of(MANY), Population)
    assert people_of(MANY).users == MANY.users
    assert isinstance(people_of(Generated(users=50)), Population)
    assert isinstance(people_of(Uniform(users=50)), Population)


def test_whoever_needs_them_stored_is_told_about_the_engine():
    with pytest.raises(ConfigurationError, match=r"users is 5,000,001; .*--backend engine"):
        build_population(MANY)


def test_people_in_use_are_not_built_a_second_time():
    spec = Generated(users=60)
    people = people_of(spec)
    assert people_of(spec) is people
    assert people_of(attrs.evolve(spec, seed=2)) is not people


def test_people_are_counted_without_being_made(tmp_path, monkeypatch):
    specs = [Generated(users=150), Uniform(users=40, contacts_per_user=4)]
    made = [build_population(spec).users for spec in specs]
    pairs = tmp_path / "pairs.txt"
    pairs.write_text("1 2\n2 3\n")
    assert users_of(Stored(contacts=pairs)) == 3
    monkeypatch.setattr("chatsim.study.populations.build_population", None)
    assert [users_of(spec) for spec in specs] == made
    with pytest.raises(ConfigurationError, match="--backend engine"):
        users_of(MANY)


def test_groups_that_nobody_has_written_down_cannot_be_limited():
    scenario = Scenario(population=MANY, group_max=GroupMax.POLICY)
    with pytest.raises(ConfigurationError, match="group_max is policy"):
        require_group_max(scenario)
    require_group_max(attrs.evolve(scenario, group_max=GroupMax.POPULATION))
    require_group_max(attrs.evolve(scenario, population=Generated(users=50)))


def test_a_country_is_said_to_be_none(tmp_path):
    few, many = population_of_nobody(10), people_of(Generated(users=NATIONAL_USERS + 1))
    assert description_of(Generated(users=10), few) == "10 people (by hand)"
    assert description_of(Generated(users=many.users), many) == (
        "10,000,001 people (generated population; no national data in it)"
    )
    stored = Stored(contacts=tmp_path)
    assert description_of(stored, many) == many.description
