from __future__ import annotations

from chatsim.policy import Policy
from chatsim.study.beyond_sentences import ranking_sentence
from chatsim.study.ranking import ranking
from tests.studies import policy_runs


def runs(name, *reaches):
    return policy_runs(Policy(name), [[reach] for reach in reaches], [])


def test_policies_stand_in_the_order_of_their_mean_reach_and_each_is_compared_with_the_next():
    found = ranking([runs("a", 50, 60, 70), runs("b", 10, 12, 11), runs("c", 30, 40, 35)], 0)
    assert found.policies == ("a", "c", "b")
    assert [(step.farther, step.nearer) for step in found.steps] == [("a", "c"), ("c", "b")]
    assert found.steps[1].difference.absolute.value == 11 - 35
    assert found.flips == 0.0


def test_an_order_that_hangs_on_one_run_flips_in_some_resampled_studies():
    found = ranking([runs("a", 50, 50, 50, 50), runs("b", 60, 60, 60, 10)], 0)
    assert found.policies == ("a", "b")
    assert 0.1 < found.flips < 0.9
    assert found.steps[0].difference.flips == 0.75
    titles = {"a": "A", "b": "B"}
    assert "do not tell apart B and A" in ranking_sentence(found, titles, 4)


def test_equal_policies_never_flip_and_one_has_no_ranking():
    assert ranking([runs("a", 5, 6), runs("b", 5, 6)], 0).flips == 0.0
    assert ranking([runs("a", 5, 6)], 0) is None
