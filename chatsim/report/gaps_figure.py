"""The gap of every combination of a sensitivity analysis, rising, each with its interval: which are flips."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
from attrs import frozen

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
    round_ticks,
)
from chatsim.report.theme import CONTROL, INK, SERIES, Colour
from chatsim.study.sensitivity.files import Results
from chatsim.study.sensitivity.sentences import points_in_favour, stricter_first
from chatsim.study.sensitivity.values import Sensitivity, Stricter

USUAL, FLIPPED, UNDECIDED = SERIES[1], SERIES[2], CONTROL


def gaps(results: Results) -> Figure | None:
    """The gap of every combination with something to compare, rising; None where there is none."""
    found = results.found
    rows = _gap_rows(results)
    if not rows:
        return None
    best, other = stricter_first(found)
    title = f"How much stricter {best} is than {other} in each of {len(rows):,} combinations"
    description = (
        "A dot per combination of assumptions with the 95 % interval of its gap, from the least to the greatest; "
        f"below zero {other} is the stricter one. "
        + "; ".join(f"{name}: {count:,}" for name, count, _ in _legend(found))
        + f". From {rows[0].value:.1f} to {rows[-1].value:.1f} percentage points."
    )

    def drawn(frame: Frame) -> tuple[Plane, Sequence[Layer]]:
        ends = [end for row in rows for end in (row.low, row.high, row.value)]
        low, high = min(0.0, *ends), max(0.0, *ends)
        pad = 0.04 * max(high - low, 1.0)
        plane = Plane(
            frame,
            x_ends=(-1.0, float(len(rows))),
            y_ends=(low - pad, high + pad),
            x_ticks=(),
            y_ticks=tuple((v, f"{v:g}") for v in round_ticks(low, high, 7)),
        )
        x, y = plane.x(), plane.y()
        bars = MARKS.mark_rule(strokeWidth=1, opacity=0.45).encode(
            x=x, y=y, y2=alt.Y2("to:Q"), color=colour()
        )
        dots = MARKS.mark_circle(size=16 if frame.narrow else 26, opacity=1)
        zero = MARKS.mark_rule(strokeWidth=1.5, color=INK.light).encode(x=x, x2=alt.X2("to:Q"), y=y)
        spans = [
            {"x": i, "y": row.low, "to": row.high, "colour": row.colour.light}
            for i, row in enumerate(rows)
        ]
        marks = [{"x": i, "y": row.value, "colour": row.colour.light} for i, row in enumerate(rows)]
        return plane, [
            Layer(bars, spans),
            Layer(zero, [{"x": -1.0, "to": float(len(rows)), "y": 0.0}]),
            Layer(dots.encode(x=x, y=y, color=colour()), marks),
            *_gap_key(plane, found),
        ]

    papers = frames(
        "gaps",
        title,
        lambda narrow: (40, 10, 260) if narrow else (50, 14, 300),
        extra=3 * 20 + 6,
    )
    return figure("gaps", title, description, papers, drawn)


@frozen
class GapRow:
    """The gap of one combination, in percentage points."""

    value: float
    low: float
    high: float
    colour: Colour


def _gap_rows(results: Results) -> list[GapRow]:
    found = results.found
    usual = found.first if found.flips.usually is Stricter.FIRST else found.second
    tints = {usual.name: USUAL, Stricter.UNDECIDED.value: UNDECIDED}
    frame = results.points.unique("point", keep="first", maintain_order=True)
    rows = [
        GapRow(
            value=points_in_favour(gap, found),
            low=min(points_in_favour(low, found), points_in_favour(high, found)),
            high=max(points_in_favour(low, found), points_in_favour(high, found)),
            colour=tints.get(stricter, FLIPPED),
        )
        for gap, low, high, stricter in frame.select(
            "gap", "gap_low", "gap_high", "stricter"
        ).iter_rows()
        if stricter != Stricter.NOTHING.value
    ]
    return sorted(rows, key=lambda row: row.value)


def _legend(found: Sensitivity) -> list[tuple[str, int, Colour]]:
    best, other = stricter_first(found)
    counts = found.counts
    usual, flipped = counts.second, counts.first
    if found.flips.usually is Stricter.FIRST:
        usual, flipped = flipped, usual
    return [
        (f"{best} is stricter", usual, USUAL),
        ("no difference seen", counts.undecided, UNDECIDED),
        (f"{other} is stricter", flipped, FLIPPED),
    ]


def _gap_key(plane: Plane, found: Sensitivity) -> list[Layer]:
    layers, lines = [], []
    start = 6.0 - plane.frame.left
    for i, (name, count, tint) in enumerate(_legend(found)):
        y = -62.0 + 20 * i
        circle = MARKS.mark_circle(size=80, color=tint.light, opacity=1)
        place = {"x": plane.x_at(start), "y": plane.y_at(y)}
        layers.append(Layer(circle.encode(x=plane.x(), y=plane.y()), [place]))
        lines.append(Line(f"{name}: {count:,}", start + 12, y))
    lines.append(
        Line("Percentage points; a combination is a dot", -30, plane.frame.height + 26, quiet=True)
    )
    return [*layers, *plane.lines(lines)]
