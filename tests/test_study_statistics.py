from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from chatsim.study import statistics
from chatsim.study.statistics import (
    RESAMPLES,
    WEIGHT_BITS,
    band,
    chance,
    difference,
    equivalent,
    flips,
    half_time,
    mean,
    ratio,
    resamples,
    shifted,
)
from chatsim.study.summary import Estimate

SAMPLES = st.lists(st.integers(0, 2_000), min_size=2, max_size=30)


def test_every_resample_weighs_every_run_and_two_halves_of_an_unseen_one():
    assert resamples(40).shape == (RESAMPLES, 42)
    assert (resamples(40)[:, :40] > 0).all()


def test_runs_weigh_as_exponential_draws_and_halves_as_half_of_one():
    weights = resamples(40) / 2.0**WEIGHT_BITS
    assert stats.kstest(weights[:, :40].ravel()[:4_000], stats.expon.cdf).pvalue > 1e-3
    for half in (weights[:, 40], weights[:, 41]):
        assert stats.kstest(half, stats.gamma(0.5).cdf).pvalue > 1e-3
    assert abs(np.corrcoef(weights[:, 40], weights[:, 41])[0, 1]) < 0.05


def test_a_mean_of_normal_runs_has_the_interval_of_student():
    sample = stats.norm.ppf((np.arange(20) + 0.5) / 20)
    half = stats.t.ppf(0.975, 19) * sample.std(ddof=1) / np.sqrt(20)
    estimate = mean(sample)
    assert (estimate.low, estimate.high) == (
        pytest.approx(-half, rel=0.06),
        pytest.approx(half, rel=0.06),
    )


def test_a_run_that_may_have_died_out_widens_the_interval_of_runs_that_did_not():
    sample = np.linspace(690, 710, 20)
    assert mean(sample).low > 695
    # Half a run of 20 may have: up to a tenth of the runs.
    assert 600 < mean(sample, floor=5.0).low < 670
    assert mean(sample, floor=5.0).high < 715


def test_runs_that_are_all_equal_leave_nothing_to_chance():
    assert mean([6, 6, 6], floor=0.0) == Estimate(6.0, 6.0, 6.0)


def test_a_policy_that_takes_a_tenth_may_have_stopped_an_outbreak_that_nobody_saw():
    control = np.linspace(690, 710, 40)
    control[0] = 10.0
    against = difference(np.where(control > 100, 0.9 * control, control), control)
    assert -0.2 < against.relative.low < -0.12
    assert against.relative.high == pytest.approx(-0.1, abs=0.01)


def test_a_policy_that_takes_next_to_nothing_is_not_said_to_stop_outbreaks():
    control = np.linspace(690, 710, 40)
    control[0] = 10.0
    slight = np.where(control > 100, control - 1 - np.arange(40) % 2, control)
    against = difference(slight, control)
    assert -0.006 < against.relative.low < against.relative.high < 0
    assert against.seen


def test_equal_runs_have_equal_intervals_in_a_fresh_process():
    before = mean([1, 5, 9, 2])
    resamples.cache_clear()
    assert mean([1, 5, 9, 2]) == before


@given(SAMPLES)
def test_the_mean_lies_in_its_interval(sample):
    estimate = mean(sample)
    assert estimate.value == pytest.approx(np.mean(sample))
    assert min(sample) <= estimate.low <= estimate.value <= estimate.high <= max(sample)


def test_an_interval_of_many_runs_is_close_to_the_one_of_scipy():
    sample = np.random.default_rng(5).gamma(2.0, 100.0, 400)
    theirs = stats.bootstrap(
        (sample,), np.mean, method="percentile", n_resamples=20_000, rng=np.random.default_rng(6)
    ).confidence_interval
    ours = mean(sample)
    width = theirs.high - theirs.low
    assert ours.low == pytest.approx(theirs.low, abs=0.05 * width)
    assert ours.high == pytest.approx(theirs.high, abs=0.05 * width)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    generator = np.random.default_rng(7)
    covered = 0
    for sample in generator.normal(10.0, 3.0, (400, 40)):
        estimate = mean(sample)
        covered += estimate.low <= 10.0 <= estimate.high
    assert 0.90 <= covered / 400 <= 0.98


def test_one_run_has_a_mean_and_no_interval():
    assert mean([7]) == Estimate(7.0, None, None)
    assert not mean([7]).excludes_zero


def test_no_run_has_neither():
    assert mean([]) == Estimate(0.0, None, None)


def test_a_ratio_is_of_means_and_not_a_mean_of_ratios():
    assert ratio([10, 0], [10, 90]).value == 0.1


