from __future__ import annotations

import attrs
import numpy as np
import pytest

from chatsim.behaviour.values import Content
from chatsim.model import ONE_DAY, ONE_HOUR
from chatsim.policy import Policy
from chatsim.study.analysis import (
    SERIES_POINTS,
    breadths,
    outbreak_reach,
    over_time,
    r_by_generation,
    summarise,
)
from chatsim.study.populations import people_of
from chatsim.study.scenario import Generated
from chatsim.study.summary import Estimate
from tests.studies import (
    FIVE,
    JOKE,
    RUMOUR,
    UNCAPPED,
    cascade,
    policy_runs,
    population_of_nobody,
    scenario,
    small_summary,
)


def rumour(summary, policy):
    return summary.policy(policy).content("rumour")


def measures_of(*people):
    return [run[0] for run in policy_runs(UNCAPPED, [[each] for each in people], []).runs]


@pytest.mark.parametrize(
    ("users", "people"), [(2_000, 400), (2_001, 401), (500, 100), (300, 100), (50, 100)]
)
def test_a_big_outbreak_is_a_fifth_of_the_people_and_at_least_100(users, people):
    assert outbreak_reach(users) == people


def test_reach_is_the_mean_over_runs():
    summary = small_summary()
    assert rumour(summary, "uncapped").reach.value == (400 + 420 + 380 + 60) / 4
    assert rumour(summary, "cap-5").reach_per_run == (200, 210, 190, 30)


def test_the_first_policy_is_the_control_and_is_not_compared_with_itself():
    summary = small_summary()
    assert summary.control.name == "uncapped"
    assert rumour(summary, "uncapped").against_uncapped is None
    assert summary.control.harmless_reach_lost is None


def test_the_others_are_compared_run_by_run():
    against = rumour(small_summary(), "cap-5").against_uncapped
    assert against.relative == Estimate(-0.5, -0.5, -0.5)
    assert against.absolute.value == -630 / 4
    assert against.seen
    assert against.flips == 0.0


def test_uncapped_against_uncapped_differs_nowhere():
    reaches, singles = [[300, 40], [20, 50]], [[10, 10], [500, 10]]
    twice = [
        policy_runs(UNCAPPED, reaches, singles),
        policy_runs(Policy("again"), reaches, singles),
    ]
    summary = summarise(scenario(), population_of_nobody(), twice)
    again = summary.policy("again")
    for content in again.contents:
        assert content.against_uncapped.absolute == Estimate(0.0, 0.0, 0.0)
    assert again.harmless_reach_lost == Estimate(0.0, 0.0, 0.0)
    assert "No policy lowered the reach" in summary.finding


def test_big_outbreaks_are_counted_in_the_runs_with_one_originator():
    summary = small_summary()
    assert (
        rumour(summary, "uncapped").outbreaks.count,
        rumour(summary, "uncapped").outbreaks.runs,
    ) == (3, 4)
    assert rumour(summary, "cap-5").outbreaks.count == 1


def test_half_as_far_leaves_out_runs_whose_control_is_no_outbreak():
    half = rumour(small_summary(), "cap-5").half_time
    assert half.left_out == 1
    # Half of 400, 420 and 380 is just reached, one person a minute.
    assert half.got_there.count == 3
    assert half.median_seconds == 199 * 60


def test_half_as_far_is_never_where_half_is_not_reached():
    runs = [
        policy_runs(UNCAPPED, [[400], [400]], []),
        policy_runs(FIVE, [[199], [150]], []),
    ]
    summary = summarise(scenario(contents=(RUMOUR,)), population_of_nobody(), runs)
    half = rumour(summary, "cap-5").half_time
    assert (half.median_seconds, half.never) == (None, 2)


def test_harmless_reach_lost_is_of_all_harmless_contents_together():
    lost = small_summary().policy("cap-5").harmless_reach_lost
    assert lost.value == pytest.approx(1 - (90 + 90 + 100 + 95) / 400)
    assert lost.low < lost.value < lost.high


def test_without_harmless_contents_nothing_harmless_is_lost():
    runs = [policy_runs(UNCAPPED, [[9]], []), policy_runs(FIVE, [[5]], [])]
    summary = summarise(scenario(contents=(RUMOUR,)), population_of_nobody(), runs)
    assert summary.policy("cap-5").harmless_reach_lost is None


def test_held_back_is_per_100_chats_that_forwards_went_to():
    result = rumour(small_summary(), "cap-5")
    expected = 100 * result.held_back.value / result.forwards.value
    assert result.held_back_per_100.value == pytest.approx(expected)


def test_held_back_per_100_says_nothing_without_forwards():
    runs = [policy_runs(UNCAPPED, [[1], [1]], [])]
    summary = summarise(scenario(contents=(RUMOUR,)), population_of_nobody(), runs)
    assert rumour(summary, "uncapped").held_back_per_100 is None


def test_the_headline_is_the_first_harmful_content():
    harmless_first = scenario(contents=(JOKE, RUMOUR))
    runs = [policy_runs(UNCAPPED, [[9, 9], [9, 9]], [])]
    assert summarise(harmless_first, population_of_nobody(), runs).study.headline == "rumour"
    only_jokes = scenario(contents=(JOKE, Content("cat", harmful=False)))
    assert summarise(only_jokes, population_of_nobody(), runs).study.headline == "joke"


