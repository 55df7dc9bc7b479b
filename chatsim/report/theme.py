"""Colours of the report and its figures, on light and on dark paper.

Figures are drawn in the light colours. The page's style names the dark counterpart of each, so that one drawing serves
both and stands alone as a file. The series have the hues of Okabe and Ito (2008), their lightness set so that readers
with any kind of colour blindness can tell each from the others and from the control, which is grey. No colour stands
alone: every line has its label.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen


@frozen
class Colour:
    """One role, in both schemes, as #rrggbb."""

    name: str
    """Of its CSS variable, without the dashes."""
    light: str
    dark: str


PAPER = Colour("paper", "#ffffff", "#15181d")
PANEL = Colour("panel", "#f5f6f8", "#1d2128")
INK = Colour("ink", "#1c2127", "#e9ecef")
MUTED = Colour("muted", "#59626d", "#a4adb8")
RULE = Colour("rule", "#dde1e6", "#343a43")
"""Lines between rows and behind a figure: never the only carrier of a meaning."""
NOTICE = Colour("notice", "#8a4b00", "#f0b35e")

CONTROL = Colour("control", "#6a7280", "#9aa3af")
SERIES = (
    Colour("series-1", "#b27e06", "#f3cb6d"),
    Colour("series-2", "#2a8ebc", "#48c1f9"),
    Colour("series-3", "#862f03", "#c9662c"),
    Colour("series-4", "#035940", "#05946b"),
    Colour("series-5", "#5a1f46", "#f0dbe7"),
    Colour("series-6", "#5884e9", "#4f7ff0"),
    Colour("series-7", "#593574", "#a06fc6"),
)
COLOURS = (PAPER, PANEL, INK, MUTED, RULE, NOTICE, CONTROL, *SERIES)


@frozen
class Stroke:
    """How the line of one policy is drawn."""

    colour: Colour
    dash: tuple[int, int] | None = None
    """Pixels drawn and left out; None: a full line."""


DASHES = (None, (6, 3), (2, 3))


def stroke(number: int) -> Stroke:
    """The stroke of the policy at this place; 0 is the control. After the last hue they come again, dashed."""
    if number == 0:
        return Stroke(CONTROL)
    turn, hue = divmod(number - 1, len(SERIES))
    return Stroke(SERIES[hue], DASHES[min(turn, len(DASHES) - 1)])


def variables(colours: Sequence[Colour] = COLOURS) -> str:
    """The page's colours as CSS: light by default and on paper, dark where the reader's screen is."""
    light = "".join(f"--{colour.name}:{colour.light};" for colour in colours)
    dark = "".join(f"--{colour.name}:{colour.dark};" for colour in colours)
    recoloured = "".join(
        f'svg [{way}="{colour.light}"]{{{way}:var(--{colour.name})}}'
        for colour in colours
        for way in ("fill", "stroke")
    )
    return (
        f":root{{color-scheme:light dark;{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        f"{recoloured}\n"
    )


def contrast(first: str, second: str) -> float:
    """The contrast of two #rrggbb colours as WCAG 2 defines it: 1 to 21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
