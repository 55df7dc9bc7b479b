"""What the command prints."""

from __future__ import annotations

import attrs

from chatsim.report.calibration_table import lines, span, tables, verdict
from tests.calibrations import fit_by_hand, out_of_reach


def test_the_card_the_ranges_and_the_answer_stand_below_one_another() -> None:
    text = "\n".join(lines(fit_by_hand()))
    assert text.startswith("A fit by hand: A rumour and a family joke, 2,000 people, 14 d; 128")
    for word in ("less", "reach", "share probability", "10 % to 90 %", "pinned down", "left open"):
        assert word in text
    assert " ".join(text.split()).endswith(" ".join(" ".join(fit_by_hand().answer).split()))
    assert max(len(line) for line in lines(fit_by_hand())) <= 120


def test_a_verdict_is_a_word_for_each_thing_that_can_become_of_a_target() -> None:
    fitted, asked = fit_by_hand().targets
    assert verdict(fitted) == "fitted"
    assert verdict(attrs.evolve(fitted, met=False)) == "fitted, not confirmed"
    assert verdict(attrs.evolve(asked, met=True)) == "pass"
    assert verdict(attrs.evolve(asked, met=False)) == "fail"
    assert verdict(attrs.evolve(asked, median=None)) == "not measured"
    assert span(attrs.evolve(asked, median=None)) == "-"
    assert span(attrs.evolve(asked, median=0.5, low=0.25, high=12.0)) == "0.50 (0.25 to 12)"


def test_where_nothing_fits_no_range_is_shown_as_if_something_did() -> None:
    rows = [line for line in tables(out_of_reach()) if line.startswith("persistence")]
    assert rows[0].split() == ["persistence", "0", "%", "to", "100", "%", "-", "-", "-"]
    assert lines(out_of_reach()) == tables(out_of_reach())
