"""Numbers and estimates as people read them: what table, report and figures share.

Sentences and the texts of single measures come from `chatsim.study.sentences`, so that nothing is said twice in two
ways.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Callable, Sequence

from chatsim.study.sentences import percent, rough_duration, strictest
from chatsim.study.summary import ContentResult, Estimate, PolicyResult, Summary

MILLIONS = ((1e9, "B"), (1e6, "M"))
BYTES = ((1e9, "GB"), (1e6, "MB"), (1e3, "KB"))
NO_BREAK = "\N{NO-BREAK SPACE}"
COUNTED = {
    "clear": "forwards counted by the relay, by records",
    "client": "forwards counted by people's apps",
    "receipt": "forwards counted by the relay, by permits and without records",
    "blind": "forwards paid with tokens that the relay cannot tell apart",
}
"""How an enforcement reads, by its name in the files."""
UNIT = re.compile(r"(\d) (%|(?:d|h|min|s|us|bytes|KB|MB|GB|M|B)\b)")
TITLE_LOSES = 0.005
"""A smaller loss of reach would read "0 %" in a title."""


def number(value: float) -> str:
    """A count or a mean of counts: 0.4 -> "0.4", 12 -> "12", 1,234.5 -> "1,234", 12,345,678 -> "12.3 M"."""
    for size, unit in MILLIONS:
        if abs(value) >= size:
            return f"{value / size:.3g} {unit}"
    if value == round(value) or abs(value) >= 9.95:
        return f"{round(value):,}"
    return decimals(value, 1)


def decimals(value: float, places: int) -> str:
    """A number with so many decimals, never a negative zero."""
    text = f"{value:,.{places}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def number_range(estimate: Estimate) -> str:
    """The interval of a count: "1,280 to 1,340"; empty where there is none, or where all runs are equal."""
    small = max(abs(estimate.low or 0.0), abs(estimate.high or 0.0)) < 9.95
    return _range(estimate, (lambda end: decimals(end, 1)) if small else number)


def decimal_range(estimate: Estimate, places: int) -> str:
    """The interval of a figure with decimals; empty where there is none."""
    return _range(estimate, lambda value: decimals(value, places))


def percent_range(estimate: Estimate) -> str:
    """The interval of a share: "15 to 30 %"; empty where there is none."""
    text = _range(estimate, percent)
    return f"{text} %" if text else ""


def _range(estimate: Estimate, text: Callable[[float], str]) -> str:
    if estimate.low is None or estimate.high is None or estimate.low == estimate.high:
        return ""
    return f"{text(estimate.low)} to {text(estimate.high)}"


def split_detail(text: str) -> tuple[str, str]:
    """A text and what stands in brackets behind it: "never (31 runs)" -> ("never", "31 runs")."""
    head, _, tail = text.partition(" (")
    return head, tail.removesuffix(")")


def byte_count(count: float) -> str:
    """Bytes in the decimal unit that fits: "12.3 MB"."""
    for size, unit in BYTES:
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{round(count)} bytes"


def per_copy(cpu_seconds: float, copies: int) -> str:
    """CPU for one copy: "31 us"; "-" where nothing was carried."""
    if copies == 0:
        return "-"
    return f"{1e6 * cpu_seconds / copies:.3g} us"


def cleaned(text: str) -> str:
    """`text` without control characters, which a user's own names may hold and a terminal would obey."""
    return "".join(" " if unicodedata.category(each) in {"Cc", "Cf"} else each for each in text)


def wrapped(text: str, width: int, *, break_words: bool = True) -> tuple[str, ...]:
    """The lines of a text that is at most `width` wide; a number stays with its unit, and nothing is cut.

    A word longer than that is broken, or makes the lines wider where `break_words` is False.
    """
    lines = textwrap.wrap(
        glued(cleaned(text)),
        max(1, width),
        break_long_words=break_words,
        break_on_hyphens=break_words,
    )
    return tuple(line.replace(NO_BREAK, " ") for line in lines) or ("",)


def glued(text: str) -> str:
    """`text` with blanks that no line may end at between a number and its unit."""
    return UNIT.sub(rf"\1{NO_BREAK}\2", text)


def listed(items: Sequence[str], last: str = "and") -> str:
    """A list in a sentence: "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def capital(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def title(summary: Summary) -> str:
    """The finding in a few words, for the head of a page or a slide."""
    content = summary.study.headline
    if len(summary.policies) == 1:
        return f"How far the {content} goes, uncapped"
    best = strictest(summary.policies, content)
    if best is None or _loss(best, content) < TITLE_LOSES:
        return f"No policy visibly changes how far the {content} goes"
    share = percent(_loss(best, content))
    return f"{best.title}: the {content} reaches {share} % fewer people"


def _loss(policy: PolicyResult, content: str) -> float:
    against = policy.content(content).against_uncapped
    return -against.relative.value if against else 0.0


def reached(result: ContentResult) -> tuple[str, ...]:
    """People reached and, where it was seen, the difference from uncapped: ("812", "38 % fewer")."""
    people = number(result.reach.value)
    against = result.against_uncapped
    if against is None or not against.seen:
        return (people,)
    word = "fewer" if against.relative.value < 0 else "more"
    return people, f"{percent(abs(against.relative.value))} % {word}"


def hours(value: float) -> str:
    """Hours as a duration in at most two units: 30 -> "1 d 6 h"."""
    return rough_duration(value * 3_600)
