"""The memory backend against the naive twin: identical copies, whatever people and policies do."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from chatsim.cascade.values import RunOutcome
from chatsim.study.backend import RunPlan
from chatsim.testing import twin
from chatsim_clients.memory import RelayedPeople
from chatsim_clients.world import Rules, Setting
from tests.cases import Case, cases
from tests.cases_beyond_caps import cases_beyond_caps


def relayed(case: Case) -> RunOutcome:
    rules = Rules(case.behaviour, case.contents, case.duration_seconds, case.enforcement, case.seed)
    people = RelayedPeople(Setting.of(rules, case.population, case.parts))
    return people.play(case.policy, RunPlan(case.run, case.originators))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_relay_and_people_give_the_twins_copies(case: Case) -> None:
    assert relayed(case).differences(twin.play(**case.arguments())) == []


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases_beyond_caps())
def test_and_so_they_do_under_rules_beyond_caps(case: Case) -> None:
    assert relayed(case).differences(twin.play(**case.arguments())) == []
