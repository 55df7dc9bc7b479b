"""Who can write to whom: populations read from files or generated, and what is drawn about their people.

Names resolve when they are first used, so that a program that only handles the values imports no compiler.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from chatsim.population.values import Population

if TYPE_CHECKING:
    from chatsim.population.communities import Communities
    from chatsim.population.from_files import stored
    from chatsim.population.generated import generate
    from chatsim.population.graphs import from_graph
    from chatsim.population.implicit import Implicit
    from chatsim.population.people import (
        cheats,
        limit_groups,
        susceptibility_counts,
        susceptibility_words,
    )
    from chatsim.population.random_ties import uniform
    from chatsim.population.readers import read_contacts, read_groups
    from chatsim.population.sizes import check_size

__all__ = [
    "Communities",
    "Implicit",
    "Population",
    "cheats",
    "check_size",
    "from_graph",
    "generate",
    "limit_groups",
    "read_contacts",
    "read_groups",
    "stored",
    "susceptibility_counts",
    "susceptibility_words",
    "uniform",
]

_HOMES = {
    "Communities": "communities",
    "Implicit": "implicit",
    "check_size": "sizes",
    "from_graph": "graphs",
    "generate": "generated",
    "limit_groups": "people",
    "cheats": "people",
    "read_contacts": "readers",
    "read_groups": "readers",
    "stored": "from_files",
    "susceptibility_counts": "people",
    "susceptibility_words": "people",
    "uniform": "random_ties",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
