"""Lines of percentages against a share of people, each with its name at its end."""

from __future__ import annotations

from collections.abc import Sequence

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
    figure,
    frames,
)
from chatsim.report.placing import spread_out
from chatsim.report.theme import stroke
from chatsim.report.words import wrapped


@frozen
class ShareLine:
    """One line: a percentage for each share of people."""

    points: tuple[float, ...]
    name: str


def share_lines(
    name: str,
    title: str,
    description: str,
    shares: Sequence[float],
    drawn_lines: Sequence[ShareLine],
    axis: str,
) -> Figure:
    """The figure; `shares` are in percent and rise from 0, and `axis` says what they are of."""

    def margins(narrow: bool) -> tuple[int, int, int]:
        return (50, 140, 340) if narrow else (56, 240, 300)

    def drawn(frame: Frame) -> tuple[Plane, Sequence[Layer]]:
        plane = Plane(
            frame,
            x_ends=(0.0, max(shares, default=1.0)),
            y_ends=(0.0, 104.0),
            x_ticks=tuple((share, f"{share:.0f} %") for share in _apart(shares, frame)),
            y_ticks=tuple((value, f"{value} %") for value in (0, 25, 50, 75, 100)),
        )
        layers: list[Layer] = []
        wanted, blocks = [], []
        for i, each in enumerate(drawn_lines):
            layers += _line(plane, shares, each.points, i)
            blocks.append(wrapped(each.name, 15 if frame.narrow else 26))
            wanted.append(plane.pixels_down(each.points[-1]))
        heights = [LINE_HEIGHT * len(text) + 6.0 for text in blocks]
        tops = spread_out(wanted, heights, float(frame.height))
        right = frame.plot_width + 10
        lines = [
            Line(part, right, top - LINE_HEIGHT * (len(text) - 1) / 2 + LINE_HEIGHT * j, bold=True)
            for text, top in zip(blocks, tops, strict=True)
            for j, part in enumerate(text)
        ]
        lines.append(Line(axis, 0, frame.height + 38, quiet=True))
        return plane, [*layers, *plane.lines(lines)]

    return figure(name, title, description, frames(name, title, margins), drawn)


def _line(
    plane: Plane, shares: Sequence[float], points: Sequence[float], number: int
) -> list[Layer]:
    hue = stroke(number + 1).colour.light
    marks = [
        {"x": share, "y": value, "colour": hue} for share, value in zip(shares, points, strict=True)
    ]
    line = MARKS.mark_line(color=hue, strokeWidth=2.5)
    dots = MARKS.mark_point(shape="circle", filled=True, size=60, opacity=1)
    fill = alt.Fill("colour:N", scale=None, legend=None)
    return [
        Layer(line.encode(x=plane.x(), y=plane.y()), marks),
        Layer(dots.encode(x=plane.x(), y=plane.y(), fill=fill), marks),
    ]


def _apart(shares: Sequence[float], frame: Frame) -> list[float]:
    """The shares whose names have room beside each other."""
    kept: list[float] = []
    for share in shares:
        if not kept or (share - kept[-1]) / max(shares) * frame.plot_width >= 40:
            kept.append(share)
    return kept
