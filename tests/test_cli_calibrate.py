"""`chatsim calibrate` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import chatsim
from chatsim.cli.main import main
from chatsim.study.partial import Partial

MINE = """
title = "A small fit"
scenario = "rumour"
users = 200
points = 16
runs = 4
draws = 4

[[parameters]]
name = "share_probability"
low = "30 %"
high = "90 %"

[[targets]]
name = "less"
use = "fit"
measure = "forwards"
policy = "cap-1"
against = "uncapped"
value = 0.6
tolerance = 0.3
source = "somebody"

[[targets]]
name = "tenth"
use = "predict"
measure = "top tenth"
policy = "uncapped"
value = "50 %"
tolerance = "10 %"
source = "somebody"
"""


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    return stopped.value.code


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(MINE)
    return path


def fit(mine: Path, *more: str) -> int:
    out = str(mine.parent / "fit")
    return run("calibrate", str(mine), "--out", out, "--workers", "1", *more)


def test_a_calibration_is_printed_and_written(mine: Path, capsys) -> None:
    assert fit(mine) == 0
    printed = capsys.readouterr().out
    assert "A small fit" in printed
    assert "vectors tried give what the fit asks for" in printed
    folder = mine.parent / "fit"
    assert {path.name for path in folder.iterdir()} == {
        "calibration.json", "manifest.json", "ranges.png", "ranges.svg", "report.html", "targets.png", "targets.svg", "vectors.parquet",
    }  # fmt: skip
    assert not (mine.parent / "fit.partial").exists()
    read = chatsim.fitted(folder)
    assert read.reached
    assert read.table.height == len(read.fit.vectors)
    assert set(read.figures) == {"targets", "ranges"}
    # The same command gives the same numbers, here as JSON.
    assert fit(mine, "--json") == 0
    assert json.loads(capsys.readouterr().out) == json.loads(
        (folder / "calibration.json").read_text()
    )


def test_targets_out_of_reach_end_with_status_2_the_nearest_and_a_page(mine: Path, capsys) -> None:
    mine.write_text(MINE.replace("value = 0.6\ntolerance = 0.3", "value = 3\ntolerance = 0.1"))
    assert fit(mine, "--points", "16") == 2
    said = capsys.readouterr()
    assert "Error: none of 16 vectors within the ranges reaches less 3.00" in said.err
    assert "the nearest gives" in said.err
    assert "out of reach" in (mine.parent / "fit" / "report.html").read_text()


def test_what_was_played_is_kept_when_it_breaks_off_and_taken_over(
    mine: Path, capsys, monkeypatch
) -> None:
    keep, left = Partial.keep, [5]

    def breaks(self, *arguments):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        keep(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Partial, "keep", breaks)
        assert fit(mine) == 130
    # Four runs of each vector under two policies.
    assert "40 finished runs are kept" in capsys.readouterr().err
    assert fit(mine) == 0
    assert "5 finished vectors were taken over" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["claimz"], "no calibration named claimz (did you mean claims"),
        (["nowhere.toml"], "nowhere.toml cannot be read"),
        (["--points", "3"], "points is 3"),
        (["--runs", "many"], "--runs is 'many'"),
        (["--users", "1"], "users is 1"),
        (["--on", "moon"], "on is 'moon'; it takes local, dask or dask://HOST:PORT"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_and_status_2(arguments, sentence, capsys) -> None:
    assert run("calibrate", *arguments) == 2
    assert sentence in capsys.readouterr().err


def test_somebody_elses_folder_is_not_written_to(mine: Path, capsys) -> None:
    (mine.parent / "fit").mkdir()
    (mine.parent / "fit" / "thesis.doc").write_text("mine")
    assert fit(mine) == 2
    assert "thesis.doc" in capsys.readouterr().err
