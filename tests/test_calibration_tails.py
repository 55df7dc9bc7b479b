"""Power laws are found again in sizes drawn from them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from chatsim.study.calibration.tails import fit_tail, nearest_tail, tail_exponent

SIZES = np.random.default_rng(1).zipf(2.5, size=20_000).astype(float)


@pytest.mark.parametrize("least", [1, 3])
def test_the_exponent_that_sizes_were_drawn_with_is_found(least: int) -> None:
    assert tail_exponent(SIZES, least) == pytest.approx(2.5, abs=0.06)


def test_the_tail_begins_where_the_law_does() -> None:
    bulk = np.concatenate([SIZES[SIZES >= 5], np.full(9_000, 2.0), np.full(3_000, 4.0)])
    tail = nearest_tail(bulk, range(2, 10))
    assert tail.least >= 5
    assert tail.distance < 0.5 * fit_tail(bulk, 2).distance


def test_a_handful_of_sizes_has_no_exponent() -> None:
    assert math.isnan(tail_exponent(np.arange(1.0, 9.0), 1))
    assert fit_tail(np.arange(1.0, 9.0), 1).distance == math.inf


def test_texts_of_whatsapp_groups_fall_off_as_the_claims_say(shared_data: Path) -> None:
    file = shared_data / "whatsapp_br_2018" / "viral_text_shares_2018.csv.gz"
    shares = pl.read_csv(file)["shares"].to_numpy().astype(float)
    assert nearest_tail(shares, range(2, 21)).least == 3
    assert tail_exponent(shares, 3) == pytest.approx(2.53, abs=0.01)
