"""The folder of an analysis: whole, read back, and the same bytes for the same command."""

from __future__ import annotations

import polars as pl
import pytest
from attrs import evolve

from chatsim.errors import ConfigurationError, StoreError
from chatsim.study.sensitivity.files import (
    COLUMNS,
    JSON_FILE,
    POINTS_FILE,
    check_destination,
    points_table,
    read_findings,
    write_findings,
)
from tests.sensitivities import always_strict, analysed, factor, findings_of, request_of


@pytest.fixture(scope="module")
def findings():
    return findings_of()


def no_more(findings):
    return {"sensitivity.html": b"a page"}


def test_what_is_written_is_read_back(tmp_path, findings):
    write_findings(tmp_path / "out", findings, no_more)
    again = read_findings(tmp_path / "out")
    assert again.found == findings.found
    assert again.points.equals(findings.points)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        JSON_FILE, POINTS_FILE, "sensitivity.html",
    }  # fmt: skip


def test_equal_findings_give_equal_bytes_and_a_former_folder_is_replaced(tmp_path, findings):
    write_findings(tmp_path / "out", findings, no_more)
    first = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    write_findings(tmp_path / "out", findings_of(), no_more)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == first


def test_there_is_a_row_for_each_combination_and_policy(findings):
    points = findings.points
    factors = [each.name for each in findings.found.factors]
    assert points.columns == [*COLUMNS, *factors]
    assert len(points) == 2 * findings.found.counts.all
    assert set(points["policy"]) == {"lax", "strict"}
    base = points.filter(pl.col("role") == "base")
    assert base["persistence"].to_list() == [0.5, 0.5]
    assert base["stricter"].to_list() == ["strict", "strict"]
    assert base["against_uncapped"].to_list() == pytest.approx([-0.2, -0.4], abs=0.005)
    assert base["harmless_reach_lost"].is_null().all()


def test_a_value_without_limit_is_null():
    analysis = analysed(request_of(factor("half_life")), always_strict)
    unlimited = evolve(analysis.combinations[0], values=(None,))
    assert points_table(analysis.found, [unlimited])["half_life"].to_list() == [None, None]


def test_a_strange_folder_is_not_replaced(tmp_path, findings):
    (tmp_path / "diary.txt").touch()
    with pytest.raises(ConfigurationError, match="holds diary"):
        write_findings(tmp_path, findings, no_more)
    assert (tmp_path / "diary.txt").exists()
    with pytest.raises(ConfigurationError, match="is a file"):
        check_destination(tmp_path / "diary.txt")


def test_a_folder_without_an_analysis_and_damaged_files_are_one_sentence(tmp_path, findings):
    with pytest.raises(ConfigurationError, match="holds no analysis"):
        read_findings(tmp_path)
    out = tmp_path / "out"
    write_findings(out, findings, no_more)
    (out / POINTS_FILE).write_bytes(b"half of it")
    with pytest.raises(StoreError, match="damaged"):
        read_findings(out)
    (out / JSON_FILE).write_text('{"format_version": 99}')
    with pytest.raises(StoreError, match="format version 99"):
        read_findings(out)
    (out / JSON_FILE).write_bytes(b"\xff\xfe")
    with pytest.raises(StoreError, match="it is no text"):
        read_findings(out)
