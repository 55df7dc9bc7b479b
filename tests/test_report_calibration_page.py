"""The page of a calibration: self-contained, complete, and honest where nothing fits."""

from __future__ import annotations

import json

import attrs
import pytest

from chatsim.report.calibration_page import calibration_files, page, title
from chatsim.study.calibration.saving import PAGE_FILE
from chatsim.study.json_values import to_json
from chatsim.study.scenario_json import scenario_to_json
from tests.calibrations import MANIFEST, calibration, fit_by_hand, out_of_reach
from tests.pages import CHROMIUM, Page, assert_shown, assert_sound, unknown_numbers


@pytest.fixture(scope="module")
def text() -> str:
    return page(fit_by_hand(), MANIFEST)


@pytest.fixture(scope="module")
def parsed(text: str) -> Page:
    return Page(text)


def test_the_sections_stand_in_their_order(parsed: Page) -> None:
    assert list(parsed.sections) == ["answer", "validation", "set", "limits", "repeat"]


def test_there_is_no_request_to_anywhere_and_everything_is_named_and_legible(text: str) -> None:
    assert_sound(text)


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


def known_numbers(fit) -> dict:
    """What calibration.json says in numbers and names, but not in its sentences; a ratio of 0.3 is 70 % fewer."""
    known = json.loads(to_json(fit))
    del known["answer"], known["setting"]
    ends = [(each.median, each.low, each.high, each.said) for each in fit.targets if each.ratio]
    fewer = [1 - value for each in ends for value in each if value is not None]
    counts = [len(fit.vectors), len(fit.parameters)]
    # The scenario stands in the manifest beside it.
    played = json.loads(scenario_to_json(calibration().scenario))
    return {**known, "fewer": fewer, "counts": counts, "scenario": played}


def shown_on_page_one(parsed: Page) -> str:
    return f"{parsed.words('answer')} {parsed.drawn['answer']}"


def test_every_number_of_page_one_is_a_rounding_of_one_in_the_file(parsed: Page) -> None:
    known = known_numbers(fit_by_hand())
    assert unknown_numbers(shown_on_page_one(parsed), known) == set()
    for sentence in fit_by_hand().answer:
        assert sentence in parsed.words("answer") or sentence[1:] in parsed.words("answer")


def test_a_wrong_number_on_page_one_is_noticed(parsed: Page) -> None:
    count = len(fit_by_hand().vectors)
    wrong = shown_on_page_one(parsed).replace(f"{count} of the", "977 of the")
    assert unknown_numbers(wrong, known_numbers(fit_by_hand())) == {"977"}


def test_the_title_says_whether_the_prediction_holds() -> None:
    target = attrs.evolve(fit_by_hand().targets[1], median=0.64, said=0.3, met=False)
    fit = attrs.evolve(fit_by_hand(), targets=(fit_by_hand().targets[0], target))
    assert title(fit) == "The prediction misses: 36 % fewer, where 70 % fewer was said"
    assert title(attrs.evolve(fit, targets=fit.targets[:1])) == "The parameters that fit"


def test_where_nothing_fits_the_page_says_so_with_the_nearest_and_draws_nothing() -> None:
    text = page(out_of_reach(), MANIFEST)
    assert_sound(text)
    parsed = Page(text)
    assert "out of reach" in parsed.sections["answer"]
    assert "the nearest gives" in parsed.sections["answer"].replace("\N{NO-BREAK SPACE}", " ")
    assert "<svg" not in text


def test_the_files_are_the_page_and_its_figures() -> None:
    assert set(calibration_files(fit_by_hand(), MANIFEST)) == {
        PAGE_FILE,
        "targets.svg",
        "targets.png",
        "ranges.svg",
        "ranges.png",
    }
    assert set(calibration_files(out_of_reach(), MANIFEST)) == {PAGE_FILE}


@pytest.mark.skipif(not CHROMIUM, reason="There is no chromium to look at the page with.")
def test_in_a_browser_nothing_overlaps_or_runs_over_and_all_is_there(text: str, tmp_path) -> None:
    assert_shown(text, tmp_path)
