"""The figures of a sensitivity analysis: one assumption at a time (a tornado) here, all combinations in `gaps_figure`.

Both show how much stricter the usually stricter policy is, so that a mark left of or below zero is a flip.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
from attrs import frozen

from chatsim.report.drawing import (
    FONT_SIZE,
    LETTER_WIDTH,
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
    round_ticks,
)
from chatsim.report.gaps_figure import gaps
from chatsim.report.theme import INK, MUTED, PAPER, SERIES, Colour
from chatsim.report.words import capital, wrapped
from chatsim.study.sensitivity.files import Results
from chatsim.study.sensitivity.sentences import points_in_favour, stricter_first
from chatsim.study.sensitivity.values import End, Sensitivity, Stricter, Swing

LOW, HIGH = SERIES[1], SERIES[2]
PITCH, BAR, BETWEEN = 48, 14, 9
KEY = 26
"""Pixels above the plot for the key."""


def sensitivity_figures(results: Results) -> dict[str, Figure]:
    """Both figures by name; what has nothing to show is left out."""
    made = (tornado(results.found), gaps(results))
    return {each.name: each for each in made if each is not None}


@frozen
class Bar:
    """From the gap that the scenario has to the gap at one end of a factor's range."""

    value: float
    label: str
    y: float
    colour: Colour
    outward: bool
    """Whether it points to the right."""


def tornado(found: Sensitivity) -> Figure | None:
    """Each factor alone from its low to its high end, the widest change on top; None without factors."""
    if not found.swings:
        return None
    best, other = stricter_first(found)
    title = f"How much stricter {best} is than {other}, one assumption at a time"
    base = points_in_favour(found.base.gap.value, found)
    description = (
        f"Two bars per assumption, from {base:.1f} percentage points, the scenario's own gap, to the gap with "
        "that assumption alone at its low and at its high end; below zero the other policy is the stricter one. "
        + "; ".join(f"{each.title}: {_ends(each, found)}" for each in found.swings)
        + "."
    )
    rows = len(found.swings)

    def drawn(frame: Frame) -> tuple[Plane, Sequence[Layer]]:
        return _Tornado(frame, found, base).drawn()

    papers = frames(
        "tornado",
        title,
        lambda narrow: (14, 14, (PITCH + 26) * rows) if narrow else (210, 14, PITCH * rows),
        extra=KEY,
    )
    return figure("tornado", title, description, papers, drawn)


def _ends(swing: Swing, found: Sensitivity) -> str:
    return " and ".join(
        f"{points_in_favour(end.gap.value, found):.1f} at {end.value}"
        for end in (swing.low, swing.high)
    )


