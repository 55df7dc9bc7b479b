"""What the figures are made of: paper, marks and SVG text, drawn by Vega-Lite.

Every place is computed here, none is measured by the renderer: the same summary gives the same bytes, whatever fonts
a machine has. Colours are the theme's light ones; the page's style swaps them where the screen is dark.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import altair as alt
import vl_convert
from attrs import frozen

from chatsim.report.theme import INK, MUTED, PAPER, RULE
from chatsim.report.words import cleaned, wrapped

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
PNG_FONT = "Liberation Sans"
"""Comes with the renderer, and is as wide as Arial."""
FONT_SIZE = 13
LINE_HEIGHT = 16
LETTER_WIDTH = 6.6
"""Pixels that a letter takes on average in the widest of these fonts."""
HEAD_LINE_HEIGHT = 19
FOOT = 48
"""Pixels below a plot, for its axis and the axis' title."""


@frozen
class Figure:
    """One figure, self-contained: its SVG holds its title, its description and every colour."""

    name: str
    title: str
    description: str
    """What it shows, for whoever cannot see it."""
    svg: str
    svg_narrow: str
    """The same, laid out for a screen of a phone's width."""

    def png(self, scale: float = 2.0) -> bytes:
        """The wide layout as a PNG, `scale` pixels per unit; its type is the renderer's own, whatever a machine has."""
        typed = self.svg.replace(html.escape(FONT, quote=False), PNG_FONT)
        image: bytes = vl_convert.svg_to_png(typed, scale=scale)
        return image


def figure_files(drawn: Mapping[str, Figure]) -> dict[str, bytes]:
    """Each figure as SVG and as PNG, by the file's name."""
    files = {}
    for name, each in drawn.items():
        files[f"{name}.svg"] = each.svg.encode()
        files[f"{name}.png"] = each.png()
    return files


@frozen
class Frame:
    """The paper of a figure, in pixels: a plot with margins around it."""

    name: str
    width: int
    left: int
    right: int
    height: int
    """Of the plot."""
    head: tuple[str, ...]
    """The lines of the title."""
    extra: int = 0
    """Pixels between title and plot, for a key."""

    @property
    def narrow(self) -> bool:
        """Whether it is for a phone."""
        return self.width < 500

    @property
    def plot_width(self) -> int:
        """Pixels between the margins."""
        return self.width - self.left - self.right

    @property
    def top(self) -> int:
        """Pixels above the plot."""
        return len(self.head) * HEAD_LINE_HEIGHT + 18 + self.extra


CONFIG = alt.Config(
    font=FONT,
    aria=False,
    view=alt.ViewConfig(stroke=None),
    axis=alt.AxisConfig(
        labelFontSize=FONT_SIZE,
        labelColor=MUTED.light,
        labelFont=FONT,
        labelOverlap=False,
        labelPadding=6,
        gridColor=RULE.light,
        domain=False,
        ticks=False,
    ),
)
WIDE = 920
NARROW = 360


def frames(
    name: str, title: str, margins: Callable[[bool], tuple[int, int, int]], extra: int = 0
) -> tuple[Frame, Frame]:
    """The two papers of a figure; `margins` gives left, right and height for the wide one and the narrow one."""
    made = []
    for suffix, width, narrow in (("", WIDE, False), ("-narrow", NARROW, True)):
        left, right, height = margins(narrow)
        head = wrapped(title, int((width - 16) / (LETTER_WIDTH * 1.15)))
        made.append(Frame(name + suffix, width, left, right, height, head, extra))
    return made[0], made[1]


def figure(
    name: str,
    title: str,
    description: str,
    papers: tuple[Frame, Frame],
    drawn: Callable[[Frame], tuple[Plane, Sequence[Layer]]],
) -> Figure:
    """The figure whose plane and marks `drawn` gives for each of two papers."""
    wide, narrow = (_svg(*drawn(paper), title, description) for paper in papers)
    return Figure(name, title, description, wide, narrow)


@frozen
class Line:
    """One line of text at a place on the plot, in pixels from its upper left corner."""

    text: str
    x: float
    y: float
    bold: bool = False
    quiet: bool = False
    halo: bool = False
    """Whether it keeps what lies behind it at a distance."""


