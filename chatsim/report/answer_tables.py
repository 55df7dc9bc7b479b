"""Tables of what a study says beyond its main one: other persistence, and each policy beside the next."""

from __future__ import annotations

from chatsim.report.html import PageTable, TableCell
from chatsim.report.words import percent_range, split_detail
from chatsim.study.beyond_sentences import how_often
from chatsim.study.sentences import against_text, counted, percent
from chatsim.study.summary import Summary


def persistence_table(summary: Summary) -> PageTable | None:
    """The reach against uncapped at each persistence; None where none was played."""
    found = summary.persistence
    if found is None or not found.answers:
        return None
    rows = []
    for number, policy in enumerate(summary.policies):
        if number == 0:
            continue
        texts = [
            against_text(answer.policies[number].against_uncapped, found.runs)
            for answer in found.answers
        ]
        rows.append(
            (
                TableCell(policy.title, numeric=False),
                *(TableCell(*split_detail(text)) for text in texts),
            )
        )
    often = [how_often(answer.persistence) for answer in found.answers]
    headings = (
        TableCell("Policy", numeric=False),
        *(TableCell(f"{each[:1].upper()}{each[1:]}") for each in often),
    )
    caption = (
        f"If people who are held back tried again: people reached by the {summary.study.headline} "
        f"against uncapped, {counted(found.runs, 'run')} each"
    )
    return PageTable("table-persistence", caption, headings, tuple(rows))


def ranking_table(summary: Summary) -> PageTable | None:
    """Each policy beside the next in the ranking; None where there is one policy."""
    found = summary.ranking
    if found is None:
        return None
    titles = {policy.name: policy.title for policy in summary.policies}
    rows = []
    for step in found.steps:
        text = against_text(step.difference, summary.study.runs)
        flips = "-" if step.difference is None else f"{percent(step.difference.flips)} %"
        rows.append(
            (
                TableCell(titles[step.nearer], numeric=False),
                TableCell(titles[step.farther], numeric=False),
                TableCell(*split_detail(text)),
                TableCell(flips),
            )
        )
    headings = (
        TableCell("Policy", numeric=False),
        TableCell("against the next looser one", numeric=False),
        TableCell("People reached (paired, 95 %)"),
        TableCell("Runs the other way round"),
    )
    caption = f"Each policy beside the next; {counted(summary.study.runs, 'run')} each, content: {summary.study.headline}"
    return PageTable("table-ranking", caption, headings, tuple(rows))


def frontier_table(summary: Summary) -> PageTable | None:
    """Harm prevented and price as numbers; None where a study has no frontier."""
    found = summary.frontier
    if found is None:
        return None
    titles = {policy.name: policy.title for policy in summary.policies}
    share = found.price.startswith("harmless")
    rows = []
    for each in found.tradeoffs:
        price = each.price
        if share:
            cell = TableCell(f"{percent(price.value)} %", percent_range(price))
        else:
            ends = "" if price.low is None else f"{price.low:,.0f} to {price.high:,.0f}"
            cell = TableCell(f"{price.value:,.0f}", ends)
        beaten = "-" if each.beaten_by is None else titles[each.beaten_by]
        sure = "" if each.beaten is None else f"in {percent(each.beaten)} % of resampled studies"
        rows.append(
            (
                TableCell(titles[each.policy], numeric=False),
                TableCell(f"{percent(each.prevented.value)} %", percent_range(each.prevented)),
                cell,
                TableCell(beaten, sure, numeric=False),
            )
        )
    headings = (
        TableCell("Policy", numeric=False),
        TableCell("Harmful reach prevented"),
        TableCell(f"{found.price[:1].upper()}{found.price[1:]}"),
        TableCell("Beaten by", numeric=False),
    )
    caption = f"Harm prevented against price; {counted(summary.study.runs, 'run')} each"
    return PageTable("table-frontier", caption, headings, tuple(rows))
