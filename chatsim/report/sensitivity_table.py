"""What `chatsim sensitivity` prints: the setting, each assumption's effect, and the answer, a hundred columns wide."""

from __future__ import annotations

import textwrap

from chatsim.report.words import cleaned, decimals
from chatsim.study.sensitivity.sentences import in_favour
from chatsim.study.sensitivity.values import Sensitivity, Stricter, Swing
from chatsim.study.sentences import percent
from chatsim.study.summary import INTERVALS_LINE

WIDTH = 100
HEADINGS = ("Assumption", "From", "To", "Gap there", "and there", "Overall")


def plain(found: Sensitivity) -> str:
    """The text, ending with a line break."""
    rows = [_row(each, found) for each in found.swings]
    widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
    compared = (
        f"{found.setting}, {found.runs:,} runs in each of {found.counts.all:,} combinations. "
        f"Compared: {found.first.title} ({found.first.name}) and {found.second.title} ({found.second.name})."
    )
    lines = [
        *textwrap.wrap(cleaned(compared), WIDTH),
        "",
        _line(HEADINGS, widths),
        "-" * (sum(widths) + 2 * (len(widths) - 1)),
        *(_line(row, widths) for row in rows),
        "",
        *textwrap.wrap(_legend(found), WIDTH),
        "",
    ]
    for sentence in (*found.answer, *found.weakness):
        lines += textwrap.wrap(cleaned(sentence), WIDTH)
    return "\n".join([*lines, INTERVALS_LINE, ""])


def _row(swing: Swing, found: Sensitivity) -> tuple[str, ...]:
    return (
        swing.title,
        swing.low.value,
        swing.high.value,
        *(
            "no outbreak"
            if end.stricter is Stricter.NOTHING
            else percent(in_favour(end.gap.value, found))
            for end in (swing.low, swing.high)
        ),
        _overall(swing.factor, found),
    )


def _overall(factor: str, found: Sensitivity) -> str:
    for morris in found.morris:
        if morris.factor == factor:
            return f"{decimals(morris.mu_star, 1)} ± {decimals(morris.mu_star_confidence, 1)}"
    for sobol in found.sobol:
        if sobol.factor == factor:
            return f"{percent(sobol.total)} ± {percent(sobol.total_confidence)} %"
    return "-"


def _legend(found: Sensitivity) -> str:
    overall = (
        "Overall: mean size of the change from low to high with the others anywhere in their ranges (Morris' mu*)."
        if found.morris
        else "Overall: share of the variance that it explains together with the others (Sobol's total index)."
    )
    return (
        "Gap: percentage points of the people reached uncapped by which the usually stricter policy reaches fewer; "
        f"that assumption alone at its ends, the others as the scenario has them. {overall}"
    )


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    first, *rest = (
        cell.ljust(width) if i < 1 else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join((first, *rest)).rstrip()