@frozen
class _Tornado:
    frame: Frame
    found: Sensitivity
    base: float

    def drawn(self) -> tuple[Plane, Sequence[Layer]]:
        bars = [bar for i, swing in enumerate(self.found.swings) for bar in self._bars(i, swing)]
        plane = self._plane(bars)
        x, y = plane.x(), plane.y()
        shapes = MARKS.mark_rule(strokeWidth=BAR).encode(
            x=x, x2=alt.X2("to:Q"), y=y, color=colour()
        )
        marks = [
            {"x": self.base, "to": bar.value, "y": bar.y, "colour": bar.colour.light}
            for bar in bars
        ]
        upright = MARKS.mark_rule(strokeWidth=1.5, color=INK.light)
        dashed = MARKS.mark_rule(strokeWidth=1.5, color=INK.light, strokeDash=[5, 3])
        whole = {"y": 0.0, "to": float(self.frame.height)}
        return plane, [
            Layer(shapes, marks),
            Layer(upright.encode(x=x, y=y, y2=alt.Y2("to:Q")), [{"x": 0.0, **whole}]),
            Layer(dashed.encode(x=x, y=y, y2=alt.Y2("to:Q")), [{"x": self.base, **whole}]),
            *self._labels(plane, bars),
            *self._key(plane),
            *plane.lines([*self._names(), self._axis_title()]),
        ]

    def _bars(self, row: int, swing: Swing) -> list[Bar]:
        centre = self._centre(row)
        ends = ((swing.low, -BETWEEN, LOW), (swing.high, BETWEEN, HIGH))
        bars = []
        for end, shift, tint in ends:
            value = points_in_favour(end.gap.value, self.found)
            bars.append(Bar(value, _label(end), centre + shift, tint, value >= self.base))
        return bars

    def _centre(self, row: int) -> float:
        pitch = self.frame.height / len(self.found.swings)
        return pitch * (row + 0.5) + (12 if self.frame.narrow else 0)

    def _plane(self, bars: Sequence[Bar]) -> Plane:
        """An axis with room for the labels beyond the bars' ends."""
        low = min(0.0, self.base, *(bar.value for bar in bars))
        high = max(0.0, self.base, *(bar.value for bar in bars))
        if high - low < 1e-9:
            high = low + 1.0
        left = max((_width(bar.label) for bar in bars if not bar.outward), default=0.0)
        right = max((_width(bar.label) for bar in bars if bar.outward), default=0.0)
        scale = (high - low) / max(60.0, self.frame.plot_width - left - right)
        ends = (low - left * scale, high + right * scale)
        ticks = round_ticks(low, high, 4 if self.frame.narrow else 8)
        return Plane(
            self.frame,
            x_ends=ends,
            y_ends=(float(self.frame.height), 0.0),
            x_ticks=tuple((value, f"{value:g}") for value in ticks),
            upright=True,
        )

    @staticmethod
    def _labels(plane: Plane, bars: Sequence[Bar]) -> list[Layer]:
        """The value at the far end of each bar, outside of it."""
        layers: list[Layer] = []
        for to_the_right in (True, False):
            texts = [
                {"x": bar.value, "y": bar.y, "text": bar.label}
                for bar in bars
                if bar.outward is to_the_right
            ]
            style: dict[str, Any] = {
                "align": "left" if to_the_right else "right",
                "baseline": "middle",
                "dx": 6 if to_the_right else -6,
                "fontSize": FONT_SIZE,
            }
            # What lies behind a label is kept at a distance.
            paper = MARKS.mark_text(
                color=PAPER.light, stroke=PAPER.light, strokeWidth=5, strokeJoin="round", **style
            )
            layers += [
                Layer(marks.encode(x=plane.x(), y=plane.y(), text=alt.Text("text:N")), texts)
                for marks in (paper, MARKS.mark_text(color=MUTED.light, **style))
            ]
        return layers

    def _names(self) -> list[Line]:
        lines = []
        for i, swing in enumerate(self.found.swings):
            note = "" if swing.seen else "within chance"
            if self.frame.narrow:
                y = self._centre(i) - BETWEEN - BAR / 2 - 12
                name = f"{capital(swing.title)} ({note})" if note else capital(swing.title)
                lines.append(Line(name, -self.frame.left, y, bold=True, halo=True))
                continue
            name_lines = wrapped(capital(swing.title), 26)
            several = len(name_lines) + bool(note)
            first = self._centre(i) - LINE_HEIGHT * (several - 1) / 2
            for j, line in enumerate(name_lines):
                lines.append(Line(line, -self.frame.left, first + LINE_HEIGHT * j, bold=True))
            if note:
                y = first + LINE_HEIGHT * len(name_lines)
                lines.append(Line(note, -self.frame.left, y, quiet=True))
        return lines

    def _axis_title(self) -> Line:
        text = "Percentage points of the people reached uncapped"
        return Line(text, 0, self.frame.height + 38, quiet=True)

    def _key(self, plane: Plane) -> list[Layer]:
        y = -22.0
        start = 6.0 - plane.frame.left
        entries = (("at its low end", LOW), ("at its high end", HIGH))
        layers, lines = [], []
        for name, tint in entries:
            square = MARKS.mark_point(
                shape="square", filled=True, color=tint.light, size=130, opacity=1
            )
            place = {"x": plane.x_at(start), "y": plane.y_at(y)}
            layers.append(Layer(square.encode(x=plane.x(), y=plane.y()), [place]))
            lines.append(Line(name, start + 12, y))
            start += 28 + LETTER_WIDTH * len(name)
        name = "scenario" if plane.frame.narrow else "as the scenario has it"
        dashed = MARKS.mark_rule(strokeWidth=1.5, color=INK.light, strokeDash=[5, 3])
        place = {
            "x": plane.x_at(start),
            "y": plane.y_at(y - 8),
            "to": plane.y_at(y + 8),
        }
        layers.append(Layer(dashed.encode(x=plane.x(), y=plane.y(), y2=alt.Y2("to:Q")), [place]))
        lines.append(Line(name, start + 8, y))
        return [*layers, *plane.lines(lines)]


def _label(end: End) -> str:
    return f"{end.value} (no outbreak)" if end.stricter is Stricter.NOTHING else end.value


def _width(label: str) -> float:
    return LETTER_WIDTH * len(label) + 10
