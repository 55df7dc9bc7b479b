"""The memory backend against the naive twin: identical copies, whatever people and policies do."""

from __future__ import annotations

from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatsim.behaviour.values import Audience
from chatsim.cascade.values import RunOutcome
from chatsim.model import Enforcement
from chatsim.policy import Breaker, Takedown
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


@st.composite
def stopped_cases(draw: st.DrawFn) -> Case:
    """Cases in which officers act: many complain, and what is sent much is paused."""
    case = draw(cases_beyond_caps())
    law = Audience.REPEAT if case.behaviour.audience is Audience.REPEAT else Audience.PICK
    complaints, review = draw(st.integers(1, 3)), draw(st.sampled_from([0, 1, 59, 3_600]))
    policy = evolve(
        case.policy,
        cap_person=None,
        cap_total=None,
        hop_limit=None,
        cap_hour=draw(st.sampled_from([None, 6])),
        breaker=Breaker(draw(st.sampled_from([8, 25])), 600, draw(st.sampled_from([60, 7_200]))),
        takedown=Takedown(complaints, review),
    )
    behaviour = evolve(case.behaviour, audience=law, complaint_probability=0.15)
    return evolve(case, policy=policy, behaviour=behaviour, enforcement=Enforcement.CLEAR)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_relay_and_people_give_the_twins_copies(case: Case) -> None:
    assert relayed(case).differences(twin.play(**case.arguments())) == []


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases_beyond_caps())
def test_and_so_they_do_under_rules_beyond_caps(case: Case) -> None:
    assert relayed(case).differences(twin.play(**case.arguments())) == []


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stopped_cases())
def test_and_where_contents_are_paused_and_taken_down(case: Case) -> None:
    assert relayed(case).differences(twin.play(**case.arguments())) == []
