"""Whole loads of about a second, and what must hold of every one in which nothing breaks."""

from __future__ import annotations

from chatsim_clients.load.parts import Spawn, Stage
from chatsim_clients.load.plan import LoadPlan
from chatsim_clients.load.runner import run_load

QUICK = {"warm_up_seconds": 0.3, "drain_seconds": 5.0, "stages": (Stage(1.0),)}


def play(on_second=None, **given):
    plan = LoadPlan(**{"users": 40, "spawn": Spawn(), **QUICK, **given})
    return run_load(plan, on_second=on_second)


def conserved(result):
    accounts = result.accounts
    assert accounts.unanswered == 0
    assert accounts.accepted + sum(accounts.refused.values()) == accounts.sent
    assert accounts.expected == accounts.delivered > 0
    assert (accounts.lost, accounts.duplicated, accounts.reordered) == (0, 0, 0)
    return True
