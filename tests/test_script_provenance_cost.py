"""The script that measures what modes cost: its counts, not its times."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from chatsim.model import Enforcement, Traceability
from chatsim.testing.probes.mode import mode_of


@pytest.fixture
def script(checkout: Path, monkeypatch):
    monkeypatch.syspath_prepend(str(checkout / "scripts"))
    return importlib.import_module("provenance_cost")


def spent(script, enforcement: Enforcement, traceability: Traceability, *, sealed: bool):
    return script.played(script.Way(mode_of(enforcement, traceability), sealed=sealed), 200)


def test_bytes_of_modes_and_of_seals_add_up(script):
    plain = spent(script, Enforcement.CLIENT, Traceability.NONE, sealed=False)
    signed = spent(script, Enforcement.CLIENT, Traceability.SIGNED_ORIGIN, sealed=False)
    both = spent(script, Enforcement.CLIENT, Traceability.SIGNED_ORIGIN, sealed=True)
    # Inner and outer slot with msgpack's two bytes before it; on the way out the stamp with its own two as well.
    assert 172 + 32 <= signed.bytes_in - plain.bytes_in <= 172 + 32 + 4
    assert 172 + 32 + 108 <= signed.bytes_out - plain.bytes_out <= 172 + 32 + 108 + 6
    # A sealed body has 28 bytes more, and a wrapped key of 48.
    assert 76 <= both.bytes_in - signed.bytes_in <= 80
    assert min(plain.apps_us, plain.relay_us) > 0


def test_every_mode_has_a_row_beside_the_one_that_all_are_compared_with(script):
    ways = {way.name: way for way in script.ways()}
    assert len(ways) == len(script.ways())
    assert not ways[script.BASE].sealed
    cost = script.Spent(1, 2, 3.0, 4.0)
    lines = script.table({name: [cost] for name in ways}, dict.fromkeys(ways, 1.5))
    assert len(lines) == 2 + len(ways)
    assert (
        lines[2]
        == f"| {script.BASE.replace(' ', ', ')} | 1 | 2 | 1,500 | 1.00 | 1.00 | 3.0 | 4.0 |"
    )
