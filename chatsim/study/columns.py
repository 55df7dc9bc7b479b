"""The columns of a study's tables: name, type, unit and meaning, each written down once, for readers and for checks.

`chatsim schema TABLE` prints them, ARCHITECTURE.md lists them, and tests hold the files to them.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

RUN, POLICY, CONTENT = "run", "policy", "content"


@frozen
class TableColumn:
    """One column of a table."""

    name: str
    type: str
    """As Parquet has it; `enum`: text from a fixed list, stored as numbers."""
    unit: str
    """Empty where a value is a name, a number that stands for somebody or something, or a label."""
    meaning: str
    nullable: bool = False


@frozen
class TableDescription:
    """One file of rows."""

    name: str
    file: str
    rows: str
    """What a row is, and in which order they stand."""
    columns: tuple[TableColumn, ...]


KEYS = (
    TableColumn(
        RUN,
        "int32",
        "",
        "the run's number; from the study's number of runs on, those with one originator",
    ),
    TableColumn(POLICY, "enum", "", "the policy's name"),
    TableColumn(CONTENT, "enum", "", "the content's name"),
)
USER = TableColumn("user", "int32", "", "the person, from 0")

SPREAD = TableDescription(
    "spread",
    "spread.parquet",
    "a person reached, by run, policy and content: the copy that counted; then by tick and user",
    (
        *KEYS,
        USER,
        TableColumn(
            "tick",
            "int32",
            "seconds",
            "when it arrived, or was posted, since the run's midnight UTC",
        ),
        TableColumn("parent", "int32", "", "who sent it; null for originators", nullable=True),
        TableColumn(
            "chat",
            "int32",
            "",
            "the group it came through; null for a contact's chat",
            nullable=True,
        ),
        TableColumn(
            "hop_claimed", "uint8", "forwards", "how often it has been forwarded, as the copy says"
        ),
        TableColumn(
            "depth", "int32", "copies", "how often it has truly been passed on; 0 for originators"
        ),
        TableColumn(
            "label", "uint8", "", "what the app showed: 0 none, 1 forwarded, 2 forwarded many times"
        ),
    ),
)
DEEDS = TableDescription(
    "deeds",
    "deeds.parquet",
    "a person who wanted to pass a content on, by run, policy and content; then by user",
    (
        *KEYS,
        USER,
        TableColumn("tick", "int32", "seconds", "the first action: the reading, or the originator's post"),
        TableColumn("wanted", "int32", "chats", "wanted, over all rounds where there are rounds"),
        TableColumn("held_back", "int32", "chats", "wanted and not offered, in the first action (in all, where none is tried again)"),
        TableColumn("denied", "int32", "chats", "that a modified app asked for and could not have, or of refused acts that are not tried again"),
        TableColumn("actions", "int32", "actions", "begun: first, repeated and retried; pastes are not counted"),
        TableColumn("refused", "int32", "acts", "that the relay refused"),
        TableColumn("forwarded_chats", "int32", "chats", "that forwards went to"),
        TableColumn("forwarded_copies", "int32", "copies", "of these forwards, delivered"),
        TableColumn("original_chats", "int32", "chats", "that originals went to: an originator's post, and pastes"),
        TableColumn("original_copies", "int32", "copies", "of these originals, delivered"),
        TableColumn("hop_made", "int32", "forwards", "what this person's forwards claim"),
        TableColumn("abandoned", "int32", "chats", "wanted by somebody who gave up at a prompt"),
    ),
)  # fmt: skip
NAMES = TableDescription(
    "names",
    "names.parquet",
    "a person, by user; only where the people come from files with ids of their own",
    (USER, TableColumn("name", "string", "", "the id in the input file")),
)
TABLES = (SPREAD, DEEDS, NAMES)


def markdown(tables: Sequence[TableDescription] = TABLES) -> str:
    """The columns as ARCHITECTURE.md lists them."""
    lines = ["| file | column | type | unit | meaning |", "|---|---|---|---|---|"]
    for table in tables:
        for column in table.columns:
            cells = (table.file, column.name, column.type, column.unit or "-", column.meaning)
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
