from __future__ import annotations

import attrs
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from chatsim.behaviour.values import Behaviour
from chatsim.cascade.measures import (
    EXPOSURE_STEPS,
    Exposure,
    depths,
    imbalances,
    measure,
    reach_over_time,
    seconds_to_reach,
)
from chatsim.policy import Policy, compile_row
from chatsim.testing.twin import play
from tests.cascades import NOON, run_of
from tests.cases import cases

NO_LABELS = compile_row(Policy("plain"))
LABELS = compile_row(Policy("labels", label_forwarded_from=1, label_many_from=3))

# Two originators post; 2 forwards to 3 and 4; 3 strips the counter and forwards to 5; 4 pastes to 6; 5 is held back.
STORY = run_of(
    [None, None, 0, 2, 2, 3, 4],
    users=10,
    hops=[0, 0, 0, 1, 1, 0, 0],
    labels=[0, 0, 0, 1, 1, 0, 0],
    deeds=[
        {"user": 0, "wanted": 1, "actions": 1, "original_chats": 1, "original_copies": 1},
        {"user": 1, "wanted": 1, "actions": 1, "original_chats": 1, "original_copies": 0},
        {
            "user": 2,
            "wanted": 3,
            "held_back": 1,
            "actions": 2,
            "forwarded_chats": 2,
            "forwarded_copies": 2,
            "hop_made": 1,
        },
        {
            "user": 3,
            "wanted": 4,
            "denied": 3,
            "actions": 2,
            "refused": 1,
            "forwarded_chats": 1,
            "forwarded_copies": 1,
            "hop_made": 0,
        },
        {
            "user": 4,
            "wanted": 1,
            "held_back": 1,
            "original_chats": 1,
            "original_copies": 1,
            "hop_made": 2,
        },
        {"user": 5, "wanted": 2, "held_back": 2, "hop_made": 1},
    ],
)


def test_a_story_worked_out_by_hand_has_its_measures():
    measures = measure(STORY, [LABELS])
    assert measures.reach == 7
    assert measures.copies == 5
    assert measures.busiest_hour == 5
    assert measures.forwards == 3
    assert measures.held_back == 4
    assert measures.denied == 3
    assert measures.refused == 1
    assert measures.extra_actions == 2
    assert measures.pasted == 1
    assert measures.depth_max == 3
    assert measures.depth_mean == (0 + 0 + 1 + 2 + 2 + 3 + 3) / 7
    assert measures.breadth.tolist() == [2, 1, 2, 2]
    assert measures.breadth_max == 2
    assert measures.exposure.ticks.tolist() == [NOON + 60 * i for i in range(7)]
    assert measures.exposure.people.tolist() == [1, 2, 3, 4, 5, 6, 7]


def test_labels_are_counted_over_all_copies_delivered():
    assert measure(STORY, [LABELS]).labels == (3, 2, 0)
    assert measure(STORY, [NO_LABELS]).labels == (5, 0, 0)


def test_stripping_and_pasting_make_labels_lie():
    # The copies to 5 and to 6 were truly forwarded twice before and show no label.
    assert measure(STORY, [LABELS]).wrong_labels == 2


def test_no_label_lies_under_a_policy_that_never_labels():
    assert measure(STORY, [NO_LABELS]).wrong_labels == 0


def test_a_label_is_right_where_the_wrong_hop_gives_the_same_one():
    only_many = compile_row(Policy("many", label_many_from=3))
    assert measure(STORY, [only_many]).wrong_labels == 0


def test_an_inflated_counter_lies_as_well():
    run = run_of(
        [None, 0, 1],
        hops=[0, 0, 127],
        deeds=[
            {"user": 0, "original_chats": 1, "original_copies": 1},
            {"user": 1, "forwarded_chats": 1, "forwarded_copies": 1, "hop_made": 127},
        ],
    )
    assert measure(run, [LABELS]).labels == (1, 0, 1)
    assert measure(run, [LABELS]).wrong_labels == 1


def test_a_chain_deeper_than_the_largest_hop_is_honest_at_127():
    people = 140
    run = run_of(
        [None, *range(people - 1)],
        hops=[max(0, min(person - 1, 127)) for person in range(people)],
        deeds=[{"user": 0, "original_chats": 1, "original_copies": 1}]
        + [
            {
                "user": person,
                "forwarded_chats": 1,
                "forwarded_copies": 1,
                "hop_made": min(person, 127),
            }
            for person in range(1, people - 1)
        ],
    )
    measures = measure(run, [LABELS])
    assert measures.depth_max == people - 1
    assert measures.wrong_labels == 0
    assert sum(measures.labels) == measures.copies


