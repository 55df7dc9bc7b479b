"""A behaviour as integers."""

from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve

from chatsim.behaviour.tables import BehaviourTables, build_tables
from chatsim.behaviour.values import Behaviour, Content, DelayForm, DelayLaw
from chatsim.model import ONE_DAY
from chatsim.randomness.tables import CERTAIN, QUANTILES

PLAIN = Behaviour()


def tables_of(behaviour: Behaviour) -> BehaviourTables:
    susceptible = np.ones(QUANTILES, dtype=np.int64)
    return build_tables(behaviour, (Content("rumour"),), susceptible, ONE_DAY)


def test_an_exponential_delay_has_its_median_and_no_sigma() -> None:
    law = DelayLaw(600.0, 1.0, DelayForm.EXPONENTIAL)
    behaviour = evolve(PLAIN, reading_delay=law, chat_delay=evolve(law, sigma=0.0), recovery=law)
    built = tables_of(behaviour)
    assert built.recovery is not None
    for table in (built.reading_delay, built.chat_delay, built.recovery):
        assert table[QUANTILES // 2] == pytest.approx(600, abs=1)
        # Without memory: of those who wait for the median, half wait as long again.
        assert table[QUANTILES * 3 // 4] == pytest.approx(1_200, abs=1)
        assert table.mean() == pytest.approx(600 / np.log(2), rel=1e-3)


def test_a_recovery_between_rounds_is_a_threshold_and_in_the_fingerprint() -> None:
    built = tables_of(evolve(PLAIN, round_recovery=0.25))
    assert built.round_recovery_threshold == CERTAIN // 4
    assert built.fingerprint != tables_of(PLAIN).fingerprint
    assert tables_of(evolve(PLAIN, interval_seconds=7)).fingerprint == tables_of(PLAIN).fingerprint
