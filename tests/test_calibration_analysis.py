"""What the vectors that fit leave of every range, and what they say of every target."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from chatsim.study.calibration.analysis import weighted_quantiles
from tests.calibrations import Formulas, calibration, fit_by_hand, fitted, out_of_reach, target


def test_the_parameter_that_decides_is_pinned_down_and_the_other_left_open() -> None:
    share, persistence = fit_by_hand().parameters
    assert share.verdict == "pinned down"
    assert share.quantiles[0] > 0.43
    assert share.quantiles[2] == pytest.approx(0.5, abs=0.02)
    assert share.quantiles[4] < 0.57
    assert share.narrowed > 0.8
    assert persistence.verdict == "left open"
    assert persistence.narrowed < 0.2


def test_a_few_vectors_that_happen_to_lie_near_each_other_pin_nothing_down() -> None:
    fit = fitted(calibration(points=24))
    assert len(fit.vectors) < 12
    assert fit.parameters[1].verdict == "left open"


def test_the_fitted_target_is_confirmed_by_further_runs() -> None:
    less, _ = fit_by_hand().targets
    assert less.met
    assert less.low is not None
    assert less.low < 0.5 < less.high


def test_a_prediction_is_as_wide_as_what_the_targets_leave_open() -> None:
    # Persistence is left open, and the prediction is the persistence.
    _, reach = fit_by_hand().targets
    assert reach.median == pytest.approx(0.5, abs=0.12)
    assert reach.high - reach.low > 0.75
    assert reach.inside


def test_chance_between_runs_widens_a_prediction() -> None:
    narrow = fitted(calibration(parameters=calibration().parameters[:1]))
    wide = fitted(calibration(parameters=calibration().parameters[:1]), Formulas(noise=300))
    widths = [each.targets[0].high - each.targets[0].low for each in (narrow, wide)]
    assert widths[1] > 1.2 * widths[0]


def test_weights_sum_to_one_and_the_heaviest_comes_first() -> None:
    fit = fit_by_hand()
    weights = [vector.weight for vector in fit.vectors]
    assert sum(weights) == pytest.approx(1.0, abs=1e-4)
    assert weights == sorted(weights, reverse=True)
    assert sum(vector.draws for vector in fit.vectors) == 32
    assert 1 < fit.effective <= len(weights)


def test_where_nothing_fits_the_nearest_is_kept() -> None:
    fit = out_of_reach()
    assert fit.vectors == ()
    assert fit.best is not None
    assert fit.best.values[0] == pytest.approx(0.1, abs=0.05)
    assert [each.median for each in fit.targets] == [None, None]
    assert {each.verdict for each in fit.parameters} == {"left open"}


def test_two_parameters_that_make_up_for_each_other_are_tied_together() -> None:
    class Product(Formulas):
        """Forwards under cap-5 go with share probability times persistence."""

        def play(self, jobs, partial):
            for job in jobs:
                scenario = job.scenario
                share = scenario.contents[0].share_probability * scenario.behaviour.persistence
                content = scenario.contents[0].__class__("rumour", share_probability=share)
                moved = scenario.__class__(
                    population=scenario.population,
                    contents=(content,),
                    behaviour=scenario.behaviour,
                )
                yield from super().play([attrs.evolve(job, scenario=moved)], partial)

    fit = fitted(calibration(targets=(target(said=0.3),), points=256), Product())
    (pair,) = fit.together
    assert {pair.first, pair.second} == {"share_probability", "persistence"}
    assert pair.correlation < -0.6
    assert fit_by_hand().together == ()


def test_quantiles_count_each_value_by_its_weight() -> None:
    values, weights = np.array([3.0, 1.0, 2.0]), np.array([1.0, 8.0, 1.0])
    assert weighted_quantiles(values, weights, (0.4,)).tolist() == [1.0]
    even = weighted_quantiles(np.arange(101.0), np.ones(101), (0.25, 0.5))
    assert even.tolist() == pytest.approx([24.75, 50.0])
