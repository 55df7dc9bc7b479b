"""The engine as a study's backend: the copies of the relay, shared by threads, for people stored or not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import attrs
import numpy as np
import pytest

from chatsim.errors import ConfigurationError
from chatsim.policy.presets import preset
from chatsim.study import engine_backend
from chatsim.study.backend import RunPlan
from chatsim.study.engine_backend import EngineBackend
from chatsim.study.scenario import Generated, GroupMax, Scenario
from chatsim.study.threads import Threads
from chatsim_clients.memory import MemoryBackend
from tests.runs import conducted

SCENARIO = Scenario(population=Generated(users=150), runs=2)
POLICIES = (preset("uncapped"), preset("cap-1"))
PLAN = RunPlan(0, 5)


@pytest.mark.parametrize(
    "changes",
    [{}, {"redraw_population": True}, {"group_max": GroupMax.POLICY}],
    ids=["plain", "redrawn", "limited groups"],
)
def test_the_engine_gives_the_copies_of_memory(changes) -> None:
    scenario = attrs.evolve(SCENARIO, **changes)
    limited = attrs.evolve(preset("cap-5"), group_members_max=4)
    with EngineBackend(scenario) as engine, MemoryBackend(scenario) as memory:
        for policy in (preset("uncapped"), limited):
            for run in (0, 1):
                plan = RunPlan(run, 5)
                assert engine.play(policy, plan).differences(memory.play(policy, plan)) == []
        mine, theirs = engine.tally(limited, PLAN), memory.tally(limited, PLAN)
    for one, other in zip(mine, theirs, strict=True):
        assert one.structural_virality is None
        np.testing.assert_equal(attrs.asdict(one), attrs.asdict(other))


def test_threads_share_one_population(monkeypatch: pytest.MonkeyPatch) -> None:
    built = []

    def counted(spec):
        built.append(spec)
        return people_of(spec)

    people_of = engine_backend.people_of
    monkeypatch.setattr(engine_backend, "people_of", counted)
    backend = EngineBackend(SCENARIO)
    with ThreadPoolExecutor(4) as pool:
        plans = [RunPlan(run, 5) for run in range(4)]
        tallies = list(pool.map(lambda plan: backend.tally(POLICIES[0], plan), plans))
    assert len(tallies) == 4
    assert built == [SCENARIO.population]


def test_a_study_is_the_same_on_one_thread_and_on_several() -> None:
    one, several, memory = (
        conducted(SCENARIO, POLICIES, player)
        for player in (Threads(EngineBackend, 1), Threads(EngineBackend, 3), None)
    )
    assert one.summary == several.summary == memory.summary
    assert one.manifest == several.manifest
    for table in ("spread", "deeds"):
        assert getattr(one, table).equals(getattr(several, table))
        assert getattr(one, table).equals(getattr(memory, table))
    assert (several.timing.workers, several.timing.threads) == (1, 3)


def test_people_who_are_not_stored_are_neither_built_nor_fingerprinted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored = conducted(SCENARIO, POLICIES, Threads(EngineBackend, 2))

    def refuse(spec):
        raise AssertionError(spec)

    monkeypatch.setattr("chatsim.study.populations.STORED_USERS_MAX", 100)
    monkeypatch.setattr("chatsim.study.populations.build_population", refuse)
    implicit = conducted(SCENARIO, POLICIES, Threads(EngineBackend, 2))
    assert implicit.summary.policies == stored.summary.policies
    assert implicit.manifest.tables_hash == stored.manifest.tables_hash


def test_limits_on_groups_that_are_not_stored_are_refused(monkeypatch) -> None:
    monkeypatch.setattr("chatsim.study.populations.STORED_USERS_MAX", 100)
    with pytest.raises(ConfigurationError, match="group_max is policy"):
        EngineBackend(attrs.evolve(SCENARIO, group_max=GroupMax.POLICY))
