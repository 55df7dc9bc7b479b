from __future__ import annotations

import attrs
import pytest

from chatsim.model import ONE_DAY, ONE_HOUR
from chatsim.policy import Policy
from chatsim.population.parts import Rollout, Unit
from chatsim.study.analysis import summarise
from chatsim.study.sentences import (
    against_text,
    half_time_text,
    loss_text,
    percent,
    readers,
    rollout_text,
    rough_duration,
    study_sentence,
)
from chatsim.study.statistics import half_time
from chatsim.study.summary import Difference, Estimate
from tests.studies import (
    FIVE,
    RUMOUR,
    UNCAPPED,
    policy_runs,
    population_of_nobody,
    scenario,
    small_summary,
)


def test_the_sentence_above_the_table_says_what_was_run():
    sentence = study_sentence(RUMOUR, 5, "2,000 people (generated)", 14 * ONE_DAY, 40)
    assert sentence == (
        "A rumour that 4 readers in 10 forward, 5 originators, 2,000 people (generated), 14 days, 40 runs"
    )


@pytest.mark.parametrize(
    ("rollout", "regions", "words"),
    [
        (Rollout(share=0.5), 0, "50 % of people (1,000 of 2,000)"),
        (Rollout(Unit.COMMUNITY, 0.5), 0, "50 % of communities (1 of 2)"),
        (Rollout(Unit.REGION, 0.25), 3, "25 % of regions (1 of 3)"),
        (Rollout(regions=("east",), cohorts=("testers",)), 2, "east and testers"),
    ],
)
def test_a_rollout_says_whom_it_reaches(rollout, regions, words):
    said = f"policies for {words}, uncapped for the rest"
    assert rollout_text(rollout, 2_000, regions) == said
    assert study_sentence(RUMOUR, 1, "2 people", ONE_DAY, 1, said).endswith(f"1 run, {said}")


def test_the_line_above_the_table_tells_of_the_rollout():
    played = scenario(rollout=Rollout(share=0.5))
    summary = summarise(played, population_of_nobody(), [policy_runs(UNCAPPED, [[400, 100]], [])])
    assert ", policies for 50 % of people (" in summary.study.sentence


def test_the_sentence_minds_its_articles_and_plurals():
    alert = attrs.evolve(RUMOUR, name="alert", share_probability=0.1)
    assert study_sentence(alert, 1, "2 people", 6 * ONE_HOUR, 1) == (
        "An alert that 1 reader in 10 forwards, 1 originator, 2 people, 6 h, 1 run"
    )


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.4, "4 readers in 10 forward"),
        (0.25, "25 readers in 100 forward"),
        (0.01, "1 reader in 100 forwards"),
        (0.725, "725 readers in 1000 forward"),
        (0.7, "7 readers in 10 forward"),
        (1.0, "every reader forwards"),
        (0.0, "0 readers in 10 forward"),
        (0.33333, "333 readers in 1000 forward"),
    ],
)
def test_shares_are_said_as_people_say_them(share, words):
    assert readers(share) == words


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (187_345, "2 d 4 h"),
        (2 * ONE_DAY, "2 d"),
        (ONE_DAY - 1, "1 d"),
        (ONE_HOUR - 1, "1 h"),
        (5_400, "1 h 30 min"),
        (2_079, "35 min"),
        (61, "1 min 1 s"),
        (59, "59 s"),
        (0, "0 s"),
    ],
)
def test_durations_have_at_most_two_units(seconds, text):
    assert rough_duration(seconds) == text


def test_half_as_far_is_a_time_or_never_or_no_outbreak():
    assert half_time_text(half_time([187_345], 0)) == "2 d 4 h"
    assert half_time_text(half_time([None] * 31 + [5] * 9, 0)) == "never (31 runs)"
    assert half_time_text(half_time([None], 0)) == "never (1 run)"
    assert half_time_text(half_time([], 40)) == "no outbreak"


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.384, "38"), (0.0321, "3.2"), (0.03, "3"), (0.0004, "0"), (-0.0001, "0"), (0.0999, "10")],
)
def test_percentages_have_two_digits_that_matter(share, text):
    assert percent(share) == text


def test_a_difference_is_fewer_or_more_or_not_seen():
    fewer = Estimate(-0.38, -0.45, -0.31)
    assert against_text(Difference(Estimate(-9.0, -12.0, -7.0), fewer, 0.0), 40) == (
        "38 % fewer (31 to 45 %)"
    )
    more = Estimate(0.12, 0.05, 0.2)
    assert (
        against_text(Difference(Estimate(9.0, 7.0, 12.0), more, 0.0), 40) == "12 % more (5 to 20 %)"
    )
    unseen = Difference(Estimate(-1.0, -3.0, 1.0), fewer, 0.0)
    assert against_text(unseen, 40) == "no difference seen in 40 runs"
    assert against_text(None, 40) == "-"


