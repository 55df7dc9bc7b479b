"""A figure of curves: over seconds or percentiles, named at their ends, with stages shaded and peaks pointed out."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

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
)
from chatsim.report.placing import spread_out
from chatsim.report.theme import PAPER, RULE, Colour
from chatsim.report.words import wrapped

Ticks = tuple[tuple[float, str], ...]
STAGE_NAME_WIDTH = 7.0
"""Pixels that a letter of a stage's name takes at most."""
BOLD_WIDTH = 9.3
"""Pixels that a letter of a curve's name takes at most."""
LETTERS = (23, 15)
"""Of a line beside a curve, on a wide figure and on a narrow one."""
WIDE_MARGINS = (72, 218)
"""Left and right of every wide figure, so that those below one another share their seconds."""
STRIP = 26
"""Pixels above a plot for the names of stages."""


@frozen
class Curve:
    """One line. A piece without values (None) is a gap."""

    name: str
    detail: str
    """Below the name, such as the value that matters."""
    colour: Colour
    points: tuple[tuple[float, float | None], ...]
    dash: tuple[int, int] | None = None

    @property
    def last(self) -> float | None:
        """The value at its end."""
        return next((y for _, y in reversed(self.points) if y is not None), None)


@frozen
class Peak:
    """A point that is pointed out, with its words above it."""

    x: float
    y: float
    text: str
    colour: Colour


@frozen
class Span:
    """A stage: from, to, and its name."""

    start: float
    end: float
    name: str


@frozen
class Chart:
    """Everything that a figure of curves shows."""

    name: str
    title: str
    description: str
    curves: tuple[Curve, ...]
    x_ends: tuple[float, float]
    y_ends: tuple[float, float]
    x_ticks: tuple[Ticks, Ticks]
    """For a wide figure and for a narrow one."""
    y_ticks: Ticks
    x_title: str
    spans: tuple[Span, ...] = ()
    peaks: tuple[Peak, ...] = ()
    height: int = 300


def drawn(chart: Chart) -> Figure:
    """The figure, for a screen of any width."""
    tick_width = max((len(name) for _, name in chart.y_ticks), default=0)

    def margins(narrow: bool) -> tuple[int, int, int]:
        if not narrow:
            return (*WIDE_MARGINS, chart.height)
        texts = (text for each in chart.curves for text in (each.name, each.detail))
        longest = max(len(line) for text in texts for line in wrapped(text, LETTERS[narrow]))
        return (14 + 7 * tick_width, round(24 + BOLD_WIDTH * longest), chart.height)

    strip = STRIP if chart.spans else 0
    papers = frames(chart.name, chart.title, margins, strip)
    return figure(
        chart.name,
        chart.title,
        chart.description,
        papers,
        lambda frame: _layers(chart, frame),
    )


def _layers(chart: Chart, frame: Frame) -> tuple[Plane, list[Layer]]:
    plane = Plane(
        frame,
        x_ends=chart.x_ends,
        y_ends=chart.y_ends,
        x_ticks=chart.x_ticks[frame.narrow],
        y_ticks=chart.y_ticks,
    )
    below = Line(chart.x_title, 0, frame.height + 38, quiet=True)
    return plane, [
        *_spans(chart, plane),
        *(_line(curve, plane) for curve in chart.curves),
        *_peaks(chart, plane),
        *_names(chart, plane, below),
    ]


def _spans(chart: Chart, plane: Plane) -> Iterator[Layer]:
    """Every other stage is shaded; names where there is room."""
    low, high = plane.y_ends
    shades = [
        {"x": span.start, "to": span.end, "y": low, "top": high, "colour": RULE.light}
        for span in chart.spans[1::2]
    ]
    rects = MARKS.mark_rect(opacity=0.35).encode(
        x=plane.x(), x2="to:Q", y=plane.y(), y2="top:Q", color=colour()
    )
    yield Layer(rects, shades)
    yield from plane.lines(list(_span_names(chart.spans, plane)))


