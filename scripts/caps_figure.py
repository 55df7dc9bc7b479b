"""The figure of `caps_slow_spread.py`: a row for each scale; reach, time and copies against the cap, on shared axes."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import polars as pl
from attrs import frozen

from caps_table import Scale, table
from chatsim.report.theme import CONTROL, INK, MUTED, PAPER, RULE, SERIES
from chatsim.study.sentences import counted
from chatsim.study.summary import INTERVALS_LINE

WIDTH, HEIGHT = 290, 170
HEADROOM = 1.25
"""Of the largest value: room for the label above it."""
HOURS_FROM = 7200
"""Seconds of the slowest time from which times are in hours."""


@frozen
class Measure:
    """One column of panels."""

    column: str
    title: str
    top: float
    """Where the axis ends, the same on every scale."""
    axis: str
    label: str
    """Formats of the axis and of the labels at the dots."""


def figure(scales: Sequence[Scale]) -> alt.VConcatChart:
    """All scales in one picture."""
    data = table(scales)
    slowest = data["half_time_seconds"].max()
    hours = isinstance(slowest, float) and slowest > HOURS_FROM
    data = data.with_columns(
        time=pl.col("half_time_seconds") / (3600 if hours else 60),
        label_at=pl.coalesce("reach_share_high", "reach_share"),
    )
    unit = "Hours" if hours else "Minutes"
    measures = (
        Measure("reach_share", "People reached", 1.0, ".0%", ".1%"),
        Measure(
            "time",
            f"{unit} to half the uncapped reach",
            _top(data["time"]),
            "~f",
            ".2f" if hours else ".0f",
        ),
        Measure(
            "copies_per_person", "Copies per person", _top(data["copies_per_person"]), "~f", ".2f"
        ),
    )
    rows = [
        _row(scale, data.filter(pl.col("scale") == scale.name), measures, last=scale is scales[-1])
        for scale in scales
    ]
    title = alt.TitleParams(
        f"How forward caps slow the spread of a {scales[0].summary.study.headline}",
        subtitle=[
            "The same caps on every scale: chats that one may forward to at a time.",
            f"Bars are 95 % intervals, n/a for a single run. {INTERVALS_LINE}",
        ],
        anchor="start",
        color=INK.light,
        subtitleColor=MUTED.light,
        fontSize=17,
        subtitleFontSize=12.5,
        offset=18,
    )
    whole: alt.VConcatChart = (
        alt.vconcat(*rows, spacing=30, background=PAPER.light, padding=18, title=title)
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            labelColor=MUTED.light,
            titleColor=INK.light,
            gridColor=RULE.light,
            domain=False,
            ticks=False,
            labelPadding=6,
        )
    )
    return whole


def _top(values: pl.Series) -> float:
    highest = values.max()
    return HEADROOM * highest if isinstance(highest, float) and highest > 0 else 1.0


def _row(
    scale: Scale, data: pl.DataFrame, measures: Sequence[Measure], *, last: bool
) -> alt.HConcatChart:
    study = scale.summary.study
    title = alt.TitleParams(
        scale.title,
        subtitle=f"{study.population}, {counted(study.runs, 'run')} under each cap, {scale.way}",
        anchor="start",
        color=INK.light,
        subtitleColor=MUTED.light,
        fontSize=14,
        subtitleFontSize=12,
        offset=12,
    )
    panels = [_panel(data, measure, last=last) for measure in measures]
    row: alt.HConcatChart = alt.hconcat(*panels, spacing=36, title=title)
    return row


def _panel(data: pl.DataFrame, measure: Measure, *, last: bool) -> alt.LayerChart:
    """A line with a labelled dot for each cap; the control's dot is grey."""
    order = data["cap"].to_list()
    axis = alt.Axis(labelAngle=0, grid=False, title="Chats at a time" if last else None)
    x = alt.X("cap:N", scale=alt.Scale(domain=order), sort=None, axis=axis)
    scale = alt.Scale(domain=[0, measure.top], nice=False)
    y = alt.Y(
        f"{measure.column}:Q",
        title=measure.title,
        scale=scale,
        axis=alt.Axis(tickCount=5, format=measure.axis),
    )
    known = data.drop_nulls(measure.column)
    reach = measure.column == "reach_share"
    base = alt.Chart(known).encode(x=x, y=y)
    hues = [SERIES[1].light] * (len(order) - 1) + [CONTROL.light]
    colour = alt.Color("cap:N", scale=alt.Scale(domain=order, range=hues), legend=None)
    layers = [base.mark_line(strokeWidth=2, color=SERIES[1].light)]
    if reach:
        bars = alt.Chart(known.drop_nulls("reach_share_low")).mark_rule(strokeWidth=2)
        layers.append(
            bars.encode(x=x, y="reach_share_low:Q", y2="reach_share_high:Q", color=colour)
        )
    layers.append(base.mark_point(filled=True, size=80, opacity=1).encode(color=colour))
    at = alt.Y(f"{'label_at' if reach else measure.column}:Q", scale=scale)
    text = alt.Text(f"{measure.column}:Q", format=measure.label)
    # A halo of paper first: a steep line may pass behind a label.
    for style in ({"stroke": PAPER.light, "strokeWidth": 4}, {"color": INK.light}):
        label = alt.Chart(known).mark_text(fontSize=11, dy=-12, **style)
        layers.append(label.encode(x=x, y=at, text=text))
    never = data.filter(pl.col(measure.column).is_null())
    if len(never):
        word = "never" if never["half_time_runs"].max() else "no outbreak"
        mark = alt.Chart(never).mark_text(color=MUTED.light, fontSize=12, dy=12)
        layers.append(mark.encode(x=x, y=alt.value(0), text=alt.value(word)))
    return alt.LayerChart(layer=layers, width=WIDTH, height=HEIGHT)
