"""What simulated A/B tests come to, in sentences."""

from __future__ import annotations

from attrs import evolve

from chatsim.study.rollout.sentences import change, points
from chatsim.study.summary import Chance, Estimate
from tests.rollouts import BY_COMMUNITY, rollout_found, trial


def test_the_truth_comes_first_and_then_what_each_test_makes_of_it() -> None:
    truth, person, community, advice = rollout_found().answer
    assert truth == (
        "If everybody got 1 chat at a time, the rumour would reach 20 % fewer (17 to 23 %) people than uncapped."
    )
    assert "Randomised person by person, the test says 2 % fewer (1 to 4 %)" in person
    assert "it sees 10 % of the effect" in person
    assert "finds it in 9 of 30, and pooling about" in person
    assert "Randomised by communities" in community
    assert "it sees 85 % of the effect" in community
    assert advice.startswith("Randomise by communities: where the policy is given out person")


def test_another_control_is_named() -> None:
    first = rollout_found(control_title="5 chats at a time").answer[0]
    assert first.endswith("people than under 5 chats at a time.")


def test_where_no_test_is_faithful_the_nearest_is_named() -> None:
    far = trial("community", units=40, estimate=Estimate(-0.1, -0.15, -0.05))
    advice = rollout_found(trial(), far).answer[-1]
    assert advice.startswith("No way to randomise sees most of it")
    assert advice.endswith("By communities comes closest.")


def test_where_every_test_is_faithful_nothing_is_advised_against() -> None:
    answer = rollout_found(BY_COMMUNITY).answer
    assert answer[-1] == "Every way to randomise sees most of the effect."


def test_a_test_that_points_the_other_way_sees_nothing() -> None:
    wrong = trial(estimate=Estimate(0.01, -0.01, 0.02))
    assert "0.01" not in rollout_found(wrong).answer[1]
    assert "1 % more (-1 to 2 %): it sees nothing of the effect" in rollout_found(wrong).answer[1]


def test_too_few_units_are_said_to_be_too_few() -> None:
    few = evolve(BY_COMMUNITY, units=3, power=None)
    found = rollout_found(trial(), few)
    assert "3 units are too few to test anything" in found.answer[2]
    assert found.weakness == (
        "There are only 3 communities, so that an arm is a handful of them; try more users.",
    )


def test_without_an_effect_there_is_nothing_to_find_and_the_study_is_weak() -> None:
    nothing = trial(truth=Estimate(-0.01, -0.03, 0.02))
    found = rollout_found(nothing)
    (sentence,) = found.answer
    assert sentence.endswith("there is no effect for a test to find.")
    assert "not told from zero in 30 replicates; try more --runs" in found.weakness[0]


def test_where_nobody_is_reached_a_test_has_nothing_to_find() -> None:
    found = rollout_found(trial(content="another"))
    assert found.answer == ("Nobody is reached by the rumour, so that a test has nothing to find.",)


def test_a_test_that_always_finds_it_needs_no_pooling() -> None:
    sure = trial(power=Chance(30, 30, 0.88, 1.0))
    assert rollout_found(sure).answer[1].endswith("finds it in 30 of 30.")


def test_changes_and_biases_without_an_interval_have_none() -> None:
    assert change(Estimate(-0.2, None, None)) == "20 % fewer"
    assert points(Estimate(0.05, None, None)) == "+5.0"
    assert points(Estimate(-0.05, -0.06, -0.04)) == "-5.0 (-6.0 to -4.0)"
