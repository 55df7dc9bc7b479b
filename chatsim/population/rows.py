"""Compressed rows: row i is `values[offsets[i]:offsets[i + 1]]`. How pairs become sorted rows without sorting.

Rows of the transpose come out rising, because they are filled in the order of the old rows; so transposing once turns
everybody's groups into each group's rising members, and transposing twice sorts any rows in linear time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatsim.compilation import compiled
from chatsim.population.values import Ids, Offsets

Rows = tuple[Offsets, Ids]


def rows(count: int, keys: Ids, values: Ids) -> Rows:
    """`count` rows; value i stands in row keys[i], in the order given."""
    result: Rows = compiled(_rows)(count, keys, values)
    return result


def transposed(offsets: Offsets, values: Ids, count: int) -> Rows:
    """`count` rising rows: i stands in row v as often as v stood in row i."""
    result: Rows = compiled(_transposed)(offsets, values, count)
    return result


def without_repeats(offsets: Offsets, values: Ids) -> Rows:
    """Rising rows with each value once."""
    result: Rows = compiled(_without_repeats)(offsets, values)
    return result


def _starts(count: int, keys: NDArray[np.int32]) -> NDArray[np.int64]:
    offsets = np.zeros(count + 1, dtype=np.int64)
    for key in keys:
        offsets[key + 1] += 1
    for row in range(count):
        offsets[row + 1] += offsets[row]
    return offsets


def _rows(count: int, keys: NDArray[np.int32], values: NDArray[np.int32]) -> Rows:
    offsets = _starts(count, keys)
    filled = offsets.copy()
    result = np.empty(len(values), dtype=np.int32)
    for index in range(len(values)):
        key = keys[index]
        result[filled[key]] = values[index]
        filled[key] += 1
    return offsets, result


def _transposed(offsets: NDArray[np.int64], values: NDArray[np.int32], count: int) -> Rows:
    result_offsets = _starts(count, values)
    filled = result_offsets.copy()
    result = np.empty(len(values), dtype=np.int32)
    for row in range(len(offsets) - 1):
        for index in range(offsets[row], offsets[row + 1]):
            key = values[index]
            result[filled[key]] = row
            filled[key] += 1
    return result_offsets, result


def _without_repeats(offsets: NDArray[np.int64], values: NDArray[np.int32]) -> Rows:
    result_offsets = np.zeros(len(offsets), dtype=np.int64)
    result = np.empty(len(values), dtype=np.int32)
    kept = 0
    for row in range(len(offsets) - 1):
        for index in range(offsets[row], offsets[row + 1]):
            if index == offsets[row] or values[index] != values[index - 1]:
                result[kept] = values[index]
                kept += 1
        result_offsets[row + 1] = kept
    return result_offsets, result[:kept].copy()
