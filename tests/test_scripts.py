"""The programs in scripts/ run from the checkout and keep what they promise to keep."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl

SWEEP = "caps_slow_spread"


def run(script: str, checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(checkout / "scripts" / f"{script}.py"), *arguments]
    return subprocess.run(command, cwd=checkout, text=True, capture_output=True, check=False)


def test_a_sweep_of_caps_prints_a_table_and_saves_it_with_its_figure(
    checkout: Path, tmp_path: Path
) -> None:
    out = tmp_path / "sweep"
    done = run(
        SWEEP, checkout, "--users", "150", "--runs", "2", "--share", "60%", "--out", str(out)
    )
    assert done.returncode == 0, done.stderr
    table = pl.read_csv(out / f"{SWEEP}.csv")
    assert table["cap"].to_list() == ["1", "2", "5", "20", "256", "no cap"]
    reach = table["reach"].to_list()
    assert 5 < reach[0] < reach[-1] <= 150
    assert reach[-2:] == [reach[-1]] * 2
    assert table["held_back_per_100"].to_list()[-1] == 0
    printed = done.stdout.splitlines()
    assert "150 people (generated), 14 days, 2 runs" in printed[0]
    assert len(printed) == 1 + 7 + 3
    assert max(map(len, printed[1:8])) <= 100
    svg = (out / f"{SWEEP}.svg").read_text()
    for text in ("How caps slow the spread of a rumour", "People reached", "no cap"):
        assert text in svg
    assert (out / f"{SWEEP}.png").read_bytes().startswith(b"\x89PNG")


def test_a_file_that_is_not_there_gives_one_sentence(checkout: Path, tmp_path: Path) -> None:
    done = run(SWEEP, checkout, "--contacts", "nowhere.txt", "--out", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith("Error: nowhere.txt cannot be read")
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
