"""A folder of findings: whole or not at all, never in the place of something else, and read back as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import frozen

from chatsim.errors import ConfigurationError, StoreError
from chatsim.study.findings import Findings


@frozen
class Found:
    format_version: int
    answer: str


FOUND = Found(3, "All of it.")
FOLDER = Findings(
    command="chatsim find",
    kind=Found,
    json_file="found.json",
    more_files=frozenset(["page.html", "figure.svg"]),
    format_version=3,
)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    FOLDER.write(tmp_path / "out", FOUND, {"page.html": b"a page"})
    assert FOLDER.read(tmp_path / "out") == FOUND
    assert (tmp_path / "out" / "page.html").read_bytes() == b"a page"
    assert names(tmp_path) == {"out"}


def test_a_former_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    FOLDER.write(tmp_path / "out", FOUND, {"page.html": b"a page", "figure.svg": b"a figure"})
    FOLDER.write(tmp_path / "out", FOUND, {"page.html": b"another"})
    assert names(tmp_path / "out") == {"found.json", "page.html"}


def test_a_folder_with_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(
        ConfigurationError, match=r"holds diary\.txt, which chatsim find never writes"
    ):
        FOLDER.write(tmp_path, FOUND, {})
    assert names(tmp_path) == {"diary.txt"}


def test_a_file_is_no_place_for_a_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(ConfigurationError, match="is a file; chatsim find takes a folder"):
        FOLDER.check_destination(tmp_path / "out")


def test_a_folder_without_findings_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"has no found\.json; it takes a folder that"):
        FOLDER.read(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe", "damaged: it is no text"),
        (b'{"format_version": 3, "answer', "is damaged"),
        (b'{"format_version": 99}', "format version 99, which is newer than the 3"),
        (b'{"format_version": 2}', "format version 2, and this chatsim reads 3"),
    ],
)
def test_damage_and_other_versions_are_one_sentence(
    tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "found.json").write_bytes(content)
    with pytest.raises(StoreError, match=said):
        FOLDER.read(tmp_path)
