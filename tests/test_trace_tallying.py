"""Reports behind thresholds: what opens, whom it names, and what pasting does to it."""

from __future__ import annotations

import importlib.util
from collections import Counter

import attrs
import pytest

import chatsim
from chatsim.errors import ConfigurationError, RunError
from chatsim.model import Enforcement, Traceability
from chatsim.policy import Policy
from chatsim.policy.values import Breaker
from chatsim.provenance import threshold
from chatsim.provenance.values import Finding
from chatsim.study.estimates import Estimate
from chatsim.study.trace.costs import sealed_cost
from chatsim.study.trace.request import Request
from chatsim.study.trace.sentences import AS_IT_IS
from chatsim.study.trace.tallying import ContentTally, Reported, tallied, tally
from chatsim.study.trace.threshold_sentences import threshold_answer
from chatsim.study.trace.values import TraceFound
from tests.traces import conduct, request, results

FIRST, SECOND = bytes(32), bytes(range(32))
FINDINGS = {
    b"first": Finding(originator=7, path=(3, 7)),
    b"second": Finding(originator=8),
    b"framed": Finding(originator=9),
    b"empty": None,
}


def reports(*lineages: bytes, evidence: bytes | None = None) -> list[Reported]:
    """People 20, 21, ... report copies of these lineages, which 7 and 8 began."""
    return [
        Reported(
            20 + i,
            seed,
            evidence or (b"first" if seed == FIRST else b"second"),
            7 if seed == FIRST else 8,
        )
        for i, seed in enumerate(lineages)
    ]


def test_lineages_are_counted_apart_and_what_few_report_stays_shut():
    told = reports(FIRST, SECOND, FIRST, FIRST)
    assert tally(1, told, FINDINGS) == ContentTally(4, 2, 4, 1, named=2, right=2, shown=3)
    assert tally(2, told, FINDINGS) == ContentTally(4, 2, 3, 3, named=1, right=1, shown=2)
    assert tally(3, told, FINDINGS) == ContentTally(4, 2, 3, 4, named=1, right=1, shown=2)
    assert tally(4, told, FINDINGS) == ContentTally(4, 2, 0, None, named=0, right=0, shown=0)


def test_whoever_is_framed_is_named_and_not_rightly():
    framed = tally(2, reports(FIRST, FIRST, evidence=b"framed"), FINDINGS)
    assert (framed.opened, framed.named, framed.right) == (2, 1, 0)


def test_what_opens_may_still_name_nobody():
    empty = tally(2, reports(FIRST, FIRST, evidence=b"empty"), FINDINGS)
    assert (empty.opened, empty.answered_after, empty.named) == (2, None, 0)


def test_something_else_that_opens_is_noticed(monkeypatch):
    class Wrong(threshold.Tally):
        def hear(self, reporter, said):
            return tuple(each._replace(evidence=b"second") for each in super().hear(reporter, said))

    monkeypatch.setattr(threshold, "Tally", Wrong)
    with pytest.raises(RunError, match="what opened at a threshold of 2 is not what was sealed"):
        tally(2, reports(FIRST, FIRST), FINDINGS)


def test_figures_are_of_reports_and_of_contents_that_anybody_reported():
    none = ContentTally(0, 0, 0, None, 0, 0, 0)
    half = ContentTally(10, 2, 5, 4, named=1, right=1, shown=3)
    shut = ContentTally(10, 2, 0, None, 0, 0, 0)
    found = tallied("tag", AS_IT_IS, 4, [[half, none], [shut, half]])
    assert found.opened.value == pytest.approx(10 / 30)
    assert found.answered.value == pytest.approx(2 / 3)
    assert found.needed is not None
    assert found.needed.value == 4.0
    assert found.shown.value == pytest.approx((3 + 1.5) / 2)
    assert tallied("tag", AS_IT_IS, 4, [[shut]]).needed is None


# The small trace.


def test_as_many_reports_open_as_counting_them_by_lineage_and_turn_says():
    found, queries = results().found, results().queries
    for (mode, case), rows in queries.group_by("mode", "case"):
        for t in found.thresholds:
            counted: Counter[tuple[int, int, int]] = Counter(
                rows.select("run", "content", "lineage").iter_rows()
            )
            opened = sum(count for count in counted.values() if count >= t)
            told = found.tally(str(mode), str(case), t).opened.value
            assert told == pytest.approx(opened / len(rows))


def test_the_first_answer_comes_when_the_first_lineage_has_enough():
    found, queries = results().found, results().queries
    rows = queries.filter(mode="tag", case=AS_IT_IS).sort("run", "content", "turn")
    for t in found.thresholds:
        after = []
        for _, one in rows.group_by("run", "content", maintain_order=True):
            counted: Counter[int] = Counter()
            for turn, lineage in one.select("turn", "lineage").iter_rows():
                counted[lineage] += 1
                if counted[lineage] == t:
                    after.append(turn + 1)
                    break
        needed = found.tally("tag", AS_IT_IS, t).needed
        assert needed is not None
        assert needed.value == pytest.approx(sum(after) / len(after))


def test_at_one_everything_opens_and_names_whom_reports_name_by_themselves():
    found = results().found
    for each in found.answers:
        bare = found.tally(each.mode, each.case, 1)
        assert bare.opened.value == 1.0
        assert bare.named == each.named
    assert found.tally("none", AS_IT_IS, 1).answered.value == 0.0


def test_the_same_reports_open_under_every_mode():
    found = results().found
    assert found.tallied_modes == ("none", "tag", "hashdb", "traceback")
    for case in found.cases:
        for t in found.thresholds:
            opened = {found.tally(mode, case.name, t).opened for mode in found.modes}
            assert len(opened) == 1


