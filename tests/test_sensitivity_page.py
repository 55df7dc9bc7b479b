"""The page of a sensitivity analysis and its figures: self-contained, complete, and right in its numbers."""

from __future__ import annotations

import re

import pytest
from attrs import evolve

from chatsim.report.sensitivity_figures import round_ticks, sensitivity_figures
from chatsim.report.sensitivity_page import page, sensitivity_files
from chatsim.study.sensitivity.files import FILES, JSON_FILE, POINTS_FILE, Findings
from chatsim.study.sensitivity.values import Method
from tests.pages import (
    CHROMIUM,
    Page,
    assert_named,
    assert_self_contained,
    found_in_a_browser,
)
from tests.reports import HOSTILE
from tests.sensitivities import analysed, by_persistence, factor, findings_of, request_of

NO_FIGURES: dict = {}
FACTORS = tuple(
    factor(name)
    for name in ("persistence", "half_life", "group_chance", "reading_delay.median", "groups_mean")
)


@pytest.fixture(scope="module")
def findings():
    """One in which the ranking flips, and some combinations have nothing to compare."""
    factors = (*FACTORS, factor("share_probability", 0.1, 0.9))
    return findings_of(request_of(*factors, size=12), by_persistence)


@pytest.fixture(scope="module")
def text(findings):
    return page(findings)


@pytest.fixture(scope="module")
def parsed(text):
    return Page(text)


def test_the_sections_stand_in_their_order(parsed):
    assert list(parsed.sections) == ["answer", "flips", "matters", "ranges", "how", "repeat"]


def test_there_is_no_script_no_request_and_no_figure_without_a_title(text):
    assert_self_contained(text)
    assert_named(text, figures=2)


def test_equal_findings_give_equal_text(findings, text):
    assert page(findings) == text


def test_every_computed_sentence_stands_on_top(parsed, findings):
    words = parsed.words("answer")
    for sentence in (findings.found.title, *findings.found.answer):
        assert sentence in words


def numbers(text: str) -> set[str]:
    return {each.strip(".,") for each in re.findall(r"\d[\d.,]*", text)}


def test_every_number_on_top_is_one_of_the_findings(parsed, findings):
    found = findings.found
    said = " ".join((found.title, found.setting, *found.answer, *found.weakness))
    allowed = numbers(said) | {str(found.runs), str(found.counts.all)}
    assert numbers(parsed.words("answer")) <= allowed


def test_the_flips_are_listed_with_what_they_assume(parsed, findings):
    words = parsed.words("flips")
    assert words.count("Combination ") >= len(findings.found.flips.strongest)
    assert "once more with new runs" in words
    assert "Persistence" in words


def test_chance_is_kept_apart_from_flips(findings):
    flips = evolve(findings.found.flips, unconfirmed=3)
    changed = Findings(evolve(findings.found, flips=flips), findings.points)
    words = Page(page(changed, NO_FIGURES)).words("flips")
    assert "3 more looked like a flip at first and did not with new runs" in words


def test_every_assumption_is_listed_with_its_range_and_source(parsed, findings):
    words = parsed.words("ranges")
    for each in findings.found.factors:
        for part in (
            each.name,
            each.meaning,
            each.base_text,
            each.low_text,
            each.high_text,
            each.source,
        ):
            assert part in words
    for name in findings.found.left_out:
        assert name in words


def test_every_assumption_has_its_effect(parsed, findings):
    words = parsed.words("matters")
    for index in findings.found.morris:
        assert f"{index.mu_star:.1f} ± {index.mu_star_confidence:.1f}" in words
    assert "narrows it" in words


def test_sobols_shares_are_told_in_per_cent():
    request = request_of(*FACTORS[:2], method=Method.SOBOL, size=8)
    words = Page(page(Findings.of(analysed(request, by_persistence)), NO_FIGURES)).words("matters")
    assert "Explains alone" in words
    assert "%" in words


def test_a_ranking_that_holds_says_so():
    words = Page(page(findings_of(), NO_FIGURES)).words("flips")
    assert words.startswith("2 Does the ranking flip? No: in none of")


def test_where_nothing_spreads_the_page_says_that_nothing_can_be_said():
    request = request_of(*FACTORS[:2])
    text = page(Findings.of(analysed(request, lambda *_: 9)))
    assert "Nothing can be said" in Page(text).words("flips")
    assert_named(text, figures=1)


def test_names_of_the_users_own_are_escaped(findings):
    hostile = evolve(findings.found.second, title=HOSTILE)
    text = page(Findings(evolve(findings.found, second=hostile), findings.points))
    assert "<script" not in text
    assert "\x1b" not in text
    assert_named(text, figures=2)


def test_the_tornado_has_the_widest_swing_on_top_and_names_both_ends(findings):
    tornado = sensitivity_figures(findings)["tornado"]
    found = findings.found
    assert found.swings[0].title == "persistence"
    widths = [each.width for each in found.swings]
    assert widths == sorted(widths, reverse=True)
    for swing in found.swings:
        for end in (swing.low, swing.high):
            assert end.value in tornado.svg
            assert end.value in tornado.description
    assert "within chance" in tornado.svg
    assert "10 % (no outbreak)" in tornado.svg


def test_the_gaps_count_every_outcome(findings):
    gaps, counts = sensitivity_figures(findings)["gaps"], findings.found.counts
    assert f"Strict rule is stricter: {counts.second}" in gaps.svg
    assert f"Lax rule is stricter: {counts.first}" in gaps.svg
    assert f"in each of {counts.compared} combinations" in gaps.title


def test_files_of_figures_are_those_of_the_page(findings, text):
    files = sensitivity_files(findings)
    assert set(files) == FILES - {JSON_FILE, POINTS_FILE}
    assert files["tornado.svg"].decode() in text
    assert files["gaps.png"].startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("low", "high", "ticks"), [(-0.3, 1.1, [0.0, 0.5, 1.0]), (-3, 12, [0.0, 5.0, 10.0])]
)
def test_ticks_are_round(low, high, ticks):
    assert round_ticks(low, high, 5) == ticks


@pytest.mark.skipif(not CHROMIUM, reason="no chromium here to lay the page out")
def test_in_a_browser_nothing_overlaps_is_cut_or_runs_over(tmp_path, text):
    assert found_in_a_browser(text, tmp_path) == []
