"""What the tests of pages look for: tags, words by section, what every page keeps to, and how a browser shows it.

`assert_sound` holds for every page that is made here, `assert_shown` for what a browser makes of one of each kind.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zlib
from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

from chatsim.report.theme import COLOURS, PAPER, contrast

VOID = {"meta", "link", "img", "br", "hr", "input"}
REQUESTS = {"script", "link", "img", "iframe", "object", "embed", "base", "form", "image"}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
NUMBER = re.compile(r"(\d+(?:,\d{3})*(?:\.\d+)?)(?:[ \N{NO-BREAK SPACE}]([MB])\b)?")
UNITS = re.compile(r"95[ \N{NO-BREAK SPACE}]% (?=band|interval)|(?<=readers) in 10\b")
"""Numbers that are units: those of every interval, and of so many in ten."""
WIDTHS = (360, 400, 768, 1200)
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


class Page(HTMLParser):
    """What stands where: tags with their attributes, and text by section."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.sections: dict[str, str] = {}
        self.section: str | None = None
        self.in_svg = 0
        self.drawn: dict[str, str] = {}
        """What the figures of a section say, but for the marks of their axes."""
        self.axes: list[int] = []
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
            self.sections[self.section] = self.drawn[self.section] = ""
        if "role-axis" in (dict(attrs).get("class") or ""):
            self.axes.append(len(self.open))

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if self.axes and self.axes[-1] == len(self.open):
            self.axes.pop()
        assert self.open.pop() == tag
        self.in_svg -= tag == "svg"
        if tag == "section":
            self.section = None

    def handle_data(self, data):
        if self.section and not self.in_svg:
            self.sections[self.section] += f" {data}"
        elif self.section and not self.axes:
            self.drawn[self.section] += f" {data}"

    def words(self, section: str) -> str:
        return " ".join(self.sections[section].replace("\N{NO-BREAK SPACE}", " ").split())


def assert_sound(text: str) -> None:
    """What holds for every page: nothing from elsewhere, everything named, in order, and legible."""
    assert_self_contained(text)
    assert_named(text)
    assert_in_order(text)
    assert_legible(text)


def assert_in_order(text: str) -> None:
    """One first heading, none that skips a level, and every heading of a table says what it is one of."""
    tags = Page(text).tags
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(attributes.get("scope") in {"row", "col"} for tag, attributes in tags if tag == "th")
    assert dict(tags)["html"]["lang"] == "en"


def assert_legible(text: str) -> None:
    """Every colour of text has the contrast that WCAG 2 AA asks for, on every paper and in both schemes."""
    style = text[text.index("<style>") : text.index("</style>")]
    light, _, dark = style.partition("@media screen and (prefers-color-scheme:dark)")
    for scheme in (light, dark.partition("}}")[0]):
        values = dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6});", scheme))
        inks = set(re.findall(r"(?<![\w-])color:var\(--([\w-]+)\)", style))
        papers = set(re.findall(r"background:var\(--([\w-]+)\)", style))
        assert inks
        assert papers
        for ink in inks:
            for paper in papers:
                assert contrast(values[ink], values[paper]) >= 4.5, (ink, paper)
    assert not re.search(r"(?<![\w-])(color|background):#", style)
    swapped = {colour.light: colour for colour in COLOURS}
    for tag, attributes in Page(text).tags:
        # What is as light as the paper is the halo behind a line of text.
        if tag == "text" and attributes["fill"] != PAPER.light:
            colour = swapped[attributes["fill"] or ""]
            assert contrast(colour.light, PAPER.light) >= 4.5
            assert contrast(colour.dark, PAPER.dark) >= 4.5
            assert attributes.get("opacity") in {None, "1"}


def unknown_numbers(printed: str, known: object) -> set[str]:
    """The numbers of a text that are no rounding of any in `known` (JSON as Python has it), in a unit of theirs.

    Shares are printed per cent or as so many in ten, fields named seconds as minutes, hours and days, large counts in
    millions and billions.
    """
    leaves = list(_leaves("", known))
    values = [form for key, each in leaves if isinstance(each, float) for form in _forms(key, each)]
    names = " ".join(each for _, each in leaves if isinstance(each, str))
    unknown = set()
    for number, size in NUMBER.findall(UNITS.sub(" ", printed)):
        value = float(number.replace(",", ""))
        half = 0.5 / 10 ** len(number.partition(".")[2]) + 1e-9
        scale = {"": 1.0, "M": 1e-6, "B": 1e-9}[size]
        near = any(abs(each * scale - value) <= half for each in values)
        if not near and not re.search(rf"(?<!\d){re.escape(number)}(?!\d)", names):
            unknown.add(number)
    return unknown


