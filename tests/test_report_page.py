"""The page: self-contained, escaped, complete, and right in every number on its first page."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import escape
from html.parser import HTMLParser

import pytest
from attrs import evolve

from chatsim.report.page import FILE, page, report_files
from chatsim.study.manifest import Check, Checksum
from chatsim.study.results_files import write_study
from chatsim.study.summary import INTERVALS_LINE
from tests.reports import HOSTILE, never_half_as_far, six_policies, study_of, with_policies
from tests.studies import small_study, small_summary

NO_FIGURES: dict = {}
"""Drawing takes a second; most of the page can be looked at without."""
VOID = {"meta", "link", "img", "br", "hr", "input"}
SECTIONS = ["answer", "table", "price", "sure", "server", "seen", "details", "repeat"]


class Page(HTMLParser):
    """What stands where: tags with their attributes, and text by section."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.sections: dict[str, str] = {}
        self.section: str | None = None
        self.in_svg = 0
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in VOID:
            return
        self.open.append(tag)
        self.in_svg += tag == "svg"
        if tag == "section":
            self.section = dict(attrs)["id"]
            self.sections[self.section] = ""

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self.in_svg -= tag == "svg"
        if tag == "section":
            self.section = None

    def handle_data(self, data):
        if self.section and not self.in_svg:
            self.sections[self.section] += f" {data}"

    def words(self, section: str) -> str:
        return " ".join(self.sections[section].replace("\N{NO-BREAK SPACE}", " ").split())


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


def test_there_is_no_script_and_no_request_to_anywhere(text, parsed):
    names = {tag for tag, _ in parsed.tags}
    assert not names & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "image",
    }
    for tag, attributes in parsed.tags:
        assert not [key for key in attributes if key.startswith("on")]
        for key in ("src", "href", "srcset", "action", "data", "poster", "xlink:href"):
            value = attributes.get(key)
            assert value is None or (tag == "a" and value.startswith("#")), (tag, key, value)
        assert "url(" not in (attributes.get("style") or "")
    style = text[text.index("<style>") : text.index("</style>")]
    assert not re.search(r"url\(|@import|@font-face|https?:", style)


def test_the_only_addresses_are_names_of_namespaces(text):
    addresses = set(re.findall(r"https?://[^\s\"'<]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


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
    assert sum(tag == "svg" for tag, _ in parsed.tags) == 6


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


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
WIDTHS = (360, 390, 768, 1200)
MEASURE = """
<!doctype html><title>waiting</title><iframe srcdoc="%s" style="border:0;height:4000px"></iframe><pre id=out></pre>
<script>
const frame = document.querySelector("iframe"), found = [];
const box = (element) => element.getBoundingClientRect();
frame.onload = () => {
  const page = frame.contentDocument;
  for (const width of %s) {
    frame.style.width = width + "px";
    const wide = page.documentElement.scrollWidth;
    if (wide > width) found.push(`at ${width} the page is ${wide} wide`);
    for (const text of page.querySelectorAll("p, li, dd, td, th, figcaption"))
      if (box(text).width && parseFloat(getComputedStyle(text).fontSize) < 16)
        found.push(`at ${width} small type: ${text.textContent.trim()}`);
    for (const svg of page.querySelectorAll("svg")) {
      const paper = box(svg), seen = [];
      if (!paper.width) continue;
      for (const text of svg.querySelectorAll("text")) {
        const place = box(text), name = text.textContent;
        if (place.left < paper.left - 1 || place.right > paper.right + 1 ||
            place.top < paper.top - 1 || place.bottom > paper.bottom + 1)
          found.push(`at ${width} over the edge: ${name}`);
        for (const other of seen)
          if (place.left < other.place.right - 1 && place.right > other.place.left + 1 &&
              place.top < other.place.bottom - 3 && place.bottom > other.place.top + 3 && name !== other.name)
            found.push(`at ${width} overlapping: ${name} and ${other.name}`);
        seen.push({place, name});
      }
      if (!seen.length) found.push(`at ${width} a figure without text`);
    }
  }
  document.getElementById("out").textContent = JSON.stringify(found);
};
</script>
"""


@pytest.mark.skipif(not CHROMIUM, reason="no chromium here to lay the page out")
def test_in_a_browser_nothing_overlaps_is_cut_or_runs_over(tmp_path, text):
    measure = tmp_path / "measure.html"
    measure.write_text(MEASURE % (escape(text, quote=True), json.dumps(WIDTHS)), encoding="utf-8")
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    arguments += ["--disable-component-update", "--disable-sync", "--virtual-time-budget=5000"]
    arguments += [f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", measure.as_uri()]
    done = subprocess.run(
        [CHROMIUM, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    found = re.search(r'<pre id="out">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found is not None
    assert json.loads(found[1]) == []
