"""A name in a tag over many forwards, with people who paste or frame: the formulas, on chains that share nobody."""

from __future__ import annotations

import importlib
import math
from collections import Counter
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def script(request):
    checkout: Path = request.getfixturevalue("checkout")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(checkout / "scripts"))
        return importlib.import_module("tag_survival")


@pytest.fixture(scope="module")
def holders(script):
    """The trees of honest people, and who reports."""
    return script.honest()


def distance(reports: Counter, hits: Counter, chance) -> float:
    """Of all hits from their expectation, in standard errors, the worst of all numbers of forwards."""
    worst = 0.0
    for forwards, count in reports.items():
        p = chance(forwards)
        spread = math.sqrt(count * p * (1.0 - p))
        if spread >= 2.0:
            worst = max(worst, abs(hits[forwards] - count * p) / spread)
        elif p in (0.0, 1.0):
            worst = max(worst, math.inf if hits[forwards] != count * p else 0.0)
    return worst


def test_a_name_survives_h_forwards_of_people_who_paste_with_one_less_their_share_to_the_h(
    script, holders
):
    reports, right = script.blamed(script.played(pasting_clients=script.SHARE), holders)
    assert reports.total() >= 1_000
    assert max(h for h, count in reports.items() if count >= 50) >= 3
    assert distance(reports, right, lambda h: (1 - script.SHARE) ** h) < 3.0
    assert distance(reports, right, lambda h: (1 - script.SHARE) ** (h + 1)) > 5.0


def test_somebody_else_is_named_as_often_as_one_of_h_and_the_originator_frames(script, holders):
    reports, right = script.blamed(script.played(framing_clients=script.SHARE), holders)
    wrong = Counter({h: count - right[h] for h, count in reports.items()})
    assert distance(reports, wrong, lambda h: 1 - (1 - script.SHARE) ** (h + 1)) < 3.0
    assert distance(reports, wrong, lambda h: 1 - (1 - script.SHARE) ** h) > 5.0
