"""The engine under rules beyond caps: the naive twin's copies, whatever threads and people."""

from __future__ import annotations

import functools

import pytest
from hypothesis import HealthCheck, given, settings

from chatsim.randomness import tables
from tests.cases import Case
from tests.cases_beyond_caps import cases_beyond_caps
from tests.engines import assert_same_measures, by_twin, engine_of


@pytest.fixture(scope="module", autouse=True)
def laws_are_inverted_once():
    """Hundreds of cases ask for the same few laws of susceptibility."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "gamma", functools.cache(tables.gamma))
        yield


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(cases_beyond_caps())
def test_the_engine_gives_the_twins_copies_and_a_tally_their_measures(case: Case) -> None:
    expected = by_twin(case)
    engine = engine_of(case)
    plan = {"run": case.run, "originators": case.originators}
    assert engine.play(case.policy, **plan).differences(expected) == []
    assert_same_measures(engine.tally(case.policy, **plan), expected, case.policy, case.parts)
