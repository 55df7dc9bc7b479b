"""The figures of a trace: who is blamed, what pasting does to it, who is shown, and what is stored."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import altair as alt
from attrs import frozen

from chatsim.report.drawing import (
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
    number_ticks,
    tick_name,
)
from chatsim.report.share_lines import ShareLine, share_lines
from chatsim.report.theme import CONTROL, PAPER, RULE, SERIES, Colour
from chatsim.report.trace_thresholds import opened
from chatsim.report.words import listed
from chatsim.study.sentences import percent
from chatsim.study.trace.blame import Who
from chatsim.study.trace.cases import Family
from chatsim.study.trace.sentences import AS_IT_IS, byte_text, marked, name, share_text
from chatsim.study.trace.values import TraceFound

COLOURS = {
    Who.ORIGINATOR: SERIES[3],
    Who.PASTED: SERIES[0],
    Who.CHEATED: SERIES[5],
    Who.FORWARDED: SERIES[1],
    Who.ELSEWHERE: SERIES[6],
    Who.BYSTANDER: SERIES[2],
    Who.NOBODY: RULE,
}
"""Who is blamed; each is named in the key, and in the table beside the figure."""
PITCH = 40
BAR = 20


def trace_figures(found: TraceFound) -> dict[str, Figure]:
    """All figures of a trace by name."""
    drawn = [blamed(found), pasting(found), exposed(found), stored(found)]
    if found.tallies:
        drawn.insert(2, opened(found))
    return {each.name: each for each in drawn}


@frozen
class _Rows:
    """A row per mode, its name to the left or, on a phone, above."""

    frame: Frame
    names: tuple[str, ...]
    pitch: float

    def centre(self, row: int) -> float:
        return self.pitch * (row + 0.5) + (LINE_HEIGHT / 2 + 4 if self.frame.narrow else 0)

    def lines(self) -> list[Line]:
        frame = self.frame
        up = 26 if frame.narrow else 0
        return [
            Line(each, -frame.left, self.centre(i) - up, bold=True, halo=frame.narrow)
            for i, each in enumerate(self.names)
        ]


def _rows(frame: Frame, found: TraceFound) -> _Rows:
    names = tuple(marked(found.claim(mode)) for mode in found.modes)
    return _Rows(frame, names, frame.height / len(names))


def _row_margins(rows: int, right: int = 32) -> Callable[[bool], tuple[int, int, int]]:
    def margins(narrow: bool) -> tuple[int, int, int]:
        return (14, right, (PITCH + 18) * rows) if narrow else (160, right, PITCH * rows)

    return margins


def blamed(found: TraceFound) -> Figure:
    """A bar per mode: what becomes of a hundred reports."""
    title = "Whom a report blames, as people behave here"
    kinds = [
        who
        for who in Who
        if any(found.of(mode, AS_IT_IS).share(who).value > 0 for mode in found.modes)
    ]
    told = (
        f"{name(mode)}: "
        + ", ".join(
            f"{who} {share_text(share)}"
            for who in kinds
            if (share := found.of(mode, AS_IT_IS).share(who)).value > 0
        )
        for mode in found.modes
    )
    description = f"A bar per mode, in shares of all reports. {'; '.join(told)}."

    def drawn(frame: Frame) -> tuple[Plane, Sequence[Layer]]:
        rows = _rows(frame, found)
        plane = _upright(
            frame, (0.0, 100.0), [(each, f"{each:.0f} %") for each in range(0, 101, 25)]
        )
        bars = []
        for i, mode in enumerate(found.modes):
            left = 0.0
            for who in kinds:
                wide = 100 * found.of(mode, AS_IT_IS).share(who).value
                middle = rows.centre(i)
                bars.append(
                    {
                        "x": left,
                        "to": left + wide,
                        "y": middle - BAR / 2,
                        "down": middle + BAR / 2,
                        "colour": COLOURS[who].light,
                    }
                )
                left += wide
        shape = MARKS.mark_rect(stroke=PAPER.light, strokeWidth=1).encode(
            x=plane.x(), x2=alt.X2("to:Q"), y=plane.y(), y2=alt.Y2("down:Q"), color=colour()
        )
        return plane, [
            Layer(shape, bars),
            *_key(plane, [(who.value, COLOURS[who]) for who in kinds]),
            *plane.lines(rows.lines()),
        ]

    wide, narrow = frames("blamed", title, _row_margins(len(found.modes)))
    names = [who.value for who in kinds]
    papers = (_with_key(wide, names), _with_key(narrow, names))
    return figure("blamed", title, description, papers, drawn)


def _upright(frame: Frame, ends: tuple[float, float], ticks: Sequence[tuple[float, str]]) -> Plane:
    return Plane(
        frame,
        x_ends=ends,
        y_ends=(float(frame.height), 0.0),
        x_ticks=tuple(ticks),
        upright=True,
    )


def _places(frame: Frame, names: Sequence[str]) -> list[tuple[float, float]]:
    """Where the entries of a key stand: pixels from the left edge of the paper, and the line."""
    places: list[tuple[float, float]] = []
    x, line = 0.0, 0
    for each in names:
        wide = 18 + LETTER_WIDTH * 1.05 * len(each) + 16
        if x and x + wide > frame.width - 16:
            x, line = 0.0, line + 1
        places.append((x, line))
        x += wide
    return places


def _with_key(frame: Frame, names: Sequence[str]) -> Frame:
    lines = int(_places(frame, names)[-1][1]) + 1 if names else 0
    return Frame(
        frame.name,
        frame.width,
        frame.left,
        frame.right,
        frame.height,
        frame.head,
        extra=LINE_HEIGHT * lines + 14,
    )


def _key(plane: Plane, entries: Sequence[tuple[str, Colour]]) -> list[Layer]:
    frame = plane.frame
    places = _places(frame, [text for text, _ in entries])
    top = -float(frame.extra) + 2
    lines, dots = [], []
    for (text, hue), (x, line) in zip(entries, places, strict=True):
        y = top + LINE_HEIGHT * line
        lines.append(Line(text, x + 16 - frame.left, y))
        dots.append({"x": plane.x_at(x + 6 - frame.left), "y": y, "colour": hue.light})
    shape = MARKS.mark_square(size=110, opacity=1, clip=False)
    return [
        Layer(shape.encode(x=plane.x(), y=plane.y(), color=colour()), dots),
        *plane.lines(lines),
    ]


def pasting(found: TraceFound) -> Figure:
    """How often answers are right against the share of people who paste; modes that agree share a line."""
    title = "How often the true originator is blamed, the more people paste"
    sweep = found.cases_of(Family.PASTING)
    groups: dict[tuple[float, ...], list[str]] = {}
    for mode in found.modes:
        values = [found.of(mode, case.name).precision for case in sweep]
        points = tuple(100 * each.value for each in values if each is not None)
        if len(points) == len(sweep):
            groups.setdefault(points, []).append(mode)
    told = (
        f"{listed([name(mode) for mode in modes])}: "
        + ", ".join(
            f"{percent(case.share)} % paste, {percent(value / 100)} % right"
            for case, value in zip(sweep, points, strict=True)
        )
        for points, modes in groups.items()
    )
    description = (
        f"A line per mode, or per modes that agree. {'; '.join(told) or 'No mode blames anybody'}."
    )
    lines = [
        ShareLine(points, listed([name(mode) for mode in modes]))
        for points, modes in groups.items()
    ]
    shares = [100 * case.share for case in sweep]
    return share_lines("pasting", title, description, shares, lines, "People whose app pastes")


def exposed(found: TraceFound) -> Figure:
    """The people whom one answer shows: mean with its interval, and the most."""
    title = "People whom one report shows"
    answers = [found.of(mode, AS_IT_IS) for mode in found.modes]
    told = (
        f"{name(each.mode)}: {each.exposed.value:.1f} on average, at most {each.exposed_max:,}"
        for each in answers
    )
    description = (
        f"A row per mode: the mean with its 95 % interval, and the most. {'; '.join(told)}."
    )
    most = max(1.0, *(float(each.exposed_max) for each in answers))

    def drawn(frame: Frame) -> tuple[Plane, Sequence[Layer]]:
        rows = _rows(frame, found)
        values = number_ticks(0.0, most, 4 if frame.narrow else 8)
        plane = _upright(frame, (0.0, 1.04 * most), [(each, tick_name(each)) for each in values])
        bars, means, largest = [], [], []
        for i, each in enumerate(answers):
            y = rows.centre(i)
            means.append({"x": each.exposed.value, "y": y, "colour": SERIES[1].light})
            largest.append({"x": float(each.exposed_max), "y": y, "colour": SERIES[2].light})
            if each.exposed.low is not None and each.exposed.high is not None:
                ends = {"x": each.exposed.low, "to": each.exposed.high}
                bars.append({**ends, "y": y, "colour": SERIES[1].light})
        rules = MARKS.mark_rule(strokeWidth=3).encode(
            x=plane.x(), x2=alt.X2("to:Q"), y=plane.y(), color=colour()
        )
        fill = alt.Fill("colour:N", scale=None, legend=None)
        dots = MARKS.mark_point(shape="circle", filled=True, size=110, opacity=1)
        ends_ = MARKS.mark_point(shape="diamond", filled=True, size=110, opacity=1)
        return plane, [
            Layer(ends_.encode(x=plane.x(), y=plane.y(), fill=fill), largest),
            Layer(rules, bars),
            Layer(dots.encode(x=plane.x(), y=plane.y(), fill=fill), means),
            *_key(plane, [("mean of all reports", SERIES[1]), ("the most", SERIES[2])]),
            *plane.lines(rows.lines()),
        ]

    wide, narrow = frames("exposed", title, _row_margins(len(found.modes)))
    names = ["mean of all reports", "the most"]
    papers = (_with_key(wide, names), _with_key(narrow, names))
    return figure("exposed", title, description, papers, drawn)


LEAST = 9.0
"""The logarithm at the left edge of the figure of storage: a gigabyte."""


def stored(found: TraceFound) -> Figure:
    """What the relay would write in a year, on a logarithmic axis."""
    title = "What the relay would write about messages in a year"
    told = (f"{name(each.mode)}: {byte_text(each.stored_year)}" for each in found.costs)
    description = f"A row per mode, on a logarithmic axis. {'; '.join(told)}."
    logs = [math.log10(each.stored_year) for each in found.costs if each.stored_year > 1]
    low = math.floor(min([LEAST, *logs]))
    high = math.ceil(max([LEAST + 6, *logs]))

    def drawn(frame: Frame) -> tuple[Plane, Sequence[Layer]]:
        rows = _rows(frame, found)
        first = -(-low // 3) * 3
        ticks = [(float(each), byte_text(10.0**each)) for each in range(first, high + 1, 3)]
        plane = _upright(frame, (float(low), float(high)), ticks)
        bars, lines = [], rows.lines()
        for i, each in enumerate(found.costs):
            y, at = rows.centre(i), 6.0
            if each.stored_year > 1:
                end = math.log10(each.stored_year)
                bars.append({"x": float(low), "to": end, "y": y - BAR / 2, "down": y + BAR / 2})
                at = frame.plot_width * (end - low) / (high - low) + 8
            lines.append(Line(byte_text(each.stored_year), at, y, quiet=not each.stored_year))
        places = {"x": plane.x(), "x2": "to:Q", "y": plane.y(), "y2": "down:Q"}
        shape = MARKS.mark_rect(color=CONTROL.light).encode(**places)
        return plane, [Layer(shape, bars), *plane.lines(lines)]

    papers = frames("stored", title, _row_margins(len(found.modes), right=84))
    return figure("stored", title, description, papers, drawn)
