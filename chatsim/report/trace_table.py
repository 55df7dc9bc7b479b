"""What `chatsim trace` prints: a row per mode and the answer, a hundred columns wide."""

from __future__ import annotations

import textwrap

from chatsim.report.words import cleaned, listed, wrapped
from chatsim.study.sentences import percent
from chatsim.study.summary import INTERVALS_LINE
from chatsim.study.trace.blame import Who
from chatsim.study.trace.sentences import AS_IT_IS, byte_text, marked
from chatsim.study.trace.values import Cpu, CpuFound, TraceFound

WIDTH = 100
HEADINGS = (
    "Mode",
    "Right",
    "Chain",
    "Other",
    "No part",
    "Silent",
    "Off",
    "Shows",
    "A year",
    "Wire",
    "CPU",
)
LEGEND = (
    "Right, Chain, Other, No part: whom a report blames, in % of all reports (the true originator; somebody else in the "
    "chain from there to the reporter; another sender of the content; somebody who never sent it). Silent: no answer. Off: "
    "mean steps from whoever is blamed to the true originator. Shows: people one report identifies, mean / most. A year: "
    "what the relay would write. Wire: bytes added to a delivered copy. CPU: us per message, apps / relay, measured."
)

COLUMNS = (
    (Who.ORIGINATOR,),
    (Who.PASTED, Who.CHEATED, Who.FORWARDED),
    (Who.ELSEWHERE,),
    (Who.BYSTANDER,),
    (Who.NOBODY,),
)
"""Whose shares stand together in a column."""


def plain(found: TraceFound, cpu: CpuFound) -> str:
    """The text, ending with a line break."""
    spent = {each.mode: each for each in cpu.cpu}
    rows = [_row(found, mode, spent[mode]) for mode in found.modes]
    widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
    lines = [
        *textwrap.wrap(cleaned(f"{found.setting}."), WIDTH),
        f"Identical cascades in all modes: {found.identical:,} copies compared.",
        "",
        _line(HEADINGS, widths),
        "-" * (sum(widths) + 2 * (len(widths) - 1)),
        *(_line(row, widths) for row in rows),
        "",
        *textwrap.wrap(LEGEND, WIDTH),
        "",
    ]
    if cpu.sealed:
        lines += [*textwrap.wrap(_sealed(cpu), WIDTH), ""]
    if any(each.unreviewed for each in found.claims):
        lines += ["* Our own construction: simulation only, unreviewed; not for products.", ""]
    for sentence in (*found.answer, *found.weakness):
        lines += wrapped(sentence, WIDTH)
    return "\n".join([*lines, INTERVALS_LINE, ""])


def _sealed(cpu: CpuFound) -> str:
    """What a threshold takes, in one sentence."""
    above = cpu.sealed[1:]
    people = listed([f"{each.threshold:,}" for each in above])
    app, platform = (
        listed([f"{value:.0f}" for value in values])
        for values in zip(*((each.app_us, each.platform_us) for each in above), strict=True)
    )
    return (
        f"Behind a threshold of {people} a report is {above[0].added_bytes} bytes longer, and takes {app} us of the "
        f"reporter's app and {platform} us of the platform, measured."
    )


def _row(found: TraceFound, mode: str, cpu: Cpu) -> tuple[str, ...]:
    each, cost = found.of(mode, AS_IT_IS), found.cost(mode)
    return (
        marked(found.claim(mode)),
        *(percent(sum(each.share(who).value for who in kinds)) for kinds in COLUMNS),
        "-" if each.distance is None else f"{each.distance.value:.1f}",
        f"{each.exposed.value:.{0 if each.exposed.value >= 100 else 1}f} / {each.exposed_max}",
        byte_text(cost.stored_year),
        f"{cost.wire_extra:+.0f}" if cost.wire_extra else "0",
        f"{cpu.client_us:.0f} / {cpu.relay_us:.0f}",
    )


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    first, *others = (
        cell.ljust(width) if i == 0 else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *others]).rstrip()
