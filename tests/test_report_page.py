"""The page: self-contained, escaped, complete, and right in every number on its first page."""

from __future__ import annotations

import json
import re

import pytest
from attrs import evolve

from chatsim.report.page import FILE, page, report_files
from chatsim.study.json_values import to_json
from chatsim.study.manifest import Check, Checksum
from chatsim.study.results_files import write_study
from chatsim.study.summary import INTERVALS_LINE
from tests.pages import CHROMIUM, Page, assert_named, assert_shown, assert_sound, unknown_numbers
from tests.reports import HOSTILE, never_half_as_far, six_policies, study_of, with_policies
from tests.studies import small_study, small_summary

NO_FIGURES: dict = {}
"""Drawing takes a second; most of the page can be looked at without."""
SECTIONS = ["answer", "table", "price", "sure", "server", "seen", "trees", "details", "repeat"]


@pytest.fixture(scope="module")
def text():
    return page(study_of(six_policies()))


@pytest.fixture(scope="module")
def parsed(text):
    return Page(text)


def test_the_sections_stand_in_their_order(parsed):
    assert list(parsed.sections) == SECTIONS


def test_equal_studies_give_equal_bytes(text):
    assert page(study_of(six_policies())) == text


def test_a_study_by_memory_says_nothing_of_time():
    study = study_of(six_policies())
    slower = evolve(study, timing=evolve(study.timing, seconds=99.0, workers=9, resumed_runs=3))
    assert page(slower, NO_FIGURES) == page(study, NO_FIGURES)


def test_there_is_no_request_to_anywhere_and_everything_is_named_and_legible(text):
    assert_sound(text)


def test_a_page_has_five_figures(text):
    assert_named(text, figures=5)


def shown_on_page_one(parsed: Page) -> str:
    return f"{parsed.words('answer')} {parsed.drawn['answer']}"


def known_numbers(summary) -> dict:
    """What summary.json says in numbers and names: neither its sentences nor its columns, where any number occurs."""
    known = json.loads(to_json(summary))
    for sentences in ("answer", "finding", "weakness"):
        del known[sentences]
    for said in ("sentence", "population", "assumptions", "not_modelled"):
        del known["study"][said]
    for policy in known["policies"]:
        for said in ("source", "since", "checked", "note"):
            del policy[said]
        for content in policy["contents"]:
            for column in ("over_time", "breadth", "reach_per_run", "r_by_generation"):
                del content[column]
    return known


def test_every_number_of_page_one_is_a_rounding_of_one_in_the_summary(parsed):
    shown = shown_on_page_one(parsed)
    assert "315" in shown
    assert unknown_numbers(shown, known_numbers(six_policies())) == set()


def test_a_wrong_number_on_page_one_is_noticed(parsed):
    wrong = shown_on_page_one(parsed).replace("315", "321")
    assert "321" in unknown_numbers(wrong, known_numbers(six_policies()))


def test_the_first_page_has_the_finding_as_its_title_and_three_sentences(parsed):
    summary = six_policies()
    words = parsed.words("answer")
    assert "the rumour reaches 50 % fewer people" in words
    for sentence in (*summary.answer, summary.study.sentence):
        assert sentence in words
    assert not re.search(r"friction|collateral|virality|lineage|hop\b", words)


def test_a_weak_study_says_so_on_its_first_page():
    summary = evolve(small_summary(), weakness=("Too few runs; try more.",))
    words = Page(page(study_of(summary), NO_FIGURES)).words("answer")
    assert "A weak study. Too few runs; try more." in words
    assert "A weak study" not in Page(page(study_of(small_summary()), NO_FIGURES)).words(
        "answer"
    ) or (small_summary().weakness)


def test_the_line_on_intervals_stands_under_every_table_of_results(text, parsed):
    for name in (
        "policies",
        "effort-0",
        "effort-1",
        "labels-0",
        "labels-1",
        "shape-0",
        "generations",
    ):
        after = text[text.index(f'<p class="caption" id="table-{name}"') :]
        assert INTERVALS_LINE in after[after.index("</table>") :][:200]
    assert parsed.words("table").count(INTERVALS_LINE) == 1


