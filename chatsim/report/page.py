"""The report: one self-contained page, without scripts and without a request to anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chatsim.model import Enforcement
from chatsim.provenance.enforcement_claims import enforcement_claims
from chatsim.report import words
from chatsim.report.answer_tables import frontier_table, persistence_table, ranking_table
from chatsim.report.columns import MAIN, PRICE, SEEN, SHAPE, Column, Row, explanations
from chatsim.report.drawing import Figure
from chatsim.report.figures import figures
from chatsim.report.html import PageTable, TableCell, environment, pictures
from chatsim.report.tree_figure import policies_drawn
from chatsim.study.beyond_sentences import ranking_sentence
from chatsim.study.manifest import PolicyTiming
from chatsim.study.results_files import Study
from chatsim.study.sentences import counted, readers
from chatsim.study.summary import INTERVALS_LINE, Assumption, PolicyResult, Summary
from chatsim.units import duration_text

FILE = "report.html"
FIGURES_FOLDER = "figures"
GENERATIONS_SHOWN = 8
"""Later generations are few people in few runs."""


def report_files(study: Study) -> Mapping[str, bytes]:
    """The report and each of its figures as SVG and PNG, for `chatsim.study.results_files.write_study`."""
    drawn = figures(study.summary, study.spread)
    files = {FILE: page(study, drawn).encode()}
    for name, figure in drawn.items():
        files[f"{FIGURES_FOLDER}/{name}.svg"] = figure.svg.encode()
        files[f"{FIGURES_FOLDER}/{name}.png"] = figure.png()
    return files


def page(study: Study, drawn: Mapping[str, Figure] | None = None) -> str:
    """The report as the text of an HTML file. Equal studies give equal text.

    `drawn` are the study's figures where somebody has drawn them already.
    """
    summary = study.summary
    drawn = figures(summary, study.spread) if drawn is None else drawn
    carried = [each for each in study.timing.policies if each.carried is not None]
    sourced, unsourced = _assumptions(summary)
    template = environment().get_template("report.html.j2")
    return template.render(
        summary=summary,
        study=summary.study,
        manifest=study.manifest,
        title=words.title(summary),
        figures=pictures(drawn),
        beside=[policy.title for policy in policies_drawn(summary)[1:]],
        intervals=INTERVALS_LINE,
        explanations=explanations(summary),
        main=_table(summary, MAIN, "policies", _caption(summary, "The policies compared")),
        price=_tables(summary, PRICE, "effort", "What the policies cost the people"),
        seen=_tables(summary, SEEN, "labels", "Labels that people saw"),
        shape=_tables(summary, SHAPE, "shape", "The shape of the spread"),
        generations=_generations(summary),
        persistence=persistence_table(summary),
        ranking=ranking_table(summary),
        ranking_sentence=_ranking_sentence(summary),
        frontier=frontier_table(summary),
        carried=_carried(carried, summary) if carried else None,
        sourced=sourced,
        unsourced=unsourced,
        rules=_rules(summary),
        unreviewed=enforcement_claims(Enforcement(summary.study.enforcement)).unreviewed,
        contents=_contents(summary),
        definitions=[(each.heading, each.meaning) for each in (*MAIN, *PRICE, *SEEN, *SHAPE)],
        versions=", ".join(f"{each.name} {each.version}" for each in study.manifest.versions),
    )


def _ranking_sentence(summary: Summary) -> str:
    if summary.ranking is None:
        return ""
    titles = {policy.name: policy.title for policy in summary.policies}
    return ranking_sentence(summary.ranking, titles, summary.study.runs)


def _caption(summary: Summary, what: str) -> str:
    return f"{what}; {counted(summary.study.runs, 'run')} each, content: {summary.study.headline}"


def _table(
    summary: Summary,
    columns: Sequence[Column],
    name: str,
    caption: str,
    content: str | None = None,
) -> PageTable:
    rows = []
    for policy in summary.policies:
        row = Row(summary, policy, content or summary.study.headline)
        cells = [(column, column.cell(row)) for column in columns]
        rows.append(
            (
                TableCell(policy.title, numeric=False),
                *(TableCell(cell.text, cell.detail, column.numeric) for column, cell in cells),
            )
        )
    headings = (
        TableCell("Policy", numeric=False),
        *(TableCell(column.heading, numeric=column.numeric) for column in columns),
    )
    return PageTable(f"table-{name}", caption, headings, tuple(rows))


def _tables(summary: Summary, columns: Sequence[Column], name: str, what: str) -> list[PageTable]:
    """One table per content, the headline's first."""
    headline = summary.study.headline
    contents = [each.name for each in summary.study.contents]
    runs = counted(summary.study.runs, "run")
    return [
        _table(summary, columns, f"{name}-{i}", f"{what}: {content}, mean of {runs}", content)
        for i, content in enumerate(sorted(contents, key=lambda each: each != headline))
    ]


