"""Colours that can be read: on light and dark, and by everybody."""

from __future__ import annotations

import itertools

import pytest

from chatsim.report.theme import (
    COLOURS,
    CONTROL,
    INK,
    MUTED,
    NOTICE,
    PANEL,
    PAPER,
    SERIES,
    contrast,
    stroke,
    variables,
)


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("text", [INK, MUTED, NOTICE], ids=lambda colour: colour.name)
@pytest.mark.parametrize("paper", [PAPER, PANEL], ids=lambda colour: colour.name)
def test_text_is_legible_in_both_schemes(text, paper):
    assert contrast(text.light, paper.light) >= 4.5
    assert contrast(text.dark, paper.dark) >= 4.5


@pytest.mark.parametrize("line", [CONTROL, *SERIES], ids=lambda colour: colour.name)
def test_lines_stand_out_in_both_schemes(line):
    assert contrast(line.light, PAPER.light) >= 3.0
    assert contrast(line.dark, PAPER.dark) >= 3.0


def test_every_colour_has_a_name_and_a_light_value_of_its_own():
    # The page swaps colours by their light value.
    assert len({colour.name for colour in COLOURS}) == len(COLOURS)
    assert len({colour.light for colour in COLOURS}) == len(COLOURS)


def test_the_dark_scheme_never_reaches_paper():
    style = variables()
    assert "@media screen and (prefers-color-scheme:dark)" in style
    assert style.count("@media") == 1
    for colour in COLOURS:
        assert f"--{colour.name}:{colour.light};" in style
        assert f"--{colour.name}:{colour.dark};" in style


def test_the_first_policies_differ_in_colour_and_later_ones_in_their_dashes():
    strokes = [stroke(i) for i in range(2 * len(SERIES) + 1)]
    assert strokes[0].colour is CONTROL
    assert len(set(strokes)) == len(strokes)
    assert all(each.dash is None for each in strokes[: len(SERIES) + 1])


# Machado, Oliveira, Fernandes 2009: what somebody without one kind of cone sees, on linear light.
DEUTERANOPIA = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)
PROTANOPIA = (
    (0.152286, 1.052583, -0.204868),
    (0.114503, 0.786281, 0.099216),
    (-0.003882, -0.048116, 1.051998),
)
EVERYBODY_ELSE = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


def lab(colour: str, seen_as) -> tuple[float, float, float]:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    light = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    r, g, b = (
        min(1.0, max(0.0, sum(f * c for f, c in zip(row, light, strict=True)))) for row in seen_as
    )
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    )
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("eyes", [EVERYBODY_ELSE, DEUTERANOPIA, PROTANOPIA])
def test_all_eyes_tell_the_lines_apart(scheme, eyes):
    places = [lab(getattr(colour, scheme), eyes) for colour in (CONTROL, *SERIES)]
    for first, second in itertools.combinations(places, 2):
        distance = sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) ** 0.5
        # A difference of 2.3 is just noticeable side by side.
        assert distance > 12
