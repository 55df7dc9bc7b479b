"""A calibration's folder: whole or not at all, and read back as it was."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from chatsim.errors import ConfigurationError, StoreError
from chatsim.study.calibration.files import load_calibration
from chatsim.study.calibration.saving import (
    fit_from_json,
    fit_to_json,
    load_fit,
    packaged_fits,
    vectors_table,
    write_calibration,
)
from tests.calibrations import MANIFEST, fit_by_hand, out_of_reach


def write(folder: Path, fit=None) -> None:
    write_calibration(folder, fit or fit_by_hand(), MANIFEST, lambda *_: {"page.html": b"page"})


@pytest.mark.parametrize("make", [fit_by_hand, out_of_reach])
def test_a_fit_is_read_back_as_it_was(tmp_path: Path, make) -> None:
    write(tmp_path / "fit", make())
    assert load_fit(tmp_path / "fit") == make()


def test_the_folder_holds_what_its_manifest_says_and_may_be_replaced(tmp_path: Path) -> None:
    write(tmp_path / "fit")
    write(tmp_path / "fit")
    manifest = json.loads((tmp_path / "fit" / "manifest.json").read_text())
    assert set(manifest["files"]) == {path.name for path in (tmp_path / "fit").iterdir()}
    (tmp_path / "fit" / "notes.txt").write_text("mine")
    with pytest.raises(ConfigurationError, match=r"notes\.txt"):
        write(tmp_path / "fit")


def test_the_table_has_a_row_for_each_vector(tmp_path: Path) -> None:
    write(tmp_path / "fit")
    table = pl.read_parquet(tmp_path / "fit" / "vectors.parquet")
    assert table.equals(vectors_table(fit_by_hand()))
    assert table.columns == [
        "share_probability", "persistence", "weight", "draws", "fitted_less", "predicted_less",
        "predicted_reach",
    ]  # fmt: skip
    assert table["weight"].sum() == pytest.approx(1.0, abs=1e-4)
    assert (table["predicted_reach"].is_null() == (table["draws"] == 0)).all()
    assert vectors_table(out_of_reach()).is_empty()


def test_damage_and_other_versions_are_told() -> None:
    text = fit_to_json(fit_by_hand())
    with pytest.raises(StoreError, match="format version 9"):
        fit_from_json(text.replace('"format_version": 1', '"format_version": 9', 1), "it")
    with pytest.raises(StoreError, match="it is damaged"):
        fit_from_json(text[:-20], "it")


def test_a_folder_without_a_calibration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="holds no calibration; it takes claims"):
        load_fit(tmp_path)


def test_the_fit_that_comes_with_chatsim_is_of_the_calibration_that_does() -> None:
    assert packaged_fits() == ("claims",)
    fit, asked = load_fit("claims"), load_calibration("claims")
    assert [each.name for each in fit.parameters] == [each.name for each in asked.parameters]
    assert [(each.name, each.said) for each in fit.targets] == [
        (each.name, each.said) for each in asked.targets
    ]
    for vector in fit.vectors:
        for parameter, value in zip(asked.parameters, vector.values, strict=True):
            assert parameter.low <= value <= parameter.high
