"""The page of simulated A/B tests: self-contained, complete, and right in its numbers."""

from __future__ import annotations

import json

import pytest
from attrs import evolve

from chatsim.report.rollout_figure import estimates_figure
from chatsim.report.rollout_page import page, rollout_files
from chatsim.study.json_values import to_json
from chatsim.study.rollout.values import FOLDER
from tests.pages import (
    CHROMIUM,
    Page,
    assert_named,
    assert_shown,
    assert_sound,
    unknown_numbers,
)
from tests.reports import HOSTILE
from tests.rollouts import BY_COMMUNITY, rollout_found, trial

NO_FIGURES: dict = {}
SENTENCES = ("answer", "weakness")


def drawn(found):
    return {"estimates": estimates_figure(found)}


@pytest.fixture(scope="module")
def text():
    return page(rollout_found(), drawn(rollout_found()))


@pytest.fixture(scope="module")
def parsed(text):
    return Page(text)


def test_the_sections_stand_in_their_order(parsed):
    assert list(parsed.sections) == ["answer", "tests", "why", "how", "repeat"]


def test_there_is_no_request_to_anywhere_and_everything_is_named_and_legible(text):
    assert_sound(text)
    assert_named(text, figures=1)


def test_equal_findings_give_equal_text(text):
    assert page(rollout_found(), drawn(rollout_found())) == text


def test_the_first_page_has_every_sentence(parsed):
    found = rollout_found()
    words = parsed.words("answer")
    for sentence in (found.title, found.setting, *found.answer, *found.weakness):
        assert sentence in words


def known_numbers(found) -> dict:
    """What rollout.json says in numbers and names, but not in its sentences."""
    known = json.loads(to_json(found))
    for sentences in SENTENCES:
        del known[sentences]
    # What is computed from the file's numbers: the share of the effect, and how many tests to pool.
    seen = [each.seen for each in found.tests if each.seen is not None]
    return {**known, "seen": seen, "pooled": POOLED}


POOLED = [4, 0.8]
"""Tests to pool from a power of 9 in 30, for a chance of 8 in 10."""


def test_every_number_of_page_one_is_a_rounding_of_one_in_the_file(parsed):
    shown = f"{parsed.words('answer')} {parsed.drawn['answer']}".replace("8 of 10", "80 %")
    assert "85 %" in shown
    assert unknown_numbers(shown, known_numbers(rollout_found())) == set()


def test_a_wrong_number_on_page_one_is_noticed(parsed):
    wrong = parsed.words("answer").replace("20 % fewer", "27 % fewer")
    assert "27" in unknown_numbers(wrong, known_numbers(rollout_found()))


def test_every_test_has_its_row_with_its_interval_and_its_bias(parsed):
    words = parsed.words("tests")
    row = "User 20,000 2 % fewer 1 to 4 % 20 % fewer 17 to 23 % +18.0 +14.0 to +21.0 9 of 30"
    assert row in words
    assert "Community 40 17 % fewer 13 to 21 %" in words
    assert "Chats forwarded to, per person, rumour" in words


def test_too_few_units_are_told_in_the_table():
    few = evolve(BY_COMMUNITY, units=3, power=None, false_alarms=None)
    words = Page(page(rollout_found(trial(), few), NO_FIGURES)).words("tests")
    assert words.count("too few units") == 2


def test_the_figure_has_a_row_for_the_truth_and_for_each_test():
    figure = estimates_figure(rollout_found())
    for name in ("The truth", "Test, person by person", "Test, by communities"):
        assert name in figure.svg
        assert name in figure.description
    assert "20 % fewer (17 to 23 %)" in figure.description


def test_names_of_the_users_own_are_escaped():
    text = page(rollout_found(policy_title=HOSTILE), NO_FIGURES)
    assert "<script" not in text
    assert "\x1b" not in text


def test_the_files_are_those_of_the_folder(text):
    files = rollout_files(rollout_found())
    assert set(files) == FOLDER.more_files
    assert files["rollout.html"].decode() == text
    assert files["estimates.png"].startswith(b"\x89PNG")


@pytest.mark.skipif(not CHROMIUM, reason="no chromium here to lay the page out")
def test_in_a_browser_nothing_overlaps_or_runs_over_and_all_is_there(tmp_path, text):
    assert_shown(text, tmp_path)
