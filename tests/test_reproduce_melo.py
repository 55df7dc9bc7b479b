"""A published study, played again: the script's short form keeps what its page and its table promise."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.pages import CHROMIUM, assert_named, assert_self_contained, found_in_a_browser

NAME = "melo_2019"
CAPS = [256, 20, 5, 2, 1]


@pytest.fixture(scope="module")
def made(checkout: Path, tmp_path_factory) -> Path:
    out: Path = tmp_path_factory.mktemp("melo")
    command = [sys.executable, "-W", "error", "scripts/reproduce_melo_2019.py", "--quick"]
    done = subprocess.run(
        [*command, "--out", str(out)], cwd=checkout, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (out / f"{NAME}.md").read_text() in done.stdout
    return out


@pytest.fixture(scope="module")
def page(made: Path) -> str:
    return (made / f"{NAME}.html").read_text()


@pytest.fixture(scope="module")
def cases(made: Path) -> pl.DataFrame:
    return pl.read_csv(made / f"{NAME}.csv")


@pytest.mark.parametrize("alpha", [1.0, 0.1])
def test_the_tighter_the_cap_the_slower_and_nobody_is_saved(
    cases: pl.DataFrame, alpha: float
) -> None:
    for counts, low, high in (("people", 2.5, 10.0), ("groups", 1.0, 1.2)):
        rows = cases.filter(
            (pl.col("cap_counts") == counts)
            & (pl.col("alpha") == alpha)
            & (pl.col("recovery") == 0)
        )
        assert rows["cap"].to_list() == CAPS
        assert rows["iterations_to_50"].is_sorted()
        assert rows["iterations_to_90"].is_sorted()
        assert rows["reach_share"].min() >= 0.9
        assert low <= rows["times_as_long_50"][2] <= high
        assert rows["times_as_long_50"][0] == 1.0


def test_a_tight_cap_saves_people_where_sharers_stop_at_once(cases: pl.DataFrame) -> None:
    rows = cases.filter((pl.col("cap_counts") == "people") & (pl.col("recovery") == 1))
    reach = dict(zip(rows["cap"], rows["reach_share"], strict=True))
    assert reach[1] < 0.2
    assert 0.9 < reach[5] <= reach[256]
    assert rows["iterations_to_50"].is_null().all()


def test_the_text_has_a_verdict_for_every_claim_and_the_plain_simulation_beside_ours(
    made: Path,
) -> None:
    text = (made / f"{NAME}.md").read_text()
    claims = text.partition("## What was published")[2].partition("## ")[0]
    verdicts = [line.split("|")[4].strip() for line in claims.splitlines() if line.count("|") == 5]
    assert len(verdicts) == 8
    assert verdicts[0] == "Verdict"
    assert all("agrees" in verdict for verdict in verdicts[2:])
    checked = text.partition("## Checked from outside")[2]
    ours, theirs = (
        float(each) for each in re.findall(r"\| (\d\.\d\d)", checked.partition("people")[2])[:2]
    )
    assert ours == pytest.approx(theirs, rel=0.25)
    assert checked.count("| yes |") == 2


def test_the_page_stands_alone_and_names_its_parts(page: str) -> None:
    assert_self_contained(page)
    assert_named(page, 3)
    assert page.count("The interval covers chance between runs only") == 5


@pytest.mark.skipif(not CHROMIUM, reason="there is no chromium here")
def test_nothing_on_the_page_overlaps_in_a_browser(page: str, tmp_path: Path) -> None:
    assert found_in_a_browser(page, tmp_path) == []


def test_the_figure_is_one_picture_of_all_three(made: Path) -> None:
    svg = (made / f"{NAME}.svg").read_text()
    assert svg.count("<svg") == svg.count("</svg>") == 4
    for text in ("counts single people", "counts whole groups", "Cap of 256", "Virality 0.1"):
        assert text in svg
    assert (made / f"{NAME}.png").read_bytes().startswith(b"\x89PNG")
