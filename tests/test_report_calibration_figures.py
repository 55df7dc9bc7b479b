"""The figures of a calibration stand alone, each with its title and its description."""

from __future__ import annotations

import attrs

from chatsim.report.calibration_figures import calibration_figures
from tests.calibrations import fit_by_hand, out_of_reach


def test_there_is_a_figure_for_the_targets_and_one_for_the_ranges() -> None:
    drawn = calibration_figures(fit_by_hand())
    assert list(drawn) == ["targets", "ranges"]
    for each in drawn.values():
        for svg in (each.svg, each.svg_narrow):
            assert 'role="img"' in svg
            assert each.title in svg
    assert "said 0.50" in drawn["targets"].description
    assert "share probability: 48 % (44 % to 54 %), pinned down" in drawn["ranges"].description
    assert drawn["ranges"].png().startswith(b"\x89PNG")


def test_a_target_beyond_the_axis_stands_in_the_table_alone() -> None:
    fit = fit_by_hand()
    large = attrs.evolve(fit.targets[1], said=2.5, title="An exponent")
    drawn = calibration_figures(attrs.evolve(fit, targets=(fit.targets[0], large)))
    assert "An exponent" not in drawn["targets"].svg
    drawn = calibration_figures(attrs.evolve(fit, targets=(large, large)))
    assert list(drawn) == ["ranges"]


def test_where_nothing_fits_nothing_is_drawn() -> None:
    assert calibration_figures(out_of_reach()) == {}
