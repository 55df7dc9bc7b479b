"""A target's value and its standard error, from runs."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest

from chatsim.cascade.measures import Exposure
from chatsim.model import ONE_DAY
from chatsim.policy import compile_row
from chatsim.policy.presets import preset
from chatsim.study.calibration.measuring import of_measures, of_tree, samples_of, value_of
from chatsim.study.calibration.values import Measure
from tests.calibrations import HALF
from tests.cascades import run_of

RUNS = np.random.default_rng(1).normal(100, 10, size=(400, 1))


def test_a_level_is_the_mean_over_runs_with_its_standard_error() -> None:
    value = value_of(Measure.REACH, RUNS, None)
    assert value.value == pytest.approx(RUNS.mean())
    assert value.error == pytest.approx(RUNS.std(ddof=1) / 20)


def test_a_ratio_is_of_means_and_pairs_make_it_sure() -> None:
    value = value_of(Measure.FORWARDS, 0.75 * RUNS, RUNS)
    assert value.value == pytest.approx(0.75)
    assert value.error == pytest.approx(0.0, abs=1e-9)
    apart = value_of(Measure.FORWARDS, 0.75 * RUNS, RUNS[::-1])
    assert apart.error > 0.003


def test_a_ratio_to_nothing_is_unknown() -> None:
    value = value_of(Measure.FORWARDS, RUNS, np.zeros_like(RUNS))
    assert math.isnan(value.value)
    assert value.error == math.inf


def test_copies_of_each_label_are_counted_as_they_were_shown() -> None:
    run = attrs.evolve(HALF, labels=(5, 3, 2), forwards=4, copies=10, pasted=1, held_back=6)
    measured = {
        Measure.FORWARDED: 5.0,
        Measure.MANY_TIMES: 2.0,
        Measure.FORWARDS: 4.0,
        Measure.COPIES: 10.0,
        Measure.PASTED: 1.0,
        Measure.HELD_BACK: 6.0,
    }
    assert {each: of_measures(each, run)[0] for each in measured} == measured


@pytest.mark.parametrize(("last", "over"), [(2 * ONE_DAY, 1.0), (2 * ONE_DAY + 1, 0.0)])
def test_a_content_is_over_when_its_last_new_reader_came_within_two_days(last, over) -> None:
    exposure = Exposure(np.array([0, last]), np.array([1, 2]))
    run = attrs.evolve(HALF, exposure=exposure)
    assert of_measures(Measure.OVER_IN_TWO_DAYS, run) == [over]


def test_the_top_tenth_is_counted_over_all_runs_of_a_person() -> None:
    runs = np.zeros((2, 30))
    runs[0, :20], runs[1, 0] = 1, 20
    # 20 people forwarded 40 times in all; the two most active 21 + 1.
    assert value_of(Measure.TOP_TENTH, runs, None).value == pytest.approx(22 / 40)


ROWS = [
    {"user": 0, "wanted": 2, "actions": 1, "original_chats": 2, "original_copies": 3},
    {
        "user": 1, "wanted": 4, "actions": 1, "forwarded_chats": 4, "forwarded_copies": 5, "hop_made": 5,
    },
    {
        "user": 2, "wanted": 1, "actions": 1, "forwarded_chats": 1, "forwarded_copies": 1, "hop_made": 1,
    },
]  # fmt: skip


def test_forwards_labelled_many_times_count_a_group_once() -> None:
    row = compile_row(preset("whatsapp-2020-04"))
    run = run_of([None, 0, 0, 1], deeds=ROWS)
    assert of_tree(Measure.MANY_TIMES_FORWARDS, run, row).tolist() == [4.0]
    uncapped = compile_row(preset("uncapped"))
    assert of_tree(Measure.MANY_TIMES_FORWARDS, run, uncapped).tolist() == [0.0]


def test_forwards_are_counted_by_person() -> None:
    row = compile_row(preset("uncapped"))
    run = run_of([None, 0, 0, 1], deeds=ROWS)
    assert of_tree(Measure.TOP_TENTH, run, row).tolist() == [0.0, 4.0, 1.0, 0.0]


def test_a_post_to_a_group_is_one_message_however_many_read_it() -> None:
    row = compile_row(preset("uncapped"))
    run = run_of([None, 0, 0, 0, 1], groups=[-1, -1, 7, 7, 7])
    # One contact, a post by 0 to the group and one by 1 to the same.
    samples = of_tree(Measure.PRIVATE_SHARE, run, row)
    assert samples.tolist() == [1.0, 3.0]
    assert value_of(Measure.PRIVATE_SHARE, samples_of([samples] * 3), None).value == pytest.approx(
        1 / 3
    )


def test_measures_of_trees_refuse_to_be_read_off_a_tally() -> None:
    with pytest.raises(ValueError, match="trees"):
        of_measures(Measure.TOP_TENTH, HALF)
