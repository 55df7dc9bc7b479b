"""What the engine cannot hold is refused, with one sentence and before or instead of a wrong answer."""

from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve

from chatsim.behaviour.values import Behaviour, Content
from chatsim.engine import Engine, limits, state
from chatsim.engine.people import people_of
from chatsim.engine.results import content_run, measures
from chatsim.engine.rows import DEPTH_MAX
from chatsim.engine.state import new_state
from chatsim.errors import ConfigurationError, RunError
from chatsim.model import ONE_DAY, Enforcement
from chatsim.policy.values import Policy, Tier
from chatsim.population import Communities, Implicit
from tests.cases import population_of, random_population

CONTENTS = (Content("rumour", share_probability=1.0, half_life_seconds=None),)


def engine(people, behaviour=Behaviour(), duration_seconds=10 * ONE_DAY) -> Engine:
    return Engine.of(
        people,
        CONTENTS,
        behaviour,
        seed=1,
        duration_seconds=duration_seconds,
        enforcement=Enforcement.CLEAR,
    )


def test_a_chain_longer_than_a_story_can_count_is_refused() -> None:
    people = Implicit(DEPTH_MAX + 2, 1)
    hasty = Behaviour(lookahead_seconds=1)
    with pytest.raises(
        ConfigurationError, match=r"1,048,576 forwards one after another.*1,048,575"
    ):
        engine(people, hasty, DEPTH_MAX)
    engine(Implicit(DEPTH_MAX + 1, 1), hasty, DEPTH_MAX)
    engine(people, hasty, DEPTH_MAX - 1)


@pytest.mark.parametrize("lookahead", [1, 7])
def test_no_run_is_deeper_than_foretold(lookahead: int) -> None:
    behaviour = Behaviour(
        susceptibility_shape=None,
        reading_delay=evolve(Behaviour().reading_delay, median_seconds=0.0),
        lookahead_seconds=lookahead,
        night=False,
    )
    chain = population_of([[user + 1] for user in range(99)] + [[]], utc_offset_seconds=43_200)
    for seconds in (1, 2, 50, 51, 2_000):
        played = engine(chain, behaviour, seconds)
        (tally,) = played.tally(Policy("free"), run=0, originators=1)
        foretold = limits.depth_max(100, lookahead, seconds)
        assert tally.depth_max <= foretold
        # A chain from where the originator stands to its end, one forward in each lookahead.
        started = played.play(Policy("free"), run=0, originators=1).contents[0].first_copies.user[0]
        assert tally.depth_max == min(99 - started, (seconds - 1) // lookahead + 1)


def test_more_chats_than_a_draw_can_number_are_refused() -> None:
    few = population_of([[1], [0]])
    for more, refused in ((0, False), (1, True)):
        contacts = np.ones(limits.CHATS_MAX + more, dtype=np.int32)
        offsets = np.array([0, len(contacts), len(contacts)], dtype=np.int64)
        people = evolve(few, contacts=contacts, contact_offsets=offsets)
        if refused:
            with pytest.raises(ConfigurationError, match=r"has 16,777,217 chats.*16,777,216"):
                engine(people)
        else:
            engine(people)


def test_more_groups_than_have_numbers_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"need 2,\d+,\d+,\d+ groups.*2,147,483,648"):
        _ = Implicit((1 << 31) - 1, 1, Communities(groups_mean=10.0)).arithmetic
    assert Implicit((1 << 31) - 1, 1).group_count < 1 << 31


def test_originals_beyond_the_numbers_of_lineages_end_in_an_error(monkeypatch) -> None:
    pasting = Behaviour(audience_shape=0.5, persistence=0.0, paste_probability=1.0)
    policy = Policy("capped", tiers=(Tier(chats=1),), cap_total=100)
    people = random_population(60, 8.0, seed=2)
    monkeypatch.setattr(state, "LINEAGES_MAX", 3)
    with pytest.raises(RunError, match=r"originals were sent under a cap in total.*at most 3:"):
        engine(people, pasting).tally(policy, run=0, originators=2)
    engine(people, pasting).tally(evolve(policy, cap_total=None), run=0, originators=2)


@pytest.mark.parametrize("tree", [True, False])
def test_books_that_do_not_balance_end_in_an_error(tree: bool) -> None:
    people = people_of(random_population(60, 8.0, seed=2))
    empty = new_state(people, lookahead=60, duration=7_200, counts_total=False, tree=tree, shards=1)
    result = (lambda: content_run(people, empty)) if tree else (lambda: measures(empty))
    result()
    empty.by_hour[0, 1] = 5
    with pytest.raises(RunError, match=r"do not balance: 0 copies sent.* 5 by the hour"):
        result()
