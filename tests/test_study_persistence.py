from __future__ import annotations

import attrs
import pytest

import chatsim
from chatsim.behaviour.values import Audience, Behaviour
from chatsim.policy.presets import preset
from chatsim.study import persistence
from chatsim.study.scenario import Generated, Scenario

POLICIES = (preset("uncapped"), preset("whatsapp-latest"))
SMALL = Scenario(population=Generated(users=120), runs=4)


def compare(**options):
    return chatsim.compare(
        SMALL, policies=["uncapped", "whatsapp-latest"], check_over_tcp=False, **options
    )


@pytest.fixture(scope="module")
def study():
    return compare()


def test_every_summary_has_the_answer_at_three_values(study):
    found = study.summary.persistence
    assert [answer.persistence for answer in found.answers] == [0.0, 0.5, 0.9]
    assert found.runs == 4
    for answer in found.answers:
        assert [each.policy for each in answer.policies] == ["uncapped", "whatsapp-latest"]


def test_the_answer_at_the_studys_own_value_is_the_studys(study):
    own = study.summary.persistence.answers[1]
    reach = study.summary.headline("whatsapp-latest").reach
    assert own.policies[1].reach.value == reach.value


def test_the_answer_at_another_value_is_that_of_a_study_with_this_value(study):
    behaviour = attrs.evolve(SMALL.behaviour, persistence=0.9)
    other = chatsim.compare(
        attrs.evolve(SMALL, behaviour=behaviour),
        policies=["uncapped", "whatsapp-latest"],
        check_over_tcp=False,
        persistence=False,
    )
    expected = other.summary.headline("whatsapp-latest").reach.value
    assert study.summary.persistence.answers[2].policies[1].reach.value == expected
    assert (
        other.summary.headline("uncapped").reach_per_run
        == study.summary.headline("uncapped").reach_per_run
    )


def test_memory_gives_the_same_answers(study):
    assert compare(backend="memory").summary == study.summary


def test_half_of_the_runs_are_played_and_at_least_ten():
    assert [persistence.runs_of(attrs.evolve(SMALL, runs=n)) for n in (4, 12, 40, 41)] == [
        4,
        10,
        20,
        21,
    ]


def test_a_study_says_why_it_did_not_play_them():
    def why(scenario=SMALL, users=120, asked=None, policies=POLICIES):
        return persistence.why_not(asked, scenario, users, policies)

    assert why() is None
    assert "--no-persistence" in why(asked=False)
    assert "unasked; --persistence" in why(users=10_000_000)
    assert why(users=10_000_000, asked=True) is None
    each = attrs.evolve(SMALL, behaviour=Behaviour(audience=Audience.EACH))
    assert "the audience is each" in why(each, asked=True)
    assert "no policy to compare" in why(policies=POLICIES[:1])
