"""The page of a calibration: self-contained, complete, and honest where nothing fits."""

from __future__ import annotations

import json
import re

import attrs
import pytest

from chatsim.report.calibration_page import FILE, calibration_files, page, title
from chatsim.study.calibration.saving import fit_to_json
from tests.calibrations import MANIFEST, fit_by_hand, out_of_reach
from tests.pages import CHROMIUM, Page, assert_self_contained, found_in_a_browser


@pytest.fixture(scope="module")
def text() -> str:
    return page(fit_by_hand(), MANIFEST)


@pytest.fixture(scope="module")
def parsed(text: str) -> Page:
    return Page(text)


def test_the_sections_stand_in_their_order(parsed: Page) -> None:
    assert list(parsed.sections) == ["answer", "validation", "set", "limits", "repeat"]


def test_there_is_no_script_and_no_request_to_anywhere(text: str) -> None:
    assert_self_contained(text)


def test_what_others_wrote_is_escaped(text: str) -> None:
    assert "To be kept in mind &lt;always&gt;." in text


def validation(fit) -> str:
    return Page(page(fit, MANIFEST)).sections["validation"].replace("\N{NO-BREAK SPACE}", " ")


def test_the_card_says_pass_or_fail_in_words() -> None:
    failed = attrs.evolve(fit_by_hand().targets[1], met=False, inside=False)
    fit = attrs.evolve(fit_by_hand(), targets=(fit_by_hand().targets[0], failed))
    assert "outside of the 95 % interval" in validation(fit)
    assert "fail" in validation(fit)
    met = attrs.evolve(failed, met=True)
    fit = attrs.evolve(fit, targets=(fit.targets[0], met))
    assert "pass" in validation(fit)


def test_every_number_of_the_answer_is_in_the_file() -> None:
    fit = fit_by_hand()
    plain = json.loads(fit_to_json(fit))
    text = Page(page(fit, MANIFEST)).sections["answer"].replace("\N{NO-BREAK SPACE}", " ")
    for sentence in plain["answer"]:
        assert sentence in text
    for number in re.findall(r"\d+ of the \d+ vectors", text):
        assert number == f"{len(plain['vectors'])} of the {plain['played']} vectors"


def test_the_title_says_whether_the_prediction_holds() -> None:
    target = attrs.evolve(fit_by_hand().targets[1], median=0.64, said=0.3, met=False)
    fit = attrs.evolve(fit_by_hand(), targets=(fit_by_hand().targets[0], target))
    assert title(fit) == "The prediction misses: 36 % fewer, where 70 % fewer was said"
    assert title(attrs.evolve(fit, targets=fit.targets[:1])) == "The parameters that fit"


def test_where_nothing_fits_the_page_says_so_with_the_nearest_and_draws_nothing() -> None:
    text = page(out_of_reach(), MANIFEST)
    assert_self_contained(text)
    parsed = Page(text)
    assert "out of reach" in parsed.sections["answer"]
    assert "the nearest gives" in parsed.sections["answer"].replace("\N{NO-BREAK SPACE}", " ")
    assert "<svg" not in text


def test_the_files_are_the_page_and_its_figures() -> None:
    assert set(calibration_files(fit_by_hand(), MANIFEST)) == {FILE, "targets.svg", "ranges.svg"}
    assert set(calibration_files(out_of_reach(), MANIFEST)) == {FILE}


@pytest.mark.skipif(not CHROMIUM, reason="There is no chromium to look at the page with.")
def test_nothing_overlaps_in_a_browser(text: str, tmp_path) -> None:
    assert found_in_a_browser(text, tmp_path) == []
