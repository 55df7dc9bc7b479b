"""Whom a server serves, and what else the options and a parent's environment stand for."""

from __future__ import annotations

from pathlib import Path

from attrs import evolve

import chatsim
from chatsim.cli.serve_values import enforcement, refill_ticks, roster, secret
from chatsim.model import Enforcement
from chatsim.policy.presets import resolve
from chatsim.population.handing import write_people
from chatsim.study.populations import build_population
from chatsim.study.scenario import Generated
from chatsim.study.scenario_files import load_scenario

POLICIES = Path(chatsim.__file__).parent / "study" / "scenarios" / "policies"


def test_people_that_a_parent_hands_on_are_those_served_and_others_are_made(tmp_path, monkeypatch):
    scenario = evolve(load_scenario("rumour"), population=Generated(users=60))
    made = roster(scenario, resolve("cap-5"), None, None)
    handed = build_population(Generated(users=60, seed=9))
    write_people(handed, tmp_path / "people")
    monkeypatch.setenv("CHATSIM_PEOPLE", str(tmp_path / "people"))
    served = roster(scenario, resolve("cap-5"), None, None)
    assert [served.members(group) for group in range(served.groups)] == [
        handed.members_of(group).tolist() for group in range(handed.group_count)
    ]
    again = roster(scenario, resolve("cap-5"), None, None)
    of_each = [[each.members(group) for group in range(each.groups)] for each in (made, again)]
    assert of_each[0] == of_each[1]
    assert served.groups != made.groups or served.members(0) != made.members(0)


def test_the_users_of_a_scenario_live_where_the_scenario_says():
    scenario = load_scenario("india-2018")
    scenario = evolve(scenario, population=Generated(users=2_048))
    served = roster(scenario, resolve(f"{POLICIES}/india-2018.toml"), None, None)
    assert [part.region for part in served.parts] == [each.name for each in scenario.regions]
    first, last = served.part_of(0), served.part_of(2_047)
    assert (first, last) == (0, len(served.parts) - 1)


def test_what_an_option_says_comes_before_what_the_scenario_says():
    scenario = evolve(load_scenario("rumour"), enforcement=Enforcement.CLIENT)
    assert enforcement(None, None) is Enforcement.CLEAR
    assert enforcement(None, scenario) is Enforcement.CLIENT
    assert enforcement("receipt", scenario) is Enforcement.RECEIPT
    assert refill_ticks(None, scenario) == scenario.behaviour.pause_seconds
    assert refill_ticks("2 min", scenario) == 120


def test_a_secret_is_read_once_and_is_nowhere_afterwards(monkeypatch):
    monkeypatch.setenv("CHATSIM_DRIVE_SECRET", "abc")
    assert secret() == b"abc"
    assert secret() == b""
