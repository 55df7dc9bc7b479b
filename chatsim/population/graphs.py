"""A population from a networkx graph: nodes are people, edges are ties."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from chatsim.errors import ConfigurationError
from chatsim.population.from_files import joined
from chatsim.population.readers import Edges
from chatsim.population.values import Population


def from_graph(graph: Any, *, seed: int, utc_offset_seconds: int = 0) -> Population:
    """The population of a networkx graph of any kind.

    A tie makes both each other's contact, whatever its direction. Nodes are named and numbered as the ids of a file
    would be; nodes without ties are people without contacts. `seed` is the key of what is drawn about the people.

    Raises:
        ConfigurationError: it is no networkx graph, or two of its nodes read alike.
    """
    # Whoever has a graph has imported networkx, which this package does not require.
    networkx = sys.modules.get("networkx")
    if networkx is None or not isinstance(graph, networkx.Graph):
        raise ConfigurationError(
            f"A population takes a networkx graph; this is a {type(graph).__name__}."
        )
    numbers: dict[Any, int] = {}
    names: dict[str, None] = {}
    for node in graph:
        if str(node) in names:
            raise ConfigurationError(
                f"Two nodes of the graph read {node}; it takes nodes of different names."
            )
        names[str(node)] = None
        numbers[node] = len(numbers)
    codes = np.fromiter((numbers[node] for edge in graph.edges() for node in edge), dtype=np.int64)
    edges = Edges(
        source=graph.name or "networkx graph",
        ids=tuple(names),
        one=codes[::2],
        other=codes[1::2],
        header=None,
    )
    return joined(edges, None, seed=seed, utc_offset_seconds=utc_offset_seconds)
