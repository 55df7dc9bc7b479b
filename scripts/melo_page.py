"""The page of `reproduce_melo_2019.py` for whoever decides, and the same as text for `results/`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

import numpy as np

from chatsim.report.drawing import Figure
from chatsim.report.html import PageTable, TableCell, environment, pictures
from chatsim.study.summary import INTERVALS_LINE, Estimate
from melo_claims import PAPER, claims, slow_downs, span, times
from melo_findings import (
    HALF,
    LOOSE,
    MAIN,
    MOST,
    RECOVERIES,
    TIGHT,
    Findings,
    Sweep,
)
from melo_groups import Reading

TEMPLATE = Path(__file__).with_name("melo_2019.html.j2")
TITLE = "A limit of five slows a rumour down. It does not stop it."
COUNTS = {Reading.PEOPLE: "single people", Reading.GROUPS: "whole groups"}

WHY = (
    (
        "Whoever shares keeps sharing, so a cap only spreads the same sends over more iterations: nobody is saved, "
        "everybody has more time."
    ),
    (
        "A young spread grows exponentially. With a nineteenth of the sends per iteration its growth rate is not a nineteenth "
        "but a quarter, so the slow-down stays near 4. An order of magnitude takes a cap of 1 here."
    ),
    (
        "People are in few groups: of the posters whose groups were counted 90 % are in one, and fewer than 1 in 200 in more "
        "than five. A cap of five that counts whole groups binds nobody else."
    ),
    (
        "Where hardly anybody begins to share (virality .001), the wait for the next sharer takes most of the time, and no cap "
        "touches that."
    ),
)
DIFFERENCES = (
    (
        "We read “the cap counts people” as: a person's chats are all who share a group with them. In chatsim a cap "
        "counts chats, and a group is one chat: that is the other reading."
    ),
    (
        "The paper's sharer sends to the limit in every iteration. Ours wants all of their chats in every iteration (all "
        "of 90 in 91 iterations of 100, more than five in 96: a scenario cannot say “all”) and the cap lets so many through, "
        "chosen anew. The chat that the content came from may be among them and gets nothing."
    ),
    (
        "The paper's holders become sharers with a chance in every iteration. Ours wait an exponential time with the same chance "
        "within one iteration, and at least one iteration: up to half an iteration less on average."
    ),
    "Everybody else's differences (susceptibility, going stale, night, labels, pasting) are switched off.",
)
UNVERIFIED = (
    (
        "We could read the paper's abstract, press reports on it and one chapter page of the first author's thesis, not the "
        "paper itself. Users and groups by country are from memory; that the groups add up to 6,470 fits its “over 6,400 groups”."
    ),
    (
        "How many people start a message there, and whether exposed people recover as well, is not known to us. Here "
        "one person starts, and sharers alone stop."
    ),
    (
        "Its laws of group sizes and of groups per person are not published. Ours are those of 59 Brazilian public groups of 2018 "
        "(Cabral et al. 2021), where groups per person is a lower bound."
    ),
)


def page(findings: Findings, drawn: Mapping[str, Figure], command: str, machine: str) -> str:
    """The page as the text of an HTML file: self-contained, without a request to anywhere."""
    people, groups = (findings.main(reading) for reading in Reading)
    template = environment().from_string(TEMPLATE.read_text())
    return template.render(
        title=TITLE,
        paper=PAPER,
        setting=setting(findings),
        answer=answer(findings),
        figures=pictures(drawn),
        claims=claims_table(findings),
        speed=speed_table(findings),
        recovery=recovery_table(people, groups),
        countries=countries_table(findings),
        checks=checks_table(findings),
        why=WHY,
        differences=DIFFERENCES,
        unverified=UNVERIFIED,
        intervals=INTERVALS_LINE,
        command=command,
        machine=machine,
    )


def text(findings: Findings, command: str, machine: str) -> list[str]:
    """The same as Markdown."""
    people, groups = (findings.main(reading) for reading in Reading)
    parts = [
        ("What was published, and what we get", claims_table(findings)),
        ("How fast", speed_table(findings)),
        ("Where people stop sharing", recovery_table(people, groups)),
        ("Other countries", countries_table(findings)),
        ("Checked from outside", checks_table(findings)),
    ]
    lines = ["# Melo et al. 2019, played again", "", f"**{TITLE}** {answer(findings)[0]}", ""]
    lines += [*answer(findings)[1:], "", f"The paper: {PAPER}.", "", f"    {command}", ""]
    lines += [f"{machine}.", "", f"{setting(findings)}", ""]
    lines += [
        "![Share reached over iterations under each cap, in both readings, and slow-downs](melo_2019.png)",
        "",
    ]
    lines += ["The page for whoever decides: `melo_2019.html`; every case: `melo_2019.csv`.", ""]
    for heading, table in parts:
        lines += [f"## {heading}", "", table.caption, "", *_markdown(table), ""]
    for heading, sentences in (
        ("Why", WHY),
        ("Where chatsim's rule and the paper's differ", DIFFERENCES),
        ("Not verified", UNVERIFIED),
    ):
        lines += [f"## {heading}", "", *(f"- {each}" for each in sentences), ""]
    return [*lines, INTERVALS_LINE, ""]


def setting(findings: Findings) -> str:
    """Who plays, in a sentence."""
    sweep = findings.main(Reading.PEOPLE)
    members = np.bincount(sweep.groups.group)
    in_groups = np.bincount(sweep.groups.user)
    return (
        f"{sweep.groups.users:,} people in {sweep.groups.groups:,} public groups of {members.mean():.0f} on average (at most "
        f"{members.max()}), {sweep.country.name}; {in_groups.mean():.2f} groups a person (at most {in_groups.max()}). One person "
        f"starts; {findings.effort.runs} runs of each case, fewer of slow ones; an iteration is an hour. Generated: the sizes are "
        "the paper's, no person is."
    )


def answer(findings: Findings) -> tuple[str, ...]:
    """What it comes to, in three sentences."""
    people, groups = (findings.main(reading) for reading in Reading)
    slow, fast = (float(np.mean(people.find(MAIN, cap).iterations(HALF))) for cap in (TIGHT, LOOSE))
    return (
        (
            f"If the limit counts single people, five instead of 256 makes a message take {people.slowed(MAIN, TIGHT).value:.1f} times "
            f"as long to reach half of them: {slow:.0f} iterations instead of {fast:.0f}. The published figure is about ten."
        ),
        (
            f"By how viral the message is, the factor is {span(slow_downs(people))}. If the limit counts whole groups, it is "
            f"{span(slow_downs(groups))}: people are in too few groups for a limit of five to matter."
        ),
        (
            "In both cases everybody is reached in the end, because whoever shares keeps sharing. Limits buy time; they save people "
            "only where sharers stop soon and the limit is very tight."
        ),
    )


def claims_table(findings: Findings) -> PageTable:
    """Published words, ours, and a verdict."""
    rows = [
        (
            TableCell(each.published, numeric=False),
            TableCell(each.source, numeric=False),
            TableCell(each.ours, numeric=False),
            TableCell(each.verdict, numeric=False),
        )
        for each in claims(findings)
    ]
    heads = ("Published", "Where", "Ours", "Verdict")
    return _table(
        "claims",
        "Each claim beside what we get; times to half the people, with 95 % intervals",
        heads,
        rows,
        numeric=False,
    )


def speed_table(findings: Findings) -> PageTable:
    """Iterations and slow-downs by virality and cap, both readings."""
    rows = []
    for alpha in findings.effort.alphas:
        for cap in findings.effort.caps_at(alpha):
            cells = [TableCell(f"Virality {alpha:g}, cap of {cap}", numeric=False)]
            for reading in Reading:
                sweep = findings.main(reading)
                case = sweep.find(alpha, cap)
                spent = " / ".join(f"{fmean(case.iterations(share)):.1f}" for share in (HALF, MOST))
                cells += [
                    TableCell(spent),
                    *(_times(sweep.slowed(alpha, cap, share)) for share in (HALF, MOST)),
                ]
            rows.append(tuple(cells))
    heads = ["Case"]
    for reading in Reading:
        heads += [f"Counting {reading}: iterations to half / 90 %", "Times as long, half", "90 %"]
    caption = "Iterations to half and to 90 % of the people, and times as long as under 256 on the same runs"
    return _table("speed", caption, heads, rows)


def recovery_table(people: Sweep, groups: Sweep) -> PageTable:
    """Final sizes of SEIR."""
    rows = []
    for recovery in RECOVERIES:
        for sweep in (people, groups):
            found = [fmean(sweep.find(MAIN, cap, recovery).reach) for cap in people.caps]
            name = f"Chance {recovery:g} of stopping, counting {sweep.reading}"
            rows.append(
                (
                    TableCell(name, numeric=False),
                    *(TableCell(f"{100 * each:.1f} %") for each in found),
                )
            )
    heads = ("Case", *(f"Cap of {cap}" for cap in people.caps))
    caption = f"People reached in the end where a sharer stops with this chance after each iteration; virality {MAIN:g}"
    return _table("recovery", caption, heads, rows)


def countries_table(findings: Findings) -> PageTable:
    """From 256 to 5 in every country, beside the branching approximation."""
    rows = []
    for sweep in findings.sweeps:
        members = np.bincount(sweep.groups.group)
        theory = sweep.theory.get(MAIN)
        rows.append(
            (
                TableCell(f"{sweep.country.name}, counting {sweep.reading}", numeric=False),
                TableCell(f"{sweep.groups.users:,}"),
                TableCell(f"{sweep.groups.groups:,} of {members.mean():.0f}"),
                _times(sweep.slowed(MAIN, TIGHT)),
                _times(sweep.slowed(MAIN, TIGHT, MOST)),
                TableCell("" if theory is None else f"{theory:.2f}"),
            )
        )
    heads = ("Country", "People", "Groups", "Half", "90 %", "Branching")
    caption = f"Times as long under a cap of 5 as under 256, virality {MAIN:g}; branching: what a young spread without overlaps would do"
    return _table("countries", caption, heads, rows)


def checks_table(findings: Findings) -> PageTable:
    """The engine beside the plain simulation."""
    rows = [
        (
            TableCell(f"Counting {each.reading}", numeric=False),
            _times(each.engine),
            _times(each.naive),
            TableCell("yes" if each.reached_all else "no", numeric=False),
        )
        for each in findings.checks
    ]
    caption = (
        "A small network, played by chatsim and by 40 lines that know nothing of it: times as long under 5 as under 256 to half; "
        f"virality {MAIN:g}"
    )
    return _table(
        "checks", caption, ("Cap", "chatsim", "Plain simulation", "All reached, every cap"), rows
    )


def _times(estimate: Estimate) -> TableCell:
    if estimate.value == estimate.low == estimate.high:
        return TableCell(f"{estimate.value:.2f}")
    value, _, interval = times(estimate).partition(" (")
    return TableCell(value, interval.removesuffix(")"))


def _table(
    name: str,
    caption: str,
    heads: Sequence[str],
    rows: Sequence[tuple[TableCell, ...]],
    *,
    numeric: bool = True,
) -> PageTable:
    headings = tuple(TableCell(each, numeric=numeric and i > 0) for i, each in enumerate(heads))
    return PageTable(f"table-{name}", caption, headings, tuple(rows))


def _markdown(table: PageTable) -> list[str]:
    def line(cells: Sequence[TableCell]) -> str:
        return (
            "| "
            + " | ".join(
                f"{each.text} ({each.detail})" if each.detail else each.text for each in cells
            )
            + " |"
        )

    rule = "|" + "|".join("---" for _ in table.headings) + "|"
    return [line(table.headings), rule, *(line(row) for row in table.rows)]
