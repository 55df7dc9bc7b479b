"""One run drawn as trees, uncapped beside the strictest policy: who was reached, by whom, how far from the start."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt
import polars as pl
from attrs import frozen

from chatsim.cascade.values import NOBODY
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
from chatsim.report.theme import CONTROL, INK, MUTED, PAPER, RULE, SERIES, Colour
from chatsim.report.tree_layout import Places, places
from chatsim.report.words import decimals, wrapped
from chatsim.study.one_run import Cascade, cascade, median_run
from chatsim.study.sentences import counted, strictest
from chatsim.study.summary import PolicyResult, Summary

NAME = "cascade-trees"
GROUP, CONTACT = SERIES[1], CONTROL
RINGS_NAMED = 6
"""At most so many rings have their number beside them."""
BEND = 0.02
"""An edge over more turns than this follows a curve, so that it does not cut through the rings within."""
SPREAD = 0.8
"""The power of a ring's share of the depth that its radius is of the outermost."""
KEY_HEIGHT = 92

Place = tuple[float, float]


def policies_drawn(summary: Summary) -> tuple[PolicyResult, ...]:
    """The control and the policy that lowers reach most, or the last one where none was seen to."""
    others = summary.policies[1:]
    if not others:
        return (summary.control,)
    return summary.control, strictest(others, summary.study.headline) or others[-1]


def cascade_trees(summary: Summary, spread: pl.DataFrame) -> Figure | None:
    """The trees of the run whose uncapped reach is the median; None where nobody was reached."""
    run = median_run(summary)
    drawn = [cascade(spread, summary, each, run) for each in policies_drawn(summary)]
    if not all(each.reach for each in drawn):
        return None
    title = f"Who passed the {summary.study.headline} on to whom: one run, the same originators"
    description = (
        f"Run {run} of {summary.study.runs}, whose reach is the median uncapped. The originators stand in the "
        "middle, everybody else on the ring of how often it had been passed on to them. "
        + " ".join(f"{each.policy.title}: {_facts(each)}." for each in drawn)
    )
    laid = [(each, places(each.trees, each.user)) for each in drawn]

    def margins(narrow: bool) -> tuple[int, int, int]:
        panels = len(drawn) if narrow else 1
        return 8, 8, panels * _panel_height(narrow) + _key_height(narrow)

    def drawing(frame: Frame) -> tuple[Plane, Sequence[Layer]]:
        return _drawn(frame, laid)

    return figure(NAME, title, description, frames(NAME, title, margins), drawing)


def _facts(shown: Cascade) -> str:
    return (
        f"{shown.reach:,} people reached, passed on up to {counted(shown.depth_max, 'time')}, "
        f"structural virality {decimals(shown.structural_virality, 1)}"
    )


def _panel_height(narrow: bool) -> int:
    return 430 if narrow else 520


def _key_height(narrow: bool) -> int:
    return 3 * KEY_HEIGHT - 10 if narrow else KEY_HEIGHT


@frozen
class Rings:
    """Rings around a centre, in pixels of the plot."""

    x: float
    y: float
    radius: float
    """Of the outermost."""
    deepest: int
    """The depth that stands there."""
    inner: float
    """Of the originators' ring: the depth that it would have if the centre had none."""

    def at(self, depth: float, turn: float) -> Place:
        """A place on a ring; rings further out are closer together, because they have more room."""
        share = (depth + self.inner) / (self.deepest + self.inner) if depth + self.inner else 0.0
        angle, radius = 2 * math.pi * turn, self.radius * share**SPREAD
        return self.x + radius * math.sin(angle), self.y - radius * math.cos(angle)

    def edge(self, start: tuple[float, float], end: tuple[float, float]) -> list[Place]:
        """From one (depth, turn) to another."""
        turns = abs(end[1] - start[1])
        steps = 1 if turns < BEND or start[0] + self.inner == 0 else 4 + int(32 * turns)
        shares = [i / steps for i in range(steps + 1)]
        return [
            self.at(
                start[0] + (end[0] - start[0]) * share,
                start[1] + (end[1] - start[1]) * share * share * (3 - 2 * share),
            )
            for share in shares
        ]