def test_the_study_is_described_with_its_assumptions():
    study = small_summary().study
    assert (study.users, study.runs, study.outbreak_runs, study.originators) == (600, 4, 4, 1)
    assert study.outbreak_reach == 120
    assert any(assumption.source is None for assumption in study.assumptions)
    assert study.not_modelled


def test_a_policy_without_a_title_goes_by_its_name():
    runs = [policy_runs(Policy("uncapped"), [[9, 9]], [])]
    assert summarise(scenario(), population_of_nobody(), runs).control.title == "uncapped"


def test_where_a_policy_comes_from_is_told():
    five = small_summary().policy("cap-5")
    assert (five.source, five.since, five.from_memory, five.checked) == (
        "a source",
        "2020",
        ("label",),
        None,
    )
    assert (five.chats_at_a_time, five.labels) == ("5, then 1", True)


def test_r_is_people_at_the_next_depth_per_person_summed_over_runs():
    runs = measures_of(30, 50)
    table = breadths(runs)
    entries = r_by_generation(runs)
    assert entries[0].value == pytest.approx(table[:, 1].sum() / 2)
    assert entries[1].value == pytest.approx(table[:, 2].sum() / table[:, 1].sum())


def test_r_ends_where_more_than_half_of_the_runs_have_ended():
    assert len(r_by_generation(measures_of(1, 1, 200))) == 1
    assert len(r_by_generation(measures_of(200, 1, 200))) > 3


def test_reach_over_time_begins_with_nobody_and_ends_at_the_mean_reach():
    series = over_time(measures_of(30, 50), ONE_DAY)
    assert (series.hours[0], series.mean[0]) == (0.0, 0.0)
    assert (series.hours[-1], series.mean[-1]) == (24.0, 40.0)
    points = zip(series.low, series.mean, series.high, strict=True)
    assert all(low <= mean <= high for low, mean, high in points)


def test_reach_over_time_shows_the_first_minutes_after_the_post():
    # One person a minute, from noon on.
    series = over_time(measures_of(30), 14 * ONE_DAY)
    reach = dict(zip(series.hours, series.mean, strict=True))
    assert (reach[12.0], reach[12 + 1 / 60], reach[12 + 2 / 60]) == (0.0, 1.0, 2.0)


@pytest.mark.parametrize("seconds", [1, ONE_HOUR, 14 * ONE_DAY, 365 * ONE_DAY, 90_001])
def test_the_instants_rise_to_the_end_and_are_never_many(seconds):
    hours = over_time(measures_of(3, 4), seconds).hours
    assert len(hours) <= SERIES_POINTS + 3
    assert hours[0] == 0
    assert hours[-1] == seconds / ONE_HOUR
    assert np.all(np.diff(hours) > 0)


def test_one_run_has_no_intervals():
    runs = [
        policy_runs(UNCAPPED, [[400, 9]], [[300, 9]]),
        policy_runs(FIVE, [[200, 9]], [[300, 9]]),
    ]
    summary = summarise(scenario(), population_of_nobody(), runs)
    assert rumour(summary, "cap-5").reach == Estimate(200.0, None, None)
    assert not rumour(summary, "cap-5").against_uncapped.seen


def test_labels_shown_are_means_of_copies():
    labels = rumour(small_summary(), "cap-5").labels
    copies = rumour(small_summary(), "cap-5").copies
    assert labels.none.value + labels.forwarded.value + labels.many_times.value == copies.value
    # `cascade` claims hop 1 at every depth, and this policy shows one label from hop 1 up.
    assert labels.wrong.value == 0
    assert cascade(0, 5).received.sum() == 4


def test_a_run_that_ends_before_the_first_post_reaches_nobody():
    runs = [policy_runs(UNCAPPED, [[0], [0]], [[0]]), policy_runs(FIVE, [[0], [0]], [[0]])]
    summary = summarise(scenario(contents=(RUMOUR,)), population_of_nobody(), runs)
    result = rumour(summary, "cap-5")
    assert (result.reach.value, result.breadth, result.r_by_generation) == (0.0, (), ())
    assert result.against_uncapped is None
    assert result.half_time.left_out == 2


def test_a_country_is_said_to_be_none_in_the_heading():
    spec = Generated(users=10_000_001)
    runs = [policy_runs(UNCAPPED, [[400], [420]], [[300], [10]])]
    study = summarise(scenario(contents=(RUMOUR,), population=spec), people_of(spec), runs).study
    people = "10,000,001 people (generated population; no national data in it)"
    assert f", {people}, 14 days" in study.sentence
    assert study.population == people


def test_without_trees_structural_virality_is_unknown():
    runs = policy_runs(UNCAPPED, [[400], [420]], [[300], [10]])
    (one,), other = runs.runs
    unknown = attrs.evolve(one, structural_virality=None)
    summary = summarise(
        scenario(contents=(RUMOUR,)),
        population_of_nobody(),
        [attrs.evolve(runs, runs=[[unknown], other])],
    )
    assert rumour(summary, "uncapped").structural_virality is None
