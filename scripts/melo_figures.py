"""The figures of `reproduce_melo_2019.py`: the spread under each cap in both readings, and the slow-downs."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np

from chatsim.cascade.measures import reach_over_time
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
from chatsim.report.theme import INK, PAPER, SERIES, stroke
from chatsim.study.summary import Estimate
from melo_findings import HALF, MAIN, MOST, TIGHT, Findings, Sweep
from melo_groups import Reading
from melo_runs import ITERATION, Played

POINTS = 160
COUNTS = {Reading.PEOPLE: "single people", Reading.GROUPS: "whole groups"}
HUES = {Reading.PEOPLE: SERIES[1], Reading.GROUPS: SERIES[2]}


def figures(findings: Findings) -> dict[str, Figure]:
    """By name."""
    slowest = findings.main(Reading.PEOPLE).find(MAIN, 1)
    end = 1.12 * float(np.mean(slowest.iterations(MOST)))
    drawn = [curves(findings.main(reading), end) for reading in Reading]
    return {each.name: each for each in (*drawn, dots(findings))}


def stacked(drawn: Sequence[Figure]) -> str:
    """Figures one above the other, as one SVG."""
    sizes = [_size(each.svg) for each in drawn]
    width, height = max(wide for wide, _ in sizes), sum(high for _, high in sizes)
    parts, top = [], 0.0
    for each, (_, high) in zip(drawn, sizes, strict=True):
        parts.append(each.svg.replace("<svg ", f'<svg y="{top:g}" ', 1))
        top += high
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}">{"".join(parts)}</svg>'
    )


def _size(svg: str) -> tuple[float, float]:
    head = svg.partition(">")[0]
    wide, high = (
        float(head.partition(f' {name}="')[2].partition('"')[0]) for name in ("width", "height")
    )
    return wide, high


def mean_curve(played: Played, end: float) -> list[tuple[float, float]]:
    """The mean share reached at even instants up to `end` iterations, as far as the shortest run was played."""
    runs = [each.exposure for each in played.runs]
    last = min(float(run.ticks[-1] - run.ticks[0]) for run in runs) / ITERATION
    instants = np.append(np.arange(0.0, min(last, end), end / POINTS), min(last, end))
    ticks = np.rint(instants * ITERATION).astype(np.int64) + 1
    shares = [reach_over_time(run, run.ticks[0] + ticks) / played.users for run in runs]
    return list(zip(instants.tolist(), np.mean(shares, axis=0).tolist(), strict=True))


def curves(sweep: Sweep, end: float) -> Figure:
    """The share reached over iterations, a line for each cap."""
    name = f"curves-{sweep.reading}"
    title = f"Where the cap counts {COUNTS[sweep.reading]}: how fast everybody has it"
    caps = sweep.caps
    texts = [f"{_half(sweep, cap):.1f} iterations to half" for cap in caps]
    spoken = "; ".join(f"cap of {cap}: {text}" for cap, text in zip(caps, texts, strict=True))
    description = f"Share of people reached over iterations, a line for each cap. {spoken}."

    def margins(narrow: bool) -> tuple[int, int, int]:
        return (52, 112, 330) if narrow else (56, 200, 320)

    def drawn(frame: Frame) -> tuple[Plane, Sequence[Layer]]:
        step = next(
            each for each in (1, 2, 5, 10, 20, 50, 100) if end / each <= (4 if frame.narrow else 9)
        )
        ticks = [step * i for i in range(int(end / step) + 1)]
        plane = Plane(
            frame,
            x_ends=(0.0, end),
            y_ends=(0.0, 1.02),
            x_ticks=tuple((float(each), str(each)) for each in ticks),
            y_ticks=tuple((i / 4, f"{25 * i} %") for i in range(5)),
        )
        marks = []
        # The loosest last: it lies over those that it coincides with.
        for i in reversed(range(len(caps))):
            line = mean_curve(sweep.find(MAIN, caps[i]), end)
            points = [{"x": x, "y": y, "colour": stroke(i).colour.light} for x, y in line]
            mark = MARKS.mark_line(strokeWidth=2.25, strokeJoin="round", strokeDash=(1, 0))
            marks.append(Layer(mark.encode(x=plane.x(), y=plane.y(), color=colour()), points))
        labels = _labels(plane, caps, texts)
        below = Line("Iterations since the first post", 0, frame.height + 38, quiet=True)
        return plane, [*marks, *labels, *plane.lines([below])]

    return figure(name, title, description, frames(name, title, margins), drawn)


def _half(sweep: Sweep, cap: int) -> float:
    return float(np.mean(sweep.find(MAIN, cap).iterations(HALF)))


def _labels(plane: Plane, caps: Sequence[int], texts: Sequence[str]) -> list[Layer]:
    """The lines' names to the right, from the fastest to the slowest, each behind a piece of its line."""
    frame = plane.frame
    rows, pieces = [], []
    for i, (cap, text) in enumerate(zip(caps, texts, strict=True)):
        top = 40.0 + (2 * LINE_HEIGHT + 14) * i
        from_x, to_x = (plane.x_at(frame.plot_width + each) for each in (10, 26))
        hue = stroke(i).colour.light
        pieces.append({"x": from_x, "to": to_x, "y": plane.y_at(top), "colour": hue})
        short = text.replace(" iterations to half", " to half") if frame.narrow else text
        left = frame.plot_width + 32
        rows += [Line(f"Cap of {cap}", left, top, bold=True)]
        rows += [Line(short, left, top + LINE_HEIGHT, quiet=True)]
    rules = MARKS.mark_rule(strokeWidth=3).encode(
        x=plane.x(), x2=alt.X2("to:Q"), y=plane.y(), color=colour()
    )
    return [Layer(rules, pieces), *plane.lines(rows)]