@frozen
class Plane:
    """The plot of a figure: values to places and back. All marks share its two scales."""

    frame: Frame
    x_ends: tuple[float, float]
    """Values at the left and right edges."""
    y_ends: tuple[float, float]
    """Values at the lower and upper edges."""
    x_ticks: tuple[tuple[float, str], ...]
    """Marks of the axis below, with their names."""
    y_ticks: tuple[tuple[float, str], ...] = ()
    """Marks of the axis to the left; none: it has no axis."""
    upright: bool = False
    """Whether there are lines at the marks of the axis below, and not at those to the left."""

    def x(self, field: str = "x") -> alt.X:
        """The encoding of horizontal places."""
        axis = _axis(self.x_ticks, grid=self.upright)
        return alt.X(f"{field}:Q", scale=_scale(self.x_ends), axis=axis)

    def y(self, field: str = "y") -> alt.Y:
        """The encoding of vertical places."""
        axis = _axis(self.y_ticks, grid=not self.upright) if self.y_ticks else None
        return alt.Y(f"{field}:Q", scale=_scale(self.y_ends), axis=axis)

    def x_at(self, pixels: float) -> float:
        """The value so far from the left edge."""
        low, high = self.x_ends
        return low + (high - low) * pixels / self.frame.plot_width

    def y_at(self, pixels: float) -> float:
        """The value so far below the upper edge."""
        low, high = self.y_ends
        return high - (high - low) * pixels / self.frame.height

    def pixels_down(self, value: float) -> float:
        """How far below the upper edge a value lies."""
        low, high = self.y_ends
        return self.frame.height * (high - value) / (high - low)

    def lines(self, lines: Sequence[Line]) -> list[Layer]:
        """Lines of text, as few layers as there are ways to write them."""
        layers: list[Layer] = []
        for bold, quiet, halo in sorted({(line.bold, line.quiet, line.halo) for line in lines}):
            points = [
                {"x": self.x_at(line.x), "y": self.y_at(line.y), "text": cleaned(line.text)}
                for line in lines
                if (line.bold, line.quiet, line.halo) == (bold, quiet, halo)
            ]
            style: dict[str, Any] = {
                "align": "left",
                "baseline": "middle",
                "fontSize": FONT_SIZE,
                "fontWeight": 600 if bold else 400,
            }
            marks = [MARKS.mark_text(color=MUTED.light if quiet else INK.light, **style)]
            if halo:
                behind: dict[str, Any] = {
                    "stroke": PAPER.light,
                    "strokeWidth": 5,
                    "strokeJoin": "round",
                }
                marks.insert(0, MARKS.mark_text(color=PAPER.light, **style, **behind))
            layers += [
                Layer(mark.encode(x=self.x(), y=self.y(), text=alt.Text("text:N")), points)
                for mark in marks
            ]
        return layers


MARKS = alt.Chart()
"""Where the marks of a layer begin: `MARKS.mark_line().encode(...)`."""


@frozen
class Layer:
    """Marks and the points that they show.

    Points stay out of Altair's hands, which would copy and check each of them at every step.
    """

    marks: alt.Chart
    points: Sequence[Mapping[str, Any]]


def colour() -> alt.Color:
    """Colours as the points themselves name them, in `colour`."""
    return alt.Color("colour:N", scale=None, legend=None)


def _scale(ends: tuple[float, float]) -> alt.Scale:
    return alt.Scale(domain=list(ends), nice=False, zero=False)


def _axis(ticks: Sequence[tuple[float, str]], *, grid: bool) -> alt.Axis:
    # Spelled out one by one: no format of Vega's writes "1 d 12 h".
    names = "".join(f"abs(datum.value - ({value!r})) < 1e-9 ? {name!r} : " for value, name in ticks)
    return alt.Axis(
        values=[value for value, _ in ticks], labelExpr=f"{names}''", title=None, grid=grid
    )


def number_ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers between two ends, at most `most` of them, 0 among them where it lies between."""
    step = 1.0
    while (high - low) / step > most - 1:
        # 1, 2, 5, 10, 20...
        step *= 2.5 if f"{step:e}"[0] == "2" else 2.0
    first = -int(-low // step) if low >= 0 else -int(-low / step)
    return [step * i for i in range(first, int(high / step + 1e-9) + 1)]


def round_ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers between two ends, tenths where the ends are close together."""
    factor = 1.0 if high - low >= 4 else 10.0
    return [value / factor for value in number_ticks(factor * low, factor * high, most)]


def tick_name(value: float) -> str:
    """A round number beside an axis."""
    return f"{value:,.0f}"


def _svg(plane: Plane, layers: Sequence[Layer], title: str, description: str) -> str:
    frame = plane.frame
    head = [
        Line(line, -frame.left, 8.0 - frame.top + HEAD_LINE_HEIGHT * i, bold=True)
        for i, line in enumerate(frame.head)
    ]
    named = {f"layer-{i}": layer for i, layer in enumerate((*layers, *plane.lines(head)))}
    # Put together by hand: Altair would copy every mark several times over.
    spec = {
        "$schema": alt.SCHEMA_URL,
        "config": CONFIG.to_dict(),
        "background": PAPER.light,
        "width": frame.plot_width,
        "height": frame.height,
        "autosize": {"type": "none"},
        "padding": {"left": frame.left, "right": frame.right, "top": frame.top, "bottom": FOOT},
        "layer": [
            {
                "data": {"name": name},
                "mark": layer.marks.mark.to_dict(validate=False),
                "encoding": layer.marks.encoding.to_dict(validate=False, context={}),
            }
            for name, layer in named.items()
        ],
        "datasets": {name: [dict(point) for point in each.points] for name, each in named.items()},
    }
    drawn: str = vl_convert.vegalite_to_svg(spec)
    return _described(drawn, frame, title, description)


def _described(svg: str, frame: Frame, title: str, description: str) -> str:
    start, _, rest = svg.partition(">")
    ids = f"{frame.name}-title", f"{frame.name}-description"
    return (
        f'{start} role="img" aria-labelledby="{ids[0]} {ids[1]}">'
        f'<title id="{ids[0]}">{html.escape(cleaned(title))}</title>'
        f'<desc id="{ids[1]}">{html.escape(cleaned(description))}</desc>{rest}'
    )
