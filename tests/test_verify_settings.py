"""What `chatsim verify` plays: every policy once, and every run large enough to mean something."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatsim.behaviour.values import Audience
from chatsim.policy import compile_row
from chatsim.policy.presets import presets
from chatsim.testing.verify import equality, settings
from chatsim.testing.verify.values import weakness
from chatsim.testing.verify.ways import by_twin


def test_every_preset_is_played_and_each_in_one_row_only() -> None:
    names = [name for names in settings.policies() for name in names.split(", ")]
    assert {policy.name for policy in presets()} <= set(names)
    rows = [compile_row(policy) for policy in settings.policies().values()]
    assert len(set(rows)) == len(rows)


@pytest.mark.parametrize("policy", settings.policies().values(), ids=lambda policy: policy.name)
@pytest.mark.parametrize("law", Audience)
def test_every_run_is_large_enough_to_mean_something(law, policy) -> None:
    for enforcement in equality.enforcements_of(policy):
        experiment = evolve(settings.lively(law, policy), enforcement=enforcement)
        assert weakness(experiment, by_twin(experiment)) == ""
