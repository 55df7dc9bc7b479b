"""The page of a sensitivity analysis and its figures: self-contained, complete, and right in its numbers."""

from __future__ import annotations

import json

import pytest
from attrs import evolve

from chatsim.report.sensitivity_figures import sensitivity_figures
from chatsim.report.sensitivity_page import page, sensitivity_files
from chatsim.study.json_values import to_json
from chatsim.study.sensitivity.files import FOLDER, POINTS_FILE, Results
from chatsim.study.sensitivity.values import Method
from tests.pages import CHROMIUM, Page, assert_named, assert_shown, assert_sound, unknown_numbers
from tests.reports import HOSTILE
from tests.sensitivities import analysed, by_persistence, factor, request_of, results_of

NO_FIGURES: dict = {}
FACTORS = tuple(
    factor(name)
    for name in ("persistence", "half_life", "group_chance", "reading_delay.median", "groups_mean")
)


@pytest.fixture(scope="module")
def results():
    """One in which the ranking flips, and some combinations have nothing to compare."""
    factors = (*FACTORS, factor("share_probability", 0.1, 0.9))
    return results_of(request_of(*factors, size=12), by_persistence)


@pytest.fixture(scope="module")
def text(results):
    return page(results)


@pytest.fixture(scope="module")
def parsed(text):
    return Page(text)


def test_the_sections_stand_in_their_order(parsed):
    assert list(parsed.sections) == ["answer", "flips", "matters", "ranges", "how", "repeat"]


def test_there_is_no_request_to_anywhere_and_everything_is_named_and_legible(text):
    assert_sound(text)
    assert_named(text, figures=2)


def test_equal_results_give_equal_text(results, text):
    assert page(results) == text


def test_every_computed_sentence_stands_on_top(parsed, results):
    words = parsed.words("answer")
    for sentence in (results.found.title, *results.found.answer):
        assert sentence in words


def known_numbers(found) -> dict:
    """What sensitivity.json says in numbers and names, but not in its sentences."""
    known = json.loads(to_json(found))
    for sentences in ("title", "answer", "weakness", "setting"):
        del known[sentences]
    # Sums of the file's counts.
    return {**known, "sums": [found.counts.all, found.counts.compared]}


def test_every_number_on_top_is_a_rounding_of_one_in_the_file(parsed, results):
    shown = f"{parsed.words('answer')} {parsed.drawn['answer']}"
    assert unknown_numbers(shown, known_numbers(results.found)) == set()


def test_a_wrong_number_on_top_is_noticed(parsed, results):
    count = results.found.counts.compared
    wrong = parsed.words("answer").replace(f" {count} ", f" {count + 913} ")
    assert unknown_numbers(wrong, known_numbers(results.found)) == {str(count + 913)}


def test_the_flips_are_listed_with_what_they_assume(parsed, results):
    words = parsed.words("flips")
    assert words.count("Combination ") >= len(results.found.flips.strongest)
    assert "once more with new runs" in words
    assert "Persistence" in words


def test_chance_is_kept_apart_from_flips(results):
    flips = evolve(results.found.flips, unconfirmed=3)
    changed = Results(evolve(results.found, flips=flips), results.points)
    words = Page(page(changed, NO_FIGURES)).words("flips")
    assert "3 more looked like a flip at first and did not with new runs" in words


def test_every_assumption_is_listed_with_its_range_and_source(parsed, results):
    words = parsed.words("ranges")
    for each in results.found.factors:
        for part in (
            each.name,
            each.meaning,
            each.base_text,
            each.low_text,
            each.high_text,
            each.source,
        ):
            assert part in words
    for name in results.found.left_out:
        assert name in words


def test_every_assumption_has_its_effect(parsed, results):
    words = parsed.words("matters")
    for index in results.found.morris:
        assert f"{index.mu_star:.1f} ± {index.mu_star_confidence:.1f}" in words
    assert "narrows it" in words


def test_sobols_shares_are_told_in_per_cent():
    request = request_of(*FACTORS[:2], method=Method.SOBOL, size=8)
    words = Page(page(Results.of(analysed(request, by_persistence)), NO_FIGURES)).words("matters")
    assert "Explains alone" in words
    assert "%" in words


def test_a_ranking_that_holds_says_so():
    words = Page(page(results_of(), NO_FIGURES)).words("flips")
    assert words.startswith("2 Does the ranking flip? No: in none of")


def test_where_nothing_spreads_the_page_says_that_nothing_can_be_said():
    request = request_of(*FACTORS[:2])
    text = page(Results.of(analysed(request, lambda *_: 9)))
    assert "Nothing can be said" in Page(text).words("flips")
    assert_named(text, figures=1)


def test_names_of_the_users_own_are_escaped(results):
    hostile = evolve(results.found.second, title=HOSTILE)
    text = page(Results(evolve(results.found, second=hostile), results.points))
    assert "<script" not in text
    assert "\x1b" not in text
    assert_named(text, figures=2)


def test_the_tornado_has_the_widest_swing_on_top_and_names_both_ends(results):
    tornado = sensitivity_figures(results)["tornado"]
    found = results.found
    assert found.swings[0].title == "persistence"
    widths = [each.width for each in found.swings]
    assert widths == sorted(widths, reverse=True)
    for swing in found.swings:
        for end in (swing.low, swing.high):
            assert end.value in tornado.svg
            assert end.value in tornado.description
    assert "within chance" in tornado.svg
    assert "10 % (no outbreak)" in tornado.svg


def test_the_gaps_count_every_outcome(results):
    gaps, counts = sensitivity_figures(results)["gaps"], results.found.counts
    assert f"Strict rule is stricter: {counts.second}" in gaps.svg
    assert f"Lax rule is stricter: {counts.first}" in gaps.svg
    assert f"in each of {counts.compared} combinations" in gaps.title


def test_files_of_figures_are_those_of_the_page(results, text):
    files = sensitivity_files(results)
    assert set(files) == FOLDER.more_files - {POINTS_FILE}
    assert files["tornado.svg"].decode() in text
    assert files["gaps.png"].startswith(b"\x89PNG")


@pytest.mark.skipif(not CHROMIUM, reason="no chromium here to lay the page out")
def test_in_a_browser_nothing_overlaps_or_runs_over_and_all_is_there(tmp_path, text):
    assert_shown(text, tmp_path)
