"""Scenarios as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from chatsim.study.scenario import Generated, GroupMax, Scenario, Stored, Uniform
from chatsim.study.scenario_json import scenario_from_json, scenario_to_json

SEEDS = st.integers(0, 2**64 - 1)
SHARES = st.floats(0, 1)
LAWS = st.builds(DelayLaw, st.floats(0, 1e6), st.floats(0, 5), st.sampled_from(DelayForm))
PATHS = st.text(min_size=1, max_size=10).map(Path)
POPULATIONS = st.one_of(
    st.builds(Generated, st.integers(5, 10**9), SEEDS),
    st.builds(Uniform, st.integers(5, 10**9), st.integers(1, 100), SEEDS),
    st.builds(Stored, PATHS, st.none() | PATHS, SEEDS),
    st.builds(Stored, st.none(), PATHS, SEEDS),
)
CONTENTS = st.builds(
    Content,
    st.text(min_size=1),
    SHARES,
    st.none() | st.floats(1, 1e9),
    st.booleans(),
    st.sampled_from(Kind),
    st.integers(1, 10**6),
)
BEHAVIOURS = st.builds(
    Behaviour,
    audience=st.sampled_from(Audience),
    group_chance=SHARES,
    modified_clients=st.sampled_from([0.0, 0.01, 0.5]),
    pasting_clients=st.sampled_from([0.0, 0.125, 0.5]),
    reading_delay=LAWS,
    susceptibility_shape=st.none() | st.floats(0.1, 10),
    first_send=st.sampled_from(FirstSend),
    recovery=st.none() | LAWS,
    interval_seconds=st.integers(2_000, 10**6),
    round_recovery=SHARES,
)
SCENARIOS = st.builds(
    Scenario,
    name=st.text(),
    population=POPULATIONS,
    contents=st.lists(CONTENTS, min_size=1, max_size=3, unique_by=lambda c: c.name).map(tuple),
    behaviour=BEHAVIOURS,
    originators=st.none() | st.integers(1, 5),
    duration_seconds=st.integers(1, 10**8),
    seed=SEEDS,
    enforcement=st.sampled_from(Enforcement),
    group_max=st.sampled_from(GroupMax),
    redraw_population=st.booleans(),
    policies=st.lists(st.text(), min_size=1, max_size=3).map(tuple),
)


@given(SCENARIOS)
def test_a_scenario_comes_back_as_itself_and_equal_ones_give_equal_text(scenario):
    text = scenario_to_json(scenario)
    again = scenario_from_json(text)
    assert again == scenario
    assert scenario_to_json(again) == text


def test_every_field_is_written_out_with_the_kind_of_population():
    written = json.loads(scenario_to_json(Scenario()))
    assert written["population"]["kind"] == "generated"
    assert written["behaviour"]["reading_delay"] == {
        "median_seconds": 900.0,
        "sigma": 1.5,
        "form": "lognormal",
    }
    assert written["enforcement"] == "clear"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "3",
        '{"rums": 3}',
        '{"runs": 0}',
        '{"population": {"kind": "real"}}',
        '{"contents": [{}]}',
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(ConfigurationError):
        scenario_from_json(text)
