"""Ranges and places in them."""

from __future__ import annotations

import pytest

from chatsim.errors import ConfigurationError
from chatsim.study.calibration.values import Parameter, Scale
from tests.calibrations import calibration, target


@pytest.mark.parametrize("scale", list(Scale))
def test_a_place_and_its_value_belong_together(scale: Scale) -> None:
    parameter = Parameter("half_life", 3_600.0, 86_400.0, scale)
    assert parameter.at(0.0) == pytest.approx(3_600)
    assert parameter.at(1.0) == pytest.approx(86_400)
    assert parameter.place(parameter.at(0.3)) == pytest.approx(0.3)


def test_the_middle_of_a_log_scale_is_the_geometric_mean() -> None:
    assert Parameter("audience_shape", 1.0, 4.0, Scale.LOG).at(0.5) == pytest.approx(2.0)


def test_a_vector_of_places_is_a_scenario() -> None:
    made = calibration().scenario_at((0.5, 0.25))
    assert made.contents[0].share_probability == pytest.approx(0.5)
    assert made.behaviour.persistence == 0.25


def test_a_range_beyond_what_the_parameter_takes_is_refused_when_it_is_moved() -> None:
    with pytest.raises(ConfigurationError, match="audience_shape"):
        calibration(parameters=(Parameter("audience_shape", -1.0, 0.5),))


def test_a_calibration_takes_a_parameter_and_a_target_to_fit() -> None:
    with pytest.raises(ConfigurationError, match="no parameters"):
        calibration(parameters=())
    with pytest.raises(ConfigurationError, match="fits nothing"):
        calibration(targets=())


def test_a_share_is_a_level_between_0_and_1() -> None:
    from chatsim.study.calibration.values import Measure

    assert target(measure=Measure.TOP_TENTH, against=None).is_share
    assert not target(measure=Measure.TOP_TENTH).is_share
    assert not target(against=None).is_share
