from __future__ import annotations

import attrs

from chatsim.report.answer_tables import frontier_table, persistence_table, ranking_table
from chatsim.report.frontier_figure import frontier
from chatsim.study.beyond import PersistenceAnswer, PersistenceAnswers, PolicyAnswer
from tests.studies import small_summary


def with_persistence():
    summary = small_summary()
    policies = tuple(
        PolicyAnswer(
            policy.name,
            policy.content("rumour").reach,
            policy.content("rumour").against_uncapped,
        )
        for policy in summary.policies
    )
    answers = tuple(PersistenceAnswer(value, policies) for value in (0.0, 0.5, 0.9))
    return attrs.evolve(summary, persistence=PersistenceAnswers(4, answers, "A sentence."))


def test_the_figure_says_in_words_what_it_shows():
    drawn = frontier(small_summary())
    assert "Five chats: prevents" in drawn.description
    assert "<svg" in drawn.svg
    assert "Five chats" in drawn.svg_narrow


def test_a_policy_that_another_beats_is_drawn_faintly():
    summary = small_summary()
    only = summary.frontier.tradeoffs[0]
    beaten = attrs.evolve(only, beaten_by="cap-5", beaten=0.9)
    faint = attrs.evolve(summary, frontier=attrs.evolve(summary.frontier, tradeoffs=(beaten,)))
    assert frontier(faint).svg != frontier(summary).svg
    assert 'opacity="0.3"' in frontier(faint).svg
    assert "in 90 % of resampled studies" in str(frontier_table(faint))


def test_a_study_without_a_frontier_has_no_figure():
    assert frontier(attrs.evolve(small_summary(), frontier=None)) is None
    assert frontier_table(attrs.evolve(small_summary(), frontier=None)) is None


def test_other_persistence_has_a_column_each_and_a_row_for_every_policy_but_the_control():
    table = persistence_table(with_persistence())
    assert [cell.text for cell in table.headings] == [
        "Policy",
        "Never",
        "Half the time",
        "Nearly always",
    ]
    assert [row[0].text for row in table.rows] == ["Five chats"]
    assert persistence_table(small_summary()) is None


def test_each_policy_stands_beside_the_next():
    table = ranking_table(small_summary())
    assert [cell.text for cell in table.rows[0]][:2] == ["Five chats", "Uncapped"]