def test_the_terms_of_the_table_are_explained_beside_it(parsed):
    words = parsed.words("table")
    for term in ("Against uncapped", "Big outbreak", "Half as far takes"):
        assert term in words
    assert "reaches 120 people or more" in words


def test_assumptions_without_a_source_are_set_apart(parsed):
    words = parsed.words("sure")
    without, _, rest = words.partition("Assumed with a source")
    sourced, _, left_out = rest.partition("Not modelled")
    for each in six_policies().study.assumptions:
        assert each.value in (sourced if each.source else without)
    for sentence in six_policies().study.not_modelled:
        assert sentence in left_out


def test_without_a_server_the_page_says_that_none_ran(parsed):
    assert "No server process ran" in parsed.words("server")


def test_over_tcp_the_page_shows_what_the_server_carried():
    words = Page(page(study_of(six_policies(), tcp=True), NO_FIGURES)).words("server")
    assert "No server process ran" not in words
    for cell in ("2,000", "30 us", "3 MB"):
        assert cell in words


def test_a_check_over_sockets_is_told():
    study = study_of(small_summary())
    checked = evolve(
        study.manifest,
        check=Check("engine", 3_412, 3_411, ("10 copies were delivered and 9 sent",)),
    )
    words = Page(page(evolve(study, manifest=checked), NO_FIGURES)).words("server")
    assert "3,411 of 3,412 copies of a small run identical over TCP" in words
    assert "10 copies were delivered and 9 sent" in words


@pytest.mark.parametrize(
    ("enforcement", "marked"),
    [("client", False), ("clear", False), ("receipt", True), ("blind", True)],
)
def test_constructions_of_our_own_are_marked_on_the_page(enforcement, marked):
    summary = small_summary()
    told = evolve(summary, study=evolve(summary.study, enforcement=enforcement))
    words = Page(page(study_of(told), NO_FIGURES)).words("repeat")
    assert ("simulation only, unreviewed; not for products" in words) is marked


def test_the_page_says_how_to_repeat_the_study():
    study = study_of(small_summary())
    sums = (Checksum("summary.json", "ab" * 32),)
    manifest = evolve(
        study.manifest, command="chatsim compare --runs 4", checksums=sums, commit="c0ffee"
    )
    words = Page(page(evolve(study, manifest=manifest), NO_FIGURES)).words("repeat")
    for part in ("chatsim compare --runs 4", "ab" * 32, "python 3.11", "c0ffee"):
        assert part in words


def test_names_of_the_users_own_are_escaped():
    text = page(study_of(with_policies(small_summary(), [HOSTILE])), NO_FIGURES)
    assert "<script" not in text
    assert "\x1b" not in text
    assert "&lt;script&gt;" in text
    assert Page(text).words("table").count('<script>alert("1")</script>') >= 1


@pytest.mark.parametrize(
    "summary",
    [
        never_half_as_far(),
        with_policies(small_summary(), []),
        with_policies(small_summary(), ["x" * 200]),
    ],
    ids=["never", "control only", "a long name"],
)
def test_unusual_studies_have_a_report(summary):
    assert Page(page(study_of(summary), NO_FIGURES)).sections


def test_a_single_run_has_no_talk_of_intervals_on_its_first_page():
    summary = small_summary()
    once = evolve(summary, study=evolve(summary.study, runs=1))
    words = Page(page(study_of(once))).words("answer")
    assert "a single run" in words
    assert "bands" not in words


def test_the_report_is_written_with_the_study_and_shows_its_checksums(tmp_path):
    study = write_study(tmp_path / "study", small_study(), report_files)
    text = (tmp_path / "study" / FILE).read_text(encoding="utf-8")
    assert FILE in study.manifest.files
    for each in study.manifest.checksums:
        assert each.sha256 in text


@pytest.mark.skipif(not CHROMIUM, reason="no chromium here to lay the page out")
def test_in_a_browser_nothing_overlaps_or_runs_over_and_all_is_there(tmp_path, text):
    assert_shown(text, tmp_path)
