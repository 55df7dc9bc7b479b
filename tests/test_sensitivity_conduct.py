"""A whole analysis: what is played, which ranking is told, and what is chance."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatsim.api import Silence
from chatsim.api.players import player_of
from chatsim.behaviour.values import Content
from chatsim.errors import ConfigurationError
from chatsim.policy import Policy, Tier
from chatsim.policy.presets import preset, resolve
from chatsim.study.partial import Partial
from chatsim.study.scenario import Generated
from chatsim.study.sensitivity.conduct import Conduct, same_rules
from chatsim.study.sensitivity.values import Role, Stricter
from tests.sensitivities import (
    LAX,
    RUMOUR,
    STRICT,
    Computed,
    always_strict,
    analysed,
    by_persistence,
    factor,
    request_of,
)


def test_each_factor_is_played_at_both_ends_with_the_others_as_they_are():
    analysis = analysed(request_of(factor("persistence"), factor("group_chance")), always_strict)
    base, *ends = (each for each in analysis.combinations if each.role is not Role.PLAN)
    assert base.values == (0.5, 0.2)
    assert [(each.factor, each.role, each.values) for each in ends] == [
        ("persistence", Role.LOW, (0.0, 0.2)),
        ("persistence", Role.HIGH, (0.9, 0.2)),
        ("group_chance", Role.LOW, (0.5, 0.1)),
        ("group_chance", Role.HIGH, (0.5, 0.4)),
    ]


def test_both_policies_and_uncapped_meet_the_same_runs():
    player = Computed(always_strict)
    request = request_of(factor("persistence"), runs=3, size=2)
    Conduct(request, player, Silence()).analyse(None)
    assert set(player.played) == {
        (policy, run) for policy in ("uncapped", "lax", "strict") for run in range(3)
    }


def test_the_gap_is_a_share_of_the_people_reached_uncapped():
    found = analysed(request_of(factor("persistence")), always_strict).found
    assert found.base.gap.value == pytest.approx(0.8 - 0.6, abs=0.005)
    assert [each.value for each in found.base.against] == pytest.approx([-0.2, -0.4], abs=0.005)
    (swing,) = found.swings
    assert swing.low.gap.value == pytest.approx(0.1, abs=0.005)
    assert swing.high.gap.value == pytest.approx(0.28, abs=0.005)
    assert swing.width == pytest.approx(0.18, abs=0.01)
    assert swing.seen


def test_a_planted_factor_flips_the_ranking_and_is_named():
    factors = [factor("persistence"), factor("group_chance"), factor("share_probability", 0.5, 0.9)]
    found = analysed(request_of(*factors, size=16), by_persistence).found
    assert found.flips.usually is Stricter.SECOND
    assert found.flips.count > 5
    assert [each.factor for each in found.flips.conditions] == ["persistence"]
    assert found.flips.meeting == found.flips.meeting_flips == found.flips.count
    assert found.morris[0].factor == "persistence"
    assert "persistence of 60 % or more" in " ".join(found.answer)


def test_a_planted_factor_flips_the_ranking_of_real_runs(tmp_path):
    # A label that keeps everybody from forwarding is stricter than a cap of two; one that nobody minds is laxer.
    label = Policy("label", "Label", label_forwarded_from=1)
    cap = Policy("cap", "Cap of two", tiers=(Tier(0, 2),))
    request = request_of(
        factor("label_factor_forwarded", 0.0, 1.0),
        factor("share_probability", 0.7, 0.9),
        scenario=evolve(RUMOUR, population=Generated(users=400)),
        first=label, second=cap, size=2, runs=20,
    )  # fmt: skip
    with player_of("engine", 1) as player:
        found = Conduct(request, player, Silence()).analyse(tmp_path / "out").found
    (label_swing,) = (each for each in found.swings if each.factor == "label_factor_forwarded")
    assert label_swing.low.stricter is Stricter.FIRST
    assert label_swing.high.stricter is Stricter.SECOND
    assert found.swings[0] == label_swing
    assert found.flips.count >= 1
    assert found.morris[0].factor == "label_factor_forwarded"
    # The flips were played again, in a room of their own.
    again = Partial.beside(tmp_path / "out").of_point(found.counts.all)
    assert again.kept() == 3 * request.runs * (found.flips.count + found.flips.unconfirmed)


def test_a_flip_that_new_runs_do_not_show_is_chance():
    def reach(scenario, policy, run):
        lucky = scenario.behaviour.persistence > 0.8 and run < 6
        return {"uncapped": 300, "lax": 150 if lucky else 250, "strict": 200}[policy] + run % 3

    found = analysed(request_of(factor("persistence")), reach).found
    assert found.flips.count == 0
    assert found.flips.unconfirmed > 0
    assert found.counts.undecided == found.flips.unconfirmed
    assert "does not depend on any assumption" in found.answer[0]


def test_a_gap_whose_interval_holds_zero_is_undecided():
    def reach(scenario, policy, run):
        sign = 1 if run % 2 else -1
        return {"uncapped": 300, "lax": 200 + 20 * sign, "strict": 200}[policy]

    found = analysed(request_of(factor("persistence")), reach).found
    assert found.counts.undecided == found.counts.all
    assert found.flips.usually is Stricter.UNDECIDED
    assert found.title == "Under no assumption do the two policies visibly differ"


def test_where_uncapped_does_not_break_out_there_is_nothing_to_compare():
    def reach(scenario, policy, run):
        spreads = scenario.contents[0].share_probability > 0.3
        return {"uncapped": 300, "lax": 250, "strict": 200}[policy] if spreads else 7

    found = analysed(request_of(factor("share_probability")), reach).found
    assert found.counts.nothing > 0
    assert found.counts.nothing + found.counts.second == found.counts.all
    assert found.swings[0].low.stricter is Stricter.NOTHING
    assert "nothing to compare" in found.answer[-1]


def test_where_it_never_breaks_out_the_analysis_says_only_that():
    found = analysed(request_of(factor("persistence")), lambda *_: 9).found
    assert "nothing to compare" in found.title
    assert len(found.answer) == 1
    assert "does not break out" in found.weakness[0]


def test_harmless_reach_lost_is_that_of_the_harmless_contents():
    joke = Content("joke", harmful=False)
    scenario = evolve(RUMOUR, contents=(*RUMOUR.contents, joke))
    request = request_of(factor("persistence"), scenario=scenario)
    lost = analysed(request, always_strict).combinations[0].harmless_lost
    assert [each.value for each in lost] == pytest.approx([0.2, 0.4], abs=0.005)
    assert (
        analysed(request_of(factor("persistence")), always_strict).combinations[0].harmless_lost
        is None
    )


def test_uncapped_may_be_one_of_the_two():
    request = request_of(factor("persistence"), first=preset("uncapped"))
    found = analysed(request, always_strict).found
    assert found.base.against[0].value == 0
    assert found.flips.usually is Stricter.SECOND


def test_finished_combinations_are_not_played_again(tmp_path):
    request = request_of(
        factor("share_probability", 0.6, 0.9), size=2, runs=2,
        scenario=evolve(RUMOUR, population=Generated(users=120)),
    )  # fmt: skip
    wanted = tmp_path / "out"

    class Interrupted(Silence):
        def finished(self, runs: int) -> None:
            if len(list(Partial.beside(wanted).folder.rglob("*.run"))) >= 12:
                raise KeyboardInterrupt

    with player_of("engine", 1) as player:
        with pytest.raises(KeyboardInterrupt):
            Conduct(request, player, Interrupted()).analyse(wanted)
        kept = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.run")}
        again = Conduct(request, player, Silence()).analyse(wanted)
        assert kept
        assert all(path.stat().st_mtime_ns == written for path, written in kept.items())
        assert again.found == Conduct(request, player, Silence()).analyse(None).found
        other = evolve(request, runs=3)
        Conduct(other, player, Silence()).analyse(wanted)
    assert all(
        path.stat().st_mtime_ns != written for path, written in kept.items() if path.exists()
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"second": evolve(LAX, name="other", title="Another")}, "have the same rules"),
        ({"runs": 1}, "runs is 1; sensitivity takes a number from 2"),
        ({"size": 1}, "trajectories is 1"),
        ({"second": evolve(STRICT, name="lax")}, "both policies are named lax"),
        ({"scenario": evolve(RUMOUR, population=Generated(users=80))}, "a big outbreak takes 100"),
    ],
)
def test_what_cannot_be_analysed_is_one_sentence(changes, said):
    with pytest.raises(ConfigurationError, match=said):
        analysed(request_of(factor("persistence"), **changes), always_strict)


def test_policies_are_equal_by_their_rules():
    latest = resolve("whatsapp-latest")
    assert same_rules(latest, evolve(latest, name="mine", title="Mine", group_members_max=9))
    assert not same_rules(latest, evolve(latest, hop_limit=5))
