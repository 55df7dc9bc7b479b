from __future__ import annotations

import pytest

from chatsim.policy import Policy
from chatsim.study.analysis import summarise
from chatsim.study.frontier import HARMLESS, HELD_BACK
from tests.studies import JOKE, RUMOUR, UNCAPPED, policy_runs, population_of_nobody, scenario

CONTROL = [[400, 100], [420, 90], [380, 110], [390, 100]]
GOOD = [[200, 95], [210, 85], [190, 105], [195, 95]]
BAD = [[300, 60], [310, 55], [290, 65], [295, 60]]
STRICT = [[100, 50], [110, 45], [90, 55], [95, 50]]


def frontier(contents=(RUMOUR, JOKE), **policies):
    made = [policy_runs(UNCAPPED, [run[: len(contents)] for run in CONTROL], [])]
    for name, reaches in policies.items():
        made.append(policy_runs(Policy(name), [run[: len(contents)] for run in reaches], []))
    played = scenario(contents=contents)
    return summarise(played, population_of_nobody(), made).frontier


def test_harm_prevented_and_price_are_shares_of_reach_lost():
    found = frontier(good=GOOD)
    assert found.price == HARMLESS
    assert found.tradeoffs[0].prevented.value == pytest.approx(0.5)
    assert found.tradeoffs[0].price.value == pytest.approx(0.05)


def test_a_policy_that_costs_more_and_prevents_less_is_beaten_and_said_so():
    found = frontier(good=GOOD, bad=BAD, strict=STRICT)
    by_name = {each.policy: each for each in found.tradeoffs}
    assert (by_name["bad"].beaten_by, by_name["bad"].beaten) == ("good", 1.0)
    assert by_name["good"].beaten_by is by_name["strict"].beaten_by is None
    assert found.sentence == (
        "bad costs more and prevents less than good in 100 % of resampled studies."
    )


def test_equal_policies_do_not_beat_each_other():
    found = frontier(good=GOOD, same=GOOD)
    assert all(each.beaten_by is None for each in found.tradeoffs)
    assert "no policy is beaten" in found.sentence
    assert found.sentence.endswith("good and same do equally well.")


def test_what_is_equal_in_one_figure_and_worse_in_the_other_is_beaten():
    dearer = [[harmful, harmless - 10] for harmful, harmless in GOOD]
    weaker = [[harmful + 20, harmless] for harmful, harmless in GOOD]
    found = frontier(dearer=dearer, good=GOOD, weaker=weaker)
    by_name = {each.policy: each for each in found.tradeoffs}
    assert by_name["good"].beaten_by is None
    for name in ("dearer", "weaker"):
        assert (by_name[name].beaten_by, by_name[name].beaten) == ("good", 1.0)
    assert found.sentence == (
        "dearer costs more and prevents no more than good in 100 % of resampled studies and "
        "weaker costs as much and prevents less than good in 100 % of resampled studies."
    )


def test_two_equal_policies_beat_a_third_and_only_the_first_is_named():
    found = frontier(bad=BAD, good=GOOD, same=GOOD)
    assert [each.beaten_by for each in found.tradeoffs] == ["good", None, None]
    assert found.sentence == (
        "bad costs more and prevents less than good in 100 % of resampled studies. "
        "good and same do equally well."
    )


def test_without_harmless_contents_the_price_is_what_is_held_back():
    found = frontier((RUMOUR,), good=GOOD)
    assert found.price == HELD_BACK
    assert found.tradeoffs[0].price.value > 0


def test_there_is_no_frontier_without_harm_or_without_another_policy():
    assert frontier((JOKE,), good=GOOD) is None
    assert frontier() is None