def test_nobody_but_the_originators_gives_measures_as_well():
    measures = measure(run_of([None, None], users=5), [LABELS])
    assert (measures.reach, measures.copies, measures.busiest_hour) == (2, 0, 0)
    assert (measures.depth_max, measures.structural_virality) == (0, 0.0)


def test_reach_over_time_counts_whoever_was_reached_before_a_tick():
    exposure = Exposure.of(np.array([10, 20, 20, 30]))
    ticks = np.array([0, 10, 11, 20, 21, 99])
    assert reach_over_time(exposure, ticks).tolist() == [0, 0, 1, 1, 3, 4]


def test_time_to_reach_counts_from_the_first_post():
    exposure = Exposure.of(np.array([100, 160, 200]))
    assert [seconds_to_reach(exposure, people) for people in (0, 1, 2, 3)] == [0, 0, 60, 100]
    assert seconds_to_reach(exposure, 4) is None


def test_an_exposure_has_one_entry_per_instant_and_counts_up():
    exposure = Exposure.of(np.array([10, 20, 20, 20, 30]))
    assert exposure.ticks.tolist() == [10, 20, 30]
    assert exposure.people.tolist() == [1, 4, 5]
    nobody = Exposure.of(np.array([], dtype=np.int64))
    assert (len(nobody.ticks), len(nobody.people)) == (0, 0)
    assert seconds_to_reach(nobody, 1) is None
    assert reach_over_time(nobody, np.array([5])).tolist() == [0]


@given(st.lists(st.integers(0, 200), min_size=1).map(sorted), st.integers(0, 250))
def test_an_exposure_says_what_the_ticks_of_all_people_say(ticks, at):
    exposure = Exposure.of(np.array(ticks))
    assert reach_over_time(exposure, np.array([at])) == sum(tick < at for tick in ticks)
    for people in range(1, len(ticks) + 1):
        assert seconds_to_reach(exposure, people) == ticks[people - 1] - ticks[0]


def test_a_thinned_exposure_counts_people_late_by_less_than_a_step():
    generator = np.random.default_rng(1)
    whole = Exposure.of(np.sort(generator.choice(200_000, 150_000)))
    thin = whole.thinned()
    assert len(whole.ticks) > 90_000
    assert len(thin.ticks) <= EXPOSURE_STEPS + 1
    assert (thin.ticks[0], thin.people[-1]) == (whole.ticks[0], whole.people[-1])
    instants = np.arange(0, 200_001, 7)
    behind = reach_over_time(whole, instants) - reach_over_time(thin, instants)
    assert behind.min() == 0
    assert 0 < behind.max() <= -(-150_000 // EXPOSURE_STEPS)


def test_a_short_exposure_is_kept_to_the_second():
    exposure = Exposure.of(np.arange(EXPOSURE_STEPS))
    assert exposure.thinned() is exposure


def test_without_a_tree_only_structural_virality_is_unknown():
    with_tree, without = measure(STORY, [LABELS]), measure(STORY, [LABELS], tree=False)
    assert with_tree.structural_virality > 0
    assert without.structural_virality is None
    one, other = (
        attrs.asdict(each, filter=attrs.filters.exclude("structural_virality"))
        for each in (with_tree, without)
    )
    np.testing.assert_equal(one, other)


@settings(max_examples=30)
@given(cases())
def test_the_books_of_every_run_balance(case):
    for run in play(**case.arguments()).contents:
        assert imbalances(run) == []
        row = compile_row(case.policy)
        measures = measure(run, [row])
        assert sum(measures.labels) == measures.copies
        assert measures.breadth.sum() == measures.reach
        if not case.policy.labels:
            assert measures.labels[1:] == (0, 0)


@settings(max_examples=30)
@given(cases())
def test_honest_people_who_never_paste_never_lie(case):
    shares = [name for name in attrs.fields_dict(Behaviour) if name.endswith("_clients")]
    honest = attrs.evolve(case.behaviour, paste_probability=0.0, **dict.fromkeys(shares, 0.0))
    assert not any(honest.cheats)
    for run in play(**attrs.evolve(case, behaviour=honest).arguments()).contents:
        assert measure(run, [compile_row(case.policy)]).wrong_labels == 0
        assert (run.first_copies.hop == np.maximum(depths(run) - 1, 0)).all()


def test_books_that_do_not_balance_are_named():
    run = run_of([None, 0], deeds=[{"user": 0, "original_chats": 1, "original_copies": 2}])
    run.copies_by_hour[0] += 5
    run.received[1] = 0
    assert len(imbalances(run)) == 3
    assert "2 sent" in imbalances(run)[0]