def test_a_ratio_over_nothing_is_nothing():
    assert ratio([1, 2], [0, 0]) is None
    assert ratio([], []) is None


def test_resamples_without_a_denominator_are_left_out():
    estimate = ratio([3, 0, 0], [3, 0, 0])
    assert (estimate.value, estimate.low, estimate.high) == (1.0, 1.0, 1.0)


@given(SAMPLES)
def test_a_policy_against_itself_differs_by_exactly_0(sample):
    against = difference(sample, sample)
    if against is None:
        assert not any(sample)
        return
    assert against.absolute == Estimate(0.0, 0.0, 0.0)
    assert against.relative == Estimate(0.0, 0.0, 0.0)
    assert against.flips == 0.0
    assert not against.seen


def test_pairing_narrows_the_interval_of_a_difference():
    control = np.random.default_rng(1).integers(100, 1_900, 40)
    against = difference(control - 10, control)
    alone = mean(control)
    assert against.absolute.high == pytest.approx(-10.0)
    assert against.absolute.high - against.absolute.low < 0.1 * (alone.high - alone.low)
    assert against.seen


def test_a_relative_difference_is_the_ratio_less_1():
    against = difference([50, 70], [100, 100])
    assert against.relative.value == pytest.approx(-0.4)
    assert against.relative.low < -0.4 < against.relative.high


def test_a_ranking_flips_where_one_run_says_the_opposite():
    assert flips(np.array([-5.0, -5.0, -5.0, 2.0])) == 0.25
    assert flips(np.array([0.0, -5.0])) == 0.0
    assert flips(np.array([])) == 0.0


def test_a_negative_factor_swaps_the_bounds():
    assert shifted(Estimate(0.6, 0.5, 0.8), -1.0, 1.0) == Estimate(
        pytest.approx(0.4), pytest.approx(0.2), pytest.approx(0.5)
    )


@given(st.integers(1, 200).flatmap(lambda runs: st.tuples(st.integers(0, runs), st.just(runs))))
def test_chances_have_the_interval_of_wilson(counted):
    count, runs = counted
    theirs = stats.binomtest(count, runs).proportion_ci(method="wilson")
    ours = chance(count, runs)
    assert ours.low == pytest.approx(theirs.low, abs=1e-12)
    assert ours.high == pytest.approx(theirs.high, abs=1e-12)
    assert 0.0 <= ours.low <= ours.share <= ours.high <= 1.0


def test_a_chance_of_no_runs_is_anything():
    assert (chance(0, 0).low, chance(0, 0).high, chance(0, 0).share) == (0.0, 1.0, 0.0)


def test_half_time_takes_never_as_the_largest_value():
    half = half_time([100, None, 300], left_out=2)
    assert half.median_seconds == 300
    assert (half.got_there.count, half.got_there.runs, half.never, half.left_out) == (2, 3, 1, 2)


def test_half_time_is_never_where_the_median_run_never_gets_there():
    assert half_time([100, None, None], left_out=0).median_seconds is None
    assert half_time([100, None], left_out=0).median_seconds is None


def test_half_time_is_no_mean_over_those_that_got_there():
    assert half_time([10, 20, 30, 40, None, None, None], left_out=0).median_seconds == 40


def test_half_time_without_outbreaks_has_no_runs():
    half = half_time([], left_out=40)
    assert (half.median_seconds, half.got_there.runs, half.left_out) == (None, 0, 40)


def test_a_band_is_the_interval_at_every_point():
    sample = np.array([[0.0, 10.0], [0.0, 30.0], [0.0, 20.0]])
    centre, low, high = band(sample)
    assert (low[0], centre[0], high[0]) == (0.0, 0.0, 0.0)
    estimate = mean(sample[:, 1])
    assert (low[1], centre[1], high[1]) == (estimate.low, estimate.value, estimate.high)


def test_a_band_of_one_run_has_no_width():
    centre, low, high = band(np.array([[1.0, 2.0]]))
    assert centre.tolist() == low.tolist() == high.tolist() == [1.0, 2.0]


def test_equivalence_needs_the_whole_interval_within_the_bound():
    control = np.full(40, 60.0)
    assert equivalent(control + 1.0, control, 5.0)
    assert not equivalent(control + 6.0, control, 5.0)
    wild = control + np.where(np.arange(40) % 2, 60.0, -60.0)
    assert not equivalent(wild, control, 5.0)
    assert not equivalent([60], [60], 5.0)


def test_the_key_of_the_resamples_is_not_a_seed_of_a_study():
    assert statistics.RESAMPLING not in {1, 2, 3, 4, 5, 6, *range(16, 22)}
