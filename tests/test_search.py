"""Looking for a share probability at which a rumour can break out, and what is said where there is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from chatsim.behaviour.values import Content
from chatsim.errors import ConfigurationError
from chatsim.policy.presets import preset
from chatsim.study.analysis import outbreak_reach
from chatsim.study.backend import RunPlan
from chatsim.study.conduct import SEARCH_RUNS
from chatsim.study.scenario import Generated, Scenario, Uniform
from chatsim.study.search import ACCEPTED, AIM, find_share, headline_content, with_share
from chatsim_clients.memory import MemoryBackend
from tests.runs import conducted

HARMLESS = Content("joke", share_probability=0.25, harmful=False)
HARMFUL = Content("rumour", share_probability=0.4)
UNCAPPED = (preset("uncapped"),)


@define(eq=False)
class Outbreaks:
    """A network on which nothing breaks out below one share, and everything from another on."""

    never_below: float
    always_from: float
    tried: list[float] = field(factory=list)

    def __call__(self, share: float) -> float:
        self.tried.append(share)
        return min(
            max((share - self.never_below) / (self.always_from - self.never_below), 0.0), 1.0
        )


@given(st.floats(0.0, 1.0), st.floats(0.05, 0.8), st.floats(0.1, 0.6))
def test_a_share_within_the_aim_is_found_from_anywhere(
    start: float, low: float, width: float
) -> None:
    outbreaks = Outbreaks(low, low + width)
    if outbreaks(1.0) < AIM[0]:
        return
    outbreaks.tried.clear()
    share = find_share(start, outbreaks)
    assert AIM[0] <= outbreaks(share) <= AIM[1]
    outbreaks.tried.pop()
    assert len(set(outbreaks.tried)) == len(outbreaks.tried) <= 8
    assert share == round(share, 2)


def test_a_start_within_the_aim_is_kept() -> None:
    outbreaks = Outbreaks(0.2, 0.6)
    assert find_share(0.42, outbreaks) == 0.42
    assert outbreaks.tried == [0.42]


def test_the_nearest_neighbour_will_do_where_the_aim_lies_between_two() -> None:
    steep = {62: 0.2, 63: 0.35}
    share = find_share(0.4, lambda share: steep.get(round(100 * share), float(share > 0.63)))
    assert share == 0.63


def test_both_ends_are_tried() -> None:
    assert find_share(0.4, lambda share: 0.5 if share == 1.0 else 0.0) == 1.0
    assert find_share(0.4, lambda share: 0.5 if share == 0.02 else 1.0) == 0.02


@pytest.mark.parametrize(
    ("breaks_out", "sentence"),
    [
        pytest.param(
            lambda share: share / 20,
            "even if everybody passes it on (share 100 %), 5 % of uncapped runs with one originator "
            "break out, and --share auto looks for 30 to 90 %: try a content that goes stale later "
            "(the scenario lasting, or half_life), or people with more contacts or groups",
            id="nothing breaks out",
        ),
        pytest.param(
            lambda share: 0.95 + share / 20,
            "even if 1 reader in 50 passes it on (share 2 %), 95 % of uncapped runs with one originator "
            "break out, and --share auto looks for 30 to 90 %: try people with fewer contacts or "
            "groups, or a content that goes stale earlier (half_life)",
            id="everything breaks out",
        ),
        pytest.param(
            lambda share: 0.1 if share < 0.635 else 0.95,
            "at a share of 63 % 10 % of uncapped runs with one originator break out, at 64 % 95 % do, "
            "and --share auto looks for 30 to 90 %: give a share yourself, such as --share 64%",
            id="all at once",
        ),
    ],
)
def test_where_no_share_will_do_one_sentence_says_what_was_seen(
    breaks_out: Callable[[float], float], sentence: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        find_share(0.4, breaks_out)
    assert str(caught.value) == sentence


def test_the_share_is_the_first_harmful_contents() -> None:
    scenario = Scenario(contents=(HARMLESS, HARMFUL))
    assert headline_content(scenario) == 1
    changed = with_share(scenario, 0.7)
    assert [content.share_probability for content in changed.contents] == [0.25, 0.7]
    assert headline_content(Scenario(contents=(HARMLESS,))) == 0


def test_a_study_of_few_runs_searches_with_enough_of_them() -> None:
    people = Generated(users=200, contacts_mean=12.0)
    scenario = Scenario(population=people, contents=(HARMFUL,), runs=1)
    study = conducted(scenario, UNCAPPED, search_share=True)
    (content,) = study.summary.study.contents
    scenario = with_share(scenario, content.share_probability)
    big = 0
    with MemoryBackend(scenario) as backend:
        for run in range(1, 1 + SEARCH_RUNS):
            outcome = backend.play(*UNCAPPED, RunPlan(run, 1))
            big += len(outcome.contents[0].first_copies.user) >= outbreak_reach(people.users)
    assert ACCEPTED[0] <= big / SEARCH_RUNS <= ACCEPTED[1]


def test_people_too_few_for_a_big_outbreak_are_refused() -> None:
    with pytest.raises(ConfigurationError) as caught:
        conducted(Scenario(population=Uniform(users=99)), UNCAPPED, search_share=True)
    assert str(caught.value) == (
        "share is auto among 99 people, but a big outbreak takes 100; "
        "give a share such as 40 %, or more people"
    )
