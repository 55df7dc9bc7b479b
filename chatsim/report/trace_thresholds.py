"""What becomes of reports that open only together: the page's figure and its tables."""

from __future__ import annotations

from collections.abc import Callable

from chatsim.report.drawing import Figure
from chatsim.report.html import PageTable, named_table
from chatsim.report.share_lines import ShareLine, share_lines
from chatsim.report.words import listed
from chatsim.study.sentences import percent
from chatsim.study.trace.cases import Family
from chatsim.study.trace.sentences import AS_IT_IS, name, number_text, share_text
from chatsim.study.trace.threshold_sentences import spokesman
from chatsim.study.trace.values import CpuFound, Tallied, TraceFound


def opened(found: TraceFound) -> Figure:
    """A line per threshold: how many reports are ever opened, the more people paste."""
    mode, sweep = spokesman(found), found.cases_of(Family.PASTING)
    lines, told = [], []
    for threshold in found.thresholds[1:]:
        points = tuple(100 * found.tally(mode, case.name, threshold).opened.value for case in sweep)
        lines.append(ShareLine(points, people_text(threshold)))
        told.append(
            f"{people_text(threshold)}: "
            + ", ".join(
                f"{percent(case.share)} % paste, {percent(value / 100)} % opened"
                for case, value in zip(sweep, points, strict=True)
            )
        )
    return share_lines(
        "threshold",
        "Reports that are ever opened, the more people paste",
        f"A line per threshold. {'; '.join(told)}.",
        [100 * case.share for case in sweep],
        lines,
        "People whose app pastes",
    )


def people_text(threshold: int) -> str:
    """A threshold in words."""
    return "each by itself" if threshold == 1 else f"{threshold:,} people"


def opened_table(found: TraceFound) -> PageTable:
    """By threshold, as people behave here."""
    mode = spokesman(found)
    rows = []
    for threshold in found.thresholds:
        each = found.tally(mode, AS_IT_IS, threshold)
        rows.append(
            (
                people_text(threshold).capitalize(),
                share_text(each.opened),
                share_text(each.answered),
                number_text(each.needed),
                f"{each.named.value:.1f}",
                f"{each.right.value:.1f}",
            )
        )
    headings = (
        "Opens at", "Reports ever opened", "Contents with an answer", "Reports until the first answer",
        "People named for one content", "Of them true originators",
    )  # fmt: skip
    caption = f"What opens, as people behave here, under {name(mode).lower()}"
    return named_table("table-threshold-opened", caption, headings, rows)


def mode_tables(found: TraceFound) -> list[PageTable]:
    """By modes that agree and threshold: contents with an answer, people named, people shown."""

    def table(key: str, caption: str, value: Callable[[Tallied], str]) -> PageTable:
        headings = ("Mode", *(people_text(each).capitalize() for each in found.thresholds))
        agreeing: dict[tuple[str, ...], list[str]] = {}
        for mode in found.tallied_modes:
            cells = (value(found.tally(mode, AS_IT_IS, each)) for each in found.thresholds)
            agreeing.setdefault(tuple(cells), []).append(name(mode))
        rows = [(listed(modes).capitalize(), *cells) for cells, modes in agreeing.items()]
        return named_table(f"table-threshold-{key}", caption, headings, rows)

    return [
        table("answered", "Contents with an answer", lambda each: share_text(each.answered)),
        table("named", "People named for one content", lambda each: number_text(each.named)),
        table("shown", "People shown for one content", lambda each: number_text(each.shown)),
    ]


def pasting_tables(found: TraceFound) -> list[PageTable]:
    """By share of people who paste and threshold: reports opened, contents with an answer, reports until the first."""
    mode, sweep = spokesman(found), found.cases_of(Family.PASTING)
    headings = ("Opens at", *(case.name.capitalize() for case in sweep))

    def rows(value: Callable[[Tallied], str]) -> list[tuple[str, ...]]:
        return [
            (
                people_text(threshold).capitalize(),
                *(value(found.tally(mode, case.name, threshold)) for case in sweep),
            )
            for threshold in found.thresholds
        ]

    lineages = (
        "Lineages among the reports of one content",
        *(number_text(found.tally(mode, case.name, 1).lineages) for case in sweep),
    )
    return [
        named_table(
            "table-threshold-pasting",
            "Reports ever opened, the more people paste",
            headings,
            [*rows(lambda each: share_text(each.opened)), lineages],
        ),
        named_table(
            "table-threshold-pasting-answered",
            f"Contents with an answer, the more people paste, under {name(mode).lower()}",
            headings,
            rows(lambda each: share_text(each.answered)),
        ),
        named_table(
            "table-threshold-needed",
            f"Reports until the first answer, of contents that get one, under {name(mode).lower()}",
            headings,
            rows(lambda each: number_text(each.needed)),
        ),
    ]


def cost_table(cpu: CpuFound) -> PageTable | None:
    """What the seal takes; None where nothing was sealed."""
    if not cpu.sealed:
        return None
    rows = [
        (
            people_text(each.threshold).capitalize(),
            f"{each.added_bytes}",
            f"{each.app_us:.0f}",
            f"{each.platform_us:.0f}",
        )
        for each in cpu.sealed
    ]
    headings = ("Opens at", "Added to a report, bytes", "App, us", "Platform, us")
    caption = "What a threshold takes of each report that is sealed, until its lineage opens, that included"
    return named_table("table-threshold-cpu", caption, headings, rows)