def _drawn(frame: Frame, laid: Sequence[tuple[Cascade, Places]]) -> tuple[Plane, Sequence[Layer]]:
    plane = Plane(frame, (0.0, float(frame.plot_width)), (float(frame.height), 0.0), x_ticks=())
    deepest = max(each.depth_max for each, _ in laid)
    layers: list[Layer] = []
    for i, (shown, where) in enumerate(laid):
        layers += _panel(plane, shown, where, _corner(frame, len(laid), i), deepest)
    key_top = frame.height - _key_height(frame.narrow)
    return plane, [*layers, *_key(plane, key_top, gathered=any(each.gathered for _, each in laid))]


def _corner(frame: Frame, panels: int, number: int) -> tuple[float, float, float]:
    """Left edge, top and width of a panel."""
    if frame.narrow:
        return 0.0, float(number * _panel_height(narrow=True)), float(frame.plot_width)
    width = frame.plot_width / max(2, panels)
    return number * width + (width / 2 if panels == 1 else 0.0), 0.0, width


def _panel(
    plane: Plane,
    shown: Cascade,
    where: Places,
    corner: tuple[float, float, float],
    deepest: int,
) -> Iterable[Layer]:
    left, top, width = corner
    narrow = plane.frame.narrow
    radius = min(width - 24, _panel_height(narrow) - 92) / 2
    inner = 0.0 if (where.depth == 0).sum() == 1 else 1.0
    rings = Rings(left + width / 2, top + 78 + radius, radius, deepest, inner)
    yield from _rings(plane, rings, deepest)
    yield _shapes(plane, _wedges(where, rings), MUTED, 0.45)
    edges = {
        through: [
            rings.edge(_spot(where, where.parent[i]), _spot(where, i))
            for i, row in enumerate(where.row)
            if where.parent[i] != NOBODY and shown.through_group[row] == through
        ]
        for through in (False, True)
    }
    thin = max(0.45, min(1.0, 20 / math.sqrt(len(where.row))))
    yield _paths(plane, edges[False], CONTACT, thin, 0.75)
    yield _paths(plane, edges[True], GROUP, thin, 0.75)
    dots = [rings.at(*_spot(where, i)) for i in range(len(where.row)) if where.depth[i]]
    yield _dots(plane, dots, INK, 2.4 * thin + 0.4)
    starts = [rings.at(*_spot(where, i)) for i in range(len(where.row)) if not where.depth[i]]
    size = min(6.0, 14 / math.sqrt(len(starts)))
    yield _dots(plane, starts, PAPER, size + 2)
    yield _dots(plane, starts, SERIES[2], size)
    yield from plane.lines(_heading(shown, where.gathered, left, top))
    yield from plane.lines(_ring_names(rings, deepest))


def _spot(where: Places, i: int) -> tuple[float, float]:
    return float(where.depth[i]), float(where.turn[i])


def _heading(shown: Cascade, gathered: int, left: float, top: float) -> list[Line]:
    reach = f"{shown.reach:,} people, passed on up to {counted(shown.depth_max, 'time')}"
    virality = f"structural virality {decimals(shown.structural_virality, 1)}"
    if gathered:
        virality += f"; {gathered:,} people in wedges"
    title = wrapped(shown.policy.title, 44)[0]
    return [
        Line(title, left, top + 16, bold=True),
        Line(reach, left, top + 16 + LINE_HEIGHT, quiet=True),
        Line(virality, left, top + 16 + 2 * LINE_HEIGHT, quiet=True),
    ]


def _rings(plane: Plane, rings: Rings, deepest: int) -> Iterable[Layer]:
    circles = [
        [rings.at(depth, i / 72) for i in range(73)]
        for depth in range(1 if rings.inner == 0 else 0, deepest + 1)
    ]
    yield _paths(plane, circles, RULE, 1.0, 1.0)


