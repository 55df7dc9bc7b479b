"""What makes a run too weak to show anything."""

from __future__ import annotations

from attrs import evolve

from chatsim.behaviour.values import Audience
from chatsim.policy.presets import preset
from chatsim.testing.verify import settings
from chatsim.testing.verify.values import weakness
from chatsim.testing.verify.ways import by_twin


def test_a_cap_that_binds_nobody_fails() -> None:
    experiment = settings.lively(Audience.PICK, preset("uncapped"))
    outcome = by_twin(experiment)
    assert weakness(experiment, outcome) == ""
    capped = evolve(experiment, policy=preset("cap-5"))
    assert weakness(capped, outcome) == "nobody was held back"
    assert weakness(evolve(experiment, policy=preset("cap-1000")), outcome) == ""
