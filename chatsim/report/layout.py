"""Tables as lines of text: as many columns beside one another as a width holds, nothing cut, nothing running over."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence

from attrs import evolve, frozen
from rich.text import Text

from chatsim.report.columns import Column, Row
from chatsim.report.words import cleaned, wrapped

POLICY = "Policy"
LINES_MAX = (2, 3, 4)
"""How many lines a cell may take, tried in this order."""
GAPS = (2, 1)
"""Blanks between columns, tried in this order."""
HEADING_LINES = 4

Lines = tuple[str, ...]


@frozen
class Entry:
    """One cell: its text, and the smaller type below it."""

    text: str
    detail: str = ""

    def lines(self, width: int) -> tuple[Lines, Lines]:
        """The lines of text and detail; wider than `width` where a single word is."""
        return _lines(self.text, width), _lines(self.detail, width) if self.detail else ()

    def height(self, width: int) -> int:
        """How many lines it takes."""
        text, detail = self.lines(width)
        return len(text) + len(detail)

    @property
    def word(self) -> int:
        """The width of its longest word."""
        return max(len(line) for lines in self.lines(1) for line in lines)

    @property
    def full(self) -> int:
        """The width at which neither text nor detail is wrapped."""
        return max(len(self.text), len(self.detail))


@functools.lru_cache(maxsize=1 << 14)
def _lines(text: str, width: int) -> Lines:
    # A layout is looked for by trying widths; the same few texts come again and again.
    return wrapped(text, width, break_words=False)


@frozen
class Stack:
    """One column: its heading and the cells below."""

    heading: Entry
    cells: tuple[Entry, ...]
    numeric: bool
    column: Column | None
    """None for the column of names."""

    def width_for(self, lines: int) -> int:
        """The least width at which no cell takes more than `lines` lines and no word is broken."""
        width = max(entry.word for entry in (self.heading, *self.cells))
        while self.heading.height(width) > HEADING_LINES or any(
            cell.height(width) > max(lines, 1 + bool(cell.detail)) for cell in self.cells
        ):
            width += 1
        return width

    @property
    def full(self) -> int:
        """The width at which no cell is wrapped; headings may be."""
        return max(self.width_for(2), *(cell.full for cell in self.cells))


@frozen
class Block:
    """Columns beside one another, each with its width."""

    stacks: tuple[Stack, ...]
    widths: tuple[int, ...]
    gap: int

    @property
    def width(self) -> int:
        """Characters from the first column's start to the last one's end."""
        return sum(self.widths) + self.gap * (len(self.widths) - 1)

    def lines(self) -> list[Text]:
        """The table as lines with styles."""
        heads = [
            stack.heading.lines(width)[0]
            for stack, width in zip(self.stacks, self.widths, strict=True)
        ]
        height = max(len(head) for head in heads)
        # Headings stand on the rule.
        heads = [("",) * (height - len(head)) + head for head in heads]
        lines = [self._line([(head[i], "bold") for head in heads]) for i in range(height)]
        lines.append(Text("-" * self.width, style="dim"))
        for number in range(len(self.stacks[0].cells)):
            lines += self._row(number)
        return lines

    def _row(self, number: int) -> Iterator[Text]:
        cells = []
        for stack, width in zip(self.stacks, self.widths, strict=True):
            text, detail = stack.cells[number].lines(width)
            cells.append([*((line, "") for line in text), *((line, "dim") for line in detail)])
        for i in range(max(len(cell) for cell in cells)):
            yield self._line([cell[i] if i < len(cell) else ("", "") for cell in cells])

    def _line(self, parts: Sequence[tuple[str, str]]) -> Text:
        line = Text()
        for stack, width, (part, style) in zip(self.stacks, self.widths, parts, strict=True):
            line.append(" " * (self.gap if line.plain else 0))
            line.append(part.rjust(width) if stack.numeric else part.ljust(width), style)
        line.rstrip()
        return line


def blocks(columns: Sequence[Column], rows: Sequence[Row], width: int) -> list[Block]:
    """All columns, in as many blocks as the width asks for, of about equally many columns each."""
    for count in range(1, len(columns)):
        parts = _parts(columns, count)
        made = [laid_out(part, rows, width) for part in parts]
        if all(block.width <= width for block in made):
            return made
    return [laid_out([column], rows, width) for column in columns]


def _parts(columns: Sequence[Column], count: int) -> list[Sequence[Column]]:
    ends = [round(i * len(columns) / count) for i in range(count + 1)]
    return [columns[start:end] for start, end in itertools.pairwise(ends)]


def fitting(
    columns: Sequence[Column], rows: Sequence[Row], width: int
) -> tuple[Block, list[Column]]:
    """The columns that fit beside one another, and those that had to go, the least important first."""
    kept = list(columns)
    while (block := laid_out(kept, rows, width)).width > width and len(kept) > 1:
        kept.remove(max(kept, key=lambda column: column.priority))
    return block, [column for column in columns if column not in kept]


def laid_out(columns: Sequence[Column], rows: Sequence[Row], width: int) -> Block:
    """The flattest layout that fits `width`; the tightest where none does."""
    stacks = (_names(rows, width), *(_stack(column, rows) for column in columns))
    for lines in LINES_MAX:
        for gap in GAPS:
            block = Block(stacks, tuple(stack.width_for(lines) for stack in stacks), gap)
            if block.width <= width:
                return _relaxed(block, width)
    return block


def _relaxed(block: Block, width: int) -> Block:
    # Room that is left goes to the columns in turn, so that fewer cells are wrapped, and then between them.
    goals = [stack.width_for(2) for stack in block.stacks]
    for widest in (goals, [stack.full for stack in block.stacks]):
        for i, goal in enumerate(widest):
            widths = (*block.widths[:i], max(goal, block.widths[i]), *block.widths[i + 1 :])
            wider = evolve(block, widths=widths)
            if wider.width <= width:
                block = wider
    airy = evolve(block, gap=block.gap + 1)
    return airy if airy.width <= width else block


def _names(rows: Sequence[Row], width: int) -> Stack:
    # A name of the user's own may be one long word: it is broken, so that it leaves room for a column.
    longest = max(12, width // 4)
    names = [" ".join(wrapped(row.policy.title, longest)) for row in rows]
    return Stack(Entry(POLICY), tuple(Entry(name) for name in names), numeric=False, column=None)


def _stack(column: Column, rows: Sequence[Row]) -> Stack:
    cells = [column.cell(row) for row in rows]
    return Stack(
        Entry(straight(column.heading)),
        tuple(Entry(straight(cell.text), _tight(cell.detail)) for cell in cells),
        column.numeric,
        column,
    )


def _tight(detail: str) -> str:
    # "1,280-1,340" saves the room that "1,280 to 1,340" takes; below zero a dash would read as a sign.
    return straight(detail if "-" in detail else detail.replace(" to ", "-"))


def straight(text: str) -> str:
    """`text` with quotes that every terminal has, and without control characters."""
    return cleaned(text).replace("“", '"').replace("”", '"')
