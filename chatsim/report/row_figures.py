"""The figures with a row per policy: a dot per run, and the price of harmless reach."""

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
    colour,
    figure,
    frames,
    number_ticks,
    tick_name,
)
from chatsim.report.theme import INK, MUTED, PAPER, SERIES, Colour, stroke
from chatsim.report.words import listed, number, wrapped
from chatsim.study.sentences import counted, percent
from chatsim.study.summary import Estimate, PolicyResult, Summary

JITTER = 0.6180339887498949
"""The golden ratio's fraction: its multiples, taken modulo 1, never cluster."""
HARMFUL, HARMLESS = SERIES[2], SERIES[1]


@frozen
class Rows:
    """A row per policy, its name to the left or, on a phone, above."""

    frame: Frame
    policies: Sequence[PolicyResult]
    plane: Plane

    @classmethod
    def of(
        cls, frame: Frame, policies: Sequence[PolicyResult], low: float, high: float, unit: str = ""
    ) -> Rows:
        """Rows over a horizontal axis from `low` to `high`."""
        values = number_ticks(low, high, 4 if frame.narrow else 7)
        plane = Plane(
            frame,
            x_ends=(low, high),
            # Vertical places are pixels from the top.
            y_ends=(float(frame.height), 0.0),
            x_ticks=tuple((value, f"{tick_name(value)}{unit}") for value in values),
            upright=True,
        )
        return cls(frame, policies, plane)

    def centre(self, row: int) -> float:
        """Pixels from the plot's top to the middle of a row's marks."""
        pitch = self.frame.height / len(self.policies)
        return pitch * (row + 0.5) + (LINE_HEIGHT / 2 + 5 if self.frame.narrow else 0)

    def names(self) -> list[Line]:
        """The policies' names."""
        frame, lines = self.frame, []
        for i, policy in enumerate(self.policies):
            name = wrapped(policy.title, 44 if frame.narrow else 24)
            if frame.narrow:
                first = self.centre(i) - 14 - LINE_HEIGHT * len(name)
            else:
                first = self.centre(i) - LINE_HEIGHT * (len(name) - 1) / 2
            lines += [
                Line(line, -frame.left, first + LINE_HEIGHT * j, bold=True, halo=frame.narrow)
                for j, line in enumerate(name)
            ]
        return lines

    def means(self, means: Sequence[Mean], shape: str) -> list[Layer]:
        """Means and their intervals."""
        x, y = self.plane.x(), self.plane.y()
        bars = [
            {"x": low, "to": high, "y": each.y, "colour": each.colour.light}
            for each in means
            if (low := each.estimate.low) is not None and (high := each.estimate.high) is not None
        ]
        marks = [
            {"x": each.estimate.value, "y": each.y, "colour": each.colour.light} for each in means
        ]
        rules = MARKS.mark_rule(strokeWidth=2.5).encode(x=x, x2=alt.X2("to:Q"), y=y, color=colour())
        shapes = MARKS.mark_point(
            shape=shape, filled=True, stroke=PAPER.light, strokeWidth=1.5, size=110, opacity=1
        ).encode(x=x, y=y, fill=alt.Fill("colour:N", scale=None, legend=None))
        return [Layer(rules, bars), Layer(shapes, marks)]

    def axis_title(self, line: str) -> Line:
        """What the horizontal axis counts."""
        return Line(line, 0, self.frame.height + 38, quiet=True)


@frozen
class Mean:
    """A mean with its interval, at `y` pixels from the top."""

    estimate: Estimate
    y: float
    colour: Colour


def _margins(
    rows: int, pitch: int, right: int
) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    return (200, right, pitch * rows), (14, right, (pitch + 32) * rows)


def reach_per_run(summary: Summary) -> Figure:
    """A dot per run and policy, with the mean and its interval."""
    study, policies = summary.study, summary.policies
    title = f"People reached by the {study.headline} in each of {counted(study.runs, 'run')}"
    description = (
        "A dot per run, a row per policy; the dark mark is the mean, the bar its 95 % interval. "
        + "; ".join(f"{each.title}: {_dots(each, summary)}" for each in policies)
        + "."
    )
    results = [policy.content(study.headline) for policy in policies]
    most = max(max(*result.reach_per_run, result.reach.value) for result in results)
    wide, narrow = _margins(len(policies), 56, 24)

    def drawn(frame: Frame) -> tuple[Plane, Sequence[Layer]]:
        rows = Rows.of(frame, policies, 0.0, max(1.0, 1.02 * most))
        dots = [
            {
                "x": reach,
                "y": rows.centre(i) - 8 + 22 * ((run * JITTER) % 1 - 0.5),
                "colour": stroke(i).colour.light,
            }
            for i, result in enumerate(results)
            for run, reach in enumerate(result.reach_per_run)
        ]
        # Below the dots: a mean between two clusters hides nothing there.
        means = [Mean(result.reach, rows.centre(i) + 14, INK) for i, result in enumerate(results)]
        circles = MARKS.mark_circle(size=30, opacity=0.6)
        return rows.plane, [
            Layer(circles.encode(x=rows.plane.x(), y=rows.plane.y(), color=colour()), dots),
            *rows.means(means, "circle"),
            *rows.plane.lines([*rows.names(), rows.axis_title("People reached")]),
        ]

    papers = frames("reach-per-run", title, lambda is_narrow: narrow if is_narrow else wide)
    return figure("reach-per-run", title, description, papers, drawn)


