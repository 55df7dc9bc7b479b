"""Every mode has its module; a missing package is said in one sentence."""

from __future__ import annotations

import sys

import pytest

from chatsim.errors import ConfigurationError
from chatsim.model import Traceability
from chatsim.provenance.modes import client_of, set_up
from tests.tracing import ROOT, World


@pytest.mark.parametrize("mode", Traceability)
def test_a_client_made_of_public_values_works_with_the_relay_of_the_setup(mode):
    tracing = set_up(mode, ROOT)
    client = client_of(mode, tracing.public)
    world = World(tracing, client)
    held = world.original(3, 4)
    found = world.report(world.forward(held, 5))
    assert (found is None) == (mode is Traceability.NONE)
    assert client.outer_bytes == tracing.relay.outer_bytes
    assert client.stamp_bytes == tracing.relay.stamp_bytes
    assert world.lengths() == {(client.inner_bytes, client.outer_bytes, client.stamp_bytes)}


@pytest.mark.parametrize("make", [set_up, client_of])
def test_a_missing_package_is_named_with_the_extra_that_brings_it(monkeypatch, make):
    import chatsim.provenance as room

    monkeypatch.delitem(sys.modules, "chatsim.provenance.tag_escrowed", raising=False)
    monkeypatch.delattr(room, "tag_escrowed", raising=False)
    monkeypatch.setitem(sys.modules, "nacl", None)
    monkeypatch.setitem(sys.modules, "nacl.exceptions", None)
    with pytest.raises(ConfigurationError, match=r"tag-escrowed takes the package nacl.*e2ee"):
        make(Traceability.TAG_ESCROWED, ROOT)
