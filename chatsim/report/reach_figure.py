"""The figure of the first page: people reached over time, a line with its band per policy, named at its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import altair as alt
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
    number_ticks,
    tick_name,
)
from chatsim.report.placing import spread_out
from chatsim.report.theme import Stroke, stroke
from chatsim.report.words import hours, reached, wrapped
from chatsim.study.sentences import counted
from chatsim.study.summary import ContentResult, PolicyResult, Series, Summary

NAME = "reach-over-time"
SETTLED = 0.99
"""The time axis ends where every policy's mean has come to this share of its last value."""
TIME_STEPS = (1 / 60, 1 / 30, 1 / 12, 1 / 6, 0.5, 1, 2, 4, 6, 12, 24, 48, 96, 168, 336, 720, 2160)
"""Hours between two marks of the time axis."""

Point = Mapping[str, float]


@frozen
class Span:
    """The piece of time that the figure shows, in hours."""

    start: float
    """The first post, counted from the start of the run."""
    end: float
    """Counted from the first post."""


def reach_over_time(summary: Summary) -> Figure:
    """People reached by the headline content over time under every policy."""
    study = summary.study
    title = f"People reached by the {study.headline}: mean of {counted(study.runs, 'run')}"
    if study.runs > 1:
        title += " and its 95 % band"
    ends = "; ".join(f"{each.title}: {_end(each, summary)}" for each in summary.policies)
    description = f"People reached since the first post, a line per policy. At the end: {ends}."
    labels = sum(2 * LINE_HEIGHT + 8 for _ in summary.policies)

    def margins(narrow: bool) -> tuple[int, int, int]:
        return (44, 142, max(320, 2 * labels)) if narrow else (56, 226, max(340, labels))

    def drawn(frame: Frame) -> tuple[Plane, Sequence[Layer]]:
        return _drawn(summary, frame)

    return figure(NAME, title, description, frames(NAME, title, margins), drawn)


def _end(policy: PolicyResult, summary: Summary) -> str:
    return ", ".join(reached(policy.content(summary.study.headline)))


def _drawn(summary: Summary, frame: Frame) -> tuple[Plane, list[Layer]]:
    results = [policy.content(summary.study.headline) for policy in summary.policies]
    span = span_of(results)
    top = 1.04 * max(1.0, *(max(result.over_time.high) for result in results))
    plane = Plane(
        frame,
        x_ends=(0.0, span.end),
        y_ends=(0.0, top),
        x_ticks=tuple(time_ticks(span.end, 4 if frame.narrow else 8)),
        y_ticks=tuple((value, tick_name(value)) for value in number_ticks(0, top, 6)),
    )
    # The control last: it lies over the others where they coincide with it.
    lines = [(stroke(i), points(results[i].over_time, span)) for i in (*range(1, len(results)), 0)]
    bands = MARKS.mark_area(opacity=0.07)
    band = bands.encode(x=plane.x(), y=plane.y("low"), y2=alt.Y2("high:Q"), color=colour())
    marks = [Layer(band, _coloured(lines))]
    for dash in dict.fromkeys(style.dash for style, _ in lines):
        alike = [(style, line) for style, line in lines if style.dash == dash]
        mean = MARKS.mark_line(strokeWidth=2.25, strokeJoin="round", strokeDash=dash or (1, 0))
        encoded = mean.encode(x=plane.x(), y=plane.y("mean"), color=colour())
        marks.append(Layer(encoded, _coloured(alike)))
    below = Line("Time since the first post", 0, frame.height + 38, quiet=True)
    ends = [points(result.over_time, span)[-1]["mean"] for result in results]
    return plane, [*marks, *_labels(summary, ends, plane, below)]


def _coloured(lines: Sequence[tuple[Stroke, Sequence[Point]]]) -> list[dict[str, float | str]]:
    return [{**point, "colour": style.colour.light} for style, line in lines for point in line]


def _labels(summary: Summary, ends: Sequence[float], plane: Plane, below: Line) -> Iterator[Layer]:
    frame = plane.frame
    names = [wrapped(policy.title, 13 if frame.narrow else 28) for policy in summary.policies]
    figures = [
        reached(policy.content(summary.study.headline))
        if frame.narrow
        else (_end(policy, summary),)
        for policy in summary.policies
    ]
    heights = [
        (len(name) + len(text)) * LINE_HEIGHT + 8.0
        for name, text in zip(names, figures, strict=True)
    ]
    centres = spread_out([plane.pixels_down(end) for end in ends], heights, frame.height)
    lines, leaders = [below], []
    for i, (centre, height) in enumerate(zip(centres, heights, strict=True)):
        first = centre - height / 2 + 4 + LINE_HEIGHT / 2
        leaders.append(
            {
                "x": plane.x_at(frame.plot_width + 1),
                "to": plane.x_at(frame.plot_width + 14),
                "end": ends[i],
                "label": plane.y_at(first),
                "colour": stroke(i).colour.light,
            }
        )
        lines += [
            Line(
                line,
                frame.plot_width + 19,
                first + j * LINE_HEIGHT,
                bold=j < len(names[i]),
                quiet=j >= len(names[i]),
            )
            for j, line in enumerate((*names[i], *figures[i]))
        ]
    rules = MARKS.mark_rule(strokeWidth=1.75).encode(
        x=plane.x(), x2=alt.X2("to:Q"), y=plane.y("end"), y2=alt.Y2("label:Q"), color=colour()
    )
    yield Layer(rules, leaders)
    yield from plane.lines(lines)


def span_of(results: Sequence[ContentResult]) -> Span:
    """From the first post until everything has all but happened, under every policy."""
    start = min(_last_zero(result.over_time) for result in results)
    last = max(result.over_time.hours[-1] for result in results) - start
    wanted = max(_settled(result.over_time) for result in results) - start
    step = tick_step(max(wanted, TIME_STEPS[0]), 8)
    end = step * (int(wanted / step) + 1)
    return Span(start, min(end, last) if last > 0 else end)


def _last_zero(series: Series) -> float:
    zeros = [hour for hour, mean in zip(series.hours, series.mean, strict=True) if mean == 0]
    return max(zeros, default=series.hours[0])


def _settled(series: Series) -> float:
    goal = SETTLED * series.mean[-1]
    return next(hour for hour, mean in zip(series.hours, series.mean, strict=True) if mean >= goal)


def tick_step(span: float, most: int) -> float:
    """Hours between the marks of a time axis of `span` hours, so that there are at most `most` steps."""
    return next((step for step in TIME_STEPS if span / step <= most), TIME_STEPS[-1])


def time_ticks(end: float, most: int) -> list[tuple[float, str]]:
    """The marks of a time axis from 0 to `end` hours, with their names."""
    step = tick_step(end, most)
    values = [step * i for i in range(int(end / step + 1e-9) + 1)]
    return [(value, hours(value) if value else "0") for value in values]


def points(series: Series, span: Span) -> list[Point]:
    """The points of a series within the span; the last one is cut out of the step in which the span ends."""
    inside: list[Point] = []
    for hour, mean, low, high in zip(
        series.hours, series.mean, series.low, series.high, strict=True
    ):
        point = {"x": hour - span.start, "mean": mean, "low": low, "high": high}
        if point["x"] > span.end and inside:
            before = inside[-1]
            share = (span.end - before["x"]) / (point["x"] - before["x"])
            inside.append({key: before[key] + share * (point[key] - before[key]) for key in point})
            break
        if point["x"] >= 0:
            inside.append(point)
    return inside