def dots(findings: Findings) -> Figure:
    """How many times as long five takes as 256, by alpha and reading; the published order of magnitude beside."""
    name = "slow-down"
    title = "A cap of 5 instead of 256: how many times as long until half the people have it"
    rows = [
        (alpha, reading, findings.main(reading).slowed(alpha, TIGHT))
        for alpha in findings.effort.alphas
        for reading in Reading
    ]
    said = "; ".join(
        f"virality {alpha:g}, counting {COUNTS[reading]}: {each.value:.2f}"
        for alpha, reading, each in rows
    )
    description = f"A mark with its 95 % interval for each. Published: about 10. {said}."
    alphas = findings.effort.alphas

    def margins(narrow: bool) -> tuple[int, int, int]:
        return (14, 26, 92 * len(alphas)) if narrow else (150, 40, 66 * len(alphas))

    def drawn(frame: Frame) -> tuple[Plane, Sequence[Layer]]:
        plane = Plane(
            frame,
            x_ends=(0.0, 10.6),
            y_ends=(float(frame.height), 0.0),
            x_ticks=tuple((float(each), f"{each}" if each else "0") for each in range(0, 11, 2)),
            upright=True,
        )
        pitch = frame.height / len(alphas)
        names, marks = [], []
        for i, alpha in enumerate(alphas):
            middle = pitch * (i + 0.5) + (14 if frame.narrow else 0)
            text = f"Virality {alpha:g}"
            names.append(
                Line(
                    text,
                    4 if frame.narrow else -frame.left,
                    middle - (36 if frame.narrow else 0),
                    bold=True,
                    halo=frame.narrow,
                )
            )
            for j, reading in enumerate(Reading):
                estimate = findings.main(reading).slowed(alpha, TIGHT)
                marks += _dot(plane, estimate, middle - 11 + 22 * j, reading)
        published = Layer(
            MARKS.mark_rule(strokeWidth=2, strokeDash=[5, 4], color=stroke(0).colour.light).encode(
                x=plane.x()
            ),
            [{"x": 10.0}],
        )
        below = Line(
            "Times as long as under 256; dashed: published", 0, frame.height + 38, quiet=True
        )
        return plane, [published, *marks, *_key(plane), *plane.lines([*names, below])]

    return figure(name, title, description, frames(name, title, margins, extra=28), drawn)


def _dot(plane: Plane, estimate: Estimate, y: float, reading: Reading) -> list[Layer]:
    hue = HUES[reading].light
    layers = []
    if estimate.low is not None and estimate.high is not None:
        bar = MARKS.mark_rule(strokeWidth=2.5, color=hue).encode(
            x=plane.x(), x2=alt.X2("to:Q"), y=plane.y()
        )
        layers.append(Layer(bar, [{"x": estimate.low, "to": estimate.high, "y": y}]))
    mark = _mark(reading).encode(x=plane.x(), y=plane.y())
    place = plane.x_ends[1] * 12 / plane.frame.plot_width
    at = max(estimate.value, estimate.high or 0.0) + place
    text = MARKS.mark_text(align="left", baseline="middle", fontSize=13, color=INK.light)
    named = [{"x": at, "y": y, "text": f"{estimate.value:.1f}"}]
    return [
        *layers,
        Layer(mark, [{"x": estimate.value, "y": y}]),
        Layer(text.encode(x=plane.x(), y=plane.y(), text=alt.Text("text:N")), named),
    ]


def _mark(reading: Reading) -> alt.Chart:
    shape = "circle" if reading is Reading.PEOPLE else "diamond"
    made: alt.Chart = MARKS.mark_point(
        shape=shape,
        filled=True,
        color=HUES[reading].light,
        stroke=PAPER.light,
        strokeWidth=1,
        size=120,
        opacity=1,
    )
    return made


def _key(plane: Plane) -> list[Layer]:
    layers, names, x = [], [], 8.0 - plane.frame.left
    for reading in Reading:
        place = {"x": plane.x_at(x), "y": -24.0}
        layers.append(Layer(_mark(reading).encode(x=plane.x(), y=plane.y()), [place]))
        names.append(Line(f"counts {COUNTS[reading]}", x + 12, -24.0))
        x += 160
    return [*layers, *plane.lines(names)]
