"""Where scripts' findings go, and what their pages begin with."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from chatsim.errors import StoreError

DOC = """Is it so?

    python scripts/x.py
    python scripts/x.py --few

What is measured.
How.
"""


@pytest.fixture
def recording(checkout: Path, monkeypatch):
    monkeypatch.syspath_prepend(str(checkout / "scripts"))
    return importlib.import_module("recording")


def test_a_page_begins_with_what_is_measured_and_how_it_was_run(recording, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["x.py", "--few"])
    head = recording.head("It is so", DOC, "x.py", "Two cores.")
    ran = "    python scripts/x.py --few"
    assert head == ["# It is so", "", "What is measured.", "How.", "", ran, "", "Two cores.", ""]


def test_files_of_a_name_are_kept_in_a_folder_that_is_made(recording, tmp_path):
    out = tmp_path / "new"
    kept = recording.keep({"csv": b"a,b\n", "png": b"\x89PNG"}, out, "table")
    assert kept == [out / "table.csv", out / "table.png"]
    assert [path.read_bytes() for path in kept] == [b"a,b\n", b"\x89PNG"]


def test_a_place_that_takes_no_file_is_a_sentence(recording, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"file cannot be written to: File exists"):
        recording.keep({"csv": b""}, tmp_path / "file", "table")