def _span_names(spans: Sequence[Span], plane: Plane) -> Iterator[Line]:
    low, high = plane.x_ends
    scale = plane.frame.plot_width / (high - low)
    free = 0.0
    for span in spans:
        start = max(free, (span.start - low) * scale + 4)
        if start + STAGE_NAME_WIDTH * len(span.name) <= (span.end - low) * scale:
            yield Line(span.name, start, -13, quiet=True)
            free = start + STAGE_NAME_WIDTH * (len(span.name) + 3)


def _line(curve: Curve, plane: Plane) -> Layer:
    mark = MARKS.mark_line(
        strokeWidth=2.25, strokeJoin="round", strokeDash=curve.dash or (1, 0), invalid=None
    )
    encoded = mark.encode(x=plane.x(), y=plane.y(), detail="piece:N", order="x:Q", color=colour())
    return Layer(encoded, list(_pieces(curve)))


def _pieces(curve: Curve) -> Iterator[dict[str, float | str]]:
    pieces = itertools.groupby(curve.points, key=lambda point: point[1] is None)
    for number, (missing, points) in enumerate(pieces):
        for x, y in points:
            if not missing and y is not None:
                yield {"x": x, "y": y, "piece": str(number), "colour": curve.colour.light}


def _peaks(chart: Chart, plane: Plane) -> Iterator[Layer]:
    if not chart.peaks:
        return
    dots = [{"x": peak.x, "y": peak.y, "colour": peak.colour.light} for peak in chart.peaks]
    mark = MARKS.mark_point(
        shape="circle", filled=True, stroke=PAPER.light, strokeWidth=1.5, size=90, opacity=1
    )
    fill = alt.Fill("colour:N", scale=None, legend=None)
    yield Layer(mark.encode(x=plane.x(), y=plane.y(), fill=fill), dots)
    yield from plane.lines(list(_peak_words(chart.peaks, plane)))


def _peak_words(peaks: Sequence[Peak], plane: Plane) -> Iterator[Line]:
    """To the right of the dot, or to the left where there is no room."""
    low, high = plane.x_ends
    width = plane.frame.plot_width
    wanted = [plane.pixels_down(peak.y) - 2 for peak in peaks]
    rows = spread_out(wanted, [LINE_HEIGHT + 2.0] * len(peaks), plane.frame.height)
    for peak, row in zip(peaks, rows, strict=True):
        x = (peak.x - low) / (high - low) * width
        text_width = STAGE_NAME_WIDTH * len(peak.text)
        place = x + 10 if x + 10 + text_width <= width else max(0.0, x - 10 - text_width)
        yield Line(peak.text, place, row, bold=True, halo=True)


def _names(chart: Chart, plane: Plane, below: Line) -> Iterator[Layer]:
    frame = plane.frame
    letters = LETTERS[frame.narrow]
    named = [(curve, curve.last) for curve in chart.curves]
    shown = [(curve, last) for curve, last in named if last is not None]
    texts = [
        (wrapped(curve.name, letters), wrapped(curve.detail, letters) if curve.detail else ())
        for curve, _ in shown
    ]
    heights = [(len(name) + len(detail)) * LINE_HEIGHT + 8.0 for name, detail in texts]
    wanted = [plane.pixels_down(last) for _, last in shown]
    lines, leaders = [below], []
    centres = spread_out(wanted, heights, frame.height)
    for (curve, last), (name, detail), centre, height in zip(
        shown, texts, centres, heights, strict=True
    ):
        first = centre - height / 2 + 4 + LINE_HEIGHT / 2
        leaders.append(
            {
                "x": plane.x_at(frame.plot_width + 1),
                "to": plane.x_at(frame.plot_width + 14),
                "y": last,
                "label": plane.y_at(first),
                "colour": curve.colour.light,
            }
        )
        lines += [
            Line(line, frame.plot_width + 19, first + i * LINE_HEIGHT, bold=i < len(name))
            for i, line in enumerate((*name, *detail))
        ]
    rules = MARKS.mark_rule(strokeWidth=1.75).encode(
        x=plane.x(), x2="to:Q", y=plane.y(), y2="label:Q", color=colour()
    )
    yield Layer(rules, leaders)
    yield from plane.lines(lines)


def logarithm(value: float) -> float:
    """Where a latency in microseconds stands on a logarithmic axis; nothing is below one microsecond."""
    return math.log10(max(1.0, value))
