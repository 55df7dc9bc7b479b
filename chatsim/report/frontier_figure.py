"""Harm prevented against price: a mark per policy with both intervals; one that another beats is drawn faintly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import altair as alt

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
from chatsim.report.row_figures import times
from chatsim.report.theme import stroke
from chatsim.report.words import wrapped
from chatsim.study.beyond import Tradeoff
from chatsim.study.estimates import Estimate
from chatsim.study.frontier import HARMLESS
from chatsim.study.sentences import percent
from chatsim.study.summary import Summary

NAME = "frontier"
FAINT = 0.3


def frontier(summary: Summary) -> Figure | None:
    """The figure; None where a study has no frontier."""
    found = summary.frontier
    if found is None or not found.tradeoffs:
        return None
    title = "Harm prevented, and what it costs"
    titles = {policy.name: policy.title for policy in summary.policies}
    places = "; ".join(
        f"{titles[each.policy]}: prevents {percent(each.prevented.value)} %, costs "
        f"{_price_text(each.price, found.price)}"
        for each in found.tradeoffs
    )
    description = (
        "A mark per policy with 95 % intervals both ways: harmful reach prevented upwards, "
        f"{found.price} to the right. {places}. {found.sentence}"
    )

    def margins(narrow: bool) -> tuple[int, int, int]:
        return (44, 142, 340) if narrow else (56, 250, 360)

    def drawn(frame: Frame) -> tuple[Plane, Sequence[Layer]]:
        return _drawn(summary, found.tradeoffs, found.price, frame)

    return figure(NAME, title, description, frames(NAME, title, margins, extra=20), drawn)


def _price_text(price: Estimate, unit: str) -> str:
    return f"{percent(price.value)} %" if unit == HARMLESS else f"{price.value:,.0f} {unit}"


def _ends(estimates: Sequence[Estimate]) -> tuple[float, float]:
    values = [
        end for each in estimates for end in (each.value, each.low, each.high) if end is not None
    ]
    return min((0.0, *values)), max((1.0, *values))


def _drawn(
    summary: Summary, tradeoffs: Sequence[Tradeoff], unit: str, frame: Frame
) -> tuple[Plane, list[Layer]]:
    in_percent = unit == HARMLESS
    prices = [times(each.price, 100) if in_percent else each.price for each in tradeoffs]
    prevented = [times(each.prevented, 100) for each in tradeoffs]
    (left, right), (low, high) = _ends(prices), _ends(prevented)
    sign = " %" if in_percent else ""
    plane = Plane(
        frame,
        x_ends=(1.05 * left, 1.05 * right),
        y_ends=(1.05 * low, 1.05 * high),
        x_ticks=tuple(
            (value, f"{tick_name(value)}{sign}")
            for value in number_ticks(left, 1.05 * right, 4 if frame.narrow else 8)
        ),
        y_ticks=tuple(
            (value, f"{tick_name(value)} %") for value in number_ticks(low, 1.05 * high, 7)
        ),
    )
    layers: list[Layer] = []
    for faint in (True, False):
        chosen = [i for i, each in enumerate(tradeoffs) if (each.beaten_by is not None) == faint]
        points = [_point(prices[i], prevented[i], i) for i in chosen]
        layers += _marks(plane, points, FAINT if faint else 1.0)
    titles = [policy.title for policy in summary.policies[1:]]
    layers += _labels(plane, titles, [each.value for each in prices], [e.value for e in prevented])
    below = (
        "Price: harmless people not reached" if in_percent else "Price: held back per 100 forwards"
    )
    words = [
        Line("Harmful reach prevented", -frame.left, -20, quiet=True),
        Line(below, 0, frame.height + 38, quiet=True),
    ]
    return plane, [*layers, *plane.lines(words)]


def _point(price: Estimate, prevented: Estimate, number: int) -> dict[str, float | str]:
    def ends(estimate: Estimate) -> tuple[float, float]:
        known = estimate.low is not None and estimate.high is not None
        return (estimate.low or 0.0, estimate.high or 0.0) if known else (estimate.value,) * 2

    (left, right), (low, high) = ends(price), ends(prevented)
    return {
        "x": price.value,
        "y": prevented.value,
        "left": left,
        "right": right,
        "low": low,
        "high": high,
        "colour": stroke(number + 1).colour.light,
    }


def _marks(
    plane: Plane, points: Sequence[dict[str, float | str]], opacity: float
) -> Iterator[Layer]:
    if not points:
        return
    bars = MARKS.mark_rule(strokeWidth=2, opacity=0.6 * opacity)
    yield Layer(
        bars.encode(x=plane.x("left"), x2=alt.X2("right:Q"), y=plane.y(), color=colour()), points
    )
    yield Layer(
        bars.encode(x=plane.x(), y=plane.y("low"), y2=alt.Y2("high:Q"), color=colour()), points
    )
    circles = MARKS.mark_circle(size=120, opacity=opacity)
    yield Layer(circles.encode(x=plane.x(), y=plane.y(), color=colour()), points)


def _labels(
    plane: Plane, titles: Sequence[str], prices: Sequence[float], prevented: Sequence[float]
) -> Iterator[Layer]:
    frame = plane.frame
    names = [wrapped(title, 13 if frame.narrow else 28) for title in titles]
    heights = [len(name) * LINE_HEIGHT + 8.0 for name in names]
    centres = spread_out(
        [plane.pixels_down(value) for value in prevented], heights, float(frame.height)
    )
    leaders, lines = [], []
    for i, (name, centre) in enumerate(zip(names, centres, strict=True)):
        leaders.append(
            {
                "x": prices[i],
                "to": plane.x_at(frame.plot_width + 8),
                "y": prevented[i],
                "end": plane.y_at(centre),
                "colour": stroke(i + 1).colour.light,
            }
        )
        first = centre - LINE_HEIGHT * (len(name) - 1) / 2
        lines += [
            Line(line, frame.plot_width + 12, first + LINE_HEIGHT * j, bold=True)
            for j, line in enumerate(name)
        ]
    rules = MARKS.mark_rule(strokeWidth=1, opacity=0.5, strokeDash=(2, 3))
    yield Layer(
        rules.encode(
            x=plane.x(), x2=alt.X2("to:Q"), y=plane.y(), y2=alt.Y2("end:Q"), color=colour()
        ),
        leaders,
    )
    yield from plane.lines(lines)
