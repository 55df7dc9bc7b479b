from __future__ import annotations

import re

import pytest
from attrs import evolve

from chatsim.report.theme import SERIES
from chatsim_clients.load.report_curves import Chart, Curve, Peak, Span, drawn

TICKS = ((0.0, "0"), (10.0, "ten"))
CHART = Chart(
    name="shape",
    title="A title",
    description="What it shows",
    curves=(
        Curve("First", "of two", SERIES[0], ((0.0, 1.0), (5.0, None), (10.0, 2.0))),
        Curve("Second", "", SERIES[1], ((0.0, 3.0), (10.0, 4.0)), (6, 3)),
    ),
    x_ends=(0.0, 10.0),
    y_ends=(0.0, 10.0),
    x_ticks=(TICKS, TICKS[:1]),
    y_ticks=TICKS,
    x_title="Below",
    spans=(Span(0.0, 9.9, "long"), Span(9.9, 10.0, "a name without room")),
    peaks=(Peak(10.0, 4.0, "the most", SERIES[1]),),
)


@pytest.fixture(scope="module")
def figure():
    return drawn(CHART)


def test_names_and_details_stand_beside_their_curves(figure):
    for words in ("First", "of two", "Second", "Below", "the most", "A title"):
        assert f">{words}</text>" in figure.svg
        assert f">{words}</text>" in figure.svg_narrow


def test_a_span_without_room_has_no_name(figure):
    assert ">long</text>" in figure.svg
    assert "a name without room" not in figure.svg


def test_the_figure_says_what_it_shows_to_whoever_cannot_see_it(figure):
    assert ">What it shows</desc>" in figure.svg


def test_a_gap_breaks_a_line_in_two(figure):
    closed = evolve(CHART, curves=(evolve(CHART.curves[0], points=((0.0, 1.0), (10.0, 2.0))),))
    lines = [len(re.findall('class="mark-line', each.svg)) for each in (figure, drawn(closed))]
    assert lines[0] > lines[1]


def test_a_curve_without_any_value_is_left_without_a_name():
    nothing = evolve(CHART, curves=(evolve(CHART.curves[0], points=((0.0, None),)),))
    assert "First" not in drawn(nothing).svg
