"""The table on the terminal, and the lines around it: fits any width, nothing in it is ever cut or wrapped."""

from __future__ import annotations

import functools
import io
import operator

from rich.console import Console, Group, RenderableType
from rich.text import Text

from chatsim.report.columns import MAIN, MORE, Columns, Row, explanations
from chatsim.report.layout import blocks, fitting, straight
from chatsim.report.words import byte_count, listed, per_copy, wrapped
from chatsim.study.manifest import Timing
from chatsim.study.summary import INTERVALS_LINE, Summary

LINES_WIDTH_MAX = 120
"""Sentences longer than this are hard to read, however wide the terminal is."""


def table(
    summary: Summary, *, width: int, wide: bool = False, timing: Timing | None = None
) -> RenderableType:
    """The table with the lines above and below it, for a console of `width` characters.

    `wide` adds every other measure, in blocks that fit the width. `timing` gives what the server carried (tcp).
    """
    parts: list[RenderableType] = [
        *_paragraph(summary.study.sentence + ".", width, "bold"),
        Text(),
        *(_everything if wide else _main)(summary, width),
        Text(),
        *_paragraph(summary.finding, width, "bold"),
    ]
    for sentence in summary.weakness:
        parts += _paragraph(sentence, width, "yellow")
    parts += _paragraph(INTERVALS_LINE + " The report and summary.json list those.", width, "dim")
    for sentence in beyond(summary):
        parts += _paragraph(sentence, width)
    for term, meaning in explanations(summary):
        parts += _paragraph(f"{term}: {meaning[0].lower()}{meaning[1:]}", width, "dim")
    if timing is not None:
        for sentence in carried_lines(timing):
            parts += _paragraph(sentence, width)
    return Group(*parts)


def beyond(summary: Summary) -> tuple[str, ...]:
    """What the study says beyond its table: other persistence, harm against price, and why the runs ended."""
    found = (summary.persistence, summary.frontier, summary.precision)
    return tuple(each.sentence for each in found if each is not None)


def plain(
    summary: Summary, *, width: int = 80, wide: bool = False, timing: Timing | None = None
) -> str:
    """The same as lines of text for a pipe or a file: no colours, no control characters, no trailing blanks."""
    text = io.StringIO()
    console = Console(file=text, width=width, color_system=None, force_terminal=False)
    console.print(table(summary, width=width, wide=wide, timing=timing))
    return "".join(line.rstrip() + "\n" for line in text.getvalue().splitlines())


def carried_lines(timing: Timing) -> tuple[str, ...]:
    """What the server carried in all runs together; empty where no server ran."""
    carried = [each.carried for each in timing.policies if each.carried is not None]
    if not carried:
        return ()
    total = functools.reduce(operator.add, carried)
    cpu = per_copy(total.cpu_seconds, total.copies)
    sentence = (
        f"The server carried {total.copies:,} copies at {cpu} of its CPU each: "
        f"{byte_count(total.bytes_in)} in, {byte_count(total.bytes_out)} out, at most "
        f"{total.mailbox_peak:,} waiting in one mailbox."
    )
    return (sentence,)


def _paragraph(text: str, width: int, style: str = "") -> list[Text]:
    # Wrapped here and not by the console, whose idea of the width may differ from ours.
    lines = wrapped(straight(text), min(width, LINES_WIDTH_MAX))
    return [Text(line, style=style) for line in lines]


def _main(summary: Summary, width: int) -> list[Text]:
    rows = [Row(summary, policy, summary.study.headline) for policy in summary.policies]
    block, dropped = fitting(MAIN, rows, width)
    lines = block.lines()
    if dropped:
        names = listed([column.heading for column in dropped])
        lines += _paragraph(f"No room for {names}: see --wide.", width, "dim")
    return lines


def _everything(summary: Summary, width: int) -> list[Text]:
    headline = summary.study.headline
    contents = [content.name for content in summary.study.contents]
    lines: list[Text] = []
    for content in sorted(contents, key=lambda name: name != headline):
        rows = [Row(summary, policy, content) for policy in summary.policies]
        for group in Columns:
            columns = [
                column
                for column in (*MAIN, *MORE)
                if column.group is group and (content == headline or not column.of_policy)
            ]
            lines += _paragraph(f"{content[:1].upper()}{content[1:]}: {group.value}", width, "bold")
            for block in blocks(columns, rows, width):
                lines += [*block.lines(), Text()]
    return lines[:-1]
