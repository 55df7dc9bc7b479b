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
    points_table,
    read_results,
    write_results,
)
from tests.sensitivities import always_strict, analysed, factor, request_of, results_of


@pytest.fixture(scope="module")
def results():
    return results_of()


PAGE = {"sensitivity.html": b"a page"}


def test_what_is_written_is_read_back(tmp_path, results):
    write_results(tmp_path / "out", results, PAGE)
    again = read_results(tmp_path / "out")
    assert again.found == results.found
    assert again.points.equals(results.points)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        JSON_FILE, POINTS_FILE, "sensitivity.html",
    }  # fmt: skip


def test_equal_results_give_equal_bytes_and_a_former_folder_is_replaced(tmp_path, results):
    write_results(tmp_path / "out", results, PAGE)
    first = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    write_results(tmp_path / "out", results_of(), PAGE)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == first


def test_there_is_a_row_for_each_combination_and_policy(results):
    points = results.points
    factors = [each.name for each in results.found.factors]
    assert points.columns == [*COLUMNS, *factors]
    assert len(points) == 2 * results.found.counts.all
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


def test_a_strange_folder_is_not_replaced(tmp_path, results):
    (tmp_path / "diary.txt").touch()
    with pytest.raises(ConfigurationError, match="holds diary"):
        write_results(tmp_path, results, PAGE)
    assert (tmp_path / "diary.txt").exists()


def test_a_folder_without_an_analysis_and_damaged_files_are_one_sentence(tmp_path, results):
    with pytest.raises(ConfigurationError, match=r"has no sensitivity\.json"):
        read_results(tmp_path)
    out = tmp_path / "out"
    write_results(out, results, PAGE)
    (out / POINTS_FILE).write_bytes(b"half of it")
    with pytest.raises(StoreError, match="damaged"):
        read_results(out)