def test_a_higher_threshold_opens_less_and_pasting_takes_more_reports():
    found = results().found
    for case in found.cases:
        opened = [found.tally("tag", case.name, t).opened.value for t in found.thresholds]
        assert opened == sorted(opened, reverse=True)
    honest, pasted = (found.tally("tag", case, 5) for case in ("0 % paste", "40 % paste"))
    assert pasted.lineages.value > honest.lineages.value
    assert pasted.opened.value < honest.opened.value
    assert honest.needed is not None
    assert pasted.needed is None or pasted.needed.value > honest.needed.value


def test_the_answer_has_the_highest_threshold_and_who_gets_around_it():
    opened, pasted, around = results().found.answer[-3:]
    assert opened.startswith("If nothing opens before 5 people have reported one lineage")
    assert pasted.startswith("Pasting starts a count of its own: at 5 people")
    assert around.startswith("Whoever has 5 accounts opens a lineage alone")
    assert "simulation only, unreviewed; not for products" in around


def test_a_threshold_at_which_nothing_opens_is_not_the_one_of_the_answer():
    found = results().found
    shut = Estimate(0.0, None, None)

    def at(t: int, opened: Estimate) -> TraceFound:
        tallies = (
            attrs.evolve(each, opened=opened) if each.threshold == t else each
            for each in found.tallies
        )
        return attrs.evolve(found, tallies=tuple(tallies))

    assert threshold_answer(at(5, shut))[0].startswith("If nothing opens before 2 people")
    assert threshold_answer(at(2, shut))[0].startswith("If nothing opens before 5 people")
    assert threshold_answer(attrs.evolve(found, tallies=())) == ()


def test_a_signed_origin_has_a_secret_of_its_own_where_the_enforcement_has_none():
    modes = (Traceability.TAG, Traceability.SIGNED_ORIGIN)
    scenario = attrs.evolve(request().scenario, enforcement=Enforcement.CLIENT, runs=1)
    found = conduct(modes=modes, scenario=scenario).trace().found
    assert found.tallied_modes == ("signed-origin",)
    honest, pasted = (found.tally("signed-origin", case, 5) for case in ("0 % paste", "40 % paste"))
    assert honest.opened.value > pasted.opened.value
    assert honest.lineages.value < pasted.lineages.value


def test_a_sealed_report_costs_the_same_bytes_at_every_threshold():
    costs = [sealed_cost(t, reports=4) for t in (1, 3)]
    assert {each.added_bytes for each in costs} == {threshold.ADDED_BYTES}
    assert all(each.app_us >= 0 and each.platform_us >= 0 for each in costs)


# What can be asked for.


class AskedError(Exception):
    """In the place of playing."""


@pytest.fixture
def asked(monkeypatch):
    """What is to be played for some arguments of `chatsim.trace`."""

    def conduct_of(request, *_):
        raise AskedError(request)

    monkeypatch.setattr("chatsim.api.trace.Conduct", conduct_of)

    def ask(**changes) -> Request:
        with pytest.raises(AskedError) as stopped:
            chatsim.trace(**changes)
        return stopped.value.args[0]

    return ask


def test_a_scenario_with_clear_enforcement_is_played_with_receipts_where_something_is_sealed(asked):
    request = asked(thresholds=[2])
    assert (request.scenario.enforcement, request.thresholds) == (Enforcement.RECEIPT, (1, 2))
    assert request.tallied == tuple(Traceability)
    request = asked(thresholds=[1])
    assert (request.scenario.enforcement, request.thresholds) == (Enforcement.CLEAR, ())


def test_by_default_thresholds_are_those_that_the_reports_can_meet(asked):
    assert asked().thresholds == (1, 3, 10, 30)
    assert asked(queries=10).thresholds == (1, 3, 10)
    assert asked(queries=2).thresholds == ()


def test_an_enforcement_that_was_asked_for_stays_and_leaves_out_what_has_no_secret(asked):
    request = asked(enforcement="client")
    assert request.scenario.enforcement is Enforcement.CLIENT
    assert request.tallied == (Traceability.SIGNED_ORIGIN,)


def test_rules_about_contents_keep_the_enforcement_under_which_they_mean_contents(asked):
    rules = Policy("watched", breaker=Breaker(copies=10, window_seconds=3_600, pause_seconds=3_600))
    request = asked(policy=rules, modes=["none"])
    assert request.scenario.enforcement is Enforcement.CLEAR
    assert request.tallied == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"thresholds": [0]}, r"threshold is 0; it takes from 1 to 1,000 people"),
        ({"thresholds": [1_001]}, r"threshold is 1,001; it takes from 1 to 1,000 people"),
        ({"thresholds": [3, 9], "queries": 5}, r"threshold is 9, and 5 people report each content"),
        (
            {"thresholds": [3], "enforcement": "client", "modes": ["tag", "signed-origin"]},
            r"under client enforcement the copies of one lineage share no secret with mode tag; it takes receipt",
        ),
        ({"thresholds": [3], "enforcement": "clear"}, r"it takes receipt enforcement"),
    ],
)
def test_a_threshold_that_cannot_be_is_told_in_one_sentence(changes, said):
    with pytest.raises(ConfigurationError, match=said):
        chatsim.trace(**changes)


def test_a_threshold_without_the_packages_is_told_and_by_default_left_out(asked, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert asked(modes=["tag"]).thresholds == ()
    with pytest.raises(ConfigurationError, match=r"threshold 3 takes the package cryptography"):
        chatsim.trace(thresholds=[3])
