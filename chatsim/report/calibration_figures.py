"""The figures of a calibration: what was said beside what the fit says, and what is left of every range."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
from attrs import frozen

from chatsim.report.drawing import (
    LINE_HEIGHT,
    MARKS,
    Figure,
    Frame,
    Layer,
    Line,
    Plane,
    colour,
    figure,
    frames,
)
from chatsim.report.row_figures import JITTER
from chatsim.report.theme import CONTROL, INK, PAPER, SERIES
from chatsim.report.words import wrapped
from chatsim.study.calibration.results import Fit, ParameterRange, TargetResult
from chatsim.study.calibration.sentences import figure as in_figures
from chatsim.study.calibration.sentences import value_text
from chatsim.study.calibration.values import Parameter, Scale, Use

SAID, FOUND = SERIES[2], SERIES[1]
SHARE_MAX = 1.1
"""Figures up to here share one axis; those beyond stand in the table alone."""
BINS = 20
ROW, NARROW_ROW = 66, 96


def calibration_figures(fit: Fit) -> dict[str, Figure]:
    """Every figure that a calibration has, by name."""
    made = [_targets(fit), _ranges(fit)] if fit.vectors else []
    return {each.name: each for each in made if each is not None}


@frozen
class Rows:
    """A row for each title, which stands to the left or, on a phone, above."""

    plane: Plane
    titles: Sequence[str]

    @property
    def pitch(self) -> float:
        """Pixels from one row to the next."""
        return self.plane.frame.height / len(self.titles)

    def centre(self, row: int) -> float:
        """Pixels from the plot's top to the middle of a row's marks."""
        narrow = self.plane.frame.narrow
        return self.pitch * (row + 0.5) + (16 if narrow else 0)

    def names(self) -> list[Line]:
        """The titles."""
        frame, lines = self.plane.frame, []
        for row, title in enumerate(self.titles):
            name = wrapped(title, 46 if frame.narrow else 36)
            if frame.narrow:
                first = self.pitch * row + 10
            else:
                first = self.centre(row) - LINE_HEIGHT * (len(name) - 1) / 2
            lines += [
                Line(line, -frame.left, first + LINE_HEIGHT * i, bold=True)
                for i, line in enumerate(name)
            ]
        return lines


def _papers(name: str, title: str, rows: int, right: int, extra: int) -> tuple[Frame, Frame]:
    def margins(narrow: bool) -> tuple[int, int, int]:
        return (14, 24, NARROW_ROW * rows) if narrow else (262, right, ROW * rows)

    return frames(name, title, margins, extra)


def _targets(fit: Fit) -> Figure | None:
    shown = [
        each
        for each in fit.targets
        if each.median is not None and max(each.said, each.high or 0.0) <= SHARE_MAX
    ]
    if not shown:
        return None
    title = "What was said, and what the parameters that fit say"
    description = (
        "A row for each target: a diamond with its tolerance for what was said, a circle with its 95 % interval for "
        "what the vectors that fit say, and a dot for each vector. "
        + "; ".join(f"{each.title}: said {in_figures(each.said)}, {_said(each)}" for each in shown)
        + "."
    )

    def drawn(frame: Frame) -> tuple[Plane, Sequence[Layer]]:
        ticks = tuple((i / 4, f"{i / 4:.2f}") for i in range(5))
        plane = Plane(frame, (0.0, SHARE_MAX), (float(frame.height), 0.0), ticks, upright=True)
        rows = Rows(plane, [_titled(each) for each in shown])
        words = Line("Ratio of two policies, or share", 0, frame.height + 38, quiet=True)
        return plane, [
            *_dots(fit, shown, rows),
            *_spans(rows, [(each.median, each.low, each.high) for each in shown], 6, "circle"),
            *_spans(
                rows,
                [
                    (each.said, each.said - each.tolerance, each.said + each.tolerance)
                    for each in shown
                ],
                -14,
                "diamond",
            ),
            *_key(plane),
            *plane.lines([*rows.names(), words]),
        ]

    return figure(
        "targets", title, description, _papers("targets", title, len(shown), 24, 26), drawn
    )


def _titled(target: TargetResult) -> str:
    return f"{target.title} (fitted)" if target.use is Use.FIT else target.title


def _said(target: TargetResult) -> str:
    if target.median is None or target.low is None or target.high is None:
        return "not measured"
    return f"fit {in_figures(target.median)}, {in_figures(target.low)} to {in_figures(target.high)}"


def _dots(fit: Fit, shown: Sequence[TargetResult], rows: Rows) -> list[Layer]:
    numbers = {target.name: i for i, target in enumerate(fit.targets)}
    points = []
    for row, target in enumerate(shown):
        for i, vector in enumerate(fit.vectors):
            value = vector.predicted[numbers[target.name]] if vector.predicted else None
            if value is not None and 0 <= value <= SHARE_MAX:
                y = rows.centre(row) + 22 + 10 * ((i * JITTER) % 1 - 0.5)
                points.append({"x": value, "y": y, "colour": FOUND.light})
    dots = MARKS.mark_circle(size=18, opacity=0.5)
    return [Layer(dots.encode(x=rows.plane.x(), y=rows.plane.y(), color=colour()), points)]


Span = tuple[float | None, float | None, float | None]


def _spans(rows: Rows, spans: Sequence[Span], down: float, shape: str) -> list[Layer]:
    tint = SAID if shape == "diamond" else FOUND
    points = [
        {"x": middle, "low": low, "high": high, "y": rows.centre(row) + down, "colour": tint.light}
        for row, (middle, low, high) in enumerate(spans)
    ]
    x, y = rows.plane.x(), rows.plane.y()
    rules = MARKS.mark_rule(strokeWidth=3).encode(
        x=rows.plane.x("low"), x2=alt.X2("high:Q"), y=y, color=colour()
    )
    marks = MARKS.mark_point(
        shape=shape, filled=True, stroke=PAPER.light, strokeWidth=1.5, size=130, opacity=1
    ).encode(x=x, y=y, fill=alt.Fill("colour:N", scale=None, legend=None))
    return [Layer(rules, points), Layer(marks, points)]


def _key(plane: Plane) -> list[Layer]:
    start, y = 6.0 - plane.frame.left, -22.0
    layers, lines, x = [], [], start
    for tint, shape, text in (
        (SAID, "diamond", "said, with tolerance"),
        (FOUND, "circle", "the fit, 95 %"),
    ):
        mark = MARKS.mark_point(shape=shape, filled=True, color=tint.light, size=110, opacity=1)
        place = {"x": plane.x_at(x), "y": plane.y_at(y)}
        layers.append(Layer(mark.encode(x=plane.x(), y=plane.y()), [place]))
        lines.append(Line(text, x + 12, y))
        x += 40 + 7.0 * len(text)
    return [*layers, *plane.lines(lines)]


def _ranges(fit: Fit) -> Figure:
    title = "What is left of each parameter's range"
    description = (
        "A row for each parameter, from the lowest to the highest value tried: how much weight the vectors that fit have "
        "there, their middle and their middle 95 %; a thin line is the height that even chances would have. "
        + "; ".join(f"{each.title}: {_left(each)}" for each in fit.parameters)
        + "."
    )

    def drawn(frame: Frame) -> tuple[Plane, Sequence[Layer]]:
        plane = Plane(frame, (0.0, 1.0), (float(frame.height), 0.0), (), upright=True)
        rows = Rows(plane, [each.title for each in fit.parameters])
        lines = rows.names()
        for row, each in enumerate(fit.parameters):
            y = rows.centre(row) + 22
            high = value_text(each, each.high)
            lines += [
                Line(value_text(each, each.low), 0, y, quiet=True),
                Line(high, frame.plot_width - 6.6 * len(high), y, quiet=True),
            ]
            middle = f"{value_text(each, each.quantiles[2])}, {each.verdict}"
            if frame.narrow:
                lines.append(Line(middle, frame.plot_width / 2 - 3.3 * len(middle), y))
            else:
                lines += [
                    Line(
                        value_text(each, each.quantiles[2]),
                        frame.plot_width + 16,
                        y - 30,
                        bold=True,
                    ),
                    Line(each.verdict, frame.plot_width + 16, y - 14),
                ]
        return plane, [
            *_bars(fit, rows),
            *_middles(fit, rows),
            *plane.lines(lines),
        ]

    papers = _papers("ranges", title, len(fit.parameters), 130, 0)
    return figure("ranges", title, description, papers, drawn)


def _left(parameter: ParameterRange) -> str:
    low, _, middle, _, high = (value_text(parameter, value) for value in parameter.quantiles)
    return f"{middle} ({low} to {high}), {parameter.verdict}"


def _placing(parameter: ParameterRange) -> Parameter:
    return Parameter(parameter.name, parameter.low, parameter.high, Scale(parameter.scale))


def _bars(fit: Fit, rows: Rows) -> list[Layer]:
    weights = np.array([vector.weight for vector in fit.vectors])
    bars, even = [], []
    tall = 34.0
    for row, parameter in enumerate(fit.parameters):
        ranged = _placing(parameter)
        places = [ranged.place(vector.values[row]) for vector in fit.vectors]
        heights, ends = np.histogram(places, bins=BINS, range=(0.0, 1.0), weights=weights)
        foot = rows.centre(row) + 12
        most = max(float(heights.max()), 1.0 / BINS)
        bars += [
            {
                "x": float(low) + 0.004,
                "to": float(high) - 0.004,
                "y": foot,
                "top": foot - tall * float(height) / most,
                "colour": FOUND.light,
            }
            for height, low, high in zip(heights, ends[:-1], ends[1:], strict=True)
        ]
        level = foot - tall / BINS / most
        even.append({"x": 0.0, "to": 1.0, "y": level, "colour": CONTROL.light})
    x, y = rows.plane.x(), rows.plane.y()
    filled = MARKS.mark_rect(opacity=0.55).encode(
        x=x, x2=alt.X2("to:Q"), y=y, y2=alt.Y2("top:Q"), color=colour()
    )
    dashed = MARKS.mark_rule(strokeWidth=1.5, strokeDash=[3, 3]).encode(
        x=x, x2=alt.X2("to:Q"), y=y, color=colour()
    )
    return [Layer(filled, bars), Layer(dashed, even)]


def _middles(fit: Fit, rows: Rows) -> list[Layer]:
    points = []
    for row, parameter in enumerate(fit.parameters):
        ranged = _placing(parameter)
        low, _, middle, _, high = (ranged.place(value) for value in parameter.quantiles)
        foot = rows.centre(row) + 12
        points.append({"x": middle, "low": low, "high": high, "y": foot, "colour": INK.light})
    y = rows.plane.y()
    rules = MARKS.mark_rule(strokeWidth=3).encode(
        x=rows.plane.x("low"), x2=alt.X2("high:Q"), y=y, color=colour()
    )
    marks = MARKS.mark_circle(size=90, opacity=1).encode(x=rows.plane.x(), y=y, color=colour())
    return [Layer(rules, points), Layer(marks, points)]
