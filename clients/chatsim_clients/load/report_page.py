"""The report of a load: one self-contained page, without scripts and without a request to anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chatsim.report.drawing import Figure
from chatsim.report.html import PageTable, TableCell, environment, pictures
from chatsim.units import latency_text
from chatsim_clients.load.percentiles import percentiles
from chatsim_clients.load.quantities import ACCOUNTS, RATES, SERVER, Quantity, recorded
from chatsim_clients.load.report_figures import figures
from chatsim_clients.load.report_words import answer, setting, title
from chatsim_clients.load.result import LoadResult, Measure
from chatsim_clients.load.saving import HLOG_FILES

PACKAGE = "chatsim_clients.load"
WORDS = ("", "Latency", "Meaning", "Reason")
"""Headings of columns that do not hold numbers."""
MEANINGS = {
    Measure.ACKNOWLEDGEMENT: "from the intended send time until the sender has the verdict",
    Measure.DELIVERY: "from the intended send time until a connected recipient has the copy",
    Measure.READ_NOTICE: "from the intended send time until the sender knows that it was read",
    Measure.OFFLINE: "from a recipient's return until they have a copy sent while they were away",
}


def page(result: LoadResult, drawn: Mapping[str, Figure] | None = None) -> str:
    """The report as the text of an HTML file. Equal results give equal text.

    `drawn` are the load's figures where somebody has drawn them already.
    """
    drawn = figures(result) if drawn is None else drawn
    return (
        environment(PACKAGE)
        .get_template("load.html.j2")
        .render(
            result=result,
            title=title(result),
            setting=setting(result),
            answer=answer(result),
            figures=pictures(drawn),
            latencies=_latencies(result),
            meanings=[(each.value, MEANINGS[each]) for each in recorded(result)],
            accounts=_numbers(result, ACCOUNTS, "accounts", "What became of every message"),
            refused=_refused(result),
            server=_numbers(
                result, (*RATES, *SERVER), "server", "What the server carried and used"
            ),
            command=result.plan.get("command", ""),
            facts=facts(result),
            logs=[HLOG_FILES[each] for each in Measure if each in result.histograms],
        )
    )


def facts(result: LoadResult) -> list[tuple[str, str]]:
    """Of the plan, everything that is one plain value."""
    plan = result.plan
    plain = [
        (key.replace("_", " ").capitalize(), f"{value:,}" if isinstance(value, int) else f"{value}")
        for key, value in plan.items()
        if isinstance(value, str | int | float) and key not in {"command", "kind"}
    ]
    return [("Machine", result.machine), ("Began", result.began), *plain]


def _latencies(result: LoadResult) -> PageTable:
    headings = ("Latency", "Number", "p50", "p90", "p99", "p99.9", "p99.99", "Slowest", "Mean")
    rows = []
    for measure in recorded(result):
        found = percentiles(result.histograms[measure])
        shown = (found.p50, found.p90, found.p99, found.p99_9, found.p99_99, found.max, found.mean)
        cells = (f"{found.count:,}", *(latency_text(each) for each in shown))
        name = TableCell(measure.value.capitalize(), numeric=False)
        rows.append((name, *(TableCell(cell) for cell in cells)))
    return table("latencies", "Latencies, the whole load without its warm-up", headings, rows)


def table(
    name: str, caption: str, headings: Sequence[str], rows: Sequence[tuple[TableCell, ...]]
) -> PageTable:
    """A table whose first column is names and whose others are numbers."""
    cells = (TableCell(each, numeric=each not in WORDS) for each in headings)
    return PageTable(f"table-{name}", caption, tuple(cells), tuple(rows))


def _numbers(
    result: LoadResult, quantities: Sequence[Quantity], name: str, caption: str
) -> PageTable:
    rows = [
        (
            TableCell(each.title, numeric=False),
            TableCell(each.text(each.of(result))),
            TableCell(each.meaning, numeric=False),
        )
        for each in quantities
    ]
    return table(name, caption, ("", "Number", "Meaning"), rows)


def _refused(result: LoadResult) -> PageTable | None:
    reasons = [(reason, number) for reason, number in result.accounts.refused.items() if number]
    if not reasons:
        return None
    rows = [
        (TableCell(reason.capitalize(), numeric=False), TableCell(f"{number:,}"))
        for reason, number in reasons
    ]
    return table("refused", "Messages refused, by the relay's reason", ("Reason", "Number"), rows)
