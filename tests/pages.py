"""What the tests of pages look for: tags, words by section, and whether anything overlaps in a browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import escape
from html.parser import HTMLParser
from pathlib import Path

VOID = {"meta", "link", "img", "br", "hr", "input"}
REQUESTS = {"script", "link", "img", "iframe", "object", "embed", "base", "form", "image"}
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


def assert_named(text: str, figures: int) -> None:
    """Every figure has a title, every link and id a partner, every table headings."""
    tags = Page(text).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in tags:
        if tag == "svg":
            assert attributes["role"] == "img"
        for named in (attributes.get("aria-labelledby") or "").split():
            assert named in ids
        if tag == "a":
            assert (attributes["href"] or "")[1:] in ids
        if tag == "table":
            assert "aria-labelledby" in attributes
    assert sum(tag == "svg" for tag, _ in tags) == 2 * figures


def found_in_a_browser(text: str, folder: Path) -> list[str]:
    """What overlaps, is cut, runs over or is too small, at the widths of phones and screens."""
    measure = folder / "measure.html"
    measure.write_text(MEASURE % (escape(text, quote=True), json.dumps(WIDTHS)), encoding="utf-8")
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    arguments += ["--disable-component-update", "--disable-sync", "--virtual-time-budget=5000"]
    arguments += [f"--user-data-dir={folder / 'profile'}", "--dump-dom", measure.as_uri()]
    done = subprocess.run(
        [CHROMIUM, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    found = re.search(r'<pre id="out">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found is not None
    told: list[str] = json.loads(found[1])
    return told
