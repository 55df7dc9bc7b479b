"""The figure of simulated A/B tests: what each way to randomise says, beside the truth."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from chatsim.report.drawing import (
    MARKS,
    Figure,
    Frame,
    Layer,
    Line,
    Plane,
    colour,
    figure,
    frames,
    number_ticks,
)
from chatsim.report.theme import CONTROL, PAPER, SERIES, Colour
from chatsim.study.rollout.analysis import REACHED
from chatsim.study.rollout.sentences import BY, change
from chatsim.study.rollout.values import RolloutFound
from chatsim.study.summary import Estimate

TRUTH, SAID = SERIES[2], SERIES[1]
PITCH = 58


def estimates_figure(found: RolloutFound) -> Figure:
    """A row for the truth and one for each way to randomise; the change of people reached in per cent."""
    trials = found.of(REACHED, found.headline)
    rows: list[tuple[str, Estimate, Colour]] = [
        (f"Test, {BY[each.unit]}", each.estimate, SAID) for each in trials
    ]
    if trials:
        rows.insert(0, ("The truth", trials[0].truth, TRUTH))
    title = f"How {found.policy_title} changes the people reached by the {found.headline}"
    described = "; ".join(f"{name}: {change(estimate)}" for name, estimate, _ in rows)
    description = (
        f"A row for the truth and one for each way to randomise, with 95 % intervals: {described}."
    )
    ends = [0.0]
    for _, estimate, _ in rows:
        ends += [
            100 * value
            for value in (estimate.value, estimate.low, estimate.high)
            if value is not None
        ]
    low, high = 1.08 * min(*ends, -1.0), 1.08 * max(*ends, 1.0)

    def drawn(frame: Frame) -> tuple[Plane, Sequence[Layer]]:
        values = number_ticks(low, high, 4 if frame.narrow else 8)
        plane = Plane(
            frame,
            x_ends=(low, high),
            y_ends=(float(frame.height), 0.0),
            x_ticks=tuple((value, _percent(value)) for value in values),
            upright=True,
        )
        return plane, [_zero(plane), *_marks(plane, rows), *plane.lines(_lines(frame, rows))]

    papers = frames("estimates", title, lambda narrow: _margins(len(rows), narrow=narrow))
    return figure("estimates", title, description, papers, drawn)


def _margins(rows: int, *, narrow: bool) -> tuple[int, int, int]:
    return (14, 24, (PITCH + 18) * rows) if narrow else (200, 24, PITCH * rows)


def _percent(value: float) -> str:
    return "no change" if value == 0 else f"{value:+.0f} %"


def _centre(frame: Frame, row: int, rows: int) -> float:
    pitch = frame.height / rows
    return pitch * (row + 0.5) + (12 if frame.narrow else 0)


def _zero(plane: Plane) -> Layer:
    ends = [{"x": 0.0, "y": 0.0}, {"x": 0.0, "y": float(plane.frame.height)}]
    line = MARKS.mark_line(color=CONTROL.light, strokeWidth=1.5)
    return Layer(line.encode(x=plane.x(), y=plane.y()), ends)


def _marks(plane: Plane, rows: Sequence[tuple[str, Estimate, Colour]]) -> list[Layer]:
    bars, dots = [], []
    for i, (_, estimate, hue) in enumerate(rows):
        y = _centre(plane.frame, i, len(rows))
        dots.append({"x": 100 * estimate.value, "y": y, "colour": hue.light})
        if estimate.low is not None and estimate.high is not None:
            ends = {"x": 100 * estimate.low, "to": 100 * estimate.high}
            bars.append({**ends, "y": y, "colour": hue.light})
    rules = MARKS.mark_rule(strokeWidth=3).encode(
        x=plane.x(), x2=alt.X2("to:Q"), y=plane.y(), color=colour()
    )
    shapes = MARKS.mark_point(
        shape="circle", filled=True, stroke=PAPER.light, strokeWidth=1.5, size=130, opacity=1
    ).encode(x=plane.x(), y=plane.y(), fill=alt.Fill("colour:N", scale=None, legend=None))
    return [Layer(rules, bars), Layer(shapes, dots)]


def _lines(frame: Frame, rows: Sequence[tuple[str, Estimate, Colour]]) -> list[Line]:
    lines = [Line("Against the control, in per cent", 0, frame.height + 38, quiet=True)]
    for i, (name, _, _) in enumerate(rows):
        centre = _centre(frame, i, len(rows))
        down = centre - 22 if frame.narrow else centre
        lines.append(Line(name, -frame.left, down, bold=True, halo=frame.narrow))
    return lines
