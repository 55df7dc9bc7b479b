"""A load on a terminal: its sentences, its latencies and its accounts."""

from __future__ import annotations

from chatsim.report.layout import straight
from chatsim.report.words import wrapped
from chatsim.units import latency_text
from chatsim_clients.load.comparing import block_lines
from chatsim_clients.load.percentiles import percentiles
from chatsim_clients.load.quantities import recorded
from chatsim_clients.load.report_words import answer, setting
from chatsim_clients.load.result import LoadResult

LINES_WIDTH_MAX = 120
"""Sentences longer than this are hard to read, however wide the terminal is."""
HEADINGS = ("", "Number", "p50", "p90", "p99", "p99.9", "p99.99", "Slowest")


def lines(result: LoadResult, width: int) -> list[str]:
    """What `chatsim load` prints."""
    told = (f"{setting(result)}.", *answer(result))
    warnings = (f"Warning: {sentence}" for sentence in result.warnings)
    return [
        *_sentences((*warnings,), width),
        *_sentences(told, width),
        "",
        *_table(_latencies(result), width),
    ]


def _table(rows: list[tuple[str, ...]], width: int) -> list[str]:
    """Nothing where nothing arrived."""
    return [*block_lines(HEADINGS, rows, width), ""] if rows else []


def _sentences(told: tuple[str, ...], width: int) -> list[str]:
    most = min(width, LINES_WIDTH_MAX)
    return [line for sentence in told for line in wrapped(straight(sentence), most)]


def _latencies(result: LoadResult) -> list[tuple[str, ...]]:
    rows = []
    for measure in recorded(result):
        found = percentiles(result.histograms[measure])
        shown = (found.p50, found.p90, found.p99, found.p99_9, found.p99_99, found.max)
        rows.append(
            (
                measure.value.capitalize(),
                f"{found.count:,}",
                *(latency_text(each) for each in shown),
            )
        )
    return rows