def _forms(key: str, value: float) -> Iterator[float]:
    yield abs(value)
    if abs(value) <= 1:
        yield abs(100 * value)
    if key == "share_probability":
        yield 10 * value
    if key.endswith("seconds"):
        minutes, hours, days = (value / size for size in (60, 3_600, 86_400))
        yield from (minutes, minutes % 60, hours, hours // 1, hours % 24, days, days // 1)


def _leaves(key: str, value: object) -> Iterator[tuple[str, float | str]]:
    match value:
        case dict():
            for name, each in value.items():
                yield from _leaves(name, each)
        case list():
            for each in value:
                yield from _leaves(key, each)
        case bool() | None:
            pass
        case int() | float():
            yield key, float(value)
        case str():
            yield key, value


def assert_self_contained(text: str) -> None:
    """No script, and no request to anywhere."""
    tags = Page(text).tags
    assert not {tag for tag, _ in tags} & REQUESTS
    for tag, attributes in tags:
        assert not [key for key in attributes if key.startswith("on")]
        for key in ("src", "href", "srcset", "action", "data", "poster", "xlink:href"):
            value = attributes.get(key)
            assert value is None or (tag == "a" and value.startswith("#")), (tag, key, value)
        assert "url(" not in (attributes.get("style") or "")
    style = text[text.index("<style>") : text.index("</style>")]
    assert not re.search(r"url\(|@import|@font-face|https?:", style)
    # The only addresses are names of namespaces.
    addresses = set(re.findall(r"https?://[^\s\"'<]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def assert_named(text: str, figures: int | None = None) -> None:
    """Every figure has a title and a description, every link and id a partner, every table headings."""
    tags = Page(text).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in tags:
        if tag == "svg":
            assert attributes["role"] == "img"
            assert len((attributes["aria-labelledby"] or "").split()) == 2
        for named in (attributes.get("aria-labelledby") or "").split():
            assert named in ids
        if tag == "a":
            assert (attributes["href"] or "")[1:] in ids
        if tag == "table":
            assert "aria-labelledby" in attributes
    count = sum(tag == "svg" for tag, _ in tags)
    assert [tag for tag, _ in tags if tag in {"title", "desc"}].count("desc") == count
    assert figures is None or count == 2 * figures


def found_in_a_browser(text: str, folder: Path) -> list[str]:
    """What overlaps, is cut, runs over or is too small, at the widths of phones and screens."""
    measure = folder / "measure.html"
    measure.write_text(MEASURE % (escape(text, quote=True), json.dumps(WIDTHS)), encoding="utf-8")
    shown = _browse(folder, "--virtual-time-budget=5000", "--dump-dom", measure.as_uri()).stdout
    found = re.search(r'<pre id="out">(.*?)</pre>', shown, re.DOTALL)
    assert found is not None
    told: list[str] = json.loads(found[1])
    return told


def assert_shown(text: str, folder: Path) -> None:
    """In a browser nothing overlaps or runs over, nothing is complained of, and the page is there, on paper as well."""
    assert found_in_a_browser(text, folder) == []
    page = folder / "page.html"
    page.write_text(text, encoding="utf-8")
    picture, paper = folder / "page.png", folder / "page.pdf"
    watched = _browse(
        folder,
        "--enable-logging=stderr",
        f"--screenshot={picture}",
        "--window-size=1200,2400",
        page.as_uri(),
    )
    assert "CONSOLE" not in watched.stderr
    assert distinct_lines(picture.read_bytes()) > 100
    _browse(folder, f"--print-to-pdf={paper}", "--no-pdf-header-footer", page.as_uri())
    printed = paper.read_bytes()
    assert printed.startswith(b"%PDF")
    assert len(printed) > 20_000


def distinct_lines(png: bytes) -> int:
    """How many lines of pixels a PNG has that differ from one another; a blank one has one or two."""
    data, at = b"", 8
    while at < len(png):
        length = int.from_bytes(png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    pixels, height = zlib.decompress(data), int.from_bytes(png[20:24])
    line = len(pixels) // height
    return len({pixels[i * line : (i + 1) * line] for i in range(height)})


def _browse(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    quiet += [
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={folder / 'profile'}",
    ]
    return subprocess.run(
        [CHROMIUM, *quiet, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