def test_a_negative_loss_is_a_gain():
    assert loss_text(Estimate(0.22, 0.15, 0.3)) == "22 % fewer (15 to 30 %)"
    assert loss_text(Estimate(-0.02, -0.03, -0.01)) == "2 % more (1 to 3 %)"


def test_the_finding_is_of_the_policy_that_lowers_reach_most():
    assert small_summary().finding == (
        "Under Five chats the rumour reached 158 of 600 people on average, "
        "50 % fewer (50 to 50 %) than uncapped; big outbreaks fell from 3 to 1 of 4."
    )


def test_the_answer_has_three_sentences_and_begins_with_the_finding():
    answer = small_summary().answer
    assert len(answer) == 3
    assert answer[0] == small_summary().finding
    assert answer[1].startswith("The price under Five chats: harmless content reaches 6.2 % fewer")
    assert answer[2] == (
        "Half as far as uncapped takes 3 h 19 min; uncapped itself takes 3 h 19 min; "
        "over 4 runs every other policy differs visibly from uncapped."
    )


def summary_of(uncapped, five, singles=((300, 1),) * 4):
    runs = [policy_runs(UNCAPPED, uncapped, singles), policy_runs(FIVE, five, singles)]
    return summarise(scenario(), population_of_nobody(), runs)


NOISY = ([[400, 9], [10, 9], [300, 9]], [[10, 9], [400, 9], [290, 9]])


def test_no_visible_difference_is_said_and_not_called_equal():
    summary = summary_of(*NOISY)
    assert summary.finding.startswith("No policy lowered the reach of the rumour visibly in 3 runs")
    assert "over 3 runs no difference from uncapped was seen for Five chats" in summary.answer[2]


def test_one_policy_alone_is_compared_with_nothing():
    runs = [policy_runs(UNCAPPED, [[400, 9], [300, 9]], [])]
    summary = summarise(scenario(), population_of_nobody(), runs)
    assert summary.finding == (
        "Uncapped, the rumour reached 350 of 600 people on average; "
        "there is no other policy to compare with."
    )
    assert summary.answer == (summary.finding,)


def test_where_half_is_never_reached_the_answer_says_in_how_many_runs():
    summary = summary_of([[400, 9], [400, 9], [10, 9]], [[100, 9], [90, 9], [9, 9]])
    assert (
        "In 2 of 2 runs it never gets half as far as uncapped within 14 days" in summary.answer[2]
    )


def test_a_cap_of_nothing_has_its_price():
    nothing = summary_of([[400, 9], [390, 9]], [[1, 1], [1, 1]])
    assert "nothing can be forwarded at all" in nothing.answer[1]


@pytest.fixture(autouse=True)
def few_runs_will_do(monkeypatch):
    """The studies here are worked out by hand and have two or three runs."""
    monkeypatch.setattr("chatsim.study.sentences.RUNS_FEW", 0)


def test_few_runs_are_said_to_say_little(monkeypatch):
    monkeypatch.setattr("chatsim.study.sentences.RUNS_FEW", 5)
    (reason,) = summary_of([[400, 9], [410, 9]], [[200, 9], [210, 9]]).weakness
    assert reason == (
        "2 runs cannot tell a policy's effect from chance, and an interval from so few says little; "
        "try --runs 20."
    )


def test_a_study_that_tells_policies_apart_is_not_weak():
    # The summary may have been made for another test, in which its few runs are said to say little.
    reasons = [each for each in small_summary().weakness if "from so few" not in each]
    assert reasons == []


def test_a_study_that_rarely_breaks_out_is_weak():
    summary = summary_of(
        [[40, 9], [41, 9]], [[20, 9], [20, 9]], singles=((300, 1),) + ((1, 1),) * 9
    )
    assert len(summary.weakness) == 1
    assert "only 1 of 10 runs" in summary.weakness[0]
    assert "--share auto" in summary.weakness[0]


def test_a_study_without_visible_differences_is_weak():
    summary = summary_of(*NOISY)
    assert "nearly" not in summary.weakness[0]
    assert "4 of 4 runs with one originator became a big outbreak" in summary.weakness[0]
    assert "No policy's reach differs visibly" in summary.weakness[1]


def test_a_study_of_one_policy_is_not_called_weak_for_want_of_differences():
    runs = [policy_runs(Policy("uncapped"), [[400, 9], [300, 9]], [[300, 9]])]
    assert summarise(scenario(), population_of_nobody(), runs).weakness == ()
