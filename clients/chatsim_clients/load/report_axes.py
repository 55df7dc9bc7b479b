"""Axes of a load's figures: seconds, latencies on a logarithmic scale, rates, shares of a core, percentiles."""

from __future__ import annotations

import math
from collections.abc import Iterable

from chatsim.report.drawing import number_ticks, tick_name
from chatsim.report.words import byte_count
from chatsim.units import latency_text

Ticks = tuple[tuple[float, str], ...]
SECOND_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200)
NINES = ((0.0, "0 %"), (math.log10(2), "50 %"), (1.0, "90 %"), (2.0, "99 %"), (3.0, "99.9 %"))
FINE_NINES = ((4.0, "99.99 %"), (5.0, "99.999 %"), (6.0, "99.9999 %"))
ROOM = 1.06
"""How far an axis goes beyond the largest value."""


def second_ticks(low: float, high: float, most: int) -> Ticks:
    """Marks of an axis of seconds: "0", "30 s", "2 min", "1 h"."""
    step = next((each for each in SECOND_STEPS if (high - low) / each <= most), 86_400)
    first = math.ceil(low / step)
    return tuple(
        (float(step * i), second_name(step * i)) for i in range(first, math.floor(high / step) + 1)
    )


def second_name(seconds: int) -> str:
    """A mark of the axis of seconds, in the largest unit that leaves no rest."""
    for unit, size in (("h", 3_600), ("min", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s" if seconds else "0"


def rate_axis(values: Iterable[float], most: int = 6) -> tuple[tuple[float, float], Ticks]:
    """Ends and marks of an axis from 0 to the largest of some numbers."""
    top = ROOM * max((*values, 1.0))
    return (0.0, top), tuple((value, tick_name(value)) for value in number_ticks(0, top, most))


def core_axis(values: Iterable[float]) -> tuple[tuple[float, float], Ticks]:
    """Per cent of a core: at least to 100."""
    top = ROOM * max((*values, 100.0))
    return (0.0, top), tuple((value, f"{value:,.0f} %") for value in number_ticks(0, top, 6))


def byte_axis(values: Iterable[float]) -> tuple[tuple[float, float], Ticks]:
    """Bytes, from 0."""
    top = ROOM * max((*values, 1e6))
    size = next(size for size in (1e9, 1e6) if top >= size)
    steps = number_ticks(0, 10 * top / size, 6)
    return (0.0, top), tuple((step * size / 10, byte_name(step * size / 10)) for step in steps)


def byte_name(count: float) -> str:
    """A mark of the axis of bytes."""
    return byte_count(count) if count else "0"


def latency_axis(microseconds: Iterable[float]) -> tuple[tuple[float, float], Ticks]:
    """A logarithmic axis: ends and marks as powers of ten of a microsecond, marks named in ms."""
    values = [value for value in microseconds if value > 0] or [1_000.0]
    low = min(math.log10(min(values)), math.log10(max(values)) - 1.0)
    ends = (max(0.0, low - 0.05), math.log10(max(values)) + 0.1)
    decades = range(math.floor(ends[0]), math.ceil(ends[1]) + 1)
    factors = (1, 2, 5) if ends[1] - ends[0] < 2.5 else (1,)
    marks = [factor * 10**decade for decade in decades for factor in factors]
    return ends, tuple(
        (math.log10(mark), millisecond_name(mark))
        for mark in marks
        if ends[0] <= math.log10(mark) <= ends[1]
    )


def millisecond_name(microseconds: float) -> str:
    """A mark of an axis of latencies, always in milliseconds: 0.2 ms, 50 ms, 1,000 ms."""
    return (
        f"{microseconds / 1_000:,g} ms" if microseconds < 1e6 else f"{microseconds / 1e3:,.0f} ms"
    )


def nines_ticks(end: float, *, narrow: bool) -> Ticks:
    """Marks of an axis of percentiles up to `end` nines; a narrow one leaves the first out."""
    marks = (*NINES[1 if narrow else 0 :], *FINE_NINES)
    kept = tuple((value, name) for value, name in marks if value <= end + 1e-9)
    return kept[1::2] if narrow and len(kept) > 4 else kept


def lag_text(milliseconds: float) -> str:
    """A lag of the generator."""
    return latency_text(1_000 * milliseconds)
