"""Another simulator's answers to the conformance vectors, scored copy by copy."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from attrs import frozen

from chatsim.errors import ConfigurationError
from chatsim.testing.conformance.vectors import COPY_COLUMNS, Vector

HEADER = ("vector", "content", *COPY_COLUMNS)
NONE = "-1"

Copy = tuple[int, ...]
"""One first copy in the order of COPY_COLUMNS."""
Answer = Mapping[tuple[str, str], Sequence[Copy]]
"""First copies by vector and content."""


@frozen
class Score:
    """How well one vector was answered."""

    vector: str
    identical: int
    """First copies that are the same in every column."""
    people: int
    """Who were reached, as expected or as answered; per content."""
    first_difference: str | None
    """The earliest copy that differs, in words; None where all are identical."""

    @property
    def share(self) -> float:
        """Identical copies of all, 0 to 1."""
        return self.identical / self.people if self.people else 1.0


def score(vectors: Sequence[Vector], answer: Answer) -> list[Score]:
    """A score per vector; ConfigurationError for answers to a vector or a content that there is not."""
    known = {(vector.name, each.content) for vector in vectors for each in vector.expected}
    for vector, content in answer:
        if (vector, content) not in known:
            message = f"there is no vector {vector!r} with a content {content!r}"
            raise ConfigurationError(message)
    return [_score(vector, answer) for vector in vectors]


def _score(vector: Vector, answer: Answer) -> Score:
    identical, people = 0, 0
    differing: list[tuple[int, int, str]] = []
    for expected in vector.expected:
        wanted = {copy[0]: copy for copy in expected.first_copies}
        given = {copy[0]: copy for copy in answer.get((vector.name, expected.content), ())}
        everybody = wanted.keys() | given.keys()
        people += len(everybody)
        for user in everybody:
            mine, theirs = wanted.get(user), given.get(user)
            if mine == theirs:
                identical += 1
                continue
            ticks = [copy[1] for copy in (mine, theirs) if copy is not None]
            told = f"{expected.content}, person {user}: {_told(mine)} is expected, {_told(theirs)} was given"
            differing.append((min(ticks), user, told))
    return Score(vector.name, identical, people, min(differing)[2] if differing else None)


def _told(copy: Copy | None) -> str:
    if copy is None:
        return "no copy"
    _, tick, parent, group, hop, label = copy
    way = "" if group < 0 else f" in group {group}"
    sender = "a post" if parent < 0 else f"a copy from {parent}{way}"
    return f"{sender} at second {tick} with hop {hop} and label {label}"


def read_answer(text: str, file: str) -> Answer:
    """The rows of a CSV file with the columns vector, content, user, tick, parent, group, hop and label.

    Empty or -1 is nobody and no group. Raises ConfigurationError, naming the line, for what cannot be used.
    """
    rows = csv.DictReader(io.StringIO(text))
    if tuple(rows.fieldnames or ()) != HEADER:
        message = f"{file} has the columns {', '.join(rows.fieldnames or ())}; it takes {', '.join(HEADER)}"
        raise ConfigurationError(message)
    found: dict[tuple[str, str], dict[int, Copy]] = {}
    for row in rows:
        where = f"{file}, line {rows.line_num}"
        copy = _copy(row, where)
        of_content = found.setdefault((row["vector"], row["content"]), {})
        if copy[0] in of_content:
            raise ConfigurationError(f"{where}: person {copy[0]} stands there a second time")
        of_content[copy[0]] = copy
    return {key: list(copies.values()) for key, copies in found.items()}


def _copy(row: Mapping[str | None, str | None], where: str) -> Copy:
    # A row that is too short has None for what is missing, one that is too long has it as a key.
    if None not in row and None not in row.values():
        try:
            return tuple(int(row[name] or NONE) for name in COPY_COLUMNS)
        except ValueError:
            pass
    raise ConfigurationError(f"{where}: it takes a whole number in every column")


def write_answer(answer: Answer) -> str:
    """The text that `read_answer` reads."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(HEADER)
    for key, copies in answer.items():
        lines.writerows((*key, *copy) for copy in copies)
    return out.getvalue()


def expected_answer(vectors: Sequence[Vector]) -> Answer:
    """What a simulator that does everything right answers."""
    return {
        (vector.name, each.content): each.first_copies
        for vector in vectors
        for each in vector.expected
    }
