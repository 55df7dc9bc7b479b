"""Two loads side by side: a table of every number with its ratio, and whether the plans may be compared at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from chatsim.report.layout import GAPS, Block, Entry, Stack
from chatsim.report.words import wrapped
from chatsim_clients.load.quantities import (
    ACCOUNTS,
    RATES,
    SERVER,
    Quantity,
    latencies,
    recorded,
)
from chatsim_clients.load.report_words import policy_title
from chatsim_clients.load.result import LoadResult

NOT_COMPARED = ("command", "server_pid", "address", "policy", "out")
"""Parts of a plan that may differ: what is compared, and where things are."""
DIFFERENCES_SHOWN = 6
LINES = (2, 3, 4, 6)
"""How many lines a cell may take, tried in this order."""


@frozen
class Run:
    """A load and what it is called."""

    name: str
    result: LoadResult


@frozen
class Row:
    """One number of two loads."""

    quantity: Quantity
    first: float | None
    second: float | None

    @property
    def ratio(self) -> str:
        """How many times as much the second is: "1.35x"; "-" where that says nothing."""
        if not self.first or self.second is None:
            return "-"
        return f"{self.second / self.first:.3g}x"

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The row as text: title, first, second, ratio."""
        quantity = self.quantity
        return quantity.title, quantity.text(self.first), quantity.text(self.second), self.ratio


def named(first: LoadResult, second: LoadResult, names: tuple[str, str]) -> tuple[Run, Run]:
    """Runs called after their policies where those differ, and as `names` say otherwise."""
    titles = policy_title(first.plan), policy_title(second.plan)
    if None not in titles and titles[0] != titles[1]:
        names = (str(titles[0]), str(titles[1]))
    return Run(names[0], first), Run(names[1], second)


def rows(first: LoadResult, second: LoadResult) -> tuple[Row, ...]:
    """Every number that at least one of them has."""
    both = dict.fromkeys((*recorded(first), *recorded(second)))
    quantities = (*RATES, *(each for measure in both for each in latencies(measure)))
    found = [
        Row(each, each.of(first), each.of(second)) for each in (*quantities, *ACCOUNTS, *SERVER)
    ]
    return tuple(row for row in found if row.first or row.second or _always(row))


def _always(row: Row) -> bool:
    # That nothing was lost, duplicated, reordered or never sent is worth a row.
    return row.quantity.name in {"lost", "duplicated", "reordered", "refused", "unsent"}


def differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[str, ...]:
    """What the plans differ in besides the policy: "workload rate: 500 and 1000"."""
    flat, other = dict(_flat(first)), dict(_flat(second))
    keys = dict.fromkeys((*flat, *other))
    return tuple(
        f"{key}: {flat.get(key, 'none')} and {other.get(key, 'none')}"
        for key in keys
        if flat.get(key) != other.get(key)
    )


def _flat(value: object, *path: str) -> Iterator[tuple[str, object]]:
    match value:
        case Mapping():
            for key, item in value.items():
                if key not in NOT_COMPARED:
                    yield from _flat(item, *path, str(key).replace("_", " "))
        case list() | tuple():
            for number, item in enumerate(value, 1):
                yield from _flat(item, *path, str(number))
        case _:
            yield " ".join(path), value


def doubts(first: LoadResult, second: LoadResult) -> tuple[str, ...]:
    """Sentences that whoever compares must read first."""
    told = []
    found = differences(first.plan, second.plan)
    if found:
        more = len(found) - DIFFERENCES_SHOWN
        rest = f"; and {more} more" if more > 0 else ""
        told.append(
            "The plans differ in more than the policy: "
            f"{'; '.join(found[:DIFFERENCES_SHOWN])}{rest}."
        )
    if first.machine != second.machine:
        told.append(f"They ran on different machines: {first.machine}; and {second.machine}.")
    return tuple(told)


def lines(first: Run, second: Run, width: int) -> list[str]:
    """The comparison for a terminal or a pipe."""
    cells = [row.cells for row in rows(first.result, second.result)]
    headings = ("", first.name, second.name, "Ratio")
    warnings = [
        f"Warning ({run.name}): {sentence}"
        for run in (first, second)
        for sentence in run.result.warnings
    ]
    told = (*doubts(first.result, second.result), *warnings)
    return [
        *block_lines(headings, cells, width),
        *([""] if told else []),
        *(line for sentence in told for line in wrapped(sentence, width)),
    ]


def block_lines(headings: Sequence[str], cells: Sequence[Sequence[str]], width: int) -> list[str]:
    """A table whose first column is names and whose others are numbers, as plain lines."""
    stacks = tuple(
        Stack(Entry(heading), tuple(Entry(row[i]) for row in cells), numeric=i > 0, column=None)
        for i, heading in enumerate(headings)
    )
    for high in LINES:
        for gap in GAPS:
            block = Block(stacks, tuple(stack.width_for(high) for stack in stacks), gap)
            if block.width <= width:
                full = tuple(max(stack.full, stack.heading.full) for stack in stacks)
                relaxed = Block(stacks, full, gap)
                chosen = relaxed if relaxed.width <= width else block
                return [line.plain for line in chosen.lines()]
    return [line.plain for line in block.lines()]
