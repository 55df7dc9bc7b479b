"""Real networks: the same copies over sockets as in memory, and a share at which a rumour can break out."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve, frozen

from chatsim.behaviour.values import Content
from chatsim.cascade.measures import imbalances
from chatsim.cascade.values import ContentRun
from chatsim.policy.presets import preset
from chatsim.study.backend import RunPlan
from chatsim.study.engine_backend import EngineBackend
from chatsim.study.scenario import Scenario, Stored
from chatsim.study.search import ACCEPTED, with_share
from chatsim.study.threads import Threads
from chatsim_clients.memory import MemoryBackend
from chatsim_clients.tcp import TcpBackend
from tests.runs import conducted

RUMOUR = Content("rumour")
CAPPED = preset("cap-5")
RUNS = 4
"""One run on a campus network has some 500 copies only: people want two or three chats each."""


@frozen
class Network:
    """Friendships, and what is needed for a rumour to get anywhere among them."""

    file: str
    users: int
    share: float
    """What --share auto found."""
    half_life_seconds: float | None = RUMOUR.half_life_seconds


CALTECH = Network("fb100/Caltech36.txt.gz", 769, 0.86)
COPENHAGEN = Network("copenhagen/fb_friends.csv.gz", 800, 0.86)
# Ten dense circles with few ties between them: what goes stale within days is old news before it has crossed from one
# to the next, even if everybody passes it on.
EGO = Network("facebook_ego/facebook_combined.txt.gz", 4_039, 0.94, half_life_seconds=None)

NETWORKS = {"Caltech": CALTECH, "Copenhagen": COPENHAGEN, "ego-Facebook": EGO}
EACH_NETWORK = pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)


def scenario_on(network: Network, folder: Path) -> Scenario:
    content = evolve(RUMOUR, half_life_seconds=network.half_life_seconds)
    people = Stored(contacts=folder / network.file)
    return Scenario(population=people, contents=(content,), policies=("uncapped",))


# A socket for each of four thousand people shows what one for each of seven hundred does.
@pytest.mark.parametrize(
    "network",
    [CALTECH, COPENHAGEN, pytest.param(EGO, marks=pytest.mark.slow)],
    ids=NETWORKS,
)
def test_people_over_sockets_get_the_copies_that_they_get_in_memory(
    network: Network, shared_data: Path
) -> None:
    scenario = with_share(scenario_on(network, shared_data), network.share)
    originators = scenario.originators_among(network.users)
    plans = [RunPlan(run, originators) for run in range(RUNS)]
    with MemoryBackend(scenario) as memory:
        expected = [memory.play(CAPPED, plan) for plan in plans]
    with TcpBackend(scenario) as tcp:
        relayed = [tcp.play(CAPPED, plan) for plan in plans]
    runs: list[ContentRun] = []
    for one, other in zip(relayed, expected, strict=True):
        assert one.differences(other) == []
        runs += one.contents
    assert {len(run.received) for run in runs} == {network.users}
    assert [imbalances(run) for run in runs] == [[]] * RUNS
    assert tcp.carried is not None
    assert tcp.carried.copies == sum(run.received.sum() for run in runs) >= 1_000
    assert max(run.first_copies.hop.max() for run in runs) >= 5
    assert sum(run.deeds.held_back.sum() for run in runs) >= 1


@EACH_NETWORK
def test_a_share_is_found_at_which_30_to_90_percent_of_uncapped_runs_break_out(
    network: Network, shared_data: Path
) -> None:
    scenario = scenario_on(network, shared_data)
    by_engine = Threads(EngineBackend, 2)
    summary = conducted(scenario, (preset("uncapped"),), by_engine, search_share=True).summary
    (content,) = summary.study.contents
    outbreaks = summary.headline("uncapped").outbreaks
    assert outbreaks.runs == 40
    assert ACCEPTED[0] <= outbreaks.share <= ACCEPTED[1]
    assert content.share_probability == pytest.approx(network.share)
    assert summary.weakness == ()
