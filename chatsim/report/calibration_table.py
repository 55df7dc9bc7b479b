"""What `chatsim calibrate` prints: the answer, the card and the ranges, as lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from chatsim.report.words import cleaned, wrapped
from chatsim.study.calibration.results import Fit, TargetResult
from chatsim.study.calibration.sentences import figure, value_text
from chatsim.study.calibration.values import Use

WIDTH = 100


def lines(fit: Fit) -> list[str]:
    """The whole output."""
    said = fit.answer if fit.vectors else ()
    return [
        *tables(fit),
        *([""] if said else []),
        *(line for sentence in said for line in wrapped(sentence, WIDTH)),
    ]


def tables(fit: Fit) -> list[str]:
    """The card and the ranges."""
    card = [_card(each) for each in fit.targets]
    return [
        cleaned(f"{fit.title}: {fit.setting}"),
        "",
        *_grid(("Target", "Use", "Said", "The fit says (95 %)", ""), card),
        "",
        *_grid(
            ("Parameter", "Tried", "Of those that fit, 95 % lie in", "Middle", ""), _ranges(fit)
        ),
    ]


def verdict(target: TargetResult) -> str:
    """What became of a target, in a word."""
    if target.median is None:
        return "not measured"
    if target.use is Use.FIT:
        return "fitted" if target.met else "fitted, not confirmed"
    return "pass" if target.met else "fail"


def span(target: TargetResult) -> str:
    """What the vectors that fit say: "0.61 (0.48 to 0.72)"."""
    if target.median is None or target.low is None or target.high is None:
        return "-"
    return f"{figure(target.median)} ({figure(target.low)} to {figure(target.high)})"


def _card(target: TargetResult) -> tuple[str, ...]:
    said = f"{figure(target.said)} +- {figure(target.tolerance)}"
    return target.name, target.use.value, said, span(target), verdict(target)


def _ranges(fit: Fit) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for each in fit.parameters:
        low, _, middle, _, high = (value_text(each, value) for value in each.quantiles)
        tried = f"{value_text(each, each.low)} to {value_text(each, each.high)}"
        found = (f"{low} to {high}", middle, each.verdict) if fit.vectors else ("-", "-", "-")
        rows.append((each.title, tried, *found))
    return rows


def _grid(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    cells = [tuple(cleaned(cell) for cell in row) for row in (headings, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(headings))]
    made = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    return [made[0], "-" * max(len(line) for line in made), *made[1:]]