def _dots(policy: PolicyResult, summary: Summary) -> str:
    result = policy.content(summary.study.headline)
    low, high = min(result.reach_per_run), max(result.reach_per_run)
    return f"mean {number(result.reach.value)}, runs from {low:,} to {high:,}"


@frozen
class Losses:
    """How much less far the harmful headline and the harmless contents go under one policy, in per cent."""

    policy: PolicyResult
    harmful: Estimate
    harmless: Estimate


def losses(summary: Summary) -> list[Losses]:
    """By policy but the control; empty where the headline does no harm or nothing else is harmless."""
    harmful = {content.name: content.harmful for content in summary.study.contents}
    if not harmful[summary.study.headline]:
        return []
    found = []
    for policy in summary.policies[1:]:
        lost = policy.harmless_reach_lost
        against = policy.content(summary.study.headline).against_uncapped
        if lost is not None and against is not None:
            found.append(Losses(policy, times(against.relative, -100), times(lost, 100)))
    return found


def times(estimate: Estimate, factor: float) -> Estimate:
    """An estimate in another unit, interval and all."""
    if estimate.low is None or estimate.high is None:
        return Estimate(factor * estimate.value, None, None)
    ends = sorted((factor * estimate.low, factor * estimate.high))
    return Estimate(factor * estimate.value, ends[0], ends[1])


def price(summary: Summary) -> Figure | None:
    """The loss of harmful and of harmless reach, side by side; None where there is nothing to compare."""
    lost, study = losses(summary), summary.study
    if not lost:
        return None
    harmless = listed([content.name for content in study.contents if not content.harmful])
    title = f"How much less far the {study.headline} and the {harmless} go than uncapped"
    description = (
        "Two marks per policy with their 95 % intervals: people lost to harmful and to harmless "
        "contents. "
        + "; ".join(
            f"{each.policy.title}: {_pair(each, study.headline, harmless)}" for each in lost
        )
        + "."
    )
    lowest = min(0.0, *(end for each in lost for end in _ends(each)))
    highest = max(10.0, *(end for each in lost for end in _ends(each)))
    wide, narrow = _margins(len(lost), 54, 56)

    def drawn(frame: Frame) -> tuple[Plane, Sequence[Layer]]:
        policies = [each.policy for each in lost]
        rows = Rows.of(frame, policies, lowest * 1.05, highest * 1.05, " %")
        above = [Mean(each.harmful, rows.centre(i) - 10, HARMFUL) for i, each in enumerate(lost)]
        below = [Mean(each.harmless, rows.centre(i) + 10, HARMLESS) for i, each in enumerate(lost)]
        values = [
            {
                "x": each.estimate.value if each.estimate.high is None else each.estimate.high,
                "y": each.y,
                "text": f"{percent(each.estimate.value / 100)} %",
            }
            for each in (*above, *below)
        ]
        texts = MARKS.mark_text(
            align="left", baseline="middle", dx=8, fontSize=13, color=MUTED.light
        )
        words = [*rows.names(), rows.axis_title("Fewer people reached than uncapped")]
        return rows.plane, [
            *rows.means(above, "circle"),
            *rows.means(below, "diamond"),
            Layer(
                texts.encode(x=rows.plane.x(), y=rows.plane.y(), text=alt.Text("text:N")), values
            ),
            *_key(rows.plane, study.headline, harmless),
            *rows.plane.lines(words),
        ]

    papers = frames("price", title, lambda is_narrow: narrow if is_narrow else wide, extra=26)
    return figure("price", title, description, papers, drawn)


def _pair(each: Losses, headline: str, harmless: str) -> str:
    return (
        f"{headline} {percent(each.harmful.value / 100)} %, "
        f"{harmless} {percent(each.harmless.value / 100)} %"
    )


def _ends(each: Losses) -> list[float]:
    return [
        end
        for estimate in (each.harmful, each.harmless)
        for end in (estimate.value, estimate.low, estimate.high)
        if end is not None
    ]


def _key(plane: Plane, harmful: str, harmless: str) -> list[Layer]:
    start, y = 6.0 - plane.frame.left, -22.0
    second = start + 40 + 7.2 * len(harmful)
    marks = []
    for x, tint, shape in ((start, HARMFUL, "circle"), (second, HARMLESS, "diamond")):
        symbol = MARKS.mark_point(shape=shape, filled=True, color=tint.light, size=110, opacity=1)
        place = {"x": plane.x_at(x), "y": plane.y_at(y)}
        marks.append(Layer(symbol.encode(x=plane.x(), y=plane.y()), [place]))
    names = [Line(harmful, start + 12, y), Line(harmless, second + 12, y)]
    return [*marks, *plane.lines(names)]
