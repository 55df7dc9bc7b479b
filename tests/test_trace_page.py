"""The page of a trace: self-contained, complete, and right in its numbers."""

from __future__ import annotations

import json

import attrs
import pytest

from chatsim.report.trace_figures import trace_figures
from chatsim.report.trace_page import page, trace_files
from chatsim.report.trace_table import plain
from chatsim.report.trace_thresholds import mode_tables
from chatsim.study.json_values import to_json
from chatsim.study.trace.values import CPU_FILE, FOLDER, QUERIES_FILE
from tests.pages import (
    CHROMIUM,
    Page,
    assert_named,
    assert_shown,
    assert_sound,
    unknown_numbers,
)
from tests.reports import HOSTILE
from tests.traces import results


def drawn():
    return trace_figures(results().found)


@pytest.fixture(scope="module")
def text():
    return page(results().found, results().cpu, drawn())


@pytest.fixture(scope="module")
def parsed(text):
    return Page(text)


def test_the_sections_stand_in_their_order(parsed):
    order = ["answer", "modes", "blamed", "cheats", "shown", "threshold", "costs", "how", "repeat"]
    assert list(parsed.sections) == order


def test_there_is_no_request_to_anywhere_and_everything_is_named_and_legible(text):
    assert_sound(text)
    assert_named(text, figures=5)


def test_the_first_page_has_every_sentence(parsed):
    found, words = results().found, parsed.words("answer")
    for sentence in (found.title, found.setting, *found.answer, *found.weakness):
        assert sentence in words


def known_numbers() -> dict:
    """What trace.json says in numbers and names, but not in its sentences."""
    known = json.loads(to_json(results().found))
    for sentences in ("answer", "weakness"):
        del known[sentences]
    # The share of answers that are wrong is what is left of those that are right.
    wrong = []
    for each in known["answers"]:
        if (right := each["precision"]) is not None:
            wrong += [1 - value for value in right.values() if value is not None]
    held = [
        cost[key] / size
        for cost in known["costs"]
        for key in ("stored_held", "stored_year")
        for size in (1e3, 1e6, 1e9, 1e12, 1e15)
    ]
    return {**known, "wrong": wrong, "sizes": held, "volume": known["messages_per_day"] / 1e9}


def test_every_number_of_page_one_is_a_rounding_of_one_in_the_file(parsed):
    shown = f"{parsed.words('answer')} {parsed.drawn['answer']}"
    assert unknown_numbers(shown, known_numbers()) == set()


def test_a_wrong_number_on_page_one_is_noticed(parsed):
    wrong = parsed.words("answer") + " 83.71 %"
    assert "83.71" in unknown_numbers(wrong, known_numbers())


def without_thresholds():
    return attrs.evolve(results().found, thresholds=(), tallies=())


def test_what_a_threshold_does_and_does_not_do_stands_beside_its_mark(parsed):
    found, words = results().found, parsed.words("threshold")
    assert "simulation only, unreviewed; not for products." in words
    for sentence in (
        found.wrapper.framed,
        found.wrapper.officers,
        found.wrapper.without_report,
        found.wrapper.stored,
    ):
        assert sentence in words
    assert "t accounts of one person pass for t people" in words
    for threshold in found.thresholds[1:]:
        assert f"{threshold} people" in words


def test_modes_that_agree_at_every_threshold_share_a_row():
    (answered, *_) = mode_tables(results().found)
    assert [row[0].text for row in answered.rows] == [
        "No traceability",
        "Open tag, hash database and traceback",
    ]


def test_without_a_threshold_the_page_says_what_it_takes_and_draws_no_line_of_it():
    found = without_thresholds()
    drawn_ = trace_figures(found)
    assert "threshold" not in drawn_
    words = Page(page(found, results().cpu, drawn_)).words("threshold")
    assert "a secret that all copies of a lineage share" in words
    assert "table-threshold-opened" not in page(found, results().cpu, drawn_)


def test_names_of_the_users_own_are_escaped():
    found = attrs.evolve(results().found, setting=HOSTILE)
    told = page(found, results().cpu, {})
    assert "<script" not in told
    assert "\x1b" not in told


def test_own_constructions_are_marked():
    found = results().found
    claims = tuple(attrs.evolve(each, unreviewed=each.mode == "tag") for each in found.claims)
    told = page(attrs.evolve(found, claims=claims), results().cpu, {})
    words = Page(told).words("modes")
    assert "Open tag: simulation only, unreviewed; not for products." in words


def test_the_files_are_those_of_the_folder():
    assert set(trace_files(results())) == FOLDER.more_files - {QUERIES_FILE, CPU_FILE}


def test_the_table_fits_a_hundred_columns_and_has_every_mode():
    table = plain(results().found, results().cpu)
    assert all(len(line) <= 100 for line in table.splitlines())
    for name in ("No traceability", "Open tag", "Hash database", "Traceback"):
        assert name in table
    assert "Behind a threshold of 2 and 5 a report is 76 bytes longer" in " ".join(table.split())


@pytest.mark.skipif(not CHROMIUM, reason="no chromium here to lay the page out")
def test_in_a_browser_nothing_overlaps_or_runs_over_and_all_is_there(tmp_path, text):
    assert_shown(text, tmp_path)
