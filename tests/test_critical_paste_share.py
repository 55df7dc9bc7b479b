"""The formula for the lineages that pasting starts, against what the engine plays."""

from __future__ import annotations

import importlib
from pathlib import Path

import attrs
import pytest

from chatsim.study import statistics

RUNS, USERS, ORIGINATORS = 30, 100_000, 20


@pytest.fixture(scope="module")
def pasting(request):
    """The module, and what it measures of one row: q .2, K 20, F 5, H 3."""
    checkout: Path = request.getfixturevalue("checkout")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(checkout / "scripts"))
        return importlib.import_module("pasted_lineages")


@pytest.fixture(scope="module")
def row(pasting):
    return pasting.Row(share=0.2, contacts=20, cap=5, hop_limit=3)


@pytest.fixture(scope="module")
def found(pasting, row):
    shares = [0.0, *(part * row.critical() for part in (0.6, 1.4))]
    return pasting.measured(row, USERS, shares, RUNS, ORIGINATORS)


def test_a_row_gives_what_the_notes_say(pasting):
    def share(**values):
        return round(100 * pasting.Row(**values).critical(0.0), 1)

    assert share(share=0.2, contacts=20, cap=5, hop_limit=5) == 4.7
    assert share(share=0.2, contacts=20, cap=5, hop_limit=3) == 6.9
    assert share(share=0.2, contacts=20, cap=5, hop_limit=12, one_chat_from=5) == 4.5
    assert share(share=0.3, contacts=5, cap=5, hop_limit=3) == 10.1
    assert pasting.Row(0.3, 20, 5, 3).lineage(0.0, 0.0) == pytest.approx(162.5)
    assert pasting.Row(0.1, 5, 5, 5).critical(0.0) == 1.0


def test_a_lineage_reaches_as_many_people_as_the_formula_says(row, found):
    for each in found:
        measured = statistics.ratio(each.people, each.started)
        assert measured is not None
        assert measured.value == pytest.approx(row.lineage(each.pasting), rel=0.06)


def test_the_critical_share_lies_in_the_interval_and_a_wrong_formula_does_not(pasting, row, found):
    value, low, high = pasting.critical(found[1:])
    assert low <= row.critical() <= high
    assert value == pytest.approx(row.critical(), rel=0.1)
    wrong = attrs.evolve(row, hop_limit=row.hop_limit - 1), attrs.evolve(row, cap=row.cap + 2)
    for each in wrong:
        assert not low <= each.critical() <= high


def test_lineages_that_pasting_starts_are_as_many_as_the_formula_says(row, found):
    for each in found[1:]:
        measured = statistics.ratio(each.restarts, each.started)
        assert measured is not None
        assert measured.low <= row.restarts(each.pasting) <= measured.high
    assert found[0].restarts.sum() == 0
