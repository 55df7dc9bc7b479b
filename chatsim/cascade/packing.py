"""What a run gave as bytes and back, its outcome or its measures alone: for files of unfinished studies.

Columns shrink to the smallest integers that hold them, little-endian, so that equal values give equal bytes.
"""

from __future__ import annotations

from typing import Any

import msgpack
import numpy as np
from attrs import fields

from chatsim.cascade.measures import Exposure, RunMeasures
from chatsim.cascade.values import Column, ContentRun, Deeds, FirstCopies, RunOutcome
from chatsim.errors import StoreError

PACKING_VERSION = 2
MEASURES = "measures"
"""What stands before packed measures, so that neither is taken for the other."""
WIDTHS = ("<i1", "<i2", "<i4", "<i8")


def pack_outcome(outcome: RunOutcome) -> bytes:
    """The outcome as one msgpack array."""
    contents = [_content(run) for run in outcome.contents]
    packed: bytes = msgpack.packb([PACKING_VERSION, contents])
    return packed


def unpack_outcome(packed: bytes) -> RunOutcome:
    """What `pack_outcome` packed; StoreError for anything else."""
    try:
        version, contents = msgpack.unpackb(packed)
        if version != PACKING_VERSION:
            message = f"a kept run has packing version {version}; this one reads {PACKING_VERSION}"
            raise StoreError(message)
        return RunOutcome(tuple(_content_run(parts) for parts in contents))
    except (ValueError, TypeError, KeyError, msgpack.UnpackException) as error:
        message = "a kept run is damaged: it does not hold what a run hands over"
        raise StoreError(message) from error


def pack_measures(measures: tuple[RunMeasures, ...]) -> bytes:
    """The measures of a run's contents as one msgpack array."""
    packed: bytes = msgpack.packb(
        [PACKING_VERSION, MEASURES, [_measures(each) for each in measures]]
    )
    return packed


def unpack_measures(packed: bytes) -> tuple[RunMeasures, ...]:
    """What `pack_measures` packed; StoreError for anything else."""
    try:
        version, kind, contents = msgpack.unpackb(packed)
        if (version, kind) != (PACKING_VERSION, MEASURES):
            message = f"kept measures are {kind} of packing version {version}"
            raise StoreError(message)
        return tuple(_run_measures(**parts) for parts in contents)
    except (ValueError, TypeError, KeyError, msgpack.UnpackException) as error:
        message = "kept measures of a run are damaged: they do not hold what a run hands over"
        raise StoreError(message) from error


def _measures(measures: RunMeasures) -> dict[str, object]:
    plain = {each.name: getattr(measures, each.name) for each in fields(RunMeasures)}
    exposure = [_column(measures.exposure.ticks), _column(measures.exposure.people)]
    return plain | {"breadth": _column(measures.breadth), "exposure": exposure}


def _run_measures(
    breadth: object, exposure: list[object], labels: list[int], **plain: Any
) -> RunMeasures:
    ticks, people = exposure
    none, forwarded, many_times = labels
    return RunMeasures(
        breadth=_unpacked(breadth),
        exposure=Exposure(_unpacked(ticks), _unpacked(people)),
        labels=(none, forwarded, many_times),
        **plain,
    )


def _content(run: ContentRun) -> list[object]:
    return [
        _columns(run.first_copies),
        _columns(run.deeds),
        _column(run.copies_by_hour),
        _column(run.received),
        run.complaints,
    ]


def _content_run(parts: list[object]) -> ContentRun:
    first_copies, deeds, copies_by_hour, received, complaints = parts
    if not isinstance(complaints, int):
        raise TypeError
    return ContentRun(
        FirstCopies(**_named(first_copies)),
        Deeds(**_named(deeds)),
        _unpacked(copies_by_hour),
        _unpacked(received),
        complaints,
    )


def _columns(table: FirstCopies | Deeds) -> dict[str, list[object]]:
    return {column.name: _column(getattr(table, column.name)) for column in fields(type(table))}


def _named(columns: object) -> dict[str, Column]:
    if not isinstance(columns, dict):
        raise TypeError
    return {name: _unpacked(column) for name, column in columns.items()}


def _column(column: Column) -> list[object]:
    low, high = int(column.min(initial=0)), int(column.max(initial=0))
    width = next(
        width for width in WIDTHS if np.iinfo(width).min <= low and high <= np.iinfo(width).max
    )
    return [width, column.astype(width).tobytes()]


def _unpacked(column: object) -> Column:
    if not isinstance(column, list) or len(column) != 2 or column[0] not in WIDTHS:
        raise TypeError
    return np.frombuffer(column[1], dtype=column[0]).astype(np.int64)
