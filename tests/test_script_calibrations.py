"""The scripts that fit parameters to data, on small data."""

from __future__ import annotations

import gzip
import importlib
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from chatsim.errors import ConfigurationError
from tests.calibrations import fit_by_hand


@pytest.fixture
def scripts(checkout: Path, monkeypatch):
    monkeypatch.syspath_prepend(str(checkout / "scripts"))
    return importlib.import_module


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two sets of messages in which every reply takes about five minutes, and shares of texts."""
    draws = np.random.default_rng(1)
    rows = []
    for pair in range(60):
        at = 1_000 * pair
        for turn in range(40):
            a, b = (2 * pair, 2 * pair + 1) if turn % 2 else (2 * pair + 1, 2 * pair)
            rows.append((a, b, at))
            at += int(300 * np.exp(draws.normal())) + 1
    rows.sort(key=lambda row: row[2])
    (tmp_path / "copenhagen").mkdir()
    sms = "timestamp,sender,recipient\n" + "".join(f"{at},{a},{b}\n" for a, b, at in rows)
    (tmp_path / "copenhagen" / "sms.csv.gz").write_bytes(gzip.compress(sms.encode()))
    (tmp_path / "collegemsg").mkdir()
    college = "".join(f"{a} {b} {at}\n" for a, b, at in rows)
    (tmp_path / "collegemsg" / "CollegeMsg.txt.gz").write_bytes(gzip.compress(college.encode()))
    (tmp_path / "whatsapp_br_2018").mkdir()
    shares = draws.zipf(2.5, 3_000) + 1
    text = "shares,misinformation\n" + "".join(f"{n},{i % 2}\n" for i, n in enumerate(shares))
    file = tmp_path / "whatsapp_br_2018" / "viral_text_shares_2018.csv.gz"
    file.write_bytes(gzip.compress(text.encode()))
    return tmp_path


def test_reading_delays_are_fitted_to_both_sets_and_drawn(scripts, data: Path) -> None:
    module, out = scripts("fit_reading_delays"), data / "out"
    arguments = ["--data", str(data), "--resamples", "3", "--out", str(out)]
    done = CliRunner().invoke(module.main, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    table = [line for line in (out / "reading_delays.md").read_text().splitlines() if "SMS" in line]
    assert "| 120 |" in table[0]
    median = table[0].split("|")[5]
    assert median.strip().startswith(("4 min", "5 min"))
    assert (out / "reading_delays.png").read_bytes().startswith(b"\x89PNG")


def test_shares_of_texts_have_a_tail_with_an_interval(scripts, data: Path) -> None:
    module = scripts("fit_text_shares")
    every, *_ = module.measured(data)
    assert every.low < every.tail.exponent < every.high
    assert every.high - every.low < 0.4
    assert module.row(every).startswith("| texts in WhatsApp groups | 3,000 |")


@pytest.mark.parametrize("name", ["fit_reading_delays", "fit_text_shares"])
def test_data_that_is_not_there_is_one_sentence(scripts, tmp_path: Path, name: str) -> None:
    arguments = ["--data", str(tmp_path / "nowhere")]
    done = CliRunner().invoke(scripts(name).main, arguments)
    assert isinstance(done.exception, ConfigurationError)
    assert "nowhere cannot be read" in str(done.exception)


def test_the_record_says_what_goes_with_a_prediction(scripts) -> None:
    module = scripts("calibrate_to_claims")
    first, second = module.influences(fit_by_hand(), "reach")
    # The prediction is the persistence, and nothing else.
    assert first == "persistence +1.00"
    assert second.startswith("share probability ")
    assert module.says(fit_by_hand(), "less").startswith("51 % fewer (")