def _generations(summary: Summary) -> PageTable:
    results = [policy.content(summary.study.headline) for policy in summary.policies]
    many = min(GENERATIONS_SHOWN, max(len(result.r_by_generation) for result in results))
    rows = []
    for policy, result in zip(summary.policies, results, strict=True):
        cells = [
            TableCell(words.decimals(each.value, 2), words.decimal_range(each, 2))
            for each in result.r_by_generation[:many]
        ]
        cells += [TableCell("-")] * (many - len(cells))
        rows.append((TableCell(policy.title, numeric=False), *cells))
    headings = (
        TableCell("Policy", numeric=False),
        *(TableCell(f"{i} to {i + 1}") for i in range(many)),
    )
    caption = _caption(summary, "R from depth to depth")
    return PageTable("table-generations", caption, headings, tuple(rows))


def _carried(timings: Sequence[PolicyTiming], summary: Summary) -> PageTable:
    titles = {policy.name: policy.title for policy in summary.policies}
    headings = ("Copies", "Server CPU per copy", "Bytes in", "Bytes out", "Peak mailbox (copies)")
    rows = []
    for each in timings:
        carried = each.carried
        assert carried is not None
        cells = (
            f"{carried.copies:,}",
            words.per_copy(carried.cpu_seconds, carried.copies),
            words.byte_count(carried.bytes_in),
            words.byte_count(carried.bytes_out),
            f"{carried.mailbox_peak:,}",
        )
        name = TableCell(titles.get(each.policy, each.policy), numeric=False)
        rows.append((name, *(TableCell(cell) for cell in cells)))
    return PageTable(
        "table-server",
        "What the server carried, all runs of a policy together",
        (TableCell("Policy", numeric=False), *(TableCell(heading) for heading in headings)),
        tuple(rows),
    )


def _assumptions(summary: Summary) -> tuple[list[Assumption], list[Assumption]]:
    """With a source, and without one."""
    every = summary.study.assumptions
    return [each for each in every if each.source], [each for each in every if not each.source]


def _rules(summary: Summary) -> PageTable:
    headings = ("Policy", "Chats at a time", "Labels", "Since", "Source and notes")
    rows = tuple(
        tuple(
            TableCell(cell, numeric=False)
            for cell in (
                policy.title,
                policy.chats_at_a_time,
                "yes" if policy.labels else "none",
                policy.since or "-",
                _provenance(policy),
            )
        )
        for policy in summary.policies
    )
    return PageTable(
        "table-rules",
        "The policies and where their rules come from",
        tuple(TableCell(heading, numeric=False) for heading in headings),
        rows,
    )


def _provenance(policy: PolicyResult) -> str:
    parts = [policy.source or "a policy of the user's own"]
    if policy.from_memory:
        fields = words.listed([each.replace("_", " ") for each in policy.from_memory])
        parts.append(f"from memory, not checked against a source: {fields}")
    if policy.checked:
        parts.append(f"last checked {policy.checked}")
    if policy.note:
        parts.append(policy.note)
    text = "; ".join(parts)
    return text if text.endswith(".") else f"{text}."


def _contents(summary: Summary) -> PageTable:
    headings = ("Content", "Who forwards", "Loses half its appeal in", "Kind", "Harm")
    rows = tuple(
        tuple(
            TableCell(cell, numeric=False)
            for cell in (
                each.name,
                readers(each.share_probability),
                "never"
                if each.half_life_seconds is None
                else duration_text(each.half_life_seconds),
                each.kind,
                "harmful" if each.harmful else "harmless",
            )
        )
        for each in summary.study.contents
    )
    return PageTable(
        "table-contents",
        "What was passed on",
        tuple(TableCell(heading, numeric=False) for heading in headings),
        rows,
    )
