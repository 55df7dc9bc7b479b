"""The page: self-contained, escaped, complete, and right in every number on its first page."""

from __future__ import annotations

import re

import pytest
from attrs import evolve

from chatsim.report.page import FILE, page, report_files
from chatsim.study.manifest import Check, Checksum
from chatsim.study.results_files import write_study
from chatsim.study.summary import INTERVALS_LINE
from tests.pages import CHROMIUM, Page, assert_self_contained, found_in_a_browser
from tests.reports import HOSTILE, never_half_as_far, six_policies, study_of, with_policies
from tests.studies import small_study, small_summary

NO_FIGURES: dict = {}
"""Drawing takes a second; most of the page can be looked at without."""
SECTIONS = ["answer", "table", "price", "sure", "server", "seen", "details", "repeat"]


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


def test_there_is_no_script_and_no_request_to_anywhere(text):
    assert_self_contained(text)


def test_every_figure_has_a_title_and_every_link_and_id_a_partner(parsed):
    ids = [attributes["id"] for _, attributes in parsed.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in parsed.tags:
        if tag == "svg":
            assert attributes["role"] == "img"
        for named in (attributes.get("aria-labelledby") or "").split():
            assert named in ids
        if tag == "a":
            assert attributes["href"][1:] in ids
    assert sum(tag == "svg" for tag, _ in parsed.tags) == 8


def test_every_table_has_headings_for_its_columns_and_rows(parsed):
    scopes = [attributes.get("scope") for tag, attributes in parsed.tags if tag == "th"]
    assert set(scopes) == {"row", "col"}
    labelled = [a for tag, a in parsed.tags if tag == "table"]
    assert all("aria-labelledby" in attributes for attributes in labelled)


def numbers(text: str) -> set[str]:
    return {each.strip(".,") for each in re.findall(r"\d[\d.,]*", text)}


def test_every_number_of_the_first_page_is_one_of_the_summary(parsed):
    summary = six_policies()
    allowed = numbers(" ".join((*summary.answer, *summary.weakness, summary.study.sentence)))
    for policy in summary.policies:
        result = policy.content(summary.study.headline)
        allowed |= numbers(policy.title) | {f"{result.reach.value:,.0f}"}
        if result.against_uncapped:
            loss = abs(100 * result.against_uncapped.relative.value)
            allowed |= {f"{loss:.0f}", f"{loss:.1f}"}
    allowed.add("95")  # of the intervals
    found = numbers(parsed.words("answer"))
    assert found
    assert found <= allowed


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
def test_in_a_browser_nothing_overlaps_is_cut_or_runs_over(tmp_path, text):
    assert found_in_a_browser(text, tmp_path) == []
