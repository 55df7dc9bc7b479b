"""The documented columns are those of the files, in their order and with their types."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from attrs import fields

from chatsim.cascade.values import Deeds
from chatsim.study.columns import DEEDS, NAMES, SPREAD, TABLES, markdown
from chatsim.study.results_files import read_study, write_study
from tests.studies import small_study

TYPES = {"int32": pl.Int32, "uint8": pl.UInt8, "enum": pl.Enum, "string": pl.String}


@pytest.mark.parametrize("described", TABLES, ids=lambda table: table.name)
def test_a_file_has_the_columns_that_are_documented(tmp_path, described):
    write_study(tmp_path / "out", small_study(names=["anna", "ben"]))
    table = getattr(read_study(tmp_path / "out"), described.name)
    assert (tmp_path / "out" / described.file).is_file()
    assert table.columns == [column.name for column in described.columns]
    for column in described.columns:
        assert isinstance(table[column.name].dtype, TYPES[column.type])
        assert column.nullable or not table[column.name].null_count()


def test_every_column_of_deeds_is_documented():
    described = [column.name for column in DEEDS.columns]
    assert described[3:] == [field.name for field in fields(Deeds)]


def test_every_column_has_a_meaning_of_its_own():
    for table in (SPREAD, DEEDS, NAMES):
        meanings = [column.meaning for column in table.columns]
        assert all(meanings)
        assert len(set(meanings)) == len(meanings)


def test_the_architecture_lists_the_columns():
    page = Path(__file__).parents[1] / "ARCHITECTURE.md"
    assert markdown() in page.read_text(encoding="utf-8")