def _ring_names(rings: Rings, deepest: int) -> list[Line]:
    step = -(-deepest // RINGS_NAMED)
    named = range(step, deepest + 1, step) if deepest else ()
    places_named = [(depth, rings.at(depth, 0.0)) for depth in named]
    return [
        Line(str(depth), x - 3.5 * len(str(depth)), y, quiet=True, halo=True)
        for depth, (x, y) in places_named
    ]


def _wedges(where: Places, rings: Rings) -> list[list[Place]]:
    shapes = []
    for wedge in where.wedges:
        steps = max(1, int((wedge.end - wedge.start) * 120))
        arc = [
            rings.at(wedge.depth, wedge.start + (wedge.end - wedge.start) * i / steps)
            for i in range(steps + 1)
        ]
        tip = rings.at(*_spot(where, wedge.row))
        shapes.append([tip, *arc, tip])
    return shapes


def _key(plane: Plane, top: float, *, gathered: bool) -> Iterable[Layer]:
    """Two small trees to compare with, and what the lines are."""
    narrow = plane.frame.narrow
    star_x, chain_x = (0.0, 0.0) if narrow else (0.0, 330.0)
    chain_top = top + KEY_HEIGHT - 14 if narrow else top
    middle = 50.0
    star = Rings(star_x + 34, top + middle, 26.0, 1, 0.0)
    rays = [[star.at(0, 0), star.at(1, i / 11)] for i in range(11)]
    chain = [(chain_x + 6 + 13 * i, chain_top + middle + 7 * (-1) ** i) for i in range(10)]
    yield _paths(plane, [*rays, chain], CONTACT, 1.0, 0.9)
    yield _dots(plane, [ray[1] for ray in rays] + chain[1:], INK, 4.5)
    yield _dots(plane, [star.at(0, 0), chain[0]], SERIES[2], 8)
    lines = _words(
        "A star: one person tells everybody.",
        "Structural virality near 2.",
        star_x + 78,
        top + middle,
    )
    lines += _words(
        "A chain: each tells one more.", "Of 10 people: 3.7.", chain_x + 142, chain_top + middle
    )
    samples = [(GROUP, "through a group"), (CONTACT, "from a contact")]
    x, y = (0.0, chain_top + KEY_HEIGHT + 4) if narrow else (700.0, top + middle - 20)
    for colour, name in samples:
        yield _paths(plane, [[(x, y), (x + 26, y)]], colour, 2.5, 1.0)
        lines.append(Line(name, x + 36, y))
        y += 20
    yield _dots(plane, [(x + 13, y)], SERIES[2], 8)
    lines.append(Line("an originator", x + 36, y))
    if gathered:
        y += 20
        yield _shapes(plane, [[(x, y), (x + 26, y - 6), (x + 26, y + 6), (x, y)]], MUTED, 0.45)
        lines.append(Line("several people at once", x + 36, y))
    yield from plane.lines(lines)


def _words(first: str, second: str, x: float, y: float) -> list[Line]:
    rows = [*wrapped(first, 24), second]
    start = y - LINE_HEIGHT * (len(rows) - 1) / 2
    return [
        Line(row, x, start + LINE_HEIGHT * i, quiet=i == len(rows) - 1)
        for i, row in enumerate(rows)
    ]


def _paths(
    plane: Plane, paths: Sequence[Sequence[Place]], colour: Colour, width: float, opacity: float
) -> Layer:
    """Many lines as one mark: what each would say of itself takes more room than its places."""
    style: dict[str, Any] = {"strokeJoin": "round", "strokeCap": "round"}
    mark = MARKS.mark_line(color=colour.light, strokeWidth=width, opacity=opacity, **style)
    return Layer(_in_order(plane, mark), _broken(paths))


def _shapes(
    plane: Plane, shapes: Sequence[Sequence[Place]], colour: Colour, opacity: float
) -> Layer:
    mark = MARKS.mark_line(filled=True, color=colour.light, opacity=opacity, strokeWidth=0)
    return Layer(_in_order(plane, mark), _broken(shapes))


def _dots(plane: Plane, dots: Sequence[Place], colour: Colour, size: float) -> Layer:
    # Lines of hardly any length with round ends.
    return _paths(plane, [[(x, y), (x + 0.1, y)] for x, y in dots], colour, size, 1.0)


def _in_order(plane: Plane, mark: alt.Chart) -> alt.Chart:
    return mark.encode(x=plane.x(), y=plane.y(), order=alt.OrderValue(None))


def _broken(paths: Sequence[Sequence[Place]]) -> list[dict[str, float | None]]:
    points: list[dict[str, float | None]] = []
    for path in paths:
        points += [{"x": round(x, 1), "y": round(y, 1)} for x, y in path]
        points.append({"x": 0.0, "y": None})
    return points
